//! Texts that a program makes by itself, character by character, and then runs; data it jumps into.
//!
//! A decoder somebody wrote himself is known by what stands in it (exclusive or, numbers added to characters)
//! and counts only where what it gives is run: in the same file, in the same statement or through one
//! variable. The same holds for texts turned round in place, assigned letter by letter, or kept as numbers.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::bytes::Captures;
use regex::bytes::Regex;

use super::Check;
use super::Report;
use super::Subject;
use super::pattern;
use super::pieced;
use crate::model::scan::Confidence;
use crate::model::scan::Severity;
use crate::scan::draft::Draft;

pub const CHECK: Check = Check {
    rules: &["made-code", "self-delete"],
    about: "Code and names of code that the program makes of numbers and scrambled characters before it runs them, and programs that remove themselves.",
    run,
};

/// What runs a text, or finds code by its name.
static RUNS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(concat!(
        r"\b(?:system|popen|exec[lv]?[pe]?|execSync|execFile|spawn|spawnSync|shell_exec|passthru|proc_open|eval|Function|WinExec|ShellExecute[AW]?|CreateProcess[AW]?|LoadLibrary(?:Ex)?[AW]?|GetProcAddress|dlopen|dlsym|defineClass|loadClass|NSClassFromString|NSSelectorFromString|evaluateScript|evaluateJavaScript|instance_eval|class_eval|const_get|create_function|call_user_func(?:_array)?|check_output|Popen|CodeType|__import__|import_module|getMethod|getDeclaredMethod|GetMethod|getattr|__send__|public_send)\s*\(|\.send\s*\(|\b(?:launchPath|StartInfo\.FileName|FileName)\s*=",
        r"|\b(?:Process\.Start|Assembly\.Load|Type\.GetType|Class\.forName|ProcessBuilder|exec\.Command|exec\.CommandContext|Command::new|subprocess\.\w+|plugin\.Open)\s*\(",
        r"|\b(?:iex|Invoke-Expression)\b|\(\s*0\s*,\s*eval\s*\)\s*\(|\b(?:luaL_(?:do|load)string|luaL_loadbuffer|duk_(?:p?eval|eval_string)\w*|mrb_load_n?string|PyRun_SimpleString|JS_Eval|runString|loadstring)\s*\(|getEngineByName\([^)\n]*\)\.eval\s*\("
    ))
});

/// Characters computed from characters.
static CIPHER: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(concat!(
        r"[\w\])]\s*\^=?\s*\(?(?:0x[0-9a-fA-F]{1,2}\b|\d{1,3}\b|\w*[kK][eE][yY]\w*|\w+\s*\[|[a-z]\b)",
        r"|\bxor\s+(?:0x[0-9a-fA-F]{1,2}\b|\d{1,3}\b|\w*[kK]ey\w*|[a-z]\b)|-bxor\b",
        r"|fromCharCode\([^;\n]{0,80}[-+^]\s*\w|\bchr\([^;\n]{0,60}[-+^]\s*\w|\(char\)\s*\(\s*\w+[^;\n)]{0,30}[-+^]\s*\w",
        // Exclusive or with what a template or a macro says; characters read from groups of digits.
        r"|[\w\])]\s*\^=?\s*\(?\s*[A-Z]\b",
        r"|\b(?:int|parseInt|Integer\.parseInt|stoi|strtou?l|strconv\.ParseU?[Ii]nt|u8::from_str_radix|Convert\.ToByte|UInt8)\([^,\n]{1,60},\s*(?:nullptr\s*,\s*|NULL\s*,\s*|0\s*,\s*|radix:\s*)?(?:2|8|16)\s*[,)]",
        // Letters kept in signs that are not shown.
        r"|[-&]\s*0[xX](?:[fF][eE]00|[eE]0[01]00|200[bB-dD])\b",
        r"|rune\s*\{\s*return\s+\w+\s*[-+^]\s*\w|\bord\(\w+\)\s*[-+^]"
    ))
});

/// Where a function begins, and its name.
static HEADER: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(concat!(
        r"\b(?:def|func|function|fn|fun|sub)\s+(?:\([^)\n]*\)\s*)?(?:self\.)?(?P<a>\w+)",
        r"|\b(?:const|let|var|val)\s+(?P<b>\w+)\s*(?::[^=\n]*)?=\s*(?:async\s*)?(?:function\b|\([^)\n]*\)\s*=>|\w+\s*=>|\|)",
        r"|\b(?P<c>\w+)\s*=\s*lambda\b",
        r"|\b(?:static|public|private|protected|internal|const|inline|constexpr|unsigned|char|string|String|byte|void|int|auto|std::string)\b[\w\s<>\[\]*&:,]{0,60}?[\s*&](?P<d>\w+)\s*\([^;{}=]{0,200}\)\s*(?:const\s*)?(?:throws\s+\w+\s*)?(?:\{|=>)"
    ))
});

/// A list of numbers, and what it is kept in where that is said.
static NUMBERS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(
        r"(?:\b(\w+)\s*(?:\[\s*\d*\s*\])?\s*(?::[^=\n;]{1,40})?=?\s*(?:\w+\s+\w+\[\]\s*|new\s+\w+\s*\[\]\s*|@|&|intArrayOf|byteArrayOf|\[\]byte)?)?[{\[(]\s*((?:(?:0x[0-9a-fA-F]{2}|\d{2,3})\s*,\s*){3,}(?:0x[0-9a-fA-F]{2}|\d{1,3}))\s*,?\s*[}\])]",
    )
});

/// A text turned round in place.
static TURNED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(
        r"\breverse\(\s*(\w+)\.begin\(|\bArray\.Reverse\(\s*(\w+)\s*\)|\b_?strrev\(\s*(\w+)\s*\)|\b(\w+)\.reverse!|\bslices\.Reverse\(\s*(\w+)\s*\)|\b(\w+)\.reverse\(\)\s*;",
    )
});

/// `a[i] = a[j]`: told by hand, there are no back-references.
static MOVED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(
        r"\b(\w+)\s*\[[^\]=\n]{1,40}\]\s*(?:=|,\s*\w+\s*\[[^\]=\n]{1,40}\]\s*=)\s*(\w+)\s*\[[^\]\n]{1,40}-",
    )
});

/// A program that removes its own file.
static REMOVED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(concat!(
        r"\b(?:remove|unlink|unlinkSync|rmSync|removeSync|DeleteFile[AW]?|remove_file|RemoveAll|Remove|Delete|delete|rm)\s*\(\s*(?:\w+\.)*(?:__file__|__FILE__|__filename|os\.Args\[0\]|argv\[0\]|process\.argv\[1\]|sys\.argv\[0\]|\$0|\$PROGRAM_NAME|Assembly\.Get\w+Assembly\(\)\.Location|Environment\.ProcessPath|Application\.ExecutablePath|(?:std::)?(?:env::)?current_exe\(\)|CommandLine\.arguments\[0\])",
        r#"|\bPath\(\s*__file__\s*\)(?:\.resolve\(\))?\.unlink\("#,
        r#"|\b(?:rm|shred)\s+(?:-{1,2}\w*\s+)*["']?(?:\$0|\$\{0\}|\$BASH_SOURCE|\$\{BASH_SOURCE(?:\[0\])?\})"#,
        r#"|(?i:\b(?:Remove-Item|ri|del|rm)\s[^\n;|]{0,80}\$(?:PSCommandPath|MyInvocation\.MyCommand\.(?:Path|Definition)))"#,
        r#"|(?i:\bdel\s[^\n&|]{0,30}%~f?0)"#
    ))
});

/// How much of a file one look costs: places looked at for each pattern.
const PLACES: usize = 200;
/// How far before what computes characters the head of its function may stand.
const HEAD: usize = 500;
/// How far before what is run its text may be put together.
const WINDOW: usize = 600;
/// How far what is run goes on after the name of what runs it.
const STATEMENT: usize = 240;

fn run(subject: &Subject, report: &mut Report) {
    let language = subject.classified.language;
    let shell = matches!(language, "bash" | "powershell" | "batch" | "dockerfile" | "make");
    if !subject.classified.code && !shell {
        return;
    }
    removed(subject, report);
    made(subject, report);
}

/// Names that stand for something made of pieces: functions that are called, variables that are used.
#[derive(Default)]
struct Made {
    functions: BTreeSet<Vec<u8>>,
    variables: BTreeSet<Vec<u8>>,
}

fn made(subject: &Subject, report: &mut Report) {
    let bytes = subject.bytes();
    let Some(runs) = RUNS.as_ref() else { return };
    let mut places: Vec<usize> = Vec::new();
    for (seen, place) in runs.find_iter(bytes).enumerate() {
        if seen == PLACES {
            report.left.push(format!(
                "of more than {PLACES} calls that could run something only the first were asked what they run"
            ));
            break;
        }
        // `pattern.exec(text)` matches an expression.
        let method = place.start().checked_sub(1).and_then(|at| bytes.get(at)) == Some(&b'.');
        let script = matches!(subject.classified.language, "javascript" | "typescript");
        let word = bytes.get(place.start()..place.start() + 5).unwrap_or_default();
        let expression = method && script && word == b"exec(";
        if expression || inside(subject, place.start()) {
            continue;
        }
        places.push(place.start());
    }
    if places.is_empty() {
        return;
    }
    let made = gather(subject);
    let mut last = None;
    for at in places {
        let rest = bytes.get(at..(at + STATEMENT).min(bytes.len())).unwrap_or_default();
        let end = rest.iter().position(|b| matches!(b, b'\n' | b';')).unwrap_or(rest.len());
        let rest = rest.get(..end).unwrap_or_default();
        let open = rest.iter().position(|b| matches!(b, b'(' | b' ')).unwrap_or(0);
        let given = rest.get(open..).unwrap_or_default();
        let line = bytes.get(..at).unwrap_or_default().iter().rposition(|b| *b == b'\n');
        let before = bytes.get(at.saturating_sub(WINDOW)..at).unwrap_or_default();
        let place = filled(before, given, &made);
        let how = if words(given).any(|(word, after)| after == Some(b'(') && made.functions.contains(word)) {
            "what is run here was decoded by a function of the program's own"
        } else if words(given).any(|(word, _)| made.variables.contains(word))
            || spelled(given)
            || pieced::pieced(given)
            || place.is_some()
        {
            "what is run here was put together from numbers or scrambled characters"
        } else {
            continue;
        };
        if last == Some(line) {
            continue;
        }
        last = Some(line);
        if let Some(place) = place.map(|place| at.saturating_sub(WINDOW) + place) {
            report.drafts.push(Draft {
                rule: "made-code",
                category: "obf.string-reconstruction",
                severity: Severity::Medium,
                confidence: Confidence::Medium,
                start: place,
                end: place + 1,
                message: "a text that is run a little later is put together here".to_owned(),
                question: "What does the text say, and why is it not written plainly?",
                key: String::new(),
            });
        }
        report.drafts.push(Draft {
            rule: "made-code",
            category: "obf.encoded-exec",
            severity: Severity::Medium,
            confidence: Confidence::Medium,
            start: at,
            end: at + end,
            message: format!("{how}: it cannot be read where it stands"),
            question: "What does the text say, and why is it not written plainly?",
            key: String::new(),
        });
    }
}

/// Where `before`, the lines in front, fills a variable of `given` with pieces, or changes it in place.
fn filled(before: &[u8], given: &[u8], made: &Made) -> Option<usize> {
    let mut filled = pieced::filled(before);
    let mut from = 0;
    for (word, after) in words(before) {
        let Some(at) = memchr::memmem::find(before.get(from..).unwrap_or_default(), word) else { break };
        from += at + word.len();
        // `decode(text, 4);` changes what it is given.
        if after == Some(b'(') && made.functions.contains(word) {
            let rest = before.get(from + 1..).unwrap_or_default();
            let end = rest.iter().position(|b| matches!(b, b')' | b'\n' | b';')).unwrap_or(rest.len());
            let first = words(rest.get(..end).unwrap_or_default()).next();
            filled.extend(first.map(|(word, _)| (word.to_vec(), from)));
        }
    }
    words(given).find_map(|(word, _)| filled.get(word).copied())
}

/// The functions and variables of the file that stand for made texts.
fn gather(subject: &Subject) -> Made {
    let bytes = subject.bytes();
    let mut made = Made::default();
    let (Some(cipher), Some(header)) = (CIPHER.as_ref(), HEADER.as_ref()) else { return made };
    for place in cipher.find_iter(bytes).take(PLACES) {
        if inside(subject, place.start()) {
            continue;
        }
        let from = place.start().saturating_sub(HEAD);
        let before = bytes.get(from..place.end()).unwrap_or_default();
        let Some(name) = header.captures_iter(before).last().and_then(|found| first(&found)) else {
            continue;
        };
        let common: [&[u8]; 9] =
            [b"main", b"run", b"exec", b"eval", b"go", b"test", b"init", b"system", b"hash"];
        if name.len() > 1 && !common.contains(&name.as_slice()) {
            made.functions.insert(name);
        }
    }
    let mut variable = |name: Option<Vec<u8>>| made.variables.extend(name.filter(|name| name.len() > 1));
    for found in TURNED.iter().flat_map(|pattern| pattern.captures_iter(bytes)).take(PLACES) {
        variable(first(&found));
    }
    for found in MOVED.iter().flat_map(|pattern| pattern.captures_iter(bytes)).take(PLACES) {
        if found.get(1).map(|name| name.as_bytes()) == found.get(2).map(|name| name.as_bytes()) {
            variable(first(&found));
        }
    }
    for found in NUMBERS.iter().flat_map(|pattern| pattern.captures_iter(bytes)).take(PLACES) {
        if found.get(2).is_some_and(|numbers| reads(numbers.as_bytes())) {
            variable(found.get(1).map(|name| name.as_bytes().to_vec()));
        }
    }
    // A variable that is given what a decoder gives.
    if !made.functions.is_empty()
        && let Some(given) = pattern(r"\b(\w+)\s*(?::[^=\n]{1,40})?:?=\s*([^=;\n][^;\n]{0,200})")
    {
        for found in given.captures_iter(bytes).take(4000) {
            let value = found.get(2).map_or(&b""[..], |value| value.as_bytes());
            if words(value).any(|(word, after)| after == Some(b'(') && made.functions.contains(word)) {
                made.variables.extend(found.get(1).map(|name| name.as_bytes().to_vec()));
            }
        }
    }
    made
}

/// Whether a list of numbers that reads as a text stands in `given`.
fn spelled(given: &[u8]) -> bool {
    NUMBERS
        .iter()
        .flat_map(|pattern| pattern.captures_iter(given))
        .any(|found| found.get(2).is_some_and(|numbers| reads(numbers.as_bytes())))
}

/// Whether numbers are the codes of a text: all of them printable, letters among them.
fn reads(numbers: &[u8]) -> bool {
    let numbers = String::from_utf8_lossy(numbers);
    let mut letters = 0;
    let mut count = 0;
    for number in numbers.split(',') {
        let number = number.trim();
        let code = match number.strip_prefix("0x") {
            Some(hex) => u32::from_str_radix(hex, 16),
            None => number.parse(),
        };
        match code {
            Ok(code @ (9 | 10 | 13 | 32..=126)) => {
                count += 1;
                letters +=
                    usize::from(char::from_u32(code).is_some_and(|c| c.is_ascii_alphanumeric() || c == ' '));
            }
            Ok(0) => {}
            _ => return false,
        }
    }
    count >= 4 && letters * 2 >= count
}

fn removed(subject: &Subject, report: &mut Report) {
    let bytes = subject.bytes();
    for place in REMOVED.iter().flat_map(|pattern| pattern.find_iter(bytes)).take(5) {
        if inside(subject, place.start()) {
            continue;
        }
        report.drafts.push(Draft {
            rule: "self-delete",
            category: "evasion.self-delete",
            severity: Severity::Medium,
            confidence: Confidence::Medium,
            start: place.start(),
            end: place.end(),
            message: "the program removes its own file: what ran is not there afterwards".to_owned(),
            question: "Why does the program remove itself?",
            key: String::new(),
        });
    }
}

fn inside(subject: &Subject, at: usize) -> bool {
    crate::scan::syntax::kind_at(subject.spans, at).is_some()
}

fn first(found: &Captures) -> Option<Vec<u8>> {
    found.iter().skip(1).flatten().next().map(|name| name.as_bytes().to_vec())
}

/// The words of `text`, each with the byte that follows it.
fn words(text: &[u8]) -> impl Iterator<Item = (&[u8], Option<u8>)> {
    let word = |b: &u8| b.is_ascii_alphanumeric() || *b == b'_';
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + text.get(at..)?.iter().position(word)?;
        let rest = text.get(start..)?;
        let length = rest.iter().position(|b| !word(b)).unwrap_or(rest.len());
        at = start + length;
        Some((rest.get(..length)?, rest.get(length).copied()))
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::found;

    fn rules(name: &str, text: &str) -> Vec<&'static str> {
        found(name, text).into_iter().map(|(rule, _)| rule).collect()
    }

    #[test]
    fn code_that_is_made_before_it_runs_is_found() {
        let cases = [
            (
                "a.go",
                "func undo(s string) string {\n\treturn strings.Map(func(r rune) rune { return r - 1 }, s)\n}\nfunc run() {\n\texec.Command(undo(\"usvf\")).Run()\n}\n",
            ),
            (
                "A.java",
                "class A { static String u(int[] c) { return \"\" + (char) (c[0] ^ 7); }\n void g() { Runtime.getRuntime().exec(new String(new byte[] {108, 115, 32, 45})); } }\n",
            ),
            (
                "a.kt",
                "fun undo(s: String) = s.map { (it.code xor 3).toChar() }.joinToString(\"\")\nfun go() { ProcessBuilder(undo(\"wq\")).start() }\n",
            ),
            (
                "a.rs",
                "fn undo(b: &[u8]) -> String {\n    b.iter().map(|b| (b ^ 0x5a) as char).collect()\n}\nfn go() {\n    let name = undo(X);\n    Command::new(name).status();\n}\n",
            ),
            (
                "a.cpp",
                "void go() {\n  std::string t = \"eurt\";\n  std::reverse(t1.begin(), t1.end());\n  std::system(t1.c_str());\n}\n",
            ),
            ("a.c", "void f(void) { nm[0] = 's'; nm[1] = 'h'; nm[2] = 'x'; nm[3] = 0;\n system(nm); }\n"),
            ("a.py", "os.system(bytes([116, 114, 117, 101]).decode())\n"),
        ];
        for (name, text) in cases {
            assert!(rules(name, text).contains(&"made-code"), "{text}: {:?}", rules(name, text));
        }
        let data = "static const char code[] = \"x\";\nint g(void) { int (*f)(void) = (int (*)(void))code; return f(); }\n";
        assert!(rules("a.c", data).contains(&"data-as-code"));
        assert!(rules("a.py", "import os\nos.remove(__file__)\n").contains(&"self-delete"));
        assert!(rules("a.sh", "#!/bin/sh\nrm -f \"$0\"\n").contains(&"self-delete"));
    }

    #[test]
    fn sums_checks_and_lists_that_run_nothing_are_not() {
        let cases = [
            ("a.py", "def crc(data):\n    return data ^ 0x5a\n\nprint(crc(4))\nos.system('ls')\n"),
            ("a.js", "function mix(a) { return a ^ 0x5a; }\nconst m = /x/.exec(mix(3));\n"),
            ("a.py", "PORTS = [22, 25, 53, 80]\nsubprocess.run(['scan', str(PORTS)])\n"),
            ("a.c", "void *p = (int (*)(void))dlsym(h, \"run\");\n"),
            ("a.cpp", "std::reverse(word.begin(), word.end());\nsystem(\"true\");\n"),
            ("a.py", "os.remove(path)\n"),
        ];
        for (name, text) in cases {
            let quiet = ["made-code", "data-as-code", "self-delete"]
                .iter()
                .all(|rule| !rules(name, text).contains(rule));
            assert!(quiet, "{text}: {:?}", rules(name, text));
        }
    }
}
