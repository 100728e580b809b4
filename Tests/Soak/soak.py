#!/usr/bin/env python3
"""Half an hour of everything at once, at a rate that leaves the machine room: `make soak`.

Whether memory and descriptors stay what they were after the warm-up, and whether every inference that a client was told
of is in the file once. Seeded; ends with 1 when something does not hold.
"""

import argparse
import asyncio
import os
import re
import shutil
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Clients"))

import operators  # noqa: E402
import traffic  # noqa: E402
from gauge import Gauge  # noqa: E402
from ledger import Ledger  # noqa: E402
from processes import BOOTSTRAP_KEY, Signalbox, Simulator  # noqa: E402

WARM_UP_SHARE = 0.2
SAMPLE_S = 5
RESTING_SAMPLES = 10
FILLING_VERSIONS, FILLING_READS = 500, 12
DRIFT_MAX = 0.02
# Lines that come and go make their number a matter of chance.
DESCRIPTORS_MAX = 4
CALLERS, IDLERS, CONSOLES, DAWDLERS = 16, 60, 3, 3
# Per second, all clients of a kind together.
RATES = {"leave": 3, "wrong key": 4, "nonsense": 4, "malformed": 4, "write": 3, "read": 8, "score": 2, "dawdle": 0.5}
PROVIDERS = {
    "steady": ["--latency-ms", "8", "--latency-p95-ms", "30", "--token-interval-ms", "4", "--answer-tokens", "24"],
    "flaky": ["--latency-ms", "5", "--latency-p95-ms", "20", "--error-rate", "0.2", "--seed", "7"],
    "dripping": ["--token-interval-ms", "50", "--answer-tokens", "200"],
    "long": ["--answer-tokens", "3000"],
}
FAULTS = ("fault-truncate", "fault-reset", "fault-429", "fault-broken-stream", "fault-garbage")
GOOD = ("split", "prompted", "following", "shaky")


def prepare(api, providers):
    """Deployments of every kind there is, and a probe by the minute."""
    for name, process in providers.items():
        api.add_provider(process.base_url, name)
    price = {"input_micro_usd_per_mtok": 150_000, "output_micro_usd_per_mtok": 600_000}
    first = api.add_model("steady", "sim-large", "model-a", price=price)
    second = api.add_model("steady", "sim-small", "model-b", price=price)
    flaky = api.add_model("flaky", "sim-large", "model-flaky", price=price)
    api.post("/api/v1/prompts", {"name": "helper"})
    api.post("/api/v1/prompts/helper/versions", {
        "type": "chat", "messages": [{"role": "system", "content": "You help {{customer}}."}], "labels": ["live"]})

    def one(model, **fields):
        return {"name": "control", "model": model, "weight": 100, **fields}

    api.deploy([{**one(first), "weight": 80}, {"name": "candidate", "model": second, "weight": 20}], "split")
    api.deploy([one(first, prompt="helper@1")], "prompted")
    api.deploy([one(first, prompt="helper@live")], "following", follow=True)
    api.deploy([one(flaky), {"name": "spare", "model": first, "weight": 0}], "shaky", fallbacks=["spare"])
    api.deploy([
        {"name": fault, "model": api.add_model("steady", fault, fault), "weight": 100 // len(FAULTS)}
        for fault in FAULTS], "faulty", unit="request")
    for name in ("dripping", "long"):
        api.deploy([one(api.add_model(name, "sim-large", f"model-{name}"))], name)
    api.post("/api/v1/datasets", {"name": "extras"})
    api.post("/api/v1/datasets", {"name": "golden"})
    api.post("/api/v1/datasets/golden/examples", {"items": [
        {"input": {"messages": [{"role": "user", "content": f"What is {n} plus {n}?"}]}, "expected": str(2 * n)}
        for n in range(1, 21)]})
    api.post("/api/v1/probes", {
        "name": "sums", "deployment": "split", "dataset": "golden", "scorer": {"kind": "contains"}, "interval_s": 60})


def fill(api):
    """Gives the control file more pages than a connection keeps (2 MiB each), and has the readers look at all of them.
    A page cache that fills while the file grows looks like a leak for a quarter of an hour."""
    text = "Some words to fill a page. " * 300
    api.post("/api/v1/prompts", {"name": "archive"})
    for number in range(FILLING_VERSIONS):
        api.post("/api/v1/prompts/archive/versions", {"type": "text", "text": f"{number} {text}"})
    # Which reader answers is chance: often enough for each of them.
    for _ in range(FILLING_READS):
        cursor = ""
        while cursor is not None:
            page = api.read(f"/api/v1/prompts/archive/versions?limit=100{cursor}")
            cursor = f"&cursor={page['next_cursor']}" if page.get("next_cursor") else None


def clients(shared, rate):
    """Everybody who takes part, as coroutines that end when the soak does."""
    found = []
    for number in range(CALLERS):
        name = f"caller-{number}"
        found.append(shared.repeat(name, rate / CALLERS, traffic.Caller(shared)))
    for name, deed in (("leave", traffic.leave), ("wrong key", traffic.use_wrong_key),
                       ("nonsense", traffic.ask_nonsense), ("malformed", traffic.send_malformed)):
        found += [shared.repeat(f"{name}-{number}", RATES[name] / 4, lambda chance, deed=deed: deed(shared, chance))
                  for number in range(4)]
    found += [shared.repeat(f"dawdle-{number}", RATES["dawdle"] / DAWDLERS,
                            lambda chance: traffic.dawdle(shared, chance)) for number in range(DAWDLERS)]
    found.append(shared.repeat("write", RATES["write"], operators.Writer(shared)))
    found += [shared.repeat(f"read-{number}", RATES["read"] / 2, operators.Reader(shared)) for number in range(2)]
    scorer = shared.kept_line()
    found.append(shared.repeat("score", RATES["score"], lambda chance: operators.score(shared, scorer, chance)))
    found += [traffic.idle(shared, f"idle-{number}") for number in range(IDLERS)]
    found += [operators.watch(shared, f"console-{number}") for number in range(CONSOLES)]
    return found


async def scrape(line):
    answer = await line.ask("GET", "/metrics", None, {"Accept": "application/openmetrics-text; version=1.0.0"})
    return answer.body.decode()


async def measure(gauge, shared, seconds, server):
    """Samples until the time is over."""
    loop, line, said = asyncio.get_running_loop(), shared.line(), 0
    started = loop.time()
    while (passed := loop.time() - started) < seconds:
        server.check_alive()
        row = gauge.sample(passed, await scrape(line))
        if passed >= said:
            said += 60
            print(f"{passed / 60:5.1f} min: Rss {row['Rss']:,} KiB, anonymous {row['Anonymous']:,} KiB, "
                  f"{row['descriptors']} descriptors, {row['threads']} threads, {row['cpu_s']:.0f} s of CPU, "
                  f"{len(shared.ledger.outcomes):,} outcomes, {shared.ledger.fault_count} faults", flush=True)
        await asyncio.sleep(max(0, SAMPLE_S - (loop.time() - started) % SAMPLE_S))
    line.close()


async def run(options, server, gauge, ledger):
    """All clients for so long; the text of /metrics when they have gone."""
    shared = traffic.Traffic(server.port, BOOTSTRAP_KEY, ledger, options.seed, {
        "good": GOOD, "faulty": "faulty", "dripping": "dripping", "long": "long"})
    tasks = [asyncio.create_task(one) for one in clients(shared, options.rate)]
    try:
        await measure(gauge, shared, options.minutes * 60, server)
    finally:
        shared.ended.set()
        _, late = await asyncio.wait(tasks, timeout=150)
        for task in late:
            task.cancel()
            ledger.fault("a client", "did not come to its end")
        shared.close()
        # The transports close in the loop's next turns.
        await asyncio.sleep(0.5)
    for task in tasks:
        if not task.cancelled() and task.exception():
            raise task.exception()


def rest(api, gauge, deadline_s=30):
    """When no client is connected and nothing is queued: the sample with the fewest descriptors, and the metrics. Where
    it does not come to that, the last sample: what is left over shows in the descriptors, and the rest is judged."""
    deadline = time.monotonic() + deadline_s
    rows = []
    while len(rows) < RESTING_SAMPLES and time.monotonic() < deadline:
        metrics = api.get("/metrics").body.decode()
        time.sleep(0.1)
        row = gauge.sample(0, metrics)
        gauge.samples.pop()
        # The one that asks is connected itself.
        if row["http_connections_open"] <= 1 and row["inferences_running"] == 0 and row["outcomes_queue_depth"] == 0:
            rows.append(row)
    if not rows:
        print(f"The server does not come to rest: {row}")
        rows.append(row)
    return min(rows, key=lambda row: row["descriptors"]), metrics


class Verdicts:
    def __init__(self):
        self.are_good = True
        self.rows = []

    def add(self, what, found, bound, holds):
        self.are_good = self.are_good and bool(holds)
        self.rows.append(f"| {what} | {found} | {bound} | {'yes' if holds else 'NO'} |")

    def show(self):
        print("\n| what | found | bound | holds |\n| --- | --- | --- | --- |")
        print("\n".join(self.rows))


def judge(options, gauge, ledger, before, after, metrics, wrong, exit_code):
    verdicts = Verdicts()
    warm = options.minutes * 60 * WARM_UP_SHARE
    first, last = gauge.thirds("Rss", warm)
    drift = last / first - 1
    verdicts.add("resident memory, first to last third after the warm-up, MiB",
                 f"{first / 1024:.2f} → {last / 1024:.2f} ({drift:+.2%})", f"< {DRIFT_MAX:.0%}", drift < DRIFT_MAX)
    # The part of it that no file backs: where a drift would show first.
    first, last = gauge.thirds("Anonymous", warm)
    verdicts.add("anonymous memory, likewise", f"{first / 1024:.2f} → {last / 1024:.2f} ({last / first - 1:+.2%})",
                 "shown", True)
    first, last = gauge.thirds("descriptors", warm)
    verdicts.add("descriptors in use, likewise", f"{first:.0f} → {last:.0f}", f"≤ +{DESCRIPTORS_MAX}",
                 last - first <= DESCRIPTORS_MAX)
    own = [row["descriptors"] - row["upstream"] for row in (before, after)]
    verdicts.add("descriptors when no client is there, without kept connections to providers", f"{own[0]} → {own[1]}",
                 "no more", own[1] <= own[0])
    first, last = gauge.thirds("threads", warm)
    verdicts.add("threads", f"{first:.0f} → {last:.0f}", "no more", last <= first)
    verdicts.add("acknowledged outcomes in the file, each once, as its client saw it",
                 "; ".join(wrong) or f"{len(ledger.outcomes):,} of {len(ledger.outcomes):,}", "all",
                 not wrong)
    lost = re.findall(
        r"^(signalbox_(?:outcomes_dropped|outcomes_unwritable|outcome_batches_failed)_total) (\S+)", metrics, re.M)
    numbers = [float(value) for _, value in lost]
    verdicts.add("outcomes dropped, outcomes unwritable, batches failed", ", ".join(f"{it:.0f}" for it in numbers),
                 "0, 0, 0", numbers == [0, 0, 0])
    verdicts.add("answers that nobody should have had", f"{ledger.fault_count}", "0", ledger.fault_count == 0)
    verdicts.add("exit code after SIGTERM", exit_code, "0", exit_code == 0)
    return verdicts


def tell(gauge, ledger, metrics):
    """What was done, and every counter that is not 0."""
    print("\nDone: " + ", ".join(f"{what} {count:,}" for what, count in sorted(ledger.counts.items())))
    limits = re.findall(
        r"^(signalbox_http_(?:limits_reached|clients_gone|streams_broken|inputs_refused|connections_refused)\S*) (\S+)",
        metrics, re.M)
    print("Counted: " + ", ".join(f"{name.removeprefix('signalbox_')} {float(value):,.0f}" for name, value in limits
                                  if float(value) > 0))
    for name in ("control_wal", "telemetry_wal"):
        print(f"Largest {name.replace('_', ' ')}: {max(row[name] for row in gauge.samples) / 1048576:.1f} MiB")
    for fault in ledger.faults:
        print(f"Fault: {fault}")


def soak(options, directory):
    providers = {}
    server = None
    try:
        for name, arguments in PROVIDERS.items():
            home = directory / name
            home.mkdir()
            providers[name] = Simulator(home, arguments).ready()
        server = Signalbox(directory, {"SIGNALBOX_LOG": "warning"}).ready()
        prepare(server.api, providers)
        fill(server.api)
        gauge = Gauge(server.pid, server.data, {process.port for process in providers.values()})
        ledger = Ledger()
        before, _ = rest(server.api, gauge)
        try:
            asyncio.run(run(options, server, gauge, ledger))
        finally:
            gauge.write(options.samples)
        after, metrics = rest(server.api, gauge)
        check_versions(server.api, ledger)
        exit_code = server.stop()
    finally:
        for process in (server, *providers.values()):
            if process is not None:
                process.kill()
    wrong = ledger.compare(server.data)
    tell(gauge, ledger, metrics)
    verdicts = judge(options, gauge, ledger, before, after, metrics, wrong, exit_code)
    verdicts.show()
    return verdicts.are_good


def check_versions(api, ledger):
    for name, acknowledged in ledger.versions.items():
        found = [version["version"] for version in api.items(f"/api/v1/{name}/versions")]
        if not acknowledged <= set(found) or len(found) != len(set(found)):
            ledger.fault(name, f"versions are lost or doubled: {sorted(acknowledged - set(found))[:5]}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--rate", type=float, default=120, help="inferences a second")
    parser.add_argument("--seed", type=int, default=20261121)
    parser.add_argument("--samples", default=os.devnull, help="a file for the samples, as CSV")
    options = parser.parse_args()
    directory = Path(tempfile.mkdtemp(prefix="signalbox-soak-"))
    try:
        is_good = soak(options, directory)
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    sys.exit(0 if is_good else 1)


main()
