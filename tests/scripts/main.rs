//! The shipped scripts: that they hold together as text, and what they do to the lab.

mod stdlib;
mod text;
