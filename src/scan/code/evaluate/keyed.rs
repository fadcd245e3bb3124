//! Containers whose elements are told apart by a key: keys that are the name of a constant, methods that are given
//! the key, and objects of the tree that are read or walked through like a container.

use std::sync::Arc;

use crate::scan::code::calls::Site;
use crate::scan::code::calls::is_personal;
use crate::scan::code::evaluate::Evaluation;
use crate::scan::code::evaluate::Frame;
use crate::scan::code::evaluate::is_name;
use crate::scan::code::evaluate::members::apart;
use crate::scan::code::ir::Arg;
use crate::scan::code::ir::Op;
use crate::scan::code::ir::OpId;
use crate::scan::code::ir::Place;
use crate::scan::code::ir::Sym;
use crate::scan::code::language::Language;
use crate::scan::code::rules;
use crate::scan::code::value::ClassRef;
use crate::scan::code::value::FuncRef;
use crate::scan::code::value::Object;
use crate::scan::code::value::Taints;
use crate::scan::code::value::Val;

/// Most operations of a method that is looked through for keys it hands on.
const MOST_OPS: usize = 96;

impl<'w> Evaluation<'w> {
    /// The name under which the element at `op` is kept: a constant text, or the name of a constant (`Key.HOST`,
    /// `.host`), whatever its value is.
    pub(crate) fn key_of(&self, frame: &Frame<'w>, op: OpId) -> Option<Arc<str>> {
        let held = frame.val(op);
        if let Some(text) = held.text.as_ref().filter(|text| text.whole) {
            return Some(text.text.clone()).filter(|text| is_name(text));
        }
        // `Fact.TOKEN` of an enumeration of the tree is an object of it, and a name all the same.
        let constant = match frame.function.ops.get(op as usize)? {
            Op::Field(base, name) => {
                frame.val(*base).class.is_some() && is_constant(self.unit.strings.get(*name))
            }
            _ => false,
        };
        let object = held.inst.is_some() || held.items.is_some();
        let told = held.func.is_some() || held.class.is_some() || object && !constant;
        // `Key.PASSWORD` is called like somebody's data, and only is a name.
        if told || !held.taints.iter().all(is_personal) || self.unit.language == Language::C {
            return None;
        }
        let name = match frame.function.ops.get(op as usize)? {
            Op::Field(base, name) => {
                let text = self.unit.strings.get(*name);
                // `.host` is a member of what is expected there.
                let expected = matches!(frame.function.ops.get(*base as usize), Some(Op::Literal(0)));
                (expected || frame.val(*base).class.is_some() || is_constant(text)).then_some(text)
            }
            Op::Name(name) if !frame.vars.contains_key(name) => {
                Some(self.unit.strings.get(*name)).filter(|text| is_constant(text))
            }
            Op::Any(parts) if parts.len() == 1 => return self.key_of(frame, *parts.first()?),
            _ => None,
        };
        name.filter(|name| is_name(name)).map(Into::into)
    }

    /// The key the argument `at` of a call is.
    pub(crate) fn key_at(&self, frame: &Frame<'w>, site: &Site<'_>, at: usize) -> Option<Arc<str>> {
        match site.vals.get(at)?.whole_text() {
            Some(text) => is_name(text).then(|| text.into()),
            None => self.key_of(frame, site.args.get(at)?.value),
        }
    }

    /// The fields of what a method is called on of which it only ever reads or stores the element under a key it
    /// is given, with the parameter that key is.
    pub(crate) fn keyed_fields(&mut self, frame: &Frame<'w>) -> Vec<(Arc<str>, u16)> {
        let function = frame.function;
        let fits = function.class.is_some() && !function.params.is_empty() && function.ops.len() <= MOST_OPS;
        if !fits || !self.world.flows || self.unit.language == Language::C {
            return Vec::new();
        }
        let mut keyed: Vec<(Sym, u16)> = Vec::new();
        let mut under_key: Vec<OpId> = Vec::new();
        for op in &function.ops {
            let (base, key) = match op {
                Op::Index(base, key) => (*base, *key),
                Op::Call { callee, args, .. } => {
                    let Some(Op::Field(base, method)) = function.ops.get(*callee as usize) else { continue };
                    let method = self.unit.strings.get(*method);
                    let by_key =
                        rules::LISTS.taking.contains(method) || rules::LISTS.putting.contains(method);
                    match args.first().filter(|_| by_key) {
                        Some(key) => (*base, key.value),
                        None => {
                            // `shelves.end()`, `shelves.size()` give nothing of what it holds.
                            let nothing = args.is_empty()
                                && (matches!(method, "end" | "cend") || rules::LISTS.amount.contains(method));
                            let read = nothing.then(|| self.field_behind(frame, *base, 6)).flatten();
                            under_key.extend(read.map(|(_, at)| at));
                            continue;
                        }
                    }
                }
                _ => continue,
            };
            let Some(param) = given_key(frame, key) else { continue };
            if let Some((field, at)) = self.field_behind(frame, base, 6) {
                under_key.push(at);
                if !keyed.contains(&(field, param)) {
                    keyed.push((field, param));
                }
            }
        }
        // Where the whole of it is used too, the key tells nothing.
        let looked_at = if keyed.is_empty() { &[][..] } else { function.ops.as_slice() };
        for (at, op) in looked_at.iter().enumerate() {
            if let Op::Field(_, name) | Op::Name(name) = op
                && keyed.iter().any(|(field, _)| field == name)
                && !under_key.contains(&(at as OpId))
                && self.field_behind(frame, at as OpId, 1).is_some()
            {
                keyed.retain(|(field, _)| field != name);
            }
        }
        let several = |field: &Sym| keyed.iter().filter(|(other, _)| other == field).count() > 1;
        let once = keyed.iter().filter(|(field, _)| !several(field));
        once.take(4).map(|(field, param)| (self.unit.strings.get(*field).into(), *param)).collect()
    }

    /// The field of what the method is called on that is behind `op`, and where it is read.
    fn field_behind(&mut self, frame: &Frame<'w>, op: OpId, depth: usize) -> Option<(Sym, OpId)> {
        match frame.function.ops.get(op as usize)? {
            Op::Field(base, name) if frame.val(*base).object == Object::This => Some((*name, op)),
            Op::Name(name) if self.implicit_this && !frame.vars.contains_key(name) => {
                let class = self.enclosing_class(frame.id)?;
                self.declares(class, self.unit.strings.get(*name)).then_some((*name, op))
            }
            Op::Any(parts) if parts.len() == 1 && depth > 0 => {
                self.field_behind(frame, *parts.first()?, depth - 1)
            }
            Op::Call { callee, .. } if depth > 0 => match frame.function.ops.get(*callee as usize)? {
                Op::Field(base, method) if rules::LISTS.behind.contains(self.unit.strings.get(*method)) => {
                    self.field_behind(frame, *base, depth - 1)
                }
                _ => None,
            },
            _ => None,
        }
    }

    /// Of what a method gives that reads the element of a field under a key, what that element may hold: what is
    /// seen under other keys alone is not it.
    pub(crate) fn under_key(
        &mut self,
        this: Option<&Val>,
        class: ClassRef,
        (field, key): (&str, &str),
        taints: &Taints,
    ) -> Taints {
        if taints.is_empty() {
            return Taints::default();
        }
        let own = this.filter(|this| this.object == Object::Whole).and_then(|this| this.item(field).cloned());
        let held = own.or_else(|| self.class_member(class, field));
        held.map_or_else(|| taints.clone(), |held| apart(&held, key, taints))
    }

    /// What the class of an object of the tree says an element of it is: `operator fun get`, `__getitem__`,
    /// `this[]`.
    pub(crate) fn read_by_method(
        &mut self,
        frame: &mut Frame<'w>,
        (base, index): (OpId, OpId),
        place: Place,
    ) -> Option<Val> {
        if matches!(
            self.unit.language,
            Language::C
                | Language::Go
                | Language::Java
                | Language::JavaScript
                | Language::TypeScript
                | Language::Tsx
        ) {
            // Here an element is never a method's.
            return None;
        }
        let held = frame.val(base).clone();
        let class = held.inst?;
        let func = self.method_of(class, &rules::LISTS.index_read)?;
        let args = [Arg { name: 0, value: index, spread: false }];
        let vals = vec![frame.val(index).clone()];
        let site = Site { place, args: &args, names: vec![""], vals, this: Some((base, held)), receiver: "" };
        Some(self.apply(frame, func, &site))
    }

    /// What is met one after the other where an object of the tree is walked through whose class says what that is:
    /// `__iter__`, `iterator`, `next`.
    pub(crate) fn walked(&mut self, frame: &mut Frame<'w>, base: OpId, place: Place) -> Option<Val> {
        let mut held = frame.val(base).clone();
        for _ in 0..2 {
            let func = self.method_of(held.inst?, &rules::LISTS.walking)?;
            let site = Site {
                place,
                args: &[],
                names: Vec::new(),
                vals: Vec::new(),
                this: Some((base, held)),
                receiver: "",
            };
            let given = self.apply(frame, func, &site);
            if self.gives_each(func) {
                return Some(given);
            }
            if given.inst.is_some() && given.items.is_none() {
                // An iterator with a class of its own.
                held = given;
                continue;
            }
            let mut each = Val { taints: given.taints.clone(), ..Val::default() };
            given.items.iter().flat_map(|items| items.iter().take(16)).for_each(|(_, item)| each.join(item));
            return Some(each);
        }
        None
    }

    /// Whether what a method gives is one element, not what holds them all.
    fn gives_each(&self, func: FuncRef) -> bool {
        let unit = self.world.units.get(func.unit as usize);
        let function = unit.and_then(|unit| Some((unit, unit.funcs.get(func.func as usize)?)));
        function.is_some_and(|(unit, function)| {
            let name = unit.strings.get(function.name);
            let one = matches!(name, "next" | "__next__" | "__anext__" | "current");
            one || function.ops.iter().any(|op| matches!(op, Op::Give(_)))
        })
    }

    /// The data in the text an object of the tree makes of itself, where it has a method for that.
    pub(crate) fn as_text(&mut self, frame: &mut Frame<'w>, of: OpId, place: Place) -> Option<Taints> {
        let class = frame.val(of).inst.filter(|_| self.world.flows)?;
        let func = self.method_of(class, &rules::LISTS.as_text)?;
        Some(self.got(frame, of, func, place).taints)
    }

    /// The first of the methods `names` the class has.
    pub(crate) fn method_of(&mut self, class: ClassRef, names: &[Box<str>]) -> Option<FuncRef> {
        if self.unit.language == Language::Php {
            // Names of methods have no case there.
            return names.iter().find_map(|name| self.class_member(class, &name.to_ascii_lowercase())?.func);
        }
        names.iter().find_map(|name| self.class_member(class, name)?.func)
    }
}

/// The parameter a key is, where it is one, or one that is only moved or turned into another type.
fn given_key(frame: &Frame<'_>, key: OpId) -> Option<u16> {
    let read = frame.root(key).or_else(|| match frame.function.ops.get(key as usize)? {
        Op::Call { callee, args, .. } => match (&**args, frame.function.ops.get(*callee as usize)?) {
            ([only], _) => frame.root(only.value),
            ([], Op::Field(base, _)) => frame.root(*base),
            _ => None,
        },
        _ => None,
    })?;
    let params = &frame.function.params;
    params.iter().position(|param| param.name == read && !param.receiver).map(|at| at as u16)
}

/// Whether a name is written as those of constants are.
fn is_constant(name: &str) -> bool {
    name.len() > 1
        && name.starts_with(|c: char| c.is_ascii_uppercase())
        && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
}
