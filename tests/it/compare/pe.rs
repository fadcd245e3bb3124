//! A writer of small PE32+ files, and of the certificate table a signer appends.

/// Where the fields stand in what [`pe`] writes.
pub const CHECKSUM: usize = 64 + 24 + 64;
pub const SECURITY: usize = 64 + 24 + 112 + 32;

/// A PE32+ image with `.text` and `.rdata` at file alignment 512.
pub fn pe(text: &[u8], rdata: &[u8]) -> Vec<u8> {
    let mut out = vec![0u8; 1024 + 512 + 512];
    let mut put = |at: usize, bytes: &[u8]| out[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, b"MZ");
    put(60, &64u32.to_le_bytes());
    put(64, b"PE\0\0");
    put(68, &0x8664u16.to_le_bytes());
    put(70, &2u16.to_le_bytes());
    put(72, &1_700_000_000u32.to_le_bytes());
    put(84, &240u16.to_le_bytes());
    put(86, &0x22u16.to_le_bytes());
    let optional = 88;
    put(optional, &0x20bu16.to_le_bytes());
    put(optional + 2, &[14, 20]);
    put(optional + 4, &512u32.to_le_bytes());
    put(optional + 8, &512u32.to_le_bytes());
    put(optional + 16, &0x1000u32.to_le_bytes());
    put(optional + 20, &0x1000u32.to_le_bytes());
    put(optional + 24, &0x1_4000_0000u64.to_le_bytes());
    put(optional + 32, &0x1000u32.to_le_bytes());
    put(optional + 36, &512u32.to_le_bytes());
    put(optional + 40, &[6, 0]);
    put(optional + 48, &[6, 0]);
    put(optional + 56, &0x3000u32.to_le_bytes());
    put(optional + 60, &1024u32.to_le_bytes());
    put(optional + 68, &[3, 0]);
    put(optional + 108, &16u32.to_le_bytes());
    for (nth, name, flags, data) in
        [(0usize, b".text\0\0\0", 0x6000_0020u32, text), (1, b".rdata\0\0", 0x4000_0040, rdata)]
    {
        let at = optional + 240 + nth * 40;
        put(at, name);
        put(at + 8, &(data.len() as u32).to_le_bytes());
        put(at + 12, &(0x1000 * (nth as u32 + 1)).to_le_bytes());
        put(at + 16, &512u32.to_le_bytes());
        put(at + 20, &(1024 + 512 * nth as u32).to_le_bytes());
        put(at + 36, &flags.to_le_bytes());
        put(1024 + 512 * nth, data);
    }
    checksummed(out)
}

/// The image with the checksum Windows computes: 16-bit sums with carry, plus the length.
pub fn checksummed(image: Vec<u8>) -> Vec<u8> {
    checksummed_at(image, CHECKSUM)
}

/// The same, where the checksum's field stands at `at`.
pub fn checksummed_at(mut image: Vec<u8>, at: usize) -> Vec<u8> {
    image[at..at + 4].fill(0);
    let mut sum = 0u32;
    for pair in image.chunks(2) {
        sum += u32::from(pair[0]) | u32::from(pair.get(1).copied().unwrap_or(0)) << 8;
        sum = (sum & 0xffff) + (sum >> 16);
    }
    let sum = (sum & 0xffff) + (sum >> 16) + image.len() as u32;
    image[at..at + 4].copy_from_slice(&sum.to_le_bytes());
    image
}

/// What may be changed about a signature.
#[derive(Clone, Default)]
pub struct Signature {
    /// Filler before the table, where it is not zeros.
    pub filler: Option<u8>,
    /// After the PKCS#7 data, inside the certificate.
    pub hidden: Vec<u8>,
    /// An unsigned attribute of this object identifier.
    pub unsigned: Option<Vec<u8>>,
    /// A second entry of the table.
    pub second: bool,
    /// Turned in the digest the signature states.
    pub wrong_digest: bool,
    /// After the table.
    pub after: Vec<u8>,
}

/// `image` as a signer leaves it. The signature value itself is filler: nothing here checks it.
pub fn signed(image: &[u8], how: &Signature) -> Vec<u8> {
    use sha2::Digest;
    let mut out = image.to_vec();
    let unpadded = out.len();
    out.resize(out.len().next_multiple_of(8), 0);
    if let Some(filler) = how.filler {
        out[unpadded..].fill(filler);
    }
    let mut digest = sha2::Sha256::new();
    digest.update(&out[..CHECKSUM]);
    digest.update(&out[CHECKSUM + 4..SECURITY]);
    digest.update(&out[SECURITY + 8..]);
    let mut digest = digest.finalize().to_vec();
    if how.wrong_digest {
        digest[0] ^= 1;
    }
    let pkcs7 = pkcs7(&digest, how.unsigned.as_deref());
    let table = out.len() as u32;
    let entry = |body: &[u8]| {
        let length = 8 + body.len();
        let mut entry = (length as u32).to_le_bytes().to_vec();
        entry.extend([0, 2, 2, 0]);
        entry.extend(body);
        entry.resize(entry.len().next_multiple_of(8), 0);
        entry
    };
    let mut table_bytes = entry(&[pkcs7.clone(), how.hidden.clone()].concat());
    if how.second {
        table_bytes.extend(entry(&pkcs7));
    }
    out[SECURITY..SECURITY + 4].copy_from_slice(&table.to_le_bytes());
    out[SECURITY + 4..SECURITY + 8].copy_from_slice(&(table_bytes.len() as u32).to_le_bytes());
    out.extend(table_bytes);
    out.extend(&how.after);
    checksummed(out)
}

fn der(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let body = parts.concat();
    let mut out = vec![tag];
    match body.len() {
        len @ 0..=127 => out.push(len as u8),
        len @ 128..=255 => out.extend([0x81, len as u8]),
        len => out.extend([0x82, (len >> 8) as u8, len as u8]),
    }
    out.extend(body);
    out
}

const SHA256: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1];

/// SignedData over SpcIndirectDataContent with one signer whose messageDigest attribute is right.
pub fn pkcs7(image_digest: &[u8], unsigned: Option<&[u8]>) -> Vec<u8> {
    use sha2::Digest;
    let oid = |bytes: &[u8]| der(6, &[bytes]);
    let algorithm = der(0x30, &[&oid(SHA256), &[5, 0]]);
    let spc = oid(&[0x2b, 6, 1, 4, 1, 0x82, 0x37, 2, 1, 4]);
    let image_data = der(0x30, &[&oid(&[0x2b, 6, 1, 4, 1, 0x82, 0x37, 2, 1, 15]), &der(0x30, &[])]);
    let indirect = der(0x30, &[&image_data, &der(0x30, &[&algorithm, &der(4, &[image_digest])])]);
    let content = &indirect
        [indirect.len() - (image_data.len() + der(0x30, &[&algorithm, &der(4, &[image_digest])]).len())..];
    let statement = sha2::Sha256::digest(content);
    let message_digest = der(
        0x30,
        &[&oid(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 4]), &der(0x31, &[&der(4, &[&statement])])],
    );
    let mut signer = vec![
        der(2, &[&[1]]),
        der(0x30, &[&der(0x30, &[]), &der(2, &[&[1]])]),
        algorithm.clone(),
        der(0xa0, &[&message_digest]),
        der(0x30, &[&oid(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1]), &[5, 0]]),
        der(4, &[&[0x5a; 64]]),
    ];
    if let Some(attribute) = unsigned {
        signer.push(der(0xa1, &[&der(0x30, &[&oid(attribute), &der(0x31, &[&der(4, &[b"payload"])])])]));
    }
    let signer = der(0x30, &[&signer.concat()]);
    let data = der(
        0x30,
        &[
            &der(2, &[&[1]]),
            &der(0x31, &[&algorithm]),
            &der(0x30, &[&spc, &der(0xa0, &[&indirect])]),
            &der(0x31, &[&signer]),
        ],
    );
    der(0x30, &[&oid(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2]), &der(0xa0, &[&data])])
}
