//! Commits of git repositories, exported as they are stored.

use std::fs;

use git2::Oid;
use git2::Repository;
use git2::Signature;
use git2::Time;
use pellucid::model::snapshot::Kind;

use super::*;

fn someone() -> Signature<'static> {
    Signature::new("Someone", "someone@example.com", &Time::new(1_700_000_000, 0)).unwrap()
}

/// A tree of `(name, mode, content)`; a name may be any bytes, and `content` of mode 040000 and 160000 an id.
fn tree(repository: &Repository, entries: &[(&str, u32, &[u8])]) -> Oid {
    let mut bytes = Vec::new();
    let mut sorted = entries.to_vec();
    let key =
        |entry: &(&str, u32, &[u8])| format!("{}{}", entry.0, if entry.1 == 0o040_000 { "/" } else { "" });
    sorted.sort_by_key(key);
    for (name, mode, content) in sorted {
        let id = match mode {
            0o040_000 | 0o160_000 => Oid::from_str(std::str::from_utf8(content).unwrap()).unwrap(),
            _ => repository.blob(content).unwrap(),
        };
        bytes.extend_from_slice(format!("{mode:o} {name}\0").as_bytes());
        bytes.extend_from_slice(id.as_bytes());
    }
    repository.odb().unwrap().write(git2::ObjectType::Tree, &bytes).unwrap()
}

fn commit(repository: &Repository, tree: Oid) -> Oid {
    let tree = repository.find_tree(tree).unwrap();
    repository.commit(None, &someone(), &someone(), "A commit.", &tree, &[]).unwrap()
}

fn from(commit: Option<Oid>, tag: Option<&str>) -> Source {
    Source::Git {
        repository: "repository".into(),
        commit: commit.map(|id| id.to_string()),
        tag: tag.map(str::to_owned),
    }
}

fn place() -> (Place, Repository) {
    let place = Place::new();
    let repository = Repository::init(place.at("base/repository")).unwrap();
    (place, repository)
}

#[test]
fn a_commit_is_exported_without_filters_attributes_or_hooks() {
    let (place, repository) = place();
    let hook = place.at("base/repository/.git/hooks/post-checkout");
    fs::create_dir_all(hook.parent().unwrap()).unwrap();
    fs::write(&hook, format!("#!/bin/sh\ntouch {}\n", place.at("ran").display())).unwrap();
    fs::set_permissions(&hook, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    repository
        .config()
        .unwrap()
        .set_str("filter.run.smudge", &format!("touch {}", place.at("ran").display()))
        .unwrap();
    let pinned = "1234567890123456789012345678901234567890";
    let below = tree(
        &repository,
        &[("file", 0o100_644, b"x\r\n"), ("hidden.txt", 0o100_644, b"ignored by export\n")],
    );
    let top = tree(
        &repository,
        &[
            (
                ".gitattributes",
                0o100_644,
                b"* text eol=lf filter=run\nhidden.txt export-ignore\n*.txt export-subst\n",
            ),
            ("dir", 0o040_000, below.to_string().as_bytes()),
            ("link", 0o120_000, b"dir/file"),
            ("large.bin", 0o100_644, b"version https://git-lfs.example/spec/v1\noid sha256:00\nsize 1\n"),
            ("module", 0o160_000, pinned.as_bytes()),
            ("old", 0o100_664, b"$Id$"),
            ("out", 0o120_000, b"../../outside"),
            ("run", 0o100_755, b"#!/bin/sh\n"),
        ],
    );
    let id = commit(&repository, top);
    let acquired = place.acquire(&from(Some(id), None)).unwrap();
    tree_is_as_described(&acquired);
    assert_eq!(
        paths(&acquired),
        [
            ".gitattributes",
            "dir",
            "dir/file",
            "dir/hidden.txt",
            "large.bin",
            "link",
            "module",
            "old",
            "out",
            "run"
        ]
    );
    assert_eq!(fs::read(place.at("tree/dir/file")).unwrap(), b"x\r\n");
    assert_eq!(fs::read(place.at("tree/old")).unwrap(), b"$Id$");
    assert_eq!((entry(&acquired, "run").mode, entry(&acquired, "old").mode), (0o755, 0o644));
    assert_eq!(entry(&acquired, "module").kind, Kind::Submodule { commit: pinned.into() });
    assert!(!place.at("ran").exists());
    let problems = problems(&acquired);
    assert_eq!(problems.len(), 3, "{problems:?}");
    assert!(problems[0].starts_with("large.bin: a Git LFS pointer"));
    assert!(problems[1].starts_with(&format!("module: a submodule, commit {pinned}")));
    assert!(problems[2].starts_with("out: a link to ../../outside"));
    let origin: Vec<(&str, &str)> =
        acquired.origin.iter().map(|one| (one.name.as_str(), one.digest.as_str())).collect();
    assert_eq!(origin, [("commit", id.to_string().as_str()), ("tree", top.to_string().as_str())]);
}

#[test]
fn a_tag_is_peeled_recorded_and_held_against_the_commit() {
    let (place, repository) = place();
    let one = commit(&repository, tree(&repository, &[("a", 0o100_644, b"1")]));
    let two = commit(&repository, tree(&repository, &[("a", 0o100_644, b"2")]));
    let object = repository.find_object(one, None).unwrap();
    let annotated = repository.tag("v1", &object, &someone(), "Version 1.", false).unwrap();
    repository.tag_lightweight("light", &object, false).unwrap();
    let mut number = 0;
    let mut take = |source: &Source| {
        number += 1;
        source::acquire(source, &place.at("base"), &place.at("cache"), &place.at(&format!("tree{number}")))
    };
    let tagged = take(&from(None, Some("v1"))).unwrap();
    assert_eq!(tagged.origin[0].name, "tag v1");
    assert_eq!(tagged.origin[0].digest, annotated.to_string());
    assert_eq!(tagged.origin[1].digest, one.to_string());
    assert_eq!(take(&from(None, Some("light"))).unwrap().snapshot, tagged.snapshot);
    assert_eq!(take(&from(Some(one), Some("v1"))).unwrap().snapshot, tagged.snapshot);
    let moved = take(&from(Some(two), Some("v1"))).unwrap_err();
    assert!(moved.is_request());
    for id in [one, two] {
        assert!(moved.to_string().contains(&id.to_string()), "{moved}");
    }
    for (source, says) in [
        (from(None, Some("v2")), "there is no tag `v2`"),
        (from(None, Some("../heads/main")), "not a name a tag can have"),
        (from(Some(Oid::from_str(&"1".repeat(40)).unwrap()), None), "there is no commit 1111"),
        (from(None, None), "neither a commit nor a tag"),
    ] {
        let error = take(&source).unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    }
}

#[test]
fn a_url_of_a_local_repository_and_a_bare_one_do_as_well() {
    let (place, repository) = place();
    let id = commit(&repository, tree(&repository, &[("a", 0o100_644, b"1")]));
    let url = format!("file://{}", place.at("base/repository").display());
    let source = Source::Git { repository: url, commit: Some(id.to_string()), tag: None };
    assert_eq!(paths(&place.acquire(&source).unwrap()), ["a"]);
    let nowhere = Source::Git { repository: "nowhere".into(), commit: Some(id.to_string()), tag: None };
    let into = place.at("other");
    let error = source::acquire(&nowhere, &place.at("base"), &place.at("cache"), &into).unwrap_err();
    assert!(error.is_request() && error.to_string().contains("nowhere"), "{error}");
    // A folder inside a repository is not that repository.
    fs::create_dir(place.at("base/repository/sub")).unwrap();
    let below = Source::Git { repository: "repository/sub".into(), commit: Some(id.to_string()), tag: None };
    assert!(source::acquire(&below, &place.at("base"), &place.at("cache"), &into).is_err());
}

#[test]
fn trees_that_git_forbids_are_refused() {
    let (place, repository) = place();
    let empty = tree(&repository, &[]).to_string();
    // libgit2 may itself refuse to read such a tree; either way there is an error and no file.
    for name in ["..", ".", ".git", ".GIT", "a/b", ""] {
        for (mode, content) in [(0o100_644, &b"x"[..]), (0o040_000, empty.as_bytes())] {
            let hostile = tree(&repository, &[(name, mode, content)]);
            let raw = format!(
                "tree {hostile}\nauthor a <a> 1700000000 +0000\ncommitter a <a> 1700000000 +0000\n\nx\n"
            );
            let id = repository.odb().unwrap().write(git2::ObjectType::Commit, raw.as_bytes()).unwrap();
            let error = place.acquire(&from(Some(id), None)).unwrap_err();
            assert!(matches!(error, SourceError::Git { .. }), "{name:?}: {error}");
            assert_eq!(fs::read_dir(place.at("tree")).unwrap().count(), 0, "{name:?}");
        }
    }
}

#[test]
fn a_tree_that_holds_itself_many_times_over_is_stopped() {
    let (place, repository) = place();
    let mut id = tree(&repository, &[("f", 0o100_644, b"x")]);
    for _ in 0..20 {
        let below = id.to_string();
        let names: Vec<String> = (0..10).map(|n| format!("d{n}")).collect();
        let entries: Vec<(&str, u32, &[u8])> =
            names.iter().map(|name| (name.as_str(), 0o040_000, below.as_bytes())).collect();
        id = tree(&repository, &entries);
    }
    let error = place.acquire(&from(Some(commit(&repository, id)), None)).unwrap_err();
    assert!(error.to_string().contains("more or longer paths"), "{error}");
}
