//! One unit, evaluated: every operation of every function once, in order, over what is known of the tree.

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::collections::HashSet;
use std::sync::Arc;

use super::catalogue::Catalogue;
use super::catalogue::Match;
use super::catalogue::Role;
use super::constants;
use super::flow::Found;
use super::flow::Outcome;
use super::flow::ParamSink;
use super::flow::Summary;
use super::flow::World;
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
use super::resolve::import_path;
use super::value::ClassRef;
use super::value::From;
use super::value::FuncRef;
use super::value::MAX_ITEMS;
use super::value::Origin;
use super::value::Taint;
use super::value::Taints;
use super::value::Val;
use crate::model::scan::Confidence;

/// What a unit was seen to do.
#[derive(Clone, Debug, Default)]
pub struct Observed {
    /// Catalogued APIs used.
    pub hits: Vec<Hit>,
    /// Ways from a source to a sink that end or meet here.
    pub found: Vec<Found>,
    /// Texts given to network calls as whom to talk to.
    pub endpoints: Vec<EndpointUse>,
    /// Effects behind a gate.
    pub gated: Vec<Gated>,
}

/// A catalogued API used.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hit {
    /// Where: line, column, last line.
    pub place: (u32, u32, u32),
    /// Category id.
    pub category: Box<str>,
    /// Resolved path.
    pub api: Box<str>,
    /// How sure.
    pub confidence: Confidence,
    /// Whether handlers around it swallow its errors.
    pub constant: bool,
}

/// A text given to a network call.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EndpointUse {
    /// Where: line, column, last line.
    pub place: (u32, u32, u32),
    /// The text; `{}` for unknown parts; `None` where nothing is known.
    pub text: Option<Box<str>>,
    /// Whether it was put together or decoded.
    pub built: bool,
    /// The call's category.
    pub category: Box<str>,
    /// The call.
    pub api: Box<str>,
}

/// An effect behind a gate.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Gated {
    /// Where the effect is.
    pub place: (u32, u32, u32),
    /// The effect.
    pub category: Box<str>,
    /// The effect's API.
    pub api: Box<str>,
    /// What the gate tests.
    pub gate: Arc<Origin>,
}

/// The evaluation of one unit.
pub struct Evaluation<'w> {
    pub(super) world: &'w World<'w>,
    pub(super) unit: &'w Unit,
    pub(super) number: u32,
    catalogue: &'w Catalogue,
    pub(super) summaries: Vec<Arc<Summary>>,
    /// Per function, everything its variables ever held.
    ever: Vec<HashMap<Sym, Val>>,
    fields: HashMap<(ClassRef, Arc<str>), Val>,
    pub(super) inflow: Vec<(FuncRef, u16, Val)>,
    pub(super) observed: Observed,
    imports: HashMap<Sym, Arc<str>>,
    wildcards: Vec<String>,
    imported: HashSet<String>,
    functions: HashMap<(FuncId, Sym), FuncId>,
    classes: HashMap<Sym, ClassId>,
    matched: HashMap<Arc<str>, Arc<Vec<Match>>>,
    targets: HashMap<Arc<str>, Option<Target>>,
    /// Sinks of parameters of enclosing functions, met in closures.
    pub(super) outer: BTreeMap<FuncId, Vec<ParamSink>>,
    implicit_this: bool,
    index_is_member: bool,
}

/// The state of evaluating one function.
pub struct Frame<'w> {
    pub(super) id: FuncId,
    pub(super) function: &'w Func,
    pub(super) vals: Vec<Val>,
    vars: HashMap<Sym, Val>,
    parts: HashMap<(Sym, Sym), Val>,
    branches: Vec<Branch>,
    gates: Vec<(usize, Arc<Origin>)>,
    pub(super) summary: Summary,
    reads: BTreeMap<OpId, Arc<Vec<Match>>>,
}

#[derive(Default)]
struct Branch {
    before: HashMap<Sym, Option<Val>>,
    merged: HashMap<Sym, Val>,
    gate: Option<Arc<Origin>>,
    otherwise: bool,
    left: bool,
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
            ever: vec![HashMap::new(); unit.funcs.len()],
            fields: HashMap::new(),
            inflow: Vec::new(),
            observed: Observed::default(),
            imports: HashMap::new(),
            wildcards: Vec::new(),
            imported: HashSet::new(),
            functions: HashMap::new(),
            classes: HashMap::new(),
            matched: HashMap::new(),
            targets: HashMap::new(),
            outer: BTreeMap::new(),
            implicit_this: spec.is_some_and(|spec| spec.implicit_this),
            index_is_member: matches!(
                unit.language,
                Language::JavaScript | Language::TypeScript | Language::Tsx | Language::Php
            ),
        };
        evaluation.bind_imports();
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
        for id in 0..self.unit.funcs.len() as FuncId {
            self.function(id);
        }
        for (id, sinks) in std::mem::take(&mut self.outer) {
            if let Some(summary) = self.summaries.get_mut(id as usize) {
                let summary = Arc::make_mut(summary);
                sinks.into_iter().for_each(|sink| summary.add_sink(sink));
            }
        }
        let top = self.ever.first().cloned().unwrap_or_default();
        let module =
            top.into_iter().map(|(name, value)| (Box::from(self.unit.strings.get(name)), value)).collect();
        let mut fields: Vec<_> = self.fields.into_iter().collect();
        fields.sort_by(|a, b| a.0.cmp(&b.0));
        Outcome { summaries: self.summaries, module, fields, inflow: self.inflow, observed: self.observed }
    }

    fn bind_imports(&mut self) {
        let module = self.world.index.names.get(self.number as usize).map_or("", |name| name);
        for import in &self.unit.imports {
            let path = import_path(self.unit, module, self.unit.strings.get(import.path));
            for (at, _) in path.match_indices(['.', '/']).chain([(path.len(), "")]) {
                self.imported.insert(path.get(..at).unwrap_or("").to_owned());
            }
            if let Some(last) = path.rsplit(['.', '/']).next() {
                self.imported.insert(last.to_owned());
            }
            if import.wildcard {
                self.wildcards.push(path);
            } else if import.local != 0 {
                self.imports.insert(import.local, path.into());
            }
        }
    }

    fn function(&mut self, id: FuncId) {
        let unit = self.unit;
        let Some(function) = unit.funcs.get(id as usize) else { return };
        let mut frame = Frame {
            id,
            function,
            vals: Vec::with_capacity(function.ops.len()),
            vars: HashMap::new(),
            parts: HashMap::new(),
            branches: Vec::new(),
            gates: Vec::new(),
            summary: Summary::default(),
            reads: BTreeMap::new(),
        };
        self.bind_params(&mut frame);
        for (at, op) in function.ops.iter().enumerate() {
            let place = function.places.get(at).copied().unwrap_or_default();
            let value = self.operation(&mut frame, at as OpId, op, place);
            frame.vals.push(value);
        }
        for (op, matches) in std::mem::take(&mut frame.reads) {
            let place = function.places.get(op as usize).copied().unwrap_or_default();
            let api = frame.vals.get(op as usize).and_then(|value| value.what.clone());
            for found in matches.iter() {
                if !found.entry.when.is_empty() || matches!(found.entry.api.role, Role::Gate) {
                    continue;
                }
                self.record(&mut frame, found, api.as_deref().unwrap_or(""), place, found.confidence, false);
            }
        }
        if function.kind == FuncKind::ClassBody
            && let Some(class) = function.class
        {
            let class = ClassRef { unit: self.number, class };
            let held: Vec<(Sym, Val)> = self
                .ever
                .get(id as usize)
                .map(|ever| ever.iter().map(|(n, v)| (*n, v.clone())).collect())
                .unwrap_or_default();
            for (name, value) in held {
                self.store_field(class, self.unit.strings.get(name), &value);
            }
        }
        if let Some(slot) = self.summaries.get_mut(id as usize) {
            *slot = Arc::new(frame.summary);
        }
    }

    fn bind_params(&mut self, frame: &mut Frame<'w>) {
        let me = FuncRef { unit: self.number, func: frame.id };
        let inflow = self.world.inflow.get(&me);
        for (index, param) in frame.function.params.iter().enumerate() {
            if param.name == 0 {
                continue;
            }
            let index = index as u16;
            let mut value = if param.ty != 0 { self.of_type(param.ty) } else { Val::default() };
            if param.receiver {
                value.inst = self.enclosing_class(frame.id);
            } else {
                value.taints = Taints::one(From::Param(frame.id, index));
            }
            if let Some(passed) = inflow.and_then(|inflow| inflow.get(&index)) {
                value.join(passed);
            }
            self.remember(frame.id, param.name, &value);
            frame.vars.insert(param.name, value);
        }
    }

    fn enclosing_class(&self, mut id: FuncId) -> Option<ClassRef> {
        for _ in 0..64 {
            let function = self.unit.funcs.get(id as usize)?;
            if let Some(class) = function.class {
                return Some(ClassRef { unit: self.number, class });
            }
            id = function.parent?;
        }
        None
    }

    fn operation(&mut self, frame: &mut Frame<'w>, at: OpId, op: &Op, place: Place) -> Val {
        match op {
            Op::Name(name) => {
                let (value, global) = self.name(frame, *name);
                if global { self.read(frame, at, value, place) } else { value }
            }
            Op::Str(text) => Val::literal(self.unit.strings.get(*text)),
            Op::Int(number) => Val::literal(&number.to_string()),
            Op::Literal(text) => {
                let text = self.unit.strings.get(*text);
                if text.is_empty() { Val { fixed: true, ..Val::default() } } else { Val::literal(text) }
            }
            Op::Field(base, name) => self.field(frame, at, *base, *name, place),
            Op::Index(base, index) => self.index(frame, at, *base, *index, place),
            Op::Element(base) => {
                let base = frame.val(*base);
                let mut value = Val { taints: base.taints.clone(), fixed: base.fixed, ..Val::default() };
                if let Some(items) = &base.items {
                    items.iter().take(64).for_each(|(_, item)| value.join(item));
                    value.taints.add(&base.taints);
                }
                if value.what.is_none()
                    && let Some(what) = &base.what
                    && extends(what)
                {
                    value.what = Some(format!("{what}[]").into());
                }
                value
            }
            Op::Call { callee, args, new } => self.call(frame, at, *callee, args, *new, place),
            Op::Concat(parts) => {
                let parts: Vec<Val> = parts.iter().map(|part| frame.val(*part).clone()).collect();
                let mut value = constants::concat(parts.iter()).unwrap_or_default();
                parts.iter().for_each(|part| value.taints.add(&part.taints));
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
                for part in parts.iter() {
                    let part = frame.val(*part);
                    if fixed && value.gate.is_none() {
                        value.gate = part.gate.clone();
                    }
                }
                value
            }
            Op::List(parts) => {
                let mut value = Val { fixed: true, ..Val::default() };
                let mut items = Vec::new();
                for (position, part) in parts.iter().enumerate() {
                    let part = frame.val(*part);
                    value.taints.add(&part.taints);
                    value.fixed &= part.fixed;
                    if position < MAX_ITEMS {
                        items.push((position.to_string().into(), part.clone()));
                    }
                }
                value.items = Some(Arc::new(items));
                value
            }
            Op::Dict(pairs) => {
                let mut value = Val { fixed: true, ..Val::default() };
                let mut items: Vec<(Arc<str>, Val)> = Vec::new();
                for (key, part) in pairs.iter() {
                    let (key, part) = (frame.val(*key), frame.val(*part));
                    value.taints.add(&part.taints);
                    value.taints.add(&key.taints);
                    value.fixed &= part.fixed;
                    if let (Some(key), true) = (key.whole_text(), items.len() < MAX_ITEMS) {
                        items.push((key.into(), part.clone()));
                    } else if let Some(spread) = &part.items {
                        items.extend(spread.iter().take(MAX_ITEMS - items.len().min(MAX_ITEMS)).cloned());
                    }
                }
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
                value
            }
            Op::Func(id) => Val { func: Some(FuncRef { unit: self.number, func: *id }), ..Val::default() },
            Op::Class(id) => {
                Val { class: Some(ClassRef { unit: self.number, class: *id }), ..Val::default() }
            }
            Op::OfType(ty) => self.of_type(*ty),
            Op::Declare { name, ty, value } => {
                let mut declared = if *ty != 0 { self.of_type(*ty) } else { Val::default() };
                if let Some(value) = value {
                    let mut given = frame.val(*value).clone();
                    // A declared type says more than an unresolved initialiser.
                    if given.what.as_deref().is_none_or(|what| what.starts_with('?')) || given.what.is_none()
                    {
                        given.what = declared.what.take();
                    }
                    given.inst = given.inst.or(declared.inst);
                    declared = given;
                }
                self.set(frame, *name, declared, true);
                Val::default()
            }
            Op::Assign { target, value, augment } => {
                let from = *value;
                let value = frame.val(from).clone();
                self.take_apart(frame, *target, from, place);
                self.assign(frame, *target, value, *augment, place);
                Val::default()
            }
            Op::Return(value) => {
                if let Some(value) = value {
                    let value = frame.val(*value).clone();
                    frame.summary.gives.join(&value);
                }
                if let Some(branch) = frame.branches.last_mut() {
                    branch.left = true;
                }
                Val::default()
            }
            Op::Leave => {
                if let Some(branch) = frame.branches.last_mut() {
                    branch.left = true;
                }
                Val::default()
            }
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

    /// The value of a name, and whether it is global (nothing in the file binds it).
    pub(super) fn name(&mut self, frame: &mut Frame<'w>, name: Sym) -> (Val, bool) {
        if let Some(value) = frame.vars.get(&name) {
            return (value.clone(), false);
        }
        let text = self.unit.strings.get(name);
        if matches!(text, "this" | "self" | "$this" | "@self")
            && let Some(class) = self.enclosing_class(frame.id)
        {
            return (Val { inst: Some(class), ..Val::default() }, false);
        }
        let mut scope = Some(frame.id);
        for _ in 0..64 {
            let Some(id) = scope else { break };
            let Some(function) = self.unit.funcs.get(id as usize) else { break };
            let visible = id == frame.id || function.kind != FuncKind::ClassBody || self.implicit_this;
            if visible {
                if id != frame.id
                    && let Some(value) = self.ever.get(id as usize).and_then(|ever| ever.get(&name))
                {
                    return (value.clone(), false);
                }
                if let Some(func) = self.functions.get(&(id, name)) {
                    return (
                        Val { func: Some(FuncRef { unit: self.number, func: *func }), ..Val::default() },
                        false,
                    );
                }
            }
            if self.implicit_this
                && let Some(class) = function.class
            {
                let class = ClassRef { unit: self.number, class };
                if let Some(value) = self.class_member(class, text, 0) {
                    return (value, false);
                }
            }
            scope = function.parent;
        }
        if let Some(class) = self.classes.get(&name) {
            return (
                Val { class: Some(ClassRef { unit: self.number, class: *class }), ..Val::default() },
                false,
            );
        }
        if let Some(path) = self.imports.get(&name).cloned() {
            return (self.imported_value(&path), true);
        }
        if let Some(value) = self.world.modules.get(self.number as usize).and_then(|module| module.get(text))
        {
            return (value.clone(), false);
        }
        for wildcard in self.wildcards.clone() {
            let path = format!("{wildcard}.{text}");
            if self.catalogue.knows(&path) {
                return (Val::path(&path), true);
            }
            if let Some(value) = self.target_value(&path.into()) {
                return (value, true);
            }
        }
        if self.catalogue.knows(text) {
            return (Val::path(text), true);
        }
        // A name of another file of the same language: functions of C, functions and types of one package.
        let package = self.world.index.names.get(self.number as usize).map_or("", |name| name.as_str());
        let shared =
            matches!(self.unit.language, Language::Go | Language::Java | Language::Kotlin | Language::CSharp);
        let path: Arc<str> =
            if shared && !package.is_empty() { format!("{package}.{text}").into() } else { text.into() };
        if let Some(value) = self.target_value(&path) {
            return (value, true);
        }
        // A constant of Ruby is visible in every file.
        let constant =
            self.unit.language == Language::Ruby && text.starts_with(|c: char| c.is_ascii_uppercase());
        if (shared || constant)
            && let Some(class) = self.world.index.class(self.unit.language, text)
        {
            return (Val { class: Some(class), ..Val::default() }, false);
        }
        (Val::path(text), true)
    }

    /// What an imported path is: something of the tree, or a path outside it.
    pub(super) fn imported_value(&mut self, path: &Arc<str>) -> Val {
        if self.catalogue.knows(path) {
            return Val { what: Some(path.clone()), ..Val::default() };
        }
        let mut value = self.target_value(path).unwrap_or_default();
        if value.what.is_none() && value.func.is_none() && value.class.is_none() && value.inst.is_none() {
            value.what = Some(path.clone());
        }
        value
    }

    /// What a path means in the tree.
    fn target_value(&mut self, path: &Arc<str>) -> Option<Val> {
        let target = match self.targets.get(path) {
            Some(target) => target.clone(),
            None => {
                let target = self.world.index.resolve(self.unit.language, path);
                self.targets.insert(path.clone(), target.clone());
                target
            }
        }?;
        match target {
            Target::Func(func) => Some(Val { func: Some(func), ..Val::default() }),
            Target::Class(class) => Some(Val { class: Some(class), ..Val::default() }),
            Target::Var(unit, _) if unit == self.number => None,
            Target::Var(unit, name) => self.world.modules.get(unit as usize)?.get(&name).cloned(),
        }
    }

    /// A value of a declared type.
    pub(super) fn of_type(&mut self, ty: Sym) -> Val {
        const PLAIN: [&str; 40] = [
            "int",
            "char",
            "void",
            "bool",
            "float",
            "double",
            "long",
            "short",
            "byte",
            "auto",
            "var",
            "let",
            "val",
            "string",
            "String",
            "str",
            "bytes",
            "object",
            "Object",
            "any",
            "Any",
            "number",
            "boolean",
            "size_t",
            "ssize_t",
            "dict",
            "list",
            "unknown",
            "i32",
            "u32",
            "i64",
            "u64",
            "u8",
            "usize",
            "Vec",
            "error",
            "interface",
            "Self",
            "dynamic",
            "uint8_t",
        ];
        let text = self.unit.strings.get(ty).to_owned();
        if PLAIN.contains(&text.as_str()) {
            return Val::default();
        }
        let text = text.replace("::", ".").replace('\\', ".");
        let (first, rest) = text.split_once('.').map_or((text.as_str(), ""), |(first, rest)| (first, rest));
        let first_sym = self.unit.strings.find(first);
        if rest.is_empty()
            && let Some(class) = first_sym.and_then(|first| self.classes.get(&first))
        {
            return Val { inst: Some(ClassRef { unit: self.number, class: *class }), ..Val::default() };
        }
        let path = match first_sym.and_then(|first| self.imports.get(&first)) {
            Some(import) if rest.is_empty() => import.to_string(),
            Some(import) => format!("{import}.{rest}"),
            None => {
                let found = self
                    .wildcards
                    .iter()
                    .map(|wildcard| format!("{wildcard}.{text}"))
                    .find(|path| self.catalogue.knows(path));
                found.unwrap_or_else(|| text.clone())
            }
        };
        if !self.catalogue.knows(&path)
            && let Some(class) = self.world.index.class(self.unit.language, &path)
        {
            return Val { inst: Some(class), ..Val::default() };
        }
        Val::path(&format!("{path}()"))
    }

    /// Whether something catalogued stands at or below a path.
    pub(super) fn knows(&self, path: &str) -> bool {
        self.catalogue.knows(path)
    }

    /// What the catalogue says about a path.
    pub(super) fn matches(&mut self, path: &Arc<str>) -> Arc<Vec<Match>> {
        if let Some(found) = self.matched.get(path) {
            return found.clone();
        }
        let imported = &self.imported;
        let found = Arc::new(self.catalogue.matches(path, &|module| imported.contains(module)));
        self.matched.insert(path.clone(), found.clone());
        found
    }

    /// A read of a path: whatever the catalogue says about it, pending until it is known not to be the
    /// beginning of a longer one.
    fn read(&mut self, frame: &mut Frame<'w>, at: OpId, mut value: Val, place: Place) -> Val {
        let Some(path) = value.what.clone() else { return value };
        let matches = self.matches(&path);
        for found in matches.iter() {
            if found.entry.api.role == Role::Source
                && found.entry.when.is_empty()
                && found.entry.to.is_empty()
            {
                let origin = self.origin(&found.entry.api.category, &path, place, found.confidence);
                value.taints.push(Taint { from: From::Source(origin), trail: None });
            }
            if found.entry.api.role == Role::Gate {
                value.gate = Some(self.origin(&found.entry.api.category, &path, place, found.confidence));
            }
        }
        if !matches.is_empty() {
            frame.reads.insert(at, matches);
        }
        value
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

    fn field(&mut self, frame: &mut Frame<'w>, at: OpId, base_op: OpId, name: Sym, place: Place) -> Val {
        if let Some(root) = frame.root(base_op)
            && let Some(value) = frame.parts.get(&(root, name))
        {
            return value.clone();
        }
        let base = frame.val(base_op).clone();
        let text = self.unit.strings.get(name);
        if let Some(class) = base.class
            && text == "new"
            && self.unit.language == Language::Ruby
            && self.class_member(class, text, 0).is_none()
        {
            // What `new` gives is an instance.
            return Val { class: Some(class), ..Val::default() };
        }
        if let Some(class) = base.inst.or(base.class) {
            let mut value = self.class_member(class, text, 0).unwrap_or_default();
            value.taints.add(&base.taints);
            if value.what.is_some() || value.func.is_some() {
                return value;
            }
            if let Some(path) = &base.what {
                value.what = Some(format!("{path}.{text}").into());
            } else if value.inst.is_none() && value.taints.is_empty() && value.text.is_none() {
                value.what = Some(format!("?.{text}").into());
            }
            return value;
        }
        if let Some(item) = base.item(text) {
            return item.clone();
        }
        self.member(frame, at, base_op, &base, text, place)
    }

    /// A member of something outside the tree.
    fn member(
        &mut self,
        frame: &mut Frame<'w>,
        at: OpId,
        base_op: OpId,
        base: &Val,
        text: &str,
        place: Place,
    ) -> Val {
        let path: Arc<str> = match &base.what {
            Some(what) if extends(what) => format!("{what}.{text}").into(),
            _ => format!("?.{text}").into(),
        };
        let mut value = Val {
            what: Some(path.clone()),
            taints: base.taints.clone(),
            gate: base.gate.clone(),
            ..Val::default()
        };
        let matches = self.matches(&path);
        if matches.is_empty() {
            if base.what.is_some()
                && let Some(mut target) = self.target_value(&path)
            {
                if target.what.is_none()
                    && target.func.is_none()
                    && target.class.is_none()
                    && target.inst.is_none()
                {
                    target.what = Some(path);
                }
                return target;
            }
            return value;
        }
        frame.reads.remove(&base_op);
        if matches.iter().any(|found| found.entry.api.role == Role::Source) {
            // What is read is this member, not the whole it is a member of.
            value.taints = Taints::default();
        }
        self.read(frame, at, value, place)
    }

    fn index(&mut self, frame: &mut Frame<'w>, at: OpId, base_op: OpId, index_op: OpId, place: Place) -> Val {
        let base = frame.val(base_op).clone();
        let index = frame.val(index_op).clone();
        if let Some(key) = index.whole_text() {
            if let (Some(root), Some(name)) = (frame.root(base_op), self.unit.strings.find(key))
                && let Some(value) = frame.parts.get(&(root, name))
            {
                return value.clone();
            }
            if let Some(item) = base.item(key) {
                return item.clone();
            }
            let member =
                self.index_is_member && !key.is_empty() && !key.starts_with(|c: char| c.is_ascii_digit());
            if member {
                let key = key.to_owned();
                if let Some(class) = base.inst.or(base.class)
                    && let Some(value) = self.class_member(class, &key, 0)
                {
                    return value;
                }
                let value = self.member(frame, at, base_op, &base, &key, place);
                if let Some(path) = value.what.clone() {
                    self.indirect(frame, &index, &path, place);
                }
                return value;
            }
        }
        let mut value = Val { taints: base.taints.clone(), gate: base.gate.clone(), ..Val::default() };
        if let Some(items) = &base.items {
            items.iter().take(64).for_each(|(_, item)| {
                let (what, func) = (item.what.clone(), item.func);
                value.what = value.what.take().or(what);
                value.func = value.func.or(func);
            });
        }
        if let Some(what) = &base.what
            && extends(what)
        {
            let path: Arc<str> = format!("{what}[]").into();
            let matches = self.matches(&path);
            value.what = Some(path.clone());
            if !matches.is_empty() {
                frame.reads.remove(&base_op);
                value.taints = Taints::default();
                return self.read(frame, at, value, place);
            }
        }
        value
    }

    /// A member of a class of the tree: a method, a field, or a member of what it extends.
    pub(super) fn class_member(&mut self, class: ClassRef, name: &str, depth: usize) -> Option<Val> {
        if depth > 8 {
            return None;
        }
        let unit = self.world.units.get(class.unit as usize)?;
        let declared = unit.classes.get(class.class as usize)?;
        let key = (class, Arc::from(name));
        let mut value = self.world.fields.get(&key).cloned();
        if let Some(new) = self.fields.get(&key) {
            match &mut value {
                Some(value) => value.join(new),
                None => value = Some(new.clone()),
            }
        }
        if let Some(value) = value
            && (value.what.is_some()
                || value.func.is_some()
                || value.inst.is_some()
                || value.class.is_some()
                || !value.taints.is_empty()
                || value.text.is_some()
                || value.items.is_some())
        {
            return Some(value);
        }
        // Methods that stand outside their class, and classes not yet evaluated.
        if let Some(symbol) = unit.strings.find(name)
            && let Some(id) = unit
                .funcs
                .iter()
                .position(|f| f.class == Some(class.class) && f.name == symbol && f.kind == FuncKind::Named)
        {
            return Some(Val {
                func: Some(FuncRef { unit: class.unit, func: id as FuncId }),
                ..Val::default()
            });
        }
        for base in &declared.bases {
            let text = unit.strings.get(*base).replace("::", ".");
            if let Some(parent) = self.world.index.class(unit.language, &text)
                && parent != class
                && !self.catalogue.knows(&text)
            {
                if let Some(value) = self.class_member(parent, name, depth + 1) {
                    return Some(value);
                }
                continue;
            }
            if class.unit != self.number {
                continue;
            }
            let value = self.of_type(*base);
            if let Some(what) = value.what {
                let path: Arc<str> = format!("{what}.{name}").into();
                if !self.matches(&path).is_empty() {
                    return Some(Val { what: Some(path), ..Val::default() });
                }
            }
        }
        None
    }

    pub(super) fn store_field(&mut self, class: ClassRef, name: &str, value: &Val) {
        self.fields.entry((class, name.into())).or_default().join(&own(value));
    }

    fn remember(&mut self, function: FuncId, name: Sym, value: &Val) {
        if let Some(ever) = self.ever.get_mut(function as usize) {
            ever.entry(name).or_default().join(value);
        }
    }

    /// Stores to a variable.
    pub(super) fn set(&mut self, frame: &mut Frame<'w>, name: Sym, value: Val, declared: bool) {
        if name == 0 {
            return;
        }
        self.remember(frame.id, name, &value);
        if !declared && !frame.vars.contains_key(&name) && self.unit.language != Language::Python {
            // A variable of an enclosing function or of the file.
            let mut scope = frame.function.parent;
            for _ in 0..64 {
                let Some(id) = scope else { break };
                if self.ever.get(id as usize).is_some_and(|ever| ever.contains_key(&name)) {
                    self.remember(id, name, &own(&value));
                    break;
                }
                scope = self.unit.funcs.get(id as usize).and_then(|f| f.parent);
            }
            if self.implicit_this
                && let Some(class) = self.enclosing_class(frame.id)
                && frame.function.kind != FuncKind::ClassBody
            {
                let text = self.unit.strings.get(name);
                if self.world.fields.contains_key(&(class, text.into()))
                    || self.fields.contains_key(&(class, text.into()))
                {
                    self.store_field(class, text, &value);
                }
            }
        }
        let old = frame.vars.insert(name, value);
        if let Some(branch) = frame.branches.last_mut()
            && !branch.before.contains_key(&name)
        {
            // The sections before this one left the old value as it was.
            if let (true, Some(old)) = (branch.otherwise, &old) {
                branch.merged.entry(name).or_default().join(old);
            }
            branch.before.insert(name, old);
        }
    }

    pub(super) fn assign(
        &mut self,
        frame: &mut Frame<'w>,
        target: OpId,
        value: Val,
        augment: bool,
        place: Place,
    ) {
        let mut work = vec![(target, value)];
        let mut budget = 10_000;
        while let Some((target, value)) = work.pop() {
            budget -= 1;
            if budget == 0 {
                return;
            }
            frame.reads.remove(&target);
            match frame.function.ops.get(target as usize) {
                Some(Op::Name(name)) => {
                    let mut value = value;
                    if augment {
                        let (old, _) = self.name(frame, *name);
                        let parts = [old, value];
                        let mut sum = constants::concat(parts.iter()).unwrap_or_default();
                        parts.iter().for_each(|part| sum.taints.add(&part.taints));
                        sum.what = parts[0].what.clone();
                        if !frame.branches.is_empty()
                            && let Some(text) = &mut sum.text
                        {
                            text.whole = false;
                        }
                        value = sum;
                    }
                    let shown = self.unit.strings.get(*name);
                    value.taints = value.taints.step(self.number, place, &format!("stored in {shown}"));
                    self.store_match(frame, shown, &value, place);
                    self.set(frame, *name, value, false);
                }
                Some(Op::Field(base, name)) => {
                    let (base, name) = (*base, *name);
                    let text = self.unit.strings.get(name);
                    let held = frame.val(base).clone();
                    let mut value = value;
                    value.taints = value.taints.step(self.number, place, &format!("stored in .{text}"));
                    let path = frame.val(target).what.clone();
                    if let Some(path) = path.as_deref().filter(|path| !path.is_empty()) {
                        let path = path.to_owned();
                        self.store_match(frame, &path, &value, place);
                        self.export(&path, &value);
                    }
                    if let Some(class) = held.inst.or(held.class) {
                        self.store_field(class, text, &value);
                        for taint in value.taints.iter() {
                            if let From::Param(owner, index) = taint.from
                                && owner == frame.id
                            {
                                frame.summary.add_store(index, class, text.into());
                            }
                        }
                    }
                    if let Some(root) = frame.root(base) {
                        if augment && let Some(old) = frame.parts.get(&(root, name)) {
                            value.taints.add(&old.taints);
                        }
                        frame.parts.insert((root, name), value.clone());
                        self.taint_var(frame, root, &value.taints);
                    } else if let Some(root) = frame.deep_root(base) {
                        self.taint_var(frame, root, &value.taints);
                    }
                }
                Some(Op::Index(base, index)) => {
                    let (base, index) = (*base, *index);
                    if let Some(root) = frame.deep_root(base) {
                        let key = frame.val(index).whole_text().map(str::to_owned);
                        if let (Some(key), Some(direct)) = (key, frame.root(base))
                            && let Some(var) = frame.vars.get_mut(&direct)
                        {
                            let mut items =
                                var.items.as_ref().map(|items| items.to_vec()).unwrap_or_default();
                            if items.len() < 256 {
                                items.retain(|(name, _)| **name != *key);
                                items.push((key.into(), value.clone()));
                                var.items = Some(Arc::new(items));
                            }
                        }
                        self.taint_var(frame, root, &value.taints);
                    }
                    if let Some(path) = frame.val(target).what.clone() {
                        self.store_match(frame, &path, &value, place);
                    }
                }
                Some(Op::Element(base)) => {
                    if let Some(root) = frame.deep_root(*base) {
                        self.taint_var(frame, root, &value.taints);
                    }
                }
                Some(Op::List(targets)) => {
                    for (position, target) in targets.iter().enumerate() {
                        let mut part = value
                            .item(&position.to_string())
                            .cloned()
                            .unwrap_or_else(|| Val { taints: value.taints.clone(), ..Val::default() });
                        if part.what.is_none()
                            && let Some(what) = &value.what
                        {
                            // Go gives the error beside the value: the first result is what was asked for.
                            let first = position == 0
                                && matches!(
                                    self.unit.language,
                                    Language::Go | Language::Rust | Language::Swift
                                );
                            part.what =
                                Some(if first { what.clone() } else { format!("{what}[{position}]").into() });
                        }
                        work.push((*target, part));
                    }
                }
                Some(Op::Dict(targets)) => {
                    for (key, target) in targets.iter() {
                        let key = frame.val(*key).whole_text().unwrap_or("").to_owned();
                        let part = match value.item(&key) {
                            Some(item) => item.clone(),
                            None => self.destructured(frame, &value, &key, *target, place),
                        };
                        work.push((*target, part));
                    }
                }
                Some(Op::Any(targets)) => {
                    for target in targets.iter() {
                        if let Some(root) = frame.deep_root(*target) {
                            self.taint_var(frame, root, &value.taints);
                        }
                    }
                }
                _ => {}
            }
        }
    }

    /// `const { TOKEN } = process.env` reads members of what stands on the right, not the whole of it.
    fn take_apart(&mut self, frame: &mut Frame<'w>, target: OpId, from: OpId, place: Place) {
        let Some(Op::Dict(pairs)) = frame.function.ops.get(target as usize) else { return };
        let Some(what) = frame.val(from).what.clone().filter(|_| frame.reads.contains_key(&from)) else {
            return;
        };
        let mut all = !pairs.is_empty();
        for (key, _) in pairs.iter() {
            let path: Arc<str> = format!("{what}.{}", frame.val(*key).whole_text().unwrap_or("")).into();
            let matches = self.matches(&path);
            all &= !matches.is_empty();
            for found in matches.iter().filter(|found| found.entry.api.role == Role::Source) {
                self.record(frame, found, &path, place, found.confidence, false);
            }
        }
        if all {
            frame.reads.remove(&from);
        }
    }

    /// The member `key` of `value`, as a pattern binds it.
    fn destructured(
        &mut self,
        frame: &mut Frame<'w>,
        value: &Val,
        key: &str,
        target: OpId,
        place: Place,
    ) -> Val {
        if let Some(class) = value.inst.or(value.class)
            && let Some(member) = self.class_member(class, key, 0)
        {
            return member;
        }
        let mut part = self.member(frame, OpId::MAX - target, OpId::MAX, value, key, place);
        frame.reads.remove(&(OpId::MAX - target));
        if part.taints.is_empty() {
            part.taints.add(&value.taints);
        }
        part
    }

    /// Stores that are effects themselves: `location.href = …`.
    fn store_match(&mut self, frame: &mut Frame<'w>, path: &str, value: &Val, place: Place) {
        let path: Arc<str> = format!("{path}=").into();
        let matches = self.matches(&path);
        for found in matches.iter() {
            let api = path.trim_end_matches('=').to_owned();
            self.stored(frame, found, &api, value, place);
        }
    }

    /// `module.exports = …`, `exports.name = …`: what other files see.
    fn export(&mut self, path: &str, value: &Val) {
        let name = match path {
            "module.exports" => "default",
            _ => match path.strip_prefix("module.exports.").or(path.strip_prefix("exports.")) {
                Some(name) => name,
                None => return,
            },
        };
        if let Some(symbol) = self.unit.strings.find(name) {
            self.remember(0, symbol, &own(value));
        }
        if name == "default" {
            for (key, item) in value.items.iter().flat_map(|items| items.iter()) {
                if let Some(symbol) = self.unit.strings.find(key) {
                    self.remember(0, symbol, &own(item));
                }
            }
        }
    }

    /// Adds data to what a variable refers to.
    pub(super) fn taint_var(&mut self, frame: &mut Frame<'w>, name: Sym, taints: &Taints) {
        if taints.is_empty() {
            return;
        }
        if let Some(index) = frame.function.params.iter().position(|param| param.name == name) {
            frame.summary.add_write(index as u16, taints);
        }
        let (mut value, _) = self.name(frame, name);
        value.taints.add(taints);
        self.set(frame, name, value, false);
    }

    pub(super) fn active_gate(&self, frame: &Frame<'w>) -> Option<Arc<Origin>> {
        frame.gates.last().map(|(_, gate)| gate.clone())
    }
}

/// Whether a path says what a value is, and is short enough to be extended: a chain of thousands of calls
/// would cost the square of its length.
fn extends(path: &str) -> bool {
    !path.starts_with('?') && path.len() < 400
}

fn is_flag(path: &str) -> bool {
    path.len() < 400
        && path.bytes().all(|byte| {
            byte.is_ascii_uppercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'|' | b'.')
        })
}

/// A value as another function or file sees it: parameters of the function that stored it mean nothing there.
pub fn own(value: &Val) -> Val {
    let mut kept = Taints::default();
    value
        .taints
        .iter()
        .filter(|taint| matches!(taint.from, From::Source(_)))
        .for_each(|taint| kept.push(taint.clone()));
    Val { taints: kept, ..value.clone() }
}

impl<'w> Frame<'w> {
    /// The value of an operation.
    pub fn val(&self, op: OpId) -> &Val {
        static NONE: std::sync::LazyLock<Val> = std::sync::LazyLock::new(Val::default);
        self.vals.get(op as usize).unwrap_or(&NONE)
    }

    /// The variable an operation reads directly.
    pub fn root(&self, op: OpId) -> Option<Sym> {
        match self.function.ops.get(op as usize)? {
            Op::Name(name) => Some(*name),
            Op::Any(parts) if parts.len() == 1 => match self.function.ops.get(*parts.first()? as usize)? {
                Op::Name(name) => Some(*name),
                _ => None,
            },
            _ => None,
        }
    }

    /// The variable at the root of a chain of members and elements.
    pub fn deep_root(&self, mut op: OpId) -> Option<Sym> {
        for _ in 0..32 {
            match self.function.ops.get(op as usize)? {
                Op::Name(name) => return Some(*name),
                Op::Field(base, _) | Op::Index(base, _) | Op::Element(base) => op = *base,
                Op::Any(parts) => op = *parts.first()?,
                _ => return None,
            }
        }
        None
    }

    /// A read that turned out to be the beginning of something longer.
    pub fn consume(&mut self, op: OpId) {
        self.reads.remove(&op);
    }

    fn close_section(&mut self) {
        let Some(branch) = self.branches.last_mut() else { return };
        for (name, before) in &branch.before {
            let now = match before {
                Some(before) => self.vars.insert(*name, before.clone()),
                None => self.vars.remove(name),
            };
            if let Some(now) = now
                && !branch.left
            {
                match branch.merged.get_mut(name) {
                    Some(merged) => merged.join(&now),
                    None => {
                        branch.merged.insert(*name, now);
                    }
                }
            }
        }
    }

    fn alternative(&mut self) {
        self.close_section();
        let depth = self.branches.len();
        self.gates.retain(|(at, _)| *at < depth);
        if let Some(branch) = self.branches.last_mut() {
            // What the other side assigns must not be lost where this side does not assign it.
            branch.otherwise = true;
            branch.left = false;
        }
    }

    fn end_branch(&mut self) {
        self.close_section();
        let depth = self.branches.len();
        self.gates.retain(|(at, _)| *at < depth);
        let Some(mut branch) = self.branches.pop() else { return };
        if let Some(gate) = branch.gate.take_if(|_| branch.left && !branch.otherwise) {
            // `if (gate) return;` puts the rest of the block behind the gate.
            self.gates.push((depth.saturating_sub(1), gate));
        }
        let mut names: Vec<(Sym, Option<Val>)> = branch.before.into_iter().collect();
        names.sort_by_key(|(name, _)| *name);
        for (name, before) in names {
            let mut merged = branch.merged.remove(&name);
            if (!branch.otherwise || merged.is_none())
                && let Some(before) = &before
            {
                match &mut merged {
                    // The newer value comes first: it is the one that says what the variable is.
                    Some(merged) => merged.join(before),
                    None => merged = Some(before.clone()),
                }
            }
            if let Some(merged) = merged {
                self.vars.insert(name, merged);
            }
            if let Some(parent) = self.branches.last_mut() {
                parent.before.entry(name).or_insert(before);
            }
        }
    }
}
