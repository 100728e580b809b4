#!/usr/bin/env python3
"""Signalbox beside nginx on this machine: `make bench` prints the table.

The contenders alternate within one run and every figure is the median of the rounds. Each contender has one worker on
one core; the load generator and the provider behind the proxies share another. CPU is that of the contender's processes
(user and system) over the requests that were answered.
"""

import argparse
import json
import os
import platform
import re
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Clients"))

import streams  # noqa: E402
from contenders import KEY, LOAD_CORE, SERVER_CORE, await_ready, nginx, row, signalbox  # noqa: E402
from control import API  # noqa: E402
from processes import free_port  # noqa: E402

GROWTH_REQUESTS = 200_000
ANSWER = json.dumps({
    "id": "chatcmpl-bench", "object": "chat.completion", "created": 1_750_000_000, "model": "bench",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "Your parcel is on its way."},
                 "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 12, "completion_tokens": 7, "total_tokens": 19},
}, separators=(",", ":"))

LUA = """
local requests, turn = {}, 0
init = function(args)
    for unit = 1, 1000 do
        wrk.headers["Authorization"] = "Bearer %(key)s"
        wrk.headers["Content-Type"] = "application/json"
        wrk.headers["X-Signalbox-Unit"] = "user-" .. unit
        requests[unit] = wrk.format("POST", "/v1/chat/completions", nil, '%(body)s')
    end
end
request = function()
    turn = turn %% 1000 + 1
    return requests[turn]
end
"""

DONE = """
done = function(summary, latency, _)
    local errors = summary.errors
    io.write(string.format(
        'RESULT {"requests":%d,"us":%d,"p50":%d,"p99":%d,"errors":%d}\\n', summary.requests, summary.duration,
        latency:percentile(50), latency:percentile(99),
        errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
"""


def load(contender, script, path, connections, seconds):
    before = contender.cpu_seconds()
    ran = subprocess.run(
        ["taskset", "-c", LOAD_CORE, "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", str(script),
         f"http://127.0.0.1:{contender.port}{path}"], capture_output=True, text=True)
    found = re.search(r"RESULT (\{.*\})", ran.stdout)
    if not found:
        raise SystemExit(f"wrk said nothing of use: {ran.stdout}{ran.stderr}")
    result = json.loads(found[1])
    if result["errors"]:
        raise SystemExit(f"{contender.name} {path}: {result['errors']} of {result['requests']} requests failed")
    result["rate"] = result["requests"] / result["us"] * 1e6
    result["cpu_us"] = (contender.cpu_seconds() - before) / result["requests"] * 1e6
    return result


def alternate(contenders, script, path, connections, options):
    """Results by contender: a round of each, in turn."""
    results = {contender.name: [] for contender in contenders}
    warm = {contender.name: load(contender, script, path, connections, 1)["requests"] for contender in contenders}
    for round_number in range(options.rounds):
        for contender in contenders if round_number % 2 == 0 else reversed(contenders):
            results[contender.name].append(load(contender, script, path, connections, options.seconds))
    return {name: {key: statistics.median(one[key] for one in rounds) for key in rounds[0]}
            for name, rounds in results.items()}, sum(
                (one["requests"] for one in results["signalbox"]), warm["signalbox"])


def deploy(api, port):
    """Two variants, nine to one, on the provider at the port."""
    provider = api.add_provider(f"http://127.0.0.1:{port}/v1", "bench")
    models = [api.add_model(provider, "bench") for _ in range(2)]
    return api.deploy([
        {"name": "control", "model": models[0], "weight": 90}, {"name": "candidate", "model": models[1], "weight": 10}])


def cold_start_ms(binary, directory, rounds, is_fresh):
    """From the start of the process to its first answer that is ready."""
    times = []
    for number in range(rounds):
        data = directory / (f"cold-{number}" if is_fresh else "cold-0")
        port = free_port()
        begin = time.monotonic()
        process = signalbox(binary, data, port)
        try:
            await_ready(API(port, KEY))
            times.append((time.monotonic() - begin) * 1e3)
        finally:
            process.stop()
    return statistics.median(times)


def machine():
    model = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text())
    return (f"{model[1] if model else platform.machine()}, {os.cpu_count()} cores, "
            f"Linux {platform.release()}, {time.strftime('%Y-%m-%d', time.gmtime())}")


def measure(options, directory):
    binary = os.path.abspath(options.binary)
    get, post = directory / "get.lua", directory / "post.lua"
    get.write_text(DONE)
    upstream = nginx(directory, "provider", f"return 200 '{ANSWER}';", core=LOAD_CORE)
    running = [upstream]
    try:
        plain = nginx(directory, "nginx return", "return 200 '{\"status\":\"ok\"}';")
        running.append(plain)
        proxy = nginx(
            directory, "nginx proxy_pass",
            "proxy_pass http://provider; proxy_http_version 1.1; proxy_set_header Connection \"\";",
            f"upstream provider {{ server 127.0.0.1:{upstream.port}; keepalive 128; "
            "keepalive_requests 100000000; keepalive_timeout 600s; }")
        running.append(proxy)
        data = directory / "data"
        ours = signalbox(binary, data)
        running.append(ours)
        api = API(ours.port, KEY)
        ours.await_port()
        await_ready(api)
        time.sleep(2)
        idle = ours.resident_mib()
        bot = deploy(api, upstream.port)
        body = json.dumps({"model": bot, "messages": [{"role": "user", "content": "Where is my parcel?"}]})
        post.write_text(LUA % {"key": KEY, "body": body} + DONE)

        health, _ = alternate([plain, ours], get, "/healthz", 64, options)
        warm = load(ours, post, "/", 32, 2)["requests"]
        chat, answered = alternate([proxy, ours], post, "/", 32, options)
        single, answered_single = alternate([proxy, ours], post, "/", 1, options)
        answered += answered_single + warm
        # One connection needs less than many: growth is what comes on top of a load of the same kind.
        answered += load(ours, post, "/", 32, 5)["requests"]
        before, grown = ours.resident_mib(), 0
        while grown < GROWTH_REQUESTS:
            grown += load(ours, post, "/", 32, 5)["requests"]
        answered += grown
        after = ours.resident_mib()
    finally:
        for process in reversed(running):
            process.stop()
    streamed = streams.measure(binary, os.path.abspath(options.streams), directory, options.rounds)
    rows = sqlite3.connect(data / "telemetry.sqlite").execute(
        "SELECT count(*) FROM outcomes o JOIN profiles p ON p.id = o.profile_id WHERE p.status = 'ok'").fetchone()[0]
    starts = [cold_start_ms(binary, directory, options.rounds, is_fresh) for is_fresh in (True, False)]
    return health, chat, single, streamed, idle, before, after, grown, rows, answered, starts


def report(found):
    health, chat, single, streamed, idle, before, after, grown, rows, answered, starts = found
    print(f"\n{machine()}; one worker each on core {SERVER_CORE}, load and provider on core {LOAD_CORE}; "
          "medians, alternating.\n")
    print("| measurement | nginx | Signalbox | relation | goal | reached |")
    print("| --- | ---: | ---: | ---: | ---: | --- |")
    held = []
    for what, results, contender, goal, cpu_goal in (
        ("`GET /healthz` against `return 200`, 64 connections", health, "nginx return", 0.95, 7),
        ("`POST /v1/chat/completions` against `proxy_pass`, 32 connections", chat, "nginx proxy_pass", 0.70, 24),
    ):
        theirs, ours = results[contender], results["signalbox"]
        share = ours["rate"] / theirs["rate"]
        held.append(row(f"{what}: requests/s", f"{theirs['rate']:,.0f}", f"{ours['rate']:,.0f}", f"{share:.2f}",
                        f"≥ {goal:.2f}", share >= goal))
        held.append(row("… CPU µs per request", f"{theirs['cpu_us']:.1f}", f"{ours['cpu_us']:.1f}",
                        f"{ours['cpu_us'] / theirs['cpu_us']:.2f}", f"≤ {cpu_goal}", ours["cpu_us"] <= cpu_goal))
        print(f"| … p50, p99 ms | {theirs['p50'] / 1e3:.2f}, {theirs['p99'] / 1e3:.2f} | "
              f"{ours['p50'] / 1e3:.2f}, {ours['p99'] / 1e3:.2f} | | | |")
    theirs, ours = single["nginx proxy_pass"], single["signalbox"]
    added = ours["p99"] - theirs["p99"]
    held.append(row("p99 at one connection, µs", f"{theirs['p99']:.0f}", f"{ours['p99']:.0f}", f"{added:+.0f}",
                    "≤ +150", added <= 150))
    print(f"| … p50 at one connection, µs | {theirs['p50']:.0f} | {ours['p50']:.0f} | "
          f"{ours['p50'] - theirs['p50']:+.0f} | | |")
    held.append(streams.report(streamed))
    held.append(row("start to first answer, new database, ms", "", f"{starts[0]:.0f}", "", "< 150", starts[0] < 150))
    held.append(row("start to first answer, database of before, ms", "", f"{starts[1]:.0f}", "", "< 150",
                    starts[1] < 150))
    held.append(row("resident when idle, MiB", "", f"{idle:.1f}", "", "< 40", idle < 40))
    held.append(row(f"resident over {grown:,} requests, MiB", "", f"{before:.1f} → {after:.1f}",
                    f"{after - before:+.1f}", "no growth", after - before < 4))
    # wrk leaves what is on its way when its time is over: answered and stored, and not in its count.
    held.append(row("outcomes stored for requests counted by wrk", "", f"{rows:,} for {answered:,}", "", "all",
                    rows >= answered))
    return all(held)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", default=".build/release/signalbox")
    parser.add_argument("--streams", default=".build/release/StreamBenchmark", help="the load of the streams")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=5)
    options = parser.parse_args()
    if os.cpu_count() < 2:
        raise SystemExit("two cores are needed: one for the server, one for the load")
    directory = Path(tempfile.mkdtemp(prefix="signalbox-bench-"))
    directory.chmod(0o755)
    try:
        report(measure(options, directory))
    finally:
        shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    main()
