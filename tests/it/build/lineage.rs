//! What became of files no person can read, over real runs. The samples are inert: what is hidden in them is a
//! function that returns a number.

use std::io::Write;

use pellucid::model::run::Became;
use pellucid::model::run::OpaqueInput;
use pellucid::model::run::Outcome;
use pellucid::reconcile;

use super::support::Bench;
use super::support::log;

/// A C function, compressed, every byte moved up by one: what a shell pipeline can undo.
fn blob() -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(b"int extra(void) { return 7; }\n").unwrap();
    encoder.finish().unwrap().into_iter().map(|byte| byte.wrapping_add(1)).collect()
}

/// Stories of a nominal run of `script` over the blob in `tests/`, a picture and a program.
fn run(script: &str, outputs: &[&str]) -> (Vec<OpaqueInput>, Bench) {
    let mut bench = Bench::new(script, outputs);
    bench.file("tests/bad-3.bin", &blob(), 0o644);
    bench.file("logo.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 0o644);
    bench.file("main.c", b"extern int extra(void);\nint main(void) { return extra(); }\n", 0o644);
    let done = bench.run();
    assert_eq!(done.record.outcome, Outcome::Built, "{}", log(&done));
    (done.record.trace.opaque.clone(), bench)
}

fn story<'a>(stories: &'a [OpaqueInput], path: &str) -> &'a OpaqueInput {
    stories.iter().find(|story| story.path.text() == path).unwrap_or_else(|| panic!("{path} in {stories:?}"))
}

#[test]
fn a_test_file_that_becomes_a_part_of_the_program_is_told_from_blob_to_program() {
    let decode = "tr '\\001-\\377\\000' '\\000-\\376\\377' < tests/bad-3.bin | gzip -dc > part.c\n";
    let script = format!(
        "{decode}gcc -c main.c -o main.o\ngcc -c part.c -o part.o\ngcc -o app main.o part.o\ncp logo.png picture\n"
    );
    let (stories, mut bench) = run(&script, &["app", "picture"]);
    let told = story(&stories, "tests/bad-3.bin");
    assert_eq!(told.became, Became::Code, "{told:?}");
    assert_eq!(told.outputs, ["app"]);
    let programs: Vec<String> =
        told.way.iter().map(|step| step.program.text().rsplit('/').next().unwrap().to_owned()).collect();
    assert_eq!(programs, ["tr", "gzip", "cc1"], "{told:?}");
    assert!(told.way[1].wrote.iter().any(|file| file.text() == "part.c"), "{told:?}");
    let picture = story(&stories, "logo.png");
    assert_eq!((picture.became, picture.outputs.as_slice()), (Became::Carried, &["picture".to_owned()][..]));
    let record = bench.run().record;
    let findings = reconcile::of_builds(&[record]);
    let rules: Vec<(&str, &str)> =
        findings.iter().map(|finding| (finding.location.path.as_str(), finding.rule.as_str())).collect();
    let expected = [
        ("logo.png", "opaque-input-carried"),
        ("part.c", "generated-source"),
        ("tests/bad-3.bin", "opaque-input-in-code"),
    ];
    assert_eq!(rules, expected);
    // The same stories whatever else ran meanwhile.
    bench.file("build.sh", script.as_bytes(), 0o755);
    assert_eq!(bench.run().record.trace.opaque, stories);
}

#[test]
fn what_is_decoded_and_run_by_a_shell_is_code() {
    let decode = "tr '\\001-\\377\\000' '\\000-\\376\\377' < tests/bad-3.bin | gzip -dc";
    for script in [
        format!("{decode} | sed 's/.*/echo hello > out/' | sh\n"),
        format!("{decode} | sed 's/.*/echo hello > out/' > step.sh\nsh step.sh\n"),
        format!("{decode} | sed '1s,.*,#!/bin/sh\\necho hello > out,' > step\nchmod +x step\n./step\n"),
    ] {
        let (stories, _bench) = run(&script, &["out"]);
        assert_eq!(story(&stories, "tests/bad-3.bin").became, Became::Code, "{script}: {stories:?}");
    }
}

#[test]
fn what_is_only_counted_or_never_read_is_not_code() {
    let (stories, _bench) = run("cksum < tests/bad-3.bin > /dev/null\ngcc -E main.c > out\n", &["out"]);
    assert_eq!(story(&stories, "tests/bad-3.bin").became, Became::Read, "{stories:?}");
    assert!(stories.iter().all(|story| story.path.text() != "logo.png"), "{stories:?}");
}

#[test]
fn a_program_that_came_with_the_source_and_is_run_is_code() {
    let mut bench = Bench::new("./tool > out\n", &["out"]);
    bench.file("tool", &std::fs::read("/bin/true").unwrap(), 0o755);
    let done = bench.run();
    assert_eq!(done.record.outcome, Outcome::Built, "{}", log(&done));
    let told = story(&done.record.trace.opaque, "tool");
    assert_eq!((told.became, told.because.as_str()), (Became::Code, "not text"));
}

#[test]
fn another_name_for_a_file_does_not_hide_what_becomes_of_it() {
    for link in ["ln tests/bad-3.bin other", "ln -s tests/bad-3.bin other", "mv tests/bad-3.bin other"] {
        let decode = "tr '\\001-\\377\\000' '\\000-\\376\\377' < other | gzip -dc > part.c";
        let script = format!("{link}\n{decode}\ngcc -c part.c -o out\n");
        let (stories, _bench) = run(&script, &["out"]);
        let told = story(&stories, "tests/bad-3.bin");
        assert_eq!(
            (told.became, told.outputs.as_slice()),
            (Became::Code, &["out".to_owned()][..]),
            "{link}: {told:?}"
        );
    }
}

#[test]
fn a_program_the_build_made_and_the_code_it_wrote_are_told() {
    let script =
        "cc -o gen main.c\n./gen > made.h\ncat made.h > /dev/null\ncc -include made.h -c main.c -o out\n";
    let mut bench = Bench::new(script, &["out"]);
    bench.file("main.c", b"#include <stdio.h>\nint main(void) { return puts(\"int x;\") < 0; }\n", 0o644);
    let done = bench.run();
    assert_eq!(done.record.outcome, Outcome::Built, "{}", log(&done));
    let generated: Vec<String> =
        done.record.trace.generated.iter().map(|source| source.path.text()).collect();
    assert_eq!(generated, ["made.h"]);
    assert!(done.record.trace.generated[0].by[0].line.contains("gen"), "{:?}", done.record.trace.generated);
    let findings = reconcile::of_builds(&[done.record]);
    let rules: Vec<(&str, &str)> =
        findings.iter().map(|one| (one.location.path.as_str(), one.rule.as_str())).collect();
    assert_eq!(rules, [("gen", "built-program-run"), ("made.h", "generated-source")]);
}
