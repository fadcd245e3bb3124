//! One way to run a recipe over a small tree, as whoever runs the tests or as an ordinary user.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::path::PathBuf;

use pellucid::build::Request;
use pellucid::build::Run;
use pellucid::build::Variation;
use pellucid::build::execute;
use pellucid::model::RelPath;
use pellucid::model::Sha256;
use pellucid::model::Snapshot;
use pellucid::model::review::Recipe;
use pellucid::model::run::Outcome;
use pellucid::model::snapshot::Entry;
use pellucid::model::snapshot::Kind;

/// A recipe over a tree of one script, `build.sh`, in a folder of its own.
pub struct Bench {
    folder: tempfile::TempDir,
    pub recipe: Recipe,
    files: Vec<(String, Vec<u8>, u32)>,
    pub inputs: Vec<(String, PathBuf)>,
    pub made: Option<PathBuf>,
    launcher: PathBuf,
}

impl Bench {
    /// The script is run by `sh build.sh`; `outputs` are the recipe's.
    pub fn new(script: &str, outputs: &[&str]) -> Bench {
        let recipe = serde_json::json!({
            "path": "/build/source",
            "commands": ["sh build.sh"],
            "outputs": outputs,
            "limits": {"time-seconds": 20, "memory-mib": 512, "processes": 64, "output-mib": 32, "log-mib": 1},
        });
        let mut bench = Bench {
            folder: tempfile::tempdir().unwrap(),
            recipe: serde_json::from_value(recipe).unwrap(),
            files: Vec::new(),
            inputs: Vec::new(),
            made: None,
            launcher: PathBuf::from(env!("CARGO_BIN_EXE_pellucid")),
        };
        bench.file("build.sh", script.as_bytes(), 0o755);
        bench
    }

    pub fn file(&mut self, path: &str, content: &[u8], mode: u32) -> &mut Bench {
        self.files.retain(|(other, ..)| other != path);
        self.files.push((path.to_owned(), content.to_owned(), mode));
        self
    }

    /// Makes the launcher run as an ordinary user (65534) where the tests run as root. The files are given
    /// to that user, as they would be its own if it had run the review.
    pub fn as_ordinary_user(&mut self) -> &mut Bench {
        if !rustix::process::geteuid().is_root() {
            return self;
        }
        // The launcher lies where an ordinary user may not go; a copy lies where it may.
        let launcher = self.folder.path().join("pellucid");
        // By another process: a program that this one had open for writing while another test forks is busy.
        let copied =
            std::process::Command::new("cp").arg(env!("CARGO_BIN_EXE_pellucid")).arg(&launcher).status();
        assert!(copied.unwrap().success());
        let wrapper = self.folder.path().join("as-ordinary-user");
        let line = format!(
            "#!/bin/sh\nexec /usr/bin/setpriv --reuid=65534 --regid=65534 --clear-groups {} \"$@\"\n",
            launcher.display()
        );
        fs::write(&wrapper, line).unwrap();
        fs::set_permissions(&wrapper, fs::Permissions::from_mode(0o755)).unwrap();
        self.launcher = wrapper;
        self
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn run(&self) -> Run {
        self.run_as("nominal", &Variation::Nominal)
    }

    pub fn run_as(&self, name: &str, variation: &Variation) -> Run {
        fs::create_dir_all(self.path().join("work").join(name).join("outputs")).unwrap();
        self.with_request(|request| execute(request, name, variation, &|_| {}))
    }

    pub fn with_request<T>(&self, act: impl FnOnce(&Request<'_>) -> T) -> T {
        let tree = self.folder.path().join("tree");
        let mut entries = Vec::new();
        for (path, content, mode) in &self.files {
            let at = tree.join(path);
            fs::create_dir_all(at.parent().unwrap()).unwrap();
            fs::write(&at, content).unwrap();
            let kind = Kind::File { size: content.len() as u64, sha256: Sha256::of(content) };
            entries.push(Entry { path: RelPath::from(path.as_str()), mode: *mode, mtime: None, kind });
        }
        let snapshot = Snapshot::new(entries, Vec::new());
        let work = self.folder.path().join("work");
        self.give_away();
        act(&Request {
            recipe: &self.recipe,
            snapshot: &snapshot,
            tree: &tree,
            inputs: self.inputs.clone(),
            base: self.folder.path(),
            made: self.made.as_deref(),
            work: &work,
            launcher: &self.launcher,
        })
    }

    fn give_away(&self) {
        let ordinary = self.launcher.ends_with("as-ordinary-user");
        if ordinary {
            let done =
                std::process::Command::new("chown").args(["-R", "65534:65534"]).arg(self.path()).status();
            assert!(done.unwrap().success());
        }
    }
}

/// Runs `script`, which must build `out`, and gives what it wrote there.
pub fn output_of(script: &str) -> String {
    let bench = Bench::new(script, &["out"]);
    text(&bench.run())
}

/// The first output of a run that must have been built.
pub fn text(run: &Run) -> String {
    assert_eq!(run.record.outcome, Outcome::Built, "{}", log(run));
    String::from_utf8_lossy(&fs::read(&run.outputs[0].path).unwrap()).into_owned()
}

pub fn log(run: &Run) -> String {
    format!("{:?}\n{}", run.record.outcome, fs::read_to_string(&run.log).unwrap_or_default())
}

/// Says aloud, past the harness, that something was not tested; where every test is to run, as in CI, it fails.
#[track_caller]
pub fn skipped(reason: &str) {
    assert!(std::env::var_os("PELLUCID_EVERY_TEST").is_none(), "{reason}");
    let said = format!("SKIPPED a part of a build test: {reason}\n");
    std::io::Write::write_all(&mut std::io::stderr(), said.as_bytes()).unwrap();
}
