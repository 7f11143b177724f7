//! A whole store as bytes, and back: what an etcd snapshot is to a cluster.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{State, Store};
use crate::apiserver::registry;

/// Why bytes are no image of a store.
#[derive(Debug, thiserror::Error)]
pub enum ImageError {
    /// The bytes are no JSON of the right shape.
    #[error("not an image of a store: {0}")]
    Shape(#[from] serde_json::Error),
    /// The image holds a `CustomResourceDefinition` that makes no kind.
    #[error("the image holds a definition that is not valid: {0}")]
    Definition(String),
}

#[derive(Serialize, Deserialize)]
struct Image {
    version: u64,
    objects: BTreeMap<String, Vec<Value>>,
}

impl Store {
    /// Everything in the store: equal content gives equal bytes.
    #[must_use]
    pub fn export(&self) -> Vec<u8> {
        let image = self.read(|state| Image {
            version: state.version,
            objects: state
                .all()
                .filter(|(_, objects)| !objects.is_empty())
                .map(|(resource, objects)| {
                    (resource.clone(), objects.values().map(|object| (**object).clone()).collect())
                })
                .collect(),
        });
        // Maps of strings and JSON values always have a form in JSON.
        serde_json::to_vec(&image).unwrap_or_default()
    }

    /// Makes a store from what [`Store::export`] gave: the same objects, UIDs and versions, without history.
    pub fn import(bytes: &[u8]) -> Result<Self, ImageError> {
        let image: Image = serde_json::from_slice(bytes)?;
        let mut state = State::empty();
        for (resource, objects) in image.objects {
            for object in objects {
                let key = (super::super::meta::namespace(&object), super::super::meta::name(&object));
                let key = (key.0.to_owned(), key.1.to_owned());
                if resource == registry::DEFINITIONS {
                    let kind = registry::kind_of_definition(&object)
                        .map_err(|status| ImageError::Definition(status.message))?;
                    state.kinds.add(kind);
                }
                state.restore(&resource, key, object);
            }
        }
        state.version = image.version;
        state.compacted = image.version;
        Ok(Self::over(state))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_image_gives_back_the_same_store() {
        let store = Store::new();
        let secret = json!({ "metadata": { "name": "a" }, "stringData": { "k": "v" } });
        store.create("secrets", "default", secret).unwrap();
        let image = store.export();
        let again = Store::import(&image).unwrap();
        assert_eq!(again.export(), image);
        assert_eq!(again.get("secrets", "default", "a"), store.get("secrets", "default", "a"));
        assert_eq!(again.version(), store.version());
    }

    #[test]
    fn bytes_that_are_no_image_are_refused() {
        assert!(matches!(Store::import(b"<Error/>"), Err(ImageError::Shape(_))));
    }
}
