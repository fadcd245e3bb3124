//! The account: the labelling of every byte of a shipped artifact.

use schemars::JsonSchema;
use serde::Deserialize;
use serde::Serialize;

/// What a byte of a shipped artifact was found to be; ordered from best to worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Label {
    /// Equal to the corresponding byte of the rebuilt artifact.
    Reproduced,
    /// Part of a field that equals its function of the other bytes, on both sides.
    Derived,
    /// Part of the vendor's signature, proved to be the only difference by graft.
    Signature,
    /// Differs for a cause with evidence, in a region that cannot carry code; or in code, where every instruction is
    /// proved to differ in addresses that moved, and in nothing else.
    Explained,
    /// Everything else.
    Unexplained,
}

/// Bytes of one shipped artifact by label. The five sizes add up to `size`, always: the only way to make
/// one is [`Account::new`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "Unchecked", deny_unknown_fields)]
pub struct Account {
    size: u64,
    reproduced: u64,
    derived: u64,
    signature: u64,
    explained: u64,
    unexplained: u64,
}

/// The sizes of an account do not add up.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("an account's labels add up to {sum} of {size} bytes")]
pub struct DoesNotAddUp {
    /// The artifact's size.
    pub size: u64,
    /// What the labels add up to.
    pub sum: u128,
}

/// The fields of an [`Account`] as read, before the check.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Unchecked {
    size: u64,
    reproduced: u64,
    derived: u64,
    signature: u64,
    explained: u64,
    unexplained: u64,
}

impl TryFrom<Unchecked> for Account {
    type Error = DoesNotAddUp;

    fn try_from(u: Unchecked) -> Result<Account, DoesNotAddUp> {
        let labels = [
            (Label::Reproduced, u.reproduced),
            (Label::Derived, u.derived),
            (Label::Signature, u.signature),
            (Label::Explained, u.explained),
            (Label::Unexplained, u.unexplained),
        ];
        Account::new(u.size, labels)
    }
}

impl Account {
    /// The account of an artifact of `size` bytes.
    ///
    /// # Errors
    /// [`DoesNotAddUp`] if the labels' sizes do not add up to `size`.
    pub fn new(size: u64, labels: impl IntoIterator<Item = (Label, u64)>) -> Result<Account, DoesNotAddUp> {
        let mut account =
            Account { size, reproduced: 0, derived: 0, signature: 0, explained: 0, unexplained: 0 };
        let mut sum = 0u128;
        for (label, bytes) in labels {
            sum += u128::from(bytes);
            let slot = match label {
                Label::Reproduced => &mut account.reproduced,
                Label::Derived => &mut account.derived,
                Label::Signature => &mut account.signature,
                Label::Explained => &mut account.explained,
                Label::Unexplained => &mut account.unexplained,
            };
            *slot = slot.saturating_add(bytes);
        }
        if sum == u128::from(size) { Ok(account) } else { Err(DoesNotAddUp { size, sum }) }
    }

    /// The account of an artifact of which nothing is known: every byte is unexplained.
    pub fn unexplained(size: u64) -> Account {
        Account { size, reproduced: 0, derived: 0, signature: 0, explained: 0, unexplained: size }
    }

    /// The shipped artifact's size in bytes.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Bytes with `label`.
    pub fn bytes(&self, label: Label) -> u64 {
        match label {
            Label::Reproduced => self.reproduced,
            Label::Derived => self.derived,
            Label::Signature => self.signature,
            Label::Explained => self.explained,
            Label::Unexplained => self.unexplained,
        }
    }

    /// Label and bytes, best label first.
    pub fn labels(&self) -> [(Label, u64); 5] {
        [
            (Label::Reproduced, self.reproduced),
            (Label::Derived, self.derived),
            (Label::Signature, self.signature),
            (Label::Explained, self.explained),
            (Label::Unexplained, self.unexplained),
        ]
    }
}

/// One difference between a shipped and a rebuilt artifact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Difference {
    /// From the artifact through its containers to the region: `["hello.deb", "data.tar.xz", "./usr/bin/hello", ".text"]`.
    pub path: Vec<String>,
    /// What kind of difference.
    pub kind: DifferenceKind,
    /// Offset of the region within the innermost container, shipped side; absent for bytes only the rebuilt side has.
    pub offset: Option<u64>,
    /// Length of the region on the shipped side, in bytes of the innermost container.
    pub shipped_size: u64,
    /// Length of the region on the rebuilt side.
    pub rebuilt_size: u64,
    /// Bytes in the region that differ (the longer length minus equal positions).
    pub differing: u64,
    /// The region's role, as text: `code`, `timestamp`, …
    pub role: String,
    /// What the bytes were labelled.
    pub label: Label,
    /// The cause's id, where there is one.
    pub cause: Option<String>,
    /// What was seen that supports the label or the cause, as sentences: both values, a fact of the run.
    pub evidence: Vec<String>,
    /// A bounded view for people: a text diff, a hex dump, a list.
    pub view: Option<View>,
}

impl Comparison {
    /// The differences as a reader wants them: the worst label first, and within it what can do something
    /// (code, text) before what merely says where things are (headers); otherwise as they stand.
    pub fn worst_first(&self) -> Vec<&Difference> {
        let mut order: Vec<&Difference> = self.differences.iter().collect();
        order.sort_by_key(|difference| {
            let role = ROLES_BY_WEIGHT.iter().position(|role| *role == difference.role);
            (std::cmp::Reverse(difference.label), role.unwrap_or(ROLES_BY_WEIGHT.len()))
        });
        order
    }
}

/// Roles in the order of what their bytes can do; those not named come after.
const ROLES_BY_WEIGHT: &[&str] =
    &["code", "text", "member", "mode", "trailing", "gap", "strings", "data", "symbols"];

/// What kind of difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DifferenceKind {
    /// Both sides have the region; the bytes differ.
    Changed,
    /// Only the shipped artifact has it.
    OnlyShipped,
    /// Only the rebuilt artifact has it.
    OnlyRebuilt,
    /// Both have the member, at different places in the order.
    Reordered,
    /// Both have the content, under different names.
    Renamed,
}

/// A bounded view of a difference for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct View {
    /// `text-diff`, `hex`, `symbols`, `disassembly`, `list`.
    pub kind: String,
    /// Lines; `-` shipped, `+` rebuilt, as in a unified diff whose old side is the shipped artifact.
    pub lines: Vec<String>,
    /// How many lines were cut, if any.
    pub cut: u64,
}

/// What comparing one shipped artifact with one rebuilt artifact observed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Comparison {
    /// The label of every byte of the shipped artifact.
    pub account: Account,
    /// Bytes of the rebuilt artifact that nothing in the shipped artifact corresponds to, and whose absence
    /// has no accepted cause. Not part of the account (they are not shipped), but they forbid every rung
    /// above `unexplained`.
    pub absent: u64,
    /// What differs, in order of place; bounded, see `differences_cut`.
    pub differences: Vec<Difference>,
    /// Differences beyond the bound, counted and not listed. The account includes them.
    pub differences_cut: u64,
    /// The proof by graft, where signatures were transplanted.
    pub graft: Option<Graft>,
    /// What was not examined.
    pub not_examined: Vec<super::problem::NotExamined>,
}

/// A graft: the vendor's signature regions on the rebuilt artifact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Graft {
    /// `authenticode`, `apk-signing-block`, …
    pub scheme: String,
    /// Whether every byte of the grafted file equals the shipped artifact.
    pub equal: bool,
    /// Whether the signature's own digest covers the grafted file.
    pub covers: bool,
    /// What was transplanted and what was checked, as sentences.
    pub evidence: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_that_does_not_add_up_cannot_be_made_or_read() {
        assert!(Account::new(10, [(Label::Reproduced, 9)]).is_err());
        assert!(Account::new(10, [(Label::Reproduced, u64::MAX), (Label::Derived, 11)]).is_err());
        let account = Account::new(10, [(Label::Reproduced, 9), (Label::Unexplained, 1)]).unwrap();
        let json = serde_json::to_string(&account).unwrap();
        assert_eq!(serde_json::from_str::<Account>(&json).unwrap(), account);
        assert!(serde_json::from_str::<Account>(&json.replace("\"size\":10", "\"size\":11")).is_err());
    }
}
