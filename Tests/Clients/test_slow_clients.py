"""Slow clients beside good traffic: the good is answered, the slow are ended and counted. `make test-slow` measures the
same at ten times the size."""

import contextlib

import pytest

from attack import MODES, Attack
from control import sample
from idle import IdleClients, memory
from processes import BOOTSTRAP_KEY
from steady import Steady, health, inference

CONNECTIONS = 200
SECONDS = 5
# Shorter than by default, so that the slow meet their end within the test.
DEADLINES = {
    "SIGNALBOX_SERVER_HEADER_TIMEOUT_MS": "1500", "SIGNALBOX_SERVER_BODY_TIMEOUT_MS": "1500",
    "SIGNALBOX_SERVER_WRITE_TIMEOUT_MS": "1500"}
LIMIT = {"header": "header_timeout", "body": "body_timeout", "read": "write_timeout"}
IDLE = 1_000
IDLE_BYTES_MAX = 8_192


@pytest.mark.parametrize("mode", MODES)
def test_good_traffic_is_answered_beside_slow_clients_and_those_are_ended(spawn, simulator, mode):
    server = spawn(environment=DEADLINES).ready()
    bot = server.api.deploy_model(server.api.add_provider(simulator.base_url), "small")
    with contextlib.closing(Attack(mode, server.port, CONNECTIONS, SECONDS)) as attack:
        good = Steady(server.port, [health(), inference(BOOTSTRAP_KEY, bot)], rate=100).run(SECONDS)
        seen = attack.report()
    assert good.faults == []
    assert all(len(kind) > SECONDS * 20 for kind in good.milliseconds)
    exposition = server.api.get("/metrics").body
    ended = sample(exposition, "signalbox_http_limits_reached", limit=LIMIT[mode])
    # A reader that took a whole answer in time was not slow enough.
    assert ended >= CONNECTIONS / 2, seen
    assert seen["available"], seen
    if mode != "read":
        assert sample(exposition, "signalbox_http_answers", **{"class": "4xx"}) >= ended, "each is told 408"
    assert server.api.get("/readyz").status == 200


@pytest.mark.parametrize("kind", ["health", "inference"])
def test_idle_connection_holds_little_memory(spawn, simulator, kind):
    server = spawn().ready()
    bot = server.api.deploy_model(server.api.add_provider(simulator.base_url), "small")
    request = health() if kind == "health" else inference(BOOTSTRAP_KEY, bot)
    before = memory(server.pid)["Rss"]
    with contextlib.closing(IdleClients(server.port, IDLE, request)):
        assert server.api.metric("signalbox_http_connections_open") >= IDLE
        each = (memory(server.pid)["Rss"] - before) / IDLE
    assert each < IDLE_BYTES_MAX
