//! Loops that could go on for ever: waits without a limit.

use rhai::{ASTFlags, ASTNode, Expr, Stmt};

use super::effects::for_each_node;
use super::files::File;
use super::{Check, Finding, paths};
use crate::declare::Effect;

impl Check<'_> {
    /// Looks at a `while`, `loop` or `do`.
    pub fn read_loop(&self, file: &File, statement: &Stmt) -> Option<Finding> {
        let (flow, position) = match statement {
            Stmt::While(flow, position) | Stmt::Do(flow, _, position) => (flow, *position),
            _ => return None,
        };
        let seen = Seen::of(flow.body.statements());
        let is_endless = matches!(flow.expr, Expr::Unit(..) | Expr::BoolConstant(true, _)) && !seen.ends;
        if is_endless {
            return Some(Finding::new(
                &file.name,
                position,
                "no_limit",
                "this loop never ends",
                "end it with break or return, or wait with wait_for, which has a limit",
            ));
        }
        let condition = [Stmt::Expr(Box::new(flow.expr.clone()))];
        let asks = [&condition[..], flow.body.statements()]
            .into_iter()
            .any(|part| self.effect_within(file, part).0 >= Effect::Read);
        let makes_headway = seen.assigns || seen.waits;
        (asks && !makes_headway).then(|| {
            Finding::new(
                &file.name,
                position,
                "no_limit",
                "this loop asks again and again, without a pause and without a limit",
                "write wait_for(\"what is waited for\", minutes(5), || ..)",
            )
        })
    }
}

/// What stands in a loop.
#[derive(Default)]
struct Seen {
    ends: bool,
    assigns: bool,
    waits: bool,
}

impl Seen {
    fn of(statements: &[Stmt]) -> Self {
        let mut seen = Self::default();
        for_each_node(statements, &mut |node| match node {
            ASTNode::Stmt(Stmt::BreakLoop(_, flags, _)) => seen.ends |= flags.contains(ASTFlags::BREAK),
            ASTNode::Stmt(Stmt::Return(..)) => seen.ends = true,
            ASTNode::Stmt(Stmt::Assignment(..)) => seen.assigns = true,
            node => {
                if let Some((call, ..)) = paths::call(node) {
                    seen.waits |= call.name.contains("wait");
                    seen.assigns |= ["push", "pop", "shift", "remove", "append"].contains(&&*call.name);
                }
            }
        });
        seen
    }
}
