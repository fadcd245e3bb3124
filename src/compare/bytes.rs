//! Raw bytes against raw bytes: equality first, then how many differ and where.

use std::ops::Range;

use rayon::prelude::*;

/// Bytes compared in one piece; large enough that splitting costs nothing, small enough to stop early.
const CHUNK: usize = 1 << 20;

/// Whether the two are equal, byte for byte.
pub fn equal(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    if a.len() < 4 * CHUNK {
        return a == b;
    }
    // The answer does not depend on which thread finds the difference first.
    a.par_chunks(CHUNK).zip(b.par_chunks(CHUNK)).all(|(a, b)| a == b)
}

/// How much of two byte strings corresponds.
///
/// Where the lengths are equal, bytes correspond by position. Where they are not, the common prefix and the
/// common suffix correspond and everything between does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overlap {
    /// Positions that hold equal bytes.
    pub equal: u64,
    /// From the first to past the last differing byte of the shipped side.
    pub shipped: Range<usize>,
    /// The same on the rebuilt side.
    pub rebuilt: Range<usize>,
}

/// How much of `shipped` corresponds to `rebuilt`.
pub fn overlap(shipped: &[u8], rebuilt: &[u8]) -> Overlap {
    let prefix = common_prefix(shipped, rebuilt);
    let shipped_rest = shipped.get(prefix..).unwrap_or_default();
    let rebuilt_rest = rebuilt.get(prefix..).unwrap_or_default();
    let suffix = common_suffix(shipped_rest, rebuilt_rest);
    let shipped_span = prefix..shipped.len() - suffix;
    let rebuilt_span = prefix..rebuilt.len() - suffix;
    let mut equal = (prefix + suffix) as u64;
    if shipped.len() == rebuilt.len() {
        let a = shipped.get(shipped_span.clone()).unwrap_or_default();
        let b = rebuilt.get(rebuilt_span.clone()).unwrap_or_default();
        equal +=
            a.par_chunks(CHUNK).zip(b.par_chunks(CHUNK)).map(|(a, b)| equal_positions(a, b)).sum::<u64>();
    }
    Overlap { equal, shipped: shipped_span, rebuilt: rebuilt_span }
}

fn equal_positions(a: &[u8], b: &[u8]) -> u64 {
    // Summing in bytes over short blocks lets the compiler use whole vector registers.
    a.chunks(255)
        .zip(b.chunks(255))
        .map(|(a, b)| u64::from(a.iter().zip(b).fold(0u8, |sum, (a, b)| sum.wrapping_add(u8::from(a == b)))))
        .sum()
}

fn common_prefix(a: &[u8], b: &[u8]) -> usize {
    let mut at = 0;
    for (a, b) in a.chunks(4096).zip(b.chunks(4096)) {
        if a != b {
            return at + a.iter().zip(b).take_while(|(a, b)| a == b).count();
        }
        at += a.len();
    }
    at
}

fn common_suffix(a: &[u8], b: &[u8]) -> usize {
    let mut at = 0;
    for (a, b) in a.rchunks(4096).zip(b.rchunks(4096)) {
        if a != b {
            return at + a.iter().rev().zip(b.iter().rev()).take_while(|(a, b)| a == b).count();
        }
        at += a.len();
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    use proptest::prelude::*;

    #[test]
    fn equal_lengths_correspond_by_position() {
        let found = overlap(b"abcdefgh", b"abXdeYgh");
        assert_eq!(found, Overlap { equal: 6, shipped: 2..6, rebuilt: 2..6 });
    }

    #[test]
    fn different_lengths_correspond_by_prefix_and_suffix_that_do_not_overlap() {
        let found = overlap(b"aaaa", b"aaaaaa");
        assert_eq!(found, Overlap { equal: 4, shipped: 4..4, rebuilt: 4..6 });
        let found = overlap(b"/build/x/a.c", b"/tmp/long/a.c");
        assert_eq!(found.equal, 5);
    }

    proptest! {
        #[test]
        fn the_parts_never_exceed_the_whole(a in proptest::collection::vec(0u8..3, 0..9000), b in proptest::collection::vec(0u8..3, 0..9000)) {
            let found = overlap(&a, &b);
            prop_assert!(found.equal <= a.len().min(b.len()) as u64);
            prop_assert_eq!(found.equal == a.len() as u64 && a.len() == b.len(), a == b);
            prop_assert_eq!(equal(&a, &b), a == b);
            prop_assert_eq!(&a[..found.shipped.start], &b[..found.rebuilt.start]);
            prop_assert_eq!(&a[found.shipped.end..], &b[found.rebuilt.end..]);
        }
    }
}
