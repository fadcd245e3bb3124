//! The review suite.
