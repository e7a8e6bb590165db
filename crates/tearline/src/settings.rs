//! Where settings come from: flags, then `TEARLINE_…` variables, then `tearline.toml`, then defaults.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Deserialize;
use tearline_app::imports::spool::SpoolBounds;

use tearline_store::{PostgresAddress, StoreError};

use crate::stop::Stop;

/// The address on which the server listens unless told otherwise: this machine alone.
const LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 7_070);
/// The folder that holds everything unless told otherwise.
const DATA: &str = "tearline-data";
/// The file that is read if it is there.
const FILE: &str = "tearline.toml";

/// The flags by which settings are given.
#[derive(Debug, Args)]
pub(crate) struct Flags {
    /// The folder that holds everything Tearline remembers [default: tearline-data]
    #[arg(long, value_name = "DIR", env = "TEARLINE_DATA")]
    pub(crate) data: Option<PathBuf>,

    /// A PostgreSQL database that remembers it instead, and that several servers may share:
    /// `postgres://user@host/database?sslmode=require`. The folder then only holds files on their way in
    #[arg(long, value_name = "URL", env = "TEARLINE_DATABASE", hide_env_values = true)]
    pub(crate) database: Option<String>,

    /// A file with settings [default: tearline.toml, if there is one]
    #[arg(long, value_name = "FILE", env = "TEARLINE_CONFIG")]
    pub(crate) config: Option<PathBuf>,
}

/// The flags of commands that listen.
#[derive(Debug, Args)]
pub(crate) struct ListenFlags {
    /// The address to listen on; port 0 takes a free one [default: 127.0.0.1:7070]
    #[arg(long, value_name = "ADDRESS", env = "TEARLINE_LISTEN")]
    pub(crate) listen: Option<SocketAddr>,
}

/// What a settings file may say.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    data: Option<PathBuf>,
    database: Option<String>,
    listen: Option<SocketAddr>,
    #[serde(default)]
    files: Files,
}

/// How large files of codes may be.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Files {
    file_bytes_max: Option<u64>,
    folder_bytes_max: Option<u64>,
}

/// The settings that hold.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) data: PathBuf,
    /// The database that remembers everything, where it is not a file in the folder.
    pub(crate) database: Option<PostgresAddress>,
    pub(crate) listen: SocketAddr,
    /// How large files of codes may be, each and all together.
    pub(crate) files: SpoolBounds,
    /// Whether somebody named the folder.
    pub(crate) data_is_given: bool,
}

impl std::fmt::Display for Settings {
    /// Where everything is remembered.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.database {
            Some(database) => database.fmt(f),
            None => self.data.display().fmt(f),
        }
    }
}

impl Settings {
    /// The folder, for what is done to a file in it; a database server has programs of its own for that.
    pub(crate) fn only_folder(self, instead: &str) -> Result<PathBuf, Stop> {
        match self.database {
            Some(database) => {
                Err(Stop::input([format!("{database} is not a file: use {instead} of PostgreSQL")]))
            }
            None => Ok(self.data),
        }
    }

    /// Gathers the settings that hold.
    pub(crate) fn gather(flags: &Flags, listen: Option<&ListenFlags>) -> Result<Self, Stop> {
        let file = read(flags.config.as_deref())?;
        // Read here, as a complaint about a flag would repeat it with its password.
        let database = flags.database.as_ref().or(file.database.as_ref()).map(|address| address.parse());
        let database = database.transpose().map_err(|error: StoreError| Stop::input([error.to_string()]))?;
        let (data, usual) = (flags.data.clone().or(file.data), SpoolBounds::default());
        Ok(Self {
            data_is_given: data.is_some(),
            database,
            data: data.unwrap_or_else(|| PathBuf::from(DATA)),
            files: SpoolBounds {
                file_bytes_max: file.files.file_bytes_max.unwrap_or(usual.file_bytes_max),
                folder_bytes_max: file.files.folder_bytes_max.unwrap_or(usual.folder_bytes_max),
            },
            listen: listen.and_then(|flags| flags.listen).or(file.listen).unwrap_or(LISTEN),
        })
    }
}

fn read(named: Option<&Path>) -> Result<File, Stop> {
    let path = named.unwrap_or(Path::new(FILE));
    match fs::read_to_string(path) {
        Ok(text) => {
            toml::from_str(&text).map_err(|error| Stop::input([format!("{}: {error}", path.display())]))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound && named.is_none() => Ok(File::default()),
        Err(error) => Err(Stop::input([format!("{}: {error}", path.display())])),
    }
}
