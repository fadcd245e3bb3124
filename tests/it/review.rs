//! Whole reviews on the command line, as a user runs them: exit code, files left, what the terminal says.

use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Output;

use serde_json::Value;

const HONEST: &str = "reviews/northlight/harbor-agent/1.4.2";
const TAMPERED: &str = "reviews/northlight/harbor-agent/1.4.2-tampered";

fn pellucid(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_pellucid"))
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap()
}

fn review(manifest: &str, out: &Path, more: &[&str]) -> Output {
    let mut arguments = vec!["review", manifest, "--out", out.to_str().unwrap()];
    arguments.extend_from_slice(more);
    pellucid(&arguments)
}

#[track_caller]
fn exits(output: &Output, code: i32) {
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "stdout:\n{out}\nstderr:\n{err}");
}

fn evidence(out: &Path) -> Value {
    serde_json::from_slice(&fs::read(out.join("evidence.json")).unwrap()).unwrap()
}

#[test]
fn an_honest_release_meets_the_policy_and_its_attestation_holds_offline() {
    let folder = tempfile::tempdir().unwrap();
    let (out, key) = (folder.path().join("out"), folder.path().join("reviewer"));
    exits(&pellucid(&["keygen", key.to_str().unwrap()]), 0);
    let private = key.with_extension("key");
    let done = review(HONEST, &out, &["--key", private.to_str().unwrap()]);
    exits(&done, 0);
    assert!(String::from_utf8_lossy(&done.stdout).contains("bit-exact"));
    for left in [
        "report.html",
        "evidence.json",
        "verdict.json",
        "logs/nominal/build.log",
        "rebuilt/nominal/harbor-agent",
    ] {
        assert!(out.join(left).is_file(), "{left} is missing");
    }
    assert!(!out.join("work").exists());

    let public = key.with_extension("pub");
    let envelope = out.join("attestation.intoto.json");
    let (evidence, rebuilt) = (out.join("evidence.json"), out.join("rebuilt/nominal/harbor-agent"));
    let text = |path: &PathBuf| path.to_str().unwrap().to_owned();
    let verify = |artifact: &PathBuf| {
        let words = [
            "verify".to_owned(),
            text(&envelope),
            "--key".to_owned(),
            text(&public),
            "--evidence".to_owned(),
            text(&evidence),
            "--artifact".to_owned(),
            text(artifact),
        ];
        pellucid(&words.iter().map(String::as_str).collect::<Vec<_>>())
    };
    exits(&verify(&rebuilt), 0);
    let mut bytes = fs::read(&rebuilt).unwrap();
    bytes[100] ^= 1;
    let changed = folder.path().join("harbor-agent");
    fs::write(&changed, bytes).unwrap();
    exits(&verify(&changed), 4);
    let mut bytes = fs::read(&evidence).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&evidence, bytes).unwrap();
    exits(&verify(&rebuilt), 4);
}

#[test]
fn a_dishonest_release_fails_twice_over() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    exits(&review(TAMPERED, &out, &[]), 1);
    let evidence = evidence(&out);
    let account = &evidence["artifacts"][0]["comparison"]["account"];
    assert!(account["unexplained"].as_u64().unwrap() > 0, "{account}");
    let findings = evidence["reconciliation"].as_array().unwrap();
    let about = |word: &str| findings.iter().any(|finding| finding.to_string().contains(word));
    assert!(about("popen") || about("cap.exec"), "no finding on running programs: {findings:#?}");
    assert!(about("collect.northlight-metrics.example"), "no finding on the endpoint: {findings:#?}");
}

#[test]
fn the_same_review_gives_the_same_evidence_whatever_the_threads() {
    let folder = tempfile::tempdir().unwrap();
    let texts: Vec<String> = ["1", "2", "2"]
        .iter()
        .enumerate()
        .map(|(index, threads)| {
            let out = folder.path().join(index.to_string());
            exits(&review(TAMPERED, &out, &["--threads", threads]), 1);
            let mut evidence = evidence(&out);
            evidence["recorded"] = Value::Null;
            serde_json::to_string_pretty(&evidence).unwrap()
        })
        .collect();
    assert!(texts[0] == texts[1], "1 and 2 threads differ");
    assert!(texts[1] == texts[2], "two reviews at 2 threads differ");
}

/// A review of a folder of our own with these commands, as `review.toml` states them.
fn small_review(folder: &Path, commands: &str, outputs: &str, limits: &str) -> PathBuf {
    fs::create_dir_all(folder.join("source")).unwrap();
    fs::write(folder.join("source/input.txt"), "input\n").unwrap();
    let manifest = format!(
        "version = 1\n[product]\nvendor = \"v\"\nname = \"n\"\nversion = \"1\"\npurpose = \"test\"\n\
         [source]\nkind = \"directory\"\npath = \"source\"\n\
         [build]\npath = \"/build/n\"\ncommands = {commands}\noutputs = {outputs}\n[build.limits]\ntime-seconds = 20\n{limits}"
    );
    fs::write(folder.join("review.toml"), manifest).unwrap();
    folder.join("out")
}

#[test]
fn what_cannot_be_built_is_inconclusive_and_says_what_to_do() {
    for (commands, outputs, limits, expected) in [
        (r#"["echo before; exit 7"]"#, r#"["x"]"#, "", "ended with code 7"),
        (r#"["true"]"#, r#"["absent"]"#, "", "absent"),
        (r#"["sleep 60"]"#, r#"["x"]"#, "time-seconds = 1\n", "time"),
        (r#"["head -c 99000000 /dev/zero > x"]"#, r#"["x"]"#, "output-mib = 8\n", "output"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let limits_line = limits.replace("time-seconds = 1\n", "");
        let out = small_review(folder.path(), commands, outputs, &limits_line);
        if limits.contains("time-seconds") {
            let manifest = folder.path().join("review.toml");
            let text =
                fs::read_to_string(&manifest).unwrap().replace("time-seconds = 20", "time-seconds = 1");
            fs::write(&manifest, text).unwrap();
        }
        let done = review(folder.path().to_str().unwrap(), &out, &[]);
        exits(&done, 3);
        let text = String::from_utf8_lossy(&done.stdout).to_lowercase();
        assert!(text.contains("inconclusive") && text.contains(expected), "{commands}: {text}");
        assert!(out.join("evidence.json").is_file(), "an inconclusive review leaves its evidence too");
    }
}

#[test]
fn three_planted_causes_one_of_them_a_pair_are_named_with_what_they_change() {
    let folder = tempfile::tempdir().unwrap();
    let commands = r#"["hostname > host; umask > mode; (if test $TZ != UTC && test $PYTHONHASHSEED != 0; then echo both; else echo; fi) > pair; echo same > same"]"#;
    let out = small_review(folder.path(), commands, r#"["host", "mode", "pair", "same"]"#, "");
    let done = review(folder.path().to_str().unwrap(), &out, &[]);
    let search = &evidence(&out)["causes"];
    let found: Vec<(String, String)> = (search["causes"].as_array().unwrap().iter())
        .map(|cause| {
            let names: Vec<&str> =
                cause["conditions"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
            let changed: Vec<&str> = (cause["outputs"].as_array().unwrap().iter())
                .map(|output| {
                    assert!(!output["comparison"]["differences"].as_array().unwrap().is_empty());
                    output["output"].as_str().unwrap()
                })
                .collect();
            (names.join("+"), changed.join(","))
        })
        .collect();
    let expected = [("hash-seed+time-zone", "pair"), ("host-name", "host"), ("umask", "mode")];
    assert_eq!(found, expected.map(|(names, outputs)| (names.to_owned(), outputs.to_owned())));
    assert_eq!(search["cut_short"], false);
    let text = String::from_utf8_lossy(&done.stdout);
    let page = fs::read_to_string(out.join("report.html")).unwrap();
    for shown in ["hash-seed together with time-zone", "host-name", "umask"] {
        assert!(
            text.contains(shown) && page.contains(&format!("<strong>{shown}</strong> changes")),
            "{text}"
        );
    }
}

#[test]
fn a_wrong_request_is_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("nowhere");
    exits(&review(missing.to_str().unwrap(), &folder.path().join("a"), &[]), 2);
    let out = small_review(folder.path(), r#"["true"]"#, r#"["x"]"#, "surprise = 1\n");
    let done = review(folder.path().to_str().unwrap(), &out, &[]);
    exits(&done, 2);
    let text = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(text.contains("review.toml:") && text.contains("surprise"), "{text}");
    assert!(!out.exists(), "nothing is made for a request that is wrong");
}

#[test]
fn a_review_that_was_killed_goes_on_from_the_runs_it_had_finished() {
    let folder = tempfile::tempdir().unwrap();
    let (review_folder, cache, out) =
        (folder.path().join("review"), folder.path().join("cache"), folder.path().join("out"));
    fs::create_dir_all(review_folder.join("source")).unwrap();
    // What it builds is another thing every time; only the varied run takes long.
    let build = "od -An -N16 -tx1 /dev/urandom > out\ntest $(hostname) = build-host || sleep 4\n";
    fs::write(review_folder.join("source/build.sh"), build).unwrap();
    let manifest = "version = 1\n[product]\nvendor = \"v\"\nname = \"n\"\nversion = \"1\"\npurpose = \"p\"\n\
                    [source]\nkind = \"directory\"\npath = \"source\"\n\
                    [build]\ncommands = [\"sh build.sh\"]\noutputs = [\"out\"]\ncause-runs = 0\n";
    fs::write(review_folder.join("review.toml"), manifest).unwrap();
    let arguments = |command: &mut Command| {
        command.arg("review").arg(&review_folder).arg("--out").arg(&out).arg("--cache").arg(&cache);
    };
    let mut command = Command::new(env!("CARGO_BIN_EXE_pellucid"));
    arguments(&mut command);
    let mut child =
        command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).spawn().unwrap();
    let finished = || {
        let runs = fs::read_dir(cache.join("runs")).ok()?.flatten().next()?.path();
        fs::read(runs.join("nominal/run.json")).ok()
    };
    let started = std::time::Instant::now();
    let kept = loop {
        if let Some(kept) = finished() {
            break kept;
        }
        assert!(started.elapsed().as_secs() < 120, "the nominal run was not finished in two minutes");
        std::thread::sleep(std::time::Duration::from_millis(20));
    };
    child.kill().unwrap();
    child.wait().unwrap();
    let kept: Value = serde_json::from_slice(&kept).unwrap();

    let mut again = Command::new(env!("CARGO_BIN_EXE_pellucid"));
    arguments(&mut again);
    let done = again.output().unwrap();
    let found = evidence(&out);
    let digest = |record: &Value| record["outputs"][0]["sha256"].clone();
    assert_eq!(
        digest(&found["runs"][0]),
        digest(&kept["record"]),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
    assert_eq!(found["runs"].as_array().unwrap().len(), 2);
    // The review is over: nothing of it is left to be taken up.
    assert_eq!(fs::read_dir(cache.join("runs")).unwrap().count(), 0);
}

#[test]
fn why_tells_the_way_of_a_hidden_file_and_refuses_a_record_that_was_changed() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    exits(&review("reviews/northlight/tide-codec/0.9.3", &out, &[]), 1);
    let why = |more: &[&str]| {
        let mut words = vec!["why", "libtide.a", "--review", out.to_str().unwrap()];
        words.extend_from_slice(more);
        pellucid(&words)
    };
    let told = why(&["tests/frames/damaged-3.frame"]);
    exits(&told, 0);
    let text = String::from_utf8_lossy(&told.stdout).into_owned();
    let mut from = 0;
    for step in ["tail", "tr g-v", "perl", "gzip", "src/checksum-arch.c", "cc1", "ar rcD", "the output"] {
        let at = text[from..].find(step).unwrap_or_else(|| panic!("{step} in {text}"));
        from += at;
    }
    let all = why(&[]);
    exits(&all, 0);
    assert!(!String::from_utf8_lossy(&all.stdout).contains("src/checksum.c"));
    exits(&why(&["no/such/file"]), 2);
    let manifest = why(&["--omnibor"]);
    exits(&manifest, 0);
    assert!(manifest.stdout.starts_with(b"gitoid:blob:sha256\n"));
    let trace = out.join("logs/nominal/trace.json");
    let schema: Value = serde_json::from_slice(&pellucid(&["schema", "trace"]).stdout).unwrap();
    let record: Value = serde_json::from_slice(&fs::read(&trace).unwrap()).unwrap();
    assert!(jsonschema::validator_for(&schema).unwrap().is_valid(&record));
    let mut changed = fs::read(&trace).unwrap();
    changed.push(b' ');
    fs::write(&trace, changed).unwrap();
    exits(&why(&[]), 4);
}

#[test]
fn the_hidden_frame_is_what_its_recipe_makes_of_the_hidden_source() {
    use std::io::Read;
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/tide-codec");
    let frame = fs::read_to_string(root.join("source/tests/frames/damaged-3.frame")).unwrap();
    let digits: Vec<u8> = frame.lines().skip(1).flat_map(str::bytes).map(|letter| letter - b'g').collect();
    let packed: Vec<u8> = digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect();
    let mut text = String::new();
    flate2::read::GzDecoder::new(packed.as_slice()).read_to_string(&mut text).unwrap();
    assert_eq!(text, fs::read_to_string(root.join("hidden.c")).unwrap());
}

#[test]
fn build_explains_without_doing_and_builds_without_judging() {
    let explained = pellucid(&["build", HONEST, "--explain", "--varied"]);
    exits(&explained, 0);
    let text = String::from_utf8_lossy(&explained.stdout).into_owned();
    for part in ["namespaces", "shown read-only", "system calls refused", "another-place", "network: none"] {
        assert!(text.contains(part), "{part} in {text}");
    }
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let built = pellucid(&["build", HONEST, "--out", out.to_str().unwrap()]);
    exits(&built, 0);
    assert!(String::from_utf8_lossy(&built.stdout).contains("same "));
    assert!(out.join("rebuilt/varied/harbor-agent").is_file() && !out.join("evidence.json").exists());
    exits(&pellucid(&["build", "/no/such/review"]), 2);
}

#[test]
fn network_a_wheel_made_by_another_version_of_its_backend_is_proved_to_be() {
    let folder = tempfile::tempdir().unwrap();
    let manifest = folder.path().join("review.toml");
    let text = fs::read_to_string("reviews/pypi/idna/3.20/review.toml").unwrap();
    let other = text.replace("4.1.0", "3.12.0").replace(
        "17398cdd2c38b24047a5a9c93089ec5c0bf12ec3d1469bbf69c27ed7965299db",
        "e7a0304069ea895172e3c7bb703292e992c5d1555dd1233ab7b5621b5b69e62c",
    );
    assert_ne!(text, other);
    fs::write(&manifest, other).unwrap();
    let out = folder.path().join("out");
    exits(&review(manifest.to_str().unwrap(), &out, &[]), 1);
    let proof = &evidence(&out)["proofs"][0];
    let proved = proof["proved"].as_array().unwrap();
    assert_eq!(proved.len(), 1, "{proof:#}");
    assert_eq!(proved[0]["property"], "input flit_core");
    let value = "4.1.0 sha256:17398cdd2c38b24047a5a9c93089ec5c0bf12ec3d1469bbf69c27ed7965299db";
    assert_eq!(proved[0]["value"], value);
}

/// A packaging tool that writes a lock file of its own where the source brings none: the shipped one, put back,
/// gives the shipped package.
#[test]
fn a_package_made_with_another_lock_file_is_proved_to_be() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::create_dir_all(at("source")).unwrap();
    fs::write(at("source/main.txt"), "the program\n").unwrap();
    let pack = "test -e Cargo.lock || echo 'resolved = \"today\"' > Cargo.lock; mkdir x; cp main.txt Cargo.lock x; \
                tar --sort=name --mtime=@1 --owner=0 --group=0 --numeric-owner --mode=0644 -cf out.crate x/*";
    let vendors = at("vendors");
    fs::create_dir_all(&vendors).unwrap();
    fs::write(vendors.join("main.txt"), "the program\n").unwrap();
    fs::write(vendors.join("Cargo.lock"), "resolved = \"last year\"\n").unwrap();
    let made = Command::new("sh").args(["-ec", pack]).current_dir(&vendors).status().unwrap();
    assert!(made.success());
    let digest = pellucid::model::Sha256::of(&fs::read(vendors.join("out.crate")).unwrap());
    let out = small_review(folder.path(), &format!("[{pack:?}]"), "[\"out.crate\"]", "");
    fs::remove_file(at("source/input.txt")).unwrap();
    let manifest = at("review.toml");
    let text = fs::read_to_string(&manifest).unwrap();
    let artifact = format!(
        "\n[[artifact]]\nname = \"x.crate\"\noutput = \"out.crate\"\n\n[artifact.from]\nkind = \"file\"\n\
         path = \"vendors/out.crate\"\nsha256 = \"{digest}\"\n"
    );
    fs::write(&manifest, text + &artifact).unwrap();
    exits(&review(manifest.to_str().unwrap(), &out, &[]), 1);
    let proof = &evidence(&out)["proofs"][0];
    assert_eq!(proof["proved"][0]["property"], "source file Cargo.lock", "{proof:#}");
    assert_eq!(proof["proved"].as_array().unwrap().len(), 1);
}
