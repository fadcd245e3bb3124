//! Hash maps of the engine: looked up millions of times a second, never walked for output.
//!
//! The hash is seeded, so that source written to make names collide gains nothing; an order that reaches a
//! report is always sorted first.

/// A map by hash.
pub type Map<K, V> = std::collections::HashMap<K, V, foldhash::fast::RandomState>;
/// A set by hash.
pub type Set<K> = std::collections::HashSet<K, foldhash::fast::RandomState>;
