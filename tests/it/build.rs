//! The build suite: real runs in the real sandbox, as root and as an ordinary user.

mod contained;
mod outcomes;
mod support;
