//! Rust.
//!
//! A macro's arguments are tokens to the grammar; they are read as expressions here, as far as names, paths,
//! calls, members and literals go. A macro is a call of `name!`.

use tree_sitter::Node;

use crate::scan::code::ir::Arg;
use crate::scan::code::ir::FuncId;
use crate::scan::code::ir::FuncKind;
use crate::scan::code::ir::HEAD;
use crate::scan::code::ir::Op;
use crate::scan::code::ir::OpId;
use crate::scan::code::ir::Sym;
use crate::scan::code::language::Language;
use crate::scan::code::lower::Enter;
use crate::scan::code::lower::Kid;
use crate::scan::code::lower::Lowering;
use crate::scan::code::lower::Shape;
use crate::scan::code::lower::Spec;
use crate::scan::code::lower::Value;
use crate::scan::code::lower::each_node;
use crate::scan::code::lower::parse_int;
use crate::scan::code::lower::type_name;
use crate::scan::code::lower::unescape_literal;

/// Rust.
pub static SPEC: Spec = Spec {
    language: Language::Rust,
    grammar: || tree_sitter_rust::LANGUAGE.into(),
    shapes: &[&[
        ("line_comment", Shape::Skip),
        ("block_comment", Shape::Skip),
        ("source_file", Shape::Block),
        ("declaration_list", Shape::Block),
        ("expression_statement", Shape::Hook),
        ("block", Shape::Hook),
        ("attribute_item", Shape::Skip),
        ("inner_attribute_item", Shape::Skip),
        ("visibility_modifier", Shape::Skip),
        ("function_modifiers", Shape::Skip),
        ("type_identifier", Shape::Skip),
        ("scoped_type_identifier", Shape::Skip),
        ("generic_type", Shape::Skip),
        ("reference_type", Shape::Skip),
        ("pointer_type", Shape::Skip),
        ("primitive_type", Shape::Skip),
        ("array_type", Shape::Skip),
        ("tuple_type", Shape::Skip),
        ("function_type", Shape::Skip),
        ("dynamic_type", Shape::Skip),
        ("abstract_type", Shape::Skip),
        ("unit_type", Shape::Skip),
        ("type_parameters", Shape::Skip),
        ("type_arguments", Shape::Skip),
        ("where_clause", Shape::Skip),
        ("parameters", Shape::Skip),
        ("closure_parameters", Shape::Skip),
        ("lifetime", Shape::Skip),
        ("label", Shape::Skip),
        ("mutable_specifier", Shape::Skip),
        ("macro_definition", Shape::Hook),
        ("type_item", Shape::Skip),
        ("enum_item", Shape::Skip),
        ("function_signature_item", Shape::Function("name", "")),
        ("extern_crate_declaration", Shape::Skip),
        ("use_declaration", Shape::Hook),
        ("foreign_mod_item", Shape::Hook),
        ("mod_item", Shape::Hook),
        ("identifier", Shape::Name),
        ("self", Shape::Name),
        ("crate", Shape::Name),
        ("super", Shape::Name),
        ("shorthand_field_identifier", Shape::Name),
        ("scoped_identifier", Shape::Hook),
        ("string_literal", Shape::Template),
        ("raw_string_literal", Shape::Template),
        ("string_content", Shape::Str),
        ("escape_sequence", Shape::Str),
        ("char_literal", Shape::Str),
        ("integer_literal", Shape::Int),
        ("float_literal", Shape::Literal),
        ("boolean_literal", Shape::Literal),
        ("field_expression", Shape::Member("value", "field")),
        ("index_expression", Shape::Hook),
        ("call_expression", Shape::Hook),
        ("arguments", Shape::Args),
        ("generic_function", Shape::Hook),
        ("macro_invocation", Shape::Hook),
        ("struct_expression", Shape::Hook),
        ("field_initializer_list", Shape::Dict),
        ("field_initializer", Shape::Pair("field", "value")),
        ("shorthand_field_initializer", Shape::Hook),
        ("array_expression", Shape::List),
        ("tuple_expression", Shape::List),
        ("binary_expression", Shape::Binary("operator")),
        ("unary_expression", Shape::Hook),
        ("reference_expression", Shape::Pass),
        ("parenthesized_expression", Shape::Pass),
        ("try_expression", Shape::Pass),
        ("await_expression", Shape::Pass),
        ("type_cast_expression", Shape::Pass),
        ("assignment_expression", Shape::Assign("left", "right")),
        ("compound_assignment_expr", Shape::Augment("left", "right")),
        ("let_declaration", Shape::Hook),
        ("let_condition", Shape::Hook),
        ("tuple_struct_pattern", Shape::Hook),
        ("tuple_pattern", Shape::Hook),
        ("struct_pattern", Shape::Hook),
        ("field_pattern", Shape::Hook),
        ("mut_pattern", Shape::Pass),
        ("ref_pattern", Shape::Pass),
        ("reference_pattern", Shape::Pass),
        ("remaining_field_pattern", Shape::Skip),
        ("match_expression", Shape::Hook),
        ("match_block", Shape::Pass),
        ("match_arm", Shape::Hook),
        ("match_pattern", Shape::Pass),
        ("const_item", Shape::Declare("name", "type", "value")),
        ("static_item", Shape::Declare("name", "type", "value")),
        ("struct_item", Shape::Hook),
        ("field_declaration", Shape::Hook),
        ("ordered_field_declaration_list", Shape::Hook),
        ("impl_item", Shape::Hook),
        ("trait_item", Shape::Hook),
        ("function_item", Shape::Function("name", "body")),
        ("closure_expression", Shape::Function("", "body")),
        ("return_expression", Shape::Return),
        ("if_expression", Shape::If("condition", "alternative")),
        ("else_clause", Shape::Pass),
        ("while_expression", Shape::If("condition", "")),
        ("for_expression", Shape::For("pattern", "value", "body")),
    ]],
    names_only: &[
        ("tuple_struct_pattern", "type"),
        ("struct_pattern", "type"),
        ("impl_item", "type"),
        ("impl_item", "trait"),
        ("trait_item", "name"),
        ("struct_item", "name"),
        ("field_declaration", "name"),
        ("mod_item", "name"),
        ("macro_invocation", "macro"),
        ("struct_expression", "name"),
        ("field_initializer", "field"),
        ("field_pattern", "name"),
        ("type_cast_expression", "type"),
    ],
    enter,
    exit,
    between,
    params,
    literal,
    prepare: Some(super::rust_lists::as_lists),
    implicit_this: false,
    ignore_case: false,
};

fn enter<'t>(l: &mut Lowering<'t>, node: Node<'t>) -> Enter {
    match node.kind() {
        "use_declaration" => {
            if let Some(argument) = node.child_by_field_name("argument") {
                uses(l, node, argument, "", 0);
            }
            Enter::Done(Value::None)
        }
        "mod_item" => {
            let name = node.child_by_field_name("name").map_or("", |name| l.text(name));
            if node.child_by_field_name("body").is_some() {
                let name = l.sym(name);
                let first = l.unit.funcs.len() as FuncId;
                l.unit.inner.push((name, first..FuncId::MAX));
            }
            Enter::Descend
        }
        "foreign_mod_item" => {
            let callee = l.path(node, "extern");
            l.call(node, callee, Vec::new(), false);
            Enter::Done(Value::None)
        }
        "scoped_identifier" => {
            let op = path(l, node);
            Enter::Done(Value::Op(op))
        }
        "generic_function" => {
            // The turbofish names types only.
            match node
                .child_by_field_name("function")
                .filter(|function| function.kind() != "field_expression")
            {
                Some(function) => {
                    let op = path(l, function);
                    Enter::Done(Value::Op(op))
                }
                None => Enter::Descend,
            }
        }
        "macro_definition" => {
            rules_of(l, node);
            Enter::Done(Value::None)
        }
        "macro_invocation" => {
            let written = node.child_by_field_name("macro").map_or("", |name| l.text(name)).to_owned();
            let name = written.rsplit("::").next().unwrap_or(&written).to_owned();
            let args: Vec<OpId> =
                match node.named_children(&mut node.walk()).find(|kid| kid.kind() == "token_tree") {
                    Some(tokens) => tokens_of(l, tokens, 0),
                    None => Vec::new(),
                };
            if name == "vec" {
                return Enter::Done(Value::Op(l.emit(node, Op::List(args.into()))));
            }
            let callee = match macro_path(l, &written) {
                Some(path) => l.path(node, &format!("{path}!")),
                None => {
                    let symbol = l.sym(&format!("{name}!"));
                    l.emit(node, Op::Name(symbol))
                }
            };
            let args = args.into_iter().map(|value| Arg { name: 0, value, spread: false }).collect();
            Enter::Done(Value::Op(l.call(node, callee, args, false)))
        }
        "impl_item" | "trait_item" => {
            let name = node.child_by_field_name(if node.kind() == "impl_item" { "type" } else { "name" });
            let name = name.map_or("", |name| l.text(name));
            let bases = node.child_by_field_name("trait").map(|base| l.text(base).to_owned());
            let known = l.unit.classes.len();
            l.begin_class(node, type_name(name), bases.into_iter().collect());
            if node.kind() == "impl_item" && l.unit.classes.len() > known {
                l.extension();
            }
            Enter::Descend
        }
        "struct_item" => {
            let name = node.child_by_field_name("name").map_or("", |name| l.text(name));
            l.begin_class(node, name, Vec::new());
            let derived = derived(l, node);
            l.current().marks = derived;
            Enter::Descend
        }
        "match_arm" => {
            l.emit(node, Op::Branch(None));
            Enter::Descend
        }
        _ => Enter::Descend,
    }
}

/// What a struct derives: `#[derive(Debug, clap::Parser)]`.
fn derived<'t>(l: &mut Lowering<'t>, node: Node<'t>) -> Box<[Sym]> {
    /// Most attributes that are looked at, and most traits.
    const MOST: usize = 16;
    let mut marks = Vec::new();
    let mut before = node.prev_named_sibling();
    for _ in 0..MOST {
        let Some(attribute) = before.filter(|before| before.kind() == "attribute_item") else { break };
        let text = l.text(attribute).trim_start_matches(['#', '[', ' ']);
        let list = text.strip_prefix("derive").map(|list| list.trim_start_matches([' ', '(']));
        let names = list.and_then(|list| list.split(')').next()).into_iter().flat_map(|list| list.split(','));
        for name in names.map(str::trim).filter(|name| !name.is_empty()).take(MOST) {
            marks.push(l.sym(&name.replace("::", ".")));
        }
        before = attribute.prev_named_sibling();
    }
    marks.into()
}

/// The type a parameter or a field is of, where it is written as a parameter of the function or type around that has
/// to have a trait: `K` with `<K: Keys>` is a `Keys`.
fn bounded<'t>(l: &Lowering<'t>, node: Node<'t>, written: &'t str) -> &'t str {
    /// Most nodes around that are looked at, and most bounds of each.
    const MOST: usize = 4;
    let name = type_name(written);
    if name.is_empty() || name.len() > 2 && name.bytes().any(|byte| byte.is_ascii_lowercase()) {
        return written;
    }
    let around = (0..MOST).filter_map(|up| l.ancestor(up));
    for outer in std::iter::once(node).chain(around) {
        let mut cursor = outer.walk();
        let lists = outer.named_children(&mut cursor);
        for list in lists.filter(|list| matches!(list.kind(), "type_parameters" | "where_clause")).take(2) {
            let text = l.text(list).trim_start_matches("where").trim_start_matches('<').trim_end_matches('>');
            for part in text.split(',').take(8 * MOST) {
                let Some((of, bounds)) = part.split_once(':') else { continue };
                if of.trim() != name {
                    continue;
                }
                let mut bounds = bounds.split('+').map(str::trim).take(MOST);
                let own = |bound: &&str| {
                    !bound.starts_with(['\'', '?', ':'])
                        && !matches!(
                            *bound,
                            "Send" | "Sync" | "Clone" | "Copy" | "Debug" | "Default" | "Sized"
                        )
                        && !bound.contains(['(', '<'])
                };
                return bounds.find(own).unwrap_or(written);
            }
        }
    }
    written
}

/// What a match is about is kept until its arms bind it.
fn between<'t>(l: &mut Lowering<'t>, node: Node<'t>, kids: &[Kid<'t>]) {
    let Some(kid) = kids.last() else { return };
    match node.kind() {
        "match_expression" if kid.field == l.field("value") => {
            let subject = kid.value.op().unwrap_or(OpId::MAX);
            l.kept.push(subject);
        }
        "match_arm" if kid.field == l.field("pattern") => {
            let subject = l.kept.last().copied().filter(|op| *op != OpId::MAX);
            if let (Some(target), Some(value)) = (kid.value.op(), subject) {
                l.assign(node, target, value, false);
            }
        }
        _ => {}
    }
}

fn exit<'t>(l: &mut Lowering<'t>, node: Node<'t>, kids: &[Kid<'t>]) -> Value {
    match node.kind() {
        "mod_item" => {
            let end = l.unit.funcs.len() as FuncId;
            if node.child_by_field_name("body").is_some()
                && let Some((_, open)) =
                    l.unit.inner.iter_mut().rev().find(|(_, funcs)| funcs.end == FuncId::MAX)
            {
                open.end = end;
            }
            Value::None
        }
        "unary_expression" => super::patterns::pointed_to(l, node, kids),
        "expression_statement" => {
            if l.text(node).ends_with(';') {
                Value::None
            } else {
                l.mix(node, kids)
            }
        }
        "block" => {
            let last = kids.iter().rev().find(|kid| !kid.node.is_extra());
            let last = last.filter(|kid| !matches!(kid.node.kind(), "let_declaration" | "function_item"));
            last.and_then(|kid| kid.value.op()).map_or(Value::None, Value::Op)
        }
        "generic_function" => l.mix(node, kids),
        "tuple_pattern" => l.slots(node, kids),
        "index_expression" => {
            match (kids.first().and_then(|k| k.value.op()), kids.get(1).and_then(|k| k.value.op())) {
                (Some(object), Some(index)) => Value::Op(l.emit(node, Op::Index(object, index))),
                _ => l.mix(node, kids),
            }
        }
        "struct_expression" => {
            let ty = node.child_by_field_name("name").map_or("", |name| l.text(name)).to_owned();
            let ty = own_type(l, &ty);
            let body = kids.iter().rev().find_map(|kid| kid.value.op());
            if let (Some(case), Some(body)) = (case_of(&ty), body) {
                return Value::Op(of_case(l, node, case, body));
            }
            let symbol = l.type_sym(&ty);
            if symbol == 0 {
                return body.map_or(Value::None, Value::Op);
            }
            let typed = l.emit(node, Op::OfType(symbol));
            Value::Op(match body {
                Some(body) => l.emit(node, Op::Any([typed, body].into())),
                None => typed,
            })
        }
        "shorthand_field_initializer" => {
            let Some(value) = kids.last().and_then(|kid| kid.value.op()) else { return Value::None };
            let name = kids.last().map_or("", |kid| l.text(kid.node));
            let key = l.string(node, name);
            Value::Pair(key, value)
        }
        "let_declaration" => {
            let pattern = node.child_by_field_name("pattern");
            let ty = node.child_by_field_name("type").map_or("", |ty| l.text(ty));
            let value = l.kid(kids, "value");
            let simple = pattern.and_then(|pattern| match pattern.kind() {
                "identifier" => Some(pattern),
                "mut_pattern" => {
                    pattern.named_child(1).or(pattern.named_child(0)).filter(|n| n.kind() == "identifier")
                }
                _ => None,
            });
            match (simple, l.kid(kids, "pattern"), value) {
                (Some(name), target, value) => {
                    if let Some(target) = target {
                        l.unread(target);
                    }
                    l.declare(node, l.text(name), ty, value);
                }
                (None, Some(target), Some(value)) => l.assign(node, target, value, false),
                _ => {}
            }
            Value::None
        }
        "let_condition" => {
            let value = l.kid(kids, "value");
            if let (Some(target), Some(value)) = (l.kid(kids, "pattern"), value) {
                l.assign(node, target, value, false);
            }
            value.map_or(Value::None, Value::Op)
        }
        "ordered_field_declaration_list" => {
            // `struct Udp(UdpSocket);`: its fields are numbers.
            if l.in_class_body() {
                let mut cursor = node.walk();
                let types: Vec<Node<'t>> = node.children_by_field_name("type", &mut cursor).collect();
                for (at, ty) in types.into_iter().enumerate().take(16) {
                    l.declare(ty, &at.to_string(), l.text(ty), None);
                }
            }
            Value::None
        }
        "tuple_struct_pattern" => {
            // `Event::Incoming(Packet::Publish(message))`: the names of the cases bind nothing.
            let case = l.field("type");
            let bound = kids.iter().filter(|kid| kid.field != case);
            let ops: Vec<OpId> = bound.filter_map(|kid| kid.value.op()).collect();
            match ops.as_slice() {
                [] => Value::None,
                all => {
                    let case = node.child_by_field_name("type").and_then(|ty| case_of(l.text(ty)));
                    let parts = |l: &mut Lowering<'t>| match (all, case) {
                        ([one], _) => *one,
                        (_, Some(_)) => l.emit(node, Op::List(all.into())),
                        _ => l.emit(node, Op::Any(all.into())),
                    };
                    let parts = parts(l);
                    Value::Op(case.map_or(parts, |case| of_case(l, node, case, parts)))
                }
            }
        }
        "struct_pattern" => {
            let pairs = kids.iter().filter_map(|kid| match kid.value {
                Value::Pair(key, value) => Some((key, value)),
                Value::Op(value) => Some((value, value)),
                _ => None,
            });
            let pairs: Vec<(OpId, OpId)> = pairs.collect();
            let parts = l.emit(node, Op::Dict(pairs.into()));
            let case = node.child_by_field_name("type").and_then(|ty| case_of(l.text(ty)));
            Value::Op(case.map_or(parts, |case| of_case(l, node, case, parts)))
        }
        "call_expression" => {
            let (callee, args) = (l.field("function"), l.field("arguments"));
            let made = l.call_of(node, kids, callee, args, false);
            let case = node.child_by_field_name("function").and_then(|function| case_of(l.text(function)));
            let given = kids.iter().find_map(|kid| match &kid.value {
                Value::Args(args) => Some(args.iter().map(|arg| arg.value).collect::<Vec<_>>()),
                _ => None,
            });
            match (case, given, &made) {
                // `Parcel::Notice(text)`: one of several cases, of which each holds its own.
                (Some(case), Some(given), Value::Op(made)) if !given.is_empty() => {
                    let parts = match given.as_slice() {
                        [one] => *one,
                        all => l.emit(node, Op::List(all.into())),
                    };
                    let held = of_case(l, node, case, parts);
                    Value::Op(l.emit(node, Op::Any([held, *made].into())))
                }
                _ => made,
            }
        }
        "field_pattern" => {
            let name = node.child_by_field_name("name").map_or("", |name| l.text(name));
            let target = match l.kid(kids, "pattern") {
                Some(target) => target,
                None => l.path(node, name),
            };
            let key = l.string(node, name);
            Value::Pair(key, target)
        }
        "match_expression" => {
            l.kept.pop();
            let value = l.field("value");
            let arms: Vec<OpId> =
                kids.iter().filter(|k| k.field != value).filter_map(|k| k.value.op()).collect();
            arms.first().map_or(Value::None, |op| Value::Op(*op))
        }
        "match_arm" => {
            l.emit(node, Op::End);
            l.kid(kids, "value").map_or(Value::None, Value::Op)
        }
        "impl_item" | "trait_item" | "struct_item" => {
            l.end_class(node);
            Value::None
        }
        "field_declaration" => {
            let name = node.child_by_field_name("name").map_or("", |name| l.text(name));
            let ty = node.child_by_field_name("type").map_or("", |ty| l.text(ty));
            let ty = bounded(l, node, ty);
            l.declare(node, name, ty, None);
            Value::None
        }
        _ => l.mix(node, kids),
    }
}

/// A path without its generics; `Self` is the type around it.
fn path<'t>(l: &mut Lowering<'t>, node: Node<'t>) -> OpId {
    let text = l.text(node);
    let mut plain = String::with_capacity(text.len());
    let mut depth = 0usize;
    for c in text.chars() {
        match c {
            '<' => depth += 1,
            '>' => depth = depth.saturating_sub(1),
            _ if depth == 0 => plain.push(c),
            _ => {}
        }
    }
    let plain = own_type(l, plain.trim_start_matches("::"));
    // A crate named in full is as good as imported.
    let root = text.split("::").next().unwrap_or("");
    let named = root.len() < text.len() && root.starts_with(|c: char| c.is_ascii_lowercase());
    if named && l.bound.insert(root) {
        l.import(node, root, "", false);
    }
    let op = l.path(node, &plain);
    if named && !matches!(root, "crate" | "self" | "super") {
        head(l, op, root);
    }
    op
}

/// The name the path at `op` begins with is no variable's: `relay::send(…)` where a variable is called `relay`.
fn head(l: &mut Lowering<'_>, mut op: OpId, root: &str) {
    let symbol = l.sym(&format!("{HEAD}{root}"));
    while let Some(Op::Field(base, _)) = l.current().ops.get(op as usize) {
        op = *base;
    }
    if let Some(Op::Name(name)) = l.current().ops.get_mut(op as usize) {
        *name = symbol;
    }
}

/// The case of an enumeration that a path names: `Notice` of `Parcel::Notice`.
fn case_of(path: &str) -> Option<&str> {
    let upper = |part: &str| part.starts_with(|first: char| first.is_ascii_uppercase());
    let (before, case) = path.rsplit_once("::")?;
    let of = before.rsplit("::").next().unwrap_or(before);
    let small = case.len() == 1 || case.bytes().any(|byte| byte.is_ascii_lowercase());
    (upper(of) && upper(case) && small && !path.contains('<')).then_some(case)
}

/// What stands under a case.
fn of_case<'t>(l: &mut Lowering<'t>, node: Node<'t>, case: &str, parts: OpId) -> OpId {
    let key = l.string(node, case);
    l.emit(node, Op::Dict([(key, parts)].into()))
}

fn own_type(l: &mut Lowering<'_>, text: &str) -> String {
    let Some(rest) = text.strip_prefix("Self") else { return text.to_owned() };
    let class =
        l.current_class().and_then(|class| l.unit.classes.get(class as usize)).map(|class| class.name);
    match class {
        Some(name) => format!("{}{rest}", l.unit.strings.get(name)),
        None => text.to_owned(),
    }
}

fn uses<'t>(l: &mut Lowering<'t>, place: Node<'t>, node: Node<'t>, prefix: &str, depth: usize) {
    if depth > 16 {
        return;
    }
    let join = |text: &str| if prefix.is_empty() { text.to_owned() } else { format!("{prefix}::{text}") };
    match node.kind() {
        "use_as_clause" => {
            let path = node.child_by_field_name("path").map_or("", |path| l.text(path));
            let alias = node.child_by_field_name("alias").map_or("", |alias| l.text(alias));
            let alias = if alias == "_" { "" } else { alias };
            l.import(place, &join(path), alias, false);
        }
        "use_wildcard" => {
            let path = node.named_child(0).map_or("", |path| l.text(path));
            l.import(place, &join(path), "", true);
        }
        "scoped_use_list" | "use_list" => {
            let path = node.child_by_field_name("path").map_or("", |path| l.text(path));
            let prefix = if path.is_empty() { prefix.to_owned() } else { join(path) };
            let list = node.child_by_field_name("list").unwrap_or(node);
            let mut cursor = list.walk();
            let items: Vec<Node<'t>> = list.named_children(&mut cursor).collect();
            for item in items {
                uses(l, place, item, &prefix, depth + 1);
            }
        }
        "self" => {
            let local = prefix.rsplit("::").next().unwrap_or(prefix).to_owned();
            l.import(place, prefix, &local, false);
        }
        _ => {
            let text = l.text(node);
            let local = text.rsplit("::").next().unwrap_or(text);
            l.import(place, &join(text), local, false);
        }
    }
}

/// The path of a macro of another crate: named in full, or imported under a name. What is told of the
/// language's own macros and of the tree's is told by their last name.
fn macro_path(l: &Lowering<'_>, written: &str) -> Option<String> {
    let (root, _) = written.split_once("::").unwrap_or((written, ""));
    if root.len() < written.len() {
        return (!is_own(root)).then(|| written.to_owned());
    }
    let found = l.unit.imports.iter().rev().take(400).find(|import| {
        !import.wildcard && !written.is_empty() && l.unit.strings.get(import.local) == written
    })?;
    let path = l.unit.strings.get(found.path);
    let (root, _) = path.split_once("::")?;
    (!is_own(root)).then(|| path.to_owned())
}

/// Whether a path begins in the language's own library or in this very tree.
fn is_own(root: &str) -> bool {
    matches!(root, "std" | "core" | "alloc" | "crate" | "self" | "super" | "$crate")
}

/// A macro of the tree is a function `name!` of what its first rule binds, which gives what any of its rules
/// stands for.
fn rules_of<'t>(l: &mut Lowering<'t>, node: Node<'t>) {
    let name = node.child_by_field_name("name").map_or("", |name| l.text(name)).to_owned();
    let mut cursor = node.walk();
    let rules: Vec<Node<'t>> =
        node.named_children(&mut cursor).filter(|rule| rule.kind() == "macro_rule").take(8).collect();
    let Some(first) = rules.first().and_then(|rule| rule.child_by_field_name("left")) else { return };
    let mut bound: Vec<String> = Vec::new();
    let pieces = l.text(first).split('$').skip(1);
    for piece in pieces {
        let end = piece.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(piece.len());
        let (name, rest) = piece.split_at(end);
        if !name.is_empty() && rest.starts_with(':') && bound.len() < 16 {
            bound.push(format!("${name}"));
        }
    }
    let name = format!("{name}!");
    l.begin_function(node, &name, FuncKind::Named);
    for name in &bound {
        l.param(name, "", false);
    }
    let mut given: Vec<OpId> = Vec::new();
    for right in rules.iter().filter_map(|rule| rule.child_by_field_name("right")) {
        given.extend(tokens_of(l, right, 0));
    }
    let given = l.emit(node, Op::Any(given.into()));
    l.emit(node, Op::Return(Some(given)));
    let value = l.end_function(node);
    l.declare(node, &name, "", Some(value));
}

/// The expressions among the tokens of a macro's arguments, split at commas.
fn tokens_of<'t>(l: &mut Lowering<'t>, tree: Node<'t>, depth: usize) -> Vec<OpId> {
    let mut cursor = tree.walk();
    let tokens: Vec<Node<'t>> = tree.children(&mut cursor).collect();
    let tokens = tokens.get(1..tokens.len().saturating_sub(1)).unwrap_or_default();
    let mut all = Vec::new();
    if depth > 24 {
        return all;
    }
    for part in tokens.split(|token| matches!(token.kind(), "," | ";" | "=>")) {
        let mut ops: Vec<OpId> = Vec::new();
        // The value read last, while what follows may be its member or its call.
        let mut open: Option<OpId> = None;
        let mut at = 0;
        while let Some(token) = part.get(at) {
            at += 1;
            match token.kind() {
                "identifier" | "self" | "crate" | "super" | "primitive_type" | "metavariable" => {
                    let mut end = at;
                    let mut text = l.text(*token).to_owned();
                    while let (Some(colons), Some(next)) = (part.get(end), part.get(end + 1))
                        && colons.kind() == "::"
                        && matches!(next.kind(), "identifier" | "super")
                    {
                        text = format!("{text}::{}", l.text(*next));
                        end += 2;
                    }
                    at = end;
                    if part.get(at).is_some_and(|bang| bang.kind() == "!")
                        && part.get(at + 1).is_some_and(|t| t.kind() == "token_tree")
                    {
                        text.push('!');
                        at += 1;
                    }
                    if matches!(
                        text.as_str(),
                        "let" | "move" | "mut" | "ref" | "async" | "await" | "if" | "match" | "return"
                    ) {
                        continue;
                    }
                    ops.extend(open.take());
                    let text = own_type(l, &text);
                    open = Some(l.path(*token, &text));
                }
                "." => {
                    if let (Some(object), Some(name)) =
                        (open, part.get(at).filter(|n| n.kind() == "identifier"))
                    {
                        let symbol = l.sym_of(*name);
                        at += 1;
                        if l.text(*name) != "await" {
                            open = Some(l.emit(*name, Op::Field(object, symbol)));
                        }
                    }
                }
                "token_tree" => {
                    let inner = tokens_of(l, *token, depth + 1);
                    let called = token.child(0).is_some_and(|bracket| bracket.kind() == "(");
                    match open {
                        Some(callee) if called => {
                            let args = inner
                                .into_iter()
                                .map(|value| Arg { name: 0, value, spread: false })
                                .collect();
                            open = Some(l.call(*token, callee, args, false));
                        }
                        _ => ops.extend(inner),
                    }
                }
                "string_literal" | "raw_string_literal" => {
                    ops.extend(open.take());
                    let text = l.text(*token);
                    let inner = text.trim_start_matches(['r', 'b', '#']).trim_end_matches('#');
                    let inner = inner.strip_prefix('"').and_then(|t| t.strip_suffix('"')).unwrap_or(inner);
                    let plain =
                        if text.starts_with('r') { inner.to_owned() } else { unescape_literal(inner) };
                    ops.push(l.string(*token, &plain));
                    captured(l, *token, inner, &mut ops);
                }
                "integer_literal" => {
                    ops.extend(open.take());
                    let op = parse_int(l.text(*token)).map_or(Op::Literal(0), Op::Int);
                    ops.push(l.emit(*token, op));
                }
                "?" | "&" | "*" | "=" | "!" => {}
                _ => ops.extend(open.take()),
            }
        }
        ops.extend(open);
        match ops.as_slice() {
            [] => {}
            // A format string and what it captures stay apart, so that the text stays a text.
            _ => all.extend(ops),
        }
    }
    all
}

/// `"{name}"` reads `name`.
fn captured<'t>(l: &mut Lowering<'t>, node: Node<'t>, text: &str, ops: &mut Vec<OpId>) {
    for part in text.split('{').skip(1).take(16) {
        let name = part.split(['}', ':']).next().unwrap_or("");
        let plain = name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if plain && part.contains('}') && name.len() < 40 {
            let op = l.path(node, name);
            ops.push(op);
        }
    }
}

fn params<'t>(l: &mut Lowering<'t>, node: Node<'t>) {
    let Some(list) = node.child_by_field_name("parameters") else { return };
    let mut cursor = list.walk();
    let children: Vec<Node<'t>> =
        list.named_children(&mut cursor).filter(|child| !child.is_extra()).collect();
    for child in children {
        match child.kind() {
            "self_parameter" => l.param("self", "", true),
            "parameter" => {
                let ty = child.child_by_field_name("type").map_or("", |ty| l.text(ty));
                let ty = bounded(l, node, ty);
                let pattern = child.child_by_field_name("pattern").map_or("", |pattern| l.text(pattern));
                let name = pattern.trim_start_matches("mut ").trim_start_matches('&').trim();
                l.param(name, ty, name == "self");
                if let Some(pattern) = child.child_by_field_name("pattern") {
                    taken_apart(l, pattern, name);
                }
            }
            "attribute_item" => {}
            _ => {
                let name =
                    l.text(child).trim_start_matches(['&', '(', '|']).trim_start_matches("mut ").trim();
                if child.kind().ends_with("_pattern") && name.contains([',', '(', '{']) {
                    let whole = format!("@{}", child.start_byte());
                    l.param(&whole, "", false);
                    taken_apart(l, child, &whole);
                    continue;
                }
                let name = name.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or(name);
                l.param(name, "", false);
            }
        }
    }
}

/// `Json(order): Json<Order>`, `|(name, value)|`: what the pattern of the parameter `whole` binds.
fn taken_apart<'t>(l: &mut Lowering<'t>, pattern: Node<'t>, whole: &str) {
    if !matches!(
        pattern.kind(),
        "tuple_struct_pattern" | "tuple_pattern" | "struct_pattern" | "reference_pattern"
    ) {
        return;
    }
    let constructor = pattern.child_by_field_name("type").map(|ty| ty.byte_range());
    let mut names = Vec::new();
    each_node(pattern, |node| {
        let inside = constructor.as_ref().is_some_and(|range| range.contains(&node.start_byte()));
        if matches!(node.kind(), "identifier" | "shorthand_field_identifier") && !inside {
            names.push(node);
        }
    });
    let symbol = l.sym(whole);
    let written = pattern.child_by_field_name("type").map_or("", |ty| l.text(ty));
    // What a framework wraps for the whole program is the thing itself.
    let shared = matches!(written.rsplit(':').next(), Some("State" | "Extension" | "Data"));
    for name in names.into_iter().take(16) {
        let mut value = l.emit(name, Op::Name(symbol));
        if !shared {
            value = l.emit(name, Op::Element(value));
        }
        l.declare(name, l.text(name), "", Some(value));
    }
}

fn literal<'t>(l: &Lowering<'t>, node: Node<'t>) -> String {
    let text = String::from_utf8_lossy(l.src.get(node.byte_range()).unwrap_or_default());
    match node.kind() {
        "escape_sequence" => unescape_literal(&text),
        "char_literal" => unescape_literal(text.trim_start_matches('b').trim_matches('\'')),
        _ => text.into_owned(),
    }
}
