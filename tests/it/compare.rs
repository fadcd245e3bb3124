//! The compare suite.

mod make;
mod pairs;

use pellucid::compare::Context;
use pellucid::compare::compare;
use pellucid::model::Label;
use pellucid::model::Rung;
use pellucid::model::account::Comparison;
use pellucid::verdict;

use pairs::Expect;

fn rung(shipped: &[u8], rebuilt: &[u8], comparison: &Comparison) -> Rung {
    verdict::rung(shipped == rebuilt, Some(comparison), None).0
}

/// What is wrong with how a case came out, if anything.
fn held(case: &pairs::Case) -> Result<(), String> {
    let context = Context::default();
    let found = compare(case.name, &case.shipped, &case.rebuilt, &context);
    let reached = rung(&case.shipped, &case.rebuilt, &found);
    let told = || format!("{reached} {:#?}", found);
    match case.expect {
        Expect::Unexplained => {
            if reached != Rung::Unexplained {
                return Err(told());
            }
            let back = compare(case.name, &case.rebuilt, &case.shipped, &context);
            let reached = rung(&case.rebuilt, &case.shipped, &back);
            if reached != Rung::Unexplained {
                return Err(format!("the other way round: {reached} {back:#?}"));
            }
        }
        Expect::Explained(causes) => {
            let first = causes.first().copied();
            let seen = |cause: Option<&str>| found.differences.iter().any(|d| d.cause.as_deref() == cause);
            let only = found.differences.iter().all(|difference| match difference.label {
                Label::Explained => difference.cause.as_deref().is_some_and(|cause| {
                    causes.contains(&cause) || cause == "compression" && !difference.evidence.is_empty()
                }),
                Label::Derived => true,
                _ => false,
            });
            if reached != Rung::Explained || !seen(first) || !only {
                return Err(told());
            }
        }
        Expect::Derived => {
            let only = found.differences.iter().all(|difference| difference.label == Label::Derived);
            if reached != Rung::Explained || !only || found.differences.is_empty() {
                return Err(told());
            }
        }
        Expect::ModuloSignature => {
            if reached != Rung::ExactModuloSignature {
                return Err(told());
            }
        }
    }
    Ok(())
}

#[test]
fn every_blind_spot_comes_out_as_stated() {
    let mut wrong = Vec::new();
    let cases = pairs::all();
    for case in &cases {
        assert_ne!(case.shipped, case.rebuilt, "{}: the two files must differ", case.id);
        if let Err(how) = held(case) {
            let short: String = how.lines().take(60).collect::<Vec<_>>().join("\n");
            wrong.push(format!("{}: {} expected {:?}, came out {short}", case.id, case.what, case.expect));
        }
    }
    assert!(wrong.is_empty(), "{} of {} cases:\n{}", wrong.len(), cases.len(), wrong.join("\n\n"));
}

#[test]
fn equal_files_are_reproduced_and_nothing_is_listed() {
    for case in pairs::all() {
        for bytes in [&case.shipped, &case.rebuilt] {
            let found = compare(case.name, bytes, bytes, &Context::default());
            assert_eq!(rung(bytes, bytes, &found), Rung::BitExact, "{}", case.id);
            assert_eq!(found.account.bytes(Label::Reproduced), bytes.len() as u64);
        }
    }
}

#[test]
fn ids_are_unique_and_every_case_is_a_sentence() {
    let cases = pairs::all();
    let mut ids: Vec<&str> = cases.iter().map(|case| case.id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), cases.len());
    for case in &cases {
        assert!(
            case.id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'),
            "{}",
            case.id
        );
        assert!(case.what.ends_with('.') && case.what.len() > 10, "{}", case.id);
    }
}
