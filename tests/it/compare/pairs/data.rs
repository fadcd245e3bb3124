//! Data that programs open: PNG, PDF, SQLite.

use super::Case;
use super::Cases;
use super::PAYLOAD;
use super::patched;
use super::replaced;
use crate::formats::samples;
use crate::formats::samples::PngChunk;

pub fn cases(out: &mut Vec<Case>) {
    pictures(&mut Cases { name: "logo.png", out });
    documents(&mut Cases { name: "manual.pdf", out });
    databases(&mut Cases { name: "data.sqlite", out });
}

fn pictures(c: &mut Cases<'_>) {
    let plain = samples::png;
    let changed = |change: &dyn Fn(&mut Vec<PngChunk<'static>>)| {
        let mut chunks = samples::png_chunks();
        change(&mut chunks);
        samples::png_of(&chunks)
    };
    c.bad("png-trailing", "Bytes follow the last chunk.", [plain(), PAYLOAD.to_vec()].concat(), plain());
    c.bad(
        "png-private-chunk",
        "A chunk that readers pass over holds a payload.",
        changed(&|chunks| chunks.insert(1, (b"pLUc", PAYLOAD))),
        plain(),
    );
    c.bad(
        "png-text",
        "A payload stands in a comment.",
        changed(&|chunks| chunks[2].1 = b"Comment\0#!/bin/sh\necho this would run\n"),
        plain(),
    );
    c.bad(
        "png-duplicate",
        "The header stands twice; readers take the first or the last.",
        changed(&|chunks| chunks.insert(1, (b"IHDR", &[0, 0, 0, 9, 0, 0, 0, 9, 8, 0, 0, 0, 0]))),
        plain(),
    );
    c.bad(
        "png-split",
        "The same compressed data stands in two chunks.",
        changed(&|chunks| {
            let all = chunks[3].1;
            chunks[3].1 = &all[..4];
            chunks.insert(4, (b"IDAT", &all[4..]));
        }),
        plain(),
    );
    c.bad(
        "png-behind-pixels",
        "Bytes stand behind the compressed pixels in their chunk.",
        changed(&|chunks| chunks[3].1 = b"\x78\x9c\x63\0\0\0\x02\0\x01echo this would run"),
        plain(),
    );
    c.bad(
        "png-checksum",
        "The checksum of a chunk is wrong.",
        patched(plain(), plain().len() - 4, b"echo"),
        plain(),
    );
    c.bad(
        "png-time",
        "The time of the last change is none: month 13, and text.",
        changed(&|chunks| chunks[1].1 = b"\x07\xe8\x0decho"),
        plain(),
    );
    c.bad(
        "png-length-lies",
        "A chunk says it reaches beyond the end.",
        patched(plain(), plain().len() - 12, &[0, 0, 16, 0]),
        plain(),
    );
}

/// A document without pages, whose date and producer stand where every writer puts them. The second line tells
/// readers that it is no text, as writers' do.
const DOCUMENT: &[u8] = b"%PDF-1.5\n%\xe2\xe3\xcf\xd3\0\n\
    1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n\
    2 0 obj\n<< /Type /Pages /Kids [] /Count 0 >>\nendobj\n\
    3 0 obj\n<< /CreationDate (D:20240101000000Z) /Producer (pdfTeX-1.40) >>\nendobj\n\
    xref\n0 1\n0000000000 65535 f \ntrailer\n<< /Root 1 0 R /Info 3 0 R /Size 4 >>\nstartxref\n177\n%%EOF\n";

fn documents(c: &mut Cases<'_>) {
    let plain = || DOCUMENT.to_vec();
    let changed = |what: &str, with: &str| replaced(DOCUMENT, what.as_bytes(), with.as_bytes());
    c.bad("pdf-trailing", "Bytes follow the last end mark.", [plain(), PAYLOAD.to_vec()].concat(), plain());
    c.bad(
        "pdf-update",
        "A second version of an object is appended with an end mark of its own, and counts.",
        [&plain()[..], b"1 0 obj\n<< /Type /Catalog /OpenAction 5 0 R >>\nendobj\nstartxref\n0\n%%EOF\n"]
            .concat(),
        plain(),
    );
    c.bad(
        "pdf-unreferenced",
        "An object that nothing refers to holds a payload.",
        changed("xref\n0", "9 0 obj\n(echo this would run)\nendobj\nxref\n0"),
        plain(),
    );
    c.bad(
        "pdf-comment",
        "A comment holds a payload.",
        changed("2 0 obj", "%echo this would run\n2 0 obj"),
        plain(),
    );
    c.bad("pdf-prefix", "The version's line goes on.", changed("%PDF-1.5\n", "%PDF-1.5 echo\n"), plain());
    c.bad(
        "pdf-date",
        "The place of a date holds something in a date's letters that is none.",
        changed("D:20240101000000Z", "D:99999999999999Z"),
        plain(),
    );
    c.bad(
        "pdf-date-in-code",
        "What looks like a date is compared in a script.",
        changed("/Count 0", "/Count 0 /JS (if '/ModDate (D:20240102)' go)"),
        changed("/Count 0", "/Count 0 /JS (if '/ModDate (D:20240101)' go)"),
    );
    c.bad(
        "pdf-producer",
        "The producer's name holds a payload.",
        changed("pdfTeX-1.40", "pdfTeX; run"),
        plain(),
    );
}

/// A database of four pages of 512 bytes: the schema, the rows of a table, a page of the free list with nothing in it,
/// a page of rows that was freed.
fn database() -> Vec<u8> {
    let mut out = samples::sqlite(4);
    out[20] = 0; // bytes reserved at each page's end
    out[36..40].copy_from_slice(&2u32.to_be_bytes()); // free pages
    out[32..36].copy_from_slice(&3u32.to_be_bytes()); // the first page of the free list
    out[44..48].copy_from_slice(&4u32.to_be_bytes()); // schema format
    out[56..60].copy_from_slice(&1u32.to_be_bytes()); // UTF-8
    let sql = b"CREATE TABLE t(a)";
    let schema = [b"\x06\x17\x0f\x0f\x01\x2f".as_slice(), b"tablett\x02", sql].concat();
    leaf(&mut out, 0, 100, &schema);
    leaf(&mut out, 512, 0, b"\x02\x17first");
    // The trunk of the free list: no next one, one leaf, page 4.
    out[1024 + 4..1024 + 12].copy_from_slice(&[0, 0, 0, 1, 0, 0, 0, 4]);
    out
}

/// Writes a page of one row: a header behind `skipped` bytes, the place of the row, the row at the page's end.
fn leaf(out: &mut [u8], page: usize, skipped: usize, record: &[u8]) {
    let row = [&[record.len() as u8, 1], record].concat();
    let start = 512 - row.len();
    let [high, low] = (start as u16).to_be_bytes();
    out[page + skipped..page + skipped + 10].copy_from_slice(&[13, 0, 0, 0, 1, high, low, 0, high, low]);
    out[page + start..page + 512].copy_from_slice(&row);
}

fn databases(c: &mut Cases<'_>) {
    let plain = database;
    c.bad(
        "sqlite-free-page",
        "A page of the free list keeps rows that were deleted.",
        patched(plain(), 3 * 512 + 100, PAYLOAD),
        plain(),
    );
    c.bad(
        "sqlite-unallocated",
        "Bytes stand in a page between the places of its rows and the rows.",
        patched(plain(), 512 + 100, PAYLOAD),
        plain(),
    );
    c.bad("sqlite-row", "A row says something else.", replaced(&plain(), b"first", b"other"), plain());
    c.bad(
        "sqlite-reserved",
        "The header's reserved bytes hold a payload.",
        patched(plain(), 72, b"echo would run"),
        plain(),
    );
    c.bad("sqlite-trailing", "Bytes follow the last page.", [plain(), PAYLOAD.to_vec()].concat(), plain());
    c.bad(
        "sqlite-page-count",
        "The header counts fewer pages than there are.",
        patched(plain(), 28, &3u32.to_be_bytes()),
        plain(),
    );
    c.bad(
        "sqlite-free-list",
        "A page of rows is put on the free list, so that it counts as nothing.",
        patched(plain(), 1024 + 4, &[0, 0, 0, 2, 0, 0, 0, 4, 0, 0, 0, 2]),
        plain(),
    );
    c.bad(
        "sqlite-time",
        "A number in a row that looks like a time is another one.",
        {
            let mut out = plain();
            leaf(&mut out, 512, 0, b"\x02\x04\x65\x53\xf2\xa7");
            out
        },
        {
            let mut out = plain();
            leaf(&mut out, 512, 0, b"\x02\x04\x65\x53\xf1\x00");
            out
        },
    );
}
