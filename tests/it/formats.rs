//! The formats suite.
