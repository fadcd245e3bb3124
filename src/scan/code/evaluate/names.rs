//! What a name, a path or a declared type means where it stands.

use std::sync::Arc;

use crate::model::scan::Confidence;
use crate::scan::code::catalogue::Match;
use crate::scan::code::catalogue::Role;
use crate::scan::code::catalogue::Slot;
use crate::scan::code::evaluate::BASE;
use crate::scan::code::evaluate::Evaluation;
use crate::scan::code::evaluate::Frame;
use crate::scan::code::evaluate::extends;
use crate::scan::code::evaluate::hold;
use crate::scan::code::flow::Fact;
use crate::scan::code::flow::measure;
use crate::scan::code::ir::ClassId;
use crate::scan::code::ir::FuncId;
use crate::scan::code::ir::FuncKind;
use crate::scan::code::ir::HEAD;
use crate::scan::code::ir::OF;
use crate::scan::code::ir::Sym;
use crate::scan::code::language::Language;
use crate::scan::code::resolve::Target;
use crate::scan::code::resolve::import_path;
use crate::scan::code::rules;
use crate::scan::code::value::ClassRef;
use crate::scan::code::value::From;
use crate::scan::code::value::FuncRef;
use crate::scan::code::value::Input;
use crate::scan::code::value::Object;
use crate::scan::code::value::Origin;
use crate::scan::code::value::RECEIVER;
use crate::scan::code::value::Taints;
use crate::scan::code::value::Val;

impl<'w> Evaluation<'w> {
    /// The value of a name, and whether it is global (nothing in the file binds it).
    pub(crate) fn name(&mut self, frame: &mut Frame<'w>, name: Sym) -> (Val, bool) {
        let text = self.unit.strings.get(name);
        match text.strip_prefix(HEAD).and_then(|head| self.unit.strings.find(head)) {
            // What a path begins with is no variable, whatever variables are called.
            Some(head) => {
                let own = frame.vars.remove(&head);
                let meant = self.named(frame, head, true);
                own.into_iter().for_each(|own| {
                    frame.vars.insert(head, own);
                });
                meant
            }
            None => self.named(frame, name, false),
        }
    }

    fn named(&mut self, frame: &mut Frame<'w>, name: Sym, head: bool) -> (Val, bool) {
        if let Some(value) = frame.vars.get(&name) {
            let mut value = value.clone();
            if let Some((_, known)) = frame.captured.iter().find(|(captured, _)| *captured == name) {
                value.taints.add(&known.taints);
                if value.object == Object::Whole && value.inst == known.inst {
                    let fields = known.items.iter().flat_map(|items| items.iter());
                    fields.for_each(|(field, held)| hold(&mut value, field, held, true));
                }
                if frame.id == 0 && value.items.as_ref().is_none_or(|items| items.is_empty()) {
                    // Under which names they put it into a container is known since the round before.
                    let text = self.unit.strings.get(name);
                    let module = self.world.modules.get(self.number as usize);
                    let before = module.and_then(|module| module.get(text));
                    self.uses(Fact::variable(self.number, text), before.map_or(0, measure));
                    value.items = before.and_then(|before| before.items.clone());
                }
            }
            return (value, false);
        }
        let text = self.unit.strings.get(name);
        if text == "this"
            && let Some(handed) = self.handed(frame)
        {
            return (handed, false);
        }
        if text == BASE
            && let Some(value) = self.as_base(frame)
        {
            return (value, false);
        }
        if matches!(text, "this" | "self" | "$this" | "@self")
            && let Some(class) = self.enclosing_class(frame.id)
        {
            let mut value = Val { inst: Some(class), object: Object::This, ..Val::default() };
            if self.world.flows && self.adds_to_other(class) {
                // What a method added to somebody else's type is called on is data like any argument.
                value.taints = Taints::one(From::Param(self.method_around(frame.id), Input::all(RECEIVER)));
            }
            return (value, false);
        }
        if matches!(text, "Self" | "Companion")
            && let Some(class) = self.enclosing_class(frame.id)
        {
            // `Self.make()`, `Companion.make()`: the class it stands in.
            return (Val { class: Some(class), ..Val::default() }, false);
        }
        let mut scope = Some(frame.id);
        for _ in 0..64 {
            let Some(id) = scope else { break };
            let Some(function) = self.unit.funcs.get(id as usize) else { break };
            let visible = id == frame.id || function.kind != FuncKind::ClassBody || self.implicit_this;
            if visible {
                if id != frame.id
                    && !head
                    && let Some(value) = self.ever.get(id as usize).and_then(|ever| ever.get(&name))
                    && !(value.what.is_none()
                        && value.text.is_none()
                        && value.taints.is_empty()
                        && self.extern_like(text))
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
                let class = self.class_here(class);
                if let Some(value) = self.class_member(class, text) {
                    return (value, false);
                }
            }
            scope = function.parent;
        }
        if let Some(member) = self.handed_member(frame, text) {
            return (member, false);
        }
        if let Some(known) = self.global.get(&name) {
            return known.clone();
        }
        let meant = self.global_name(name, text);
        self.global.insert(name, meant.clone());
        meant
    }

    /// What the closure being evaluated, or one around it, is called on.
    pub(crate) fn handed(&self, frame: &Frame<'w>) -> Option<Val> {
        let mut at = frame.id;
        for _ in 0..16 {
            let function = self.unit.funcs.get(at as usize)?;
            if function.kind != FuncKind::Closure {
                return None;
            }
            if let Some(param) = function.params.first().filter(|param| param.receiver) {
                let held = if at == frame.id {
                    frame.vars.get(&param.name)
                } else {
                    self.ever.get(at as usize).and_then(|ever| ever.get(&param.name))
                };
                if let Some(held) = held {
                    return Some(held.clone());
                }
            }
            at = function.parent?;
        }
        None
    }

    /// Whether an import binds `name`.
    pub(crate) fn is_imported(&self, name: Sym) -> bool {
        self.imports.contains_key(&name)
    }

    /// The member `text` of what a closure is called on, where it has one.
    fn handed_member(&mut self, frame: &Frame<'w>, text: &str) -> Option<Val> {
        let handed = self.handed(frame)?;
        if let Some(class) = handed.inst {
            return self.class_member(class, text);
        }
        let what = handed.what.as_deref().filter(|what| extends(what))?;
        let path: Arc<str> = format!("{what}.{text}").into();
        let known = self.knows(&path) || !self.matches(&path).is_empty();
        known.then(|| Val { what: Some(path), taints: handed.taints.clone(), ..Val::default() })
    }

    /// `extern char *environ;` binds nothing: the name means what the library says.
    fn extern_like(&self, text: &str) -> bool {
        matches!(self.unit.language, Language::C | Language::Cpp) && self.catalogue.knows(text)
    }

    /// What a name means that no variable in sight bears: the same throughout the file.
    fn global_name(&mut self, name: Sym, text: &'w str) -> (Val, bool) {
        if matches!(
            (self.unit.language, text),
            (Language::Php, "__dir__" | "__file__") | (Language::PowerShell, "$psscriptroot")
        ) {
            // Where the file stands is no choice of anybody.
            return (Val::literal("."), false);
        }
        if let Some(class) = self.classes.get(&name).filter(|class| !self.extends_known(**class, text)) {
            return (Val { class: Some(self.class_here(*class)), ..Val::default() }, false);
        }
        if let Some(path) = self.imports.get(&name).cloned() {
            return (self.imported_value(&path), true);
        }
        if let Some(value) = self.world.modules.get(self.number as usize).and_then(|module| module.get(text))
            && !self.extern_like(text)
        {
            let value = value.clone();
            self.uses(Fact::variable(self.number, text), measure(&value));
            return (value, false);
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
    pub(crate) fn imported_value(&mut self, path: &Arc<str>) -> Val {
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
    pub(crate) fn target_value(&mut self, path: &Arc<str>) -> Option<Val> {
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
            Target::Var(unit, name) => {
                let value = self.world.modules.get(unit as usize)?.get(&name).cloned();
                self.uses(Fact::variable(unit, &name), value.as_ref().map_or(0, measure));
                value
            }
        }
    }

    /// A value of a declared type.
    pub(crate) fn of_type(&mut self, ty: Sym) -> Val {
        if let Some(known) = self.types.get(&ty) {
            return known.clone();
        }
        let value = self.typed(ty);
        self.types.insert(ty, value.clone());
        value
    }

    fn typed(&mut self, ty: Sym) -> Val {
        let text = self.unit.strings.get(ty).to_owned();
        if let Some(element) = text.strip_prefix("[]") {
            let (element, container) = element.split_once(OF).unwrap_or((element, ""));
            if !container.is_empty() {
                let own = self.of_type_named(container);
                if own.inst.is_some() {
                    return own;
                }
            }
            // A container of objects of the tree, or of something the catalogue knows.
            let element = self.of_type_named(element);
            let known = element.inst.is_some()
                || element.what.as_deref().is_some_and(|what| self.knows(what.trim_end_matches("()")));
            let items = known.then(|| Arc::new(vec![(Arc::from("[]"), element)]));
            return Val { items, ..Val::default() };
        }
        self.of_type_named(&text)
    }

    fn of_type_named(&mut self, text: &str) -> Val {
        let text = text.to_owned();
        if rules::LISTS.plain_type.contains(text.as_str()) {
            return Val::default();
        }
        let text = text.replace("::", ".").replace('\\', ".");
        let (first, rest) = text.split_once('.').map_or((text.as_str(), ""), |(first, rest)| (first, rest));
        let first_sym = self.unit.strings.find(first);
        if rest.is_empty()
            && let Some(class) = first_sym.and_then(|first| self.classes.get(&first))
            && !self.extends_known(*class, &text)
        {
            let inst = Some(self.class_here(*class));
            return Val { inst, object: Object::Declared, ..Val::default() };
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
            return Val { inst: Some(class), object: Object::Declared, ..Val::default() };
        }
        if let Some(gives) = self.typed_by_name(&path) {
            return Val { what: Some(gives), ..Val::default() };
        }
        Val::path(&format!("{path}()"))
    }

    /// What a type is of which nothing is known but what it is called.
    pub(crate) fn typed_by_name(&self, path: &str) -> Option<Arc<str>> {
        let imported = &self.imported;
        let gives = self.catalogue.typed(path, &|module| imported.contains(module))?;
        if self.catalogue.knows(path) { None } else { Some(gives.into()) }
    }

    /// Whether `class` only adds methods to a type declared elsewhere.
    pub(crate) fn adds_to_other(&self, class: ClassRef) -> bool {
        let unit = self.world.units.get(class.unit as usize);
        unit.and_then(|unit| unit.classes.get(class.class as usize)).is_some_and(|class| class.extension)
    }

    /// The method function `id` stands in, or is.
    pub(crate) fn method_around(&self, mut id: FuncId) -> FuncId {
        for _ in 0..64 {
            match self.unit.funcs.get(id as usize) {
                Some(function) if function.class.is_none() => match function.parent {
                    Some(parent) => id = parent,
                    None => break,
                },
                _ => break,
            }
        }
        id
    }

    /// The function with a name of its own that a closure stands in.
    pub(crate) fn written_around(&self, mut id: FuncId) -> FuncId {
        for _ in 0..64 {
            match self.unit.funcs.get(id as usize) {
                Some(function) if function.kind == FuncKind::Closure => match function.parent {
                    Some(parent) => id = parent,
                    None => break,
                },
                _ => break,
            }
        }
        id
    }

    /// Whether a class of the file only adds to a type the catalogue, or the language, knows.
    fn extends_known(&self, class: ClassId, name: &str) -> bool {
        self.unit.classes.get(class as usize).is_some_and(|class| class.extension)
            && (self.catalogue.knows(name) || rules::LISTS.plain_type.contains(name))
    }

    /// Whether something catalogued stands at or below a path.
    pub(crate) fn knows(&self, path: &str) -> bool {
        self.catalogue.knows(path)
    }

    /// What the catalogue says about a path.
    pub(crate) fn matches(&mut self, path: &Arc<str>) -> Arc<Vec<Match>> {
        if let Some(found) = self.matched.get(path) {
            return found.clone();
        }
        let imported = &self.imported;
        let found = Arc::new(self.catalogue.matches(path, &|module| imported.contains(module)));
        self.matched.insert(path.clone(), found.clone());
        found
    }

    /// The path of an annotation that says what is behind a method without a body: its name with `@`.
    /// `role` is that of the entry that is asked for.
    pub(crate) fn mark(&mut self, mark: Sym, role: Role) -> Option<Arc<str>> {
        let text = self.unit.strings.get(mark);
        let imported = self.imports.get(&mark).map(|path| format!("@{path}"));
        let visible = self.wildcards.iter().map(|wildcard| format!("@{wildcard}.{text}"));
        // `@app.route` is a `@route` of something.
        let method = text.rsplit_once(['.', ':']).map(|(_, method)| format!("?.@{method}"));
        let written = method.unwrap_or_else(|| format!("@{text}"));
        let paths: Vec<String> = imported.into_iter().chain(visible).chain([written]).collect();
        let least = if role == Role::Source { Confidence::Medium } else { Confidence::High };
        paths.into_iter().map(Arc::from).find(|path| {
            let found = self.matches(path);
            found.iter().any(|found| found.entry.api.role == role && found.confidence >= least)
        })
    }

    /// Which parameters of the function hold what somebody sent: where an annotation on it or on them, what its
    /// class extends, or their type says that a framework calls it.
    pub(crate) fn handled(&mut self, frame: &Frame<'w>) -> Vec<(u16, Arc<Origin>)> {
        /// The longest name of a function in which a program begins.
        const LONGEST_ENTRY: usize = 8;
        let function = frame.function;
        let mut found = Vec::new();
        if !self.world.flows || function.declared {
            return found;
        }
        // Of a closure, only what its parameters are declared as says who calls it.
        let named = function.kind == FuncKind::Named;
        let mut paths: Vec<(Option<u16>, Arc<str>)> = Vec::new();
        for mark in function.marks.iter().filter(|_| named) {
            paths.extend(self.mark(*mark, Role::Source).map(|path| (None, path)));
        }
        if let Some(class) =
            function.class.filter(|_| named).and_then(|class| self.unit.classes.get(class as usize))
        {
            let name = self.unit.strings.get(function.name);
            for base in &class.bases {
                let Some(what) = self.of_type(*base).what else { continue };
                let what = what.trim_end_matches("()");
                let of = [format!("{what}#{name}"), format!("{what}#any")];
                paths.extend(of.map(|path| (None, path.into())));
            }
        }
        let name = self.unit.strings.get(function.name);
        if named && name.len() <= LONGEST_ENTRY && name.ends_with("ain") {
            // Where the program begins: what it was started with.
            paths.push((None, format!("{name}#").into()));
        }
        for (index, param) in function.params.iter().enumerate() {
            let index = Some(index as u16);
            if param.mark != 0 {
                paths.extend(self.mark(param.mark, Role::Source).map(|path| (index, path)));
            }
            if param.ty != 0
                && let Some(what) = self.of_type(param.ty).what
            {
                paths.push((index, format!("{}#", what.trim_end_matches("()")).into()));
            }
        }
        for (index, path) in paths {
            for entry in self.matches(&path).iter().filter(|found| found.entry.api.role == Role::Source) {
                let origin =
                    self.origin(&entry.entry.api.category, &path, function.place, Confidence::Medium);
                // The type of one parameter may say what comes in by another.
                let elsewhere = !entry.entry.to.is_empty();
                let wanted = |param: u16| match index.filter(|_| !elsewhere) {
                    Some(index) => index == param,
                    None => entry.entry.to.is_empty() || entry.entry.to.contains(&Slot::At(param.into())),
                };
                let receivers = function.params.iter().take_while(|param| param.receiver).count() as u16;
                for param in receivers..function.params.len() as u16 {
                    let at = if index.is_some() && !elsewhere { param } else { param - receivers };
                    if wanted(at) {
                        found.push((param, origin.clone()));
                    }
                }
            }
        }
        found
    }

    /// What the catalogue guesses about a method of something called `receiver`.
    pub(crate) fn guess(&self, method: &str, receiver: &str) -> Vec<Match> {
        self.catalogue.guess(method, receiver, &|module| self.imported.contains(module))
    }

    /// What the catalogue says about a call of something unknown that is given `what`.
    pub(crate) fn given_what(&self, what: &str) -> Vec<Match> {
        self.catalogue.given(what)
    }

    pub(crate) fn bind_imports(&mut self) {
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

    pub(crate) fn enclosing_class(&self, mut id: FuncId) -> Option<ClassRef> {
        for _ in 0..64 {
            let function = self.unit.funcs.get(id as usize)?;
            if let Some(class) = function.class {
                return Some(self.class_here(class));
            }
            id = function.parent?;
        }
        None
    }

    /// A class of this file, as the whole of which it may be a part.
    pub(crate) fn class_here(&self, class: ClassId) -> ClassRef {
        self.world.index.whole(ClassRef { unit: self.number, class })
    }
}
