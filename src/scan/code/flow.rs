//! The tree as a whole: function summaries, rounds to a fixed point, flows from source to sink.
//!
//! Every round evaluates each unit against the summaries of the round before, in parallel; the order of
//! threads cannot matter. Rounds end when nothing changes, at most after [`MAX_ROUNDS`]; that the bound was
//! reached is said.

use crate::scan::code::map::Map;
use crate::scan::code::map::Set;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;

use rayon::prelude::*;

use super::catalogue::Catalogue;
use super::evaluate::Evaluation;
use super::evaluate::Observed;
use super::evaluate::loose_name;
use super::evaluate::own_taints;
use super::ir::FuncId;
use super::ir::Sym;
use super::ir::Unit;
use super::language::Language;
use super::resolve::Index;
use super::rules;
use super::value::ClassRef;
use super::value::From;
use super::value::FuncRef;
use super::value::Input;
use super::value::Object;
use super::value::Origin;
use super::value::RECEIVER;
use super::value::Taints;
use super::value::Trail;
use super::value::Val;
use crate::model::scan::Confidence;

/// Most rounds: how many calls deep a fact travels against the order of evaluation. On ten popular packages two
/// more found ways of eleven to forty steps alone, of which two of thirty-three were true.
pub const MAX_ROUNDS: usize = 5;

/// [`MAX_ROUNDS`] of a tree of few files, where they cost little.
pub const MAX_ROUNDS_OF_SMALL: usize = 8;
/// Rounds of a file by itself, of which no data is followed: what a name stands for is known after two or three.
const ROUNDS_ALONE: usize = 3;
/// Files of such a tree.
const SMALL: usize = 32;

/// Units evaluated before what they came to is taken in: what they showed is known to those after them. The
/// number is fixed, so that the threads do not matter.
const AT_ONCE: usize = 128;

/// What is known about the tree between rounds.
pub struct World<'u> {
    /// The files.
    pub units: &'u [Unit],
    /// Their names.
    pub index: Index,
    /// Per unit, per function.
    pub summaries: Vec<Vec<Arc<Summary>>>,
    /// Per unit, the variables of its top level by name.
    pub modules: Vec<Map<Box<str>, Val>>,
    /// Fields of classes, over all instances.
    pub fields: Map<ClassRef, Map<Arc<str>, Val>>,
    /// What callers pass for parameters.
    pub inflow: Map<FuncRef, BTreeMap<u16, Val>>,
    /// Functions that write, read or run a file whose path is in one of their variables.
    pub paths: Set<FuncRef>,
    /// What was written to files of a constant path, or of a path that one variable holds.
    pub files: BTreeMap<Arc<str>, Taints>,
    /// Whether data is followed from every source.
    pub flows: bool,
    /// Whether structs of C are told apart: in C nearly every variable is one.
    pub structs: bool,
}

/// C of more than so many bytes is read without telling structs apart: of the ten megabytes of git it took half as
/// long again, and twice the memory.
const MAX_TOLD_BYTES: u64 = 4 << 20;

/// Something known of the tree that an evaluation may read, by what it is about. Two facts that fell together
/// would only cost an evaluation too many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fact(u64);

/// Facts that were read, each with the measure of what was seen.
pub type Facts = Map<Fact, u32>;

/// [`Facts`] as they are kept between rounds: a large tree has many.
pub type Kept = Box<[(Fact, u32)]>;

/// The measure of what was seen with two, or never changes without notice.
pub const VARIED: u32 = u32::MAX;

impl Fact {
    /// The summary of a function.
    pub fn function(func: FuncRef) -> Fact {
        Fact::of(func.unit, u64::from(func.func))
    }

    /// What all fields of a class hold.
    pub fn class(class: ClassRef) -> Fact {
        Fact::of(class.unit, 1 << 32 | u64::from(class.class))
    }

    /// What a field of a class holds.
    pub fn field(class: ClassRef, name: &str) -> Fact {
        Fact::of(class.unit, digest(name).rotate_left(17) ^ u64::from(class.class) | 1 << 63)
    }

    /// What a variable of the top level of a unit holds.
    pub fn variable(unit: u32, name: &str) -> Fact {
        Fact::of(unit, digest(name) >> 2 | 1 << 62)
    }

    fn of(unit: u32, what: u64) -> Fact {
        Fact(what ^ u64::from(unit).wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }
}

/// What a field of an object comes to hold: of which parameter, which field, what.
pub type Fill = (u16, Arc<str>, Val);

/// A parameter that is called: which, at which place among what it is passed, with what data.
pub type Passed = (u16, u16, Taints);

/// Any place among what a function is passed.
pub const ANYWHERE: u16 = u16::MAX;

/// What a caller needs to know about a function.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// What it gives; taints by parameter stand for the caller's arguments.
    pub gives: Val,
    /// Parameters whose data reaches a sink.
    pub sinks: Vec<ParamSink>,
    /// The one field of what it is called on that it gives, where that is all it ever gives.
    pub field: Option<Option<Arc<str>>>,
    /// Fields of what it is called on of which it reads and stores only the element under a key it is given, with
    /// the parameter that is the key.
    pub keyed: Vec<(Arc<str>, u16)>,
    /// What it throws, by class.
    pub throws: Vec<Val>,
    /// Data written into what a parameter refers to.
    pub writes: Vec<(u16, Taints)>,
    /// Parameters it fills anew: one bit for each of the first sixteen.
    pub anew: u16,
    /// Parameters whose objects it may hand on to something that keeps them, in the same way.
    pub hands: u16,
    /// What of its parameters is kept in a field.
    pub stores: Vec<(Input, ClassRef, Arc<str>)>,
    /// What fields of an object it is given come to hold, or of the one it is called on.
    pub fills: Vec<Fill>,
    /// Parameters that are functions which fill the object it gives.
    pub fillers: Vec<u16>,
    /// Parameters that are called, with the data passed to them: at a place, or at [`ANYWHERE`].
    pub calls: Vec<Passed>,
    /// Data that closures of it write into its variables, and into fields of objects in them.
    pub captured: Vec<(Sym, Val)>,
    /// Data of its own parameters that it writes into variables of functions around it.
    pub sets: Vec<(Sym, Taints)>,
    /// Of a macro: what it does, told where it is used.
    pub effects: Vec<(Box<str>, Box<str>, Confidence)>,
    /// For a method without a body: the annotation that says what is behind it.
    pub remote: Option<Arc<str>>,
    /// Whether a closure of it writes something decoded to a file.
    pub stages: bool,
}

/// A parameter whose data reaches a sink.
#[derive(Clone, Debug)]
pub struct ParamSink {
    /// Which parameter, or which member of it.
    pub input: Input,
    /// Where it ends.
    pub sink: Arc<Sink>,
    /// The way there.
    pub trail: Option<Arc<Trail>>,
}

/// A place data leaves.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sink {
    /// The unit.
    pub unit: u32,
    /// Where.
    pub place: (u32, u32, u32),
    /// Category id.
    pub category: Box<str>,
    /// Resolved API.
    pub api: Box<str>,
    /// What carries the data.
    pub carrier: Box<str>,
    /// The constant path of the file it is written to.
    pub file: Option<Arc<str>>,
    /// How sure.
    pub confidence: crate::model::scan::Confidence,
}

/// A way from a source to a sink, found.
#[derive(Clone, Debug)]
pub struct Found {
    /// Where the data came from.
    pub origin: Arc<Origin>,
    /// Where it went.
    pub sink: Arc<Sink>,
    /// How.
    pub trail: Option<Arc<Trail>>,
    /// Whether it is only added here to what another call sends, of which there is a way of its own.
    pub added: bool,
}

/// Most entries of each kind in a summary.
const MAX_SUMMARY: usize = 32;
/// Most classes of what a function throws.
const MAX_THROWN: usize = 4;

impl Summary {
    /// Adds a sink, once.
    pub fn add_sink(&mut self, new: ParamSink) {
        let known = self.sinks.iter().any(|old| old.input.covers(&new.input) && old.sink == new.sink);
        if !known && self.sinks.len() < MAX_SUMMARY {
            self.sinks.push(new);
        }
    }

    /// Adds data written into a parameter.
    pub fn add_write(&mut self, param: u16, taints: &Taints) {
        if taints.is_empty() {
            return;
        }
        add(&mut self.writes, param, taints);
    }

    /// Adds a field a parameter's data is kept in.
    pub fn add_store(&mut self, input: Input, class: ClassRef, field: Arc<str>) {
        let new = (input, class, field);
        if self.stores.len() < 2 * MAX_SUMMARY && !self.stores.contains(&new) {
            self.stores.push(new);
        }
    }

    /// Adds what a field of an object it is given comes to hold.
    pub fn add_fill(&mut self, param: u16, field: &str, value: Val) {
        let full = self.fills.len() >= MAX_SUMMARY;
        match self.fills.iter_mut().find(|(at, name, _)| *at == param && **name == *field) {
            Some((.., old)) => old.join(&value),
            None if !full => self.fills.push((param, field.into(), value)),
            None => {}
        }
    }

    /// Adds what it throws.
    pub fn add_thrown(&mut self, value: Val) {
        let full = self.throws.len() >= MAX_THROWN;
        match self.throws.iter_mut().find(|old| old.inst == value.inst) {
            Some(old) => old.join(&value),
            None if !full => self.throws.push(value),
            None => {}
        }
    }

    /// Whether no more fields can be told.
    pub fn is_filled(&self) -> bool {
        self.fills.len() >= MAX_SUMMARY
    }

    /// Adds a parameter that fills the object it gives.
    pub fn add_filler(&mut self, param: u16) {
        if !self.fillers.contains(&param) && self.fillers.len() < MAX_SUMMARY {
            self.fillers.push(param);
        }
    }

    /// Adds what a macro does.
    pub fn add_effect(&mut self, category: &str, api: &str, confidence: Confidence) {
        let known = self.effects.iter().any(|(c, a, _)| **c == *category && **a == *api);
        if !known && self.effects.len() < MAX_SUMMARY {
            self.effects.push((category.into(), api.into(), confidence));
        }
    }

    /// Adds a call of a parameter.
    pub fn add_call(&mut self, param: u16, at: u16, taints: &Taints) {
        let full = self.calls.len() >= MAX_SUMMARY;
        match self.calls.iter_mut().find(|(known, place, _)| (*known, *place) == (param, at)) {
            Some((.., old)) => old.add(taints),
            None if !full => self.calls.push((param, at, taints.clone())),
            None => {}
        }
    }

    /// Adds data it writes into a variable around it.
    pub fn add_set(&mut self, name: Sym, taints: &Taints) {
        if taints.is_empty() {
            return;
        }
        let full = self.sets.len() >= MAX_SUMMARY;
        match self.sets.iter_mut().find(|(old, _)| *old == name) {
            Some((_, old)) => old.add(taints),
            None if !full => self.sets.push((name, taints.clone())),
            None => {}
        }
    }

    /// Adds data a closure of it writes into one of its variables.
    pub fn add_captured(&mut self, name: Sym, value: &Val) {
        let full = self.captured.len() >= MAX_SUMMARY;
        match self.captured.iter_mut().find(|(old, _)| *old == name) {
            Some((_, old)) => old.join(value),
            None if !full => self.captured.push((name, value.clone())),
            None => {}
        }
    }

    /// What of the parameters of the function, which is `func` in its unit, it tells something about; one may be
    /// told twice.
    pub fn inputs(&self, func: FuncId) -> Vec<Input> {
        fn of(taints: &Taints, func: FuncId, inputs: &mut Vec<Input>) {
            inputs.extend(taints.iter().filter_map(|taint| match taint.from {
                From::Param(owner, input) if owner == func => Some(input),
                _ => None,
            }));
        }
        let mut inputs: Vec<Input> = self.sinks.iter().map(|sink| sink.input).collect();
        inputs.extend(self.stores.iter().map(|(input, ..)| *input));
        self.writes.iter().for_each(|(_, taints)| of(taints, func, &mut inputs));
        self.calls.iter().for_each(|(.., taints)| of(taints, func, &mut inputs));
        self.sets.iter().for_each(|(_, taints)| of(taints, func, &mut inputs));
        for value in self.fills.iter().map(|(.., value)| value).chain([&self.gives]).chain(&self.throws) {
            value.with_taints(&mut |taints| {
                of(taints, func, &mut inputs);
                Taints::default()
            });
        }
        inputs
    }

    /// Whether a caller of the function may send out, run or take in data by it.
    fn tells(&self) -> bool {
        let source = |taints: &Taints| taints.iter().any(|taint| matches!(taint.from, From::Source(_)));
        !self.sinks.is_empty()
            || !self.effects.is_empty()
            || source(&self.gives.taints)
            || self.throws.iter().any(|thrown| source(&thrown.taints))
            || self.writes.iter().any(|(_, taints)| source(taints))
            || self.calls.iter().any(|(.., taints)| source(taints))
    }

    /// A measure that changes with every fact: equal measures mean nothing new.
    pub fn measure(&self) -> usize {
        let facts = usize::from(self.stages)
            + self.hands.count_ones() as usize
            + self.sinks.len()
            + self.stores.len()
            + self.effects.len()
            + self.keyed.len()
            + self.fillers.len()
            + self.gives.taints.len()
            + self.fills.iter().map(|(.., value)| 1 + value.taints.len()).sum::<usize>()
            + self.throws.iter().map(|value| 1 + value.taints.len()).sum::<usize>()
            + self.writes.iter().map(|(_, taints)| 1 + taints.len()).sum::<usize>()
            + self.calls.iter().map(|(.., taints)| 1 + taints.len()).sum::<usize>()
            + self.sets.iter().map(|(_, taints)| 1 + taints.len()).sum::<usize>()
            + self.captured.iter().map(|(_, value)| 1 + measure(value)).fold(0, usize::wrapping_add);
        // Which part of a parameter it is that is sent is a fact too: it is known better once its type is.
        let part = |sink: &ParamSink| (sink.input.member as usize * 31) ^ (sink.input.inner as usize * 131);
        let parts = self.sinks.iter().fold(0usize, |sum, sink| sum.wrapping_add(part(sink)));
        facts.wrapping_add(parts).wrapping_add(measure(&self.gives))
    }
}

fn add(list: &mut Vec<(u16, Taints)>, param: u16, taints: &Taints) {
    let full = list.len() >= MAX_SUMMARY;
    match list.iter_mut().find(|(old, _)| *old == param) {
        Some((_, old)) => old.add(taints),
        None if !full => list.push((param, taints.clone())),
        None => {}
    }
}

/// A measure as it is kept.
pub fn short(measure: usize) -> u32 {
    let measure = measure as u64;
    ((measure ^ measure >> 32) as u32).min(VARIED - 1)
}

/// FNV-1a over the beginning: two texts that differ only later are told apart by their length.
fn digest(text: &str) -> u64 {
    let seed = 0xcbf2_9ce4_8422_2325 ^ text.len() as u64;
    let mix = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    text.as_bytes().iter().take(64).fold(seed, mix)
}

/// A measure of what is known of a value; nothing known is 0.
pub fn measure(value: &Val) -> usize {
    measure_to(value, 2)
}

/// [`measure`], and that of what objects hold that are told apart, so many deep.
fn measure_to(value: &Val, depth: usize) -> usize {
    /// Most fields of one object.
    const MOST: usize = 64;
    let whole = depth > 0 && value.object == Object::Whole;
    let items = value.items.iter().filter(|_| whole).flat_map(|items| items.iter().take(MOST));
    let held = items.fold(0usize, |held, (key, item)| {
        held.wrapping_add(digest(key) as usize ^ measure_to(item, depth - 1).wrapping_mul(3)).wrapping_add(
            item.items
                .iter()
                .flat_map(|items| items.iter().take(MOST))
                .map(|(_, item)| item.taints.len())
                .sum(),
        )
    });
    let digest = |text: &str| digest(text) as usize;
    value
        .what
        .as_deref()
        .map_or(0, digest)
        .wrapping_add(value.text.as_ref().map_or(0, |text| digest(&text.text)))
        .wrapping_add(usize::from(value.func.is_some()))
        .wrapping_add(usize::from(value.inst.is_some()))
        .wrapping_add(usize::from(value.class.is_some()))
        .wrapping_add(value.object as usize)
        .wrapping_add(held)
        .wrapping_add(value.items.as_ref().map_or(0, |items| 1 + items.len()))
        .wrapping_add(value.taints.len())
}

/// What evaluating one unit gave.
pub struct Outcome {
    /// Its functions.
    pub summaries: Vec<Arc<Summary>>,
    /// Its top-level variables.
    pub module: Map<Box<str>, Val>,
    /// Fields it stored to.
    pub fields: Vec<((ClassRef, Arc<str>), Val)>,
    /// What it passes to functions.
    pub inflow: Vec<(FuncRef, u16, Val)>,
    /// What it was seen to do.
    pub observed: Observed,
    /// What it read of what is known of the tree.
    pub used: Kept,
    /// What it writes to files of a constant path.
    pub files: BTreeMap<Arc<str>, Taints>,
    /// Files of a constant path it reads.
    pub reads: BTreeSet<Arc<str>>,
    /// Methods that are called on an object of which it is known what it is.
    pub called: Vec<FuncRef>,
    /// Why it was not evaluated to its end, where it was not.
    pub cut: Option<String>,
}

/// What evaluating a tree came to.
pub struct Run {
    /// Per unit, what it was seen to do.
    pub observed: Vec<Observed>,
    /// Per unit, why it was not evaluated to its end, where it was not.
    pub cut: Vec<Option<String>>,
    /// Per unit, the functions that lead to a source or an effect.
    pub told: Vec<Vec<FuncId>>,
    /// Whether nothing was new in the last round.
    pub settled: bool,
}

/// Evaluates `units` to a fixed point, in at most `rounds`; without `flows`, data is followed from decoders alone and no further
/// than its file. The observations are those of each unit's last evaluation, in the units' order.
///
/// A unit is evaluated again only where something it read has changed: evaluation is a function of that.
pub fn run<'u>(
    units: &'u [Unit],
    catalogues: &(dyn Fn(&Unit) -> Option<&'u Catalogue> + Sync),
    flows: bool,
    rounds: usize,
) -> Run {
    let mut known = Known::nothing(units, flows);
    let mut due: Vec<u32> = (0..units.len() as u32).collect();
    let small = units.len() <= SMALL && rounds >= MAX_ROUNDS;
    let most = match (flows, small) {
        (false, _) => ROUNDS_ALONE,
        (true, true) => MAX_ROUNDS_OF_SMALL,
        (true, false) => rounds,
    };
    for round in 0..most.min(MAX_ROUNDS_OF_SMALL) {
        let mut news = News::default();
        let mut waiting = due.as_slice();
        while let Some((now, later)) = waiting.split_at_checked(AT_ONCE.min(waiting.len())) {
            if now.is_empty() {
                break;
            }
            let outcomes: Vec<(u32, Outcome)> = now
                .par_iter()
                .with_max_len(1)
                .filter_map(|number| {
                    let unit = units.get(*number as usize)?;
                    let catalogue = catalogues(unit)?;
                    Some((*number, Evaluation::new(&known.world, *number, catalogue).run()))
                })
                .collect();
            waiting = later;
            for (number, outcome) in outcomes {
                known.learn(number, outcome, waiting, &mut news);
            }
        }
        // What gives an object is known after two rounds for nearly all that is called on it.
        if round > 0 || news.is_nothing() {
            known.loosen(&mut news);
        }
        due = known.due(news);
        if due.is_empty() {
            break;
        }
    }
    let told = known.world.summaries.iter().map(|summaries| {
        let telling = summaries.iter().enumerate().filter(|(_, summary)| summary.tells());
        telling.map(|(id, _)| id as FuncId).collect()
    });
    let told = told.collect();
    Run { observed: known.observed, cut: known.cut, told, settled: due.is_empty() }
}

/// What is known between rounds: of the tree, and of each unit's last evaluation.
struct Known<'u> {
    world: World<'u>,
    /// Files of a constant path each unit reads.
    reads: Vec<BTreeSet<Arc<str>>>,
    observed: Vec<Observed>,
    cut: Vec<Option<String>>,
    used: Vec<Kept>,
    /// Methods that are called on an object of which it is known what it is.
    called: Set<FuncRef>,
}

impl News {
    fn is_nothing(&self) -> bool {
        self.changed.is_empty() && self.given.is_empty() && self.written.is_empty()
    }
}

/// What a round brought.
#[derive(Default)]
struct News {
    changed: Facts,
    /// Units whose parameters are given something new.
    given: BTreeSet<u32>,
    /// Files of a constant path to which something new is written.
    written: BTreeSet<Arc<str>>,
}

impl<'u> Known<'u> {
    fn nothing(units: &'u [Unit], flows: bool) -> Known<'u> {
        let nothing: Arc<Summary> = Arc::default();
        let plain = units.iter().filter(|unit| unit.language == Language::C);
        let world = World {
            units,
            index: Index::new(units),
            // One empty summary stands for all until something is known.
            summaries: units.iter().map(|unit| vec![nothing.clone(); unit.funcs.len()]).collect(),
            modules: vec![Map::default(); units.len()],
            fields: Map::default(),
            inflow: Map::default(),
            paths: Set::default(),
            files: BTreeMap::new(),
            flows,
            structs: plain.map(|unit| unit.bytes).sum::<u64>() <= MAX_TOLD_BYTES,
        };
        Known {
            world,
            reads: vec![BTreeSet::new(); units.len()],
            observed: units.iter().map(|_| Observed::default()).collect(),
            cut: vec![None; units.len()],
            used: vec![Kept::default(); units.len()],
            called: Set::default(),
        }
    }

    /// Takes in what unit `number` came to. `waiting` are the units this round still evaluates: they will see it.
    fn learn(&mut self, number: u32, outcome: Outcome, waiting: &[u32], news: &mut News) {
        let world = &mut self.world;
        let at = number as usize;
        for func in outcome.files.keys().chain(&outcome.reads).filter_map(|path| owner(path)) {
            if world.paths.insert(func) {
                news.changed.insert(Fact::function(func), VARIED);
            }
        }
        for (path, taints) in outcome.files {
            let held = world.files.entry(path.clone()).or_default();
            let before = held.len();
            held.add(&taints);
            if held.len() != before {
                news.written.insert(path);
            }
        }
        if let Some(old) = world.summaries.get_mut(at) {
            for (id, (old, new)) in old.iter().zip(&outcome.summaries).enumerate() {
                let measure = new.measure();
                if old.measure() != measure {
                    let func = FuncRef { unit: number, func: id as FuncId };
                    news.changed.insert(Fact::function(func), short(measure));
                }
            }
            *old = outcome.summaries;
        }
        if let Some(old) = world.modules.get_mut(at) {
            for (name, new) in &outcome.module {
                let new = measure(new);
                if old.get(name).is_none_or(|old| measure(old) != new) {
                    news.changed.insert(Fact::variable(number, name), short(new));
                }
            }
            for name in old.keys().filter(|name| !outcome.module.contains_key(*name)) {
                news.changed.insert(Fact::variable(number, name), 0);
            }
            *old = outcome.module;
        }
        for ((class, name), value) in outcome.fields {
            let fact = Fact::field(class, &name);
            let held = world.fields.entry(class).or_default().entry(name).or_default();
            if grow(held, &value) {
                news.changed.insert(fact, short(measure(held)));
                news.changed.insert(Fact::class(class), VARIED);
            }
        }
        for (function, param, value) in outcome.inflow {
            let held = world.inflow.entry(function).or_default().entry(param).or_default();
            if grow(held, &value) && waiting.binary_search(&function.unit).is_err() {
                news.given.insert(function.unit);
            }
        }
        self.called.extend(outcome.called);
        put(&mut self.reads, at, outcome.reads);
        put(&mut self.observed, at, outcome.observed);
        put(&mut self.cut, at, outcome.cut);
        put(&mut self.used, at, outcome.used);
    }

    /// Where nobody of the tree calls a method, a framework may: what it puts into the object it is called on may be
    /// in every one of the class.
    fn loosen(&mut self, news: &mut News) {
        let world = &mut self.world;
        for (number, (unit, summaries)) in world.units.iter().zip(&world.summaries).enumerate() {
            for (id, summary) in summaries.iter().enumerate().filter(|(_, summary)| !summary.fills.is_empty())
            {
                let func = FuncRef { unit: number as u32, func: id as FuncId };
                let Some(function) = unit.funcs.get(id).filter(|_| !self.called.contains(&func)) else {
                    continue;
                };
                let Some(class) = function.class else { continue };
                let name = unit.strings.get(function.name);
                if rules::LISTS.constructor.iter().any(|known| **known == *name) {
                    continue;
                }
                let class = world.index.whole(ClassRef { unit: func.unit, class });
                for (_, field, value) in summary.fills.iter().filter(|(param, ..)| *param == RECEIVER) {
                    // What is put into an object in the field, too.
                    let inner = value.items.iter().flat_map(|items| items.iter());
                    let inner = inner.filter_map(|(name, item)| Some((value.inst?, name, item)));
                    for (class, field, value) in std::iter::once((class, field, value)).chain(inner) {
                        let taints = own_taints(&value.taints);
                        if taints.is_empty() {
                            continue;
                        }
                        let name: Arc<str> = loose_name(field).into();
                        let fact = Fact::field(class, &name);
                        let held = world.fields.entry(class).or_default().entry(name).or_default();
                        if grow(held, &Val { taints, ..Val::default() }) {
                            news.changed.insert(fact, short(measure(held)));
                            news.changed.insert(Fact::class(class), VARIED);
                        }
                    }
                }
            }
        }
    }

    /// The units for which `news` is news.
    fn due(&self, news: News) -> Vec<u32> {
        let mut due = news.given;
        for (number, (used, reads)) in self.used.iter().zip(&self.reads).enumerate() {
            let new = |(fact, seen): &(Fact, u32)| {
                news.changed.get(fact).is_some_and(|new| new != seen || *seen == VARIED)
            };
            if used.iter().any(new) || reads.iter().any(|path| news.written.contains(path)) {
                due.insert(number as u32);
            }
        }
        due.into_iter().collect()
    }
}

/// The function in whose variable the path of a file is.
fn owner(path: &str) -> Option<FuncRef> {
    let mut parts = path.strip_prefix('?')?.split(':');
    let (unit, func) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    Some(FuncRef { unit, func })
}

fn put<T>(all: &mut [T], at: usize, new: T) {
    if let Some(slot) = all.get_mut(at) {
        *slot = new;
    }
}

fn grow(old: &mut Val, new: &Val) -> bool {
    let before = measure(old);
    old.join(new);
    measure(old) != before
}
