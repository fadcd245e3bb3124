//! The compare suite.

mod causes;
mod elf;
mod hostile;
mod make;
mod moved;
pub mod pairs;
mod pe;
mod review;
mod signers;
mod table;
mod tools;
mod verb;

use pellucid::compare::Context;
use pellucid::compare::compare;
use pellucid::model::Label;
use pellucid::model::Rung;
use pellucid::model::account::Comparison;
use pellucid::model::account::DifferenceKind;
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
fn there_are_at_least_two_hundred_pairs_and_most_of_them_are_bad() {
    let cases = pairs::all();
    let bad = cases.iter().filter(|case| case.expect == Expect::Unexplained).count();
    assert!(cases.len() >= 200 && bad >= 200, "{} pairs, {bad} of them bad", cases.len());
}

#[test]
fn code_that_differs_is_shown_as_instructions() {
    let case = pairs::all().into_iter().find(|case| case.id == "elf-code-bit").unwrap();
    let found = compare(case.name, &case.shipped, &case.rebuilt, &Context::default());
    let difference = found.differences.iter().find(|difference| difference.role == "code").unwrap();
    assert_eq!(difference.differing, 1);
    let view = difference.view.as_ref().unwrap();
    assert_eq!(view.kind, "disassembly");
    assert_eq!(view.lines[1..], ["-mov eax,7E2h", "+mov eax,7E6h"]);
}

#[test]
fn a_renamed_file_is_named_and_still_unexplained() {
    let file = |name: &str| make::tar(&[make::file(name, b"#!/bin/sh\necho the same\n")]);
    let found = compare("x.tar", &file("usr/bin/new"), &file("usr/bin/old"), &Context::default());
    let renamed = found.differences.iter().find(|d| d.kind == DifferenceKind::Renamed).unwrap();
    assert_eq!(renamed.label, Label::Unexplained);
    assert!(renamed.evidence.iter().any(|sentence| sentence.contains("usr/bin/old")), "{renamed:?}");
}

#[test]
fn a_file_that_was_renamed_and_changed_is_shown_against_what_it_was() {
    let text: Vec<u8> = (0..300u32)
        .flat_map(|n| format!("line {n}: let value_{n} = compute({n}, {});\n", n * 7).into_bytes())
        .collect();
    let changed = [&text[..text.len() - 500], b"\nand a new end\n"].concat();
    let zip =
        |name: &str, content: &[u8]| make::zip(&[make::entry("a", b"a"), make::entry(name, content)]).bytes();
    let (shipped, rebuilt) = (zip("new/name.js", &changed), zip("old.js", &text));
    let found = compare("x.zip", &shipped, &rebuilt, &Context::default());
    assert_eq!(rung(&shipped, &rebuilt, &found), Rung::Unexplained);
    for (kind, other) in
        [(DifferenceKind::OnlyShipped, "member old.js"), (DifferenceKind::OnlyRebuilt, "member new/name.js")]
    {
        let told = found.differences.iter().find(|difference| {
            let resembles = |line: &String| line.contains("it resembles") && line.contains(other);
            difference.kind == kind && difference.evidence.iter().any(resembles)
        });
        let told = told.unwrap_or_else(|| panic!("{other}: {found:#?}"));
        assert_eq!(told.label, Label::Unexplained, "a pairing makes nothing better");
        let view = told.view.as_ref().unwrap();
        assert_eq!(view.kind, "text-diff");
        assert!(view.lines.contains(&"-and a new end".to_owned()), "{view:?}");
    }
}

#[test]
fn what_differs_in_a_document_of_values_is_told_by_its_path() {
    for (id, place) in [
        ("json-value", "/scripts/start"),
        ("json-key-twice", "/start (2)"),
        ("json-layout", "layout after the start"),
        ("xml-text", "/app/host"),
        ("xml-comment", "comment in /app"),
        ("plist-value", "/name"),
    ] {
        let case = pairs::all().into_iter().find(|case| case.id == id).unwrap();
        let found = compare(case.name, &case.shipped, &case.rebuilt, &Context::default());
        let paths: Vec<_> = found.differences.iter().map(|difference| difference.path.join(" › ")).collect();
        assert!(paths.contains(&format!("{} › {place}", case.name)), "{id}: {paths:?}");
    }
    let case = pairs::all().into_iter().find(|case| case.id == "json-order").unwrap();
    let found = compare(case.name, &case.shipped, &case.rebuilt, &Context::default());
    let order = found.differences.iter().find(|found| found.kind == DifferenceKind::Reordered).unwrap();
    assert!(order.evidence[0].contains("the same keys and values stand in another order"), "{order:?}");
}

#[test]
fn a_policy_that_allows_no_cause_explains_nothing() {
    let context = Context { allowed_causes: Some(Default::default()), ..Context::default() };
    for case in pairs::all().iter().filter(|case| matches!(case.expect, Expect::Explained(_))) {
        let found = compare(case.name, &case.shipped, &case.rebuilt, &context);
        assert_eq!(rung(&case.shipped, &case.rebuilt, &found), Rung::Unexplained, "{}", case.id);
    }
}

#[test]
fn a_fact_of_the_run_is_needed_and_enough_for_a_build_path_in_a_text() {
    let (shipped, rebuilt) =
        (&b"Built in /home/vendor/app/src.\n"[..], &b"Built in /build/source/src.\n"[..]);
    let without = compare("README.txt", shipped, rebuilt, &Context::default());
    assert_eq!(rung(shipped, rebuilt, &without), Rung::Unexplained);
    let facts = [("build-path".to_owned(), "/build/source".to_owned())].into_iter().collect();
    let context = Context { facts, ..Context::default() };
    let with = compare("README.txt", shipped, rebuilt, &context);
    assert_eq!(with.differences[0].cause.as_deref(), Some("build-path-in-text"));
    assert!(with.differences[0].evidence[0].contains("/home/vendor/app"), "{:?}", with.differences[0]);
    let other = compare("README.txt", b"Built by hand in src.\n", rebuilt, &context);
    assert_eq!(other.differences[0].label, Label::Unexplained);
}

#[test]
fn the_same_pair_gives_the_same_comparison_at_one_thread_and_at_four() {
    let many = |bit: u8| {
        let files: Vec<_> = (0..700u32)
            .map(|n| make::file(&format!("d/{n:04}"), &[&[bit][..], &n.to_le_bytes()].concat()))
            .collect();
        make::tar(&files)
    };
    let (shipped, rebuilt) = (many(0), many(1));
    let at = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| compare("x.tar", &shipped, &rebuilt, &Context::default()))
    };
    let (one, four) = (at(1), at(4));
    assert_eq!(one, four);
    assert_eq!(one.differences.len() as u64 + one.differences_cut, 700);
    assert_eq!(one.differences.len(), 500);
    assert_eq!(one.account.bytes(Label::Unexplained), 700);
}

#[test]
fn a_limit_reached_is_named_and_never_explained() {
    let nested = |content: &[u8]| (0..20).fold(content.to_vec(), |inner, _| make::gzip(&inner).bytes());
    let (shipped, rebuilt) = (nested(b"one"), nested(b"two"));
    let found = compare("x.gz", &shipped, &rebuilt, &Context::default());
    assert_eq!(rung(&shipped, &rebuilt, &found), Rung::Unexplained);
    assert!(found.not_examined.iter().any(|record| record.reason.contains("depth limit")), "{found:#?}");
    let bomb = |last: u8| {
        let mut content = vec![0u8; 8 << 20];
        *content.last_mut().unwrap() = last;
        make::gzip(&content).bytes()
    };
    let limits = pellucid::model::Limits { total_size: 1 << 20, ..Default::default() };
    let context = Context { limits, ..Context::default() };
    let (shipped, rebuilt) = (bomb(1), bomb(2));
    let found = compare("x.gz", &shipped, &rebuilt, &context);
    assert_eq!(rung(&shipped, &rebuilt, &found), Rung::Unexplained);
    assert!(found.not_examined.iter().any(|record| record.reason.contains("limit")), "{found:#?}");
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
