//! What comes over the net and is run: lines of a connection given to a shell, a statement that a request brings
//! whole. Nobody's own settings stand between.

use std::ops::Range;

use super::Told;
use super::magic::Said;
use super::magic::told;
use super::outline::Func;
use super::sense::Sense;
use super::sense::inner;
use super::tokens::Kind;
use super::words;

const LINE: Said = (
    "hidden-command",
    "what comes over a connection is run by a shell, and what it says goes back",
    "Who can connect here, and who has agreed that they may run anything?",
);
const STATEMENT: Said = (
    "hidden-command",
    "a request brings a whole statement, which the database runs as it stands",
    "Who may send this request, and why is the statement not written in the program?",
);
const NAMED: Said = (
    "hidden-command",
    "a request names the function that is called",
    "Which functions can be named here, and who may name them?",
);

/// What runs a text as a command, or as code.
const SHELLS: &[&str] = &[
    "system",
    "popen",
    "_popen",
    "shell_exec",
    "passthru",
    "proc_open",
    "execSync",
    "exec",
    "execl",
    "execlp",
    "execv",
    "execvp",
    "spawn",
    "check_output",
    "run",
    "Popen",
    "call",
    "Command",
    "ProcessBuilder",
    "Start",
    "getoutput",
    "capture2",
    "capture2e",
    "capture3",
    "eval",
    "Expression",
    "posix_spawn",
    "CommandContext",
    "ProcessStartInfo",
    "Process",
    "launchPath",
];

/// Types of connections.
const TYPES: &[&str] = &[
    "Conn",
    "Socket",
    "TcpStream",
    "UnixStream",
    "TcpClient",
    "NetworkStream",
    "NWConnection",
    "TCPSocket",
    "SocketChannel",
    "Channel",
    "DatagramSocket",
    "UdpSocket",
    "UdpClient",
    "socket",
];
/// What reads from a connection or writes to it.
const CALLS: &[&str] = &[
    "recv",
    "recvfrom",
    "recv_from",
    "accept",
    "sendall",
    "sendto",
    "socket_read",
    "socket_recv",
    "socket_write",
    "AcceptTcpClient",
    "getpeername",
    "fsockopen",
    "stream_socket_accept",
    "ReadFromUDP",
    "peer_addr",
    "getInputStream",
    "GetStream",
    "sock_recv",
];

/// What a file shows anywhere.
pub fn anywhere(sense: &Sense) -> Vec<Told> {
    let tokens = sense.outline.tokens;
    let mut found = Vec::new();
    let file = sense.file();
    let runs =
        file & words::EXEC != 0 || tokens.names.iter().any(|name| matches!(*name, b"Command" | b"Process"));
    let asks = file & words::QUERIES != 0;
    let reachable = runs
        && sense.mentions(SHELLS)
        && (sense.mentions(TYPES) || sense.mentions(CALLS) || sense.mentions(&["fd", "conn", "sock"]));
    if !runs && !asks && sense.outline.language != "php" {
        return found;
    }
    for func in sense.outline.funcs.iter().filter(|_| reachable) {
        if func.body.len() > 1200 || !sense.step(func.body.len()) {
            continue;
        }
        let socket = runs && reachable && connected(sense, func);
        for at in func.body.clone() {
            if tokens.kind(at) != Some(Kind::Word) {
                continue;
            }
            if socket
                && sense.outline.func_at(at) == sense.outline.func_at(func.body.start)
                && shell(sense, at)
                && !chosen_from(sense, at)
            {
                found.push(told(LINE, at..at + 2));
                break;
            }
        }
    }
    if asks || sense.outline.language == "php" {
        found.extend((1..tokens.all.len()).filter_map(|at| {
            statement(sense, at).or_else(|| named(sense, at)).or_else(|| unknown(sense, at))
        }));
    }
    found
}

/// Whether a function reads from or writes to a connection.
fn connected(sense: &Sense, func: &Func) -> bool {
    let tokens = sense.outline.tokens;
    let typed = func.params.clone().any(|at| tokens.any(at, TYPES))
        || func.params.clone().any(|at| tokens.any(at, &["conn", "sock", "socket", "connection", "peer"]));
    let calls = func.body.clone().any(|at| {
        tokens.is(at + 1, "(")
            && (tokens.any(at, CALLS)
                || tokens.is(at, "send") && tokens.is(at + 2, "s") && tokens.is(at + 4, "fd"))
    });
    typed || calls
}

/// Whether the word at `at` runs a text that is not written in the program.
fn shell(sense: &Sense, at: usize) -> bool {
    let tokens = sense.outline.tokens;
    let built = tokens.any(at, &["Command", "Process", "subprocess", "ProcessStartInfo"])
        && tokens.any(at + 1, &["::", "."]);
    if !tokens.any(at, SHELLS) || !(tokens.is(at + 1, "(") || built || sense.commanded(at)) {
        return false;
    }
    let end =
        match tokens.close(at + 1).filter(|_| !tokens.any(at, &["Command", "ProcessBuilder", "Process"])) {
            Some(close) => close,
            None => sense.outline.statement_end(at),
        };
    // `exec.Command("/bin/sh", "-c", line)`, `Command::new("/bin/sh").arg("-c").arg(line)`
    let through = (at..end.min(at + 40)).any(|at| {
        tokens.kind(at) == Some(Kind::Text)
            && matches!(
                inner(tokens.text(at)),
                b"sh"
                    | b"/bin/sh"
                    | b"bash"
                    | b"/bin/bash"
                    | b"cmd"
                    | b"cmd.exe"
                    | b"/c"
                    | b"-c"
                    | b"/C"
                    | b"powershell"
                    | b"powershell.exe"
            )
            || tokens.is(at, "shell")
                && tokens.any(at + 1, &["=", ":"])
                && tokens.any(at + 2, &["True", "true"])
    });
    let itself = tokens.any(
        at,
        &[
            "system",
            "popen",
            "_popen",
            "shell_exec",
            "passthru",
            "getoutput",
            "eval",
            "execSync",
            "Expression",
        ],
    ) && !tokens.any(at.wrapping_sub(1), &[".", "->"]);
    let java = tokens.is(at, "exec")
        && (at.saturating_sub(6)..at).any(|at| tokens.any(at, &["getRuntime", "Runtime"]));
    if !through && !itself && !java {
        return false;
    }
    (at + 1..end.min(at + 40)).any(|at| {
        tokens.name(at).is_some()
            && !tokens.any(at + 1, &["(", "::", ".", "="])
            && !sense.fixed(at..at + 1)
            && sense.word(at) & (words::MAKING | words::EXEC) == 0
            && !tokens.any(
                at,
                &["true", "True", "nil", "null", "NULL", "None", "shell", "ctx", "context", "self", "this"],
            )
            || tokens.any(at, &["Text", "readLine", "ReadLine", "gets", "recv", "decode", "strip", "trim"])
                && tokens.is(at + 1, "(")
    })
}

/// Whether what is run is one of several that stand in the program, or comes of its settings.
fn chosen_from(sense: &Sense, at: usize) -> bool {
    let tokens = sense.outline.tokens;
    let end = sense.outline.statement_end(at).min(at + 40);
    sense.reaches(at + 1..end, 2, &|at| {
        let lower = tokens.text(at).to_ascii_lowercase();
        tokens.kind(at) == Some(Kind::Word)
            && [
                &b"config"[..],
                b"conf",
                b"settings",
                b"options",
                b"opts",
                b"argv",
                b"environ",
                b"allowed",
                b"whitelist",
                b"quote",
                b"escapeshellarg",
                b"shellescape",
                b"commands",
                b"hooks",
                b"script",
            ]
            .contains(&&*lower)
    })
}

/// `db.raw(args.probe)`, `s.execute(body)`: the statement is what a request brings.
fn statement(sense: &Sense, at: usize) -> Option<Told> {
    let tokens = sense.outline.tokens;
    if !tokens.is(at + 1, "(") {
        return None;
    }
    let asks = sense.word(at) & words::QUERIES != 0
        || tokens.any(
            at,
            &[
                "execute",
                "executeUpdate",
                "executeQuery",
                "execSQL",
                "raw",
                "query",
                "unsafe",
                "ExecuteSqlRaw",
                "select_all",
            ],
        );
    if !asks || !tokens.is(at + 1, "(") || !tokens.any(at.wrapping_sub(1), &[".", "->", "?."]) {
        return None;
    }
    let close = tokens.close(at + 1)?;
    let first = super::atoms::arguments(tokens, at + 1, close).map_or(at + 2..close, |(first, _)| first);
    if first.is_empty() || first.len() > 24 {
        return None;
    }
    let texts = first.clone().filter(|at| tokens.kind(*at) == Some(Kind::Text)).count();
    let defaulted = first.clone().any(|at| tokens.any(at, &["??", "||", "?:"]));
    if texts > usize::from(defaulted) {
        return None;
    }
    const BRINGS: &[&str] = &[
        "getParameter",
        "getReader",
        "getHeader",
        "_GET",
        "_POST",
        "_REQUEST",
        "_COOKIE",
        "getQueryParameter",
        "FormValue",
        "PostFormValue",
    ];
    const REQUESTS: &[&str] = &["req", "request", "Request", "params", "args", "ctx", "body"];
    let brought = |range: Range<usize>| {
        range.into_iter().any(|at| {
            tokens.any(at, BRINGS)
                || tokens.any(at, REQUESTS)
                    && tokens.any(at + 1, &[".", "?.", "["])
                    && (tokens.any(at, &["params", "args", "body"]) && tokens.name(at + 2).is_some()
                        || tokens.any(
                            at + 2,
                            &[
                                "body",
                                "query",
                                "params",
                                "Query",
                                "Form",
                                "Body",
                                "headers",
                                "Headers",
                                "getReader",
                                "cookies",
                                "args",
                                "form",
                                "values",
                                "get_json",
                                "data",
                                "URL",
                                "FormValue",
                                "json",
                            ],
                        ))
        })
    };
    let plain = brought(first.clone())
        || first.len() == 1
            && tokens.name(first.start).is_some_and(|name| {
                let func = sense.outline.func_at(at);
                sense.defs(name, func).any(|def| {
                    def.func == func
                        && def.value.len() <= 30
                        && brought(def.value.clone())
                        && !def
                            .value
                            .clone()
                            .any(|at| tokens.kind(at) == Some(Kind::Text) && tokens.text(at).len() > 12)
                })
            });
    plain.then(|| told(STATEMENT, at..close + 1))
}

/// `$filter = $this->filters[$name] ?? $name; … $filter($value)`: a name that is not among those of the program is
/// called as it is (PHP).
fn unknown(sense: &Sense, at: usize) -> Option<Told> {
    let tokens = sense.outline.tokens;
    if sense.outline.language != "php"
        || !tokens.is(at + 1, "(")
        || !tokens.text(at).starts_with(b"$")
        || tokens.any(at - 1, &["->", "::", "new", "function", "fn"])
    {
        return None;
    }
    let func = sense.outline.func_at(at);
    let params = sense.outline.funcs.get(func as usize)?.params.clone();
    let close = tokens.close(at + 1).filter(|close| *close > at + 2)?;
    let name = tokens.name(at)?;
    let falls = sense.defs(name, func).any(|def| {
        let end = def.value.end - usize::from(tokens.is(def.value.end.wrapping_sub(1), ";"));
        let last = end.wrapping_sub(1);
        def.func == func
            && def.value.len() <= 24
            && def.value.contains(&last)
            && tokens.any(last.wrapping_sub(1), &["??", "?:", ":"])
            && tokens.name(last).is_some_and(|last_name| {
                params.clone().any(|at| tokens.name(at) == Some(last_name))
                    && def.value.clone().any(|at| {
                        tokens.is(at, "[") && tokens.name(at + 1) == Some(last_name) && tokens.is(at + 2, "]")
                    })
            })
    });
    falls.then(|| told(NAMED, at..close + 1))
}

/// `array_map($_COOKIE['x'], …)`: a request names the function (PHP).
fn named(sense: &Sense, at: usize) -> Option<Told> {
    let tokens = sense.outline.tokens;
    if sense.outline.language != "php"
        || !tokens.any(
            at,
            &[
                "array_map",
                "call_user_func",
                "call_user_func_array",
                "usort",
                "array_filter",
                "array_walk",
                "register_shutdown_function",
            ],
        )
        || !tokens.is(at + 1, "(")
    {
        return None;
    }
    let close = tokens.close(at + 1)?;
    let (first, second) =
        super::atoms::arguments(tokens, at + 1, close).unwrap_or((at + 2..close, close..close));
    let callback = if tokens.any(at, &["usort", "array_filter", "array_walk"]) { second } else { first };
    let brought = |range: Range<usize>| {
        range.into_iter().any(|at| {
            tokens.text(at).starts_with(b"$_") && sense.word(at) & words::REQUEST != 0
                || tokens.name(at).is_some_and(|name| {
                    tokens.any(at, &["$_GET", "$_POST", "$_REQUEST", "$_COOKIE"])
                        || sense.defs(name, sense.outline.func_at(at)).any(|def| {
                            def.func == sense.outline.func_at(at)
                                && def
                                    .value
                                    .clone()
                                    .any(|at| tokens.any(at, &["$_GET", "$_POST", "$_REQUEST", "$_COOKIE"]))
                        }) && !tokens.is(at.wrapping_sub(1), "[")
                })
        })
    };
    // `$this->shapes[$name] ?? 'plain'` chooses among those of the program.
    let own = callback
        .clone()
        .filter(|at| !tokens.up(*at).is_some_and(|up| tokens.is(up, "[") && callback.contains(&up)));
    let range = own.collect::<Vec<usize>>();
    let plain = range.iter().any(|at| brought(*at..*at + 1));
    (plain && !callback.is_empty()).then(|| told(NAMED, at..close + 1))
}
