//! Reading what is written in ways of one language: literals with a function behind them, tagged templates, methods
//! that are handed over by their names, several places that are assigned to at once.

use tree_sitter::Node as Syntax;

use super::recipe::*;
use crate::scan::code::language::Language;

/// Most places of one assignment, most pieces of one template.
const MOST: usize = 64;
/// What the one parameter of a method that is handed over by its name is called.
const GIVEN: &str = "@given";

impl Reader<'_> {
    /// `R"(text)"_undo`, `letters::get`, a raw text of C++.
    pub(super) fn by_language(&mut self, node: Syntax<'_>, kind: &str, depth: u32) -> Option<Node> {
        match kind {
            "user_defined_literal" => {
                let (literal, suffix) = (node.named_child(0)?, node.named_child(1)?);
                let name = format!("operator\"\"{}", self.text(suffix));
                let value = self.read(literal, depth);
                let count = match self.recipe.node(value) {
                    Node::Text(text) => text.len() as i64,
                    _ => 0,
                };
                let count = self.put(literal, Node::Number(count));
                let target = self.put(suffix, Node::Name(name.into()));
                Some(Node::Call(target, [value, count].into()))
            }
            "subshell" if self.recipe.language == Language::Ruby => {
                let mut cursor = node.walk();
                let parts: Vec<Syntax<'_>> = node.named_children(&mut cursor).take(256).collect();
                let mut pieces = Vec::new();
                for part in parts {
                    match part.named_child(0).filter(|_| part.kind() == "interpolation") {
                        Some(inner) => pieces.push(self.read(inner, depth)),
                        None => {
                            let text = Node::Text(self.text(part).into());
                            pieces.push(self.put(part, text));
                        }
                    }
                }
                let command = self.put(node, Node::Joined(pieces.into()));
                let target = self.put(node, Node::Name("backtick".into()));
                Some(Node::Call(target, [command].into()))
            }
            "string_literal" if self.recipe.language == Language::PowerShell => {
                let inner =
                    node.named_child(0).filter(|inner| inner.kind() == "expandable_string_literal")?;
                self.by_language(inner, inner.kind(), depth)
            }
            "expandable_string_literal" => {
                let mut cursor = node.walk();
                let parts: Vec<Syntax<'_>> = node.named_children(&mut cursor).take(256).collect();
                let parts: Vec<Syntax<'_>> = parts
                    .into_iter()
                    .filter(|part| matches!(part.kind(), "variable" | "sub_expression"))
                    .collect();
                if parts.is_empty() || self.text(node).contains("$env:") {
                    return None;
                }
                let (whole, start) = (self.text(node), node.start_byte());
                let mut pieces = Vec::new();
                let mut from = 1;
                for part in parts {
                    let text = whole.get(from..part.start_byte() - start).unwrap_or("");
                    pieces.push(self.put(part, Node::Text(text.into())));
                    pieces.push(self.read(part, depth));
                    from = part.end_byte() - start;
                }
                let text = whole.get(from..whole.len() - 1).unwrap_or("");
                pieces.push(self.put(node, Node::Text(text.into())));
                Some(Node::Joined(pieces.into()))
            }
            // `new byte[length]`
            "array_creation_expression" if !self.text(node).contains('{') => {
                let dimensions = node.child_by_field_name("dimensions").and_then(|of| of.named_child(0));
                let rank = || {
                    let ty = node.child_by_field_name("type")?;
                    ty.child_by_field_name("rank")?.named_child(0)
                };
                let count = dimensions.or_else(rank)?;
                let count = self.read(count, depth);
                let target = self.put(node, Node::Name("make".into()));
                Some(Node::Call(target, [count].into()))
            }
            "raw_string_literal" if self.recipe.language == Language::Cpp => {
                let mut cursor = node.walk();
                let content = node.named_children(&mut cursor).find(|one| one.kind() == "raw_string_content");
                Some(Node::Text(content.map_or("", |content| self.text(content)).into()))
            }
            "callable_reference" | "method_reference" => {
                let base = node.named_child(0)?;
                match node.named_child(1) {
                    Some(name) => self.handed_by_name(node, base, name, depth),
                    // `::hear`
                    None => Some(Node::Name(self.text(base).into())),
                }
            }
            "instance_variable" | "class_variable" => {
                let name = self.text(node).trim_start_matches('@').into();
                let this = self.put(node, Node::Name("self".into()));
                Some(Node::Member(this, name))
            }
            // `var host string`, `static char name[16];`: what is filled later.
            "var_spec" if node.child_by_field_name("value").is_none() && self.owner.is_empty() => {
                let (name, ty) = (node.child_by_field_name("name")?, node.child_by_field_name("type")?);
                let before = node.parent().and_then(|spec| spec.prev_sibling());
                if before.is_some_and(|before| self.text(before).starts_with("//go:embed")) {
                    // A file that is part of the program.
                    return Some(Node::Unknown);
                }
                let empty = match self.text(ty) {
                    "string" => Node::Text("".into()),
                    "[]byte" | "[]rune" => Node::List([].into()),
                    _ => return None,
                };
                let (name, empty) = (self.read(name, depth), self.put(ty, empty));
                Some(Node::Assign(name, "=".into(), empty))
            }
            _ => None,
        }
    }

    /// `letters::get`: a function of one value. Of a type, and of the object itself, it is a member.
    pub(super) fn handed_by_name(
        &mut self,
        node: Syntax<'_>,
        base: Syntax<'_>,
        name: Syntax<'_>,
        depth: u32,
    ) -> Option<Node> {
        let text = self.text(base);
        if matches!(text, "this" | "self" | "super") || text.starts_with(|c: char| c.is_ascii_uppercase()) {
            return None;
        }
        let name: Box<str> = self.text(name).into();
        let base = self.read(base, depth);
        let target = self.put(node, Node::Member(base, name));
        let given = self.put(node, Node::Name(GIVEN.into()));
        let body = self.put(node, Node::Call(target, [given].into()));
        self.recipe.functions.push((self.recipe.nodes.len() as Id, self.owner.clone()));
        Some(Node::Function("".into(), [GIVEN.into()].into(), body))
    }

    /// A property that is computed where it is read.
    pub(super) fn getter(&mut self, node: Syntax<'_>, kind: &str, depth: u32) -> Option<Node> {
        if kind != "property_declaration" {
            return None;
        }
        let mut cursor = node.walk();
        let parts: Vec<Syntax<'_>> = node.named_children(&mut cursor).take(MOST).collect();
        let child = |kinds: &[&str]| parts.iter().copied().find(|part| kinds.contains(&part.kind()));
        let body = match self.recipe.language {
            Language::Swift => {
                let computed = child(&["computed_property"])?;
                let inner = |of: Syntax<'_>, kind: &str| {
                    let mut cursor = of.walk();
                    of.named_children(&mut cursor).find(|one| one.kind() == kind).map(|one| one.id())
                };
                let mut cursor = computed.walk();
                let getter = computed.named_children(&mut cursor).find(|one| one.kind() == "computed_getter");
                let of = getter.unwrap_or(computed);
                let wanted = inner(of, "statements")?;
                let mut cursor = of.walk();
                of.named_children(&mut cursor).find(|one| one.id() == wanted)?
            }
            // `val tool by lazy { … }`
            Language::Kotlin if child(&["property_delegate"]).is_some() => {
                let delegate = child(&["property_delegate"])?;
                let text = self.text(delegate);
                let mut at = delegate;
                while let Some(inner) = (at.named_child_count() as u32)
                    .checked_sub(1)
                    .and_then(|last| at.named_child(last))
                    .filter(|_| at.kind() != "lambda_literal" && text.contains("lazy"))
                {
                    at = inner;
                }
                (at.kind() == "lambda_literal").then_some(at)?
            }
            Language::Kotlin => {
                let getter = child(&["getter"])?;
                let last = (getter.named_child_count() as u32).checked_sub(1)?;
                getter.named_child(last)?
            }
            Language::CSharp => match child(&["arrow_expression_clause"]) {
                Some(arrow) => arrow.named_child(0)?,
                None => {
                    let all = child(&["accessor_list"])?;
                    let mut cursor = all.walk();
                    let get = all.named_children(&mut cursor).find(|one| self.text(*one).contains("get"))?;
                    get.child_by_field_name("body")?
                }
            },
            _ => return None,
        };
        let name = node.child_by_field_name("name").or_else(|| child(&["variable_declaration"]))?;
        let name = self.text(name).split([':', ' ']).next().unwrap_or("").trim();
        if !is_name(name) {
            return None;
        }
        let name = name.into();
        let body = self.read(body, depth);
        Some(Node::Function(name, [].into(), body))
    }

    /// `throw new Error(text)`, `try { … } catch (error) { … }`.
    pub(super) fn thrown(&mut self, kind: &str, children: &[Child<'_>], depth: u32) -> Option<Node> {
        if matches!(kind, "throw_statement" | "throw_expression" | "raise_statement") {
            let value = children.iter().find(|child| child.named)?.node;
            let value = self.read(value, depth);
            return Some(Node::Throw(value));
        }
        if !matches!(kind, "try_statement" | "try_expression") || self.recipe.language == Language::Rust {
            return None;
        }
        let field = |name: &str| children.iter().find(|child| child.field == name).map(|child| child.node);
        let named: Vec<Syntax<'_>> =
            children.iter().filter(|child| child.named).map(|child| child.node).collect();
        let body = field("body").or(named.first().copied())?;
        let handler = named
            .iter()
            .copied()
            .find(|child| ["catch_clause", "except_clause", "catch_block"].contains(&child.kind()))?;
        let last = (handler.named_child_count() as u32).checked_sub(1)?;
        let then = handler.child_by_field_name("body").or(handler.named_child(last))?;
        let head = self.text(handler).get(..then.start_byte().checked_sub(handler.start_byte())?)?;
        let words = head.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty());
        let words: Vec<&str> = words.filter(|word| *word != "catch" && *word != "except").collect();
        // Kotlin names it first, the others last.
        let name = match self.recipe.language {
            Language::Kotlin => words.first(),
            _ => words.last(),
        };
        let name = name.copied().unwrap_or("").into();
        let (body, then) = (self.read(body, depth), self.read(then, depth));
        Some(Node::Try(body, name, then))
    }

    /// What a tag of a template is given: its pieces, and what stands between them.
    pub(super) fn tagged(&mut self, template: Syntax<'_>, depth: u32) -> Vec<Id> {
        let mut cursor = template.walk();
        let parts: Vec<Syntax<'_>> = template.named_children(&mut cursor).take(MOST).collect();
        let mut texts = Vec::new();
        let mut values = Vec::new();
        let mut piece = String::new();
        for part in parts {
            match part.kind() {
                "template_substitution" => {
                    texts.push(self.put(part, Node::Text(std::mem::take(&mut piece).into())));
                    let inner = part.named_child(0).unwrap_or(part);
                    values.push(self.read(inner, depth + 1));
                }
                _ => piece.push_str(self.text(part)),
            }
        }
        texts.push(self.put(template, Node::Text(piece.into())));
        let first = self.put(template, Node::List(texts.into()));
        std::iter::once(first).chain(values).collect()
    }

    /// `first, *rest = …`: several places; nothing where one is left out.
    pub(super) fn several(&mut self, node: Syntax<'_>, depth: u32) -> Option<Id> {
        let text = self.text(node);
        if text.contains(",,") || text.contains(", ,") {
            return None;
        }
        let mut cursor = node.walk();
        let places: Vec<Syntax<'_>> = node.named_children(&mut cursor).take(MOST).collect();
        let targets = places.into_iter().map(|place| {
            let rest = ["rest", "splat"].iter().any(|sign| place.kind().contains(sign));
            let inner = place.named_child(0).filter(|_| rest).unwrap_or(place);
            let target = self.target(inner, depth + 1);
            if rest { self.put(place, Node::Spread(target)) } else { target }
        });
        let targets = targets.collect();
        Some(self.put(node, Node::List(targets)))
    }
}
