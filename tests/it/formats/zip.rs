//! zip and its kin: every field a region, every disagreement between directory and local headers a problem.

use super::content;
use super::has_problem;
use super::open;
use super::open_clean;
use super::region;
use super::samples;
use super::samples::Entry;
use pellucid::formats;
use pellucid::model::Check;
use pellucid::model::Content;
use pellucid::model::Limits;
use pellucid::model::Role;

#[test]
fn every_field_of_an_entry_is_a_region_with_a_role() {
    let bytes = samples::full_zip();
    let anatomy = open_clean("zip", "x.zip", &bytes);
    for (name, role) in [
        ("member file: local: time", Role::Timestamp),
        ("member file: local: name", Role::Name),
        ("member file: local: extra 5455", Role::Timestamp),
        ("member file", Role::Member),
        ("member file: data descriptor", Role::Derived),
        ("member file: central: made by", Role::Toolchain),
        ("member file: central: time", Role::Timestamp),
        ("member file: central: crc and sizes", Role::Derived),
        ("member file: central: external attributes", Role::Mode),
        ("member file: central: name", Role::Name),
        ("member file: central: comment", Role::Extra),
        ("end of central directory: counts", Role::Derived),
        ("end of central directory: directory", Role::Derived),
        ("archive comment", Role::Extra),
    ] {
        assert_eq!(region(&anatomy, name).role, role, "{name}");
    }
    for name in ["member file: central: crc and sizes", "member file: data descriptor"] {
        assert_eq!(region(&anatomy, name).check, Check::Holds, "{name}");
    }
    assert_eq!(content(&bytes, &anatomy, "file").unwrap(), b"described after its data, so to say");
    let mode = anatomy.members[0].attributes.iter().find(|(key, _)| *key == "mode").unwrap();
    assert_eq!(mode.1, "4755");
}

#[test]
fn a_wrong_checksum_is_seen_whether_stored_or_deflated() {
    for deflate in [false, true] {
        let mut entry = Entry::new("file", b"content");
        entry.deflate = deflate;
        entry.crc ^= 1;
        let anatomy = open("x.zip", &samples::zip(&[entry]));
        let derived = region(&anatomy, "member file: central: crc and sizes");
        assert!(matches!(derived.check, Check::Fails(_)), "{derived:?}");
    }
}

#[test]
fn a_local_entry_the_directory_does_not_list_is_a_member_and_a_problem() {
    let mut hidden = Entry::new("hidden", b"payload").deflated();
    hidden.listed = false;
    for descriptor in [false, true] {
        hidden.descriptor = descriptor;
        let bytes = samples::zip(&[Entry::new("a", b"1"), hidden.clone(), Entry::new("b", b"2")]);
        let anatomy = open("x.zip", &bytes);
        assert!(has_problem(&anatomy, "member hidden: a local entry the central directory does not list"));
        assert_eq!(content(&bytes, &anatomy, "hidden").unwrap(), b"payload");
    }
}

#[test]
fn a_local_name_other_than_the_directorys_is_a_problem() {
    let mut entry = Entry::new("good", b"1");
    entry.local_name = b"evil".to_vec();
    let anatomy = open("x.zip", &samples::zip(&[entry]));
    assert!(has_problem(&anatomy, "the local header names it \"evil\""), "{:?}", anatomy.problems);
}

#[test]
fn duplicate_names_and_a_second_end_record_are_problems() {
    let anatomy = open("x.zip", &samples::zip(&[Entry::new("a", b"1"), Entry::new("a", b"2")]));
    assert!(has_problem(&anatomy, "lists this name more than once"));
    let inner = samples::zip(&[]);
    let anatomy = open("x.zip", &samples::zip_with(&[Entry::new("a", b"1")], b"", &inner));
    assert!(has_problem(&anatomy, "another end-of-central-directory"), "{:?}", anatomy.problems);
}

#[test]
fn a_payload_in_an_extra_field_a_stub_and_trailing_bytes_have_their_own_regions() {
    let mut entry = Entry::new("a", b"1");
    entry.extra = b"\xfe\xca\x07\0payload".to_vec();
    let anatomy = open("x.zip", &samples::zip(&[entry]));
    assert_eq!(region(&anatomy, "member a: local: extra cafe").role, Role::Extra);

    let bytes = [b"stub".to_vec(), samples::zip(&[Entry::new("a", b"1")]), b"tail".to_vec()].concat();
    let anatomy = open("x.zip", &bytes);
    assert_eq!(anatomy.format, "zip-behind-stub");
    let stub = region(&anatomy, "gap at the start");
    assert_eq!((stub.role, stub.bytes(&bytes)), (Role::Gap, &b"stub"[..]));
    assert_eq!(region(&anatomy, "trailing bytes").role, Role::Trailing);
    assert!(has_problem(&anatomy, "a stub was put in front"));
    assert_eq!(content(&bytes, &anatomy, "a").unwrap(), b"1");
}

#[test]
fn only_signatures_in_an_apk_signing_block_are_signature_regions() {
    let bytes = samples::signed_apk();
    let anatomy = open_clean("zip", "x.apk", &bytes);
    assert_eq!(region(&anatomy, "apk signing block: v2").role, Role::Signature);
    assert_eq!(region(&anatomy, "apk signing block: verity padding").role, Role::Padding);
    let unknown = region(&anatomy, "apk signing block: 12345678");
    assert_eq!((unknown.role, unknown.bytes(&bytes)), (Role::Extra, &b"unknown"[..]));
    assert!(anatomy.facts.iter().any(|fact| fact.key == "kind" && fact.value == "apk"));
}

#[test]
fn an_archive_without_its_directory_is_read_by_its_local_headers() {
    let mut described = Entry::new("b", b"second").deflated();
    described.descriptor = true;
    let bytes = samples::zip(&[Entry::new("a", b"first"), described, Entry::new("c", b"third")]);
    let directory = bytes.windows(4).position(|four| four == b"PK\x01\x02").unwrap();
    let anatomy = open("x.zip", &bytes[..directory]);
    let names: Vec<&str> = anatomy.members.iter().map(|member| member.name.as_str()).collect();
    assert_eq!(names, ["a", "b", "c"]);
    assert!(has_problem(&anatomy, "no end-of-central-directory"));
}

#[test]
fn entries_that_share_their_data_are_problems_and_cost_their_size_once() {
    let mut bytes = samples::zip(&[Entry::new("a", &[0; 1 << 20]).deflated()]);
    let directory = bytes.windows(4).position(|four| four == b"PK\x01\x02").unwrap();
    let end = bytes.len() - 22;
    let entry = bytes[directory..end].to_vec();
    let tail = bytes.split_off(end);
    for _ in 1..2000 {
        bytes.extend(&entry);
    }
    let size = (bytes.len() - directory) as u32;
    bytes.extend(&tail[..8]);
    bytes.extend([2000u16.to_le_bytes(), 2000u16.to_le_bytes()].concat());
    bytes.extend(size.to_le_bytes());
    bytes.extend(&tail[16..]);
    let anatomy = open("x.zip", &bytes);
    assert!(has_problem(&anatomy, "shares its local header"));
    let readable = anatomy.members.iter().filter(|member| member.content != Content::Opaque).count();
    assert_eq!(readable, 1, "one entry owns the data");
}

#[test]
fn content_larger_than_given_fails_its_check_and_encrypted_content_is_not_examined() {
    let mut bytes = samples::zip(&[Entry::new("a", &[0; 4000]).deflated()]);
    let directory = bytes.windows(4).position(|four| four == b"PK\x01\x02").unwrap();
    bytes[directory + 24] = 1;
    bytes[directory + 25] = 0;
    let anatomy = open("x.zip", &bytes);
    let derived = region(&anatomy, "member a: central: crc and sizes");
    assert!(matches!(derived.check, Check::Fails(_)), "{derived:?}");

    let mut bytes = samples::zip(&[Entry::new("a", b"secret")]);
    let directory = bytes.windows(4).position(|four| four == b"PK\x01\x02").unwrap();
    bytes[6] |= 1;
    bytes[directory + 8] |= 1;
    let missed = formats::walk("x.zip", &bytes, Limits::default(), &mut |_, _, _| ());
    assert!(missed[0].reason.contains("encrypted"), "{missed:?}");
}
