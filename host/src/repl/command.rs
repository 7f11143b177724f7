//! What begins with a colon: help, the place, the switch between looking and changing, the session as a script.

use std::process::Command;

use super::input::{Input, Typed};
use super::session::Session;
use super::{at_save, out};
use crate::engine::nearest;
use crate::problem::Problem;
use crate::reference::about;
use crate::run::spoken;

/// The commands, and what each does.
pub const COMMANDS: &[(&str, &str)] = &[
    ("help", "tells what there is"),
    ("doc NAME", "explains a function, a module, or module::function"),
    ("targets", "lists what the environment declares"),
    ("env", "tells where you are: environment, parameters, run"),
    ("arm [NAME]", "lets changes through, once the environment's name is typed; they are journaled as a run"),
    ("disarm", "goes back to looking only"),
    ("plan on|off", "shows changes instead of making them, as `drsh plan` does"),
    ("steps", "lists the steps that this session has done"),
    ("last", "shows the last value again; in a line it is called `last`"),
    ("time", "tells how long the last line took"),
    ("save FILE", "writes what went well in this session as a script"),
    ("load FILE", "carries out a file as if it were typed; a `main` in it is defined, not called"),
    ("edit", "opens the last line, or what :load would, in $EDITOR, and carries it out"),
    ("quit", "leaves; so does Ctrl-D"),
];

/// What comes after a line.
pub enum Next {
    /// Another.
    Line,
    /// The end.
    Leave,
}

/// Carries out a command, typed without its colon.
pub fn carry_out(session: &mut Session, input: &mut Input, typed: &str) -> Result<Next, Problem> {
    let (name, argument) = typed.trim().split_once(char::is_whitespace).unwrap_or((typed.trim(), ""));
    let argument = argument.trim();
    let rows = input.rows();
    match name {
        "help" | "h" | "?" => out::show(&help(), rows),
        "doc" => out::show(&doc(argument)?, rows),
        "targets" => out::show(&targets(session), rows),
        "env" => out::show(&place(session), rows),
        "arm" => arm(session, argument)?,
        "disarm" => disarm(session)?,
        "plan" => plan(session, argument)?,
        "steps" => out::show(&steps(session), rows),
        "last" => session.show(&session.last, rows),
        "time" => out::say(&format!("{:.3?}", session.took)),
        "save" => at_save::save(session, argument)?,
        "load" => load(session, argument, rows)?,
        "edit" => edit(session, input)?,
        "quit" | "q" | "exit" => return Ok(Next::Leave),
        other => {
            let names = COMMANDS.iter().map(|(name, _)| name.split(' ').next().unwrap_or(name));
            let hint = nearest(other, names)
                .map_or_else(|| ":help lists them".to_owned(), |near| format!("did you mean :{near}?"));
            return Err(Problem::new("usage", format!("there is no command :{other}")).hint(hint));
        }
    }
    Ok(Next::Line)
}

fn help() -> String {
    let mut lines = vec![
        "Type what a script would say: oc_list(cluster(\"source\"), \"nodes\"). TAB completes; modules of the stdlib are".to_owned(),
        "at hand by name. Ctrl-C drops the line or ends the call; Ctrl-D leaves.".to_owned(),
        String::new(),
    ];
    lines.extend(COMMANDS.iter().map(|(name, what)| format!("  :{name:<12} {what}")));
    lines.join("\n")
}

fn doc(name: &str) -> Result<String, Problem> {
    if name.is_empty() {
        return Err(Problem::new("usage", "`:doc` wants a name")
            .hint("such as :doc oc_get, :doc hcp or :doc hcp::pause"));
    }
    about(name)
}

fn targets(session: &Session) -> String {
    use crate::environment::Mode;
    let environment = &session.seat.environment;
    let mode = |mode: Mode| if mode == Mode::ReadOnly { "read-only" } else { "read-write" };
    let mut rows: Vec<[String; 4]> = Vec::new();
    for (name, one) in &environment.clusters {
        rows.push([
            format!("cluster(\"{name}\")"),
            one.kubeconfig.display().to_string(),
            mode(one.mode).into(),
            String::new(),
        ]);
    }
    for (name, one) in &environment.hosts {
        rows.push([format!("host(\"{name}\")"), one.address.clone(), mode(one.mode).into(), String::new()]);
    }
    for (name, one) in &environment.buckets {
        rows.push([format!("bucket(\"{name}\")"), one.bucket.clone(), mode(one.mode).into(), String::new()]);
    }
    for (name, one) in &environment.zones {
        rows.push([format!("zone(\"{name}\")"), one.id.clone(), mode(one.mode).into(), String::new()]);
    }
    for (name, one) in &environment.folders {
        rows.push([
            format!("folder(\"{name}\")"),
            one.path.display().to_string(),
            mode(one.mode).into(),
            String::new(),
        ]);
    }
    if rows.is_empty() {
        return format!("{} declares no target", environment.file.display());
    }
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let (first, second) = (width(0), width(1));
    let lines = rows.iter().map(|row| format!("{:<first$}  {:<second$}  {}", row[0], row[1], row[2]));
    lines.collect::<Vec<_>>().join("\n")
}

fn place(session: &Session) -> String {
    let environment = &session.seat.environment;
    let mode = if session.is_armed() {
        format!("armed: changes go through, into run {}", session.run.id())
    } else if session.is_planning() {
        "plan: changes are shown, not made".to_owned()
    } else {
        "read-only".to_owned()
    };
    let mut lines = vec![
        format!("environment  {} ({})", environment.name, environment.file.display()),
        format!("mode         {mode}"),
        format!(
            "limits       a call {}, an attempt {}",
            spoken(std::time::Duration::from_secs(environment.limits.call_seconds)),
            spoken(std::time::Duration::from_secs(environment.limits.attempt_seconds))
        ),
    ];
    lines.extend(environment.parameters.iter().map(|(name, value)| format!("parameter    {name} = {value}")));
    lines.join("\n")
}

fn arm(session: &mut Session, argument: &str) -> Result<(), Problem> {
    if session.is_armed() {
        out::say(&format!("armed already, run {}", session.run.id()));
        return Ok(());
    }
    let name = session.seat.environment.name.clone();
    let typed = if argument.is_empty() {
        let question = format!(
            "from here on, what is typed can change {name}.\nType {name} to arm, anything else to keep looking: "
        );
        session.run.ask(&question).unwrap_or_default()
    } else {
        argument.to_owned()
    };
    if typed.trim() != name {
        return Err(Problem::new("refused", "still read-only: the typed name was another")
            .hint(format!("`:arm` asks for the environment's name, which is {name}")));
    }
    session.arm()?;
    out::say(&format!("armed: changes go through, and are recorded as run {}", session.run.id()));
    Ok(())
}

fn plan(session: &mut Session, argument: &str) -> Result<(), Problem> {
    match argument {
        "on" => {
            session.plan(true)?;
            out::say("changes are shown from here on, and none is made; :plan off goes back to looking");
        }
        "off" => {
            session.plan(false)?;
            out::say("read-only again");
        }
        _ => return Err(Problem::new("usage", "`:plan` wants on or off").hint("such as :plan on")),
    }
    Ok(())
}

fn disarm(session: &mut Session) -> Result<(), Problem> {
    let id = session.run.id().to_owned();
    let was_armed = session.is_armed();
    session.disarm()?;
    let line = if was_armed {
        format!("read-only again; `drsh show {id}` tells what was changed")
    } else {
        "read-only already".to_owned()
    };
    out::say(&line);
    Ok(())
}

fn steps(session: &Session) -> String {
    let done = session.run.place().done.clone();
    if done.is_empty() { "no step yet".to_owned() } else { done.join("\n") }
}

fn load(session: &mut Session, file: &str, rows: Option<usize>) -> Result<(), Problem> {
    let (_, text) = crate::engine::Library::script(file)?;
    let value = session.enter(&text)?;
    session.show(&value, rows);
    if crate::engine::Script::from_text(file, &text).text().contains("fn main()") {
        out::say("loaded; main() carries it out");
    }
    Ok(())
}

fn edit(session: &mut Session, input: &mut Input) -> Result<(), Problem> {
    let last = session.entries.last().map(|entry| entry.text.clone()).unwrap_or_default();
    let trouble = |error: std::io::Error| {
        Problem::new("editor", format!("there is no file to edit: {error}"))
            .hint("look at $TMPDIR, where it would lie")
    };
    let file = tempfile::Builder::new().suffix(".rhai").tempfile().map_err(trouble)?;
    std::fs::write(file.path(), &last).map_err(trouble)?;
    let program = ["VISUAL", "EDITOR"].iter().find_map(|name| std::env::var(name).ok());
    let program = program.unwrap_or_else(|| "vi".to_owned());
    let mut words = program.split_whitespace();
    let ended = Command::new(words.next().unwrap_or("vi")).args(words).arg(file.path()).status();
    let ended = ended.map_err(|error| {
        Problem::new("editor", format!("the editor {program} does not start: {error}"))
            .hint("name one in $EDITOR, and begin drsh anew")
    })?;
    if !ended.success() {
        return Err(Problem::new("editor", format!("the editor {program} ended with an error"))
            .hint("nothing was carried out"));
    }
    let text = std::fs::read_to_string(file.path()).map_err(trouble)?;
    // Shown once more before it is carried out, so that nothing is done by leaving an editor.
    if let Typed::Text(text) = input.edit(session, text.trim_end()) {
        input.keep(session, &text);
        let value = session.enter(&text)?;
        session.show(&value, input.rows());
    }
    Ok(())
}
