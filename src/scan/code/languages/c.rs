//! C. The tables and hooks are shared with C++, whose grammar extends this one.

use tree_sitter::Node;

use super::c_macros;
use crate::scan::code::ir::FuncKind;
use crate::scan::code::ir::Op;
use crate::scan::code::language::Language;
use crate::scan::code::lower::Enter;
use crate::scan::code::lower::Kid;
use crate::scan::code::lower::Lowering;
use crate::scan::code::lower::Shape;
use crate::scan::code::lower::Spec;
use crate::scan::code::lower::Value;
use crate::scan::code::lower::unescape_literal;

/// C.
pub static SPEC: Spec = Spec {
    language: Language::C,
    grammar: || tree_sitter_c::LANGUAGE.into(),
    shapes: &[SHAPES],
    names_only: NAMES_ONLY,
    enter,
    exit,
    between: |_, _, _| {},
    params: |_, _| {},
    literal,
    prepare: Some(c_macros::written_out),
    implicit_this: false,
    ignore_case: false,
};

pub(super) const NAMES_ONLY: &[(&str, &str)] = &[
    ("declaration", "declarator"),
    ("init_declarator", "declarator"),
    ("function_definition", "declarator"),
    ("function_definition", "type"),
    ("declaration", "type"),
    ("cast_expression", "type"),
    ("enumerator", "name"),
    ("goto_statement", "label"),
    ("initializer_pair", "designator"),
    ("field_declaration", "declarator"),
];

pub(super) const SHAPES: &[(&str, Shape)] = &[
    ("comment", Shape::Skip),
    ("translation_unit", Shape::Block),
    ("compound_statement", Shape::Block),
    ("declaration_list", Shape::Block),
    ("expression_statement", Shape::Block),
    ("type_descriptor", Shape::Skip),
    ("type_definition", Shape::Hook),
    ("struct_specifier", Shape::Hook),
    ("union_specifier", Shape::Skip),
    ("field_declaration_list", Shape::Block),
    ("field_declaration", Shape::Hook),
    ("enum_specifier", Shape::Skip),
    ("primitive_type", Shape::Skip),
    ("type_identifier", Shape::Skip),
    ("sized_type_specifier", Shape::Skip),
    ("storage_class_specifier", Shape::Skip),
    ("type_qualifier", Shape::Skip),
    ("attribute_specifier", Shape::Hook),
    ("pointer_declarator", Shape::Skip),
    ("array_declarator", Shape::Skip),
    ("function_declarator", Shape::Skip),
    ("parameter_list", Shape::Skip),
    ("preproc_include", Shape::Hook),
    ("preproc_def", Shape::Hook),
    ("preproc_function_def", Shape::Skip),
    ("preproc_call", Shape::Skip),
    ("preproc_defined", Shape::Skip),
    ("preproc_if", Shape::Block),
    ("preproc_ifdef", Shape::Block),
    ("preproc_else", Shape::Block),
    ("preproc_elif", Shape::Block),
    ("identifier", Shape::Name),
    ("string_literal", Shape::Template),
    ("concatenated_string", Shape::Template),
    ("char_literal", Shape::Template),
    ("string_content", Shape::Str),
    ("character", Shape::Str),
    ("escape_sequence", Shape::Str),
    ("number_literal", Shape::Int),
    ("true", Shape::Literal),
    ("false", Shape::Literal),
    ("null", Shape::Literal),
    ("field_expression", Shape::Member("argument", "field")),
    ("subscript_expression", Shape::Index("argument", "index")),
    ("call_expression", Shape::Call("function", "arguments")),
    ("argument_list", Shape::Args),
    ("initializer_list", Shape::List),
    ("initializer_pair", Shape::Hook),
    ("assignment_expression", Shape::Assign("left", "right")),
    ("binary_expression", Shape::Binary("operator")),
    ("sizeof_expression", Shape::Compare),
    ("pointer_expression", Shape::Hook),
    ("cast_expression", Shape::Pass),
    ("function_definition", Shape::Hook),
    ("declaration", Shape::Hook),
    ("init_declarator", Shape::Hook),
    ("return_statement", Shape::Return),
    ("if_statement", Shape::If("condition", "alternative")),
    ("while_statement", Shape::If("condition", "")),
    ("for_statement", Shape::If("condition", "")),
    ("conditional_expression", Shape::If("condition", "alternative")),
    ("case_statement", Shape::Branch),
    ("gnu_asm_expression", Shape::Hook),
];

pub(super) fn enter<'t>(l: &mut Lowering<'t>, node: Node<'t>) -> Enter {
    match node.kind() {
        "preproc_include" => {
            let path = node.child_by_field_name("path").map_or("", |path| l.text(path));
            let path = path.trim_matches(['<', '>', '"']).to_owned();
            l.import(node, &path, "", false);
            Enter::Done(Value::None)
        }
        "preproc_def" => {
            let name = node.child_by_field_name("name").map_or("", |name| l.text(name));
            let value = node.child_by_field_name("value").map_or("", |value| l.text(value)).trim();
            // The grammar takes a trailing comment for part of the text.
            let comment = value.find(" //").or(value.find("/*")).unwrap_or(value.len());
            let value = value.get(..comment).unwrap_or("").trim();
            let quoted = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
            let op = if let Some(text) = quoted.filter(|text| !text.contains('"')) {
                Some(l.string(node, &unescape_literal(text)))
            } else if !value.is_empty()
                && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
            {
                match crate::scan::code::lower::parse_int(value) {
                    Some(number) => Some(l.emit(node, Op::Int(number))),
                    None => Some(l.path(node, value)),
                }
            } else {
                None
            };
            if op.is_some() {
                l.declare(node, name, "", op);
            }
            Enter::Done(Value::None)
        }
        "type_definition" => {
            // `typedef struct { … } link_t;` names the struct, `typedef struct link link_t;` gives it a second name.
            let name = node.child_by_field_name("declarator").filter(|name| name.kind() == "type_identifier");
            let of = node.child_by_field_name("type").filter(|of| of.kind() == "struct_specifier");
            let (Some(name), Some(of)) = (name, of) else { return Enter::Done(Value::None) };
            let tag = of.child_by_field_name("name").map_or("", |tag| l.text(tag));
            let local = l.text(name);
            if !tag.is_empty() && tag != local {
                l.import(node, tag, local, false);
            }
            Enter::Descend
        }
        "struct_specifier" => {
            if node.child_by_field_name("body").is_none() {
                return Enter::Done(Value::None);
            }
            let named = node.child_by_field_name("name").or_else(|| {
                l.ancestor(0)
                    .filter(|around| around.kind() == "type_definition")
                    .and_then(|around| around.child_by_field_name("declarator"))
                    .filter(|name| name.kind() == "type_identifier")
            });
            if named.is_none() && l.ancestor(0).is_none_or(|around| around.kind() != "declaration") {
                return Enter::Done(Value::None);
            }
            let name = named.map_or_else(|| unnamed(node), |name| l.text(name).to_owned());
            l.begin_class(node, &name, Vec::new());
            Enter::Descend
        }
        "field_declaration" => {
            let ty = node.child_by_field_name("type").map_or("", |ty| l.text(ty));
            let mut cursor = node.walk();
            let declarators: Vec<Node<'t>> = node.children_by_field_name("declarator", &mut cursor).collect();
            for declarator in declarators {
                let pointer = declarator.kind() == "function_declarator";
                if let Some(name) = name_of(declarator) {
                    l.declare(node, l.text(name), if pointer || ty.contains('{') { "" } else { ty }, None);
                }
            }
            Enter::Done(Value::None)
        }
        "attribute_specifier" => {
            if l.text(node).contains("constructor") {
                let callee = l.path(node, "__attribute__.constructor");
                l.call(node, callee, Vec::new(), false);
            }
            Enter::Done(Value::None)
        }
        "gnu_asm_expression" => {
            let callee = l.path(node, "asm");
            let op = l.call(node, callee, Vec::new(), false);
            Enter::Done(Value::Op(op))
        }
        "function_definition" => {
            let declarator =
                node.child_by_field_name("declarator").and_then(|declarator| function_of(declarator));
            let name = declarator.and_then(|declarator| name_of(declarator)).map_or("", |name| l.text(name));
            let (class, name) = match name.rsplit_once("::") {
                Some((class, name)) => (class_of(l, class), name),
                None => (String::new(), name),
            };
            let class = if class.is_empty() { None } else { Some(l.class_named(&class)) };
            l.begin_function(node, name, FuncKind::Named);
            if class.is_some() {
                l.current().class = class;
            }
            if is_macro(l, node) {
                let mark = l.sym("#define");
                l.current().marks = [mark].into();
            }
            if let Some(declarator) = declarator {
                params(l, declarator);
            }
            Enter::Descend
        }
        _ => Enter::Descend,
    }
}

/// The class of `outer::Class::method`: what stands before it is a namespace, or a class of which it is one.
fn class_of(l: &Lowering<'_>, written: &str) -> String {
    let Some((outer, own)) = written.rsplit_once("::") else { return written.to_owned() };
    let nested = format!("{}.{own}", outer.rsplit("::").next().unwrap_or(outer));
    let symbol = l.unit.strings.find(&nested);
    let known = l.unit.classes.iter().take(MAX_SEEN).any(|class| Some(class.name) == symbol);
    if known { nested } else { own.to_owned() }
}

/// Most classes of a file among which one is looked for.
const MAX_SEEN: usize = 1024;

pub(super) fn exit<'t>(l: &mut Lowering<'t>, node: Node<'t>, kids: &[Kid<'t>]) -> Value {
    match node.kind() {
        "pointer_expression" => super::patterns::pointed_to(l, node, kids),
        "function_definition" => {
            if is_macro(l, node) {
                // It is what its last expression is.
                let last = l.last_op();
                l.emit(node, Op::Return(last));
            }
            let value = l.end_function(node);
            let declarator =
                node.child_by_field_name("declarator").and_then(|declarator| function_of(declarator));
            let name = declarator.and_then(|declarator| name_of(declarator)).map_or("", |name| l.text(name));
            if !name.is_empty() && !name.contains("::") {
                l.declare(node, name, "", Some(value));
            }
            Value::None
        }
        "declaration" => {
            let ty = node.child_by_field_name("type").map_or("", |ty| l.text(ty));
            let mut cursor = node.walk();
            let declarators: Vec<Node<'t>> = node.children_by_field_name("declarator", &mut cursor).collect();
            for declarator in declarators {
                // A prototype declares no variable.
                if declarator.kind() == "init_declarator" || function_of(declarator).is_some() {
                    continue;
                }
                if let Some(name) = name_of(declarator) {
                    l.declare(node, l.text(name), ty, None);
                }
            }
            Value::None
        }
        "struct_specifier" => {
            l.end_class(node);
            Value::None
        }
        "type_definition" => Value::None,
        "initializer_pair" => {
            let name = node.child_by_field_name("designator").map_or("", |name| l.text(name));
            let Some(value) = l.kid(kids, "value") else { return Value::None };
            let key = l.string(node, name.trim_start_matches(['.', '[']).trim_end_matches(']'));
            Value::Pair(key, value)
        }
        "init_declarator" => {
            let ty = l.ancestor(0).and_then(|parent| parent.child_by_field_name("type"));
            let ty = ty.map_or(String::new(), |ty| match ty.kind() {
                "struct_specifier" if ty.child_by_field_name("name").is_none() => unnamed(ty),
                _ => l.text(ty).to_owned(),
            });
            let ty = ty.as_str();
            let value = l.kid(kids, "value");
            if let Some(name) =
                node.child_by_field_name("declarator").and_then(|declarator| name_of(declarator))
            {
                l.declare(node, l.text(name), ty, value);
            }
            Value::None
        }
        _ => l.mix(node, kids),
    }
}

/// What a struct without a name is called: a table of pairs has one.
fn unnamed(node: Node<'_>) -> String {
    format!("unnamed@{}", node.start_byte())
}

/// Declares the parameters of a function declarator.
pub(super) fn params<'t>(l: &mut Lowering<'t>, declarator: Node<'t>) {
    let Some(list) = declarator.child_by_field_name("parameters") else { return };
    let declared = l.current().marks.is_empty();
    let mut cursor = list.walk();
    let children: Vec<Node<'t>> =
        list.named_children(&mut cursor).filter(|child| !child.is_extra()).collect();
    for child in children {
        let name = child
            .child_by_field_name("declarator")
            .and_then(|name| name_of(name))
            .map_or("", |name| l.text(name));
        let ty = child.child_by_field_name("type").map_or("", |ty| l.text(ty));
        if name.is_empty() && ty == "void" {
            continue;
        }
        match declared {
            // A macro's parameters have no types: what reads like one is the name.
            false => {
                l.param(if child.kind() == "variadic_parameter" { "__VA_ARGS__" } else { ty }, "", false)
            }
            true => {
                l.param(name, ty, false);
                let declarator = child.child_by_field_name("declarator");
                if declarator.is_some_and(|declarator| declarator.kind() == "reference_declarator") {
                    l.by_reference();
                }
            }
        }
    }
}

/// Whether a function is a macro that was written out.
fn is_macro<'t>(l: &Lowering<'t>, node: Node<'t>) -> bool {
    node.child_by_field_name("type").is_some_and(|ty| l.text(ty) == c_macros::MACRO)
}

/// The function declarator inside a declarator, unless it declares a pointer to a function.
pub(super) fn function_of(mut node: Node<'_>) -> Option<Node<'_>> {
    for _ in 0..64 {
        if node.kind() == "function_declarator" {
            let inner = node.child_by_field_name("declarator")?;
            return if inner.kind() == "parenthesized_declarator" { None } else { Some(node) };
        }
        node = node.child_by_field_name("declarator").or_else(|| {
            matches!(node.kind(), "reference_declarator" | "attributed_declarator")
                .then(|| node.named_child(0))
                .flatten()
        })?;
    }
    None
}

/// The name a declarator declares.
pub(super) fn name_of(mut node: Node<'_>) -> Option<Node<'_>> {
    for _ in 0..64 {
        match node.kind() {
            "identifier"
            | "field_identifier"
            | "type_identifier"
            | "qualified_identifier"
            | "destructor_name"
            | "operator_name"
            | "operator_cast" => return Some(node),
            "parenthesized_declarator" | "attributed_declarator" | "reference_declarator" => {
                node = node.named_child(0)?;
            }
            _ => node = node.child_by_field_name("declarator")?,
        }
    }
    None
}

pub(super) fn literal<'t>(l: &Lowering<'t>, node: Node<'t>) -> String {
    let text = String::from_utf8_lossy(l.src.get(node.byte_range()).unwrap_or_default());
    if node.kind() == "string_content" { text.into_owned() } else { unescape_literal(&text) }
}
