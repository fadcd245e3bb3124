//! Calls of functions of the tree by their summaries, and functions given away to be called.

use std::sync::Arc;

use crate::scan::code::calls::Site;
use crate::scan::code::calls::also;
use crate::scan::code::calls::only;
use crate::scan::code::calls::sets;
use crate::scan::code::calls::slots::holds;
use crate::scan::code::catalogue::Role;
use crate::scan::code::evaluate::EndpointUse;
use crate::scan::code::evaluate::Evaluation;
use crate::scan::code::evaluate::Frame;
use crate::scan::code::evaluate::hold;
use crate::scan::code::evaluate::is_given;
use crate::scan::code::evaluate::is_name;
use crate::scan::code::evaluate::own;
use crate::scan::code::evaluate::own_taints;
use crate::scan::code::flow::ANYWHERE;
use crate::scan::code::flow::Fact;
use crate::scan::code::flow::Fill;
use crate::scan::code::flow::ParamSink;
use crate::scan::code::flow::Passed;
use crate::scan::code::flow::Sink;
use crate::scan::code::flow::Summary;
use crate::scan::code::ir::Arg;
use crate::scan::code::ir::ClassId;
use crate::scan::code::ir::Func;
use crate::scan::code::ir::FuncId;
use crate::scan::code::ir::FuncKind;
use crate::scan::code::ir::Op;
use crate::scan::code::ir::OpId;
use crate::scan::code::ir::Place;
use crate::scan::code::ir::Sym;
use crate::scan::code::ir::Unit;
use crate::scan::code::language::Language;
use crate::scan::code::rules;
use crate::scan::code::turned::turned;
use crate::scan::code::value::CALLED;
use crate::scan::code::value::ClassRef;
use crate::scan::code::value::From;
use crate::scan::code::value::FuncRef;
use crate::scan::code::value::Hidden;
use crate::scan::code::value::Input;
use crate::scan::code::value::Object;
use crate::scan::code::value::RECEIVER;
use crate::scan::code::value::Taint;
use crate::scan::code::value::Taints;
use crate::scan::code::value::Text;
use crate::scan::code::value::Trail;
use crate::scan::code::value::Val;

/// The bytes a constant is: of a text its characters, of a list its numbers.
fn bytes_of(value: &Val) -> Option<Vec<u8>> {
    if let Some(items) = &value.items {
        let byte =
            |item: &Val| item.whole_text().and_then(|text| text.parse::<i64>().ok()).map(|code| code as u8);
        let bytes: Option<Vec<u8>> = items.iter().map(|(_, item)| byte(item)).collect();
        if let Some(bytes) = bytes.filter(|bytes| bytes.len() > 1) {
            return Some(bytes);
        }
    }
    let text = value.whole_text()?;
    if let (Ok(number), true) = (text.parse::<u8>(), value.fixed) {
        return Some(vec![number]);
    }
    text.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect()
}

/// Whether nothing is known of a value, and nothing of the world is in it; `around` is the function that has it.
fn is_unread(value: &Val, around: FuncId) -> bool {
    let unknown = value.text.as_ref().is_none_or(|text| !text.whole && text.hidden < Hidden::Spelled);
    let made = value.what.as_deref().is_some_and(|what| what.ends_with("()"));
    unknown
        && (value.func.is_none() || made)
        && value.inst.is_none()
        && value.taints.iter().all(|taint| matches!(taint.from, From::Param(func, _) if func != around))
}

/// Whether a value is made of what the file keeps: of literals, and of what is kept under a name.
fn is_kept(value: &Val) -> bool {
    value.taints.is_empty()
        && value.func.is_none()
        && (value.fixed
            || value.text.is_some()
            || value.items.is_some()
            || value.what.as_deref().is_none_or(|what| !what.ends_with("()")))
}

/// Of a literal that keeps functions under names, these alone.
fn functions_of(value: &Val) -> Option<Val> {
    /// Most members that are looked at.
    const MOST: usize = 64;
    let all = value.items.as_ref()?.iter().take(MOST);
    let named = all.filter(|(key, item)| item.func.is_some() && is_name(key));
    let kept: Vec<(Arc<str>, Val)> = named.map(|(key, item)| (key.clone(), only(item))).collect();
    (!kept.is_empty()).then(|| Val { items: Some(Arc::new(kept)), ..Val::default() })
}

/// What an input of a function is where it is called.
type Given = (Input, Taints);

/// What a function of a summary says of its parameters, by what it is given here.
fn replaced(taints: &Taints, func: FuncId, own_unit: bool, given: &[Given]) -> Taints {
    taints.rewritten(|taint, out| match &taint.from {
        From::Param(owner, input) if *owner == func => {
            let Some((_, theirs)) = given.iter().find(|(known, _)| known == input) else { return };
            for theirs in theirs.iter() {
                let trail = Trail::join(&theirs.trail, &taint.trail);
                out.push(Taint { from: theirs.from.clone(), trail });
            }
        }
        From::Param(..) if !own_unit => {}
        _ => out.push(taint.clone()),
    })
}

impl<'w> Evaluation<'w> {
    /// Applies the summary of a function of the tree.
    pub(crate) fn apply(&mut self, frame: &mut Frame<'w>, func: FuncRef, site: &Site<'_>) -> Val {
        let world = self.world;
        let Some(unit) = world.units.get(func.unit as usize) else { return Val::default() };
        let Some(target) = unit.funcs.get(func.func as usize) else { return Val::default() };
        if target.asleep {
            let mut passed = Taints::default();
            site.vals.iter().for_each(|value| passed.add(&value.taints));
            let made = self.made_text(func, site, None).unwrap_or_default();
            return Val { taints: passed, ..made };
        }
        let summary = if func.unit == self.number {
            self.summaries.get(func.func as usize).cloned()
        } else {
            world.summaries.get(func.unit as usize).and_then(|all| all.get(func.func as usize)).cloned()
        };
        let Some(summary) = summary else { return Val::default() };
        if func.unit != self.number || func.func >= frame.id {
            // Of its own functions those before this one are known as of this round.
            self.uses(Fact::function(func), summary.measure());
        }
        if target.class.is_some()
            && self.world.flows
            && site.this.as_ref().is_none_or(|(_, this)| this.inst.is_some())
        {
            self.called.insert(func);
        }
        let facts = summary.sinks.len() + summary.writes.len() + summary.calls.len() + summary.stores.len();
        self.steps += facts as u64;
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
                let found = found.or_else(|| target.params.iter().position(|param| param.collects));
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
        // What the inputs are here of which the summary tells.
        let mut given: Vec<Given> = Vec::new();
        let mut inputs = summary.inputs(func.func);
        // What functions it is given give is made of what they are passed, which is known then.
        inputs.sort_by_key(|input| input.member == CALLED);
        for input in inputs {
            if given.iter().any(|(known, _)| *known == input) {
                continue;
            }
            let mut taints = match input.member {
                CALLED => self.given_by_called(frame, site, (&summary, func), (&bound, &given), input),
                _ => self.given_for(frame, site, (unit, target), &bound, input),
            };
            if (input.param == RECEIVER || (receiver && input.param == 0))
                && let Some((op, this)) = &site.this
            {
                match input.member {
                    0 => taints.add(&this.taints),
                    CALLED => {}
                    member => {
                        let path = (unit.strings.get(member), unit.strings.get(input.inner));
                        taints.add(&self.of_path(frame, *op, this, path));
                    }
                }
            }
            let dot = |name| if matches!(name, 0 | CALLED) { "" } else { "." };
            let step = format_args!(
                "passed to {shown}({}{}{}{}{}{})",
                param_name(input.param),
                if input.member == CALLED { "()" } else { "" },
                dot(input.member),
                unit.strings.get(input.member),
                dot(input.inner),
                unit.strings.get(input.inner)
            );
            given.push((input, taints.step(self.number, site.place, step)));
        }
        let none = Taints::default();
        let taints_of = |input: Input| {
            given.iter().find(|(known, _)| *known == input).map_or(&none, |(_, taints)| taints)
        };
        let own_unit = func.unit == self.number;
        let replace = |taints: &Taints| replaced(taints, func.func, own_unit, &given);

        let mut result = summary.gives.with_taints(&mut |taints| {
            replace(taints).step(self.number, site.place, format_args!("returned by {shown}"))
        });
        for thrown in &summary.throws {
            frame.throw(thrown.with_taints(&mut |taints| {
                replace(taints).step(self.number, site.place, format_args!("thrown by {shown}"))
            }));
        }
        let keys: Vec<(Arc<str>, Arc<str>)> = summary
            .keyed
            .iter()
            .filter_map(|(field, param)| {
                let (_, at) = bound.iter().find(|(bound, _)| bound == param)?;
                Some((field.clone(), self.key_at(frame, site, *at)?))
            })
            .collect();
        // What is put into a field under a key the function is given is kept under that key.
        let under = |field: &str, value: Val| match keys.iter().find(|(keyed, _)| **keyed == *field) {
            Some((_, key)) => Val {
                taints: value.taints.clone(),
                items: Some(Arc::new(vec![(key.clone(), value)])),
                ..Val::default()
            },
            None => value,
        };
        let mut reached = Vec::new();
        let effects = summary.effects.clone();
        let macros = matches!(*target.marks, [mark] if unit.strings.get(mark) == "#define");
        for sink in &summary.sinks {
            let mut ends = sink.sink.clone();
            if (macros || !effects.is_empty()) && ends.unit == func.unit {
                // A macro sends where it is used.
                ends = Arc::new(Sink {
                    unit: self.number,
                    place: (site.place.line, site.place.column, site.place.end_line),
                    category: ends.category.clone(),
                    api: ends.api.clone(),
                    carrier: ends.carrier.clone(),
                    file: ends.file.clone(),
                    confidence: ends.confidence,
                });
            }
            reached.push((taints_of(sink.input).clone(), ends, sink.trail.clone()));
        }
        let sets: Vec<(Sym, Taints)> = match own_unit && target.parent.is_some() {
            true => summary.sets.iter().map(|(name, taints)| (*name, replace(taints))).collect(),
            false => Vec::new(),
        };
        let writes: Vec<(u16, Taints)> =
            summary.writes.iter().map(|(param, taints)| (*param, replace(taints))).collect();
        let called: Vec<Passed> =
            summary.calls.iter().map(|(param, at, taints)| (*param, *at, replace(taints))).collect();
        let fills: Vec<Fill> = summary
            .fills
            .iter()
            .map(|(param, field, value)| {
                let mut all = value.taints.iter();
                let apart =
                    value.items.iter().flat_map(|items| items.iter()).any(|(_, item)| is_given(item, 2));
                let same = match (all.next().map(|taint| &taint.from), all.next()) {
                    (Some(From::Param(owner, Input { param, member, inner: 0 })), None)
                        if *owner == func.func && !apart =>
                    {
                        let mut args = bound.iter().filter(|(bound, _)| bound == param);
                        let given = args.next().filter(|_| args.next().is_none());
                        let given = given.and_then(|(_, at)| site.vals.get(*at));
                        match member {
                            0 => given,
                            member => given.and_then(|given| given.item(unit.strings.get(*member))),
                        }
                    }
                    _ => None,
                };
                let value = match same {
                    // What it was given is what the field holds.
                    Some(given) => {
                        let taints = replace(&value.taints);
                        Val { taints, gate: None, ..given.clone() }
                    }
                    None => value.with_taints(&mut |taints| replace(taints)),
                };
                let value = if *param == RECEIVER { under(field, value) } else { value };
                (*param, field.clone(), value)
            })
            .collect();
        self.lend(
            frame,
            &summary.fills,
            (func.func, target.class.map(|class| (func.unit, class))),
            &bound,
            site,
        );
        let stored = summary.stores.iter().map(|(input, class, field)| {
            let mut arguments = bound.iter().filter(|(param, _)| *param == input.param && input.member == 0);
            // Of a map of options it is known which of them is kept where.
            let items = match (arguments.next(), arguments.next()) {
                (Some((_, at)), None) => site.vals.get(*at).and_then(|value| value.items.clone()),
                _ => None,
            };
            let items = items.filter(|items| items.iter().all(|(key, _)| is_name(key)));
            let value = Val { taints: taints_of(*input).clone(), items, ..Val::default() };
            (*class, field.clone(), under(field, value))
        });
        let stored: Vec<(ClassRef, Arc<str>, Val)> = stored.collect();
        for (category, api, confidence) in &effects {
            self.hit(frame, category, api, site.place, *confidence, false);
        }
        let chained = result.object == Object::This;
        // What the method itself puts into the object, this object holds from now on: `this.held ??= read()`.
        let mut put = Taints::default();
        for (_, _, value) in fills.iter().filter(|(param, ..)| *param == RECEIVER) {
            put.add(&value.taints);
        }
        self.fill_given(frame, func, site, (fills, &bound), &mut result);
        for param in &summary.fillers {
            let given = bound.iter().filter(|(bound, _)| bound == param);
            for value in given.filter_map(|(_, at)| site.vals.get(*at)) {
                self.filled_with(value, &mut result);
            }
        }
        for (class, field, value) in stored {
            self.store_field(class, &field, &value);
            for taint in value.taints.iter() {
                if let From::Param(owner, input) = taint.from
                    && owner == frame.id
                {
                    frame.summary.add_store(input, class, field.clone());
                }
            }
        }
        for (taints, sink, trail) in reached {
            self.reach(frame, &taints, &sink, &trail);
        }
        for (param, at) in bound.iter().filter(|(param, _)| *param < 16 && summary.anew >> *param & 1 == 1) {
            let unread = !given.iter().any(|(input, _)| input.param == *param);
            if let Some(arg) = site.args.get(*at).filter(|_| unread) {
                self.written_anew(frame, arg.value);
            }
        }
        for (name, taints) in sets {
            self.set_around(frame, func.func, name, &taints);
        }
        for (param, taints) in writes {
            for (_, arg) in bound.iter().filter(|(bound, _)| *bound == param) {
                if let Some(arg) = site.args.get(*arg) {
                    // Its own data coming back is nothing new.
                    self.taint_place(frame, arg.value, &taints);
                }
            }
        }
        for (param, place, taints) in called {
            for (_, arg) in bound.iter().filter(|(bound, _)| *bound == param) {
                let Some(value) = site.vals.get(*arg) else { continue };
                if let Some(callback) = value.func {
                    // What the callback writes into what it is called with may be what this gives.
                    if value.object != Object::Whole {
                        result.taints.add(&value.taints);
                    }
                    if place == ANYWHERE {
                        result.taints.add(&self.yielded_by(frame, callback));
                    }
                    self.pass_to(callback, place, &taints);
                }
                for taint in value.taints.iter() {
                    if let From::Param(owner, Input { param, member: 0, .. }) = taint.from
                        && owner == frame.id
                    {
                        frame.summary.add_call(param, place, &taints);
                    }
                }
            }
        }
        // Types, functions and constants travel with the arguments.
        for (param, arg) in &bound {
            if let Some(value) = site.vals.get(*arg) {
                // Their data is told by the summary, call by call.
                let value = match self.unit.language {
                    // Of a struct no more than its type: nearly every argument is one.
                    Language::C if value.inst.is_some() && value.func.is_none() => {
                        Val { taints: Taints::default(), items: None, ..value.clone() }
                    }
                    _ => value.with_taints(&mut |_| Taints::default()),
                };
                let mut value = Val { text: None, fixed: false, gate: None, ..value };
                if value.func.is_some() {
                    value.object = Object::Handed;
                }
                if value.what.as_deref().is_some_and(|what| !what.starts_with('?'))
                    || value.func.is_some()
                    || value.inst.is_some()
                {
                    self.inflow.push((func, *param, value));
                } else if let Some(table) = functions_of(&value) {
                    // `{ send: text => … }` given along: what its members are the function calls.
                    self.inflow.push((func, *param, table));
                }
            }
        }
        let own = func.unit == self.number && self.paths.contains(&func.func);
        if self.world.flows && (own || self.world.paths.contains(&func)) {
            for (param, arg) in &bound {
                let param = target.params.get(usize::from(*param)).map_or(0, |param| param.name);
                if let (Some(arg), Some(value)) = (site.args.get(*arg), site.vals.get(*arg)) {
                    self.shared_files(frame, func, param, arg.value, value);
                }
            }
        }
        self.callee_endpoints(&summary.sinks, site, &bound);
        if let Some(made) = self.made_text(func, site, Some(&result)) {
            if matches!(self.unit.language, Language::C | Language::Cpp)
                && let Some(root) = site.args.first().and_then(|arg| frame.deep_root(arg.value))
                && let Some(held) = frame.vars.get_mut(&root)
            {
                // `undo(name);` changes what it is given.
                held.text = made.text.clone();
            }
            result.text = made.text;
            result.fixed = true;
            result.items = None;
        } else if target.spells && site.vals.iter().all(is_kept) {
            // Spelled of constants, in a way nobody here can follow.
            let spelled = Text::unread();
            // `spell(name);` writes into what it is given.
            let buffers = matches!(self.unit.language, Language::C | Language::Cpp);
            for arg in site.args.iter().filter(|_| buffers) {
                let held = frame.deep_root(arg.value).and_then(|root| frame.vars.get_mut(&root));
                if let Some(held) = held
                    && held.items.as_ref().is_none_or(|items| items.len() < 2)
                    && held
                        .text
                        .as_ref()
                        .is_none_or(|text| text.text.trim_end_matches(['\0', '0']).is_empty())
                {
                    held.text = Some(spelled.clone());
                }
            }
            if is_unread(&result, frame.id) {
                result.text = Some(spelled);
                result.items = None;
            }
        }
        if let Some((_, this)) = &site.this
            && this.object == Object::Whole
            && !chained
        {
            let key = keys.first().map_or("", |(_, key)| key);
            result = result.with_taints(&mut |taints| {
                let mut kept = self.of_object(this, (name, key), taints);
                let own = |taint: &&Taint| put.iter().any(|put| put.from.covers(&taint.from));
                taints.iter().filter(own).for_each(|taint| kept.push(taint.clone()));
                kept
            });
            if let Some(Some(field)) = &summary.field
                && let Some(item) = self.given_field(this, field)
            {
                let taints = result.taints.clone();
                result = Val { func: result.func, ..item };
                result.taints.add(&taints);
            }
        }
        if let Some(class) = target.class.filter(|_| !keys.is_empty()) {
            let class = self.world.index.whole(ClassRef { unit: func.unit, class });
            let this = site.this.as_ref().map(|(_, this)| this);
            for (field, key) in &keys {
                result = result.with_taints(&mut |taints| self.under_key(this, class, (field, key), taints));
            }
        }
        result
    }

    /// The function `func` of this file, which is called, writes `taints` into a variable of a function around it:
    /// where that is this one, or one around this one.
    fn set_around(&mut self, frame: &mut Frame<'w>, func: FuncId, name: Sym, taints: &Taints) {
        let around = self.unit.funcs.get(func as usize).and_then(|function| function.parent);
        if around.is_some_and(|around| self.stands_in(around, frame.id) || self.stands_in(frame.id, around)) {
            self.taint_var(frame, name, taints);
        }
    }

    /// Containers the call is given, which the object it is of keeps as they are.
    fn lend(
        &mut self,
        frame: &mut Frame<'w>,
        fills: &[Fill],
        (func, class): (FuncId, Option<(u32, ClassId)>),
        bound: &[(u16, usize)],
        site: &Site<'_>,
    ) {
        let Some((unit, class)) = class.filter(|_| self.world.flows) else { return };
        let class = self.world.index.whole(ClassRef { unit, class });
        for (_, field, value) in fills.iter().filter(|(param, ..)| *param == RECEIVER) {
            let mut all = value.taints.iter();
            let (Some(Taint { from: From::Param(owner, input), trail }), None) = (all.next(), all.next())
            else {
                continue;
            };
            // What was made of it on the way is another one.
            let kept = |trail: &Arc<Trail>| trail.depth == 1 && trail.what.starts_with("stored in");
            if *owner != func || input.member != 0 || !trail.as_ref().is_none_or(kept) {
                continue;
            }
            for (_, at) in bound.iter().filter(|(param, _)| *param == input.param) {
                if let Some(arg) = site.args.get(*at) {
                    self.lend_to(frame, class, field, arg.value);
                }
            }
        }
    }

    /// An object of `class` keeps in a field what `op` reads: where that is a container, both hold the same.
    pub(crate) fn lend_to(&mut self, frame: &mut Frame<'w>, class: ClassRef, field: &str, op: OpId) {
        /// Most of one function.
        const MOST: usize = 16;
        let Some(root) = frame.root(op).filter(|root| self.world.flows && frame.vars.contains_key(root))
        else {
            return;
        };
        let given = frame.val(op);
        let known = given.inst.is_some() || given.func.is_some() || given.class.is_some();
        let lent = (root, class, Arc::from(field));
        if known || given.whole_text().is_some() || frame.lent.len() >= MOST || frame.lent.contains(&lent) {
            return;
        }
        frame.lent.push(lent);
        // What threads put there that nobody here starts.
        let loose = self.loose(class, field);
        self.taint_var(frame, root, &loose);
    }

    /// The functions `value` is fill the new object `made`.
    fn filled_with(&mut self, value: &Val, made: &mut Val) {
        if value.func.is_none() {
            made.object = Object::Any;
        }
        for func in value.func.into_iter().chain(also(value)) {
            let Some(summary) = self.summary(func) else { continue };
            self.uses(Fact::function(func), summary.measure());
            for (_, field, value) in summary.fills.iter().filter(|(param, ..)| *param != RECEIVER) {
                hold(made, field, &own(value), true);
            }
        }
    }

    /// Objects the call is given, or is of, come to hold what the function puts into their fields.
    fn fill_given(
        &mut self,
        frame: &mut Frame<'w>,
        func: FuncRef,
        site: &Site<'_>,
        (fills, bound): (Vec<Fill>, &[(u16, usize)]),
        result: &mut Val,
    ) {
        let this = site.this.clone();
        let chains = result.object == Object::This;
        if chains {
            // `return this` gives what it was called on.
            let given = std::mem::take(&mut result.taints);
            match &this {
                Some((_, this)) if this.inst.is_some() => {
                    *result = Val { text: None, gate: None, fixed: false, ..this.clone() };
                    result.taints.add(&given);
                }
                _ => {
                    result.object = Object::Any;
                    result.taints = given;
                }
            }
        }
        let owner = self
            .world
            .units
            .get(func.unit as usize)
            .and_then(|unit| unit.funcs.get(func.func as usize)?.class);
        let owner = owner.map(|class| self.world.index.whole(ClassRef { unit: func.unit, class }));
        for (param, field, value) in fills {
            if param == RECEIVER
                && value.object == Object::Whole
                && let Some(class) = owner
            {
                // What is in the object that the field holds from now on.
                self.store_field(class, &field, &value);
            }
            if param == RECEIVER {
                let lent =
                    frame.lent.iter().filter(|(_, class, name)| Some(*class) == owner && *name == field);
                for name in lent.map(|(name, ..)| *name).collect::<Vec<_>>() {
                    self.taint_var(frame, name, &value.taints);
                }
                if let Some(fresh) = &mut self.fresh {
                    fresh.push((field, value));
                    continue;
                }
                let of = this.as_ref().and_then(|(op, this)| Some((*op, this.inst?)));
                let mut told = match of {
                    Some((op, class)) => self.own_store(frame, op, class, &field, (&value, true)),
                    // `load()` in a method of the class is a method of the same object.
                    None => {
                        self.implicit_this
                            && this.is_none()
                            && owner.is_some()
                            && self.enclosing_class(frame.id) == owner
                            && self.fill_this(frame, &field, &value)
                    }
                };
                if chains && result.object == Object::Whole {
                    hold(result, &field, &value, true);
                    told = true;
                }
                if let Some(class) = owner.filter(|_| !told) {
                    self.loosen(frame, class, &field, &value.taints);
                }
                continue;
            }
            for (_, at) in bound.iter().filter(|(bound, _)| *bound == param) {
                let (Some(arg), Some(given)) = (site.args.get(*at), site.vals.get(*at)) else { continue };
                let Some(class) = given.inst else { continue };
                if !self.own_store(frame, arg.value, class, &field, (&value, true)) {
                    self.loosen(frame, class, &field, &value.taints);
                }
            }
        }
    }

    /// The text a small function of the tree makes of the constants it is called with, or of those it keeps, by
    /// turning their characters into others.
    pub(crate) fn made_text(&self, func: FuncRef, site: &Site<'_>, gives: Option<&Val>) -> Option<Val> {
        let unit = self.world.units.get(func.unit as usize)?;
        let target = unit.funcs.get(func.func as usize).filter(|target| !target.turns.is_empty())?;
        let params: Vec<&str> = target
            .params
            .iter()
            .filter(|param| !param.receiver)
            .map(|param| unit.strings.get(param.name))
            .collect();
        let key = |name: &str| {
            if let Some(at) = params.iter().position(|param| param.trim_start_matches('$') == name) {
                return site.vals.get(at).and_then(bytes_of);
            }
            let symbol = unit.strings.find(name).or_else(|| unit.strings.find(&format!("${name}")))?;
            if func.unit != self.number {
                return None;
            }
            let mut scope = Some(func.func);
            for _ in 0..8 {
                let id = scope?;
                if let Some(value) = self.known_in(id, symbol) {
                    return bytes_of(value);
                }
                scope = self.unit.funcs.get(id as usize)?.parent;
            }
            None
        };
        let given = site.vals.iter().chain(site.this.iter().map(|(_, this)| this)).filter_map(bytes_of);
        let kept = gives.filter(|gives| gives.text.as_ref().is_none_or(|text| text.hidden == Hidden::Plain));
        let made = given.chain(kept.and_then(bytes_of)).find_map(|bytes| turned(&bytes, &target.turns, &key));
        made.map(|text| Val::built(text, true).hide(Hidden::Spelled))
    }

    /// What the arguments that become a parameter carry of an input of `target`, a function of `unit`.
    fn given_for(
        &mut self,
        frame: &Frame<'w>,
        site: &Site<'_>,
        (unit, target): (&Unit, &Func),
        bound: &[(u16, usize)],
        input: Input,
    ) -> Taints {
        let mut taints = Taints::default();
        let Some(param) = target.params.get(usize::from(input.param)) else { return taints };
        let member = unit.strings.get(input.member);
        for (_, at) in bound.iter().filter(|(param, _)| *param == input.param) {
            let (Some(value), Some(arg)) = (site.vals.get(*at), site.args.get(*at)) else { continue };
            let label = self.unit.strings.get(arg.name);
            let by_name = arg.spread && !param.collects && self.has_names(frame, arg.value, value);
            match (param.collects && !label.is_empty(), by_name, member) {
                (true, _, member) if !member.is_empty() && member != label => {}
                // `send(**options)`: what is kept under the parameter's name.
                (_, true, _) => {
                    taints.add(&self.of_member(frame, arg.value, value, unit.strings.get(param.name)))
                }
                (true, ..) | (_, _, "") if value.object == Object::Whole => taints.add(&self.held_by(value)),
                (true, ..) | (_, _, "") => taints.add(&value.taints),
                _ => {
                    let path = (member, unit.strings.get(input.inner));
                    taints.add(&self.of_path(frame, arg.value, value, path));
                }
            }
        }
        taints
    }

    /// What the functions give that become a parameter: of what they are passed, `given` says what it is here.
    fn given_by_called(
        &mut self,
        frame: &mut Frame<'w>,
        site: &Site<'_>,
        (summary, func): (&Summary, FuncRef),
        (bound, given): (&[(u16, usize)], &[Given]),
        input: Input,
    ) -> Taints {
        let own_unit = func.unit == self.number;
        let calls = summary.calls.iter().filter(|(param, ..)| *param == input.param);
        let passed: Vec<(u16, Taints)> =
            calls.map(|(_, at, taints)| (*at, replaced(taints, func.func, own_unit, given))).collect();
        let mut taints = Taints::default();
        for (_, at) in bound.iter().filter(|(param, _)| *param == input.param) {
            if let (Some(value), Some(arg)) = (site.vals.get(*at), site.args.get(*at)) {
                taints.add(&self.gives_called(frame, (arg.value, value), &passed, site.place));
            }
        }
        taints
    }

    /// What the function `value` is gives where it is called with what is `passed` at each place.
    fn gives_called(
        &mut self,
        frame: &mut Frame<'w>,
        (op, value): (OpId, &Val),
        passed: &[(u16, Taints)],
        place: Place,
    ) -> Taints {
        let mut taints = self.called_of(value);
        if !taints.is_empty() {
            return taints;
        }
        let items =
            value.items.iter().flat_map(|items| items.iter().take(64)).filter_map(|(_, item)| item.func);
        let mut funcs: Vec<FuncRef> = value.func.into_iter().chain(items).collect();
        funcs.dedup();
        if funcs.is_empty() {
            // A function of a library: what it makes of what it is passed.
            passed.iter().for_each(|(_, passed)| taints.add(passed));
            let named = |path: &&Arc<str>| !path.starts_with('?') && !path.ends_with([')', ']']);
            if let Some(path) = value.what.as_ref().filter(named) {
                taints.add(&value.taints);
                taints.add(&self.given_by(frame, op, value, path, place));
            }
            return taints;
        }
        for func in funcs {
            if func.unit != self.number || func.func >= frame.id {
                let seen = self.summary(func).map_or(0, |summary| summary.measure());
                self.uses(Fact::function(func), seen);
            }
            let Some(summary) = self.summary(func) else { continue };
            let unit = self.world.units.get(func.unit as usize);
            let function = unit.and_then(|unit| unit.funcs.get(func.func as usize));
            let Some(params) = function.map(|function| &function.params) else { continue };
            for taint in self.held_by(&summary.gives).iter() {
                match taint.from {
                    From::Param(owner, input) if owner == func.func => {
                        let free =
                            params.iter().take(usize::from(input.param)).filter(|param| !param.receiver);
                        let place = free.count();
                        let at = |at: &u16| *at == ANYWHERE || usize::from(*at) == place;
                        passed
                            .iter()
                            .filter(|(place, _)| at(place))
                            .for_each(|(_, passed)| taints.add(passed));
                    }
                    From::Param(..) if value.object == Object::Whole => taints.add(&value.taints),
                    From::Param(..) if func.unit != self.number => {}
                    _ => taints.push(taint.clone()),
                }
            }
        }
        taints
    }

    /// Whether what is spread has names: a map of options, the collected labelled arguments of this function.
    fn has_names(&self, frame: &Frame<'w>, op: OpId, value: &Val) -> bool {
        let collected = |name| frame.function.params.iter().any(|param| param.collects && param.name == name);
        let named = |(key, _): &(Arc<str>, Val)| is_name(key);
        frame.root(op).is_some_and(collected)
            || value.items.as_ref().is_some_and(|items| items.iter().any(named))
    }

    /// Whether a function is called where it is read.
    pub(crate) fn is_getter(&self, func: FuncRef) -> bool {
        let unit = self.world.units.get(func.unit as usize);
        unit.and_then(|unit| unit.funcs.get(func.func as usize)).is_some_and(|function| function.getter)
    }

    /// What a getter of the object at `base` gives.
    pub(crate) fn got(&mut self, frame: &mut Frame<'w>, base: OpId, func: FuncRef, place: Place) -> Val {
        let this = Some((base, frame.val(base).clone()));
        let site = Site { place, args: &[], names: Vec::new(), vals: Vec::new(), this, receiver: "" };
        self.apply(frame, func, &site)
    }

    /// `object[index] = value` on an object of the tree whose class says what that does; whether it does.
    pub(crate) fn store_by_method(
        &mut self,
        frame: &mut Frame<'w>,
        base: OpId,
        index: OpId,
        value: &Val,
        place: Place,
    ) -> bool {
        let held = frame.val(base).clone();
        let Some(class) = held.inst else { return false };
        let mut methods = rules::LISTS.index_store.iter();
        let Some(func) = methods.find_map(|name| self.class_member(class, name)?.func) else { return false };
        let args = [index, base].map(|value| Arg { name: 0, value, spread: false });
        let site = Site {
            place,
            args: &args,
            names: vec!["", ""],
            vals: vec![frame.val(index).clone(), value.clone()],
            this: Some((base, held)),
            receiver: "",
        };
        self.apply(frame, func, &site);
        true
    }

    /// A constant given to a function that hands it to the network as whom to talk to.
    fn callee_endpoints(&mut self, sinks: &[ParamSink], site: &Site<'_>, bound: &[(u16, usize)]) {
        for sink in sinks.iter().filter(|sink| matches!(&*sink.sink.carrier, "url" | "host")) {
            for (_, arg) in
                bound.iter().filter(|(param, _)| *param == sink.input.param && sink.input.member == 0)
            {
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
    pub(crate) fn callbacks(&mut self, frame: &mut Frame<'w>, site: &Site<'_>, taints: &Taints) {
        self.called_with(frame, site, taints);
        // What a container holds is what a function given to its methods is called with.
        let mut element = Val::default();
        let held = site.this.iter().flat_map(|(_, this)| this.items.iter()).flat_map(|items| items.iter());
        if site.vals.iter().any(|value| value.func.is_some()) {
            held.take(8).for_each(|(_, item)| element.join(&only(item)));
        }
        if element.inst.is_some() || element.func.is_some() {
            for func in site.vals.iter().filter_map(|value| value.func) {
                let unit = self.world.units.get(func.unit as usize);
                let params = unit.and_then(|unit| unit.funcs.get(func.func as usize)).map(|f| &f.params);
                let free = params.into_iter().flatten().enumerate().filter(|(_, param)| !param.receiver);
                let free: Vec<u16> = free.map(|(index, _)| index as u16).take(2).collect();
                self.inflow.extend(free.into_iter().map(|index| (func, index, element.clone())));
            }
        }
        for value in &site.vals {
            if let Some(func) = value.func {
                self.pass_to(func, ANYWHERE, taints);
                let sources = own_taints(taints);
                if func.unit == self.number && sources.len() != taints.len() {
                    // Parameters of this function given on to a closure of it.
                    let seen = self.summaries.get(func.func as usize).map_or(0, |known| known.measure());
                    self.uses(Fact::function(func), seen);
                    let known = self.summaries.get(func.func as usize).cloned().unwrap_or_default();
                    for sink in &known.sinks {
                        self.reach(frame, taints, &sink.sink, &sink.trail);
                    }
                    for (name, _) in &known.sets {
                        self.set_around(frame, func.func, *name, taints);
                    }
                }
            }
            if value.func.is_some() {
                for taint in value.taints.iter() {
                    if let From::Param(owner, Input { param, member: 0, .. }) = taint.from
                        && owner == frame.id
                    {
                        frame.summary.add_call(param, ANYWHERE, taints);
                    }
                }
            }
            for item in value.items.iter().flat_map(|items| items.iter().take(64)) {
                if let Some(func) = item.1.func {
                    self.pass_to(func, ANYWHERE, taints);
                }
            }
        }
    }

    /// Methods and functions from outside the tree that are given along are called with `taints`:
    /// `lines.forEach(form::add)`, `order.then(eval)`.
    fn called_with(&mut self, frame: &mut Frame<'w>, site: &Site<'_>, taints: &Taints) {
        if taints.is_empty() {
            return;
        }
        for (arg, value) in site.args.iter().zip(&site.vals) {
            let (Some(path), None) = (&value.what, value.func) else { continue };
            let (base, name) = match frame.function.ops.get(arg.value as usize) {
                Some(Op::Field(base, name)) => (Some(*base), *name),
                Some(Op::Name(name)) => (None, *name),
                _ => continue,
            };
            if path.ends_with([')', ']']) || frame.function.params.iter().any(|param| param.name == name) {
                continue;
            }
            let path = path.clone();
            let inner = Site {
                place: site.place,
                args: &[],
                names: Vec::new(),
                vals: vec![Val { taints: taints.clone(), ..Val::default() }],
                this: base.map(|base| (base, frame.val(base).clone())),
                receiver: "",
            };
            let matches = self.matches(&path);
            for found in matches.iter().filter(|found| found.entry.api.role == Role::Sink) {
                if found.entry.when.iter().all(|condition| holds(condition, &inner)) {
                    self.sink(frame, found, &path, &inner, &None);
                }
            }
            let method = self.unit.strings.get(name);
            if let Some(base) = base.filter(|_| rules::LISTS.adding.contains(method) || sets(method)) {
                self.taint_place(frame, base, taints);
            }
        }
    }

    /// Functions given along are called with `value` first, or on it.
    pub(crate) fn hand(&mut self, site: &Site<'_>, value: &Val, receiver: bool) {
        for func in site.vals.iter().filter_map(|given| given.func) {
            let unit = self.world.units.get(func.unit as usize);
            let params =
                unit.and_then(|unit| unit.funcs.get(func.func as usize)).map(|function| &function.params);
            let first = params.and_then(|params| params.iter().position(|param| param.receiver == receiver));
            if let Some(first) = first {
                let mut value = Val { text: None, gate: None, fixed: false, ..own(value) };
                // What is not known yet may be in a later round.
                value.what = value.what.filter(|what| !what.starts_with('?'));
                self.inflow.push((func, first as u16, value));
            }
        }
    }

    /// A closure that was given to this function to be called is called with these arguments: what it writes into
    /// variables around it, where it stands, is made of them.
    pub(crate) fn pass_each(&mut self, func: FuncRef, site: &Site<'_>) {
        let unit = self.world.units.get(func.unit as usize);
        let Some(function) = unit.and_then(|unit| unit.funcs.get(func.func as usize)) else { return };
        if function.kind != FuncKind::Closure {
            return;
        }
        let free = function.params.iter().enumerate().filter(|(_, param)| !param.receiver);
        for ((index, _), value) in free.zip(&site.vals) {
            let taints = own_taints(&value.taints);
            if !taints.is_empty() {
                self.inflow.push((func, index as u16, Val { taints, ..Val::default() }));
            }
        }
    }

    /// A function is called with `taints`: at that place among its parameters, or [`ANYWHERE`].
    pub(crate) fn pass_to(&mut self, func: FuncRef, place: u16, taints: &Taints) {
        let taints = own_taints(taints);
        if taints.is_empty() {
            return;
        }
        let unit = self.world.units.get(func.unit as usize);
        let params =
            unit.and_then(|unit| unit.funcs.get(func.func as usize)).map(|function| &function.params);
        let params = params.into_iter().flatten().enumerate();
        let free = params.filter(|(_, param)| place == ANYWHERE || !param.receiver).enumerate();
        for (at, (index, param)) in free {
            if place == ANYWHERE || at == usize::from(place) || param.collects {
                self.inflow.push((func, index as u16, Val { taints: taints.clone(), ..Val::default() }));
            }
        }
    }
}
