"""A deployment that keeps answers, through the OpenAI SDK: asked once, answered many times, and never what is wrong."""

import concurrent.futures
import json
import time
import urllib.request

import openai
import pytest

from control import API, unique
from processes import BOOTSTRAP_KEY, Simulator

ASK = [{"role": "user", "content": "Where is my parcel?"}]
PRICE = {"input_micro_usd_per_mtok": 2_000_000, "output_micro_usd_per_mtok": 8_000_000}


@pytest.fixture(scope="module")
def upstream(tmp_path_factory):
    process = Simulator(tmp_path_factory.mktemp("cached-simulator"))
    try:
        yield process.ready()
    finally:
        process.kill()


def slow_down(upstream, milliseconds):
    request = urllib.request.Request(
        upstream.base_url.removesuffix("/v1") + "/simulator/settings", method="PUT",
        data=json.dumps({"latency_median_ms": milliseconds}).encode())
    urllib.request.urlopen(request, timeout=10).close()


@pytest.fixture
def cached(api, upstream):
    """A deployment that keeps answers for a minute."""
    model = api.add_model(api.add_provider(upstream.base_url), "small", price=PRICE)
    return api.deploy([{"name": "control", "model": model, "weight": 100}], cache={"ttl_s": 60})


def ask(client, bot, stream=False, **fields):
    """Header, text and usage of an answer, and the outcome's id."""
    headers = fields.pop("headers", None)
    raw = client.chat.completions.with_raw_response.create(
        model=bot, messages=ASK, stream=stream, extra_headers=headers, **fields)
    answer = raw.parse()
    if stream:
        chunks = list(answer)
        text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
        usage = next((chunk.usage for chunk in chunks if chunk.usage), None)
    else:
        text, usage = answer.choices[0].message.content, answer.usage
    return raw.headers, text, usage


def test_the_second_call_is_a_hit_at_no_cost(client, api, upstream, cached):
    before = upstream.asked()
    first, text, usage = ask(client, cached, user="u1")
    second, again, same = ask(client, cached, user="u2", metadata={"why": "twice"})
    assert (first["x-signalbox-cache"], second["x-signalbox-cache"]) == ("miss", "hit")
    assert "age" not in first and int(second["age"]) >= 0
    assert (text, usage) == (again, same)
    assert upstream.asked() == before + 1
    miss, hit = api.outcome(first["x-signalbox-outcome"]), api.outcome(second["x-signalbox-outcome"])
    assert (miss["cache"], hit["cache"]) == ("miss", "hit")
    assert miss["cost_micro_usd"] > 0 and hit["cost_micro_usd"] == 0
    assert hit["tokens"] == miss["tokens"] and hit["attempts"] == [] and hit["status"] == "ok"
    assert [one["id"] for one in api.items("/api/v1/outcomes", deployment=cached, cache="hit")] == [hit["id"]]
    group = api.read("/api/v1/metrics/summary", deployment=cached)["groups"][0]
    assert group["requests"] == 2
    assert group["cache"] == {"hits": 1, "hit_rate": 0.5, "saved_micro_usd": miss["cost_micro_usd"]}
    # What latency, tokens and cost tell is of what the provider was asked for.
    assert group["cost_micro_usd"] == miss["cost_micro_usd"] and group["cost_unknown_requests"] == 0
    assert group["tokens"] == {"input": miss["tokens"]["input"], "output": miss["tokens"]["output"]}
    assert group["latency_ms"]["max"] >= miss["latency_ms"] * 0.97
    assert group["latency_ms"]["p50"] >= miss["latency_ms"] * 0.97
    series = api.read("/api/v1/metrics/series", deployment=cached, metric="cache_hits", stat="sum")
    assert sum(point[1] for point in series["groups"][0]["points"]) == 1


def test_a_streamed_hit_is_the_same_stream(client, upstream, cached):
    before = upstream.asked()
    first, text, usage = ask(client, cached, stream=True)
    assert first["x-signalbox-cache"] == "miss" and usage is None
    second, again, usage = ask(client, cached, stream=True)
    assert second["x-signalbox-cache"] == "hit" and again == text and usage is None
    third, again, usage = ask(client, cached, stream=True, stream_options={"include_usage": True})
    assert third["x-signalbox-cache"] == "hit" and again == text
    assert usage.completion_tokens > 0
    # A plain request is another matter.
    assert ask(client, cached)[0]["x-signalbox-cache"] == "miss"
    assert upstream.asked() == before + 2


def test_callers_say_what_they_want_of_the_cache(client, upstream, cached):
    before = upstream.asked()
    assert ask(client, cached, headers={"Cache-Control": "no-store"})[0]["x-signalbox-cache"] == "bypass"
    assert ask(client, cached)[0]["x-signalbox-cache"] == "miss", "what was not to be stored was not"
    assert ask(client, cached)[0]["x-signalbox-cache"] == "hit"
    assert ask(client, cached, headers={"Cache-Control": "no-cache"})[0]["x-signalbox-cache"] == "miss"
    assert ask(client, cached, headers={"Cache-Control": "max-age=0"})[0]["x-signalbox-cache"] == "miss"
    assert ask(client, cached, headers={"Cache-Control": "max-age=60"})[0]["x-signalbox-cache"] == "hit"
    assert upstream.asked() == before + 4


def test_a_new_revision_asks_anew(client, api, upstream, cached):
    ask(client, cached)
    assert ask(client, cached)[0]["x-signalbox-cache"] == "hit"
    changed = api.request("PATCH", f"/api/v1/deployments/{cached}", {"store_bodies": True})
    assert changed.status == 200 and changed.json["cache"] == {"ttl_s": 60, "scope": "deployment"}
    headers, _, _ = ask(client, cached)
    assert headers["x-signalbox-cache"] == "miss" and headers["x-signalbox-revision"] == "2"
    # The old one by its number still has its own.
    assert ask(client, f"{cached}@1")[0]["x-signalbox-cache"] == "hit"
    api.request("PATCH", f"/api/v1/deployments/{cached}", {"cache": None})
    assert "x-signalbox-cache" not in ask(client, cached)[0]


def test_identical_calls_at_the_same_time_are_one(client, api, upstream, cached):
    before = upstream.asked()
    slow_down(upstream, 700)
    try:
        with concurrent.futures.ThreadPoolExecutor(64) as pool:
            answers = list(pool.map(lambda _: ask(client, cached), range(64)))
            streams = list(pool.map(lambda _: ask(client, cached, stream=True), range(64)))
    finally:
        slow_down(upstream, 0)
    for results in (answers, streams):
        assert len({text for _, text, _ in results}) == 1
        said = [headers["x-signalbox-cache"] for headers, _, _ in results]
        assert (said.count("miss"), said.count("hit")) == (1, 63)
    assert upstream.asked() == before + 2
    # A stream is counted at its end, a moment after its caller has seen that.
    deadline = time.monotonic() + 20
    while (one := api.read("/api/v1/cache", deployment=cached))["hits"] < 126 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert one["hits"] == 126 and one["misses"] == 2 and one["entries"] == 2
    assert one["followers"] > 0 and one["saved_micro_usd"] > 0
    assert api.metric(
        "signalbox_cache_lookups", deployment=cached, environment="production", result="hit") == 126


def test_what_is_wrong_is_never_kept(client, api, upstream):
    provider = api.add_provider(upstream.base_url)
    for fault, error in (("fault-500", openai.InternalServerError), ("fault-truncate", openai.InternalServerError),
                         ("fault-429", openai.RateLimitError)):
        bot = api.deploy_model(provider, fault, cache={"ttl_s": 60})
        for _ in range(2):
            with pytest.raises(error) as caught:
                ask(client, bot)
            assert caught.value.response.headers["x-signalbox-cache"] == "miss"
    broken = api.deploy_model(provider, "fault-broken-stream", cache={"ttl_s": 60})
    for _ in range(2):
        with pytest.raises(openai.APIError):
            ask(client, broken, stream=True)
    assert api.read("/api/v1/cache", deployment=broken)["entries"] == 0


def test_an_answer_is_asked_for_anew_when_its_time_is_over(client, api, upstream):
    bot = api.deploy_model(api.add_provider(upstream.base_url), "small", cache={"ttl_s": 1})
    ask(client, bot)
    deadline = time.monotonic() + 20
    while ask(client, bot)[0]["x-signalbox-cache"] == "hit":
        assert time.monotonic() < deadline
    assert api.read("/api/v1/cache", deployment=bot)["misses"] == 2


def test_units_share_nothing_where_the_deployment_says_so(client, api, upstream):
    bot = api.deploy_model(api.add_provider(upstream.base_url), "small", cache={"ttl_s": 60, "scope": "unit"})
    said = [ask(client, bot, **user)[0]["x-signalbox-cache"]
            for user in ({"user": "a"}, {"user": "b"}, {"user": "a"}, {})]
    assert said == ["miss", "miss", "hit", "bypass"]


def test_a_purge_empties_it_and_is_audited(client, signalbox, api, cached):
    ask(client, cached)
    assert ask(client, cached)[0]["x-signalbox-cache"] == "hit"
    viewer = API(signalbox.port, api.post("/api/v1/keys", {"name": unique("v"), "role": "viewer"})["key"])
    assert viewer.get("/api/v1/cache").status == 200
    assert viewer.request("DELETE", "/api/v1/cache").status == 403
    assert api.request("DELETE", "/api/v1/cache?deployment=no-such-bot").status == 404
    gone = api.request("DELETE", f"/api/v1/cache?deployment={cached}")
    assert gone.status == 200 and gone.json["entries"] == 1 and gone.json["bytes"] > 0
    assert ask(client, cached)[0]["x-signalbox-cache"] == "miss"
    newest = api.read("/api/v1/audit", action="cache.purge")["items"]
    assert newest[0]["resource"] == f"cache/{cached}"
    # Another project has another cache.
    project = unique("project")
    api.post("/api/v1/projects", {"name": project})
    key = api.post("/api/v1/keys", {"name": unique("k"), "role": "admin", "project": project})["key"]
    stranger = API(signalbox.port, key)
    assert stranger.read("/api/v1/cache")["deployments"] == []
    assert stranger.request("DELETE", "/api/v1/cache").json == {"entries": 0, "bytes": 0}
    assert ask(client, cached)[0]["x-signalbox-cache"] == "hit"


@pytest.mark.parametrize("cache, pointer", [
    ({}, "/cache/ttl_s"), ({"ttl_s": 0}, "/cache/ttl_s"), ({"ttl_s": 60, "scope": "world"}, "/cache/scope"),
    ({"ttl_s": 60, "ttl": 1}, "/cache/ttl"), ("yes", "/cache"), ({"ttl_s": 60, "scope": "unit"}, "/cache/scope"),
])
def test_a_policy_that_cannot_be_is_refused(api, provider, cache, pointer):
    model = api.add_model(provider, "small")
    refused = api.request("POST", "/api/v1/deployments", {
        "name": unique("bot"), "variants": [{"name": "v", "model": model, "weight": 100}], "unit": "request",
        "cache": cache})
    assert refused.status == 422, refused
    assert [error["pointer"] for error in refused.json["errors"]] == [pointer]
