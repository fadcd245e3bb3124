//! Which address of the shipped file corresponds to which of the rebuilt one: stretches that moved as a whole.

/// A stretch of memory whose bytes stand in both files, here and there. Without length: the end of a section, or the
/// start of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// Where it starts in the shipped file.
    pub shipped: u64,
    /// Where it starts in the rebuilt file.
    pub rebuilt: u64,
    /// Bytes.
    pub len: u64,
    /// Whether its last byte is the zero of a text, behind which filler may stand: nothing means the place behind it.
    pub ends_text: bool,
}

/// All stretches.
pub struct Places {
    by_shipped: Vec<Stretch>,
    by_rebuilt: Vec<Stretch>,
}

/// Stretches that may touch one address: the one that holds it, one that ends there, and marks without length.
const TOUCHING: usize = 6;

impl Places {
    /// The stretches, in any order; they overlap on neither side.
    pub fn new(mut stretches: Vec<Stretch>) -> Places {
        stretches.sort_by_key(|stretch| (stretch.shipped, stretch.len));
        let mut by_rebuilt = stretches.clone();
        by_rebuilt.sort_by_key(|stretch| (stretch.rebuilt, stretch.len));
        Places { by_shipped: stretches, by_rebuilt }
    }

    /// Whether the two addresses are the same place. An address where one stretch ends and another starts may mean
    /// either: it corresponds only if both say the same.
    pub fn same(&self, shipped: u64, rebuilt: u64) -> bool {
        let delta = rebuilt.wrapping_sub(shipped);
        let agree = |stretches: &[Stretch], start: fn(&Stretch) -> u64, address: u64| {
            let after = stretches.partition_point(|stretch| start(stretch) <= address);
            let from = after.saturating_sub(TOUCHING);
            let near = stretches.get(from..after).unwrap_or_default();
            let touches =
                |stretch: &&Stretch| address - start(stretch) < stretch.len + u64::from(!stretch.ends_text);
            let mut touching = near.iter().filter(touches);
            // One that only ends there proves nothing, and can contradict.
            let holds = |stretch: &Stretch| address - start(stretch) < stretch.len.max(1);
            near.iter().any(holds)
                && touching.all(|stretch| stretch.rebuilt.wrapping_sub(stretch.shipped) == delta)
        };
        agree(&self.by_shipped, |stretch| stretch.shipped, shipped)
            && agree(&self.by_rebuilt, |stretch| stretch.rebuilt, rebuilt)
    }

    /// By how much the byte at a rebuilt address moved; `None` where it stands in no stretch.
    pub fn shift_of_rebuilt(&self, address: u64) -> Option<u64> {
        let after = self.by_rebuilt.partition_point(|stretch| stretch.rebuilt <= address);
        let near = self.by_rebuilt.get(after.saturating_sub(TOUCHING)..after)?;
        let holding = near.iter().rev().find(|stretch| address - stretch.rebuilt < stretch.len)?;
        Some(holding.rebuilt.wrapping_sub(holding.shipped))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stretch(shipped: u64, rebuilt: u64, len: u64) -> Stretch {
        Stretch { shipped, rebuilt, len, ends_text: false }
    }

    #[test]
    fn an_address_between_two_stretches_must_mean_the_same_by_both() {
        let places = Places::new(vec![stretch(100, 100, 10), stretch(110, 114, 10), stretch(130, 134, 5)]);
        assert!(places.same(105, 105) && places.same(111, 115) && places.same(130, 134));
        assert!(!places.same(105, 106), "off by one");
        assert!(!places.same(110, 114), "the end of the first, or the start of the second");
        assert!(!places.same(120, 124), "an end alone proves nothing");
        assert!(!places.same(125, 129), "in no stretch");
        assert!(!places.same(112, 112));
        let text = Stretch { ends_text: true, ..stretch(100, 100, 10) };
        let places_after_text = Places::new(vec![text, stretch(110, 114, 10)]);
        assert!(places_after_text.same(110, 114) && !places_after_text.same(110, 110));
        assert_eq!(places.shift_of_rebuilt(115), Some(4));
        assert_eq!(places.shift_of_rebuilt(111), None);
    }

    #[test]
    fn a_mark_without_length_is_a_place() {
        let places = Places::new(vec![stretch(100, 100, 10), stretch(110, 110, 0), stretch(115, 120, 9)]);
        assert!(places.same(110, 110) && places.same(116, 121) && !places.same(115, 115));
    }
}
