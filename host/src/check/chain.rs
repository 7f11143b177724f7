//! Steps: whether each has an id, says how it is undone, and runs.

use rhai::{ASTNode, BinaryExpr, Expr, FnCallExpr, Position, Stmt};

use super::files::File;
use super::{Check, Finding, paths};

/// A step as it is written: its beginning, and what follows with a dot.
pub struct Chain<'a> {
    /// The call of `step`.
    pub step: &'a FnCallExpr,
    /// Where it stands.
    pub position: Position,
    /// The calls after it, in order.
    pub links: Vec<(&'a FnCallExpr, Position)>,
}

impl<'a> Chain<'a> {
    /// Reads a dot and what stands around it, if a step begins there.
    pub fn of(link: &'a BinaryExpr) -> Option<Self> {
        let Expr::FnCall(step, position) = &link.lhs else { return None };
        if step.name != "step" || step.is_qualified() {
            return None;
        }
        let mut links = Vec::new();
        let mut rest = &link.rhs;
        loop {
            match rest {
                Expr::Dot(link, ..) => {
                    if let Expr::MethodCall(call, position) = &link.lhs {
                        links.push((&**call, *position));
                    }
                    rest = &link.rhs;
                }
                Expr::MethodCall(call, position) => {
                    links.push((&**call, *position));
                    break;
                }
                _ => break,
            }
        }
        Some(Self { step, position: *position, links })
    }

    /// The link called `name`.
    pub fn link(&self, name: &str) -> Option<&'a FnCallExpr> {
        self.links.iter().find(|(call, _)| call.name == name).map(|(call, _)| *call)
    }

    /// What is known of the step's name without carrying anything out, and whether that is all of it.
    pub fn name(&self) -> Option<(String, bool)> {
        paths::text(self.step.args.first()?)
    }
}

impl Check<'_> {
    /// Looks at a step that something follows with a dot.
    pub fn read_chain(&self, file: &File, link: &BinaryExpr) -> Vec<Finding> {
        let Some(chain) = Chain::of(link) else { return Vec::new() };
        let at = |position, word, message: String, hint: &str| {
            Finding::new(&file.name, position, word, message, hint)
        };
        let said =
            chain.name().map_or_else(|| "the step".to_owned(), |(name, _)| format!("the step `{name}`"));
        let mut found = Vec::new();
        let undoes: Vec<&(&FnCallExpr, Position)> = chain
            .links
            .iter()
            .filter(|(call, _)| ["undo", "no_undo", "reads"].contains(&&*call.name))
            .collect();
        if undoes.is_empty() {
            let hint = "add .undo(|was| ..), .no_undo(\"why\") or .reads() before .run";
            found.push(at(chain.position, "no_undo", format!("{said} does not say how it is undone"), hint));
        } else if let [_, second, ..] = undoes[..] {
            let message = format!("{said} says twice how it is undone: the last counts");
            found.push(at(second.1, "no_undo", message, "keep one of .undo, .no_undo and .reads"));
        }
        match chain.links.iter().position(|(call, _)| call.name == "run") {
            None => found.push(at(
                chain.position,
                "never_runs",
                format!("{said} never runs"),
                "end it with .run(|| ..)",
            )),
            Some(place) => {
                let late = chain.links[place + 1..]
                    .iter()
                    .find(|(call, _)| ["undo", "no_undo", "reads", "done_when"].contains(&&*call.name));
                if let Some((call, position)) = late {
                    let message = format!("{said} has run when .{} comes", call.name);
                    found.push(at(*position, "never_runs", message, "write .run last"));
                }
            }
        }
        found.extend(self.read_step_name(file, chain.step, chain.position));
        found
    }

    /// Looks at a step that nothing follows with a dot.
    pub fn read_lonely_step(
        &self,
        file: &File,
        call: &FnCallExpr,
        position: Position,
        path: &[ASTNode<'_>],
    ) -> Option<Finding> {
        if call.name != "step" || call.is_qualified() || call.args.len() != 1 {
            return None;
        }
        let parent = path.len().checked_sub(2).and_then(|above| path.get(above));
        match (path.last(), parent) {
            (_, Some(ASTNode::Expr(Expr::Dot(..)))) => None,
            (Some(ASTNode::Stmt(Stmt::FnCall(..))), _) | (_, Some(ASTNode::Stmt(Stmt::Expr(..)))) => {
                Some(Finding::new(
                    &file.name,
                    position,
                    "never_runs",
                    "this step never runs",
                    "add how it is undone, and .run(|| ..)",
                ))
            }
            _ => self.read_step_name(file, call, position),
        }
    }

    fn read_step_name(&self, file: &File, step: &FnCallExpr, position: Position) -> Option<Finding> {
        let argument = step.args.first()?;
        let hint = "write the id itself, a space, a title, and what it is run for after a colon: \
                    step(`E3 stop etcd: ${host}`)";
        let wrong = |message: &str| {
            Some(Finding::new(&file.name, argument.start_position(), "step_id", message, hint))
        };
        match paths::text(argument) {
            None if super::types::of(&self.known, argument).is_some_and(|kind| kind != "string") => None,
            None => wrong("the step's id is computed: a resumed run could not match it"),
            Some((beginning, is_whole)) => {
                if beginning.trim().is_empty() && is_whole {
                    return Some(Finding::new(&file.name, position, "step_id", "the step has no id", hint));
                }
                let has_whole_id = beginning.trim_start().contains(char::is_whitespace);
                if is_whole || has_whole_id {
                    return None;
                }
                wrong("the step's id is partly computed: a resumed run could not match it")
            }
        }
    }
}
