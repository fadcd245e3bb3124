//! A file's bytes as text: encoding, lines, columns, bounded excerpts.
//!
//! Nothing here fails: bytes that are not UTF-8 stay what they are and are shown escaped. Positions are
//! found through checkpoints every 64 KiB, so that a single line of a gigabyte costs no more than many lines.

use std::borrow::Cow;
use std::sync::OnceLock;

use crate::model::path::escape;
use crate::model::scan::Location;

/// A file read as text.
pub struct Text<'a> {
    bytes: Cow<'a, [u8]>,
    /// How the bytes were read.
    pub encoding: Encoding,
    checkpoints: OnceLock<Vec<Checkpoint>>,
}

/// How a file's bytes encode its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// ASCII alone.
    Ascii,
    /// UTF-8 throughout.
    Utf8,
    /// UTF-16, little endian; decoded, so that positions are those of the decoded text.
    Utf16Le,
    /// UTF-16, big endian; decoded likewise.
    Utf16Be,
    /// Something else, most often an 8-bit encoding: read byte by byte.
    Other,
}

/// Newlines before a block, and where the last of them stands.
#[derive(Clone, Copy, Default)]
struct Checkpoint {
    newlines: u32,
    line_start: usize,
}

const BLOCK: usize = 64 << 10;

/// Longest excerpt, in bytes before escaping.
const EXCERPT: usize = 160;

/// Decoding UTF-16 doubles the memory, so it is done up to this size.
const DECODED: usize = 64 << 20;

impl<'a> Text<'a> {
    /// `bytes` as text.
    pub fn new(bytes: &'a [u8]) -> Text<'a> {
        let (bytes, encoding) = match utf16(bytes) {
            Some(big_endian) if bytes.len() <= DECODED => {
                let decoded = decode_utf16(bytes, big_endian).into_bytes();
                (Cow::Owned(decoded), if big_endian { Encoding::Utf16Be } else { Encoding::Utf16Le })
            }
            _ if bytes.is_ascii() => (Cow::Borrowed(bytes), Encoding::Ascii),
            _ if std::str::from_utf8(bytes).is_ok() => (Cow::Borrowed(bytes), Encoding::Utf8),
            _ => (Cow::Borrowed(bytes), Encoding::Other),
        };
        Text { bytes, encoding, checkpoints: OnceLock::new() }
    }

    /// The text's bytes: the file's own, or UTF-8 where the file was UTF-16.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Line and column of `offset`, both from 1, the column in bytes.
    pub fn position(&self, offset: usize) -> (u32, u32) {
        let offset = offset.min(self.bytes.len());
        let checkpoint = self.checkpoints().get(offset / BLOCK).copied().unwrap_or_default();
        let block = offset / BLOCK * BLOCK;
        let before = self.bytes.get(block..offset).unwrap_or_default();
        let newlines = checkpoint.newlines.saturating_add(count_newlines(before));
        let line_start =
            before.iter().rposition(|b| *b == b'\n').map_or(checkpoint.line_start, |at| block + at + 1);
        (newlines.saturating_add(1), u32::try_from(offset - line_start).unwrap_or(u32::MAX).saturating_add(1))
    }

    /// Where `start..end` stands in the file `path`.
    pub fn location(&self, path: &str, start: usize, end: usize) -> Location {
        let (start_line, start_column) = self.position(start);
        let (end_line, _) = self.position(end.max(start));
        Location { path: path.to_owned(), start_line, end_line, start_column }
    }

    /// The line `offset` stands in, escaped; where it is long, the part around `offset`.
    pub fn excerpt(&self, offset: usize) -> String {
        let offset = offset.min(self.bytes.len());
        let from = offset.saturating_sub(EXCERPT / 2);
        let before = self.bytes.get(from..offset).unwrap_or_default();
        let start = before.iter().rposition(|b| *b == b'\n').map(|at| from + at + 1);
        let after = self.bytes.get(offset..self.bytes.len().min(offset + EXCERPT)).unwrap_or_default();
        let end = after.iter().position(|b| *b == b'\n').map(|at| offset + at);
        let begin = start.unwrap_or(from);
        let finish = end.unwrap_or(offset + after.len()).min(begin + EXCERPT);
        let shown = escape(self.bytes.get(begin..finish.max(offset)).unwrap_or_default().trim_ascii());
        let head = if start.is_none() && from > 0 { "… " } else { "" };
        let tail = if end == Some(finish) || finish == self.bytes.len() { "" } else { " …" };
        format!("{head}{shown}{tail}")
    }

    /// How many lines the text has.
    pub fn lines(&self) -> u32 {
        self.position(self.bytes.len()).0
    }

    fn checkpoints(&self) -> &[Checkpoint] {
        self.checkpoints.get_or_init(|| {
            let mut at = Checkpoint::default();
            let mut list = vec![at];
            for (index, block) in self.bytes.chunks(BLOCK).enumerate() {
                at.newlines = at.newlines.saturating_add(count_newlines(block));
                if let Some(last) = block.iter().rposition(|b| *b == b'\n') {
                    at.line_start = index * BLOCK + last + 1;
                }
                list.push(at);
            }
            list
        })
    }
}

fn count_newlines(bytes: &[u8]) -> u32 {
    // Blocks are at most 64 KiB, so the count fits.
    bytes.iter().filter(|b| **b == b'\n').count() as u32
}

/// Whether `bytes` are UTF-16, and if so whether big endian: by byte-order mark, or where nearly every
/// second byte of the beginning is zero and the rest is ASCII text.
fn utf16(bytes: &[u8]) -> Option<bool> {
    match bytes {
        [0xff, 0xfe, 0, 0, ..] => return None,
        [0xff, 0xfe, ..] => return Some(false),
        [0xfe, 0xff, ..] => return Some(true),
        _ => {}
    }
    let head = bytes.get(..bytes.len().min(4096)).unwrap_or_default();
    let pairs = head.len() / 2;
    if pairs < 16 {
        return None;
    }
    let printable = |b: u8| matches!(b, 9 | 10 | 13 | 32..=126);
    let count = |zero: usize, text: usize| {
        head.chunks_exact(2).filter(|pair| pair[zero] == 0 && printable(pair[text])).count()
    };
    if count(1, 0) * 100 >= pairs * 95 {
        Some(false)
    } else if count(0, 1) * 100 >= pairs * 95 {
        Some(true)
    } else {
        None
    }
}

fn decode_utf16(bytes: &[u8], big_endian: bool) -> String {
    let units = bytes.chunks(2).map(|pair| {
        let pair = [pair[0], pair.get(1).copied().unwrap_or(0)];
        if big_endian { u16::from_be_bytes(pair) } else { u16::from_le_bytes(pair) }
    });
    char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_right_on_both_sides_of_a_checkpoint() {
        let mut bytes = b"first\nsecond\n".to_vec();
        bytes.resize(BLOCK + 10, b'x');
        bytes.extend_from_slice(b"\nlast");
        let text = Text::new(&bytes);
        assert_eq!(text.position(0), (1, 1));
        assert_eq!(text.position(6), (2, 1));
        assert_eq!(text.position(BLOCK + 5), (3, (BLOCK + 5 - 13 + 1) as u32));
        assert_eq!(text.position(BLOCK + 11), (4, 1));
        assert_eq!(text.position(usize::MAX), (4, 5));
        assert_eq!(text.lines(), 4);
    }

    #[test]
    fn positions_agree_with_counting_lines_one_by_one() {
        let bytes: Vec<u8> = (0..200_000u32)
            .map(|n| if n.wrapping_mul(2_654_435_761) >> 26 == 3 { b'\n' } else { b'a' })
            .collect();
        let text = Text::new(&bytes);
        for offset in (0..bytes.len()).step_by(997) {
            let before = &bytes[..offset];
            let line = 1 + before.iter().filter(|b| **b == b'\n').count();
            let start = before.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
            assert_eq!(text.position(offset), (line as u32, (offset - start + 1) as u32), "{offset}");
        }
    }

    #[test]
    fn utf16_is_decoded_with_and_without_a_mark() {
        let content = "host = \"updates.example.com\"\nsecond line here\n";
        let le: Vec<u8> = content.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let be: Vec<u8> = content.encode_utf16().flat_map(u16::to_be_bytes).collect();
        for (bytes, encoding) in [(le.clone(), Encoding::Utf16Le), (be, Encoding::Utf16Be)] {
            let text = Text::new(&bytes);
            assert_eq!(text.encoding, encoding);
            assert_eq!(text.bytes(), content.as_bytes());
        }
        let marked = [&[0xff, 0xfe][..], &le].concat();
        assert_eq!(Text::new(&marked).encoding, Encoding::Utf16Le);
        assert_eq!(Text::new(&marked[..5]).encoding, Encoding::Utf16Le, "an odd length is read, not refused");
    }

    #[test]
    fn an_excerpt_is_bounded_escaped_and_holds_its_offset() {
        let mut bytes = vec![b'a'; 5000];
        bytes[2500..2503].copy_from_slice("\u{202e}".as_bytes());
        let text = Text::new(&bytes);
        let excerpt = text.excerpt(2500);
        assert!(excerpt.contains("\\xe2\\x80\\xae"), "{excerpt}");
        assert!(excerpt.starts_with('…') && excerpt.ends_with('…') && excerpt.len() < 400, "{excerpt}");
        assert_eq!(Text::new(b"one\n  two  \nthree").excerpt(6), "two");
    }
}
