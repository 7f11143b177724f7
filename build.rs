//! Puts the files of `scripts/` and `stdlib/` into the binary, so that it runs alone, anywhere.

use std::env;
use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

fn main() -> io::Result<()> {
    let root = env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?;
    let out = env::var("OUT_DIR").map_err(io::Error::other)?;
    let mut table =
        String::from("/// Name in the project, and text.\npub const FILES: &[(&str, &str)] = &[\n");
    for folder in ["scripts", "stdlib"] {
        let path = Path::new(&root).join(folder);
        writeln!(io::stdout(), "cargo::rerun-if-changed={}", path.display())?;
        let mut names: Vec<String> = fs::read_dir(&path)
            .into_iter()
            .flatten()
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .filter(|name| Path::new(name).extension().is_some_and(|ending| ending == "rhai"))
            .collect();
        names.sort();
        for name in names {
            let file = path.join(&name);
            writeln!(table, "    (\"{folder}/{name}\", include_str!(r\"{}\")),", file.display())
                .map_err(io::Error::other)?;
        }
    }
    table.push_str("];\n");
    fs::write(Path::new(&out).join("built_in.rs"), table)
}
