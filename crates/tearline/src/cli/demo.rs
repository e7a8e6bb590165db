//! `tearline demo`: two filled shops to try everything on.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use tearline_app::configuration::{self, Manner};
use tearline_app::{App, keys};
use tearline_core::names::ShopId;
use tearline_core::source::Sources;

use crate::cli::serve::{listen, log_to_stderr, serve};
use crate::local;
use crate::settings::{Flags, ListenFlags, Settings};
use crate::stop::Stop;

/// The shops, as they stand in the project's folder `examples/`.
const SHOPS: [(&str, &str); 2] = [
    ("examples/studio.yaml", include_str!("../../../../examples/studio.yaml")),
    ("examples/shop.yaml", include_str!("../../../../examples/shop.yaml")),
];

/// Serves two filled shops, a photo studio and a small online shop, and says what to try.
///
/// Everything is forgotten at the end, unless --data names a folder.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tearline demo
  tearline demo --data my-demo --listen 127.0.0.1:8080")]
pub(crate) struct Demo {
    #[command(flatten)]
    flags: Flags,
    #[command(flatten)]
    listen: ListenFlags,
}

/// A shop that is ready, and a key to it.
struct Ready {
    shop: ShopId,
    secret: String,
}

impl Demo {
    pub(crate) fn run(self, out: &mut impl Write) -> Result<(), Stop> {
        let mut settings = Settings::gather(&self.flags, Some(&self.listen))?;
        let throw_away = if settings.data_is_given { None } else { Some(tempfile::tempdir()?) };
        if let Some(folder) = &throw_away {
            settings.data = PathBuf::from(folder.path());
        }
        log_to_stderr();
        local::runtime()?.block_on(async {
            let listener = listen(settings.listen).await?;
            let app = local::open_for_files(&settings).await?;
            let mut ready = Vec::new();
            for (file, text) in SHOPS {
                ready.push(fill(&app, file, text).await?);
            }
            let address = listener.local_addr()?;
            let kept = throw_away.is_none().then_some(&settings.data);
            welcome(address, &ready, kept, out)?;
            serve(app, listener).await
        })
    }
}

/// Applies a shop's documents, and makes a key to it.
async fn fill(app: &App, file: &str, text: &str) -> Result<Ready, Stop> {
    let mut sources = Sources::default();
    sources.read(file, text).map_err(Stop::input)?;
    let shop = sources.shop().map_err(|fault| Stop::input([fault]))?;
    let shop = shop.ok_or_else(|| Stop::input([format!("{file} has no document of kind `shop`")]))?;
    let applied =
        configuration::apply(app, &shop, sources.documents, Manner::default(), "tearline demo").await;
    applied.map_err(anyhow::Error::from)?;
    let key = keys::create(app, &shop, "demo").await.map_err(anyhow::Error::from)?;
    Ok(Ready { shop, secret: key.secret })
}

fn welcome(
    address: SocketAddr,
    ready: &[Ready],
    kept: Option<&PathBuf>,
    out: &mut impl Write,
) -> io::Result<()> {
    writeln!(out, "Tearline's demo listens on http://{address}")?;
    match kept {
        Some(folder) => writeln!(out, "  what you change is kept in {}\n", folder.display())?,
        None => writeln!(out, "  what you change is forgotten at the end; --data DIR keeps it\n")?,
    }
    for Ready { shop, secret } in ready {
        writeln!(out, "  shop {shop:<12} secret key {secret}")?;
    }
    writeln!(out)?;
    for Ready { shop, secret } in ready {
        for (what, request) in tries(shop.as_str()) {
            writeln!(out, "# {what}\n{}\n", request.curl(address, secret))?;
        }
    }
    writeln!(out, "# all of it in the browser\nhttp://{address}/docs\n\nStop with Ctrl-C.")?;
    out.flush()
}

/// A request to try.
enum Request {
    Get(&'static str),
    Post(&'static str, &'static str),
}

impl Request {
    fn curl(&self, address: SocketAddr, secret: &str) -> String {
        let key = format!("-H 'Authorization: Bearer {secret}'");
        match self {
            Self::Get(path) => format!("curl -s http://{address}{path} {key}"),
            Self::Post(path, body) => {
                format!(
                    "curl -s 'http://{address}{path}' {key} \\\n  -H 'Content-Type: application/json' -d '{}'",
                    on_one_line(body)
                )
            }
        }
    }
}

/// What to try on a shop, with what it shows.
fn tries(shop: &str) -> Vec<(&'static str, Request)> {
    match shop {
        "studio" => vec![
            (
                "a spring order: bulk prices, a free 4x5, 10 % off the order and a coupon; $53.48 are due",
                Request::Post("/v1/quotes", include_str!("../../../../examples/cart-studio-spring.json")),
            ),
            (
                "nine codes at once, and why each applies, waits or is refused",
                Request::Post(
                    "/v1/quotes?expand=trace",
                    include_str!("../../../../examples/cart-studio-codes.json"),
                ),
            ),
            ("the studio's promotions", Request::Get("/v1/promotions")),
        ],
        _ => vec![(
            "prices that contain their tax, a bulk discount and a gift card that nothing lowers",
            Request::Post("/v1/quotes", include_str!("../../../../examples/cart-shop-welcome.json")),
        )],
    }
}

/// A JSON text on one line.
fn on_one_line(json: &str) -> String {
    serde_json::from_str::<serde_json::Value>(json)
        .map_or_else(|_| json.to_owned(), |value| value.to_string())
}
