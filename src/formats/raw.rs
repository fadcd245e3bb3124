//! Raw: bytes of no known format, as one region.

use super::partition::Builder;
use crate::model::Anatomy;
use crate::model::Role;

/// The registry name.
pub const NAME: &str = "raw";

/// Everything is raw, if nothing else.
pub fn recognise(_: &[u8], _: &str) -> bool {
    true
}

/// One region over all bytes. Its role is [`Role::Code`]: what is not understood can carry anything.
pub fn open(bytes: &[u8], _: &str) -> Anatomy {
    let mut builder = Builder::new(NAME, bytes);
    builder.claim(0, builder.size(), Role::Code, "content");
    builder.finish()
}
