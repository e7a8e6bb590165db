//! What the store promises of codes that are changed many at once, and of their past.

use jiff::Timestamp;
use tearline_core::ledger::{
    Amend, Answer, Claimed, Code, CodeChange, CodeFilter, CodeState, Command, Place, Taken,
};
use tearline_store::Store;

use crate::codes::{counts, drawn, entered, fill, new_with_end};
use crate::ledger::{ask, order};
use crate::{at, slug, studio};

fn amend(after: u64, filter: CodeFilter, change: CodeChange) -> Command {
    Command::Amend(Box::new(Amend { pool: slug("p"), after, look_at: 4, filter, change }))
}

fn leaked() -> CodeChange {
    CodeChange::Withdraw { why: "leaked".to_owned() }
}

fn until(ends_at: Option<Timestamp>) -> CodeChange {
    CodeChange::Extend { expires_at: None, ends_at }
}

async fn states(store: &dyn Store, count: usize) -> Vec<CodeState> {
    let mut states = Vec::new();
    for n in 1..=count {
        states.push(entered(store, &format!("p code {n}")).await.unwrap().state);
    }
    states
}

/// Every code is looked at once, so many at a time, and those that are picked hold no more.
pub(crate) async fn a_leaked_batch_is_withdrawn_page_by_page(store: &dyn Store) {
    fill(store, "p", 10).await;
    drawn(store, "p", "mail").await;
    let filter = CodeFilter { last: Some(7), ..CodeFilter::default() };
    let first = ask(store, amend(0, filter.clone(), leaked()), 6).await;
    assert_eq!(first, Answer::Amended { changed: 4, next: Some(4) });
    let second = ask(store, amend(4, filter.clone(), leaked()), 6).await;
    assert_eq!(second, Answer::Amended { changed: 3, next: None });
    assert_eq!(counts(store, "p", 6).await, (3, 1, 0, 7));
    let again = ask(store, amend(4, filter, leaked()), 6).await;
    assert_eq!(again, Answer::Amended { changed: 0, next: None });
    let void = [CodeState::Void; 7].into_iter().chain([CodeState::Unassigned; 3]);
    assert_eq!(states(store, 10).await, void.collect::<Vec<_>>());
    // The pool goes on behind them.
    assert_eq!(drawn(store, "p", "other mail").await.text, "p code 8");
}

pub(crate) async fn a_filter_picks_by_state_customer_and_time(store: &dyn Store) {
    fill(store, "p", 4).await;
    drawn(store, "p", "mail").await; // ann's, at second 5
    let none_of = [
        CodeFilter { state: Some(CodeState::Redeemed), ..CodeFilter::default() },
        CodeFilter { customer: Some("bob".into()), ..CodeFilter::default() },
        CodeFilter { assigned_from: Some(at(6)), ..CodeFilter::default() },
        CodeFilter { assigned_until: Some(at(5)), ..CodeFilter::default() },
    ];
    for filter in none_of {
        let answer = ask(store, amend(0, filter.clone(), leaked()), 6).await;
        assert_eq!(answer, Answer::Amended { changed: 0, next: Some(4) }, "{filter:?}");
    }
    let hers = CodeFilter {
        state: Some(CodeState::Assigned),
        customer: Some("ann".into()),
        assigned_from: Some(at(5)),
        assigned_until: Some(at(6)),
        ..CodeFilter::default()
    };
    assert_eq!(ask(store, amend(0, hers, leaked()), 6).await, Answer::Amended { changed: 1, next: Some(4) });
    assert_eq!(counts(store, "p", 6).await, (3, 1, 0, 1));
}

/// A code that has ended remains again once it has more time; none is made to end sooner.
pub(crate) async fn codes_get_more_time_and_never_less(store: &dyn Store) {
    new_with_end(store, "p", &[("short", Some(at(10))), ("long", Some(at(30))), ("endless", None)]).await;
    assert_eq!(counts(store, "p", 15).await, (2, 0, 0, 0));
    let answer = ask(store, amend(0, CodeFilter::default(), until(Some(at(20)))), 15).await;
    assert_eq!(answer, Answer::Amended { changed: 1, next: None });
    let ends = |code: Option<Code>| code.unwrap().ends_at;
    assert_eq!(ends(entered(store, "short").await), Some(at(20)));
    assert_eq!(ends(entered(store, "long").await), Some(at(30)));
    assert_eq!(counts(store, "p", 15).await, (3, 0, 0, 0));
    assert_eq!(counts(store, "p", 25).await, (2, 0, 0, 0));
    let answer = ask(store, amend(0, CodeFilter::default(), until(None)), 25).await;
    assert_eq!(answer, Answer::Amended { changed: 2, next: None });
    assert_eq!(counts(store, "p", 99).await, (3, 0, 0, 0));
}

pub(crate) async fn a_code_remembers_its_past_the_newest_first(store: &dyn Store) {
    fill(store, "p", 2).await;
    let code = drawn(store, "p", "mail").await;
    let claims = vec![Taken { of: Claimed::Code(code.id.clone()), take: 1, most: 2 }];
    let place = Place { customer: Some("ann".into()), claims, ..order("a", 1) };
    assert!(ask(store, Command::Place(Box::new(place)), 6).await.is_success());
    let filter = CodeFilter { last: Some(1), ..CodeFilter::default() };
    assert!(ask(store, amend(0, filter, leaked()), 7).await.is_success());
    let page =
        async |before, limit| store.activities_of_code(&studio(), &code.id, before, limit).await.unwrap();
    let told = |logged: &[tearline_store::Logged]| -> Vec<_> {
        logged.iter().map(|logged| (logged.activity.what.name(), logged.activity.at)).collect()
    };
    let newest = page(None, 2).await;
    assert_eq!(told(&newest), [("code_withdrawn", at(7)), ("order_placed", at(6))]);
    let rest = page(Some(newest[1].id), 2).await;
    assert_eq!(told(&rest), [("code_drawn", at(5))]);
    assert_eq!(page(Some(rest[0].id), 2).await, []);
    let other = tearline_core::ledger::CodeId { serial: 2, ..code.id.clone() };
    assert_eq!(store.activities_of_code(&studio(), &other, None, 9).await.unwrap(), []);
}
