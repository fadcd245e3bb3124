//! Lists of digests that a container carries of itself: a wheel's RECORD.
//!
//! Such a list is derived: it must equal its function of the other members. It is recomputed here, on both
//! sides: every other member is listed once with its right digest and size, and nothing else is listed. Then
//! two lists that differ say nothing that the members do not say themselves.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::Digest;

use crate::formats;
use crate::formats::Budget;
use crate::model::Anatomy;
use crate::model::Content;
use crate::model::path::unescape;

/// Whether the member `name` of this container is a list that holds for the other members; why not, if it is
/// one and does not. `None`: it is no such list.
pub fn holds(bytes: &[u8], anatomy: &Anatomy, name: &str, budget: &Budget) -> Option<Result<(), String>> {
    let is_record = name.ends_with(".dist-info/RECORD") && name.matches('/').count() == 1;
    (is_record && anatomy.format == "zip").then(|| record(bytes, anatomy, name, budget))
}

/// Members and listed files taken into account.
const LARGEST: usize = 100_000;

/// RECORD (Binary distribution format, "The RECORD file"): `path,sha256=<unpadded base64url>,size`.
fn record(bytes: &[u8], anatomy: &Anatomy, name: &str, budget: &Budget) -> Result<(), String> {
    let mut listed: BTreeMap<Vec<u8>, (String, String)> = BTreeMap::new();
    let own = anatomy.members.iter().find(|member| member.name == name).ok_or("it is not there")?;
    let content = formats::member_bytes(bytes, anatomy, own, budget)?;
    let text = std::str::from_utf8(&content).map_err(|_| "it is not UTF-8")?;
    for line in text.lines() {
        let mut fields = line.rsplitn(3, ',');
        let (Some(size), Some(digest), Some(path)) = (fields.next(), fields.next(), fields.next()) else {
            return Err(format!("a line is not path, digest, size: {line:?}"));
        };
        let path = path.trim_matches('"').as_bytes().to_vec();
        if listed.insert(path, (digest.to_owned(), size.to_owned())).is_some() || listed.len() > LARGEST {
            return Err(format!("it lists a file twice, or too many: {line:?}"));
        }
    }
    let signatures = [format!("{name}.jws"), format!("{name}.p7s")];
    for member in &anatomy.members {
        let is_folder = member.name.ends_with('/');
        if is_folder || signatures.contains(&member.name) {
            continue;
        }
        let Some((digest, size)) = listed.remove(&unescape(&member.name)) else {
            return Err(format!("it omits {}", member.name));
        };
        if member.name == name {
            if !digest.is_empty() || !size.is_empty() {
                return Err("it gives a digest of itself".to_owned());
            }
            continue;
        }
        let content = match member.content {
            Content::Empty => Vec::new().into(),
            _ => formats::member_bytes(bytes, anatomy, member, budget)?,
        };
        let computed = format!("sha256={}", URL_SAFE_NO_PAD.encode(sha2::Sha256::digest(&content)));
        if digest != computed || size != content.len().to_string() {
            return Err(format!("it gives another digest or size of {}", member.name));
        }
    }
    match listed.keys().next() {
        Some(path) => Err(format!("it lists {}, which is not there", String::from_utf8_lossy(path))),
        None => Ok(()),
    }
}
