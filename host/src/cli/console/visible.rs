//! Texts as the lines of a terminal: set in, and cut to the columns that they take.

use unicode_width::UnicodeWidthChar as _;

use crate::tame::tame;

/// Sets the lines after the first in, so that none of them passes for a line of drsh.
pub fn set_in(text: &str, by: &str) -> String {
    text.replace('\n', &format!("\n{by}"))
}

/// How many columns a character takes at most: some terminals show a few characters twice as wide as others do.
fn widest(c: char) -> usize {
    c.width_cjk().unwrap_or(0)
}

/// Makes one line of a text, cut so that it takes no more than `columns`; a cut line ends in `...`.
pub fn cut(text: &str, columns: usize) -> String {
    let flat: String = tame(text).chars().map(|c| if matches!(c, '\n' | '\t') { ' ' } else { c }).collect();
    if flat.chars().map(widest).sum::<usize>() <= columns {
        return flat;
    }
    let dots = &"..."[..columns.min(3)];
    let mut left = columns - dots.len();
    let fits = |c: &char| match left.checked_sub(widest(*c)) {
        Some(rest) => {
            left = rest;
            true
        }
        None => false,
    };
    let mut short: String = flat.chars().take_while(fits).collect();
    short.push_str(dots);
    short
}

/// How many columns a line takes, as most terminals count.
pub fn width(line: &str) -> usize {
    line.chars().map(|c| c.width().unwrap_or(0)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_cut_to_the_columns_that_it_takes_and_not_to_its_characters() {
        assert_eq!(cut("short", 5), "short");
        assert_eq!(cut("longer than that", 10), "longer ...");
        assert_eq!(cut("클러스터를 옮긴다", 10), "클러스...");
        assert_eq!(width(&cut("클러스터를 옮긴다", 9)), 9);
        assert_eq!(cut("abcdef", 2), "..");
        assert_eq!(cut("abcdef", 0), "");
    }

    #[test]
    fn what_would_steer_a_terminal_or_break_a_line_stands_on_it_instead() {
        assert_eq!(cut("a\u{1b}[2Jb\nc\td", 40), "a\\u{1b}[2Jb c d");
        assert_eq!(cut("ltr\u{202e}rtl", 40), "ltr\\u{202e}rtl");
    }
}
