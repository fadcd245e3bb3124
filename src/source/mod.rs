//! [`crate::model::review::Source`] → [`crate::model::Snapshot`]: the source as taken in.
