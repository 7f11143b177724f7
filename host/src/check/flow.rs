//! Follows a script from its beginning, through the functions that hold its steps: ids that come twice, what
//! destroys without approval, what changes outside of a step.

use std::collections::{BTreeMap, HashSet};
use std::rc::Rc;

use rhai::{Expr, FlowControl, FnCallExpr, Position, Stmt};

use super::chain::Chain;
use super::effects::{for_each_node, target};
use super::files::{File, Routine};
use super::{Check, Finding, paths};
use crate::declare::Effect;
use crate::run::step_id;

/// Functions may lead through one another this deep.
const DEEPEST: usize = 24;

/// What calls a closure once for each of several things, or several times.
const FOR_EACH: &[&str] = &[
    "all",
    "drain",
    "filter",
    "find",
    "for_each",
    "map",
    "oc_wait",
    "oc_wait_all",
    "parallel",
    "reduce",
    "retain",
    "some",
    "wait_for",
];

/// Where the script has come to.
#[derive(Debug, Clone, Default)]
struct State {
    /// Whether it may be in a phase that was approved; of several ways, one is enough.
    may_be_approved: bool,
    /// Every step so far, by id, with its place for messages.
    steps: BTreeMap<String, String>,
}

impl State {
    /// Brings together what two ways came to.
    fn join(&mut self, other: Self) {
        self.may_be_approved |= other.may_be_approved;
        self.steps.extend(other.steps);
    }
}

/// What stands around the place.
#[derive(Debug, Clone, Copy, Default)]
struct Around {
    in_loop: bool,
    depth: usize,
    part: Part,
}

/// In which part of a step a place is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Part {
    #[default]
    Outside,
    /// In the work of a step that can be undone, cannot be, or only reads.
    Undoable,
    Final,
    Reading,
    /// In the check that decides whether its effect has happened.
    Deciding,
    /// In what undoes it.
    Undoing,
}

impl Check<'_> {
    /// Follows the script from where it begins.
    pub fn follow(&mut self, file: &Rc<File>) {
        let mut state = State::default();
        let around = Around::default();
        self.statements(file, file.statements(), &mut state, around);
        if let Some(main) = file.function("main", 0) {
            self.statements(file, &main.body, &mut state, around);
        }
        self.check_targets(file);
    }

    fn statements(&mut self, file: &Rc<File>, all: &[Stmt], state: &mut State, around: Around) {
        for statement in all {
            self.statement(file, statement, state, around);
        }
    }

    fn statement(&mut self, file: &Rc<File>, statement: &Stmt, state: &mut State, around: Around) {
        match statement {
            Stmt::If(flow, _) | Stmt::TryCatch(flow, _) => self.fork(file, flow, state, around),
            Stmt::Switch(switch, _) => {
                self.expression(file, &switch.0, state, around);
                let before = state.clone();
                for case in &switch.1.expressions {
                    let mut way = before.clone();
                    self.expression(file, &case.rhs, &mut way, around);
                    state.join(way);
                }
            }
            Stmt::While(flow, _) | Stmt::Do(flow, ..) => {
                self.expression(file, &flow.expr, state, around);
                self.statements(file, flow.body.statements(), state, Around { in_loop: true, ..around });
            }
            Stmt::For(each, _) => {
                self.expression(file, &each.2.expr, state, around);
                self.statements(file, each.2.body.statements(), state, Around { in_loop: true, ..around });
            }
            Stmt::Var(declared, ..) => self.expression(file, &declared.1, state, around),
            Stmt::Assignment(both) => {
                self.expression(file, &both.1.lhs, state, around);
                self.expression(file, &both.1.rhs, state, around);
            }
            Stmt::FnCall(call, position) => self.call(file, call, *position, false, state, around),
            Stmt::Block(block) => self.statements(file, block.statements(), state, around),
            Stmt::Expr(expression) => self.expression(file, expression, state, around),
            Stmt::BreakLoop(Some(value), ..) | Stmt::Return(Some(value), ..) => {
                self.expression(file, value, state, around);
            }
            _ => {}
        }
    }

    /// Goes both ways of a fork: only one of them happens.
    fn fork(&mut self, file: &Rc<File>, flow: &FlowControl, state: &mut State, around: Around) {
        self.expression(file, &flow.expr, state, around);
        let mut other = state.clone();
        self.statements(file, flow.body.statements(), state, around);
        self.statements(file, flow.branch.statements(), &mut other, around);
        state.join(other);
    }

    fn expression(&mut self, file: &Rc<File>, expression: &Expr, state: &mut State, around: Around) {
        if let Some(name) = paths::closure(expression) {
            return self.closure(file, &name, state, around);
        }
        match expression {
            Expr::Stmt(block) => self.statements(file, block.statements(), state, around),
            Expr::FnCall(call, position) => self.call(file, call, *position, false, state, around),
            Expr::MethodCall(call, position) => self.call(file, call, *position, true, state, around),
            Expr::Dot(link, ..) => {
                if let Some(chain) = Chain::of(link) {
                    self.step(file, &chain, state, around);
                } else {
                    self.expression(file, &link.lhs, state, around);
                    self.expression(file, &link.rhs, state, around);
                }
            }
            Expr::Index(link, ..) => {
                self.expression(file, &link.lhs, state, around);
                self.expression(file, &link.rhs, state, around);
            }
            Expr::Array(all, _) | Expr::InterpolatedString(all, _) => {
                all.iter().for_each(|one| self.expression(file, one, state, around));
            }
            Expr::Map(map, _) => map.0.iter().for_each(|(_, one)| self.expression(file, one, state, around)),
            Expr::And(all, _) | Expr::Or(all, _) | Expr::Coalesce(all, _) => {
                all.iter().for_each(|one| self.expression(file, one, state, around));
            }
            _ => {}
        }
    }

    fn closure(&mut self, file: &Rc<File>, name: &str, state: &mut State, around: Around) {
        if around.depth >= DEEPEST {
            return;
        }
        let file = file.clone();
        if let Some(closure) = file.called(name).next() {
            let deeper = Around { depth: around.depth + 1, ..around };
            self.statements(&file, &closure.body, state, deeper);
        }
    }

    fn call(
        &mut self,
        file: &Rc<File>,
        call: &FnCallExpr,
        position: Position,
        is_method: bool,
        state: &mut State,
        around: Around,
    ) {
        let is_for_each = !call.is_qualified() && FOR_EACH.contains(&&*call.name);
        for argument in &call.args {
            let in_loop = around.in_loop || is_for_each && paths::closure(argument).is_some();
            self.expression(file, argument, state, Around { in_loop, ..around });
        }
        let position = paths::place(call, position);
        if let Some(target) = target(self, file, call, is_method) {
            let place = target.elsewhere.clone().unwrap_or_else(|| file.clone());
            let Some(function) = place.function(&target.name, target.arity) else { return };
            if self.holds_steps(&place, function) && around.depth < DEEPEST {
                let deeper = Around { depth: around.depth + 1, ..around };
                return self.statements(&place, &function.body, state, deeper);
            }
            if call.args.iter().any(|argument| self.makes_steps(file, argument)) {
                // It does something around steps, and puts it right itself, such as stopping what would disturb them.
                return;
            }
            let (effect, through) = self.effect_of(&place, &target.name, target.arity);
            let what = format!("{}{} (through {through})", namespace(call), call.name);
            return self.judge(file, position, effect, &what, state, around);
        }
        if call.is_qualified() {
            return;
        }
        if call.name == "phase" {
            state.may_be_approved = call.args.len() > 1;
        }
        let effect = self.effect_of_declared(call, is_method);
        self.judge(file, position, effect, &call.name, state, around);
    }

    /// Whether steps stand in the closure that an expression makes.
    fn makes_steps(&self, file: &File, expression: &Expr) -> bool {
        let closure = paths::closure(expression).and_then(|name| file.called(&name).next());
        closure.is_some_and(|closure| self.holds_steps(file, closure))
    }

    /// Whether steps or phases stand in a function, or in one that it leads to.
    fn holds_steps(&self, file: &File, function: &Routine) -> bool {
        let mut seen = HashSet::new();
        self.holds_steps_within(file, function, &mut seen)
    }

    fn holds_steps_within(
        &self,
        file: &File,
        function: &Routine,
        seen: &mut HashSet<(String, String, usize)>,
    ) -> bool {
        let (mut found, mut beneath) = (false, Vec::new());
        for_each_node(&function.body, &mut |node| {
            if let Some((call, _, is_method)) = paths::call(node) {
                found |= !call.is_qualified() && ["step", "phase"].contains(&&*call.name);
                beneath.extend(target(self, file, call, is_method));
            }
        });
        found
            || beneath.iter().any(|target| {
                let place = target.elsewhere.as_deref().unwrap_or(file);
                seen.insert((place.name.clone(), target.name.clone(), target.arity))
                    && place
                        .function(&target.name, target.arity)
                        .is_some_and(|function| self.holds_steps_within(place, function, seen))
            })
    }

    /// Says what is wrong with an effect at this place.
    fn judge(
        &mut self,
        file: &File,
        position: Position,
        effect: Effect,
        what: &str,
        state: &State,
        around: Around,
    ) {
        let (word, message, hint) = match (effect, around.part) {
            (Effect::None | Effect::Read, _) | (_, Part::Undoing | Part::Undoable) => return,
            (_, Part::Reading) => (
                "changes",
                format!("{what} changes something, in a step that says it only reads"),
                "say how the step is undone, with .undo(|was| ..) or .no_undo(\"why\")",
            ),
            (_, Part::Deciding) => (
                "changes",
                format!("{what} changes something, in a check that only looks whether the step is done"),
                "let .done_when look, and .run change",
            ),
            (Effect::Destroy, _) if !state.may_be_approved => (
                "not_approved",
                format!("{what} cannot be undone, and no phase that is approved has begun"),
                "begin one before it: phase(\"teardown\", #{ confirm: name, why: \"what it will do\" });",
            ),
            (_, Part::Outside) => (
                "outside_step",
                format!(
                    "{what} changes something outside of a step: it is neither repeated nor undone as it should be"
                ),
                "put it into a step: step(\"X1 what it does\").undo(|was| ..).run(|| ..)",
            ),
            (_, Part::Final) => return,
        };
        self.find(Finding::new(&file.name, position, word, message, hint));
    }

    fn step(&mut self, file: &Rc<File>, chain: &Chain<'_>, state: &mut State, around: Around) {
        if around.part != Part::Outside {
            self.find(Finding::new(
                &file.name,
                chain.position,
                "nested_step",
                "a step begins inside of a step",
                "end the one before the other begins; what both need is a function",
            ));
        }
        self.count(file, chain, state, around);
        let part = match () {
            () if chain.link("reads").is_some() => Part::Reading,
            () if chain.link("undo").is_some() => Part::Undoable,
            () => Part::Final,
        };
        for (link, _) in &chain.links {
            let part = match link.name.as_str() {
                "undo" => Part::Undoing,
                "done_when" => Part::Deciding,
                "run" => part,
                _ => around.part,
            };
            for argument in &link.args {
                self.expression(file, argument, state, Around { part, ..around });
            }
        }
    }

    /// Takes note of the step's id.
    fn count(&mut self, file: &Rc<File>, chain: &Chain<'_>, state: &mut State, around: Around) {
        let Some((name, is_whole)) = chain.name() else { return };
        let is_for_each = name.contains(": ");
        if around.in_loop && (is_whole || !is_for_each) {
            self.find(Finding::new(
                &file.name,
                chain.position,
                "step_twice",
                format!("the step `{name}` is begun again in each turn, under the same id"),
                "name what each is for, after a colon: step(`E3 stop etcd: ${host}`)",
            ));
        }
        let id = if is_whole || !is_for_each { step_id(&name) } else { step_id(&format!("{name}.")) };
        let line = chain.position.line().unwrap_or(0);
        let place = format!("{}:{line}", file.name);
        match state.steps.insert(id.clone(), place.clone()) {
            Some(earlier) if earlier != place => self.find(Finding::new(
                &file.name,
                chain.position,
                "step_twice",
                format!("the step id `{}` stands at {earlier} already", id.trim_end_matches(['.', ':', ' '])),
                "give each step an id of its own",
            )),
            _ => {}
        }
    }
}

fn namespace(call: &FnCallExpr) -> String {
    if call.is_qualified() { format!("{}::", call.namespace.path[0].name) } else { String::new() }
}
