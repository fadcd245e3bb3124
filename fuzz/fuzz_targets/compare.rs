//! Compares arbitrary pairs: no panic, the account adds up, and what differs is never called equal.
//!
//! An input is two files: the first half's length stands in its first four bytes. A byte behind them says what the
//! second file is: bytes of its own, or the first with some of them in the place of its own, which is how pairs that
//! correspond are found.
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
    let limits = Limits { depth: 4, member_size: 1 << 20, total_size: 4 << 20, ratio: 200, members: 1000 };
    let context = Context { limits, ..Context::default() };
    let found = compare("input", &shipped, &rebuilt, &context);
    let account = &found.account;
    assert_eq!(account.labels().iter().map(|(_, bytes)| bytes).sum::<u64>(), shipped.len() as u64);
    let equal = shipped == rebuilt;
    let all = account.bytes(Label::Reproduced) == account.size() && found.absent == 0 && found.differences.is_empty();
    assert_eq!(equal, all, "equal bytes are reproduced, and only those");
    let (rung, _) = verdict::rung(equal, Some(&found), None);
    assert_eq!(equal, rung == Rung::BitExact);
    if rung == Rung::ExactModuloSignature {
        assert!(found.graft.is_some_and(|graft| graft.equal && graft.covers));
    }
});

fn over(bytes: &[u8], with: &[u8], at: usize) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for (slot, byte) in bytes.iter_mut().skip(at).zip(with) {
        *slot = *byte;
    }
    bytes
}
