//! `review.toml` → [`crate::model::Review`], with errors that point at file, line and column.
