//! Java.

use tree_sitter::Node;

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

/// Java.
pub static SPEC: Spec = Spec {
    language: Language::Java,
    grammar: || tree_sitter_java::LANGUAGE.into(),
    shapes: &[&[
        ("line_comment", Shape::Skip),
        ("block_comment", Shape::Skip),
        ("program", Shape::Block),
        ("block", Shape::Block),
        ("class_body", Shape::Hook),
        ("interface_body", Shape::Block),
        ("enum_body", Shape::Block),
        ("enum_body_declarations", Shape::Block),
        ("enum_constant", Shape::Hook),
        ("constructor_body", Shape::Block),
        ("expression_statement", Shape::Pass),
        ("formal_parameters", Shape::Skip),
        ("inferred_parameters", Shape::Skip),
        ("modifiers", Shape::Skip),
        ("annotation", Shape::Skip),
        ("marker_annotation", Shape::Skip),
        ("type_identifier", Shape::Skip),
        ("scoped_type_identifier", Shape::Skip),
        ("generic_type", Shape::Skip),
        ("array_type", Shape::Skip),
        ("integral_type", Shape::Skip),
        ("floating_point_type", Shape::Skip),
        ("boolean_type", Shape::Skip),
        ("void_type", Shape::Skip),
        ("type_arguments", Shape::Skip),
        ("type_parameters", Shape::Skip),
        ("superclass", Shape::Skip),
        ("super_interfaces", Shape::Skip),
        ("throws", Shape::Skip),
        ("dimensions", Shape::Skip),
        ("identifier", Shape::Name),
        ("this", Shape::Name),
        ("super", Shape::Name),
        ("string_literal", Shape::Template),
        ("string_fragment", Shape::Str),
        ("multiline_string_fragment", Shape::Str),
        ("escape_sequence", Shape::Str),
        ("character_literal", Shape::Str),
        ("decimal_integer_literal", Shape::Int),
        ("hex_integer_literal", Shape::Int),
        ("true", Shape::Literal),
        ("false", Shape::Literal),
        ("null_literal", Shape::Literal),
        ("decimal_floating_point_literal", Shape::Literal),
        ("class_literal", Shape::Literal),
        ("field_access", Shape::Member("object", "field")),
        ("array_access", Shape::Index("array", "index")),
        ("method_invocation", Shape::Hook),
        ("object_creation_expression", Shape::Hook),
        ("argument_list", Shape::Args),
        ("array_initializer", Shape::List),
        ("method_reference", Shape::Hook),
        ("assignment_expression", Shape::Assign("left", "right")),
        ("binary_expression", Shape::Binary("operator")),
        ("instanceof_expression", Shape::Hook),
        ("switch_expression", Shape::Hook),
        ("pattern", Shape::Skip),
        ("record_pattern", Shape::Skip),
        ("cast_expression", Shape::Pass),
        ("variable_declarator", Shape::Hook),
        ("resource", Shape::Declare("name", "type", "value")),
        ("class_declaration", Shape::Hook),
        ("interface_declaration", Shape::Hook),
        ("enum_declaration", Shape::Hook),
        ("record_declaration", Shape::Hook),
        ("method_declaration", Shape::Function("name", "body")),
        ("constructor_declaration", Shape::Hook),
        ("explicit_constructor_invocation", Shape::Call("constructor", "arguments")),
        ("lambda_expression", Shape::Function("", "body")),
        ("return_statement", Shape::Return),
        ("throw_statement", Shape::Leave),
        ("if_statement", Shape::If("condition", "alternative")),
        ("while_statement", Shape::If("condition", "")),
        ("for_statement", Shape::If("condition", "")),
        ("ternary_expression", Shape::If("condition", "alternative")),
        ("enhanced_for_statement", Shape::For("name", "value", "body")),
        ("catch_clause", Shape::Hook),
        ("catch_formal_parameter", Shape::Skip),
        ("switch_block_statement_group", Shape::Hook),
        ("switch_rule", Shape::Hook),
        ("switch_label", Shape::Hook),
        ("import_declaration", Shape::Hook),
        ("package_declaration", Shape::Hook),
    ]],
    names_only: &[
        ("method_invocation", "name"),
        ("variable_declarator", "name"),
        ("constructor_declaration", "name"),
        ("enhanced_for_statement", "type"),
        ("class_declaration", "name"),
        ("enum_declaration", "name"),
        ("interface_declaration", "name"),
        ("record_declaration", "name"),
        ("enum_constant", "name"),
        ("lambda_expression", "parameters"),
        ("labeled_statement", "label"),
    ],
    enter,
    exit,
    between,
    params,
    literal,
    prepare: Some(super::unicode::put_back_signs),
    implicit_this: true,
    ignore_case: false,
};

fn enter<'t>(l: &mut Lowering<'t>, node: Node<'t>) -> Enter {
    match node.kind() {
        "class_body" => {
            if let Some(around) = l.ancestor(0).filter(|around| around.kind() == "object_creation_expression")
            {
                let ty = around.child_by_field_name("type").map_or("", |ty| l.text(ty));
                let base = type_name(ty).to_owned();
                l.begin_class(node, &format!("{base}@{}", node.start_byte()), vec![base]);
            } else if l.ancestor(0).is_some_and(|around| around.kind() == "enum_constant") {
                let base = enumeration(l);
                l.begin_class(node, &format!("{base}@{}", node.start_byte()), vec![base]);
            }
            Enter::Descend
        }
        "import_declaration" => {
            let text = l.text(node).trim_start_matches("import").trim().trim_end_matches(';').trim();
            let text = text.strip_prefix("static ").unwrap_or(text).trim();
            match text.strip_suffix(".*") {
                Some(package) => l.import(node, package, "", true),
                None => {
                    let local = text.rsplit('.').next().unwrap_or(text);
                    l.import(node, text, local, false);
                }
            }
            Enter::Done(Value::None)
        }
        "package_declaration" => {
            let name = node.named_child(0).map_or("", |name| l.text(name));
            let package = l.sym(name);
            l.unit.package = Some(package);
            Enter::Done(Value::None)
        }
        "class_declaration" | "interface_declaration" | "enum_declaration" | "record_declaration" => {
            let name = node.child_by_field_name("name").map_or("", |name| l.text(name));
            let mut bases = Vec::new();
            let mut cursor = node.walk();
            let clauses: Vec<Node<'t>> = node
                .named_children(&mut cursor)
                .filter(|child| {
                    matches!(child.kind(), "superclass" | "super_interfaces" | "extends_interfaces")
                })
                .collect();
            for clause in clauses {
                let text = l.text(clause).trim_start_matches("extends").trim_start_matches("implements");
                bases.extend(text.split(',').map(|base| base.trim().to_owned()));
            }
            l.begin_class(node, name, bases);
            if let Some(list) = node.child_by_field_name("parameters") {
                // The components of a record are fields.
                let mut cursor = list.walk();
                for child in list.named_children(&mut cursor).collect::<Vec<_>>() {
                    let ty = child.child_by_field_name("type").map_or("", |ty| l.text(ty));
                    if let Some(name) = child.child_by_field_name("name") {
                        l.declare(child, l.text(name), ty, None);
                    }
                }
            }
            Enter::Descend
        }
        "constructor_declaration" => {
            l.begin_function(node, "constructor", FuncKind::Named);
            params(l, node);
            Enter::Descend
        }
        "catch_clause" | "switch_block_statement_group" | "switch_rule" => {
            l.emit(node, Op::Branch(None));
            if let Some(parameter) = child_of(node, &["catch_formal_parameter"]) {
                let types = child_of(parameter, &["catch_type"]).map_or("", |types| l.text(types));
                let name = parameter.child_by_field_name("name").map_or("", |name| l.text(name));
                l.caught(node, types, name);
            }
            Enter::Descend
        }
        "method_reference" => {
            let text = l.text(node);
            let op = match text.split_once("::") {
                Some((of, name)) => l.path(node, &format!("{of}.{name}")),
                None => l.path(node, text),
            };
            Enter::Done(Value::Op(op))
        }
        _ => Enter::Descend,
    }
}

/// What a switch is about is bound by the patterns of its cases.
fn between<'t>(l: &mut Lowering<'t>, node: Node<'t>, kids: &[Kid<'t>]) {
    let Some(kid) = kids.last() else { return };
    match node.kind() {
        "switch_expression" if kid.field == l.field("condition") => {
            l.kept.push(kid.value.op().unwrap_or(OpId::MAX));
        }
        "switch_label" if kid.node.kind() == "pattern" => {
            if let Some(subject) = l.kept.last().copied().filter(|op| *op != OpId::MAX) {
                super::patterns::match_typed(l, kid.node, subject);
            }
        }
        _ => {}
    }
}

fn exit<'t>(l: &mut Lowering<'t>, node: Node<'t>, kids: &[Kid<'t>]) -> Value {
    match node.kind() {
        "instanceof_expression" => {
            let left = l.kid(kids, "left");
            if let (Some(name), Some(left)) = (node.child_by_field_name("name"), left) {
                let ty = node.child_by_field_name("right").map_or("", |ty| l.text(ty));
                l.declare(node, l.text(name), ty, Some(left));
            }
            if let (Some(pattern), Some(left)) = (node.child_by_field_name("pattern"), left) {
                super::patterns::match_typed(l, pattern, left);
            }
            let ops: Vec<OpId> = left.into_iter().collect();
            Value::Op(l.emit(node, Op::Compare(ops.into())))
        }
        "switch_label" => Value::None,
        "switch_rule" | "switch_block_statement_group" => {
            l.emit(node, Op::End);
            match kids.iter().rev().find_map(|kid| kid.value.op()) {
                Some(value) if node.kind() == "switch_rule" => Value::Op(value),
                _ => Value::None,
            }
        }
        "switch_expression" => {
            let field = l.field("condition");
            if kids.iter().any(|kid| kid.field == field) {
                l.kept.pop();
            }
            l.kid(kids, "body").map_or(Value::None, Value::Op)
        }
        "method_invocation" => {
            let name = node.child_by_field_name("name");
            let args = kids.iter().find_map(|kid| match &kid.value {
                Value::Args(args) => Some(args.clone()),
                _ => None,
            });
            let Some(name) = name else { return l.mix(node, kids) };
            let symbol = l.sym_of(name);
            let callee = match l.kid(kids, "object") {
                Some(object) => l.emit(name, Op::Field(object, symbol)),
                None => l.emit(name, Op::Name(symbol)),
            };
            Value::Op(l.call(node, callee, args.unwrap_or_default(), false))
        }
        "object_creation_expression" => {
            let ty = node.child_by_field_name("type").map_or("", |ty| l.text(ty));
            let args = kids.iter().find_map(|kid| match &kid.value {
                Value::Args(args) => Some(args.clone()),
                _ => None,
            });
            let args = args.unwrap_or_default();
            let callee = l.path(node, type_name(ty));
            let made = l.call(node, callee, args.clone(), true);
            let own = kids.iter().find(|kid| kid.node.kind() == "class_body").and_then(|kid| kid.value.op());
            Value::Op(match own {
                // A class without a name is what it extends, and has methods of its own.
                Some(class) => {
                    let own = l.call(node, class, args, true);
                    l.emit(node, Op::Any([own, made].into()))
                }
                None => made,
            })
        }
        "class_body" => match l.ancestor(0) {
            Some(around) if matches!(around.kind(), "object_creation_expression" | "enum_constant") => {
                Value::Op(l.end_class(node))
            }
            _ => Value::None,
        },
        "enum_constant" => {
            // `VAULT { … }` is one of the enumeration, and has methods of its own.
            let base = enumeration(l);
            let name = node.child_by_field_name("name").map_or("", |name| l.text(name));
            let args = kids.iter().find_map(|kid| match &kid.value {
                Value::Args(args) => Some(args.clone()),
                _ => None,
            });
            let own = kids.iter().find(|kid| kid.node.kind() == "class_body").and_then(|kid| kid.value.op());
            if args.is_none() && own.is_none() {
                l.declare(node, name, &base, None);
                return Value::None;
            }
            let callee = match own {
                Some(class) => class,
                None => l.path(node, &base),
            };
            let made = l.call(node, callee, args.unwrap_or_default(), true);
            l.declare(node, name, "", Some(made));
            Value::None
        }
        "variable_declarator" => {
            let ty = l
                .ancestor(0)
                .and_then(|parent| parent.child_by_field_name("type"))
                .map_or("", |ty| l.text(ty));
            let value = l.kid(kids, "value");
            if let Some(name) = node.child_by_field_name("name") {
                l.declare(node, l.text(name), ty, value);
            }
            Value::None
        }
        "class_declaration" | "interface_declaration" | "enum_declaration" | "record_declaration" => {
            l.end_class(node);
            Value::None
        }
        "constructor_declaration" => {
            let value = l.end_function(node);
            l.declare(node, "constructor", "", Some(value));
            Value::None
        }
        "catch_clause" => {
            let empty = node.child_by_field_name("body").is_some_and(|body| body.named_child_count() == 0);
            if empty {
                l.swallow(node);
            }
            l.emit(node, Op::End);
            Value::None
        }
        _ => l.mix(node, kids),
    }
}

/// The name of the enumeration around.
fn enumeration(l: &Lowering<'_>) -> String {
    let around = (0..3).filter_map(|up| l.ancestor(up)).find(|around| around.kind() == "enum_declaration");
    around.and_then(|around| around.child_by_field_name("name")).map_or("", |name| l.text(name)).to_owned()
}

fn params<'t>(l: &mut Lowering<'t>, node: Node<'t>) {
    let Some(list) = node.child_by_field_name("parameters") else { return };
    if list.kind() == "identifier" {
        l.param(l.text(list), "", false);
        return;
    }
    let mut cursor = list.walk();
    let children: Vec<Node<'t>> =
        list.named_children(&mut cursor).filter(|child| !child.is_extra()).collect();
    for child in children {
        match child.kind() {
            "identifier" => l.param(l.text(child), "", false),
            "receiver_parameter" => {}
            _ => {
                let ty = child.child_by_field_name("type").map_or("", |ty| l.text(ty));
                let name = child.child_by_field_name("name").map_or("", |name| l.text(name));
                l.param(name, ty, false);
                l.param_mark(child);
            }
        }
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
