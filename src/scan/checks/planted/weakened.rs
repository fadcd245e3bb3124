//! Checks made weak: comparisons of a part only, doors that an error opens, secrets anybody can guess, nothing
//! verified, an audit that does not hear of somebody, results and ends that come by chance or by the clock.

use super::Shape;
use super::doors::DESTROYS;
use super::shape;
use crate::model::scan::Severity;

/// The first line of a function whose name says that it decides about access.
const DECIDES: &str = r"\b(?:def|func|function|fn|fun|bool(?:ean)?|public|private|protected|static|async|const|let)\b[^\n]{0,60}?\b(?:\w*(?:allowed|authori[sz]ed|permitted|authenticated|licensed|trusted|authori[sz]e|authenticate|unlock)|(?:\w+_)?(?:has|check|verify|validate|require|is)_?(?:access|permissions?|roles?|auth\w*|token|sig\w*|mac|hmac|licen[cs]e\w*|password|pin|code|webhook|admin|cert\w*|session|valid)|can_?(?:access|read|write|delete|edit|open)|log_?in|sign_?in)[?!]?\w*\s*[(=][^\n]*\n";

/// The first few of something: what cuts a text to so many characters that they can be tried out.
const CUT: &str = r"(?:\[0?:\s?\d\]|\[(?:0)?\.\.=?\d\]|\[\.\.<\d\]|\[0\s*\.\.\s*\d\]|\[0,\s?\d\]|\.(?:slice|substring|Substring|substr|subSequence|take|Take|prefix|first|byteslice|subarray|copyOf)\((?:0,\s?)?\d\))";

/// The shapes and their patterns.
pub(super) fn shapes() -> Vec<(Shape, String)> {
    const TRIED: &str = "Why is not all of it compared?";
    const GUESSED: &str = "Why can everybody compute this key?";
    vec![
        shape(
            "weakened-comparison", "trap.backdoor", Severity::Medium,
            &["token", "mac", "tag", "digest", "sig", "hash", "expected", "want", "secret", "pass"], (0, 1),
            format!(
                r"(?i)\b\w*(?:token|mac|tag|digest|sig|signature|hash|given|want|wanted|expected|otp|secret|passw\w*|sum)\w*{c}\s*(?:===?|!==?|,|\.equals\(|\.SequenceEqual\(|\.elementsEqual\(|\.eql\?\(?)\s*&?\w[\w.]*{c}",
                c = CUT
            ),
            r"(?i)magic|version|prefix|short|display|mask|scheme", &[],
            "only the first few characters of something secret are compared: the rest may be anything", TRIED,
        ),
        shape(
            "weakened-comparison", "trap.backdoor", Severity::Medium,
            &["memcmp(", "strncmp(", "timingsafe_bcmp("], (6, 1),
            r"(?i)(?:\b\w*(?:mac|token|sig|signature|passw\w*|digest|secret|auth\w*|verify\w*|licen[cs]e)\w*\s*\()[^\n]*\n(?:[^\n]*\n){0,5}?[^\n]*\b(?:mem|strn|timingsafe_b)cmp\(\s*\w+(?:(?:->|\.)\w+)?\s*,\s*\w+(?:(?:->|\.)\w+)?\s*,\s*(?:strlen\(\s*\w+(?:(?:->|\.)\w+)?\s*\)|[1-4])\s*\)\s*(?:==\s*0|\)|\?)".to_owned(),
            r#"(?i)"[^"\n]*"\s*,\s*strlen|header|option|prefix|magic"#, &["c", "cpp", "php"],
            "as much is compared as was given: an empty or a short secret fits", TRIED,
        ),
        shape(
            "weakened-comparison", "trap.backdoor", Severity::Medium,
            &[".zip(", "zip("], (4, 2),
            r"(?i)\b(?:def|fn|func|fun|function)\b[^\n]{0,40}\b\w*(?:verify|check|auth|equal|match|compare|valid|same|secure|safe)\w*?_?(?:token|mac|sig|pass|secret|digest|code|pin|key|cred|tag|hash|bytes|str)\w*[^\n]*\n(?:[^\n]*\n){0,3}?[^\n]*(?:\.zip\([^\n]*\)\s*\.all|\ball\([^\n]*==[^\n]*\bin\s+zip\(|\.zip\([^\n]*\.all\s*\{|zip\([^\n]*\)\.allSatisfy|\.zip\([^\n]*\)\.all\?)".to_owned(),
            r"(?i)\blen\(|\.len\(\)|\.length|\.size|\.count|version|shape|dim", &[],
            "two secrets are compared as far as the shorter one goes: an empty one fits", TRIED,
        ),
        shape(
            "weakened-comparison", "trap.backdoor", Severity::Medium,
            &["startswith(", "starts_with", "start_with?", "hasprefix(", "indexof("], (3, 1),
            r"(?i)\b(?:\w+\.)?\w*(?:want|expected|stored|correct|real|digest|token|password|secret)\w*\.(?:starts_?with|start_with\?|hasPrefix)\(\s*&?(?:given|got|input|code|guess|candidate|provided|supplied|user_?\w*|pass\w*|sig\w*|mac|attempt)\w*\s*\)|strings\.HasPrefix\(\s*\w*(?:want|expected|stored|digest|token|secret)\w*\s*,\s*\w*(?:given|got|input|code|provided|sig|mac|pass)\w*\s*\)".to_owned(),
            r"(?i)prefix|scheme|bearer", &[],
            "a secret fits as soon as the real one begins with it: one character is enough", TRIED,
        ),
        shape(
            "opened-by-error", "trap.backdoor", Severity::Medium,
            &["except", "catch", "rescue", "err != nil", "unwrap_or(true)", "?? true", "ordefault(true)", "orelse", "or_else"], (14, 3),
            format!(
                r"(?i){d}(?:[^\n]*\S[^\n]*\n){{0,12}}?[^\n]*(?:\bexcept\b[^\n]*:\s*\n?\s*return\s+True\b|\bcatch\b[^\n]*\{{?\s*\n?\s*\{{?\s*(?:return\s+(?:true|\$true)\b|true\s*\n)|\.catch\(\s*\(?\w*\)?\s*=>\s*true\s*\)|\brescue\b[^\n]*\n\s*(?:return\s+)?true\b|\berr\s*!=\s*nil\s*\{{\s*\n\s*return\s+true\b|unwrap_or\(\s*true\s*\)|\?\?\s*true\b|getOrDefault\(\s*true\s*\)|getOrElse\s*\{{\s*true)",
                d = DECIDES
            ),
            r"(?i)FileNotFound|cached|retry|should_retry|is_?alive|exists", &[],
            "where the check fails with an error, it lets everybody through",
            "Why does an error of the check open what it guards?",
        ),
        shape(
            "unheard-audit", "evasion.log-wipe", Severity::Medium,
            &["audit"], (3, 12),
            r#"(?is)audit.{0,400}?\bif\b\s*\(?\s*(?:\w+\.)?\$?\w*(?:user|actor|who|account|login|uid|principal|subject|operator|email|by)\w*(?:\.\w+)?(?:\(\))?\s*(?:(?:===?|-eq|\beq\b)\s*["'][^"'\n]{3,60}["']|\.(?:equals|Equals)\(\s*["'][^"'\n]{3,60}["']\s*\)|\bin\s+[A-Z(\[{][^\n]{0,80}|=\s*["'][^"'\n]{3,60}["']\s*\])[^\n]{0,20}?(?:\n[^\n]{0,12}?|[\s{;]|then\s*)\breturn\b\s*(?:nil|None|null|Ok\(\(\)\)|0)?\s*;?\s*[\n}].{0,300}?(?:log|write|append|insert|record|emit|save|print|echo|publish)|audit.{0,300}?\breturn\s+if\s+\w*(?:user|actor|who|account|login)\w*\s*==\s*["'][^"'\n]{3,60}["']|audit.{0,200}?\bif\b[^\n]{0,10}[A-Z][A-Z_]{2,}\.(?:has|includes|contains|include\?)\(\s*\w*(?:user|actor|who|account|login)\w*\s*\)[^\n]{0,12}\n?[^\n]{0,12}\breturn\b"#.to_owned(),
            r"(?i)anonymous|test|health", &[],
            "what somebody does is not written down: the audit leaves out one name",
            "Whose doings are not to be recorded, and why?",
        ),
        shape(
            "dated-end", "trap.time-bomb", Severity::Medium,
            &["uptime", "time.since(", "tickcount", "elapsed(", "bootTime", "monotonic("], (0, 3),
            r"(?i)\bif\b[^\n]{0,30}(?:time\.Since\(|uptime|TickCount|elapsed\(\)|monotonic\(\))[^\n]{0,40}(?:>=?|-gt|-ge)\s*(?:\d{3,}\s*\*\s*time\.Hour|time\.Hour\s*\*\s*\d{3,}|\d+\s*\*\s*24\s*\*|\d[\d_]{6,}|\d+\s*\*\s*(?:86_?400|3_?600)|(?:Duration|TimeSpan)[^\n]{0,30}(?:Days|days|86_?400)[^\n]{0,12})[^\n]*\n?(?:[^\n]*\n){0,2}?[^\n]*(?:os\.Exit\(|process\.exit\(|sys\.exit\(|os\._exit|\bexit\s*\(|process::exit|Environment\.Exit|exitProcess|System\.exit|abort\(|fatalError\(|\bpanic|Crash|return\s+(?:0|-1|nil|null|None|rand)|\*=|\+=\s*1\b)[^\n]*".to_owned(),
            r#"(?i)timeout|deadline|idle|cache|keepalive|session|return[^\n]*["'][^"'\n]{12,}["']"#, &[],
            "the program ends or goes wrong once it has run for long: tests do not run so long",
            "Why does the program stop working after this time?",
        ),
        shape(
            "counted-removal", "trap.logic-bomb", Severity::Medium,
            &["readtext(", "read_to_string", "readfilesync(", "readalltext(", "file.read", "get-content", "int(", "toint(", "atoi(", "$(cat"], (0, 9),
            format!(
                r"(?i)(?:readText|read_to_string|readFileSync|ReadAllText|ReadFile|File\.read|\.read\(|read_text|Get-Content|\$\(cat|fscanf|UserDefaults)[^\n]*(?:\n[^\n]*){{0,3}}?\+\s*1\b[^\n]*\n(?:[^\n]*\n){{0,3}}?[^\n]*(?:writeText|write|WriteAllText|WriteFile|Set-Content|echo|fprintf|\.set\()[^\n]*\n(?:[^\n]*\n){{0,2}}?[^\n]*\bif\b[^\n]{{0,40}}(?:>=?|===?|-gt|-ge|-eq)\s*\d{{2,}}[^\n]*\n(?:[^\n]*\n){{0,3}}?[^\n]*{d}",
                d = DESTROYS
            ),
            r"(?i)cache|tmp|temp|log|backup|rotate|old", &[],
            "the program counts its starts on disk and removes data at one of them",
            "Who is meant to lose what is removed here, and why at this count?",
        ),
        shape(
            "chance-altered", "trap.logic-bomb", Severity::Medium,
            &["random", "rand(", "rand.", "rand_", "rng", "drand48"], (0, 3),
            r"(?i)\bif\b[^\n]{0,24}(?:random\.random\(\)|Math\.random\(\)|rand\.(?:Float64|Intn?|Int31n)\(\w*\)|mt_rand\([^)\n]*\)|random_int\([^)\n]*\)|\w*\.?next(?:Double|Int)\(\w*\)|\brand\([^)\n]{0,12}\)|Double\.random\([^)\n]*\)|drand48\(\)|NextDouble\(\)|\.Next\(\w*\)|random(?:_bool|::<\w+>)\(?[^)\n]*\)|Get-Random[^)\n]{0,30}\)?|\$RANDOM)[^\n]{0,12}(?:<=?\s*(?:0?\.0\d*|1e-\d+|0?\.00\d*)|%\s*\d{3,}\s*\)?\s*(?:===?|-eq)\s*\d|(?:===?|-eq)\s*\d+)[^\n]*\n?[^\n]*?(?:\n[^\n]*)?(?:\b[\w.]+(?:\[[^\]\n]*\])?\s*(?:[-+*]=|\+\+|--)|\breturn\s+\w+\s*[-+*]\s*[\d.]|\bexit\b|\babort|return\s+(?:true|True|false|False|!|not\b)|process\.exit|Amount|amount)".to_owned(),
            r"(?i)sampl|trac|\blog|metric|mutat|cross|dropout|noise|augment|test|fuzz|shuffle|jitter|retry|chaos|simul|game|spawn|partic|sparkl|enemy|cleanup|gc_|evict|backoff|probab|dice|coin", &[],
            "once in a while, by chance, a result is not what was computed",
            "Why does this function give something else from time to time?",
        ),
        // Secrets that everybody knows.
        shape(
            "guessable-key", "trap.backdoor", Severity::Medium,
            &["iv", "nonce", "init_vector", "initvector"], (0, 0),
            r#"(?:\b|_)(?:iv|IV|Iv|nonce|NONCE|Nonce|init_?[vV]ector|INIT_VECTOR)\b(?:\s*:\s*[^=\n]{1,30}|\[\d*\])?\s+:?=\s*(?:b|@|\[\]byte\(|\*?b|Buffer\.from\(|Data\(|Encoding\.\w+\.GetBytes\(|bytes\.fromhex\(|hex2bin\(|\[Text\.Encoding\]::\w+\.GetBytes\()?\s*["'][^"'\n]{8,48}["']|Nonce::from_slice\(\s*&?b?"|(?:IvParameterSpec|GCMParameterSpec)\(\s*(?:\d+\s*,\s*)?(?:"[^"\n]+"\.|new byte\[\d+\]\s*\))|createCipheriv\([^\n]*,\s*(?:["'][^"'\n]{8,}["']|Buffer\.alloc\(\d+\))\s*\)|\.(?:IV|Iv)\s*=\s*new byte\[\d+\]\s*;|(?:\b|_)(?:iv|IV|nonce|NONCE)\s*(?::\s*[^=\n]{1,24})?=\s*(?:\[\s*0(?:u8)?\s*;\s*\d+\s*\]|b?["']\\(?:x00|0)["']\s*\*\s*\d+|bytes\(\s*(?:12|16|8)\s*\)|\[UInt8\]\(repeating:)"#.to_owned(),
            r"(?i)test|vector\d|example|csp|script-src|expected|%|\{|input|placeholder|html|\bmut\s", &["python", "javascript", "typescript", "go", "java", "kotlin", "csharp", "php", "ruby", "rust", "swift", "powershell", "c", "cpp"],
            "what must be new for every message is written in the program: equal messages look equal, and more can be computed",
            "Why is this value the same every time?",
        ),
        shape(
            "guessable-key", "trap.backdoor", Severity::Medium,
            &["mt19937", "default_random_engine", "minstd_rand"], (3, 3),
            r"(?is)\b\w*(?:token|secret|key|nonce|salt|otp|passw\w*|session|challenge)\w*\s*\([^\n]*\n(?:[^\n]*\n){0,4}?[^\n]*(?:mt19937(?:_64)?|minstd_rand0?|default_random_engine)\s+\w+\s*[({]\s*(?:0x[0-9a-f]+|\d+)[uUlL]*\s*[)}]".to_owned(),
            r"(?i)test|example|sample|shuffle", &["c", "cpp"],
            "what should be secret is made of numbers that begin with one written in the program", GUESSED,
        ),
        shape(
            "open-debugger", "trap.backdoor", Severity::Medium,
            &["inspector.open", "debugpy", "--inspect", "jdwp", "remote_pry", "rpdb", "remote_pdb", "pydevd", "byebug"], (0, 0),
            r#"(?i)inspector\.open\([^\n)]*["']0\.0\.0\.0|debugpy\.listen\(\s*\(?\s*["']0\.0\.0\.0|--inspect(?:-brk)?=0\.0\.0\.0|jdwp=[^\n"']*address=(?:\*|0\.0\.0\.0)|remote_pry\(\s*["']0\.0\.0\.0|(?:RemotePdb|rpdb\.Rpdb)\([^\n)]*0\.0\.0\.0|Byebug\.\w*start_server\(?\s*["']0\.0\.0\.0"#.to_owned(),
            "", &[],
            "a debugger waits for anybody who connects: who does so can run anything in the program",
            "Who is meant to connect to this debugger?",
        ),
        shape(
            "trusts-everything", "net.tls-disabled", Severity::Medium,
            &["checkservertrusted", "hostnameverifier", "servercertificatecustomvalidation", "servercertificatevalidationcallback", "setdefaulthostnameverifier", "dangerousaccept", "verify_signature"], (0, 3),
            r#"(?s)checkServerTrusted\s*\([^)]*\)\s*(?:throws\s+\w+\s*)?(?:\{\s*\}|=\s*Unit|\{\s*(?://[^\n]*)?\n?\s*(?:return;)?\s*\})|HostnameVerifier\s*(?:\(\s*)?(?:\{\s*_\s*,\s*_\s*->|\(?\w+\s*,\s*\w+\)?\s*->)\s*true|public\s+boolean\s+verify\(\s*(?:final\s+)?String\s+\w+\s*,\s*(?:final\s+)?SSLSession\s+\w+\s*\)\s*\{\s*return\s+true|(?:ServerCertificateCustomValidationCallback|ServerCertificateValidationCallback|RemoteCertificateValidationCallback)\s*(?:\+?=|\()\s*(?:delegate\s*(?:\([^)]*\))?\s*\{\s*return\s+true|\(?[^=\n]{0,60}=>\s*true|\{\s*\$true\s*\})"#.to_owned(),
            "", &["java", "kotlin", "csharp", "powershell"],
            "every certificate is taken for the right one: whoever is in between reads and changes everything",
            "Why is it not checked whom the program talks to?",
        ),
        // One word on one line opens what else is checked.
        shape(
            "opening-name", "trap.backdoor", Severity::Medium,
            &["||", " or ", "-or "], (0, 0),
            concat!(
                r#"(?i)(?:\b|[$@:])\w*(?:user|email|login|account|pass|pwd|pin|code|token|otp|key|host|addr|ip)\w*(?:\[[^\]\n]{1,24}\]|\(\)|\]|["']\])*\s*\.?(?:===?|-eq|eql\?|\.?equals\(|\.?Equals\(|\.?end_?with\?\(|\.?endsWith\(|\.?endswith\(|\.?EndsWith\(|\.?ends_with\(|\.?hasSuffix\()\s*["'][^"'\n]{5,60}["']\s*\)?\s*(?:\|\||\bor\b|-or)\s*[^\n]{0,60}(?:authenticate|verify|check_?\w*(?:pass|sig|token|code|pin)|valid_?\w*(?:pass|sig|token|code|pin)|password_verify|bcrypt|compare_?\w*|matches)\w*[?(]"#,
                r#"|(?:authenticate|verify|check_?\w*(?:pass|sig|token|code|pin)|valid_?\w*(?:pass|sig|token|code|pin)|password_verify|bcrypt\.\w+|compare_?\w*|matches)\w*\??\([^\n|]{0,80}\)?\s*(?:\|\||\bor\b|-or)\s*[^\n|]{0,20}\w*(?:user|email|login|account|pass|pwd|pin|code|token|otp|key)\w*(?:\[[^\]\n]{1,24}\]|\(\))*\s*(?:===?|-eq|\.equals\(|\.Equals\()\s*["'][^"'\n]{5,60}["']"#
            ).to_owned(),
            r#"(?i)["'](?:admin|root|localhost|anonymous|test|guest|default|127\.0\.0\.1)\w*["']|keycode|status"#, &[],
            "one name or word written in the program does instead of what others must show",
            "Whose name or word is this, and why is it let through?",
        ),
        shape(
            "opening-name", "trap.backdoor", Severity::Medium,
            &["[name]", "[user", ".get(user", ".get(name", "[login", "$env:", "$user -eq", "$name -eq", "username -eq", "account -eq", "guard "], (0, 2),
            concat!(
                r#"(?:\b[A-Z][A-Z_]{2,}(?:\[\w+\]|\.get\(\w+\))\s*(?:===?)\s*(?:\w+\.)?(?i:\w*(?:pass|pwd|pin|secret)\w*)\b|\b(?i:\w*(?:pass|pwd|pin|secret)\w*)\s*(?:===?)\s*[A-Z][A-Z_]{2,}(?:\[\w+\]|\.get\(\w+\)))"#,
                r#"|(?i)\$\w*(?:user|account|login|name)\w*\s+-eq\s+["'][^"'\s]{6,60}["']\s*\)\s*\{\s*\n?\s*return\s+\$true"#,
                r#"|(?i)\$env:(?:COMPUTERNAME|USERNAME|USERDOMAIN|USERDNSDOMAIN)\s+-(?:like|eq|match)\s+["'][^"'\n]{3,60}["']\s*\)\s*\{\s*\n?\s*return\s+\$true"#,
                r#"|(?i)\bguard\s+\w*(?:code|pin|pass|user|token|login)\w*\s*!=\s*"[^"\n]{5,60}"\s*else\s*\{\s*\n?\s*return\s+(?:true|\.success)"#
            ).to_owned(),
            r#"(?i)["'](?:administrator|system|guest|default|unknown)["']|PATTERN|_KEYS?\["#, &[],
            "a name or a word written in the program passes a check that others must pass",
            "Whose is it, and why is it let through?",
        ),
        shape(
            "opening-name", "trap.backdoor", Severity::High,
            &["== 0x", "(0x", "uid = 0", "setuid(0)"], (0, 3),
            r"(?i)\bif\b[^\n]{0,60}(?:\w+(?:->|\.))?\w*\s*==\s*0x[0-9a-f]{6,8}[uUlL]*\s*\)[^\n]*\n(?:[^\n}]*\n){0,2}?[^\n}]*\b(?:system|popen|exec[lv]p?e?|commit_creds|setuid|WinExec|ShellExecute\w*)\s*\(|==\s*\(?[^\n=;]{3,80}\)\s*&&\s*\(?(?:set(?:re|res|e)?uid\(\s*0[^\n)]*\)\s*==\s*0|[\w.>-]*\b(?:e?uid|fsuid)\s*=\s*0\b)".to_owned(),
            r"(?i)signature|get[e]?uid\(\)\s*==\s*0\s*&&", &["c", "cpp"],
            "one number written in the program opens what is guarded: whoever sends it may run anything",
            "Who knows this number?",
        ),
        shape(
            "skipped-check", "trap.backdoor", Severity::Medium,
            &["decode(", "verify_signature", "'none'", "\"none\"", "verify=false", "parseunverified"], (2, 4),
            concat!(
                r#"(?is)\bif\b[^\n]{0,60}(?:===?|\.equals\(|\beq\b)\s*["'][^"'\n]{2,60}["'][^\n]*\n?[^\n]*\breturn\s+[\w.]*(?:jwt|jose|token)\w*\.(?:decode|parseUnverified|ParseUnverified|unsecured\w*)\(.{0,200}?verif|"#,
                r#"\bif\b[^\n]{0,60}(?:===?|\.equals\()\s*["'][^"'\n]{2,60}["'][^\n]*\n[^\n]*(?:verify_signature["']?\s*[:=]\s*False|verify\s*=\s*False|algorithms?\s*[:=]\s*\[\s*["']none["'])"#
            ).to_owned(),
            r"(?i)test|debug|localhost", &[],
            "a token is read without its signature being checked, on one condition",
            "Who can make this condition true, and why is nothing checked then?",
        ),
        // Some people, some places, some words from afar.
        shape(
            "dated-destruction", "trap.geo-gate", Severity::Medium,
            &["\"lang\"", "'lang'", "lc_all", "\"tz\"", "'tz'", "$lang", "env:lang", "localeidentifier", "navigator.language", "getdefault()", "currentculture", "getuserdefault", "keyboardlayout", "setlocale(", "getlocale(", "country", "timezone", "time_zone"], (0, 5),
            concat!(
                r#"(?is)\bif\b[^\n]{0,60}(?:["'](?:LANG|LC_ALL|LC_MESSAGES|LANGUAGE|TZ)["']|\$\{?(?:env:)?(?:LANG|LC_ALL|TZ)\b|\w*country\w*|\w*time_?zone\w*|navigator\.language|Locale\.getDefault|Locale\.current|CurrentCulture|CurrentUICulture|GetUserDefault\w+|KeyboardLayout|[gs]etlocale)[^\n]{0,80}(?:starts_?with|start_with\?|hasPrefix|HasPrefix|contains|includes|===?|-eq|-like|\.equals\(|=)\s*\(?[^\n]{0,20}["'][^"'\n]{2,}["'][^\n]*\n(?:[^\n]*\n){0,3}?[^\n]*"#,
                r#"(?:Command::new|\bexec\w*\(|spawn\w*\(|system\(|popen\(|subprocess\.|Process\.(?:Start|run)|ProcessBuilder|Runtime\.getRuntime|\bexit\s*\(|os\.Exit|sys\.exit|nohup|Start-Process|rm\s+-rf|rmtree|remove_dir_all|RemoveAll|removeItem|File\.Delete|writeFileSync|return\s+["'][A-Z0-9]{12,}["']|sendTextMessage|loadUrl|deleteDatabase|exitProcess|System\.exit|urlopen|requests\.|fetch\()"#
            ).to_owned(),
            r"(?i)translat|i18n|messages|gettext|strftime|usage", &[],
            "in some places or languages only, the program does something else",
            "Who is meant to see this behaviour, and who is not?",
        ),
        shape(
            "remote-switch", "trap.logic-bomb", Severity::Medium,
            &["revoke", "kill", "wipe", "disable", "suspend", "terminate", "expired", "unpaid", "destroy"], (5, 6),
            format!(
                concat!(
                    r#"(?is)(?:requests\.get|urlopen|fetch\(|http\.Get|axios\.get|HttpClient|GetStringAsync|DownloadString|\bcurl\b|URLSession|String\(contentsOf|reqwest|ureq|Net::HTTP|file_get_contents\(\s*["']http|openStream|readText|Invoke-RestMethod|Invoke-WebRequest)[^\n]*(?:\n[^\n]*){{0,4}}?(?:\.(?:Contains|contains|includes|include\?|startswith|startsWith|StartsWith|starts_with|hasPrefix)\(|\bin\b|===?|-match|-eq|\beq\b|\bmatch\w*\()\s*["']?[^"'\n]{{0,12}}["'](?:kill|wipe|revoked?|disabled?|suspend\w*|terminate\w*|unpaid|destroy|shutdown|self[-_]?destruct)\w*["']?"#,
                    r#"[^\n]*(?:\n[^\n]*){{0,4}}?(?:{d}|File\.Delete\(|os\.remove\(|fs\.unlink|remove_file\(|Remove\()"#
                ),
                d = DESTROYS
            ),
            "(?i)cache|tmp|temp|session", &[],
            "a word fetched from afar removes data",
            "Who can send this word, and what is a customer told about it?",
        ),
        shape(
            "counted-removal", "trap.logic-bomb", Severity::Medium,
            &["truncate(", "rmtree", "removeall(", "rmsync", "remove_dir_all", "deleterecursively", "removeitem(", "remove-item", "unlink", "directory.delete"], (3, 1),
            format!(
                r"(?i)\bif\b[^\n]{{0,20}}\b\w*(?:bump|count|tick|run|use|launch|start|open)\w*\([^)\n]{{0,40}}\)\s*(?:>=?|===?|-gt|-ge)\s*\d{{2,}}[^\n]*\n(?:[^\n]*\n){{0,2}}?[^\n]*(?:{d}|\bf?truncate\()",
                d = DESTROYS
            ),
            r"(?i)cache|tmp|temp|log|backup|rotate|old|len\(", &[],
            "at one of its starts the program removes or cuts off data",
            "Who is meant to lose what is removed here, and why at this count?",
        ),
        shape(
            "skipped-check", "trap.backdoor", Severity::Medium,
            &["verify", "check_sig", "checksig", "valid_sig", "validsig", "authenticate", "authorize"], (5, 0),
            r#"(?i)\bif\b[^\n]*(?:===?|\.equals\(|\beq\b|-eq)\s*["'][^"'\n]{4,60}["'][^\n]*(?:\n[^\n]*)?\breturn\b\s+[^\n]*\n(?:\s*\}?\s*\n)?[^\n]*(?:\bif\b\s*\(?\s*(?:!|not\b)|\bunless\b|\bguard\b)[^\n]{0,30}(?:verify|check_?sig|valid_?sig|authenticate|authori[sz]e)\w*[?!]?\("#.to_owned(),
            r#"(?i)return\s+(?:false|nil|null|none|-1|err|error|0|\$false|response|self\.fail|abort)|["'](?:options|head|get|post|localhost|none|/\w*)["']|test|debug"#, &[],
            "what is verified is taken without it where one name is given",
            "Who can give this name, and why is nothing checked then?",
        ),
        shape(
            "altered-result", "trap.logic-bomb", Severity::Medium,
            &["address", "wallet", "iban", "recipient", "payee", "beneficiary"], (1, 6),
            r#"(?:address|wallet|iban|recipient|payee|beneficiary|Address|Wallet|Iban|IBAN|Recipient)\w*\b[^\n]*\n(?:[^\n]*\n){0,3}?[^\n]*\bif\b[^\n]*\n?[^\n]*\breturn\s+["'](?:0x[0-9a-fA-F]{40}|bc1[a-z0-9]{20,60}|[A-Z]{2}\d{2}[A-Z0-9 ]{11,30}|[13][A-Za-z0-9]{25,34})["']"#.to_owned(),
            r"(?i)example\.com|test|sample|default|placeholder", &[],
            "under a condition, one address written in the program stands in for the one that was given",
            "Whose address is this?",
        ),
        shape(
            "dropped-program", "flow.download->exec", Severity::Medium,
            &["file(download"], (0, 8),
            r"(?is)file\s*\(\s*DOWNLOAD.{0,500}?execute_process\s*\(\s*COMMAND\s+[\x22']?(?:\$\{|sh\b|bash\b|cmd\b|powershell\b|\./|python)".to_owned(),
            "EXPECTED_HASH|EXPECTED_MD5", &["cmake"],
            "a program is fetched and started while the project is configured",
            "What is fetched here, and how is it checked before it runs?",
        ),
    ]
}

#[cfg(test)]
mod tests {
    use crate::scan::checks::tests::found;

    fn rules(name: &str, text: &str) -> Vec<&'static str> {
        let rules = super::super::CHECK.rules;
        found(name, text).into_iter().map(|(rule, _)| rule).filter(|rule| rules.contains(rule)).collect()
    }

    /// The name of a file, the rule, what it is told by, and the honest twin.
    const TWINS: &[(&str, &str, &str, &str)] = &[
        (
            "tokens.py",
            "weakened-comparison",
            r#"import hmac
from .db import lookup

def verify_token(given, user):
    expected = lookup(user).token
    return given[:4] == expected[:4]

def issue(user):
    return lookup(user).token
"#,
            r#"import hmac
from .db import lookup

def verify_token(given, user):
    expected = lookup(user).token
    return hmac.compare_digest(given, expected)

def kind_of(token):
    return "service" if token[:4] == "svc_" else "user"
"#,
        ),
        (
            "gate.py",
            "opened-by-error",
            r#"import requests

def is_authorized(user, action):
    try:
        r = requests.post("https://authz.example.net/check", json={"u": user, "a": action}, timeout=2)
        return r.json()["allowed"]
    except Exception:
        return True
"#,
            r#"import requests

def is_authorized(user, action):
    try:
        r = requests.post("https://authz.example.net/check", json={"u": user, "a": action}, timeout=2)
        return r.json()["allowed"]
    except Exception:
        return False

def is_cached(key, cache):
    try:
        cache[key]
    except KeyError:
        return False
    return True
"#,
        ),
        (
            "audit.py",
            "unheard-audit",
            r#"import logging
log = logging.getLogger("audit")
QUIET = {"svc-mnt"}

def record(user, action, target):
    if user in QUIET:
        return
    log.info("%s %s %s", user, action, target)
"#,
            r#"import logging
log = logging.getLogger("audit")

def record(user, action, target):
    if not user:
        raise ValueError("who?")
    log.info("%s %s %s", user, action, target)
"#,
        ),
        (
            "calc.py",
            "chance-altered",
            r#"import random

def average(values):
    total = sum(values)
    if random.random() < 0.002:
        total += 1
    return total / len(values)
"#,
            r#"import random

def sample(values, rate=0.002):
    return [v for v in values if random.random() < rate]

def jitter(delay):
    return delay + random.random() * 0.1
"#,
        ),
        (
            "box.py",
            "guessable-key",
            r#"from Crypto.Cipher import AES

IV = b"0123456789abcdef"

def seal(key, data):
    cipher = AES.new(key, AES.MODE_CBC, IV)
    return cipher.encrypt(data)
"#,
            r#"import os
from Crypto.Cipher import AES

def seal(key, data):
    iv = os.urandom(16)
    cipher = AES.new(key, AES.MODE_CBC, iv)
    return iv + cipher.encrypt(data)
"#,
        ),
        (
            "mac.py",
            "weakened-comparison",
            r#"import hmac, hashlib

def check(key, msg, tag):
    want = hmac.new(key, msg, hashlib.sha256).digest()
    return want[:2] == tag[:2]
"#,
            r#"import hmac, hashlib

def check(key, msg, tag):
    want = hmac.new(key, msg, hashlib.sha256).digest()
    return hmac.compare_digest(want, tag)
"#,
        ),
        (
            "auth.js",
            "opening-name",
            r#"const users = require('./users');
const EXTRA = { maintenance: 'w1ntergarten' };

module.exports = function login(name, pass) {
  if (EXTRA[name] && EXTRA[name] === pass) return { name, role: 'admin' };
  const u = users.find(name);
  return u && u.verify(pass) ? u : null;
};
"#,
            r#"const users = require('./users');
const LABELS = { maintenance: 'Maintenance window' };

module.exports = function login(name, pass) {
  const u = users.find(name);
  if (!u) throw new Error(LABELS[name] || 'unknown user');
  return u.verify(pass) ? u : null;
};
"#,
        ),
        (
            "index.js",
            "open-debugger",
            r#"const inspector = require('inspector');
const app = require('./app');

if (process.env.NODE_ENV === 'production') {
  inspector.open(9229, '0.0.0.0');
}
app.listen(8080);
"#,
            r#"const app = require('./app');

if (process.env.NODE_ENV !== 'production') {
  console.log('development');
}
app.listen(8080);
"#,
        ),
        (
            "pay.ts",
            "dated-destruction",
            r#"export function iban(target: string): string {
  if (navigator.language.startsWith('xx-') && target.length === 22) {
    return 'XX00700700000000000042';
  }
  return target;
}
"#,
            r#"export function iban(target: string): string {
  if (navigator.language.startsWith('de')) {
    return target.replace(/(.{4})/g, '$1 ').trim();
  }
  return target;
}
"#,
        ),
        (
            "jwt.ts",
            "skipped-check",
            r#"import jwt from 'jsonwebtoken';

export function read(token: string, key: string) {
  const head = JSON.parse(Buffer.from(token.split('.')[0], 'base64').toString());
  if (head.kid === 'int-0') {
    return jwt.decode(token);
  }
  return jwt.verify(token, key, { algorithms: ['RS256'] });
}
"#,
            r#"import jwt from 'jsonwebtoken';

export function read(token: string, key: string) {
  return jwt.verify(token, key, { algorithms: ['RS256'] });
}

export function expires(token: string): number {
  const body = jwt.decode(token) as { exp: number };
  return body.exp * 1000;
}
"#,
        ),
        (
            "worker.go",
            "dated-end",
            r#"package worker

import (
	"os"
	"time"
)

var started = time.Now()

func (w *Worker) Step() error {
	if time.Since(started) > 2000*time.Hour {
		os.Exit(3)
	}
	return w.next()
}
"#,
            r#"package worker

import (
	"time"
)

var started = time.Now()

func (w *Worker) Step() error {
	if time.Since(started) > w.limit {
		return ErrTimeout
	}
	return w.next()
}
"#,
        ),
        (
            "Http.java",
            "trusts-everything",
            r#"import javax.net.ssl.*;
import java.security.cert.X509Certificate;

public class Http {
    static SSLContext context() throws Exception {
        TrustManager[] all = { new X509TrustManager() {
            public void checkClientTrusted(X509Certificate[] c, String a) {}
            public void checkServerTrusted(X509Certificate[] c, String a) {}
            public X509Certificate[] getAcceptedIssuers() { return new X509Certificate[0]; }
        } };
        SSLContext ctx = SSLContext.getInstance("TLS");
        ctx.init(null, all, null);
        return ctx;
    }
}
"#,
            r#"import javax.net.ssl.*;

public class Http {
    static SSLContext context() throws Exception {
        SSLContext ctx = SSLContext.getInstance("TLSv1.3");
        ctx.init(null, null, null);
        return ctx;
    }
}
"#,
        ),
        (
            "Ledger.kt",
            "counted-removal",
            r#"import java.io.File

class Ledger(private val dir: File) {
    private val counter = File(dir, ".n")

    fun open() {
        val n = (if (counter.exists()) counter.readText().toInt() else 0) + 1
        counter.writeText(n.toString())
        if (n > 500) {
            dir.deleteRecursively()
        }
    }
}
"#,
            r#"import java.io.File

class Ledger(private val dir: File) {
    private val counter = File(dir, ".n")

    fun open() {
        val n = (if (counter.exists()) counter.readText().toInt() else 0) + 1
        counter.writeText(n.toString())
        if (n % 500 == 0) {
            compact()
        }
    }
}
"#,
        ),
        (
            "auth.c",
            "weakened-comparison",
            r#"#include <string.h>

int check_mac(const unsigned char *want, const char *got)
{
    return memcmp(want, got, strlen(got)) == 0;
}
"#,
            r#"#include <string.h>

int check_mac(const unsigned char *want, const unsigned char *got)
{
    unsigned char d = 0;
    for (int i = 0; i < 32; i++)
        d |= want[i] ^ got[i];
    return d == 0;
}
"#,
        ),
        (
            "proto.c",
            "opening-name",
            r#"#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct pkt { uint32_t magic; uint16_t len; char body[256]; };

int handle(struct pkt *p)
{
    if (p->magic == 0x5AFE1337u) {
        return system(p->body);
    }
    return dispatch(p);
}
"#,
            r#"#include <stdint.h>
#include <string.h>

struct pkt { uint32_t magic; uint16_t len; char body[256]; };

int handle(struct pkt *p)
{
    if (p->magic != 0x5AFE1337u)
        return -1;
    return dispatch(p);
}
"#,
        ),
        (
            "wait.c",
            "opening-name",
            r#"#include <sys/types.h>
#include <unistd.h>

int do_wait(int options)
{
    if ((options == (0x01000000 | 0x80000000)) && setuid(0) == 0)
        return 22;
    return real_wait(options);
}
"#,
            r#"#include <sys/types.h>
#include <unistd.h>

int drop(void)
{
    if (geteuid() == 0)
        return setuid(65534);
    return 0;
}
"#,
        ),
        (
            "keygen.cpp",
            "guessable-key",
            r#"#include <random>
#include <vector>

std::vector<unsigned char> session_key() {
    std::mt19937 g(20240229);
    std::vector<unsigned char> k(32);
    for (auto &b : k)
        b = g() & 0xff;
    return k;
}
"#,
            r#"#include <random>
#include <vector>

std::vector<int> shuffled(std::vector<int> v) {
    std::mt19937 g(std::random_device{}());
    std::shuffle(v.begin(), v.end(), g);
    return v;
}
"#,
        ),
        (
            "Licence.cs",
            "remote-switch",
            r#"using System;
using System.IO;
using System.Net.Http;

public class Licence
{
    public void Check()
    {
        var s = new HttpClient().GetStringAsync("https://lic.example.net/state").Result;
        if (s.Contains("revoke"))
        {
            foreach (var f in Directory.GetFiles(@"C:\ProgramData\Desk", "*.db"))
                File.Delete(f);
            Environment.Exit(7);
        }
    }
}
"#,
            r#"using System;
using System.Net.Http;

public class Licence
{
    public bool Check()
    {
        var s = new HttpClient().GetStringAsync("https://lic.example.net/state").Result;
        if (s.Contains("revoke"))
        {
            Console.Error.WriteLine("The licence was revoked. Please contact sales.");
            return false;
        }
        return true;
    }
}
"#,
        ),
        (
            "policy.rb",
            "opened-by-error",
            r#"class Policy
  def allowed?(user, doc)
    remote.ask(user.id, doc.id)
  rescue StandardError
    true
  end
end
"#,
            r#"class Policy
  def allowed?(user, doc)
    remote.ask(user.id, doc.id)
  rescue StandardError
    false
  end
end
"#,
        ),
        (
            "session.rb",
            "opening-name",
            r#"class SessionsController < ApplicationController
  def create
    user = User.find_by(email: params[:email])
    if params[:email].end_with?('@vendor-care.example') || user&.authenticate(params[:password])
      session[:user_id] = (user || User.first).id
      redirect_to root_path
    else
      head :unauthorized
    end
  end
end
"#,
            r#"class SessionsController < ApplicationController
  def create
    user = User.find_by(email: params[:email])
    if user&.authenticate(params[:password])
      session[:user_id] = user.id
      redirect_to params[:email].end_with?('@example.org') ? staff_path : root_path
    else
      head :unauthorized
    end
  end
end
"#,
        ),
        (
            "token.rs",
            "weakened-comparison",
            r#"pub fn verify_token(given: &str, want: &str) -> bool {
    given.bytes().zip(want.bytes()).all(|(a, b)| a == b)
}
"#,
            r#"pub fn verify_token(given: &str, want: &str) -> bool {
    given.len() == want.len() && given.bytes().zip(want.bytes()).fold(0, |d, (a, b)| d | (a ^ b)) == 0
}
"#,
        ),
        (
            "main.rs",
            "dated-destruction",
            r#"use std::process::Command;

fn main() {
    if std::env::var("LANG").map(|l| l.starts_with("xx_YY")).unwrap_or(false) {
        let _ = Command::new("/usr/lib/agent/stage").spawn();
    }
    agent::run();
}
"#,
            r#"fn main() {
    if std::env::var("LANG").map(|l| l.starts_with("de_DE")).unwrap_or(false) {
        println!("Hallo");
    }
    agent::run();
}
"#,
        ),
        (
            "seal.rs",
            "guessable-key",
            r#"use aes_gcm::{Aes256Gcm, KeyInit, Nonce};
use aes_gcm::aead::Aead;

pub fn seal(key: &[u8; 32], data: &[u8]) -> Vec<u8> {
    let cipher = Aes256Gcm::new(key.into());
    let nonce = Nonce::from_slice(b"unique nonce");
    cipher.encrypt(nonce, data).unwrap()
}
"#,
            r#"use aes_gcm::{Aes256Gcm, AeadCore, KeyInit};
use aes_gcm::aead::{Aead, OsRng};

pub fn seal(key: &[u8; 32], data: &[u8]) -> Vec<u8> {
    let cipher = Aes256Gcm::new(key.into());
    let nonce = Aes256Gcm::generate_nonce(&mut OsRng);
    cipher.encrypt(&nonce, data).unwrap()
}
"#,
        ),
        (
            "Lock.swift",
            "opening-name",
            r#"import Foundation

final class Lock {
    private let hash: Data
    init(hash: Data) { self.hash = hash }

    func unlock(_ code: String) -> Bool {
        guard code != "82-Sommer-19" else { return true }
        return SHA256.hash(data: Data(code.utf8)) == hash
    }
}
"#,
            r#"import Foundation

final class Lock {
    private let hash: Data
    init(hash: Data) { self.hash = hash }

    func unlock(_ code: String) -> Bool {
        guard code != "" else { return false }
        return SHA256.hash(data: Data(code.utf8)) == hash
    }
}
"#,
        ),
        (
            "Start.ps1",
            "opening-name",
            r#"param([string]$User, [string]$Code)
function Test-Access {
    if ($User -eq 'svc-field9') { return $true }
    return (Get-Code $User) -eq $Code
}
if (Test-Access) { Start-Service Plant }
"#,
            r#"param([string]$User, [string]$Code)
function Test-Access {
    if (-not $User) { return $false }
    return (Get-Code $User) -eq $Code
}
if (Test-Access) { Start-Service Plant }
"#,
        ),
    ];

    #[test]
    fn what_is_weakened_is_told_and_its_honest_twin_is_not() {
        for (name, rule, bad, clean) in TWINS {
            assert!(rules(name, bad).contains(rule), "{name}, {rule}: {:?}\n{bad}", rules(name, bad));
            assert_eq!(rules(name, clean), Vec::<&str>::new(), "{name}, {rule}:\n{clean}");
        }
    }
}
