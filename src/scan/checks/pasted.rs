//! Names the preprocessor pastes together, through as many macros as it takes: `JOIN(FIRST, SECOND)(command)`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::bytes::Regex;

use super::pattern;
use crate::scan::code::rules::LISTS;

/// Most macros of a file that are read, and most calls that are looked at.
const MOST: usize = 400;
/// How often a macro may stand for another one.
const DEEP: usize = 6;

/// A macro that stands for one word: `#define FIRST po`.
static WORD: LazyLock<Option<Regex>> =
    LazyLock::new(|| pattern(r"(?m)^[ \t]*#[ \t]*define[ \t]+(\w+)[ \t]+(\w{1,12})[ \t]*$"));

/// A macro of several parameters, and what it stands for.
static JOINS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(r"(?m)^[ \t]*#[ \t]*define[ \t]+(\w+)\((\w+(?:[ \t]*,[ \t]*\w+)+)\)[ \t]+([^\n]{1,80})$")
});

/// A name and what it is given, called at once: `JOIN(A, B)(`.
static CALLED: LazyLock<Option<Regex>> =
    LazyLock::new(|| pattern(r"\b(\w+)\([ \t]*(\w{1,40}(?:[ \t]*,[ \t]*\w{1,40})+)[ \t]*\)[ \t]*\("));

/// What is called in `bytes` by a name that is pasted together, and starts something: where it stands, and the name.
pub fn called(bytes: &[u8]) -> Vec<(usize, usize, String)> {
    let text = |part: Option<regex::bytes::Match<'_>>| {
        part.map_or(String::new(), |part| String::from_utf8_lossy(part.as_bytes()).into_owned())
    };
    let all = |pattern: &'static LazyLock<Option<Regex>>| {
        pattern.iter().flat_map(|pattern| pattern.captures_iter(bytes)).take(MOST)
    };
    let mut joins: BTreeMap<String, String> =
        all(&JOINS).map(|found| (text(found.get(1)), text(found.get(3)))).collect();
    let pastes = |joins: &BTreeMap<String, String>, body: &str| {
        let of = body.split('(').next().unwrap_or("").trim();
        body.contains("##") || joins.get(of).is_some_and(|body| body.contains("##"))
    };
    let known = joins.clone();
    joins.retain(|_, body| pastes(&known, body));
    if joins.is_empty() {
        return Vec::new();
    }
    let words: BTreeMap<String, String> =
        all(&WORD).map(|found| (text(found.get(1)), text(found.get(2)))).collect();
    let spelled = |word: &str| {
        let mut word = word.trim();
        for _ in 0..DEEP {
            match words.get(word) {
                Some(next) => word = next,
                None => break,
            }
        }
        word.to_owned()
    };
    let mut out = Vec::new();
    for found in all(&CALLED) {
        let Some(place) = found.get(0) else { continue };
        if !joins.contains_key(&text(found.get(1))) {
            continue;
        }
        let name: String = text(found.get(2)).split(',').map(spelled).collect();
        if LISTS.hashed_start.contains(&*name) {
            out.push((place.start(), place.end() - 1, name));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::called;

    #[test]
    fn names_that_are_pasted_through_several_macros_are_found() {
        let text = "#define GLUE_(a, b) a##b\n#define GLUE(a, b) GLUE_(a, b)\n#define HEAD sys\n#define TAIL tem\nint f(void) { return GLUE(HEAD, TAIL)(\"echo inert\"); }\n";
        let found = called(text.as_bytes());
        assert_eq!(found.iter().map(|(_, _, name)| &**name).collect::<Vec<_>>(), ["system"]);
        let plain = text.replace("TAIL tem", "TAIL log");
        assert!(called(plain.as_bytes()).is_empty());
    }
}
