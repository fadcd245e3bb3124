//! Names across the files of the tree: which function, class or variable a path means.
//!
//! Every unit has a dotted module name (from its package declaration, or its path); a function's full name
//! is module, class, name. A path means what its components, from the last on, agree with.

use crate::scan::code::map::Map;
use crate::scan::code::map::Set;

use std::sync::Arc;

use super::ir::FuncId;
use super::ir::FuncKind;
use super::ir::Op;
use super::ir::Unit;
use super::language::Language;
use super::value::ClassRef;
use super::value::FuncRef;

/// What a path means in the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A function or method.
    Func(FuncRef),
    /// A class.
    Class(ClassRef),
    /// A variable of a unit's top level; `default` is what the unit itself exports.
    Var(u32, Box<str>),
}

/// What a class extends.
#[derive(Clone, Debug)]
pub struct Base {
    /// As a path.
    pub path: Arc<str>,
    /// The class of the tree it is, where it is one.
    pub class: Option<ClassRef>,
}

/// The names of a tree.
pub struct Index {
    named: Map<Box<str>, Vec<(String, u8, Target)>>,
    methods: Map<Box<str>, Vec<(u8, FuncRef)>>,
    modules: Map<Box<str>, Vec<(String, u8, u32)>>,
    classes: Map<Box<str>, Vec<(String, u8, ClassRef)>>,
    /// The class of each method.
    owners: Map<FuncRef, ClassRef>,
    /// The first method of a class by name.
    members: Map<ClassRef, Map<Box<str>, FuncRef>>,
    /// Of a part of a class, the class it is a part of.
    whole: Map<ClassRef, ClassRef>,
    /// Per unit and class, what it extends: as a path, and the class of the tree that is.
    bases: Vec<Vec<Vec<Base>>>,
    /// What extends or implements a class, directly.
    derived: Map<ClassRef, Vec<ClassRef>>,
    /// Files of the shell by the variables they set.
    shell: Map<Box<str>, Vec<u32>>,
    read_in: ReadIn,
    /// Each unit's module name.
    pub names: Vec<String>,
}

/// Most files of the shell that set one variable, or that read one file in, of which more is known than that.
const MAX_SHELL: usize = 64;

/// Which files of the shell read which in.
#[derive(Debug, Default)]
struct ReadIn {
    /// Those that name a file of that name to `source`.
    by_name: Map<Box<str>, Vec<u32>>,
    /// Those that read in what a variable names.
    any: Set<u32>,
}

impl ReadIn {
    fn new(units: &[Unit]) -> ReadIn {
        let mut all = ReadIn::default();
        for (number, unit) in units.iter().enumerate().filter(|(_, unit)| unit.language == Language::Bash) {
            let Some(source) = unit.strings.find("source") else { continue };
            for function in &unit.funcs {
                for op in &function.ops {
                    let Op::Call { callee, args, .. } = op else { continue };
                    let named =
                        matches!(function.ops.get(*callee as usize), Some(Op::Name(name)) if *name == source);
                    let Some(file) = args.first().filter(|_| named) else { continue };
                    // `"$here/collect.sh"` ends in the name.
                    let end = match function.ops.get(file.value as usize) {
                        Some(Op::Concat(parts)) => {
                            parts.last().and_then(|last| function.ops.get(*last as usize))
                        }
                        end => end,
                    };
                    let Some(Op::Str(text)) = end else {
                        all.any.insert(number as u32);
                        continue;
                    };
                    let readers = all.by_name.entry(file_name(unit.strings.get(*text)).into()).or_default();
                    if readers.len() < MAX_SHELL && readers.last() != Some(&(number as u32)) {
                        readers.push(number as u32);
                    }
                }
            }
        }
        all
    }

    fn readers(&self, path: &str) -> &[u32] {
        self.by_name.get(file_name(path)).map_or(&[], Vec::as_slice)
    }
}

/// What a class that stands outside the one it belongs to (`struct Link::Impl`) is called inside it.
fn innermost(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

/// The last part of a path.
fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// The files of the shell that set each variable.
fn shell_variables(units: &[Unit]) -> Map<Box<str>, Vec<u32>> {
    let mut all: Map<Box<str>, Vec<u32>> = Map::default();
    for (number, unit) in units.iter().enumerate().filter(|(_, unit)| unit.language == Language::Bash) {
        for function in &unit.funcs {
            for op in &function.ops {
                let name = match op {
                    Op::Declare { name, value: Some(_), .. } => *name,
                    Op::Assign { target, .. } => match function.ops.get(*target as usize) {
                        Some(Op::Name(name)) => *name,
                        _ => continue,
                    },
                    _ => continue,
                };
                let files = all.entry(unit.strings.get(name).into()).or_default();
                if files.len() < MAX_SHELL && files.last() != Some(&(number as u32)) {
                    files.push(number as u32);
                }
            }
        }
    }
    all
}

/// Most classes of one name that are told apart by their modules.
const MAX_CLASSES: usize = 1024;
/// Most classes that are looked at because they extend one.
const MAX_DERIVED: usize = 12;
/// Most candidates a name may have before it means nothing.
const MAX_CANDIDATES: usize = 64;

impl Index {
    /// The files of the shell that set the variable `name`, at most a few.
    pub fn shell(&self, name: &str) -> &[u32] {
        self.shell.get(name).map_or(&[], Vec::as_slice)
    }

    /// Whether two files of the shell run in one: one reads the other in, or another file reads both. `Some(false)`
    /// where one of them reads in what a variable names, which may be the other.
    pub fn runs_with(&self, (one, path): (u32, &str), (other, of_other): (u32, &str)) -> Option<bool> {
        let (readers, others) = (self.read_in.readers(path), self.read_in.readers(of_other));
        if readers.contains(&other) || others.contains(&one) || readers.iter().any(|by| others.contains(by)) {
            return Some(true);
        }
        [one, other].iter().any(|file| self.read_in.any.contains(file)).then_some(false)
    }

    /// The names of `units`.
    pub fn new(units: &[Unit]) -> Index {
        let mut index = Index {
            named: Map::default(),
            methods: Map::default(),
            modules: Map::default(),
            classes: Map::default(),
            owners: Map::default(),
            members: Map::default(),
            whole: Map::default(),
            bases: Vec::with_capacity(units.len()),
            derived: Map::default(),
            shell: shell_variables(units),
            read_in: ReadIn::new(units),
            names: units.iter().map(module_name).collect(),
        };
        for (number, (unit, module)) in units.iter().zip(&index.names.clone()).enumerate() {
            let number = number as u32;
            let family = family(unit.language);
            let last = module.rsplit('.').next().unwrap_or(module);
            index.modules.entry(last.into()).or_default().push((module.clone(), family, number));
            for (id, class) in unit.classes.iter().enumerate() {
                let name = unit.strings.get(class.name);
                let class = ClassRef { unit: number, class: id as u32 };
                let full = format!("{module}.{name}");
                index.classes.entry(innermost(name).into()).or_default().push((full, family, class));
            }
        }
        index.join_parts(units);
        for (number, (unit, module)) in units.iter().zip(&index.names.clone()).enumerate() {
            let number = number as u32;
            let family = family(unit.language);
            for (id, class) in unit.classes.iter().enumerate() {
                let name = unit.strings.get(class.name);
                let class = index.whole(ClassRef { unit: number, class: id as u32 });
                index.put(innermost(name), format!("{module}.{name}"), family, Target::Class(class));
            }
            for (id, function) in unit.funcs.iter().enumerate() {
                if let (Some(class), FuncKind::Named) = (function.class, function.kind) {
                    let class = index.whole(ClassRef { unit: number, class });
                    let methods = index.members.entry(class).or_default();
                    let func = FuncRef { unit: number, func: id as FuncId };
                    methods.entry(unit.strings.get(function.name).into()).or_insert(func);
                }
            }
            for (id, function) in unit.funcs.iter().enumerate() {
                let name = unit.strings.get(function.name);
                if function.kind != FuncKind::Named || name.is_empty() {
                    continue;
                }
                let func = FuncRef { unit: number, func: id as u32 };
                match function.class.and_then(|class| unit.classes.get(class as usize)) {
                    Some(class) => {
                        if let (Some(class), false) = (function.class, function.declared) {
                            let class = index.whole(ClassRef { unit: number, class });
                            index.owners.insert(func, class);
                        }
                        let class = unit.strings.get(class.name);
                        index.put(name, format!("{module}.{class}.{name}"), family, Target::Func(func));
                        if !function.declared {
                            index.methods.entry(name.into()).or_default().push((family, func));
                        }
                    }
                    None if function.parent == Some(0) => {
                        index.put(name, format!("{module}.{name}"), family, Target::Func(func));
                        let within = unit.inner.iter().filter(|(_, funcs)| funcs.contains(&func.func));
                        for (inner, _) in within {
                            let inner = unit.strings.get(*inner);
                            index.put(name, format!("{module}.{inner}.{name}"), family, Target::Func(func));
                        }
                    }
                    None => {}
                }
            }
        }
        let mut known: Map<(u8, Arc<str>), Option<ClassRef>> = Map::default();
        for unit in units {
            let ours = family(unit.language);
            let mut of_unit = Vec::with_capacity(unit.classes.len());
            for class in &unit.classes {
                let bases = class.bases.iter().map(|base| {
                    let path: Arc<str> = unit.strings.get(*base).replace("::", ".").into();
                    let class = *known
                        .entry((ours, path.clone()))
                        .or_insert_with_key(|(_, path)| index.class(unit.language, path));
                    Base { path, class }
                });
                of_unit.push(bases.collect());
            }
            index.bases.push(of_unit);
        }
        index.derive(units);
        index
    }

    /// Turns what classes extend around; what is structural is extended by whatever has its methods.
    fn derive(&mut self, units: &[Unit]) {
        for (number, of_unit) in self.bases.iter().enumerate() {
            for (id, bases) in of_unit.iter().enumerate() {
                let class = self.whole(ClassRef { unit: number as u32, class: id as u32 });
                for base in bases.iter().filter_map(|base| base.class).filter(|base| *base != class) {
                    let all = self.derived.entry(base).or_default();
                    if all.len() < MAX_DERIVED && !all.contains(&class) {
                        all.push(class);
                    }
                }
            }
        }
        for (number, unit) in units.iter().enumerate() {
            for (id, _) in unit.classes.iter().enumerate().filter(|(_, class)| class.structural) {
                let class = self.whole(ClassRef { unit: number as u32, class: id as u32 });
                let Some(wanted) = self.members.get(&class) else { continue };
                let Some(rarest) =
                    wanted.keys().min_by_key(|name| (self.methods.get(*name).map_or(0, Vec::len), *name))
                else {
                    continue;
                };
                let candidates = self.methods.get(rarest).map_or(&[][..], Vec::as_slice);
                let mut fitting = Vec::new();
                for (_, func) in candidates.iter().take(MAX_CANDIDATES) {
                    let function =
                        units.get(func.unit as usize).and_then(|u| u.funcs.get(func.func as usize));
                    let Some(of) = function.and_then(|function| function.class) else { continue };
                    let of = self.whole(ClassRef { unit: func.unit, class: of });
                    let has = |name: &str| self.members.get(&of).is_some_and(|own| own.contains_key(name));
                    if of != class && fitting.len() < MAX_DERIVED && wanted.keys().all(|name| has(name)) {
                        fitting.push(of);
                    }
                }
                self.derived.entry(class).or_default().extend(fitting);
            }
        }
    }

    /// The methods called `name` of what extends `class`, itself excepted: what a call of a method without a
    /// body may reach.
    pub fn overriding(&self, class: ClassRef, name: &str) -> Vec<FuncRef> {
        let mut found = Vec::new();
        let (mut seen, mut work) = (vec![class], vec![class]);
        while let Some(class) = work.pop() {
            for derived in self.derived.get(&class).map_or(&[][..], Vec::as_slice) {
                if seen.len() > MAX_DERIVED || seen.contains(derived) {
                    continue;
                }
                seen.push(*derived);
                work.push(*derived);
                found.extend(self.method(*derived, name));
            }
        }
        found.sort();
        found
    }

    /// What extends or implements `class`, directly or not.
    pub fn derived(&self, class: ClassRef) -> Vec<ClassRef> {
        let (mut seen, mut work) = (Vec::new(), vec![class]);
        while let Some(class) = work.pop() {
            for derived in self.derived.get(&class).map_or(&[][..], Vec::as_slice) {
                if seen.len() < MAX_DERIVED && !seen.contains(derived) {
                    seen.push(*derived);
                    work.push(*derived);
                }
            }
        }
        seen
    }

    /// The method `name` of `class`, itself and not what it extends.
    pub fn method(&self, class: ClassRef, name: &str) -> Option<FuncRef> {
        self.members.get(&class)?.get(name).copied()
    }

    /// The class `class` is a part of; itself where it is whole.
    pub fn whole(&self, class: ClassRef) -> ClassRef {
        self.whole.get(&class).copied().unwrap_or(class)
    }

    /// Finds, for methods that stand in another file than their class and for classes in several parts, the
    /// declaration they belong to.
    fn join_parts(&mut self, units: &[Unit]) {
        for (number, unit) in units.iter().enumerate() {
            let module = self.names.get(number).map_or("", String::as_str);
            for (id, class) in unit.classes.iter().enumerate().filter(|(_, class)| class.part) {
                let part = ClassRef { unit: number as u32, class: id as u32 };
                let name = unit.strings.get(class.name);
                let Some(all) = self.classes.get(innermost(name)).filter(|all| all.len() <= MAX_CANDIDATES)
                else {
                    continue;
                };
                let ours = family(unit.language);
                let same =
                    |full: &str| full.strip_suffix(name).and_then(|at| at.strip_suffix('.')) == Some(module);
                let is_part = |class: &ClassRef| {
                    let unit = units.get(class.unit as usize);
                    unit.and_then(|unit| unit.classes.get(class.class as usize))
                        .is_none_or(|class| class.part)
                };
                let candidates = all.iter().filter(|(_, family, _)| *family == ours);
                let whole: Vec<&(String, u8, ClassRef)> =
                    candidates.clone().filter(|(_, _, class)| !is_part(class)).collect();
                let found = match (unit.language, whole.as_slice()) {
                    // A package, a namespace: only what stands in the same one.
                    (Language::Go | Language::CSharp, _) => whole.into_iter().find(|(full, ..)| same(full)),
                    (_, [only]) => Some(*only),
                    (Language::Cpp, _) => {
                        whole.into_iter().find(|(_, _, class)| included(units, unit, *class))
                    }
                    (_, several) => several.iter().find(|(full, ..)| same(full)).copied(),
                };
                let found = found.map(|(_, _, class)| *class);
                // A class of which every part says that it is one: the first.
                let first = || {
                    let parts = unit.language == Language::CSharp;
                    let mut of_same = candidates.clone().filter(|(full, ..)| parts && same(full));
                    of_same.next().map(|(_, _, class)| *class)
                };
                if let Some(whole) = found.or_else(first).filter(|whole| *whole != part) {
                    self.whole.insert(part, whole);
                }
            }
        }
    }

    /// What `class` extends, in order.
    pub fn bases(&self, class: ClassRef) -> &[Base] {
        self.bases
            .get(class.unit as usize)
            .and_then(|unit| unit.get(class.class as usize))
            .map_or(&[], Vec::as_slice)
    }

    /// What a type of something outside the tree is in `unit`, where its name is written as `path`.
    pub fn outside(&self, unit: u32, path: &str, units: &[Unit]) -> String {
        let (first, rest) = path.split_once('.').map_or((path, ""), |(first, rest)| (first, rest));
        let written = units.get(unit as usize).and_then(|unit| {
            let import = unit.imports.iter().find(|import| unit.strings.get(import.local) == first)?;
            Some((unit, unit.strings.get(import.path)))
        });
        let Some((unit, import)) = written.filter(|(_, import)| !import.is_empty()) else {
            return path.to_owned();
        };
        let import = import_path(unit, "", import);
        if rest.is_empty() { import } else { format!("{import}.{rest}") }
    }

    fn put(&mut self, name: &str, full: String, family: u8, target: Target) {
        self.named.entry(name.into()).or_default().push((full, family, target));
    }

    /// What `path` means as seen from a file in `language`.
    pub fn resolve(&self, language: Language, path: &str) -> Option<Target> {
        let ours = family(language);
        let (module, last) = path.rsplit_once('.').unwrap_or(("", path));
        if let Some(candidates) = self.named.get(last)
            && candidates.len() <= MAX_CANDIDATES
        {
            let global = matches!(
                language,
                Language::C
                    | Language::Cpp
                    | Language::Bash
                    | Language::Swift
                    | Language::PowerShell
                    | Language::Php
            );
            let least = if global && module.is_empty() { 1 } else { 2 };
            let best = candidates
                .iter()
                .filter(|(_, family, _)| *family == ours)
                // Files of a package at the root of the tree have no module in front of their names; a path
                // with a module means something else.
                .map(|(full, _, target)| {
                    let root = module.is_empty() && full.starts_with('.');
                    (agreement(full, path) + usize::from(root), target)
                })
                .filter(|(score, _)| *score >= least)
                .max_by_key(|(score, _)| *score);
            if let Some((_, target)) = best {
                return Some(target.clone());
            }
        }
        if let Some(unit) = self.module(ours, path) {
            return Some(Target::Var(unit, "default".into()));
        }
        if !module.is_empty()
            && let Some(unit) = self.module(ours, module)
        {
            return Some(Target::Var(unit, last.into()));
        }
        None
    }

    fn module(&self, ours: u8, path: &str) -> Option<u32> {
        let last = path.rsplit('.').next().unwrap_or(path);
        let candidates = self.modules.get(last)?;
        let all = path.split('.').count();
        candidates
            .iter()
            .filter(|(_, family, _)| *family == ours)
            .map(|(full, _, unit)| (agreement(full, path), unit))
            .filter(|(score, _)| *score >= all)
            .max_by_key(|(score, _)| *score)
            .map(|(_, unit)| *unit)
    }

    /// The class a type name means.
    pub fn class(&self, language: Language, name: &str) -> Option<ClassRef> {
        self.class_of_name(language, name).map(|class| self.whole(class))
    }

    fn class_of_name(&self, language: Language, name: &str) -> Option<ClassRef> {
        let ours = family(language);
        let last = name.rsplit('.').next().unwrap_or(name);
        let mut candidates =
            self.classes.get(last)?.iter().filter(|(_, family, _)| *family == ours).take(MAX_CLASSES);
        let first = candidates.next()?;
        let mut rest = candidates.peekable();
        if rest.peek().is_none() {
            return Some(first.2);
        }
        std::iter::once(first)
            .chain(rest)
            .map(|(full, _, class)| (agreement(full, name), *class))
            .max_by_key(|(score, _)| *score)
            .map(|(_, class)| class)
    }

    /// The methods called `name`, where there are few enough for the name to mean them.
    pub fn methods(&self, language: Language, name: &str) -> Vec<FuncRef> {
        let ours = family(language);
        let Some(all) = self.methods.get(name) else { return Vec::new() };
        let of_family: Vec<FuncRef> =
            all.iter().filter(|(family, _)| *family == ours).map(|(_, f)| *f).take(9).collect();
        if of_family.len() <= 3 || (of_family.len() <= 8 && self.related(&of_family)) {
            return of_family;
        }
        Vec::new()
    }

    /// Whether functions are methods of classes that extend, or are, one class: several forms of one thing.
    fn related(&self, funcs: &[FuncRef]) -> bool {
        let base = |func: &FuncRef| {
            let class = *self.owners.get(func)?;
            Some(self.bases(class).first().and_then(|base| base.class).unwrap_or(class))
        };
        let Some(first) = funcs.first().and_then(base) else { return false };
        funcs.iter().all(|func| base(func) == Some(first))
    }
}

/// Whether `unit` includes the file that declares `class`, or bears its name.
fn included(units: &[Unit], unit: &Unit, class: ClassRef) -> bool {
    let Some(declares) = units.get(class.unit as usize) else { return false };
    let stem = |path: &str| {
        let file = path.rsplit('/').next().unwrap_or(path);
        file.split('.').next().unwrap_or(file).to_owned()
    };
    stem(&declares.path) == stem(&unit.path)
        || unit.imports.iter().any(|import| {
            let path = unit.strings.get(import.path);
            !path.is_empty() && declares.path.rsplit('/').next() == path.rsplit('/').next()
        })
}

/// How many components, from the last on, agree.
fn agreement(full: &str, path: &str) -> usize {
    let separator = |byte: u8| matches!(byte, b'.' | b'/' | b':');
    let (mut full, mut path) = (full.bytes().rev(), path.bytes().rev());
    let mut whole = 0;
    loop {
        match (full.next(), path.next()) {
            (None, None) => return whole + 1,
            (Some(byte), None) | (None, Some(byte)) => return whole + usize::from(separator(byte)),
            (Some(a), Some(b)) if separator(a) && separator(b) => whole += 1,
            (Some(a), Some(b)) if a == b && !separator(a) => {}
            _ => return whole,
        }
    }
}

/// Languages whose files call each other.
pub fn family(language: Language) -> u8 {
    match language {
        Language::C | Language::Cpp => 0,
        Language::JavaScript | Language::TypeScript | Language::Tsx => 1,
        Language::Java | Language::Kotlin => 2,
        Language::Python => 3,
        Language::Go => 4,
        Language::Rust => 5,
        Language::CSharp | Language::PowerShell => 6,
        Language::Php => 7,
        Language::Ruby => 8,
        Language::Bash => 9,
        Language::Swift => 10,
    }
}

/// The dotted name of a unit: its package where the language has them, else its path.
fn module_name(unit: &Unit) -> String {
    let path = unit.path.rsplit(" › ").next().unwrap_or(&unit.path);
    let (directory, file) = path.rsplit_once('/').unwrap_or(("", path));
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    match unit.language {
        Language::Java | Language::Kotlin | Language::CSharp | Language::Php => {
            unit.package.map_or(String::new(), |package| unit.strings.get(package).replace('\\', "."))
        }
        Language::Cpp if unit.package.is_some() => {
            unit.package.map_or(String::new(), |package| unit.strings.get(package).to_owned())
        }
        Language::Go => directory.replace('/', "."),
        _ => {
            let whole = match stem {
                "__init__" | "index" | "mod" | "lib" | "main" if !directory.is_empty() => {
                    directory.to_owned()
                }
                _ if directory.is_empty() => stem.to_owned(),
                _ => format!("{directory}/{stem}"),
            };
            whole.replace('/', ".")
        }
    }
}

/// An import path as seen from a unit: relative ones made whole, separators made dots.
pub fn import_path(unit: &Unit, module: &str, path: &str) -> String {
    match unit.language {
        Language::Python if path.starts_with('.') => {
            let ups = path.chars().take_while(|c| *c == '.').count();
            let is_package = unit.path.ends_with("__init__.py");
            let mut parts: Vec<&str> = module.split('.').filter(|part| !part.is_empty()).collect();
            parts.truncate(parts.len().saturating_sub(ups - usize::from(is_package)));
            let rest = path.trim_start_matches('.');
            if !rest.is_empty() {
                parts.push(rest);
            }
            parts.join(".")
        }
        Language::JavaScript | Language::TypeScript | Language::Tsx => {
            let path = path.strip_prefix("node:").unwrap_or(path);
            if !path.starts_with('.') {
                return path.to_owned();
            }
            let file = unit.path.rsplit(" › ").next().unwrap_or(&unit.path);
            let mut parts: Vec<&str> = file.split('/').collect();
            parts.pop();
            for part in path.split('/') {
                match part {
                    "." | "" => {}
                    ".." => {
                        parts.pop();
                    }
                    other => parts.push(other),
                }
            }
            let joined = parts.join("/");
            without_ending(&joined).replace('/', ".")
        }
        _ => path.replace("::", ".").replace('\\', "."),
    }
}

/// `lib/index.js.send`, a module as it was written and what is imported of it, as `lib.send`: the ending of the
/// file and the name of a folder's own file say nothing.
fn without_ending(joined: &str) -> String {
    let start = joined.rfind('/').map_or(0, |at| at + 1);
    let (folder, last) = joined.split_at(start);
    let parts: Vec<&str> = last.split('.').collect();
    let ending = |part: &&str| matches!(*part, "js" | "ts" | "tsx" | "jsx" | "mjs" | "cjs" | "mts" | "cts");
    let at = parts.iter().skip(1).position(ending).map(|at| at + 1);
    let mut kept: Vec<&str> =
        parts.iter().enumerate().filter(|(index, _)| Some(*index) != at).map(|(_, part)| *part).collect();
    if kept.first() == Some(&"index") && !folder.is_empty() {
        kept.remove(0);
    }
    let folder = if kept.is_empty() { folder.trim_end_matches('/') } else { folder };
    format!("{folder}{}", kept.join("."))
}

#[cfg(test)]
mod tests {
    use super::agreement;
    use super::without_ending;

    #[test]
    fn a_module_is_named_without_the_ending_of_its_file() {
        for (written, expected) in [
            ("lib/send.js", "lib/send"),
            ("lib/send.js.post", "lib/send.post"),
            ("send.mjs.default", "send.default"),
            ("lib/index.js", "lib"),
            ("lib/index.ts.post", "lib/post"),
            ("lib/index", "lib"),
            ("index.js", "index"),
            ("lib/post", "lib/post"),
        ] {
            assert_eq!(without_ending(written), expected, "{written}");
        }
    }

    #[test]
    fn names_agree_by_whole_components_from_the_last_on() {
        for (full, path, expected) in [
            ("a.b.c", "b.c", 2),
            ("a/b.c", "b::c", 2),
            ("xb.c", "b.c", 1),
            (".f", "f", 1),
            ("f", "f", 1),
            ("f", "g", 0),
            ("a.f", "b.f", 1),
        ] {
            // A double colon has an empty component between its two.
            let path = path.replace("::", ".");
            assert_eq!(agreement(full, &path), expected, "{full} {path}");
        }
    }
}
