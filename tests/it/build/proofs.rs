//! Counterfactual runs: what was planted is proved, and nothing that is not needed.

use std::cell::RefCell;
use std::path::Path;

use pellucid::build::Trials;
use pellucid::build::of_compiler;
use pellucid::build::prove;
use pellucid::model::evidence::CounterfactualResult;
use pellucid::model::evidence::Suspicion;

use super::support::Bench;
use super::support::skipped;

fn suspicion(property: &str, value: &str) -> Suspicion {
    Suspicion { property: property.into(), value: value.into(), because: "it was planted".into() }
}

/// What trying `suspicions` on `out` shows, where `shipped` is what was shipped.
fn tried(bench: &Bench, shipped: &[u8], suspicions: &[Suspicion], budget: usize) -> Trials {
    let nominal = bench.run();
    let distance = |built: &Path| {
        let built = std::fs::read(built).unwrap();
        let longer = built.len().max(shipped.len());
        let equal = built.iter().zip(shipped).filter(|(a, b)| a == b).count();
        Some((longer - equal) as u64)
    };
    bench.with_request(|request| prove(request, &nominal, "out", suspicions, (&distance, budget), &|_| {}))
}

fn properties(trials: &Trials) -> Option<Vec<&str>> {
    let proved = trials.proved.as_ref()?;
    Some(proved.iter().map(|one| one.property.as_str()).collect())
}

#[test]
fn exactly_the_properties_that_are_needed_are_proved() {
    let bench = Bench::new("umask > out; date -d @0 +%R >> out; echo same >> out", &["out"]);
    let suspicions = [
        suspicion("time-zone", "GMT-9:00"),
        suspicion("umask", "0002"),
        suspicion("umask", "0077"),
        suspicion("build-path", "/not/needed"),
    ];
    let trials = tried(&bench, b"0077\n09:00\nsame\n", &suspicions, 20);
    assert_eq!(properties(&trials), Some(vec!["time-zone", "umask"]));
    assert_eq!(trials.proved.as_ref().unwrap()[1].value, "0077");
    assert!(!trials.cut_short && trials.not_tried.is_empty());
    let last = trials.tried.iter().find(|run| run.result == CounterfactualResult::Equal).unwrap();
    assert_eq!(last.differing, Some(0));

    let nothing = tried(&bench, b"something else", &suspicions, 20);
    assert_eq!(nothing.proved, None);
    let short = tried(&bench, b"0077\n09:00\nsame\n", &suspicions, 1);
    assert!(short.cut_short && short.proved.is_none() && short.tried.len() == 1);
}

#[test]
fn a_property_that_only_seemed_to_help_is_not_a_part_of_the_proof() {
    // The path brings the output nearer by chance; the umask alone gives it.
    let bench =
        Bench::new("if test $(umask) = 0002; then echo bbbb; else pwd | cut -c2-5; fi > out", &["out"]);
    let suspicions = [suspicion("build-path", "/bbbx/y"), suspicion("umask", "0002")];
    let trials = tried(&bench, b"bbbb\n", &suspicions, 20);
    assert_eq!(properties(&trials), Some(vec!["umask"]));
}

#[test]
fn what_cannot_be_tried_is_said() {
    let bench = Bench::new("umask > out", &["out"]);
    let trials = tried(&bench, b"x", &[suspicion("user-id", "0"), suspicion("compiler", "Debian 1")], 20);
    assert!(trials.tried.is_empty() && trials.proved.is_none());
    assert_eq!(trials.not_tried.len(), 2, "{:?}", trials.not_tried);
}

/// A distribution's compiler under an earlier revision's name: the code is the same, the build-id is not.
#[test]
fn an_earlier_revision_of_the_compiler_is_proved_by_its_name_alone() {
    let mut bench = Bench::new("cc -O1 -Wl,--build-id -o out main.c && strip -R .comment out", &["out"]);
    bench.file("main.c", b"int main(void) { return 0; }\n", 0o644);
    bench.recipe.limits.memory_mib = 2048;
    let nominal = bench.run();
    let moment = 1_700_000_000;
    let suspicions = bench.with_request(|request| of_compiler(request, &nominal, moment));
    let Some(first) = suspicions.first() else {
        return skipped("the compiler has no name of Debian's, or its package no history");
    };
    let made = RefCell::new(Vec::new());
    let take = |built: &Path| {
        *made.borrow_mut() = std::fs::read(built).unwrap();
        Some(1)
    };
    bench.with_request(|request| {
        prove(request, &nominal, "out", std::slice::from_ref(first), (&take, 1), &|_| {})
    });
    let shipped = made.into_inner();
    let ours = std::fs::read(&nominal.outputs[0].path).unwrap();
    assert_eq!(shipped.len(), ours.len());
    let differing = shipped.iter().zip(&ours).filter(|(a, b)| a != b).count();
    assert!((10..=20).contains(&differing), "{differing} bytes differ, and a build-id has 20");
    let trials = tried(&bench, &shipped, &suspicions, 10);
    assert_eq!(trials.proved.as_deref(), Some(std::slice::from_ref(first)), "{trials:?}");
}
