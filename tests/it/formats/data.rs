//! Texts, images, documents, databases.

use super::has_problem;
use super::open;
use super::open_clean;
use super::region;
use super::samples;
use pellucid::model::Anatomy;
use pellucid::model::Check;
use pellucid::model::Role;

fn fact<'a>(anatomy: &'a Anatomy, key: &str) -> Option<&'a str> {
    anatomy.facts.iter().find(|fact| fact.key == key).map(|fact| fact.value.as_str())
}

#[test]
fn a_text_says_its_encoding_and_line_endings() {
    for (bytes, encoding, endings) in [
        (&b"a\nb\n"[..], "ascii", "lf"),
        (b"a\r\nb\r\n", "ascii", "crlf"),
        (b"a\r\nb\n", "ascii", "mixed"),
        ("caf\u{e9}\n".as_bytes(), "utf-8", "lf"),
        (b"\xef\xbb\xbfa", "utf-8", "none"),
    ] {
        let anatomy = open_clean("text", "x", bytes);
        assert_eq!(
            (fact(&anatomy, "encoding"), fact(&anatomy, "line-endings")),
            (Some(encoding), Some(endings))
        );
    }
    assert_eq!(open("x", b"nul\0").format, "raw");
    assert_eq!(open("x", b"\xff\xff\xff").format, "raw");
    assert_eq!(fact(&open("x", b"{\"a\": 1}"), "syntax"), Some("json"));
    assert_eq!(fact(&open("x", b"{\"a\": 1"), "syntax"), None);
}

#[test]
fn a_text_is_code_unless_its_name_is_a_documents_and_it_is_no_script() {
    for (name, bytes, role) in [
        ("setup.py", &b"import os\n"[..], Role::Code),
        ("unknown", b"text\n", Role::Code),
        ("doc/README.md", b"text\n", Role::Data),
        ("usr/share/man/man1/x.1", b".TH X 1\n", Role::Data),
        ("README", b"#!/bin/sh\n", Role::Code),
        ("CMakeLists.txt", b"project(x)\n", Role::Code),
        ("x.dist-info/entry_points.txt", b"[console_scripts]\n", Role::Code),
    ] {
        assert_eq!(region(&open(name, bytes), "text").role, role, "{name}");
    }
}

#[test]
fn png_chunks_have_roles_and_checked_checksums_and_an_end() {
    let mut bytes = samples::png();
    let anatomy = open_clean("png", "x.png", &bytes);
    assert_eq!(region(&anatomy, "tIME").role, Role::Timestamp);
    assert_eq!(region(&anatomy, "tEXt").role, Role::Extra);
    assert_eq!(region(&anatomy, "IDAT: crc").check, Check::Holds);
    bytes[20] ^= 1;
    bytes.extend(b"payload");
    let anatomy = open("x.png", &bytes);
    assert!(matches!(region(&anatomy, "IHDR: crc").check, Check::Fails(_)));
    assert_eq!(region(&anatomy, "trailing bytes").bytes(&bytes), b"payload");
}

#[test]
fn pdf_dates_ids_and_producers_are_told_apart() {
    let bytes = samples::pdf();
    let anatomy = open_clean("pdf", "x.pdf", &bytes);
    for (name, role, text) in [
        ("creation date", Role::Timestamp, "(D:20240101000000Z)"),
        ("modification date", Role::Timestamp, "(D:20240101000000+01'00')"),
        ("file id", Role::Extra, "[<00ff> <00ff>]"),
        ("producer", Role::Toolchain, "(pdfTeX-1.40)"),
    ] {
        let region = region(&anatomy, name);
        assert_eq!((region.role, region.bytes(&bytes)), (role, text.as_bytes()), "{name}");
    }
}

#[test]
fn free_database_pages_are_gaps() {
    let anatomy = open("x.sqlite", &samples::sqlite(3));
    assert_eq!(region(&anatomy, "page 2").role, Role::Data);
    assert_eq!(region(&anatomy, "free page 3").role, Role::Gap);
    assert_eq!(fact(&anatomy, "sqlite-version"), Some("3045001"));
}

#[test]
fn a_json_document_is_described_value_by_value() {
    let bytes = b"{\"a\": {\"b\": [1, \"two, ]\\\"}\", {}]}, \"z\": null}\n";
    let anatomy = open_clean("json", "x.json", bytes);
    for (name, held) in [
        ("/a/b[0]", &b"1"[..]),
        ("/a/b[1]", b"\"two, ]\\\"}\""),
        ("/a/b[2]", b"{}"),
        ("key /z", b"\"z\""),
        ("/z", b"null"),
    ] {
        assert_eq!(region(&anatomy, name).bytes(bytes), held, "{name}");
    }
    assert_eq!(fact(&anatomy, "keys"), Some("sorted"));
    let twice = open("x.json", b"{\"b\": 1, \"a\": 2, \"\\u0062\": 3}");
    assert!(has_problem(&twice, "/b: the key stands twice"), "{:?}", twice.problems);
    assert_eq!(fact(&twice, "keys"), Some("unsorted"));
    // Too deep, too many, not valid: a text, or one region of it.
    let deep = [vec![b'['; 100_000], vec![b']'; 100_000]].concat();
    assert_eq!(open("x.json", &deep).regions.len(), 1);
    let many = format!("[{}0]", "0,".repeat(1_000_000));
    assert_eq!(open("x.json", many.as_bytes()).regions.len(), 1);
    let keys: Vec<String> = (0..100_000).map(|n| format!("\"{n}\":0")).collect();
    assert_eq!(open("x.json", format!("{{{}}}", keys.join(",")).as_bytes()).regions.len(), 1);
    assert_eq!(open("x.json", b"{\"a\": 1,}").format, "text");
}

#[test]
fn an_xml_document_is_described_tag_by_tag_and_a_property_list_by_its_keys() {
    let bytes = b"<?xml version=\"1.0\"?>\n<p><d n=\"1\">one</d><d>two</d><!-- why --></p>\n";
    let anatomy = open_clean("xml", "pom.xml", bytes);
    for (name, held) in [
        ("tag /p/d", &b"<d n=\"1\">"[..]),
        ("/p/d", b"one"),
        ("/p/d[2]", b"two"),
        ("comment in /p", b"<!-- why -->"),
        ("end /p", b"</p>"),
    ] {
        assert_eq!(region(&anatomy, name).bytes(bytes), held, "{name}");
    }
    let list = b"<?xml version=\"1.0\"?><plist><dict><key>Name</key><string>x</string><key>List</key><array><integer>1</integer><integer>2</integer></array></dict></plist>";
    let anatomy = open_clean("xml", "Info.plist", list);
    assert_eq!(region(&anatomy, "/plist/dict/Name").bytes(list), b"x");
    assert_eq!(region(&anatomy, "/plist/dict/List/integer[2]").bytes(list), b"2");
    for broken in ["<?xml?><a><b></a>", "<?xml?><a>", "<?xml?>text", "<?xml?><a/><b/>"] {
        assert_eq!(open("x.xml", broken.as_bytes()).format, "text", "{broken}");
    }
    let deep = format!("<?xml?>{}{}", "<a>".repeat(50_000), "</a>".repeat(50_000));
    assert_eq!(open("x.xml", deep.as_bytes()).format, "text");
    let many = format!("<?xml?><a>{}</a>", "<b/>".repeat(300_000));
    assert_eq!(open("x.xml", many.as_bytes()).regions.len(), 1);
}

#[test]
fn a_binary_property_list_is_described_object_by_object() {
    let bytes = samples::binary_plist();
    let anatomy = open_clean("plist", "Info.plist", &bytes);
    for (name, held) in [
        ("/name", &b"\x55value"[..]),
        ("/list[0]", &[0x11, 0x12, 0x34]),
        ("/list[1]", b"\x61\0x"),
        ("key /list", b"\x54list"),
    ] {
        assert_eq!(region(&anatomy, name).bytes(&bytes), held, "{name}");
    }
    // A list that holds itself.
    let mut looped = bytes.clone();
    let at = looped.windows(3).position(|window| window == [0xa2, 5, 6]).unwrap();
    looped[at + 1] = 4;
    looped[at + 2] = 0;
    assert!(open("x.plist", &looped).regions.iter().any(|region| region.role == Role::Gap));
    let mut used = bytes.clone();
    let at = used.len() - 30;
    used[at] = 1;
    assert!(matches!(region(&open("x.plist", &used), "trailer: unused").check, Check::Fails(_)));
}
