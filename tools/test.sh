#!/usr/bin/env bash
# What `make test` runs: every notebook against its stored outputs and, meanwhile, the tests: the quick ones with
# coverage, then the slow ones without: counting lines takes half as long again, and the quick ones reach enough.
# What is covered is counted at the end, when no process of the quick ones still writes.
# JOBS is how many processes each of the two has.
set -uo pipefail
cd "$(dirname "$0")/.."

jobs=${JOBS:-2}
log=$(mktemp)
run() { .venv/bin/python "$@" -n "$jobs" --dist loadfile; }

run -m pytest -p no:cacheprovider --nbval --nbval-current-env --nbval-cell-timeout 1800 \
    notebooks/*.ipynb notebooks/zh/*.ipynb >"$log" 2>&1 &
notebooks=$!
# Nobody should wait for notebooks after Ctrl-C, nor find them running.
trap 'kill "$notebooks" 2>/dev/null; rm -f "$log"' EXIT

failed=()
.venv/bin/python -m coverage erase
run -m coverage run -m pytest -m "not slow and not soak and not browser" --durations=25 || failed+=("quick tests")
run -m pytest -m "slow and not soak and not browser" --durations=25 || failed+=("slow tests")
.venv/bin/python -m tools.covered 95 || failed+=("coverage")
echo "The notebooks:"
wait "$notebooks" || failed+=("notebooks")
cat "$log"
if [ "${#failed[@]}" -gt 0 ]; then
    printf 'make test: failed in %s; see above.\n' "$(printf '%s, ' "${failed[@]}" | sed 's/, $//')" >&2
    exit 1
fi
