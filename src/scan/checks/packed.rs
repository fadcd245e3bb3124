//! Code that a tool packed or scrambled so that nobody reads it.
//!
//! Marks the tools leave: Dean Edwards' packer, the string arrays of JavaScript obfuscators, JSFuck and its
//! kin, Python and PHP protectors, UPX. Minifying alone is no finding: it is a class of file.

use std::sync::LazyLock;

use regex::bytes::Regex;

use super::Check;
use super::Report;
use super::Subject;
use crate::model::scan::Confidence;
use crate::model::scan::Severity;
use crate::scan::draft::Draft;

pub const CHECK: Check =
    Check { rules: &["packed-code"], about: "Marks that packers and obfuscators leave in code.", run };

/// Literal marks: the text, the languages it counts in, the tool.
const MARKS: &[(&str, &[&str], &str)] = &[
    ("eval(function(p,a,c,k,e,", &["javascript", "html"], "Dean Edwards' packer"),
    ("\u{ff9f}\u{ff70}\u{ff9f}", &["javascript"], "aaencode"),
    ("__pyarmor__(", &["python"], "PyArmor"),
    ("from pyarmor_runtime", &["python"], "PyArmor"),
    ("from pytransform import pyarmor_runtime", &["python"], "PyArmor"),
    ("ionCube Loader", &["php"], "ionCube"),
    ("sg_load(", &["php"], "SourceGuardian"),
    ("Hyperion Obfuscator", &["python"], "Hyperion"),
    ("ConfusedByAttribute", &["csharp"], "ConfuserEx"),
    ("eval(function(w,i,s,e", &["javascript", "html"], "WiseLoop's packer"),
    ("=~[];", &["javascript", "html"], "jjencode"),
    ("SmartAssembly.Attributes", &["csharp"], "SmartAssembly"),
    ("DotfuscatorAttribute", &["csharp"], "Dotfuscator"),
    ("__import__('zlib').decompress(__import__('base64')", &["python"], "a one-line packer"),
    ("eval(gzinflate(base64_decode(", &["php"], "a one-line packer"),
    ("eval(gzuncompress(base64_decode(", &["php"], "a one-line packer"),
    ("eval(str_rot13(gzinflate(", &["php"], "a one-line packer"),
];

/// Identifiers as JavaScript obfuscators make them; so many of them are no accident.
static HEX_NAMES: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(?-u)\b_0x[0-9a-f]{4,6}\b").ok());

const MANY: usize = 12;

/// An array of texts turned round before it is used.
static ROTATED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"(?-u)\bwhile\s*\([^{}\n]{1,40}\)\s*\{[^}]{0,200}?(?:\.push|\[["']push["']\])\(\s*(\w+)(?:\.shift|\[["']shift["']\])\("#)
        .ok()
});

fn run(subject: &Subject, report: &mut Report) {
    let bytes = subject.bytes();
    let language = subject.classified.language;
    let mut push = |at: usize, tool: &str| {
        report.drafts.push(Draft {
            rule: "packed-code",
            category: "obf.packer",
            severity: Severity::High,
            confidence: Confidence::High,
            start: at,
            end: (at + 1).min(bytes.len()),
            message: format!("this code was packed or scrambled ({tool}): it cannot be read where it stands"),
            question: "What is the source this was made from, and why is it not shipped?",
            key: tool.to_owned(),
        });
    };
    for (mark, languages, tool) in MARKS {
        if languages.contains(&language)
            && let Some(at) =
                memchr::memmem::find_iter(bytes, mark.as_bytes()).find(|at| !subject.in_comment(*at))
        {
            push(at, tool);
        }
    }
    let script = matches!(language, "javascript" | "typescript" | "html");
    if script && memchr::memmem::find(bytes, b"_0x").is_some() {
        let mut names = HEX_NAMES.iter().flat_map(|pattern| pattern.find_iter(bytes));
        if let Some(first) = names.next().filter(|_| names.nth(MANY - 2).is_some()) {
            push(first.start(), "hexadecimal names");
        }
        if let Some(turned) = ROTATED.as_ref().and_then(|pattern| pattern.find(bytes)) {
            push(turned.start(), "an array of texts that is turned round");
        }
    }
    if script && let Some(at) = brackets_alone(bytes) {
        push(at, "code of brackets alone, as JSFuck writes it");
    }
}

/// Where a run of 60 characters begins that are all of `[]()!+`, with what spells `false` in it.
fn brackets_alone(bytes: &[u8]) -> Option<usize> {
    const RUN: usize = 60;
    let one = |b: u8| matches!(b, b'[' | b']' | b'(' | b')' | b'!' | b'+');
    let mut at = RUN - 1;
    while let Some(byte) = bytes.get(at) {
        if one(*byte) {
            let start = bytes[..at].iter().rposition(|b| !one(*b)).map_or(0, |n| n + 1);
            let end = bytes[at..].iter().position(|b| !one(*b)).map_or(bytes.len(), |n| at + n);
            if end - start >= RUN && memchr::memmem::find(&bytes[start..end], b"(![]+[])").is_some() {
                return Some(start);
            }
            at = end;
        }
        at += RUN;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::tests::found;
    use crate::model::scan::Severity;

    #[test]
    fn what_packers_leave_is_found() {
        let packed = [("packed-code", Severity::High)];
        // What is told line by line of such code is another check's.
        let found = |name: &str, text: &str| -> Vec<_> {
            found(name, text).into_iter().filter(|(rule, _)| *rule != "disguised-code").collect()
        };
        let names: String = (0..40).map(|n| format!("var _0x{:04x}=_0x4f2a({n});\n", 0x1000 + n)).collect();
        assert_eq!(found("a.js", "eval(function(p,a,c,k,e,d){return p}('0',1,1,''.split('|')))\n"), packed);
        assert_eq!(found("a.js", &names), packed);
        assert_eq!(found("a.js", &"(![]+[])[+[]]+".repeat(60)), packed);
        assert_eq!(
            found("a.py", "from pyarmor_runtime import __pyarmor__\n__pyarmor__(__name__, b'x')\n").len(),
            2
        );
    }

    #[test]
    fn ordinary_and_minified_code_is_not_packed() {
        assert_eq!(found("a.js", &"function a(b,c){return b.d(c)+e[f]};".repeat(60)), []);
        assert_eq!(found("a.js", "var _0xabcd = 1;\n"), []);
        assert_eq!(found("a.py", "# from pyarmor_runtime\nx = 1\n"), []);
        assert_eq!(found("a.js", &"[[1],[2]],\n".repeat(200)), []);
    }
}
