//! JavaScript with JSX, TypeScript, TSX: one set of hooks, the tables in layers.

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
use crate::scan::code::lower::unescape_literal;

/// JavaScript.
#[cfg(feature = "lang-javascript")]
pub static SPEC: Spec = Spec {
    language: Language::JavaScript,
    grammar: || tree_sitter_javascript::LANGUAGE.into(),
    shapes: &[SHAPES, FIELDS],
    names_only: NAMES_ONLY,
    enter,
    exit,
    between: |_, _, _| {},
    params,
    literal,
    prepare: None,
    implicit_this: false,
    ignore_case: false,
};

/// TypeScript.
#[cfg(feature = "lang-typescript")]
pub static TYPESCRIPT: Spec = Spec {
    language: Language::TypeScript,
    grammar: || tree_sitter_typescript::LANGUAGE_TYPESCRIPT.into(),
    shapes: &[SHAPES, TYPES],
    names_only: NAMES_ONLY,
    enter,
    exit,
    between: |_, _, _| {},
    params,
    literal,
    prepare: None,
    implicit_this: false,
    ignore_case: false,
};

/// TypeScript with JSX.
#[cfg(feature = "lang-typescript")]
pub static TSX: Spec = Spec {
    language: Language::Tsx,
    grammar: || tree_sitter_typescript::LANGUAGE_TSX.into(),
    shapes: &[SHAPES, TYPES],
    names_only: NAMES_ONLY,
    enter,
    exit,
    between: |_, _, _| {},
    params,
    literal,
    prepare: None,
    implicit_this: false,
    ignore_case: false,
};

const NAMES_ONLY: &[(&str, &str)] = &[
    ("class_declaration", "name"),
    ("class", "name"),
    ("method_definition", "name"),
    ("function_expression", "name"),
    ("labeled_statement", "label"),
    ("break_statement", "label"),
    ("continue_statement", "label"),
];

const SHAPES: &[(&str, Shape)] = &[
    ("comment", Shape::Skip),
    ("html_comment", Shape::Skip),
    ("hash_bang_line", Shape::Skip),
    ("regex", Shape::Literal),
    ("program", Shape::Block),
    ("statement_block", Shape::Block),
    ("class_body", Shape::Block),
    ("expression_statement", Shape::Block),
    ("formal_parameters", Shape::Block),
    ("identifier", Shape::Name),
    ("this", Shape::Name),
    ("super", Shape::Name),
    ("import", Shape::Name),
    ("undefined", Shape::Literal),
    ("string", Shape::Template),
    ("template_string", Shape::Template),
    ("template_substitution", Shape::Pass),
    ("string_fragment", Shape::Str),
    ("escape_sequence", Shape::Str),
    ("number", Shape::Int),
    ("true", Shape::Literal),
    ("false", Shape::Literal),
    ("null", Shape::Literal),
    ("property_identifier", Shape::Skip),
    ("member_expression", Shape::Member("object", "property")),
    ("subscript_expression", Shape::Index("object", "index")),
    ("call_expression", Shape::Hook),
    ("new_expression", Shape::New("constructor", "arguments")),
    ("arguments", Shape::Args),
    ("spread_element", Shape::Spread),
    ("array", Shape::List),
    ("array_pattern", Shape::Hook),
    ("object", Shape::Dict),
    ("object_pattern", Shape::Dict),
    ("unary_expression", Shape::Hook),
    ("pair", Shape::Pair("key", "value")),
    ("pair_pattern", Shape::Pair("key", "value")),
    ("shorthand_property_identifier", Shape::Hook),
    ("shorthand_property_identifier_pattern", Shape::Hook),
    ("object_assignment_pattern", Shape::Hook),
    ("assignment_pattern", Shape::Hook),
    ("assignment_expression", Shape::Assign("left", "right")),
    ("augmented_assignment_expression", Shape::Augment("left", "right")),
    ("variable_declarator", Shape::Hook),
    ("binary_expression", Shape::Binary("operator")),
    ("function_declaration", Shape::Function("name", "body")),
    ("generator_function_declaration", Shape::Function("name", "body")),
    ("function_expression", Shape::Hook),
    ("generator_function", Shape::Hook),
    ("arrow_function", Shape::Hook),
    ("method_definition", Shape::Hook),
    ("class_declaration", Shape::Hook),
    ("class", Shape::Hook),
    ("class_heritage", Shape::Skip),
    ("return_statement", Shape::Return),
    ("yield_expression", Shape::Give),
    ("throw_statement", Shape::Leave),
    ("if_statement", Shape::If("condition", "alternative")),
    ("while_statement", Shape::If("condition", "")),
    ("ternary_expression", Shape::If("condition", "alternative")),
    ("for_in_statement", Shape::For("left", "right", "body")),
    ("switch_case", Shape::Branch),
    ("catch_clause", Shape::Hook),
    ("import_statement", Shape::Hook),
    ("export_statement", Shape::Hook),
    ("export_clause", Shape::Skip),
];

#[cfg(feature = "lang-javascript")]
const FIELDS: &[(&str, Shape)] = &[("field_definition", Shape::Declare("property", "", "value"))];

#[cfg(feature = "lang-typescript")]
const TYPES: &[(&str, Shape)] = &[
    ("public_field_definition", Shape::Declare("name", "type", "value")),
    ("type_annotation", Shape::Skip),
    ("type_arguments", Shape::Skip),
    ("type_parameters", Shape::Skip),
    ("type_identifier", Shape::Skip),
    ("predefined_type", Shape::Skip),
    ("generic_type", Shape::Skip),
    ("object_type", Shape::Skip),
    ("union_type", Shape::Skip),
    ("array_type", Shape::Skip),
    ("literal_type", Shape::Skip),
    ("nested_type_identifier", Shape::Skip),
    ("interface_declaration", Shape::Hook),
    ("interface_body", Shape::Block),
    ("extends_type_clause", Shape::Skip),
    ("property_signature", Shape::Declare("name", "type", "")),
    ("method_signature", Shape::Hook),
    ("abstract_method_signature", Shape::Hook),
    ("type_alias_declaration", Shape::Skip),
    ("function_signature", Shape::Skip),
    ("implements_clause", Shape::Skip),
    ("abstract_class_declaration", Shape::Hook),
    ("required_parameter", Shape::Pass),
    ("optional_parameter", Shape::Pass),
];

fn enter<'t>(l: &mut Lowering<'t>, node: Node<'t>) -> Enter {
    match node.kind() {
        "shorthand_property_identifier" | "shorthand_property_identifier_pattern" => {
            let text = l.text(node);
            let key = l.string(node, text);
            let name = l.sym(text);
            let value = l.emit(node, Op::Name(name));
            Enter::Done(Value::Pair(key, value))
        }
        "function_expression" | "generator_function" | "arrow_function" => {
            l.begin_function(node, "", FuncKind::Closure);
            params(l, node);
            Enter::Descend
        }
        "method_definition" => {
            let name = node.child_by_field_name("name").map_or("", |name| l.text(name));
            l.begin_function(node, name.trim_matches(['"', '\'']), FuncKind::Named);
            params(l, node);
            Enter::Descend
        }
        "method_signature" | "abstract_method_signature" => {
            let name = node.child_by_field_name("name").map_or("", |name| l.text(name));
            l.begin_function(node, name, FuncKind::Named);
            params(l, node);
            let value = l.end_function(node);
            l.declare(node, name, "", Some(value));
            Enter::Done(Value::None)
        }
        "class_declaration" | "class" | "abstract_class_declaration" | "interface_declaration" => {
            let name = node.child_by_field_name("name").map_or("", |name| l.text(name));
            let mut cursor = node.walk();
            let bases: Vec<String> = node
                .named_children(&mut cursor)
                .filter(|child| matches!(child.kind(), "class_heritage" | "extends_type_clause"))
                .flat_map(|heritage| bases(l.text(heritage)))
                .collect();
            let anonymous = format!("class@{}", node.start_byte());
            l.begin_class(node, if name.is_empty() { &anonymous } else { name }, bases);
            Enter::Descend
        }
        "catch_clause" => {
            l.emit(node, Op::Branch(None));
            if let Some(parameter) = node.child_by_field_name("parameter") {
                match parameter.kind() {
                    "object_pattern" => {
                        let caught = l.caught_value(node, "");
                        taken_apart(l, parameter, caught);
                    }
                    _ => l.caught(node, "", l.text(parameter)),
                }
            }
            Enter::Descend
        }
        "import_statement" => {
            import(l, node);
            Enter::Done(Value::None)
        }
        _ => Enter::Descend,
    }
}

fn exit<'t>(l: &mut Lowering<'t>, node: Node<'t>, kids: &[Kid<'t>]) -> Value {
    match node.kind() {
        "array_pattern" => l.slots(node, kids),
        "unary_expression" if l.text(node).starts_with("delete") => super::patterns::deleted(l, node, kids),
        "unary_expression" => l.mix(node, kids),
        "call_expression" => {
            let called = node.child_by_field_name("function").map_or("", |called| l.text(called));
            if matches!(called, "require" | "import") {
                let module = node
                    .child_by_field_name("arguments")
                    .and_then(|args| args.named_child(0))
                    .filter(|arg| arg.kind() == "string")
                    .map_or("", |arg| l.text(arg).trim_matches(['"', '\'', '`']));
                if !module.is_empty() {
                    l.import(node, module, "", false);
                }
            }
            let (callee, args) = (l.field("function"), l.field("arguments"));
            if called == "await"
                && let Some(Value::Args(args)) =
                    kids.iter().find(|kid| kid.field == args).map(|kid| &kid.value)
                && let [only] = args.as_slice()
            {
                // `await (await connect()).open()`: the grammar takes the first one for a function.
                return Value::Op(only.value);
            }
            let silent = called.ends_with(".catch") && catches_nothing(node);
            let value = l.call_of(node, kids, callee, args, false);
            if silent {
                l.emit(node, Op::Swallow);
            }
            value
        }
        "function_expression" | "generator_function" | "arrow_function" => {
            if let Some(value) = l.kid(kids, "body") {
                l.emit(node, Op::Return(Some(value)));
            }
            Value::Op(l.end_function(node))
        }
        "method_definition" => {
            let value = l.end_function(node);
            let name =
                node.child_by_field_name("name").map_or("", |name| l.text(name)).trim_matches(['"', '\'']);
            if l.in_class_body() {
                l.declare(node, name, "", Some(value));
                return Value::None;
            }
            let key = l.string(node, name);
            Value::Pair(key, value)
        }
        "class_declaration" | "class" | "abstract_class_declaration" | "interface_declaration" => {
            let value = l.end_class(node);
            if let Some(name) = node.child_by_field_name("name") {
                l.declare(node, l.text(name), "", Some(value));
            }
            Value::Op(value)
        }
        "object_assignment_pattern" | "assignment_pattern" => {
            // The bound name, which may be a pair in an object pattern; the default is data too, of its own.
            kids.first().map_or(Value::None, |kid| kid.value.clone())
        }
        "variable_declarator" => {
            let value = l.kid(kids, "value");
            let target = l.kid(kids, "name");
            let Some(name) = node.child_by_field_name("name") else { return Value::None };
            if name.kind() == "identifier" {
                if let Some(op) = target {
                    l.unread(op);
                }
                let ty = node.child_by_field_name("type").map_or("", |ty| l.text(ty));
                l.declare(node, l.text(name), ty, value);
            } else if let (Some(target), Some(value)) = (target, value) {
                l.emit(node, Op::Assign { target, value, augment: false });
            }
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
        "export_statement" => {
            let text = l.text(node);
            let value = kids.iter().filter_map(|kid| kid.value.op()).next_back();
            if let (true, Some(value)) =
                (text.trim_start_matches("export").trim_start().starts_with("default"), value)
            {
                l.declare(node, "default", "", Some(value));
            }
            export(l, node);
            Value::None
        }
        _ => l.mix(node, kids),
    }
}

/// Whether the only argument of a call is a function without a statement in it.
fn catches_nothing(node: Node<'_>) -> bool {
    let Some(arguments) = node.child_by_field_name("arguments").filter(|all| all.named_child_count() == 1)
    else {
        return false;
    };
    let body = arguments.named_child(0).and_then(|only| only.child_by_field_name("body"));
    body.is_some_and(|body| body.kind() == "statement_block" && body.named_child_count() == 0)
}

/// The names in `extends A<B> implements C, D`.
fn bases(heritage: &str) -> Vec<String> {
    let mut plain = String::new();
    let mut depth = 0usize;
    for c in heritage.chars().take(2000) {
        match c {
            '<' => depth += 1,
            '>' => depth = depth.saturating_sub(1),
            _ if depth == 0 => plain.push(c),
            _ => {}
        }
    }
    let parts = plain.split([',', ' ', '\n', '\t', '\r']).map(str::trim);
    parts
        .filter(|part| !part.is_empty() && !matches!(*part, "extends" | "implements"))
        .take(32)
        .map(str::to_owned)
        .collect()
}

fn import<'t>(l: &mut Lowering<'t>, node: Node<'t>) {
    let Some(source) = node.child_by_field_name("source") else { return };
    let module = l.text(source).trim_matches(['"', '\'', '`']);
    l.import(node, module, "", false);
    let mut cursor = node.walk();
    let clauses: Vec<Node<'t>> =
        node.named_children(&mut cursor).filter(|child| child.kind() == "import_clause").collect();
    for clause in clauses {
        let mut cursor = clause.walk();
        for part in clause.named_children(&mut cursor) {
            match part.kind() {
                "identifier" => l.import(node, module, l.text(part), false),
                "namespace_import" => {
                    let name = part.named_child(0).map_or("", |name| l.text(name));
                    l.import(node, module, name, false);
                }
                "named_imports" => {
                    let mut cursor = part.walk();
                    for specifier in part.named_children(&mut cursor) {
                        let name = specifier.child_by_field_name("name").map_or("", |name| l.text(name));
                        let local =
                            specifier.child_by_field_name("alias").map_or(name, |alias| l.text(alias));
                        let path =
                            if name == "default" { module.to_owned() } else { format!("{module}.{name}") };
                        l.import(node, &path, local, false);
                    }
                }
                _ => {}
            }
        }
    }
}

/// `export { a as b }`, `export { a } from 'x'`, `export * from 'x'`: names other files see.
fn export<'t>(l: &mut Lowering<'t>, node: Node<'t>) {
    let source =
        node.child_by_field_name("source").map_or("", |source| l.text(source).trim_matches(['"', '\'']));
    let mut cursor = node.walk();
    let clauses: Vec<Node<'t>> =
        node.named_children(&mut cursor).filter(|child| child.kind() == "export_clause").collect();
    if clauses.is_empty() && !source.is_empty() {
        l.import(node, source, "", true);
    }
    for clause in clauses {
        let mut cursor = clause.walk();
        let specifiers: Vec<Node<'t>> = clause.named_children(&mut cursor).collect();
        for specifier in specifiers {
            let name = specifier.child_by_field_name("name").map_or("", |name| l.text(name));
            let shown = specifier.child_by_field_name("alias").map_or(name, |alias| l.text(alias));
            if name.is_empty() {
                continue;
            }
            if !source.is_empty() {
                let path = if name == "default" { source.to_owned() } else { format!("{source}.{name}") };
                l.import(node, &path, shown, false);
            }
            let local = l.sym(if source.is_empty() { name } else { shown });
            let value = l.emit(node, Op::Name(local));
            if shown != name || !source.is_empty() {
                l.declare(node, shown, "", Some(value));
            }
        }
    }
}

fn params<'t>(l: &mut Lowering<'t>, node: Node<'t>) {
    if let Some(only) = node.child_by_field_name("parameter") {
        l.param(l.text(only), "", false);
        return;
    }
    let Some(list) = node.child_by_field_name("parameters") else { return };
    let mut cursor = list.walk();
    let children: Vec<Node<'t>> =
        list.named_children(&mut cursor).filter(|child| !child.is_extra()).collect();
    for child in children {
        let ty = child.child_by_field_name("type").map_or("", |ty| l.text(ty));
        let mut name = child.child_by_field_name("pattern").unwrap_or(child);
        if matches!(name.kind(), "assignment_pattern") {
            name = name.child_by_field_name("left").unwrap_or(name);
        }
        match name.kind() {
            "identifier" => {
                let text = l.text(name);
                l.param(text, ty, false);
                l.param_mark(child);
                let default = child.child_by_field_name("value").or(child.child_by_field_name("right"));
                if let Some(value) = default {
                    l.param_default(child, text, value);
                }
                let mut cursor = child.walk();
                let kept =
                    child.named_children(&mut cursor).any(|part| part.kind() == "accessibility_modifier")
                        || l.text(child).starts_with("readonly ");
                if kept {
                    // `constructor(private http: HttpClient)` declares a field.
                    let this = l.path(child, "this");
                    let symbol = l.sym(text);
                    let target = l.emit(child, Op::Field(this, symbol));
                    let value = l.emit(child, Op::Name(symbol));
                    l.emit(child, Op::Assign { target, value, augment: false });
                }
            }
            "rest_pattern" => {
                let inner = name.named_child(0).map_or("", |inner| l.text(inner));
                l.param(inner, "", false);
            }
            "object_pattern" | "array_pattern" => {
                // A parameter without a name, taken apart: each name is bound to a member of it.
                let hidden = format!("@{}", name.start_byte());
                l.param(&hidden, ty, false);
                let whole = l.sym(&hidden);
                let whole = l.emit(name, Op::Name(whole));
                taken_apart(l, name, whole);
            }
            _ => l.param("", "", false),
        }
    }
}

/// Binds the names of `{ a, b: c, ...rest }` to members of `whole`.
fn taken_apart<'t>(l: &mut Lowering<'t>, pattern: Node<'t>, whole: OpId) {
    let mut cursor = pattern.walk();
    let parts: Vec<Node<'t>> = pattern.named_children(&mut cursor).collect();
    for part in parts {
        let (key, bound) = match part.kind() {
            "pair_pattern" => (part.child_by_field_name("key"), part.child_by_field_name("value")),
            "object_assignment_pattern" | "assignment_pattern" => {
                (part.child_by_field_name("left"), part.child_by_field_name("left"))
            }
            _ => (Some(part), Some(part)),
        };
        let (Some(key), Some(bound)) = (key, bound) else { continue };
        if part.kind() == "rest_pattern" {
            let rest = part.named_child(0).map_or("", |rest| l.text(rest));
            l.declare(part, rest, "", Some(whole));
            continue;
        }
        let symbol = l.sym_of(key);
        let value = l.emit(part, Op::Field(whole, symbol));
        l.declare(part, l.text(bound), "", Some(value));
    }
}

fn literal<'t>(l: &Lowering<'t>, node: Node<'t>) -> String {
    let text = String::from_utf8_lossy(l.src.get(node.byte_range()).unwrap_or_default());
    if node.kind() == "escape_sequence" { unescape_literal(&text) } else { text.into_owned() }
}
