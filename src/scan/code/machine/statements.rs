//! Reading functions, conditions, choices and loops.

use tree_sitter::Node as Syntax;

use super::recipe::*;
use crate::scan::code::language::Language;

/// The ways of a choice, as the grammars call them.
const WAYS: [&str; 18] = [
    "expression_case",
    "default_case",
    "when_entry",
    "switch_case",
    "switch_default",
    "case_statement",
    "default_statement",
    "switch_section",
    "switch_expression_arm",
    "switch_block_statement_group",
    "switch_rule",
    "match_arm",
    "match_conditional_expression",
    "match_default_expression",
    "switch_entry",
    "when",
    "case_clause",
    "else",
];

impl<'s> Reader<'s> {
    pub(super) fn function(&mut self, node: Syntax<'_>, children: &[Child<'_>], depth: u32) -> Node {
        let field = |name: &str| children.iter().find(|child| child.field == name).map(|child| child.node);
        let mut declarator = field("declarator");
        while let Some(inner) = declarator
            .filter(|of| matches!(of.kind(), "pointer_declarator" | "reference_declarator"))
            .and_then(|of| of.child_by_field_name("declarator").or(of.named_child(0)))
        {
            // `static char *undo(…)`
            declarator = Some(inner);
        }
        let name = field("name")
            .or_else(|| declarator.and_then(|declarator| declarator.child_by_field_name("declarator")));
        let name = name.map_or("", |name| self.text(name));
        let name = name.rsplit(['.', ':']).next().unwrap_or("");
        let list = declarator
            .and_then(parameters_of)
            .or_else(|| field("parameters"))
            .or_else(|| field("parameter"))
            .or_else(|| {
                children.iter().map(|child| child.node).find(|child| child.kind().contains("parameter"))
            })
            .or_else(|| field("type").filter(|ty| ty.kind().contains("lambda")).and_then(parameters_of));
        let body =
            field("body").or_else(|| children.iter().rev().find(|child| child.named).map(|child| child.node));
        if let Some(receiver) = field("receiver").filter(|_| self.recipe.language == Language::Go) {
            let mut names = Vec::new();
            self.names(receiver, &mut names);
            self.recipe.receivers.extend(names);
        }
        let mut params: Vec<Box<str>> = Vec::new();
        if let Some(list) = list {
            // Swift has no node around them all.
            let beside = children.iter().map(|child| child.node).filter(|child| child.kind() == "parameter");
            let beside: Vec<Syntax<'_>> = beside.take(64).collect();
            match list.kind() == "parameter" && !beside.is_empty() {
                true => beside.iter().for_each(|parameter| self.names_of(*parameter, &mut params)),
                false => self.names(list, &mut params),
            }
        }
        if params.is_empty() && node.kind().contains("lambda") && self.text(node).contains("$1") {
            // `{ $0 + $1 }`
            params = vec!["$0".into(), "$1".into()];
        }
        let mut results = Vec::new();
        if let Some(result) = field("result").filter(|result| result.kind() == "parameter_list") {
            // `func f() (s string)`
            let mut cursor = result.walk();
            let named =
                result.named_children(&mut cursor).filter(|one| one.child_by_field_name("name").is_some());
            named.for_each(|one| self.names_of(one, &mut results));
        }
        let around = std::mem::replace(&mut self.given, results.into_iter().next());
        let own = field("body").is_some() || children.iter().filter(|child| child.named).count() < 2;
        let body = match body {
            Some(body) if own && Some(body) != list => {
                let list = children.iter().find(|child| child.node.kind() == "field_initializer_list");
                let mut parts = match list {
                    Some(list) => self.initialised(list.node, depth),
                    None => Vec::new(),
                };
                let read = self.read(body, depth);
                match parts.is_empty() {
                    true => read,
                    false => {
                        parts.push(read);
                        self.put(node, Node::Block(parts.into()))
                    }
                }
            }
            // A block whose statements stand in it directly.
            Some(_) => {
                let parts = children.iter().filter(|child| child.named && Some(child.node) != list);
                let parts: Vec<Syntax<'_>> = parts
                    .filter(|child| {
                        !matches!(child.field, "name" | "type" | "return_type" | "returns" | "declarator")
                    })
                    .map(|child| child.node)
                    .collect();
                let parts = self.all(&parts, depth);
                self.put(node, Node::Block(parts))
            }
            None => self.put(node, Node::Unknown),
        };
        self.given = around;
        // The caller puts it next.
        self.recipe.functions.push((self.recipe.nodes.len() as Id, self.owner.clone()));
        Node::Function(name.into(), params.into(), body)
    }

    /// The names a list of parameters binds, in order.
    pub(super) fn names(&self, list: Syntax<'_>, out: &mut Vec<Box<str>>) {
        if list.named_child_count() == 0 {
            let text = self.text(list);
            if is_name(text) {
                out.push(text.trim_start_matches(['$', '@']).into());
            }
            return;
        }
        let mut cursor = list.walk();
        let parameters: Vec<Syntax<'_>> = list.named_children(&mut cursor).take(64).collect();
        if let [pair] = parameters.as_slice()
            && matches!(
                pair.kind(),
                "multi_variable_declaration" | "array_pattern" | "tuple_pattern" | "destructured_parameter"
            )
            && pair.named_child_count() > 1
        {
            // `{ (place, letter) -> … }`, `([place, letter]) => …`
            return self.names(*pair, out);
        }
        for parameter in parameters {
            self.names_of(parameter, out);
        }
    }

    /// The name one parameter binds.
    pub(super) fn names_of(&self, parameter: Syntax<'_>, out: &mut Vec<Box<str>>) {
        {
            let mut at = parameter;
            let several = parameter.kind().contains("spread") || parameter.kind().contains("variadic");
            if let Some(last) = (parameter.named_child_count() as u32).checked_sub(1).filter(|_| several) {
                // `int... at`
                at = parameter
                    .child_by_field_name("name")
                    .or(parameter.named_child(last))
                    .unwrap_or(parameter);
            }
            for _ in 0..6 {
                let inner = ["name", "pattern", "declarator", "left"]
                    .iter()
                    .find_map(|field| at.child_by_field_name(field));
                match inner.or_else(|| {
                    let plain = at.named_child_count() > 0;
                    plain.then(|| at.named_child(0)).flatten()
                }) {
                    Some(inner) => at = inner,
                    None => break,
                }
            }
            let text = self.text(at).trim_start_matches(['*', '&', '.']);
            if matches!(text, "self" | "this" | "cls") && out.is_empty() {
                return;
            }
            if is_name(text) {
                out.push(text.trim_start_matches(['$', '@']).into());
            }
        }
    }

    /// An enumeration: a map of its names to their numbers. TypeScript has the way back in it, and in C the names
    /// stand for themselves.
    pub(super) fn enumeration(&mut self, name: Syntax<'_>, body: Syntax<'_>, depth: u32) -> Option<Node> {
        /// Names of the longest enumeration that is kept.
        const MOST: usize = 256;
        let mut cursor = body.walk();
        let members: Vec<Syntax<'_>> = body.named_children(&mut cursor).take(MOST).collect();
        let typescript = self.recipe.language == Language::TypeScript;
        let bare = matches!(self.recipe.language, Language::C | Language::Cpp);
        let mut pairs = Vec::new();
        let mut all = Vec::new();
        let mut next = 0;
        for member in members {
            if member.kind().contains("comment") {
                continue;
            }
            let label = member.child_by_field_name("name").or(member.named_child(0)).unwrap_or(member);
            let text = self.text(label).trim_matches(['"', '\'']);
            if !is_name(text) {
                return None;
            }
            let value = member.child_by_field_name("value").map(|value| self.read(value, depth));
            let value = match value {
                Some(value) => {
                    next = match self.recipe.node(value) {
                        Node::Number(number) => number.wrapping_add(1),
                        _ => next,
                    };
                    value
                }
                None => {
                    next += 1;
                    self.put(member, Node::Number(next - 1))
                }
            };
            let key = self.put(member, Node::Text(text.into()));
            pairs.push((key, value));
            if typescript {
                pairs.push((value, key));
            }
            if bare {
                let label = self.put(member, Node::Name(text.into()));
                all.push(self.put(member, Node::Assign(label, "=".into(), value)));
            }
        }
        let map = self.put(body, Node::Map(pairs.into()));
        let target = self.read(name, depth);
        all.push(self.put(body, Node::Assign(target, "=".into(), map)));
        Some(Node::Block(all.into()))
    }

    pub(super) fn gather(&mut self, children: &[Child<'_>], named: &[Syntax<'_>], depth: u32) -> Node {
        let body = children.iter().find(|child| child.field == "body").map(|child| child.node);
        let clause = named.iter().find(|child| child.kind() == "for_in_clause");
        let (Some(body), Some(clause)) = (body, clause) else { return Node::Unknown };
        let (left, right) = (clause.child_by_field_name("left"), clause.child_by_field_name("right"));
        let (Some(left), Some(right)) = (left, right) else { return Node::Unknown };
        let mut names = Vec::new();
        self.names(left, &mut names);
        let only = named.iter().find(|child| child.kind() == "if_clause");
        let body = self.read(body, depth);
        let of = self.read(right, depth);
        let only = only.and_then(|only| only.named_child(0)).map(|only| self.read(only, depth));
        Node::Gather(body, names.into(), of, only)
    }

    pub(super) fn condition(
        &mut self,
        kind: &str,
        named: &[Syntax<'_>],
        condition: Option<Syntax<'_>>,
        children: &[Child<'_>],
        depth: u32,
    ) -> Node {
        let field = |name: &str| children.iter().find(|child| child.field == name).map(|child| child.node);
        let Some(condition) = condition.or_else(|| named.first().copied()) else { return Node::Unknown };
        // `if x := f(); x != nil`
        let before = field("initializer").map(|before| self.read(before, depth));
        let before_node = field("initializer");
        let mut rest =
            named.iter().copied().filter(|child| *child != condition && Some(*child) != before_node);
        let yes = field("consequence").or_else(|| field("body")).or_else(|| rest.next());
        let no = field("alternative").or_else(|| rest.find(|child| Some(*child) != yes));
        let (Some(yes), condition) = (yes, self.read(condition, depth)) else { return Node::Unknown };
        let yes = self.read(yes, depth);
        let no = no.map(|no| self.read(no, depth));
        match (kind, no) {
            ("unless", no) => {
                let none = self.recipe.nodes.len() as Id;
                self.recipe.nodes.push(Node::Unknown);
                self.recipe.places.push((0, 0));
                Node::If(condition, no.unwrap_or(none), Some(yes))
            }
            (_, no) => match before {
                Some(before) => {
                    self.recipe.nodes.push(Node::If(condition, yes, no));
                    self.recipe.places.push((0, 0));
                    let then = self.recipe.len() - 1;
                    Node::Block([before, then].into())
                }
                None => Node::If(condition, yes, no),
            },
        }
    }

    /// A choice of several ways: one condition after the other, where each way has a node of its own.
    pub(super) fn choice(&mut self, node: Syntax<'_>, children: &[Child<'_>], depth: u32) -> Node {
        let said = |child: &&Child<'_>| matches!(child.field, "value" | "subject" | "condition" | "expr");
        let bare = node.kind() == "switch_expression";
        let subject =
            children.iter().find(said).or_else(|| children.iter().find(|child| bare && child.named));
        let subject_node = subject.map(|subject| subject.node);
        let subject = subject_node.map(|subject| self.read(subject, depth));
        let mut ways: Vec<Syntax<'_>> = Vec::new();
        for child in children.iter().map(|child| child.node) {
            if matches!(
                child.kind(),
                "switch_body" | "switch_block" | "match_block" | "compound_statement" | "block"
            ) {
                let mut cursor = child.walk();
                ways.extend(child.named_children(&mut cursor).take(256));
            } else {
                ways.push(child);
            }
        }
        ways.retain(|way| WAYS.contains(&way.kind()));
        let mut last: Option<Id> = None;
        for way in ways.into_iter().rev().take(256) {
            let parts = Self::children(way);
            let is_condition = |part: &&Child<'_>| {
                let kind = part.node.kind();
                part.named
                    && (matches!(part.field, "condition" | "pattern" | "conditional_expressions")
                        || part.field == "value" && way.kind() != "match_arm"
                        || kind == "when_condition"
                        || kind == "switch_label"
                        || kind == "discard"
                        || kind == "default_keyword"
                        || kind.ends_with("_pattern"))
            };
            let conditions: Vec<Syntax<'_>> =
                parts.iter().filter(is_condition).map(|part| part.node).collect();
            let body: Vec<Syntax<'_>> = parts
                .iter()
                .filter(|part| {
                    part.named && !conditions.contains(&part.node) && !part.node.kind().starts_with("break")
                })
                .map(|part| part.node)
                .collect();
            let body = self.all(&body, depth);
            let body = self.put(way, Node::Block(body));
            let mut tests: Vec<Syntax<'_>> = Vec::new();
            conditions.iter().for_each(|condition| Self::tests(*condition, 0, &mut tests));
            tests.retain(|test| self.text(*test) != "_");
            if tests.is_empty() {
                last = Some(body);
                continue;
            }
            for test in tests.into_iter().rev().take(16) {
                let mut is = self.read(test, depth);
                if let Some(subject) = subject {
                    is = self.put(way, Node::Binary("==".into(), subject, is));
                }
                last = Some(self.put(way, Node::If(is, body, last)));
            }
        }
        match last {
            Some(last) => Node::Block([last].into()),
            None => Node::Unknown,
        }
    }

    /// What is compared in a condition: `case 1, 2`, `2 | 3`.
    fn tests<'t>(node: Syntax<'t>, depth: u32, out: &mut Vec<Syntax<'t>>) {
        let kind = node.kind();
        let wraps = kind.ends_with("pattern")
            || matches!(kind, "switch_label" | "match_condition_list" | "when_condition");
        if !wraps || depth > 6 {
            if !matches!(kind, "discard" | "default_keyword") {
                out.push(node);
            }
            return;
        }
        let mut cursor = node.walk();
        let inner: Vec<Syntax<'t>> = node.named_children(&mut cursor).take(32).collect();
        inner.into_iter().for_each(|one| Self::tests(one, depth + 1, out));
    }

    pub(super) fn bound(&mut self, bound: Syntax<'_>, children: &[Child<'_>], depth: u32) -> Node {
        let mut parts = Vec::new();
        let mut target = None;
        for child in children {
            let sign = self.text(child.node);
            if child.node == bound || child.field == "bound_identifier" {
                target = Some(child.node);
            } else if let (Some(name), true) = (target, child.named && sign != "let") {
                let name_id = self.read(name, depth);
                let value = self.read(child.node, depth);
                parts.push(self.put(name, Node::Assign(name_id, "=".into(), value)));
                target = None;
            } else if sign == "else" {
                break;
            } else if child.named && !child.node.kind().contains("pattern") {
                parts.push(self.read(child.node, depth));
            }
        }
        Node::Block(parts.into())
    }

    pub(super) fn each(&mut self, children: &[Child<'_>], named: &[Syntax<'_>], depth: u32) -> Option<Node> {
        let body = children.iter().find(|child| child.field == "body").map(|child| child.node);
        let body = body.or_else(|| named.last().copied())?;
        // Go puts what is gone through, or the three parts of a loop, in a clause.
        let clause = named.iter().find(|child| matches!(child.kind(), "range_clause" | "for_clause"));
        let inner = clause.map(|clause| Self::children(*clause));
        let parts = inner.as_deref().unwrap_or(children);
        let sign = parts.iter().position(|child| {
            !child.named && matches!(self.text(child.node), "in" | "of" | ":" | "range" | "as")
        });
        let field = |name: &str| parts.iter().find(|child| child.field == name).map(|child| child.node);
        if let Some(sign) = sign {
            let before: Vec<&Child<'_>> = parts.iter().take(sign).filter(|child| child.named).collect();
            let after: Vec<&Child<'_>> =
                parts.iter().skip(sign + 1).filter(|child| child.named && child.node != body).collect();
            let php = self.recipe.language == Language::Php;
            let (bound, of): (Vec<Syntax<'_>>, Syntax<'_>) = match (field("left"), field("right")) {
                (Some(left), Some(right)) => (vec![left], right),
                _ if php => (after.iter().map(|child| child.node).collect(), before.first()?.node),
                _ => {
                    let bound = field("name").or_else(|| field("declarator")).or_else(|| field("pattern"));
                    let bound = bound.or_else(|| field("item"));
                    let of = after.first()?.node;
                    (vec![bound.or_else(|| before.last().map(|child| child.node))?], of)
                }
            };
            let mut names = Vec::new();
            let by_reference = bound.iter().any(|bound| self.text(*bound).contains('&'));
            for bound in bound {
                let text = self.text(bound);
                if is_name(text) {
                    names.push(text.trim_start_matches('$').into());
                } else {
                    self.names(bound, &mut names);
                }
            }
            // `for i := range list`, `for (const i in list)`: the places, not what stands there.
            let sign = parts.get(sign).map_or("", |sign| self.text(sign.node));
            let placed = match self.recipe.language {
                Language::Go => sign == "range",
                Language::JavaScript | Language::TypeScript => sign == "in",
                _ => false,
            };
            if placed && names.len() == 1 {
                names.push("_".into());
            }
            // `for (char &c : text)`, `foreach ($list as &$c)`, `for b in list.iter_mut()`.
            let place = match self.recipe.language {
                Language::Cpp | Language::Php => by_reference.then_some(of),
                Language::Rust if self.text(of).ends_with(".iter_mut()") => {
                    of.child_by_field_name("function").and_then(|of| of.child_by_field_name("value"))
                }
                Language::Rust if self.text(of).starts_with("&mut ") => of.child_by_field_name("value"),
                _ => None,
            };
            let place = place.filter(|_| names.len() == 1).map(|place| self.read(place, depth));
            let of = self.read(of, depth);
            let body = self.read(body, depth);
            return Some(Node::Each(names.into(), of, body, place));
        }
        let start = field("initializer").or_else(|| field("initialize")).or_else(|| field("init"));
        let start = start.or_else(|| field("for_initializer"));
        let condition = field("condition").or_else(|| field("for_condition"));
        let step = field("update").or_else(|| field("increment")).or_else(|| field("for_iterator"));
        let condition = condition?;
        let start = start.map(|start| self.read(start, depth));
        let condition = self.read(condition, depth);
        let step = step.map(|step| self.read(step, depth));
        let body_id = self.read(body, depth);
        let turn = self.put(body, Node::While(Some(condition), step, body_id));
        Some(Node::Block(start.into_iter().chain([turn]).collect()))
    }
}
