//! Folders: everything is taken in, nothing is followed.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::fs::symlink;

use pellucid::model::snapshot::Kind;

use super::*;

fn here() -> Source {
    Source::Directory { path: ".".into(), root: None }
}

#[test]
fn everything_is_taken_in_and_nothing_is_followed() {
    let place = Place::new();
    place.write(".hidden/.gitignore", "ignored\n");
    place.write("ignored", "taken in all the same");
    place.write("run.sh", "#!/bin/sh\n");
    fs::set_permissions(place.at("base/run.sh"), fs::Permissions::from_mode(0o4751)).unwrap();
    fs::create_dir(place.at("base/empty")).unwrap();
    fs::hard_link(place.at("base/run.sh"), place.at("base/hard")).unwrap();
    fs::write(place.at("base").join(OsStr::from_bytes(b"caf\xe9\n")), "x").unwrap();
    fs::write(place.at("secret"), "outside").unwrap();
    symlink("run.sh", place.at("base/inside")).unwrap();
    symlink("../secret", place.at("base/outside")).unwrap();
    symlink("/etc", place.at("base/system")).unwrap();
    symlink(OsStr::from_bytes(b"no\xffwhere"), place.at("base/dangling")).unwrap();
    let acquired = place.acquire(&here()).unwrap();
    assert_eq!(
        paths(&acquired),
        [
            ".hidden",
            ".hidden/.gitignore",
            "caf\\xe9\\x0a",
            "dangling",
            "empty",
            "hard",
            "ignored",
            "inside",
            "outside",
            "run.sh",
            "system"
        ]
    );
    tree_is_as_described(&acquired);
    assert_eq!((entry(&acquired, "run.sh").mode, entry(&acquired, "ignored").mode), (0o755, 0o644));
    assert_eq!(entry(&acquired, "hard").kind, entry(&acquired, "run.sh").kind);
    assert_eq!(
        problems(&acquired),
        [
            "outside: a link to ../secret, outside the tree; what it leads to is not part of the snapshot",
            "system: a link to /etc, outside the tree; what it leads to is not part of the snapshot",
        ]
    );
}

#[test]
fn special_files_and_repository_metadata_are_recorded_and_left_out() {
    let place = Place::new();
    rustix::fs::mknodat(
        rustix::fs::CWD,
        place.at("base/fifo"),
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RWXU,
        0,
    )
    .unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(place.at("base/socket")).unwrap();
    place.write(".git/HEAD", "ref: refs/heads/main\n");
    place.write(".git/objects/x", "");
    place.write("module/.git", "gitdir: ../../.git/modules/module\n");
    place.write("not/.git/anything", "a folder of that name with something else in it");
    let acquired = place.acquire(&here()).unwrap();
    assert_eq!(paths(&acquired), ["module", "not", "not/.git", "not/.git/anything"]);
    let metadata = "a git repository's own metadata, not source; not taken in";
    assert_eq!(
        problems(&acquired),
        [
            format!(".git: {metadata}"),
            "fifo: a FIFO; not taken in".to_owned(),
            format!("module/.git: {metadata}"),
            "socket: a socket; not taken in".to_owned(),
        ]
    );
    tree_is_as_described(&acquired);
}

#[test]
fn the_root_digest_depends_on_the_content_and_not_on_machine_order_or_threads() {
    let take = |order: &[usize], mode: u32, threads: usize| {
        let place = Place::new();
        for number in order {
            let file = place.write(&format!("d{}/f{number}", number % 7), format!("content {number}"));
            fs::set_permissions(file, fs::Permissions::from_mode(mode)).unwrap();
        }
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| place.acquire(&here()).unwrap().snapshot)
    };
    let up: Vec<usize> = (0..200).collect();
    let down: Vec<usize> = (0..200).rev().collect();
    let first = take(&up, 0o644, 1);
    assert_eq!(first.entries.len(), 207);
    assert_eq!(first, take(&down, 0o600, 2), "order, umask and threads do not matter");
    assert_ne!(first.root, take(&up, 0o744, 2).root, "whether a file can be run does");
    assert_ne!(first.root, take(&up[1..], 0o644, 2).root);
}

#[test]
fn a_pinned_root_is_checked() {
    let place = Place::new();
    place.write("a", "x");
    let acquired = place.acquire(&here()).unwrap();
    let pinned = |root| Source::Directory { path: ".".into(), root: Some(root) };
    let again =
        |root| source::acquire(&pinned(root), &place.at("base"), &place.at("cache"), &place.at("again"));
    assert_eq!(again(acquired.snapshot.root).unwrap().snapshot, acquired.snapshot);
    fs::remove_dir_all(place.at("again")).unwrap();
    let error = again(Sha256::of(b"other")).unwrap_err();
    assert!(error.is_request());
    let (found, wanted) = (acquired.snapshot.root.hex(), Sha256::of(b"other").hex());
    assert!(error.to_string().contains(&found) && error.to_string().contains(&wanted), "{error}");
}

#[test]
fn what_is_missing_in_the_way_or_around_itself_is_an_error() {
    let place = Place::new();
    let missing = place.acquire(&Source::Directory { path: "nowhere".into(), root: None }).unwrap_err();
    assert!(missing.is_request() && missing.to_string().contains("nowhere"), "{missing}");
    let file = place.write("file", "x");
    let error = place.acquire(&Source::Directory { path: "file".into(), root: None }).unwrap_err();
    assert!(error.to_string().contains("file"), "{error}");
    fs::create_dir(place.at("tree/x")).unwrap();
    assert!(place.acquire(&here()).unwrap_err().to_string().contains("not empty"));
    let inside = source::acquire(&here(), &place.at("base"), &place.at("cache"), &place.at("base/out"));
    assert!(inside.unwrap_err().to_string().contains("is inside the source"));
    fs::remove_dir(place.at("base/out")).unwrap();
    let cache = source::acquire(&here(), &place.at("base"), &place.at("base/cache"), &place.at("other"));
    assert!(cache.unwrap_err().to_string().contains("is inside the source"));
    assert!(file.exists());
}

#[test]
fn a_line_of_a_gigabyte_is_taken_in_without_writing_its_zeros() {
    use std::os::unix::fs::MetadataExt;
    let place = Place::new();
    let line = fs::File::create(place.at("base/line")).unwrap();
    line.set_len(1 << 30).unwrap();
    let acquired = place.acquire(&here()).unwrap();
    let Kind::File { size, .. } = entry(&acquired, "line").kind else { panic!("a file") };
    assert_eq!(size, 1 << 30);
    let copy = place.at("tree/line").metadata().unwrap();
    assert_eq!(copy.len(), 1 << 30);
    assert!(copy.blocks() < 1 << 12, "{} blocks were written", copy.blocks());
}
