//! The walk: a cursor over the syntax tree, a node lowered after its children, by its shape.

use tree_sitter::Node;

use super::spec::names_only;
use crate::scan::code::ir::FuncKind;
use crate::scan::code::ir::Op;
use crate::scan::code::ir::OpId;
use crate::scan::code::language::Language;
use crate::scan::code::lower::Enter;
use crate::scan::code::lower::Kid;
use crate::scan::code::lower::Lowering;
use crate::scan::code::lower::Shape;
use crate::scan::code::lower::Value;
use crate::scan::code::lower::parse_int;

/// Syntax nodes visited per file.
const MAX_NODES: u64 = 12_000_000;

/// How deep walks may stand in each other: each takes room on the stack.
const MAX_NESTED: u32 = 24;

struct Frame<'t> {
    node: Node<'t>,
    field: u16,
    shape: Option<(Shape, [u16; 3])>,
    kids: usize,
    opened: bool,
}

impl<'t> Lowering<'t> {
    /// Lowers `node`, a child of `parent` that the walk has not come to yet: where what is written later is
    /// evaluated earlier. Nothing where this is nested too deep.
    pub fn lower_now(&mut self, parent: Node<'t>, node: Node<'t>) -> Option<Value> {
        if self.nested >= MAX_NESTED {
            return None;
        }
        self.nested += 1;
        self.ancestors.push(parent);
        let value = self.walk(node);
        self.ancestors.pop();
        self.nested -= 1;
        Some(value)
    }

    pub(crate) fn walk(&mut self, root: Node<'t>) -> Value {
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
                return Value::None;
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
                    names_only(parent.shape, field) || self.table.is_name(parent.node.kind_id(), field)
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
                            self.ancestors.push(node);
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
                if frames.is_empty() {
                    return value;
                }
                if named {
                    kids.push(Kid { field, node, value });
                    if let (Some(parent), Some(kid)) = (frames.last_mut(), kids.last()) {
                        if let Some((Shape::Hook, _)) = parent.shape {
                            let so_far = kids.get(parent.kids..).unwrap_or_default();
                            (self.spec.between)(self, parent.node, so_far);
                        }
                        self.after_child(parent, kid);
                    }
                }
                if cursor.goto_next_sibling() {
                    break;
                }
                cursor.goto_parent();
                let Some(frame) = frames.pop() else { return Value::None };
                self.ancestors.pop();
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
            let both = self.unit.language == Language::Go;
            let targets = match self.current().ops.get(target as usize) {
                // Go gives the key and the element, not the parts of one.
                Some(Op::List(targets)) if both => targets.to_vec(),
                _ => vec![target],
            };
            for target in targets {
                self.emit(node, Op::Assign { target, value, augment: false });
            }
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
            // `{ .send = f }`: a list whose elements have names.
            Shape::List if kids.iter().any(|kid| matches!(kid.value, Value::Pair(..))) => {
                let pairs = kids.iter().filter_map(|kid| match kid.value {
                    Value::Pair(key, value) => Some((key, value)),
                    _ => None,
                });
                let pairs = pairs.collect();
                Value::Op(self.emit(node, Op::Dict(pairs)))
            }
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
                            let text = self.text(key.node).trim_matches(['"', '`']);
                            self.string(key.node, text)
                        }
                    };
                    Value::Pair(key, value)
                }
                _ => self.mix(node, kids),
            },
            Shape::Assign(..) | Shape::Augment(..) => {
                // Where `+=` is written with the same node as `=`, what stands between says which it is.
                let between = node.child_by_field_name("operator").map_or("", |operator| self.text(operator));
                let augment = matches!(shape, Shape::Augment(..)) || between.len() > 1 && between != ":=";
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
            Shape::Give => match self.mix(node, kids).op() {
                Some(value) => {
                    self.emit(node, Op::Give(value));
                    Value::Op(value)
                }
                None => Value::None,
            },
            Shape::Leave => {
                // `raise A from b`: what is thrown stands first.
                let thrown = kids.iter().find_map(|kid| kid.value.op());
                self.emit(node, Op::Leave(thrown));
                Value::None
            }
            Shape::If(..) => {
                if frame.opened {
                    self.emit(node, Op::End);
                }
                // `a ?: b`: what is tested is one of the two.
                let short = kids.len() == 2
                    && kids.get(1).is_some_and(|kid| kid.field == fields[1] && fields[1] != 0)
                    && node.kind() == "conditional_expression";
                let branches: Vec<OpId> = kids
                    .iter()
                    .filter(|kid| kid.field != fields[0] || short)
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

    /// A pattern of several places, of which some bind nothing: `(_, text)`, `[, second]`.
    pub fn slots(&mut self, node: Node<'t>, kids: &[Kid<'t>]) -> Value {
        let mut cursor = node.walk();
        let children: Vec<Node<'t>> = node.children(&mut cursor).filter(|child| !child.is_extra()).collect();
        let mut ops: Vec<OpId> = Vec::new();
        let mut slot: Option<OpId> = None;
        for child in children {
            match child.kind() {
                "," => {
                    let op = slot.take();
                    ops.push(op.unwrap_or_else(|| self.emit(node, Op::Literal(0))));
                }
                _ => slot = kids.iter().find(|kid| kid.node == child).and_then(|kid| kid.value.op()).or(slot),
            }
        }
        ops.extend(slot);
        Value::Op(self.emit(node, Op::List(ops.into())))
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
