//! Definition files for editors: what a Rhai language server reads of functions that no script defines.

use std::fmt::Write as _;

use super::modules;
use crate::declare::{Parameter, Signature};
use crate::engine::families;

/// Makes the files, each with its name: one for the functions, one for each module of the stdlib.
#[must_use]
pub fn definitions() -> Vec<(String, String)> {
    let mut files = vec![("drsh.d.rhai".to_owned(), functions())];
    for module in modules() {
        let mut text = format!("{}\nmodule {};\n", commented("//!", &module.about), module.name);
        for value in &module.values {
            let _ = write!(text, "\nconst {value};\n");
        }
        for one in &module.functions {
            let _ = write!(
                text,
                "\n{}\nfn {}({}) -> ?;\n",
                commented("///", &one.doc),
                one.name,
                untyped(&one.parameters)
            );
        }
        files.push((format!("{}.d.rhai", module.name), text));
    }
    files
}

/// Every declared function, once for each number of arguments that it takes.
fn functions() -> String {
    let mut text = String::from("//! The functions that drsh gives to scripts.\nmodule static;\n");
    for function in families().iter().flat_map(|family| family.functions().to_vec()) {
        let Some(signature) = Signature::parse(function.signature) else { continue };
        for count in signature.arity() {
            let parameters: Vec<String> = signature.parameters.iter().take(count).map(written).collect();
            let _ = write!(
                text,
                "\n{}\nfn {}({}) -> {};\n",
                commented("///", function.doc.trim()),
                signature.name,
                parameters.join(", "),
                kind(&signature.returns)
            );
        }
    }
    text
}

fn written(parameter: &Parameter) -> String {
    format!("{}: {}", parameter.name, kind(&parameter.kind))
}

/// A type as the language calls it.
fn kind(declared: &str) -> String {
    let one = |kind: &str| match kind.split(" of ").next().unwrap_or(kind).trim() {
        "any" | "value" => "?".to_owned(),
        "string" => "String".to_owned(),
        "array" => "Array".to_owned(),
        "map" => "Map".to_owned(),
        "Fn" => "FnPtr".to_owned(),
        other => other.to_owned(),
    };
    declared.split('|').map(one).collect::<Vec<_>>().join("|")
}

fn untyped(parameters: &str) -> String {
    let names = parameters.split(',').map(str::trim).filter(|name| !name.is_empty());
    names.map(|name| format!("{name}: ?")).collect::<Vec<_>>().join(", ")
}

fn commented(mark: &str, text: &str) -> String {
    text.lines().map(|line| format!("{mark} {line}").trim_end().to_owned()).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_of_a_function_stands_there_with_its_words() {
        let text = functions();
        assert!(text.contains("\nfn oc_list(cluster: Cluster, kind: String) -> Objects;\n"));
        assert!(text.contains("\nfn oc_list(cluster: Cluster, kind: String, options: Map) -> Objects;\n"));
        assert!(text.contains("\n/// Begins the phase called `name`: the steps that follow belong to it.\n"));
    }

    #[test]
    fn each_module_has_a_file_with_all_that_it_shares() {
        let files = definitions();
        assert_eq!(files.len(), modules().len() + 1);
        let (_, hcp) = files.iter().find(|(name, _)| name == "hcp.d.rhai").unwrap();
        assert!(hcp.contains("\nmodule hcp;\n") && hcp.contains("\nfn pause(job: ?) -> ?;\n"), "{hcp}");
    }
}
