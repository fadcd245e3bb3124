//! Values that come of nothing but what stands in the file, whatever steps make them: found without running anything.
//!
//! From where a value is used everything is gone back to that it may be made of: what its name is given anywhere,
//! what the functions of the file give that are called, what is added to it. Where all of that ends in numbers, single
//! letters and texts no reader takes for one, and on no way in something from outside, the value was kept from being
//! read, though nobody here has computed it.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use super::lost;
use super::recipe::Id;
use super::recipe::Node;
use super::recipe::Recipe;
use super::run::Made;
use super::run::Shown;
use crate::scan::code::language::Language;

/// Nodes that are looked at for one value, and for all of a file.
const MOST: u32 = 6_000;
const ALL: u32 = 150_000;
/// How deep is gone.
const DEEP: u32 = 120;
/// What stands for no function.
const NONE: Id = Id::MAX;
/// Where what is thrown is kept.
const THROWN: &str = "@thrown";

/// Words in the name of a function that brings something from outside.
const LIVE: [&str; 59] = [
    "rand", "random", "now", "time", "today", "recv", "receive", "read", "reader", "readline", "gets",
    "scanf", "input", "env", "getenv", "environ", "argv", "args", "request", "uuid", "open", "fetch", "http",
    "socket", "query", "which", "config", "option", "options", "param", "params", "spawn", "exec", "output",
    "load", "stdin", "prompt", "getpid", "pid", "hostname", "cwd", "getcwd", "home", "lookup", "find",
    "glob", "listdir", "file", "settings", "session", "cookie", "header", "headers", "ask", "urandom",
    "accept", "getopt", "secrets", "cin",
];

/// What makes something else of a text or of numbers, by what is in its name.
const TURNS: [&str; 46] = [
    "chr",
    "char",
    "codepoint",
    "rune",
    "decode",
    "decrypt",
    "decipher",
    "dofinal",
    "finalblock",
    "cryptblocks",
    "keystream",
    "xor",
    "pack",
    "utf8",
    "getstring",
    "b64",
    "base64",
    "atob",
    "hex",
    "inflate",
    "gunzip",
    "decompress",
    "reverse",
    "sort",
    "orderby",
    "translate",
    "rot13",
    "digits",
    "bytes",
    "tobytearray",
    "memcpy",
    "copy",
    "fold",
    "reduce",
    "inject",
    "accumulate",
    "permut",
    "shuffle",
    "zip",
    "interleave",
    "swap",
    "scan",
    "ord",
    "unpack",
    "scalar",
    "strtr",
];

/// What opens something that was closed: what it is given is no text to a reader.
const OPENS: [&str; 19] = [
    "b64",
    "base64",
    "atob",
    "unhex",
    "fromhex",
    "hex2bin",
    "hextobytes",
    "decrypt",
    "decipher",
    "dofinal",
    "transformfinalblock",
    "cryptblocks",
    "keystream",
    "inflate",
    "gunzip",
    "decompress",
    "rot13",
    "decode64",
    "b32",
];

/// What makes letters of numbers.
const CODES: [&str; 10] = [
    "chr",
    "character",
    "fromcharcode",
    "fromcodepoint",
    "tochar",
    "rune",
    "scalar",
    "charvalueof",
    "forcharcode",
    "unichr",
];

/// What puts the letters or the pieces of a text into another order, or makes others of them.
const TRICKS: [&str; 18] = [
    "reverse",
    "strrev",
    "sorted",
    "orderby",
    "sortby",
    "strtr",
    "translate",
    "rot13",
    "rotate",
    "treemap",
    "sorteddictionary",
    "sortedmap",
    "sortedlist",
    "ksort",
    "permut",
    "shuffle",
    "swapcase",
    "reduceright",
];

/// What a program reads of itself.
const OWN: [&str; 34] = [
    "getDeclaredFields",
    "getDeclaredMethods",
    "getDeclaredField",
    "getFields",
    "GetFields",
    "GetField",
    "GetProperties",
    "GetCustomAttribute",
    "GetCustomAttributes",
    "getAnnotation",
    "getConstants",
    "Mirror",
    "TypeOf",
    "__doc__",
    "__name__",
    "__annotations__",
    "get_defined_functions",
    "getRecordComponents",
    "get_class_methods",
    "getSimpleName",
    "getsource",
    "__qualname__",
    "instance_methods",
    "GetNames",
    "nameof",
    "type_name",
    "enumConstants",
    "getEnumConstants",
    "getMethods",
    "GetMethods",
    "GetMembers",
    "get_class_vars",
    "get_object_vars",
    "ReflectionClass",
];

/// What a value comes of.
#[derive(Default)]
struct Facts {
    /// Something from outside.
    live: bool,
    /// Numbers, and texts of one letter.
    numbers: u32,
    letters: u32,
    /// Texts that are longer, and numbers that are texts.
    words: u32,
    packed: u32,
    /// A row of either, a text without words, a number of many digits.
    row: bool,
    /// Something that was closed is opened.
    opened: bool,
    /// What is turned into something else, by reckoning and by functions.
    reckoned: u32,
    turned: u32,
    /// Letters picked out of a text by their places.
    picked: u32,
    /// Letters made of numbers.
    coded: u32,
    /// Texts turned round, sorted, cut down; what a program reads of itself.
    tricks: u32,
    /// Letters of elements, and lists made one text.
    firsts: u32,
    joins: u32,
    /// Numbers that may be addresses, and that an address is made.
    large: u32,
    address: bool,
    /// Names of its own that a program reads.
    own: u32,
    /// What is not written out on the way: names, calls, members.
    width: u32,
    /// Something is made a text.
    text: bool,
}

impl Facts {
    /// Whether what comes of it was kept from being read.
    fn is_hidden(&self) -> bool {
        let constants = self.numbers + self.letters + self.words;
        let seeds = self.row
            || self.opened
            || self.numbers >= 6
            || self.letters >= 5
            || self.letters >= 3 && self.words == 0
            || self.picked >= 3 && self.numbers >= 3;
        let done = self.reckoned + self.turned + self.picked > 0
            || self.letters >= 4
            || self.numbers >= 6 && self.words == 0;
        /// More of a program than that comes together in its ordinary values.
        const WIDEST: u32 = 140;
        !self.live
            && self.text
            && self.width <= WIDEST
            && (seeds && done
                || self.tricks > 0 && constants > 0
                || self.firsts > 0 && self.joins > 0
                || self.address && self.large > 0
                || self.own > 0 && self.picked > 1
                || self.coded > 0 && self.reckoned > 0 && constants > 1)
    }
}

/// Where names are given something, and what functions there are.
pub(super) struct Sealed<'r> {
    recipe: &'r Recipe,
    /// The function each node stands in.
    within: Vec<Id>,
    /// The function each function stands in.
    around: BTreeMap<Id, Id>,
    given: BTreeMap<&'r str, Vec<(Id, Id)>>,
    kept: BTreeMap<&'r str, Vec<Id>>,
    /// Calls that write into what they are given, and what is added to something.
    filled: BTreeMap<&'r str, Vec<(Id, Id)>>,
    /// Names a file declares for fields: `Struct.new(:row)`.
    declared: BTreeSet<&'r str>,
    functions: BTreeMap<&'r str, Vec<Id>>,
    owners: BTreeMap<Id, &'r str>,
    returns: BTreeMap<Id, Vec<Id>>,
    /// The names of the file's functions.
    names: BTreeSet<&'r str>,
    sites: BTreeMap<&'r str, Vec<Id>>,
    uses: Vec<Id>,
    /// What is thrown is called so.
    caught: Vec<&'r str>,
    /// Elements of lists, as what goes through them calls them.
    elements: BTreeSet<&'r str>,
    left: u32,
}

/// One way back.
#[derive(Default)]
struct Way {
    facts: Facts,
    seen: BTreeSet<Id>,
    /// Functions whose parameters were looked at where they are called.
    entered: BTreeSet<Id>,
    steps: u32,
}

impl<'r> Sealed<'r> {
    /// Adds to `made` what is made of nothing but the file, at the places where nothing is known yet.
    pub(super) fn add(recipe: &'r Recipe, made: &mut BTreeMap<(u32, u32), Made>) {
        let mut sealed = Sealed {
            recipe,
            within: vec![NONE; recipe.len() as usize],
            around: BTreeMap::new(),
            given: BTreeMap::new(),
            kept: BTreeMap::new(),
            filled: BTreeMap::new(),
            declared: BTreeSet::new(),
            functions: BTreeMap::new(),
            owners: recipe.functions.iter().map(|(id, owner)| (*id, &**owner)).collect(),
            returns: BTreeMap::new(),
            names: recipe
                .functions
                .iter()
                .filter_map(|(id, _)| match recipe.node(*id) {
                    Node::Function(name, ..) if !name.is_empty() => Some(&**name),
                    _ => None,
                })
                .collect(),
            sites: BTreeMap::new(),
            uses: Vec::new(),
            caught: Vec::new(),
            elements: BTreeSet::new(),
            left: ALL,
        };
        sealed.walk(recipe.root, NONE, 0);
        let thrown = sealed.given.get(THROWN).cloned().unwrap_or_default();
        for name in std::mem::take(&mut sealed.caught) {
            sealed.given.entry(name).or_default().extend(thrown.iter().map(|(_, value)| (NONE, *value)));
        }
        for used in std::mem::take(&mut sealed.uses) {
            let place = recipe.place(used);
            let open = match made.get(&place) {
                None => true,
                Some(Made::Text(text, shown)) => {
                    text.contains("{}") || matches!(shown, Shown::Partly | Shown::Program)
                }
                Some(_) => false,
            };
            let function = matches!(recipe.node(used), Node::Function(..));
            if open && !function && sealed.left > 0 && sealed.is_hidden(used) {
                let now = match made.remove(&place) {
                    // What it came to is kept; it may be less than there is.
                    Some(Made::Text(text, _)) if !text.contains("{}") => Made::Text(text, Shown::Hardly),
                    _ => Made::Unread,
                };
                made.insert(place, now);
            }
        }
    }

    fn is_hidden(&mut self, used: Id) -> bool {
        let mut way = Way::default();
        self.back(used, &mut way, 0);
        self.left = self.left.saturating_sub(way.steps);
        way.steps < MOST && way.facts.is_hidden()
    }

    /// Notes what is below `id`, which stands in the function `function`.
    fn walk(&mut self, id: Id, function: Id, depth: u32) {
        if depth > 400 {
            return;
        }
        let recipe = self.recipe;
        if let Some(slot) = self.within.get_mut(id as usize) {
            *slot = function;
        }
        let mut inner = function;
        match recipe.node(id) {
            Node::Function(name, params, body) => {
                self.around.insert(id, function);
                match name.is_empty() {
                    true => self.elements.extend(params.iter().map(|name| &**name)),
                    false => self.functions.entry(name).or_default().push(id),
                }
                self.tail(*body, id, 0);
                inner = id;
            }
            Node::Return(Some(value)) => self.returns.entry(function).or_default().push(*value),
            Node::Throw(value) => self.given.entry(THROWN).or_default().push((NONE, *value)),
            Node::Assign(target, _, value) => {
                self.gives(*target, *value, function, 0);
                if let (Node::Name(name) | Node::Member(_, name), Node::Function(..)) =
                    (recipe.node(*target), recipe.node(*value))
                {
                    self.functions.entry(name).or_default().push(*value);
                }
                if matches!(recipe.node(*target), Node::Member(..)) {
                    self.uses.push(*value);
                }
            }
            Node::Each(names, of, ..) | Node::Gather(_, names, of, _) => {
                names.iter().for_each(|name| self.given.entry(name).or_default().push((function, *of)));
                if matches!(recipe.node(id), Node::Gather(..)) {
                    self.elements.extend(names.iter().map(|name| &**name));
                }
            }
            // `in >> number`
            Node::Binary(sign, left, right) if &**sign == ">>" && recipe.language == Language::Cpp => {
                if let Node::Name(name) = recipe.node(*right) {
                    self.fill(name, false, *left, function);
                }
            }
            Node::Index(base, key) => {
                if matches!(recipe.node(*base), Node::Name(_) | Node::Member(..) | Node::Call(..)) {
                    self.uses.push(*key);
                }
            }
            Node::Call(target, args) => self.walk_call(id, *target, args, function),
            Node::Try(_, name, _) => self.caught.push(name),

            Node::Make(name, _, _) => self.sites.entry(name).or_default().push(id),
            _ => {}
        }
        for child in children(recipe.node(id)) {
            self.walk(child, inner, depth + 1);
        }
    }

    fn walk_call(&mut self, id: Id, target: Id, args: &'r [Id], function: Id) {
        let recipe = self.recipe;
        let name = name_of(recipe, target);
        self.sites.entry(name).or_default().push(id);
        if matches!(name, "attr_reader" | "attr_accessor" | "new" | "define") {
            let texts = args.iter().filter_map(|arg| match recipe.node(*arg) {
                Node::Text(text) => Some(&**text),
                _ => None,
            });
            self.declared.extend(texts);
        }
        // What a function of the file is given, that one uses.
        let own = self.names.contains(name);
        for arg in args.iter().take(if own { 0 } else { 12 }) {
            match recipe.node(*arg) {
                Node::List(parts) => self.uses.extend(parts.iter().take(8)),
                Node::Map(pairs) => self.uses.extend(pairs.iter().take(8).map(|(_, value)| *value)),
                _ => {}
            }
            self.uses.push(*arg);
        }
        if matches!(recipe.node(target), Node::Name(_))
            && matches!(recipe.language, Language::Php | Language::PowerShell)
        {
            self.uses.push(target);
        }
        if let Node::Member(base, name) = recipe.node(target)
            && let Some((root, member)) = root_of(recipe, *base)
            && (keeps(name) || reads(name))
        {
            // `out.push(letter)`
            let what = if reads(name) { vec![id] } else { args.to_vec() };
            for value in what {
                self.fill(root, member, value, function);
            }
        }
        let own = recipe
            .functions
            .iter()
            .any(|(id, _)| matches!(recipe.node(*id), Node::Function(of, ..) if **of == *name));
        let plain = matches!(recipe.language, Language::C | Language::Cpp) && !STARTS.contains(&name);
        let handed =
            matches!(recipe.language, Language::Go | Language::Rust | Language::Swift | Language::CSharp);
        let fills = plain || handed && (own || has(&FILLS, name));
        for (at, arg) in args.iter().take(4).enumerate() {
            let writes = fills && at < 2 || reads(name);
            let root = root_of(recipe, *arg).filter(|(root, _)| !is_constant(root));
            if let Some((root, member)) = root.filter(|_| writes) {
                // `memcpy(word, table, 8)`, `decode(word)`
                self.fill(root, member, id, function);
            }
        }
    }

    fn fill(&mut self, name: &'r str, member: bool, value: Id, function: Id) {
        match member {
            true => self.kept.entry(name).or_default().push(value),
            false => self.filled.entry(name).or_default().push((function, value)),
        }
    }

    fn note(&mut self, name: &'r str, member: bool, value: Id, function: Id) {
        match member {
            true => self.kept.entry(name).or_default().push(value),
            false => self.given.entry(name).or_default().push((function, value)),
        }
    }

    /// `target` is given `value`.
    fn gives(&mut self, target: Id, value: Id, function: Id, depth: u32) {
        if depth > 8 {
            return;
        }
        match self.recipe.node(target) {
            Node::List(all) | Node::Block(all) => {
                all.iter().for_each(|one| self.gives(*one, value, function, depth + 1))
            }
            _ => {
                if let Some((name, member)) = root_of(self.recipe, target) {
                    self.note(name, member, value, function);
                }
                if let Node::Member(base, _) = self.recipe.node(target)
                    && let Some((name, member)) = self.object_of(*base)
                {
                    // `address.sin_port = …`
                    self.fill(name, member, value, function);
                }
            }
        }
    }

    fn object_of(&self, mut base: Id) -> Option<(&'r str, bool)> {
        for _ in 0..4 {
            match self.recipe.node(base) {
                Node::Member(inner, _) => base = *inner,
                Node::Name(name) if !is_plain(name) => return Some((name, false)),
                _ => return None,
            }
        }
        None
    }

    /// What the body of `function` gives without saying so.
    fn tail(&mut self, body: Id, function: Id, depth: u32) {
        match self.recipe.node(body) {
            _ if depth > 16 => {}
            Node::Block(parts) => {
                if let Some(last) = parts.last() {
                    self.tail(*last, function, depth + 1);
                }
            }
            Node::If(_, yes, no) => {
                self.tail(*yes, function, depth + 1);
                no.iter().for_each(|no| self.tail(*no, function, depth + 1));
            }
            Node::Try(of, _, then) => {
                self.tail(*of, function, depth + 1);
                self.tail(*then, function, depth + 1);
            }
            Node::Return(_) | Node::Throw(_) | Node::Assign(..) | Node::While(..) | Node::Each(..) => {}
            Node::Unknown => {}
            _ => self.returns.entry(function).or_default().push(body),
        }
    }

    /// Goes back from `id`.
    fn back(&self, id: Id, way: &mut Way, depth: u32) {
        way.steps += 1;
        if way.facts.live || way.steps >= MOST || depth > DEEP {
            way.facts.live = true;
            return;
        }
        if !way.seen.insert(id) {
            return;
        }
        let depth = depth + 1;
        let recipe = self.recipe;
        match recipe.node(id) {
            Node::Unknown | Node::Break | Node::Continue | Node::Step(..) => {}
            Node::Number(number) => {
                way.facts.numbers += 1;
                way.facts.large += u32::from((1 << 24..1 << 32).contains(number));
                way.facts.packed += u32::from(is_packed(*number));
                way.facts.row |= number.unsigned_abs() >= 1 << 32 || way.facts.packed > 1;
            }
            Node::Char(_) => {
                way.facts.letters += 1;
                way.facts.text = true;
            }
            Node::Text(text) => {
                way.facts.text = true;
                way.facts.letters += u32::from(text.chars().count() == 1);
                way.facts.words += u32::from(text.chars().count() > 1);
                way.facts.row |= lost::is_scrambled(text);
            }
            Node::Name(name) => {
                way.facts.width += 1;
                self.back_name(id, name, way, depth);
            }
            Node::Joined(parts) => {
                way.facts.text = true;
                self.shown(way, depth);
                parts.iter().for_each(|part| self.back(*part, way, depth));
            }
            Node::List(items) => {
                way.facts.row |= is_row(recipe, items);
                items.iter().for_each(|item| self.back(*item, way, depth));
            }
            Node::Unary(sign, of) => {
                way.facts.tricks +=
                    u32::from(&**sign == "-join" && matches!(recipe.node(*of), Node::Index(..)));
                way.facts.reckoned += u32::from(matches!(&**sign, "~" | "-bnot"));
                self.back(*of, way, depth);
            }
            Node::Binary(sign, left, right) => {
                let reckons = matches!(
                    &**sign,
                    "^" | "xor"
                        | "-bxor"
                        | "&"
                        | "|"
                        | "<<"
                        | ">>"
                        | ">>>"
                        | "shl"
                        | "shr"
                        | "ushr"
                        | "-shl"
                        | "-shr"
                        | "%"
                        | "*"
                        | "/"
                        | "-"
                        | "//"
                        | "-band"
                        | "-bor"
                        | "-f"
                        | "&^"
                ) || &**sign == "+" && matches!(recipe.node(*right), Node::Number(_));
                way.facts.reckoned += u32::from(reckons);
                way.facts.tricks += u32::from(matches!(&**sign, "-f" | "-replace"));
                let lettered =
                    matches!((recipe.node(*left), recipe.node(*right)), (Node::Char(_), Node::Number(_)));
                way.facts.tricks += u32::from(lettered && matches!(&**sign, "+" | "-"));
                let empty = |id: &Id| matches!(recipe.node(*id), Node::List(items) if items.is_empty());
                if &**sign == "+" && (empty(left) || empty(right)) {
                    // `![] + []`
                    way.facts.tricks += 1;
                    way.facts.letters += 1;
                    way.facts.text = true;
                }
                let large = |id: &Id| matches!(recipe.node(*id), Node::Number(number) if *number >= 1 << 24);
                if matches!(&**sign, "^" | "xor" | "-bxor") && large(left) && large(right) {
                    // An address.
                    way.facts.row = true;
                    way.facts.text = true;
                }
                self.back(*left, way, depth);
                self.back(*right, way, depth);
            }
            Node::Assign(_, _, value) => self.back(*value, way, depth),
            Node::If(_, yes, no) => {
                self.back(*yes, way, depth);
                no.iter().for_each(|no| self.back(*no, way, depth));
            }
            Node::Index(base, key) => {
                way.facts.picked += 1;
                self.first_of(*base, way);
                if let Some(value) = self.entry(*base, *key) {
                    // `settings["host"]`
                    return self.back(value, way, depth);
                }
                if matches!(recipe.node(*base), Node::Name(_) | Node::Call(..) | Node::Make(..)) {
                    // What an object of the file gives for a key.
                    for name in ["__getitem__", "operator[]", "subscript", "[]", "this[]"] {
                        let own = self.functions.get(name).into_iter().flatten().take(2);
                        own.for_each(|function| self.enter(*function, way, depth));
                    }
                }
                self.back_base(*base, way, depth);
                self.back(*key, way, depth);
            }
            Node::Slice(base, bounds) => {
                way.facts.picked += 1;
                self.first_of(*base, way);
                way.facts.tricks += u32::from(bounds.get(2).is_some_and(Option::is_some));
                self.back_base(*base, way, depth);
                bounds.iter().flatten().for_each(|bound| self.back(*bound, way, depth));
            }
            Node::Member(base, name) => {
                way.facts.width += 1;
                self.back_member(*base, name, way, depth);
            }
            Node::Call(target, args) => {
                way.facts.width += 1;
                self.back_call(*target, args, way, depth);
            }
            Node::Function(..) => self.enter(id, way, depth),
            Node::Cast(ty, of) => {
                let ty = ty.to_ascii_lowercase();
                let text = ["char", "string", "rune", "byte", "u8"].iter().any(|known| ty.contains(known));
                way.facts.text |= text;
                way.facts.turned += u32::from(text);
                way.facts.coded += u32::from(["char", "rune"].iter().any(|known| ty.contains(known)));
                self.back(*of, way, depth);
            }
            Node::Gather(_, _, _, Some(only)) if self.compares(*only, 0) => {
                way.facts.tricks += 1;
                way.facts.words += 1;
                way.facts.text = true;
            }
            node => children(node).into_iter().for_each(|child| self.back(child, way, depth)),
        }
    }

    /// What a function gives, its parameters being known.
    fn enter(&self, function: Id, way: &mut Way, depth: u32) {
        if !way.entered.insert(function) {
            return;
        }
        let Node::Function(_, _, body) = self.recipe.node(function) else { return };
        if self.mixes(*body, 0) {
            // `*at ^= 0x52`
            way.facts.reckoned += 1;
            way.facts.text |= matches!(self.recipe.language, Language::C | Language::Cpp);
        }
        match self.returns.get(&function) {
            Some(values) => values.iter().for_each(|value| self.back(*value, way, depth)),
            // What it writes into.
            None => self.back(*body, way, depth),
        }
    }

    fn back_name(&self, id: Id, name: &str, way: &mut Way, depth: u32) {
        let recipe = self.recipe;
        if is_plain(name) {
            return;
        }
        if matches!(name, "TreeMap" | "TreeSet" | "SortedDictionary" | "SortedList" | "PriorityQueue") {
            way.facts.tricks += 1;
            return;
        }
        let given = self.given.get(name).map_or(&[][..], Vec::as_slice);
        let filled = self.filled.get(name).map_or(&[][..], Vec::as_slice);
        let mut function = self.within.get(id as usize).copied().unwrap_or(NONE);
        let mut rounds = 0;
        while function != NONE && rounds < 24 {
            rounds += 1;
            let here = given.iter().filter(|(within, _)| *within == function);
            let mut found = false;
            for (_, value) in here {
                found = true;
                self.back(*value, way, depth);
            }
            for (_, value) in filled.iter().filter(|(within, _)| *within == function) {
                self.back(*value, way, depth);
            }
            if let Node::Function(own, params, _) = recipe.node(function)
                && let Some(at) = params.iter().position(|param| **param == *name)
            {
                if BY_NAME.contains(&&**own) {
                    // What it is given is a word of the program.
                    way.facts.words += 1;
                    way.facts.text = true;
                } else if !way.entered.contains(&function) {
                    self.back_sites(function, own, at, way, depth);
                }
                found = true;
            }
            if found {
                return;
            }
            function = self.around.get(&function).copied().unwrap_or(NONE);
        }
        if self.recipe.receivers.contains(name) {
            return;
        }
        let mut found = false;
        let everywhere = !given.iter().any(|(within, _)| *within == NONE);
        for (_, value) in given.iter().filter(|(within, _)| everywhere || *within == NONE) {
            found = true;
            self.back(*value, way, depth);
        }
        for value in self.kept.get(name).into_iter().flatten() {
            found = true;
            self.back(*value, way, depth);
        }
        for (_, value) in filled.iter().filter(|(within, _)| everywhere || *within == NONE) {
            found = true;
            self.back(*value, way, depth);
        }
        if let Some(functions) = self.functions.get(name).filter(|_| !found) {
            functions.iter().take(3).for_each(|function| self.enter(*function, way, depth));
            return;
        }
        // A type, or a parameter without a name of a function that was entered.
        let unnamed = is_unnamed(name) && !way.entered.is_empty() || self.declared.contains(name);
        let foreign = self.is_foreign(name);
        let ty = name.starts_with(|c: char| c.is_ascii_uppercase()) && !foreign;
        if !found && !unnamed && !is_type(name) && !ty {
            way.facts.live = true;
        }
    }

    /// What the parameter at `at` is where `function` is called.
    fn back_sites(&self, function: Id, own: &str, at: usize, way: &mut Way, depth: u32) {
        let owner = self.owners.get(&function).copied().unwrap_or("");
        let constructs =
            matches!(own, "__init__" | "constructor" | "init" | "__construct" | "initialize" | "new")
                || own == owner && !own.is_empty();
        let name = if constructs && !owner.is_empty() { owner } else { own };
        let sites = self.sites.get(name).map_or(&[][..], Vec::as_slice);
        if let Some(kept) = self.kept.get(own).filter(|_| sites.is_empty()) {
            // What a setter is given.
            kept.iter().for_each(|value| self.back(*value, way, depth));
            return;
        }
        let Node::Function(_, params, _) = self.recipe.node(function) else { return };
        let count = params.len();
        // A function nobody calls by its name may be given anything.
        if name.is_empty() || sites.is_empty() || sites.len() > 24 {
            way.facts.live = true;
            return;
        }
        for site in sites {
            let args = match self.recipe.node(*site) {
                Node::Call(_, args) | Node::Make(_, _, args) => args,
                _ => continue,
            };
            match args.get(at).filter(|_| args.len() <= count) {
                Some(arg) => self.back(*arg, way, depth),
                None => args.iter().for_each(|arg| self.back(*arg, way, depth)),
            }
        }
    }

    /// What something is taken of: a name nobody gives anything is a module or a type.
    fn back_base(&self, base: Id, way: &mut Way, depth: u32) {
        if let Node::Name(name) = self.recipe.node(base)
            && !self.is_known(name)
            && !is_unnamed(name)
        {
            way.facts.live |= self.is_param(base, name) && !way.entered.contains(&self.function_of(base));
            way.facts.live |=
                is_live(name) || self.is_foreign(name) || name.starts_with('_') && name.len() > 3;
            return;
        }
        self.back(base, way, depth);
    }

    /// Whether a name is that of a constant another file has.
    fn is_foreign(&self, name: &str) -> bool {
        is_constant(name)
            && matches!(
                self.recipe.language,
                Language::Python
                    | Language::JavaScript
                    | Language::TypeScript
                    | Language::Tsx
                    | Language::Ruby
                    | Language::Php
            )
    }

    fn function_of(&self, id: Id) -> Id {
        self.within.get(id as usize).copied().unwrap_or(NONE)
    }

    fn is_param(&self, id: Id, name: &str) -> bool {
        let mut function = self.function_of(id);
        let mut rounds = 0;
        while function != NONE && rounds < 24 {
            rounds += 1;
            if let Node::Function(_, params, _) = self.recipe.node(function)
                && params.iter().any(|param| **param == *name)
            {
                return true;
            }
            function = self.around.get(&function).copied().unwrap_or(NONE);
        }
        false
    }

    fn is_known(&self, name: &str) -> bool {
        self.given.contains_key(name) || self.kept.contains_key(name) || self.functions.contains_key(name)
    }

    /// Whether a function picks what has some number: the sum of its letters, a hash.
    fn by_number(&self, function: Id) -> bool {
        match self.recipe.node(function) {
            Node::Function(_, _, body) => self.compares(*body, 0),
            _ => false,
        }
    }

    /// Whether something is changed bit by bit where it stands.
    fn mixes(&self, id: Id, depth: u32) -> bool {
        let node = self.recipe.node(id);
        matches!(node, Node::Assign(_, sign, _) if matches!(&**sign, "^=" | "<<=" | ">>="))
            || depth < 12 && children(node).into_iter().any(|child| self.mixes(child, depth + 1))
    }

    fn compares(&self, id: Id, depth: u32) -> bool {
        /// The largest number that counts letters.
        const SMALL: i64 = 40;
        let node = self.recipe.node(id);
        if let Node::Binary(sign, _, right) = node
            && matches!(&**sign, "==" | "===" | "-eq")
            && matches!(self.recipe.node(*right), Node::Number(number) if *number > SMALL)
        {
            return true;
        }
        depth < 24 && children(node).into_iter().any(|child| self.compares(child, depth + 1))
    }

    /// A letter of each element of a list.
    fn first_of(&self, base: Id, way: &mut Way) {
        let element = matches!(self.recipe.node(base), Node::Name(name) if self.elements.contains(&**name));
        way.facts.firsts += u32::from(element);
    }

    /// What a map that stands in the file has at `key`.
    fn entry(&self, base: Id, key: Id) -> Option<Id> {
        match self.recipe.node(key) {
            Node::Text(key) => self.entry_at(base, key),
            _ => None,
        }
    }

    fn entry_at(&self, base: Id, wanted: &str) -> Option<Id> {
        let map = match self.recipe.node(base) {
            Node::Name(name) => match self.given.get(&**name).map(Vec::as_slice) {
                Some([(_, only)]) => *only,
                _ => return None,
            },
            _ => base,
        };
        let Node::Map(pairs) = self.recipe.node(map) else { return None };
        let says =
            |key: Id| matches!(self.recipe.node(key), Node::Text(key) | Node::Name(key) if **key == *wanted);
        pairs.iter().find(|(key, _)| says(*key)).map(|(_, value)| *value)
    }

    /// What an object of the file says it is as a text.
    fn shown(&self, way: &mut Way, depth: u32) {
        for name in ["fmt", "toString", "ToString", "__str__", "to_s", "__toString", "String", "description"]
        {
            let own = self.functions.get(name).into_iter().flatten().take(2);
            own.for_each(|function| self.enter(*function, way, depth));
        }
    }

    fn back_member(&self, base: Id, name: &str, way: &mut Way, depth: u32) {
        if let Some(value) = self.entry_at(base, name) {
            self.back(value, way, depth);
            self.kept.get(name).into_iter().flatten().for_each(|value| self.back(*value, way, depth));
            return;
        }
        if name.starts_with("__") && is_own(name) {
            // `Shelf.__name__`: of something in the file, and not of whatever is handed over.
            let known = matches!(self.recipe.node(base), Node::Name(of) if self.functions.contains_key(&**of) || self.recipe.classes.contains_key(of));
            way.facts.live |= !known;
            way.facts.own += 1;
            way.facts.text = true;
            return;
        }
        if is_own(name) {
            way.facts.tricks += 1;
            way.facts.words += 1;
            way.facts.text = true;
            return;
        }
        let this = matches!(self.recipe.node(base), Node::Name(this) if is_this(this));
        let kept = self.kept.get(name).map_or(&[][..], Vec::as_slice);
        kept.iter().for_each(|value| self.back(*value, way, depth));
        if let Some(functions) = self.functions.get(name) {
            // A property is read like a field.
            let bare = |function: &Id| matches!(self.recipe.node(*function), Node::Function(_, params, _) if params.is_empty());
            let reads = matches!(
                self.recipe.language,
                Language::Ruby | Language::Python | Language::JavaScript | Language::TypeScript
            );
            let read = |function: &&Id| self.recipe.getters.contains(*function) || reads && bare(function);
            functions.iter().filter(read).take(3).for_each(|function| self.enter(*function, way, depth));
        }
        if this {
            let given = self.given.get(name).map_or(&[][..], Vec::as_slice);
            // What the file never gives a field, something it extends does.
            let loose = matches!(
                self.recipe.language,
                Language::Python | Language::JavaScript | Language::TypeScript | Language::Php
            );
            let inherited = loose && kept.is_empty() && given.is_empty();
            way.facts.live |=
                inherited && !self.functions.contains_key(name) && !self.declared.contains(name);
            let given = given.iter().filter(|(within, _)| *within == NONE);
            given.for_each(|(_, value)| self.back(*value, way, depth));
            return;
        }
        way.facts.turned += u32::from(has(&TURNS, name));
        way.facts.coded += u32::from(has(&CODES, name));
        way.facts.tricks += u32::from(has(&TRICKS, name));
        let outside = matches!(self.recipe.node(base), Node::Name(of) if !is_type(of) && !is_unnamed(of) && !self.is_known(of) && !self.is_param(base, of) && !self.recipe.receivers.contains(of));
        if outside && kept.is_empty() && !self.functions.contains_key(name) {
            // `os.sep`, `config.host`, `Encoding.UTF8`
            let of = matches!(self.recipe.node(base), Node::Name(of) if of.starts_with(|c: char| c.is_ascii_uppercase()));
            way.facts.live |= !of && !name.starts_with(|c: char| c.is_ascii_uppercase()) || is_live(name);
            return;
        }
        self.back_base(base, way, depth);
    }

    fn back_call(&self, target: Id, args: &[Id], way: &mut Way, depth: u32) {
        let recipe = self.recipe;
        let name = name_of(recipe, target);
        if is_own(name) || picks(name) && args.iter().any(|arg| self.by_number(*arg)) {
            // What the program is called, it says itself; a name that is known by a number.
            way.facts.tricks += 1;
            way.facts.words += 1;
            way.facts.text = true;
            return;
        }
        if matches!(name, "get-command" | "gcm" | "get-alias" | "gal") {
            // `Get-Command *ke-Exp*`
            let globs = |arg: &Id| matches!(recipe.node(*arg), Node::Text(text) if text.contains(['*', '?']));
            way.facts.live |= !args.iter().any(globs);
            way.facts.tricks += 1;
            way.facts.words += 1;
            way.facts.text = true;
            return;
        }
        for arg in args {
            self.back(*arg, way, depth);
        }
        let own = self.functions.get(name).filter(|_| !name.is_empty());
        let mut outside = own.is_none();
        match recipe.node(target) {
            Node::Name(_) => {
                if let Some(own) = own {
                    own.iter().take(3).for_each(|function| self.enter(*function, way, depth));
                } else if self.given.contains_key(name) {
                    outside = false;
                    self.back(target, way, depth);
                }
            }
            Node::Member(base, _) => {
                if let Some(own) = own {
                    own.iter().take(3).for_each(|function| self.enter(*function, way, depth));
                }
                let module = matches!(recipe.node(*base), Node::Name(of) if !is_type(of) && !self.is_known(of) && !self.is_param(*base, of));
                let typed = matches!(recipe.node(*base), Node::Name(of) if of.starts_with(|c: char| c.is_ascii_uppercase()));
                if outside && module && !typed && args.is_empty() {
                    way.facts.live = true;
                }
                match recipe.node(*base) {
                    Node::Name(this) if is_this(this) => {}
                    _ => self.back_base(*base, way, depth),
                }
            }
            Node::Index(..) => self.back(target, way, depth),
            Node::Function(..) => self.enter(target, way, depth),
            _ => {
                outside = false;
                self.back(target, way, depth);
            }
        }
        if outside {
            let seeded = matches!(name, "Random" | "NewSource" | "Rand" | "seed") && !args.is_empty();
            let matched = matches!(recipe.node(target), Node::Member(base, _) if matches!(recipe.node(*base), Node::Text(_)));
            way.facts.live |= is_live(name) && !seeded && !matched;
            way.facts.turned += u32::from(has(&TURNS, name));
            let mapped = name == "Map" && recipe.language == Language::Go;
            way.facts.coded += u32::from(has(&CODES, name) || mapped);
            let of = match recipe.node(target) {
                Node::Member(base, _) => name_of(recipe, *base),
                _ => "",
            };
            let addresses = ["ipv4addr", "ipaddr", "inetaddr", "inetntoa", "long2ip", "inaddr"];
            way.facts.address |= has(&addresses, name) || has(&addresses, of);
            way.facts.text |= way.facts.address;
            // In Python `reverse(…)` is nothing of the language: it looks up an address.
            let looks_up = recipe.language == Language::Python
                && name == "reverse"
                && matches!(recipe.node(target), Node::Name(_));
            way.facts.live |= looks_up;
            way.facts.tricks += u32::from(has(&TRICKS, name) || cuts(recipe, name, args));
            way.facts.joins += u32::from(has(&["join", "concat", "collect", "sum", "implode"], name));
            way.facts.opened |= has(&OPENS, name);
            let text = ["str", "char", "chr", "join", "concat", "append", "text", "format", "decode", "copy"];
            way.facts.text |= has(&text, name) || has(&OPENS, name) || has(&TURNS, name);
            if has(&text, name) {
                self.shown(way, depth);
            }
            let plain = matches!(recipe.node(target), Node::Name(_));
            if plain && args.is_empty() && !name.starts_with(|c: char| c.is_ascii_uppercase()) {
                way.facts.live = true;
            }
        }
    }
}

/// Functions that are given the name of what is asked for.
const BY_NAME: [&str; 9] = [
    "__callStatic",
    "__call",
    "__get",
    "method_missing",
    "__getattr__",
    "__getattribute__",
    "__missing__",
    "__class_getitem__",
    "const_missing",
];

/// What writes into what it is given.
const FILLS: [&str; 10] =
    ["copy", "decode", "encode", "crypt", "xor", "put", "fill", "swap", "transform", "write"];

/// Whether something from outside is put into what a function is given.
fn reads(name: &str) -> bool {
    has(&["recv", "read", "gets", "scanf", "getline", "nextbytes", "random"], name) && !has(&["thread"], name)
}

/// A constant of a library: `AF_INET`.
fn is_constant(name: &str) -> bool {
    name.len() > 2
        && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
}

/// What starts something writes into nothing.
const STARTS: [&str; 36] = [
    "connect",
    "bind",
    "send",
    "sendto",
    "write",
    "close",
    "setsockopt",
    "listen",
    "sizeof",
    "exec",
    "execve",
    "posix_spawn",
    "fopen",
    "open",
    "LoadLibraryA",
    "GetProcAddress",
    "WinExec",
    "ShellExecuteA",
    "CreateProcessA",
    "curl_easy_setopt",
    "strcmp",
    "memcmp",
    "system",
    "popen",
    "execl",
    "execv",
    "execvp",
    "execlp",
    "dlopen",
    "dlsym",
    "printf",
    "fprintf",
    "puts",
    "strlen",
    "free",
    "Println",
];

/// Whether the bytes of a number are letters.
fn is_packed(number: i64) -> bool {
    let bytes = number.to_be_bytes();
    let says = bytes.iter().filter(|byte| (0x20..0x7f).contains(*byte)).count();
    says >= 3 && bytes.iter().all(|byte| *byte == 0 || (0x20..0x7f).contains(byte))
}

/// A parameter that has no name.
fn is_unnamed(name: &str) -> bool {
    matches!(name, "it" | "_" | "$0" | "$1" | "0" | "1" | "_1" | "psitem" | "value" | "field")
}

/// A type of the language.
fn is_type(name: &str) -> bool {
    matches!(
        name,
        "char"
            | "byte"
            | "string"
            | "int"
            | "rune"
            | "uint"
            | "str"
            | "bytes"
            | "bytearray"
            | "chr"
            | "ord"
            | "usize"
            | "u8"
            | "u32"
            | "u64"
            | "uint8"
            | "uint32"
            | "uint64"
            | "int64"
            | "auto"
            | "long"
            | "float"
            | "short"
            | "list"
            | "tuple"
            | "dict"
            | "map"
            | "filter"
            | "sum"
            | "std"
            | "sizeof"
            | "object"
            | "constexpr"
            | "const"
            | "static"
    )
}

fn picks(name: &str) -> bool {
    matches!(
        name,
        "find"
            | "filter"
            | "detect"
            | "select"
            | "first"
            | "First"
            | "Where"
            | "Single"
            | "grep"
            | "FirstOrDefault"
            | "firstOrNull"
    )
}

fn is_own(name: &str) -> bool {
    OWN.contains(&name)
}

/// Whether a call takes something out of a text: `text.replace("xx", "")`.
fn cuts(recipe: &Recipe, name: &str, args: &[Id]) -> bool {
    let small = name.to_ascii_lowercase().replace('_', "");
    let replaces = matches!(
        small.as_str(),
        "replace"
            | "replaceall"
            | "gsub"
            | "sub"
            | "pregreplace"
            | "strreplace"
            | "delete"
            | "tr"
            | "preg_replace"
            | "pregreplacecallback"
            | "replacingoccurrences"
            | "newreplacer"
    );
    let empty = |arg: &Id| matches!(recipe.node(*arg), Node::Text(text) if text.is_empty());
    let made = |arg: &Id| matches!(recipe.node(*arg), Node::Function(..) | Node::Map(_));
    replaces && (args.iter().any(|arg| empty(arg) || made(arg)) || small == "tr" || small == "newreplacer")
}

fn is_this(name: &str) -> bool {
    matches!(name, "this" | "self" | "$this" | "Self" | "cls" | "super")
}

/// What names nothing outside.
fn is_plain(name: &str) -> bool {
    is_this(name)
        || matches!(
            name,
            "true" | "false" | "True" | "False" | "null" | "nil" | "None" | "undefined" | "nullptr" | "NULL"
        )
}

fn keeps(name: &str) -> bool {
    let small = name.to_ascii_lowercase();
    ["write", "push", "append", "add", "put", "insert", "set", "extend", "fill", "swap", "unshift", "concat"]
        .iter()
        .any(|start| small.starts_with(start))
}

fn has(words: &[&str], name: &str) -> bool {
    let small = name.to_ascii_lowercase().replace('_', "");
    words.iter().any(|word| small.contains(word))
}

/// Whether a word of `name` says that it brings something from outside.
fn is_live(name: &str) -> bool {
    let small = name.to_ascii_lowercase();
    if ["readu", "readi", "readbyte", "findindex"].iter().any(|known| small.starts_with(known)) {
        return false;
    }
    let mut word = String::new();
    let mut before = ' ';
    for c in name.chars().chain(['_']) {
        let ends = !c.is_alphanumeric() || c.is_uppercase() && before.is_lowercase();
        if ends && !word.is_empty() {
            if LIVE.contains(&word.as_str()) {
                return true;
            }
            word.clear();
        }
        if c.is_alphanumeric() {
            word.extend(c.to_lowercase());
        }
        before = c;
    }
    LIVE.contains(&small.as_str())
}

/// The last name of what is called.
fn name_of(recipe: &Recipe, target: Id) -> &str {
    match recipe.node(target) {
        Node::Name(name) | Node::Member(_, name) => name,
        _ => "",
    }
}

/// The variable something is a part of, and whether that is a field of an object.
fn root_of(recipe: &Recipe, mut id: Id) -> Option<(&str, bool)> {
    for _ in 0..8 {
        match recipe.node(id) {
            Node::Name(name) if !is_plain(name) => return Some((name, false)),
            Node::Member(base, name) => match recipe.node(*base) {
                Node::Name(_) | Node::Member(..) | Node::Index(..) => return Some((name, true)),
                _ => return None,
            },
            Node::Index(base, _) | Node::Slice(base, _) => id = *base,
            Node::Unary(_, of) | Node::Cast(_, of) | Node::Spread(of) => id = *of,
            _ => return None,
        }
    }
    None
}

/// Whether `items` are a row of numbers or single letters that are not all the same.
fn is_row(recipe: &Recipe, items: &[Id]) -> bool {
    /// Elements of the shortest.
    const LEAST: usize = 4;
    let small = |id: &Id| match recipe.node(*id) {
        Node::Number(_) | Node::Char(_) => true,
        Node::Unary(_, of) | Node::Cast(_, of) => matches!(recipe.node(*of), Node::Number(_)),
        Node::Text(text) => text.chars().count() <= 2,
        _ => false,
    };
    items.len() >= LEAST && items.iter().all(small)
}

/// The nodes that stand directly in `node`.
fn children(node: &Node) -> Vec<Id> {
    match node {
        Node::Unknown
        | Node::Number(_)
        | Node::Text(_)
        | Node::Char(_)
        | Node::Name(_)
        | Node::Break
        | Node::Continue
        | Node::Return(None) => Vec::new(),
        Node::Joined(all) | Node::List(all) | Node::Block(all) => all.to_vec(),
        Node::Spread(of)
        | Node::Unary(_, of)
        | Node::Step(of, ..)
        | Node::Member(of, _)
        | Node::Return(Some(of))
        | Node::Throw(of)
        | Node::Cast(_, of)
        | Node::Function(_, _, of) => vec![*of],
        Node::Map(pairs) => pairs.iter().flat_map(|(key, value)| [*key, *value]).collect(),
        Node::Binary(_, left, right) => vec![*left, *right],
        Node::Assign(left, _, right) | Node::Index(left, right) => vec![*left, *right],
        Node::If(condition, yes, no) => [*condition, *yes].into_iter().chain(*no).collect(),
        Node::Slice(base, bounds) => std::iter::once(*base).chain(bounds.iter().flatten().copied()).collect(),
        Node::Call(target, args) => std::iter::once(*target).chain(args.iter().copied()).collect(),
        Node::While(condition, step, body) => condition.iter().chain(step).copied().chain([*body]).collect(),
        Node::Each(_, of, body, place) => [*of, *body].into_iter().chain(*place).collect(),
        Node::Gather(body, _, of, only) => [*of, *body].into_iter().chain(*only).collect(),
        Node::Try(body, _, then) => vec![*body, *then],
        Node::Make(_, template, args) => template.iter().chain(args.iter()).copied().collect(),
    }
}
