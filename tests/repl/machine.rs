//! What the REPL says where the machine, an editor or a module does not do its part.

use std::io::Write as _;
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// A folder with an environment that declares no target.
struct Desk(TempDir);

impl Desk {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("environment.toml"), "name = \"here\"\n").unwrap();
        Self(folder)
    }

    /// The REPL, in a shell that does something first.
    fn command(&self, first: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new("bash");
        command.arg("-c").arg(format!("{first}; exec \"$0\" repl \"$@\"")).arg(env!("CARGO_BIN_EXE_drsh"));
        command.args(arguments).current_dir(self.0.path()).env_remove("DRSH_ENV").env_remove("VISUAL");
        command.env("DRSH_STATE", self.0.path().join("state")).env("NO_COLOR", "1").env("TERM", "xterm");
        command
    }

    /// What it prints as errors when these lines are typed.
    fn errors(&self, first: &str, arguments: &[&str], lines: &str) -> String {
        let mut command = self.command(first, arguments);
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
        String::from_utf8(child.wait_with_output().unwrap().stderr).unwrap()
    }
}

#[test]
fn an_editor_that_does_not_start_or_ends_badly_is_named_and_nothing_is_carried_out() {
    let desk = Desk::new();
    let err = desk.errors("export EDITOR='no-such-editor -w'", &[], ":edit\n");
    assert!(
        err.starts_with("error: the editor no-such-editor -w does not start: No such file or directory\n"),
        "{err}"
    );
    assert!(err.contains("hint: name one in $EDITOR"), "{err}");
    let err = desk.errors("export EDITOR=false", &[], ":edit\n");
    assert!(err.starts_with("error: the editor false ended with an error\n"), "{err}");
    assert!(err.contains("hint: nothing was carried out"), "{err}");
}

#[test]
fn where_no_file_can_be_made_to_be_edited_the_place_is_told() {
    let err = Desk::new().errors("export EDITOR=true TMPDIR=/proc/none", &[], ":edit\n");
    assert!(err.starts_with("error: there is no file to edit: No such file or directory"), "{err}");
    assert!(err.contains("hint: look at $TMPDIR"), "{err}");
}

#[test]
fn a_broken_module_of_the_operators_own_is_named_with_its_line_and_the_others_are_at_hand() {
    let desk = Desk::new();
    std::fs::create_dir(desk.0.path().join("lib")).unwrap();
    std::fs::write(desk.0.path().join("lib/hcp.rhai"), "fn broken( {}\n").unwrap();
    let err = desk.errors("true", &["--stdlib", "lib"], "complaint::names(\"a b\", \"b\")\n");
    let expected = "error: the module `backup` does not load: lib/hcp.rhai:1: Syntax error: ";
    assert!(err.starts_with(expected), "{err}");
    assert!(err.contains("hint: mend it there; what imports it"), "{err}");
    assert_eq!(err.matches("hint: ").count(), 1, "{err}");
}
