"""Callers who use LiteLLM as a library: Signalbox is an OpenAI-compatible address to them. In an environment of its own,
since it wants an older OpenAI SDK."""

import json
import os

import pytest

# It would ask the network for its table of prices.
os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"

import litellm  # noqa: E402

from processes import BOOTSTRAP_KEY  # noqa: E402

litellm.telemetry = False
ASK = [{"role": "user", "content": "Where is my parcel?"}]
WEATHER = {
    "type": "function",
    "function": {"name": "weather", "parameters": {
        "type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}},
}


@pytest.fixture(scope="session")
def at(signalbox):
    """How every call reaches Signalbox."""
    def options(deployment):
        return {"model": f"openai/{deployment}", "api_base": f"{signalbox.url}/v1", "api_key": BOOTSTRAP_KEY,
                "max_retries": 0, "num_retries": 0, "timeout": 60}
    return options


def test_plain_answer(at, bot):
    answer = litellm.completion(messages=ASK, **at(bot))
    assert answer.choices[0].message.content
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens > 0


def test_stream_says_what_the_plain_answer_says(at, bot):
    plain = litellm.completion(messages=ASK, seed=1, **at(bot)).choices[0].message.content
    chunks = list(litellm.completion(messages=ASK, seed=1, stream=True, **at(bot)))
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == plain
    assert chunks[-1].choices[0].finish_reason == "stop"


def test_stream_with_usage(at, bot):
    chunks = list(litellm.completion(
        messages=ASK, stream=True, stream_options={"include_usage": True}, **at(bot)))
    assert litellm.stream_chunk_builder(chunks, messages=ASK).usage.completion_tokens > 0


def test_tools_plain_and_streamed(at, bot):
    asked = [{"role": "user", "content": "The weather in Kyiv?"}]
    plain = litellm.completion(messages=asked, tools=[WEATHER], tool_choice="required", **at(bot))
    call = plain.choices[0].message.tool_calls[0]
    assert call.function.name == "weather" and "city" in json.loads(call.function.arguments)
    chunks = list(litellm.completion(
        messages=asked, tools=[WEATHER], tool_choice="required", stream=True, **at(bot)))
    whole = litellm.stream_chunk_builder(chunks, messages=asked)
    assert whole.choices[0].message.tool_calls[0].function.arguments == call.function.arguments


def test_structured_output(at, bot):
    schema = {"type": "object", "properties": {"urgent": {"type": "boolean"}}, "required": ["urgent"],
              "additionalProperties": False}
    answer = litellm.completion(messages=ASK, response_format={
        "type": "json_schema", "json_schema": {"name": "ticket", "schema": schema, "strict": True}}, **at(bot))
    assert isinstance(json.loads(answer.choices[0].message.content)["urgent"], bool)


def test_text_completion_and_embeddings(at, bot):
    options = at(bot)
    options["model"] = f"text-completion-openai/{bot}"
    assert litellm.text_completion(prompt="Once upon a time", **options).choices[0].text
    vectors = litellm.embedding(input=["a parcel", "a letter"], **at(bot))
    assert len(vectors.data) == 2 and len(vectors.data[0]["embedding"]) > 0


def test_images(at, bot):
    assert litellm.image_generation(prompt="a parcel", **at(bot)).data[0]


def test_errors_are_of_their_types(at, api, provider):
    with pytest.raises(litellm.NotFoundError):
        litellm.completion(messages=ASK, **at("nobody-deployed-this"))
    wrong = at("nobody-deployed-this") | {"api_key": "sbx_wrong"}
    with pytest.raises(litellm.AuthenticationError):
        litellm.completion(messages=ASK, **wrong)
    with pytest.raises(litellm.RateLimitError):
        litellm.completion(messages=ASK, **at(api.deploy_model(provider, "fault-429")))
    with pytest.raises((litellm.InternalServerError, litellm.BadGatewayError)):
        litellm.completion(messages=ASK, **at(api.deploy_model(provider, "fault-500")))


def test_stream_that_breaks_is_an_error_and_recorded_as_one(at, api, provider):
    broken = api.deploy_model(provider, "fault-broken-stream")
    with pytest.raises(Exception) as caught:
        list(litellm.completion(messages=ASK, stream=True, **at(broken)))
    assert isinstance(caught.value, (litellm.APIError, litellm.APIConnectionError, litellm.exceptions.MidStreamFallbackError))
    assert api.items("/api/v1/outcomes", deployment=broken)[0]["status"] == "broken_stream"


def test_stream_that_is_left_ends_the_call_of_the_provider(at, api, scripted):
    slow = api.deploy_model(api.add_provider(scripted.base_url), "any")
    stream = litellm.completion(messages=ASK, stream=True, **at(slow))
    next(iter(stream))
    stream.completion_stream.close()
    assert scripted.departed.wait(30)
    assert api.items("/api/v1/outcomes", deployment=slow)[0]["status"] == "client_closed"
