//! The legacy `.lzma` container: properties, dictionary size, content size, then LZMA data without a checksum.

use super::decode;
use super::descend;
use super::field;
use super::partition::Builder;
use crate::model::Anatomy;
use crate::model::Coding;
use crate::model::Content;
use crate::model::Limits;
use crate::model::Role;

/// The registry name.
pub const NAME: &str = "lzma";

/// There is no magic: the properties byte of every common encoder, a dictionary of a size encoders use, a
/// content size that is unknown or below 256 GiB, and the zero byte that starts range-coded data.
pub fn recognise(bytes: &[u8], _: &str) -> bool {
    let dictionary = field::le32(bytes, 1).unwrap_or(0);
    let size = field::le64(bytes, 5).unwrap_or(0);
    let two_bits =
        dictionary.is_power_of_two() || (dictionary / 3).is_power_of_two() && dictionary.is_multiple_of(3);
    bytes.first() == Some(&0x5d)
        && dictionary >= 4096
        && two_bits
        && (size == u64::MAX || size < 1 << 38)
        && bytes.get(13) == Some(&0)
}

/// Regions `lzma data` and `trailing bytes`; fact `lzma-dictionary`.
pub fn open(bytes: &[u8], _: &str) -> Anatomy {
    let mut builder = Builder::new(NAME, bytes);
    let size = builder.size();
    builder.fact("lzma-dictionary", field::le32(bytes, 1).unwrap_or(0).to_string().as_bytes());
    let max = descend::allowance(&Limits::default(), size);
    let mut kept = decode::Kept::default();
    match decode::stream_one(Coding::LzmaAlone, bytes, max, &mut |chunk| kept.push(chunk)) {
        Ok(consumed) => {
            let claim = builder.claim(0, consumed, Role::Member, "lzma data");
            builder.decoded_member(b"", claim, Content::Coded(Coding::LzmaAlone), kept.content());
            if consumed < size {
                builder.problem(format!("{} bytes follow the data", size - consumed));
                builder.claim(consumed, size - consumed, Role::Trailing, "trailing bytes");
            }
        }
        Err(error) => {
            builder.problem(format!("{error}; its content was not examined"));
            let claim = builder.claim(0, size, Role::Member, "lzma data");
            builder.member(b"", Some(claim), Content::Opaque, Vec::new());
        }
    }
    builder.finish()
}
