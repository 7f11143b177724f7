//! What is shipped holds to the rules.

use drsh::check::check;
use drsh::engine::{Library, Script, built_in};

#[test]
fn nothing_is_found_in_the_shipped_scripts_and_modules() {
    let mut wrong = Vec::new();
    for (name, text) in built_in::FILES {
        let found = check(&Script::from_text(name, text), &Library::new(None, None), None);
        wrong.extend(found.iter().map(ToString::to_string));
    }
    assert!(built_in::FILES.len() > 60, "only {} files are shipped", built_in::FILES.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_examples_of_the_reference_are_clean() {
    let mut wrong = Vec::new();
    for function in drsh::engine::families().iter().flat_map(|family| family.functions().to_vec()) {
        let examples = function.doc.split("```rhai\n").skip(1).filter_map(|rest| rest.split("```").next());
        for example in examples {
            let script = Script::from_text(function.name(), example);
            // An example shows one call, outside of any step.
            let found = check(&script, &Library::new(None, None), None)
                .into_iter()
                .filter(|finding| !["outside_step", "not_approved"].contains(&finding.word));
            wrong.extend(found.map(|finding| finding.to_string()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
