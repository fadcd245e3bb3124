//! Stores: to variables, fields, elements and patterns, and what other files see of them.

use std::sync::Arc;

use crate::model::scan::Confidence;
use crate::scan::code::calls::SIGNAL;
use crate::scan::code::calls::only;
use crate::scan::code::calls::without;
use crate::scan::code::catalogue::Role;
use crate::scan::code::constants;
use crate::scan::code::evaluate::Evaluation;
use crate::scan::code::evaluate::Frame;
use crate::scan::code::evaluate::is_given;
use crate::scan::code::evaluate::members::member_path;
use crate::scan::code::evaluate::objects::LOOSE;
use crate::scan::code::evaluate::own;
use crate::scan::code::evaluate::own_taints;
use crate::scan::code::flow::Fact;
use crate::scan::code::flow::measure;
use crate::scan::code::ir::FuncId;
use crate::scan::code::ir::FuncKind;
use crate::scan::code::ir::OUTER;
use crate::scan::code::ir::Op;
use crate::scan::code::ir::OpId;
use crate::scan::code::ir::Place;
use crate::scan::code::ir::Sym;
use crate::scan::code::language::Language;
use crate::scan::code::map::Map;
use crate::scan::code::rules;
use crate::scan::code::value::ClassRef;
use crate::scan::code::value::From;
use crate::scan::code::value::Items;
use crate::scan::code::value::Object;
use crate::scan::code::value::Origin;
use crate::scan::code::value::Taint;
use crate::scan::code::value::Taints;
use crate::scan::code::value::Val;

impl<'w> Evaluation<'w> {
    pub(crate) fn remember(&mut self, function: FuncId, name: Sym, value: &Val) {
        if !self.encloses.get(function as usize).copied().unwrap_or(true) {
            return;
        }
        if let Some(ever) = self.ever.get_mut(function as usize) {
            match ever.entry(name) {
                std::collections::hash_map::Entry::Occupied(mut held) => held.get_mut().join(value),
                std::collections::hash_map::Entry::Vacant(slot) => {
                    slot.insert(value.clone());
                }
            }
        }
    }

    /// Everything a variable of a function of this file was seen to hold.
    pub(crate) fn known_in(&self, function: FuncId, name: Sym) -> Option<&Val> {
        self.ever.get(function as usize)?.get(&name)
    }

    /// Stores to a variable.
    pub(crate) fn set(&mut self, frame: &mut Frame<'w>, name: Sym, value: Val, declared: bool) {
        if name == 0 {
            return;
        }
        let mut value = value;
        if self.unit.language == Language::Go
            && !value.taints.is_empty()
            && self.unit.strings.get(name) == "err"
            && value.what.as_deref().is_some_and(is_failure)
        {
            // What went wrong in a library says nothing of what it was given.
            value.taints = Taints::default();
        }
        self.remember(frame.id, name, &value);
        if self.unit.language == Language::Bash
            && frame.id != 0
            && !declared
            && self.unit.strings.get(name) != "$out"
        {
            // What a function of the shell sets is set for all that follows, in every file.
            let seen = own(&value);
            self.remember(0, name, &seen);
        }
        if !declared && !frame.vars.contains_key(&name) && self.stores_outward(frame, name) {
            let found = self.outward(frame, name, &value);
            if !found
                && frame.function.kind == FuncKind::Closure
                && frame.function.params.first().is_some_and(|param| param.receiver)
            {
                // `request.apply { body = text }`: a member of what the closure is called on.
                frame.summary.add_write(0, &value.taints);
                let text = self.unit.strings.get(name);
                if let Some(class) = self.handed(frame).and_then(|handed| handed.inst)
                    && self.declares(class, text)
                {
                    self.keep(frame, class, text, &value);
                }
            }
            if self.implicit_this
                && let Some(class) = self.enclosing_class(frame.id)
                && frame.function.kind != FuncKind::ClassBody
            {
                let text = self.unit.strings.get(name);
                if self.has_field(class, text) {
                    match self.fill_this(frame, text, &value) {
                        true => self.keep_known(frame, class, text, &value),
                        false => self.keep(frame, class, text, &value),
                    }
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

    /// Whether a name that this function does not declare may be one around it.
    fn stores_outward(&self, frame: &Frame<'w>, name: Sym) -> bool {
        let named = |mark: &Sym| self.unit.strings.get(*mark).strip_prefix(OUTER);
        self.unit.language != Language::Python
            || frame.function.marks.iter().filter_map(named).any(|outer| outer == self.unit.strings.get(name))
    }

    /// A variable of an enclosing function or of the file comes to hold `value`.
    /// Whether there is one.
    fn outward(&mut self, frame: &mut Frame<'w>, name: Sym, value: &Val) -> bool {
        let mut scope = frame.function.parent;
        for _ in 0..64 {
            let Some(id) = scope else { return false };
            if self.ever.get(id as usize).is_some_and(|ever| ever.contains_key(&name)) {
                let seen = own(value);
                // What that function is given, or one around it, means there what it means here.
                let told = value.taints.rewritten(|taint, out| match taint.from {
                    From::Param(owner, _) if !self.stands_in(id, owner) => {}
                    _ => out.push(taint.clone()),
                });
                if !told.is_empty() {
                    self.captured.entry((id, name)).or_default().taints.add(&told);
                }
                // What this one is given, who calls it knows.
                let given = value.taints.rewritten(|taint, out| match taint.from {
                    From::Param(owner, _) if owner == frame.id => out.push(taint.clone()),
                    _ => {}
                });
                frame.summary.add_set(name, &given);
                self.remember(id, name, &seen);
                return true;
            }
            scope = self.unit.funcs.get(id as usize).and_then(|f| f.parent);
        }
        false
    }

    /// Stores `value`, which the variable `from` held, to what the operation `target` reads.
    pub(crate) fn assign(
        &mut self,
        frame: &mut Frame<'w>,
        (target, from): (OpId, Option<Sym>),
        value: Val,
        augment: bool,
        place: Place,
    ) {
        let whole = target;
        let mut work = vec![(target, value)];
        let mut budget = 10_000;
        while let Some((target, value)) = work.pop() {
            budget -= 1;
            if budget == 0 {
                return;
            }
            frame.reads.remove(&target);
            if augment {
                // `listeners += f`.
                self.hold(frame, target, &value, place);
            }
            match frame.function.ops.get(target as usize) {
                Some(Op::Name(name)) => {
                    let mut value = value;
                    if augment {
                        let (old, _) = self.name(frame, *name);
                        let parts = [old, value];
                        let mut sum = constants::concat(parts.iter()).unwrap_or_default();
                        parts.iter().for_each(|part| sum.taints.add(&part.taints));
                        sum.what = parts[0].what.clone();
                        // An event a function is added to calls it.
                        sum.func = parts[1].func.or(parts[0].func);
                        if !frame.branches.is_empty()
                            && let Some(text) = &mut sum.text
                        {
                            text.whole = false;
                        }
                        value = sum;
                    }
                    let shown = self.unit.strings.get(*name);
                    value.taints = value.taints.step(self.number, place, format_args!("stored in {shown}"));
                    self.store_match(frame, shown, &value, place);
                    let at = frame
                        .function
                        .params
                        .iter()
                        .position(|param| param.name == *name && param.by_reference);
                    if let Some(at) = at {
                        frame.summary.add_write(at as u16, &value.taints);
                    }
                    if !augment {
                        frame.parts.retain(|(root, _), _| root != name);
                    }
                    self.set(frame, *name, value, false);
                }
                Some(Op::Field(base, name)) => {
                    let (base, name) = (*base, *name);
                    let text = self.unit.strings.get(name);
                    self.grants(frame, text, place);
                    let held = frame.val(base).clone();
                    let mut value = value;
                    value.taints = value.taints.step(self.number, place, format_args!("stored in .{text}"));
                    if text == "length"
                        && value.whole_text() == Some("0")
                        && matches!(self.unit.language, Language::JavaScript | Language::TypeScript)
                    {
                        self.emptied(frame, base);
                    }
                    let path = frame.val(target).what.clone();
                    if let Some(path) = path.as_deref().filter(|path| !path.is_empty()) {
                        let path = path.to_owned();
                        self.store_match(frame, &path, &value, place);
                        self.export(&path, &value);
                    }
                    let mut told = false;
                    if let Some(class) = held.inst.or(held.class) {
                        told = held.inst.is_some()
                            && self.own_store(frame, base, class, text, (&value, augment));
                        match told {
                            true => self.keep_known(frame, class, text, &value),
                            false => self.keep(frame, class, text, &value),
                        }
                    }
                    if let Some(root) = frame.root(base) {
                        let old = frame.parts.remove(&(root, name));
                        match &old {
                            Some(old) if augment => value.taints.add(&old.taints),
                            // On another way it may still be what it was.
                            Some(old) if !frame.branches.is_empty() => value.join(old),
                            Some(old) => forget(frame, root, &old.taints),
                            None => {}
                        }
                        frame.parts.insert((root, name), value.clone());
                        if let Some(var) = frame.vars.get_mut(&root)
                            && var.what.is_none()
                            && var.inst.is_none()
                            && var.class.is_none()
                            && var.func.is_none()
                        {
                            // Whoever is given the object finds it there.
                            put_under(var, text, &value);
                        }
                        // Of a field of what the method is called on that is told already.
                        if !told || frame.vars.contains_key(&root) {
                            self.taint_var(frame, root, &value.taints);
                        }
                    } else if let Some(root) = frame.deep_root(base) {
                        if let Some(path) = inner_path(frame, base) {
                            // `this.mail.body = text`: what stood there before is gone.
                            let old = frame.parts.remove(&(path, name));
                            match &old {
                                Some(old) if augment => value.taints.add(&old.taints),
                                Some(old) if !frame.branches.is_empty() => value.join(old),
                                Some(old) => forget_all(frame, root, &old.taints),
                                None => {}
                            }
                            frame.parts.insert((path, name), value.clone());
                        }
                        self.taint_var(frame, root, &value.taints);
                    }
                }
                Some(Op::Index(base, index)) => {
                    let (base, index) = (*base, *index);
                    if !frame.gates.is_empty()
                        && let Some(key) = frame.val(index).whole_text().map(str::to_owned)
                    {
                        self.grants(frame, key.trim_start_matches(':'), place);
                    }
                    if self.store_by_method(frame, base, index, &value, place) {
                        continue;
                    }
                    if frame.deep_root(base).is_some() {
                        let key = frame.val(index).whole_text().map(Arc::<str>::from);
                        let key = key.or_else(|| self.key_of(frame, index));
                        let known = key.is_some();
                        if let (Some(key), Some(direct)) = (key, frame.root(base))
                            && let Some(var) = frame.vars.get_mut(&direct)
                        {
                            put_under(var, &key, &value);
                        }
                        let own = frame.root(base).filter(|root| frame.vars.contains_key(root));
                        match own.filter(|_| known) {
                            Some(name) => {
                                let items = frame.vars.get(&name).and_then(|var| var.items.clone());
                                self.remember(frame.id, name, &Val { items, ..Val::default() });
                            }
                            None => self.hold(frame, base, &value, place),
                        }
                        if !self.kept_under(frame, base, index, &value) {
                            self.taint_place(frame, base, &value.taints);
                        }
                    } else {
                        // `client.headers["X"] = key`, where `headers` is called.
                        self.taint_place(frame, base, &value.taints);
                    }
                    if let Some(path) = frame.val(target).what.clone() {
                        self.store_match(frame, &path, &value, place);
                    }
                }
                Some(Op::Element(base)) => {
                    let base = *base;
                    self.taint_place(frame, base, &value.taints);
                    match self.unit.language {
                        // `*name = value`: what the variable points to, which is all that is kept of it.
                        Language::C | Language::Cpp | Language::Go | Language::Rust => {
                            work.push((base, value));
                        }
                        _ => self.hold(frame, base, &value, place),
                    }
                }
                Some(Op::List(targets)) => {
                    let pipe = value
                        .what
                        .as_deref()
                        .is_some_and(|what| rules::LISTS.pipe.iter().any(|end| what.ends_with(&**end)));
                    let ends: Vec<Sym> = targets.iter().filter_map(|target| frame.root(*target)).collect();
                    for (position, target) in targets.iter().enumerate() {
                        // The value of an entry stands behind its key; what Go finds in a map, before whether
                        // it found it.
                        let held = (position > 0) != (self.unit.language == Language::Go);
                        let is = if held { only(&value) } else { Val::default() };
                        // What a call of Go outside the tree gives has no parts of its own beside the error.
                        let whole = self.unit.language == Language::Go
                            && value.what.as_deref().is_some_and(|what| what.ends_with("()"));
                        let item = value.item(&position.to_string()).filter(|_| !whole);
                        let component = if item.is_none() { self.component(&value, position) } else { None };
                        let mut part = component.or(item.cloned()).unwrap_or_else(|| Val {
                            taints: value.taints.clone(),
                            wraps: value.wraps,
                            file: value.file.clone(),
                            items: value.items.clone().filter(|_| is.func.is_some() || is.inst.is_some()),
                            fixed: false,
                            ..is
                        });
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
                        if let (true, Some(other)) = (pipe && ends.len() == 2, ends.get(1 - position.min(1)))
                        {
                            part.wraps = Some((frame.id, *other));
                        }
                        work.push((*target, part));
                    }
                }
                Some(Op::Dict(targets)) => {
                    let of_all = value.taints.clone();
                    let mut value = value;
                    for (key, part) in targets.iter() {
                        if key == part {
                            // `{ token, ...rest }`: what the other names leave.
                            let named: Vec<String> = targets
                                .iter()
                                .filter(|(key, part)| key != part)
                                .filter_map(|(key, _)| frame.val(*key).whole_text().map(str::to_owned))
                                .collect();
                            let named: Vec<&str> = named.iter().map(String::as_str).collect();
                            let rest = without(&value, &named).unwrap_or_else(|| value.clone());
                            work.push((*part, rest));
                            continue;
                        }
                        let key = frame.val(*key).whole_text().unwrap_or("").to_owned();
                        if let (Some(from), true) = (from, target == whole) {
                            let symbol = self.unit.strings.find(&key).unwrap_or_default();
                            value.taints = self.narrowed_of(from, &of_all, symbol);
                        }
                        let held = match value.item(&key).cloned() {
                            Some(mut item) => {
                                // Of a parameter callers say what stands there.
                                let symbol = self.unit.strings.find(&key).unwrap_or_default();
                                for taint in value.taints.iter() {
                                    let From::Param(owner, mut input) = taint.from else { continue };
                                    if input.member != symbol && input.inner == 0 && target != whole {
                                        input.inner = symbol;
                                    }
                                    if symbol != 0 && (input.member == symbol || input.inner == symbol) {
                                        let from = From::Param(owner, input);
                                        item.taints.push(Taint { from, trail: taint.trail.clone() });
                                    }
                                }
                                item
                            }
                            None => self.destructured(frame, &value, &key, *part, place),
                        };
                        if let (Some(name), Some(symbol)) =
                            (frame.root(*part).filter(|_| target == whole), self.unit.strings.find(&key))
                            && frame.members.len() < 64
                            && symbol != 0
                        {
                            frame.members.retain(|(known, _)| *known != name);
                            frame.members.push((name, symbol));
                        }
                        work.push((*part, held));
                    }
                }
                // Where a member is read by a call without brackets, it is stored to by one.
                Some(Op::Call { callee, args, .. }) if args.is_empty() => work.push((*callee, value)),
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

    /// `this.notes["day"] = value`: a map in a field of an object of the tree comes to hold a value under a name;
    /// whether it is that.
    fn kept_under(&mut self, frame: &mut Frame<'w>, base: OpId, index: OpId, value: &Val) -> bool {
        let Some(key) = self.key_of(frame, index) else { return false };
        self.kept_by_name(frame, base, key, value)
    }

    /// The map `op` reads comes to hold `value` under `key`: a variable's map, or one in a field.
    pub(crate) fn put_at(&mut self, frame: &mut Frame<'w>, op: OpId, key: &str, value: &Val) {
        let Some(root) = frame.root(op).filter(|root| frame.vars.contains_key(root)) else {
            self.kept_by_name(frame, op, key.into(), value);
            return;
        };
        let branched = !frame.branches.is_empty();
        let Some(var) = frame.vars.get_mut(&root).filter(|var| var.inst.is_none()) else { return };
        let mut value = Val { fixed: false, ..value.clone() };
        if let Some(old) = var.item(key).filter(|_| branched) {
            value.join(old);
        }
        put_under(var, key, &value);
        let items = var.items.clone();
        self.remember(frame.id, root, &Val { items, ..Val::default() });
    }

    fn kept_by_name(&mut self, frame: &mut Frame<'w>, base: OpId, key: Arc<str>, value: &Val) -> bool {
        let mut of = None;
        let (class, field) = match frame.function.ops.get(base as usize) {
            Some(Op::Field(object, name)) => {
                let held = frame.val(*object);
                of = held.inst.map(|_| *object);
                (held.inst.or(held.class), *name)
            }
            Some(Op::Name(name)) if self.implicit_this && !frame.vars.contains_key(name) => {
                let handed = self.handed(frame).and_then(|handed| handed.inst);
                let text = self.unit.strings.get(*name);
                let handed = handed.filter(|class| self.declares(*class, text));
                (handed.or_else(|| self.enclosing_class(frame.id)), *name)
            }
            _ => return false,
        };
        let text = self.unit.strings.get(field);
        let Some(class) = class.filter(|class| self.declares(*class, text)) else { return false };
        let items = Some(Arc::new(vec![(key, value.clone())]));
        let value = Val { taints: value.taints.clone(), items, ..Val::default() };
        let own = match of {
            Some(object) => self.own_store(frame, object, class, text, (&value, true)),
            None => self.enclosing_class(frame.id) == Some(class) && self.fill_this(frame, text, &value),
        };
        match own {
            true => self.keep_known(frame, class, text, &value),
            false => self.keep(frame, class, text, &value),
        }
        true
    }

    /// `const { TOKEN } = process.env` reads members of what stands on the right, not the whole of it.
    pub(crate) fn take_apart(&mut self, frame: &mut Frame<'w>, target: OpId, from: OpId, place: Place) {
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
            && let Some(mut member) = self.class_member(class, key)
        {
            member.taints.add(&self.elsewhere(class, &value.taints));
            return member;
        }
        let path = member_path(value, key);
        let mut part = self.member(frame, OpId::MAX - target, OpId::MAX, value, path, place);
        frame.reads.remove(&(OpId::MAX - target));
        let named = |items: &Items| !items.is_empty() && items.iter().all(|(key, _)| is_name(key));
        if key.starts_with(|first: char| first.is_ascii_uppercase())
            && value.items.as_ref().is_some_and(named)
        {
            // Another case of an enumeration than those it is known to be.
            part.taints = value.anywhere();
        } else if part.taints.is_empty() {
            part.taints.add(&value.taints);
        }
        part
    }

    /// Stores that are effects themselves: `location.href = …`.
    fn store_match(&mut self, frame: &mut Frame<'w>, path: &str, value: &Val, place: Place) {
        if !self.catalogue.may_store(path) {
            return;
        }
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

    /// Adds data to what the place `op` reads refers to: the field of an object of the tree, else the variable
    /// at the root.
    pub(crate) fn taint_place(&mut self, frame: &mut Frame<'w>, op: OpId, taints: &Taints) {
        if taints.is_empty() {
            return;
        }
        let mut at = op;
        for _ in 0..32 {
            match frame.function.ops.get(at as usize) {
                Some(Op::Field(base, name)) => {
                    let held = frame.val(*base);
                    let class = held.inst.or(held.class);
                    if let Some(root) = frame.root(*base)
                        && let Some(part) = frame.parts.get_mut(&(root, *name))
                    {
                        part.taints.add(taints);
                    }
                    if let Some(class) = class {
                        let text = self.unit.strings.get(*name);
                        let value = Val { taints: taints.clone(), ..Val::default() };
                        match self.own_store(frame, *base, class, text, (&value, true)) {
                            true => self.keep_known(frame, class, text, &value),
                            false => self.keep(frame, class, text, &value),
                        }
                        // The object's other fields carry nothing of it.
                        return;
                    }
                    at = *base;
                }
                Some(Op::Index(base, _) | Op::Element(base)) => at = *base,
                Some(Op::Any(parts)) => match parts.first() {
                    Some(first) => at = *first,
                    None => return,
                },
                // `buffer->data + buffer->used` is a place in the buffer.
                Some(Op::Concat(parts)) if matches!(self.unit.language, Language::C | Language::Cpp) => {
                    match parts.first() {
                        Some(first) => at = *first,
                        None => return,
                    }
                }
                // `a.append(x).append(y)`, and what is written to something that has a variable behind it.
                Some(Op::Call { callee, .. }) => {
                    let value = frame.val(at);
                    if let Some((_, name)) = value.wraps.filter(|(owner, _)| *owner == frame.id) {
                        self.taint_var(frame, name, taints);
                        return;
                    }
                    let Some(Op::Field(base, method)) = frame.function.ops.get(*callee as usize) else {
                        return;
                    };
                    let holder = frame.val(*base);
                    let same = value.what.is_some() && value.what == holder.what
                        || value.inst.is_some() && value.inst == holder.inst
                        || rules::LISTS.adding.contains(self.unit.strings.get(*method))
                        || rules::LISTS.behind.contains(self.unit.strings.get(*method));
                    if !same {
                        return;
                    }
                    at = *base;
                }
                Some(Op::Name(name)) => {
                    let name = *name;
                    if self.implicit_this
                        && !frame.vars.contains_key(&name)
                        && let Some(class) = self.enclosing_class(frame.id)
                        && self.has_field(class, self.unit.strings.get(name))
                    {
                        self.keep_in_field(frame, class, name, taints);
                    } else {
                        self.taint_var(frame, name, taints);
                    }
                    return;
                }
                _ => return,
            }
        }
    }

    /// A container comes to hold a function, an object or a class.
    pub(crate) fn hold(&mut self, frame: &mut Frame<'w>, op: OpId, value: &Val, place: Place) {
        /// Most functions and objects one container is seen to hold.
        const MOST: usize = 16;
        if value.func.is_none() && value.inst.is_none() && value.class.is_none() {
            return;
        }
        let key: Arc<str> = format!("@{}:{}", place.line, place.column).into();
        // An object that was seen being made keeps its fields.
        let item = Val { items: value.items.clone(), object: value.object, fixed: false, ..only(value) };
        let mut op = op;
        for _ in 0..4 {
            // `handlers[event].append(f)`, `handlers.setdefault(event, []).append(f)`: a list in the table.
            op = match frame.function.ops.get(op as usize) {
                Some(Op::Index(base, _)) => *base,
                Some(Op::Any(parts)) => parts.first().copied().unwrap_or(op),
                Some(Op::Call { callee, .. }) => match frame.function.ops.get(*callee as usize) {
                    Some(Op::Field(base, _)) => *base,
                    _ => break,
                },
                _ => break,
            };
        }
        match frame.function.ops.get(op as usize) {
            Some(Op::Name(name)) => {
                let name = *name;
                let (mut held, global) = self.name(frame, name);
                if global {
                    return;
                }
                if !frame.vars.contains_key(&name) {
                    // A table of the file, or of a function around this one, which an entry is added to.
                    let added = Val { items: Some(Arc::new(vec![(key, item)])), ..Val::default() };
                    let text = self.unit.strings.get(name);
                    let class = self.enclosing_class(frame.id).filter(|_| self.implicit_this);
                    match class {
                        Some(class) if self.has_field(class, text) => self.store_field(class, text, &added),
                        _ => drop(self.outward(frame, name, &added)),
                    }
                    return;
                }
                let mut items = held.items.as_ref().map(|items| items.to_vec()).unwrap_or_default();
                if items.len() < MOST && !items.iter().any(|(known, _)| *known == key) {
                    items.push((key, item));
                    held.items = Some(Arc::new(items));
                    self.set(frame, name, held, false);
                }
            }
            Some(Op::Field(base, name)) => {
                let holder = frame.val(*base);
                if let Some(class) = holder.inst.or(holder.class) {
                    let text = self.unit.strings.get(*name);
                    let held = Val { items: Some(Arc::new(vec![(key, item)])), ..Val::default() };
                    self.store_field(class, text, &held);
                }
            }
            _ => {}
        }
    }

    /// What functions of the file were seen to add to tables of its top level, as of the round before.
    pub(crate) fn recall(&mut self) {
        let world = self.world;
        let Some(module) = world.modules.get(self.number as usize) else { return };
        for (name, value) in module {
            let held = value.items.iter().flat_map(|items| items.iter());
            let held: Vec<_> = held.filter(|(key, _)| key.starts_with('@')).cloned().collect();
            if held.is_empty() {
                continue;
            }
            self.uses(Fact::variable(self.number, name), measure(value));
            if let Some(name) = self.unit.strings.find(name) {
                self.remember(0, name, &Val { items: Some(Arc::new(held)), ..Val::default() });
            }
        }
    }

    /// What listens to the variable or field `op` reads, now or earlier, is given data.
    pub(crate) fn signal(&mut self, frame: &mut Frame<'w>, op: OpId, taints: &Taints) {
        let sources = own_taints(taints);
        if let Some(name) = frame.root(op)
            && let Some(at) = frame.function.params.iter().position(|param| param.name == name)
        {
            // `Observable.create { emitter -> emitter.onNext(x) }`: what was made of it tells it.
            frame.summary.add_write(at as u16, taints);
        }
        if let (Some(name), false) = (frame.root(op), sources.is_empty()) {
            let mut scope = Some(frame.id);
            for _ in 0..64 {
                let Some(id) = scope else { break };
                let here = id == frame.id && frame.vars.contains_key(&name);
                if here || self.ever.get(id as usize).is_some_and(|ever| ever.contains_key(&name)) {
                    self.captured.entry((id, name)).or_default().taints.add(&sources);
                    break;
                }
                scope = self.unit.funcs.get(id as usize).and_then(|f| f.parent);
            }
        } else {
            self.taint_place(frame, op, taints);
        }
    }

    /// Data comes to be held by a field of an object.
    fn keep_in_field(&mut self, frame: &mut Frame<'w>, class: ClassRef, name: Sym, taints: &Taints) {
        let text = self.unit.strings.get(name);
        self.keep(frame, class, text, &Val { taints: taints.clone(), ..Val::default() });
    }

    /// A value comes to be held by a field of an object; which object it is, nothing tells.
    pub(crate) fn keep(&mut self, frame: &mut Frame<'w>, class: ClassRef, text: &str, value: &Val) {
        self.loosen(frame, class, text, &value.taints);
        self.keep_known(frame, class, text, value);
    }

    /// [`Evaluation::keep`] where it is known of the object itself.
    pub(crate) fn keep_known(&mut self, frame: &mut Frame<'w>, class: ClassRef, text: &str, value: &Val) {
        if value.object == Object::Whole && is_given(value, 0) {
            // Which object it is given, its callers store.
            self.store_field(class, text, &Val { taints: value.taints.clone(), ..Val::default() });
        } else {
            self.store_field(class, text, value);
        }
        self.store_given(frame, class, text, &value.taints);
    }

    /// What this function, or one around it, is given comes to be held by a field.
    pub(crate) fn store_given(
        &mut self,
        frame: &mut Frame<'w>,
        class: ClassRef,
        text: &str,
        taints: &Taints,
    ) {
        for taint in taints.iter() {
            match taint.from {
                From::Param(owner, input) if owner == frame.id => {
                    frame.summary.add_store(input, class, text.into());
                }
                From::Param(owner, input) => {
                    // A closure keeps what the function around it was given.
                    self.outer_stores.entry(owner).or_default().push((input, class, text.into()));
                }
                From::Source(_) => {}
            }
        }
    }

    pub(crate) fn has_field(&mut self, class: ClassRef, name: &str) -> bool {
        let held = |fields: &Map<ClassRef, Map<Arc<str>, Val>>| {
            fields.get(&class).is_some_and(|fields| fields.contains_key(name))
        };
        let known = held(&self.world.fields) || held(&self.fields);
        if !known {
            self.uses(Fact::field(class, name), 0);
        }
        known
    }

    /// Adds data to what a variable refers to, and to what lies behind that.
    pub(crate) fn taint_var(&mut self, frame: &mut Frame<'w>, name: Sym, taints: &Taints) {
        let mut name = name;
        for _ in 0..4 {
            if taints.is_empty() {
                return;
            }
            if let Some(index) = frame.function.params.iter().position(|param| param.name == name) {
                frame.summary.add_write(index as u16, taints);
            }
            let (mut value, global) = self.name(frame, name);
            if global && value.what.as_deref().is_some_and(|what| self.knows(what)) {
                // `System`, `Console`: what is given to it is not kept in it.
                return;
            }
            let behind = value.wraps;
            let lent = frame.lent.iter().any(|(lent, ..)| *lent == name);
            if lent || value.what.as_deref().is_some_and(is_shared) {
                // Whoever was given it before takes what is put there afterwards.
                self.captured.entry((frame.id, name)).or_default().taints.add(taints);
            }
            value.taints.add(taints);
            if !frame.vars.contains_key(&name) {
                self.outward(frame, name, &value);
            }
            self.set(frame, name, value, false);
            match behind {
                Some((owner, next)) if owner == frame.id && next != name => name = next,
                Some((owner, next)) if owner != frame.id => {
                    // The other end is a variable of a function around this one.
                    let sources = own_taints(taints);
                    if !sources.is_empty() {
                        self.captured.entry((owner, next)).or_default().taints.add(&sources);
                    }
                    return;
                }
                _ => return,
            }
        }
    }

    /// What all fields of an instance of `class` hold.
    pub(crate) fn held(&mut self, class: ClassRef) -> Taints {
        let mut held = Taints::default();
        let mut work = vec![class];
        let mut seen = Vec::new();
        while let Some(class) = work.pop() {
            if seen.len() >= 8 || seen.contains(&class) {
                continue;
            }
            seen.push(class);
            self.depends(Fact::class(class));
            let world = self.world;
            let all = [world.fields.get(&class), self.fields.get(&class)];
            // In one order: what a value carries is bounded, and which of it is kept must not hang on chance.
            let mut all: Vec<(&Arc<str>, &Val)> =
                all.into_iter().flatten().flat_map(|fields| fields.iter()).collect();
            all.sort_by(|a, b| a.0.cmp(b.0));
            let out = self.left_out(class);
            for (name, value) in all {
                self.steps += 1;
                let bare = name.strip_prefix(LOOSE).unwrap_or(name);
                if name.starts_with(SIGNAL) || out.contains(&bare) {
                    continue;
                }
                // That it once was encoded, or came in, is not what an object is looked through for.
                let own = |from: &From| match from {
                    From::Source(origin) => {
                        origin.category.starts_with("src.") && &*origin.category != "src.net"
                    }
                    From::Param(..) => true,
                };
                let kept = value.taints.iter().filter(|taint| own(&taint.from));
                kept.for_each(|taint| held.push(taint.clone()));
                work.extend(value.inst.filter(|_| value.what.is_none()));
            }
            for origin in self.personal_fields(class).iter() {
                held.push(Taint { from: From::Source(origin.clone()), trail: None });
            }
            work.extend(world.index.bases(class).iter().filter_map(|base| base.class));
        }
        held
    }

    /// Fields of a class that by their names hold somebody's data, whoever fills them: a framework, a mapper.
    fn personal_fields(&mut self, class: ClassRef) -> Arc<Vec<Arc<Origin>>> {
        /// Most of one class: one way is enough to look at it.
        const MOST: usize = 3;
        if let Some(known) = self.personal_fields.get(&class) {
            return known.clone();
        }
        let mut found = Vec::new();
        let unit = self.world.units.get(class.unit as usize).filter(|_| self.world.flows);
        let body = unit.and_then(|unit| {
            let body = unit.classes.get(class.class as usize)?.body;
            Some((unit, unit.funcs.get(body as usize)?))
        });
        if let Some((unit, body)) = body {
            for (op, place) in body.ops.iter().zip(&body.places) {
                let Op::Declare { name, value, .. } = op else { continue };
                // What is a method, or is given a value where it is declared, is told by that.
                let nothing = value.is_none_or(|value| match body.ops.get(value as usize) {
                    Some(Op::Literal(_)) => true,
                    Some(Op::Str(text)) => unit.strings.get(*text).is_empty(),
                    _ => false,
                });
                let name = unit.strings.get(*name);
                if let Some(category) = rules::personal(name).filter(|_| nothing && found.len() < MOST) {
                    found.push(Arc::new(Origin {
                        unit: class.unit,
                        line: place.line,
                        column: place.column,
                        category: category.into(),
                        api: name.into(),
                        confidence: Confidence::Low,
                    }));
                }
            }
        }
        let found = Arc::new(found);
        self.personal_fields.insert(class, found.clone());
        found
    }
}

/// Whether the key of an element is a name, not a position.
pub(crate) fn is_name(key: &str) -> bool {
    !key.is_empty() && !key.starts_with(|c: char| c.is_ascii_digit() || c == '@')
}

/// A value comes to be held under a name.
fn put_under(held: &mut Val, key: &str, value: &Val) {
    /// Most names.
    const MOST: usize = 256;
    let mut items = held.items.as_ref().map(|items| items.to_vec()).unwrap_or_default();
    if items.len() < MOST {
        items.retain(|(name, _)| **name != *key);
        items.push((key.into(), value.clone()));
        held.items = Some(Arc::new(items));
    }
}

/// A symbol that no name has for the member of a variable that `op` reads, one for each.
fn inner_path(frame: &Frame<'_>, op: OpId) -> Option<Sym> {
    let Some(Op::Field(base, name)) = frame.function.ops.get(op as usize) else { return None };
    let root = frame.root(*base)?;
    Some(root.wrapping_mul(0x9e37_79b1).rotate_left(15) ^ *name | 1 << 31)
}

/// [`forget`] where other members of the variable may be parts themselves.
fn forget_all(frame: &mut Frame<'_>, root: Sym, taints: &Taints) {
    let others: Vec<&Taints> = frame.parts.values().map(|part| &part.taints).collect();
    let gone = taints.without(&others);
    if let Some(held) = frame.vars.get_mut(&root).filter(|_| !gone.is_empty()) {
        held.taints = held.taints.without(&[&gone]);
    }
}

/// A field of the variable `root` is stored to anew: what it held before, and no other field holds, is gone.
fn forget(frame: &mut Frame<'_>, root: Sym, taints: &Taints) {
    if taints.is_empty() {
        return;
    }
    let others = frame.parts.iter().filter(|((of, _), _)| *of == root);
    let others: Vec<&Taints> = others.map(|(_, part)| &part.taints).collect();
    let gone = taints.without(&others);
    if let Some(held) = frame.vars.get_mut(&root) {
        held.taints = held.taints.without(&[&gone]);
    }
}

/// Whether the error that a call of a library gave, which is called `what`, is its own: not one that was put together.
fn is_failure(what: &str) -> bool {
    let made = ["errors.", "Errorf", ".New(", "Wrap", "Join("].iter().any(|word| what.contains(word));
    what.contains("()") && !made
}

/// Whether what is called `what` is filled by one part of a program while another empties it.
fn is_shared(what: &str) -> bool {
    let pipe = || {
        rules::LISTS.pipe.iter().any(|end| what.split_once('[').is_some_and(|(of, _)| of.ends_with(&**end)))
    };
    rules::LISTS.queue.iter().any(|end| what.ends_with(&**end)) || pipe()
}
