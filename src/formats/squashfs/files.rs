//! What the files hold: their blocks, and the fragment blocks that the ends of several stand in.

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::collections::HashSet;
use std::ops::Range;

use rayon::prelude::*;

use super::NAME;
use super::Superblock;
use super::blocks::Method;
use super::blocks::Room;
use super::inodes::Body;
use super::inodes::File;
use super::inodes::Inode;
use super::inodes::Inodes;
use super::tables::Tables;
use super::tree::Tree;
use crate::formats::field;
use crate::formats::partition::Builder;
use crate::model::Content;
use crate::model::Packing;
use crate::model::Role;

/// An image as far as it was read.
pub struct Image<'i> {
    pub superblock: &'i Superblock,
    pub tables: &'i Tables,
    pub inodes: &'i Inodes,
    pub tree: &'i Tree,
    pub method: Method,
}

/// What was read of the files' content.
#[derive(Default)]
pub struct Data {
    /// Inodes whose whole content stands among the files.
    pub files: HashSet<usize>,
    /// Fragment blocks that were decoded.
    pub fragments: HashSet<u64>,
}

/// A block as a size field gives it: bytes in the image, and whether they stand as they are.
#[derive(Clone, Copy)]
struct Piece {
    at: u64,
    len: u64,
    stored: bool,
    /// Decoded bytes.
    holds: u64,
}

/// Blocks decoded together: what is held besides the content does not grow with the image.
const AT_ONCE: usize = 128;

/// Claims the blocks, adds the pack `files`, and the files that could not be decoded as opaque members.
pub fn read(builder: &mut Builder<'_>, image: &Image<'_>, room: &mut Room) -> Data {
    let bytes = builder.bytes();
    let mut data = Data::default();
    let mut blocks: Vec<(usize, Packing)> = Vec::new();
    let mut claimed: HashMap<(u64, u64), usize> = HashMap::new();
    let mut claim = |builder: &mut Builder<'_>, piece: &Piece, name: &dyn Fn() -> String| {
        *claimed
            .entry((piece.at, piece.len))
            .or_insert_with(|| builder.claim(piece.at, piece.len, Role::Member, name()))
    };
    // Fragment blocks: all of them, for what no file names in one must be seen too.
    let mut fragments: BTreeMap<u64, (Vec<u8>, Vec<Range<u64>>)> = BTreeMap::new();
    let mut pieces = Vec::new();
    for index in 0..image.superblock.fragments {
        let Some(piece) = fragment(image, index) else { break };
        let taken = claim(builder, &piece, &|| format!("fragment block {}", index + 1));
        if room.take(piece.holds) {
            pieces.push((index, piece, taken));
        }
    }
    for some in pieces.chunks(AT_ONCE) {
        let decoded: Vec<Option<Vec<u8>>> =
            some.par_iter().map(|(_, piece, _)| piece.decode(bytes, image.method)).collect();
        for ((index, piece, taken), content) in some.iter().zip(decoded) {
            let Some(content) = content else { continue };
            blocks.push((*taken, image.method.packing(piece.stored)));
            data.fragments.insert(*index);
            fragments.insert(*index, (content, Vec::new()));
        }
    }
    let mut content: Vec<u8> = Vec::new();
    let mut places: Vec<(usize, Range<u64>)> = Vec::new();
    let mut opaque: Vec<usize> = Vec::new();
    let mut used: HashSet<usize> = HashSet::new();
    for (entry, (path, index)) in image.tree.order.iter().enumerate() {
        let Some(inode) = image.inodes.all.get(*index).filter(|_| image.tree.is_first(entry)) else {
            continue;
        };
        let Body::File(file) = &inode.body else { continue };
        let start = content.len();
        let mut taken = Vec::new();
        let mut piece_claims = |builder: &mut Builder<'_>, nth: u64, piece: &Piece| {
            let name = || {
                let label = crate::model::path::escape(field::clamped(path, 0..200));
                format!("inode {} {label}: data block {}", inode.number, nth + 1)
            };
            taken.push((claim(builder, piece, &name), image.method.packing(piece.stored)));
        };
        let whole = blocks_of(builder, image, file, room, &mut content, &mut piece_claims)
            && end_of(image, file, room, &mut fragments, &mut content);
        if whole {
            blocks.extend(taken.into_iter().filter(|(claim, _)| used.insert(*claim)));
            data.files.insert(*index);
            places.push((entry, start as u64..content.len() as u64));
        } else {
            content.truncate(start);
            opaque.push(entry);
        }
    }
    for entry in &opaque {
        let Some((path, index)) = image.tree.order.get(*entry) else { continue };
        let Some(inode) = image.inodes.all.get(*index) else { continue };
        builder.member(path, None, Content::Opaque, attributes(image, inode));
    }
    if !opaque.is_empty() {
        builder.problem(format!(
            "{} files are damaged or too large together: they were not decoded",
            opaque.len()
        ));
    }
    let rest = unnamed(&fragments, &mut content);
    let mut inside = Builder::new(NAME, &content);
    for (entry, place) in places {
        let Some((path, index)) = image.tree.order.get(entry) else { continue };
        let Some(inode) = image.inodes.all.get(*index) else { continue };
        let label = inside.label(path);
        let claim = inside.claim(place.start, place.end - place.start, Role::Member, label);
        let kind = if place.is_empty() { Content::Empty } else { Content::Stored };
        inside.member(path, (!place.is_empty()).then_some(claim), kind, attributes(image, inode));
    }
    for (place, index) in rest {
        let name = format!("fragment block {}: bytes of no file", index + 1);
        inside.claim(place.start, place.end - place.start, Role::Gap, name);
    }
    let inside = inside.finish();
    builder.pack("files", blocks, content, inside);
    data
}

impl Piece {
    /// What it holds, exactly as much as it ought to.
    fn decode(&self, bytes: &[u8], method: Method) -> Option<Vec<u8>> {
        method.decode(field::slice(bytes, self.at, self.len)?, self.stored, self.holds)
    }
}

/// Where a fragment block stands. It holds up to a block, and how much it does it does not say.
fn fragment(image: &Image<'_>, index: u64) -> Option<Piece> {
    let table = &image.tables.fragments.as_ref()?.content;
    let (at, size) = (field::le64(table, index * 16)?, field::le32(table, index * 16 + 8)?);
    (size & 0xfe00_0000 == 0).then_some(())?;
    let len = u64::from(size & 0x00ff_ffff);
    Some(Piece { at, len, stored: size & 0x0100_0000 != 0, holds: image.superblock.block_size })
}

/// Appends what the blocks of a file hold; whether all of them could be decoded.
fn blocks_of(
    builder: &mut Builder<'_>,
    image: &Image<'_>,
    file: &File,
    room: &mut Room,
    content: &mut Vec<u8>,
    claim: &mut dyn FnMut(&mut Builder<'_>, u64, &Piece),
) -> bool {
    let bytes = builder.bytes();
    let block_size = image.superblock.block_size;
    let tail = match file.fragment {
        Some(_) => file.size % block_size,
        None => 0,
    };
    let mut left = file.size - tail;
    if left > room.bytes {
        return false;
    }
    let sizes = field::clamped(&image.tables.inodes.content, file.sizes.clone()).as_chunks::<4>().0;
    let mut at = file.start;
    let mut nth = 0;
    for some in sizes.chunks(AT_ONCE) {
        let mut pieces = Vec::new();
        for size in some {
            let size = u32::from_le_bytes(*size);
            let holds = left.min(block_size);
            left -= holds;
            if size & 0xfe00_0000 != 0 || !room.take(holds) {
                return false;
            }
            let len = u64::from(size & 0x00ff_ffff);
            let piece = Piece { at, len, stored: size & 0x0100_0000 != 0, holds };
            if len > 0 {
                claim(builder, nth, &piece);
            }
            let Some(next) = at.checked_add(len) else { return false };
            at = next;
            nth += 1;
            pieces.push(piece);
        }
        let decoded: Vec<Option<Vec<u8>>> = pieces
            .par_iter()
            .map(|piece| match piece.len {
                // A block of zeros takes no room.
                0 => usize::try_from(piece.holds).ok().map(|size| vec![0; size]),
                _ => piece.decode(bytes, image.method).filter(|content| content.len() as u64 == piece.holds),
            })
            .collect();
        for block in decoded {
            let Some(block) = block else { return false };
            content.extend(block);
        }
    }
    left == 0
}

/// Appends the end of a file that stands in a fragment block; whether it is there.
fn end_of(
    image: &Image<'_>,
    file: &File,
    room: &mut Room,
    fragments: &mut BTreeMap<u64, (Vec<u8>, Vec<Range<u64>>)>,
    content: &mut Vec<u8>,
) -> bool {
    let Some(index) = file.fragment else { return true };
    let len = file.size % image.superblock.block_size;
    let Some((block, named)) = fragments.get_mut(&u64::from(index)) else { return false };
    let start = u64::from(file.offset);
    let Some(end) = field::slice(block, start, len) else { return false };
    let Some(bytes) = room.bytes.checked_sub(len) else { return false };
    room.bytes = bytes;
    content.extend_from_slice(end);
    named.push(start..start + len);
    true
}

/// Appends what stands in fragment blocks and in no file; where it stands now, and the block.
fn unnamed(
    fragments: &BTreeMap<u64, (Vec<u8>, Vec<Range<u64>>)>,
    content: &mut Vec<u8>,
) -> Vec<(Range<u64>, u64)> {
    let mut rest = Vec::new();
    for (index, (block, named)) in fragments {
        let mut named = named.clone();
        named.sort_unstable_by_key(|range| range.start);
        let mut at = 0;
        for range in named.into_iter().chain(std::iter::once(block.len() as u64..block.len() as u64)) {
            if range.start > at {
                let from = content.len() as u64;
                content.extend_from_slice(field::clamped(block, at..range.start));
                rest.push((from..content.len() as u64, *index));
            }
            at = at.max(range.end);
        }
    }
    rest
}

/// Adds folders, links and devices, and further names of files.
pub fn others(builder: &mut Builder<'_>, image: &Image<'_>) {
    for (entry, (path, index)) in image.tree.order.iter().enumerate() {
        let Some(inode) = image.inodes.all.get(*index) else { continue };
        let is_file = matches!(inode.body, Body::File(_));
        if path.is_empty() || is_file && image.tree.is_first(entry) {
            continue;
        }
        let mut attributes = attributes(image, inode);
        if is_file {
            let first = crate::model::path::escape(image.tree.path(*index).unwrap_or_default());
            attributes.push(("hard-link", first));
        }
        builder.member(path, None, Content::Empty, attributes);
    }
}

/// What the image says of an inode.
fn attributes(image: &Image<'_>, inode: &Inode) -> Vec<(&'static str, String)> {
    let id = |index| image.tables.id(index).map_or_else(|| "unknown".to_owned(), |id| id.to_string());
    let mut attributes = vec![
        ("type", inode.kind_name().to_owned()),
        ("mode", format!("{:04o}", inode.mode & 0o7777)),
        ("uid", id(inode.owner.0)),
        ("gid", id(inode.owner.1)),
        ("mtime", inode.time.to_string()),
    ];
    match &inode.body {
        Body::Link(target) => {
            let target = field::clamped(&image.tables.inodes.content, target.clone());
            attributes.push(("link", crate::model::path::escape(target)));
        }
        Body::Device(number) => attributes.push(("device", number.to_string())),
        Body::Folder(_) | Body::File(_) | Body::Other => {}
    }
    attributes
}
