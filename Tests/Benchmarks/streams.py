"""Streams through the gateway beside the same streams straight from the provider and through nginx.

512 at once, each of 64 events 20 ms apart, by the simulated provider. They begin one by one, evenly, at moments
of the load's own clock: begun by the end of another stream, they would meet the provider in the middle of its other
events of that moment. One load program reads all of them and notes the moment of every event. A late event is one that
comes a whole pause (20 ms) after its moment. Those of a round in which the hypervisor took a core away for half a pause
or longer say nothing of anybody: they are shown in a row of their own.
"""

import json
import statistics
import subprocess
import time

from contenders import KEY, LOAD_CORE, SERVER_CORE, Contender, await_ready, nginx, row, signalbox
from control import API
from processes import free_port
from stolen import StolenTime

STREAMS, TOKENS, INTERVAL_MS, TURNS = 512, 64, 20, 4
ADDED_FIRST_EVENT_US_MAX = 1_000


def simulator(binary):
    port = free_port()
    return Contender("provider", [
        binary, "simulate-provider", "--listen", f"127.0.0.1:{port}", "--token-interval-ms", str(INTERVAL_MS),
        "--answer-tokens", str(TOKENS)], port, core=LOAD_CORE).await_port()


def load(program, contender, model):
    before = contender.cpu_seconds()
    begin = time.monotonic()
    ran = subprocess.run(
        ["taskset", "-c", LOAD_CORE, program, str(contender.port), KEY, model, str(STREAMS), str(TOKENS),
         str(INTERVAL_MS), str(TURNS)], capture_output=True, text=True)
    if ran.returncode:
        raise SystemExit(f"streams through {contender.name}: {ran.stderr.strip()}")
    result = json.loads(ran.stdout)
    result["time"] = (begin, time.monotonic())
    result["cpu_us"] = (contender.cpu_seconds() - before) / result["events"] * 1e6
    return result


def measure(binary, program, directory, rounds):
    """Results of all rounds by contender: direct, nginx, signalbox."""
    running = []
    try:
        provider = simulator(binary)
        running.append(provider)
        proxy = nginx(
            directory, "nginx streams",
            "proxy_pass http://provider; proxy_http_version 1.1; proxy_set_header Connection \"\"; "
            "proxy_buffering off;",
            f"upstream provider {{ server 127.0.0.1:{provider.port}; keepalive 1024; "
            "keepalive_requests 100000000; keepalive_timeout 600s; }")
        running.append(proxy)
        ours = signalbox(binary, directory / "streams")
        running.append(ours)
        api = API(ours.port, KEY)
        ours.await_port()
        await_ready(api)
        name = api.add_provider(f"http://127.0.0.1:{provider.port}/v1", "bench")
        bot = api.deploy_model(name, "sim-large")
        contenders = [("direct", provider), ("nginx", proxy), ("signalbox", ours)]
        results = {name: [] for name, _ in contenders}
        with StolenTime([SERVER_CORE, LOAD_CORE]) as stolen:
            for number in range(rounds):
                for name, contender in contenders if number % 2 == 0 else reversed(contenders):
                    results[name].append(load(program, contender, bot))
        for one in (one for all_of_one in results.values() for one in all_of_one):
            one["stolen_ms"] = stolen.longest_ms(*one["time"])
        return results
    finally:
        for process in reversed(running):
            process.stop()


def report(results):
    """Rows of the table; whether the goals hold."""
    def median(name, key):
        return statistics.median(one[key] for one in results[name])

    def total(name, key):
        return sum(one[key] for one in results[name])

    def added(name, key):
        return median(name, key) - median("direct", key)

    events = total("signalbox", "events")
    lost = {name: total(name, "lost") + total(name, "broken") for name in results}
    def late_where(was_stolen):
        return {name: sum(one["late"] for one in rounds if (one["stolen_ms"] >= INTERVAL_MS / 2) == was_stolen)
                for name, rounds in results.items()}

    late, excused = late_where(False), late_where(True)
    # Too few rounds in which nothing was taken away would be no evidence.
    counted = sum(one["stolen_ms"] < INTERVAL_MS / 2 for one in results["signalbox"])
    hold = late["signalbox"] == 0 and 2 * counted > len(results["signalbox"])
    held = [
        row(f"{STREAMS} streams of {TOKENS} events at {INTERVAL_MS} ms: lost of {events:,}", f"{lost['nginx']}",
            f"{lost['signalbox']}", "", "0", lost["signalbox"] == 0),
        row(f"… a whole pause late (direct: {late['direct']})", f"{late['nginx']}", f"{late['signalbox']}", "",
            "0", hold),
        row("… added to the first event, p99 µs", f"{added('nginx', 'first_p99_us'):+.0f}",
            f"{added('signalbox', 'first_p99_us'):+.0f}", "", f"≤ +{ADDED_FIRST_EVENT_US_MAX:,}",
            added("signalbox", "first_p99_us") <= ADDED_FIRST_EVENT_US_MAX),
    ]
    if any(excused.values()):
        longest = max(one["stolen_ms"] for rounds in results.values() for one in rounds)
        print(f"| … likewise, while the hypervisor had taken a core (direct: {excused['direct']}; for {longest:.0f} ms) | "
              f"{excused['nginx']} | {excused['signalbox']} | | | |")
    print(f"| … p50 µs (direct: {median('direct', 'first_p50_us'):.0f}, p99 {median('direct', 'first_p99_us'):.0f}) | "
          f"{added('nginx', 'first_p50_us'):+.0f} | {added('signalbox', 'first_p50_us'):+.0f} | | | |")
    for key, what in (("delay_p99_us", "p99"), ("delay_max_us", "greatest")):
        print(f"| … behind its moment, {what} µs (direct: {median('direct', key):.0f}) | {median('nginx', key):.0f} | "
              f"{median('signalbox', key):.0f} | | | |")
    theirs, ours = median("nginx", "cpu_us"), median("signalbox", "cpu_us")
    print(f"| … CPU µs per event | {theirs:.1f} | {ours:.1f} | {ours / theirs:.2f} | | |")
    return all(held)
