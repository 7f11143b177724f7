//! File name patterns: `*`, `?` and `[...]`.

/// Whether `name` fits `pattern`, in which a backslash takes the meaning from what follows it.
pub fn matches(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    fits(&pattern, &name)
}

fn fits(pattern: &[char], name: &[char]) -> bool {
    match (pattern, name) {
        ([], []) => true,
        (['*', rest @ ..], _) => (0..=name.len()).any(|at| fits(rest, &name[at..])),
        (['?', rest @ ..], [_, left @ ..]) => fits(rest, left),
        (['[', rest @ ..], [first, left @ ..]) => match rest.iter().skip(1).position(|letter| *letter == ']')
        {
            Some(end) => one_of(&rest[..=end], *first) && fits(&rest[end + 2..], left),
            None => *first == '[' && fits(rest, left),
        },
        (['\\', wanted, rest @ ..] | [wanted, rest @ ..], [first, left @ ..]) => {
            wanted == first && fits(rest, left)
        }
        _ => false,
    }
}

fn one_of(set: &[char], letter: char) -> bool {
    let (negated, set) = match set {
        ['!' | '^', rest @ ..] => (true, rest),
        _ => (false, set),
    };
    let mut at = 0;
    let mut found = false;
    while at < set.len() {
        if set.get(at + 1) == Some(&'-') && at + 2 < set.len() {
            found |= (set[at]..=set[at + 2]).contains(&letter);
            at += 3;
        } else {
            found |= set[at] == letter;
            at += 1;
        }
    }
    found != negated
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_marks_and_sets_fit_what_they_should() {
        assert!(matches("snapshot*.db", "snapshot_2026-01-01_000000.db"));
        assert!(matches("etcd-pod-[0-9]*", "etcd-pod-7") && !matches("etcd-pod-[0-9]*", "etcd-pod-x"));
        assert!(matches("?[!a]", "xb") && !matches("?[!a]", "xa"));
        assert!(matches("\\*", "*") && !matches("\\*", "x"));
    }
}
