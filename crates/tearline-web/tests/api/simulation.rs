//! A simulated day: buyers order, hold, cancel and draw at the same time, writes are lost before or after they were
//! done, and the clock jumps. One seed drives all of it. Afterwards every count is what the rows say.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::http::StatusCode;
use jiff::SignedDuration;
use serde_json::{Value, json};
use tearline_app::clock::{Clock, StillClock, SystemClock};
use tearline_core::ledger::{Claimed, ClaimedLimit, LimitKey, Order, OrderState, Taken};
use tearline_store::{Asker, Ledger, ModelStore, SqliteStore, Store};

use crate::faulty::{FaultyStore, Luck};
use crate::world::{Answer, World};

const BUYERS: u64 = 12;
const ACTIONS: u64 = 12;
const CODES: usize = 60;
const COUNTED_MAX: u64 = 30;
const BALANCE: u64 = 50_000;
/// How often a buyer asks again until an answer comes.
const ATTEMPTS: usize = 100;

/// What buyers were told.
#[derive(Debug, Clone, Default)]
struct Told {
    placed: BTreeMap<String, i64>,
    drawn: BTreeMap<String, String>,
    refused_draws: usize,
}

struct Simulation {
    world: World,
    store: Arc<FaultyStore>,
    clock: Arc<StillClock>,
    told: RefCell<Told>,
}

impl Simulation {
    async fn new(inner: Arc<dyn Store>) -> Self {
        let store = Arc::new(FaultyStore::over(inner));
        let clock = Arc::new(StillClock::at("2026-03-01T10:00:00Z".parse().unwrap()));
        let world = World::with(store.clone(), clock.clone(), None).await;
        let promise = async |id: &str, document: Value| {
            world.put(&format!("/v1/promotions/{id}"), &document).await.ok(201);
        };
        let percent = json!([{"percent_off": {"percent": 10}}]);
        promise(
            "counted",
            json!({"codes": ["COUNTED"], "combines_with_codes": true, "benefits": percent,
            "limits": {"total": COUNTED_MAX, "per_customer": 5}}),
        )
        .await;
        promise(
            "balance",
            json!({"codes": ["BALANCE"], "combines_with_codes": true,
            "benefits": [{"credit": {"amount": "500.00 USD", "shared": true}}]}),
        )
        .await;
        promise("thanks", json!({"pool_codes": true, "combines_with_codes": true, "benefits": percent}))
            .await;
        world.put("/v1/pools/thank-you", &json!({"promotion": "thanks"})).await.ok(201);
        let codes: Vec<_> = (0..CODES).map(text_of).collect();
        world.post("/v1/pools/thank-you/codes", &json!({"codes": codes})).await.ok(200);
        Self { world, store, clock, told: RefCell::default() }
    }

    /// Asks until an answer comes, with the same body each time, as a buyer's program would.
    async fn insist(&self, path: &str, body: &Value) -> Answer {
        for _ in 0..ATTEMPTS {
            let answer = self.world.post(path, body).await;
            if answer.status != StatusCode::SERVICE_UNAVAILABLE {
                return answer;
            }
        }
        panic!("no answer after {ATTEMPTS} attempts: {path} {body}");
    }

    async fn buyer(&self, number: u64, seed: u64) {
        let mut luck = Luck(seed ^ (number + 1).wrapping_mul(0x5851_f42d_4c95_7f2d));
        for action in 0..ACTIONS {
            match luck.below(10) {
                0..=4 => self.order(&mut luck, &format!("o-{number}-{action}")).await,
                5 => self.cancel(&mut luck, number).await,
                6..=7 => self.draw(&mut luck, number).await,
                8 => self.withdraw(&mut luck).await,
                _ => self.clock.advance(SignedDuration::from_secs(luck.below(1_500).cast_signed() - 300)),
            }
        }
    }

    fn cart(&self, luck: &mut Luck) -> Value {
        let mut codes = vec![json!(["COUNTED", "BALANCE"][luck.place(2)])];
        let own = self.told.borrow().drawn.values().nth(luck.place(CODES)).cloned();
        codes.extend(own.map(Value::from).filter(|_| luck.below(2) == 0));
        let line = json!({"id": "a", "quantity": 1, "unit_price": 1_000 + luck.below(9_000)});
        let customer = json!({"id": format!("c{}", luck.below(4))});
        json!({"currency": "USD", "lines": [line], "codes": codes, "customer": customer})
    }

    async fn order(&self, luck: &mut Luck, id: &str) {
        let mut order = json!({"order_id": id, "cart": self.cart(luck)});
        if luck.below(2) == 0 {
            let cart_id = format!("cart of {id}");
            let hold = json!({"cart_id": cart_id, "cart": order["cart"], "ttl_s": 60 + luck.below(600)});
            self.insist("/v1/holds", &hold).await.ok(200);
            // Some carts are left standing.
            if luck.below(4) == 0 {
                return;
            }
            order["cart_id"] = cart_id.into();
        }
        let answer = self.insist("/v1/orders", &order).await;
        assert!(answer.status.is_success(), "{}", answer.text);
        let due = answer.json()["order"]["due"].as_i64().unwrap();
        assert_eq!(self.told.borrow_mut().placed.insert(id.to_owned(), due), None);
    }

    async fn cancel(&self, luck: &mut Luck, number: u64) {
        let own = format!("o-{number}-");
        let placed: Vec<_> =
            self.told.borrow().placed.keys().filter(|id| id.starts_with(&own)).cloned().collect();
        if placed.is_empty() {
            return;
        }
        let id = &placed[luck.place(placed.len())];
        let uses = if keeps_uses(id) { "keep" } else { "give_back" };
        self.insist(&format!("/v1/orders/{id}/cancel"), &json!({"uses": uses})).await.ok(200);
    }

    async fn draw(&self, luck: &mut Luck, number: u64) {
        let key = format!("mail {number} {}", luck.below(6));
        let answer = self.insist("/v1/pools/thank-you/draws", &json!({"key": key})).await;
        if answer.status == StatusCode::CONFLICT {
            self.told.borrow_mut().refused_draws += 1;
            return;
        }
        let code = answer.ok(200)["code"].as_str().unwrap().to_owned();
        let before = self.told.borrow_mut().drawn.insert(key, code.clone());
        assert!(before.is_none_or(|before| before == code), "the same key draws the same code");
    }

    async fn withdraw(&self, luck: &mut Luck) {
        let code = text_of(luck.place(CODES));
        self.insist("/v1/codes/void", &json!({"code": code, "why": "leaked"})).await.ok(200);
    }

    /// Looks whether everything agrees, once all is quiet and every hold is over.
    async fn check(&self) {
        self.store.set_luck(None);
        self.clock.advance(SignedDuration::from_hours(3));
        let orders = self.orders().await;
        let Told { placed, drawn: codes, .. } = self.told.borrow().clone();
        for (id, due) in &placed {
            let order = orders.iter().find(|order| order.id.as_str() == id);
            assert_eq!(order.map(|order| order.priced.due), Some(*due), "an answered order is there: {id}");
        }
        let counted = self.taken("counted", ClaimedLimit::Total).await;
        assert_eq!(counted, uses_of(&orders));
        assert!(counted <= COUNTED_MAX);
        let drawn: u64 = orders.iter().filter(|order| order.state == OrderState::Placed).map(credit_of).sum();
        assert_eq!(self.taken("balance", ClaimedLimit::SharedBalance).await, drawn);
        assert!(drawn <= BALANCE);
        self.check_codes(&orders).await;
        let distinct: BTreeSet<_> = codes.values().collect();
        assert_eq!(distinct.len(), codes.len(), "no code goes to two");
    }

    async fn check_codes(&self, orders: &[Order]) {
        let mut states: BTreeMap<String, u64> = BTreeMap::new();
        for text in (0..CODES).map(text_of) {
            let code = self.world.post("/v1/codes/lookup", &json!({"code": text})).await.ok(200);
            *states.entry(code["state"].as_str().unwrap().to_owned()).or_default() += 1;
            let used = code["uses"].as_u64().unwrap();
            let serial = code["serial"].as_u64().unwrap();
            let uses = |order: &&Order| {
                order.claims.iter().any(|taken| matches!(&taken.of, Claimed::Code(id) if id.serial == serial))
            };
            let stands = |order: &&Order| order.state == OrderState::Placed || keeps_uses(order.id.as_str());
            let by_orders = orders.iter().filter(uses).filter(stands).count();
            assert_eq!(used, by_orders as u64, "{text}");
            assert!(used <= 1, "{text} is used once");
        }
        let counts = self.world.get("/v1/pools/thank-you/counts").await.ok(200);
        let of = |state: &str| json!(states.get(state).copied().unwrap_or(0));
        assert_eq!(
            (&counts["remaining"], &counts["redeemed"], &counts["voided"]),
            (&of("unassigned"), &of("redeemed"), &of("void"))
        );
    }

    async fn orders(&self) -> Vec<Order> {
        let shop = "studio".parse().unwrap();
        self.store.orders_since(&shop, None, None, 10_000).await.unwrap()
    }

    async fn taken(&self, promotion: &str, limit: ClaimedLimit) -> u64 {
        let shop = "studio".parse().unwrap();
        let of = if limit.is_money() { "USD" } else { "" }.to_owned();
        let key = LimitKey { promotion: promotion.into(), limit, of };
        self.store.taken(&shop, vec![key], Asker::default(), self.clock.now()).await.unwrap()[0]
    }
}

fn text_of(n: usize) -> String {
    format!("code-{n}")
}

/// Whether an order keeps its uses when it is cancelled.
fn keeps_uses(id: &str) -> bool {
    id.ends_with(['0', '3', '6'])
}

/// How many uses of the limit the orders stand for.
fn uses_of(orders: &[Order]) -> u64 {
    let is_counted = |order: &&Order| {
        let claims =
            |taken: &Taken| matches!(&taken.of, Claimed::Limit(key) if key.limit == ClaimedLimit::Total);
        let stands = order.state == OrderState::Placed || keeps_uses(order.id.as_str());
        order.claims.iter().any(claims) && stands
    };
    orders.iter().filter(is_counted).count() as u64
}

fn credit_of(order: &Order) -> u64 {
    let is_credit =
        |of: &Claimed| matches!(of, Claimed::Limit(key) if key.limit == ClaimedLimit::SharedBalance);
    let taken = order.claims.iter().filter(|taken| is_credit(&taken.of)).map(|taken| taken.take);
    taken.sum::<i64>().cast_unsigned()
}

/// A day; answers how many orders there were, and how many draws found the pool empty.
async fn day(store: Arc<dyn Store>, seed: u64) -> (usize, usize) {
    let simulation = Simulation::new(store).await;
    simulation.store.set_luck(Some(Luck(seed)));
    futures_util::future::join_all((0..BUYERS).map(|number| simulation.buyer(number, seed))).await;
    simulation.check().await;
    let told = simulation.told.borrow();
    (told.placed.len(), told.refused_draws)
}

/// How many seeds there are; more where there is time.
fn seeds(few: u64, many: u64) -> std::ops::Range<u64> {
    0..if std::env::var_os("TEARLINE_LONG").is_some() { many } else { few }
}

#[tokio::test]
async fn days_full_of_faults_on_the_model() {
    let mut orders = 0;
    for seed in seeds(40, 1_000) {
        orders += day(Arc::new(ModelStore::new()), seed).await.0;
    }
    assert!(orders > 1_000, "{orders}");
}

#[tokio::test]
async fn days_full_of_faults_on_sqlite() {
    for seed in seeds(6, 100) {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(&folder.path().join("tearline.db"), SystemClock.now()).unwrap();
        day(Arc::new(store), seed).await;
    }
}
