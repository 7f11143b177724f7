//! Small questions to the tree: closures, texts, where a call stands.

use rhai::{ASTNode, Dynamic, Expr, FnCallExpr, FnPtr, Position, Stmt};

/// Where a call stands: at its first word, the module's if it has one.
pub fn place(call: &FnCallExpr, position: Position) -> Position {
    if call.is_qualified() { call.namespace.position() } else { position }
}

/// The call that a node is, with its position, and whether something stands before it with a dot.
pub fn call<'a>(node: &ASTNode<'a>) -> Option<(&'a FnCallExpr, Position, bool)> {
    match node {
        ASTNode::Stmt(Stmt::FnCall(call, position)) | ASTNode::Expr(Expr::FnCall(call, position)) => {
            Some((call, *position, false))
        }
        ASTNode::Expr(Expr::MethodCall(call, position)) => Some((call, *position, true)),
        _ => None,
    }
}

/// The name of the closure that an expression makes.
pub fn closure(expression: &Expr) -> Option<String> {
    match expression {
        Expr::DynamicConstant(value, _) => pointer(value),
        // One that captures variables is a block: it shares them, then hands them to the closure.
        Expr::Stmt(block) => match block.statements().last()? {
            Stmt::Expr(inner) => closure(inner),
            Stmt::FnCall(call, _) if call.name == "curry" => closure(call.args.first()?),
            _ => None,
        },
        Expr::FnCall(call, _) if call.name == "curry" => closure(call.args.first()?),
        _ => None,
    }
}

fn pointer(value: &Dynamic) -> Option<String> {
    value.read_lock::<FnPtr>().map(|pointer| pointer.fn_name().to_owned())
}

/// What can be known of a text without carrying anything out: its beginning, and whether that is all of it.
pub fn text(expression: &Expr) -> Option<(String, bool)> {
    match expression {
        Expr::StringConstant(text, _) => Some((text.to_string(), true)),
        Expr::InterpolatedString(parts, _) => match parts.first()? {
            Expr::StringConstant(text, _) => Some((text.to_string(), false)),
            _ => None,
        },
        Expr::FnCall(call, _) if call.name == "+" && call.args.len() == 2 => {
            let (mut left, is_whole) = text(&call.args[0])?;
            if let (true, Some((right, is_whole))) = (is_whole, text(&call.args[1])) {
                left.push_str(&right);
                return Some((left, is_whole));
            }
            Some((left, false))
        }
        _ => None,
    }
}
