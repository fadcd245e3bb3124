//! Members and elements of values: of classes of the tree, of containers, of what lies outside.

use std::sync::Arc;

use crate::model::scan::Confidence;
use crate::scan::code::calls::only;
use crate::scan::code::catalogue::Match;
use crate::scan::code::catalogue::Role;
use crate::scan::code::evaluate::EVERY;
use crate::scan::code::evaluate::Evaluation;
use crate::scan::code::evaluate::Frame;
use crate::scan::code::evaluate::extends;
use crate::scan::code::evaluate::is_name;
use crate::scan::code::evaluate::own;
use crate::scan::code::evaluate::own_taints;
use crate::scan::code::flow::Fact;
use crate::scan::code::flow::measure;
use crate::scan::code::ir::FuncId;
use crate::scan::code::ir::Op;
use crate::scan::code::ir::OpId;
use crate::scan::code::ir::Place;
use crate::scan::code::ir::Sym;
use crate::scan::code::language::Language;
use crate::scan::code::rules;
use crate::scan::code::value::ClassRef;
use crate::scan::code::value::From;
use crate::scan::code::value::FuncRef;
use crate::scan::code::value::Hidden;
use crate::scan::code::value::Input;
use crate::scan::code::value::Items;
use crate::scan::code::value::Object;
use crate::scan::code::value::Taint;
use crate::scan::code::value::Taints;
use crate::scan::code::value::Val;

impl<'w> Evaluation<'w> {
    /// A read of a path: whatever the catalogue says about it, pending until it is known not to be the
    /// beginning of a longer one.
    pub(crate) fn read(&mut self, frame: &mut Frame<'w>, at: OpId, mut value: Val, place: Place) -> Val {
        let Some(path) = value.what.clone() else { return value };
        let matches = self.matches(&path);
        for found in matches.iter() {
            if self.world.flows
                && found.entry.api.role == Role::Source
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

    pub(crate) fn field(
        &mut self,
        frame: &mut Frame<'w>,
        at: OpId,
        base_op: OpId,
        name: Sym,
        place: Place,
    ) -> Val {
        if let Some(root) = frame.root(base_op)
            && let Some(value) = frame.parts.get(&(root, name))
        {
            return value.clone();
        }
        let mut base = frame.val(base_op).clone();
        if self.unit.language == Language::Bash
            && let Some(shared @ ("$env" | "$shared")) = base.what.as_deref()
        {
            // What is in capitals may come from the environment unless it is known that a file sets it.
            let of_tree = self.shell_variable(self.unit.strings.get(name), shared == "$env");
            if of_tree.is_some() || shared == "$shared" {
                frame.reads.remove(&base_op);
                return of_tree.unwrap_or(Val { fixed: true, ..Val::default() });
            }
        }
        self.as_given(frame, base_op, &mut base);
        base.taints = self.narrowed(frame, base_op, &base.taints, name);
        let text = self.unit.strings.get(name);
        if text == "javaClass" && self.unit.language == Language::Kotlin && base.found_class().is_some() {
            // The class of what was made of a class that was found by its name.
            return base;
        }
        if let Some(class) = base.class
            && text == "new"
            && self.unit.language == Language::Ruby
            && self.class_member(class, text).is_none()
        {
            // What `new` gives is an instance.
            return Val { class: Some(class), ..Val::default() };
        }
        if let (Some(class), "default", Language::Rust, None) =
            (base.class, text, self.unit.language, base.inst)
            && self.class_member(class, text).is_none()
        {
            // What a derived `default` gives is an instance.
            return Val { class: Some(class), ..Val::default() };
        }
        if let Some(class) = base.inst
            && base.item(text).is_some()
            && !(is_called(frame, at) && self.is_method_beside(class, text))
        {
            return self.held_at(&base, text);
        }
        if let Some(class) = base.inst
            && rules::LISTS.whole.contains(text)
        {
            return Val { taints: self.held(class), ..Val::default() };
        }
        if let Some(class) = base.class.filter(|_| base.inst.is_none())
            && let Some(inner) = self.inner_class(class, text)
        {
            // `Ledger.Secret`: a class that is declared in another.
            return Val { class: Some(inner), ..Val::default() };
        }
        if let Some(class) = base.class.filter(|_| base.inst.is_none())
            && let Some(path) = self.derived_member(class, text)
        {
            return Val { what: Some(path), ..Val::default() };
        }
        if let Some(class) = base.inst.or(base.class) {
            let mut member = self.class_member(class, text);
            if member.is_none() && base.inst.is_some() && !self.declares(class, text) {
                member = self.stood_in(frame, base_op, class, place);
            }
            let carried = match &member {
                // What another field holds does not come with this one.
                Some(member) if member.func.is_none() => self.elsewhere(class, &base.taints),
                None if self.declares(class, text) => self.elsewhere(class, &base.taints),
                _ => base.taints.clone(),
            };
            let mut value = member.unwrap_or_default();
            if base.object == Object::Whole && base.inst.is_some() && value.func.is_none() {
                // A field this one was not seen to be given.
                let loose = self.loose(class, text);
                value = value.with_taints(&mut |taints| taints.among(&loose));
                value.taints = loose;
            }
            let others: Vec<ClassRef> = base.other_classes().collect();
            for other in others {
                // Of objects of several classes each has a method of its own.
                if let Some(member) = self.class_member(other, text).filter(|member| member.func.is_some()) {
                    value.join(&member);
                }
            }
            value.taints.add(&carried);
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
        if base.item(text).is_some() {
            return self.held_at(&base, text);
        }
        let written = matches!(frame.function.ops.get(base_op as usize), Some(Op::Func(_)));
        if self.index_is_member && written && text == "constructor" {
            // What makes functions, by way of one of them.
            return Val { what: Some("Function".into()), ..Val::default() };
        }
        if base.func.is_some() && base.what.is_none() && rules::LISTS.entry.contains(text) {
            // What was found in a map of functions is an entry of it.
            return base;
        }
        if self.index_is_member {
            without_told(&mut base);
        }
        let path = self.joined(&base, name);
        self.member(frame, at, base_op, &base, path, place)
    }

    /// Whether `name` is a method of `class` that does more than give the field of that name.
    fn is_method_beside(&mut self, class: ClassRef, name: &str) -> bool {
        let method = if self.apart_from_methods() { self.world.index.method(class, name) } else { None };
        let Some(func) = method else { return false };
        let seen = self.summary(func);
        self.uses(Fact::function(func), seen.as_ref().map_or(0, |summary| summary.measure()));
        !seen.is_some_and(|summary| matches!(&summary.field, Some(Some(field)) if **field == *name))
    }

    /// Whether a field may bear the name of a method.
    pub(crate) fn apart_from_methods(&self) -> bool {
        matches!(self.unit.language, Language::Java | Language::Php | Language::Rust)
    }

    /// Of a field that bears the name of a method, what is read and not called is the field.
    pub(crate) fn without_method(&self, frame: &Frame<'w>, at: OpId, name: Sym, value: &mut Val) {
        if let Some(func) = value.func.filter(|_| self.apart_from_methods())
            && self.function_name(func) == self.unit.strings.get(name)
            && self.is_beside_field(func)
            && !is_called(frame, at)
        {
            value.func = None;
        }
    }

    /// Whether the class of the method `func` declares a field of the same name.
    fn is_beside_field(&self, func: FuncRef) -> bool {
        let unit = self.world.units.get(func.unit as usize);
        unit.and_then(|unit| {
            let function = unit.funcs.get(func.func as usize)?;
            let body = unit.funcs.get(unit.classes.get(function.class? as usize)?.body as usize)?;
            let is_func = |op: &OpId| matches!(body.ops.get(*op as usize), Some(Op::Func(_)));
            Some(body.ops.iter().any(|op| match op {
                Op::Declare { name, value, .. } => {
                    *name == function.name && !value.as_ref().is_some_and(is_func)
                }
                Op::Assign { target, value, .. } => {
                    matches!(body.ops.get(*target as usize), Some(Op::Name(name) | Op::Field(_, name)) if *name == function.name)
                        && !is_func(value)
                }
                _ => false,
            }))
        })
        .unwrap_or(false)
    }

    /// What an object gives for whatever it does not have: `method_missing`, `__call`, `__getattr__`, `__get`.
    fn stood_in(&mut self, frame: &mut Frame<'w>, base: OpId, class: ClassRef, place: Place) -> Option<Val> {
        let (method, property) = match self.unit.language {
            Language::Ruby => ("method_missing", ""),
            Language::Php => ("__call", "__get"),
            Language::Python => ("", "__getattr__"),
            _ => return None,
        };
        let mut named = |name: &str| {
            Some(name).filter(|name| !name.is_empty()).and_then(|name| self.class_member(class, name)?.func)
        };
        let (method, property) = (named(method), named(property));
        if let Some(func) = method {
            return Some(Val { func: Some(func), ..Val::default() });
        }
        property.map(|func| self.got(frame, base, func, place))
    }

    /// A property that a class of the tree only declares is what those that implement it keep or give: `string Key
    /// { get; }` of an interface.
    pub(crate) fn implemented(
        &mut self,
        frame: &mut Frame<'w>,
        base: OpId,
        name: Sym,
        value: &mut Val,
        place: Place,
    ) {
        /// Most classes that implement one.
        const MOST: usize = 12;
        let held = frame.val(base);
        let known = value.taints.iter().any(|taint| matches!(taint.from, From::Source(_)));
        if held.object == Object::Whole || known || value.func.is_some() || value.text.is_some() {
            return;
        }
        let Some(class) = held.inst.filter(|_| self.world.flows) else { return };
        let derived = self.world.index.derived(class);
        if derived.is_empty() || derived.len() > MOST {
            return;
        }
        let text = self.unit.strings.get(name);
        for class in derived {
            let Some(mut member) = self.class_member(class, text) else { continue };
            match member.func {
                Some(func) if self.is_getter(func) => member = self.got(frame, base, func, place),
                Some(_) => continue,
                None => {}
            }
            value.taints.add(&member.taints);
            if value.items.is_none() {
                value.items = member.items;
            }
            value.inst = value.inst.or(member.inst);
        }
    }

    /// What other files of the shell set a variable to that this one only reads: one of them reads the other in.
    /// `surely`: only where that is certain.
    fn shell_variable(&mut self, name: &str, surely: bool) -> Option<Val> {
        /// Most files whose variable it may be.
        const MOST: usize = 8;
        let world = self.world;
        let name = format!("${name}");
        let mut found: Option<Val> = None;
        let own = (self.number, self.unit.path.as_str());
        let with =
            world.index.shell(&name).iter().filter(|number| **number != self.number).filter(|number| {
                let other = world.units.get(**number as usize).map_or("", |unit| &unit.path);
                world.index.runs_with(own, (**number, other)).is_some_and(|sure| sure || !surely)
            });
        let with: Vec<u32> = with.take(MOST).copied().collect();
        for number in &with {
            let value = world.modules.get(*number as usize).and_then(|module| module.get(name.as_str()));
            self.uses(Fact::variable(*number, &name), value.map_or(0, measure));
            let value = value.cloned().unwrap_or_default();
            match &mut found {
                Some(found) => found.join(&value),
                None => found = Some(value),
            }
        }
        found
    }

    /// What the member `name` of the variable `op` reads is of `taints`: `order.email` is a part of the parameter
    /// `order`, and callers know which.
    pub(crate) fn narrowed(&self, frame: &Frame<'w>, op: OpId, taints: &Taints, name: Sym) -> Taints {
        if taints.is_empty() {
            return Taints::default();
        }
        match frame.root(op) {
            Some(root) => match frame.each.iter().find(|(each, _)| *each == root) {
                // A member of each element of a parameter.
                Some((_, of)) => self.narrowed_to(*of, taints, name, true),
                None => match frame.members.iter().find(|(var, _)| *var == root) {
                    // A member of what a pattern took out of a parameter.
                    Some((_, of)) => narrowed_below(frame.id, taints, *of, name),
                    None => self.narrowed_of(root, taints, name),
                },
            },
            None => self.narrowed_inner(frame, op, taints, name),
        }
    }

    /// [`Evaluation::narrowed`] where `op` reads a member of a variable: `environment.labels.host`. Not in C, where
    /// nearly every read is one.
    fn narrowed_inner(&self, frame: &Frame<'w>, op: OpId, taints: &Taints, name: Sym) -> Taints {
        let of = match frame.function.ops.get(op as usize) {
            Some(Op::Field(base, member)) if name != 0 && self.unit.language != Language::C => {
                frame.root(*base).map(|root| (root, *member))
            }
            _ => None,
        };
        let Some((root, of)) = of else { return taints.clone() };
        let of_root = |taint: &Taint| match taint.from {
            From::Param(owner, Input { param, member, inner: 0 })
                if taint.trail.is_none() && member == of =>
            {
                let owner = self.unit.funcs.get(owner as usize);
                let param = owner.and_then(|owner| owner.params.get(usize::from(param)));
                param.is_some_and(|param| param.name == root)
            }
            _ => false,
        };
        if !taints.iter().any(of_root) {
            return taints.clone();
        }
        taints.rewritten(|taint, out| {
            let mut taint = taint.clone();
            if of_root(&taint)
                && let From::Param(_, input) = &mut taint.from
            {
                input.inner = name;
            }
            out.push(taint);
        })
    }

    /// The data of the member `name` of the member `member` of `value`, which `op` reads.
    pub(crate) fn of_path(
        &mut self,
        frame: &Frame<'w>,
        op: OpId,
        value: &Val,
        (member, name): (&str, &str),
    ) -> Taints {
        let taints = self.of_member(frame, op, value, member);
        if name.is_empty() || taints.is_empty() {
            return taints;
        }
        let mut taints = taints;
        if let (Some(member), Some(name)) = (self.unit.strings.find(member), self.unit.strings.find(name)) {
            // What this function was given itself is a part of that.
            taints = taints.rewritten(|taint, out| {
                let mut taint = taint.clone();
                if let From::Param(_, input) = &mut taint.from
                    && taint.trail.is_none()
                    && input.member == member
                    && input.inner == 0
                {
                    input.inner = name;
                }
                out.push(taint);
            });
        }
        let class = value.inst;
        let held = match (value.item(member), class) {
            (Some(held), _) => Some(held.clone()),
            (None, Some(class)) => self.class_member(class, member),
            (None, None) => None,
        };
        match (held, class) {
            (Some(Val { func: Some(func), .. }), Some(class)) => {
                // A method that is asked for what stands under a key.
                let seen = self.summary(func);
                self.uses(Fact::function(func), seen.as_ref().map_or(0, |summary| summary.measure()));
                for (field, _) in seen.iter().flat_map(|summary| summary.keyed.iter()) {
                    taints = self.under_key(Some(value), class, (field, name), &taints);
                }
                taints
            }
            (Some(held), _) => apart(&held, name, &taints),
            (None, _) => taints,
        }
    }

    /// [`Evaluation::narrowed`] of the variable `root`.
    pub(crate) fn narrowed_of(&self, root: Sym, taints: &Taints, name: Sym) -> Taints {
        self.narrowed_to(root, taints, name, false)
    }

    fn narrowed_to(&self, root: Sym, taints: &Taints, name: Sym, each: bool) -> Taints {
        if name == 0 {
            return taints.clone();
        }
        let of_root = |taint: &Taint| match taint.from {
            From::Param(owner, Input { param, member: 0, .. }) if each || taint.trail.is_none() => {
                let owner = self.unit.funcs.get(owner as usize);
                owner
                    .and_then(|owner| owner.params.get(usize::from(param)))
                    .is_some_and(|param| param.name == root)
            }
            _ => false,
        };
        if !taints.iter().any(of_root) {
            return taints.clone();
        }
        taints.rewritten(|taint, out| {
            let mut taint = taint.clone();
            if of_root(&taint)
                && let From::Param(_, input) = &mut taint.from
            {
                input.member = name;
            }
            out.push(taint);
        })
    }

    /// The data of the member `name` of `value`, which `op` reads.
    pub(crate) fn of_member(&mut self, frame: &Frame<'w>, op: OpId, value: &Val, name: &str) -> Taints {
        let symbol = self.unit.strings.find(name);
        let mut value = value.clone();
        if let Some(symbol) = symbol {
            value.taints = self.narrowed(frame, op, &value.taints, symbol);
            if let Some(root) = frame.root(op)
                && let Some(stored) = frame.parts.get(&(root, symbol))
            {
                let of_root = frame.parts.iter().filter(|((of, _), _)| *of == root);
                let told: Vec<&Taints> = of_root.map(|(_, part)| &part.taints).collect();
                let mut taints = value.anywhere().without(&told);
                if let Some(class) = value.inst {
                    taints = self.elsewhere(class, &taints);
                }
                taints.add(&stored.taints);
                return taints;
            }
        }
        self.picked(&value, name, 2)
    }

    /// The data of the member `name` of a value, of its elements where it is a list.
    fn picked(&mut self, value: &Val, name: &str, depth: usize) -> Taints {
        /// Most elements of a list.
        const MOST: usize = 16;
        if value.item(name).is_some() {
            return self.held_at(value, name).taints;
        }
        if let Some(class) = value.inst {
            let whole = value.object == Object::Whole;
            return match self.class_member(class, name) {
                Some(member) if member.func.is_none() => {
                    let mut taints = self.elsewhere(class, &value.taints);
                    taints.add(&if whole { self.loose(class, name) } else { member.taints });
                    taints
                }
                Some(Val { func: Some(func), .. }) if whole => {
                    // A method that only gives what the object holds.
                    let gives = self.summary(func).map(|summary| own_taints(&summary.gives.taints));
                    self.uses(
                        Fact::function(func),
                        self.summary(func).map_or(0, |summary| summary.measure()),
                    );
                    self.of_object(value, (name, ""), &gives.unwrap_or_default())
                }
                None if self.declares(class, name) => self.elsewhere(class, &value.taints),
                _ => value.taints.clone(),
            };
        }
        let Some(items) = value.items.clone().filter(|items| items.len() <= MOST && depth > 0) else {
            return value.taints.clone();
        };
        let mut taints = value.anywhere();
        for (key, item) in items.iter() {
            if !is_name(key) {
                let of_element = self.picked(item, name, depth - 1);
                taints.add(&of_element);
            }
        }
        taints
    }

    /// What a value holds under a name, with the data of it of which it is not known where it is.
    pub(crate) fn held_at(&mut self, value: &Val, name: &str) -> Val {
        let Some(mut item) = value.item(name).cloned() else { return Val::default() };
        let mut rest = value.anywhere();
        if let Some(class) = value.inst {
            rest = self.elsewhere(class, &rest);
            if value.object == Object::Whole && self.is_error(class) {
                // `failure.zone`: what the library's class was given to tell is in its own fields.
                rest = Taints::default();
            }
            if value.object == Object::Whole {
                let loose = self.loose(class, name);
                if !loose.is_empty()
                    && let Some(member) =
                        self.class_member(class, name).filter(|member| member.items.is_some())
                {
                    // Under which keys of a map that is known of the class alone.
                    let member = member.with_taints(&mut |taints| taints.among(&loose));
                    item.join(&Val { items: member.items, ..Val::default() });
                }
                item.taints.add(&loose);
            } else if item.items.is_some()
                && let Some(member) = self.class_member(class, name)
            {
                // What was put into a map since the object was made is known of its class alone.
                item.join(&member);
            }
        }
        item.taints.add(&rest);
        item
    }

    /// Whether an object of the tree has a field of that name, whatever it holds.
    pub(crate) fn declares(&mut self, class: ClassRef, name: &str) -> bool {
        let declared = self.world.units.get(class.unit as usize).and_then(|unit| {
            let name = unit.strings.find(name)?;
            let body = unit.funcs.get(unit.classes.get(class.class as usize)?.body as usize)?;
            Some(body.ops.iter().any(|op| matches!(op, Op::Declare { name: field, .. } if *field == name)))
        });
        declared == Some(true) || self.has_field(class, name)
    }

    /// Those of the `taints` of an object of the tree of which it is not known which field holds them.
    pub(crate) fn elsewhere(&mut self, class: ClassRef, taints: &Taints) -> Taints {
        if taints.is_empty() {
            return Taints::default();
        }
        self.depends(Fact::class(class));
        let world = self.world;
        let fields = [world.fields.get(&class), self.fields.get(&class)];
        let fields = fields.into_iter().flatten().flat_map(|fields| fields.values());
        let told: Vec<&Taints> = fields.map(|value| &value.taints).collect();
        let rest = taints.without(&told);
        self.steps += told.len() as u64;
        rest
    }

    /// A member that is read where other languages call a method is what the catalogue says that gives:
    /// `connection.outputStream`.
    pub(crate) fn as_given(&mut self, frame: &Frame<'w>, op: OpId, value: &mut Val) {
        let Some(what) = value.what.as_ref().filter(|what| !what.ends_with(')') && !what.starts_with('?'))
        else {
            return;
        };
        if !matches!(frame.function.ops.get(op as usize), Some(Op::Field(..) | Op::Name(_))) {
            return;
        }
        let what = what.clone();
        let matches = self.matches(&what);
        let given = matches.iter().map(|found| &found.entry).find(|entry| {
            entry.api.role == Role::Type
                && !matches!(entry.api.gives.as_str(), "" | "this")
                && entry.when.is_empty()
        });
        if let Some(entry) = given {
            value.what = Some(entry.api.gives.replace("::", ".").into());
        }
    }

    /// The path of the member `name` of `base`, written once however often it is read.
    fn joined(&mut self, base: &Val, name: Sym) -> Arc<str> {
        let what = base.what.as_ref().filter(|what| extends(what));
        let key = (what.map_or(0, |what| what.as_ptr() as usize), name);
        if let Some((_, path)) = self.joined.get(&key) {
            return path.clone();
        }
        let path = member_path(base, self.unit.strings.get(name));
        // The path it belongs to is kept with it: its address means it for as long as it lives.
        let held = what.cloned().unwrap_or_else(|| path.clone());
        self.joined.insert(key, (held, path.clone()));
        path
    }

    /// The path of a call of `path`.
    pub(crate) fn called(&mut self, path: &Arc<str>) -> Arc<str> {
        let key = (path.as_ptr() as usize, Sym::MAX);
        if let Some((_, called)) = self.joined.get(&key) {
            return called.clone();
        }
        let called: Arc<str> = format!("{path}()").into();
        self.joined.insert(key, (path.clone(), called.clone()));
        called
    }

    /// A member of something outside the tree.
    pub(crate) fn member(
        &mut self,
        frame: &mut Frame<'w>,
        at: OpId,
        base_op: OpId,
        base: &Val,
        path: Arc<str>,
        place: Place,
    ) -> Val {
        let mut value = Val {
            what: Some(path.clone()),
            taints: base.taints.clone(),
            gate: base.gate.clone(),
            ..Val::default()
        };
        let mut matches = self.matches(&path);
        // What the tree defines under this very path is meant, whatever methods elsewhere are called so.
        if base.what.as_deref().is_some_and(extends)
            && matches.iter().all(|found| found.confidence < Confidence::High)
            && !matches.is_empty()
            && self.target_value(&path).is_some_and(|target| target.func.is_some() || target.class.is_some())
        {
            matches = Arc::default();
        }
        if matches.is_empty()
            && self.index_is_member
            && path.starts_with("?.")
            && let Some(name) = frame.called(base_op)
        {
            // `req.body` of something of which only its name is known.
            let method = path.get(2..).unwrap_or("");
            let mut guessed = self.guess(method, self.unit.strings.get(name));
            guessed.retain(|found| found.entry.api.role == Role::Source);
            if !guessed.is_empty() {
                matches = Arc::new(guessed);
                if let (Some(found), true) = (matches.first(), self.world.flows) {
                    let origin = self.origin(&found.entry.api.category, &path, place, found.confidence);
                    value.taints.push(Taint { from: From::Source(origin), trail: None });
                }
                return value;
            }
        }
        if matches.is_empty()
            && path.rsplit('.').next().is_some_and(|name| rules::LISTS.amount.contains(name))
        {
            value.taints = Taints::default();
        }
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
        if matches.iter().any(|found| found.confidence == Confidence::High) {
            // `process.env` is the beginning of `process.env.TOKEN`; `.trim()` is a method of anything.
            frame.reads.remove(&base_op);
        }
        if matches.iter().any(|found| found.entry.api.role == Role::Source) {
            // What is read is this member, not the whole it is a member of.
            value.taints = Taints::default();
        }
        if self.world.flows {
            // `request.Body`: a member that is what comes in.
            let incoming = |found: &&Match| {
                let entry = &found.entry;
                entry.api.role == Role::Type && entry.api.yields == "net" && entry.to.is_empty()
            };
            if let Some(found) = matches.iter().find(incoming) {
                let origin = self.origin("net", &path, place, found.confidence);
                value.taints.push(Taint { from: From::Source(origin), trail: None });
            }
        }
        if matches.iter().any(|found| found.entry.api.role == Role::Sanitizer) {
            // A length is a number: what it is the length of does not leave with it.
            value.taints = Taints::default();
        }
        self.read(frame, at, value, place)
    }

    pub(crate) fn index(
        &mut self,
        frame: &mut Frame<'w>,
        at: OpId,
        base_op: OpId,
        index_op: OpId,
        place: Place,
    ) -> Val {
        let mut base = frame.val(base_op).clone();
        if self.unit.language == Language::Go && base.func.is_some() && base.items.is_none() {
            // `NewQueue[string]` is the function, for texts.
            return base;
        }
        let mut index = frame.val(index_op).clone();
        if !self.unit.made.is_empty() {
            self.made_here(frame, index_op, &mut index);
        }
        if index.hidden() >= Hidden::Cut
            && index.text.as_ref().is_some_and(|key| key.built && key.whole && &*key.text == "constructor")
            && self.index_is_member
            && self.unit.language != Language::Php
        {
            // What makes functions of texts, by a name in pieces.
            let path: Arc<str> = "Function".into();
            self.indirect(frame, &index, &path, place);
            return Val { what: Some(path), ..Val::default() };
        }
        if let Some(key) = index.whole_text() {
            let name = self.unit.strings.find(key);
            if let (Some(root), Some(name)) = (frame.root(base_op), name)
                && let Some(value) = frame.parts.get(&(root, name))
            {
                return value.clone();
            }
            if let Some(name) = name {
                base.taints = self.narrowed(frame, base_op, &base.taints, name);
            }
            if base.item(key).is_some() {
                return self.held_at(&base, key);
            }
            without_told(&mut base);
            let member =
                self.index_is_member && !key.is_empty() && !key.starts_with(|c: char| c.is_ascii_digit());
            if member {
                let key = key.to_owned();
                if let Some(class) = base.inst.or(base.class)
                    && let Some(value) = self.class_member(class, &key)
                {
                    return value;
                }
                let path = member_path(&base, &key);
                let value = self.member(frame, at, base_op, &base, path, place);
                if let Some(path) = value.what.clone() {
                    self.indirect(frame, &index, &path, place);
                }
                return value;
            }
            if let Some(path) = base.what.as_deref().and_then(|what| self.by_name(what, key)) {
                self.indirect(frame, &index, &path, place);
                return Val { what: Some(path), ..Val::default() };
            }
        }
        if base.inst.is_some()
            && let Some(value) = self.read_by_method(frame, (base_op, index_op), place)
        {
            return value;
        }
        let constant = match (index.whole_text(), &base.items) {
            (None, Some(_)) => self.key_of(frame, index_op),
            _ => None,
        };
        if let Some(key) = constant.as_deref().filter(|key| base.item(key).is_some()) {
            return self.held_at(&base, key);
        }
        let mut value = Val { taints: base.taints.clone(), gate: base.gate.clone(), ..Val::default() };
        let named = |items: &Items| !items.is_empty() && items.iter().all(|(key, _)| is_name(key));
        let by_name = constant.is_some() || index.whole_text().is_some_and(is_name);
        let missing = by_name && base.items.as_ref().is_some_and(named);
        if missing {
            // None of the names it is known to hold: what else it may hold.
            value.taints = base.anywhere();
        } else if let Some(items) = &base.items {
            for (_, item) in items.iter().take(64) {
                let inner = item.items.clone().filter(|inner| inner.len() <= 16 && item.text.is_none());
                let what = item.what.clone();
                let object = if inner.is_some() { item.object } else { Object::Any };
                value.join(&Val { what, items: inner, object, ..only(item) });
            }
            value.fixed = false;
        }
        if matches!(self.unit.language, Language::C | Language::Cpp) {
            // An element of an array, or of what a pointer points to, is of the same type.
            value.inst = value.inst.or(base.inst);
        }
        if base.fixed && is_alphabet(&base) {
            value.taints.add(&self.computed_of(frame, index_op));
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

    /// The data a number is computed of that says which letter of an alphabet is meant: an encoder written by hand.
    fn computed_of(&self, frame: &Frame<'w>, op: OpId) -> Taints {
        match frame.function.ops.get(op as usize) {
            Some(Op::Any(parts) | Op::Concat(parts)) if parts.len() > 1 => frame.val(op).taints.clone(),
            _ => Taints::default(),
        }
    }

    /// What `os.__dict__["system"]` and `sys.modules["os"]` are: what a mapping from names to what bears
    /// them holds under a name, where the catalogue knows it.
    fn by_name(&self, what: &str, key: &str) -> Option<Arc<str>> {
        if key.len() > 100 || !extends(what) {
            return None;
        }
        let path = match what.strip_suffix(".__dict__") {
            _ if rules::LISTS.scope.contains(what) => key.to_owned(),
            Some(module) => format!("{module}.{key}"),
            // A module is no container: `vars(os)["system"]`.
            None if self.imported.contains(what) && self.unit.language == Language::Python => {
                format!("{what}.{key}")
            }
            // A library gives its functions by their names: `ctypes.CDLL(None)["system"]`.
            None if rules::LISTS.library.iter().any(|end| what.ends_with(&**end)) => {
                return Some(format!("{what}.{key}").into());
            }
            None => return None,
        };
        (self.knows(&path) || rules::LISTS.scope.contains(path.as_str())).then(|| path.into())
    }

    /// What a library makes for a class that asks for it with an annotation: `parse` of `#[derive(clap::Parser)]`.
    fn derived_member(&mut self, class: ClassRef, name: &str) -> Option<Arc<str>> {
        let world = self.world;
        let unit = world.units.get(class.unit as usize)?;
        let body = unit.classes.get(class.class as usize)?.body;
        let marks = &unit.funcs.get(body as usize)?.marks;
        marks.iter().find_map(|mark| {
            let of = world.index.outside(class.unit, unit.strings.get(*mark), world.units);
            let path: Arc<str> = format!("{of}.{name}").into();
            let source = |found: &Match| found.entry.api.role == Role::Source;
            self.matches(&path).iter().any(source).then_some(path)
        })
    }

    /// The class called `name` that is declared in the body of `class`.
    fn inner_class(&self, class: ClassRef, name: &str) -> Option<ClassRef> {
        /// Most classes of a file that are looked at.
        const MOST: usize = 256;
        // In Ruby a module is a class too, and what stands in it is found by its name.
        if self.unit.language == Language::Ruby || !name.starts_with(|first: char| first.is_ascii_uppercase())
        {
            return None;
        }
        let unit = self.world.units.get(class.unit as usize)?;
        let symbol = unit.strings.find(name)?;
        let body = unit.classes.get(class.class as usize)?.body;
        let inside = |id: FuncId| unit.funcs.get(id as usize).and_then(|inner| inner.parent) == Some(body);
        let mut all = unit.classes.iter().take(MOST);
        let found = all.position(|inner| inner.name == symbol && inside(inner.body))?;
        Some(self.world.index.whole(ClassRef { unit: class.unit, class: found as u32 }))
    }

    /// A member of a class of the tree: a method, a field, or a member of what it extends.
    pub(crate) fn class_member(&mut self, class: ClassRef, name: &str) -> Option<Val> {
        /// Most classes looked at: what a class extends may be written to multiply.
        const MOST: usize = 64;
        if let Some(value) = self.own_member(class, name) {
            return Some(value);
        }
        let world = self.world;
        let mut seen = vec![class];
        // What is still to be looked at, the next last: a class, or what a class of this file extends outside.
        let mut work: Vec<(Option<ClassRef>, Sym)> = Vec::new();
        let mut at = class;
        loop {
            let bases = world.index.bases(at);
            if !bases.is_empty() {
                let declared =
                    world.units.get(at.unit as usize).and_then(|unit| unit.classes.get(at.class as usize));
                let written = declared.map_or(&[][..], |class| &class.bases);
                for (base, symbol) in bases.iter().zip(written).rev() {
                    match base.class {
                        Some(parent) => {
                            let qualified = base.path.contains('.') && at.unit == self.number;
                            let outside =
                                self.catalogue.knows(&base.path) || (qualified && self.is_outside(*symbol));
                            match outside {
                                false => work.push((Some(parent), 0)),
                                true if at.unit == self.number => work.push((None, *symbol)),
                                true => {}
                            }
                        }
                        _ if at.unit == self.number => work.push((None, *symbol)),
                        _ => {
                            // A class of another file that extends something outside the tree.
                            let path = world.index.outside(at.unit, &base.path, world.units);
                            let path: Arc<str> = format!("{path}().{name}").into();
                            if !self.matches(&path).is_empty() {
                                return Some(Val { what: Some(path), ..Val::default() });
                            }
                        }
                    }
                }
            }
            loop {
                match work.pop()? {
                    (Some(parent), _) => {
                        if seen.contains(&parent) {
                            continue;
                        }
                        if seen.len() >= MOST {
                            return None;
                        }
                        seen.push(parent);
                        if let Some(value) = self.own_member(parent, name) {
                            return Some(value);
                        }
                        at = parent;
                        break;
                    }
                    (None, outside) => {
                        if let Some(what) = self.of_type(outside).what {
                            let path: Arc<str> = format!("{what}.{name}").into();
                            if !self.matches(&path).is_empty() {
                                return Some(Val { what: Some(path), ..Val::default() });
                            }
                        }
                    }
                }
            }
        }
    }

    /// Whether a type as written in this file is one the catalogue knows.
    fn is_outside(&mut self, ty: Sym) -> bool {
        let what = self.of_type(ty).what;
        what.is_some_and(|what| self.knows(what.trim_end_matches("()")))
    }

    /// A field or method of `class` itself.
    fn own_member(&mut self, class: ClassRef, name: &str) -> Option<Val> {
        self.steps += 1;
        let mut value = self.world.fields.get(&class).and_then(|fields| fields.get(name)).cloned();
        if let Some(new) = self.fields.get(&class).and_then(|fields| fields.get(name)) {
            match &mut value {
                Some(value) => value.join(new),
                None => value = Some(new.clone()),
            }
        }
        self.uses(Fact::field(class, name), value.as_ref().map_or(0, measure));
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
        let func = self.world.index.method(class, name)?;
        Some(Val { func: Some(func), ..Val::default() })
    }

    pub(crate) fn store_field(&mut self, class: ClassRef, name: &str, value: &Val) {
        let told = value.func.is_some()
            || value.inst.is_some()
            || value.class.is_some()
            || value.items.is_some()
            || value.text.is_some()
            || !value.taints.is_empty()
            || value.what.as_deref().is_some_and(|what| !what.starts_with('?'));
        if !told && matches!(self.unit.language, Language::C | Language::Cpp) && !self.implicit_this {
            // The many fields of a C program of which nothing is known are not worth their room.
            return;
        }
        if name == EVERY
            && let Some(items) =
                value.items.clone().filter(|items| items.iter().all(|(name, _)| is_name(name)))
        {
            items.iter().take(64).for_each(|(name, item)| self.store_field(class, name, item));
            return;
        }
        let fields = self.fields.entry(class).or_default();
        match fields.get_mut(name) {
            Some(held) => held.join(&own(value)),
            None => drop(fields.insert(name.into(), Val { fixed: false, ..own(value) })),
        }
    }
}

/// Whether what the operation `at` reads is called.
fn is_called(frame: &Frame<'_>, at: OpId) -> bool {
    /// Most operations between a name and its call: those of the arguments.
    const NEAR: usize = 256;
    let mut after = frame.function.ops.iter().skip(at as usize + 1).take(NEAR);
    after.any(|op| matches!(op, Op::Call { callee, .. } if *callee == at))
}

/// Of a map all of whose elements have names, what is under none of them.
fn without_told(map: &mut Val) {
    let named = |items: &Items| !items.is_empty() && items.iter().all(|(key, _)| is_name(key));
    if !map.taints.is_empty() && map.items.as_ref().is_some_and(named) {
        map.taints = map.anywhere();
    }
}

/// Of `taints`, which a container of them carries, those that are not seen under other names alone.
pub(crate) fn apart(held: &Val, name: &str, taints: &Taints) -> Taints {
    let Some(items) = &held.items else { return taints.clone() };
    let covers = |item: &Val, from: &From| item.taints.iter().any(|taint| taint.from.covers(from));
    let elsewhere = |from: &From| {
        let here = items.iter().any(|(known, item)| **known == *name && covers(item, from));
        let mut others = items.iter().filter(|(known, _)| is_name(known) && **known != *name);
        !here && others.any(|(_, item)| covers(item, from))
    };
    taints.rewritten(|taint, out| {
        if !(matches!(taint.from, From::Source(_)) && elsewhere(&taint.from)) {
            out.push(taint.clone());
        }
    })
}

/// Whether a constant is the letters of an encoding: sixteen different ones and more.
fn is_alphabet(value: &Val) -> bool {
    let Some(text) = value.whole_text().filter(|text| (16..=128).contains(&text.len())) else { return false };
    let mut seen = [false; 128];
    text.bytes().all(|byte| {
        let slot = seen.get_mut(usize::from(byte));
        slot.is_some_and(|slot| byte.is_ascii_graphic() && !std::mem::replace(slot, true))
    })
}

/// The path of the member `text` of `base`.
pub(crate) fn member_path(base: &Val, text: &str) -> Arc<str> {
    match &base.what {
        Some(what) if extends(what) => format!("{what}.{text}").into(),
        _ => format!("?.{text}").into(),
    }
}

/// `taints` where those of the member `of` of what the function `own` is given are those of the member `name` of it.
fn narrowed_below(own: FuncId, taints: &Taints, of: Sym, name: Sym) -> Taints {
    taints.rewritten(|taint, out| {
        let mut taint = taint.clone();
        if let From::Param(owner, input) = &mut taint.from
            && *owner == own
            && input.member == of
            && input.inner == 0
        {
            input.inner = name;
        }
        out.push(taint);
    })
}
