//! Which conditions change the outputs: the smallest sets of them, pairs included, in few builds.
//!
//! One minimal set is found by dividing (QuickXplain: Junker, "Preferred explanations and relaxations for
//! over-constrained problems", AAAI 2004): about k·log n builds for a set of k out of n conditions. To find
//! the others, every set found is broken in each of its members in turn and the rest searched again (Reiter's
//! hitting-set tree, "A theory of diagnosis from first principles", 1987), so that a condition that matters
//! alone cannot hide a pair that matters only together.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

/// A set of conditions, by name.
pub type Names = BTreeSet<String>;

/// What a search found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// The minimal sets: varying all of one changes the outputs, varying less of it does not. Sorted.
    pub sets: BTreeSet<Names>,
    /// Questions that were asked: builds.
    pub asked: usize,
    /// Whether the budget ran out before everything was searched.
    pub cut_short: bool,
}

/// The minimal subsets of `all` for which `differs` holds, asking at most `budget` times. `differs` is asked
/// about each set once at most.
pub fn minimal_sets(all: &Names, budget: usize, differs: &mut dyn FnMut(&Names) -> bool) -> Found {
    let mut search = Search { differs, budget, answers: BTreeMap::new(), cut_short: false };
    let mut found = Found::default();
    let mut waiting = vec![all.clone()];
    let mut visited = BTreeSet::new();
    while let Some(candidates) = waiting.pop() {
        if !visited.insert(candidates.clone()) {
            continue;
        }
        let known = found.sets.iter().find(|set| set.is_subset(&candidates)).cloned();
        let set = match known {
            Some(set) => Some(set),
            None if search.asks(&candidates) => search.one_minimal(&candidates),
            None => None,
        };
        if let Some(set) = set {
            for name in &set {
                let mut without = candidates.clone();
                without.remove(name);
                waiting.push(without);
            }
            found.sets.insert(set);
        }
    }
    Found { asked: search.answers.len(), cut_short: search.cut_short, ..found }
}

struct Search<'a> {
    differs: &'a mut dyn FnMut(&Names) -> bool,
    budget: usize,
    answers: BTreeMap<Names, bool>,
    cut_short: bool,
}

impl Search<'_> {
    fn asks(&mut self, set: &Names) -> bool {
        if set.is_empty() {
            return false;
        }
        if let Some(answer) = self.answers.get(set) {
            return *answer;
        }
        if self.answers.len() >= self.budget {
            self.cut_short = true;
            return false;
        }
        let answer = (self.differs)(set);
        self.answers.insert(set.clone(), answer);
        answer
    }

    /// A minimal set within `candidates`, which are known to differ. `None` where the budget ran out on the way.
    fn one_minimal(&mut self, candidates: &Names) -> Option<Names> {
        let names: Vec<String> = candidates.iter().cloned().collect();
        let set = self.divide(&Names::new(), false, &names);
        // Holds where a superset of a differing set differs too; two conditions that cancel each other out
        // break that, and then nothing is claimed.
        (!self.cut_short && self.asks(&set)).then_some(set)
    }

    fn divide(&mut self, base: &Names, grown: bool, names: &[String]) -> Names {
        if self.cut_short || (grown && self.asks(base)) {
            return Names::new();
        }
        if let [only] = names {
            return Names::from([only.clone()]);
        }
        let (left, right) = names.split_at(names.len() / 2);
        let with_left: Names = base.iter().chain(left).cloned().collect();
        let from_right = self.divide(&with_left, true, right);
        let with_right: Names = base.union(&from_right).cloned().collect();
        let from_left = self.divide(&with_right, !from_right.is_empty(), left);
        from_left.union(&from_right).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(list: &[&str]) -> Names {
        list.iter().map(|name| (*name).to_owned()).collect()
    }

    fn search(planted: &[&[&str]], budget: usize) -> Found {
        let all: Names = (b'a'..=b'z').map(|byte| char::from(byte).to_string()).collect();
        let planted: Vec<Names> = planted.iter().map(|set| names(set)).collect();
        minimal_sets(&all, budget, &mut |set| planted.iter().any(|wanted| wanted.is_subset(set)))
    }

    #[test]
    fn exactly_the_planted_sets_are_found() {
        for planted in [
            &[][..],
            &[&["q"][..]],
            &[&["a"], &["z"], &["m"]],
            &[&["c", "x"]],
            &[&["b"], &["c", "x"], &["p"]],
            &[&["a", "b"], &["b", "c"]],
            &[&["d", "k", "y"]],
        ] {
            let found = search(planted, 10_000);
            let expected: BTreeSet<Names> = planted.iter().map(|set| names(set)).collect();
            assert_eq!(found.sets, expected);
            assert!(!found.cut_short);
        }
    }

    #[test]
    fn a_single_cause_takes_a_logarithm_of_builds_and_nothing_takes_one() {
        assert_eq!(search(&[], 100).asked, 1);
        let one = search(&[&["q"]], 100).asked;
        assert!(one <= 12, "{one} builds for one cause out of 26");
        let three = search(&[&["b"], &["c", "x"]], 100).asked;
        assert!(three <= 40, "{three} builds for a single cause and a pair out of 26");
    }

    #[test]
    fn a_budget_is_kept_and_running_out_is_said() {
        let found = search(&[&["b"], &["c", "x"], &["p"]], 9);
        assert!(found.asked <= 9 && found.cut_short);
        for set in found.sets {
            assert!([names(&["b"]), names(&["c", "x"]), names(&["p"])].contains(&set), "{set:?}");
        }
    }

    #[test]
    fn nothing_is_claimed_where_conditions_cancel_each_other_out() {
        let all = names(&["a", "b", "c"]);
        // Differs only while a is varied and b is not: no superset rule holds.
        let found = minimal_sets(&all, 100, &mut |set| set.contains("a") && !set.contains("b"));
        assert!(found.sets.is_empty());
    }
}
