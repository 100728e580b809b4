#!/usr/bin/env bash
# Everything that `make test` runs after the set-up. What follows a failed build is not run; what follows a failed test
# is, so that one run tells the whole. The last line is always "N passed, N failed".
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

logs=.build/logs
mkdir -p "$logs"
rm -f "$logs"/*
broken=0
started=$SECONDS

step() {
    printf '\n==> %s (%d s)\n' "$1" "$((SECONDS - started))"
}

finish() {
    python3 Tests/tally.py "$broken" "$logs"/*.xml
    exit $?
}

# A step that must hold for what follows: its failure ends the run, counted as one.
must() {
    step "$1"
    shift
    if ! "$@"; then
        broken=$((broken + 1))
        finish
    fi
}

# A step whose results are in its report; a runner that ends badly without saying which test failed counts as one.
report() {
    local name=$1 pattern=$2
    step "$name"
    shift 2
    "$@"
    local status=$?
    if [ "$status" -ne 0 ] && ! python3 Tests/tally.py --any-failed "$logs"/$pattern; then
        echo "$name ended with status $status and no failed test in its report" >&2
        broken=$((broken + 1))
    fi
}

lint() {
    if ! swift format lint --strict --parallel --recursive Sources Tests migrations config/ShippedPrices.swift \
        Package.swift; then
        echo "lint: the lines above do not keep .swift-format" >&2
        broken=$((broken + 1))
    fi
}

if [ -z "${SIGNALBOX_CORPORA:-}" ] && [ -d ../shared/corpora ]; then
    SIGNALBOX_CORPORA=$(cd ../shared/corpora && pwd)
    export SIGNALBOX_CORPORA
fi

step "lint"
lint
must "build the tests" swift build --build-tests
# A few at a time: two hundred at once on two cores would make every deadline of every test a question of luck.
export SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=8
# What hangs is ended, and counts as failed.
report "swift test" 'swift*.xml' timeout --kill-after=30 1800 \
    swift test --skip-build --xunit-output "$logs/swift.xml"
# Its own reports are in .build/tsan/logs; here it counts as one where it fails.
report "ThreadSanitizer, where threads meet" 'tsan.xml' timeout --kill-after=30 900 \
    bash Tests/Sanitizers/run.sh thread bounded
report "fuzzing" 'fuzz.xml' timeout --kill-after=30 900 \
    python3 Tests/Fuzz/fuzz.py --seconds 60 --report "$logs/fuzz.xml"
must "build the release binary" swift build -c release --static-swift-stdlib --product signalbox
must "prepare the Python clients" bash Tests/Clients/venv.sh
export SIGNALBOX_BINARY=$PWD/.build/release/signalbox
report "client suites" 'clients.xml' timeout --kill-after=30 1800 .build/venv/bin/python -m pytest \
    Tests/Clients -c Tests/Clients/pytest.ini --junitxml "$logs/clients.xml"
report "LiteLLM's suite" 'litellm.xml' timeout --kill-after=30 600 .build/venv-litellm/bin/python -m pytest \
    Tests/Clients/LiteLLM -c Tests/Clients/pytest.ini --junitxml "$logs/litellm.xml"
finish
