//! What is taken out of a container, and copies of which a part is another one.

use std::sync::Arc;

use super::Site;
use crate::scan::code::evaluate::Evaluation;
use crate::scan::code::evaluate::Frame;
use crate::scan::code::evaluate::hold;
use crate::scan::code::evaluate::is_name;
use crate::scan::code::ir::OpId;
use crate::scan::code::ir::Sym;
use crate::scan::code::rules;
use crate::scan::code::value::From;
use crate::scan::code::value::Input;
use crate::scan::code::value::Object;
use crate::scan::code::value::Taint;
use crate::scan::code::value::Taints;
use crate::scan::code::value::Val;

/// Fields of an object that is given told apart.
const MOST_FIELDS: usize = 3;
/// Keys that are taken out at once.
const MOST_KEYS: usize = 32;

impl<'w> Evaluation<'w> {
    /// The map in the variable that `op` reads no longer holds anything under `key`: `settings.pop("token")`.
    pub(crate) fn taken_out(&mut self, frame: &mut Frame<'w>, op: OpId, key: &str) {
        // On another way it still holds it.
        let Some(root) = frame.root(op).filter(|_| frame.branches.is_empty()) else { return };
        let Some(held) = frame.vars.get(&root).filter(|held| held.inst.is_none()) else { return };
        let Some(rest) = without(held, &[key]) else { return };
        if let Some(name) = self.unit.strings.find(key) {
            frame.parts.remove(&(root, name));
        }
        self.set(frame, root, rest, true);
    }

    /// What a call gives that copies what it is given: without some of it (`omit(order, ["key"])`), or with something
    /// else in its place (`replace(station, key="")`, `gate.copy(code = "")`).
    pub(super) fn copied(&mut self, method: &str, called: &Val, site: &Site<'_>) -> Option<Val> {
        if rules::LISTS.leaving_out.contains(method) {
            let (of, keys) = match &site.this {
                Some((_, this)) if this.items.is_some() => (this, site.vals.as_slice()),
                _ => site.vals.split_first()?,
            };
            let mut names: Vec<&str> = Vec::new();
            for key in keys {
                match (key.whole_text(), &key.items) {
                    (Some(key), _) => names.push(key.trim_start_matches(':')),
                    (None, Some(items)) => {
                        for (name, item) in items.iter().take(MOST_KEYS) {
                            let named = is_name(name).then_some(&**name);
                            names.push(named.or(item.whole_text())?);
                        }
                    }
                    _ => return None,
                }
            }
            return without(of, &names);
        }
        let of = match method {
            "copy" | "_replace" | "copyWith" => site.this.as_ref().map(|(_, this)| this)?,
            _ if called.what.as_deref() == Some("dataclasses.replace") => site.vals.first()?,
            _ => return None,
        };
        let given = || site.names.iter().zip(&site.vals).filter(|(name, _)| !name.is_empty());
        if of.inst.is_none() || of.object != Object::Whole || given().next().is_none() {
            return None;
        }
        let mut copy = of.clone();
        let fields = of.inst.map(|class| self.declared_fields(class)).unwrap_or_default();
        let others: Vec<Option<Sym>> = fields
            .iter()
            .filter(|field| !given().any(|(name, _)| name == *field))
            .map(|field| self.unit.strings.find(field))
            .collect();
        let others: Option<Vec<Sym>> = others.into_iter().collect();
        if let Some(others) = others.filter(|others| !others.is_empty() && others.len() <= MOST_FIELDS) {
            // Of a parameter what stands in the other fields.
            copy.taints = copy.taints.rewritten(|taint, out| match taint.from {
                From::Param(owner, input) if input.member == 0 => {
                    for member in &others {
                        let from = From::Param(owner, Input { member: *member, ..input });
                        out.push(Taint { from, trail: taint.trail.clone() });
                    }
                }
                _ => out.push(taint.clone()),
            });
        }
        let old: Vec<Taints> = given().filter_map(|(name, _)| Some(of.item(name)?.taints.clone())).collect();
        copy.taints = copy.taints.without(&old.iter().collect::<Vec<_>>());
        given().for_each(|(name, value)| hold(&mut copy, name, value, false));
        for (_, item) in copy.items.iter().flat_map(|items| items.iter()) {
            copy.taints.add(&item.taints);
        }
        Some(copy)
    }
}

/// What is left of a map without what it holds under `keys`; nothing where it holds none of them, or where it is not
/// known under which names it holds what it does.
pub(crate) fn without(held: &Val, keys: &[&str]) -> Option<Val> {
    let items = held.items.as_ref()?;
    if !items.iter().any(|(name, _)| keys.contains(&&**name)) {
        return None;
    }
    let kept: Vec<_> = items.iter().filter(|(name, _)| !keys.contains(&&**name)).cloned().collect();
    let mut rest = Val { taints: held.anywhere(), text: None, ..held.clone() };
    kept.iter().for_each(|(_, item)| rest.taints.add(&item.taints));
    rest.items = Some(Arc::new(kept));
    Some(rest)
}
