//! Codes are drawn by policy, in bulk, and set aside; pools run low and empty; what is redeemed elsewhere is told.

use jiff::SignedDuration;
use serde_json::{Value, json};
use tearline_web::problem::ProblemKind::{
    AlreadyGiven, BadParameter, CodeNotFound, InvalidDocument, InvalidRequest, NotFound, PoolArchived,
    PoolEmpty, PoolEnded, PoolShort, ReservationNotFound, ReservationTaken,
};

use crate::orders::{cart_for, cart_of};
use crate::world::{World, on_every_store, on_every_store_at};

impl World {
    /// A pool of ten codes, `P-0` to `P-9`, whose document says more.
    async fn pool_with(&self, more: Value) {
        let thanks = json!({"pool_codes": true, "benefits": [{"percent_off": {"percent": 10}}]});
        self.put("/v1/promotions/thanks", &thanks).await.ok(201);
        self.rewrite_pool(more).await;
        self.add_codes("p", 0..10).await;
    }

    async fn rewrite_pool(&self, more: Value) {
        let mut pool = json!({"promotion": "thanks"});
        pool.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let answer = self.put("/v1/pools/p", &pool).await;
        assert!(answer.status.is_success(), "{}", answer.text);
    }

    async fn add_codes(&self, pool: &str, numbers: std::ops::Range<u32>) {
        let codes: Vec<String> = numbers.map(|n| format!("{}-{n}", pool.to_uppercase())).collect();
        self.post(&format!("/v1/pools/{pool}/codes"), &json!({ "codes": codes })).await.ok(200);
    }

    /// The code that a draw gives, with a `+` where it is new.
    async fn code_of(&self, body: Value) -> String {
        let drawn = self.post("/v1/pools/p/draws", &body).await.ok(200);
        let new = if drawn["again"] == json!(true) { "" } else { "+" };
        format!("{new}{}", drawn["code"].as_str().unwrap())
    }

    /// What keys draw together, in short.
    async fn batch(&self, body: Value) -> Vec<String> {
        let drawn = self.post("/v1/pools/p/draws/batch", &body).await.ok(200);
        let one = |draw: &Value| match draw["code"]["code"].as_str() {
            Some(code) => code.to_owned(),
            None => draw["outcome"].as_str().unwrap().to_owned(),
        };
        drawn["draws"].as_array().unwrap().iter().map(one).collect()
    }

    async fn pool_numbers(&self) -> Value {
        self.get("/v1/pools/p/counts").await.ok(200)
    }

    async fn pool_news(&self) -> Vec<String> {
        let news = self.get("/v1/pools/p/activities").await.ok(200);
        let names = news["data"].as_array().unwrap().iter().rev();
        names.map(|news| news["activity"].as_str().unwrap().to_owned()).collect()
    }
}

fn keys(range: std::ops::Range<u32>) -> Vec<Value> {
    range.map(|n| json!({ "key": format!("mail {n}") })).collect()
}

#[tokio::test]
async fn the_pool_says_whether_a_code_is_given_again() {
    on_every_store(async |world| {
        world.pool_with(json!({"reuse": "until_redeemed"})).await;
        let give = |key: &str| json!({"key": key, "customer": "ann"});
        assert_eq!(world.code_of(give("a")).await, "+P-0");
        assert_eq!(world.code_of(give("b")).await, "P-0");
        assert_eq!(world.code_of(json!({"key": "c", "customer": "ann", "another": true})).await, "+P-1");
        assert_eq!(
            world.code_of(json!({"key": "d", "customer": "ann", "reuse": "per_message"})).await,
            "+P-2"
        );
        // Who gets theirs again must be named.
        let problem = world.post("/v1/pools/p/draws", &json!({"key": "e"})).await;
        assert_eq!(problem.error(InvalidRequest).0, "/customer");

        // To read what somebody has gives nothing.
        let read = world.get("/v1/pools/p/assigned?customer=ann").await.ok(200);
        assert_eq!((&read["code"], &read["bound"]), (&json!("P-2"), &json!(true)));
        world.get("/v1/pools/p/assigned?customer=bob").await.problem(CodeNotFound);
        world.get("/v1/pools/p/assigned").await.problem(BadParameter);
        assert_eq!(world.pool_numbers().await["assigned"], 3);

        world.rewrite_pool(json!({"reuse": "once"})).await;
        assert_eq!(world.code_of(give("f")).await, "P-2");
        world.placed("o1", &cart_for("ann", 10_000, "P-2")).await;
        world.post("/v1/pools/p/draws", &give("g")).await.problem(AlreadyGiven);
        let another = json!({"key": "h", "customer": "ann", "another": true, "reuse": "per_message"});
        world.post("/v1/pools/p/draws", &another).await.problem(AlreadyGiven);
    })
    .await;
}

#[tokio::test]
async fn many_keys_draw_together_and_repeat_themselves() {
    on_every_store(async |world| {
        world.pool_with(json!({"when_empty": "skip"})).await;
        let all = json!({ "draws": keys(0..12) });
        let first = world.post("/v1/pools/p/draws/batch", &all).await.ok(200);
        let told = (&first["drawn"], &first["empty"], &first["when_empty"]);
        assert_eq!(told, (&json!(10), &json!(2), &json!("skip")));
        let first = world.batch(all.clone()).await;
        assert_eq!(first[9..], ["P-9", "empty", "empty"]);
        world.add_codes("p", 10..11).await;
        let second = world.batch(all).await;
        assert_eq!(
            (&second[..10], &second[10..]),
            (&first[..10], &["P-10".to_owned(), "empty".to_owned()][..])
        );
        let none = world.post("/v1/pools/p/draws", &json!({"key": "more"})).await.problem(PoolEmpty);
        assert_eq!(none["when_empty"], "skip");

        let wrong = json!({"draws": [{"key": ""}, {"key": "a", "customer": "\u{7}"}]});
        let problem = world.post("/v1/pools/p/draws/batch", &wrong).await.problem(InvalidRequest);
        let places: Vec<_> = problem["errors"].as_array().unwrap().iter().map(|f| &f["pointer"]).collect();
        assert_eq!(places, ["/draws/0/key", "/draws/1/customer"]);
        let many = json!({ "draws": keys(0..1_001) });
        world.post("/v1/pools/p/draws/batch", &many).await.problem(InvalidRequest);
    })
    .await;
}

/// B7: of 1,200 recipients and 1,000 codes it is told that 200 are short before the first message.
#[tokio::test]
async fn a_reservation_says_how_many_codes_are_missing() {
    on_every_store(async |world| {
        world.pool_with(json!({})).await;
        world.add_codes("p", 10..1_000).await;
        let reserve = |key: &str, codes: u64| json!({"key": key, "codes": codes});
        let short = world.post("/v1/pools/p/reservations", &reserve("sale", 1_200)).await.problem(PoolShort);
        assert_eq!((&short["short"], &short["available"]), (&json!(200), &json!(1_000)));
        world.get("/v1/pools/p/reservations/sale").await.problem(ReservationNotFound);

        let made = world.post("/v1/pools/p/reservations", &reserve("sale", 996)).await.ok(200);
        assert_eq!((&made["left"], made.get("again")), (&json!(996), None));
        let again = world.post("/v1/pools/p/reservations", &reserve("sale", 996)).await.ok(200);
        assert_eq!(again["again"], true);
        world.post("/v1/pools/p/reservations", &reserve("sale", 1)).await.problem(ReservationTaken);
        let short = world.post("/v1/pools/p/reservations", &reserve("mail/2", 5)).await.problem(PoolShort);
        assert_eq!(short["short"], 1);
        let numbers = world.pool_numbers().await;
        assert_eq!((&numbers["remaining"], &numbers["reserved"]), (&json!(1_000), &json!(996)));

        // Others get what is left beside it, and those who name it what is set aside.
        let others = world.batch(json!({ "draws": keys(0..5) })).await;
        assert_eq!(others[4], "empty");
        let ours = json!({"draws": keys(10..14), "reservation": "sale"});
        assert_eq!(world.batch(ours.clone()).await, ["P-4", "P-5", "P-6", "P-7"]);
        assert_eq!(world.batch(ours).await, ["P-4", "P-5", "P-6", "P-7"]);
        assert_eq!(world.get("/v1/pools/p/reservations/sale").await.ok(200)["left"], 992);
        for _ in 0..2 {
            let returned = world.delete("/v1/pools/p/reservations/sale").await.ok(200);
            assert_eq!((&returned["codes"], &returned["left"]), (&json!(996), &json!(0)));
        }
        assert_eq!(world.pool_numbers().await["reserved"], 0);
        let closed = json!({"key": "mail 99", "reservation": "sale"});
        world.post("/v1/pools/p/draws", &closed).await.problem(ReservationNotFound);
        let news = world.pool_news().await;
        assert_eq!(news, ["codes_reserved", "codes_given_back"]);
    })
    .await;
}

#[tokio::test]
async fn an_empty_pool_falls_back_as_it_says() {
    on_every_store(async |world| {
        let coupon = json!({"codes": ["WELCOME"], "benefits": [{"percent_off": {"percent": 5}}]});
        world.put("/v1/promotions/welcome", &coupon).await.ok(201);
        world.pool_with(json!({"when_empty": {"fallback": {"code": "welcome"}}})).await;
        world.batch(json!({ "draws": keys(0..9) })).await;
        assert_eq!(world.code_of(json!({"key": "last"})).await, "+P-9");
        let drawn = world.post("/v1/pools/p/draws", &json!({"key": "late"})).await.ok(200);
        assert_eq!((&drawn["code"], &drawn["fallback"]), (&json!("welcome"), &json!(true)));
        assert_eq!(world.due(&cart_of(10_000, drawn["code"].as_str().unwrap())).await, 9_500);

        world.put("/v1/pools/q", &json!({"promotion": "thanks"})).await.ok(201);
        world.add_codes("q", 0..1).await;
        world.rewrite_pool(json!({"when_empty": {"fallback": {"pool": "q"}}})).await;
        let drawn = world.post("/v1/pools/p/draws", &json!({"key": "later"})).await.ok(200);
        assert_eq!((&drawn["code"], &drawn["pool"]), (&json!("Q-0"), &json!("q")));
        let none = world.post("/v1/pools/p/draws", &json!({"key": "too late"})).await.problem(PoolEmpty);
        assert_eq!(none["when_empty"], "fallback");
        // Each key repeats itself.
        assert_eq!(world.code_of(json!({"key": "late"})).await, "welcome");
        assert_eq!(world.code_of(json!({"key": "later"})).await, "Q-0");
    })
    .await;
}

#[tokio::test]
async fn a_pool_that_runs_low_says_so_once_a_day() {
    on_every_store_at("2026-03-01T10:00:00Z", async |world, clock| {
        let low = json!({"low": {"at": {"percent": 30}, "tell": ["owner@example.com"]}});
        world.pool_with(low).await;
        world.batch(json!({ "draws": keys(0..6) })).await;
        assert_eq!(world.pool_news().await, [""; 0]);
        world.batch(json!({ "draws": keys(0..8) })).await;
        let news = world.get("/v1/pools/p/activities?limit=1").await.ok(200);
        let told = &news["data"][0];
        assert_eq!((&told["activity"], &told["remaining"]), (&json!("pool_low"), &json!(2)));
        assert_eq!(told["tell"], json!(["owner@example.com"]));
        // Eight went in one day: two more last for a quarter of one.
        assert_eq!(told["runs_out_at"], "2026-03-01T16:00:00Z");
        assert_eq!(world.pool_numbers().await["runs_out_at"], "2026-03-01T16:00:00Z");
        clock.advance(SignedDuration::from_hours(24));
        world.batch(json!({ "draws": keys(0..9) })).await;
        world.batch(json!({ "draws": keys(0..10) })).await;
        assert_eq!(world.pool_news().await, ["pool_low", "pool_low", "pool_empty"]);
        let page = world.get("/v1/pools/p/activities?limit=2").await.ok(200);
        let next = page["next_cursor"].as_str().unwrap();
        let rest = world.get(&format!("/v1/pools/p/activities?before={next}")).await.ok(200);
        assert_eq!((rest["data"].as_array().unwrap().len(), rest.get("next_cursor")), (1, None));
        world.get("/v1/pools/p/activities?before=x").await.problem(BadParameter);
    })
    .await;
}

#[tokio::test]
async fn an_archived_pool_gives_nothing_and_its_codes_hold() {
    on_every_store(async |world| {
        world.pool_with(json!({})).await;
        assert_eq!(world.code_of(json!({"key": "a", "customer": "ann"})).await, "+P-0");
        world.rewrite_pool(json!({"archived": true})).await;
        world.post("/v1/pools/p/draws", &json!({"key": "b"})).await.problem(PoolArchived);
        world.post("/v1/pools/p/codes", &json!({"codes": ["x"]})).await.problem(PoolArchived);
        world.post("/v1/pools/p/reservations", &json!({"key": "k", "codes": 1})).await.problem(PoolArchived);
        // A message that is sent once more repeats its code.
        assert_eq!(world.code_of(json!({"key": "a", "customer": "ann"})).await, "P-0");
        assert_eq!(world.due(&cart_for("ann", 10_000, "P-0")).await, 9_000);
    })
    .await;
}

#[tokio::test]
async fn nothing_is_drawn_once_its_promotion_has_ended() {
    on_every_store_at("2026-03-01T10:00:00Z", async |world, clock| {
        let ending = json!({
            "pool_codes": true, "expires_at": "2026-03-31", "benefits": [{"percent_off": {"percent": 10}}],
        });
        world.put("/v1/promotions/ending", &ending).await.ok(201);
        world.put("/v1/pools/e", &json!({"promotion": "ending"})).await.ok(201);
        world.add_codes("e", 0..2).await;
        world.post("/v1/pools/e/draws", &json!({"key": "a", "customer": "ann"})).await.ok(200);
        clock.advance(SignedDuration::from_hours(31 * 24));
        world.post("/v1/pools/e/draws", &json!({"key": "b"})).await.problem(PoolEnded);
        world.get("/v1/pools/e/assigned?customer=ann").await.problem(CodeNotFound);
        assert_eq!(world.post("/v1/pools/e/draws", &json!({"key": "a"})).await.ok(200)["code"], "E-0");
    })
    .await;
}

#[tokio::test]
async fn a_code_for_anyone_may_be_passed_on() {
    on_every_store(async |world| {
        world.pool_with(json!({"binding": "anyone"})).await;
        assert_eq!(world.code_of(json!({"key": "a", "customer": "ann"})).await, "+P-0");
        let info = world.post("/v1/codes/lookup", &json!({"code": "P-0"})).await.ok(200);
        assert_eq!((&info["customer"], &info["bound"]), (&json!("ann"), &json!(false)));
        assert_eq!(world.placed("o1", &cart_for("bob", 10_000, "P-0")).await, 9_000);
    })
    .await;
}

#[tokio::test]
async fn what_was_redeemed_elsewhere_is_told() {
    on_every_store(async |world| {
        world.put("/v1/pools/m", &json!({"redeemed_by": "outside"})).await.ok(201);
        world.add_codes("m", 0..3).await;
        world.pool_with(json!({})).await;
        let told = json!({"redemptions": [
            {"code": "M-0", "order_id": "X-1"},
            {"code": "M-1", "order_id": "X-1", "customer": "ann", "at": "2026-03-01T10:00:00Z"},
            {"code": "P-0", "order_id": "X-1"},
            {"code": "nobody's", "order_id": "X-1"},
        ]});
        let heard = world.post("/v1/codes/report", &told).await.ok(200);
        assert_eq!(heard, json!({"reported": 2, "again": [], "unknown": [3], "redeemed_here": [2]}));
        let heard = world.post("/v1/codes/report", &told).await.ok(200);
        assert_eq!(heard, json!({"reported": 0, "again": [0, 1], "unknown": [3], "redeemed_here": [2]}));
        let numbers = world.get("/v1/pools/m/counts").await.ok(200);
        let told = (&numbers["remaining"], &numbers["assigned"], &numbers["redeemed"]);
        assert_eq!(told, (&json!(1), &json!(2), &json!(2)));
        // In a cart of this shop they are nothing.
        let quote = world.post("/v1/quotes", &cart_of(10_000, "M-2")).await.ok(200);
        assert_eq!(quote["codes"][0]["because"]["reason"], "unknown");
        let wrong = json!({"redemptions": [{"code": "", "order_id": ""}]});
        let problem = world.post("/v1/codes/report", &wrong).await.problem(InvalidRequest);
        assert_eq!(problem["errors"].as_array().unwrap().len(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_coupon_is_nobodys_code_and_a_code_no_coupon() {
    on_every_store(async |world| {
        world.pool_with(json!({})).await;
        let coupon =
            |code: &str| json!({"codes": ["fine", code], "benefits": [{"percent_off": {"percent": 5}}]});
        let fault = world.put("/v1/promotions/welcome", &coupon("p 3")).await.error(InvalidDocument);
        assert_eq!(
            (fault.0.as_str(), fault.2.as_str()),
            ("/codes/1", "`p 3` is, or could be taken for, a code of pool `p`")
        );
        let mut named = coupon("P3");
        named
            .as_object_mut()
            .unwrap()
            .extend([("kind".to_owned(), json!("promotion")), ("id".to_owned(), json!("welcome"))]);
        let fault = world.post("/v1/configuration", &json!([named])).await.error(InvalidDocument);
        assert_eq!(fault.0, "/0/codes/1");
        world.put("/v1/promotions/welcome", &coupon("P-99")).await.ok(201);
        let added = world.post("/v1/pools/p/codes", &json!({"codes": ["p99", "P-100"]})).await.ok(200);
        assert_eq!(added, json!({"added": 1, "known": [0]}));
    })
    .await;
}

#[tokio::test]
async fn a_pool_says_what_is_wrong_with_it() {
    on_every_store(async |world| {
        world.pool_with(json!({})).await;
        for (more, place) in [
            (json!({"when_empty": {"fallback": {"pool": "gone"}}}), "/when_empty/fallback/pool"),
            (json!({"when_empty": {"fallback": {"code": "GONE"}}}), "/when_empty/fallback/code"),
            (json!({"low": {"at": {"percent": 100}}}), "/low/at/percent"),
            (json!({"alias": ["p"]}), "/alias/0"),
        ] {
            let mut pool = json!({"promotion": "thanks"});
            pool.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            assert_eq!(world.put("/v1/pools/other", &pool).await.error(InvalidDocument).0, place);
        }
        world.get("/v1/pools/gone/assigned?customer=ann").await.problem(NotFound);
        world.get("/v1/pools/gone/activities").await.problem(NotFound);
    })
    .await;
}
