//! Each condition on its own: what a build sees with it varied, and with a value asked for.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use pellucid::build::Exact;
use pellucid::build::Run;
use pellucid::build::Variation;

use super::support::Bench;
use super::support::skipped;
use super::support::text;

/// What `script` prints nominally, and with just `condition` varied.
fn both(script: &str, condition: &str) -> (String, String) {
    let bench = Bench::new(&format!("{{ {script}; }} > out"), &["out"]);
    let nominal = text(&bench.run());
    let run = bench.run_as("varied", &Variation::Only(BTreeSet::from([condition.to_owned()])));
    let record = run.record.conditions.iter().find(|one| one.name == condition).unwrap();
    assert!(record.varied, "{record:?}");
    (nominal.trim().to_owned(), text(&run).trim().to_owned())
}

fn exactly(bench: &Bench, property: &str, value: &str) -> Run {
    let values = BTreeMap::from([(property.to_owned(), value.to_owned())]);
    bench.run_as("exactly", &Variation::Exactly(Exact { values, ..Exact::default() }))
}

#[test]
fn each_condition_is_seen_by_the_build() {
    for (condition, script, nominal, varied) in [
        ("load", "cut -d' ' -f1 /proc/loadavg", "0.00", "7.31"),
        ("memory-size", "sed -n 's/MemTotal: *\\([0-9]*\\) kB/\\1/p' /proc/meminfo", "524288", "1572864"),
        ("home-exists", "test -d $HOME && echo there || echo missing", "there", "missing"),
        ("jobs", "echo ${CARGO_BUILD_JOBS-unset}", "unset", "3"),
        ("umask", "umask", "0022", "0002"),
        ("processor", "grep -c 'Another Processor' /proc/cpuinfo", "0", "1"),
    ] {
        let script = if condition == "processor" { format!("{script} || true") } else { script.to_owned() };
        assert_eq!(both(&script, condition), (nominal.to_owned(), varied.to_owned()), "{condition}");
    }
    let (before, after) = both("stat -c %i build.sh", "inode-numbers");
    assert!(after.parse::<u64>().unwrap() >= before.parse::<u64>().unwrap() + 4099, "{before} {after}");
}

#[test]
fn another_shell_stands_in_for_the_one_there_is_and_is_told_by_its_own_digest() {
    let bench = Bench::new("echo ${BASH_VERSION-none} > out", &["out"]);
    let nominal = bench.run();
    let varied = bench.run_as("varied", &Variation::Only(BTreeSet::from(["shell".to_owned()])));
    let condition = varied.record.conditions.iter().find(|one| one.name == "shell").unwrap();
    if let Some(reason) = &condition.not_applied {
        assert!(reason.contains("dash"), "{reason}");
        return;
    }
    assert_eq!(text(&nominal), "none\n");
    assert!(text(&varied).starts_with(|first: char| first.is_ascii_digit()));
    let digest = |run: &Run, path: &str| {
        let used = run.record.trace.environment_read.iter().find(|file| file.path.text() == path);
        used.and_then(|file| file.sha256)
    };
    let bash = pellucid::model::Sha256::of(&std::fs::read("/usr/bin/bash").unwrap());
    assert_ne!(digest(&nominal, "/usr/bin/dash"), Some(bash));
    assert_eq!(digest(&varied, "/usr/bin/dash"), Some(bash));
}

#[test]
fn the_clock_is_moved_or_the_record_says_why_not() {
    let bench = Bench::new("date -u +%FT%TZ > out; sleep 1.1; date -u +%FT%TZ >> out", &["out"]);
    let run = exactly(&bench, "clock", "2022-12-26T15:30:00Z");
    let clock = run.record.conditions.iter().find(|one| one.name == "clock").unwrap();
    match &clock.not_applied {
        Some(reason) => {
            assert!(reason.contains("libfaketime"), "{reason}");
            skipped(reason);
        }
        None => assert_eq!(text(&run), "2022-12-26T15:30:00Z\n2022-12-26T15:30:00Z\n"),
    }
    assert!(exactly(&bench, "clock", "noon").record.conditions.iter().any(|one| one.not_applied.is_some()));
}

#[test]
fn values_asked_for_are_the_ones_the_build_has() {
    let bench = Bench::new("pwd > out; umask >> out; date -d @0 +%R >> out", &["out"]);
    let values = [("build-path", "/somewhere/else"), ("umask", "0077"), ("time-zone", "GMT-9:00")];
    let values: BTreeMap<String, String> =
        values.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let run = bench.run_as("exactly", &Variation::Exactly(Exact { values, ..Exact::default() }));
    assert_eq!(text(&run), "/somewhere/else\n0077\n09:00\n");
    let varied = run.record.conditions.iter().filter(|one| one.varied).count();
    assert_eq!(varied, 3);
    let refused = exactly(&bench, "user-id", "0");
    assert!(refused.record.conditions.iter().any(|one| one.name == "user-id" && one.not_applied.is_some()));
}
