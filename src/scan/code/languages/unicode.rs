//! Letters written as `\u0050` outside of texts: Java reads them before anything else (JLS 3.3), C# as parts of
//! names (ECMA-334 6.4.3). They are put back before the file is parsed, in as many lines.

use std::borrow::Cow;

use crate::scan::code::map::Set;

/// `bytes` with the letters, digits and signs of ASCII that are written as escapes put back. A line end that is written so ends a comment: what follows is code.
pub fn put_back<'b>(bytes: &'b [u8], _: &Set<Box<str>>) -> Cow<'b, [u8]> {
    let mut out: Option<Vec<u8>> = None;
    let mut from = 0;
    let mut kept = 0;
    for at in memchr::memmem::find_iter(bytes, b"\\u00") {
        let before = bytes.get(..at).unwrap_or_default();
        let slashes = before.iter().rev().take_while(|byte| **byte == b'\\').count();
        if at < from || slashes % 2 == 1 {
            continue;
        }
        let digits = bytes.get(at + 4..at + 6).and_then(|digits| std::str::from_utf8(digits).ok());
        let Some(code) = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) else { continue };
        let all = out.get_or_insert_with(|| Vec::with_capacity(bytes.len()));
        match code {
            b'\n' | b'\r' => {
                all.extend(bytes.get(kept..at).unwrap_or_default());
                let line = all.iter().rposition(|byte| *byte == b'\n').map_or(0, |line| line + 1);
                let comment = all.get(line..).and_then(|line| memchr::memmem::find(line, b"//"));
                if let Some(star) = comment.and_then(|comment| all.get_mut(line + comment + 1)) {
                    *star = b'*';
                    all.extend(b"*/");
                }
            }
            b'0'..=b'9'
            | b'A'..=b'Z'
            | b'a'..=b'z'
            | b'_'
            | b'$'
            | b'('
            | b')'
            | b'.'
            | b';'
            | b'{'
            | b'}'
            | b'['
            | b']' => {
                all.extend(bytes.get(kept..at).unwrap_or_default());
                all.push(code);
            }
            _ => continue,
        }
        from = at + 6;
        kept = from;
    }
    match out {
        Some(mut all) => {
            all.extend(bytes.get(kept..).unwrap_or_default());
            Cow::Owned(all)
        }
        None => Cow::Borrowed(bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn back(text: &str) -> String {
        String::from_utf8(put_back(text.as_bytes(), &Set::default()).into_owned()).unwrap()
    }

    #[test]
    fn letters_are_put_back_and_a_line_end_ends_a_comment() {
        assert_eq!(back("\\u0050rocess.\\u0053tart(x);"), "Process.Start(x);");
        assert_eq!(back("a\n// b \\u000a run();\nc"), "a\n/* b */ run();\nc");
    }

    #[test]
    fn escaped_backslashes_and_other_signs_stay() {
        for text in ["\"\\\\u0050\"", "\"caf\\u00e9\"", "\"\\u0022\"", "\\u00", "\\u00zz"] {
            assert_eq!(back(text), text);
        }
    }
}
