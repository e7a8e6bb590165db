//! What the store promises of codes: each is somebody's once, and every count agrees with the rows.

use jiff::Timestamp;
use tearline_core::codes::Key;
use tearline_core::ledger::{
    Answer, Cancel, Claimed, Code, CodeState, Command, Draw, Drew, MakeHold, Makes, Place, Taken, Terms,
    UsesPolicy, Wanted, Withdraw,
};
use tearline_core::pool::Reuse;
use tearline_store::{Added, Asker, NewCode, PoolCounts, Store};

use crate::ledger::{ask, hold, order};
use crate::{at, slug, studio};

pub(crate) fn new(text: &str) -> NewCode {
    NewCode { text: text.to_owned(), ..NewCode::default() }
}

pub(crate) async fn add(store: &dyn Store, pool: &str, codes: Vec<NewCode>) -> Vec<Added> {
    store.add_codes(&studio(), &slug(pool), codes).await.unwrap()
}

pub(crate) async fn fill(store: &dyn Store, pool: &str, count: usize) {
    add(store, pool, (1..=count).map(|n| new(&format!("{pool} code {n}"))).collect()).await;
}

/// Adds codes that end by themselves.
pub(crate) async fn new_with_end(store: &dyn Store, pool: &str, codes: &[(&str, Option<Timestamp>)]) {
    let codes = codes.iter().map(|(text, ends_at)| NewCode { ends_at: *ends_at, ..new(text) });
    add(store, pool, codes.collect()).await;
}

fn a_draw(pool: &str, key: &str) -> Draw {
    let wanted = Wanted { key: key.to_owned(), customer: Some("ann".into()), reuse: Reuse::PerMessage };
    let terms = Terms { is_bound: true, ..Terms::default() };
    Draw {
        pool: slug(pool),
        wanted: vec![wanted],
        terms,
        fallback: None,
        reservation: None,
        is_closed: false,
    }
}

pub(crate) async fn draw(store: &dyn Store, pool: &str, key: &str) -> Drew {
    drew(ask(store, Command::Draw(Box::new(a_draw(pool, key))), 5).await)
}

/// What came of the one code that was wanted.
fn drew(answer: Answer) -> Drew {
    match answer {
        Answer::Drawn { mut draws } if draws.len() == 1 => draws.remove(0),
        answer => panic!("{answer:?}"),
    }
}

pub(crate) async fn drawn(store: &dyn Store, pool: &str, key: &str) -> Code {
    match draw(store, pool, key).await {
        Drew::Code { code, .. } => *code,
        answer => panic!("{answer:?}"),
    }
}

pub(crate) async fn counts(store: &dyn Store, pool: &str, second: i64) -> (u64, u64, u64, u64) {
    let counts = store.pool_counts(&studio(), &slug(pool), at(second)).await.unwrap();
    let PoolCounts { remaining, assigned, redeemed, voided, .. } = counts;
    (remaining, assigned, redeemed, voided)
}

pub(crate) async fn entered(store: &dyn Store, text: &str) -> Option<Code> {
    store.code(&studio(), text).await.unwrap()
}

pub(crate) async fn a_code_is_found_as_it_is_matched(store: &dyn Store) {
    let exact = NewCode { exact: true, ..new("20-OFF_ąć/7") };
    assert_eq!(add(store, "p", vec![new("Spring-1"), exact]).await, [Added::Serial(1), Added::Serial(2)]);
    for spelling in ["Spring-1", "SPRING 1", " spring1 "] {
        assert_eq!(entered(store, spelling).await.unwrap().id.serial, 1, "{spelling}");
    }
    assert_eq!(entered(store, " 20-OFF_ąć/7 ").await.unwrap().text, "20-OFF_ąć/7");
    assert_eq!(entered(store, "20-off_ąć/7").await, None);
}

pub(crate) async fn a_code_that_is_somebodys_is_stepped_over(store: &dyn Store) {
    fill(store, "p", 3).await;
    let again = vec![new("p code 2"), new("P-CODE-3"), new("p code 4"), new("p code 4")];
    let added = add(store, "q", again).await;
    assert_eq!(added, [Added::Known, Added::Known, Added::Serial(1), Added::Known]);
    assert_eq!(counts(store, "q", 5).await, (1, 0, 0, 0));
}

pub(crate) async fn each_draw_gives_another_code_until_none_is_left(store: &dyn Store) {
    fill(store, "p", 3).await;
    let mut texts = Vec::new();
    for n in 0..3 {
        texts.push(drawn(store, "p", &format!("mail {n}")).await.text);
        assert_eq!(counts(store, "p", 5).await, (2 - n, n + 1, 0, 0));
    }
    assert_eq!(texts, ["p code 1", "p code 2", "p code 3"]);
    assert_eq!(draw(store, "p", "one more").await, Drew::Empty);
    fill(store, "p", 4).await;
    assert_eq!(drawn(store, "p", "one more").await.text, "p code 4");
}

/// Of one symbol out of six, so that a hand-made code is soon in the way.
fn making(form: &str, key: &str) -> Command {
    let makes = Makes { form: serde_json::from_str(form).unwrap(), fresh_key: Key::from([7; 16]) };
    Command::Draw(Box::new(Draw {
        terms: Terms { makes: Some(makes), ..Terms::default() },
        ..a_draw("made", key)
    }))
}

pub(crate) async fn codes_are_made_as_they_are_drawn(store: &dyn Store) {
    let short = r#"{"pattern": "A-#", "alphabet": {"symbols": "BCDEFG"}, "guessable": true}"#;
    add(store, "files", vec![new("a-c"), new("a e")]).await;
    let mut texts = std::collections::BTreeSet::new();
    for n in 0..4 {
        let answer = drew(ask(store, making(short, &format!("mail {n}")), 5).await);
        let Drew::Code { code, again: false } = answer else { panic!("{answer:?}") };
        assert_eq!(entered(store, &code.text.to_lowercase()).await.as_ref(), Some(&*code));
        texts.insert(code.text);
    }
    assert_eq!(Vec::from_iter(texts), ["A-B", "A-D", "A-F", "A-G"]);
    assert_eq!(drew(ask(store, making(short, "one more"), 5).await), Drew::Empty);
    // Another form begins another series.
    let longer = r#"{"pattern": "B-##", "alphabet": {"symbols": "BCDEFG"}, "guessable": true}"#;
    let answer = drew(ask(store, making(longer, "one more"), 5).await);
    let Drew::Code { code, .. } = answer else { panic!("{answer:?}") };
    assert!(code.text.starts_with("B-") && code.id.serial == 7, "{code:?}");
    assert_eq!(counts(store, "made", 5).await, (0, 5, 0, 0));
}

pub(crate) async fn the_same_key_draws_the_same_code(store: &dyn Store) {
    fill(store, "p", 3).await;
    let first = drawn(store, "p", "mail 1").await;
    assert_eq!((first.state, first.customer.clone()), (CodeState::Assigned, Some("ann".into())));
    let again = draw(store, "p", "mail 1").await;
    assert_eq!(again, Drew::Code { code: Box::new(first), again: true });
    assert_eq!(counts(store, "p", 5).await, (2, 1, 0, 0));
}

pub(crate) async fn a_code_that_has_ended_is_not_drawn(store: &dyn Store) {
    let ended = |text, second| NewCode { ends_at: Some(at(second)), ..new(text) };
    add(store, "p", vec![ended("a", 5), ended("b", 6), new("c")]).await;
    assert_eq!(
        [counts(store, "p", 4).await.0, counts(store, "p", 5).await.0, counts(store, "p", 6).await.0],
        [3, 2, 1]
    );
    assert_eq!(drawn(store, "p", "mail 1").await.text, "b");
}

pub(crate) async fn a_code_is_used_as_often_as_it_may_be(store: &dyn Store) {
    fill(store, "p", 1).await;
    let code = entered(store, "p code 1").await.unwrap();
    let takes = |id: &str| {
        let claims = vec![Taken { of: Claimed::Code(code.id.clone()), take: 1, most: 1 }];
        Command::Place(Box::new(Place { claims, ..order(id, 1) }))
    };
    assert!(ask(store, takes("a"), 6).await.is_success());
    assert_eq!(ask(store, takes("b"), 6).await, Answer::Moved);
    let used = entered(store, "p code 1").await.unwrap();
    assert_eq!((used.state, used.uses.used, used.assigned_at), (CodeState::Redeemed, 1, Some(at(6))));
    assert_eq!(counts(store, "p", 6).await, (0, 1, 1, 0));
    assert_eq!(draw(store, "p", "mail").await, Drew::Empty);

    let cancel = Cancel { order: "a".into(), uses: UsesPolicy::GiveBack };
    assert!(ask(store, Command::Cancel(cancel), 7).await.is_success());
    assert_eq!(entered(store, "p code 1").await.unwrap().state, CodeState::Assigned);
    assert_eq!(counts(store, "p", 7).await, (0, 1, 0, 0));
    assert!(ask(store, takes("c"), 8).await.is_success());
}

pub(crate) async fn a_code_given_to_somebody_is_nobody_elses(store: &dyn Store) {
    fill(store, "p", 1).await;
    let code = drawn(store, "p", "mail").await;
    let claims = vec![Taken { of: Claimed::Code(code.id), take: 1, most: 1 }];
    let by = |customer: Option<&str>, id: &str| {
        let place = Place { claims: claims.clone(), customer: customer.map(Into::into), ..order(id, 1) };
        Command::Place(Box::new(place))
    };
    assert_eq!(ask(store, by(Some("bob"), "a"), 6).await, Answer::Moved);
    assert_eq!(ask(store, by(None, "b"), 6).await, Answer::Moved);
    assert!(ask(store, by(Some("ann"), "c"), 6).await.is_success());
}

pub(crate) async fn a_code_that_is_withdrawn_holds_no_more(store: &dyn Store) {
    fill(store, "p", 2).await;
    let code = entered(store, "p code 1").await.unwrap();
    let claims = vec![Taken { of: Claimed::Code(code.id.clone()), take: 1, most: 1 }];
    let make = MakeHold { claims: claims.clone(), ..hold("mine", 1) };
    assert!(ask(store, Command::Hold(Box::new(make)), 5).await.is_success());
    for _ in 0..2 {
        let withdraw = Withdraw { code: code.id.clone(), why: "leaked".to_owned() };
        assert!(ask(store, Command::Withdraw(withdraw), 6).await.is_success());
        assert_eq!(counts(store, "p", 6).await, (1, 0, 0, 1));
    }
    let held = Place { cart: Some("mine".into()), is_held: true, claims, ..order("a", 1) };
    assert_eq!(ask(store, Command::Place(Box::new(held)), 7).await, Answer::Moved);
    assert_eq!(drawn(store, "p", "mail").await.text, "p code 2");
}

pub(crate) async fn a_hold_keeps_a_code(store: &dyn Store) {
    fill(store, "p", 1).await;
    let code = entered(store, "p code 1").await.unwrap();
    let claims = vec![Taken { of: Claimed::Code(code.id), take: 1, most: 1 }];
    let make = |cart: &str| Command::Hold(Box::new(MakeHold { claims: claims.clone(), ..hold(cart, 1) }));
    assert!(ask(store, make("mine"), 0).await.is_success());
    assert_eq!(ask(store, make("yours"), 9).await, Answer::Moved);
    // What is held is not given to somebody else, either.
    assert_eq!(draw(store, "p", "mail").await, Drew::Empty);
    assert!(ask(store, make("yours"), 10).await.is_success());
}

pub(crate) async fn what_others_hold_of_a_code_is_told(store: &dyn Store) {
    add(store, "p", vec![NewCode { uses_max: Some(3), ..new("thrice") }]).await;
    let code = entered(store, "thrice").await.unwrap().id;
    for (cart, customer, ttl_s) in [("mine", Some("ann"), 30), ("hers", Some("eve"), 20), ("his", None, 10)] {
        let claims = vec![Taken { of: Claimed::Code(code.clone()), take: 1, most: 3 }];
        let make = MakeHold { claims, ttl_s, customer: customer.map(Into::into), ..hold(cart, 1) };
        assert!(ask(store, Command::Hold(Box::new(make)), 0).await.is_success());
    }
    let asker = |cart: &str, customer: &str| Asker {
        cart: Some(cart).filter(|cart| !cart.is_empty()).map(Into::into),
        customer: Some(customer).filter(|customer| !customer.is_empty()).map(Into::into),
    };
    for (asker, second, uses, until) in [
        (asker("", ""), 1, 3, Some(10)),
        (asker("his", ""), 1, 2, Some(20)),
        (asker("other", "ann"), 1, 2, Some(10)),
        (asker("hers", "ann"), 10, 0, None),
        (asker("", ""), 20, 1, Some(30)),
    ] {
        let held = store.code_held(&studio(), &code, &asker, at(second)).await.unwrap();
        assert_eq!((held.uses, held.until), (uses, until.map(at)), "{asker:?} at {second}");
    }
}

pub(crate) async fn codes_used_elsewhere_count_as_given(store: &dyn Store) {
    let used = NewCode { used: 1, at: Some(at(1)), ..new("used") };
    let theirs = NewCode { customer: Some("bob".into()), at: Some(at(1)), ..new("theirs") };
    add(store, "p", vec![used, theirs, new("free")]).await;
    assert_eq!(counts(store, "p", 5).await, (1, 2, 1, 0));
    assert_eq!(drawn(store, "p", "mail").await.text, "free");
}

pub(crate) async fn a_thousand_draws_at_once_are_a_thousand_codes(store: &dyn Store) {
    fill(store, "p", 1_000).await;
    let draws = (0..1_001).map(|n| async move { draw(store, "p", &format!("mail {n}")).await });
    let answers = futures_util::future::join_all(draws).await;
    let texts: std::collections::BTreeSet<_> = answers
        .iter()
        .filter_map(|answer| match answer {
            Drew::Code { code, again: false } => Some(code.text.clone()),
            _ => None,
        })
        .collect();
    assert_eq!(texts.len(), 1_000);
    assert_eq!(answers.iter().filter(|answer| **answer == Drew::Empty).count(), 1);
}
