//! Signing keys: ECDSA P-256 with SHA-256 (the one every verifier of the field takes) and Ed25519.
//!
//! Private keys are PKCS#8 PEM (RFC 5958), public keys SubjectPublicKeyInfo PEM (RFC 5280, RFC 8410).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::Signer as _;
use p256::ecdsa::signature::Verifier as _;
use p256::pkcs8::DecodePrivateKey;
use p256::pkcs8::DecodePublicKey;
use p256::pkcs8::EncodePrivateKey;
use p256::pkcs8::EncodePublicKey;
use p256::pkcs8::LineEnding;

use crate::model::Sha256;

/// A signature algorithm with its key type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// ECDSA over NIST P-256 with SHA-256; signatures in DER, low half of `s`.
    P256,
    /// Ed25519 (RFC 8032, pure).
    Ed25519,
}

/// A private key.
#[derive(Clone)]
pub enum SigningKey {
    /// ECDSA P-256.
    P256(p256::ecdsa::SigningKey),
    /// Ed25519.
    Ed25519(Box<ed25519_dalek::SigningKey>),
}

/// A public key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VerifyingKey {
    /// ECDSA P-256.
    P256(p256::ecdsa::VerifyingKey),
    /// Ed25519.
    Ed25519(ed25519_dalek::VerifyingKey),
}

/// A key could not be read, made or written.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum KeyError {
    /// Not a private key this program signs with.
    #[error(
        "not a PKCS#8 PEM private key of ECDSA P-256 or Ed25519 (`-----BEGIN PRIVATE KEY-----`, not encrypted); \
         make one with `pellucid keygen`"
    )]
    Private,
    /// Not a public key this program verifies with.
    #[error(
        "not a PEM public key of ECDSA P-256 or Ed25519 (`-----BEGIN PUBLIC KEY-----`); \
         `pellucid keygen` writes one beside the private key"
    )]
    Public,
    /// The 32 bytes given are no scalar of the curve; probability 2⁻³² for random bytes.
    #[error("the random bytes are no private key of this curve: draw again")]
    Seed,
    /// The encoder refused.
    #[error("encoding the key: {0}")]
    Encode(String),
}

impl SigningKey {
    /// The private key that `seed`, 32 random bytes, stands for.
    ///
    /// # Errors
    /// [`KeyError::Seed`] for the few values that are no P-256 scalar.
    pub fn from_seed(algorithm: Algorithm, seed: &[u8; 32]) -> Result<SigningKey, KeyError> {
        match algorithm {
            Algorithm::P256 => {
                p256::ecdsa::SigningKey::from_slice(seed).map(SigningKey::P256).map_err(|_| KeyError::Seed)
            }
            Algorithm::Ed25519 => {
                Ok(SigningKey::Ed25519(Box::new(ed25519_dalek::SigningKey::from_bytes(seed))))
            }
        }
    }

    /// The private key in PKCS#8 PEM.
    ///
    /// # Errors
    /// [`KeyError::Private`] for anything else, an encrypted key included.
    pub fn from_pem(pem: &str) -> Result<SigningKey, KeyError> {
        if let Ok(key) = p256::ecdsa::SigningKey::from_pkcs8_pem(pem) {
            return Ok(SigningKey::P256(key));
        }
        match ed25519_dalek::SigningKey::from_pkcs8_pem(pem) {
            Ok(key) => Ok(SigningKey::Ed25519(Box::new(key))),
            Err(_) => Err(KeyError::Private),
        }
    }

    /// PKCS#8 PEM.
    ///
    /// # Errors
    /// [`KeyError::Encode`] where the encoder refuses.
    pub fn to_pem(&self) -> Result<String, KeyError> {
        let pem = match self {
            SigningKey::P256(key) => key.to_pkcs8_pem(LineEnding::LF),
            SigningKey::Ed25519(key) => key.to_pkcs8_pem(LineEnding::LF),
        };
        pem.map(|pem| pem.to_string()).map_err(|error| KeyError::Encode(error.to_string()))
    }

    /// The public key.
    pub fn verifying_key(&self) -> VerifyingKey {
        match self {
            SigningKey::P256(key) => VerifyingKey::P256(*key.verifying_key()),
            SigningKey::Ed25519(key) => VerifyingKey::Ed25519(key.verifying_key()),
        }
    }

    /// The signature of `message`: DER for P-256 (in the low half of `s`, so that nobody can turn one
    /// signature into another without the key), 64 bytes for Ed25519.
    pub(super) fn sign(&self, message: &[u8]) -> Vec<u8> {
        match self {
            SigningKey::P256(key) => {
                let signature: p256::ecdsa::Signature = key.sign(message);
                signature.normalize_s().to_der().as_bytes().to_vec()
            }
            SigningKey::Ed25519(key) => key.sign(message).to_bytes().to_vec(),
        }
    }
}

impl VerifyingKey {
    /// The public key in SubjectPublicKeyInfo PEM.
    ///
    /// # Errors
    /// [`KeyError::Public`] for anything else.
    pub fn from_pem(pem: &str) -> Result<VerifyingKey, KeyError> {
        if let Ok(key) = p256::ecdsa::VerifyingKey::from_public_key_pem(pem) {
            return Ok(VerifyingKey::P256(key));
        }
        match ed25519_dalek::VerifyingKey::from_public_key_pem(pem) {
            Ok(key) => Ok(VerifyingKey::Ed25519(key)),
            Err(_) => Err(KeyError::Public),
        }
    }

    /// SubjectPublicKeyInfo PEM.
    ///
    /// # Errors
    /// [`KeyError::Encode`] where the encoder refuses.
    pub fn to_pem(&self) -> Result<String, KeyError> {
        let pem = match self {
            VerifyingKey::P256(key) => key.to_public_key_pem(LineEnding::LF),
            VerifyingKey::Ed25519(key) => key.to_public_key_pem(LineEnding::LF),
        };
        pem.map_err(|error| KeyError::Encode(error.to_string()))
    }

    /// The key's algorithm.
    pub fn algorithm(&self) -> Algorithm {
        match self {
            VerifyingKey::P256(_) => Algorithm::P256,
            VerifyingKey::Ed25519(_) => Algorithm::Ed25519,
        }
    }

    /// The key id as securesystemslib computes it, 64 hexadecimal digits: SHA-256 over the canonical JSON
    /// of key type, public value and scheme.
    ///
    /// # Errors
    /// [`KeyError::Encode`] where the encoder refuses.
    pub fn key_id(&self) -> Result<String, KeyError> {
        let (kind, public, scheme) = match self {
            VerifyingKey::P256(_) => ("ecdsa", self.to_pem()?, "ecdsa-sha2-nistp256"),
            VerifyingKey::Ed25519(key) => ("ed25519", Sha256::from_bytes(key.to_bytes()).hex(), "ed25519"),
        };
        // OLPC canonical JSON escapes quotes and backslashes alone; line breaks of the PEM stand as they are.
        let canonical =
            format!(r#"{{"keytype":"{kind}","keyval":{{"public":"{public}"}},"scheme":"{scheme}"}}"#);
        Ok(Sha256::of(canonical.as_bytes()).hex())
    }

    /// The hint a Sigstore bundle carries: base64 of SHA-256 of the SubjectPublicKeyInfo in DER.
    ///
    /// # Errors
    /// [`KeyError::Encode`] where the encoder refuses.
    pub fn hint(&self) -> Result<String, KeyError> {
        let der = match self {
            VerifyingKey::P256(key) => key.to_public_key_der(),
            VerifyingKey::Ed25519(key) => key.to_public_key_der(),
        };
        let der = der.map_err(|error| KeyError::Encode(error.to_string()))?;
        Ok(STANDARD.encode(Sha256::of(der.as_bytes()).as_bytes()))
    }

    /// Whether `signature` over `message` holds. P-256 takes DER and the 64 raw bytes `r‖s`.
    pub(super) fn holds(&self, message: &[u8], signature: &[u8]) -> bool {
        match self {
            VerifyingKey::P256(key) => {
                p256_signature(signature).is_some_and(|signature| key.verify(message, &signature).is_ok())
            }
            VerifyingKey::Ed25519(key) => ed25519_dalek::Signature::from_slice(signature)
                .is_ok_and(|signature| key.verify_strict(message, &signature).is_ok()),
        }
    }

    /// The one encoding this program writes for `signature`; `None` where it is no signature at all.
    pub(super) fn canonical(&self, signature: &[u8]) -> Option<Vec<u8>> {
        match self {
            VerifyingKey::P256(_) => p256_signature(signature)
                .map(|signature| signature.normalize_s().to_der().as_bytes().to_vec()),
            VerifyingKey::Ed25519(_) => (signature.len() == 64).then(|| signature.to_vec()),
        }
    }
}

fn p256_signature(bytes: &[u8]) -> Option<p256::ecdsa::Signature> {
    // A DER signature of P-256 starts with a SEQUENCE tag and its length; 64 bytes that happen to look so
    // fail to parse as DER and are then read as r‖s.
    p256::ecdsa::Signature::from_der(bytes).or_else(|_| p256::ecdsa::Signature::from_slice(bytes)).ok()
}
