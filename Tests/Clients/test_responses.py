"""`/v1/responses` through the OpenAI SDK: plain, streamed, with tools, and where it ends early."""

import json
import time

import openai
import pytest

TOOL = {
    "type": "function", "name": "get_weather", "parameters": {
        "type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}}


def recorded(api, raw, **expected):
    outcome = api.outcome(raw.headers["x-signalbox-outcome"])
    assert {key: outcome[key] for key in expected} == expected, outcome
    return outcome


def test_a_plain_response_is_recorded_with_its_usage(client, api, bot):
    raw = client.responses.with_raw_response.create(model=bot, input="What is the capital of France?")
    response = raw.parse()
    assert response.status == "completed" and response.output_text
    outcome = recorded(api, raw, status="ok", surface="responses", deployment=bot, finish_reason="completed")
    assert outcome["tokens"]["input"] == response.usage.input_tokens
    assert outcome["tokens"]["output"] == response.usage.output_tokens


def test_a_request_reaches_the_provider_untouched_but_for_the_model(client, echo):
    response = client.responses.create(
        model=echo, input=[{"role": "user", "content": [{"type": "input_text", "text": "hi"}]}], store=False,
        extra_body={"field_of_tomorrow": [1, 2.50]})
    assert json.loads(response.output_text) == {
        "model": "echo", "input": [{"role": "user", "content": [{"type": "input_text", "text": "hi"}]}],
        "store": False, "field_of_tomorrow": [1, 2.5]}


def test_a_stream_says_what_a_plain_response_says(client, api, bot):
    plain = client.responses.create(model=bot, input="Tell me about parcels")
    with client.responses.stream(model=bot, input="Tell me about parcels") as stream:
        events = list(stream)
        final = stream.get_final_response()
    assert events[0].type == "response.created" and events[-1].type == "response.completed"
    text = "".join(event.delta for event in events if event.type == "response.output_text.delta")
    assert text == final.output_text == plain.output_text
    outcome = api.items("/api/v1/outcomes", deployment=bot)[0]
    assert (outcome["status"], outcome["stream"], outcome["surface"]) == ("ok", True, "responses")
    assert outcome["tokens"]["output"] == final.usage.output_tokens
    assert 0 <= outcome["ttft_ms"] <= outcome["latency_ms"]


def test_tools_are_called_plain_and_streamed(client, bot):
    plain = client.responses.create(model=bot, input="Weather in Kyiv?", tools=[TOOL])
    call = plain.output[0]
    assert (call.type, call.name) == ("function_call", "get_weather")
    with client.responses.stream(model=bot, input="Weather in Kyiv?", tools=[TOOL]) as stream:
        deltas = "".join(e.delta for e in stream if e.type == "response.function_call_arguments.delta")
        streamed = stream.get_final_response().output[0]
    assert deltas == streamed.arguments == call.arguments
    assert set(json.loads(deltas)) == {"city"}
    told = client.responses.create(model=bot, tools=[TOOL], input=[
        {"role": "user", "content": "Weather in Kyiv?"},
        {"type": "function_call", "call_id": call.call_id, "name": call.name, "arguments": call.arguments},
        {"type": "function_call_output", "call_id": call.call_id, "output": "sunny"}])
    assert told.output_text


def test_a_stream_that_breaks_off_is_an_error(client, api, provider):
    broken = api.deploy_model(provider, "fault-broken-stream")
    with pytest.raises(openai.APIError):
        list(client.responses.create(model=broken, input="x", stream=True))
    assert api.items("/api/v1/outcomes", deployment=broken)[0]["status"] == "broken_stream"
    failing = api.deploy_model(provider, "fault-500")
    with pytest.raises(openai.InternalServerError):
        client.responses.create(model=failing, input="x", stream=True)


def test_a_caller_who_stops_listening_is_recorded_as_gone(client, api, slow):
    stream = client.responses.create(model=slow, input="x", stream=True)
    next(iter(stream))
    stream.close()
    deadline = time.monotonic() + 10
    while not (items := api.items("/api/v1/outcomes", deployment=slow)):
        assert time.monotonic() < deadline, "never recorded"
    assert items[0]["status"] == "client_closed"


@pytest.fixture
def slow(api, scripted):
    """A deployment whose provider says that it has begun, and no more."""
    return api.deploy_model(api.add_provider(scripted.base_url), "slow")


def test_what_a_router_cannot_keep_is_refused_by_name(client, api, bot, provider, simulator):
    with pytest.raises(openai.BadRequestError) as refused:
        client.responses.create(model=bot, input="x", background=True)
    assert refused.value.body["param"] == "background"
    assert client.responses.create(model=bot, input="x", previous_response_id="resp_1").output_text
    other = api.add_provider(simulator.base_url)
    several = api.deploy([
        {"name": "a", "model": api.add_model(provider, "small"), "weight": 50},
        {"name": "b", "model": api.add_model(other, "small"), "weight": 50}])
    with pytest.raises(openai.BadRequestError) as refused:
        client.responses.create(model=several, input="x", previous_response_id="resp_1")
    assert refused.value.body["param"] == "previous_response_id"
