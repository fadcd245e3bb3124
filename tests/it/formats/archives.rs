//! tar and its kin: every field of every entry is a region with a role.

use super::content;
use super::has_problem;
use super::open;
use super::open_clean;
use super::region;
use super::samples;
use pellucid::formats;
use pellucid::model::Anatomy;
use pellucid::model::Check;
use pellucid::model::Limits;
use pellucid::model::Role;

fn attribute<'a>(anatomy: &'a Anatomy, member: &str, key: &str) -> Option<&'a str> {
    let member = anatomy.members.iter().find(|m| m.name == member).expect(member);
    member.attributes.iter().find(|(k, _)| *k == key).map(|(_, value)| value.as_str())
}

#[test]
fn a_tar_entry_is_described_field_by_field() {
    let bytes = samples::tar(&[("dir/one", b"first"), ("two", &[7; 1500])]);
    let anatomy = open_clean("tar", "x.tar", &bytes);
    for (name, role) in [
        ("member dir/one: name", Role::Name),
        ("member dir/one: mode", Role::Mode),
        ("member dir/one: uid and gid", Role::Owner),
        ("member dir/one: mtime", Role::Timestamp),
        ("member dir/one: checksum", Role::Derived),
        ("member dir/one: type", Role::Mode),
        ("member dir/one", Role::Member),
        ("member dir/one: padding", Role::Padding),
        ("member two", Role::Member),
        ("end of archive", Role::Padding),
    ] {
        assert_eq!(region(&anatomy, name).role, role, "{name}");
    }
    assert_eq!(region(&anatomy, "member dir/one: checksum").check, Check::Holds);
    assert_eq!(content(&bytes, &anatomy, "two").unwrap(), [7; 1500]);
}

#[test]
fn pax_records_are_regions_with_roles_and_override_the_header() {
    let bytes = samples::pax_tar();
    let anatomy = open("x.tar", &bytes);
    assert_eq!(region(&anatomy, "member real/name: pax header: path").role, Role::Name);
    assert_eq!(region(&anatomy, "member real/name: pax header: mtime").role, Role::Timestamp);
    assert_eq!(region(&anatomy, "member real/name: pax header: comment").role, Role::Extra);
    let grant = region(&anatomy, "member real/name: pax header: SCHILY.xattr.security.x");
    assert_eq!(grant.role, Role::Mode, "an extended attribute can grant what a mode grants");
    assert_eq!(region(&anatomy, "global header #1: comment").role, Role::Extra);
    assert_eq!(content(&bytes, &anatomy, "real/name").unwrap(), b"abc");
    assert_eq!(attribute(&anatomy, "real/name", "mtime"), Some("1700000000.5"));
    assert_eq!(attribute(&anatomy, "real/name", "xattr"), Some("SCHILY.xattr.security.x=granted"));
}

#[test]
fn gnu_long_names_links_and_modes_are_read() {
    let long = "d/".repeat(80) + "file";
    let bytes = samples::gnu_tar();
    let anatomy = open_clean("tar", "x.tar", &bytes);
    assert_eq!(content(&bytes, &anatomy, &long).unwrap(), b"long");
    assert_eq!(attribute(&anatomy, &long, "mode"), Some("4755"));
    assert_eq!(attribute(&anatomy, "link", "type"), Some("symlink"));
    assert_eq!(attribute(&anatomy, "link", "link"), Some(long.as_str()));
    assert_eq!(attribute(&anatomy, "dir/", "type"), Some("directory"));
}

#[test]
fn a_pax_record_that_names_another_file_is_a_problem() {
    let records = b"22 path=usr/bin/sudo0\n";
    let mut bytes = samples::tar_header("PaxHeaders/x", b'x', records.len() as u64);
    bytes.extend(samples::block(records));
    bytes.extend(samples::tar_header("README", b'0', 0));
    bytes.extend([0; 1024]);
    let anatomy = open("x.tar", &bytes);
    assert_eq!(anatomy.members[0].name, "usr/bin/sudo0");
    assert!(has_problem(&anatomy, "a PAX record overrides"), "{:?}", anatomy.problems);
}

#[test]
fn a_pax_size_moves_the_next_header_as_readers_see_it() {
    let records = b"13 size=1024\n";
    let mut bytes = samples::tar_header("PaxHeaders/x", b'x', records.len() as u64);
    bytes.extend(samples::block(records));
    bytes.extend(samples::tar_header("big", b'0', 0));
    bytes.extend([b'A'; 1024]);
    bytes.extend(samples::tar_header("next", b'0', 0));
    bytes.extend([0; 1024]);
    let anatomy = open("x.tar", &bytes);
    assert_eq!(content(&bytes, &anatomy, "big").unwrap(), [b'A'; 1024]);
    assert_eq!(anatomy.members.len(), 2);
}

#[test]
fn bytes_in_tar_padding_and_after_its_end_are_seen() {
    let mut bytes = samples::tar(&[("one", b"first")]);
    bytes[512 + 5] = b'!';
    bytes.extend(b"after the end");
    let anatomy = open("x.tar", &bytes);
    assert!(matches!(region(&anatomy, "member one: padding").check, Check::Fails(_)));
    let trailing = region(&anatomy, "trailing bytes");
    assert_eq!((trailing.role, trailing.bytes(&bytes)), (Role::Trailing, &b"after the end"[..]));
    assert!(has_problem(&anatomy, "follow the end of the archive"));
}

#[test]
fn a_damaged_tar_header_does_not_hide_the_entries_after_it() {
    let mut bytes = samples::tar(&[("one", b"first"), ("two", b"second"), ("three", b"third")]);
    bytes[1024] ^= 0x20;
    let anatomy = open("x.tar", &bytes);
    assert_eq!(content(&bytes, &anatomy, "three").unwrap(), b"third");
    assert_eq!(region(&anatomy, "damaged header").role, Role::Gap);
    assert!(has_problem(&anatomy, "is damaged"));
}

#[test]
fn a_link_with_a_size_and_a_file_named_like_a_directory_are_problems() {
    let mut bytes = samples::tar_header("link", b'2', 600);
    bytes.extend(samples::tar_header("file/", b'0', 0));
    bytes.extend([0; 1024]);
    let anatomy = open("x.tar", &bytes);
    assert!(has_problem(&anatomy, "readers disagree"));
    assert!(has_problem(&anatomy, "a directory by name"));
    assert_eq!(anatomy.members.len(), 2);
}

#[test]
fn entries_of_one_name_stay_apart() {
    let bytes = samples::tar(&[("same", b"1"), ("same", b"2")]);
    let anatomy = open_clean("tar", "x.tar", &bytes);
    assert_eq!(region(&anatomy, "member same").bytes(&bytes), b"1");
    assert_eq!(region(&anatomy, "member same #2").bytes(&bytes), b"2");
}

#[test]
fn ar_names_are_read_in_every_variant() {
    let bytes = samples::ar(&[
        ("/", b"\0\0\0\0"),
        ("//", b"a_rather_long_name.o/\n"),
        ("/0", b"abc"),
        ("x.o/", b"y"),
    ]);
    let anatomy = open_clean("ar", "x.a", &bytes);
    assert_eq!(region(&anatomy, "symbol index").role, Role::Symbols);
    assert_eq!(region(&anatomy, "long names").role, Role::Name);
    assert_eq!(content(&bytes, &anatomy, "a_rather_long_name.o").unwrap(), b"abc");
    assert_eq!(content(&bytes, &anatomy, "x.o").unwrap(), b"y");
    assert_eq!(region(&anatomy, "member x.o: mtime").role, Role::Timestamp);
    assert_eq!(attribute(&anatomy, "x.o", "mode"), Some("0644"));

    let bytes = samples::ar(&[("#1/12", b"long_name.o\0content")]);
    let anatomy = open_clean("ar", "x.a", &bytes);
    assert_eq!(content(&bytes, &anatomy, "long_name.o").unwrap(), b"content");
}

#[test]
fn an_ar_padding_byte_must_be_a_newline() {
    let mut bytes = samples::ar(&[("a", b"odd"), ("b", b"")]);
    bytes[8 + 60 + 3] = b'!';
    let anatomy = open("x.a", &bytes);
    assert!(matches!(region(&anatomy, "member a: padding").check, Check::Fails(_)));
}

#[test]
fn a_member_after_data_tar_is_a_member_and_a_problem() {
    open_clean("deb", "x.deb", &samples::deb(&[]));
    let bytes = samples::deb(&[("payload", b"hidden")]);
    let anatomy = open("x.deb", &bytes);
    assert!(has_problem(&anatomy, "payload stands after data.tar"));
    assert_eq!(content(&bytes, &anatomy, "payload").unwrap(), b"hidden");
}

#[test]
fn a_deb_is_walked_to_the_bottom() {
    let mut paths = Vec::new();
    let missed = formats::walk("x.deb", &samples::deb(&[]), Limits::default(), &mut |path, _, anatomy| {
        paths.push(format!("{} {}", path.join("/"), anatomy.format));
    });
    assert!(missed.is_empty(), "{missed:?}");
    assert_eq!(
        paths,
        [
            "x.deb deb",
            "x.deb/debian-binary text",
            "x.deb/control.tar.gz gzip",
            "x.deb/control.tar.gz tar",
            "x.deb/control.tar.gz/control text",
            "x.deb/data.tar.xz xz",
            "x.deb/data.tar.xz tar",
            "x.deb/data.tar.xz/usr/bin/x text"
        ]
    );
}

#[test]
fn cpio_entries_are_described_and_the_archives_behind_a_trailer_read_on() {
    let first = samples::cpio(b"070701", &[("a", b"1")]);
    let bytes = [first, samples::cpio(b"070702", &[("b", b"22")])].concat();
    let anatomy = open("x.cpio", &bytes);
    assert!(has_problem(&anatomy, "another archive follows"));
    assert_eq!(content(&bytes, &anatomy, "b").unwrap(), b"22");
    assert_eq!(region(&anatomy, "member b: mtime").role, Role::Timestamp);
    assert_eq!(region(&anatomy, "member b: mode").role, Role::Mode);
    assert_eq!(region(&anatomy, "member b: checksum").check, Check::Holds);
    let bytes = samples::odc_cpio();
    let anatomy = open_clean("cpio", "x.cpio", &bytes);
    assert_eq!(attribute(&anatomy, "link", "link"), Some("target"));
}

#[test]
fn an_rpm_tells_signatures_digests_scripts_and_times_apart_and_is_walked() {
    let bytes = samples::rpm();
    let anatomy = open_clean("rpm", "x.rpm", &bytes);
    for (name, role) in [
        ("signature header: sha256", Role::Derived),
        ("signature header: rsa", Role::Signature),
        ("header: build time", Role::Timestamp),
        ("header: build host", Role::Owner),
        ("header: post-install script", Role::Code),
        ("payload", Role::Member),
    ] {
        assert_eq!(region(&anatomy, name).role, role, "{name}");
    }
    let mut last = String::new();
    formats::walk("x.rpm", &bytes, Limits::default(), &mut |path, _, _| last = path.join("/"));
    assert_eq!(last, "x.rpm/payload.cpio.gz/./usr/bin/x");
}

#[test]
fn archives_that_are_not_decoded_say_so() {
    let quantum = samples::cab_of(2, &[("a", b"x")], &[(b"packed".to_vec(), 1)]);
    for (name, bytes) in
        [("x.7z", samples::sevenz()), ("x.cab", quantum), ("x.squashfs", samples::closed_squashfs())]
    {
        let anatomy = open(name, &bytes);
        assert!(has_problem(&anatomy, "not decoded"), "{name}");
        let missed = formats::walk(name, &bytes, Limits::default(), &mut |_, _, _| ());
        assert_eq!(missed.len(), 1, "{name}");
    }
    let anatomy = open("x.7z", &samples::sevenz());
    assert_eq!(region(&anatomy, "header crc").check, Check::Holds);
    let anatomy = open("x.cab", &samples::cab());
    assert_eq!(region(&anatomy, "folder 1 block 1: checksum").check, Check::Holds);
    assert_eq!(region(&anatomy, "member file.txt: date and time").role, Role::Timestamp);
    let anatomy = open("x.squashfs", &samples::closed_squashfs());
    assert_eq!(region(&anatomy, "superblock: mkfs time").role, Role::Timestamp);
}

#[test]
fn a_cabinets_files_are_members_though_they_share_blocks() {
    let bytes = samples::cab();
    let anatomy = open_clean("cab", "x.cab", &bytes);
    assert_eq!(content(&bytes, &anatomy, "file.txt").unwrap(), b"cabinet content");
    let (bytes, expected) = samples::cab_mszip();
    let anatomy = open_clean("cab", "x.cab", &bytes);
    assert_eq!(content(&bytes, &anatomy, "a.bin").unwrap(), expected[..20_000]);
    assert_eq!(content(&bytes, &anatomy, "b.bin").unwrap(), expected[20_000..]);
    // A thousand files that name the same bytes are not a thousand copies.
    let names: Vec<String> = (0..250).map(|n| format!("{n:03}")).collect();
    let files: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &b"x"[..])).collect();
    let mut bomb = samples::cab_of(0, &files, &[(vec![b'x'; 250], 250)]);
    for nth in 0..250 {
        let at = 44 + nth * 20;
        bomb[at..at + 8].copy_from_slice(&[250, 0, 0, 0, 0, 0, 0, 0]);
    }
    let anatomy = open("x.cab", &bomb);
    assert!(
        has_problem(&anatomy, "249 files stand in blocks that are not decoded"),
        "{:?}",
        anatomy.problems
    );
}

#[test]
fn the_files_of_a_7z_archive_are_members_and_a_lying_header_costs_nothing() {
    for packed in [samples::Packed::Lzma2, samples::Packed::BranchesAndLzma] {
        let large: Vec<u8> = (0..200_000u32).flat_map(|n| (n / 3).to_le_bytes()).collect();
        let bytes = samples::sevenz_of(&[("ein/å.txt", b"seven"), ("b.bin", &large)], packed);
        let anatomy = open_clean("7z", "x.7z", &bytes);
        assert_eq!(content(&bytes, &anatomy, "ein/å.txt").unwrap(), b"seven");
        assert_eq!(content(&bytes, &anatomy, "b.bin").unwrap(), large);
        assert_eq!(region(&anatomy, "packed stream 1").role, Role::Member);
        // Every byte of the header turned to every number that lies most.
        let start = bytes.len() - 120.min(bytes.len() / 2);
        for at in start..bytes.len() {
            for value in [0, 1, 0x7f, 0x80, 0xff] {
                let mut lying = bytes.clone();
                lying[at] = value;
                open("x.7z", &lying);
            }
        }
    }
    let mut wrong = samples::sevenz_of(&[("a", b"content of a")], samples::Packed::Lzma2);
    let at = wrong.windows(7).position(|window| window == b"content").unwrap();
    wrong[at] ^= 1;
    assert!(has_problem(&open("x.7z", &wrong), "CRC-32 does not hold"));
}

#[test]
fn the_chunks_of_a_disk_image_are_members_and_bytes_between_them_a_gap() {
    let bytes = samples::dmg_of(b"a partition map", &[0x42; 3000], 6);
    let anatomy = open_clean("dmg", "x.dmg", &bytes);
    assert_eq!(content(&bytes, &anatomy, "partition 1 chunk 1").unwrap(), b"a partition map");
    assert_eq!(content(&bytes, &anatomy, "partition 1 chunk 3").unwrap(), [0x42; 3000]);
    assert_eq!(content(&bytes, &anatomy, "partition 1 chunk 4").unwrap(), b"the last chunk");
    assert_eq!(region(&anatomy, "trailer: data checksum").check, Check::Holds);
    let mut wrong = bytes.clone();
    wrong[3] ^= 1;
    assert!(matches!(region(&open("x.dmg", &wrong), "trailer: data checksum").check, Check::Fails(_)));
    for (name, at) in [("data", 24), ("list", 216)] {
        for value in [u64::MAX, 1 << 63, bytes.len() as u64] {
            let mut lying = bytes.clone();
            let at = bytes.len() - 512 + at;
            lying[at..at + 8].copy_from_slice(&value.to_be_bytes());
            assert!(!open("x.dmg", &lying).problems.is_empty(), "{name} {value}");
        }
    }
}

#[test]
fn a_compound_files_streams_are_members_though_scattered() {
    let bytes = samples::msi();
    let anatomy = open("x.msi", &bytes);
    let expected: Vec<u8> = (0..5000u32).map(|index| (index / 512) as u8 + 1).collect();
    assert_eq!(content(&bytes, &anatomy, "Large").unwrap(), expected);
    assert_eq!(content(&bytes, &anatomy, "Small").unwrap(), [b's'; 40]);
    let signature = anatomy.regions.iter().find(|region| region.role == Role::Signature).unwrap();
    assert_eq!(signature.bytes(&bytes), [b'g'; 50]);
    assert_eq!(region(&anatomy, "entry Large: times").role, Role::Timestamp);
}

/// Found by fuzzing: a circle made of one sector a table as long as all sectors, which every stream walked.
#[test]
fn a_circle_in_a_compound_files_mini_table_is_one_sector() {
    let mut bytes = samples::msi();
    let word = |bytes: &[u8], at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
    let (table, mini) = ((word(&bytes, 76) + 1) * 512, word(&bytes, 60));
    bytes[table + mini * 4..][..4].copy_from_slice(&(mini as u32).to_le_bytes());
    let anatomy = open("x.msi", &bytes);
    let parts = anatomy.regions.iter().filter(|region| region.name.starts_with("mini allocation sector"));
    assert_eq!(parts.count(), 1);
    assert!(!has_problem(&anatomy, "mini allocation sector 2"), "{:?}", anatomy.problems);
}

#[test]
fn an_iso_image_is_described_record_by_record() {
    let bytes = samples::iso();
    let anatomy = open_clean("iso9660", "x.iso", &bytes);
    assert_eq!(content(&bytes, &anatomy, "FILE.TXT").unwrap(), b"iso content");
    assert_eq!(region(&anatomy, "primary volume descriptor: dates").role, Role::Timestamp);
    assert_eq!(region(&anatomy, "directory /: date of FILE.TXT").role, Role::Timestamp);
}
