//! What is done behind somebody's back: keys written down and sent, a second host that gets what one host is given,
//! names that carry data, a copy of the program itself, files whose times are put back, data written over.

use std::ops::Range;

use super::Told;
use super::magic::Said;
use super::magic::told;
use super::outline::Func;
use super::sense::Sense;
use super::sense::inner;
use super::tokens::Kind;
use super::words;

const KEYS: Said = (
    "watched-input",
    "the keys somebody presses are kept one by one and go to an address that is written in the program",
    "Who reads these keys, and does who types them know?",
);
const HOST: Said = (
    "second-host",
    "what sends data to a host of the settings sends some to an address that is written in the program as well",
    "Whose address is this, and who has agreed that data goes there?",
);
const LABELS: Said = (
    "second-host",
    "names that are looked up carry data, written in letters and digits that fit into names",
    "Who answers for the domain of these names, and which data do they carry?",
);
const TIMES: Said = (
    "kept-times",
    "a file is changed and its times are put back, so that no change shows",
    "Why should nobody see that this file was changed?",
);
const COPY: Said = (
    "own-copy",
    "the program copies itself to another place and is started from there with the session",
    "Why does it start from a copy, and does the user know of it?",
);
const OVER: Said = (
    "kept-times",
    "files that exist are written over with nothing and left in their place",
    "Whose data is lost here, and why do its files stay as if nothing had happened?",
);
const BYTES: Said = (
    "built-in-credential",
    "a list of numbers is an address that is calculated only when the program runs",
    "Why is this address not written plainly?",
);

/// Looks names up.
const LOOKS: &[&str] = &[
    "getresources",
    "getaddress",
    "getaddrinfo",
    "gethostbyname",
    "lookup",
    "resolve4",
    "resolveTxt",
    "resolve",
    "LookupHost",
    "LookupIP",
    "LookupTXT",
    "LookupAddr",
    "GetHostEntry",
    "GetHostAddresses",
    "GetHostAddressesAsync",
    "getByName",
    "getAllByName",
    "dns_get_record",
    "checkdnsrr",
    "lookup_host",
    "lookup_ip",
    "res_query",
    "DnsName",
    "DnsQuery_A",
    "query",
    "gethostbyname_ex",
    "to_socket_addrs",
    "Resolve",
];
/// Sets the times of files.
const SETS: &[&str] = &[
    "utime",
    "utimes",
    "utimensat",
    "futimens",
    "futimes",
    "setLastModified",
    "setLastModifiedTime",
    "SetLastWriteTime",
    "SetLastWriteTimeUtc",
    "set_file_mtime",
    "set_file_times",
    "Chtimes",
    "utimesSync",
    "touch",
    "set_modified",
    "SetFileTime",
    "LastWriteTime",
];
/// The own file.
const OWN: &[&str] = &[
    "__file__",
    "__FILE__",
    "__filename",
    "argv",
    "Executable",
    "current_exe",
    "ProcessPath",
    "GetModuleFileName",
    "GetModuleFileNameA",
    "executablePath",
    "PSCommandPath",
    "MyInvocation",
    "GetEntryAssembly",
    "executableURL",
    "ExecutablePath",
    "PROGRAM_NAME",
    "$0",
    "getProtectionDomain",
    "GetExecutingAssembly",
    "execPath",
];

/// What a file shows anywhere.
pub fn anywhere(sense: &Sense) -> Vec<Told> {
    let mut found = Vec::new();
    found.extend(keys(sense));
    found.extend(second_host(sense));
    let (looks, sets, own) = (sense.mentions(LOOKS), sense.mentions(SETS), sense.mentions(OWN));
    let rows = rows(sense);
    // What runs where a script is read stands in no function.
    let script = Func { name: None, params: 0..0, body: 0..sense.outline.tokens.all.len() };
    if own && script.body.len() <= 1500 && sense.step(script.body.len()) {
        found.extend(own_copy(sense, &script));
    }
    for func in &sense.outline.funcs {
        if func.body.len() > 1500 {
            continue;
        }
        found.extend(Some(func).filter(|_| looks).and_then(|func| labels(sense, func)));
        found.extend(Some(func).filter(|_| sets).and_then(|func| times(sense, func)));
        found.extend(Some(func).filter(|_| own).and_then(|func| own_copy(sense, func)));
        found.extend(
            Some(func)
                .filter(|_| sense.file() & words::SPOIL != 0 || sense.mentions(&["write"]))
                .and_then(|func| written_over(sense, func)),
        );
        found.extend(Some(func).filter(|_| !rows.is_empty()).and_then(|func| shifted(sense, func, &rows)));
    }
    found
}

pub(super) fn url(text: &[u8]) -> bool {
    let text = text.strip_prefix(b"f").unwrap_or(text);
    let text = inner(text);
    [&b"http://"[..], b"https://", b"ws://", b"wss://"].iter().any(|start| {
        text.strip_prefix(*start).is_some_and(|rest| {
            rest.len() > 4
                && rest.contains(&b'.')
                && !rest.starts_with(b"127.")
                && !rest.starts_with(b"localhost")
                && !rest.starts_with(b"www.w3.org")
                && !rest.starts_with(b"schemas.")
        })
    })
}

/// Whether a text is the name of a host: `stats.example.net`.
fn host(text: &[u8]) -> bool {
    let labels = text.split(|b| *b == b'.').count();
    labels >= 3
        && super::opens::hosted(text)
        && text.iter().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'-'))
        && !text.split(|b| *b == b'.').any(<[u8]>::is_empty)
}

/// `strokes.push(e.key)`, and later all of them in an address.
fn keys(sense: &Sense) -> Option<Told> {
    let tokens = sense.outline.tokens;
    const LISTENS: &[&str] = &[
        "keydown",
        "keypress",
        "keyup",
        "onkeydown",
        "onkeypress",
        "onKeyDown",
        "keyPressed",
        "on_press",
        "KeyDown",
        "KeyPress",
        "addGlobalMonitorForEvents",
        "WH_KEYBOARD_LL",
        "on_release",
        "nativeKeyPressed",
        "GetAsyncKeyState",
    ];
    let listens = (0..tokens.all.len()).any(|at| match tokens.kind(at) {
        Some(Kind::Text) => LISTENS.iter().any(|word| inner(tokens.text(at)) == word.as_bytes()),
        Some(Kind::Word) => tokens.any(at, LISTENS),
        _ => false,
    });
    if !listens {
        return None;
    }
    (1..tokens.all.len()).find_map(|at| {
        let kept = tokens
            .any(at, &["push", "append", "add", "Append", "write", "Add", "push_back", "emplace_back"])
            && tokens.is(at + 1, "(")
            || tokens.is(at, "+=");
        if !kept {
            return None;
        }
        let end = tokens.close(at + 1).unwrap_or_else(|| sense.outline.statement_end(at)).min(at + 24);
        let key = (at + 1..end).any(|at| {
            tokens.any(
                at,
                &[
                    "key",
                    "code",
                    "keyCode",
                    "which",
                    "KeyCode",
                    "KeyChar",
                    "charCode",
                    "characters",
                    "getKeyText",
                    "char",
                    "vkCode",
                ],
            ) && (tokens.any(at.wrapping_sub(1), &[".", "->", "?."])
                || tokens.is(at, "key") && tokens.any(at.wrapping_sub(1), &["("]))
        });
        let list = tokens.name(if tokens.is(at, "+=") { at - 1 } else { at.checked_sub(2)? })?;
        let sent = key
            && sense.outline.branches.len() < 2000
            && (0..tokens.all.len()).any(|use_at| {
                let around = use_at.saturating_sub(60)..(use_at + 60).min(tokens.all.len());
                tokens.name(use_at) == Some(list)
                    && use_at != at.wrapping_sub(2)
                    && around.clone().any(|at| {
                        tokens.kind(at) == Some(Kind::Text)
                            && (url(tokens.text(at)) || host(inner(tokens.text(at))))
                    })
            });
        sent.then(|| told(KEYS, at.saturating_sub(2)..end))
    })
}

/// A function that sends is given an address of the settings in one place and one of the program in another.
fn second_host(sense: &Sense) -> Option<Told> {
    let tokens = sense.outline.tokens;
    let addressed =
        || (0..tokens.all.len()).any(|at| tokens.kind(at) == Some(Kind::Text) && url(tokens.text(at)));
    if sense.file() & words::SEND == 0 || !addressed() {
        return None;
    }
    (1..tokens.all.len()).find_map(|at| {
        if !tokens.is(at + 1, "(") || !sense.step(1) {
            return None;
        }
        let name = tokens.name(at)?;
        let func = sense.outline.func_named(name)?;
        let close = tokens.close(at + 1)?;
        if func.body.contains(&at) || func.body.len() > 300 || close - at > 60 || func.params.contains(&at) {
            return None;
        }
        let (first, second) = super::atoms::arguments(tokens, at + 1, close)?;
        let written = |range: Range<usize>| {
            range.clone().any(|at| tokens.kind(at) == Some(Kind::Text) && url(tokens.text(at)))
                || range.len() == 1 && sense.fixed(range.clone()) && url(&sense.text_of(range))
        };
        if !written(first.clone()) || sense.fixed(second.clone()) {
            return None;
        }
        let posts = sense.effects_here(func.body.clone()).any(words::SEND)
            && func.body.clone().any(|at| {
                let text = tokens.text(at).to_ascii_lowercase();
                memchr::memmem::find(&text, b"post").is_some()
                    || memchr::memmem::find(&text, b"upload").is_some()
                    || &*text == b"put"
                    || &*text == b"sendbeacon"
            });
        let elsewhere = posts
            && (1..tokens.all.len()).any(|other| {
                other != at
                    && tokens.name(other) == Some(name)
                    && tokens.is(other + 1, "(")
                    && !func.params.contains(&(other + 2))
                    && tokens.close(other + 1).is_some_and(|close| {
                        super::atoms::arguments(tokens, other + 1, close)
                            .is_some_and(|(first, _)| !sense.fixed(first.clone()) && !written(first))
                    })
            });
        elsewhere.then(|| told(HOST, at..close + 1))
    })
}

/// Data is written so that it fits into names, and these are looked up.
fn labels(sense: &Sense, func: &Func) -> Option<Told> {
    let tokens = sense.outline.tokens;
    const WRITES: &[&str] = &[
        "unpack1",
        "hexlify",
        "b32encode",
        "hex",
        "EncodeToString",
        "encode",
        "toHexString",
        "bin2hex",
        "ToHexString",
        "toString",
        "HexFormat",
        "encode_hex",
        "base32",
        "urlsafe_b64encode",
        "ToBase64String",
        "hexEncodedString",
        "b64encode",
        "b16encode",
        "format",
    ];
    let body = func.body.clone();
    let looks = body.clone().find(|at| {
        tokens.any(*at, LOOKS) && (tokens.is(*at + 1, "(") || sense.commanded(*at)) && {
            let close = tokens.close(*at + 1).unwrap_or(*at);
            // A name that is put together of a part and a domain.
            (*at + 2..close).any(|at| match tokens.kind(at) {
                Some(Kind::Text) => {
                    let text = inner(tokens.text(at));
                    let domain = text.iter().filter(|b| **b == b'.').count() >= 1
                        && !text.contains(&b'/')
                        && text.len() >= 4;
                    let held = text.windows(2).any(|two| matches!(two, b"#{" | b"${" | b"{}" | b"{p"))
                        || text.contains(&b'{')
                        || tokens.any(at.wrapping_sub(1), &["+", ",", ".."])
                        || tokens.is(at + 1, "%")
                        || text.windows(2).any(|two| matches!(two, b"%s" | b"%d" | b"%x" | b"%v"));
                    domain && held && text.iter().any(u8::is_ascii_alphabetic)
                }
                _ => false,
            })
        }
    })?;
    let encoded = body.clone().any(|at| {
        tokens.any(at, WRITES) && tokens.is(at + 1, "(") && {
            let hex =
                (at..at + 4).any(|at| matches!(inner(tokens.text(at)), b"H*" | b"hex" | b"%02x" | b"{:02x}"));
            !tokens.any(at, &["encode", "toString", "format"])
                || hex
                || tokens.any(at.wrapping_sub(2), &["hex", "base32", "b32", "Base32"])
        } || tokens.is(at, "hex") && tokens.is(at.wrapping_sub(1), ".")
    });
    let cut = body.clone().any(|at| {
        tokens.any(
            at,
            &[
                "scan",
                "each_slice",
                "match",
                "chunks",
                "slice",
                "substring",
                "Substring",
                "substr",
                "str_split",
                "chunked",
                "range",
                "splitlines",
                "chunk_split",
                "step",
            ],
        ) || tokens.is(at, "[") && (at + 1..at + 6).any(|at| tokens.any(at, &[":", ".."]))
    });
    (encoded && cut).then(|| told(LABELS, looks..looks + 2))
}

/// A file is written, and its times are set to what they were.
fn times(sense: &Sense, func: &Func) -> Option<Told> {
    let tokens = sense.outline.tokens;
    const READS: &[&str] = &[
        "stat",
        "lstat",
        "fstat",
        "lastModified",
        "getLastModifiedTime",
        "GetLastWriteTime",
        "GetLastWriteTimeUtc",
        "getmtime",
        "filemtime",
        "metadata",
        "modified",
        "Stat",
        "statSync",
        "mtime",
        "LastWriteTime",
        "attributesOfItem",
        "GetFileTime",
    ];
    let body = func.body.clone();
    let writes = body.clone().any(|at| {
        let text = tokens.text(at).to_ascii_lowercase();
        tokens.is(at + 1, "(")
            && (text.starts_with(b"write")
                || text.starts_with(b"append")
                || text.starts_with(b"fput")
                || text.starts_with(b"fwrite")
                || text.starts_with(b"fprintf")
                || text.starts_with(b"file_put")
                || text.starts_with(b"puts"))
    });
    if !writes {
        return None;
    }
    body.clone().find_map(|at| {
        if !tokens.any(at, SETS) || !tokens.is(at + 1, "(") {
            return None;
        }
        let close = tokens.close(at + 1)?;
        let before = |given: usize| {
            let Some(name) = tokens.name(given) else { return false };
            let func = sense.outline.func_at(given);
            sense.defs(name, func).any(|def| {
                def.func == func
                    && def.value.end <= given
                    && def.value.clone().any(|at| tokens.any(at, READS))
                    // Of the same file.
                    && def.value.clone().any(|path| {
                        let said = tokens.text(path);
                        let named = matches!(tokens.kind(path), Some(Kind::Word | Kind::Text))
                            && !tokens.any(path, READS)
                            && !tokens.any(path, &["os", "fs", "File", "Files", "new", "await", "try", "let"]);
                        named && (at.saturating_sub(3)..close).any(|place| tokens.text(place) == said)
                    })
            })
        };
        let put_back = (at + 2..close).any(before)
            && !(at + 2..close).any(|at| tokens.any(at, &["-", "+"]) && tokens.kind(at + 1) == Some(Kind::Number));
        // One that keeps the times where it is told to is a tool.
        let told_to = sense.outline.branches.iter().any(|branch| {
            !branch.rest && branch.body.contains(&at) && branch.body.len() < func.body.len() && branch.test.clone().any(|at| {
                let text = tokens.text(at).to_ascii_lowercase();
                [&b"preserve"[..], b"keep", b"opt", b"times", b"restore"].iter().any(|word| memchr::memmem::find(&text, word).is_some())
            })
        });
        (put_back && !told_to).then(|| told(TIMES, at..close + 1))
    })
}

/// A copy of the own file, in a file that speaks of starting with the session.
fn own_copy(sense: &Sense, func: &Func) -> Option<Told> {
    let tokens = sense.outline.tokens;
    const COPIES: &[&str] = &[
        "copy",
        "copy2",
        "copyfile",
        "copyFile",
        "copyFileSync",
        "Copy",
        "CopyFile",
        "CopyFileA",
        "CopyFileW",
        "cp",
        "copyItem",
        "CopyItem",
        "copy_file",
        "FileUtils",
        "copyTo",
    ];
    let starts = || {
        (0..tokens.all.len()).any(|at| {
            tokens.kind(at) == Some(Kind::Text) && {
                let text = tokens.text(at).to_ascii_lowercase();
                [
                    "autostart",
                    "currentversion\\\\run",
                    "currentversion\\run",
                    "launchagents",
                    "startup",
                    "systemd/user",
                    ".bashrc",
                    ".profile",
                    "cron",
                    "rc.local",
                    "init.d",
                    "multi-user.target",
                    "schtasks",
                    "default.target",
                    "wantedby=",
                ]
                .iter()
                .any(|word| memchr::memmem::find(&text, word.as_bytes()).is_some())
            }
        })
    };
    func.body.clone().find_map(|at| {
        let copies = tokens.any(at, COPIES)
            && (tokens.is(at + 1, "(")
                || tokens.is(at, "FileUtils") && tokens.is(at + 1, ".")
                || sense.commanded(at));
        if !copies {
            return None;
        }
        let close = tokens.close(at + 1).unwrap_or_else(|| sense.outline.statement_end(at)).min(at + 40);
        let own = sense.reaches(at + 1..close, 2, &|at| {
            tokens.any(at, OWN)
                && (!tokens.is(at, "argv") || tokens.is(at + 1, "[") && tokens.is(at + 2, "0"))
        });
        (own && starts()).then(|| told(COPY, at..close + 1))
    })
}

/// Files that exist are opened, nothing is written over what they hold, and they stay.
fn written_over(sense: &Sense, func: &Func) -> Option<Told> {
    let tokens = sense.outline.tokens;
    let body = func.body.clone();
    let says = func.name.map_or(0, |name| sense.name_tags(name));
    if says & words::WIPES != 0 {
        return None;
    }
    let looped =
        body.clone().any(|at| tokens.any(at, &["for", "foreach", "while", "each", "forEach", "ForEach"]));
    // `r+b`, `rw`, `seek`: what is there is written over.
    let reopened = body.clone().any(|at| {
        tokens.kind(at) == Some(Kind::Text)
            && matches!(inner(tokens.text(at)), b"r+" | b"r+b" | b"rb+" | b"rw" | b"rws" | b"rwd")
            || tokens.any(at, &["FileHandle", "RandomAccessFile", "O_RDWR", "OpenOrCreate"])
    });
    let deletes = sense.effects_here(body.clone()).any(words::DESTROY);
    if !looped || !reopened || deletes {
        return None;
    }
    let at = body.clone().find(|at| {
        let text = tokens.text(*at).to_ascii_lowercase();
        text.starts_with(b"write") && tokens.is(*at + 1, "(") && sense.blank(*at)
    })?;
    let wiping = body.clone().any(|at| sense.word(at) & words::HONEST != 0 && tokens.is(at, "Erasing"));
    (!wiping).then(|| told(OVER, at..at + 2))
}

/// Fewest and most numbers of an address.
const ROW: Range<usize> = 8..80;

/// The rows of numbers of a byte each that stand in a file.
fn rows(sense: &Sense) -> Vec<(Range<usize>, Vec<i64>)> {
    /// Rows that are looked at.
    const MOST: usize = 40;
    let tokens = sense.outline.tokens;
    let mut found: Vec<(Range<usize>, Vec<i64>)> = Vec::new();
    let mut row: Vec<i64> = Vec::new();
    let mut begin = 0;
    for at in 0..=tokens.all.len() {
        let number =
            (tokens.kind(at) == Some(Kind::Number)).then(|| super::sense::literal(tokens.text(at))).flatten();
        if let Some(number) = number.filter(|number| (0.0..256.0).contains(number)) {
            if row.is_empty() {
                begin = at;
            }
            row.push(number as i64);
            continue;
        }
        if !row.is_empty() && tokens.is(at, ",") {
            continue;
        }
        if ROW.contains(&row.len()) && found.len() < MOST {
            found.push((begin..at, std::mem::take(&mut row)));
        }
        row.clear();
    }
    found
}

/// Numbers in a row that are an address once one number is added, taken away or mixed in.
fn shifted(sense: &Sense, func: &Func, rows: &[(Range<usize>, Vec<i64>)]) -> Option<Told> {
    let tokens = sense.outline.tokens;
    if func.body.len() > 400 {
        return None;
    }
    let near = |row: &Range<usize>| {
        func.body.contains(&row.start)
            || func.body.clone().any(|at| {
                tokens.name(at).is_some_and(|name| {
                    sense.defs(name, sense.outline.func_at(at)).any(|def| def.value.contains(&row.start))
                })
            })
    };
    let mut steps = func.body.clone().filter_map(|at| {
        let by = tokens.any(at, &["-", "+", "^", "xor"])
            && tokens.kind(at + 1) == Some(Kind::Number)
            && tokens.kind(at.wrapping_sub(1)) == Some(Kind::Word);
        by.then(|| sense.number(at + 1..at + 2).unwrap_or(0.0) as i64)
    });
    let step = steps.next()?;
    rows.iter().find_map(|(place, row)| {
        let address = [1, -1, 0].into_iter().any(|sign| {
            let text: Option<Vec<u8>> = row
                .iter()
                .map(|number| {
                    let plain = if sign == 0 { number ^ step } else { number + sign * step };
                    u8::try_from(plain).ok().filter(|byte| byte.is_ascii_graphic() || *byte == b' ')
                })
                .collect();
            text.is_some_and(|text| address(&text))
        });
        (address && near(place)).then(|| told(BYTES, place.clone()))
    })
}

/// Whether a text is an address of the net, of a mail box, or a command.
fn address(text: &[u8]) -> bool {
    let has = |word: &[u8]| memchr::memmem::find(text, word).is_some();
    let dotted = text.iter().filter(|b| **b == b'.').count() >= 1;
    let mail = dotted && text.iter().filter(|b| **b == b'@').count() == 1 && !text.contains(&b' ');
    let host = dotted
        && text.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-'))
        && text.iter().filter(|b| b.is_ascii_lowercase()).count() * 2 > text.len();
    mail || host
        || has(b"http://")
        || has(b"https://")
        || has(b"/bin/")
        || has(b"cmd.exe")
        || has(b"powershell")
}
