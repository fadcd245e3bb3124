//! gzip and its kin: every field is a region, and nothing after the end disappears.

use super::content;
use super::has_problem;
use super::open;
use super::open_clean;
use super::region;
use super::samples;
use pellucid::formats;
use pellucid::formats::decode;
use pellucid::model::Check;
use pellucid::model::Coding;
use pellucid::model::Content;
use pellucid::model::Limits;
use pellucid::model::Role;

#[test]
fn every_gzip_header_field_is_a_region() {
    let bytes = samples::gzip_full(b"some content");
    let anatomy = open_clean("gzip", "x.gz", &bytes);
    let names: Vec<&str> = anatomy.regions.iter().map(|region| region.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "magic",
            "flags",
            "mtime",
            "xfl",
            "os",
            "extra",
            "name",
            "comment",
            "header crc",
            "deflate data",
            "crc32",
            "isize"
        ]
    );
    assert_eq!(region(&anatomy, "extra").role, Role::Extra);
    assert_eq!(region(&anatomy, "mtime").role, Role::Timestamp);
    for derived in ["header crc", "crc32", "isize"] {
        assert_eq!(region(&anatomy, derived).role, Role::Derived);
        assert_eq!(region(&anatomy, derived).check, Check::Holds, "{derived}");
    }
    assert_eq!(content(&bytes, &anatomy, "").unwrap(), b"some content");
}

#[test]
fn a_wrong_gzip_checksum_is_seen() {
    let mut bytes = samples::gzip(b"some content");
    let at = bytes.len() - 8;
    bytes[at] ^= 1;
    assert!(matches!(region(&open("x.gz", &bytes), "crc32").check, Check::Fails(_)));
}

#[test]
fn a_second_gzip_member_is_a_member_of_its_own() {
    let mut bytes = samples::gzip(b"first");
    bytes.extend(samples::gzip(b"second"));
    let anatomy = open("x.gz", &bytes);
    assert_eq!(anatomy.members.len(), 2);
    assert_eq!(content(&bytes, &anatomy, "").unwrap(), b"first");
    assert_eq!(content(&bytes, &anatomy, "#2").unwrap(), b"second");
    assert!(has_problem(&anatomy, "2 gzip members"));
}

#[test]
fn bytes_after_gzip_are_trailing() {
    let mut bytes = samples::gzip(b"first");
    bytes.extend(b"payload");
    let anatomy = open("x.gz", &bytes);
    let trailing = region(&anatomy, "trailing bytes");
    assert_eq!((trailing.role, trailing.bytes(&bytes)), (Role::Trailing, &b"payload"[..]));
}

#[test]
fn a_gzip_bomb_is_not_examined_and_says_so() {
    let bytes = samples::gzip(&vec![0; 8 << 20]);
    let limits = Limits { ratio: 100, ..Limits::default() };
    let mut levels = 0;
    let missed = formats::walk("bomb.gz", &bytes, limits, &mut |_, _, _| levels += 1);
    assert_eq!(levels, 1);
    assert_eq!(missed.len(), 1);
    assert!(missed[0].reason.contains("ratio limit 100"), "{missed:?}");
}

#[test]
fn containers_nested_too_deep_are_not_examined_and_say_so() {
    let mut bytes = b"innermost".to_vec();
    for _ in 0..20 {
        bytes = samples::gzip(&bytes);
    }
    let limits = Limits { depth: 6, ..Limits::default() };
    let mut levels = 0;
    let missed = formats::walk("deep.gz", &bytes, limits, &mut |_, _, _| levels += 1);
    assert_eq!(levels, 7);
    assert_eq!(missed[0].reason, "depth limit 6 reached");
}

#[test]
fn decoding_refuses_what_follows_what_is_cut_and_what_is_too_large() {
    for (coding, encode) in samples::CODINGS {
        let plain: Vec<u8> = (0..200_000u32).flat_map(|n| (n / 7).to_le_bytes()).collect();
        let encoded = encode(&plain);
        assert_eq!(formats::decode(*coding, &encoded, 1 << 20).as_ref(), Ok(&plain), "{coding:?}");
        let exact = plain.len() as u64;
        assert!(formats::decode(*coding, &encoded, exact).is_ok(), "{coding:?}");
        let error = formats::decode(*coding, &encoded, exact - 1).unwrap_err();
        assert!(matches!(error, formats::DecodeError::TooLarge { .. }), "{coding:?}: {error}");
        assert!(formats::decode(*coding, &encoded[..encoded.len() - 6], 1 << 20).is_err(), "{coding:?} cut");
        let mut longer = encoded.clone();
        longer.extend(b"payload!");
        assert!(formats::decode(*coding, &longer, 1 << 20).is_err(), "{coding:?} with trailing bytes");
    }
}

#[test]
fn a_sole_content_is_decoded_by_its_coding() {
    let bytes = samples::gzip(b"x");
    let anatomy = open("x.gz", &bytes);
    assert_eq!(anatomy.members[0].content, Content::Coded(Coding::Deflate));
}

#[test]
fn every_stream_of_a_compressor_is_a_member_and_readers_join_them() {
    for (name, encode) in [
        ("x.gz", samples::gzip as fn(&[u8]) -> Vec<u8>),
        ("x.xz", samples::xz),
        ("x.zst", samples::zstd),
        ("x.bz2", samples::bzip2),
    ] {
        let bytes = [encode(b"first"), encode(b"second")].concat();
        let anatomy = open(name, &bytes);
        assert_eq!(content(&bytes, &anatomy, "").unwrap(), b"first", "{name}");
        assert_eq!(content(&bytes, &anatomy, "#2").unwrap(), b"second", "{name}");
        let budget = formats::Budget::new(Limits::default());
        let joined = formats::joined(&bytes, &anatomy, &budget).unwrap().unwrap();
        assert_eq!(&*joined, b"firstsecond", "{name}");
    }
}

#[test]
fn a_tar_split_over_two_streams_is_still_walked() {
    let tar = samples::tar(&[("one", &[b'x'; 600]), ("two", b"second")]);
    let bytes = [samples::gzip(&tar[..700]), samples::gzip(&tar[700..])].concat();
    let mut paths = Vec::new();
    formats::walk("x.tar.gz", &bytes, Limits::default(), &mut |path, _, _| paths.push(path.join("/")));
    assert_eq!(paths, ["x.tar.gz", "x.tar.gz", "x.tar.gz/one", "x.tar.gz/two"]);
}

#[test]
fn what_follows_a_compressor_is_trailing_and_its_content_is_still_examined() {
    for (name, encode) in [
        ("x.gz", samples::gzip as fn(&[u8]) -> Vec<u8>),
        ("x.xz", samples::xz),
        ("x.zst", samples::zstd),
        ("x.bz2", samples::bzip2),
    ] {
        let bytes = [encode(b"content"), b"payload!".to_vec()].concat();
        let anatomy = open(name, &bytes);
        let trailing = region(&anatomy, "trailing bytes");
        assert_eq!((trailing.role, trailing.bytes(&bytes)), (Role::Trailing, &b"payload!"[..]), "{name}");
        assert_eq!(content(&bytes, &anatomy, "").unwrap(), b"content", "{name}");
    }
}

#[test]
fn xz_stream_padding_is_a_region_and_must_be_zero() {
    let bytes = [samples::xz(b"one"), vec![0; 8], samples::xz(b"two"), vec![0; 4]].concat();
    let anatomy = open_clean("xz", "x.xz", &bytes);
    assert_eq!(region(&anatomy, "stream padding").role, Role::Padding);
    let bytes = [samples::xz(b"one"), b"\0\0\0\x01\0\0\0\0".to_vec(), samples::xz(b"two")].concat();
    let anatomy = open("x.xz", &bytes);
    assert!(anatomy.regions.iter().any(|region| region.role == Role::Trailing), "{anatomy:#?}");
}

#[test]
fn an_xz_index_that_does_not_match_its_blocks_is_not_taken_for_content() {
    let mut bytes = samples::xz(b"some content that is long enough");
    let footer = bytes.len() - 12;
    let index =
        footer - (u32::from_le_bytes(bytes[footer + 4..footer + 8].try_into().unwrap()) as usize + 1) * 4;
    bytes[index + 3] ^= 1;
    let crc = crc32fast::hash(&bytes[index..footer - 4]);
    bytes[footer - 4..footer].copy_from_slice(&crc.to_le_bytes());
    let anatomy = open("x.xz", &bytes);
    assert!(content(&bytes, &anatomy, "").is_err());
}

#[test]
fn a_skippable_zstd_frame_is_an_extra_region() {
    let bytes = [samples::zstd(b"one"), samples::skippable(b"payload")].concat();
    let anatomy = open_clean("zstd", "x.zst", &bytes);
    let extra = region(&anatomy, "skippable frame");
    assert_eq!((extra.role, extra.bytes(&bytes)), (Role::Extra, &b"payload"[..]));
}

#[test]
fn a_cut_stream_is_a_problem_and_its_content_is_not_examined() {
    let plain: Vec<u8> = (0..4000u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
    for (name, encode) in [
        ("x.gz", samples::gzip as fn(&[u8]) -> Vec<u8>),
        ("x.xz", samples::xz),
        ("x.zst", samples::zstd),
        ("x.bz2", samples::bzip2),
    ] {
        let mut bytes = encode(&plain);
        bytes.truncate(bytes.len() / 2);
        let anatomy = open(name, &bytes);
        assert!(content(&bytes, &anatomy, "").is_err(), "{name}");
        assert!(has_problem(&anatomy, "not examined"), "{name}: {:?}", anatomy.problems);
    }
}

/// Found by fuzzing: zeros behind a stream of a coding that is never joined were taken for another stream of it, which
/// for LZMA they are.
#[test]
fn what_follows_a_stream_is_not_part_of_it_whatever_it_is() {
    type Encoder = fn(&[u8]) -> Vec<u8>;
    let coders: [(Coding, Encoder); 7] = [
        (Coding::Deflate, samples::deflate),
        (Coding::Zlib, samples::zlib),
        (Coding::LzmaAlone, samples::lzma),
        (Coding::Bzip2, samples::bzip2),
        (Coding::Xz, samples::xz),
        (Coding::Zstd, samples::zstd),
        (Coding::Lz4, samples::lz4),
    ];
    for (coding, encode) in coders {
        let stream = encode(b"content");
        for tail in [vec![0; 64], vec![0; 200], vec![0xff; 64], b"x".to_vec()] {
            let followed = [stream.clone(), tail].concat();
            let (content, end) = decode::decode_prefix(coding, &followed, 1 << 20).unwrap();
            assert_eq!((content.as_slice(), end), (&b"content"[..], stream.len() as u64), "{coding:?}");
            assert!(decode::decode(coding, &followed, 1 << 20).is_err(), "{coding:?}");
        }
    }
}
