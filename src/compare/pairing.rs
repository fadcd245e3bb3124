//! Which region of one anatomy corresponds to which of the other, and what stands elsewhere.

pub mod similar;

use std::collections::HashMap;

use crate::model::Anatomy;

/// The correspondence of two anatomies' regions.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Pairing {
    /// For each shipped region, the rebuilt region of its name (repeats: in order).
    pub of_shipped: Vec<Option<usize>>,
    /// Rebuilt regions without a shipped one, in order of place.
    pub only_rebuilt: Vec<usize>,
    /// For each shipped region, whether its counterpart stands at another place in the order.
    pub moved: Vec<bool>,
}

/// Pairs regions by name; where a name stands more than once, by position among its equals.
pub fn pair(shipped: &Anatomy, rebuilt: &Anatomy) -> Pairing {
    let mut waiting: HashMap<&str, Vec<usize>> = HashMap::with_capacity(rebuilt.regions.len());
    for (index, region) in rebuilt.regions.iter().enumerate().rev() {
        waiting.entry(&region.name).or_default().push(index);
    }
    let of_shipped: Vec<Option<usize>> = shipped
        .regions
        .iter()
        .map(|region| waiting.get_mut(region.name.as_str()).and_then(Vec::pop))
        .collect();
    let mut taken = vec![false; rebuilt.regions.len()];
    for index in of_shipped.iter().flatten() {
        if let Some(slot) = taken.get_mut(*index) {
            *slot = true;
        }
    }
    let only_rebuilt =
        taken.iter().enumerate().filter(|(_, taken)| !**taken).map(|(index, _)| index).collect();
    let moved = moved(&of_shipped);
    Pairing { of_shipped, only_rebuilt, moved }
}

/// What is not part of the longest sequence whose order is the same on both sides. O(n log n).
pub fn moved(of_shipped: &[Option<usize>]) -> Vec<bool> {
    let sorted = of_shipped.iter().flatten().is_sorted();
    let mut moved = vec![false; of_shipped.len()];
    if sorted {
        return moved;
    }
    // Patience: `tails[k]` ends the best increasing sequence of length k + 1 seen so far.
    let mut tails: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = vec![None; of_shipped.len()];
    let value = |at: usize| of_shipped.get(at).copied().flatten().unwrap_or(0);
    for (at, target) in of_shipped.iter().enumerate() {
        let Some(target) = target else { continue };
        let rank = tails.partition_point(|tail| value(*tail) < *target);
        if let Some(slot) = before.get_mut(at) {
            *slot = rank.checked_sub(1).and_then(|rank| tails.get(rank)).copied();
        }
        match tails.get_mut(rank) {
            Some(tail) => *tail = at,
            None => tails.push(at),
        }
    }
    for (at, target) in of_shipped.iter().enumerate() {
        if let Some(slot) = moved.get_mut(at) {
            *slot = target.is_some();
        }
    }
    let mut at = tails.last().copied();
    while let Some(kept) = at {
        if let Some(slot) = moved.get_mut(kept) {
            *slot = false;
        }
        at = before.get(kept).copied().flatten();
    }
    moved
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::model::Check;
    use crate::model::Region;
    use crate::model::Role;

    fn anatomy(names: &[&str]) -> Anatomy {
        let regions = names.iter().zip(0u64..).map(|(name, at)| Region {
            range: at..at + 1,
            role: Role::Data,
            name: (*name).to_owned(),
            check: Check::None,
        });
        Anatomy { format: "test", size: names.len() as u64, regions: regions.collect(), ..Anatomy::default() }
    }

    #[test]
    fn repeats_pair_in_order_and_what_moved_is_the_least_that_explains_it() {
        let pairing = pair(&anatomy(&["a", "x", "x", "b", "s"]), &anatomy(&["b", "a", "x", "x", "r"]));
        assert_eq!(pairing.of_shipped, [Some(1), Some(2), Some(3), Some(0), None]);
        assert_eq!(pairing.only_rebuilt, [4]);
        assert_eq!(pairing.moved, [false, false, false, true, false]);
    }

    #[test]
    fn nothing_moved_where_the_order_is_the_same() {
        let pairing = pair(&anatomy(&["a", "new", "b"]), &anatomy(&["a", "b", "old"]));
        assert_eq!(pairing.moved, [false, false, false]);
    }
}
