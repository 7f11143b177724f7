//! What the text of a script tells without being carried out: the names of its modules, and how it gets a variable.

use rhai::{Engine, Expr, Stmt};

use crate::engine::{Script, limits};

/// The modules that a script imports: the name that it gives each, and what it is imported by.
pub(super) fn imports(script: &Script) -> Vec<(String, String)> {
    // As deep as scripts may go; variables and functions are not looked for.
    let mut engine = Engine::new_raw();
    limits::apply(&mut engine);
    engine.set_strict_variables(false);
    let Ok(ast) = engine.compile(script.text()) else { return Vec::new() };
    let imported = ast.statements().iter().filter_map(|statement| match statement {
        Stmt::Import(import, _) => match &import.0 {
            Expr::StringConstant(module, _) => Some((import.1.name.to_string(), module.to_string())),
            _ => None,
        },
        _ => None,
    });
    imported.collect()
}

/// The call of a module's function that gives the variable its value, where the script says so in one line and the
/// call hangs on nothing else: `job::from_environment()`.
pub(super) fn had_by(script: &Script, name: &str) -> Option<String> {
    let begin = format!("let {name} = ");
    script.text().lines().find_map(|line| {
        let call = line.trim().strip_prefix(&begin)?.strip_suffix(';')?;
        let (module, function) = call.strip_suffix("()")?.split_once("::")?;
        let is_plain =
            |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        (is_plain(module) && is_plain(function)).then(|| call.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_tells_its_modules_and_how_it_gets_a_variable() {
        let text = "import \"backup_hcp\" as backup;\nfn main() {\n    let job = job::from_environment();\n    step(\"B1 stop\").reads().run(|| fail(\"busy\", `${job.name}`));\n    let n = 1;\n    let p = recovery::prepare(job);\n}\n";
        let script = Script::from_text("s.rhai", text);
        assert_eq!(imports(&script), [("backup".to_owned(), "backup_hcp".to_owned())]);
        assert_eq!(had_by(&script, "job").as_deref(), Some("job::from_environment()"));
        assert_eq!((had_by(&script, "n"), had_by(&script, "p"), had_by(&script, "x")), (None, None, None));
    }
}
