//! A shop with a key, and requests to it that look at what every answer must have.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode};
use axum::{Router, body};
use serde_json::{Value, json};
use tearline_app::clock::{Clock, StillClock, SystemClock};
use tearline_app::imports::spool::{Spool, SpoolBounds};
use tearline_app::{App, keys};
use tearline_store::{ModelStore, SqliteStore, Store};
use tearline_web::problem::ProblemKind;
use tempfile::TempDir;
use tower::ServiceExt;

/// An API over a store, and a key to a shop.
pub(crate) struct World {
    pub(crate) app: Arc<App>,
    pub(crate) router: Router,
    pub(crate) key: String,
    files: Arc<TempDir>,
    _folder: Option<TempDir>,
}

/// The largest file of codes that is taken, in bytes.
pub(crate) const FILE_BYTES_MAX: usize = 1_000_000;

/// What was answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The body, if the answer has this status.
    #[track_caller]
    pub(crate) fn ok(&self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        if self.text.is_empty() { Value::Null } else { self.json() }
    }

    /// The problem, if it is of this kind.
    #[track_caller]
    pub(crate) fn problem(&self, kind: ProblemKind) -> Value {
        assert_eq!(self.status, kind.status(), "{}", self.text);
        let problem = self.json();
        assert_eq!(problem["code"], kind.code(), "{problem}");
        problem
    }

    /// The first of the problem's errors: its place, its code and its message.
    #[track_caller]
    pub(crate) fn error(&self, kind: ProblemKind) -> (String, String, String) {
        let problem = self.problem(kind);
        let text = |field: &str| problem["errors"][0][field].as_str().unwrap_or_default().to_owned();
        (text("pointer"), text("code"), text("message"))
    }
}

/// Calls a test with an empty shop on each kind of store.
pub(crate) async fn on_every_store(test: impl AsyncFn(World)) {
    test(World::new(Arc::new(ModelStore::new()), None).await).await;
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&folder.path().join("tearline.db"), SystemClock.now()).unwrap();
    test(World::new(Arc::new(store), Some(folder)).await).await;
}

/// Calls a test with an empty shop on each kind of store, at a time that stands still until the test moves it.
pub(crate) async fn on_every_store_at(instant: &str, test: impl AsyncFn(World, &StillClock)) {
    let clock = Arc::new(StillClock::at(instant.parse().unwrap()));
    test(World::with(Arc::new(ModelStore::new()), clock.clone(), None).await, &clock).await;
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(StillClock::at(instant.parse().unwrap()));
    let store = SqliteStore::open(&folder.path().join("tearline.db"), clock.now()).unwrap();
    test(World::with(Arc::new(store), clock.clone(), Some(folder)).await, &clock).await;
}

/// An empty shop in memory.
pub(crate) async fn world() -> World {
    World::new(Arc::new(ModelStore::new()), None).await
}

impl World {
    pub(crate) async fn new(store: Arc<dyn Store>, folder: Option<TempDir>) -> Self {
        Self::with(store, Arc::new(SystemClock), folder).await
    }

    pub(crate) async fn with(store: Arc<dyn Store>, clock: Arc<dyn Clock>, folder: Option<TempDir>) -> Self {
        let files = Arc::new(tempfile::tempdir().unwrap());
        let bounds = SpoolBounds { file_bytes_max: FILE_BYTES_MAX as u64, ..SpoolBounds::default() };
        let spool = Spool::open(files.path(), bounds).unwrap();
        let app = Arc::new(App::new(store, clock).with_spool(spool));
        let key = keys::create(&app, &"studio".parse().unwrap(), "test").await.unwrap().secret;
        Self { router: tearline_web::router(Arc::clone(&app)), app, key, files, _folder: folder }
    }

    pub(crate) async fn key_of(&self, shop: &str) -> String {
        keys::create(&self.app, &shop.parse().unwrap(), "test").await.unwrap().secret
    }

    /// The same API with a key to another shop.
    pub(crate) async fn of_shop(&self, shop: &str) -> Self {
        let key = self.key_of(shop).await;
        let (app, files) = (Arc::clone(&self.app), Arc::clone(&self.files));
        Self { app, router: self.router.clone(), key, files, _folder: None }
    }

    /// How many files of codes are kept, of imports and of uploads.
    pub(crate) fn files_left(&self) -> usize {
        let names = std::fs::read_dir(self.files.path()).unwrap().map(|file| file.unwrap().file_name());
        names.filter(|name| name != "id").count()
    }

    /// A request with the key, to be finished by the caller.
    pub(crate) fn request(&self, method: &str, path: &str) -> axum::http::request::Builder {
        Request::builder()
            .method(Method::from_bytes(method.as_bytes()).unwrap())
            .uri(path)
            .header("authorization", format!("Bearer {}", self.key))
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, sent) = response.into_parts();
        let text = body::to_bytes(sent, usize::MAX).await.unwrap();
        let text = String::from_utf8_lossy(&text).into_owned();
        let answer = Answer { status: parts.status, headers: parts.headers, text };
        check_every(&answer);
        answer
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(self.request("GET", path).body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.send(self.request("DELETE", path).body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn send_json(&self, method: &str, path: &str, body: &Value) -> Answer {
        self.send_with(method, path, &[], body).await
    }

    /// Sends JSON with more headers.
    pub(crate) async fn send_with(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &Value,
    ) -> Answer {
        let mut request = self.request(method, path).header("content-type", "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(Body::from(body.to_string())).unwrap()).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send_json("POST", path, body).await
    }

    pub(crate) async fn put(&self, path: &str, body: &Value) -> Answer {
        self.send_json("PUT", path, body).await
    }

    pub(crate) async fn patch(&self, path: &str, body: &Value) -> Answer {
        self.send_json("PATCH", path, body).await
    }
}

/// What every answer has, and every problem.
fn check_every(answer: &Answer) {
    assert!(!answer.header("x-request-id").is_empty());
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    if !answer.status.is_client_error() && !answer.status.is_server_error() {
        return;
    }
    assert_eq!(answer.header("content-type"), "application/problem+json");
    let problem = answer.json();
    let code = problem["code"].as_str().unwrap();
    let kind = ProblemKind::of_code(code).unwrap_or_else(|| panic!("unknown code {code}"));
    assert_eq!(problem["type"], format!("/problems/{code}"));
    assert_eq!(problem["title"], kind.title());
    assert_eq!(problem["status"], answer.status.as_u16());
    assert_eq!(problem["request_id"], answer.header("x-request-id"));
    assert!(!problem["detail"].as_str().unwrap().is_empty());
}

/// A promotion: so much percent off.
pub(crate) fn percent_off(percent: u32) -> Value {
    json!({ "benefits": [{ "percent_off": { "percent": percent } }] })
}

/// A cart with one line.
pub(crate) fn cart(line: &Value) -> Value {
    json!({ "currency": "USD", "lines": [line] })
}
