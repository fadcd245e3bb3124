//! Go.

use tree_sitter::Node;

use crate::scan::code::ir::Arg;
use crate::scan::code::ir::FuncKind;
use crate::scan::code::ir::Op;
use crate::scan::code::language::Language;
use crate::scan::code::lower::Enter;
use crate::scan::code::lower::Kid;
use crate::scan::code::lower::Lowering;
use crate::scan::code::lower::Shape;
use crate::scan::code::lower::Spec;
use crate::scan::code::lower::Value;
use crate::scan::code::lower::type_name;
use crate::scan::code::lower::unescape_literal;

/// Go.
pub static SPEC: Spec = Spec {
    language: Language::Go,
    grammar: || tree_sitter_go::LANGUAGE.into(),
    shapes: &[&[
        ("comment", Shape::Skip),
        ("source_file", Shape::Block),
        ("package_clause", Shape::Skip),
        ("block", Shape::Block),
        ("statement_list", Shape::Block),
        ("expression_statement", Shape::Block),
        ("parameter_list", Shape::Skip),
        ("type_identifier", Shape::Skip),
        ("qualified_type", Shape::Skip),
        ("pointer_type", Shape::Skip),
        ("slice_type", Shape::Skip),
        ("array_type", Shape::Skip),
        ("map_type", Shape::Skip),
        ("channel_type", Shape::Hook),
        ("function_type", Shape::Skip),
        ("interface_type", Shape::Skip),
        ("generic_type", Shape::Skip),
        ("type_arguments", Shape::Skip),
        ("type_parameter_list", Shape::Skip),
        ("identifier", Shape::Name),
        ("package_identifier", Shape::Name),
        ("interpreted_string_literal", Shape::Template),
        ("raw_string_literal", Shape::Template),
        ("interpreted_string_literal_content", Shape::Str),
        ("raw_string_literal_content", Shape::Str),
        ("escape_sequence", Shape::Str),
        ("rune_literal", Shape::Literal),
        ("int_literal", Shape::Int),
        ("float_literal", Shape::Literal),
        ("true", Shape::Literal),
        ("false", Shape::Literal),
        ("nil", Shape::Literal),
        ("selector_expression", Shape::Member("operand", "field")),
        ("index_expression", Shape::Index("operand", "index")),
        ("slice_expression", Shape::Pass),
        ("unary_expression", Shape::Hook),
        ("call_expression", Shape::Call("function", "arguments")),
        ("argument_list", Shape::Args),
        ("variadic_argument", Shape::Spread),
        ("composite_literal", Shape::Hook),
        ("literal_value", Shape::List),
        ("keyed_element", Shape::Pair("key", "value")),
        ("binary_expression", Shape::Binary("operator")),
        ("expression_list", Shape::Hook),
        ("short_var_declaration", Shape::Assign("left", "right")),
        ("assignment_statement", Shape::Assign("left", "right")),
        ("var_spec", Shape::Hook),
        ("const_spec", Shape::Hook),
        ("function_declaration", Shape::Function("name", "body")),
        ("method_declaration", Shape::Hook),
        ("func_literal", Shape::Function("", "body")),
        ("type_spec", Shape::Hook),
        ("field_declaration", Shape::Hook),
        ("return_statement", Shape::Hook),
        ("if_statement", Shape::If("condition", "alternative")),
        ("type_switch_statement", Shape::Hook),
        ("range_clause", Shape::For("left", "right", "")),
        ("expression_case", Shape::Branch),
        ("type_case", Shape::Branch),
        ("default_case", Shape::Branch),
        ("communication_case", Shape::Branch),
        ("send_statement", Shape::Hook),
        ("import_spec", Shape::Hook),
    ]],
    names_only: &[
        ("keyed_element", "key"),
        ("var_spec", "name"),
        ("const_spec", "name"),
        ("field_declaration", "name"),
        ("method_declaration", "name"),
        ("type_spec", "name"),
        ("composite_literal", "type"),
    ],
    enter,
    exit,
    between,
    params,
    literal,
    prepare: None,
    implicit_this: false,
    ignore_case: false,
};

fn enter<'t>(l: &mut Lowering<'t>, node: Node<'t>) -> Enter {
    match node.kind() {
        // `make(chan Job)` is a channel.
        "channel_type" => match l.ancestor(0).map(|around| around.kind()) {
            Some("argument_list") => {
                let op = l.path(node, "chan");
                Enter::Done(Value::Op(op))
            }
            _ => Enter::Done(Value::None),
        },
        "import_spec" => {
            let path =
                node.child_by_field_name("path").map_or("", |path| l.text(path).trim_matches(['"', '`']));
            let name = node.child_by_field_name("name").map_or("", |name| l.text(name));
            // `…/v2` is a version, not a name.
            let mut parts = path.rsplit('/');
            let mut last = parts.next().unwrap_or(path);
            if last.len() > 1 && last.starts_with('v') && last[1..].bytes().all(|byte| byte.is_ascii_digit())
            {
                last = parts.next().unwrap_or(last);
            }
            let last = last.strip_prefix("go-").or(last.strip_suffix("-go")).unwrap_or(last);
            let last = last.split_once('.').map_or(last, |(name, _)| name);
            match name {
                "." => l.import(node, path, "", true),
                "_" => l.import(node, path, "", false),
                "" => l.import(node, path, last, false),
                name => l.import(node, path, name, false),
            }
            Enter::Done(Value::None)
        }
        "method_declaration" => {
            let name = node.child_by_field_name("name").map_or("", |name| l.text(name));
            let receiver = node.child_by_field_name("receiver").and_then(|list| list.named_child(0));
            let ty = receiver
                .and_then(|receiver| receiver.child_by_field_name("type"))
                .map_or("", |ty| l.text(ty));
            let class = l.class_named(type_name(ty));
            l.begin_function(node, name, FuncKind::Named);
            l.current().class = Some(class);
            let this = receiver
                .and_then(|receiver| receiver.child_by_field_name("name"))
                .map_or("_", |name| l.text(name));
            l.param(this, ty, true);
            params(l, node);
            Enter::Descend
        }
        "type_spec" => {
            let name = node.child_by_field_name("name").map_or("", |name| l.text(name));
            match node.child_by_field_name("type").map(|ty| (ty.kind(), ty)) {
                Some(("struct_type", _)) => {
                    l.begin_class(node, name, Vec::new());
                    Enter::Descend
                }
                Some(("interface_type", ty)) => {
                    // Whatever has its methods is one of it.
                    let mut cursor = ty.walk();
                    let methods: Vec<Node<'t>> = ty
                        .named_children(&mut cursor)
                        .filter(|child| child.kind() == "method_elem")
                        .collect();
                    if methods.is_empty() {
                        return Enter::Done(Value::None);
                    }
                    l.begin_class(node, name, Vec::new());
                    l.structural();
                    for method in methods {
                        let name = method.child_by_field_name("name").map_or("", |name| l.text(name));
                        l.begin_function(method, name, FuncKind::Named);
                        params(l, method);
                        l.end_function(method);
                    }
                    l.end_class(node);
                    Enter::Done(Value::None)
                }
                _ => Enter::Done(Value::None),
            }
        }
        _ => Enter::Descend,
    }
}

/// `switch event := next().(type)`: the name stands for what is looked at.
fn between<'t>(l: &mut Lowering<'t>, node: Node<'t>, kids: &[Kid<'t>]) {
    let Some(kid) = kids.last() else { return };
    if node.kind() == "type_switch_statement"
        && kid.field == l.field("value")
        && let (Some(name), Some(value)) = (node.child_by_field_name("alias"), kid.value.op())
    {
        l.declare(node, l.text(name), "", Some(value));
    }
}

fn exit<'t>(l: &mut Lowering<'t>, node: Node<'t>, kids: &[Kid<'t>]) -> Value {
    match node.kind() {
        "unary_expression" => super::patterns::pointed_to(l, node, kids),
        "method_declaration" => {
            l.end_function(node);
            Value::None
        }
        "type_spec" => {
            l.end_class(node);
            Value::None
        }
        "field_declaration" => {
            let ty = node.child_by_field_name("type").map_or("", |ty| l.text(ty));
            let mut cursor = node.walk();
            let names = node.children_by_field_name("name", &mut cursor).collect::<Vec<_>>();
            if names.is_empty() {
                // What is embedded gives its methods, and is a field called like its type.
                l.add_base(ty);
                let name = type_name(ty);
                l.declare(node, name.rsplit('.').next().unwrap_or(name), ty, None);
            }
            for name in names {
                l.declare(node, l.text(name), ty, None);
            }
            Value::None
        }
        "return_statement" => {
            let value = l.mix(node, kids).op();
            let value = value.or_else(|| results(l, node));
            l.emit(node, Op::Return(value));
            Value::None
        }
        "composite_literal" => {
            let ty = node.child_by_field_name("type").map_or("", |ty| l.text(ty));
            let body = kids.iter().rev().find_map(|kid| kid.value.op());
            // A list of texts or numbers is what stands in it.
            let plain = ["string", "byte", "rune", "bool", "any", "interface{}", "error"];
            let element = ty.rsplit(']').next().unwrap_or(ty);
            let list = ty.starts_with('[') || ty.starts_with("map");
            let bare = plain.contains(&element)
                || ["int", "uint", "float", "func"].iter().any(|start| element.starts_with(start));
            let symbol = if list && bare { 0 } else { l.type_sym(ty) };
            if symbol == 0 {
                return body.map_or(Value::None, Value::Op);
            }
            let typed = if ty.trim_start_matches('&').contains('.') && !ty.contains('[') {
                // A type of another package: what is made of it may be worth knowing.
                let made = l.path(node, "$literal");
                let name = l.path(node, ty);
                let mut args = vec![Arg { name: 0, value: name, spread: false }];
                args.extend(body.map(|value| Arg { name: 0, value, spread: false }));
                l.call(node, made, args, false);
                l.emit(node, Op::OfType(symbol))
            } else {
                l.emit(node, Op::OfType(symbol))
            };
            Value::Op(match body {
                Some(body) => l.emit(node, Op::Any([typed, body].into())),
                None => typed,
            })
        }
        "expression_list" => {
            let ops: Vec<u32> = kids.iter().filter_map(|kid| kid.value.op()).collect();
            match ops.as_slice() {
                [one] => Value::Op(*one),
                _ => Value::Op(l.emit(node, Op::List(ops.into()))),
            }
        }
        "var_spec" | "const_spec" => {
            let ty = node.child_by_field_name("type").map_or("", |ty| l.text(ty));
            let value = l.kid(kids, "value");
            let mut cursor = node.walk();
            for name in node.children_by_field_name("name", &mut cursor).collect::<Vec<_>>() {
                l.declare(node, l.text(name), ty, value);
            }
            Value::None
        }
        "send_statement" => {
            if let (Some(channel), Some(value)) = (l.kid(kids, "channel"), l.kid(kids, "value")) {
                let target = l.emit(node, Op::Element(channel));
                l.emit(node, Op::Assign { target, value, augment: false });
            }
            Value::None
        }
        _ => l.mix(node, kids),
    }
}

/// What a bare `return` gives: the function's named results.
fn results<'t>(l: &mut Lowering<'t>, node: Node<'t>) -> Option<u32> {
    let kinds = ["function_declaration", "method_declaration", "func_literal"];
    let function = (0..64).map_while(|up| l.ancestor(up)).find(|around| kinds.contains(&around.kind()))?;
    let list = function.child_by_field_name("result").filter(|list| list.kind() == "parameter_list")?;
    let mut ops = Vec::new();
    let mut cursor = list.walk();
    for declaration in list.named_children(&mut cursor).collect::<Vec<_>>() {
        let mut cursor = declaration.walk();
        for name in declaration.children_by_field_name("name", &mut cursor).collect::<Vec<_>>() {
            ops.push(l.path(node, l.text(name)));
        }
    }
    match ops.as_slice() {
        [] => None,
        [one] => Some(*one),
        _ => Some(l.emit(node, Op::List(ops.into()))),
    }
}

fn params<'t>(l: &mut Lowering<'t>, node: Node<'t>) {
    let Some(list) = node.child_by_field_name("parameters") else { return };
    let mut cursor = list.walk();
    let children: Vec<Node<'t>> =
        list.named_children(&mut cursor).filter(|child| !child.is_extra()).collect();
    for child in children {
        let ty = child.child_by_field_name("type").map_or("", |ty| l.text(ty));
        let mut cursor = child.walk();
        let names: Vec<Node<'t>> = child.children_by_field_name("name", &mut cursor).collect();
        if names.is_empty() {
            l.param("", ty, false);
        }
        for name in names {
            l.param(l.text(name), ty, false);
        }
    }
}

fn literal<'t>(l: &Lowering<'t>, node: Node<'t>) -> String {
    let text = String::from_utf8_lossy(l.src.get(node.byte_range()).unwrap_or_default());
    if node.kind() == "escape_sequence" { unescape_literal(&text) } else { text.into_owned() }
}
