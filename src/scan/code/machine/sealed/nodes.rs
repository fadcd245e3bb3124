//! Questions about one node of a recipe.

use super::words::is_plain;
use crate::scan::code::machine::recipe::Id;
use crate::scan::code::machine::recipe::Node;
use crate::scan::code::machine::recipe::Recipe;

/// The last name of what is called.
pub(super) fn name_of(recipe: &Recipe, target: Id) -> &str {
    match recipe.node(target) {
        Node::Name(name) | Node::Member(_, name) => name,
        _ => "",
    }
}

/// The variable something is a part of, and whether that is a field of an object.
pub(super) fn root_of(recipe: &Recipe, mut id: Id) -> Option<(&str, bool)> {
    for _ in 0..8 {
        match recipe.node(id) {
            Node::Name(name) if !is_plain(name) => return Some((name, false)),
            Node::Member(base, name) => match recipe.node(*base) {
                Node::Name(_) | Node::Member(..) | Node::Index(..) => return Some((name, true)),
                _ => return None,
            },
            Node::Index(base, _) | Node::Slice(base, _) => id = *base,
            Node::Unary(_, of) | Node::Cast(_, of) | Node::Spread(of) => id = *of,
            // `word.begin()`, `buffer.as_mut_slice()`: of the same thing.
            Node::Call(target, _) => match recipe.node(*target) {
                Node::Member(base, name) if is_handle(name) => id = *base,
                _ => return None,
            },
            _ => return None,
        }
    }
    None
}

/// What gives a handle of what it is called on.
fn is_handle(name: &str) -> bool {
    matches!(
        name,
        "begin" | "end" | "data" | "rbegin" | "rend" | "as_mut_slice" | "as_mut" | "iter_mut" | "get_mut"
    )
}

/// Whether `items` are a row of numbers or single letters that are not all the same.
pub(super) fn is_row(recipe: &Recipe, items: &[Id]) -> bool {
    /// Elements of the shortest.
    const LEAST: usize = 4;
    let small = |id: &Id| match recipe.node(*id) {
        Node::Number(_) | Node::Char(_) => true,
        Node::Unary(_, of) | Node::Cast(_, of) => matches!(recipe.node(*of), Node::Number(_)),
        Node::Text(text) => text.chars().count() <= 2,
        _ => false,
    };
    items.len() >= LEAST && items.iter().all(small)
}

/// The nodes that stand directly in `node`.
pub(super) fn children(node: &Node) -> Vec<Id> {
    match node {
        Node::Unknown
        | Node::Number(_)
        | Node::Text(_)
        | Node::Char(_)
        | Node::Name(_)
        | Node::Break
        | Node::Continue
        | Node::Return(None) => Vec::new(),
        Node::Joined(all) | Node::List(all) | Node::Block(all) => all.to_vec(),
        Node::Spread(of)
        | Node::Unary(_, of)
        | Node::Step(of, ..)
        | Node::Member(of, _)
        | Node::Return(Some(of))
        | Node::Throw(of)
        | Node::Cast(_, of)
        | Node::Function(_, _, of) => vec![*of],
        Node::Map(pairs) => pairs.iter().flat_map(|(key, value)| [*key, *value]).collect(),
        Node::Binary(_, left, right) => vec![*left, *right],
        Node::Assign(left, _, right) | Node::Index(left, right) => vec![*left, *right],
        Node::If(condition, yes, no) => [*condition, *yes].into_iter().chain(*no).collect(),
        Node::Slice(base, bounds) => std::iter::once(*base).chain(bounds.iter().flatten().copied()).collect(),
        Node::Call(target, args) => std::iter::once(*target).chain(args.iter().copied()).collect(),
        Node::While(condition, step, body) => condition.iter().chain(step).copied().chain([*body]).collect(),
        Node::Each(_, of, body, place) => [*of, *body].into_iter().chain(*place).collect(),
        Node::Gather(body, _, of, only) => [*of, *body].into_iter().chain(*only).collect(),
        Node::Try(body, _, then) => vec![*body, *then],
        Node::Make(_, template, args) => template.iter().chain(args.iter()).copied().collect(),
    }
}

/// Whether a sign shifts or masks bits.
pub(super) fn is_bitwise(sign: &str) -> bool {
    matches!(
        sign,
        "^" | "xor"
            | "-bxor"
            | "&"
            | "|"
            | "<<"
            | ">>"
            | ">>>"
            | "shl"
            | "shr"
            | "ushr"
            | "-shl"
            | "-shr"
            | "-band"
            | "-bor"
    )
}

/// Whether the bytes of a number are letters.
pub(super) fn is_packed(number: i64) -> bool {
    let bytes = number.to_be_bytes();
    let says = bytes.iter().filter(|byte| (0x20..0x7f).contains(*byte)).count();
    says >= 3 && bytes.iter().all(|byte| *byte == 0 || (0x20..0x7f).contains(byte))
}

/// Whether a call takes something out of a text: `text.replace("xx", "")`.
pub(super) fn cuts(recipe: &Recipe, name: &str, args: &[Id]) -> bool {
    let small = name.to_ascii_lowercase().replace('_', "");
    let replaces = matches!(
        small.as_str(),
        "replace"
            | "replaceall"
            | "gsub"
            | "sub"
            | "pregreplace"
            | "strreplace"
            | "delete"
            | "tr"
            | "preg_replace"
            | "pregreplacecallback"
            | "replacingoccurrences"
            | "newreplacer"
    );
    let empty = |arg: &Id| matches!(recipe.node(*arg), Node::Text(text) if text.is_empty());
    let made = |arg: &Id| matches!(recipe.node(*arg), Node::Function(..) | Node::Map(_));
    replaces && (args.iter().any(|arg| empty(arg) || made(arg)) || small == "tr" || small == "newreplacer")
}
