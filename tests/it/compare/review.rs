//! What the compare stage of a review knows of the run: the commit of the source, the kernel, the time.

use std::fs;
use std::path::Path;
use std::process::Command;

use pellucid::model::Sha256;
use serde_json::Value;

/// A repository with one commit, by its id.
fn repository(at: &Path) -> String {
    fs::create_dir_all(at).unwrap();
    let repository = git2::Repository::init(at).unwrap();
    fs::write(at.join("input.txt"), "input\n").unwrap();
    let mut index = repository.index().unwrap();
    index.add_path(Path::new("input.txt")).unwrap();
    let tree = repository.find_tree(index.write_tree().unwrap()).unwrap();
    let time = git2::Time::new(1_700_000_000, 0);
    let author = git2::Signature::new("a", "a@example.org", &time).unwrap();
    repository.commit(Some("HEAD"), &author, &author, "one", &tree, &[]).unwrap().to_string()
}

fn member(mtime: u32) -> String {
    format!("!<arch>\n{:<16}{mtime:<12}{:<6}{:<6}{:<8}{:<10}`\nx\n", "a/", 0, 0, 100_644, 2)
}

fn evidence_of(artifact: &Value) -> String {
    let differences = artifact["comparison"]["differences"].as_array().unwrap();
    let all = differences.iter().map(|difference| {
        assert_eq!(difference["label"], "explained", "{difference:#}");
        format!("{}: {}\n", difference["cause"], difference["evidence"])
    });
    all.collect()
}

#[test]
fn causes_are_told_the_commit_the_kernel_and_the_time_of_the_run() {
    let folder = tempfile::tempdir().unwrap();
    let commit = repository(&folder.path().join("source"));
    let epoch = 1_700_000_000;
    let files = [
        ("README.txt", format!("Built from {}\n", &"c0ffee".repeat(7)[..40])),
        ("NEWS.txt", "Built under 5.15.0-91-generic\n".to_owned()),
        ("a.a", member(epoch + 4321)),
        ("same", "same\n".to_owned()),
    ];
    let shipped = folder.path().join("shipped");
    fs::create_dir_all(&shipped).unwrap();
    let artifacts = files.map(|(name, content)| {
        fs::write(shipped.join(name), &content).unwrap();
        let digest = Sha256::of(content.as_bytes());
        format!(
            "[[artifact]]\nname = \"{name}\"\noutput = \"{name}\"\n\
             from = {{ kind = \"file\", path = \"shipped/{name}\", sha256 = \"{digest}\" }}\n"
        )
    });
    let manifest = format!(
        r#"version = 1
[product]
vendor = "v"
name = "n"
version = "1"
purpose = "test"
[source]
kind = "git"
repository = "source"
commit = "{commit}"
[build]
path = "/build/n"
source-date-epoch = {epoch}
commands = [
    "echo Built from {commit} > README.txt",
    "echo Built under $(uname -r) > NEWS.txt",
    "printf '%s' '{member}' > a.a",
    "echo same > same",
]
outputs = ["README.txt", "NEWS.txt", "a.a", "same"]
[build.limits]
time-seconds = 60
{artifacts}[policy]
rung = "explained"
"#,
        member = member(epoch).replace('\n', "\\n"),
        artifacts = artifacts.concat(),
    );
    fs::write(folder.path().join("review.toml"), manifest).unwrap();
    let out = folder.path().join("out");
    let done = Command::new(env!("CARGO_BIN_EXE_pellucid"))
        .args(["review", folder.path().to_str().unwrap(), "--out", out.to_str().unwrap()])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr);
    let evidence = fs::read(out.join("evidence.json")).unwrap_or_else(|_| panic!("{said}"));
    let evidence: Value = serde_json::from_slice(&evidence).unwrap();
    let artifact = |name: &str| {
        let artifacts = evidence["artifacts"].as_array().unwrap();
        artifacts.iter().find(|artifact| artifact["name"] == name).unwrap_or_else(|| panic!("{said}"))
    };
    let readme = evidence_of(artifact("README.txt"));
    assert!(readme.contains("vcs-metadata") && readme.contains(&commit), "{readme}");
    let news = evidence_of(artifact("NEWS.txt"));
    let release = rustix::system::uname().release().to_str().unwrap().to_owned();
    assert!(news.contains("kernel") && news.contains(&release), "{news}");
    let archive = evidence_of(artifact("a.a"));
    assert!(archive.contains("the rebuilt time is the run's SOURCE_DATE_EPOCH"), "{archive}");
    let same = &artifact("same")["comparison"];
    assert_eq!(same["account"]["reproduced"], 5, "{same:#}");
    // The varied run is told another release; what it wrote is compared with that.
    let outputs = evidence["reproducibility"].as_array().unwrap();
    let news = outputs.iter().find(|output| output["output"] == "NEWS.txt").unwrap();
    assert!(news.to_string().contains("2.6."), "{news:#}");
    assert_eq!(news["comparison"]["account"]["unexplained"], 0, "{news:#}");
}
