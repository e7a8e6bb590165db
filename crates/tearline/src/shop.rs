//! Which shop a command is about.

use tearline_app::App;
use tearline_core::names::ShopId;

use crate::stop::Stop;

/// The shop named, or the only one there is.
pub(crate) async fn only_shop(app: &App, named: Option<ShopId>) -> Result<ShopId, Stop> {
    if let Some(named) = named {
        return Ok(named);
    }
    let shops = app.store.shops(None, 20).await.map_err(anyhow::Error::from)?;
    match shops.as_slice() {
        [only] => Ok(only.shop.clone()),
        [] => Err(Stop::input(["there is no shop yet: make one with `tearline apply -f shop.yaml`"])),
        several => {
            let names: Vec<&str> = several.iter().map(|shop| shop.shop.as_str()).collect();
            Err(Stop::input([format!(
                "there are several shops: name one with --shop ({})",
                names.join(", ")
            )]))
        }
    }
}
