//! `pellucid keygen`: a key pair to sign verdicts with.

use std::path::Path;
use std::path::PathBuf;

use crate::attest::Algorithm;
use crate::attest::KeyError;
use crate::attest::SigningKey;
use crate::cli::print;
use crate::exit::Exit;
use crate::host::files;

/// Makes a key pair to sign verdicts with.
///
/// Writes OUT.key (PKCS#8 PEM, readable by you alone) and OUT.pub (PEM), and prints the key's ids. Existing
/// files are never overwritten. Give OUT.pub to whoever is to check your attestations, by a way they trust.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Where to write: OUT.key and OUT.pub.
    #[arg(value_name = "OUT", default_value = "pellucid")]
    pub out: PathBuf,
    /// Ed25519 instead of ECDSA P-256, which more verifiers take.
    #[arg(long)]
    pub ed25519: bool,
}

/// Makes the pair and says where it is.
pub fn run(args: &Args) -> Exit {
    match keygen(args) {
        Ok(text) => {
            print::result(&text);
            Exit::Met
        }
        Err((exit, message)) => {
            print::error(message);
            exit
        }
    }
}

/// Writes the pair; what to print.
///
/// # Errors
/// The exit code and the sentence that says what failed.
pub fn keygen(args: &Args) -> Result<String, (Exit, String)> {
    let internal = |error: KeyError| (Exit::Internal, error.to_string());
    let algorithm = if args.ed25519 { Algorithm::Ed25519 } else { Algorithm::P256 };
    let key = draw(algorithm)?;
    let public = key.verifying_key();
    let (secret_path, public_path) = (with_suffix(&args.out, ".key"), with_suffix(&args.out, ".pub"));
    let create = |path: &Path, text: String, mode: u32| {
        files::create_with_mode(path, text.as_bytes(), mode).map_err(|error| {
            let what = format!("creating {}: {error}; choose another name", path.display());
            (Exit::Request, what)
        })
    };
    // Asked before either is written, so that no half is left beside a half of another pair; the creation
    // itself is exclusive, so that a file made meanwhile is still not overwritten.
    for path in [&secret_path, &public_path] {
        if path.symlink_metadata().is_ok() {
            let what = format!("creating {}: it is already there; choose another name", path.display());
            return Err((Exit::Request, what));
        }
    }
    create(&public_path, public.to_pem().map_err(internal)?, 0o644)?;
    create(&secret_path, key.to_pem().map_err(internal)?, 0o600)?;
    Ok(format!(
        "private key  {}\npublic key   {}\nalgorithm    {}\nkey id       {}\nbundle hint  {}\n",
        secret_path.display(),
        public_path.display(),
        if args.ed25519 { "Ed25519" } else { "ECDSA P-256, SHA-256" },
        public.key_id().map_err(internal)?,
        public.hint().map_err(internal)?,
    ))
}

fn draw(algorithm: Algorithm) -> Result<SigningKey, (Exit, String)> {
    loop {
        let mut seed = [0u8; 32];
        getrandom::fill(&mut seed)
            .map_err(|error| (Exit::Internal, format!("drawing random bytes from the system: {error}")))?;
        match SigningKey::from_seed(algorithm, &seed) {
            Err(KeyError::Seed) => continue,
            other => return other.map_err(|error| (Exit::Internal, error.to_string())),
        }
    }
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}
