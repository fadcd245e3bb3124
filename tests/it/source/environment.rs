//! Environments made of Debian packages: the same lock gives the same tree, whoever makes it, or none at all.

use std::process::Command;

use pellucid::model::Evidence;
use pellucid::model::environment::Lock;
use pellucid::source::environment::Ask;
use pellucid::source::environment::make;
use pellucid::source::environment::read_lock;
use pellucid::source::environment::resolve;
use pellucid::source::environment::write_lock;

use super::*;

/// Whether the tool is installed; where it is not the test is skipped aloud, and fails in CI.
fn tool_installed() -> bool {
    let there = Command::new("mmdebstrap").arg("--version").output().is_ok();
    if !there {
        let sentence =
            "SKIPPED: there is no mmdebstrap, so no environment is made; apt-get install mmdebstrap uidmap";
        eprintln!("{sentence}");
        assert!(std::env::var_os("PELLUCID_EVERY_TEST").is_none(), "{sentence}");
    }
    there
}

fn write(place: &Place, lock: &Lock) -> PathBuf {
    place.write("environment.lock", write_lock(lock).unwrap())
}

fn environments(place: &Place) -> Vec<String> {
    let entries = fs::read_dir(place.at("cache/environments")).into_iter().flatten().flatten();
    entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}

#[test]
fn network_the_same_lock_gives_the_same_environment_as_root_and_as_an_ordinary_user() {
    if !tool_installed() {
        return;
    }
    let place = Place::new();
    let ask = Ask { packages: vec!["make".into(), "dash".into()], ..Ask::default() };
    let asked = resolve(&ask, &place.at("cache")).unwrap();
    let lock = asked.lock;
    for name in ["make", "dash", "libc6", "base-files", "usr-is-merged"] {
        assert!(lock.packages.iter().any(|package| package.name == name), "{name} not in {lock:?}");
    }
    assert!(!lock.packages.iter().any(|package| package.name == "gcc-12"), "nothing that was not asked for");
    assert_eq!(read_lock(asked.text.as_bytes(), "environment.lock").unwrap(), lock);
    let path = write(&place, &lock);

    // A digest that is not the archive's: nothing is made, and the message says which is which.
    let mut wrong = lock.clone();
    let make_at = wrong.packages.iter().position(|package| package.name == "make").unwrap();
    let right = std::mem::replace(&mut wrong.packages[make_at].sha256, Sha256::of(b"another make"));
    write(&place, &wrong);
    let error = make(&path, "environment.lock", &place.at("cache"), &|_| {}).unwrap_err();
    assert!(error.is_request() && error.to_string().contains(&right.hex()), "{error}");
    assert!(environments(&place).is_empty());
    // A version the archive does not have: inconclusive, and every such package is named.
    let mut gone = lock.clone();
    gone.packages[make_at].version = "4.3-4.0pellucid1".into();
    write(&place, &gone);
    let error = make(&path, "environment.lock", &place.at("cache"), &|_| {}).unwrap_err();
    let told = error.to_string();
    assert!(
        !error.is_request() && told.contains("make 4.3-4.0pellucid1 (now ") && told.contains("pellucid lock"),
        "{told}"
    );
    assert!(environments(&place).is_empty());

    let path = write(&place, &lock);
    let made = make(&path, "environment.lock", &place.at("cache"), &|_| {}).unwrap();
    assert_eq!(made.evidence.lock_sha256, Sha256::of(&fs::read(&path).unwrap()));
    assert_eq!(environments(&place), [made.evidence.lock_sha256.hex()]);
    for forgotten in ["etc/resolv.conf", "etc/hostname", "dev/null"] {
        assert!(!made.root.join(forgotten).exists(), "{forgotten} is this machine's");
    }
    assert_eq!(fs::read_to_string(made.root.join("etc/apt/sources.list")).unwrap(), "");
    // It is found again without a client, and not where a byte of it is another.
    let quiet = |step: &str| assert_eq!(step, "looking for it in the cache");
    assert_eq!(make(&path, "environment.lock", &place.at("cache"), &quiet).unwrap(), made);
    let file = made.root.join("etc/debian_version");
    let right = fs::read(&file).unwrap();
    fs::write(&file, b"13.0\n").unwrap();
    let again = make(&path, "environment.lock", &place.at("cache"), &|_| {}).unwrap();
    assert_eq!((again.evidence, fs::read(&file).unwrap()), (made.evidence.clone(), right));

    a_buildinfo_is_read_back(&place, &made.evidence);
    without_the_tool(&place, &lock);
    as_an_ordinary_user(&asked.text, &made.evidence);
}

/// What a `.buildinfo` of this environment says resolves to the same packages; a version that is gone is named,
/// and replaced only where that is asked for.
fn a_buildinfo_is_read_back(place: &Place, made: &pellucid::model::environment::MadeEnvironment) {
    let mut evidence = crate::report::exports::debian();
    evidence.environment = Some(made.clone());
    let text = pellucid::report::buildinfo(&evidence).unwrap();
    let ask = |text: String, substitute| Ask { buildinfo: Some(text), substitute, ..Ask::default() };
    let again = resolve(&ask(text.clone(), false), &place.at("cache")).unwrap();
    assert_eq!((&again.lock.packages, again.lock.missing.len()), (&made.lock.packages, 0));
    let version = &made.lock.packages.iter().find(|package| package.name == "make").unwrap().version;
    let gone = text.replace(&format!("make (= {version})"), "make (= 3.81-1),\n no-such-package-here (= 1)");
    let error = resolve(&ask(gone.clone(), false), &place.at("cache")).unwrap_err();
    let told = error.to_string();
    assert!(!error.is_request() && told.contains("2 of them"), "{told}");
    assert!(
        told.contains(&format!("make 3.81-1 (now {version})"))
            && told.contains("no-such-package-here 1 (now no")
    );
    let other = resolve(&ask(gone, true), &place.at("cache")).unwrap();
    assert_eq!(other.lock.packages, made.lock.packages);
    let missing: Vec<(&str, Option<&str>)> =
        other.lock.missing.iter().map(|one| (one.name.as_str(), one.used.as_deref())).collect();
    assert_eq!(missing, [("make", Some(version.as_str())), ("no-such-package-here", None)]);
    assert!(other.text.contains("[[missing]]"), "{}", other.text);
    assert!(resolve(&ask("no buildinfo".into(), false), &place.at("cache")).unwrap_err().is_request());
}

const REVIEW: &str = r#"
version = 1
[product]
vendor = "Test"
name = "small"
version = "1"
purpose = "a build in an environment made of packages"
[source]
kind = "directory"
path = "tree"
[build]
commands = ["make --no-print-directory out"]
outputs = ["out"]
[build.environment]
kind = "debian"
lock = "environment.lock"
"#;

fn review(folder: &Path, lock: &str) {
    fs::create_dir_all(folder.join("tree")).unwrap();
    fs::write(folder.join("tree/Makefile"), "out:\n\tcat /etc/debian_version > out\n").unwrap();
    fs::write(folder.join("environment.lock"), lock).unwrap();
    fs::write(folder.join("review.toml"), REVIEW).unwrap();
}

/// With every package in the cache and no mmdebstrap: inconclusive, and the message says what to install.
fn without_the_tool(place: &Place, lock: &Lock) {
    let folder = place.at("without");
    let mut fewer = lock.clone();
    fewer.packages.retain(|package| package.name != "make");
    review(&folder, &write_lock(&fewer).unwrap());
    let programs = place.at("programs");
    fs::create_dir(&programs).unwrap();
    for program in ["sh", "dpkg-deb", "apt-get", "apt-config", "tar"] {
        let at =
            ["/usr/bin", "/bin"].iter().map(|folder| Path::new(folder).join(program)).find(|at| at.exists());
        std::os::unix::fs::symlink(at.unwrap(), programs.join(program)).unwrap();
    }
    let said = Command::new(env!("CARGO_BIN_EXE_pellucid"))
        .args(["review", "--out"])
        .arg(place.at("without-out"))
        .arg("--cache")
        .arg(place.at("cache"))
        .arg(&folder)
        .env("PATH", &programs)
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&said.stderr);
    assert_eq!(said.status.code(), Some(3), "{told}");
    assert!(told.contains("mmdebstrap") && told.contains("install it"), "{told}");
}

/// Makes it a second time, from an empty cache, as an ordinary user with ids of its own.
fn as_an_ordinary_user(lock: &str, expected: &pellucid::model::environment::MadeEnvironment) {
    if !rustix::process::geteuid().is_root() {
        eprintln!(
            "SKIPPED: these tests do not run as root, so nobody else can be made to make the environment"
        );
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let name = "pellucid-test-user";
    let shell = |script: &str| {
        let done = Command::new("sh").args(["-ec", script, "sh"]).arg(folder.path()).output().unwrap();
        assert!(done.status.success(), "{script}: {}", String::from_utf8_lossy(&done.stderr));
    };
    review(&at("review"), lock);
    fs::copy(env!("CARGO_BIN_EXE_pellucid"), at("pellucid")).unwrap();
    shell(&format!(
        "id {name} >/dev/null 2>&1 || useradd --no-create-home --add-subids-for-system {name} 2>/dev/null || useradd \
         --no-create-home {name}; chmod 755 \"$1\"; chown -R {name} \"$1\""
    ));
    let done = Command::new("setpriv")
        .args([&format!("--reuid={name}"), &format!("--regid={name}"), "--clear-groups", "env"])
        .arg(format!("HOME={}", folder.path().display()))
        .arg(at("pellucid"))
        .args(["review", "--out"])
        .args([at("out"), "--cache".into(), at("cache"), at("review")])
        .current_dir(folder.path())
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&done.stderr).into_owned();
    shell(&format!("userdel {name}"));
    assert_eq!(done.status.code(), Some(0), "{told}");
    let evidence: Evidence = serde_json::from_slice(&fs::read(at("out/evidence.json")).unwrap()).unwrap();
    let tools = &evidence.resolved.as_ref().unwrap().tools;
    assert!(
        tools.iter().any(|tool| tool.package.as_deref() == Some("dash") && tool.version.is_some()),
        "{tools:?}"
    );
    let made = evidence.environment.unwrap();
    assert_eq!(made, *expected, "another user, another cache, the same environment");
    assert!(
        evidence.runs[0]
            .sandbox
            .iter()
            .any(|one| one.value.contains("Debian packages that environment.lock names"))
    );
}
