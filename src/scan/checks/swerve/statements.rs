//! What came with a request and is given to a database as it is: whoever sends it may ask and change everything.

use std::ops::Range;

use super::Told;
use super::atoms;
use super::atoms::Atom;
use super::atoms::Relation;
use super::magic::Said;
use super::magic::told;
use super::outline::Branch;
use super::sense::Sense;
use super::sense::inner;
use super::tokens::Kind;
use super::words;

const SENT: Said = (
    "hidden-command",
    "what was sent is run by the database as it is, as a whole statement",
    "Who can send statements, and who has agreed that they may?",
);

/// Runs a statement.
const RUNS: &[&str] = &[
    "execute",
    "executeQuery",
    "executeUpdate",
    "execSQL",
    "rawQuery",
    "query",
    "Query",
    "QueryContext",
    "exec",
    "Exec",
    "execute_batch",
    "executescript",
    "exec_driver_sql",
    "ExecuteSqlRaw",
    "ExecuteSqlRawAsync",
    "FromSqlRaw",
    "unprepared",
    "select_all",
    "exec_query",
    "multi_query",
    "raw",
    "createNativeQuery",
    "queryForList",
    "$queryRawUnsafe",
    "$executeRawUnsafe",
    "queryRawUnsafe",
    "executeRawUnsafe",
    "get_results",
    "sqlite3_exec",
    "mysql_query",
    "mysqli_query",
    "PQexec",
    "pg_query",
];
/// What is asked: a database.
const BASES: &[&str] = &[
    "db",
    "pdo",
    "conn",
    "statement",
    "stmt",
    "pool",
    "cursor",
    "entitymanager",
    "jdbc",
    "wpdb",
    "sql",
    "database",
    "sequelize",
    "prisma",
    "knex",
    "mysqli",
    "activerecord",
    "pq",
    "pg_",
];
/// What holds all that was sent.
const BODIES: &[&str] = &[
    "getInputStream",
    "getParameter",
    "getReader",
    "getHeader",
    "rawBody",
    "get_json",
    "get_data",
    "FormValue",
    "PostFormValue",
    "ReadToEndAsync",
    "getQueryParam",
    "getBodyAsString",
    "recv",
    "recvfrom",
    "$_GET",
    "$_POST",
    "$_REQUEST",
    "$_COOKIE",
    "$_SERVER",
    "receiveText",
    "getCookie",
];
/// What a request is called, of which a part is taken.
const REQUESTS: &[&str] =
    &["req", "request", "Request", "ctx", "params", "httpRequest", "cookies", "exchange"];
/// Makes readable what was made unreadable.
const DECODES: &[&str] = &[
    "base64_decode",
    "atob",
    "b64decode",
    "hex2bin",
    "unhexlify",
    "DecodeString",
    "FromBase64String",
    "decode64",
    "strict_decode64",
    "urlsafe_decode64",
    "str_rot13",
];

/// What a file shows anywhere.
pub fn anywhere(sense: &Sense) -> Vec<Told> {
    let tokens = sense.outline.tokens;
    if !sense.mentions(RUNS)
        || !sense.mentions(BODIES) && !sense.mentions(REQUESTS) && !sense.mentions(DECODES)
    {
        return Vec::new();
    }
    let mut found = Vec::new();
    for at in 1..tokens.all.len() {
        if !tokens.any(at, RUNS) || !tokens.is(at + 1, "(") || !sense.step(8) {
            continue;
        }
        let Some(close) = tokens.close(at + 1).filter(|close| *close > at + 2) else { continue };
        let first = atoms::arguments(tokens, at + 1, close).map_or(at + 2..close, |(first, _)| first);
        // `sqlite3_exec(db, text, …)`
        let named = tokens.text(at).contains(&b'_')
            && !tokens.is(at.wrapping_sub(1), ".")
            && !tokens.is(at.wrapping_sub(1), "->");
        let given = if named { at + 2..close } else { first };
        if of_base(sense, at) && given.len() <= 30 && whole(sense, given.clone()) {
            found.push(told(SENT, at..close + 1));
        }
    }
    found
}

/// Whether what is called at `at` belongs to a database.
fn of_base(sense: &Sense, at: usize) -> bool {
    let tokens = sense.outline.tokens;
    let begin = (at.saturating_sub(9)..at)
        .rev()
        .find(|at| tokens.any(*at, &[";", "{", "}", "=", "return", "await", ","]))
        .map_or(at.saturating_sub(9), |before| before + 1);
    (begin..at + 1).any(|at| {
        let lower = tokens.text(at).to_ascii_lowercase();
        tokens.kind(at) == Some(Kind::Word)
            && (lower == b"c"
                || BASES.iter().any(|word| memchr::memmem::find(&lower, word.as_bytes()).is_some()))
    }) && (begin != at || tokens.text(at).contains(&b'_') || tokens.text(at).contains(&b'q'))
}

/// Whether a value is what was sent and nothing else.
fn whole(sense: &Sense, given: Range<usize>) -> bool {
    let tokens = sense.outline.tokens;
    let statement = |range: Range<usize>| {
        range.into_iter().any(|at| {
            tokens.kind(at) == Some(Kind::Text)
                && (inner(tokens.text(at)).contains(&b' ') || tokens.text(at).contains(&b'{'))
        })
    };
    let sent = |range: Range<usize>| {
        let part = |at: usize| {
            tokens.any(at, REQUESTS)
                && (tokens.any(at + 1, &[".", "?.", "->", "["]))
                && !tokens.any(
                    at + 2,
                    &["user", "session", "db", "app", "env", "tenant", "state", "server", "pool"],
                )
        };
        let decoded = range.clone().any(|at| tokens.any(at, DECODES) && tokens.is(at + 1, "("))
            && range.clone().any(|at| {
                tokens.is(at, "[") && tokens.kind(at + 1) == Some(Kind::Text)
                    || tokens.is(at, "(") && tokens.kind(at + 1) == Some(Kind::Text)
            });
        decoded || range.into_iter().any(|at| tokens.any(at, BODIES) || part(at))
    };
    if statement(given.clone()) {
        return false;
    }
    if sent(given.clone()) {
        return true;
    }
    // A name that was given what was sent, and nothing besides.
    let mut names = given.filter(|at| tokens.name(*at).is_some() && !tokens.is(*at + 1, "("));
    let (Some(one), None) = (names.next(), names.next()) else { return false };
    let Some(name) = tokens.name(one) else { return false };
    let func = sense.outline.func_at(one);
    let defs: Vec<_> = sense.defs(name, func).filter(|def| def.func == func).collect();
    !defs.is_empty()
        && defs.iter().all(|def| def.value.len() <= 40 && !def.part && !statement(def.value.clone()))
        && defs.iter().any(|def| sent(def.value.clone()))
}

const SHELLED: Said = (
    "hidden-command",
    "what is read from whoever connects is run by a shell as it is",
    "Who can connect, and who has agreed that they may run anything?",
);

/// A function that gives what it reads from a connection to a shell.
pub fn shelled(sense: &Sense) -> Vec<Told> {
    let tokens = sense.outline.tokens;
    const SERVES: &[&str] =
        &["accept", "listen", "bind", "ServerSocket", "TcpListener", "TCPServer", "Listen"];
    const SHELLS: &[&str] = &["system", "popen", "_popen", "shell_exec", "execSync", "getoutput"];
    const READS: &[&str] =
        &["read", "recv", "recvfrom", "fgets", "getline", "readLine", "gets", "ReadLine", "readline"];
    let mut found = Vec::new();
    let tables = matches!(sense.outline.language, "c" | "cpp");
    if !sense.mentions(SHELLS) || !tables && (!sense.mentions(SERVES) || !sense.mentions(READS)) {
        return found;
    }
    let serves = sense.mentions(SERVES) && sense.mentions(READS);
    for at in 1..tokens.all.len() {
        if !tokens.any(at, SHELLS) || !tokens.is(at + 1, "(") || !sense.step(8) {
            continue;
        }
        let Some(name) = tokens.name(at + 2).filter(|_| tokens.any(at + 3, &[",", ")", "."])) else {
            continue;
        };
        let Some(func) = sense.outline.funcs.get(sense.outline.func_at(at) as usize) else { continue };
        let fills = |other: usize| {
            tokens.any(other, READS)
                && tokens.close(other + 1).filter(|_| tokens.is(other + 1, "(")).is_some_and(|close| {
                    close - other <= 24 && (other + 2..close).any(|at| tokens.name(at) == Some(name))
                })
        };
        let given = sense.defs(name, sense.outline.func_at(at)).any(|def| {
            def.value.len() <= 24
                && func.body.contains(&def.value.start)
                && def.value.clone().any(|at| tokens.any(at, READS))
        });
        if func.body.len() <= 300
            && sense.step(func.body.len())
            && (serves && (given || (func.body.start..at).any(fills)) || tabled(sense, func, name))
        {
            found.push(told(SHELLED, at..at + 3));
        }
    }
    found
}

/// Whether a function whose parameter `given` is run stands in a table of commands by a word: `{ "+QDBG=", at_qdbg }`.
fn tabled(sense: &Sense, func: &super::outline::Func, given: u32) -> bool {
    let tokens = sense.outline.tokens;
    let Some(name) = func.name.filter(|_| matches!(sense.outline.language, "c" | "cpp")) else {
        return false;
    };
    let odd = |text: &[u8]| {
        text.iter().any(|b| b.is_ascii_punctuation() || b.is_ascii_digit())
            && text.iter().filter(|b| b.is_ascii_alphabetic()).count() >= 3
    };
    func.params.clone().any(|at| tokens.name(at) == Some(given))
        && (2..tokens.all.len()).any(|at| {
            tokens.name(at) == Some(name)
                && tokens.is(at - 1, ",")
                && tokens.kind(at - 2) == Some(Kind::Text)
                && odd(inner(tokens.text(at - 2)))
                && tokens.up(at).is_some_and(|up| tokens.is(up, "{"))
        })
}

const COMMAND: Said = (
    "hidden-command",
    "behind one word of a message, the rest of the message is run",
    "Who can send this message, and who has agreed that they may run anything?",
);
const ENCODED: Said = (
    "hidden-command",
    "what was sent or stored in an encoded form is decoded and run",
    "Why is it not to be read, and who decides what is run?",
);

/// A branch on a word of a message in which the message says what is run.
pub fn judge(sense: &Sense, branch: &Branch, found: &[Atom]) -> Option<Told> {
    let tokens = sense.outline.tokens;
    if branch.rest || branch.body.len() > 80 || !sense.step(branch.body.len()) {
        return None;
    }
    let asked: Vec<usize> = match branch.case {
        true => {
            let written = branch.test.clone().any(|at| tokens.kind(at) == Some(Kind::Text));
            branch.subject.clone().filter(|_| written).collect()
        }
        false => found
            .iter()
            .filter(|atom| {
                matches!(atom.relation, Relation::Equal | Relation::Holds) && atom.met(branch.holds)
            })
            .filter(|atom| atom.range.clone().any(|at| tokens.kind(at) == Some(Kind::Text)))
            .flat_map(|atom| atom.range.clone())
            .collect(),
    };
    // A choice whose subject is not read before it (Ruby, Python) is taken for one of the last names that were given.
    let mut bases: Vec<u32> = asked.iter().filter_map(|at| tokens.name(*at)).collect();
    // `words = line.split(); verb = words[0].upper()`: the word and the rest come of one line.
    let mut next = 0;
    while let Some(base) = bases.get(next).copied().filter(|_| next < 6) {
        for def in sense.defs(base, sense.outline.func_at(branch.test.start)) {
            let cut = def.func != super::tokens::NONE && def.value.len() <= 30 && sense.step(30);
            if !cut || !def.value.clone().any(|at| tokens.any(at, CUTS) || tokens.any(at, &["[", "first"])) {
                continue;
            }
            let of = def.value.clone().find_map(|at| tokens.name(at).filter(|_| !tokens.is(at + 1, "(")));
            bases.extend(of.filter(|of| !bases.contains(of)));
        }
        next += 1;
    }
    let served = SERVED_BY.iter().any(|word| sense.mentions(&[word]));
    if bases.is_empty() && !branch.case || !served {
        return None;
    }
    let from_message = |at: usize| {
        let Some(name) = tokens.name(at) else { return false };
        if bases.contains(&name) && tokens.any(at + 1, &["[", ".", ")", ","]) {
            return true;
        }
        sense.defs(name, sense.outline.func_at(at)).any(|def| {
            def.func != super::tokens::NONE
                && def.value.len() <= 24
                && def.value.clone().any(|at| tokens.any(at, CUTS))
        })
    };
    // `` `#{rest}` ``
    let ticked = sense.outline.language == "ruby"
        && branch.body.clone().any(|at| {
            let text = tokens.text(at);
            tokens.kind(at) == Some(Kind::Text) && text.starts_with(b"`#{") && text.len() <= 40
        });
    const STARTS: &[&str] = &[
        "Command",
        "CommandContext",
        "exec",
        "execFile",
        "spawn",
        "Popen",
        "run",
        "ProcessBuilder",
        "eval",
        "Start",
        "popen",
        "system",
        "call",
        "check_output",
        "execSync",
        "spawnSync",
        "shell_exec",
        "passthru",
        "create_subprocess_shell",
        "capture2",
        "capture2e",
        "capture3",
        "getoutput",
        "getstatusoutput",
        "shell",
    ];
    let run = branch.body.clone().find(|at| {
        tokens.any(*at, STARTS)
            && tokens.any(at + 1, &["(", "::"])
            && !tokens.any(at.wrapping_sub(1), &["func", "def", "fn"])
            && (!tokens.any(*at, &["run", "call", "exec", "Start", "spawn", "shell"])
                || of_processes(sense, *at))
            && {
                let open = if tokens.is(at + 1, "::") { at + 3 } else { at + 1 };
                tokens.is(open, "(")
                    && (from_message(open + 1)
                        || tokens.any(open + 1, &["[", "&"]) && from_message(open + 2)
                        || tokens.close(open).filter(|close| close - open <= 24).is_some_and(|close| {
                            // `capture2e("sh", "-c", rest)`
                            (open + 1..close).any(|at| {
                                tokens.kind(at) == Some(Kind::Text)
                                    && matches!(inner(tokens.text(at)), b"-c" | b"/c" | b"/C")
                                    && tokens.is(at + 1, ",")
                                    && from_message(at + 2)
                            })
                        }))
                    && !sense.fixed(open + 1..open + 2)
            }
    });
    (ticked || run.is_some()).then(|| told(COMMAND, super::shown(branch, found)))
}

/// Takes a message apart.
const CUTS: &[&str] = &[
    "split",
    "Split",
    "split_whitespace",
    "Fields",
    "partition",
    "substring",
    "Substring",
    "slice",
    "substr",
    "strtok",
    "SplitN",
    "splitn",
    "shift",
    "explode",
    "removePrefix",
    "delete_prefix",
];

/// What takes in messages.
const SERVED_BY: &[&str] = &[
    "Conn",
    "conn",
    "accept",
    "recv",
    "sock",
    "socket",
    "on_message",
    "onMessage",
    "message",
    "net",
    "Socket",
    "listen",
    "websocket",
    "WebSocket",
    "ServeHTTP",
    "request",
    "packet",
    "mqtt",
    "channel",
    "irc",
    "readline",
    "TcpStream",
];

/// Whether the call at `at` is one that starts programs.
fn of_processes(sense: &Sense, at: usize) -> bool {
    let tokens = sense.outline.tokens;
    (at.saturating_sub(4)..at).any(|at| {
        tokens
            .any(at, &["subprocess", "Process", "child_process", "getRuntime", "exec", "cp", "os", "Runtime"])
    }) || sense.mentions(&["child_process"])
        || sense
            .outline
            .tokens
            .all
            .iter()
            .enumerate()
            .any(|(at, _)| tokens.kind(at) == Some(Kind::Text) && inner(tokens.text(at)) == b"child_process")
}

/// What is decoded where it is run.
pub fn encoded(sense: &Sense) -> Vec<Told> {
    let tokens = sense.outline.tokens;
    if sense.file() & words::EXEC == 0
        || !sense.mentions(DECODES) && !sense.mentions(&["Buffer", "from_utf8"])
    {
        return Vec::new();
    }
    let mut found = Vec::new();
    for at in 1..tokens.all.len() {
        if sense.word(at) & words::EXEC == 0
            || tokens.any(at, &["assert", "function", "Function", "evaluate"])
            || !tokens.is(at + 1, "(")
            || !sense.step(8)
        {
            continue;
        }
        // `pattern.exec(text)` looks something up.
        let looks =
            tokens.is(at, "exec") && tokens.any(at.wrapping_sub(1), &[".", "?."]) && !of_processes(sense, at);
        let Some(close) = tokens.close(at + 1).filter(|close| !looks && close - at <= 40) else { continue };
        let args = at + 2..close;
        let decodes = |range: Range<usize>| {
            range.clone().any(|at| {
                let decoded = tokens.any(at, DECODES) && tokens.is(at + 1, "(")
                    || tokens.is(at, "from")
                        && tokens.is(at.wrapping_sub(2), "Buffer")
                        && (at..at + 16).any(|at| matches!(inner(tokens.text(at)), b"base64" | b"hex"));
                decoded
                    && tokens.close(at + 1).is_some_and(|close| {
                        (at + 2..close).any(|at| tokens.name(at).is_some() && !sense.fixed(at..at + 1))
                    })
            })
        };
        if decodes(args) {
            found.push(told(ENCODED, at..close + 1));
        }
    }
    found
}
