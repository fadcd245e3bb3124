//! Tables of jumps among the constants: words that are added to the table's own address and jumped to.
//!
//! A number in a table is an address only if it is used as one: a table is known by the instructions that load a word
//! of it, add its address and jump there, behind a comparison that says how many words it has, there or where the code is led to from.

use std::collections::BTreeMap;
use std::collections::HashMap;

use iced_x86::Decoder;
use iced_x86::DecoderOptions;
use iced_x86::Instruction;
use iced_x86::Mnemonic;
use iced_x86::OpKind;
use iced_x86::Register;

use super::image::Section;

/// The tables of the rebuilt file.
#[derive(Default)]
pub struct Jumps {
    /// Address to number of words.
    tables: BTreeMap<u64, u64>,
    /// Executable sections: where they start in either file, and their size.
    code: Vec<(u64, u64, u64)>,
}

/// Instructions looked back from a jump.
const BACK: usize = 14;

/// Words of one table at most.
const MOST: u64 = 1 << 16;

impl Jumps {
    /// Finds the tables by the rebuilt file's instructions; the sections are pairs of equal size.
    pub fn find(pairs: &[(&Section<'_>, &Section<'_>)]) -> Jumps {
        let mut jumps = Jumps::default();
        for (shipped, rebuilt) in pairs {
            jumps.code.push((shipped.address, rebuilt.address, rebuilt.size));
            let mut decoder = Decoder::with_ip(64, rebuilt.content, rebuilt.address, DecoderOptions::NONE);
            let mut last: Vec<Instruction> = Vec::with_capacity(2 * BACK);
            // Where a comparison leads to, with how many values it lets through, and tables without one of their own.
            let mut guarded: HashMap<u64, u64> = HashMap::new();
            let mut open: Vec<(u64, std::ops::RangeInclusive<u64>)> = Vec::new();
            while decoder.can_decode() {
                let instruction = decoder.decode();
                if let (Mnemonic::Jbe | Mnemonic::Jb, Some(values)) =
                    (instruction.mnemonic(), let_through(&last, instruction.mnemonic()))
                {
                    let known = guarded.entry(instruction.near_branch_target()).or_insert(values);
                    *known = values.max(*known);
                }
                if instruction.mnemonic() == Mnemonic::Jmp
                    && instruction.op0_kind() == OpKind::Register
                    && let Some(found) = table(&last, instruction.op0_register())
                {
                    match found.words {
                        Some(words) => jumps.add(found.address, words),
                        None => open.push((found.address, found.from..=instruction.ip())),
                    }
                }
                if last.len() == 2 * BACK {
                    last.drain(..BACK);
                }
                last.push(instruction);
            }
            for (address, block) in open {
                if let Some(words) = block.filter_map(|at| guarded.get(&at)).max() {
                    jumps.add(address, *words);
                }
            }
        }
        jumps
    }

    fn add(&mut self, address: u64, words: u64) {
        let known = self.tables.entry(address).or_insert(words);
        *known = words.max(*known);
    }

    /// The table that holds this address: where it starts, and its words.
    pub fn holding(&self, address: u64) -> Option<(u64, u64)> {
        let (start, words) = self.tables.range(..=address).next_back()?;
        (address < start + words * 4).then_some((*start, *words))
    }

    /// Whether the two are the same place in code.
    pub fn same(&self, shipped: u64, rebuilt: u64) -> bool {
        self.code.iter().any(|(theirs, ours, size)| {
            shipped
                .checked_sub(*theirs)
                .is_some_and(|offset| offset < *size && rebuilt.checked_sub(*ours) == Some(offset))
        })
    }
}

/// A table that a jump takes its target from.
struct Found {
    address: u64,
    /// How many words it has, where the comparison stands right before.
    words: Option<u64>,
    /// The first of the instructions that make the jump.
    from: u64,
}

/// The table that a jump through `to` takes its target from.
///
/// The instructions before it, read backwards: `add to, base`, `movsxd to, [base + index * 4]`, `lea base, [table]`,
/// with nothing between that could write either register, and a comparison with the last index.
fn table(before: &[Instruction], to: Register) -> Option<Found> {
    let mut back = before.iter().rev().take(BACK).peekable();
    let quiet = |instruction: &Instruction, registers: &[Register]| {
        let known = matches!(
            instruction.mnemonic(),
            Mnemonic::Mov
                | Mnemonic::Movzx
                | Mnemonic::Movsx
                | Mnemonic::Movsxd
                | Mnemonic::Lea
                | Mnemonic::Nop
                | Mnemonic::And
                | Mnemonic::Sub
                | Mnemonic::Add
                | Mnemonic::Xor
                | Mnemonic::Cmp
                | Mnemonic::Test
                | Mnemonic::Ja
                | Mnemonic::Jae
        );
        let written = match instruction.op0_kind() {
            OpKind::Register => Some(instruction.op0_register().full_register()),
            _ => None,
        };
        known && written.is_none_or(|written| !registers.contains(&written))
    };
    let mut find = |wanted: &dyn Fn(&Instruction) -> bool, registers: &[Register]| -> Option<Instruction> {
        loop {
            let next = back.next()?;
            if wanted(next) {
                return Some(*next);
            }
            if !quiet(next, registers) {
                return None;
            }
        }
    };
    let adds = |instruction: &Instruction| {
        instruction.mnemonic() == Mnemonic::Add
            && instruction.op0_kind() == OpKind::Register
            && instruction.op1_kind() == OpKind::Register
            && instruction.op0_register() == to
    };
    let add = find(&adds, &[to])?;
    let other = add.op1_register();
    let both = [to, other];
    let loads = |instruction: &Instruction| {
        instruction.mnemonic() == Mnemonic::Movsxd
            && instruction.op1_kind() == OpKind::Memory
            && both.contains(&instruction.op0_register())
            && both.contains(&instruction.memory_base())
            && instruction.memory_base() != instruction.op0_register()
            && instruction.memory_index() != Register::None
            && instruction.memory_index_scale() == 4
            && instruction.memory_displacement64() == 0
            && instruction.segment_prefix() == Register::None
    };
    let load = find(&loads, &both)?;
    let base = load.memory_base();
    let places = |instruction: &Instruction| {
        instruction.mnemonic() == Mnemonic::Lea
            && instruction.op0_register() == base
            && instruction.memory_base() == Register::RIP
    };
    let lea = find(&places, &[base])?;
    let recent = before.get(before.len().saturating_sub(BACK)..)?;
    let guard =
        recent.iter().rposition(|instruction| matches!(instruction.mnemonic(), Mnemonic::Ja | Mnemonic::Jae));
    let words = guard.and_then(|at| let_through(recent.get(..at)?, recent.get(at)?.mnemonic()));
    Some(Found { address: lea.ip_rel_memory_address(), words, from: lea.ip() })
}

/// How many values from zero a branch behind these instructions lets through: by the comparison before it.
fn let_through(before: &[Instruction], branch: Mnemonic) -> Option<u64> {
    let compare = before.iter().rev().take(4).find(|instruction| instruction.mnemonic() == Mnemonic::Cmp)?;
    let limit = match compare.op1_kind() {
        OpKind::Immediate8
        | OpKind::Immediate8to16
        | OpKind::Immediate8to32
        | OpKind::Immediate8to64
        | OpKind::Immediate16
        | OpKind::Immediate32
        | OpKind::Immediate32to64 => compare.immediate(1),
        _ => return None,
    };
    let more = u64::from(matches!(branch, Mnemonic::Ja | Mnemonic::Jbe));
    (limit < MOST).then_some(limit + more)
}
