//! Code inside other files: shell in Makefiles, Dockerfiles and CI files, scripts in HTML, code cells of notebooks.
//!
//! What is not code is blanked out and what is stays on its line, so that every record stands where the
//! code stands. Columns are not kept. The vendor's file decides nothing: a key that looks like a command is
//! read as one wherever the file lies.

use super::code::Language;

/// Most bytes of a file looked through for code.
const MOST: usize = 4 << 20;

/// The code in a file of `language` called `name`: its language and its text, line for line.
pub fn parts(language: &str, name: &str, bytes: &[u8]) -> Vec<(Language, String)> {
    if bytes.len() > MOST {
        return Vec::new();
    }
    let text = String::from_utf8_lossy(bytes);
    if name.ends_with(".ipynb") {
        return notebook(&text).into_iter().collect();
    }
    let shell = match language {
        "make" => makefile(&text),
        "dockerfile" => dockerfile(&text),
        "yaml" => commands(&text),
        "m4" => macros(&text),
        "html" | "vue" | "svelte" => return scripts(&text).into_iter().collect(),
        _ => return Vec::new(),
    };
    if shell.trim().is_empty() { Vec::new() } else { vec![(Language::Bash, shell)] }
}

/// Recipes and `$(shell …)` of a Makefile; its variables become the shell's.
fn makefile(text: &str) -> String {
    let mut defined: Vec<&str> = Vec::new();
    for line in text.lines() {
        if let Some((name, _)) = definition(line) {
            defined.push(name);
        }
    }
    let mut out = String::with_capacity(text.len());
    let mut recipe = false;
    for line in text.lines() {
        let continued = line.ends_with('\\');
        if let Some(command) = line.strip_prefix('\t') {
            let command = command.trim_start_matches(['@', '-', '+', ' ']);
            out.push_str(&variables(command, &defined));
            recipe = continued;
        } else if recipe {
            out.push_str(&variables(line, &defined));
            recipe = continued;
        } else if let Some((name, value)) = definition(line) {
            let value = value.trim_end_matches('\\').trim().replace('"', "'");
            out.push_str(&format!("{name}=\"{}\"", variables(&value, &defined)));
        } else if line.contains("$(shell ") {
            out.push_str(&format!("_=\"{}\"", variables(&line.replace('"', "'"), &defined)));
        }
        out.push('\n');
    }
    out
}

/// `NAME = value`, with any of make's assignment signs.
fn definition(line: &str) -> Option<(&str, &str)> {
    let line = line.strip_prefix("export ").unwrap_or(line);
    let (name, value) = line.split_once('=')?;
    let name = name.trim_end_matches([':', '?', '+', '!']).trim();
    let plain = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    (plain && !line.starts_with([' ', '\t', '#'])).then_some((name, value))
}

/// make's `$(NAME)` and `$$` as the shell says them.
fn variables(text: &str, defined: &[&str]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        if let Some(tail) = after.strip_prefix('$') {
            out.push('$');
            rest = tail;
            continue;
        }
        if let Some(tail) = after.strip_prefix("(shell ") {
            out.push_str("$(");
            rest = tail;
            continue;
        }
        let close = match after.chars().next() {
            Some('(') => ')',
            Some('{') => '}',
            _ => {
                out.push_str("_");
                rest = after;
                continue;
            }
        };
        let Some(end) = after.find(close) else {
            rest = after;
            continue;
        };
        let name = after.get(1..end).unwrap_or("");
        if defined.contains(&name) {
            out.push_str(&format!("${{{name}}}"));
        } else if name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            // What another Makefile defines is no variable of the environment.
            out.push_str(&format!("${{{}}}", name.to_ascii_lowercase()));
        }
        rest = after.get(end + 1..).unwrap_or("");
    }
    out.push_str(rest);
    out
}

/// `RUN`, `CMD`, `ENTRYPOINT`, `HEALTHCHECK`, `ENV` and remote `ADD` of a Dockerfile.
fn dockerfile(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut running = false;
    for line in text.lines() {
        let trimmed = line.trim();
        let continued = trimmed.ends_with('\\');
        if running {
            // A comment between continued lines belongs to nobody.
            if trimmed.starts_with('#') {
                out.push('\\');
            } else {
                out.push_str(line);
                running = continued;
            }
            out.push('\n');
            continue;
        }
        let (word, rest) = trimmed.split_once(char::is_whitespace).unwrap_or((trimmed, ""));
        match word.to_ascii_uppercase().as_str() {
            "RUN" | "CMD" | "ENTRYPOINT" | "HEALTHCHECK" | "SHELL" | "ONBUILD" => {
                let mut rest = rest.trim_start();
                while rest.starts_with("--") || rest.starts_with("CMD ") || rest.starts_with("RUN ") {
                    rest = rest.split_once(char::is_whitespace).map_or("", |(_, rest)| rest).trim_start();
                }
                if rest.starts_with('[') {
                    out.push_str(&rest.replace(['[', ']', ','], " "));
                } else {
                    out.push_str(rest);
                }
                running = continued;
            }
            "ADD" if rest.contains("://") => out.push_str(&format!("wget {}", rest.trim_end_matches('\\'))),
            "ENV" | "ARG" => {
                let (name, value) = rest.split_once(['=', ' ']).unwrap_or((rest, ""));
                let value = value.trim_end_matches('\\').trim().trim_matches('"').replace('"', "'");
                if !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
                    out.push_str(&format!("{name}=\"{value}\""));
                }
            }
            _ => {}
        }
        out.push('\n');
    }
    out
}

/// Keys of CI and orchestration files whose values are commands.
const KEYS: &[&str] = &[
    "run",
    "script",
    "before_script",
    "after_script",
    "command",
    "commands",
    "entrypoint",
    "cmd",
    "bash",
    "sh",
    "inline",
    "inlineScript",
    "execute",
    "exec",
    "shellScript",
    "install",
    "before_install",
    "after_success",
    "build",
    "pre_build",
    "post_build",
    "steps",
    "args",
    "runcmd",
    "bootcmd",
    "powershell",
    "postStart",
    "preStop",
];

/// The commands of a YAML file.
fn commands(text: &str) -> String {
    let mut out = String::with_capacity(text.len() / 2);
    // The indentation of the key whose block or list is being read, and whether it is a block.
    let mut open: Option<(usize, bool)> = None;
    for line in text.lines() {
        let indent = line.len() - line.trim_start_matches([' ', '-']).len();
        let dashes = line.len() - line.trim_start_matches(' ').len();
        let trimmed = line.trim();
        if let Some((at, block)) = open {
            if trimmed.is_empty() {
                out.push('\n');
                continue;
            }
            if block && dashes > at {
                out.push_str(&expressions(trimmed));
                out.push('\n');
                continue;
            }
            if !block && trimmed.starts_with("- ") && dashes >= at {
                let item = trimmed.trim_start_matches("- ").trim();
                if !item.contains(": ") || item.starts_with(['"', '\'']) {
                    if item.starts_with(['|', '>']) {
                        open = Some((dashes, true));
                    } else {
                        out.push_str(&expressions(unquoted(item)));
                    }
                    out.push('\n');
                    continue;
                }
            }
            open = None;
        }
        let entry = trimmed.trim_start_matches("- ");
        if let Some((key, value)) = entry.split_once(':')
            && KEYS.contains(&key.trim_matches(['"', '\'']))
        {
            let value = value.trim();
            if value.starts_with(['|', '>']) {
                open = Some((indent, true));
            } else if value.is_empty() {
                open = Some((indent, false));
            } else if value.starts_with('[') {
                out.push_str(&expressions(&value.replace(['[', ']', ','], " ")));
            } else {
                out.push_str(&expressions(unquoted(value)));
            }
        }
        out.push('\n');
    }
    out
}

fn unquoted(text: &str) -> &str {
    let inner = |quote: char| text.strip_prefix(quote).and_then(|text| text.strip_suffix(quote));
    inner('"').or(inner('\'')).unwrap_or(text)
}

/// `${{ secrets.NAME }}` as the variable it is; any other expression as a word.
fn expressions(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${{") {
        out.push_str(before);
        let (inner, tail) = after.split_once("}}").unwrap_or((after, ""));
        let inner = inner.trim();
        let last = inner.rsplit('.').next().unwrap_or("");
        let plain = !last.is_empty() && last.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if plain && (inner.starts_with("secrets.") || inner.starts_with("env.") || inner == "github.token") {
            out.push_str(&format!("${{{}}}", last.to_ascii_uppercase()));
        } else {
            out.push('_');
        }
        rest = tail;
    }
    out.push_str(rest);
    out
}

/// A macro file of configure scripts is shell between macros; `dnl` begins a comment.
fn macros(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.lines() {
        let code = line.split("dnl ").next().unwrap_or("");
        let code = if line.trim() == "dnl" { "" } else { code };
        // Square brackets quote in these files.
        out.push_str(&code.replace("[[", "[").replace("]]", "]"));
        out.push('\n');
    }
    out
}

/// What stands between `<script>` and `</script>`, unless it is data.
fn scripts(text: &str) -> Option<(Language, String)> {
    let lower = text.to_ascii_lowercase();
    let mut out = String::new();
    let mut typed = false;
    let mut at = 0;
    while let Some(found) = lower.get(at..).and_then(|rest| rest.find("<script")) {
        let start = at + found;
        let Some(end) = lower.get(start..).and_then(|rest| rest.find('>')).map(|end| start + end + 1) else {
            break;
        };
        let head = lower.get(start..end).unwrap_or("");
        let close =
            lower.get(end..).and_then(|rest| rest.find("</script")).map_or(lower.len(), |close| end + close);
        blank(text.get(at..end).unwrap_or(""), &mut out);
        let body = text.get(end..close).unwrap_or("");
        let data = head.contains("json") || head.contains("text/template") || head.contains("x-template");
        typed |= head.contains("lang=\"ts\"") || head.contains("lang='ts'");
        if data {
            blank(body, &mut out)
        } else {
            out.push_str(body)
        }
        // Two scripts on one line are two statements.
        out.push(';');
        at = close;
    }
    let language = if typed { Language::TypeScript } else { Language::JavaScript };
    (!out.trim_matches([';', '\n', ' ', '\r']).is_empty()).then_some((language, out))
}

/// The line breaks of `text`.
fn blank(text: &str, out: &mut String) {
    out.extend(text.chars().filter(|c| *c == '\n'));
}

/// The code cells of a notebook that is written one source line per line.
fn notebook(text: &str) -> Option<(Language, String)> {
    let mut out = String::with_capacity(text.len());
    let (mut code, mut source) = (false, false);
    for line in text.lines() {
        let trimmed = line.trim();
        if trimmed.starts_with("\"cell_type\"") {
            code = trimmed.contains("\"code\"");
        }
        if trimmed.starts_with("\"source\"") {
            source = trimmed.ends_with('[');
        } else if source && trimmed.starts_with(']') {
            source = false;
        } else if source
            && code
            && let Ok(text) = serde_json::from_str::<String>(trimmed.trim_end_matches(','))
        {
            let text = text.trim_end_matches('\n');
            // `!command` and `%magic` are the notebook's own.
            match text.trim_start().strip_prefix('!') {
                Some(command) => out.push_str(&format!("__import__('os').system({})", python_text(command))),
                None if text.trim_start().starts_with('%') => {}
                None => out.push_str(text),
            }
        }
        out.push('\n');
    }
    (!out.trim().is_empty()).then_some((Language::Python, out))
}

fn python_text(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(parts: &[(Language, String)], number: usize) -> &str {
        parts[0].1.lines().nth(number - 1).unwrap()
    }

    #[test]
    fn commands_keep_their_lines() {
        let make = parts("make", "Makefile", b"TOOL := curl\nall: x\n\t@$(TOOL) -d $$KEY https://e\n# no\n");
        assert_eq!(line(&make, 1), "TOOL=\"curl\"");
        assert_eq!(line(&make, 3), "${TOOL} -d $KEY https://e");
        let docker = parts(
            "dockerfile",
            "Dockerfile",
            b"FROM x\nRUN a \\\n  && b\nCMD [\"c\", \"d\"]\nADD https://e/f /f\n",
        );
        assert_eq!(line(&docker, 2), "a \\");
        assert_eq!(line(&docker, 3), "  && b");
        assert_eq!(line(&docker, 4).trim(), "\"c\"  \"d\"");
        assert_eq!(line(&docker, 5), "wget https://e/f /f");
        let yaml = b"jobs:\n  a:\n    steps:\n      - run: |\n          curl ${{ secrets.T }}\n          x\n      - name: y\n        run: z\n";
        let yaml = parts("yaml", "ci.yml", yaml);
        assert_eq!(line(&yaml, 5), "curl ${T}");
        assert_eq!(line(&yaml, 6), "x");
        assert_eq!(line(&yaml, 7), "");
        assert_eq!(line(&yaml, 8), "z");
        let html = parts(
            "html",
            "x.html",
            b"<p>\n<script>\nfetch('/x')\n</script>\n<script type=\"application/json\">{}</script>",
        );
        assert_eq!(line(&html, 3), "fetch('/x')");
        let cells = b"{\n \"cell_type\": \"code\",\n \"source\": [\n  \"import os\\n\",\n  \"!ls\"\n ]\n}";
        let cells = parts("json", "x.ipynb", cells);
        assert_eq!(line(&cells, 4), "import os");
        assert_eq!(line(&cells, 5), "__import__('os').system('ls')");
    }

    #[test]
    fn what_holds_no_code_gives_nothing() {
        assert!(parts("yaml", "x.yml", b"a: b\nc:\n  - d\n").is_empty());
        assert!(parts("html", "x.html", b"<p>fetch('/x')</p>").is_empty());
        assert!(parts("json", "x.json", b"{}").is_empty());
        assert!(parts("dockerfile", "Dockerfile", b"FROM x\n").is_empty());
    }
}
