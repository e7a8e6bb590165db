//! `tearline apply`: documents into a shop.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use tearline_app::configuration::{self, Applied, ConfigureError, Manner};
use tearline_core::names::ShopId;
use tearline_core::plan::Change;
use tearline_core::source::Sources;

use crate::changes;
use crate::input;
use crate::local;
use crate::remote::{Remote, RemoteFlags};
use crate::settings::{Flags, Settings};
use crate::shop::only_shop;
use crate::stop::Stop;

/// Applies documents to a shop: shows what changes, checks it all together, and writes all of it or nothing.
///
/// Applying the same twice changes nothing the second time. What the shop has and the files do not name stays,
/// unless --prune says that it goes.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tearline apply -f examples/studio.yaml
  tearline apply -f documents/ --dry-run
  tearline apply -f shop.yaml --server http://127.0.0.1:7070 --key sk_…")]
pub(crate) struct Apply {
    /// A YAML file with documents, or a folder of them; may be given several times
    #[arg(short, long = "file", value_name = "FILE", required = true)]
    files: Vec<PathBuf>,

    /// The shop; needed where the files hold no document of kind `shop` and the folder holds several shops
    #[arg(long)]
    shop: Option<ShopId>,

    /// Show what would change, and write nothing
    #[arg(long)]
    dry_run: bool,

    /// Delete what the shop has and the files do not name
    #[arg(long)]
    prune: bool,

    #[command(flatten)]
    flags: Flags,
    #[command(flatten)]
    remote: RemoteFlags,
}

impl Apply {
    pub(crate) fn run(self, out: &mut impl Write, err: &mut impl Write) -> Result<(), Stop> {
        let sources = input::shop(&self.files)?;
        let named = sources.shop().map_err(|fault| Stop::input([fault]))?;
        if let (Some(named), Some(wanted)) = (&named, &self.shop)
            && named != wanted
        {
            return Err(Stop::input([format!(
                "--shop says `{wanted}`, and the files describe shop `{named}`"
            )]));
        }
        let manner = Manner { prune: self.prune, dry_run: self.dry_run };
        match self.remote.open()? {
            Some(remote) => apply_remotely(&remote, &sources, manner, out, err),
            None => self.apply_locally(&sources, named, manner, out, err),
        }
    }

    fn apply_locally(
        &self,
        sources: &Sources,
        named: Option<ShopId>,
        manner: Manner,
        out: &mut impl Write,
        err: &mut impl Write,
    ) -> Result<(), Stop> {
        let settings = Settings::gather(&self.flags, None)?;
        let (shop, applied) = local::runtime()?.block_on(async {
            let app = local::open(&settings).await?;
            let shop = only_shop(&app, named.or_else(|| self.shop.clone())).await?;
            let applied =
                configuration::apply(&app, &shop, sources.documents.clone(), manner, "tearline apply").await;
            app.store.close().await.map_err(anyhow::Error::from)?;
            Ok::<_, Stop>((shop, applied.map_err(|error| explain(error, sources))?))
        })?;
        tell(&shop, &applied, manner, out, err)
    }
}

fn apply_remotely(
    remote: &Remote,
    sources: &Sources,
    manner: Manner,
    out: &mut impl Write,
    err: &mut impl Write,
) -> Result<(), Stop> {
    let applied = remote.apply(sources, manner)?;
    for line in &applied.lines {
        writeln!(out, "{line}")?;
    }
    for warning in &applied.warnings {
        writeln!(err, "warning: {warning}")?;
    }
    writeln!(out, "{}", closing(remote.address(), applied.lines.is_empty(), applied.config_version, manner))?;
    Ok(out.flush()?)
}

/// Says what is wrong, with file and line where a document of the files is meant.
fn explain(error: ConfigureError, sources: &Sources) -> Stop {
    match error {
        ConfigureError::Faults(faults) => Stop::input(faults.iter().map(|fault| sources.locate(fault))),
        ConfigureError::Conflict(conflicts) => Stop::input(conflicts),
        ConfigureError::OtherShop { .. } => Stop::input([error]),
        ConfigureError::App(error) => Stop::World(error.into()),
    }
}

fn tell(
    shop: &ShopId,
    applied: &Applied,
    manner: Manner,
    out: &mut impl Write,
    err: &mut impl Write,
) -> Result<(), Stop> {
    let said = |change: &Change| applied.sentences.get(&change.key).map(String::as_str);
    let lines = applied.plan.changes.iter().flat_map(|change| changes::planned(change, said(change)));
    let lines: Vec<String> = lines.collect();
    for line in &lines {
        writeln!(out, "{line}")?;
    }
    for warning in &applied.warnings {
        writeln!(err, "warning: {warning}")?;
    }
    writeln!(
        out,
        "{}",
        closing(&format!("Shop `{shop}`"), lines.is_empty(), applied.config_version, manner)
    )?;
    Ok(out.flush()?)
}

fn closing(what: &str, unchanged: bool, config_version: u64, manner: Manner) -> String {
    match (unchanged, manner.dry_run) {
        (true, _) => format!("{what} is as asked already, at version {config_version}."),
        (false, true) => format!("{what} would change; nothing was written (--dry-run)."),
        (false, false) => format!("{what} is at version {config_version}."),
    }
}
