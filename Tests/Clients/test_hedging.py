"""What callers see of a provider that is slow now and then: another is asked too, and the first answer is theirs."""

from concurrent.futures import ThreadPoolExecutor

import openai
import pytest

from processes import BOOTSTRAP_KEY, Simulator

ASK = [{"role": "user", "content": "Where is my parcel?"}]
FATES = ["won", "lost", "failed", "abandoned", "budget", "nowhere", "limit", "unsuited"]


@pytest.fixture
def box(spawn):
    return spawn().ready()


@pytest.fixture
def uneven(tmp_path):
    """A provider of which one answer in twenty takes twenty times as long as half of them."""
    (tmp_path / "uneven").mkdir()
    process = Simulator(
        tmp_path / "uneven", ["--latency-ms", "10", "--latency-p95-ms", "200", "--seed", "7"])
    yield process.ready()
    process.kill()


def sdk(box):
    return openai.OpenAI(api_key=BOOTSTRAP_KEY, base_url=f"{box.url}/v1", max_retries=0, timeout=30)


def deploy_pair(api, first, second, model="small", **fields):
    names = [api.add_provider(first.base_url), api.add_provider(second.base_url)]
    return api.deploy(
        [{"name": "one", "model": api.add_model(names[0], model), "weight": 100},
         {"name": "two", "model": api.add_model(names[1], "small"), "weight": 0}], fallbacks=["two"], **fields)


def hedges(api, bot):
    return {fate: api.metric("signalbox_hedges", project="default", deployment=bot, outcome=fate) for fate in FATES}


def outcomes(api, bot):
    """Oldest first."""
    return api.items("/api/v1/outcomes", deployment=bot)[::-1]


@pytest.mark.parametrize("stream", [False, True])
def test_another_answers_while_the_first_is_slow(box, simulator, stream):
    # It takes a second to begin, each time.
    bot = deploy_pair(box.api, simulator, simulator, "fault-slow", hedge={"after_ms": 100, "share_max": 20})
    with sdk(box) as client:
        answer = client.chat.completions.with_raw_response.create(model=bot, messages=ASK, stream=stream)
        assert answer.http_response.headers["x-signalbox-served-by"] == "two"
        said = answer.parse()
        if stream:
            chunks = [chunk for chunk in said if chunk.choices]
            assert chunks[-1].choices[0].finish_reason == "stop"
            text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
        else:
            text = said.choices[0].message.content
    assert text
    outcome, = outcomes(box.api, bot)
    assert [attempt["variant"] for attempt in outcome["attempts"]] == ["one", "two"]
    assert [attempt["error"] for attempt in outcome["attempts"]] == ["hedged_out", None]
    assert outcome["status"] == "ok" and outcome["variant"] == "one" and outcome["served_by"] == "two"
    # Each of the calls took less than the one that was left would have.
    assert outcome["latency_ms"] < 1_000
    assert hedges(box.api, bot) == {fate: 1 if fate == "won" else 0 for fate in FATES}


def test_no_more_are_asked_twice_than_the_share(box, simulator):
    bot = deploy_pair(box.api, simulator, simulator, "fault-slow", hedge={"after_ms": 50, "share_max": 5})
    calls = 60
    with sdk(box) as client, ThreadPoolExecutor(20) as pool:
        def ask(_):
            answer = client.chat.completions.with_raw_response.create(model=bot, messages=ASK)
            return answer.http_response.headers.get("x-signalbox-served-by", "one")
        served = list(pool.map(ask, range(calls)))
    found = hedges(box.api, bot)
    assert sum(found.values()) == calls
    # Ten are there to begin with, and each twenty calls add one.
    assert 10 <= found["won"] + found["lost"] <= 10 + calls * 5 // 100
    assert found["won"] == served.count("two") and found["budget"] == served.count("one") - found["lost"]
    twice = [outcome for outcome in outcomes(box.api, bot) if len(outcome["attempts"]) == 2]
    assert len(twice) == found["won"] + found["lost"]


def test_the_slowest_are_hedged_by_what_was_observed(box, simulator, uneven):
    api = box.api
    bot = deploy_pair(api, uneven, simulator, hedge={"after_p": 0.95, "share_max": 10})
    plain = deploy_pair(api, uneven, simulator)
    calls = 400
    with sdk(box) as client, ThreadPoolExecutor(4) as pool:
        def ask(model):
            return client.chat.completions.create(model=model, messages=ASK).choices[0].message.content
        assert all(pool.map(ask, [bot, plain] * calls))
    found = hedges(api, bot)
    twice = [outcome for outcome in outcomes(api, bot) if len(outcome["attempts"]) == 2]
    assert found["won"] > 0 and len(twice) == found["won"] + found["lost"]
    assert {attempt["error"] for outcome in twice for attempt in outcome["attempts"]} == {"hedged_out", None}
    # One in twenty, of those calls for which a hundred others told how long it takes.
    assert len(twice) <= 10 + calls * 10 // 100
    explained = api.post(f"/api/v1/deployments/{bot}/explain", {"request": {"messages": ASK}}, expect=200)["hedge"]
    assert explained["to"] == {"variant": "two", "providers": [explained["to"]["providers"][0]]}
    assert explained["places"][0]["answers"] >= 100 and explained["places"][0]["delay_ms"] > 10
    # What it is for: the slowest of a hundred wait less than without it.
    def slowest(model):
        return sorted(outcome["latency_ms"] for outcome in outcomes(api, model)[100:])[-3:]
    assert sum(slowest(bot)) < sum(slowest(plain))


def test_what_cannot_be_is_named(box, simulator):
    api = box.api
    bot = deploy_pair(api, simulator, simulator)
    for hedge, pointer in [
        ({"after_p": 0.3}, "/hedge/after_p"), ({"after_ms": 10, "after_p": 0.9}, "/hedge"),
        ({"after_ms": 10, "share_max": 50}, "/hedge/share_max"),
    ]:
        answer = api.request("PATCH", f"/api/v1/deployments/{bot}", {"hedge": hedge})
        assert answer.status == 422 and answer.json["errors"][0]["pointer"] == pointer
