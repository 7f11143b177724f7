//! Closures that the program keeps: their captured values are copied at hand-over.

#[allow(deprecated, reason = "they are not, says their documentation, but may change")]
use rhai::{Array, Dynamic, FnPtr, Map, NativeCallContext, NativeCallContextStore};

use crate::problem::Reply;

/// How much stack a thread that calls closures or runs scripts needs: lists within lists, as many as a value may hold,
/// are copied level by level.
///
/// It is memory only where it is used.
pub const STACK: usize = 256 << 20;

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

    /// The variables that it captured, by their names; none where it is no closure, or `context` does not know it.
    ///
    /// Rhai hands captured values over as the first arguments, whose parameters bear the variables' names.
    #[must_use]
    pub fn captured(&self, context: &NativeCallContext<'_>) -> Vec<(String, Dynamic)> {
        if !self.pointer.is_anonymous() {
            return Vec::new();
        }
        let mut functions = context.iter_namespaces().flat_map(rhai::Module::iter_script_fn_info);
        let own = functions.find(|(_, _, name, ..)| *name == self.pointer.fn_name());
        let Some((.., definition)) = own else { return Vec::new() };
        let names = definition.params.iter().map(ToString::to_string);
        names.zip(self.pointer.iter_curry().cloned()).collect()
    }

    /// Calls it.
    pub fn call(&self, context: &NativeCallContext<'_>, arguments: impl rhai::FuncArgs) -> Reply<Dynamic> {
        self.pointer.call_within_context::<Dynamic>(context, arguments)
    }

    /// Calls it from elsewhere, as if at `home`.
    pub fn call_at(
        &self,
        home: &Home,
        context: &NativeCallContext<'_>,
        arguments: impl rhai::FuncArgs,
    ) -> Reply<Dynamic> {
        #[allow(deprecated, reason = "it is not, says its documentation, but may change")]
        let there = NativeCallContext::from_stored_data(context.engine(), &home.0);
        self.call(&there, arguments)
    }
}

/// The place where a closure was handed over. Only there are its own functions and the imports of its module at hand:
/// called from another module, a closure is not even found.
#[derive(Clone)]
#[allow(deprecated, reason = "it is not, says its documentation, but may change")]
pub struct Home(NativeCallContextStore);

impl Home {
    /// The place that `context` is in.
    #[must_use]
    pub fn of(context: &NativeCallContext<'_>) -> Self {
        #[allow(deprecated, reason = "it is not, says its documentation, but may change")]
        Self(context.store_data())
    }
}

fn unshare_pointer(mut pointer: FnPtr) -> FnPtr {
    let captured: Vec<Dynamic> = pointer.iter_curry().map(unshare).collect();
    pointer.set_curry(captured);
    pointer
}

/// Copies a value so that nothing in it is shared any more.
pub fn unshare(value: &Dynamic) -> Dynamic {
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
