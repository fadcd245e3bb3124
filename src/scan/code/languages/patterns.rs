//! Names that patterns bind, and places that are stored to: `case {"key": value}` of Python, `in { key: }` of Ruby.

use tree_sitter::Node;

use crate::scan::code::ir::Op;
use crate::scan::code::ir::OpId;
use crate::scan::code::lower::Kid;
use crate::scan::code::lower::Lowering;
use crate::scan::code::lower::Value;

/// Most nodes of one pattern that are looked at.
const MOST: usize = 256;

/// Binds the names in `pattern` to `subject`, those under a key or a keyword to what stands there.
pub fn bind<'t>(l: &mut Lowering<'t>, pattern: Node<'t>, subject: OpId) {
    let mut work = vec![(pattern, subject)];
    let mut looked_at = 0;
    while let Some((node, subject)) = work.pop() {
        looked_at += 1;
        if looked_at > MOST {
            return;
        }
        match node.kind() {
            "identifier" => name(l, node, subject),
            "dotted_name" if node.named_child_count() == 1 => name(l, node, subject),
            "dotted_name" | "string" | "simple_symbol" | "constant" | "scope_resolution" => {}
            "class_pattern" => {
                // What comes first is the class.
                let mut cursor = node.walk();
                work.extend(node.named_children(&mut cursor).skip(1).map(|child| (child, subject)));
            }
            "keyword_pattern" => match (node.child_by_field_name("key"), node.child_by_field_name("value")) {
                (Some(key), value) => {
                    let text = l.text(key).trim_matches(['"', '\'', ':']);
                    let under = l.string(key, text);
                    let under = l.emit(key, Op::Index(subject, under));
                    match value {
                        Some(value) => work.push((value, under)),
                        None => {
                            let symbol = l.sym(text);
                            let target = l.emit(key, Op::Name(symbol));
                            l.assign(key, target, under, false);
                        }
                    }
                }
                (None, _) => {
                    let (Some(key), Some(value)) = (node.named_child(0), node.named_child(1)) else {
                        continue;
                    };
                    let symbol = l.sym(l.text(key));
                    let under = l.emit(key, Op::Field(subject, symbol));
                    work.push((value, under));
                }
            },
            "dict_pattern" => keyed(l, node, subject, &mut work),
            _ => {
                let mut cursor = node.walk();
                work.extend(node.named_children(&mut cursor).map(|child| (child, subject)));
            }
        }
    }
}

fn name<'t>(l: &mut Lowering<'t>, node: Node<'t>, subject: OpId) {
    let text = l.text(node);
    if text != "_" {
        let symbol = l.sym(text);
        let target = l.emit(node, Op::Name(symbol));
        l.assign(node, target, subject, false);
    }
}

/// `{"key": pattern, **rest}`.
fn keyed<'t>(l: &mut Lowering<'t>, node: Node<'t>, subject: OpId, work: &mut Vec<(Node<'t>, OpId)>) {
    let mut under = subject;
    let mut cursor = node.walk();
    if !cursor.goto_first_child() {
        return;
    }
    loop {
        let child = cursor.node();
        match cursor.field_name() {
            Some("key") if child.is_named() => {
                let text = l.text(child).trim_matches(['"', '\'']);
                let key = l.string(child, text);
                under = l.emit(child, Op::Index(subject, key));
            }
            Some("value") => work.push((child, under)),
            _ if child.is_named() => work.push((child, subject)),
            _ => {}
        }
        if !cursor.goto_next_sibling() {
            return;
        }
    }
}

/// What `*name` is where something is stored in it: what `name` points to.
pub fn pointed_to<'t>(l: &mut Lowering<'t>, node: Node<'t>, kids: &[Kid<'t>]) -> Value {
    let Some(inner) = kids.iter().find_map(|kid| kid.value.op()) else { return Value::None };
    let mut stored = node;
    let mut around = l.ancestor(0);
    if let Some(list) = around.filter(|around| around.kind() == "expression_list") {
        (stored, around) = (list, l.ancestor(1));
    }
    let is_target = around.is_some_and(|around| {
        matches!(around.kind(), "assignment_expression" | "assignment_statement")
            && around.child_by_field_name("left") == Some(stored)
    });
    match is_target && l.text(node).starts_with('*') {
        true => Value::Op(l.emit(node, Op::Element(inner))),
        false => l.mix(node, kids),
    }
}
