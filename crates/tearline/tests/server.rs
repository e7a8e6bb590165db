//! The server and the commands around it, as people start them: processes, signals, files, sockets.

#[path = "support/server.rs"]
mod server;

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use server::{Server, fails, run, tearline};

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples")
}

fn example(name: &str) -> Value {
    let text = fs::read_to_string(examples().join(name)).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn apply(data: &Path) -> String {
    run(tearline().arg("apply").arg("-f").arg(examples().join("studio.yaml")).arg("--data").arg(data))
}

fn new_key(data: &Path) -> String {
    run(tearline().args(["key", "create", "--name", "test", "--data"]).arg(data)).trim().to_owned()
}

#[test]
fn the_demo_prices_a_real_order() {
    let server = Server::start(tearline().arg("demo"), "Stop with Ctrl-C.");
    let key = server.lines.iter().find_map(|line| line.split("secret key ").nth(1)).unwrap();
    let (status, quote) = server.post(key, "/v1/quotes", &example("cart-studio-spring.json"));
    assert_eq!((status, &quote["totals"]["due"]), (200, &json!(5_348)));
    let (_, quote) = server.post(key, "/v1/quotes", &example("cart-studio-spring-known.json"));
    assert_eq!(quote["totals"]["due"], 6_103);
}

#[test]
fn a_server_that_writes_its_log_answers() {
    let server = Server::start(tearline().env("TEARLINE_LOG", "debug").arg("demo"), "Stop with Ctrl-C.");
    let key = server.lines.iter().find_map(|line| line.split("secret key ").nth(1)).unwrap();
    for _ in 0..10 {
        assert_eq!(server.get(key, "/v1/shop").0, 200);
    }
}

#[test]
fn every_line_that_the_demo_prints_to_try_works() {
    let server = Server::start(tearline().arg("demo"), "Stop with Ctrl-C.");
    let text = server.lines.join("\n");
    let requests: Vec<&str> = text.split("\n\n").filter(|part| part.contains("\ncurl ")).collect();
    assert!(requests.len() >= 4, "{text}");
    for request in requests {
        let output = run(std::process::Command::new("bash").args(["-c", request]));
        let answer: Value = serde_json::from_str(&output).unwrap();
        assert!(answer.get("code").is_none(), "{request}\n{answer}");
    }
}

#[test]
fn what_the_readme_sends_is_answered() {
    let readme = fs::read_to_string(examples().join("../README.md")).unwrap();
    let shop = readme.split("```yaml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (file, data) = (folder.path().join("shop.yaml"), folder.path().join("data"));
    fs::write(&file, shop).unwrap();
    run(tearline().arg("apply").arg("-f").arg(&file).arg("--data").arg(&data));
    let key = new_key(&data);
    let server = Server::serve(&data);
    let blocks = readme.split("```console\n").skip(1).filter_map(|rest| rest.split("```").next());
    let commands = blocks.flat_map(|block| block.split("$ ").skip(1));
    let mut due = Vec::new();
    for command in commands.filter(|command| command.starts_with("curl ")) {
        let command = command.replace("http://127.0.0.1:7070", &server.address);
        let answer = run(std::process::Command::new("bash").args(["-c", &command]).env("KEY", &key));
        let answer: Value = serde_json::from_str(&answer).unwrap();
        let quote = answer.get("quote").unwrap_or(&answer);
        due.push(quote["totals"]["due"].as_i64().unwrap_or_else(|| panic!("{command}{answer}")));
    }
    // A quote, a hold and an order: 59.97 less 10 %.
    assert_eq!(due, [5_397; 3]);
}

#[test]
fn applying_twice_changes_nothing_and_what_is_exported_applies() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let sentence = "5.00 USD off the order, if the sub-total is at least 50.00 USD, in Spring gallery day, \
                    Lincoln School, with code SPRING5.";
    let told = apply(&data);
    assert!(told.contains(&format!("+ promotion/spring5\n    {sentence}\n")), "{told}");
    assert_eq!(apply(&data), "Shop `studio` is as asked already, at version 1.\n");
    let exported = folder.path().join("exported.yaml");
    fs::write(&exported, run(tearline().args(["export", "--data"]).arg(&data))).unwrap();
    let again = run(tearline().arg("apply").arg("-f").arg(&exported).arg("--data").arg(&data));
    assert_eq!(again, "Shop `studio` is as asked already, at version 1.\n");
}

#[test]
fn apply_and_export_work_on_a_running_server() {
    let folder = tempfile::tempdir().unwrap();
    let (data, changed) = (folder.path().join("data"), folder.path().join("changed.yaml"));
    apply(&data);
    let key = new_key(&data);
    let server = Server::serve(&data);
    let remote = ["--server", &server.address, "--key", &key];
    let exported = run(tearline().arg("export").args(remote));
    fs::write(&changed, exported.replace("5.00 USD\n", "7.00 USD\n")).unwrap();
    let planned = run(tearline().arg("apply").arg("-f").arg(&changed).args(remote).arg("--dry-run"));
    assert!(planned.contains("/benefits/0/amount_off/amount: \"5.00 USD\" → \"7.00 USD\""), "{planned}");
    assert!(planned.contains("~ promotion/spring5\n    7.00 USD off the order, if"), "{planned}");
    assert!(planned.contains("nothing was written"), "{planned}");
    run(tearline().arg("apply").arg("-f").arg(&changed).args(remote));
    assert_eq!(run(tearline().arg("export").args(remote)), fs::read_to_string(&changed).unwrap());
}

#[test]
fn a_running_server_names_file_and_line_of_what_does_not_fit() {
    let folder = tempfile::tempdir().unwrap();
    let (data, wrong) = (folder.path().join("data"), folder.path().join("wrong.yaml"));
    apply(&data);
    let key = new_key(&data);
    let server = Server::serve(&data);
    fs::write(&wrong, "kind: event\nid: autumn\nname: Autumn\nprice_list: missing\n").unwrap();
    let (code, told) = fails(tearline().arg("apply").arg("-f").arg(&wrong).args([
        "--server",
        &server.address,
        "--key",
        &key,
    ]));
    assert_eq!(code, 2);
    assert_eq!(told, format!("{}:4:1: /price_list: there is no price list `missing`\n", wrong.display()));
}

#[test]
fn a_folder_in_use_says_how_to_reach_its_server() {
    let folder = tempfile::tempdir().unwrap();
    apply(folder.path());
    let _server = Server::serve(folder.path());
    let (code, told) = fails(tearline().args(["export", "--data"]).arg(folder.path()));
    assert_eq!(code, 1);
    assert!(told.contains("--server"), "{told}");
}

#[test]
fn a_server_told_to_stop_ends_well_and_keeps_everything() {
    let folder = tempfile::tempdir().unwrap();
    apply(folder.path());
    let key = new_key(folder.path());
    for signal in ["-TERM", "-INT"] {
        let mut server = Server::serve(folder.path());
        let (_, quote) = server.post(&key, "/v1/quotes", &example("cart-studio-spring.json"));
        assert_eq!(quote["totals"]["due"], 5_348);
        assert!(server.signal(signal), "{signal}");
    }
}

#[test]
fn a_killed_server_has_kept_every_answered_write() {
    let folder = tempfile::tempdir().unwrap();
    apply(folder.path());
    let key = new_key(folder.path());
    let mut server = Server::serve(folder.path());
    for number in 0..20 {
        let document = json!([{
            "kind": "promotion", "id": format!("killed-{number}"),
            "benefits": [{"percent_off": {"percent": 1}}], "codes": [format!("KILLED{number}")],
        }]);
        assert_eq!(server.post(&key, "/v1/configuration", &document).0, 200);
    }
    server.signal("-KILL");
    let server = Server::serve(folder.path());
    let (_, configuration) = server.get(&key, "/v1/configuration");
    assert_eq!(configuration["config_version"], 21);
    assert!(configuration.to_string().contains("killed-19"));
}

#[test]
fn a_revoked_key_opens_nothing() {
    let folder = tempfile::tempdir().unwrap();
    apply(folder.path());
    let key = new_key(folder.path());
    let listed = run(tearline().args(["key", "list", "--data"]).arg(folder.path()));
    assert!(listed.contains("test") && !listed.contains(&key), "{listed}");
    let id = listed.split_whitespace().next().unwrap();
    run(tearline().args(["key", "revoke", id, "--data"]).arg(folder.path()));
    let server = Server::serve(folder.path());
    assert_eq!(server.get(&key, "/v1/promotions").0, 401);
}

#[test]
fn settings_come_from_flag_then_variable_then_file() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["flag", "variable", "file"] {
        apply(&folder.path().join(name));
    }
    let config = folder.path().join("tearline.toml");
    fs::write(&config, format!("data = {:?}\n", folder.path().join("file"))).unwrap();
    let serve = |with: &dyn Fn(&mut std::process::Command)| {
        let mut command = tearline();
        command.arg("serve").arg("--config").arg(&config);
        with(&mut command);
        Server::start(&mut command, "/docs").lines[0].clone()
    };
    assert!(serve(&|_| {}).contains("/file "));
    assert!(
        serve(&|command| {
            command.env("TEARLINE_DATA", folder.path().join("variable"));
        })
        .contains("/variable ")
    );
    assert!(
        serve(&|command| {
            command
                .env("TEARLINE_DATA", folder.path().join("variable"))
                .arg("--data")
                .arg(folder.path().join("flag"));
        })
        .contains("/flag ")
    );
    fs::write(&config, "listne = \"127.0.0.1:1\"\n").unwrap();
    let (code, told) = fails(tearline().arg("serve").arg("--config").arg(&config));
    assert!(code == 2 && told.contains("listne"), "{told}");
}

#[test]
fn a_taken_port_says_what_to_do() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let (code, told) = fails(tearline().args(["demo", "--listen", &address]));
    assert!(code == 1 && told.contains("--listen"), "{told}");
}

#[test]
fn a_running_server_is_backed_up_and_put_back_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let (data, copy, other) =
        (folder.path().join("data"), folder.path().join("copy"), folder.path().join("other"));
    apply(&data);
    let key = new_key(&data);
    let server = Server::serve(&data);
    let cart = json!({"currency": "USD", "lines": [{"id": "a", "quantity": 1, "unit_price": 500}]});
    let order = json!({"order_id": "o1", "cart": cart});
    assert_eq!(server.post(&key, "/v1/orders", &order).0, 201);
    let backup = |to: &Path| {
        let mut command = tearline();
        command.arg("backup").arg(to).arg("--data").arg(&data);
        command
    };
    assert!(run(&mut backup(&copy)).starts_with("copied "));
    let later = json!({"order_id": "o2", "cart": cart});
    assert_eq!(server.post(&key, "/v1/orders", &later).0, 201);
    let told = run(tearline().arg("doctor").arg("--data").arg(&data));
    assert!(told.starts_with("examined 2 orders") && told.ends_with("everything agrees\n"), "{told}");
    let (code, told) = fails(&mut backup(&copy));
    assert!(code == 1 && told.contains("is there already"), "{told}");
    drop(server);

    let restore = |to: &Path| {
        let mut command = tearline();
        command.arg("restore").arg(&copy).arg("--data").arg(to);
        command
    };
    let (code, told) = fails(&mut restore(&data));
    assert!(code == 1 && told.contains("nothing is ever written over"), "{told}");
    run(&mut restore(&other));
    let server = Server::serve(&other);
    assert_eq!(server.get(&key, "/v1/orders/o1").0, 200);
    assert_eq!(server.get(&key, "/v1/orders/o2").0, 404);
    drop(server);
    assert!(run(tearline().arg("migrate").arg("--data").arg(&other)).contains("is up to date"));
}

/// Two orders of 5.00; a draft gives 10 % of each, up to 0.80 in all.
#[test]
fn past_orders_come_to_the_same_cent_and_are_tried_with_a_draft() {
    let folder = tempfile::tempdir().unwrap();
    let (data, draft) = (folder.path().join("data"), folder.path().join("draft.yaml"));
    apply(&data);
    let key = new_key(&data);
    let server = Server::serve(&data);
    for id in ["o1", "o2"] {
        let cart = json!({"currency": "USD", "lines": [{"id": "a", "quantity": 1, "unit_price": 500}]});
        assert_eq!(server.post(&key, "/v1/orders", &json!({"order_id": id, "cart": cart})).0, 201);
    }
    drop(server);
    let replay = || {
        let mut command = tearline();
        command.args(["orders", "replay", "--data"]).arg(&data);
        command
    };
    assert_eq!(run(&mut replay()), "2 of 2 orders come to the same cent\n");
    let tenth = "{kind: promotion, id: tenth, benefits: [{percent_off: {percent: 10}}],
        limits: {budget: {amount: 0.80 USD, clip: true}}}";
    std::fs::write(&draft, tenth).unwrap();
    let told = run(replay().arg("--with").arg(&draft));
    let rows: Vec<Vec<&str>> = told.lines().skip(1).map(|row| row.split(',').collect()).collect();
    let figures: Vec<_> = rows.iter().map(|row| (row[0], row[3], row[4], row[5], row[6])).collect();
    assert_eq!(figures, [("o1", "500", "450", "-50", "tenth"), ("o2", "500", "470", "-30", "tenth")]);
}
