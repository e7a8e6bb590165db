//! Random histories of the ledger: each store, closed and opened again now and then, answers every command as the
//! model does, and counts the same.

use std::fmt::Write as _;

use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::json;
use tearline_core::codes::{CodeForm, Key};
use tearline_core::imports::{NewImport, RowPolicy, Turn};
use tearline_core::ledger::{
    Amend, Answer, Cancel, CartId, Claimed, ClaimedLimit, Code, CodeChange, CodeFilter, CodeId, CodeState,
    Command, Counter, CustomerId, Draw, DrawFallback, Drew, Extend, GiveBack, LimitKey, MakeHold, MakeRefund,
    Makes, Once, OrderId, Place, PoolId, Priced, RedeemedOutside, Release, Report, ReportId, Request,
    ReservationId, Reserve, Taken, Terms, Tidy, UsesPolicy, Wanted, Withdraw,
};
use tearline_core::pool::{Low, LowMark, Reuse};
use tearline_store::{Asker, Chunk, Clocks, ModelStore, NewCode, PostgresStore, SqliteStore, Store, doctor};

use crate::imports::asked;
use crate::{at, block_on, on_an_empty_postgres, studio};

#[derive(Clone, Debug)]
enum Call {
    Decide(Box<Request>),
    Taken(Asker),
    Look(CustomerId, CartId, OrderId),
    Add(PoolId, Vec<NewCode>),
    LookAtCodes(PoolId, String),
    /// Begins an import and stages its first rows.
    BeginImport(PoolId, NewImport, Vec<NewCode>),
    /// Stages codes as the next rows of an import.
    Stage(PoolId, u64, Vec<NewCode>),
    Turn(PoolId, u64, Turn),
    ClearImport(PoolId, u64, u32),
    LookAtImports(PoolId),
    LookAtPool(PoolId, CustomerId),
    /// So many seconds go by.
    Wait(i64),
    Reopen,
}

fn limits() -> impl Strategy<Value = LimitKey> {
    let kinds = prop_oneof![
        Just(ClaimedLimit::Total),
        Just(ClaimedLimit::PerCustomer),
        Just(ClaimedLimit::SharedBalance),
    ];
    ("p|q", kinds, "|a").prop_map(|(promotion, limit, of)| LimitKey {
        promotion: promotion.into(),
        limit,
        of,
    })
}

fn pools() -> impl Strategy<Value = PoolId> {
    "[pq]".prop_map(|pool| pool.parse().unwrap())
}

fn codes() -> impl Strategy<Value = CodeId> {
    (pools(), 1..5_u64).prop_map(|(pool, serial)| CodeId { pool, serial })
}

fn texts() -> impl Strategy<Value = String> {
    "[a-dA-B]|a-b"
}

fn new_codes() -> impl Strategy<Value = NewCode> {
    let ends = proptest::option::weighted(0.3, 0..40_i64);
    let customer = proptest::option::weighted(0.2, "ann|bob".prop_map(CustomerId::from));
    (texts(), any::<bool>(), ends, customer, 0..2_u64).prop_map(|(text, exact, ends, customer, used)| {
        NewCode { text, exact, ends_at: ends.map(at), customer, used, at: Some(at(0)), ..NewCode::default() }
    })
}

fn claims() -> impl Strategy<Value = Vec<Taken>> {
    let claimed = prop_oneof![4 => limits().prop_map(Claimed::Limit), 2 => codes().prop_map(Claimed::Code)];
    let taken = (claimed, 0..4_i64, 1..6_i64).prop_map(|(of, take, most)| Taken { of, take, most });
    // A quote claims a limit once.
    proptest::collection::vec(taken, 0..4).prop_map(|mut claims| {
        claims.sort_by(|one, other| one.of.cmp(&other.of));
        claims.dedup_by(|one, other| one.of == other.of);
        claims
    })
}

fn priced() -> impl Strategy<Value = Priced> {
    (0..2_i64, prop_oneof![9 => Just(0), 1 => Just(1_u64)]).prop_map(|(due, config_version)| Priced {
        cart: json!({}),
        facts: json!({}),
        quote: json!({ "due": due }),
        at: at(0),
        config_version,
        arithmetic: 1,
        due,
    })
}

fn carts() -> impl Strategy<Value = CartId> {
    "[abc]".prop_map(CartId::from)
}

fn orders() -> impl Strategy<Value = OrderId> {
    "[a-f]".prop_map(OrderId::from)
}

fn customers() -> impl Strategy<Value = Option<CustomerId>> {
    proptest::option::of("ann|bob".prop_map(CustomerId::from))
}

fn read() -> impl Strategy<Value = Option<u64>> {
    proptest::option::weighted(0.3, 0..3_u64)
}

fn policies() -> impl Strategy<Value = UsesPolicy> {
    prop_oneof![Just(UsesPolicy::GiveBack), Just(UsesPolicy::Keep)]
}

/// From files, or made: short ones, so that they clash.
fn terms() -> impl Strategy<Value = Terms> {
    let ends = proptest::option::weighted(0.3, 0..40_i64);
    let low =
        proptest::option::weighted(0.3, proptest::sample::select(vec![LowMark::Codes(2), LowMark::Days(9)]));
    (any::<bool>(), any::<bool>(), ends, low).prop_map(|(makes, is_bound, ends, low)| {
        let form: CodeForm = serde_json::from_value(json!({
            "pattern": "#", "alphabet": {"symbols": "ABCDEF"}, "guessable": true,
        }))
        .unwrap();
        let makes = makes.then(|| Makes { form, fresh_key: Key::from([7; 16]) });
        let low = low.map(|at| Low { at, tell: Vec::new() });
        Terms { makes, expires_at: None, ends_at: ends.map(at), is_bound, low }
    })
}

fn wanted() -> impl Strategy<Value = Wanted> {
    let reuse = proptest::sample::select(vec![Reuse::PerMessage, Reuse::UntilRedeemed, Reuse::Once]);
    ("[k-m]", customers(), reuse).prop_map(|(key, customer, reuse)| Wanted { key, customer, reuse })
}

fn draws() -> impl Strategy<Value = Command> {
    let fallback = prop_oneof![
        4 => Just(None),
        1 => (pools(), terms()).prop_map(|(pool, terms)| Some(DrawFallback::Pool(pool, Box::new(terms)))),
        1 => Just(Some(DrawFallback::Text("WELCOME".to_owned()))),
    ];
    let wanted = proptest::collection::vec(wanted(), 1..4);
    (pools(), wanted, terms(), fallback, proptest::option::weighted(0.2, "[r-s]"), 0..20_u8).prop_map(
        |(pool, wanted, terms, fallback, reservation, closed)| {
            // No pool is its own fallback.
            let is_own = matches!(&fallback, Some(DrawFallback::Pool(other, _)) if *other == pool);
            let fallback = fallback.filter(|_| !is_own);
            Command::Draw(Box::new(Draw {
                pool,
                wanted,
                terms,
                fallback,
                reservation,
                is_closed: closed == 0,
            }))
        },
    )
}

fn reservations() -> impl Strategy<Value = Command> {
    let id = (pools(), "[r-s]").prop_map(|(pool, key)| ReservationId { pool, key });
    (id, 1..4_u64, terms(), any::<bool>()).prop_map(|(id, codes, terms, gives_back)| {
        if gives_back {
            Command::GiveBack(GiveBack { id })
        } else {
            Command::Reserve(Box::new(Reserve { id, codes, makes: terms.makes }))
        }
    })
}

fn reports() -> impl Strategy<Value = Command> {
    let one = (codes(), orders(), customers()).prop_map(|(code, order, customer)| RedeemedOutside {
        id: ReportId { code, order },
        customer,
        at: None,
    });
    proptest::collection::vec(one, 1..3).prop_map(|redeemed| Command::Report(Report { redeemed }))
}

fn commands() -> impl Strategy<Value = Command> {
    let hold = (carts(), customers(), 1..9_u32, claims(), read(), priced()).prop_map(
        |(cart, customer, ttl_s, claims, orders_read, priced)| {
            Command::Hold(Box::new(MakeHold { cart, customer, ttl_s, claims, orders_read, priced }))
        },
    );
    let place = (
        orders(),
        "x|y",
        proptest::option::of(carts()),
        customers(),
        any::<bool>(),
        read(),
        claims(),
        priced(),
    )
        .prop_map(|(order, fingerprint, cart, customer, is_held, orders_read, claims, priced)| {
            let email = customer.as_ref().map(|customer| format!("{customer}@example.com"));
            let place =
                Place { order, fingerprint, cart, customer, email, is_held, orders_read, claims, priced };
            Command::Place(Box::new(place))
        });
    let refund = (orders(), 0..3_usize, 0..9_i64, claims()).prop_map(|(order, after, minor, claims)| {
        let (statement, returned, exchange) = (crate::ledger::statement(minor), Vec::new(), None);
        Command::Refund(Box::new(MakeRefund { order, after, statement, returned, exchange, claims }))
    });
    prop_oneof![
        4 => hold,
        6 => place,
        1 => (carts(), 1..9_u32).prop_map(|(cart, ttl_s)| Command::Extend(Extend { cart, ttl_s })),
        1 => carts().prop_map(|cart| Command::Release(Release { cart })),
        2 => (orders(), policies()).prop_map(|(order, uses)| Command::Cancel(Cancel { order, uses })),
        1 => refund,
        4 => draws(),
        2 => reservations(),
        1 => reports(),
        1 => codes().prop_map(|code| Command::Withdraw(Withdraw { code, why: "leaked".to_owned() })),
        1 => amendments(),
        1 => (1..4_u32).prop_map(|most| Command::Tidy(Tidy { most })),
    ]
}

fn amendments() -> impl Strategy<Value = Command> {
    let change = prop_oneof![
        Just(CodeChange::Withdraw { why: "leaked".to_owned() }),
        proptest::option::of(0..60_i64)
            .prop_map(|end| CodeChange::Extend { expires_at: None, ends_at: end.map(at) }),
    ];
    let state = proptest::sample::select(vec![None, Some(CodeState::Unassigned), Some(CodeState::Assigned)]);
    (pools(), 0..3_u64, 1..4_u32, proptest::option::of(1..4_u64), state, change).prop_map(
        |(pool, after, look_at, last, state, change)| {
            let filter = CodeFilter { last, state, ..CodeFilter::default() };
            Command::Amend(Box::new(Amend { pool, after, look_at, filter, change }))
        },
    )
}

fn requests() -> impl Strategy<Value = Request> {
    let once = ("j|k", "x|y").prop_map(|(key, fingerprint)| Once { key, fingerprint });
    (proptest::option::weighted(0.2, once), commands()).prop_map(|(once, command)| Request {
        by: "ann".to_owned(),
        once,
        command,
    })
}

fn imports() -> impl Strategy<Value = Call> {
    let policies = prop_oneof![Just(RowPolicy::SkipBad), Just(RowPolicy::AllOrNothing)];
    let codes = || proptest::collection::vec(new_codes(), 0..4);
    let begin = (pools(), policies, any::<bool>(), any::<bool>(), codes()).prop_map(
        |(pool, policy, publish, replace_unused, codes)| {
            let asked = NewImport { policy, publish, replace_unused, ..asked() };
            Call::BeginImport(pool, asked, codes)
        },
    );
    let turns = prop_oneof![
        6 => Just(Turn::Finish),
        3 => proptest::option::of(any::<bool>()).prop_map(|replace_unused| Turn::Publish { replace_unused }),
        1 => Just(Turn::Undo),
        1 => Just(Turn::Fail { error: "unreadable".to_owned() }),
    ];
    let numbers = || 1..4_u64;
    prop_oneof![
        2 => begin,
        4 => (pools(), numbers(), codes())
            .prop_map(|(pool, number, codes)| Call::Stage(pool, number, codes)),
        4 => (pools(), numbers(), turns).prop_map(|(pool, number, turn)| Call::Turn(pool, number, turn)),
        2 => (pools(), numbers(), 1..3_u32).prop_map(|(pool, number, most)| Call::ClearImport(pool, number, most)),
        2 => pools().prop_map(Call::LookAtImports),
    ]
}

fn calls() -> impl Strategy<Value = Call> {
    prop_oneof![
        20 => requests().prop_map(|request| Call::Decide(Box::new(request))),
        4 => (proptest::option::of(carts()), customers())
            .prop_map(|(cart, customer)| Call::Taken(Asker { cart, customer })),
        2 => ("ann|bob", carts(), orders()).prop_map(|(customer, cart, order)| Call::Look(customer.into(), cart, order)),
        3 => (pools(), proptest::collection::vec(new_codes(), 0..4)).prop_map(|(pool, new)| Call::Add(pool, new)),
        3 => (pools(), texts()).prop_map(|(pool, text)| Call::LookAtCodes(pool, text)),
        16 => imports(),
        5 => (0..6_i64).prop_map(Call::Wait),
        1 => Just(Call::Wait(80_000)),
        2 => (pools(), "ann|bob").prop_map(|(pool, customer)| Call::LookAtPool(pool, customer.into())),
        1 => Just(Call::Wait(3_600)),
        1 => Just(Call::Reopen),
    ]
}

/// Every limit that a history may name.
fn all_limits() -> Vec<LimitKey> {
    let kinds = [ClaimedLimit::Total, ClaimedLimit::PerCustomer, ClaimedLimit::SharedBalance];
    let of = |promotion: &'static str| {
        kinds.into_iter().flat_map(move |limit| {
            ["", "a"].map(|of| LimitKey { promotion: promotion.into(), limit, of: of.to_owned() })
        })
    };
    of("p").chain(of("q")).collect()
}

async fn stage(store: &dyn Store, pool: &PoolId, number: u64, codes: &[NewCode]) -> String {
    let Some(import) = store.import(&studio(), pool, number).await.unwrap() else { return String::new() };
    let rows: Vec<_> = (import.row_last + 1..).zip(codes.iter().cloned()).collect();
    let upto = import.row_last + u32::try_from(rows.len()).unwrap();
    let chunk = Chunk::new(import.row_last, upto, rows);
    format!("{:?}", store.stage(&studio(), pool, number, chunk).await)
}

fn drawn(drew: &mut Drew) -> Option<&mut Box<Code>> {
    match drew {
        Drew::Code { code, .. } | Drew::Had { code } => Some(code),
        Drew::Text { .. } | Drew::Empty => None,
    }
}

/// The answer as text.
async fn answer(store: &dyn Store, call: &Call, now: Timestamp) -> String {
    match call {
        Call::Decide(request) => {
            let request = Request::clone(request);
            let mut answer = store.decide(&studio(), request, now).await;
            // What is held is counted by one and added up by the other.
            let codes: Vec<&mut Box<Code>> = match &mut answer {
                Ok(Answer::Withdrawn { code }) => vec![code],
                Ok(Answer::Drawn { draws }) => draws.iter_mut().filter_map(drawn).collect(),
                _ => Vec::new(),
            };
            for code in codes {
                code.uses = Counter { used: code.uses.used, ..Counter::default() };
            }
            format!("{answer:?}")
        }
        Call::Taken(asker) => {
            format!("{:?}", store.taken(&studio(), all_limits(), asker.clone(), now).await)
        }
        Call::Look(customer, cart, order) => {
            let buyer = store.buyer(&studio(), customer).await;
            let (hold, found) = (store.hold(&studio(), cart).await, store.order(&studio(), order).await);
            format!("{buyer:?} {hold:?} {found:?} {:?}", store.activities_of(&studio(), order).await)
        }
        Call::Add(pool, new) => format!("{:?}", store.add_codes(&studio(), pool, new.clone()).await),
        Call::LookAtCodes(pool, text) => {
            let code = store.code(&studio(), text).await.unwrap();
            let code = code.map(|code| (code.id, code.state, code.customer, code.uses.used, code.ends_at));
            let mut past = Vec::new();
            if let Some((id, ..)) = &code {
                let logged = store.activities_of_code(&studio(), id, None, 9).await.unwrap();
                past.extend(logged.into_iter().map(|logged| logged.activity));
            }
            format!("{code:?} {past:?} {:?}", store.pool_counts(&studio(), pool, now).await)
        }
        Call::BeginImport(pool, asked, codes) => {
            let begun = store.begin_import(&studio(), pool, asked.clone()).await.unwrap().unwrap();
            stage(store, pool, begun.number, codes).await
        }
        Call::Stage(pool, number, codes) => stage(store, pool, *number, codes).await,
        Call::Turn(pool, number, turn) => {
            format!("{:?}", store.turn_import(&studio(), pool, *number, turn.clone(), now).await)
        }
        Call::ClearImport(pool, number, most) => {
            format!("{:?}", store.clear_import(&studio(), pool, *number, *most, now).await)
        }
        Call::LookAtImports(pool) => {
            let imports = store.imports(&studio(), pool, None, 10).await.unwrap();
            let under_way = store.imports_under_way(&studio()).await.unwrap();
            let mut told = format!("{imports:?} {under_way:?}");
            for import in imports {
                let report = store.import_report(&studio(), pool, import.number, 0, 50).await;
                write!(told, "{report:?}").unwrap();
            }
            let page = store.pool_codes(&studio(), pool, 0, 4).await.unwrap();
            let codes = page.codes.into_iter().map(|code| (code.id, code.text, code.state));
            write!(told, "{:?} {:?}", codes.collect::<Vec<_>>(), page.next).unwrap();
            told
        }
        Call::LookAtPool(pool, customer) => {
            let assigned = store.assigned_code(&studio(), pool, customer, now).await.unwrap();
            let assigned = assigned.map(|code| (code.id, code.is_bound));
            let news = store.activities_of_pool(&studio(), pool, None, 9).await.unwrap();
            let news: Vec<_> = news.into_iter().map(|logged| logged.activity).collect();
            let id = ReservationId::new(pool, "r");
            format!("{assigned:?} {news:?} {:?}", store.reservation(&studio(), &id).await)
        }
        Call::Wait(_) | Call::Reopen => String::new(),
    }
}

async fn hold_against_the_model<S: Store>(
    calls: Vec<Call>,
    open: impl AsyncFn() -> S,
) -> Result<(), TestCaseError> {
    let model = ModelStore::new();
    let mut store = open().await;
    let mut now = at(0);
    for call in calls {
        match call {
            Call::Wait(seconds) => now += jiff::SignedDuration::from_secs(seconds),
            Call::Reopen => {
                store.close().await.unwrap();
                store = open().await;
            }
            _ => {}
        }
        let (theirs, ours) = (answer(&store, &call, now).await, answer(&model, &call, now).await);
        prop_assert_eq!(theirs, ours, "{:?}", call);
    }
    store.close().await.unwrap();
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn sqlite_and_the_model_count_alike(calls in proptest::collection::vec(calls(), 1..60)) {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("tearline.db");
        block_on(hold_against_the_model(calls, async || SqliteStore::open(&path, at(0)).unwrap()))?;
        // Whatever has happened, what is counted is what the rows say.
        let mut found = Vec::new();
        doctor::examine(&path, &mut |finding| found.push(finding), &mut |_, _| {}).unwrap();
        prop_assert_eq!(found, vec![]);
    }
}

#[test]
fn postgres_and_the_model_count_alike() {
    on_an_empty_postgres(proptest::collection::vec(calls(), 1..60), async |calls, address| {
        let open = async || PostgresStore::open(&address, Clocks::Callers, at(0)).await.unwrap();
        hold_against_the_model(calls, open).await
    });
}
