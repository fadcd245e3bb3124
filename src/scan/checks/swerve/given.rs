//! What names of a file are given.

use std::ops::Range;

use super::outline::Def;
use super::outline::Outline;
use super::tokens::Kind;
use super::tokens::NONE;

/// Values of one name that are kept.
const VALUES: usize = 8;

impl Outline<'_, '_> {
    pub(super) fn read_defs(&mut self) {
        let tokens = self.tokens;
        for at in 1..self.len() {
            if tokens.is(at - 1, "&") && tokens.is(at, "mut") {
                self.grown.extend(tokens.name(at + 1));
            }
            let grows = at > 1
                && tokens.is(at + 1, "(")
                && tokens.any(at - 1, &[".", "?.", "->"])
                && tokens.any(
                    at,
                    &[
                        "append",
                        "push",
                        "push_str",
                        "add",
                        "insert",
                        "Append",
                        "Add",
                        "addLast",
                        "concat",
                        "extend",
                        "push_back",
                    ],
                );
            if grows {
                self.grown.extend(tokens.name(at - 2));
            }
            // `Recorder(…) : age_(days(built())) {}`
            if self.language == "cpp"
                && tokens.is(at + 1, "(")
                && tokens.any(at - 1, &[":", ","])
                && tokens.text(at).ends_with(b"_")
                && let (Some(name), Some(close)) = (tokens.name(at), tokens.close(at + 1))
            {
                self.define(name, at + 2..close, false, NONE);
            }
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
            let known = tokens.name(at).is_some_and(|name| self.by_name.contains_key(&name));
            if !known || !tokens.is(at + 1, "(") {
                continue;
            }
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
        // `static const char name[] = …` gives the name all it has.
        if matches!(self.language, "c" | "cpp")
            && tokens.is(before, "]")
            && let Some(open) = tokens.all.get(before).map(|token| token.mate as usize)
            && open > 1
            && open < before
            && tokens.any(open - 2, &["char", "u8", "uint8_t", "int", "uint16_t", "uint32_t", "byte"])
            && let Some(name) = tokens.name(open - 1)
            && (open.saturating_sub(6)..open).any(|at| tokens.any(at, &["const", "constexpr"]))
        {
            return vec![(name, false)];
        }
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
                let before = colon.checked_sub(1).filter(|_| tokens.is(colon, ":"));
                if let Some(name) = before.and_then(|at| tokens.name(at)) {
                    return vec![(name, false)];
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
