//! What of a unit is evaluated, the first time and again.
//!
//! A function and the functions in it are a group. A group is evaluated again only where something it read has
//! changed; what the others came to stays as it was. The top level and the bodies of classes are evaluated each
//! time: they are what the groups stand on.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;

use crate::scan::code::evaluate::Evaluation;
use crate::scan::code::evaluate::Observed;
use crate::scan::code::flow::Fact;
use crate::scan::code::flow::Facts;
use crate::scan::code::flow::Kept;
use crate::scan::code::flow::Outcome;
use crate::scan::code::flow::VARIED;
use crate::scan::code::flow::measure;
use crate::scan::code::flow::short;
use crate::scan::code::ir::FuncId;
use crate::scan::code::ir::FuncKind;
use crate::scan::code::ir::Sym;
use crate::scan::code::ir::Unit;
use crate::scan::code::value::FuncRef;
use crate::scan::code::value::Val;

/// What a unit came to when it was evaluated last, group by group.
#[derive(Default)]
pub struct Last {
    /// Per group, what it read of what is known of the tree, and what it was seen to do.
    pub groups: BTreeMap<FuncId, (Kept, Observed)>,
    /// What groups wrote to variables of the top level and of bodies of classes.
    written: BTreeMap<(FuncId, Sym), Val>,
    /// Measures of the variables of the top level and of bodies of classes.
    ground: BTreeMap<(FuncId, Sym), u32>,
    /// Files of a constant path it reads.
    pub reads: BTreeSet<Arc<str>>,
    /// Why it was not evaluated to its end, where it was not.
    pub cut: Option<String>,
}

impl Last {
    /// Takes in what some groups came to; what was not evaluated stays as it was.
    pub fn renew(&mut self, new: Last) {
        self.groups.extend(new.groups);
        for (variable, value) in new.written {
            self.written.entry(variable).or_default().join(&value);
        }
        self.ground = new.ground;
        self.reads.extend(new.reads);
        self.cut = new.cut;
    }
}

/// What a round brought that units may have to be evaluated again for.
#[derive(Default)]
pub struct News {
    /// Facts, with their measures now.
    pub changed: Facts,
    /// Functions whose parameters are given something new.
    pub given: BTreeSet<FuncRef>,
    /// Files of a constant path to which something new is written.
    pub files: BTreeSet<Arc<str>>,
}

impl News {
    /// Whether what was read is not what is known now.
    fn concerns(&self, (fact, seen): &(Fact, u32)) -> bool {
        self.changed.get(fact).is_some_and(|new| new != seen || *seen == VARIED)
    }

    /// Whether any of it matters to unit `number`.
    pub fn matters(&self, number: u32, last: &Last) -> bool {
        self.given_in(number).next().is_some()
            || last.reads.iter().any(|path| self.files.contains(path))
            || last.groups.values().any(|(used, _)| used.iter().any(|fact| self.concerns(fact)))
    }

    fn given_in(&self, unit: u32) -> impl Iterator<Item = FuncId> {
        let all = FuncRef { unit, func: 0 }..=FuncRef { unit, func: FuncId::MAX };
        self.given.range(all).map(|function| function.func)
    }
}

/// What is evaluated of a unit, and what it comes to.
pub struct Plan<'w> {
    /// Per function, the group it belongs to; 0 is what is evaluated each time.
    group_of: Vec<FuncId>,
    /// The last evaluation and what came since; `None` evaluates everything.
    since: Option<(&'w Last, &'w News)>,
    /// Groups of which it is decided whether they are due.
    due: BTreeMap<FuncId, bool>,
    /// The group that is evaluated.
    now: FuncId,
    /// Whether anything of it was evaluated since it was put by.
    ran: bool,
    /// Whether any group was not evaluated.
    skipped: bool,
    /// What of its own functions changed in this evaluation.
    changed: Facts,
    /// Groups that were evaluated.
    done: BTreeMap<FuncId, (Facts, Observed)>,
    written: BTreeMap<(FuncId, Sym), Val>,
    ground: BTreeMap<(FuncId, Sym), u32>,
}

impl<'w> Plan<'w> {
    /// Of `unit`, which is number `number`; where it is `small`, by groups.
    pub fn new(unit: &Unit, number: u32, small: bool, since: Option<(&'w Last, &'w News)>) -> Plan<'w> {
        let since = since.filter(|(last, _)| small && last.cut.is_none());
        let mut group_of: Vec<FuncId> = Vec::with_capacity(unit.funcs.len());
        for (id, function) in unit.funcs.iter().enumerate() {
            let around = function.parent.and_then(|parent| group_of.get(parent as usize)).copied();
            group_of.push(match around.unwrap_or(0) {
                _ if !small => 0,
                0 if matches!(function.kind, FuncKind::Top | FuncKind::ClassBody) => 0,
                0 => id as FuncId,
                group => group,
            });
        }
        let mut plan = Plan {
            group_of,
            since,
            due: BTreeMap::new(),
            now: 0,
            ran: false,
            skipped: false,
            changed: Facts::default(),
            done: BTreeMap::new(),
            written: BTreeMap::new(),
            ground: BTreeMap::new(),
        };
        if let Some((last, news)) = plan.since {
            let given: Vec<FuncId> = news.given_in(number).map(|func| plan.group(func)).collect();
            plan.due.extend(given.into_iter().map(|group| (group, true)));
            if last.reads.iter().any(|path| news.files.contains(path)) {
                plan.since = None;
            }
        }
        plan
    }

    /// The group of a function.
    fn group(&self, func: FuncId) -> FuncId {
        self.group_of.get(func as usize).copied().unwrap_or_default()
    }

    /// Whether the unit is looked at group by group.
    pub fn by_groups(&self) -> bool {
        self.group_of.iter().any(|group| *group != 0)
    }

    /// Whether what function `func` knows of function `other` of its unit must be noted: it may change without it.
    pub fn apart(&self, func: FuncId, other: FuncId) -> bool {
        other >= func || self.group(func) != self.group(other)
    }

    fn is_due(&mut self, group: FuncId) -> bool {
        if let Some(decided) = self.due.get(&group) {
            return *decided;
        }
        let due = match self.since.filter(|_| group != 0) {
            Some((last, news)) => last.groups.get(&group).is_none_or(|(used, _)| {
                let here = |(fact, seen): &(Fact, u32)| self.changed.get(fact).is_some_and(|new| new != seen);
                used.iter().any(|fact| news.concerns(fact) || here(fact))
            }),
            None => true,
        };
        self.skipped |= !due;
        self.due.insert(group, due);
        due
    }
}

impl<'w> Evaluation<'w> {
    /// Evaluates the functions that are due, enclosing ones first.
    pub fn run(mut self) -> Outcome {
        let mut cut = None;
        for id in 0..self.unit.funcs.len() as FuncId {
            let group = self.plan.group(id);
            if group != self.plan.now {
                self.put_by();
                self.plan.now = group;
            }
            if !self.plan.is_due(group) {
                continue;
            }
            self.plan.ran = true;
            let before = self.summaries.get(id as usize).map_or(0, |known| known.measure());
            self.function(id);
            let after = self.summaries.get(id as usize).map_or(0, |known| known.measure());
            if before != after {
                let function = Fact::function(FuncRef { unit: self.number, func: id });
                self.plan.changed.insert(function, short(after));
            }
            if group == 0 {
                self.grounded(id);
            }
            if id == 0 {
                self.recall();
            }
            if self.steps > self.most && cut.is_none() {
                let line = self.unit.funcs.get(id as usize).map_or(0, |function| function.place.line);
                cut = Some(format!(
                    "evaluating it took more than {} steps: what follows the function at line {line} was not \
                     evaluated",
                    self.most
                ));
                break;
            }
        }
        self.put_by();
        self.told_around();
        let top = self.ever.first().cloned().unwrap_or_default();
        let module =
            top.into_iter().map(|(name, value)| (Box::from(self.unit.strings.get(name)), value)).collect();
        let mut fields: Vec<_> = self
            .fields
            .into_iter()
            .flat_map(|(class, fields)| fields.into_iter().map(move |(name, value)| ((class, name), value)))
            .collect();
        fields.sort_by(|a, b| a.0.cmp(&b.0));
        let groups = self.plan.done.into_iter();
        let groups = groups.map(|(group, (used, seen))| (group, (used.into_iter().collect(), seen)));
        Outcome {
            summaries: self.summaries,
            module,
            fields,
            inflow: self.inflow,
            files: self.files,
            partial: self.plan.skipped,
            last: Last {
                groups: groups.collect(),
                written: self.plan.written,
                ground: self.plan.ground,
                reads: self.reads,
                cut,
            },
        }
    }

    /// Puts by what the group that was evaluated read and was seen to do.
    fn put_by(&mut self) {
        if !std::mem::take(&mut self.plan.ran) {
            return;
        }
        let used = std::mem::take(&mut self.used);
        let observed = std::mem::take(&mut self.observed);
        let (known, seen) = self.plan.done.entry(self.plan.now).or_default();
        for (fact, measure) in used {
            let known = known.entry(fact).or_insert(measure);
            if *known != measure {
                *known = VARIED;
            }
        }
        seen.extend(observed);
    }

    /// The top level, or the body of a class, was evaluated: what groups that are not due wrote to its variables
    /// is there still, and where it is not what it was, everything is due.
    fn grounded(&mut self, id: FuncId) {
        if !self.plan.by_groups() {
            return;
        }
        let held = self.ever.get(id as usize).into_iter().flatten();
        let held: Vec<((FuncId, Sym), u32)> =
            held.map(|(name, value)| ((id, *name), short(measure(value)))).collect();
        if let Some((last, _)) = self.plan.since {
            let of_it = last.ground.range((id, 0)..=(id, Sym::MAX)).count();
            if of_it != held.len() || held.iter().any(|(name, now)| last.ground.get(name) != Some(now)) {
                self.plan.since = None;
            } else {
                for ((_, name), value) in last.written.range((id, 0)..=(id, Sym::MAX)) {
                    self.plan.written.insert((id, *name), value.clone());
                    self.remember(id, *name, value);
                }
            }
        }
        self.plan.ground.extend(held);
    }

    /// Notes that a group wrote to a variable of the top level or of the body of a class.
    pub(crate) fn wrote(&mut self, function: FuncId, name: Sym, value: &Val) {
        if self.plan.now != 0 && self.plan.group(function) == 0 {
            self.plan.written.entry((function, name)).or_default().join(value);
        }
    }

    /// What closures were seen to do is known to the functions around them in the next round.
    fn told_around(&mut self) {
        let around = self.captured.keys().map(|(id, _)| *id);
        let around = around.chain(self.outer_stores.keys().copied()).chain(self.outer_calls.keys().copied());
        let around: Vec<FuncId> = around.chain(self.outer.keys().copied()).collect();
        for id in around {
            self.plan.now = self.plan.group(id);
            self.plan.ran = true;
            self.depends(Fact::function(FuncRef { unit: self.number, func: id }));
            self.put_by();
        }
        for ((id, name), taints) in std::mem::take(&mut self.captured) {
            if let Some(summary) = self.summaries.get_mut(id as usize) {
                Arc::make_mut(summary).add_captured(name, &taints);
            }
        }
        for (id, stores) in std::mem::take(&mut self.outer_stores) {
            if let Some(summary) = self.summaries.get_mut(id as usize) {
                let summary = Arc::make_mut(summary);
                stores.into_iter().for_each(|(input, class, field)| summary.add_store(input, class, field));
            }
        }
        for (id, sinks) in std::mem::take(&mut self.outer) {
            if let Some(summary) = self.summaries.get_mut(id as usize) {
                let summary = Arc::make_mut(summary);
                sinks.into_iter().for_each(|sink| summary.add_sink(sink));
            }
        }
        for (id, calls) in std::mem::take(&mut self.outer_calls) {
            if let Some(summary) = self.summaries.get_mut(id as usize) {
                let summary = Arc::make_mut(summary);
                calls.iter().for_each(|(param, taints)| summary.add_call(*param, taints));
            }
        }
    }
}
