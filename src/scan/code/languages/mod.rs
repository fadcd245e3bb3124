//! The languages: one file each, one line each in [`spec`].
//!
//! A language file gives a [`Spec`]: its grammar, the shape of its node kinds, and hooks for what no shape
//! covers. It knows no rule and no engine; adding one needs this file, `rules/<language>.toml` and marked
//! fixtures.

#[cfg(feature = "lang-bash")]
mod bash;
#[cfg(feature = "lang-c")]
mod c;
#[cfg(any(feature = "lang-c", feature = "lang-cpp"))]
mod c_macros;
#[cfg(all(feature = "lang-c", feature = "lang-cpp"))]
mod cpp;
#[cfg(feature = "lang-csharp")]
mod csharp;
#[cfg(feature = "lang-go")]
mod go;
#[cfg(feature = "lang-java")]
mod java;
#[cfg(any(feature = "lang-javascript", feature = "lang-typescript"))]
mod javascript;
#[cfg(feature = "lang-kotlin")]
mod kotlin;
mod patterns;
#[cfg(feature = "lang-php")]
mod php;
#[cfg(feature = "lang-powershell")]
pub mod powershell;
#[cfg(feature = "lang-python")]
mod python;
#[cfg(feature = "lang-ruby")]
mod ruby;
#[cfg(feature = "lang-rust")]
mod rust;
#[cfg(feature = "lang-rust")]
mod rust_lists;
#[cfg(feature = "lang-kotlin")]
mod soft_words;
#[cfg(feature = "lang-swift")]
mod swift;
mod unicode;

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
        #[cfg(feature = "lang-bash")]
        Language::Bash => Some(&bash::SPEC),
        #[cfg(feature = "lang-csharp")]
        Language::CSharp => Some(&csharp::SPEC),
        #[cfg(feature = "lang-kotlin")]
        Language::Kotlin => Some(&kotlin::SPEC),
        #[cfg(feature = "lang-php")]
        Language::Php => Some(&php::SPEC),
        #[cfg(feature = "lang-powershell")]
        Language::PowerShell => Some(&powershell::SPEC),
        #[cfg(feature = "lang-ruby")]
        Language::Ruby => Some(&ruby::SPEC),
        #[cfg(feature = "lang-rust")]
        Language::Rust => Some(&rust::SPEC),
        #[cfg(feature = "lang-swift")]
        Language::Swift => Some(&swift::SPEC),
        #[allow(unreachable_patterns)] // a build may leave languages out
        _ => None,
    }
}
