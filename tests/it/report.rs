//! The report suite.
