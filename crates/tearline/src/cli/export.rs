//! `tearline export`: a shop's documents as YAML.

use std::io::Write;

use clap::Args;
use tearline_app::configuration;
use tearline_core::document::Document;
use tearline_core::names::ShopId;
use tearline_core::yaml;

use crate::local;
use crate::remote::RemoteFlags;
use crate::settings::{Flags, Settings};
use crate::shop::only_shop;
use crate::stop::Stop;

/// Writes a shop's documents as YAML, in the form that `tearline apply` takes.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tearline export > shop.yaml
  tearline export --shop studio --server http://127.0.0.1:7070 --key sk_…")]
pub(crate) struct Export {
    /// The shop; needed where the folder holds several
    #[arg(long)]
    shop: Option<ShopId>,
    #[command(flatten)]
    flags: Flags,
    #[command(flatten)]
    remote: RemoteFlags,
}

impl Export {
    pub(crate) fn run(self, out: &mut impl Write) -> Result<(), Stop> {
        let text = match self.remote.open()? {
            Some(remote) => remote.export()?,
            None => self.export_locally()?,
        };
        out.write_all(text.as_bytes())?;
        Ok(out.flush()?)
    }

    fn export_locally(&self) -> Result<String, Stop> {
        let settings = Settings::gather(&self.flags, None)?;
        local::runtime()?.block_on(async {
            let app = local::open(&settings).await?;
            let shop = only_shop(&app, self.shop.clone()).await?;
            let exported = configuration::export(&app, &shop).await;
            app.store.close().await.map_err(anyhow::Error::from)?;
            let (_, documents) = exported.map_err(anyhow::Error::from)?;
            let values: Vec<_> = documents.iter().map(Document::to_value).collect();
            Ok(yaml::write(&values))
        })
    }
}
