//! Secret values: they print as `•••`, and a script cannot turn them into text.

use std::fmt;
use std::sync::Arc;

use zeroize::Zeroizing;

/// A value that must appear nowhere: a presigned URL, the data of a Secret, a pull secret.
///
/// Clones share one allocation, which is cleared when the last of them goes.
#[derive(Clone)]
pub struct Secret {
    value: Arc<Zeroizing<String>>,
}

impl Secret {
    /// Takes a value into keeping.
    #[must_use]
    pub fn new(value: impl Into<String>) -> Self {
        Self { value: Arc::new(Zeroizing::new(value.into())) }
    }

    /// Gives the value to the code that hands it to a wire or to a file of a declared folder.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.value
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        *self.value == *other.value
    }
}

impl Eq for Secret {}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("•••")
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("•••")
    }
}
