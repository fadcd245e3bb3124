//! Swift. Most arguments bear a label, and the labels are how the catalogue names them.

use tree_sitter::Node;

use crate::scan::code::ir::Arg;
use crate::scan::code::ir::FuncKind;
use crate::scan::code::ir::Op;
use crate::scan::code::ir::OpId;
use crate::scan::code::language::Language;
use crate::scan::code::lower::Enter;
use crate::scan::code::lower::Kid;
use crate::scan::code::lower::Lowering;
use crate::scan::code::lower::Shape;
use crate::scan::code::lower::Spec;
use crate::scan::code::lower::Value;
use crate::scan::code::lower::child_of;
use crate::scan::code::lower::each_node;
use crate::scan::code::lower::type_name;
use crate::scan::code::lower::unescape_literal;
use crate::scan::code::rules;

/// Swift.
pub static SPEC: Spec = Spec {
    language: Language::Swift,
    grammar: || tree_sitter_swift::LANGUAGE.into(),
    shapes: &[&[
        ("comment", Shape::Skip),
        ("multiline_comment", Shape::Skip),
        ("source_file", Shape::Block),
        ("class_body", Shape::Block),
        ("enum_class_body", Shape::Block),
        ("function_body", Shape::Pass),
        ("statements", Shape::Hook),
        ("modifiers", Shape::Skip),
        ("attribute", Shape::Skip),
        ("user_type", Shape::Skip),
        ("optional_type", Shape::Skip),
        ("array_type", Shape::Skip),
        ("dictionary_type", Shape::Skip),
        ("function_type", Shape::Skip),
        ("tuple_type", Shape::Skip),
        ("type_annotation", Shape::Skip),
        ("type_arguments", Shape::Skip),
        ("type_parameters", Shape::Skip),
        ("type_constraints", Shape::Skip),
        ("inheritance_specifier", Shape::Skip),
        ("parameter", Shape::Skip),
        ("lambda_function_type", Shape::Skip),
        ("capture_list", Shape::Skip),
        ("value_binding_pattern", Shape::Skip),
        ("protocol_declaration", Shape::Hook),
        ("protocol_body", Shape::Block),
        ("protocol_function_declaration", Shape::Hook),
        ("protocol_property_declaration", Shape::Skip),
        ("typealias_declaration", Shape::Skip),
        ("import_declaration", Shape::Hook),
        ("simple_identifier", Shape::Name),
        ("self_expression", Shape::Hook),
        ("super_expression", Shape::Hook),
        ("line_string_literal", Shape::Template),
        ("multi_line_string_literal", Shape::Template),
        ("raw_string_literal", Shape::Template),
        ("line_str_text", Shape::Str),
        ("multi_line_str_text", Shape::Str),
        ("raw_str_part", Shape::Str),
        ("raw_str_end_part", Shape::Str),
        ("str_escaped_char", Shape::Str),
        ("interpolated_expression", Shape::Pass),
        ("integer_literal", Shape::Int),
        ("hex_literal", Shape::Int),
        ("real_literal", Shape::Literal),
        ("boolean_literal", Shape::Literal),
        ("nil_literal", Shape::Literal),
        ("navigation_expression", Shape::Hook),
        ("navigation_suffix", Shape::Skip),
        ("call_expression", Shape::Hook),
        ("call_suffix", Shape::Hook),
        ("constructor_expression", Shape::Hook),
        ("constructor_suffix", Shape::Hook),
        ("value_arguments", Shape::Args),
        ("value_argument", Shape::Hook),
        ("value_argument_label", Shape::Skip),
        ("lambda_literal", Shape::Hook),
        ("array_literal", Shape::List),
        ("tuple_expression", Shape::Hook),
        ("dictionary_literal", Shape::Hook),
        ("additive_expression", Shape::Binary("op")),
        ("comparison_expression", Shape::Compare),
        ("equality_expression", Shape::Compare),
        ("check_expression", Shape::Compare),
        ("as_expression", Shape::Pass),
        ("as_operator", Shape::Skip),
        ("try_operator", Shape::Skip),
        ("bang", Shape::Skip),
        ("assignment", Shape::Hook),
        ("directly_assignable_expression", Shape::Pass),
        ("property_declaration", Shape::Hook),
        ("pattern", Shape::Hook),
        ("computed_property", Shape::Hook),
        ("class_declaration", Shape::Hook),
        ("function_declaration", Shape::Hook),
        ("subscript_declaration", Shape::Hook),
        ("prefix_expression", Shape::Hook),
        ("init_declaration", Shape::Hook),
        ("deinit_declaration", Shape::Hook),
        ("control_transfer_statement", Shape::Hook),
        ("throw_keyword", Shape::Skip),
        ("else", Shape::Skip),
        ("if_statement", Shape::Hook),
        ("guard_statement", Shape::Hook),
        ("while_statement", Shape::Hook),
        ("for_statement", Shape::Hook),
        ("ternary_expression", Shape::If("condition", "if_false")),
        ("switch_entry", Shape::Branch),
        ("switch_statement", Shape::Hook),
        ("switch_pattern", Shape::Hook),
        ("catch_block", Shape::Hook),
        ("selector_expression", Shape::Pass),
    ]],
    names_only: &[
        ("class_declaration", "name"),
        ("function_declaration", "name"),
        ("function_declaration", "return_type"),
        ("init_declaration", "name"),
        ("constructor_expression", "constructed_type"),
        ("property_declaration", "name"),
        ("for_statement", "item"),
        ("catch_block", "error"),
        ("as_expression", "type"),
        ("check_expression", "type"),
        ("tuple_expression", "name"),
        ("call_suffix", "name"),
        ("enum_entry", "name"),
        ("if_statement", "bound_identifier"),
        ("guard_statement", "bound_identifier"),
        ("while_statement", "bound_identifier"),
    ],
    enter,
    exit,
    between,
    params: |_, _| {},
    literal,
    prepare: Some(super::soft_words::as_variables),
    implicit_this: true,
    ignore_case: false,
};

/// What a function is called: an initialiser and what reads an element have no name of their own.
fn function_name<'t>(l: &Lowering<'t>, node: Node<'t>) -> &'t str {
    match node.kind() {
        "init_declaration" => "init",
        "deinit_declaration" => "deinit",
        "subscript_declaration" => "subscript",
        _ => node.child_by_field_name("name").map_or("", |name| l.text(name)),
    }
}

/// Whether what is around is what reads an element of an object.
fn subscript(l: &Lowering<'_>, up: usize) -> bool {
    l.ancestor(up).is_some_and(|around| around.kind() == "subscript_declaration")
}

fn enter<'t>(l: &mut Lowering<'t>, node: Node<'t>) -> Enter {
    match node.kind() {
        "import_declaration" => {
            let path = child_of(node, &["identifier"]).map_or("", |path| l.text(path));
            l.import(node, path, "", true);
            Enter::Done(Value::None)
        }
        "self_expression" => Enter::Done(Value::Op(l.path(node, "self"))),
        "super_expression" => Enter::Done(Value::Op(l.path(node, "super"))),
        "class_declaration" | "protocol_declaration" => {
            let name = node.child_by_field_name("name").map_or("", |name| l.text(name));
            let mut cursor = node.walk();
            let bases: Vec<String> = node
                .named_children(&mut cursor)
                .filter(|child| child.kind() == "inheritance_specifier")
                .map(|child| l.text(child).to_owned())
                .collect();
            l.begin_class(node, type_name(name), bases);
            if node.child_by_field_name("declaration_kind").is_some_and(|kind| l.text(kind) == "extension") {
                l.extension();
            }
            Enter::Descend
        }
        // `.host`, `.init(…)`: a member of what is expected there, never something of that name in sight.
        "prefix_expression" => {
            let target = node.child_by_field_name("target").filter(|_| l.text(node).starts_with('.'));
            match target.filter(|target| target.kind() == "simple_identifier") {
                Some(target) => {
                    let expected = l.emit(node, Op::Literal(0));
                    let symbol = l.sym_of(target);
                    Enter::Done(Value::Op(l.emit(node, Op::Field(expected, symbol))))
                }
                None => Enter::Descend,
            }
        }
        "computed_property" if subscript(l, 0) => Enter::Descend,
        "function_declaration"
        | "protocol_function_declaration"
        | "subscript_declaration"
        | "init_declaration"
        | "deinit_declaration" => {
            let name = function_name(l, node);
            l.begin_function(node, name, FuncKind::Named);
            let mut cursor = node.walk();
            for child in node
                .named_children(&mut cursor)
                .filter(|child| child.kind() == "parameter")
                .collect::<Vec<_>>()
            {
                let name = child.child_by_field_name("name").map_or("", |name| l.text(name));
                let ty = child.child_by_field_name("type").map_or("", |ty| l.text(ty));
                let ty = if ty.is_empty() { l.text(child).rsplit(':').next().unwrap_or("") } else { ty };
                l.param(name, ty.trim().trim_start_matches("inout "), false);
                if l.text(child).split_whitespace().any(|word| word == "inout") {
                    l.by_reference();
                }
            }
            Enter::Descend
        }
        "computed_property" => {
            l.begin_function(node, "", FuncKind::Closure);
            Enter::Descend
        }
        "lambda_literal" => {
            l.begin_function(node, "", FuncKind::Closure);
            let text = node.child_by_field_name("type").map_or("", |ty| l.text(ty));
            let text = text.split("->").next().unwrap_or("").trim().trim_matches(['(', ')']);
            if text.is_empty() {
                for name in ["$0", "$1", "$2"] {
                    l.param(name, "", false);
                }
            }
            for part in text.split(',').filter(|part| !part.trim().is_empty()) {
                let (name, ty) = part.split_once(':').unwrap_or((part, ""));
                l.param(name.split_whitespace().last().unwrap_or(""), ty.trim(), false);
            }
            Enter::Descend
        }
        "switch_pattern" => {
            // `case .text(let words)`.
            if let Some(subject) = l.kept.last().copied().filter(|op| *op != OpId::MAX) {
                taken_apart(l, node, subject);
            }
            Enter::Done(Value::None)
        }
        "pattern" => {
            // What a pattern binds is declared by what it stands in.
            Enter::Done(Value::None)
        }
        "catch_block" => {
            l.emit(node, Op::Branch(None));
            match node.child_by_field_name("error") {
                None => l.caught(node, "", "error"),
                Some(pattern) => {
                    let caught = l.caught_value(node, "");
                    taken_apart(l, pattern, caught);
                }
            }
            Enter::Descend
        }
        _ => Enter::Descend,
    }
}

fn between<'t>(l: &mut Lowering<'t>, node: Node<'t>, kids: &[Kid<'t>]) {
    let Some(kid) = kids.last() else { return };
    match node.kind() {
        "for_statement" if kid.field == l.field("collection") => {
            if let (Some(item), Some(op)) = (node.child_by_field_name("item"), kid.value.op()) {
                let value = l.emit(node, Op::Element(op));
                for name in l.text(item).trim_matches(['(', ')']).split(',') {
                    l.declare(node, name.trim(), "", Some(value));
                }
            }
        }
        "switch_statement" if kid.field == l.field("expr") => {
            // What a switch is about is kept until its patterns bind it.
            let subject = kid.value.op().unwrap_or(OpId::MAX);
            l.kept.push(subject);
        }
        "if_statement" | "guard_statement" | "while_statement" => {
            // `if case .text(let words) = event`.
            if let ([.., before, _], Some(value)) = (kids, kid.value.op())
                && before.node.kind() == "pattern"
            {
                taken_apart(l, before.node, value);
            }
            // `if let name = value`.
            let bound = l.field("bound_identifier");
            let value = kid.value.op();
            if let [.., before, _] = kids
                && before.field == bound
                && let Some(value) = value
            {
                l.declare(node, l.text(before.node), "", Some(value));
            }
            if kid.node.kind() == "statements" || kid.field == bound {
                return;
            }
            // A branch opens once its condition is complete; a guard's condition holds for what follows it.
            let next_body = kid.node.next_named_sibling().is_some_and(|next| next.kind() == "statements");
            if node.kind() != "guard_statement" && next_body && kid.node.kind() != "else" {
                l.emit(node, Op::Branch(value));
                l.kept.push(0);
            }
        }
        _ => {}
    }
}

fn exit<'t>(l: &mut Lowering<'t>, node: Node<'t>, kids: &[Kid<'t>]) -> Value {
    match node.kind() {
        "statements" => kids
            .iter()
            .rev()
            .find(|kid| !kid.node.is_extra())
            .and_then(|kid| kid.value.op())
            .map_or(Value::None, Value::Op),
        "navigation_expression" => {
            let suffix =
                node.child_by_field_name("suffix").and_then(|suffix| suffix.child_by_field_name("suffix"));
            let target = match l.kid(kids, "target") {
                Some(target) => Some(target),
                None => node.child_by_field_name("target").map(|target| {
                    let text = type_name(l.text(target));
                    l.path(target, text)
                }),
            };
            match (target, suffix) {
                (Some(target), Some(name)) => {
                    let symbol = l.sym_of(name);
                    Value::Op(on_last(l, node, target, |l, target| l.emit(node, Op::Field(target, symbol))))
                }
                _ => l.mix(node, kids),
            }
        }
        "call_expression" => {
            let args = kids.iter().find_map(|kid| match &kid.value {
                Value::Args(args) => Some(args.clone()),
                _ => None,
            });
            let (Some(callee), Some(args)) = (kids.first().and_then(|kid| kid.value.op()), args) else {
                return l.mix(node, kids);
            };
            // `xs[i]` is a call with brackets to the grammar.
            let brackets = node
                .named_child(node.named_child_count().saturating_sub(1) as u32)
                .is_some_and(|suffix| l.text(suffix).starts_with('['));
            Value::Op(on_last(l, node, callee, |l, callee| match args.first() {
                Some(index) if brackets => l.emit(node, Op::Index(callee, index.value)),
                None if brackets => l.emit(node, Op::Element(callee)),
                _ => l.call(node, callee, args, false),
            }))
        }
        "call_suffix" | "constructor_suffix" => {
            let mut args: Vec<Arg> = Vec::new();
            for kid in kids {
                match &kid.value {
                    Value::Args(own) => args.extend(own.iter().copied()),
                    other => args.extend(other.op().map(|value| Arg { name: 0, value, spread: false })),
                }
            }
            Value::Args(args)
        }
        "constructor_expression" => {
            let ty = node.child_by_field_name("constructed_type").map_or("", |ty| l.text(ty));
            let args = kids.iter().find_map(|kid| match &kid.value {
                Value::Args(args) => Some(args.clone()),
                _ => None,
            });
            let callee = l.path(node, type_name(ty));
            Value::Op(l.call(node, callee, args.unwrap_or_default(), true))
        }
        "value_argument" => {
            let value = kids.iter().rev().find_map(|kid| kid.value.op());
            match (node.child_by_field_name("name"), value) {
                (Some(name), Some(value)) => Value::Named(l.sym_of(name), value),
                (_, Some(value)) => Value::Op(value),
                _ => Value::None,
            }
        }
        "computed_property" if subscript(l, 0) => l.mix(node, kids),
        "lambda_literal" | "computed_property" => {
            let last = kids.iter().rev().find(|kid| !kid.node.is_extra());
            if let Some(value) = last.and_then(|kid| kid.value.op()) {
                l.emit(node, Op::Return(Some(value)));
            }
            let closure = l.end_function(node);
            if node.kind() == "computed_property" {
                return Value::Op(l.call(node, closure, Vec::new(), false));
            }
            Value::Op(closure)
        }
        "tuple_expression" => {
            let ops: Vec<OpId> = kids.iter().filter_map(|kid| kid.value.op()).collect();
            match ops.as_slice() {
                [one] => Value::Op(*one),
                _ => Value::Op(l.emit(node, Op::List(ops.into()))),
            }
        }
        "dictionary_literal" => {
            let (key, value) = (l.field("key"), l.field("value"));
            let keys: Vec<OpId> =
                kids.iter().filter(|k| k.field == key).filter_map(|k| k.value.op()).collect();
            let values: Vec<OpId> =
                kids.iter().filter(|k| k.field == value).filter_map(|k| k.value.op()).collect();
            let pairs: Vec<(OpId, OpId)> = keys.into_iter().zip(values).collect();
            Value::Op(l.emit(node, Op::Dict(pairs.into())))
        }
        "assignment" => {
            let (Some(target), Some(value)) = (l.kid(kids, "target"), l.kid(kids, "result")) else {
                return l.mix(node, kids);
            };
            let operator = node.child_by_field_name("operator").map_or("=", |operator| l.text(operator));
            l.assign(node, target, value, operator != "=");
            Value::None
        }
        "property_declaration" => {
            let name = node.child_by_field_name("name").map_or("", |name| l.text(name));
            let ty = child_of(node, &["type_annotation"])
                .map_or("", |ty| l.text(ty))
                .trim_start_matches(':')
                .trim();
            let value = l.kid(kids, "value").or_else(|| l.kid(kids, "computed_value"));
            for name in
                name.trim_start_matches("let ").trim_start_matches("var ").trim_matches(['(', ')']).split(',')
            {
                l.declare(node, name.trim(), ty, value);
            }
            Value::None
        }
        "class_declaration" | "protocol_declaration" => {
            l.end_class(node);
            Value::None
        }
        "function_declaration"
        | "protocol_function_declaration"
        | "subscript_declaration"
        | "init_declaration"
        | "deinit_declaration" => {
            let body =
                kids.iter().find(|kid| matches!(kid.node.kind(), "function_body" | "computed_property"));
            if let Some(value) = body.and_then(|kid| kid.value.op()) {
                l.emit(node, Op::Return(Some(value)));
            }
            let name = function_name(l, node);
            let value = l.end_function(node);
            l.declare(node, name, "", Some(value));
            Value::None
        }
        "control_transfer_statement" => {
            let text = l.text(node);
            if text.starts_with("return") {
                let value = l.mix(node, kids).op();
                l.emit(node, Op::Return(value));
            } else if text.starts_with("throw") {
                let thrown = l.mix(node, kids).op();
                l.emit(node, Op::Leave(thrown));
            }
            Value::None
        }
        "if_statement" | "while_statement" => {
            if l.kept.pop().is_some() {
                l.emit(node, Op::End);
            }
            let last = kids.iter().rev().find(|kid| kid.node.kind() == "statements");
            last.and_then(|kid| kid.value.op()).map_or(Value::None, Value::Op)
        }
        "switch_statement" => {
            let subjects = kids.iter().filter(|kid| kid.field == l.field("expr")).count();
            for _ in 0..subjects {
                l.kept.pop();
            }
            l.mix(node, kids)
        }
        "guard_statement" | "for_statement" => Value::None,
        "catch_block" => {
            let empty = child_of(node, &["statements"]).is_none();
            if empty {
                l.swallow(node);
            }
            l.emit(node, Op::End);
            Value::None
        }
        _ => l.mix(node, kids),
    }
}

/// What the pattern at `node` binds of `subject`: the values that go with the case of an enumeration.
fn taken_apart<'t>(l: &mut Lowering<'t>, node: Node<'t>, subject: OpId) {
    /// Most names a pattern binds.
    const MOST: usize = 8;
    let (mut names, mut binds) = (Vec::new(), false);
    each_node(node, |node| match node.kind() {
        "value_binding_pattern" => binds = true,
        "pattern" => {
            let bound = node.child_by_field_name("bound_identifier");
            // `case let .two(first, second)`.
            let whole = node.named_child(0).filter(|only| only.byte_range() == node.byte_range());
            let name = bound.or(whole).filter(|name| name.kind() == "simple_identifier");
            // How many there are is not what they are.
            names.extend(name.filter(|name| !rules::LISTS.amount.contains(l.text(*name))));
        }
        _ => {}
    });
    for name in names.into_iter().take(if binds { MOST } else { 0 }) {
        let value = l.emit(name, Op::Element(subject));
        l.declare(name, l.text(name), "", Some(value));
    }
}

fn literal<'t>(l: &Lowering<'t>, node: Node<'t>) -> String {
    let text = String::from_utf8_lossy(l.src.get(node.byte_range()).unwrap_or_default());
    match node.kind() {
        "str_escaped_char" => unescape_literal(&text),
        "raw_str_part" | "raw_str_end_part" => text.trim_matches(['#', '"']).to_owned(),
        _ => text.into_owned(),
    }
}

/// Whether a node begins with a sum that is no operand of it: to the grammar `"a" + f(x)` is a call of `"a" + f`.
fn begins_with_sum(node: Node) -> bool {
    let mut at = node.named_child(0);
    for _ in 0..64 {
        match at {
            Some(sum) if matches!(sum.kind(), "additive_expression" | "multiplicative_expression") => {
                return true;
            }
            Some(inner) if matches!(inner.kind(), "call_expression" | "navigation_expression") => {
                at = inner.named_child(0);
            }
            _ => return false,
        }
    }
    false
}

/// What `make` makes of `of`; where that is a sum that stands there by the grammar alone, of its last part.
fn on_last<'t>(
    l: &mut Lowering<'t>,
    node: Node<'t>,
    of: OpId,
    make: impl FnOnce(&mut Lowering<'t>, OpId) -> OpId,
) -> OpId {
    let sum = if begins_with_sum(node) { l.current().ops.get(of as usize).cloned() } else { None };
    match sum {
        Some(Op::Concat(parts)) => {
            let made = make(l, parts.last().copied().unwrap_or(of));
            l.emit(node, Op::Concat(with_last(&parts, made)))
        }
        Some(Op::Any(parts)) => {
            let made = make(l, parts.last().copied().unwrap_or(of));
            l.emit(node, Op::Any(with_last(&parts, made)))
        }
        _ => make(l, of),
    }
}

/// `parts`, the last of them in the form of `made`.
fn with_last(parts: &[OpId], made: OpId) -> Box<[OpId]> {
    let first = parts.split_last().map_or(&[][..], |(_, first)| first);
    first.iter().copied().chain([made]).collect()
}
