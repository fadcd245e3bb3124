//! `pellucid verify`: whether an attestation is authentic, covers what was given, and follows from the evidence.

use std::path::Path;
use std::path::PathBuf;

use crate::attest;
use crate::attest::Statement;
use crate::attest::VerifyingKey;
use crate::cli::print;
use crate::exit::Exit;
use crate::host::files;
use crate::model::Sha256;
use crate::model::verdict::Decision;
use crate::report;
use crate::verdict;

/// Checks an attestation offline: signature, digests, and that the verdict follows from the evidence.
///
/// The attestation is a `.intoto.json` envelope or a `.sigstore.json` bundle that pellucid wrote. The exit
/// code tells an authentic "no" from a forgery:
///   0  authentic, everything given matches, and the attested decision is "met"
///   1  authentic, everything given matches, and the attested decision is "not met"
///   3  authentic, everything given matches, and the attested decision is "inconclusive"
///   2  a file cannot be read, or the key is no public key
///   4  the signature does not hold, or something given is not what was attested
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// The attestation.
    #[arg(value_name = "ATTESTATION")]
    pub envelope: PathBuf,
    /// The signer's public key (PEM), got by a way you trust.
    #[arg(long, value_name = "FILE")]
    pub key: PathBuf,
    /// A file that should be one of the attested artifacts; may be given several times.
    #[arg(long = "artifact", value_name = "FILE")]
    pub artifacts: Vec<PathBuf>,
    /// The evidence, to judge it again and hold the attested verdict against the result.
    #[arg(long, value_name = "FILE")]
    pub evidence: Option<PathBuf>,
}

/// An attestation is some kilobytes; nothing beyond this is one.
const MAX_ENVELOPE: u64 = 64 << 20;
/// A public key is some hundred bytes.
const MAX_KEY: u64 = 1 << 20;
/// Evidence grows with the source tree: about 200 bytes a path.
const MAX_EVIDENCE: u64 = 4 << 30;

/// Checks, and prints what holds or the sentence that says what does not.
pub fn run(args: &Args) -> Exit {
    match check(args) {
        Ok((exit, text)) => {
            print::result(&text);
            exit
        }
        Err((exit, message)) => {
            print::error(message);
            exit
        }
    }
}

/// What holds, as text for people, and the exit code it stands for.
///
/// # Errors
/// The exit code and the sentence that says which thing failed.
pub fn check(args: &Args) -> Result<(Exit, String), (Exit, String)> {
    let request = |path: &Path, error: &dyn std::fmt::Display| {
        (Exit::Request, format!("reading {}: {error}; nothing was verified", path.display()))
    };
    let trust = |error: &dyn std::fmt::Display| (Exit::Trust, error.to_string());
    let read =
        |path: &Path, limit: u64| files::read_bounded(path, limit).map_err(|error| request(path, &error));

    let pem = read(&args.key, MAX_KEY)?;
    let key =
        VerifyingKey::from_pem(&String::from_utf8_lossy(&pem)).map_err(|error| request(&args.key, &error))?;
    let envelope = read(&args.envelope, MAX_ENVELOPE)?;
    let payload = attest::verify(&envelope, &key).map_err(|error| trust(&error))?;
    let statement = attest::read_statement(&payload).map_err(|error| trust(&error))?;

    let mut text = Lines::default();
    text.line("signature", &format!("holds; key id {}", key.key_id().unwrap_or_default()));
    for path in &args.artifacts {
        let bytes = files::open(path).map_err(|error| request(path, &error))?;
        let digest = Sha256::of(&bytes);
        let shown = path.display().to_string();
        let subject = attest::check_artifact(&statement, &shown, digest).map_err(|error| trust(&error))?;
        text.line("artifact", &format!("{shown} is the attested {subject}, sha256 {digest}"));
    }
    if let Some(path) = &args.evidence {
        let bytes = read(path, MAX_EVIDENCE)?;
        let judge = |evidence: &_| own_judgement(evidence);
        attest::check_evidence(&payload, &bytes, judge).map_err(|error| trust(&error))?;
        text.line("evidence", "is the one attested, and judging it again gives the attested verdict");
    }
    describe(&mut text, &statement, args);
    let exit = match statement.predicate.decision {
        Decision::Met => Exit::Met,
        Decision::NotMet => Exit::NotMet,
        Decision::Inconclusive => Exit::Inconclusive,
    };
    Ok((exit, text.0))
}

fn own_judgement(evidence: &crate::model::Evidence) -> crate::model::Verdict {
    verdict::judge(evidence, &evidence.review.policy)
}

fn describe(text: &mut Lines, statement: &Statement, args: &Args) {
    let said = &statement.predicate;
    let product = &said.product;
    text.line("product", &format!("{} {} {}", product.vendor, product.name, product.version));
    for artifact in &said.artifacts {
        let mark =
            if artifact.rehearsal { " (REHEARSAL: made by the reviewer, shipped by nobody)" } else { "" };
        let asked = if artifact.met { "as asked" } else { "not enough" };
        let line = format!("{} is {} ({asked}: {}){mark}", artifact.name, artifact.rung, artifact.required);
        text.line("attested", &line);
    }
    let policy = &said.policy;
    let accepted = match policy.accepted.len() {
        0 => "nothing accepted".to_owned(),
        n => format!("{n} accepted"),
    };
    let fails = report::severity_word(policy.fail_on);
    text.line("policy", &format!("rung {}, fails on {fails} findings, {accepted}", policy.rung));
    if let Some(time) = &said.verified_on {
        text.line("time", &format!("{time}, by the signer's clock"));
    }
    if args.artifacts.is_empty() {
        text.line("not checked", "no --artifact was given: whether your files are the attested ones");
    }
    if args.evidence.is_none() {
        text.line("not checked", "no --evidence was given: whether the verdict follows from it");
    }
    text.line("not checked", "whether the signer observed what the evidence records");
    text.line("verdict", &said.sentence);
}

/// Lines of a word and what it says, aligned.
#[derive(Default)]
struct Lines(String);

impl Lines {
    fn line(&mut self, word: &str, rest: &str) {
        // What a statement says was written by its signer: shown, never obeyed by the terminal.
        self.0.push_str(&format!("{word:<12} {}\n", report::visible(rest)));
    }
}
