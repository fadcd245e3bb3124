//! The functions of a file, what runs on which condition, and what its names are made of.
//!
//! Read from tokens alone, the same way for every language: a file this misreads is misread, no more.

use std::ops::Range;

use super::tokens::Kind;
use super::tokens::NONE;
use super::tokens::Tokens;
use crate::scan::code::map::Map;
use crate::scan::code::map::Set;

/// A function, a method or a closure with a name.
pub struct Func {
    pub name: Option<u32>,
    /// Between the brackets.
    pub params: Range<usize>,
    pub body: Range<usize>,
}

/// What runs where a test holds, or where it does not.
pub struct Branch {
    pub test: Range<usize>,
    /// What a `case` chooses by.
    pub subject: Range<usize>,
    /// Whether the body runs where the test holds.
    pub holds: bool,
    pub body: Range<usize>,
    /// Whether the body is what follows a branch that leaves.
    pub rest: bool,
    /// Whether it is one of several cases.
    pub case: bool,
}

/// A value a name is given.
pub struct Def {
    pub value: Range<usize>,
    /// The function in which that is done.
    pub func: u32,
    /// Whether the old value stays part of it, or only an element is given.
    pub part: bool,
}

/// How a language shows where a body ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    Braces,
    Indent,
    Ends,
}

/// What was read of a file.
pub struct Outline<'t, 'b> {
    pub tokens: &'t Tokens<'b>,
    language: &'t str,
    style: Style,
    /// Whether a line's end ends a statement.
    lines: bool,
    pub funcs: Vec<Func>,
    /// Per token, the innermost function it stands in.
    func_at: Vec<u32>,
    pub by_name: Map<u32, Vec<u32>>,
    pub branches: Vec<Branch>,
    pub defs: Map<u32, Vec<Def>>,
    /// Names that are counted up.
    pub bumped: Set<u32>,
    /// The `end` of what is ended by one (Ruby).
    ends: Vec<u32>,
}

/// Most of everything in one file.
const MOST: usize = 20_000;
/// Values of one name that are kept.
const VALUES: usize = 8;
/// Tokens a body is followed for at most.
const REST: usize = 500;

const CONTROL: &[&str] = &[
    "if",
    "for",
    "while",
    "switch",
    "catch",
    "return",
    "sizeof",
    "function",
    "fn",
    "func",
    "fun",
    "elseif",
    "match",
    "when",
    "foreach",
    "using",
    "lock",
    "synchronized",
    "new",
    "throw",
    "typeof",
    "await",
    "else",
    "do",
    "in",
    "and",
    "or",
    "not",
    "defined",
    "unless",
    "until",
    "guard",
    "with",
    "try",
    "super",
    "constexpr",
    "isset",
    "empty",
];

const LEAVING: &[&str] = &[
    "return", "throw", "raise", "continue", "break", "next", "goto", "panic", "exit", "abort", "die", "fail",
];

impl<'t, 'b> Outline<'t, 'b> {
    pub fn new(tokens: &'t Tokens<'b>, language: &'t str) -> Outline<'t, 'b> {
        let style = match language {
            "python" => Style::Indent,
            "ruby" => Style::Ends,
            _ => Style::Braces,
        };
        let lines = matches!(
            language,
            "python"
                | "ruby"
                | "go"
                | "kotlin"
                | "swift"
                | "javascript"
                | "typescript"
                | "tsx"
                | "powershell"
        );
        let mut outline = Outline {
            tokens,
            language,
            style,
            lines,
            funcs: Vec::new(),
            func_at: Vec::new(),
            by_name: Map::default(),
            branches: Vec::new(),
            defs: Map::default(),
            bumped: Set::default(),
            ends: Vec::new(),
        };
        if style == Style::Ends {
            outline.match_ends();
        }
        outline.read_funcs();
        outline.place_funcs();
        outline.read_branches();
        outline.read_defs();
        outline
    }

    /// The function a token stands in.
    pub fn func_at(&self, at: usize) -> u32 {
        self.func_at.get(at).copied().unwrap_or(NONE)
    }

    /// The last function in the file with this name.
    pub fn func_named(&self, name: u32) -> Option<&Func> {
        let id = self.by_name.get(&name)?.last()?;
        self.funcs.get(*id as usize)
    }

    fn len(&self) -> usize {
        self.tokens.all.len()
    }

    /// Finds the `end` of every Ruby opener.
    fn match_ends(&mut self) {
        let tokens = self.tokens;
        self.ends = vec![NONE; tokens.all.len()];
        let mut open: Vec<usize> = Vec::new();
        let mut looping = false;
        for at in 0..tokens.all.len() {
            if tokens.first(at) {
                looping = false;
            }
            if tokens.kind(at) != Some(Kind::Word)
                || at > 0 && tokens.any(at - 1, &[".", "&.", "::"])
                || tokens.is(at + 1, ":") && !tokens.is(at, "else")
            {
                continue;
            }
            let starts = self.begins(at);
            let opens = match tokens.text(at) {
                b"def" => !self.endless(at),
                b"class" | b"module" | b"begin" | b"case" => true,
                b"do" => !looping,
                b"if" | b"unless" => starts,
                b"while" | b"until" | b"for" => {
                    looping = starts;
                    starts
                }
                b"end" => {
                    if let Some(opener) = open.pop() {
                        if let Some(end) = self.ends.get_mut(opener) {
                            *end = at as u32;
                        }
                    }
                    false
                }
                _ => false,
            };
            if opens {
                open.push(at);
            }
        }
    }

    /// Whether a Ruby method is written as an equation.
    fn endless(&self, at: usize) -> bool {
        let mut next = at + 2;
        while self.tokens.is(next, ".") {
            next += 2;
        }
        if self.tokens.is(next, "(") {
            next = self.tokens.close(next).map_or(next, |close| close + 1);
        }
        self.tokens.is(next, "=") && !self.tokens.first(next)
    }

    /// Whether a Ruby word begins a statement or a value.
    fn begins(&self, at: usize) -> bool {
        let opener = ["=", "(", ";", "||", "&&", "||=", "{", "[", ",", "then", "do", "else", "+", "=>", "|"];
        at == 0 || self.tokens.first(at) || self.tokens.any(at - 1, &opener)
    }

    fn read_funcs(&mut self) {
        let tokens = self.tokens;
        for at in 0..tokens.all.len() {
            if self.funcs.len() >= MOST {
                return;
            }
            let func = match self.style {
                Style::Indent => self.python_func(at),
                Style::Ends => self.ruby_func(at),
                Style::Braces => self.brace_func(at),
            };
            if let Some(func) = func {
                if let Some(name) = func.name {
                    self.by_name.entry(name).or_default().push(self.funcs.len() as u32);
                }
                self.funcs.push(func);
            }
        }
    }

    fn python_func(&self, at: usize) -> Option<Func> {
        let tokens = self.tokens;
        if !tokens.is(at, "def") {
            return None;
        }
        let close = tokens.close(at + 2)?;
        let header = if at > 0 && tokens.is(at - 1, "async") { at - 1 } else { at };
        let body = self.indented(header, close + 1)?;
        Some(Func { name: tokens.name(at + 1), params: at + 3..close, body })
    }

    fn ruby_func(&self, at: usize) -> Option<Func> {
        let tokens = self.tokens;
        if !tokens.is(at, "def") {
            return None;
        }
        let mut name = at + 1;
        while tokens.is(name + 1, ".") {
            name += 2;
        }
        let (params, after) = match tokens.close(name + 1).filter(|_| tokens.is(name + 1, "(")) {
            Some(close) => (name + 2..close, close + 1),
            None => (name + 1..name + 1, name + 1),
        };
        let body = match self.ends.get(at).copied().filter(|end| *end != NONE) {
            Some(end) => after..(end as usize).max(after),
            None => after + 1..self.statement_end(after + 1).max(after + 1),
        };
        Some(Func { name: tokens.name(name), params, body })
    }

    fn brace_func(&self, at: usize) -> Option<Func> {
        let tokens = self.tokens;
        if tokens.kind(at) != Some(Kind::Word) {
            return None;
        }
        let keyword = tokens.any(at, &["func", "fn", "fun", "function", "Function"]);
        if keyword {
            let mut name = at + 1;
            if tokens.is(name, "(") && self.language == "go" {
                name = tokens.close(name)? + 1;
            }
            if tokens.any(name, &["&", "*", "<"]) {
                name += if tokens.is(name, "<") { self.angles(name) } else { 1 };
            }
            while tokens.is(name + 1, ".") {
                name += 2;
            }
            let mut open = if tokens.kind(name) == Some(Kind::Word) { name + 1 } else { name };
            if tokens.is(open, "<") {
                open += self.angles(open);
            }
            if tokens.is(open, "[") && self.language == "go" {
                open = tokens.close(open)? + 1;
            }
            if tokens.is(open, "{") && self.language == "powershell" {
                return Some(Func {
                    name: tokens.name(name),
                    params: open..open,
                    body: open + 1..tokens.close(open)?,
                });
            }
            let close = tokens.close(open).filter(|_| tokens.is(open, "("))?;
            let body = self.body_after(close + 1)?;
            return Some(Func { name: tokens.name(name), params: open + 1..close, body });
        }
        // `name = (a, b) => …`
        if tokens.is(at + 1, "=") || tokens.is(at + 1, ":") {
            return self.arrow(at);
        }
        let named =
            matches!(self.language, "c" | "cpp" | "csharp" | "java" | "javascript" | "typescript" | "tsx")
                || tokens.any(at, &["init", "constructor"]);
        if !named
            || !tokens.is(at + 1, "(")
            || tokens.any(at, CONTROL)
            || at > 0 && tokens.any(at - 1, &[".", "->", "new", "?.", "function", "fn"])
        {
            return None;
        }
        let close = tokens.close(at + 1)?;
        let body = self.body_after(close + 1)?;
        Some(Func { name: tokens.name(at), params: at + 2..close, body })
    }

    /// `name = async (a) => body`, with or without a type.
    fn arrow(&self, at: usize) -> Option<Func> {
        let tokens = self.tokens;
        let mut open = at + 2;
        if tokens.is(at + 1, ":") {
            return None;
        }
        while tokens.any(open, &["async", "static"]) {
            open += 1;
        }
        let (params, after) = match tokens.close(open).filter(|_| tokens.is(open, "(")) {
            Some(close) => (open + 1..close, close + 1),
            None if tokens.kind(open) == Some(Kind::Word) && tokens.is(open + 1, "=>") => {
                (open..open + 1, open + 1)
            }
            None => return None,
        };
        let arrow =
            (after..(after + 12).min(self.len())).find(|at| tokens.any(*at, &["=>", ";", "{", "=", ")"]))?;
        if !tokens.is(arrow, "=>") {
            return None;
        }
        let body = self.block_or_value(arrow + 1);
        Some(Func { name: tokens.name(at), params, body })
    }

    /// How many tokens a list of types between angles has.
    fn angles(&self, at: usize) -> usize {
        let mut depth = 0_i32;
        for step in 0..40 {
            match self.tokens.text(at + step) {
                b"<" => depth += 1,
                b">" => depth -= 1,
                _ => {}
            }
            if depth <= 0 {
                return step + 1;
            }
        }
        1
    }

    /// The body that follows the parameters of a function.
    fn body_after(&self, from: usize) -> Option<Range<usize>> {
        /// Tokens between the parameters and the body: types, what is thrown, what is initialised.
        const BETWEEN: usize = 48;
        let tokens = self.tokens;
        let mut at = from;
        while at < from + BETWEEN {
            match tokens.text(at) {
                b"{" => return Some(at + 1..tokens.close(at)?),
                b"=" if self.language == "kotlin" => return Some(at + 1..self.statement_end(at + 1)),
                b"=>" if self.language == "csharp" => return Some(at + 1..self.statement_end(at + 1)),
                b"(" | b"[" => at = tokens.close(at)?,
                b";" | b")" | b"}" | b"=" | b"." | b"?" | b"=>" | b"" | b"==" | b"&&" | b"||" | b"+"
                | b"-" | b"]" => {
                    return None;
                }
                _ if tokens.kind(at) == Some(Kind::Text) || tokens.kind(at) == Some(Kind::Number) => {
                    return None;
                }
                b"if" | b"else" | b"return" | b"for" | b"while" => return None,
                _ => {}
            }
            at += 1;
        }
        None
    }

    fn place_funcs(&mut self) {
        self.func_at = vec![NONE; self.tokens.all.len()];
        let mut order: Vec<u32> = (0..self.funcs.len() as u32).collect();
        order.sort_by_key(|id| self.funcs.get(*id as usize).map_or(0, |func| func.params.start));
        let mut open: Vec<u32> = Vec::new();
        let mut next = order.into_iter().peekable();
        for at in 0..self.func_at.len() {
            while let Some(id) = next.peek().copied() {
                if self.funcs.get(id as usize).is_some_and(|func| func.params.start > at) {
                    break;
                }
                open.push(id);
                next.next();
            }
            while open
                .last()
                .is_some_and(|id| self.funcs.get(*id as usize).is_none_or(|func| func.body.end <= at))
            {
                open.pop();
            }
            if let Some(place) = self.func_at.get_mut(at) {
                *place = open.last().copied().unwrap_or(NONE);
            }
        }
    }

    /// The block whose header begins with the token `header`, after its colon at or behind `from`.
    fn indented(&self, header: usize, from: usize) -> Option<Range<usize>> {
        let tokens = self.tokens;
        let begin = tokens.all.get(header)?;
        let mut colon = from;
        loop {
            match tokens.text(colon) {
                b":" => break,
                b"(" | b"[" | b"{" => colon = tokens.close(colon)?,
                b"" => return None,
                _ if tokens.first(colon) && colon > from + 1 => return None,
                _ => {}
            }
            colon += 1;
        }
        let mut end = colon + 1;
        if tokens.all.get(end).is_some_and(|token| !token.first) {
            return Some(colon + 1..self.statement_end(colon + 1));
        }
        let indent = self.indent_of(header);
        while let Some(token) = tokens.all.get(end) {
            if token.first && token.up == begin.up && token.indent <= indent {
                break;
            }
            end = tokens.close(end).unwrap_or(end) + 1;
        }
        Some(colon + 1..end)
    }

    /// How far the line of a token is indented.
    fn indent_of(&self, at: usize) -> u16 {
        let line = (0..=at).rev().take(200).find(|at| self.tokens.first(*at));
        line.and_then(|at| self.tokens.all.get(at)).map_or(0, |token| token.indent)
    }

    /// Where the statement that begins at `from` ends.
    pub fn statement_end(&self, from: usize) -> usize {
        self.end_of(from, false)
    }

    /// Where the value that begins at `from` ends.
    pub fn value_end(&self, from: usize) -> usize {
        self.end_of(from, true)
    }

    fn end_of(&self, from: usize, value: bool) -> usize {
        let tokens = self.tokens;
        let mut at = from;
        while at < self.len() && at < from + REST {
            if at > from && tokens.first(at) && self.lines && !self.continues(at) {
                return at;
            }
            match tokens.text(at) {
                b";" | b")" | b"]" | b"}" => return at,
                b"," if value => return at,
                b"(" | b"[" | b"{" => {
                    let braces = tokens.is(at, "{");
                    let Some(close) = tokens.close(at) else { return at + 1 };
                    at = close;
                    let goes_on = [
                        ".", ")", ",", ";", "else", "?.", "as", "catch", "finally", "?", ":", "||", "&&",
                        "??",
                    ];
                    if braces
                        && !self.lines
                        && !value
                        && tokens.first(at + 1)
                        && !tokens.any(at + 1, &goes_on)
                    {
                        return at + 1;
                    }
                }
                b"#" if matches!(self.language, "c" | "cpp") && tokens.first(at) && at > from => return at,
                _ => {}
            }
            at += 1;
        }
        at.min(self.len())
    }

    /// Whether a line goes on the one before.
    fn continues(&self, at: usize) -> bool {
        let before = [
            "+", "-", "*", "/", "%", "=", "==", "===", "!=", "!==", "<", ">", "<=", ">=", "&&", "||", "and",
            "or", ",", "(", "[", "{", ":=", "?", ":", "=>", "->", "??", "not", "+=", "-=", "*=", "|", "&",
            "^",
        ];
        let here = [
            ".", "?.", "&&", "||", "and", "or", "+", "*", "/", "?", ":", "==", "===", "!=", "??", "?:", "&.",
            "|", "^",
        ];
        at > 0
            && !self.tokens.first(at - 1)
            && self.tokens.any(at - 1, &before)
            && self.tokens.kind(at - 1) != Some(Kind::Text)
            || self.tokens.any(at, &here)
            || at > 0 && self.tokens.any(at - 1, &["&&", "||", ",", "(", "=", "+"])
    }

    /// A block in braces, or the value that begins at `at`.
    fn block_or_value(&self, at: usize) -> Range<usize> {
        match self.tokens.close(at).filter(|_| self.tokens.is(at, "{")) {
            Some(close) => at + 1..close,
            None => at..self.value_end(at).max(at),
        }
    }

    /// A block in braces, or one statement; and where what follows begins.
    fn block(&self, at: usize) -> (Range<usize>, usize) {
        match self.tokens.close(at).filter(|_| self.tokens.is(at, "{")) {
            Some(close) => (at + 1..close, close + 1),
            None => {
                let end = self.statement_end(at).max(at);
                (at..end, if self.tokens.is(end, ";") { end + 1 } else { end })
            }
        }
    }

    fn read_branches(&mut self) {
        for at in 0..self.len() {
            if self.branches.len() >= MOST {
                return;
            }
            match self.tokens.text(at) {
                b"if" | b"elif" | b"elsif" | b"elseif" | b"unless" | b"ElseIf" | b"If" => match self.style {
                    Style::Braces => self.brace_if(at),
                    Style::Indent => self.python_if(at),
                    Style::Ends => self.ruby_if(at),
                },
                b"guard" if self.language == "swift" => self.guard(at),
                b"case" if self.style == Style::Braces => self.case(at),
                b"?" if self.tokens.kind(at) == Some(Kind::Mark) => self.choice(at),
                b"->" | b"=>" if matches!(self.language, "kotlin" | "rust") => self.arm(at),
                _ => {}
            }
        }
    }

    fn add(&mut self, test: Range<usize>, holds: bool, body: Range<usize>, rest: bool) {
        /// A longer test is none.
        const LONGEST: usize = 160;
        if test.is_empty() || body.is_empty() || test.len() > LONGEST {
            return;
        }
        self.branches.push(Branch { test, subject: 0..0, holds, body, rest, case: false });
    }

    fn brace_if(&mut self, at: usize) {
        let tokens = self.tokens;
        if at > 0 && tokens.any(at - 1, &["#", ".", "->"]) {
            return;
        }
        let open = if tokens.any(at + 1, &["constexpr", "!"]) { at + 2 } else { at + 1 };
        let bare = matches!(self.language, "go" | "rust" | "swift");
        let (test, then) = if bare {
            let mut end = open;
            loop {
                match tokens.text(end) {
                    b"{" => break,
                    b"(" | b"[" => match tokens.close(end) {
                        Some(close) => end = close,
                        None => return,
                    },
                    b"" | b"}" | b")" => return,
                    b"=>" => break,
                    _ => {}
                }
                end += 1;
                if end > at + REST {
                    return;
                }
            }
            // Go: `if a := f(); a > 3`.
            (open..end, if tokens.is(end, "=>") { end + 1 } else { end })
        } else {
            if !tokens.is(open, "(") {
                return;
            }
            let Some(close) = tokens.close(open) else { return };
            (open + 1..close, close + 1)
        };
        let (body, after) = self.block(then);
        let other = tokens
            .is(after, "else")
            .then(|| if tokens.is(after + 1, "if") { after + 1..after + 1 } else { self.block(after + 1).0 });
        let leaves = self.leaves(&body);
        self.add(test.clone(), true, body, false);
        match other {
            Some(other) => self.add(test, false, other, false),
            None if leaves => self.add(test, false, self.rest(after, at), true),
            None => {}
        }
    }

    fn guard(&mut self, at: usize) {
        let tokens = self.tokens;
        let Some(other) = (at + 1..(at + 160).min(self.len())).find(|at| tokens.is(*at, "else")) else {
            return;
        };
        let (body, after) = self.block(other + 1);
        self.add(at + 1..other, false, body, false);
        let rest = self.rest(after, at);
        self.add(at + 1..other, true, rest, true);
    }

    fn python_if(&mut self, at: usize) {
        let tokens = self.tokens;
        if !tokens.first(at) && !tokens.any(at.saturating_sub(1), &[":", ";"]) {
            // `a if test else b`
            let stop = |at: usize| {
                tokens.any(at, &["else", ")", "]", "}", "", ",", "for", "if"]) || tokens.text(at).is_empty()
            };
            let mut end = at + 1;
            while !stop(end) && end < at + 120 {
                end = tokens.close(end).unwrap_or(end) + 1;
            }
            if tokens.is(end, "else") {
                let begin = self.value_begin(at);
                self.add(at + 1..end, true, begin..at, false);
                self.add(at + 1..end, false, end + 1..self.value_end(end + 1), false);
            }
            return;
        }
        let Some(body) = self.indented(at, at + 1) else { return };
        let test = at + 1..body.start.saturating_sub(1);
        let after = body.end;
        let leaves = self.leaves(&body);
        self.add(test.clone(), true, body, false);
        if tokens.is(after, "else") && self.indent_of(after) == self.indent_of(at) {
            if let Some(other) = self.indented(after, after + 1) {
                self.add(test, false, other, false);
            }
        } else if leaves && !tokens.is(after, "elif") {
            self.add(test, false, self.rest(after, at), true);
        }
    }

    fn ruby_if(&mut self, at: usize) {
        let tokens = self.tokens;
        if at > 0 && tokens.any(at - 1, &[".", ":"]) || tokens.is(at + 1, ":") {
            return;
        }
        let holds = !tokens.is(at, "unless");
        let test_end = |from: usize| {
            let mut end = from;
            while end < self.len() && end < from + 160 {
                if tokens.any(end, &["then", ";", "}", ")", "end"])
                    || end > from && tokens.first(end) && !self.continues(end)
                {
                    break;
                }
                end = tokens.close(end).unwrap_or(end) + 1;
            }
            end
        };
        if !self.begins(at) && !tokens.is(at, "elsif") {
            // `statement if test`
            let begin = self.statement_begin(at);
            let end = test_end(at + 1);
            let leaves = tokens.any(begin, LEAVING);
            self.add(at + 1..end, holds, begin..at, false);
            if leaves {
                self.add(at + 1..end, !holds, self.rest(end, at), true);
            }
            return;
        }
        let end = test_end(at + 1);
        let (body_end, other) = self.ruby_parts(end, at);
        let body = end..body_end;
        let leaves = self.leaves(&body);
        self.add(at + 1..end, holds, body, false);
        match other {
            Some(other) => self.add(at + 1..end, !holds, other, false),
            None if leaves && tokens.is(body_end, "end") => {
                self.add(at + 1..end, !holds, self.rest(body_end + 1, at), true);
            }
            None => {}
        }
    }

    /// Where the body that begins at `from` ends, and what stands behind its `else`.
    fn ruby_parts(&self, from: usize, _opener: usize) -> (usize, Option<Range<usize>>) {
        let stop = |from: usize| {
            let mut at = from;
            while at < self.len() {
                let jump = self.ends.get(at).copied().filter(|end| *end != NONE);
                if let Some(end) = jump {
                    at = end as usize + 1;
                    continue;
                }
                if self.tokens.any(at, &["end", "else", "elsif", "when", "rescue", "ensure"]) {
                    break;
                }
                at += 1;
            }
            at
        };
        let end = stop(from);
        let other = self.tokens.is(end, "else").then(|| end + 1..stop(end + 1));
        (end, other)
    }

    /// The first token of the statement in which `at` stands.
    fn statement_begin(&self, at: usize) -> usize {
        let mut begin = at;
        while begin > 0 && at - begin < 200 {
            let before = begin - 1;
            if self.tokens.any(before, &[";", "{", "(", "[", "then", "do", "->"])
                || self.tokens.first(begin) && !self.continues(begin)
            {
                break;
            }
            begin = match self.tokens.all.get(before) {
                Some(token) if token.mate != NONE && (token.mate as usize) < before => token.mate as usize,
                _ => before,
            };
        }
        begin
    }

    /// The first token of the value that ends before `at`.
    fn value_begin(&self, at: usize) -> usize {
        let mut begin = at;
        while begin > 0 && at - begin < 120 {
            let before = begin - 1;
            let ends = [
                ";", "{", "(", "[", ",", "=", ":=", "return", "=>", "+=", "-=", "*=", ":", "?", "yield", "->",
            ];
            if self.tokens.any(before, &ends)
                || self.tokens.first(begin) && self.lines && !self.continues(begin)
            {
                break;
            }
            if self.tokens.is(before, "}") && self.tokens.first(begin) {
                break;
            }
            begin = match self.tokens.all.get(before) {
                Some(token) if token.mate != NONE && (token.mate as usize) < before => token.mate as usize,
                _ => before,
            };
        }
        begin
    }

    /// `test ? a : b`
    fn choice(&mut self, at: usize) {
        let tokens = self.tokens;
        if matches!(self.language, "python" | "go" | "rust" | "kotlin" | "powershell")
            || at == 0
            || self.branches.len() >= MOST
        {
            return;
        }
        let mut colon = at + 1;
        let mut inner = 0;
        while colon < at + 120 {
            match tokens.text(colon) {
                b":" if inner == 0 => break,
                b":" => inner -= 1,
                b"?" => inner += 1,
                b"" | b";" | b")" | b"]" | b"}" | b"," => return,
                b"(" | b"[" | b"{" => match tokens.close(colon) {
                    Some(close) => colon = close,
                    None => return,
                },
                _ => {}
            }
            colon += 1;
        }
        if !tokens.is(colon, ":") {
            return;
        }
        let begin = self.value_begin(at);
        self.add(begin..at, true, at + 1..colon, false);
        self.add(begin..at, false, colon + 1..self.value_end(colon + 1), false);
    }

    /// `case label:` up to the next label.
    fn case(&mut self, at: usize) {
        let tokens = self.tokens;
        let Some(open) = tokens.up(at).filter(|up| tokens.is(*up, "{")) else { return };
        let Some(close) = tokens.close(open) else { return };
        let mut colon = at + 1;
        while colon < at + 40 && !tokens.any(colon, &[":", "=>", "->"]) {
            if tokens.text(colon).is_empty() || tokens.is(colon, "}") {
                return;
            }
            colon = tokens.close(colon).unwrap_or(colon) + 1;
        }
        let mut end = colon + 1;
        while end < close && !tokens.any(end, &["case", "default"]) {
            end = tokens.close(end).unwrap_or(end) + 1;
        }
        let body = colon + 1..end.min(close);
        if body.is_empty() {
            return;
        }
        let subject = self.value_begin(open)..open;
        let subject = if subject.len() > 40 { 0..0 } else { subject };
        self.branches.push(Branch {
            test: at + 1..colon,
            subject,
            holds: true,
            body,
            rest: false,
            case: true,
        });
    }

    /// `label -> body` (Kotlin), `label => body` (Rust).
    fn arm(&mut self, at: usize) {
        let tokens = self.tokens;
        let Some(open) = tokens.up(at).filter(|up| tokens.is(*up, "{")) else { return };
        let begin = self.statement_begin(at);
        if at - begin > 24 || begin >= at || tokens.any(begin, &["else", "_"]) {
            return;
        }
        let body = self.block_or_value(at + 1);
        if body.is_empty()
            || !(begin..at).any(|at| matches!(tokens.kind(at), Some(Kind::Text | Kind::Number)))
        {
            return;
        }
        let subject = self.value_begin(open)..open;
        let subject = if subject.len() > 40 { 0..0 } else { subject };
        self.branches.push(Branch { test: begin..at, subject, holds: true, body, rest: false, case: true });
    }

    /// Whether the last statement of a body leaves.
    pub fn leaves(&self, body: &Range<usize>) -> bool {
        let mut at = body.start;
        let mut last = None;
        while at < body.end {
            if self.tokens.any(at, LEAVING) {
                last = Some(at);
            }
            at = self.tokens.close(at).unwrap_or(at) + 1;
        }
        last.is_some_and(|last| self.statement_end(last) + 1 >= body.end)
    }

    /// What follows up to the end of the block that holds `at`.
    fn rest(&self, from: usize, at: usize) -> Range<usize> {
        let tokens = self.tokens;
        let end = match self.style {
            Style::Braces => tokens.up(at).and_then(|up| tokens.close(up)).unwrap_or(self.len()),
            Style::Ends => self.ruby_parts(from, at).0,
            Style::Indent => {
                let indent = self.indent_of(at);
                let up = tokens.all.get(at).map_or(NONE, |token| token.up);
                let ends = |at: &usize| {
                    tokens
                        .all
                        .get(*at)
                        .is_some_and(|token| token.first && token.up == up && token.indent < indent)
                };
                (from..self.len()).take(REST).find(ends).unwrap_or(self.len())
            }
        };
        from..end.min(from + REST).max(from)
    }

    fn read_defs(&mut self) {
        let tokens = self.tokens;
        for at in 1..self.len() {
            let (given, part) = match tokens.text(at) {
                b"=" | b":=" => (true, false),
                b"+=" | b"-=" | b"*=" | b"/=" | b"^=" | b"|=" => (true, true),
                b"++" | b"--" => {
                    let name = [at - 1, at + 1].into_iter().find_map(|at| tokens.name(at));
                    // Of `this->count` the last is counted.
                    let name =
                        if tokens.name(at - 1).is_none() { self.last_name(at + 1).or(name) } else { name };
                    self.bumped.extend(name);
                    continue;
                }
                b"define" if at > 0 && tokens.is(at - 1, "#") => {
                    if let Some(name) = tokens.name(at + 1) {
                        let line = (at + 2..(at + 80).min(self.len()))
                            .find(|at| tokens.first(*at))
                            .unwrap_or(self.len());
                        self.define(name, at + 2..line.max(at + 2), false, NONE);
                    }
                    continue;
                }
                _ => (false, false),
            };
            if !given || tokens.kind(at) != Some(Kind::Mark) {
                continue;
            }
            let end = self.value_end(at + 1);
            let value = at + 1..end;
            if part && end == at + 2 && tokens.any(at, &["+="]) && tokens.is(at + 1, "1") {
                self.bumped.extend(tokens.name(at - 1));
            }
            let func = self.func_at(at);
            for (name, element) in self.targets(at) {
                self.define(name, value.clone(), part || element, func);
            }
        }
        // What a function of the file is given to fill (C).
        if matches!(self.language, "c" | "cpp") {
            self.read_filled();
        }
    }

    fn read_filled(&mut self) {
        let tokens = self.tokens;
        for at in 0..self.len() {
            let Some(name) =
                tokens.name(at).filter(|name| self.by_name.contains_key(name) && tokens.is(at + 1, "("))
            else {
                continue;
            };
            let _ = name;
            let Some(close) = tokens.close(at + 1) else { continue };
            let func = self.func_at(at);
            for arg in at + 2..close.min(at + 40) {
                let alone = tokens.any(arg - 1, &["(", ",", "&"]) && tokens.any(arg + 1, &[",", ")"]);
                if let Some(filled) = tokens.name(arg).filter(|_| alone) {
                    self.define(filled, at..close + 1, true, func);
                }
            }
        }
    }

    /// The last name of the path that begins at `at`.
    fn last_name(&self, at: usize) -> Option<u32> {
        let mut at = at;
        while self.tokens.any(at + 1, &[".", "->", "::", "?."]) && self.tokens.name(at + 2).is_some() {
            at += 2;
        }
        self.tokens.name(at)
    }

    fn define(&mut self, name: u32, value: Range<usize>, part: bool, func: u32) {
        let known = self.defs.entry(name).or_default();
        if known.len() < VALUES && !value.is_empty() {
            known.push(Def { value, func, part });
        }
    }

    /// The names that the mark `=` at `at` gives a value, and whether only to an element.
    fn targets(&self, at: usize) -> Vec<(u32, bool)> {
        let tokens = self.tokens;
        let mut targets = Vec::new();
        let mut before = at - 1;
        // `name: Type = value`
        if matches!(self.language, "kotlin" | "typescript" | "tsx" | "swift" | "rust" | "python") {
            let mut colon = before;
            for _ in 0..16 {
                if colon == 0
                    || tokens.any(colon, &[";", "{", "(", ",", "=", "let", "val", "var", "const", "?"])
                        && !tokens.is(colon, ",")
                    || tokens.first(colon)
                {
                    break;
                }
                if tokens.is(colon, ":") {
                    if let Some(name) = colon.checked_sub(1).and_then(|at| tokens.name(at)) {
                        return vec![(name, false)];
                    }
                }
                colon = match tokens.all.get(colon) {
                    Some(token) if token.mate != NONE && (token.mate as usize) < colon => token.mate as usize,
                    _ => colon - 1,
                };
            }
        }
        for _ in 0..8 {
            if let Some(name) = tokens.name(before) {
                targets.push((name, false));
            } else if let Some(open) =
                tokens.all.get(before).map(|token| token.mate as usize).filter(|mate| *mate < before)
            {
                if tokens.is(before, "]")
                    && open > 0
                    && tokens.name(open - 1).is_some()
                    && !tokens.any(open - 1, &["const", "let", "var"])
                {
                    targets.extend(tokens.name(open - 1).map(|name| (name, true)));
                } else if open > 0 && tokens.any(open - 1, &["let", "const", "var", "val", "mut"])
                    || tokens.first(open)
                {
                    targets.extend(
                        (open + 1..before)
                            .take(24)
                            .filter_map(|at| tokens.name(at))
                            .map(|name| (name, false)),
                    );
                }
                return targets;
            } else {
                return targets;
            }
            // Over the path before the name, and on to the next of several.
            let mut begin = before;
            while begin >= 2 && tokens.any(begin - 1, &[".", "->", "::", "?."]) {
                begin -= 2;
            }
            if begin < 2
                || !tokens.is(begin - 1, ",")
                || tokens.up(begin).is_some_and(|up| tokens.is(up, "("))
            {
                return targets;
            }
            before = begin - 2;
        }
        targets
    }
}
