//! What other programs read of drsh: editors, shells, `man`.

use std::io::Write as _;
use std::path::Path;

use clap::CommandFactory as _;

use super::args;
use super::console::say;
use crate::problem::Problem;
use crate::reference;

/// `drsh definitions`.
pub fn definitions(command: &args::Definitions) -> Result<u8, Problem> {
    let files = reference::definitions();
    for (name, text) in &files {
        write(&command.output, name, text.as_bytes())?;
    }
    say(&format!("{} definition files are in {}", files.len(), command.output.display()));
    Ok(0)
}

/// `drsh completions SHELL`.
pub fn completions(command: &args::Completions) -> u8 {
    let mut text = Vec::new();
    clap_complete::generate(command.shell, &mut args::Arguments::command(), "drsh", &mut text);
    // A closed pipe is no error of the operator's.
    let _ = std::io::stdout().lock().write_all(&text);
    0
}

/// `drsh man`.
pub fn man(command: &args::Man) -> Result<u8, Problem> {
    let all = args::Arguments::command();
    match &command.output {
        None => {
            let mut page = Vec::new();
            clap_mangen::Man::new(all)
                .render(&mut page)
                .map_err(|error| unwritable(Path::new("drsh.1"), &error))?;
            let _ = std::io::stdout().lock().write_all(&page);
        }
        Some(folder) => {
            std::fs::create_dir_all(folder).map_err(|error| unwritable(folder, &error))?;
            clap_mangen::generate_to(all, folder).map_err(|error| unwritable(folder, &error))?;
            say(&format!("the manual pages are in {}", folder.display()));
        }
    }
    Ok(0)
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> Result<(), Problem> {
    let file = folder.join(name);
    let made = std::fs::create_dir_all(folder).and_then(|()| std::fs::write(&file, bytes));
    made.map_err(|error| unwritable(&file, &error))
}

fn unwritable(file: &Path, error: &std::io::Error) -> Problem {
    Problem::new("file", format!("{} cannot be written: {error}", file.display()))
        .hint("name another folder with --output")
}
