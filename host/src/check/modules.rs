//! Reads one file node by node: its imports, what it takes out of modules, and what the other rules make of each node.

use std::rc::Rc;

use rhai::{ASTNode, Expr, Position, Stmt};

use super::files::File;
use super::{Check, Finding, paths};
use crate::engine::nearest;

impl Check<'_> {
    /// Reads a file; returns the modules that it imports from outside of the binary, to be read too.
    pub fn read(&mut self, file: &File) -> Vec<Rc<File>> {
        let (mut found, mut leads) = (Vec::new(), Vec::new());
        file.ast().walk(&mut |path| {
            if let Some(node) = path.last() {
                self.read_node(file, node, path, &mut found, &mut leads);
            }
            true
        });
        for finding in found {
            self.find(finding);
        }
        leads.into_iter().filter(|file| !file.is_built_in).collect()
    }

    fn read_node(
        &self,
        file: &File,
        node: &ASTNode<'_>,
        path: &[ASTNode<'_>],
        found: &mut Vec<Finding>,
        leads: &mut Vec<Rc<File>>,
    ) {
        if let Some((call, position, is_method)) = paths::call(node) {
            found.extend(self.read_call(file, call, position, is_method));
            found.extend(self.read_lonely_step(file, call, position, path));
        }
        match node {
            ASTNode::Stmt(Stmt::Import(import, position)) => {
                found.extend(self.read_import(file, &import.0, *position));
                if let Expr::StringConstant(module, _) = &import.0 {
                    leads.extend(self.files.module(module));
                }
            }
            ASTNode::Expr(Expr::Variable(variable, _, position)) if !variable.2.is_empty() => {
                let module = variable.2.path.first().map_or("", |first| first.name.as_str());
                let position =
                    if variable.2.position().is_none() { *position } else { variable.2.position() };
                found.extend(self.read_constant(file, module, &variable.1, position));
            }
            ASTNode::Expr(Expr::Dot(link, ..)) => found.extend(self.read_chain(file, link)),
            ASTNode::Stmt(loop_ @ (Stmt::While(..) | Stmt::Do(..))) => {
                found.extend(self.read_loop(file, loop_));
            }
            _ => {}
        }
    }

    fn read_import(&self, file: &File, module: &Expr, position: Position) -> Option<Finding> {
        let Expr::StringConstant(module, at) = module else {
            return Some(Finding::new(
                &file.name,
                position,
                "unknown_module",
                "the module's name is computed, so that nobody can tell what is carried out",
                "write the name itself: import \"hcp\" as hcp;",
            ));
        };
        self.files.obstacle(module, &file.name, *at)
    }

    fn read_constant(&self, file: &File, alias: &str, name: &str, position: Position) -> Option<Finding> {
        if alias == "global" {
            return None;
        }
        let module = match self.module_of(file, alias, position) {
            Ok(module) => module?,
            Err(finding) => return Some(finding),
        };
        if module.exports().iter().any(|known| known == name) {
            return None;
        }
        let hint = match nearest(name, module.exports().iter().map(String::as_str)) {
            Some(near) => format!("did you mean {alias}::{near}?"),
            None if module.exports().is_empty() => format!("{} exports no value", module.name),
            None => format!("{} exports {}", module.name, module.exports().join(", ")),
        };
        Some(Finding::new(
            &file.name,
            position,
            "unknown_member",
            format!("`{alias}` has no value `{name}`"),
            hint,
        ))
    }

    /// The module that `alias` stands for in `file`; none where the import itself is wrong, which is told there.
    pub fn module_of(
        &self,
        file: &File,
        alias: &str,
        position: Position,
    ) -> Result<Option<Rc<File>>, Finding> {
        if let Some(module) = file.imported(alias) {
            return Ok(self.files.module(module));
        }
        let hint = match nearest(alias, file.aliases()) {
            Some(near) => format!("did you mean {near}::?"),
            None => format!("write `import \"{alias}\" as {alias};` at the top, or mend the name"),
        };
        let message = format!("`{alias}` is not imported");
        Err(Finding::new(&file.name, position, "unknown_module", message, hint))
    }
}
