//! Ruby.
//!
//! A name nothing binds is a call without arguments. `@x` is a member of `self`. The last value of a body is
//! what it gives.

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
use crate::scan::code::lower::each_node;
use crate::scan::code::lower::unescape_literal;

/// Ruby.
pub static SPEC: Spec = Spec {
    language: Language::Ruby,
    grammar: || tree_sitter_ruby::LANGUAGE.into(),
    shapes: &[&[
        ("comment", Shape::Skip),
        ("program", Shape::Hook),
        ("body_statement", Shape::Hook),
        ("block_body", Shape::Hook),
        ("then", Shape::Hook),
        ("else", Shape::Hook),
        ("begin", Shape::Hook),
        ("do", Shape::Block),
        ("ensure", Shape::Block),
        ("parenthesized_statements", Shape::Hook),
        ("identifier", Shape::Hook),
        ("constant", Shape::Name),
        ("self", Shape::Name),
        ("super", Shape::Name),
        ("global_variable", Shape::Name),
        ("instance_variable", Shape::Hook),
        ("class_variable", Shape::Hook),
        ("scope_resolution", Shape::Hook),
        ("string", Shape::Template),
        ("chained_string", Shape::Template),
        ("bare_string", Shape::Template),
        ("heredoc_body", Shape::Template),
        ("heredoc_content", Shape::Str),
        ("heredoc_end", Shape::Skip),
        ("heredoc_beginning", Shape::Literal),
        ("interpolation", Shape::Pass),
        ("string_content", Shape::Str),
        ("escape_sequence", Shape::Str),
        ("simple_symbol", Shape::Str),
        ("delimited_symbol", Shape::Template),
        ("bare_symbol", Shape::Template),
        ("hash_key_symbol", Shape::Skip),
        ("string_array", Shape::List),
        ("symbol_array", Shape::List),
        ("character", Shape::Str),
        ("regex", Shape::Literal),
        ("integer", Shape::Int),
        ("float", Shape::Literal),
        ("true", Shape::Literal),
        ("false", Shape::Literal),
        ("nil", Shape::Literal),
        ("call", Shape::Hook),
        ("argument_list", Shape::Args),
        ("pair", Shape::Hook),
        ("splat_argument", Shape::Spread),
        ("hash_splat_argument", Shape::Spread),
        ("block_argument", Shape::Pass),
        ("block", Shape::Function("", "body")),
        ("do_block", Shape::Function("", "body")),
        ("lambda", Shape::Pass),
        ("block_parameters", Shape::Skip),
        ("lambda_parameters", Shape::Skip),
        ("method_parameters", Shape::Skip),
        ("array", Shape::List),
        ("hash", Shape::Dict),
        ("element_reference", Shape::Hook),
        ("assignment", Shape::Hook),
        ("operator_assignment", Shape::Augment("left", "right")),
        ("left_assignment_list", Shape::List),
        ("right_assignment_list", Shape::List),
        ("binary", Shape::Hook),
        ("subshell", Shape::Hook),
        ("method", Shape::Function("name", "body")),
        ("singleton_method", Shape::Function("name", "body")),
        ("class", Shape::Hook),
        ("module", Shape::Hook),
        ("superclass", Shape::Skip),
        ("yield", Shape::Hook),
        ("return", Shape::Return),
        ("next", Shape::Return),
        ("if", Shape::If("condition", "alternative")),
        ("elsif", Shape::If("condition", "alternative")),
        ("unless", Shape::If("condition", "alternative")),
        ("conditional", Shape::If("condition", "alternative")),
        ("if_modifier", Shape::If("condition", "")),
        ("unless_modifier", Shape::If("condition", "")),
        ("while", Shape::If("condition", "")),
        ("until", Shape::If("condition", "")),
        ("for", Shape::For("pattern", "value", "body")),
        ("case_match", Shape::Hook),
        ("in_clause", Shape::Hook),
        ("match_pattern", Shape::Hook),
        ("array_pattern", Shape::Skip),
        ("hash_pattern", Shape::Skip),
        ("find_pattern", Shape::Skip),
        ("in", Shape::Pass),
        ("when", Shape::Branch),
        ("rescue", Shape::Hook),
        ("rescue_modifier", Shape::Hook),
        ("exceptions", Shape::Skip),
        ("exception_variable", Shape::Skip),
        ("alias", Shape::Skip),
        ("undef", Shape::Skip),
    ]],
    names_only: &[
        ("call", "method"),
        ("class", "name"),
        ("module", "name"),
        ("singleton_method", "object"),
        ("scope_resolution", "name"),
        ("pair", "key"),
    ],
    enter,
    exit,
    between,
    params,
    literal,
    prepare: None,
    implicit_this: true,
    ignore_case: false,
};

fn enter<'t>(l: &mut Lowering<'t>, node: Node<'t>) -> Enter {
    match node.kind() {
        "program" => {
            let mut bound: Vec<&'t str> = Vec::new();
            let mut accessors: Vec<&'t str> = Vec::new();
            each_node(node, |child| match child.kind() {
                "assignment" | "operator_assignment" => {
                    if let Some(left) = child.child_by_field_name("left") {
                        identifiers(l, left, &mut bound);
                    }
                }
                "method_parameters" | "block_parameters" | "lambda_parameters" | "exception_variable" => {
                    identifiers(l, child, &mut bound);
                }
                "call" => {
                    let method = child.child_by_field_name("method").map_or("", |method| l.text(method));
                    let list = child.child_by_field_name("arguments").filter(|_| method.starts_with("attr_"));
                    if let Some(list) = list {
                        let mut cursor = list.walk();
                        let names = list.named_children(&mut cursor).take(64);
                        accessors.extend(names.map(|name| l.text(name).trim_start_matches(':')));
                    }
                }
                "in_clause" | "match_pattern" => {
                    if let Some(pattern) = child.child_by_field_name("pattern") {
                        identifiers(l, pattern, &mut bound);
                        each_node(pattern, |part| {
                            if part.kind() == "keyword_pattern" && part.child_by_field_name("value").is_none()
                            {
                                bound.push(l.text(part).trim_end_matches(':'));
                            }
                        });
                    }
                }
                "for" => {
                    if let Some(pattern) = child.child_by_field_name("pattern") {
                        identifiers(l, pattern, &mut bound);
                    }
                }
                _ => {}
            });
            l.bound.extend(bound);
            l.accessors.extend(accessors);
            Enter::Descend
        }
        "identifier" => {
            let name = l.text(node);
            // What follows is the field this stands in: a call's method is read by the call itself.
            let method = l.ancestor(0).is_some_and(|parent| {
                parent.kind() == "call" && parent.child_by_field_name("method") == Some(node)
            });
            if method {
                return Enter::Done(Value::None);
            }
            let symbol = l.sym(name);
            let op = l.emit(node, Op::Name(symbol));
            let reader =
                l.accessors.contains(name) && !l.current().params.iter().any(|param| param.name == symbol);
            if l.bound.contains(name) && !reader {
                return Enter::Done(Value::Op(op));
            }
            Enter::Done(Value::Op(l.call(node, op, Vec::new(), false)))
        }
        "in_clause" => {
            l.emit(node, Op::Branch(None));
            Enter::Descend
        }
        "instance_variable" | "class_variable" => {
            let object = this(l, node);
            let symbol = l.sym_of(node);
            Enter::Done(Value::Op(l.emit(node, Op::Field(object, symbol))))
        }
        "class" | "module" => {
            let name = node.child_by_field_name("name").map_or("", |name| l.text(name));
            let name = name.rsplit("::").next().unwrap_or(name);
            let base = node
                .child_by_field_name("superclass")
                .map(|base| l.text(base).trim_start_matches('<').trim().replace("::", "."));
            l.begin_class(node, name, base.into_iter().collect());
            Enter::Descend
        }
        "assignment" => match made_class(l, node) {
            true => Enter::Done(Value::None),
            false => Enter::Descend,
        },
        "rescue" => {
            l.emit(node, Op::Branch(None));
            let types = node.child_by_field_name("exceptions").map_or("", |types| l.text(types));
            let name = node.child_by_field_name("variable").and_then(|variable| variable.named_child(0));
            l.caught(node, &types.replace("::", "."), name.map_or("", |name| l.text(name)));
            Enter::Descend
        }
        _ => Enter::Descend,
    }
}

/// `Facts = Struct.new(:host, :user) do … end`: a class made by a call. Whether the assignment is one.
fn made_class<'t>(l: &mut Lowering<'t>, node: Node<'t>) -> bool {
    let name = node.child_by_field_name("left").filter(|left| left.kind() == "constant");
    let made = node.child_by_field_name("right").filter(|right| right.kind() == "call");
    let (Some(name), Some(made)) = (name, made) else { return false };
    let receiver = made.child_by_field_name("receiver").map_or("", |receiver| l.text(receiver));
    let method = made.child_by_field_name("method").map_or("", |method| l.text(method));
    if !matches!((receiver, method), ("Struct" | "Class", "new") | ("Data", "define")) {
        return false;
    }
    let mut cursor = made.walk();
    let list = made.child_by_field_name("arguments");
    let args: Vec<Node<'t>> =
        list.map(|list| list.named_children(&mut cursor).take(64).collect()).unwrap_or_default();
    let base = args.iter().find(|arg| matches!(arg.kind(), "constant" | "scope_resolution"));
    let base = base.map(|base| l.text(*base).replace("::", "."));
    l.begin_class(node, l.text(name), base.into_iter().collect());
    for field in args.iter().filter(|arg| arg.kind() == "simple_symbol") {
        let name = l.text(*field).trim_start_matches(':');
        l.declare(*field, name, "", None);
        l.accessors.insert(name);
    }
    let block = made.child_by_field_name("block");
    if let Some((block, body)) = block.and_then(|block| Some((block, block.child_by_field_name("body")?))) {
        l.lower_now(block, body);
    }
    l.end_class(node);
    true
}

fn identifiers<'t>(l: &Lowering<'t>, node: Node<'t>, bound: &mut Vec<&'t str>) {
    if node.kind() == "identifier" {
        bound.push(l.text(node));
        return;
    }
    if matches!(node.kind(), "call" | "element_reference") {
        return;
    }
    each_node(node, |child| {
        if child.kind() == "identifier" {
            bound.push(l.text(child));
        }
    });
}

fn this<'t>(l: &mut Lowering<'t>, node: Node<'t>) -> OpId {
    let symbol = l.sym("self");
    l.emit(node, Op::Name(symbol))
}

/// What a match is about is bound by the patterns of its clauses.
fn between<'t>(l: &mut Lowering<'t>, node: Node<'t>, kids: &[Kid<'t>]) {
    let Some(kid) = kids.last() else { return };
    match node.kind() {
        "case_match" if kid.field == l.field("value") => {
            l.kept.push(kid.value.op().unwrap_or(OpId::MAX));
        }
        "in_clause" if kid.field == l.field("pattern") => {
            if let Some(subject) = l.kept.last().copied().filter(|op| *op != OpId::MAX) {
                super::patterns::bind(l, kid.node, subject);
            }
        }
        "match_pattern" if kid.field == l.field("pattern") => {
            if let Some(subject) = l.kid(kids, "value") {
                super::patterns::bind(l, kid.node, subject);
            }
        }
        _ => {}
    }
}

fn exit<'t>(l: &mut Lowering<'t>, node: Node<'t>, kids: &[Kid<'t>]) -> Value {
    match node.kind() {
        "match_pattern" => Value::None,
        "in_clause" => {
            l.emit(node, Op::End);
            l.kid(kids, "body").map_or(Value::None, Value::Op)
        }
        "case_match" => {
            l.kept.pop();
            l.mix(node, kids)
        }
        "program"
        | "body_statement"
        | "block_body"
        | "then"
        | "else"
        | "begin"
        | "parenthesized_statements" => {
            let last = kids
                .iter()
                .rev()
                .find(|kid| !matches!(kid.node.kind(), "ensure" | "comment" | "heredoc_body"));
            last.and_then(|kid| kid.value.op()).map_or(Value::None, Value::Op)
        }
        "scope_resolution" => {
            let name = node.child_by_field_name("name").map_or("", |name| l.text(name));
            match l.kid(kids, "scope") {
                Some(scope) => {
                    let symbol = l.sym(name);
                    Value::Op(l.emit(node, Op::Field(scope, symbol)))
                }
                None => Value::Op(l.path(node, name)),
            }
        }
        "call" => call(l, node, kids),
        "assignment" => match (l.kid(kids, "left"), l.kid(kids, "right")) {
            (Some(target), Some(value)) => {
                l.assign(node, target, value, false);
                Value::Op(value)
            }
            _ => l.mix(node, kids),
        },
        "binary" => {
            let operator = node.child_by_field_name("operator").map_or("", |operator| l.text(operator));
            match (operator, l.kid(kids, "left"), l.kid(kids, "right")) {
                ("<<", Some(left), Some(right)) => {
                    let symbol = l.sym("<<");
                    let callee = l.emit(node, Op::Field(left, symbol));
                    let args = vec![Arg { name: 0, value: right, spread: false }];
                    Value::Op(l.call(node, callee, args, false))
                }
                _ => l.binary(node, operator, kids),
            }
        }
        "yield" => {
            // The block given to the method is called.
            let args = kids.iter().find_map(|kid| match &kid.value {
                Value::Args(args) => Some(args.clone()),
                _ => None,
            });
            let symbol = l.sym(BLOCK);
            let block = l.emit(node, Op::Name(symbol));
            Value::Op(l.call(node, block, args.unwrap_or_default(), false))
        }
        "pair" => {
            let Some(value) = l.kid(kids, "value") else { return Value::None };
            let key = node.child_by_field_name("key");
            let text = key.map_or("", |key| l.text(key)).trim_matches([':', '"', '\'']);
            let argument = l.ancestor(0).is_some_and(|parent| parent.kind() == "argument_list");
            if argument {
                return Value::Named(l.sym(text), value);
            }
            let key = l.string(node, text);
            Value::Pair(key, value)
        }
        "element_reference" => {
            let object = l.kid(kids, "object");
            let object_field = l.field("object");
            let index = kids.iter().filter(|kid| kid.field != object_field).find_map(|kid| kid.value.op());
            match (object, index) {
                (Some(object), Some(index)) => Value::Op(l.emit(node, Op::Index(object, index))),
                _ => l.mix(node, kids),
            }
        }
        "subshell" => {
            let parts: Vec<OpId> = kids.iter().filter_map(|kid| kid.value.op()).collect();
            let command = l.emit(node, Op::Concat(parts.into()));
            let callee = l.path(node, "backtick");
            Value::Op(l.call(node, callee, vec![Arg { name: 0, value: command, spread: false }], false))
        }
        "class" | "module" => {
            l.end_class(node);
            Value::None
        }
        "rescue_modifier" => {
            let nothing = node.child_by_field_name("handler").is_some_and(|handler| handler.kind() == "nil");
            let value = l.mix(node, kids);
            if nothing {
                l.emit(node, Op::Swallow);
            }
            value
        }
        "rescue" => {
            let silent = node.child_by_field_name("body").is_none_or(|body| {
                body.named_child_count() == 0
                    || (body.named_child_count() == 1
                        && body.named_child(0).is_some_and(|only| only.kind() == "nil"))
            });
            if silent {
                l.swallow(node);
            }
            l.emit(node, Op::End);
            l.kid(kids, "body").map_or(Value::None, Value::Op)
        }
        _ => l.mix(node, kids),
    }
}

fn call<'t>(l: &mut Lowering<'t>, node: Node<'t>, kids: &[Kid<'t>]) -> Value {
    let mut args = kids
        .iter()
        .find_map(|kid| match &kid.value {
            Value::Args(args) => Some(args.clone()),
            _ => None,
        })
        .unwrap_or_default();
    let block = l.kid(kids, "block");
    let receiver = l.kid(kids, "receiver");
    let method_node = node.child_by_field_name("method");
    let method = method_node.map_or("call", |method| l.text(method)).to_owned();
    if receiver.is_none() && matches!(method.as_str(), "require" | "require_relative" | "load" | "autoload") {
        let list = node.child_by_field_name("arguments").and_then(|list| list.named_child(0));
        let path = list.filter(|path| path.kind() == "string").map_or("", |path| l.text(path));
        let path = path.trim_matches(['"', '\'']).trim_start_matches("./").to_owned();
        if !path.is_empty() && method != "load" {
            l.import(node, &path, "", false);
            return Value::None;
        }
    }
    if receiver.is_none() && matches!(method.as_str(), "include" | "extend" | "prepend") {
        let module = node.child_by_field_name("arguments").and_then(|list| list.named_child(0));
        let module = module.map_or("", |module| l.text(module)).replace("::", ".");
        l.import(node, &module, "", false);
        if l.in_class_body() {
            l.add_base(&module);
        }
    }
    if receiver.is_none()
        && matches!(method.as_str(), "attr_reader" | "attr_accessor")
        && l.in_class_body()
        && let Some(list) = node.child_by_field_name("arguments")
    {
        readers(l, list, method == "attr_accessor");
        return Value::None;
    }
    if receiver.is_none() && method == "super" {
        // The method of the same name of the class that this one extends.
        let name = l.current().name;
        let base = l.path(node, "super");
        let callee = l.emit(node, Op::Field(base, name));
        return Value::Op(l.call(node, callee, args, false));
    }
    // `x.send(:name, …)` is `x.name(…)`.
    let sent = matches!(method.as_str(), "send" | "public_send" | "__send__" | "method");
    let mut name = method.clone();
    if sent
        && let Some(first) = args.first().copied()
        && let Some(text) = l.literal_of(first.value)
    {
        name = text;
        args.remove(0);
    }
    if let Some(block) = block {
        args.push(Arg { name: l.sym(BLOCK), value: block, spread: false });
    }
    let place = method_node.unwrap_or(node);
    let symbol = l.sym(&name);
    let callee = match receiver {
        Some(receiver) => l.emit(place, Op::Field(receiver, symbol)),
        None => l.emit(place, Op::Name(symbol)),
    };
    let given = args.clone();
    let op = l.call(node, callee, args, false);
    if method == "method" {
        // `method(:run)` is the method itself.
        return Value::Op(l.emit(node, Op::Any([callee, op].into())));
    }
    if receiver.is_none() && matches!(method.as_str(), "raise" | "exit" | "abort" | "exit!" | "throw") {
        let thrown = thrown(l, node, &given).filter(|_| method == "raise");
        l.emit(node, Op::Leave(thrown));
    }
    if receiver.is_none() && matches!(method.as_str(), "proc" | "lambda") {
        return block.map_or(Value::Op(op), Value::Op);
    }
    Value::Op(op)
}

/// What `raise` throws: an object, a text, or a new object of the class that stands first.
fn thrown<'t>(l: &mut Lowering<'t>, node: Node<'t>, args: &[Arg]) -> Option<OpId> {
    let (first, rest) = args.split_first()?;
    if rest.is_empty() || first.name != 0 {
        return Some(first.value);
    }
    let new = l.sym("new");
    let callee = l.emit(node, Op::Field(first.value, new));
    Some(l.call(node, callee, rest.to_vec(), false))
}

/// `attr_reader :a, :b`: methods that give a field.
fn readers<'t>(l: &mut Lowering<'t>, list: Node<'t>, writable: bool) {
    let mut cursor = list.walk();
    let names: Vec<Node<'t>> = list.named_children(&mut cursor).take(64).collect();
    for node in names {
        let name = l.text(node).trim_start_matches(':').trim_matches(['"', '\'']).to_owned();
        if name.is_empty() {
            continue;
        }
        l.begin_function(node, &name, FuncKind::Named);
        let object = this(l, node);
        let symbol = l.sym(&format!("@{name}"));
        let mut value = l.emit(node, Op::Field(object, symbol));
        if writable {
            let symbol = l.sym(&name);
            let written = l.emit(node, Op::Field(object, symbol));
            value = l.emit(node, Op::Any([value, written].into()));
        }
        l.emit(node, Op::Return(Some(value)));
        l.end_function(node);
    }
}

/// What the block given to a method is called inside.
const BLOCK: &str = "@block";

fn params<'t>(l: &mut Lowering<'t>, node: Node<'t>) {
    named_params(l, node);
    if matches!(node.kind(), "method" | "singleton_method") {
        l.param(BLOCK, "", false);
        let list = node.child_by_field_name("parameters");
        let block = list.and_then(|list| {
            let mut cursor = list.walk();
            list.named_children(&mut cursor).find(|child| child.kind() == "block_parameter")
        });
        if let Some(name) = block.and_then(|block| block.child_by_field_name("name")) {
            let symbol = l.sym(BLOCK);
            let value = l.emit(name, Op::Name(symbol));
            l.declare(name, l.text(name), "", Some(value));
        }
    }
}

fn named_params<'t>(l: &mut Lowering<'t>, node: Node<'t>) {
    let list = node.child_by_field_name("parameters").or_else(|| {
        l.ancestor(0)
            .filter(|parent| parent.kind() == "lambda")
            .and_then(|p| p.child_by_field_name("parameters"))
    });
    let Some(list) = list else { return };
    let mut cursor = list.walk();
    let children: Vec<Node<'t>> =
        list.named_children(&mut cursor).filter(|child| !child.is_extra()).collect();
    for child in children.into_iter().filter(|child| child.kind() != "block_parameter") {
        if child.kind() == "destructured_parameter" {
            // `|(name, value), index|` takes one thing apart.
            let whole = format!("@{}", child.start_byte());
            l.param(&whole, "", false);
            let symbol = l.sym(&whole);
            let mut cursor = child.walk();
            for name in child.named_children(&mut cursor).collect::<Vec<_>>() {
                let value = l.emit(name, Op::Name(symbol));
                let value = l.emit(name, Op::Element(value));
                l.declare(name, l.text(name).trim_start_matches('*'), "", Some(value));
            }
            continue;
        }
        let name = child.child_by_field_name("name").unwrap_or(child);
        let text = l.text(name).trim_start_matches(['*', '&', '(']);
        l.param(text, "", false);
        if child.kind() == "hash_splat_parameter" {
            l.collects();
        }
        if let Some(value) = child.child_by_field_name("value") {
            l.param_default(child, text, value);
        }
    }
    debug_assert!(l.current().kind != FuncKind::Top);
}

fn literal<'t>(l: &Lowering<'t>, node: Node<'t>) -> String {
    let text = String::from_utf8_lossy(l.src.get(node.byte_range()).unwrap_or_default());
    match node.kind() {
        "escape_sequence" => unescape_literal(&text),
        "simple_symbol" => text.trim_start_matches(':').to_owned(),
        "character" => text.trim_start_matches('?').to_owned(),
        _ => text.into_owned(),
    }
}
