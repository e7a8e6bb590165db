#!/usr/bin/env bash
# The page on arithmetic is enough to write another program from: one was, in Python, and it agrees with every test
# vector and on random carts. TEARLINE_LONG=1 tries more of them.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

check=docs/reference/vectors/check.py
carts=2000
if [[ -n ${TEARLINE_LONG-} ]]; then carts=20000; fi

python3 "$check"
cargo run --quiet --package tearline-pricing --example random-carts -- "$carts" | python3 "$check" --carts
