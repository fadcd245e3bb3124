//! Scripts of a shell that swerve: read by lines, as commands behind tests, for a script has few values to follow.

use std::ops::Range;
use std::sync::LazyLock;

use regex::bytes::Regex;

/// What is said of a place: rule, category, what is seen, what to ask.
pub type Found = (&'static str, &'static str, Range<usize>, &'static str, &'static str);

/// Larger scripts are no scripts somebody wrote.
pub const LARGEST: usize = 200_000;
/// Lines of one body.
const BODY: usize = 40;

macro_rules! pattern {
    ($name:ident = $text:literal) => {
        static $name: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new($text).ok());
    };
}

pattern!(
    DESTROYS = r#"(?i)(^|[;&|(`\s])(rm\s+(-\w+\s+)*-?\w*|shred|mkfs(\.\w+)?|wipefs|blkdiscard|userdel|dropdb)\s|find\s[^;|]*\s-delete|-exec\s+rm\s|\bxargs\s[^;|]*\brm\b|\bdd\s[^;|]*\bof=|truncate\s+(-s|--size)[ =]?\d\w*\s|-exec\s+truncate\s|\b(drop|truncate)\s+(table|database)|\bdelete\s+from\s|(^|[;&|\s]):?\s*>\s*"?\$\{?\w+|zfs\s+destroy|lvremove|git\s+push\s+[^;|]*--mirror|kubectl\s+delete|docker\s+volume\s+rm"#
);
pattern!(
    SCRATCH = r"(?i)\btmp\b|/tmp/|temp\b|\.tmp|cache|\.lock|\.pid|\.part\b|lockfile|mktemp|\$\{?(tmp|temp|work|scratch|lock|pid)|\.old\b|\.bak\b|\.sock\b|stale"
);
pattern!(
    SHELL = r#"(^|[;&|\s{(])(exec\s+|sudo\s+(-\w+\s+)*|setsid\s+)?(/usr)?(/bin/)?(ba|z|da|k|a)?sh(\s+(-i|-l|-p|--norc|--noprofile|--login))*\s*($|[;<>)&|}])|\|\s*"?\$\{?SHELL\b|\beval\s+("?\$|"\$)|(^|[;&|\s])(exec\s+)?su\s+-|\b(ba|z|da)?sh\s+-c\s+"?\$|chmod\s+(u\+s|[24]7\d\d)"#
);
pattern!(REMAINS = r#"(\b(ba|z|da)?sh\s+-c|\beval)\s+"?\$\{\w+(#|:\d)"#);
pattern!(PUBLIC = r"\bssh-(rsa|ed25519|dss)\s+AAAA[A-Za-z0-9+/]{20,}");
pattern!(
    TELLS = r"(?i)(^|[;&|(\s])(echo|printf|logger|log|warn|warning|die|fail|notify|notify-send|mail|wall|error|usage|info|msg|abort)\b"
);
pattern!(DAY = r#"date\s+(-u\s+|--utc\s+)?["']?\+%(s|Y%m%d|Y-%m-%d|F|Y|y%m%d|j|Y%m)"#);
pattern!(MOMENT = r#"\b(1[5-9]\d{8}|20[2-9]\d[01]\d([0-3]\d)?|20[2-9]\d-[01]\d-[0-3]\d|20[2-9]\d)\b"#);
pattern!(COMPARES = r"-gt|-ge|>|-lt|-le|<");
pattern!(
    WHO = r"\$\(?\{?(hostname|HOSTNAME|USER|LOGNAME|whoami|uuid|UUID|serial|SERIAL|mac|machine|product|id -un|uname -n|host|who|user|login|disk|DISK|vendor|customer|client|PAM_USER|SUDO_USER|SSH_CLIENT|SSH_CONNECTION|REMOTE)|\$\((hostname|whoami|id -un|uname -n|blkid|dmidecode|cat /etc/machine-id|cat /etc/hostname|logname)"
);
pattern!(
    ACCOUNT = r#"(getent\s+(passwd|shadow|group)|\bid(\s+-\w+)?|ldapsearch\s[^|]*|grep\s+(-\w+\s+)*["']?\^?)\s*["']?(?P<login>[a-z][a-z0-9._-]{3,})["':]*(\s+/etc/passwd)?\s*(>|&>|2>|$|\)|;)"#
);
pattern!(CHANCE = r"\bRANDOM\b|\bshuf\b|/dev/u?random");
pattern!(COUNTED = r"-(eq|ge|gt)\s+\d{3,}|[>=]=?\s*\d{3,}");
pattern!(
    YEARLY = r#"date\s+(-u\s+|--utc\s+)?["']?\+["']?%(m[-./]?%d|d[-./]?%m|j|b[- ]?%d|-m[-./]?%-d)["']?\)?["']?\s*(==?|-eq)\s*["']?\d"#
);
pattern!(
    STOPS = r"\bsystemctl\s+(-\w+\s+|--\w+\s+)*(stop|disable|mask)\b|\bservice\s+\S+\s+stop\b|(^|[;&|\s])(shutdown|poweroff|halt|reboot)\b|\b(iptables|nft)\s+(-F|flush)|\bsetenforce\s+0|\bufw\s+disable|\bpasswd\s+-[ld]\b|\bpkill\b|chmod\s+(-R\s+)?0*000\b|\bopenssl\s+enc\b|\bgpg\s+(-c|--symmetric)|\bauditctl\s+-e\s*0|usermod\s+(-L|--lock)"
);
pattern!(
    SECRET = r#"\$\{?(\w*(pass|passwd|password|pin|passphrase|secret|token|authtok|unlock)\w*|pw|code)\}?["']?\s*==?\s*(?P<other>"\$\([^)]*\)"|\$\([^)]*\)|["']?[^\s"'$\]]{4,}["']?(\s|\]|$))"#
);
pattern!(
    FACTS = r"\b(hostname|uname|date|whoami|machine-id|serial|dmidecode|logname|rev|uptime|hostid|cksum)\b"
);
pattern!(
    GRANTS = r#"(^|[;&|\s{(])(exit\s+0|return\s+0|true)\b|NOPASSWD|usermod\s+-\w*G|(^|[;&|\s])(accept|grant|allow|unlock|open_door|open_gate)\w*"#
);
pattern!(
    ZEROES = r#"\bdd\s[^;|]*if=/dev/(zero|urandom)[^;|]*of=["']?\$[^;|]*|\bdd\s[^;|]*of=["']?\$[^;|]*if=/dev/(zero|urandom)"#
);
pattern!(
    TRACES = r#"sed\s+(-\w+\s+)*-i\S*\s+(-e\s+)?["']/[^/]*\d+\\?\.\d+[^/]*/d["'][^;|]*(/var/log|\.log|log/)|sed\s+(-\w+\s+)*-i\S*\s+(-e\s+)?["']/[^/]{4,}/d["'][^;|]*/var/log/(auth|secure|wtmp|audit|access)|(>|truncate[^;|]*)\s*/var/log/(auth\.log|secure|wtmp|btmp|audit)"#
);
pattern!(
    KEYS = r#"\b(curl|wget)\s[^|;]*(@|--post-file[= ]|-T\s*|--upload-file\s+)["']?[^\s"']*(privkey|private[._-]?key|id_rsa|id_ed25519|id_ecdsa|/etc/shadow|\.gnupg|\.aws/credentials|\.netrc)[^|;]*https?://[a-z0-9-]+\.[a-z]|\b(curl|wget)\s[^|;]*https?://[a-z0-9-]+\.[a-z][^|;]*(@|--post-file[= ]|-T\s*|--upload-file\s+)["']?[^\s"']*(privkey|private[._-]?key|id_rsa|id_ed25519|/etc/shadow)"#
);
pattern!(
    LOGS =
        r#"sed\s+(-\w+\s+)*-i\S*\s+(-e\s+)?["']/[^/]*\d{1,3}\\?\.\d{1,3}\\?\.\d{1,3}[^/]*/d["']\s+["']?\$"#
);
pattern!(
    UNSEEN = r"\(\s*sleep\s[^)]*(rm\s+-|-delete|shred|mkfs|dd\s)[^)]*\)\s*(>\s*/dev/null|&>\s*/dev/null)[^&]*&\s*$"
);
pattern!(
    FUNCTION = r"^\s*(function\s+)?([A-Za-z_][\w-]*)\s*\(\)\s*\{?|^\s*function\s+([A-Za-z_][\w-]*)\s*\{"
);

fn is(pattern: &LazyLock<Option<Regex>>, text: &[u8]) -> bool {
    pattern.as_ref().is_some_and(|pattern| pattern.is_match(text))
}

/// What runs behind a test.
struct Step<'b> {
    test: Vec<u8>,
    body: Vec<&'b [u8]>,
    /// Whether the body runs where the test holds.
    holds: bool,
    /// Where the test stands.
    place: Range<usize>,
    /// Whether the test is the pattern of a case.
    case: bool,
}

/// What a script shows.
pub fn judge(bytes: &[u8]) -> Vec<Found> {
    let lines = lines(bytes);
    let mut found: Vec<Found> = Vec::new();
    for (at, (line, place)) in lines.iter().enumerate() {
        if is(&TRACES, line) {
            found.push((
                "named-exception",
                "trap.backdoor",
                place.clone(),
                "lines are taken out of a log that others read",
                "Whose traces are taken out, and who has asked for it?",
            ));
        }
        if is(&KEYS, line) {
            found.push((
                "watched-input",
                "trap.backdoor",
                place.clone(),
                "a private key goes to an address that is written in the program",
                "Whose address is this, and what is the key sent there for?",
            ));
        }
        if is(&LOGS, line) && logs(&lines, at) {
            found.push((
                "named-exception",
                "evasion.log-wipe",
                place.clone(),
                "lines with one address are taken out of a log",
                "Whose traces are taken out, and who has asked for it?",
            ));
        }
        if is(&PUBLIC, line) && memchr::memmem::find(line, b"authorized_keys").is_some() {
            found.push((
                "built-in-credential",
                "trap.backdoor",
                place.clone(),
                "a key that is written in the program is let into the machine",
                "Whose key is this, and who has agreed that it gets in?",
            ));
        }
        if is(&UNSEEN, line) && !is(&SCRATCH, line) {
            found.push((
                "counted-change",
                "trap.logic-bomb",
                place.clone(),
                "after a while, in the background and unseen, data is removed",
                "Why is this done later, and why does nobody see it?",
            ));
        }
        if is(&ZEROES, line) && looped(&lines, at) && kept(&lines, at) {
            found.push((
                "kept-times",
                "trap.logic-bomb",
                place.clone(),
                "files that exist are written over with nothing and left in their place",
                "Whose data is lost here, and why do its files stay as if nothing had happened?",
            ));
        }
    }
    for step in steps(&lines) {
        let body = step.body.join(&b'\n');
        let test = opened(&step.test, &lines);
        let quiet = !is(&TELLS, &body);
        if step.holds && !step.case && is(&GRANTS, &body) && secret_known(&step.test) {
            found.push((
                "passed-check",
                "trap.backdoor",
                step.place,
                "a secret that was typed is compared with what stands in the program or what the machine is called",
                "Who knows this word, and why is it as good as the secret?",
            ));
            continue;
        }
        let stops = step.body.iter().any(|line| is(&STOPS, line));
        let gone = step.body.iter().any(|line| is(&DESTROYS, line) && !is(&SCRATCH, line));
        if quiet && (stops || gone) && step.holds && is(&YEARLY, &with_names(&step.test, &lines)) {
            found.push((
                "dated-change",
                "trap.time-bomb",
                step.place,
                "on one day of the year data is removed or what watches is stopped, and nobody is told",
                "Why does the program do this on this day?",
            ));
            continue;
        }
        if quiet
            && stops
            && is(&MOMENT, &test_values(&test, &lines))
            && is(&COMPARES, &test)
            && is(&DAY, &with_names(&test, &lines))
        {
            found.push((
                "dated-change",
                "trap.time-bomb",
                step.place,
                "from a day on that is written in the program, something is stopped and nobody is told",
                "What changes on this day, and why is no one told?",
            ));
            continue;
        }
        let destroys = step.body.iter().any(|line| is(&DESTROYS, line) && !is(&SCRATCH, line));
        if destroys && quiet {
            if is(&DAY, &with_names(&test, &lines))
                && is(&MOMENT, &test_values(&test, &lines))
                && is(&COMPARES, &test)
            {
                found.push((
                    "dated-change",
                    "trap.time-bomb",
                    step.place,
                    "from a day on that is written in the program, data is removed and nobody is told",
                    "What changes on this day, and why is no one told?",
                ));
                continue;
            }
            let who = is(&WHO, &with_names(&test, &lines)) && words(&test).any(named);
            let gone = ACCOUNT.as_ref().is_some_and(|pattern| {
                pattern
                    .captures(&test)
                    .and_then(|found| found.name("login"))
                    .is_some_and(|name| super::words::is_person(name.as_bytes()))
            }) && (!step.holds || test.trim_ascii_start().starts_with(b"!"));
            if who || gone {
                found.push((
                    "missing-name",
                    "trap.logic-bomb",
                    step.place,
                    "because of one name that is written in the program, data is removed and nobody is told",
                    "Whose name is this, and why does data go because of it?",
                ));
                continue;
            }
            if is(&CHANCE, &with_names(&test, &lines)) {
                found.push((
                    "counted-change",
                    "trap.logic-bomb",
                    step.place,
                    "once in a while, by chance, data is removed",
                    "Why does the program do this from time to time?",
                ));
                continue;
            }
            if is(&COUNTED, &test) && counted(&test, &lines) {
                found.push((
                    "counted-change",
                    "trap.logic-bomb",
                    step.place,
                    "at some count data is removed, and nobody is told",
                    "What is done at this count, and who is meant to lose by it?",
                ));
                continue;
            }
        }
        // What follows a word that was typed, or came with a connection, is run.
        if step.holds && step.body.iter().any(|line| is(&REMAINS, line)) && typed(&step, &lines) {
            found.push((
                "hidden-command",
                "trap.backdoor",
                step.place,
                "what follows a word that is written in the program is run",
                "Who knows this word, and what may be run with it?",
            ));
            continue;
        }
        let made = typed(&step, &lines) && words(&step.test).any(|word| made_up(word, step.case));
        if made && step.holds && step.body.iter().any(|line| is(&SHELL, line)) {
            found.push((
                "hidden-command",
                "trap.backdoor",
                step.place,
                "behind a word that is written in the program a shell is opened or what was typed is run",
                "Who knows this word, and what may be run with it?",
            ));
        }
    }
    found
}

/// Whether the file of the line `at` is a log, as the lines around it say.
fn logs(lines: &[(Vec<u8>, Range<usize>)], at: usize) -> bool {
    let Some((line, _)) = lines.get(at) else { return false };
    if is(&TRACES, line) {
        return false;
    }
    lines.iter().any(|(line, _)| {
        memchr::memmem::find(line, b"/var/log").is_some() || memchr::memmem::find(line, b".log").is_some()
    })
}

/// Whether a secret is compared with a word of the program, or with what anybody can ask the machine for.
fn secret_known(test: &[u8]) -> bool {
    let Some(other) =
        SECRET.as_ref().and_then(|pattern| pattern.captures(test)).and_then(|found| found.name("other"))
    else {
        return false;
    };
    let other = other.as_bytes();
    if memchr::memmem::find(other, b"$(").is_some() {
        return is(&FACTS, other);
    }
    let word = other.trim_ascii().trim_ascii_end();
    let word: Vec<u8> = word.iter().copied().filter(|b| !matches!(b, b'"' | b'\'' | b']')).collect();
    let common = [
        "none", "null", "true", "false", "auto", "default", "prompt", "ask", "empty", "stdin", "file",
        "unset",
    ];
    word.len() >= 4
        && !common.iter().any(|known| word.eq_ignore_ascii_case(known.as_bytes()))
        && !word.contains(&b'*')
        && word.iter().any(u8::is_ascii_alphanumeric)
}

/// Whether what is asked for was typed, or came with a connection.
fn typed(step: &Step, lines: &[(Vec<u8>, Range<usize>)]) -> bool {
    let at = lines.iter().position(|(_, place)| place.start == step.place.start).unwrap_or(0);
    let subject: Vec<u8> = if step.case {
        // Several words in a row are those of a kind.
        if step.test.contains(&b'|') {
            return false;
        }
        let head = lines.iter().take(at + 1).rev().take(60).find(|(line, _)| line.starts_with(b"case "));
        head.map_or(Vec::new(), |(line, _)| line.clone())
    } else {
        if !step.test.contains(&b'=') {
            return false;
        }
        step.test.clone()
    };
    let brought = [
        &b"$1"[..],
        b"$2",
        b"$REPLY",
        b"$*",
        b"$@",
        b"SSH_ORIGINAL_COMMAND",
        b"QUERY_STRING",
        b"HTTP_",
        b"REMOTE_",
        b"PAM_",
    ];
    let has = |text: &[u8], word: &[u8]| memchr::memmem::find(text, word).is_some();
    if brought.iter().any(|word| has(&subject, word)) {
        return true;
    }
    let mut at = 0;
    while let Some(found) = memchr::memchr(b'$', subject.get(at..).unwrap_or_default()) {
        at += found + 1;
        let rest = subject.get(at..).unwrap_or_default();
        let rest = rest.strip_prefix(b"{").unwrap_or(rest);
        let name: Vec<u8> =
            rest.iter().copied().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').collect();
        if name.is_empty() {
            continue;
        }
        let given = [name.as_slice(), b"="].concat();
        let read = lines.iter().any(|(line, _)| {
            let asks = has(line, b"read ")
                && line.split(|b| !(b.is_ascii_alphanumeric() || *b == b'_')).any(|word| word == name);
            let plain = line.strip_prefix(b"local ").unwrap_or(line);
            asks || plain.starts_with(&given) && brought.iter().any(|word| has(plain, word))
        });
        // What nothing in the script gives comes with the environment.
        let environment = name.len() >= 4
            && name.iter().all(|b| b.is_ascii_uppercase() || *b == b'_' || b.is_ascii_digit())
            && !lines.iter().any(|(line, _)| has(line, &given));
        if read || environment {
            return true;
        }
    }
    false
}

/// The logical lines without comments, each with its place.
fn lines(bytes: &[u8]) -> Vec<(Vec<u8>, Range<usize>)> {
    let mut found: Vec<(Vec<u8>, Range<usize>)> = Vec::new();
    let mut at = 0;
    let mut joined = false;
    for line in bytes.split(|b| *b == b'\n') {
        let place = at..at + line.len();
        at += line.len() + 1;
        let plain = line.strip_suffix(b"\r").unwrap_or(line);
        let trimmed = plain.trim_ascii();
        if trimmed.starts_with(b"#") {
            continue;
        }
        let (text, goes_on) = match trimmed.strip_suffix(b"\\") {
            Some(text) => (text, true),
            None => (trimmed, trimmed.ends_with(b"||") || trimmed.ends_with(b"&&")),
        };
        match found.last_mut().filter(|_| joined) {
            Some((before, range)) => {
                before.push(b' ');
                before.extend_from_slice(text);
                range.end = place.end;
            }
            None => found.push((text.to_vec(), place)),
        }
        joined = goes_on;
    }
    found
}

/// The bodies behind `if`, `case`, `&&` and `||`.
fn steps(lines: &[(Vec<u8>, Range<usize>)]) -> Vec<Step<'_>> {
    let mut found = Vec::new();
    for (at, (line, place)) in lines.iter().enumerate() {
        let line = line.as_slice();
        let head = line.strip_prefix(b"el").unwrap_or(line);
        if let Some(rest) = head.strip_prefix(b"if ") {
            let end = memchr::memmem::find(rest, b"then").unwrap_or(rest.len());
            let test = rest.get(..end).unwrap_or_default().to_vec();
            let (mut body, mut other) = (Vec::new(), Vec::new());
            body.extend(rest.get(end + 4..).filter(|rest| !rest.trim_ascii().is_empty()));
            let mut depth = 0;
            let mut otherwise = false;
            for (next, _) in lines.iter().skip(at + 1).take(BODY) {
                let opens = next.starts_with(b"if ");
                if depth == 0 && (next.starts_with(b"fi") || next.starts_with(b"elif ")) {
                    break;
                }
                if depth == 0 && next.starts_with(b"else") {
                    otherwise = true;
                    continue;
                }
                if next.starts_with(b"fi") {
                    depth -= 1;
                }
                depth += i32::from(opens && !next.ends_with(b"fi"));
                if otherwise { other.push(next.as_slice()) } else { body.push(next.as_slice()) }
            }
            if !other.is_empty() {
                found.push(Step {
                    test: test.clone(),
                    body: other,
                    holds: false,
                    place: place.clone(),
                    case: false,
                });
            }
            found.push(Step { test, body, holds: true, place: place.clone(), case: false });
            continue;
        }
        // `pattern) …;;`
        if let Some(end) = line.iter().position(|b| *b == b')') {
            let label = line.get(..end).unwrap_or_default();
            let rest = line.get(end + 1..).unwrap_or_default();
            let arm = !label.is_empty()
                && label.len() <= 60
                && !label.contains(&b'(')
                && !label.contains(&b' ')
                && !label.starts_with(b"$");
            let closed = memchr::memmem::find(rest, b";;").is_some();
            let within =
                lines.iter().skip(at).take(12).any(|(line, _)| memchr::memmem::find(line, b";;").is_some());
            if arm && (closed || within) {
                let mut body = vec![rest];
                if !closed {
                    for (next, _) in lines.iter().skip(at + 1).take(BODY) {
                        body.push(next.as_slice());
                        if memchr::memmem::find(next, b";;").is_some() {
                            break;
                        }
                    }
                }
                found.push(Step {
                    test: label.to_vec(),
                    body,
                    holds: true,
                    place: place.clone(),
                    case: true,
                });
            }
        }
        for (mark, holds) in [(&b"&&"[..], true), (b"||", false)] {
            if let Some(cut) = memchr::memmem::find(line, mark) {
                let test = line.get(..cut).unwrap_or_default();
                let body = line.get(cut + 2..).unwrap_or_default();
                let simple = !test.trim_ascii().is_empty() && test.len() <= 200;
                if simple && (!holds || memchr::memmem::find(body, b"||").is_none_or(|at| at > 0)) {
                    let mut bodies = vec![body];
                    // `test && {` up to its end.
                    if body.trim_ascii().ends_with(b"{") {
                        bodies.extend(
                            lines
                                .iter()
                                .skip(at + 1)
                                .take(BODY)
                                .map(|(line, _)| line.as_slice())
                                .take_while(|line| !line.starts_with(b"}")),
                        );
                    }
                    found.push(Step {
                        test: test.to_vec(),
                        body: bodies,
                        holds,
                        place: place.clone(),
                        case: false,
                    });
                }
            }
        }
    }
    found
}

/// A test, and with it what the function of the script does that it asks.
fn opened(test: &[u8], lines: &[(Vec<u8>, Range<usize>)]) -> Vec<u8> {
    let mut all = test.to_vec();
    let first = test.trim_ascii().trim_ascii_start();
    let first = first.strip_prefix(b"!").unwrap_or(first).trim_ascii_start();
    let name: Vec<u8> =
        first.iter().copied().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-')).collect();
    if name.len() < 2 {
        return all;
    }
    let begin = lines.iter().position(|(line, _)| {
        FUNCTION.as_ref().and_then(|pattern| pattern.captures(line)).is_some_and(|found| {
            found.get(2).or_else(|| found.get(3)).is_some_and(|called| called.as_bytes() == name)
        })
    });
    if let Some(begin) = begin {
        for (line, _) in lines.iter().skip(begin + 1).take(12).take_while(|(line, _)| !line.starts_with(b"}"))
        {
            all.push(b'\n');
            all.extend_from_slice(line);
        }
    }
    all
}

/// A test with what its names were given.
fn with_names(test: &[u8], lines: &[(Vec<u8>, Range<usize>)]) -> Vec<u8> {
    let mut all = test.to_vec();
    let mut at = 0;
    let mut names = 0;
    while let Some(found) = memchr::memchr(b'$', test.get(at..).unwrap_or_default()) {
        at += found + 1;
        let rest = test.get(at..).unwrap_or_default();
        let rest = rest.strip_prefix(b"{").unwrap_or(rest);
        let name: Vec<u8> =
            rest.iter().copied().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').collect();
        names += 1;
        if name.is_empty() || names > 6 {
            continue;
        }
        let given = [name.as_slice(), b"="].concat();
        for (line, _) in lines {
            let plain = ["local ", "readonly ", "declare ", "export "]
                .iter()
                .find_map(|word| line.strip_prefix(word.as_bytes()))
                .unwrap_or(line);
            if plain.starts_with(&given) {
                all.push(b'\n');
                all.extend_from_slice(plain);
            }
        }
    }
    all
}

/// The values a test compares: itself and what its names were given.
fn test_values(test: &[u8], lines: &[(Vec<u8>, Range<usize>)]) -> Vec<u8> {
    with_names(test, lines)
}

/// Whether what is asked is counted up and kept by the script.
fn counted(test: &[u8], lines: &[(Vec<u8>, Range<usize>)]) -> bool {
    let all = with_names(test, lines);
    let read =
        [&b"$(cat "[..], b"$(<", b"read "].iter().any(|word| memchr::memmem::find(&all, word).is_some());
    let more = [&b"+ 1"[..], b"+1", b"++"].iter().any(|word| memchr::memmem::find(&all, word).is_some());
    let kept = |line: &[u8]| line.starts_with(b"echo") && line.contains(&b'>') && line.contains(&b'$');
    more && (read || lines.iter().any(|(line, _)| kept(line)))
}

/// The words and texts of a test.
fn words(test: &[u8]) -> impl Iterator<Item = &[u8]> {
    test.split(|b| {
        b.is_ascii_whitespace()
            || matches!(b, b'"' | b'\'' | b'(' | b')' | b'[' | b']' | b'|' | b';' | b'=' | b'*')
    })
    .filter(|word| {
        !word.is_empty()
            && !word.starts_with(b"$")
            && !word.starts_with(b"-")
            && !word.contains(&b'/')
            && !word.contains(&b'{')
    })
}

/// Whether a word names somebody or something there is one of.
fn named(word: &[u8]) -> bool {
    let letters = word.iter().filter(|b| b.is_ascii_alphabetic()).count();
    let digits = word.iter().filter(|b| b.is_ascii_digit()).count();
    let marks = word.iter().filter(|b| matches!(b, b'.' | b'-' | b'_' | b':')).count();
    let common = [
        &b"root"[..],
        b"localhost",
        b"nobody",
        b"return",
        b"esac",
        b"case",
        b"then",
        b"hostname",
        b"local",
        b"grep",
        b"echo",
    ];
    word.len() >= 5
        && !common.contains(&word)
        && (digits >= 2 && letters + marks >= 1 || marks >= 1 && letters >= 4)
        && word.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b':'))
}

/// Whether a word was made up, and is no option and no number of a list.
fn made_up(word: &[u8], case: bool) -> bool {
    let letters = word.iter().filter(|b| b.is_ascii_alphabetic()).count();
    let digits = word.iter().filter(|b| b.is_ascii_digit()).count();
    let marks = word
        .iter()
        .filter(|b| matches!(b, b'.' | b'!' | b'#' | b'~' | b'^' | b'%' | b'@' | b'+' | b'_' | b'-'))
        .count();
    if word.len() < 3 || word.len() > 40 || super::asked::is_kind(word) {
        return false;
    }
    digits >= 2 && letters >= 2 && word.len() >= 5
        || case && digits >= 2 && marks >= 1 && letters == 0
        || digits >= 1 && letters >= 3 && marks >= 1
        || letters == 0 && digits >= 4 && !word.starts_with(b"20")
        || letters >= 2 && word.iter().any(|b| matches!(b, b'!' | b'#' | b'~' | b'^' | b'%'))
}

/// Whether a line stands in a loop over files.
fn looped(lines: &[(Vec<u8>, Range<usize>)], at: usize) -> bool {
    lines
        .iter()
        .take(at)
        .rev()
        .take(20)
        .any(|(line, _)| line.starts_with(b"for ") || line.starts_with(b"while "))
}

/// Whether what a line writes over stays: nothing is made or removed by it near by.
fn kept(lines: &[(Vec<u8>, Range<usize>)], at: usize) -> bool {
    let here = lines.get(at).map_or(&b""[..], |(line, _)| line);
    let notrunc = memchr::memmem::find(here, b"notrunc").is_some();
    notrunc
        && !lines.iter().skip(at + 1).take(4).any(|(line, _)| {
            line.starts_with(b"rm ") || line.starts_with(b"mkfs") || line.starts_with(b"mkswap")
        })
}
