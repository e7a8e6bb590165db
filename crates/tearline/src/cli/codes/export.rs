//! `tearline codes export`: the codes of a pool into a file.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;

use clap::Args;
use tearline_app::imports;
use tearline_core::names::{ShopId, Slug};

use super::Format;
use super::progress::Progress;
use crate::local;
use crate::remote::RemoteFlags;
use crate::settings::{Flags, Settings};
use crate::shop::only_shop;
use crate::stop::Stop;

/// Writes all codes of a pool, with their terms and states, in the form that `tearline codes import` takes.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tearline codes export --pool thank-you > codes.csv
  tearline codes export --pool thank-you --format xlsx --output codes.xlsx")]
pub(super) struct Export {
    /// The pool
    #[arg(long)]
    pool: Slug,
    /// The shop; needed where the folder holds several
    #[arg(long)]
    shop: Option<ShopId>,
    /// How the file is written
    #[arg(long, default_value = "csv")]
    format: Format,
    /// The file [default: standard output]
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    flags: Flags,
    #[command(flatten)]
    remote: RemoteFlags,
}

impl Export {
    pub(super) fn run(self, out: &mut impl Write) -> Result<(), Stop> {
        let Some(path) = &self.output else { return self.write(out) };
        let file =
            File::create(path).map_err(|error| Stop::input([format!("{}: {error}", path.display())]))?;
        self.write(&mut BufWriter::new(file))
    }

    fn write(&self, out: &mut impl Write) -> Result<(), Stop> {
        match self.remote.open()? {
            Some(remote) => {
                let path = format!("/v1/pools/{}/export", self.pool);
                remote.download(&path, &[("format", self.format.name())], out)?;
            }
            None => self.write_locally(out)?,
        }
        Ok(out.flush()?)
    }

    fn write_locally(&self, out: &mut impl Write) -> Result<(), Stop> {
        let settings = Settings::gather(&self.flags, None)?;
        local::runtime()?.block_on(async {
            let app = local::open(&settings).await?;
            let shop = only_shop(&app, self.shop.clone()).await?;
            let parts = imports::export(&app, &shop, &self.pool, self.format.into()).await;
            let mut parts = parts.map_err(|error| Stop::input([error]))?;
            let (progress, mut written) = (Progress::bytes("writing", 0), 0);
            while let Some(part) = parts.recv().await {
                let part = part?;
                out.write_all(&part)?;
                written += part.len() as u64;
                progress.reached(written);
            }
            drop(progress);
            Ok(app.store.close().await.map_err(anyhow::Error::from)?)
        })
    }
}
