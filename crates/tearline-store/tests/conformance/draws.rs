//! What the store promises of draws: whose code is given again, what is set aside, who is told of a pool that runs
//! low, and what was redeemed elsewhere.

use tearline_core::codes::Key;
use tearline_core::ledger::{
    Answer, Claimed, Code, CodeState, Command, CustomerId, Draw, DrawFallback, Drew, GiveBack, Happened,
    Makes, Place, RedeemedOutside, Report, ReportId, Reservation, ReservationId, Reserve, Taken, Terms,
    Wanted, Withdraw,
};
use tearline_core::pool::{Low, LowMark, Reuse};
use tearline_store::{NewCode, PoolCounts, Store};

use crate::ledger::{ask, order};
use crate::{at, slug, studio};

const DAY: i64 = 24 * 60 * 60;

fn wanted(key: &str, customer: &str, reuse: Reuse) -> Wanted {
    Wanted { key: key.to_owned(), customer: Some(CustomerId::from(customer)), reuse }
}

fn drawing(pool: &str, wanted: Vec<Wanted>) -> Draw {
    let terms = Terms { is_bound: true, ..Terms::default() };
    Draw { pool: slug(pool), wanted, terms, fallback: None, reservation: None, is_closed: false }
}

async fn draws(store: &dyn Store, draw: Draw, second: i64) -> Vec<Drew> {
    match ask(store, Command::Draw(Box::new(draw)), second).await {
        Answer::Drawn { draws } => draws,
        answer => panic!("{answer:?}"),
    }
}

/// What a draw told, in short: the code, with a `+` where it is new.
fn told(draws: &[Drew]) -> Vec<String> {
    let one = |drew: &Drew| match drew {
        Drew::Code { code, again: true } => code.text.clone(),
        Drew::Code { code, again: false } => format!("+{}", code.text),
        Drew::Text { text, again } => format!("{text} {again}"),
        Drew::Had { code } => format!("had {}", code.text),
        Drew::Empty => "empty".to_owned(),
    };
    draws.iter().map(one).collect()
}

async fn one(store: &dyn Store, key: &str, customer: &str, reuse: Reuse, second: i64) -> String {
    let drew = draws(store, drawing("p", vec![wanted(key, customer, reuse)]), second).await;
    told(&drew).remove(0)
}

async fn fill(store: &dyn Store, pool: &str, texts: &[&str]) {
    let new = |text: &&str| NewCode { text: (*text).to_owned(), ..NewCode::default() };
    store.add_codes(&studio(), &slug(pool), texts.iter().map(new).collect()).await.unwrap();
}

async fn fill_many(store: &dyn Store, pool: &str, from: u32, count: u32) {
    let texts: Vec<String> = (from..from + count).map(|n| format!("{pool} {n}")).collect();
    fill(store, pool, &texts.iter().map(String::as_str).collect::<Vec<_>>()).await;
}

async fn code(store: &dyn Store, text: &str) -> Code {
    store.code(&studio(), text).await.unwrap().unwrap()
}

async fn redeem(store: &dyn Store, text: &str, customer: &str, second: i64) {
    let claims = vec![Taken { of: Claimed::Code(code(store, text).await.id), take: 1, most: 1 }];
    let place = Place { claims, customer: Some(customer.into()), ..order(&format!("order of {text}"), 1) };
    assert!(ask(store, Command::Place(Box::new(place)), second).await.is_success());
}

async fn withdraw(store: &dyn Store, text: &str, second: i64) {
    let withdraw = Withdraw { code: code(store, text).await.id, why: "leaked".to_owned() };
    assert!(ask(store, Command::Withdraw(withdraw), second).await.is_success());
}

async fn counts(store: &dyn Store, pool: &str, second: i64) -> PoolCounts {
    store.pool_counts(&studio(), &slug(pool), at(second)).await.unwrap()
}

async fn assigned(store: &dyn Store, customer: &str, second: i64) -> Option<String> {
    let code = store.assigned_code(&studio(), &slug("p"), &customer.into(), at(second)).await.unwrap();
    code.map(|code| code.text)
}

pub(crate) async fn many_keys_draw_in_one_step(store: &dyn Store) {
    fill(store, "p", &["a", "b", "c"]).await;
    assert_eq!(one(store, "2", "ann", Reuse::PerMessage, 1).await, "+a");
    let want =
        |keys: &str| keys.chars().map(|key| wanted(&key.to_string(), "bob", Reuse::PerMessage)).collect();
    assert_eq!(told(&draws(store, drawing("p", want("123")), 2).await), ["+b", "a", "+c"]);
    // What there is goes to the first; who gets none may ask again.
    assert_eq!(told(&draws(store, drawing("p", want("4315")), 3).await), ["empty", "c", "b", "empty"]);
    fill(store, "p", &["d"]).await;
    assert_eq!(told(&draws(store, drawing("p", want("45")), 4).await), ["+d", "empty"]);
    // A key that stands twice draws once.
    fill(store, "p", &["e", "f"]).await;
    assert_eq!(told(&draws(store, drawing("p", want("66")), 5).await), ["+e", "e"]);
    assert_eq!(counts(store, "p", 5).await.assigned, 5);
}

pub(crate) async fn a_closed_pool_only_repeats_itself(store: &dyn Store) {
    fill(store, "p", &["a", "b"]).await;
    assert_eq!(one(store, "1", "ann", Reuse::PerMessage, 1).await, "+a");
    let want = vec![wanted("1", "ann", Reuse::PerMessage), wanted("2", "ann", Reuse::UntilRedeemed)];
    let closed = Draw { is_closed: true, ..drawing("p", want) };
    assert_eq!(told(&draws(store, closed, 2).await), ["a", "empty"]);
}

pub(crate) async fn many_codes_are_made_in_one_step(store: &dyn Store) {
    let form = r#"{"pattern": "A-#", "alphabet": {"symbols": "BCDEFG"}, "guessable": true}"#;
    fill(store, "files", &["a-c", "a e"]).await;
    let makes = Makes { form: serde_json::from_str(form).unwrap(), fresh_key: Key::from([7; 16]) };
    let terms = Terms { makes: Some(makes.clone()), ..Terms::default() };
    let want = (0..6).map(|n| wanted(&n.to_string(), "ann", Reuse::PerMessage)).collect();
    let mut texts = told(&draws(store, Draw { terms: terms.clone(), ..drawing("made", want) }, 1).await);
    assert_eq!(texts[4..], ["empty", "empty"]);
    texts.sort_unstable();
    assert_eq!(texts[..4], ["+A-B", "+A-D", "+A-F", "+A-G"]);
    // None is left to be set aside, either.
    let id = ReservationId::new(&slug("made"), "sale");
    let reserve = Command::Reserve(Box::new(Reserve { id, codes: 1, makes: Some(makes) }));
    assert_eq!(ask(store, reserve, 2).await, Answer::Short { available: 0, short: 1 });
}

/// B9.7: "give coupon" twice is one code, until it is redeemed or ends.
pub(crate) async fn an_unused_code_is_given_again_until_it_is_redeemed(store: &dyn Store) {
    let policy = Reuse::UntilRedeemed;
    fill(store, "p", &["a", "b", "c", "d", "e"]).await;
    assert_eq!(one(store, "1", "ann", policy, 1).await, "+a");
    assert_eq!(one(store, "2", "ann", policy, 2).await, "a");
    assert_eq!(one(store, "3", "bob", policy, 2).await, "+b");
    // Another is given where that is asked for; then the last one counts.
    assert_eq!(one(store, "4", "ann", Reuse::PerMessage, 3).await, "+c");
    assert_eq!(one(store, "5", "ann", policy, 4).await, "c");
    redeem(store, "c", "ann", 5).await;
    assert_eq!(one(store, "6", "ann", policy, 6).await, "a");
    withdraw(store, "a", 7).await;
    assert_eq!(one(store, "7", "ann", policy, 8).await, "+d");
    // Each key repeats what it drew, whatever became of that.
    for (key, text) in [("1", "a"), ("2", "a"), ("5", "c"), ("6", "a"), ("7", "d")] {
        assert_eq!(one(store, key, "ann", policy, 9).await, text, "{key}");
    }
    // Within one request, too.
    let want = vec![wanted("8", "eve", policy), wanted("9", "eve", policy)];
    assert_eq!(told(&draws(store, drawing("p", want), 9).await), ["+e", "e"]);
    assert_eq!(counts(store, "p", 9).await.assigned, 5);
}

pub(crate) async fn a_code_that_has_ended_is_not_given_again(store: &dyn Store) {
    fill(store, "p", &["a", "b"]).await;
    let ending = |key: &str| {
        let draw = drawing("p", vec![wanted(key, "ann", Reuse::UntilRedeemed)]);
        Draw { terms: Terms { ends_at: Some(at(10)), is_bound: true, ..Terms::default() }, ..draw }
    };
    assert_eq!(told(&draws(store, ending("1"), 1).await), ["+a"]);
    assert_eq!(told(&draws(store, ending("2"), 9).await), ["a"]);
    assert_eq!(told(&draws(store, ending("3"), 10).await), ["+b"]);
    assert_eq!(told(&draws(store, ending("2"), 11).await), ["a"]);
}

pub(crate) async fn a_pool_that_gives_once_gives_no_second_code(store: &dyn Store) {
    fill(store, "p", &["a", "b", "c"]).await;
    assert_eq!(one(store, "1", "ann", Reuse::Once, 1).await, "+a");
    assert_eq!(one(store, "2", "ann", Reuse::Once, 2).await, "a");
    redeem(store, "a", "ann", 3).await;
    assert_eq!(one(store, "3", "ann", Reuse::Once, 4).await, "had a");
    assert_eq!(one(store, "1", "ann", Reuse::Once, 4).await, "a");
    // One that was withdrawn is replaced.
    assert_eq!(one(store, "4", "bob", Reuse::Once, 5).await, "+b");
    withdraw(store, "b", 6).await;
    assert_eq!(one(store, "5", "bob", Reuse::Once, 7).await, "+c");
    assert_eq!(one(store, "6", "bob", Reuse::Once, 8).await, "c");
}

/// A1-42: to read what somebody has assigns nothing.
pub(crate) async fn the_code_that_somebody_has_is_read(store: &dyn Store) {
    fill(store, "p", &["a", "b", "c"]).await;
    assert_eq!(assigned(store, "ann", 1).await, None);
    assert_eq!(counts(store, "p", 1).await.assigned, 0);
    one(store, "1", "ann", Reuse::PerMessage, 1).await;
    one(store, "2", "ann", Reuse::PerMessage, 2).await;
    assert_eq!(assigned(store, "ann", 3).await.as_deref(), Some("b"));
    redeem(store, "b", "ann", 4).await;
    assert_eq!(assigned(store, "ann", 5).await.as_deref(), Some("a"));
    withdraw(store, "a", 6).await;
    assert_eq!(assigned(store, "ann", 7).await, None);
}

pub(crate) async fn a_code_for_anyone_is_not_its_customers_alone(store: &dyn Store) {
    fill(store, "p", &["a"]).await;
    let draw = drawing("p", vec![wanted("1", "ann", Reuse::UntilRedeemed)]);
    draws(store, Draw { terms: Terms::default(), ..draw }, 1).await;
    let given = code(store, "a").await;
    assert_eq!((given.customer, given.is_bound), (Some("ann".into()), false));
    redeem(store, "a", "bob", 2).await;
}

async fn reserve(store: &dyn Store, key: &str, codes: u64, second: i64) -> Answer {
    let id = ReservationId::new(&slug("p"), key);
    ask(store, Command::Reserve(Box::new(Reserve { id, codes, makes: None })), second).await
}

async fn give_back(store: &dyn Store, key: &str, second: i64) -> Answer {
    ask(store, Command::GiveBack(GiveBack { id: ReservationId::new(&slug("p"), key) }), second).await
}

fn left(answer: &Answer) -> (u64, bool) {
    match answer {
        Answer::Reserved { reservation, again } => (reservation.left, *again),
        answer => panic!("{answer:?}"),
    }
}

fn reserved_draw(key: &str, keys: &str) -> Draw {
    let want = keys.chars().map(|key| wanted(&key.to_string(), "ann", Reuse::PerMessage)).collect();
    Draw { reservation: Some(key.to_owned()), ..drawing("p", want) }
}

pub(crate) async fn what_is_reserved_is_nobody_elses(store: &dyn Store) {
    fill(store, "p", &["a", "b", "c", "d", "e"]).await;
    assert_eq!(left(&reserve(store, "sale", 3, 1).await), (3, false));
    assert_eq!(left(&reserve(store, "sale", 3, 1).await), (3, true));
    assert_eq!(reserve(store, "sale", 4, 1).await, Answer::ReservedOther);
    let two = counts(store, "p", 1).await;
    assert_eq!((two.remaining, two.reserved, two.assigned), (5, 3, 0));
    // B7: too few are none, and how many are missing is told.
    assert_eq!(reserve(store, "other", 4, 1).await, Answer::Short { available: 2, short: 2 });
    let want = "123".chars().map(|key| wanted(&key.to_string(), "bob", Reuse::PerMessage)).collect();
    assert_eq!(told(&draws(store, drawing("p", want), 2).await), ["+a", "+b", "empty"]);

    assert_eq!(told(&draws(store, reserved_draw("sale", "45"), 3).await), ["+c", "+d"]);
    assert_eq!(told(&draws(store, reserved_draw("sale", "4"), 3).await), ["c"]);
    let one_left = counts(store, "p", 3).await;
    assert_eq!((one_left.remaining, one_left.reserved, one_left.assigned), (1, 1, 4));
    for _ in 0..2 {
        let Answer::GivenBack { reservation } = give_back(store, "sale", 4).await else { panic!() };
        assert_eq!((reservation.codes, reservation.left, reservation.returned_at), (3, 0, Some(at(4))));
    }
    assert_eq!(counts(store, "p", 4).await.reserved, 0);
    let closed = ask(store, Command::Draw(Box::new(reserved_draw("sale", "6"))), 5).await;
    assert_eq!(closed, Answer::NoReservation);
    assert_eq!(one(store, "3", "bob", Reuse::PerMessage, 5).await, "+e");
    assert_eq!(give_back(store, "nobody's", 5).await, Answer::NoReservation);
}

pub(crate) async fn a_reservation_that_is_used_up_draws_what_is_free(store: &dyn Store) {
    fill(store, "p", &["a", "b", "c"]).await;
    reserve(store, "sale", 1, 1).await;
    reserve(store, "other", 1, 1).await;
    assert_eq!(told(&draws(store, reserved_draw("sale", "123"), 2).await), ["+a", "+b", "empty"]);
    let id = ReservationId::new(&slug("p"), "other");
    let kept = store.reservation(&studio(), &id).await.unwrap().unwrap();
    let expected = Reservation { id, codes: 1, left: 1, made_at: at(1), returned_at: None };
    assert_eq!(kept, expected);
}

pub(crate) async fn reservations_at_once_are_never_more_than_there_is(store: &dyn Store) {
    fill_many(store, "p", 0, 100).await;
    let many = (0..30).map(|n| async move { reserve(store, &format!("sale {n}"), 7, 1).await });
    let answers = futures_util::future::join_all(many).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_success()).count(), 14);
    assert_eq!(counts(store, "p", 1).await.reserved, 98);
    assert!(answers.contains(&Answer::Short { available: 2, short: 5 }));
}

pub(crate) async fn an_empty_pool_falls_back(store: &dyn Store) {
    fill(store, "p", &["a"]).await;
    fill(store, "q", &["z"]).await;
    let terms = Terms { is_bound: true, ..Terms::default() };
    let falling = |key: &str, customer: &str| Draw {
        fallback: Some(DrawFallback::Pool(slug("q"), Box::new(terms.clone()))),
        ..drawing("p", vec![wanted(key, customer, Reuse::UntilRedeemed)])
    };
    assert_eq!(told(&draws(store, falling("1", "ann"), 1).await), ["+a"]);
    assert_eq!(told(&draws(store, falling("2", "bob"), 1).await), ["+z"]);
    assert_eq!(told(&draws(store, falling("3", "eve"), 1).await), ["empty"]);
    fill(store, "p", &["b"]).await;
    // A key, and a customer, keep the code of the other pool.
    assert_eq!(told(&draws(store, falling("2", "bob"), 2).await), ["z"]);
    assert_eq!(told(&draws(store, falling("4", "bob"), 2).await), ["z"]);
    assert_eq!(told(&draws(store, falling("3", "eve"), 2).await), ["+b"]);
    assert_eq!((counts(store, "p", 2).await.assigned, counts(store, "q", 2).await.assigned), (2, 1));
}

pub(crate) async fn everybody_gets_the_text_of_a_fallback(store: &dyn Store) {
    fill(store, "p", &["a"]).await;
    let falling = |keys: &str| {
        let want = keys.chars().map(|key| wanted(&key.to_string(), "ann", Reuse::PerMessage)).collect();
        Draw { fallback: Some(DrawFallback::Text("WELCOME".to_owned())), ..drawing("p", want) }
    };
    assert_eq!(told(&draws(store, falling("123"), 1).await), ["+a", "WELCOME false", "WELCOME false"]);
    fill(store, "p", &["b"]).await;
    assert_eq!(told(&draws(store, falling("24"), 2).await), ["WELCOME true", "+b"]);
}

/// What was told of the pool, the oldest first.
async fn news(store: &dyn Store) -> Vec<Happened> {
    let logged = store.activities_of_pool(&studio(), &slug("p"), None, 100).await.unwrap();
    logged.into_iter().rev().map(|logged| logged.activity.what).collect()
}

fn low_at(mark: LowMark) -> Terms {
    let low = Some(Low { at: mark, tell: vec!["owner@example.com".to_owned()] });
    Terms { low, ..Terms::default() }
}

async fn draw_low(store: &dyn Store, mark: LowMark, from: u32, count: u32, second: i64) {
    let want = (from..from + count).map(|n| wanted(&n.to_string(), "ann", Reuse::PerMessage)).collect();
    draws(store, Draw { terms: low_at(mark), ..drawing("p", want) }, second).await;
}

/// B7: at 10 % of 1,000 it is told when 101 become 100, then daily, again at 0, and anew after an upload.
pub(crate) async fn a_pool_that_runs_low_is_told(store: &dyn Store) {
    let mark = LowMark::Percent(10);
    let remaining = |news: &[Happened]| match news.last() {
        Some(Happened::PoolLow { remaining, .. }) => Some(*remaining),
        Some(Happened::PoolEmpty { .. }) => Some(0),
        _ => None,
    };
    fill_many(store, "p", 0, 1_000).await;
    draw_low(store, mark, 0, 899, 10).await;
    assert_eq!((counts(store, "p", 10).await.remaining, news(store).await), (101, vec![]));
    draw_low(store, mark, 900, 1, 11).await;
    let tell = vec!["owner@example.com".to_owned()];
    let runs_out_at = Some(at(11 + 100 * DAY / 900));
    let low = Happened::PoolLow { pool: slug("p"), remaining: 100, runs_out_at, tell: tell.clone() };
    assert_eq!(news(store).await, [low]);
    // Not again on the same day, but on the next.
    draw_low(store, mark, 901, 1, 12).await;
    draw_low(store, mark, 902, 1, 10 + DAY).await;
    assert_eq!(news(store).await.len(), 1);
    draw_low(store, mark, 903, 1, 11 + DAY).await;
    assert_eq!((news(store).await.len(), remaining(&news(store).await)), (2, Some(97)));
    // An upload that lifts it above arms it again, one that does not does not.
    fill_many(store, "p", 1_000, 1).await;
    draw_low(store, mark, 904, 1, 12 + DAY).await;
    assert_eq!(news(store).await.len(), 2);
    fill_many(store, "p", 2_000, 100).await;
    draw_low(store, mark, 905, 100, 13 + DAY).await;
    assert_eq!((news(store).await.len(), remaining(&news(store).await)), (3, Some(97)));
    // At zero it is told at once, and daily, also by draws in vain.
    draw_low(store, mark, 2_000, 97, 14 + DAY).await;
    assert_eq!(news(store).await[3], Happened::PoolEmpty { pool: slug("p"), tell });
    draw_low(store, mark, 3_000, 1, 15 + DAY).await;
    assert_eq!(news(store).await.len(), 4);
    draw_low(store, mark, 3_000, 1, 14 + 2 * DAY).await;
    assert_eq!((news(store).await.len(), remaining(&news(store).await)), (5, Some(0)));
}

pub(crate) async fn a_pool_is_low_by_count_or_by_days(store: &dyn Store) {
    fill_many(store, "p", 0, 100).await;
    draw_low(store, LowMark::Codes(90), 0, 9, 1).await;
    assert_eq!(news(store).await, []);
    // An order with a code that nobody was given counts too.
    redeem(store, "p 50", "eve", 2).await;
    assert!(matches!(news(store).await[..], [Happened::PoolLow { remaining: 90, .. }]));
    // Ten a day: ninety last for nine days, eighty for eight.
    draw_low(store, LowMark::Days(8), 100, 1, 3 * DAY).await;
    assert_eq!(news(store).await.len(), 1);
    let counted = counts(store, "p", 3 * DAY).await;
    assert_eq!((counted.remaining, counted.runs_out_at), (89, Some(at(3 * DAY + 89 * 4 * DAY / 11))));
    draw_low(store, LowMark::Days(8), 200, 40, 3 * DAY).await;
    assert_eq!(news(store).await.len(), 2);
}

async fn report(store: &dyn Store, told: &[(&str, &str)], second: i64) -> Answer {
    let mut redeemed = Vec::new();
    for (text, order) in told {
        let id = ReportId { code: code(store, text).await.id, order: (*order).into() };
        redeemed.push(RedeemedOutside { id, customer: None, at: None });
    }
    ask(store, Command::Report(Report { redeemed }), second).await
}

pub(crate) async fn a_redemption_elsewhere_counts_once(store: &dyn Store) {
    fill(store, "p", &["a", "b", "c"]).await;
    one(store, "1", "ann", Reuse::PerMessage, 1).await;
    // b was never given to anybody.
    assert_eq!(
        report(store, &[("a", "S-1"), ("b", "S-1")], 2).await,
        Answer::Reported { again: vec![false, false] }
    );
    assert_eq!(
        report(store, &[("a", "S-1"), ("c", "S-2"), ("c", "S-2")], 3).await,
        Answer::Reported { again: vec![true, false, true] }
    );
    let counted = counts(store, "p", 3).await;
    assert_eq!((counted.remaining, counted.assigned, counted.redeemed), (0, 3, 3));
    // It has happened, whatever we thought of it.
    assert_eq!(report(store, &[("a", "S-3")], 4).await, Answer::Reported { again: vec![false] });
    let twice = code(store, "a").await;
    assert_eq!((twice.state, twice.uses.used), (CodeState::Redeemed, 2));
    assert_eq!(counts(store, "p", 4).await.redeemed, 3);
}

/// Nobody was given it, it was withdrawn, and then it turned out to have been used elsewhere: somebody had it.
pub(crate) async fn a_withdrawn_code_that_was_used_elsewhere_counts_as_given(store: &dyn Store) {
    fill(store, "p", &["a", "b"]).await;
    withdraw(store, "a", 1).await;
    assert_eq!(report(store, &[("a", "S-1")], 2).await, Answer::Reported { again: vec![false] });
    let used = code(store, "a").await;
    assert_eq!((used.state, used.uses.used, used.assigned_at), (CodeState::Void, 1, Some(at(2))));
    let counted = counts(store, "p", 3).await;
    assert_eq!((counted.remaining, counted.assigned, counted.voided), (1, 1, 1));
}
