//! Decodes arbitrary bytes with every decoder: no panic, and no more than is allowed comes out.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pellucid::formats::decode;
use pellucid::model::Coding;

const CODINGS: [Coding; 7] =
    [Coding::Deflate, Coding::Zlib, Coding::Bzip2, Coding::Xz, Coding::LzmaAlone, Coding::Zstd, Coding::Lz4];

fuzz_target!(|input: &[u8]| {
    let Some((which, encoded)) = input.split_first() else { return };
    let coding = CODINGS[usize::from(*which) % CODINGS.len()];
    let most = 1 << 20;
    if let Ok((decoded, used)) = decode::decode_prefix(coding, encoded, most) {
        assert!(decoded.len() as u64 <= most && used <= encoded.len() as u64);
        assert_eq!(
            decode::decode(coding, &encoded[..used as usize], most),
            Ok(decoded),
            "its own end is an end"
        );
    }
});
