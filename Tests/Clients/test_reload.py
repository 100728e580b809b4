"""Everything reloads under load: no request is dropped, no answer is of a revision that was not live, and what is written
holds for the very next request."""

import http.client
import json
import signal
import threading
import time

import pytest

from processes import BOOTSTRAP_KEY, PATIENCE

CALLERS = max(2, 8 // PATIENCE)
# What is changed, over and over, while callers ask.
ROUNDS = 15


class Caller(threading.Thread):
    """Asks without a pause, on one connection that nobody closes."""

    def __init__(self, box, model, number, is_stream):
        super().__init__(daemon=True)
        self.port = box.port
        self.body = json.dumps({"model": model, "messages": [{"role": "user", "content": "6*7?"}], "stream": is_stream,
                                "user": f"user-{number}"})
        self.ended = threading.Event()
        self.answers = []
        self.failure = None

    def run(self):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
            connection.connect()
            socket = connection.sock
            while not self.ended.is_set():
                began = time.monotonic()
                connection.request("POST", "/v1/chat/completions", self.body,
                                   {"Authorization": f"Bearer {BOOTSTRAP_KEY}", "Content-Type": "application/json"})
                answer = connection.getresponse()
                body = answer.read()
                assert answer.status == 200, (answer.status, body)
                assert b'"content"' in body, body
                assert connection.sock is socket, "the connection was closed"
                self.answers.append((began, time.monotonic(), int(answer.headers["x-signalbox-revision"])))
            connection.close()
        except Exception as failure:  # noqa: BLE001 - whatever it was, the test is to tell it
            self.failure = failure


@pytest.fixture
def box(spawn):
    return spawn().ready()


def change(api, bot, provider, models, number):
    """Something of everything that a table of routes is made of. Returns the revision that is live then."""
    share = 10 + number
    api.request("PATCH", f"/api/v1/providers/{provider}", {"headers": {"x-round": str(number)}})
    model = api.add_model(provider, "small")
    api.post("/api/v1/keys", {"name": f"key-{number}", "role": "caller"})
    changed = api.request("PATCH", f"/api/v1/deployments/{bot}", {
        "variants": [{"name": "control", "model": models[0], "weight": 100 - share},
                     {"name": "candidate", "model": model, "weight": share}],
        "fallbacks": ["control"] if number % 2 else [],
        "limits": {"requests_per_minute": 1_000_000 + number} if number % 3 else None,
        "cache": None, "retries": {"max": number % 3}})
    assert changed.status == 200, changed
    return changed.json["revision"]


@pytest.mark.parametrize("is_stream", [False, True])
def test_nothing_is_dropped_while_everything_changes(box, simulator, is_stream):
    api = box.api
    provider = api.add_provider(simulator.base_url)
    models = [api.add_model(provider, "small")]
    bot = api.deploy([{"name": "control", "model": models[0], "weight": 100}])
    callers = [Caller(box, bot, number, is_stream) for number in range(CALLERS)]
    for caller in callers:
        caller.start()
    # When each revision was written: it was not live before the first time, and nothing older is after the second.
    live = {1: (0.0, 0.0)}
    refused = 0
    try:
        for number in range(ROUNDS):
            began = time.monotonic()
            revision = change(api, bot, provider, models, number)
            live[revision] = (began, time.monotonic())
            # Read your writes: the very next request is of it.
            answer = api.request("POST", "/v1/chat/completions", {
                "model": bot, "messages": [{"role": "user", "content": "6*7?"}]})
            assert (answer.status, answer.headers["x-signalbox-revision"]) == (200, str(revision))
            # What would not load is refused when it is written, and changes nothing.
            for wrong in ({"variants": [{"name": "control", "model": "nobody@1", "weight": 100}]},
                          {"fallbacks": ["nobody"]}, {"rules": [{"when": "header(", "variant": "control"}]}):
                refusal = api.request("PATCH", f"/api/v1/deployments/{bot}", wrong)
                assert 400 <= refusal.status < 500, (wrong, refusal)
                refused += 1
            if number % 5 == 0:
                box.child.send_signal(signal.SIGHUP)
            if any(caller.failure for caller in callers):
                break
    finally:
        for caller in callers:
            caller.ended.set()
        for caller in callers:
            caller.join(30)
    assert [caller.failure for caller in callers if caller.failure] == []
    assert not any(caller.is_alive() for caller in callers)
    assert len(live) == ROUNDS + 1 and refused == 3 * ROUNDS
    for caller in callers:
        assert caller.answers
        for began, ended, revision in caller.answers:
            assert live[revision][0] <= ended, "an answer of a revision that was not written yet"
            newer = [written for other, (_, written) in live.items() if other > revision]
            assert not newer or began <= min(newer), "an answer of a revision that had been replaced"
    # Every one of them was recorded, as what it was.
    count = sum(len(caller.answers) for caller in callers) + ROUNDS
    deadline = time.monotonic() + 20
    while True:
        groups = api.read("/api/v1/metrics/summary", deployment=bot, window="15m")["groups"]
        recorded = sum(group["requests"] for group in groups)
        if recorded >= count or time.monotonic() > deadline:
            break
        time.sleep(0.05)
    assert recorded == count, groups
    assert sum(group["errors"] for group in groups) == 0, groups
