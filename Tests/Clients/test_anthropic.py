"""The Anthropic SDK and the OpenAI SDK, each onto providers of both wires: plain, streamed, tools, images, aborted,
broken mid-stream."""

import base64
import json

import anthropic
import openai
import pytest

from control import unique
from processes import BOOTSTRAP_KEY

ASK = [{"role": "user", "content": "Where is my parcel?"}]
SCHEMA = {
    "type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"], "additionalProperties": False,
}
PIXEL = base64.b64encode(b"\x89PNG\r\n\x1a\n").decode()


@pytest.fixture(scope="module")
def kinds(api, simulator):
    """A provider of each wire, in front of the same simulator."""
    name = unique("provider")
    api.post(
        "/api/v1/providers",
        {"name": name, "kind": "anthropic", "base_url": simulator.base_url.removesuffix("/v1"),
         "credential": "sk-simulated-credential", "allow_private": True})
    return {"anthropic": name, "openai": api.add_provider(simulator.base_url)}


@pytest.fixture(scope="module")
def claude(signalbox):
    with anthropic.Anthropic(api_key=BOOTSTRAP_KEY, base_url=signalbox.url, max_retries=0, timeout=60) as client:
        yield client


@pytest.fixture(params=["anthropic", "openai"])
def kind(request):
    return request.param


def received(message):
    """The body that reached the provider."""
    return json.loads(message.content[0].text)


def test_plain_message_is_typed_and_recorded(claude, api, kinds, kind):
    bot = api.deploy_model(kinds[kind], "small")
    raw = claude.messages.with_raw_response.create(model=bot, max_tokens=64, messages=ASK)
    message = raw.parse()
    assert message.type == "message" and message.role == "assistant"
    assert message.content[0].text
    assert message.stop_reason == "end_turn"
    assert raw.headers["request-id"] == raw.headers["x-request-id"]
    outcome = api.outcome(raw.headers["x-signalbox-outcome"])
    assert outcome["status"] == "ok" and outcome["finish_reason"] == "end_turn"
    assert outcome["tokens"]["input"] == message.usage.input_tokens + (message.usage.cache_read_input_tokens or 0)
    assert outcome["tokens"]["output"] == message.usage.output_tokens


def test_stream_is_put_together_by_the_sdk(claude, api, kinds, kind):
    bot = api.deploy_model(kinds[kind], "small")
    plain = claude.messages.create(model=bot, max_tokens=64, messages=ASK).content[0].text
    with claude.messages.stream(model=bot, max_tokens=64, messages=ASK) as stream:
        outcome = stream.response.headers["x-signalbox-outcome"]
        text = "".join(stream.text_stream)
        final = stream.get_final_message()
    assert text == plain
    assert final.stop_reason == "end_turn"
    recorded = api.outcome(outcome)
    assert recorded["status"] == "ok" and recorded["stream"] is True
    assert recorded["tokens"]["output"] == final.usage.output_tokens
    assert recorded["tokens"]["input"] == final.usage.input_tokens + (final.usage.cache_read_input_tokens or 0)
    assert 0 <= recorded["ttft_ms"] <= recorded["latency_ms"]


@pytest.mark.parametrize("streamed", [False, True])
def test_tool_is_called_and_its_result_taken(claude, api, kinds, kind, streamed):
    bot = api.deploy_model(kinds[kind], "small")
    tools = [{"name": "weather", "description": "of a city", "input_schema": SCHEMA}]
    asked = dict(model=bot, max_tokens=64, tools=tools, messages=[{"role": "user", "content": "The weather in Kyiv?"}])
    if streamed:
        with claude.messages.stream(**asked) as stream:
            message = stream.get_final_message()
    else:
        message = claude.messages.create(**asked)
    assert message.stop_reason == "tool_use"
    call = message.content[-1]
    assert call.type == "tool_use" and call.name == "weather" and isinstance(call.input["city"], str)
    result = {"type": "tool_result", "tool_use_id": call.id, "content": "12 °C"}
    answer = claude.messages.create(**{**asked, "messages": [
        *asked["messages"], {"role": "assistant", "content": [block.to_dict() for block in message.content]},
        {"role": "user", "content": [result]}]})
    assert answer.stop_reason == "end_turn" and answer.content[0].type == "text"


def test_image_reaches_the_provider_in_its_own_form(claude, client, api, kinds, kind):
    echo = api.deploy_model(kinds[kind], "echo")
    source = {"type": "base64", "media_type": "image/png", "data": PIXEL}
    url = f"data:image/png;base64,{PIXEL}"
    bodies = [
        received(claude.messages.create(model=echo, max_tokens=64, messages=[
            {"role": "user", "content": [{"type": "image", "source": source}, {"type": "text", "text": "?"}]}])),
        json.loads(client.chat.completions.create(model=echo, messages=[
            {"role": "user", "content": [
                {"type": "image_url", "image_url": {"url": url}}, {"type": "text", "text": "?"}]}
        ]).choices[0].message.content),
    ]
    for body in bodies:
        part = body["messages"][0]["content"][0]
        assert part.get("source") == source if kind == "anthropic" else part["image_url"]["url"] == url


def test_what_is_anthropics_own_passes_untouched(claude, api, kinds):
    echo = api.deploy_model(kinds["anthropic"], "echo")
    messages = [
        {"role": "user", "content": [{"type": "text", "text": "?", "cache_control": {"type": "ephemeral", "ttl": "1h"}}]},
        {"role": "assistant", "content": [
            {"type": "thinking", "thinking": "hm", "signature": "EqQB=="}, {"type": "text", "text": "a"}]},
        {"role": "user", "content": "more"},
    ]
    body = received(claude.messages.create(
        model=echo, max_tokens=64, messages=messages, extra_body={"field_of_tomorrow": [1.5, None]}))
    assert body["messages"] == messages
    assert body["field_of_tomorrow"] == [1.5, None]
    assert body["model"] == "echo"


def test_thinking_comes_with_its_signature_on_both_wires(claude, client, api, kinds):
    bot = api.deploy_model(kinds["anthropic"], "small")
    thinking = {"type": "enabled", "budget_tokens": 1024}
    with claude.messages.stream(model=bot, max_tokens=2048, thinking=thinking, messages=ASK) as stream:
        block = stream.get_final_message().content[0]
    assert block.type == "thinking" and block.thinking and block.signature
    message = client.chat.completions.create(model=bot, messages=ASK, extra_body={"thinking": thinking}).choices[0].message
    assert message.reasoning_content == block.thinking
    assert message.thinking_blocks[0]["signature"] == block.signature
    again = client.chat.completions.create(
        model=api.deploy_model(kinds["anthropic"], "echo"), messages=[*ASK, message.to_dict(), *ASK])
    sent = json.loads(again.choices[0].message.content)["messages"][1]["content"][0]
    assert sent == {"type": "thinking", "thinking": block.thinking, "signature": block.signature}


def test_openai_sdk_reaches_anthropic_plain_streamed_and_with_tools(client, api, kinds):
    bot = api.deploy_model(kinds["anthropic"], "small")
    completion = client.chat.completions.create(model=bot, messages=ASK)
    assert completion.choices[0].finish_reason == "stop"
    assert completion.usage.total_tokens == completion.usage.prompt_tokens + completion.usage.completion_tokens
    chunks = list(client.chat.completions.create(
        model=bot, messages=ASK, stream=True, stream_options={"include_usage": True}))
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text == completion.choices[0].message.content
    assert chunks[-1].usage.completion_tokens == completion.usage.completion_tokens
    tool = {"type": "function", "function": {"name": "weather", "parameters": SCHEMA}}
    with client.chat.completions.stream(model=bot, messages=ASK, tools=[tool], tool_choice="required") as stream:
        final = stream.get_final_completion()
    assert final.choices[0].finish_reason == "tool_calls"
    assert isinstance(json.loads(final.choices[0].message.tool_calls[0].function.arguments)["city"], str)


def test_structured_output_reaches_anthropic(client, api, kinds):
    bot = api.deploy_model(kinds["anthropic"], "small")
    answer = client.chat.completions.create(
        model=bot, messages=ASK,
        response_format={"type": "json_schema", "json_schema": {"name": "city", "schema": SCHEMA, "strict": True}})
    assert isinstance(json.loads(answer.choices[0].message.content)["city"], str)


def test_tokens_are_counted_where_the_vendor_counts(claude, api, kinds):
    counted = claude.messages.count_tokens(model=api.deploy_model(kinds["anthropic"], "small"), messages=ASK)
    assert counted.input_tokens > 0
    with pytest.raises(anthropic.BadRequestError, match="count_tokens"):
        claude.messages.count_tokens(model=api.deploy_model(kinds["openai"], "small"), messages=ASK)


def test_errors_are_typed_by_the_sdk(claude, api, kinds, kind):
    for model, error in [("fault-400", anthropic.BadRequestError), ("fault-429", anthropic.RateLimitError)]:
        with pytest.raises(error) as caught:
            claude.messages.create(model=api.deploy_model(kinds[kind], model), max_tokens=9, messages=ASK)
        assert caught.value.body["type"] == "error"
        assert caught.value.request_id
    assert caught.value.response.headers["retry-after"] == "1"
    with pytest.raises(anthropic.NotFoundError):
        claude.messages.create(model="nobody", max_tokens=9, messages=ASK)
    with pytest.raises(anthropic.APIStatusError) as caught:
        claude.messages.create(model=api.deploy_model(kinds[kind], "fault-529"), max_tokens=9, messages=ASK)
    assert caught.value.status_code >= 500
    with pytest.raises(anthropic.AuthenticationError):
        claude.with_options(api_key="wrong").messages.create(model="nobody", max_tokens=9, messages=ASK)


def test_what_cannot_be_translated_is_a_bad_request(claude, client, api, kinds):
    with pytest.raises(anthropic.BadRequestError, match="container"):
        claude.messages.create(
            model=api.deploy_model(kinds["openai"], "small"), max_tokens=9, messages=ASK, extra_body={"container": "c"})
    with pytest.raises(openai.BadRequestError, match="seed") as caught:
        client.chat.completions.create(model=api.deploy_model(kinds["anthropic"], "small"), messages=ASK, seed=1)
    assert caught.value.param == "seed"


def test_broken_stream_is_an_error_and_no_end(claude, client, api, kinds, kind):
    bot = api.deploy_model(kinds[kind], "fault-broken-stream")
    seen = []
    with pytest.raises(anthropic.APIStatusError):
        for event in claude.messages.create(model=bot, max_tokens=64, messages=ASK, stream=True):
            seen.append(event.type)
    assert "message_start" in seen and "message_stop" not in seen and "message_delta" not in seen
    with pytest.raises(openai.APIError):
        list(client.chat.completions.create(model=bot, messages=ASK, stream=True))


def test_aborted_stream_is_cancelled_upstream(claude, api, scripted):
    provider = api.add_provider(scripted.base_url)
    bot = api.deploy_model(provider, "any")
    with claude.messages.stream(model=bot, max_tokens=64, messages=ASK) as stream:
        outcome = stream.response.headers["x-signalbox-outcome"]
        assert next(iter(stream.text_stream)) == "one "
    assert scripted.departed.wait(30)
    recorded = api.outcome(outcome)
    assert recorded["status"] == "client_closed"
    assert recorded["tokens"]["input"] > 0 and recorded["tokens"]["output"] > 0


def test_prompt_stands_before_the_callers_own_on_both_wires(claude, api, kinds, kind):
    prompt = api.add_prompt([{"role": "system", "content": "You help {{who}}."}])
    model = api.add_model(kinds[kind], "echo")
    bot = api.deploy([{"name": "control", "model": model, "prompt": prompt, "weight": 100}])
    body = received(claude.messages.create(
        model=bot, max_tokens=64, system="own", messages=ASK, extra_body={"signalbox": {"variables": {"who": "Ada"}}}))
    texts = [block["text"] for block in (body.get("system") or body["messages"][0]["content"])]
    assert texts == ["You help Ada.", "own"]
    assert "signalbox" not in body
