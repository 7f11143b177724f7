//! drsh.
