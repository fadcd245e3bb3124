//! Values that are made of nothing but constants, by steps nobody here can follow.
//!
//! What they are stays unknown, and yet a text that is computed so, and then runs or says whom to talk to, was kept
//! from being read. It begins with something no reader takes for a text: numbers, single letters, signs without words.

use super::natives;
use super::run::V;

/// Elements of the shortest list that is no text to a reader.
const LEAST: usize = 4;
/// Elements of a list that are looked at.
const LOOKED: usize = 64;
/// What stands for nothing at all.
const NONE: &str = "null";

/// What comes from the world is called something like this.
const LIVE: [&str; 24] = [
    "rand", "now", "time", "recv", "read", "input", "env", "argv", "args", "request", "uuid", "open",
    "fetch", "http", "socket", "query", "which", "config", "option", "param", "spawn", "exec", "output",
    "load",
];

impl V {
    /// Nothing at all: `null`, `nil`, a key that is not there.
    pub(super) fn none() -> V {
        V::Outside(NONE.into())
    }

    /// Whether it is nothing at all.
    pub(super) fn is_none(&self) -> bool {
        matches!(self, V::Outside(path) if &**path == NONE)
    }

    /// Whether it is made of constants in a way that cannot be followed.
    pub fn is_lost(&self) -> bool {
        match self {
            V::Lost => true,
            V::List(items) => {
                let mut lost = false;
                for item in items.iter().take(LOOKED) {
                    match item {
                        V::Lost => lost = true,
                        V::Unknown(_) | V::Outside(_) => return false,
                        _ => {}
                    }
                }
                lost
            }
            _ => false,
        }
    }

    /// What is unknown of something that came of this by a step that keeps what it is.
    pub(super) fn kept(&self) -> V {
        if self.is_lost() { V::Lost } else { V::Unknown(self.is_turned()) }
    }

    /// What comes of `parts` put together, where one of them is not known.
    pub(super) fn of_parts<'v>(parts: impl Iterator<Item = &'v V> + Clone) -> V {
        if parts.clone().any(V::is_turned) {
            return V::Unknown(true);
        }
        let foreign = parts.clone().any(|part| matches!(part, V::Unknown(_) | V::Outside(_)));
        if !foreign && parts.clone().any(V::is_lost) { V::Lost } else { V::Unknown(false) }
    }

    /// Whether a reader does not see a text in it: numbers, single letters, signs.
    fn is_seed(&self) -> bool {
        match self {
            V::Lost => true,
            V::List(items) => {
                let small = |item: &V| match item {
                    V::Num(_) | V::Char(_) | V::Lost => true,
                    V::Text(text) => text.chars().count() <= 2 || is_scrambled(text),
                    V::List(_) => item.is_seed(),
                    _ => false,
                };
                // `text.as_bytes()`, `text.chars()`: a text that can be read is one still.
                let read = || natives::plain(self).is_some_and(|text| is_read(&text));
                self.is_lost()
                    || items.len() >= LEAST && items.iter().take(LOOKED).all(small) && !read()
                    || !items.is_empty()
                        && items.iter().take(LOOKED).all(|item| matches!(item, V::List(_)) && item.is_seed())
            }
            V::Text(text) => is_scrambled(text),
            _ => false,
        }
    }

    /// What a function that is not known makes of these: `path` and `name` say which, `of` is what it is called on.
    pub(super) fn by_unknown(path: &str, name: &str, of: Option<&V>, args: &[V]) -> V {
        let all = of.into_iter().chain(args);
        if all.clone().any(V::is_turned) {
            return V::Unknown(true);
        }
        let small = format!("{path}.{name}").to_ascii_lowercase();
        let foreign = |arg: &V| match arg {
            V::Unknown(_) => true,
            // A type or a member of one: `Encoding.UTF8`, `.utf8`, `::hear`.
            V::Outside(path) => {
                !path.starts_with(|c: char| c.is_ascii_uppercase() || matches!(c, '.' | ':' | '&'))
            }
            _ => false,
        };
        let live = LIVE.iter().any(|word| small.contains(word));
        let this = of.is_some_and(|of| matches!(of, V::Unknown(_)));
        if !live && !this && !args.iter().any(foreign) && all.clone().any(V::is_seed) {
            V::Lost
        } else {
            V::Unknown(false)
        }
    }
}

/// Whether what `text` says can be read: letters, and what stands in names, paths and addresses.
fn is_read(text: &str) -> bool {
    let text = text.trim_end_matches('\0');
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b" _-./:,\n".contains(byte);
    let letters = text.bytes().filter(u8::is_ascii_alphabetic).count();
    text.bytes().all(|byte| plain(&byte)) && letters * 2 > text.len()
}

/// Whether a text is an identifier of a class or an interface, as they are written everywhere.
pub(super) fn is_identifier(text: &str) -> bool {
    let text = text.trim_matches(['{', '}']);
    text.len() == 36 && text.bytes().filter(|byte| *byte == b'-').count() == 4
}

/// Whether no word can be read in `text`: long runs of digits, signs that are not letters, letters of all kinds mixed.
pub(super) fn is_scrambled(text: &str) -> bool {
    /// Characters of the shortest of each kind.
    const SIGNS: usize = 4;
    const DIGITS: usize = 12;
    const MIXED: usize = 14;
    let count = text.chars().count();
    // `/Users/Shared/Birds`: words between signs.
    let word = |part: &str| {
        let rest = part.trim_start_matches(|c: char| c.is_ascii_uppercase());
        part.len() - rest.len() <= 1 && rest.bytes().all(|byte| byte.is_ascii_lowercase()) || rest.is_empty()
    };
    let words = text.contains(|c: char| c.is_ascii_lowercase())
        && text.split(['/', '.', '-', '_', ' ', ':']).filter(|part| !part.is_empty()).all(word);
    // `../../`
    let above = text.bytes().all(|byte| matches!(byte, b'.' | b'/' | b'\\'));
    if is_identifier(text) || words || above {
        return false;
    }
    if count > 16 * 1024 {
        return true;
    }
    let strange = text.chars().filter(|c| !c.is_ascii() && !c.is_alphanumeric()).count();
    if strange >= SIGNS && strange * 2 > count {
        return true;
    }
    if !text.is_ascii() || text.contains("://") {
        return false;
    }
    let of = |is: fn(&u8) -> bool| text.bytes().filter(is).count();
    let (digits, hex) = (of(u8::is_ascii_digit), of(u8::is_ascii_hexdigit));
    let blank = of(u8::is_ascii_whitespace);
    let between = of(|byte| matches!(byte, b',' | b'-' | b':' | b';'));
    let spaced = blank + between;
    if count >= DIGITS && hex + spaced == count && digits >= 8 {
        return true;
    }
    if count >= 8 && text.bytes().all(|byte| b".-_ /|*#01".contains(&byte)) {
        return true;
    }
    if count < MIXED || blank > 0 {
        return false;
    }
    let kind = |byte: &u8| match byte {
        b'a'..=b'z' => 0,
        b'A'..=b'Z' => 1,
        b'0'..=b'9' => 2,
        _ => 3,
    };
    let kinds: Vec<usize> = text.bytes().map(|byte| kind(&byte)).collect();
    let several = (0..4).filter(|kind| kinds.iter().filter(|of| *of == kind).count() > 1).count();
    let turns = kinds.windows(2).filter(|pair| pair.first() != pair.last()).count();
    several >= 3 && turns * 5 >= count * 2
}
