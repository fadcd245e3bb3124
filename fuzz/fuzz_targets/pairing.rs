//! Pairs the parts of two arbitrary artifacts: every part has one counterpart at most, under its own name; what moved is
//! the rest of one sequence that did not; what resembles what is one to one.
//!
//! An input is three parts with a byte 255 between: lines that name the shipped parts, lines that name the rebuilt ones,
//! and contents with NULs between, every other one shipped.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pellucid::compare::pairing;
use pellucid::compare::pairing::similar;
use pellucid::model::Anatomy;
use pellucid::model::Check;
use pellucid::model::Region;
use pellucid::model::Role;

fuzz_target!(|input: &[u8]| {
    let mut parts = input.splitn(3, |byte| *byte == 0xff);
    let (shipped, rebuilt) = (anatomy(parts.next()), anatomy(parts.next()));
    let found = pairing::pair(&shipped, &rebuilt);
    assert_eq!(found.of_shipped.len(), shipped.regions.len());
    assert_eq!(found.moved.len(), shipped.regions.len());
    let mut taken = vec![false; rebuilt.regions.len()];
    for (region, other) in shipped.regions.iter().zip(&found.of_shipped) {
        let Some(other) = other else { continue };
        assert!(!std::mem::replace(&mut taken[*other], true), "a part goes with one other");
        assert_eq!(region.name, rebuilt.regions[*other].name);
    }
    let alone: Vec<usize> = (0..taken.len()).filter(|at| !taken[*at]).collect();
    assert_eq!(found.only_rebuilt, alone);
    for name in rebuilt.regions.iter().map(|region| &region.name) {
        let count = |regions: &[Region]| regions.iter().filter(|region| region.name == *name).count();
        let paired = shipped.regions.iter().zip(&found.of_shipped);
        let paired = paired.filter(|(region, other)| region.name == *name && other.is_some()).count();
        assert_eq!(paired, count(&shipped.regions).min(count(&rebuilt.regions)), "nothing is left unpaired");
    }
    let still: Vec<usize> =
        found.of_shipped.iter().zip(&found.moved).filter(|(_, moved)| !**moved).filter_map(|(at, _)| *at).collect();
    assert!(still.is_sorted(), "what did not move stands in one order");

    let contents: Vec<&[u8]> = parts.next().unwrap_or_default().split(|byte| *byte == 0).collect();
    let digests = |start| contents.iter().skip(start).step_by(2).filter_map(|c| similar::Digest::of(c)).collect::<Vec<_>>();
    let (theirs, ours) = (digests(0), digests(1));
    let pairs = similar::pairs(&theirs, &ours);
    let mut one: Vec<usize> = pairs.iter().map(|pair| pair.0).collect();
    let mut other: Vec<usize> = pairs.iter().map(|pair| pair.1).collect();
    for side in [&mut one, &mut other] {
        side.sort_unstable();
        side.dedup();
        assert_eq!(side.len(), pairs.len(), "one to one");
    }
    for (one, other, distance) in &pairs {
        assert_eq!(theirs[*one].distance(&ours[*other]), *distance);
        assert_eq!(ours[*other].distance(&theirs[*one]), *distance, "as near from either side");
    }
});

/// Parts of one byte each, named by the lines.
fn anatomy(names: Option<&[u8]>) -> Anatomy {
    let lines = names.unwrap_or_default().split(|byte| *byte == b'\n').take(300);
    let regions = lines.zip(0u64..).map(|(name, at)| Region {
        range: at..at + 1,
        role: Role::Data,
        name: String::from_utf8_lossy(name).into_owned(),
        check: Check::None,
    });
    let regions: Vec<Region> = regions.collect();
    Anatomy { format: "raw", size: regions.len() as u64, regions, ..Anatomy::default() }
}
