//! Every promise of [`Store`], a function each, run on every store; then the stores against each other, and what
//! only a file can promise.

mod codes;
mod concurrency;
mod coupons;
mod doctor;
mod documents;
mod draws;
mod feed;
mod file;
mod histories;
mod imports;
mod jobs;
mod keys;
mod ledger;
mod ledger_histories;
mod lists;
mod many_codes;
mod nodes;
#[path = "../../../../tests/postgres/fresh.rs"]
mod postgres_fresh;
mod shops;

use jiff::Timestamp;
use proptest::prelude::{ProptestConfig, Strategy};
use proptest::test_runner::{TestCaseError, TestRunner};
use serde_json::Value;
use tearline_core::names::{ShopId, Slug};
use tearline_core::resource::{Conflict, Expected, Kind, ResourceKey, Write};
use tearline_store::{
    Clocks, ModelStore, PostgresAddress, PostgresStore, SqliteStore, Store, WriteError, Written,
};

use crate::postgres_fresh::FreshDatabase;

/// Runs each promise on each store.
macro_rules! every_store_promises {
    ($($chapter:ident { $($promise:ident)+ })+) => {
        mod sqlite {
            $(mod $chapter {
                $(#[test]
                fn $promise() {
                    crate::on_sqlite(crate::$chapter::$promise);
                })+
            })+
        }

        mod postgres {
            $(mod $chapter {
                $(#[test]
                fn $promise() {
                    crate::on_postgres(crate::$chapter::$promise);
                })+
            })+
        }

        mod model {
            $(mod $chapter {
                $(#[test]
                fn $promise() {
                    crate::on_the_model(crate::$chapter::$promise);
                })+
            })+
        }
    };
}

every_store_promises! {
    documents {
        what_was_written_is_read
        every_version_is_kept
        a_deleted_document_is_gone_but_remembered
        a_document_recreated_goes_on_counting
        an_equal_body_changes_nothing
        deleting_nothing_changes_nothing
        a_conflict_tells_what_the_document_is_at
        a_batch_happens_whole_or_not_at_all
        a_batch_that_names_a_document_twice_is_refused
        a_batch_checked_beside_another_state_is_refused
        any_json_comes_back_equal
        instants_are_kept_to_the_microsecond
    }
    lists {
        live_documents_are_paged_by_id
        history_is_paged_newest_first
        changes_are_paged_batch_by_batch
        a_configuration_is_every_live_document
        a_past_configuration_is_what_was_live_then
        what_is_not_there_is_an_empty_answer
        numbers_beyond_any_row_are_harmless
    }
    concurrency {
        a_counter_is_exact_under_32_writers
        a_document_is_created_once
        a_configuration_is_one_instant
    }
    feed {
        a_write_is_news_before_it_is_answered
        what_changes_nothing_is_no_news
        a_feed_ends_when_the_store_is_closed
    }
    keys {
        a_key_is_found_by_its_hash
        a_key_put_twice_is_put_once
        an_id_or_hash_in_use_is_refused
        a_revoked_key_opens_nothing
        keys_are_paged_by_id
        the_first_key_comes_before_the_first_document
    }
    codes {
        a_code_is_found_as_it_is_matched
        a_code_that_is_somebodys_is_stepped_over
        each_draw_gives_another_code_until_none_is_left
        codes_are_made_as_they_are_drawn
        the_same_key_draws_the_same_code
        a_code_that_has_ended_is_not_drawn
        a_code_is_used_as_often_as_it_may_be
        a_code_given_to_somebody_is_nobody_elses
        a_code_that_is_withdrawn_holds_no_more
        a_hold_keeps_a_code
        what_others_hold_of_a_code_is_told
        codes_used_elsewhere_count_as_given
        a_thousand_draws_at_once_are_a_thousand_codes
    }
    jobs {
        a_job_is_leased_when_it_is_due_by_one_worker
        a_lease_that_has_run_out_is_due_again
        what_fails_is_tried_later_and_given_up_in_the_end
        of_one_name_one_job_waits
        no_shop_waits_for_anothers_jobs
        a_hold_plans_that_it_is_tidied_up
        an_answer_is_remembered_for_a_week
    }
    many_codes {
        a_leaked_batch_is_withdrawn_page_by_page
        a_filter_picks_by_state_customer_and_time
        codes_get_more_time_and_never_less
        a_code_remembers_its_past_the_newest_first
    }
    imports {
        what_is_staged_is_seen_by_nobody
        imports_side_by_side_are_drawn_by_number_and_row
        a_code_that_is_known_is_told_with_the_one_before
        a_code_entered_byte_for_byte_is_compared_with_those_that_are_not
        a_chunk_that_does_not_follow_changes_nothing
        what_is_not_used_is_replaced
        what_was_given_stays_when_an_import_is_undone
        an_import_that_fails_leaves_nothing
        what_was_given_elsewhere_counts_once_it_is_published
        as_many_rows_are_told_as_anybody_reads
        codes_are_listed_but_for_those_that_nobody_sees
    }
    coupons {
        a_code_that_is_a_coupon_is_stepped_over
        a_coupon_that_is_a_code_is_refused_with_its_place
        a_coupon_moves_from_one_promotion_to_another
        a_code_that_is_made_is_no_coupon
        of_a_coupon_and_a_code_at_once_one_is_there
    }
    draws {
        many_keys_draw_in_one_step
        a_closed_pool_only_repeats_itself
        many_codes_are_made_in_one_step
        an_unused_code_is_given_again_until_it_is_redeemed
        a_code_that_has_ended_is_not_given_again
        a_pool_that_gives_once_gives_no_second_code
        the_code_that_somebody_has_is_read
        a_code_for_anyone_is_not_its_customers_alone
        what_is_reserved_is_nobody_elses
        a_reservation_that_is_used_up_draws_what_is_free
        reservations_at_once_are_never_more_than_there_is
        an_empty_pool_falls_back
        everybody_gets_the_text_of_a_fallback
        a_pool_that_runs_low_is_told
        a_pool_is_low_by_count_or_by_days
        a_redemption_elsewhere_counts_once
        a_withdrawn_code_that_was_used_elsewhere_counts_as_given
    }
    ledger {
        a_limit_is_never_passed
        all_claims_are_granted_or_none
        an_order_placed_again_is_one_order
        a_named_request_is_answered_once
        a_refusal_binds_no_name
        a_hold_keeps_others_out_until_it_ends
        a_hold_never_blocks_its_own_cart
        what_a_hold_froze_is_placed_only_while_it_holds
        a_clock_that_goes_back_brings_no_hold_back
        an_older_hold_of_the_same_customer_makes_way
        older_holds_of_the_same_customer_make_way_together
        a_cancelled_order_gives_back_what_it_took
        orders_of_a_customer_are_counted
        what_was_priced_by_older_documents_is_priced_again
        statements_follow_one_another
        an_exchange_takes_all_that_it_claims_or_nothing
        what_happened_to_an_order_is_told
        orders_are_paged_newest_first
        orders_are_paged_oldest_first
        two_shops_limits_are_apart
        a_shop_may_begin_with_an_order
        a_limit_of_20_lets_20_of_200_through_at_once
    }
    shops {
        two_shops_never_see_each_other
        two_shops_count_apart
        shops_are_paged_by_id
        a_closed_store_says_so
    }
}

fn on_sqlite(promise: impl AsyncFnOnce(&dyn Store)) {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&folder.path().join("tearline.db"), at(0)).unwrap();
    block_on(async {
        promise(&store).await;
        store.close().await.unwrap();
    });
}

fn on_postgres(promise: impl AsyncFnOnce(&dyn Store)) {
    block_on(async {
        let database = FreshDatabase::new().await;
        let store = PostgresStore::open(&database.address(), Clocks::Callers, at(0)).await.unwrap();
        promise(&store).await;
        store.close().await.unwrap();
    });
}

/// Runs random cases on one database, emptied for each of them: to make one takes longer than most cases. A quarter of
/// the cases, as a server is slower than a file.
fn on_an_empty_postgres<S: Strategy>(
    cases: S,
    case: impl AsyncFn(S::Value, PostgresAddress) -> Result<(), TestCaseError>,
) {
    let config = ProptestConfig { source_file: Some(file!()), ..ProptestConfig::with_cases(100) };
    let config = ProptestConfig { cases: config.cases / 4, ..config };
    let database = block_on(FreshDatabase::new());
    let run = |values| {
        block_on(async {
            database.empty().await;
            case(values, database.address()).await
        })
    };
    TestRunner::new(config).run(&cases, run).unwrap_or_else(|failure| panic!("{failure}"));
}

fn on_the_model(promise: impl AsyncFnOnce(&dyn Store)) {
    block_on(promise(&ModelStore::new()));
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.unwrap().block_on(future)
}

/// So many seconds after 1970.
fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap()
}

fn studio() -> ShopId {
    "studio".parse().unwrap()
}

fn slug(id: &str) -> Slug {
    id.parse().unwrap()
}

fn promotion(id: &str) -> ResourceKey {
    ResourceKey { kind: Kind::Promotion, id: slug(id) }
}

fn put(id: &str, expected: Expected, body: impl Into<Value>) -> Write {
    Write { key: promotion(id), expected, body: Some(body.into()) }
}

fn delete(id: &str, expected: Expected) -> Write {
    Write { key: promotion(id), expected, body: None }
}

/// Writes to the studio as Ann, who never fails but may be in conflict.
async fn write(store: &dyn Store, writes: Vec<Write>) -> Result<Written, Vec<Conflict>> {
    match store.write(&studio(), writes.into(), "ann", at(1)).await {
        Ok(written) => Ok(written),
        Err(WriteError::Conflict(conflicts)) => Err(conflicts),
        Err(WriteError::Store(failure)) => panic!("{failure:?}"),
    }
}
