"""Callers who use LangChain's OpenAI classes, with nothing changed but the address."""

import asyncio

import openai
import pydantic
import pytest
from langchain_core.messages import HumanMessage, ToolMessage
from langchain_openai import ChatOpenAI, OpenAI, OpenAIEmbeddings

from processes import BOOTSTRAP_KEY

ASK = "Where is my parcel?"


class weather(pydantic.BaseModel):
    """The weather of a city."""

    city: str


class Ticket(pydantic.BaseModel):
    """A ticket of the support."""

    subject: str
    urgent: bool


@pytest.fixture(scope="session")
def chat(signalbox):
    def make(deployment, **options):
        return ChatOpenAI(
            model=deployment, base_url=f"{signalbox.url}/v1", api_key=BOOTSTRAP_KEY, max_retries=0, timeout=60,
            **options)
    return make


def test_plain_answer_has_its_usage(chat, bot):
    answer = chat(bot).invoke(ASK)
    assert answer.content
    assert answer.response_metadata["finish_reason"] == "stop"
    assert answer.usage_metadata["total_tokens"] == (
        answer.usage_metadata["input_tokens"] + answer.usage_metadata["output_tokens"]) > 0


def test_stream_says_what_the_plain_answer_says_and_ends_with_usage(chat, bot):
    plain = chat(bot, seed=1).invoke(ASK)
    whole = None
    for chunk in chat(bot, seed=1, stream_usage=True).stream(ASK):
        whole = chunk if whole is None else whole + chunk
    assert whole.content == plain.content
    assert whole.usage_metadata["output_tokens"] == plain.usage_metadata["output_tokens"]


def test_many_at_once(chat, bot):
    async def run():
        return await asyncio.gather(*[chat(bot).ainvoke(ASK) for _ in range(16)])
    assert all(answer.content for answer in asyncio.run(run()))


def test_tools_there_and_back(chat, bot):
    model = chat(bot).bind_tools([weather], tool_choice="required")
    asked = HumanMessage("The weather in Kyiv?")
    call = model.invoke([asked])
    assert call.tool_calls[0]["name"] == "weather" and "city" in call.tool_calls[0]["args"]
    whole = None
    for chunk in model.stream([asked]):
        whole = chunk if whole is None else whole + chunk
    assert whole.tool_calls[0]["args"] == call.tool_calls[0]["args"]
    result = ToolMessage("12 °C", tool_call_id=call.tool_calls[0]["id"])
    assert chat(bot).invoke([asked, call, result]).content


@pytest.mark.parametrize("method", ["json_schema", "function_calling"])
def test_structured_output(chat, bot, method):
    assert isinstance(chat(bot).with_structured_output(Ticket, method=method).invoke(ASK), Ticket)


def test_completions_and_embeddings(signalbox, bot):
    options = {"base_url": f"{signalbox.url}/v1", "api_key": BOOTSTRAP_KEY, "max_retries": 0}
    assert OpenAI(model=bot, **options).invoke("Once upon a time")
    # Whole texts rather than tokens: those would be the vendor's own.
    vectors = OpenAIEmbeddings(model=bot, check_embedding_ctx_length=False, **options).embed_documents(["a", "b"])
    assert len(vectors) == 2 and vectors[0]


def test_errors_are_the_sdks(chat, api, provider):
    with pytest.raises(openai.NotFoundError):
        chat("nobody-deployed-this").invoke(ASK)
    with pytest.raises(openai.RateLimitError):
        chat(api.deploy_model(provider, "fault-429")).invoke(ASK)
    with pytest.raises(openai.InternalServerError):
        chat(api.deploy_model(provider, "fault-500")).invoke(ASK)


def test_stream_that_breaks_is_an_error_and_recorded_as_one(chat, api, provider):
    broken = api.deploy_model(provider, "fault-broken-stream")
    with pytest.raises(openai.APIError):
        list(chat(broken).stream(ASK))
    assert api.items("/api/v1/outcomes", deployment=broken)[0]["status"] == "broken_stream"


def test_stream_that_is_left_ends_the_call_of_the_provider(chat, api, scripted):
    slow = api.deploy_model(api.add_provider(scripted.base_url), "any")
    stream = chat(slow).stream(ASK)
    next(stream)
    stream.close()
    assert scripted.departed.wait(30)
    assert api.items("/api/v1/outcomes", deployment=slow)[0]["status"] == "client_closed"
