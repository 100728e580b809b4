"""`/v1/responses` through the OpenAI SDK: plain, streamed, with tools, and where it ends early."""

import http.server
import json
import threading
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


class Keeper(http.server.BaseHTTPRequestHandler):
    """A provider that keeps responses, as OpenAI does."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def answer(self, value, status=200):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        identity = f"resp_{len(self.server.made):04}"
        self.server.made[identity] = request
        self.server.kept[identity] = {
            "id": identity, "object": "response", "created_at": 1, "model": "kept", "status": "completed",
            "output": [{"id": "msg_1", "type": "message", "role": "assistant", "status": "completed", "content": [
                {"type": "output_text", "text": f"said {request['input']}", "annotations": []}]}],
            "parallel_tool_calls": True, "tool_choice": "auto", "tools": [],
            "usage": {"input_tokens": 3, "input_tokens_details": {"cached_tokens": 0}, "output_tokens": 2,
                      "output_tokens_details": {"reasoning_tokens": 0}, "total_tokens": 5}}
        self.answer(self.server.kept[identity])

    def kept(self):
        identity = self.path.split("?")[0].removeprefix("/v1/responses/").split("/")[0]
        if identity in self.server.kept:
            return identity
        self.answer({"error": {"message": f"Response with id '{identity}' not found.",
                               "type": "invalid_request_error", "param": None, "code": None}}, 404)
        return None

    def do_GET(self):
        if identity := self.kept():
            if "/input_items" not in self.path:
                return self.answer(self.server.kept[identity])
            item = {"id": "msg_0", "type": "message", "role": "user", "status": "completed",
                    "content": [{"type": "input_text", "text": self.server.made[identity]["input"]}]}
            self.answer({"object": "list", "data": [item], "first_id": "msg_0", "last_id": "msg_0", "has_more": False})

    def do_DELETE(self):
        if identity := self.kept():
            del self.server.kept[identity]
            self.answer({"id": identity, "object": "response", "deleted": True})


@pytest.fixture
def keeper():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Keeper) as server:
        server.daemon_threads = True
        server.made, server.kept = {}, {}
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_what_a_provider_keeps_is_read_and_deleted_there(client, api, keeper):
    keeping = api.deploy_model(api.add_provider(f"http://127.0.0.1:{keeper.server_port}/v1"), "kept")
    made = client.responses.create(model=keeping, input="hello")
    there = {"extra_query": {"model": keeping}}
    raw = client.responses.with_raw_response.retrieve(made.id, include=["message.output_text.logprobs"], **there)
    assert raw.parse() == made and raw.headers["x-signalbox-deployment"] == keeping
    items = list(client.responses.input_items.list(made.id, **there))
    assert [item.content[0].text for item in items] == ["hello"]
    # Deployments of other providers may be called too: which of them keeps it nobody knows.
    with pytest.raises(openai.BadRequestError) as refused:
        client.responses.retrieve(made.id)
    assert refused.value.body["param"] == "model"
    client.responses.delete(made.id, **there)
    assert keeper.kept == {}
    for call in (client.responses.retrieve, client.responses.delete):
        with pytest.raises(openai.NotFoundError, match="not found"):
            call(made.id, **there)
    # A key of this deployment alone need not say so, and finds nothing by the way of others.
    again = client.responses.create(model=keeping, input="again")
    secret = api.post("/api/v1/keys", {"name": "keeping", "role": "caller", "deployments": [keeping]})["key"]
    other = api.deploy_model(api.add_provider("http://127.0.0.1:1/v1"), "other")
    own = client.with_options(api_key=secret)
    assert own.responses.retrieve(again.id).output_text == "said again"
    with pytest.raises(openai.NotFoundError):
        own.responses.retrieve(again.id, extra_query={"model": other})
    own.responses.delete(again.id)
    assert len(api.items("/api/v1/outcomes", deployment=keeping)) == 2, "two inferences, and nothing else"
