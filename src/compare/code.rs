//! The instructions that differ, for people: a view of two code regions, never a judgement.

use iced_x86::Decoder;
use iced_x86::DecoderOptions;
use iced_x86::Formatter;
use iced_x86::IntelFormatter;

use super::bytes::Overlap;

/// Bytes shown before and after the difference: enough for a decoder that starts between two instructions to
/// fall into step before it gets there.
const CONTEXT: usize = 48;

/// Bytes decoded at most.
const WINDOW: usize = 4096;

/// The bitness of an x86 artifact's code; `None` for other machines.
pub fn bitness(format: &str, artifact: &[u8]) -> Option<u32> {
    let le16 = |at: usize| Some(u16::from_le_bytes(artifact.get(at..at + 2)?.try_into().ok()?));
    let machine = match format {
        "elf" if artifact.get(5) == Some(&1) => le16(18)?,
        "pe" => {
            let pe = u32::from_le_bytes(artifact.get(60..64)?.try_into().ok()?);
            le16(usize::try_from(pe).ok()?.checked_add(4).filter(|at| *at < artifact.len())?)?
        }
        _ => return None,
    };
    match machine {
        62 | 0x8664 => Some(64),
        3 | 0x14c => Some(32),
        _ => None,
    }
}

/// The instructions around the difference, one a line, of either side; branch targets relative to the region.
pub fn listings(shipped: &[u8], rebuilt: &[u8], overlap: &Overlap, bits: u32) -> (String, String) {
    let from = overlap.shipped.start.saturating_sub(CONTEXT);
    let window = |bytes: &[u8], end: usize| -> String {
        let end = end.saturating_add(CONTEXT).min(from + WINDOW).min(bytes.len());
        listing(bytes.get(from..end).unwrap_or_default(), from, bits)
    };
    (window(shipped, overlap.shipped.end), window(rebuilt, overlap.rebuilt.end))
}

fn listing(code: &[u8], at: usize, bits: u32) -> String {
    let mut decoder = Decoder::with_ip(bits, code, at as u64, DecoderOptions::NONE);
    let mut formatter = IntelFormatter::new();
    let mut out = String::new();
    while decoder.can_decode() {
        formatter.format(&decoder.decode(), &mut out);
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::bytes::overlap;
    use super::*;

    #[test]
    fn a_changed_constant_is_one_changed_instruction() {
        let shipped = [0x55, 0x48, 0x89, 0xe5, 0xb8, 0xe6, 7, 0, 0, 0x5d, 0xc3];
        let mut rebuilt = shipped;
        rebuilt[5] = 0xea;
        let (theirs, ours) = listings(&shipped, &rebuilt, &overlap(&shipped, &rebuilt), 64);
        let differing: Vec<(&str, &str)> = theirs.lines().zip(ours.lines()).filter(|(a, b)| a != b).collect();
        assert_eq!(differing, [("mov eax,7E6h", "mov eax,7EAh")]);
    }
}
