//! Inputs made to cost: each comes out unexplained, in bounded time, and says what was not examined.

use std::collections::BTreeSet;
use std::io::Write;
use std::time::Duration;
use std::time::Instant;

use pellucid::compare::Context;
use pellucid::compare::compare;
use pellucid::formats;
use pellucid::model::Label;
use pellucid::model::Limits;
use pellucid::model::Rung;
use pellucid::model::account::Comparison;
use rayon::prelude::*;

use super::make;
use super::rung;
use crate::formats::samples;

/// What tells an end from no end: far beyond what any of them takes on the busiest machine. How long they do take is
/// the fuzz targets' business.
const LONG: Duration = Duration::from_secs(900);

#[track_caller]
fn bounded(name: &str, shipped: &[u8], rebuilt: &[u8], limits: Limits) -> Comparison {
    let start = Instant::now();
    let context = Context { limits, ..Context::default() };
    let found = compare(name, shipped, rebuilt, &context);
    assert!(start.elapsed() < LONG, "{name} took {:?}", start.elapsed());
    assert_eq!(rung(shipped, rebuilt, &found), Rung::Unexplained);
    assert!(found.differences.len() <= 500);
    found
}

#[track_caller]
fn says(found: &Comparison, what: &str) {
    let records = &found.not_examined;
    assert!(records.iter().any(|record| record.reason.contains(what)), "{what}: {records:#?}");
}

/// Gzip without compression: each level adds two dozen bytes. Written by hand: an encoder is megabytes that are set up
/// anew for each of twenty thousand levels.
fn gzip_stored(content: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(content.len() + content.len() / 8192 + 64);
    out.extend(b"\x1f\x8b\x08\0\0\0\0\0\0\xff");
    let mut blocks = content.chunks(0xffff).peekable();
    while let Some(block) = blocks.next() {
        let len = block.len() as u16;
        out.push(u8::from(blocks.peek().is_none()));
        out.extend(len.to_le_bytes());
        out.extend((!len).to_le_bytes());
        out.extend(block);
    }
    out.extend(crc32fast::hash(content).to_le_bytes());
    out.extend((content.len() as u32).to_le_bytes());
    out
}

#[test]
fn ten_thousand_containers_in_each_other_reach_the_depth_limit() {
    let nested = |content: &[u8]| (0..10_000).fold(content.to_vec(), |inner, _| gzip_stored(&inner));
    let found = bounded("x.gz", &nested(b"one"), &nested(b"two"), Limits::default());
    says(&found, "depth limit 16 reached");
    let tar = |content: &[u8]| {
        (0..2_000).fold(content.to_vec(), |inner, _| {
            make::zip(&[make::entry("a", &inner).with(|e| e.method = 0)]).bytes()
        })
    };
    says(&bounded("x.zip", &tar(b"one"), &tar(b"two"), Limits::default()), "depth limit 16 reached");
}

#[test]
fn a_hundred_thousand_members_are_compared_and_one_that_differs_is_found() {
    members(100_000);
}

#[test]
#[ignore = "takes a minute unoptimised; by hand: cargo test --release --test it a_million -- --ignored"]
fn a_million_members_are_compared_and_one_that_differs_is_found() {
    members(1_000_000);
}

fn members(count: u32) {
    let archive = |odd: u8| {
        let mut out = b"!<arch>\n".to_vec();
        for n in 0..count {
            let byte = if n == 70_000 { odd } else { b'x' };
            writeln!(out, "{:<16}{:<12}{:<6}{:<6}{:<8}{:<10}`", format!("{n}/"), 0, 0, 0, 100_644, 2)
                .unwrap();
            out.extend([byte, b'\n']);
        }
        out
    };
    let found = bounded("x.a", &archive(b'y'), &archive(b'x'), Limits::default());
    assert_eq!(found.differences.len(), 1, "{found:#?}");
    assert_eq!(found.differences[0].path, ["x.a", "70000"]);
    assert_eq!(found.account.bytes(Label::Unexplained), 1);
    let few = Limits { members: 1000, ..Limits::default() };
    let all =
        |byte: u8| make::tar(&(0..3000).map(|n| make::file(&format!("{n}"), &[byte])).collect::<Vec<_>>());
    says(&bounded("x.tar", &all(b'a'), &all(b'b'), few), "member limit 1000 reached");
}

/// One entry as `cpio -H newc` writes it.
fn cpio_entry(name: &str, mode: u32, content: &[u8]) -> Vec<u8> {
    let mut out = b"070701".to_vec();
    let size = content.len() as u32;
    for field in [1, mode, 0, 0, 1, 0, size, 0, 0, 0, 0, name.len() as u32 + 1, 0] {
        write!(out, "{field:08x}").unwrap();
    }
    out.extend(name.bytes().chain([0]));
    out.resize(out.len().next_multiple_of(4), 0);
    out.extend(content);
    out.resize(out.len().next_multiple_of(4), 0);
    out
}

#[test]
fn containers_of_more_members_than_are_described_at_once_are_accounted_for_all_the_same() {
    let names: Vec<String> = (0..20_000).map(|n| format!("d/{n}")).collect();
    // What differs in the shipped one: a content, a mode, a member of its own, one that is missing.
    type Make<'a> = &'a dyn Fn(&str, &[u8], bool) -> Vec<u8>;
    let mutated = |n: usize, name: &str, make: Make<'_>| -> Vec<u8> {
        match n {
            700 => make(name, b"y", false),
            9_000 => make(name, b"x", true),
            17_000 => Vec::new(),
            19_000 => [make(name, b"x", false), make("d/more", b"x", false)].concat(),
            _ => make(name, b"x", false),
        }
    };
    let cpio = |changed: bool| -> Vec<u8> {
        let one = |name: &str, content: &[u8], executable: bool| {
            let mode = if executable { 0o100_755 } else { 0o100_644 };
            cpio_entry(name, mode, content)
        };
        let entries = names.iter().enumerate().flat_map(|(n, name)| match changed {
            true => mutated(n, name, &one),
            false => one(name, b"x", false),
        });
        entries.chain(cpio_entry("TRAILER!!!", 0, b"")).collect()
    };
    let tar = |changed: bool| -> Vec<u8> {
        let one = |name: &str, content: &[u8], executable: bool| {
            let mode = if executable { *b"0000755\0" } else { *b"0000644\0" };
            let mut entry = make::tar(&[make::file(name, content).with(|e| e.mode = mode)]);
            entry.truncate(1024);
            entry
        };
        let entries = names.iter().enumerate().flat_map(|(n, name)| match changed {
            true => mutated(n, name, &one),
            false => one(name, b"x", false),
        });
        entries.chain([0; 1024]).collect()
    };
    let zip = |changed: bool| -> Vec<u8> {
        let mut entries = Vec::new();
        for (n, name) in names.iter().enumerate() {
            let content: &[u8] = if changed && n == 700 { b"y" } else { b"x" };
            let mode = if changed && n == 9_000 { 0o100_755 } else { 0o100_644 };
            if !(changed && n == 17_000) {
                entries.push(make::entry(name, content).with(|e| e.external = mode << 16));
            }
            if changed && n == 19_000 {
                entries.push(make::entry("d/more", b"x"));
            }
        }
        make::zip(&entries).bytes()
    };
    for (name, shipped, rebuilt) in [
        ("x.cpio", cpio(true), cpio(false)),
        ("x.tar", tar(true), tar(false)),
        ("x.zip", zip(true), zip(false)),
    ] {
        let found = bounded(name, &shipped, &rebuilt, Limits::default());
        let worst = |path: &str| {
            let at = found.differences.iter().filter(|d| d.path.iter().any(|part| part.contains(path)));
            at.map(|difference| difference.label).max()
        };
        for path in ["d/700", "d/9000", "d/more", "d/17000"] {
            assert_eq!(worst(path), Some(Label::Unexplained), "{name} {path}: {found:#?}");
        }
        assert!(found.absent > 0, "{name}");
        assert!(found.account.bytes(Label::Unexplained) < 3000, "{name}: {:?}", found.account);
        assert!(found.differences_cut < 20_000 * 3, "{name}");
    }
}

#[test]
fn entries_that_share_one_bomb_are_not_decoded_once_each() {
    let bomb = |last: u8| {
        let mut content = vec![0u8; 4 << 20];
        *content.last_mut().unwrap() = last;
        make::zip(&[make::entry("a", &content)]).bytes()
    };
    // Ten thousand entries of the directory lead to the one local header.
    let overlapping = |last: u8| {
        let plain = bomb(last);
        let end = plain.len() - 22;
        let directory = u32::from_le_bytes(plain[end + 16..end + 20].try_into().unwrap()) as usize;
        let entry = &plain[directory..end];
        let mut out = plain[..directory].to_vec();
        (0..10_000).for_each(|_| out.extend_from_slice(entry));
        let size = (out.len() - directory) as u32;
        out.extend_from_slice(&make::end_record(10_000, size, directory as u32, b""));
        out
    };
    bounded("x.zip", &overlapping(1), &overlapping(2), Limits::default());
}

#[test]
fn bombs_in_every_coding_stop_at_a_limit_that_is_named() {
    let small = Limits { total_size: 4 << 20, ..Limits::default() };
    let content = |last: u8| {
        let mut content = vec![0u8; 12 << 20];
        *content.last_mut().unwrap() = last;
        content
    };
    type Encoder = fn(&[u8]) -> Vec<u8>;
    let coders: [(&str, Encoder); 5] = [
        ("x.gz", |content| make::gzip(content).bytes()),
        ("x.xz", samples::xz),
        ("x.bz2", samples::bzip2),
        ("x.zst", samples::zstd),
        ("x.lzma", samples::lzma),
    ];
    for (name, encode) in coders {
        let found = bounded(name, &encode(&content(1)), &encode(&content(2)), small);
        // What opening itself may not decode is opaque from then on.
        let reason = &found.not_examined[0].reason;
        assert!(reason.contains("limit") || reason.contains("does not decode"), "{name}: {reason}");
    }
}

#[test]
fn streams_without_content_by_the_thousand_are_refused() {
    // Each makes a decoder clear megabytes: fourteen thousand of them took ten seconds.
    let empty = samples::bzip2(b"");
    let many = |last: &[u8]| [empty.repeat(20_000), samples::bzip2(last)].concat();
    let found = bounded("x.bz2", &many(b"one"), &many(b"two"), Limits::default());
    says(&found, "does not decode");
    let start = Instant::now();
    let error = formats::decode(pellucid::model::Coding::Bzip2, &many(b"one"), 1 << 20).unwrap_err();
    assert!(error.to_string().contains("more streams than its size warrants"), "{error}");
    assert!(start.elapsed() < LONG, "{:?}", start.elapsed());
}

#[test]
fn chains_that_run_in_a_circle_end() {
    let plain = samples::msi();
    let mut circle = plain.clone();
    // The allocation table is the first sector; every entry leads to the one before, the first to the last.
    for id in 0..128u32 {
        let at = 512 + id as usize * 4;
        circle[at..at + 4].copy_from_slice(&(id.checked_sub(1).unwrap_or(13)).to_le_bytes());
    }
    bounded("x.msi", &circle, &plain, Limits::default());
    bounded("x.msi", &plain, &circle, Limits::default());
    let mut iso = samples::iso();
    let plain = iso.clone();
    // The root's record, in the descriptor and in itself, is made as long as the image.
    let size = (iso.len() as u32).to_le_bytes();
    iso[32768 + 156 + 10..32768 + 156 + 14].copy_from_slice(&size);
    bounded("x.iso", &iso, &plain, Limits::default());
}

#[test]
fn sizes_that_lie_in_every_sample_cost_nothing() {
    for (name, sample) in samples::all().into_iter().filter(|(_, sample)| sample.len() > 8) {
        let step = (sample.len() / 24).max(1);
        for at in (0..sample.len() - 4).step_by(step) {
            let mut lying = sample.clone();
            lying[at..at + 4].copy_from_slice(&[0xff, 0xff, 0xff, 0x7f]);
            let start = Instant::now();
            let found = compare(name, &lying, &sample, &Context::default());
            assert!(start.elapsed() < LONG, "{name} at {at} took {:?}", start.elapsed());
            assert_eq!(found.account.size(), sample.len() as u64);
            assert_eq!(lying == sample, rung(&lying, &sample, &found) == Rung::BitExact, "{name} at {at}");
        }
        formats::walk(name, &sample, Limits::default(), &mut |_, _, _| ());
    }
}

/// A field that follows from others cannot hold anything else: of every byte of what stands packed, one bit turned is
/// unexplained, but where it makes another time.
#[test]
fn one_bit_turned_anywhere_in_packed_files_is_seen() {
    let image =
        samples::Squashfs::of(&[("a.js", b"allow=none"), ("d/b.js", &[7; 4096]), ("d/c.js", &[9; 5000])]);
    let mut unseen = Vec::new();
    let archive: [(&str, &[u8]); 2] = [("a.js", b"allow=none"), ("b.js", b"allow=all!")];
    for (name, plain) in [
        ("x.squashfs", image.clone().with(|image| image.level = 0).bytes()),
        ("x.squashfs", image.bytes()),
        ("x.7z", samples::sevenz_of(&archive, samples::Packed::Lzma2)),
        ("x.7z", samples::sevenz_of(&archive, samples::Packed::BranchesAndLzma)),
        ("x.cab", samples::cab()),
    ] {
        for at in 0..plain.len() {
            // The filler of an image is the same all through.
            if at > 200
                && at % 64 > 0
                && plain.len() - at > 64
                && plain[at..at + 64].iter().all(|byte| *byte == plain[at])
            {
                continue;
            }
            for bit in [0, 3, 7] {
                let mut turned = plain.clone();
                turned[at] ^= 1 << bit;
                let found = compare(name, &turned, &plain, &Context::default());
                if rung(&turned, &plain, &found) != Rung::Unexplained {
                    let causes: Vec<_> = found.differences.iter().map(|d| d.cause.as_deref()).collect();
                    // What a bit turned in a deflated run of one byte decodes to can be the same run.
                    let is_deflated = name == "x.squashfs" && plain[96] == 0x78;
                    let encoded_anew = is_deflated && causes == [Some("compression")];
                    if !causes.contains(&Some("timestamp")) && !encoded_anew {
                        let paths: Vec<_> = found.differences.iter().map(|d| (&d.path, d.label)).collect();
                        unseen.push(format!("{name}: byte {at}, bit {bit}: {paths:?}"));
                    }
                }
            }
        }
    }
    assert!(unseen.is_empty(), "{} of them:\n{}", unseen.len(), unseen.join("\n"));
}

/// One bit turned at every place of a sample of every format: unexplained, but where it makes another time, mode, version
/// or encoding, or a checksum that is written in another way.
#[test]
fn one_bit_turned_anywhere_in_any_format_is_unexplained_or_a_known_fact() {
    let known = BTreeSet::from([
        "archive-metadata",
        "build-id",
        "compression",
        "file-system-metadata",
        "timestamp",
        "toolchain-version",
        "umask",
    ]);
    let mut wrong = Vec::new();
    for (name, plain) in &samples::all() {
        let step = plain.len().div_ceil(3000).max(1);
        let found: Vec<String> = (0..plain.len())
            .into_par_iter()
            .step_by(step)
            .filter_map(|at| {
                let mut turned = plain.clone();
                let bit = (at / 3) % 8;
                turned[at] ^= 1 << bit;
                let found = compare(name, &turned, plain, &Context::default());
                let of_known_fact = found.differences.iter().all(|difference| match &difference.cause {
                    Some(cause) => known.contains(cause.as_str()),
                    None => {
                        name.ends_with(".tar")
                            && difference.path.iter().any(|part| part.ends_with(": checksum"))
                    }
                });
                let seen = rung(&turned, plain, &found) == Rung::Unexplained || of_known_fact;
                (!seen).then(|| format!("{name}: byte {at}, bit {bit}: {:?}", found.differences))
            })
            .collect();
        wrong.extend(found);
    }
    assert!(wrong.is_empty(), "{} of them:\n{}", wrong.len(), wrong.join("\n"));
}

/// What a local header and a data descriptor of a zip say is for streaming readers: right only if the directory says it.
#[test]
fn what_only_streaming_readers_of_a_zip_see_cannot_change() {
    let plain = samples::full_zip();
    let named = |needle: &[u8]| plain.windows(needle.len()).position(|window| window == needle).unwrap();
    let (local, end) = (named(b"PK\x03\x04"), named(b"PK\x05\x06"));
    let descriptor = named(b"PK\x07\x08");
    let fields =
        [local + 14, local + 18, local + 22, descriptor + 4, descriptor + 8, descriptor + 12, end + 8];
    for at in fields {
        let mut turned = plain.clone();
        turned[at] ^= 4;
        for (shipped, rebuilt) in [(&turned, &plain), (&plain, &turned)] {
            let found = compare("a.zip", shipped, rebuilt, &Context::default());
            assert_eq!(rung(shipped, rebuilt, &found), Rung::Unexplained, "byte {at}: {found:#?}");
        }
    }
}
