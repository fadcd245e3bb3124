//! Reading what only PowerShell has: commands, what goes through a pipeline, operators in any letters.

use tree_sitter::Node as Syntax;

use super::recipe::*;
use super::run::V;
use crate::scan::code::rules;

impl Reader<'_> {
    /// What `node` is, where PowerShell alone has it.
    pub(super) fn powershell(
        &mut self,
        node: Syntax<'_>,
        kind: &str,
        named: &[Syntax<'_>],
        depth: u32,
    ) -> Option<Result<Id, Node>> {
        match kind {
            "array_literal_expression" | "path_command_name" | "command_name_expr" => match named {
                [only] => Some(Ok(self.read(*only, depth))),
                _ if kind == "array_literal_expression" => Some(Err(Node::List(self.all(named, depth)))),
                _ => None,
            },
            "command" => Some(self.command(node, None, depth).ok_or(Node::Unknown)),
            "pipeline_chain" if named.len() > 1 => {
                let mut through: Option<Id> = None;
                for part in named.iter().take(16) {
                    through = match (part.kind(), through) {
                        ("command", through) => self.command(*part, through, depth),
                        (_, None) => Some(self.read(*part, depth)),
                        (_, through) => through,
                    };
                }
                Some(through.ok_or(Node::Unknown))
            }
            "function_statement" => {
                let name = named.iter().find(|child| child.kind() == "function_name");
                let name: Box<str> = name.map_or("", |name| self.text(*name)).to_ascii_lowercase().into();
                let mut params = Vec::new();
                let body = named.iter().find(|child| child.kind().starts_with("script_block"));
                named.iter().for_each(|child| self.script_params(*child, 0, &mut params));
                let body = match body {
                    Some(body) => self.read(*body, depth),
                    None => self.put(node, Node::Unknown),
                };
                self.recipe.functions.push((self.recipe.len(), self.owner.clone()));
                Some(Err(Node::Function(name, params.into(), body)))
            }
            "type_literal" => {
                let name = self.text(node).trim_matches(['[', ']', ' ']).to_ascii_lowercase();
                Some(Err(Node::Name(name.into())))
            }
            "param_block" => Some(Err(Node::Unknown)),
            _ => None,
        }
    }

    /// The names of the parameters a script block begins with.
    fn script_params(&self, node: Syntax<'_>, depth: u32, out: &mut Vec<Box<str>>) {
        let mut cursor = node.walk();
        for child in node.named_children(&mut cursor).take(64) {
            match child.kind() {
                "script_block"
                | "script_block_body"
                | "param_block"
                | "parameter_list"
                | "function_parameter_declaration"
                    if depth < 4 =>
                {
                    self.script_params(child, depth + 1, out);
                }
                "script_parameter" => {
                    let mut inner = child.walk();
                    let name = child.named_children(&mut inner).find(|part| part.kind() == "variable");
                    let name = name.map(|name| self.text(name).trim_start_matches('$').to_ascii_lowercase());
                    out.extend(name.map(String::into_boxed_str));
                }
                _ => {}
            }
        }
    }

    /// A command, with what comes through the pipeline.
    fn command(&mut self, node: Syntax<'_>, through: Option<Id>, depth: u32) -> Option<Id> {
        let name = node.child_by_field_name("command_name")?;
        let mut args: Vec<Id> = Vec::new();
        if let Some(elements) = node.child_by_field_name("command_elements") {
            let mut cursor = elements.walk();
            let all: Vec<Syntax<'_>> = elements.named_children(&mut cursor).take(64).collect();
            let value = |part: &Syntax<'_>| {
                !matches!(
                    part.kind(),
                    "command_parameter" | "command_argument_sep" | "redirections" | "redirection"
                )
            };
            for part in all.into_iter().filter(value) {
                args.push(self.read(part, depth));
            }
        }
        let text = self.text(name).replace('`', "").to_ascii_lowercase();
        let each = matches!(text.as_str(), "foreach-object" | "foreach" | "%");
        let only = matches!(text.as_str(), "where-object" | "where" | "?");
        if let (Some(through), true) = (through, each || only) {
            let method = if each { "map" } else { "filter" };
            let target = self.put(node, Node::Member(through, method.into()));
            return Some(self.put(node, Node::Call(target, args.into())));
        }
        if let (true, [name, value]) =
            (matches!(text.as_str(), "set-variable" | "new-variable" | "sv" | "nv"), args.as_slice())
            && let Node::Text(name) = self.recipe.nodes.get(*name as usize)?
        {
            let (name, value) = (Node::Name(name.to_ascii_lowercase().into()), *value);
            let name = self.put(node, name);
            return Some(self.put(node, Node::Assign(name, "=".into(), value)));
        }
        if text == "write-output" || text == "echo" {
            return args.first().copied();
        }
        let computed = text.contains(['$', '(', '{', '"', '\'']);
        let target = if computed { self.read(name, depth) } else { self.put(name, Node::Name(text.into())) };
        args.extend(through);
        Some(self.put(node, Node::Call(target, args.into())))
    }
}

/// What PowerShell's own variable `name` says on every system.
pub(super) fn own_variable(name: &str) -> Option<V> {
    let known = rules::LISTS.shell_text.iter().find_map(|known| {
        known.split_once('=').filter(|(of, _)| of.eq_ignore_ascii_case(name)).map(|(_, text)| text)
    });
    known.map(V::text)
}
