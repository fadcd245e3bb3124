//! The functions of a file: with a keyword, by their shape, or as a value with a name.

use std::ops::Range;

use super::outline::Func;
use super::outline::MOST;
use super::outline::Outline;
use super::outline::Style;
use super::tokens::Kind;
use super::tokens::NONE;

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

impl Outline<'_, '_> {
    pub(super) fn read_funcs(&mut self) {
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
            // `function Test-Approval`
            while self.language == "powershell" && tokens.text(open).starts_with(b"-") && !tokens.first(open)
            {
                open += 1;
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
        // `var age: Int { … }` (Swift), `long Age => …;` (C#)
        if self.language == "swift" && tokens.is(at, "var") && tokens.is(at + 2, ":") {
            let open =
                (at + 3..at + 10).find(|at| tokens.is(*at, "{") || tokens.any(*at, &["=", ";", "}", ")"]))?;
            let body = open + 1..tokens.close(open).filter(|_| tokens.is(open, "{"))?;
            return Some(Func { name: tokens.name(at + 1), params: at + 2..at + 2, body });
        }
        if self.language == "csharp"
            && tokens.is(at + 1, "=>")
            && at > 0
            && (tokens.kind(at - 1) == Some(Kind::Word)
                && !tokens.any(at - 1, &["return", "await", "async", "in"])
                || tokens.any(at - 1, &[">", "?"]))
            && tokens.up(at).is_some_and(|up| tokens.is(up, "{"))
        {
            return Some(Func {
                name: tokens.name(at),
                params: at + 1..at + 1,
                body: at + 2..self.statement_end(at + 2),
            });
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
                // `fun find(id: String): User? {`
                b"?" if matches!(self.language, "kotlin" | "swift") => {}
                // `func (a *API) Auth(next http.Handler) http.Handler {`
                b"." if matches!(self.language, "go" | "kotlin" | "swift") => {}
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

    pub(super) fn place_funcs(&mut self) {
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
}
