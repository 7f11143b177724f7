//! What a shell line is made of.

/// Commands one after another.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct List(pub Vec<Item>);

/// Pipelines joined by `&&` and `||`, in the foreground or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// The first pipeline.
    pub first: Pipeline,
    /// Those that depend on how the one before ended: `true` for `&&`.
    pub rest: Vec<(bool, Pipeline)>,
    /// Whether it ends with `&`.
    pub background: bool,
}

/// Commands joined by `|`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pipeline {
    /// Whether `!` stands before it.
    pub negated: bool,
    /// The commands.
    pub commands: Vec<Command>,
}

/// A command with its redirections.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// What it does.
    pub body: Body,
    /// Where its streams lead, in the order given.
    pub redirections: Vec<Redirection>,
}

/// What a command does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// A program or a builtin, with what is assigned before it.
    Simple(Vec<(String, Word)>, Vec<Word>),
    /// `{ ...; }`
    Group(List),
    /// `( ... )`
    Subshell(List),
    /// `if`, each condition with its branch, and `else`.
    If(Vec<(List, List)>, Option<List>),
    /// `while`, or `until` if `true`.
    While(bool, List, List),
    /// `for`; without words it goes over the arguments.
    For(String, Option<Vec<Word>>, List),
}

/// Where one stream leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redirection {
    /// The stream's number.
    pub stream: u8,
    /// How.
    pub how: How,
    /// The file, or the stream that is copied.
    pub target: Word,
}

/// How a stream is redirected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// `<`
    Read,
    /// `>`
    Write,
    /// `>>`
    Append,
    /// `>&` or `<&`
    Copy,
}

/// A word, piece by piece.
pub type Word = Vec<Piece>;

/// A piece of a word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// What it is.
    pub value: Value,
    /// Whether it stood in quotes: it is neither split nor a pattern.
    pub quoted: bool,
}

/// What a piece stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// The text itself.
    Text(String),
    /// A variable, with what `:-` or `-` gives in its absence (`true` if empty counts as absent).
    Variable(String, Option<(bool, Word)>),
    /// A variable without the end that fits a pattern.
    WithoutEnd(String, Word),
    /// What a command prints.
    Output(List),
}
