//! Who may know whom, as `src/lib.rs` states it: every `use crate::…` of every module is held against it.

use std::collections::BTreeMap;
use std::path::Path;

/// A module and what it may name besides itself.
const MAY_SEE: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("exit", &[]),
    ("formats", &["model"]),
    ("verdict", &["model"]),
    ("reconcile", &["model"]),
    ("manifest", &["model"]),
    ("source", &["model", "formats", "host"]),
    ("compare", &["model", "formats"]),
    ("scan", &["model", "formats"]),
    ("build", &["model", "host"]),
    ("host", &["model"]),
    ("report", &["model", "verdict"]),
    ("attest", &["model"]),
];

/// Modules that take bytes and give values.
const NO_IO: &[&str] =
    &["model", "formats", "compare", "scan", "reconcile", "verdict", "report", "manifest", "attest"];

const OUTSIDE: &[&str] = &[
    "std::fs",
    "std::net::Tcp",
    "std::net::Udp",
    "std::net::To",
    "std::process",
    "std::env",
    "SystemTime",
    "Instant::now",
    "File::open",
    "walkdir",
    "memmap2",
];

/// Source text of every module by its path below `src/`, without comment lines and test modules.
fn modules() -> BTreeMap<String, String> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut texts = BTreeMap::new();
    for entry in walkdir::WalkDir::new(&src).sort_by_file_name() {
        let entry = entry.unwrap();
        if entry.path().extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        let name = entry.path().strip_prefix(&src).unwrap().display().to_string();
        let text = std::fs::read_to_string(entry.path()).unwrap();
        let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap().to_owned();
        let code: String = text
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"))
            .fold(String::new(), |all, line| all + line + "\n");
        if !name.ends_with("tests.rs") && !name.contains("/tests/") {
            texts.insert(name, code);
        }
    }
    assert!(texts.len() > 20, "the walk found {} files", texts.len());
    texts
}

fn room(name: &str) -> &str {
    name.split('/').next().unwrap().trim_end_matches(".rs")
}

#[test]
fn every_module_sees_only_whom_it_may() {
    let mut wrong = Vec::new();
    for (name, text) in modules() {
        let Some((_, may)) = MAY_SEE.iter().find(|(module, _)| *module == room(&name)) else { continue };
        for (at, _) in text.match_indices("crate::") {
            let seen: String =
                text[at + 7..].chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            if seen != room(&name) && !may.contains(&seen.as_str()) {
                wrong.push(format!("{name} names crate::{seen}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_pure_modules_do_no_input_or_output() {
    let mut wrong = Vec::new();
    for (name, text) in modules() {
        if NO_IO.contains(&room(&name)) {
            wrong.extend(
                OUTSIDE.iter().filter(|word| text.contains(*word)).map(|word| format!("{name} names {word}")),
            );
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn only_the_host_starts_programs_or_is_unsafe() {
    let mut wrong = Vec::new();
    for (name, text) in modules() {
        if room(&name) != "host" {
            for word in [
                "use std::process::Command",
                "process::Command::new",
                "unsafe {",
                "unsafe fn",
                "allow(unsafe_code)",
            ] {
                wrong.extend(text.contains(word).then(|| format!("{name} has {word}")));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_room_is_listed() {
    for name in modules().keys() {
        let known = MAY_SEE.iter().any(|(module, _)| *module == room(name));
        assert!(known || ["lib", "main", "cli"].contains(&room(name)), "{name} is in no room");
    }
}

#[test]
fn the_binary_is_thin() {
    let main = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/main.rs")).unwrap();
    assert!(main.lines().count() < 60);
}
