//! Calls: what a call does by the catalogue, and by the summary of the function it reaches.

mod apply;
mod catalogued;
mod record;
mod slots;

use self::slots::holds;
use super::catalogue::Match;
use super::evaluate::Evaluation;
use super::evaluate::Frame;
use super::ir::Arg;
use super::ir::Func;
use super::ir::Op;
use super::ir::OpId;
use super::ir::Place;
use super::language::Language;
use super::rules;
use super::value::From;
use super::value::FuncRef;
use super::value::Hidden;
use super::value::Taint;
use super::value::Taints;
use super::value::Val;
use crate::model::scan::Confidence;

/// One call as seen by what it reaches.
pub(crate) struct Site<'a> {
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
                if let Some(func) = self.class_member(class, name).and_then(|member| member.func) {
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
            let func = self.overload(func, &site);
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
            // A shell puts the names of programs together all the time; cutting a word in two it does not.
            let kept =
                text.built && (self.unit.language != Language::Bash || called.hidden() > Hidden::Plain);
            if kept && self.matches(&name.as_str().into()).iter().any(effect) {
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
        if matches.is_empty() {
            let method = path.rsplit('.').next().unwrap_or("");
            if site.vals.is_empty() && LENGTHS.contains(&method) {
                return Val::default();
            }
            if let Some((this, _)) = &site.this
                && ADDING.contains(&method)
            {
                let mut added = Taints::default();
                site.vals.iter().for_each(|value| added.add(&value.taints));
                self.taint_place(frame, *this, &added);
            }
        } else {
            frame.consume(callee);
        }
        let mut result = self.by_catalogue(frame, &path, &matches, &site, passed.clone());
        if matches.is_empty() && site.this.is_some() {
            // `customer.getEmail()`: the name of what is called says whose data it gives.
            called
                .taints
                .iter()
                .filter(|taint| is_personal(taint))
                .for_each(|taint| result.taints.push(taint.clone()));
        }
        let mut incoming = passed;
        incoming.add(&result.taints);
        self.callbacks(frame, &site, &incoming);
        result
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
            usize::from(labelled) * 2 + usize::from(params.len() == site.args.len())
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

    fn function_name(&self, func: FuncRef) -> &str {
        self.world
            .units
            .get(func.unit as usize)
            .and_then(|unit| unit.funcs.get(func.func as usize).map(|f| unit.strings.get(f.name)))
            .unwrap_or("")
    }
}

fn is_personal(taint: &Taint) -> bool {
    matches!(&taint.from, From::Source(origin) if matches!(&*origin.category, "src.pii" | "src.secret"))
}

/// Methods and members that tell how much there is of something, and nothing of what it says.
pub(crate) const LENGTHS: &[&str] = &[
    "length",
    "Length",
    "size",
    "Size",
    "count",
    "Count",
    "len",
    "byteLength",
    "LongLength",
    "isEmpty",
    "is_empty",
    "IsEmpty",
    "empty",
    "capacity",
];

/// Methods by which a container of any kind comes to hold what they are given.
const ADDING: &[&str] = &[
    "push",
    "push_back",
    "push_str",
    "pushBack",
    "emplace",
    "emplace_back",
    "unshift",
    "append",
    "appendLine",
    "appendleft",
    "Append",
    "AppendLine",
    "AppendFormat",
    "add",
    "Add",
    "addAll",
    "AddRange",
    "addElement",
    "addLast",
    "addFirst",
    "put",
    "putAll",
    "insert",
    "Insert",
    "insert_adjacent",
    "set",
    "Set",
    "setdefault",
    "enqueue",
    "Enqueue",
    "offer",
    "extend",
    "concat!",
    "write",
    "Write",
    "WriteLine",
    "WriteString",
    "writeln",
    "<<",
];

/// Method names too common to mean a method of the tree without knowing the receiver.
const COMMON: &[&str] = &[
    "get", "set", "add", "put", "run", "call", "init", "open", "close", "read", "write", "append", "push",
    "pop", "update", "remove", "delete", "size", "length", "next", "then", "map", "filter", "forEach",
    "join", "split", "format", "replace", "equals", "toString", "hashCode", "apply", "bind", "keys",
    "values", "items", "copy", "clone", "test", "match", "find", "index", "sort", "contains", "start",
    "stop", "strip", "trim", "encode", "decode", "info", "debug", "error", "warn", "log", "print", "insert",
    "clear", "extend",
];
