//! Bash and the other shells of its family.
//!
//! A command is a call of its name with its words as arguments; what comes through a pipe, a here-document or
//! `<` is an argument called `stdin`. A variable is `$NAME`, so that it is never taken for the command
//! `NAME`; one in capitals that the file does not bind is a member of `$env`. Redirections are calls of
//! `$read`, `$write` and `$open`. What a function prints is what it gives.

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

/// Bash.
pub static SPEC: Spec = Spec {
    language: Language::Bash,
    grammar: || tree_sitter_bash::LANGUAGE.into(),
    shapes: &[&[
        ("comment", Shape::Skip),
        ("program", Shape::Hook),
        // What a file is that could not be read to its end.
        ("ERROR", Shape::Hook),
        ("command", Shape::Hook),
        ("command_name", Shape::Pass),
        ("word", Shape::Str),
        ("number", Shape::Str),
        ("string", Shape::Template),
        ("string_content", Shape::Str),
        ("raw_string", Shape::Str),
        ("ansi_c_string", Shape::Str),
        ("translated_string", Shape::Pass),
        ("concatenation", Shape::Template),
        ("regex", Shape::Skip),
        ("extglob_pattern", Shape::Skip),
        ("simple_expansion", Shape::Hook),
        ("expansion", Shape::Hook),
        ("variable_name", Shape::Hook),
        ("special_variable_name", Shape::Skip),
        ("arithmetic_expansion", Shape::Compare),
        ("command_substitution", Shape::Pass),
        ("process_substitution", Shape::Pass),
        ("array", Shape::List),
        ("variable_assignment", Shape::Hook),
        ("subscript", Shape::Hook),
        ("declaration_command", Shape::Hook),
        ("unset_command", Shape::Skip),
        ("pipeline", Shape::Hook),
        ("redirected_statement", Shape::Hook),
        ("file_redirect", Shape::Hook),
        ("file_descriptor", Shape::Skip),
        ("herestring_redirect", Shape::Pass),
        ("heredoc_redirect", Shape::Hook),
        ("heredoc_start", Shape::Skip),
        ("heredoc_end", Shape::Skip),
        ("heredoc_body", Shape::Template),
        ("heredoc_content", Shape::Str),
        ("function_definition", Shape::Hook),
        ("compound_statement", Shape::Block),
        ("do_group", Shape::Block),
        ("test_command", Shape::Compare),
        ("test_operator", Shape::Skip),
        ("if_statement", Shape::If("condition", "")),
        ("elif_clause", Shape::Branch),
        ("else_clause", Shape::Branch),
        ("while_statement", Shape::If("condition", "")),
        ("for_statement", Shape::For("variable", "value", "body")),
        ("case_item", Shape::Branch),
    ]],
    names_only: &[("function_definition", "name")],
    enter,
    exit,
    between: |_, _, _| {},
    params: |_, _| {},
    literal,
    prepare: None,
    implicit_this: false,
    ignore_case: false,
};

/// Commands that run the command in their arguments.
const WRAPPERS: &[&str] = &[
    "sudo",
    "doas",
    "su",
    "env",
    "exec",
    "command",
    "builtin",
    "nohup",
    "time",
    "timeout",
    "nice",
    "ionice",
    "xargs",
    "parallel",
    "setsid",
    "stdbuf",
    "watch",
    "chroot",
    "unshare",
    "nsenter",
    "proxychains",
    "proxychains4",
    "torify",
    "torsocks",
    "busybox",
    "toybox",
    "flock",
    "start-stop-daemon",
    "chrt",
    "script",
    "unbuffer",
    "catchsegv",
    "fakeroot",
    "runuser",
    "gosu",
    "strace",
    "ltrace",
    "trickle",
    "systemd-run",
];

/// Shells that take a script with `-c`.
const SHELLS: &[&str] = &["bash", "sh", "zsh", "dash", "ksh", "ash", "fish", "su", "eval", "trap"];

/// Variables every shell has: none of them is news.
const OWN: &[&str] = &[
    "HOME",
    "PATH",
    "PWD",
    "OLDPWD",
    "IFS",
    "RANDOM",
    "SECONDS",
    "LINENO",
    "OPTARG",
    "OPTIND",
    "PPID",
    "UID",
    "EUID",
    "SHELL",
    "TERM",
    "REPLY",
    "FUNCNAME",
    "PIPESTATUS",
    "SHLVL",
    "TMPDIR",
    "PS1",
    "PS2",
    "PS4",
    "EPOCHSECONDS",
    "COLUMNS",
    "LINES",
    "DESTDIR",
    "CC",
    "CXX",
    "CFLAGS",
    "CXXFLAGS",
    "LDFLAGS",
    "CPPFLAGS",
    "MAKE",
    "MAKEFLAGS",
];

fn enter<'t>(l: &mut Lowering<'t>, node: Node<'t>) -> Enter {
    match node.kind() {
        "redirected_statement" => {
            let body = node.child_by_field_name("body");
            let looping = body.is_some_and(|body| matches!(body.kind(), "while_statement" | "for_statement"));
            let mut cursor = node.walk();
            let from = node
                .children_by_field_name("redirect", &mut cursor)
                .find(|child| child.kind() == "file_redirect" && l.text(*child).starts_with('<'));
            let (Some(body), Some(from), true) = (body, from, looping) else { return Enter::Descend };
            let Some(value) = l.lower_now(node, from).and_then(|value| value.op()) else {
                return Enter::Descend;
            };
            l.fed.push(value);
            let lowered = l.lower_now(node, body);
            l.fed.pop();
            Enter::Done(lowered.unwrap_or_default())
        }
        "ERROR" if l.ancestor(0).is_some() => Enter::Descend,
        "program" | "ERROR" => {
            let mut bound: Vec<&'t str> = Vec::new();
            each_node(node, |child| match child.kind() {
                "variable_assignment" | "for_statement" => {
                    let name = child.child_by_field_name("name").or(child.child_by_field_name("variable"));
                    bound.extend(name.map(|name| l.text(name)));
                }
                "file_redirect" => {
                    let text = l.text(child);
                    if text.starts_with(|c: char| c.is_ascii_digit())
                        && ["/dev/tcp/", "/dev/udp/"].iter().any(|device| text.contains(device))
                    {
                        bound.push(text);
                    }
                }
                "command" | "declaration_command" => {
                    let text = l.text(child);
                    let first = text.split_whitespace().next().unwrap_or("");
                    let binds =
                        ["read", "mapfile", "readarray", "getopts", "local", "declare", "typeset", "printf"];
                    if binds.contains(&first) {
                        bound.extend(
                            text.split_whitespace().skip(1).map(|word| word.trim_matches(['"', '\''])),
                        );
                    }
                }
                _ => {}
            });
            l.bound.extend(bound);
            let mut runners: Vec<&'t str> = Vec::new();
            each_node(node, |child| {
                if child.kind() == "function_definition" {
                    runners.extend(runner(l, child));
                }
            });
            l.accessors.extend(runners);
            Enter::Descend
        }
        "simple_expansion" | "expansion" => {
            let name =
                l.text(node).trim_start_matches('$').trim_start_matches('{').trim_start_matches(['!', '#']);
            let end = name.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(name.len());
            let rest = name.get(end..).unwrap_or("");
            let name = if end == 0 { name.get(..1).unwrap_or("") } else { name.get(..end).unwrap_or("") };
            let op = variable(l, node, name);
            if l.text(node).starts_with("${#") && end > 0 {
                // How many there are, or how long it is.
                return Enter::Done(Value::Op(l.emit(node, Op::Compare([op].into()))));
            }
            if let Some(key) = element(rest) {
                let key = l.string(node, key);
                return Enter::Done(Value::Op(l.emit(node, Op::Index(op, key))));
            }
            // `${NAME:-default}` is either.
            if node.kind() == "expansion" && rest.starts_with([':', '-', '=', '+', '?', '/', '%', '#']) {
                l.kept.push(op);
                return Enter::Descend;
            }
            Enter::Done(Value::Op(op))
        }
        "variable_name" => {
            let name = l.text(node);
            let symbol = l.sym(&format!("${name}"));
            Enter::Done(Value::Op(l.emit(node, Op::Name(symbol))))
        }
        "function_definition" => {
            let name = node.child_by_field_name("name").map_or("", |name| l.text(name));
            l.begin_function(node, name, FuncKind::Named);
            for position in 1..=9 {
                l.param(&format!("${position}"), "", false);
            }
            Enter::Descend
        }
        _ => Enter::Descend,
    }
}

/// The name of a function that runs the command in its arguments: `run() { log "$@"; "$@"; }`.
fn runner<'t>(l: &Lowering<'t>, function: Node<'t>) -> Option<&'t str> {
    let mut runs = false;
    each_node(function, |child| {
        if child.kind() == "command_name" {
            let text = l.text(child).trim_matches('"');
            runs |= matches!(text, "$@" | "$*" | "${@}" | "${*}");
        }
        if child.kind() == "command" {
            // `timeout 5 "$@"`, `sudo "$@"`.
            let mut words = l.text(child).split_whitespace();
            let first = words.next().unwrap_or("");
            runs |= WRAPPERS.contains(&first) && words.any(|word| word == "\"$@\"");
        }
    });
    function.child_by_field_name("name").map(|name| l.text(name)).filter(|_| runs)
}

/// The first words of the array `name`, where the file fills one: `CURL=(curl -sS)`.
fn array_words<'t>(l: &Lowering<'t>, name: &str) -> Vec<&'t str> {
    let text = std::str::from_utf8(l.src).unwrap_or("");
    let wanted = format!("{name}=(");
    let found = text.match_indices(&wanted).map(|(at, _)| at).find(|at| {
        let before = text.get(..*at).and_then(|before| before.chars().next_back());
        before.is_none_or(|c| c.is_whitespace() || c == ';')
    });
    let Some(at) = found else { return Vec::new() };
    let rest = text.get(at + wanted.len()..).unwrap_or("");
    let list = rest.split(')').next().unwrap_or("");
    list.split_whitespace().take(8).map(|word| word.trim_matches(['"', '\''])).collect()
}

/// The value of the variable `name`.
fn variable<'t>(l: &mut Lowering<'t>, node: Node<'t>, name: &str) -> OpId {
    let digit = name.bytes().all(|byte| byte.is_ascii_digit());
    if name == "@" || name == "*" || (digit && !in_function(l)) {
        if !in_function(l) {
            return if name == "0" { l.emit(node, Op::Literal(0)) } else { l.path(node, "$args") };
        }
        let all: Vec<OpId> = (1..=9)
            .map(|position| {
                let symbol = l.sym(&format!("${position}"));
                l.emit(node, Op::Name(symbol))
            })
            .collect();
        return l.emit(node, Op::Any(all.into()));
    }
    let capital = name.len() > 1
        && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
        && name.starts_with(|c: char| c.is_ascii_uppercase());
    if capital && !l.bound.contains(name) && !OWN.contains(&name) && !name.starts_with("BASH") {
        return l.path(node, &format!("$env.{name}"));
    }
    let symbol = l.sym(&format!("${name}"));
    if digit || l.bound.contains(name) {
        return l.emit(node, Op::Name(symbol));
    }
    if name.len() > 1 && name.starts_with(|c: char| c.is_ascii_lowercase()) {
        // What this file does not set, one that reads it in may.
        return l.path(node, &format!("$shared.{name}"));
    }
    l.emit(node, Op::Literal(0))
}

fn in_function(l: &mut Lowering<'_>) -> bool {
    l.current().kind == FuncKind::Named
}

fn exit<'t>(l: &mut Lowering<'t>, node: Node<'t>, kids: &[Kid<'t>]) -> Value {
    match node.kind() {
        "expansion" => {
            let own = l.kept.pop();
            let text = l.text(node).trim_start_matches("${").trim_end_matches('}');
            let mut cut = text.split(':').skip(1).map(str::trim);
            let from = cut.next().unwrap_or("");
            let number = from.parse::<i64>().ok();
            let computed =
                from.starts_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '$' | '(' | '_'));
            if let (Some(own), true) = (own, number.is_some() || computed) {
                // `${word:7:1}` is a piece of it; which one `${alphabet:at:1}` is, only the run knows.
                let at = match number {
                    Some(from) => Op::Int(from),
                    None => Op::Any([].into()),
                };
                let many = cut.next().and_then(|part| part.parse::<i64>().ok());
                let mut args = vec![own, l.emit(node, at)];
                args.extend(many.map(|many| l.emit(node, Op::Int(many))));
                let callee = l.path(node, "slice_of");
                let args = args.into_iter().map(|value| Arg { name: 0, value, spread: false }).collect();
                return Value::Op(l.call(node, callee, args, false));
            }
            let mut ops: Vec<OpId> = own.into_iter().collect();
            // The first child is the variable itself again.
            ops.extend(kids.iter().skip(1).filter_map(|kid| kid.value.op()));
            match ops.as_slice() {
                [one] => Value::Op(*one),
                _ => Value::Op(l.emit(node, Op::Any(ops.into()))),
            }
        }
        "command" => command(l, node, kids),
        "variable_assignment" => {
            let name = node.child_by_field_name("name").map_or("", |name| l.text(name));
            let name = name.split('[').next().unwrap_or(name);
            let rest = l.text(node).get(name.len()..).unwrap_or("");
            let augment = rest.starts_with("+=");
            if let Some(mut value) = l.kid(kids, "value") {
                let symbol = l.sym(&format!("${name}"));
                if rest.starts_with('[') {
                    // `node[kernel]=…`: what else is in it stays there.
                    let old = l.emit(node, Op::Name(symbol));
                    if let Some(key) = element(rest) {
                        let key = l.string(node, key);
                        value = l.emit(node, Op::Dict([(key, value)].into()));
                    }
                    value = l.emit(node, Op::Any([old, value].into()));
                }
                let target = l.emit(node, Op::Name(symbol));
                l.assign(node, target, value, augment);
            }
            Value::None
        }
        "subscript" => kids.first().and_then(|kid| kid.value.op()).map_or(Value::None, Value::Op),
        "pipeline" => {
            let mut before: Option<OpId> = None;
            for kid in kids {
                let Some(op) = kid.value.op() else {
                    if let Some(value) = before {
                        let last = l.last_op();
                        feed(l, value, last);
                    }
                    continue;
                };
                if let Some(value) = before {
                    feed(l, value, Some(op));
                }
                before = Some(op);
            }
            before.map_or(Value::None, Value::Op)
        }
        "redirected_statement" => {
            let mut body = l.kid(kids, "body");
            let body_node = node.child_by_field_name("body").unwrap_or(node);
            for kid in kids.iter().filter(|kid| kid.node.kind() != body_node.kind() || kid.node != body_node)
            {
                let Some(value) = kid.value.op() else { continue };
                match l.called_name(value) {
                    Some("$write" | "$open") => {
                        if let Some(body) = body {
                            l.add_argument(value, "", body);
                        }
                    }
                    _ => {
                        body = body.map(|body| l.call_again(body_node, body, "stdin", value));
                        if let Some(body) = body {
                            read_into(l, node, body);
                        }
                    }
                }
            }
            body.map_or(Value::None, Value::Op)
        }
        "file_redirect" => {
            let Some(target) = l.kid(kids, "destination") else { return Value::None };
            let text = l.text(node);
            let text = text.trim_start_matches(|c: char| c.is_ascii_digit());
            let to = node.child_by_field_name("destination").map_or("", |to| l.text(to));
            if let Some(connection) = text.strip_prefix(">&").and_then(|number| connection(l, number)) {
                // `cat file >&5`, where `exec 5<>/dev/tcp/host/port` opened it.
                let target = l.string(node, connection);
                let callee = l.path(node, "$write");
                let args = vec![Arg { name: 0, value: target, spread: false }];
                return Value::Op(l.call(node, callee, args, false));
            }
            if to == "/dev/null" || text.starts_with(">&") || text.starts_with("<&") {
                return Value::None;
            }
            let name = if text.starts_with("<>") {
                "$open"
            } else if text.starts_with('<') {
                "$read"
            } else {
                "$write"
            };
            let callee = l.path(node, name);
            let args = vec![Arg { name: 0, value: target, spread: false }];
            Value::Op(l.call(node, callee, args, false))
        }
        "heredoc_redirect" => {
            let body =
                kids.iter().find(|kid| kid.node.kind() == "heredoc_body").and_then(|kid| kid.value.op());
            let next =
                kids.iter().find(|kid| !kid.node.kind().starts_with("heredoc")).and_then(|k| k.value.op());
            if let (Some(body), Some(next)) = (body, next) {
                l.call_again(node, next, "stdin", body);
            }
            body.map_or(Value::None, Value::Op)
        }
        "function_definition" => {
            let symbol = l.sym("$out");
            let out = l.emit(node, Op::Name(symbol));
            l.emit(node, Op::Return(Some(out)));
            let value = l.end_function(node);
            let name = node.child_by_field_name("name").map_or("", |name| l.text(name));
            l.declare(node, name, "", Some(value));
            Value::None
        }
        _ => l.mix(node, kids),
    }
}

/// The key in `[key]`, where it is one word: which element of an array is meant.
fn element(text: &str) -> Option<&str> {
    let (key, _) = text.strip_prefix('[')?.split_once(']')?;
    let key = key.trim_matches(['"', '\'']);
    let word = key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte));
    (word && key.starts_with(|c: char| c.is_ascii_alphabetic())).then_some(key)
}

/// The connection a descriptor of the file was opened to.
fn connection<'t>(l: &Lowering<'t>, number: &str) -> Option<&'t str> {
    let number = number.trim();
    let opened = l.bound.iter().filter_map(|redirect| {
        let rest = redirect.strip_prefix(number)?.trim_start_matches(['<', '>', ' ']);
        rest.trim_matches(['"', '\'']).starts_with("/dev/").then_some(rest.trim_matches(['"', '\'']))
    });
    // A set has no order: the least one, wherever it stands.
    opened.filter(|_| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())).min()
}

/// Gives `value` as standard input to the call `to`, or to the readers among what was lowered since.
fn feed(l: &mut Lowering<'_>, value: OpId, to: Option<OpId>) {
    let Some(to) = to else { return };
    if l.called_name(to).is_some() {
        l.add_argument(to, "stdin", value);
    }
    for op in value + 1..to {
        if matches!(l.called_name(op), Some("read" | "cat" | "xargs" | "tee" | "mapfile" | "readarray")) {
            l.add_argument(op, "stdin", value);
        }
    }
}

/// `read -r name < file`: the variables hold what was read.
fn read_into<'t>(l: &mut Lowering<'t>, node: Node<'t>, call: OpId) {
    if !matches!(l.called_name(call), Some("read" | "mapfile" | "readarray")) {
        return;
    }
    let args: Vec<OpId> = match l.current().ops.get(call as usize) {
        Some(Op::Call { args, .. }) => args.iter().filter(|arg| arg.name == 0).map(|arg| arg.value).collect(),
        _ => return,
    };
    let words: Vec<String> = args.into_iter().filter_map(|arg| l.literal_of(arg)).collect();
    for word in words {
        if !word.starts_with('-') {
            let symbol = l.sym(&format!("${word}"));
            let target = l.emit(node, Op::Name(symbol));
            l.assign(node, target, call, false);
        }
    }
}

/// `shift`: what was the second argument is the first.
fn shift<'t>(l: &mut Lowering<'t>, node: Node<'t>, by: usize) {
    let read = |l: &mut Lowering<'t>, position: usize| {
        let symbol = l.sym(&format!("${position}"));
        l.emit(node, Op::Name(symbol))
    };
    let moved: Vec<OpId> = (by + 1..=9).map(|position| read(l, position)).collect();
    for (position, value) in (1..).zip(moved) {
        let target = read(l, position);
        l.assign(node, target, value, false);
    }
}

/// A command: its name, its words, and the command inside it where it is one that runs others.
fn command<'t>(l: &mut Lowering<'t>, node: Node<'t>, kids: &[Kid<'t>]) -> Value {
    let name_node = node.child_by_field_name("name");
    let Some(name_op) = l.kid(kids, "name") else {
        return l.mix(node, kids);
    };
    let (argument, redirect) = (l.field("argument"), l.field("redirect"));
    let mut args: Vec<Arg> = Vec::new();
    let mut words: Vec<(OpId, String)> = Vec::new();
    for kid in kids {
        let Some(value) = kid.value.op() else { continue };
        if kid.field == argument {
            let text = l.text(kid.node).trim_matches(['"', '\'']).to_owned();
            // All a function was given is handed on as so many arguments.
            let spread = matches!(text.as_str(), "$@" | "$*" | "${@}" | "${*}" | "${1+\"$@\"}");
            words.push((value, text));
            args.push(Arg { name: 0, value, spread });
            if kid.node.kind() == "process_substitution" {
                // What a command prints is read as a file would be.
                let name = l.sym("stdin");
                args.push(Arg { name, value, spread: false });
            }
        } else if kid.field == redirect {
            match l.called_name(value) {
                Some("$write" | "$open") => {}
                _ => {
                    let name = l.sym("stdin");
                    args.push(Arg { name, value, spread: false });
                }
            }
        }
    }
    if let Some(value) = l.fed.last().copied() {
        // Inside a loop that reads from a file, so does what reads.
        let text = name_node.map_or("", |name| l.text(name));
        if matches!(text, "read" | "mapfile" | "readarray") && args.iter().all(|arg| arg.name == 0) {
            let name = l.sym("stdin");
            args.push(Arg { name, value, spread: false });
        }
    }
    let written = name_node.map_or("", |name| l.text(name)).trim_matches(['"', '\'']).replace('\\', "");
    let mut plain = written.rsplit('/').next().unwrap_or(&written).to_owned();
    if let Some(at) = plain.find('`').filter(|at| *at > 0) {
        // The grammar takes two commands in backquotes side by side for one.
        plain.truncate(at);
    }
    let place = name_node.unwrap_or(node);
    if plain == "exec" && words.is_empty() {
        // Descriptors are opened and closed, no program is started.
        return Value::None;
    }
    if written == "." {
        plain = "source".to_owned();
    }
    if let Some(array) =
        written.strip_prefix("${").and_then(|rest| rest.split_once("[@]}").or(rest.split_once("[*]}")))
    {
        // `"${CURL[@]}" url` runs the array's first word with the others before its own.
        let mut given = array_words(l, array.0).into_iter();
        if let Some(first) = given.next().filter(|first| first.starts_with(|c: char| c.is_ascii_alphabetic()))
        {
            plain = first.rsplit('/').next().unwrap_or(first).to_owned();
            let words: Vec<Arg> = given
                .map(|word| Arg { name: 0, value: l.string(place, word), spread: false })
                .chain([Arg { name: 0, value: name_op, spread: false }])
                .collect();
            args.splice(0..0, words);
        }
    }
    // `"${tools[1]}" url` runs one of the array's words.
    let element = written.strip_prefix("${").and_then(|rest| rest.strip_suffix("]}")?.split_once('['));
    let element = element.and_then(|(name, at)| array_words(l, name).get(at.parse::<usize>().ok()?).copied());
    let name_op = match element.filter(|word| !word.contains(['$', '`'])) {
        Some(word) => l.string(place, word),
        None => name_op,
    };
    if plain == "exec" && words.is_empty() {
        // It only opens or closes descriptors of the shell itself.
        return l.mix(node, kids);
    }
    if plain == "shift" && in_function(l) {
        let by = words.first().and_then(|(_, word)| word.parse().ok()).unwrap_or(1usize).clamp(1, 9);
        shift(l, node, by);
    }
    let callee = if plain.contains(['$', '`', '"', '\'']) || plain.is_empty() {
        name_op
    } else {
        let symbol = l.sym(&plain);
        l.emit(place, Op::Name(symbol))
    };
    let mut result = l.call(node, callee, args.clone(), false);
    if written.contains('/') && !written.starts_with('$') {
        let launch = l.path(place, "$launch");
        let launched = l.string(place, &written);
        l.call(node, launch, vec![Arg { name: 0, value: launched, spread: false }], false);
    }
    if callee == name_op && written.starts_with(['$', '`']) {
        // Whatever the variable names, or a command prints, is run.
        let run = l.path(place, "$run");
        let mut run_args = vec![Arg { name: 0, value: name_op, spread: false }];
        run_args.extend(args.iter().copied());
        l.call(node, run, run_args, false);
    }
    match plain.as_str() {
        "exit" | "return" => {
            l.emit(node, Op::Leave(None));
        }
        "read" | "mapfile" | "readarray" => {
            for (_, word) in words.iter().filter(|(_, word)| !word.starts_with('-')) {
                let symbol = l.sym(&format!("${word}"));
                let target = l.emit(node, Op::Name(symbol));
                l.assign(node, target, result, false);
            }
            return Value::Op(result);
        }
        "printf" => {
            if let Some(at) = words.iter().position(|(_, word)| word == "-v")
                && let Some((_, name)) = words.get(at + 1)
            {
                let symbol = l.sym(&format!("${name}"));
                let target = l.emit(node, Op::Name(symbol));
                l.assign(node, target, result, false);
            }
        }
        _ => {}
    }
    // The words of a text given to a shell are a script.
    if SHELLS.contains(&plain.as_str()) {
        let script = if plain == "eval" || plain == "trap" {
            kids.iter().find(|kid| kid.field == argument)
        } else {
            let at = words.iter().position(|(_, word)| word.starts_with('-') && word.ends_with('c'));
            at.and_then(|at| kids.iter().filter(|kid| kid.field == argument).nth(at + 1))
        };
        if let Some(script) =
            script.filter(|kid| matches!(kid.node.kind(), "string" | "raw_string" | "concatenation"))
        {
            let text = l.text(script.node).to_owned();
            snippet(l, script.node, script.value.op(), &text);
        }
    }
    if (WRAPPERS.contains(&plain.as_str()) || l.accessors.contains(plain.as_str()))
        && let Some(op) = inner(l, node, &words, &args)
    {
        result = op;
    }
    if in_function(l) && printed(l, node) {
        let symbol = l.sym("$out");
        let out = l.emit(node, Op::Name(symbol));
        l.assign(node, out, result, true);
    }
    Value::Op(result)
}

/// The command among the arguments of one that runs another.
fn inner<'t>(l: &mut Lowering<'t>, node: Node<'t>, words: &[(OpId, String)], args: &[Arg]) -> Option<OpId> {
    let at = words.iter().position(|(_, word)| {
        let first = word.chars().next().unwrap_or('-');
        (first.is_ascii_alphabetic() || first == '/') && !word.contains('=') && !word.ends_with(['s', 'm'])
            || KNOWN.contains(&word.as_str())
    })?;
    let (_, word) = words.get(at)?;
    let plain = word.rsplit('/').next().unwrap_or(word);
    if plain.is_empty() || plain.contains(['$', '{', ' ']) {
        return None;
    }
    let symbol = l.sym(plain);
    let callee = l.emit(node, Op::Name(symbol));
    let mut rest: Vec<Arg> = args.iter().filter(|arg| arg.name == 0).skip(at + 1).copied().collect();
    rest.extend(args.iter().filter(|arg| arg.name != 0).copied());
    Some(l.call(node, callee, rest, false))
}

/// Commands whose names end like a duration does.
const KNOWN: &[&str] = &[
    "rm",
    "ls",
    "ps",
    "aws",
    "gcloud-storage",
    "openssl",
    "chromium",
    "systemctl",
    "nfs",
    "cvs",
    "tor",
    "ss",
    "swaks",
    "rss",
    "hs",
    "js",
    "nodejs",
    "npm",
];

/// Whether what the command prints is what the function around it prints.
fn printed(l: &Lowering<'_>, node: Node<'_>) -> bool {
    for up in 0..8 {
        let parent = l.ancestor(up);
        match parent.map(|parent| parent.kind()) {
            Some(
                "command_substitution" | "process_substitution" | "command_name" | "concatenation" | "string",
            ) => {
                return false;
            }
            Some("pipeline") => {
                // Only the last stage of a pipeline prints.
                return parent.is_some_and(|p| {
                    p.named_child(p.named_child_count().saturating_sub(1) as u32)
                        .is_some_and(|last| last.end_byte() == node.end_byte())
                });
            }
            Some("compound_statement" | "program") | None => return true,
            _ => {}
        }
    }
    true
}

/// The commands of a script that is a text: one call each, what one prints given to the next.
fn snippet<'t>(l: &mut Lowering<'t>, node: Node<'t>, whole: Option<OpId>, text: &str) {
    let text = text.trim_matches(['"', '\'']);
    for line in text.split([';', '\n', '&', '(', ')', '`']).take(64) {
        let mut before: Option<OpId> = None;
        for stage in line.split('|') {
            let mut words =
                stage.split_whitespace().filter(|word| !word.contains('=') || word.starts_with('-'));
            let Some(name) = words
                .find(|word| !WRAPPERS.contains(word) && !matches!(*word, "then" | "do" | "if" | "{" | "!"))
            else {
                continue;
            };
            let name = name.trim_matches(['"', '\'', '$']).rsplit('/').next().unwrap_or("");
            if name.is_empty() || !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
                continue;
            }
            let mut args: Vec<Arg> = Vec::new();
            for word in words.take(32) {
                let value = l.string(node, word.trim_matches(['"', '\'']));
                args.push(Arg { name: 0, value, spread: false });
            }
            // Whatever is interpolated into the text may be in any of its commands.
            if text.contains('$')
                && let Some(value) = whole
            {
                args.push(Arg { name: 0, value, spread: false });
            }
            if let Some(value) = before {
                let name = l.sym("stdin");
                args.push(Arg { name, value, spread: false });
            }
            let symbol = l.sym(name);
            let callee = l.emit(node, Op::Name(symbol));
            before = Some(l.call(node, callee, args, false));
        }
    }
}

fn literal<'t>(l: &Lowering<'t>, node: Node<'t>) -> String {
    let text = String::from_utf8_lossy(l.src.get(node.byte_range()).unwrap_or_default());
    match node.kind() {
        "raw_string" => text.trim_matches('\'').to_owned(),
        "ansi_c_string" => unescape_literal(text.trim_start_matches('$').trim_matches('\'')),
        "word" => text.replace('\\', ""),
        _ if text.contains("\\\"") || text.contains("\\$") || text.contains("\\\n") => {
            text.replace("\\\n", "").replace("\\\"", "\"").replace("\\$", "$")
        }
        _ => text.into_owned(),
    }
}
