//! What the store promises of imports: nothing of one is seen before all of it is, and nothing is left half.

use std::collections::BTreeMap;

use tearline_core::imports::{
    FileFormat, Import, ImportState, NewImport, NotNow, REPORT_ROWS_MAX, RowPolicy, Turn, serial,
};
use tearline_core::ledger::{Code, CodeId, CodeState, Drew};
use tearline_store::{Added, Chunk, NewCode, ReportRow, Store, WhyNot};

use crate::codes::{add, counts, draw, drawn, entered, fill, new};
use crate::{at, slug, studio};

pub(crate) fn asked() -> NewImport {
    NewImport {
        name: Some("codes.csv".to_owned()),
        format: FileFormat::Csv,
        bytes: 100,
        spool: "spooled".to_owned(),
        mapping: BTreeMap::new(),
        policy: RowPolicy::SkipBad,
        publish: false,
        replace_unused: false,
        exact: false,
        by: "ann".to_owned(),
        at: at(1),
    }
}

async fn begin(store: &dyn Store, pool: &str, asked: NewImport) -> Import {
    store.begin_import(&studio(), &slug(pool), asked).await.unwrap().unwrap()
}

/// Stages texts as the rows from the next one on.
async fn stage(store: &dyn Store, import: &Import, texts: &[&str]) -> Import {
    let codes = texts.iter().map(|text| NewCode { exact: import.asked.exact, ..new(text) });
    let rows: Vec<_> = (import.row_last + 1..).zip(codes).collect();
    let upto = import.row_last + u32::try_from(rows.len()).unwrap();
    stage_chunk(store, import, Chunk::new(import.row_last, upto, rows)).await
}

async fn stage_chunk(store: &dyn Store, import: &Import, chunk: Chunk) -> Import {
    store.stage(&studio(), &import.pool, import.number, chunk).await.unwrap().unwrap()
}

async fn turn(store: &dyn Store, import: &Import, turn: Turn) -> Result<Import, NotNow> {
    store.turn_import(&studio(), &import.pool, import.number, turn, at(2)).await.unwrap().unwrap()
}

async fn publish(store: &dyn Store, import: &Import) -> Import {
    turn(store, import, Turn::Finish).await.unwrap();
    turn(store, import, Turn::Publish { replace_unused: None }).await.unwrap()
}

/// Imports texts, and publishes them.
async fn import(store: &dyn Store, pool: &str, asked: NewImport, texts: &[&str]) -> Import {
    let import = begin(store, pool, asked).await;
    publish(store, &stage(store, &import, texts).await).await
}

async fn clear(store: &dyn Store, import: &Import, codes_max: u32) -> Import {
    store.clear_import(&studio(), &import.pool, import.number, codes_max, at(3)).await.unwrap().unwrap()
}

async fn report(store: &dyn Store, import: &Import) -> Vec<(u32, CodeId)> {
    let rows = store.import_report(&studio(), &import.pool, import.number, 0, 100).await.unwrap();
    let known = rows.into_iter().map(|row| match row.why {
        WhyNot::Known { of, .. } => (row.row, of),
        WhyNot::Faulty { .. } | WhyNot::Coupon { .. } => panic!("{row:?}"),
    });
    known.collect()
}

fn id(pool: &str, import: u64, row: u32) -> CodeId {
    CodeId { pool: slug(pool), serial: serial(import, row) }
}

pub(crate) async fn what_is_staged_is_seen_by_nobody(store: &dyn Store) {
    let staging = stage(store, &begin(store, "p", asked()).await, &["one", "two"]).await;
    assert_eq!((staging.rows.read, staging.rows.added, staging.row_last), (2, 2, 2));
    let staged = turn(store, &staging, Turn::Finish).await.unwrap();
    assert_eq!(staged.state, ImportState::Staged);
    assert_eq!(counts(store, "p", 5).await, (0, 0, 0, 0));
    assert_eq!(entered(store, "one").await, None);
    assert_eq!(entered(store, "ONE").await, None);
    assert_eq!(draw(store, "p", "mail").await, Drew::Empty);
    // But nobody else's code can be the same.
    assert_eq!(add(store, "q", vec![new("ONE"), new("three")]).await, [Added::Known, Added::Serial(1)]);

    let published = publish(store, &staged).await;
    assert_eq!((published.state, published.published_at), (ImportState::Published, Some(at(2))));
    assert_eq!(counts(store, "p", 5).await, (2, 0, 0, 0));
    assert_eq!(drawn(store, "p", "mail 1").await.text, "one");
    assert_eq!(drawn(store, "p", "mail 2").await.text, "two");
    assert_eq!(entered(store, "ONE").await.unwrap().state, CodeState::Assigned);
    assert_eq!(counts(store, "p", 5).await, (0, 2, 0, 0));
}

pub(crate) async fn imports_side_by_side_are_drawn_by_number_and_row(store: &dyn Store) {
    let one = begin(store, "p", asked()).await;
    let two = begin(store, "p", asked()).await;
    assert_eq!((one.number, two.number), (1, 2));
    let two = stage(store, &two, &["d", "c"]).await;
    let one = stage(store, &one, &["b"]).await;
    let one = stage(store, &one, &["a"]).await;
    publish(store, &two).await;
    assert_eq!(drawn(store, "p", "mail 1").await.text, "d");
    publish(store, &one).await;
    fill(store, "p", 1).await;
    let mut texts = Vec::new();
    for n in 2..6 {
        texts.push(drawn(store, "p", &format!("mail {n}")).await.text);
    }
    assert_eq!(texts, ["c", "p code 1", "b", "a"]);
    let listed = store.imports(&studio(), &slug("p"), None, 10).await.unwrap();
    assert_eq!(listed.iter().map(|import| import.number).collect::<Vec<_>>(), [2, 1]);
    let older = store.imports(&studio(), &slug("p"), Some(2), 10).await.unwrap();
    assert_eq!(older, listed[1..]);
    assert_eq!(store.import(&studio(), &slug("p"), 3).await.unwrap(), None);
}

pub(crate) async fn a_code_that_is_known_is_told_with_the_one_before(store: &dyn Store) {
    add(store, "q", vec![new("theirs"), NewCode { exact: true, ..new("EXACT") }]).await;
    let first = import(store, "p", asked(), &["old"]).await;
    let second = begin(store, "p", asked()).await;
    let second = stage(store, &second, &["b", "a", "O-L-D", "Theirs", "B", "exact", "EXACT"]).await;
    let second = stage(store, &second, &["A", "c"]).await;
    let rows = second.rows;
    assert_eq!((rows.read, rows.added, rows.known, rows.reported), (9, 4, 5, 5));
    let of = |import: u64, row| id("p", import, row);
    let theirs = |serial| CodeId { pool: slug("q"), serial };
    assert_eq!(
        report(store, &second).await,
        [(3, of(first.number, 1)), (4, theirs(1)), (5, of(2, 1)), (7, theirs(2)), (8, of(2, 2))]
    );
    // The same file once more adds nothing.
    let again = import(store, "p", asked(), &["b", "a", "c", "exact"]).await;
    assert_eq!((again.rows.added, again.rows.known), (0, 4));
}

pub(crate) async fn a_code_entered_byte_for_byte_is_compared_with_those_that_are_not(store: &dyn Store) {
    fill(store, "q", 1).await;
    let exact = NewImport { exact: true, ..asked() };
    let done = import(store, "p", exact, &["Q-CODE-1", "Aa", "aA", "Aa"]).await;
    assert_eq!((done.rows.added, done.rows.known), (2, 2));
    assert_eq!(entered(store, "aa").await, None);
    assert_eq!(entered(store, "aA").await.unwrap().id, id("p", 1, 3));
}

pub(crate) async fn a_chunk_that_does_not_follow_changes_nothing(store: &dyn Store) {
    let begun = begin(store, "p", asked()).await;
    let staged = stage(store, &begun, &["a", "b"]).await;
    assert_eq!(stage(store, &begun, &["a", "b"]).await, staged);
    let ended = turn(store, &staged, Turn::Undo).await.unwrap();
    assert_eq!(stage(store, &staged, &["c"]).await, ended);
    assert_eq!(store.stage(&studio(), &slug("p"), 9, Chunk::new(0, 0, vec![])).await.unwrap(), None);
}

pub(crate) async fn what_is_not_used_is_replaced(store: &dyn Store) {
    fill(store, "p", 2).await;
    let first = import(store, "p", asked(), &["a", "b"]).await;
    for n in 0..3 {
        drawn(store, "p", &format!("mail {n}")).await;
    }
    let replacing = NewImport { replace_unused: true, publish: true, ..asked() };
    let second = stage(store, &begin(store, "p", replacing).await, &["c", "d"]).await;
    assert_eq!(counts(store, "p", 5).await, (1, 3, 0, 0));
    turn(store, &second, Turn::Finish).await.unwrap();
    assert_eq!(counts(store, "p", 5).await, (2, 3, 0, 1));
    let state = async |text: &str| entered(store, text).await.unwrap().state;
    assert_eq!((state("a").await, state("b").await), (CodeState::Assigned, CodeState::Void));
    let replaced = store.import(&studio(), &slug("p"), first.number).await.unwrap().unwrap();
    assert_eq!(replaced.state, ImportState::Replaced);
    assert_eq!(turn(store, &replaced, Turn::Undo).await, Err(NotNow(ImportState::Replaced)));

    // Codes added one by one begin behind, and are replaced in their turn.
    assert_eq!(add(store, "p", vec![new("e")]).await, [Added::Serial(serial(3, 1))]);
    assert_eq!(drawn(store, "p", "mail 4").await.text, "c");
    let third = import(store, "p", NewImport { replace_unused: true, ..asked() }, &["f"]).await;
    assert_eq!((third.number, counts(store, "p", 5).await), (4, (1, 4, 0, 3)));
    assert_eq!((state("d").await, state("e").await), (CodeState::Void, CodeState::Void));
    assert_eq!(drawn(store, "p", "mail 5").await.text, "f");
    assert_eq!(draw(store, "p", "mail 6").await, Drew::Empty);
    let numbers = store.imports(&studio(), &slug("p"), None, 10).await.unwrap();
    assert_eq!(numbers.iter().map(|import| import.number).collect::<Vec<_>>(), [4, 2, 1]);
}

pub(crate) async fn what_was_given_stays_when_an_import_is_undone(store: &dyn Store) {
    let done = import(store, "p", asked(), &["a", "b", "c", "d"]).await;
    assert_eq!(drawn(store, "p", "mail").await.text, "a");
    let undoing = turn(store, &done, Turn::Undo).await.unwrap();
    assert_eq!(undoing.state, ImportState::Undoing);
    assert_eq!(counts(store, "p", 5).await, (0, 1, 0, 0));
    assert_eq!(draw(store, "p", "one more").await, Drew::Empty);
    assert_eq!(entered(store, "b").await, None);
    assert_eq!(entered(store, "a").await.unwrap().state, CodeState::Assigned);
    assert_eq!(store.imports_under_way(&studio()).await.unwrap(), std::slice::from_ref(&undoing));

    let half = clear(store, &undoing, 2).await;
    assert_eq!((half.state, half.rows.removed), (ImportState::Undoing, 2));
    let undone = clear(store, &half, 2).await;
    assert_eq!((undone.state, undone.rows.removed), (ImportState::Undone, 3));
    assert_eq!(clear(store, &undone, 2).await, undone);
    assert_eq!(store.imports_under_way(&studio()).await.unwrap(), []);
    let again = import(store, "p", asked(), &["a", "b", "c", "d"]).await;
    assert_eq!((again.rows.added, again.rows.known), (3, 1));
    assert_eq!(drawn(store, "p", "one more").await.text, "b");
    let answer = draw(store, "p", "mail").await;
    assert!(matches!(answer, Drew::Code { again: true, .. }), "{answer:?}");
}

pub(crate) async fn an_import_that_fails_leaves_nothing(store: &dyn Store) {
    let all_or_nothing = NewImport { policy: RowPolicy::AllOrNothing, publish: true, ..asked() };
    let given = NewCode { customer: Some("bob".into()), ..new("given") };
    let chunk = Chunk::new(0, 3, vec![(1, new("a")), (2, new("A")), (3, given)]);
    let staged = stage_chunk(store, &begin(store, "p", all_or_nothing).await, chunk).await;
    let dropping = turn(store, &staged, Turn::Finish).await.unwrap();
    assert_eq!(dropping.state, ImportState::Dropping);
    let failed = clear(store, &dropping, 10).await;
    let why = "1 of 3 rows cannot be added, and all or nothing was asked for";
    assert_eq!((failed.state, failed.error.as_deref()), (ImportState::Failed, Some(why)));
    assert_eq!(counts(store, "p", 5).await, (0, 0, 0, 0));
    assert_eq!(entered(store, "given").await, None);
    assert_eq!(report(store, &failed).await, [(2, id("p", 1, 1))]);
    assert_eq!(import(store, "p", asked(), &["a", "given"]).await.rows.added, 2);
}

pub(crate) async fn what_was_given_elsewhere_counts_once_it_is_published(store: &dyn Store) {
    let used = NewCode { used: 1, at: Some(at(1)), ..new("used") };
    let theirs = NewCode { customer: Some("bob".into()), at: Some(at(1)), ..new("theirs") };
    let ends = NewCode { ends_at: Some(at(6)), ..new("ends") };
    let chunk = Chunk::new(0, 9, vec![(2, used), (5, theirs), (7, new("free")), (9, ends)]);
    let staged = stage_chunk(store, &begin(store, "p", asked()).await, chunk).await;
    assert_eq!(counts(store, "p", 5).await, (0, 0, 0, 0));
    publish(store, &staged).await;
    assert_eq!((counts(store, "p", 5).await, counts(store, "p", 6).await), ((2, 2, 1, 0), (1, 2, 1, 0)));
    let theirs = entered(store, "theirs").await.unwrap();
    assert_eq!((theirs.customer, theirs.assigned_at), (Some("bob".into()), Some(at(1))));
}

pub(crate) async fn as_many_rows_are_told_as_anybody_reads(store: &dyn Store) {
    let fault = |row| ReportRow {
        row,
        why: WhyNot::Faulty { fault: "too_long".to_owned(), column: None, message: "long".to_owned() },
    };
    let begun = begin(store, "p", asked()).await;
    let most = u32::try_from(REPORT_ROWS_MAX).unwrap();
    let chunk = Chunk::new(0, most, vec![]).with_faults(u64::from(most), (2..=most).map(fault).collect());
    let begun = stage_chunk(store, &begun, chunk).await;
    let chunk = Chunk::new(most, most + 3, vec![]).with_faults(3, (most + 1..=most + 3).map(fault).collect());
    let begun = stage_chunk(store, &begun, chunk.with_notices(vec!["noticed".to_owned()])).await;
    let rows = begun.rows;
    assert_eq!(
        (rows.read, rows.faulty, rows.reported),
        (REPORT_ROWS_MAX + 3, REPORT_ROWS_MAX + 3, REPORT_ROWS_MAX)
    );
    assert_eq!(begun.notices, ["noticed"]);
    let page = store.import_report(&studio(), &slug("p"), 1, most - 1, 10).await.unwrap();
    assert_eq!(page.iter().map(|row| row.row).collect::<Vec<_>>(), [most, most + 1]);
}

pub(crate) async fn codes_are_listed_but_for_those_that_nobody_sees(store: &dyn Store) {
    fill(store, "p", 2).await;
    let hidden = stage(store, &begin(store, "p", asked()).await, &["a", "b", "c"]).await;
    import(store, "p", asked(), &["d"]).await;
    let (mut listed, mut after, mut pages) = (Vec::new(), Some(0), 0);
    while let Some(serial) = after {
        let page = store.pool_codes(&studio(), &slug("p"), serial, 2).await.unwrap();
        listed.extend(page.codes.into_iter().map(|code: Code| code.text));
        (after, pages) = (page.next, pages + 1);
    }
    assert_eq!((listed.join(" "), pages), ("p code 1 p code 2 d".to_owned(), 3));
    publish(store, &hidden).await;
    let all = store.pool_codes(&studio(), &slug("p"), 0, 10).await.unwrap();
    assert_eq!((all.codes.len(), all.next), (6, None));
}
