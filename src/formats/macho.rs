//! Mach-O: thin images by load commands, segments and sections; fat files as containers of thin ones.
//!
//! Layout: mach-o/loader.h, mach-o/fat.h, and xnu's osfmk/kern/cs_blobs.h for the code signature.

mod image;

use self::image::Image;
use super::field;
use super::partition::Builder;
use crate::model::Anatomy;
use crate::model::Content;
use crate::model::Role;

/// The registry name of a thin image.
pub const NAME: &str = "mach-o";

/// The registry name of a file of several images.
pub const FAT: &str = "mach-o-fat";

/// A thin image's magic, either width and byte order.
pub fn recognise(bytes: &[u8], _: &str) -> bool {
    Image::read(bytes).is_some()
}

/// The fat magic and a number of images that is none of a Java class file's version.
pub fn recognise_fat(bytes: &[u8], _: &str) -> bool {
    slices(bytes).is_some()
}

/// Regions: header, load commands (with UUID, tool versions and library times apart), sections, the tables of
/// `__LINKEDIT`, the code signature by its parts, slack. Facts: `machine`, `needed`, `soname`, `rpath`, `uuid`,
/// `import`, `export`.
pub fn open(bytes: &[u8], _: &str) -> Anatomy {
    let mut builder = Builder::new(NAME, bytes);
    if let Some(image) = Image::read(bytes) {
        image.claim(&mut builder);
    }
    builder.finish()
}

/// Regions: header, one entry and one member per image, alignment.
pub fn open_fat(bytes: &[u8], _: &str) -> Anatomy {
    let mut builder = Builder::new(FAT, bytes);
    let Some((entry_size, entries)) = slices(bytes) else {
        return builder.finish();
    };
    builder.claim(0, 8, Role::Header, "fat header");
    let mut at = 8 + entries.len() as u64 * entry_size;
    let mut ordered: Vec<(usize, Slice)> = entries.into_iter().enumerate().collect();
    for (index, slice) in &ordered {
        let label = format!("fat entry {}", slice.machine());
        builder.claim(8 + *index as u64 * entry_size, entry_size, Role::Header, label);
    }
    ordered.sort_by_key(|(_, slice)| slice.offset);
    for (_, slice) in ordered {
        let zero = field::is_zero(field::clamped(bytes, at..slice.offset));
        if slice.offset > at && zero && slice.align < 32 && slice.offset - at < 1 << slice.align {
            builder.padding(at, slice.offset - at, format!("alignment before {}", slice.machine()));
        }
        let name = slice.machine();
        let label = builder.label(name.as_bytes());
        let claim = builder.claim(slice.offset, slice.size, Role::Member, label);
        builder.member(name.as_bytes(), Some(claim), Content::Stored, Vec::new());
        at = slice.offset.saturating_add(slice.size);
    }
    let size = builder.size();
    if at < size {
        builder.problem(format!("{} bytes follow the last image", size - at));
        builder.claim(at, size - at, Role::Trailing, "trailing bytes");
    }
    builder.finish()
}

/// One image of a fat file.
struct Slice {
    kind: (u32, u32),
    offset: u64,
    size: u64,
    align: u32,
}

impl Slice {
    fn machine(&self) -> String {
        image::machine(self.kind.0, self.kind.1)
    }
}

/// The size of an entry, and the entries; fat files are big-endian.
fn slices(bytes: &[u8]) -> Option<(u64, Vec<Slice>)> {
    let be32 = |at| field::array(bytes, at).map(u32::from_be_bytes);
    let be64 = |at| field::array(bytes, at).map(u64::from_be_bytes);
    let wide = match be32(0)? {
        0xcafe_babe => false,
        0xcafe_babf => true,
        _ => return None,
    };
    // A Java class file has the same magic, then its version: 45 or more.
    let count = be32(4).filter(|count| (1..45).contains(count))?;
    let size = if wide { 32 } else { 20 };
    let mut slices = Vec::new();
    for index in 0..u64::from(count) {
        let at = 8 + index * size;
        let (offset, len, align) = match wide {
            true => (be64(at + 8)?, be64(at + 16)?, be32(at + 24)?),
            false => (u64::from(be32(at + 8)?), u64::from(be32(at + 12)?), be32(at + 16)?),
        };
        slices.push(Slice { kind: (be32(at)?, be32(at + 4)?), offset, size: len, align });
    }
    Some((size, slices))
}
