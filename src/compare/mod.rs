//! Two artifacts → [`crate::model::account::Comparison`]: every shipped byte labelled, every difference named.
//!
//! Bytes decide, formats only explain. Does no I/O.
