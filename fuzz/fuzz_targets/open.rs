//! Opens arbitrary bytes and everything in them: no panic, and every level is a partition.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pellucid::formats;
use pellucid::model::Limits;

fuzz_target!(|bytes: &[u8]| {
    let limits = Limits { depth: 4, member_size: 1 << 20, total_size: 4 << 20, ratio: 200, members: 1000 };
    formats::walk("input", bytes, limits, &mut |_, bytes, anatomy| {
        assert_eq!(anatomy.check(), Ok(()));
        assert_eq!(anatomy.size, bytes.len() as u64);
    });
});
