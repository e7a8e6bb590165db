#!/usr/bin/env bash
# The test vectors are enough to write another program from: one was, in Python, and it agrees with all of them.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
python3 docs/reference/vectors/check.py
