//! What is known about a value during evaluation: what it is, its constant text, whose data it carries.

use std::sync::Arc;

use super::ir::ClassId;
use super::ir::FuncId;
use super::ir::Place;
use super::ir::Sym;
use super::rules;
use crate::model::scan::Confidence;

/// A function of a unit of the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FuncRef {
    /// Index of the unit.
    pub unit: u32,
    /// Index of the function in it.
    pub func: FuncId,
}

/// A class of a unit of the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClassRef {
    /// Index of the unit.
    pub unit: u32,
    /// Index of the class in it.
    pub class: ClassId,
}

/// The elements of a container by key, in order.
pub type Items = Arc<Vec<(Arc<str>, Val)>>;

/// A value. Cloning is cheap.
#[derive(Clone, Debug, Default)]
pub struct Val {
    /// The resolved path of what it is: `requests`, `requests.Session()`.
    pub what: Option<Arc<str>>,
    /// Its constant text.
    pub text: Option<Text>,
    /// Whose data it carries.
    pub taints: Taints,
    /// The function it is.
    pub func: Option<FuncRef>,
    /// The class it is.
    pub class: Option<ClassRef>,
    /// The class it is an instance of.
    pub inst: Option<ClassRef>,
    /// Its elements by key; positions are keys `0`, `1`, ….
    pub items: Option<Items>,
    /// What about the world a condition on it would test.
    pub gate: Option<Arc<Origin>>,
    /// Whether it is made of literals alone.
    pub fixed: bool,
    /// The variable of a function that lies behind it: what is written to it goes there.
    pub wraps: Option<(FuncId, Sym)>,
    /// The constant path of the file it is a handle of.
    pub file: Option<Arc<str>>,
    /// Of an instance of a class of the tree, which one it is.
    pub object: Object,
}

/// Which instance of a class of the tree a value is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Object {
    /// Any: what one of the class may hold, it may hold.
    #[default]
    Any,
    /// Nothing is known but what was declared: it is whatever was seen to be put there.
    Declared,
    /// One that was seen being made: its fields are its elements, and hold no more than those and what was stored
    /// in a way that does not tell to which instance. Of a function: its data is what it holds of where it was made.
    Whole,
    /// A function that is given by calls of functions of the tree alone, each of which tells what becomes of it.
    Handed,
    /// What the method that is being evaluated is called on.
    This,
}

/// A constant text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// The text; unknown parts stand as `{}`.
    pub text: Arc<str>,
    /// Whether no part is unknown.
    pub whole: bool,
    /// Whether it was put together or decoded, not written as one literal.
    pub built: bool,
    /// How it was kept from being read.
    pub hidden: Hidden,
}

impl Text {
    /// One that is spelled of what the file keeps, in a way nobody here can follow.
    pub fn unread() -> Text {
        Text { text: "{}".into(), whole: false, built: true, hidden: Hidden::Spelled }
    }
}

/// How a constant text was kept from being read where it stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hidden {
    /// Not at all.
    #[default]
    Plain,
    /// A word was cut in two.
    Cut,
    /// Decoded, reversed, or spelled out in characters.
    Spelled,
}

/// The data a value carries, by where it came from; bounded.
#[derive(Clone, Debug, Default)]
pub struct Taints(Option<Arc<Vec<Taint>>>);

/// Data of one origin in a value.
#[derive(Clone, Debug)]
pub struct Taint {
    /// Where it came from.
    pub from: From,
    /// The steps since.
    pub trail: Option<Arc<Trail>>,
}

/// Where data came from.
#[derive(Clone, Debug)]
pub enum From {
    /// A catalogued source.
    Source(Arc<Origin>),
    /// What the function being summarised is given.
    Param(FuncId, Input),
}

/// What a function is given: a parameter, one member of it, or one member of that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Input {
    /// Which parameter; [`RECEIVER`] is what the function is called on.
    pub param: u16,
    /// The name of the member in the function's unit; 0 is all of it.
    pub member: Sym,
    /// The name of the member of that member; 0 is all of that.
    pub inner: Sym,
}

/// A catalogued place data comes from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin {
    /// The unit it stands in.
    pub unit: u32,
    /// Line and column.
    pub line: u32,
    /// Column.
    pub column: u32,
    /// Category id.
    pub category: Box<str>,
    /// Resolved API.
    pub api: Box<str>,
    /// How sure.
    pub confidence: Confidence,
}

/// One step of data on its way, linked to the steps before.
#[derive(Debug)]
pub struct Trail {
    /// The step before.
    pub before: Option<Arc<Trail>>,
    /// The unit.
    pub unit: u32,
    /// The place.
    pub place: Place,
    /// What happens.
    pub what: Box<str>,
    /// Steps so far.
    pub depth: u32,
}

/// The parameter index that stands for the receiver.
pub const RECEIVER: u16 = u16::MAX;
/// The member that stands for what a parameter gives where it is called.
pub const CALLED: Sym = Sym::MAX;
/// Most origins one value carries.
const MAX_TAINTS: usize = 12;
/// Most steps kept of one way.
const MAX_TRAIL: u32 = 40;
/// Most elements kept of one container.
pub const MAX_ITEMS: usize = 4096;
/// Members of one parameter told apart in one value; more of them are all of it.
const MAX_MEMBERS: usize = 4;
/// Elements of a container whose data is told apart from that of the others.
const MAX_APART: usize = 64;
/// Containers in containers whose data is rewritten.
const MAX_DEPTH: usize = 3;
/// Most functions one value may be.
const MAX_FUNCTIONS: usize = 8;
/// Most elements of containers that are joined element by element.
const MAX_JOINED: usize = 16;

impl Input {
    /// All of a parameter.
    pub fn all(param: u16) -> Input {
        Input { param, member: 0, inner: 0 }
    }

    /// What a parameter gives where it is called.
    pub fn called(param: u16) -> Input {
        Input { param, member: CALLED, inner: 0 }
    }

    /// Whether it is the same, or the other is a part of it.
    pub fn covers(&self, other: &Input) -> bool {
        self.param == other.param
            && (self.member == 0 && other.member != CALLED
                || self.member == other.member && (self.inner == 0 || self.inner == other.inner))
    }
}

impl From {
    /// Whether both are the same origin, or the other is a part of this one.
    pub fn covers(&self, other: &From) -> bool {
        match (self, other) {
            (From::Source(a), From::Source(b)) => Arc::ptr_eq(a, b) || a == b,
            (From::Param(f, i), From::Param(g, j)) => f == g && i.covers(j),
            _ => false,
        }
    }
}

impl Trail {
    /// `trail` with one more step; unchanged where the bound is reached or the step is its last.
    pub fn step(trail: &Option<Arc<Trail>>, unit: u32, place: Place, what: &str) -> Option<Arc<Trail>> {
        let depth = trail.as_ref().map_or(0, |trail| trail.depth);
        let repeated = trail
            .as_ref()
            .is_some_and(|last| last.unit == unit && last.place.line == place.line && *last.what == *what);
        if depth >= MAX_TRAIL || repeated {
            return trail.clone();
        }
        Some(Arc::new(Trail { before: trail.clone(), unit, place, what: what.into(), depth: depth + 1 }))
    }

    /// The steps of `first` followed by those of `second`.
    pub fn join(first: &Option<Arc<Trail>>, second: &Option<Arc<Trail>>) -> Option<Arc<Trail>> {
        let mut steps = Vec::new();
        let mut at = second.as_ref();
        while let Some(step) = at {
            steps.push(step);
            at = step.before.as_ref();
        }
        let mut joined = first.clone();
        for step in steps.into_iter().rev() {
            joined = Trail::step(&joined, step.unit, step.place, &step.what);
        }
        joined
    }
}

impl Taints {
    /// Of one origin.
    pub fn one(from: From) -> Taints {
        Taints(Some(Arc::new(vec![Taint { from, trail: None }])))
    }

    /// Each taint.
    pub fn iter(&self) -> impl Iterator<Item = &Taint> {
        self.0.iter().flat_map(|taints| taints.iter())
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// Adds those of `other` whose origin is new.
    pub fn add(&mut self, other: &Taints) {
        let Some(theirs) = &other.0 else { return };
        let Some(ours) = &mut self.0 else {
            self.0 = Some(theirs.clone());
            return;
        };
        if Arc::ptr_eq(ours, theirs) {
            return;
        }
        for taint in theirs.iter() {
            if ours.len() >= MAX_TAINTS {
                return;
            }
            if ours.iter().any(|known| known.from.covers(&taint.from)) {
                continue;
            }
            let mut taint = taint.clone();
            if let From::Param(owner, input) = &mut taint.from {
                let of_it = |known: &&Taint| matches!(known.from, From::Param(f, i) if f == *owner && i.param == input.param);
                if input.member != CALLED && ours.iter().filter(of_it).count() >= MAX_MEMBERS {
                    *input = Input::all(input.param);
                }
            }
            Arc::make_mut(ours).push(taint);
        }
    }

    /// Adds one.
    pub fn push(&mut self, taint: Taint) {
        self.add(&Taints(Some(Arc::new(vec![taint]))));
    }

    /// Those of which no origin is among `others`.
    pub fn without(&self, others: &[&Taints]) -> Taints {
        let elsewhere = |taint: &Taint| {
            others.iter().flat_map(|others| others.iter()).any(|other| other.from.covers(&taint.from))
        };
        self.rewritten(|taint, out| {
            if !elsewhere(taint) {
                out.push(taint.clone());
            }
        })
    }

    /// Those of which the origin is among `others`.
    pub fn among(&self, others: &Taints) -> Taints {
        self.rewritten(|taint, out| {
            if others.iter().any(|other| other.from.covers(&taint.from)) {
                out.push(taint.clone());
            }
        })
    }

    /// What `write` makes of each.
    pub fn rewritten(&self, mut write: impl FnMut(&Taint, &mut Taints)) -> Taints {
        let mut out = Taints::default();
        self.iter().for_each(|taint| write(taint, &mut out));
        out
    }

    /// Drops what a setting said: whom to talk to is no data that is sent.
    pub fn drop_settings(&mut self) {
        let setting = |taint: &Taint| matches!(&taint.from, From::Source(origin) if matches!(&*origin.category, "src.env" | "src.args"));
        if self.iter().any(setting) {
            let kept: Vec<Taint> = self.iter().filter(|taint| !setting(taint)).cloned().collect();
            self.0 = if kept.is_empty() { None } else { Some(Arc::new(kept)) };
        }
    }

    /// The same taints one step further.
    pub fn step(&self, unit: u32, place: Place, what: std::fmt::Arguments<'_>) -> Taints {
        let Some(taints) = &self.0 else { return Taints(None) };
        let what = what.to_string();
        let step = |taint: &Taint| Taint {
            from: taint.from.clone(),
            trail: Trail::step(&taint.trail, unit, place, &what),
        };
        Taints(Some(Arc::new(taints.iter().map(step).collect())))
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.0.as_ref().map_or(0, |taints| taints.len())
    }
}

/// Whether any of `items` carries data.
fn carries(items: &[(Arc<str>, Val)], depth: usize) -> bool {
    items.iter().any(|(_, item)| {
        !item.taints.is_empty()
            || depth > 1 && item.items.as_ref().is_some_and(|items| carries(items, depth - 1))
    })
}

impl Val {
    /// Whether it, or what it holds, carries data.
    pub fn any_taint(&self) -> bool {
        !self.taints.is_empty() || self.items.as_ref().is_some_and(|items| carries(items, MAX_DEPTH))
    }

    /// A value that is `path`.
    pub fn path(path: &str) -> Val {
        Val { what: Some(path.into()), ..Val::default() }
    }

    /// A literal text.
    pub fn literal(text: &str) -> Val {
        Val::literal_of(text.into())
    }

    /// [`Val::literal`] of a text that is shared.
    pub fn literal_of(text: Arc<str>) -> Val {
        Val {
            text: Some(Text { text, whole: true, built: false, hidden: Hidden::Plain }),
            fixed: true,
            ..Val::default()
        }
    }

    /// A text put together.
    pub fn built(text: String, whole: bool) -> Val {
        let text = Text { text: text.into(), whole, built: true, hidden: Hidden::Plain };
        Val { text: Some(text), fixed: whole, ..Val::default() }
    }

    /// The same value, its text hidden at least as much as `hidden`.
    pub fn hide(mut self, hidden: Hidden) -> Val {
        if let Some(text) = &mut self.text {
            text.hidden = text.hidden.max(hidden);
        }
        self
    }

    /// How its text is hidden.
    pub fn hidden(&self) -> Hidden {
        self.text.as_ref().map_or(Hidden::Plain, |text| text.hidden)
    }

    /// The constant text, where it is known whole.
    pub fn whole_text(&self) -> Option<&str> {
        self.text.as_ref().filter(|text| text.whole).map(|text| &*text.text)
    }

    /// This or that: what either may be, all data either may carry.
    pub fn join(&mut self, other: &Val) {
        let unknown = |what: &Option<Arc<str>>| what.as_deref().is_none_or(|what| what.starts_with('?'));
        let told =
            |what: &Option<Arc<str>>| what.as_deref().is_some_and(|what| rules::LISTS.told.contains(what));
        if self.what.is_none()
            || (unknown(&self.what) && !unknown(&other.what))
            || (told(&other.what) && !told(&self.what))
        {
            self.what = other.what.clone();
        }
        if self.text != other.text {
            // A text that is known on one side only is still a text the program can use.
            match (&self.text, &other.text) {
                (None, Some(_)) => self.text = other.text.clone(),
                (Some(ours), Some(theirs)) if !ours.whole && theirs.whole => {
                    let fills = ours.hidden >= Hidden::Spelled && theirs.text.is_empty();
                    if !fills {
                        self.text = other.text.clone();
                    }
                }
                // An empty text that is filled behind a branch with what nobody can read.
                (Some(ours), Some(theirs)) if ours.text.is_empty() && theirs.hidden >= Hidden::Spelled => {
                    self.text = other.text.clone();
                }
                _ => {}
            }
        }
        self.taints.add(&other.taints);
        let functions = match (self.func, other.func) {
            (Some(ours), Some(theirs)) if ours != theirs => Some(theirs),
            _ => None,
        };
        let class = match (self.class, other.class) {
            (Some(ours), Some(theirs)) if ours != theirs => Some(theirs),
            _ => None,
        };
        let object = match (self.inst, other.inst) {
            (Some(ours), Some(theirs)) if ours != theirs => Some(theirs),
            _ => None,
        };
        if other.inst.is_some() {
            let bounded = other.items.as_ref().is_none_or(|items| items.len() <= MAX_JOINED);
            self.object = match self.inst {
                None => other.object,
                Some(_) if self.inst == other.inst && other.object == Object::Declared => self.object,
                Some(_) if self.inst == other.inst && self.object == Object::Declared => other.object,
                Some(_) if self.inst == other.inst && self.object == other.object && bounded => self.object,
                Some(_) => Object::Any,
            };
        }
        if other.func.is_some() && self.inst.is_none() && other.inst.is_none() {
            self.object = match self.func {
                None => other.object,
                Some(_) if self.object == other.object => self.object,
                Some(_) => Object::Any,
            };
        }
        self.func = self.func.or(other.func);
        self.class = self.class.or(other.class);
        self.inst = self.inst.or(other.inst);
        self.wraps = self.wraps.or(other.wraps);
        if self.file.is_none() {
            self.file = other.file.clone();
        }
        match (&mut self.items, &other.items) {
            (None, Some(_)) => self.items = other.items.clone(),
            // `return "", error` on one way and `return text, nil` on the other: element by element.
            (Some(ours), Some(theirs)) if !Arc::ptr_eq(ours, theirs) && theirs.len() <= MAX_JOINED => {
                let ours = Arc::make_mut(ours);
                for (key, value) in theirs.iter() {
                    let known = ours.iter().take(MAX_JOINED).position(|(known, _)| known == key);
                    if let Some((_, known)) = known.and_then(|at| ours.get_mut(at)) {
                        known.join(value);
                    } else if ours.len() < MAX_JOINED {
                        ours.push((key.clone(), value.clone()));
                    }
                }
            }
            _ => {}
        }
        if let Some(another) = functions {
            // One of several functions: a callback that is given by several callers, a table of handlers.
            let key = format!("@{}:{}", another.unit, another.func);
            self.or_else(key, Val { func: Some(another), ..Val::default() });
        }
        if let Some(another) = class {
            // One of several classes of which an object is made.
            let key = format!("@c{}:{}", another.unit, another.class);
            self.or_else(key, Val { class: Some(another), ..Val::default() });
        }
        if let Some(another) = object {
            // One of several objects that are used in one way: senders in a list.
            let key = format!("@i{}:{}", another.unit, another.class);
            self.or_else(key, Val { inst: Some(another), ..Val::default() });
        }
        if self.gate.is_none() {
            self.gate = other.gate.clone();
        }
        self.fixed &= other.fixed;
    }

    /// The data it carries of which it is not known in which element.
    pub fn anywhere(&self) -> Taints {
        match &self.items {
            Some(items) if !self.taints.is_empty() => {
                let mut told: Vec<&Taints> = Vec::new();
                for (key, item) in items.iter().take(MAX_APART) {
                    told.push(&item.taints);
                    if key.starts_with('@') && item.object == Object::Whole {
                        // What an object in a list holds, it holds in its fields.
                        let fields = item.items.iter().flat_map(|items| items.iter().take(MAX_APART));
                        told.extend(fields.map(|(_, field)| &field.taints));
                    }
                }
                self.taints.without(&told)
            }
            _ => self.taints.clone(),
        }
    }

    /// The same with the data of it and of its elements rewritten.
    pub fn with_taints(&self, write: &mut dyn FnMut(&Taints) -> Taints) -> Val {
        self.with_taints_at(write, MAX_DEPTH)
    }

    fn with_taints_at(&self, write: &mut dyn FnMut(&Taints) -> Taints, depth: usize) -> Val {
        let mut value = self.clone();
        value.taints = write(&value.taints);
        if depth > 0
            && let Some(items) = value.items.as_mut().filter(|items| carries(items, depth))
        {
            let rewritten = items.iter().enumerate().map(|(at, (key, item))| {
                let item = match at < MAX_APART {
                    true => item.with_taints_at(write, depth - 1),
                    // What is not told apart is known of the whole.
                    false => Val { taints: Taints::default(), ..item.clone() },
                };
                (key.clone(), item)
            });
            *items = Arc::new(rewritten.collect());
        }
        value
    }

    /// Notes what else this may be.
    fn or_else(&mut self, key: String, value: Val) {
        let items = self.items.as_deref().map_or(&[][..], Vec::as_slice);
        if items.len() < MAX_FUNCTIONS && !items.iter().any(|(known, _)| **known == *key) {
            let mut items = items.to_vec();
            items.push((key.into(), value));
            self.items = Some(Arc::new(items));
        }
    }

    /// The classes besides the first one it may be an instance of.
    pub fn other_classes(&self) -> impl Iterator<Item = ClassRef> {
        let items = self.items.iter().filter(|_| self.inst.is_some()).flat_map(|items| items.iter());
        items.filter(|(key, _)| key.starts_with("@i")).filter_map(|(_, item)| item.inst)
    }

    /// The classes besides the first one it may be.
    pub fn also_classes(&self) -> impl Iterator<Item = ClassRef> {
        let items = self.items.iter().filter(|_| self.class.is_some()).flat_map(|items| items.iter());
        items.filter(|(key, _)| key.starts_with("@c")).filter_map(|(_, item)| item.class)
    }

    /// The element under `key`.
    pub fn item(&self, key: &str) -> Option<&Val> {
        self.items.as_ref()?.iter().rev().find(|(name, _)| &**name == key).map(|(_, value)| value)
    }
}
