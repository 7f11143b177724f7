//! Reads the one line in which a function states its name, parameters and types.

/// One parameter of a declared function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// The name that documentation uses.
    pub name: String,
    /// The type, as scripts call it.
    pub kind: String,
    /// Whether it may be left out.
    pub optional: bool,
}

/// A declared signature, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// The function's name.
    pub name: String,
    /// Its parameters, in order.
    pub parameters: Vec<Parameter>,
    /// The type of what it returns; `()` if nothing.
    pub returns: String,
}

impl Signature {
    /// Takes `name(a: Type, b?: Type) -> Type` apart.
    ///
    /// Returns `None` where the line is not of that form.
    #[must_use]
    pub fn parse(line: &str) -> Option<Self> {
        let (name, rest) = line.split_once('(')?;
        let (list, tail) = rest.rsplit_once(')')?;
        let returns = match tail.trim() {
            "" => "()",
            tail => tail.strip_prefix("->")?.trim(),
        };
        let parameters =
            split_list(list).into_iter().map(parse_parameter).collect::<Option<Vec<Parameter>>>()?;
        let optional_last = parameters.is_sorted_by_key(|parameter| parameter.optional);
        let well_named = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        (well_named && optional_last).then(|| Self {
            name: name.to_owned(),
            parameters,
            returns: returns.to_owned(),
        })
    }

    /// How few and how many arguments a call may have.
    #[must_use]
    pub fn arity(&self) -> std::ops::RangeInclusive<usize> {
        let needed = self.parameters.iter().filter(|parameter| !parameter.optional).count();
        needed..=self.parameters.len()
    }
}

/// Splits at commas that stand outside of brackets, as `map[string, int]` may have its own.
fn split_list(list: &str) -> Vec<&str> {
    let mut depth = 0_i32;
    list.split(|c| {
        match c {
            '[' | '(' | '<' => depth += 1,
            ']' | ')' | '>' => depth -= 1,
            _ => {}
        }
        c == ',' && depth == 0
    })
    .map(str::trim)
    .filter(|part| !part.is_empty())
    .collect()
}

fn parse_parameter(text: &str) -> Option<Parameter> {
    let (name, kind) = text.split_once(':')?;
    let name = name.trim();
    Some(Parameter {
        name: name.trim_end_matches('?').to_owned(),
        kind: kind.trim().to_owned(),
        optional: name.ends_with('?'),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_taken_apart() {
        let read =
            Signature::parse("oc_list(cluster: Cluster, kind: string, options?: map) -> Objects").unwrap();
        assert_eq!(read.name, "oc_list");
        assert_eq!(read.arity(), 2..=3);
        assert_eq!(
            read.parameters[2],
            Parameter { name: "options".into(), kind: "map".into(), optional: true }
        );
        assert_eq!(read.returns, "Objects");
        assert_eq!(Signature::parse("log(line: string)").unwrap().returns, "()");
    }

    #[test]
    fn a_line_that_is_no_signature_is_refused() {
        for wrong in ["oc_get", "oc_get(cluster)", "(a: int)", "f(a?: int, b: int)", "f(a: int) int"] {
            assert_eq!(Signature::parse(wrong), None, "{wrong}");
        }
    }
}
