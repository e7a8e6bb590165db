//! What people read: the API's description, and the page of each kind of problem.

use axum::extract::Path;
use axum::http::HeaderName;
use axum::http::header::CONTENT_TYPE;
use axum::response::{Html, IntoResponse};

use crate::openapi::openapi_json;
use crate::problem::{Problem, ProblemKind};

/// `GET /v1/openapi.json`
pub(super) async fn openapi() -> impl IntoResponse {
    let media: [(HeaderName, &str); 1] = [(CONTENT_TYPE, "application/json")];
    (media, openapi_json())
}

/// `GET /problems`: every kind.
pub(super) async fn problems() -> Html<String> {
    let item = |kind: ProblemKind| {
        let (code, title, status) = (kind.code(), kind.title(), kind.status().as_u16());
        format!("<li>{status} <a href=\"/problems/{code}\"><code>{code}</code></a>: {title}</li>\n")
    };
    let items: String = ProblemKind::ALL.into_iter().map(item).collect();
    page("Problems", &format!("<ul>\n{items}</ul>"))
}

/// `GET /problems/{code}`: what a kind means and what to do about it.
pub(super) async fn problem(Path(code): Path<String>) -> Result<Html<String>, Problem> {
    let unknown =
        || Problem::new(ProblemKind::UnknownRoute, "there is no such kind of problem; see /problems");
    let kind = ProblemKind::of_code(&code).ok_or_else(unknown)?;
    let (code, status, help) = (kind.code(), kind.status(), paragraphs(kind.help()));
    let text = format!(
        "<p>{help}</p>\n<p>Status {status}, code <code>{code}</code>.</p>\n<p><a href=\"/problems\">All problems</a></p>"
    );
    Ok(page(kind.title(), &text))
}

/// Our own words as HTML; `backticks` become code.
fn paragraphs(text: &str) -> String {
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;");
    let parts = escaped.split('`').enumerate();
    parts
        .map(|(index, part)| if index % 2 == 1 { format!("<code>{part}</code>") } else { part.to_owned() })
        .collect()
}

fn page(title: &str, body: &str) -> Html<String> {
    Html(format!(
        "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>{title} – Tearline</title>\
         <meta name=\"viewport\" content=\"width=device-width\"></head>\n<body>\n<h1>{title}</h1>\n{body}\n</body>\n</html>\n"
    ))
}
