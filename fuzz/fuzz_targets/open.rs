//! Opens arbitrary bytes and everything in them: no panic, and every level is a partition, read whole and entry by entry.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pellucid::formats;
use pellucid::formats::stretch::Cursor;
use pellucid::model::Limits;

fuzz_target!(|bytes: &[u8]| {
    let limits = Limits { depth: 4, member_size: 1 << 20, total_size: 4 << 20, ratio: 200, members: 1000 };
    formats::walk("input", bytes, limits, &mut |_, bytes, anatomy| {
        assert_eq!(anatomy.check(), Ok(()));
        assert_eq!(anatomy.size, bytes.len() as u64);
        in_stretches(anatomy.format, bytes);
    });
});

/// A container read entry by entry: what is walked over is what is described, and no byte is left out.
fn in_stretches(format: &'static str, bytes: &[u8]) {
    let Some(mut cursor) = Cursor::new(format, bytes) else { return };
    let (mut walked, mut described) = (0, 0);
    for _ in 0..200 {
        let before = cursor.clone();
        match cursor.advance() {
            Ok(Some(entry)) => {
                walked += entry.parts.iter().map(|part| part.end - part.start).sum::<u64>();
                let anatomy = before.describe(1).expect("what was walked over");
                described += anatomy.regions.iter().map(|region| region.len()).sum::<u64>();
                assert_eq!(walked, described);
            }
            Ok(None) => return assert_eq!(walked, bytes.len() as u64),
            Err(_) => return,
        }
    }
}
