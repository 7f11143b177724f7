//! What to say of a function that does not exist: the nearest name, or the right signature.

use crate::declare::Function;
use crate::problem::Problem;

/// Explains the engine's "function not found", given its signature such as `oc_gt (Cluster, string)`.
#[must_use]
pub fn function(signature: &str) -> Problem {
    let name = signature.split([' ', '(']).next().unwrap_or(signature);
    let families = super::families();
    let known: Vec<&'static Function> =
        families.iter().flat_map(|family| family.functions().iter().copied()).collect();
    if let Some(declared) = known.iter().find(|declared| declared.name() == name) {
        let given = spoken(signature.trim_start_matches(name).trim());
        return Problem::new("script", format!("`{name}` does not take {given}"))
            .hint(format!("its signature is {}", declared.signature));
    }
    let problem = Problem::new("script", format!("there is no function `{name}`"));
    match nearest(name, known.iter().map(|declared| declared.name())) {
        Some(near) => {
            let signature = known.iter().find(|declared| declared.name() == near).map(|d| d.signature);
            problem.hint(format!("did you mean {}?", signature.unwrap_or(near)))
        }
        None => problem.hint("look for a spelling mistake, or for an `import` that is missing"),
    }
}

/// The types of a call, as the reference calls them.
fn spoken(given: &str) -> String {
    [("&str | ImmutableString | String", "string"), ("i64", "integer"), ("f64", "float")]
        .into_iter()
        .fold(given.to_owned(), |text, (inside, word)| text.replace(inside, word))
}

/// The known name that is nearest to `name`, if one is near.
pub fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    known
        .map(|candidate| (strsim::damerau_levenshtein(name, candidate), candidate))
        .filter(|(distance, _)| *distance <= name.chars().count().div_ceil(3))
        .min()
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_name_finds_its_neighbour() {
        assert_eq!(nearest("oc_gt", ["oc_get", "ssh", "oc_list"].into_iter()), Some("oc_get"));
        assert_eq!(nearest("zebra", ["oc_get", "ssh"].into_iter()), None);
    }
}
