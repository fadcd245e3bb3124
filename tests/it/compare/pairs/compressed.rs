//! gzip, xz, zstd and bzip2: headers nobody reads, second streams, room at the end.

use super::Case;
use super::Cases;
use super::Expect;
use super::PAYLOAD;
use crate::compare::make::Gzip;
use crate::compare::make::deflate;
use crate::compare::make::gzip;
use crate::compare::make::xz;

fn text() -> Vec<u8> {
    (0..600u32).flat_map(|n| format!("entry {}: {}\n", n, n * 2_654_435 % 977).into_bytes()).collect()
}

pub fn cases(out: &mut Vec<Case>) {
    gzips(&mut Cases { name: "data.bin.gz", out });
    xzs(&mut Cases { name: "data.bin.xz", out });
    zstds(&mut Cases { name: "data.bin.zst", out });
    sevenzips(&mut Cases { name: "data.7z", out });
    images(&mut Cases { name: "data.dmg", out });
    bzips(&mut Cases { name: "data.bin.bz2", out });
    let packed = crate::formats::samples::lzma(&text());
    Cases { name: "data.bin.lzma", out }.bad(
        "lzma-zeros",
        "Zeros follow an LZMA stream, which by themselves are a stream of nothing.",
        [packed.clone(), vec![0; 82]].concat(),
        packed,
    );
}

fn gzips(c: &mut Cases<'_>) {
    let base = || gzip(&text());
    let plain = || base().bytes();
    let changed = |change: &dyn Fn(&mut Gzip)| base().with(|g| change(g)).bytes();
    c.bad(
        "gzip-second-member",
        "A second member adds content.",
        [plain(), gzip(PAYLOAD).bytes()].concat(),
        plain(),
    );
    c.bad(
        "gzip-empty-second-member",
        "A second member without content follows.",
        [plain(), gzip(b"").bytes()].concat(),
        plain(),
    );
    c.bad(
        "gzip-extra",
        "A payload stands in the extra field.",
        changed(&|g| g.extra = Some(PAYLOAD.to_vec())),
        plain(),
    );
    c.bad(
        "gzip-extra-changed",
        "The extra field differs.",
        changed(&|g| g.extra = Some(b"AP\x02\0ab".to_vec())),
        changed(&|g| g.extra = Some(b"AP\x02\0cd".to_vec())),
    );
    c.bad(
        "gzip-comment",
        "A payload stands in the comment.",
        changed(&|g| g.comment = Some(PAYLOAD.to_vec())),
        plain(),
    );
    c.bad(
        "gzip-name",
        "A name is stored where there was none.",
        changed(&|g| g.name = Some(b"../../etc/passwd".to_vec())),
        plain(),
    );
    c.bad(
        "gzip-name-changed",
        "The stored name differs.",
        changed(&|g| g.name = Some(b"a.bin".to_vec())),
        changed(&|g| g.name = Some(b"b.bin".to_vec())),
    );
    c.bad("gzip-trailing", "Bytes follow the last member.", [plain(), PAYLOAD.to_vec()].concat(), plain());
    c.bad("gzip-reserved-flag", "A reserved flag is set.", changed(&|g| g.reserved = 0x80), plain());
    c.bad("gzip-text-flag", "The text flag is set.", changed(&|g| g.reserved = 1), plain());
    c.bad("gzip-crc", "The checksum is wrong.", changed(&|g| g.crc = Some(1)), plain());
    c.bad("gzip-size", "The size is wrong.", changed(&|g| g.size = Some(1)), plain());
    c.bad("gzip-content", "The content differs in one bit.", changed(&|g| g.data[100] ^= 1), plain());
    c.bad("gzip-truncated", "The end is missing.", plain()[..plain().len() - 8].to_vec(), plain());
    c.bad(
        "gzip-after-deflate",
        "Bytes stand between the deflate stream and its checksum.",
        changed(&|g| g.packed = Some([deflate(&text(), 9), PAYLOAD.to_vec()].concat())),
        plain(),
    );
    c.bad(
        "gzip-xfl-payload",
        "The effort byte is none of the format's.",
        changed(&|g| g.xfl = 0x41),
        plain(),
    );
    c.bad(
        "gzip-deflate-empty-blocks",
        "Empty blocks whose fill bits carry data stand in the deflate stream.",
        changed(&|g| {
            g.packed = Some([empty_blocks(PAYLOAD), deflate(&text(), 9)].concat());
        }),
        plain(),
    );
    c.add(
        "gzip-mtime",
        "The header carries another time.",
        Expect::Explained(&["timestamp"]),
        changed(&|g| g.mtime = 1_700_000_000),
        plain(),
    );
    c.add(
        "gzip-os",
        "It was packed on another system.",
        Expect::Explained(&["archive-metadata"]),
        changed(&|g| g.os = 0x13),
        plain(),
    );
    c.add(
        "gzip-level",
        "It was packed at another level.",
        Expect::Explained(&["compression"]),
        changed(&|g| g.level = 6),
        plain(),
    );
}

/// Stored blocks of length 0, five bits of `payload` in the fill bits of each: a decoder skips them all.
fn empty_blocks(payload: &[u8]) -> Vec<u8> {
    let bits = payload.iter().flat_map(|byte| (0..8).map(move |bit| byte >> bit & 1)).collect::<Vec<u8>>();
    let mut out = Vec::new();
    for five in bits.chunks(5) {
        let fill = five.iter().enumerate().fold(0u8, |sum, (at, bit)| sum | bit << (3 + at));
        out.extend([fill, 0, 0, 0xff, 0xff]);
    }
    out
}

fn xzs(c: &mut Cases<'_>) {
    let plain = || xz(&text());
    c.bad("xz-second-stream", "A second stream adds content.", [plain(), xz(PAYLOAD)].concat(), plain());
    c.bad(
        "xz-empty-second-stream",
        "A second stream without content follows.",
        [plain(), xz(b"")].concat(),
        plain(),
    );
    c.bad(
        "xz-short-chunks",
        "The content is cut into chunks of a few bytes, whose number and bounds say something.",
        {
            use std::io::Write;
            let mut encoder = liblzma::write::XzEncoder::new(Vec::new(), 6);
            for piece in text().chunks(100) {
                encoder.write_all(piece).unwrap();
                encoder.flush().unwrap();
            }
            encoder.finish().unwrap()
        },
        plain(),
    );
    c.bad("xz-trailing", "Bytes follow the stream.", [plain(), PAYLOAD.to_vec()].concat(), plain());
    c.bad(
        "xz-content",
        "The content differs in one bit.",
        {
            let mut t = text();
            t[100] ^= 1;
            xz(&t)
        },
        plain(),
    );
    c.bad(
        "xz-index",
        "The index does not fit the blocks.",
        {
            let mut x = plain();
            let at = x.len() - 20;
            x[at] ^= 1;
            x
        },
        plain(),
    );
    c.bad("xz-truncated", "The footer is missing.", plain()[..plain().len() - 12].to_vec(), plain());
    c.bad(
        "xz-odd-padding",
        "The padding after the stream is no multiple of four.",
        [plain(), vec![0; 3]].concat(),
        plain(),
    );
    c.add(
        "xz-level",
        "It was packed at another level.",
        Expect::Explained(&["compression"]),
        liblzma::encode_all(&text()[..], 0).unwrap(),
        plain(),
    );
}

fn zstds(c: &mut Cases<'_>) {
    let pack = |data: &[u8], level| zstd::bulk::compress(data, level).unwrap();
    let plain = || pack(&text(), 3);
    let skippable = |payload: &[u8]| {
        let mut frame = 0x184d_2a50u32.to_le_bytes().to_vec();
        frame.extend((payload.len() as u32).to_le_bytes());
        frame.extend(payload);
        frame
    };
    c.bad(
        "zstd-skippable-after",
        "A skippable frame with a payload follows.",
        [plain(), skippable(PAYLOAD)].concat(),
        plain(),
    );
    c.bad(
        "zstd-skippable-before",
        "A skippable frame with a payload stands first.",
        [skippable(PAYLOAD), plain()].concat(),
        plain(),
    );
    c.bad("zstd-second-frame", "A second frame adds content.", [plain(), pack(PAYLOAD, 3)].concat(), plain());
    c.bad(
        "zstd-empty-frame",
        "A second frame without content follows.",
        [plain(), pack(b"", 3)].concat(),
        plain(),
    );
    c.bad(
        "zstd-empty-blocks",
        "Blocks that repeat a byte no times carry a payload, a byte each.",
        {
            let mut frame = plain();
            // Behind the magic, the descriptor and the content's size of two bytes: the first block.
            let blocks = PAYLOAD.iter().flat_map(|byte| [0x02, 0, 0, *byte]);
            frame.splice(7..7, blocks);
            assert_eq!(zstd::decode_all(&frame[..]).unwrap(), text());
            frame
        },
        plain(),
    );
    c.bad("zstd-trailing", "Bytes follow the frame.", [plain(), PAYLOAD.to_vec()].concat(), plain());
    c.bad(
        "zstd-content",
        "The content differs in one bit.",
        {
            let mut t = text();
            t[100] ^= 1;
            pack(&t, 3)
        },
        plain(),
    );
    c.add(
        "zstd-level",
        "It was packed at another level.",
        Expect::Explained(&["compression"]),
        pack(&text(), 19),
        plain(),
    );
}

fn images(c: &mut Cases<'_>) {
    use crate::formats::samples::dmg_of;
    let content = text();
    let plain = || dmg_of(b"a partition map", &content, 9);
    let changed = {
        let mut changed = content.clone();
        changed[100] ^= 1;
        changed
    };
    c.bad(
        "dmg-content",
        "A packed chunk decodes to another content.",
        dmg_of(b"a partition map", &changed, 9),
        plain(),
    );
    c.bad(
        "dmg-stored",
        "A chunk that is not packed differs.",
        dmg_of(b"b partition map", &content, 9),
        plain(),
    );
    c.bad(
        "dmg-before-the-list",
        "Bytes stand between the chunks and the property list, with a checksum to match.",
        {
            let mut out = plain();
            let trailer = out.len() - 512;
            let number = |out: &[u8], at: usize| u64::from_be_bytes(out[at..at + 8].try_into().unwrap());
            let end = number(&out, trailer + 216);
            let more = PAYLOAD.len() as u64;
            out.splice(end as usize..end as usize, PAYLOAD.iter().copied());
            let trailer = out.len() - 512;
            let sum = crc32fast::hash(&out[..(end + more) as usize]);
            out[trailer + 32..trailer + 40].copy_from_slice(&(end + more).to_be_bytes());
            out[trailer + 88..trailer + 92].copy_from_slice(&sum.to_be_bytes());
            out[trailer + 216..trailer + 224].copy_from_slice(&(end + more).to_be_bytes());
            out
        },
        plain(),
    );
    c.bad(
        "dmg-in-the-trailer",
        "Bytes stand behind the checksum in the trailer.",
        {
            let mut out = plain();
            let at = out.len() - 512 + 100;
            out[at..at + PAYLOAD.len()].copy_from_slice(PAYLOAD);
            out
        },
        plain(),
    );
    c.bad(
        "dmg-sectors",
        "A chunk stands at another sector of the disk.",
        {
            let out = plain();
            let list = String::from_utf8_lossy(&out).into_owned();
            let at =
                list.find("AAAAA").map(|_| out.windows(40).position(|w| w == [b'A'; 40]).unwrap()).unwrap();
            let mut out = out;
            out[at + 10] = b'B';
            out
        },
        plain(),
    );
}

fn sevenzips(c: &mut Cases<'_>) {
    use crate::formats::samples::Packed;
    use crate::formats::samples::sevenz_of;
    let content = text();
    let of =
        |name: &str, content: &[u8], packed| sevenz_of(&[("readme", b"read me"), (name, content)], packed);
    let plain = || of("data.bin", &content, Packed::Lzma2);
    let changed = {
        let mut changed = content.clone();
        changed[100] ^= 1;
        changed
    };
    c.bad("7z-content", "A file differs in one bit.", of("data.bin", &changed, Packed::Lzma2), plain());
    c.bad(
        "7z-content-behind-a-filter",
        "A file differs in one bit, behind a branch filter and with a packed header.",
        of("data.bin", &changed, Packed::BranchesAndLzma),
        of("data.bin", &content, Packed::BranchesAndLzma),
    );
    c.bad("7z-name", "A file has another name.", of("data.exe", &content, Packed::Lzma2), plain());
    c.bad(
        "7z-method",
        "The same files, packed by another method: its streams can hold more than they decode to.",
        of("data.bin", &content, Packed::BranchesAndLzma),
        plain(),
    );
    c.bad("7z-trailing", "Bytes follow the archive.", [plain(), PAYLOAD.to_vec()].concat(), plain());
    c.bad(
        "7z-between",
        "Bytes stand between the packed streams and the header.",
        {
            let mut out = plain();
            let offset = u64::from_le_bytes(out[12..20].try_into().unwrap());
            let at = 32 + offset as usize;
            out.splice(at..at, PAYLOAD.iter().copied());
            out[12..20].copy_from_slice(&(offset + PAYLOAD.len() as u64).to_le_bytes());
            let sum = crc32fast::hash(&out[12..32]);
            out[8..12].copy_from_slice(&sum.to_le_bytes());
            out
        },
        plain(),
    );
}

fn bzips(c: &mut Cases<'_>) {
    use std::io::Write;
    let pack = |data: &[u8], level| {
        let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::new(level));
        encoder.write_all(data).unwrap();
        encoder.finish().unwrap()
    };
    let plain = || pack(&text(), 9);
    c.bad(
        "bzip2-second-stream",
        "A second stream adds content.",
        [plain(), pack(PAYLOAD, 9)].concat(),
        plain(),
    );
    c.bad(
        "bzip2-empty-stream",
        "A second stream without content follows.",
        [plain(), pack(b"", 9)].concat(),
        plain(),
    );
    c.bad("bzip2-trailing", "Bytes follow the stream.", [plain(), PAYLOAD.to_vec()].concat(), plain());
    c.bad(
        "bzip2-content",
        "The content differs in one bit.",
        {
            let mut t = text();
            t[100] ^= 1;
            pack(&t, 9)
        },
        plain(),
    );
    c.bad(
        "bzip2-fill-bits",
        "The bits between the end of the stream and the next byte are set.",
        {
            // A content whose stream does not end at a byte: the fill is the low bits of the last one.
            let mut packed = plain();
            *packed.last_mut().unwrap() |= 1;
            assert_ne!(packed, plain(), "the stream has bits to fill");
            packed
        },
        plain(),
    );
    c.add(
        "bzip2-level",
        "It was packed at another level.",
        Expect::Explained(&["compression"]),
        pack(&text(), 1),
        plain(),
    );
}
