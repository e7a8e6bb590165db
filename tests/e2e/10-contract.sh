#!/usr/bin/env bash
# The API keeps to its own description: schemathesis sends what fits it and what does not, and looks at every
# answer. The seed is fixed. TEARLINE_LONG=1 tries the combinations of every operation, else of some.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

config=$PWD/tests/e2e/10-contract.toml
program=$(realpath "${TEARLINE_BIN:-target/debug/tearline}")
schemathesis=$(realpath "${TEARLINE_VENV:-target/tools/venv}")/bin/schemathesis
work=$(mktemp -d)
server=
# shellcheck disable=SC2317,SC2329 # called by the trap
clean_up() {
  if [[ -n $server ]]; then
    kill "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
  fi
  rm -rf "$work"
}
trap clean_up EXIT

"$program" demo --listen 127.0.0.1:0 >"$work/demo.txt" 2>"$work/log.txt" &
server=$!
# Everything that is needed stands before the last line.
for ((tries = 0; tries < 300; tries++)); do
  if grep -q '^Stop with' "$work/demo.txt"; then break; fi
  if ! kill -0 "$server" 2>/dev/null; then break; fi
  sleep 0.1
done
url=$(sed -n 's/.*listens on \(http:[^ ]*\).*/\1/p' "$work/demo.txt")
key=$(sed -n 's/.*secret key \(sk_studio_[0-9a-z]*\)$/\1/p' "$work/demo.txt")
if [[ -z $url || -z $key ]]; then
  echo "the demo did not come up:"
  cat "$work/demo.txt" "$work/log.txt"
  exit 1
fi

passed=0
failed=0
# run NAME OPTION...: counts each operation that was tried as one test, each kind of fault as one that failed.
run() {
  local name=$1 log=$work/$1.txt tested faults
  shift
  echo "--- $name"
  # Its caches belong into the folder that goes away.
  if (cd "$work" && "$schemathesis" --config-file "$config" run "$url/v1/openapi.json" \
    --header "Authorization: Bearer $key" --checks all --seed 1 --continue-on-failure --no-shrink \
    "$@") >"$log" 2>&1; then
    tested=$(sed -n 's/^ *Tested: \([0-9]*\).*/\1/p' "$log")
    passed=$((passed + ${tested:-0}))
    tail -n 12 "$log"
    if [[ -z $tested ]]; then failed=$((failed + 1)); fi
  else
    faults=$(sed -n 's/.* \([0-9]*\) unique failures*.*/\1/p' "$log" | tail -n 1)
    failed=$((failed + ${faults:-1}))
    cat "$log"
  fi
}

few=()
if [[ -z ${TEARLINE_LONG-} ]]; then
  # Where the same is written in several ways, one of them; the rest is left to chance, above.
  few=(--exclude-operation-id put_event --exclude-operation-id patch_event --exclude-operation-id patch_promotion
    --exclude-operation-id patch_price_list --exclude-operation-id apply_configuration --exclude-operation-id hold_cart)
fi
run chance --phases examples,fuzzing,stateful --max-examples 5
run combinations --phases coverage ${few[@]+"${few[@]}"}

if ! kill -0 "$server" 2>/dev/null; then
  echo "the server is gone:"
  cat "$work/log.txt"
  failed=$((failed + 1))
fi
echo "$passed passed, $failed failed"
((failed == 0))
