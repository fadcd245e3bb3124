//! What stands packed together: decoded, divided as the container divides it, and accounted for file by file.
//!
//! The encoded bytes of a pack belong to no one file, so those that differ share one label: the worst of what is inside,
//! and of how it was encoded. Which bytes belong to which file is the container's to say, so the insides are laid side
//! by side even where the encoded bytes are equal.

use std::collections::HashMap;
use std::collections::HashSet;

use super::FINGERPRINTED;
use super::Walk;
use super::settled;
use crate::compare::bytes;
use crate::compare::causes::compression;
use crate::compare::listing::Labelled;
use crate::compare::listing::Level;
use crate::compare::listing::Side;
use crate::compare::room;
use crate::compare::tally::Found;
use crate::compare::tally::Tally;
use crate::compare::tally::role_name;
use crate::model::Block;
use crate::model::Label;
use crate::model::Pack;
use crate::model::Packing;
use crate::model::Role;
use crate::model::account::DifferenceKind;

/// The regions that packs account for.
#[derive(Default)]
pub struct Packed {
    /// Shipped regions, with the label of those whose bytes differ; `None` where they are counted already.
    pub shipped: HashMap<usize, Option<Label>>,
    /// Rebuilt regions.
    pub rebuilt: HashSet<usize>,
}

impl Walk<'_> {
    /// Accounts for the packs that both sides have under one name, and lists what differs in them.
    pub fn packs(&self, tally: &mut Tally, level: &Level<'_>) -> Packed {
        let mut packed = Packed::default();
        let (theirs, ours) = (&level.shipped.anatomy.packs, &level.rebuilt.anatomy.packs);
        for shipped in theirs {
            let of_that_name = |packs: &[Pack]| packs.iter().filter(|pack| pack.name == shipped.name).count();
            let rebuilt = ours.iter().find(|pack| pack.name == shipped.name);
            let Some(rebuilt) = rebuilt.filter(|_| of_that_name(theirs) == 1 && of_that_name(ours) == 1)
            else {
                continue;
            };
            let label = self.pack(tally, level, shipped, rebuilt);
            packed.shipped.extend(shipped.blocks.iter().map(|block| (block.region, label)));
            packed.rebuilt.extend(rebuilt.blocks.iter().map(|block| block.region));
        }
        for rebuilt in ours.iter().filter(|pack| theirs.iter().all(|other| other.name != pack.name)) {
            alone(tally, level, rebuilt, DifferenceKind::OnlyRebuilt);
        }
        packed
    }

    /// The label of the pack's encoded bytes; `None` where they were counted one by one.
    fn pack(&self, tally: &mut Tally, level: &Level<'_>, shipped: &Pack, rebuilt: &Pack) -> Option<Label> {
        let mut place = level.place.clone();
        if shipped.inside.members.is_empty() {
            place.path.push(shipped.name.clone());
        }
        let charged = [(&self.shipped, shipped), (&self.rebuilt, rebuilt)];
        let charged: Result<(), String> =
            charged.into_iter().try_for_each(|(budget, pack)| budget.charge(pack.content.len() as u64));
        if let Err(reason) = charged {
            self.note_exhaustion(&reason);
            tally.skip(&place.path, reason);
            return Some(Label::Unexplained);
        }
        let (a, b) = (&*shipped.content, &*rebuilt.content);
        let alike = bytes::equal(a, b) && shipped.inside.regions == rebuilt.inside.regions;
        let stored = |pack: &Pack, side: &Side<'_>| {
            let blocks = pack.blocks.iter();
            let size: usize = blocks.clone().map(|block| block_bytes(side, block).len()).sum();
            blocks.clone().all(|block| block.packing == Packing::Stored) && size == pack.content.len()
        };
        let as_it_stands = stored(shipped, &level.shipped) && stored(rebuilt, &level.rebuilt);
        let inside = (!alike).then(|| {
            let mut tally = Tally::default();
            let sides = (Side::new(a, &shipped.inside), Side::new(b, &rebuilt.inside));
            let level = Level::new(&place, level.name, sides, true);
            self.regions(&mut tally, &level);
            match bytes::equal(a, b) {
                // The same bytes, divided in another way.
                true => tally,
                false => settled(tally, &place, a, b),
            }
        });
        let worst = inside.as_ref().map_or(Label::Reproduced, Tally::worst);
        if as_it_stands && let Some(inside) = inside {
            tally.take(inside);
            return None;
        }
        let encoding = self.encodings(level, shipped, rebuilt, alike);
        if worst < Label::Unexplained && encoding.label > Label::Reproduced {
            let size = |pack: &Pack, side: &Side<'_>| -> u64 {
                pack.blocks.iter().map(|block| block_bytes(side, block).len() as u64).sum()
            };
            let (shipped_size, rebuilt_size) = (size(shipped, &level.shipped), size(rebuilt, &level.rebuilt));
            let first = shipped.blocks.first();
            let region = first.and_then(|block| level.shipped.anatomy.regions.get(block.region));
            let mut path = level.place.path.clone();
            path.push(shipped.name.clone());
            let found = Found {
                path,
                kind: DifferenceKind::Changed,
                offset: region.map(|region| region.range.start),
                shipped_size,
                rebuilt_size,
                differing: shipped_size.max(rebuilt_size),
                role: role_name(Role::Member),
            };
            let Labelled { label, cause, evidence } = &encoding;
            tally.list(found.labelled(*label, *cause, evidence.clone(), None));
        }
        if let Some(inside) = inside {
            tally.take_findings(inside);
        }
        Some(worst.max(encoding.label))
    }

    /// What the encoding of a pack's blocks is labelled, apart from what is in them.
    fn encodings(&self, level: &Level<'_>, shipped: &Pack, rebuilt: &Pack, alike: bool) -> Labelled {
        let reproduced = || Labelled { label: Label::Reproduced, cause: None, evidence: Vec::new() };
        let most = shipped.blocks.len().max(rebuilt.blocks.len());
        let mut differing = 0;
        let mut encoders = true;
        for nth in 0..most {
            let blocks = [
                ("shipped", &level.shipped, shipped.blocks.get(nth)),
                ("rebuilt", &level.rebuilt, rebuilt.blocks.get(nth)),
            ];
            let bytes =
                blocks.map(|(_, side, block)| block.map(|block| (block.packing, block_bytes(side, block))));
            if let [Some(one), Some(other)] = bytes
                && one == other
            {
                continue;
            }
            differing += 1;
            let mut made_by = Vec::new();
            for ((side, _, _), block) in blocks.into_iter().zip(bytes) {
                let Some((packing, bytes)) = block else { continue };
                if !alike && nth < FINGERPRINTED {
                    made_by.push(room::encoder_of_block(packing, bytes));
                }
                if let Err(what) = room::block_holds_only_content(packing, bytes) {
                    let sentence =
                        format!("the {side} block {} may hold more than its content: {what}", nth + 1);
                    return Labelled::unexplained(sentence);
                }
            }
            encoders &= matches!(made_by.as_slice(), [Some(one), Some(other)] if one == other);
        }
        // Other content makes other blocks: that the same encoder made them is all there is to say. The same content
        // does not.
        let other = !alike && !bytes::equal(&shipped.content, &rebuilt.content);
        if differing == 0 || other && encoders {
            return reproduced();
        }
        if !self.context.allows(compression::CAUSE.id) {
            return Labelled::not_allowed(compression::CAUSE.id);
        }
        let blocks = format!("{differing} of {most} blocks");
        let evidence = match alike {
            true => format!(
                "equal content, divided in the same way; {blocks} are encoded differently, and none of them has room for more"
            ),
            false => format!(
                "the contents differ as listed; whether the same encoder made {blocks} is not known, and none of them has room for more"
            ),
        };
        Labelled::explained(compression::CAUSE.id, vec![evidence])
    }
}

/// Lists a pack that has no counterpart: what is in it was compared with nothing, whatever its blocks are labelled.
fn alone(tally: &mut Tally, level: &Level<'_>, pack: &Pack, kind: DifferenceKind) {
    let mut path = level.place.path.clone();
    path.push(pack.name.clone());
    let size = pack.content.len() as u64;
    let is_shipped = kind == DifferenceKind::OnlyShipped;
    let side = if is_shipped { "shipped" } else { "rebuilt" };
    let found = Found {
        path,
        kind,
        offset: None,
        shipped_size: if is_shipped { size } else { 0 },
        rebuilt_size: if is_shipped { 0 } else { size },
        differing: size,
        role: role_name(Role::Member),
    };
    let evidence = vec![format!("only the {side} file has this; what is in it was compared with nothing")];
    tally.list(found.labelled(Label::Unexplained, None, evidence, None));
}

fn block_bytes<'a>(side: &Side<'a>, block: &Block) -> &'a [u8] {
    side.anatomy.regions.get(block.region).map_or(&[], |region| region.bytes(side.bytes))
}
