//! What values of a file come of: the clock, a count, somebody's name, constants alone.

use std::cell::Cell;
use std::cell::RefCell;
use std::ops::Range;

use super::outline::Def;
use super::outline::Outline;
use super::tokens::Kind;
use super::tokens::NONE;
use super::words;
use super::words::Tags;
use crate::scan::code::map::Map;

/// How far names are followed to what they were given, where it matters that it stands near, and where not.
const NEAR: u8 = 2;
const DEEP: u8 = 3;
/// Longest body of a function that is taken for what it gives.
const BODY: usize = 160;
/// Longest value and function that is a number somebody wrote.
const SHORT: usize = 60;
/// Steps for one file, so that no file takes long.
const STEPS: u32 = 2_000_000;

pub struct Sense<'o, 't, 'b> {
    pub outline: &'o Outline<'t, 'b>,
    /// What every name says.
    own: Vec<Tags>,
    /// What every token says.
    said: Vec<Tags>,
    known: RefCell<Map<(u32, u32, u8), Tags>>,
    steps: Cell<u32>,
    /// What any name of the file says.
    file: Tags,
}

/// What a value is made of, all that it was made of included.
#[derive(Default)]
pub struct Made {
    pub tags: Tags,
    /// Numbers of two digits and more that it is calculated with.
    pub numbers: usize,
    /// Signs of multiplication, of a remainder, of shifts and of mixing bits.
    pub mixes: usize,
}

impl<'o, 't, 'b> Sense<'o, 't, 'b> {
    pub fn new(outline: &'o Outline<'t, 'b>) -> Sense<'o, 't, 'b> {
        let own: Vec<Tags> = outline.tokens.names.iter().map(|name| words::of(name)).collect();
        let tokens = outline.tokens;
        let said = (0..tokens.all.len()).map(|at| match tokens.kind(at) {
            Some(Kind::Word) => tokens.name(at).and_then(|name| own.get(name as usize)).copied().unwrap_or(0),
            Some(Kind::Text) => text_tags(inner(tokens.text(at))),
            _ => 0,
        });
        let said = said.collect();
        let file = own.iter().fold(0, |all, tags| all | tags);
        Sense { outline, said, own, known: RefCell::default(), steps: Cell::new(0), file }
    }

    /// Whether there is time left.
    pub fn step(&self, steps: usize) -> bool {
        let taken = self.steps.get().saturating_add(steps as u32);
        self.steps.set(taken);
        taken < STEPS
    }

    /// Whether there was less time than was asked for.
    pub fn is_spent(&self) -> bool {
        self.steps.get() >= STEPS
    }

    /// What any name of the file says.
    pub fn file(&self) -> Tags {
        self.file
    }

    /// Whether one of these words is a name of the file.
    pub fn mentions(&self, words: &[&str]) -> bool {
        self.outline.tokens.names.iter().any(|name| words.iter().any(|word| word.as_bytes() == *name))
    }

    pub fn name_tags(&self, name: u32) -> Tags {
        self.own.get(name as usize).copied().unwrap_or(0)
    }

    /// What the word at `at` says.
    pub fn word(&self, at: usize) -> Tags {
        self.said.get(at).copied().unwrap_or(0)
    }

    /// What the words in `range` say by themselves.
    pub fn own(&self, range: Range<usize>) -> Tags {
        self.said.get(range).unwrap_or_default().iter().fold(0, |all, tags| all | tags)
    }

    /// What the values in `range` come of, as far as that is told near by.
    pub fn near(&self, range: Range<usize>) -> Tags {
        self.followed(range, NEAR)
    }

    /// What the values in `range` come of.
    pub fn deep(&self, range: Range<usize>) -> Tags {
        self.followed(range, DEEP)
    }

    fn followed(&self, range: Range<usize>, level: u8) -> Tags {
        let mut tags = self.own(range.clone());
        if level == 0 {
            return tags;
        }
        for at in range {
            if let Some(name) = self.outline.tokens.name(at) {
                tags |= self.named(name, at, level);
            }
        }
        tags
    }

    fn named(&self, name: u32, at: usize, level: u8) -> Tags {
        let func = self.outline.func_at(at);
        let called = self.outline.tokens.is(at + 1, "(")
            || self.outline.tokens.is(at + 1, "{")
            || self.property(name, at);
        let key = (name, func, level * 2 + u8::from(called));
        if let Some(tags) = self.known.borrow().get(&key) {
            return *tags;
        }
        self.known.borrow_mut().insert(key, 0);
        let mut tags = 0;
        for def in self.defs(name, func) {
            if self.step(def.value.len()) && def.value.len() <= BODY {
                tags |= self.followed(def.value.clone(), level - 1);
            }
        }
        let body = self.outline.func_named(name).filter(|func| called && func.body.len() <= BODY);
        if let Some(func) = body.filter(|func| self.step(func.body.len())) {
            tags |= self.followed(func.body.clone(), level - 1);
        }
        self.known.borrow_mut().insert(key, tags);
        tags
    }

    /// Whether one of the tokens in `range`, or of what their names are given and their functions do, is such a one.
    pub fn reaches(&self, range: Range<usize>, depth: usize, is: &dyn Fn(usize) -> bool) -> bool {
        let tokens = self.outline.tokens;
        range.clone().any(is)
            || depth > 0
                && range.into_iter().any(|at| {
                    let Some(name) = tokens.name(at).filter(|_| self.step(2)) else { return false };
                    let func = self.outline.func_at(at);
                    let given = self.defs(name, func).any(|def| {
                        def.value.len() <= 60
                            && !def.value.contains(&at)
                            && self.reaches(def.value.clone(), depth - 1, is)
                    });
                    given
                        || (tokens.is(at + 1, "(") || self.property(name, at))
                            && self.outline.func_named(name).is_some_and(|func| {
                                func.body.len() <= BODY
                                    && !func.body.contains(&at)
                                    && self.reaches(func.body.clone(), depth - 1, is)
                            })
                })
    }

    /// Whether a name is that of a function that is asked without brackets.
    pub fn property(&self, name: u32, at: usize) -> bool {
        matches!(self.outline.language, "python" | "ruby" | "swift" | "csharp" | "kotlin")
            && (self.outline.language == "ruby"
                || self.outline.language == "swift"
                || at > 0 && self.outline.tokens.is(at - 1, ".")
                || self.outline.language == "csharp")
            && self.outline.by_name.contains_key(&name)
            && !self.outline.defs.contains_key(&name)
    }

    /// What a name is given where it is used: in its function, or else anywhere in the file.
    pub fn defs(&self, name: u32, func: u32) -> impl Iterator<Item = &Def> {
        let all = self.outline.defs.get(&name).map_or(&[][..], Vec::as_slice);
        let own = all.iter().any(|def| def.func == func);
        all.iter().filter(move |def| !own || def.func == func || def.func == NONE)
    }

    /// Everything the values in `range` are made of.
    pub fn made(&self, range: Range<usize>) -> Made {
        let mut made = Made::default();
        let mut seen = Vec::new();
        self.make(range, 0, &mut made, &mut seen);
        made
    }

    fn make(&self, range: Range<usize>, depth: usize, made: &mut Made, seen: &mut Vec<u32>) {
        let tokens = self.outline.tokens;
        if !self.step(range.len()) {
            return;
        }
        for at in range {
            match tokens.kind(at) {
                Some(Kind::Number) => made.numbers += usize::from(tokens.text(at).len() >= 2),
                Some(Kind::Mark) => {
                    made.mixes += usize::from(
                        tokens.any(at, &["*", "%", "^", "<<", "*=", "^=", "%="]) && self.between(at),
                    );
                }
                Some(Kind::Word) => {
                    made.tags |= self.word(at);
                    let Some(name) = tokens.name(at) else { continue };
                    if tokens.any(at, &["xor", "shl", "wrapping_mul", "imul"]) {
                        made.mixes += 1;
                    }
                    if depth >= 3 || seen.contains(&name) || seen.len() > 40 || !self.step(1) {
                        continue;
                    }
                    let func = self.outline.func_at(at);
                    let before = seen.len();
                    for def in self.defs(name, func) {
                        if seen.len() == before {
                            seen.push(name);
                        }
                        self.make(def.value.clone(), depth + 1, made, seen);
                    }
                    let called = tokens.any(at + 1, &["(", "{"]);
                    if let Some(func) =
                        self.outline.func_named(name).filter(|func| func.body.len() <= BODY && called)
                    {
                        seen.push(name);
                        self.make(func.body.clone(), depth + 1, made, seen);
                    }
                }
                _ => {}
            }
        }
    }

    /// Whether a mark stands between two values.
    fn between(&self, at: usize) -> bool {
        let tokens = self.outline.tokens;
        let value = |at: usize| matches!(tokens.kind(at), Some(Kind::Word | Kind::Number));
        at > 0
            && (value(at - 1) || tokens.any(at - 1, &[")", "]", "!"]))
            && (value(at + 1) || tokens.any(at + 1, &["(", "-", "~", "="]))
    }

    /// Whether a value is made of constants alone.
    pub fn fixed(&self, range: Range<usize>) -> bool {
        self.settled(range, 0).is_some_and(|literals| literals > 0)
    }

    /// How many literals a value that is made of constants has; `None` where it is made of more.
    fn settled(&self, range: Range<usize>, depth: usize) -> Option<usize> {
        let tokens = self.outline.tokens;
        if range.len() > 60 || depth > 5 {
            return None;
        }
        let mut literals = 0;
        // `['…', '…'].map((z) => Buffer.from(z, 'base64').toString())`
        let mapped: Vec<u32> = range
            .clone()
            .filter(|at| {
                tokens.is(*at, "=>")
                    && (range.start..*at).any(|at| tokens.any(at, &["map", "Select", "collect"]))
            })
            .filter_map(|at| tokens.name(at - 1).or_else(|| tokens.name(at.checked_sub(2)?)))
            .collect();
        for at in range {
            match tokens.kind(at)? {
                Kind::Number | Kind::Text => literals += 1,
                Kind::Mark => {
                    if !mapped.is_empty() && tokens.is(at, "=>") {
                        continue;
                    }
                    if tokens.any(at, &["=", "=>", "{", "}", "?", "&&", "||", "++", "--", "==", "!="])
                        && !tokens.any(at, &["{", "}"])
                    {
                        return None;
                    }
                }
                Kind::Word => {
                    let name = tokens.name(at)?;
                    if mapped.contains(&name) {
                        continue;
                    }
                    if let Some(found) = self.constant(name, at, depth) {
                        literals += found;
                    } else if self.name_tags(name) & words::DAYS != 0 {
                        literals += 1;
                    } else if self.name_tags(name) & words::MAKING == 0 {
                        return None;
                    }
                }
            }
        }
        Some(literals)
    }

    /// How many literals a constant of the file is made of.
    fn constant(&self, name: u32, at: usize, depth: usize) -> Option<usize> {
        if self.outline.bumped.contains(&name) || self.outline.grown.contains(&name) || !self.step(1) {
            return None;
        }
        let func = self.outline.func_at(at);
        if let Some(called) = self.outline.func_named(name).filter(|_| self.outline.tokens.is(at + 1, "(")) {
            let from = called.body.start + usize::from(self.outline.tokens.is(called.body.start, "return"));
            let end =
                called.body.end - usize::from(self.outline.tokens.is(called.body.end.checked_sub(1)?, ";"));
            return if called.params.len() < 2 { self.settled(from..end, depth + 1) } else { None };
        }
        // A parameter is given by the caller.
        if self
            .outline
            .funcs
            .get(func as usize)
            .is_some_and(|func| func.params.clone().any(|at| self.outline.tokens.name(at) == Some(name)))
        {
            return None;
        }
        let mut literals = 0;
        let mut any = false;
        for def in self.defs(name, func) {
            if def.part {
                return None;
            }
            any = true;
            literals += self.settled(def.value.clone(), depth + 1)?;
        }
        any.then_some(literals)
    }

    /// The number that a value of constants comes to, calculated from left to right.
    pub fn number(&self, range: Range<usize>) -> Option<f64> {
        self.calculated(range, 0)
    }

    fn calculated(&self, range: Range<usize>, depth: usize) -> Option<f64> {
        let tokens = self.outline.tokens;
        let mut result: Option<f64> = None;
        let mut sign = "";
        let mut at = range.start;
        if depth > 5 {
            return None;
        }
        while at < range.end {
            if !self.step(1) {
                return None;
            }
            let mut value = None;
            match tokens.kind(at)? {
                Kind::Number => value = literal(tokens.text(at)),
                Kind::Word => {
                    let name = tokens.name(at)?;
                    let func = self.outline.func_at(at);
                    let called = self.outline.func_named(name).filter(|_| tokens.is(at + 1, "("));
                    value = match called {
                        Some(called) if called.body.len() > SHORT => None,
                        Some(called) => {
                            let from =
                                called.body.start + usize::from(tokens.is(called.body.start, "return"));
                            self.calculated(from..called.body.end, depth + 1)
                        }
                        None => {
                            let mut defs = self.defs(name, func).filter(|def| !def.part);
                            defs.next()
                                .filter(|def| def.value.len() <= SHORT && self.step(4))
                                .and_then(|def| self.calculated(def.value.clone(), depth + 1))
                        }
                    };
                    if value.is_some() && called.is_some() {
                        at = tokens.close(at + 1).unwrap_or(at);
                    }
                }
                Kind::Mark if tokens.is(at, "(") => {
                    let close = tokens.close(at)?;
                    value = self.calculated(at + 1..close.min(range.end), depth + 1);
                    at = close;
                }
                Kind::Mark => {
                    for mark in ["+", "-", "*", "/", "<<"] {
                        if tokens.is(at, mark) {
                            sign = mark;
                        }
                    }
                }
                Kind::Text => {}
            }
            if let Some(value) = value {
                result = Some(match (result, sign) {
                    (Some(before), "+") => before + value,
                    (Some(before), "-") => before - value,
                    (Some(before), "*") => before * value,
                    (Some(before), "/") if value != 0.0 => before / value,
                    (Some(before), "<<") => before * 2_f64.powf(value.clamp(0.0, 80.0)),
                    (Some(before), _) => before.max(value),
                    (None, _) => value,
                });
                sign = "";
            }
            at += 1;
        }
        result
    }

    /// Whether a value holds a day of the calendar that is written in the program.
    pub fn dated(&self, range: Range<usize>) -> bool {
        self.dates(range, 0)
    }

    fn dates(&self, range: Range<usize>, depth: usize) -> bool {
        let tokens = self.outline.tokens;
        if depth == 0 && self.fixed(range.clone()) && self.number(range.clone()).is_some_and(moment) {
            return true;
        }
        range.into_iter().any(|at| match tokens.kind(at) {
            Some(Kind::Number) => literal(tokens.text(at)).is_some_and(|number| {
                number.fract() == 0.0
                    && (2018.0..2100.0).contains(&number)
                    && (tokens.is(at + 1, ",")
                        || tokens.is(at + 1, "/") && tokens.text(at).ends_with(b"y")
                        // `year{2026} / May / 14`
                        || at > 1 && tokens.is(at - 2, "year") && tokens.is(at + 2, "/"))
                    || moment(number)
                    || (20_180_101.0..20_991_231.0).contains(&number)
                    // A year and the day in it.
                    || number.fract() == 0.0
                        && (2_018_001.0..2_099_366.0).contains(&number)
                        && (1.0..367.0).contains(&(number % 1000.0))
            }),
            Some(Kind::Text) => is_date(inner(tokens.text(at))),
            Some(Kind::Word) if depth < 3 && self.step(1) => tokens.name(at).is_some_and(|name| {
                let func = self.outline.func_at(at);
                self.defs(name, func)
                    .any(|def| !def.part && def.value.len() < 60 && self.dates(def.value.clone(), depth + 1))
                    || tokens.is(at + 1, "(")
                        && self.outline.func_named(name).is_some_and(|func| {
                            func.body.len() < 60 && self.dates(func.body.clone(), depth + 1)
                        })
            }),
            _ => false,
        })
    }

    /// The texts a value of constants is joined of, and its numbers where there are texts.
    pub fn text_of(&self, range: Range<usize>) -> Vec<u8> {
        let mut text = Vec::new();
        let mut numbers = Vec::new();
        self.collect(range, 0, &mut text, &mut numbers);
        if !text.is_empty() {
            text.extend(numbers);
        }
        text
    }

    fn collect(&self, range: Range<usize>, depth: usize, text: &mut Vec<u8>, numbers: &mut Vec<u8>) {
        let tokens = self.outline.tokens;
        for at in range.take(60) {
            match tokens.kind(at) {
                Some(Kind::Text) if text.len() < 200 => text.extend(inner(tokens.text(at))),
                Some(Kind::Number) if numbers.len() < 40 => numbers.extend(tokens.text(at)),
                Some(Kind::Word) if depth < 3 && self.step(1) => {
                    let Some(name) = tokens.name(at) else { continue };
                    for def in self.defs(name, self.outline.func_at(at)).filter(|def| !def.part).take(1) {
                        self.collect(def.value.clone(), depth + 1, text, numbers);
                    }
                }
                _ => {}
            }
        }
    }
}

/// Whether a number is a moment of these years or of the decades after, in seconds or parts of them.
fn moment(number: f64) -> bool {
    // What a signed or an unsigned number of 32 bits holds at most is no day.
    let last = [2_147_483_647.0, 2_147_483_648.0, 4_294_967_295.0, 4_294_967_296.0].contains(&number);
    let round = number % 1e8 == 0.0;
    (1.2e9..4.1e9).contains(&number) && !last && !round
        || (1.2e12..4.1e12).contains(&number) && number % 1e11 != 0.0
        || (1.2e18..4.1e18).contains(&number) && number % 1e17 != 0.0
}

/// What a short text says that names something outside the program.
fn text_tags(text: &[u8]) -> Tags {
    let of = |needle: &[u8]| memchr::memmem::find(text, needle).is_some();
    if text.len() > 40 {
        return 0;
    }
    if of(b"/proc/uptime") {
        return words::UPTIME;
    }
    if of(b"TracerPid") {
        return words::TRACED;
    }
    if text.iter().all(|b| b.is_ascii_uppercase() || matches!(b, b'_') || b.is_ascii_digit())
        || text == b"XCTestConfigurationFilePath"
    {
        return words::of(text) & (words::WATCHED | words::LOCALE | words::PEER);
    }
    0
}

/// A literal without its marks.
pub fn inner(text: &[u8]) -> &[u8] {
    let text = match text {
        // `b"…"`, `L"…"`
        [b'b' | b'B' | b'u' | b'L', rest @ ..] if matches!(rest.first(), Some(b'"' | b'\'')) => rest,
        text => text,
    };
    let prefix = text.iter().take_while(|b| matches!(b, b'r' | b'R' | b'$' | b'@' | b'#')).count();
    let rest = text.get(prefix..).unwrap_or_default();
    let quotes = rest.iter().take_while(|b| matches!(b, b'"' | b'\'' | b'`' | b'(')).count();
    let start = if quotes == 0 { 0 } else { prefix + quotes };
    let end = text.iter().rev().take_while(|b| matches!(b, b'"' | b'\'' | b'`' | b'#')).count();
    text.get(start..text.len().saturating_sub(end).max(start)).unwrap_or_default()
}

/// The value of a literal number.
pub fn literal(text: &[u8]) -> Option<f64> {
    let plain: String = text.iter().filter(|b| !matches!(b, b'_' | b'\'')).map(|b| char::from(*b)).collect();
    let lower = plain.to_ascii_lowercase();
    if let Some(hex) = lower.strip_prefix("0x") {
        let hex = hex.trim_end_matches(['u', 'l']);
        return u64::from_str_radix(hex, 16).ok().map(|number| number as f64);
    }
    let digits = lower.trim_end_matches(|c: char| c.is_ascii_alphabetic() && c != 'e');
    let digits = ["u8", "u16", "u32", "u64", "i8", "i16", "i32", "i64", "usize", "f32", "f64"]
        .iter()
        .find_map(|end| lower.strip_suffix(end))
        .unwrap_or(digits);
    digits.parse().ok()
}

/// Whether a text is a day: `2026-03-01…`.
fn is_date(text: &[u8]) -> bool {
    let digits =
        |range: Range<usize>| text.get(range).is_some_and(|part| part.iter().all(u8::is_ascii_digit));
    // `01/06/2027`, `March 3, 2027`
    let last = text.len() >= 8
        && text.len() <= 24
        && text
            .get(text.len() - 4..)
            .is_some_and(|year| year.starts_with(b"20") && year.iter().all(u8::is_ascii_digit))
        && text.get(text.len() - 5).is_some_and(|b| matches!(b, b'/' | b'.' | b'-' | b' '))
        && text.first().is_some_and(|b| b.is_ascii_digit() || b.is_ascii_uppercase())
        && text.iter().filter(|b| matches!(b, b'/' | b'.' | b'-' | b' ')).count() >= 2
        && text.iter().filter(|b| b.is_ascii_alphabetic()).count() <= 9;
    if last {
        return true;
    }
    text.len() >= 8
        && text.len() <= 32
        && text.starts_with(b"20")
        && digits(0..4)
        && (matches!(text.get(4), Some(b'-' | b'/' | b'.')) && digits(5..7)
            || text.len() == 8 && digits(0..8))
}
