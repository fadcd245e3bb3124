//! Instructions on both sides, one by one: equal but for addresses, and each address the same place.

use iced_x86::Decoder;
use iced_x86::DecoderOptions;
use iced_x86::Instruction;
use iced_x86::Mnemonic;
use iced_x86::OpKind;
use iced_x86::Register;

use super::image::Section;
use super::places::Places;

/// What was found in the instructions.
#[derive(Default)]
pub struct Instructions {
    /// Decoded.
    pub all: u64,
    /// That differ, in their address alone.
    pub moved: u64,
    /// The first of them, as sentences.
    pub examples: Vec<String>,
    /// Rebuilt addresses that instructions refer to.
    pub references: Vec<u64>,
}

/// Examples kept.
const EXAMPLES: usize = 4;

/// Code looked at, in bytes.
pub const LARGEST: u64 = 48 << 20;

/// Every executable section of both sides, in pairs of equal size; `targets` are where words of data lead.
///
/// # Errors
/// A sentence: the first instruction that is not shown to do the same.
pub fn check(
    pairs: &[(&Section<'_>, &Section<'_>)],
    places: &Places,
    targets: &[(u64, u64)],
) -> Result<Instructions, String> {
    let mut found = Instructions::default();
    let mut starts: Vec<Starts> = Vec::new();
    let mut into_code: Vec<(u64, u64)> = targets.to_vec();
    for (shipped, rebuilt) in pairs {
        starts.push(section((shipped, rebuilt), pairs, places, &mut found, &mut into_code)?);
    }
    // An address within an instruction is another program in the same bytes, and addresses are part of them.
    for (at, target) in into_code {
        let begins = starts.iter().any(|starts| starts.holds(target));
        if !begins {
            return Err(format!("what stands at {at:#x} leads into the midst of another, to {target:#x}"));
        }
    }
    found.references.sort_unstable();
    found.references.dedup();
    Ok(found)
}

/// Where instructions of one section start.
struct Starts {
    address: u64,
    bits: Vec<u64>,
}

impl Starts {
    fn holds(&self, address: u64) -> bool {
        let Some(offset) = address.checked_sub(self.address) else { return false };
        let word = usize::try_from(offset / 64).ok().and_then(|at| self.bits.get(at));
        word.is_some_and(|word| word >> (offset % 64) & 1 == 1)
    }

    fn add(&mut self, address: u64) {
        let offset = address.wrapping_sub(self.address);
        if let Some(word) = usize::try_from(offset / 64).ok().and_then(|at| self.bits.get_mut(at)) {
            *word |= 1 << (offset % 64);
        }
    }
}

fn section(
    (shipped, rebuilt): (&Section<'_>, &Section<'_>),
    pairs: &[(&Section<'_>, &Section<'_>)],
    places: &Places,
    found: &mut Instructions,
    into_code: &mut Vec<(u64, u64)>,
) -> Result<Starts, String> {
    let words = usize::try_from(shipped.size / 64 + 1).unwrap_or(0);
    let mut starts = Starts { address: shipped.address, bits: vec![0; words] };
    let mut theirs = Decoder::with_ip(64, shipped.content, shipped.address, DecoderOptions::NONE);
    let mut ours = Decoder::with_ip(64, rebuilt.content, rebuilt.address, DecoderOptions::NONE);
    let (mut one, mut other) = (Instruction::default(), Instruction::default());
    let is_code = |address: u64| pairs.iter().any(|(code, _)| (code.address..code.end()).contains(&address));
    while theirs.can_decode() && ours.can_decode() {
        let (from, place) = (theirs.position(), theirs.ip());
        theirs.decode_out(&mut one);
        ours.decode_out(&mut other);
        if one.is_invalid() || other.is_invalid() {
            return Err(format!("the bytes at {place:#x} are no instruction"));
        }
        let what = || format!("the instructions at {place:#x} differ in more than an address");
        let span = from..theirs.position();
        if ours.position() != span.end {
            return Err(what());
        }
        let bytes = (shipped.content.get(span.clone()), rebuilt.content.get(span));
        let (Some(a), Some(b)) = bytes else { return Err(what()) };
        starts.add(place);
        found.all += 1;
        let Some((target, counterpart)) = addresses(&one, &other, place)? else {
            if a != b {
                return Err(what());
            }
            continue;
        };
        let field = field(&theirs, &one).filter(|field| Some(field.clone()) == self::field(&ours, &other));
        let field = field.ok_or_else(what)?;
        let outside = |bytes: &[u8]| -> Option<(Vec<u8>, Vec<u8>)> {
            Some((bytes.get(..field.start)?.to_vec(), bytes.get(field.end..)?.to_vec()))
        };
        if a != b && (outside(a).is_none() || outside(a) != outside(b)) {
            return Err(what());
        }
        if !places.same(target, counterpart) {
            return Err(format!(
                "the instruction at {place:#x} refers to {target:#x}, ours to {counterpart:#x}, which is not shown to be \
                 the same place"
            ));
        }
        if is_code(target) {
            if !is_branch(&one) && one.mnemonic() != Mnemonic::Lea {
                return Err(format!("the instruction at {place:#x} reads or writes code as data"));
            }
            into_code.push((place, target));
        } else {
            found.references.push(counterpart);
        }
        if a != b {
            found.moved += 1;
            if found.examples.len() < EXAMPLES {
                found.examples.push(format!(
                    "at {place:#x}: shipped refers to {target:#x}, rebuilt to {counterpart:#x}: the same place"
                ));
            }
        }
    }
    Ok(starts)
}

/// The addresses that the two instructions refer to relative to themselves, if they do.
fn addresses(one: &Instruction, other: &Instruction, place: u64) -> Result<Option<(u64, u64)>, String> {
    let relative = (one.is_ip_rel_memory_operand(), other.is_ip_rel_memory_operand());
    let branch = (is_branch(one), is_branch(other));
    let short = one.memory_base() == Register::EIP || other.memory_base() == Register::EIP;
    match (relative, branch) {
        ((false, false), (false, false)) => Ok(None),
        ((true, true), (false, false)) if !short => {
            Ok(Some((one.ip_rel_memory_address(), other.ip_rel_memory_address())))
        }
        ((false, false), (true, true)) => Ok(Some((one.near_branch_target(), other.near_branch_target()))),
        _ => Err(format!("the instructions at {place:#x} are not of one kind")),
    }
}

fn is_branch(instruction: &Instruction) -> bool {
    matches!(instruction.op0_kind(), OpKind::NearBranch16 | OpKind::NearBranch32 | OpKind::NearBranch64)
}

/// Where in the instruction the address stands.
fn field(decoder: &Decoder<'_>, instruction: &Instruction) -> Option<std::ops::Range<usize>> {
    let offsets = decoder.get_constant_offsets(instruction);
    let (at, size) = match is_branch(instruction) {
        true => (offsets.immediate_offset(), offsets.immediate_size()),
        false => (offsets.displacement_offset(), offsets.displacement_size()),
    };
    (size > 0).then_some(at..at + size)
}
