//! Inputs as a build finds them: real packages, built and installed offline in the sandbox.

use std::fs;
use std::path::Path;

use pellucid::model::review::Input;
use pellucid::model::run::Outcome;
use pellucid::model::trace::FileOrigin;
use pellucid::model::trace::RunTrace;
use pellucid::source;

use super::support::Bench;
use super::support::log;
use super::support::text;

const CARGO_LOCK: &[u8] = include_bytes!("../source/cargo-lock.toml");
const NPM_LOCK: &[u8] = include_bytes!("../source/npm-lock.json");

/// Whether the program is where a build finds it; where it is not the test is skipped aloud, and fails in CI.
fn installed(program: &str) -> bool {
    let there = Path::new("/usr/bin").join(program).exists();
    if !there {
        let sentence =
            format!("SKIPPED: there is no /usr/bin/{program}, so nothing is built with it offline");
        eprintln!("{sentence}");
        assert!(std::env::var_os("PELLUCID_EVERY_TEST").is_none(), "{sentence}");
    }
    there
}

/// Brings `inputs`, whose lock files are among the bench's files, and offers them.
fn bring(bench: &mut Bench, inputs: &[Input]) {
    let at = |name: &str| bench.path().join(name);
    let (base, tree, cache, work) = (at("base"), at("locks"), at("cache"), at("laid-out"));
    fs::create_dir_all(&tree).unwrap();
    fs::write(tree.join("Cargo.lock"), CARGO_LOCK).unwrap();
    fs::write(tree.join("package-lock.json"), NPM_LOCK).unwrap();
    let places = source::Places { base: &base, tree: &tree, cache: &cache, work: &work };
    bench.inputs = source::offer(inputs, &places, &|_| {}).unwrap().offered.into_iter().collect();
}

#[test]
fn network_a_crate_with_dependencies_is_built_offline() {
    if !installed("cargo") {
        return;
    }
    let script = "set -e\ncargo build --release --offline --locked --config /inputs/cargo-config.toml\n\
                  ./target/release/app > out\n\
                  if touch /inputs/vendor/new 2>/dev/null; then exit 1; fi";
    let mut bench = Bench::new(script, &["out"]);
    bench.recipe.limits.time_seconds = 120;
    bench.recipe.limits.memory_mib = 2048;
    bench.recipe.limits.output_mib = 256;
    let manifest = "[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[dependencies]\nitertools = \"=0.10.5\"\n";
    let main = "fn main() { println!(\"{}\", itertools::join([1, 2, 3], \"-\")); }\n";
    bench.file("Cargo.toml", manifest.as_bytes(), 0o644);
    bench.file("Cargo.lock", CARGO_LOCK, 0o644);
    bench.file("src/main.rs", main.as_bytes(), 0o644);
    bring(&mut bench, &[Input::CargoLock { path: "Cargo.lock".into(), in_source: true }]);
    let run = bench.run();
    assert_eq!(text(&run), "1-2-3\n");
    let read: Vec<String> = run.record.trace.inputs_read.iter().map(|path| path.text()).collect();
    let graph: RunTrace = serde_json::from_slice(&std::fs::read(&run.trace).unwrap()).unwrap();
    let inputs = graph.files.iter().filter(|file| file.origin == FileOrigin::Input);
    let (known, unknown): (Vec<_>, Vec<_>) = inputs.partition(|file| file.gitoid.is_some());
    // What the script tried to write there is named too, and never was a file.
    let unknown: Vec<String> = unknown.iter().map(|file| file.path.text()).collect();
    assert!(known.len() > 5 && unknown == ["/inputs/vendor/new"], "{unknown:?}");
    for file in ["vendor/itertools-0.10.5/src/lib.rs", "vendor/either-1.8.1/src/lib.rs", "cargo-config.toml"]
    {
        assert!(read.iter().any(|found| found == file), "{file} not in {read:?}");
    }
    // Without what it depends on the same build fails: nothing came another way.
    bench.inputs.clear();
    let run = bench.run();
    assert!(matches!(run.record.outcome, Outcome::Failed { .. }), "{}", log(&run));
}

#[test]
fn network_npm_packages_are_installed_offline() {
    if !installed("npm") {
        return;
    }
    let script = "set -e\ncp /inputs/package-lock.json .\nnpm ci --offline --ignore-scripts\n\
                  node -e 'console.log(require(\"is-odd\")(3))' > out\n\
                  mkdir alone && cd alone && npm install --offline --ignore-scripts /inputs/npm/is-number-6.0.0.tgz\n\
                  node -e 'console.log(require(\"is-number\")(\"x\"))' >> ../out";
    let mut bench = Bench::new(script, &["out"]);
    bench.recipe.limits.time_seconds = 60;
    // Node reserves address space without end and uses little of it.
    bench.recipe.limits.memory_mib = 4096;
    let manifest = "{\"name\": \"app\", \"version\": \"1.0.0\", \"dependencies\": {\"is-odd\": \"3.0.1\"}}";
    bench.file("package.json", manifest.as_bytes(), 0o644);
    bring(&mut bench, &[Input::NpmLock { path: "package-lock.json".into(), in_source: true }]);
    assert_eq!(text(&bench.run()), "true\nfalse\n");
}

#[test]
fn network_wheels_and_debian_packages_are_used_offline() {
    let script = "set -e\ndpkg-deb -x /inputs/hello_2.10-3_amd64.deb there\nthere/usr/bin/hello > out\n\
                  mkdir -p lists/partial && : > status\n\
                  echo 'deb [trusted=yes] file:/inputs ./' > sources.list\n\
                  apt=\"-o Dir::Etc::sourcelist=$PWD/sources.list -o Dir::Etc::sourceparts=/dev/null \
                  -o Dir::State::lists=$PWD/lists -o Dir::State::status=$PWD/status -o Dir::Cache=$PWD/cache\"\n\
                  mkdir -p cache/archives/partial\n\
                  apt-get -qq $apt update\napt-cache $apt policy hello | grep Candidate >> out\n\
                  python3 -m pip install --quiet --no-index --find-links /inputs --target site idna\n\
                  PYTHONPATH=site python3 -c 'import idna; print(idna.__version__)' >> out";
    if !installed("python3") || !installed("pip3") {
        return;
    }
    let mut bench = Bench::new(script, &["out"]);
    let hello = Input::Debian {
        package: "hello".into(),
        version: "2.10-3".into(),
        architecture: "amd64".into(),
        sha256: "2e6e2f1a0007dc43bc91c273fd36e91e40a4f1c2765a03eca68b70a42103878a".parse().unwrap(),
    };
    let idna = Input::Pypi {
        package: "idna".into(),
        version: "3.20".into(),
        sha256: "ab7ae7122974553370f0bdb919e1a960b2cd1bc1ef0276416d896db81c14582c".parse().unwrap(),
    };
    bring(&mut bench, &[hello, idna]);
    assert_eq!(text(&bench.run()), "Hello, world!\n  Candidate: 2.10-3\n3.20\n");
}
