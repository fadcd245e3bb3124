//! Functions that are found by a number in place of their name, and programs that are run from memory.
//!
//! Loaders that must not say what they use walk through the names a library exports and compare the hash of each
//! with a number. The numbers of the names that matter are known: one of 32 bits that stands in a program is none
//! by chance. Sums and hashes of few bits count only beside the comparison.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::bytes::Regex;

use super::Check;
use super::Report;
use super::Subject;
use super::pattern;
use crate::model::scan::Confidence;
use crate::model::scan::Severity;
use crate::scan::code::rules::LISTS;
use crate::scan::draft::Draft;

pub const CHECK: Check = Check {
    rules: &["hashed-name", "run-from-memory"],
    about: "Functions found by the hash of their name, and programs run from a file that is in no folder.",
    run,
};

/// At most this many findings a file.
const PER_FILE: usize = 12;
/// Lines behind a comparison in which what it found is called.
const NEAR: usize = 6;
/// A smaller number is met by chance.
const LEAST: u32 = 0x0010_0000;

/// A number, in either base.
static NUMBER: LazyLock<Option<Regex>> =
    LazyLock::new(|| pattern(r"\b(?:0[xX][0-9a-fA-F_]{6,9}|[1-9]\d{6,9})(?:[uU]?[lL]{0,2}|u32)\b"));

/// A comparison with a hash or a sum that the language itself makes of a name.
static BUILT_IN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(r"\.(hashCode\(\)|hash\(\)|sum)\s*(?:==|===|\.equals\()\s*(-?(?:0[xX][0-9a-fA-F]+|\d{3,10}))\b")
});

/// What calls a function that was found.
static CALLED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(r"\.(?:invoke|call|apply|Invoke|method|public_method|send|public_send|__send__)\s*\(")
});

/// A file that is in no folder.
static UNFILED: LazyLock<Option<Regex>> =
    LazyLock::new(|| pattern(r"\b(?:memfd_create|MemfdCreate|memfd_secret|SYS_memfd_create)\s*[(,]"));

/// What runs such a file.
static RUN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(
        r#"\b(?:fexecve|execveat)\s*\(|\b(?:exec\.Command|execv[ep]{0,2}|execl[ep]?|posix_spawnp?|Command::new|system|popen|Popen|spawn[lv]?[pe]{0,2}|subprocess\.\w+|dlopen|plugin\.Open|CDLL|Library::new)\s*\([^;\n]{0,80}(?:/proc/|/dev/fd/|&?\b(?:path|name|fd_?path|link|proc)\b)"#,
    )
});

/// How far behind the file it is run.
const FAR: usize = 4000;

/// The numbers of the names that matter.
static HASHES: LazyLock<BTreeMap<u32, &'static str>> = LazyLock::new(|| {
    let mut all = BTreeMap::new();
    for name in &LISTS.hashed {
        for spelled in [name.to_string(), name.to_lowercase(), name.to_uppercase()] {
            for hash in hashes(spelled.as_bytes()) {
                if hash >= LEAST {
                    all.insert(hash, &**name);
                }
            }
        }
    }
    all
});

/// What the usual functions make of a name: FNV-1 and FNV-1a, djb2 both ways, sdbm, the one of Java, CRC-32, and
/// rotations by 13 and by 7 (with and without the zero at the end).
fn hashes(name: &[u8]) -> Vec<u32> {
    let fold = |start: u32, by: &dyn Fn(u32, u32) -> u32| {
        name.iter().fold(start, |hash, byte| by(hash, u32::from(*byte)))
    };
    let ror = |bits: u32| fold(0, &|hash, byte| hash.rotate_right(bits).wrapping_add(byte));
    vec![
        fold(0x811c_9dc5, &|hash, byte| (hash ^ byte).wrapping_mul(0x0100_0193)),
        fold(0x811c_9dc5, &|hash, byte| hash.wrapping_mul(0x0100_0193) ^ byte),
        fold(5381, &|hash, byte| hash.wrapping_mul(33).wrapping_add(byte)),
        fold(5381, &|hash, byte| hash.wrapping_mul(33) ^ byte),
        fold(0, &|hash, byte| byte.wrapping_add(hash << 6).wrapping_add(hash << 16).wrapping_sub(hash)),
        fold(0, &|hash, byte| hash.wrapping_mul(31).wrapping_add(byte)),
        !fold(u32::MAX, &crc),
        ror(13),
        ror(13).rotate_right(13),
        ror(7),
        fold(0, &|hash, byte| hash.rotate_left(13).wrapping_add(byte)),
        fold(0, &|hash, byte| hash.rotate_left(7).wrapping_add(byte)),
        fold(0, &|hash, byte| hash.rotate_left(5) ^ byte),
    ]
}

/// One byte into a CRC-32 (polynomial 0xEDB88320, as in IEEE 802.3).
fn crc(hash: u32, byte: u32) -> u32 {
    (0..8).fold(hash ^ byte, |hash, _| (hash >> 1) ^ (0xedb8_8320 & 0u32.wrapping_sub(hash & 1)))
}

fn run(subject: &Subject, report: &mut Report) {
    if !subject.classified.code {
        return;
    }
    numbered(subject, report);
    compared(subject, report);
    walked(subject, report);
    from_memory(subject, report);
}

fn inside(subject: &Subject, at: usize) -> bool {
    crate::scan::syntax::kind_at(subject.spans, at).is_some()
}

fn told(report: &mut Report, start: usize, end: usize, name: &str) {
    report.drafts.push(Draft {
        rule: "hashed-name",
        category: "obf.api-indirection",
        severity: Severity::High,
        confidence: Confidence::Medium,
        start,
        end,
        message: format!("`{name}` is found by a number made of its name, so that no search finds it"),
        question: "Which functions are found this way, and why are they not named?",
        key: name.to_owned(),
    });
    if LISTS.hashed_start.contains(name) {
        report.capabilities.push(("cap.exec", name.to_owned(), start));
    }
}

/// Numbers that are the hash of a name.
fn numbered(subject: &Subject, report: &mut Report) {
    let bytes = subject.bytes();
    let mut found = 0;
    for place in NUMBER.iter().flat_map(|numbers| numbers.find_iter(bytes)) {
        let text = String::from_utf8_lossy(place.as_bytes());
        let text = text.trim_end_matches("u32").trim_end_matches(['u', 'U', 'l', 'L']).replace('_', "");
        let number = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
            Some(hex) => u32::from_str_radix(hex, 16),
            None => text.parse(),
        };
        let Some(name) = number.ok().and_then(|number| HASHES.get(&number)) else { continue };
        if inside(subject, place.start()) {
            continue;
        }
        told(report, place.start(), place.end(), name);
        found += 1;
        if found == PER_FILE {
            report.left.push(format!("hashed names: only the first {PER_FILE} are told"));
            break;
        }
    }
}

/// Names that are picked by a hash or a sum the language makes of them, and where what was found is called.
fn compared(subject: &Subject, report: &mut Report) {
    let bytes = subject.bytes();
    for place in BUILT_IN.iter().flat_map(|built| built.captures_iter(bytes)).take(PER_FILE) {
        let (Some(all), Some(how), Some(number)) = (place.get(0), place.get(1), place.get(2)) else {
            continue;
        };
        if inside(subject, all.start()) {
            continue;
        }
        let text = String::from_utf8_lossy(number.as_bytes());
        let number: Option<i64> = match text.strip_prefix("0x") {
            Some(hex) => i64::from_str_radix(hex, 16).ok(),
            None => text.parse().ok(),
        };
        let sum = how.as_bytes() == b"sum";
        let made = |name: &str| match sum {
            true => name.bytes().map(i64::from).sum::<i64>(),
            false => i64::from(
                name.bytes().fold(0u32, |hash, byte| hash.wrapping_mul(31).wrapping_add(u32::from(byte)))
                    as i32,
            ),
        };
        let mut names = LISTS.hashed.iter().filter(|name| Some(made(name)) == number);
        let Some(name) = names.next() else { continue };
        told(report, all.start(), all.end(), name);
        // What it found is called a few lines later.
        let rest = bytes.get(all.end()..).unwrap_or_default();
        let lines = memchr::memchr_iter(b'\n', rest);
        let end = lines.take(NEAR).last().unwrap_or(rest.len());
        let rest = rest.get(..end).unwrap_or_default();
        for call in CALLED.iter().flat_map(|called| called.find_iter(rest)).take(2) {
            told(report, all.end() + call.start(), all.end() + call.end(), name);
        }
    }
}

/// What goes through the names a library exports.
static TABLES: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(
        r"\b(?:AddressOfNames|AddressOfNameOrdinals|IMAGE_EXPORT_DIRECTORY|dl_iterate_phdr|DT_SYMTAB|InMemoryOrderModuleList|_dyld_get_image_header)\b",
    )
});

/// Letters folded into a number, and a comparison with it.
static FOLDED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(
        r"(?:\*\s*(?:\d{2,9}|0x[0-9a-fA-F]+)u?\s*\)?\s*[+^]|<<\s*\d+\s*\)\s*\+|\^=\s*[\w(*]|\bro[rl]\w*\s*\(|>>\s*\d+\s*\)\s*\|)[\s\S]{0,1600}?\w+\s*\([^;\n]{1,60}\)\s*==",
    )
});

/// A pointer to a function that is called where it is cast, or kept under a name.
static CAST: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(
        r"\(\s*\(\s*\w+\s*\**\s*\)\s*\w+\s*\)\s*\(|\b(\w+)\s*=\s*(?:reinterpret_cast\s*<[^;\n]{1,80}>\s*\(|\(\s*\w+(?:_t)?\s*\)\s*)\w+\s*\([^;\n]{0,80}\)\s*\)?\s*;|\bmemcpy\s*\(\s*&(\w+)\s*,[^;\n]{1,60}\bsizeof\b",
    )
});

/// Functions found by what their names fold to, in a program that goes through the names itself.
fn walked(subject: &Subject, report: &mut Report) {
    let bytes = subject.bytes();
    let is =
        |pattern: &LazyLock<Option<Regex>>| pattern.as_ref().is_some_and(|pattern| pattern.is_match(bytes));
    if !matches!(subject.classified.language, "c" | "cpp") || !is(&TABLES) || !is(&FOLDED) {
        return;
    }
    let mut places: Vec<(usize, usize)> = Vec::new();
    for found in CAST.iter().flat_map(|cast| cast.captures_iter(bytes)).take(PER_FILE) {
        let Some(all) = found.get(0) else { continue };
        match found.get(1).or(found.get(2)) {
            None => places.push((all.start(), all.end())),
            Some(name) => {
                let call = [name.as_bytes(), b"("].concat();
                let rest = bytes.get(all.end()..).unwrap_or_default();
                let at = memchr::memmem::find(rest, &call);
                places.extend(at.map(|at| (all.end() + at, all.end() + at + call.len())));
            }
        }
    }
    for (start, end) in places.into_iter().filter(|(start, _)| !inside(subject, *start)) {
        report.drafts.push(Draft {
            rule: "hashed-name",
            category: "obf.api-indirection",
            severity: Severity::High,
            confidence: Confidence::Medium,
            start,
            end,
            message: "what is called here is found by a number made of its name, so that no search finds it"
                .to_owned(),
            question: "Which functions are found this way, and why are they not named?",
            key: String::new(),
        });
    }
}

/// A program that is run from a file that is in no folder.
fn from_memory(subject: &Subject, report: &mut Report) {
    let bytes = subject.bytes();
    let mut made = UNFILED.iter().flat_map(|unfiled| unfiled.find_iter(bytes)).take(PER_FILE * 4);
    let Some(made) = made.find(|made| !inside(subject, made.start()) && !is_declared(bytes, made.start()))
    else {
        return;
    };
    let by_path =
        ["/fd/", "/dev/fd"].iter().any(|sign| memchr::memmem::find(bytes, sign.as_bytes()).is_some());
    let rest = bytes.get(made.end()..(made.end() + FAR).min(bytes.len())).unwrap_or_default();
    let mut told = 0;
    for place in RUN.iter().flat_map(|run| run.find_iter(rest)).take(PER_FILE * 4) {
        let (start, end) = (made.end() + place.start(), made.end() + place.end());
        let handle = place.as_bytes().starts_with(b"fexecve") || place.as_bytes().starts_with(b"execveat");
        if told == 3 || inside(subject, start) || is_declared(bytes, start) || !(handle || by_path) {
            continue;
        }
        told += 1;
        report.drafts.push(Draft {
            rule: "run-from-memory",
            category: "obf.encoded-exec",
            severity: Severity::High,
            confidence: Confidence::Medium,
            start,
            end,
            message: "a program is run from memory: no file shows what it was".to_owned(),
            question: "Where do the bytes that are run come from, and why are they in no file?",
            key: String::new(),
        });
    }
}

/// Whether what stands at `at` is declared there: a type, or a word that says so, stands before it.
fn is_declared(bytes: &[u8], at: usize) -> bool {
    let line = bytes.get(..at).unwrap_or_default();
    let start =
        line.iter().rposition(|byte| matches!(byte, b'\n' | b';' | b'{' | b'}')).map_or(0, |at| at + 1);
    let before = line.get(start..).unwrap_or_default().trim_ascii();
    before.last().is_some_and(|last| last.is_ascii_alphanumeric() || matches!(last, b'_' | b'*'))
        && ![&b"return"[..], b"else", b"await", b"do"].iter().any(|word| before.ends_with(word))
}

#[cfg(test)]
mod tests {
    use super::super::tests::report;

    fn rules(name: &str, text: &str) -> Vec<&'static str> {
        report(name, text).drafts.iter().map(|draft| draft.rule).collect()
    }

    #[test]
    fn names_behind_numbers_are_told() {
        let cases = [
            ("a.cpp", "auto run = entry(core, 0x419737d0u);\n"),
            ("a.kt", "val m = k.methods.first { it.name.hashCode() == 3127441 }\nm.invoke(x, y)\n"),
            ("a.rb", "tool = Kernel.methods.find { |m| m.to_s.sum == 677 }\nKernel.method(tool).call(x)\n"),
        ];
        for (name, text) in cases {
            assert!(rules(name, text).contains(&"hashed-name"), "{text}");
            assert!(
                report(name, text).capabilities.iter().any(|(category, ..)| *category == "cap.exec"),
                "{text}"
            );
        }
        let plain = "if (name.hashCode() == 3127442) go();\nint seed = 0x811c9dc5;\nlong n = 1103515245;\n";
        assert!(!rules("A.java", plain).contains(&"hashed-name"));
    }

    #[test]
    fn programs_run_from_memory_are_told() {
        let c = "int fd = memfd_create(\"x\", 0);\nwrite(fd, p, n);\nfexecve(fd, argv, environ);\n";
        assert!(rules("a.c", c).contains(&"run-from-memory"));
        let go = "fd, _ := unix.MemfdCreate(\"x\", 0)\nexec.Command(fmt.Sprintf(\"/proc/self/fd/%d\", fd)).Run()\n";
        assert!(rules("a.go", go).contains(&"run-from-memory"));
        let declared =
            "pub fn memfd_create(name: *const c_char) -> c_int;\npub fn fexecve(fd: c_int) -> c_int;\n";
        assert!(!rules("a.rs", declared).contains(&"run-from-memory"));
        let shared = "int fd = memfd_create(\"frames\", 0);\nftruncate(fd, n);\nmmap(0, n, 3, 1, fd, 0);\nsystem(\"ls\");\n";
        assert!(!rules("a.c", shared).contains(&"run-from-memory"));
    }
}
