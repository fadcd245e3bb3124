//! Source bytes → [`Unit`]: one driver for all languages, over a table of node shapes and a few hooks each.
//!
//! The driver walks the syntax tree with a cursor and lowers a node after its children, so no input can
//! overflow the stack. What a language file says is: which node kinds have which [`Shape`], and, for what
//! no shape covers, hooks before ([`Spec::enter`]) and after ([`Spec::exit`]) a node's children.
//! A kind in no table gives a mixture of its children's values: a construct nobody thought of loses
//! precision, never data.

mod build;
mod driver;
mod left_out;
mod literal;
mod second_opinion;
mod spec;

use crate::scan::code::map::Map;
use crate::scan::code::map::Set;
use std::borrow::Cow;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::ops::ControlFlow;

use tree_sitter::Node;
use tree_sitter::ParseOptions;
use tree_sitter::Parser;

use super::ir::Arg;
use super::ir::ClassId;
use super::ir::Func;
use super::ir::FuncId;
use super::ir::FuncKind;
use super::ir::OpId;
use super::ir::Strings;
use super::ir::Sym;
use super::ir::Unit;
use super::machine;

pub use self::literal::element_type;
pub use self::literal::parse_int;
pub use self::literal::quoted_literal;
pub use self::literal::type_name;
pub use self::literal::unescape_literal;
pub use self::spec::Shape;
pub use self::spec::Spec;
pub use self::spec::Table;

/// Files larger than this are not parsed (measured: a tree takes 20 to 66 times its source).
pub const MAX_FILE_BYTES: usize = 24 << 20;
/// Bytes a parser is given to read at once.
const PIECE: usize = 16 << 10;
/// Brackets nested deeper than this are nobody's hand and a parser's grief.
const MAX_NESTING: u32 = 4000;

/// Lowers one file. `interesting` are the names whose lines are kept as excerpts.
pub fn lower(
    spec: &'static Spec,
    table: &Table,
    path: &str,
    bytes: &[u8],
    first_line: u32,
    interesting: &Set<Box<str>>,
) -> Unit {
    let mut unit = Unit {
        path: path.to_owned(),
        language: spec.language,
        strings: Strings::default(),
        funcs: vec![Func { kind: FuncKind::Top, ..Func::default() }],
        classes: Vec::new(),
        imports: Vec::new(),
        package: None,
        excerpts: Map::default(),
        bytes: bytes.len() as u64,
        error_bytes: 0,
        cut: None,
        made: BTreeMap::new(),
        inner: Vec::new(),
        unmade: None,
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
    let written = match spec.prepare {
        Some(prepare) => prepare(bytes, interesting),
        None => Cow::Borrowed(bytes),
    };
    let bytes: &[u8] = &written;
    let mut parser = Parser::new();
    if parser.set_language(&table.grammar).is_err() {
        unit.cut = Some("the grammar does not fit this program".to_owned());
        return unit;
    }
    // The bounds count the parser's own steps and what its scanner asks to read, not time: the same file is cut
    // at the same place everywhere. A scanner that looks ahead to the end of the file from every word (bash)
    // takes the square of the file's length, and no step of the parser.
    let mut left = 20_000 + bytes.len() as u64 / 2;
    let mut pieces = 4096 + 64 * (bytes.len() / PIECE) as u64;
    let spent = Cell::new(false);
    let mut stop = |_: &tree_sitter::ParseState| {
        left = left.saturating_sub(1);
        if left == 0 || spent.get() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let options = ParseOptions::new().progress_callback(&mut stop);
    let mut input = |at: usize, _| {
        if pieces == 0 {
            spent.set(true);
            return Default::default();
        }
        pieces -= 1;
        // Never so short that a character is cut twice.
        let end = ((at / PIECE + 1) * PIECE).max(at.saturating_add(16)).min(bytes.len());
        bytes.get(at..end).unwrap_or_default()
    };
    let Some(tree) = parser.parse_with_options(&mut input, None, Some(options)) else {
        unit.cut = Some("the parser gave up within its step limit: searched as text alone".to_owned());
        return unit;
    };
    if spent.get() {
        unit.cut = Some("the parser read the same text too often: searched as text alone".to_owned());
        return unit;
    }
    let mut lowering = Lowering {
        src: bytes,
        unit,
        spec,
        table,
        interesting,
        told: Vec::new(),
        functions: vec![0],
        classes: Vec::new(),
        first_line: first_line.max(1),
        ancestors: Vec::new(),
        kept: Vec::new(),
        fed: Vec::new(),
        bound: Set::default(),
        accessors: Set::default(),
        nested: 0,
        errors: Vec::new(),
    };
    let root = tree.root_node();
    let _ = lowering.walk(root);
    lowering.second_opinion(root);
    let mut unit = lowering.unit;
    left_out::note(&mut unit, bytes, first_line.max(1));
    (unit.made, unit.unmade) = machine::made(spec.language, bytes, root, first_line.max(1));
    unit
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

/// The state of lowering one file; what hooks build with.
pub struct Lowering<'t> {
    /// The file.
    pub src: &'t [u8],
    /// What was built so far.
    pub unit: Unit,
    spec: &'static Spec,
    table: &'t Table,
    interesting: &'t Set<Box<str>>,
    /// By symbol, whether it is interesting, where that was asked.
    told: Vec<Option<bool>>,
    functions: Vec<FuncId>,
    classes: Vec<ClassId>,
    first_line: u32,
    /// The nodes around the one being lowered, innermost last. The grammar library finds a parent by walking
    /// down from the root, which over a long file costs its square.
    ancestors: Vec<Node<'t>>,
    /// Values a language file keeps for later nodes.
    pub kept: Vec<OpId>,
    /// What statements around this one are fed with, innermost last.
    pub fed: Vec<OpId>,
    /// Names the file binds, for languages in which an unbound name means something else.
    pub bound: Set<&'t str>,
    /// Names the file declares as readers of fields, for languages in which a call needs no brackets.
    pub accessors: Set<&'t str>,
    /// How many walks are under way.
    nested: u32,
    /// Byte ranges under ERROR nodes.
    errors: Vec<std::ops::Range<usize>>,
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

/// The first named child of `node` that is one of `kinds`.
pub fn child_of<'t>(node: Node<'t>, kinds: &[&str]) -> Option<Node<'t>> {
    let mut cursor = node.walk();
    node.named_children(&mut cursor).find(|child| kinds.contains(&child.kind()))
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
