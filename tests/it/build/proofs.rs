//! Counterfactual runs: what was planted is proved, and nothing that is not needed.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;

use pellucid::build::Question;
use pellucid::build::StandIn;
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
    let question =
        Question { output: "out", suspicions, stand_ins: &BTreeMap::new(), distance: &distance, budget };
    bench.with_request(|request| prove(request, &nominal, &question, &|_| {}))
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
    let suspicions = std::slice::from_ref(first);
    let question =
        Question { output: "out", suspicions, stand_ins: &BTreeMap::new(), distance: &take, budget: 1 };
    bench.with_request(|request| prove(request, &nominal, &question, &|_| {}));
    let suspicions = bench.with_request(|request| of_compiler(request, &nominal, moment));
    let first = &suspicions[0];
    let shipped = made.into_inner();
    let ours = std::fs::read(&nominal.outputs[0].path).unwrap();
    assert_eq!(shipped.len(), ours.len());
    let differing = shipped.iter().zip(&ours).filter(|(a, b)| a != b).count();
    assert!((10..=20).contains(&differing), "{differing} bytes differ, and a build-id has 20");
    let trials = tried(&bench, &shipped, &suspicions, 10);
    assert_eq!(trials.proved.as_deref(), Some(std::slice::from_ref(first)), "{trials:?}");
}

/// What stands in for an input and for a file the source lacks, each with the value it was suspected under.
fn stand_in(property: &str, value: &str, what: StandIn) -> ((String, String), StandIn) {
    ((property.to_owned(), value.to_owned()), what)
}

#[test]
fn another_input_and_a_file_the_source_lacks_are_proved() {
    let script = "cat /inputs/tool > out; cat deep/Tool.lock >> out || echo none >> out";
    let mut bench = Bench::new(script, &["out"]);
    for (name, text) in [("tool", "version 2\n"), ("tool-1", "version 1\n"), ("lock", "locked\n")] {
        std::fs::write(bench.path().join(name), text).unwrap();
    }
    bench.inputs.push(("tool".into(), bench.path().join("tool")));
    let at = |name: &str| bench.path().join(name);
    let stand_ins: BTreeMap<_, _> = [
        stand_in("input tool", "1", StandIn::Input("tool".into(), at("tool-1"))),
        stand_in("input other", "1", StandIn::Input("other".into(), at("tool-1"))),
        stand_in("source file", "x", StandIn::Source("deep/Tool.lock".into(), at("lock"))),
    ]
    .into();
    let suspicions = [
        suspicion("input other", "1"),
        suspicion("umask", "0077"),
        suspicion("input tool", "1"),
        suspicion("source file", "x"),
    ];
    let nominal = bench.run();
    let shipped = "version 1\nlocked\n";
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    let distance = |built: &Path| {
        let built = lines(&std::fs::read_to_string(built).unwrap());
        let equal = lines(shipped).iter().zip(&built).filter(|(a, b)| a == b).count();
        Some((built.len().max(2) - equal) as u64)
    };
    let question = Question {
        output: "out",
        suspicions: &suspicions,
        stand_ins: &stand_ins,
        distance: &distance,
        budget: 20,
    };
    let trials = bench.with_request(|request| prove(request, &nominal, &question, &|_| {}));
    assert_eq!(properties(&trials), Some(vec!["input tool", "source file"]), "{trials:?}");
    assert!(trials.not_tried[0].contains("no input other"), "{:?}", trials.not_tried);
}

#[test]
fn the_length_of_a_path_that_was_blanked_out_is_proved() {
    let script = "P=$PWD/lib\n\
        cc -shared -Wl,--build-id=none -Wl,-rpath,$P -o out x.c\n\
        P=$P perl -0777 -pi -e 's|\\Q$ENV{P}\\E|\"\\0\" x length($&)|ge' out\n";
    let build = |path: &str| {
        let mut bench = Bench::new(script, &["out"]);
        bench.recipe.path = path.to_owned();
        bench.recipe.limits.memory_mib = 2048;
        bench.file("x.c", b"int x(void) { return 0; }\n", 0o644);
        bench
    };
    let vendors = build("/builds/of-the-vendor/source");
    let shipped = std::fs::read(&vendors.run().outputs[0].path).expect("cc and perl are there");
    let bench = build("/build/source");
    let nominal = bench.run();
    let ours = std::fs::read(&nominal.outputs[0].path).unwrap();
    let found = pellucid::compare::path_by_hole("x.so", &shipped, &ours, "/build/source").unwrap();
    assert_eq!(found.value.len(), "/builds/of-the-vendor/source".len(), "{found:?}");
    assert_eq!(pellucid::compare::path_by_hole("x.so", &ours, &ours, "/build/source"), None);
    let trials = tried(&bench, &shipped, std::slice::from_ref(&found), 5);
    assert_eq!(trials.proved, Some(vec![found]), "{trials:?}");
}
