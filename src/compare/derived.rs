//! Header fields that follow from where things stand and how long they are.
//!
//! A format checks what it can see alone. Whether a size or an offset field differs *because* a member's
//! length differs is a matter of the comparison: here the field is computed again from the anatomy, on both
//! sides, and is derived only where it holds on both.

use std::collections::HashMap;

use crate::model::Anatomy;
use crate::model::Region;
use crate::model::Role;

/// Whether a derived field is written as its format writes it. A value can be right and have more behind it:
/// a reader stops at the end of the number, and the bytes after it are free.
pub fn is_plainly_written(format: &str, region: &Region, bytes: &[u8]) -> bool {
    let is_checksum = region.role == Role::Derived && region.name.ends_with(": checksum");
    format != "tar" || !is_checksum || bytes.iter().all(|byte| matches!(byte, b'0'..=b'7' | b' ' | 0))
}

/// One side: its bytes, its anatomy, and where its regions stand by name.
pub struct Layout<'a> {
    bytes: &'a [u8],
    anatomy: &'a Anatomy,
    by_name: HashMap<&'a str, usize>,
}

impl<'a> Layout<'a> {
    /// The layout of one side.
    pub fn new(bytes: &'a [u8], anatomy: &'a Anatomy) -> Layout<'a> {
        let named = anatomy.regions.iter().enumerate();
        let by_name = named.map(|(index, region)| (region.name.as_str(), index)).collect();
        Layout { bytes, anatomy, by_name }
    }

    /// Whether `region` is a size or an offset that equals what the anatomy shows; the sentence says of what.
    pub fn follows(&self, region: &Region) -> Option<&'static str> {
        let (owner, field) = region.name.rsplit_once(": ")?;
        let bytes = region.bytes(self.bytes);
        match (self.anatomy.format, field) {
            ("tar", "size") => {
                let text = std::str::from_utf8(bytes).ok()?.trim_matches([' ', '\0']);
                let given = u64::from_str_radix(text, 8).ok()?;
                let content = self.find(owner).filter(|content| content.role == Role::Member);
                (content.map_or(0, Region::len) == given).then_some("the size of the member's content")
            }
            ("ar" | "deb", "size") => {
                let given: u64 = std::str::from_utf8(bytes).ok()?.trim().parse().ok()?;
                let content = self.find(owner).filter(|content| content.role == Role::Member);
                (content.map_or(0, Region::len) == given).then_some("the size of the member's content")
            }
            ("zip", "local header offset") => {
                let given = u64::from(u32::from_le_bytes(bytes.try_into().ok()?));
                let member = owner.strip_suffix(": central").unwrap_or(owner);
                let local = self.find(&format!("{member}: local: signature"))?;
                (local.range.start == given).then_some("the place of the member's local header")
            }
            _ => None,
        }
    }

    fn find(&self, name: &str) -> Option<&'a Region> {
        self.by_name.get(name).and_then(|index| self.anatomy.regions.get(*index))
    }
}
