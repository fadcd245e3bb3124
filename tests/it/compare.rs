//! The compare suite.
