"""What callers see of a provider that fails: retries, fallbacks, breakers that open, recover and are set."""

import signal
import time

import openai
import pytest

from control import API
from dying import Dying
from processes import BOOTSTRAP_KEY, Simulator

ASK = [{"role": "user", "content": "Where is my parcel?"}]
DEADLINE_S = 30


@pytest.fixture
def primary(tmp_path):
    """A provider of the test's own, which it may end and start again."""
    (tmp_path / "primary").mkdir()
    process = Simulator(tmp_path / "primary")
    yield process.ready()
    process.kill()


@pytest.fixture
def box(spawn):
    return spawn(environment={
        "SIGNALBOX_GATEWAY_BREAKER_OPEN_MS": "100", "SIGNALBOX_GATEWAY_BREAKER_OPEN_MAX_MS": "100",
        "SIGNALBOX_LOG_FORMAT": "json"}).ready()


def sdk(box, key=BOOTSTRAP_KEY):
    return openai.OpenAI(api_key=key, base_url=f"{box.url}/v1", max_retries=2, timeout=30)


def ask(client, model, **fields):
    return client.chat.completions.with_raw_response.create(model=model, messages=ASK, **fields)


def outcomes(api, deployment):
    """Oldest first."""
    return api.items("/api/v1/outcomes", deployment=deployment)[::-1]


def deploy_pair(api, first, second, model="small", **fields):
    """A deployment on the first provider, with the second behind it; returns their names too."""
    names = [api.add_provider(first.base_url), api.add_provider(second.base_url)]
    bot = api.deploy(
        [{"name": "one", "model": api.add_model(names[0], model), "weight": 100},
         {"name": "two", "model": api.add_model(names[1], "small"), "weight": 0}], fallbacks=["two"], **fields)
    return bot, *names


def test_limit_of_the_provider_is_waited_for_and_then_the_callers(box, simulator):
    api = box.api
    bot = api.deploy_model(api.add_provider(simulator.base_url), "fault-429", retries={"max": 1, "backoff_ms": 1})
    with openai.OpenAI(api_key=BOOTSTRAP_KEY, base_url=f"{box.url}/v1", max_retries=0) as client:
        with pytest.raises(openai.RateLimitError) as caught:
            client.chat.completions.create(model=bot, messages=ASK)
    assert caught.value.response.headers["retry-after"] == "1"
    assert "x-should-retry" not in caught.value.response.headers
    outcome, = outcomes(api, bot)
    assert [attempt["status"] for attempt in outcome["attempts"]] == [429, 429]
    assert outcome["status"] == "rate_limited"
    # The provider asked for a second.
    assert outcome["latency_ms"] >= 1_000


def test_limit_of_the_provider_sends_the_next_to_the_fallback(box, simulator):
    api = box.api
    bot, name, _ = deploy_pair(api, simulator, simulator, "fault-429")
    with sdk(box) as client:
        for stream in [False, True]:
            assert ask(client, bot, stream=stream).http_response.headers["x-signalbox-served-by"] == "two"
    first, second = outcomes(api, bot)
    assert [attempt["error"] for attempt in first["attempts"]] == ["http_429", None]
    assert [attempt["error"] for attempt in second["attempts"]] == ["cooling_down", None]
    upstream = api.read(f"/api/v1/upstreams/{name}")
    assert upstream["state"] == "closed" and upstream["counts"]["limits"] == 1
    assert upstream["cooling_down"][0]["model"] == "fault-429"
    assert api.metric("signalbox_upstream_limits", project="default", provider=name) == 1


def test_dead_provider_costs_no_call_and_is_taken_back_when_it_lives(box, simulator, primary, tmp_path):
    api = box.api
    bot, name, _ = deploy_pair(api, primary, simulator)

    def circuit(state):
        return api.metric("signalbox_upstream_circuit", project="default", provider=name, state=state)

    with sdk(box) as client:
        assert "x-signalbox-served-by" not in ask(client, bot).http_response.headers
        assert circuit("closed") == 1
        primary.kill()
        for _ in range(30):
            assert ask(client, bot).http_response.headers["x-signalbox-served-by"] == "two"
        assert circuit("closed") == 0
        assert api.read(f"/api/v1/upstreams/{name}")["last_error"] == "connect_failed"
        errors = {attempt["error"] for outcome in outcomes(api, bot) for attempt in outcome["attempts"]}
        assert {"connect_failed", "circuit_open", None} <= errors
        again = Simulator(tmp_path / "primary", port=primary.port)
        try:
            again.ready()
            deadline = time.monotonic() + DEADLINE_S
            while "x-signalbox-served-by" in ask(client, bot).http_response.headers:
                assert time.monotonic() < deadline, "the provider was not taken back"
            assert circuit("closed") == 1
            assert api.metric("signalbox_upstream_transitions", project="default", provider=name, to="closed") == 1
        finally:
            again.kill()
    assert all(outcome["status"] == "ok" for outcome in outcomes(api, bot))
    assert '"circuit breaker"' in box.said()


def test_dead_provider_without_a_fallback_is_told_at_once(spawn, primary):
    box = spawn(environment={"SIGNALBOX_GATEWAY_BREAKER_CONSECUTIVE_FAILURES": "3"}).ready()
    bot = box.api.deploy_model(box.api.add_provider(primary.base_url), "small")
    primary.kill()
    with sdk(box) as client:
        statuses = []
        for _ in range(5):
            with pytest.raises(openai.InternalServerError) as caught:
                ask(client, bot)
            statuses.append(caught.value.status_code)
            assert caught.value.response.headers["x-should-retry"] == "false"
    assert statuses == [502] * 3 + [503] * 2
    assert caught.value.code == "circuit_open"
    assert 1 <= int(caught.value.response.headers["retry-after"]) <= 5
    # The SDK, which may retry twice, did not.
    assert len(outcomes(box.api, bot)) == 5


def test_breaker_is_set_by_operators_and_stays_so(spawn, simulator, tmp_path):
    box = spawn().ready()
    api = box.api
    bot, name, _ = deploy_pair(api, simulator, simulator)
    path = f"/api/v1/upstreams/{name}/breaker"
    keys = {
        role: api.post("/api/v1/keys", {"name": role, "role": role})["key"] for role in ["operator", "viewer", "ci"]}
    for role in ["viewer", "ci"]:
        refused = API(box.port, keys[role]).request("PUT", path, {"state": "forced_open"})
        assert refused.status == 403 and "upstreams.write" in refused.json["detail"]
    operator = API(box.port, keys["operator"])
    set_ = operator.request("PUT", path, {"state": "forced_open", "reason": "their incident"})
    assert set_.status == 200 and set_.headers["etag"]

    def served():
        with sdk(box) as client:
            return ask(client, bot).http_response.headers.get("x-signalbox-served-by")

    assert served() == "two"
    assert API(box.port, keys["viewer"]).read(f"/api/v1/upstreams/{name}")["state"] == "forced_open"
    assert box.stop() == 0
    box = spawn().ready()
    api = box.api
    assert api.read(path)["reason"] == "their incident"
    assert served() == "two"
    assert outcomes(api, bot)[-1]["attempts"][0]["error"] == "circuit_open"
    assert api.request("PUT", path, {"state": "automatic"}).status == 200
    assert served() is None
    entries = [entry for entry in api.items("/api/v1/audit") if entry["action"] == "upstream_breaker.set"]
    assert {entry["after"]["state"] for entry in entries} == {"forced_open", "automatic"}


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
def test_provider_that_dies_under_load_fails_no_call_after_its_breaker_opened(tmp_path, how):
    found = Dying(tmp_path, how).run().report()
    assert found["healthy_failed"] == 0, found
    assert found["after"] > 0 and found["after_failed"] == 0, found
    assert found["before_failed"] <= 0.01 * found["before"], found
