//! `vec![…]` of Rust as the list it makes: inside a macro the grammar sees tokens, inside a list expressions.

use std::borrow::Cow;

use crate::scan::code::map::Set;

/// What a list is written with.
const LIST: &[u8] = b"vec![";

/// `bytes` with the name of each such macro left blank.
pub fn as_lists<'b>(bytes: &'b [u8], _: &Set<Box<str>>) -> Cow<'b, [u8]> {
    if memchr::memmem::find(bytes, LIST).is_none() {
        return Cow::Borrowed(bytes);
    }
    let mut out = bytes.to_vec();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let rest = bytes.get(at..).unwrap_or_default();
        at += match byte {
            b'"' => {
                let before = bytes.get(..at).unwrap_or_default();
                let hashes = before.iter().rev().take_while(|byte| **byte == b'#').count();
                let raw = before.get(..at - hashes).is_some_and(|before| before.ends_with(b"r"));
                text(rest, hashes, raw)
            }
            b'\'' => letter(rest),
            b'/' if rest.starts_with(b"//") => memchr::memchr(b'\n', rest).unwrap_or(rest.len()),
            b'/' if rest.starts_with(b"/*") => {
                memchr::memmem::find(rest, b"*/").map_or(rest.len(), |end| end + 2)
            }
            b'v' if rest.starts_with(LIST)
                && !at.checked_sub(1).is_some_and(|before| is_word(bytes, before)) =>
            {
                if let Some(name) = out.get_mut(at..at + LIST.len() - 1) {
                    name.fill(b' ');
                }
                LIST.len()
            }
            _ => 1,
        };
    }
    Cow::Owned(out)
}

fn is_word(bytes: &[u8], at: usize) -> bool {
    bytes.get(at).is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':'))
}

/// The length of the text `rest` begins with; one with `hashes` before it ends before as many, and in one that is `raw`
/// a backslash is one.
fn text(rest: &[u8], hashes: usize, raw: bool) -> usize {
    let mut at = 1;
    while let Some(byte) = rest.get(at) {
        match byte {
            b'\\' if !raw => at += 1,
            b'"' => {
                let after = rest.get(at + 1..).unwrap_or_default();
                if after.iter().take(hashes).filter(|byte| **byte == b'#').count() == hashes {
                    return at + 1;
                }
            }
            _ => {}
        }
        at += 1;
    }
    rest.len()
}

/// The length of the letter `rest` begins with; 1 where it is the mark of a lifetime.
fn letter(rest: &[u8]) -> usize {
    match rest {
        [_, b'\\', ..] => {
            rest.iter().skip(3).take(12).position(|byte| *byte == b'\'').map_or(1, |end| end + 4)
        }
        [_, _, b'\'', ..] => 3,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::as_lists;
    use crate::scan::code::map::Set;

    fn read(text: &str) -> String {
        String::from_utf8_lossy(&as_lists(text.as_bytes(), &Set::default())).into_owned()
    }

    #[test]
    fn only_the_macro_is_blank() {
        assert_eq!(read("let a = vec![b(C { d: 1 }), vec![]];"), "let a =     [b(C { d: 1 }),     []];");
        for same in
            ["\"vec![1]\"", "r#\"a\" vec![1]\"#", "// vec![1]", "/* vec![1] */", "myvec![1]", "x::vec![1]"]
        {
            assert_eq!(read(same), same);
        }
        assert_eq!(read("('\"', '\\'', vec![1])"), "('\"', '\\'',     [1])");
        assert_eq!(read(r#"(r"c:\", vec!["x"])"#), r#"(r"c:\",     ["x"])"#);
        assert_eq!(read("fn a<'a>() { vec![\"x\"] }"), "fn a<'a>() {     [\"x\"] }");
    }
}
