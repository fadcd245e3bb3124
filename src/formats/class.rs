//! Java class files (JVMS 4): constant pool, fields, methods and attributes by name.
//!
//! The constant pool names what methods call: it is code's other half and has its role.

use super::field;
use super::partition::Builder;
use crate::model::Anatomy;
use crate::model::Role;
use crate::model::path::escape;

/// The registry name.
pub const NAME: &str = "java-class";

/// The magic and a version of 45 or more; below, a fat Mach-O file has the same magic.
pub fn recognise(bytes: &[u8], _: &str) -> bool {
    bytes.starts_with(&[0xca, 0xfe, 0xba, 0xbe]) && be16(bytes, 6).is_some_and(|major| major >= 45)
}

/// Regions: `version`, `constant pool`, `class`, one per field, method and class attribute. Facts:
/// `java-version`, `class`, `import` (`java/net/Socket.connect`).
pub fn open(bytes: &[u8], _: &str) -> Anatomy {
    let mut builder = Builder::new(NAME, bytes);
    builder.claim(0, 4, Role::Header, "magic");
    builder.claim(4, 4, Role::Toolchain, "version");
    if read(&mut builder).is_none() {
        builder.problem("the class file ends early or is damaged");
    }
    builder.finish()
}

/// A constant: its tag and where its data is.
type Constant = Option<(u8, u64)>;

fn read(builder: &mut Builder<'_>) -> Option<()> {
    let bytes = builder.bytes();
    builder.fact("java-version", be16(bytes, 6)?.to_string().as_bytes());
    let (pool, mut at) = constants(bytes)?;
    builder.claim(8, at - 8, Role::Code, "constant pool");
    imports(builder, &pool);
    let interfaces = u64::from(be16(bytes, at + 6)?);
    builder.claim(at, 8 + interfaces * 2, Role::Header, "class");
    if let Some(name) = class_name(bytes, &pool, be16(bytes, at + 2)?) {
        builder.fact("class", name);
    }
    at += 8 + interfaces * 2;
    for (kind, role) in [("field", Role::Header), ("method", Role::Code)] {
        let count = be16(bytes, at)?;
        builder.claim(at, 2, Role::Header, format!("{kind} count"));
        at += 2;
        for _ in 0..count {
            let name = utf8(bytes, &pool, be16(bytes, at + 2)?).unwrap_or_default();
            let descriptor = utf8(bytes, &pool, be16(bytes, at + 4)?).unwrap_or_default();
            let mut end = at + 8;
            for _ in 0..be16(bytes, at + 6)? {
                end = end + 6 + u64::from(be32(bytes, end + 2)?);
            }
            let text = [name, descriptor].concat();
            let text = escape(text.get(..text.len().min(300)).unwrap_or_default());
            builder.claim(at, end - at, role, format!("{kind} {text}"));
            at = end;
        }
    }
    let count = be16(bytes, at)?;
    builder.claim(at, 2, Role::Header, "attribute count");
    at += 2;
    for _ in 0..count {
        let name = utf8(bytes, &pool, be16(bytes, at)?).unwrap_or_default();
        let len = 6 + u64::from(be32(bytes, at + 2)?);
        let role = match name {
            b"SourceFile" | b"SourceDebugExtension" => Role::Debug,
            b"InnerClasses"
            | b"NestHost"
            | b"NestMembers"
            | b"Signature"
            | b"Record"
            | b"PermittedSubclasses"
            | b"EnclosingMethod" => Role::Header,
            b"BootstrapMethods" | b"Module" | b"ModuleMainClass" | b"RuntimeVisibleAnnotations" => Role::Code,
            _ => Role::Extra,
        };
        builder.claim(
            at,
            len,
            role,
            format!("attribute {}", escape(name.get(..name.len().min(100)).unwrap_or_default())),
        );
        at += len;
    }
    let size = builder.size();
    if at < size {
        builder.problem(format!("{} bytes follow the class", size - at));
        builder.claim(at, size - at, Role::Trailing, "trailing bytes");
    }
    Some(())
}

/// The constant pool, indexed as the format does, and where it ends.
fn constants(bytes: &[u8]) -> Option<(Vec<Constant>, u64)> {
    let count = usize::from(be16(bytes, 8)?);
    let mut pool: Vec<Constant> = vec![None];
    let mut at = 10;
    while pool.len() < count {
        let tag = field::byte(bytes, at)?;
        pool.push(Some((tag, at + 1)));
        at += match tag {
            1 => 3 + u64::from(be16(bytes, at + 1)?),
            3 | 4 | 9..=12 | 17 | 18 => 5,
            5 | 6 => {
                // An eight-byte constant takes two entries (JVMS 4.4.5).
                pool.push(None);
                9
            }
            7 | 8 | 16 | 19 | 20 => 3,
            15 => 4,
            _ => return None,
        };
    }
    (at <= bytes.len() as u64).then_some((pool, at))
}

/// `import` for every method and field of another class that the pool names.
fn imports(builder: &mut Builder<'_>, pool: &[Constant]) {
    let bytes = builder.bytes();
    for (tag, at) in pool.iter().flatten() {
        if !matches!(tag, 9..=11) {
            continue;
        }
        let class = be16(bytes, *at).and_then(|index| class_name(bytes, pool, index));
        let named = be16(bytes, at + 2).and_then(|index| match constant(pool, index) {
            Some((12, at)) => be16(bytes, at),
            _ => None,
        });
        if let (Some(class), Some(name)) = (class, named.and_then(|index| utf8(bytes, pool, index))) {
            let short = |text| field::clamped(text, 0..512);
            builder.fact("import", &[short(class), b".", short(name)].concat());
        }
    }
}

fn constant(pool: &[Constant], index: u16) -> Constant {
    pool.get(usize::from(index)).copied().flatten()
}

fn utf8<'a>(bytes: &'a [u8], pool: &[Constant], index: u16) -> Option<&'a [u8]> {
    match constant(pool, index)? {
        (1, at) => field::slice(bytes, at + 2, u64::from(be16(bytes, at)?)),
        _ => None,
    }
}

fn class_name<'a>(bytes: &'a [u8], pool: &[Constant], index: u16) -> Option<&'a [u8]> {
    match constant(pool, index)? {
        (7, at) => utf8(bytes, pool, be16(bytes, at)?),
        _ => None,
    }
}

fn be16(bytes: &[u8], at: u64) -> Option<u16> {
    field::array(bytes, at).map(u16::from_be_bytes)
}

fn be32(bytes: &[u8], at: u64) -> Option<u32> {
    field::array(bytes, at).map(u32::from_be_bytes)
}
