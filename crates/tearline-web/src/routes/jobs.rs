//! `/v1/jobs`: what there is to do later, and what was given up.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tearline_app::App;
use tearline_app::jobs::{self, Job, JobId};
use utoipa::{IntoParams, ToSchema};

use crate::auth::Caller;
use crate::openapi::{Listing, Reviving};
use crate::page::{self, limit};
use crate::params::{Params, bad_parameter};
use crate::problem::{Problem, ProblemKind};

/// Which jobs.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct JobParams {
    /// `waiting`, as by default, or `given_up`.
    #[param(required = false, inline)]
    state: Option<JobState>,
    /// Only those behind this one: the `next_cursor` of the page before.
    #[param(required = false, pattern = "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
    after: Option<String>,
    /// How many at most.
    #[param(required = false, minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
}

/// What has become of a job.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum JobState {
    /// It waits, or is under way.
    #[default]
    Waiting,
    /// It has failed often enough, and nobody tries it any more.
    GivenUp,
}

/// Something that there is to do.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct WaitingJob {
    /// Its name.
    #[schema(example = "019aa5f0-7d1c-7e0a-9d57-3f1c2b6a8e44")]
    id: String,
    /// What there is to do.
    #[schema(example = "tidy")]
    task: &'static str,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    due_at: Timestamp,
    /// How often it was begun.
    attempts: u32,
    /// Why it was not done the last time.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

impl From<Job> for WaitingJob {
    fn from(job: Job) -> Self {
        let Job { id, shop: _, task, due_at, attempts, error } = job;
        Self { id: id.to_string(), task: task.name(), due_at, attempts, error }
    }
}

/// List jobs
///
/// What Tearline does later by itself, such as removing holds that have ended. What has failed too often is kept as
/// `given_up` until somebody has it tried again.
#[utoipa::path(
    get, path = "/v1/jobs", tag = "Jobs", operation_id = "list_jobs",
    params(JobParams),
    responses((status = 200, description = "A page of jobs.", body = page::Page<WaitingJob>), Listing),
    security(("key" = [])),
)]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    Params(params): Params<JobParams>,
) -> Result<Response, Problem> {
    let after = params.after.as_ref().map(|after| after.parse::<JobId>()).transpose();
    let after = after.map_err(|_| bad_parameter("`after` is the `next_cursor` of the page before"))?;
    let (limit, state) = (limit(params.limit)?, params.state.unwrap_or_default());
    let found = jobs::list(&app, &caller.shop, state == JobState::GivenUp, after, limit + 1).await?;
    let found: Vec<_> = found.into_iter().map(WaitingJob::from).collect();
    Ok(page::answer(found, limit, "/v1/jobs", "after", |job| job.id.clone()))
}

/// Try a job again
///
/// One that was given up, from now on as if it had never failed.
#[utoipa::path(
    post, path = "/v1/jobs/{id}/retry", tag = "Jobs", operation_id = "retry_job",
    params(("id" = String, Path, description = "The job's name.", pattern = "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")),
    responses((status = 204, description = "It waits again."), Reviving),
    security(("key" = [])),
)]
pub(super) async fn retry(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let id: JobId = id.parse().map_err(|_| bad_parameter("a job's name is a UUID"))?;
    if jobs::revive(&app, &caller.shop, id).await? {
        Ok(StatusCode::NO_CONTENT.into_response())
    } else {
        Err(Problem::new(ProblemKind::NotFound, format!("no job `{id}` was given up")))
    }
}
