//! Binary property lists: header, objects, table of offsets, trailer; every object a region under its path.
//!
//! Format: CFBinaryPList.c of Apple's CoreFoundation. An object that several refer to has the first path that leads to it.

use std::collections::BTreeSet;

use super::field;
use super::partition::Builder;
use super::partition::holds;
use super::values;
use super::values::Path;
use crate::model::Anatomy;
use crate::model::Role;

/// The registry name.
pub const NAME: &str = "plist";

/// The magic of version 0.
pub fn recognise(bytes: &[u8], _: &str) -> bool {
    bytes.starts_with(b"bplist00") && bytes.len() > 40
}

/// Regions: `magic`, an object each under its path (`key /a`, `/a/b[3]`), `offsets`, `trailer`. Objects that nothing refers
/// to are gaps.
pub fn open(bytes: &[u8], _: &str) -> Anatomy {
    let mut builder = Builder::new(NAME, bytes);
    builder.claim(0, 8, Role::Header, "magic");
    if read(&mut builder).is_none() {
        builder.problem("the property list is damaged, or has more objects than are told apart");
    }
    builder.finish()
}

fn read(builder: &mut Builder<'_>) -> Option<()> {
    let bytes = builder.bytes();
    let trailer = builder.size().checked_sub(32)?;
    let unused =
        holds(field::is_zero(field::slice(bytes, trailer, 5)?), || "its unused bytes are used".to_owned());
    builder.claim_checked(trailer, 5, Role::Padding, "trailer: unused", unused);
    builder.claim(trailer + 5, 27, Role::Header, "trailer");
    let list = List {
        bytes,
        offset_size: u64::from(field::byte(bytes, trailer + 6)?),
        reference_size: u64::from(field::byte(bytes, trailer + 7)?),
        count: big(bytes, trailer + 8, 8)?,
        offsets: big(bytes, trailer + 24, 8)?,
    };
    let top = big(bytes, trailer + 16, 8)?;
    let sizes = (1..=8).contains(&list.offset_size) && (1..=8).contains(&list.reference_size);
    let table = list.count.checked_mul(list.offset_size)?;
    (sizes && list.offsets.checked_add(table)? <= trailer).then_some(())?;
    builder.claim(list.offsets, table, Role::Header, "offsets");
    let mut seen = BTreeSet::new();
    // Object, its path, and whether it is a key.
    let mut stack = vec![(top, Path::default(), false)];
    while let Some((index, path, is_key)) = stack.pop() {
        if !seen.insert(index) {
            continue;
        }
        (seen.len() <= values::MOST).then_some(())?;
        let object = list.object(index)?;
        let name = if is_key { format!("key {}", path.text()) } else { path.text() };
        let role = if object.references.is_empty() { Role::Code } else { Role::Header };
        builder.claim(object.start, object.len, role, name);
        let down = |step: &dyn Fn(&mut Path)| {
            let mut path = path.clone();
            step(&mut path);
            path
        };
        match object.keys {
            0 => {
                for (at, reference) in object.references.iter().enumerate().rev() {
                    stack.push((*reference, down(&|path| path.index(at)), false));
                }
            }
            keys => {
                let (keys, values) = object.references.split_at_checked(keys)?;
                for (key, value) in keys.iter().zip(values).rev() {
                    let text = list.object(*key)?.content;
                    stack.push((*value, down(&|path| path.key(text)), false));
                    stack.push((*key, down(&|path| path.key(text)), true));
                }
            }
        }
        (stack.len() <= 4 * values::MOST).then_some(())?;
    }
    Some(())
}

struct List<'a> {
    bytes: &'a [u8],
    offset_size: u64,
    reference_size: u64,
    count: u64,
    offsets: u64,
}

struct Object<'a> {
    start: u64,
    len: u64,
    content: &'a [u8],
    references: Vec<u64>,
    /// How many of the references are keys.
    keys: usize,
}

impl<'a> List<'a> {
    fn object(&self, index: u64) -> Option<Object<'a>> {
        (index < self.count).then_some(())?;
        let start = big(
            self.bytes,
            self.offsets.checked_add(index.checked_mul(self.offset_size)?)?,
            self.offset_size,
        )?;
        let marker = field::byte(self.bytes, start)?;
        let (kind, low) = (marker >> 4, u64::from(marker & 15));
        // A count of fifteen stands in an integer of its own behind the marker.
        let (count, head) = match (kind, low) {
            (4..=6 | 10..=13, 15) => {
                let size = 1u64 << (field::byte(self.bytes, start + 1)? & 3);
                (big(self.bytes, start + 2, size)?, 2 + size)
            }
            _ => (low, 1),
        };
        let each = match kind {
            10..=12 => self.reference_size,
            13 => self.reference_size * 2,
            6 => 2,
            _ => 1,
        };
        let body = match kind {
            0 => 0,
            1 | 2 => 1u64.checked_shl(u32::try_from(low).ok()?)?,
            3 => 8,
            8 => low + 1,
            4..=6 | 10..=13 => count.checked_mul(each)?,
            _ => return None,
        };
        let content = field::slice(self.bytes, start + head, body)?;
        let references = match kind {
            10..=13 => {
                let size = usize::try_from(self.reference_size).ok()?;
                content
                    .chunks_exact(size)
                    .map(|one| one.iter().fold(0, |all, byte| all << 8 | u64::from(*byte)))
                    .collect()
            }
            _ => Vec::new(),
        };
        let keys = if kind == 13 { usize::try_from(count).ok()? } else { 0 };
        Some(Object { start, len: head + body, content, references, keys })
    }
}

/// A big-endian number of up to eight bytes.
fn big(bytes: &[u8], at: u64, size: u64) -> Option<u64> {
    let bytes = field::slice(bytes, at, size.min(8))?;
    Some(bytes.iter().fold(0, |all, byte| all << 8 | u64::from(*byte)))
}
