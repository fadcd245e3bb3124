//! PowerShell.
//!
//! A command is a call of its name, with its parameters as named arguments; what comes through the pipeline
//! is an argument called `inputobject`. Types are written without brackets and with `System.` in front.

use std::borrow::Cow;

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
use crate::scan::code::lower::each_node;
use crate::scan::code::map::Set;

/// PowerShell.
pub static SPEC: Spec = Spec {
    language: Language::PowerShell,
    grammar: || tree_sitter_powershell::LANGUAGE.into(),
    shapes: &[&[
        ("comment", Shape::Hook),
        ("program", Shape::Block),
        ("statement_list", Shape::Hook),
        ("statement_block", Shape::Pass),
        ("command", Shape::Hook),
        ("command_invokation_operator", Shape::Skip),
        ("command_name", Shape::Hook),
        ("path_command_name", Shape::Hook),
        ("command_elements", Shape::Hook),
        ("command_parameter", Shape::Skip),
        ("command_argument_sep", Shape::Skip),
        ("generic_token", Shape::Str),
        ("redirections", Shape::Skip),
        ("pipeline", Shape::Pass),
        ("pipeline_chain", Shape::Hook),
        ("variable", Shape::Hook),
        ("type_literal", Shape::Hook),
        ("type_spec", Shape::Skip),
        ("attribute_list", Shape::Skip),
        ("attribute", Shape::Skip),
        ("param_block", Shape::Hook),
        ("parameter_list", Shape::Skip),
        ("member_name", Shape::Skip),
        ("member_access", Shape::Hook),
        ("element_access", Shape::Hook),
        ("invokation_expression", Shape::Hook),
        ("argument_list", Shape::Hook),
        ("argument_expression_list", Shape::Args),
        ("string_literal", Shape::Pass),
        ("expandable_string_literal", Shape::Hook),
        ("expandable_here_string_literal", Shape::Hook),
        ("verbatim_string_characters", Shape::Str),
        ("verbatim_here_string_characters", Shape::Str),
        ("integer_literal", Shape::Int),
        ("real_literal", Shape::Literal),
        ("array_literal_expression", Shape::Hook),
        ("hash_literal_expression", Shape::Pass),
        ("hash_literal_body", Shape::Dict),
        ("hash_entry", Shape::Hook),
        ("key_expression", Shape::Pass),
        ("simple_name", Shape::Str),
        ("additive_expression", Shape::Hook),
        ("additive_argument_expression", Shape::Hook),
        ("format_expression", Shape::Hook),
        ("format_argument_expression", Shape::Hook),
        ("format_operator", Shape::Skip),
        ("comparison_expression", Shape::Hook),
        ("comparison_argument_expression", Shape::Hook),
        ("comparison_operator", Shape::Skip),
        ("expression_with_unary_operator", Shape::Hook),
        ("cast_expression", Shape::Hook),
        ("assignment_expression", Shape::Hook),
        ("assignement_operator", Shape::Skip),
        ("function_statement", Shape::Hook),
        ("function_name", Shape::Skip),
        ("function_parameter_declaration", Shape::Hook),
        ("script_block_expression", Shape::Hook),
        ("class_method_definition", Shape::Hook),
        ("class_statement", Shape::Hook),
        ("class_property_definition", Shape::Hook),
        ("flow_control_statement", Shape::Hook),
        ("if_statement", Shape::If("condition", "else_clause")),
        ("elseif_clause", Shape::If("condition", "")),
        ("while_statement", Shape::If("condition", "")),
        ("foreach_statement", Shape::Hook),
        ("switch_clause", Shape::Branch),
        ("catch_clause", Shape::Hook),
        ("catch_type_list", Shape::Skip),
    ]],
    names_only: &[],
    enter,
    exit,
    between,
    params: |_, _| {},
    literal,
    prepare: Some(without_using),
    implicit_this: false,
    ignore_case: true,
};

/// Short names of commands, as every PowerShell has them.
const ALIASES: &[(&str, &str)] = &[
    ("iwr", "invoke-webrequest"),
    ("wget", "invoke-webrequest"),
    ("curl", "invoke-webrequest"),
    ("irm", "invoke-restmethod"),
    ("iex", "invoke-expression"),
    ("icm", "invoke-command"),
    ("gc", "get-content"),
    ("cat", "get-content"),
    ("type", "get-content"),
    ("sc", "set-content"),
    ("ac", "add-content"),
    ("gci", "get-childitem"),
    ("ls", "get-childitem"),
    ("dir", "get-childitem"),
    ("ri", "remove-item"),
    ("rm", "remove-item"),
    ("del", "remove-item"),
    ("rd", "remove-item"),
    ("rmdir", "remove-item"),
    ("erase", "remove-item"),
    ("cp", "copy-item"),
    ("copy", "copy-item"),
    ("cpi", "copy-item"),
    ("mv", "move-item"),
    ("move", "move-item"),
    ("saps", "start-process"),
    ("start", "start-process"),
    ("sajb", "start-job"),
    ("gps", "get-process"),
    ("ps", "get-process"),
    ("gwmi", "get-wmiobject"),
    ("gcim", "get-ciminstance"),
    ("gsv", "get-service"),
    ("ipmo", "import-module"),
    ("gp", "get-itemproperty"),
    ("gcb", "get-clipboard"),
    ("nsn", "new-pssession"),
    ("etsn", "enter-pssession"),
    ("foreach", "foreach-object"),
    ("%", "foreach-object"),
    ("?", "where-object"),
    ("tee", "tee-object"),
    ("select", "select-object"),
    ("ogv", "out-gridview"),
];

/// Types of the language itself: a parameter of any other may be of a class of the tree.
const BUILTIN: &[&str] = &[
    "",
    "string",
    "int",
    "int32",
    "int64",
    "uint32",
    "long",
    "double",
    "decimal",
    "single",
    "float",
    "bool",
    "boolean",
    "switch",
    "switchparameter",
    "object",
    "psobject",
    "pscustomobject",
    "array",
    "hashtable",
    "ordered",
    "scriptblock",
    "datetime",
    "timespan",
    "pscredential",
    "securestring",
    "byte",
    "char",
    "xml",
    "regex",
    "guid",
    "version",
    "ipaddress",
    "mailaddress",
    "type",
    "void",
    "uri",
];

/// Types and namespaces written without `System.`.
const SYSTEM: &[&str] = &[
    "net",
    "io",
    "text",
    "reflection",
    "diagnostics",
    "convert",
    "environment",
    "security",
    "management",
    "runtime",
    "threading",
    "xml",
    "windows",
    "collections",
    "activator",
    "appdomain",
    "math",
    "uri",
    "guid",
    "datetime",
    "array",
    "bitconverter",
    "type",
    "web",
    "data",
    "drawing",
    "media",
    "directoryservices",
    "globalization",
];

fn type_path(text: &str) -> String {
    let text = text.trim_matches(['[', ']', '(', ')', '\'', '"', ' ']).to_ascii_lowercase();
    let text = text.split(['[', '`']).next().unwrap_or("").to_owned();
    let first = text.split('.').next().unwrap_or("");
    match text.as_str() {
        "scriptblock" => "scriptblock".to_owned(),
        "wmiclass" => "wmiclass".to_owned(),
        _ if SYSTEM.contains(&first) => format!("system.{text}"),
        _ => text,
    }
}

fn enter<'t>(l: &mut Lowering<'t>, node: Node<'t>) -> Enter {
    match node.kind() {
        "variable" => {
            let text = l.text(node).to_ascii_lowercase();
            let name = text.trim_start_matches(['$', '@']).trim_matches(['{', '}']);
            let op = match name.split_once(':') {
                Some(("env", name)) => l.path(node, &format!("$env.{name}")),
                Some((_, name)) => l.path(node, &format!("${name}")),
                None => l.path(node, &format!("${name}")),
            };
            Enter::Done(Value::Op(op))
        }
        "type_literal" => {
            let path = type_path(l.text(node));
            Enter::Done(Value::Op(l.path(node, &path)))
        }
        "command_name" | "path_command_name" if node.named_child_count() == 0 => {
            let text = l.text(node).trim_matches(['"', '\'']).replace('`', "");
            Enter::Done(Value::Op(l.string(node, &text)))
        }
        "class_statement" => {
            let mut cursor = node.walk();
            let mut names = node.named_children(&mut cursor).filter(|child| child.kind() == "simple_name");
            let name = names.next().map_or(String::new(), |name| l.text(name).to_ascii_lowercase());
            let bases = names.map(|base| l.text(base).to_ascii_lowercase()).collect();
            l.begin_class(node, &name, bases);
            Enter::Descend
        }
        "class_property_definition" => {
            let name = child_of(node, &["variable"]).map_or("", |name| l.text(name)).trim_start_matches('$');
            let ty = child_of(node, &["type_literal"]).map_or(String::new(), |ty| type_path(l.text(ty)));
            l.declare(node, &name.to_ascii_lowercase(), if ty.contains('.') { &ty } else { "" }, None);
            Enter::Done(Value::None)
        }
        "function_statement" | "class_method_definition" => {
            let name = child_of(node, &["function_name", "simple_name"]).map_or("", |name| l.text(name));
            let mut name = name.rsplit(':').next().unwrap_or(name).to_owned();
            let class = l.ancestor(0).filter(|around| around.kind() == "class_statement");
            let of = class.and_then(|class| child_of(class, &["simple_name"])).map_or("", |of| l.text(of));
            if !of.is_empty() && of.eq_ignore_ascii_case(&name) {
                "new".clone_into(&mut name);
            }
            l.begin_function(node, &name, FuncKind::Named);
            parameters(l, node);
            Enter::Descend
        }
        "script_block_expression" => {
            l.begin_function(node, "", FuncKind::Closure);
            l.param("$_", "", false);
            parameters(l, node);
            Enter::Descend
        }
        "comment" => {
            let used = l.text(node).strip_prefix(USED).unwrap_or("").trim();
            if let Some(("namespace", space)) =
                used.split_once(char::is_whitespace).map(|(kind, of)| (kind, of.trim()))
            {
                l.import(node, &space.to_ascii_lowercase(), "", true);
            }
            Enter::Done(Value::None)
        }
        "param_block" | "function_parameter_declaration" => {
            let script = l.ancestor(0).is_some_and(|around| around.kind() == "program");
            begin_parameters(l, node, script);
            Enter::Done(Value::None)
        }
        "catch_clause" => {
            l.emit(node, Op::Branch(None));
            l.caught(node, "", "$_");
            Enter::Descend
        }
        _ => Enter::Descend,
    }
}

/// What a line that begins with `using` is read as.
const USED: &str = "#sing ";

/// `bytes` with the `using` lines at the beginning as comments: the grammar takes them for commands, and the
/// parameters of the script behind them for another.
fn without_using<'b>(bytes: &'b [u8], _: &Set<Box<str>>) -> Cow<'b, [u8]> {
    let mut out: Option<Vec<u8>> = None;
    let mut at = 0;
    let mut inside = false;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        let text = line.trim_ascii();
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
        inside |= text.starts_with(b"<#");
        let uses = text.get(..USED.len()).is_some_and(|start| start.eq_ignore_ascii_case(b"using "));
        if uses && !inside {
            let start = at + line.len() - line.trim_ascii_start().len();
            let start = bytes
                .get(start..)
                .and_then(|rest| rest.iter().position(|byte| byte | 32 == b'u'))
                .unwrap_or(0)
                + start;
            let all = out.get_or_insert_with(|| bytes.to_vec());
            if let Some(word) = all.get_mut(start..start + USED.len()) {
                word.copy_from_slice(USED.as_bytes());
            }
        } else if !inside && !text.is_empty() && !text.starts_with(b"#") {
            break;
        }
        inside &= !text.ends_with(b"#>");
        at += line.len();
    }
    out.map_or(Cow::Borrowed(bytes), Cow::Owned)
}

/// Types whose values say little by themselves: no text of a command line stands in them.
const COUNTED: &[&str] =
    &["switch", "switchparameter", "bool", "boolean", "int", "int32", "int64", "long", "double"];

/// What the parameters in `list` are before anything is done with them: of a script what its command line says, and
/// what stands beside them where a caller gives none.
fn begin_parameters<'t>(l: &mut Lowering<'t>, list: Node<'t>, script: bool) {
    let mut found: Vec<Node<'t>> = Vec::new();
    each_node(list, |child| {
        if child.kind() == "script_parameter" {
            found.push(child);
        }
    });
    for parameter in found {
        let Some(variable) = child_of(parameter, &["variable"]) else { continue };
        let name = l.text(variable).to_ascii_lowercase();
        let default = child_of(parameter, &["script_parameter_default"]);
        let inner = default.and_then(|default| default.named_child(0).map(|value| (default, value)));
        match inner {
            Some((default, value)) if !script => l.param_default(default, &name, value),
            None if !script => {}
            inner => {
                let given = inner.and_then(|(default, value)| l.lower_now(default, value)?.op());
                let ty = type_of(l, parameter);
                // Whom to talk to is no data that is sent.
                let address = default.is_some_and(|default| l.text(default).contains("://"));
                let said = (!address && !COUNTED.contains(&ty.as_str())).then(|| l.path(parameter, "$args"));
                let parts: Vec<OpId> = said.into_iter().chain(given).collect();
                let value =
                    if parts.is_empty() { None } else { Some(l.emit(parameter, Op::Any(parts.into()))) };
                let ty = if BUILTIN.contains(&ty.as_str()) { "" } else { ty.as_str() };
                l.declare(parameter, &name, ty, value);
            }
        }
    }
}

/// The declared type of a parameter.
fn type_of(l: &Lowering<'_>, parameter: Node<'_>) -> String {
    let ty = l.text(parameter).split('$').next().unwrap_or("").trim();
    type_path(ty.rsplit('[').next().unwrap_or("").trim_end_matches(']'))
}

/// The parameters of a function: in brackets after its name, or in a `param` block.
fn parameters<'t>(l: &mut Lowering<'t>, node: Node<'t>) {
    let mut names: Vec<(String, String)> = Vec::new();
    let block = child_of(node, &["script_block"]);
    let lists = [
        child_of(node, &["function_parameter_declaration", "class_method_parameter_list", "param_block"]),
        block.and_then(|block| child_of(block, &["param_block"])),
    ];
    for list in lists.into_iter().flatten() {
        each_node(list, |child| {
            if matches!(child.kind(), "script_parameter" | "class_method_parameter")
                && let Some(variable) = child_of(child, &["variable"])
            {
                names.push((l.text(variable).to_ascii_lowercase(), type_of(l, child)));
            }
        });
    }
    for (name, ty) in names {
        let ty = if ty.contains('.') || !BUILTIN.contains(&ty.as_str()) { ty.as_str() } else { "" };
        l.param(&name, ty, false);
    }
}

fn between<'t>(l: &mut Lowering<'t>, node: Node<'t>, kids: &[Kid<'t>]) {
    // foreach ($x in $xs) { … }
    if node.kind() == "foreach_statement"
        && let [.., variable, iterated] = kids
        && variable.node.kind() == "variable"
        && let (Some(target), Some(op)) = (variable.value.op(), iterated.value.op())
    {
        let value = l.emit(node, Op::Element(op));
        l.assign(node, target, value, false);
    }
}

fn exit<'t>(l: &mut Lowering<'t>, node: Node<'t>, kids: &[Kid<'t>]) -> Value {
    let op_at = |at: usize| kids.get(at).and_then(|kid| kid.value.op());
    match node.kind() {
        // Every statement's value is part of what a function gives.
        "statement_list" => l.mix(node, kids),
        "command_name" | "path_command_name" => l.mix(node, kids),
        "command_elements" => {
            let mut args: Vec<Arg> = Vec::new();
            for kid in kids {
                match &kid.value {
                    // `f ($x).m(…)`: the brackets belong to what stands before them; after a word they are its own.
                    Value::Args(own) => match args.last().map(|arg| arg.value) {
                        Some(callee) if l.literal_of(callee).is_none() => {
                            args.pop();
                            let value = l.call(kid.node, callee, own.clone(), false);
                            args.push(Arg { name: 0, value, spread: false });
                        }
                        _ => args.extend(own.iter().copied()),
                    },
                    other => args.extend(other.op().map(|value| Arg { name: 0, value, spread: false })),
                }
            }
            Value::Args(args)
        }
        "command" => command(l, node, kids),
        "argument_list" => match kids.iter().find_map(|kid| match &kid.value {
            Value::Args(args) => Some(args.clone()),
            _ => None,
        }) {
            Some(args) => Value::Args(args),
            None => Value::Args(Vec::new()),
        },
        "pipeline_chain" => {
            let mut before: Option<OpId> = None;
            for kid in kids {
                let Some(op) = kid.value.op() else { continue };
                if let Some(value) = before {
                    l.add_argument(op, "inputobject", value);
                }
                before = Some(op);
            }
            before.map_or(Value::None, Value::Op)
        }
        "member_access" => {
            let name = child_of(node, &["member_name"]).map_or("", |name| l.text(name));
            let joined = pieces(name.trim());
            let name = joined.as_deref().unwrap_or(name);
            match op_at(0) {
                Some(object) => {
                    let symbol = l.sym(name.trim_matches(['"', '\'']));
                    Value::Op(l.emit(node, Op::Field(object, symbol)))
                }
                None => l.mix(node, kids),
            }
        }
        "element_access" => match (op_at(0), op_at(1)) {
            (Some(object), Some(index)) => Value::Op(l.emit(node, Op::Index(object, index))),
            _ => l.mix(node, kids),
        },
        "invokation_expression" => {
            let args = kids.iter().find_map(|kid| match &kid.value {
                Value::Args(args) => Some(args.clone()),
                _ => None,
            });
            let name =
                child_of(node, &["member_name"]).map_or("", |name| l.text(name)).trim_matches(['"', '\'']);
            let Some(object) = op_at(0) else { return l.mix(node, kids) };
            let joined = pieces(name);
            let name = joined.as_deref().unwrap_or(name);
            // `[Type]::new(…)` is the type called.
            let by_pieces = name.eq_ignore_ascii_case("invoke")
                && kids.first().is_some_and(|kid| {
                    let inner = child_of(kid.node, &["member_name"]).map_or("", |name| l.text(name));
                    kid.node.kind() == "member_access" && pieces(inner.trim()).is_some()
                });
            // `$client.('Down' + 'load').Invoke($url)` is the method called.
            let callee = if name.eq_ignore_ascii_case("new") || by_pieces {
                object
            } else {
                let symbol = l.sym(name);
                l.emit(node, Op::Field(object, symbol))
            };
            Value::Op(l.call(node, callee, args.unwrap_or_default(), false))
        }
        "expandable_string_literal" | "expandable_here_string_literal" => {
            let range = node.byte_range();
            let mut at = range.start;
            let mut parts: Vec<OpId> = Vec::new();
            let text_of = |from: usize, to: usize| -> String {
                let text = String::from_utf8_lossy(l.src.get(from..to).unwrap_or_default()).into_owned();
                text.trim_start_matches('@').replace("`n", "\n").replace("`t", "\t").replace('`', "")
            };
            let mut texts: Vec<(Option<OpId>, String)> = Vec::new();
            for kid in kids {
                let inner = kid.node.byte_range();
                texts.push((None, text_of(at, inner.start)));
                texts.push((kid.value.op(), String::new()));
                at = inner.end;
            }
            texts.push((None, text_of(at, range.end)));
            let last = texts.len() - 1;
            for (position, (op, text)) in texts.into_iter().enumerate() {
                if let Some(op) = op {
                    parts.push(op);
                    continue;
                }
                let mut text = text.as_str();
                if position == 0 {
                    text = text.strip_prefix('"').unwrap_or(text);
                }
                if position == last {
                    text = text.trim_end_matches('@');
                    text = text.strip_suffix('"').unwrap_or(text);
                }
                if !text.is_empty() {
                    parts.push(l.string(node, text));
                }
            }
            match parts.as_slice() {
                [] => Value::Op(l.string(node, "")),
                [one] if kids.is_empty() => Value::Op(*one),
                _ => Value::Op(l.emit(node, Op::Concat(parts.into()))),
            }
        }
        "array_literal_expression" => {
            let ops: Vec<OpId> = kids.iter().filter_map(|kid| kid.value.op()).collect();
            match ops.as_slice() {
                [] => Value::None,
                [one] => Value::Op(*one),
                _ => Value::Op(l.emit(node, Op::List(ops.into()))),
            }
        }
        "hash_entry" => match (op_at(0), kids.iter().skip(1).find_map(|kid| kid.value.op())) {
            (Some(key), Some(value)) => {
                if let Some(Op::Str(text)) = l.current().ops.get(key as usize).cloned() {
                    // Names differ by case alone nowhere.
                    let lower = l.unit.strings.get(text).to_ascii_lowercase();
                    let symbol = l.sym(&lower);
                    if let Some(op) = l.current().ops.get_mut(key as usize) {
                        *op = Op::Str(symbol);
                    }
                }
                Value::Pair(key, value)
            }
            _ => Value::None,
        },
        "additive_expression" | "additive_argument_expression" => {
            let ops: Vec<OpId> = kids.iter().filter_map(|kid| kid.value.op()).collect();
            match ops.as_slice() {
                [] => Value::None,
                [one] => Value::Op(*one),
                _ => Value::Op(l.emit(node, Op::Concat(ops.into()))),
            }
        }
        "format_expression" | "format_argument_expression" => operator(l, node, kids, "$format"),
        "comparison_expression" | "comparison_argument_expression" => {
            let name =
                child_of(node, &["comparison_operator"]).map_or("", |name| l.text(name)).to_ascii_lowercase();
            match name.as_str() {
                "" => l.mix(node, kids),
                "-join" => operator(l, node, kids, "$join"),
                "-replace" | "-creplace" | "-ireplace" => operator(l, node, kids, "$replace"),
                "-split" => operator(l, node, kids, "$split"),
                _ => {
                    let ops: Vec<OpId> = kids.iter().filter_map(|kid| kid.value.op()).collect();
                    Value::Op(l.emit(node, Op::Compare(ops.into())))
                }
            }
        }
        "expression_with_unary_operator" => {
            let text = l.text(node).trim_start().to_ascii_lowercase();
            if text.starts_with("-join") { operator(l, node, kids, "$join") } else { l.mix(node, kids) }
        }
        "cast_expression" => {
            let ty = child_of(node, &["type_literal"]).map_or(String::new(), |ty| type_path(l.text(ty)));
            let value = kids
                .iter()
                .rev()
                .find(|kid| kid.node.kind() != "type_literal")
                .and_then(|kid| kid.value.op());
            if let Some(op) = op_at(0) {
                l.unread(op);
            }
            let Some(value) = value else { return Value::None };
            let name = match ty.as_str() {
                "char" => "$char",
                "scriptblock" => "$scriptblock",
                _ => return Value::Op(value),
            };
            let callee = l.path(node, name);
            Value::Op(l.call(node, callee, vec![Arg { name: 0, value, spread: false }], false))
        }
        "assignment_expression" => {
            let target = kids
                .iter()
                .find(|kid| kid.node.kind() == "left_assignment_expression")
                .and_then(|k| k.value.op());
            let value = kids
                .iter()
                .rev()
                .filter(|kid| kid.node.kind() != "left_assignment_expression")
                .find_map(|kid| kid.value.op());
            let augment = child_of(node, &["assignement_operator"]).is_some_and(|sign| l.text(sign) != "=");
            if let (Some(target), Some(value)) = (target, value) {
                l.assign(node, target, value, augment);
            }
            Value::None
        }
        "class_statement" => {
            let value = l.end_class(node);
            let name = child_of(node, &["simple_name"])
                .map_or(String::new(), |name| l.text(name).to_ascii_lowercase());
            l.declare(node, &name, "", Some(value));
            Value::None
        }
        "function_statement" | "class_method_definition" => {
            let value = kids.iter().rev().find_map(|kid| kid.value.op());
            if let Some(value) = value {
                l.emit(node, Op::Return(Some(value)));
            }
            let value = l.end_function(node);
            let name = child_of(node, &["function_name", "simple_name"]).map_or("", |name| l.text(name));
            let name = name.rsplit(':').next().unwrap_or(name).to_owned();
            l.declare(node, &name, "", Some(value));
            Value::None
        }
        "script_block_expression" => {
            if let Some(value) = kids.iter().rev().find_map(|kid| kid.value.op()) {
                l.emit(node, Op::Return(Some(value)));
            }
            Value::Op(l.end_function(node))
        }
        "flow_control_statement" => {
            let text = l.text(node).to_ascii_lowercase();
            let value = l.mix(node, kids).op();
            if text.starts_with("return") {
                l.emit(node, Op::Return(value));
            } else if text.starts_with("throw") || text.starts_with("exit") {
                l.emit(node, Op::Leave(value.filter(|_| text.starts_with("throw"))));
            }
            Value::None
        }
        "catch_clause" => {
            let empty =
                child_of(node, &["statement_block"]).is_none_or(|block| block.named_child_count() == 0);
            if empty {
                l.swallow(node);
            }
            l.emit(node, Op::End);
            Value::None
        }
        _ => l.mix(node, kids),
    }
}

/// An operator that is a function of its sides: `-f`, `-join`, `-replace`.
fn operator<'t>(l: &mut Lowering<'t>, node: Node<'t>, kids: &[Kid<'t>], name: &str) -> Value {
    let ops: Vec<OpId> = kids.iter().filter_map(|kid| kid.value.op()).collect();
    let (Some(first), rest) = (ops.first(), ops.get(1..).unwrap_or_default()) else { return Value::None };
    if rest.is_empty() && name == "$format" {
        return Value::Op(*first);
    }
    let mut values = vec![*first];
    for op in rest {
        match l.current().ops.get(*op as usize) {
            Some(Op::List(items)) if name != "$join" => values.extend(items.iter().copied()),
            _ => values.push(*op),
        }
    }
    let callee = l.path(node, name);
    let args = values.into_iter().map(|value| Arg { name: 0, value, spread: false }).collect();
    Value::Op(l.call(node, callee, args, false))
}

/// The command a name in small letters stands for, without the end of a program's file.
pub fn canonical(name: &str) -> &str {
    let plain = name.strip_suffix(".exe").unwrap_or(name);
    if name.contains(['*', '?']) && name.len() > 4 {
        // `Invoke-WebRe*st`: what looks so.
        let looks = ALIASES.iter().find(|(_, long)| like(name.as_bytes(), long.as_bytes(), 0));
        return looks.map_or(plain, |(_, long)| long);
    }
    ALIASES.iter().find(|(short, _)| *short == name).map_or(plain, |(_, long)| long)
}

/// Whether `name` looks as `pattern` says, with `*` and `?` in it.
fn like(pattern: &[u8], name: &[u8], depth: u32) -> bool {
    /// Stars in one pattern.
    const MOST: u32 = 4;
    match (pattern.split_first(), name.split_first()) {
        (None, None) => true,
        (Some((b'*', rest)), _) if depth < MOST => {
            (0..=name.len()).any(|at| name.get(at..).is_some_and(|name| like(rest, name, depth + 1)))
        }
        (Some((b'?', rest)), Some((_, name))) => like(rest, name, depth),
        (Some((one, rest)), Some((other, name))) if one == other => like(rest, name, depth),
        _ => false,
    }
}

/// A name in pieces: `('Down' + 'load')`, `('{1}{0}' -f 'load', 'Down')`.
fn pieces(name: &str) -> Option<String> {
    let inner = name.strip_prefix('(')?.strip_suffix(')')?;
    let quoted = |piece: &str| {
        let piece = piece.trim();
        let quote = piece.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let bare = piece.strip_prefix(quote)?.strip_suffix(quote)?;
        (!bare.contains(['$', '(', quote])).then(|| bare.replace('`', ""))
    };
    if let Some((pattern, given)) = inner.split_once(" -f ") {
        // `('{1}.{0}' -f 'WebClient', 'Net')`
        let given: Vec<String> = given.split(',').map(quoted).collect::<Option<_>>()?;
        let mut out = quoted(pattern)?;
        for (at, text) in given.iter().enumerate().take(32) {
            out = out.replace(&format!("{{{at}}}"), text);
        }
        return (!out.contains('{')).then_some(out);
    }
    inner.split('+').map(quoted).collect()
}

fn command<'t>(l: &mut Lowering<'t>, node: Node<'t>, kids: &[Kid<'t>]) -> Value {
    let Some(name_node) = node.child_by_field_name("command_name") else { return l.mix(node, kids) };
    let Some(name_op) = l.kid(kids, "command_name") else { return l.mix(node, kids) };
    let mut args: Vec<Arg> = Vec::new();
    let mut label: u32 = 0;
    // The elements were lowered one by one; the tree says which is whose.
    let elements = node.child_by_field_name("command_elements");
    let ops = kids.iter().find_map(|kid| match &kid.value {
        Value::Args(args) => Some(args.iter().map(|arg| arg.value).collect::<Vec<OpId>>()),
        _ => None,
    });
    let ops = ops.unwrap_or_default();
    let mut ops = ops.into_iter();
    if let Some(elements) = elements {
        let mut cursor = elements.walk();
        let children: Vec<Node<'t>> = elements.named_children(&mut cursor).collect();
        for child in children {
            match child.kind() {
                "command_parameter" => {
                    let text =
                        l.text(child).trim_start_matches('-').trim_end_matches(':').to_ascii_lowercase();
                    label = l.sym(&text);
                }
                "argument_list" | "command_argument_sep" | "redirection" | "redirections" | "comment" => {}
                _ => {
                    if let Some(value) = ops.next() {
                        args.push(Arg { name: label, value, spread: false });
                        label = 0;
                    }
                }
            }
        }
    }
    args.extend(ops.map(|value| Arg { name: 0, value, spread: false }));
    let text = l.text(name_node).trim_matches(['"', '\'']).replace('`', "").to_ascii_lowercase();
    let plain = text.rsplit(['\\', '/']).next().unwrap_or(&text);
    let dynamic = text.contains(['$', '(', ')', '{']) || text.is_empty();
    if plain == "new-object" {
        let typed = l.sym("typename");
        let com = l.sym("comobject");
        let at = args
            .iter()
            .position(|arg| arg.name == typed || arg.name == com)
            .or((!args.is_empty()).then_some(0));
        if let Some(at) = at {
            let of = args.remove(at);
            let (_, rest) = l.text(node).split_once('(').unwrap_or_default();
            let written = rest.split_once(')').and_then(|(inner, _)| pieces(&format!("({inner})")));
            if let Some(ty) = l.literal_of(of.value).or(written) {
                let path =
                    if of.name == com { format!("com.{}", ty.to_ascii_lowercase()) } else { type_path(&ty) };
                let callee = l.path(node, &path);
                for arg in &mut args {
                    arg.name = 0;
                }
                return Value::Op(l.call(node, callee, args, true));
            }
            args.insert(at, of);
        }
    }
    let callee = if dynamic {
        name_op
    } else {
        let plain = plain.strip_suffix(".exe").unwrap_or(plain);
        let plain = ALIASES
            .iter()
            .find(|(short, _)| *short == plain && !text.ends_with(".exe"))
            .map_or(plain, |(_, long)| long);
        let symbol = l.sym(plain);
        l.emit(name_node, Op::Name(symbol))
    };
    // A script that is read in with a dot is no program, and what brackets give is known by itself.
    let named = text.starts_with('$') && !l.text(node).starts_with('.');
    let script = [".ps1", ".bat", ".cmd", ".vbs", ".msi"].iter().any(|end| text.ends_with(end));
    if named || text.ends_with(".exe") || (script && l.text(node).starts_with('&')) {
        // A program by the name of its file, or whatever a variable names.
        let program = l.path(name_node, "$program");
        let mut given = vec![Arg { name: 0, value: name_op, spread: false }];
        given.extend(args.iter().copied());
        l.call(node, program, given, false);
    }
    let op = l.call(node, callee, args, false);
    Value::Op(op)
}

fn literal<'t>(l: &Lowering<'t>, node: Node<'t>) -> String {
    let text = String::from_utf8_lossy(l.src.get(node.byte_range()).unwrap_or_default());
    match node.kind() {
        "verbatim_string_characters" => text.trim_matches('\'').replace("''", "'"),
        "verbatim_here_string_characters" => {
            text.trim_start_matches("@'").trim_end_matches("'@").trim().to_owned()
        }
        _ => text.into_owned(),
    }
}
