//! Running a file's own small programs on the constants that stand in it: with a bounded number of steps, nothing
//! outside the file, and "unknown" for whatever is not a constant.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::rc::Rc;

use super::methods;
use super::natives;
use super::recipe::Id;
use super::recipe::Node;
use super::recipe::Recipe;
use super::unseen::Written;
use super::unseen::hidden;
use super::unseen::words;
use crate::scan::code::language::Language;

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub enum V {
    /// Not a constant; whether its characters were turned into others.
    Unknown(bool),
    /// Made of constants alone, in a way that cannot be followed.
    Lost,
    /// A whole number.
    Num(i64),
    /// A character, where the language tells it from a text.
    Char(u32),
    /// A text, or bytes.
    Text(Rc<str>),
    /// A list.
    List(Rc<Held<V>>),
    /// A map, in order.
    Map(Rc<Held<(V, V)>>),
    /// A function of the file.
    Func(Id),
    /// Something outside the file, by its path.
    Outside(Rc<str>),
}

/// What a list or a map holds, with how much that is in all: what is held twice counts twice.
#[derive(Clone, Debug, PartialEq)]
pub struct Held<T> {
    all: Vec<T>,
    size: usize,
}

impl<T> std::ops::Deref for Held<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.all
    }
}

/// How a statement ends.
enum Flow {
    Next,
    Break,
    Continue,
    Return,
}

/// Steps of one file.
const FUEL: u32 = 100_000;
/// Steps of what runs when the file is loaded.
const FUEL_OF_ALL: u32 = 40_000;
/// Steps of one function that is run without being called.
const FUEL_OF_ONE: u32 = 12_000;
/// Characters of a text, elements of a list.
pub const MAX_SIZE: usize = 8192;
/// Values in a list or a map, and in those in it.
const MAX_HELD: usize = 16 * 1024;
/// Calls in calls.
const MAX_CALLS: u32 = 24;
/// How deep expressions are followed.
const MAX_DEPTH: u32 = 220;
/// What a text is called that is added to without being named.
pub(super) const BUILT: &str = "@built";
/// What stands before the name of a field that is kept without an object.
const OWN: &str = "@own.";
/// Results kept of one file.
const MAX_MADE: usize = 512;

/// What the machine found at a place: a text, or that what stands there was turned from something unknown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Made {
    /// A text, and how much of it stands in the file as such.
    Text(Box<str>, Shown),
    /// The characters of something unknown were turned into others.
    Turned,
    /// It is made of constants no reader sees a text in, in a way that cannot be followed.
    Unread,
}

/// How much of a text stands in the file's own texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// Every word.
    All,
    /// Some words, or what may be a word put together.
    Partly,
    /// Some words, and not the first, which may name a program.
    Program,
    /// Hardly a word.
    Hardly,
}

/// A run.
pub struct Machine<'r> {
    /// What is run.
    pub recipe: &'r Recipe,
    pub(super) vars: Vec<BTreeMap<Rc<str>, V>>,
    /// Where the fields of the objects stand whose methods run.
    pub(super) objects: Vec<usize>,
    functions: BTreeMap<&'r str, Vec<(&'r str, Id)>>,
    pub(super) fuel: u32,
    pub(super) calls: u32,
    returned: V,
    seen: BTreeMap<(u32, u32), V>,
    /// What was thrown and not yet caught.
    pub(super) thrown: Option<V>,
    /// The texts that stand in the file.
    literals: BTreeSet<&'r str>,
    /// What loops and functions that go through something call its elements.
    looped: BTreeSet<&'r str>,
}

impl V {
    /// A text.
    pub fn text(text: impl Into<Rc<str>>) -> V {
        V::Text(text.into())
    }

    /// A list; nothing known where it holds too much.
    pub fn list(all: Vec<V>) -> V {
        let size = all.iter().map(V::size).fold(1, usize::saturating_add);
        if size > MAX_HELD {
            return V::Unknown(all.iter().any(V::is_turned));
        }
        V::List(Rc::new(Held { all, size }))
    }

    /// A map; nothing known where it holds too much.
    pub fn map(all: Vec<(V, V)>) -> V {
        let size = all.iter().map(|(key, value)| key.size().saturating_add(value.size()));
        let size = size.fold(1, usize::saturating_add);
        if size > MAX_HELD {
            return V::Unknown(false);
        }
        V::Map(Rc::new(Held { all, size }))
    }

    fn size(&self) -> usize {
        match self {
            V::List(held) => held.size,
            V::Map(held) => held.size,
            _ => 1,
        }
    }

    /// Whether it is not a constant.
    pub fn is_unknown(&self) -> bool {
        matches!(self, V::Unknown(_) | V::Outside(_) | V::Lost)
    }

    /// Whether its characters, or those of a part, were turned from something unknown.
    pub fn is_turned(&self) -> bool {
        match self {
            V::Unknown(turned) => *turned,
            V::List(items) => items.iter().take(64).any(|item| matches!(item, V::Unknown(true))),
            _ => false,
        }
    }

    /// The number it is or stands for.
    pub fn number(&self) -> Option<i64> {
        match self {
            V::Num(number) => Some(*number),
            V::Char(code) => Some(i64::from(*code)),
            V::Text(text) => {
                let mut letters = text.chars();
                match (letters.next(), letters.next()) {
                    (Some(letter), None) if !letter.is_ascii_digit() => Some(i64::from(u32::from(letter))),
                    _ => match text.trim().strip_prefix("0x") {
                        Some(hex) => i64::from_str_radix(hex, 16).ok(),
                        None => text.trim().parse().ok(),
                    },
                }
            }
            _ => None,
        }
    }

    /// Whether a condition holds; nothing where it is not known.
    pub fn truth(&self) -> Option<bool> {
        match self {
            V::Unknown(_) | V::Outside(_) | V::Lost => None,
            V::Num(number) => Some(*number != 0),
            V::Char(code) => Some(*code != 0),
            V::Text(text) => Some(!text.is_empty()),
            V::List(items) => Some(!items.is_empty()),
            V::Map(_) | V::Func(_) => Some(true),
        }
    }
}

/// A number as a character; a byte where it is no character.
pub fn letter(number: i64) -> char {
    u32::try_from(number).ok().and_then(char::from_u32).unwrap_or((number & 0xff) as u8 as char)
}

impl<'r> Machine<'r> {
    /// Runs all of `recipe`, and then every function of it by itself; gives what it found by place, and whether
    /// the steps were spent before the end.
    pub fn run(recipe: &'r Recipe) -> (BTreeMap<(u32, u32), Made>, bool) {
        let mut functions: BTreeMap<&str, Vec<(&str, Id)>> = BTreeMap::new();
        for (id, owner) in &recipe.functions {
            if let Node::Function(name, ..) = recipe.node(*id)
                && !name.is_empty()
            {
                functions.entry(name).or_default().push((owner, *id));
            }
        }
        let mut machine = Machine {
            recipe,
            vars: vec![BTreeMap::new()],
            objects: Vec::new(),
            functions,
            fuel: FUEL_OF_ALL,
            calls: 0,
            returned: V::Unknown(false),
            seen: BTreeMap::new(),
            thrown: None,
            looped: (0..recipe.len())
                .filter_map(|id| match recipe.node(id) {
                    Node::Each(names, ..) | Node::Gather(_, names, ..) => Some(names),
                    Node::Function(name, params, _) if name.is_empty() => Some(params),
                    _ => None,
                })
                .flat_map(|names| names.iter().map(|name| &**name))
                .collect(),
            literals: (0..recipe.len())
                .filter_map(|id| match recipe.node(id) {
                    Node::Text(text) => Some(&**text),
                    _ => None,
                })
                .collect(),
        };
        if let (Some(data), Some(all)) = (&recipe.data, machine.vars.first_mut()) {
            all.insert("DATA".into(), V::text(&**data));
        }
        machine.value(recipe.root, 0);
        machine.thrown = None;
        let mut spent = machine.fuel == 0 || recipe.is_cut();
        let mut left = FUEL;
        for (id, _) in &recipe.functions {
            let Node::Function(_, params, body) = recipe.node(*id) else { continue };
            machine.fuel = FUEL_OF_ONE.min(left);
            left = left.saturating_sub(machine.fuel);
            let given = params.iter().map(|param| (Rc::from(&**param), V::Unknown(false)));
            machine.vars.truncate(1);
            machine.vars.push(given.collect());
            machine.value(*body, 0);
            machine.thrown = None;
            spent |= machine.fuel == 0;
            left += machine.fuel;
            if left == 0 {
                break;
            }
        }
        let known = machine.written();
        let made = machine.seen.iter().filter_map(|(place, value)| Some((*place, hidden(value, &known)?)));
        let mut made: BTreeMap<(u32, u32), Made> = made.collect();
        spent |= made.len() > MAX_MADE;
        if let Some(beyond) = made.keys().nth(MAX_MADE).copied() {
            made.split_off(&beyond);
        }
        (made, spent)
    }

    /// What stands in the file's texts.
    fn written(&self) -> Written {
        let mut known = Written::default();
        let ids = 0..self.recipe.len();
        for id in ids {
            if let Node::Text(text) = self.recipe.node(id) {
                known.all.push_str(text);
                known.all.push('\n');
                let text = text.to_ascii_lowercase();
                known.small.push_str(&text);
                known.small.push('\n');
                known.words.extend(words(&text).map(str::to_owned));
            }
        }
        known
    }

    fn step(&mut self) -> bool {
        self.fuel = self.fuel.saturating_sub(1);
        self.fuel > 0
    }

    pub(super) fn find(&self, name: &str) -> Option<&V> {
        self.vars.iter().rev().find_map(|scope| scope.get(name))
    }

    pub(super) fn set(&mut self, name: &str, value: V) {
        let at = self.vars.iter().rposition(|scope| scope.contains_key(name));
        let at = at.unwrap_or(self.vars.len() - 1);
        if let Some(scope) = self.vars.get_mut(at) {
            scope.insert(name.into(), value);
        }
    }

    /// The value of `id`.
    pub fn value(&mut self, id: Id, depth: u32) -> V {
        self.eval(id, depth).1
    }

    fn eval(&mut self, id: Id, depth: u32) -> (Flow, V) {
        let unknown = (Flow::Next, V::Unknown(false));
        if depth > MAX_DEPTH || !self.step() {
            return unknown;
        }
        let depth = depth + 1;
        let recipe = self.recipe;
        let value = match recipe.node(id) {
            Node::Unknown => V::Unknown(false),
            Node::Number(number) => V::Num(*number),
            Node::Text(text) => V::text(&**text),
            Node::Char(code) => V::Char(*code),
            Node::Name(name) => match self.name(name) {
                // Ruby calls what takes nothing without brackets.
                V::Func(id)
                    if recipe.getters.contains(&id)
                        || recipe.language == Language::Ruby
                            && matches!(recipe.node(id), Node::Function(_, params, _) if params.is_empty()) =>
                {
                    self.apply(id, &[], depth + 1)
                }
                value => value,
            },
            Node::Joined(parts) => {
                let parts: Vec<V> = parts.iter().map(|part| self.value(*part, depth)).collect();
                natives::joined(self, &parts, "")
            }
            Node::List(items) => V::list(self.values(items, depth)),
            Node::Spread(of) => self.value(*of, depth),
            Node::Map(pairs) => {
                let pairs =
                    pairs.iter().map(|(key, value)| (self.value(*key, depth), self.value(*value, depth)));
                V::map(pairs.collect())
            }
            Node::Unary(sign, of) => {
                let of = self.value(*of, depth);
                natives::unary(self, sign, &of)
            }
            Node::Binary(sign, left_id, right_id) => return self.eval_binary(sign, left_id, right_id, depth),
            Node::Assign(target, sign, value_id) => return self.eval_assign(target, sign, value_id, depth),
            Node::Step(target, by, before) => {
                let old = self.value(*target, depth);
                let new = match &old {
                    // PHP: what follows `r` is `s`.
                    V::Text(text) if recipe.language == Language::Php && *by == 1 && text.len() == 1 => {
                        match text.bytes().next() {
                            Some(letter @ (b'a'..=b'y' | b'A'..=b'Y')) => {
                                V::text(char::from(letter + 1).to_string())
                            }
                            _ => V::Unknown(false),
                        }
                    }
                    old => old.number().map_or(V::Unknown(false), |number| V::Num(number.wrapping_add(*by))),
                };
                self.store(*target, new.clone(), depth);
                if *before { new } else { old }
            }
            Node::If(condition, yes, no) => {
                let known = self.value(*condition, depth).truth();
                return match (known, no) {
                    (Some(true), _) => self.eval(*yes, depth),
                    (Some(false), Some(no)) => self.eval(*no, depth),
                    (Some(false), None) => unknown,
                    (None, no) => {
                        // Either may be; what leaves the function leaves it on one way only.
                        let (_, first) = self.eval(*yes, depth);
                        self.thrown = None;
                        let second = no.map(|no| self.eval(no, depth).1);
                        self.thrown = None;
                        let value = if second.is_none_or(|second| second.is_unknown()) {
                            first
                        } else {
                            V::Unknown(false)
                        };
                        (Flow::Next, value)
                    }
                };
            }
            Node::Index(base, index) => {
                let of = self.value(*base, depth);
                let index_value = self.value(*index, depth);
                self.see(*index, &index_value);
                match natives::element(self, &of, &index_value) {
                    none if none.is_none() => self.dynamic(&of, index_value, depth).unwrap_or(none),
                    value => value,
                }
            }
            Node::Slice(base, bounds) => {
                let of = self.value(*base, depth);
                let bounds = bounds.map(|bound| bound.map(|bound| self.value(bound, depth)));
                natives::slice(self, &of, &bounds)
            }
            Node::Member(base, name) => self.member(*base, name, depth),
            Node::Call(target, args) => self.call(*target, args, depth),
            Node::Function(..) => V::Func(id),
            Node::Block(parts) => {
                let mut last = V::Unknown(false);
                for part in parts.iter() {
                    let (flow, value) = self.eval(*part, depth);
                    if !matches!(flow, Flow::Next) {
                        return (flow, value);
                    }
                    if self.thrown.is_some() {
                        return (Flow::Return, V::Unknown(false));
                    }
                    last = value;
                }
                last
            }
            Node::While(condition, step, body) => return self.eval_while(condition, step, body, depth),
            Node::Each(names, of, body, place) => return self.eval_each(names, of, body, place, depth),
            Node::Gather(body, names, of, only) => return self.eval_gather(body, names, of, only, depth),
            Node::Make(name, template, args) => {
                let template = self.values(template, depth);
                let args = self.values(args, depth);
                match self.make(name, &template, &args, depth) {
                    Some(made) => made,
                    None => args.first().filter(|_| args.len() == 1).cloned().unwrap_or(V::Unknown(false)),
                }
            }
            Node::Return(value) => {
                let value = value.map_or(V::Unknown(false), |value| self.value(value, depth));
                self.returned = value.clone();
                return (Flow::Return, value);
            }
            Node::Throw(value) => {
                self.throw(*value, depth);
                return (Flow::Return, V::Unknown(false));
            }
            Node::Try(body, name, then) => {
                let (flow, value) = self.eval(*body, depth);
                match self.thrown.take() {
                    Some(thrown) => {
                        self.set(name, thrown);
                        return self.eval(*then, depth);
                    }
                    None => return (flow, value),
                }
            }
            Node::Break => return (Flow::Break, V::Unknown(false)),
            Node::Continue => return (Flow::Continue, V::Unknown(false)),
            Node::Cast(ty, of) => {
                let of = self.value(*of, depth);
                natives::cast(self, ty, &of)
            }
        };
        (Flow::Next, value)
    }

    /// Goes through elements. Apart, as all that nests: what is run in it needs its room.
    fn eval_each(
        &mut self,
        names: &[Box<str>],
        of: &Id,
        body: &Id,
        place: &Option<Id>,
        depth: u32,
    ) -> (Flow, V) {
        let value = {
            let of = self.value(*of, depth);
            let keyed = names.len() > 1;
            let mut items = natives::elements(self, &of, keyed);
            for at in 0..items.len() {
                let Some(item) = items.get(at) else { break };
                self.bind(names, &item.clone());
                let (flow, value) = self.eval(*body, depth);
                if let (Some(_), Some(item), Some(name)) = (place, items.get_mut(at), names.first())
                    && let Some(now) = self.find(name)
                {
                    *item = now.clone();
                }
                match flow {
                    Flow::Return => return (Flow::Return, value),
                    Flow::Break => break,
                    Flow::Next | Flow::Continue => {}
                }
                if self.fuel == 0 {
                    break;
                }
            }
            if let Some(place) = place {
                let text = matches!(of, V::Text(_));
                let all = if text { natives::joined(self, &items, "") } else { V::list(items) };
                self.store(*place, all, depth);
            }
            V::Unknown(false)
        };
        (Flow::Next, value)
    }

    /// Makes a list of elements. Apart, as all that nests: what is run in it needs its room.
    fn eval_gather(
        &mut self,
        body: &Id,
        names: &[Box<str>],
        of: &Id,
        only: &Option<Id>,
        depth: u32,
    ) -> (Flow, V) {
        let unknown = (Flow::Next, V::Unknown(false));
        let value = {
            let of = self.value(*of, depth);
            if of.is_unknown() {
                let item = if of.is_lost() { V::Lost } else { V::Unknown(false) };
                self.bind(names, &item);
                let made = self.value(*body, depth).kept();
                return (Flow::Next, made);
            }
            let mut items = Vec::new();
            for item in natives::elements(self, &of, false) {
                self.bind(names, &item);
                if only.is_some_and(|only| self.value(only, depth).truth() == Some(false)) {
                    continue;
                }
                items.push(self.value(*body, depth));
                if self.fuel == 0 || items.len() > MAX_SIZE {
                    return unknown;
                }
            }
            V::list(items)
        };
        (Flow::Next, value)
    }

    /// Runs a loop. Apart, as all that nests: what is run in it needs its room.
    fn eval_while(&mut self, condition: &Option<Id>, step: &Option<Id>, body: &Id, depth: u32) -> (Flow, V) {
        let value = {
            let mut rounds = 0;
            loop {
                let known = condition.map(|condition| self.value(condition, depth).truth());
                if known == Some(Some(false)) || rounds > MAX_SIZE || self.fuel == 0 {
                    break;
                }
                rounds += 1;
                let (flow, value) = self.eval(*body, depth);
                match flow {
                    Flow::Return if known == Some(Some(true)) => return (Flow::Return, value),
                    Flow::Return | Flow::Break => break,
                    Flow::Next | Flow::Continue => {}
                }
                if let Some(step) = step {
                    self.value(*step, depth);
                }
                // A condition that is not known is as good as none: once is enough.
                if known.is_some_and(|known| known.is_none()) {
                    break;
                }
            }
            V::Unknown(false)
        };
        (Flow::Next, value)
    }

    /// What an operator makes of two values. Apart, as all that nests: what is run in it needs its room.
    fn eval_binary(&mut self, sign: &str, left_id: &Id, right_id: &Id, depth: u32) -> (Flow, V) {
        let recipe = self.recipe;
        let value = {
            let left = self.value(*left_id, depth);
            let bits = recipe.language == Language::Kotlin && left.number().is_some();
            let lazy = !bits
                && matches!(
                    (sign, left.truth()),
                    ("&&" | "and" | "-and", Some(false)) | ("||" | "or" | "-or" | "??" | "?:", Some(true))
                );
            if lazy {
                return (Flow::Next, left);
            }
            let pieces = |id: &Id| matches!(recipe.node(*id), Node::Binary(sign, ..) if matches!(&**sign, "<<" | "shl" | "-shl"));
            let assembled = matches!(sign, "|" | "or" | "-bor") && (pieces(left_id) || pieces(right_id));
            let right = self.value(*right_id, depth);
            match natives::binary(self, sign, &left, &right) {
                // Put together bit by bit.
                V::Unknown(_) if assembled => V::Unknown(true),
                value => {
                    // `text << piece << piece`: what stands in front comes to hold it.
                    let held = matches!(left, V::Text(_) | V::List(_)) && sign == "<<";
                    let mut first = *left_id;
                    while let Node::Binary(sign, left, _) = recipe.node(first)
                        && &**sign == "<<"
                    {
                        first = *left;
                    }
                    if held && let Node::Name(name) = recipe.node(first) {
                        self.set(name, value.clone());
                    }
                    value
                }
            }
        };
        (Flow::Next, value)
    }

    /// Puts a value somewhere. Apart, as all that nests: what is run in it needs its room.
    fn eval_assign(&mut self, target: &Id, sign: &str, value_id: &Id, depth: u32) -> (Flow, V) {
        let recipe = self.recipe;
        let value = {
            let letter = matches!(recipe.node(*value_id), Node::Cast(ty, _) if ty.contains("char"));
            let value = self.value(*value_id, depth);
            let value = match sign {
                "=" | ":=" => value,
                sign => {
                    let old = match self.value(*target, depth) {
                        // Declared without a value.
                        V::Outside(_) if letter || matches!(value, V::Text(_) | V::Char(_)) => V::text(""),
                        old => old,
                    };
                    let sign = if sign == ".=" { "+" } else { sign.trim_end_matches('=') };
                    natives::appended(self, sign, &old, &value)
                }
            };
            if matches!(recipe.node(*target), Node::Member(..)) {
                // `process.launchPath = …`
                self.see(*value_id, &value);
            }
            self.store(*target, value.clone(), depth);
            value
        };
        (Flow::Next, value)
    }

    /// The function called `name` of what `path` names: of that class, or of the file.
    pub(super) fn function(&self, path: &str, name: &str) -> Option<Id> {
        let all = self.functions.get(name)?;
        let of = path.rsplit(['.', ':', '\\']).next().unwrap_or("");
        // In these a name that stands by itself is no method: `system("ls")` in a class that has one of that name.
        let apart = path.is_empty()
            && matches!(
                self.recipe.language,
                Language::Php
                    | Language::Python
                    | Language::JavaScript
                    | Language::TypeScript
                    | Language::Tsx
            );
        let plain =
            !apart && matches!(of, "" | "self" | "this" | "Self" | "static" | "super" | "cls" | "companion");
        let own = all.iter().find(|(owner, _)| *owner == of);
        let own = own.or_else(|| all.iter().find(|(owner, _)| plain || owner.is_empty()));
        own.map(|(_, id)| *id)
    }

    /// The function called `name` of the class `owner`.
    pub(super) fn own(&self, owner: &str, name: &str) -> Option<Id> {
        self.functions.get(name)?.iter().find(|(of, _)| *of == owner).map(|(_, id)| *id)
    }

    /// The values of `ids`, those of a list that is spread one by one.
    pub(super) fn values(&mut self, ids: &[Id], depth: u32) -> Vec<V> {
        let recipe = self.recipe;
        let mut out = Vec::new();
        for id in ids.iter().take(MAX_SIZE) {
            let value = self.value(*id, depth);
            match (recipe.node(*id), &value) {
                (Node::Spread(_), V::List(_) | V::Text(_)) => {
                    out.extend(natives::elements(self, &value, false))
                }
                _ => out.push(value),
            }
        }
        out.truncate(MAX_SIZE);
        out
    }

    pub(super) fn name(&mut self, name: &str) -> V {
        match name {
            "true" | "True" | "TRUE" => return V::Num(1),
            "false" | "False" | "FALSE" => return V::Num(0),
            "nil" | "null" | "None" | "NULL" | "nullptr" | "undefined" => return V::none(),
            _ => {}
        }
        if let Some(value) = self.find(name) {
            return value.clone();
        }
        if let Some(id) = self.function("", name) {
            return V::Func(id);
        }
        if self.recipe.language == Language::PowerShell
            && let Some(known) = super::powershell::own_variable(name)
        {
            return known;
        }
        V::Outside(name.into())
    }

    fn member(&mut self, base: Id, name: &str, depth: u32) -> V {
        let of = self.value(base, depth);
        match &of {
            V::Map(_) => match natives::element(self, &of, &V::text(name)) {
                none if none.is_none() => {
                    // A property that is computed where it is read.
                    match self.on_object(&of, name, &[], depth) {
                        Some((value, _)) => value,
                        None => self.dynamic(&of, V::text(name), depth).unwrap_or(none),
                    }
                }
                value => value,
            },
            V::Unknown(turned) => V::Unknown(*turned),
            V::Lost => V::Lost,
            V::Outside(_) | V::Func(_) => {
                let own = matches!(&*path_of(&of), "this" | "self" | "$this");
                let kept = if own { self.find(&format!("{OWN}{name}")) } else { None };
                if let Some(value) = kept.or_else(|| self.find(name)) {
                    return value.clone();
                }
                if let Some(id) = self.function(&path_of(&of), name) {
                    let getter = self.recipe.getters.contains(&id);
                    return if getter { self.apply(id, &[], depth + 1) } else { V::Func(id) };
                }
                V::Outside(format!("{}.{name}", path_of(&of)).into())
            }
            _ => match self.field_of(&of, name) {
                Some(value) => value,
                None => methods::method(self, name, &of, &[]).map_or(V::Unknown(false), |(value, _)| value),
            },
        }
    }

    /// Notes what stands at `id`, where it may be something that was made.
    pub(super) fn see(&mut self, id: Id, value: &V) {
        if matches!(self.recipe.node(id), Node::Text(_) | Node::Number(_) | Node::Char(_)) {
            return;
        }
        if let (Node::Name(name), V::Text(text)) = (self.recipe.node(id), value)
            && (self.calls > 0 && self.vars.last().is_some_and(|scope| scope.contains_key(&**name))
                || self.looped.contains(&**name))
            && self.literals.contains(&**text)
        {
            // A parameter, or what a loop goes through, that is given what stands in the file.
            return;
        }
        if let Node::List(parts) = self.recipe.node(id) {
            // `connect((host, port))`
            if let V::List(values) = value {
                parts.iter().take(16).zip(values.iter()).for_each(|(part, value)| self.see(*part, value));
            }
        }
        if let (Node::Map(pairs), V::Map(values)) = (self.recipe.node(id), value) {
            // `get({ host, path })`
            pairs
                .iter()
                .take(16)
                .zip(values.iter())
                .for_each(|((_, part), (_, value))| self.see(*part, value));
        }
        let worth = match value {
            V::Text(text) => text.len() >= 2,
            V::List(items) => items.len() >= 2,
            other => other.is_turned() || other.is_lost(),
        };
        let place = self.recipe.place(id);
        // What is a constant on one way is not taken back on another.
        let known = self.seen.get(&place).is_some_and(|seen| !seen.is_turned() && !seen.is_lost());
        if worth && !(known && (value.is_turned() || value.is_lost())) && self.seen.len() < 4 * MAX_MADE {
            self.seen.insert(place, value.clone());
        }
    }

    /// The text that a function which is handed over adds to, piece by piece.
    pub(super) fn built(&mut self, by: &V, depth: u32) -> V {
        let V::Func(id) = by else { return V::Unknown(false) };
        self.vars.push(BTreeMap::from([(Rc::from(BUILT), V::text(""))]));
        self.apply(*id, &[], depth);
        let scope = self.vars.pop().unwrap_or_default();
        scope.get(BUILT).cloned().unwrap_or(V::Unknown(false))
    }

    /// Calls the function `id`.
    pub fn apply(&mut self, id: Id, args: &[V], depth: u32) -> V {
        self.applied(id, args, depth).0
    }

    /// The same, with what the parameters are at the end.
    pub(super) fn applied(&mut self, id: Id, args: &[V], depth: u32) -> (V, Vec<V>) {
        let recipe = self.recipe;
        let none = (V::Unknown(false), Vec::new());
        let Node::Function(_, params, body) = recipe.node(id) else { return none };
        if self.calls >= MAX_CALLS || self.fuel == 0 {
            return none;
        }
        self.calls += 1;
        let mut scope: BTreeMap<Rc<str>, V> = BTreeMap::new();
        // One parameter for several values: `int... at`, `*at`.
        let rest = params.len() < args.len() && !params.is_empty();
        for (at, param) in params.iter().enumerate() {
            let value = match args.get(at..) {
                Some(rest_of) if rest && at + 1 == params.len() => V::list(rest_of.to_vec()),
                _ => args.get(at).cloned().unwrap_or(V::Unknown(false)),
            };
            scope.insert((&**param).into(), value);
        }
        if params.is_empty() {
            for (at, value) in args.iter().take(2).enumerate() {
                for name in if at == 0 { &["it", "_", "0", "$0"][..] } else { &["1", "$1"][..] } {
                    scope.insert((*name).into(), value.clone());
                }
            }
        }
        self.vars.push(scope);
        let (flow, value) = self.eval(*body, depth + 1);
        let mut scope = self.vars.pop().unwrap_or_default();
        self.calls -= 1;
        let given = params.iter().take(args.len()).filter(|_| !rest);
        let given = given.map(|param| scope.remove(&**param).unwrap_or(V::Unknown(false))).collect();
        // What a body gives without saying so counts where the language has it; elsewhere nothing reads it.
        let value = match flow {
            Flow::Return => std::mem::replace(&mut self.returned, V::Unknown(false)),
            _ => value,
        };
        (value, given)
    }

    fn bind(&mut self, names: &[Box<str>], item: &V) {
        match (names, item) {
            ([only], item) => self.set(only, item.clone()),
            (names, V::List(parts)) => {
                for (at, name) in names.iter().enumerate() {
                    let part = parts.get(at).cloned().unwrap_or(V::Unknown(false));
                    self.set(name, part);
                }
            }
            (names, other) => names.iter().for_each(|name| self.set(name, other.clone())),
        }
    }

    pub(super) fn store(&mut self, target: Id, value: V, depth: u32) {
        let recipe = self.recipe;
        match recipe.node(target) {
            Node::Name(name) => self.set(name, value),
            Node::Member(base, name) if matches!(recipe.node(*base), Node::Name(this) if matches!(&**this, "this" | "self" | "$this")) =>
            {
                // Without an object what a constructor keeps is kept for every method.
                let at = self.objects.last().copied().unwrap_or_default();
                let key = if self.objects.is_empty() { format!("{OWN}{name}") } else { name.to_string() };
                if let Some(scope) = self.vars.get_mut(at) {
                    scope.insert(key.into(), value);
                }
            }
            Node::Member(base, name) => {
                let of = self.value(*base, depth);
                if matches!(&**name, "unicodeScalars" | "utf8" | "characters") && matches!(of, V::Text(_)) {
                    // A view of a text: what is added to it is added to the text.
                    let text = natives::plain(&value).map_or(V::Unknown(false), V::text);
                    return self.store(*base, text, depth + 1);
                }
                match natives::with_element(&of, &V::text(&**name), &value)
                    .filter(|_| matches!(of, V::Map(_)))
                {
                    Some(now) => self.store(*base, now, depth + 1),
                    None => self.set(name, value),
                }
            }
            Node::Index(base, index) if depth < MAX_DEPTH => {
                let of = match self.value(*base, depth) {
                    // `char word[12];` is filled place by place.
                    V::Outside(_) => V::list(Vec::new()),
                    of => of,
                };
                let index = self.value(*index, depth);
                if let Some(now) = natives::with_element(&of, &index, &value) {
                    self.store(*base, now, depth + 1);
                } else if value.is_turned() {
                    self.store(*base, V::Unknown(true), depth + 1);
                }
            }
            Node::List(targets) | Node::Block(targets) => {
                if let V::List(values) = &value {
                    for (at, target) in targets.iter().enumerate() {
                        match (recipe.node(*target), values.get(at)) {
                            (Node::Spread(rest), _) => {
                                let left = values.get(at..).unwrap_or_default().to_vec();
                                self.store(*rest, V::list(left), depth + 1);
                            }
                            (_, Some(value)) => self.store(*target, value.clone(), depth + 1),
                            (_, None) => {}
                        }
                    }
                } else if let [first, rest @ ..] = &**targets {
                    // `value, err := f()`: what a function makes, and whether it could.
                    self.store(*first, value, depth + 1);
                    rest.iter().for_each(|other| self.store(*other, V::Unknown(false), depth + 1));
                }
            }
            // `Reverse(($k = $c))`
            Node::Unary(_, of) | Node::Cast(_, of) | Node::Assign(of, ..) => {
                self.store(*of, value, depth + 1);
            }
            _ => {}
        }
    }

    /// Whether a number that is put into a text is a character.
    pub fn appends_codes(&self) -> bool {
        matches!(
            self.recipe.language,
            Language::C
                | Language::Cpp
                | Language::Go
                | Language::Rust
                | Language::Java
                | Language::CSharp
                | Language::Ruby
                | Language::Swift
        )
    }

    /// Whether the language tells characters from texts.
    pub fn has_chars(&self) -> bool {
        matches!(
            self.recipe.language,
            Language::C
                | Language::Cpp
                | Language::Go
                | Language::Rust
                | Language::Java
                | Language::CSharp
                | Language::Kotlin
                | Language::Swift
        )
    }
}

pub(super) fn path_of(value: &V) -> String {
    match value {
        V::Outside(path) => path.to_string(),
        _ => String::new(),
    }
}
