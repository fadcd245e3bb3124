//! Room in a deflate stream that a decoder passes over.
//!
//! Two deflate streams can decode to the same bytes while one of them carries something else besides: in the
//! fill bits before a stored block, in blocks without content, after the last block. The walk here decodes
//! the block structure (RFC 1951) and nothing of the content, and says whether such room is used.

/// Why a raw deflate stream holds more than its content, if it does.
///
/// # Errors
/// A sentence fragment: what was found, and where.
pub fn holds_only_content(stream: &[u8]) -> Result<(), String> {
    let mut bits = Bits { bytes: stream, at: 0 };
    let mut empty = 0u64;
    let mut produced = 0u64;
    loop {
        let start = bits.at;
        let last = bits.take(1).ok_or_else(cut)? == 1;
        let kind = bits.take(2).ok_or_else(cut)?;
        let size = match kind {
            0 => stored(&mut bits)?,
            1 => coded(&mut bits, &Code::fixed_literals(), &Code::fixed_distances())?,
            2 => {
                let (literals, distances) = dynamic(&mut bits)?;
                let size = coded(&mut bits, &literals, &distances)?;
                if size == 0 && !(last && produced == 0) {
                    return Err(format!("a block of codes without content at bit {start}"));
                }
                size
            }
            _ => return Err(format!("a block of a reserved kind at bit {start}")),
        };
        if size == 0 {
            empty += 1;
        }
        produced = produced.saturating_add(size);
        // A flush leaves an empty block; parallel compressors flush every 128 KiB, streams more often.
        if empty > produced / 1024 + 4 {
            return Err(format!("{empty} blocks without content"));
        }
        if last {
            let rest = bits.take((8 - bits.at % 8) % 8).ok_or_else(cut)?;
            return if rest == 0 { Ok(()) } else { Err("bits after the last block are set".to_owned()) };
        }
    }
}

fn cut() -> String {
    "the stream ends early".to_owned()
}

/// A stored block: fill bits to the next byte, length, its complement, content.
fn stored(bits: &mut Bits<'_>) -> Result<u64, String> {
    let fill = bits.take((8 - bits.at % 8) % 8).ok_or_else(cut)?;
    if fill != 0 {
        return Err(format!("fill bits before a stored block are set at bit {}", bits.at));
    }
    let size = u64::from(bits.take(16).ok_or_else(cut)?);
    let complement = u64::from(bits.take(16).ok_or_else(cut)?);
    if size ^ complement != 0xffff {
        return Err("a stored block's length is damaged".to_owned());
    }
    bits.at = bits.at.saturating_add(size * 8);
    if bits.at > bits.bytes.len() as u64 * 8 { Err(cut()) } else { Ok(size) }
}

/// A coded block up to its end symbol; the bytes it produces.
fn coded(bits: &mut Bits<'_>, literals: &Code, distances: &Code) -> Result<u64, String> {
    let mut size = 0u64;
    loop {
        match literals.symbol(bits).ok_or_else(cut)? {
            0..=255 => size += 1,
            256 => return Ok(size),
            symbol => {
                let at = usize::from(symbol - 257);
                let (base, extra) = LENGTHS.get(at).copied().ok_or("a length code no standard knows")?;
                size += u64::from(base) + u64::from(bits.take(u64::from(extra)).ok_or_else(cut)?);
                let distance = usize::from(distances.symbol(bits).ok_or_else(cut)?);
                // Distance codes come in pairs of one more extra bit, from the third pair on.
                let extra = (distance / 2).saturating_sub(1);
                if distance > 29 {
                    return Err("a distance code no standard knows".to_owned());
                }
                bits.take(extra as u64).ok_or_else(cut)?;
            }
        }
    }
}

/// Length codes from 257: base and extra bits (RFC 1951, 3.2.5).
const LENGTHS: [(u16, u8); 29] = [
    (3, 0),
    (4, 0),
    (5, 0),
    (6, 0),
    (7, 0),
    (8, 0),
    (9, 0),
    (10, 0),
    (11, 1),
    (13, 1),
    (15, 1),
    (17, 1),
    (19, 2),
    (23, 2),
    (27, 2),
    (31, 2),
    (35, 3),
    (43, 3),
    (51, 3),
    (59, 3),
    (67, 4),
    (83, 4),
    (99, 4),
    (115, 4),
    (131, 5),
    (163, 5),
    (195, 5),
    (227, 5),
    (258, 0),
];

/// The order in which the lengths of the code-length code stand (RFC 1951, 3.2.7).
const ORDER: [usize; 19] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/// The codes a dynamic block begins with.
fn dynamic(bits: &mut Bits<'_>) -> Result<(Code, Code), String> {
    let mut count = |width, base| bits.take(width).map(|value| value as usize + base).ok_or_else(cut);
    let (literals, distances, lengths) = (count(5, 257)?, count(5, 1)?, count(4, 4)?);
    let mut code = [0u8; 19];
    for at in ORDER.iter().take(lengths) {
        if let Some(slot) = code.get_mut(*at) {
            *slot = bits.take(3).ok_or_else(cut)? as u8;
        }
    }
    let code = Code::new(&code);
    let mut all: Vec<u8> = Vec::with_capacity(literals + distances);
    while all.len() < literals + distances {
        let (value, times) = match code.symbol(bits).ok_or_else(cut)? {
            symbol @ 0..=15 => (symbol as u8, 1),
            16 => {
                let last = all.last().copied().ok_or("a repeat without anything before it")?;
                (last, 3 + bits.take(2).ok_or_else(cut)?)
            }
            17 => (0, 3 + bits.take(3).ok_or_else(cut)?),
            _ => (0, 11 + bits.take(7).ok_or_else(cut)?),
        };
        all.extend(std::iter::repeat_n(value, times as usize));
    }
    if all.len() > literals + distances {
        return Err("more code lengths than announced".to_owned());
    }
    let (literals, distances) = all.split_at(literals);
    Ok((Code::new(literals), Code::new(distances)))
}

/// A canonical prefix code: how many codes each length has, and the symbols in code order.
struct Code {
    counts: [u16; 16],
    symbols: Vec<u16>,
}

impl Code {
    fn new(lengths: &[u8]) -> Code {
        let mut counts = [0u16; 16];
        let mut symbols: Vec<(u8, u16)> =
            lengths.iter().copied().zip(0u16..).filter(|(length, _)| *length > 0).collect();
        symbols.sort_unstable();
        for (length, _) in &symbols {
            if let Some(count) = counts.get_mut(usize::from(*length)) {
                *count += 1;
            }
        }
        Code { counts, symbols: symbols.into_iter().map(|(_, symbol)| symbol).collect() }
    }

    fn fixed_literals() -> Code {
        let lengths: Vec<u8> = (0..288u16)
            .map(|symbol| match symbol {
                0..=143 => 8,
                144..=255 => 9,
                256..=279 => 7,
                _ => 8,
            })
            .collect();
        Code::new(&lengths)
    }

    fn fixed_distances() -> Code {
        Code::new(&[5; 30])
    }

    fn symbol(&self, bits: &mut Bits<'_>) -> Option<u16> {
        let (mut code, mut first, mut index) = (0u32, 0u32, 0u32);
        for count in self.counts.iter().skip(1) {
            code |= bits.take(1)?;
            let count = u32::from(*count);
            if code < first + count {
                return self.symbols.get((index + code - first) as usize).copied();
            }
            index += count;
            first = (first + count) << 1;
            code <<= 1;
        }
        None
    }
}

/// Bits from the least significant one of each byte.
struct Bits<'a> {
    bytes: &'a [u8],
    at: u64,
}

impl Bits<'_> {
    /// The next `count` bits, at most 16, as a number.
    fn take(&mut self, count: u64) -> Option<u32> {
        let mut value = 0;
        for nth in 0..count {
            let byte = self.bytes.get(usize::try_from(self.at / 8).ok()?)?;
            value |= u32::from(byte >> (self.at % 8) & 1) << nth;
            self.at += 1;
        }
        Some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use std::io::Write;

    fn packed(data: &[u8], level: u32) -> Vec<u8> {
        let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::new(level));
        encoder.write_all(data).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn what_compressors_write_holds_only_its_content() {
        let data: Vec<u8> = (0..90_000u64).flat_map(|n| (n * n % 7919).to_string().into_bytes()).collect();
        for level in 0..=9 {
            for data in [&data[..], &data[..100], b"a", b""] {
                assert_eq!(holds_only_content(&packed(data, level)), Ok(()), "level {level}, {}", data.len());
            }
        }
    }

    #[test]
    fn a_flushed_stream_is_what_compressors_write_too() {
        let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::new(6));
        for _ in 0..20 {
            encoder.write_all(&[b'x'; 4000]).unwrap();
            encoder.flush().unwrap();
        }
        assert_eq!(holds_only_content(&encoder.finish().unwrap()), Ok(()));
    }

    #[test]
    fn what_a_decoder_passes_over_is_found() {
        let data = packed(b"hello hello hello", 6);
        let filled = [&[0b0000_1000, 0, 0, 0xff, 0xff][..], &data].concat();
        assert!(holds_only_content(&filled).unwrap_err().contains("fill bits"));
        let many = [[0, 0, 0, 0xff, 0xff].repeat(50), data.clone()].concat();
        assert!(holds_only_content(&many).unwrap_err().contains("without content"));
        assert!(holds_only_content(&data[..3]).is_err());
        assert!(holds_only_content(&[0xff; 40]).is_err());
    }
}
