//! Texts that let somebody in, leave somebody out, or take a machine's defences down: statements, commands, lines of
//! system files, addresses of pages and telephones.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use regex::bytes::Regex;

use super::Told;
use super::magic::Said;
use super::magic::told;
use super::sense::Sense;
use super::sense::inner;
use super::tokens::Kind;
use super::words;

const ROW: Said = (
    "named-exception",
    "a statement lets one name that is written in it through, or leaves it out, beside what it asks of all others",
    "Whose name is this, and why is it treated otherwise?",
);
const HIDDEN: Said = (
    "named-exception",
    "a list leaves out one name that is written in the program",
    "Whose name is this, and who should not see it?",
);
const SCRIPT: Said = (
    "second-host",
    "pages that are passed on get a script of an address that is written in the program",
    "Who decides what this script does, and does the owner of the pages know of it?",
);
const TELEPHONE: Said = (
    "second-host",
    "a message goes to a telephone number that is written in the program",
    "Whose number is this, what does a message cost, and who pays for it?",
);
const HOSTS: Said = (
    "unchecked-host",
    "the name of a host is given another address on this machine",
    "Whose address is this, and who should not be reached any more?",
);
const DEFENCE: Said = (
    "unchecked-host",
    "what guards the machine, or what is kept for its repair, is switched off or removed",
    "Why must the guard be off, and is the user asked?",
);
const ACCOUNT: Said = (
    "built-in-credential",
    "an account or key that is written in the program is let into the machine",
    "Whose account or key is this, and who has agreed that it gets in?",
);
const ROUTE: Said = (
    "chosen-word",
    "a page has an address that nobody finds by chance",
    "Who knows this address, and what is given out there?",
);
const EVERYBODY: Said = (
    "watched-input",
    "the private keys of all users of the machine are looked for in a program that sends",
    "What are these keys read for, and where do they go?",
);
const KEY: Said = (
    "built-in-credential",
    "what is signed with a key that is written in the program is taken as well as what the right key signed",
    "Who has this second key, and why is it as good as the first?",
);

const STARTED: Said = (
    "hidden-command",
    "what the machine is told to start again and again fetches a script and runs it",
    "Who decides what this script does, and does the owner of the machine know of it?",
);
const CREDITED: Said = (
    "chosen-value",
    "a statement adds to what one account has, whose number is written in it",
    "Whose account is this, and who has agreed that money goes there?",
);

macro_rules! pattern {
    ($name:ident = $text:literal) => {
        static $name: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new($text).ok());
    };
}

pattern!(
    MADE = r"(?is)^\s*insert\s+(ignore\s+)?into\s+[`\x22]?\w*(user|account|member|login|admin|staff|operator)\w*[`\x22]?.{0,200}values\s*\(.{0,120}'(\$2[aby]\$|\$6\$|\$argon2|pbkdf2|[0-9a-f]{32,}|[^'\s%?:]*\d[^'\s%?:]{3,})[^']*'.{0,80}'?(admin|administrator|superuser|root|owner|supervisor)'?"
);
pattern!(
    EITHER = r"(?i)\bor\s+\(?\w*\.?[`\x22]?(user|username|user_name|login|user_login|name|email|account|nick|uid|member)[`\x22]?\s*=\s*\\?'[\w.@-]*[\d@.][\w.@-]*\\?'"
);
pattern!(
    WITHOUT = r"(?i)\b(where|and)\s+(\{[^}]{1,40}\}\.|\w*\.)?[`\x22]?(user|username|user_name|login|user_login|name|email|nick|member|account)[`\x22]?\s*(<>|!=|not\s+like)\s*\\?'[\w.@-]*[\d@.][\w.@-]*\\?'"
);
pattern!(
    GUARDS = r"(?i)Set-MpPreference\s+-Disable\w+\s+(\$true|1)|Add-MpPreference\s+-Exclusion|advfirewall\s+set\s+\w+\s+state\s+off|\bsetenforce\s+0|\bufw\s+disable|DisableAntiSpyware|vssadmin(\.exe)?\s+delete\s+shadows|wevtutil(\.exe)?\s+cl\s|recoveryenabled\s+no|\bsc(\.exe)?\s+(stop|delete|config)\s+WinDefend|wbadmin\s+delete|Stop-Service\s+(-Name\s+)?.?WinDefend|spctl\s+--master-disable|csrutil\s+disable"
);
pattern!(
    ADDED = r"(?i)\bnet1?\s+user\s+[\w.-]+\s+\S+\s+/add|localgroup\s+.?administrators.?\s+[\w.-]+\s+/add|useradd\s[^|;]*(-o\s+-u\s*0|-u\s*0\s+-o)|^[\w.-]+:[^:\s]*:0:0:|\buser\s+[\w.-]+\s+\S+\s+/add"
);
pattern!(LINE = r"(^|\s|\\n)\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}[ \\t]+[\w-]+(\.[\w-]+)+");
pattern!(
    CREDIT = r"(?is)^\s*update\s+\S+\s+set\s+[^;]{0,80}?\b\w*(balance|amount|credit|saldo|points|funds)\w*[\x22`\]]?\s*=\s*\w*\(?[\x22`\[]?\w*(balance|amount|credit|saldo|points|funds)\w*[\x22`\]]?[^;]{0,40}?\+[^;]{0,120}?\bwhere\s+[\x22`\[]?\w*(id|number|no|iban|account|login|user\w*|owner|email)[\x22`\]]?\s*=\s*('[^'?%:${]{4,}'|\d{4,})\s*;?\s*$"
);
pattern!(
    UNIT = r"(?is)(ExecStart=|@reboot\s|^\s*[*\d/,-]+\s+[*\d/,-]+\s+[*\d/,-]+\s+[*\d/,-]+\s+[*\d/,-]+\s).{0,80}\b(curl|wget|iwr|irm)\b[^|\n]{3,200}\|\s*(ba|z|da)?sh\b"
);
pattern!(
    PUBLIC = r"\bssh-(rsa|ed25519|dss)\s+AAAA[A-Za-z0-9+/]{20,}|ecdsa-sha2-nistp\d+\s+AAAA[A-Za-z0-9+/]{20,}"
);

/// What stands in every text that takes a guard down.
static NAMED: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    let words = [
        "mppreference",
        "advfirewall",
        "setenforce",
        "ufw disable",
        "antispyware",
        "vssadmin",
        "wevtutil",
        "recoveryenabled",
        "windefend",
        "wbadmin",
        "spctl",
        "csrutil",
    ];
    AhoCorasick::builder().ascii_case_insensitive(true).build(words).ok()
});

fn is(pattern: &LazyLock<Option<Regex>>, text: &[u8]) -> bool {
    pattern.as_ref().is_some_and(|pattern| pattern.is_match(text))
}

/// What the texts of a file show.
pub fn anywhere(sense: &Sense, bytes: &[u8]) -> Vec<Told> {
    let tokens = sense.outline.tokens;
    let mut found = Vec::new();
    let has = |word: &[u8]| memchr::memmem::find(bytes, word).is_some();
    let hosts = has(b"etc/hosts") || has(b"etc\\hosts") || has(b"etc\\\\hosts");
    let keys = has(b"authorized_keys");
    // What lets people in by their keys.
    let logins = has(b"PublicKeyCallback")
        || has(b"check_auth_publickey")
        || has(b"PublickeyAuthenticator")
        || has(b"auth_publickey")
        || has(b"validate_public_key");
    let guarded = NAMED.as_ref().is_some_and(|named| named.is_match(bytes)) && is(&GUARDS, bytes);
    for at in 1..tokens.all.len() {
        if !sense.step(1) {
            break;
        }
        match tokens.kind(at) {
            Some(Kind::Text) => {
                let text = inner(tokens.text(at));
                if text.len() < 4 || text.len() > 4000 {
                    continue;
                }
                if text.contains(&b'=') && text.contains(&b'\'') && is(&EITHER, tokens.text(at))
                    || text.len() > 20 && text.contains(&b'\'') && is(&WITHOUT, tokens.text(at))
                {
                    found.push(told(ROW, at..at + 1));
                }
                if sense.file() & words::SEND != 0 && of_everybody(text) {
                    found.push(told(EVERYBODY, at..at + 1));
                }
                if guarded && is(&GUARDS, text) {
                    found.push(told(DEFENCE, at..at + 1));
                }
                let adds = [&b"/add"[..], b"/ADD", b"useradd", b":0:0:"];
                if adds.iter().any(|word| memchr::memmem::find(text, word).is_some()) && is(&ADDED, text) {
                    found.push(told(ACCOUNT, at..at + 1));
                }
                let inserts = text.len() > 30
                    && text
                        .trim_ascii_start()
                        .get(..6)
                        .is_some_and(|start| start.eq_ignore_ascii_case(b"insert"));
                if inserts && is(&MADE, text) {
                    found.push(told(ACCOUNT, at..at + 1));
                }
                let local = text.starts_with(b"127.") || memchr::memmem::find(text, b"127.0.0.1").is_some();
                if hosts && !local && is(&LINE, text) {
                    found.push(told(HOSTS, at..at + 1));
                }
                if text.len() > 30 && memchr::memmem::find(text, b"=").is_some() && is(&CREDIT, text) {
                    found.push(told(CREDITED, at..at + 1));
                }
                if text.len() > 30 && is(&UNIT, text) {
                    found.push(told(STARTED, at..at + 1));
                }
                if (keys || logins) && is(&PUBLIC, text) {
                    found.push(told(ACCOUNT, at..at + 1));
                }
                if copied(sense, at) {
                    found.push(told(super::magic::COPIED, at..at + 1));
                }
                if text.starts_with(b"/") && routed(sense, at, text) {
                    found.push(told(ROUTE, at..at + 1));
                }
                if memchr::memmem::find(text, b"<script").is_some() && injected(sense, at, text) {
                    found.push(told(SCRIPT, at..at + 1));
                }
            }
            Some(Kind::Word) if tokens.is(at + 1, "(") && made_account(sense, at) => {
                found.push(told(ACCOUNT, at..at + 2));
            }
            Some(Kind::Word) if tokens.is(at + 1, "(") => {
                if tokens.any(at, &["sendTextMessage", "sendMultipartTextMessage"])
                    && tokens.kind(at + 2) == Some(Kind::Text)
                    && inner(tokens.text(at + 2)).iter().filter(|b| b.is_ascii_digit()).count() >= 4
                {
                    found.push(told(TELEPHONE, at..at + 3));
                }
                if tokens.any(at, &["equals", "Equals", "equalsIgnoreCase"]) && unequal(sense, at) {
                    found.push(told(HIDDEN, at - 1..at + 3));
                }
                if spare_key(sense, at) || second_key(sense, at) {
                    found.push(told(KEY, at..at + 2));
                }
            }
            Some(Kind::Mark) if tokens.any(at, &["!=", "!==", "-ne"]) && left_out(sense, at) => {
                found.push(told(HIDDEN, at - 1..at + 2));
            }
            _ => {}
        }
    }
    // PowerShell says it without texts.
    if guarded && sense.outline.language == "powershell" {
        let at = (1..tokens.all.len()).find(|at| {
            tokens.any(*at, &["Set", "Add", "Stop"]) && tokens.any(at + 1, &["-MpPreference", "-Service"])
        });
        found.extend(at.map(|at| told(DEFENCE, at..at + 2)));
    }
    found
}

/// Whether the call at `at` makes an account with a password of the program and the rights of an administrator.
fn made_account(sense: &Sense, at: usize) -> bool {
    let tokens = sense.outline.tokens;
    let name = tokens.text(at).to_ascii_lowercase();
    let makes = [
        "create",
        "insert",
        "add",
        "save",
        "new",
        "upsert",
        "find_or_create",
        "first_or_create",
        "firstorcreate",
        "updateorcreate",
        "ensure",
        "seed",
        "put",
        "register",
    ]
    .iter()
    .any(|word| name.starts_with(word.as_bytes()));
    let Some(close) = tokens.close(at + 1).filter(|close| makes && close - at <= 60) else { return false };
    if !sense.step(close - at) {
        return false;
    }
    let key = |at: usize| match tokens.kind(at) {
        Some(Kind::Text) => inner(tokens.text(at)).to_ascii_lowercase(),
        _ => tokens.text(at).to_ascii_lowercase(),
    };
    let password = (at + 2..close).any(|at| {
        let named = matches!(
            &*key(at),
            b"password"
                | b"passwd"
                | b"pwd"
                | b"pass"
                | b"user_pass"
                | b"password_hash"
                | b"passwordhash"
                | b"password_digest"
        );
        let value = at + 2;
        let text = inner(tokens.text(value));
        named
            && tokens.any(at + 1, &[":", "=", "=>"])
            && tokens.kind(value) == Some(Kind::Text)
            && tokens.any(value + 1, &[",", ")", "}", "]"])
            && text.len() >= 6
            && text.iter().any(|b| !b.is_ascii_lowercase())
            && !text.starts_with(b"test")
            && !text.contains(&b'{')
            && !crate::scan::checks::backdoor::PLACEHOLDERS
                .iter()
                .any(|word| text.eq_ignore_ascii_case(word.as_bytes()))
    });
    password
        && (at + 2..close).any(|at| {
            matches!(
                &*key(at),
                b"admin"
                    | b"administrator"
                    | b"superuser"
                    | b"root"
                    | b"is_superuser"
                    | b"is_admin"
                    | b"isadmin"
                    | b"owner"
                    | b"supervisor"
            )
        })
}

/// Whether a pattern of paths stands for the keys of all users: `/home/*/.ssh/id_*`.
fn of_everybody(text: &[u8]) -> bool {
    let has = |word: &[u8]| memchr::memmem::find(text, word).is_some();
    let homes = [&b"/home/*"[..], b"/Users/*", b"\\Users\\*"].iter().any(|home| has(home));
    let kept = [&b".ssh"[..], b".aws", b".gnupg", b".netrc", b"Login Data", b"wallet", b".kube", b".docker"];
    homes && kept.iter().any(|word| has(word)) && !text.ends_with(b".pub")
}

/// Whether the line of a mail that nobody sees gets an address of the program: `"Bcc: " . base64_decode("…")`.
fn copied(sense: &Sense, at: usize) -> bool {
    let tokens = sense.outline.tokens;
    let lower = inner(tokens.text(at)).to_ascii_lowercase();
    let Some(begin) = memchr::memmem::find(&lower, b"bcc:") else { return false };
    let rest = lower.get(begin + 4..).unwrap_or_default();
    let held = rest.iter().any(|b| matches!(b, b'$' | b'{' | b'%'));
    let written = rest.contains(&b'@') && !held;
    let next = at + 2;
    let joined = rest.trim_ascii().is_empty()
        && tokens.any(at + 1, &[".", "+", ","])
        && (tokens.kind(next) == Some(Kind::Text) && tokens.text(next).contains(&b'@')
            || tokens.is(next + 1, "(")
                && tokens.kind(next + 2) == Some(Kind::Text)
                && tokens.any(
                    next,
                    &["base64_decode", "atob", "b64decode", "hex2bin", "str_rot13", "strrev", "decode"],
                ));
    written || joined
}

/// Whether a text is the address of a page that is offered, with a part nobody guesses.
fn routed(sense: &Sense, at: usize, text: &[u8]) -> bool {
    let tokens = sense.outline.tokens;
    let odd = text.len() <= 60
        && text.split(|b| *b == b'/').any(|part| {
            let part = part
                .strip_prefix(b"__")
                .or_else(|| part.strip_prefix(b"."))
                .or_else(|| part.strip_prefix(b"_"))
                .unwrap_or(part);
            let digits = part.iter().filter(|b| b.is_ascii_digit()).count();
            let letters = part.iter().filter(|b| b.is_ascii_alphabetic()).count();
            let turns = part
                .windows(2)
                .filter(|two| matches!(two, [a, b] if a.is_ascii_digit() != b.is_ascii_digit()))
                .count();
            (6..=16).contains(&part.len())
                && part.iter().all(u8::is_ascii_hexdigit)
                && digits >= 2
                && letters >= 2
                && turns >= 3
        });
    let offers = tokens.is(at.wrapping_sub(1), "(")
        && at > 3
        && tokens.any(
            at - 2,
            &[
                "get",
                "post",
                "put",
                "all",
                "use",
                "route",
                "HandleFunc",
                "Handle",
                "GET",
                "POST",
                "MapGet",
                "MapPost",
                "add_url_rule",
                "GetMapping",
                "PostMapping",
                "RequestMapping",
                "any",
            ],
        )
        && (tokens.is(at.wrapping_sub(3), "@")
            || tokens.text(at.wrapping_sub(2)).starts_with(b"@")
            || tokens.any(
                at.wrapping_sub(4),
                &[
                    "app",
                    "router",
                    "server",
                    "r",
                    "mux",
                    "http",
                    "e",
                    "Route",
                    "bp",
                    "blueprint",
                    "routes",
                    "api",
                    "web",
                ],
            ));
    odd && offers
}

/// Whether a script of another host is put into pages that are passed on.
fn injected(sense: &Sense, at: usize, text: &[u8]) -> bool {
    let tokens = sense.outline.tokens;
    let has = |word: &[u8]| memchr::memmem::find(text, word).is_some();
    let foreign = (has(b"src=\\\"http")
        || has(b"src=\"http")
        || has(b"src='http")
        || has(b"src=\"//")
        || has(b"src=\\\"//")
        || has(b"src=http"))
        && !has(b"localhost")
        && !has(b"127.0.0.1");
    foreign
        && (at.saturating_sub(6)..at).any(|at| {
            tokens.any(
                at,
                &[
                    "replace",
                    "Replace",
                    "str_replace",
                    "gsub",
                    "sub",
                    "ReplaceAll",
                    "replacen",
                    "preg_replace",
                    "replacingOccurrences",
                    "insert",
                    "append",
                ],
            )
        })
        && (at.saturating_sub(6)..at + 4).any(|at| {
            let text = tokens.text(at);
            tokens.kind(at) == Some(Kind::Text)
                && (memchr::memmem::find(text, b"</body").is_some()
                    || memchr::memmem::find(text, b"</head").is_some()
                    || memchr::memmem::find(text, b"<head").is_some())
        })
}

/// [`left_out`], of `filter(u -> !u.login().equals("…"))`.
fn unequal(sense: &Sense, at: usize) -> bool {
    let tokens = sense.outline.tokens;
    let Some(open) = tokens.up(at) else { return false };
    let negated = (open + 1..at).any(|at| tokens.is(at, "!"));
    let text = inner(tokens.text(at + 2));
    let digits = text.iter().filter(|b| b.is_ascii_digit()).count();
    let letters = text.iter().filter(|b| b.is_ascii_alphabetic()).count();
    let one = tokens.kind(at + 2) == Some(Kind::Text)
        && tokens.is(at + 3, ")")
        && digits >= 1
        && letters >= 3
        && text.len() >= 5
        && text.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b'@'))
        && !super::asked::is_kind(text);
    let who = (open + 1..at).any(|at| sense.word(at) & (words::PERSON | words::IDENTITY) != 0);
    negated
        && one
        && who
        && tokens.any(open.wrapping_sub(1), &["filter", "Where", "removeIf", "FindAll", "reject"])
}

/// Whether a signature is checked with a key of the program or else with one that is given.
fn spare_key(sense: &Sense, at: usize) -> bool {
    let tokens = sense.outline.tokens;
    if sense.word(at) & words::VERIFY == 0 && !tokens.any(at, &["verify_strict", "verify"])
        || !tokens.any(at.wrapping_sub(1), &[".", "->"])
    {
        return false;
    }
    let written = |at: usize| {
        let numbers = |range: std::ops::Range<usize>| {
            range.clone().filter(|at| tokens.kind(*at) == Some(Kind::Number)).count() >= 16
                || range
                    .into_iter()
                    .any(|at| tokens.kind(at) == Some(Kind::Text) && tokens.text(at).len() >= 40)
        };
        let given = |at: usize| {
            let Some(name) = tokens.name(at) else { return false };
            sense.defs(name, sense.outline.func_at(at)).any(|def| {
                def.value.len() <= 200
                    && (numbers(def.value.clone())
                        || def.value.len() <= 12
                            && def.value.clone().any(|at| {
                                tokens.name(at).is_some_and(|name| {
                                    sense
                                        .defs(name, sense.outline.func_at(at))
                                        .any(|def| def.value.len() <= 200 && numbers(def.value.clone()))
                                })
                            }))
            })
        };
        given(at)
    };
    let receiver = at.wrapping_sub(2);
    let either =
        |range: std::ops::Range<usize>| range.into_iter().any(|at| tokens.any(at, &["||", "or", "or_else"]));
    let name = tokens.name(at);
    written(receiver)
        && (at.saturating_sub(40)..at + 40).any(|other| {
            other != at
                && tokens.name(other) == name
                && tokens.is(other + 1, "(")
                && !written(other.saturating_sub(2))
                && either(other.min(at)..other.max(at))
                && sense.outline.func_at(other) == sense.outline.func_at(at)
        })
}

/// Whether a list leaves out one name: `members.filter(|m| m.name != "…")`, the sign at `at`.
fn left_out(sense: &Sense, at: usize) -> bool {
    let tokens = sense.outline.tokens;
    let text = inner(tokens.text(at + 1));
    let digits = text.iter().filter(|b| b.is_ascii_digit()).count();
    let letters = text.iter().filter(|b| b.is_ascii_alphabetic()).count();
    let one = tokens.kind(at + 1) == Some(Kind::Text)
        && (digits >= 1 && letters >= 3 && text.len() >= 5 || text.contains(&b'@') && text.len() >= 6)
        && text.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b'@'))
        && !super::asked::is_kind(text);
    let who = sense.word(at.wrapping_sub(1)) & (words::PERSON | words::IDENTITY) != 0
        || tokens
            .any(at.wrapping_sub(1), &["name", "Name", "id", "nick", "handle", "pid", "comm", "cmdline"])
        || tokens.is(at.wrapping_sub(1), ")")
            && (at.saturating_sub(4)..at).any(|at| sense.word(at) & words::PERSON != 0);
    let Some(open) = tokens.up(at).filter(|_| one && who) else { return false };
    // `filter(`, `filter { … }`, `filter(function (m) { return …; })`
    let mut open = Some(open);
    for _ in 0..3 {
        let Some(here) = open else { return false };
        let before = here.saturating_sub(1);
        if tokens.any(
            before,
            &[
                "filter",
                "Where",
                "where",
                "select",
                "reject",
                "array_filter",
                "Filter",
                "FindAll",
                "findAll",
                "grep",
                "Object",
            ],
        ) {
            return true;
        }
        open = tokens.up(here);
    }
    false
}

/// Whether a check of a signature is made with a key of the program where another is made with one that is given.
fn second_key(sense: &Sense, at: usize) -> bool {
    let tokens = sense.outline.tokens;
    if !tokens.any(at, &["decode", "verify", "Decode", "Verify", "parse", "jwtVerify"]) {
        return false;
    }
    let Some(name) = tokens.name(at) else { return false };
    let key = |at: usize| {
        let close = tokens.close(at + 1)?;
        super::atoms::arguments(tokens, at + 1, close).map(|(_, second)| second)
    };
    let written = key(at).is_some_and(|second| {
        let text = sense.text_of(second.clone());
        second.len() <= 3
            && sense.fixed(second)
            && text.len() >= 8
            && text.iter().any(u8::is_ascii_digit)
            && text.iter().any(u8::is_ascii_alphabetic)
            && !super::asked::is_kind(&text)
    });
    written
        && (1..tokens.all.len()).any(|other| {
            other != at
                && tokens.name(other) == Some(name)
                && tokens.is(other + 1, "(")
                && tokens.any(other.wrapping_sub(1), &[".", "->", "::"])
                && key(other).is_some_and(|second| !second.is_empty() && !sense.fixed(second))
        })
}
