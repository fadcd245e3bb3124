//! A file's own small programs in a form that can be run: read from the syntax tree by the signs that stand in it,
//! for every grammar alike. Where a sign is not known, its parts are read in order.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use tree_sitter::Node as Syntax;

use super::objects::Class;
use crate::scan::code::language::Language;
use crate::scan::code::lower::parse_int;
use crate::scan::code::lower::unescape_literal;

/// Index of a node in its recipe.
pub type Id = u32;

/// Most nodes of one file that are read.
const MAX_NODES: usize = 60_000;
/// Bytes of the longest choice of a C program that is read: longer ones are what it does, not what it spells.
const MAX_CHOICE: usize = 2000;
/// How deep nodes may stand in each other.
const MAX_DEPTH: u32 = 160;
/// Bytes of a literal that is kept.
const MAX_TEXT: usize = 16 * 1024;

/// What is run.
#[derive(Clone, Debug)]
pub enum Node {
    /// Something that is not read.
    Unknown,
    /// A whole number.
    Number(i64),
    /// A text.
    Text(Box<str>),
    /// One character.
    Char(u32),
    /// A variable, a function, a type.
    Name(Box<str>),
    /// Texts and values joined.
    Joined(Box<[Id]>),
    /// A list.
    List(Box<[Id]>),
    /// A list put into another one.
    Spread(Id),
    /// A map.
    Map(Box<[(Id, Id)]>),
    /// `-x`, `!x`.
    Unary(Box<str>, Id),
    /// `x op y`.
    Binary(Box<str>, Id, Id),
    /// `target = value`, `target op= value`.
    Assign(Id, Box<str>, Id),
    /// `x++`, `++x`: by how much, and whether the new value is meant.
    Step(Id, i64, bool),
    /// `c ? a : b`, `if`.
    If(Id, Id, Option<Id>),
    /// `x[i]`.
    Index(Id, Id),
    /// `x[from:to:step]`.
    Slice(Id, [Option<Id>; 3]),
    /// `x.name`.
    Member(Id, Box<str>),
    /// A call.
    Call(Id, Box<[Id]>),
    /// A function: its name, its parameters, its body.
    Function(Box<str>, Box<[Box<str>]>, Id),
    /// One after the other; the value is that of the last.
    Block(Box<[Id]>),
    /// A loop: the condition, what ends each round, the body.
    While(Option<Id>, Option<Id>, Id),
    /// A loop over elements: names, what is gone through, the body, and where what the name is at the end of each
    /// round is put, where it stands for the element itself.
    Each(Box<[Box<str>]>, Id, Id, Option<Id>),
    /// A list made of elements: the body, the names, what is gone through, a condition.
    Gather(Id, Box<[Box<str>]>, Id, Option<Id>),
    /// `return x`.
    Return(Option<Id>),
    /// `throw x`: what is thrown, and what that is made with.
    Throw(Id),
    /// What is tried, the name of what was thrown, what is done then.
    Try(Id, Box<str>, Id),
    /// `break`.
    Break,
    /// `continue`.
    Continue,
    /// An object of a class: its name, what the template is of, what it is given.
    Make(Box<str>, Box<[Id]>, Box<[Id]>),
    /// A value as another type, as written.
    Cast(Box<str>, Id),
}

/// A file's own small programs.
#[derive(Debug)]
pub struct Recipe {
    /// The language.
    pub language: Language,
    pub(super) nodes: Vec<Node>,
    pub(super) places: Vec<(u32, u32)>,
    /// Everything.
    pub root: Id,
    /// The functions in the order in which they stand, each with the class it stands in.
    pub functions: Vec<(Id, Box<str>)>,
    /// The classes by their names.
    pub(super) classes: BTreeMap<Box<str>, Class>,
    /// Of the functions those that run where their name is read.
    pub(super) getters: std::collections::BTreeSet<Id>,
    /// What methods of Go are called on, as they call it.
    pub(super) receivers: std::collections::BTreeSet<Box<str>>,
    /// What stands behind the end of a Ruby program, which reads it as `DATA`.
    pub data: Option<Box<str>>,
}

impl Recipe {
    /// Reads the tree below `root` of a file of `language`.
    pub fn read(language: Language, src: &[u8], root: Syntax<'_>) -> Recipe {
        let text = (language == Language::Ruby).then(|| std::str::from_utf8(src).ok()).flatten();
        let data = text.and_then(|text| text.split_once("\n__END__\n")).map(|(_, data)| data.into());
        let recipe = Recipe {
            language,
            nodes: Vec::new(),
            places: Vec::new(),
            root: 0,
            functions: Vec::new(),
            classes: BTreeMap::new(),
            getters: std::collections::BTreeSet::new(),
            receivers: std::collections::BTreeSet::new(),
            data,
        };
        let mut reader = Reader {
            src,
            text: std::str::from_utf8(src).ok(),
            skipped: skipped(language, &root.language()),
            recipe,
            owner: Box::default(),
            given: None,
        };
        let root = reader.read(root, 0);
        reader.recipe.root = root;
        reader.recipe
    }

    /// The node `id`.
    pub fn node(&self, id: Id) -> &Node {
        self.nodes.get(id as usize).unwrap_or(&Node::Unknown)
    }

    /// Whether the file has more than is read.
    pub fn is_cut(&self) -> bool {
        self.nodes.len() > MAX_NODES
    }

    /// How many nodes there are.
    pub fn len(&self) -> Id {
        self.nodes.len() as Id
    }

    /// Line from 0 and column from 1 of where `id` begins.
    pub fn place(&self, id: Id) -> (u32, u32) {
        self.places.get(id as usize).copied().unwrap_or_default()
    }
}

pub(super) struct Reader<'s> {
    pub(super) src: &'s [u8],
    /// All of it, where all of it is text.
    text: Option<&'s str>,
    /// The kinds of nodes in which nothing is done that can be run.
    skipped: &'static [bool],
    pub(super) recipe: Recipe,
    pub(super) owner: Box<str>,
    /// What a function gives that says only `return`: Go.
    pub(super) given: Option<Box<str>>,
}

/// A child: the node, its field, its text where it is a sign or a word.
pub(super) struct Child<'t> {
    pub(super) node: Syntax<'t>,
    pub(super) field: &'t str,
    pub(super) named: bool,
}

const OPERATORS: [&str; 61] = [
    "+", "-", "*", "/", "//", "%", "^", "&", "|", "<<", ">>", ">>>", "&&", "||", "and", "or", "==", "===",
    "!=", "!==", "<", "<=", ">", ">=", "..", "...", "..<", "..=", "until", "downTo", "xor", "shl", "shr",
    "ushr", "??", "?:", "-bxor", "-band", "-bor", "-shl", "-shr", "-eq", "-ne", "-lt", "-le", "-gt", "-ge",
    "-join", "-split", "-replace", "-f", "**", "~", "&^", "step", "in", "is", "-and", "-or", "<>", "to",
];

const ASSIGNS: [&str; 18] = [
    "=", ":=", "+=", "-=", "*=", "/=", "%=", "^=", "&=", "|=", "<<=", ">>=", ">>>=", ".=", "**=", "//=",
    "||=", "??=",
];

/// The bytes of a number written with many digits, the most significant first.
pub(super) fn big(text: &str) -> Option<Vec<u8>> {
    let text = text.trim_end_matches(['n', 'L']);
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(hex) => in_bytes(hex, 16),
        None => in_bytes(text, 10),
    }
}

/// The bytes of the number that `digits` stand for in base `radix`, the most significant first.
pub(super) fn in_bytes(digits: &str, radix: u32) -> Option<Vec<u8>> {
    /// Digits of the longest number that is read.
    const LONGEST: usize = 4096;
    if digits.is_empty() || digits.len() > LONGEST || !(2..=36).contains(&radix) {
        return None;
    }
    let mut bytes: Vec<u8> = Vec::new(); // the least significant first
    for digit in digits.chars().filter(|c| *c != '_') {
        let mut carry = digit.to_digit(radix)?;
        for byte in &mut bytes {
            carry += u32::from(*byte) * radix;
            *byte = (carry & 0xff) as u8;
            carry >>= 8;
        }
        while carry > 0 {
            bytes.push((carry & 0xff) as u8);
            carry >>= 8;
        }
    }
    bytes.reverse();
    Some(bytes)
}

/// `$0`: a parameter by its place.
fn is_place(text: &str) -> bool {
    text.strip_prefix('$')
        .is_some_and(|rest| rest.len() == 1 && rest.bytes().all(|byte| byte.is_ascii_digit()))
}

pub(super) fn is_name(text: &str) -> bool {
    let text = text.trim_start_matches(['$', '@', '\\']);
    !text.is_empty()
        && text.len() <= 80
        && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '?' | '!' | '$'))
        && !text.starts_with(|c: char| c.is_ascii_digit())
}

impl<'s> Reader<'s> {
    pub(super) fn text(&self, node: Syntax<'_>) -> &'s str {
        let range = node.byte_range();
        match self.text {
            Some(text) => text.get(range),
            None => self.src.get(range).and_then(|bytes| std::str::from_utf8(bytes).ok()),
        }
        .unwrap_or("")
    }

    pub(super) fn put(&mut self, at: Syntax<'_>, node: Node) -> Id {
        let start = at.start_position();
        self.recipe.nodes.push(node);
        self.recipe.places.push((start.row as u32, start.column as u32 + 1));
        (self.recipe.nodes.len() - 1) as Id
    }

    pub(super) fn children(node: Syntax<'_>) -> Vec<Child<'_>> {
        let mut out: Vec<Child<'_>> = Vec::new();
        let mut cursor = node.walk();
        if !cursor.goto_first_child() {
            return out;
        }
        loop {
            let child = cursor.node();
            if (!child.is_extra() || child.is_error()) && !child.kind().contains("comment") {
                let field = cursor.field_name().unwrap_or("");
                out.push(Child { node: child, field, named: child.is_named() });
            }
            if out.len() > 8192 || !cursor.goto_next_sibling() {
                return out;
            }
        }
    }

    pub(super) fn read(&mut self, node: Syntax<'_>, depth: u32) -> Id {
        if depth > MAX_DEPTH || self.recipe.nodes.len() > MAX_NODES {
            return self.put(node, Node::Unknown);
        }
        let made = self.node(node, depth + 1);
        match made {
            Ok(id) => id,
            Err(made) => self.put(node, made),
        }
    }

    pub(super) fn all(&mut self, nodes: &[Syntax<'_>], depth: u32) -> Box<[Id]> {
        nodes.iter().map(|node| self.read(*node, depth)).collect()
    }

    /// What `node` is, or the node it stands for.
    fn node(&mut self, node: Syntax<'_>, depth: u32) -> Result<Id, Node> {
        let kind = node.kind();
        if (kind == "generic_function" || kind == "non_null_expression")
            && let Some(inner) = node.child_by_field_name("function").or(node.named_child(0))
        {
            return Ok(self.read(inner, depth));
        }
        if kind == "variable_name" || kind == "variable" {
            // PHP: `$name`; PowerShell: `$script:Name`, in any letters.
            let text = self.text(node).trim_start_matches('$');
            let text = text.trim_start_matches('{').trim_end_matches('}');
            if self.recipe.language == Language::PowerShell {
                let small = text.to_ascii_lowercase();
                let scopes = ["script:", "global:", "local:", "private:"];
                let bare = scopes.iter().find_map(|scope| small.strip_prefix(scope)).unwrap_or(&small);
                return Err(Node::Name(bare.into()));
            }
            if is_name(text) {
                return Err(Node::Name(text.into()));
            }
        }
        if let Some(made) = self.getter(node, kind, depth) {
            let id = self.recipe.nodes.len() as Id;
            self.recipe.functions.push((id, self.owner.clone()));
            self.recipe.getters.insert(id);
            return Err(made);
        }
        if let Some(made) = self.by_language(node, kind, depth) {
            return Err(made);
        }
        if let Some(literal) = self.literal(node, kind, depth) {
            return Err(literal);
        }
        let children = Self::children(node);
        let named: Vec<Syntax<'_>> =
            children.iter().filter(|child| child.named).map(|child| child.node).collect();
        let first = children.first().map_or("", |child| if child.named { "" } else { self.text(child.node) });
        if named.is_empty() {
            return Err(match self.text(node) {
                "break" => Node::Break,
                "continue" | "next" => Node::Continue,
                "return" => {
                    let given = self.given.clone().map(|name| self.put(node, Node::Name(name)));
                    Node::Return(given)
                }
                text if is_place(text) => Node::Name(text.into()),
                text if is_name(text) => Node::Name(text.trim_start_matches(['$', '@', '\\']).into()),
                _ if matches!(first, "[" | "{") && !kind.contains("block") && !kind.contains("body") => {
                    Node::List(Box::default())
                }
                _ => Node::Unknown,
            });
        }
        if matches!(first, "return" | "break" | "continue") {
            let value = named.first().map(|value| self.read(*value, depth));
            return Err(match first {
                "return" => Node::Return(value),
                "break" => Node::Break,
                _ => Node::Continue,
            });
        }
        if let Some(made) = self.thrown(kind, &children, depth) {
            return Err(made);
        }
        if self.skipped.get(usize::from(node.kind_id())).copied().unwrap_or(false) {
            return Err(Node::Unknown);
        }
        if self.recipe.language == Language::PowerShell
            && let Some(made) = self.powershell(node, kind, &named, depth)
        {
            return made;
        }
        if is_function(kind, self.recipe.language) {
            return Err(self.function(node, &children, depth));
        }
        if let Some(made) = self.statement(node, kind, &children, &named, depth) {
            return made;
        }
        if let Some(made) = self.call(node, kind, &children, &named, depth) {
            return Err(made);
        }
        if let Some(made) = self.by_signs(node, kind, &children, &named, depth) {
            return made;
        }
        if let [only] = named.as_slice() {
            return Ok(self.read(*only, depth));
        }
        let all = self.all(&named, depth);
        Err(Node::Block(all))
    }

    /// Classes, declarations, conditions and loops. Apart, so that calls in calls take little room.
    fn statement(
        &mut self,
        node: Syntax<'_>,
        kind: &str,
        children: &[Child<'_>],
        named: &[Syntax<'_>],
        depth: u32,
    ) -> Option<Result<Id, Node>> {
        let field = |name: &str| children.iter().find(|child| child.field == name).map(|child| child.node);
        if kind.starts_with("enum_")
            && let (Some(name), Some(body)) = (field("name"), field("body").or(named.last().copied()))
            && let Some(made) = self.enumeration(name, body, depth)
        {
            return Some(Err(made));
        }
        if is_class(kind)
            && let Some(name) = field("name").or_else(|| field("type"))
        {
            let name: Box<str> = self.text(name).split(['<', ' ', '(']).next().unwrap_or("").into();
            self.class(node, &name);
            let around = std::mem::replace(&mut self.owner, name);
            let all = self.all(named, depth);
            self.owner = around;
            return Some(Err(Node::Block(all)));
        }
        if kind == "declaration"
            && self.recipe.language == Language::Cpp
            && let (Some(ty), Some(name)) = (field("type"), field("declarator"))
            && name.kind() == "identifier"
            && self.text(ty).ends_with("stringstream")
        {
            // `std::ostringstream text;`
            let target = self.target(name, depth);
            let empty = self.put(name, Node::Text("".into()));
            return Some(Err(Node::Assign(target, "=".into(), empty)));
        }
        if self.recipe.language == Language::Swift
            && self.text(node).ends_with('!')
            && let [inner, ..] = named
            && self.text(*inner).len() + 1 == self.text(node).len()
        {
            // Swift's `value!`.
            return Some(Ok(self.read(*inner, depth)));
        }
        if kind == "declaration"
            && self.recipe.language == Language::Cpp
            && let Some(made) = self.declared(node, depth)
        {
            return Some(Err(made));
        }
        if kind == "compound_literal_expression"
            && matches!(self.recipe.language, Language::C | Language::Cpp)
            && let Some(value) = field("value")
        {
            // `Url{address}`
            return Some(Ok(self.read(value, depth)));
        }
        if kind == "dictionary_literal" && named.len().is_multiple_of(2) {
            let all = self.all(named, depth);
            let pairs = all.chunks_exact(2).filter_map(|pair| Some((*pair.first()?, *pair.get(1)?)));
            return Some(Err(Node::Map(pairs.collect())));
        }
        if kind.contains("comprehension") || kind == "generator_expression" {
            return Some(Err(self.gather(children, named, depth)));
        }
        if kind == "guard_statement" && field("bound_identifier").is_none() {
            // Swift: `guard ready else { return }`.
            let condition = field("condition").or(named.first().copied());
            let (Some(condition), Some(last)) = (condition, named.last()) else {
                return Some(Err(Node::Unknown));
            };
            let (condition, last) = (self.read(condition, depth), self.read(*last, depth));
            let none = self.put(node, Node::Unknown);
            return Some(Err(Node::If(condition, none, Some(last))));
        }
        if let Some(bound) = field("bound_identifier") {
            // Swift: `guard let x = f() else { … }`, `if let x = f() { … }`.
            return Some(Err(self.bound(bound, children, depth)));
        }
        if matches!(kind, "if_modifier" | "unless_modifier" | "while_modifier" | "until_modifier")
            && let (Some(body), Some(condition)) = (field("body"), field("condition"))
        {
            // `return unless ready`
            let (body, condition) = (self.read(body, depth), self.read(condition, depth));
            return Some(Err(match kind {
                "if_modifier" => Node::If(condition, body, None),
                "unless_modifier" => {
                    let none = self.put(node, Node::Unknown);
                    Node::If(condition, none, Some(body))
                }
                _ => Node::While(Some(condition), None, body),
            }));
        }
        if kind.starts_with("if") || kind == "elif_clause" || kind == "unless" {
            return Some(Err(self.condition(kind, named, field("condition"), children, depth)));
        }
        let plain = matches!(self.recipe.language, Language::C | Language::Cpp);
        if plain && kind == "switch_statement" && node.end_byte() - node.start_byte() > MAX_CHOICE {
            return Some(Err(Node::Unknown));
        }
        if kind.contains("switch")
            || matches!(kind, "when_expression" | "match_expression" | "case" | "match_statement")
        {
            return Some(Err(self.choice(node, children, depth)));
        }
        if (kind.contains("ternary") || kind.contains("conditional"))
            && let [condition, yes, no] = named
        {
            // `a if c else b`
            let turned = self.recipe.language == Language::Python;
            let (condition, yes) = if turned { (yes, condition) } else { (condition, yes) };
            let (condition, yes, no) =
                (self.read(*condition, depth), self.read(*yes, depth), self.read(*no, depth));
            return Some(Err(Node::If(condition, yes, Some(no))));
        }
        if (kind.starts_with("for") || kind == "enhanced_for_statement")
            && let Some(made) = self.each(children, named, depth)
        {
            return Some(Err(made));
        }
        if kind.starts_with("while")
            || kind.starts_with("do_")
            || kind == "until"
            || kind == "loop_expression"
        {
            let body = field("body").or(named.last().copied());
            let condition =
                field("condition").or_else(|| named.iter().copied().find(|child| Some(*child) != body));
            let condition = condition.map(|condition| self.read(condition, depth));
            let body = body.map(|body| self.read(body, depth));
            return Some(Err(body.map_or(Node::Unknown, |body| Node::While(condition, None, body))));
        }
        if kind.contains("cast") || kind.contains("as_expression") || kind == "type_conversion_expression" {
            let value = field("value").or_else(|| field("operand")).or_else(|| field("expr"));
            let ty =
                field("type").or_else(|| named.iter().copied().find(|child| child.kind().contains("type")));
            let value = value.or_else(|| named.iter().copied().find(|child| Some(*child) != ty));
            if let (Some(value), Some(ty)) = (value, ty) {
                let ty = self.text(ty).into();
                let value = self.read(value, depth);
                return Some(Err(Node::Cast(ty, value)));
            }
        }
        None
    }

    fn literal(&mut self, node: Syntax<'_>, kind: &str, depth: u32) -> Option<Node> {
        let text = self.text(node);
        let language = self.recipe.language;
        if text.len() > MAX_TEXT
            && (kind.contains("string") || kind.contains("literal"))
            && node.named_child_count() < 9
        {
            return Some(Node::Unknown);
        }
        if kind == "regex" && text.starts_with('/') {
            // Between slashes, with what is written behind them.
            return Some(Node::Text(text.into()));
        }
        if kind == "bare_string" || kind == "bare_symbol" {
            return Some(Node::Text(text.into()));
        }
        if kind == "simple_symbol" || kind == "hash_key_symbol" {
            return Some(Node::Text(text.trim_start_matches(':').into()));
        }
        let quoted =
            text.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || matches!(c, '@' | '$' | '#'));
        let starts_quoted = quoted.starts_with(['"', '\'', '`']) && text.len() - quoted.len() <= 4;
        let stringy = (kind.contains("string") || kind.contains("char") || kind.contains("rune"))
            && starts_quoted
            && !kind.contains("concatenated");
        if stringy {
            let inner = self.pieces(node, depth);
            if let Some(pieces) = inner {
                return Some(Node::Joined(pieces));
            }
            let prefix = text.get(..text.len() - quoted.len()).unwrap_or("").to_ascii_lowercase();
            let quoted = if prefix.contains('#') { quoted.trim_end_matches('#') } else { quoted };
            let quote = quoted.chars().next().unwrap_or('"');
            let triple = [quote; 3].iter().collect::<String>();
            let bare = match quoted.strip_prefix(&triple).filter(|_| quoted.len() >= 6) {
                Some(rest) => rest.strip_suffix(&triple).unwrap_or(rest),
                None => quoted.get(1..).map_or("", |rest| rest.strip_suffix(quote).unwrap_or(rest)),
            };
            let bare = bare.trim_end_matches('#');
            let raw = prefix.contains('r')
                || prefix.contains('@')
                || quote == '`' && language == Language::Go
                || quote == '\''
                    && matches!(
                        language,
                        Language::Php | Language::Ruby | Language::Bash | Language::PowerShell
                    );
            let text = if raw || !bare.contains('\\') { bare.to_owned() } else { unescape_literal(bare) };
            let lettered = !matches!(
                language,
                Language::Python
                    | Language::JavaScript
                    | Language::TypeScript
                    | Language::Php
                    | Language::Ruby
                    | Language::Bash
                    | Language::PowerShell
                    | Language::Swift
            );
            if language == Language::Kotlin && quote == '"' && bare.contains('$') {
                return Some(self.dollars(node, &text));
            }
            let mut letters = text.chars();
            return Some(match (letters.next(), letters.next()) {
                (Some(letter), None) if quote == '\'' && lettered => Node::Char(u32::from(letter)),
                _ => Node::Text(text.into()),
            });
        }
        if text.starts_with(|c: char| c.is_ascii_digit())
            && text.len() < 40
            && !text.contains(['(', ' ', '['])
        {
            let number = match language {
                Language::C | Language::Cpp => text.trim_end_matches(['u', 'U', 'l', 'L']),
                _ => text,
            };
            return Some(parse_int(number).map_or(Node::Unknown, Node::Number))
                .filter(|_| node.named_child_count() < 2);
        }
        if text.len() >= 19
            && text.len() <= MAX_TEXT
            && node.named_child_count() == 0
            && let Some(bytes) = text.starts_with(|c: char| c.is_ascii_digit()).then(|| big(text)).flatten()
        {
            // A number larger than any a machine reckons with stands for its bytes.
            return Some(Node::Text(bytes.into_iter().map(char::from).collect::<String>().into()));
        }
        None
    }

    /// The pieces of a text into which values are put.
    fn pieces(&mut self, node: Syntax<'_>, depth: u32) -> Option<Box<[Id]>> {
        let mut cursor = node.walk();
        let parts: Vec<Syntax<'_>> = node.named_children(&mut cursor).collect();
        let put = |part: &Syntax<'_>| {
            let kind = part.kind();
            ["interpolation", "substitution", "interpolated", "variable", "expansion"]
                .iter()
                .any(|sign| kind.contains(sign))
        };
        if !parts.iter().any(put) {
            return None;
        }
        let pieces = parts
            .iter()
            .filter(|part| !part.kind().ends_with("start") && !part.kind().ends_with("end"))
            .map(|part| match put(part) {
                true => {
                    let inner = part.named_child(0).unwrap_or(*part);
                    self.read(inner, depth + 1)
                }
                false => {
                    let text = unescape_literal(self.text(*part)).into();
                    self.put(*part, Node::Text(text))
                }
            });
        Some(pieces.collect())
    }

    /// What the signs between the children say.
    pub(super) fn by_signs(
        &mut self,
        node: Syntax<'_>,
        kind: &str,
        children: &[Child<'_>],
        named: &[Syntax<'_>],
        depth: u32,
    ) -> Option<Result<Id, Node>> {
        let sign_of = |child: &Child<'_>| {
            let text = self.text(child.node);
            let word = !child.named || child.node.named_child_count() == 0;
            if word { text } else { "" }
        };
        // Swift: `x.name` is what is called and a suffix.
        if let [base, suffix] = named
            && kind == "navigation_expression"
        {
            let between = children.iter().any(|child| !child.named && self.text(child.node) == "::");
            if between && let Some(made) = self.handed_by_name(node, *base, *suffix, depth) {
                return Some(Err(made));
            }
            let name: Box<str> = self.text(*suffix).trim_start_matches(['.', '?']).into();
            let base = self.read(*base, depth);
            return Some(Err(Node::Member(base, name)));
        }
        let signs: Vec<&str> = children.iter().map(sign_of).collect();
        let first = signs.first().copied().unwrap_or("");
        let last = signs.last().copied().unwrap_or("");
        let named_at = |at: usize| children.get(at).filter(|child| child.named).map(|child| child.node);
        // `x = y`, `let x = y`, `var x: T = y`.
        let assign = children.iter().position(|child| {
            (!child.named || child.node.named_child_count() == 0) && ASSIGNS.contains(&self.text(child.node))
        });
        if let Some(at) =
            assign.filter(|at| *at > 0 && !kind.contains("parameter") && !kind.contains("argument"))
        {
            let sign: Box<str> = signs.get(at).copied().unwrap_or("=").into();
            let before: Vec<&Child<'_>> = children.iter().take(at).filter(|child| child.named).collect();
            let target = before
                .iter()
                .find(|child| matches!(child.field, "name" | "pattern" | "left" | "declarator"))
                .or_else(|| {
                    before.iter().find(|child| {
                        !child.node.kind().contains("type") && !child.node.kind().contains("modifier")
                    })
                })?
                .node;
            let value = children.iter().skip(at + 1).find(|child| child.named)?.node;
            let target = self.target(target, depth);
            let mut value = self.read(value, depth);
            let ty = children.iter().find(|child| child.field == "type").map(|child| self.text(child.node));
            if self.recipe.language == Language::Rust
                && ty == Some("String")
                && matches!(self.recipe.node(value), Node::Call(..))
            {
                // `let s: String = pieces.iter().collect();`
                let joined = self.put(node, Node::Member(value, "concat".into()));
                value = self.put(node, Node::Call(joined, [].into()));
            }
            return Some(Err(Node::Assign(target, sign, value)));
        }
        // `x[i]`, `x[a:b]`.
        if let (Some(base), Some(at @ 1..=2)) = (named_at(0), signs.iter().position(|sign| *sign == "[")) {
            let base = self.read(base, depth);
            let inside: Vec<&Child<'_>> =
                children.iter().skip(at + 1).filter(|child| self.text(child.node) != "]").collect();
            return Some(Err(self.index(base, &inside, depth)));
        }
        if let [base, index] = named
            && (kind.contains("subscript") || kind.contains("index") || kind.contains("element_access"))
        {
            let base = self.read(*base, depth);
            let listed = index.kind().contains("argument_list");
            let index = if listed { index.named_child(0).unwrap_or(*index) } else { *index };
            let index = self.read(index, depth);
            return Some(Err(Node::Index(base, index)));
        }
        let listed = matches!(first, "[" | "@(" | "%[")
            || first == "{"
                && (kind.contains("initializer") || kind.contains("literal_value") || kind.contains("array"))
            || matches!(
                kind,
                "tuple"
                    | "string_array"
                    | "symbol_array"
                    | "expression_list"
                    | "array_creation_expression"
                    | "array_literal_expression"
            );
        if listed && kind != "expression_list" {
            return Some(Err(self.entries(named, depth)));
        }
        if first == "{" && named.iter().all(|child| child.kind() == "pair") {
            return Some(Err(self.entries(named, depth)));
        }
        if matches!(first, "(" | "$(") && last == ")" {
            return Some(match named {
                [only] => Ok(self.read(*only, depth)),
                _ => Err(Node::List(self.all(named, depth))),
            });
        }
        if let (true, [of]) = (kind.contains("spread") || kind.contains("splat"), named) {
            let of = self.read(*of, depth);
            return Some(Err(Node::Spread(of)));
        }
        if let (2, Some(target)) = (children.len(), named.first()) {
            let sign = if named_at(0).is_some() { last } else { first };
            return Some(match sign {
                "++" | "--" => {
                    let target = self.read(*target, depth);
                    Err(Node::Step(target, if sign == "++" { 1 } else { -1 }, named_at(0).is_none()))
                }
                "sizeof" if target.kind().contains("subscript") || target.kind().contains("pointer") => {
                    Err(Node::Number(1))
                }
                "sizeof" => {
                    let value = self.read(*target, depth);
                    let name = self.put(node, Node::Name("sizeof".into()));
                    Err(Node::Call(name, [value].into()))
                }
                "-" | "~" | "!" | "not" | "-bnot" | "-not" if named_at(0).is_none() => {
                    let value = self.read(*target, depth);
                    Err(Node::Unary(sign.into(), value))
                }
                // `-join $parts`
                "-join" | "-Join" | "-JOIN" => {
                    let value = self.read(*target, depth);
                    Err(Node::Unary("-join".into(), value))
                }
                _ => return None,
            });
        }
        let between =
            signs.iter().enumerate().skip(1).find(|(at, sign)| {
                named_at(at - 1).is_some() && named_at(at + 1).is_some() && !sign.is_empty()
            });
        if let Some((at, sign)) = between
            && let (Some(left), Some(right)) = (named_at(at - 1), named_at(at + 1))
        {
            let php = self.recipe.language == Language::Php;
            let member = matches!(*sign, "?." | "::" | "->" | "?->" | "&.") || *sign == "." && !php;
            if member {
                let name: Box<str> = self.text(right).into();
                let left = self.read(left, depth);
                return Some(Err(Node::Member(left, name)));
            }
            let small = if self.recipe.language == Language::PowerShell {
                sign.to_ascii_lowercase()
            } else {
                (*sign).to_owned()
            };
            if *sign == "." || OPERATORS.contains(&small.as_str()) {
                let sign: Box<str> = if *sign == "." { "+".into() } else { small.into() };
                let left = self.read(left, depth);
                let right = self.read(right, depth);
                return Some(Err(Node::Binary(sign, left, right)));
            }
        }
        if kind == "concatenated_string" {
            return Some(Err(Node::Joined(self.all(named, depth))));
        }
        None
    }

    /// A place that is assigned to: what its pattern names.
    pub(super) fn target(&mut self, node: Syntax<'_>, depth: u32) -> Id {
        let mut at = node;
        for _ in 0..4 {
            let kind = at.kind();
            let several =
                matches!(kind, "array_pattern" | "tuple_pattern" | "left_assignment_list" | "pattern_list");
            if several
                && at.named_child_count() > 1
                && let Some(places) = self.several(at, depth)
            {
                // `const [first, second] = …`, where none of them is left out.
                return places;
            }
            let wraps = kind.contains("declarator")
                || kind.contains("declaration")
                || kind.contains("pattern")
                || kind == "expression_list"
                || kind.contains("left_assignment");
            match at.named_child(0) {
                Some(inner) if wraps => {
                    at = at
                        .child_by_field_name("declarator")
                        .or_else(|| at.child_by_field_name("name"))
                        .unwrap_or(inner);
                }
                _ => break,
            }
        }
        self.read(at, depth)
    }

    pub(super) fn index(&mut self, base: Id, inside: &[&Child<'_>], depth: u32) -> Node {
        // `x[a:b:c]` with the colons beside, or in a node of their own.
        let own = match inside {
            [only] if only.named && (only.node.kind() == "slice" || only.node.kind().contains("range")) => {
                Some(Self::children(only.node))
            }
            _ => None,
        };
        let parts: Vec<(Option<Syntax<'_>>, &str)> = match &own {
            Some(own) => {
                own.iter().map(|child| (child.named.then_some(child.node), self.text(child.node))).collect()
            }
            None => inside
                .iter()
                .map(|child| (child.named.then_some(child.node), self.text(child.node)))
                .collect(),
        };
        let colons = |text: &str| matches!(text, ":" | ".." | "..." | "..<" | "..=");
        if parts.iter().any(|(node, text)| node.is_none() && colons(text)) {
            let mut bounds: [Option<Id>; 3] = [None; 3];
            let mut at = 0;
            let mut inclusive = false;
            for (node, text) in parts {
                match node {
                    Some(node) => {
                        let id = self.read(node, depth);
                        if let Some(slot) = bounds.get_mut(at) {
                            *slot = Some(id);
                        }
                    }
                    None => {
                        at += usize::from(colons(text));
                        inclusive |= text == "..="
                            || text == "..."
                            || text == ".." && self.recipe.language == Language::Ruby;
                    }
                }
            }
            if inclusive && let [from, Some(to), None] = bounds {
                let one = self.recipe.nodes.len() as Id;
                self.recipe.nodes.push(Node::Number(1));
                self.recipe.places.push((0, 0));
                self.recipe.nodes.push(Node::Binary("+".into(), to, one));
                self.recipe.places.push((0, 0));
                bounds = [from, Some(one + 1), None];
            }
            return Node::Slice(base, bounds);
        }
        match inside.iter().find(|child| child.named) {
            Some(index) => {
                let index = match index.node.kind().contains("argument_list") {
                    true => index.node.named_child(0).unwrap_or(index.node),
                    false => index.node,
                };
                let index = self.read(index, depth);
                Node::Index(base, index)
            }
            None => Node::Unknown,
        }
    }
}

/// The list of parameters in a declarator.
pub(super) fn parameters_of(node: Syntax<'_>) -> Option<Syntax<'_>> {
    node.child_by_field_name("parameters").or_else(|| {
        let mut cursor = node.walk();
        node.named_children(&mut cursor).find(|child| child.kind().contains("parameter"))
    })
}

/// Which kinds of nodes of the grammar of `language` are left out, by their numbers.
fn skipped(language: Language, grammar: &tree_sitter::Language) -> &'static [bool] {
    static ALL: [OnceLock<Vec<bool>>; Language::ALL.len()] = [const { OnceLock::new() }; Language::ALL.len()];
    /// What stands in their names.
    const WORDS: [&str; 9] = [
        "catch",
        "except",
        "rescue",
        "finally",
        "ensure",
        "annotation",
        "attribute_item",
        "import",
        "modifiers",
    ];
    let kind = |id: usize| grammar.node_kind_for_id(id as u16).unwrap_or("");
    let all = || {
        (0..grammar.node_kind_count()).map(|id| WORDS.iter().any(|word| kind(id).contains(word))).collect()
    };
    let at = Language::ALL.iter().position(|known| *known == language);
    at.and_then(|at| ALL.get(at)).map_or(&[][..], |kept| kept.get_or_init(all))
}

fn is_class(kind: &str) -> bool {
    [
        "class_decl",
        "class_def",
        "class_spec",
        "struct_spec",
        "struct_decl",
        "impl_item",
        "object_decl",
        "enum_decl",
        "trait_item",
    ]
    .iter()
    .any(|known| kind.starts_with(known))
        || matches!(kind, "class" | "module")
}

fn is_function(kind: &str, language: Language) -> bool {
    [
        "function_definition",
        "function_declaration",
        "method_declaration",
        "method_definition",
        "function_item",
        "local_function",
        "func_literal",
        "lambda",
        "arrow_function",
        "closure",
        "function_expression",
        "anonymous_function",
        "anonymous_method",
        "function_statement",
        "constructor_declaration",
        "script_block_expression",
        "init_declaration",
        "singleton_method",
    ]
    .iter()
    .any(|known| kind.contains(known))
        && !kind.contains("parameter")
        && !kind.contains("_type")
        && !kind.contains("body")
        || language == Language::Ruby && kind == "method"
        || kind == "function"
}
