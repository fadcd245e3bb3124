//! The walk: two artifacts, opened level by level, every shipped byte labelled.
//!
//! At each level: equal bytes are reproduced and nothing else is looked at. Where they differ, both sides are
//! opened. Regions pair by name; a region that differs is labelled by its role, its checks and the causes; a
//! member is decoded and accounted for in the same way. Whatever does not pair, does not decode or is not
//! understood is `unexplained`. A level whose bytes differ never comes out reproduced as a whole.

mod members;
mod packs;

use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;

use rayon::prelude::*;

use self::members::Members;
use super::bytes;
use super::causes;
use super::causes::Explained;
use super::causes::Pair;
use super::causes::member_order;
use super::context::Context;
use super::derived;
use super::graft;
use super::listing::Elsewhere;
use super::listing::Labelled;
use super::listing::Level;
use super::listing::Side;
use super::listing::Where;
use super::listing::changed;
use super::listing::grafted;
use super::listing::only_rebuilt;
use super::listing::only_shipped;
use super::listing::owner;
use super::listing::whole;
use super::pairing;
use super::pairing::Pairing;
use super::place::Place;
use super::stretches::Next;
use super::stretches::Stretches;
use super::tally::Found;
use super::tally::Tally;
use super::tally::role_name;
use super::text;
use super::view;
use crate::formats;
use crate::formats::Budget;
use crate::formats::stretch::Cursor;
use crate::model::Anatomy;
use crate::model::Check;
use crate::model::Label;
use crate::model::Member;
use crate::model::Region;
use crate::model::Role;
use crate::model::account::DifferenceKind;

/// The tally of a shipped artifact against a rebuilt one.
pub fn artifact(name: &str, shipped: &[u8], rebuilt: &[u8], context: &Context) -> Tally {
    let walk = Walk::new(context, true);
    let tally = walk.level(&Place::top(name), name, shipped, rebuilt);
    if !walk.exhausted.load(Ordering::Relaxed) {
        return tally;
    }
    // A limit on the whole was reached: which member met it depends on timing, unless they go one by one.
    let walk = Walk::new(context, false);
    walk.level(&Place::top(name), name, shipped, rebuilt)
}

struct Walk<'c> {
    context: &'c Context,
    /// What descending may cost, for each side on its own: a vendor must not spend the rebuild's share.
    shipped: Budget,
    rebuilt: Budget,
    parallel: bool,
    /// Whether a limit on the whole comparison was reached.
    exhausted: AtomicBool,
}

/// Two regions that correspond.
#[derive(Clone, Copy)]
struct Regions<'a> {
    shipped: &'a Region,
    rebuilt: &'a Region,
    /// How many differing regions stand before.
    nth: usize,
    /// The best label they may have: what standing elsewhere in the order was judged.
    floor: Label,
}

/// A shipped region that differs, and where its counterpart stands and how it would be labelled.
type Differing = (usize, Option<(usize, Label)>);

/// Differing regions looked at together; what they find is taken up before the next ones start, so that
/// memory does not grow with their number.
const AT_ONCE: usize = 256;

/// Containers of up to so many entries are described whole; of larger ones a stretch at a time.
const WHOLE: u64 = 16_384;

/// Archives of up to so many entries, as many as a plain zip can have, are tried for a signature.
const SIGNED: u64 = 65_536;

/// Encoders are tried for this many members of a container; the evidence repeats itself after that.
const FINGERPRINTED: usize = 16;

/// Texts whose values go by their path: what differs is told value by value, unless it is a text for people.
const VALUES: [&str; 2] = ["json", "xml"];

/// Texts up to this size are taken apart.
const TEXT: usize = 8 << 20;

impl<'c> Walk<'c> {
    fn new(context: &'c Context, parallel: bool) -> Walk<'c> {
        Walk {
            context,
            shipped: Budget::new(context.limits),
            rebuilt: Budget::new(context.limits),
            parallel,
            exhausted: AtomicBool::new(false),
        }
    }

    /// One level: two files at one place. The labels of the result add up to the shipped size.
    fn level(&self, place: &Place, name: &str, shipped: &[u8], rebuilt: &[u8]) -> Tally {
        let size = shipped.len() as u64;
        let mut tally = Tally::default();
        if bytes::equal(shipped, rebuilt) {
            tally.count(Label::Reproduced, size);
            return tally;
        }
        if let Err(reason) = self.shipped.descend(place.depth()) {
            tally.skip(&place.path, reason);
            whole(&mut tally, place, shipped, rebuilt, "container", Vec::new());
            return tally;
        }
        let (format, other) = (formats::recognise(name, shipped), formats::recognise(name, rebuilt));
        if format != other {
            let sentence = format!("the shipped file is {format}, the rebuilt one {other}");
            whole(&mut tally, place, shipped, rebuilt, "content", vec![sentence]);
            return tally;
        }
        if let Some(many) = self.many(format, place, name, [shipped, rebuilt]) {
            return settled(many, place, shipped, rebuilt);
        }
        let (theirs, ours) = self.join(|| formats::open(name, shipped), || formats::open(name, rebuilt));
        for (side, anatomy) in [("shipped", &theirs), ("rebuilt", &ours)] {
            if let Err(reason) = anatomy.check() {
                tally.skip(&place.path, format!("the {side} file was compared as raw bytes: {reason}"));
                whole(&mut tally, place, shipped, rebuilt, "content", Vec::new());
                return tally;
            }
        }
        if let Some(proof) = graft::attempt(&theirs, shipped, rebuilt) {
            let proved = proof.graft.equal && proof.graft.covers;
            tally.grafts.push(proof.graft.clone());
            if proved {
                grafted(&mut tally, place, size, proof);
                return tally;
            }
        }
        let sides = (Side::new(shipped, &theirs), Side::new(rebuilt, &ours));
        let level = Level::new(place, name, sides, true);
        if is_leaf_text(&level.shipped)
            && is_leaf_text(&level.rebuilt)
            && (!VALUES.contains(&format) || place.is_inert_text(shipped, rebuilt))
        {
            self.text(&mut tally, &level);
        } else {
            self.regions(&mut tally, &level);
        }
        settled(tally, place, shipped, rebuilt)
    }

    /// Two containers of more entries than are described at once, stretch by stretch; `None` if they are none.
    fn many(
        &self,
        format: &'static str,
        place: &Place,
        name: &str,
        [shipped, rebuilt]: [&[u8]; 2],
    ) -> Option<Tally> {
        let (theirs, ours) = (Cursor::new(format, shipped)?, Cursor::new(format, rebuilt)?);
        if !theirs.has_more_than(WHOLE) && !ours.has_more_than(WHOLE) {
            return None;
        }
        let mut tally = Tally::default();
        if !theirs.has_more_than(SIGNED) && !ours.has_more_than(SIGNED) {
            let bare = Anatomy { format, ..Anatomy::default() };
            if let Some(proof) = graft::attempt(&bare, shipped, rebuilt) {
                let proved = proof.graft.equal && proof.graft.covers;
                tally.grafts.push(proof.graft.clone());
                if proved {
                    grafted(&mut tally, place, shipped.len() as u64, proof);
                    return Some(tally);
                }
            }
        }
        let mut stretches = Stretches::new((theirs.clone(), shipped), (ours.clone(), rebuilt));
        loop {
            match stretches.advance() {
                Ok(Some(Next::Equal(bytes))) => tally.count(Label::Reproduced, bytes),
                Ok(Some(Next::Differing(pair))) => {
                    let [theirs, ours] = &*pair;
                    let sides = (Side::new(shipped, theirs), Side::new(rebuilt, ours));
                    let level = Level::new(place, name, sides, false);
                    self.regions(&mut tally, &level);
                }
                Ok(None) => return Some(tally),
                Err(_) if theirs.lists_at_most(SIGNED) && ours.lists_at_most(SIGNED) => return None,
                Err(reason) => {
                    let mut tally = Tally::default();
                    let reason = format!("more entries than are described at once, and {reason}");
                    tally.skip(&place.path, &reason);
                    whole(&mut tally, place, shipped, rebuilt, "container", vec![reason]);
                    return Some(tally);
                }
            }
        }
    }

    fn join<A: Send, B: Send>(&self, a: impl FnOnce() -> A + Send, b: impl FnOnce() -> B + Send) -> (A, B) {
        if self.parallel { rayon::join(a, b) } else { (a(), b()) }
    }

    /// Two texts without regions of their own.
    fn text(&self, tally: &mut Tally, level: &Level<'_>) {
        let pair = Pair {
            format: "text",
            role: Role::Strings,
            name: "text",
            shipped: level.shipped.bytes,
            rebuilt: level.rebuilt.bytes,
            place: level.place,
            context: self.context,
        };
        let labelled = match causes::explain_text(&pair) {
            Explained::By(cause, evidence) => Labelled::explained(cause, evidence),
            Explained::Not(evidence) => Labelled { label: Label::Unexplained, cause: None, evidence },
        };
        let at = Where { path: level.place.path.clone(), offset: 0, role: "text", machine: None };
        changed(tally, at, pair.shipped, pair.rebuilt, labelled);
    }

    /// The regions of one level, paired and labelled.
    fn regions(&self, tally: &mut Tally, level: &Level<'_>) {
        let (a, b) = (&level.shipped, &level.rebuilt);
        let pairing = pairing::pair(a.anatomy, b.anatomy);
        let packed = self.packs(tally, level);
        let order = self.order(tally, level, &pairing);
        let mut differing = Vec::new();
        for (index, region) in a.anatomy.regions.iter().enumerate() {
            if let Some(label) = packed.shipped.get(&index) {
                let other = pairing.of_shipped.get(index).copied().flatten();
                let other = other.and_then(|other| b.anatomy.regions.get(other));
                let equal =
                    other.is_some_and(|other| bytes::equal(region.bytes(a.bytes), other.bytes(b.bytes)));
                if let Some(label) = label {
                    tally.count(if equal { Label::Reproduced } else { *label }, region.len());
                }
                continue;
            }
            let Some(other) = pairing.of_shipped.get(index).copied().flatten() else {
                differing.push((index, None));
                continue;
            };
            let equal = b.anatomy.regions.get(other).is_some_and(|other| {
                other.role == region.role && bytes::equal(region.bytes(a.bytes), other.bytes(b.bytes))
            });
            // Equal bytes that are right on one side alone say something else on the other.
            let fails = |region: &Region| matches!(region.check, Check::Fails(_));
            let other_fails = b.anatomy.regions.get(other).is_some_and(fails);
            let equal = equal && fails(region) == other_fails;
            let moved = pairing.moved.get(index).copied().unwrap_or(false);
            let floor = if moved { order } else { Label::Reproduced };
            if equal {
                tally.count(floor, region.len());
            } else {
                differing.push((index, Some((other, floor))));
            }
        }
        let alone = differing.iter().filter(|(_, other)| other.is_none()).map(|(index, _)| *index);
        let only: Vec<usize> =
            pairing.only_rebuilt.iter().copied().filter(|index| !packed.rebuilt.contains(index)).collect();
        let elsewhere = Elsewhere::new(level, alone, &only);
        self.differing(tally, level, &differing, &elsewhere);
        only_rebuilt(tally, level, &only, &elsewhere);
        self.scattered(tally, level);
    }

    /// What differs in members that stand in no region of their own: listed for the reader. The bytes they stand in
    /// have their labels already, and a finding here can make them no better.
    fn scattered(&self, tally: &mut Tally, level: &Level<'_>) {
        let (a, b) = (&level.shipped, &level.rebuilt);
        let contents = |side: &Side<'_>| -> BTreeMap<String, Option<Member>> {
            let mut contents = BTreeMap::new();
            for member in side.anatomy.members.iter().filter(|m| m.region.is_none() && m.decoded.is_some()) {
                // Of two members of one name neither is the one.
                let slot = contents.entry(member.name.clone());
                slot.and_modify(|slot| *slot = None).or_insert(Some(member.clone()));
            }
            contents
        };
        let mut ours = contents(b);
        for (name, theirs) in contents(a) {
            let (Some(theirs), Some(Some(ours))) = (theirs, ours.remove(&name)) else { continue };
            let (Some(one), Some(other)) = (&theirs.decoded, &ours.decoded) else { continue };
            if !bytes::equal(one, other) {
                let inner = level.place.inside(&name, a.anatomy.format, &theirs, &ours);
                tally.take_findings(self.level(&inner, &name, one, other));
            }
        }
    }

    /// What regions that stand elsewhere are labelled; the difference in order is listed.
    fn order(&self, tally: &mut Tally, level: &Level<'_>, pairing: &Pairing) -> Label {
        let (a, b) = (level.shipped.anatomy, level.rebuilt.anatomy);
        let all = a.regions.iter().zip(&pairing.moved);
        let moved: Vec<&Region> = all.filter(|(_, moved)| **moved).map(|(region, _)| region).collect();
        let Some(first) = moved.first() else { return Label::Reproduced };
        let mut names: Vec<&str> = moved.iter().map(|region| owner(&region.name)).collect();
        names.dedup();
        let whole =
            level.whole.then_some(()).ok_or("of a container this large only a stretch is looked at at once");
        let paired = pairing.only_rebuilt.is_empty() && pairing.of_shipped.iter().all(Option::is_some);
        let judged = match paired {
            true => whole
                .map_err(str::to_owned)
                .and_then(|()| member_order::order_means_nothing(a, b, names.len())),
            false => Err("not every part has a counterpart".to_owned()),
        };
        let labelled = match judged {
            Ok(evidence) if self.context.allows(member_order::CAUSE.id) => {
                Labelled::explained(member_order::CAUSE.id, evidence)
            }
            Ok(_) => Labelled::not_allowed(member_order::CAUSE.id),
            Err(reason) => Labelled::unexplained(format!("the order is not explained: {reason}")),
        };
        let size = moved.iter().map(|region| region.len()).sum();
        let found = Found {
            path: level.place.path.clone(),
            kind: DifferenceKind::Reordered,
            offset: Some(first.range.start),
            shipped_size: size,
            rebuilt_size: size,
            differing: 0,
            role: "order",
        };
        let list = view::list(names.iter().map(|name| (*name).to_owned()));
        let label = labelled.label;
        tally.list(found.labelled(label, labelled.cause, labelled.evidence, Some(list)));
        label
    }

    /// The regions that differ, each with its counterpart and its floor, or that only the shipped side has;
    /// in order of place.
    fn differing(
        &self,
        tally: &mut Tally,
        level: &Level<'_>,
        differing: &[(usize, Option<(usize, Label)>)],
        elsewhere: &Elsewhere<'_>,
    ) {
        let (a, b) = (&level.shipped, &level.rebuilt);
        let (theirs, ours) = (a.members(), b.members());
        let one = |nth: usize, index: usize, (other, floor): (usize, Label)| -> Tally {
            let mut tally = Tally::default();
            let regions = (a.anatomy.regions.get(index), b.anatomy.regions.get(other));
            let (Some(shipped), Some(rebuilt)) = regions else { return tally };
            let regions = Regions { shipped, rebuilt, nth, floor };
            match (theirs.get(&index), ours.get(&other)) {
                (Some(shipped), Some(rebuilt)) if shipped.name == rebuilt.name => {
                    self.member(&mut tally, level, regions, &Members { shipped, rebuilt });
                }
                _ => self.region(&mut tally, level, regions),
            }
            tally
        };
        for (round, chunk) in differing.chunks(AT_ONCE).enumerate() {
            let work = |(nth, (index, other)): (usize, &Differing)| {
                other.map(|other| one(round * AT_ONCE + nth, *index, other))
            };
            let found: Vec<Option<Tally>> = match self.parallel {
                true => chunk.par_iter().enumerate().map(work).collect(),
                false => chunk.iter().enumerate().map(work).collect(),
            };
            let mut alone: Vec<&Region> = Vec::new();
            for ((index, _), found) in chunk.iter().zip(found) {
                match (found, a.anatomy.regions.get(*index)) {
                    (Some(found), _) => {
                        only_shipped(tally, level, &mut alone, elsewhere);
                        tally.take(found);
                    }
                    (None, Some(region)) => {
                        if alone.last().is_some_and(|last| owner(&last.name) != owner(&region.name)) {
                            only_shipped(tally, level, &mut alone, elsewhere);
                        }
                        alone.push(region);
                    }
                    (None, None) => {}
                }
            }
            only_shipped(tally, level, &mut alone, elsewhere);
        }
    }

    /// A region that differs and is no member.
    fn region(&self, tally: &mut Tally, level: &Level<'_>, regions: Regions<'_>) {
        let shipped = regions.shipped.bytes(level.shipped.bytes);
        let rebuilt = regions.rebuilt.bytes(level.rebuilt.bytes);
        let mut labelled = self.judge(level, regions, shipped, rebuilt);
        labelled.raise(regions.floor);
        changed(tally, Where::of(level, regions.shipped), shipped, rebuilt, labelled);
    }

    fn judge(&self, level: &Level<'_>, regions: Regions<'_>, shipped: &[u8], rebuilt: &[u8]) -> Labelled {
        let (region, other) = (regions.shipped, regions.rebuilt);
        if region.role != other.role {
            let roles = (role_name(region.role), role_name(other.role));
            return Labelled::unexplained(format!("{} shipped, {} rebuilt", roles.0, roles.1));
        }
        for (side, check) in [("shipped", &region.check), ("rebuilt", &other.check)] {
            if let Check::Fails(how) = check {
                return Labelled::unexplained(format!("{side}: {how}"));
            }
        }
        let held = region.check == Check::Holds && other.check == Check::Holds;
        let format = level.shipped.anatomy.format;
        for (side, bytes) in [("shipped", shipped), ("rebuilt", rebuilt)] {
            if !derived::is_plainly_written(format, region, bytes) {
                return Labelled::unexplained(format!(
                    "{side}: the value is right, and more than it stands here"
                ));
            }
        }
        if held && matches!(region.role, Role::Derived | Role::Padding) {
            return Labelled::derived("recomputed from the other bytes: holds on both sides");
        }
        if matches!(region.role, Role::Header | Role::Name)
            && let (Some(what), Some(_)) = (level.shipped.follows(region), level.rebuilt.follows(other))
        {
            return Labelled::derived(&format!("{what}: correct on both sides"));
        }
        let pair = Pair {
            format,
            role: region.role,
            name: &region.name,
            shipped,
            rebuilt,
            place: level.place,
            context: self.context,
        };
        let mut hints = match causes::explain(&pair) {
            Explained::By(cause, evidence) => return Labelled::explained(cause, evidence),
            Explained::Not(hints) => hints,
        };
        if format == "elf" {
            match level.moved(self.context) {
                Ok(proof) => {
                    let shown = proof.of(region.range.start, region.range.end);
                    let rebuilt = (other.range.start, other.range.end);
                    if let Some(shown) = shown.filter(|shown| shown.rebuilt == rebuilt) {
                        return Labelled::explained(shown.cause, shown.evidence.clone());
                    }
                }
                Err(reason) if matches!(region.role, Role::Code | Role::Data) => {
                    hints.push(format!("not shown to be addresses that moved: {reason}"));
                }
                Err(_) => {}
            }
        }
        Labelled { label: Label::Unexplained, cause: None, evidence: hints }
    }

    fn note_exhaustion(&self, reason: &str) {
        if reason.starts_with("total size limit") || reason.starts_with("member limit") {
            self.exhausted.store(true, Ordering::Relaxed);
        }
    }
}

/// What a level came to, if it can be: bytes decide, whatever the regions said. These two files are not the same, and
/// every shipped byte has one label.
fn settled(tally: Tally, place: &Place, shipped: &[u8], rebuilt: &[u8]) -> Tally {
    let sum: u64 = tally.labels().map(|(_, bytes)| bytes).sum();
    if tally.worst() > Label::Reproduced && sum == shipped.len() as u64 {
        return tally;
    }
    let mut tally = Tally::default();
    let sentence = "the regions pair up, and the files differ all the same".to_owned();
    whole(&mut tally, place, shipped, rebuilt, "content", vec![sentence]);
    tally
}

fn is_leaf_text(side: &Side<'_>) -> bool {
    side.anatomy.members.is_empty() && side.bytes.len() <= TEXT && text::is_text(side.bytes)
}
