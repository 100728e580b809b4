"""Limits, budgets, prices and keys that go on, as callers meet them: the OpenAI SDK against the release binary."""

import concurrent.futures
import os
import signal
import time

import openai
import pytest

from control import unique
from hammer import Hammer, most_in_a_minute
from processes import PATIENCE, Simulator

ASK = [{"role": "user", "content": "Where is my parcel?"}]
# 2 and 8 USD for a million tokens.
PRICE = {"input_micro_usd_per_mtok": 2_000_000, "output_micro_usd_per_mtok": 8_000_000}


def key(api, **fields):
    return api.post("/api/v1/keys", {"name": unique("key"), "role": "caller", **fields})


def sdk(server, made, **options):
    return openai.OpenAI(api_key=made["key"], base_url=f"{server.url}/v1", timeout=60, **{"max_retries": 0, **options})


@pytest.fixture(scope="module")
def priced(api, provider):
    model = api.add_model(provider, "small", price=PRICE)
    return api.deploy([{"name": "control", "model": model, "weight": 100}])


def test_request_limit_is_the_sdks_own_exception_and_names_itself(signalbox, api, bot):
    client = sdk(signalbox, key(api, limits={"requests_per_minute": 50}))
    raw = client.chat.completions.with_raw_response.create(model=bot, messages=ASK)
    assert raw.headers["x-ratelimit-limit-requests"] == "50"
    assert raw.headers["x-ratelimit-remaining-requests"] == "1"
    client.chat.completions.create(model=bot, messages=ASK)
    with pytest.raises(openai.RateLimitError) as caught:
        client.chat.completions.create(model=bot, messages=ASK)
    assert caught.value.code == "rate_limit_exceeded"
    assert caught.value.type == "rate_limit_error"
    assert caught.value.param == "key.requests_per_minute"
    headers = caught.value.response.headers
    assert 0 < int(headers["retry-after-ms"]) <= 1_225 and int(headers["retry-after"]) in (1, 2)
    assert "x-should-retry" not in headers
    outcome = api.outcome(headers["x-signalbox-outcome"])
    assert (outcome["status"], outcome["error"], outcome["attempts"]) == ("rate_limited", "rate_limit_exceeded", [])
    assert api.metric("signalbox_limits_refused", of="key", limit="requests_per_minute") >= 1


def test_sdk_that_retries_waits_as_long_as_it_is_told_and_gets_through(signalbox, api, bot):
    client = sdk(signalbox, key(api, limits={"requests_per_minute": 100}), max_retries=5)
    started = time.monotonic()
    for _ in range(6):
        assert client.chat.completions.create(model=bot, messages=ASK).choices
    # Three at once, then one every 612 ms.
    assert time.monotonic() - started > 3 * 0.6


def test_limits_hold_on_every_surface_and_for_streams(signalbox, api, bot):
    made = key(api, limits={"requests_per_minute": 1})
    client = sdk(signalbox, made)
    list(client.chat.completions.create(model=bot, messages=ASK, stream=True))
    for call in (
        lambda: client.completions.create(model=bot, prompt="a"),
        lambda: client.embeddings.create(model=bot, input="a"),
        lambda: client.moderations.create(input="a", model=bot),
        lambda: client.images.generate(model=bot, prompt="a"),
        lambda: client.chat.completions.create(model=bot, messages=ASK, stream=True),
    ):
        with pytest.raises(openai.RateLimitError):
            call()
    # What costs nothing is not limited.
    assert client.models.list().data
    assert api.request("PATCH", f"/api/v1/keys/{made['id']}", {"limits": None}).status == 200
    for _ in range(20):
        client.embeddings.create(model=bot, input="a")


def test_token_limit_reserves_and_settles(signalbox, api, bot):
    client = sdk(signalbox, key(api, limits={"tokens_per_minute": 2_000}))
    for _ in range(5):
        # 1,000 are reserved each time, and a few used: five fit though they would not if all were kept.
        client.chat.completions.create(model=bot, messages=ASK, max_tokens=1_000)
    # What no waiting lets through is none of what SDKs try again.
    with pytest.raises(openai.BadRequestError) as caught:
        client.chat.completions.create(model=bot, messages=ASK, max_tokens=2_500)
    assert (caught.value.param, caught.value.code) == ("key.tokens_per_minute", "limit_too_small")
    assert "2000" in caught.value.message
    assert "retry-after" not in caught.value.response.headers


@pytest.fixture
def slow(api, tmp_path):
    """A deployment whose streams take seconds."""
    process = Simulator(tmp_path, ["--token-interval-ms", "300"])
    try:
        yield api.deploy_model(api.add_provider(process.ready().base_url), "small")
    finally:
        process.kill()


def test_concurrent_limit_holds_for_streams_that_run(signalbox, api, slow):
    client = sdk(signalbox, key(api, limits={"concurrent": 2}))
    streams = [client.chat.completions.create(model=slow, messages=ASK, stream=True) for _ in range(2)]
    assert all(next(iter(stream)) for stream in streams)
    with pytest.raises(openai.RateLimitError) as caught:
        client.chat.completions.create(model=slow, messages=ASK)
    assert caught.value.param == "key.concurrent"
    for stream in streams:
        stream.close()
    deadline = time.monotonic() + 10 * PATIENCE
    while True:
        try:
            client.chat.completions.create(model=slow, messages=ASK)
            break
        except openai.RateLimitError:
            assert time.monotonic() < deadline, "places of streams that were left did not come back"
            time.sleep(0.05)


def test_limits_of_deployment_and_provider(signalbox, api, simulator, client):
    model = api.add_model(api.add_provider(simulator.base_url), "small")
    limited = api.deploy([{"name": "control", "model": model, "weight": 100}], limits={"requests_per_minute": 1})
    client.chat.completions.create(model=limited, messages=ASK)
    with pytest.raises(openai.RateLimitError) as caught:
        client.chat.completions.create(model=limited, messages=ASK)
    assert caught.value.param == "deployment.requests_per_minute"
    with pytest.raises(openai.RateLimitError):
        client.chat.completions.create(model=f"{limited}@1", messages=ASK)
    shown = api.read(f"/api/v1/deployments/{limited}")
    assert shown["limits"] == {"requests_per_minute": 1}
    narrow = api.add_provider(simulator.base_url)
    assert api.request("PATCH", f"/api/v1/providers/{narrow}", {"limits": {"requests_per_minute": 1}}).status == 200
    wide = api.add_model(api.add_provider(simulator.base_url), "small")
    both = api.deploy(
        [{"name": "control", "model": api.add_model(narrow, "small"), "weight": 100},
         {"name": "spare", "model": wide, "weight": 0}], fallbacks=["spare"])
    served = [
        client.chat.completions.with_raw_response.create(model=both, messages=ASK).headers.get(
            "x-signalbox-served-by") for _ in range(3)]
    assert served == [None, "spare", "spare"]


def test_budget_stops_hard_however_many_call_and_shows_what_is_spent(signalbox, api, priced):
    made = key(api, budget={"micro_usd": 20_000, "period": "month", "alert_at": 0.5})
    client = sdk(signalbox, made)

    def call(_):
        try:
            client.chat.completions.create(model=priced, messages=ASK, max_tokens=50)
            return "ok"
        except openai.RateLimitError as error:
            assert (error.type, error.code, error.param) == ("insufficient_quota", "budget_exceeded", "key.budget")
            return "refused"

    with concurrent.futures.ThreadPoolExecutor(64) as pool:
        results = list(pool.map(call, range(1_000)))
    assert set(results) == {"ok", "refused"}
    shown = api.read(f"/api/v1/keys/{made['id']}")["spending"]
    assert shown["reserved_micro_usd"] == 0
    assert 0 < shown["micro_usd"] <= 20_000
    # It stops when another call might not fit, not long before.
    assert shown["left_micro_usd"] < 2_000
    costs = [
        outcome["cost_micro_usd"] for outcome in api.items("/api/v1/outcomes", deployment=priced, status="ok")
        if outcome["key_id"] == made["id"]]
    assert len(costs) == results.count("ok")
    assert sum(costs) <= shown["micro_usd"] <= sum(costs) + len(costs)
    assert api.metric("signalbox_budget_spent_micro_usd", of="key", id=made["id"]) == shown["micro_usd"]
    assert api.metric("signalbox_budget_alerts") >= 1
    assert api.metric("signalbox_budget_overruns") == 0
    raised = api.request(
        "PATCH", f"/api/v1/keys/{made['id']}", {"budget": {"micro_usd": 1_000_000, "period": "month"}})
    assert raised.status == 200
    assert call(0) == "ok"


def test_model_without_a_price_is_refused_under_a_budget_and_flagged_without(signalbox, api, bot, client):
    with pytest.raises(openai.PermissionDeniedError) as caught:
        sdk(signalbox, key(api, budget={"micro_usd": 1_000_000, "period": "day"})).chat.completions.create(
            model=bot, messages=ASK)
    assert caught.value.code == "price_unknown"
    raw = client.chat.completions.with_raw_response.create(model=bot, messages=ASK)
    assert api.outcome(raw.headers["x-signalbox-outcome"])["cost_micro_usd"] is None
    group = api.read("/api/v1/metrics/summary", deployment=bot, window="1h")["groups"][0]
    assert group["cost_is_partial"] is True and group["cost_unknown_requests"] > 0
    assert api.metric(
        "signalbox_cost_unknown", deployment=bot, environment="production", variant="control") > 0


def test_spending_survives_a_stop_and_a_kill(spawn, simulator):
    server = spawn().ready()
    model = server.api.add_model(server.api.add_provider(simulator.base_url), "small", price=PRICE)
    deployment = server.api.deploy([{"name": "control", "model": model, "weight": 100}])
    made = key(server.api, budget={"micro_usd": 160_000, "period": "month"})

    def spend(count):
        with sdk(server, made) as client:
            for _ in range(count):
                client.chat.completions.create(model=deployment, messages=ASK, max_tokens=50)
        return server.api.read(f"/api/v1/keys/{made['id']}")["spending"]["micro_usd"]

    first = spend(20)
    assert first > 0
    server.stop()
    server = spawn().ready()
    assert server.api.read(f"/api/v1/keys/{made['id']}")["spending"]["micro_usd"] == first
    second = spend(20)
    # Without a moment for anything to be written.
    os.kill(server.pid, signal.SIGKILL)
    server.wait()
    server = spawn().ready()
    found = server.api.read(f"/api/v1/keys/{made['id']}")["spending"]["micro_usd"]
    assert second <= found, "a crash made room in a budget"
    assert found <= second + 160_000 // 16 + 1_000, "a crash cost more of a budget than a lease"


def test_prices_are_read_again_without_a_dropped_request(spawn, simulator, tmp_path):
    table = tmp_path / "prices.yaml"

    def write(price):
        # Whole or not at all: the server may read it at any moment.
        fresh = table.with_suffix(".new")
        fresh.write_text(f"openai:\n  models:\n    - {{model: small, input: {price}, output: {price}}}\n")
        os.replace(fresh, table)

    write(1_000_000)
    server = spawn(environment={"SIGNALBOX_GATEWAY_PRICES": str(table)}).ready()
    deployment = server.api.deploy_model(server.api.add_provider(simulator.base_url), "small")
    made = key(server.api)
    with sdk(server, made) as client:
        def cost():
            raw = client.chat.completions.with_raw_response.create(model=deployment, messages=ASK)
            outcome = server.api.outcome(raw.headers["x-signalbox-outcome"])
            return outcome["cost_micro_usd"], outcome["tokens"]["input"] + outcome["tokens"]["output"]

        assert cost()[0] == cost()[1]
        seen = set()
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            running = [pool.submit(cost) for _ in range(400)]
            for price in (2_000_000, 3_000_000):
                write(price)
                os.kill(server.pid, signal.SIGHUP)
            for done in running:
                paid, tokens = done.result()
                seen.add(paid / tokens)
        assert seen <= {1, 2, 3}
        deadline = time.monotonic() + 10 * PATIENCE
        while cost()[0] != 3 * cost()[1]:
            assert time.monotonic() < deadline
        # A table that does not load leaves the one that does.
        table.write_text("openai:\n  models:\n    - {model: small, input: lots, output: 1}\n")
        os.kill(server.pid, signal.SIGHUP)
        while "settings not reloaded" not in server.said():
            assert time.monotonic() < deadline
            time.sleep(0.01)
        assert f"{table}:3: input: expected a whole number" in server.said()
        paid, tokens = cost()
        assert paid == 3 * tokens


def test_rotated_secret_goes_on_for_the_overlap(signalbox, api, bot):
    made = key(api)
    rotated = api.post(f"/api/v1/keys/{made['id']}/rotate", {"overlap_s": 2}, expect=200)
    old, new = sdk(signalbox, made), sdk(signalbox, rotated)
    new.chat.completions.create(model=bot, messages=ASK)
    old.chat.completions.create(model=bot, messages=ASK)
    deadline = time.monotonic() + 10 * PATIENCE
    with pytest.raises(openai.AuthenticationError):
        while time.monotonic() < deadline:
            old.chat.completions.create(model=bot, messages=ASK)
            time.sleep(0.05)
    new.chat.completions.create(model=bot, messages=ASK)


def test_hammered_limit_is_never_exceeded_and_nearly_all_of_it_given(signalbox, api, bot):
    """Twenty seconds of what `make hammer` does for three minutes."""
    made = key(api, limits={"requests_per_minute": 600})
    run = Hammer(signalbox.port, made["key"], bot, callers=max(8, 64 // PATIENCE)).run(20)
    assert run.other == 0
    # 13 at once and 588 a minute.
    assert len(run.answered) <= 13 + 588 * 20 / 60 + 1
    assert len(run.answered) >= 0.98 * 600 * 20 / 60
    assert most_in_a_minute(run.answered) <= 600
