//! Compares arbitrary pairs: no panic, the account adds up, and what differs is never called equal.
//!
//! An input is two files: the first half's length stands in its first four bytes. A byte behind them says what the
//! second file is: bytes of its own, or the first with some of them in the place of its own, which is how pairs that
//! correspond are found. Two more bits of it make both the code of a program, for the views of instructions.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pellucid::compare::Context;
use pellucid::compare::compare;
use pellucid::model::Label;
use pellucid::model::Limits;
use pellucid::model::Rung;
use pellucid::verdict;

fuzz_target!(|input: &[u8]| {
    let Some(([a, b, kind], rest)) = input.split_first_chunk::<3>() else { return };
    let cut = usize::from(u16::from_le_bytes([*a, *b])).min(rest.len());
    let (first, second) = rest.split_at(cut);
    let (shipped, rebuilt) = match kind & 3 {
        0 => (first.to_vec(), second.to_vec()),
        // The second with the first written over it: headers, tables, tails.
        1 => (second.to_vec(), over(second, first, 0)),
        2 => (second.to_vec(), over(second, first, second.len().saturating_sub(first.len()))),
        _ => (second.to_vec(), over(second, first, second.len() * usize::from(*kind) / 256)),
    };
    let (shipped, rebuilt) = match kind >> 2 & 3 {
        1 => (program(&shipped, 183), program(&rebuilt, 183)),
        2 => (program(&shipped, 62), program(&rebuilt, 62)),
        _ => (shipped, rebuilt),
    };
    let limits = Limits { depth: 4, member_size: 1 << 20, total_size: 4 << 20, ratio: 200, members: 1000 };
    let context = Context { limits, ..Context::default() };
    let found = compare("input", &shipped, &rebuilt, &context);
    let account = &found.account;
    assert_eq!(account.labels().iter().map(|(_, bytes)| bytes).sum::<u64>(), shipped.len() as u64);
    let equal = shipped == rebuilt;
    let all = account.bytes(Label::Reproduced) == account.size()
        && found.absent == 0
        && found.differences.is_empty();
    assert_eq!(equal, all, "equal bytes are reproduced, and only those");
    let (rung, _) = verdict::rung(equal, Some(&found), None);
    assert_eq!(equal, rung == Rung::BitExact);
    if rung == Rung::ExactModuloSignature {
        assert!(found.graft.is_some_and(|graft| graft.equal && graft.covers));
    }
});

/// An ELF file whose one segment is executable: 183 is AArch64, 62 is x86-64.
fn program(code: &[u8], machine: u16) -> Vec<u8> {
    let mut out = b"\x7fELF\x02\x01\x01".to_vec();
    out.resize(16, 0);
    out.extend([2, 0]);
    out.extend(machine.to_le_bytes());
    out.extend([1, 0, 0, 0]);
    for word in [0x40_0078u64, 64, 0] {
        out.extend(word.to_le_bytes());
    }
    out.extend([0, 0, 0, 0, 64, 0, 56, 0, 1, 0, 64, 0, 0, 0, 0, 0]);
    // One segment, loaded to be read and run.
    out.extend([1, 0, 0, 0, 5, 0, 0, 0]);
    for word in [0, 0x40_0000, 0x40_0000, 120 + code.len() as u64, 120 + code.len() as u64, 0x1000] {
        out.extend(word.to_le_bytes());
    }
    out.extend(code);
    out
}

fn over(bytes: &[u8], with: &[u8], at: usize) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for (slot, byte) in bytes.iter_mut().skip(at).zip(with) {
        *slot = *byte;
    }
    bytes
}
