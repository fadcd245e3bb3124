//! DSSE v1.0.2 envelopes (secure-systems-lab/dsse, `protocol.md` and `envelope.md`) and the Sigstore bundle
//! v0.3 that wraps the same signature.
//!
//! [`verify`] reads what this program wrote and insists on every byte of it: an envelope is small, signed
//! once and copied, so a changed space means that something rewrote the file. [`verify_foreign`] reads what
//! the specifications allow anyone to write. The key id is not covered by a DSSE signature; [`verify`]
//! therefore checks it against the key.

use base64::Engine;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::GeneralPurpose;
use base64::engine::general_purpose::GeneralPurposeConfig;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde::Serialize;

use super::keys::KeyError;
use super::keys::SigningKey;
use super::keys::VerifyingKey;

/// The payload type of an in-toto statement; verifiers of the field compare it for equality.
pub const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";

const BUNDLE_TYPE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";

/// A signed payload, ready to be written in either wrapping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    payload: Vec<u8>,
    signature: Vec<u8>,
    key_id: String,
    hint: String,
}

/// The payload of an envelope whose signature holds: nobody but [`verify`] and [`verify_foreign`] makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payload(Vec<u8>);

impl Payload {
    /// The signed bytes, as they were signed.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// Why an envelope is not accepted: one sentence that names the thing that failed.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum VerifyError {
    /// It is not JSON of an envelope's shape, or not base64 inside.
    #[error("the file is not a DSSE envelope or a Sigstore bundle ({0}): it was changed, or is another file")]
    NotAnEnvelope(String),
    /// It says it carries something else than an in-toto statement.
    #[error("the payload type is {0:?} and not {PAYLOAD_TYPE:?}: what was signed is no in-toto statement")]
    PayloadType(String),
    /// The signature does not hold.
    #[error(
        "the signature does not hold under the key given: the statement or the signature was changed, \
         or another key signed it"
    )]
    Signature,
    /// The key id or hint names another key.
    #[error(
        "the signature holds, but the envelope's key id names another key ({0:?}): the envelope was changed"
    )]
    KeyId(String),
    /// The bytes are not as this program writes them.
    #[error(
        "the signature holds, but the envelope's bytes are not as pellucid writes them (spaces, order of \
         fields, encoding): something rewrote the file; ask for the original"
    )]
    NotCanonical,
    /// The key cannot be used.
    #[error("{0}")]
    Key(#[from] KeyError),
}

/// The bytes a DSSE signature covers (pre-authentication encoding, `protocol.md`).
pub fn pae(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let mut bytes = format!("DSSEv1 {} {payload_type} {} ", payload_type.len(), payload.len()).into_bytes();
    bytes.extend_from_slice(payload);
    bytes
}

/// Signs an in-toto statement's bytes as they are.
///
/// # Errors
/// [`KeyError::Encode`] where the key's id cannot be computed.
pub fn sign(payload: &[u8], key: &SigningKey) -> Result<Envelope, KeyError> {
    let public = key.verifying_key();
    Ok(Envelope {
        payload: payload.to_vec(),
        signature: key.sign(&pae(PAYLOAD_TYPE, payload)),
        key_id: public.key_id()?,
        hint: public.hint()?,
    })
}

impl Envelope {
    /// The plain DSSE envelope (`*.intoto.json`), with the securesystemslib key id.
    pub fn dsse(&self) -> Vec<u8> {
        line(&self.wire(Some(self.key_id.clone())))
    }

    /// The Sigstore bundle v0.3 (`*.sigstore.json`), without key id (sigstore-go skips a signature whose key
    /// id is not its own kind) and with the key's hint.
    pub fn bundle(&self) -> Vec<u8> {
        line(&WireBundle {
            media_type: BUNDLE_TYPE.to_owned(),
            verification_material: WireMaterial { public_key: WireHint { hint: self.hint.clone() } },
            dsse_envelope: self.wire(None),
        })
    }

    fn wire(&self, keyid: Option<String>) -> WireEnvelope {
        WireEnvelope {
            payload: STANDARD.encode(&self.payload),
            payload_type: PAYLOAD_TYPE.to_owned(),
            signatures: vec![WireSignature { keyid, sig: STANDARD.encode(&self.signature) }],
        }
    }
}

/// The payload of an envelope or bundle this program wrote, if every byte of the file is as written and the
/// signature holds under `key`.
///
/// # Errors
/// [`VerifyError`], one sentence that names the thing that failed.
pub fn verify(file: &[u8], key: &VerifyingKey) -> Result<Payload, VerifyError> {
    let read = read(file)?;
    let [signature] = read.signatures.as_slice() else {
        return Err(VerifyError::NotAnEnvelope(format!("{} signatures where one is", read.signatures.len())));
    };
    check(&read, signature, key)?;
    let written = Envelope {
        payload: read.payload,
        signature: key.canonical(&signature.bytes).ok_or(VerifyError::Signature)?,
        key_id: key.key_id()?,
        hint: key.hint()?,
    };
    let (named, own, again) = match &read.hint {
        Some(hint) => (Some(hint.as_str()), written.hint.as_str(), written.bundle()),
        None => (signature.key_id.as_deref(), written.key_id.as_str(), written.dsse()),
    };
    if named.is_some_and(|named| named != own) {
        return Err(VerifyError::KeyId(named.unwrap_or_default().to_owned()));
    }
    if again != file {
        return Err(VerifyError::NotCanonical);
    }
    Ok(Payload(written.payload))
}

/// The payload of any DSSE envelope or Sigstore bundle with an in-toto statement of which one signature
/// holds under `key`: any JSON layout, either base64 alphabet, DER or raw `r‖s`, any key id.
///
/// # Errors
/// [`VerifyError`], one sentence that names the thing that failed.
pub fn verify_foreign(file: &[u8], key: &VerifyingKey) -> Result<Payload, VerifyError> {
    let read = read(file)?;
    let mut outcome = Err(VerifyError::NotAnEnvelope("no signature".to_owned()));
    for signature in &read.signatures {
        outcome = check(&read, signature, key);
        if outcome.is_ok() {
            break;
        }
    }
    outcome.map(|()| Payload(read.payload))
}

fn check(read: &Read, signature: &ReadSignature, key: &VerifyingKey) -> Result<(), VerifyError> {
    // The payload type is signed, so a changed one would fail below; it is named first because that is
    // what a reader of the message can act on.
    if read.payload_type != PAYLOAD_TYPE {
        return Err(VerifyError::PayloadType(read.payload_type.clone()));
    }
    if !key.holds(&pae(&read.payload_type, &read.payload), &signature.bytes) {
        return Err(VerifyError::Signature);
    }
    Ok(())
}

/// An envelope as read, decoded and not yet believed.
struct Read {
    payload: Vec<u8>,
    payload_type: String,
    signatures: Vec<ReadSignature>,
    hint: Option<String>,
}

struct ReadSignature {
    bytes: Vec<u8>,
    key_id: Option<String>,
}

fn read(file: &[u8]) -> Result<Read, VerifyError> {
    let wrong = |error: serde_json::Error| VerifyError::NotAnEnvelope(error.to_string());
    // A bundle is told by its field, not by trial, so that the message is about the shape the file has.
    let probe: Probe = serde_json::from_slice(file).map_err(wrong)?;
    let (envelope, hint) = match probe.dsse_envelope {
        Some(_) => {
            let bundle: WireBundle = serde_json::from_slice(file).map_err(wrong)?;
            if bundle.media_type != BUNDLE_TYPE {
                let found = format!("a bundle of type {:?}, not {BUNDLE_TYPE:?}", bundle.media_type);
                return Err(VerifyError::NotAnEnvelope(found));
            }
            (bundle.dsse_envelope, Some(bundle.verification_material.public_key.hint))
        }
        None => (serde_json::from_slice(file).map_err(wrong)?, None),
    };
    let signatures = envelope
        .signatures
        .into_iter()
        .map(|signature| {
            Ok(ReadSignature { bytes: decode("a signature", &signature.sig)?, key_id: signature.keyid })
        })
        .collect::<Result<Vec<_>, VerifyError>>()?;
    let payload = decode("the payload", &envelope.payload)?;
    Ok(Read { payload, payload_type: envelope.payload_type, signatures, hint })
}

/// Standard or URL-safe base64, padded or not (DSSE: readers must take both alphabets); stray bits in the
/// last character are refused.
fn decode(what: &str, text: &str) -> Result<Vec<u8>, VerifyError> {
    let config = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let url_safe = text.contains(['-', '_']);
    let alphabet = if url_safe { &alphabet::URL_SAFE } else { &alphabet::STANDARD };
    GeneralPurpose::new(alphabet, config)
        .decode(text)
        .map_err(|error| VerifyError::NotAnEnvelope(format!("{what} is not base64: {error}")))
}

fn line(value: &impl Serialize) -> Vec<u8> {
    // Serialising plain strings and lists cannot fail; an empty file would be refused by every reader.
    let mut bytes = serde_json::to_vec(value).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Probe {
    dsse_envelope: Option<serde::de::IgnoredAny>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireBundle {
    media_type: String,
    verification_material: WireMaterial,
    dsse_envelope: WireEnvelope,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireMaterial {
    public_key: WireHint,
}

#[derive(Serialize, Deserialize)]
struct WireHint {
    hint: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireEnvelope {
    payload: String,
    payload_type: String,
    signatures: Vec<WireSignature>,
}

#[derive(Serialize, Deserialize)]
struct WireSignature {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    keyid: Option<String>,
    sig: String,
}
