//! Which arguments an entry of the catalogue means, and whether its conditions hold.

use crate::scan::code::calls::Site;
use crate::scan::code::catalogue::Condition;
use crate::scan::code::catalogue::Slot;
use crate::scan::code::catalogue::Test;
use crate::scan::code::ir::OpId;
use crate::scan::code::value::Val;

pub(crate) fn slot_vals<'s>(slot: &Slot, site: &'s Site<'_>) -> Vec<&'s Val> {
    match slot {
        Slot::This => site.this.iter().map(|(_, this)| this).collect(),
        Slot::Any => site.vals.iter().collect(),
        Slot::Item(at, key) => {
            let indices = slot_indices(&Slot::At(*at), site);
            indices.into_iter().filter_map(|index| site.vals.get(index)?.item(key)).collect()
        }
        Slot::Named(name) => {
            let labelled = site.names.iter().position(|label| **label == **name);
            match labelled.and_then(|index| site.vals.get(index)) {
                Some(value) => vec![value],
                // Languages without named arguments pass a map of options.
                None => site.vals.iter().filter_map(|value| value.item(name)).collect(),
            }
        }
        _ => slot_indices(slot, site).into_iter().filter_map(|index| site.vals.get(index)).collect(),
    }
}

pub(crate) fn slot_ops(slot: &Slot, site: &Site<'_>) -> Vec<OpId> {
    match slot {
        Slot::This => site.this.iter().map(|(op, _)| *op).collect(),
        Slot::Any => site.args.iter().map(|arg| arg.value).collect(),
        Slot::Named(name) => {
            let labelled = site.names.iter().position(|label| **label == **name);
            labelled.and_then(|index| site.args.get(index)).map(|arg| arg.value).into_iter().collect()
        }
        _ => slot_indices(slot, site)
            .into_iter()
            .filter_map(|index| site.args.get(index))
            .map(|arg| arg.value)
            .collect(),
    }
}

/// The arguments a slot means, by position among the arguments.
fn slot_indices(slot: &Slot, site: &Site<'_>) -> Vec<usize> {
    if site.args.is_empty() {
        // A stored value is the only argument of the store.
        return (0..site.vals.len()).collect();
    }
    match slot {
        Slot::At(at) => {
            let mut position = 0;
            for (index, arg) in site.args.iter().enumerate() {
                if arg.spread {
                    return vec![index];
                }
                if arg.name == 0 {
                    if position == *at {
                        return vec![index];
                    }
                    position += 1;
                }
            }
            Vec::new()
        }
        Slot::From(at) => (*at..site.args.len())
            .filter(|index| site.args.get(*index).is_some_and(|arg| arg.name == 0))
            .collect(),
        _ => Vec::new(),
    }
}

pub(crate) fn holds(condition: &Condition, site: &Site<'_>) -> bool {
    let vals = slot_vals(&condition.slot, site);
    if vals.is_empty() && condition.open {
        return true;
    }
    match condition.test {
        Test::Absent => return vals.is_empty(),
        Test::Present => return !vals.is_empty(),
        _ => {}
    }
    vals.iter().any(|value| test(condition, value))
}

fn test(condition: &Condition, value: &Val) -> bool {
    let wanted = &condition.values;
    match condition.test {
        Test::Constant => return value.text.is_some(),
        // `include $page . ".php"` is as open as its unknown part.
        // What a field begins with is no constant where data was seen to come to it.
        Test::Variable => {
            let filled = !value.fixed && !value.taints.is_empty();
            return filled || value.text.as_ref().is_none_or(|text| !text.whole);
        }
        Test::Is => {
            return value
                .what
                .as_deref()
                .is_some_and(|what| wanted.iter().any(|wanted| what.ends_with(&**wanted)));
        }
        Test::IsNot => {
            let ends = |what: &str| wanted.iter().any(|wanted| what.ends_with(&**wanted));
            return !value.what.as_deref().is_some_and(ends);
        }
        Test::Named => return is_named(value, wanted),
        Test::NotNamed => return !is_named(value, wanted),
        Test::NotFunction => return value.func.is_none(),
        _ => {}
    }
    let Some(text) = &value.text else { return condition.open };
    let text = &*text.text;
    match condition.test {
        Test::Contains => wanted.iter().any(|wanted| text.contains(&**wanted)),
        Test::Starts => wanted.iter().any(|wanted| text.starts_with(&**wanted)),
        Test::NotStarts => !wanted.iter().any(|wanted| text.starts_with(&**wanted)),
        Test::Equals => wanted.iter().any(|wanted| text == &**wanted),
        Test::Lacks => !wanted.iter().any(|wanted| text.contains(&**wanted)),
        _ => false,
    }
}

fn is_named(value: &Val, wanted: &[Box<str>]) -> bool {
    value.what.as_deref().is_some_and(|what| {
        what.split('|').any(|flag| wanted.iter().any(|wanted| flag.rsplit('.').next() == Some(wanted)))
    })
}
