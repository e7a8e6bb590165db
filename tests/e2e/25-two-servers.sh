#!/usr/bin/env bash
# Two servers share one PostgreSQL and nothing else: what one writes, the other prices by, and a limit holds for both.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
tearline=${TEARLINE_BIN:-target/debug/tearline}

work=$(mktemp -d)
servers=()
# shellcheck disable=SC2154
trap 'for server in "${servers[@]}"; do kill "$server" 2>/dev/null || true; done; rm -rf "$work"' EXIT
TEARLINE_DATABASE=$(tests/postgres/start $$)
export TEARLINE_DATABASE

passed=0
failed=0
check() { # NAME HAVE WANTED
  if [[ $2 == "$3" ]]; then passed=$((passed + 1)); else
    failed=$((failed + 1))
    printf 'FAILED: %s: have %s, want %s\n' "$1" "$2" "$3"
  fi
}

"$tearline" apply --data "$work/cli" -f examples/shop.yaml >"$work/applied"
key=$("$tearline" key create --data "$work/cli" 2>/dev/null | grep -o 'sk_[A-Za-z0-9_.-]*' | head -n 1)

addresses=()
for n in 1 2; do
  "$tearline" serve --data "$work/$n" --listen 127.0.0.1:0 >"$work/out-$n" 2>"$work/err-$n" &
  servers+=($!)
  for _ in {1..100}; do
    if grep -q '/docs' "$work/out-$n"; then break; fi
    sleep 0.1
  done
  addresses+=("$(grep -o 'http://[0-9.:]*' "$work/out-$n" | head -n 1)")
done

# ask SERVER METHOD PATH [BODY]: the body of the answer; its status is in $work/status.
ask() {
  curl -s -o "$work/answer" -w '%{http_code}' -X "$2" "${addresses[$1]}$3" -H "Authorization: Bearer $key" \
    -H 'Content-Type: application/json' ${4:+--data "$4"} >"$work/status"
  cat "$work/answer"
}
status() { ask "$@" >/dev/null; cat "$work/status"; }

promotion='{"codes": ["RACE"], "limits": {"total": 5}, "benefits": [{"percent_off": {"percent": 10}}]}'
check 'a promotion is written on one server' "$(status 0 PUT /v1/promotions/race "$promotion")" 201
sleep 1
check 'and read on the other' "$(status 1 GET /v1/promotions/race)" 200

cart='{"currency": "USD", "lines": [{"id": "a", "quantity": 1, "unit_price": 1000}], "codes": ["RACE"]}'
check 'and priced by there' "$(ask 1 POST /v1/quotes "$cart" | grep -o '"due":[^,}]*' | head -n 1)" '"due":900'

pids=()
for n in {1..40}; do
  order="{\"order_id\": \"o-$n\", \"cart\": $cart, \"expected\": {\"due\": 900}}"
  curl -s -o /dev/null -w '%{http_code}\n' -X POST "${addresses[$((n % 2))]}/v1/orders" \
    -H "Authorization: Bearer $key" -H 'Content-Type: application/json' --data "$order" >"$work/placed-$n" &
  pids+=($!)
done
wait "${pids[@]}"
check 'of 40 orders on two servers a limit of 5 lets 5 through' "$(cat "$work"/placed-* | grep -c 201)" 5

kill -9 "${servers[0]}"
check 'a killed server is not missed' "$(status 1 GET /v1/orders/o-1 | grep -cE '200|404')" 1
refused=$("$tearline" backup --data "$work/cli" "$work/copy" 2>&1 || true)
check 'a database is not copied as a file' "$(grep -c pg_dump <<<"$refused")" 1

printf '%d passed, %d failed\n' "$passed" "$failed"
((failed == 0))
