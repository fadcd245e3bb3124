//! Texts: the same kinds of change where nobody obeys the file, and where somebody does.

use super::Case;
use super::Cases;
use super::Expect;

pub fn cases(out: &mut Vec<Case>) {
    let mut add = |name, id, what, expect, shipped: &[u8], rebuilt: &[u8]| {
        Cases { name, out: &mut *out }.add(id, what, expect, shipped.to_vec(), rebuilt.to_vec());
    };
    let bad = Expect::Unexplained;
    add(
        "package.json",
        "json-value",
        "A value of a JSON document differs.",
        bad,
        b"{\"name\": \"x\", \"scripts\": {\"start\": \"node b.js\"}}\n",
        b"{\"name\": \"x\", \"scripts\": {\"start\": \"node a.js\"}}\n",
    );
    add(
        "package.json",
        "json-key-twice",
        "A key stands a second time; the last one counts.",
        bad,
        b"{\"start\": \"node a.js\", \"start\": \"node b.js\"}\n",
        b"{\"start\": \"node a.js\"}\n",
    );
    add(
        "package.json",
        "json-order",
        "The keys of a JSON document stand in another order.",
        bad,
        b"{\"b\": \"two\", \"a\": \"one\", \"c\": 3}\n",
        b"{\"a\": \"one\", \"b\": \"two\", \"c\": 3}\n",
    );
    add(
        "package.json",
        "json-layout",
        "A JSON document is laid out in another way.",
        bad,
        b"{\n  \"a\": 1,\n  \"b\": [1, 2]\n}\n",
        b"{\"a\": 1, \"b\": [1, 2]}\n",
    );
    add(
        "app.config",
        "xml-text",
        "The text of an XML element differs.",
        bad,
        b"<?xml version=\"1.0\"?>\n<app><host>b.example</host></app>\n",
        b"<?xml version=\"1.0\"?>\n<app><host>a.example</host></app>\n",
    );
    add(
        "app.config",
        "xml-comment",
        "A comment of an XML document holds a payload.",
        bad,
        b"<?xml version=\"1.0\"?>\n<app><!-- echo this would run --><host>a.example</host></app>\n",
        b"<?xml version=\"1.0\"?>\n<app><host>a.example</host></app>\n",
    );
    let list = crate::formats::samples::binary_plist();
    let value = |with: u8| {
        let mut list = list.clone();
        let at = list.windows(6).position(|window| window == b"\x55value").unwrap();
        list[at + 1] = with;
        list
    };
    add("Info.plist", "plist-value", "A string of a binary property list differs.", bad, &value(b'V'), &list);
    let unused = {
        let mut list = list.clone();
        let at = list.len() - 30;
        list[at] = b'!';
        list
    };
    add(
        "Info.plist",
        "plist-unused",
        "Unused bytes of a binary property list hold something.",
        bad,
        &unused,
        &list,
    );
    add(
        "run.sh",
        "text-script-date",
        "A script's trigger date differs.",
        bad,
        b"[ $(date +%F) = 2026-01-01 ] && echo x\n",
        b"[ $(date +%F) = 2027-01-01 ] && echo x\n",
    );
    add(
        "readme.ps1",
        "text-script-named-readme",
        "A trigger date differs in a script named like a document.",
        bad,
        b"if ((Get-Date) -gt '2026-01-01') { 'x' }\n",
        b"if ((Get-Date) -gt '2027-01-01') { 'x' }\n",
    );
    add(
        "news.service",
        "text-unit-named-news",
        "A trigger date differs in a unit of the system's named like a document.",
        bad,
        b"[Timer]\nOnCalendar=2026-01-01\n",
        b"[Timer]\nOnCalendar=2027-01-01\n",
    );
    add(
        "METADATA",
        "text-metadata-dependency",
        "A date in a dependency's version differs, which installers obey.",
        bad,
        b"Metadata-Version: 2.1\nName: x\nRequires-Dist: y==2026-01-01\n",
        b"Metadata-Version: 2.1\nName: x\nRequires-Dist: y==2027-01-01\n",
    );
    add(
        "MANIFEST.MF",
        "text-manifest-class-path",
        "A date in a manifest's class path differs.",
        bad,
        b"Manifest-Version: 1.0\nClass-Path: lib-2026-01-01.jar\n",
        b"Manifest-Version: 1.0\nClass-Path: lib-2027-01-01.jar\n",
    );
    add(
        "app.py",
        "text-source-comment-date",
        "A date in a comment of a program differs.",
        bad,
        b"# built 2026-01-01\nx = 1\n",
        b"# built 2026-01-02\nx = 1\n",
    );
    add(
        "app.conf",
        "text-config-date",
        "A date in a configuration differs.",
        bad,
        b"expires = 2026-01-01\n",
        b"expires = 2030-01-01\n",
    );
    add(
        "app.json",
        "text-json-date",
        "A date in a JSON file differs.",
        bad,
        b"{\"after\": \"2026-01-01\"}\n",
        b"{\"after\": \"2027-01-01\"}\n",
    );
    add(
        "index.html",
        "text-html-date",
        "A date in a page differs.",
        bad,
        b"<script>at('2026-01-01')</script>\n",
        b"<script>at('2027-01-01')</script>\n",
    );
    add(
        "run.sh",
        "text-script-crlf",
        "A script has other line endings.",
        bad,
        b"#!/bin/sh\r\nx=1\r\n",
        b"#!/bin/sh\nx=1\n",
    );
    add(
        "hosts.conf",
        "text-line-order",
        "Lines of a configuration stand in another order.",
        bad,
        b"allow a\ndeny b\n",
        b"deny b\nallow a\n",
    );
    let random = |digits: &str| format!("Serial {digits}.\n").into_bytes();
    add(
        "README.txt",
        "text-random-identifier",
        "A random identifier differs.",
        Expect::Explained(&["randomness"]),
        &random("7c9e6679-7425-40de-944b-e07fc1f90ae7"),
        &random("0f8fad5b-d9cb-469f-a165-70867728950e"),
    );
    add(
        "README.txt",
        "text-timed-identifier",
        "An identifier that names a time and a machine differs.",
        bad,
        &random("7c9e6679-7425-10de-944b-e07fc1f90ae7"),
        &random("0f8fad5b-d9cb-169f-a165-70867728950e"),
    );
    add(
        "config.json",
        "text-random-identifier-obeyed",
        "A random identifier in a file that programs obey differs.",
        bad,
        &random("7c9e6679-7425-40de-944b-e07fc1f90ae7"),
        &random("0f8fad5b-d9cb-469f-a165-70867728950e"),
    );
    add(
        "README.txt",
        "text-readme-words",
        "A word differs.",
        bad,
        b"Send mail to a@b.c.\n",
        b"Send mail to x@y.z.\n",
    );
    add("README.txt", "text-readme-line", "There is one more line.", bad, b"One.\nTwo.\n", b"One.\n");
    add(
        "README.txt",
        "text-readme-no-date",
        "What is written like a date is none.",
        bad,
        b"Built 2026-99-99.\n",
        b"Built 2026-01-01.\n",
    );
    add(
        "README.txt",
        "text-readme-date-and-word",
        "A date and a word differ in one line.",
        bad,
        b"Built 2026-01-02 by us.\n",
        b"Built 2026-01-01 by them.\n",
    );
    add(
        "README.txt",
        "text-readme-hidden",
        "An invisible character is added.",
        bad,
        "Built\u{202e} here.\n".as_bytes(),
        b"Built here.\n",
    );
    add(
        "README.txt",
        "text-mixed-endings",
        "Some lines have other endings.",
        bad,
        b"a\r\nb\nc\r\n",
        b"a\nb\nc\n",
    );
    add("README.txt", "text-lone-cr", "A carriage return hides a line.", bad, b"a\rb\n", b"ab\n");
    add("README.txt", "text-bom", "A byte-order mark is added.", bad, b"\xef\xbb\xbfa\n", b"a\n");
    add("README.txt", "text-nul", "A NUL makes it binary.", bad, b"a\0b\n", b"a b\n");
    add(
        "README.txt",
        "text-becomes-script",
        "A text becomes a script.",
        bad,
        b"#!/bin/sh\n# 2026-01-01\n",
        b"#!/bin/sh\n# 2026-01-02\n",
    );
    add(
        "requirements.txt",
        "text-requirements-date",
        "A pinned date version differs.",
        bad,
        b"certifi==2026-01-01\n",
        b"certifi==2025-01-01\n",
    );
    add(
        "data.bin",
        "raw-bit",
        "One bit of unknown bytes differs.",
        bad,
        b"\x00\x01\x02\x03",
        b"\x00\x01\x02\x07",
    );
    add(
        "data.bin",
        "raw-longer",
        "Unknown bytes are longer.",
        bad,
        b"\x00\x01\x02\x03\x04",
        b"\x00\x01\x02\x03",
    );
    add(
        "data.bin",
        "raw-inserted",
        "A byte is inserted in the middle.",
        bad,
        b"\x00\x01\xff\x02\x03",
        b"\x00\x01\x02\x03",
    );
    add("data.bin", "raw-empty", "Everything is gone.", bad, b"", b"\x00\x01");
    add(
        "README.txt",
        "text-readme-date",
        "A date in a text for people differs.",
        Expect::Explained(&["timestamp-in-text"]),
        b"Built 2026-01-02 here.\n",
        b"Built 2026-01-01 here.\n",
    );
    add(
        "README.txt",
        "text-readme-crlf",
        "A text for people has other line endings.",
        Expect::Explained(&["line-endings"]),
        b"a\r\nb\r\n",
        b"a\nb\n",
    );
    add(
        "hello.1",
        "text-manual-date",
        "A manual page carries another month.",
        Expect::Explained(&["timestamp-in-text"]),
        b".TH HELLO \"1\" \"November 2026\" \"hello 2.10\"\n",
        b".TH HELLO \"1\" \"December 2022\" \"hello 2.10\"\n",
    );
    add(
        "SOURCES.txt",
        "text-list-order",
        "A list of sources stands in another order.",
        Expect::Explained(&["line-order"]),
        b"b.py\na.py\n",
        b"a.py\nb.py\n",
    );
}
