//! Closures that the program keeps: their captured values are copied at hand-over.

use rhai::{Array, Dynamic, FnPtr, Map, NativeCallContext};

use crate::problem::Reply;

/// A script's closure whose captured values are its own.
///
/// Rhai shares captured variables by reference: an undo registered in a loop would act on the last item of the
/// loop, and branches that run side by side would fail on a lock.
#[derive(Clone)]
pub struct Closure {
    pointer: FnPtr,
}

impl Closure {
    /// Takes a closure over: every captured value is copied, through lists, maps and closures within.
    #[must_use]
    pub fn new(pointer: FnPtr) -> Self {
        Self { pointer: unshare_pointer(pointer) }
    }

    /// Calls it.
    pub fn call(&self, context: &NativeCallContext<'_>, arguments: impl rhai::FuncArgs) -> Reply<Dynamic> {
        self.pointer.call_within_context::<Dynamic>(context, arguments)
    }
}

fn unshare_pointer(mut pointer: FnPtr) -> FnPtr {
    let captured: Vec<Dynamic> = pointer.iter_curry().map(unshare).collect();
    pointer.set_curry(captured);
    pointer
}

/// Copies a value so that nothing in it is shared any more.
fn unshare(value: &Dynamic) -> Dynamic {
    let own = value.flatten_clone();
    if own.is_array() {
        let list = own.cast::<Array>();
        return Dynamic::from(list.iter().map(unshare).collect::<Array>());
    }
    if own.is_map() {
        let map = own.cast::<Map>();
        return Dynamic::from(map.iter().map(|(key, item)| (key.clone(), unshare(item))).collect::<Map>());
    }
    match own.clone().try_cast::<FnPtr>() {
        Some(pointer) => Dynamic::from(unshare_pointer(pointer)),
        None => own,
    }
}
