//! What the store promises of coupons: none is a unique code, or could be taken for one, whichever came first.

use serde_json::json;
use tearline_core::codes::Key;
use tearline_core::ledger::{Answer, Command, Draw, Drew, Makes, Terms, Wanted};
use tearline_core::pool::Reuse;
use tearline_core::resource::{Conflict, Expected};
use tearline_store::{Added, NewCode, Store};

use crate::ledger::ask;
use crate::{delete, promotion, put, slug, studio, write};

fn new(text: &str, exact: bool) -> NewCode {
    NewCode { text: text.to_owned(), exact, ..NewCode::default() }
}

async fn add(store: &dyn Store, codes: Vec<NewCode>) -> Vec<Added> {
    store.add_codes(&studio(), &slug("p"), codes).await.unwrap()
}

async fn offer(store: &dyn Store, id: &str, codes: &[&str]) -> Result<(), Vec<Conflict>> {
    let body = json!({ "codes": codes });
    write(store, vec![put(id, Expected::Anything, body)]).await.map(|_| ())
}

pub(crate) async fn a_code_that_is_a_coupon_is_stepped_over(store: &dyn Store) {
    offer(store, "spring", &["Spring-10"]).await.unwrap();
    let codes = vec![new("SPRING10", false), new("spring 10", true), new("summer", true)];
    assert_eq!(add(store, codes).await, [Added::Known, Added::Known, Added::Serial(1)]);
    // With its promotion the coupon goes, and with it what it kept.
    offer(store, "spring", &["other"]).await.unwrap();
    assert_eq!(add(store, vec![new("SPRING10", false)]).await, [Added::Serial(2)]);
    offer(store, "summer", &["winter"]).await.unwrap();
    write(store, vec![delete("summer", Expected::Anything)]).await.unwrap();
    assert_eq!(add(store, vec![new("winter", true)]).await, [Added::Serial(3)]);
}

pub(crate) async fn a_coupon_that_is_a_code_is_refused_with_its_place(store: &dyn Store) {
    add(store, vec![new("Ab-1", false), new("Cd-2", true)]).await;
    let conflicts = offer(store, "spring", &["fine", "AB 1", "cd2"]).await.unwrap_err();
    let told = |place, coupon: &str| Conflict::CouponIsCode {
        key: promotion("spring"),
        place,
        coupon: coupon.to_owned(),
        pool: slug("p"),
    };
    assert_eq!(conflicts, [told(1, "AB 1"), told(2, "cd2")]);
    // Nothing was written, and nothing reserved.
    assert_eq!(add(store, vec![new("fine", true)]).await, [Added::Serial(3)]);
}

pub(crate) async fn a_coupon_moves_from_one_promotion_to_another(store: &dyn Store) {
    offer(store, "a", &["spring"]).await.unwrap();
    let put = |id, codes: &[&str]| put(id, Expected::Anything, json!({ "codes": codes }));
    write(store, vec![put("b", &["spring"]), put("a", &[])]).await.unwrap();
    assert_eq!(add(store, vec![new("spring", true)]).await, [Added::Known]);
}

pub(crate) async fn a_code_that_is_made_is_no_coupon(store: &dyn Store) {
    offer(store, "spring", &["a-c", "AE"]).await.unwrap();
    let form = r#"{"pattern": "A-#", "alphabet": {"symbols": "BCDEFG"}, "guessable": true}"#;
    let makes = Makes { form: serde_json::from_str(form).unwrap(), fresh_key: Key::from([7; 16]) };
    let wanted = |n: u32| Wanted { key: n.to_string(), customer: None, reuse: Reuse::PerMessage };
    let draw = Draw {
        pool: slug("made"),
        wanted: (0..5).map(wanted).collect(),
        terms: Terms { makes: Some(makes), ..Terms::default() },
        fallback: None,
        reservation: None,
        is_closed: false,
    };
    let Answer::Drawn { draws } = ask(store, Command::Draw(Box::new(draw)), 1).await else { panic!() };
    let texts = draws.iter().filter_map(|drew| match drew {
        Drew::Code { code, .. } => Some(code.text.as_str()),
        _ => None,
    });
    let mut texts: Vec<_> = texts.collect();
    texts.sort_unstable();
    assert_eq!(texts, ["A-B", "A-D", "A-F", "A-G"]);
}

pub(crate) async fn of_a_coupon_and_a_code_at_once_one_is_there(store: &dyn Store) {
    offer(store, "first", &["first"]).await.unwrap();
    let both = (0..32).map(|n| async move {
        let text = format!("race {n}");
        let (promotion, codes) = (format!("p{n}"), [text.as_str()]);
        let (offered, added) =
            tokio::join!(offer(store, &promotion, &codes), add(store, vec![new(&text, n % 2 == 0)]));
        (offered.is_ok(), added != [Added::Known])
    });
    for (offered, added) in futures_util::future::join_all(both).await {
        assert!(offered != added, "one of the two is there, and not both");
    }
}
