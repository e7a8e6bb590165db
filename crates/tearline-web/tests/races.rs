//! Many buyers at once, over real HTTP and SQLite on disk: what there is of a limit is taken, and never more.
//!
//! A race in which nobody came too late proves nothing. Each is run until something has moved between the price of
//! a cart and the ledger, with a promotion of its own each time, and fails if that never happens.

use std::sync::{Arc, Barrier};
use std::thread;

use serde_json::{Value, json};
use tearline_app::clock::{Clock, SystemClock};
use tearline_app::{App, keys};
use tearline_store::SqliteStore;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

/// How many buyers there are at once.
const CLIENTS: usize = 64;
/// How often a race is run at most.
const ROUNDS: usize = 50;

/// A server, and a key to its shop.
struct Server {
    app: Arc<App>,
    address: String,
    key: String,
    _runtime: Runtime,
    _folder: TempDir,
}

impl Server {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(&folder.path().join("tearline.db"), SystemClock.now()).unwrap();
        let app = Arc::new(App::new(Arc::new(store), Arc::new(SystemClock)));
        let runtime = Runtime::new().unwrap();
        let key = runtime.block_on(keys::create(&app, &"studio".parse().unwrap(), "test")).unwrap().secret;
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        runtime.spawn(tearline_web::serve(listener, Arc::clone(&app), std::future::pending()));
        Self { app, address, key, _runtime: runtime, _folder: folder }
    }

    fn client(&self, round: usize, number: usize) -> Client {
        let agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        Client { agent, address: self.address.clone(), key: self.key.clone(), round, number }
    }

    /// Lets all clients loose at the same moment; answers what each of them says.
    fn at_once<T: Send>(&self, round: usize, run: impl Fn(&Client) -> T + Sync) -> Vec<T> {
        let start = Barrier::new(CLIENTS);
        let one = |number| {
            let client = self.client(round, number);
            // Its connection is open before it starts.
            client.due(3_000);
            start.wait();
            run(&client)
        };
        thread::scope(|scope| {
            let one = &one;
            let runs: Vec<_> = (0..CLIENTS).map(|number| scope.spawn(move || one(number))).collect();
            runs.into_iter().map(|run| run.join().unwrap()).collect()
        })
    }
}

/// Runs a race for a promotion, which gets a code, and checks what all clients say together.
fn race<T: Send>(promotion: &Value, run: impl Fn(&Client) -> T + Sync, check: impl Fn(Vec<T>, &Client)) {
    let server = Server::start();
    for round in 0..ROUNDS {
        let nobody = server.client(round, CLIENTS);
        nobody.promise(promotion.clone());
        let before = server.app.moved();
        check(server.at_once(round, &run), &nobody);
        if server.app.moved() > before {
            return;
        }
    }
    panic!("{ROUNDS} races met no contention");
}

/// Somebody who buys.
struct Client {
    agent: ureq::Agent,
    address: String,
    key: String,
    round: usize,
    number: usize,
}

impl Client {
    fn send(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.address))
            .header("Authorization", format!("Bearer {}", self.key))
            .header("Content-Type", "application/json")
            .body(body.to_string())
            .unwrap();
        let mut answer = self.agent.run(request).unwrap();
        let text = answer.body_mut().read_to_string().unwrap();
        (answer.status().as_u16(), serde_json::from_str(&text).unwrap_or(Value::Null))
    }

    /// How many codes of the pool there are of each kind.
    fn counts(&self) -> Value {
        let request = self.agent.get(format!("{}/v1/pools/p/counts", self.address));
        let mut answer = request.header("Authorization", format!("Bearer {}", self.key)).call().unwrap();
        serde_json::from_str(&answer.body_mut().read_to_string().unwrap()).unwrap()
    }

    /// Makes the promotion of this round.
    fn promise(&self, mut promotion: Value) {
        promotion["codes"] = json!([self.code()]);
        let (status, answer) = self.send("PUT", &format!("/v1/promotions/p-{}", self.round), &promotion);
        assert_eq!(status, 201, "{answer}");
    }

    fn code(&self) -> String {
        format!("CODE{}", self.round)
    }

    /// A name that nobody else uses in any round.
    fn name(&self, of: impl std::fmt::Display) -> String {
        format!("{}-{of}", self.round)
    }

    /// A cart of one thing with the code.
    fn cart(&self, minor: i64) -> Value {
        let line = json!({"id": "a", "quantity": 1, "unit_price": minor});
        json!({"currency": "USD", "lines": [line], "codes": [self.code()]})
    }

    /// The same for 30.00, of a customer.
    fn cart_for(&self, customer: &str) -> Value {
        let mut cart = self.cart(3_000);
        cart["customer"] = json!({"id": customer});
        cart
    }

    fn due(&self, minor: i64) -> i64 {
        let (status, quote) = self.send("POST", "/v1/quotes", &self.cart(minor));
        assert_eq!(status, 200, "{quote}");
        quote["totals"]["due"].as_i64().unwrap()
    }

    /// Places an order at a price that its buyer was told; answers with what is placed, or what it costs now.
    fn place(&self, id: impl std::fmt::Display, cart: &Value, expected: i64) -> Result<Value, Value> {
        self.buy(&json!({"order_id": self.name(id), "cart": cart, "expected": {"due": expected}}))
    }

    fn buy(&self, order: &Value) -> Result<Value, Value> {
        match self.send("POST", "/v1/orders", order) {
            (201, placed) => Ok(placed),
            (409, problem) if problem["code"] == "price_changed" => Err(problem["quote"].clone()),
            other => panic!("{other:?}"),
        }
    }
}

/// 10 % off, under some limits.
fn percent_off(limits: &Value) -> Value {
    json!({"limits": limits, "benefits": [{"percent_off": {"percent": 10}}]})
}

#[test]
fn of_200_orders_a_limit_of_20_lets_20_through() {
    let place_some = |client: &Client| {
        let orders = (client.number..200).step_by(CLIENTS);
        orders.filter(|order| client.place(order, &client.cart(3_000), 2_700).is_ok()).count()
    };
    race(&percent_off(&json!({"total": 20})), place_some, |placed, nobody| {
        assert_eq!(placed.into_iter().sum::<usize>(), 20);
        assert_eq!(nobody.due(3_000), 3_000);
    });
}

/// B6, with 64 buyers in place of two: each accepts the new price until there is an order.
#[test]
fn of_a_shared_credit_of_50_exactly_50_are_drawn() {
    let accept_all = |client: &Client| {
        let mut due = 0;
        loop {
            match client.place(client.number, &client.cart(4_000), due) {
                Ok(order) => return order["quote"]["totals"]["credit_applied"].as_i64().unwrap(),
                Err(quote) => due = quote["totals"]["due"].as_i64().unwrap(),
            }
        }
    };
    let credit = json!({"benefits": [{"credit": {"amount": "50.00 USD", "shared": true}}]});
    race(&credit, accept_all, |mut drawn, _| {
        drawn.retain(|drawn| *drawn > 0);
        drawn.sort_unstable();
        assert_eq!(drawn, [1_000, 4_000]);
    });
}

#[test]
fn a_customer_who_may_once_does_once() {
    let place = |client: &Client| {
        let cart = client.cart_for(&client.name("ann"));
        client.place(client.number, &cart, 2_700).is_ok()
    };
    race(&percent_off(&json!({"per_customer": 1})), place, |placed, _| {
        assert_eq!(placed.into_iter().filter(|placed| *placed).count(), 1);
    });
}

/// Nobody lets a race run over midnight: the limit counts one day, or two that follow one another.
#[test]
fn of_200_orders_a_day_lets_20_through() {
    let place_some = |client: &Client| {
        let orders = (client.number..200).step_by(CLIENTS);
        orders.filter(|order| client.place(order, &client.cart(3_000), 2_700).is_ok()).count()
    };
    let days = || jiff::Timestamp::now().as_second() / 86_400;
    let before = days();
    race(&percent_off(&json!({"per_day": 20})), place_some, |placed, _| {
        let placed: usize = placed.into_iter().sum();
        assert!(placed == 20 || (days() > before && (20..=40).contains(&placed)), "{placed}");
    });
}

/// 3.00 off each of 64 orders, and 50.00 for all of them: 16 whole ones, and what is left goes to one more.
#[test]
fn a_budget_of_50_gives_exactly_50() {
    let accept = |client: &Client| {
        let mut expected = 2_700;
        loop {
            match client.place(client.number, &client.cart(3_000), expected) {
                Ok(order) => return 3_000 - order["quote"]["totals"]["due"].as_i64().unwrap(),
                Err(quote) => expected = quote["totals"]["due"].as_i64().unwrap(),
            }
        }
    };
    let budget = json!({"budget": {"amount": "50.00 USD", "clip": true}});
    race(&percent_off(&budget), accept, |mut given, _| {
        given.retain(|given| *given > 0);
        given.sort_unstable();
        assert_eq!((given.len(), given[0], given.iter().sum::<i64>()), (17, 200, 5_000));
    });
}

#[test]
fn of_two_tabs_one_has_the_first_order() {
    let mut first = percent_off(&json!({}));
    first["conditions"] = json!([{"order_number": {"to": 1}}]);
    let place = |client: &Client| {
        let customer = client.name(client.number / 2);
        let placed = client.place(client.number, &client.cart_for(&customer), 2_700).is_ok();
        placed.then_some(customer)
    };
    race(&first, place, |placed, _| {
        let mut first: Vec<String> = placed.into_iter().flatten().collect();
        assert_eq!(first.len(), CLIENTS / 2);
        first.sort_unstable();
        first.dedup();
        assert_eq!(first.len(), CLIENTS / 2);
    });
}

#[test]
fn one_use_is_held_by_one_cart() {
    let hold = |client: &Client| {
        let cart_id = client.name(client.number);
        let hold = json!({"cart_id": cart_id, "cart": client.cart(3_000), "expected": {"due": 2_700}});
        let (status, answer) = client.send("POST", "/v1/holds", &hold);
        assert!(status == 200 || answer["code"] == "price_changed", "{answer}");
        (status == 200).then_some(cart_id)
    };
    race(&percent_off(&json!({"total": 1})), hold, |held, nobody| {
        let held: Vec<String> = held.into_iter().flatten().collect();
        assert_eq!(held.len(), 1, "{held:?}");
        let (cart, expected) = (nobody.cart(3_000), json!({"due": 2_700}));
        let order = json!({"order_id": held[0], "cart_id": held[0], "cart": cart, "expected": expected});
        nobody.buy(&order).unwrap();
    });
}

/// 20 units at 3.33, with 8 % of tax and 10.00 of credit, come back unit by unit from all sides.
#[test]
fn what_64_clients_refund_of_one_order_is_what_was_paid() {
    let refund_some = |client: &Client| {
        let order = client.name("o");
        let line = json!({"id": "a", "quantity": 20, "unit_price": 333});
        let cart = json!({
            "currency": "USD", "codes": [client.code()], "tax_rates": [{"percent": 8}], "lines": [line]
        });
        client.send("POST", "/v1/orders", &json!({"order_id": order, "cart": cart}));
        let mut refunded = Vec::new();
        loop {
            let unit = json!({"units": [{"line": "a", "quantity": 1}]});
            match client.send("POST", &format!("/v1/orders/{order}/refunds"), &unit) {
                (201, made) => refunded.push(made["statement"]["total"].clone()),
                (409, problem) if problem["code"] == "refund_refused" => return refunded,
                (503, problem) if problem["code"] == "contended" => {}
                other => panic!("{other:?}"),
            }
        }
    };
    let credit = json!({"benefits": [{"credit": {"amount": "10.00 USD", "shared": true}}]});
    race(&credit, refund_some, |refunded, nobody| {
        let refunded: Vec<Value> = refunded.into_iter().flatten().collect();
        let sum = |minor: &dyn Fn(&Value) -> Option<i64>| refunded.iter().filter_map(minor).sum::<i64>();
        // 66.60 less 10.00, and 4.53 of tax.
        assert_eq!(refunded.len(), 20);
        assert_eq!(sum(&|total| total["tax"].as_i64()), 453);
        assert_eq!(sum(&|total| total["money"].as_i64()), 5_660 + 453);
        assert_eq!(sum(&|total| total["credits"].as_object()?.values().next()?.as_i64()), 1_000);
        let (_, order) = nobody.send("GET", &format!("/v1/orders/{}", nobody.name("o")), &json!({}));
        assert_eq!(order["statements"].as_array().unwrap().len(), 20);
        assert_eq!(nobody.due(1_000), 0, "all of the credit is back");
    });
}

/// Each of them asks for the same, so that the one use is enough for all.
#[test]
fn one_order_placed_64_times_is_one_order() {
    let place = |client: &Client| {
        let order =
            json!({"order_id": client.name("o"), "cart": client.cart(3_000), "expected": {"due": 2_700}});
        client.send("POST", "/v1/orders", &order)
    };
    let server = Server::start();
    server.client(0, CLIENTS).promise(percent_off(&json!({"total": 1})));
    let mut answers = server.at_once(0, place);
    answers.sort_by_key(|(status, _)| *status);
    let statuses: Vec<u16> = answers.iter().map(|(status, _)| *status).collect();
    assert_eq!((statuses[0], statuses[CLIENTS - 2], statuses[CLIENTS - 1]), (200, 200, 201), "{statuses:?}");
    answers.dedup_by(|one, other| one.1 == other.1);
    assert_eq!(answers.len(), 1);
}

/// A pool of so many codes.
fn pool_of(server: &Server, codes: usize) -> Client {
    let nobody = server.client(0, CLIENTS);
    let (status, answer) = nobody.send(
        "PUT",
        "/v1/promotions/thanks",
        &json!({"pool_codes": true, "benefits": [{"percent_off": {"percent": 10}}]}),
    );
    assert_eq!(status, 201, "{answer}");
    let (status, answer) = nobody.send("PUT", "/v1/pools/p", &json!({"promotion": "thanks"}));
    assert_eq!(status, 201, "{answer}");
    let texts: Vec<String> = (0..codes).map(|number| format!("P-{number}")).collect();
    let (status, answer) = nobody.send("POST", "/v1/pools/p/codes", &json!({ "codes": texts }));
    assert_eq!((status, &answer["added"]), (200, &json!(codes)), "{answer}");
    nobody
}

/// That each code was given once, and all of them.
fn all_distinct(mut given: Vec<String>, codes: usize) {
    assert_eq!(given.len(), codes);
    given.sort_unstable();
    given.dedup();
    assert_eq!(given.len(), codes, "no code goes to two");
}

#[test]
fn a_thousand_draws_are_a_thousand_codes_and_the_next_is_none() {
    let draw_some = |client: &Client| {
        let keys = (client.number..1_000).step_by(CLIENTS);
        let draw = |key| {
            // Each is sent twice, as by a sender that heard nothing.
            let body = json!({"key": format!("mail {key}"), "customer": format!("c{key}")});
            let [first, second] = [(); 2].map(|()| client.send("POST", "/v1/pools/p/draws", &body));
            assert_eq!((first.0, &first.1["code"]), (200, &second.1["code"]), "{first:?} {second:?}");
            first.1["code"].as_str().unwrap().to_owned()
        };
        keys.map(draw).collect::<Vec<_>>()
    };
    let server = Server::start();
    let nobody = pool_of(&server, 1_000);
    all_distinct(server.at_once(0, draw_some).concat(), 1_000);
    let (status, answer) = nobody.send("POST", "/v1/pools/p/draws", &json!({"key": "one more"}));
    assert_eq!((status, &answer["code"]), (409, &json!("pool_empty")));
}

#[test]
fn draws_in_bulk_share_what_there_is() {
    let draw_many = |client: &Client| {
        let draws: Vec<Value> = (0..20).map(|n| json!({"key": format!("{} {n}", client.number)})).collect();
        let body = json!({ "draws": draws });
        let [first, second] = [(); 2].map(|()| client.send("POST", "/v1/pools/p/draws/batch", &body));
        assert_eq!((first.0, &first.1["drawn"]), (200, &second.1["drawn"]), "{first:?}");
        let codes = first.1["draws"].as_array().unwrap().iter();
        codes.filter_map(|draw| Some(draw["code"]["code"].as_str()?.to_owned())).collect::<Vec<_>>()
    };
    // There are 1,280 who want one.
    let server = Server::start();
    let nobody = pool_of(&server, 1_000);
    all_distinct(server.at_once(0, draw_many).concat(), 1_000);
    let counts = nobody.counts();
    assert_eq!((&counts["remaining"], &counts["assigned"]), (&json!(0), &json!(1_000)));
}

#[test]
fn what_is_reserved_is_enough_for_those_who_reserved() {
    let reserve_and_draw = |client: &Client| {
        let key = format!("sale {}", client.number);
        let (status, answer) =
            client.send("POST", "/v1/pools/p/reservations", &json!({"key": key, "codes": 30}));
        if status == 409 {
            assert_eq!(
                (&answer["code"], &answer["available"]),
                (&json!("pool_short"), &json!(10)),
                "{answer}"
            );
            return Vec::new();
        }
        assert_eq!(status, 200, "{answer}");
        let draw = |n| {
            let body = json!({"key": format!("{} {n}", client.number), "reservation": key});
            let (status, answer) = client.send("POST", "/v1/pools/p/draws", &body);
            assert_eq!(status, 200, "what was reserved is there: {answer}");
            answer["code"].as_str().unwrap().to_owned()
        };
        (0..30).map(draw).collect()
    };
    let server = Server::start();
    let nobody = pool_of(&server, 1_000);
    let given = server.at_once(0, reserve_and_draw);
    assert_eq!(given.iter().filter(|given| given.is_empty()).count(), CLIENTS - 33);
    all_distinct(given.concat(), 990);
    let counts = nobody.counts();
    assert_eq!((&counts["remaining"], &counts["reserved"]), (&json!(10), &json!(0)));
}
