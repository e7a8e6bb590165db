//! Where settings come from: flags, then `TEARLINE_…` variables, then `tearline.toml`, then defaults.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Deserialize;
use tearline_app::imports::spool::SpoolBounds;

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
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) data: PathBuf,
    pub(crate) listen: SocketAddr,
    /// How large files of codes may be, each and all together.
    pub(crate) files: SpoolBounds,
    /// Whether somebody named the folder.
    pub(crate) data_is_given: bool,
}

impl Settings {
    /// Gathers the settings that hold.
    pub(crate) fn gather(flags: &Flags, listen: Option<&ListenFlags>) -> Result<Self, Stop> {
        let file = read(flags.config.as_deref())?;
        let (data, usual) = (flags.data.clone().or(file.data), SpoolBounds::default());
        Ok(Self {
            data_is_given: data.is_some(),
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
