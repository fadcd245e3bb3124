//! Calls: what a call does by the catalogue, and by the summary of the function it reaches.

use std::sync::Arc;

use super::catalogue::Condition;
use super::catalogue::Match;
use super::catalogue::Role;
use super::catalogue::Slot;
use super::catalogue::Test;
use super::constants;
use super::evaluate::EndpointUse;
use super::evaluate::Evaluation;
use super::evaluate::Frame;
use super::evaluate::Gated;
use super::evaluate::Hit;
use super::evaluate::own;
use super::flow::Found;
use super::flow::ParamSink;
use super::flow::Sink;
use super::ir::Arg;
use super::ir::Op;
use super::ir::OpId;
use super::ir::Place;
use super::language::Language;
use super::resolve::import_path;
use super::rules;
use super::value::ClassRef;
use super::value::From;
use super::value::FuncRef;
use super::value::Taint;
use super::value::Taints;
use super::value::Trail;
use super::value::Val;
use crate::model::scan::Confidence;

/// The parameter index that stands for the receiver.
const RECEIVER: u16 = u16::MAX;

/// One call as seen by what it reaches.
struct Site<'a> {
    place: Place,
    args: &'a [Arg],
    names: Vec<&'a str>,
    vals: Vec<Val>,
    this: Option<(OpId, Val)>,
}

impl<'w> Evaluation<'w> {
    /// Evaluates a call.
    pub(super) fn call(
        &mut self,
        frame: &mut Frame<'w>,
        _at: OpId,
        callee: OpId,
        args: &[Arg],
        _new: bool,
        place: Place,
    ) -> Val {
        let called = frame.val(callee).clone();
        let this = match frame.function.ops.get(callee as usize) {
            Some(Op::Field(base, _)) => Some((*base, frame.val(*base).clone())),
            _ => None,
        };
        let vals: Vec<Val> = args.iter().map(|arg| frame.val(arg.value).clone()).collect();
        let names = args.iter().map(|arg| self.unit.strings.get(arg.name)).collect();
        let site = Site { place, args, names, vals, this };

        let mut passed = Taints::default();
        site.vals.iter().for_each(|value| passed.add(&value.taints));
        if let Some((_, this)) = &site.this {
            passed.add(&this.taints);
        }

        if let Some(class) = called.class {
            let mut result = Val { inst: Some(class), ..Val::default() };
            for name in ["__init__", "constructor", "init", "initialize", "new", "__construct"] {
                if let Some(func) = self.class_member(class, name, 0).and_then(|member| member.func) {
                    self.apply(frame, func, &site);
                    return result;
                }
            }
            // Without a constructor of its own the arguments are its data.
            result.taints = passed;
            return result;
        }
        if let Some(func) = called.func {
            let name = self.function_name(func);
            if name == "<param>" {
                return Val { taints: passed, ..Val::default() };
            }
            frame.consume(callee);
            return self.apply(frame, func, &site);
        }
        // A parameter that is called: the caller knows what it is.
        if called.what.is_none() || called.what.as_deref().is_some_and(|what| what.starts_with('?')) {
            for taint in called.taints.iter() {
                if let From::Param(owner, index) = taint.from
                    && owner == frame.id
                    && site.this.is_none()
                {
                    let mut given = Taints::default();
                    site.vals.iter().for_each(|value| given.add(&value.taints));
                    frame.summary.add_call(index, &given);
                }
            }
        }
        // In a shell, in PHP and in PowerShell a text in the place of a function names it.
        let mut path = called.what.clone();
        if path.is_none()
            && matches!(self.unit.language, Language::Bash | Language::Php | Language::PowerShell)
            && let Some(text) = called.text.as_ref().filter(|text| text.whole && text.text.len() < 200)
        {
            let name = text.text.trim().trim_start_matches('\\').replace("::", ".").replace('\\', ".");
            let name = if self.unit.language == Language::Bash { name } else { name.to_ascii_lowercase() };
            let value = self.imported_value(&name.as_str().into());
            let effect = |found: &Match| rules::is_effect(&found.entry.api.category);
            if text.built && self.matches(&name.as_str().into()).iter().any(effect) {
                self.hit(frame, "obf.api-indirection", &name, place, Confidence::High, true);
            }
            if let Some(func) = value.func {
                return self.apply(frame, func, &site);
            }
            path = value.what;
        }
        let Some(path) = path else {
            self.callbacks(frame, &site, &passed);
            return Val { taints: passed, ..Val::default() };
        };
        let matches: Vec<Match> = self
            .matches(&path)
            .iter()
            .filter(|found| found.entry.when.iter().all(|condition| holds(condition, &site)))
            .cloned()
            .collect();
        if matches.is_empty()
            && let Some(method) = path.strip_prefix("?.")
        {
            let methods = self.world.index.methods(self.unit.language, method);
            if !methods.is_empty() && !COMMON.contains(&method) {
                let mut result = Val::default();
                for func in methods {
                    let value = self.apply(frame, func, &site);
                    result.join(&value);
                }
                result.taints.add(&passed);
                return result;
            }
        }
        if !matches.is_empty() {
            frame.consume(callee);
        }
        let result = self.by_catalogue(frame, &path, &matches, &site, passed.clone());
        let mut incoming = passed;
        incoming.add(&result.taints);
        self.callbacks(frame, &site, &incoming);
        result
    }

    fn function_name(&self, func: FuncRef) -> &str {
        self.world
            .units
            .get(func.unit as usize)
            .and_then(|unit| unit.funcs.get(func.func as usize).map(|f| unit.strings.get(f.name)))
            .unwrap_or("")
    }

    fn by_catalogue(
        &mut self,
        frame: &mut Frame<'w>,
        path: &Arc<str>,
        matches: &[Match],
        site: &Site<'_>,
        passed: Taints,
    ) -> Val {
        let mut result = Val::default();
        if !path.starts_with('?') && path.len() < 400 {
            result.what = Some(format!("{path}()").into());
        }
        result.fixed = !site.vals.is_empty() && site.vals.iter().all(|value| value.fixed);
        let mut carries = matches.is_empty();
        for found in matches {
            let api = &found.entry.api;
            match api.gives.as_str() {
                "" => {}
                "this" => {
                    if let Some((_, this)) = &site.this {
                        result.what = this.what.clone();
                        result.inst = this.inst;
                    }
                }
                gives => result.what = Some(gives.replace("::", ".").into()),
            }
            let first = site.vals.iter().find_map(|value| value.whole_text());
            let constant = first.is_some();
            // A path is telling even where its beginning is not known.
            let this_text = site.this.as_ref().and_then(|(_, this)| this.text.as_ref());
            let told = site.vals.iter().find_map(|value| value.text.as_ref()).or(this_text);
            let told = told.map_or("", |text| &*text.text);
            if !api.category.is_empty() && !matches!(api.role, Role::Gate | Role::Decoder) {
                match api.role {
                    // A file by its path: a key is more than a file.
                    Role::Source if api.category == "src.file" => {
                        let category = rules::refine(&api.category, told);
                        self.hit(frame, category, path, site.place, found.confidence, constant);
                        if !api.also.is_empty() {
                            self.hit(frame, &api.also, path, site.place, found.confidence, constant);
                        }
                    }
                    _ => self.record(frame, found, path, site.place, found.confidence, constant),
                }
                self.endpoint(found, path, site);
            }
            match api.role {
                Role::Capability => {}
                Role::Type => carries = true,
                Role::Sink => self.sink(frame, found, path, site),
                Role::Source => {
                    let category = rules::refine(&api.category, told);
                    let origin = self.origin(category, path, site.place, found.confidence);
                    self.deliver(
                        frame,
                        found,
                        site,
                        Taint { from: From::Source(origin), trail: None },
                        &mut result,
                    );
                }
                Role::Propagator => self.propagate(frame, found, path, site, &mut result),
                Role::Sanitizer => {}
                Role::Gate => {
                    carries = true;
                    result.gate = Some(self.origin(&api.category, path, site.place, found.confidence));
                }
                Role::Decoder => {
                    result.taints.add(&passed);
                    let category = if api.category.is_empty() { "obf.encoded" } else { &api.category };
                    let origin = self.origin(category, path, site.place, found.confidence);
                    result.taints.push(Taint { from: From::Source(origin), trail: None });
                }
            }
            if !api.yields.is_empty() {
                let category = rules::refine(&api.yields, told);
                if category.starts_with("src.") {
                    self.hit(frame, category, path, site.place, found.confidence, constant);
                }
                let origin = self.origin(category, path, site.place, found.confidence);
                self.deliver(
                    frame,
                    found,
                    site,
                    Taint { from: From::Source(origin), trail: None },
                    &mut result,
                );
            }
            match api.fold.as_str() {
                // `__import__("os")` is `os`; `getattr(os, "system")` is `os.system`.
                "module" => {
                    if let Some(name) = first {
                        let own = self.world.index.names.get(self.number as usize).map_or("", |name| name);
                        let path: Arc<str> = import_path(self.unit, own, name).into();
                        result = self.imported_value(&path);
                        let built =
                            site.vals.first().and_then(|name| name.text.as_ref()).is_some_and(|t| t.built);
                        if built && self.knows(&path) {
                            self.hit(frame, "obf.api-indirection", &path, site.place, found.confidence, true);
                        }
                    }
                }
                // `promisify(f)` is `f`; `dlsym(library, "connect")` is `connect`.
                "argument" => {
                    if let Some(first) = site.vals.first() {
                        result.what = first.what.clone();
                        result.func = first.func;
                    }
                }
                "symbol" => {
                    if let Some(name) = site.vals.get(1).and_then(|name| name.whole_text()) {
                        let path: Arc<str> = name.into();
                        result.what = Some(path.clone());
                        if let Some(name) = site.vals.get(1) {
                            self.indirect(frame, name, &path, site.place);
                        }
                    }
                }
                "member" => {
                    let (of, name) = (site.vals.first(), site.vals.get(1).and_then(|name| name.whole_text()));
                    if let (Some(what), Some(name)) = (of.and_then(|of| of.what.as_deref()), name) {
                        let path: Arc<str> = format!("{what}.{name}").into();
                        result.what = Some(path.clone());
                        if let Some(name) = site.vals.get(1) {
                            self.indirect(frame, name, &path, site.place);
                        }
                    }
                }
                _ => {}
            }
            if !api.fold.is_empty() {
                let this = site.this.as_ref().map(|(_, this)| this);
                let args: Vec<&Val> = site.vals.iter().collect();
                if let Some(folded) = constants::fold(&api.fold, this, &args) {
                    result.text = folded.text;
                    result.items = folded.items;
                    result.fixed |= folded.fixed;
                }
                // An encoded value keeps its gate and its data.
                if matches!(api.role, Role::Propagator | Role::Type) && result.gate.is_none() {
                    result.gate = this.and_then(|this| this.gate.clone());
                }
            }
        }
        if carries {
            result.taints.add(&passed.step(self.number, site.place, &format!("through {path}")));
            if result.gate.is_none() {
                let of_args = site.vals.iter().find_map(|value| value.gate.clone());
                result.gate = site.this.as_ref().and_then(|(_, this)| this.gate.clone()).or(of_args);
            }
        }
        result
    }

    /// Puts new data where the entry says it goes: the result, or an argument's variable.
    fn deliver(
        &mut self,
        frame: &mut Frame<'w>,
        found: &Match,
        site: &Site<'_>,
        taint: Taint,
        result: &mut Val,
    ) {
        if found.entry.to.is_empty() {
            result.taints.push(taint);
            return;
        }
        let mut taints = Taints::default();
        taints.push(taint);
        for slot in &found.entry.to {
            for op in slot_ops(slot, site) {
                if let Some(root) = frame.deep_root(op) {
                    self.taint_var(frame, root, &taints);
                }
            }
        }
    }

    fn propagate(
        &mut self,
        frame: &mut Frame<'w>,
        found: &Match,
        path: &str,
        site: &Site<'_>,
        result: &mut Val,
    ) {
        let mut taints = Taints::default();
        if found.entry.args.is_empty() {
            site.vals.iter().for_each(|value| taints.add(&value.taints));
            if let (Some((_, this)), true) = (&site.this, found.entry.to.is_empty()) {
                taints.add(&this.taints);
            }
        }
        for (slot, _) in &found.entry.args {
            for value in slot_vals(slot, site) {
                taints.add(&value.taints);
            }
        }
        let taints = taints.step(self.number, site.place, &format!("through {path}"));
        if found.entry.to.is_empty() {
            result.taints.add(&taints);
            return;
        }
        for slot in &found.entry.to {
            for op in slot_ops(slot, site) {
                if let Some(root) = frame.deep_root(op) {
                    self.taint_var(frame, root, &taints);
                }
            }
        }
        self.write_text(frame, found, site);
        if let Some((_, this)) = &site.this {
            result.taints.add(&this.taints);
        }
        result.taints.add(&taints);
    }

    /// What a buffer says once a text was copied, appended or formatted into it.
    fn write_text(&mut self, frame: &mut Frame<'w>, found: &Match, site: &Site<'_>) {
        let (Some(to), Some(target)) = (site.args.first(), site.vals.first()) else { return };
        let Some(root) = frame.root(to.value) else { return };
        let rest = site.vals.get(1..).unwrap_or_default();
        let written = match found.entry.api.fold.as_str() {
            "copy-to" => rest.first().filter(|from| from.text.is_some()).cloned(),
            "append-to" => rest.first().and_then(|from| {
                let parts = [target, from];
                constants::concat(parts.into_iter()).filter(|_| target.text.is_some() && from.text.is_some())
            }),
            "printf-to" => rest
                .split_first()
                .and_then(|(pattern, args)| constants::printf(pattern, &args.iter().collect::<Vec<_>>())),
            "printf-to-2" => rest
                .get(1..)
                .and_then(|rest| rest.split_first())
                .and_then(|(pattern, args)| constants::printf(pattern, &args.iter().collect::<Vec<_>>())),
            _ => None,
        };
        let Some(written) = written else { return };
        let (mut value, _) = self.name(frame, root);
        value.text = written.text;
        value.fixed = written.fixed;
        self.set(frame, root, value, false);
    }

    fn sink(&mut self, frame: &mut Frame<'w>, found: &Match, path: &str, site: &Site<'_>) {
        let entry = found.entry.clone();
        let all = [(Slot::Any, Box::from(""))];
        let slots: &[(Slot, Box<str>)] = if entry.args.is_empty() { &all } else { &entry.args };
        for (slot, carrier) in slots {
            for value in slot_vals(slot, site) {
                if value.taints.is_empty() {
                    continue;
                }
                let sink = Arc::new(Sink {
                    unit: self.number,
                    place: (site.place.line, site.place.column, site.place.end_line),
                    category: entry.api.category.as_str().into(),
                    api: path.into(),
                    carrier: carrier.clone(),
                    confidence: found.confidence,
                });
                let value = value.clone();
                self.reach(frame, &value.taints, &sink, &None);
            }
        }
    }

    /// Data with `taints` reaches `sink` after `trail`.
    fn reach(
        &mut self,
        frame: &mut Frame<'w>,
        taints: &Taints,
        sink: &Arc<Sink>,
        trail: &Option<Arc<Trail>>,
    ) {
        for taint in taints.iter() {
            let way = Trail::join(&taint.trail, trail);
            match &taint.from {
                From::Source(origin) => {
                    if rules::pair(&origin.category, &sink.category).is_some() {
                        self.observed.found.push(Found {
                            origin: origin.clone(),
                            sink: sink.clone(),
                            trail: way,
                        });
                    }
                }
                From::Param(owner, index) => {
                    let sink = ParamSink { param: *index, sink: sink.clone(), trail: way };
                    if *owner == frame.id {
                        frame.summary.add_sink(sink);
                    } else {
                        self.outer.entry(*owner).or_default().push(sink);
                    }
                }
            }
        }
    }

    /// A store that is an effect itself.
    pub(super) fn stored(
        &mut self,
        frame: &mut Frame<'w>,
        found: &Match,
        api: &str,
        value: &Val,
        place: Place,
    ) {
        self.record(frame, found, api, place, found.confidence, value.text.is_some());
        let site = Site { place, args: &[], names: Vec::new(), vals: vec![value.clone()], this: None };
        if found.entry.api.role == Role::Sink {
            let sink = Arc::new(Sink {
                unit: self.number,
                place: (place.line, place.column, place.end_line),
                category: found.entry.api.category.as_str().into(),
                api: api.into(),
                carrier: found.entry.args.first().map_or("", |(_, carrier)| carrier).into(),
                confidence: found.confidence,
            });
            self.reach(frame, &value.taints, &sink, &None);
        }
        self.endpoint(found, api, &site);
    }

    /// Records what an entry says a use is.
    pub(super) fn record(
        &mut self,
        frame: &mut Frame<'w>,
        found: &Match,
        path: &str,
        place: Place,
        confidence: Confidence,
        constant: bool,
    ) {
        let api = found.entry.api.clone();
        if api.category.is_empty() {
            return;
        }
        self.hit(frame, &api.category, path, place, confidence, constant);
        if !api.also.is_empty() {
            self.hit(frame, &api.also, path, place, confidence, constant);
        }
    }

    /// Effects in a statement whose errors nobody hears of.
    pub(super) fn swallowed(&mut self, place: Place) {
        let lines = place.line..=place.end_line;
        let inside = self.observed.hits.iter().rev().take(200).find(|hit| {
            let outward = ["cap.net", "cap.exec", "cap.code-eval"];
            lines.contains(&hit.place.0) && outward.iter().any(|prefix| rules::under(&hit.category, prefix))
        });
        if let Some(hit) = inside.cloned() {
            self.observed.hits.push(Hit {
                category: "evasion.swallow-exceptions".into(),
                confidence: Confidence::Medium,
                ..hit
            });
        }
    }

    /// A name of something catalogued that was put together, not written.
    pub(super) fn indirect(&mut self, frame: &mut Frame<'w>, name: &Val, path: &Arc<str>, place: Place) {
        let built = name.text.as_ref().is_some_and(|text| text.built);
        if built && self.matches(path).iter().any(|found| rules::is_effect(&found.entry.api.category)) {
            self.hit(frame, "obf.api-indirection", path, place, Confidence::High, true);
        }
    }

    pub(super) fn hit(
        &mut self,
        frame: &mut Frame<'w>,
        category: &str,
        path: &str,
        place: Place,
        confidence: Confidence,
        constant: bool,
    ) {
        let place = (place.line, place.column, place.end_line);
        let api: Box<str> = path.trim_start_matches("?.").into();
        if let Some(gate) = self.active_gate(frame)
            && rules::is_effect(category)
        {
            self.observed.gated.push(Gated { place, category: category.into(), api: api.clone(), gate });
        }
        self.observed.hits.push(Hit { place, category: category.into(), api, confidence, constant });
    }

    fn endpoint(&mut self, found: &Match, path: &str, site: &Site<'_>) {
        let category = &found.entry.api.category;
        if !category.starts_with("cap.net") {
            return;
        }
        let named: Vec<&Val> = found
            .entry
            .args
            .iter()
            .filter(|(_, carrier)| matches!(&**carrier, "url" | "host"))
            .flat_map(|(slot, _)| slot_vals(slot, site))
            .collect();
        let mut texts: Vec<(Option<Box<str>>, bool)> = Vec::new();
        for value in &named {
            // A (host, port) pair carries its host in front.
            let value = value
                .item("0")
                .or(value.item("url"))
                .or(value.item("host"))
                .or(value.item("hostname"))
                .unwrap_or(value);
            if let Some(text) = &value.text {
                texts.push((Some(text.text.clone().as_ref().into()), text.built));
            }
        }
        if named.is_empty() {
            for value in &site.vals {
                if let Some(text) = value.text.as_ref().filter(|text| text.text.contains("://")) {
                    texts.push((Some(text.text.as_ref().into()), text.built));
                }
            }
        } else if texts.is_empty() {
            texts.push((None, false));
        }
        for (text, built) in texts {
            self.observed.endpoints.push(EndpointUse {
                place: (site.place.line, site.place.column, site.place.end_line),
                text,
                built,
                category: category.as_str().into(),
                api: path.trim_start_matches("?.").into(),
            });
        }
    }

    /// Applies the summary of a function of the tree.
    fn apply(&mut self, frame: &mut Frame<'w>, func: FuncRef, site: &Site<'_>) -> Val {
        let world = self.world;
        let Some(unit) = world.units.get(func.unit as usize) else { return Val::default() };
        let Some(target) = unit.funcs.get(func.func as usize) else { return Val::default() };
        let summary = if func.unit == self.number {
            self.summaries.get(func.func as usize).cloned()
        } else {
            world.summaries.get(func.unit as usize).and_then(|all| all.get(func.func as usize)).cloned()
        };
        let Some(summary) = summary else { return Val::default() };
        let name = unit.strings.get(target.name);

        // Which argument becomes which parameter.
        let mut bound: Vec<(u16, usize)> = Vec::new();
        let receiver = target.params.first().is_some_and(|param| param.receiver);
        let positional: Vec<u16> = target
            .params
            .iter()
            .enumerate()
            .filter(|(_, param)| !param.receiver)
            .map(|(i, _)| i as u16)
            .collect();
        let mut next = 0;
        for (index, arg) in site.args.iter().enumerate() {
            if arg.name != 0 {
                let label = self.unit.strings.get(arg.name);
                let found = target.params.iter().position(|param| unit.strings.get(param.name) == label);
                if let Some(param) = found {
                    bound.push((param as u16, index));
                    continue;
                }
            }
            if arg.spread {
                bound.extend(positional.iter().skip(next).map(|param| (*param, index)));
                continue;
            }
            // What a variadic last parameter collects all goes to it.
            if let Some(param) = positional.get(next).or(positional.last()) {
                bound.push((*param, index));
            }
            next += 1;
        }
        let shown = if name.is_empty() { "a closure" } else { name };
        let param_name = |index: u16| {
            target.params.get(usize::from(index)).map_or("", |param| unit.strings.get(param.name))
        };
        let taints_of = |index: u16| {
            let mut taints = Taints::default();
            for (_, arg) in bound.iter().filter(|(param, _)| *param == index) {
                if let Some(value) = site.vals.get(*arg) {
                    taints.add(&value.taints);
                }
            }
            if (index == RECEIVER || (receiver && index == 0))
                && let Some((_, this)) = &site.this
            {
                taints.add(&this.taints);
            }
            taints
        };
        let enter = |taints: &Taints, index: u16| {
            taints.step(self.number, site.place, &format!("passed to {shown}({})", param_name(index)))
        };
        let replace = |taints: &Taints| {
            let mut out = Taints::default();
            for taint in taints.iter() {
                match &taint.from {
                    From::Param(owner, index) if *owner == func.func => {
                        for theirs in enter(&taints_of(*index), *index).iter() {
                            out.push(Taint {
                                from: theirs.from.clone(),
                                trail: Trail::join(&theirs.trail, &taint.trail),
                            });
                        }
                    }
                    From::Param(..) if func.unit != self.number => {}
                    _ => out.push(taint.clone()),
                }
            }
            out
        };

        let mut result = summary.gives.clone();
        result.taints =
            replace(&summary.gives.taints).step(self.number, site.place, &format!("returned by {shown}"));
        let mut reached = Vec::new();
        for sink in &summary.sinks {
            reached.push((enter(&taints_of(sink.param), sink.param), sink.sink.clone(), sink.trail.clone()));
        }
        let writes: Vec<(u16, Taints)> =
            summary.writes.iter().map(|(param, taints)| (*param, replace(taints))).collect();
        let called: Vec<(u16, Taints)> =
            summary.calls.iter().map(|(param, taints)| (*param, replace(taints))).collect();
        let stored: Vec<(ClassRef, Arc<str>, Taints)> = summary
            .stores
            .iter()
            .map(|(param, class, field)| (*class, field.clone(), enter(&taints_of(*param), *param)))
            .collect();
        for (class, field, taints) in stored {
            self.store_field(class, &field, &Val { taints: taints.clone(), ..Val::default() });
            for taint in taints.iter() {
                if let From::Param(owner, index) = taint.from
                    && owner == frame.id
                {
                    frame.summary.add_store(index, class, field.clone());
                }
            }
        }
        for (taints, sink, trail) in reached {
            self.reach(frame, &taints, &sink, &trail);
        }
        for (param, taints) in writes {
            for (_, arg) in bound.iter().filter(|(bound, _)| *bound == param) {
                let root = site.args.get(*arg).and_then(|arg| frame.deep_root(arg.value));
                if let Some(root) = root {
                    // Its own data coming back is nothing new.
                    self.taint_var(frame, root, &taints);
                }
            }
        }
        for (param, taints) in called {
            for (_, arg) in bound.iter().filter(|(bound, _)| *bound == param) {
                if let Some(callback) = site.vals.get(*arg).and_then(|value| value.func) {
                    self.pass_to(callback, &taints);
                } else if let Some(value) = site.vals.get(*arg) {
                    for taint in value.taints.iter() {
                        if let From::Param(owner, index) = taint.from
                            && owner == frame.id
                        {
                            frame.summary.add_call(index, &taints);
                        }
                    }
                }
            }
        }
        // Types, functions and constants travel with the arguments.
        for (param, arg) in &bound {
            if let Some(value) = site.vals.get(*arg) {
                let value =
                    Val { taints: Taints::default(), text: None, fixed: false, gate: None, ..value.clone() };
                if value.what.as_deref().is_some_and(|what| !what.starts_with('?'))
                    || value.func.is_some()
                    || value.inst.is_some()
                {
                    self.inflow.push((func, *param, value));
                }
            }
        }
        self.callee_endpoints(&summary.sinks, site, &bound);
        result
    }

    /// A constant given to a function that hands it to the network as whom to talk to.
    fn callee_endpoints(&mut self, sinks: &[ParamSink], site: &Site<'_>, bound: &[(u16, usize)]) {
        for sink in sinks.iter().filter(|sink| matches!(&*sink.sink.carrier, "url" | "host")) {
            for (_, arg) in bound.iter().filter(|(param, _)| *param == sink.param) {
                let Some(text) = site.vals.get(*arg).and_then(|value| value.text.as_ref()) else { continue };
                self.observed.endpoints.push(EndpointUse {
                    place: (site.place.line, site.place.column, site.place.end_line),
                    text: Some(text.text.as_ref().into()),
                    built: text.built,
                    category: sink.sink.category.clone(),
                    api: sink.sink.api.trim_start_matches("?.").into(),
                });
            }
        }
    }

    /// Functions given to something outside the tree are called with what it was given and what it gives.
    fn callbacks(&mut self, frame: &mut Frame<'w>, site: &Site<'_>, taints: &Taints) {
        for value in &site.vals {
            if let Some(func) = value.func {
                self.pass_to(func, taints);
                let sources = own(&Val { taints: taints.clone(), ..Val::default() }).taints;
                if func.unit == self.number && sources.len() != taints.len() {
                    // Parameters of this function given on to a closure of it.
                    let sinks =
                        self.summaries.get(func.func as usize).map(|s| s.sinks.clone()).unwrap_or_default();
                    for sink in sinks {
                        self.reach(frame, taints, &sink.sink, &sink.trail);
                    }
                }
            }
            for item in value.items.iter().flat_map(|items| items.iter().take(64)) {
                if let Some(func) = item.1.func {
                    self.pass_to(func, taints);
                }
            }
        }
    }

    fn pass_to(&mut self, func: FuncRef, taints: &Taints) {
        let taints = own(&Val { taints: taints.clone(), ..Val::default() }).taints;
        if taints.is_empty() {
            return;
        }
        let count = self
            .world
            .units
            .get(func.unit as usize)
            .and_then(|unit| unit.funcs.get(func.func as usize))
            .map_or(0, |function| function.params.len());
        for index in 0..count as u16 {
            self.inflow.push((func, index, Val { taints: taints.clone(), ..Val::default() }));
        }
    }
}

/// Method names too common to mean a method of the tree without knowing the receiver.
const COMMON: &[&str] = &[
    "get", "set", "add", "put", "run", "call", "init", "open", "close", "read", "write", "append", "push",
    "pop", "update", "remove", "delete", "size", "length", "next", "then", "map", "filter", "forEach",
    "join", "split", "format", "replace", "equals", "toString", "hashCode", "apply", "bind", "keys",
    "values", "items", "copy", "clone", "test", "match", "find", "index", "sort", "contains", "start",
    "stop", "strip", "trim", "encode", "decode", "info", "debug", "error", "warn", "log", "print", "insert",
    "clear", "extend",
];

fn slot_vals<'s>(slot: &Slot, site: &'s Site<'_>) -> Vec<&'s Val> {
    match slot {
        Slot::This => site.this.iter().map(|(_, this)| this).collect(),
        Slot::Any => site.vals.iter().collect(),
        Slot::Item(at, key) => {
            let indices = slot_indices(&Slot::At(*at), site);
            indices.into_iter().filter_map(|index| site.vals.get(index)?.item(key)).collect()
        }
        Slot::Named(name) => {
            let labelled = site.names.iter().position(|label| **label == **name);
            match labelled.and_then(|index| site.vals.get(index)) {
                Some(value) => vec![value],
                // Languages without named arguments pass a map of options.
                None => site.vals.iter().filter_map(|value| value.item(name)).collect(),
            }
        }
        _ => slot_indices(slot, site).into_iter().filter_map(|index| site.vals.get(index)).collect(),
    }
}

fn slot_ops(slot: &Slot, site: &Site<'_>) -> Vec<OpId> {
    match slot {
        Slot::This => site.this.iter().map(|(op, _)| *op).collect(),
        Slot::Any => site.args.iter().map(|arg| arg.value).collect(),
        _ => slot_indices(slot, site)
            .into_iter()
            .filter_map(|index| site.args.get(index))
            .map(|arg| arg.value)
            .collect(),
    }
}

/// The arguments a slot means, by position among the arguments.
fn slot_indices(slot: &Slot, site: &Site<'_>) -> Vec<usize> {
    if site.args.is_empty() {
        // A stored value is the only argument of the store.
        return (0..site.vals.len()).collect();
    }
    match slot {
        Slot::At(at) => {
            let mut position = 0;
            for (index, arg) in site.args.iter().enumerate() {
                if arg.spread {
                    return vec![index];
                }
                if arg.name == 0 {
                    if position == *at {
                        return vec![index];
                    }
                    position += 1;
                }
            }
            Vec::new()
        }
        Slot::From(at) => (*at..site.args.len())
            .filter(|index| site.args.get(*index).is_some_and(|arg| arg.name == 0))
            .collect(),
        _ => Vec::new(),
    }
}

fn holds(condition: &Condition, site: &Site<'_>) -> bool {
    let vals = slot_vals(&condition.slot, site);
    if vals.is_empty() && condition.open {
        return true;
    }
    match condition.test {
        Test::Absent => return vals.is_empty(),
        Test::Present => return !vals.is_empty(),
        _ => {}
    }
    vals.iter().any(|value| test(condition, value))
}

fn test(condition: &Condition, value: &Val) -> bool {
    let wanted = &condition.values;
    match condition.test {
        Test::Constant => return value.text.is_some(),
        Test::Variable => return value.text.is_none(),
        Test::Is => {
            return value
                .what
                .as_deref()
                .is_some_and(|what| wanted.iter().any(|wanted| what.ends_with(&**wanted)));
        }
        Test::Named => return is_named(value, wanted),
        Test::NotNamed => return !is_named(value, wanted),
        _ => {}
    }
    let Some(text) = &value.text else { return condition.open };
    let text = &*text.text;
    match condition.test {
        Test::Contains => wanted.iter().any(|wanted| text.contains(&**wanted)),
        Test::Starts => wanted.iter().any(|wanted| text.starts_with(&**wanted)),
        Test::NotStarts => !wanted.iter().any(|wanted| text.starts_with(&**wanted)),
        Test::Equals => wanted.iter().any(|wanted| text == &**wanted),
        Test::Lacks => !wanted.iter().any(|wanted| text.contains(&**wanted)),
        _ => false,
    }
}

fn is_named(value: &Val, wanted: &[Box<str>]) -> bool {
    value.what.as_deref().is_some_and(|what| {
        what.split('|').any(|flag| wanted.iter().any(|wanted| flag.rsplit('.').next() == Some(wanted)))
    })
}
