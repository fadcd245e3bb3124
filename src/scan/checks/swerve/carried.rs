//! Tokens that bring their own key: what a token says of the key it was signed with is made a key and believed.

use super::Told;
use super::magic::Said;
use super::magic::told;
use super::sense::Sense;
use super::sense::inner;
use super::tokens::Kind;

const OWN: Said = (
    "unsigned-accepted",
    "a key that stands in the header of a token is used to check this token: anybody can sign one",
    "Which keys are trusted, and why may a token bring its own?",
);

/// Makes a key of what is given.
const MAKES: &[&str] = &[
    "createPublicKey",
    "JsonWebKey",
    "importJWK",
    "from_jwk",
    "PyJWK",
    "NewJWK",
    "import_key",
    "ParseKey",
    "parseJwk",
    "JWK",
    "fromJwk",
    "parse_jwk",
    "RSAPublicKey",
    "ParsePKIXPublicKey",
    "ParseCertificate",
];

/// What a file shows anywhere.
pub fn anywhere(sense: &Sense) -> Option<Told> {
    let tokens = sense.outline.tokens;
    if !sense.mentions(MAKES) {
        return None;
    }
    // Protocols in which a key that is brought along stands for itself.
    let proves = tokens.names.iter().any(|name| {
        let lower = name.to_ascii_lowercase();
        ["dpop", "acme", "ath", "cnf", "proof", "thumbprinturi"]
            .iter()
            .any(|word| lower.starts_with(word.as_bytes()))
    });
    let carried = |at: usize| {
        tokens.is(at, "jwk") && tokens.any(at.wrapping_sub(1), &[".", "?.", "->"])
            || tokens.kind(at) == Some(Kind::Text)
                && inner(tokens.text(at)) == b"jwk"
                && tokens.any(at.wrapping_sub(1), &["(", "["])
    };
    if proves {
        return None;
    }
    sense.outline.funcs.iter().filter(|func| func.body.len() <= 300).find_map(|func| {
        let body = func.body.clone();
        let header = body.clone().any(|at| {
            tokens.kind(at) == Some(Kind::Word) && {
                let lower = tokens.text(at).to_ascii_lowercase();
                lower.ends_with(b"header") || lower.ends_with(b"head")
            }
        });
        if !header || !body.clone().any(carried) {
            return None;
        }
        let at = body.clone().find(|at| {
            tokens.any(*at, MAKES)
                && tokens.close(at + 1).is_some_and(|close| {
                    sense.reaches(at + 2..close, 1, &carried)
                        || (at + 2..close).any(|at| {
                            // `header.TryGetValue("jwk", out var raw)`
                            tokens.name(at).is_some_and(|name| {
                                body.clone().any(|other| {
                                    carried(other)
                                        && (other + 1..other + 5).any(|at| tokens.name(at) == Some(name))
                                })
                            })
                        })
                })
        })?;
        Some(told(OWN, at..at + 2))
    })
}
