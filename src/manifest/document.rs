//! The parsed document as nodes that know their place: tolerant look-ups for the rules.

use std::ops::Range;

use toml::Spanned;
use toml::de::DeTable;
use toml::de::DeValue;

/// A value of the document, the span messages point at, and its dotted path.
#[derive(Clone)]
pub struct Node<'a> {
    /// The value.
    pub value: Kind<'a>,
    /// Bytes of the text: the value, or the header of a table.
    pub span: Range<usize>,
    /// `build.limits`; empty for the document.
    pub path: String,
}

/// What a node is.
#[derive(Clone, Copy)]
pub enum Kind<'a> {
    /// A table, the document included.
    Table(&'a DeTable<'a>),
    /// Anything else.
    Other(&'a DeValue<'a>),
}

/// A key of a table with its value.
pub struct Field<'a> {
    /// The key.
    pub name: &'a str,
    /// Where the key stands.
    pub span: Range<usize>,
    /// Its value.
    pub node: Node<'a>,
}

impl<'a> Node<'a> {
    /// The document.
    pub fn root(table: &'a Spanned<DeTable<'a>>) -> Node<'a> {
        Node { value: Kind::Table(table.get_ref()), span: 0..0, path: String::new() }
    }

    /// The fields of a table, in order of place; none for anything else.
    pub fn fields(&self) -> Vec<Field<'a>> {
        let Kind::Table(table) = self.value else { return Vec::new() };
        let mut fields: Vec<Field<'a>> = table
            .iter()
            .map(|(key, value)| {
                let name: &'a str = key.get_ref().as_ref();
                Field { name, span: key.span(), node: self.child(value, name) }
            })
            .collect();
        fields.sort_by_key(|field| field.span.start);
        fields
    }

    /// The value of `key`, where this is a table that has it.
    pub fn get(&self, key: &str) -> Option<Node<'a>> {
        let Kind::Table(table) = self.value else { return None };
        table.iter().find(|(name, _)| name.get_ref().as_ref() == key).map(|(_, value)| self.child(value, key))
    }

    /// The elements of an array; none for anything else.
    pub fn items(&self) -> Vec<Node<'a>> {
        match self.value {
            Kind::Other(DeValue::Array(array)) => {
                array.iter().map(|value| node(value, self.path.clone())).collect()
            }
            _ => Vec::new(),
        }
    }

    /// The text of a string.
    pub fn text(&self) -> Option<&'a str> {
        match self.value {
            Kind::Other(DeValue::String(text)) => Some(text.as_ref()),
            _ => None,
        }
    }

    /// The value of an integer that fits.
    pub fn integer(&self) -> Option<i64> {
        match self.value {
            Kind::Other(DeValue::Integer(integer)) => {
                i64::from_str_radix(integer.as_str(), integer.radix()).ok()
            }
            _ => None,
        }
    }

    /// The elements of the array `key`; none where it is not there.
    pub fn list(&self, key: &str) -> Vec<Node<'a>> {
        self.get(key).map(|node| node.items()).unwrap_or_default()
    }

    /// The text of the string `key`.
    pub fn text_of(&self, key: &str) -> Option<&'a str> {
        self.get(key).and_then(|node| node.text())
    }

    /// What this is, for people.
    pub fn what(&self) -> &'static str {
        match self.value {
            Kind::Table(_) => "a table",
            Kind::Other(DeValue::String(_)) => "a string",
            Kind::Other(DeValue::Integer(_)) => "a whole number",
            Kind::Other(DeValue::Float(_)) => "a number with a fraction",
            Kind::Other(DeValue::Boolean(_)) => "true or false",
            Kind::Other(DeValue::Datetime(_)) => "a date",
            Kind::Other(DeValue::Array(_)) => "an array",
            Kind::Other(DeValue::Table(_)) => "a table",
        }
    }

    fn child(&self, value: &'a Spanned<DeValue<'a>>, key: &str) -> Node<'a> {
        let path = if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) };
        node(value, path)
    }
}

fn node<'a>(value: &'a Spanned<DeValue<'a>>, path: String) -> Node<'a> {
    let kind = match value.get_ref() {
        DeValue::Table(table) => Kind::Table(table),
        other => Kind::Other(other),
    };
    Node { value: kind, span: value.span(), path }
}
