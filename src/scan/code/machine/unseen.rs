//! How much of a text that was made stands in the file as such: what can be read there is not hidden.

use std::collections::BTreeSet;

use super::natives;
use super::run::MAX_SIZE;
use super::run::Made;
use super::run::Shown;
use super::run::V;

/// The words of a text that say something: runs of three and more letters or digits.
pub(super) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| word.len() >= 3)
}

/// What `value` is where it says something that `known` does not have.
pub(super) fn hidden(value: &V, known: &Written) -> Option<Made> {
    if value.is_turned() {
        return Some(Made::Turned);
    }
    if value.is_lost() {
        return Some(Made::Unread);
    }
    let text = natives::plain(value).or_else(|| command(value))?;
    if is_binary(&text) {
        return Some(Made::Unread);
    }
    let text = text.trim_end_matches('\0');
    let shown = text.len() >= 2
        && text.len() <= MAX_SIZE
        && text.chars().all(|c| (' '..='~').contains(&c) || matches!(c, '\n' | '\t' | '\r'));
    if !shown || !text.bytes().any(|byte| byte.is_ascii_alphabetic() || byte == b'.') {
        return None;
    }
    let lower = text.to_ascii_lowercase();
    let one = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let shown = match one {
        true if known.all.contains(text) => Shown::All,
        true if known.spells(&lower) => Shown::Partly,
        true => Shown::Hardly,
        false => {
            let says =
                |word: &&str| word.bytes().any(|byte| byte.is_ascii_alphabetic()) || text.contains('.');
            let all = words(&lower).filter(says).count();
            let unseen = words(&lower).filter(says).filter(|word| !known.says(word)).count();
            // `http://host/user2`, where the host can be read.
            let host = text.split_once("://").and_then(|(_, rest)| rest.split('/').next());
            let seen = host.is_some_and(|host| host.len() > 3 && known.all.contains(host));
            match unseen {
                _ if seen => Shown::All,
                // The words stand there, and no word with a dot: a host in pieces.
                0 if in_pieces(text, known) => Shown::Partly,
                0 => Shown::All,
                unseen if unseen * 3 > all * 2 && text.len() >= 5 => Shown::Hardly,
                _ if words(&lower).next().is_some_and(|first| {
                    lower.starts_with(first) && !known.words.contains(first) && !known.small.contains(first)
                }) =>
                {
                    Shown::Program
                }
                _ => Shown::Partly,
            }
        }
    };
    Some(Made::Text(text.into(), shown))
}

/// Whether bytes are no text: a program, a class, something packed.
fn is_binary(text: &str) -> bool {
    /// Bytes of the shortest that say something.
    const SHORTEST: usize = 12;
    let control = |c: char| {
        c < ' ' && !matches!(c, '\n' | '\t' | '\r' | '\u{1b}') || ('\u{7f}'..='\u{9f}').contains(&c)
    };
    text.len() >= SHORTEST && text.trim_end_matches('\0').chars().take(64).any(control)
}

/// The words of a command that stand in a list.
fn command(value: &V) -> Option<String> {
    /// Most words of one that is put together.
    const MOST: usize = 32;
    let V::List(items) = value else { return None };
    let words = items.iter().take(MOST).map(|item| match item {
        V::Text(text) => Some(&**text),
        _ => None,
    });
    let words: Vec<&str> = words.collect::<Option<_>>()?;
    (items.len() <= MOST && !words.is_empty()).then(|| words.join(" "))
}

/// Whether `text` is a host of which no two labels stand together in the file.
fn in_pieces(text: &str, known: &Written) -> bool {
    let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'));
    let mut labels = text.rsplit('.');
    let (Some(last), Some(before)) = (labels.next(), labels.next()) else { return false };
    plain
        && labels.next().is_some()
        && (2..=12).contains(&last.len())
        && last.bytes().all(|byte| byte.is_ascii_alphabetic())
        && !known.all.contains(&format!("{before}.{last}"))
}

/// What `word` is several times over.
fn repeated(word: &str) -> Option<&str> {
    (1..=word.len() / 2).filter(|at| word.len().is_multiple_of(*at)).find_map(|at| {
        let (unit, rest) = word.split_at_checked(at)?;
        rest.as_bytes().chunks(at).all(|part| part == unit.as_bytes()).then_some(unit)
    })
}

/// The texts of a file.
#[derive(Default)]
pub(super) struct Written {
    /// One after the other.
    pub(super) all: String,
    /// The same in small letters.
    pub(super) small: String,
    /// Their words, in small letters.
    pub(super) words: BTreeSet<String>,
}

impl Written {
    /// Whether a reader finds `word`: as it is, without the numbers that were put to it, or once for many times.
    fn says(&self, word: &str) -> bool {
        self.words.contains(word)
            || self.counts(word)
            || repeated(word).is_some_and(|unit| self.small.contains(unit))
    }

    /// Whether `word` is one that stands there, or a letter or two, and a number: `worker31`, `d7`.
    fn counts(&self, word: &str) -> bool {
        let letters = word.trim_matches(|c: char| c.is_ascii_digit());
        let digits = word.len() - letters.len();
        let seen = match letters.len() {
            0 => false,
            1 | 2 => true,
            _ => self.words.contains(letters),
        };
        let number = || word.split(letters).all(|part| part.len() <= 4 || self.small.contains(part));
        digits > 0 && seen && number()
    }

    /// Whether pieces of the word `text` stand in the file: of a short one that is never said to be missing.
    fn spells(&self, text: &str) -> bool {
        /// Letters of a piece, and of the shortest word that is looked at.
        const PIECE: usize = 3;
        const SHORTEST: usize = 5;
        if text.len() < SHORTEST || !text.bytes().any(|byte| byte.is_ascii_alphabetic()) {
            return true;
        }
        let pieces = text.as_bytes().windows(PIECE).filter_map(|piece| std::str::from_utf8(piece).ok());
        let (mut all, mut known) = (0, 0);
        for piece in pieces {
            all += 1;
            known += usize::from(self.small.contains(piece));
        }
        known * 3 >= all
    }
}
