//! What a unit was seen to do.

use std::sync::Arc;

use crate::model::scan::Confidence;
use crate::scan::code::flow::Found;
use crate::scan::code::value::Origin;

/// What a unit was seen to do.
#[derive(Clone, Debug, Default)]
pub struct Observed {
    /// Catalogued APIs used.
    pub hits: Vec<Hit>,
    /// Ways from a source to a sink that end or meet here.
    pub found: Vec<Found>,
    /// Texts given to network calls as whom to talk to.
    pub endpoints: Vec<EndpointUse>,
    /// Effects behind a gate.
    pub gated: Vec<Gated>,
}

/// A catalogued API used.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hit {
    /// Where: line, column, last line.
    pub place: (u32, u32, u32),
    /// Category id.
    pub category: Box<str>,
    /// Resolved path.
    pub api: Box<str>,
    /// How sure.
    pub confidence: Confidence,
    /// Whether handlers around it swallow its errors.
    pub constant: bool,
}

/// A text given to a network call.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EndpointUse {
    /// Where: line, column, last line.
    pub place: (u32, u32, u32),
    /// The text; `{}` for unknown parts; `None` where nothing is known.
    pub text: Option<Box<str>>,
    /// Whether it was put together or decoded.
    pub built: bool,
    /// The call's category.
    pub category: Box<str>,
    /// The call.
    pub api: Box<str>,
}

/// An effect behind a gate.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Gated {
    /// Where the effect is.
    pub place: (u32, u32, u32),
    /// The effect.
    pub category: Box<str>,
    /// The effect's API.
    pub api: Box<str>,
    /// What the gate tests.
    pub gate: Arc<Origin>,
}
