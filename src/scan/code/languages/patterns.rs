//! Names that patterns bind, and places that are stored to: `case {"key": value}` of Python, `in { key: }` of Ruby,
//! `is Row(var name, _)` of C#, `instanceof Row(String name)` of Java.

use tree_sitter::Node;

use crate::scan::code::ir::Arg;
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

/// Binds what a pattern of C# or Java names of `subject`.
pub fn match_typed<'t>(l: &mut Lowering<'t>, pattern: Node<'t>, subject: OpId) {
    let mut work = vec![pattern];
    let mut looked_at = 0;
    while let Some(node) = work.pop() {
        looked_at += 1;
        if looked_at > MOST {
            return;
        }
        match node.kind() {
            "declaration_pattern" | "recursive_pattern" | "type_pattern" => {
                let last = node.named_child(node.named_child_count().saturating_sub(1) as u32);
                let name = node.child_by_field_name("name");
                let name = name.or_else(|| last.filter(|last| last.kind() == "identifier"));
                let ty = node.child_by_field_name("type").or_else(|| node.named_child(0));
                let ty = ty.filter(|ty| name != Some(*ty) && !ty.kind().ends_with("clause"));
                let subject = as_one_of(l, node, ty, subject);
                if let Some(name) = name {
                    l.declare(node, l.text(name), "", Some(subject));
                }
                if node.kind() != "type_pattern" {
                    parts(l, node, subject);
                }
            }
            "record_pattern" => {
                let ty = node.named_child(0).filter(|ty| ty.kind() != "record_pattern_body");
                let subject = as_one_of(l, node, ty, subject);
                parts(l, node, subject);
            }
            "parenthesized_variable_designation" => parts(l, node, subject),
            // `case Note(var who, var text)` reads like a call to the grammar.
            "invocation_expression" => {
                let subject = as_one_of(l, node, node.child_by_field_name("function"), subject);
                if let Some(list) = node.child_by_field_name("arguments") {
                    parts(l, list, subject);
                }
            }
            "pattern" | "constant_pattern" | "and_pattern" | "or_pattern" | "parenthesized_pattern" => {
                let mut cursor = node.walk();
                work.extend(node.named_children(&mut cursor));
            }
            _ => {}
        }
    }
}

/// `subject` where a pattern says that it is one of `ty`.
fn as_one_of<'t>(l: &mut Lowering<'t>, node: Node<'t>, ty: Option<Node<'t>>, subject: OpId) -> OpId {
    let written = ty.map_or("", |ty| l.text(ty));
    let plain = written.split(['<', '(']).next().unwrap_or("");
    let named = plain.rsplit('.').next().unwrap_or("").trim();
    if !named.starts_with(|first: char| first.is_ascii_uppercase()) {
        return subject;
    }
    let symbol = l.type_sym(named);
    if symbol == 0 {
        return subject;
    }
    let typed = l.emit(node, Op::OfType(symbol));
    l.emit(node, Op::Any([typed, subject].into()))
}

/// Stores the parts of `subject` where a pattern names them.
fn parts<'t>(l: &mut Lowering<'t>, pattern: Node<'t>, subject: OpId) {
    if let Some(target) = target(l, pattern, 0)
        && !matches!(l.current().ops.get(target as usize), Some(Op::Name(_)))
    {
        l.assign(pattern, target, subject, false);
    }
}

/// Whether an argument declares a variable: `var who`.
fn declares(argument: Node<'_>) -> bool {
    argument.named_child(0).is_some_and(|inner| inner.kind() == "declaration_expression")
}

/// The places a pattern of several names stores to: a list by position, a map by the names of members.
fn target<'t>(l: &mut Lowering<'t>, node: Node<'t>, depth: usize) -> Option<OpId> {
    if depth > 8 {
        return None;
    }
    let mut cursor = node.walk();
    let children: Vec<Node<'t>> = node.named_children(&mut cursor).take(16).collect();
    let name = |l: &mut Lowering<'t>, name: Node<'t>| {
        let symbol = l.sym_of(name);
        l.emit(name, Op::Name(symbol))
    };
    let list = |l: &mut Lowering<'t>, all: &[Node<'t>]| {
        let mut ops: Vec<OpId> = Vec::new();
        for child in all {
            let op = target(l, *child, depth + 1);
            ops.push(op.unwrap_or_else(|| l.emit(node, Op::Literal(0))));
        }
        Some(l.emit(node, Op::List(ops.into())))
    };
    match node.kind() {
        "identifier" => Some(name(l, node)),
        "argument_list" if children.iter().any(|child| declares(*child)) => list(l, &children),
        "argument" => children
            .last()
            .filter(|last| last.kind() != "identifier")
            .and_then(|last| target(l, *last, depth + 1)),
        "declaration_expression" => node.child_by_field_name("name").map(|own| name(l, own)),
        "parenthesized_variable_designation" | "tuple_pattern" | "record_pattern_body" => list(l, &children),
        "record_pattern" => {
            let body = children.iter().find(|child| child.kind() == "record_pattern_body")?;
            target(l, *body, depth + 1)
        }
        "record_pattern_component" | "type_pattern" => {
            children.last().filter(|last| last.kind() == "identifier").map(|last| name(l, *last))
        }
        "declaration_pattern" | "subpattern" if node.kind() == "subpattern" || depth > 0 => {
            match node.child_by_field_name("name") {
                Some(own) => Some(name(l, own)),
                None => children.last().and_then(|last| target(l, *last, depth + 1)),
            }
        }
        "declaration_pattern" => {
            let of = children.iter().find(|child| child.kind() == "parenthesized_variable_designation")?;
            target(l, *of, depth + 1)
        }
        "recursive_pattern" => {
            let clause = children.iter().find(|child| child.kind().ends_with("pattern_clause"));
            let named = clause.map(|clause| {
                let mut cursor = clause.walk();
                clause.named_children(&mut cursor).take(16).collect::<Vec<_>>()
            });
            match (clause.map(|clause| clause.kind()), named) {
                (Some("positional_pattern_clause"), Some(all)) => list(l, &all),
                (Some("property_pattern_clause"), Some(all)) => {
                    let mut pairs = Vec::new();
                    for part in all {
                        let key = part.named_child(0).filter(|key| key.kind() == "identifier");
                        let bound = part.named_child(part.named_child_count().saturating_sub(1) as u32);
                        let (Some(key), Some(bound)) = (key, bound) else { continue };
                        if let Some(place) = target(l, bound, depth + 1) {
                            pairs.push((l.string(key, l.text(key)), place));
                        }
                    }
                    (!pairs.is_empty()).then(|| l.emit(node, Op::Dict(pairs.into())))
                }
                _ => None,
            }
            .or_else(|| node.child_by_field_name("name").filter(|_| depth > 0).map(|own| name(l, own)))
        }
        _ => None,
    }
}

/// What takes something out of what holds it is called so: no method of a library is.
const TAKEN_OUT: &str = "$delete";

/// `delete order.key`, `del order["key"]`, `unset($order["key"])`: a call of what takes it out of what holds it.
pub fn deleted<'t>(l: &mut Lowering<'t>, node: Node<'t>, kids: &[Kid<'t>]) -> Value {
    let mut work: Vec<OpId> = kids.iter().filter_map(|kid| kid.value.op()).collect();
    let mut all = 0;
    while let Some(op) = work.pop().filter(|_| all < 64) {
        all += 1;
        let (base, key) = match l.current().ops.get(op as usize).cloned() {
            Some(Op::Field(base, name)) => (base, l.emit(node, Op::Str(name))),
            Some(Op::Index(base, key)) => (base, key),
            Some(Op::List(parts) | Op::Any(parts)) => {
                work.extend(parts.iter());
                continue;
            }
            _ => continue,
        };
        let method = l.sym(TAKEN_OUT);
        let callee = l.emit(node, Op::Field(base, method));
        l.call(node, callee, vec![Arg { name: 0, value: key, spread: false }], false);
    }
    Value::None
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
