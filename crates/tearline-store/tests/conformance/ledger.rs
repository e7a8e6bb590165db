//! What the ledger promises: never more is taken than there is, and what was answered stands.

use serde_json::json;
use tearline_core::ledger::{
    Answer, Cancel, Claimed, ClaimedLimit, Command, CustomerId, Exchanged, Extend, LimitKey, MakeHold,
    MakeRefund, Once, OrderState, Place, Priced, Refunded, Release, Request, Taken, UsesPolicy,
};
use tearline_core::refunds::Statement;
use tearline_core::resource::Expected;
use tearline_store::{Asker, Store};

use crate::{at, put, studio, write};

/// The limit of a promotion named `spring`.
fn limit(limit: ClaimedLimit, of: &str) -> LimitKey {
    LimitKey { promotion: "spring".into(), limit, of: of.to_owned() }
}

fn total(take: i64, most: i64) -> Taken {
    Taken { of: Claimed::Limit(limit(ClaimedLimit::Total, "")), take, most }
}

fn priced(due: i64) -> Priced {
    let nothing = json!({});
    Priced {
        cart: nothing.clone(),
        facts: nothing.clone(),
        quote: nothing,
        at: at(0),
        config_version: 0,
        arithmetic: 1,
        due,
    }
}

/// An order of nobody that takes one of `most`.
pub(crate) fn order(id: &str, most: i64) -> Place {
    Place {
        order: id.into(),
        fingerprint: format!("order {id}"),
        cart: None,
        customer: None,
        email: None,
        is_held: false,
        orders_read: None,
        claims: vec![total(1, most)],
        priced: priced(500),
    }
}

/// A hold of a cart for ten seconds that takes one of `most`.
pub(crate) fn hold(cart: &str, most: i64) -> MakeHold {
    let claims = vec![total(1, most)];
    MakeHold { cart: cart.into(), customer: None, ttl_s: 10, claims, orders_read: None, priced: priced(500) }
}

/// Asks under a name.
pub(crate) async fn ask_once(store: &dyn Store, key: &str, command: Command, second: i64) -> Answer {
    let once = Some(Once { key: key.to_owned(), fingerprint: "x".to_owned() });
    let request = Request { by: "ann".to_owned(), once, command };
    store.decide(&studio(), request, at(second)).await.unwrap()
}

pub(crate) async fn ask(store: &dyn Store, command: Command, second: i64) -> Answer {
    let request = Request { by: "ann".to_owned(), once: None, command };
    store.decide(&studio(), request, at(second)).await.unwrap()
}

async fn place(store: &dyn Store, place: Place, second: i64) -> Answer {
    ask(store, Command::Place(Box::new(place)), second).await
}

async fn make_hold(store: &dyn Store, hold: MakeHold, second: i64) -> Answer {
    ask(store, Command::Hold(Box::new(hold)), second).await
}

async fn cancel(store: &dyn Store, id: &str, uses: UsesPolicy) -> Answer {
    ask(store, Command::Cancel(Cancel { order: id.into(), uses }), 50).await
}

async fn taken(store: &dyn Store, second: i64) -> u64 {
    let keys = vec![limit(ClaimedLimit::Total, "")];
    store.taken(&studio(), keys, Asker::default(), at(second)).await.unwrap()[0]
}

/// Makes the shop, which a first document does.
async fn opened(store: &dyn Store) {
    store.put_key(&studio(), crate::keys::key("first", 1)).await.unwrap();
}

fn is_placed(answer: &Answer) -> bool {
    matches!(answer, Answer::Placed { again: false, .. })
}

pub(crate) async fn a_limit_is_never_passed(store: &dyn Store) {
    opened(store).await;
    for n in 0..5 {
        let answer = place(store, order(&format!("o{n}"), 3), n).await;
        assert_eq!(is_placed(&answer), n < 3, "{answer:?}");
        assert_eq!(answer == Answer::Moved, n >= 3);
    }
    assert_eq!(taken(store, 9).await, 3);
}

pub(crate) async fn all_claims_are_granted_or_none(store: &dyn Store) {
    opened(store).await;
    let other = Taken { of: Claimed::Limit(limit(ClaimedLimit::PerCustomer, "ann")), take: 2, most: 1 };
    let too_much = Place { claims: vec![total(1, 3), other], ..order("a", 3) };
    assert_eq!(place(store, too_much, 1).await, Answer::Moved);
    assert_eq!(taken(store, 1).await, 0);
    assert_eq!(store.order(&studio(), &"a".into()).await.unwrap(), None);
}

pub(crate) async fn an_order_placed_again_is_one_order(store: &dyn Store) {
    opened(store).await;
    for n in 0..50 {
        let answer = place(store, order("same", 20), n).await;
        let Answer::Placed { order, again } = answer else { panic!("{answer:?}") };
        assert_eq!((again, order.placed_at), (n > 0, at(0)));
    }
    assert_eq!(taken(store, 60).await, 1);
    let other = Place { fingerprint: "another body".to_owned(), ..order("same", 20) };
    assert_eq!(place(store, other, 70).await, Answer::OrderIdTaken);
}

pub(crate) async fn a_named_request_is_answered_once(store: &dyn Store) {
    opened(store).await;
    let once = |fingerprint: &str| Some(Once { key: "k".to_owned(), fingerprint: fingerprint.to_owned() });
    let request = |id: &str, fingerprint| Request {
        by: "ann".to_owned(),
        once: once(fingerprint),
        command: Command::Place(Box::new(order(id, 20))),
    };
    let first = store.decide(&studio(), request("a", "x"), at(1)).await.unwrap();
    assert!(is_placed(&first));
    assert_eq!(store.decide(&studio(), request("a", "x"), at(2)).await.unwrap(), first);
    assert_eq!(store.decide(&studio(), request("b", "y"), at(3)).await.unwrap(), Answer::KeyReused);
    assert_eq!(taken(store, 9).await, 1);
}

pub(crate) async fn a_refusal_binds_no_name(store: &dyn Store) {
    opened(store).await;
    let request = |most| Request {
        by: "ann".to_owned(),
        once: Some(Once { key: "k".to_owned(), fingerprint: "x".to_owned() }),
        command: Command::Place(Box::new(order("a", most))),
    };
    assert_eq!(store.decide(&studio(), request(0), at(1)).await.unwrap(), Answer::Moved);
    assert!(is_placed(&store.decide(&studio(), request(1), at(2)).await.unwrap()));
}

pub(crate) async fn a_hold_keeps_others_out_until_it_ends(store: &dyn Store) {
    opened(store).await;
    assert!(make_hold(store, hold("mine", 1), 0).await.is_success());
    assert_eq!(make_hold(store, hold("yours", 1), 9).await, Answer::Moved);
    assert_eq!(taken(store, 9).await, 1);
    // Nobody sweeps: at its end it holds nothing.
    assert_eq!(taken(store, 10).await, 0);
    assert!(is_placed(&place(store, order("yours", 1), 10).await));
    assert_eq!(
        ask(store, Command::Extend(Extend { cart: "mine".into(), ttl_s: 9 }), 11).await,
        Answer::NoHold
    );
    assert_eq!(taken(store, 11).await, 1);
    // What an ended hold kept is not given back a second time.
    assert_eq!(ask(store, Command::Release(Release { cart: "mine".into() }), 12).await, Answer::Released);
    assert_eq!(taken(store, 12).await, 1);
    assert_eq!(place(store, order("another", 1), 13).await, Answer::Moved);
}

pub(crate) async fn a_hold_never_blocks_its_own_cart(store: &dyn Store) {
    opened(store).await;
    for second in 0..5 {
        assert!(make_hold(store, hold("mine", 1), second).await.is_success());
    }
    assert_eq!(taken(store, 5).await, 1);
    let own = Asker { cart: Some("mine".into()), customer: None };
    let keys = vec![limit(ClaimedLimit::Total, "")];
    assert_eq!(store.taken(&studio(), keys, own, at(5)).await.unwrap(), [0]);
    let mine = Place { cart: Some("mine".into()), is_held: true, ..order("o", 1) };
    assert!(is_placed(&place(store, mine, 6).await));
    assert_eq!((taken(store, 6).await, taken(store, 60).await), (1, 1));
    assert_eq!(store.hold(&studio(), &"mine".into()).await.unwrap(), None);
}

pub(crate) async fn what_a_hold_froze_is_placed_only_while_it_holds(store: &dyn Store) {
    opened(store).await;
    assert!(make_hold(store, hold("mine", 1), 0).await.is_success());
    let held =
        |id, due| Place { cart: Some("mine".into()), is_held: true, priced: priced(due), ..order(id, 1) };
    assert_eq!(place(store, held("dearer", 600), 1).await, Answer::Moved);
    let extended = ask(store, Command::Extend(Extend { cart: "mine".into(), ttl_s: 20 }), 9).await;
    let Answer::Held { hold } = extended else { panic!("{extended:?}") };
    assert_eq!(hold.ends_at, at(29));
    assert_eq!(place(store, held("late", 500), 29).await, Answer::Moved);
    assert!(make_hold(store, crate::ledger::hold("mine", 1), 30).await.is_success());
    assert!(is_placed(&place(store, held("in time", 500), 39).await));
}

pub(crate) async fn a_clock_that_goes_back_brings_no_hold_back(store: &dyn Store) {
    opened(store).await;
    assert!(make_hold(store, hold("mine", 2), 0).await.is_success());
    assert!(make_hold(store, MakeHold { ttl_s: 60, ..hold("yours", 2) }, 0).await.is_success());
    assert!(is_placed(&place(store, order("third", 2), 10).await));
    // At 5 the first hold had not ended; it has been given to somebody else since.
    for second in [5, 11] {
        ask(store, Command::Release(Release { cart: "mine".into() }), second).await;
        assert_eq!(place(store, order("fourth", 2), second).await, Answer::Moved);
    }
}

pub(crate) async fn an_older_hold_of_the_same_customer_makes_way(store: &dyn Store) {
    opened(store).await;
    let of = |cart: &str, customer: &str| MakeHold { customer: Some(customer.into()), ..hold(cart, 1) };
    assert!(make_hold(store, of("tab-1", "ann"), 0).await.is_success());
    assert_eq!(make_hold(store, of("other", "bob"), 1).await, Answer::Moved);
    assert!(make_hold(store, of("tab-2", "ann"), 2).await.is_success());
    assert_eq!(store.hold(&studio(), &"tab-1".into()).await.unwrap(), None);
    assert_eq!(taken(store, 3).await, 1);
}

pub(crate) async fn older_holds_of_the_same_customer_make_way_together(store: &dyn Store) {
    opened(store).await;
    let of = |cart: &str, take| MakeHold {
        customer: Some("ann".into()),
        claims: vec![total(take, 3)],
        ..hold(cart, 3)
    };
    for (second, cart) in [(0, "tab-1"), (1, "tab-2"), (2, "tab-3")] {
        assert!(make_hold(store, of(cart, 1), second).await.is_success());
    }
    assert!(make_hold(store, of("tab-4", 2), 3).await.is_success());
    // The oldest go first, and no more than have to.
    for (cart, holds) in [("tab-1", false), ("tab-2", false), ("tab-3", true), ("tab-4", true)] {
        assert_eq!(store.hold(&studio(), &cart.into()).await.unwrap().is_some(), holds, "{cart}");
    }
    assert_eq!(taken(store, 4).await, 3);
    assert_eq!(make_hold(store, of("tab-5", 4), 5).await, Answer::Moved);
    assert_eq!(taken(store, 5).await, 3);
}

pub(crate) async fn a_cancelled_order_gives_back_what_it_took(store: &dyn Store) {
    opened(store).await;
    let money =
        Taken { of: Claimed::Limit(limit(ClaimedLimit::SharedBalance, "")), take: 4_000, most: 5_000 };
    let with_money = |id| Place { claims: vec![total(1, 3), money.clone()], ..order(id, 3) };
    assert!(is_placed(&place(store, with_money("a"), 1).await));
    assert_eq!(place(store, with_money("b"), 2).await, Answer::Moved);
    assert_eq!(cancel(store, "nobody's", UsesPolicy::GiveBack).await, Answer::NoOrder);
    for again in [false, true] {
        let answer = cancel(store, "a", UsesPolicy::Keep).await;
        let Answer::Cancelled { order, again: found } = answer else { panic!("{answer:?}") };
        assert_eq!((order.state, found), (OrderState::Cancelled, again));
    }
    // The use was kept, the money came back.
    assert_eq!(taken(store, 60).await, 1);
    assert!(is_placed(&place(store, with_money("c"), 61).await));
    assert!(cancel(store, "c", UsesPolicy::GiveBack).await.is_success());
    assert_eq!(taken(store, 62).await, 1);
}

pub(crate) async fn orders_of_a_customer_are_counted(store: &dyn Store) {
    opened(store).await;
    let ann = CustomerId::from("ann");
    let nth = |id, read| Place { customer: Some("ann".into()), orders_read: Some(read), ..order(id, 9) };
    assert!(is_placed(&place(store, nth("a", 0), 1).await));
    assert_eq!(place(store, nth("in another tab", 0), 2).await, Answer::Moved);
    assert!(is_placed(&place(store, nth("b", 1), 3).await));
    let buyer = store.buyer(&studio(), &ann).await.unwrap();
    assert_eq!((buyer.orders, buyer.last_order_at), (2, Some(at(3))));
    cancel(store, "b", UsesPolicy::GiveBack).await;
    assert_eq!(store.buyer(&studio(), &ann).await.unwrap().orders, 1);
}

pub(crate) async fn what_was_priced_by_older_documents_is_priced_again(store: &dyn Store) {
    opened(store).await;
    write(store, vec![put("spring", Expected::Absent, 1)]).await.unwrap();
    assert_eq!(place(store, order("old", 3), 2).await, Answer::Moved);
    assert_eq!(make_hold(store, hold("old", 3), 2).await, Answer::Moved);
    let current = Priced { config_version: 1, ..priced(500) };
    assert!(is_placed(&place(store, Place { priced: current, ..order("new", 3) }, 3).await));
}

pub(crate) async fn statements_follow_one_another(store: &dyn Store) {
    opened(store).await;
    let money =
        |take| Taken { of: Claimed::Limit(limit(ClaimedLimit::SharedBalance, "")), take, most: 5_000 };
    let paid = Place { claims: vec![money(3_000)], ..order("a", 1) };
    assert!(is_placed(&place(store, paid, 1).await));
    let refund = |after, take| {
        let statement = statement(take);
        let returned = vec![money(take)];
        let order = "a".into();
        let (exchange, claims) = (None, Vec::new());
        Command::Refund(Box::new(MakeRefund { order, after, statement, returned, exchange, claims }))
    };
    assert!(ask(store, refund(0, 1_000), 2).await.is_success());
    assert_eq!(ask(store, refund(0, 1_000), 3).await, Answer::Moved);
    let answer = ask(store, refund(1, 500), 4).await;
    let Answer::Refunded { order } = answer else { panic!("{answer:?}") };
    let made = |seconds, take| Refunded { at: at(seconds), statement: statement(take), exchange: None };
    assert_eq!(order.refunds, [made(2, 1_000), made(4, 500)]);
    assert_eq!(order.returned, [money(1_000), money(500)]);
    let keys = vec![limit(ClaimedLimit::SharedBalance, "")];
    assert_eq!(store.taken(&studio(), keys, Asker::default(), at(5)).await.unwrap(), [1_500]);
    assert_eq!(cancel(store, "a", UsesPolicy::GiveBack).await, Answer::HasRefunds);
}

/// A statement that gives back so much.
pub(crate) fn statement(minor: i64) -> Statement {
    let nothing = json!({ "net": 0, "tax": 0, "money": 0 });
    serde_json::from_value(json!({
        "request": {},
        "lines": [],
        "shipping": nothing,
        "total": { "net": minor, "tax": 0, "money": minor },
        "remains": { "lines": [], "shipping": nothing, "total": nothing },
    }))
    .unwrap()
}

pub(crate) async fn an_exchange_takes_all_that_it_claims_or_nothing(store: &dyn Store) {
    opened(store).await;
    assert!(is_placed(&place(store, order("a", 3), 1).await));
    let per_customer =
        |take, most| Taken { of: Claimed::Limit(limit(ClaimedLimit::PerCustomer, "ann")), take, most };
    let exchange = |after, claims| {
        let (order, statement, returned) = ("a".into(), statement(0), Vec::new());
        let to_pay = serde_json::from_value(json!({ "net": 5, "tax": 0, "money": 5 })).unwrap();
        let exchange = Some(Exchanged { cart: json!({}), quote: json!({ "after": after }), to_pay });
        Command::Refund(Box::new(MakeRefund { order, after, statement, returned, exchange, claims }))
    };
    // One of the two is used up.
    assert_eq!(ask(store, exchange(0, vec![per_customer(1, 9), total(1, 1)]), 2).await, Answer::UsedUp);
    let answer = ask(store, exchange(0, vec![per_customer(1, 1)]), 3).await;
    let Answer::Refunded { order } = answer else { panic!("{answer:?}") };
    assert_eq!(order.exchanged().unwrap().quote, json!({ "after": 0 }));
    assert_eq!(order.claims.len(), 2);
    assert_eq!(ask(store, exchange(1, vec![per_customer(1, 1)]), 4).await, Answer::UsedUp);
    assert_eq!(taken(store, 5).await, 1);
    let told = store.activities_of(&studio(), &"a".into()).await.unwrap();
    assert_eq!(told.last().unwrap().what.name(), "order_exchanged");
}

pub(crate) async fn what_happened_to_an_order_is_told(store: &dyn Store) {
    opened(store).await;
    place(store, order("a", 3), 1).await;
    place(store, order("b", 3), 2).await;
    cancel(store, "a", UsesPolicy::GiveBack).await;
    let told = store.activities_of(&studio(), &"a".into()).await.unwrap();
    let told: Vec<_> = told.iter().map(|told| (told.what.name(), told.at, told.by.as_str())).collect();
    assert_eq!(told, [("order_placed", at(1), "ann"), ("order_cancelled", at(50), "ann")]);
}

pub(crate) async fn orders_are_paged_newest_first(store: &dyn Store) {
    opened(store).await;
    for (second, id) in [(1, "d"), (2, "a"), (2, "c"), (2, "b"), (3, "e")] {
        place(store, order(id, 9), second).await;
    }
    let page = async |from: Option<i64>, before: Option<(i64, &str)>, limit| {
        let before = before.map(|(second, id)| (at(second), id.into()));
        let found = store.orders(&studio(), from.map(at), before, limit).await.unwrap();
        found.iter().map(|order| order.id.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(page(None, None, 9).await, ["e", "c", "b", "a", "d"]);
    assert_eq!(page(None, None, 2).await, ["e", "c"]);
    assert_eq!(page(None, Some((2, "c")), 2).await, ["b", "a"]);
    assert_eq!(page(Some(2), Some((2, "b")), 9).await, ["a"]);
    // From an instant until another, which is left out.
    assert_eq!(page(Some(2), Some((3, "")), 9).await, ["c", "b", "a"]);
    assert!(store.orders(&"other".parse().unwrap(), None, None, 9).await.unwrap().is_empty());
}

pub(crate) async fn orders_are_paged_oldest_first(store: &dyn Store) {
    opened(store).await;
    for (second, id) in [(1, "d"), (2, "a"), (2, "c"), (2, "b"), (3, "e")] {
        place(store, order(id, 9), second).await;
    }
    let page = async |after: Option<(i64, &str)>, until: Option<i64>, limit| {
        let after = after.map(|(second, id)| (at(second), id.into()));
        let found = store.orders_since(&studio(), after, until.map(at), limit).await.unwrap();
        found.iter().map(|order| order.id.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(page(None, None, 9).await, ["d", "a", "b", "c", "e"]);
    assert_eq!(page(Some((2, "a")), None, 2).await, ["b", "c"]);
    // From an instant until another, which is left out.
    assert_eq!(page(Some((2, "")), Some(3), 9).await, ["a", "b", "c"]);
}

pub(crate) async fn two_shops_limits_are_apart(store: &dyn Store) {
    opened(store).await;
    let other = "other".parse().unwrap();
    store.put_key(&other, crate::keys::key("first", 2)).await.unwrap();
    assert!(is_placed(&place(store, order("a", 1), 1).await));
    let request =
        Request { by: "bob".to_owned(), once: None, command: Command::Place(Box::new(order("a", 1))) };
    assert!(is_placed(&store.decide(&other, request, at(2)).await.unwrap()));
    assert_eq!(store.activities_of(&other, &"a".into()).await.unwrap().len(), 1);
}

pub(crate) async fn a_shop_may_begin_with_an_order(store: &dyn Store) {
    assert!(is_placed(&place(store, order("a", 1), 1).await));
    assert_eq!(store.shops(None, 9).await.unwrap().len(), 1);
}

pub(crate) async fn a_limit_of_20_lets_20_of_200_through_at_once(store: &dyn Store) {
    opened(store).await;
    let places = (0..200).map(|n| place(store, order(&format!("o{n}"), 20), 1));
    let answers = futures_util::future::join_all(places).await;
    assert_eq!(answers.iter().filter(|answer| is_placed(answer)).count(), 20);
    assert_eq!(taken(store, 2).await, 20);
}
