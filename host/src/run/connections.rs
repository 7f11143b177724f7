//! What the families hold open during a run, by type, so that the run need not know the families.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// One value of each type, made when first asked for.
#[derive(Default)]
pub struct Connections {
    kept: Mutex<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>,
}

impl Connections {
    /// Gives the run's value of type `T`, made by its default when first asked for.
    ///
    /// A family keeps its clients in one such value, by target.
    #[must_use]
    pub fn of<T: Default + Send + Sync + 'static>(&self) -> Arc<T> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let value = kept.entry(TypeId::of::<T>()).or_insert_with(|| Arc::new(T::default())).clone();
        // The entry was made for this very type, so the other arm is never taken.
        value.downcast::<T>().unwrap_or_default()
    }
}
