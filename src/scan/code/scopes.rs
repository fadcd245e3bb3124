//! Data that is put beside what a telemetry library sends later: recorded where it is sent.
//!
//! Tags, contexts and breadcrumbs leave with the next event. Where a file sends one, the calls that only add to
//! it send nothing by themselves: their ways go on to the call that does. Where it sends none, the library does
//! so by itself (at a crash), and what was added is recorded where it was. Data in `rules/scopes.toml`.

use std::sync::Arc;
use std::sync::LazyLock;

use serde::Deserialize;

use super::evaluate::Hit;
use super::evaluate::Observed;
use super::flow::Found;
use super::flow::Sink;
use super::ir::Place;
use super::value::Trail;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Scopes {
    scope: Vec<Scope>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Scope {
    library: String,
    adds: Vec<String>,
    sends: Vec<String>,
}

static SCOPES: LazyLock<Vec<Scope>> = LazyLock::new(|| {
    let mut scopes = toml::from_str::<Scopes>(include_str!("../../../rules/scopes.toml"))
        .map(|scopes| scopes.scope)
        .unwrap_or_default();
    for scope in &mut scopes {
        for name in scope.adds.iter_mut().chain(&mut scope.sends) {
            *name = plain(name);
        }
    }
    scopes
});

/// The category such libraries are recorded under.
const SDK: &str = "cap.net.sdk";

/// What a call of a telemetry library does with what it is given.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Does {
    Add,
    Send,
}

/// Calls of one file that send, by the library's number in the table and place.
struct Sender {
    library: usize,
    place: (u32, u32, u32),
    api: Box<str>,
}

/// Leaves out the calls of `observed` files that only add to an event, and lets what they add go on to the call of
/// the same file that sends it: the next one, else the last one before.
pub fn send_added(observed: &mut [Observed]) {
    let senders: Vec<Vec<Sender>> = observed.iter().map(|seen| senders(&seen.hits)).collect();
    if senders.iter().all(Vec::is_empty) {
        return;
    }
    for (seen, senders) in observed.iter_mut().zip(&senders) {
        seen.hits.retain(|hit| &*hit.category != SDK || sender(senders, &hit.api, hit.place).is_none());
    }
    for seen in observed {
        let mut sent = Vec::new();
        for found in &mut seen.found {
            let at = found.sink.unit as usize;
            let Some(senders) = senders.get(at).filter(|_| &*found.sink.category == SDK) else { continue };
            let Some(to) = sender(senders, &found.sink.api, found.sink.place) else { continue };
            sent.push(to.sends(found));
            found.added = true;
        }
        seen.found.extend(sent);
    }
}

impl Sender {
    /// The way of `found`, which ends where data is added, on to this call.
    fn sends(&self, found: &Found) -> Found {
        let (line, column, end_line) = found.sink.place;
        let added = Trail {
            before: found.trail.clone(),
            unit: found.sink.unit,
            place: Place { line, column, end_line },
            what: format!("added to what is sent later by {}", found.sink.api).into(),
            depth: found.trail.as_ref().map_or(0, |trail| trail.depth) + 1,
        };
        let sink = Sink { place: self.place, api: self.api.clone(), ..Sink::clone(&found.sink) };
        Found {
            origin: found.origin.clone(),
            sink: Arc::new(sink),
            trail: Some(Arc::new(added)),
            added: false,
        }
    }
}

fn senders(hits: &[Hit]) -> Vec<Sender> {
    let mut senders: Vec<Sender> = hits
        .iter()
        .filter(|hit| &*hit.category == SDK)
        .filter_map(|hit| match role(&hit.api)? {
            (library, Does::Send) => Some(Sender { library, place: hit.place, api: hit.api.clone() }),
            (_, Does::Add) => None,
        })
        .collect();
    senders.sort_by(|a, b| (a.place, &a.api).cmp(&(b.place, &b.api)));
    senders
}

/// The call that sends what `api` adds at `place`; `None` where it adds nothing, or nothing is sent.
fn sender<'s>(senders: &'s [Sender], api: &str, place: (u32, u32, u32)) -> Option<&'s Sender> {
    if senders.is_empty() {
        return None;
    }
    let (library, Does::Add) = role(api)? else { return None };
    let mut of = senders.iter().filter(|sender| sender.library == library);
    of.clone().find(|sender| sender.place >= place).or_else(|| of.next_back())
}

/// The number of the library in whose path `api` lies, and what the call does.
fn role(api: &str) -> Option<(usize, Does)> {
    let path = api.to_ascii_lowercase();
    let last = plain(path.rsplit(['.', '\\', ':', '>']).next().unwrap_or(&path));
    let (number, scope) = SCOPES.iter().enumerate().find(|(_, scope)| path.contains(&scope.library))?;
    if scope.adds.contains(&last) {
        Some((number, Does::Add))
    } else if scope.sends.iter().any(|start| last.starts_with(start.as_str())) {
        Some((number, Does::Send))
    } else {
        None
    }
}

/// `name` without case, `_` and what is no letter.
fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_that_add_and_calls_that_send_are_told_apart() {
        for (api, does) in [
            ("sentry_sdk.push_scope().set_extra", Some(Does::Add)),
            ("github.com/getsentry/sentry-go.CaptureMessage", Some(Does::Send)),
            ("Sentry\\State\\Scope().setContext", Some(Does::Add)),
            ("sentry_capture_event", Some(Does::Send)),
            ("@sentry/node.init", None),
            ("analytics.track", None),
        ] {
            assert!(role(api).map(|(_, does)| does) == does, "{api}");
        }
    }
}
