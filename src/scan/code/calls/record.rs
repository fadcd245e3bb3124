//! What is written down about a call: uses, ways that end, whom it talks to, what it swallows.

use std::sync::Arc;

use crate::model::scan::Confidence;
use crate::scan::code::calls::Site;
use crate::scan::code::calls::slots::slot_vals;
use crate::scan::code::catalogue::Match;
use crate::scan::code::catalogue::Role;
use crate::scan::code::evaluate::AGE;
use crate::scan::code::evaluate::EndpointUse;
use crate::scan::code::evaluate::Evaluation;
use crate::scan::code::evaluate::Frame;
use crate::scan::code::evaluate::Gated;
use crate::scan::code::evaluate::Hit;
use crate::scan::code::flow::ANYWHERE;
use crate::scan::code::flow::Found;
use crate::scan::code::flow::ParamSink;
use crate::scan::code::flow::Sink;
use crate::scan::code::ir::Func;
use crate::scan::code::ir::Place;
use crate::scan::code::rules;
use crate::scan::code::value::From;
use crate::scan::code::value::Hidden;
use crate::scan::code::value::Taint;
use crate::scan::code::value::Taints;
use crate::scan::code::value::Trail;
use crate::scan::code::value::Val;

impl<'w> Evaluation<'w> {
    /// Data with `taints` reaches `sink` after `trail`.
    pub(crate) fn reach(
        &mut self,
        frame: &mut Frame<'w>,
        taints: &Taints,
        sink: &Arc<Sink>,
        trail: &Option<Arc<Trail>>,
    ) {
        for taint in taints.iter() {
            let way = Trail::join(&taint.trail, trail);
            if let (Some(file), From::Source(_)) = (&sink.file, &taint.from) {
                let kept = Taint { from: taint.from.clone(), trail: way.clone() };
                self.files.entry(file.clone()).or_default().push(kept);
            }
            match &taint.from {
                // What a macro sends of its own, it sends where it is used.
                From::Source(_) if self.is_macro(frame.function) => {}
                From::Source(origin) => {
                    if rules::pair(&origin.category, &sink.category).is_some() {
                        self.observed.found.push(Found {
                            origin: origin.clone(),
                            sink: sink.clone(),
                            trail: way,
                            added: false,
                        });
                    }
                }
                From::Param(owner, input) => {
                    let sink = ParamSink { input: *input, sink: sink.clone(), trail: way };
                    if *owner == frame.id {
                        frame.summary.add_sink(sink);
                    } else {
                        self.outer.entry(*owner).or_default().push(sink);
                    }
                }
            }
        }
    }

    /// A store that is an effect itself.
    pub(crate) fn stored(
        &mut self,
        frame: &mut Frame<'w>,
        found: &Match,
        api: &str,
        value: &Val,
        place: Place,
    ) {
        if !found.entry.api.fills {
            self.record(frame, found, api, place, found.confidence, value.text.is_some());
        }
        let site =
            Site { place, args: &[], names: Vec::new(), vals: vec![value.clone()], this: None, receiver: "" };
        let starts = rules::under(&found.entry.api.category, "cap.exec");
        if starts && value.hidden() >= Hidden::Spelled {
            // `process.launchPath = undo(…)`.
            self.hit(frame, "obf.string-reconstruction", api, place, found.confidence, true);
        }
        if found.entry.api.role == Role::Sink {
            let sink = Arc::new(Sink {
                unit: self.number,
                place: (place.line, place.column, place.end_line),
                category: found.entry.api.category.as_str().into(),
                api: api.into(),
                carrier: found.entry.args.first().map_or("", |(_, carrier)| carrier).into(),
                file: None,
                confidence: found.confidence,
            });
            self.reach(frame, &value.taints, &sink, &None);
            if rules::under(&found.entry.api.category, "cap.exec") {
                let started = self.started_file(frame, frame.stored, value, place);
                self.reach(frame, &started, &sink, &None);
            }
        }
        if let (Some(func), false) = (value.func, found.entry.api.yields.is_empty()) {
            // `socket.onmessage = (event) => …`: what listens is called with what comes in.
            let yields = &found.entry.api.yields;
            if yields.starts_with("src.") {
                self.hit(frame, yields, api, place, found.confidence, false);
            }
            let origin = self.origin(yields, api, place, found.confidence);
            self.pass_to(func, ANYWHERE, &Taints::one(From::Source(origin)));
        }
        self.endpoint(found, api, &site);
    }

    /// Records what an entry says a use is.
    pub(crate) fn record(
        &mut self,
        frame: &mut Frame<'w>,
        found: &Match,
        path: &str,
        place: Place,
        confidence: Confidence,
        constant: bool,
    ) {
        let api = found.entry.api.clone();
        if api.category.is_empty() {
            return;
        }
        self.hit(frame, &api.category, path, place, confidence, constant);
        if !api.also.is_empty() {
            self.hit(frame, &api.also, path, place, confidence, constant);
        }
    }

    /// Effects in a statement whose errors nobody hears of.
    pub(crate) fn swallowed(&mut self, place: Place) {
        let lines = place.line..=place.end_line;
        let inside = self.observed.hits.iter().rev().take(200).find(|hit| {
            let outward = ["cap.net", "cap.exec", "cap.code-eval"];
            lines.contains(&hit.place.0) && outward.iter().any(|prefix| rules::under(&hit.category, prefix))
        });
        if let Some(hit) = inside.cloned() {
            self.observed.hits.push(Hit {
                category: "evasion.swallow-exceptions".into(),
                confidence: Confidence::Medium,
                // From the effect to where its errors end.
                place: (hit.place.0, hit.place.1, place.end_line.max(hit.place.2)),
                ..hit
            });
        }
    }

    /// A name of something catalogued that was put together, not written.
    pub(crate) fn indirect(&mut self, frame: &mut Frame<'w>, name: &Val, path: &Arc<str>, place: Place) {
        let built = name.text.as_ref().is_some_and(|text| text.built);
        if built && self.matches(path).iter().any(|found| rules::is_effect(&found.entry.api.category)) {
            self.hit(frame, "obf.api-indirection", path, place, Confidence::High, true);
        }
    }

    /// Whether a function of this file is a macro that was written out.
    pub(crate) fn is_macro(&self, function: &Func) -> bool {
        matches!(*function.marks, [mark] if self.unit.strings.get(mark) == "#define")
    }

    pub(crate) fn hit(
        &mut self,
        frame: &mut Frame<'w>,
        category: &str,
        path: &str,
        place: Place,
        confidence: Confidence,
        constant: bool,
    ) {
        if category == "net" {
            // What comes in is no capability; how it comes in is recorded where that is arranged.
            return;
        }
        if self.is_macro(frame.function) {
            // A macro does nothing where it is defined.
            frame.summary.add_effect(category, path, confidence);
            return;
        }
        let place = (place.line, place.column, place.end_line);
        let api: Box<str> = path.trim_start_matches("?.").into();
        if let Some(gate) = self.active_gate(frame)
            && rules::is_gated(&gate.category, category, constant || &*gate.api != "a number")
            && (constant || &*gate.api != AGE || !rules::under(category, "cap.fs.delete"))
        {
            self.observed.gated.push(Gated { place, category: category.into(), api: api.clone(), gate });
        }
        self.observed.hits.push(Hit { place, category: category.into(), api, confidence, constant });
    }

    pub(crate) fn endpoint(&mut self, found: &Match, path: &str, site: &Site<'_>) {
        let category = &found.entry.api.category;
        if !category.starts_with("cap.net") {
            return;
        }
        let named: Vec<&Val> = found
            .entry
            .args
            .iter()
            .filter(|(_, carrier)| matches!(&**carrier, "url" | "host"))
            .flat_map(|(slot, _)| slot_vals(slot, site))
            .collect();
        let mut texts: Vec<(Option<Box<str>>, bool)> = Vec::new();
        for value in &named {
            // A (host, port) pair carries its host in front.
            let value = value
                .item("0")
                .or(value.item("url"))
                .or(value.item("host"))
                .or(value.item("hostname"))
                .unwrap_or(value);
            if let Some(text) = &value.text {
                texts.push((Some(text.text.clone().as_ref().into()), text.built));
            }
        }
        if named.is_empty() {
            for value in &site.vals {
                if let Some(text) = value.text.as_ref().filter(|text| text.text.contains("://")) {
                    texts.push((Some(text.text.as_ref().into()), text.built));
                }
            }
        } else if texts.is_empty() {
            texts.push((None, false));
        }
        for (text, built) in texts {
            self.observed.endpoints.push(EndpointUse {
                place: (site.place.line, site.place.column, site.place.end_line),
                text,
                built,
                category: category.as_str().into(),
                api: path.trim_start_matches("?.").into(),
            });
        }
    }
}
