//! The tree as a whole: function summaries, rounds to a fixed point, flows from source to sink.
//!
//! Every round evaluates each unit against the summaries of the round before, in parallel; the order of
//! threads cannot matter. Rounds end when nothing changes, at most after [`MAX_ROUNDS`].

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::sync::Arc;

use rayon::prelude::*;

use super::catalogue::Catalogue;
use super::evaluate::Evaluation;
use super::evaluate::Observed;
use super::ir::Unit;
use super::resolve::Index;
use super::value::ClassRef;
use super::value::FuncRef;
use super::value::Origin;
use super::value::Taints;
use super::value::Trail;
use super::value::Val;

/// Most rounds: how many calls deep a fact travels against the order of evaluation.
const MAX_ROUNDS: usize = 7;

/// What is known about the tree between rounds.
pub struct World<'u> {
    /// The files.
    pub units: &'u [Unit],
    /// Their names.
    pub index: Index,
    /// Per unit, per function.
    pub summaries: Vec<Vec<Arc<Summary>>>,
    /// Per unit, the variables of its top level by name.
    pub modules: Vec<HashMap<Box<str>, Val>>,
    /// Fields of classes, over all instances.
    pub fields: HashMap<(ClassRef, Arc<str>), Val>,
    /// What callers pass for parameters.
    pub inflow: HashMap<FuncRef, BTreeMap<u16, Val>>,
}

/// What a caller needs to know about a function.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// What it gives; taints by parameter stand for the caller's arguments.
    pub gives: Val,
    /// Parameters whose data reaches a sink.
    pub sinks: Vec<ParamSink>,
    /// Data written into what a parameter refers to.
    pub writes: Vec<(u16, Taints)>,
    /// Parameters whose data is kept in a field.
    pub stores: Vec<(u16, ClassRef, Arc<str>)>,
    /// Parameters that are called, with the data passed to them.
    pub calls: Vec<(u16, Taints)>,
}

/// A parameter whose data reaches a sink.
#[derive(Clone, Debug)]
pub struct ParamSink {
    /// Which parameter; `u16::MAX` is the receiver.
    pub param: u16,
    /// Where it ends.
    pub sink: Arc<Sink>,
    /// The way there.
    pub trail: Option<Arc<Trail>>,
}

/// A place data leaves.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
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
}

/// Most entries of each kind in a summary.
const MAX_SUMMARY: usize = 24;

impl Summary {
    /// Adds a sink, once.
    pub fn add_sink(&mut self, new: ParamSink) {
        let known = self.sinks.iter().any(|old| old.param == new.param && old.sink == new.sink);
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
    pub fn add_store(&mut self, param: u16, class: ClassRef, field: Arc<str>) {
        let new = (param, class, field);
        if self.stores.len() < MAX_SUMMARY && !self.stores.contains(&new) {
            self.stores.push(new);
        }
    }

    /// Adds a call of a parameter.
    pub fn add_call(&mut self, param: u16, taints: &Taints) {
        add(&mut self.calls, param, taints);
    }

    /// A measure that grows with every fact: equal measures mean nothing new.
    fn measure(&self) -> usize {
        self.sinks.len()
            + self.stores.len()
            + self.gives.taints.len()
            + self.writes.iter().map(|(_, taints)| 1 + taints.len()).sum::<usize>()
            + self.calls.iter().map(|(_, taints)| 1 + taints.len()).sum::<usize>()
            + measure(&self.gives)
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

fn measure(value: &Val) -> usize {
    usize::from(value.what.is_some())
        + usize::from(value.func.is_some())
        + usize::from(value.inst.is_some())
        + usize::from(value.class.is_some())
        + usize::from(value.text.is_some())
        + value.taints.len()
}

/// What evaluating one unit gave.
pub struct Outcome {
    /// Its functions.
    pub summaries: Vec<Arc<Summary>>,
    /// Its top-level variables.
    pub module: HashMap<Box<str>, Val>,
    /// Fields it stored to.
    pub fields: Vec<((ClassRef, Arc<str>), Val)>,
    /// What it passes to functions.
    pub inflow: Vec<(FuncRef, u16, Val)>,
    /// What it was seen to do.
    pub observed: Observed,
}

/// Evaluates `units` to a fixed point. The observations are those of the last round, in the units' order.
pub fn run<'u>(
    units: &'u [Unit],
    catalogues: &(dyn Fn(&Unit) -> Option<&'u Catalogue> + Sync),
) -> (World<'u>, Vec<Observed>) {
    let mut world = World {
        units,
        index: Index::new(units),
        summaries: units.iter().map(|unit| vec![Arc::default(); unit.funcs.len()]).collect(),
        modules: vec![HashMap::new(); units.len()],
        fields: HashMap::new(),
        inflow: HashMap::new(),
    };
    let mut observed: Vec<Observed> = Vec::new();
    for round in 0..MAX_ROUNDS {
        let outcomes: Vec<Outcome> = units
            .par_iter()
            .enumerate()
            .map(|(number, unit)| match catalogues(unit) {
                Some(catalogue) => Evaluation::new(&world, number as u32, catalogue).run(),
                None => Outcome {
                    summaries: vec![Arc::default(); unit.funcs.len()],
                    module: HashMap::new(),
                    fields: Vec::new(),
                    inflow: Vec::new(),
                    observed: Observed::default(),
                },
            })
            .collect();
        let mut changed = round == 0;
        observed = Vec::with_capacity(outcomes.len());
        for (number, outcome) in outcomes.into_iter().enumerate() {
            if let Some(old) = world.summaries.get_mut(number) {
                changed |=
                    old.iter().zip(&outcome.summaries).any(|(old, new)| old.measure() != new.measure());
                *old = outcome.summaries;
            }
            if let Some(old) = world.modules.get_mut(number) {
                changed |= old.len() != outcome.module.len()
                    || outcome
                        .module
                        .iter()
                        .any(|(name, new)| old.get(name).is_none_or(|old| measure(old) != measure(new)));
                *old = outcome.module;
            }
            for (key, value) in outcome.fields {
                changed |= grow(world.fields.entry(key).or_default(), &value);
            }
            for (function, param, value) in outcome.inflow {
                changed |= grow(world.inflow.entry(function).or_default().entry(param).or_default(), &value);
            }
            observed.push(outcome.observed);
        }
        if !changed {
            break;
        }
    }
    (world, observed)
}

fn grow(old: &mut Val, new: &Val) -> bool {
    let before = measure(old);
    old.join(new);
    measure(old) != before
}
