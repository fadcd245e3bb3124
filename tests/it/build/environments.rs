//! Other environments than the host's: a root file system in a folder and in an archive.

use std::fs;
use std::path::Path;
use std::process::Command;

use pellucid::build::Variation;
use pellucid::build::explain;
use pellucid::model::Sha256;
use pellucid::model::review::Environment;
use pellucid::model::run::Outcome;

use super::support::Bench;
use super::support::log;
use super::support::text;

/// A root file system with a shell, `cat` and what they need, and a mark of its own.
fn make_root(at: &Path) {
    let script = "set -e; cd \"$1\"; mkdir -p usr/bin usr/lib usr/lib64 etc; \
                  for d in bin lib lib64; do ln -s usr/$d $d; done; cp /bin/dash usr/bin/sh; cp /bin/cat usr/bin/cat; \
                  for l in $(ldd /bin/dash /bin/cat | grep -o '/[^ ]*\\.so[^ ]*' | sort -u); do \
                  mkdir -p usr$(dirname $l | sed s,^/usr,,); cp -L $l usr$(echo $l | sed s,^/usr,,); done; \
                  echo from-the-root-file-system > usr/mark; echo 99 > etc/debian_version";
    let done = Command::new("sh").args(["-c", script, "sh"]).arg(at).status().unwrap();
    assert!(done.success());
}

const SCRIPT: &str = "cat /usr/mark /etc/debian_version > out; test ! -e /usr/bin/perl";

#[test]
fn a_root_file_system_in_a_folder_is_the_builds_world() {
    let mut bench = Bench::new(SCRIPT, &["out"]);
    let root = bench.path().join("root");
    fs::create_dir(&root).unwrap();
    make_root(&root);
    bench.recipe.environment = Environment::Directory { path: "root".to_owned() };
    let run = bench.run();
    assert_eq!(text(&run), "from-the-root-file-system\n99\n");
    let used = run.record.trace.environment_read.iter().find(|used| used.path.text() == "/usr/mark").unwrap();
    assert_eq!(used.sha256, Some(Sha256::of(b"from-the-root-file-system\n")));
    let ordinary = bench.as_ordinary_user().run();
    assert_eq!(run.record, ordinary.record);
    bench.recipe.environment = Environment::Directory { path: "no-such-root".to_owned() };
    let run = bench.run();
    let Outcome::Refused { message } = &run.record.outcome else { panic!("{}", log(&run)) };
    assert!(message.contains("no-such-root") && message.contains("usr"), "{message}");
}

#[test]
fn a_root_file_system_in_an_archive_is_held_against_its_digest() {
    let mut bench = Bench::new(SCRIPT, &["out"]);
    let root = bench.path().join("root");
    fs::create_dir(&root).unwrap();
    make_root(&root);
    let archive = bench.path().join("root.tar.gz");
    let done = Command::new("tar").arg("-czf").arg(&archive).arg("-C").arg(&root).arg(".").status().unwrap();
    assert!(done.success());
    let sha256 = Sha256::of(&fs::read(&archive).unwrap());
    let path = "root.tar.gz".to_owned();
    bench.recipe.environment = Environment::Tarball { path: path.clone(), sha256 };
    assert_eq!(text(&bench.run()), "from-the-root-file-system\n99\n");
    assert_eq!(text(&bench.run()), "from-the-root-file-system\n99\n", "unpacked once and used twice");
    bench.recipe.environment = Environment::Tarball { path, sha256: Sha256::of(b"another archive") };
    let run = bench.run();
    let Outcome::Refused { message } = &run.record.outcome else { panic!("{}", log(&run)) };
    assert!(message.contains("digest"), "{message}");
    let whole = fs::read(&archive).unwrap();
    fs::write(bench.path().join("cut.tar.gz"), &whole[..whole.len() / 2]).unwrap();
    let cut = Sha256::of(&whole[..whole.len() / 2]);
    bench.recipe.environment = Environment::Tarball { path: "cut.tar.gz".to_owned(), sha256: cut };
    let run = bench.run();
    assert!(matches!(run.record.outcome, Outcome::Refused { .. }), "{}", log(&run));
    assert!(
        !bench.path().join("work").join(format!("environment-{}", cut.hex())).exists(),
        "half is not whole"
    );
}

#[test]
fn an_explanation_says_what_would_be_done_and_does_nothing() {
    let bench = Bench::new("touch out", &["out"]);
    let text = bench.with_request(|request| explain(request, &Variation::All));
    for part in [
        "/another-place/second/source-varied",
        "read-only",
        "io_uring_setup",
        "sh build.sh",
        "umask: 0002 (varied)",
    ] {
        assert!(text.contains(part), "{part} not in\n{text}");
    }
    assert!(!bench.path().join("work").exists());
}
