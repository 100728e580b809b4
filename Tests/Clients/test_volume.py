"""Many inferences leave exactly as many outcomes, split as weighed, each unit on one side, in memory that stays."""

import math
import os
import sqlite3
import time

from load import Load
from processes import BOOTSTRAP_KEY

VOLUME = int(os.environ.get("VOLUME", "200000"))
UNITS = max(1, VOLUME // 10)
CANDIDATE_WEIGHT = 10
# What the allocator, the page caches and the windows of the metrics may still take after the warm-up.
GROWTH_BYTES_MAX = 16 << 20


def test_volume_is_recorded_to_the_last_outcome(spawn, simulator):
    server = spawn().ready()
    api = server.api
    provider = api.add_provider(simulator.base_url)
    models = [api.add_model(provider, "small"), api.add_model(provider, "small")]
    bot = api.deploy([
        {"name": "control", "model": models[0], "weight": 100 - CANDIDATE_WEIGHT},
        {"name": "candidate", "model": models[1], "weight": CANDIDATE_WEIGHT}])

    load = Load(server.port, BOOTSTRAP_KEY, bot, UNITS)
    warm_up = VOLUME // 4
    started = time.monotonic()
    load.run(0, warm_up)
    before = server.resident_bytes()
    load.run(warm_up, VOLUME - warm_up)
    after = server.resident_bytes()
    seconds = time.monotonic() - started
    print(f"{VOLUME} inferences in {seconds:.1f} s, resident {before >> 20} MiB → {after >> 20} MiB")

    assert load.faults == []
    assert load.doubled == [], "a unit was on two variants"
    assert load.streamed == len(range(0, VOLUME, 10))
    assert len(load.outcomes) == VOLUME
    summary = api.read("/api/v1/metrics/summary", deployment=bot, window="1h")["groups"]
    assert sum(group["requests"] for group in summary) == VOLUME
    assert sum(group["errors"] for group in summary) == 0
    check_split(load)
    check_rows(server.data / "telemetry.sqlite", load)
    metrics = api.get("/metrics").body.decode()
    dropped = [line for line in metrics.splitlines() if line.startswith("signalbox_outcomes_dropped")]
    assert dropped and all(float(line.split()[-1]) == 0 for line in dropped)
    assert after - before <= GROWTH_BYTES_MAX, f"resident memory grew from {before} to {after}"
    assert server.stop() == 0


def check_split(load):
    """Units are assigned independently of each other, so their number on a side is binomial."""
    share = CANDIDATE_WEIGHT / 100
    units = len(load.variants)
    assert units == UNITS
    found = sum(1 for variant in load.variants.values() if variant == b"candidate")
    sigma = math.sqrt(units * share * (1 - share))
    assert abs(found - units * share) <= 4 * sigma, (found, units)


def ulid(key):
    """The 26 characters of Crockford's base 32 that 16 bytes stand for."""
    bits = int.from_bytes(key, "big")
    return bytes(b"0123456789ABCDEFGHJKMNPQRSTVWXYZ"[bits >> 5 * place & 31] for place in range(25, -1, -1))


def check_rows(path, load):
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        joined = "outcomes o JOIN profiles p ON p.id = o.profile_id"
        stored = {ulid(row[0]) for row in connection.execute(f"SELECT o.id FROM {joined} WHERE p.origin = 'traffic'")}
        assert stored == load.outcomes
        on_two = connection.execute(
            f"SELECT count(*) FROM (SELECT unit FROM {joined} GROUP BY unit HAVING count(DISTINCT variant) > 1)")
        assert on_two.fetchone()[0] == 0
        statuses = connection.execute(f"SELECT status, count(*) FROM {joined} GROUP BY status").fetchall()
        assert statuses == [("ok", VOLUME)]
    finally:
        connection.close()
