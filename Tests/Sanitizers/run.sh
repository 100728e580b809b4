#!/usr/bin/env bash
# The tests under a sanitizer: `run.sh thread|address [all|bounded]`.
#
# `all`: every Swift test, and the client suites against a sanitized server; `bounded`: where threads meet, for every
# `make test`. Every process of a run writes its reports into one directory, and one report fails the run however the
# test ended. The last line is "N passed, N failed, N reports". The sanitized build has a scratch directory of its own,
# so that the plain one stays warm. Whatever ends this script ends what it started: each step is a session (session.py).
set -uo pipefail
trap 'exit 130' INT
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

kind=$1
part=${2:-all}
case $kind in thread) scratch=.build/tsan ;; *) scratch=.build/asan ;; esac
logs=$scratch/logs
rm -rf "$logs"
mkdir -p "$logs"
reports=$PWD/$logs/report
here=$PWD/Tests/Sanitizers
started=$SECONDS
broken=0

# At most so many seconds, then the command.
within() {
    python3 Tests/Sanitizers/session.py "$@"
}

step() {
    printf '\n==> %s sanitizer: %s (%d s)\n' "$kind" "$1" "$((SECONDS - started))"
}

count_reports() {
    cat "$logs"/report.* 2>/dev/null | grep -cE '^(WARNING: ThreadSanitizer|.*ERROR: (Address|Leak)Sanitizer)'
}

finish() {
    local found
    found=$(count_reports)
    if [ "$found" -gt 0 ]; then
        printf '\n==> the reports, each kind once; all of them in %s\n' "$logs"
        cat "$logs"/report.* | grep -E '^SUMMARY' | sort | uniq -c | sort -rn | head -50
        cat "$logs"/report.* | head -150
        broken=$((broken + 1))
    fi
    python3 Tests/tally.py "$broken" "$logs"/*.xml | sed -E "s/^([0-9]+ passed, [0-9]+ failed)\$/\\1, $found reports/"
    exit "${PIPESTATUS[0]}"
}

# A step that must hold for what follows.
must() {
    step "$1"
    shift
    "$@" && return
    echo "failed: $*" >&2
    broken=$((broken + 1))
    finish
}

# A step whose results are in its report; a runner that ends badly without naming a failed test counts as one.
report() {
    local name=$1 results=$2
    step "$name"
    shift 2
    "$@"
    local status=$?
    if [ "$status" -ne 0 ] && ! python3 Tests/tally.py --any-failed "$logs"/$results; then
        echo "$name ended with status $status and no failed test in its report" >&2
        broken=$((broken + 1))
    fi
}

# The whole of what a step says goes to a file, and here what is wrong and the closing line.
quiet() {
    "$@" >"$logs/swift.log" 2>&1
    local status=$?
    grep -aE '^✘|recorded an issue|Fatal error|^error:|Test run with' "$logs/swift.log"
    return "$status"
}

flags=(--sanitize="$kind" --scratch-path "$scratch")
case $kind in
thread)
    # Lock orders are looked at too; a history of 2^4 × 32 Ki accesses per thread still knows both stacks of most races.
    export TSAN_OPTIONS="halt_on_error=0 exitcode=66 detect_deadlocks=1 second_deadlock_stack=1 history_size=4
        suppressions=$here/tsan.supp print_suppressions=0 log_path=$reports"
    flags+=(-Xlinker "$PWD/$scratch/mutex.o")
    ;;
address)
    # Leaks are not looked for, unless LEAKS=1 is set: LeakSanitizer takes for lost what Swift holds in ways of its own,
    # which `Sanitizers held` shows, and most of what it reports here is of that kind. `make soak` watches memory.
    export ASAN_OPTIONS="halt_on_error=1 exitcode=66 detect_leaks=${LEAKS:-0} detect_stack_use_after_return=1
        strict_string_checks=1 suppressions=$here/asan.supp log_path=$reports"
    ;;
*)
    echo "usage: run.sh thread|address [all|bounded]" >&2
    exit 2
    ;;
esac
# Crashes are the sanitizer's to tell: Swift's own backtracer would take minutes over each.
export SWIFT_BACKTRACE=enable=no
# A few tests at a time, as in Tests/run.sh, and six times as much patience with what is silent.
export SIGNALBOX_TEST_PATIENCE=${SIGNALBOX_TEST_PATIENCE:-6}
export SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=${SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH:-8}
if [ -z "${SIGNALBOX_CORPORA:-}" ] && [ -d ../shared/corpora ]; then
    SIGNALBOX_CORPORA=$(cd ../shared/corpora && pwd)
    export SIGNALBOX_CORPORA
fi

# Stands before libswiftSynchronization's own functions in every sanitized program.
interpose() {
    [ "$kind" = thread ] || return 0
    clang -Wall -Wextra -Werror -O2 -c Tests/Sanitizers/mutex.c -o "$scratch/mutex.o"
}

# A planted fault must be reported and a contended mutex must not, or the silence of the tests would mean nothing.
trust() {
    local program=$scratch/debug/Sanitizers fault=freed
    [ "$kind" = thread ] && fault=race
    within 60 "$program" mutex || { echo "a contended Mutex is reported; see $logs" >&2; return 1; }
    if within 60 "$program" "$fault" >/dev/null; then
        echo "the sanitizer does not see a planted $fault" >&2
        return 1
    fi
    [ "$(count_reports)" -gt 0 ] || { echo "a planted $fault left no report in $logs" >&2; return 1; }
    rm -f "$logs"/report.*
}

must "link the mutex" interpose
must "build the tests" within 1800 swift build --build-tests "${flags[@]}"
must "see what was planted" trust

if [ "$part" = all ]; then
    report "swift test" 'swift*.xml' quiet within 3600 \
        swift test --skip-build "${flags[@]}" --xunit-output "$logs/swift.xml"
    clients=(Tests/Clients)
    # These count resident memory, which a sanitizer multiplies, or need a rate that a sanitized server does not reach.
    clients+=(--ignore Tests/Clients/test_volume.py
        -k "not idle_connection_holds_little_memory and not large_upload_is_not_held_in_memory and not dies_under_load")
else
    report "swift test" 'swift*.xml' quiet within 600 \
        swift test --skip-build "${flags[@]}" --xunit-output "$logs/swift.xml" \
        --filter '^(Reactor|Gateway|Telemetry|Monitor)Tests\.' \
        --filter '^HTTPTests\.(Answer|Connection|Edge|Lifecycle|Limit|LoadShedding|Overload|Pressure|Stream)Tests' \
        --filter '^SQLTests\.(Queue|Cancellation|Transaction)Tests' --skip '^GatewayTests\.(Cut|FaultTable)Tests'
    clients=(Tests/Clients/test_chat.py Tests/Clients/test_failures.py)
fi
must "prepare the Python clients" bash Tests/Clients/venv.sh
export SIGNALBOX_BINARY=$PWD/$scratch/debug/signalbox SIGNALBOX_PROBE=$PWD/$scratch/debug/ParserProbe
report "client suites" 'clients.xml' within 1800 .build/venv/bin/python -m pytest \
    "${clients[@]}" -c Tests/Clients/pytest.ini --junitxml "$logs/clients.xml"
finish
