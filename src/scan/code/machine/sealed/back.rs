//! Going back from where a value is used to all it may be made of.

use super::DEEP;
use super::MOST;
use super::NONE;
use super::Sealed;
use super::Way;
use super::nodes::children;
use super::nodes::cuts;
use super::nodes::is_bitwise;
use super::nodes::is_packed;
use super::nodes::is_row;
use super::nodes::name_of;
use super::words::BY_NAME;
use super::words::is_constant;
use super::words::is_own;
use super::words::is_plain;
use super::words::is_seeded;
use super::words::is_this;
use super::words::is_turning;
use super::words::is_type;
use super::words::is_unnamed;
use super::words::picks;
use crate::scan::code::language::Language;
use crate::scan::code::machine::lost;
use crate::scan::code::machine::recipe::Id;
use crate::scan::code::machine::recipe::Node;

impl Sealed<'_> {
    /// Goes back from `id`.
    pub(super) fn back(&self, id: Id, way: &mut Way, depth: u32) {
        way.steps += 1;
        if way.facts.live && !way.through {
            return;
        }
        if way.steps >= MOST || depth > DEEP {
            way.spent = true;
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
                way.facts.identifiers += u32::from(lost::is_identifier(text));
                way.facts.tricks += u32::from(is_turning(text));
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
                ) || &**sign == "+" && matches!(recipe.node(*right), Node::Number(_))
                    || matches!(&**sign, "+" | "-") && matches!(recipe.node(*left), Node::Char(_));
                // `"%d of %d" % (at, all)`
                let fills = matches!(recipe.node(*left), Node::Text(text) if !text.contains("%c"));
                let reckons = reckons && !(fills && matches!(&**sign, "%" | "-f" | "+" | "*"));
                way.facts.reckoned += u32::from(reckons);
                way.facts.bits += u32::from(is_bitwise(sign));
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
                way.facts.bytes += u32::from(["byte", "u8"].iter().any(|known| ty.contains(known)));
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

    /// What an object of the file gives for a name it does not have: `Way.new.over.there`.
    fn answered(&self, base: Id, way: &mut Way, depth: u32) {
        if self.answers.is_empty() {
            return;
        }
        let mut base = base;
        for _ in 0..24 {
            match self.recipe.node(base) {
                Node::Call(target, _) => match self.recipe.node(*target) {
                    Node::Member(inner, _) => base = *inner,
                    _ => return,
                },
                Node::Member(inner, _) => base = *inner,
                Node::Name(name) => {
                    if self.recipe.classes.contains_key(name) {
                        self.answers.iter().take(3).for_each(|function| self.enter(*function, way, depth));
                        // What it is asked for are words of the program.
                        way.facts.words += 1;
                        way.facts.text = true;
                    }
                    return;
                }
                _ => return,
            }
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
                // `new Proxy(tools, { get(tools, name) … })`
                let proxied = at == 1 && &**own == "get" && self.sites.contains_key("Proxy");
                if proxied || BY_NAME.contains(&&**own) {
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
                self.said(name).live || self.is_foreign(name) || name.starts_with('_') && name.len() > 3;
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

    /// Whether `target` is of what begins a row of numbers: `Random.new(7)`.
    fn is_seeded_type(&self, target: Id) -> bool {
        matches!(self.recipe.node(target), Node::Member(base, _) if is_seeded(name_of(self.recipe, *base)))
    }

    /// Whether `name` asks something the file itself holds: a table, a row of numbers that was begun with one.
    fn is_held(&self, base: Id, name: &str) -> bool {
        let Node::Name(of) = self.recipe.node(base) else { return false };
        let Some(given) = self.given.get(&**of).filter(|given| !given.is_empty() && given.len() <= 4) else {
            return false;
        };
        let asks = matches!(name, "fetch" | "find" | "lookup" | "dig" | "query" | "get" | "glob" | "options");
        let drawn = || {
            given.iter().any(|(_, value)| match self.recipe.node(*value) {
                Node::Call(target, args) => {
                    !args.is_empty()
                        && (is_seeded(name_of(self.recipe, *target)) || self.is_seeded_type(*target))
                }
                Node::Make(of, _, args) => !args.is_empty() && is_seeded(of),
                _ => false,
            })
        };
        asks && !self.is_param(base, of) || drawn()
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

    /// Whether something is the hash of something: by the name of what makes it.
    fn is_digest(&self, id: Id) -> bool {
        match self.recipe.node(id) {
            Node::Call(target, _) => {
                let small = name_of(self.recipe, *target).to_ascii_lowercase();
                ["crc", "hash", "digest", "checksum", "adler", "fnv", "djb"]
                    .iter()
                    .any(|word| small.contains(word))
            }
            _ => false,
        }
    }

    /// Whether something is a number the file has in a table, or under a name of its own.
    fn is_listed(&self, id: Id) -> bool {
        let numbers = |id: Id| match self.recipe.node(id) {
            Node::Number(_) => true,
            Node::Map(pairs) => {
                pairs.iter().any(|(_, value)| matches!(self.recipe.node(*value), Node::Number(_)))
            }
            Node::List(items) => items.iter().any(|item| matches!(self.recipe.node(*item), Node::Number(_))),
            Node::Call(target, _) | Node::Member(target, _) => match self.recipe.node(*target) {
                // `{ … }.freeze`
                Node::Member(of, _) => matches!(self.recipe.node(*of), Node::Map(_) | Node::List(_)),
                Node::Map(_) | Node::List(_) => true,
                _ => false,
            },
            _ => false,
        };
        let root = match self.recipe.node(id) {
            Node::Index(base, _) => *base,
            _ => id,
        };
        let Node::Name(name) = self.recipe.node(root) else { return false };
        !self.is_param(root, name)
            && self.given.get(&**name).is_some_and(|given| given.iter().any(|(_, value)| numbers(*value)))
    }

    fn compares(&self, id: Id, depth: u32) -> bool {
        /// The largest number that counts letters.
        const SMALL: i64 = 40;
        let node = self.recipe.node(id);
        if let Node::Binary(sign, left, right) = node
            && matches!(&**sign, "==" | "===" | "-eq")
        {
            let number = |id: &Id| matches!(self.recipe.node(*id), Node::Number(number) if *number > SMALL);
            if number(right) || self.is_digest(*left) && self.is_listed(*right) {
                return true;
            }
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
        way.facts.tricks += u32::from(is_turning(name));
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
            let tricks = way.facts.tricks;
            functions.iter().filter(read).take(3).for_each(|function| self.enter(*function, way, depth));
            if way.facts.tricks > tricks && kept.is_empty() && !this {
                // What it reads of itself does not come of what it is made with.
                return;
            }
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
        let said = self.said(name);
        way.facts.turned += u32::from(said.turns);
        way.facts.coded += u32::from(said.codes);
        way.facts.tricks += u32::from(said.tricks);
        let outside = matches!(self.recipe.node(base), Node::Name(of) if !is_type(of) && !is_unnamed(of) && !self.is_known(of) && !self.is_param(base, of) && !self.recipe.receivers.contains(of));
        if outside && kept.is_empty() && !self.functions.contains_key(name) {
            // `os.sep`, `config.host`, `Encoding.UTF8`
            let of = matches!(self.recipe.node(base), Node::Name(of) if of.starts_with(|c: char| c.is_ascii_uppercase()));
            way.facts.live |= !of && !name.starts_with(|c: char| c.is_ascii_uppercase()) || said.live;
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
        // What is picked is what stands there; by what it is picked, says nothing of it.
        let picked = picks(name) && matches!(recipe.node(target), Node::Member(..));
        for arg in args.iter().filter(|arg| !picked || !matches!(recipe.node(**arg), Node::Function(..))) {
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
        if outside && let Node::Member(base, _) = recipe.node(target) {
            self.answered(*base, way, depth);
        }
        if outside {
            let seeded =
                (is_seeded(name) || name == "new" && self.is_seeded_type(target)) && !args.is_empty();
            if seeded {
                // The same row of numbers, every time.
                way.facts.row = true;
                way.facts.reckoned += 1;
            }
            let held = matches!(recipe.node(target), Node::Member(base, _) if self.is_held(*base, name));
            let matched = matches!(recipe.node(target), Node::Member(base, _) if matches!(recipe.node(*base), Node::Text(_)));
            let said = self.said(name);
            way.facts.live |= said.live && !seeded && !matched && !held;
            way.facts.turned += u32::from(said.turns);
            let mapped = name == "Map" && recipe.language == Language::Go;
            way.facts.coded += u32::from(said.codes || mapped);
            let of = match recipe.node(target) {
                Node::Member(base, _) => name_of(recipe, *base),
                _ => "",
            };
            way.facts.address |= said.addresses || self.said(of).addresses;
            way.facts.text |= way.facts.address;
            // In Python `reverse(…)` is nothing of the language: it looks up an address.
            let looks_up = recipe.language == Language::Python
                && name == "reverse"
                && matches!(recipe.node(target), Node::Name(_));
            way.facts.live |= looks_up;
            way.facts.tricks += u32::from(said.tricks || cuts(recipe, name, args));
            way.facts.joins += u32::from(said.joins);
            way.facts.opened |= said.opens;
            way.facts.text |= said.text || said.opens || said.turns;
            if said.text {
                self.shown(way, depth);
            }
            let plain = matches!(recipe.node(target), Node::Name(_));
            if plain && args.is_empty() && !name.starts_with(|c: char| c.is_ascii_uppercase()) {
                way.facts.live = true;
            }
        }
    }
}
