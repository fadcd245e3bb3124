//! Words of Kotlin that are modifiers in front of a declaration and names elsewhere (Kotlin language
//! specification, soft keywords), and those of Swift that are operators in front of a name (SE-0366, SE-0377). The grammar takes one at the beginning of a statement for a modifier and cannot
//! read the rest of the file: such a name gets another last letter before the file is parsed.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::bytes::Regex;

use crate::scan::code::map::Set;

static SHAKY: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let shape = r"(?m)(?:^|[{;])[ \t]*(abstract|external|final|infix|inline|internal|lateinit|open|override|private|protected|public|sealed|suspend|vararg|dynamic)[ \t]*(?:\??\.|=[^=]|\[|\+=|-=)";
    Regex::new(shape).ok()
});

/// `bytes` in which soft keywords that are names are written so that the grammar can read them.
pub fn as_names<'b>(bytes: &'b [u8], _: &Set<Box<str>>) -> Cow<'b, [u8]> {
    let mut words: Vec<&[u8]> = SHAKY
        .iter()
        .flat_map(|shaky| shaky.captures_iter(bytes))
        .filter_map(|found| found.get(1))
        .map(|word| word.as_bytes())
        .collect();
    words.sort_unstable();
    words.dedup();
    if words.is_empty() {
        return Cow::Borrowed(bytes);
    }
    let mut out = bytes.to_vec();
    for word in words {
        for at in memchr::memmem::find_iter(bytes, word) {
            let end = at + word.len();
            let before = bytes.get(..at).and_then(|before| before.last());
            let after = bytes.get(end..).unwrap_or_default();
            let part =
                |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
            if part(before) || before == Some(&b'.') || part(after.first()) {
                continue;
            }
            // Before a word it is the modifier, and a function keeps the name by which others call it.
            let next = after.iter().find(|byte| !matches!(byte, b' ' | b'\t'));
            if part(next) || matches!(next, Some(b'@' | b'(' | b'\n' | b'\r') | None) {
                continue;
            }
            if let Some(last) = out.get_mut(end - 1) {
                *last = b'_';
            }
        }
    }
    Cow::Owned(out)
}

/// Operators of Swift that are names of variables too.
const OPERATORS: [&[u8]; 3] = [b"copy", b"consume", b"discard"];

/// [`as_names`] for Swift, where a variable of the file bears the name of an operator.
pub fn as_variables<'b>(bytes: &'b [u8], _: &Set<Box<str>>) -> Cow<'b, [u8]> {
    let part = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    let mut out: Option<Vec<u8>> = None;
    for word in OPERATORS {
        let all: Vec<usize> = memchr::memmem::find_iter(bytes, word).collect();
        let before = |at: usize| bytes.get(..at).unwrap_or_default().trim_ascii_end();
        let declared = |at: usize| before(at).ends_with(b"var") || before(at).ends_with(b"let");
        if !all.iter().any(|at| declared(*at)) {
            continue;
        }
        for at in all {
            let end = at + word.len();
            let after = bytes.get(end..).unwrap_or_default();
            let last = bytes.get(..at).and_then(|before| before.last());
            let next = after.iter().find(|byte| !matches!(byte, b' ' | b'\t'));
            // In front of a name it is the operator; a method and a label keep the name others call them by.
            let kept = part(last) || last == Some(&b'.') || part(after.first()) || part(next);
            if kept || matches!(next, Some(b'(' | b':')) && !declared(at) {
                continue;
            }
            if let Some(letter) = out.get_or_insert_with(|| bytes.to_vec()).get_mut(end - 1) {
                *letter = b'_';
            }
        }
    }
    out.map_or(Cow::Borrowed(bytes), Cow::Owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_also_a_modifier_is_told_from_one() {
        let text = b"open class A {\n    fun f() {\n        val open = g()\n        open.forEach { h(it) }\n        k(\"${open.size}\")\n        door.open()\n    }\n}\n";
        let plain = as_names(text, &Set::default());
        let plain = String::from_utf8(plain.into_owned()).unwrap();
        assert_eq!(
            plain,
            "open class A {\n    fun f() {\n        val ope_ = g()\n        ope_.forEach { h(it) }\n        k(\"${ope_.size}\")\n        door.open()\n    }\n}\n"
        );
        let modifiers = b"internal fun f() = 1\nprivate val a = 2\nopen class B\n";
        assert!(matches!(as_names(modifiers, &Set::default()), Cow::Borrowed(_)));
    }

    #[test]
    fn a_variable_that_is_also_an_operator_is_told_from_one() {
        let text = b"var copy = self\ncopy.last = x.copy()\nlet b = copy a\nreturn copy\nf(copy: copy)\n";
        let plain = as_variables(text, &Set::default());
        assert_eq!(
            String::from_utf8(plain.into_owned()).unwrap(),
            "var cop_ = self\ncop_.last = x.copy()\nlet b = copy a\nreturn cop_\nf(copy: cop_)\n"
        );
        assert!(matches!(as_variables(b"let b = copy a\n", &Set::default()), Cow::Borrowed(_)));
    }
}
