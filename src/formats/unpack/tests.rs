use std::collections::BTreeMap;
use std::io::Write;

use proptest::prelude::*;

use super::*;
use crate::model::Sha256;
use crate::model::snapshot::Kind;

/// Keeps what it is given, and fails the test where it is given a path twice or one that leaves the tree.
#[derive(Default)]
struct Kept(BTreeMap<Vec<u8>, Vec<u8>>);

impl Sink for Kept {
    fn file(&mut self, path: &RelPath, content: &mut dyn Read) -> io::Result<()> {
        assert!(path.stays_inside(), "{path}");
        let mut bytes = Vec::new();
        content.read_to_end(&mut bytes)?;
        assert!(self.0.insert(path.as_bytes().to_vec(), bytes).is_none(), "{path} twice");
        Ok(())
    }

    fn copy(&mut self, path: &RelPath, of: &RelPath) -> io::Result<()> {
        assert!(path.stays_inside() && of.stays_inside());
        let bytes = self.0.get(of.as_bytes()).expect("the file came before").clone();
        assert!(self.0.insert(path.as_bytes().to_vec(), bytes).is_none(), "{path} twice");
        Ok(())
    }
}

/// A tar member with every field as given, however hostile.
struct Member<'a>(u8, &'a [u8], &'a [u8], &'a [u8]);

fn tar(members: &[Member<'_>]) -> Vec<u8> {
    let mut out = Vec::new();
    for Member(kind, name, link, content) in members {
        let mut header = ::tar::Header::new_gnu();
        header.as_old_mut().name[..name.len()].copy_from_slice(name);
        header.as_old_mut().linkname[..link.len()].copy_from_slice(link);
        header.set_entry_type(::tar::EntryType::new(*kind));
        header.set_mode(0o644);
        header.set_mtime(1_700_000_000);
        header.set_size(content.len() as u64);
        header.set_cksum();
        out.extend_from_slice(header.as_bytes());
        out.extend_from_slice(content);
        out.resize(out.len().next_multiple_of(512), 0);
    }
    out.resize(out.len() + 1024, 0);
    out
}

fn open(archive: &[u8]) -> Result<(Unpacked, Kept), UnpackError> {
    let mut kept = Kept::default();
    unpack(archive, 0, &Limits::default(), &mut kept).map(|unpacked| (unpacked, kept))
}

fn refused(members: &[Member<'_>]) -> String {
    match open(&tar(members)) {
        Err(error @ UnpackError::Refused { .. }) => error.to_string(),
        other => panic!("not refused: {:?}", other.map(|(unpacked, _)| unpacked)),
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn every_coding(bytes: &[u8]) -> [Vec<u8>; 4] {
    let mut xz = liblzma::write::XzEncoder::new(Vec::new(), 6);
    xz.write_all(bytes).unwrap();
    let mut bz = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::best());
    bz.write_all(bytes).unwrap();
    let zstd = {
        let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 3).unwrap();
        encoder.include_checksum(true).unwrap();
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    };
    [gzip(bytes), xz.finish().unwrap(), bz.finish().unwrap(), zstd]
}

fn small() -> Vec<u8> {
    tar(&[
        Member(b'5', b"./pkg/", b"", b""),
        Member(b'0', b"pkg/a", b"", b"content of a"),
        Member(b'1', b"pkg/hard", b"pkg/a", b""),
        Member(b'2', b"pkg/soft", b"a", b""),
        Member(b'0', b"pkg/deep/er/b", b"", b""),
    ])
}

#[test]
fn a_tar_archive_gives_the_same_tree_in_every_coding() {
    let (plain, kept) = open(&small()).unwrap();
    let paths: Vec<String> = plain.entries.iter().map(|entry| entry.path.text()).collect();
    assert_eq!(paths, ["pkg", "pkg/a", "pkg/deep", "pkg/deep/er", "pkg/deep/er/b", "pkg/hard", "pkg/soft"]);
    assert_eq!(kept.0[&b"pkg/hard"[..]], b"content of a");
    let file = &plain.entries[1];
    assert_eq!(file.kind, Kind::File { size: 12, sha256: Sha256::of(b"content of a") });
    assert_eq!((file.mode, file.mtime), (0o644, Some(1_700_000_000)));
    assert_eq!(plain.entries[6].kind, Kind::Symlink { target: RelPath::from("a") });
    assert_eq!(plain.entries[2].mtime, None, "an implied folder has no time");
    for (coded, name) in every_coding(&small()).iter().zip(["gzip", "xz", "bzip2", "zstd"]) {
        let (unpacked, _) = open(coded).unwrap();
        assert_eq!(unpacked.format, format!("tar in {name}"));
        assert_eq!((&unpacked.entries, &unpacked.problems), (&plain.entries, &plain.problems));
    }
}

#[test]
fn names_that_leave_the_tree_are_refused() {
    for name in ["/etc/passwd", "../x", "a/../../x", "a/..", "..", "./../x"] {
        assert!(refused(&[Member(b'0', name.as_bytes(), b"", b"x")]).starts_with(&format!("member {name}")));
        refused(&[Member(b'5', name.as_bytes(), b"", b"")]);
        refused(&[Member(b'2', name.as_bytes(), b"y", b"")]);
    }
    let long = [&b"a/"[..], &[b'n'; 300]].concat();
    refused(&[Member(b'L', b"././@LongLink", b"", &long), Member(b'0', b"short", b"", b"")]);
    refused(&[Member(b'L', b"././@LongLink", b"", b"../x\0"), Member(b'0', b"short", b"", b"")]);
    refused(&[Member(b'x', b"pax", b"", b"13 path=../x\n"), Member(b'0', b"short", b"", b"")]);
    refused(&[Member(b'x', b"pax", b"", b"12 path=a\0b\n"), Member(b'0', b"short", b"", b"")]);
    refused(&[Member(b'g', b"pax", b"", b"13 path=../x\n"), Member(b'0', b"short", b"", b"")]);
}

#[test]
fn links_that_leave_the_tree_are_refused() {
    for target in ["/etc/passwd", "..", "../x", "b/../../x", "./../x"] {
        refused(&[Member(b'2', b"a", target.as_bytes(), b"")]);
    }
    // Plain text stays inside; followed through the other link it does not.
    refused(&[Member(b'2', b"up/root", b"..", b""), Member(b'2', b"out", b"up/root/../x", b"")]);
    refused(&[Member(b'2', b"out", b"up/root/../x", b""), Member(b'2', b"up/root", b"..", b"")]);
    refused(&[Member(b'1', b"a", b"/etc/passwd", b"")]);
    refused(&[Member(b'1', b"a", b"../x", b"")]);
    refused(&[Member(b'1', b"a", b"later", b""), Member(b'0', b"later", b"", b"x")]);
    let inside = [Member(b'2', b"d/a", b"../b", b""), Member(b'2', b"b", b"nowhere", b"")];
    assert!(open(&tar(&inside)).is_ok());
    let circle = [Member(b'2', b"a", b"b", b""), Member(b'2', b"b", b"a/x", b"")];
    assert!(open(&tar(&circle)).is_ok(), "a loop leads nowhere");
}

#[test]
fn a_member_below_a_link_or_a_file_is_refused_in_either_order() {
    refused(&[Member(b'2', b"a", b"b", b""), Member(b'0', b"a/x", b"", b"y")]);
    refused(&[Member(b'0', b"a/x", b"", b"y"), Member(b'2', b"a", b"b", b"")]);
    refused(&[Member(b'0', b"a", b"", b""), Member(b'0', b"a/x", b"", b"y")]);
    refused(&[Member(b'0', b"a", b"", b""), Member(b'5', b"a", b"", b"")]);
    refused(&[Member(b'0', b"f", b"", b""), Member(b'2', b"a", b".", b""), Member(b'1', b"a/x", b"f", b"")]);
}

#[test]
fn what_stands_twice_is_refused_unless_it_is_the_same() {
    refused(&[Member(b'0', b"a", b"", b"x"), Member(b'0', b"./a", b"", b"y")]);
    refused(&[Member(b'2', b"a", b"x", b""), Member(b'2', b"a", b"y", b"")]);
    refused(&[Member(b'0', b"a", b"", b"x"), Member(b'0', b"b", b"", b"y"), Member(b'1', b"b", b"a", b"")]);
    let same = tar(&[Member(b'0', b"a", b"", b"x"), Member(b'0', b"a", b"", b"x")]);
    let (unpacked, _) = open(&same).unwrap();
    assert_eq!((unpacked.entries.len(), unpacked.problems.len()), (1, 1));
}

#[test]
fn devices_and_the_like_are_problems_and_unknown_types_are_refused() {
    let (unpacked, _) = open(&tar(&[
        Member(b'3', b"dev/null", b"", b""),
        Member(b'4', b"dev/sda", b"", b""),
        Member(b'6', b"fifo", b"", b""),
    ]))
    .unwrap();
    assert_eq!(unpacked.entries, []);
    assert_eq!(unpacked.problems.len(), 3);
    for kind in [b'S', b'Z', b'M', b'N'] {
        refused(&[Member(kind, b"a", b"", b"")]);
    }
    refused(&[Member(b'2', b"a", b"b", b"content")]);
    refused(&[Member(b'5', b"a", b"", b"content")]);
    refused(&[Member(b'x', b"pax", b"", b"11 size=99\n"), Member(b'0', b"a", b"", b"x")]);
    refused(&[Member(b'x', b"pax", b"", b"22 GNU.sparse.major=1\n"), Member(b'0', b"a", b"", b"x")]);
}

#[test]
fn pax_records_and_long_names_are_read() {
    let path = "é".repeat(100);
    let body = format!("path={path}\n");
    let record = format!("{} {body}", body.len() + 4);
    let (unpacked, _) = open(&tar(&[
        Member(b'g', b"pax_global_header", b"", b"18 comment=abcdef\n"),
        Member(b'x', b"pax", b"", format!("{record}20 mtime=-1.5000000\n").as_bytes()),
        Member(b'0', b"short", b"", b"x"),
        Member(b'0', b"next", b"", b"x"),
    ]))
    .unwrap();
    assert_eq!(unpacked.entries.len(), 2);
    let long = unpacked.entries.iter().find(|entry| entry.path.text() == path).unwrap();
    assert_eq!(long.mtime, Some(-2), "rounded down");
    assert!(
        open(&tar(&[Member(b'x', b"pax", b"", b"9999 path=a\n"), Member(b'0', b"a", b"", b"")])).is_err()
    );
    assert!(open(&tar(&[Member(b'x', b"pax", b"", b"8 path=a\n")])).is_err(), "no member follows");
}

#[test]
fn every_truncation_is_an_error() {
    let plain = small();
    // The last block is the second of the end-of-archive marker, which may be missing.
    for end in 0..plain.len() - 1024 {
        assert!(open(&plain[..end]).is_err(), "{end} of {}", plain.len());
    }
    for coded in every_coding(&plain) {
        for end in 0..coded.len() {
            assert!(open(&coded[..end]).is_err(), "{end} of {}", coded.len());
        }
    }
    let zip = zip_of(&[("a", b"content"), ("b", b"")]);
    for end in 0..zip.len() {
        assert!(open(&zip[..end]).is_err(), "{end} of {}", zip.len());
    }
}

#[test]
fn corruption_is_an_error_where_a_checksum_can_show_it() {
    let [gzip, xz, bz, zstd] = every_coding(&small());
    let zip = zip_of(&[("a", b"content of a, stored or deflated")]);
    for archive in [xz, bz, zstd] {
        let mut changed = archive.clone();
        let middle = changed.len() / 2;
        changed[middle] ^= 0x10;
        assert!(open(&changed).is_err());
    }
    let crc = gzip.len() - 6;
    assert!(open(&[&gzip[..crc], &[gzip[crc] ^ 1], &gzip[crc + 1..]].concat()).is_err());
    let mut changed = zip;
    changed[34] ^= 1; // in the content
    assert!(open(&changed).is_err());
}

#[test]
fn what_follows_the_archive_is_reported() {
    let mut hidden = small();
    hidden.extend_from_slice(&tar(&[Member(b'0', b"hidden", b"", b"x")]));
    let (unpacked, kept) = open(&hidden).unwrap();
    assert!(!kept.0.contains_key(&b"hidden"[..]));
    assert!(unpacked.problems[0].1.contains("follow the end-of-archive marker"), "{:?}", unpacked.problems);
    let after = [gzip(&small()), b"tail".to_vec()].concat();
    assert_eq!(open(&after).unwrap().0.problems[0].1, "4 bytes follow the compressed data; not looked at");
    let halves = [gzip(&small()[..1024]), gzip(&small()[1024..])].concat();
    assert_eq!(open(&halves).unwrap().0, open(&gzip(&small())).unwrap().0, "gzip members are one stream");
}

#[test]
fn a_bomb_is_stopped_before_it_is_unpacked() {
    let limits = Limits { total_size: 1 << 22, member_size: 1 << 21, ratio: 100, members: 50, depth: 1 };
    let stopped = |archive: &[u8]| {
        let mut kept = Kept::default();
        let result = unpack(archive, 0, &limits, &mut kept);
        let held: usize = kept.0.values().map(Vec::len).sum();
        assert!(held as u64 <= limits.total_size + (1 << 17), "{held} bytes got through");
        match result {
            Err(UnpackError::TooLarge(reason)) => reason,
            other => panic!("not stopped: {other:?}"),
        }
    };
    let zeros = vec![0u8; 1 << 21];
    let names = ["a", "b", "c"].map(|name| Member(b'0', name.as_bytes(), b"", &zeros));
    let three = tar(&names);
    for coded in every_coding(&three) {
        assert!(stopped(&coded).contains("times its own"));
    }
    assert!(stopped(&three).contains("altogether"));
    let large = tar(&[Member(b'0', b"a", b"", &vec![1u8; (1 << 21) + 1])]);
    assert!(stopped(&large).contains("is larger than"));
    let many: Vec<String> = (0..60).map(|n| format!("f{n}")).collect();
    let many: Vec<Member<'_>> = many.iter().map(|name| Member(b'0', name.as_bytes(), b"", b"")).collect();
    assert!(stopped(&tar(&many)).contains("members"));
    let deep = vec!["d"; 45].join("/");
    assert!(
        stopped(&tar(&[Member(b'0', deep.as_bytes(), b"", b""), Member(b'0', b"x/x/x/x/x/x", b"", b"")]))
            .contains("members")
    );
    let noise: Vec<u8> = (0..1u32 << 20).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let mut copies = vec![Member(b'0', b"a", b"", &noise)];
    let links: Vec<String> = (0..10).map(|n| format!("l{n}")).collect();
    copies.extend(links.iter().map(|name| Member(b'1', name.as_bytes(), b"a", b"")));
    assert!(stopped(&tar(&copies)).contains("altogether"), "hard links are copies");
    let zip = zip_of(&[("a", &zeros), ("b", &zeros)]);
    assert!(stopped(&zip).contains("times its own"));
    let extension =
        tar(&[Member(b'x', b"pax", b"", &vec![b'x'; (1 << 20) + 1]), Member(b'0', b"a", b"", b"")]);
    assert!(stopped(&extension).contains("extension header"));
}

#[test]
fn leading_folders_are_dropped_as_asked() {
    let mut kept = Kept::default();
    let unpacked = unpack(&small(), 1, &Limits::default(), &mut kept).unwrap();
    let paths: Vec<String> = unpacked.entries.iter().map(|entry| entry.path.text()).collect();
    assert_eq!(paths, ["a", "deep", "deep/er", "deep/er/b", "hard", "soft"]);
    let up = tar(&[Member(b'2', b"pkg/a", b"../b", b"")]);
    assert!(open(&up).is_ok());
    assert!(
        unpack(&up, 1, &Limits::default(), &mut Kept::default()).is_err(),
        "it leads out of what is left"
    );
    let two = tar(&[Member(b'0', b"x/a", b"", b"1"), Member(b'0', b"y/a", b"", b"2")]);
    assert!(unpack(&two, 1, &Limits::default(), &mut Kept::default()).is_err(), "two become one");
    let dropped = tar(&[Member(b'0', b"top", b"", b"x")]);
    let unpacked = unpack(&dropped, 1, &Limits::default(), &mut Kept::default()).unwrap();
    assert_eq!(unpacked.problems, [("top".to_owned(), "dropped by strip-components".to_owned())]);
}

fn zip_of(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ::zip::ZipWriter::new(io::Cursor::new(Vec::new()));
    for (name, content) in files {
        let options = ::zip::write::SimpleFileOptions::default()
            .compression_method(::zip::CompressionMethod::Deflated)
            .last_modified_time(::zip::DateTime::from_date_and_time(2024, 2, 29, 12, 0, 2).unwrap())
            .unix_permissions(0o755);
        match name.strip_suffix("->link") {
            Some(link) => zip
                .add_symlink(
                    link,
                    std::str::from_utf8(content).unwrap(),
                    ::zip::write::SimpleFileOptions::default(),
                )
                .unwrap(),
            None => {
                zip.start_file(*name, options).unwrap();
                zip.write_all(content).unwrap();
            }
        }
    }
    zip.finish().unwrap().into_inner()
}

#[test]
fn a_zip_archive_gives_its_tree() {
    let (unpacked, kept) = open(&zip_of(&[("d/a", b"hello"), ("l->link", b"d/a")])).unwrap();
    assert_eq!(unpacked.format, "zip");
    assert_eq!(kept.0[&b"d/a"[..]], b"hello");
    let file = unpacked.entries.iter().find(|entry| entry.path.text() == "d/a").unwrap();
    assert_eq!((file.mode, file.mtime), (0o755, Some(1_709_208_002)));
    assert!(
        unpacked.entries.iter().any(|entry| entry.kind == Kind::Symlink { target: RelPath::from("d/a") })
    );
    assert_eq!(open(&zip_of(&[])).unwrap().0.entries, []);
}

#[test]
fn hostile_zip_archives_are_refused() {
    for archive in [
        zip_of(&[("l->link", b"/etc/passwd")]),
        zip_of(&[("l->link", b"../x")]),
        rename(zip_of(&[("aaaa", b"x")]), b"aaaa", b"../x"),
        rename(zip_of(&[("aaaa", b"x")]), b"aaaa", b"/etc"),
        rename(zip_of(&[("aaaa", b"x"), ("bbbb", b"y")]), b"bbbb", b"aaaa"),
    ] {
        match open(&archive) {
            Err(UnpackError::Refused { .. }) => {}
            other => panic!("{:?}", other.map(|(unpacked, _)| unpacked)),
        }
    }
}

/// Every occurrence of `old` replaced: how a hostile name gets into an archive no library would write.
fn rename(mut bytes: Vec<u8>, old: &[u8], new: &[u8]) -> Vec<u8> {
    let places: Vec<usize> =
        bytes.windows(old.len()).enumerate().filter(|(_, w)| *w == old).map(|(at, _)| at).collect();
    assert_eq!(places.len(), 2, "local header and directory");
    places.into_iter().for_each(|at| bytes[at..at + new.len()].copy_from_slice(new));
    bytes
}

#[test]
fn what_is_no_archive_says_so() {
    assert!(matches!(open(b""), Err(UnpackError::Unknown(_))));
    assert!(matches!(open(&[7; 4096]), Err(UnpackError::Unknown(_))));
    let gzipped = open(&gzip(b"just a text")).map(|_| ()).unwrap_err().to_string();
    assert!(gzipped.contains("gzip data, but no tar inside"), "{gzipped}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Names and links of every shape: what is not refused stays inside, with every parent a folder.
    #[test]
    fn whatever_is_unpacked_is_a_tree(members in proptest::collection::vec(
        ("[01256]", "(\\.|\\.\\.|a|b|c|/|/a|/b|/\\.\\.){1,5}", "(\\.|\\.\\.|a|b|/|/a|/\\.\\.){0,5}"), 0..8)) {
        let members: Vec<Member<'_>> = members
            .iter()
            .map(|(kind, name, link)| Member(kind.as_bytes()[0], name.as_bytes(), link.as_bytes(), b""))
            .collect();
        if let Ok((unpacked, kept)) = open(&tar(&members)) {
            let kinds: BTreeMap<&[u8], &Kind> =
                unpacked.entries.iter().map(|entry| (entry.path.as_bytes(), &entry.kind)).collect();
            prop_assert_eq!(kinds.len(), unpacked.entries.len());
            for entry in &unpacked.entries {
                prop_assert!(entry.path.stays_inside());
                let path = entry.path.as_bytes();
                for (at, _) in path.iter().enumerate().filter(|(_, byte)| **byte == b'/') {
                    prop_assert_eq!(kinds.get(&path[..at]), Some(&&Kind::Directory));
                }
            }
            let files = kinds.values().filter(|kind| matches!(kind, Kind::File { .. })).count();
            prop_assert_eq!(files, kept.0.len());
        }
    }

    /// Flipped, cut and inserted bytes never panic.
    #[test]
    fn damage_never_panics(at in 0usize..10_000, byte: u8, cut in 0usize..10_000, which in 0usize..6) {
        let coded = every_coding(&small());
        let mut archive = match which {
            4 => small(),
            5 => zip_of(&[("d/a", b"hello"), ("l->link", b"d/a")]),
            which => coded[which].clone(),
        };
        let place = at % archive.len();
        archive[place] ^= byte;
        archive.truncate(archive.len().saturating_sub(cut % 200));
        let _ = open(&archive);
    }
}
