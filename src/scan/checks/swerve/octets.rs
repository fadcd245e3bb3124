//! Addresses of machines that are let in byte by byte: the first of them, the second, and a few bits of the last are
//! held against numbers of the program, where no list of networks would show them.

use super::Told;
use super::atoms;
use super::atoms::Relation;
use super::effects::Gives;
use super::magic::Said;
use super::magic::told;
use super::outline::Branch;
use super::sense::Sense;
use super::sense::literal;
use super::tokens::Kind;

const LET: Said = (
    "passed-check",
    "one network whose address stands in the program byte by byte is let through",
    "Whose machines are these, and why is their network in no list?",
);

/// What makes bytes of an address, or asks who is at the other end.
const ADDRESSES: &[&str] = &[
    "AsSlice",
    "As4",
    "To4",
    "getAddress",
    "getRemoteAddr",
    "octets",
    "GetAddressBytes",
    "s_addr",
    "inet_aton",
    "inet_pton",
    "getByName",
    "RemoteAddr",
    "remoteAddress",
    "remote_addr",
    "sin_addr",
    "ParseIP",
    "packed",
];

/// What one branch shows.
pub fn judge(sense: &Sense, branch: &Branch) -> Option<Told> {
    let tokens = sense.outline.tokens;
    if branch.rest || !branch.holds || branch.case || branch.test.len() < 12 || !sense.mentions(ADDRESSES) {
        return None;
    }
    // `a[0] == 203`, `(a[0] & 0xff) == 198`
    let mut first = None;
    let mut places = 0;
    let mut of = None;
    for atom in atoms::atoms(tokens, branch.test.clone()) {
        if atom.relation != Relation::Equal || atom.negated {
            continue;
        }
        let open = atom.left.clone().find(|at| {
            tokens.is(*at, "[") && tokens.kind(at + 1) == Some(Kind::Number) && tokens.is(at + 2, "]")
        });
        let Some(open) = open.filter(|open| *open > 0) else { continue };
        let list = tokens.name(open - 1);
        let place = literal(tokens.text(open + 1)).filter(|place| (0.0..4.0).contains(place));
        let value = sense.number(atom.right.clone()).filter(|value| (0.0..256.0).contains(value));
        let (Some(place), Some(value), Some(_)) = (place, value, list) else { continue };
        if of.is_some() && of != list {
            return None;
        }
        of = list;
        places += 1;
        if place == 0.0 {
            first = Some(value as u8);
        }
    }
    // Networks that belong to everybody are known to every program.
    let own = first.is_none_or(|first| matches!(first, 0 | 10 | 100 | 127 | 169 | 172 | 192 | 224..));
    if places < 3 || own {
        return None;
    }
    let func = sense.outline.funcs.get(sense.outline.func_at(branch.test.start) as usize)?;
    let asked = func.params.clone().chain(func.body.clone()).any(|at| tokens.any(at, ADDRESSES));
    (asked && sense.gives(branch.body.clone()) == Gives::Yes).then(|| told(LET, branch.test.clone()))
}
