"""A variant at several upstreams, and a shadow that is asked too, as an SDK and an operator see them."""

import collections
import concurrent.futures
import time

import openai
import pytest

from processes import BOOTSTRAP_KEY, Simulator

ASK = [{"role": "user", "content": "Where is my parcel?"}]
DEADLINE_S = 30
CHEAP = {"input_micro_usd_per_mtok": 100_000, "output_micro_usd_per_mtok": 100_000}
DEAR = {"input_micro_usd_per_mtok": 900_000, "output_micro_usd_per_mtok": 900_000}


@pytest.fixture
def box(spawn):
    return spawn().ready()


@pytest.fixture
def sdk(box):
    with openai.OpenAI(api_key=BOOTSTRAP_KEY, base_url=f"{box.url}/v1", max_retries=0, timeout=30) as client:
        yield client


@pytest.fixture
def simulators(tmp_path):
    """Starts providers of the test's own."""
    started = []

    def start(*arguments):
        directory = tmp_path / f"simulator-{len(started)}"
        directory.mkdir()
        started.append(Simulator(directory, arguments))
        return started[-1].ready()

    yield start
    for process in started:
        process.kill()


def deploy(api, balance, providers, **fields):
    """A deployment of one variant that runs at all of these; each is a name, or what else it says of it too."""
    upstreams = [{"provider": one} if isinstance(one, str) else one for one in providers]
    model = api.add_model(upstreams[0]["provider"], "small")
    return api.deploy(
        [{"name": "control", "model": model, "weight": 100, "upstreams": upstreams, "balance": balance}], **fields)


def ask(client, model, **fields):
    return client.chat.completions.with_raw_response.create(model=model, messages=ASK, **fields)


def ask_at_once(client, model, count, callers=8, **fields):
    with concurrent.futures.ThreadPoolExecutor(callers) as pool:
        return list(pool.map(lambda number: ask(client, model, user=f"user-{number}", **fields), range(count)))


def served(api, deployment):
    """How many calls each provider answered."""
    found = api.items("/api/v1/outcomes", deployment=deployment)
    assert all(outcome["status"] == "ok" and outcome["served_by"] == "control" for outcome in found)
    return collections.Counter(outcome["attempts"][-1]["provider"] for outcome in found)


@pytest.mark.parametrize("stream", [False, True])
def test_the_slow_one_of_three_gets_little_under_peak_ewma(box, sdk, simulators, stream):
    names = [
        box.api.add_provider(simulators("--latency-ms", latency).base_url) for latency in ("20", "20", "400")]
    bot = deploy(box.api, "latency", names)
    ask_at_once(sdk, bot, 200, stream=stream)
    found = served(box.api, bot)
    assert sum(found.values()) == 200
    assert found[names[2]] < 0.1 * 200, found
    assert min(found[names[0]], found[names[1]]) > 0.25 * 200, found


def test_weights_hold_and_units_stay(box, sdk, simulator):
    names = [box.api.add_provider(simulator.base_url) for _ in range(2)]
    bot = deploy(
        box.api, "weighted", [{"provider": names[0], "weight": 80}, {"provider": names[1], "weight": 20}])
    ask_at_once(sdk, bot, 300)
    found = served(box.api, bot)
    assert 0.7 * 300 < found[names[0]] < 0.9 * 300, found
    for _ in range(5):
        ask(sdk, bot, user="ann")
    mine = box.api.items("/api/v1/outcomes", deployment=bot, unit="ann")
    assert len({outcome["attempts"][0]["provider"] for outcome in mine}) == 1


def test_the_cheapest_first_and_no_call_fails_when_it_dies(box, sdk, simulators, simulator):
    dying = simulators()
    cheap, dear = box.api.add_provider(dying.base_url), box.api.add_provider(simulator.base_url)
    bot = deploy(box.api, "cost", [{"provider": dear, "price": DEAR}, {"provider": cheap, "price": CHEAP}])
    ask_at_once(sdk, bot, 40)
    assert served(box.api, bot) == {cheap: 40}
    dying.kill()
    answers = ask_at_once(sdk, bot, 60)
    assert all(answer.http_response.status_code == 200 for answer in answers)
    assert all("x-signalbox-served-by" not in answer.http_response.headers for answer in answers)
    assert served(box.api, bot)[dear] == 60
    # Once its breaker is open nobody tries it.
    last = box.api.items("/api/v1/outcomes", deployment=bot)[0]
    assert [attempt["provider"] for attempt in last["attempts"]] == [dear]
    assert last["cost_micro_usd"] is not None
    told = box.api.post(f"/api/v1/deployments/{bot}/explain", {"request": {"messages": ASK}}, expect=200)
    tries, = told["tries"]
    assert tries["upstream"] == dear
    skipped = {one["provider"]: one["skipped"] and one["skipped"]["code"] for one in tries["upstreams"]}
    assert skipped == {dear: None, cheap: "circuit_open"}


def test_what_cannot_be_is_refused_when_it_is_written(box, simulator):
    name = box.api.add_provider(simulator.base_url)
    model = box.api.add_model(name, "small")
    answer = box.api.request("POST", "/api/v1/deployments", {"name": "wrong", "variants": [
        {"name": "control", "model": model, "weight": 100, "balance": "weighted",
         "upstreams": [{"provider": name, "weight": 60}, {"provider": "nobody", "weight": 30}]}]})
    assert answer.status == 422
    assert [error["pointer"] for error in answer.json["errors"]] == ["/variants/0/upstreams"]


def copies(api, deployment, count):
    """The outcomes of a shadow, as soon as there are so many."""
    deadline = time.monotonic() + DEADLINE_S
    while True:
        found = api.items("/api/v1/outcomes", deployment=deployment, origin="mirror")
        if len(found) >= count or time.monotonic() > deadline:
            return found
        time.sleep(0.02)


@pytest.mark.parametrize("stream", [False, True])
def test_a_shadow_is_asked_after_the_caller_was_answered(box, sdk, simulators, simulator, stream):
    api = box.api
    slow = api.add_provider(simulators("--latency-ms", "300").base_url)
    bot = api.deploy(
        [{"name": "control", "model": api.add_model(api.add_provider(simulator.base_url), "small"), "weight": 100},
         {"name": "shadow", "model": api.add_model(slow, "large"), "weight": 0}],
        mirror={"variant": "shadow", "share": 100, "concurrent": 3})
    began = time.monotonic()
    answers = [ask(sdk, bot, stream=stream) for _ in range(10)]
    # Each of them would have taken as long as the shadow had they waited for it.
    assert time.monotonic() - began < 10 * 0.3
    found = copies(api, bot, 3)
    assert found and all(outcome["variant"] == "shadow" and outcome["latency_ms"] >= 300 for outcome in found)
    mine = {answer.http_response.headers["x-signalbox-outcome"] for answer in answers}
    for outcome in found:
        assert outcome["mirror_of"] in mine
        pair = api.read(f"/api/v1/outcomes/{outcome['mirror_of']}/mirror")
        assert pair["mirror"]["id"] == outcome["id"] and pair["live"]["variant"] == "control"
        assert pair["live"]["latency_ms"] < pair["mirror"]["latency_ms"]
        assert pair["mirror"]["tokens"] is not None
    labels = {"project": "default", "deployment": bot}
    sent = api.metric("signalbox_mirrors", result="sent", **labels)
    assert sent + api.metric("signalbox_mirrors", result="concurrency", **labels) == 10 and 3 <= sent < 10
    summary = api.read("/api/v1/metrics/summary", deployment=bot, window="15m", group_by="variant")
    assert [(group["variant"], group["requests"]) for group in summary["groups"]] == [("control", 10)]
