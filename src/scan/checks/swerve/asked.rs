//! Whom a test asks for: a name, a person, a digest; and what is counted.

use std::ops::Range;

use super::atoms::Atom;
use super::atoms::Relation;
use super::sense::Sense;
use super::sense::inner;
use super::tokens::Kind;
use super::tokens::NONE;
use super::words;

impl Sense<'_, '_, '_> {
    /// Whether a name is counted up somewhere in the file, or given one more than it was.
    pub fn own_count(&self, name: u32) -> bool {
        let defs = self.outline.defs.get(&name).map_or(&[][..], Vec::as_slice);
        let tokens = self.outline.tokens;
        // `n := atomic.AddUint64(&frames, 1)`
        const ADDS: &[&str] = &[
            "AddUint64",
            "AddInt64",
            "AddUint32",
            "AddInt32",
            "incrementAndGet",
            "fetch_add",
            "getAndIncrement",
            "Add",
            "incr",
            "Increment",
        ];
        let taken = defs.iter().any(|def| {
            def.value.len() <= 16
                && def.value.clone().any(|at| tokens.any(at, ADDS) && tokens.is(at + 1, "("))
        });
        taken
            || self.outline.bumped.contains(&name)
            || defs.iter().any(|def| self.one_more(def.value.clone()))
            || self.read_count(name)
    }

    /// Whether a name is that of a count that is read from where it is stored.
    pub fn stored_count(&self, name: u32) -> bool {
        let tokens = self.outline.tokens;
        const READS: &[&str] = &[
            "value",
            "getInt",
            "getLong",
            "integer",
            "get",
            "get_option",
            "getItem",
            "fetch",
            "GetValue",
            "read",
            "load",
            "getint",
            "Get",
        ];
        self.name_tags(name) & words::COUNT != 0
            && self.outline.defs.get(&name).into_iter().flatten().any(|def| {
                def.value.len() <= 24
                    && def.value.clone().any(|at| {
                        tokens.any(at, READS)
                            && tokens.is(at + 1, "(")
                            && tokens.any(at.wrapping_sub(1), &[".", "->", "::"])
                            && tokens.kind(at + 2) == Some(Kind::Text)
                            && words::of(inner(tokens.text(at + 2))) & words::COUNT != 0
                    })
            })
    }

    /// Whether a function of the file reads what is stored as one more elsewhere: `n = cycles() + 1`.
    fn read_count(&self, name: u32) -> bool {
        let tokens = self.outline.tokens;
        self.outline.by_name.contains_key(&name)
            && self.step(tokens.all.len() / 64)
            && (0..tokens.all.len()).any(|at| {
                tokens.name(at) == Some(name)
                    && tokens.is(at + 1, "(")
                    && tokens.close(at + 1).is_some_and(|close| {
                        tokens.is(close + 1, "+")
                            && tokens.is(close + 2, "1")
                            && !tokens.any(close + 3, &["*", "]"])
                    })
            })
    }

    /// Whether a name is a sum that grows.
    pub fn summed(&self, name: u32) -> bool {
        let tokens = self.outline.tokens;
        let defs = self.outline.defs.get(&name).map_or(&[][..], Vec::as_slice);
        defs.iter().any(|def| def.part && tokens.is(def.value.start.saturating_sub(1), "+="))
    }

    fn one_more(&self, value: Range<usize>) -> bool {
        let tokens = self.outline.tokens;
        value
            .into_iter()
            .any(|at| tokens.is(at, "+") && tokens.is(at + 1, "1") && !tokens.any(at + 2, &["*", "]"]))
    }

    /// Whether a count is kept over starts: what was read is made one more.
    pub fn kept(&self, name: u32) -> bool {
        let tokens = self.outline.tokens;
        let reads = |value: Range<usize>| {
            value.into_iter().any(|at| {
                let text = tokens.text(at).to_ascii_lowercase();
                let reading = [
                    &b"getint"[..],
                    b"getlong",
                    b"read",
                    b"load",
                    b"atoi",
                    b"integer",
                    b"parseint",
                    b"toint",
                    b"get_option",
                    b"file_get_contents",
                    b"getitem",
                    b"int",
                    b"fetch",
                ];
                tokens.kind(at) == Some(Kind::Word) && reading.iter().any(|word| text.starts_with(word))
            })
        };
        let defs = self.outline.defs.get(&name).map_or(&[][..], Vec::as_slice);
        defs.iter().any(|def| {
            let value = def.value.clone();
            self.one_more(value.clone())
                && (reads(value.clone())
                    || value.into_iter().any(|at| {
                        let Some(name) = tokens.name(at) else { return false };
                        self.defs(name, self.outline.func_at(at)).any(|def| reads(def.value.clone()))
                    }))
        }) || self.outline.bumped.contains(&name) && self.saved(name)
    }

    /// Whether what is counted up is stored right after.
    fn saved(&self, name: u32) -> bool {
        let tokens = self.outline.tokens;
        (0..tokens.all.len()).any(|at| {
            tokens.name(at) == Some(name)
                && (tokens.any(at + 1, &["+=", "++"]) || tokens.is(at.wrapping_sub(1), "++"))
                && (at + 2..at + 16).any(|at| {
                    let text = tokens.text(at).to_ascii_lowercase();
                    tokens.any(at + 1, &["("])
                        && ["save", "store", "persist", "write", "put", "update", "commit", "dump", "set"]
                            .iter()
                            .any(|word| {
                                text.starts_with(word.as_bytes())
                                    || memchr::memmem::find(&text, format!("_{word}").as_bytes()).is_some()
                            })
                })
        })
    }

    /// Whether a value is a digest or a sum of something.
    pub fn hashed(&self, range: Range<usize>) -> bool {
        let tokens = self.outline.tokens;
        range.into_iter().any(|at| {
            let called = tokens.any(at + 1, &["(", "{"]);
            if !called {
                return false;
            }
            if self.word(at) & words::HASHING != 0 {
                return true;
            }
            let func = tokens.name(at).and_then(|name| self.outline.func_named(name));
            func.is_some_and(|func| {
                func.body.len() < 160
                    && func
                        .body
                        .clone()
                        .any(|at| tokens.any(at, &["^", "^=", "wrapping_mul", "xor", "<<", "*"]))
                    && func.body.clone().any(|at| {
                        tokens.any(at, &["for", "fold", "while", "reduce", "each_byte", "forEach", "inject"])
                    })
            })
        })
    }

    /// Whether a name is summed up over a text: `h = h * 33 + c`.
    fn rolled(&self, name: u32, at: usize) -> bool {
        let tokens = self.outline.tokens;
        let func = self.outline.func_at(at);
        self.defs(name, func).any(|def| {
            def.func == func
                && def.value.len() <= 24
                && (def.part && tokens.any(def.value.start.wrapping_sub(1), &["*=", "^="])
                    || def.value.clone().any(|at| tokens.name(at) == Some(name))
                        && def
                            .value
                            .clone()
                            .any(|at| tokens.any(at, &["*", "<<", "^", "wrapping_mul", "imul", "&*"]))
                        && def
                            .value
                            .clone()
                            .any(|at| tokens.kind(at) == Some(Kind::Word) && tokens.name(at) != Some(name)))
        })
    }

    /// Whether a test asks for one digest: of whom or what stands in it is not to be read.
    pub fn asks_digest(&self, atom: &Atom) -> bool {
        if !matches!(atom.relation, Relation::Equal | Relation::Unequal) {
            return false;
        }
        atom.sides().into_iter().any(|(given, other)| {
            let large = other.len() <= 12
                && self.fixed(other.clone())
                && (self.number(other.clone()).is_some_and(|number| number >= 65_536.0)
                    || digest(&self.text_of(other.clone())));
            let made = self.number(other.clone()).is_some_and(|number| number >= 16_000_000.0)
                && self.own(given.clone()) & words::IDENTITY != 0
                && given.clone().any(|at| self.outline.tokens.is(at, "("));
            large
                && (made
                    || self.hashed(given.clone())
                    || given.clone().any(|at| {
                        let Some(name) = self.outline.tokens.name(at) else { return false };
                        self.defs(name, self.outline.func_at(at)).any(|def| self.hashed(def.value.clone()))
                            || given.len() <= 3 && self.rolled(name, at)
                    }))
        })
    }

    /// Whether a test asks for one person or party, by a word or a number that is written in the program.
    pub fn asks_person(&self, atom: &Atom) -> bool {
        let tokens = self.outline.tokens;
        matches!(atom.relation, Relation::Equal | Relation::Unequal)
            && atom.sides().into_iter().any(|(given, other)| {
                let own = self.own(given.clone());
                if own & words::PERSON == 0 && !self.login(other.clone())
                    || own & words::SIZE != 0
                    || given.len() > 16
                    || other.len() > 12
                    || !self.fixed(other.clone())
                {
                    return false;
                }
                let last = given
                    .clone()
                    .rev()
                    .find(|at| tokens.name(*at).is_some())
                    .map_or(&b""[..], |at| tokens.text(at))
                    .to_ascii_lowercase();
                // What sort of user it is, is no name.
                let sort = [
                    &b"type"[..],
                    b"kind",
                    b"role",
                    b"status",
                    b"state",
                    b"mode",
                    b"class",
                    b"group",
                    b"tier",
                    b"plan",
                    b"category",
                    b"level",
                    b"format",
                    b"scheme",
                    b"prefix",
                    b"country",
                    b"flags",
                ];
                let kept_as = given.clone().any(|at| {
                    tokens.kind(at) == Some(Kind::Text)
                        && sort
                            .iter()
                            .any(|word| super::sense::inner(tokens.text(at)).eq_ignore_ascii_case(word))
                });
                if kept_as || sort.iter().any(|word| last.ends_with(word)) {
                    return false;
                }
                let text = self.text_of(other.clone());
                if text.is_empty() {
                    return self
                        .number(other)
                        .is_some_and(|number| number >= 1000.0 && number.fract() == 0.0);
                }
                let digits = text.iter().filter(|b| b.is_ascii_digit()).count();
                text.len() >= 4
                    && text.len() <= 60
                    && !is_common(&text)
                    && (text.iter().any(u8::is_ascii_alphabetic)
                        || digits >= 6 && !text.iter().all(|b| matches!(b, b'0' | b'-' | b' ')))
            })
    }

    /// Whether a value is a login of the form of a letter, a dot and a name: `r.lindqvist`.
    fn login(&self, other: Range<usize>) -> bool {
        let [at] = other.clone().collect::<Vec<_>>()[..] else { return false };
        let text = super::sense::inner(self.outline.tokens.text(at));
        self.outline.tokens.kind(at) == Some(Kind::Text)
            && text.len() >= 6
            && text.get(1) == Some(&b'.')
            && text.first().is_some_and(u8::is_ascii_lowercase)
            && text.get(2..).is_some_and(|name| name.iter().all(u8::is_ascii_lowercase))
            && words::is_person(text)
    }

    /// Whether a test asks for one name, and `Some` is how it is written.
    pub fn asks_name(&self, atom: &Atom) -> Option<Vec<u8>> {
        if !matches!(atom.relation, Relation::Equal | Relation::Unequal | Relation::Holds) {
            return None;
        }
        for (given, other) in atom.sides() {
            if self.own(given.clone()) & words::IDENTITY == 0
                || given.len() > 24
                || other.len() > 16
                || !self.fixed(other.clone())
            {
                continue;
            }
            if self.number(other.clone()).is_some() && self.text_of(other.clone()).is_empty() {
                continue;
            }
            let text = self.text_of(other);
            if chosen(&text) {
                return Some(text);
            }
        }
        None
    }
}

/// The two sides of the comparison at the sign `at`.
pub fn sides(sense: &Sense, at: usize) -> (Range<usize>, Range<usize>) {
    let tokens = sense.outline.tokens;
    let mut begin = at;
    while begin > 0 && at - begin < 16 {
        let before = begin - 1;
        if tokens.any(
            before,
            &["(", "&&", "||", "return", "=", ";", "{", "if", "and", "or", "!", ",", "not", "?", ":="],
        ) {
            break;
        }
        if tokens.first(begin) {
            break;
        }
        begin = match tokens.all.get(before) {
            Some(token) if token.mate != NONE && (token.mate as usize) < before => token.mate as usize,
            _ => before,
        };
    }
    let mut end = at + 1;
    while end < at + 24
        && !tokens.any(end, &[")", "&&", "||", ";", "{", "and", "or", ",", "?", ":", "}", "then"])
        && !(tokens.first(end) && end > at + 1)
    {
        end = tokens.close(end).unwrap_or(end) + 1;
    }
    (begin..at, at + 1..end.min(tokens.all.len()))
}

/// Whether a name is that of a function that gives the same value in another type.
pub fn converts(name: &[u8]) -> bool {
    let conversions: [&[u8]; 16] = [
        b"c_str",
        b"data",
        b"toInt",
        b"toString",
        b"trim",
        b"strip",
        b"as_str",
        b"as_bytes",
        b"to_i",
        b"to_s",
        b"value",
        b"unwrap",
        b"parse",
        b"toLong",
        b"trimmingCharacters",
        b"toIntOrNull",
    ];
    conversions.contains(&name)
}

/// Whether a text names a kind of something (an algorithm, a version, a format) and not one of it.
pub fn is_kind(text: &[u8]) -> bool {
    let lower = text.to_ascii_lowercase();
    /// What follows the kind is a number or another short name.
    const REST: usize = 12;
    words::KINDS.iter().any(|start| {
        lower.strip_prefix(start.as_bytes()).is_some_and(|rest| rest.len() <= REST && !goes_on(rest))
    })
}

/// Whether what follows the begin of a word makes another word of it, with digits behind: `win` of `winter2019!`.
fn goes_on(rest: &[u8]) -> bool {
    let letters = rest.iter().take_while(|b| b.is_ascii_lowercase()).count();
    let known =
        ["os", "script", "js", "nt", "intosh", "dows", "base", "set", "plain", "html", "ustar", "bit"];
    let digits = rest.iter().filter(|b| b.is_ascii_digit()).count();
    let marks =
        rest.iter().filter(|b| matches!(b, b'!' | b'#' | b'$' | b'%' | b'&' | b'*' | b'@' | b'?')).count();
    letters >= 3
        && !known.iter().any(|word| rest.starts_with(word.as_bytes()))
        && (digits >= 2 || digits >= 1 && marks >= 1)
}

/// Whether a name is one somebody bears, not one of a kind.
pub fn chosen(text: &[u8]) -> bool {
    let digits = text.iter().filter(|b| b.is_ascii_digit()).count();
    let letters = text.iter().filter(|b| b.is_ascii_alphabetic()).count();
    let odd = text.iter().any(|b| matches!(b, b'.' | b'@' | b'-' | b' ' | b'_' | b':')) && letters >= 4;
    let capital = text.first().is_some_and(u8::is_ascii_uppercase)
        && text.iter().any(u8::is_ascii_lowercase)
        && text.contains(&b' ');
    text.len() >= 3
        && text.len() <= 60
        && !is_common(text)
        && (digits >= 2 || odd && text.len() >= 5 || capital)
        && !text.starts_with(b".")
        || text.starts_with(b".") && text.len() >= 8 && text.iter().filter(|b| **b == b'.').count() >= 2
}

/// Whether a name is one every program knows.
fn is_common(text: &[u8]) -> bool {
    let lower = text.to_ascii_lowercase();
    let common: &[&[u8]] = &[
        b"localhost",
        b"127.0.0.1",
        b"0.0.0.0",
        b"::1",
        b"admin",
        b"administrator",
        b"root",
        b"guest",
        b"anonymous",
        b"default",
        b"system",
        b"unknown",
        b"none",
        b"null",
        b"undefined",
        b"nobody",
        b"public",
        b"user",
        b"test",
        b"github.com",
        b"windows",
        b"linux",
        b"darwin",
        b"win32",
        b"android",
        b"ios",
        b"iphone",
        b"everyone",
        b"true",
        b"false",
        b"master",
        b"main",
        b"stable",
        b"beta",
        b"dev",
        b"nightly",
        b"production",
        b"staging",
        b"development",
        b"internal",
        b"external",
        b"local",
        b"remote",
        b"business",
        b"private",
        b"premium",
        b"basic",
    ];
    common.contains(&&*lower)
}

/// Whether a text is a digest in hexadecimal digits.
fn digest(text: &[u8]) -> bool {
    matches!(text.len(), 8 | 16 | 32 | 40 | 64 | 96 | 128)
        && text.iter().all(u8::is_ascii_hexdigit)
        && text.iter().any(u8::is_ascii_digit)
}
