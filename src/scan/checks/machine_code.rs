//! Machine code among the data of a program, and data that is called as a function.
//!
//! Bytes are told to be machine code by what such code does: it ends in a call of the system, begins the way
//! generated code begins, slides over a row of empty instructions, spells `/bin`. Chance puts such bytes into
//! long tables, so a literal counts where it is short and the file can run it. A cast of data to a function
//! counts where the data is bytes, or memory that was asked for.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use regex::bytes::Regex;

use super::Check;
use super::Report;
use super::Subject;
use super::finder;
use super::pattern;
use super::places;
use crate::model::scan::Confidence;
use crate::model::scan::Severity;
use crate::scan::draft::Draft;

pub const CHECK: Check = Check {
    rules: &["machine-code", "data-as-code", "line-break-escape"],
    about: "Bytes that are machine code, data called as a function, and code behind escaped line breaks.",
    run,
};

/// What machine code that somebody planted is known by, as escapes and as numbers.
const TELLING: &[&str] = &[
    "\\xcd\\x80",
    "\\x0f\\x05",
    "\\x90\\x90\\x90\\x90",
    "\\xfc\\x48\\x83",
    "\\xfc\\xe8",
    "\\x2f\\x62\\x69\\x6e",
    "\\x2f\\x2f\\x73\\x68",
    "0xcd, 0x80",
    "0xcd,0x80",
    "0x0f, 0x05",
    "0x0f,0x05",
    "0x90, 0x90, 0x90",
    "0x90,0x90,0x90",
    "0xfc, 0x48, 0x83",
    "0xfc,0x48,0x83",
    "0xfc, 0xe8",
    "0xfc,0xe8",
    "0x2f, 0x62, 0x69, 0x6e",
    "0x2f,0x62,0x69,0x6e",
    "0x2f, 0x2f, 0x73, 0x68",
    "0x2f,0x2f,0x73,0x68",
];

/// What lets a program run its data.
const RUNNABLE: &[&str] = &[
    "mmap(",
    "mprotect(",
    "PROT_EXEC",
    "VirtualAlloc",
    "VirtualProtect",
    "CreateThread",
    "CreateRemoteThread",
    "RtlMoveMemory",
    "(*)(",
    "(* )(",
    "transmute",
    "GetDelegateForFunctionPointer",
    "CFUNCTYPE",
    "from_address",
    "memfd_create",
    "unsafe.Pointer",
    "make_exec",
    "WriteProcessMemory",
    "QueueUserAPC",
    "unsafeBitCast",
    "delegate* unmanaged",
];

static FINDER: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| finder(TELLING));

static RUNS: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| AhoCorasick::new(RUNNABLE).ok());

/// Fewer bytes do nothing; more are a table in which chance puts anything.
const BYTES: std::ops::RangeInclusive<usize> = 12..=4096;

/// How far a literal is walked in either direction.
const FAR: usize = 30_000;

/// A cast to a pointer to a function, written out, and what is cast.
static CAST: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(concat!(
        r"\(\s*(?:unsigned\s+|const\s+)?\w+\s*\**\s*\(\s*(?:__\w+\s*)?\*\s*\w*\s*\)\s*\([^()\n]{0,80}\)\s*\)\s*(?:\(\s*(?:void\s*\*|u?intptr_t)\s*\)\s*)*\(?\s*(?:\(\s*void\s*\*\s*\)\s*)?&?\s*(\w+)\b",
        r"|reinterpret_cast<\s*\w+\s*\**\s*\(\s*(?:__\w+\s*)?\*\s*\)\s*\([^()\n]{0,80}\)\s*>\(\s*&?(\w+)"
    ))
});

/// A name for such a type: of the program's own, or of a system that takes functions.
static NAMED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(
        r"\btypedef\s+[\w\s*]{1,60}\(\s*(?:\w+\s+)?\*\s*(\w+)\s*\)\s*\(|\busing\s+(\w+)\s*=\s*[\w\s*:]{1,40}\(\s*(?:\w+\s*)?\*\s*\)\s*\(",
    )
});

/// Types of the systems' own for functions they call.
const CALLBACKS: &[&str] = &[
    "LPTHREAD_START_ROUTINE",
    "PTHREAD_START_ROUTINE",
    "WNDENUMPROC",
    "PAPCFUNC",
    "TIMERPROC",
    "LPFIBER_START_ROUTINE",
    "FARPROC",
    "ENUMRESNAMEPROC",
    "LOCALE_ENUMPROC",
    "DESKTOPENUMPROC",
];

/// Memory a program asks for, and bytes it declares.
static HELD: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(concat!(
        r"\b(\w+)\s*=\s*(?:\([^()\n]{1,40}\)\s*)?(?:(?:static|reinterpret)_cast<[^>\n]{1,60}>\s*\(\s*)?(?:::)?(?:mmap(?:64)?|VirtualAlloc(?:Ex)?|HeapAlloc|valloc|memalign)\s*\(",
        r"|\b(?:char|uint8_t|int8_t|BYTE|u_char|u8|byte|UCHAR|uint32_t|uint64_t|std::byte|std::vector<[\w\s:]{1,30}>|std::array<[^>\n]{1,40}>)\s*(?:const\s+)?\*?\s*(?:const\s+)?(\w+)\s*(?:\[|\{|=)"
    ))
});

static TRANSMUTED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(
        r"\bfn\s*\([^)\n]*\)[^;\n]{0,80}transmute[^;\n]{0,120}as_(?:mut_)?ptr\(\)|transmute::<[^;\n]{0,60}\bfn\s*\([^;\n]{0,120}as_(?:mut_)?ptr\(\)",
    )
});

fn run(subject: &Subject, report: &mut Report) {
    if !subject.classified.code {
        return;
    }
    machine_code(subject, report);
    match subject.classified.language {
        "c" | "cpp" => data_as_code(subject, report),
        "rust" => {
            if let Some(place) = TRANSMUTED.as_ref().and_then(|pattern| pattern.find(subject.bytes())) {
                called(subject, (place.start(), place.end()), "what bytes point to", report);
            }
        }
        "java" => escaped_breaks(subject, report),
        "csharp" | "powershell" => filled_memory(subject, report),
        _ => {}
    }
}

fn machine_code(subject: &Subject, report: &mut Report) {
    let bytes = subject.bytes();
    let mut runs = None;
    let mut after = 0;
    for at in places(FINDER.as_ref(), bytes).take(200) {
        if at < after {
            continue;
        }
        let (start, end) = literal(bytes, at);
        after = end;
        let count =
            bytes.get(start..end).unwrap_or_default().iter().filter(|b| matches!(b, b'x' | b'X')).count();
        if !BYTES.contains(&count) || subject.in_comment(at) {
            continue;
        }
        if !*runs.get_or_insert_with(|| RUNS.as_ref().is_some_and(|finder| finder.is_match(bytes))) {
            return;
        }
        report.drafts.push(Draft {
            rule: "machine-code",
            category: "obf.embedded-executable",
            severity: Severity::High,
            confidence: Confidence::Medium,
            start,
            end,
            message: format!(
                "{count} bytes of this literal look like machine code, and the file can run its data"
            ),
            question: "What does this code do, and from which source was it made?",
            key: String::new(),
        });
    }
}

/// Where the literal around `at` begins and ends: escapes and numbers, quotes and line ends between them.
fn literal(bytes: &[u8], at: usize) -> (usize, usize) {
    let data = |b: &u8| b.is_ascii_hexdigit() || b"xX\\,\"' \t\r\n".contains(b);
    let before = bytes.get(at.saturating_sub(FAR)..at).unwrap_or_default();
    let start = at - before.iter().rev().take_while(|b| data(b)).count();
    let rest = bytes.get(at..(at + FAR).min(bytes.len())).unwrap_or_default();
    let end = at + rest.iter().take_while(|b| data(b)).count();
    let blank = |b: &u8| b.is_ascii_whitespace();
    let lead = bytes.get(start..at).unwrap_or_default().iter().take_while(|b| blank(b)).count();
    (start + lead, end)
}

fn data_as_code(subject: &Subject, report: &mut Report) {
    let bytes = subject.bytes();
    let finder = |pattern: &LazyLock<Option<Regex>>| -> Vec<(usize, usize, Vec<u8>)> {
        let all = pattern.iter().flat_map(|pattern| pattern.captures_iter(bytes)).take(400);
        all.filter_map(|found| {
            let whole = found.get(0)?;
            let name = found.iter().skip(1).flatten().next()?;
            Some((whole.start(), whole.end(), name.as_bytes().to_vec()))
        })
        .collect()
    };
    let pointer =
        memchr::memmem::find(bytes, b"*)").is_some() || memchr::memmem::find(bytes, b"* )").is_some();
    let callback = CALLBACKS.iter().any(|name| memchr::memmem::find(bytes, name.as_bytes()).is_some());
    let typed =
        memchr::memmem::find(bytes, b"typedef").is_some() || memchr::memmem::find(bytes, b"using ").is_some();
    if !pointer && !callback && !typed {
        return;
    }
    let mut casts = if pointer { finder(&CAST) } else { Vec::new() };
    let mut names: BTreeSet<Vec<u8>> =
        if typed { finder(&NAMED).into_iter().map(|(.., name)| name).collect() } else { BTreeSet::new() };
    names.extend(CALLBACKS.iter().filter(|_| callback).map(|name| name.as_bytes().to_vec()));
    casts.extend(named_casts(bytes, &names));
    if casts.is_empty() {
        return;
    }
    let held: BTreeSet<Vec<u8>> = finder(&HELD).into_iter().map(|(.., name)| name).collect();
    casts.sort();
    casts.dedup_by_key(|(start, ..)| *start);
    for (start, end, name) in casts.into_iter().filter(|(.., name)| held.contains(name)).take(20) {
        called(subject, (start, end), &format!("`{}`", String::from_utf8_lossy(&name)), report);
    }
}

/// Memory that may be run is asked for, filled with the program's own bytes, and called.
fn filled_memory(subject: &Subject, report: &mut Report) {
    let bytes = subject.bytes();
    let find = |sign: &str| memchr::memmem::find(bytes, sign.as_bytes());
    let asked = ["VirtualAlloc", "VirtualProtect", "mmap", "NtAllocateVirtualMemory", "NtMapViewOfSection"];
    let filled =
        ["Marshal.Copy", "Marshal]::Copy", "Unsafe.CopyBlock", "Buffer.MemoryCopy", "WriteProcessMemory"];
    let any = |signs: &[&str]| signs.iter().any(|sign| find(sign).is_some());
    if !any(&asked) || !any(&filled) {
        return;
    }
    for sign in ["GetDelegateForFunctionPointer", "(delegate* unmanaged", "CreateThread(", "QueueUserAPC("] {
        if let Some(at) = find(sign) {
            called(subject, (at, at + sign.len()), "memory it filled itself", report);
            return;
        }
    }
}

fn called(subject: &Subject, (start, end): (usize, usize), what: &str, report: &mut Report) {
    if crate::scan::syntax::kind_at(subject.spans, start).is_some() {
        return;
    }
    report.capabilities.push(("cap.dynload.library", "data called as a function".to_owned(), start));
    report.drafts.push(Draft {
        rule: "data-as-code",
        category: "obf.embedded-executable",
        severity: Severity::High,
        confidence: Confidence::Medium,
        start,
        end,
        message: format!(
            "{what} is data and is called as a function: it is machine code nobody can read here"
        ),
        question: "What does this code do, and from which source was it made?",
        key: String::new(),
    });
}

/// Casts to a type by its name: `((run_t)data)(…)`, `(LPTHREAD_START_ROUTINE)data`.
fn named_casts(bytes: &[u8], names: &BTreeSet<Vec<u8>>) -> Vec<(usize, usize, Vec<u8>)> {
    let mut casts = Vec::new();
    for at in memchr::memchr_iter(b'(', bytes) {
        let rest = bytes.get(at + 1..(at + 200).min(bytes.len())).unwrap_or_default();
        let length = rest.iter().position(|b| !b.is_ascii_alphanumeric() && *b != b'_').unwrap_or(rest.len());
        let (name, rest) = rest.split_at(length);
        if name.is_empty() || rest.first() != Some(&b')') || !names.contains(name) {
            continue;
        }
        let skipped = rest.iter().skip(1).take_while(|b| b" &(".contains(b)).count() + 1;
        let cast = rest.get(skipped..).unwrap_or_default();
        let word = cast.iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
        if word > 0 {
            let end = at + 1 + length + skipped + word;
            casts.push((at, end, cast.get(..word).unwrap_or_default().to_vec()));
        }
        if casts.len() > 200 {
            break;
        }
    }
    casts
}

/// A compiler for Java reads `\u000a` as the end of a line wherever it stands: what follows it in a comment
/// is code.
fn escaped_breaks(subject: &Subject, report: &mut Report) {
    let bytes = subject.bytes();
    for at in memchr::memmem::find_iter(bytes, b"\\u").take(4000) {
        let digits = bytes.get(at..).unwrap_or_default().iter().skip(1).skip_while(|b| **b == b'u');
        let digits: Vec<u8> = digits.take(4).map(u8::to_ascii_lowercase).collect();
        let rest = bytes.get(at + 6..at + 12).unwrap_or_default().to_ascii_lowercase();
        let closes = digits == b"002a" && (rest == b"\\u002f" || rest.first() == Some(&b'/'));
        if !(matches!(digits.as_slice(), b"000a" | b"000d") || closes) || !subject.in_comment(at) {
            continue;
        }
        let end =
            memchr::memchr(b'\n', bytes.get(at..).unwrap_or_default()).map_or(bytes.len(), |line| at + line);
        report.drafts.push(Draft {
            rule: "line-break-escape",
            category: "obf.generic",
            severity: Severity::High,
            confidence: Confidence::High,
            start: at,
            end,
            message:
                "an escape ends this comment for the compiler: what follows it runs and looks like a comment"
                    .to_owned(),
            question: "Why does code stand in a comment?",
            key: String::new(),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::found;

    fn rules(name: &str, text: &str) -> Vec<&'static str> {
        found(name, text).into_iter().map(|(rule, _)| rule).collect()
    }

    #[test]
    fn machine_code_and_what_calls_it_are_found() {
        let code = "static const unsigned char tail[] =\n  \"\\x31\\xc0\\x40\\x89\\xc3\\xb0\\x01\\xcd\\x80\\x90\\x90\\x90\\x90\";\n";
        let call = "int f(void) { return ((int (*)(void))tail)(); }\n";
        assert_eq!(rules("a.c", &format!("{code}{call}")), ["machine-code", "data-as-code"]);
        let asked = "void *room = mmap(0, n, 7, 34, -1, 0);\nmemcpy(room, x, n);\n((void (*)())room)();\n";
        assert_eq!(rules("a.c", asked), ["data-as-code"]);
        let typed = "typedef int (*step_t)(void);\nunsigned char blob[] = { 1, 2 };\nint f(void) { return ((step_t)blob)(); }\n";
        assert_eq!(rules("a.c", typed), ["data-as-code"]);
        let thread = "BYTE body[64];\nCreateThread(0, 0, (LPTHREAD_START_ROUTINE)body, 0, 0, 0);\n";
        assert_eq!(rules("a.c", thread), ["data-as-code"]);
        assert_eq!(
            rules("A.java", "class A {\n  // note \\u000a System.exit(1);\n}\n"),
            ["line-break-escape"]
        );
    }

    #[test]
    fn tables_and_ordinary_casts_are_not() {
        let table = "static const unsigned char t[] = { 0x0f, 0x05, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x01, 0x02, 0x03, 0x04 };\n";
        assert_eq!(rules("a.c", table), Vec::<&str>::new());
        let cast =
            "typedef void (*done_t)(int);\nvoid f(void *arg) { done_t done = (done_t)arg; done(1); }\n";
        assert_eq!(rules("a.c", cast), Vec::<&str>::new());
        let symbol = "int (*open_it)(void) = (int (*)(void))dlsym(h, \"open_it\");\n";
        assert!(!rules("a.c", symbol).contains(&"data-as-code"));
        assert_eq!(
            rules("A.java", "class A { String s = \"a\\u000ab\"; /* \\u00e9 */ }\n"),
            Vec::<&str>::new()
        );
    }
}
