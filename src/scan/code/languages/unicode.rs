//! Letters written as `\u0050` outside of texts: Java reads them before anything else (JLS 3.3), C# as parts of
//! names (ECMA-334 6.4.3). They are put back before the file is parsed, in as many lines.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;

use crate::scan::code::map::Set;

/// `bytes` with the letters, digits and signs of ASCII that are written as escapes put back. A line end that is written so ends a comment: what follows is code.
pub fn put_back<'b>(bytes: &'b [u8], _: &Set<Box<str>>) -> Cow<'b, [u8]> {
    escapes(bytes, false)
}

/// [`put_back`] for a language in which the signs of a comment may be written so too.
pub fn put_back_signs<'b>(bytes: &'b [u8], _: &Set<Box<str>>) -> Cow<'b, [u8]> {
    escapes(bytes, true)
}

/// `bytes` with the letters of other alphabets of mathematics put back that Python takes for those of ASCII (PEP 3131,
/// NFKC), in names and in texts alike.
pub fn plain_letters<'b>(bytes: &'b [u8], _: &Set<Box<str>>) -> Cow<'b, [u8]> {
    if bytes.is_ascii() {
        return Cow::Borrowed(bytes);
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return Cow::Borrowed(bytes) };
    if text.chars().all(|letter| plain_letter(letter) == letter) {
        return Cow::Borrowed(bytes);
    }
    Cow::Owned(text.chars().map(plain_letter).collect::<String>().into_bytes())
}

/// The letter of ASCII that a letter of mathematics, or one of full width, stands for.
fn plain_letter(letter: char) -> char {
    let code = u32::from(letter);
    let at = match code {
        // Thirteen alphabets of 52 letters each.
        0x1d400..=0x1d6a3 => (code - 0x1d400) % 52,
        0xff21..=0xff3a => code - 0xff21,
        0xff41..=0xff5a => code - 0xff41 + 26,
        // Ordinals, the long s, raised and lowered letters, letters as symbols.
        0xaa
        | 0xba
        | 0x17f
        | 0x2b0..=0x2b8
        | 0x1d2c..=0x1d6a
        | 0x2071
        | 0x207f
        | 0x2090..=0x209c
        | 0x2100..=0x214f => {
            let mut plain = std::iter::once(letter).nfkc();
            return match (plain.next(), plain.next()) {
                (Some(plain), None) if plain.is_ascii_alphabetic() => plain,
                _ => letter,
            };
        }
        _ => return letter,
    };
    let from = if at < 26 { b'A' } else { b'a' };
    char::from(from + (at % 26) as u8)
}

fn escapes(bytes: &[u8], signs: bool) -> Cow<'_, [u8]> {
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
            | b']'
            | b'*'
            | b'/'
                if signs || !matches!(code, b'*' | b'/') =>
            {
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

    fn read(bytes: Cow<'_, [u8]>) -> String {
        String::from_utf8_lossy(&bytes).into_owned()
    }

    #[test]
    fn letters_of_mathematics_are_those_of_ascii() {
        let none = Set::default();
        assert_eq!(
            read(plain_letters("\u{1d626}\u{1d639}\u{1d626}\u{1d624}(x)".as_bytes(), &none)),
            "exec(x)"
        );
        assert_eq!(read(plain_letters("\u{ff45}\u{ff56}al(x)".as_bytes(), &none)), "eval(x)");
        assert_eq!(read(plain_letters("naïve(x)".as_bytes(), &none)), "naïve(x)");
    }

    #[test]
    fn a_comment_ends_where_the_language_lets_it_be_written_so() {
        let none = Set::default();
        let text = br"/* \u002a\u002f f(); \u002f\u002a */";
        assert_eq!(read(put_back_signs(text, &none)), "/* */ f(); /* */");
        assert_eq!(read(put_back(text, &none)), String::from_utf8_lossy(text));
    }
}
