//! What is wrong with the form of an environment file, in words of the file instead of those of the parser.

use std::path::Path;

use crate::problem::Problem;

/// A place in the file: the line, and what stands before its `=`. What stands behind it may be a secret.
struct Place<'a> {
    number: usize,
    line: &'a str,
    key: &'a str,
    table: Option<&'a str>,
}

impl<'a> Place<'a> {
    fn of(text: &'a str, at: usize) -> Self {
        let at = (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        let number = text[..at].matches('\n').count() + 1;
        let line = text.lines().nth(number - 1).unwrap_or_default();
        let key = line.split('=').next().unwrap_or(line).trim();
        let headers = text.lines().take(number).map(str::trim).filter(|line| line.starts_with('['));
        Self { number, line, key, table: headers.last() }
    }

    /// `[clusters.source]`, or the file where no table has begun.
    fn within(&self) -> &str {
        self.table.unwrap_or("an environment file")
    }

    /// The line, without its value.
    fn shown(&self) -> String {
        let shown = if self.line.contains('=') { format!("{} = ...", self.key) } else { self.key.to_owned() };
        let cut: String = shown.chars().take(80).collect();
        format!("\n  {:>4} | {cut}", self.number)
    }
}

/// Says what the parser of the file at `path` found at the byte `at`, and how to write it instead.
pub(super) fn told(path: &Path, text: &str, said: &str, at: Option<usize>) -> Problem {
    let place = Place::of(text, at.unwrap_or(0));
    let Problem { kind, message, hint } = words(&place, text, said.trim());
    let message = format!("{}:{}: {message}{}", path.display(), place.number, place.shown());
    let is_question = hint.as_ref().is_some_and(|hint| hint.ends_with('?'));
    let more = if is_question { "" } else { "; scripts/environment.example.toml shows the whole form" };
    Problem { kind, message, hint: hint.map(|hint| hint + more) }
}

/// What is wrong, without where.
fn words(place: &Place<'_>, text: &str, said: &str) -> Problem {
    let quoted: Vec<&str> = said.split('`').skip(1).step_by(2).collect();
    let (first, rest) = quoted.split_first().map_or(("", &[][..]), |(first, rest)| (*first, rest));
    if said.starts_with("unknown field") {
        let like = rest.iter().find(|known| near(first, known));
        let hint = match like {
            Some(known) => format!("did you mean `{known}`?"),
            None => format!("what may stand there: {}", rest.join(", ")),
        };
        // The key that is not known may be the table's own name.
        let within =
            if place.line.trim_start().starts_with('[') { "an environment file" } else { place.within() };
        return Problem::new("environment", format!("there is no `{first}` in {within}")).hint(hint);
    }
    if said.starts_with("missing field") {
        // Only the file itself has a name.
        let within = place.table.filter(|_| first != "name");
        return match within {
            Some(table) => Problem::new("environment", format!("{table} does not say its `{first}`"))
                .hint(format!("write {first} = \"...\" beneath it")),
            None => Problem::new("environment", format!("the file does not say its `{first}`"))
                .hint(format!("write {first} = \"...\" above the first table")),
        };
    }
    if said.starts_with("duplicate key") {
        let same = |line: &str| line.split('=').next().unwrap_or(line).trim() == place.key;
        let earlier = text.lines().take(place.number - 1).position(same);
        let message = match earlier {
            Some(earlier) => format!("`{}` stands in line {} already", place.key, earlier + 1),
            None => format!("`{}` stands there already", place.key),
        };
        return Problem::new("environment", message)
            .hint("leave one of them: nobody can tell which was meant");
    }
    if said.starts_with("unknown variant") {
        let known: Vec<String> = rest.iter().map(|known| format!("\"{known}\"")).collect();
        return Problem::new("environment", format!("`{}` cannot be \"{first}\"", place.key))
            .hint(format!("write {}", known.join(" or ")));
    }
    if let Some((given, wanted)) = mismatch(said) {
        let hint = match wanted {
            NUMBER => "write it in digits, without quotes and without a sign",
            TEXT => "put it between double quotes",
            FLAG => "write true or false, without quotes",
            _ => "look how it is written in the example",
        };
        return Problem::new("environment", format!("`{}` must be {wanted}, and is {given}", place.key))
            .hint(hint);
    }
    let hint = if place.line.contains(['\u{201c}', '\u{201d}', '\u{2018}', '\u{2019}']) {
        "curly quotes came in with copy and paste: type the quotes anew, as \""
    } else if place.line.contains('\\') {
        "between double quotes a backslash begins something special: put the text between single quotes"
    } else if place.line.contains(':') && !place.line.contains('=') {
        "this is TOML: write key = \"value\", and tables as [clusters.source]"
    } else if place.line.matches('"').count() % 2 == 1 {
        "a quote has no partner in this line"
    } else {
        "write key = \"value\", and tables as [clusters.source]"
    };
    Problem::new("environment", format!("the line is not of the form of TOML: {said}")).hint(hint)
}

const NUMBER: &str = "a whole number from 0 up";
const TEXT: &str = "a text";
const FLAG: &str = "true or false";

/// What was given and what was wanted, of the parser's `invalid type: .., expected ..`; the value itself is left out.
fn mismatch(said: &str) -> Option<(&'static str, &'static str)> {
    let (given, wanted) = said.rsplit_once(", expected ")?;
    let given = given.strip_prefix("invalid type: ").or_else(|| given.strip_prefix("invalid value: "))?;
    let given = match given.split(' ').next()? {
        "string" => "a text",
        "integer" if given.contains("`-") => "a negative number",
        "integer" => "a number",
        "floating" => "a number with a fraction",
        "boolean" => "true or false",
        "map" => "a table",
        "sequence" => "a list",
        _ => "something else",
    };
    let wanted = match wanted {
        "u64" | "u32" | "u16" => NUMBER,
        "a boolean" => FLAG,
        wanted if wanted.contains("string") => TEXT,
        wanted if wanted.contains("map") || wanted.starts_with("struct") => "a table",
        _ => "something else",
    };
    Some((given, wanted))
}

fn near(given: &str, known: &str) -> bool {
    let given = given.to_lowercase();
    strsim::damerau_levenshtein(&given, known) <= known.chars().count().div_ceil(3)
}

#[cfg(test)]
mod tests {
    use super::super::Environment;

    fn said(text: &str) -> (String, String) {
        let problem = Environment::parse(text, std::path::Path::new("e.toml")).unwrap_err();
        let hint = problem.hint.unwrap_or_default();
        (problem.message, hint.split("; scripts/").next().unwrap_or_default().to_owned())
    }

    #[test]
    fn each_mistake_of_form_is_told_in_the_files_own_words() {
        let cases = [
            (
                "name = \"x\"\n[Clusters.a]\n",
                "e.toml:2: there is no `Clusters` in an environment file\n     2 | [Clusters.a]",
                "did you mean `clusters`?",
            ),
            (
                "name = \"x\"\n[clusters.a]\nkubeconfg = \"secret\"\n",
                "e.toml:3: there is no `kubeconfg` in [clusters.a]\n     3 | kubeconfg = ...",
                "did you mean `kubeconfig`?",
            ),
            (
                "name = \"x\"\n[limits]\ncall_seconds = \"120\"\n",
                "e.toml:3: `call_seconds` must be a whole number from 0 up, and is a text\n     3 | call_seconds = ...",
                "write it in digits, without quotes and without a sign",
            ),
            (
                "name = \"x\"\n[limits]\ncall_seconds = -1\n",
                "e.toml:3: `call_seconds` must be a whole number from 0 up, and is a negative number\n     3 | call_seconds = ...",
                "write it in digits, without quotes and without a sign",
            ),
            (
                "name = 5\n",
                "e.toml:1: `name` must be a text, and is a number\n     1 | name = ...",
                "put it between double quotes",
            ),
            (
                "name = \"x\"\n[clusters.a]\n",
                "e.toml:2: [clusters.a] does not say its `kubeconfig`\n     2 | [clusters.a]",
                "write kubeconfig = \"...\" beneath it",
            ),
            (
                "[limits]\ncall_seconds = 1\n",
                "e.toml:1: the file does not say its `name`\n     1 | [limits]",
                "write name = \"...\" above the first table",
            ),
            (
                "name = \"x\"\nname = \"y\"\n",
                "e.toml:2: `name` stands in line 1 already\n     2 | name = ...",
                "leave one of them: nobody can tell which was meant",
            ),
            (
                "name = \"x\"\n\"name\" = \"y\"\n",
                "e.toml:2: `\"name\"` stands there already\n     2 | \"name\" = ...",
                "leave one of them: nobody can tell which was meant",
            ),
            (
                "name = \"x\"\n[clusters.a]\nkubeconfig = \"k\"\nmode = \"readonly\"\n",
                "e.toml:4: `mode` cannot be \"readonly\"\n     4 | mode = ...",
                "write \"read-write\" or \"read-only\"",
            ),
        ];
        for (text, message, hint) in cases {
            assert_eq!(said(text), (message.to_owned(), hint.to_owned()));
        }
    }

    #[test]
    fn what_stands_behind_the_sign_is_never_shown() {
        for text in [
            "name = \"hunter2\\q\"\n",
            "name = hunter2\n",
            "name = \u{201c}hunter2\u{201d}\n",
            "[parameters]\nname = [1, hunter2\n",
        ] {
            let (message, hint) = said(text);
            assert!(!message.contains("hunter2") && !hint.contains("hunter2"), "{message}");
        }
    }
}
