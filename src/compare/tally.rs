//! What comparing one pair of artifacts adds up to: bytes by label, absent bytes, a bounded list of differences.
//!
//! A tally is made for each level of nesting and taken up into the level above. Its size does not depend on
//! how many differences there are: beyond [`LISTED`] they are counted and not kept.

use crate::model::Difference;
use crate::model::Label;
use crate::model::NotExamined;
use crate::model::account::DifferenceKind;
use crate::model::account::Graft;
use crate::model::account::View;
use crate::model::anatomy::Role;

/// Differences listed in one comparison; the rest are counted.
pub const LISTED: usize = 500;

/// Records of things not examined kept in one comparison; the last one says how many more there are.
const NOT_EXAMINED: usize = 200;

/// Bytes by label, absent bytes and differences of one pair of artifacts.
#[derive(Debug, Default)]
pub struct Tally {
    labels: [u64; 5],
    /// Rebuilt bytes that nothing shipped corresponds to.
    pub absent: u64,
    /// In order of place, at most [`LISTED`].
    pub differences: Vec<Difference>,
    /// How many of them have each label.
    by_label: [usize; 5],
    /// Differences not listed.
    pub cut: u64,
    /// Proofs by graft, of this artifact or of what is inside it.
    pub grafts: Vec<Graft>,
    /// What could not be looked at.
    pub not_examined: Vec<NotExamined>,
    not_examined_cut: u64,
    /// The worst label of any difference, of those without shipped bytes too.
    noted: Option<Label>,
}

/// The labels from best to worst, as [`Label`] orders them.
const LABELS: [Label; 5] =
    [Label::Reproduced, Label::Derived, Label::Signature, Label::Explained, Label::Unexplained];

impl Tally {
    /// Counts `bytes` under `label`.
    pub fn count(&mut self, label: Label, bytes: u64) {
        if let Some(slot) = self.labels.get_mut(label as usize) {
            *slot = slot.saturating_add(bytes);
        }
    }

    /// The bytes under each label, best first.
    pub fn labels(&self) -> impl Iterator<Item = (Label, u64)> + '_ {
        LABELS.into_iter().zip(self.labels)
    }

    /// The worst label of any byte and of any difference; [`Label::Unexplained`] where something is absent.
    pub fn worst(&self) -> Label {
        if self.absent > 0 {
            return Label::Unexplained;
        }
        let of_bytes = self.labels().filter(|(_, bytes)| *bytes > 0).map(|(label, _)| label).max();
        of_bytes.max(self.noted).unwrap_or(Label::Reproduced)
    }

    /// Lists a difference, or counts it where the list is full of none better: what is unexplained is not cut for
    /// the sake of what is.
    pub fn list(&mut self, difference: Difference) {
        self.noted = self.noted.max(Some(difference.label));
        if !self.has_room(difference.label) {
            self.cut = self.cut.saturating_add(1);
            return;
        }
        if self.differences.len() >= LISTED {
            let best = self.differences.iter().map(|listed| listed.label).min();
            if let Some(at) = self.differences.iter().rposition(|listed| Some(listed.label) == best) {
                let given_up = self.differences.remove(at);
                self.listed(given_up.label, -1);
                self.cut = self.cut.saturating_add(1);
            }
        }
        self.listed(difference.label, 1);
        self.differences.push(difference);
    }

    /// Whether another difference of this label would still be listed: a view is made only then.
    pub fn has_room(&self, label: Label) -> bool {
        self.differences.len() < LISTED || self.by_label.iter().take(label as usize).any(|listed| *listed > 0)
    }

    fn listed(&mut self, label: Label, more: isize) {
        if let Some(slot) = self.by_label.get_mut(label as usize) {
            *slot = slot.saturating_add_signed(more);
        }
    }

    /// Records that something was not examined.
    pub fn skip(&mut self, path: &[String], reason: impl Into<String>) {
        if self.not_examined.len() < NOT_EXAMINED {
            self.not_examined.push(NotExamined::new("compare", path.join(" › "), reason));
        } else {
            self.not_examined_cut = self.not_examined_cut.saturating_add(1);
        }
    }

    /// Takes up everything of `inner` but its labels.
    pub fn take_findings(&mut self, inner: Tally) {
        self.absent = self.absent.saturating_add(inner.absent);
        self.cut = self.cut.saturating_add(inner.cut);
        self.noted = self.noted.max(inner.noted);
        inner.differences.into_iter().for_each(|difference| self.list(difference));
        self.grafts.extend(inner.grafts);
        self.not_examined_cut = self.not_examined_cut.saturating_add(inner.not_examined_cut);
        for record in inner.not_examined {
            if self.not_examined.len() < NOT_EXAMINED {
                self.not_examined.push(record);
            } else {
                self.not_examined_cut = self.not_examined_cut.saturating_add(1);
            }
        }
    }

    /// Takes up everything of `inner`: its bytes are bytes of this level as they stand.
    pub fn take(&mut self, inner: Tally) {
        for (label, bytes) in inner.labels().collect::<Vec<_>>() {
            self.count(label, bytes);
        }
        self.take_findings(inner);
    }

    /// The records of what was not examined, with a last one for those beyond the bound.
    pub fn into_not_examined(mut self, path: &str) -> Vec<NotExamined> {
        if self.not_examined_cut > 0 {
            let reason = format!("{} more members were not examined", self.not_examined_cut);
            self.not_examined.push(NotExamined::new("compare", path, reason));
        }
        self.not_examined
    }
}

/// A difference still without its label.
#[derive(Debug)]
pub struct Found {
    /// From the artifact through its containers to the region.
    pub path: Vec<String>,
    /// What kind.
    pub kind: DifferenceKind,
    /// Where on the shipped side.
    pub offset: Option<u64>,
    /// Bytes on the shipped side.
    pub shipped_size: u64,
    /// Bytes on the rebuilt side.
    pub rebuilt_size: u64,
    /// Bytes that differ.
    pub differing: u64,
    /// The region's role.
    pub role: &'static str,
}

impl Found {
    /// The difference with its label and what supports it.
    pub fn labelled(
        self,
        label: Label,
        cause: Option<&str>,
        evidence: Vec<String>,
        view: Option<View>,
    ) -> Difference {
        Difference {
            path: self.path,
            kind: self.kind,
            offset: self.offset,
            shipped_size: self.shipped_size,
            rebuilt_size: self.rebuilt_size,
            differing: self.differing,
            role: self.role.to_owned(),
            label,
            cause: cause.map(str::to_owned),
            evidence,
            view,
        }
    }
}

/// A role's name in reports.
pub fn role_name(role: Role) -> &'static str {
    match role {
        Role::Header => "header",
        Role::Member => "member",
        Role::Derived => "derived",
        Role::Timestamp => "timestamp",
        Role::Signature => "signature",
        Role::Padding => "padding",
        Role::Gap => "gap",
        Role::Trailing => "trailing",
        Role::Code => "code",
        Role::Data => "data",
        Role::Strings => "strings",
        Role::Symbols => "symbols",
        Role::Debug => "debug",
        Role::Name => "name",
        Role::Mode => "mode",
        Role::Owner => "owner",
        Role::Toolchain => "toolchain",
        Role::Extra => "extra",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn difference(n: u64) -> Difference {
        Found {
            path: vec![n.to_string()],
            kind: DifferenceKind::Changed,
            offset: Some(n),
            shipped_size: 1,
            rebuilt_size: 1,
            differing: 1,
            role: "data",
        }
        .labelled(Label::Unexplained, None, Vec::new(), None)
    }

    #[test]
    fn differences_beyond_the_bound_are_counted_and_not_kept() {
        let mut outer = Tally::default();
        for n in 0..LISTED as u64 - 1 {
            outer.list(difference(n));
        }
        let mut inner = Tally::default();
        inner.list(difference(1000));
        inner.list(difference(1001));
        inner.count(Label::Unexplained, 2);
        outer.take(inner);
        assert_eq!(outer.differences.len(), LISTED);
        assert_eq!(outer.cut, 1);
        assert_eq!(outer.worst(), Label::Unexplained);
    }

    #[test]
    fn what_is_worse_takes_the_place_of_what_is_better() {
        let mut tally = Tally::default();
        for n in 0..2 * LISTED as u64 {
            let label = if n == 0 { Label::Explained } else { Label::Derived };
            tally.list(Difference { label, ..difference(n) });
        }
        tally.list(difference(7000));
        tally.list(difference(7001));
        assert_eq!(tally.differences.len(), LISTED);
        assert_eq!(tally.cut, LISTED as u64 + 2);
        let count = |label| tally.differences.iter().filter(|listed| listed.label == label).count();
        assert_eq!([count(Label::Explained), count(Label::Unexplained)], [1, 2]);
        assert!(tally.differences.is_sorted_by_key(|listed| listed.offset));
        assert!(!tally.has_room(Label::Derived) && tally.has_room(Label::Unexplained));
    }
}
