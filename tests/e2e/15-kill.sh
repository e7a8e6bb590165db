#!/usr/bin/env bash
# What was answered stands, also when the process is killed in the middle of its work: orders are placed from all
# sides, the server gets SIGKILL, starts again, and has every answered order, and none by halves. 3 kills;
# TEARLINE_LONG=1: 20.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

kills=3
if [[ -n ${TEARLINE_LONG-} ]]; then kills=20; fi

python3 tests/e2e/15-kill.py "$(realpath "${TEARLINE_BIN:-target/debug/tearline}")" "$kills"
