//! WebAssembly modules: sections by id, custom sections by name (core specification 5.5).

use super::field;
use super::partition::Builder;
use crate::model::Anatomy;
use crate::model::Role;
use crate::model::path::escape;

/// The registry name.
pub const NAME: &str = "wasm";

/// The magic.
pub fn recognise(bytes: &[u8], _: &str) -> bool {
    bytes.starts_with(b"\0asm")
}

/// Regions: `header`, `section header NAME`, `NAME`. Facts: `import` (`env.connect`), `export`, `wasm-version`.
pub fn open(bytes: &[u8], _: &str) -> Anatomy {
    let mut builder = Builder::new(NAME, bytes);
    builder.claim(0, 8, Role::Header, "header");
    builder.fact("wasm-version", field::le32(bytes, 4).unwrap_or(0).to_string().as_bytes());
    let size = builder.size();
    let mut at = 8;
    while at < size {
        let mut body = at + 1;
        let (Some(id), Some(len)) = (field::byte(bytes, at), leb(bytes, &mut body)) else {
            builder.problem(format!("the section at {at} ends early"));
            break;
        };
        let end = body.saturating_add(len);
        if end > size {
            builder.problem(format!("the section at {at} says it ends at {end}"));
        }
        let mut content = body;
        let name = match id {
            0 => custom_name(bytes, &mut content, end),
            _ => section_name(id).to_owned(),
        };
        builder.claim(at, content - at, Role::Header, format!("section header {name}"));
        builder.claim(content, end.saturating_sub(content), role(id, &name), name);
        match id {
            2 => imports(&mut builder, body, end),
            7 => exports(&mut builder, body, end),
            _ => {}
        }
        at = end;
    }
    builder.finish()
}

fn role(id: u8, name: &str) -> Role {
    match (id, name) {
        (0, "custom name" | "custom dylink.0") => Role::Symbols,
        (0, "custom producers" | "custom target_features") => Role::Toolchain,
        (0, "custom sourceMappingURL" | "custom external_debug_info" | "custom build_id") => Role::Debug,
        (0, name) if name.starts_with("custom .debug") => Role::Debug,
        (0, _) => Role::Extra,
        (8..=10, _) => Role::Code,
        (11, _) => Role::Data,
        _ => Role::Header,
    }
}

fn section_name(id: u8) -> &'static str {
    const NAMES: [&str; 14] = [
        "custom",
        "type",
        "import",
        "function",
        "table",
        "memory",
        "global",
        "export",
        "start",
        "element",
        "code",
        "data",
        "data count",
        "tag",
    ];
    NAMES.get(usize::from(id)).copied().unwrap_or("unknown")
}

/// `custom NAME`; `at` moves behind the name.
fn custom_name(bytes: &[u8], at: &mut u64, end: u64) -> String {
    match name(bytes, at, end) {
        Some(name) => format!("custom {}", escape(name.get(..name.len().min(200)).unwrap_or_default())),
        None => "custom without a name".to_owned(),
    }
}

fn imports(builder: &mut Builder<'_>, mut at: u64, end: u64) {
    let bytes = builder.bytes();
    let count = leb(bytes, &mut at).unwrap_or(0);
    for _ in 0..count {
        let (Some(module), Some(item)) = (name(bytes, &mut at, end), name(bytes, &mut at, end)) else {
            return;
        };
        builder.fact("import", &[module, b".", item].concat());
        let kind = field::byte(bytes, at).unwrap_or(0xff);
        at += 1;
        let skipped = match kind {
            0 => leb(bytes, &mut at),
            1 => {
                at += 1;
                limits(bytes, &mut at)
            }
            2 => limits(bytes, &mut at),
            3 => {
                at += 2;
                Some(0)
            }
            4 => {
                at += 1;
                leb(bytes, &mut at)
            }
            _ => None,
        };
        if skipped.is_none() {
            builder.problem("an import of unknown kind: those after it were not read");
            return;
        }
    }
}

fn exports(builder: &mut Builder<'_>, mut at: u64, end: u64) {
    let bytes = builder.bytes();
    let count = leb(bytes, &mut at).unwrap_or(0);
    for _ in 0..count {
        let Some(item) = name(bytes, &mut at, end) else { return };
        builder.fact("export", item);
        at += 1;
        if leb(bytes, &mut at).is_none() {
            return;
        }
    }
}

/// Minimum, and maximum where the flag says so.
fn limits(bytes: &[u8], at: &mut u64) -> Option<u64> {
    let flags = leb(bytes, at)?;
    let least = leb(bytes, at)?;
    if flags & 1 == 1 { leb(bytes, at) } else { Some(least) }
}

fn name<'a>(bytes: &'a [u8], at: &mut u64, end: u64) -> Option<&'a [u8]> {
    let mut start = *at;
    let len = leb(bytes, &mut start)?;
    let after = start.checked_add(len).filter(|after| *after <= end)?;
    *at = after;
    field::slice(bytes, start, len)
}

/// Unsigned LEB128 of at most five bytes.
fn leb(bytes: &[u8], at: &mut u64) -> Option<u64> {
    let mut value = 0;
    for shift in (0..35).step_by(7) {
        let byte = field::byte(bytes, *at)?;
        *at += 1;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}
