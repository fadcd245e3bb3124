//! Calls: what a call does by the catalogue, and by the summary of the function it reaches.

mod apply;
mod catalogued;
mod named;
mod parted;
mod record;
mod slots;
mod staged;

pub(super) use self::parted::without;

use self::slots::holds;
use super::catalogue::Match;
use super::catalogue::Role;
use super::evaluate::BASE;
use super::evaluate::Evaluation;
use super::evaluate::Frame;
use super::evaluate::hold;
use super::evaluate::is_name;
use super::evaluate::own;
use super::evaluate::own_taints;
use super::flow::ANYWHERE;
use super::flow::Fact;
use super::ir::Arg;
use super::ir::Func;
use super::ir::FuncId;
use super::ir::FuncKind;
use super::ir::ON_FIRST;
use super::ir::Op;
use super::ir::OpId;
use super::ir::Place;
use super::language::Language;
use super::rules;
use super::value::ClassRef;
use super::value::From;
use super::value::FuncRef;
use super::value::Hidden;
use super::value::Input;
use super::value::Items;
use super::value::Object;
use super::value::Taint;
use super::value::Taints;
use super::value::Text;
use super::value::Val;
use crate::model::scan::Confidence;

/// One call as seen by what it reaches.
pub(crate) struct Site<'a> {
    pub(crate) place: Place,
    pub(crate) args: &'a [Arg],
    pub(crate) names: Vec<&'a str>,
    pub(crate) vals: Vec<Val>,
    pub(crate) this: Option<(OpId, Val)>,
    /// What the receiver is called where the call stands.
    pub(crate) receiver: &'a str,
}

/// The field in which a class keeps what its listeners are told; of an event with a name, with a dot and that name
/// behind it.
pub(super) const SIGNAL: &str = "@signal";
/// The field in which a class keeps what listeners to any event with a name are told.
const ALL_SIGNALS: &str = "@signals";
/// Most fields of one class that are filled where an instance is made.
const MAX_FIELDS: usize = 64;

/// Whether a text is the path of a program as a pattern of the shell, whose letters are not all written.
fn is_globbed(text: &str) -> bool {
    let (start, plain) = (text.starts_with('/'), text.bytes().all(|b| b.is_ascii_graphic()));
    start
        && plain
        && text.contains(['?', '['])
        && !["/dev/", "/sys/", "/proc/"].iter().any(|of| text.starts_with(of))
}

impl<'w> Evaluation<'w> {
    /// Evaluates a call.
    pub(super) fn call(
        &mut self,
        frame: &mut Frame<'w>,
        at: OpId,
        callee: OpId,
        args: &[Arg],
        new: bool,
        place: Place,
    ) -> Val {
        let unit = self.unit;
        let mut called = frame.val(callee).clone();
        if !self.unit.made.is_empty()
            && called.what.as_deref().is_none_or(|what| {
                what.starts_with(['?', '$']) || self.unit.language == Language::Php && what.ends_with("()")
            })
        {
            self.made_here(frame, callee, &mut called);
        }
        if !self.unit.made.is_empty() {
            self.unread_called(frame, callee, &called, place);
        }
        let mut this = match frame.function.ops.get(callee as usize) {
            Some(Op::Field(base, name)) => {
                let mut held = frame.val(*base).clone();
                self.as_given(frame, *base, &mut held);
                if called.func.is_none() {
                    // What a method of the tree does with a name, its summary tells.
                    self.taken(frame, *base, unit.strings.get(*name), args, &mut held);
                }
                Some((*base, held))
            }
            _ => None,
        };
        let method = match frame.function.ops.get(callee as usize) {
            Some(Op::Field(_, name)) => unit.strings.get(*name),
            _ => "",
        };
        if self.unit.language == Language::Ruby
            && called.func.is_none()
            && let Some((_, held)) = this.as_mut().filter(|(_, held)| held.inst.is_some())
        {
            // `include Enumerable`: `map`, `to_a` and the like are given what `each` gives.
            let each =
                held.inst.and_then(|class| self.class_member(class, "each")).and_then(|each| each.func);
            each.into_iter().for_each(|each| held.taints.add(&self.blocks_given(each)));
        }
        let declared_only = called.func.is_some_and(|func| self.is_declared(func));
        if let Some((_, held)) = this.take_if(|(_, held)| {
            let by_name = called.func.is_none() && rules::LISTS.calling.contains(method);
            held.func.is_some() && (by_name || declared_only)
        }) {
            // `callback.accept(x)` calls the function, and so does the one method of an interface it stands for.
            called = held;
        }
        let bare = match frame.function.ops.get(callee as usize) {
            Some(Op::Name(name)) => Some(*name),
            _ => None,
        };
        if let (Some(name), None) = (bare, &this)
            && let Some(handed) = self.handed(frame)
            && self.is_member_of(&called, &handed, unit.strings.get(name))
        {
            // `run { send(x) }` calls a method of what the closure is called on.
            this = Some((callee, handed));
        }
        if !frame.gates.is_empty() {
            // `session.setAttribute("principal", …)`, `sign_in(user)` behind a test for one word.
            let named = bare.map_or(method, |name| unit.strings.get(name));
            let first =
                args.first().and_then(|arg| frame.val(arg.value).whole_text()).filter(|_| sets(named));
            let first = first.map(str::to_owned);
            self.grants(frame, first.as_deref().unwrap_or(named), place);
        }
        let mut vals: Vec<Val> = args.iter().map(|arg| frame.val(arg.value).clone()).collect();
        vals.iter_mut().for_each(|value| self.with_writes(frame, value));
        vals.iter_mut().for_each(|value| self.as_instance(value));
        if !self.unit.made.is_empty() {
            for (arg, value) in args.iter().zip(&mut vals) {
                self.made_here(frame, arg.value, value);
            }
        }
        self.staged_here(frame, bare.map_or(method, |name| unit.strings.get(name)), &vals);
        let names = args.iter().map(|arg| self.unit.strings.get(arg.name)).collect();
        let receiver =
            this.as_ref().and_then(|(op, _)| frame.called(*op)).map_or("", |name| unit.strings.get(name));
        let mut site = Site { place, args, names, vals, this, receiver };

        if called.func.is_none()
            && called.class.is_none()
            && matches!(self.unit.language, Language::Python | Language::Php)
        {
            // `"".join(log)`, `list(log)`: whatever walks through it.
            for (arg, value) in site.args.iter().zip(&mut site.vals) {
                if value.inst.is_some()
                    && let Some(each) = self.walked(frame, arg.value, place)
                {
                    value.taints.add(&each.taints);
                }
            }
            if let (Some("str" | "repr" | "format"), Some(arg)) = (called.what.as_deref(), site.args.first())
                && let Some(text) = self.as_text(frame, arg.value, place)
                && let Some(value) = site.vals.first_mut()
            {
                *value = Val { taints: text, ..Val::default() };
            }
        }
        let mut passed = Taints::default();
        site.vals.iter().for_each(|value| passed.add(&value.taints));
        if let Some((_, this)) = &site.this {
            passed.add(&this.taints);
        } else if let Some(name) = bare
            && called.func.is_none()
            && self.implicit_this
            && self.world.flows
            && let Some(class) = self.enclosing_class(frame.id)
            && self.adds_to_other(class)
            && !self.is_imported(name)
        {
            // `split(" ")` in a method added to a text is a method of the text.
            passed.push(Taint {
                from: From::Param(self.method_around(frame.id), Input::all(super::value::RECEIVER)),
                trail: None,
            });
        }

        if self.unit.language == Language::Ruby
            && called.func.is_none()
            && bare.is_some_and(|name| unit.strings.get(name) == "new")
        {
            // `new(host: …)` in a method of the class makes one of it.
            called.class = self.enclosing_class(frame.id);
        }
        if called.func.is_none()
            && let Some((op, this)) = &site.this
        {
            let op = *op;
            if let Some(class) = this.class.filter(|_| rules::LISTS.choosing.contains(method)) {
                // Which value of an enumeration it is, a text said; nothing of the text is in it.
                return Val { inst: Some(class), ..Val::default() };
            }
            if this.inst.is_none() && rules::LISTS.emptying.contains(method) && empties(method, &site) {
                self.emptied(frame, op);
            }
            if this.inst.is_none() && rules::LISTS.removing.contains(method) {
                let keys: Vec<_> =
                    (0..args.len().min(8)).filter_map(|at| self.key_at(frame, &site, at)).collect();
                keys.iter().for_each(|key| self.taken_out(frame, op, key));
            }
        }
        if called.class.is_none()
            && let Some(class) = called.inst
            && called.func.is_none()
            && site.this.is_none()
            && bare.is_some_and(|name| {
                matches!(unit.strings.get(name), "self" | "static" | "cls" | "this" | "Self")
            })
        {
            // `new self()`, `cls(…)`, `new this()` make one of the class they stand in.
            called.class = Some(class);
        }
        if called.func.is_none()
            && self.apart_from_methods()
            && args.is_empty()
            && let Some((_, held)) = &site.this
            && let Some(class) = held.inst
            && held.item(method).is_some()
            && self.world.index.method(class, method).is_some()
        {
            // `access.key()`, which gives the field of that name: what this object holds there.
            return called;
        }
        if called.func.is_none()
            && called.class.is_none()
            && site.this.is_none()
            && !new
            && let Some(class) = called.inst
            && let Some(func) = self.method_of(class, &rules::LISTS.called_object)
        {
            // An object that is called like a function.
            site.this = Some((callee, called.clone()));
            called.func = Some(func);
        }
        if !new && self.is_chained(frame, callee) {
            return self.chained(frame, callee, &called, site, &passed);
        }
        if called.func.is_none()
            && called.class.is_none()
            && let Some(copy) =
                self.copied(bare.map_or(method, |name| unit.strings.get(name)), &called, &site)
        {
            return copy;
        }
        if let Some(class) = called.class {
            let mut result = self.made(frame, class, &site, &passed);
            for another in called.also_classes().take(8).collect::<Vec<_>>() {
                let value = self.made(frame, another, &site, &passed);
                result.join(&value);
            }
            return result;
        }
        if called.func.is_none()
            && let Some(Op::Index(base, _)) = frame.function.ops.get(callee as usize)
            && let Some(items) = frame.val(*base).items.clone().filter(|items| items.len() <= 32)
        {
            // `table[pick()](text)`: one of the functions in a table of those of the system.
            let named = items.iter().filter_map(|(_, item)| item.what.clone());
            let mut named = named.filter(|what| called.what.as_ref() != Some(what));
            if let Some(what) = named.find(|what| starts(&self.matches(what))) {
                self.hit(frame, "obf.api-indirection", &what, place, Confidence::Medium, true);
                self.hit(frame, "cap.exec", &what, place, Confidence::Medium, true);
            }
        }
        if called.func.is_none() && called.what.as_deref().is_none_or(|what| what.starts_with('?')) {
            self.called_from_table(frame, callee, place);
        }
        self.found_called(frame, &called, place);
        let mut path = called.what.clone();
        let mut declared = None;
        if let Some(func) = called.func {
            let name = self.function_name(func);
            if name == "<param>" {
                return Val { taints: passed, ..Val::default() };
            }
            frame.consume(callee);
            let func = self.overload(func, &site);
            let mut result = self.apply(frame, func, &site);
            if called.object == Object::Whole {
                // Of the function it was made in, this one holds what that was given then.
                result = result.with_taints(&mut |taints| {
                    taints.rewritten(|taint, out| match taint.from {
                        From::Param(owner, _) if !self.stands_in(frame.id, owner) => out.add(&called.taints),
                        _ => out.push(taint.clone()),
                    })
                });
                if func.unit != self.number {
                    result.taints.add(&called.taints);
                }
            }
            // What a parameter may be, the callers know better: they see to it that each is called.
            let given = site.this.is_none()
                && called.taints.iter().any(|taint| match taint.from {
                    From::Param(owner, _) => called.object == Object::Handed || !self.is_closure(owner),
                    From::Source(_) => false,
                });
            if given {
                let gives = self.called_of(&called);
                if !gives.is_empty() {
                    if !self.is_of_local_class(frame, &gives) {
                        result = result.with_taints(&mut |_| Taints::default());
                    }
                    self.calls_given(frame, &called, &site);
                }
                result.taints.add(&gives);
                self.pass_each(func, &site);
                let others = also(&called);
                self.filled_by(frame, &called, &site);
                others.into_iter().for_each(|another| self.pass_each(another, &site));
            }
            for another in if given { Vec::new() } else { also(&called) } {
                let value = self.apply(frame, another, &site);
                result.join(&value);
            }
            let (bodiless, others) = self.overriding(func);
            for other in &others {
                let value = self.apply(frame, *other, &site);
                result.join(&value);
            }
            if bodiless && !others.is_empty() {
                // What stands in for it in the tree may not be all: the field may hold a library's client too.
                if let Some(value) = self.outside(frame, func, &site, &passed) {
                    result.join(&value);
                }
            }
            if !bodiless || !others.is_empty() || site.this.is_none() {
                return result;
            }
            // Nothing of the tree is behind the declaration: the call reaches what is not seen here.
            let remote = self.summary(func).and_then(|summary| summary.remote.clone());
            path = remote.or_else(|| Some(format!("?.{}", self.function_name(func)).into()));
            declared = Some(result);
        }
        // A parameter that is called: the caller knows what it is.
        let nothing = called.what.as_deref().is_none_or(|what| what.starts_with('?'));
        // A type that only the tree declares may be an alias of that of functions.
        let alias = bare.is_some()
            && called.what.as_deref().is_some_and(|what| !self.knows(what.trim_end_matches("()")));
        if (nothing || alias) && site.this.is_none() {
            self.calls_given(frame, &called, &site);
            let gives = self.called_of(&called);
            if !gives.is_empty() {
                // What comes of what it is passed, who passes the function tells.
                passed = own_taints(&passed);
                passed.add(&gives);
            }
        }
        // In a shell, in PHP and in PowerShell a text in the place of a function names it, and so does a text
        // that a call gave.
        let variable = self.unit.language == Language::PowerShell;
        if path.as_deref().is_none_or(|path| path.ends_with(')') || variable && path.starts_with('$'))
            && matches!(self.unit.language, Language::Bash | Language::Php | Language::PowerShell)
            && let Some(text) = called.text.as_ref().filter(|text| text.whole && text.text.len() < 200)
        {
            let name = text.text.trim().trim_start_matches('\\').replace("::", ".").replace('\\', ".");
            let name = if self.unit.language == Language::Bash { name } else { name.to_ascii_lowercase() };
            let name = match self.unit.language {
                Language::PowerShell => super::languages::powershell::canonical(&name).to_owned(),
                _ => name,
            };
            let value = self.imported_value(&name.as_str().into());
            let effect = |found: &Match| rules::is_effect(&found.entry.api.category);
            if self.unit.language == Language::Bash && is_globbed(&text.text) {
                // `tools=(/u?r/b[h-j]n/c*l); "${tools[0]}"`: whichever program the shell finds.
                self.hit(frame, "obf.api-indirection", &text.text, place, Confidence::Medium, true);
                self.hit(frame, "cap.exec", &text.text, place, Confidence::Medium, true);
            }
            // A shell puts the names of programs together all the time; cutting a word in two it does not.
            let kept =
                text.built && (self.unit.language != Language::Bash || called.hidden() > Hidden::Plain);
            if kept && self.matches(&name.as_str().into()).iter().any(effect) {
                self.hit(frame, "obf.api-indirection", &name, place, Confidence::High, true);
            }
            if let Some(func) = value.func {
                return self.apply(frame, func, &site);
            }
            if self.unit.language != Language::Php
                && called.hidden() > Hidden::Plain
                && names_program(&name)
                && !starts(&self.matches(&name.as_str().into()))
                && !(kept && self.matches(&name.as_str().into()).iter().any(effect))
            {
                // A program whose name cannot be read where it stands.
                self.hit(frame, "cap.exec", &name, place, Confidence::High, true);
                self.hit(frame, "obf.api-indirection", &name, place, Confidence::High, true);
            }
            path = value.what;
        }
        if self.unit.language == Language::Bash
            && let Some(items) = called.items.clone().filter(|_| called.func.is_none())
        {
            // A table of names of functions: `"${HANDLERS[$name]}" "$argument"`.
            let mut result = Val::default();
            for (_, item) in items.iter().take(16) {
                let Some(name) = item.whole_text().and_then(|text| text.rsplit(['=', ' ']).next()) else {
                    continue;
                };
                let value = self.imported_value(&name.trim_matches(['"', '\'']).into());
                if let Some(func) = value.func {
                    let value = self.apply(frame, func, &site);
                    result.join(&value);
                }
            }
            if !result.taints.is_empty() || result.what.is_some() {
                return result;
            }
        }
        if path.is_none()
            && !method.is_empty()
            && let Some(class) = site.this.as_ref().and_then(|(_, this)| this.inst)
        {
            // What every object has, a class of the tree need not declare: `instance_eval`, `unwrap`.
            let any: std::sync::Arc<str> = format!("?.{method}").into();
            let sure = |found: &Match| {
                (found.entry.api.role == Role::Sink || found.entry.api.gives == "this")
                    && found.entry.when.iter().all(|condition| holds(condition, &site))
            };
            if self.matches(&any).iter().any(sure) && !self.declares(class, method) {
                path = Some(any);
            }
        }
        let Some(path) = path else {
            let decoded = |taint: &Taint| matches!(&taint.from, From::Source(origin) if &*origin.category == "obf.encoded");
            // Only a shell, PHP and PowerShell call what a text names, and C what any bytes are; elsewhere a
            // function is called, whatever its object holds. A method that is written out is no decoded name.
            let calls_texts = matches!(
                self.unit.language,
                Language::Php | Language::PowerShell | Language::Bash | Language::C | Language::Cpp
            );
            let (keyed, member) = match frame.function.ops.get(callee as usize) {
                Some(Op::Index(_, key)) => (frame.val(*key).taints.iter().any(decoded), false),
                Some(Op::Field(..)) => (false, true),
                _ => (false, false),
            };
            let named = calls_texts && !member && called.taints.iter().any(decoded);
            if method.is_empty() && (keyed || named) {
                self.hit(frame, "obf.api-indirection", "a decoded name", place, Confidence::Medium, true);
            }
            if let Some(class) = site.this.as_ref().and_then(|(_, this)| this.inst)
                && rules::LISTS.signal.contains(method)
                && event(&site).is_some()
                && site.vals.len() > 1
            {
                self.emitted(frame, class, &site);
            }
            let heard = self.heard(method, &site, passed.clone());
            self.callbacks(frame, &site, &heard);
            if site.vals.is_empty() && site.this.as_ref().is_some_and(|(_, this)| this.inst.is_some()) {
                // The accessor of a field that bears its name.
                return called;
            }
            let mut result = Val { taints: passed, ..Val::default() };
            self.on_each(frame, method, &site, &mut result);
            return result;
        };
        let mut matches: Vec<Match> = self
            .matches(&path)
            .iter()
            .filter(|found| found.entry.when.iter().all(|condition| holds(condition, &site)))
            .cloned()
            .collect();
        if matches.is_empty()
            && let Some((before, method)) = path.rsplit_once('.')
            && site.this.is_some()
        {
            let mut methods = self.world.index.methods(self.unit.language, method);
            if before != "?" {
                // Of something known, only a method that was added to somebody else's type.
                let of = before.rsplit('.').next().unwrap_or(before);
                let of_type = of.starts_with(|first: char| first.is_ascii_uppercase()) && !of.ends_with(')');
                methods.retain(|func| self.adds_method(*func, if of_type { Some(of) } else { None }));
            }
            if !methods.is_empty() && !rules::LISTS.common_method.contains(method) {
                let mut result = Val::default();
                let extends = methods.iter().any(|func| self.is_on_first(*func));
                if extends && let Some((op, this)) = site.this.take() {
                    // `text.Masked()` is `Masks.Masked(text)`.
                    let first = Arg { name: 0, value: op, spread: false };
                    let args: Vec<Arg> = std::iter::once(first).chain(site.args.iter().copied()).collect();
                    site.names.insert(0, "");
                    site.vals.insert(0, this);
                    let called = Site { args: &args, ..site };
                    for func in methods {
                        if self.is_on_first(func) {
                            let value = self.apply(frame, func, &called);
                            result.join(&value);
                        }
                    }
                    return result;
                }
                for func in methods {
                    let value = self.apply(frame, func, &site);
                    result.join(&value);
                }
                result.taints.add(&passed);
                return result;
            }
        }
        let general = |found: &Match| {
            found.confidence < Confidence::High
                && matches!(found.entry.api.role, Role::Propagator | Role::Type)
        };
        if matches.iter().all(general) {
            let mut guessed = self.guessed(&path, &site);
            // What the tree declares is less of a mystery: what it is called must speak for it.
            guessed
                .retain(|found| declared.is_none() || !found.entry.api.called.iter().any(String::is_empty));
            if !guessed.is_empty() {
                matches = guessed;
            }
        }
        if matches.is_empty() {
            matches = self.given(&site);
        }
        if matches.is_empty()
            || matches
                .iter()
                .any(|found| matches!(found.entry.api.role, Role::Sink | Role::Propagator | Role::Type))
        {
            // An object given away as a whole is all it holds.
            for value in site.vals.iter_mut().filter(|value| value.what.is_none()) {
                if let Some(class) = value.inst {
                    let held = match value.object {
                        Object::Whole => self.held_by(value),
                        _ => self.held(class),
                    };
                    value.taints.add(&held);
                    passed.add(&held);
                }
            }
        }
        let sure = |found: &Match| found.confidence == Confidence::High && found.entry.api.role == Role::Sink;
        if !matches.is_empty()
            && rules::LISTS.signal.contains(method)
            && !matches.iter().any(sure)
            && let Some(class) = site.this.as_ref().and_then(|(_, this)| this.inst)
            && event(&site).is_some()
            && site.vals.len() > 1
        {
            // A library's own way to tell listeners of an object of the tree.
            self.emitted(frame, class, &site);
        }
        let mut yielded = None;
        if matches.is_empty() {
            let method = path.rsplit('.').next().unwrap_or("");
            if site.vals.is_empty() && rules::LISTS.amount.contains(method) {
                return Val::default();
            }
            if let Some((this, _)) = &site.this {
                let mut added = Taints::default();
                site.vals.iter().for_each(|value| added.add(&value.taints));
                if rules::LISTS.adding.contains(method) || sets(method) {
                    added.add(yielded.insert(self.yielded(frame, method, &site)));
                    self.taint_place(frame, *this, &added);
                    site.vals.iter().for_each(|value| self.hold(frame, *this, value, site.place));
                } else if rules::LISTS.signal.contains(method) {
                    let object = frame.val(*this).inst;
                    match object.filter(|_| method != "next" && method != "send") {
                        // What listens to an object of the tree listens to its class.
                        Some(class) => self.emitted(frame, class, &site),
                        None => self.signal(frame, *this, &added),
                    }
                }
            } else if let Some(name) = bare
                && frame.function.kind == FuncKind::Closure
                && frame.function.params.first().is_some_and(|param| param.receiver)
                && !self.is_imported(name)
            {
                // `post(url) { setBody(text) }`: what is called by a bare name nobody declares is a method of
                // what the closure is called on, and fills it.
                let mut added = Taints::default();
                site.vals.iter().for_each(|value| added.add(&value.taints));
                frame.summary.add_write(0, &added);
            }
        } else {
            frame.consume(callee);
        }
        if matches.is_empty() {
            self.tried(frame, method, &site);
        } else if matches.iter().any(|found| rules::under(&found.entry.api.category, "cap.net")) {
            // `client.post(url).body(text).send()` is one thing, from its first line to its last.
            site.place.end_line = chain_end(frame, at).max(place.end_line);
        }
        let mut result = self.by_catalogue(frame, &path, &matches, &site, passed.clone());
        if self.unit.language == Language::Rust && matches!(method, "lock" | "borrow_mut" | "get_mut") {
            // What is written through a guard is written to what it guards.
            let guarded = site.this.as_ref().and_then(|(op, _)| frame.root(*op));
            result.wraps = guarded.map(|name| (frame.id, name)).or(result.wraps);
        }
        let name = if method.is_empty() { path.rsplit('.').next().unwrap_or("") } else { method };
        if let Some(given) = self.mapped(name, &site) {
            result.taints = given;
            yielded = Some(Taints::default());
        }
        if result.text.as_ref().is_none_or(|text| text.hidden == Hidden::Plain)
            && let Some(func) = site.vals.iter().find_map(|value| value.func)
            && let Some(made) = self.made_text(func, &site, None)
        {
            // `strings.Map(turn, "...")`, `codes.map(c => String.fromCharCode(c ^ 7))`.
            result.text = made.text;
            result.items = None;
        }
        let plain = matches.iter().all(|found| matches!(found.entry.api.role, Role::Propagator | Role::Type));
        if plain
            && result.text.is_none()
            && result.items.is_none()
            && result.func.is_none()
            && result.inst.is_none()
            && site.vals.len() <= 2
            && site.vals.first().is_some_and(|first| first.hidden() >= Hidden::Spelled)
        {
            // `which(undo(name))`: what nobody could read nobody can read in what comes of it.
            result.text = Some(Text::unread());
        }
        if matches.iter().all(general) {
            self.on_each(frame, method, &site, &mut result);
        }
        self.put_named(frame, method, &matches, &site);
        if let (true, Some((target, rest))) = (&*path == "Object.assign", site.args.split_first())
            && !rest.is_empty()
        {
            self.assigned(frame, target.value, site.vals.get(1..).unwrap_or_default());
        }
        self.fills_receiver(frame, bare, &matches, &site, &result);
        if new && self.unit.language == Language::CSharp && result.items.is_none() {
            // `new PutObjectRequest { FilePath = path }` has these members.
            let set = site.vals.last().and_then(|value| value.items.clone());
            result.items = set.filter(|items| items.first().is_some_and(|(key, _)| is_name(key)));
        }
        if matches.is_empty() && site.this.is_some() {
            // `customer.getEmail()`: the name of what is called says whose data it gives.
            called
                .taints
                .iter()
                .filter(|taint| is_personal(taint))
                .for_each(|taint| result.taints.push(taint.clone()));
        }
        if rules::LISTS.taking.contains(method)
            && let Some(key) = site.vals.first().and_then(|key| key.whole_text())
            && let Some(key) = self.unit.strings.find(key)
        {
            // `request.input("email")`: what is asked for says whose data it is.
            result.fixed &= !matches.iter().any(|found| found.entry.api.role == Role::Source);
            self.personal_data(&mut result, key, site.place);
        }
        if matches.is_empty()
            && rules::LISTS.taking.contains(method)
            && let Some((_, this)) = &site.this
            && this.fixed
            && this.taints.is_empty()
            && this.items.as_ref().is_some_and(|items| !items.is_empty())
        {
            // `COMMANDS.get(name)`, of a table of constants: the name chooses, and nothing of it is in what is chosen.
            result.taints = Taints::default();
        }
        if let Some(declared) = declared {
            result.what = result.what.or(declared.what);
            result.inst = result.inst.or(declared.inst);
        }
        if matches.iter().all(|found| matches!(found.entry.api.role, Role::Propagator | Role::Type)) {
            // What functions that are given along give may be what this gives.
            result.taints.add(&yielded.unwrap_or_else(|| self.yielded(frame, method, &site)));
            if matches.is_empty() {
                // `debounce(f)` is `f`; a client that is configured by a function is none.
                let mut functions =
                    site.vals.iter().filter_map(|value| value.func).filter(|_| !self.knows(&path));
                result.func = result.func.or(functions.next().filter(|_| functions.next().is_none()));
            }
            // `std::map<Key, Handler> table{…}`.
            let table = new
                && self.unit.language == Language::Cpp
                && matches!(name, "map" | "unordered_map" | "vector" | "array" | "initializer_list");
            if (table || rules::LISTS.making.contains(name))
                && result.items.is_none()
                && result.inst.is_none()
            {
                result.items = made_of(&site.vals);
            }
            if let (Some((_, this)), true) = (&site.this, result.func.is_none() && result.inst.is_none()) {
                held_in(this, path.rsplit('.').next().unwrap_or(""), &site.vals, &mut result);
            }
        }
        if matches.iter().all(|found| found.entry.api.role == Role::Propagator) && tells_whether(method) {
            result.taints = Taints::default();
        }
        let mut incoming = passed;
        incoming.add(&result.taints);
        if !matches.iter().any(sure) {
            incoming = self.heard(method, &site, incoming);
        }
        for found in &matches {
            let given = match found.entry.api.hands.as_str() {
                "result" => Some(&result),
                "this" | "receiver" => site.this.as_ref().map(|(_, this)| this),
                "receiver-first" => site.vals.first(),
                _ => None,
            };
            let receiver = found.entry.api.hands.starts_with("receiver");
            if let Some(given) = given.cloned() {
                self.hand(&site, &given, receiver);
            }
        }
        self.callbacks(frame, &site, &incoming);
        result
    }

    /// What listens to an object of the tree listens to its class: to one event, where that has a name.
    fn emitted(&mut self, frame: &mut Frame<'w>, class: ClassRef, site: &Site<'_>) {
        let mut taints = Taints::default();
        site.vals.iter().for_each(|value| taints.add(&value.taints));
        let told = Val { taints, ..Val::default() };
        match event(site).filter(|_| site.vals.len() > 1) {
            Some(name) => {
                self.keep_known(frame, class, &format!("{SIGNAL}.{name}"), &told);
                self.keep_known(frame, class, ALL_SIGNALS, &told);
            }
            None => self.keep_known(frame, class, SIGNAL, &told),
        }
    }

    /// What functions that are given along are called with where `incoming` is known of the call: where they listen to
    /// an object of the tree, what it tells.
    fn heard(&mut self, method: &str, site: &Site<'_>, mut incoming: Taints) -> Taints {
        let listens = site.vals.iter().any(|value| value.func.is_some());
        if let Some(class) = site.this.as_ref().and_then(|(_, this)| this.inst).filter(|_| listens) {
            if rules::LISTS.listening.contains(method) && self.class_member(class, ALL_SIGNALS).is_some() {
                // A listener is told what is emitted, and not what else the object holds.
                incoming = Taints::default();
            }
            incoming.add(&self.told_of(class, site));
        }
        incoming
    }

    /// What listeners to what a call names are told.
    fn told_of(&mut self, class: ClassRef, site: &Site<'_>) -> Taints {
        let of = match event(site) {
            Some(name) => format!("{SIGNAL}.{name}"),
            None => ALL_SIGNALS.to_owned(),
        };
        let mut told = Taints::default();
        for name in [SIGNAL, of.as_str()] {
            if let Some(member) = self.class_member(class, name) {
                told.add(&member.taints);
            }
        }
        told
    }

    /// A container or a buffer in a variable is emptied.
    pub(super) fn emptied(&mut self, frame: &mut Frame<'w>, op: OpId) {
        let Some(root) = frame.root(op) else { return };
        let Some(held) = frame.vars.get(&root).filter(|held| held.inst.is_none()) else { return };
        let empty = Val { taints: Taints::default(), items: None, text: None, ..held.clone() };
        frame.parts.retain(|(of, _), _| *of != root);
        self.set(frame, root, empty, true);
    }

    /// `for _, option := range options { option(client) }`: which functions fill the object, callers tell.
    fn filled_by(&mut self, frame: &mut Frame<'w>, called: &Val, site: &Site<'_>) {
        let names: Vec<super::ir::Sym> = site.args.iter().filter_map(|arg| frame.root(arg.value)).collect();
        let whole = |name: &super::ir::Sym| {
            frame.vars.get(name).is_some_and(|var| var.object == Object::Whole)
                && !frame.function.params.iter().any(|param| param.name == *name)
        };
        let names: Vec<super::ir::Sym> = names.into_iter().filter(whole).collect();
        if names.is_empty() {
            return;
        }
        let given = called.taints.iter().find_map(|taint| match taint.from {
            From::Param(owner, input) if owner == frame.id && input.member == 0 => Some(input.param),
            _ => None,
        });
        let mut added = Taints::default();
        for func in called.func.into_iter().chain(also(called)) {
            let Some(summary) = self.summary(func) else { continue };
            self.uses(Fact::function(func), summary.measure());
            for (.., value) in &summary.fills {
                added.add(&own_taints(&value.taints));
            }
        }
        for name in names {
            if let Some(var) = frame.vars.get_mut(&name) {
                var.object = Object::Any;
            }
            frame.filled.extend(given.map(|param| (name, param, added.clone())));
        }
    }

    /// `recordings.take(1)`, of a class of the tree that is walked through: a method of whatever is, on its elements.
    fn on_each(&mut self, frame: &mut Frame<'w>, method: &str, site: &Site<'_>, result: &mut Val) {
        let of_tree = site.this.as_ref().filter(|(_, this)| this.inst.is_some());
        let Some((op, _)) = of_tree.filter(|_| !rules::LISTS.amount.contains(method)) else { return };
        let Some(each) = self.walked(frame, *op, site.place) else { return };
        result.taints.add(&each.taints);
        if result.items.is_none() {
            result.items = Some(std::sync::Arc::new(vec![("@each".into(), each)]));
        }
    }

    /// `options.get("body")` takes what is kept under a name, and no more.
    fn taken(&mut self, frame: &Frame<'w>, op: OpId, method: &str, args: &[Arg], held: &mut Val) {
        if held.taints.is_empty() || !rules::LISTS.taking.contains(method) {
            return;
        }
        let Some(key) = args.first().map(|arg| arg.value) else { return };
        let text = frame.val(key).whole_text().map(std::sync::Arc::<str>::from);
        let Some(key) = text.or_else(|| self.key_of(frame, key)) else { return };
        held.taints = self.of_member(frame, op, held, &key);
    }

    /// `labels.set("host", name)`: a map comes to hold a value under a name, and what is taken from it under another
    /// one is not that.
    fn put_named(&mut self, frame: &mut Frame<'w>, method: &str, matches: &[Match], site: &Site<'_>) {
        // `merge(key, value, |old, new| …)` says besides what becomes of both.
        let (Some(value), Some((op, this)), 2 | 3) = (site.vals.get(1), &site.this, site.vals.len()) else {
            return;
        };
        if site.vals.get(2).is_some_and(|third| third.func.is_none()) {
            return;
        }
        let keeps = |found: &Match| matches!(found.entry.api.role, Role::Propagator | Role::Type);
        if !rules::LISTS.putting.contains(method) || !matches.iter().all(keeps) || this.inst.is_some() {
            return;
        }
        let Some(key) = self.key_at(frame, site, 0).filter(|key| key.len() < 100) else { return };
        self.put_at(frame, *op, &key, value);
    }

    /// `post(url) { setBody(text) }`, `Mail.deliver do add_file path end`: what a bare call of something outside the
    /// tree only fills in a closure fills what the closure is called on.
    fn fills_receiver(
        &self,
        frame: &mut Frame<'w>,
        bare: Option<super::ir::Sym>,
        matches: &[Match],
        site: &Site<'_>,
        result: &Val,
    ) {
        let function = frame.function;
        let receiver = function.params.first().is_some_and(|param| param.receiver);
        let block = self.unit.language == Language::Ruby && function.params.is_empty();
        if bare.is_none() || function.kind != FuncKind::Closure || !(receiver || block) {
            return;
        }
        let only_fills = |found: &Match| match found.entry.api.role {
            Role::Sink => found.entry.api.fills,
            Role::Source => block,
            _ => false,
        };
        if matches.is_empty() && receiver || !matches.iter().all(only_fills) {
            return;
        }
        let mut added = result.taints.clone();
        site.vals.iter().for_each(|value| added.add(&value.taints));
        frame.summary.add_write(0, &added);
    }

    /// The data in what a method gives that puts what a function makes of each thing in its place:
    /// `rows.map(row => row.name)`.
    fn mapped(&mut self, method: &str, site: &Site<'_>) -> Option<Taints> {
        if !rules::LISTS.mapping.contains(method) {
            return None;
        }
        let (this, func) = match (&site.this, site.vals.as_slice()) {
            (Some((_, this)), [Val { func: Some(func), .. }]) => (this, func),
            // `array_map(fn ($row) => …, $rows)`
            (None, [Val { func: Some(func), .. }, of]) => (of, func),
            _ => return None,
        };
        let known = *func;
        if known.unit != self.number || !self.is_closure(known.func) {
            return None;
        }
        let summary = self.summary(known)?;
        self.uses(Fact::function(known), summary.measure());
        if summary.gives.inst.is_some() || summary.gives.items.is_some() || summary.gives.func.is_some() {
            // What an object holds is not told here.
            return None;
        }
        let mut given = Taints::default();
        for taint in summary.gives.taints.iter() {
            match taint.from {
                From::Param(owner, _) if owner == known.func => given.add(&this.taints),
                _ => given.push(taint.clone()),
            }
        }
        Some(given)
    }

    /// A call of another constructor for the object that is being made.
    fn chained(
        &mut self,
        frame: &mut Frame<'w>,
        callee: OpId,
        called: &Val,
        mut site: Site<'_>,
        passed: &Taints,
    ) -> Val {
        if self.unit.language == Language::Python && called.func.is_none() && called.inst.is_some() {
            // `super()` is the object, as one of another class.
            return called.clone();
        }
        let func = called.func.or_else(|| self.constructor(called.inst?));
        let Some(func) = func else {
            self.kept_by_base(frame, passed);
            return Val::default();
        };
        if site.this.is_none() {
            site.this = Some((callee, Val { object: Object::This, ..called.clone() }));
        }
        let func = self.overload(func, &site);
        self.apply(frame, func, &site);
        Val::default()
    }

    /// A new instance of a class of the tree.
    fn made(&mut self, frame: &mut Frame<'w>, class: ClassRef, site: &Site<'_>, passed: &Taints) -> Val {
        let mut result = Val { inst: Some(class), ..Val::default() };
        self.begin(&mut result);
        if let Some(func) = self.constructor(class) {
            let func = self.overload(func, site);
            let around = self.fresh.replace(Vec::new());
            self.apply(frame, func, site);
            let fresh = std::mem::replace(&mut self.fresh, around).unwrap_or_default();
            let whole = result.object == Object::Whole;
            for (field, value) in fresh.iter().filter(|(field, _)| whole || **field == *BASE) {
                hold(&mut result, field, value, false);
            }
            if self.unit.language == Language::Python
                && self.is_error(class)
                && !fresh.iter().any(|(field, _)| **field == *BASE)
            {
                // An error keeps what it is made of before any constructor is called.
                hold(&mut result, BASE, &Val { taints: passed.clone(), ..Val::default() }, true);
            }
            return result;
        }
        // Without a constructor of its own the arguments are its data.
        result.taints = passed.clone();
        self.fill(frame, class, site, &mut result);
        result
    }

    /// `table.TryGetValue(key, out var found)`: what the container holds comes to be in its last argument.
    fn tried(&mut self, frame: &mut Frame<'w>, method: &str, site: &Site<'_>) {
        let rest = method.strip_prefix("Try").filter(|_| self.unit.language == Language::CSharp);
        let (Some(rest), Some((_, this))) = (rest, &site.this) else { return };
        let taking = ["Get", "Dequeue", "Take", "Pop", "Peek", "Read", "Receive"];
        let Some(name) = site.args.last().and_then(|arg| frame.root(arg.value)) else { return };
        if !taking.iter().any(|start| rest.starts_with(start)) {
            return;
        }
        let mut given = Val { taints: this.taints.clone(), fixed: true, ..Val::default() };
        held_in(this, "Get", &site.vals, &mut given);
        given.fixed = false;
        self.set(frame, name, given, false);
    }

    /// Whether what a bare name means is the member of that name of what a closure is called on.
    fn is_member_of(&mut self, called: &Val, handed: &Val, name: &str) -> bool {
        match (handed.inst, &handed.what, &called.what) {
            (Some(class), ..) => {
                called.func.is_some()
                    && self.class_member(class, name).is_some_and(|member| member.func == called.func)
            }
            (None, Some(of), Some(what)) => {
                what.strip_prefix(&**of).and_then(|rest| rest.strip_prefix('.')) == Some(name)
            }
            _ => false,
        }
    }

    /// A function given along is what it writes into what it is called with: `post { |r| r.body = text }`.
    fn with_writes(&mut self, frame: &Frame<'w>, value: &mut Val) {
        let Some(func) = value.func else { return };
        let of_caller = |taint: &Taint| matches!(taint.from, From::Param(owner, _) if owner == frame.id);
        if value.taints.iter().any(of_caller) {
            // Which function it is, the caller knows better.
            return;
        }
        if func.unit != self.number || func.func >= frame.id {
            let seen = self.summary(func).map_or(0, |summary| summary.measure());
            self.uses(Fact::function(func), seen);
        }
        let Some(summary) = self.summary(func) else { return };
        // `send(r -> r.channel("#oast").text(text))`: what a builder that is handed over is filled with, it gives.
        let builds = matches!(self.unit.language, Language::Java | Language::Kotlin | Language::CSharp)
            && value.object != Object::Whole;
        let given = summary.gives.taints.iter().filter(|_| builds);
        for taint in summary.writes.iter().flat_map(|(_, taints)| taints.iter()).chain(given) {
            match taint.from {
                From::Param(owner, _) if owner == func.func || func.unit != self.number => {}
                _ => value.taints.push(taint.clone()),
            }
        }
    }

    /// Whether a function has no body, or as good as none, and the methods that stand in for it then.
    fn overriding(&mut self, func: FuncRef) -> (bool, Vec<FuncRef>) {
        /// Operations of a body that says nothing: `raise NotImplementedError`, `return null`.
        const NOTHING: usize = 4;
        let unit = self.world.units.get(func.unit as usize);
        let Some(function) = unit.and_then(|unit| unit.funcs.get(func.func as usize)) else {
            return (false, Vec::new());
        };
        let (Some(class), false) = (function.class, function.asleep || function.ops.len() > NOTHING) else {
            return (false, Vec::new());
        };
        let class = self.world.index.whole(ClassRef { unit: func.unit, class });
        let others = self.world.index.overriding(class, self.function_name(func));
        (function.declared, others)
    }

    /// What a call of a method that is only declared does where its object may be something from outside the tree:
    /// because it was seen to hold that, or because of what it is given.
    fn outside(
        &mut self,
        frame: &mut Frame<'w>,
        func: FuncRef,
        site: &Site<'_>,
        passed: &Taints,
    ) -> Option<Val> {
        let name = self.function_name(func).to_owned();
        let (_, this) = site.this.as_ref()?;
        let held = this.what.as_deref().filter(|what| !what.starts_with('?') && what.len() < 200);
        let of_held = held.map(|what| format!("{what}.{name}"));
        let unknown = format!("?.{name}");
        for (path, sure) in of_held.map(|path| (path, true)).into_iter().chain([(unknown, false)]) {
            let path: std::sync::Arc<str> = path.into();
            let mut matches: Vec<Match> = self.matches(&path).to_vec();
            matches.retain(|found| {
                (sure || !found.entry.when.is_empty())
                    && found.entry.api.role == Role::Sink
                    && found.entry.when.iter().all(|condition| holds(condition, site))
            });
            if !matches.is_empty() {
                return Some(self.by_catalogue(frame, &path, &matches, site, passed.clone()));
            }
        }
        None
    }

    /// A parameter of this function, or of one around it, is called.
    fn calls_given(&mut self, frame: &mut Frame<'w>, called: &Val, site: &Site<'_>) {
        let spread = site.args.iter().any(|arg| arg.spread || arg.name != 0);
        for taint in called.taints.iter() {
            let From::Param(owner, Input { param, member: 0, .. }) = taint.from else { continue };
            // That it is called is told even where it is passed nothing.
            let nothing = Val::default();
            let vals = if site.vals.is_empty() { std::slice::from_ref(&nothing) } else { &site.vals };
            for (at, value) in vals.iter().enumerate() {
                let place = if spread { ANYWHERE } else { at as u16 };
                if owner == frame.id {
                    frame.summary.add_call(param, place, &value.taints);
                } else {
                    // A closure calls what the function around it was given.
                    self.outer_calls.entry(owner).or_default().push((param, place, value.taints.clone()));
                }
            }
        }
    }

    /// What `value` gives where it is called, where it is what a function is given: its callers know.
    pub(super) fn called_of(&self, value: &Val) -> Taints {
        let mut taints = Taints::default();
        for taint in value.taints.iter() {
            if let From::Param(owner, Input { param, member: 0, .. }) = taint.from
                && (value.object == Object::Handed || value.func.is_none() && !self.is_closure(owner))
            {
                taints.push(Taint { from: From::Param(owner, Input::called(param)), trail: None });
            }
        }
        taints
    }

    /// Whether this stands in a method of a class that is written down in a function: what that was given, objects
    /// of the class hold, and nobody is told which.
    fn is_of_local_class(&self, frame: &Frame<'w>, gives: &Taints) -> bool {
        gives.iter().any(|taint| {
            let From::Param(owner, _) = taint.from else { return false };
            let mut id = frame.id;
            for _ in 0..64 {
                match self.unit.funcs.get(id as usize).filter(|_| id != owner) {
                    Some(function) if function.class.is_some() => return true,
                    Some(Func { parent: Some(parent), .. }) => id = *parent,
                    _ => return false,
                }
            }
            false
        })
    }

    /// Whether a function is `owner`, or stands in it.
    pub(super) fn stands_in(&self, mut id: FuncId, owner: FuncId) -> bool {
        for _ in 0..64 {
            if id == owner {
                return true;
            }
            match self.unit.funcs.get(id as usize).and_then(|function| function.parent) {
                Some(parent) => id = parent,
                None => return false,
            }
        }
        false
    }

    /// A function that is made in this one, and given out of it, holds of what this one is given what it gives of it.
    pub(super) fn with_captured(&mut self, frame: &Frame<'w>, value: &mut Val) {
        let Some(func) = value.func.filter(|func| func.unit == self.number && func.func != frame.id) else {
            return;
        };
        if !self.stands_in(func.func, frame.id) {
            return;
        }
        let Some(summary) = self.summary(func) else { return };
        self.uses(Fact::function(func), summary.measure());
        let given = self.held_by(&summary.gives);
        value.object = Object::Whole;
        value.taints.add(&given.rewritten(|taint, out| match taint.from {
            From::Param(owner, _) if owner == frame.id => out.push(taint.clone()),
            _ => {}
        }));
    }

    /// What a call may be of which nothing is known but names.
    fn guessed(&self, path: &str, site: &Site<'_>) -> Vec<Match> {
        let Some((before, method)) = path.rsplit_once('.') else { return Vec::new() };
        let unknown = before.starts_with('?') || before.trim_end_matches("()") == site.receiver;
        if !unknown || site.this.is_none() {
            return Vec::new();
        }
        let mut found = self.guess(method, site.receiver);
        found.retain(|found| found.entry.when.iter().all(|condition| holds(condition, site)));
        found
    }

    /// What a call of something unknown may be by what it is given.
    fn given(&self, site: &Site<'_>) -> Vec<Match> {
        // Credentials stand among options: `new AgentClient(host, ['credentials' => …])`.
        let items = site.vals.iter().flat_map(|value| value.items.iter());
        let items = items.flat_map(|items| items.iter().take(8)).map(|(_, item)| item);
        let known = site.vals.iter().chain(items).filter_map(|value| value.what.as_deref());
        known.map(|what| self.given_what(what)).find(|found| !found.is_empty()).unwrap_or_default()
    }

    /// Whether a method is called on its first argument.
    fn is_on_first(&self, func: FuncRef) -> bool {
        let unit = self.world.units.get(func.unit as usize);
        let function = unit.and_then(|unit| unit.funcs.get(func.func as usize));
        let marks = function.map_or(&[][..], |function| &function.marks);
        marks.iter().any(|mark| unit.is_some_and(|unit| unit.strings.get(*mark) == ON_FIRST))
    }

    /// Whether a method was added to a type declared elsewhere, and to the one called `of` where that is known.
    fn adds_method(&self, func: FuncRef, of: Option<&str>) -> bool {
        let unit = self.world.units.get(func.unit as usize);
        let function = unit.and_then(|unit| unit.funcs.get(func.func as usize));
        if self.is_on_first(func) {
            return true;
        }
        let class = unit.and_then(|unit| unit.classes.get(function?.class? as usize));
        class.is_some_and(|class| {
            let named = unit.map_or("", |unit| unit.strings.get(class.name));
            class.extension && of.is_none_or(|of| of == named)
        })
    }

    /// Whether a method has no body.
    fn is_declared(&self, func: FuncRef) -> bool {
        let unit = self.world.units.get(func.unit as usize);
        unit.and_then(|unit| unit.funcs.get(func.func as usize)).is_some_and(|function| function.declared)
    }

    fn is_closure(&self, func: super::ir::FuncId) -> bool {
        self.unit.funcs.get(func as usize).is_some_and(|function| function.kind == FuncKind::Closure)
    }

    /// What is known of a function of the tree.
    pub(super) fn summary(&self, func: FuncRef) -> Option<std::sync::Arc<super::flow::Summary>> {
        if func.unit == self.number {
            return self.summaries.get(func.func as usize).cloned();
        }
        self.world.summaries.get(func.unit as usize)?.get(func.func as usize).cloned()
    }

    /// The data `func` of its own calls functions with that it is given.
    pub(super) fn blocks_given(&mut self, func: FuncRef) -> Taints {
        let seen = self.summary(func);
        self.uses(Fact::function(func), seen.as_ref().map_or(0, |summary| summary.measure()));
        let mut taints = Taints::default();
        for taint in seen.iter().flat_map(|summary| &summary.calls).flat_map(|(.., taints)| taints.iter()) {
            if let From::Source(_) = taint.from {
                taints.push(taint.clone());
            }
        }
        taints
    }

    /// The data functions among the arguments give.
    fn yielded(&mut self, frame: &mut Frame<'w>, method: &str, site: &Site<'_>) -> Taints {
        let mut taints = Taints::default();
        for value in &site.vals {
            let Some(func) = value.func else { continue };
            // One that is only kept is not called.
            let given = match rules::LISTS.mapping.contains(method) {
                true => self.called_of(value),
                false => Taints::default(),
            };
            if given.is_empty() {
                taints.add(&self.yielded_by(frame, func));
            }
            taints.add(&given);
        }
        for (arg, value) in site.args.iter().zip(&site.vals) {
            let called = value
                .inst
                .filter(|_| value.func.is_none() && matches!(method, "submit" | "schedule" | "invokeAny"));
            if let Some(class) = called {
                // `pool.submit(new Reader())`: what the object's one method gives.
                let methods = rules::LISTS.calling.iter();
                let func = methods.filter_map(|name| self.class_member(class, name)?.func).next();
                func.into_iter().for_each(|func| taints.add(&self.yielded_by(frame, func)));
            } else if let Some(path) = &value.what
                && !rules::LISTS.adding.contains(method)
            {
                taints.add(&self.given_by(frame, arg.value, value, path, site.place));
            }
        }
        taints
    }

    /// What a function of the catalogue gives that is handed on as one: `names.map(System::getenv)`.
    pub(super) fn given_by(
        &mut self,
        frame: &mut Frame<'w>,
        op: OpId,
        value: &Val,
        path: &std::sync::Arc<str>,
        place: Place,
    ) -> Taints {
        let mut taints = Taints::default();
        let named = match frame.function.ops.get(op as usize) {
            Some(Op::Field(..)) => true,
            Some(Op::Name(name)) => {
                !frame.vars.contains_key(name)
                    && !frame.function.params.iter().any(|param| param.name == *name)
            }
            _ => false,
        };
        let known = value.func.is_none() && value.class.is_none() && value.inst.is_none();
        if !named || !known || !value.taints.is_empty() || path.ends_with([')', ']']) || path.starts_with('?')
        {
            return taints;
        }
        let args = frame.function.ops.get(op as usize).map(|_| Arg { name: 0, value: op, spread: false });
        let called = Site {
            place,
            args: args.as_slice(),
            names: vec![""],
            vals: vec![Val::default()],
            this: None,
            receiver: "",
        };
        let found = self.matches(path);
        let source = found.iter().find(|found| {
            found.entry.api.role == Role::Source
                && found.confidence == Confidence::High
                && found.entry.to.is_empty()
                && found.entry.when.iter().all(|condition| holds(condition, &called))
        });
        let Some(category) = source.map(|found| found.entry.api.category.clone()) else { return taints };
        self.hit(frame, &category, path, place, Confidence::High, false);
        let origin = self.origin(&category, path, place, Confidence::High);
        taints.push(Taint { from: From::Source(origin), trail: None });
        taints
    }

    /// The data `func` gives wherever it is called.
    pub(super) fn yielded_by(&mut self, frame: &Frame<'w>, func: FuncRef) -> Taints {
        let mut taints = Taints::default();
        if func.unit != self.number || func.func >= frame.id {
            let seen = self.summary(func).map_or(0, |summary| summary.measure());
            self.uses(Fact::function(func), seen);
        }
        let Some(summary) = self.summary(func) else { return taints };
        for taint in summary.gives.taints.iter() {
            match taint.from {
                From::Param(owner, _) if owner == func.func || func.unit != self.number => {}
                _ => taints.push(taint.clone()),
            }
        }
        taints
    }

    /// The fields a class declares without a value, in order.
    pub(super) fn declared_fields(&self, class: ClassRef) -> Vec<&'w str> {
        let world = self.world;
        let body = world.units.get(class.unit as usize).and_then(|unit| {
            let body = unit.classes.get(class.class as usize)?.body;
            Some((unit, unit.funcs.get(body as usize)?))
        });
        let fields = body.into_iter().flat_map(|(unit, body)| {
            body.ops.iter().filter_map(|op| match op {
                Op::Declare { name, value: None, .. } => Some(unit.strings.get(*name)),
                _ => None,
            })
        });
        fields.take(MAX_FIELDS).collect()
    }

    /// The field of an object of the tree that is bound where it is taken apart by position.
    pub(super) fn component(&mut self, value: &Val, position: usize) -> Option<Val> {
        let by_field = matches!(
            self.unit.language,
            Language::Cpp | Language::CSharp | Language::Java | Language::Kotlin
        );
        let class = value.inst.filter(|_| by_field)?;
        let name = self.declared_fields(class).get(position).copied();
        if let Some(name) = name.filter(|name| value.item(name).is_some()) {
            let mut part = self.held_at(value, name);
            let symbol = self.unit.strings.find(name).unwrap_or_default();
            for taint in value.taints.iter() {
                // Of a parameter callers say what stands there.
                if let From::Param(owner, mut input) = taint.from {
                    if input.member == 0 {
                        input.member = symbol;
                    }
                    part.taints.push(Taint { from: From::Param(owner, input), trail: taint.trail.clone() });
                }
            }
            return Some(part);
        }
        let Some(mut part) = name.and_then(|name| self.class_member(class, name)) else {
            // Which of its fields it is, a class that extends this one says.
            let mut taints = match value.object {
                Object::Whole => self.held_by(value),
                _ => self.held(class),
            };
            taints.add(&value.taints);
            return Some(Val { taints, ..Val::default() });
        };
        if value.object != Object::Whole {
            part.taints.add(&value.taints);
        }
        Some(part)
    }

    /// Fields of a new instance of a class without a constructor, by their names or their order.
    fn fill(&mut self, frame: &mut Frame<'w>, class: ClassRef, site: &Site<'_>, result: &mut Val) {
        let fields = self.declared_fields(class);
        let mut given: Vec<(std::sync::Arc<str>, Val)> = Vec::new();
        let mut all = !site.vals.is_empty();
        for (at, (value, label)) in site.vals.iter().zip(&site.names).enumerate() {
            let spread = site.args.get(at).is_some_and(|arg| arg.spread);
            let mut set = |items: &Items| {
                self.unit.language == Language::CSharp
                    && !items.is_empty()
                    && items.iter().all(|(name, _)| is_name(name) && self.declares(class, name))
            };
            match (fields.get(at), &value.items) {
                // `new Receipt { Program = name }`
                (_, Some(items)) if value.inst.is_none() && set(items) => {
                    given.extend(items.iter().take(MAX_FIELDS).cloned());
                }
                _ if !label.is_empty() => given.push(((*label).into(), value.clone())),
                (Some(field), _) if !spread => given.push(((*field).into(), value.clone())),
                // `Config { frames: 4, ..Config::default() }`.
                (_, Some(items)) if spread && value.object == Object::Whole => {
                    let named: Vec<_> = given.iter().map(|(name, _)| name.clone()).collect();
                    let others = items.iter().take(MAX_FIELDS).filter(|(name, _)| !named.contains(name));
                    given.extend(others.cloned());
                }
                (None, Some(items)) => given.extend(items.iter().take(MAX_FIELDS).cloned()),
                _ => all = false,
            }
        }
        for (at, arg) in site.args.iter().enumerate() {
            let label = site.names.get(at).copied().filter(|label| !label.is_empty());
            if let Some(field) = label.or_else(|| fields.get(at).copied()) {
                self.lend_to(frame, class, field, arg.value);
            }
        }
        let told = self.is_told(class) && (all || site.vals.is_empty());
        for (name, value) in &given {
            match told {
                true => self.keep_known(frame, class, name, value),
                false => self.keep(frame, class, name, value),
            }
        }
        let out = self.left_out(class);
        if told && !out.is_empty() {
            result.taints = Taints::default();
            let written = given.iter().filter(|(name, _)| !out.contains(&&**name));
            written.for_each(|(_, value)| result.taints.add(&value.taints));
        }
        result.object = if told { Object::Whole } else { Object::Any };
        result.items = (told || all).then(|| std::sync::Arc::new(given));
    }

    /// Of several functions with one name in one class, the one these arguments are for: by how many they
    /// are and how they are labelled.
    fn overload(&self, func: FuncRef, site: &Site<'_>) -> FuncRef {
        let Some(unit) = self.world.units.get(func.unit as usize) else { return func };
        let overloads = matches!(
            unit.language,
            Language::Swift | Language::Java | Language::Kotlin | Language::CSharp | Language::Cpp
        );
        let Some(target) = unit.funcs.get(func.func as usize).filter(|_| overloads) else { return func };
        let fits = |candidate: &Func| {
            let params: Vec<&str> = candidate
                .params
                .iter()
                .filter(|param| !param.receiver)
                .map(|param| unit.strings.get(param.name))
                .collect();
            let labelled =
                site.names.iter().filter(|name| !name.is_empty()).all(|name| params.contains(name));
            let fits = usize::from(labelled) * 2 + usize::from(params.len() == site.args.len());
            // `Client(const Client&) = delete;` is called by nobody.
            if candidate.ops.is_empty() && unit.language == Language::Cpp { 0 } else { fits }
        };
        let mut best = (fits(target), func.func);
        for (id, candidate) in unit.funcs.iter().enumerate() {
            let same = candidate.name == target.name
                && candidate.class == target.class
                && candidate.parent == target.parent
                && candidate.kind == target.kind;
            if best.0 < 3 && same && fits(candidate) > best.0 {
                best = (fits(candidate), id as u32);
            }
        }
        FuncRef { unit: func.unit, func: best.1 }
    }

    pub(crate) fn function_name(&self, func: FuncRef) -> &str {
        self.world
            .units
            .get(func.unit as usize)
            .and_then(|unit| unit.funcs.get(func.func as usize).map(|f| unit.strings.get(f.name)))
            .unwrap_or("")
    }
}

/// The name of the event a call is about, where it has one.
fn event<'s>(site: &'s Site<'_>) -> Option<&'s str> {
    site.vals.first()?.whole_text().filter(|name| !name.is_empty() && name.len() < 64)
}

/// Whether a call of a method that empties says so by its arguments too.
fn empties(method: &str, site: &Site<'_>) -> bool {
    match site.vals.as_slice() {
        [] => {
            !matches!(method, "truncate" | "Truncate" | "setLength" | "SetLength" | "resize" | "str" | "fill")
        }
        [only] => {
            matches!(only.whole_text(), Some("0" | ""))
                || method == "fill" && only.fixed
                || site.names.first().is_some_and(|name| name.starts_with("keep"))
        }
        _ => false,
    }
}

/// Whether a method only says whether something is so, by its name: `isBlank`, `has_key`, `alive?`.
fn tells_whether(method: &str) -> bool {
    let asks = |start: &str| {
        let rest = method.strip_prefix(start);
        rest.is_some_and(|rest| rest.starts_with(|c: char| c == '_' || c.is_ascii_uppercase()))
    };
    ["is", "has", "Is", "Has"].into_iter().any(asks)
        || method.ends_with('?')
        || rules::LISTS.telling_whether.contains(method)
}

/// Whether one of `matches` starts a program.
fn starts(matches: &[Match]) -> bool {
    matches.iter().any(|found| rules::under(&found.entry.api.category, "cap.exec"))
}

/// The last line of the chain of calls that call `at` begins.
fn chain_end(frame: &Frame<'_>, at: OpId) -> u32 {
    /// Most operations looked at, and most lines a chain is followed for.
    const MOST: (usize, u32) = (96, 12);
    let (mut link, mut end) = (at, 0);
    let rest = frame.function.ops.iter().zip(&frame.function.places).enumerate().skip(at as usize);
    for (op, (next, place)) in rest.take(MOST.0) {
        match next {
            Op::Field(base, _) if *base == link => link = op as OpId,
            Op::Call { callee, .. } if *callee == link && op as OpId != at => {
                link = op as OpId;
                if place.end_line.saturating_sub(place.line) <= MOST.1 {
                    end = place.end_line;
                }
            }
            _ => {}
        }
    }
    end
}

/// The further functions a value may be.
fn also(called: &Val) -> Vec<FuncRef> {
    let items = called.items.iter().flat_map(|items| items.iter());
    let named = items.filter(|(key, _)| key.starts_with('@')).filter_map(|(_, item)| item.func);
    named.filter(|func| called.func != Some(*func)).take(8).collect()
}

/// Whether a value is, or may be, a function, an object or a class of the tree.
fn is_held(value: &Val) -> bool {
    value.func.is_some() || value.inst.is_some() || value.class.is_some()
}

/// Whether a word may be the name of a program: what a shell makes of the text of other languages (m4, make) is none.
fn names_program(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"./_+-".contains(&byte))
}

/// The functions and objects of the tree a container is made of, under the keys they had.
fn made_of(vals: &[Val]) -> Option<super::value::Items> {
    /// Most of them.
    const MOST: usize = 16;
    let mut items: Vec<(std::sync::Arc<str>, Val)> = Vec::new();
    // `to("run", f)` and the row `["run", f]` are an element under its key.
    let row = |key: &Val, value: &Val| {
        let key = key.whole_text().filter(|_| is_held(value))?;
        Some((std::sync::Arc::from(key), own(value)))
    };
    if let [key, value] = vals
        && let Some(element) = row(key, value)
    {
        return Some(std::sync::Arc::new(vec![element]));
    }
    for (at, value) in vals.iter().enumerate().take(MOST) {
        if is_held(value) {
            items.push((format!("@a{at}").into(), own(value)));
            continue;
        }
        if let Some(element) = value.item("0").zip(value.item("1")).and_then(|(key, value)| row(key, value)) {
            items.push(element);
            continue;
        }
        for (key, item) in value.items.iter().flat_map(|items| items.iter().take(MOST)) {
            match item.item("0").zip(item.item("1")).and_then(|(key, value)| row(key, value)) {
                Some(element) => items.push(element),
                None if is_held(item) => items.push((key.clone(), item.clone())),
                None => {}
            }
        }
    }
    items.truncate(MOST);
    if items.is_empty() { None } else { Some(std::sync::Arc::new(items)) }
}

/// What a container gives of what it holds, by a method called `method`.
fn held_in(container: &Val, method: &str, args: &[Val], result: &mut Val) {
    let Some(items) = &container.items else { return };
    if !items.iter().any(|(_, item)| is_held(item)) {
        return;
    }
    if rules::LISTS.taking.contains(method) {
        let named = args.first().and_then(|key| key.whole_text()).and_then(|key| container.item(key));
        if let Some(item) = named {
            result.join(&as_held(item));
            return;
        }
        items.iter().take(16).for_each(|(_, item)| result.join(&as_held(item)));
    } else if result.items.is_none() {
        result.items = Some(items.clone());
    }
}

/// [`only`], with what an object holds that was seen being made.
pub(super) fn as_held(value: &Val) -> Val {
    let whole = value.object == Object::Whole && value.what.is_none();
    let items = value.items.clone().filter(|items| whole && items.len() <= MAX_FIELDS);
    Val { object: if items.is_some() { value.object } else { Object::Any }, items, ..only(value) }
}

/// What a value is, without what it says and carries.
pub(super) fn only(value: &Val) -> Val {
    Val { func: value.func, inst: value.inst, class: value.class, fixed: true, ..Val::default() }
}

/// Whether a method's name says that it keeps what it is given: `setBody`, `add_header`, `WithContent`.
fn sets(method: &str) -> bool {
    ["set", "Set", "add", "Add", "with", "With", "append", "Append", "put", "Put", "insert", "write", "Write"]
        .iter()
        .filter_map(|prefix| method.strip_prefix(prefix))
        .any(|rest| rest.starts_with(|c: char| c.is_ascii_uppercase() || c == '_'))
}

/// Whether data is somebody's by what it is called.
pub(crate) fn is_personal(taint: &Taint) -> bool {
    matches!(&taint.from, From::Source(origin) if matches!(&*origin.category, "src.pii" | "src.secret"))
}
