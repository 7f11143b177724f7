//! The program.

use std::process::ExitCode;

fn main() -> ExitCode {
    drsh::cli::main()
}
