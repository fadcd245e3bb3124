//! What holding a build in the sandbox costs, and what watching it does: the same package built plainly, in the
//! sandbox, and in the sandbox watched, in turn, in one run.
//!
//! `cargo bench --bench build -- REVIEW [ROUNDS]` prints CPU seconds (user and system, of everything started,
//! the keeper included) per way and round, and the ratios of the medians. Default: the review of hello, 3 rounds.

#![allow(clippy::print_stdout, clippy::disallowed_methods, clippy::expect_used, missing_docs)]

use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Stdio;

use pellucid::build;
use pellucid::host::sandbox;
use pellucid::manifest;
use pellucid::source;

fn main() {
    let mut arguments = std::env::args().skip(1).filter(|argument| !argument.starts_with('-'));
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = arguments.next().map_or_else(|| root.join("reviews/debian/hello/2.10-3"), PathBuf::from);
    let rounds: usize = arguments.next().and_then(|rounds| rounds.parse().ok()).unwrap_or(3);
    let text = std::fs::read(folder.join("review.toml")).expect("a review.toml in the folder");
    let review = manifest::read(&text, "review.toml").expect("a manifest");
    let recipe = review.build.expect("a [build] section");
    let work =
        tempfile::Builder::new().prefix("build-bench-").tempdir_in("/dev/shm").expect("a folder in /dev/shm");
    let cache = pellucid::host::files::cache_folder();
    let acquired =
        source::acquire(&review.source, &folder, &cache, &work.path().join("source")).expect("the source");
    let request = build::Request {
        recipe: &recipe,
        snapshot: &acquired.snapshot,
        tree: &acquired.root,
        inputs: Vec::new(),
        base: &folder,
        made: None,
        work: work.path(),
        launcher: Path::new(env!("CARGO_BIN_EXE_pellucid")),
    };
    let mut seconds = [Vec::new(), Vec::new(), Vec::new()];
    println!("round plain sandbox watched (CPU seconds)");
    for round in 1..=rounds {
        for (way, list) in seconds.iter_mut().enumerate() {
            let before = cpu_of_children();
            if way == 0 {
                plain(&request, work.path())
            } else {
                held(&request, work.path(), way == 2)
            }
            list.push(cpu_of_children() - before);
        }
        let [plain, sandbox, watched] = seconds.each_ref().map(|list| list[list.len() - 1]);
        println!("{round} {plain:.2} {sandbox:.2} {watched:.2}");
    }
    let [plain, sandbox, watched] = seconds.map(median);
    println!("sandbox / plain: {:.3}", sandbox / plain);
    println!("watched / sandbox: {:.3}", watched / sandbox);
    println!("watched / plain: {:.3}", watched / plain);
}

/// In the sandbox, as a review does it.
fn held(request: &build::Request<'_>, work: &Path, watched: bool) {
    let folder = work.join("held");
    let mut plan = build::nominal_plan(request, &folder).expect("a plan");
    plan.watched = watched;
    let ended = sandbox::run(request.launcher, &plan, &folder.join("build.log"), &|_| {});
    assert_eq!(ended.end, sandbox::End::Built, "see the recipe: it has to build here");
    std::fs::remove_dir_all(&folder).expect("removing a run's folder");
}

/// The same commands with the same variables in a copy of the tree, held by nothing.
fn plain(request: &build::Request<'_>, work: &Path) {
    let plan = build::nominal_plan(request, &work.join("plan")).expect("a plan");
    let folder = work.join("plain/source");
    std::fs::create_dir_all(&folder).expect("a folder");
    let from = request.tree.join(".");
    assert!(Command::new("cp").arg("-a").arg(&from).arg(&folder).status().expect("cp").success());
    for command in &plan.commands {
        // One processor, as the nominal run has it.
        let status = Command::new("taskset")
            .args(["-c", "0", "/bin/sh", "-e", "-c", command])
            .env_clear()
            .envs(&plan.env)
            .env("HOME", work)
            .current_dir(&folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        assert!(status.expect("/bin/sh").success(), "the recipe has to build here");
    }
    std::fs::remove_dir_all(work.join("plain")).expect("removing the plain build");
    std::fs::remove_dir_all(work.join("plan")).expect("removing the plan");
}

/// CPU seconds of every child that ended and was waited for (proc_pid_stat(5), fields 16 and 17).
fn cpu_of_children() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("/proc");
    let fields = stat.rsplit(')').next().unwrap_or_default();
    let ticks: u64 =
        fields.split_whitespace().skip(13).take(2).map(|field| field.parse::<u64>().unwrap_or(0)).sum();
    ticks as f64 / 100.0
}

fn median(mut list: Vec<f64>) -> f64 {
    list.sort_by(f64::total_cmp);
    list[list.len() / 2]
}
