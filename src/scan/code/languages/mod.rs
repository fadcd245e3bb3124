//! The languages: one file each, one line each in [`spec`].
//!
//! A language file gives a [`Spec`]: its grammar, the shape of its node kinds, and hooks for what no shape
//! covers. It knows no rule and no engine; adding one needs this file, `rules/<language>.toml` and marked
//! fixtures.

#[cfg(feature = "lang-c")]
mod c;
#[cfg(all(feature = "lang-c", feature = "lang-cpp"))]
mod cpp;
#[cfg(feature = "lang-go")]
mod go;
#[cfg(feature = "lang-java")]
mod java;
#[cfg(any(feature = "lang-javascript", feature = "lang-typescript"))]
mod javascript;
#[cfg(feature = "lang-python")]
mod python;

use super::language::Language;
use super::lower::Spec;

/// The lowering of `language`; `None` where this build has no grammar for it.
pub fn spec(language: Language) -> Option<&'static Spec> {
    match language {
        #[cfg(feature = "lang-c")]
        Language::C => Some(&c::SPEC),
        #[cfg(all(feature = "lang-c", feature = "lang-cpp"))]
        Language::Cpp => Some(&cpp::SPEC),
        #[cfg(feature = "lang-go")]
        Language::Go => Some(&go::SPEC),
        #[cfg(feature = "lang-java")]
        Language::Java => Some(&java::SPEC),
        #[cfg(feature = "lang-javascript")]
        Language::JavaScript => Some(&javascript::SPEC),
        #[cfg(feature = "lang-typescript")]
        Language::TypeScript => Some(&javascript::TYPESCRIPT),
        #[cfg(feature = "lang-typescript")]
        Language::Tsx => Some(&javascript::TSX),
        #[cfg(feature = "lang-python")]
        Language::Python => Some(&python::SPEC),
        _ => None,
    }
}
