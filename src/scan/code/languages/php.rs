//! PHP. Variables keep their `$`, so that `$system` is never taken for `system`.

use tree_sitter::Node;

use crate::scan::code::ir::Arg;
use crate::scan::code::ir::FuncKind;
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
use crate::scan::code::lower::unescape_literal;

/// PHP.
pub static SPEC: Spec = Spec {
    language: Language::Php,
    grammar: || tree_sitter_php::LANGUAGE_PHP.into(),
    shapes: &[&[
        ("comment", Shape::Skip),
        ("text", Shape::Skip),
        ("php_tag", Shape::Skip),
        ("php_end_tag", Shape::Skip),
        ("text_interpolation", Shape::Block),
        ("program", Shape::Block),
        ("compound_statement", Shape::Block),
        ("declaration_list", Shape::Block),
        ("expression_statement", Shape::Block),
        ("colon_block", Shape::Block),
        ("else_clause", Shape::Block),
        ("named_type", Shape::Skip),
        ("optional_type", Shape::Skip),
        ("union_type", Shape::Skip),
        ("primitive_type", Shape::Skip),
        ("type_list", Shape::Skip),
        ("cast_type", Shape::Skip),
        ("formal_parameters", Shape::Skip),
        ("base_clause", Shape::Skip),
        ("class_interface_clause", Shape::Skip),
        ("attribute_list", Shape::Skip),
        ("visibility_modifier", Shape::Skip),
        ("static_modifier", Shape::Skip),
        ("operation", Shape::Skip),
        ("reference_modifier", Shape::Skip),
        ("anonymous_function_use_clause", Shape::Skip),
        ("global_declaration", Shape::Skip),
        ("unset_statement", Shape::Hook),
        ("namespace_definition", Shape::Hook),
        ("namespace_use_declaration", Shape::Hook),
        ("use_declaration", Shape::Hook),
        ("name", Shape::Name),
        ("qualified_name", Shape::Hook),
        ("relative_name", Shape::Hook),
        ("relative_scope", Shape::Hook),
        ("variable_name", Shape::Name),
        ("dynamic_variable_name", Shape::Pass),
        ("string", Shape::Template),
        ("encapsed_string", Shape::Template),
        ("string_content", Shape::Str),
        ("escape_sequence", Shape::Str),
        ("heredoc", Shape::Pass),
        ("heredoc_start", Shape::Skip),
        ("heredoc_end", Shape::Skip),
        ("heredoc_body", Shape::Template),
        ("nowdoc", Shape::Pass),
        ("nowdoc_body", Shape::Template),
        ("nowdoc_string", Shape::Str),
        ("integer", Shape::Int),
        ("float", Shape::Literal),
        ("boolean", Shape::Literal),
        ("null", Shape::Literal),
        ("member_access_expression", Shape::Hook),
        ("nullsafe_member_access_expression", Shape::Hook),
        ("scoped_property_access_expression", Shape::Hook),
        ("class_constant_access_expression", Shape::Hook),
        ("subscript_expression", Shape::Hook),
        ("function_call_expression", Shape::Hook),
        ("member_call_expression", Shape::Hook),
        ("nullsafe_member_call_expression", Shape::Hook),
        ("scoped_call_expression", Shape::Hook),
        ("object_creation_expression", Shape::Hook),
        ("arguments", Shape::Args),
        ("argument", Shape::Hook),
        ("variadic_unpacking", Shape::Spread),
        ("array_creation_expression", Shape::Hook),
        ("array_element_initializer", Shape::Hook),
        ("list_literal", Shape::Hook),
        ("by_ref", Shape::Pass),
        ("pair", Shape::Pass),
        ("shell_command_expression", Shape::Hook),
        ("include_expression", Shape::Hook),
        ("include_once_expression", Shape::Hook),
        ("require_expression", Shape::Hook),
        ("require_once_expression", Shape::Hook),
        ("assignment_expression", Shape::Assign("left", "right")),
        ("reference_assignment_expression", Shape::Assign("left", "right")),
        ("augmented_assignment_expression", Shape::Augment("left", "right")),
        ("binary_expression", Shape::Binary("operator")),
        ("cast_expression", Shape::Hook),
        ("static_variable_declaration", Shape::Declare("name", "", "value")),
        ("const_element", Shape::Hook),
        ("property_element", Shape::Hook),
        ("class_declaration", Shape::Hook),
        ("trait_declaration", Shape::Hook),
        ("interface_declaration", Shape::Hook),
        ("enum_declaration", Shape::Hook),
        ("function_definition", Shape::Function("name", "body")),
        ("method_declaration", Shape::Function("name", "body")),
        ("anonymous_function", Shape::Function("", "body")),
        ("arrow_function", Shape::Function("", "body")),
        ("return_statement", Shape::Return),
        ("yield_expression", Shape::Give),
        ("throw_expression", Shape::Leave),
        ("exit_statement", Shape::Leave),
        ("if_statement", Shape::If("condition", "alternative")),
        ("else_if_clause", Shape::If("condition", "")),
        ("conditional_expression", Shape::If("condition", "alternative")),
        ("while_statement", Shape::If("condition", "")),
        ("for_statement", Shape::If("condition", "")),
        ("foreach_statement", Shape::Hook),
        ("case_statement", Shape::Branch),
        ("default_statement", Shape::Branch),
        ("match_conditional_expression", Shape::Pass),
        ("catch_clause", Shape::Hook),
        ("error_suppression_expression", Shape::Hook),
    ]],
    names_only: &[
        ("member_access_expression", "name"),
        ("nullsafe_member_access_expression", "name"),
        ("member_call_expression", "name"),
        ("nullsafe_member_call_expression", "name"),
        ("scoped_call_expression", "name"),
        ("scoped_property_access_expression", "name"),
        ("argument", "name"),
        ("catch_clause", "name"),
        ("property_element", "name"),
        ("class_declaration", "name"),
        ("trait_declaration", "name"),
        ("interface_declaration", "name"),
        ("enum_declaration", "name"),
        ("enum_case", "name"),
        ("namespace_definition", "name"),
    ],
    enter,
    exit,
    between,
    params,
    literal,
    prepare: None,
    implicit_this: false,
    ignore_case: true,
};

fn enter<'t>(l: &mut Lowering<'t>, node: Node<'t>) -> Enter {
    match node.kind() {
        "namespace_definition" => {
            let name = node.child_by_field_name("name").map_or("", |name| l.text(name));
            let package = l.sym(name);
            l.unit.package.get_or_insert(package);
            Enter::Descend
        }
        "use_declaration" => {
            // `use Sends;` in a class: what the trait has, the class has.
            let mut cursor = node.walk();
            for name in node.named_children(&mut cursor).take(16).collect::<Vec<_>>() {
                if matches!(name.kind(), "name" | "qualified_name") {
                    l.add_base(&l.text(name).to_ascii_lowercase());
                }
            }
            Enter::Done(Value::None)
        }
        "namespace_use_declaration" => {
            let text = l.text(node).trim_start_matches("use").trim().trim_end_matches(';').trim();
            let text = text.strip_prefix("function ").or(text.strip_prefix("const ")).unwrap_or(text);
            let (prefix, list) = match text.split_once('{') {
                Some((prefix, rest)) => (prefix.trim(), rest.trim_end_matches('}')),
                None => ("", text),
            };
            for clause in list.split(',') {
                let clause = clause.trim();
                let (path, local) = match clause.split_once(" as ") {
                    Some((path, local)) => (path.trim(), local.trim()),
                    None => (clause, clause.rsplit('\\').next().unwrap_or(clause)),
                };
                if !path.is_empty() {
                    let path = format!("{prefix}{path}");
                    l.import(node, path.trim_start_matches('\\'), local, false);
                }
            }
            Enter::Done(Value::None)
        }
        "qualified_name" | "relative_name" => {
            let op = l.path(node, l.text(node).trim_start_matches('\\'));
            Enter::Done(Value::Op(op))
        }
        "relative_scope" if l.text(node).eq_ignore_ascii_case("parent") => {
            Enter::Done(Value::Op(l.path(node, "super")))
        }
        "relative_scope" => Enter::Done(Value::Op(this(l, node))),
        "class_declaration" | "trait_declaration" | "interface_declaration" | "enum_declaration" => {
            let name = node.child_by_field_name("name").map_or("", |name| l.text(name));
            let mut bases = Vec::new();
            let mut cursor = node.walk();
            for child in node.named_children(&mut cursor) {
                if matches!(child.kind(), "base_clause" | "class_interface_clause") {
                    bases.extend(l.base_names(child));
                }
            }
            let bases = bases.iter().map(|base| base.trim_start_matches('\\').to_ascii_lowercase()).collect();
            l.begin_class(node, &name.to_ascii_lowercase(), bases);
            Enter::Descend
        }
        "catch_clause" => {
            l.emit(node, Op::Branch(None));
            let types = node.child_by_field_name("type").map_or("", |types| l.text(types));
            let types = types.to_ascii_lowercase().replace('\\', ".");
            let name = node.child_by_field_name("name").map_or("", |name| l.text(name));
            l.caught(node, &types, name);
            Enter::Descend
        }
        _ => Enter::Descend,
    }
}

/// `new $name`, `$object->$name()`, `$name::make()`: a variable says which class or method it is.
fn by_variable<'t>(l: &mut Lowering<'t>, node: Node<'t>, chosen: Node<'t>, args: &[Arg]) {
    let symbol = l.sym_of(chosen);
    let value = l.emit(chosen, Op::Name(symbol));
    let mut given = vec![Arg { name: 0, value, spread: false }];
    given.extend(args.iter().copied());
    let by_name = l.path(node, "$chosen");
    l.call(node, by_name, given, false);
}

fn this<'t>(l: &mut Lowering<'t>, node: Node<'t>) -> OpId {
    let symbol = l.sym("$this");
    l.emit(node, Op::Name(symbol))
}

/// A loop's variable holds an element before its body runs.
fn between<'t>(l: &mut Lowering<'t>, node: Node<'t>, kids: &[Kid<'t>]) {
    if node.kind() != "foreach_statement" || kids.len() != 2 {
        return;
    }
    let (Some(from), Some(to)) = (kids.first(), kids.get(1)) else { return };
    if let (Some(iterated), Some(target)) = (from.value.op(), to.value.op()) {
        let value = l.emit(node, Op::Element(iterated));
        match to.node.kind() {
            // `$key => $value`: the value is what was read last.
            "pair" => {
                if let Some(Op::Any(parts)) = l.current().ops.get(target as usize).cloned() {
                    for part in parts.iter() {
                        l.assign(node, *part, value, false);
                    }
                }
            }
            _ => l.assign(node, target, value, false),
        }
    }
}

fn exit<'t>(l: &mut Lowering<'t>, node: Node<'t>, kids: &[Kid<'t>]) -> Value {
    match node.kind() {
        "unset_statement" => super::patterns::deleted(l, node, kids),
        "member_access_expression" | "nullsafe_member_access_expression" => {
            let (Some(object), Some(name)) = (l.kid(kids, "object"), node.child_by_field_name("name")) else {
                return l.mix(node, kids);
            };
            let symbol = l.sym_of(name);
            Value::Op(l.emit(node, Op::Field(object, symbol)))
        }
        "scoped_property_access_expression" => {
            let (Some(object), Some(name)) = (l.kid(kids, "scope"), node.child_by_field_name("name")) else {
                return l.mix(node, kids);
            };
            let symbol = l.sym(l.text(name).trim_start_matches('$'));
            Value::Op(l.emit(node, Op::Field(object, symbol)))
        }
        "class_constant_access_expression" => {
            let ops: Vec<OpId> = kids.iter().filter_map(|kid| kid.value.op()).collect();
            let (Some(object), Some(name)) = (ops.first(), kids.last()) else { return l.mix(node, kids) };
            if let Some(op) = name.value.op() {
                l.unread(op);
            }
            let text = l.text(name.node);
            if text == "class" {
                let text = kids.first().map_or("", |kid| l.text(kid.node));
                return Value::Op(l.string(node, text));
            }
            let symbol = l.sym(text);
            Value::Op(l.emit(node, Op::Field(*object, symbol)))
        }
        "subscript_expression" => {
            match (kids.first().and_then(|kid| kid.value.op()), kids.get(1).and_then(|kid| kid.value.op())) {
                (Some(object), Some(index)) => match global(l, object, index) {
                    Some(variable) => Value::Op(l.emit(node, Op::Name(variable))),
                    None => Value::Op(l.emit(node, Op::Index(object, index))),
                },
                (Some(object), None) => Value::Op(l.emit(node, Op::Element(object))),
                _ => l.mix(node, kids),
            }
        }
        "member_call_expression" | "nullsafe_member_call_expression" | "scoped_call_expression" => {
            let args = arguments(kids);
            let object = l.kid(kids, "object").or_else(|| l.kid(kids, "scope"));
            let (Some(object), Some(name)) = (object, node.child_by_field_name("name")) else {
                return l.mix(node, kids);
            };
            let symbol = l.sym_of(name);
            let callee = l.emit(name, Op::Field(object, symbol));
            let chosen = node.child_by_field_name("scope").unwrap_or(name);
            if matches!(chosen.kind(), "variable_name" | "dynamic_variable_name") {
                by_variable(l, node, chosen, &args);
            }
            Value::Op(l.call(node, callee, args, false))
        }
        "cast_expression" => {
            let ty = node.child_by_field_name("type").map_or("", |ty| l.text(ty));
            match l.kid(kids, "value") {
                Some(value) if ty.eq_ignore_ascii_case("string") => {
                    Value::Op(l.emit(node, Op::Concat([value].into())))
                }
                _ => l.mix(node, kids),
            }
        }
        "object_creation_expression" => {
            let args = arguments(kids);
            let Some((callee, kid)) = kids.iter().find_map(|kid| Some((kid.value.op()?, kid))) else {
                return Value::None;
            };
            if matches!(kid.node.kind(), "variable_name" | "dynamic_variable_name") {
                by_variable(l, node, kid.node, &args);
            }
            Value::Op(l.call(node, callee, args, true))
        }
        "function_call_expression" => {
            let (callee, args) = (l.field("function"), l.field("arguments"));
            let given = node.child_by_field_name("arguments").map_or("", |given| l.text(given));
            if given.len() < 9
                && given.trim_matches(['(', ')', ' ']) == "..."
                && let Some(named) = kids.iter().find(|kid| kid.field == callee)
            {
                // `trim(...)` is the function, which somebody will call: as good as its name.
                let called = l.call_of(node, kids, callee, args, false);
                return match named.node.kind() {
                    "name" | "qualified_name" => Value::Op(l.string(node, l.text(named.node))),
                    _ => named.value.op().map_or(called, Value::Op),
                };
            }
            if let Some(called) = kids.iter().find(|kid| kid.field == callee)
                && l.text(called.node).eq_ignore_ascii_case("compact")
            {
                return compact(l, node);
            }
            if let Some(called) = kids.iter().find(|kid| kid.field == callee)
                && matches!(called.node.kind(), "subscript_expression" | "array_creation_expression")
                && let Some(chosen) = called.value.op()
            {
                let mut given = vec![Arg { name: 0, value: chosen, spread: false }];
                given.extend(arguments(kids));
                let by_name = l.path(node, "$element");
                l.call(node, by_name, given, false);
            }
            l.call_of(node, kids, callee, args, false)
        }
        "argument" => {
            let value = kids.iter().rev().find_map(|kid| kid.value.op());
            if let Some(Kid { value: Value::Spread(op), .. }) = kids.last() {
                return Value::Spread(*op);
            }
            match (node.child_by_field_name("name"), value) {
                (Some(name), Some(value)) => Value::Named(l.sym_of(name), value),
                (_, Some(value)) => Value::Op(value),
                _ => Value::None,
            }
        }
        "array_element_initializer" => {
            let ops: Vec<OpId> = kids.iter().filter_map(|kid| kid.value.op()).collect();
            match ops.as_slice() {
                [key, value] => Value::Pair(*key, *value),
                [value] => Value::Op(*value),
                _ => Value::None,
            }
        }
        "list_literal" => {
            let mut cursor = node.walk();
            let keyed = node.children(&mut cursor).filter(|child| child.kind() == "=>").count();
            let ops: Vec<OpId> = kids.iter().filter_map(|kid| kid.value.op()).collect();
            if keyed == 0 || ops.len() != keyed * 2 {
                return Value::Op(l.emit(node, Op::List(ops.into())));
            }
            // `['node' => $node] = $facts`
            let pairs = ops.chunks_exact(2).filter_map(|pair| Some((*pair.first()?, *pair.get(1)?)));
            let pairs = pairs.collect();
            Value::Op(l.emit(node, Op::Dict(pairs)))
        }
        "array_creation_expression" => {
            let keyed = kids.iter().any(|kid| matches!(kid.value, Value::Pair(..)));
            if !keyed {
                let ops: Vec<OpId> = kids.iter().filter_map(|kid| kid.value.op()).collect();
                return Value::Op(l.emit(node, Op::List(ops.into())));
            }
            let mut pairs = Vec::new();
            for kid in kids {
                match kid.value {
                    Value::Pair(key, value) => pairs.push((key, value)),
                    _ => pairs.extend(kid.value.op().map(|value| (value, value))),
                }
            }
            Value::Op(l.emit(node, Op::Dict(pairs.into())))
        }
        "shell_command_expression" => {
            let parts: Vec<OpId> = kids.iter().filter_map(|kid| kid.value.op()).collect();
            let command = l.emit(node, Op::Concat(parts.into()));
            let callee = l.path(node, "shell_exec");
            Value::Op(l.call(node, callee, vec![Arg { name: 0, value: command, spread: false }], false))
        }
        "include_expression"
        | "include_once_expression"
        | "require_expression"
        | "require_once_expression" => {
            let callee = l.path(node, "include");
            let args: Vec<Arg> = Lowering::args(kids);
            Value::Op(l.call(node, callee, args, false))
        }
        "const_element" => {
            let value = kids.iter().skip(1).find_map(|kid| kid.value.op());
            if let Some(op) = kids.first().and_then(|kid| kid.value.op()) {
                l.unread(op);
            }
            let name = kids.first().map_or("", |kid| l.text(kid.node));
            l.declare(node, name, "", value);
            Value::None
        }
        "property_element" => {
            let ty = l
                .ancestor(0)
                .and_then(|parent| parent.child_by_field_name("type"))
                .map_or("", |ty| l.text(ty));
            let ty = ty.trim_start_matches(['?', '\\']).to_ascii_lowercase();
            let name = node.child_by_field_name("name").map_or("", |name| l.text(name));
            let value = l.kid(kids, "default_value");
            l.declare(node, name.trim_start_matches('$'), &ty, value);
            Value::None
        }
        "class_declaration" | "trait_declaration" | "interface_declaration" | "enum_declaration" => {
            l.end_class(node);
            Value::None
        }
        // `@f()`: whatever goes wrong in it is not told.
        "error_suppression_expression" => {
            let value = l.mix(node, kids);
            l.emit(node, Op::Swallow);
            value
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

fn arguments(kids: &[Kid<'_>]) -> Vec<Arg> {
    kids.iter()
        .find_map(|kid| match &kid.value {
            Value::Args(args) => Some(args.clone()),
            _ => None,
        })
        .unwrap_or_default()
}

/// The variable that `$GLOBALS['name']` is.
fn global(l: &mut Lowering<'_>, object: OpId, index: OpId) -> Option<Sym> {
    let function = l.current();
    let (Some(Op::Name(name)), Some(Op::Str(key))) =
        (function.ops.get(object as usize), function.ops.get(index as usize))
    else {
        return None;
    };
    let (name, key) = (*name, *key);
    if !l.unit.strings.get(name).trim_start_matches('$').eq_ignore_ascii_case("globals") {
        return None;
    }
    let dollar = l.unit.strings.get(name).starts_with('$');
    let key = l.unit.strings.get(key).to_owned();
    Some(if dollar { l.sym(&format!("${key}")) } else { l.sym(&key) })
}

/// `compact('name', 'mail')`: an array of these variables under their names.
fn compact<'t>(l: &mut Lowering<'t>, node: Node<'t>) -> Value {
    /// Most names of one call.
    const MOST: usize = 64;
    let mut pairs = Vec::new();
    if let Some(list) = node.child_by_field_name("arguments") {
        let mut cursor = list.walk();
        let given: Vec<Node<'t>> = list.named_children(&mut cursor).take(MOST).collect();
        for argument in given {
            let name = l.text(argument).trim_matches(['"', '\'']).to_owned();
            if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
                continue;
            }
            let key = l.string(argument, &name);
            let symbol = l.sym(&format!("${name}"));
            let value = l.emit(argument, Op::Name(symbol));
            pairs.push((key, value));
        }
    }
    Value::Op(l.emit(node, Op::Dict(pairs.into())))
}

fn params<'t>(l: &mut Lowering<'t>, node: Node<'t>) {
    let Some(list) = node.child_by_field_name("parameters") else { return };
    let mut cursor = list.walk();
    let children: Vec<Node<'t>> =
        list.named_children(&mut cursor).filter(|child| !child.is_extra()).collect();
    let mut fields = Vec::new();
    for child in children {
        let ty = child.child_by_field_name("type").map_or("", |ty| l.text(ty));
        let ty = ty.trim_start_matches(['?', '\\']).to_ascii_lowercase();
        let name = child.child_by_field_name("name").map_or("", |name| l.text(name)).trim_start_matches('&');
        l.param(name, &ty, false);
        if child.child_by_field_name("reference_modifier").is_some() {
            l.by_reference();
        }
        if let Some(value) = child.child_by_field_name("default_value") {
            l.param_default(child, name, value);
        }
        if child.kind() == "property_promotion_parameter" {
            fields.push((child, name));
        }
    }
    for (child, name) in fields {
        let object = this(l, child);
        let field = l.sym(name.trim_start_matches('$'));
        let target = l.emit(child, Op::Field(object, field));
        let symbol = l.sym(name);
        let value = l.emit(child, Op::Name(symbol));
        l.assign(child, target, value, false);
    }
    debug_assert!(l.current().kind != FuncKind::Top);
}

fn literal<'t>(l: &Lowering<'t>, node: Node<'t>) -> String {
    let text = String::from_utf8_lossy(l.src.get(node.byte_range()).unwrap_or_default());
    let single = l.ancestor(0).is_some_and(|parent| parent.kind() == "string");
    match node.kind() {
        "escape_sequence" if single => text.trim_start_matches('\\').to_owned(),
        "escape_sequence" => unescape_literal(&text),
        _ => text.into_owned(),
    }
}
