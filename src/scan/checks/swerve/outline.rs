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
pub(super) enum Style {
    Braces,
    Indent,
    Ends,
}

/// What was read of a file.
pub struct Outline<'t, 'b> {
    pub tokens: &'t Tokens<'b>,
    pub(super) language: &'t str,
    pub(super) style: Style,
    /// Whether a line's end ends a statement.
    pub(super) lines: bool,
    pub funcs: Vec<Func>,
    /// Per token, the innermost function it stands in.
    pub(super) func_at: Vec<u32>,
    pub by_name: Map<u32, Vec<u32>>,
    pub branches: Vec<Branch>,
    pub defs: Map<u32, Vec<Def>>,
    /// Names that are counted up.
    pub bumped: Set<u32>,
    /// Names to whose values something is added where they stand: `typed.append(key)`.
    pub grown: Set<u32>,
    /// The `end` of what is ended by one (Ruby).
    pub(super) ends: Vec<u32>,
}

/// Most of everything in one file.
pub(super) const MOST: usize = 20_000;
/// Tokens a body is followed for at most.
const REST: usize = 500;

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
            grown: Set::default(),
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

    pub(super) fn len(&self) -> usize {
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
                    if let Some(end) = open.pop().and_then(|opener| self.ends.get_mut(opener)) {
                        *end = at as u32;
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

    /// The block whose header begins with the token `header`, after its colon at or behind `from`.
    pub(super) fn indented(&self, header: usize, from: usize) -> Option<Range<usize>> {
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
    pub(super) fn continues(&self, at: usize) -> bool {
        let before = [
            "+", "-", "*", "/", "%", "=", "==", "===", "!=", "!==", "<", ">", "<=", ">=", "&&", "||", "and",
            "or", ",", "(", "[", "{", ":=", "?", ":", "=>", "->", "??", "not", "+=", "-=", "*=", "|", "&",
            "^",
        ];
        let here = [
            ".", "?.", "&&", "||", "and", "or", "+", "*", "/", "?", ":", "==", "===", "!=", "??", "?:", "&.",
            "|", "^",
        ];
        if self.language == "ruby" && self.block_opens(at) {
            return self.tokens.any(at, &here);
        }
        at > 0
            && !self.tokens.first(at - 1)
            && self.tokens.any(at - 1, &before)
            && self.tokens.kind(at - 1) != Some(Kind::Text)
            || self.tokens.any(at, &here)
            || at > 0 && self.tokens.any(at - 1, &["&&", "||", ",", "(", "=", "+"])
    }

    /// Whether the token before `at` ends the parameters of a block: `each do |row, i|` (Ruby).
    fn block_opens(&self, at: usize) -> bool {
        /// Parameters of a block.
        const MOST: usize = 16;
        let bar = |at: usize| self.tokens.is(at, "|");
        at > 2
            && bar(at - 1)
            && (at.saturating_sub(MOST)..at - 1)
                .rev()
                .find(|at| bar(*at))
                .is_some_and(|first| self.tokens.any(first.wrapping_sub(1), &["do", "{"]))
    }

    /// A block in braces, or the value that begins at `at`.
    pub(super) fn block_or_value(&self, at: usize) -> Range<usize> {
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
                b"=>" if matches!(self.language, "csharp" | "php") && self.chooses(at) => self.arm(at),
                b"case" if self.style == Style::Indent => self.python_case(at),
                b"when" if self.style == Style::Ends => self.ruby_when(at),
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
        let bare = matches!(self.language, "go" | "rust" | "swift");
        // `if constexpr (…)`, `if ! consteval`
        let open = if !bare && tokens.any(at + 1, &["constexpr", "!"]) { at + 2 } else { at + 1 };
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
        if tokens.is(then.wrapping_sub(1), "=>") && bare {
            // `Some(text) if text == WORD => …`
            let body = self.block_or_value(then);
            self.add(test, true, body, false);
            return;
        }
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
        if tokens.is(open.wrapping_sub(1), "switch") && self.language == "go" {
            // `switch { case a == b: … }` is a chain of conditions.
            self.add(at + 1..colon, true, body, false);
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

    /// Whether the arrow at `at` is that of a choice: `value switch { … }` (C#), `match (value) { … }` (PHP).
    fn chooses(&self, at: usize) -> bool {
        let tokens = self.tokens;
        let Some(open) = tokens.up(at).filter(|up| *up > 0 && tokens.is(*up, "{")) else { return false };
        match tokens.all.get(open - 1) {
            Some(token) if tokens.is(open - 1, ")") && token.mate != NONE => {
                tokens.is((token.mate as usize).wrapping_sub(1), "match")
            }
            _ => tokens.is(open - 1, "switch"),
        }
    }

    /// `case "name":` (Python).
    fn python_case(&mut self, at: usize) {
        if !self.tokens.first(at) {
            return;
        }
        let Some(body) = self.indented(at, at + 1) else { return };
        let test = at + 1..body.start.saturating_sub(1);
        let written = test.clone().any(|at| matches!(self.tokens.kind(at), Some(Kind::Text | Kind::Number)));
        if let Some(guard) = test.clone().find(|at| self.tokens.is(*at, "if")) {
            self.add(guard + 1..test.end, true, body.clone(), false);
        }
        if written && !test.is_empty() && test.len() <= 40 && !body.is_empty() {
            self.branches.push(Branch { test, subject: 0..0, holds: true, body, rest: false, case: true });
        }
    }

    /// `when "name"` (Ruby).
    fn ruby_when(&mut self, at: usize) {
        let tokens = self.tokens;
        let end = (at + 1..(at + 40).min(self.len()))
            .find(|end| tokens.is(*end, "then") || tokens.first(*end) && !self.continues(*end));
        let Some(end) = end else { return };
        let from = end + usize::from(tokens.is(end, "then"));
        let body = from..self.ruby_parts(from, at).0;
        let test = at + 1..end;
        let written = test.clone().any(|at| matches!(tokens.kind(at), Some(Kind::Text | Kind::Number)));
        if written && !body.is_empty() {
            self.branches.push(Branch { test, subject: 0..0, holds: true, body, rest: false, case: true });
        }
    }

    /// `label -> body` (Kotlin), `label => body` (Rust, C#, PHP).
    fn arm(&mut self, at: usize) {
        let tokens = self.tokens;
        let Some(open) = tokens.up(at).filter(|up| tokens.is(*up, "{")) else { return };
        let begin = match self.language {
            // Every way of such a choice ends with a comma.
            "csharp" | "php" | "rust" => self.value_begin(at),
            _ => self.statement_begin(at),
        };
        if at - begin > 24 || begin >= at || tokens.any(begin, &["else", "default"]) {
            return;
        }
        let body = self.block_or_value(at + 1);
        // `string text when text == Word => …`
        let guard = (begin + 1..at).find(|at| tokens.is(*at, "when") && self.language == "csharp");
        if let Some(guard) = guard {
            self.add(guard + 1..at, true, body.clone(), false);
        }
        if tokens.is(begin, "_") {
            return;
        }
        if body.is_empty()
            || !(begin..at).any(|at| matches!(tokens.kind(at), Some(Kind::Text | Kind::Number)))
        {
            return;
        }
        if tokens.is(open.wrapping_sub(1), "when") {
            // `when { a == b -> … }` is a chain of conditions.
            self.add(begin..at, true, body, false);
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
}
