//! The one small language-neutral form every source file is lowered to.
//!
//! A function is a list of operations in evaluation order; an operation refers to earlier ones of the same
//! function by index, so evaluating a function is one pass without recursion. The form holds no types and
//! no rules: names as written, calls, fields, assignments, constants, branches.

use std::collections::BTreeMap;
use std::hash::BuildHasher;

use crate::scan::code::map::Map;

use super::language::Language;
use super::machine::Made;
use super::turned::Turn;

/// Index of an operation within its function.
pub type OpId = u32;
/// Index of a string within its unit.
pub type Sym = u32;
/// Index of a function within its unit.
pub type FuncId = u32;
/// Index of a class within its unit.
pub type ClassId = u32;

/// Stands in a declared type (`[]Job`, `Queue<Job>`) between the type of the elements and the name of what holds them.
pub const OF: char = '\u{1}';

/// What stands before a name in the marks of a function that stores to it in a function around it: `nonlocal`.
pub const OUTER: &str = "outer:";

/// Among a function's marks: it may be called on its first argument, as a method added to a type declared elsewhere.
pub const ON_FIRST: &str = "@on-first";

/// Stands before a name that is the first of a path, and so of no variable: `relay::send`.
pub const HEAD: &str = "::";

/// One source file, lowered. Holds no reference to the file's bytes or its syntax tree.
#[derive(Clone, Debug)]
pub struct Unit {
    /// Escaped relative path.
    pub path: String,
    /// The language it was read as.
    pub language: Language,
    /// Names and literals.
    pub strings: Strings,
    /// Functions; 0 is the file's own top level.
    pub funcs: Vec<Func>,
    /// Classes, structs, interfaces, traits.
    pub classes: Vec<Class>,
    /// Imports, includes, usings.
    pub imports: Vec<Import>,
    /// The name of the package or namespace the file declares, where it does.
    pub package: Option<Sym>,
    /// Lines (from 1) on which a catalogued name stands, escaped and bounded: what a report shows.
    pub excerpts: Map<u32, Box<str>>,
    /// Size of the file in bytes.
    pub bytes: u64,
    /// Bytes under ERROR nodes.
    pub error_bytes: u64,
    /// Why the file was not lowered to its end, where it was not.
    pub cut: Option<String>,
    /// What the file's own small functions make of constants, by the line and column at which it is used.
    pub made: BTreeMap<(u32, u32), Made>,
    /// Modules that are written out in the file (`mod keys { … }`): their names, and which functions stand in them.
    pub inner: Vec<(Sym, std::ops::Range<FuncId>)>,
    /// Why some of that may be missing, where it may.
    pub unmade: Option<String>,
}

/// A function, method, closure, the top level of a file, or the body of a class.
#[derive(Clone, Debug, Default)]
pub struct Func {
    /// Name as written; empty for closures.
    pub name: Sym,
    /// What it is.
    pub kind: FuncKind,
    /// The class it belongs to.
    pub class: Option<ClassId>,
    /// The function it stands in.
    pub parent: Option<FuncId>,
    /// Parameters in order, without an implicit receiver.
    pub params: Vec<Param>,
    /// Whether it only is declared here: a method of an interface, of a trait, an abstract one.
    pub declared: bool,
    /// Whether reading it like a field calls it.
    pub getter: bool,
    /// The annotations on it, as written.
    pub marks: Box<[Sym]>,
    /// The declared type of what it gives, as written, without decoration; empty where there is none.
    pub returns: Sym,
    /// The operations.
    pub ops: Vec<Op>,
    /// Where each operation stands.
    pub places: Vec<Place>,
    /// The function's own lines.
    pub place: Place,
    /// What it does to characters.
    pub turns: Box<[Turn]>,
    /// Whether it spells a text of nothing but what it is given and what the file keeps.
    pub spells: bool,
    /// Whether its operations were not kept: a call of it is a call of something unknown.
    pub asleep: bool,
}

/// What a function is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FuncKind {
    /// The top level of a file.
    Top,
    /// The body of a class: field initialisers.
    ClassBody,
    /// A function or method.
    #[default]
    Named,
    /// A closure.
    Closure,
}

/// A parameter.
#[derive(Clone, Copy, Debug)]
pub struct Param {
    /// Its name; empty where it has none.
    pub name: Sym,
    /// Its declared type as written, without decoration; empty where there is none.
    pub ty: Sym,
    /// Whether it is the receiver (`self`, `this`, a Go receiver).
    pub receiver: bool,
    /// Whether it collects labelled arguments for which there is no parameter: `**options`.
    pub collects: bool,
    /// The annotation on it, as written; 0 for none.
    pub mark: Sym,
    /// Whether what is stored in it is stored in the caller's variable: `out`, `ref`, `inout`, `&`.
    pub by_reference: bool,
}

/// A class, struct, interface or trait.
#[derive(Clone, Debug)]
pub struct Class {
    /// Name as written.
    pub name: Sym,
    /// What it extends or implements, as written.
    pub bases: Vec<Sym>,
    /// The function holding its body.
    pub body: FuncId,
    /// Whether whatever has its methods is one of it, without saying so.
    pub structural: bool,
    /// Whether it only adds methods to a type that may be declared elsewhere.
    pub extension: bool,
    /// Whether it is a part of a class that another file declares, or declares another part of.
    pub part: bool,
    /// Fields that are not written where an object is.
    pub left_out: Box<[Sym]>,
}

/// One import, include or using.
#[derive(Clone, Copy, Debug)]
pub struct Import {
    /// What is imported: dotted path, file name or module specifier as written.
    pub path: Sym,
    /// The local name bound to it; empty for a wildcard or a bare import.
    pub local: Sym,
    /// Whether every name of `path` becomes visible.
    pub wildcard: bool,
    /// Line, from 1.
    pub line: u32,
}

/// A place in the file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// First line, from 1.
    pub line: u32,
    /// First column in bytes, from 1.
    pub column: u32,
    /// Last line.
    pub end_line: u32,
}

/// An argument of a call.
#[derive(Clone, Copy, Debug)]
pub struct Arg {
    /// Keyword or label; empty for a positional argument.
    pub name: Sym,
    /// Its value.
    pub value: OpId,
    /// Whether the value is spread into several arguments.
    pub spread: bool,
}

/// One operation.
#[derive(Clone, Debug)]
pub enum Op {
    /// A variable or a global name is read.
    Name(Sym),
    /// A literal string.
    Str(Sym),
    /// A literal whole number.
    Int(i64),
    /// Any other literal, as written.
    Literal(Sym),
    /// A member of a value.
    Field(OpId, Sym),
    /// An element of a value.
    Index(OpId, OpId),
    /// Some element of a value: what a loop binds.
    Element(OpId),
    /// A call.
    Call {
        /// What is called.
        callee: OpId,
        /// With what.
        args: Box<[Arg]>,
        /// Whether it constructs (`new`).
        new: bool,
    },
    /// Strings joined: `+`, interpolation.
    Concat(Box<[OpId]>),
    /// A truth value or number computed from values: carries no data onward.
    Compare(Box<[OpId]>),
    /// An array, list, tuple.
    List(Box<[OpId]>),
    /// A map or object literal.
    Dict(Box<[(OpId, OpId)]>),
    /// One of, or a mixture of, values.
    Any(Box<[OpId]>),
    /// A function as a value.
    Func(FuncId),
    /// A class as a value; its body is evaluated here.
    Class(ClassId),
    /// A value of a declared type.
    OfType(Sym),
    /// A variable is declared.
    Declare {
        /// Its name.
        name: Sym,
        /// Its declared type as written; empty where there is none.
        ty: Sym,
        /// Its initial value.
        value: Option<OpId>,
    },
    /// A value is stored. The target is the operation that would read the place.
    Assign {
        /// The place.
        target: OpId,
        /// The value.
        value: OpId,
        /// Whether the old value stays part of the new one (`+=`).
        augment: bool,
    },
    /// The function gives a value.
    Return(Option<OpId>),
    /// The function gives a value and goes on: `yield`.
    Give(OpId),
    /// The function ends without a value: `throw`, `raise`, `exit`; with what is thrown.
    Leave(Option<OpId>),
    /// What an error handler is given: what was thrown since the operation at which the handled statement began.
    Caught {
        /// The types it handles; none where it handles all.
        types: Box<[Sym]>,
        /// Where the statement began.
        since: OpId,
    },
    /// What follows runs on a condition, up to [`Op::Else`] or [`Op::End`].
    Branch(Option<OpId>),
    /// What follows runs where the branch does not.
    Else,
    /// The branch ends.
    End,
    /// An error handler without a statement in it ends here; the place is the whole statement it handles.
    Swallow,
}

impl Op {
    /// Shows `see` every operation this one refers to, in order; it may put another in its place.
    pub fn operands(&mut self, see: &mut dyn FnMut(&mut OpId)) {
        match self {
            Op::Field(base, _) | Op::Element(base) | Op::Give(base) => see(base),
            Op::Index(base, key) => {
                see(base);
                see(key);
            }
            Op::Call { callee, args, .. } => {
                see(callee);
                args.iter_mut().for_each(|arg| see(&mut arg.value));
            }
            Op::Concat(all) | Op::Compare(all) | Op::List(all) | Op::Any(all) => all.iter_mut().for_each(see),
            Op::Dict(all) => all.iter_mut().for_each(|(key, value)| {
                see(key);
                see(value);
            }),
            Op::Caught { since, .. } => see(since),
            Op::Declare { value, .. } | Op::Return(value) | Op::Leave(value) | Op::Branch(value) => {
                value.iter_mut().for_each(see);
            }
            Op::Assign { target, value, .. } => {
                see(target);
                see(value);
            }
            Op::Name(_)
            | Op::Str(_)
            | Op::Int(_)
            | Op::Literal(_)
            | Op::Func(_)
            | Op::Class(_)
            | Op::OfType(_)
            | Op::Else
            | Op::End
            | Op::Swallow => {}
        }
    }
}

/// Interned strings of one unit. 0 is the empty string.
#[derive(Clone, Debug)]
pub struct Strings {
    /// All texts, one after the other.
    text: String,
    /// Where each ends.
    ends: Vec<u32>,
    /// Symbols by the hash of their text; while the unit is being built.
    index: Map<u64, Sym>,
    hash: foldhash::fast::RandomState,
    /// Symbols in the order of their texts; once it is built.
    sorted: Vec<Sym>,
}

impl Default for Strings {
    fn default() -> Strings {
        let mut strings = Strings {
            text: String::new(),
            ends: Vec::new(),
            index: Map::default(),
            hash: foldhash::fast::RandomState::default(),
            sorted: Vec::new(),
        };
        strings.intern("");
        strings
    }
}

impl Strings {
    /// The symbol of `text`.
    pub fn intern(&mut self, text: &str) -> Sym {
        let mut hash = self.hash.hash_one(text);
        while let Some(symbol) = self.index.get(&hash) {
            if self.get(*symbol) == text {
                return *symbol;
            }
            // Two texts of one hash stand side by side.
            hash = hash.wrapping_add(1);
        }
        let symbol = self.ends.len() as Sym;
        self.text.push_str(text);
        self.ends.push(self.text.len() as u32);
        self.index.insert(hash, symbol);
        symbol
    }

    /// The symbol of `text`, if it was interned.
    pub fn find(&self, text: &str) -> Option<Sym> {
        if self.index.is_empty() {
            let at = self.sorted.binary_search_by(|symbol| self.get(*symbol).cmp(text)).ok()?;
            return self.sorted.get(at).copied();
        }
        let mut hash = self.hash.hash_one(text);
        while let Some(symbol) = self.index.get(&hash) {
            if self.get(*symbol) == text {
                return Some(*symbol);
            }
            hash = hash.wrapping_add(1);
        }
        None
    }

    /// The text of `symbol`.
    pub fn get(&self, symbol: Sym) -> &str {
        let at = symbol as usize;
        let start = at.checked_sub(1).and_then(|before| self.ends.get(before)).map_or(0, |end| *end as usize);
        self.ends.get(at).and_then(|end| self.text.get(start..*end as usize)).unwrap_or("")
    }

    /// How many there are.
    #[allow(clippy::len_without_is_empty)] // the empty string is always there
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Every text, in the order of the symbols.
    pub fn all(&self) -> impl Iterator<Item = &str> {
        (0..self.ends.len() as Sym).map(|symbol| self.get(symbol))
    }

    /// No more is interned: what made that quick is given back.
    pub fn freeze(&mut self) {
        let mut sorted: Vec<Sym> = (0..self.ends.len() as Sym).collect();
        sorted.sort_unstable_by(|a, b| self.get(*a).cmp(self.get(*b)));
        self.sorted = sorted;
        self.index = Map::default();
        self.text.shrink_to_fit();
        self.ends.shrink_to_fit();
    }
}

impl Unit {
    /// A file for which there is no grammar.
    pub fn unread(file: &super::CodeFile, bytes: u64) -> Unit {
        Unit {
            path: file.path.clone(),
            language: file.language,
            strings: Strings::default(),
            funcs: vec![Func { kind: FuncKind::Top, ..Func::default() }],
            classes: Vec::new(),
            imports: Vec::new(),
            package: None,
            excerpts: Map::default(),
            bytes,
            error_bytes: 0,
            made: BTreeMap::new(),
            inner: Vec::new(),
            unmade: None,
            cut: Some(format!("this build has no grammar for {}", file.language)),
        }
    }
}
