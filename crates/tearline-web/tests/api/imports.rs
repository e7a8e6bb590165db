//! `/v1/pools/{id}/imports`: files of codes become codes, all at once, and can be taken back.

use axum::body::Body;
use serde_json::{Value, json};
use tearline_web::problem::ProblemKind::{
    BadParameter, BodyTooLarge, ImportNotFound, ImportState, InvalidFile, MakesItsOwn, NotFound,
    UnsupportedMediaType,
};

use crate::world::{Answer, World, on_every_store};

const IMPORTS: &str = "/v1/pools/thank-you/imports";

impl World {
    async fn upload(&self, path: &str, file: impl Into<Body>) -> Answer {
        let request = self.request("POST", path).header("content-type", "text/csv");
        self.send(request.body(file.into()).unwrap()).await
    }

    /// Imports a file, and waits until there is no work left on it.
    async fn import(&self, query: &str, file: impl Into<Body>) -> Value {
        let begun = self.upload(&format!("{IMPORTS}?{query}"), file).await.ok(202);
        self.settled(&begun["number"]).await
    }

    async fn settled(&self, number: &Value) -> Value {
        self.get(&format!("{IMPORTS}/{number}?wait_s=25")).await.ok(200)
    }

    async fn report(&self, number: &Value) -> Value {
        self.get(&format!("{IMPORTS}/{number}/report")).await.ok(200)["data"].clone()
    }

    /// Remaining, assigned and percent.
    async fn supply(&self) -> (u64, u64, String) {
        let numbers = self.numbers().await;
        let count = |name: &str| numbers[name].as_u64().unwrap();
        (count("remaining"), count("assigned"), numbers["percent_remaining"].as_str().unwrap().to_owned())
    }
}

/// A file with the codes of these numbers.
fn file(numbers: impl Iterator<Item = u32>) -> String {
    let codes: Vec<_> = numbers.map(|n| format!("C-{n:05}")).collect();
    format!("code\n{}\n", codes.join("\n"))
}

/// requirements.md B7: upload 1,000, send 250, upload 500 of which 20 were known.
#[tokio::test]
async fn a_pool_is_filled_twice_and_counts_what_is_left() {
    on_every_store(async |world| {
        world.pool(&json!({"promotion": "thanks"})).await;
        let first = world.import("name=first.csv", file(0..1_000)).await;
        assert_eq!((&first["state"], &first["rows"]["added"]), (&json!("published"), &json!(1_000)));
        assert_eq!(world.supply().await, (1_000, 0, "100.0".to_owned()));
        for n in 0..250 {
            assert_eq!(world.draw(&format!("mail {n}"), "ann").await["code"], format!("C-{n:05}"));
        }
        assert_eq!(world.supply().await, (750, 250, "75.0".to_owned()));

        // Twenty known ones: ten that were given, ten that were not.
        let known = (0..10).chain(990..1_000);
        let second = world.import("", file(known.chain(1_000..1_480))).await;
        let (rows, number) = (&second["rows"], &second["number"]);
        assert_eq!((&rows["read"], &rows["added"], &rows["known"]), (&json!(500), &json!(480), &json!(20)));
        assert_eq!(world.supply().await, (1_230, 250, "83.1".to_owned()));
        let report = world.report(number).await;
        let listed: Vec<_> = report.as_array().unwrap().iter().map(|row| row["row"].clone()).collect();
        assert_eq!(listed, (2..22).map(Value::from).collect::<Vec<_>>());
        let told = |n: usize| (report[n]["reason"].as_str().unwrap(), report[n]["message"].as_str().unwrap());
        assert_eq!(told(0), ("known_in_pool", "is in the pool already (assigned)"));
        assert_eq!(told(10), ("known_in_pool", "is in the pool already (unassigned)"));

        // The same file once more adds nothing.
        let again = world.import("", file(0..1_000)).await;
        assert_eq!((&again["state"], &again["rows"]["added"]), (&json!("published"), &json!(0)));
        assert_eq!(world.supply().await, (1_230, 250, "83.1".to_owned()));
    })
    .await;
}

/// requirements.md A3-11, and C4.12: what a file may look like.
#[tokio::test]
async fn codes_survive_byte_for_byte() {
    let long = "x".repeat(64);
    let codes = ["20-OFF_ąć/7", "0012", "https://x/y?c=1", &long];
    let text = codes.join("\r\n");
    let files = [
        (
            "name=a.csv",
            format!("\u{feff}Coupon Code;note\r\n{}", codes.map(|code| format!("\"{code}\";\r\n")).concat()),
        ),
        ("name=a.txt", text.clone()),
        ("format=csv&columns=Gutschein:code", format!("Gutschein\n{text}\n")),
    ];
    for (query, file) in files {
        let world = crate::world::world().await;
        world.pool(&json!({"promotion": "thanks"})).await;
        let done = world.import(query, file).await;
        assert_eq!((&done["state"], &done["rows"]["added"]), (&json!("published"), &json!(4)), "{done}");
        for code in codes {
            let found = world.post("/v1/codes/lookup", &json!({ "code": code })).await.ok(200);
            assert_eq!((&found["code"], &found["state"]), (&json!(code), &json!("unassigned")));
        }
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_row_is_told_with_its_number() {
    on_every_store(async |world| {
        world.pool(&json!({"promotion": "thanks"})).await;
        world.put("/v1/pools/other", &json!({"promotion": "thanks"})).await.ok(201);
        world.post("/v1/pools/other/codes", &json!({"codes": ["theirs"]})).await.ok(200);
        let long = "x".repeat(10_000);
        let rows =
            format!("code,limit,expires_at\na,1,\na,,\ntheirs,,\n{long},,\nb,none,\nc,,soon\n=1+1,,\n,2,\n");
        let done = world.import("", rows).await;
        assert_eq!(
            done["rows"],
            json!({
                "read": 8, "added": 2, "faulty": 4, "known": 2, "removed": 0, "reported": 6
            })
        );
        let report = world.report(&done["number"]).await;
        let told: Vec<_> = report
            .as_array()
            .unwrap()
            .iter()
            .map(|row| (row["row"].as_u64().unwrap(), row["reason"].as_str().unwrap()))
            .collect();
        assert_eq!(
            told,
            [
                (3, "known_in_file"),
                (4, "known_elsewhere"),
                (5, "too_long"),
                (6, "not_a_number"),
                (7, "not_a_time"),
                (9, "code_missing"),
            ]
        );
        assert_eq!(report[0]["message"], "stands in row 2 of the file already");
        assert_eq!(report[1]["message"], "is in pool `other` already (unassigned)");
        assert_eq!(report[2]["column"], "code");

        let path = format!("{IMPORTS}/{}/report", done["number"]);
        let page = world.get(&format!("{path}?limit=4&after_row=3")).await;
        assert_eq!(
            (page.ok(200)["data"][0]["row"].clone(), page.json()["next_cursor"].clone()),
            (json!(4), json!("7"))
        );
        let csv = world.get(&format!("{path}?format=csv")).await;
        assert_eq!(
            (csv.header("content-type"), csv.header("content-disposition")),
            ("text/csv; charset=utf-8", "attachment; filename=\"thank-you-import-1-report.csv\"",)
        );
        let lines: Vec<_> = csv.text.lines().collect();
        assert_eq!(lines[1], "3,known_in_file,,a,stands in row 2 of the file already");
        assert_eq!(lines.len(), 7);
    })
    .await;
}

#[tokio::test]
async fn nothing_is_imported_from_a_file_that_cannot_be_read() {
    on_every_store(async |world| {
        world.pool(&json!({"promotion": "thanks"})).await;
        for (query, file, told) in [
            ("", "A1\nB2\n", "the header is missing: the first row says `A1`, and one of its columns must be called `code`, `coupon_code`, `Coupon` or `Coupon Code`"),
            ("", "", "the file is empty"),
            ("columns=Wort:code", "code\nA\n", "no column is called `wort`, which was to be read as `code`: there are `code`"),
            ("format=xlsx", "code\nA1\n", "not a readable XLSX file: it is too short"),
        ] {
            let problem = world.upload(&format!("{IMPORTS}?{query}"), file).await.problem(InvalidFile);
            assert_eq!(problem["detail"], told);
        }
        assert_eq!(world.get(IMPORTS).await.ok(200)["data"], json!([]));
        // What shows only later ends the import, and leaves nothing.
        let many = format!("code\n{}\"open\n", "A\n".repeat(10) + &file(0..5_000)[5..]);
        let failed = world.import("", many).await;
        assert_eq!(failed["state"], "failed", "{failed}");
        assert!(failed["error"].as_str().unwrap().contains("never closed"), "{failed}");
        assert_eq!(world.numbers().await["remaining"], 0);
        assert_eq!(world.import("", file(0..5_000)).await["rows"]["added"], 5_000);
    })
    .await;
}

#[tokio::test]
async fn one_bad_row_is_nothing_where_all_is_asked_for() {
    on_every_store(async |world| {
        world.pool(&json!({"promotion": "thanks"})).await;
        let failed = world.import("policy=all_or_nothing", "code\nA\nB\nA\n").await;
        assert_eq!(failed["state"], "failed");
        assert_eq!(failed["error"], "1 of 3 rows cannot be added, and all or nothing was asked for");
        assert_eq!(world.report(&failed["number"]).await[0]["row"], 4);
        assert_eq!(world.import("policy=all_or_nothing", "code\nA\nB\n").await["state"], "published");
    })
    .await;
}

#[tokio::test]
async fn an_import_waits_to_be_published_and_can_be_undone() {
    on_every_store(async |world| {
        world.pool(&json!({"promotion": "thanks"})).await;
        let staged = world.import("publish=false", "code\nA\nB\nC\n").await;
        assert_eq!((&staged["state"], &world.numbers().await["remaining"]), (&json!("staged"), &json!(0)));
        let path = format!("{IMPORTS}/{}", staged["number"]);
        for _ in 0..2 {
            let published = world.post(&format!("{path}/publish"), &json!({})).await.ok(200);
            assert_eq!(published["state"], "published");
        }
        assert_eq!(world.draw("mail", "ann").await["code"], "A");

        world.post(&format!("{path}/undo"), &json!({})).await.ok(200);
        assert_eq!(world.supply().await, (0, 1, "0.0".to_owned()));
        let undone = world.settled(&staged["number"]).await;
        assert_eq!((&undone["state"], &undone["rows"]["removed"]), (&json!("undone"), &json!(2)));
        world.post(&format!("{path}/publish"), &json!({})).await.problem(ImportState);
        assert_eq!(world.draw("mail", "ann").await["code"], "A");

        let replacing = world.import("replace_unused=true", "code\nB\n").await;
        let next = world.import("replace_unused=true", "code\nD\nE\n").await;
        assert_eq!(world.settled(&replacing["number"]).await["state"], "replaced");
        assert_eq!(
            (world.supply().await, &world.numbers().await["voided"]),
            ((2, 1, "66.7".to_owned()), &json!(1))
        );
        assert_eq!(world.draw("other mail", "ann").await["code"], "D");
        let newest = world.get(&format!("{IMPORTS}?limit=1")).await.ok(200);
        assert_eq!((&newest["data"][0]["number"], &newest["next_cursor"]), (&next["number"], &json!("3")));
    })
    .await;
}

#[tokio::test]
async fn a_preview_shows_how_a_file_is_read_and_keeps_nothing() {
    on_every_store(async |world| {
        world.pool(&json!({"promotion": "thanks"})).await;
        let rows = "Coupon;expires_at;note\nA;2026-12-31;x\n;;y\n";
        let shown = world.upload(&format!("{IMPORTS}/preview"), rows).await.ok(200);
        assert_eq!(shown, json!({
            "columns": [{"name": "Coupon", "column": "code"}, {"name": "expires_at", "column": "expires_at"}, {"name": "note"}],
            "rows": [
                {"row": 2, "code": "A", "expires_at": "2026-12-31"},
                {"row": 3, "fault": "`code` is empty: every row needs one"},
            ],
            "notices": ["row 1: the column `note` is not known and was passed over"],
        }));
        assert_eq!(world.get(IMPORTS).await.ok(200)["data"], json!([]));
        assert_eq!(world.files_left(), 0);
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_imported_is_refused() {
    on_every_store(async |world| {
        world.pool(&json!({"promotion": "thanks"})).await;
        let made = json!({"promotion": "thanks", "makes": {"pattern": "MADE-########"}});
        world.put("/v1/pools/made", &made).await.ok(201);
        world.upload("/v1/pools/made/imports", "code\nA\n").await.problem(MakesItsOwn);
        world.upload("/v1/pools/other/imports", "code\nA\n").await.problem(NotFound);
        world.post(IMPORTS, &json!({})).await.problem(UnsupportedMediaType);
        let problem = world.upload(&format!("{IMPORTS}?columns=a:b"), "").await.problem(BadParameter);
        let told = "`columns` has \"a:b\": write `name:column`, with one of code, starts_at, expires_at, limit, used, customer, state";
        assert_eq!(problem["detail"], told);
        world.get(&format!("{IMPORTS}/7")).await.problem(ImportNotFound);
        world.get("/v1/pools/other/imports").await.problem(NotFound);
        world.get("/v1/pools/other/export").await.problem(NotFound);
        let most = crate::world::FILE_BYTES_MAX;
        world.upload(IMPORTS, vec![b'x'; most + 1]).await.problem(BodyTooLarge);
        // Without a length beforehand it shows as it arrives.
        let parts = (0..=most / 1_000).map(|_| Ok::<_, std::io::Error>(vec![b'x'; 1_000]));
        let stream = Body::from_stream(futures_util::stream::iter(parts));
        world.upload(IMPORTS, stream).await.problem(BodyTooLarge);
        assert_eq!(world.files_left(), 0);
    })
    .await;
}

#[tokio::test]
async fn codes_are_exported_as_they_would_be_imported() {
    on_every_store(async |world| {
        world.pool(&json!({"promotion": "thanks"})).await;
        world.import("", "code,limit,expires_at,customer\n-10OFF,3,2026-12-31,\n0012,,,ann\n").await;
        world.import("publish=false", "code\nhidden\n").await;
        let csv = world.get("/v1/pools/thank-you/export").await;
        assert_eq!(csv.header("content-disposition"), "attachment; filename=\"thank-you.csv\"");
        let expected = "code,starts_at,expires_at,limit,used,customer,state\n\
            '-10OFF,,2026-12-31,3,,,unassigned\n0012,,,,,ann,assigned\n";
        assert_eq!(csv.text, expected);
        let txt = world.get("/v1/pools/thank-you/export?format=txt").await;
        assert!(txt.text.starts_with("code\tstarts_at"), "{}", txt.text);
        let xlsx = world.get("/v1/pools/thank-you/export?format=xlsx").await;
        assert!(xlsx.text.starts_with("PK"), "{}", xlsx.status);
    })
    .await;
}

/// A shop's imports are its own.
#[tokio::test]
async fn another_shops_import_is_none() {
    on_every_store(async |world| {
        world.pool(&json!({"promotion": "thanks"})).await;
        world.import("", "code\nA\n").await;
        let other = world.of_shop("other").await;
        other.get(&format!("{IMPORTS}/1")).await.problem(ImportNotFound);
        other.pool(&json!({"promotion": "thanks"})).await;
        assert_eq!(other.import("", "code\nA\n").await["rows"]["added"], 1);
    })
    .await;
}
