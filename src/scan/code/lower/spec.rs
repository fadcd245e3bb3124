//! What a language file says about its grammar, and the same resolved against the grammar's own ids.

use std::borrow::Cow;

use crate::scan::code::map::Map;
use crate::scan::code::map::Set;

use tree_sitter::Node;

use crate::scan::code::language::Language;
use crate::scan::code::lower::Enter;
use crate::scan::code::lower::Kid;
use crate::scan::code::lower::Lowering;
use crate::scan::code::lower::Value;

/// Gives what is parsed in place of the bytes of a file; the names are those of the catalogue.
pub type Prepare = for<'b> fn(&'b [u8], &Set<Box<str>>) -> Cow<'b, [u8]>;

/// What a language file says about its grammar.
pub struct Spec {
    /// The language.
    pub language: Language,
    /// The grammar.
    pub grammar: fn() -> tree_sitter::Language,
    /// Node kind → shape, in tables that related languages share. A later one overrides an earlier one.
    pub shapes: &'static [&'static [(&'static str, Shape)]],
    /// (Kind, field) pairs whose child only names something and is no read.
    pub names_only: &'static [(&'static str, &'static str)],
    /// Called before the children of a [`Shape::Hook`] node.
    pub enter: for<'t> fn(&mut Lowering<'t>, Node<'t>) -> Enter,
    /// Called after the children of a [`Shape::Hook`] node.
    pub exit: for<'t> fn(&mut Lowering<'t>, Node<'t>, &[Kid<'t>]) -> Value,
    /// Called after each child of a [`Shape::Hook`] node, with the children so far: for what must happen
    /// before the next child (binding a loop's variable before its body).
    pub between: for<'t> fn(&mut Lowering<'t>, Node<'t>, &[Kid<'t>]),
    /// Called when a function begins: declares its parameters with [`Lowering::param`].
    pub params: for<'t> fn(&mut Lowering<'t>, Node<'t>),
    /// The text of a literal or a fragment of one, without quotes and escapes.
    pub literal: for<'t> fn(&Lowering<'t>, Node<'t>) -> String,
    /// What is parsed in place of the file's bytes, in as many lines: for what the grammar does not read.
    pub prepare: Option<Prepare>,
    /// What an unqualified name may be a member of the enclosing class (`this` left out).
    pub implicit_this: bool,
    /// Whether names differ only by case are the same name.
    pub ignore_case: bool,
}

/// What a node is. Field names are those of the grammar.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// Neither visited nor a value: comments, types.
    Skip,
    /// Visited for its effects, no value.
    Block,
    /// The value of its children: one, or a mixture.
    Pass,
    /// An identifier.
    Name,
    /// A literal string without inner structure, or a fragment of one.
    Str,
    /// A string of fragments and interpolated values; adjacent strings.
    Template,
    /// A whole number.
    Int,
    /// Any other literal.
    Literal,
    /// `object.property`.
    Member(&'static str, &'static str),
    /// `object[index]`.
    Index(&'static str, &'static str),
    /// A call: callee field, arguments field.
    Call(&'static str, &'static str),
    /// A construction: callee field, arguments field.
    New(&'static str, &'static str),
    /// A list of arguments.
    Args,
    /// A named argument: name field, value field.
    Named(&'static str, &'static str),
    /// A spread argument or element.
    Spread,
    /// An array, list, tuple.
    List,
    /// A map or object literal of [`Shape::Pair`]s.
    Dict,
    /// One entry: key field, value field. A key that is a name stands for its own text.
    Pair(&'static str, &'static str),
    /// `left = right`.
    Assign(&'static str, &'static str),
    /// `left op= right`.
    Augment(&'static str, &'static str),
    /// `left op right`, operator field; `+`, `.`, `..` join, comparisons compare, the rest mix.
    Binary(&'static str),
    /// A truth value of its children.
    Compare,
    /// A declaration: name field, type field, value field.
    Declare(&'static str, &'static str, &'static str),
    /// A function: name field (empty for closures), body field.
    Function(&'static str, &'static str),
    /// A class: name field, field of the bases.
    Class(&'static str, &'static str),
    /// `return value`.
    Return,
    /// `yield value`.
    Give,
    /// `raise`, `throw`.
    Leave,
    /// A conditional: condition field, alternative field.
    If(&'static str, &'static str),
    /// What runs under a condition not spelled out: loop bodies, cases, handlers.
    Branch,
    /// A loop over elements: bound field, iterated field, body field (empty where it has none).
    For(&'static str, &'static str, &'static str),
    /// The language's hooks decide.
    Hook,
}

/// The shapes of one grammar by node kind id, resolved once.
pub struct Table {
    pub(crate) grammar: tree_sitter::Language,
    pub(crate) shapes: Vec<Option<(Shape, [u16; 3])>>,
    /// By kind and field, whether the child only names something.
    names_only: Vec<bool>,
    fields: usize,
}

impl Table {
    /// Resolves the names of `spec` against its grammar.
    pub fn new(spec: &Spec) -> Table {
        let grammar = (spec.grammar)();
        let by_name: Map<&str, Shape> = spec.shapes.iter().copied().flatten().copied().collect();
        let field = |name: &str| grammar.field_id_for_name(name).map_or(0, u16::from);
        let shapes = (0..grammar.node_kind_count())
            .map(|id| {
                let id = id as u16;
                let name = grammar.node_kind_for_id(id).filter(|_| grammar.node_kind_is_named(id))?;
                let shape = *by_name.get(name)?;
                let fields = match shape {
                    Shape::Member(a, b)
                    | Shape::Index(a, b)
                    | Shape::Call(a, b)
                    | Shape::New(a, b)
                    | Shape::Named(a, b)
                    | Shape::Pair(a, b)
                    | Shape::Assign(a, b)
                    | Shape::Augment(a, b)
                    | Shape::Function(a, b)
                    | Shape::Class(a, b)
                    | Shape::If(a, b) => [field(a), field(b), 0],
                    Shape::Declare(a, b, c) | Shape::For(a, b, c) => [field(a), field(b), field(c)],
                    Shape::Binary(a) => [field(a), 0, 0],
                    _ => [0; 3],
                };
                Some((shape, fields))
            })
            .collect();
        let fields = grammar.field_count() + 1;
        let mut names_only = vec![false; grammar.node_kind_count() * fields];
        for id in 0..grammar.node_kind_count() {
            for (kind, name) in spec.names_only {
                if grammar.node_kind_for_id(id as u16) == Some(kind)
                    && let Some(slot) = names_only.get_mut(id * fields + usize::from(field(name)))
                {
                    *slot = true;
                }
            }
        }
        Table { grammar, shapes, names_only, fields }
    }

    /// Whether what stands in `field` of a node of this kind only names something.
    pub(crate) fn is_name(&self, kind: u16, field: u16) -> bool {
        self.names_only.get(usize::from(kind) * self.fields + usize::from(field)).copied().unwrap_or(false)
    }

    /// Kinds and fields named by `spec` that its grammar does not have.
    pub fn unknown_names(spec: &Spec) -> Vec<String> {
        let grammar = (spec.grammar)();
        let mut unknown = Vec::new();
        // A later table overrides an earlier one, and only what is in force must fit the grammar.
        let shapes: std::collections::BTreeMap<&str, Shape> =
            spec.shapes.iter().copied().flatten().copied().collect();
        for (kind, shape) in &shapes {
            if grammar.id_for_node_kind(kind, true) == 0 {
                unknown.push(format!("kind {kind}"));
            }
            let fields: Vec<&str> = match shape {
                Shape::Member(a, b)
                | Shape::Index(a, b)
                | Shape::Call(a, b)
                | Shape::New(a, b)
                | Shape::Named(a, b)
                | Shape::Pair(a, b)
                | Shape::Assign(a, b)
                | Shape::Augment(a, b)
                | Shape::Function(a, b)
                | Shape::Class(a, b)
                | Shape::If(a, b) => vec![a, b],
                Shape::Declare(a, b, c) | Shape::For(a, b, c) => vec![a, b, c],
                Shape::Binary(a) => vec![a],
                _ => vec![],
            };
            for field in fields {
                if !field.is_empty() && grammar.field_id_for_name(field).is_none() {
                    unknown.push(format!("field {field} of {kind}"));
                }
            }
        }
        unknown
    }
}

/// Whether a child in `field` of a node of this shape only names something: its text is taken, it is no read.
pub(crate) fn names_only(shape: Option<(Shape, [u16; 3])>, field: u16) -> bool {
    match shape {
        _ if field == 0 => false,
        Some((Shape::Member(..), fields)) => field == fields[1],
        Some((Shape::Named(..) | Shape::Function(..), fields)) => field == fields[0],
        Some((Shape::Class(..), fields)) => field == fields[0] || field == fields[1],
        Some((Shape::Declare(..), fields)) => field == fields[0] || field == fields[1],
        _ => false,
    }
}
