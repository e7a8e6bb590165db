//! `tearline serve`: the server.

use std::future::Future;
use std::io::Write;
use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context as _;
use clap::Args;
use tearline_app::App;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::local;
use crate::settings::{Flags, ListenFlags, Settings};
use crate::stop::Stop;

/// Serves the API: prices carts, keeps the configuration.
///
/// Settings come from flags, then TEARLINE_… variables, then tearline.toml, then defaults. Stops on SIGINT or
/// SIGTERM after answering what it has begun.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tearline serve
  tearline serve --data /var/lib/tearline --listen 127.0.0.1:8080
  tearline serve --database postgres://tearline@db.example/tearline?sslmode=require")]
pub(crate) struct Serve {
    #[command(flatten)]
    flags: Flags,
    #[command(flatten)]
    listen: ListenFlags,
}

impl Serve {
    pub(crate) fn run(self, out: &mut impl Write) -> Result<(), Stop> {
        let settings = Settings::gather(&self.flags, Some(&self.listen))?;
        log_to_stderr();
        let runtime = local::runtime()?;
        runtime.block_on(async {
            let app = local::open_for_files(&settings).await?;
            let listener = listen(settings.listen).await?;
            let address = listener.local_addr()?;
            writeln!(out, "Tearline serves {settings} on http://{address}")?;
            writeln!(out, "  API, to try in the browser: http://{address}/docs")?;
            if app.store.shops(None, 1).await.map_err(anyhow::Error::from)?.is_empty() {
                writeln!(out, "  There is no shop yet. Stop the server, then: tearline apply -f shop.yaml && tearline key create")?;
            }
            out.flush()?;
            serve(app, listener).await
        })
    }
}

/// Serves until a signal, then closes the store.
pub(crate) async fn serve(app: Arc<App>, listener: TcpListener) -> Result<(), Stop> {
    let stop = stopped()?;
    let served = tearline_web::serve(listener, Arc::clone(&app), stop).await;
    let closed = app.store.close().await;
    served.context("the server failed")?;
    Ok(closed.context("the store could not be closed")?)
}

/// Binds an address.
pub(crate) async fn listen(address: SocketAddr) -> Result<TcpListener, Stop> {
    let bound = TcpListener::bind(address).await;
    Ok(bound.with_context(|| format!("cannot listen on {address}: choose another with --listen"))?)
}

fn stopped() -> Result<impl Future<Output = ()> + Send + 'static, Stop> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Structured lines where nobody watches, readable ones on a terminal; `TEARLINE_LOG` says how much.
pub(crate) fn log_to_stderr() {
    use std::io::IsTerminal as _;
    let filter = tracing_subscriber::EnvFilter::try_from_env("TEARLINE_LOG");
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter.unwrap_or_else(|_| "info".into()))
        .with_writer(std::io::stderr);
    if std::io::stderr().is_terminal() { lines.init() } else { lines.json().init() }
}
