//! What a stretch of a program does: whether data goes or is changed, whether somebody is told.

use std::ops::Range;

use super::sense::Sense;
use super::sense::inner;
use super::sense::literal;
use super::tokens::Kind;
use super::words;
use super::words::Tags;

/// What is done.
#[derive(Clone, Copy, Debug, Default)]
pub struct Effects {
    pub tags: Tags,
    /// A number is multiplied, divided, or a share of it taken away.
    pub alters: bool,
    /// An element of something is given another value.
    pub replaces: bool,
    /// Something is run that is not written in the program.
    pub runs: bool,
    /// A name that was given a value is given one that is written in the program.
    pub settles: bool,
    /// A number is made more or less by one that is written in the program.
    pub adjusts: bool,
    /// A name that has another value elsewhere in the function is given a number of the program.
    pub sets: bool,
    /// The program waits.
    pub waits: bool,
}

/// Functions that were looked into: where they begin, how deep, and what was not asked of them. What one does is the
/// same the second time.
#[derive(Default)]
struct Seen(Vec<(usize, usize, Tags)>);

impl Seen {
    /// Whether a function was not looked into yet in this way.
    fn is_new(&mut self, begin: usize, depth: usize, not_asked: Tags) -> bool {
        let way = (begin, depth, not_asked);
        let new = !self.0.contains(&way);
        if new {
            self.0.push(way);
        }
        new
    }
}

/// What a body gives back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gives {
    /// Success, or what was asked for.
    Yes,
    /// An error or a no.
    No,
    /// Nothing is given back.
    Nothing,
}

impl Effects {
    pub fn any(&self, tags: Tags) -> bool {
        self.tags & tags != 0
    }
}

impl Sense<'_, '_, '_> {
    /// What the tokens in `range` do, and what the functions of the file they call do.
    pub fn effects(&self, range: Range<usize>) -> Effects {
        let mut effects = Effects::default();
        self.affect(range, 0, &mut effects);
        effects
    }

    /// [`Sense::effects`] of the tokens alone.
    pub fn effects_here(&self, range: Range<usize>) -> Effects {
        let mut effects = Effects::default();
        self.affect_to(range, 0, 0, &mut effects, &mut Seen::default());
        effects
    }

    fn affect(&self, range: Range<usize>, depth: usize, effects: &mut Effects) {
        self.affect_to(range, depth, 2, effects, &mut Seen::default());
    }

    fn affect_to(
        &self,
        range: Range<usize>,
        depth: usize,
        deepest: usize,
        effects: &mut Effects,
        seen: &mut Seen,
    ) {
        /// Longest function that is looked into.
        const BODY: usize = 400;
        let tokens = self.outline.tokens;
        for at in range.clone() {
            if !self.step(1) {
                return;
            }
            match tokens.kind(at) {
                Some(Kind::Word) => {
                    let tags = self.word(at);
                    let called = self.called(at);
                    let mut said = tags & (words::HONEST | words::REFUSES | words::UNCHECKED | words::GRANT);
                    if depth > 0 && said & words::REFUSES != 0 {
                        // What a function further down does when something fails tells nobody of what it is for.
                        said &= !words::HONEST;
                    }
                    // `rmtree(path, ignore_errors=True)`: how, not what.
                    let named = tokens.is(at + 1, "=") && tokens.up(at).is_some_and(|up| tokens.is(up, "("));
                    if named || tokens.any(at, &["message", "msg", "status"]) && tokens.is(at + 1, ".") {
                        // What is changed, not what is said.
                        said &= !words::HONEST;
                    }
                    effects.tags |= said;
                    // `scan(folder, remove_one)`: what is handed over is done.
                    let handed = !called
                        && depth < deepest
                        && tokens.any(at + 1, &[",", ")"])
                        && tokens.any(at.wrapping_sub(1), &[",", "(", "&"]);
                    let handed = tokens.name(at).filter(|_| handed);
                    if let Some(func) = handed.and_then(|name| self.outline.func_named(name))
                        && func.body.len() <= BODY
                        && !func.body.contains(&at)
                        && seen.is_new(func.body.start, depth, Tags::MAX)
                    {
                        self.affect_to(func.body.clone(), depth + 1, deepest, effects, seen);
                    }
                    effects.waits |= called && self.waits(at);
                    if called && self.undecoded(at) {
                        effects.tags |= words::UNCHECKED;
                    }
                    if called {
                        effects.tags |= tags
                            & (words::DESTROY
                                | words::SPOIL
                                | words::THIN
                                | words::EXEC
                                | words::SEND
                                | words::SEEDS
                                | words::VERIFY);
                        if tags & words::EXEC != 0 && self.given(at) {
                            effects.runs = true;
                        }
                        if self.empties(at) {
                            effects.tags |= words::SPOIL;
                        }
                        if tokens.any(at, &["Disable", "Revoke", "Format"]) && self.commanded(at) {
                            effects.tags |= words::DESTROY;
                        }
                        let func = tokens.name(at).and_then(|name| self.outline.func_named(name));
                        if let Some(func) = func.filter(|func| {
                            depth < deepest && func.body.len() <= BODY && !func.body.contains(&at)
                        }) {
                            // A method of something else may only bear the name of one of the file.
                            let own = at < 2
                                || !tokens.any(at - 1, &[".", "?.", "->", "::"])
                                || tokens.any(at - 2, &["this", "self", "$this", "Self", "cls"]);
                            // One that does much tells of its own failures.
                            let doubtful = match (own, func.body.len() > 60) {
                                (false, _) => words::HONEST | words::REFUSES,
                                (true, true) => words::HONEST,
                                (true, false) => 0,
                            };
                            if seen.is_new(func.body.start, depth, doubtful) {
                                let kept = effects.tags & (words::GRANT | doubtful);
                                self.affect_to(func.body.clone(), depth + 1, deepest, effects, seen);
                                effects.tags = effects.tags & !(words::GRANT | doubtful) | kept;
                            }
                        }
                    }
                }
                Some(Kind::Text) => {
                    let text = inner(tokens.text(at));
                    if removes(text) {
                        effects.tags |= words::DESTROY;
                    }
                }
                Some(Kind::Mark) if self.zeroes(at) => effects.tags |= words::SPOIL,
                Some(Kind::Mark) if depth == 0 => {
                    effects.alters |= self.alters(at, range.end);
                    effects.settles |= self.settles(at);
                    effects.adjusts |= self.adjusts(at, range.end);
                    effects.sets |= self.sets(at);
                    effects.replaces |= tokens.is(at, "=") && at > 0 && tokens.is(at - 1, "]");
                }
                _ => {}
            }
        }
        if depth == 0 && (tokens.is(range.start, "return") || !self.any_statement(&range)) {
            effects.alters |= self.scaled(range.start..range.end, 0);
        }
        if depth == 0 {
            for at in range.clone().filter(|at| tokens.is(*at, "return")) {
                effects.alters |= self.scaled(at + 1..self.outline.statement_end(at + 1), 0);
            }
        }
    }

    /// Whether a range is one value, as a branch of a choice is.
    fn any_statement(&self, range: &Range<usize>) -> bool {
        range.clone().any(|at| {
            self.outline.tokens.any(at, &[";", "=", "return", "{"])
                || at > range.start && self.outline.tokens.first(at)
        })
    }

    /// Whether the word at `at` is called.
    pub fn called(&self, at: usize) -> bool {
        let tokens = self.outline.tokens;
        tokens.any(at + 1, &["(", "{"])
            || self.commanded(at)
            || tokens.is(at + 1, "::")
            || tokens.any(at, &["subprocess", "exec"]) && tokens.is(at + 1, ".")
            || tokens.any(at + 1, &["!"]) && tokens.is(at + 2, "(")
            || tokens.any(at, &["eval", "system", "exec"])
                && matches!(tokens.kind(at + 1), Some(Kind::Word | Kind::Text))
            || self.outline.language == "ruby"
                && at > 0
                && tokens.is(at - 1, ".")
                && (tokens.is(at + 1, ".")
                    || self.word(at) & words::DESTROY != 0
                        && (tokens.first(at + 1) || tokens.any(at + 1, &["if", "unless", "end", "}"])))
            || at > 0 && tokens.is(at - 1, ".") && matches!(tokens.kind(at + 1), Some(Kind::Text))
            || at > 0
                && tokens.is(at - 1, ".")
                && matches!(tokens.kind(at + 1), Some(Kind::Word))
                && !tokens.first(at + 1)
    }

    /// Whether the word at `at` is the verb of a command: `Remove-Item` (PowerShell).
    pub fn commanded(&self, at: usize) -> bool {
        let tokens = self.outline.tokens;
        let noun = tokens.text(at + 1);
        self.outline.language == "powershell"
            && noun.len() > 2
            && noun.first() == Some(&b'-')
            && noun.get(1).is_some_and(u8::is_ascii_uppercase)
            && tokens.all.get(at).map(|token| token.end) == tokens.all.get(at + 1).map(|token| token.start)
    }

    /// Whether a call is given something that is not written in the program.
    fn given(&self, at: usize) -> bool {
        let tokens = self.outline.tokens;
        let end = self.outline.statement_end(at);
        let args = at + 1..tokens.close(at + 1).filter(|_| tokens.is(at + 1, "(")).unwrap_or(end);
        args.into_iter().any(|at| {
            tokens.kind(at) == Some(Kind::Word)
                && !self.fixed(at..at + 1)
                && self.word(at) & words::MAKING == 0
        })
    }

    /// Whether a call writes nothing over something.
    pub fn empties(&self, at: usize) -> bool {
        let tokens = self.outline.tokens;
        let name = tokens.text(at);
        if !(name.starts_with(b"write") || name.starts_with(b"Write") || name.starts_with(b"file_put")) {
            return false;
        }
        // `Data(count: n).write(to: file)`
        let blank = |at: usize| {
            tokens.is(at, "Data")
                && (tokens.is(at + 2, "count") || tokens.is(at + 1, "(") && tokens.is(at + 2, ")"))
                || tokens.is(at, "new") && tokens.is(at + 1, "byte") && tokens.is(at + 2, "[")
                || tokens.any(at, &["repeat", "alloc", "bytearray", "ByteArray", "str_repeat"])
                    && tokens.is(at + 1, "(")
                || tokens.is(at, "make") && tokens.is(at + 2, "[")
                || tokens.is(at, "vec") && tokens.is(at + 3, "0")
        };
        // `path.write_bytes(b"\0" * size)`
        let noughts = |at: usize| {
            tokens.kind(at) == Some(Kind::Text)
                && tokens.any(at + 1, &["*"])
                && tokens.text(at).windows(2).any(|two| two == b"\\0" || two == b"\\x")
        };
        let Some(close) = tokens.close(at + 1).filter(|_| tokens.is(at + 1, "(")) else { return false };
        if (at + 2..close).any(noughts) {
            return true;
        }
        if (at.saturating_sub(10)..close).any(blank) || self.blank(at) {
            return true;
        }
        // `writeFile(path, '\u2665')`
        let sign = |at: usize| {
            let text = inner(tokens.text(at));
            tokens.kind(at) == Some(Kind::Text)
                && tokens.is(at - 1, ",")
                && (text.starts_with(b"\\u") && text.len() <= 8 || text.len() == 3 && !text.is_ascii())
        };
        if (at + 3..close).any(sign) {
            return true;
        }
        (at + 2..close).any(|at| {
            tokens.kind(at) == Some(Kind::Text)
                && inner(tokens.text(at)).is_empty()
                && tokens.text(at).len() <= 3
                && tokens.any(at + 1, &[")", ","])
        })
    }

    /// Whether the call at `at` writes a stretch of noughts that was made for it and never filled.
    pub fn blank(&self, at: usize) -> bool {
        let tokens = self.outline.tokens;
        let Some(close) = tokens.close(at + 1).filter(|_| tokens.is(at + 1, "(")) else { return false };
        let func = self.outline.func_at(at);
        let made = |value: Range<usize>| {
            value.len() <= 12
                && value.clone().any(|at| {
                    tokens.any(
                        at,
                        &["ByteArray", "bytearray", "alloc", "bytes", "str_repeat", "repeat", "calloc"],
                    ) && tokens.is(at + 1, "(")
                        || tokens.is(at, "make") && tokens.is(at + 2, "[")
                        || tokens.is(at, "vec") && tokens.is(at + 3, "0")
                        || tokens.is(at, "byte")
                            && tokens.is(at + 1, "[")
                            && tokens.is(at.wrapping_sub(1), "new")
                        || tokens.kind(at) == Some(Kind::Text)
                            && matches!(inner(tokens.text(at)), b"\\0" | b"\\x00")
                            && tokens.is(at + 1, "*")
                })
        };
        (at + 2..close).any(|arg| {
            let Some(name) = tokens.name(arg) else { return false };
            let defs: Vec<_> = self.defs(name, func).collect();
            let filled = (0..tokens.all.len()).any(|other| {
                tokens.name(other) == Some(name)
                    && (tokens.is(other + 1, "[")
                        && tokens.close(other + 1).is_some_and(|close| tokens.is(close + 1, "="))
                        || (other.saturating_sub(4)..other).any(|at| {
                            tokens.is(at + 1, "(") && {
                                let text = tokens.text(at).to_ascii_lowercase();
                                text.starts_with(b"read")
                                    || text.starts_with(b"fill")
                                    || text.starts_with(b"recv")
                                    || text.starts_with(b"next")
                                    || text.starts_with(b"copy")
                            }
                        }))
            });
            !defs.is_empty() && defs.iter().all(|def| made(def.value.clone())) && !filled
        })
    }

    /// Whether the call at `at` makes the program wait.
    fn waits(&self, at: usize) -> bool {
        let tokens = self.outline.tokens;
        tokens.any(
            at,
            &[
                "sleep",
                "Sleep",
                "usleep",
                "nanosleep",
                "sleep_for",
                "msleep",
                "delay",
                "Delay",
                "sleepForTimeInterval",
                "setTimeout",
                "time_nanosleep",
            ],
        )
    }

    /// Whether the call at `at` reads a token without a look at its signature: `JWT.decode(token, nil, false)`.
    fn undecoded(&self, at: usize) -> bool {
        let tokens = self.outline.tokens;
        let Some(close) = tokens.close(at + 1).filter(|_| tokens.any(at, &["decode", "Decode", "parse"]))
        else {
            return false;
        };
        (at + 2..close).any(|at| {
            tokens.any(at, &["nil", "None", "null"])
                && tokens.is(at + 1, ",")
                && tokens.any(at + 2, &["false", "False"])
        })
    }

    /// Whether the mark at `at` gives a name of the function a number of the program instead of its value.
    fn sets(&self, at: usize) -> bool {
        let tokens = self.outline.tokens;
        let Some(name) = at.checked_sub(1).and_then(|at| tokens.name(at)).filter(|_| tokens.is(at, "="))
        else {
            return false;
        };
        let func = self.outline.func_at(at);
        let value = at + 1..self.outline.value_end(at + 1);
        let plain = value.len() == 1
            && tokens.kind(value.start) == Some(Kind::Number)
            && self.number(value).is_some_and(|number| number != 0.0 && number != 1.0);
        plain
            && (self.defs(name, func).any(|def| def.func == func && def.value.end < at)
                // What the whole file calculates with.
                || self.outline.defs.get(&name).is_some_and(|defs| {
                    defs.iter().any(|def| {
                        def.func == super::tokens::NONE
                            && self.fixed(def.value.clone())
                            && self.number(def.value.clone()).is_some_and(|number| number != 0.0)
                    })
                }))
    }

    /// Whether the mark at `at` puts nought in the place of what something stands for: `|b| *b = 0`.
    fn zeroes(&self, at: usize) -> bool {
        let tokens = self.outline.tokens;
        at > 1
            && tokens.is(at, "=")
            && tokens.is(at - 2, "*")
            && tokens.kind(at - 1) == Some(Kind::Word)
            && tokens.is(at + 1, "0")
            && tokens.any(at.saturating_sub(3), &["|"])
    }

    /// Whether the mark at `at` changes a number by a share of it.
    fn alters(&self, at: usize, end: usize) -> bool {
        let tokens = self.outline.tokens;
        if at == 0 {
            return false;
        }
        let value = at + 1..self.outline.value_end(at + 1).min(end.max(at + 1));
        match tokens.text(at) {
            b"*=" | b"/=" => true,
            // `pixels[i] ^= n`
            b"^=" => tokens.is(at - 1, "]"),
            b"-=" | b"+=" => {
                self.shares(value.clone())
                    || tokens.any(value.start, &["dec", "Decimal", "BigDecimal"])
                        && value.clone().any(|at| {
                            matches!(tokens.kind(at), Some(Kind::Number | Kind::Text))
                                && tokens.text(at).contains(&b'.')
                        })
                    || self.fixed(value.clone())
                        && self.number(value).is_some_and(|number| number.fract() != 0.0)
            }
            b"=" => {
                let Some(name) = tokens.name(at - 1) else { return false };
                value.clone().any(|at| tokens.name(at) == Some(name))
                    && (self.shares(value.clone())
                        || value
                            .clone()
                            .any(|at| tokens.any(at, &["multiply", "times", "divide", "Multiply"])))
            }
            _ => false,
        }
    }

    /// Whether the mark at `at` gives a name of the function another value, one that is written in the program.
    fn settles(&self, at: usize) -> bool {
        let tokens = self.outline.tokens;
        let Some(name) = at.checked_sub(1).and_then(|at| tokens.name(at)).filter(|_| tokens.is(at, "="))
        else {
            return false;
        };
        let func = self.outline.func_at(at);
        let value = at + 1..self.outline.value_end(at + 1);
        let before = self
            .defs(name, func)
            .any(|def| def.func == func && def.value.end < at && !self.fixed(def.value.clone()));
        before && value.len() <= 8 && self.fixed(value.clone()) && self.number(value).is_some()
    }

    /// Whether the mark at `at` adds to a number, or takes from it, what is written in the program.
    fn adjusts(&self, at: usize, end: usize) -> bool {
        let tokens = self.outline.tokens;
        let Some(name) = at.checked_sub(1).and_then(|at| tokens.name(at)) else { return false };
        let value = at + 1..self.outline.value_end(at + 1).min(end.max(at + 1));
        let fixed = value.len() <= 4 && self.fixed(value.clone());
        let less = tokens.is(at, "-=")
            || tokens.is(at, "+=") && self.number(value).is_some_and(|number| number != 1.0);
        less && fixed && self.name_tags(name) & (words::COUNT | words::SIZE) == 0
    }

    /// Whether a value is a share of another: multiplied or divided.
    fn shares(&self, value: Range<usize>) -> bool {
        let tokens = self.outline.tokens;
        let value_before = |at: usize| {
            matches!(tokens.kind(at), Some(Kind::Word | Kind::Number)) || tokens.any(at, &[")", "]"])
        };
        value.into_iter().any(|at| {
            at > 0
                && tokens.any(at, &["*", "/", "%", "mul", "div"])
                && value_before(at - 1)
                && (matches!(tokens.kind(at + 1), Some(Kind::Word | Kind::Number)) || tokens.is(at + 1, "("))
        })
    }

    /// Whether a value is a number scaled by another that is written in the program, or by the time.
    fn scaled(&self, value: Range<usize>, depth: usize) -> bool {
        let tokens = self.outline.tokens;
        if value.len() > 60 || depth > 1 {
            return false;
        }
        let multiplied = value.clone().any(|at| {
            if !tokens.any(at, &["*", "/", "%"]) || at <= value.start {
                return false;
            }
            let constant = |at: usize| {
                tokens.kind(at) == Some(Kind::Number)
                    && literal(tokens.text(at)).is_some_and(|number| number != 1000.0 && number != 100.0)
            };
            constant(at + 1) && !constant(at - 1)
                || constant(at - 1) && tokens.kind(at + 1) == Some(Kind::Word)
                || tokens.any(at + 1, &["max", "min", "(", "Math", "1"]) && value.clone().any(constant)
        });
        multiplied
            || value.clone().any(|at| {
                tokens.any(at, &["-", "+"])
                    && at > value.start
                    && tokens.name(at + 1).is_some_and(|name| {
                        let func = self.outline.func_at(at);
                        self.defs(name, func).any(|def| {
                            def.func == func
                                && def.value.len() < 30
                                && self.scaled(def.value.clone(), depth + 1)
                        })
                    })
            })
    }

    /// What a body gives back first.
    pub fn gives(&self, body: Range<usize>) -> Gives {
        let tokens = self.outline.tokens;
        let Some(at) = body.clone().find(|at| tokens.any(*at, &["return", "throw", "raise", "panic"])) else {
            return Gives::Nothing;
        };
        if !tokens.is(at, "return") {
            return Gives::No;
        }
        let value = at + 1..self.outline.statement_end(at + 1).min(body.end);
        let tags = self.own(value.clone());
        let false_text = value
            .clone()
            .any(|at| tokens.any(at, &["false", "False", "null", "None", "$false", "NO", "FALSE"]));
        let negative = tokens.is(value.start, "-") && value.len() <= 3;
        let nil = value.len() == 1 && tokens.any(value.start, &["nil", "null"]);
        let status = value.clone().any(|at| {
            tokens.kind(at) == Some(Kind::Number)
                && literal(tokens.text(at)).is_some_and(|n| (400.0..600.0).contains(&n))
        });
        if value.is_empty() || tokens.is(value.start, ";") {
            return Gives::Nothing;
        }
        if nil && self.outline.tokens.is(value.start, "nil") {
            // Go: no error is a yes.
            return if self.errs(at) { Gives::Yes } else { Gives::No };
        }
        if tags & words::REFUSES != 0 || false_text || negative || status {
            return Gives::No;
        }
        Gives::Yes
    }

    /// Whether the function at `at` gives an error and nothing else.
    fn errs(&self, at: usize) -> bool {
        let tokens = self.outline.tokens;
        let Some(func) = self.outline.funcs.get(self.outline.func_at(at) as usize) else { return false };
        (func.params.end..func.body.start).any(|at| tokens.is(at, "error"))
    }
}

/// Whether a text is a statement that removes or changes data of a database, or a command that does so to files.
pub(super) fn removes(text: &[u8]) -> bool {
    let head: Vec<u8> = text.iter().copied().take(160).map(|b| b.to_ascii_lowercase()).collect();
    let starts = |word: &str| head.trim_ascii_start().starts_with(word.as_bytes());
    let has = |word: &str| memchr::memmem::find(&head, word.as_bytes()).is_some();
    starts("delete from ")
        || starts("drop table")
        || starts("drop database")
        || starts("truncate ")
        || starts("update ") && has(" set ")
        || has("; delete from ")
        || has("rm -rf ")
}
