//! What a build path of another length does to a program: everything behind it moves, and every address with it.

use super::Cause;
use super::Judge;

/// The cause. [`crate::compare::moved`] proves it, of a whole program or not at all.
pub const CAUSE: Cause = Cause {
    id: "moved-address",
    looks_for: "Instructions, loader's tables and unwind tables of a position-independent x86-64 ELF program that differ in addresses alone, each leading to the same place of what a build path of another length moved.",
    gives: "Both paths, how many instructions differ, and for the first of them both addresses.",
    roles: &[],
    fix: "Compile with -ffile-prefix-map or -fmacro-prefix-map; or build at the vendor's path.",
    judge: Judge::Structure,
};
