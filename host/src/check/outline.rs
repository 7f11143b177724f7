//! What the steps of a script are, as its text tells: for those who want to know before it runs.

use std::collections::BTreeMap;

use rhai::{ASTNode, Expr, FnCallExpr, Stmt};

use super::chain::Chain;
use super::effects::for_each_node;
use super::files::{File, Files};
use super::{Finding, paths};
use crate::engine::{Library, Script};

/// One step, as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outlined {
    /// Its id and title; `…` stands for what is computed.
    pub name: String,
    /// The line that it begins at, from 1.
    pub line: usize,
    /// The phase that was begun last before it, by its place in the text.
    pub phase: Option<String>,
    /// The comment above it.
    pub comment: String,
    /// How it is undone: `reads only`, `undone by ..`, `not undone: ..`.
    pub undo: String,
    /// Whether a check decides, after an interruption, whether its effect happened.
    pub is_checked: bool,
    /// The functions of modules that its work calls, in order.
    pub calls: Vec<String>,
}

/// Reads the steps of a script, in the order of its text.
///
/// The error is what keeps it from being read.
pub fn outline(script: &Script, library: &Library) -> Result<Vec<Outlined>, Finding> {
    let files = Files::new(library);
    let file = files.script(script)?;
    let lines: Vec<&str> = script.text().lines().collect();
    let (mut steps, mut phases) = (BTreeMap::new(), BTreeMap::new());
    let bodies = file.functions().map(|function| &function.body[..]).chain([file.statements()]);
    for body in bodies {
        for_each_node(body, &mut |node| {
            if let ASTNode::Expr(Expr::Dot(link, ..)) = node
                && let Some(chain) = Chain::of(link)
            {
                let line = chain.position.line().unwrap_or(0);
                steps.insert(
                    (line, chain.position.position().unwrap_or(0)),
                    outlined(&file, &chain, line, &lines),
                );
            }
            if let Some((call, position, false)) = paths::call(node)
                && call.name == "phase"
                && let Some((name, _)) = call.args.first().and_then(paths::text)
            {
                phases.insert(position.line().unwrap_or(0), name);
            }
        });
    }
    let mut steps: Vec<Outlined> = steps.into_values().collect();
    for step in &mut steps {
        step.phase = phases.range(..=step.line).next_back().map(|(_, name)| name.clone());
    }
    Ok(steps)
}

fn outlined(file: &File, chain: &Chain<'_>, line: usize, lines: &[&str]) -> Outlined {
    let name = match chain.name() {
        Some((name, true)) => name,
        Some((name, false)) => format!("{name}…"),
        None => "…".to_owned(),
    };
    let of_link = |link: Option<&FnCallExpr>| {
        let argument = link.and_then(|link| link.args.first());
        argument.map(|argument| calls(file, argument)).unwrap_or_default()
    };
    let undo = if let Some(link) = chain.link("no_undo") {
        let reason = link.args.first().and_then(paths::text).map(|(reason, _)| reason);
        format!("not undone: {}", reason.unwrap_or_default())
    } else if chain.link("undo").is_some() {
        let by = of_link(chain.link("undo"));
        if by.is_empty() { "can be undone".to_owned() } else { format!("undone by {}", by.join(", ")) }
    } else if chain.link("reads").is_some() {
        "reads only: there is nothing to undo".to_owned()
    } else {
        "does not say how it is undone".to_owned()
    };
    let above = lines.get(..line.saturating_sub(1)).unwrap_or_default();
    let mut comment: Vec<&str> = above
        .iter()
        .rev()
        .map(|line| line.trim())
        .take_while(|line| line.starts_with("//"))
        .map(|line| line.trim_start_matches('/').trim())
        .collect();
    comment.reverse();
    Outlined {
        name,
        line,
        phase: None,
        comment: comment.join(" "),
        undo,
        is_checked: chain.link("done_when").is_some_and(|link| !is_never(file, link)),
        calls: of_link(chain.link("run")),
    }
}

/// Whether a check always says no: the step is then done again, as a whole.
fn is_never(file: &File, link: &FnCallExpr) -> bool {
    let closure = link.args.first().and_then(paths::closure);
    let closure = closure.and_then(|name| file.called(&name).next());
    closure.is_some_and(|closure| match &closure.body[..] {
        [Stmt::Expr(only)] => matches!(**only, Expr::BoolConstant(false, _)),
        _ => false,
    })
}

/// The functions of modules that a closure calls, each once, in order.
fn calls(file: &File, closure: &Expr) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut pending: Vec<String> = paths::closure(closure).into_iter().collect();
    while let Some(name) = pending.pop() {
        let Some(closure) = file.called(&name).next() else { continue };
        for_each_node(&closure.body, &mut |node| {
            if let Some((call, ..)) = paths::call(node) {
                if call.is_qualified() {
                    let name = format!("{}::{}", call.namespace.path[0].name, call.name);
                    if !found.contains(&name) {
                        found.push(name);
                    }
                }
            } else if let ASTNode::Expr(made @ Expr::DynamicConstant(..)) = node {
                pending.extend(paths::closure(made));
            }
        });
    }
    found
}
