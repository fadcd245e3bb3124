//! What hooks and the driver build a unit with: operations, functions, classes, imports, excerpts.

use tree_sitter::Node;

use crate::model::path::escape;
use crate::scan::code::ir::Arg;
use crate::scan::code::ir::Class;
use crate::scan::code::ir::ClassId;
use crate::scan::code::ir::Func;
use crate::scan::code::ir::FuncId;
use crate::scan::code::ir::FuncKind;
use crate::scan::code::ir::Import;
use crate::scan::code::ir::OF;
use crate::scan::code::ir::Op;
use crate::scan::code::ir::OpId;
use crate::scan::code::ir::Param;
use crate::scan::code::ir::Place;
use crate::scan::code::ir::Sym;
use crate::scan::code::lower::Kid;
use crate::scan::code::lower::Lowering;
use crate::scan::code::lower::Value;
use crate::scan::code::lower::element_type;
use crate::scan::code::lower::type_name;
use crate::scan::code::lower::unescape_literal;
use crate::scan::code::turned;

/// Bytes of an excerpt.
const MAX_EXCERPT: usize = 160;
/// Bytes of one literal kept.
const MAX_LITERAL: usize = 1 << 16;

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
        if text.contains("\\u") {
            // A letter of a name may be written as an escape.
            return self.sym(&unescape_literal(text));
        }
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
            && self.is_interesting(symbol)
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

    /// Whether lines with this name are kept as excerpts; looked up once a name.
    fn is_interesting(&mut self, symbol: Sym) -> bool {
        let at = symbol as usize;
        if self.told.len() <= at {
            self.told.resize(at + 1, None);
        }
        if let Some(Some(known)) = self.told.get(at) {
            return *known;
        }
        let known = self.interesting.contains(self.unit.strings.get(symbol));
        if let Some(slot) = self.told.get_mut(at) {
            *slot = Some(known);
        }
        known
    }

    /// Adds a literal string.
    pub fn string(&mut self, node: Node<'t>, text: &str) -> OpId {
        let mut end = text.len().min(MAX_LITERAL);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let text = text.get(..end).unwrap_or("");
        if (3..=64).contains(&text.len()) && spelled(self.text(node)) && text.is_ascii() {
            // Letters written as escapes are read like pieces put together.
            let half = text.len() / 2;
            let parts = [text.get(..half).unwrap_or(""), text.get(half..).unwrap_or("")].map(|part| {
                let symbol = self.unit.strings.intern(part);
                self.emit(node, Op::Str(symbol))
            });
            return self.emit(node, Op::Concat(parts.into()));
        }
        let symbol = self.unit.strings.intern(text);
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

    /// The node around the one being lowered: the parent for 0, its parent for 1.
    pub fn ancestor(&self, up: usize) -> Option<Node<'t>> {
        let at = self.ancestors.len().checked_sub(up + 1)?;
        self.ancestors.get(at).copied()
    }

    /// The operation last added to the current function.
    pub fn last_op(&mut self) -> Option<OpId> {
        (self.current().ops.len() as OpId).checked_sub(1)
    }

    /// The handler at `handler` does nothing with an error of the statement around it.
    pub fn swallow(&mut self, handler: Node<'t>) {
        let mut whole = self.ancestor(0).unwrap_or(handler);
        if whole.kind() == "catch_clauses" {
            whole = self.ancestor(1).unwrap_or(whole);
        }
        self.emit(whole, Op::Swallow);
    }

    /// Declares `name`, which may be empty, as what the error handler at `handler` is given: an error of one of
    /// `types`, or any where there are none. The handled statement is the node around.
    pub fn caught(&mut self, handler: Node<'t>, types: &str, name: &str) {
        let caught = self.caught_value(handler, types);
        if !name.is_empty() {
            self.declare(handler, name, types, Some(caught));
        }
    }

    /// What the error handler at `handler` is given.
    pub fn caught_value(&mut self, handler: Node<'t>, types: &str) -> OpId {
        /// Most types one handler names.
        const MOST_TYPES: usize = 16;
        let mut whole = self.ancestor(0).unwrap_or(handler);
        if whole.kind() == "catch_clauses" {
            whole = self.ancestor(1).unwrap_or(whole);
        }
        let start = whole.start_position();
        let start = (self.first_line + start.row as u32, start.column as u32 + 1);
        let places = &self.current().places;
        let inside = places.iter().rev().take_while(|place| (place.line, place.column) >= start).count();
        let since = (places.len() - inside) as OpId;
        let types = types.split(['|', ',']).map(|ty| ty.trim_matches([' ', '(', ')', '\n', '\t']));
        let types: Vec<&str> = types.filter(|ty| !ty.is_empty()).take(MOST_TYPES).collect();
        let types = types.into_iter().map(|ty| self.type_sym(ty)).collect();
        self.emit(handler, Op::Caught { types, since })
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
        self.current().params.push(Param {
            name,
            ty,
            receiver,
            collects: false,
            mark: 0,
            by_reference: false,
        });
    }

    /// The parameter declared last is the caller's variable.
    pub fn by_reference(&mut self) {
        if let Some(param) = self.current().params.last_mut() {
            param.by_reference = true;
        }
    }

    /// The parameter declared last collects labelled arguments for which there is no parameter.
    pub fn collects(&mut self) {
        if let Some(param) = self.current().params.last_mut() {
            param.collects = true;
        }
    }

    /// The symbol of a declared type without decoration; 0 for none.
    pub fn type_sym(&mut self, ty: &str) -> Sym {
        if let Some(element) = element_type(ty).map(type_name).filter(|name| !name.is_empty()) {
            // The tree may declare a `Queue` of its own.
            let container = type_name(ty).rsplit(['.', ':']).next().unwrap_or("");
            let own = container.starts_with(|c: char| c.is_ascii_uppercase()) && container != element;
            let name = match own {
                true => format!("[]{element}{OF}{container}"),
                false => format!("[]{element}"),
            };
            return self.sym(&name);
        }
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

    /// The name of the class whose method is being lowered, as it is written without what it is a template of, and of
    /// those it extends.
    pub fn extends(&self) -> (&str, Vec<&str>) {
        let plain = |name: &Sym| {
            let name = self.unit.strings.get(*name);
            name.split('<').next().unwrap_or(name).trim()
        };
        let class = self.current_class().and_then(|id| self.unit.classes.get(id as usize));
        class.map_or(("", Vec::new()), |class| (plain(&class.name), class.bases.iter().map(plain).collect()))
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
        self.unit.classes.push(Class {
            name,
            bases: Vec::new(),
            body,
            structural: false,
            extension: false,
            part: true,
            left_out: Box::default(),
        });
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
        let returns = ["return_type", "returns", "result", "type"].into_iter();
        let returns = returns.filter_map(|field| node.child_by_field_name(field)).next();
        let returns = returns.map_or(0, |ty| self.type_sym(self.text(ty)));
        let declared = class.is_some() && is_declared(node);
        let marks = if kind == FuncKind::Named { self.marks(node) } else { Box::default() };
        let getter = self.is_getter(node, &marks);
        let function =
            Func { name, kind, class, parent, place, returns, marks, declared, getter, ..Func::default() };
        self.unit.funcs.push(function);
        self.functions.push(id);
        id
    }

    /// Whether what begins at `node` is called where it is read: `get host()`, `@property`.
    fn is_getter(&self, node: Node<'t>, marks: &[Sym]) -> bool {
        match node.kind() {
            "method_definition" => {
                let mut cursor = node.walk();
                node.children(&mut cursor).take(8).any(|child| child.kind() == "get")
            }
            "getter" => true,
            "accessor_declaration" => self.text(node).trim_start().starts_with("get"),
            "function_definition" => marks.iter().any(|mark| {
                let mark = self.unit.strings.get(*mark);
                let last = mark.rsplit('.').next().unwrap_or(mark);
                matches!(
                    last,
                    "property"
                        | "cached_property"
                        | "hybrid_property"
                        | "computed_field"
                        | "abstractproperty"
                )
            }),
            _ => false,
        }
    }

    /// The names of the annotations, attributes and decorators on a function.
    fn marks(&mut self, node: Node<'t>) -> Box<[Sym]> {
        let mut lists: Vec<Node<'t>> = Vec::new();
        let mut cursor = node.walk();
        for child in node.named_children(&mut cursor) {
            match child.kind() {
                "modifiers" | "attribute_list" => lists.push(child),
                "block" | "function_body" | "statement_block" | "body" => break,
                _ => {}
            }
        }
        // Where they stand before it: Rust, TypeScript; around both: Python.
        let mut before = node.prev_named_sibling();
        while let Some(mark) = before.filter(|mark| matches!(mark.kind(), "attribute_item" | "decorator")) {
            lists.push(mark);
            before = mark.prev_named_sibling();
            if lists.len() > 16 {
                break;
            }
        }
        let mut marks = Vec::new();
        for list in lists {
            let whole = matches!(list.kind(), "attribute_item" | "decorator");
            let mut cursor = list.walk();
            let children: Vec<Node<'t>> =
                if whole { vec![list] } else { list.named_children(&mut cursor).collect() };
            for mark in children {
                let name = mark.child_by_field_name("name").unwrap_or(mark);
                let symbol = self.mark_of(name);
                if symbol != 0 && marks.len() < 16 {
                    marks.push(symbol);
                }
            }
        }
        marks.into()
    }

    /// The name an annotation, attribute or decorator has, without its signs and arguments; 0 for none.
    fn mark_of(&mut self, mark: Node<'t>) -> Sym {
        let text = self.text(mark).trim_start_matches(['@', '[', '#', ' ']);
        let text = text.split(['(', '<', ']', ' ', '\n', ',']).next().unwrap_or(text);
        if text.is_empty() { 0 } else { self.sym(text) }
    }

    /// The annotation on the parameter declared last, of which `node` is the declaration.
    pub fn param_mark(&mut self, node: Node<'t>) {
        let mut cursor = node.walk();
        let lists = node.named_children(&mut cursor);
        let kinds = ["modifiers", "attribute_list", "decorator", "parameter_modifiers"];
        let Some(list) = lists.into_iter().find(|child| kinds.contains(&child.kind())) else { return };
        let first = if list.kind() == "decorator" { Some(list) } else { list.named_child(0) };
        let Some(mut mark) = first else { return };
        while mark.kind() == "attribute_group"
            || mark.kind() == "annotation" && mark.child_by_field_name("name").is_none()
        {
            match mark.named_child(0) {
                Some(inner) => mark = inner,
                None => break,
            }
        }
        let name = mark.child_by_field_name("name").unwrap_or(mark);
        let symbol = self.mark_of(name);
        if let Some(param) = self.current().params.last_mut() {
            param.mark = symbol;
        }
    }

    /// What the parameter called `name` is where a caller gives none: `value`, a child of `parent`.
    pub fn param_default(&mut self, parent: Node<'t>, name: &str, value: Node<'t>) {
        if name.is_empty() {
            return;
        }
        let Some(default) = self.lower_now(parent, value).and_then(|value| value.op()) else { return };
        let symbol = self.sym(name);
        let given = self.emit(value, Op::Name(symbol));
        let either = self.emit(value, Op::Any([given, default].into()));
        self.declare(value, name, "", Some(either));
    }

    /// Ends the current function and gives it as a value in the enclosing one.
    pub fn end_function(&mut self, node: Node<'t>) -> OpId {
        let id = if self.functions.len() > 1 { self.functions.pop().unwrap_or(0) } else { 0 };
        let body = self.src.get(node.byte_range()).unwrap_or_default();
        if let Some(function) = self.unit.funcs.get_mut(id as usize).filter(|_| id != 0) {
            function.turns = turned::read(body).into();
            function.spells = turned::spells(body);
        }
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
        class.extension = false;
        class.part = false;
        let body = class.body;
        if let Some(function) = self.unit.funcs.get_mut(body as usize) {
            function.parent = parent;
            function.place = place;
        }
        self.functions.push(body);
        self.classes.push(id);
    }

    /// The class being lowered adds to a type that may be declared elsewhere.
    pub fn extension(&mut self) {
        if let Some(class) = self.classes.last().and_then(|id| self.unit.classes.get_mut(*id as usize)) {
            class.extension = true;
            class.part = true;
        }
    }

    /// The class being lowered is one part of several.
    pub fn part(&mut self) {
        if let Some(class) = self.classes.last().and_then(|id| self.unit.classes.get_mut(*id as usize)) {
            class.part = true;
        }
    }

    /// The class named `name` of which a method stands outside, as one that may be declared elsewhere.
    pub fn extended(&mut self, name: &str) -> ClassId {
        let known = self.unit.classes.len();
        let id = self.class_named(name);
        if let Some(class) = self.unit.classes.get_mut(id as usize).filter(|_| id as usize == known) {
            class.extension = true;
        }
        id
    }

    /// The class being lowered has the methods of `name` too.
    pub fn add_base(&mut self, name: &str) {
        let base = self.type_sym(name);
        if let Some(class) = self.classes.last().and_then(|id| self.unit.classes.get_mut(*id as usize)) {
            class.bases.push(base);
        }
    }

    /// Whatever has the methods of the class being lowered is one of it.
    pub fn structural(&mut self) {
        if let Some(class) = self.classes.last().and_then(|id| self.unit.classes.get_mut(*id as usize)) {
            class.structural = true;
        }
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
}

/// Whether a method has no body: what grammars call such a node, or a method in which nothing like one stands.
fn is_declared(node: Node<'_>) -> bool {
    match node.kind() {
        "method_signature"
        | "abstract_method_signature"
        | "method_elem"
        | "function_signature_item"
        | "protocol_function_declaration"
        | "field_declaration" => true,
        "method_declaration" | "function_declaration" => {
            let bodies = ["function_body", "block", "arrow_expression_clause", "compound_statement"];
            let mut cursor = node.walk();
            node.child_by_field_name("body").is_none()
                && !node.named_children(&mut cursor).any(|child| bodies.contains(&child.kind()))
        }
        _ => false,
    }
}

/// Whether a literal writes three and more letters of ASCII as escapes, and hardly any as they are.
fn spelled(literal: &str) -> bool {
    let mut escaped = 0;
    let mut rest = literal;
    while let Some((_, after)) = rest.split_once('\\') {
        let code = match after.as_bytes().first() {
            Some(b'x') => after.get(1..3).and_then(|digits| u8::from_str_radix(digits, 16).ok()),
            Some(b'u') => after.get(1..5).and_then(|digits| u8::from_str_radix(digits, 16).ok()),
            Some(b'1') => after.get(..3).and_then(|digits| u8::from_str_radix(digits, 8).ok()),
            _ => None,
        };
        escaped += usize::from(code.is_some_and(|code| code.is_ascii_alphabetic()));
        rest = after.get(after.chars().next().map_or(0, char::len_utf8)..).unwrap_or("");
    }
    escaped >= 3
}
