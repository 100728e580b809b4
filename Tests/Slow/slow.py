#!/usr/bin/env python3
"""Slow and idle clients, measured: `make test-slow` prints the tables and fails where a bound is broken.

Good traffic goes at a fixed rate, alone and beside `slowhttptest` in each of its modes. A machine that does other things
too is slow for seconds at a time, by factors: so the phases are short and alternate, each p99 beside the slow is divided
by the geometric mean of those before and after it, and the median of these ratios counts. At last the slow of each mode
are left to meet their end. Then ten thousand connections idle, and what the server's memory grew by is divided among
them.

`slowhttptest` has the last core to itself; the server, its provider and the good clients share the others, in the
phases without it too. It computes all the time, in poll(2) of all its sockets: 0.2 ms a pass at the median, 0.6 ms at
p99 (strace -T). A kernel that does not preempt itself (CONFIG_PREEMPT_NONE) lets nobody onto its core before such a
pass is done, however low its priority is, and the scheduler takes a core for free that runs nothing but SCHED_IDLE.
Real slow clients do not compute beside the server.
"""

import argparse
import contextlib
import math
import os
import platform
import resource
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Clients"))

from attack import MODES, Attack  # noqa: E402
from control import sample  # noqa: E402
from idle import IdleClients, memory  # noqa: E402
from processes import BOOTSTRAP_KEY, Signalbox, Simulator  # noqa: E402
from steady import Steady, health, inference  # noqa: E402

CONNECTIONS = 2_000
RATE = 400
ROUNDS = 10
PHASE_S = 2.5
RATIO_MAX = 1.5
KINDS = ("GET /healthz", "POST /v1/chat/completions")
# So long may the slow take to be there, all of them: only then are the good measured beside them.
GATHERING_S = 10
# It goes on a little longer than until its clients have met their end, unless it is closed before.
ATTACK_S = 20
ATTACK_CORE = max(os.sched_getaffinity(0))
IDLE = 10_000
IDLE_BYTES_MAX = 8_192
# All connections come from one machine. The slow meet their deadlines when the good were measured; the idle never do.
ENVIRONMENT = {
    "SIGNALBOX_SERVER_HEADER_TIMEOUT_MS": "14000", "SIGNALBOX_SERVER_BODY_TIMEOUT_MS": "14000",
    "SIGNALBOX_SERVER_WRITE_TIMEOUT_MS": "14000",
    "SIGNALBOX_SERVER_CONNECTIONS_MAX": "15000", "SIGNALBOX_SERVER_CONNECTIONS_PER_ADDRESS_MAX": "15000",
    "SIGNALBOX_SERVER_IDLE_TIMEOUT_MS": "600000"}
COUNTED = ("header_timeout", "body_timeout", "write_timeout", "linger")


class Place:
    """A server with a deployment on a simulated provider."""

    def __init__(self, stack):
        directory = stack.enter_context(tempfile.TemporaryDirectory())
        simulator = Simulator(directory)
        stack.callback(simulator.kill)
        self.server = Signalbox(directory, ENVIRONMENT)
        stack.callback(self.server.kill)
        simulator.ready()
        self.api = self.server.ready().api
        bot = self.api.deploy_model(self.api.add_provider(simulator.base_url), "small")
        self.requests = [health(), inference(BOOTSTRAP_KEY, bot)]

    def good(self, seconds):
        """p99 in milliseconds of each kind of good traffic."""
        traffic = Steady(self.server.port, self.requests, RATE).run(seconds)
        if traffic.faults:
            raise SystemExit(f"good traffic was not answered: {traffic.faults[:5]}")
        return [traffic.percentile(kind, 0.99) for kind in range(len(KINDS))]

    def await_connections(self, count):
        deadline = time.monotonic() + GATHERING_S
        while self.api.metric("signalbox_http_connections_open") < count:
            if time.monotonic() > deadline:
                raise SystemExit(f"{count} slow clients were not there within {GATHERING_S} s")
            time.sleep(0.1)

    def await_departures(self):
        """Until the server has seen that the slow are gone."""
        deadline = time.monotonic() + GATHERING_S
        while self.api.metric("signalbox_http_connections_open") > CONNECTIONS / 10:
            if time.monotonic() > deadline:
                raise SystemExit(f"slow clients were still there {GATHERING_S} s after they had gone")
            time.sleep(0.1)

    def counters(self):
        exposition = self.api.get("/metrics").body
        limits = {name: sample(exposition, "signalbox_http_limits_reached", limit=name) for name in COUNTED}
        for name in ("accepted", "refused"):
            limits[name] = sample(exposition, f"signalbox_http_connections_{name}")
        return limits


def slow_clients():
    """How many bounds are broken."""
    alone = {mode: [] for mode in MODES}
    beside = {mode: [] for mode in MODES}
    endings = {}
    with contextlib.ExitStack() as stack:
        place = Place(stack)
        place.good(2 * PHASE_S)  # the warm-up
        for mode in MODES:
            alone[mode].append(place.good(PHASE_S))
            for _ in range(ROUNDS):
                with contextlib.closing(attack(place, mode)):
                    beside[mode].append(place.good(PHASE_S))
                place.await_departures()
                alone[mode].append(place.good(PHASE_S))
            endings[mode] = ending(place, mode)
    broken = table(alone, beside)
    closings(endings)
    return broken


def attack(place, mode):
    """All the slow of one mode, when they are there."""
    slow = Attack(mode, place.server.port, CONNECTIONS, ATTACK_S, core=ATTACK_CORE)
    try:
        place.await_connections(CONNECTIONS)
    except BaseException:
        slow.close()
        raise
    return slow


def ending(place, mode):
    """What becomes of the slow of one mode whom nobody saves: counters, the server's memory, and their own report."""
    before = place.counters()
    with contextlib.closing(attack(place, mode)) as slow:
        resident = place.server.resident_bytes()
        report = slow.report()
    after = place.counters()
    return {name: after[name] - before[name] for name in after}, resident, report


def ratios(alone, beside):
    return [p99 / math.sqrt(before * after) for p99, before, after in zip(beside, alone, alone[1:])]


def table(alone, beside):
    print(f"| {CONNECTIONS} slow clients, by mode | good traffic | p99 alone, ms | p99 beside, ms | ratio, median "
          f"of {ROUNDS} | ≤ {RATIO_MAX} |")
    print("| --- | --- | ---: | ---: | ---: | --- |")
    broken = 0
    for mode in MODES:
        for kind, name in enumerate(KINDS):
            one, other = [p99[kind] for p99 in alone[mode]], [p99[kind] for p99 in beside[mode]]
            ratio = statistics.median(ratios(one, other))
            holds = ratio <= RATIO_MAX
            broken += not holds
            print(f"| {mode} | `{name}` | {statistics.median(one):.2f} | {statistics.median(other):.2f} "
                  f"| {ratio:.2f} | {'yes' if holds else 'no'} |")
    return broken


def closings(endings):
    print("\n| mode | accepted | refused | ended for slowness | service available to its probe | server's memory, MiB |")
    print("| --- | ---: | ---: | ---: | --- | ---: |")
    for mode, (count, resident, report) in endings.items():
        ended = sum(count[name] for name in COUNTED)
        print(f"| {mode} | {count['accepted']:.0f} | {count['refused']:.0f} | {ended:.0f} "
              f"| {'always' if report['available'] else 'not always'} | {resident / 2**20:.0f} |")


def idle_connections():
    print(f"\n| {IDLE} idle connections that each made one request | resident bytes each | < {IDLE_BYTES_MAX} | "
          "kernel bytes each, both ends |")
    print("| --- | ---: | --- | ---: |")
    broken = 0
    for kind, name in enumerate(KINDS):
        with contextlib.ExitStack() as stack:
            place = Place(stack)
            place.good(1)
            before, kernel = memory(place.server.pid), slab_bytes()
            stack.callback(IdleClients(place.server.port, IDLE, place.requests[kind]).close)
            if place.api.metric("signalbox_http_connections_open") < IDLE:
                raise SystemExit("connections were closed meanwhile")
            each = (memory(place.server.pid)["Rss"] - before["Rss"]) / IDLE
            kernel = (slab_bytes() - kernel) / IDLE
        broken += each >= IDLE_BYTES_MAX
        print(f"| `{name}` | {each:.0f} | {'yes' if each < IDLE_BYTES_MAX else 'no'} | {kernel:.0f} |")
    return broken


def slab_bytes():
    """What the kernel holds in objects of its own: sockets, files, their entries in epoll (proc(5), meminfo)."""
    for line in Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("Slab:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError("no Slab in /proc/meminfo")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--only", choices=("slow", "idle"))
    options = parser.parse_args()
    os.environ["SIGNALBOX_BINARY"] = options.binary
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < IDLE + 1_000:
        raise SystemExit(f"{IDLE} connections need more descriptors than {hard}: raise the hard limit (ulimit -Hn)")
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    print(f"{os.cpu_count()} cores, Linux {platform.release()}, {time.strftime('%Y-%m-%d')}; good traffic at {RATE}/s, "
          f"{ROUNDS} phases of {PHASE_S} s beside the slow, with one alone before and after each\n", flush=True)
    others = os.sched_getaffinity(0) - {ATTACK_CORE}
    if not others:
        raise SystemExit("the slow clients need a core to themselves, and there is only one")
    # What is started from here on inherits it.
    os.sched_setaffinity(0, others)
    broken = 0
    if options.only != "idle":
        broken += slow_clients()
    if options.only != "slow":
        broken += idle_connections()
    if broken:
        raise SystemExit(f"{broken} bounds are broken")


if __name__ == "__main__":
    main()
