//! The build suite: real runs in the real sandbox, as root and as an ordinary user.

mod causes;
mod contained;
mod environments;
mod hostile;
mod lineage;
mod offline;
mod outcomes;
mod proofs;
mod support;
mod worlds;
