//! A family of functions on its way into the engine.

use rhai::{FuncRegistration, Module, RhaiNativeFunc};

use super::{Function, Signature};

/// Gathers the declared functions and the types of one family.
#[derive(Debug)]
pub struct Family {
    name: &'static str,
    module: Module,
    functions: Vec<&'static Function>,
}

impl Family {
    /// Begins the family called `name`, such as `oc`.
    #[must_use]
    pub fn new(name: &'static str) -> Self {
        Self { name, module: Module::new(), functions: Vec::new() }
    }

    /// Adds one form of a declared function; called again for a form that takes the optional parameters too.
    pub fn add<A, const N: usize, const X: bool, R, const F: bool, B>(
        &mut self,
        declared: &'static Function,
        body: B,
    ) -> &mut Self
    where
        A: 'static,
        R: Clone + Send + Sync + 'static,
        B: RhaiNativeFunc<A, N, X, R, F> + Send + Sync + 'static,
    {
        let registration = FuncRegistration::new(declared.name())
            .in_global_namespace()
            .with_volatility(true)
            .with_params_info(parameters_info(declared, N))
            .with_comments(declared.doc.lines().map(|line| format!("/// {line}")));
        registration.set_into_module(&mut self.module, body);
        if !self.functions.iter().any(|known| std::ptr::eq(*known, declared)) {
            self.functions.push(declared);
        }
        self
    }

    /// Names a type of this family as scripts and messages call it.
    pub fn name_type<T: Clone + Send + Sync + 'static>(&mut self, name: &str) -> &mut Self {
        self.module.set_custom_type::<T>(name);
        self
    }

    /// Adds a property that scripts read with a dot.
    pub fn property<A, const X: bool, R, const F: bool, B>(&mut self, name: &str, read: B) -> &mut Self
    where
        A: 'static,
        R: Clone + Send + Sync + 'static,
        B: RhaiNativeFunc<A, 1, X, R, F> + Send + Sync + 'static,
    {
        FuncRegistration::new_getter(name).set_into_module(&mut self.module, read);
        self
    }

    /// Lets scripts put values of a type into text, as its display form says.
    pub fn shown<T: std::fmt::Display + Clone + Send + Sync + 'static>(&mut self) -> &mut Self {
        for name in ["to_string", "to_debug"] {
            FuncRegistration::new(name)
                .in_global_namespace()
                .set_into_module(&mut self.module, |value: &mut T| value.to_string());
        }
        self
    }

    /// The module under construction, for what has no declaration: operators, indexers, iterators.
    pub fn module_mut(&mut self) -> &mut Module {
        &mut self.module
    }

    /// The family's name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The declarations, in the order in which they were added.
    #[must_use]
    pub fn functions(&self) -> &[&'static Function] {
        &self.functions
    }

    /// Hands the family over as a module for the engine.
    #[must_use]
    pub fn into_module(mut self) -> Module {
        self.module.set_id(self.name);
        self.module
    }
}

/// Writes `name: Type` for the first `count` parameters and the return type, as the engine's metadata wants it.
fn parameters_info(declared: &Function, count: usize) -> Vec<String> {
    let Some(signature) = Signature::parse(declared.signature) else {
        return Vec::new();
    };
    signature
        .parameters
        .iter()
        .take(count)
        .map(|parameter| format!("{}: {}", parameter.name, parameter.kind))
        .chain([signature.returns.clone()])
        .collect()
}
