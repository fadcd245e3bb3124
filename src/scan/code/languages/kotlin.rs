//! Kotlin. Its grammar names few fields: children are told apart by kind and order.

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
use crate::scan::code::lower::type_name;
use crate::scan::code::lower::unescape_literal;

/// Kotlin.
pub static SPEC: Spec = Spec {
    language: Language::Kotlin,
    grammar: || tree_sitter_kotlin_ng::LANGUAGE.into(),
    shapes: &[&[
        ("line_comment", Shape::Skip),
        ("block_comment", Shape::Skip),
        ("source_file", Shape::Block),
        ("class_body", Shape::Block),
        ("enum_class_body", Shape::Block),
        ("block", Shape::Hook),
        ("modifiers", Shape::Skip),
        ("annotation", Shape::Skip),
        ("user_type", Shape::Skip),
        ("nullable_type", Shape::Skip),
        ("function_type", Shape::Skip),
        ("type_arguments", Shape::Skip),
        ("type_parameters", Shape::Skip),
        ("type_alias", Shape::Skip),
        ("function_value_parameters", Shape::Skip),
        ("class_parameters", Shape::Skip),
        ("lambda_parameters", Shape::Skip),
        ("variable_declaration", Shape::Skip),
        ("multi_variable_declaration", Shape::Skip),
        ("label", Shape::Skip),
        ("package_header", Shape::Hook),
        ("import", Shape::Hook),
        ("identifier", Shape::Name),
        ("this_expression", Shape::Hook),
        ("super_expression", Shape::Hook),
        ("string_literal", Shape::Hook),
        ("multiline_string_literal", Shape::Hook),
        ("string_content", Shape::Str),
        ("escape_sequence", Shape::Str),
        ("interpolation", Shape::Pass),
        ("character_literal", Shape::Str),
        ("number_literal", Shape::Int),
        ("float_literal", Shape::Literal),
        ("navigation_expression", Shape::Hook),
        ("index_expression", Shape::Hook),
        ("call_expression", Shape::Hook),
        ("value_arguments", Shape::Args),
        ("value_argument", Shape::Hook),
        ("annotated_lambda", Shape::Pass),
        ("lambda_literal", Shape::Hook),
        ("anonymous_function", Shape::Hook),
        ("callable_reference", Shape::Hook),
        ("collection_literal", Shape::List),
        ("assignment", Shape::Hook),
        ("binary_expression", Shape::Binary("operator")),
        ("infix_expression", Shape::Hook),
        ("in_expression", Shape::Compare),
        ("is_expression", Shape::Compare),
        ("as_expression", Shape::Pass),
        ("property_declaration", Shape::Hook),
        ("property_delegate", Shape::Pass),
        ("getter", Shape::Hook),
        ("setter", Shape::Block),
        ("class_declaration", Shape::Hook),
        ("object_declaration", Shape::Hook),
        ("companion_object", Shape::Block),
        ("object_literal", Shape::Hook),
        ("delegation_specifiers", Shape::Skip),
        ("function_declaration", Shape::Hook),
        ("secondary_constructor", Shape::Hook),
        ("constructor_delegation_call", Shape::Hook),
        ("function_body", Shape::Hook),
        ("return_expression", Shape::Return),
        ("throw_expression", Shape::Leave),
        ("if_expression", Shape::If("condition", "")),
        ("while_statement", Shape::If("condition", "")),
        ("for_statement", Shape::Hook),
        ("when_entry", Shape::Branch),
        ("catch_block", Shape::Hook),
    ]],
    names_only: &[
        ("class_declaration", "name"),
        ("object_declaration", "name"),
        ("companion_object", "name"),
        ("function_declaration", "name"),
        ("return_expression", "label"),
    ],
    enter,
    exit,
    between,
    params: |_, _| {},
    literal,
    prepare: Some(super::soft_words::as_names),
    implicit_this: true,
    ignore_case: false,
};

/// The type a function declared outside it is a method of: what stands before the dot of its name.
fn receiver_type<'t>(l: &Lowering<'t>, node: Node<'t>) -> &'t str {
    let Some(name) = node.child_by_field_name("name") else { return "" };
    let Some(before) = name.prev_named_sibling().filter(|before| TYPES.contains(&before.kind())) else {
        return "";
    };
    let between = l.src.get(before.end_byte()..name.start_byte()).unwrap_or_default();
    if between.trim_ascii() == b"." { type_name(l.text(before)) } else { "" }
}

const TYPES: &[&str] =
    &["user_type", "nullable_type", "function_type", "parenthesized_type", "non_nullable_type"];

fn enter<'t>(l: &mut Lowering<'t>, node: Node<'t>) -> Enter {
    match node.kind() {
        "package_header" => {
            let name = node.named_child(0).map_or("", |name| l.text(name));
            let package = l.sym(name);
            l.unit.package = Some(package);
            Enter::Done(Value::None)
        }
        "import" => {
            let text = l.text(node).trim_start_matches("import").trim().trim_end_matches(';');
            if let Some(package) = text.strip_suffix(".*") {
                l.import(node, package, "", true);
            } else if let Some((path, local)) = text.split_once(" as ") {
                l.import(node, path.trim(), local.trim(), false);
            } else {
                l.import(node, text, text.rsplit('.').next().unwrap_or(text), false);
            }
            Enter::Done(Value::None)
        }
        "this_expression" => Enter::Done(Value::Op(l.path(node, "this"))),
        "super_expression" => Enter::Done(Value::Op(l.path(node, "super"))),
        "callable_reference" => {
            let text = l.text(node).replace("::", ".");
            Enter::Done(Value::Op(l.path(node, text.trim_start_matches('.'))))
        }
        "object_literal" => {
            // A class without a name is what it extends, and has methods of its own.
            let list = child_of(node, &["delegation_specifiers"]);
            let names = list.map_or(Vec::new(), |list| l.base_names(list));
            let bases: Vec<String> = names
                .iter()
                .map(|name| name.split(['(', '<']).next().unwrap_or(name).trim().to_owned())
                .collect();
            l.begin_class(node, &format!("object@{}", node.start_byte()), bases);
            Enter::Descend
        }
        "class_declaration" | "object_declaration" => {
            let name = node.child_by_field_name("name").map_or("", |name| l.text(name));
            let bases: Vec<String> = child_of(node, &["delegation_specifiers"]).map_or(Vec::new(), |list| {
                let names = l.base_names(list);
                names
                    .iter()
                    .map(|name| name.split(['(', '<']).next().unwrap_or(name).trim().to_owned())
                    .collect()
            });
            l.begin_class(node, name, bases);
            if let Some(list) =
                child_of(node, &["primary_constructor"]).and_then(|c| child_of(c, &["class_parameters"]))
            {
                constructor(l, list);
            } else if let Some(given) = given_to_base(node) {
                l.begin_function(node, "constructor", FuncKind::Named);
                call_base(l, node, given);
                let value = l.end_function(node);
                l.declare(node, "constructor", "", Some(value));
            }
            Enter::Descend
        }
        "constructor_delegation_call" => {
            if let Some(given) = child_of(node, &["value_arguments"]) {
                let callee = if l.text(node).starts_with("this") { "this" } else { "super" };
                call_other(l, node, given, callee);
            }
            Enter::Done(Value::None)
        }
        "getter" if computes(l) => {
            let name = property_name(l);
            l.begin_function(node, name, FuncKind::Named);
            Enter::Descend
        }
        "function_declaration" => {
            let name = node.child_by_field_name("name").map_or("", |name| l.text(name));
            let receiver = receiver_type(l, node).to_owned();
            l.begin_function(node, name, FuncKind::Named);
            if !receiver.is_empty() {
                // `fun String.ship()` is a method of something declared elsewhere.
                let class = l.extended(&receiver);
                l.current().class = Some(class);
            }
            parameters(l, node);
            Enter::Descend
        }
        "anonymous_function" | "secondary_constructor" => {
            let constructor = node.kind() == "secondary_constructor";
            let (name, kind) =
                if constructor { ("constructor", FuncKind::Named) } else { ("", FuncKind::Closure) };
            l.begin_function(node, name, kind);
            parameters(l, node);
            Enter::Descend
        }
        "lambda_literal" => {
            l.begin_function(node, "", FuncKind::Closure);
            // It may be called on something: `apply { … }`.
            l.param("this", "", true);
            match child_of(node, &["lambda_parameters"]) {
                Some(list) => {
                    let mut cursor = list.walk();
                    let parameters: Vec<Node<'t>> = list.named_children(&mut cursor).collect();
                    for child in &parameters {
                        if child.kind() == "multi_variable_declaration" {
                            l.param(l.text(*child), "", false);
                        } else {
                            declare_param(l, *child);
                        }
                    }
                    for child in parameters {
                        // `(name, value) ->` takes one thing apart.
                        if child.kind() == "multi_variable_declaration" {
                            let whole = l.sym_of(child);
                            let whole = l.emit(child, Op::Name(whole));
                            let element = l.emit(child, Op::Element(whole));
                            bind(l, child, Some(element), "");
                        }
                    }
                }
                None => l.param("it", "", false),
            }
            Enter::Descend
        }
        "catch_block" => {
            l.emit(node, Op::Branch(None));
            let name = child_of(node, &["identifier"]).map_or("", |name| l.text(name));
            let ty = child_of(node, &["user_type"]).map_or("", |ty| l.text(ty));
            l.caught(node, ty, name);
            Enter::Descend
        }
        _ => Enter::Descend,
    }
}

/// The parameters of a primary constructor, which are fields where they say `val` or `var`.
fn constructor<'t>(l: &mut Lowering<'t>, list: Node<'t>) {
    l.begin_function(list, "constructor", FuncKind::Named);
    let mut cursor = list.walk();
    let parameters: Vec<Node<'t>> =
        list.named_children(&mut cursor).filter(|p| p.kind() == "class_parameter").collect();
    for parameter in &parameters {
        declare_param(l, *parameter);
    }
    for parameter in &parameters {
        // `val calls: Call.Factory = OkHttpClient()`: what follows the sign is what it is where nothing is given.
        let mut cursor = parameter.walk();
        let given = parameter.children(&mut cursor).skip_while(|child| child.kind() != "=").nth(1);
        let name = child_of(*parameter, &["identifier"]).map_or("", |name| l.text(name));
        if let Some(value) = given.filter(|value| value.is_named()) {
            l.param_default(*parameter, name, value);
        }
    }
    let mut fields = Vec::new();
    for parameter in &parameters {
        let Some(name) = child_of(*parameter, &["identifier"]) else { continue };
        let object = l.path(*parameter, "this");
        let symbol = l.sym_of(name);
        let target = l.emit(*parameter, Op::Field(object, symbol));
        let value = l.emit(*parameter, Op::Name(symbol));
        l.assign(*parameter, target, value, false);
        let ty = child_of(*parameter, TYPES).map_or("", |ty| l.text(ty));
        fields.push((l.text(name), ty));
    }
    let around = list.parent().and_then(|primary| primary.parent());
    if let Some((class, given)) = around.and_then(|class| Some((class, given_to_base(class)?))) {
        call_base(l, class, given);
    }
    let value = l.end_function(list);
    l.declare(list, "constructor", "", Some(value));
    for (name, ty) in fields {
        l.declare(list, name, ty, None);
    }
}

/// What the class at `node` gives to the constructor of the one it extends.
fn given_to_base(node: Node<'_>) -> Option<Node<'_>> {
    let list = child_of(node, &["delegation_specifiers"])?;
    let mut cursor = list.walk();
    let called =
        list.named_children(&mut cursor).find_map(|one| child_of(one, &["constructor_invocation"]))?;
    child_of(called, &["value_arguments"]).filter(|given| given.named_child_count() > 0)
}

fn call_base<'t>(l: &mut Lowering<'t>, node: Node<'t>, given: Node<'t>) {
    call_other(l, node, given, "super");
}

/// A call of another constructor of the object that is being made.
fn call_other<'t>(l: &mut Lowering<'t>, node: Node<'t>, given: Node<'t>, callee: &str) {
    if let Some(Value::Args(args)) = l.lower_now(node, given) {
        let callee = l.path(node, callee);
        l.call(node, callee, args, false);
    }
}

fn declare_param<'t>(l: &mut Lowering<'t>, node: Node<'t>) {
    let name = child_of(node, &["identifier"]).map_or("", |name| l.text(name));
    let ty = child_of(node, TYPES).map_or("", |ty| l.text(ty));
    l.param(name, ty, false);
    l.param_mark(node);
}

fn parameters<'t>(l: &mut Lowering<'t>, node: Node<'t>) {
    let Some(list) = child_of(node, &["function_value_parameters"]) else { return };
    let mut cursor = list.walk();
    for child in
        list.named_children(&mut cursor).filter(|child| child.kind() == "parameter").collect::<Vec<_>>()
    {
        declare_param(l, child);
    }
}

fn between<'t>(l: &mut Lowering<'t>, node: Node<'t>, kids: &[Kid<'t>]) {
    // for (x in xs) body: the variable holds an element before the body runs.
    if node.kind() == "for_statement"
        && let [.., variable, iterated] = kids
        && matches!(variable.node.kind(), "variable_declaration" | "multi_variable_declaration")
        && let Some(op) = iterated.value.op()
    {
        let value = l.emit(node, Op::Element(op));
        bind(l, variable.node, Some(value), "");
    }
}

/// Declares what a declaration of one or several variables binds.
fn bind<'t>(l: &mut Lowering<'t>, node: Node<'t>, value: Option<OpId>, ty: &str) {
    if node.kind() == "multi_variable_declaration" {
        let mut cursor = node.walk();
        for child in node.named_children(&mut cursor).collect::<Vec<_>>() {
            let name = child_of(child, &["identifier"]).map_or("", |name| l.text(name));
            l.declare(node, name, "", value);
        }
        return;
    }
    let name = child_of(node, &["identifier"]).map_or("", |name| l.text(name));
    let declared = child_of(node, TYPES).map_or(ty, |ty| l.text(ty));
    l.declare(node, name, declared, value);
}

fn exit<'t>(l: &mut Lowering<'t>, node: Node<'t>, kids: &[Kid<'t>]) -> Value {
    let op_at = |at: usize| kids.get(at).and_then(|kid| kid.value.op());
    match node.kind() {
        "block" => kids
            .iter()
            .rev()
            .find(|kid| !kid.node.is_extra())
            .and_then(|kid| kid.value.op())
            .map_or(Value::None, Value::Op),
        "string_literal" | "multiline_string_literal" => string(l, node, kids),
        "navigation_expression" => {
            let (Some(object), Some(last)) = (op_at(0), kids.last()) else { return l.mix(node, kids) };
            if let Some(op) = last.value.op().filter(|op| *op != object) {
                l.unread(op);
            }
            let symbol = l.sym_of(last.node);
            Value::Op(l.emit(node, Op::Field(object, symbol)))
        }
        "index_expression" => match (op_at(0), op_at(1)) {
            (Some(object), Some(index)) => Value::Op(l.emit(node, Op::Index(object, index))),
            _ => l.mix(node, kids),
        },
        "call_expression" => {
            let Some(callee) = op_at(0) else { return l.mix(node, kids) };
            if let [call, lambda] = kids
                && call.node.kind() == "call_expression"
                && lambda.node.kind() == "annotated_lambda"
                && let Some(value) = lambda.value.op()
            {
                // `f(x) { … }` is one call: the lambda is its last argument.
                return Value::Op(l.call_again(node, callee, "", value));
            }
            let mut args: Vec<Arg> = Vec::new();
            for kid in kids.iter().skip(1) {
                match &kid.value {
                    Value::Args(own) => args.extend(own.iter().copied()),
                    other => args.extend(other.op().map(|value| Arg { name: 0, value, spread: false })),
                }
            }
            let bare = kids.first().map_or("", |kid| l.text(kid.node));
            if matches!(bare, "apply" | "also" | "run" | "let")
                && kids.len() == 2
                && l.current_class().is_some()
            {
                // In a method, of the object itself.
                l.unread(callee);
                let this = l.path(node, "this");
                let symbol = l.sym(bare);
                let callee = l.emit(node, Op::Field(this, symbol));
                return Value::Op(l.call(node, callee, args, false));
            }
            Value::Op(l.call(node, callee, args, false))
        }
        "value_argument" => {
            let ops: Vec<OpId> = kids.iter().filter_map(|kid| kid.value.op()).collect();
            match ops.as_slice() {
                [name, value] => {
                    l.unread(*name);
                    let text = kids.first().map_or("", |kid| l.text(kid.node));
                    Value::Named(l.sym(text), *value)
                }
                [value] => Value::Op(*value),
                _ => Value::None,
            }
        }
        "lambda_literal" => {
            let last = kids.iter().rev().find(|kid| !kid.node.is_extra());
            if let Some(value) = last.and_then(|kid| kid.value.op()) {
                l.emit(node, Op::Return(Some(value)));
            }
            Value::Op(l.end_function(node))
        }
        "function_body" => {
            if let Some(kid) = kids.first().filter(|kid| kid.node.kind() != "block")
                && let Some(value) = kid.value.op()
            {
                l.emit(node, Op::Return(Some(value)));
            }
            Value::None
        }
        "function_declaration" => {
            let value = l.end_function(node);
            let name = node.child_by_field_name("name").map_or("", |name| l.text(name));
            l.declare(node, name, "", Some(value));
            Value::None
        }
        "getter" => {
            let within = l.current().kind == FuncKind::Named && l.current().getter;
            if within && property_name(l) == own_name(l) {
                let value = l.end_function(node);
                l.declare(node, property_name(l), "", Some(value));
            }
            Value::None
        }
        "secondary_constructor" => {
            let value = l.end_function(node);
            l.declare(node, "constructor", "", Some(value));
            Value::None
        }
        "anonymous_function" => Value::Op(l.end_function(node)),
        "object_literal" => {
            let class = l.end_class(node);
            Value::Op(l.call(node, class, Vec::new(), true))
        }
        "assignment" => {
            let (Some(target), Some(value)) = (l.kid(kids, "left"), l.kid(kids, "right")) else {
                return Value::None;
            };
            let operator = node.child_by_field_name("operator").map_or("=", |operator| l.text(operator));
            l.assign(node, target, value, operator != "=");
            Value::None
        }
        "infix_expression" => {
            // `a to b` is an entry of a map; any other infix call mixes.
            let ops: Vec<OpId> = kids.iter().filter_map(|kid| kid.value.op()).collect();
            match ops.as_slice() {
                [left, name, right] => {
                    l.unread(*name);
                    Value::Op(l.emit(node, Op::List([*left, *right].into())))
                }
                _ => l.mix(node, kids),
            }
        }
        "property_declaration" => {
            let variable = child_of(node, &["variable_declaration", "multi_variable_declaration"]);
            let value = kids
                .iter()
                .rev()
                .filter(|kid| !matches!(kid.node.kind(), "getter" | "setter"))
                .find_map(|kid| kid.value.op());
            let computed = value.is_none() && child_of(node, &["getter"]).is_some() && l.in_class_body();
            if let Some(variable) = variable.filter(|_| !computed) {
                bind(l, variable, value, "");
            }
            Value::None
        }
        "class_declaration" | "object_declaration" => {
            l.end_class(node);
            Value::None
        }
        "catch_block" => {
            if child_of(node, &["block"]).is_none_or(|block| block.named_child_count() == 0) {
                l.swallow(node);
            }
            l.emit(node, Op::End);
            Value::None
        }
        _ => l.mix(node, kids),
    }
}

/// Whether the getter being lowered is all there is of a property of a class: `val host: String get() = …`.
fn computes(l: &Lowering<'_>) -> bool {
    let property = l.ancestor(0).filter(|around| around.kind() == "property_declaration");
    l.in_class_body()
        && property.is_some_and(|property| {
            let mut cursor = property.walk();
            let parts = property.children(&mut cursor);
            !parts.into_iter().take(32).any(|part| part.kind() == "=" || part.kind() == "property_delegate")
        })
}

/// The name of the property around.
fn property_name<'t>(l: &Lowering<'t>) -> &'t str {
    let property = l.ancestor(0).filter(|around| around.kind() == "property_declaration");
    let variable = property.and_then(|property| child_of(property, &["variable_declaration"]));
    let name = variable.and_then(|variable| child_of(variable, &["identifier"]));
    name.map_or("", |name| l.text(name))
}

/// The name of the function being lowered.
fn own_name(l: &mut Lowering<'_>) -> String {
    let name = l.current().name;
    l.unit.strings.get(name).to_owned()
}

/// A string: the grammar knows `${x}` and takes `$x` for text.
fn string<'t>(l: &mut Lowering<'t>, node: Node<'t>, kids: &[Kid<'t>]) -> Value {
    let mut parts: Vec<OpId> = Vec::new();
    let mut text = String::new();
    for kid in kids {
        if kid.node.kind() == "interpolation" {
            pieces(l, node, &std::mem::take(&mut text), &mut parts);
            parts.extend(kid.value.op());
        } else {
            let piece = literal(l, kid.node);
            // An escaped dollar sign begins no name.
            text.push_str(&if kid.node.kind() == "escape_sequence" {
                piece.replace('$', "\u{1}")
            } else {
                piece
            });
        }
    }
    pieces(l, node, &text, &mut parts);
    match parts.as_slice() {
        [] => Value::Op(l.string(node, "")),
        [one] if kids.len() == 1 && !text.is_empty() && !text.contains('$') => Value::Op(*one),
        _ => Value::Op(l.emit(node, Op::Concat(parts.into()))),
    }
}

fn pieces<'t>(l: &mut Lowering<'t>, node: Node<'t>, text: &str, parts: &mut Vec<OpId>) {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        plain.push_str(before);
        let end = after.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(after.len());
        let (name, tail) = after.split_at(end);
        if name.starts_with(|c: char| c.is_alphabetic() || c == '_') {
            if !plain.is_empty() {
                parts.push(l.string(node, &std::mem::take(&mut plain).replace('\u{1}', "$")));
            }
            parts.push(l.path(node, name));
        } else {
            plain.push('$');
            plain.push_str(name);
        }
        rest = tail;
    }
    plain.push_str(rest);
    if !plain.is_empty() {
        parts.push(l.string(node, &plain.replace('\u{1}', "$")));
    }
}

fn literal<'t>(l: &Lowering<'t>, node: Node<'t>) -> String {
    let text = String::from_utf8_lossy(l.src.get(node.byte_range()).unwrap_or_default());
    match node.kind() {
        "escape_sequence" => unescape_literal(&text),
        "character_literal" => unescape_literal(text.trim_matches('\'')),
        _ => text.into_owned(),
    }
}
