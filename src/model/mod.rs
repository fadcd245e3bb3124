//! The vocabulary of the house as plain types. This module sees nothing else.
//!
//! One word per thing, the same in code, on the command line, in the documents and in JSON. Records that
//! reach disk (`review.toml`, `evidence.json`, `verdict.json`) are versioned and derive their JSON Schema
//! from these types; [`anatomy`] is internal and free to change.

pub mod account;
pub mod anatomy;
pub mod category;
pub mod digest;
pub mod environment;
pub mod evidence;
pub mod names;
pub mod path;
pub mod problem;
pub mod review;
pub mod run;
pub mod scan;
pub mod snapshot;
pub mod trace;
pub mod verdict;

pub use account::Account;
pub use account::Difference;
pub use account::Label;
pub use anatomy::Anatomy;
pub use anatomy::Block;
pub use anatomy::Check;
pub use anatomy::Coding;
pub use anatomy::Content;
pub use anatomy::Fact;
pub use anatomy::Limits;
pub use anatomy::Member;
pub use anatomy::Pack;
pub use anatomy::Packing;
pub use anatomy::Region;
pub use anatomy::Role;
pub use digest::Sha256;
pub use evidence::Evidence;
pub use path::RelPath;
pub use problem::NotExamined;
pub use review::Review;
pub use run::RunRecord;
pub use scan::ScanEvidence;
pub use snapshot::Snapshot;
pub use trace::RunTrace;
pub use verdict::Rung;
pub use verdict::Verdict;
