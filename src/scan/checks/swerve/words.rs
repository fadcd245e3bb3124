//! What names say: `rules/swerve.toml`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::scan::code::map::Map;

/// A set of things names say.
pub type Tags = u64;

macro_rules! tags {
    ($($constant:ident = $name:literal),+ $(,)?) => {
        tags!(@each 0; $($constant = $name),+);
        /// The lists of the data file and what they stand for.
        const LISTS: &[(&str, Tags)] = &[$(($name, $constant)),+];
    };
    (@each $bit:expr; $constant:ident = $name:literal $(, $rest:ident = $more:literal)*) => {
        pub const $constant: Tags = 1 << $bit;
        tags!(@each $bit + 1; $($rest = $more),*);
    };
    (@each $bit:expr;) => {};
}

tags! {
    CLOCK = "clock", UPTIME = "uptime", HOUR = "hour", LONG = "long", AGE = "age", COUNT = "count", SIZE = "size",
    IDENTITY = "identity", SECRET = "secret", UNGUESSABLE = "unguessable", PARSING = "parsing",
    HASHING = "hashing", WATCHED = "watched", TRACED = "traced", LOCALE = "locale", CHANCE = "chance",
    REQUEST = "request", SERVED = "served", VERIFY = "verify", DESTROY = "destroy", SPOIL = "spoil",
    THIN = "thin", EXEC = "exec", SEND = "send", HONEST = "honest", REFUSES = "refuses", GRANT = "grant",
    DECIDES = "decides", UNCHECKED = "unchecked", MAKING = "making", GUARDS = "guards", PAID = "paid", SEEDS = "seeds", DOES = "does", PERSON = "person", PRIVATE = "private", POWER = "power", CALENDAR = "calendar", YEAR = "year", QUERIES = "queries", HOSTED = "hosted", DAYS = "days", STRETCH = "stretch", SYSTEM = "system", FETCH = "fetch", SCRATCH = "scratch", WIPES = "wipes", LASTING = "lasting", PEER = "peer", INSTALLED = "installed", BROKEN = "broken", EXISTS = "exists",
}

/// Parts of names and whole names, with what they say.
struct Words {
    parts: Map<Box<str>, Tags>,
    whole: Map<Box<str>, Tags>,
}

static WORDS: LazyLock<Words> = LazyLock::new(|| {
    let lists: BTreeMap<String, Vec<String>> =
        toml::from_str(include_str!("../../../../rules/swerve.toml")).unwrap_or_default();
    let mut words = Words { parts: Map::default(), whole: Map::default() };
    for (name, tags) in LISTS {
        for word in lists.get(*name).into_iter().flatten() {
            let (kept, word) = match word.strip_prefix('=') {
                Some(whole) => (&mut words.whole, whole),
                None => (&mut words.parts, word.as_str()),
            };
            *kept.entry(word.into()).or_default() |= tags;
        }
    }
    words
});

/// Beginnings of texts that name a kind of something.
pub static KINDS: LazyLock<Vec<Box<str>>> = LazyLock::new(|| {
    let lists: BTreeMap<String, Vec<String>> =
        toml::from_str(include_str!("../../../../rules/swerve.toml")).unwrap_or_default();
    lists.get("kinds").into_iter().flatten().map(|word| word.as_str().into()).collect()
});

/// Accounts that belong to nobody.
static ACCOUNTS: LazyLock<Vec<Box<str>>> = LazyLock::new(|| {
    let lists: BTreeMap<String, Vec<String>> =
        toml::from_str(include_str!("../../../../rules/swerve.toml")).unwrap_or_default();
    lists.get("accounts").into_iter().flatten().map(|word| word.as_str().into()).collect()
});

/// Whether a text is the login of a person, and not of a program.
pub fn is_person(login: &[u8]) -> bool {
    login.len() >= 4
        && login.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
        && login.iter().any(u8::is_ascii_alphabetic)
        && !login.starts_with(b"www")
        && !login.starts_with(b"_")
        && !ACCOUNTS.iter().any(|account| login.eq_ignore_ascii_case(account.as_bytes()))
}

/// What `name` says.
pub fn of(name: &[u8]) -> Tags {
    /// Longer names are made by machines.
    const LONGEST: usize = 64;
    let Ok(name) = std::str::from_utf8(name) else { return 0 };
    if name.len() > LONGEST {
        return 0;
    }
    let lower = name.to_ascii_lowercase();
    let plain = lower.trim_matches('_').trim_end_matches(['?', '!']);
    let mut tags =
        WORDS.whole.get(plain).copied().unwrap_or(0) | WORDS.parts.get(plain).copied().unwrap_or(0);
    for part in parts(name) {
        tags |= WORDS.parts.get(part.to_ascii_lowercase().as_str()).copied().unwrap_or(0);
    }
    // `currentTimeMillis` is the time, whatever it is counted in.
    if WORDS.parts.get(plain).is_some_and(|said| said & CLOCK != 0) {
        tags &= !HOUR;
    }
    // `FileInfo` tells nobody.
    if tags & HONEST != 0 && plain.len() > 4 && plain.ends_with("info") && !plain.starts_with("log") {
        tags &= !HONEST;
    }
    // `std::error_code` holds what nobody is told yet.
    if matches!(plain, "error_code" | "errorcode") {
        tags &= !HONEST & !REFUSES;
    }
    // Variables of a machine are written in capitals; a local `ci` is none of them.
    if tags & WATCHED != 0 && name.bytes().any(|b| b.is_ascii_lowercase()) && !plain.starts_with("xctest") {
        tags &= !WATCHED;
    }
    tags
}

/// The words a name is joined of.
pub(super) fn parts(name: &str) -> impl Iterator<Item = &str> {
    name.split(|c: char| !c.is_ascii_alphanumeric()).flat_map(|piece| {
        let bytes = piece.as_bytes();
        let mut from = 0;
        let mut cuts = Vec::new();
        for at in 1..bytes.len() {
            let (Some(before), Some(here)) = (bytes.get(at - 1), bytes.get(at)) else { continue };
            let next_small = bytes.get(at + 1).is_some_and(u8::is_ascii_lowercase);
            if here.is_ascii_uppercase()
                && (before.is_ascii_lowercase() || before.is_ascii_digit() || next_small)
            {
                cuts.extend(piece.get(from..at));
                from = at;
            }
        }
        cuts.extend(piece.get(from..));
        cuts
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_data_file_has_exactly_the_lists_that_are_used() {
        let lists: BTreeMap<String, Vec<String>> =
            toml::from_str(include_str!("../../../../rules/swerve.toml")).unwrap();
        assert!(LISTS.iter().all(|(name, _)| lists.get(*name).is_some_and(|words| !words.is_empty())));
        assert_eq!(lists.len(), LISTS.len() + 2, "and the kinds and the accounts");
        assert!(is_person(b"p.renard") && !is_person(b"postgres"));
        assert!(!KINDS.is_empty());
        assert!(lists.values().flatten().all(|word| *word == word.to_ascii_lowercase()));
    }

    #[test]
    fn names_are_cut_where_people_cut_them() {
        let cut = |name| parts(name).collect::<Vec<_>>();
        assert_eq!(cut("daysOver"), ["days", "Over"]);
        assert_eq!(cut("HTTP_USER_AGENT"), ["HTTP", "USER", "AGENT"]);
        assert_eq!(cut("XMLHttpRequest"), ["XML", "Http", "Request"]);
        assert_ne!(of(b"HTTP_USER_AGENT") & IDENTITY, 0);
        assert_eq!(of(b"zebra"), 0);
    }
}
