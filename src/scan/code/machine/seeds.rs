//! What a text may be made of, whatever makes it: rows of numbers, long numbers, letters one by one.

/// Numbers in a row.
const ROW: usize = 6;
/// Digits of a number that may be a text.
const DIGITS: usize = 16;
/// Digits of one in base 16.
const HEXADECIMAL: usize = 8;
/// Literals of one character in a file.
const LETTERS: usize = 5;

/// Whether something of the kind stands in `src`.
pub(super) fn has_seeds(src: &[u8]) -> bool {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let mut at = 0;
    let mut row = 0;
    let mut letters = 0;
    while let Some(byte) = src.get(at) {
        match byte {
            b'0'..=b'9' => {
                let rest = src.get(at..).unwrap_or_default();
                let length = rest.iter().position(|byte| !word(*byte)).unwrap_or(rest.len());
                let hex = rest.starts_with(b"0x") || rest.starts_with(b"0X");
                row += 1;
                if row >= ROW || length >= DIGITS || hex && length >= HEXADECIMAL + 2 {
                    return true;
                }
                at += length;
                continue;
            }
            b',' | b' ' | b'\n' | b'\t' | b'\r' | b'-' => {}
            b'"' | b'\'' | b'`' => {
                row = 0;
                let inner = src.get(at + 1).is_some_and(|inner| inner != byte && *inner != b'\n');
                if inner && src.get(at + 2) == Some(byte) {
                    letters += 1;
                    if letters >= LETTERS {
                        return true;
                    }
                    at += 3;
                    continue;
                }
            }
            byte if word(*byte) => {
                row = 0;
                let rest = src.get(at..).unwrap_or_default();
                at += rest.iter().position(|byte| !word(*byte)).unwrap_or(rest.len());
                continue;
            }
            _ => row = 0,
        }
        at += 1;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::has_seeds;

    #[test]
    fn rows_of_numbers_long_numbers_and_single_letters_are_seen() {
        assert!(has_seeds(b"x = [1, 2, 3, 4, 5, 6]"));
        assert!(has_seeds(b"x = 12345678901234567"));
        assert!(has_seeds(b"x = 0x12345678"));
        assert!(has_seeds(b"{'a': 'b', 'c': 'd', 'e': 'f', 'g': 'h'}"));
        assert!(!has_seeds(b"x = [1, 2, y3, 4, 5, 'six'] + 'a' + 'b'"));
        assert!(!has_seeds(b""));
    }
}
