//! Objects of the tree told apart: what one of them holds, where it was seen being made.

use std::collections::btree_map::Entry;
use std::sync::Arc;

use crate::scan::code::catalogue::Match;
use crate::scan::code::catalogue::Role;
use crate::scan::code::evaluate::Evaluation;
use crate::scan::code::evaluate::Frame;
use crate::scan::code::evaluate::is_name;
use crate::scan::code::evaluate::own_taints;
use crate::scan::code::flow::Fact;
use crate::scan::code::ir::FuncKind;
use crate::scan::code::ir::Op;
use crate::scan::code::ir::OpId;
use crate::scan::code::ir::Sym;
use crate::scan::code::language::Language;
use crate::scan::code::rules;
use crate::scan::code::value::ClassRef;
use crate::scan::code::value::From;
use crate::scan::code::value::Input;
use crate::scan::code::value::Object;
use crate::scan::code::value::RECEIVER;
use crate::scan::code::value::Taint;
use crate::scan::code::value::Taints;
use crate::scan::code::value::Val;

/// Most classes looked at of what one extends.
const MOST_BASES: usize = 8;
/// Objects in objects whose data is gathered.
const MOST_DEPTH: usize = 3;
/// Calls and fields between a variable and the object in it that is stored to.
const MOST_CALLS: usize = 6;

impl<'w> Evaluation<'w> {
    /// Whether all that fills an object of a class is of the tree: what a library's class does with the fields of
    /// one that extends it, nothing here tells.
    pub(crate) fn is_told(&self, class: ClassRef) -> bool {
        self.line(class).iter().all(|class| {
            self.world
                .index
                .bases(*class)
                .iter()
                .all(|base| base.class.is_some() || is_plain(&base.path) || is_error(&base.path))
        }) && !self.adds_to_other(class)
    }

    /// Whether a class is one of errors by a class of a library that it extends.
    pub(crate) fn is_error(&self, class: ClassRef) -> bool {
        let bases = |class: &ClassRef| self.world.index.bases(*class).iter();
        self.line(class).iter().flat_map(bases).any(|base| base.class.is_none() && is_error(&base.path))
    }

    /// Whether instances are told apart in this file.
    fn tells_objects(&self) -> bool {
        self.unit.language != Language::C || self.world.structs
    }

    /// Whether a value is worth being told apart: in C nearly every variable is a struct, and most fields hold numbers.
    fn is_told_apart(&self, value: &Val) -> bool {
        self.unit.language != Language::C || !value.taints.is_empty() || value.func.is_some()
    }

    /// A value that is an instance of a class of the tree begins without anything in it.
    pub(crate) fn begin(&self, value: &mut Val) {
        if let Some(class) = value.inst
            && value.what.is_none()
            && self.tells_objects()
            && self.is_told(class)
        {
            value.object = Object::Whole;
            value.items = Some(Arc::default());
        }
    }

    /// A class and what it extends.
    fn line(&self, class: ClassRef) -> Vec<ClassRef> {
        let mut line = vec![class];
        let mut at = 0;
        while let Some(class) = line.get(at).copied().filter(|_| line.len() < MOST_BASES) {
            at += 1;
            for base in self.world.index.bases(class).iter().filter_map(|base| base.class) {
                if !line.contains(&base) {
                    line.push(base);
                }
            }
        }
        line
    }

    /// The field of what the method is called on that `op` reads.
    pub(crate) fn field_of_this(&mut self, frame: &Frame<'w>, op: OpId) -> Option<Arc<str>> {
        frame.function.class?;
        match frame.function.ops.get(op as usize)? {
            Op::Field(base, name) if frame.val(*base).object == Object::This => {
                Some(self.unit.strings.get(*name).into())
            }
            Op::Name(name) if self.implicit_this && !frame.vars.contains_key(name) => {
                let text = self.unit.strings.get(*name);
                let class = self.enclosing_class(frame.id)?;
                self.has_field(class, text).then(|| text.into())
            }
            Op::Any(parts) if parts.len() == 1 => self.field_of_this(frame, *parts.first()?),
            Op::Call { callee, args, .. } if args.is_empty() => {
                match frame.function.ops.get(*callee as usize)? {
                    // `self.name.clone()`
                    Op::Field(base, name)
                        if matches!(self.unit.strings.get(*name), "clone" | "copy" | "dup") =>
                    {
                        match frame.function.ops.get(*base as usize)? {
                            Op::Field(..) => self.field_of_this(frame, *base),
                            _ => None,
                        }
                    }
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// What a method of the object `this` gives that only gives a field of it.
    pub(crate) fn given_field(&mut self, this: &Val, field: &str) -> Option<Val> {
        let class = this.inst.filter(|_| this.object == Object::Whole)?;
        let mut item = this.item(field).filter(|item| item.inst.is_some() || item.items.is_some())?.clone();
        item.taints.add(&self.loose(class, field));
        Some(item)
    }

    /// The object `op` reads comes to hold `value` in a field, where it is known which object that is; whether it is.
    /// `also`: besides what the field holds.
    pub(crate) fn own_store(
        &mut self,
        frame: &mut Frame<'w>,
        op: OpId,
        class: ClassRef,
        field: &str,
        (value, also): (&Val, bool),
    ) -> bool {
        self.own_store_at(frame, op, class, field, (value, also), MOST_CALLS)
    }

    fn own_store_at(
        &mut self,
        frame: &mut Frame<'w>,
        op: OpId,
        class: ClassRef,
        field: &str,
        (value, also): (&Val, bool),
        depth: usize,
    ) -> bool {
        if !self.tells_objects() {
            return false;
        }
        let object = frame.val(op).object;
        if object == Object::This {
            return self.fill_this(frame, field, value);
        }
        let Some(root) = frame.root(op) else {
            if let Some(Op::Call { callee, .. }) = frame.function.ops.get(op as usize)
                && let Some(Op::Field(base, _)) = frame.function.ops.get(*callee as usize)
                && frame.val(*base).inst == frame.val(op).inst
                && depth > 0
            {
                // `desk.open().warm()`: what a method gave of the same class is the object it was called on.
                return self.own_store_at(frame, *base, class, field, (value, true), depth - 1);
            }
            let Some(Op::Field(base, outer)) = frame.function.ops.get(op as usize) else { return false };
            let Some(holder) = frame.val(*base).inst.filter(|_| depth > 0) else {
                return false;
            };
            // A field of an object in a field.
            let items = Some(Arc::new(vec![(Arc::from(field), value.clone())]));
            let inner = Val {
                inst: Some(class),
                object: Object::Whole,
                taints: value.taints.clone(),
                items,
                ..Val::default()
            };
            let outer = self.unit.strings.get(*outer);
            let base = *base;
            let told = self.own_store_at(frame, base, holder, outer, (&inner, true), depth - 1);
            if told {
                self.keep_known(frame, holder, outer, &inner);
            }
            return told;
        };
        if self.implicit_this
            && depth > 0
            && !frame.vars.contains_key(&root)
            && let Some(holder) = self.enclosing_class(frame.id)
            && frame.function.class.is_some()
        {
            let outer = self.unit.strings.get(root);
            if self.declares(holder, outer) {
                // `parcel.body = text` in a method: a field of an object in a field of what it is called on.
                let items = Some(Arc::new(vec![(Arc::from(field), value.clone())]));
                let taints = value.taints.clone();
                let inner = Val { inst: Some(class), object: Object::Whole, taints, items, ..Val::default() };
                let told = self.fill_this(frame, outer, &inner);
                if told {
                    self.keep_known(frame, holder, outer, &inner);
                }
                return told;
            }
        }
        if frame.function.kind == FuncKind::Closure
            && !frame.vars.contains_key(&root)
            && self.own_captured(frame, root, class, field, value)
        {
            return true;
        }
        let also = also || !frame.branches.is_empty();
        let told = self.is_told_apart(value);
        if !told && frame.vars.get(&root).is_none_or(|var| var.item(field).is_none()) {
            return frame.vars.get(&root).is_some_and(|var| var.object == Object::Whole)
                || frame.function.params.iter().any(|param| param.name == root && !param.receiver);
        }
        if let Some(var) = frame.vars.get_mut(&root).filter(|var| var.object == Object::Whole) {
            hold(var, field, value, also);
            let now = var.clone();
            self.remember(frame.id, root, &now);
            if !value.taints.is_empty() && self.is_shared(frame, root, op) {
                self.loosen(frame, class, field, &value.taints);
            }
            if !frame.function.params.iter().any(|param| param.name == root) {
                return true;
            }
        }
        let given = frame.function.params.iter().position(|param| param.name == root && !param.receiver);
        let Some(at) = given.filter(|_| !frame.summary.is_filled()) else { return false };
        if !told {
            return true;
        }
        frame.summary.add_fill(at as u16, field, Val { gate: None, fixed: false, ..value.clone() });
        true
    }

    /// An object in a variable of a function around this closure comes to hold `value` in a field; whether it is known
    /// which object that is.
    fn own_captured(
        &mut self,
        frame: &Frame<'w>,
        root: Sym,
        class: ClassRef,
        field: &str,
        value: &Val,
    ) -> bool {
        let mut scope = frame.function.parent;
        for _ in 0..64 {
            let Some(id) = scope else { return false };
            let Some(function) = self.unit.funcs.get(id as usize) else { return false };
            if let Some(known) = self.ever.get(id as usize).and_then(|ever| ever.get(&root)) {
                if known.object != Object::Whole || known.inst != Some(class) {
                    return false;
                }
                let mut held = Val { inst: Some(class), object: Object::Whole, ..Val::default() };
                // What the function around was given means something there.
                let seen = value.with_taints(&mut |taints| {
                    taints.rewritten(|taint, out| match taint.from {
                        From::Param(owner, _) if owner != id => {}
                        _ => out.push(taint.clone()),
                    })
                });
                hold(&mut held, field, &Val { gate: None, fixed: false, ..seen }, true);
                self.remember(id, root, &held);
                match self.captured.entry((id, root)) {
                    Entry::Occupied(mut known) => known.get_mut().join(&held),
                    Entry::Vacant(slot) => drop(slot.insert(held)),
                }
                return !function.params.iter().any(|param| param.name == root);
            }
            scope = function.parent;
        }
        false
    }

    /// Whether the object a variable holds was seen to be handed on before `until`, or was held by another one: what
    /// it comes to hold from then on is seen there too.
    fn is_shared(&self, frame: &Frame<'w>, root: Sym, until: OpId) -> bool {
        /// Most operations that are looked through.
        const MOST: usize = 2048;
        let ops = frame.function.ops.get(..until as usize).unwrap_or_default();
        let is = |op: OpId| frame.root(op) == Some(root);
        ops.iter().take(MOST).any(|op| match op {
            Op::Call { callee, args, .. } => args
                .iter()
                .enumerate()
                .any(|(at, arg)| is(arg.value) && self.is_handed_on(frame, *callee, at)),
            Op::List(parts) => parts.iter().any(|part| is(*part)),
            Op::Dict(pairs) => pairs.iter().any(|(_, part)| is(*part)),
            Op::Declare { name, value: Some(value), .. } => {
                is(*value) || *name == root && frame.root(*value).is_some()
            }
            Op::Assign { target, value, .. } => is(*value) || is(*target) && frame.root(*value).is_some(),
            Op::Give(value) => is(*value),
            _ => false,
        })
    }

    /// Whether what is called may keep the object that is its argument `at`: not where it is a function of the tree
    /// that was seen not to, or one that only reads or fills what it is given.
    fn is_handed_on(&self, frame: &Frame<'w>, callee: OpId, at: usize) -> bool {
        let Some(called) = frame.vals.get(callee as usize) else { return true };
        if let Some(func) = called.func {
            let unit = self.world.units.get(func.unit as usize);
            let Some(function) = unit.and_then(|unit| unit.funcs.get(func.func as usize)) else {
                return true;
            };
            let receivers = function.params.iter().take_while(|param| param.receiver).count();
            let at = at + receivers;
            return at >= 16
                || function.declared
                || function.asleep
                || self.summary(func).is_none_or(|summary| {
                    summary.hands >> at & 1 == 1
                        || summary.stores.iter().any(|(input, ..)| usize::from(input.param) == at)
                });
        }
        let Some(path) = &called.what else { return true };
        let method = path.rsplit('.').next().unwrap_or(path);
        if rules::LISTS.adding.contains(method) || rules::LISTS.putting.contains(method) {
            return true;
        }
        let known = self.matched.get(path);
        let only = |found: &Match| matches!(found.entry.api.role, Role::Propagator | Role::Sanitizer);
        known.is_none_or(|matches| matches.is_empty() || !matches.iter().all(only))
    }

    /// `Object.assign(this, fields)`: an object of the tree comes to hold what its arguments hold, name by name.
    pub(crate) fn assigned(&mut self, frame: &mut Frame<'w>, op: OpId, values: &[Val]) {
        let Some(class) = frame.val(op).inst else { return };
        for value in values {
            let named = value.items.as_ref().filter(|items| items.iter().all(|(name, _)| is_name(name)));
            let all: Vec<(Arc<str>, Val)> = match named {
                Some(items) => items.iter().take(64).cloned().collect(),
                None => vec![(EVERY.into(), value.clone())],
            };
            for (field, value) in all {
                match self.own_store(frame, op, class, &field, (&value, true)) {
                    true => self.keep_known(frame, class, &field, &value),
                    false => self.keep(frame, class, &field, &value),
                }
            }
        }
    }

    /// Which of its parameters a function may hand on to something that keeps them.
    pub(crate) fn hands_on(&self, frame: &mut Frame<'w>) {
        let end = frame.function.ops.len() as OpId;
        for (at, param) in
            frame.function.params.iter().enumerate().take(16).filter(|(_, param)| !param.receiver)
        {
            let object = frame.vars.get(&param.name).is_some_and(|value| value.inst.is_some());
            if object && self.is_shared(frame, param.name, end) {
                frame.summary.hands |= 1 << at;
            }
        }
    }

    /// A field of what the method is called on comes to hold `value`; whether each call of the method tells to which
    /// object that belongs.
    pub(crate) fn fill_this(&mut self, frame: &mut Frame<'w>, field: &str, value: &Val) -> bool {
        let function = frame.function;
        if function.class.is_none() || function.kind != FuncKind::Named || frame.summary.is_filled() {
            return false;
        }
        let mut value = Val { gate: None, fixed: false, ..value.clone() };
        let of_closure = |taint: &Taint| matches!(taint.from, From::Param(owner, _) if owner != frame.id);
        if value.taints.iter().any(of_closure) {
            value = value.with_taints(&mut |taints| own_taints(taints));
        }
        frame.summary.add_fill(RECEIVER, field, value);
        true
    }

    /// Data comes to be held by a field of any object of the class.
    pub(crate) fn loosen(&mut self, frame: &mut Frame<'w>, class: ClassRef, field: &str, taints: &Taints) {
        if taints.is_empty() {
            return;
        }
        let name = loose_name(field);
        self.store_given(frame, class, &name, taints);
        let taints = own_taints(taints);
        if !taints.is_empty() {
            self.store_field(class, &name, &Val { taints, ..Val::default() });
        }
    }

    /// What a field of any object of the class may hold.
    pub(crate) fn loose(&mut self, class: ClassRef, field: &str) -> Taints {
        let name = loose_name(field);
        let mut taints = Taints::default();
        for class in self.line(class) {
            taints.add(&self.kept(class, &name));
        }
        taints
    }

    /// All an object holds, where it is known which one it is.
    pub(crate) fn held_by(&mut self, value: &Val) -> Taints {
        let mut taints = Taints::default();
        self.gather(value, &mut taints, MOST_DEPTH);
        taints
    }

    /// The fields of `class` that are not written where an object of it is.
    pub(crate) fn left_out(&self, class: ClassRef) -> Vec<&'w str> {
        let world = self.world;
        let mut names = Vec::new();
        for class in self.line(class) {
            let Some(unit) = world.units.get(class.unit as usize) else { continue };
            let out = unit.classes.get(class.class as usize).map_or(&[][..], |class| &class.left_out);
            names.extend(out.iter().map(|name| unit.strings.get(*name)));
        }
        names
    }

    fn gather(&mut self, value: &Val, taints: &mut Taints, depth: usize) {
        taints.add(&value.taints);
        if let Some(class) = value.inst.filter(|_| value.object == Object::Whole && depth > 0) {
            for class in self.line(class) {
                taints.add(&self.kept_loose(class));
            }
        }
        let out = value.inst.map(|class| self.left_out(class)).unwrap_or_default();
        for (name, item) in value.items.iter().flat_map(|items| items.iter().take(64)).filter(|_| depth > 0) {
            if !out.contains(&&**name) {
                self.gather(item, taints, depth - 1);
            }
        }
    }

    /// Of what a method of the object `this` gives by what is known of all objects of its class, what this one holds.
    /// `key`: what the method is asked for, where it only gives the element under a key.
    pub(crate) fn of_object(&mut self, this: &Val, (method, key): (&str, &str), taints: &Taints) -> Taints {
        let Some(class) = this.inst.filter(|_| this.object == Object::Whole && !taints.is_empty()) else {
            return taints.clone();
        };
        let line = self.line(class);
        // An object this function was given: its callers know what is in it.
        let asked = self.unit.strings.find(method).unwrap_or_default();
        let of_it = |input: &Input| input.member == 0 || input.member == asked && input.inner == 0;
        let given: Vec<&Taint> = this
            .taints
            .iter()
            .filter(|taint| matches!(&taint.from, From::Param(_, input) if of_it(input)))
            .collect();
        let mut kept = Taints::default();
        for taint in taints.iter() {
            let fields = match &taint.from {
                From::Source(_) => self.fields_with(&line, &taint.from),
                From::Param(..) => Vec::new(),
            };
            if fields.is_empty() {
                kept.push(taint.clone());
                continue;
            }
            for field in fields {
                let covers = |taints: &Taints| taints.iter().any(|other| other.from.covers(&taint.from));
                if covers(&self.loose(class, &field)) {
                    kept.push(taint.clone());
                }
                let Some(item) = this.item(&field).cloned() else { continue };
                let item = self.held_by(&item);
                match covers(&item) {
                    true => kept.push(taint.clone()),
                    false => kept.add(&item),
                }
            }
            for theirs in &given {
                let mut theirs = Taint::clone(theirs);
                if let From::Param(_, input) = &mut theirs.from {
                    input.member = asked;
                    if input.member != 0 && !key.is_empty() {
                        input.inner = self.unit.strings.find(key).unwrap_or_default();
                    }
                }
                kept.push(theirs);
            }
        }
        kept
    }

    /// The fields of the classes of `line` that were seen to hold data of that origin, in order.
    fn fields_with(&mut self, line: &[ClassRef], from: &From) -> Vec<Arc<str>> {
        let mut found = Vec::new();
        for class in line {
            self.depends(Fact::class(*class));
            let all = [self.world.fields.get(class), self.fields.get(class)];
            for (name, value) in all.into_iter().flatten().flat_map(|fields| fields.iter()) {
                self.steps += 1;
                let holds = value.taints.iter().any(|taint| taint.from.covers(from))
                    || value
                        .items
                        .iter()
                        .flat_map(|items| items.iter().take(16))
                        .any(|(_, item)| item.taints.iter().any(|taint| taint.from.covers(from)));
                if holds && !name.starts_with(LOOSE) {
                    found.push(name.clone());
                }
            }
        }
        found.sort();
        found.dedup();
        found
    }

    fn kept(&mut self, class: ClassRef, name: &str) -> Taints {
        let mut taints = Taints::default();
        for fields in [self.world.fields.get(&class), self.fields.get(&class)].into_iter().flatten() {
            if let Some(value) = fields.get(name) {
                taints.add(&value.taints);
            }
        }
        self.uses(Fact::field(class, name), taints.len());
        taints
    }

    fn kept_loose(&mut self, class: ClassRef) -> Taints {
        self.depends(Fact::class(class));
        let out = self.left_out(class);
        let all = [self.world.fields.get(&class), self.fields.get(&class)];
        let mut all: Vec<(&Arc<str>, &Val)> = all
            .into_iter()
            .flatten()
            .flat_map(|fields| fields.iter())
            .filter(|(name, _)| name.strip_prefix(LOOSE).is_some_and(|name| !out.contains(&name)))
            .collect();
        all.sort_by(|a, b| a.0.cmp(b.0));
        let mut taints = Taints::default();
        all.into_iter().for_each(|(_, value)| taints.add(&value.taints));
        taints
    }
}

use super::BASE;

/// Stands for every field of an object: what it is given as a whole to keep name by name.
pub(crate) const EVERY: &str = "*";

/// What stands before the name of a field where all objects of a class may hold it.
pub(super) const LOOSE: &str = "@loose.";

/// The name under which is kept what a field of any object of a class may hold.
pub(crate) fn loose_name(field: &str) -> String {
    format!("{LOOSE}{field}")
}

/// Whether what a class outside the tree does with its objects is known to leave the fields of the tree alone.
fn is_plain(path: &str) -> bool {
    let name = path.split('<').next().unwrap_or(path);
    let name = name.rsplit(['.', ':', '\\']).next().unwrap_or(name);
    rules::LISTS.plain_base.contains(name)
}

/// An object comes to hold a value in a field: also, where what stands there may still be there.
pub(crate) fn hold(object: &mut Val, field: &str, value: &Val, also: bool) {
    /// Most fields.
    const MOST: usize = 256;
    if field == BASE {
        object.taints.add(&value.taints);
        return;
    }
    if field == EVERY {
        match value.items.as_ref().filter(|items| items.iter().all(|(name, _)| is_name(name))) {
            Some(items) => items.iter().take(MOST).for_each(|(name, item)| hold(object, name, item, also)),
            None => {
                object.taints.add(&value.taints);
                object.object = Object::Any;
            }
        }
        return;
    }
    let mut items = object.items.as_ref().map(|items| items.to_vec()).unwrap_or_default();
    let room = items.len() < MOST;
    match items.iter_mut().find(|(name, _)| **name == *field) {
        Some((_, old)) if also => old.join(value),
        Some((_, old)) => *old = value.clone(),
        None if room => items.push((field.into(), value.clone())),
        None => object.object = Object::Any,
    }
    object.items = Some(Arc::new(items));
}

/// Whether a class of a library is one of errors: these keep what they are given, and no more.
fn is_error(path: &str) -> bool {
    let name = path.rsplit(['.', ':', '\\']).next().unwrap_or(path);
    rules::LISTS.any_error.contains(name) || name.ends_with("Error") || name.ends_with("Exception")
}
