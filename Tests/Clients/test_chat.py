"""What a caller with the OpenAI SDK gets when all is well."""

import asyncio
import json

import openai
import pydantic
import pytest

from processes import BOOTSTRAP_KEY

ASK = [{"role": "user", "content": "Where is my parcel?"}]
WEATHER = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "The weather of a city",
        "parameters": {
            "type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"],
            "additionalProperties": False,
        },
    },
}


def received(completion):
    """The body that reached the provider."""
    return json.loads(completion.choices[0].message.content)


def test_plain_answer_is_typed_and_recorded(client, api, bot):
    raw = client.chat.completions.with_raw_response.create(model=bot, messages=ASK)
    completion = raw.parse()
    assert completion.object == "chat.completion"
    assert completion.choices[0].message.role == "assistant"
    assert completion.choices[0].message.content
    assert completion.choices[0].finish_reason == "stop"
    assert completion.usage.total_tokens == completion.usage.prompt_tokens + completion.usage.completion_tokens
    assert raw.headers["x-signalbox-deployment"] == bot
    assert raw.headers["x-signalbox-revision"] == "1"
    assert raw.headers["x-signalbox-variant"] == "control"
    assert int(raw.headers["x-signalbox-overhead-us"]) >= 0
    assert raw.headers["x-request-id"]
    outcome = api.outcome(raw.headers["x-signalbox-outcome"])
    assert outcome["status"] == "ok"
    assert outcome["request_id"] == raw.headers["x-request-id"]
    assert outcome["tokens"]["input"] == completion.usage.prompt_tokens
    assert outcome["tokens"]["output"] == completion.usage.completion_tokens
    assert outcome["finish_reason"] == "stop"
    assert outcome["stream"] is False


def test_request_id_of_the_caller_is_kept(client, api, bot):
    raw = client.chat.completions.with_raw_response.create(
        model=bot, messages=ASK, extra_headers={"X-Request-Id": "from-the-caller.7"})
    assert raw.headers["x-request-id"] == "from-the-caller.7"
    assert api.outcome(raw.headers["x-signalbox-outcome"])["request_id"] == "from-the-caller.7"


def test_provider_receives_what_was_sent_but_for_the_model(client, echo):
    completion = client.chat.completions.create(
        model=echo, messages=ASK, temperature=0.25, seed=7, stop=["\n"], logit_bias={"50256": -100},
        extra_body={"field_of_tomorrow": {"nested": [1, 2.50, None, "ü"]}})
    body = received(completion)
    assert body["model"] == "echo"
    assert body["messages"] == ASK
    assert body["temperature"] == 0.25
    assert body["seed"] == 7
    assert body["stop"] == ["\n"]
    assert body["logit_bias"] == {"50256": -100}
    assert body["field_of_tomorrow"] == {"nested": [1, 2.5, None, "ü"]}


def test_unicode_and_escapes_survive_both_ways(client, echo):
    text = 'quote " backslash \\ newline \n null-ish \u0000 emoji 🚦 and ü'
    assert received(client.chat.completions.create(
        model=echo, messages=[{"role": "user", "content": text}]))["messages"][0]["content"] == text


def test_stream_arrives_whole_and_without_the_usage_that_was_not_asked_for(client, api, bot):
    with client.chat.completions.with_streaming_response.create(model=bot, messages=ASK, stream=True) as raw:
        outcome = raw.headers["x-signalbox-outcome"]
        assert raw.headers["content-type"].startswith("text/event-stream")
        chunks = list(raw.parse())
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
    assert chunks[-1].choices[0].finish_reason == "stop"
    assert all(chunk.choices for chunk in chunks)
    assert all(chunk.usage is None for chunk in chunks)
    recorded = api.outcome(outcome)
    assert recorded["status"] == "ok"
    assert recorded["stream"] is True
    assert recorded["tokens"]["output"] > 0, "the gateway asks for metering though the caller did not"
    assert 0 <= recorded["ttft_ms"] <= recorded["latency_ms"]


def test_stream_ends_with_usage_when_asked(client, api, bot):
    chunks = list(client.chat.completions.create(
        model=bot, messages=ASK, stream=True, stream_options={"include_usage": True}))
    assert chunks[-1].choices == []
    assert chunks[-1].usage.completion_tokens > 0
    assert all(chunk.usage is None for chunk in chunks[:-1])


def test_stream_and_plain_answer_say_the_same(client, bot):
    plain = client.chat.completions.create(model=bot, messages=ASK, seed=1).choices[0].message.content
    chunks = client.chat.completions.create(model=bot, messages=ASK, seed=1, stream=True)
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == plain


def test_tool_call_passes_through(client, bot):
    completion = client.chat.completions.create(
        model=bot, messages=[{"role": "user", "content": "The weather in Kyiv?"}], tools=[WEATHER],
        tool_choice="required")
    choice = completion.choices[0]
    assert choice.finish_reason == "tool_calls"
    assert choice.message.tool_calls[0].function.name == "weather"
    assert isinstance(json.loads(choice.message.tool_calls[0].function.arguments), dict)


def test_streamed_tool_call_is_put_together_by_the_sdk(client, bot):
    with client.chat.completions.stream(
        model=bot, messages=[{"role": "user", "content": "The weather in Kyiv?"}], tools=[WEATHER],
        tool_choice="required",
    ) as stream:
        final = stream.get_final_completion()
    assert final.choices[0].message.tool_calls[0].function.name == "weather"
    assert isinstance(json.loads(final.choices[0].message.tool_calls[0].function.arguments), dict)


def test_tools_and_results_reach_the_provider_unchanged(client, echo):
    messages = [
        {"role": "user", "content": "The weather in Kyiv?"},
        {"role": "assistant", "content": None, "tool_calls": [
            {"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": '{"city": "Kyiv"}'}}]},
        {"role": "tool", "tool_call_id": "call_1", "content": "12 °C"},
    ]
    assert received(client.chat.completions.create(model=echo, messages=messages))["messages"] == messages


class Ticket(pydantic.BaseModel):
    subject: str
    urgent: bool
    parcels: int


def test_structured_output_parses(client, bot):
    completion = client.chat.completions.parse(model=bot, messages=ASK, response_format=Ticket)
    assert isinstance(completion.choices[0].message.parsed, Ticket)


def test_models_are_listed_and_retrieved(client, bot, echo):
    listed = {model.id: model for model in client.models.list()}
    assert {bot, echo} <= set(listed)
    assert listed[bot].object == "model"
    assert client.models.retrieve(bot).id == bot
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("nobody-deployed-this")


def test_prompt_is_rendered_from_variables_that_never_reach_the_provider(client, api, provider):
    prompt = api.add_prompt([{"role": "system", "content": "You serve {{company}}. Never say {{{word}}}."}])
    model = api.add_model(provider, "echo")
    bot = api.deploy([{"name": "control", "model": model, "prompt": prompt, "weight": 100}])
    body = received(client.chat.completions.create(
        model=bot, messages=ASK,
        extra_body={"signalbox": {"variables": {"company": "Ukr & Sons", "word": "<no>"}}}))
    assert "signalbox" not in body
    assert body["messages"] == [
        {"role": "system", "content": "You serve Ukr & Sons. Never say <no>."}, *ASK]
    with pytest.raises(openai.BadRequestError, match="company"):
        client.chat.completions.create(model=bot, messages=ASK)


def test_placeholder_of_a_prompt_takes_the_messages_of_the_caller(client, api, provider):
    prompt = api.add_prompt([
        {"role": "system", "content": "Before."}, {"role": "placeholder", "name": "messages"},
        {"role": "system", "content": "After."}])
    model = api.add_model(provider, "echo")
    bot = api.deploy([{"name": "control", "model": model, "prompt": prompt, "weight": 100}])
    body = received(client.chat.completions.create(model=bot, messages=ASK))
    assert [message["content"] for message in body["messages"]] == ["Before.", ASK[0]["content"], "After."]


def test_parameters_of_a_variant_win_over_the_caller(client, api, provider):
    model = api.add_model(provider, "echo", parameters={"temperature": 0.1})
    bot = api.deploy(
        [{"name": "control", "model": model, "parameters": {"max_tokens": 11}, "weight": 100}])
    body = received(client.chat.completions.create(model=bot, messages=ASK, top_p=0.5))
    assert body["max_tokens"] == 11
    assert body["temperature"] == 0.1
    assert body["top_p"] == 0.5


def test_unit_header_keeps_its_variant_and_slices_are_recorded(client, api, provider):
    models = [api.add_model(provider, "small"), api.add_model(provider, "small")]
    bot = api.deploy([
        {"name": "control", "model": models[0], "weight": 50}, {"name": "candidate", "model": models[1], "weight": 50}])
    seen = {}
    for unit in range(12):
        for _ in range(2):
            raw = client.chat.completions.with_raw_response.create(
                model=bot, messages=ASK,
                extra_headers={"X-Signalbox-Unit": f"user-{unit}", "X-Signalbox-Slice": "language=uk,domain=billing"})
            seen.setdefault(unit, set()).add(raw.headers["x-signalbox-variant"])
    assert all(len(variants) == 1 for variants in seen.values())
    assert set.union(*seen.values()) == {"control", "candidate"}
    outcome = api.outcome(raw.headers["x-signalbox-outcome"])
    assert outcome["unit"] == "user-11"
    assert outcome["slices"] == {"language": "uk", "domain": "billing"}
    assert outcome["probability"] == 0.5
    sliced = api.items("/api/v1/outcomes", deployment=bot, **{"slice.language": "uk"})
    assert len(sliced) == 24
    assert api.items("/api/v1/outcomes", deployment=bot, **{"slice.language": "de"}) == []


def test_user_of_the_body_is_the_unit(client, api, bot):
    raw = client.chat.completions.with_raw_response.create(model=bot, messages=ASK, user="olena")
    assert api.outcome(raw.headers["x-signalbox-outcome"])["unit"] == "olena"


def test_many_calls_at_once_by_the_asynchronous_client(signalbox, bot):
    async def run():
        async with openai.AsyncOpenAI(
            api_key=BOOTSTRAP_KEY, base_url=f"{signalbox.url}/v1", max_retries=0, timeout=60
        ) as client:
            async def plain():
                return (await client.chat.completions.create(model=bot, messages=ASK)).choices[0].finish_reason

            async def streamed():
                last = None
                async for chunk in await client.chat.completions.create(model=bot, messages=ASK, stream=True):
                    last = chunk.choices[0].finish_reason
                return last

            return await asyncio.gather(*[plain() for _ in range(40)], *[streamed() for _ in range(40)])

    assert asyncio.run(run()) == ["stop"] * 80


def test_revision_can_be_pinned_by_name(client, api, provider):
    bot = api.deploy_model(provider, "echo")
    first = api.read(f"/api/v1/deployments/{bot}")
    model = api.add_model(provider, "small")
    patched = api.request(
        "PATCH", f"/api/v1/deployments/{bot}", {"variants": [{"name": "control", "model": model, "weight": 100}]})
    assert patched.status == 200, patched
    assert patched.json["revision"] == first["revision"] + 1
    pinned = client.chat.completions.with_raw_response.create(model=f"{bot}@1", messages=ASK)
    assert pinned.headers["x-signalbox-revision"] == "1"
    assert received(pinned.parse())["model"] == "echo"
    live = client.chat.completions.with_raw_response.create(model=bot, messages=ASK)
    assert live.headers["x-signalbox-revision"] == "2"
