//! One unit, evaluated: every operation of every function once, in order, over what is known of the tree.

mod based;
mod frame;
mod keyed;
mod members;
mod names;
mod objects;
mod observed;
mod stores;
mod thrown;

use crate::scan::code::map::Map;
use crate::scan::code::map::Set;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;

use self::frame::Branch;
use super::calls::as_held;
use super::calls::only;
use super::catalogue::Catalogue;
use super::catalogue::Match;
use super::catalogue::Role;
use super::constants;
use super::flow::Fact;
use super::flow::Facts;
use super::flow::Outcome;
use super::flow::ParamSink;
use super::flow::Passed;
use super::flow::Summary;
use super::flow::VARIED;
use super::flow::World;
use super::flow::short;
use super::ir::ClassId;
use super::ir::Func;
use super::ir::FuncId;
use super::ir::FuncKind;
use super::ir::Op;
use super::ir::OpId;
use super::ir::Place;
use super::ir::Sym;
use super::ir::Unit;
use super::language::Language;
use super::languages;
use super::resolve::Target;
use super::rules;
use super::value::ClassRef;
use super::value::From;
use super::value::FuncRef;
use super::value::Input;
use super::value::MAX_ITEMS;
use super::value::Object;
use super::value::Origin;
use super::value::Taint;
use super::value::Taints;
use super::value::Text;
use super::value::Val;
use crate::model::scan::Confidence;

pub(crate) use self::based::BASE;
pub use self::frame::Frame;
pub(crate) use self::objects::EVERY;
pub(crate) use self::objects::hold;
pub(crate) use self::objects::loose_name;
pub use self::observed::EndpointUse;
pub use self::observed::Gated;
pub use self::observed::Hit;
pub use self::observed::Observed;
pub(crate) use self::stores::is_name;

/// Steps any unit may take: an operation is one, and what it copies counts too.
const FREE_STEPS: u64 = 4_000_000;
/// Steps a unit may take for each of its operations.
const STEPS_PER_OP: u64 = 32;

/// The category of a test for one secret or address: no trap before it opens something.
pub const WORD: &str = "word";

/// The step through a file whose name only a variable has; no path that is written in a program can read like it.
pub const BY_VARIABLE: &str = "written to the file a variable names, and read from it";

/// What is taken from a request is called, whatever its field is.
const TOKEN: &str = "token of a request";
/// What a test of the time since something is a test of.
pub const AGE: &str = "an age";

/// The evaluation of one unit.
pub struct Evaluation<'w> {
    pub(super) world: &'w World<'w>,
    pub(super) unit: &'w Unit,
    pub(super) number: u32,
    catalogue: &'w Catalogue,
    pub(super) summaries: Vec<Arc<Summary>>,
    /// Per function, everything its variables ever held.
    ever: Vec<Map<Sym, Val>>,
    fields: Map<ClassRef, Map<Arc<str>, Val>>,
    /// Per function, whether a function stands in it: only then may another read its variables.
    encloses: Vec<bool>,
    /// What a name means where no variable bears it.
    global: Map<Sym, (Val, bool)>,
    /// Paths of members, by the path they are members of and their name.
    joined: Map<(usize, Sym), (Arc<str>, Arc<str>)>,
    pub(super) inflow: Vec<(FuncRef, u16, Val)>,
    pub(super) observed: Observed,
    imports: Map<Sym, Arc<str>>,
    wildcards: Vec<String>,
    imported: Set<String>,
    functions: Map<(FuncId, Sym), FuncId>,
    classes: Map<Sym, ClassId>,
    matched: Map<Arc<str>, Arc<Vec<Match>>>,
    targets: Map<Arc<str>, Option<Target>>,
    /// Sinks of parameters of enclosing functions, met in closures.
    pub(super) outer: BTreeMap<FuncId, Vec<ParamSink>>,
    /// Calls of parameters of enclosing functions, met in closures.
    pub(super) outer_calls: BTreeMap<FuncId, Vec<Passed>>,
    /// Fields in which closures keep what functions around them were given.
    pub(super) outer_stores: BTreeMap<FuncId, Vec<(Input, ClassRef, Arc<str>)>>,
    /// What is written to files of a constant path, and which such files are read.
    pub(super) files: BTreeMap<Arc<str>, Taints>,
    pub(super) reads: BTreeSet<Arc<str>>,
    /// Data closures wrote into variables of the functions around them.
    pub(super) captured: BTreeMap<(FuncId, Sym), Val>,
    /// What declared types are.
    types: Map<Sym, Val>,
    /// Small numbers as texts.
    numbers: Vec<Arc<str>>,
    /// Which names say that a value is somebody's.
    personal: Map<Sym, Option<&'static str>>,
    /// Functions of the file that write or start a file whose path is in one of their variables.
    pub(super) paths: Set<FuncId>,
    /// Functions of the file that write something decoded to a file.
    pub(super) staged: Set<FuncId>,
    /// The functions of which closures do.
    pub(super) outer_staged: BTreeSet<FuncId>,
    /// Per class, its fields that hold somebody's data by their names.
    personal_fields: Map<ClassRef, Arc<Vec<Arc<Origin>>>>,
    /// What was read of what is known of the tree.
    pub(super) used: Facts,
    /// Steps taken, and how many may be.
    pub(super) steps: u64,
    most: u64,
    /// Methods that are called on an object of which it is known what it is.
    pub(super) called: Set<FuncRef>,
    /// What the constructor that is being called puts into the fields of the new object.
    pub(super) fresh: Option<Vec<(Arc<str>, Val)>>,
    pub(super) implicit_this: bool,
    index_is_member: bool,
}

impl<'w> Evaluation<'w> {
    /// Of unit `number` of `world`.
    pub fn new(world: &'w World<'w>, number: u32, catalogue: &'w Catalogue) -> Evaluation<'w> {
        let unit = &world.units[number as usize];
        let spec = languages::spec(unit.language);
        let mut evaluation = Evaluation {
            world,
            unit,
            number,
            catalogue,
            summaries: world.summaries.get(number as usize).cloned().unwrap_or_default(),
            ever: vec![Map::default(); unit.funcs.len()],
            fields: Map::default(),
            encloses: vec![false; unit.funcs.len()],
            global: Map::default(),
            joined: Map::default(),
            inflow: Vec::new(),
            observed: Observed::default(),
            imports: Map::default(),
            wildcards: Vec::new(),
            imported: Set::default(),
            functions: Map::default(),
            classes: Map::default(),
            matched: Map::default(),
            targets: Map::default(),
            outer: BTreeMap::new(),
            outer_calls: BTreeMap::new(),
            captured: BTreeMap::new(),
            outer_stores: BTreeMap::new(),
            files: BTreeMap::new(),
            reads: BTreeSet::new(),
            types: Map::default(),
            numbers: Vec::new(),
            personal: Map::default(),
            paths: Set::default(),
            staged: Set::default(),
            outer_staged: BTreeSet::new(),
            personal_fields: Map::default(),
            used: Facts::default(),
            steps: 0,
            called: Set::default(),
            fresh: None,
            most: FREE_STEPS + STEPS_PER_OP * unit.funcs.iter().map(|f| f.ops.len() as u64).sum::<u64>(),
            implicit_this: spec.is_some_and(|spec| spec.implicit_this),
            index_is_member: matches!(
                unit.language,
                Language::JavaScript | Language::TypeScript | Language::Tsx | Language::Php
            ),
        };
        evaluation.bind_imports();
        for (id, function) in unit.funcs.iter().enumerate() {
            if let Some(slot) =
                function.parent.and_then(|parent| evaluation.encloses.get_mut(parent as usize))
            {
                *slot = true;
            }
            if matches!(function.kind, FuncKind::Top | FuncKind::ClassBody)
                && let Some(slot) = evaluation.encloses.get_mut(id)
            {
                *slot = true;
            }
        }
        for (id, function) in unit.funcs.iter().enumerate() {
            // A method that stands outside its class is no function of the file.
            let outside = function.class.is_some() && function.parent == Some(0);
            if let (FuncKind::Named, Some(parent), false) = (function.kind, function.parent, outside) {
                evaluation.functions.entry((parent, function.name)).or_insert(id as FuncId);
            }
        }
        for (id, class) in unit.classes.iter().enumerate() {
            evaluation.classes.entry(class.name).or_insert(id as ClassId);
        }
        evaluation
    }

    /// Evaluates every function, enclosing ones first.
    pub fn run(mut self) -> Outcome {
        let mut cut = None;
        for id in 0..self.unit.funcs.len() as FuncId {
            self.function(id);
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
        // What closures were seen to do is known to the functions around them in the next round.
        let around = self.captured.keys().map(|(id, _)| *id);
        let around = around.chain(self.outer_stores.keys().copied()).chain(self.outer_calls.keys().copied());
        let around = around.chain(self.outer_staged.iter().copied());
        let around: Vec<FuncId> = around.chain(self.outer.keys().copied()).collect();
        for id in around {
            self.depends(Fact::function(FuncRef { unit: self.number, func: id }));
        }
        for id in std::mem::take(&mut self.outer_staged) {
            if let Some(summary) = self.summaries.get_mut(id as usize) {
                Arc::make_mut(summary).stages = true;
            }
        }
        for ((id, name), value) in std::mem::take(&mut self.captured) {
            if let Some(summary) = self.summaries.get_mut(id as usize) {
                Arc::make_mut(summary).add_captured(name, &value);
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
                calls.iter().for_each(|(param, at, taints)| summary.add_call(*param, *at, taints));
            }
        }
        let top = self.ever.first().cloned().unwrap_or_default();
        let mut module: Vec<(Box<str>, Val)> =
            top.into_iter().map(|(name, value)| (Box::from(self.unit.strings.get(name)), value)).collect();
        module.sort_by(|a, b| a.0.cmp(&b.0));
        let mut fields: Vec<_> = self
            .fields
            .into_iter()
            .flat_map(|(class, fields)| fields.into_iter().map(move |(name, value)| ((class, name), value)))
            .collect();
        fields.sort_by(|a, b| a.0.cmp(&b.0));
        let kept = module.iter_mut().map(|(_, value)| value).chain(fields.iter_mut().map(|(_, value)| value));
        if forget(kept) {
            let forgot = format!(
                "its constants are more than {} MiB of text that it puts together: what other files make of the \
                 last of them was not looked at",
                MAX_KEPT >> 20
            );
            cut = Some(cut.map_or(forgot.clone(), |cut| format!("{cut}; {forgot}")));
        }
        let module = module.into_iter().collect();
        Outcome {
            summaries: self.summaries,
            module,
            fields,
            inflow: self.inflow,
            observed: self.observed,
            used: self.used.into_iter().collect(),
            files: self.files,
            reads: self.reads,
            called: self.called.into_iter().collect(),
            cut,
        }
    }

    fn function(&mut self, id: FuncId) {
        let unit = self.unit;
        let Some(function) = unit.funcs.get(id as usize) else { return };
        let mut frame = Frame {
            id,
            function,
            vals: Vec::with_capacity(function.ops.len()),
            vars: Map::default(),
            parts: Map::default(),
            branches: Vec::new(),
            gates: Vec::new(),
            summary: Summary::default(),
            reads: BTreeMap::new(),
            stored: OpId::MAX,
            captured: Vec::new(),
            filled: Vec::new(),
            each: Vec::new(),
            members: Vec::new(),
            lent: Vec::new(),
            thrown: Vec::new(),
        };
        self.bind_captured(&mut frame);
        self.bind_params(&mut frame);
        for (at, op) in function.ops.iter().enumerate() {
            let place = function.places.get(at).copied().unwrap_or_default();
            let value = self.operation(&mut frame, at as OpId, op, place);
            self.steps += 1
                + value.items.as_ref().map_or(0, |items| items.len() as u64 / 4)
                + value.text.as_ref().map_or(0, weight);
            if self.steps > self.most {
                break;
            }
            frame.vals.push(value);
        }
        for (op, matches) in std::mem::take(&mut frame.reads) {
            let place = function.places.get(op as usize).copied().unwrap_or_default();
            let api = frame.vals.get(op as usize).and_then(|value| value.what.clone());
            for found in matches.iter() {
                // `Methods.Ftp.UploadFile`: a name that some method has, of something unknown, that nobody calls.
                let only_named = found.entry.api.role == Role::Sink && found.confidence < Confidence::High;
                if !found.entry.when.is_empty()
                    || only_named
                    || found.entry.api.fills
                    || matches!(found.entry.api.role, Role::Gate | Role::Decoder)
                {
                    continue;
                }
                self.record(&mut frame, found, api.as_deref().unwrap_or(""), place, found.confidence, false);
            }
        }
        for (_, value) in std::mem::take(&mut frame.thrown) {
            frame.summary.add_thrown(value);
        }
        frame.summary.keyed = self.keyed_fields(&frame);
        self.hands_on(&mut frame);
        if function.declared {
            let remote = function.marks.iter().find_map(|mark| self.mark(*mark, Role::Sink));
            frame.summary.remote = remote;
        }
        let gives = &frame.summary.gives;
        let told = gives.func.is_some() || gives.class.is_some() || gives.inst.is_some();
        if function.returns != 0 && !told && gives.what.as_deref().is_none_or(|what| what.starts_with('?')) {
            // Where the body does not show what it gives, the declaration says it.
            let declared = self.of_type(function.returns);
            let known = declared.what.filter(|what| self.knows(what.trim_end_matches("()")));
            frame.summary.gives.inst = declared.inst;
            if known.is_some() {
                frame.summary.gives.what = known;
            }
        }
        if function.kind == FuncKind::ClassBody
            && let Some(class) = function.class
        {
            let class = self.class_here(class);
            let held: Vec<(Sym, Val)> = self
                .ever
                .get(id as usize)
                .map(|ever| ever.iter().map(|(n, v)| (*n, v.clone())).collect())
                .unwrap_or_default();
            for (name, value) in held {
                // What a field begins with, it has in every object; what methods store to it is no beginning.
                let begun = frame.vars.get(&name).map(|begun| begun.taints.clone()).unwrap_or_default();
                self.loosen(&mut frame, class, self.unit.strings.get(name), &begun);
                self.store_field(class, self.unit.strings.get(name), &value);
            }
        }
        if let Some(slot) = self.summaries.get_mut(id as usize) {
            // What closures of it were seen to do with its parameters is known since the round before.
            if self.encloses.get(id as usize).copied().unwrap_or(false) {
                slot.sinks.iter().for_each(|sink| frame.summary.add_sink(sink.clone()));
                for (input, class, field) in &slot.stores {
                    frame.summary.add_store(*input, *class, field.clone());
                }
                slot.calls.iter().for_each(|(param, at, taints)| frame.summary.add_call(*param, *at, taints));
            }
            frame.summary.stages |= slot.stages;
            frame.summary.captured = std::mem::take(&mut frame.captured);
            *slot = Arc::new(frame.summary);
        }
    }

    /// What closures of the function were seen to write into its variables, as of the round before.
    fn bind_captured(&mut self, frame: &mut Frame<'w>) {
        let Some(known) = self.summaries.get(frame.id as usize).filter(|known| !known.captured.is_empty())
        else {
            return;
        };
        let known = known.clone();
        for (name, value) in &known.captured {
            self.remember(frame.id, *name, value);
        }
        frame.captured = known.captured.clone();
    }

    /// A struct of Rust without fields is, where it is handed on, its own only instance.
    pub(crate) fn as_instance(&self, value: &mut Val) {
        if self.unit.language == Language::Rust && value.func.is_none() {
            value.inst = value.inst.or(value.class);
        }
    }

    fn bind_params(&mut self, frame: &mut Frame<'w>) {
        let me = FuncRef { unit: self.number, func: frame.id };
        let inflow = self.world.inflow.get(&me);
        let handled = self.handled(frame);
        for (index, param) in frame.function.params.iter().enumerate() {
            if param.name == 0 {
                continue;
            }
            let index = index as u16;
            let mut value = if param.ty != 0 { self.of_type(param.ty) } else { Val::default() };
            if param.receiver && frame.function.kind == FuncKind::Closure {
                // What a closure is called on is known where it is handed something; else it is what `this` is
                // around it.
                if let Some(passed) = inflow.and_then(|inflow| inflow.get(&index)) {
                    self.remember(frame.id, param.name, passed);
                    frame.vars.insert(param.name, passed.clone());
                }
                continue;
            }
            if param.receiver {
                value.inst = self.enclosing_class(frame.id);
                value.object = Object::This;
            } else if self.world.flows {
                value.taints = Taints::one(From::Param(frame.id, Input::all(index)));
                if let Some((_, origin)) = handled.iter().find(|(param, _)| *param == index) {
                    value.taints.push(Taint { from: From::Source(origin.clone()), trail: None });
                }
                self.personal_data(&mut value, param.name, frame.function.place);
            }
            if let Some(passed) = inflow.and_then(|inflow| inflow.get(&index)) {
                value.join(passed);
                if !param.receiver {
                    // Every caller gives one it has seen being made.
                    let whole = passed.object == Object::Whole && value.inst == passed.inst;
                    value.object = match passed.object {
                        Object::Handed if value.func == passed.func => Object::Handed,
                        _ if whole => Object::Whole,
                        _ => Object::Any,
                    };
                }
            }
            self.remember(frame.id, param.name, &value);
            frame.vars.insert(param.name, value);
        }
    }

    fn operation(&mut self, frame: &mut Frame<'w>, at: OpId, op: &Op, place: Place) -> Val {
        match op {
            Op::Name(name) => {
                let (mut value, global) = self.name(frame, *name);
                self.without_method(frame, at, *name, &mut value);
                if !global {
                    self.as_field(frame, at, *name, &mut value);
                    return value;
                }
                let mut value = self.read(frame, at, value, place);
                if self.unit.language == Language::Ruby && frame.function.class.is_some() {
                    // A bare name nobody binds is an attribute of the object.
                    self.personal_data(&mut value, *name, place);
                }
                value
            }
            Op::Str(text) => Val::literal(self.unit.strings.get(*text)),
            Op::Int(number) => Val::literal_of(self.number_text(*number)),
            Op::Literal(text) => {
                let text = self.unit.strings.get(*text);
                if text.is_empty() { Val { fixed: true, ..Val::default() } } else { Val::literal(text) }
            }
            Op::Field(base, name) => {
                let mut value = self.field(frame, at, *base, *name, place);
                self.without_method(frame, at, *name, &mut value);
                if let Some(func) = value.func.filter(|func| self.is_getter(*func)) {
                    value = self.got(frame, *base, func, place);
                }
                self.implemented(frame, *base, *name, &mut value, place);
                self.as_field(frame, at, *name, &mut value);
                self.personal_data(&mut value, *name, place);
                value
            }
            Op::Index(base, index) => {
                let mut value = self.index(frame, at, *base, *index, place);
                let key = frame.val(*index).whole_text().and_then(|key| self.unit.strings.find(key));
                if let Some(key) = key {
                    self.personal_data(&mut value, key, place);
                }
                value
            }
            Op::Element(base) => {
                let of = *base;
                let base = frame.val(of).clone();
                let mut value = Val { taints: base.taints.clone(), fixed: base.fixed, ..Val::default() };
                if base.inst.is_some()
                    && let Some(each) = self.walked(frame, of, place)
                {
                    // What else the object holds is not met; where nothing is known of what is met, it may be.
                    let known = each.inst.is_some() || each.items.is_some();
                    if known || each.taints.iter().any(|taint| matches!(taint.from, From::Source(_))) {
                        value.taints = Taints::default();
                    }
                    value.join(&each);
                    return value;
                }
                if base.inst.is_some() && base.object == Object::Whole && base.what.is_none() {
                    // Nothing walks through an object of this class: what is met is what a generator gives.
                    value.join(&as_held(&base));
                    value.fixed = false;
                    return value;
                }
                if let Some(class) = base.inst.filter(|_| base.items.is_none() && base.what.is_none()) {
                    // What walks through an object of the tree meets what it holds.
                    value.taints.add(&self.held(class));
                }
                if let Some(func) = base.func.filter(|_| base.items.is_none()) {
                    value.func = base.func;
                    if self.unit.language == Language::Go {
                        // `for line := range lines`: what the function calls its loop with.
                        value.taints.add(&self.blocks_given(func));
                    }
                }
                if let Some(items) = &base.items {
                    items.iter().take(64).for_each(|(_, item)| value.join(item));
                    value.taints.add(&base.taints);
                    if base.func.is_some() {
                        // One of the functions in a list of a table.
                        value.join(&only(&base));
                    }
                    if base.fixed && items.len() > 2 && items.iter().all(|(_, item)| is_code(item)) {
                        // Each number in turn: what is made of one is made of all.
                        value.items = Some(items.clone());
                        value.text = None;
                    }
                }
                if value.what.is_none()
                    && let Some(what) = &base.what
                    && extends(what)
                {
                    let path: Arc<str> = format!("{what}[]").into();
                    value.what = Some(path.clone());
                    if !self.matches(&path).is_empty() {
                        return self.read(frame, at, value, place);
                    }
                }
                value
            }
            Op::Call { callee, args, new } => self.call(frame, at, *callee, args, *new, place),
            Op::Concat(parts) => {
                let ops = parts;
                let parts: Vec<Val> = parts.iter().map(|part| frame.val(*part).clone()).collect();
                let mut value = constants::concat(parts.iter()).unwrap_or_default();
                for (op, part) in ops.iter().zip(&parts) {
                    match self.as_text(frame, *op, place) {
                        Some(text) => value.taints.add(&text),
                        None => value.taints.add(&part.taints),
                    }
                }
                value.gate = parts.iter().find_map(|part| part.gate.clone());
                let items: Vec<_> = parts.iter().filter_map(|part| part.items.as_ref()).collect();
                if items.len() == parts.len()
                    && items.iter().map(|items| items.len()).sum::<usize>() <= MAX_ITEMS
                {
                    let all = items.iter().flat_map(|items| items.iter().map(|(_, item)| item.clone()));
                    value.items = Some(Arc::new(
                        all.enumerate().map(|(i, item)| (i.to_string().into(), item)).collect(),
                    ));
                }
                value
            }
            Op::Compare(parts) => {
                let mut value = Val::default();
                let fixed = parts.len() == 1 || parts.iter().any(|part| frame.val(*part).fixed);
                // Whether the name of a machine could be had at all is no question of which it is.
                let nothing = parts.iter().any(|part| self.is_nothing(frame, *part));
                for part in parts.iter() {
                    let part = frame.val(*part);
                    if fixed && value.gate.is_none() {
                        let named = |gate: &Arc<Origin>| {
                            matches!(&*gate.category, "trap.host-gate" | "trap.geo-gate" | "trap.time-bomb")
                        };
                        value.gate = part.gate.clone().filter(|gate| !nothing || !named(gate));
                    }
                }
                if fixed && value.gate.is_none() {
                    let all: Vec<&Val> = parts.iter().map(|part| frame.val(*part)).collect();
                    value.gate = self.identity_test(&all, place).filter(|_| !nothing);
                    if value.gate.is_none() {
                        let called: Vec<&str> = parts.iter().map(|part| self.shown(frame, *part)).collect();
                        value.gate = self.word_test(&all, &called, place);
                    }
                    if let Some(what) = self.counts(frame, parts).filter(|_| value.gate.is_none()) {
                        value.gate = Some(self.origin("trap.logic-bomb", what, place, Confidence::Low));
                    }
                }
                value
            }
            Op::List(parts) => {
                let mut value = Val { fixed: true, ..Val::default() };
                let mut items = Vec::new();
                for (position, part) in parts.iter().enumerate() {
                    let mut item = frame.val(*part).clone();
                    self.as_instance(&mut item);
                    if !self.unit.made.is_empty() {
                        self.made_here(frame, *part, &mut item);
                    }
                    value.taints.add(&item.taints);
                    value.fixed &= item.fixed;
                    if position < MAX_ITEMS {
                        items.push((self.number_text(position as i64), item));
                    }
                }
                if let (Language::Php, [(_, object), (_, name)]) = (self.unit.language, items.as_slice())
                    && let (Some(class), Some(name)) = (object.inst.or(object.class), name.whole_text())
                {
                    // `[$this, 'run']` is a method where something is called.
                    value.func = self.class_member(class, &name.to_ascii_lowercase()).and_then(|m| m.func);
                }
                value.items = Some(Arc::new(items));
                value
            }
            Op::Dict(pairs) => {
                let mut value = Val { fixed: true, ..Val::default() };
                let mut items: Vec<(Arc<str>, Val)> = Vec::new();
                // What is held, nobody knows under which name.
                let mut somewhere = Taints::default();
                let spreads = pairs.iter().any(|(key, part)| key == part);
                for (key, part) in pairs.iter() {
                    // `{...this}` is every field of it.
                    let spread = key == part;
                    let personal = match frame.function.ops.get(*key as usize) {
                        Some(Op::Str(name) | Op::Name(name)) => Some(*name),
                        _ => None,
                    };
                    let part_op = *part;
                    let mut part = frame.val(*part).clone();
                    if !self.unit.made.is_empty() {
                        self.made_here(frame, part_op, &mut part);
                    }
                    if let Some(name) = personal.filter(|_| !part.fixed && part.taints.is_empty()) {
                        self.personal_data(&mut part, name, place);
                    }
                    let (key, part) = (&frame.val(*key).clone(), &part);
                    if !spread {
                        somewhere.add(&key.taints);
                    }
                    if let Some(class) = part.inst.filter(|_| part.what.is_none() && spread) {
                        somewhere.add(&self.held(class));
                    }
                    value.fixed &= part.fixed;
                    if let (Some(key), true) = (key.whole_text(), items.len() < MAX_ITEMS) {
                        if spreads {
                            // `{ ...order, key: "" }`: what stood there before is gone.
                            items.retain(|(known, _)| **known != *key);
                        }
                        items.push((key.into(), part.clone()));
                    } else if let Some(spread) = &part.items {
                        somewhere.add(&part.anywhere());
                        items.extend(spread.iter().take(MAX_ITEMS - items.len().min(MAX_ITEMS)).cloned());
                    } else {
                        somewhere.add(&part.taints);
                    }
                }
                items.iter().for_each(|(_, item)| value.taints.add(&item.taints));
                value.taints.add(&somewhere);
                value.items = Some(Arc::new(items));
                value
            }
            Op::Any(parts) => {
                let mut value = Val::default();
                for (position, part) in parts.iter().enumerate() {
                    let part = frame.val(*part);
                    if position == 0 {
                        value = part.clone();
                        continue;
                    }
                    // `PROT_READ | PROT_EXEC` is both flags.
                    if let (Some(ours), Some(theirs)) = (&value.what, &part.what)
                        && is_flag(ours)
                        && is_flag(theirs)
                    {
                        value.what = Some(format!("{ours}|{theirs}").into());
                    }
                    value.join(part);
                }
                if let Some(gate) = value.gate.clone() {
                    value.gate =
                        Some(aged(gate, &parts.iter().map(|part| frame.val(*part)).collect::<Vec<_>>()));
                }
                let literal = parts
                    .iter()
                    .any(|part| matches!(frame.function.ops.get(*part as usize), Some(Op::Dict(_))));
                self.filled(frame, &mut value, literal);
                if let Some(class) = value.inst.filter(|_| literal) {
                    self.lend_members(frame, class, parts);
                }
                value
            }
            Op::Func(id) => Val { func: Some(FuncRef { unit: self.number, func: *id }), ..Val::default() },
            Op::Class(id) => Val { class: Some(self.class_here(*id)), ..Val::default() },
            Op::OfType(ty) => self.of_type(*ty),
            Op::Declare { name, ty, value } => {
                let mut declared = if *ty != 0 { self.of_type(*ty) } else { Val::default() };
                if let Some(value) = value {
                    let op_of = *value;
                    let mut given = frame.val(*value).clone();
                    if frame.function.kind != FuncKind::Top {
                        self.as_instance(&mut given);
                    }
                    // A declared type says more than an unresolved initialiser.
                    if given.what.as_deref().is_none_or(|what| what.starts_with('?')) || given.what.is_none()
                    {
                        given.what = declared.what.take();
                    }
                    given.inst = given.inst.or(declared.inst);
                    given.items = given.items.or(declared.items);
                    declared = given;
                    let literal =
                        matches!(frame.function.ops.get(op_of as usize), Some(Op::Dict(_) | Op::List(_)));
                    self.filled(frame, &mut declared, literal);
                } else if let Some(class) = declared.inst
                    && !rules::LISTS.constructor.iter().any(|name| self.class_member(class, name).is_some())
                    && frame.function.kind != FuncKind::ClassBody
                    && matches!(self.unit.language, Language::C | Language::Cpp | Language::Go)
                {
                    // `struct meter m;` is one, and holds nothing yet.
                    self.begin(&mut declared);
                }
                if let Some(value) = value {
                    frame.walks(*name, *value);
                }
                self.set(frame, *name, declared, true);
                Val::default()
            }
            Op::Assign { target, value, augment } => {
                let from = *value;
                let value = frame.val(from).clone();
                self.take_apart(frame, *target, from, place);
                if let Some(Op::Field(base, name)) = frame.function.ops.get(*target as usize)
                    && matches!(self.unit.strings.get(*name), "Stdout" | "Stderr")
                {
                    // Where what a program writes goes is filled by it.
                    let written = frame.val(*base).taints.clone();
                    self.taint_place(frame, from, &written);
                }
                if let Some(Op::Name(name)) = frame.function.ops.get(*target as usize) {
                    frame.walks(*name, from);
                }
                frame.stored = from;
                let mut value = value;
                if let Some(Op::Name(name)) = frame.function.ops.get(*target as usize)
                    && frame.deep_root(from) == Some(*name)
                    && let Some(old) = frame.vars.get(name).filter(|old| old.inst.is_some())
                    && (value.inst == old.inst || value.inst.is_none() && value.items.is_none())
                {
                    // `node = node->next` is every node of the list, the first one too.
                    value.join(old);
                }
                if matches!(frame.function.ops.get(*target as usize), Some(Op::Field(..))) {
                    self.keeps_file(frame, from, &mut value);
                    if !self.unit.made.is_empty() {
                        // `process.launchPath = undo(…)`
                        self.made_here(frame, from, &mut value);
                    }
                }
                self.without_itself(frame, *target, from, &mut value);
                let from = frame.root(from);
                self.assign(frame, (*target, from), value, *augment, place);
                frame.stored = OpId::MAX;
                Val::default()
            }
            Op::Return(value) => {
                if let Some(value) = value {
                    let op = *value;
                    let mut value = frame.val(op).clone();
                    self.keeps_file(frame, op, &mut value);
                    self.granted(frame, &value, place);
                    let root = frame.root(op);
                    for (name, param, added) in &frame.filled {
                        if root == Some(*name) {
                            value = value.with_taints(&mut |taints| taints.without(&[added]));
                            value.object = Object::Whole;
                            frame.summary.add_filler(*param);
                        }
                    }
                    self.with_captured(frame, &mut value);
                    let field = self.field_of_this(frame, op);
                    match (&frame.summary.field, field) {
                        (None, field) => frame.summary.field = Some(field),
                        (Some(known), field) if *known != field => frame.summary.field = Some(None),
                        _ => {}
                    }
                    frame.summary.gives.join(&value);
                }
                if let Some(branch) = frame.branches.last_mut() {
                    branch.left = true;
                }
                Val::default()
            }
            Op::Give(value) => {
                let mut value = frame.val(*value).clone();
                self.with_captured(frame, &mut value);
                frame.summary.gives.join(&value);
                Val::default()
            }
            Op::Leave(thrown) => {
                if let Some(thrown) = thrown {
                    let thrown = frame.val(*thrown).clone();
                    frame.throw(thrown);
                }
                if let Some(branch) = frame.branches.last_mut() {
                    branch.left = true;
                }
                Val::default()
            }
            Op::Caught { types, since } => self.caught(frame, types, *since, place),
            Op::Branch(condition) => {
                let gate = condition.and_then(|condition| frame.val(condition).gate.clone());
                if let Some(gate) = &gate {
                    frame.gates.push((frame.branches.len() + 1, gate.clone()));
                }
                frame.branches.push(Branch { gate, ..Branch::default() });
                Val::default()
            }
            Op::Else => {
                frame.alternative();
                Val::default()
            }
            Op::End => {
                frame.end_branch();
                Val::default()
            }
            Op::Swallow => {
                self.swallowed(place);
                Val::default()
            }
        }
    }

    /// `q.items = append(q.items, x)`: of what a field comes to hold, what it held before is nothing new, and may be
    /// that of another object of the class.
    fn without_itself(&self, frame: &Frame<'w>, target: OpId, from: OpId, value: &mut Val) {
        let Some(Op::Field(base, field)) = frame.function.ops.get(target as usize) else { return };
        let Some(root) = frame.root(*base).filter(|_| !value.taints.is_empty()) else { return };
        let of_base = frame.val(*base);
        if of_base.inst.is_none() {
            return;
        }
        let itself = |op: OpId| match frame.function.ops.get(op as usize) {
            Some(Op::Field(base, name)) => name == field && frame.root(*base) == Some(root),
            _ => false,
        };
        let parts: Vec<OpId> = match frame.function.ops.get(from as usize) {
            Some(Op::Call { callee, args, .. }) => {
                let of = match frame.function.ops.get(*callee as usize) {
                    Some(Op::Field(base, _)) => Some(*base),
                    _ => None,
                };
                of.into_iter().chain(args.iter().map(|arg| arg.value)).collect()
            }
            Some(Op::Concat(parts) | Op::Any(parts) | Op::List(parts)) => parts.to_vec(),
            _ => return,
        };
        if !parts.iter().any(|part| itself(*part)) {
            return;
        }
        let mut others = Taints::default();
        parts.iter().filter(|part| !itself(**part)).for_each(|part| others.add(&frame.val(*part).taints));
        value.taints = value.taints.among(&others);
    }

    /// In Java a field may bear the name of a method, and is meant where nothing is called.
    fn as_field(&self, frame: &Frame<'w>, at: OpId, name: Sym, value: &mut Val) {
        /// Most operations between a name and its call: those of the arguments.
        const MOST: usize = 64;
        let Some(func) = value.func.filter(|_| self.unit.language == Language::Java) else { return };
        let unit = self.world.units.get(func.unit as usize);
        let Some((unit, method)) = unit.and_then(|unit| Some((unit, unit.funcs.get(func.func as usize)?)))
        else {
            return;
        };
        let text = self.unit.strings.get(name);
        if unit.strings.get(method.name) != text {
            return;
        }
        let body =
            method.class.and_then(|class| unit.funcs.get(unit.classes.get(class as usize)?.body as usize));
        let field =
            body.into_iter().flat_map(|body| body.ops.iter().map(move |op| (body, op))).any(|(body, op)| {
                match op {
                    Op::Declare { name, value, .. } if unit.strings.get(*name) == text => {
                        value.is_none_or(|value| !matches!(body.ops.get(value as usize), Some(Op::Func(_))))
                    }
                    _ => false,
                }
            });
        let called = |op: &Op| matches!(op, Op::Call { callee, .. } if *callee == at);
        if field && !frame.function.ops.iter().skip(at as usize).take(MOST).any(called) {
            value.func = None;
            value.items = None;
        }
    }

    /// Notes that a fact was read, and the measure of what was seen.
    pub(super) fn uses(&mut self, fact: Fact, seen: usize) {
        self.saw(fact, short(seen));
    }

    /// Notes that a fact was read in a way that no measure tells.
    pub(super) fn depends(&mut self, fact: Fact) {
        self.saw(fact, VARIED);
    }

    fn saw(&mut self, fact: Fact, seen: u32) {
        let known = self.used.entry(fact).or_insert(seen);
        if *known != seen {
            *known = VARIED;
        }
    }

    /// A number as a text, written once where it is small.
    fn number_text(&mut self, number: i64) -> Arc<str> {
        const SMALL: usize = 256;
        let Some(at) = usize::try_from(number).ok().filter(|at| *at < SMALL) else {
            return number.to_string().into();
        };
        while self.numbers.len() <= at {
            self.numbers.push(self.numbers.len().to_string().into());
        }
        self.numbers.get(at).cloned().unwrap_or_default()
    }

    /// `Worker{queue: queue}`
    fn lend_members(&mut self, frame: &mut Frame<'w>, class: ClassRef, parts: &[OpId]) {
        let dicts = parts.iter().filter_map(|part| match frame.function.ops.get(*part as usize) {
            Some(Op::Dict(pairs)) => Some(pairs),
            _ => None,
        });
        for (key, value) in dicts.flat_map(|pairs| pairs.iter().copied()).collect::<Vec<_>>() {
            if let Some(field) = frame.val(key).whole_text().map(Arc::<str>::from) {
                self.lend_to(frame, class, &field, value);
            }
        }
    }

    /// An instance of a class of the tree is made of fields by name.
    fn filled(&mut self, frame: &mut Frame<'w>, value: &mut Val, literal: bool) {
        if value.object == Object::Whole || value.object == Object::This {
            // What it holds is known since it was made.
            return;
        }
        let Some(items) = value.items.clone() else { return };
        let plain = matches!(self.unit.language, Language::C | Language::Cpp | Language::Go);
        if let (None, Some(class)) = (value.inst, value.item("[]").and_then(|element| element.inst)) {
            // A list of them: each row is one.
            for (_, row) in items.iter().take(64).filter(|(_, row)| row.inst.is_none()) {
                let mut row = Val { inst: Some(class), items: row.items.clone(), ..Val::default() };
                self.filled(frame, &mut row, false);
            }
            return;
        }
        let Some(class) = value.inst else { return };
        let positional = items.iter().any(|(name, _)| !is_name(name));
        // In TypeScript whatever has its members is one of an interface.
        let shaped = self.unit.language == Language::TypeScript && value.what.is_none();
        if (literal || shaped) && !positional && self.is_told(class) {
            // One that is written down field by field.
            for (name, item) in items.iter().take(64) {
                self.keep_known(frame, class, name, item);
            }
            let out = self.left_out(class);
            if !out.is_empty() {
                value.taints = value.anywhere();
                let written = items.iter().filter(|(name, _)| !out.contains(&&**name));
                written.for_each(|(_, item)| value.taints.add(&item.taints));
            }
            if items.len() <= 64 {
                value.object = Object::Whole;
            }
            return;
        }
        let mut fields: Vec<Arc<str>> = Vec::new();
        for (at, (name, item)) in items.iter().enumerate().take(64) {
            if !plain || !name.starts_with(|c: char| c.is_ascii_digit()) {
                self.keep(frame, class, name, item);
                continue;
            }
            // In the order of the struct's fields; a table is a list of such lists.
            if fields.is_empty() {
                fields = self.fields_of(class);
            }
            match item.items.as_ref().filter(|_| item.inst.is_none() && item.func.is_none()) {
                Some(row) => {
                    for (at, (name, item)) in row.iter().enumerate().take(64) {
                        let positional = name.starts_with(|c: char| c.is_ascii_digit());
                        let field = if positional { fields.get(at) } else { Some(name) };
                        if let Some(field) = field.cloned() {
                            self.keep(frame, class, &field, item);
                        }
                    }
                }
                None => {
                    if let Some(field) = fields.get(at).cloned() {
                        self.keep(frame, class, &field, item);
                    }
                }
            }
        }
    }

    /// The fields of a class of the tree, in the order in which it declares them.
    fn fields_of(&self, class: ClassRef) -> Vec<Arc<str>> {
        let Some(unit) = self.world.units.get(class.unit as usize) else { return Vec::new() };
        let body =
            unit.classes.get(class.class as usize).and_then(|class| unit.funcs.get(class.body as usize));
        let declared = body.into_iter().flat_map(|body| body.ops.iter()).filter_map(|op| match op {
            Op::Declare { name, value: None, .. } => Some(Arc::from(unit.strings.get(*name))),
            _ => None,
        });
        declared.take(64).collect()
    }

    pub(super) fn origin(
        &self,
        category: &str,
        api: &str,
        place: Place,
        confidence: Confidence,
    ) -> Arc<Origin> {
        Arc::new(Origin {
            unit: self.number,
            line: place.line,
            column: place.column,
            category: category.into(),
            api: api.into(),
            confidence,
        })
    }

    /// A function that decides about access says yes behind a gate.
    fn granted(&mut self, frame: &mut Frame<'w>, value: &Val, place: Place) {
        let word = |gate: &Arc<Origin>| &*gate.category == WORD;
        let direct = value.gate.clone().filter(word);
        let named = value.what.as_deref().map_or("", |what| what.rsplit(['.', ':']).next().unwrap_or(what));
        let said = matches!(value.whole_text(), Some("true" | "True" | "1" | "YES" | "$true" | "Ok"))
            || matches!(named, "PAM_SUCCESS" | "AUTH_OK" | "AUTH_SUCCESS" | "GRANTED" | "ALLOW" | "ALLOWED");
        let Some(gate) = direct.or_else(|| frame.gates.last().map(|(_, gate)| gate.clone()).filter(|_| said))
        else {
            return;
        };
        if self.decides(frame) && matches!(&*gate.category, "trap.host-gate" | "trap.backdoor" | WORD) {
            self.opened(gate, "return true", place);
        }
    }

    /// Whether the name of the function being evaluated says that it decides about access.
    fn decides(&self, frame: &Frame<'w>) -> bool {
        let name = self.unit.strings.get(frame.function.name).to_ascii_lowercase();
        rules::LISTS.access.iter().any(|word| name.contains(&**word))
    }

    /// Something is granted behind a test for one word or one address.
    pub(super) fn grants(&mut self, frame: &Frame<'w>, name: &str, place: Place) {
        let Some((_, gate)) = frame.gates.last() else { return };
        if matches!(&*gate.category, "trap.backdoor" | WORD) && rules::LISTS.granted.contains(name) {
            self.opened(gate.clone(), name, place);
        }
    }

    fn opened(&mut self, gate: Arc<Origin>, api: &str, place: Place) {
        let gate = Arc::new(Origin { category: "trap.backdoor".into(), ..Origin::clone(&gate) });
        self.observed.gated.push(Gated {
            place: (place.line, place.column, place.end_line),
            category: "trap.backdoor".into(),
            api: api.into(),
            gate,
        });
    }

    /// What a value is called where it stands; empty where it has no name. What a request brings is a token,
    /// whatever its field is called.
    pub(super) fn shown(&self, frame: &Frame<'w>, op: OpId) -> &'w str {
        let of_request = |op: OpId| {
            let name = frame.called(op).map_or("", |name| self.unit.strings.get(name));
            rules::LISTS.request_part.contains(name)
        };
        match frame.function.ops.get(op as usize) {
            Some(Op::Index(base, _)) if of_request(*base) => return TOKEN,
            Some(Op::Index(_, key)) => {
                if let Some(Op::Str(key)) = frame.function.ops.get(*key as usize) {
                    return self.unit.strings.get(*key);
                }
            }
            Some(Op::Call { callee, args, .. }) if args.len() == 1 => {
                if let Some(Op::Field(base, method)) = frame.function.ops.get(*callee as usize)
                    && of_request(*base)
                    && (rules::LISTS.taking.contains(self.unit.strings.get(*method))
                        || rules::LISTS.request_part.contains(self.unit.strings.get(*method)))
                {
                    return TOKEN;
                }
            }
            _ => {}
        }
        frame.called(op).map_or("", |name| self.unit.strings.get(name))
    }

    /// A test of a secret, a digest or an address against one that is written in the program: what it opens
    /// is told only where it opens something.
    pub(super) fn word_test(&self, parts: &[&Val], called: &[&str], place: Place) -> Option<Arc<Origin>> {
        let is_given = |(part, name): (&&Val, &&str)| {
            // What a call is to fill begins as nothing.
            let nothing = ["", "0", "NULL", "nullptr", "null", "nil", "None"];
            let nothing = part.whole_text().is_some_and(|text| nothing.contains(&text));
            *name == TOKEN || nothing || !part.fixed && part.whole_text().is_none()
        };
        let given = parts.iter().zip(called).position(is_given)?;
        let name = called.get(given)?.to_ascii_lowercase();
        let others = parts.iter().enumerate().filter(|(at, _)| *at != given).map(|(_, part)| part);
        let fixed = others.into_iter().find(|part| part.fixed || part.whole_text().is_some())?;
        let secret = rules::LISTS.secret_name.iter().any(|word| name.contains(&**word));
        let told = match (fixed.whole_text(), &fixed.items) {
            (Some(text), _) => {
                let digest = matches!(text.len(), 32 | 40 | 64 | 96 | 128)
                    && text.bytes().all(|b| b.is_ascii_hexdigit());
                digest && !rules::LISTS.common_digest.contains(text)
                    || is_address(text)
                    || secret && rules::is_chosen_word(text)
            }
            // A code of numbers.
            (None, Some(items)) => {
                secret
                    && (4..=64).contains(&items.len())
                    && items
                        .iter()
                        .all(|(_, item)| item.whole_text().is_some_and(|text| text.parse::<u8>().is_ok()))
            }
            _ => false,
        };
        told.then(|| self.origin(WORD, "one word or address", place, Confidence::Medium))
    }

    /// Whether two values are a variable, or chance, and a number that is no flag.
    fn counts(&self, frame: &Frame<'w>, parts: &[OpId]) -> Option<&'static str> {
        let [left, right] = parts else { return None };
        let number = |op: &OpId| matches!(frame.function.ops.get(*op as usize), Some(Op::Int(number)) if *number >= 10);
        let other = match (number(left), number(right)) {
            (true, false) => right,
            (false, true) => left,
            _ => return None,
        };
        let what = frame.val(*other).what.as_deref().unwrap_or("");
        if rules::LISTS.chance.iter().any(|end| what.ends_with(&**end)) {
            return Some("chance");
        }
        let last = what.trim_end_matches("()").rsplit('.').next().unwrap_or("");
        let counted = matches!(frame.function.ops.get(*other as usize), Some(Op::Name(_) | Op::Field(..)))
            || rules::LISTS.counter.contains(last);
        counted.then_some("a number")
    }

    /// Whether a value is the word for none.
    fn is_nothing(&self, frame: &Frame<'w>, op: OpId) -> bool {
        match frame.function.ops.get(op as usize) {
            Some(Op::Name(name) | Op::Literal(name) | Op::Str(name)) => {
                matches!(
                    self.unit.strings.get(*name),
                    "nil" | "null" | "None" | "NULL" | "nullptr" | "undefined"
                )
            }
            _ => false,
        }
    }

    /// Adds the taint of somebody's data where the name says it is that, and nothing is known against it.
    pub(super) fn personal_data(&mut self, value: &mut Val, name: Sym, place: Place) {
        if !self.world.flows {
            return;
        }
        let unit = self.unit;
        let category = *self.personal.entry(name).or_insert_with(|| rules::personal(unit.strings.get(name)));
        let Some(category) = category else { return };
        // A constant is nobody's, a function is no data.
        // A field that begins as an empty text, or as nothing, is filled later.
        let nothing = ["", "null", "nil", "None", "undefined"];
        let constant = value.text.as_ref().is_some_and(|text| !nothing.contains(&&*text.text));
        if constant || value.fixed || value.func.is_some() || value.class.is_some() {
            return;
        }
        // In Python an object in a class may stand for a column: `email = EmailField()`.
        let columns = self.unit.language == Language::Python;
        if !columns && value.inst.is_some_and(|class| !self.is_text_like(class)) {
            // What an object holds, its fields say.
            return;
        }
        let origin = self.origin(category, unit.strings.get(name), place, Confidence::Low);
        value.taints.push(Taint { from: From::Source(origin), trail: None });
    }

    /// Whether an object of a class of the tree may stand for one text: one that wraps a single value, or one of
    /// which nothing is declared.
    fn is_text_like(&self, class: ClassRef) -> bool {
        let Some(unit) = self.world.units.get(class.unit as usize) else { return true };
        let Some(declared) = unit.classes.get(class.class as usize) else { return true };
        let of_it =
            |function: &&Func| function.class == Some(class.class) && function.kind == FuncKind::Named;
        let methods = unit.funcs.iter().filter(of_it).any(|function| {
            !rules::LISTS.constructor.iter().any(|name| **name == *unit.strings.get(function.name))
        });
        let body = unit.funcs.get(declared.body as usize);
        let fields = body.into_iter().flat_map(|body| body.ops.iter()).filter_map(|op| match op {
            Op::Declare { ty, value: None, .. } => Some(unit.strings.get(*ty)),
            _ => None,
        });
        let fields: Vec<&str> = fields.take(2).collect();
        match fields.as_slice() {
            [] => !methods,
            [only] => rules::LISTS.plain_type.contains(*only),
            _ => false,
        }
    }

    /// A test whether a value is one certain literal: of who asks, where the program runs, who uses it.
    pub(super) fn identity_test(&self, parts: &[&Val], place: Place) -> Option<Arc<Origin>> {
        let literal = parts.iter().find_map(|part| {
            part.whole_text().or_else(|| {
                part.items.iter().flat_map(|items| items.iter()).find_map(|(_, item)| item.whole_text())
            })
        })?;
        if parts.iter().any(|part| !part.fixed)
            && let Some(category) = rules::observer(literal)
        {
            return Some(self.origin(category, literal, place, Confidence::Medium));
        }
        for part in parts.iter().filter(|part| !part.fixed) {
            for taint in part.taints.iter() {
                let From::Source(origin) = &taint.from else { continue };
                let category = match &*origin.category {
                    // A single letter is a test of how a name is written, not of who it is.
                    "src.user" | "src.sysinfo" if literal.chars().nth(1).is_none() => continue,
                    "src.user" if !rules::LISTS.common_user.contains(literal) => "trap.host-gate",
                    "src.sysinfo"
                        if names_host(&origin.api) && !rules::LISTS.common_user.contains(literal) =>
                    {
                        "trap.host-gate"
                    }
                    "src.net" | "net" if is_word_of_power(literal) => "trap.backdoor",
                    _ => continue,
                };
                return Some(Arc::new(Origin { category: category.into(), ..Origin::clone(origin) }));
            }
        }
        None
    }

    /// Whether names differ only by case are the same name.
    pub(super) fn catalogue_ignores_case(&self) -> bool {
        matches!(self.unit.language, Language::Php | Language::PowerShell)
    }

    pub(super) fn active_gate(&self, frame: &Frame<'w>) -> Option<Arc<Origin>> {
        frame.gates.iter().rev().map(|(_, gate)| gate).find(|gate| &*gate.category != WORD).cloned()
    }
}

/// What the time and something that is not known make is how old that is: old things are removed everywhere.
pub fn aged(gate: Arc<Origin>, parts: &[&Val]) -> Arc<Origin> {
    let read = |what: &str| {
        ["mtime", "ctime", "stat", "modif", "last", "created", "born"].iter().any(|word| what.contains(word))
    };
    let other = |part: &&Val| {
        part.gate.is_none()
            && part.text.is_none()
            && (!part.fixed || part.what.as_deref().is_some_and(|what| read(&what.to_ascii_lowercase())))
    };
    if &*gate.category != "trap.time-bomb" || &*gate.api == AGE || !parts.iter().any(other) {
        return gate;
    }
    Arc::new(Origin { api: AGE.into(), ..Origin::clone(&gate) })
}

/// Most text a file puts together that is kept for others, in bytes.
const MAX_KEPT: usize = 1 << 20;

/// Drops the texts put together here that are too many to be kept; whether there were any.
fn forget<'v>(values: impl Iterator<Item = &'v mut Val>) -> bool {
    let mut bytes = 0;
    let mut forgot = false;
    for value in values {
        let built = value.text.as_ref().filter(|text| text.built);
        bytes += built.map_or(0, |text| text.text.len());
        if built.is_some() && bytes > MAX_KEPT {
            value.text = None;
            forgot = true;
        }
    }
    forgot
}

/// The steps a text counts for: one that was put together here takes memory of its own.
fn weight(text: &Text) -> u64 {
    let bytes = text.text.len() as u64;
    if text.built && bytes > 1024 { bytes / 16 } else { bytes / 256 }
}

/// Whether a text is the address of one machine that is not this one.
fn is_address(text: &str) -> bool {
    text.len() >= 7
        && text.parse::<std::net::IpAddr>().is_ok_and(|address| {
            !address.is_loopback() && !address.is_unspecified() && !address.is_multicast()
        })
        && text != "255.255.255.255"
}

fn names_host(api: &str) -> bool {
    let api = api.to_ascii_lowercase();
    rules::LISTS.host_name.iter().any(|name| api.contains(&**name))
}

/// Whether a text looks chosen so that nobody sends it by chance: letters and digits mixed, no address.
fn is_word_of_power(text: &str) -> bool {
    let common = [
        "utf", "sha", "md5", "iso-", "base64", "http", "gzip", "h2", "hs", "rs", "es", "x86", "aes",
        "ed25519",
    ];
    let lower = text.to_ascii_lowercase();
    if common.iter().any(|start| lower.starts_with(start)) {
        return false;
    }
    let letters = text.bytes().filter(u8::is_ascii_alphabetic).count();
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let plain = text
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'!' | b'#' | b'@' | b'$'));
    let odd = usize::from(text.contains(['-', '_', '!', '#', '@', '$']));
    plain && text.len() >= 6 && text.len() <= 80 && letters >= 2 && digits >= 1 && digits + odd >= 2
}

/// Whether a path says what a value is, and is short enough to be extended: a chain of thousands of calls
/// would cost the square of its length.
fn extends(path: &str) -> bool {
    !path.starts_with('?') && path.len() < 400
}

/// Whether a value is a number that may stand for a character.
fn is_code(item: &Val) -> bool {
    item.whole_text().is_some_and(|text| text.parse::<u32>().is_ok_and(|code| (9..0x11_0000).contains(&code)))
}

fn is_flag(path: &str) -> bool {
    path.len() < 400
        && path.bytes().all(|byte| {
            byte.is_ascii_uppercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'|' | b'.')
        })
}

/// A value as another function or file sees it: parameters of the function that stored it mean nothing there.
pub fn own(value: &Val) -> Val {
    let whole = value;
    let mut sources = |taints: &Taints| own_taints(taints);
    let mut value = Val { wraps: None, ..value.with_taints(&mut sources) };
    if value.object == Object::This || value.object == Object::Whole && is_given(whole, 3) {
        // What is in it, callers know.
        value.object = Object::Any;
    }
    value
}

/// Whether a value, or what it holds, is data of a parameter.
pub fn is_given(value: &Val, depth: usize) -> bool {
    value.taints.iter().any(|taint| matches!(taint.from, From::Param(..)))
        || depth > 0
            && value
                .items
                .iter()
                .flat_map(|items| items.iter().take(64))
                .any(|(_, item)| is_given(item, depth - 1))
}

/// [`own`] of data alone.
pub fn own_taints(taints: &Taints) -> Taints {
    if taints.iter().all(|taint| matches!(taint.from, From::Source(_))) {
        return taints.clone();
    }
    taints.rewritten(|taint, out| {
        if matches!(taint.from, From::Source(_)) {
            out.push(taint.clone());
        }
    })
}
