//! Functions that are handed over: what they make of the elements of a list.

use super::functions;
use super::methods;
use super::natives;
use super::recipe::Id;
use super::recipe::Node;
use super::run::MAX_SIZE;
use super::run::Machine;
use super::run::V;
use crate::scan::code::language::Language;

/// `/pattern/flags`; whether every place is meant.
fn pattern_of(written: &str) -> Option<(regex::Regex, bool)> {
    /// Bytes that a pattern may take once it is read.
    const SIZE: usize = 1 << 16;
    let (inner, flags) = written.strip_prefix('/')?.rsplit_once('/')?;
    let insensitive = flags.contains('i');
    let pattern =
        regex::RegexBuilder::new(inner).case_insensitive(insensitive).size_limit(SIZE).build().ok()?;
    Some((pattern, flags.contains('g')))
}

/// `text.replace(/\0+$/, '')`
pub(super) fn replaced_by(text: &str, pattern: &str, with: &str) -> Option<String> {
    let (pattern, every) = pattern_of(pattern)?;
    let plain = regex::NoExpand(with);
    let new = pattern.replacen(text, usize::from(!every), plain);
    (new.len() <= MAX_SIZE).then(|| new.into_owned())
}

impl Machine<'_> {
    /// What a function that is handed over makes of the elements of `of`.
    pub(super) fn each_by(&mut self, name: &str, of: &V, args: &[V], depth: u32) -> Option<V> {
        let small = name.trim_end_matches(['!', '?']).to_ascii_lowercase().replace('_', "");
        let small = small.as_str();
        // `map(String.init)`, `.map(&:chr)`: something from outside is handed over by its name.
        let by = args.iter().rev().find(|arg| matches!(arg, V::Func(_) | V::Outside(_)))?.clone();
        let keyed = matches!(small, "eachwithindex" | "mapindexed" | "foreachindexed");
        let items = match of {
            V::List(_) | V::Text(_) | V::Map(_) => {
                natives::elements(self, of, keyed || matches!(of, V::Map(_)))
            }
            // `scalar.map(Character.init)`, `code.let { it - 3 }`: one value in place of a list.
            V::Num(_) | V::Char(_) if matches!(small, "map" | "flatmap" | "let" | "run") => {
                return Some(self.by(&by, std::slice::from_ref(of), depth));
            }
            V::Lost => vec![V::Lost],
            _ if of.is_none() && matches!(small, "map" | "flatmap" | "let" | "run") => return Some(V::none()),
            _ => return None,
        };
        if matches!(small, "let" | "run" | "then") {
            return Some(self.by(&by, std::slice::from_ref(of), depth));
        }
        if matches!(small, "replace" | "gsub")
            && let (V::Text(text), Some(V::Text(pattern))) = (of, args.first())
        {
            return self.replaced(text, pattern, &by, depth);
        }
        let flat = |items: Vec<V>| {
            let mut out = Vec::new();
            for item in items {
                match item {
                    V::List(inner) => out.extend(inner.iter().cloned()),
                    other => out.push(other),
                }
            }
            V::list(out)
        };
        Some(match small {
            "map" | "select" | "collect" | "maptoobj" | "maptoint" | "transform" | "mapindexed"
            | "flatmap" | "foreach" | "each" | "compactmap" | "mapnotnull" | "eachwithindex" | "mapto"
            | "withindex" | "jointostring" | "foreachindexed" | "replaceall" | "convertall" | "eachchar"
            | "eachbyte" | "inspect"
                if self.recipe.language != Language::Ruby || small != "select" =>
            {
                let mut made = Vec::new();
                for (at, item) in items.into_iter().enumerate() {
                    let mut given = match (&item, self.params_of(&by)) {
                        (V::List(parts), 2..) if parts.len() == 2 && small == "eachwithindex" => {
                            parts.iter().rev().cloned().collect()
                        }
                        (V::List(parts), 2..) if parts.len() == 2 => parts.to_vec(),
                        _ => vec![item.clone()],
                    };
                    if given.len() == 1 {
                        // The place comes second: `map((c, i) => …)`, `Select((v, i) => …)`.
                        given.push(V::Num(at as i64));
                    }
                    made.push(self.by(&by, &given, depth));
                    if self.fuel == 0 {
                        return Some(V::Unknown(false));
                    }
                }
                match small {
                    "flatmap" => flat(made),
                    "jointostring" => match args.first() {
                        Some(V::Text(between)) => {
                            methods::method(self, "join", &V::list(made), &[V::Text(between.clone())])?.0
                        }
                        _ => natives::joined(self, &made, ""),
                    },
                    "foreach" | "each" | "eachchar" | "eachbyte" | "foreachindexed" => of.clone(),
                    "compactmap" | "mapnotnull" => {
                        made.retain(|item| !item.is_none());
                        V::list(made)
                    }
                    _ => V::list(made),
                }
            }
            "associate" | "associateby" | "associatewith" | "todictionary" => {
                let mut pairs = Vec::new();
                for item in items {
                    let parts = match (&item, self.params_of(&by)) {
                        (V::List(parts), 2) if parts.len() == 2 => parts.to_vec(),
                        _ => vec![item.clone()],
                    };
                    let made = self.by(&by, &parts, depth);
                    pairs.push(match (small, &made) {
                        ("associateby" | "todictionary", _) => (made, item),
                        ("associatewith", _) => (item, made),
                        (_, V::List(pair)) => (pair.first()?.clone(), pair.get(1)?.clone()),
                        _ => return None,
                    });
                }
                V::map(pairs)
            }
            "takewhile" | "prefix" | "dropwhile" | "skipwhile" => {
                let mut at = 0;
                for item in &items {
                    if !self.by(&by, std::slice::from_ref(item), depth).truth()? {
                        break;
                    }
                    at += 1;
                }
                let (front, back) = items.split_at_checked(at)?;
                let kept = if small.contains("while") && !small.starts_with("take") { back } else { front };
                natives::again(of, kept.to_vec())
            }
            "filter" | "where" | "grep" | "select" | "findall" | "reject" | "filternot" | "find"
            | "firstornull" | "detect" => {
                let out = matches!(small, "reject" | "filternot");
                let one = matches!(small, "find" | "firstornull" | "detect");
                let mut kept = Vec::new();
                // `filter((x) => x !== null)`
                let some = items.iter().any(V::is_none);
                for (at, item) in items.into_iter().enumerate() {
                    let truth = self.by(&by, &[item.clone(), V::Num(at as i64)], depth).truth();
                    let holds = if some { truth.unwrap_or(!item.is_none()) } else { truth? };
                    if holds != out {
                        if one {
                            return Some(item);
                        }
                        kept.push(item);
                    }
                }
                match of {
                    V::Text(_) => natives::plain(&V::list(kept)).map_or_else(|| V::text(""), V::text),
                    _ => V::list(kept),
                }
            }
            "reduce" | "fold" | "inject" | "aggregate" | "foldleft" | "reduceright" => {
                let mut items = items.into_iter();
                let start = args.iter().find(|arg| !matches!(arg, V::Func(_))).cloned();
                let mut so_far = match start {
                    Some(start) => start,
                    None => items.next()?,
                };
                for item in items {
                    so_far = self.by(&by, &[so_far, item], depth);
                }
                so_far
            }
            "sortby" | "sortedby" | "orderby" | "minby" | "maxby" | "sortwith" | "sort" | "sorted" => {
                if self.params_of(&by) != 1 {
                    return None;
                }
                let mut keyed: Vec<(i64, V)> = Vec::new();
                for item in items {
                    keyed.push((self.by(&by, std::slice::from_ref(&item), depth).number()?, item));
                }
                keyed.sort_by_key(|(key, _)| *key);
                V::list(keyed.into_iter().map(|(_, item)| item).collect())
            }
            _ => return None,
        })
    }

    /// What `by` makes of what the iterator at `first` goes through.
    pub(super) fn transformed(&mut self, first: Id, by: Id, depth: u32) -> Option<V> {
        let Node::Call(from, _) = self.recipe.node(first) else { return None };
        let Node::Member(list, _) = self.recipe.node(*from) else { return None };
        let (list, by) = (self.value(*list, depth), self.value(by, depth));
        self.each_by("map", &list, &[by], depth)
    }

    /// `text.replace(/[a-z]/g, (c) => …)`: every place that the pattern tells, as the function gives it.
    fn replaced(&mut self, text: &str, pattern: &str, by: &V, depth: u32) -> Option<V> {
        /// Places of one text.
        const MOST: usize = 2048;
        let (pattern, every) = pattern_of(pattern)?;
        let every = every || self.recipe.language == Language::Ruby;
        let places: Vec<(usize, usize)> = pattern
            .find_iter(text)
            .take(if every { MOST } else { 1 })
            .map(|place| (place.start(), place.end()))
            .collect();
        let mut out = String::new();
        let mut from = 0;
        for (start, end) in places {
            let made = self.by(by, &[V::text(text.get(start..end)?)], depth);
            out.push_str(text.get(from..start)?);
            out.push_str(&natives::plain(&made)?);
            from = end;
            if self.fuel == 0 || out.len() > MAX_SIZE {
                return Some(V::Unknown(false));
            }
        }
        out.push_str(text.get(from..)?);
        Some(V::text(out))
    }

    /// Functions that are given a function and what to use it on: `map(f, list)`, `array_map`.
    pub(super) fn by_free(&mut self, name: &str, args: &[V], depth: u32) -> Option<V> {
        let small = name.to_ascii_lowercase().replace('_', "");
        match (small.as_str(), args) {
            // `buildString { append('a') }`
            ("buildstring", [.., by @ V::Func(_)]) => Some(self.built(by, depth)),
            ("map" | "arraymap" | "filter", [by @ (V::Func(_) | V::Outside(_)), of, ..]) => {
                let small = small.trim_start_matches("array").to_owned();
                self.each_by(&small, of, std::slice::from_ref(by), depth)
            }
            ("from", [of, by @ V::Func(_)]) => {
                let of = match of {
                    // `Array.from({ length: n }, f)`
                    V::Map(_) => {
                        let count = natives::element(self, of, &V::text("length")).number()?;
                        V::list((0..count.clamp(0, 4096)).map(V::Num).collect())
                    }
                    other => other.clone(),
                };
                self.each_by("map", &of, std::slice::from_ref(by), depth)
            }
            // `array_map('chr', $codes)`
            ("arraymap", [V::Text(by), of])
                if matches!(&**by, "chr" | "ord" | "hexdec" | "bindec" | "strrev" | "intval") =>
            {
                self.each_by("map", of, &[V::Outside(by.clone())], depth)
            }
            ("reduce" | "arrayreduce", [by @ V::Func(_), of, rest @ ..])
            | ("arrayreduce", [of, by @ V::Func(_), rest @ ..]) => {
                let given: Vec<V> = rest.iter().cloned().chain([by.clone()]).collect();
                self.each_by("reduce", of, &given, depth)
            }
            // `ByteArray(n) { i -> … }`, `CharArray(n) { … }`, `List(n) { … }`
            ("bytearray" | "chararray" | "intarray" | "list" | "array", [count, by @ V::Func(_)]) => {
                match count {
                    V::Num(count) => {
                        let of = V::list((0..(*count).clamp(0, 4096)).map(V::Num).collect());
                        self.each_by("map", &of, std::slice::from_ref(by), depth)
                    }
                    other if other.is_unknown() => {
                        let made = self.by(by, &[V::Unknown(false)], depth);
                        Some(V::Unknown(made.is_turned()))
                    }
                    _ => None,
                }
            }
            ("repeat", [V::Num(times), by @ V::Func(_)]) => {
                for at in 0..(*times).clamp(0, 4096) {
                    self.by(by, &[V::Num(at)], depth);
                }
                Some(V::Unknown(false))
            }
            _ => None,
        }
    }

    pub(super) fn params_of(&self, by: &V) -> usize {
        match by {
            V::Func(id) => match self.recipe.node(*id) {
                Node::Function(_, params, _) => params.len(),
                _ => 0,
            },
            _ => 1,
        }
    }

    /// Calls what was handed over.
    fn by(&mut self, by: &V, args: &[V], depth: u32) -> V {
        match by {
            V::Func(id) => {
                let count = self.params_of(by).max(1);
                self.apply(*id, args.get(..count.min(args.len())).unwrap_or_default(), depth)
            }
            V::Outside(path) => {
                let name = path.trim_start_matches(['&', ':']);
                // `Character.init`, `String::from`: what makes one of a type bears its name.
                let name = [".init", ".new", "::new", "::from", "::valueOf"]
                    .iter()
                    .find_map(|end| name.strip_suffix(end))
                    .or_else(|| {
                        name.strip_suffix(".from").filter(|ty| matches!(*ty, "char" | "String" | "u8"))
                    })
                    .unwrap_or(name);
                let name = name.rsplit(['.', ':']).next().unwrap_or(name);
                let first = args.get(..1).unwrap_or_default();
                let made = functions::outside(self, "", name, first);
                let made =
                    made.or_else(|| methods::method(self, name, args.first()?, &[]).map(|(value, _)| value));
                let letter = |arg: &V| match arg {
                    V::Text(text) => text.chars().count() <= 2,
                    other => matches!(other, V::Num(_) | V::Char(_) | V::Lost),
                };
                let lost = !args.is_empty() && args.iter().all(letter);
                made.unwrap_or(if lost { V::Lost } else { V::Unknown(false) })
            }
            _ => V::Unknown(false),
        }
    }
}
