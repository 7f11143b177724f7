//! What the cursor stands in: which sort of word would fit there.

/// A place in a line, and where the word that is completed begins in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The byte that the word begins at.
    pub from: usize,
    /// What has been typed of it.
    pub word: String,
    /// What fits.
    pub fits: Fits,
}

/// What fits at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fits {
    /// A command of the REPL.
    Command,
    /// What a command takes: the command is named.
    Argument(String),
    /// A function, a module, a variable, a word of the language.
    Name,
    /// A function or value of the module.
    Member(String),
    /// What stands behind a dot: a function, or a field of what the expression gives.
    Method(String),
    /// The name of a target, by the function that gives its handle.
    Target(String),
    /// A namespace of the cluster that the expression gives.
    Namespace(String),
    /// A kind, or `kind/name`; or a bare pod, of the cluster that the expression gives.
    Object {
        /// The expression.
        cluster: String,
        /// Whether only the kind is wanted, as for a list.
        kind_only: bool,
        /// Whether a pod is wanted, without its kind.
        is_pod: bool,
    },
    /// A key in the bucket that the expression gives.
    Key(String),
    /// Free text.
    Nothing,
}

/// Functions whose second argument, the cluster being the first, names an object or a kind.
const OBJECTS: &[&str] = &["oc_get", "oc_find", "oc_patch", "oc_scale", "oc_wait", "oc_delete"];
const KINDS: &[&str] = &["oc_list", "oc_wait_all", "oc_delete_all"];
const PODS: &[&str] = &["oc_exec", "oc_exec_stream", "oc_logs"];
const KEYS: &[&str] = &["s3_head", "s3_find", "s3_get", "s3_list", "s3_presign", "s3_delete", "s3_put"];

/// Finds out what the end of `before` stands in.
pub fn place(before: &str) -> Place {
    if let Some(command) = before.strip_prefix(':') {
        return match command.find(' ') {
            None => Place { from: 1, word: command.to_owned(), fits: Fits::Command },
            Some(end) => {
                let from = before.rfind(' ').map_or(before.len(), |at| at + 1);
                Place {
                    from,
                    word: before[from..].to_owned(),
                    fits: Fits::Argument(command[..end].to_owned()),
                }
            }
        };
    }
    match open_text(before) {
        Some(quote) => {
            let from = quote + 1;
            Place { from, word: before[from..].to_owned(), fits: in_text(&before[..quote]) }
        }
        None => in_code(before),
    }
}

/// The last quote that opens a text which is not closed.
fn open_text(before: &str) -> Option<usize> {
    let (mut open, mut is_escaped) = (None, false);
    for (at, letter) in before.char_indices() {
        match (open, letter) {
            _ if is_escaped => is_escaped = false,
            (Some(_), '\\') => is_escaped = true,
            (None, '"' | '`') => open = Some((at, letter)),
            (Some((_, quote)), letter) if letter == quote => open = None,
            _ => {}
        }
    }
    open.map(|(at, _)| at)
}

fn in_text(before: &str) -> Fits {
    let Some(call) = enclosing(before) else {
        return if before.trim_end().ends_with("import") {
            Fits::Member("import".to_owned())
        } else {
            Fits::Nothing
        };
    };
    // With a dot before it, what stands there is the first argument.
    let index = call.arguments.len() - 1 + usize::from(call.receiver.is_some());
    let first = call.receiver.clone().or_else(|| call.arguments.first().cloned()).unwrap_or_default();
    let is_any = |names: &[&str]| index == 1 && names.contains(&call.name.as_str());
    match call.name.as_str() {
        "cluster" | "host" | "bucket" | "zone" | "folder" if index == 0 => Fits::Target(call.name),
        "namespace" if index == 1 => Fits::Namespace(first),
        _ if is_any(OBJECTS) => Fits::Object { cluster: first, kind_only: false, is_pod: false },
        _ if is_any(KINDS) => Fits::Object { cluster: first, kind_only: true, is_pod: false },
        _ if is_any(PODS) => Fits::Object { cluster: first, kind_only: false, is_pod: true },
        _ if is_any(KEYS) => Fits::Key(first),
        _ => Fits::Nothing,
    }
}

/// A call whose brackets are open.
pub struct Open {
    /// The function.
    pub name: String,
    /// What stands before the dot, if there is one.
    pub receiver: Option<String>,
    /// The arguments so far; the last is the one under the cursor.
    pub arguments: Vec<String>,
}

/// The innermost call that the end of `before` is in the brackets of.
pub fn enclosing(before: &str) -> Option<Open> {
    let mut opened: Vec<(usize, char, Vec<usize>)> = Vec::new();
    let (mut quote, mut is_escaped) = (None, false);
    for (at, letter) in before.char_indices() {
        match (quote, letter) {
            _ if is_escaped => is_escaped = false,
            (Some(_), '\\') => is_escaped = true,
            (Some(open), letter) => quote = Some(open).filter(|open| *open != letter),
            (None, '"' | '`') => quote = Some(letter),
            (None, '(' | '[' | '{') => opened.push((at, letter, Vec::new())),
            (None, ')' | ']' | '}') => drop(opened.pop()),
            (None, ',') => {
                if let Some((.., commas)) = opened.last_mut() {
                    commas.push(at);
                }
            }
            _ => {}
        }
    }
    let (at, _, commas) = opened.into_iter().rev().find(|(_, bracket, _)| *bracket == '(')?;
    let head = &before[..at];
    let name_from = head.rfind(|c: char| !is_name(c)).map_or(0, |at| at + last_width(head, at));
    let name = head[name_from..].to_owned();
    let receiver = head[..name_from].strip_suffix('.').map(expression_at_end);
    let mut arguments = Vec::new();
    let mut from = at + 1;
    for comma in commas {
        arguments.push(before[from..comma].trim().to_owned());
        from = comma + 1;
    }
    arguments.push(before[from..].trim().to_owned());
    (!name.is_empty()).then_some(Open { name, receiver, arguments })
}

/// The expression that a text ends with: names, dots and whole brackets.
fn expression_at_end(text: &str) -> String {
    let mut depth = 0_usize;
    let mut from = text.len();
    let mut in_quotes = false;
    for (at, letter) in text.char_indices().rev() {
        match letter {
            '"' => in_quotes = !in_quotes,
            _ if in_quotes => {}
            ')' => depth += 1,
            '(' if depth > 0 => depth -= 1,
            _ if depth > 0 || is_name(letter) || letter == '.' || letter == ':' => {}
            _ => break,
        }
        from = at;
    }
    text[from..].trim().to_owned()
}

fn in_code(before: &str) -> Place {
    let from = before.rfind(|c: char| !is_name(c) && c != ':').map_or(0, |at| at + last_width(before, at));
    let word = &before[from..];
    if let Some((module, member)) = word.rsplit_once("::") {
        let fits = Fits::Member(module.to_owned());
        return Place { from: before.len() - member.len(), word: member.to_owned(), fits };
    }
    let fits = if before[..from].ends_with('.') && !before[..from].ends_with("..") {
        Fits::Method(expression_at_end(&before[..from - 1]))
    } else {
        Fits::Name
    };
    Place { from, word: word.to_owned(), fits }
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn last_width(text: &str, at: usize) -> usize {
    text[at..].chars().next().map_or(1, char::len_utf8)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(before: &str) -> (Fits, String) {
        let place = place(before);
        assert_eq!(&before[place.from..], place.word);
        (place.fits, place.word)
    }

    #[test]
    fn what_fits_is_told_by_what_stands_before() {
        let object =
            |cluster: &str, kind_only, is_pod| Fits::Object { cluster: cluster.into(), kind_only, is_pod };
        assert_eq!(fits("oc_g"), (Fits::Name, "oc_g".into()));
        assert_eq!(fits("let a = hcp::is_"), (Fits::Member("hcp".into()), "is_".into()));
        assert_eq!(fits("c.names"), (Fits::Method("c".into()), "names".into()));
        assert_eq!(fits("cluster(\"so"), (Fits::Target("cluster".into()), "so".into()));
        assert_eq!(
            fits("oc_get(cluster(\"source\"), \"po"),
            (object("cluster(\"source\")", false, false), "po".into())
        );
        assert_eq!(fits("oc_list(c, \"po"), (object("c", true, false), "po".into()));
        assert_eq!(
            fits("let a = c.namespace(\"x\").oc_get(\"pod/a"),
            (object("c.namespace(\"x\")", false, false), "pod/a".into())
        );
        assert_eq!(fits("c.oc_logs(\""), (object("c", false, true), String::new()));
        assert_eq!(
            fits("cluster(\"a\").namespace(\"cl"),
            (Fits::Namespace("cluster(\"a\")".into()), "cl".into())
        );
        assert_eq!(fits("s3_head(bucket(\"b\"), \"x/"), (Fits::Key("bucket(\"b\")".into()), "x/".into()));
        assert_eq!(fits(":he"), (Fits::Command, "he".into()));
        assert_eq!(fits(":doc oc_"), (Fits::Argument("doc".into()), "oc_".into()));
        assert_eq!(fits("log(\"oc_"), (Fits::Nothing, "oc_".into()));
    }

    #[test]
    fn no_text_makes_it_stumble() {
        for text in ["", "(", "é.", "\"", "`${", "a((([[{", ")))", ".(\"é", "\\\"", "::", "…(\"a\", \"b"]
        {
            let place = place(text);
            assert!(text.is_char_boundary(place.from), "{text}");
        }
    }
}
