//! Objects of a file's own classes: what a constructor keeps, and what methods make of it.

use std::collections::BTreeMap;
use std::rc::Rc;

use tree_sitter::Node as Syntax;

use super::recipe::*;
use super::run::Machine;
use super::run::V;
use crate::scan::code::language::Language;

/// A class of the file.
#[derive(Debug, Default)]
pub struct Class {
    /// Its fields, as far as it declares them, in order.
    fields: Vec<Box<str>>,
    /// What it is a template of.
    params: Vec<Box<str>>,
}

/// The key under which what stands for any member keeps the function that gives them.
pub(super) const HANDLER: &str = "@get";

/// The key under which an object keeps the name of its class.
const CLASS: &str = "@class";
/// Most fields of a class.
const MOST: usize = 64;

impl Reader<'_> {
    /// Notes the class `name` that `node` declares.
    pub(super) fn class(&mut self, node: Syntax<'_>, name: &str) {
        let mut class = Class::default();
        if let Some(template) = node.parent().filter(|parent| parent.kind() == "template_declaration")
            && let Some(list) = template.child_by_field_name("parameters")
        {
            self.names(list, &mut class.params);
        }
        if let Some(body) = node.child_by_field_name("body") {
            let mut cursor = body.walk();
            let fields: Vec<Syntax<'_>> = body
                .named_children(&mut cursor)
                .filter(|child| child.kind() == "field_declaration")
                .take(MOST)
                .collect();
            for field in fields {
                let mut cursor = field.walk();
                let declared: Vec<Syntax<'_>> =
                    field.children_by_field_name("declarator", &mut cursor).take(MOST).collect();
                declared.into_iter().for_each(|declared| self.names_of(declared, &mut class.fields));
            }
        }
        self.recipe.classes.entry(name.into()).or_insert(class);
    }

    /// `Lit<11, 0x37> name("text");`, `Caption<10> name{{…}};`: an object that is declared.
    pub(super) fn declared(&mut self, node: Syntax<'_>, depth: u32) -> Option<Node> {
        let ty = node.child_by_field_name("type")?;
        if let Some(function) =
            node.child_by_field_name("declarator").filter(|one| one.kind() == "function_declarator")
            && self.text(ty).ends_with("string")
        {
            // `std::string copy(text, length);` looks like a function that is declared.
            let first = function.child_by_field_name("parameters")?.named_child(0)?;
            let first = first.child_by_field_name("type").filter(|_| first.named_child_count() == 1)?;
            let target = self.target(function.child_by_field_name("declarator")?, depth);
            let value = Node::Name(self.text(first).into());
            let value = self.put(first, value);
            return Some(Node::Assign(target, "=".into(), value));
        }
        let declarator =
            node.child_by_field_name("declarator").filter(|one| one.kind() == "init_declarator")?;
        let value = declarator.child_by_field_name("value")?;
        let listed = matches!(value.kind(), "argument_list" | "initializer_list");
        if ty.kind() == "qualified_identifier" && value.kind() == "initializer_list" {
            // `std::vector<int> d{1, 2}`, `std::map<char, char> m{{'a', 'b'}}`
            let mut cursor = value.walk();
            let items: Vec<Syntax<'_>> = value.named_children(&mut cursor).take(4096).collect();
            let target = self.target(declarator.child_by_field_name("declarator")?, depth);
            let items = self.all(&items, depth);
            let made = match self.text(ty).contains("map<") {
                true => {
                    let name = self.put(value, Node::Name("mapOf".into()));
                    self.put(value, Node::Call(name, items))
                }
                false => self.put(value, Node::List(items)),
            };
            return Some(Node::Assign(target, "=".into(), made));
        }
        if ty.kind() == "qualified_identifier"
            && listed
            && ["string", "stringstream"].iter().any(|of| self.text(ty).ends_with(of))
        {
            // `std::string copy(text, length);`
            if value
                .named_child(1)
                .is_some_and(|second| matches!(second.kind(), "char_literal" | "number_literal"))
            {
                return None;
            }
            let first = value.named_child(0).filter(|first| first.kind() != "number_literal")?;
            let target = self.target(declarator.child_by_field_name("declarator")?, depth);
            let first = self.read(first, depth);
            return Some(Node::Assign(target, "=".into(), first));
        }
        if !listed || !matches!(ty.kind(), "template_type" | "type_identifier") {
            return None;
        }
        let equals = self.text(declarator).split(['(', '{']).next().is_some_and(|head| head.contains('='));
        if equals {
            return None;
        }
        let name = ty.child_by_field_name("name").unwrap_or(ty);
        let name: Box<str> = self.text(name).into();
        let mut list = |of: Option<Syntax<'_>>| -> Box<[Id]> {
            let mut cursor = node.walk();
            let of: Vec<Syntax<'_>> = match of {
                Some(of) => {
                    let mut inner = of.walk();
                    of.named_children(&mut inner).take(MOST).collect()
                }
                None => node.named_children(&mut cursor).take(0).collect(),
            };
            self.all(&of, depth)
        };
        let template = list(ty.child_by_field_name("arguments"));
        let args = list(Some(value));
        let target = self.target(declarator.child_by_field_name("declarator")?, depth);
        let made = self.put(value, Node::Make(name, template, args));
        Some(Node::Assign(target, "=".into(), made))
    }

    /// What the list in front of a constructor's body puts into fields: `: key_(key)`.
    pub(super) fn initialised(&mut self, list: Syntax<'_>, depth: u32) -> Vec<Id> {
        let mut cursor = list.walk();
        let all: Vec<Syntax<'_>> = list.named_children(&mut cursor).take(MOST).collect();
        let mut out = Vec::new();
        for one in all {
            if let (Some(field), Some(value)) = (one.named_child(0), one.named_child(1))
                && let Some(value) = value.named_child(0).filter(|_| value.named_child_count() == 1)
            {
                let target = self.read(field, depth);
                let value = self.read(value, depth);
                out.push(self.put(one, Node::Assign(target, "=".into(), value)));
            }
        }
        out
    }
}

impl Machine<'_> {
    /// A new object of the class `name`; nothing where the file has no such class.
    pub(super) fn make(&mut self, name: &str, template: &[V], args: &[V], depth: u32) -> Option<V> {
        let class = self.recipe.classes.get(name)?;
        let fields = class.fields.iter().map(|field| (Rc::from(&**field), V::Outside((&**field).into())));
        let mut scope: BTreeMap<Rc<str>, V> = fields.collect();
        for (param, value) in class.params.iter().zip(template) {
            scope.insert((&**param).into(), value.clone());
        }
        let constructor = match self.recipe.language {
            Language::Python => "__init__",
            Language::JavaScript | Language::TypeScript => "constructor",
            Language::Swift => "init",
            Language::Php => "__construct",
            Language::Ruby => "initialize",
            _ => name,
        };
        let constructor = self.own(name, constructor);
        if constructor.is_none() {
            // In the order in which they are declared; brackets in brackets are one list.
            for (field, value) in class.fields.iter().zip(args) {
                scope.insert((&**field).into(), flat(value));
            }
        }
        let (_, scope) = self.within(scope, constructor, args, depth);
        let pairs = scope.into_iter().map(|(key, value)| (V::Text(key), value));
        Some(V::map([(V::text(CLASS), V::text(name))].into_iter().chain(pairs).collect()))
    }

    /// The method `name` of the object `of`: what it gives, and the object after it. Nothing where `of` is no object,
    /// or its class has no such method.
    pub(super) fn on_object(&mut self, of: &V, name: &str, args: &[V], depth: u32) -> Option<(V, V)> {
        let V::Map(pairs) = of else { return None };
        let named = |pair: &&(V, V)| matches!(&pair.0, V::Text(key) if &**key == CLASS);
        let Some((_, V::Text(class))) = pairs.iter().find(named) else { return None };
        let class = class.clone();
        let method = self.own(&class, name)?;
        let scope = pairs.iter().filter_map(|(key, value)| match key {
            V::Text(key) => Some((key.clone(), value.clone())),
            _ => None,
        });
        let scope = scope.collect();
        let (value, scope) = self.within(scope, Some(method), args, depth);
        Some((value, V::map(scope.into_iter().map(|(key, value)| (V::Text(key), value)).collect())))
    }

    /// The field `name` of a struct whose fields are written in order.
    pub(super) fn field_of(&self, of: &V, name: &str) -> Option<V> {
        let V::List(items) = of else { return None };
        let mut at = self.recipe.classes.values().filter_map(|class| {
            let at = class.fields.iter().position(|field| &**field == name)?;
            (class.fields.len() == items.len()).then_some(at)
        });
        items.get(at.next()?).cloned()
    }

    /// What a function that stands for every member of `of` gives under `key`.
    pub(super) fn dynamic(&mut self, of: &V, key: V, depth: u32) -> Option<V> {
        let V::Map(pairs) = of else { return None };
        let handler = pairs.iter().find(|pair| matches!(&pair.0, V::Text(key) if &**key == HANDLER));
        if let Some((_, V::Func(by))) = handler {
            let given = [V::Unknown(false), key, V::Unknown(false)];
            let count = self.params_of(&V::Func(*by)).min(given.len());
            return Some(self.apply(*by, given.get(..count).unwrap_or_default(), depth + 1));
        }
        let names = ["__getitem__", "__missing__", "__getattr__", "__get", "[]"];
        names
            .iter()
            .find_map(|name| self.on_object(of, name, std::slice::from_ref(&key), depth))
            .map(|(value, _)| value)
    }

    /// Calls `function` with the fields of an object around it.
    fn within(
        &mut self,
        scope: BTreeMap<Rc<str>, V>,
        function: Option<Id>,
        args: &[V],
        depth: u32,
    ) -> (V, BTreeMap<Rc<str>, V>) {
        let Some(function) = function else { return (V::Unknown(false), scope) };
        self.objects.push(self.vars.len());
        self.vars.push(scope);
        let value = self.apply(function, args, depth);
        let scope = self.vars.pop().unwrap_or_default();
        self.objects.pop();
        (value, scope)
    }
}

/// A list without the brackets around it.
fn flat(value: &V) -> V {
    match value {
        V::List(items) if items.len() == 1 => match items.first() {
            Some(inner @ V::List(_)) => flat(inner),
            _ => value.clone(),
        },
        _ => value.clone(),
    }
}
