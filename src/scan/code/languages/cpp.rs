//! C++: the tables and hooks of C, and what the larger grammar adds.

use tree_sitter::Node;

use super::c;
use super::c_macros;
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
use crate::scan::code::lower::type_name;

/// C++.
pub static SPEC: Spec = Spec {
    language: Language::Cpp,
    grammar: || tree_sitter_cpp::LANGUAGE.into(),
    shapes: &[c::SHAPES, SHAPES],
    names_only: NAMES_ONLY,
    enter,
    exit,
    between,
    params: |_, _| {},
    literal: c::literal,
    prepare: Some(c_macros::written_out),
    implicit_this: true,
    ignore_case: false,
};

const NAMES_ONLY: &[(&str, &str)] = &[
    ("declaration", "declarator"),
    ("init_declarator", "declarator"),
    ("function_definition", "declarator"),
    ("function_definition", "type"),
    ("declaration", "type"),
    ("field_declaration", "declarator"),
    ("field_declaration", "type"),
    ("cast_expression", "type"),
    ("enumerator", "name"),
    ("goto_statement", "label"),
    ("namespace_definition", "name"),
    ("for_range_loop", "type"),
    ("for_range_loop", "declarator"),
    ("new_expression", "type"),
    ("class_specifier", "name"),
    ("template_function", "arguments"),
];

const SHAPES: &[(&str, Shape)] = &[
    ("namespace_definition", Shape::Hook),
    ("namespace_alias_definition", Shape::Hook),
    ("using_declaration", Shape::Hook),
    ("alias_declaration", Shape::Hook),
    ("class_specifier", Shape::Hook),
    ("struct_specifier", Shape::Hook),
    ("base_class_clause", Shape::Skip),
    ("field_declaration_list", Shape::Block),
    ("field_declaration", Shape::Hook),
    ("access_specifier", Shape::Skip),
    ("template_declaration", Shape::Block),
    ("template_parameter_list", Shape::Skip),
    ("template_argument_list", Shape::Skip),
    ("template_type", Shape::Skip),
    ("namespace_identifier", Shape::Skip),
    ("placeholder_type_specifier", Shape::Skip),
    ("reference_declarator", Shape::Skip),
    ("qualified_identifier", Shape::Hook),
    ("template_function", Shape::Pass),
    ("template_method", Shape::Skip),
    ("new_expression", Shape::Hook),
    ("delete_expression", Shape::Block),
    ("lambda_expression", Shape::Hook),
    ("lambda_capture_specifier", Shape::Block),
    // `[text = std::move(body)]`.
    ("lambda_capture_initializer", Shape::Declare("left", "", "right")),
    ("abstract_function_declarator", Shape::Skip),
    ("for_range_loop", Shape::Hook),
    ("binary_expression", Shape::Hook),
    ("call_expression", Shape::Hook),
    ("catch_clause", Shape::Hook),
    ("condition_clause", Shape::Pass),
    ("throw_statement", Shape::Leave),
    ("raw_string_literal", Shape::Template),
    ("raw_string_content", Shape::Str),
    ("this", Shape::Name),
    ("subscript_expression", Shape::Index("argument", "indices")),
    ("subscript_argument_list", Shape::Pass),
    ("field_initializer", Shape::Hook),
    ("static_assert_declaration", Shape::Skip),
    ("compound_literal_expression", Shape::Hook),
];

fn enter<'t>(l: &mut Lowering<'t>, node: Node<'t>) -> Enter {
    match node.kind() {
        "catch_clause" => {
            l.emit(node, Op::Branch(None));
            let parameter = node.child_by_field_name("parameters").and_then(|list| list.named_child(0));
            let ty = parameter.and_then(|parameter| parameter.child_by_field_name("type"));
            let ty = ty.map_or(String::new(), |ty| l.text(ty).replace("::", "."));
            let mut name = None;
            if let Some(declarator) = parameter.and_then(|one| one.child_by_field_name("declarator")) {
                each_node(declarator, |child| {
                    name = name.or((child.kind() == "identifier").then_some(child));
                });
            }
            l.caught(node, &ty, name.map_or("", |name| l.text(name)));
            Enter::Descend
        }
        "using_declaration" => {
            let text = l.text(node).trim_start_matches("using").trim().trim_end_matches(';').trim();
            match text.strip_prefix("namespace") {
                Some(namespace) => l.import(node, namespace.trim(), "", true),
                None => {
                    let local = text.rsplit("::").next().unwrap_or(text);
                    l.import(node, text, local, false);
                }
            }
            Enter::Done(Value::None)
        }
        "namespace_definition" => {
            // The first one a file opens is where its names are looked for.
            let name = node.child_by_field_name("name").map_or("", |name| l.text(name));
            if !name.is_empty() && l.unit.package.is_none() {
                let name = l.sym(&name.replace("::", "."));
                l.unit.package = Some(name);
            }
            Enter::Descend
        }
        "namespace_alias_definition" | "alias_declaration" => {
            let text = l.text(node).trim_end_matches(';');
            if let Some((name, path)) = text.split_once('=') {
                let local = name.split_whitespace().last().unwrap_or("");
                l.import(node, type_name(path), local, false);
            }
            Enter::Done(Value::None)
        }
        "class_specifier" | "struct_specifier" => {
            let Some(name) = node.child_by_field_name("name") else { return Enter::Done(Value::None) };
            let written = l.text(name);
            if node.child_by_field_name("body").is_none() {
                return Enter::Done(Value::None);
            }
            let nested = written.contains("::").then(|| written.replace("::", "."));
            if let (Some(nested), Some((_, local))) = (&nested, written.rsplit_once("::")) {
                // Where several are called that, the name alone means none of them.
                let symbol = l.sym(local);
                match l.unit.imports.iter_mut().find(|import| import.local == symbol) {
                    Some(known) => known.path = symbol,
                    None => l.import(node, nested, local, false),
                }
            }
            let name = nested.as_deref().unwrap_or(written);
            let mut cursor = node.walk();
            let bases = node
                .named_children(&mut cursor)
                .filter(|child| child.kind() == "base_class_clause")
                .flat_map(|clause| l.text(clause).trim_start_matches(':').split(','))
                .map(|base| base.split_whitespace().last().unwrap_or("").to_owned())
                .collect();
            l.begin_class(node, name, bases);
            Enter::Descend
        }
        "qualified_identifier" => {
            // The type of a declaration is no read.
            let parent = l.ancestor(0);
            if parent.and_then(|parent| parent.child_by_field_name("type")) == Some(node) {
                return Enter::Done(Value::None);
            }
            let text = l.text(node);
            let cut = text.find(['<', '(']).unwrap_or(text.len());
            let op = l.path(node, text.get(..cut).unwrap_or(text));
            Enter::Done(Value::Op(op))
        }
        "field_declaration" => Enter::Descend,
        "lambda_expression" => {
            l.begin_function(node, "", FuncKind::Closure);
            if let Some(declarator) = node.child_by_field_name("declarator") {
                c::params(l, declarator);
            }
            Enter::Descend
        }
        _ => c::enter(l, node),
    }
}

fn exit<'t>(l: &mut Lowering<'t>, node: Node<'t>, kids: &[Kid<'t>]) -> Value {
    match node.kind() {
        "class_specifier" | "struct_specifier" => {
            l.end_class(node);
            Value::None
        }
        "namespace_definition" => Value::None,
        "catch_clause" => {
            l.emit(node, Op::End);
            Value::None
        }
        "lambda_expression" => Value::Op(l.end_function(node)),
        "new_expression" | "compound_literal_expression" => {
            let ty = node.child_by_field_name("type").map_or("", |ty| l.text(ty));
            let callee = l.path(node, type_name(ty));
            let args = arguments(kids);
            Value::Op(l.call(node, callee, args, true))
        }
        "for_range_loop" => {
            l.emit(node, Op::End);
            Value::None
        }
        "call_expression" => {
            // `std::make_unique<T>(…)` makes a `T`.
            let made = node.child_by_field_name("function").map(|function| l.text(function));
            let made = made.filter(|text| text.contains("make_unique<") || text.contains("make_shared<"));
            if let Some((_, ty)) = made.and_then(|text| text.split_once('<')) {
                let callee = l.path(node, type_name(ty.trim_end_matches('>')));
                return Value::Op(l.call(node, callee, arguments(kids), true));
            }
            let (callee, args) = (l.field("function"), l.field("arguments"));
            l.call_of(node, kids, callee, args, false)
        }
        "binary_expression" => {
            let operator = node.child_by_field_name("operator").map_or("", |operator| l.text(operator));
            let value = l.binary(node, operator, kids);
            let whole = l.ancestor(0).is_some_and(|parent| parent.kind() == "expression_statement");
            if operator == "<<"
                && whole
                && let Some(op) = value.op()
            {
                insertion(l, node, op);
            }
            value
        }
        "field_declaration" => {
            let value = node.child_by_field_name("default_value");
            let mut cursor = node.walk();
            let declarators: Vec<Node<'t>> = node.children_by_field_name("declarator", &mut cursor).collect();
            if let (Some(value), [declarator]) = (value, declarators.as_slice())
                && l.text(value) == "0"
                && let Some(declarator) = c::function_of(*declarator)
            {
                // What is behind a method without a body is found among those that extend the class.
                let name = c::name_of(declarator).map_or("", |name| l.text(name));
                l.begin_function(node, name, FuncKind::Named);
                c::params(l, declarator);
                l.end_function(node);
                return Value::None;
            }
            let text = node.child_by_field_name("type").map_or("", |ty| l.text(ty));
            let inner = inner_type(l, text);
            let text = inner.as_deref().unwrap_or(text);
            let made = value.filter(|value| value.kind() != "initializer_list");
            let made = made.and_then(|_| l.kid(kids, "default_value"));
            for (at, declarator) in declarators.iter().copied().enumerate() {
                // `std::string name, node = "-", note;` gives a value to the second alone.
                let next = declarators.get(at + 1).map_or(usize::MAX, Node::start_byte);
                let own = |value: &Node<'t>| (declarator.end_byte()..next).contains(&value.start_byte());
                let made = made.filter(|_| value.as_ref().is_some_and(own));
                // A method whose body stands elsewhere is no field.
                if c::function_of(declarator).is_some() {
                    continue;
                }
                let plain = declarator.kind() == "function_declarator" || text.contains('{');
                if let Some(name) = c::name_of(declarator) {
                    l.declare(node, l.text(name), if plain { "" } else { text }, made);
                }
            }
            Value::None
        }
        "field_initializer" => {
            // `Client() : http_(url)` constructs a member.
            let name = node.named_child(0).map_or("", |name| l.text(name));
            let args = arguments(kids);
            let own = |class: &str| class.rsplit([':', '.']).next() == name.rsplit(':').next();
            let (class, bases) = l.extends();
            let chained = match (own(class), bases.first()) {
                (true, _) => Some("this"),
                (_, Some(base)) if own(base) => Some("super"),
                _ => None,
            };
            if let Some(chained) = chained {
                // `Report() : Sheet("plain")`, `Report() : Report("plain")`.
                let callee = l.path(node, chained);
                l.call(node, callee, args, false);
                return Value::None;
            }
            if let Some(first) = args.first() {
                // Of a member and a parameter with one name the member comes first, and the parameter behind it.
                let this = l.path(node, "this");
                let symbol = l.sym(name);
                let target = l.emit(node, Op::Field(this, symbol));
                l.emit(node, Op::Assign { target, value: first.value, augment: false });
            }
            Value::None
        }
        "init_declarator" => {
            // `std::ifstream in(path)` and `T x{…}` call a constructor.
            let ty = l.ancestor(0).and_then(|parent| parent.child_by_field_name("type"));
            let value = node.child_by_field_name("value");
            let constructs =
                value.is_some_and(|value| matches!(value.kind(), "argument_list" | "initializer_list"));
            let class = ty.is_some_and(|ty| {
                matches!(ty.kind(), "qualified_identifier" | "type_identifier" | "template_type")
            });
            if let (true, true, Some(ty)) = (constructs, class, ty) {
                let callee = l.path(node, type_name(l.text(ty)));
                let value = l.call(node, callee, arguments(kids), true);
                if let Some(name) =
                    node.child_by_field_name("declarator").and_then(|declarator| c::name_of(declarator))
                {
                    l.declare(node, l.text(name), "", Some(value));
                }
                return Value::None;
            }
            if let (Some(places), Some(value)) = (structured(node), l.kid(kids, "value")) {
                // `auto [name, size] = entry();`
                let target = bound(l, places);
                l.assign(node, target, value, false);
                return Value::None;
            }
            c::exit(l, node, kids)
        }
        "declaration" => {
            // `httplib::Client client;` constructs too, and so does what looks like a prototype in a body.
            let Some(ty) = node.child_by_field_name("type") else { return Value::None };
            if let Some(value) = l.kid(kids, "value") {
                // `if (const char* home = getenv("HOME"))`.
                let name =
                    node.child_by_field_name("declarator").and_then(|declarator| c::name_of(declarator));
                if let Some(name) = name {
                    l.declare(node, l.text(name), l.text(ty), Some(value));
                }
                return Value::Op(value);
            }
            let local = l.ancestor(0).is_some_and(|parent| parent.kind() == "compound_statement");
            if matches!(ty.kind(), "qualified_identifier" | "type_identifier" | "template_type") && local {
                let mut cursor = node.walk();
                let declarators: Vec<Node<'t>> =
                    node.children_by_field_name("declarator", &mut cursor).collect();
                let mut constructed = false;
                for declarator in declarators {
                    let name = match declarator.kind() {
                        "identifier" => Some(declarator),
                        "function_declarator" => declarator.child_by_field_name("declarator"),
                        _ => None,
                    };
                    let Some(name) = name else { continue };
                    let mut args = Vec::new();
                    if let Some(list) = declarator.child_by_field_name("parameters") {
                        let mut cursor = list.walk();
                        for parameter in list.named_children(&mut cursor).collect::<Vec<_>>() {
                            let value = l.path(parameter, type_name(l.text(parameter)));
                            args.push(Arg { name: 0, value, spread: false });
                        }
                    }
                    let callee = l.path(node, type_name(l.text(ty)));
                    let value = l.call(node, callee, args, true);
                    l.declare(node, l.text(name), "", Some(value));
                    constructed = true;
                }
                if constructed {
                    return Value::None;
                }
            }
            c::exit(l, node, kids)
        }
        _ => c::exit(l, node, kids),
    }
}

/// `std::unique_ptr<Impl>` in a class that says `struct Impl;`: what it is stands in another file, as
/// `struct Link::Impl { … }`.
fn inner_type(l: &Lowering<'_>, written: &str) -> Option<String> {
    /// Most members of a class among which the declaration is looked for.
    const MOST: usize = 256;
    let name = type_name(written);
    let body = l.ancestor(0).filter(|body| body.kind() == "field_declaration_list")?;
    let plain = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if !plain || !name.starts_with(|first: char| first.is_ascii_uppercase()) {
        return None;
    }
    let outer = l.current_class().and_then(|class| l.unit.classes.get(class as usize))?;
    let outer = l.unit.strings.get(outer.name);
    let mut cursor = body.walk();
    let declares = |member: Node<'_>| {
        let ty =
            member.child_by_field_name("type").filter(|_| member.child_by_field_name("declarator").is_none());
        ty.is_some_and(|ty| {
            matches!(ty.kind(), "struct_specifier" | "class_specifier")
                && ty.child_by_field_name("body").is_none()
                && ty.child_by_field_name("name").is_some_and(|own| l.text(own) == name)
        })
    };
    body.named_children(&mut cursor).take(MOST).any(declares).then(|| format!("{outer}.{name}"))
}

/// `a << b << c` as a statement: `a` is given `b` and `c`.
fn insertion<'t>(l: &mut Lowering<'t>, node: Node<'t>, op: OpId) {
    let mut given = Vec::new();
    let mut at = op;
    for _ in 0..256 {
        let Some(Op::Concat(parts)) = l.current().ops.get(at as usize) else { break };
        let (Some(first), Some(last)) = (parts.first().copied(), parts.last().copied()) else { break };
        given.push(Arg { name: 0, value: last, spread: false });
        at = first;
    }
    given.reverse();
    let symbol = l.sym("<<");
    let callee = l.emit(node, Op::Field(at, symbol));
    l.call(node, callee, given, false);
}

/// The names in brackets that a declaration or a range-based loop binds.
fn structured(node: Node<'_>) -> Option<Node<'_>> {
    let mut at = node.child_by_field_name("declarator")?;
    for _ in 0..4 {
        if at.kind() == "structured_binding_declarator" {
            return Some(at);
        }
        at = at.named_child(0)?;
    }
    None
}

/// The places such names are.
fn bound<'t>(l: &mut Lowering<'t>, places: Node<'t>) -> OpId {
    let mut cursor = places.walk();
    let names: Vec<Node<'t>> =
        places.named_children(&mut cursor).filter(|child| child.kind() == "identifier").take(16).collect();
    let mut ops = Vec::new();
    for name in names {
        let symbol = l.sym_of(name);
        ops.push(l.emit(name, Op::Name(symbol)));
    }
    l.emit(places, Op::List(ops.into()))
}

/// What a range-based loop binds: a name, a reference to one, or several in brackets.
fn between<'t>(l: &mut Lowering<'t>, node: Node<'t>, kids: &[Kid<'t>]) {
    let Some(kid) = kids.last().filter(|_| node.kind() == "for_range_loop") else { return };
    if kid.field != l.field("right") {
        return;
    }
    if let (Some(declarator), Some(iterated)) = (node.child_by_field_name("declarator"), kid.value.op()) {
        let value = l.emit(node, Op::Element(iterated));
        if let Some(places) = structured(node) {
            let target = bound(l, places);
            l.assign(node, target, value, false);
            l.emit(node, Op::Branch(None));
            return;
        }
        let ty = node.child_by_field_name("type").map_or("", |ty| l.text(ty));
        let mut names = Vec::new();
        each_node(declarator, |child| {
            if child.kind() == "identifier" {
                names.push(child);
            }
        });
        for name in names.into_iter().take(16) {
            l.declare(node, l.text(name), ty, Some(value));
        }
    }
    l.emit(node, Op::Branch(None));
}

/// The arguments among the values of a construction, however they are written.
fn arguments(kids: &[Kid<'_>]) -> Vec<Arg> {
    for kid in kids {
        if let Value::Args(args) = &kid.value {
            return args.clone();
        }
    }
    kids.iter()
        .filter(|kid| matches!(kid.node.kind(), "initializer_list"))
        .filter_map(|kid| kid.value.op())
        .map(|value| Arg { name: 0, value, spread: false })
        .collect()
}
