//! What lasts from line to line: variables, functions, the run that calls go through.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rhai::{AST, Dynamic, Engine, Expr, Scope, Stmt};
use tokio::runtime::{Handle, Runtime};

use super::variables::Variables;
use super::{SCRIPT, Seat, out, secretive, shown};
use crate::check;
use crate::declare::Effect;
use crate::engine::{Library, Report, Script, engine, put_modules_at_hand};
use crate::journal::{FORMAT, Journal, Outcome, Record};
use crate::problem::Problem;
use crate::run::{Beginning, Claim, Direction, Replay, Run, random_id};

/// A line that did what it should.
pub struct Entry {
    /// What was typed.
    pub text: String,
    /// What it did to the world.
    pub effect: Effect,
}

/// The session.
pub struct Session {
    pub seat: Arc<Seat>,
    pub library: Arc<Library>,
    pub run: Arc<Run>,
    pub entries: Vec<Entry>,
    pub last: Dynamic,
    pub took: Duration,
    pub variables: Variables,
    engine: Engine,
    scope: Scope<'static>,
    functions: AST,
    imports: BTreeMap<String, String>,
    handle: Handle,
    present: Arc<Mutex<Arc<Run>>>,
}

impl Session {
    /// Sits down, read-only.
    pub fn begin(seat: &Arc<Seat>, runtime: &Runtime) -> Self {
        let library = seat.library.clone();
        let handle = runtime.handle().clone();
        let run = read_only(seat, &handle);
        let engine = assembled(&run, &library);
        let present = Arc::new(Mutex::new(run.clone()));
        interrupt_on_signals(runtime, &present);
        let mut session = Self {
            seat: seat.clone(),
            library,
            run,
            entries: Vec::new(),
            last: Dynamic::UNIT,
            took: Duration::ZERO,
            variables: Variables::default(),
            engine,
            scope: given(seat),
            functions: AST::empty(),
            imports: seat.imports.clone(),
            handle,
            present,
        };
        session.put_imports_at_hand();
        session
    }

    /// Whether changes go through.
    pub fn is_armed(&self) -> bool {
        self.run.may_change()
    }

    /// Whether changes are shown instead of made.
    pub fn is_planning(&self) -> bool {
        self.run.is_planning()
    }

    /// Says who is where, before each line.
    pub fn prompt(&self) -> String {
        let mode = if self.is_armed() {
            format!("armed, run {}", self.run.id())
        } else if self.is_planning() {
            "plan".to_owned()
        } else {
            "read-only".to_owned()
        };
        format!("drsh {} ({mode})> ", self.seat.environment.name)
    }

    /// Lets changes through from now on, in a run of their own. Errors: `journal`.
    pub fn arm(&mut self) -> Result<(), Problem> {
        let id = random_id();
        let journal = Journal::create(&self.seat.runs.join(&id))?;
        let file = &self.seat.environment.file;
        let file = std::path::absolute(file).unwrap_or_else(|_| file.clone());
        journal.append(Record::RunStarted {
            format: FORMAT,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            run: id.clone(),
            script: SCRIPT.to_owned(),
            script_sha256: Script::from_text(SCRIPT, "").sha256(),
            environment: file.display().to_string(),
            stdlib: self.seat.stdlib.as_ref().map(|folder| folder.display().to_string()),
            approved: Vec::new(),
            resumed: false,
            setting: Some(crate::environment::setting(&self.seat.environment, &self.seat.holder)),
        })?;
        let claim = Claim { description: self.seat.holder.clone(), take_over: self.seat.take_over };
        let run = begun(&self.seat, &self.handle, id, Some(journal), claim, Direction::Forward);
        self.sit_in(run);
        Ok(())
    }

    /// Ends the run of the changes, if there is one. Errors: `journal`.
    pub fn disarm(&mut self) -> Result<(), Problem> {
        if !self.is_armed() {
            return Ok(());
        }
        self.run.end_measuring();
        let recorded = self.run.record(Record::RunEnded { outcome: Outcome::Done, error: None });
        self.run.end();
        self.sit_in(read_only(&self.seat, &self.handle));
        recorded.map(drop)
    }

    /// From now on changes are shown instead of made, or no longer. Errors: `journal`.
    pub fn plan(&mut self, is_on: bool) -> Result<(), Problem> {
        self.disarm()?;
        let direction = if is_on { Direction::Planning } else { Direction::Forward };
        let run = begun(&self.seat, &self.handle, random_id(), None, Claim::default(), direction);
        self.sit_in(run);
        Ok(())
    }

    fn sit_in(&mut self, run: Arc<Run>) {
        *self.present.lock().unwrap_or_else(PoisonError::into_inner) = run.clone();
        self.engine = assembled(&run, &self.library);
        self.put_imports_at_hand();
        self.run = run;
    }

    /// Carries out what was typed; returns its value.
    ///
    /// The error has its parts already, but for the hint.
    pub fn enter(&mut self, text: &str) -> Result<Dynamic, Problem> {
        self.run.renew_cancel();
        let script = Script::from_text(SCRIPT, text);
        let (effect, through) = check::effect(text, &self.past(), &self.library);
        self.approve(effect, &through)?;
        self.note(text, effect)?;
        let began = Instant::now();
        let done = self.evaluate(text);
        self.took = began.elapsed();
        {
            let mut place = self.run.place();
            (place.step, place.undoable) = (None, false);
            place.approved.remove("*");
        }
        self.variables_changed();
        match done {
            Ok(value) => {
                self.entries.push(Entry { text: text.to_owned(), effect });
                if !value.is_unit() {
                    self.last = value.clone();
                    self.scope.set_value("last", value.clone());
                }
                Ok(value)
            }
            Err(error) => {
                let report = Report::of(&error, &script);
                let mut problem = self.run.redactor().clean_problem(report.problem.clone());
                let whole = Report { problem: problem.clone(), ..report }.render(&script);
                problem.message = format!("{}\nstate: {}", whole.trim_end(), self.state());
                problem.hint = Some(self.hint(&problem));
                Err(problem)
            }
        }
    }

    /// Lets completion know what there is now.
    pub fn variables_changed(&self) {
        let functions = self.functions.iter_functions().map(|one| one.name);
        self.variables.take(&self.scope, functions.filter(|name| !name.starts_with("anon$")), &self.imports);
    }

    /// What stands at the time of an error.
    fn state(&self) -> String {
        if self.is_armed() {
            format!("armed; what the line changed before it stopped is in `drsh show {}`", self.run.id())
        } else if self.is_planning() {
            "a plan; nothing was changed".to_owned()
        } else {
            "read-only; nothing was changed".to_owned()
        }
    }

    fn hint(&self, problem: &Problem) -> String {
        match &problem.hint {
            Some(hint) => hint.clone(),
            None if problem.kind == "refused" && !self.is_armed() => "`:arm` lets changes through".to_owned(),
            None if problem.is_interruption() => "the session goes on: type the next line".to_owned(),
            None => "mend the line: it is one key up".to_owned(),
        }
    }

    fn evaluate(&mut self, text: &str) -> Result<Dynamic, Box<rhai::EvalAltResult>> {
        let ast = self.engine.compile_with_scope(&self.scope, text)?;
        for statement in ast.statements() {
            if let Stmt::Import(import, _) = statement
                && let Expr::StringConstant(module, _) = &import.0
            {
                let (alias, module) = (import.1.name.to_string(), module.to_string());
                self.put_at_hand(&alias, &module);
                self.imports.insert(alias, module);
            }
        }
        let mut whole = self.functions.merge(&ast);
        whole.set_source(SCRIPT);
        // Kept even if the line stops later: it was defined.
        self.functions = whole.clone_functions_only();
        self.engine.eval_ast_with_scope::<Dynamic>(&mut self.scope, &whole)
    }

    fn put_imports_at_hand(&mut self) {
        for (alias, module) in self.imports.clone() {
            self.put_at_hand(&alias, &module);
        }
    }

    fn put_at_hand(&mut self, alias: &str, module: &str) {
        // What does not load is told by the import itself.
        let loaded = self.engine.module_resolver().resolve(&self.engine, None, module, rhai::Position::NONE);
        if let Ok(loaded) = loaded {
            self.engine.register_static_module(alias, loaded);
        }
    }

    /// The modules that have a name of their own, as a script imports them.
    pub fn imported(&self) -> String {
        let line = |(alias, module): (&String, &String)| format!("import {module:?} as {alias};\n");
        self.imports.iter().map(line).collect()
    }

    /// The modules that have a name of their own, and the earlier entries that define functions: a line may call them.
    fn past(&self) -> String {
        let defining = self.entries.iter().filter(|entry| entry.text.contains("fn "));
        defining.fold(self.imported(), |all: String, entry| all + entry.text.as_str() + "\n")
    }

    /// Asks before a line that cannot be undone.
    fn approve(&self, effect: Effect, through: &str) -> Result<(), Problem> {
        if effect == Effect::Destroy && self.is_planning() {
            // Nothing happens: it is shown.
            self.run.place().approved.insert("*".to_owned());
        }
        if effect < Effect::Destroy || !self.is_armed() {
            return Ok(());
        }
        let name = &self.seat.environment.name;
        let question = format!(
            "this line cannot be undone: it reaches {through}.\nType {name} to go on, anything else to leave it: "
        );
        match self.run.ask(&question) {
            Some(typed) if typed.trim() == name => {
                self.run.place().approved.insert("*".to_owned());
                let by = format!("typed {name}");
                self.run.record(Record::Approved { phase: format!("one line, {through}"), by }).map(drop)
            }
            _ => Err(Problem::new("refused", "the line was left: the typed name was another")
                .hint("nothing was done; type it again to be asked again")),
        }
    }

    /// Writes down what is about to be done.
    fn note(&self, text: &str, effect: Effect) -> Result<(), Problem> {
        if effect < Effect::Change || !self.is_armed() {
            return Ok(());
        }
        let text = if secretive::looks_secret(text) { "a line that looks secret" } else { text.trim() };
        self.run.record(Record::note(format!("typed: {text}"))).map(drop)
    }

    /// Prints a value as its kind asks.
    pub fn show(&self, value: &Dynamic, rows: Option<usize>) {
        if let Some(text) = shown::shown(&self.engine, value) {
            out::show(&self.run.redactor().clean(&text), rows);
        }
    }

    /// Whether more must be typed before the text can be carried out.
    pub fn is_incomplete(text: &str) -> bool {
        let engine = rhai::Engine::new_raw();
        let Err(error) = engine.compile(text) else { return false };
        if text.matches('`').count() % 2 == 1 {
            return true;
        }
        let end = text.trim_end();
        let (line, column) = (end.lines().count(), end.lines().last().map_or(0, |last| last.chars().count()));
        let position = error.position();
        let is_at_end = position.is_none()
            || position
                .line()
                .is_some_and(|at| at > line || at == line && position.position().unwrap_or(0) > column);
        let is_text =
            matches!(error.err_type(), rhai::ParseErrorType::BadInput(rhai::LexError::UnterminatedString));
        is_at_end && !is_text
    }
}

/// What a session begins with: the parameters, and what is known of a run that is looked into.
fn given(seat: &Seat) -> Scope<'static> {
    let mut scope = Scope::new();
    for one in &seat.given {
        scope.push_dynamic(one.name.clone(), one.value.clone());
    }
    scope
}

fn assembled(run: &Arc<Run>, library: &Arc<Library>) -> Engine {
    let mut engine = engine(Some(run), library);
    if let Err(problem) = put_modules_at_hand(&mut engine) {
        out::complain(&problem);
    }
    engine
}

fn read_only(seat: &Arc<Seat>, handle: &Handle) -> Arc<Run> {
    begun(seat, handle, random_id(), None, Claim::default(), Direction::Forward)
}

/// A run for this seat: one with a journal may change things.
fn begun(
    seat: &Arc<Seat>,
    handle: &Handle,
    id: String,
    journal: Option<Journal>,
    claim: Claim,
    direction: Direction,
) -> Arc<Run> {
    let run = Run::begin(Beginning {
        id,
        environment: seat.environment.clone(),
        may_change: journal.is_some(),
        journal,
        replay: Replay::default(),
        approved: std::collections::BTreeSet::new(),
        direction,
        until: None,
        memory: Some(seat.identities.clone()),
        runtime: handle.clone(),
        listener: if direction == Direction::Planning { (seat.planner)() } else { (seat.listener)() },
        asker: Some((seat.asker)()),
        claim,
    });
    seat.given.iter().for_each(|one| one.keep_secrets(&run));
    run
}

/// Each signal ends the present line, and nothing else.
fn interrupt_on_signals(runtime: &Runtime, present: &Arc<Mutex<Arc<Run>>>) {
    use tokio::signal::unix::{SignalKind, signal};
    let _inside = runtime.enter();
    let Ok(mut signals) = signal(SignalKind::interrupt()) else { return };
    let present = present.clone();
    runtime.spawn(async move {
        while signals.recv().await.is_some() {
            present.lock().unwrap_or_else(PoisonError::into_inner).cancel().cancel();
        }
    });
}

#[cfg(test)]
mod tests {
    use super::Session;

    #[test]
    fn what_is_not_finished_goes_on_and_what_is_wrong_does_not() {
        for more in ["fn f() {", "let a =", "f(1,", "let a = `x", "if a {\n  b", "#{ a: 1,"] {
            assert!(Session::is_incomplete(more), "{more}");
        }
        for over in ["let a = 1", "f(1)", "let a = \"x", "1 +* 2", "}", ") + 1", "a b c"] {
            assert!(!Session::is_incomplete(over), "{over}");
        }
    }
}
