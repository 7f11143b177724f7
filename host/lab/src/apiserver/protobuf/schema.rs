//! How messages are described: a table of fields for each, by number.

/// A message: its fields in any order.
#[derive(Debug)]
pub struct Message {
    /// The name, for errors.
    pub name: &'static str,
    /// The fields.
    pub fields: &'static [Field],
}

/// A field of a message.
#[derive(Debug)]
pub struct Field {
    /// The number on the wire.
    pub number: u32,
    /// The name in JSON.
    pub name: &'static str,
    /// What it holds.
    pub type_: Type,
    /// How often it occurs, and what its absence means.
    pub presence: Presence,
}

/// What a field holds.
#[derive(Debug, Clone, Copy)]
pub enum Type {
    /// Text.
    Text,
    /// Bytes, base64 in JSON.
    Bytes,
    /// A whole number with a sign.
    Integer,
    /// Yes or no.
    Bool,
    /// A point in time, in whole seconds.
    Time,
    /// A point in time, in microseconds.
    MicroTime,
    /// A quantity such as `10Gi`.
    Quantity,
    /// A number, or a name or percentage.
    IntOrString,
    /// JSON in bytes.
    Json,
    /// Another message.
    Message(&'static Message),
    /// Another message, whose fields JSON has in this one.
    Inline(&'static Message),
    /// A map from text to this.
    Map(&'static Type),
    /// Something that a server does not take from clients.
    Skipped,
}

/// How often a field occurs, and what its absence means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// Always written by clients; its zero means that it is not set.
    Plain,
    /// Written only if it is set, so that its zero is a value.
    Pointer,
    /// A list, or the entries of a map.
    Many,
}

/// A field whose zero means nothing.
pub const fn plain(number: u32, name: &'static str, type_: Type) -> Field {
    Field { number, name, type_, presence: Presence::Plain }
}

/// A field whose zero is a value.
pub const fn pointer(number: u32, name: &'static str, type_: Type) -> Field {
    Field { number, name, type_, presence: Presence::Pointer }
}

/// A field that occurs many times.
pub const fn many(number: u32, name: &'static str, type_: Type) -> Field {
    Field { number, name, type_, presence: Presence::Many }
}

/// A map from text.
pub const fn map(number: u32, name: &'static str, values: &'static Type) -> Field {
    Field { number, name, type_: Type::Map(values), presence: Presence::Many }
}

/// A field that nobody reads.
pub const fn skipped(number: u32) -> Field {
    Field { number, name: "", type_: Type::Skipped, presence: Presence::Plain }
}

/// A message.
pub const fn message(name: &'static str, fields: &'static [Field]) -> Message {
    Message { name, fields }
}
