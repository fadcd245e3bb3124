//! The partition: formats claim byte ranges, the builder makes them a partition.
//!
//! Whatever is claimed beyond the end is clipped, whatever is claimed twice goes to whoever claimed it first,
//! whatever nobody claimed becomes a gap. Each of these is a problem or a region of its own, so
//! [`Anatomy::check`] holds by construction and nothing a lying header says can hide a byte.

use std::collections::BTreeSet;
use std::collections::HashMap;
use std::collections::HashSet;
use std::fmt::Display;
use std::hash::DefaultHasher;
use std::hash::Hash;
use std::hash::Hasher;
use std::ops::Range;
use std::sync::Arc;

use super::field;
use crate::model::Anatomy;
use crate::model::Block;
use crate::model::Check;
use crate::model::Content;
use crate::model::Fact;
use crate::model::Member;
use crate::model::Pack;
use crate::model::Packing;
use crate::model::Region;
use crate::model::Role;
use crate::model::path::escape;

/// Collects claims on the bytes of one artifact and turns them into an [`Anatomy`].
pub struct Builder<'a> {
    bytes: &'a [u8],
    format: &'static str,
    claims: Vec<Claim>,
    members: Vec<(Member, Option<usize>)>,
    packs: Vec<(Pack, Vec<(usize, Packing)>)>,
    facts: Vec<Fact>,
    facts_size: u64,
    problems: Vec<String>,
    problems_cut: u64,
    labels: HashMap<String, u32>,
    /// Whether claims are passed over, and what the first one passed over belonged to.
    skipping: bool,
    first: Option<u64>,
}

/// A claimed range; its index is its precedence.
struct Claim {
    range: Range<u64>,
    role: Role,
    name: String,
    check: Check,
}

/// Problems kept per artifact: a hostile file has one per header, a reader needs the first few.
const PROBLEMS_KEPT: usize = 200;

/// Characters of a member's name that its regions' names repeat; a zip name may have 65,535 and a dozen regions.
const LABEL_LENGTH: usize = 240;

/// Entries of one container described field by field; beyond, an entry's header is one region, so that a
/// container of a million entries costs a multiple of its own size and no more.
pub const DETAILED_ENTRIES: u64 = 100_000;

impl<'a> Builder<'a> {
    /// A builder for `bytes`.
    pub fn new(format: &'static str, bytes: &'a [u8]) -> Builder<'a> {
        Builder {
            bytes,
            format,
            claims: Vec::new(),
            members: Vec::new(),
            packs: Vec::new(),
            facts: Vec::new(),
            facts_size: 0,
            problems: Vec::new(),
            problems_cut: 0,
            labels: HashMap::new(),
            skipping: false,
            first: None,
        }
    }

    /// A builder that keeps nothing of what it is told: for walking over entries that nobody looks at.
    pub fn skipping(format: &'static str, bytes: &'a [u8]) -> Builder<'a> {
        Builder { skipping: true, ..Builder::new(format, bytes) }
    }

    /// What the first claim since the last call belonged to, as a number to compare by; of a skipping builder.
    pub fn first_owner(&mut self) -> u64 {
        self.first.take().unwrap_or(0)
    }

    /// Whether what is claimed is kept, and worth the work of checking.
    pub fn keeps(&self) -> bool {
        !self.skipping
    }

    /// The artifact's bytes.
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The artifact's size.
    pub fn size(&self) -> u64 {
        self.bytes.len() as u64
    }

    /// Claims `len` bytes at `start`. Empty claims are allowed and leave no region. Returns the claim's index.
    pub fn claim(&mut self, start: u64, len: u64, role: Role, name: impl Into<String>) -> usize {
        self.claim_checked(start, len, role, name, Check::None)
    }

    /// Claims `len` bytes at `start` which hold, or do not hold, what their format prescribes.
    pub fn claim_checked(
        &mut self,
        start: u64,
        len: u64,
        role: Role,
        name: impl Into<String>,
        check: Check,
    ) -> usize {
        let name = name.into();
        if self.skipping {
            self.first.get_or_insert_with(|| {
                let mut hasher = DefaultHasher::new();
                name.split_once(": ").map_or(name.as_str(), |(owner, _)| owner).hash(&mut hasher);
                hasher.finish()
            });
            return 0;
        }
        let end = start.saturating_add(len);
        let range = start.min(self.size())..end.min(self.size());
        if end > self.size() && len > 0 {
            self.problem(format!(
                "{name} reaches to byte {end} of {size}: the artifact is truncated or its header lies",
                size = self.size()
            ));
        }
        self.claims.push(Claim { range, role, name, check });
        self.claims.len() - 1
    }

    /// Claims alignment filler that must be zero; the check says whether it is.
    pub fn padding(&mut self, start: u64, len: u64, name: impl Into<String>) -> usize {
        if self.skipping {
            return self.claim(start, len, Role::Padding, name);
        }
        let end = start.saturating_add(len);
        let check = holds(field::is_zero(field::clamped(self.bytes, start..end)), || {
            "padding holds bytes other than zero".to_owned()
        });
        self.claim_checked(start, len, Role::Padding, name, check)
    }

    /// Claims `range` around the parts of it that are claimed already: `inner`, by start, with their names. A
    /// piece is named for the part it follows.
    pub fn claim_around(
        &mut self,
        range: Range<u64>,
        role: Role,
        name: &str,
        inner: &[(Range<u64>, String)],
    ) {
        let mut at = range.start;
        let mut label = name.to_owned();
        for (part, part_name) in
            inner.iter().filter(|(part, _)| part.start < range.end && part.end > range.start)
        {
            if part.start > at {
                self.claim(at, part.start - at, role, label);
            }
            at = at.max(part.end);
            label = format!("{name} after {part_name}");
        }
        if at < range.end {
            self.claim(at, range.end - at, role, label);
        }
    }

    /// Adds a member whose encoded bytes are claim `claim`.
    pub fn member(
        &mut self,
        name: &[u8],
        claim: Option<usize>,
        content: Content,
        attributes: Vec<(&'static str, String)>,
    ) {
        if self.skipping {
            return;
        }
        let member = Member { name: escape(name), region: None, content, attributes, decoded: None };
        self.members.push((member, claim));
    }

    /// Adds the sole content of a compressor, with what finding its end already decoded.
    pub fn decoded_member(&mut self, name: &[u8], claim: usize, content: Content, decoded: Option<Vec<u8>>) {
        self.member(name, Some(claim), content, Vec::new());
        if let Some((member, _)) = self.members.last_mut() {
            member.decoded = decoded.map(Arc::new);
        }
    }

    /// Adds a member whose bytes stand in several regions: it carries its content itself.
    pub fn scattered_member(
        &mut self,
        name: &[u8],
        content: Vec<u8>,
        attributes: Vec<(&'static str, String)>,
    ) {
        self.member(name, None, Content::Stored, attributes);
        if let Some((member, _)) = self.members.last_mut() {
            member.decoded = Some(Arc::new(content));
        }
    }

    /// Adds what stands in `blocks`, claims of role [`Role::Member`] that belong to no other pack, each with how it
    /// was decoded: `content`, of which `inside` is the partition.
    pub fn pack(
        &mut self,
        name: impl Into<String>,
        blocks: Vec<(usize, Packing)>,
        content: Vec<u8>,
        inside: Anatomy,
    ) {
        let pack = Pack {
            name: name.into(),
            blocks: Vec::new(),
            content: Arc::new(content),
            inside: Arc::new(inside),
        };
        self.packs.push((pack, blocks));
    }

    /// `member NAME`, bounded, and numbered from the second of its name on: the prefix of a member's regions.
    pub fn label(&mut self, name: &[u8]) -> String {
        let mut label = format!("member {}", escape(name));
        if label.len() > LABEL_LENGTH {
            let cut = (0..=LABEL_LENGTH).rev().find(|at| label.is_char_boundary(*at)).unwrap_or(0);
            label.truncate(cut);
            label.push_str(&format!("… ({:08x})", crc32fast::hash(name)));
        }
        if self.skipping {
            return label;
        }
        let seen = self.labels.entry(label.clone()).or_insert(0);
        *seen += 1;
        if *seen > 1 {
            label.push_str(&format!(" #{seen}"));
        }
        label
    }

    /// Adds a fact; the value is escaped here. A million symbols that share one long name are cut, with a
    /// problem.
    pub fn fact(&mut self, key: &'static str, value: &[u8]) {
        let most = self.size().saturating_mul(4).saturating_add(1 << 20);
        let before = self.facts_size;
        self.facts_size = before.saturating_add(value.len() as u64);
        if self.facts_size > most {
            if before <= most {
                self.problem(format!(
                    "facts from {key} {} on were left out: they exceed {most} bytes",
                    self.facts.len()
                ));
            }
            return;
        }
        self.facts.push(Fact { key, value: escape(value) });
    }

    /// Adds a problem.
    pub fn problem(&mut self, problem: impl Display) {
        if self.skipping {
            return;
        }
        if self.problems.len() < PROBLEMS_KEPT {
            self.problems.push(problem.to_string());
        } else {
            self.problems_cut += 1;
        }
    }

    /// The partition, with gaps where nothing was claimed.
    pub fn finish(self) -> Anatomy {
        let all = 0..self.size();
        self.finish_parts(&[all])
    }

    /// A partition of `parts` alone, which are sorted and do not overlap: what one stretch of a container is.
    pub fn finish_parts(mut self, parts: &[Range<u64>]) -> Anatomy {
        let segments = self.segments(parts);
        let mut placed: HashMap<usize, usize> = HashMap::new();
        let mut regions = Vec::with_capacity(segments.len());
        let mut names = Names::default();
        for (range, owner) in segments {
            let region = match owner.and_then(|owner| self.claims.get_mut(owner).map(|claim| (owner, claim)))
            {
                Some((owner, claim)) => {
                    let whole = claim.range == range;
                    placed.entry(owner).or_insert(regions.len());
                    let (name, check) = match whole {
                        true => (std::mem::take(&mut claim.name), claim.check.clone()),
                        false => {
                            let reason = "another region claims some of the same bytes";
                            (claim.name.clone(), Check::Fails(reason.to_owned()))
                        }
                    };
                    Region { range, role: claim.role, name: names.unique(name), check }
                }
                None => {
                    let name = match regions.last() {
                        Some(Region { name, .. }) => format!("gap after {name}"),
                        None => "gap at the start".to_owned(),
                    };
                    Region { range, role: Role::Gap, name: names.unique(name), check: Check::None }
                }
            };
            regions.push(region);
        }
        let members = std::mem::take(&mut self.members);
        let members = members
            .into_iter()
            .map(|(mut member, claim)| {
                let whole = claim.and_then(|index| self.claims.get(index)).map(|claim| claim.range.clone());
                member.region = claim.and_then(|index| placed.get(&index).copied());
                let given = member.region.and_then(|index| regions.get(index)).map(|region| &region.range);
                if given.is_none() && whole.as_ref().is_none_or(|range| range.is_empty()) {
                    if member.content != Content::Opaque && member.decoded.is_none() {
                        member.content = Content::Empty;
                    }
                } else if given != whole.as_ref() {
                    member.content = Content::Opaque;
                    member.decoded = None;
                }
                member
            })
            .collect();
        let (mut packs, mut lost) = (Vec::new(), false);
        for (mut pack, claims) in std::mem::take(&mut self.packs) {
            let whole = |claim: usize| {
                let region = placed.get(&claim).copied()?;
                let claimed = self.claims.get(claim).map(|claim| &claim.range);
                (regions.get(region).map(|region: &Region| &region.range) == claimed).then_some(region)
            };
            let blocks: Option<Vec<Block>> = claims
                .iter()
                .map(|(claim, packing)| whole(*claim).map(|region| Block { region, packing: *packing }))
                .collect();
            match blocks {
                Some(blocks) => {
                    pack.blocks = blocks;
                    packs.push(pack);
                }
                None => {
                    lost = true;
                    self.problem(format!(
                        "{}: other regions claim some of its bytes; what is in it was not looked at",
                        pack.name
                    ));
                }
            }
        }
        if lost {
            // A field that leads to what was not looked at follows from nothing.
            for region in regions.iter_mut().filter(|region| region.check == Check::Holds) {
                region.check = Check::None;
            }
        }
        if self.problems_cut > 0 {
            self.problems.push(format!("{} more problems of the same artifact", self.problems_cut));
        }
        Anatomy {
            format: self.format,
            size: self.bytes.len() as u64,
            regions,
            members,
            packs,
            facts: self.facts,
            problems: self.problems,
        }
    }

    /// Consecutive ranges over each of the parts, each with the claim it belongs to.
    fn segments(&mut self, parts: &[Range<u64>]) -> Vec<(Range<u64>, Option<usize>)> {
        let mut order: Vec<usize> = (0..self.claims.len()).collect();
        order.retain(|index| self.claims.get(*index).is_some_and(|claim| !claim.range.is_empty()));
        order.sort_by_key(|index| self.claims.get(*index).map(|claim| claim.range.start));
        let ranges: Vec<(Range<u64>, usize)> = order
            .iter()
            .filter_map(|index| self.claims.get(*index).map(|claim| (claim.range.clone(), *index)))
            .collect();
        let disjoint = ranges.windows(2).all(|pair| match pair {
            [(first, _), (second, _)] => first.end <= second.start,
            _ => true,
        });
        let owned = match disjoint {
            true => ranges,
            false => self.sweep(&ranges),
        };
        let mut segments = Vec::with_capacity(owned.len() + 1);
        for part in parts {
            let mut at = part.start;
            let from = owned.partition_point(|(range, _)| range.end <= part.start);
            for (range, owner) in owned.iter().skip(from).take_while(|(range, _)| range.start < part.end) {
                let range = range.start.max(part.start)..range.end.min(part.end);
                if range.start > at {
                    segments.push((at..range.start, None));
                }
                at = range.end;
                segments.push((range, Some(*owner)));
            }
            if at < part.end {
                segments.push((at..part.end, None));
            }
        }
        segments
    }

    /// Resolves overlap: at each byte the earliest claim wins. O(n log n) in claims.
    fn sweep(&mut self, ranges: &[(Range<u64>, usize)]) -> Vec<(Range<u64>, usize)> {
        let mut edges: Vec<(u64, bool, usize)> = Vec::with_capacity(ranges.len() * 2);
        for (range, index) in ranges {
            edges.push((range.start, true, *index));
            edges.push((range.end, false, *index));
        }
        edges.sort_unstable();
        let mut active = BTreeSet::new();
        let mut out: Vec<(Range<u64>, usize)> = Vec::new();
        let mut lost: HashMap<usize, u64> = HashMap::new();
        let mut at = 0;
        for (edge, opens, index) in edges {
            if edge > at {
                if let Some(owner) = active.first().copied() {
                    match out.last_mut() {
                        Some((range, last)) if *last == owner && range.end == at => range.end = edge,
                        _ => out.push((at..edge, owner)),
                    }
                }
                at = edge;
            }
            if opens {
                active.insert(index)
            } else {
                active.remove(&index)
            };
        }
        for (range, owner) in &out {
            *lost.entry(*owner).or_insert(0) += range.end - range.start;
        }
        for (range, index) in ranges {
            let kept = lost.get(index).copied().unwrap_or(0);
            let whole = range.end - range.start;
            if kept < whole {
                let name = self.claims.get(*index).map(|claim| claim.name.clone()).unwrap_or_default();
                self.problem(format!(
                    "{name} at {}..{} overlaps what stands there already: {} of its {whole} bytes belong to other regions",
                    range.start,
                    range.end,
                    whole - kept
                ));
            }
        }
        out
    }
}

/// [`Check::Holds`], or [`Check::Fails`] with the sentence.
pub fn holds(holds: bool, otherwise: impl FnOnce() -> String) -> Check {
    if holds { Check::Holds } else { Check::Fails(otherwise()) }
}

/// Keeps region names unique within an artifact: a name is the identity regions are paired by.
///
/// Only hashes are kept of the names seen once: a container has millions. Two names of one hash would only get a
/// number neither needs.
#[derive(Default)]
struct Names {
    seen: HashSet<u64>,
    repeated: HashMap<String, u32>,
}

impl Names {
    fn unique(&mut self, name: String) -> String {
        let mut hasher = DefaultHasher::new();
        name.hash(&mut hasher);
        if self.seen.insert(hasher.finish()) {
            return name;
        }
        let count = self.repeated.entry(name.clone()).or_insert(1);
        *count += 1;
        let numbered = format!("{name} ({count})");
        self.unique(numbered)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranges(anatomy: &Anatomy) -> Vec<(u64, u64, String)> {
        anatomy.regions.iter().map(|r| (r.range.start, r.range.end, r.name.clone())).collect()
    }

    #[test]
    fn what_nobody_claims_is_a_gap() {
        let mut builder = Builder::new("test", &[0; 10]);
        builder.claim(2, 3, Role::Header, "a");
        builder.claim(5, 1, Role::Header, "b");
        let anatomy = builder.finish();
        anatomy.check().unwrap();
        assert_eq!(
            ranges(&anatomy),
            [
                (0, 2, "gap at the start".to_owned()),
                (2, 5, "a".to_owned()),
                (5, 6, "b".to_owned()),
                (6, 10, "gap after b".to_owned())
            ]
        );
        assert!(anatomy.problems.is_empty());
    }

    #[test]
    fn overlap_goes_to_the_first_claim_and_is_a_problem() {
        let mut builder = Builder::new("test", &[0; 10]);
        builder.claim(4, 2, Role::Header, "inner");
        let outer = builder.claim(0, 10, Role::Member, "outer");
        builder.member(b"m", Some(outer), Content::Stored, Vec::new());
        let anatomy = builder.finish();
        anatomy.check().unwrap();
        assert_eq!(
            ranges(&anatomy),
            [(0, 4, "outer".to_owned()), (4, 6, "inner".to_owned()), (6, 10, "outer (2)".to_owned())]
        );
        assert_eq!(anatomy.members[0].content, Content::Opaque, "a member that lost bytes is not opened");
        assert_eq!(anatomy.problems.len(), 1);
    }

    #[test]
    fn a_claim_beyond_the_end_is_clipped_and_a_problem() {
        let mut builder = Builder::new("test", &[0; 10]);
        builder.claim(8, u64::MAX, Role::Header, "long");
        builder.claim(400, 4, Role::Header, "outside");
        let anatomy = builder.finish();
        anatomy.check().unwrap();
        assert_eq!(anatomy.problems.len(), 2);
    }
}
