//! What the walk found, counted and listed: one place where labels become bytes and differences.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::OnceLock;

use super::bytes;
use super::causes::member_order;
use super::code;
use super::code::Machine;
use super::context::Context;
use super::derived::Layout;
use super::graft;
use super::moved;
use super::moved::Proof;
use super::pairing::similar;
use super::pairing::similar::Digest;
use super::place::Place;
use super::tally::Found;
use super::tally::Tally;
use super::tally::role_name;
use super::view;
use crate::formats;
use crate::model::Anatomy;
use crate::model::Check;
use crate::model::Content;
use crate::model::Label;
use crate::model::Member;
use crate::model::Region;
use crate::model::Role;
use crate::model::account::DifferenceKind;

/// One side of a level.
pub struct Side<'a> {
    /// The file.
    pub bytes: &'a [u8],
    /// What it was opened as.
    pub anatomy: &'a Anatomy,
    /// Made when the first header field differs.
    pub layout: OnceLock<Layout<'a>>,
}

impl<'a> Side<'a> {
    /// One side, its layout not made yet.
    pub fn new(bytes: &'a [u8], anatomy: &'a Anatomy) -> Side<'a> {
        Side { bytes, anatomy, layout: OnceLock::new() }
    }

    /// Whether `region` is a size or an offset that follows from the rest; of what.
    pub fn follows(&self, region: &Region) -> Option<&'static str> {
        self.layout.get_or_init(|| Layout::new(self.bytes, self.anatomy)).follows(region)
    }

    /// Index of a region to the member whose bytes it holds.
    pub fn members(&self) -> HashMap<usize, &'a Member> {
        self.anatomy.members.iter().filter_map(|member| Some((member.region?, member))).collect()
    }
}

/// Two files at one place, opened.
pub struct Level<'a> {
    /// Where the two stand.
    pub place: &'a Place,
    /// The file's name.
    pub name: &'a str,
    /// The vendor's.
    pub shipped: Side<'a>,
    /// Ours.
    pub rebuilt: Side<'a>,
    /// Whether the two anatomies are of the whole files; else of one stretch of them.
    pub whole: bool,
    /// Made when the first region of a program differs.
    moved: OnceLock<Result<Proof, String>>,
}

impl<'a> Level<'a> {
    /// Two files at one place, with what they were opened as.
    pub fn new(
        place: &'a Place,
        name: &'a str,
        (shipped, rebuilt): (Side<'a>, Side<'a>),
        whole: bool,
    ) -> Level<'a> {
        Level { place, name, shipped, rebuilt, whole, moved: OnceLock::new() }
    }

    /// Whether the two are a program that differs in where it was built alone; why not.
    pub fn moved(&self, context: &Context) -> &Result<Proof, String> {
        self.moved.get_or_init(|| moved::prove(self.shipped.bytes, self.rebuilt.bytes, context))
    }
}

/// A label with what supports it.
pub struct Labelled {
    /// The label.
    pub label: Label,
    /// The cause's id.
    pub cause: Option<&'static str>,
    /// Sentences.
    pub evidence: Vec<String>,
}

impl Labelled {
    /// Explained by `cause`.
    pub fn explained(cause: &'static str, evidence: Vec<String>) -> Labelled {
        Labelled { label: Label::Explained, cause: Some(cause), evidence }
    }

    /// Derived, as `sentence` says.
    pub fn derived(sentence: &str) -> Labelled {
        Labelled { label: Label::Derived, cause: None, evidence: vec![sentence.to_owned()] }
    }

    /// Unexplained, because the policy does not allow the cause.
    pub fn not_allowed(cause: &str) -> Labelled {
        Labelled::unexplained(format!("{cause} would explain this; the policy does not allow it"))
    }

    /// Unexplained, as `sentence` says.
    pub fn unexplained(sentence: String) -> Labelled {
        Labelled { label: Label::Unexplained, cause: None, evidence: vec![sentence] }
    }

    /// Makes the label no better than `floor`.
    pub fn raise(&mut self, floor: Label) {
        if floor > self.label {
            self.label = floor;
            self.cause = (floor == Label::Explained).then_some(member_order::CAUSE.id);
            self.evidence.push("and it stands elsewhere in the order".to_owned());
        }
    }
}

/// Where a region stands.
pub struct Where {
    /// Through the containers.
    pub path: Vec<String>,
    /// In the innermost container, shipped side.
    pub offset: u64,
    /// The region's role.
    pub role: &'static str,
    /// The machine of the code that stands there.
    pub machine: Option<Machine>,
}

impl Where {
    /// Where `region` of the shipped side stands.
    pub fn of(level: &Level<'_>, region: &Region) -> Where {
        let mut path = level.place.path.clone();
        path.push(region.name.clone());
        let machine = match region.role {
            Role::Code => code::machine(level.shipped.anatomy.format, level.shipped.bytes),
            _ => None,
        };
        Where { path, offset: region.range.start, role: role_name(region.role), machine }
    }
}

/// Counts and lists two regions that differ. Bytes equal at their position are reproduced; the rest has the
/// label. Where the shipped side is the shorter one and is not explained, what it lacks is absent.
pub fn changed(tally: &mut Tally, at: Where, shipped: &[u8], rebuilt: &[u8], labelled: Labelled) {
    let overlap = bytes::overlap(shipped, rebuilt);
    let size = shipped.len() as u64;
    // Equal positions of two compressed streams mean nothing: a member's encoded bytes share one label.
    let equal = if at.role == "member" { 0 } else { overlap.equal };
    tally.count(Label::Reproduced, equal);
    tally.count(labelled.label, size - equal);
    if labelled.label == Label::Unexplained {
        tally.absent = tally.absent.saturating_add((rebuilt.len() as u64).saturating_sub(size));
    }
    let view = tally.has_room(labelled.label).then(|| match at.machine {
        Some(machine) => view::code(shipped, rebuilt, &overlap, machine),
        None => view::of(shipped, rebuilt, &overlap),
    });
    let found = Found {
        path: at.path,
        kind: DifferenceKind::Changed,
        offset: Some(at.offset),
        shipped_size: size,
        rebuilt_size: rebuilt.len() as u64,
        differing: (shipped.len().max(rebuilt.len()) as u64).saturating_sub(overlap.equal),
        role: at.role,
    };
    tally.list(found.labelled(labelled.label, labelled.cause, labelled.evidence, view));
}

/// Counts and lists the bytes that signing wrote; everything else was proved equal.
pub fn grafted(tally: &mut Tally, place: &Place, size: u64, proof: graft::Proof) {
    let mut reproduced = size;
    for written in proof.written {
        let bytes = written.range.end - written.range.start;
        reproduced = reproduced.saturating_sub(bytes);
        tally.count(written.label, bytes);
        let mut path = place.path.clone();
        path.push(written.name.to_owned());
        let found = Found {
            path,
            kind: DifferenceKind::Changed,
            offset: Some(written.range.start),
            shipped_size: bytes,
            rebuilt_size: 0,
            differing: bytes,
            role: role_name(if written.label == Label::Signature { Role::Signature } else { Role::Derived }),
        };
        let sentence = format!("written by the signer ({}); proved by graft", proof.graft.scheme);
        tally.list(found.labelled(written.label, None, vec![sentence], None));
    }
    tally.count(Label::Reproduced, reproduced);
}

/// Labels everything that differs between two files `unexplained`, without looking inside.
pub fn whole(
    tally: &mut Tally,
    place: &Place,
    shipped: &[u8],
    rebuilt: &[u8],
    role: &'static str,
    evidence: Vec<String>,
) {
    let at = Where { path: place.path.clone(), offset: 0, role, machine: None };
    changed(tally, at, shipped, rebuilt, Labelled { label: Label::Unexplained, cause: None, evidence });
}

/// Lists regions that only the shipped side has and that belong together; empties the list.
pub fn only_shipped(
    tally: &mut Tally,
    level: &Level<'_>,
    alone: &mut Vec<&Region>,
    elsewhere: &Elsewhere<'_>,
) {
    let regions = std::mem::take(alone);
    let Some(first) = regions.first() else { return };
    let size = regions.iter().map(|region| region.len()).sum();
    // Filler holds nothing by its format's own rule; everything else only the vendor has.
    let filler = regions.iter().all(|region| is_filler(region));
    let label = if filler { Label::Derived } else { Label::Unexplained };
    tally.count(label, size);
    list_alone(tally, level, &regions, first, (DifferenceKind::OnlyShipped, elsewhere), label);
}

/// Lists what only the rebuilt side has, grouped as it belongs together, and counts it as absent.
pub fn only_rebuilt(tally: &mut Tally, level: &Level<'_>, indices: &[usize], elsewhere: &Elsewhere<'_>) {
    let all = &level.rebuilt.anatomy;
    let regions: Vec<&Region> = indices.iter().filter_map(|index| all.regions.get(*index)).collect();
    for group in regions.chunk_by(|one, next| owner(&one.name) == owner(&next.name)) {
        let Some(first) = group.first() else { continue };
        let filler = group.iter().all(|region| is_filler(region));
        let label = if filler { Label::Derived } else { Label::Unexplained };
        if !filler {
            tally.absent = tally.absent.saturating_add(group.iter().map(|region| region.len()).sum());
        }
        list_alone(tally, level, group, first, (DifferenceKind::OnlyRebuilt, elsewhere), label);
    }
}

fn list_alone(
    tally: &mut Tally,
    level: &Level<'_>,
    regions: &[&Region],
    first: &Region,
    (kind, elsewhere): (DifferenceKind, &Elsewhere<'_>),
    label: Label,
) {
    let size = regions.iter().map(|region| region.len()).sum();
    let mut path = level.place.path.clone();
    path.push(if regions.len() == 1 { first.name.clone() } else { owner(&first.name).to_owned() });
    let shipped = kind == DifferenceKind::OnlyShipped;
    let whole_member = regions.len() > 1;
    let mut evidence: Vec<String> = regions
        .iter()
        .filter_map(|region| match &region.check {
            Check::Fails(how) => Some(format!("{}: {how}", region.name)),
            _ => None,
        })
        .take(4)
        .collect();
    let content = regions.iter().find(|region| region.role == Role::Member);
    let renamed = content.and_then(|region| match shipped {
        true => elsewhere.rebuilt.get(region.bytes(level.shipped.bytes)),
        false => elsewhere.shipped.get(region.bytes(level.rebuilt.bytes)),
    });
    let alike = content.filter(|_| renamed.is_none()).and_then(|region| match shipped {
        true => elsewhere.like_rebuilt.get(&region.range.start),
        false => elsewhere.like_shipped.get(&region.range.start),
    });
    if let Some(like) = alike {
        let side = if shipped { "rebuilt" } else { "shipped" };
        evidence.push(format!(
            "it resembles {} of the {side} file (TLSH distance {}), and is shown against it",
            like.name, like.distance
        ));
    }
    if let Some(other) = renamed {
        let side = if shipped { "rebuilt" } else { "shipped" };
        evidence.push(format!("the same content stands in the {side} file as {other}"));
    }
    let kind = if renamed.is_some() { DifferenceKind::Renamed } else { kind };
    let largest = regions.iter().max_by_key(|region| region.len()).copied().unwrap_or(first);
    let against = content.zip(alike).filter(|_| tally.has_room(label)).and_then(|(region, like)| {
        let (own, others) = match shipped {
            true => (&level.shipped, &level.rebuilt),
            false => (&level.rebuilt, &level.shipped),
        };
        let (own, other) = (short_content_at(own, region)?, short_content_at(others, like.region)?);
        let (theirs, ours) = if shipped { (own, other) } else { (other, own) };
        Some(view::of(&theirs, &ours, &bytes::overlap(&theirs, &ours)))
    });
    let view = tally.has_room(label).then(|| {
        if let Some(against) = against {
            return against;
        }
        let (theirs, ours): (&[u8], &[u8]) = match shipped {
            true => (largest.bytes(level.shipped.bytes), &[]),
            false => (&[], largest.bytes(level.rebuilt.bytes)),
        };
        view::of(theirs, ours, &bytes::overlap(theirs, ours))
    });
    let found = Found {
        path,
        kind,
        offset: shipped.then_some(first.range.start),
        shipped_size: if shipped { size } else { 0 },
        rebuilt_size: if shipped { 0 } else { size },
        differing: size,
        role: if whole_member { "member" } else { role_name(first.role) },
    };
    tally.list(found.labelled(label, None, evidence, view));
}

/// Filler that holds what its format prescribes: how much of it there is follows from where things stand. The
/// end of an archive is written as zeros too, and is a mark that readers look for.
fn is_filler(region: &Region) -> bool {
    region.role == Role::Padding && region.check == Check::Holds && region.name != "end of archive"
}

/// Contents that stand on one side only under their name, by their encoded bytes: a file that was renamed is
/// no less a difference, and a reader wants to know.
pub struct Elsewhere<'a> {
    /// Encoded bytes to the name they have, shipped side.
    pub shipped: HashMap<&'a [u8], &'a str>,
    /// The same, rebuilt side.
    pub rebuilt: HashMap<&'a [u8], &'a str>,
    /// Where a shipped member starts, to what it resembles on the rebuilt side.
    like_rebuilt: HashMap<u64, Like<'a>>,
    /// The same, the other way about.
    like_shipped: HashMap<u64, Like<'a>>,
}

/// A member of the other side that resembles one of this.
struct Like<'a> {
    name: &'a str,
    region: &'a Region,
    distance: u32,
}

impl<'a> Elsewhere<'a> {
    /// Looks at the regions that only one side has.
    pub fn new(level: &Level<'a>, shipped: impl Iterator<Item = usize>, rebuilt: &[usize]) -> Elsewhere<'a> {
        let (theirs, ours) = (&level.shipped, &level.rebuilt);
        let contents = |side: &Side<'a>, indices: &mut dyn Iterator<Item = usize>| {
            let regions = indices.filter_map(|index| side.anatomy.regions.get(index));
            let members = regions.filter(|region| region.role == Role::Member);
            members.map(|region| (region.bytes(side.bytes), owner(&region.name))).collect::<HashMap<_, _>>()
        };
        let shipped: Vec<usize> = shipped.collect();
        let mut elsewhere = Elsewhere {
            shipped: contents(theirs, &mut shipped.iter().copied()),
            rebuilt: contents(ours, &mut rebuilt.iter().copied()),
            like_rebuilt: HashMap::new(),
            like_shipped: HashMap::new(),
        };
        if !elsewhere.shipped.is_empty() && !elsewhere.rebuilt.is_empty() {
            elsewhere.alike((theirs, &shipped), (ours, rebuilt));
        }
        elsewhere
    }

    /// Sets members beside each other that resemble each other and stand under their name on one side only.
    fn alike(&mut self, theirs: (&Side<'a>, &[usize]), ours: (&Side<'a>, &[usize])) {
        let digests = |(side, indices): (&Side<'a>, &[usize])| -> (Vec<&'a Region>, Vec<Digest>) {
            let members = side.members();
            let regions = indices.iter().filter_map(|index| {
                let region = side.anatomy.regions.get(*index)?;
                let content = short_content(members.get(index)?, region.bytes(side.bytes))?;
                Some((region, Digest::of(&content)?))
            });
            regions.take(similar::MEMBERS).unzip()
        };
        let ((theirs, shipped), (ours, rebuilt)) = (digests(theirs), digests(ours));
        for (one, other, distance) in similar::pairs(&shipped, &rebuilt) {
            let (Some(theirs), Some(ours)) = (theirs.get(one), ours.get(other)) else { continue };
            let like = |region: &'a Region| Like { name: owner(&region.name), region, distance };
            self.like_rebuilt.insert(theirs.range.start, like(ours));
            self.like_shipped.insert(ours.range.start, like(theirs));
        }
    }
}

/// The content of the member that stands in `region`, if it is short enough to be laid against another.
fn short_content_at<'a>(side: &Side<'a>, region: &Region) -> Option<Cow<'a, [u8]>> {
    let holds = |index: usize| side.anatomy.regions.get(index).is_some_and(|held| held.range == region.range);
    let member = side.anatomy.members.iter().find(|member| member.region.is_some_and(holds))?;
    short_content(member, region.bytes(side.bytes))
}

/// The content of a member, if it is short enough to be laid against another.
fn short_content<'a>(member: &Member, encoded: &'a [u8]) -> Option<Cow<'a, [u8]>> {
    match member.content {
        Content::Stored => Some(Cow::Borrowed(encoded)).filter(|content| content.len() <= similar::LARGEST),
        Content::Coded(coding) => {
            formats::decode(coding, encoded, similar::LARGEST as u64).ok().map(Cow::Owned)
        }
        Content::Empty | Content::Opaque => None,
    }
}

/// What a region belongs to, by its name: `member usr/bin/x` of `member usr/bin/x: mode`.
pub fn owner(name: &str) -> &str {
    name.split_once(": ").map_or(name, |(owner, _)| owner)
}
