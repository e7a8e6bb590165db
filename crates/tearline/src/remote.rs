//! The use cases over a running server.

use std::fs::File;
use std::io::{self, Write};

use anyhow::{Context as _, anyhow};
use clap::Args;
use serde::Deserialize;
use serde_json::Value;
use tearline_app::configuration::Manner;
use tearline_core::document::Document;
use tearline_core::plan::Difference;
use tearline_core::source::Sources;
use tearline_pricing::snapshot::faults::DocumentName;
use ureq::Agent;
use ureq::http::Response;

use crate::changes;
use crate::stop::Stop;

/// The flags that name a running server.
#[derive(Debug, Args)]
pub(crate) struct RemoteFlags {
    /// The address of a running server; absent = the folder of this machine
    #[arg(long, value_name = "URL", env = "TEARLINE_SERVER", requires = "key")]
    server: Option<String>,

    /// A secret key of the shop, for --server
    #[arg(long, value_name = "SECRET", env = "TEARLINE_KEY", hide_env_values = true)]
    key: Option<String>,
}

/// A running server.
pub(crate) struct Remote {
    address: String,
    key: String,
    agent: Agent,
}

/// What a server made of documents.
pub(crate) struct RemotelyApplied {
    /// The changes, as people read them.
    pub(crate) lines: Vec<String>,
    pub(crate) warnings: Vec<String>,
    pub(crate) config_version: u64,
}

impl RemoteFlags {
    /// The server that is named, if one is.
    pub(crate) fn open(&self) -> Result<Option<Remote>, Stop> {
        let Some(server) = &self.server else { return Ok(None) };
        let key = self
            .key
            .clone()
            .ok_or_else(|| Stop::input(["--server needs --key, a secret key of the shop"]))?;
        let address = server.trim_end_matches('/').to_owned();
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(std::time::Duration::from_mins(2)))
            .build()
            .into();
        Ok(Some(Remote { address, key, agent }))
    }
}

impl Remote {
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    pub(crate) fn export(&self) -> Result<String, Stop> {
        let request = self.agent.get(format!("{}/v1/configuration", self.address));
        let request = request.header("Accept", "application/yaml").header("Authorization", self.bearer());
        let (_, text) = self.answer(request.call())?;
        Ok(text)
    }

    pub(crate) fn apply(&self, sources: &Sources, manner: Manner) -> Result<RemotelyApplied, Stop> {
        let (dry_run, prune) = (manner.dry_run, manner.prune);
        let address = format!("{}/v1/configuration?dry_run={dry_run}&prune={prune}", self.address);
        let documents: Vec<Value> = sources.documents.iter().map(Document::to_value).collect();
        let request = self.agent.post(address).header("Authorization", self.bearer());
        let sent =
            request.header("Content-Type", "application/json").send(Value::from(documents).to_string());
        let (status, text) = self.answer_or(sent, |problem| problem.located(sources))?;
        let applied: Applied = serde_json::from_str(&text)
            .with_context(|| format!("{} answered {status} with something else", self.address))?;
        Ok(RemotelyApplied {
            lines: applied.changes.iter().flat_map(Change::lines).collect(),
            warnings: applied.warnings.iter().map(Warning::line).collect(),
            config_version: applied.config_version,
        })
    }

    /// Sends a file, however long that takes, and answers what the server says.
    pub(crate) fn upload(&self, path: &str, query: &[(&str, &str)], file: File) -> Result<Value, Stop> {
        let request = self.agent.post(format!("{}{path}", self.address));
        let request = request.config().timeout_global(None).build();
        let request = request.query_pairs(query.iter().copied()).header("Authorization", self.bearer());
        let sent = request.header("Content-Type", "application/octet-stream").send(file);
        self.value(sent)
    }

    pub(crate) fn read(&self, path: &str, query: &[(&str, &str)]) -> Result<Value, Stop> {
        let request = self.agent.get(format!("{}{path}", self.address));
        let request = request.query_pairs(query.iter().copied()).header("Authorization", self.bearer());
        self.value(request.call())
    }

    fn value(&self, called: Result<Response<ureq::Body>, ureq::Error>) -> Result<Value, Stop> {
        let (status, text) = self.answer(called)?;
        let value = serde_json::from_str(&text);
        Ok(value.with_context(|| format!("{} answered {status} with something else", self.address))?)
    }

    /// Writes an answer of any size as it comes.
    pub(crate) fn download(
        &self,
        path: &str,
        query: &[(&str, &str)],
        out: &mut impl Write,
    ) -> Result<(), Stop> {
        let request = self.agent.get(format!("{}{path}", self.address));
        let request = request.config().timeout_global(None).build();
        let request = request.query_pairs(query.iter().copied()).header("Authorization", self.bearer());
        let mut response = request.call().with_context(|| format!("{} cannot be reached", self.address))?;
        if !response.status().is_success() {
            return self.answer(Ok(response)).map(drop);
        }
        io::copy(&mut response.body_mut().as_reader(), out)?;
        Ok(())
    }

    fn bearer(&self) -> String {
        format!("Bearer {}", self.key)
    }

    fn answer(&self, called: Result<Response<ureq::Body>, ureq::Error>) -> Result<(u16, String), Stop> {
        self.answer_or(called, Problem::lines)
    }

    fn answer_or(
        &self,
        called: Result<Response<ureq::Body>, ureq::Error>,
        explain: impl FnOnce(&Problem) -> Vec<String>,
    ) -> Result<(u16, String), Stop> {
        let mut response = called.with_context(|| format!("{} cannot be reached", self.address))?;
        let status = response.status().as_u16();
        let text = response.body_mut().with_config().limit(256 * 1024 * 1024).read_to_string();
        let text = text.with_context(|| format!("the answer of {} cannot be read", self.address))?;
        match status {
            200..=299 => Ok((status, text)),
            400..=499 => {
                let problem: Problem = serde_json::from_str(&text).with_context(|| {
                    format!("{} answered {status}: is it a Tearline server?", self.address)
                })?;
                Err(Stop::input(explain(&problem)))
            }
            _ => Err(Stop::World(anyhow!("{} answered {status}: {text}", self.address))),
        }
    }
}

/// What a server says of a request that it refuses.
#[derive(Deserialize)]
struct Problem {
    title: String,
    #[serde(default)]
    detail: Option<String>,
    #[serde(default)]
    errors: Vec<ProblemError>,
}

#[derive(Deserialize)]
struct ProblemError {
    pointer: String,
    message: String,
}

impl Problem {
    fn lines(&self) -> Vec<String> {
        let errors = self.errors.iter().map(|error| format!("  {}: {}", error.pointer, error.message));
        let detail = self.detail.as_ref().map_or(String::new(), |detail| format!(": {detail}"));
        std::iter::once(format!("{}{detail}", self.title)).chain(errors).collect()
    }

    /// The faults with file and line, where they point into the documents that were sent.
    fn located(&self, sources: &Sources) -> Vec<String> {
        let located: Option<Vec<String>> = self.errors.iter().map(|error| error.located(sources)).collect();
        located.filter(|lines| !lines.is_empty()).unwrap_or_else(|| self.lines())
    }
}

impl ProblemError {
    /// `/2/benefits/0` is in the third document.
    fn located(&self, sources: &Sources) -> Option<String> {
        let (index, rest) =
            self.pointer.strip_prefix('/')?.split_once('/').unwrap_or((&self.pointer[1..], ""));
        let document = sources.documents.get(index.parse::<usize>().ok()?)?;
        let pointer = if rest.is_empty() { String::new() } else { format!("/{rest}") };
        Some(sources.at(&document.key, &pointer, self.message.clone()).to_string())
    }
}

#[derive(Deserialize)]
struct Applied {
    config_version: u64,
    changes: Vec<Change>,
    warnings: Vec<Warning>,
}

#[derive(Deserialize)]
struct Warning {
    document: DocumentName,
    message: String,
}

impl Warning {
    fn line(&self) -> String {
        format!("{}: {}", self.document, self.message)
    }
}

#[derive(Deserialize)]
struct Change {
    kind: String,
    id: String,
    action: Action,
    #[serde(default)]
    sentence: Option<String>,
    #[serde(default)]
    differences: Vec<Difference>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Action {
    Create,
    Update,
    Delete,
    Keep,
}

impl Change {
    fn lines(&self) -> Vec<String> {
        let (key, sentence) = (format!("{}/{}", self.kind, self.id), self.sentence.as_deref());
        match self.action {
            Action::Create => changes::created(&key, sentence),
            Action::Update => changes::updated(&key, sentence, &self.differences),
            Action::Delete => vec![changes::deleted(&key)],
            Action::Keep => Vec::new(),
        }
    }
}
