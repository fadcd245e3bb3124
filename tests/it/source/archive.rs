//! Archives on disk: what `formats::unpack` reads arrives, and what it refuses leaves no trace outside.

use std::fs;
use std::io::Write;

use super::*;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Members `(type, name, link, mode, content)`, however hostile, in a gzipped tar.
fn archive(members: &[(u8, &str, &str, u32, &[u8])]) -> Vec<u8> {
    let mut out = Vec::new();
    for (kind, name, link, mode, content) in members {
        let mut header = tar::Header::new_gnu();
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.as_old_mut().linkname[..link.len()].copy_from_slice(link.as_bytes());
        header.set_entry_type(tar::EntryType::new(*kind));
        header.set_mode(*mode);
        header.set_mtime(1_000_000_000);
        header.set_size(content.len() as u64);
        header.set_cksum();
        out.extend_from_slice(header.as_bytes());
        out.extend_from_slice(content);
        out.resize(out.len().next_multiple_of(512), 0);
    }
    out.resize(out.len() + 1024, 0);
    gzip(&out)
}

fn pinned(bytes: &[u8], strip_components: u32) -> Source {
    Source::Archive { path: "source.tar.gz".into(), sha256: Sha256::of(bytes), strip_components }
}

fn take(bytes: &[u8]) -> (Place, Result<Acquired, SourceError>) {
    let place = Place::new();
    place.write("source.tar.gz", bytes);
    fs::write(place.at("victim"), "untouched").unwrap();
    let result = place.acquire(&pinned(bytes, 0));
    assert_eq!(fs::read_to_string(place.at("victim")).unwrap(), "untouched");
    (place, result)
}

#[test]
fn a_tree_arrives_with_its_modes_and_times() {
    let bytes = archive(&[
        (b'5', "pkg", "", 0o755, b""),
        (b'5', "pkg/closed", "", 0o500, b""),
        (b'0', "pkg/closed/tool", "", 0o4755, b"#!/bin/sh\n"),
        (b'0', "pkg/secret", "", 0o000, b"x"),
        (b'1', "pkg/hard", "pkg/secret", 0o644, b""),
        (b'2', "pkg/soft", "closed/tool", 0o777, b""),
        (b'6', "pkg/fifo", "", 0o644, b""),
    ]);
    let (_place, result) = take(&bytes);
    let acquired = result.unwrap();
    tree_is_as_described(&acquired);
    assert_eq!(paths(&acquired).len(), 6);
    assert_eq!(entry(&acquired, "pkg/closed/tool").mode, 0o4755, "recorded as it is");
    assert_eq!(
        problems(&acquired),
        [
            "pkg/closed/tool: mode 4755: the set-id and sticky bits are recorded, and left out on disk",
            "pkg/fifo: a FIFO; not taken in",
        ]
    );
    assert_eq!(acquired.origin[0].name, "source.tar.gz");
    assert_eq!(acquired.origin[0].digest, Sha256::of(&bytes).hex());
}

#[test]
fn the_snapshot_is_the_same_on_every_disk_and_under_every_folder() {
    let bytes = archive(&[(b'0', "b", "", 0o640, b"1"), (b'0', "a/c", "", 0o755, b"2")]);
    let (_one, first) = take(&bytes);
    let (_two, second) = take(&bytes);
    assert_eq!(first.unwrap().snapshot, second.unwrap().snapshot);
}

#[test]
fn a_wrong_digest_names_both_and_unpacks_nothing() {
    let place = Place::new();
    let bytes = archive(&[(b'0', "a", "", 0o644, b"x")]);
    place.write("source.tar.gz", &bytes);
    let error = place.acquire(&pinned(b"another archive", 0)).unwrap_err();
    assert!(error.is_request());
    for digest in [Sha256::of(&bytes), Sha256::of(b"another archive")] {
        assert!(error.to_string().contains(&digest.hex()), "{error}");
    }
    assert_eq!(fs::read_dir(place.at("tree")).unwrap().count(), 0);
}

#[test]
fn hostile_archives_are_refused_with_a_sentence_and_touch_nothing() {
    let victim = "../../victim";
    for (members, says) in [
        (vec![(b'0', "../../victim", "", 0o644, &b"gone"[..])], "a path with `..` in it"),
        (vec![(b'0', "/tmp/pellucid-victim", "", 0o644, b"gone")], "an absolute path"),
        (vec![(b'2', "out", victim, 0o777, b""), (b'0', "out", "", 0o644, b"gone")], "another member"),
        (
            vec![(b'2', "out", "../..", 0o777, b""), (b'0', "out/victim", "", 0o644, b"gone")],
            "through a link",
        ),
        (vec![(b'2', "out", victim, 0o777, b"")], "outside the tree"),
        (vec![(b'2', "out", "/etc/passwd", 0o777, b"")], "outside the tree"),
        (vec![(b'1', "out", victim, 0o644, b"")], "a hard link to something"),
        (vec![(b'2', "a", "b", 0o777, b""), (b'1', "a/x", "b", 0o644, b"")], "a path through a link"),
    ] {
        let (_place, result) = take(&archive(&members));
        let error = result.unwrap_err();
        assert!(!error.is_request(), "the request is right, the archive is not");
        let text = error.to_string();
        assert!(text.contains(says) && text.contains("nothing of it was reviewed"), "{text}");
    }
    assert!(!Path::new("/tmp/pellucid-victim").exists());
}

#[test]
fn truncated_and_bursting_archives_are_refused() {
    let bytes = archive(&[(b'0', "a", "", 0o644, &[b'x'; 5000])]);
    let (_place, result) = take(&bytes[..bytes.len() - 9]);
    assert!(result.unwrap_err().to_string().contains("truncated or corrupt"));
    // 6 MiB of zeros, compressed twice over, are 3000 times their archive; one layer of gzip cannot reach that.
    let zeros = vec![0u8; 6 << 20];
    let mut tar = Vec::new();
    let mut header = tar::Header::new_gnu();
    header.set_path("zeros").unwrap();
    header.set_size(zeros.len() as u64);
    header.set_mode(0o644);
    header.set_cksum();
    tar.extend_from_slice(header.as_bytes());
    tar.extend_from_slice(&zeros);
    tar.resize(tar.len() + 1024, 0);
    let mut xz = liblzma::write::XzEncoder::new(Vec::new(), 9);
    xz.write_all(&tar).unwrap();
    let bomb = xz.finish().unwrap();
    assert!(tar.len() > bomb.len() * 2000, "{} bytes", bomb.len());
    let (place, result) = take(&bomb);
    assert!(result.unwrap_err().to_string().contains("more than is allowed: more than 2000 times"));
    let written: u64 = walkdir::WalkDir::new(place.at("tree"))
        .into_iter()
        .map(|e| e.unwrap().metadata().unwrap().len())
        .sum();
    assert!(written < zeros.len() as u64);
}

#[test]
fn a_gigabyte_of_one_line_arrives_from_a_small_archive() {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(1));
    let mut header = tar::Header::new_gnu();
    header.set_path("line").unwrap();
    header.set_size(1 << 30);
    header.set_mode(0o644);
    header.set_cksum();
    encoder.write_all(header.as_bytes()).unwrap();
    let part = vec![0u8; 1 << 20];
    (0..1 << 10).for_each(|_| encoder.write_all(&part).unwrap());
    encoder.write_all(&[0; 1024]).unwrap();
    let bytes = encoder.finish().unwrap();
    let (place, result) = take(&bytes);
    result.unwrap();
    assert_eq!(place.at("tree/line").metadata().unwrap().len(), 1 << 30);
}
