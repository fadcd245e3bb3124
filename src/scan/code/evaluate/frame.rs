//! The state of evaluating one function: values, variables, branches and what gates them.

use crate::scan::code::map::Map;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::scan::code::catalogue::Match;
use crate::scan::code::flow::Summary;
use crate::scan::code::ir::Func;
use crate::scan::code::ir::FuncId;
use crate::scan::code::ir::Op;
use crate::scan::code::ir::OpId;
use crate::scan::code::ir::Sym;
use crate::scan::code::value::ClassRef;
use crate::scan::code::value::Origin;
use crate::scan::code::value::Taints;
use crate::scan::code::value::Val;

/// The state of evaluating one function.
pub struct Frame<'w> {
    pub(crate) id: FuncId,
    pub(crate) function: &'w Func,
    pub(crate) vals: Vec<Val>,
    pub(crate) vars: Map<Sym, Val>,
    pub(crate) parts: Map<(Sym, Sym), Val>,
    pub(crate) branches: Vec<Branch>,
    pub(crate) gates: Vec<(usize, Arc<Origin>)>,
    pub(crate) summary: Summary,
    pub(crate) reads: BTreeMap<OpId, Arc<Vec<Match>>>,
    /// The operation whose value is being stored.
    pub(crate) stored: OpId,
    /// What closures of it wrote into its variables.
    pub(crate) captured: Vec<(Sym, Val)>,
    /// Objects made here that functions this one is given fill: the variable, the parameter, what is known to be put
    /// there.
    pub(crate) filled: Vec<(Sym, u16, Taints)>,
    /// Variables that are an element of a parameter, with its name: `for cue in cues`.
    pub(crate) each: Vec<(Sym, Sym)>,
    /// Variables that are a member of what the function is given, with its name.
    pub(crate) members: Vec<(Sym, Sym)>,
    /// Containers in its variables that objects keep in a field: what is put there by one, the others hold.
    pub(crate) lent: Vec<(Sym, ClassRef, Arc<str>)>,
    /// What was thrown and not caught so far, with the operation that did it.
    pub(crate) thrown: Vec<(OpId, Val)>,
}

/// Most that one function is seen to throw.
const MAX_THROWN: usize = 16;

#[derive(Default)]
pub(crate) struct Branch {
    pub(crate) before: Map<Sym, Option<Val>>,
    pub(crate) merged: Map<Sym, Val>,
    pub(crate) gate: Option<Arc<Origin>>,
    pub(crate) otherwise: bool,
    pub(crate) left: bool,
}

impl<'w> Frame<'w> {
    /// The operation being evaluated throws `value`, or what it calls does: of interest where data is in it.
    pub(crate) fn throw(&mut self, value: Val) {
        if self.thrown.len() < MAX_THROWN && value.any_taint() {
            let at = self.vals.len() as OpId;
            self.thrown.push((at, Val { gate: None, ..value }));
        }
    }

    /// The value of an operation.
    pub(crate) fn val(&self, op: OpId) -> &Val {
        static NONE: std::sync::LazyLock<Val> = std::sync::LazyLock::new(Val::default);
        self.vals.get(op as usize).unwrap_or(&NONE)
    }

    /// The variable an operation reads directly.
    pub(crate) fn root(&self, op: OpId) -> Option<Sym> {
        match self.function.ops.get(op as usize)? {
            Op::Name(name) => Some(*name),
            Op::Any(parts) if parts.len() == 1 => match self.function.ops.get(*parts.first()? as usize)? {
                Op::Name(name) => Some(*name),
                _ => None,
            },
            _ => None,
        }
    }

    /// The variable at the root of a chain of members and elements.
    pub(crate) fn deep_root(&self, mut op: OpId) -> Option<Sym> {
        for _ in 0..32 {
            match self.function.ops.get(op as usize)? {
                Op::Name(name) => return Some(*name),
                Op::Field(base, _) | Op::Index(base, _) | Op::Element(base) => op = *base,
                Op::Any(parts) => op = *parts.first()?,
                _ => return None,
            }
        }
        None
    }

    /// What the value of `op` is called where it stands: the last name of it.
    pub(crate) fn called(&self, mut op: OpId) -> Option<Sym> {
        for _ in 0..16 {
            match self.function.ops.get(op as usize)? {
                Op::Name(name) | Op::Field(_, name) => return Some(*name),
                Op::Call { callee, .. } => op = *callee,
                Op::Index(base, _) | Op::Element(base) => op = *base,
                Op::Any(parts) => op = *parts.first()?,
                _ => return None,
            }
        }
        None
    }

    /// The variable `name` comes to hold what `value` reads: which parameter that is an element of is noted.
    pub(crate) fn walks(&mut self, name: Sym, value: OpId) {
        /// Most of one function.
        const MOST: usize = 16;
        self.each.retain(|(each, _)| *each != name);
        let Some(Op::Element(of)) = self.function.ops.get(value as usize) else { return };
        let Some(root) = self.root(*of) else { return };
        let given = self.function.params.iter().any(|param| param.name == root && !param.receiver);
        if given && self.each.len() < MOST {
            self.each.push((name, root));
        }
    }

    /// A read that turned out to be the beginning of something longer.
    pub(crate) fn consume(&mut self, op: OpId) {
        self.reads.remove(&op);
    }

    fn close_section(&mut self) {
        let Some(branch) = self.branches.last_mut() else { return };
        for (name, before) in &branch.before {
            let now = match before {
                Some(before) => self.vars.insert(*name, before.clone()),
                None => self.vars.remove(name),
            };
            if let Some(now) = now
                && !branch.left
            {
                match branch.merged.get_mut(name) {
                    Some(merged) => merged.join(&now),
                    None => {
                        branch.merged.insert(*name, now);
                    }
                }
            }
        }
    }

    pub(crate) fn alternative(&mut self) {
        self.close_section();
        let depth = self.branches.len();
        self.gates.retain(|(at, _)| *at < depth);
        if let Some(branch) = self.branches.last_mut() {
            // What the other side assigns must not be lost where this side does not assign it.
            branch.otherwise = true;
            branch.left = false;
        }
    }

    pub(crate) fn end_branch(&mut self) {
        self.close_section();
        let depth = self.branches.len();
        self.gates.retain(|(at, _)| *at < depth);
        let Some(mut branch) = self.branches.pop() else { return };
        let opens = |gate: &mut Arc<Origin>| &*gate.category != super::WORD;
        if let Some(gate) = branch.gate.take_if(|gate| branch.left && !branch.otherwise && opens(gate)) {
            // `if (gate) return;` puts the rest of the block behind the gate.
            self.gates.push((depth.saturating_sub(1), gate));
        }
        let mut names: Vec<(Sym, Option<Val>)> = branch.before.into_iter().collect();
        names.sort_by_key(|(name, _)| *name);
        for (name, before) in names {
            let mut merged = branch.merged.remove(&name);
            if (!branch.otherwise || merged.is_none())
                && let Some(before) = &before
            {
                match &mut merged {
                    // The newer value comes first: it is the one that says what the variable is.
                    Some(merged) => merged.join(before),
                    None => merged = Some(before.clone()),
                }
            }
            if let Some(merged) = merged {
                self.vars.insert(name, merged);
            }
            if let Some(parent) = self.branches.last_mut() {
                parent.before.entry(name).or_insert(before);
            }
        }
    }
}
