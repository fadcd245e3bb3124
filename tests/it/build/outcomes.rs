//! How runs end, and what their records say.

use std::fs;

use pellucid::build::Variation;
use pellucid::model::run::Outcome;

use super::support::Bench;
use super::support::log;
use super::support::text;

#[test]
fn a_build_leaves_its_output_its_log_and_a_record() {
    let mut bench = Bench::new("echo building; cp src/data.txt out; chmod 755 out", &["out"]);
    bench.file("src/data.txt", b"data\n", 0o644);
    let run = bench.run();
    assert_eq!(text(&run), "data\n");
    assert_eq!(fs::read_to_string(&run.log).unwrap(), "building\n");
    let output = &run.record.outputs[0];
    assert_eq!((output.path.text().as_str(), output.size, output.mode), ("out", 5, 0o755));
    assert_eq!(run.measure.log, "nominal/build.log");
    assert!(run.record.notes.is_empty(), "{:?}", run.record.notes);
}

#[test]
fn root_and_an_ordinary_user_get_the_same_record_and_the_same_bytes() {
    let script = "id -u; id -g; ls -lnR /build /home /etc/passwd /dev/null /usr/bin/env > out; stat -c %u%g%a /tmp \
                  /build /build/source . / /etc >> out; env | sort >> out; cat /etc/passwd >> out; cat /in*/* >> out";
    let mut as_root = Bench::new(script, &["out"]);
    let mut ordinary = Bench::new(script, &["out"]);
    ordinary.as_ordinary_user();
    for bench in [&mut as_root, &mut ordinary] {
        let input = bench.path().join("input.txt");
        fs::write(&input, "from outside\n").unwrap();
        bench.inputs.push(("input.txt".to_owned(), input));
    }
    let (one, other) = (as_root.run(), ordinary.run());
    // Times of /dev and /etc are the moment they were made.
    let steady = |text: String| {
        let words = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
        let keep = words.map(|words| match words.as_slice() {
            [mode, _, uid, gid, rest @ ..] if rest.len() > 3 => {
                format!("{mode} {uid} {gid} {:?}", rest.last())
            }
            other => other.join(" "),
        });
        keep.collect::<Vec<_>>()
    };
    assert_eq!(steady(text(&one)), steady(text(&other)));
    assert!(text(&one).contains("from outside"));
    let (mut a, mut b) = (one.record, other.record);
    a.outputs.clear();
    b.outputs.clear();
    assert_eq!(a, b);
}

#[test]
fn the_same_run_twice_has_the_same_record() {
    let bench = Bench::new("echo $$ $(pwd) > out; readlink /proc/self/ns/pid > /dev/null", &["out"]);
    assert_eq!(bench.run().record, bench.run().record);
}

#[test]
fn a_failing_command_is_named_with_its_code_and_the_last_lines() {
    let mut bench = Bench::new("printf 'first\\nlast \\033[31m\\n'; exit 7", &["out"]);
    bench.recipe.commands.insert(0, "true".to_owned());
    let Outcome::Failed { command, code, log_tail } = bench.run().record.outcome else { panic!() };
    assert_eq!((command.as_str(), code), ("sh build.sh", 7));
    assert_eq!(log_tail, ["first", "last \\x1b[31m"]);
}

#[test]
fn an_unknown_command_is_a_failed_build_and_says_what_was_not_found() {
    let mut bench = Bench::new("", &["out"]);
    bench.recipe.commands = vec!["no-such-compiler x.c".to_owned()];
    let Outcome::Failed { code, log_tail, .. } = bench.run().record.outcome else { panic!() };
    assert_eq!(code, 127);
    assert!(log_tail[0].contains("no-such-compiler"), "{log_tail:?}");
}

fn limit_of(bench: &Bench) -> String {
    let run = bench.run();
    let said = log(&run);
    let Outcome::LimitReached { limit, message, .. } = run.record.outcome else {
        panic!("{}", &said[..said.len().min(500)])
    };
    assert!(message.contains("[build.limits]"), "{message}");
    limit
}

#[test]
fn a_build_that_uses_too_much_of_the_processors_is_ended() {
    // Many short processes: no single one of them would reach a limit of its own.
    let mut bench = Bench::new("while : ; do perl -e '1 for 1 .. 2000000'; done", &["out"]);
    bench.recipe.limits.cpu_seconds = 1;
    assert_eq!(limit_of(&bench), "cpu");
    assert_eq!(limit_of(bench.as_ordinary_user()), "cpu");
}

#[test]
fn a_build_that_does_not_end_is_ended() {
    let mut bench = Bench::new("sleep 1000", &["out"]);
    bench.recipe.limits.time_seconds = 1;
    assert_eq!(limit_of(&bench), "time");
    assert_eq!(limit_of(bench.as_ordinary_user()), "time");
}

#[test]
fn a_fork_bomb_reaches_the_limit_of_processes() {
    let mut bench = Bench::new("while : ; do sleep 100 & done", &["out"]);
    assert_eq!(limit_of(&bench), "processes");
    assert_eq!(limit_of(bench.as_ordinary_user()), "processes");
}

#[test]
fn a_memory_hog_reaches_the_limit_of_memory() {
    let hog = "perl -e 'my @a; while (1) { push @a, \"x\" x 1000000; }'";
    let mut bench = Bench::new(hog, &["out"]);
    bench.recipe.limits.memory_mib = 128;
    assert_eq!(limit_of(&bench), "memory");
    assert_eq!(limit_of(bench.as_ordinary_user()), "memory");
}

#[test]
fn a_full_disk_reaches_the_limit_of_output_wherever_it_is_written() {
    for place in ["/build/source/big", "/tmp/big", "/dev/shm/big", "$HOME/big", "/var/tmp/big"] {
        let bench = Bench::new(&format!("cat /dev/zero > {place}.1 || cat /dev/zero > {place}.2"), &["out"]);
        assert_eq!(limit_of(&bench), "output", "{place}");
    }
    let mut bench = Bench::new("i=0; while : ; do i=$((i+1)); : > f$i; done", &["out"]);
    bench.recipe.limits.output_mib = 1;
    bench.recipe.limits.time_seconds = 60;
    assert_eq!(limit_of(&bench), "output", "empty files without end");
    let mut bench = Bench::new("cat /dev/zero > a || cat /dev/zero > b", &["out"]);
    assert_eq!(limit_of(bench.as_ordinary_user()), "output");
}

#[test]
fn a_log_without_end_reaches_the_limit_of_the_log_and_is_cut_there() {
    let mut bench = Bench::new("yes", &["out"]);
    assert_eq!(limit_of(&bench), "log");
    assert_eq!(limit_of(bench.as_ordinary_user()), "log");
    let log = bench.path().join("work/nominal/build.log");
    assert_eq!(fs::metadata(log).unwrap().len(), 1 << 20);
}

#[test]
fn outputs_that_are_not_one_regular_file_are_refused_with_what_is_there() {
    for (script, output, said) in [
        ("touch other", "out", "is missing"),
        ("touch other", "out", "`other`"),
        ("touch a.deb b.deb", "*.deb", "matches 2 paths: `a.deb`, `b.deb`"),
        ("ln -s /etc/passwd out", "out", "is a symbolic link"),
        ("ln -s build.sh out", "out", "is a symbolic link"),
        ("mkfifo out", "out", "is a FIFO"),
        ("mkdir out", "out", "is a directory"),
        (
            "perl -MIO::Socket::UNIX -e 'IO::Socket::UNIX->new(Local => \"out\", Listen => 1) or die'",
            "out",
            "a socket",
        ),
        ("ln -s / root; ", "root/etc/passwd", "is missing"),
        ("mkdir d; ln -s ../../../etc d/e", "d/e/passwd", "is missing"),
        ("touch \"$(printf 'evil\\n\\033[31mname')\"", "out", "evil\\x0a\\x1b[31mname"),
        ("true", "a/../../out", "is not a path below"),
        ("true", "/etc/passwd", "is not a path below"),
        ("true", "../../etc/passwd", "is not a path below"),
    ] {
        let run = Bench::new(script, &[output]).run();
        let Outcome::BadOutput { message, .. } = &run.record.outcome else {
            panic!("{script}: {}", log(&run))
        };
        assert!(message.contains(said), "{script}: {message}");
        assert!(run.outputs.is_empty());
    }
}

#[test]
fn outputs_are_found_by_glob_beside_the_source_and_whatever_their_mode() {
    let script = "echo deb > ../x_1.0_amd64.deb; mkdir -p dist; echo whl > dist/x-1.0.whl; chmod 0 dist/x-1.0.whl dist; \
                  truncate -s 1M ../sparse";
    let bench = Bench::new(script, &["../x_*.deb", "dist/*.whl", "../sparse"]);
    let run = bench.run();
    assert_eq!(run.record.outcome, Outcome::Built, "{}", log(&run));
    let read = |at: usize| fs::read(&run.outputs[at].path).unwrap();
    assert_eq!((read(0), read(1), read(2).len()), (b"deb\n".to_vec(), b"whl\n".to_vec(), 1 << 20));
    let listed: Vec<String> = run.outputs.iter().map(|output| output.output.clone()).collect();
    assert_eq!(listed, bench.recipe.outputs);
}

#[test]
fn an_output_larger_than_the_limit_cannot_be_made_even_with_holes() {
    let run = Bench::new("truncate -s 1P out || exit 9", &["out"]).run();
    assert!(matches!(run.record.outcome, Outcome::Failed { .. }), "{}", log(&run));
}

#[test]
fn a_source_that_changed_since_it_was_taken_in_is_not_built() {
    let bench = Bench::new("touch out", &["out"]);
    assert_eq!(bench.run().record.outcome, Outcome::Built);
    let tree = bench.path().join("tree");
    let work = bench.path().join("work");
    let entry = |content: &[u8]| {
        let kind = pellucid::model::snapshot::Kind::File {
            size: content.len() as u64,
            sha256: pellucid::model::Sha256::of(content),
        };
        pellucid::model::snapshot::Entry { path: "build.sh".into(), mode: 0o755, mtime: None, kind }
    };
    let snapshot = pellucid::model::Snapshot::new(vec![entry(b"something else")], Vec::new());
    let request = pellucid::build::Request {
        recipe: &bench.recipe,
        snapshot: &snapshot,
        tree: &tree,
        inputs: Vec::new(),
        base: bench.path(),
        made: None,
        work: &work,
        launcher: env!("CARGO_BIN_EXE_pellucid").as_ref(),
    };
    let run = pellucid::build::execute(&request, "nominal", &Variation::Nominal, &|_| {});
    let Outcome::Refused { message } = &run.record.outcome else { panic!("{}", log(&run)) };
    assert!(message.contains("build.sh") && message.contains("digest"), "{message}");
}

#[test]
fn a_launcher_that_cannot_be_started_is_a_refusal_and_builds_nothing() {
    let bench = Bench::new("touch out", &["out"]);
    let run = bench.run();
    assert_eq!(run.record.outcome, Outcome::Built);
    let tree = bench.path().join("tree");
    let snapshot = pellucid::model::Snapshot::new(Vec::new(), Vec::new());
    for launcher in ["/no/such/program", "/bin/true"] {
        let request = pellucid::build::Request {
            recipe: &bench.recipe,
            snapshot: &snapshot,
            tree: &tree,
            inputs: Vec::new(),
            base: bench.path(),
            made: None,
            work: bench.path(),
            launcher: launcher.as_ref(),
        };
        let run = pellucid::build::execute(&request, "refused", &Variation::Nominal, &|_| {});
        assert!(matches!(run.record.outcome, Outcome::Refused { .. }), "{launcher}: {}", log(&run));
    }
}

#[test]
fn a_build_path_that_would_hide_the_system_is_refused() {
    for path in ["/usr/src", "/", "/source", "relative/path", "/build/../etc", "/proc/x"] {
        let mut bench = Bench::new("touch out", &["out"]);
        bench.recipe.path = path.to_owned();
        let run = bench.run();
        let Outcome::Refused { message } = &run.record.outcome else { panic!("{path}: {}", log(&run)) };
        assert!(message.contains("build path"), "{message}");
    }
}

#[test]
fn the_build_sees_the_conditions_and_the_record_states_them() {
    let script = "{ pwd; hostname; id -un; id -u; echo $HOME; date -d @0 +%F; umask; nproc; \
                  getconf _NPROCESSORS_ONLN; ls -U dir | tr '\\n' ' '; echo; echo $TERM; uname -r | cut -c1-4; \
                  echo ${PELLUCID_CAPTURE_ENVIRONMENT-unset}; echo ${TMPDIR-unset}; grep -c ^processor /proc/cpuinfo; \
                  cut -d. -f1 /proc/uptime; domainname; } > out";
    let mut bench = Bench::new(script, &["out"]);
    for name in ["a", "b", "c"] {
        bench.file(&format!("dir/{name}"), b"", 0o644);
    }
    let nominal = bench.run();
    let varied = bench.run_as("varied", &Variation::All);
    let (seen, other) = (text(&nominal), text(&varied));
    let (seen, other): (Vec<&str>, Vec<&str>) = (seen.lines().collect(), other.lines().collect());
    assert_eq!(
        seen[..9],
        ["/build/source", "build-host", "builder", "1000", "/home/builder", "1970-01-01", "0022", "1", "1"]
    );
    assert_eq!(other[0], "/another-place/second/source-varied");
    assert_eq!(
        other[1..6],
        ["another-build-host", "someone-else", "2345", "/home/someone-elses-home", "1970-01-01"]
    );
    assert_eq!(other[6], "0002");
    for at in [9, 10, 11, 12, 13, 16] {
        assert_ne!(seen[at], other[at], "line {at}");
    }
    assert!(other[15].parse::<u64>().unwrap() >= 1_000_000);
    for condition in &varied.record.conditions {
        assert!(condition.varied || condition.not_applied.is_some(), "{condition:?}");
    }
    assert!(varied.record.conditions.iter().filter(|condition| condition.varied).count() >= 14);
    assert!(
        nominal
            .record
            .conditions
            .iter()
            .all(|condition| !condition.varied && condition.not_applied.is_none())
    );
}

#[test]
fn a_variable_the_recipe_sets_is_the_recipes() {
    let mut bench = Bench::new("echo $TZ > out", &["out"]);
    bench.recipe.env.insert("TZ".to_owned(), "Asia/Tokyo".to_owned());
    let run = bench.run_as("varied", &Variation::All);
    assert_eq!(text(&run), "Asia/Tokyo\n");
    let zone = run.record.conditions.iter().find(|condition| condition.name == "time-zone").unwrap();
    assert!(!zone.varied && zone.not_applied.as_ref().unwrap().contains("TZ"), "{zone:?}");
}

#[test]
fn the_machines_compiler_builds_the_same_bytes_under_both_sets_of_conditions() {
    let mut bench = Bench::new("cc -O1 -o out main.c && ./out", &["out"]);
    bench.file("main.c", b"#include <stdio.h>\nint main(void) { puts(\"built\"); return 0; }\n", 0o644);
    let (nominal, varied) = (bench.run(), bench.run_as("varied", &Variation::All));
    for run in [&nominal, &varied] {
        assert_eq!(run.record.outcome, Outcome::Built, "{}", log(run));
    }
    // The mode follows the umask and differs; the bytes do not.
    assert_eq!(nominal.record.outputs[0].sha256, varied.record.outputs[0].sha256);
    assert_ne!(nominal.record.outputs[0].mode, varied.record.outputs[0].mode);
    assert_eq!(fs::read_to_string(&nominal.log).unwrap(), "built\n");
}

#[test]
fn the_record_tells_which_source_and_which_programs_were_used() {
    let script = "cc -o tool main.c && ./tool > out && cat ./data/used.txt >> out && sed -i s/a/b/ edited.txt && cat /in*/i.txt";
    let mut bench = Bench::new(script, &["out"]);
    bench.file("main.c", b"int main(void) { return 0; }\n", 0o644);
    bench.file("data/used.txt", b"data\n", 0o644).file("data/unused.txt", b"data\n", 0o644);
    bench.file("edited.txt", b"a\n", 0o644);
    let input = bench.path().join("i.txt");
    fs::write(&input, "input\n").unwrap();
    bench.inputs.push(("i.txt".to_owned(), input));
    let run = bench.run();
    text(&run);
    let trace = &run.record.trace;
    let names = |paths: &[pellucid::model::RelPath]| paths.iter().map(|path| path.text()).collect::<Vec<_>>();
    assert_eq!(names(&trace.source_read), ["build.sh", "data/used.txt", "edited.txt", "main.c"]);
    assert_eq!(names(&trace.source_written), ["edited.txt"]);
    assert_eq!(names(&trace.inputs_read), ["i.txt"]);
    let programs: Vec<String> =
        trace.programs.iter().map(|used| format!("{} {:?}", used.path, used.origin)).collect();
    assert!(programs.contains(&"tool Built".to_owned()), "{programs:?}");
    assert!(programs.iter().any(|program| program.ends_with("/cc1 Environment")), "{programs:?}");
    let library =
        trace.environment_read.iter().find(|used| used.path.text().ends_with("/libc.so.6")).unwrap();
    let bytes = fs::read(std::path::Path::new("/").join(library.path.text())).unwrap();
    assert_eq!(library.sha256, Some(pellucid::model::Sha256::of(&bytes)));
    assert!(trace.attempts.is_empty() && !trace.truncated, "{:?}", trace.attempts);
    assert_eq!(run.record.trace, bench.run().record.trace, "the same build reads the same files");
}
