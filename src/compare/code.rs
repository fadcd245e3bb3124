//! The instructions that differ, for people: a view of two code regions, never a judgement.

use iced_x86::Decoder;
use iced_x86::DecoderOptions;
use iced_x86::Formatter;
use iced_x86::IntelFormatter;
use yaxpeax_arch::Decoder as _;
use yaxpeax_arch::U8Reader;
use yaxpeax_arm::armv8::a64::InstDecoder;

use super::bytes::Overlap;

/// Bytes shown before and after the difference: enough for a decoder that starts between two instructions to
/// fall into step before it gets there.
const CONTEXT: usize = 48;

/// Bytes decoded at most.
const WINDOW: usize = 4096;

/// A machine whose instructions can be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Machine {
    /// x86 of this many bits.
    X86(u32),
    /// AArch64.
    Arm64,
}

/// The machine of an artifact's code; `None` for those that are not known here.
pub fn machine(format: &str, artifact: &[u8]) -> Option<Machine> {
    let le16 = |at: usize| Some(u16::from_le_bytes(artifact.get(at..at + 2)?.try_into().ok()?));
    let machine = match format {
        "elf" if artifact.get(5) == Some(&1) => le16(18)?,
        "pe" => {
            let pe = u32::from_le_bytes(artifact.get(60..64)?.try_into().ok()?);
            le16(usize::try_from(pe).ok()?.checked_add(4).filter(|at| *at < artifact.len())?)?
        }
        "mach-o" => match artifact.get(..8)? {
            [0xcf, 0xfa, 0xed, 0xfe, 7, 0, 0, 1] => 62,
            [0xcf, 0xfa, 0xed, 0xfe, 12, 0, 0, 1] => 183,
            [0xce, 0xfa, 0xed, 0xfe, 7, 0, 0, 0] => 3,
            _ => return None,
        },
        _ => return None,
    };
    match machine {
        62 | 0x8664 => Some(Machine::X86(64)),
        3 | 0x14c => Some(Machine::X86(32)),
        183 | 0xaa64 => Some(Machine::Arm64),
        _ => None,
    }
}

/// The instructions around the difference, one a line, of either side; branch targets relative to the region.
pub fn listings(shipped: &[u8], rebuilt: &[u8], overlap: &Overlap, machine: Machine) -> (String, String) {
    // A region of code starts at an instruction, and those of AArch64 are four bytes each.
    let from = overlap.shipped.start.saturating_sub(CONTEXT) / 4 * 4;
    let window = |bytes: &[u8], end: usize| -> String {
        let end = end.saturating_add(CONTEXT).min(from + WINDOW).min(bytes.len());
        let code = bytes.get(from..end).unwrap_or_default();
        match machine {
            Machine::X86(bits) => x86(code, from, bits),
            Machine::Arm64 => arm64(code),
        }
    };
    (window(shipped, overlap.shipped.end), window(rebuilt, overlap.rebuilt.end))
}

fn x86(code: &[u8], at: usize, bits: u32) -> String {
    let mut decoder = Decoder::with_ip(bits, code, at as u64, DecoderOptions::NONE);
    let mut formatter = IntelFormatter::new();
    let mut out = String::new();
    while decoder.can_decode() {
        formatter.format(&decoder.decode(), &mut out);
        out.push('\n');
    }
    out
}

fn arm64(code: &[u8]) -> String {
    let decoder = InstDecoder::default();
    let (words, _) = code.as_chunks::<4>();
    let mut out = String::new();
    for word in words {
        let shown = match decoder.decode(&mut U8Reader::new(word)) {
            Ok(instruction) => instruction.to_string(),
            Err(_) => format!(".word {:#010x}", u32::from_le_bytes(*word)),
        };
        out.push_str(&shown);
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
        let (theirs, ours) = listings(&shipped, &rebuilt, &overlap(&shipped, &rebuilt), Machine::X86(64));
        let differing: Vec<(&str, &str)> = theirs.lines().zip(ours.lines()).filter(|(a, b)| a != b).collect();
        assert_eq!(differing, [("mov eax,7E6h", "mov eax,7EAh")]);
    }

    #[test]
    fn arm_code_is_shown_as_instructions_too() {
        let shipped = [0x40, 0xfd, 0x80, 0x52, 0xc0, 0x03, 0x5f, 0xd6];
        let mut rebuilt = shipped;
        rebuilt[0] = 0xc0;
        let (theirs, ours) = listings(&shipped, &rebuilt, &overlap(&shipped, &rebuilt), Machine::Arm64);
        let differing: Vec<(&str, &str)> = theirs.lines().zip(ours.lines()).filter(|(a, b)| a != b).collect();
        assert_eq!(differing, [("mov w0, #0x7ea", "mov w0, #0x7ee")]);
    }

    /// The decoder is another's: no word may end it.
    #[test]
    fn every_kind_of_word_is_shown() {
        for n in 0..2_000_000u32 {
            let word = n.wrapping_mul(2_654_435_761);
            assert!(!arm64(&word.to_le_bytes()).is_empty());
        }
    }
}
