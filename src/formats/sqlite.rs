//! SQLite databases: the header's fields, pages by kind, pages no table uses.
//!
//! A page on the free list keeps what it held: it is a gap, where deleted rows and payloads stay. Format:
//! sqlite.org/fileformat2.html.

use super::field;
use super::partition::Builder;
use super::partition::DETAILED_ENTRIES;
use crate::model::Anatomy;
use crate::model::Role;

/// The registry name.
pub const NAME: &str = "sqlite";

/// The header string.
pub fn recognise(bytes: &[u8], _: &str) -> bool {
    bytes.starts_with(MAGIC)
}

/// Regions: header fields, `page N`, `free page N`, `trailing bytes`. Facts: `sqlite-version`, `page-size`.
pub fn open(bytes: &[u8], _: &str) -> Anatomy {
    let mut builder = Builder::new(NAME, bytes);
    for (at, len, role, name) in FIELDS {
        builder.claim(*at, *len, *role, format!("header: {name}"));
    }
    let page = match field::array(bytes, 16).map(u16::from_be_bytes) {
        Some(1) => 65_536,
        Some(size) if size >= 512 && size.is_power_of_two() => u64::from(size),
        _ => {
            builder.problem("the page size is no power of two: pages were not told apart");
            builder.claim(100, builder.size().saturating_sub(100), Role::Data, "pages");
            return builder.finish();
        }
    };
    builder.fact("page-size", page.to_string().as_bytes());
    builder.fact("sqlite-version", be32(bytes, 96).unwrap_or(0).to_string().as_bytes());
    let size = builder.size();
    let pages = size / page;
    let mut free = free_pages(&mut builder, page, pages);
    free.sort_unstable();
    free.dedup();
    builder.claim(100, page - 100, Role::Data, "page 1");
    if pages > DETAILED_ENTRIES {
        builder.claim(page, (pages - 1) * page, Role::Data, "pages");
    } else {
        for number in 2..=pages {
            let (role, name) = match free.binary_search(&number) {
                Ok(_) => (Role::Gap, format!("free page {number}")),
                Err(_) => (Role::Data, format!("page {number}")),
            };
            builder.claim((number - 1) * page, page, role, name);
        }
    }
    let end = (pages * page).max(page.min(size));
    if end < size {
        builder.problem(format!("{} bytes follow the last page", size - end));
        builder.claim(end, size - end, Role::Trailing, "trailing bytes");
    }
    builder.finish()
}

const MAGIC: &[u8] = b"SQLite format 3\0";

/// The database header (1.3).
const FIELDS: &[(u64, u64, Role, &str)] = &[
    (0, 24, Role::Header, "magic, page size and versions"),
    (24, 4, Role::Header, "change counter"),
    (28, 4, Role::Header, "page count"),
    (32, 8, Role::Header, "free list"),
    (40, 4, Role::Header, "schema cookie"),
    (44, 28, Role::Header, "schema format, encoding, user version, application"),
    (72, 20, Role::Extra, "reserved"),
    (92, 4, Role::Header, "version valid for"),
    (96, 4, Role::Toolchain, "sqlite version"),
];

/// The pages on the free list: trunk pages and the leaves they name.
fn free_pages(builder: &mut Builder<'_>, page: u64, pages: u64) -> Vec<u64> {
    let bytes = builder.bytes();
    let mut free = Vec::new();
    let mut trunk = u64::from(be32(bytes, 32).unwrap_or(0));
    let mut left = pages;
    while trunk > 1 && trunk <= pages && left > 0 {
        left -= 1;
        free.push(trunk);
        let at = (trunk - 1) * page;
        let count = u64::from(be32(bytes, at + 4).unwrap_or(0)).min(page / 4 - 2).min(left);
        left -= count;
        free.extend((0..count).filter_map(|index| be32(bytes, at + 8 + index * 4).map(u64::from)));
        trunk = u64::from(be32(bytes, at).unwrap_or(0));
    }
    if left == 0 && trunk > 1 {
        builder.problem("the free list is longer than the file, or goes in a circle");
    }
    if !free.is_empty() {
        builder.problem(format!("{} free pages keep what was deleted from them", free.len()));
    }
    free
}

fn be32(bytes: &[u8], at: u64) -> Option<u32> {
    field::array(bytes, at).map(u32::from_be_bytes)
}
