//! Reading calls, their arguments, lists and maps.

use tree_sitter::Node as Syntax;

use super::recipe::*;
use crate::scan::code::language::Language;

/// Macros that come with the language.
const LIBRARY: [&str; 22] = [
    "println",
    "print",
    "eprintln",
    "eprint",
    "panic",
    "assert",
    "assert_eq",
    "assert_ne",
    "debug_assert",
    "include_str",
    "include_bytes",
    "include",
    "env",
    "option_env",
    "dbg",
    "todo",
    "unimplemented",
    "unreachable",
    "matches",
    "write",
    "writeln",
    "compile_error",
];

impl<'s> Reader<'s> {
    pub(super) fn call(
        &mut self,
        node: Syntax<'_>,
        kind: &str,
        children: &[Child<'_>],
        named: &[Syntax<'_>],
        depth: u32,
    ) -> Option<Node> {
        let field = |name: &str| children.iter().find(|child| child.field == name).map(|child| child.node);
        let is_list = |child: &Syntax<'_>| {
            let kind = child.kind();
            kind.contains("argument") && !kind.starts_with("type_")
                || kind == "call_suffix"
                || kind == "constructor_suffix"
        };
        if kind == "macro_invocation" {
            let of = field("macro").map_or("", |name| self.text(name));
            let tokens = named.iter().find(|child| child.kind() == "token_tree")?;
            let mut cursor = tokens.walk();
            let items: Vec<Syntax<'_>> = tokens.named_children(&mut cursor).collect();
            if of == "vec" {
                return Some(Node::List(self.all(&items, depth)));
            }
            if self.spells(of) {
                let mut parts = Vec::new();
                self.tokens(*tokens, &mut parts, 0);
                return Some(Node::Joined(parts.into()));
            }
            let literal = |item: &Syntax<'_>| item.kind().ends_with("literal");
            if items.is_empty() || !items.iter().all(literal) || LIBRARY.contains(&of) {
                return Some(Node::Unknown);
            }
            // A macro of the file, which makes something of literals.
            let name = self.put(node, Node::Name(format!("{of}!").into()));
            let items = self.all(&items, depth);
            let list = self.put(*tokens, Node::List(items));
            return Some(Node::Call(name, [list].into()));
        }
        if kind.contains("composite_literal")
            || kind.contains("array_creation") && kind.starts_with(['a', 'i', 's'])
        {
            let body = field("body").or_else(|| field("value"));
            let body =
                body.or_else(|| named.iter().copied().find(|child| child.kind().contains("initializer")));
            if let Some(body) = body.filter(|body| !body.kind().contains("element_initializer")) {
                let mut cursor = body.walk();
                let items: Vec<Syntax<'_>> = body.named_children(&mut cursor).collect();
                return Some(self.entries(&items, depth));
            }
        }
        let list =
            field("arguments").or_else(|| field("argument")).or_else(|| named.iter().copied().find(is_list));
        let is_call = ["call", "invo", "creation"].iter().any(|sign| kind.contains(sign))
            && !kind.contains("array")
            || kind == "new_expression"
            || kind == "new";
        if !is_call || kind.ends_with("suffix") {
            return None;
        }
        // Where the list begins with a square bracket, an element is meant.
        let bracket = list.is_some_and(|list| self.text(list).starts_with('['));
        let mut args: Vec<Syntax<'_>> = Vec::new();
        let mut lists: Vec<Syntax<'_>> = list.into_iter().collect();
        lists.extend(named.iter().copied().filter(|child| {
            Some(*child) != list
                && (is_list(child) || child.kind().contains("lambda") || field("block") == Some(*child))
        }));
        for list in &lists {
            self.arguments(*list, 0, &mut args);
        }
        let receiver = ["receiver", "object", "scope"].iter().find_map(|name| field(name));
        let name = field("method").or_else(|| field("name"));
        let target = match (receiver, name) {
            (Some(receiver), Some(name)) => {
                let name: Box<str> = self.text(name).into();
                let receiver = self.read(receiver, depth);
                self.put(node, Node::Member(receiver, name))
            }
            (None, Some(name)) => self.read(name, depth),
            _ => {
                let cast = field("function").map_or("", |function| self.text(function));
                if let Some(ty) = cast.strip_prefix("static_cast<").and_then(|ty| ty.strip_suffix('>'))
                    && let [value] = args.as_slice()
                {
                    let value = self.read(*value, depth);
                    return Some(Node::Cast(ty.into(), value));
                }
                let target = field("function").or_else(|| field("constructor")).or_else(|| field("type"));
                let target = target.or_else(|| named.iter().copied().find(|child| !lists.contains(child)))?;
                // PowerShell: `[Convert]::ToInt32(…)`, `$text.Split(…)`.
                let member = named.iter().copied().find(|child| child.kind() == "member_name");
                let read = self.read(target, depth);
                match member {
                    Some(member) => {
                        let name: Box<str> = self.text(member).into();
                        self.put(node, Node::Member(read, name))
                    }
                    None => read,
                }
            }
        };
        if bracket
            && let [only] = args.as_slice()
            && let Some(range) = Some(*only).filter(|only| only.kind().contains("range")).or_else(|| {
                only.named_child(0)
                    .filter(|inner| inner.kind().contains("range") && only.named_child_count() == 1)
            })
        {
            // `letters[1...]`
            return Some(self.index(target, &[&Child { node: range, field: "", named: true }], depth));
        }
        let written: Vec<Syntax<'_>> = args.clone();
        let mut args: Vec<Id> = match args.as_slice() {
            [template] if template.kind() == "template_string" && list == Some(*template) => {
                self.tagged(*template, depth)
            }
            _ => args.into_iter().map(|arg| self.argument(arg, depth)).collect(),
        };
        if self.recipe.language == Language::Ruby {
            // `gsub(/x/, 'a' => 'b')`: the pairs are one map.
            let pair = |arg: &&Syntax<'_>| {
                arg.kind() == "pair" && arg.named_child(0).is_some_and(|key| key.kind() == "string")
            };
            let mut pairs = Vec::new();
            for arg in written.iter().filter(pair) {
                if let (Some(key), Some(value)) = (arg.named_child(0), arg.named_child(1)) {
                    pairs.push((self.read(key, depth), self.read(value, depth)));
                }
            }
            if let (false, Some(first)) = (pairs.is_empty(), written.iter().position(|arg| pair(&arg))) {
                let at = written.get(first).copied().unwrap_or(node);
                args.truncate(first);
                let map = self.put(at, Node::Map(pairs.into()));
                args.push(map);
            }
        }
        let mut target = target;
        if let Node::Call(inner, first) = self.recipe.node(target).clone()
            && let [block] = args.as_slice()
            && matches!(self.recipe.node(*block), Node::Function(..))
            && self.recipe.language == Language::Kotlin
        {
            // `ByteArray(n) { … }`: the block is the last argument of the same call.
            args = first.iter().copied().chain([*block]).collect();
            target = inner;
        }
        if let (Language::Swift, Node::Binary(sign, left, right)) =
            (self.recipe.language, self.recipe.node(target).clone())
        {
            // The grammar takes `a + f(b)` for `(a + f)(b)`.
            let call = self.put(node, Node::Call(right, args.into()));
            return Some(Node::Binary(sign, left, call));
        }
        Some(match (bracket, args.as_slice()) {
            (true, [index]) => Node::Index(target, *index),
            _ => Node::Call(target, args.into()),
        })
    }

    /// The values in a list of arguments.
    pub(super) fn arguments<'t>(&self, list: Syntax<'t>, depth: u32, out: &mut Vec<Syntax<'t>>) {
        let kind = list.kind();
        let holds = kind.contains("arguments")
            || kind.ends_with("argument_list")
            || kind == "call_suffix"
            || kind == "constructor_suffix"
            || kind == "argument_expression_list"
            || kind == "annotated_lambda";
        if !holds || depth > 4 {
            out.push(list);
            return;
        }
        let mut cursor = list.walk();
        let inner: Vec<Syntax<'t>> = list.named_children(&mut cursor).take(4096).collect();
        for child in inner {
            if !child.is_extra() {
                self.arguments(child, depth + 1, out);
            }
        }
    }

    /// An argument without its label.
    pub(super) fn argument(&mut self, node: Syntax<'_>, depth: u32) -> Id {
        let labelled = ["value_argument", "argument", "keyword_argument", "pair"].contains(&node.kind());
        let value = if labelled {
            let last = node.named_child_count().checked_sub(1).and_then(|last| node.named_child(last as u32));
            node.child_by_field_name("value").or(last)
        } else {
            None
        };
        let value = value.unwrap_or(node);
        let label = if labelled { self.text(node).split(':').next().unwrap_or("") } else { "" };
        if label.trim() == "base64Encoded" {
            let inner = self.read(value, depth);
            let name = self.put(value, Node::Name("base64decode".into()));
            return self.put(value, Node::Call(name, [inner].into()));
        }
        // A block that is handed over is a function.
        if matches!(value.kind(), "block" | "do_block") {
            let children = Self::children(value);
            let made = self.function(value, &children, depth);
            return self.put(value, made);
        }
        self.read(value, depth)
    }

    pub(super) fn entries(&mut self, items: &[Syntax<'_>], depth: u32) -> Node {
        let is_pair = |item: &Syntax<'_>| {
            let kind = item.kind();
            (kind == "pair"
                || kind.contains("keyed_element")
                || kind == "array_element_initializer"
                || kind == "hash_entry")
                && item.named_child_count() == 2
                || kind == "shorthand_property_identifier"
        };
        if !items.is_empty() && items.iter().all(is_pair) {
            let pairs = items.iter().filter_map(|item| {
                if item.kind() == "shorthand_property_identifier" {
                    // `{ host }`
                    let name = self.text(*item);
                    let key = self.put(*item, Node::Text(name.into()));
                    return Some((key, self.put(*item, Node::Name(name.into()))));
                }
                let (key, value) = (item.named_child(0)?, item.named_child(1)?);
                let plain = self.text(key);
                let bare = matches!(
                    key.kind(),
                    "property_identifier" | "hash_key_symbol" | "identifier" | "simple_name"
                );
                let key = match bare {
                    true => self.put(key, Node::Text(plain.into())),
                    false => self.read(key, depth),
                };
                Some((key, self.read(value, depth)))
            });
            return Node::Map(pairs.collect());
        }
        Node::List(self.all(items, depth))
    }
}
