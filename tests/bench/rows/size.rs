//! How large the program is.

use crate::place::binary;
use crate::row::Row;

/// The reach in MiB.
const REACH: f64 = 25.0;

pub fn rows() -> Vec<Row> {
    let bytes = std::fs::metadata(binary()).unwrap().len();
    vec![Row::under("the stripped program", bytes as f64 / 1_048_576.0, REACH, "MiB")]
}
