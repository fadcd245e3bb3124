//! What must hold for every format and any bytes: the partition, no panic, the same answer twice.

use proptest::collection::vec;
use proptest::prelude::*;

use super::open;
use super::samples;
use pellucid::formats;
use pellucid::formats::stretch::Cursor;
use pellucid::model::Limits;

/// One way to damage a file.
#[derive(Clone, Debug)]
enum Damage {
    Truncate(prop::sample::Index),
    Flip(prop::sample::Index, u8),
    Fill(prop::sample::Index, u8, u8),
    Insert(prop::sample::Index, Vec<u8>),
    Remove(prop::sample::Index, u8),
    Splice(prop::sample::Index, prop::sample::Index, prop::sample::Index),
    Append(Vec<u8>),
}

fn damage() -> impl Strategy<Value = Damage> {
    let index = any::<prop::sample::Index>;
    prop_oneof![
        index().prop_map(Damage::Truncate),
        (index(), 0..8u8).prop_map(|(at, bit)| Damage::Flip(at, bit)),
        (index(), any::<u8>(), 1..12u8).prop_map(|(at, byte, len)| Damage::Fill(at, byte, len)),
        (index(), vec(any::<u8>(), 1..40)).prop_map(|(at, bytes)| Damage::Insert(at, bytes)),
        (index(), 1..64u8).prop_map(|(at, len)| Damage::Remove(at, len)),
        (index(), index(), index()).prop_map(|(which, from, at)| Damage::Splice(which, from, at)),
        vec(any::<u8>(), 1..40).prop_map(Damage::Append),
    ]
}

/// Opens a damaged sample and everything in it, and checks what must hold.
fn check_damaged(which: &prop::sample::Index, damages: &[Damage]) {
    let samples = samples::all();
    let (name, sample) = &samples[which.index(samples.len())];
    let mut bytes = sample.clone();
    for damage in damages {
        apply(&mut bytes, damage, &samples);
    }
    open(name, &bytes);
    in_stretches(formats::recognise(name, &bytes), &bytes);
    assert_eq!(walk(name, &bytes), walk(name, &bytes), "the same answer twice");
}

fn apply(bytes: &mut Vec<u8>, damage: &Damage, samples: &[samples::Sample]) {
    if bytes.is_empty() {
        return;
    }
    match damage {
        Damage::Truncate(at) => bytes.truncate(at.index(bytes.len())),
        Damage::Flip(at, bit) => {
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
        }
        Damage::Fill(at, byte, len) => {
            let at = at.index(bytes.len());
            let end = (at + usize::from(*len)).min(bytes.len());
            bytes[at..end].fill(*byte);
        }
        Damage::Insert(at, more) => {
            let at = at.index(bytes.len());
            bytes.splice(at..at, more.iter().copied());
        }
        Damage::Remove(at, len) => {
            let at = at.index(bytes.len());
            let end = (at + usize::from(*len)).min(bytes.len());
            bytes.drain(at..end);
        }
        Damage::Splice(which, from, at) => {
            let other = &samples[which.index(samples.len())].1;
            if !other.is_empty() {
                let tail = &other[from.index(other.len())..];
                bytes.truncate(at.index(bytes.len()));
                bytes.extend_from_slice(tail);
            }
        }
        Damage::Append(more) => bytes.extend_from_slice(more),
    }
}

/// Reads a container entry by entry: each is described alone as a partition of the bytes it was walked over with, and
/// together they leave no byte out. Whether it could be read so.
fn in_stretches(format: &'static str, bytes: &[u8]) -> bool {
    let Some(mut cursor) = Cursor::new(format, bytes) else { return false };
    let mut ends = cursor.whole().map(|part| part.start);
    loop {
        let before = cursor.clone();
        let entry = match cursor.advance() {
            Ok(Some(entry)) => entry,
            Ok(None) => break,
            Err(_) => return false,
        };
        let anatomy = before.describe(1).unwrap();
        let mut regions = anatomy.regions.iter();
        for (part, end) in entry.parts.iter().zip(&mut ends) {
            assert!(part.is_empty() || part.start == *end, "{format}: {part:?} where {end} is next");
            *end = part.end.max(*end);
            let mut at = part.start;
            while at < part.end {
                let region = regions.next().expect("a region for every byte");
                assert_eq!(region.range.start, at, "{format}");
                assert!(region.range.end > at && region.range.end <= part.end, "{format}: {region:?}");
                at = region.range.end;
            }
        }
        assert!(regions.next().is_none());
    }
    assert_eq!(ends, cursor.whole().map(|part| part.end), "{format}");
    true
}

#[test]
fn a_container_read_in_stretches_is_the_one_that_is_opened_whole() {
    let mut seen = std::collections::BTreeSet::new();
    for (name, sample) in samples::all() {
        let format = formats::recognise(name, &sample);
        assert_eq!(format, formats::open(name, &sample).format, "{name}");
        if !in_stretches(format, &sample) {
            continue;
        }
        let whole = formats::open(name, &sample);
        let stretch = Cursor::new(format, &sample).unwrap().describe(usize::MAX).unwrap();
        assert_eq!(stretch.regions, whole.regions, "{name}");
        assert_eq!(format!("{:?}", stretch.members), format!("{:?}", whole.members), "{name}");
        seen.insert(format);
    }
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), ["ar", "cpio", "deb", "tar", "zip", "zip-behind-stub"]);
}

/// Small limits, so that a damaged size field cannot make the test slow.
fn limits() -> Limits {
    Limits { depth: 4, member_size: 1 << 20, total_size: 4 << 20, ratio: 200, members: 1000 }
}

/// Opens every level; each level's partition must hold.
fn walk(name: &str, bytes: &[u8]) -> (Vec<String>, usize) {
    let mut seen = Vec::new();
    let missed = formats::walk(name, bytes, limits(), &mut |path, bytes, anatomy| {
        assert_eq!(anatomy.check(), Ok(()), "{path:?} as {}", anatomy.format);
        assert_eq!(anatomy.size, bytes.len() as u64);
        seen.push(format!("{} {} {}", path.join(" › "), anatomy.format, anatomy.regions.len()));
    });
    (seen, missed.len())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_partition_holds_on_arbitrary_bytes(bytes in vec(any::<u8>(), 0..2000)) {
        open("x", &bytes);
    }

    #[test]
    fn the_partition_holds_behind_every_magic(
        which in any::<prop::sample::Index>(),
        keep in 4..64usize,
        bytes in vec(any::<u8>(), 0..600),
    ) {
        let samples = samples::all();
        let (name, sample) = &samples[which.index(samples.len())];
        let mut start = sample[..keep.min(sample.len())].to_vec();
        start.extend(bytes);
        open(name, &start);
    }

    #[test]
    fn the_partition_holds_on_damaged_files(
        which in any::<prop::sample::Index>(),
        damages in vec(damage(), 1..5),
    ) {
        check_damaged(&which, &damages);
    }
}

/// The same with a thousand times the cases; by hand: `cargo test --release --test it many_more -- --ignored`.
#[test]
#[ignore = "takes minutes; run by hand after changing a format"]
fn the_partition_holds_on_many_more_damaged_files() {
    let config = ProptestConfig { cases: 150_000, failure_persistence: None, ..ProptestConfig::default() };
    let mut runner = proptest::test_runner::TestRunner::new(config);
    let inputs = (any::<prop::sample::Index>(), vec(damage(), 1..6));
    runner
        .run(&inputs, |(which, damages)| {
            check_damaged(&which, &damages);
            Ok(())
        })
        .unwrap();
}

/// Writes the seeds of the fuzz targets; by hand: `cargo test --test it write_the_fuzz -- --ignored`.
#[test]
#[ignore = "writes fuzz/corpus; run by hand before fuzzing"]
fn write_the_fuzz_corpus() {
    let corpus = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    let write = |target: &str, name: &str, bytes: &[u8]| {
        std::fs::create_dir_all(corpus.join(target)).unwrap();
        std::fs::write(corpus.join(target).join(name), bytes).unwrap();
    };
    for (name, bytes) in samples::all() {
        write("open", name, &bytes);
        if ["tar", "zip", "gzip", "xz", "bzip2", "zstd"].contains(&samples::format_of(name)) {
            write("unpack", name, &bytes);
        }
        // Its own first bytes written over it, in three places: a pair that corresponds.
        let cut = bytes.len().min(64) as u16;
        for kind in [1u8, 2, 0x83] {
            let pair = [&cut.to_le_bytes()[..], &[kind], &bytes[..usize::from(cut)], &bytes].concat();
            write("compare", &format!("{name}-{kind}"), &pair);
        }
    }
    for case in crate::compare::pairs::all() {
        write("open", case.id, &case.shipped);
        if case.shipped.len() < 60_000 {
            let cut = (case.shipped.len() as u16).to_le_bytes();
            write("compare", case.id, &[&cut[..], &[0], &case.shipped, &case.rebuilt].concat());
        }
        if ["x.tar", "x.zip"].contains(&case.name) {
            write("unpack", case.id, &case.shipped);
        }
    }
    let names = |names: &[&str]| names.join("\n").into_bytes();
    let text =
        |from: u32| (from..from + 300).flat_map(|n| format!("{} ", n * n).into_bytes()).collect::<Vec<u8>>();
    let contents = [text(1), text(5), text(9000), b"short".to_vec()].join(&0u8);
    for (name, theirs, ours) in [
        ("moved", names(&["a", "b", "c", "d"]), names(&["d", "a", "c", "b"])),
        ("repeats", names(&["x", "x", "y", "x"]), names(&["x", "y", "y", "x", "x", "x"])),
        ("alone", names(&["a", "b"]), names(&["c", "d", "e"])),
    ] {
        write("pairing", name, &[theirs, ours, contents.clone()].join(&255u8));
    }
    let content: Vec<u8> = (0..4000u32).flat_map(|n| (n * n % 977).to_string().into_bytes()).collect();
    type Encoder = fn(&[u8]) -> Vec<u8>;
    let coders: [(u8, &str, Encoder); 7] = [
        (0, "deflate", samples::deflate),
        (1, "zlib", samples::zlib),
        (2, "bzip2", samples::bzip2),
        (3, "xz", samples::xz),
        (4, "lzma", samples::lzma),
        (5, "zstd", samples::zstd),
        (6, "lz4", samples::lz4),
    ];
    for (which, name, encode) in coders {
        write("decode", name, &[&[which][..], &encode(&content)].concat());
    }
}

/// Found by fuzzing: a note section at the last number there is, to which the next place was added.
#[test]
fn extreme_numbers_at_every_place_of_every_sample_leave_a_partition() {
    for (name, sample) in samples::all() {
        let step = (sample.len() / 500).max(1);
        let near = (sample.len() as u64).to_le_bytes();
        for at in (0..sample.len().saturating_sub(8)).step_by(step) {
            for value in [
                [0xff; 8],
                [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f],
                [0xf4, 255, 255, 255, 255, 255, 255, 255],
                near,
            ] {
                let mut lying = sample.clone();
                lying[at..at + 8].copy_from_slice(&value);
                open(name, &lying);
                lying[at..at + 8].copy_from_slice(&sample[at..at + 8]);
                lying[at..at + 4].copy_from_slice(&value[..4]);
                open(name, &lying);
            }
        }
    }
}

#[test]
fn every_prefix_of_every_sample_has_a_partition() {
    for (name, sample) in samples::all() {
        let step = (sample.len() / 400).max(1);
        for end in (0..sample.len()).step_by(step) {
            open(name, &sample[..end]);
        }
    }
}

#[test]
fn every_sample_is_what_its_name_says() {
    for (name, sample) in samples::all() {
        let anatomy = open(name, &sample);
        let expected = samples::format_of(name);
        assert_eq!(anatomy.format, expected, "{name}");
    }
}

#[test]
fn formats_have_unique_kebab_case_names_and_a_sample_each() {
    let mut names: Vec<&str> = formats::FORMATS.iter().map(|format| format.name).collect();
    let sampled: Vec<&str> = samples::all().iter().map(|(name, _)| samples::format_of(name)).collect();
    for name in &names {
        assert!(name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'), "{name}");
        assert!(sampled.contains(name), "{name} has no sample");
    }
    assert_eq!(names.last(), Some(&"raw"));
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), formats::FORMATS.len());
}
