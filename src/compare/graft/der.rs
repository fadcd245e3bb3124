//! Just enough DER (X.690) to find what a PKCS#7 signature states: one value after the other, nothing decoded.

use sha2::Digest;

/// One value: its tag, its content, its whole encoding.
#[derive(Clone, Copy, Debug)]
pub struct Value<'a> {
    /// The identifier octet.
    pub tag: u8,
    /// The content octets.
    pub content: &'a [u8],
    /// Identifier, length and content.
    pub whole: &'a [u8],
}

/// The values that stand one after the other in `bytes`; `None` where one is damaged or there are too many.
pub fn values(mut bytes: &[u8]) -> Option<Vec<Value<'_>>> {
    let mut values = Vec::new();
    while !bytes.is_empty() {
        let value = first(bytes)?;
        bytes = bytes.get(value.whole.len()..)?;
        values.push(value);
        if values.len() > 10_000 {
            return None;
        }
    }
    Some(values)
}

/// The first value of `bytes`. Only definite lengths in their shortest form, and single-octet tags.
pub fn first(bytes: &[u8]) -> Option<Value<'_>> {
    let tag = *bytes.first()?;
    let short = usize::from(*bytes.get(1)?);
    let (header, length) = match short {
        0..=0x7f => (2, short),
        0x81..=0x84 => {
            let octets = bytes.get(2..2 + (short - 0x80))?;
            let length = octets.iter().fold(0usize, |sum, octet| sum << 8 | usize::from(*octet));
            let shortest = length > 0x7f && octets.first() != Some(&0);
            (2 + octets.len(), Some(length).filter(|_| shortest)?)
        }
        _ => return None,
    };
    let end = header.checked_add(length)?;
    Some(Value { tag, content: bytes.get(header..end)?, whole: bytes.get(..end)? })
}

/// A PKCS#7 SignedData with one signer, as far as its statement goes.
pub struct Signed<'a> {
    /// The encapsulated content's value (without its `[0]`), if there is one.
    pub content: Option<Value<'a>>,
    /// The messageDigest attribute, if attributes are signed.
    pub message_digest: Option<&'a [u8]>,
    /// Object identifiers, as content octets, of the attributes that are not signed.
    pub unsigned: Vec<&'a [u8]>,
}

/// 1.2.840.113549.1.9.4.
const MESSAGE_DIGEST: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 4];

/// Reads ContentInfo { oid, [0] SignedData } (RFC 2315 9.1; RFC 5652 5.1), which must fill `pkcs7`.
///
/// # Errors
/// A sentence fragment: what is not as it must be.
pub fn signed(pkcs7: &[u8]) -> Result<Signed<'_>, String> {
    read(pkcs7).ok_or("its PKCS#7 data is damaged")?
}

/// Attributes that belong to a signature without being signed: countersignature (1.2.840.113549.1.9.6) and RFC 3161
/// time stamp, as Microsoft names it (1.3.6.1.4.1.311.3.3.1) and as S/MIME does (1.2.840.113549.1.9.16.2.14). A
/// second signature nested in the first is not among them.
pub const COUNTERSIGNATURES: [&[u8]; 3] = [
    &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 6],
    &[0x2b, 6, 1, 4, 1, 0x82, 0x37, 3, 3, 1],
    &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 16, 2, 14],
];

/// The digest of `bytes` of the kind that has the length of `stated`.
pub fn digest_like(stated: &[u8], bytes: &[u8]) -> Option<Vec<u8>> {
    match stated.len() {
        32 => Some(sha2::Sha256::digest(bytes).to_vec()),
        48 => Some(sha2::Sha384::digest(bytes).to_vec()),
        64 => Some(sha2::Sha512::digest(bytes).to_vec()),
        _ => None,
    }
}

/// The digest of the signed thing that an Authenticode statement (SpcIndirectDataContent) gives, where the signed
/// attributes are of that statement and nothing unsigned rides along but a countersignature.
///
/// # Errors
/// A sentence fragment: what is not as it must be.
pub fn indirect_digest(pkcs7: &[u8]) -> Result<&[u8], String> {
    let signed = signed(pkcs7)?;
    let content = signed.content.ok_or("it states nothing about a file")?;
    let stated = signed.message_digest.ok_or("it signs no attributes")?;
    let computed = digest_like(stated, content.content);
    let computed = computed.ok_or("its digest is of an algorithm that is not computed here")?;
    if computed != stated {
        return Err("what it signs is not the digest it states".to_owned());
    }
    if let Some(other) = signed.unsigned.iter().find(|oid| !COUNTERSIGNATURES.contains(*oid)) {
        let shown: Vec<String> = other.iter().map(|octet| format!("{octet:02x}")).collect();
        return Err(format!("an unsigned attribute ({}) rides in it", shown.join(" ")));
    }
    let parts = values(content.content).unwrap_or_default();
    let [_, info] = parts.as_slice() else { return Err("its statement is damaged".to_owned()) };
    match values(info.content).as_deref() {
        Some([algorithm, digest]) if algorithm.tag == 0x30 && digest.tag == 4 => Ok(digest.content),
        _ => Err("its statement is damaged".to_owned()),
    }
}

fn read(pkcs7: &[u8]) -> Option<Result<Signed<'_>, String>> {
    let info = first(pkcs7).filter(|info| info.whole.len() == pkcs7.len() && info.tag == 0x30)?;
    let parts = values(info.content)?;
    let data = first(parts.get(1).filter(|part| part.tag == 0xa0 && parts.len() == 2)?.content)?;
    let fields = values(data.content)?;
    let encapsulated = values(fields.get(2)?.content)?;
    let content = match encapsulated.get(1) {
        Some(explicit) if explicit.tag == 0xa0 => Some(first(explicit.content)?),
        _ => None,
    };
    let signers = values(fields.last().filter(|last| last.tag == 0x31)?.content)?;
    let [signer] = signers.as_slice() else {
        return Some(Err(format!("it has {} signers", signers.len())));
    };
    let mut message_digest = None;
    let mut unsigned = Vec::new();
    for field in values(signer.content)? {
        if !matches!(field.tag, 0xa0 | 0xa1) {
            continue;
        }
        for attribute in values(field.content)? {
            let Some(parts) = values(attribute.content).filter(|_| attribute.tag == 0x30) else { continue };
            let (Some(oid), Some(set)) = (parts.first(), parts.get(1)) else { return None };
            match field.tag {
                0xa0 if oid.content == MESSAGE_DIGEST => message_digest = Some(first(set.content)?.content),
                0xa1 => unsigned.push(oid.content),
                _ => {}
            }
        }
    }
    Some(Ok(Signed { content, message_digest, unsigned }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_must_be_definite_and_in_their_shortest_form() {
        assert_eq!(first(&[4, 2, 1, 2, 9]).unwrap().whole, [4, 2, 1, 2]);
        assert!(first(&[4, 0x81, 2, 1, 2]).is_none(), "two octets where one is enough");
        assert!(first(&[0x30, 0x80, 0, 0]).is_none(), "indefinite");
        assert!(first(&[4, 0x84, 0xff, 0xff, 0xff, 0xff, 1]).is_none(), "longer than what is there");
        assert!(first(&[]).is_none());
    }
}
