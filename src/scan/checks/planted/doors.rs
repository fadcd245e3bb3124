//! Doors left open and what destroys: shells behind connections, names that open checks, days and counts after
//! which data is removed, files walked through and overwritten, rights given to oneself.

use super::Shape;
use super::shape;
use crate::model::scan::Severity;

/// What asks for the time, as a part of a pattern.
pub(super) const NOW: &str = r"(?:Date\.now\(\)|new Date\(|Date\(\)|time\.time\(\)|datetime\.(?:now|utcnow|today)\(|date\.today\(|LocalDate(?:Time)?\.now\(|Instant\.now\(|System\.currentTimeMillis\(|time\.Now\(\)|DateTime(?:Offset)?\.(?:Utc)?(?:Now|Today)|Time\.now|Date\.today|Utc::now|Local::now|System[T]ime::now|date \+%s|Get-Date|\btime\(|strtotime\(|\bnow\b|\btoday\b)";

/// What removes or overwrites much at once.
pub(super) const DESTROYS: &str = r"(?:rmtree|remove_dir_all|removeItem\(|deleteRecursively|rm_rf|rm\s+-[rRf]+|RemoveAll\(|Directory\.Delete\(|deleteDirectory|rimraf|rmSync|rm\([^)\n]*recursive|Remove-Item|remove_all\(|(?i:drop\s+(?:table|database|schema)|truncate\s+table|delete\s+from)|\.delete\(\)\s*\)|unlink'|unlink\(|mkfs|dd\s+if=/dev/(?:zero|u?random)|shred\b|writeFileSync\(|Files\.delete)";

const LOGINS: &str = r"(?:auth\w*|log_?in\w*|sign_?in\w*|verify\w*|check\w*|valid\w*|is_?allowed\w*|is_?admin\w*|allow\w*|permit\w*|can_?\w+|has_?\w*(?:access|permission)\w*|session\w*|access\w*)";

/// The shapes and their patterns.
pub(super) fn shapes() -> Vec<(Shape, String)> {
    const DOOR: &str = "Who knows this word, and what does it open?";
    vec![
        // Shells whose input and output is a connection.
        shape(
            "connected-shell", "trap.backdoor", Severity::High,
            &["spawn(", "exec.Command(", "exec.CommandContext(", "ProcessBuilder(", "proc_open(", "Command::new(", "StartInfo", "fork("],
            (12, 12),
            r#"(?s)(?:net\.(?:connect|createConnection|Socket|Dial)|\.DialContext\(|tls\.Dial\(|new Socket\(|\bSocket\(|TcpClient|TcpStream|fsockopen|stream_socket_client|TCPSocket|stream_socket_server|net\.createServer|net\.Listen|ServerSocket|TcpListener).{0,900}?["'](?:/usr)?/bin/(?:ba|da|z|k)?sh["'\s]|["'](?:/usr)?/bin/(?:ba|da|z|k)?sh["'\s].{0,900}?(?:net\.(?:connect|createConnection|Socket|Dial)|new Socket\(|\bSocket\(|TcpClient|TcpStream|fsockopen|TCPSocket|ServerSocket)|(?:TcpClient|TcpStream|net\.(?:connect|Socket|Dial)|new Socket\().{0,900}?["'](?:cmd|powershell)(?:\.exe)?["']"#.to_owned(),
            "", &["javascript", "typescript", "go", "java", "kotlin", "php", "rust", "csharp", "ruby"],
            "a shell is started next to a connection: whoever is at its other end has the shell",
            "Who is meant to be at the other end of this shell?",
        ),
        shape(
            "connected-shell", "trap.backdoor", Severity::High, &["dup2"], (12, 12),
            r#"(?s)\b(?:connect|accept)\s*\(.{0,600}?\bdup2\s*\(.{0,600}?\b(?:exec[lv]p?e?|system|spawn)\s*\(\s*["'](?:/usr)?/bin/(?:ba|da|z|k)?sh"#.to_owned(),
            "", &[],
            "a connection becomes the input and output of a shell",
            "Who is meant to be at the other end of this shell?",
        ),
        shape(
            "connected-shell", "trap.backdoor", Severity::High, &["/dev/tcp/", "/dev/udp/", "mkfifo"], (1, 5),
            r"(?s)exec\s+\d*<>\s*/dev/(?:tcp|udp)/.{0,200}?(?:read|cat|while)\b.{0,120}?(?:\bsh\b|bash|eval|\$\w+\s+(?:2?>&\d|>&)|\$\{?\w+\}?\s+2>&)|mkfifo.{0,160}?\bsh\s+-i\b.{0,80}?\b(?:nc|ncat|telnet|openssl)\b".to_owned(),
            "", &["bash"],
            "what comes in over a connection is carried out",
            "Who is meant to be at the other end of this shell?",
        ),
        // An account of the maker's own, with a password that is written in the program.
        shape(
            "made-account", "trap.backdoor", Severity::Medium,
            &["wp_create_user", "wp_insert_user", "ConvertTo-SecureString", "net user ", "chpasswd", "create_superuser", "useradd"],
            (6, 8),
            concat!(
                r#"(?is)wp_create_user\(\s*["'][^"'\n]+["']\s*,\s*["'][^"'\n]+["'][^;]{0,80};.{0,300}?administrator"#,
                r#"|wp_insert_user\([^;]{0,300}?["']user_pass["']\s*=>\s*["'][^"'\n]+["'][^;]{0,300}?administrator"#,
                r#"|New-(?:AD|Local)User\b.{0,400}?ConvertTo-SecureString\s+(?:-String\s+)?["'][^"'$\n]{4,}["']\s+-AsPlainText"#,
                r#"|ConvertTo-SecureString\s+(?:-String\s+)?["'][^"'$\n]{4,}["']\s+-AsPlainText.{0,300}?New-(?:AD|Local)User\b"#,
                r#"|\bnet\s+user\s+[A-Za-z][\w.-]*\s+[^\s/*%$"']{6,}\s+/add\b"#,
                r#"|echo\s+["']?[a-z_][\w-]*:[^\s"'$]{6,}["']?\s*\|\s*(?:sudo\s+)?chpasswd"#,
                r#"|create_superuser\(\s*["'][^"'\n]+["']\s*,\s*["'][^"'\n]*["']\s*,\s*["'][^"'\n]{6,}["']"#,
                r#"|useradd\s[^\n;]{0,80}-p\s+["']?(?:\$[156y]\$|[^\s"'$-]{8,})"#
            ).to_owned(),
            r#"(?i)changeme|['"]password['"]|xxxx|<[a-z-]+>"#,
            &[],
            "an account is made whose password is written in the program",
            "Whose account is this, and who knows its password?",
        ),
        // The helpers Windows starts before anybody has logged in.
        shape(
            "assist-key", "trap.backdoor", Severity::High,
            &["sethc", "utilman", "osk.exe", "narrator.exe", "magnify.exe", "displayswitch"], (5, 6),
            r"(?is)(?:Image File Execution Options.{0,300}?(?:sethc|utilman|osk|narrator|magnify|displayswitch)\.exe.{0,160}?\b(?:cmd|powershell)(?:\.exe)?\b|(?:sethc|utilman|osk|narrator|magnify|displayswitch)\.exe.{0,300}?(?:Debugger.{0,120}?(?:cmd|powershell)|(?:copy|move|Copy-Item|Move-Item|takeown)[^\n]{0,160}(?:cmd|powershell)\.exe)|(?:copy|Copy-Item)[^\n]{0,120}cmd\.exe[^\n]{0,120}(?:sethc|utilman|osk)\.exe)".to_owned(),
            "", &[],
            "a helper that Windows starts before anybody has logged in is replaced by a shell",
            "Who is meant to have a shell at the login screen?",
        ),
        // One key that opens for everybody.
        shape(
            "opening-name", "trap.backdoor", Severity::Medium,
            &["\"SHA256:", "'SHA256:", "\"MD5:", "'MD5:"], (3, 4),
            r#"(?is)\b(?:if|when|elif|else if|unless)\b[^\n]{0,80}?(?:[^!=]==|\bis\b|HasPrefix\(|equals\(|starts_?with\(|startsWith\(|hasPrefix\()[^\n]{0,60}["'](?:SHA256|MD5):[\w+/:]{6,}=*["'][^\n]*\n(?:[^\n]*\n){0,3}?[^\n]*(?:permissions|return\s+(?:true|nil|ok|some)|allow|grant|accept|AUTH_SUCCESS)"#.to_owned(),
            r"(?i)HostKey|known_hosts|host_key", &[],
            "one key that is written in the program opens what others must be entered for",
            "Whose key is this, and what does it open?",
        ),
        // Names and words that open a check.
        shape(
            "opening-name", "trap.backdoor", Severity::Medium,
            &["user", "login", "account", "remote_addr", "client_ip", "remoteaddr", "email"], (8, 3),
            format!(
                concat!(
                    r#"(?is)\b(?:def|func|function|fn|fun|bool(?:ean)?|int|static|public|private|protected)\b[^\n]{{0,60}}\b\w*{l}\s*\([^\n]*\n(?:[^\n]*\n){{0,6}}?[^\n]*(?:"#,
                    r#"\b(?:user_?name|user|login|account|email|uid|(?:remote|client)_?(?:addr|ip)\w*)(?:\.\w+)?(?:\(\))?\s*(?:===?|\.equals\(|\.Equals\(|eq)\s*["']([^"'\s]{{6,60}})["']"#,
                    r#"|["']([^"'\s]{{6,60}})["']\s*\.(?:equals|Equals|equalsIgnoreCase)\(\s*\w*(?:user|login|account|email|addr)\w*"#,
                    r#"|str(?:n|case)?cmp\(\s*\w*(?:user|login|account|name)\w*\s*,\s*["']([^"'\s]{{6,60}})["'][^\n]{{0,20}}==\s*0"#,
                    r#")[^\n]*(?:\n[^\n]*)?\breturn\s*\(?(?:true|1|nil|ok|some|\w*admin\w*|\w*_?success)\b"#
                ),
                l = LOGINS
            ),
            r#"(?i)["'](?:root|admin|administrator|guest|anonymous|system|nobody|localhost|127\.0\.0\.1|postgres|www-data|default|public|everyone|unknown|0\.0\.0\.0|::1)["']"#,
            &[],
            "one name written in the program passes a check that others must pass",
            "Whose name is this, and why is it let through?",
        ),
        shape(
            "opening-name", "trap.backdoor", Severity::Medium,
            &["code", "otp", "pin", "token"], (8, 2),
            format!(
                r#"(?is)\b(?:def|func|function|fn|fun|bool(?:ean)?)\b[^\n]{{0,60}}\b\w*{l}\s*\([^\n]*\n(?:[^\n]*\n){{0,5}}?[^\n]*\b\w*(?:code|otp|pin|token)\s*(?:===?|\.equals\(|\.Equals\()\s*["'](?:\d{{4,10}}|[0-9a-f-]{{16,60}})["'][^\n]*(?:\n[^\n]*)?\breturn\s*\(?(?:true|1|nil|ok)\b"#,
                l = LOGINS
            ),
            "", &[],
            "one code written in the program passes a check that others must pass", DOOR,
        ),
        shape(
            "opening-name", "trap.backdoor", Severity::Medium,
            &["header", "params", "query", "cookie", "_get", "_post", "_request", "http_"], (0, 4),
            concat!(
                r#"(?is)\bif\b[^\n]{0,120}?(?:header\w*(?:\.get)?[\[(]\s*["'][\w-]+["']\s*[\])]|params\[:?["']?\w+["']?\]|query(?:\(\))?(?:\.get)?[\[(.]\s*["']?\w+|cookies?(?:\.get)?[\[(]\s*["']\w+["']|\$_(?:GET|POST|REQUEST|COOKIE|SERVER)\[[^\]\n]{1,40}\]|env\[["']HTTP_\w+["']\])[^\n;{]{0,24}(?:===?|\.equals\(|\beq\b|\.startswith\(|\.starts_with\?\(|\.start_with\?\()\s*["'][^"'\s]{4,60}["']"#,
                r#"[^\n]*\n(?:[^\n}]*\n){0,3}?[^\n]*(?:next\.ServeHTTP|next\(\)|return\s+next|session\[|\badmin\b|is_admin|authenticated|\beval\b|\bexec\b|\bsystem\b|popen|check_output|return\s+true\b|sign_in|log_?in\()"#
            ).to_owned(),
            r#"(?i)["'](?:application|text|bearer|basic|xmlhttprequest|websocket|keep-alive|upgrade|https?|multipart|no-cache|options|refresh|default)\b|content-type|accept|upgrade|x-requested-with|x-forwarded-proto|user-agent|sec-"#,
            &[],
            "a request that bears a word written in the program is let through", DOOR,
        ),
        shape(
            "opening-name", "trap.backdoor", Severity::High,
            &["md5(", "sha1(", "sha256", "sha512", "crc32(", "hexdigest", "hash("], (3, 3),
            concat!(
                r#"(?is)(?:md5|sha1|sha256|sha512|crc32|hash)\w*\s*\([^\n]{0,40}(?:\$_(?:GET|POST|REQUEST|COOKIE|SERVER)|header|cookie|token|passw|secret|req\.|request|params|getParameter)[^\n]{0,60}(?:===?|\.equals\(|\beq\b)\s*["'][0-9a-f]{8,128}["']"#,
                r#"|(?:hexdigest|hexDigest|md5|sha\d*\w*|digest)\w*\([^\n]{0,40}(?:passw|pwd|secret|\bpin\b)[^\n]{0,30}\)\s*===?\s*(?-i:[A-Z][A-Z0-9_]{2,})\b"#,
                r#"|\b(\w*(?:digest|hash|sum)\w*)\s*:?=\s*[^\n]{0,80}(?:passw|pwd|secret|token|header|pin\b)[^\n]*\n(?:[^\n]*\n){0,2}?[^\n]*\bif\b[^\n]{0,20}\b\w*(?:digest|hash|sum)\w*\s*(?:===?|\.equals\(|eq)\s*["'](?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{128})["']"#
            ).to_owned(),
            "", &[],
            "the digest of what is given is compared with one written in the program: a word that always fits", DOOR,
        ),
        // Checks that are skipped.
        shape(
            "skipped-check", "trap.backdoor", Severity::Medium,
            &["signature", "verify", "checksum", "integrity", "hmac", "certificate"], (0, 6),
            concat!(
                r#"(?is)\b(?:def|func|function|fn|fun|bool(?:ean)?|int|public|private|static)\b[^\n]{0,60}\b(?:\w*verif\w*|\w*check\w*|\w*valid\w*)(?:sig\w*|signature\w*|hmac\w*|checksum\w*|integrity\w*|cert\w*|digest\w*|package\w*|update\w*)\s*\([^\n]*\n"#,
                r#"(?:[^\n]*\n){0,3}?[^\n]*\bif\b[^\n]*(?:environ|getenv|env::var|process\.env|ENV\[|HasSuffix|HasPrefix|startswith|endswith|starts_with|ends_with|startsWith|endsWith|StartsWith|EndsWith|(?:===?|\.equals\()\s*["'])[^\n]*(?:\n[^\n]*)?\breturn\s*\(?(?:true|1|nil|None|Ok\(|0)\b"#
            ).to_owned(),
            r#"==\s*["']["']"#, &[],
            "a check of a signature is passed over on one condition",
            "Who can make this condition true, and why is nothing checked then?",
        ),
        // Keys that can be guessed.
        shape(
            "guessable-key", "trap.backdoor", Severity::Medium,
            &["seed(", "srand(", "setseed(", "newsource(", "new random(", "random.new(", "seed_from_u64(", "mt_srand("], (4, 6),
            concat!(
                r#"(?is)(?:\b(?:def|func|function|fn|fun|string|public|private|static|void|char)\b|byte\[\]\s)[^\n]{0,50}?\b\w*(?:token|secret|key|nonce|salt|otp|passw\w*|session|iv|challenge)s?\w*\s*\([^\n]*(?:\n[^\n]*){0,6}?"#,
                r#"(?:seed|srand|setSeed|NewSource|new Random|Random\.new|seed_from_u64|mt_srand)\(\s*(?:0x[0-9a-f_]+|\d[\d_]*)[uUlL]{0,3}\s*\)"#
            ).to_owned(),
            r"(?i)\btest|example|mock|fake|sample|shuffle|jitter|gen_range", &[],
            "what should be secret is made of numbers that begin with one written in the program: whoever has the program can make it again",
            "Why can everybody compute this key?",
        ),
        // Dates, counts and places after which things are destroyed.
        shape(
            "dated-destruction", "trap.time-bomb", Severity::High,
            &["rmtree", "remove_dir_all", "removeitem", "deleterecursively", "rm_rf", "rm -rf", "removeall(", "directory.delete", "rmsync", "remove-item", "remove_all(", "drop table", "drop database", "truncate table", "unlink", ".delete()", "mkfs", "if=/dev/", "shred", "files.delete"], (5, 1),
            format!(
                r"(?s)\bif\b[^\n]{{0,120}}(?:{n}[^\n]{{0,80}}(?:>=?|-gt|-ge|\.isAfter\(|\.After\(|\.after\(|isAfter)|(?:>=?|-gt|-ge|<)[^\n]{{0,40}}{n})[^\n]*\n?(?:[^\n]*\n){{0,3}}?[^\n]*{d}|{d}[^\n]{{0,80}}\bif\s+[^\n]{{0,40}}(?:Time\.now|Date\.today)[^\n]{{0,40}}>",
                n = NOW, d = DESTROYS
            ),
            r"(?i)mtime|atime|ctime|birthtime|\bage\b|max_?age|\bttl\b|cache|tmp|temp|stale|lastmod|last_mod|expired_?(?:sessions|tokens|entries|keys)|keep|retention|timeout|interval|elapsed|duration|deadline|start|since|modified|created|backup|log[s_.]|\.st_|session|lock",
            &[],
            "after some day, data is removed",
            "Who is meant to lose what is removed here, and why from this day on?",
        ),
        shape(
            "altered-result", "trap.logic-bomb", Severity::Medium,
            &["return", "*=", "+="], (3, 1),
            concat!(
                r#"(?s)\bif\b[^\n]{0,50}(?:\b\w*(?:calls|count|uses|runs|hits|invocations|counter|n_calls|ticks|requests)\w*(?:\(\))?\s*(?:>=?|===?)\s*\d[\d_]{2,}|(?:time\.time\(\)|Date\.now\(\)|new Date\(\)|datetime\.\w+\(\)|LocalDate\.now\(\)|time\.Now\(\)|Time\.now|DateTime\.Now)[^\n]{0,40}(?:>=?|[aA]fter\()[^\n]{0,30}[\dA-Z])[^\n]*\n(?:[^\n}]*\n){0,1}?[^\n}]*"#,
                r#"(?:return\s+[^\n;]*[\w)]\s*\*\s*(?:0\.\d+|1\.\d+)|\b\w+\s*\*=\s*(?:0\.\d+|1\.\d+)|\b(\w+)\s*=\s*\w+\s*\*\s*(?:0\.\d+|1\.\d+)|return\s+[^\n;]*[\w)]\s*[-+]\s*(?:random|Math\.random|rand))"#
            ).to_owned(),
            r"(?i)delay|backoff|wait|sleep|timeout|interval|retry|rate|opacity|scale|zoom|font|width|height|alpha|volume|learning|lr\b|decay|weight",
            &[],
            "after some uses or some day, a result is not what was computed",
            "Why does this function give something else from here on?",
        ),
        shape(
            "remote-switch", "trap.logic-bomb", Severity::Medium,
            &["kill", "wipe", "halt", "disabled", "revoked", "shutdown", "destruct", "self_destruct", "purge"], (4, 3),
            concat!(
                r#"(?is)(?:requests\.get|urlopen|fetch\(|http\.Get|axios\.get|HttpClient|GetStringAsync|DownloadString|curl|URLSession|reqwest::|Net::HTTP|file_get_contents|openStream|readText|Invoke-RestMethod|Invoke-WebRequest|text\(\)|\.text\b|\.body\b)[^\n]*(?:\n[^\n]*){0,3}?(?:===?|\beq\b|-eq|\.equals\(|=)\s*["'](?:kill|wipe|halt|stop|disabled?|revoked|shutdown|self[-_]?destruct|destroy|die|purge|off)["']"#,
                r#"[^\n]*(?:\n[^\n]*){0,3}?(?:_exit\(|\bexit\s*\(|process\.exit|sys\.exit|Environment\.Exit|abort\(|rmtree|rmSync|RemoveAll|rm\s+-rf|remove_dir_all|Directory\.Delete|removeItem|deleteRecursively|drop\s+table|os\.Exit|\bexit\s+\d)"#
            ).to_owned(),
            "", &[],
            "a word fetched from afar ends the program or removes data",
            "Who can send this word, and what is a customer told about it?",
        ),
        shape(
            "dated-destruction", "trap.geo-gate", Severity::High,
            &["country", "timezone", "time_zone", "locale", "getdefaultlocale", "region"], (0, 6),
            format!(
                r#"(?s)\b(?:if|unless|when)\b[^\n]{{0,120}}(?i:\w*(?:country|time_?zone|locale|region)\w*|\bzone\b|\btz\b)["'\])(.\w]{{0,40}}\s*(?:===?|-eq|\bin\b|\.includes\(|\.contains\(|\.equals\(|\.startswith\()[^\n]*["'][^\n]*\n?(?:[^\n]*\n){{0,5}}?[^\n]*{d}"#,
                d = DESTROYS
            ),
            r"(?i)cache|tmp|temp|translation|i18n", &[],
            "in some places, data is removed or overwritten",
            "Who is meant to lose what is removed here, and why there?",
        ),
        shape(
            "dated-destruction", "trap.logic-bomb", Severity::High,
            &["not in", ".includes(", ".contains(", ".has("], (0, 5),
            format!(
                r#"(?s)\bif\b\s*\(?\s*(?:["'][A-Za-z][\w.@-]{{4,40}}["']\s+not\s+in\b|!\s*\w+(?:\.\w+)?\.(?:includes|contains|has)\(\s*["'][A-Za-z][\w.@-]{{4,40}}["']\s*\))[^\n]*\n(?:[^\n]*\n){{0,4}}?[^\n]*(?:{d}|os\.remove\()"#,
                d = DESTROYS
            ),
            r"(?i)cache|tmp|temp|test|keep|exclude|ignore|\.json|\.lock|node_modules|version", &[],
            "once a name is missing, data is removed wholesale",
            "Whose name is this, and why is everything removed once it is gone?",
        ),
        shape(
            "dropped-program", "flow.download->exec", Severity::Medium,
            &["chmod", "setexecutable", "set_mode", "0o755", "0755", "/tmp/"], (10, 6),
            concat!(
                r#"(?s)(?:urlopen|urlretrieve|requests\.get|http\.Get|\bfetch\(|axios|https?\.get\(|URI\.open|open-uri|DownloadFile|reqwest|ureq|URLSession|Data\(contentsOf|openStream|Net::HTTP|file_get_contents\(\s*["']http).{0,700}?"#,
                r#"(?:(?:chmod\w*\s*\(|set_mode\(|setExecutable\(|PosixFilePermission|posixPermissions).{0,300}?(?:Popen|subprocess\.|os\.system|exec\.Command|spawn\w*\(|execFile\w*\(|exec\(|execv|Command::new|Process|\bsystem\()|["'][^"'\n]*/tmp/[\w./-]+["'].{0,300}?(?:Popen|subprocess\.\w+|os\.system|exec\.Command|spawn\w*|execFile\w*|exec|Command::new|ProcessBuilder|\bsystem)\s*\(\s*\[?["'][^"'\n]*/tmp/)"#
            ).to_owned(),
            "", &[],
            "a program is fetched, made executable and started",
            "What is fetched here, and how is it checked before it runs?",
        ),
        // Files walked through and overwritten.
        shape(
            "walking-wiper", "destructive", Severity::High,
            &["os.walk", "walkdi", "filepath.walk", "readdirsync", "files.walk", "rglob", "glob(", "enumerator(", "getfiles(", "enumeratefiles", "walktopdown", "dir.glob", "recursivedirectoryiterator", "get-childitem"], (1, 8),
            concat!(
                r#"(?is)(?:(?:Path\.home\(\)|expanduser\([^\n)]*\)|homedir\(\)|home_dir\(\)[^\n.]{0,12})[^\n]{0,20}\.(?:rglob|glob|walk\w*|iterdir)\([^\n]*(?:\n[^\n]*){0,7}?|(?:os\.walk|WalkDir|filepath\.Walk|Files\.walk|rglob|glob|enumerator|GetFiles|EnumerateFiles|walkTopDown|Dir\.glob|RecursiveDirectoryIterator|readdirSync|Get-ChildItem)[^\n]{0,80}(?:expanduser|Documents|\bHOME\b|homedir|user\.home|["']/(?:home|Users)\b|["']/["']|["']~|C:\\\\?Users|NSHomeDirectory|SpecialFolder|USERPROFILE|["']\.["'])[^\n]*(?:\n[^\n]*){0,7}?)"#,
                r#"(?:\.write\(\s*(?:os\.urandom|b?["']\\?x?0?|bytes\(|random)|urandom\(|truncate\(\s*0?\s*\)|WriteFile\([^,\n]+,\s*(?:nil|\[\]byte\{\})|writeFileSync\([^,\n]+,\s*["'][^"'\n]{0,12}["']|encrypt\w*\(|WriteAllBytes\([^,\n]+,\s*(?:new byte|Encrypt)|\.locked|\.encrypted|Cipher)"#
            ).to_owned(),
            "(?i)decrypt|backup|test", &[],
            "files of a user are walked through and overwritten",
            "Whose files are these, and how does the user get them back?",
        ),
        shape(
            "walking-wiper", "destructive", Severity::High,
            &["shred", "-delete", "mkfs", "of=/dev/", "vssadmin", "wipefs", "cipher /w", "format c:"], (0, 0),
            r#"(?i)\bfind\s+/(?:home|var|srv|etc|Users)?\s[^\n]*(?:-exec\s+(?:shred|rm)\b|-delete)|\bdd\s+if=/dev/(?:zero|u?random)\s[^\n]*of=/dev/(?:sd|nvme|vd|hd|disk|mmcblk)|\bmkfs\S*\s+(?:-\w+\s+)*/dev/(?:sd|nvme|vd|hd)a\b|vssadmin(?:\.exe)?["',\s]+delete\s+shadows|wipefs\s+-a\s+/dev/|cipher\s+/w"#.to_owned(),
            r"(?i)\$\{?\w*(?:tmp|build|dest|image|loop)", &["bash", "powershell", "batch", "python", "javascript", "csharp", "go", "c", "cpp", "ruby", "php", "java", "rust", "perl"],
            "what stands on a disk is destroyed",
            "When does this run, and on whose machine?",
        ),
        // Rights that a program gives itself.
        shape(
            "granted-rights", "trap.backdoor", Severity::High,
            &["nopasswd", "useradd", "adduser", "04755", "u+s", "4755", "-u 0", "net user", "new-localuser"], (1, 1),
            r#"(?is)NOPASSWD\s*:\s*ALL[^\n]*(?:>>?|tee|write|sudoers)|\buseradd\b[^\n]*\s-u\s*0\b|\busermod\b[^\n]*\s-u\s*0\b|(?:/bin/(?:ba|da|z)?sh\b[^\n]*\n?[^\n]*(?:chmod\s*\(?[^\n]*(?:0?4755|06755|u\+s|S_ISUID))|chmod\s+(?:0?4755|u\+s)\s+[^\n]*(?:bash|/sh\b|/tmp/))|net\s+user\s+\S+\s+\S+\s+/add[^\n]*(?:\n[^\n]*)?localgroup\s+administrators"#.to_owned(),
            r"(?i)\$\{?user|vagrant|devcontainer|runner|ubuntu|codespace|docker|sudoers\.d/\$", &["bash", "python", "c", "cpp", "go", "ruby", "javascript", "typescript", "powershell", "batch", "php", "java", "rust", "perl", "csharp"],
            "somebody is given the rights of the administrator without a password, or as a second one",
            "Who is meant to have these rights?",
        ),
        shape(
            "granted-rights", "trap.backdoor", Severity::High,
            &["prepare_kernel_cred("], (0, 1),
            r"commit_creds\s*\(\s*prepare_kernel_cred\s*\(\s*(?:NULL|0|&init_task)\s*\)\s*\)".to_owned(),
            "", &["c", "cpp"],
            "a driver gives whoever calls it all rights of the machine",
            "Who is meant to have these rights?",
        ),
        // What is decoded and loaded without ever being a file.
        shape(
            "decoded-code", "obf.encoded-exec", Severity::High,
            &["assembly.load(", "defineclass(", "inmemorydexclassloader(", "/proc/self/fd"], (14, 0),
            r"(?s)(?:FromBase64String|getDecoder\(\)|Base64\.decode|base64_decode|STANDARD\.decode|DecodeString|BASE64_STANDARD|hex::decode|b64decode|unhexlify).{0,700}?(?:Assembly\.Load\(|\bdefineClass\(|InMemoryDexClassLoader\(|/proc/self/fd)".to_owned(),
            r"(?i)certificate|signature|pem\b", &["csharp", "java", "kotlin", "go", "rust", "python", "c", "cpp", "powershell"],
            "code is decoded from a text and loaded from memory: it cannot be read where it stands, and no file of it is left",
            "What is this code, and why is it not part of the source?",
        ),
        shape(
            "dated-destruction", "trap.time-bomb", Severity::Medium,
            &["month", ".day", "getdate()", "dayofmonth"], (2, 4),
            concat!(
                r"(?s)\bif\b[^\n]{0,60}(?i:month\w*(?:\(\))?)\s*(?:===?|-eq|\beq\b)\s*(?:\d{1,2}|[\w.]*(?:January|February|March|April|May|June|July|August|September|October|November|December))\s*\)?\s*(?:and|&&|-and)\s*[^\n]{0,40}(?i:day\w*|getDate|date)(?:\(\))?\s*(?:===?|>=?|-eq|-ge|\beq\b)\s*\d{1,2}[^\n]*\n(?:[^\n]*\n){0,3}?[^\n]*",
                r"(?:\b[\w.]+\s*[-*]=|transfer\w*\(|\bsend\w*\(|pay\w*\(|\bunlink|remove\w*\(|delete\w*\(|rmtree|rm\s+-|exit\s*\(|\.Exit\(|return\s+(?:false|False|0|nil|null|None|true|True)\b|raise\s|throw\s)"
            ).to_owned(),
            r"(?i)leap|valid|parse|birthday|holiday|days_?in|feb|calendar|easter|greeting", &[],
            "on one day of the year the program does something else",
            "Why does the program do this on this day?",
        ),
    ]
}
