//! Answering a socket.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::serve::ListenerExt;
use tearline_app::App;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::router;

/// How long requests that are under way may take once the server is told to stop.
pub const GRACE: Duration = Duration::from_secs(10);

/// Answers a socket until `shutdown` is done, then finishes what was begun, for at most [`GRACE`].
///
/// Beside it, changes that reach the store by other ways are followed ([`App::follow_changes`]), and what quotes show
/// is written down ([`App::keep_noticing`]), and jobs are done ([`App::work`]).
///
/// # Errors
///
/// The socket failed.
pub async fn serve(
    listener: TcpListener,
    app: Arc<App>,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let follower = tokio::spawn({
        let app = Arc::clone(&app);
        async move { app.follow_changes().await }
    });
    let noting = tokio::spawn({
        let app = Arc::clone(&app);
        async move { app.keep_noticing().await }
    });
    let working = tokio::spawn({
        let app = Arc::clone(&app);
        async move { app.work().await }
    });
    let last = Arc::clone(&app);
    let (told, tell) = oneshot::channel();
    let told_to_stop = async move {
        shutdown.await;
        // Nobody listens any more if the socket has failed.
        let _ = told.send(());
    };
    // Answers are small and written whole: waiting to fill a packet would only cost time.
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection keeps its delay");
        }
    });
    let server = axum::serve(listener, router(app)).with_graceful_shutdown(told_to_stop);
    let served = tokio::select! {
        served = server.into_future() => served,
        () = out_of_patience(tell) => Ok(()),
    };
    follower.abort();
    noting.abort();
    working.abort();
    last.write_down().await;
    served
}

async fn out_of_patience(tell: oneshot::Receiver<()>) {
    if tell.await.is_err() {
        return std::future::pending().await;
    }
    tokio::time::sleep(GRACE).await;
    tracing::warn!(grace_s = GRACE.as_secs(), "requests were under way for too long and are cut off");
}
