use proptest::prelude::*;

use super::rung;
use crate::model::Account;
use crate::model::Label;
use crate::model::Rung;
use crate::model::account::Comparison;
use crate::model::account::Difference;
use crate::model::account::DifferenceKind;
use crate::model::account::Graft;

fn comparison(size: u64, labels: &[(Label, u64)], differences: Vec<Difference>) -> Comparison {
    let account = Account::new(size, labels.iter().copied()).unwrap();
    Comparison { account, absent: 0, differences, differences_cut: 0, graft: None, not_examined: vec![] }
}

fn difference(label: Label, cause: Option<&str>) -> Difference {
    Difference {
        path: vec!["a".into()],
        kind: DifferenceKind::Changed,
        offset: Some(0),
        shipped_size: 4,
        rebuilt_size: 4,
        differing: 4,
        role: "timestamp".into(),
        label,
        cause: cause.map(str::to_owned),
        evidence: cause.map(|_| "both values".to_owned()).into_iter().collect(),
        view: None,
    }
}

#[test]
fn equality_is_decided_by_digests_and_a_contradiction_is_not_a_pass() {
    assert_eq!(rung(true, None, None).0, Rung::BitExact);
    assert_eq!(rung(false, None, None).0, Rung::Inconclusive);
    let clean = comparison(8, &[(Label::Reproduced, 8)], vec![]);
    assert_eq!(rung(true, Some(&clean), None).0, Rung::BitExact);
    assert_eq!(rung(false, Some(&clean), None).0, Rung::Inconclusive);
    let dirty = comparison(8, &[(Label::Reproduced, 4), (Label::Unexplained, 4)], vec![]);
    assert_eq!(rung(true, Some(&dirty), None).0, Rung::Inconclusive);
}

#[test]
fn explained_needs_a_cause_evidence_and_the_policys_consent() {
    let labels = [(Label::Reproduced, 4), (Label::Explained, 4)];
    let good = comparison(8, &labels, vec![difference(Label::Explained, Some("timestamp"))]);
    assert_eq!(rung(false, Some(&good), None).0, Rung::Explained);
    assert_eq!(rung(false, Some(&good), Some(&["timestamp".into()])).0, Rung::Explained);
    assert_eq!(rung(false, Some(&good), Some(&["compression".into()])).0, Rung::Unexplained);
    let no_cause = comparison(8, &labels, vec![difference(Label::Explained, None)]);
    assert_eq!(rung(false, Some(&no_cause), None).0, Rung::Unexplained);
    let mut no_evidence = good.clone();
    no_evidence.differences[0].evidence.clear();
    assert_eq!(rung(false, Some(&no_evidence), None).0, Rung::Unexplained);
    let mut cut = good.clone();
    cut.differences_cut = 1;
    assert_eq!(rung(false, Some(&cut), Some(&["timestamp".into()])).0, Rung::Unexplained);
    let mut absent = good;
    absent.absent = 1;
    assert_eq!(rung(false, Some(&absent), None).0, Rung::Unexplained);
}

#[test]
fn code_is_explained_by_proof_alone() {
    let labels = [(Label::Reproduced, 4), (Label::Explained, 4)];
    for (role, cause, expected) in [
        ("code", "moved-address", Rung::Explained),
        ("code", "build-path", Rung::Unexplained),
        ("code", "timestamp", Rung::Unexplained),
        ("gap", "moved-address", Rung::Unexplained),
        ("trailing", "moved-address", Rung::Unexplained),
    ] {
        let difference = Difference { role: role.into(), ..difference(Label::Explained, Some(cause)) };
        let found = comparison(8, &labels, vec![difference]);
        assert_eq!(rung(false, Some(&found), None).0, expected, "{role} {cause}");
    }
}

#[test]
fn a_signature_counts_only_when_the_graft_proves_it() {
    let labels = [(Label::Reproduced, 4), (Label::Signature, 4)];
    let mut signed = comparison(8, &labels, vec![difference(Label::Signature, None)]);
    assert_eq!(rung(false, Some(&signed), None).0, Rung::Unexplained);
    for (equal, covers, expected) in [
        (true, true, Rung::ExactModuloSignature),
        (true, false, Rung::Unexplained),
        (false, true, Rung::Unexplained),
    ] {
        signed.graft = Some(Graft { scheme: "authenticode".into(), equal, covers, evidence: vec![] });
        assert_eq!(rung(false, Some(&signed), None).0, expected);
    }
}

proptest! {
    #[test]
    fn no_account_with_an_unexplained_or_absent_byte_reaches_explained(
        reproduced in 0u64..100, derived in 0u64..9, signature in 0u64..9, explained in 0u64..9,
        unexplained in 0u64..9, absent in 0u64..3, equal: bool, proved: bool,
    ) {
        let labels = [
            (Label::Reproduced, reproduced), (Label::Derived, derived), (Label::Signature, signature),
            (Label::Explained, explained), (Label::Unexplained, unexplained),
        ];
        let size = labels.iter().map(|(_, n)| n).sum();
        let mut c = comparison(size, &labels, vec![]);
        for (label, n) in labels {
            if n > 0 && label != Label::Reproduced {
                let cause = (label == Label::Explained).then_some("timestamp");
                c.differences.push(difference(label, cause));
            }
        }
        c.absent = absent;
        c.graft = proved.then(|| Graft { scheme: "x".into(), equal: true, covers: true, evidence: vec![] });
        let (rung, because) = rung(equal, Some(&c), None);
        prop_assert!(!because.is_empty());
        if unexplained + absent > 0 {
            prop_assert!(!rung.reaches(Rung::Explained), "{rung}");
        }
        if rung == Rung::BitExact {
            prop_assert!(equal && reproduced == size && absent == 0);
        }
        if rung == Rung::ExactModuloSignature {
            prop_assert!(proved && explained == 0);
        }
    }
}
