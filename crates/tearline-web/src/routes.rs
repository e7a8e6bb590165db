//! Every address, and who answers there.

mod activities;
mod carts;
mod codes;
mod configuration;
mod customers;
mod documents;
mod draws;
mod eligible;
mod explain;
mod health;
mod holds;
mod imports;
mod jobs;
mod orders;
mod pages;
mod pools;
mod quotes;
mod refunds;
mod replays;
mod sentences;
mod shelf;
mod shop;

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn;
use axum::routing::get;
use tearline_app::App;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use utoipa_swagger_ui::SwaggerUi;

use crate::finish::finish;
use crate::openapi::{ApiDoc, DESCRIPTION_PATH};

/// The whole API over the parts of a program.
pub fn router(app: Arc<App>) -> Router {
    let (routes, _) = described().split_for_parts();
    routes
        .route(DESCRIPTION_PATH, get(pages::openapi))
        .route("/problems", get(pages::problems))
        .route("/problems/{code}", get(pages::problem))
        .merge(docs())
        .with_state(app)
        .layer(from_fn(finish))
}

/// The routes that stand in the API's description, with the description.
pub(crate) fn described() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::with_openapi(ApiDoc::openapi())
        .routes(routes!(quotes::price))
        .routes(routes!(carts::edit))
        .routes(routes!(eligible::list))
        .routes(routes!(shelf::price))
        .routes(routes!(holds::make))
        .routes(routes!(holds::get, holds::release))
        .routes(routes!(holds::extend))
        .routes(routes!(orders::place, replays::list))
        .routes(routes!(orders::get))
        .routes(routes!(orders::cancel))
        .routes(routes!(orders::activities))
        .routes(routes!(replays::one))
        .routes(routes!(replays::many))
        .routes(routes!(refunds::refund))
        .routes(routes!(refunds::preview_refund))
        .routes(routes!(refunds::exchange))
        .routes(routes!(refunds::preview_exchange))
        .routes(routes!(shop::get, shop::put, shop::patch))
        .routes(routes!(shop::history))
        .routes(routes!(shop::version))
        .merge(documents::price_lists::routes())
        .merge(documents::events::routes())
        .merge(documents::promotions::routes())
        .merge(documents::pools::routes())
        .routes(routes!(draws::draw))
        .routes(routes!(draws::draw_many))
        .routes(routes!(draws::assigned))
        .routes(routes!(draws::reserve))
        .routes(routes!(draws::reservation, draws::give_back))
        .routes(routes!(draws::activities))
        .routes(routes!(draws::report))
        .routes(routes!(pools::add))
        .routes(routes!(pools::counts))
        .routes(routes!(imports::list, imports::begin))
        .routes(routes!(imports::preview))
        .routes(routes!(imports::get))
        .routes(routes!(imports::report))
        .routes(routes!(imports::publish))
        .routes(routes!(imports::undo))
        .routes(routes!(imports::export))
        .routes(routes!(codes::look_up))
        .routes(routes!(customers::get))
        .routes(routes!(activities::list))
        .routes(routes!(jobs::list))
        .routes(routes!(jobs::retry))
        .routes(routes!(codes::check))
        .routes(routes!(codes::timeline))
        .routes(routes!(codes::extend))
        .routes(routes!(codes::withdraw))
        .routes(routes!(codes::withdraw_many))
        .routes(routes!(codes::extend_many))
        .routes(routes!(sentences::get))
        .routes(routes!(explain::explain))
        .routes(routes!(configuration::export, configuration::apply))
        .routes(routes!(health::alive))
        .routes(routes!(health::ready))
}

/// The browsable description, from files inside the program.
fn docs() -> SwaggerUi {
    // Without an address to validate at, the page asks nobody on the internet.
    let config = utoipa_swagger_ui::Config::from(DESCRIPTION_PATH).validator_url("none");
    SwaggerUi::new("/docs").config(config)
}
