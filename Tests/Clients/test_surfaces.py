"""The surfaces beside chat, through the OpenAI SDK: each routed, recorded and refused as chat is."""

import json
import math

import openai
import pytest

from control import unique


def deploy(api, provider, provider_model="small", **fields):
    return api.deploy_model(provider, provider_model, **fields)


def recorded(api, raw, **expected):
    outcome = api.outcome(raw.headers["x-signalbox-outcome"])
    assert {key: outcome[key] for key in expected} == expected, outcome
    return outcome


@pytest.fixture(scope="module")
def compatible(api, simulator):
    """A provider that has every surface, rerank too."""
    name = unique("compatible")
    api.post("/api/v1/providers", {
        "name": name, "kind": "openai-compatible", "base_url": simulator.base_url, "allow_private": True})
    return name


def test_completion_plain_and_streamed_say_the_same(client, api, bot):
    raw = client.completions.with_raw_response.create(model=bot, prompt="Once upon a time", max_tokens=16)
    plain = raw.parse()
    assert plain.object == "text_completion"
    assert plain.choices[0].finish_reason == "stop"
    outcome = recorded(
        api, raw, status="ok", finish_reason="stop", stream=False, deployment=bot, surface="completions")
    assert outcome["tokens"]["input"] == plain.usage.prompt_tokens
    assert outcome["tokens"]["output"] == plain.usage.completion_tokens
    with client.completions.with_streaming_response.create(
        model=bot, prompt="Once upon a time", max_tokens=16, stream=True
    ) as streamed:
        chunks = list(streamed.parse())
        assert "".join(chunk.choices[0].text for chunk in chunks) == plain.choices[0].text
    assert all(chunk.usage is None for chunk in chunks)
    outcome = recorded(api, streamed, status="ok", stream=True)
    assert outcome["tokens"]["output"] == plain.usage.completion_tokens, "metered though the caller did not ask"
    assert 0 <= outcome["ttft_ms"] <= outcome["latency_ms"]


def test_completion_stream_ends_with_usage_when_asked(client, bot):
    chunks = list(client.completions.create(
        model=bot, prompt=["one", "two"], stream=True, stream_options={"include_usage": True}))
    assert chunks[-1].choices == []
    assert chunks[-1].usage.completion_tokens > 0
    assert {choice.index for chunk in chunks for choice in chunk.choices} == {0, 1}


def test_completion_that_breaks_off_is_an_error_and_recorded_as_one(client, api, provider):
    broken = deploy(api, provider, "fault-broken-stream")
    with pytest.raises(openai.APIError):
        list(client.completions.create(model=broken, prompt="Once", stream=True))
    outcome = api.items("/api/v1/outcomes", deployment=broken)[0]
    assert outcome["status"] == "broken_stream"
    cut = deploy(api, provider, "fault-truncate")
    with pytest.raises(openai.InternalServerError) as caught:
        client.completions.create(model=cut, prompt="Once")
    assert caught.value.status_code == 502


def test_completion_reaches_the_provider_untouched_but_for_the_model(client, echo):
    completion = client.completions.create(
        model=echo, prompt=[1212, 318], max_tokens=5, echo=False, extra_body={"field_of_tomorrow": [1, 2.50]})
    body = json.loads(completion.choices[0].text)
    assert body == {
        "model": "echo", "prompt": [1212, 318], "max_tokens": 5, "echo": False, "field_of_tomorrow": [1, 2.5]}


def test_embeddings_are_vectors_packed_or_not(client, api, bot):
    raw = client.embeddings.with_raw_response.create(model=bot, input=["a parcel", "a letter"], dimensions=8)
    packed = raw.parse()
    assert [item.index for item in packed.data] == [0, 1]
    assert all(len(item.embedding) == 8 for item in packed.data)
    assert math.isclose(sum(x * x for x in packed.data[0].embedding), 1, rel_tol=1e-5)
    written = client.embeddings.create(
        model=bot, input=["a parcel", "a letter"], dimensions=8, encoding_format="float")
    for one, other in zip(packed.data, written.data):
        assert one.embedding == pytest.approx(other.embedding, rel=1e-6)
    outcome = recorded(api, raw, status="ok", finish_reason=None, surface="embeddings")
    assert outcome["tokens"]["input"] == packed.usage.prompt_tokens
    assert outcome["tokens"]["output"] == 0


def test_moderations_are_typed_and_have_no_tokens(client, api, bot):
    raw = client.moderations.with_raw_response.create(model=bot, input=["a parcel", "I will kill you"])
    moderation = raw.parse()
    assert [result.flagged for result in moderation.results] == [False, True]
    assert moderation.results[1].categories.violence
    outcome = recorded(api, raw, status="ok")
    assert outcome["tokens"] is None
    assert outcome["cost_micro_usd"] is None


def test_images_are_generated_and_billed_by_token(client, api, bot):
    raw = client.images.with_raw_response.generate(model=bot, prompt="an otter", n=2, size="1024x1024")
    images = raw.parse()
    assert len(images.data) == 2 and images.data[0].b64_json
    assert recorded(api, raw, status="ok")["tokens"]["output"] == images.usage.output_tokens


def test_rerank_has_no_method_in_the_sdk_and_is_posted(client, api, compatible):
    ranker = deploy(api, compatible)
    ranked = client.post("/rerank", cast_to=object, body={
        "model": ranker, "query": "green boats", "documents": ["old roof", "the green boats"], "top_n": 1})
    assert [result["index"] for result in ranked["results"]] == [1]
    outcome = api.items("/api/v1/outcomes", deployment=ranker, surface="rerank")[0]
    assert outcome["tokens"]["input"] == ranked["usage"]["total_tokens"]


def test_surface_that_the_kind_does_not_have_is_named(client, api, bot):
    with pytest.raises(openai.BadRequestError) as caught:
        client.post("/rerank", cast_to=object, body={"model": bot, "query": "q", "documents": ["d"]})
    assert caught.value.code == "unsupported_surface"
    assert "openai" in caught.value.message and "/v1/rerank" in caught.value.message


def test_prompt_of_a_variant_is_for_chat_alone(client, api, provider):
    prompt = api.add_prompt([{"role": "system", "content": "Be brief."}])
    model = api.add_model(provider, "small")
    prompted = api.deploy([{"name": "control", "model": model, "prompt": prompt, "weight": 100}])
    assert client.chat.completions.create(model=prompted, messages=[{"role": "user", "content": "?"}]).choices
    with pytest.raises(openai.BadRequestError) as caught:
        client.embeddings.create(model=prompted, input="a")
    assert caught.value.code == "unsupported_prompt"


def test_kinds_are_listed_and_hosted_ones_know_their_address(api):
    body = api.read("/openapi.json")["paths"]["/api/v1/providers"]["post"]["requestBody"]
    kinds = body["content"]["application/json"]["schema"]["properties"]["kind"]["enum"]
    assert len(kinds) == 21
    for kind in kinds:
        own = {"settings": {"project": "p"}} if kind == "vertex" else {}
        answer = api.request("POST", "/api/v1/providers", {"name": unique(kind), "kind": kind, **own})
        if answer.status == 201:
            assert answer.json["base_url"].startswith("https://"), kind
        else:
            assert [error["pointer"] for error in answer.json["errors"]] == ["/base_url"], answer
    dated = api.post("/api/v1/providers", {
        "name": unique("azure"), "kind": "azure-openai", "base_url": "https://r.openai.azure.com",
        "settings": {"api_version": "2025-01-01-preview"}})
    assert dated["settings"] == {"api_version": "2025-01-01-preview"}
    wrong = api.request("POST", "/api/v1/providers", {"name": "p", "kind": "groq", "settings": {"api_version": "1"}})
    assert [error["pointer"] for error in wrong.json["errors"]] == ["/settings/api_version"]


@pytest.mark.parametrize("surface,fields", [
    ("completions", {"prompt": "Once"}), ("embeddings", {"input": "a"}), ("moderations", {"input": "a"}),
    ("images/generations", {"prompt": "an otter"}), ("rerank", {"query": "q", "documents": ["d"]}),
])
def test_failures_are_the_sdks_own_exceptions_on_every_surface(client, api, compatible, surface, fields):
    def post(model, **changes):
        return client.post(f"/{surface}", cast_to=object, body={"model": model, **fields, **changes})

    with pytest.raises(openai.NotFoundError):
        post("nobody-deployed-this")
    with pytest.raises(openai.RateLimitError) as limited:
        post(deploy(api, compatible, "fault-429"))
    assert limited.value.response.headers["retry-after"] == "1"
    with pytest.raises(openai.InternalServerError) as failed:
        post(deploy(api, compatible, "fault-500"))
    assert failed.value.response.headers["x-should-retry"] == "false"
    for name in fields:
        answer = api.request(
            "POST", f"/v1/{surface}", {"model": "any", **{key: value for key, value in fields.items() if key != name}})
        assert answer.status == 400
        assert answer.json["error"]["param"] == name
    models = [api.add_model(compatible, "fault-503"), api.add_model(compatible, "small")]
    saved = api.deploy(
        [{"name": "control", "model": models[0], "weight": 100}, {"name": "spare", "model": models[1], "weight": 0}],
        fallbacks=["spare"])
    assert post(saved)
    outcome = api.items("/api/v1/outcomes", deployment=saved)[0]
    assert (outcome["status"], outcome["served_by"]) == ("ok", "spare")
