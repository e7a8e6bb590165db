//! The program's server, as people start it: a process of its own on a free port.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use ureq::Agent;

/// The program.
pub(crate) fn tearline() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tearline"));
    command.env("TEARLINE_LOG", "warn");
    command
}

/// Runs the program to its end, which must be a good one; answers with what it printed.
pub(crate) fn run(command: &mut Command) -> String {
    let output = command.output().expect("the program starts");
    assert!(output.status.success(), "{command:?}: {}", text(&output.stderr));
    text(&output.stdout)
}

/// What a run printed for people who made a mistake.
pub(crate) fn fails(command: &mut Command) -> (i32, String) {
    let Output { status, stderr, .. } = command.output().expect("the program starts");
    (status.code().expect("it ended by itself"), text(&stderr))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A running server; it ends with the value.
pub(crate) struct Server {
    child: Child,
    /// The lines that it printed while it started.
    pub(crate) lines: Vec<String>,
    /// Its address, `http://127.0.0.1:40123`.
    pub(crate) address: String,
}

impl Server {
    /// Starts `tearline serve` on a folder.
    pub(crate) fn serve(data: &Path) -> Self {
        Self::start(tearline().arg("serve").arg("--data").arg(data), "/docs")
    }

    /// Starts a command that serves, and reads what it prints up to a line that ends like this.
    pub(crate) fn start(command: &mut Command, last_line: &str) -> Self {
        command.args(["--listen", "127.0.0.1:0"]).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().expect("the program starts");
        let mut lines = Vec::new();
        for line in BufReader::new(child.stdout.take().expect("it is piped")).lines() {
            lines.push(line.expect("it prints text"));
            if lines.last().is_some_and(|line| line.ends_with(last_line)) {
                break;
            }
        }
        let address = lines.first().and_then(|line| line.split("http://").nth(1));
        let address = format!("http://{}", address.expect("the first line names the address"));
        Self { child, lines, address }
    }

    /// Sends a request with a key; answers with status and body.
    pub(crate) fn post(&self, key: &str, path: &str, body: &Value) -> (u16, Value) {
        let request = agent().post(format!("{}{path}", self.address));
        let request = request.header("Authorization", format!("Bearer {key}"));
        let sent = request.header("Content-Type", "application/json").send(body.to_string());
        answer(sent.expect("the server answers"))
    }

    /// Asks for a path with a key; answers with status and body.
    pub(crate) fn get(&self, key: &str, path: &str) -> (u16, Value) {
        let request = agent().get(format!("{}{path}", self.address));
        answer(request.header("Authorization", format!("Bearer {key}")).call().expect("the server answers"))
    }

    /// Sends a signal and waits for the end; answers whether it was a good one.
    pub(crate) fn signal(&mut self, signal: &str) -> bool {
        let pid = self.child.id().to_string();
        run(Command::new("kill").args([signal, &pid]));
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(20) {
            if let Some(status) = self.child.try_wait().expect("it is our child") {
                return status.success();
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        panic!("the server did not stop");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn agent() -> Agent {
    Agent::config_builder().http_status_as_error(false).build().into()
}

fn answer(mut response: ureq::http::Response<ureq::Body>) -> (u16, Value) {
    let status = response.status().as_u16();
    let text = response.body_mut().read_to_string().expect("the answer is text");
    (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}
