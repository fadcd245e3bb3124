//! Programs inside data: literals that decode to an executable or an archive.
//!
//! Known by how the first bytes of such a file look in base64, in hexadecimal, as escapes and as numbers of
//! an array, followed by a long run of more of the same. Magic numbers: ELF `7f 45 4c 46`, PE `4d 5a 90`,
//! Mach-O `cf fa ed fe`, zip `50 4b 03 04`, gzip `1f 8b 08`.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

use super::Check;
use super::Report;
use super::Subject;
use crate::model::scan::Confidence;
use crate::model::scan::Severity;
use crate::scan::code::constants::decode_base64;
use crate::scan::draft::Draft;

pub const CHECK: Check = Check {
    rules: &["embedded-program", "embedded-archive"],
    about: "A literal that decodes to a program or an archive.",
    run,
};

/// How the first bytes of a file look in a literal: the text, and what the file is.
const BEGINNINGS: &[(&str, &str)] = &[
    ("f0VMRg", "ELF"),
    ("7f454c46", "ELF"),
    ("\\x7fELF\\x0", "ELF"),
    ("\\x7f\\x45\\x4c\\x46", "ELF"),
    ("0x7f, 0x45, 0x4c, 0x46", "ELF"),
    ("0x7f,0x45,0x4c,0x46", "ELF"),
    ("127, 69, 76, 70", "ELF"),
    ("127,69,76,70", "ELF"),
    ("TVqQAAMAAAAEAAAA", "PE"),
    ("TVpQAAIAAAAEAA8A", "PE"),
    ("TVoAAAAAAAAAAAAA", "PE"),
    ("4d5a90000300000004", "PE"),
    ("\\x4d\\x5a\\x90\\x00", "PE"),
    ("MZ\\x90\\x00\\x03", "PE"),
    ("0x4d, 0x5a, 0x90, 0x00", "PE"),
    ("0x4d,0x5a,0x90,0x00", "PE"),
    ("77, 90, 144, 0, 3", "PE"),
    ("77,90,144,0,3", "PE"),
    ("z/rt/gcAAAE", "Mach-O"),
    ("cffaedfe07000001", "Mach-O"),
    ("yv66vgAAAD", "Java"),
    ("ZGV4CjAz", "Dalvik"),
    ("AGFzbQEAAA", "WebAssembly"),
    ("0061736d01000000", "WebAssembly"),
    ("IyEvYmluL", "script"),
    ("IyEvdXNyL2Jpbi", "script"),
    ("N3q8ryccAA", "7z"),
    ("/Td6WFoAA", "xz"),
    ("UEsDBBQA", "zip"),
    ("UEsDBAoA", "zip"),
    ("504b030414", "zip"),
    ("H4sIAAAA", "gzip"),
    ("1f8b0800000000", "gzip"),
];

static FINDER: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    let texts = BEGINNINGS.iter().map(|(text, _)| *text);
    AhoCorasick::builder().ascii_case_insensitive(false).build(texts).ok()
});

/// A shorter literal holds no program.
const SHORTEST: usize = 40;

fn run(subject: &Subject, report: &mut Report) {
    let Some(finder) = FINDER.as_ref().filter(|_| !subject.is_prose()) else { return };
    let bytes = subject.bytes();
    let mut last = 0;
    for hit in finder.find_iter(bytes) {
        let at = hit.start();
        let before = at.checked_sub(1).and_then(|n| bytes.get(n));
        // The beginning of a literal, not a chance run in the middle of other encoded data.
        let begins = before.is_none_or(|b| b"\"'`,{[(= \t\n:".contains(b));
        if at < last || !begins || subject.in_comment(at) {
            continue;
        }
        let run = run_length(bytes.get(at..).unwrap_or_default());
        last = at + run;
        let Some((text, kind)) = BEGINNINGS.get(hit.pattern().as_usize()) else { continue };
        // A byte written as a number or an escape takes several times the room.
        let spelled = text.contains([',', '\\']);
        if run < if spelled { 4 * SHORTEST } else { SHORTEST } {
            continue;
        }
        if *text == "H4sIAAAA" && is_document(bytes.get(at..at + run).unwrap_or_default()) {
            continue;
        }
        let program = matches!(*kind, "ELF" | "PE" | "Mach-O" | "Java" | "Dalvik" | "script");
        report.drafts.push(Draft {
            rule: if program { "embedded-program" } else { "embedded-archive" },
            category: "obf.embedded-executable",
            severity: if program { Severity::High } else { Severity::Low },
            confidence: Confidence::High,
            start: at,
            end: at + run,
            message: format!(
                "a literal of {run} characters decodes to {}: it cannot be read where it stands",
                article(kind)
            ),
            question: "What is inside, and from which source is it built?",
            key: format!(
                "{kind} {}",
                crate::model::Sha256::of(bytes.get(at..at + run).unwrap_or_default()).short()
            ),
        });
    }
}

/// Whether base64 text is a packed document: markup or values, and no script in it.
fn is_document(text: &[u8]) -> bool {
    use std::io::Read;
    /// Bytes of the largest document that is looked at.
    const MOST: u64 = 1 << 18;
    let end = text.iter().position(|byte| !byte.is_ascii_alphanumeric() && !b"+/=".contains(byte));
    let text = text.get(..end.unwrap_or(text.len())).unwrap_or_default();
    let Some(packed) = std::str::from_utf8(text).ok().and_then(decode_base64) else { return false };
    let mut plain = Vec::new();
    if flate2::read::GzDecoder::new(packed.as_slice()).take(MOST).read_to_end(&mut plain).is_err() {
        return false;
    }
    let Ok(plain) = String::from_utf8(plain) else { return false };
    let small = plain.to_ascii_lowercase();
    let runs =
        ["<script", "<?php", "javascript:", "onload=", "eval("].iter().any(|sign| small.contains(sign));
    small.trim_start().starts_with(['<', '{', '[']) && !runs
}

fn article(kind: &str) -> String {
    match kind {
        "ELF" => "an ELF program".to_owned(),
        "zip" | "gzip" | "7z" | "xz" => format!("a {kind} archive"),
        "script" => "a script".to_owned(),
        _ => format!("a {kind} program"),
    }
}

/// How far encoded data goes: what base64, hexadecimal, escapes and lists of numbers are written with, line
/// ends and quotes between pieces included.
fn run_length(bytes: &[u8]) -> usize {
    let data = |b: &u8| b.is_ascii_alphanumeric() || b"+/=\\, \t\r\n\"'x".contains(b);
    let end = bytes.iter().position(|b| !data(b)).unwrap_or(bytes.len());
    // Code that follows the literal is no data: words between blanks longer than any piece of a list.
    bytes.get(..end).unwrap_or_default().trim_ascii_end().len()
}

#[cfg(test)]
mod tests {
    use super::super::tests::found;
    use crate::model::scan::Severity;

    #[test]
    fn a_program_in_a_literal_is_found_in_every_spelling() {
        let long = "AAAA".repeat(200);
        let numbers = "0x00, ".repeat(200);
        let program = [("embedded-program", Severity::High)];
        assert_eq!(found("a.py", &format!("x = 'f0VMRgIBAQA{long}'\n")), program);
        assert_eq!(found("a.c", &format!("char x[] = {{ 0x7f, 0x45, 0x4c, 0x46, {numbers} }};\n")), program);
        assert_eq!(found("a.ps1", &format!("$x = \"TVqQAAMAAAAEAAAA{long}\"\n")), program);
        assert_eq!(found("a.json", &format!("{{\"x\": \"7f454c46{}\"}}", "00".repeat(300))), program);
        assert_eq!(found("a.py", &format!("x = 'H4sIAAAA{long}'\n")), [("embedded-archive", Severity::Low)]);
    }

    #[test]
    fn a_magic_number_alone_is_no_program() {
        assert_eq!(found("a.c", "if (memcmp(p, \"\\x7fELF\\x02\", 5) == 0) return 1;\n"), []);
        assert_eq!(found("a.py", "MAGIC = [127, 69, 76, 70]\n"), []);
        assert_eq!(found("README.md", &format!("f0VMRgIBAQA{}", "AAAA".repeat(200))), []);
        assert_eq!(found("a.py", &format!("x = 'QUJDf0VMRg{}'\n", "AAAA".repeat(200))), []);
    }
}
