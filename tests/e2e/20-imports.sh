#!/usr/bin/env bash
# Files of codes that are too much: one endless line, a server that is killed while it imports, a disk that takes no
# more. The answer is clear, nothing is half there, and the server lives on. TEARLINE_LONG=1: a line of a gigabyte.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

line=50
if [[ -n ${TEARLINE_LONG-} ]]; then line=1000; fi

python3 tests/e2e/20-imports.py "$(realpath "${TEARLINE_BIN:-target/debug/tearline}")" "$line"
