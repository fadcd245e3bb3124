//! Long literals that look like chance: encrypted or compressed data, keys, whatever cannot be read.
//!
//! Measured by the entropy of their characters: text in any language has some four bits each, base64 of
//! random data nearly six. Hexadecimal digits never have more than four: only where they are many are they looked at.

use super::Check;
use super::Report;
use super::Subject;
use crate::model::scan::Confidence;
use crate::model::scan::Severity;
use crate::scan::code::Language;
use crate::scan::draft::Draft;
use crate::scan::syntax::Kind;

pub const CHECK: Check = Check {
    rules: &["scrambled-literal"],
    about: "A long literal in a program whose characters look like chance.",
    run,
};

/// A shorter literal is a key, a hash or a signature.
const SHORTEST: usize = 180;
/// Bytes of one literal that are measured.
const MEASURED: usize = 4096;
/// Hexadecimal digits that are no key, no digest and no signature, and the bits of entropy of each at the least.
const HEXADECIMAL: (usize, f64) = (600, 3.9);
/// Bits of entropy for each character: what base64 of some 200 random bytes has at the least.
const LEAST: f64 = 5.3;

fn run(subject: &Subject, report: &mut Report) {
    if Language::from_name(subject.classified.language).is_none() {
        return;
    }
    let bytes = subject.bytes();
    for span in subject.spans.iter().filter(|span| span.kind == Kind::String) {
        let text = bytes.get(span.range.clone()).unwrap_or_default();
        let inner = text.trim_ascii().strip_suffix(b"\"").unwrap_or(text);
        let inner: &[u8] = inner.get(..MEASURED.min(inner.len())).unwrap_or_default();
        let hexadecimal = inner.len() >= HEXADECIMAL.0
            && inner.iter().filter(|byte| byte.is_ascii_hexdigit()).count() + 2 >= inner.len();
        let least = if hexadecimal { HEXADECIMAL.1 } else { LEAST };
        if inner.len() < SHORTEST || is_known(inner) || entropy(inner) < least {
            continue;
        }
        report.drafts.push(Draft {
            rule: "scrambled-literal",
            category: "obf.high-entropy",
            severity: Severity::Low,
            confidence: Confidence::Medium,
            start: span.range.start,
            end: span.range.end,
            message: format!("a literal of {} characters looks like chance: it cannot be read", text.len()),
            question: "What does it hold, and what reads it?",
            key: crate::model::Sha256::of(text).short().to_string(),
        });
    }
}

/// Whether a literal is no secret to anyone: a certificate, a token, an image, or anything with blanks in it.
fn is_known(text: &[u8]) -> bool {
    let start = text.trim_ascii_start();
    let start = start.strip_prefix(b"\"").or(start.strip_prefix(b"'")).unwrap_or(start);
    let known: [&[u8]; 8] = [b"MII", b"data:", b"eyJ", b"-----", b"sha", b"iVBOR", b"R0lGOD", b"/9j/"];
    let encoded = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=_-\"'\\\r\n".contains(byte);
    known.iter().any(|known| start.starts_with(known))
        || text.windows(7).take(80).any(|window| window == b"base64,")
        || text.iter().filter(|byte| !encoded(byte)).count() > text.len() / 50
}

/// Bits for each byte.
fn entropy(text: &[u8]) -> f64 {
    let mut counts = [0u32; 256];
    for byte in text {
        if let Some(count) = counts.get_mut(usize::from(*byte)) {
            *count += 1;
        }
    }
    let all = text.len() as f64;
    counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| {
            let share = f64::from(*count) / all;
            -share * share.log2()
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::super::tests::found;
    use crate::model::scan::Severity;

    fn noise(length: usize) -> String {
        let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let mut state = 1u32;
        let mut text = String::new();
        for _ in 0..length {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            text.push(char::from(alphabet[(state >> 26) as usize]));
        }
        text
    }

    #[test]
    fn noise_in_a_program_is_told_and_what_is_known_or_can_be_read_is_not() {
        let told = [("scrambled-literal", Severity::Low)];
        assert_eq!(found("a.py", &format!("K = \"{}\"\n", noise(300))), told);
        assert_eq!(found("a.py", &format!("K = \"{}\"\n", noise(90))), []);
        assert_eq!(found("a.py", &format!("K = \"MII{}\"\n", noise(300))), []);
        assert_eq!(found("a.js", &format!("k = \"data:font/woff;base64,{}\"\n", noise(300))), []);
        assert_eq!(found("a.py", &format!("K = \"{}\"\n", "lorem ipsum dolor sit amet ".repeat(20))), []);
        assert_eq!(found("a.py", &format!("K = \"{}\"\n", "0123456789abcdef".repeat(20))), []);
        assert_eq!(found("notes.md", &format!("\"{}\"\n", noise(300))), []);
    }
}
