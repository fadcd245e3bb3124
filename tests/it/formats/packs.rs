//! What stands packed together: folders of 7z archives and cabinets, the blocks of squashfs images.

use std::collections::BTreeMap;
use std::process::Command;

use super::content;
use super::has_problem;
use super::open;
use super::open_clean;
use super::region;
use super::samples;
use super::samples::Squashfs;
use pellucid::formats;
use pellucid::model::Anatomy;
use pellucid::model::Check;
use pellucid::model::Limits;
use pellucid::model::Pack;
use pellucid::model::Role;

fn pack<'a>(anatomy: &'a Anatomy, name: &str) -> &'a Pack {
    let found = anatomy.packs.iter().find(|pack| pack.name == name);
    found.unwrap_or_else(|| panic!("no pack {name:?}: {:?}", anatomy.problems))
}

fn attributes(anatomy: &Anatomy) -> BTreeMap<String, BTreeMap<&'static str, String>> {
    let packed = anatomy.packs.iter().flat_map(|pack| &pack.inside.members);
    let members = anatomy.members.iter().chain(packed);
    members.map(|member| (member.name.clone(), member.attributes.iter().cloned().collect())).collect()
}

#[test]
fn a_squashfs_image_is_described_table_by_table() {
    let bytes = samples::squashfs();
    let anatomy = open_clean("squashfs", "x.squashfs", &bytes);
    let long: Vec<u8> = (0..3000u32).flat_map(|n| (n * n % 7919).to_le_bytes()).collect();
    assert_eq!(content(&bytes, &anatomy, "long.bin").unwrap(), long);
    assert_eq!(content(&bytes, &anatomy, "sub/zeros").unwrap()[8192..], *b"behind zeros");
    assert_eq!(content(&bytes, &anatomy, "sub/text").unwrap(), b"in a folder\n");
    let told = attributes(&anatomy);
    assert_eq!(told["sub/link"]["link"], "../long.bin");
    assert_eq!(told["sub"]["type"], "directory");
    assert_eq!((&*told["empty"]["mode"], &*told["empty"]["mtime"]), ("0644", "1700000000"));
    let inodes = &pack(&anatomy, "inode table").inside;
    for (name, role) in [
        ("member long.bin: mode", Role::Mode),
        ("member long.bin: mtime", Role::Timestamp),
        ("member long.bin: block sizes", Role::Derived),
        ("member sub/link: link", Role::Name),
    ] {
        assert_eq!(region(inodes, name).role, role, "{name}");
    }
    assert_eq!(region(inodes, "member long.bin: place and size").check, Check::Holds);
    assert_eq!(region(&anatomy, "superblock: root inode").check, Check::Holds);
    let mut walked = Vec::new();
    let missed =
        formats::walk("x.squashfs", &bytes, Limits::default(), &mut |path, _, _| walked.push(path.join("/")));
    assert!(walked.contains(&"x.squashfs/sub/text".to_owned()) && missed.is_empty(), "{walked:?} {missed:?}");
}

#[test]
fn a_squashfs_image_that_lies_is_no_worse_than_one_that_is_closed() {
    let plain = Squashfs::of(&[("a", &[7; 9000]), ("b", b"text")]);
    // Bytes of no file, in the open and in a fragment block.
    let anatomy = open("x", &plain.clone().with(|image| image.gap = b"between".to_vec()).bytes());
    assert_eq!(anatomy.regions.iter().filter(|region| region.role == Role::Gap).count(), 1);
    let anatomy = open("x", &plain.clone().with(|image| image.unnamed = b"hidden".to_vec()).bytes());
    let files = pack(&anatomy, "files");
    let hidden = files.inside.regions.iter().find(|region| region.role == Role::Gap).unwrap();
    assert_eq!(hidden.bytes(&files.content), b"hidden");
    // A file whose blocks are elsewhere is not read, and says so.
    let anatomy = open("x", &plain.clone().with(|image| image.shift = 3).bytes());
    assert!(has_problem(&anatomy, "1 files are damaged"), "{:?}", anatomy.problems);
    // A folder that lists itself: its reference is the root's.
    let (mut bytes, places) = Squashfs::of(&[("sub/x", b"1")]).with(|image| image.level = 0).written();
    let table = places.inodes + 2;
    let listing = places.directories + 2;
    let root = u16::from_le_bytes(bytes[32..34].try_into().unwrap());
    let size =
        usize::from(u16::from_le_bytes(bytes[table + usize::from(root) + 24..][..2].try_into().unwrap()));
    let at = listing
        + usize::from(u16::from_le_bytes(bytes[table + usize::from(root) + 26..][..2].try_into().unwrap()));
    assert_eq!(size, 12 + 8 + 3 + 3);
    bytes[at + 12..at + 14].copy_from_slice(&root.to_le_bytes());
    let number = bytes[table + usize::from(root) + 12..][..4].to_vec();
    bytes[at + 8..at + 12].copy_from_slice(&number);
    bytes[at + 14..at + 16].copy_from_slice(&[0, 0]);
    let anatomy = open("x", &bytes);
    assert!(has_problem(&anatomy, "a loop"), "{:?}", anatomy.problems);
    // Every byte of an image with plain tables turned to what lies most.
    let (bytes, places) = plain.with(|image| image.level = 0).written();
    for at in (0..96).chain(places.inodes..bytes.len().min(places.inodes + 400)) {
        for value in [0, 1, 0x7f, 0x80, 0xff] {
            let mut lying = bytes.clone();
            lying[at] = value;
            open("x", &lying);
        }
    }
}

#[test]
fn a_squashfs_image_of_bombs_and_of_a_million_inodes_is_bounded() {
    // Files that share the blocks of one are not so many copies: what does not fit is not decoded.
    let zeros = vec![0u8; 40 << 20];
    let names: Vec<String> = (0..12).map(|n| format!("{n:02}")).collect();
    let files: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &zeros[..])).collect();
    let bytes = Squashfs::of(&files).with(|image| image.block = 1 << 20).bytes();
    assert!(bytes.len() < 1 << 20, "{}", bytes.len());
    let anatomy = open("x", &bytes);
    let kept: usize = anatomy.packs.iter().map(|pack| pack.content.len()).sum();
    assert!(kept <= 256 << 20 && has_problem(&anatomy, "too large together"), "{kept}");
    // A million pipes without a name.
    let mut table = Vec::new();
    for number in 0..1_000_000u32 {
        table.extend([6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        table.extend(number.to_le_bytes());
        table.extend([1, 0, 0, 0]);
    }
    let (mut bytes, places) = Squashfs::of(&[("a", b"b")]).written();
    let mut tables = Vec::new();
    for block in table.chunks(8192) {
        tables.extend((block.len() as u16 | 0x8000).to_le_bytes());
        tables.extend(block);
    }
    let more = tables.len() as u64;
    bytes.splice(places.inodes..places.inodes, tables);
    for at in [40, 48, 72, 80] {
        let place = u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap()) + more;
        bytes[at..at + 8].copy_from_slice(&place.to_le_bytes());
    }
    let anatomy = open("x", &bytes);
    assert!(anatomy.regions.len() < 10_000, "{}", anatomy.regions.len());
}

#[test]
fn real_images_of_every_compressor_are_read_to_the_last_byte() {
    let found = Command::new("mksquashfs").arg("-version").output();
    if found.is_err() {
        eprintln!("SKIPPED: no mksquashfs (package squashfs-tools): real images were not read");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let tree = folder.path().join("tree");
    let long: Vec<u8> = (0..400_000u32).flat_map(|n| (n / 7).to_le_bytes()).collect();
    std::fs::create_dir_all(tree.join("sub/deep")).unwrap();
    std::fs::create_dir_all(tree.join("none")).unwrap();
    std::fs::write(tree.join("long.bin"), &long).unwrap();
    std::fs::write(tree.join("same.bin"), &long).unwrap();
    std::fs::write(tree.join("sub/deep/text"), b"deep\n").unwrap();
    std::fs::write(tree.join("sub/empty"), b"").unwrap();
    std::fs::hard_link(tree.join("long.bin"), tree.join("sub/again.bin")).unwrap();
    std::os::unix::fs::symlink("../long.bin", tree.join("sub/link")).unwrap();
    for n in 0..700 {
        std::fs::write(tree.join(format!("sub/deep/{n:04}")), format!("file {n}\n")).unwrap();
    }
    for compressor in ["gzip", "lzma", "xz", "lz4", "zstd", "lzo"] {
        let image = folder.path().join(compressor);
        let made = Command::new("mksquashfs")
            .args([&tree, &image])
            .args(["-comp", compressor, "-quiet", "-no-progress", "-all-root", "-noappend"])
            .output()
            .unwrap();
        if !made.status.success() {
            eprintln!("SKIPPED: this mksquashfs does not know {compressor}");
            continue;
        }
        let bytes = std::fs::read(&image).unwrap();
        if compressor == "lzo" {
            assert!(has_problem(&open("x", &bytes), "LZO, which is not decoded"));
            continue;
        }
        let anatomy = open_clean("squashfs", compressor, &bytes);
        for name in ["long.bin", "same.bin"] {
            assert_eq!(content(&bytes, &anatomy, name).unwrap(), long, "{compressor} {name}");
        }
        assert_eq!(content(&bytes, &anatomy, "sub/deep/0399").unwrap(), b"file 399\n");
        let told = attributes(&anatomy);
        assert_eq!(told["sub/link"]["link"], "../long.bin");
        assert_eq!(told["sub/again.bin"]["hard-link"], "long.bin");
        assert_eq!(told.len(), 700 + 9, "{compressor}");
    }
}
