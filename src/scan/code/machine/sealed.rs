//! Values that come of nothing but what stands in the file, whatever steps make them: found without running anything.
//!
//! From where a value is used everything is gone back to that it may be made of: what its name is given anywhere,
//! what the functions of the file give that are called, what is added to it. Where all of that ends in numbers, single
//! letters and texts no reader takes for one, and on no way in something from outside, the value was kept from being
//! read, though nobody here has computed it.

mod back;
mod carried;
mod facts;
mod nodes;
mod words;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::collections::BTreeSet;

use self::facts::Facts;
use self::nodes::children;
use self::nodes::name_of;
use self::nodes::root_of;
use self::words::BY_NAME;
use self::words::STARTS;
use self::words::Said;
use self::words::is_constant;
use self::words::is_plain;
use self::words::keeps;
use super::recipe::Id;
use super::recipe::Node;
use super::recipe::Recipe;
use super::run::Made;
use super::run::Shown;
use crate::scan::code::language::Language;
use crate::scan::code::map::Map;

/// Nodes that are looked at for one value, and for all of a file.
const MOST: u32 = 6_000;
const ALL: u32 = 150_000;
/// How deep is gone.
const DEEP: u32 = 120;
/// What stands for no function.
const NONE: Id = Id::MAX;
/// Where what is thrown is kept.
const THROWN: &str = "@thrown";

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
    /// What is run.
    run: Vec<Id>,
    /// Functions that are given the name of what is asked for.
    answers: Vec<Id>,
    /// What is thrown is called so.
    caught: Vec<&'r str>,
    /// Elements of lists, as what goes through them calls them.
    elements: BTreeSet<&'r str>,
    /// What the names that were asked for say.
    said: RefCell<Map<Box<str>, Said>>,
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
    /// There was more than is looked at.
    spent: bool,
    /// It goes on behind what comes from outside.
    through: bool,
}

impl<'r> Sealed<'r> {
    /// Adds to `made` what is made of nothing but the file, at the places where nothing is known yet. Whether there
    /// was more than is looked at.
    pub(super) fn add(recipe: &'r Recipe, made: &mut BTreeMap<(u32, u32), Made>) -> bool {
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
            run: Vec::new(),
            answers: Vec::new(),
            caught: Vec::new(),
            elements: BTreeSet::new(),
            said: RefCell::default(),
            left: ALL,
        };
        let mut spent = false;
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
            // What is written out is no riddle.
            let bare = matches!(
                recipe.node(used),
                Node::Function(..) | Node::Text(_) | Node::Number(_) | Node::Char(_) | Node::Unknown
            );
            if !open || bare {
                continue;
            }
            let way = sealed.way(used);
            spent |= way.spent;
            if !way.spent && way.facts.is_hidden() {
                let now = match made.remove(&place) {
                    // What it came to is kept; it may be less than there is.
                    Some(Made::Text(text, _)) if !text.contains("{}") => Made::Text(text, Shown::Hardly),
                    _ => Made::Unread,
                };
                made.insert(place, now);
            }
        }
        let run = std::mem::take(&mut sealed.run);
        sealed.carry(run, made);
        spent
    }

    /// The way back from `used`.
    fn way(&mut self, used: Id) -> Way {
        let mut way = Way { spent: self.left == 0, ..Way::default() };
        if !way.spent {
            self.back(used, &mut way, 0);
        }
        self.left = self.left.saturating_sub(way.steps);
        way
    }

    /// What `name` says.
    fn said(&self, name: &str) -> Said {
        if let Some(said) = self.said.borrow().get(name) {
            return *said;
        }
        let said = Said::by(name);
        self.said.borrow_mut().insert(name.into(), said);
        said
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
                if BY_NAME.contains(&&**name) {
                    self.answers.push(id);
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
        if self.is_run(target) {
            let inner = args.iter().take(4).flat_map(|arg| match recipe.node(*arg) {
                Node::List(parts) => parts.iter().take(8).copied().collect(),
                _ => vec![*arg],
            });
            self.run.extend(inner);
        }
        for arg in args.iter().take(if own { 0 } else { 12 }) {
            match recipe.node(*arg) {
                Node::List(parts) => self.uses.extend(parts.iter().take(8)),
                Node::Map(pairs) => self.uses.extend(pairs.iter().take(8).map(|(_, value)| *value)),
                Node::Joined(parts) => self.uses.extend(parts.iter().take(8)),
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
            && (keeps(name) || self.said(name).reads)
        {
            // `out.push(letter)`
            let what = if self.said(name).reads { vec![id] } else { args.to_vec() };
            for value in what {
                self.fill(root, member, value, function);
            }
        }
        let said = self.said(name);
        if said.moves && !own {
            // `letters.reverse()`, `Collections.shuffle(letters, random)`
            let base = match recipe.node(target) {
                Node::Member(base, _) => Some(*base),
                _ => None,
            };
            for moved in base.into_iter().chain(args.first().copied()) {
                let root = root_of(recipe, moved).filter(|(root, _)| !is_constant(root));
                if let Some((root, member)) = root {
                    self.fill(root, member, id, function);
                }
            }
        }
        let plain = matches!(recipe.language, Language::C | Language::Cpp) && !STARTS.contains(&name);
        let handed =
            matches!(recipe.language, Language::Go | Language::Rust | Language::Swift | Language::CSharp);
        let fills = plain || handed && (own || said.fills);
        for (at, arg) in args.iter().take(4).enumerate() {
            let writes = fills && at < 2 || said.reads;
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
}
