//! Members that correspond: decoded, their contents accounted for, and how they were encoded judged apart.

use std::sync::Arc;

use super::FINGERPRINTED;
use super::Regions;
use super::Walk;
use crate::compare::bytes;
use crate::compare::causes::compression;
use crate::compare::listing::Labelled;
use crate::compare::listing::Level;
use crate::compare::listing::Side;
use crate::compare::listing::Where;
use crate::compare::listing::changed;
use crate::compare::lists;
use crate::compare::place::Place;
use crate::compare::room;
use crate::compare::tally::Found;
use crate::compare::tally::Tally;
use crate::compare::tally::role_name;
use crate::formats;
use crate::model::Content;
use crate::model::Label;
use crate::model::Member;
use crate::model::Role;
use crate::model::account::DifferenceKind;

/// Two members that correspond.
pub struct Members<'a> {
    /// The vendor's.
    pub shipped: &'a Member,
    /// Ours.
    pub rebuilt: &'a Member,
}

impl Walk<'_> {
    /// A member whose encoded bytes differ.
    pub fn member(&self, tally: &mut Tally, level: &Level<'_>, regions: Regions<'_>, members: &Members<'_>) {
        let (a, b) = (&level.shipped, &level.rebuilt);
        let (encoded, ours) = (regions.shipped.bytes(a.bytes), regions.rebuilt.bytes(b.bytes));
        let Members { shipped, rebuilt } = *members;
        let mut inner = level.place.inside(&shipped.name, a.anatomy.format, shipped, rebuilt);
        if level.whole && a.anatomy.format == "deb" && shipped.name.starts_with("control.tar") {
            let theirs = lists::installed(a.bytes, a.anatomy, &self.shipped);
            let ours = lists::installed(b.bytes, b.anatomy, &self.rebuilt);
            inner.installed = theirs.zip(ours).map(|(theirs, ours)| Arc::new([theirs, ours]));
        }
        let inner = inner;
        let at = || Where {
            path: inner.path.clone(),
            offset: regions.shipped.range.start,
            role: role_name(Role::Member),
            machine: None,
        };
        let decoded = self.join(
            || formats::member_bytes(a.bytes, a.anatomy, shipped, &self.shipped),
            || formats::member_bytes(b.bytes, b.anatomy, rebuilt, &self.rebuilt),
        );
        let (theirs, mine) = match decoded {
            (Ok(theirs), Ok(mine)) => (theirs, mine),
            (theirs, mine) => {
                let mut reasons = Vec::new();
                for (side, result) in [("shipped", theirs), ("rebuilt", mine)] {
                    if let Err(reason) = result {
                        self.note_exhaustion(&reason);
                        reasons.push(format!("{side}: {reason}"));
                    }
                }
                tally.skip(&inner.path, reasons.join("; "));
                let labelled = Labelled { label: Label::Unexplained, cause: None, evidence: reasons };
                changed(tally, at(), encoded, ours, labelled);
                return;
            }
        };
        let name = match shipped.name.is_empty() {
            true => formats::inner_name(level.name),
            false => shipped.name.clone(),
        };
        let as_it_stands = shipped.content == Content::Stored && rebuilt.content == Content::Stored;
        let mut encoding = match as_it_stands {
            true => Labelled { label: Label::Reproduced, cause: None, evidence: Vec::new() },
            false => self.encoding(members, regions.nth, [encoded, ours], [&theirs, &mine]),
        };
        if !as_it_stands && bytes::equal(&theirs, &mine) {
            encoding.raise(regions.floor);
            changed(tally, at(), encoded, ours, encoding);
            return;
        }
        let found = match self.list(level, &shipped.name, &inner, &theirs, &mine) {
            Some(found) => found,
            None => self.level(&inner, &name, &theirs, &mine),
        };
        if as_it_stands && regions.floor == Label::Reproduced {
            tally.take(found);
            return;
        }
        // The bytes of an encoding belong to no byte of the content: they all have the worst label of it.
        let label = found.worst().max(regions.floor).max(encoding.label);
        if found.worst() < Label::Unexplained && encoding.label > Label::Reproduced {
            let listed = Found {
                path: inner.path.clone(),
                kind: DifferenceKind::Changed,
                offset: Some(regions.shipped.range.start),
                shipped_size: regions.shipped.len(),
                rebuilt_size: regions.rebuilt.len(),
                differing: regions.shipped.len().max(regions.rebuilt.len()),
                role: role_name(Role::Member),
            };
            tally.list(listed.labelled(encoding.label, encoding.cause, encoding.evidence, None));
        }
        tally.take_findings(found);
        tally.count(label, regions.shipped.len());
    }

    /// The tally of a list of digests that holds for the other members, on both sides.
    fn list(
        &self,
        level: &Level<'_>,
        name: &str,
        inner: &Place,
        theirs: &[u8],
        mine: &[u8],
    ) -> Option<Tally> {
        let held = |side: &Side<'_>, budget| lists::holds(side.bytes, side.anatomy, name, budget);
        let (shipped, rebuilt) = match level.place.installed.as_deref() {
            // The list of a package stands in the package's control archive, and speaks of the other one.
            Some([shipped, rebuilt]) if name == "./md5sums" && level.place.is_control_archive() => {
                let (shipped, rebuilt) = (lists::md5sums(theirs, shipped), lists::md5sums(mine, rebuilt));
                if shipped != rebuilt {
                    return None;
                }
                (shipped.map(drop), rebuilt.map(drop))
            }
            // The size in a package's description follows from its files, and nothing else may differ in it.
            Some([shipped, rebuilt]) if name == "./control" && level.place.is_control_archive() => {
                let rests = (
                    lists::control_without_size(theirs, shipped).ok()?,
                    lists::control_without_size(mine, rebuilt).ok()?,
                );
                if rests.0 != rests.1 {
                    return None;
                }
                (Ok(()), Ok(()))
            }
            // A list speaks of all members: it is held against all of them, or not at all.
            _ if !level.whole => return None,
            _ => (held(&level.shipped, &self.shipped)?, held(&level.rebuilt, &self.rebuilt)?),
        };
        if shipped.is_err() || rebuilt.is_err() {
            return None;
        }
        let mut tally = Tally::default();
        let at = Where { path: inner.path.clone(), offset: 0, role: role_name(Role::Derived), machine: None };
        let sentence = match name {
            "./control" => "the installed size: differs as much as the sizes of the packages' files do",
            _ => "a list of the other members' digests: complete and correct on both sides",
        };
        changed(&mut tally, at, theirs, mine, Labelled::derived(sentence));
        Some(tally)
    }

    /// What the encoding itself, apart from the content, is labelled.
    fn encoding(
        &self,
        members: &Members<'_>,
        nth: usize,
        [encoded, ours]: [&[u8]; 2],
        [theirs, mine]: [&[u8]; 2],
    ) -> Labelled {
        let codings = (members.shipped.content, members.rebuilt.content);
        let (Content::Coded(coding), Content::Coded(other)) = codings else {
            return Labelled::unexplained("stored on one side, compressed on the other".to_owned());
        };
        if coding != other {
            return Labelled::unexplained("compressed by different methods".to_owned());
        }
        let fingerprint = nth < FINGERPRINTED;
        let equal = bytes::equal(theirs, mine);
        if !equal && fingerprint {
            let shipped = compression::encoder(coding, encoded, theirs);
            let rebuilt = compression::encoder(coding, ours, mine);
            if shipped.is_some() && shipped == rebuilt {
                return Labelled { label: Label::Reproduced, cause: None, evidence: Vec::new() };
            }
        }
        for (side, stream, content) in [("shipped", encoded, theirs), ("rebuilt", ours, mine)] {
            if let Err(what) = room::holds_only_content(coding, stream, content) {
                return Labelled::unexplained(format!(
                    "the {side} stream may hold more than its content: {what}"
                ));
            }
        }
        if !self.context.allows(compression::CAUSE.id) {
            return Labelled::not_allowed(compression::CAUSE.id);
        }
        let evidence = match equal {
            true => compression::evidence(coding, encoded, ours, theirs, fingerprint),
            false => vec![
                "the contents differ as listed; whether the same encoder made both encodings is not known"
                    .to_owned(),
            ],
        };
        Labelled::explained(compression::CAUSE.id, evidence)
    }
}
