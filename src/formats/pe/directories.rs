//! What the data directories point at: imports and exports as facts, times and debug entries as regions.

use super::Carved;
use super::image;
use super::image::Image;
use crate::formats::field;
use crate::formats::partition::Builder;
use crate::model::Role;

/// Adds the facts and gives the parts of sections that have a role of their own.
pub fn read(builder: &mut Builder<'_>, image: &Image<'_>) -> Vec<Carved> {
    imports(builder, image);
    let mut carved = exports(builder, image);
    carved.extend(debug(builder, image));
    carved.extend(resources(image));
    if let Some(at) = place(image, image::LOAD_CONFIG) {
        carved.push(time(at + 4, "load configuration: timestamp"));
    }
    carved
}

/// Import descriptors, thunks and tables read at most: a table that points into itself is cut here.
const MOST: u64 = 100_000;

fn place(image: &Image<'_>, index: u64) -> Option<u64> {
    image.directory(index).and_then(|(address, _)| image.offset(address))
}

fn time(at: u64, name: &str) -> Carved {
    Carved { range: at..at + 4, role: Role::Timestamp, name: name.to_owned() }
}

/// `needed` and `import`, of ordinary and delayed imports.
fn imports(builder: &mut Builder<'_>, image: &Image<'_>) {
    let mut left = MOST;
    for (index, step, name_at, thunks_at) in [(image::IMPORT, 20, 12, 0), (image::DELAY_IMPORT, 32, 4, 16)] {
        let Some(mut at) = place(image, index) else { continue };
        while left > 0 {
            left -= 1;
            let read = |offset| field::le32(image.bytes, at + offset).map(u64::from);
            let (Some(name), Some(mut thunks)) = (read(name_at), read(thunks_at)) else { break };
            if name == 0 {
                break;
            }
            if thunks == 0 && index == image::IMPORT {
                thunks = read(16).unwrap_or(0);
            }
            if let Some(library) = image.text(name) {
                builder.fact("needed", library);
            }
            functions(builder, image, thunks, &mut left);
            at += step;
        }
    }
    if left == 0 {
        builder.problem(format!("more than {MOST} imports: the rest was left out"));
    }
}

/// The functions a thunk table names.
fn functions(builder: &mut Builder<'_>, image: &Image<'_>, address: u64, left: &mut u64) {
    let Some(mut at) = image.offset(address) else { return };
    let step = if image.wide { 8 } else { 4 };
    while *left > 0 {
        *left -= 1;
        let thunk = match image.wide {
            true => field::le64(image.bytes, at),
            false => field::le32(image.bytes, at)
                .map(|thunk| u64::from(thunk & 0x7fff_ffff) | u64::from(thunk >> 31) << 63),
        };
        let Some(thunk) = thunk.filter(|thunk| *thunk != 0) else { return };
        if thunk >> 63 == 1 {
            builder.fact("import", format!("#{}", thunk & 0xffff).as_bytes());
        } else if let Some(name) = image.text((thunk & 0x7fff_ffff) + 2) {
            builder.fact("import", name);
        }
        at += step;
    }
}

/// `export`, and the export table's time.
fn exports(builder: &mut Builder<'_>, image: &Image<'_>) -> Vec<Carved> {
    let Some(at) = place(image, image::EXPORT) else { return Vec::new() };
    let count = field::le32(image.bytes, at + 24).map_or(0, u64::from).min(MOST);
    let names = field::le32(image.bytes, at + 32).and_then(|address| image.offset(u64::from(address)));
    for index in 0..count {
        let name = names.and_then(|names| field::le32(image.bytes, names + index * 4));
        let Some(name) = name.and_then(|address| image.text(u64::from(address))) else { break };
        builder.fact("export", name);
    }
    vec![time(at + 4, "export directory: timestamp")]
}

/// The debug directory's entries, and what the CodeView one holds: the PDB's id and its path.
fn debug(builder: &mut Builder<'_>, image: &Image<'_>) -> Vec<Carved> {
    let mut carved = Vec::new();
    let Some((address, size)) = image.directory(image::DEBUG) else { return carved };
    let Some(table) = image.offset(address) else { return carved };
    for index in 0..(size / 28).min(64) {
        let at = table + index * 28;
        let read = |offset| field::le32(image.bytes, at + offset).map(u64::from);
        let (Some(kind), Some(len), Some(data)) = (read(12), read(16), read(24)) else { break };
        let label = format!("debug directory: {}", debug_name(kind));
        carved.push(time(at + 4, &format!("{label}: timestamp")));
        let data_end = data.saturating_add(len).min(image.bytes.len() as u64);
        if data == 0 || len == 0 || data >= data_end {
            continue;
        }
        if kind == 2 && field::slice(image.bytes, data, 4) == Some(b"RSDS") && len > 24 {
            // The id and age tie the image to its PDB: a digest under /Brepro, random otherwise.
            carved.push(Carved {
                range: data + 4..data + 24,
                role: Role::Debug,
                name: format!("{label}: pdb id"),
            });
            carved.push(Carved {
                range: data + 24..data_end,
                role: Role::Debug,
                name: format!("{label}: pdb path"),
            });
            builder.fact("pdb", field::until_nul(field::clamped(image.bytes, data + 24..data_end)));
        } else if kind == 16 {
            carved.push(Carved {
                range: data..data_end,
                role: Role::Debug,
                name: format!("{label}: digest"),
            });
        }
    }
    carved
}

fn debug_name(kind: u64) -> String {
    match kind {
        1 => "coff".to_owned(),
        2 => "codeview".to_owned(),
        12 => "vc feature".to_owned(),
        13 => "pogo".to_owned(),
        14 => "iltcg".to_owned(),
        16 => "repro".to_owned(),
        17 => "embedded pdb".to_owned(),
        19 => "pdb checksum".to_owned(),
        20 => "dll characteristics".to_owned(),
        other => format!("type {other}"),
    }
}

/// The resource directory: the times of its tables, three levels of them, and what its entries hold, each under its
/// type, name and language.
fn resources(image: &Image<'_>) -> Vec<Carved> {
    let mut carved = Vec::new();
    let Some(root) = place(image, image::RESOURCE) else { return carved };
    let mut level = vec![(0u64, String::new())];
    // Tables may stand in each other: entries are counted over all of them.
    let mut left = MOST;
    for depth in 0..3 {
        let mut next = Vec::new();
        for (table, path) in level {
            let at = root + table;
            let read = |offset| field::le16(image.bytes, at + offset).map(u64::from);
            let (Some(named), Some(numbered)) = (read(12), read(14)) else { continue };
            if left == 0 {
                break;
            }
            carved.push(time(at + 4, "resource directory: timestamp"));
            for entry in 0..named + numbered {
                let Some(fewer) = left.checked_sub(1) else { break };
                left = fewer;
                let word = |offset| field::le32(image.bytes, at + 16 + entry * 8 + offset);
                let (Some(id), Some(child)) = (word(0), word(4)) else { break };
                let path = format!("{path}/{}", resource_name(image, root, id, depth));
                if child >> 31 == 1 && depth < 2 {
                    next.push((u64::from(child & 0x7fff_ffff), path));
                } else if child >> 31 == 0 {
                    carved.extend(resource(image, root + u64::from(child), &path));
                }
            }
        }
        next.sort_unstable();
        next.dedup_by_key(|(table, _)| *table);
        level = next;
    }
    carved.sort_by_key(|part| part.range.start);
    carved.dedup_by_key(|part| part.range.start);
    carved
}

/// What a data entry of the resource directory leads to.
fn resource(image: &Image<'_>, entry: u64, path: &str) -> Option<Carved> {
    let address = u64::from(field::le32(image.bytes, entry)?);
    let len = u64::from(field::le32(image.bytes, entry + 4)?);
    let start = image.offset(address)?;
    let end = start.checked_add(len).filter(|end| *end <= image.bytes.len() as u64 && len > 0)?;
    Some(Carved {
        range: start..end,
        role: Role::Data,
        name: format!("resource {}", path.trim_start_matches('/')),
    })
}

/// A step of a resource's path: the kinds Windows knows by name, other numbers, names in UTF-16.
fn resource_name(image: &Image<'_>, root: u64, id: u32, depth: u32) -> String {
    let known = match id {
        1 => "cursor",
        2 => "bitmap",
        3 => "icon",
        4 => "menu",
        5 => "dialog",
        6 => "string",
        9 => "accelerator",
        10 => "data",
        11 => "messages",
        12 => "group-cursor",
        14 => "group-icon",
        16 => "version",
        24 => "manifest",
        _ => "",
    };
    if depth == 0 && !known.is_empty() {
        return known.to_owned();
    }
    if id >> 31 == 0 {
        return id.to_string();
    }
    let at = root + u64::from(id & 0x7fff_ffff);
    let len = field::le16(image.bytes, at).map_or(0, u64::from).min(100);
    let units = field::clamped(image.bytes, at + 2..at + 2 + len * 2).as_chunks::<2>().0;
    let units: Vec<u16> = units.iter().map(|two| u16::from_le_bytes(*two)).collect();
    crate::model::path::escape(String::from_utf16_lossy(&units).as_bytes())
}
