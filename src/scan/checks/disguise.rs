//! Text under a name that promises something nobody reads: a script called `logo.png`.
//!
//! Programs under the names of pictures and texts are told by their first bytes where files are classified;
//! this is the other half.

use super::Check;
use super::Report;
use super::Subject;
use crate::model::scan::Confidence;
use crate::model::scan::Severity;
use crate::scan::draft::Draft;

pub const CHECK: Check = Check {
    rules: &["disguised-script"],
    about: "Code in a file whose name promises a picture, a font, a document or plain text.",
    run,
};

fn run(subject: &Subject, report: &mut Report) {
    if !subject.classified.code || !matches!(subject.classified.evidence.as_str(), "#! line" | "content") {
        return;
    }
    let ending = subject.name.rsplit_once('.').map_or("", |(_, ending)| ending).to_ascii_lowercase();
    let picture = [
        "png", "jpg", "jpeg", "gif", "ico", "webp", "bmp", "woff", "woff2", "ttf", "pdf", "mp3", "wav",
        "mp4", "ogg",
    ];
    let severity = match ending.as_str() {
        e if picture.contains(&e) => Severity::High,
        // Documents quote programs; a program with `#!` in the first line is one.
        "txt" | "md" | "log" | "csv" | "json" | "dat" | "css" if subject.classified.evidence == "#! line" => {
            Severity::Low
        }
        _ => return,
    };
    report.drafts.push(Draft {
        rule: "disguised-script",
        category: "evasion.masquerade",
        severity,
        confidence: Confidence::High,
        start: 0,
        end: 1,
        message: format!("{} code stands in a file called .{ending}", subject.classified.language),
        question: "Why does this file not bear the name of what it is?",
        key: ending,
    });
}

#[cfg(test)]
mod tests {
    use super::super::tests::found;
    use crate::model::scan::Severity;

    #[test]
    fn a_script_called_a_picture_is_found_and_a_quoted_one_is_not() {
        assert_eq!(found("a/logo.png", "#!/bin/sh\necho\n"), [("disguised-script", Severity::High)]);
        assert_eq!(
            found("a/notes.txt", "#!/usr/bin/env python3\nx = 1\n"),
            [("disguised-script", Severity::Low)]
        );
        assert_eq!(found("a/notes.txt", "Run it with #!/bin/sh.\n"), []);
        assert_eq!(found("a/run", "#!/bin/sh\necho\n"), []);
    }
}
