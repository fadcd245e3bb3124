//! Source bytes → [`Unit`]: one driver for all languages, over a table of node shapes and a few hooks each.
//!
//! The driver walks the syntax tree with a cursor and lowers a node after its children, so no input can
//! overflow the stack. What a language file says is: which node kinds have which [`Shape`], and, for what
//! no shape covers, hooks before ([`Spec::enter`]) and after ([`Spec::exit`]) a node's children.
//! A kind in no table gives a mixture of its children's values: a construct nobody thought of loses
//! precision, never data.

use std::collections::HashMap;
use std::collections::HashSet;
use std::ops::ControlFlow;

use tree_sitter::Node;
use tree_sitter::ParseOptions;
use tree_sitter::Parser;

use super::ir::Arg;
use super::ir::Class;
use super::ir::ClassId;
use super::ir::Func;
use super::ir::FuncId;
use super::ir::FuncKind;
use super::ir::Import;
use super::ir::Op;
use super::ir::OpId;
use super::ir::Param;
use super::ir::Place;
use super::ir::Strings;
use super::ir::Sym;
use super::ir::Unit;
use super::language::Language;
use crate::model::path::escape;

/// Files larger than this are not parsed (measured: a tree takes 20 to 66 times its source).
pub const MAX_FILE_BYTES: usize = 24 << 20;
/// Brackets nested deeper than this are nobody's hand and a parser's grief.
const MAX_NESTING: u32 = 4000;
/// Syntax nodes visited per file.
const MAX_NODES: u64 = 12_000_000;
/// Bytes of an excerpt.
const MAX_EXCERPT: usize = 160;
/// Bytes of one literal kept.
const MAX_LITERAL: usize = 1 << 16;

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

/// What a hook wants done with a node's children.
pub enum Enter {
    /// Visit them, then call `exit`.
    Descend,
    /// Leave them: this is the node's value.
    Done(Value),
}

/// What a lowered node gives to its parent.
#[derive(Clone, Debug, Default)]
pub enum Value {
    /// Nothing.
    #[default]
    None,
    /// A value.
    Op(OpId),
    /// Arguments of a call.
    Args(Vec<Arg>),
    /// A named argument.
    Named(Sym, OpId),
    /// A spread value.
    Spread(OpId),
    /// A map entry.
    Pair(OpId, OpId),
}

impl Value {
    /// The operation, of whatever this is.
    pub fn op(&self) -> Option<OpId> {
        match self {
            Value::Op(op) | Value::Named(_, op) | Value::Spread(op) | Value::Pair(_, op) => Some(*op),
            Value::None | Value::Args(_) => None,
        }
    }
}

/// A lowered child.
pub struct Kid<'t> {
    /// Its field in the parent; 0 for none.
    pub field: u16,
    /// The node.
    pub node: Node<'t>,
    /// What it gave.
    pub value: Value,
}

/// Lowers one file. `interesting` are the names whose lines are kept as excerpts.
pub fn lower(
    spec: &'static Spec,
    table: &Table,
    path: &str,
    bytes: &[u8],
    first_line: u32,
    interesting: &HashSet<Box<str>>,
) -> Unit {
    let mut unit = Unit {
        path: path.to_owned(),
        language: spec.language,
        strings: Strings::default(),
        funcs: vec![Func { kind: FuncKind::Top, ..Func::default() }],
        classes: Vec::new(),
        imports: Vec::new(),
        package: None,
        excerpts: HashMap::new(),
        bytes: bytes.len() as u64,
        error_bytes: 0,
        cut: None,
    };
    if bytes.len() > MAX_FILE_BYTES {
        unit.cut = Some(format!("larger than {} MiB: not parsed", MAX_FILE_BYTES >> 20));
        return unit;
    }
    let nesting = nesting(bytes);
    if nesting > MAX_NESTING {
        unit.cut = Some(format!(
            "brackets {nesting} deep exceed what is followed ({MAX_NESTING}): searched as text alone"
        ));
        return unit;
    }
    let mut parser = Parser::new();
    if parser.set_language(&table.grammar).is_err() {
        unit.cut = Some("the grammar does not fit this program".to_owned());
        return unit;
    }
    // The bound counts the parser's own steps, not time: the same file is cut at the same place everywhere.
    let mut left = 20_000 + bytes.len() as u64 / 2;
    let mut stop = |_: &tree_sitter::ParseState| {
        left = left.saturating_sub(1);
        if left == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let options = ParseOptions::new().progress_callback(&mut stop);
    let mut input = |at: usize, _| bytes.get(at..).unwrap_or_default();
    let Some(tree) = parser.parse_with_options(&mut input, None, Some(options)) else {
        unit.cut = Some("the parser gave up within its step limit".to_owned());
        return unit;
    };
    let mut lowering = Lowering {
        src: bytes,
        unit,
        spec,
        table,
        interesting,
        functions: vec![0],
        classes: Vec::new(),
        first_line: first_line.max(1),
        kept: Vec::new(),
        bound: HashSet::new(),
        errors: Vec::new(),
    };
    let root = tree.root_node();
    lowering.walk(root);
    lowering.second_opinion(root);
    lowering.unit
}

/// The shapes of one grammar by node kind id, resolved once.
pub struct Table {
    grammar: tree_sitter::Language,
    shapes: Vec<Option<(Shape, [u16; 3])>>,
    names_only: HashSet<(u16, u16)>,
}

impl Table {
    /// Resolves the names of `spec` against its grammar.
    pub fn new(spec: &Spec) -> Table {
        let grammar = (spec.grammar)();
        let by_name: HashMap<&str, Shape> = spec.shapes.iter().copied().flatten().copied().collect();
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
        let mut names_only = HashSet::new();
        for id in 0..grammar.node_kind_count() as u16 {
            for (kind, name) in spec.names_only {
                if grammar.node_kind_for_id(id) == Some(kind) {
                    names_only.insert((id, field(name)));
                }
            }
        }
        Table { grammar, shapes, names_only }
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

/// The state of lowering one file; what hooks build with.
pub struct Lowering<'t> {
    /// The file.
    pub src: &'t [u8],
    /// What was built so far.
    pub unit: Unit,
    spec: &'static Spec,
    table: &'t Table,
    interesting: &'t HashSet<Box<str>>,
    functions: Vec<FuncId>,
    classes: Vec<ClassId>,
    first_line: u32,
    /// Values a language file keeps for later nodes.
    pub kept: Vec<OpId>,
    /// Names the file binds, for languages in which an unbound name means something else.
    pub bound: HashSet<&'t str>,
    /// Byte ranges under ERROR nodes.
    errors: Vec<std::ops::Range<usize>>,
}

struct Frame<'t> {
    node: Node<'t>,
    field: u16,
    shape: Option<(Shape, [u16; 3])>,
    kids: usize,
    opened: bool,
}

impl<'t> Lowering<'t> {
    /// The text of `node`; empty where it is not UTF-8.
    pub fn text(&self, node: Node<'t>) -> &'t str {
        self.src.get(node.byte_range()).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or("")
    }

    /// The symbol of `text`.
    pub fn sym(&mut self, text: &str) -> Sym {
        if self.spec.ignore_case && text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return self.unit.strings.intern(&text.to_ascii_lowercase());
        }
        self.unit.strings.intern(text)
    }

    /// The symbol of a node's text.
    pub fn sym_of(&mut self, node: Node<'t>) -> Sym {
        let text = self.text(node);
        self.sym(text)
    }

    /// The id of a field by name, for comparing with [`Kid::field`].
    pub fn field(&self, name: &str) -> u16 {
        self.table.grammar.field_id_for_name(name).map_or(0, u16::from)
    }

    /// The value of the first of `kids` in the field called `name`.
    pub fn kid(&self, kids: &[Kid<'t>], name: &str) -> Option<OpId> {
        let field = self.field(name);
        kids.iter().find(|kid| field != 0 && kid.field == field).and_then(|kid| kid.value.op())
    }

    /// Adds an operation to the current function, at `node`.
    pub fn emit(&mut self, node: Node<'t>, op: Op) -> OpId {
        let start = node.start_position();
        let line = self.first_line + start.row as u32;
        let symbol = match &op {
            Op::Name(name) | Op::Field(_, name) => Some(*name),
            _ => None,
        };
        // A member's name may stand lines below the start of its expression (call chains).
        let end = node.end_position();
        let place = Place {
            line: if matches!(op, Op::Field(..)) { self.first_line + end.row as u32 } else { line },
            column: start.column as u32 + 1,
            end_line: self.first_line + end.row as u32,
        };
        if let Some(symbol) = symbol
            && self.interesting.contains(self.unit.strings.get(symbol))
        {
            self.keep_excerpt(
                place.line,
                if place.line == line { node.start_byte() } else { node.end_byte() },
            );
        }
        let function = self.current();
        function.ops.push(op);
        function.places.push(place);
        (function.ops.len() - 1) as OpId
    }

    /// Adds a literal string.
    pub fn string(&mut self, node: Node<'t>, text: &str) -> OpId {
        let mut end = text.len().min(MAX_LITERAL);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let symbol = self.unit.strings.intern(text.get(..end).unwrap_or(""));
        self.emit(node, Op::Str(symbol))
    }

    /// Adds a read of the name `text`; `a.b` and `a::b` become members.
    pub fn path(&mut self, node: Node<'t>, text: &str) -> OpId {
        let mut parts = text.split(['.', ':', '\\']).map(str::trim).filter(|part| !part.is_empty());
        let first = parts.next().unwrap_or("");
        let symbol = self.sym(first);
        let mut op = self.emit(node, Op::Name(symbol));
        for part in parts {
            let symbol = self.sym(part);
            op = self.emit(node, Op::Field(op, symbol));
        }
        op
    }

    /// Adds a call.
    pub fn call(&mut self, node: Node<'t>, callee: OpId, args: Vec<Arg>, new: bool) -> OpId {
        self.emit(node, Op::Call { callee, args: args.into(), new })
    }

    /// The call that `kids` spell: callee and arguments by field.
    pub fn call_of(&mut self, node: Node<'t>, kids: &[Kid<'t>], callee: u16, args: u16, new: bool) -> Value {
        let find = |field: u16| kids.iter().find(|kid| field != 0 && kid.field == field);
        let args = match find(args) {
            Some(Kid { value: Value::Args(args), .. }) => args.clone(),
            Some(kid) => {
                kid.value.op().map(|value| Arg { name: 0, value, spread: false }).into_iter().collect()
            }
            None => Vec::new(),
        };
        match find(callee).and_then(|kid| kid.value.op()) {
            Some(callee) => Value::Op(self.call(node, callee, args, new)),
            None => self.mix(node, kids),
        }
    }

    /// The operation last added to the current function.
    pub fn last_op(&mut self) -> Option<OpId> {
        (self.current().ops.len() as OpId).checked_sub(1)
    }

    /// The handler at `handler` does nothing with an error of the statement around it.
    pub fn swallow(&mut self, handler: Node<'t>) {
        let mut whole = handler.parent().unwrap_or(handler);
        if whole.kind() == "catch_clauses" {
            whole = whole.parent().unwrap_or(whole);
        }
        self.emit(whole, Op::Swallow);
    }

    /// Stores `value` in the place `target` reads.
    pub fn assign(&mut self, node: Node<'t>, target: OpId, value: OpId, augment: bool) {
        self.emit(node, Op::Assign { target, value, augment });
    }

    /// The callee of the call `op` is, if it is one called by a plain name.
    pub fn called_name(&mut self, op: OpId) -> Option<&str> {
        let function = self.current();
        let Some(Op::Call { callee, .. }) = function.ops.get(op as usize) else { return None };
        let Some(Op::Name(name)) = function.ops.get(*callee as usize) else { return None };
        let name = *name;
        Some(self.unit.strings.get(name))
    }

    /// The literal text `op` is.
    pub fn literal_of(&mut self, op: OpId) -> Option<String> {
        let Some(Op::Str(symbol)) = self.current().ops.get(op as usize) else { return None };
        let symbol = *symbol;
        Some(self.unit.strings.get(symbol).to_owned())
    }

    /// Gives the call `op` one more argument, which must stand before it.
    pub fn add_argument(&mut self, op: OpId, name: &str, value: OpId) {
        let name = self.sym(name);
        if value < op
            && let Some(Op::Call { args, .. }) = self.current().ops.get_mut(op as usize)
        {
            let mut all = std::mem::take(args).into_vec();
            all.push(Arg { name, value, spread: false });
            *args = all.into();
        }
    }

    /// The call `op` again, after everything so far, with one more argument; the first one is taken back.
    pub fn call_again(&mut self, node: Node<'t>, op: OpId, name: &str, value: OpId) -> OpId {
        let name = self.sym(name);
        let Some(slot) = self.current().ops.get_mut(op as usize) else { return op };
        if !matches!(slot, Op::Call { .. }) {
            return op;
        }
        let Op::Call { callee, args, new } = std::mem::replace(slot, Op::Literal(0)) else { return op };
        let mut args = args.into_vec();
        args.push(Arg { name, value, spread: false });
        self.emit(node, Op::Call { callee, args: args.into(), new })
    }

    /// Takes back a read that turned out to be the name of something declared.
    pub fn unread(&mut self, op: OpId) {
        if let Some(slot @ Op::Name(_)) = self.current().ops.get_mut(op as usize) {
            *slot = Op::Literal(0);
        }
    }

    /// Declares a parameter of the current function; `ty` as written.
    pub fn param(&mut self, name: &str, ty: &str, receiver: bool) {
        let name = self.sym(name);
        let ty = self.type_sym(ty);
        self.current().params.push(Param { name, ty, receiver });
    }

    /// The symbol of a declared type without decoration; 0 for none.
    pub fn type_sym(&mut self, ty: &str) -> Sym {
        let name = type_name(ty);
        if name.is_empty() { 0 } else { self.sym(name) }
    }

    /// Declares a variable.
    pub fn declare(&mut self, node: Node<'t>, name: &str, ty: &str, value: Option<OpId>) -> OpId {
        let name = self.sym(name);
        let ty = self.type_sym(ty);
        self.emit(node, Op::Declare { name, ty, value })
    }

    /// Records an import.
    pub fn import(&mut self, node: Node<'t>, path: &str, local: &str, wildcard: bool) {
        let path = self.sym(path);
        let local = self.sym(local);
        let line = self.first_line + node.start_position().row as u32;
        self.unit.imports.push(Import { path, local, wildcard, line });
        let last = self.unit.strings.get(path).rsplit(['.', '/', ':', '\\']).next().unwrap_or("");
        if self.interesting.contains(last) {
            self.keep_excerpt(line, node.start_byte());
        }
    }

    /// Whether the current function is directly the body of a class.
    pub fn in_class_body(&self) -> bool {
        self.functions
            .last()
            .and_then(|id| self.unit.funcs.get(*id as usize))
            .is_some_and(|function| function.kind == FuncKind::ClassBody)
    }

    /// The class whose body is being lowered, where the current function is one of its methods or its body.
    pub fn current_class(&self) -> Option<ClassId> {
        self.functions.last().and_then(|id| self.unit.funcs.get(*id as usize)).and_then(|f| f.class)
    }

    /// The current function, to be completed by hooks (its class, its name).
    pub fn current(&mut self) -> &mut Func {
        let id = self.functions.last().copied().unwrap_or(0) as usize;
        // Function 0 always exists; ids on the stack are of functions that were pushed.
        let id = id.min(self.unit.funcs.len() - 1);
        &mut self.unit.funcs[id]
    }

    /// The class named `name`, made if the file has not declared it yet: where methods stand outside it.
    pub fn class_named(&mut self, name: &str) -> ClassId {
        let name = self.sym(type_name(name));
        if let Some(id) = self.unit.classes.iter().position(|class| class.name == name) {
            return id as ClassId;
        }
        let body = self.unit.funcs.len() as FuncId;
        let id = self.unit.classes.len() as ClassId;
        self.unit.funcs.push(Func {
            kind: FuncKind::ClassBody,
            class: Some(id),
            parent: Some(0),
            ..Func::default()
        });
        self.unit.classes.push(Class { name, bases: Vec::new(), body });
        id
    }

    /// Begins a function at `node`.
    pub fn begin_function(&mut self, node: Node<'t>, name: &str, kind: FuncKind) -> FuncId {
        let name = self.sym(name);
        let class = if self.in_class_body() { self.current_class() } else { None };
        let id = self.unit.funcs.len() as FuncId;
        let parent = self.functions.last().copied();
        let place = Place {
            line: self.first_line + node.start_position().row as u32,
            column: node.start_position().column as u32 + 1,
            end_line: self.first_line + node.end_position().row as u32,
        };
        self.unit.funcs.push(Func { name, kind, class, parent, place, ..Func::default() });
        self.functions.push(id);
        id
    }

    /// Ends the current function and gives it as a value in the enclosing one.
    pub fn end_function(&mut self, node: Node<'t>) -> OpId {
        let id = if self.functions.len() > 1 { self.functions.pop().unwrap_or(0) } else { 0 };
        self.emit(node, Op::Func(id))
    }

    /// Begins a class at `node`; its body is a function of its own.
    pub fn begin_class(&mut self, node: Node<'t>, name: &str, bases: Vec<String>) {
        let id = self.class_named(name);
        let bases: Vec<Sym> =
            bases.iter().map(|base| self.type_sym(base)).filter(|base| *base != 0).collect();
        let parent = self.functions.last().copied();
        let place = Place { line: self.first_line + node.start_position().row as u32, ..Place::default() };
        let Some(class) = self.unit.classes.get_mut(id as usize) else { return };
        class.bases.extend(bases);
        let body = class.body;
        if let Some(function) = self.unit.funcs.get_mut(body as usize) {
            function.parent = parent;
            function.place = place;
        }
        self.functions.push(body);
        self.classes.push(id);
    }

    /// Ends the current class and gives it as a value in the enclosing function.
    pub fn end_class(&mut self, node: Node<'t>) -> OpId {
        if self.functions.len() > 1 {
            self.functions.pop();
        }
        let id = self.classes.pop().unwrap_or(0);
        self.emit(node, Op::Class(id))
    }

    /// The arguments among `kids`: positional, named, spread.
    pub fn args(kids: &[Kid<'t>]) -> Vec<Arg> {
        kids.iter()
            .filter_map(|kid| match kid.value {
                Value::Op(value) => Some(Arg { name: 0, value, spread: false }),
                Value::Named(name, value) => Some(Arg { name, value, spread: false }),
                Value::Spread(value) => Some(Arg { name: 0, value, spread: true }),
                _ => None,
            })
            .collect()
    }

    /// One value of `kids`: the only one, or a mixture.
    pub fn mix(&mut self, node: Node<'t>, kids: &[Kid<'t>]) -> Value {
        let ops: Vec<OpId> = kids.iter().filter_map(|kid| kid.value.op()).collect();
        match ops.as_slice() {
            [] => Value::None,
            [one] => Value::Op(*one),
            _ => Value::Op(self.emit(node, Op::Any(ops.into()))),
        }
    }

    /// Calls that stand in ranges the grammar could not read, by their spelling: a catalogued name before an
    /// opening bracket, unless the tree showed a use of it on the same line.
    fn second_opinion(&mut self, root: Node<'t>) {
        let errors = std::mem::take(&mut self.errors);
        if errors.is_empty() {
            return;
        }
        let mut known: HashSet<(u32, Sym)> = HashSet::new();
        for function in &self.unit.funcs {
            for (op, place) in function.ops.iter().zip(&function.places) {
                if let Op::Call { callee, .. } = op
                    && let Some(Op::Name(name) | Op::Field(_, name)) = function.ops.get(*callee as usize)
                {
                    known
                        .extend((place.line..=place.end_line.min(place.line + 40)).map(|line| (line, *name)));
                }
            }
        }
        let mut done = 0;
        for range in errors {
            let range = range.start.max(done)..range.end;
            done = done.max(range.end);
            for (at, path) in called_names(self.src.get(range.clone()).unwrap_or_default()) {
                let last = path.rsplit(['.', ':', '>']).next().unwrap_or(path);
                let last = if self.spec.ignore_case { last.to_ascii_lowercase() } else { last.to_owned() };
                if !self.interesting.contains(last.as_str()) {
                    continue;
                }
                let at = range.start + at;
                let Some(node) = root.descendant_for_byte_range(at, at + 1) else { continue };
                let symbol = self.sym(&last);
                let line = self.first_line + node.start_position().row as u32;
                if known.insert((line, symbol)) {
                    let path = path.replace("->", ".");
                    let callee = self.path(node, &path);
                    self.call(node, callee, Vec::new(), false);
                }
            }
        }
    }

    fn keep_excerpt(&mut self, line: u32, at: usize) {
        if self.unit.excerpts.contains_key(&line) {
            return;
        }
        let at = at.min(self.src.len());
        let before = self.src.get(at.saturating_sub(MAX_EXCERPT)..at).unwrap_or_default();
        let start = before
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(at - before.len(), |i| at - before.len() + i + 1);
        let after = self.src.get(at..(at + MAX_EXCERPT).min(self.src.len())).unwrap_or_default();
        let end = after.iter().position(|byte| *byte == b'\n').map_or(at + after.len(), |i| at + i);
        let text = self.src.get(start..end).unwrap_or_default();
        let text = escape(text.trim_ascii());
        let text: String = text.chars().take(MAX_EXCERPT).collect();
        self.unit.excerpts.insert(line, text.into());
    }

    fn walk(&mut self, root: Node<'t>) {
        let mut cursor = root.walk();
        let mut frames: Vec<Frame<'t>> = Vec::new();
        let mut kids: Vec<Kid<'t>> = Vec::new();
        let mut nodes = 0u64;
        loop {
            let node = cursor.node();
            nodes += 1;
            if nodes > MAX_NODES {
                self.unit.cut = Some(format!(
                    "more than {MAX_NODES} syntax nodes: read up to line {}",
                    node.start_position().row + 1
                ));
                return;
            }
            let named = node.is_named();
            let mut value = Value::None;
            let mut done = !named;
            let mut field = 0;
            if named {
                field = cursor.field_id().map_or(0, u16::from);
                if let Some(parent) = frames.last_mut() {
                    self.before_child(parent, field, &kids);
                }
                if node.is_error() {
                    self.unit.error_bytes += node.byte_range().len() as u64;
                    self.errors.push(node.byte_range());
                }
                let bare_name = frames.last().is_some_and(|parent| {
                    names_only(parent.shape, field)
                        || self.table.names_only.contains(&(parent.node.kind_id(), field))
                });
                let own = self.table.shapes.get(usize::from(node.kind_id())).copied().flatten();
                let shape = if bare_name && !matches!(own, Some((Shape::Hook, _))) {
                    Some((Shape::Skip, [0; 3]))
                } else {
                    own
                };
                match self.enter(node, shape) {
                    Enter::Done(leaf) => {
                        value = leaf;
                        done = true;
                    }
                    Enter::Descend => {
                        let opened = matches!(shape, Some((Shape::Branch, _)));
                        let frame = Frame { node, field, shape, kids: kids.len(), opened };
                        if cursor.goto_first_child() {
                            frames.push(frame);
                            continue;
                        }
                        value = self.exit(&frame, &[]);
                        done = true;
                    }
                }
            }
            debug_assert!(done);
            let mut finished = (named, field, node, value);
            loop {
                let (named, field, node, value) = finished;
                if named && !frames.is_empty() {
                    kids.push(Kid { field, node, value });
                    if let (Some(parent), Some(kid)) = (frames.last_mut(), kids.last()) {
                        if let Some((Shape::Hook, _)) = parent.shape {
                            let so_far = kids.get(parent.kids..).unwrap_or_default();
                            (self.spec.between)(self, parent.node, so_far);
                        }
                        self.after_child(parent, kid);
                    }
                }
                if frames.is_empty() {
                    return;
                }
                if cursor.goto_next_sibling() {
                    break;
                }
                cursor.goto_parent();
                let Some(frame) = frames.pop() else { return };
                let start = frame.kids.min(kids.len());
                let value = self.exit(&frame, kids.get(start..).unwrap_or_default());
                kids.truncate(start);
                finished = (true, frame.field, frame.node, value);
            }
        }
    }

    fn enter(&mut self, node: Node<'t>, shape: Option<(Shape, [u16; 3])>) -> Enter {
        let Some((shape, fields)) = shape else { return Enter::Descend };
        match shape {
            Shape::Skip => Enter::Done(Value::None),
            Shape::Name => {
                let symbol = self.sym_of(node);
                Enter::Done(Value::Op(self.emit(node, Op::Name(symbol))))
            }
            Shape::Str => {
                let text = (self.spec.literal)(self, node);
                Enter::Done(Value::Op(self.string(node, &text)))
            }
            Shape::Int => {
                let op = parse_int(self.text(node)).map_or(Op::Literal(0), Op::Int);
                Enter::Done(Value::Op(self.emit(node, op)))
            }
            Shape::Literal => {
                let text = self.text(node);
                let symbol = if text.len() <= 8 { self.sym(text) } else { 0 };
                Enter::Done(Value::Op(self.emit(node, Op::Literal(symbol))))
            }
            Shape::Function(..) => {
                let name = node.child_by_field_id(fields[0]).map_or("", |name| self.text(name));
                let kind = if name.is_empty() { FuncKind::Closure } else { FuncKind::Named };
                self.begin_function(node, name, kind);
                (self.spec.params)(self, node);
                Enter::Descend
            }
            Shape::Class(..) => {
                let name = node.child_by_field_id(fields[0]).map_or("", |name| self.text(name));
                let bases =
                    node.child_by_field_id(fields[1]).map(|bases| self.base_names(bases)).unwrap_or_default();
                self.begin_class(node, name, bases);
                Enter::Descend
            }
            Shape::Branch => {
                self.emit(node, Op::Branch(None));
                Enter::Descend
            }
            Shape::Hook => (self.spec.enter)(self, node),
            _ => Enter::Descend,
        }
    }

    /// The names in a list of bases: every child without arguments of its own.
    pub fn base_names(&self, bases: Node<'t>) -> Vec<String> {
        let mut cursor = bases.walk();
        let names: Vec<String> = bases
            .named_children(&mut cursor)
            .filter(|child| !child.is_extra() && child.kind() != "keyword_argument")
            .take(32)
            .map(|child| self.text(child).to_owned())
            .collect();
        if names.is_empty() { vec![self.text(bases).to_owned()] } else { names }
    }

    fn before_child(&mut self, parent: &mut Frame<'t>, field: u16, kids: &[Kid<'t>]) {
        match parent.shape {
            Some((Shape::If(..), [_, alternative, _]))
                if parent.opened && field == alternative && field != 0 =>
            {
                self.emit(parent.node, Op::Else);
            }
            Some((Shape::For(..), fields)) if !parent.opened && field == fields[2] && field != 0 => {
                parent.opened = true;
                self.bind_elements(parent.node, fields, kids.get(parent.kids..).unwrap_or_default());
                self.emit(parent.node, Op::Branch(None));
            }
            _ => {}
        }
    }

    fn after_child(&mut self, parent: &mut Frame<'t>, kid: &Kid<'t>) {
        if let Some((Shape::If(..), [condition, ..])) = parent.shape
            && !parent.opened
            && kid.field == condition
        {
            parent.opened = true;
            let op = kid.value.op();
            self.emit(parent.node, Op::Branch(op));
        }
    }

    fn bind_elements(&mut self, node: Node<'t>, fields: [u16; 3], kids: &[Kid<'t>]) {
        let find = |field: u16| kids.iter().find(|kid| kid.field == field).and_then(|kid| kid.value.op());
        if let (Some(target), Some(iterated)) = (find(fields[0]), find(fields[1])) {
            let value = self.emit(node, Op::Element(iterated));
            self.emit(node, Op::Assign { target, value, augment: false });
        }
    }

    fn exit(&mut self, frame: &Frame<'t>, kids: &[Kid<'t>]) -> Value {
        let node = frame.node;
        let Some((shape, fields)) = frame.shape else { return self.mix(node, kids) };
        let find = |field: u16| kids.iter().find(|kid| field != 0 && kid.field == field);
        let op_in = |field: u16| find(field).and_then(|kid| kid.value.op());
        match shape {
            Shape::Skip | Shape::Block | Shape::Name | Shape::Str | Shape::Int | Shape::Literal => {
                Value::None
            }
            Shape::Pass => self.mix(node, kids),
            Shape::Hook => (self.spec.exit)(self, node, kids),
            Shape::Template => {
                let parts: Vec<OpId> = kids.iter().filter_map(|kid| kid.value.op()).collect();
                Value::Op(match parts.as_slice() {
                    [] => self.string(node, ""),
                    [one] if matches!(self.current().ops.get(*one as usize), Some(Op::Str(_))) => *one,
                    _ => self.emit(node, Op::Concat(parts.into())),
                })
            }
            Shape::Member(..) => {
                let name = find(fields[1]).map(|kid| kid.node);
                match (op_in(fields[0]), name) {
                    (Some(object), Some(name)) => {
                        let symbol = self.sym_of(name);
                        Value::Op(self.emit(node, Op::Field(object, symbol)))
                    }
                    _ => self.mix(node, kids),
                }
            }
            Shape::Index(..) => match (op_in(fields[0]), op_in(fields[1])) {
                (Some(object), Some(index)) => Value::Op(self.emit(node, Op::Index(object, index))),
                (Some(object), None) => Value::Op(self.emit(node, Op::Element(object))),
                _ => self.mix(node, kids),
            },
            Shape::Call(..) => self.call_of(node, kids, fields[0], fields[1], false),
            Shape::New(..) => self.call_of(node, kids, fields[0], fields[1], true),
            Shape::Args => Value::Args(Self::args(kids)),
            Shape::Named(..) => match (find(fields[0]), op_in(fields[1])) {
                (Some(name), Some(value)) => Value::Named(self.sym_of(name.node), value),
                _ => self.mix(node, kids),
            },
            Shape::Spread => match self.mix(node, kids) {
                Value::Op(op) => Value::Spread(op),
                other => other,
            },
            Shape::List => {
                let ops: Vec<OpId> = kids.iter().filter_map(|kid| kid.value.op()).collect();
                Value::Op(self.emit(node, Op::List(ops.into())))
            }
            Shape::Dict => {
                let mut pairs = Vec::new();
                for kid in kids {
                    match kid.value {
                        Value::Pair(key, value) => pairs.push((key, value)),
                        Value::Op(value) | Value::Spread(value) => pairs.push((value, value)),
                        _ => {}
                    }
                }
                Value::Op(self.emit(node, Op::Dict(pairs.into())))
            }
            Shape::Pair(..) => match (find(fields[0]), op_in(fields[1])) {
                (Some(key), Some(value)) => {
                    let key = match key.value.op() {
                        Some(op) => op,
                        None => {
                            let text = self.text(key.node);
                            self.string(key.node, text)
                        }
                    };
                    Value::Pair(key, value)
                }
                _ => self.mix(node, kids),
            },
            Shape::Assign(..) | Shape::Augment(..) => {
                let augment = matches!(shape, Shape::Augment(..));
                match (op_in(fields[0]), op_in(fields[1])) {
                    (Some(target), Some(value)) => {
                        self.emit(node, Op::Assign { target, value, augment });
                        Value::Op(value)
                    }
                    _ => self.mix(node, kids),
                }
            }
            Shape::Binary(_) => {
                let operator = node.child_by_field_id(fields[0]).map_or("", |node| self.text(node));
                self.binary(node, operator, kids)
            }
            Shape::Compare => {
                let ops: Vec<OpId> = kids.iter().filter_map(|kid| kid.value.op()).collect();
                Value::Op(self.emit(node, Op::Compare(ops.into())))
            }
            Shape::Declare(..) => {
                let name = node.child_by_field_id(fields[0]).map_or("", |name| self.text(name));
                let ty = node.child_by_field_id(fields[1]).map_or("", |ty| self.text(ty));
                let value = op_in(fields[2]);
                self.declare(node, name, ty, value);
                Value::None
            }
            Shape::Function(..) => {
                if let Some(value) = op_in(fields[1]) {
                    self.emit(node, Op::Return(Some(value)));
                }
                let value = self.end_function(node);
                let name = node.child_by_field_id(fields[0]).map_or("", |name| self.text(name));
                if !name.is_empty() {
                    self.declare(node, name, "", Some(value));
                }
                Value::Op(value)
            }
            Shape::Class(..) => {
                let value = self.end_class(node);
                let name = node.child_by_field_id(fields[0]).map_or("", |name| self.text(name));
                if !name.is_empty() {
                    self.declare(node, name, "", Some(value));
                }
                Value::Op(value)
            }
            Shape::Return => {
                let value = self.mix(node, kids).op();
                self.emit(node, Op::Return(value));
                Value::None
            }
            Shape::Leave => {
                self.emit(node, Op::Leave);
                Value::None
            }
            Shape::If(..) => {
                if frame.opened {
                    self.emit(node, Op::End);
                }
                let branches: Vec<OpId> = kids
                    .iter()
                    .filter(|kid| kid.field != fields[0])
                    .filter_map(|kid| kid.value.op())
                    .collect();
                match branches.as_slice() {
                    [] => Value::None,
                    [one] => Value::Op(*one),
                    _ => Value::Op(self.emit(node, Op::Any(branches.into()))),
                }
            }
            Shape::Branch => {
                self.emit(node, Op::End);
                self.mix(node, kids)
            }
            Shape::For(..) => {
                if frame.opened {
                    self.emit(node, Op::End);
                } else {
                    self.bind_elements(node, fields, kids);
                }
                Value::None
            }
        }
    }

    /// A binary operation by its operator's text.
    pub fn binary(&mut self, node: Node<'t>, operator: &str, kids: &[Kid<'t>]) -> Value {
        let ops: Vec<OpId> = kids.iter().filter_map(|kid| kid.value.op()).collect();
        if ops.is_empty() {
            return Value::None;
        }
        let op = match operator {
            "+" | "." | ".." | "<<" => Op::Concat(ops.into()),
            "==" | "!=" | "<" | ">" | "<=" | ">=" | "===" | "!==" | "<=>" | "in" | "instanceof" | "is"
            | "as?" | "=~" | "!~" | "not in" | "is not" => Op::Compare(ops.into()),
            _ => Op::Any(ops.into()),
        };
        Value::Op(self.emit(node, op))
    }
}

/// Dotted names directly before an opening bracket in `text`, with the offset of their last part.
fn called_names(text: &[u8]) -> Vec<(usize, &str)> {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let mut found = Vec::new();
    for bracket in memchr::memchr_iter(b'(', text).take(10_000) {
        let before = text.get(..bracket).unwrap_or_default().trim_ascii_end();
        let name = before.iter().rev().take(200).take_while(|byte| word(**byte)).count();
        if name == 0 {
            continue;
        }
        let path = before
            .iter()
            .rev()
            .take(200)
            .take_while(|byte| word(**byte) || matches!(byte, b'.' | b':' | b'-' | b'>'))
            .count();
        let path = before.get(before.len() - path..).and_then(|path| std::str::from_utf8(path).ok());
        if let Some(path) = path {
            found.push((before.len() - name, path.trim_start_matches(['.', ':', '-', '>'])));
        }
    }
    found
}

/// How deep brackets nest, taking every bracket for one (in strings and comments too): an upper bound.
fn nesting(bytes: &[u8]) -> u32 {
    let (mut depth, mut deepest) = (0u32, 0u32);
    for byte in bytes {
        match byte {
            b'(' | b'[' | b'{' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

/// Visits every named node below `root`, without recursion.
pub fn each_node<'t>(root: Node<'t>, mut visit: impl FnMut(Node<'t>)) {
    let mut cursor = root.walk();
    loop {
        if cursor.node().is_named() {
            visit(cursor.node());
        }
        if cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return;
            }
        }
    }
}

/// Whether a child in `field` of a node of this shape only names something: its text is taken, it is no read.
fn names_only(shape: Option<(Shape, [u16; 3])>, field: u16) -> bool {
    match shape {
        _ if field == 0 => false,
        Some((Shape::Member(..), fields)) => field == fields[1],
        Some((Shape::Named(..) | Shape::Function(..), fields)) => field == fields[0],
        Some((Shape::Class(..), fields)) => field == fields[0] || field == fields[1],
        Some((Shape::Declare(..), fields)) => field == fields[0] || field == fields[1],
        _ => false,
    }
}

/// The name of a type without qualifiers, references, generics and well-known wrappers.
pub fn type_name(ty: &str) -> &str {
    const WRAPPERS: [&str; 24] = [
        "Optional",
        "Option",
        "Arc",
        "Rc",
        "Box",
        "Mutex",
        "RwLock",
        "Promise",
        "Awaitable",
        "Task",
        "ValueTask",
        "Future",
        "CompletableFuture",
        "unique_ptr",
        "shared_ptr",
        "std::unique_ptr",
        "std::shared_ptr",
        "typing.Optional",
        "Type",
        "Ref",
        "Lazy",
        "ThreadLocal",
        "Result",
        "auto_ptr",
    ];
    let mut ty = ty.trim();
    for _ in 0..8 {
        ty = ty.trim_matches(|c: char| {
            c.is_whitespace() || matches!(c, '&' | '*' | '?' | '!' | ':' | '"' | '\'' | '(' | ')' | '@')
        });
        let mut stripped = false;
        for word in [
            "const ",
            "mut ",
            "static ",
            "final ",
            "readonly ",
            "struct ",
            "dyn ",
            "impl ",
            "class ",
            "volatile ",
            "unsigned ",
            "extern ",
            "inline ",
            "enum ",
            "union ",
        ] {
            if let Some(rest) = ty.strip_prefix(word) {
                ty = rest;
                stripped = true;
            }
        }
        let cut = ty.find(['<', '[', '{', '|', ' ']).unwrap_or(ty.len());
        let (name, rest) = ty.split_at(cut);
        if WRAPPERS.contains(&name) && rest.len() > 2 {
            let inner = rest.get(1..rest.len() - 1).unwrap_or("");
            ty = inner.split(',').next().unwrap_or("");
            continue;
        }
        if !stripped && rest.is_empty() {
            break;
        }
        ty = name;
    }
    if ty.len() > 200 { "" } else { ty }
}

/// The value of a whole-number literal in decimal, hexadecimal, octal or binary.
pub fn parse_int(text: &str) -> Option<i64> {
    let text: String = text.chars().filter(|c| *c != '_' && *c != '\'').collect();
    let text = text.trim_end_matches(['u', 'U', 'l', 'L', 'n']);
    if let Some(hex) = text.strip_prefix("0x").or(text.strip_prefix("0X")) {
        return i64::from_str_radix(hex, 16).ok();
    }
    if let Some(binary) = text.strip_prefix("0b").or(text.strip_prefix("0B")) {
        return i64::from_str_radix(binary, 2).ok();
    }
    if let Some(octal) = text.strip_prefix("0o").or(text.strip_prefix("0O")) {
        return i64::from_str_radix(octal, 8).ok();
    }
    text.parse().ok()
}

/// `text` with the escapes most languages share resolved: `\n \t \xHH \uHHHH \u{…} \UHHHHHHHH \ooo`.
pub fn unescape_literal(text: &str) -> String {
    if !text.contains('\\') {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        let digits = |chars: &mut std::iter::Peekable<std::str::Chars>, radix: u32, most: usize| {
            let mut value = 0u32;
            let mut seen = 0;
            while seen < most {
                let Some(digit) = chars.peek().and_then(|c| c.to_digit(radix)) else { break };
                value = value.wrapping_mul(radix).wrapping_add(digit);
                chars.next();
                seen += 1;
            }
            value
        };
        match chars.next() {
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some('r') => out.push('\r'),
            Some('e') => out.push('\u{1b}'),
            Some('x') => out.extend(char::from_u32(digits(&mut chars, 16, 2))),
            Some('u') if chars.peek() == Some(&'{') => {
                chars.next();
                out.extend(char::from_u32(digits(&mut chars, 16, 8)));
                if chars.peek() == Some(&'}') {
                    chars.next();
                }
            }
            Some('u') => out.extend(char::from_u32(digits(&mut chars, 16, 4))),
            Some('U') => out.extend(char::from_u32(digits(&mut chars, 16, 8))),
            Some(octal @ '0'..='7') => {
                let rest = digits(&mut chars, 8, 2);
                let first = octal.to_digit(8).unwrap_or(0);
                let value = if rest >= 8 || first > 0 { first * 64 + rest } else { rest };
                out.extend(char::from_u32(if rest < 8 && first > 0 { first * 8 + rest } else { value }));
            }
            Some('\n') | None => {}
            Some(other) => out.push(other),
        }
    }
    out
}

/// The text of a node between its first and last quote, unescaped: for grammars whose strings are leaves.
pub fn quoted_literal(lowering: &Lowering<'_>, node: Node<'_>) -> String {
    let text = lowering.src.get(node.byte_range()).unwrap_or_default();
    let text = String::from_utf8_lossy(text);
    let quote = |c: char| c == '"' || c == '\'' || c == '`';
    match (text.find(quote), text.rfind(quote)) {
        (Some(start), Some(end)) if start < end => unescape_literal(text.get(start + 1..end).unwrap_or("")),
        _ => unescape_literal(&text),
    }
}
