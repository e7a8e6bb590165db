//! `tearline key`: secret API keys.

use std::io::Write;

use clap::{Args, Subcommand};
use tearline_app::keys;
use tearline_core::names::{ShopId, Slug};
use tearline_store::ApiKey;

use crate::local;
use crate::settings::{Flags, Settings};
use crate::shop::only_shop;
use crate::stop::Stop;

/// Makes, lists and revokes the secret keys with which programs speak for a shop.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tearline key create --shop studio --name checkout
  tearline key list --shop studio
  tearline key revoke key-1f0c22ab --shop studio")]
pub(crate) struct Key {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Make a key and print its secret, which is shown this once and stored only as a hash
    Create {
        #[command(flatten)]
        whose: Whose,
        /// What the key is for, as lists show it
        #[arg(long, default_value = "unnamed")]
        name: String,
    },
    /// List the keys of a shop
    List {
        #[command(flatten)]
        whose: Whose,
    },
    /// Revoke a key at once
    Revoke {
        /// The key's id, as `list` shows it
        id: Slug,
        #[command(flatten)]
        whose: Whose,
    },
}

#[derive(Debug, Args)]
struct Whose {
    /// The shop; needed where the folder holds several
    #[arg(long)]
    shop: Option<ShopId>,
    #[command(flatten)]
    flags: Flags,
}

impl Key {
    pub(crate) fn run(self, out: &mut impl Write) -> Result<(), Stop> {
        let whose = match &self.action {
            Action::Create { whose, .. } | Action::List { whose } | Action::Revoke { whose, .. } => whose,
        };
        let settings = Settings::gather(&whose.flags, None)?;
        local::runtime()?.block_on(async {
            let app = local::open(&settings).await?;
            let shop = only_shop(&app, whose.shop.clone()).await?;
            let done = act(&app, &shop, &self.action, out).await;
            app.store.close().await.map_err(anyhow::Error::from)?;
            done
        })
    }
}

async fn act(
    app: &tearline_app::App,
    shop: &ShopId,
    action: &Action,
    out: &mut impl Write,
) -> Result<(), Stop> {
    match action {
        Action::Create { name, .. } => {
            let key = keys::create(app, shop, name).await.map_err(anyhow::Error::from)?;
            writeln!(out, "{}", key.secret)?;
        }
        Action::List { .. } => list(app, shop, out).await?,
        Action::Revoke { id, .. } => {
            if !keys::revoke(app, shop, id).await.map_err(anyhow::Error::from)? {
                return Err(Stop::input([format!("shop `{shop}` has no key `{id}` in force")]));
            }
            writeln!(out, "revoked {id}")?;
        }
    }
    Ok(())
}

async fn list(app: &tearline_app::App, shop: &ShopId, out: &mut impl Write) -> Result<(), Stop> {
    const PAGE: u32 = 200;
    let mut after: Option<Slug> = None;
    loop {
        let page = app.store.keys(shop, after.as_ref(), PAGE).await.map_err(anyhow::Error::from)?;
        if page.is_empty() && after.is_none() {
            writeln!(out, "shop `{shop}` has no keys yet; make one with: tearline key create --shop {shop}")?;
        }
        for key in &page {
            writeln!(out, "{}", line(key))?;
        }
        match page.last() {
            Some(last) if page.len() == PAGE as usize => after = Some(last.id.clone()),
            _ => return Ok(()),
        }
    }
}

fn line(key: &ApiKey) -> String {
    let state = key.revoked_at.map_or("in force".to_owned(), |at| format!("revoked {at:.0}"));
    format!("{:<16} {:<24} made {:.0}  {state}", key.id.as_str(), key.name, key.created_at)
}
