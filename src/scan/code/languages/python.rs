//! Python.

use tree_sitter::Node;

use crate::scan::code::ir::Arg;
use crate::scan::code::ir::OUTER;
use crate::scan::code::ir::Op;
use crate::scan::code::ir::OpId;
use crate::scan::code::language::Language;
use crate::scan::code::lower::Enter;
use crate::scan::code::lower::Kid;
use crate::scan::code::lower::Lowering;
use crate::scan::code::lower::Shape;
use crate::scan::code::lower::Spec;
use crate::scan::code::lower::Value;
use crate::scan::code::lower::unescape_literal;

/// Python 2 and 3.
pub static SPEC: Spec = Spec {
    language: Language::Python,
    grammar: || tree_sitter_python::LANGUAGE.into(),
    shapes: &[&[
        ("comment", Shape::Skip),
        ("type", Shape::Skip),
        ("module", Shape::Block),
        ("block", Shape::Block),
        ("global_statement", Shape::Hook),
        ("delete_statement", Shape::Hook),
        ("nonlocal_statement", Shape::Hook),
        ("parameters", Shape::Block),
        ("lambda_parameters", Shape::Block),
        ("identifier", Shape::Name),
        ("string", Shape::Template),
        ("concatenated_string", Shape::Template),
        ("string_start", Shape::Skip),
        ("string_end", Shape::Skip),
        ("string_content", Shape::Str),
        ("escape_interpolation", Shape::Str),
        ("format_specifier", Shape::Skip),
        ("type_conversion", Shape::Skip),
        ("integer", Shape::Int),
        ("float", Shape::Literal),
        ("true", Shape::Literal),
        ("false", Shape::Literal),
        ("none", Shape::Literal),
        ("attribute", Shape::Member("object", "attribute")),
        ("subscript", Shape::Index("value", "subscript")),
        ("call", Shape::Call("function", "arguments")),
        ("argument_list", Shape::Args),
        ("keyword_argument", Shape::Named("name", "value")),
        ("list_splat", Shape::Spread),
        ("dictionary_splat", Shape::Spread),
        ("list", Shape::List),
        ("tuple", Shape::List),
        ("set", Shape::List),
        ("expression_list", Shape::List),
        ("pattern_list", Shape::List),
        ("tuple_pattern", Shape::List),
        ("list_pattern", Shape::List),
        ("dictionary", Shape::Dict),
        ("pair", Shape::Pair("key", "value")),
        ("assignment", Shape::Hook),
        ("augmented_assignment", Shape::Augment("left", "right")),
        ("named_expression", Shape::Assign("name", "value")),
        ("binary_operator", Shape::Binary("operator")),
        ("comparison_operator", Shape::Compare),
        ("not_operator", Shape::Compare),
        ("function_definition", Shape::Function("name", "body")),
        ("decorated_definition", Shape::Hook),
        ("lambda", Shape::Function("", "body")),
        ("class_definition", Shape::Class("name", "superclasses")),
        ("return_statement", Shape::Return),
        ("yield", Shape::Give),
        ("list_comprehension", Shape::Hook),
        ("set_comprehension", Shape::Hook),
        ("generator_expression", Shape::Hook),
        ("dictionary_comprehension", Shape::Hook),
        ("raise_statement", Shape::Leave),
        ("if_statement", Shape::If("condition", "alternative")),
        ("elif_clause", Shape::If("condition", "")),
        ("while_statement", Shape::If("condition", "alternative")),
        ("for_statement", Shape::For("left", "right", "body")),
        ("for_in_clause", Shape::For("left", "right", "")),
        ("case_clause", Shape::Hook),
        ("case_pattern", Shape::Skip),
        ("match_statement", Shape::Hook),
        ("except_clause", Shape::Hook),
        ("with_item", Shape::Pass),
        ("as_pattern", Shape::Hook),
        ("import_statement", Shape::Hook),
        ("import_from_statement", Shape::Hook),
        ("future_import_statement", Shape::Skip),
        ("exec_statement", Shape::Hook),
        ("expression_statement", Shape::Block),
    ]],
    names_only: &[],
    enter,
    exit,
    between,
    params,
    literal,
    prepare: Some(super::unicode::plain_letters),
    implicit_this: false,
    ignore_case: false,
};

fn enter<'t>(l: &mut Lowering<'t>, node: Node<'t>) -> Enter {
    match node.kind() {
        "global_statement" | "nonlocal_statement" => {
            let names = (0..node.named_child_count() as u32).filter_map(|at| node.named_child(at));
            for name in names.map(|name| format!("{OUTER}{}", l.text(name))).collect::<Vec<_>>() {
                let symbol = l.sym(&name);
                let function = l.current();
                function.marks = function.marks.iter().copied().chain([symbol]).collect();
            }
            Enter::Done(Value::None)
        }
        "case_clause" => {
            l.emit(node, Op::Branch(None));
            Enter::Descend
        }
        "import_statement" => {
            let mut cursor = node.walk();
            for name in node.children_by_field_name("name", &mut cursor) {
                match (name.child_by_field_name("name"), name.child_by_field_name("alias")) {
                    (Some(path), Some(alias)) => l.import(node, l.text(path), l.text(alias), false),
                    _ => {
                        // `import a.b` binds `a`.
                        let path = l.text(name);
                        let root = path.split('.').next().unwrap_or(path);
                        l.import(node, root, root, false);
                        if root != path {
                            l.import(node, path, "", false);
                        }
                    }
                }
            }
            Enter::Done(Value::None)
        }
        "import_from_statement" => {
            let module = node.child_by_field_name("module_name").map_or("", |module| l.text(module));
            let mut cursor = node.walk();
            let names: Vec<Node<'t>> = node.children_by_field_name("name", &mut cursor).collect();
            if names.is_empty() {
                l.import(node, module, "", true);
            }
            for name in names {
                let (name, local) =
                    match (name.child_by_field_name("name"), name.child_by_field_name("alias")) {
                        (Some(name), Some(alias)) => (l.text(name), l.text(alias)),
                        _ => (l.text(name), l.text(name)),
                    };
                let path = if module.ends_with('.') {
                    format!("{module}{name}")
                } else {
                    format!("{module}.{name}")
                };
                l.import(node, &path, local, false);
            }
            Enter::Done(Value::None)
        }
        "except_clause" => {
            l.emit(node, Op::Branch(None));
            let value = node.child_by_field_name("value");
            let named = value.filter(|value| value.kind() == "as_pattern");
            let types = named.and_then(|named| named.named_child(0)).or(value);
            let types = types.map_or("", |types| l.text(types));
            let name = named.and_then(|named| named.child_by_field_name("alias"));
            l.caught(node, types, name.map_or("", |name| l.text(name)));
            Enter::Descend
        }
        "list_comprehension" | "set_comprehension" | "generator_expression" | "dictionary_comprehension" => {
            // What is bound stands behind what it is bound for.
            let mut cursor = node.walk();
            let parts: Vec<Node<'t>> = node.named_children(&mut cursor).collect();
            let body = node.child_by_field_name("body");
            for part in parts.into_iter().filter(|part| Some(*part) != body) {
                if l.lower_now(node, part).is_none() {
                    return Enter::Descend;
                }
            }
            let value = body.and_then(|body| l.lower_now(node, body)).unwrap_or_default();
            Enter::Done(match value {
                Value::Pair(key, value) => Value::Op(l.emit(node, Op::Any([key, value].into()))),
                Value::Op(op) => Value::Op(l.emit(node, Op::Any([op].into()))),
                other => other,
            })
        }
        _ => Enter::Descend,
    }
}

/// What a match is about is bound by the patterns of its cases.
fn between<'t>(l: &mut Lowering<'t>, node: Node<'t>, kids: &[Kid<'t>]) {
    let Some(kid) = kids.last() else { return };
    match (node.kind(), kid.node.kind()) {
        ("match_statement", _) if kid.field == l.field("subject") => {
            l.kept.push(kid.value.op().unwrap_or(OpId::MAX));
        }
        ("case_clause", "case_pattern") => {
            if let Some(subject) = l.kept.last().copied().filter(|op| *op != OpId::MAX) {
                super::patterns::bind(l, kid.node, subject);
            }
        }
        _ => {}
    }
}

fn exit<'t>(l: &mut Lowering<'t>, node: Node<'t>, kids: &[Kid<'t>]) -> Value {
    match node.kind() {
        "delete_statement" => super::patterns::deleted(l, node, kids),
        "assignment" => {
            let (left, right) = (l.kid(kids, "left"), l.kid(kids, "right"));
            let name = node.child_by_field_name("left").filter(|left| left.kind() == "identifier");
            let ty = node.child_by_field_name("type");
            match (left, right, name, ty) {
                (Some(_), right, Some(name), Some(ty)) => {
                    l.declare(node, l.text(name), l.text(ty), right);
                }
                // `except ImportError: module = None` says what is so only where the module is missing.
                (Some(_), Some(_), Some(_), _) if nothing_instead(node) => {}
                (Some(target), Some(value), ..) => {
                    l.emit(node, Op::Assign { target, value, augment: false });
                }
                _ => {}
            }
            right.map_or(Value::None, Value::Op)
        }
        "case_clause" => {
            l.emit(node, Op::End);
            Value::None
        }
        "match_statement" => {
            let subjects = kids.iter().filter(|kid| kid.field == l.field("subject")).count();
            l.kept.truncate(l.kept.len().saturating_sub(subjects));
            Value::None
        }
        "as_pattern" => {
            let target = l.kid(kids, "alias");
            let value = kids.first().and_then(|kid| kid.value.op());
            // What an `except` binds is no class: it is bound where the handler begins.
            let handler = l.ancestor(0).is_some_and(|around| around.kind() == "except_clause");
            if let (Some(target), Some(value), false) = (target, value, handler) {
                l.emit(node, Op::Assign { target, value, augment: false });
            }
            value.map_or(Value::None, Value::Op)
        }
        "decorated_definition" => {
            // What a decorator keeps of a function, it was given: it stays the function it is.
            let definition = l.kid(kids, "definition");
            if let Some(value) = definition {
                let decorators = kids.iter().filter(|kid| kid.node.kind() == "decorator");
                for (at, decorator) in decorators.filter_map(|kid| Some((kid.node, kid.value.op()?))) {
                    let function = Arg { name: 0, value, spread: false };
                    l.call(at, decorator, vec![function], false);
                }
            }
            definition.map_or(Value::None, Value::Op)
        }
        "except_clause" => {
            let mut cursor = node.walk();
            let silent =
                node.named_children(&mut cursor).filter(|child| child.kind() == "block").any(|block| {
                    block.named_child_count() == 1
                        && block.named_child(0).is_some_and(|only| {
                            only.kind() == "pass_statement"
                                || only.named_child(0).is_some_and(|inner| inner.kind() == "ellipsis")
                        })
                });
            if silent {
                l.swallow(node);
            }
            l.emit(node, Op::End);
            Value::None
        }
        "exec_statement" => {
            let args = Lowering::args(kids);
            let callee = l.path(node, "exec");
            Value::Op(l.call(node, callee, args, false))
        }
        _ => l.mix(node, kids),
    }
}

/// Whether an assignment stands in an `except` and gives nothing.
fn nothing_instead(node: Node<'_>) -> bool {
    let nothing = node.child_by_field_name("right").is_some_and(|right| right.kind() == "none");
    let mut above = node.parent();
    nothing
        && (0..3).any(|_| {
            let found = above.is_some_and(|parent| parent.kind() == "except_clause");
            above = above.and_then(|parent| parent.parent());
            found
        })
}

fn params<'t>(l: &mut Lowering<'t>, node: Node<'t>) {
    let Some(list) = node.child_by_field_name("parameters") else { return };
    let method = l.current_class().is_some();
    let mut cursor = list.walk();
    let children: Vec<Node<'t>> = list.named_children(&mut cursor).collect();
    for (index, child) in children.into_iter().enumerate() {
        let name = match child.kind() {
            "identifier" => Some(child),
            "default_parameter" | "typed_default_parameter" => child.child_by_field_name("name"),
            "typed_parameter" | "list_splat_pattern" | "dictionary_splat_pattern" => child.named_child(0),
            _ => None,
        };
        let Some(name) = name else { continue };
        let ty = child.child_by_field_name("type").map_or("", |ty| l.text(ty));
        let name = l.text(name).trim_start_matches('*');
        let receiver = method && index == 0 && matches!(name, "self" | "cls" | "mcs" | "this");
        l.param(name, ty, receiver);
        let splat = if child.kind() == "typed_parameter" { child.named_child(0) } else { Some(child) };
        if splat.is_some_and(|splat| splat.kind() == "dictionary_splat_pattern") {
            l.collects();
        }
        if let Some(value) = child.child_by_field_name("value") {
            l.param_default(child, name, value);
        }
    }
}

fn literal<'t>(l: &Lowering<'t>, node: Node<'t>) -> String {
    let text = String::from_utf8_lossy(l.src.get(node.byte_range()).unwrap_or_default());
    if !text.contains('\\') {
        return text.into_owned();
    }
    // A raw string's backslashes stand for themselves; the prefix is in the sibling before.
    let prefix = l.ancestor(0).and_then(|string| string.child(0)).map_or("", |start| l.text(start));
    if prefix.contains(['r', 'R']) { text.into_owned() } else { unescape_literal(&text) }
}
