//! C#.

use tree_sitter::Node;

use crate::scan::code::ir::Arg;
use crate::scan::code::ir::FuncKind;
use crate::scan::code::ir::ON_FIRST;
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

/// C#.
pub static SPEC: Spec = Spec {
    language: Language::CSharp,
    grammar: || tree_sitter_c_sharp::LANGUAGE.into(),
    shapes: &[&[
        ("comment", Shape::Skip),
        ("compilation_unit", Shape::Block),
        ("declaration_list", Shape::Block),
        ("block", Shape::Block),
        ("global_statement", Shape::Block),
        ("expression_statement", Shape::Block),
        ("local_declaration_statement", Shape::Block),
        ("modifier", Shape::Skip),
        ("predefined_type", Shape::Skip),
        ("implicit_type", Shape::Skip),
        ("array_type", Shape::Skip),
        ("nullable_type", Shape::Skip),
        ("pointer_type", Shape::Skip),
        ("tuple_type", Shape::Skip),
        ("type_argument_list", Shape::Skip),
        ("type_parameter_list", Shape::Skip),
        ("type_parameter_constraints_clause", Shape::Skip),
        ("parameter_list", Shape::Skip),
        ("base_list", Shape::Skip),
        ("constructor_initializer", Shape::Hook),
        ("attribute_list", Shape::Block),
        ("attribute", Shape::Hook),
        ("preproc_region", Shape::Skip),
        ("preproc_endregion", Shape::Skip),
        ("preproc_pragma", Shape::Skip),
        ("using_directive", Shape::Hook),
        ("namespace_declaration", Shape::Hook),
        ("file_scoped_namespace_declaration", Shape::Hook),
        ("identifier", Shape::Name),
        ("qualified_name", Shape::Hook),
        ("alias_qualified_name", Shape::Hook),
        ("generic_name", Shape::Hook),
        ("string_literal", Shape::Template),
        ("string_literal_content", Shape::Str),
        ("string_literal_encoding", Shape::Skip),
        ("raw_string_literal", Shape::Template),
        ("raw_string_content", Shape::Str),
        ("raw_string_start", Shape::Skip),
        ("raw_string_end", Shape::Skip),
        ("verbatim_string_literal", Shape::Str),
        ("interpolated_string_expression", Shape::Template),
        ("interpolation", Shape::Pass),
        ("interpolation_brace", Shape::Skip),
        ("interpolation_quote", Shape::Skip),
        ("interpolation_start", Shape::Skip),
        ("interpolation_format_clause", Shape::Skip),
        ("interpolation_alignment_clause", Shape::Skip),
        ("string_content", Shape::Str),
        ("escape_sequence", Shape::Str),
        ("character_literal", Shape::Pass),
        ("character_literal_content", Shape::Str),
        ("integer_literal", Shape::Int),
        ("real_literal", Shape::Literal),
        ("boolean_literal", Shape::Literal),
        ("null_literal", Shape::Literal),
        ("typeof_expression", Shape::Literal),
        ("default_expression", Shape::Literal),
        ("sizeof_expression", Shape::Literal),
        ("member_access_expression", Shape::Hook),
        ("member_binding_expression", Shape::Hook),
        ("conditional_access_expression", Shape::Hook),
        ("element_access_expression", Shape::Index("expression", "subscript")),
        ("bracketed_argument_list", Shape::Pass),
        ("invocation_expression", Shape::Hook),
        ("argument_list", Shape::Args),
        ("argument", Shape::Hook),
        ("object_creation_expression", Shape::Hook),
        ("with_expression", Shape::Hook),
        ("with_initializer", Shape::Hook),
        ("implicit_object_creation_expression", Shape::Hook),
        ("array_creation_expression", Shape::Hook),
        ("implicit_array_creation_expression", Shape::Pass),
        ("anonymous_object_creation_expression", Shape::Hook),
        ("initializer_expression", Shape::Hook),
        ("collection_expression", Shape::List),
        ("tuple_expression", Shape::List),
        ("assignment_expression", Shape::Hook),
        ("binary_expression", Shape::Binary("operator")),
        ("is_expression", Shape::Compare),
        ("is_pattern_expression", Shape::Hook),
        ("declaration_pattern", Shape::Hook),
        ("as_expression", Shape::Hook),
        ("cast_expression", Shape::Hook),
        ("declaration_expression", Shape::Hook),
        ("variable_declarator", Shape::Hook),
        ("property_declaration", Shape::Hook),
        ("accessor_declaration", Shape::Hook),
        ("indexer_declaration", Shape::Hook),
        ("class_declaration", Shape::Hook),
        ("struct_declaration", Shape::Hook),
        ("record_declaration", Shape::Hook),
        ("interface_declaration", Shape::Hook),
        ("enum_declaration", Shape::Skip),
        ("delegate_declaration", Shape::Skip),
        ("method_declaration", Shape::Function("name", "body")),
        ("local_function_statement", Shape::Function("name", "body")),
        ("constructor_declaration", Shape::Hook),
        ("destructor_declaration", Shape::Hook),
        ("lambda_expression", Shape::Function("", "body")),
        ("anonymous_method_expression", Shape::Hook),
        ("arrow_expression_clause", Shape::Pass),
        ("return_statement", Shape::Return),
        ("yield_statement", Shape::Give),
        ("throw_statement", Shape::Leave),
        ("throw_expression", Shape::Leave),
        ("if_statement", Shape::If("condition", "alternative")),
        ("conditional_expression", Shape::If("condition", "alternative")),
        ("while_statement", Shape::If("condition", "")),
        ("for_statement", Shape::If("condition", "")),
        ("foreach_statement", Shape::For("left", "right", "body")),
        ("switch_statement", Shape::Hook),
        ("switch_expression", Shape::Hook),
        ("switch_section", Shape::Hook),
        ("switch_expression_arm", Shape::Hook),
        ("recursive_pattern", Shape::Skip),
        ("tuple_pattern", Shape::Hook),
        ("catch_clause", Shape::Hook),
        ("catch_declaration", Shape::Skip),
    ]],
    names_only: &[
        ("variable_declaration", "type"),
        ("variable_declarator", "name"),
        ("property_declaration", "type"),
        ("property_declaration", "name"),
        ("method_declaration", "returns"),
        ("local_function_statement", "type"),
        ("object_creation_expression", "type"),
        ("array_creation_expression", "type"),
        ("constructor_declaration", "name"),
        ("class_declaration", "name"),
        ("struct_declaration", "name"),
        ("record_declaration", "name"),
        ("interface_declaration", "name"),
        ("foreach_statement", "type"),
        ("cast_expression", "type"),
        ("as_expression", "right"),
        ("is_expression", "right"),
        ("declaration_pattern", "type"),
        ("declaration_pattern", "name"),
        ("declaration_expression", "type"),
        ("declaration_expression", "name"),
        ("argument", "name"),
        ("attribute", "name"),
        ("attribute_argument", "name"),
        ("labeled_statement", "label"),
        ("lambda_expression", "parameters"),
        ("lambda_expression", "type"),
        ("enum_member_declaration", "name"),
        ("member_binding_expression", "name"),
        ("file_scoped_namespace_declaration", "name"),
        ("namespace_declaration", "name"),
    ],
    enter,
    exit,
    between,
    params,
    literal,
    prepare: Some(super::unicode::put_back),
    implicit_this: true,
    ignore_case: false,
};

fn enter<'t>(l: &mut Lowering<'t>, node: Node<'t>) -> Enter {
    match node.kind() {
        "using_directive" => {
            let text = l.text(node).trim_start_matches("global").trim().trim_start_matches("using");
            let text = text.trim().trim_end_matches(';').trim();
            match text.split_once('=') {
                Some((local, path)) => l.import(node, type_name(path.trim()), local.trim(), false),
                None => {
                    let path = text.strip_prefix("static").unwrap_or(text).trim().to_owned();
                    l.import(node, &path, "", true);
                }
            }
            Enter::Done(Value::None)
        }
        "namespace_declaration" | "file_scoped_namespace_declaration" => {
            let name = node.child_by_field_name("name").map_or("", |name| l.text(name));
            let package = l.sym(name);
            l.unit.package.get_or_insert(package);
            Enter::Descend
        }
        "qualified_name" | "alias_qualified_name" => {
            let op = l.path(node, type_name(l.text(node)));
            Enter::Done(Value::Op(op))
        }
        // `nameof(x)` reads a name and nothing else.
        "invocation_expression" if l.text(node).starts_with("nameof(") => Enter::Done(Value::Op(
            l.string(node, l.text(node).trim_start_matches("nameof(").trim_end_matches(')')),
        )),
        // `services.GetRequiredService<Outbox>()` gives one of what stands in the brackets.
        "invocation_expression" if provided(l, node).is_some() => {
            let ty = provided(l, node).unwrap_or_default();
            let symbol = l.sym(type_name(&ty));
            Enter::Done(Value::Op(l.emit(node, Op::OfType(symbol))))
        }
        "generic_name" => {
            let op = l.path(node, type_name(l.text(node)));
            Enter::Done(Value::Op(op))
        }
        // `get { return host; }` is a function that is called where the property is read.
        "accessor_declaration" if getter(l, node) => {
            let name = got_name(l);
            l.begin_function(node, name, FuncKind::Named);
            if let Some(indexer) = l.ancestor(1).filter(|around| around.kind() == "indexer_declaration") {
                params(l, indexer);
            }
            Enter::Descend
        }
        // `public string this[string key] => …` is a method that is called where an element is read.
        "indexer_declaration" if node.child_by_field_name("value").is_some() => {
            l.begin_function(node, INDEXER, FuncKind::Named);
            params(l, node);
            Enter::Descend
        }
        "class_declaration" | "struct_declaration" | "record_declaration" | "interface_declaration" => {
            let name = node.child_by_field_name("name").map_or("", |name| l.text(name));
            let mut cursor = node.walk();
            let bases = node.named_children(&mut cursor).find(|child| child.kind() == "base_list");
            let bases = bases.map(|bases| l.base_names(bases)).unwrap_or_default();
            let parameters = node.named_children(&mut cursor).find(|child| child.kind() == "parameter_list");
            l.begin_class(node, name, bases);
            let head = l.text(node);
            if head.get(..head.find('{').unwrap_or(0)).is_some_and(|head| head.contains("partial ")) {
                l.part();
            }
            if let Some(list) = parameters {
                // The parameters of a primary constructor are fields.
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
        "constructor_declaration" | "destructor_declaration" => {
            let name = if node.kind() == "constructor_declaration" { "constructor" } else { "Finalize" };
            l.begin_function(node, name, FuncKind::Named);
            params(l, node);
            Enter::Descend
        }
        "constructor_initializer" => {
            if let Some(given) = child_of(node, &["argument_list"]) {
                let own = l.text(node).trim_start_matches([':', ' ', '\n', '\t']).starts_with("this");
                if let Some(Value::Args(args)) = l.lower_now(node, given) {
                    let callee = l.path(node, if own { "this" } else { "super" });
                    l.call(node, callee, args, false);
                }
            }
            Enter::Done(Value::None)
        }
        "anonymous_method_expression" => {
            l.begin_function(node, "", FuncKind::Closure);
            params(l, node);
            Enter::Descend
        }
        "member_binding_expression" => {
            // What stands before `?.` was lowered just now.
            let before = l.last_op();
            let name = node.child_by_field_name("name").map_or("", |name| type_name(l.text(name)));
            let symbol = l.sym(name);
            Enter::Done(match before {
                Some(object) => Value::Op(l.emit(node, Op::Field(object, symbol))),
                None => Value::Op(l.emit(node, Op::Name(symbol))),
            })
        }
        "catch_clause" | "switch_section" | "switch_expression_arm" => {
            l.emit(node, Op::Branch(None));
            if node.kind() == "catch_clause" {
                let declared = child_of(node, &["catch_declaration"]);
                let part = |name| declared.and_then(|declared| declared.child_by_field_name(name));
                let (ty, name) = (part("type"), part("name"));
                l.caught(node, ty.map_or("", |ty| l.text(ty)), name.map_or("", |name| l.text(name)));
            }
            Enter::Descend
        }
        _ => Enter::Descend,
    }
}

/// What a switch is about is bound by the patterns of its cases.
fn between<'t>(l: &mut Lowering<'t>, node: Node<'t>, kids: &[Kid<'t>]) {
    let Some(kid) = kids.last() else { return };
    match node.kind() {
        "switch_statement" if kid.field == l.field("value") => {
            l.kept.push(kid.value.op().unwrap_or(OpId::MAX));
        }
        "switch_expression" if kids.len() == 1 => l.kept.push(kid.value.op().unwrap_or(OpId::MAX)),
        "switch_section" | "switch_expression_arm"
            if kid.node.kind().ends_with("pattern")
                || kids.len() == 1 && kid.node.kind() == "invocation_expression" =>
        {
            if let Some(subject) = l.kept.last().copied().filter(|op| *op != OpId::MAX) {
                super::patterns::match_typed(l, kid.node, subject);
            }
        }
        _ => {}
    }
}

/// The type a container of services is asked for.
fn provided<'t>(l: &Lowering<'t>, node: Node<'t>) -> Option<String> {
    let callee = node.child_by_field_name("function")?;
    let name = callee.child_by_field_name("name").filter(|name| name.kind() == "generic_name")?;
    let (method, of) = l.text(name).split_once('<')?;
    let asks = matches!(
        method.trim(),
        "GetRequiredService"
            | "GetService"
            | "GetRequiredKeyedService"
            | "GetKeyedService"
            | "Resolve"
            | "GetInstance"
    );
    let of = of.trim().trim_end_matches('>').trim();
    (asks && !of.is_empty() && !of.contains(['<', ','])).then(|| of.to_owned())
}

/// `[DllImport("libc", EntryPoint = "execve")] static extern int Run(…)`: the name in the library of what is
/// declared here under a name of its own.
fn imported_as<'t>(l: &Lowering<'t>, attribute: Node<'t>) -> Option<(String, String)> {
    let method = attribute.parent()?.parent()?;
    let own = method.child_by_field_name("name").map(|name| l.text(name).to_owned())?;
    let text = l.text(attribute);
    let entry = text.split_once("EntryPoint").and_then(|(_, rest)| rest.split('"').nth(1));
    Some((entry.unwrap_or(&own).to_owned(), own))
}

fn exit<'t>(l: &mut Lowering<'t>, node: Node<'t>, kids: &[Kid<'t>]) -> Value {
    match node.kind() {
        "with_initializer" => match kids {
            [name, value] => match (l.text(name.node), value.value.op()) {
                (text, Some(value)) => {
                    let key = l.string(node, text);
                    Value::Pair(key, value)
                }
                _ => Value::None,
            },
            _ => Value::None,
        },
        // `gate with { Code = "" }`
        "with_expression" => {
            let Some(object) = kids.first().and_then(|kid| kid.value.op()) else { return l.mix(node, kids) };
            let mut args = Vec::new();
            for kid in kids.iter().skip(1) {
                if let (Value::Pair(_, value), Some(name)) = (&kid.value, kid.node.named_child(0)) {
                    args.push(Arg { name: l.sym_of(name), value: *value, spread: false });
                }
            }
            let method = l.sym("copy");
            let callee = l.emit(node, Op::Field(object, method));
            Value::Op(l.call(node, callee, args, false))
        }
        // The member, of which what stands before it is a part.
        "conditional_access_expression" => match kids.last().and_then(|kid| kid.value.op()) {
            Some(member) => Value::Op(member),
            None => l.mix(node, kids),
        },
        "attribute" => {
            let name = node.child_by_field_name("name").map_or("", |name| l.text(name));
            let last = name.rsplit('.').next().unwrap_or(name);
            if matches!(last, "DllImport" | "LibraryImport" | "ModuleInitializer" | "UnmanagedCallersOnly") {
                let callee = l.path(node, last);
                let imported = imported_as(l, node).filter(|_| last.ends_with("Import"));
                let args = imported.as_ref().map(|(name, _)| l.string(node, name));
                let args = args.into_iter().map(|value| Arg { name: 0, value, spread: false }).collect();
                l.call(node, callee, args, false);
                if let Some((name, own)) = imported {
                    l.import(node, &format!("native.{name}"), &own, false);
                }
            }
            Value::None
        }
        "member_access_expression" => {
            let name = node.child_by_field_name("name");
            // The name was lowered as a read of its own.
            if let Some(op) = l.kid(kids, "name") {
                l.unread(op);
            }
            let Some(name) = name else { return l.mix(node, kids) };
            let text = type_name(l.text(name));
            let symbol = l.sym(text);
            let object = match l.kid(kids, "expression") {
                Some(object) => object,
                None => {
                    let text = node.child_by_field_name("expression").map_or("", |object| l.text(object));
                    l.path(node, text)
                }
            };
            Value::Op(l.emit(node, Op::Field(object, symbol)))
        }
        "invocation_expression" => {
            let (callee, args) = (l.field("function"), l.field("arguments"));
            l.call_of(node, kids, callee, args, false)
        }
        "argument" => {
            let value = kids.iter().rev().find_map(|kid| kid.value.op());
            match (node.child_by_field_name("name"), value) {
                (Some(name), Some(value)) => Value::Named(l.sym_of(name), value),
                (_, Some(value)) => Value::Op(value),
                _ => Value::None,
            }
        }
        "object_creation_expression" | "implicit_object_creation_expression" => {
            let ty = match node.child_by_field_name("type") {
                Some(ty) => l.text(ty),
                // `Type x = new(…)`.
                None => declared_type(l),
            };
            let mut args = kids
                .iter()
                .find_map(|kid| match &kid.value {
                    Value::Args(args) => Some(args.clone()),
                    _ => None,
                })
                .unwrap_or_else(|| Lowering::args(kids).into_iter().filter(|arg| arg.name != 0).collect());
            if node.kind() == "implicit_object_creation_expression" {
                args = kids
                    .iter()
                    .filter(|kid| kid.node.kind() == "argument")
                    .filter_map(|kid| kid.value.op())
                    .map(|value| Arg { name: 0, value, spread: false })
                    .chain(args)
                    .collect();
            }
            let initializer = kids.iter().find(|kid| kid.node.kind() == "initializer_expression");
            if let Some(value) = initializer.and_then(|kid| kid.value.op()) {
                args.push(Arg { name: 0, value, spread: false });
            }
            if let (true, Some(filled)) = (ty.is_empty(), initializer.and_then(|kid| kid.value.op())) {
                return Value::Op(filled);
            }
            let callee = l.path(node, type_name(ty));
            Value::Op(l.call(node, callee, args, true))
        }
        "array_creation_expression" => {
            kids.iter().rev().find_map(|kid| kid.value.op()).map_or(Value::None, Value::Op)
        }
        "initializer_expression" | "anonymous_object_creation_expression" => {
            let pairs: Vec<(OpId, OpId)> = kids
                .iter()
                .filter_map(|kid| match kid.value {
                    Value::Pair(key, value) => Some((key, value)),
                    _ => None,
                })
                .collect();
            if pairs.is_empty() {
                let ops: Vec<OpId> = kids.iter().filter_map(|kid| kid.value.op()).collect();
                return Value::Op(l.emit(node, Op::List(ops.into())));
            }
            Value::Op(l.emit(node, Op::Dict(pairs.into())))
        }
        "assignment_expression" => {
            let (target, value) = (l.kid(kids, "left"), l.kid(kids, "right"));
            let (Some(target), Some(value)) = (target, value) else { return l.mix(node, kids) };
            let inside = l.ancestor(0).is_some_and(|parent| parent.kind() == "initializer_expression");
            if inside {
                let name = node.child_by_field_name("left").map_or("", |left| l.text(left));
                l.unread(target);
                let key = l.string(node, name.trim_matches(['[', ']', '"']));
                return Value::Pair(key, value);
            }
            let operator = node.child_by_field_name("operator").map_or("=", |operator| l.text(operator));
            l.assign(node, target, value, operator != "=");
            Value::Op(value)
        }
        "cast_expression" => l.kid(kids, "value").map_or(Value::None, Value::Op),
        "as_expression" => l.kid(kids, "left").map_or(Value::None, Value::Op),
        "is_pattern_expression" => {
            if let (Some(pattern), Some(value)) =
                (node.child_by_field_name("pattern"), l.kid(kids, "expression"))
            {
                super::patterns::match_typed(l, pattern, value);
            }
            let ops: Vec<OpId> = kids.iter().filter_map(|kid| kid.value.op()).collect();
            Value::Op(l.emit(node, Op::Compare(ops.into())))
        }
        "declaration_pattern" => Value::None,
        // `(var a, _)`: what is stored there is taken apart.
        "tuple_pattern" => l.slots(node, kids),
        "switch_section" | "switch_expression_arm" => {
            l.emit(node, Op::End);
            match node.kind() {
                "switch_section" => Value::None,
                _ => kids.last().and_then(|kid| kid.value.op()).map_or(Value::None, Value::Op),
            }
        }
        "switch_statement" | "switch_expression" => {
            let of_value = node.kind() == "switch_statement";
            let field = l.field("value");
            if !kids.is_empty() && (!of_value || kids.iter().any(|kid| kid.field == field)) {
                l.kept.pop();
            }
            let arms: Vec<OpId> = kids.iter().skip(1).filter_map(|kid| kid.value.op()).collect();
            match arms.is_empty() || of_value {
                true => Value::None,
                false => Value::Op(l.emit(node, Op::Any(arms.into()))),
            }
        }
        "declaration_expression" => {
            let ty = node.child_by_field_name("type").map_or("", |ty| l.text(ty));
            let name = node.child_by_field_name("name").map_or("", |name| l.text(name));
            l.declare(node, name, ty, None);
            Value::Op(l.path(node, name))
        }
        "variable_declarator" => {
            let ty = l
                .ancestor(0)
                .and_then(|parent| parent.child_by_field_name("type"))
                .map_or("", |ty| l.text(ty));
            let name_field = l.field("name");
            let value =
                kids.iter().rev().filter(|kid| kid.field != name_field).find_map(|kid| kid.value.op());
            let apart = kids.first().filter(|kid| kid.node.kind() == "tuple_pattern");
            match (node.child_by_field_name("name"), apart.and_then(|kid| kid.value.op()), value) {
                (Some(name), ..) => {
                    l.declare(node, l.text(name), ty, value);
                }
                (None, Some(target), Some(value)) if target != value => l.assign(node, target, value, false),
                _ => {}
            }
            Value::None
        }
        "accessor_declaration" => match getter(l, node) {
            true => {
                let arrow = kids
                    .iter()
                    .find(|kid| kid.node.kind() == "arrow_expression_clause" && kid.value.op().is_some());
                if let Some(arrow) = arrow {
                    l.emit(node, Op::Return(arrow.value.op()));
                }
                let value = l.end_function(node);
                let name = got_name(l);
                l.declare(node, name, "", Some(value));
                Value::None
            }
            false => l.mix(node, kids),
        },
        "indexer_declaration" => {
            if node.child_by_field_name("value").is_some() {
                let value = l.kid(kids, "value");
                l.emit(node, Op::Return(value));
                let function = l.end_function(node);
                l.declare(node, INDEXER, "", Some(function));
            }
            Value::None
        }
        "property_declaration" => {
            let ty = node.child_by_field_name("type").map_or("", |ty| l.text(ty));
            let value = l.kid(kids, "value");
            let mut cursor = node.walk();
            let accessors = node.named_children(&mut cursor).find(|child| child.kind() == "accessor_list");
            let got = accessors.is_some_and(|list| {
                let mut cursor = list.walk();
                list.named_children(&mut cursor).any(|accessor| getter(l, accessor))
            });
            if got && value.is_none() {
                return Value::None;
            }
            if let Some(name) = node.child_by_field_name("name") {
                l.declare(node, l.text(name), ty, value);
            }
            Value::None
        }
        "class_declaration" | "struct_declaration" | "record_declaration" | "interface_declaration" => {
            l.end_class(node);
            Value::None
        }
        "constructor_declaration" => {
            let value = l.end_function(node);
            l.declare(node, "constructor", "", Some(value));
            Value::None
        }
        "destructor_declaration" => {
            l.end_function(node);
            Value::None
        }
        "anonymous_method_expression" => Value::Op(l.end_function(node)),
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

/// What reads an element of an object is called.
const INDEXER: &str = "this[]";

/// What the getter that begins or ends here is called: the property, or what reads an element.
fn got_name<'t>(l: &Lowering<'t>) -> &'t str {
    let around = l.ancestor(1);
    let name = around.and_then(|property| property.child_by_field_name("name"));
    match around {
        Some(around) if around.kind() == "indexer_declaration" => INDEXER,
        _ => name.map_or("", |name| l.text(name)),
    }
}

/// The type declared for what is being initialised.
fn declared_type<'t>(l: &Lowering<'t>) -> &'t str {
    let around = (0..3).filter_map(|up| l.ancestor(up));
    let declaration = around
        .into_iter()
        .find(|node| matches!(node.kind(), "variable_declaration" | "property_declaration"));
    declaration.and_then(|node| node.child_by_field_name("type")).map_or("", |ty| l.text(ty))
}

fn params<'t>(l: &mut Lowering<'t>, node: Node<'t>) {
    let list = node.child_by_field_name("parameters").or_else(|| {
        let mut cursor = node.walk();
        node.named_children(&mut cursor).find(|child| child.kind() == "parameter_list")
    });
    let Some(list) = list else { return };
    if !matches!(list.kind(), "parameter_list" | "bracketed_parameter_list") {
        l.param(l.text(list), "", false);
        return;
    }
    let mut cursor = list.walk();
    let children: Vec<Node<'t>> =
        list.named_children(&mut cursor).filter(|child| !child.is_extra()).collect();
    for child in children {
        if child.kind() != "parameter" {
            continue;
        }
        let ty = child.child_by_field_name("type").map_or("", |ty| l.text(ty));
        let name = child.child_by_field_name("name").map_or("", |name| l.text(name));
        let mut cursor = child.walk();
        let words = child.named_children(&mut cursor).filter(|word| word.kind() == "modifier");
        let words: Vec<&str> = words.map(|word| l.text(word)).collect();
        l.param(name, ty, false);
        l.param_mark(child);
        if words.contains(&"this") {
            let mark = l.sym(ON_FIRST);
            l.current().marks = [mark].into();
        }
        if words.iter().any(|word| matches!(*word, "out" | "ref")) {
            l.by_reference();
        }
    }
}

fn literal<'t>(l: &Lowering<'t>, node: Node<'t>) -> String {
    let text = String::from_utf8_lossy(l.src.get(node.byte_range()).unwrap_or_default());
    match node.kind() {
        "escape_sequence" => unescape_literal(&text),
        "verbatim_string_literal" => {
            text.trim_start_matches(['@', '$']).trim_matches('"').replace("\"\"", "\"")
        }
        _ => text.into_owned(),
    }
}

/// Whether an accessor is a getter with a body.
fn getter<'t>(l: &Lowering<'t>, node: Node<'t>) -> bool {
    node.kind() == "accessor_declaration"
        && node.child_by_field_name("body").is_some()
        && node.child_by_field_name("name").is_some_and(|name| l.text(name) == "get")
}
