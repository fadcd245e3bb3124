//! Group testing over real runs, and finished runs taken up again.

use std::sync::Mutex;

use pellucid::build::Variation;
use pellucid::build::find_causes;
use pellucid::model::run::Outcome;

use super::support::Bench;
use super::support::log;

/// Three planted nondeterminisms: the host name, the umask, and one that shows only where the time zone *and*
/// the hash seed are others.
const PLANTED: &str = "hostname > host; mkdir d; touch d/f; stat -c %a d/f > mode; \
                       if test $TZ != UTC && test $PYTHONHASHSEED != 0; then echo both > pair; else echo > pair; fi; echo same > same";

#[test]
fn planted_causes_are_found_exactly_the_pair_included() {
    let mut bench = Bench::new(PLANTED, &["host", "mode", "pair", "same"]);
    bench.file("unused", b"", 0o644);
    let (nominal, varied) = (bench.run(), bench.run_as("varied", &Variation::All));
    assert_eq!(varied.record.outcome, Outcome::Built, "{}", log(&varied));
    let found = bench.with_request(|request| find_causes(request, &nominal, &varied, 100, &|_| {}));
    let list: Vec<(String, String)> =
        found.causes.iter().map(|cause| (cause.conditions.join("+"), cause.outputs.join(","))).collect();
    let expected = [("hash-seed+time-zone", "pair"), ("host-name", "host"), ("umask", "mode")];
    let expected: Vec<(String, String)> =
        expected.iter().map(|(names, outputs)| ((*names).to_owned(), (*outputs).to_owned())).collect();
    assert_eq!(list, expected);
    assert!(!found.cut_short && found.unstable.is_empty());
    assert!(found.runs <= 45, "{} runs", found.runs);
    // Everything is finished now: asking again makes no run.
    let made = Mutex::new(Vec::new());
    let note = |line: &str| made.lock().unwrap().push(line.to_owned());
    let again = bench.with_request(|request| find_causes(request, &nominal, &varied, 100, &note));
    assert_eq!(again.causes.len(), 3);
    let made = made.into_inner().unwrap();
    assert!(made.iter().all(|line| line.contains("finished before")), "{made:?}");
}

#[test]
fn an_output_that_never_comes_out_the_same_has_no_condition_for_a_cause() {
    let bench = Bench::new("od -An -N16 -tx1 /dev/urandom > random; hostname > host", &["random", "host"]);
    let (nominal, varied) = (bench.run(), bench.run_as("varied", &Variation::All));
    let found = bench.with_request(|request| find_causes(request, &nominal, &varied, 100, &|_| {}));
    assert_eq!(found.unstable, ["random"]);
    let names: Vec<_> = found.causes.iter().map(|cause| cause.conditions.join("+")).collect();
    assert_eq!(names, ["host-name"]);
}

#[test]
fn a_condition_under_which_the_build_fails_is_found_too() {
    let bench = Bench::new("test $(id -u) = 1000 && touch out", &["out"]);
    let (nominal, varied) = (bench.run(), bench.run_as("varied", &Variation::All));
    assert!(matches!(varied.record.outcome, Outcome::Failed { .. }));
    let found = bench.with_request(|request| find_causes(request, &nominal, &varied, 100, &|_| {}));
    let names: Vec<_> = found.causes.iter().map(|cause| cause.conditions.join("+")).collect();
    assert_eq!(names, ["user-id"]);
}

#[test]
fn a_finished_run_is_taken_up_and_one_that_changed_is_not() {
    let mut bench = Bench::new("od -An -N16 -tx1 /dev/urandom > out", &["out"]);
    let rebuilt = |bench: &Bench| {
        let runs = bench.with_request(|request| pellucid::build::rebuild(request, &|_| {}));
        assert_eq!(runs.len(), 2);
        runs.into_iter().map(|run| run.record.outputs[0].sha256).collect::<Vec<_>>()
    };
    let first = rebuilt(&bench);
    assert_eq!(first, rebuilt(&bench), "nothing changed: nothing is built");
    // Half a record is no record, whatever it says.
    let kept = bench.path().join("work/nominal/run.json");
    let text = std::fs::read(&kept).unwrap();
    std::fs::write(&kept, &text[..text.len() / 2]).unwrap();
    let second = rebuilt(&bench);
    assert!(first[0] != second[0] && first[1] == second[1]);
    // An output that is no longer what the record says is built again.
    std::fs::write(bench.path().join("work/varied/outputs/0"), "tampered").unwrap();
    let third = rebuilt(&bench);
    assert!(second[0] == third[0] && second[1] != third[1]);
    bench.recipe.commands.push("true".to_owned());
    let fourth = rebuilt(&bench);
    assert!(third[0] != fourth[0] && third[1] != fourth[1], "another recipe is another run");
}

#[test]
fn a_build_that_needs_a_home_is_varied_in_everything_else_and_says_so() {
    let bench = Bench::new("echo $TZ > $HOME/zone && cp $HOME/zone out", &["out"]);
    let runs = bench.with_request(|request| pellucid::build::rebuild(request, &|_| {}));
    let [nominal, varied] = runs.as_slice() else { panic!("{} runs", runs.len()) };
    assert_eq!(
        (nominal.record.outcome.clone(), varied.record.outcome.clone()),
        (Outcome::Built, Outcome::Built)
    );
    assert_ne!(nominal.record.outputs[0].sha256, varied.record.outputs[0].sha256);
    let home = varied.record.conditions.iter().find(|one| one.name == "home-exists").unwrap();
    assert!(!home.varied && home.not_applied.as_ref().unwrap().contains("does not succeed"), "{home:?}");
    assert!(varied.record.conditions.iter().any(|one| one.name == "time-zone" && one.varied));
}
