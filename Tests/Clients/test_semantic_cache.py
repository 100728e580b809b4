"""Questions that are alike share an answer, through the OpenAI and Anthropic SDKs: never across anything else."""

import anthropic
import openai
import pytest

from control import API, unique
from processes import Simulator

PRICE = {"input_micro_usd_per_mtok": 2_000_000, "output_micro_usd_per_mtok": 8_000_000}


@pytest.fixture(scope="module")
def upstream(tmp_path_factory):
    process = Simulator(tmp_path_factory.mktemp("alike-simulator"))
    try:
        yield process.ready()
    finally:
        process.kill()


@pytest.fixture
def embedder(api, upstream):
    """The Simulator's vectors are alike where the words are the same."""
    return api.deploy_model(api.add_provider(upstream.base_url), "small")


@pytest.fixture
def alike(api, upstream, embedder):
    model = api.add_model(api.add_provider(upstream.base_url), "small", price=PRICE)
    return api.deploy(
        [{"name": "control", "model": model, "weight": 100}],
        cache={"ttl_s": 60, "semantic": {"embeddings": embedder, "threshold": 0.95}})


def ask(client, bot, text, stream=False, system=None, headers=None, **fields):
    """Header and text of an answer."""
    messages = [{"role": "system", "content": system}] if system else []
    raw = client.chat.completions.with_raw_response.create(
        model=bot, messages=[*messages, {"role": "user", "content": text}], stream=stream, extra_headers=headers,
        **fields)
    answer = raw.parse()
    if stream:
        return raw.headers, "".join(chunk.choices[0].delta.content or "" for chunk in answer if chunk.choices)
    return raw.headers, answer.choices[0].message.content


def test_who_asks_something_alike_is_answered_at_no_cost(client, api, upstream, alike, embedder):
    first, text = ask(client, alike, "Where is my parcel?", user="ann")
    before = upstream.asked()
    second, again = ask(client, alike, "where is MY parcel", user="bob")
    assert (first["x-signalbox-cache"], second["x-signalbox-cache"]) == ("miss", "hit")
    assert "x-signalbox-cache-similarity" not in first
    assert 0.95 <= float(second["x-signalbox-cache-similarity"]) <= 1
    assert again == text and upstream.asked() == before + 1, "the vector alone"
    hit = api.outcome(second["x-signalbox-outcome"])
    assert hit["cache"] == "hit" and hit["cost_micro_usd"] == 0 and hit["attempts"] == []
    assert hit["similarity"] == float(second["x-signalbox-cache-similarity"])
    assert api.outcome(first["x-signalbox-outcome"])["similarity"] is None
    own = api.items("/api/v1/outcomes", deployment=embedder, origin="cache")
    assert len(own) == 2 and own[0]["request_id"] == hit["request_id"] and own[0]["surface"] == "embeddings"
    assert api.items("/api/v1/outcomes", deployment=embedder) == []
    one = api.read("/api/v1/cache", deployment=alike)
    assert (one["hits"], one["similar_hits"], one["misses"], one["vectors"]) == (1, 1, 1, 2)
    assert one["saved_micro_usd"] > 0
    place = {"deployment": alike, "environment": "production"}
    assert api.metric("signalbox_cache_similar_hits", **place) == 1
    assert api.metric("signalbox_cache_vector_lookups", **place, result="ok") == 2
    assert api.metric("signalbox_cache_vector_lookups", **place, result="failed") == 0
    # The same words a second time are known by themselves.
    third, _ = ask(client, alike, "where is MY parcel")
    assert third["x-signalbox-cache"] == "hit" and upstream.asked() == before + 1


def test_what_differs_in_anything_but_words_is_another_question(client, upstream, alike):
    ask(client, alike, "Where is my parcel 4711?")
    for fields in ({"system": "Be brief."}, {"temperature": 0.5}, {"stream": True},
                   {"tools": [{"type": "function", "function": {"name": "find", "parameters": {"type": "object"}}}]}):
        headers, _ = ask(client, alike, "where is my parcel 4711", **fields)
        assert headers["x-signalbox-cache"] == "miss", fields
    for text in ("Where is my parcel 4712?", "How do I bake bread?"):
        assert ask(client, alike, text)[0]["x-signalbox-cache"] == "miss", text
    assert ask(client, alike, "where is my parcel 4711")[0]["x-signalbox-cache"] == "hit"


def test_a_stream_is_given_again(client, alike):
    first, text = ask(client, alike, "Where is my parcel?", stream=True)
    second, again = ask(client, alike, "where is my parcel", stream=True)
    assert (first["x-signalbox-cache"], second["x-signalbox-cache"]) == ("miss", "hit")
    assert "x-signalbox-cache-similarity" in second and again == text


def test_callers_say_what_they_want(client, upstream, alike):
    ask(client, alike, "Where is my parcel?")
    before = upstream.asked()
    for directive, said in (("no-store", "bypass"), ("no-cache", "miss")):
        headers, _ = ask(client, alike, "where is my parcel", headers={"Cache-Control": directive})
        assert headers["x-signalbox-cache"] == said
    assert upstream.asked() == before + 2, "and no vector"


def test_the_anthropic_sdk_is_answered_alike(signalbox, alike):
    from processes import BOOTSTRAP_KEY

    client = anthropic.Anthropic(
        base_url=f"http://127.0.0.1:{signalbox.port}", api_key=BOOTSTRAP_KEY, max_retries=0)

    def say(text):
        raw = client.messages.with_raw_response.create(
            model=alike, max_tokens=64, messages=[{"role": "user", "content": [{"type": "text", "text": text}]}])
        return raw.headers, raw.parse().content[0].text

    first, text = say("Where is my parcel?")
    second, again = say("Where is my PARCEL")
    assert (first["x-signalbox-cache"], second["x-signalbox-cache"]) == ("miss", "hit")
    assert "x-signalbox-cache-similarity" in second and again == text


def test_where_no_vector_is_had_it_is_a_miss(client, api, upstream):
    provider = api.add_provider(upstream.base_url)
    failing = api.deploy_model(provider, "fault-500")
    bot = api.deploy_model(provider, "small", cache={"ttl_s": 60, "semantic": {"embeddings": failing}})
    assert ask(client, bot, "Where is my parcel?")[0]["x-signalbox-cache"] == "miss"
    assert ask(client, bot, "where is my parcel")[0]["x-signalbox-cache"] == "miss"
    assert ask(client, bot, "Where is my parcel?")[0]["x-signalbox-cache"] == "hit", "the very same needs none"
    assert api.read("/api/v1/cache", deployment=bot)["vector_failures"] == 2
    assert {one["status"] for one in api.items("/api/v1/outcomes", deployment=failing, origin="cache")} == {
        "upstream_error"}


def test_a_purge_and_a_new_revision_forget_what_is_alike(client, api, alike):
    ask(client, alike, "Where is my parcel?")
    assert api.request("DELETE", f"/api/v1/cache?deployment={alike}").json["entries"] == 1
    assert ask(client, alike, "where is my parcel")[0]["x-signalbox-cache"] == "miss"
    assert api.request("PATCH", f"/api/v1/deployments/{alike}", {"store_bodies": True}).status == 200
    assert ask(client, alike, "where is my parcel?")[0]["x-signalbox-cache"] == "miss"


def test_a_key_of_one_deployment_has_vectors_made_by_another(signalbox, api, alike, embedder):
    key = api.post("/api/v1/keys", {"name": unique("k"), "role": "caller", "deployments": [alike],
                                    "limits": {"requests_per_minute": 2, "requests_burst": 2}})["key"]
    client = openai.OpenAI(base_url=f"http://127.0.0.1:{signalbox.port}/v1", api_key=key, max_retries=0)
    assert ask(client, alike, "Where is my parcel?")[0]["x-signalbox-cache"] == "miss"
    assert ask(client, alike, "where is my parcel")[0]["x-signalbox-cache"] == "hit"
    with pytest.raises(openai.RateLimitError):
        ask(client, alike, "where IS my parcel")
    with pytest.raises(openai.NotFoundError):
        client.embeddings.create(model=embedder, input="where is my parcel")


def test_explain_says_what_would_be_compared(api, alike, embedder):
    told = api.post(f"/api/v1/deployments/{alike}/explain",
                    {"request": {"messages": [{"role": "user", "content": "Where is my parcel?"}]}}, expect=200)
    assert told["cache"]["semantic"] == {
        "embeddings": embedder, "threshold": 0.95, "timeout_ms": 1000, "compared": "Where is my parcel?",
        "skipped": None}


@pytest.mark.parametrize("semantic, pointer", [
    ({}, "embeddings"), ({"embeddings": "no-such-bot"}, "embeddings"),
    ({"embeddings": "EMBEDDER", "threshold": 0}, "threshold"),
    ({"embeddings": "EMBEDDER", "threshold": 1.5}, "threshold"),
    ({"embeddings": "EMBEDDER", "timeout_ms": 0}, "timeout_ms"),
])
def test_a_policy_that_cannot_be_is_refused(api, alike, embedder, semantic, pointer):
    if "embeddings" in semantic:
        semantic["embeddings"] = semantic["embeddings"].replace("EMBEDDER", embedder)
    refused = api.request("PATCH", f"/api/v1/deployments/{alike}", {"cache": {"semantic": {**dict.fromkeys(
        ("embeddings", "threshold", "timeout_ms")), **semantic}}})
    assert refused.status == 422, refused
    assert [error["pointer"] for error in refused.json["errors"]] == [f"/cache/semantic/{pointer}"]


def test_it_does_not_compare_by_itself(api, alike):
    refused = api.request("PATCH", f"/api/v1/deployments/{alike}", {"cache": {"semantic": {"embeddings": alike}}})
    assert refused.status == 422
    assert [error["pointer"] for error in refused.json["errors"]] == ["/cache/semantic/embeddings"]
