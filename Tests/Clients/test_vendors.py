"""Gemini, Vertex AI and Bedrock behind the OpenAI SDK. The vendors' own clients are witnesses: botocore of the signature,
the frames and the requests' shapes, google-genai of the Simulator's answers."""

import base64
import http.server
import json
import re
import threading
import urllib.parse
import urllib.request

import botocore.auth
import botocore.awsrequest
import botocore.config
import botocore.credentials
import botocore.exceptions
import botocore.session
import botocore.validate
import openai
import pytest
from google import genai
from google.genai import types

from control import unique
from processes import Simulator

ACCESS_KEY_ID = "AKIAIOSFODNN7EXAMPLE"
SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
CREDENTIAL = f"{ACCESS_KEY_ID}:{SECRET}"
REGION = "eu-central-1"
SETTINGS = {"gemini": {}, "vertex": {"project": "team-17"}, "bedrock": {"region": REGION}}
QUESTION = [{"role": "user", "content": "What is 6 times 7?"}]
WEATHER = {
    "type": "function",
    "function": {
        "name": "weather", "description": "tells the weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}


@pytest.fixture(scope="module")
def vendors(tmp_path_factory):
    """A simulator that demands the key, as each vendor wants to have it."""
    process = Simulator(tmp_path_factory.mktemp("vendors"))
    try:
        process.ready()
        request = urllib.request.Request(
            f"http://127.0.0.1:{process.port}/simulator/settings", method="PUT",
            data=json.dumps({"required_key": CREDENTIAL}).encode())
        assert urllib.request.urlopen(request, timeout=30).status == 200
        process.url = f"http://127.0.0.1:{process.port}"
        yield process
    finally:
        process.kill()


def add(api, kind, url, credential=CREDENTIAL, **fields):
    name = unique(kind)
    api.post("/api/v1/providers", {
        "name": name, "kind": kind, "base_url": url, "credential": credential, "allow_private": True,
        "settings": SETTINGS[kind], **fields})
    return name


@pytest.fixture(scope="module")
def deploy(api, vendors):
    """Makes a deployment of one model of a kind."""
    providers = {}

    def make(kind, model="sim-large", **fields):
        if kind not in providers:
            providers[kind] = add(api, kind, vendors.url)
        return api.deploy_model(providers[kind], model, **fields)

    return make


def recorded(api, raw, **expected):
    outcome = api.outcome(raw.headers["x-signalbox-outcome"])
    assert {key: outcome[key] for key in expected} == expected, outcome
    return outcome


KINDS = pytest.mark.parametrize("kind", ["gemini", "vertex", "bedrock"])


@KINDS
def test_plain_answer_is_openais(client, api, deploy, kind):
    raw = client.chat.completions.with_raw_response.create(
        model=deploy(kind), messages=[{"role": "system", "content": "Be brief."}] + QUESTION, temperature=0.5,
        max_completion_tokens=99, stop=["END"], user="user-17")
    completion = raw.parse()
    assert completion.object == "chat.completion"
    assert completion.choices[0].message.content == "42"
    assert completion.choices[0].finish_reason == "stop"
    outcome = recorded(api, raw, status="ok", finish_reason="stop", unit="user-17")
    assert outcome["tokens"]["input"] == completion.usage.prompt_tokens > 0
    assert outcome["tokens"]["output"] == completion.usage.completion_tokens > 0


@KINDS
def test_stream_says_what_the_plain_answer_says(client, api, deploy, kind):
    bot = deploy(kind)
    messages = [{"role": "user", "content": "Where is my parcel?"}]
    plain = client.chat.completions.create(model=bot, messages=messages)
    with client.chat.completions.with_streaming_response.create(
        model=bot, messages=messages, stream=True, stream_options={"include_usage": True}
    ) as streamed:
        chunks = list(streamed.parse())
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text == plain.choices[0].message.content
    assert [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices][-1] == "stop"
    assert chunks[-1].usage.completion_tokens == plain.usage.completion_tokens
    outcome = recorded(api, streamed, status="ok", finish_reason="stop", stream=True)
    assert outcome["tokens"]["output"] == plain.usage.completion_tokens
    assert 0 <= outcome["ttft_ms"] <= outcome["latency_ms"]


@KINDS
@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("model", ["gemini-3-pro", "gemini-2.5-flash"])
def test_tool_is_called_and_its_result_goes_back(client, deploy, kind, streamed, model):
    bot = deploy(kind, model)
    messages = [{"role": "user", "content": "Weather in Rome?"}]
    if streamed:
        with client.chat.completions.stream(model=bot, messages=messages, tools=[WEATHER]) as stream:
            completion = stream.get_final_completion()
    else:
        completion = client.chat.completions.create(
            model=bot, messages=messages, tools=[WEATHER], tool_choice="required")
    choice = completion.choices[0]
    assert choice.finish_reason == "tool_calls"
    call = choice.message.tool_calls[0]
    assert call.function.name == "weather"
    assert json.loads(call.function.arguments) == {"city": "simulated"}
    assert len(call.id) <= 40, "OpenAI takes no longer ones"
    turn = {"role": "assistant", "tool_calls": [
        {"id": call.id, "type": "function", "function": {"name": "weather", "arguments": call.function.arguments}}]}
    result = {"role": "tool", "tool_call_id": call.id, "content": "rain"}
    turns = [turn]
    blocks = (choice.message.model_extra or {}).get("thinking_blocks")
    if kind != "bedrock" and not streamed and model == "gemini-3-pro":
        assert blocks, "the signature of the thought"
        turns.append({**turn, "thinking_blocks": blocks})
    for own in turns:
        answer = client.chat.completions.create(model=bot, messages=messages + [own, result], tools=[WEATHER])
        assert answer.choices[0].message.content
        assert answer.choices[0].finish_reason == "stop"


@pytest.mark.parametrize("kind", ["gemini", "vertex"])
def test_answer_keeps_to_a_schema(client, deploy, kind):
    schema = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
    completion = client.chat.completions.create(
        model=deploy(kind), messages=QUESTION,
        response_format={"type": "json_schema", "json_schema": {"name": "place", "schema": schema}})
    assert json.loads(completion.choices[0].message.content) == {"city": "simulated"}


@pytest.mark.parametrize("kind", ["gemini", "vertex"])
def test_embeddings_are_openais_packed_or_not(client, api, deploy, kind):
    bot = deploy(kind)
    raw = client.embeddings.with_raw_response.create(model=bot, input=["a parcel", "a letter"], dimensions=8)
    packed = raw.parse()
    assert [item.index for item in packed.data] == [0, 1]
    written = client.embeddings.create(model=bot, input=["a parcel", "a letter"], dimensions=8, encoding_format="float")
    for one, other in zip(packed.data, written.data):
        assert len(one.embedding) == 8
        assert one.embedding == pytest.approx(other.embedding, rel=1e-6)
    outcome = recorded(api, raw, status="ok", surface="embeddings")
    assert outcome["tokens"]["input"] == packed.usage.prompt_tokens > 0
    assert outcome["tokens_estimated"] == (kind == "gemini"), "Gemini tells none"
    with pytest.raises(openai.BadRequestError) as caught:
        client.embeddings.create(model=bot, input=[[1212, 318]])
    assert (caught.value.code, caught.value.param) == ("untranslatable", "input[0]")


@KINDS
def test_what_a_vendor_does_not_have_is_named(client, deploy, kind):
    bot = deploy(kind)
    for field, value in [("n", 2), ("parallel_tool_calls", False), ("logit_bias", {"50256": -100})]:
        with pytest.raises(openai.BadRequestError) as caught:
            client.chat.completions.create(model=bot, messages=QUESTION, **{field: value})
        assert caught.value.code == "untranslatable"
        assert caught.value.param == field and field in caught.value.message
    with pytest.raises(openai.BadRequestError) as caught:
        client.completions.create(model=bot, prompt="Once")
    assert caught.value.code == "unsupported_surface"


@KINDS
def test_failures_are_the_sdks_own_exceptions(client, api, deploy, kind):
    with pytest.raises(openai.RateLimitError) as limited:
        client.chat.completions.create(model=deploy(kind, "fault-429"), messages=QUESTION)
    assert "limit" in limited.value.message.lower()
    assert recorded(api, limited.value.response, status="rate_limited")
    with pytest.raises(openai.BadRequestError) as refused:
        client.chat.completions.create(model=deploy(kind, "fault-400"), messages=QUESTION)
    assert "cannot be served" in refused.value.message
    for fault in ["fault-500", "fault-503", "fault-garbage", "fault-reset", "fault-truncate"]:
        with pytest.raises(openai.InternalServerError) as failed:
            client.chat.completions.create(model=deploy(kind, fault), messages=QUESTION)
        assert failed.value.status_code == 502, fault
    for fault in ["fault-broken-stream", "fault-stream-error", "fault-truncate"]:
        bot = deploy(kind, fault)
        with pytest.raises(openai.APIError):
            list(client.chat.completions.create(
                model=bot, messages=[{"role": "user", "content": "Where is my parcel?"}], stream=True))
        assert api.items("/api/v1/outcomes", deployment=bot)[0]["status"] == "broken_stream", fault


@KINDS
def test_credential_that_is_refused_is_ours_to_mend(client, api, vendors, kind):
    other = add(api, kind, vendors.url, credential=CREDENTIAL[:-1] + "Z")
    with pytest.raises(openai.InternalServerError) as caught:
        client.chat.completions.create(model=api.deploy_model(other, "m"), messages=QUESTION)
    assert caught.value.status_code == 502
    assert caught.value.code == "provider_misconfigured"


def test_credentials_and_places_are_checked_when_written(api):
    def faults(kind, **fields):
        answer = api.request("POST", "/api/v1/providers", {"name": unique(kind), "kind": kind, **fields})
        return [] if answer.status == 201 else sorted(error["pointer"] for error in answer.json["errors"])

    assert faults("bedrock", credential=CREDENTIAL) == []
    assert faults("bedrock", credential=CREDENTIAL + ":session+token==") == []
    assert faults("bedrock", credential="ABSKQmVkcm9ja0FQSUtleS1") == []
    assert faults("bedrock", credential="sk-of-somebody-else") == ["/credential"]
    assert faults("bedrock", credential=f"{ACCESS_KEY_ID}:") == ["/credential"]
    frankfurt = "https://bedrock-runtime.eu-central-1.amazonaws.com"
    assert faults("bedrock", base_url=frankfurt) == ["/settings/region"]
    assert faults("bedrock", base_url=frankfurt, settings={"region": "eu-central-1"}) == []
    place = {"name": unique("bedrock"), "kind": "bedrock", "settings": {"region": "eu-central-1"}}
    assert api.post("/api/v1/providers", place)["base_url"] == frankfurt, "nothing leaves the region"
    assert faults("vertex") == ["/settings/project"]
    assert faults("vertex", settings={"project": "p"}) == []
    regional = "https://europe-west4-aiplatform.googleapis.com"
    assert faults("vertex", base_url=regional, settings={"project": "p"}) == ["/settings/location"]
    assert faults("vertex", base_url=regional, settings={"project": "p", "location": "europe-west4"}) == []
    assert faults("vertex", settings={"project": "p"}, credential='{"type":"service_account"}') == ["/credential"]
    assert faults("gemini", credential="AIza") == []
    assert faults("gemini", base_url="https://generativelanguage.googleapis.com/v1beta") == ["/base_url"]


class Recorder:
    """An upstream that keeps what it is sent, and answers what it is told."""

    def __init__(self, answer):
        self.requests = []
        recorder = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                recorder.requests.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
                data = json.dumps(answer).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *arguments):
                pass

        self.server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def close(self):
        self.server.shutdown()
        self.thread.join(30)
        self.server.server_close()


@pytest.fixture
def recorder():
    upstream = Recorder({
        "output": {"message": {"role": "assistant", "content": [{"text": "42"}]}}, "stopReason": "end_turn",
        "usage": {"inputTokens": 3, "outputTokens": 1, "totalTokens": 4}})
    try:
        yield upstream
    finally:
        upstream.close()


@pytest.mark.parametrize("model", [
    "anthropic.claude-3-5-sonnet-20241022-v2:0", "eu.amazon.nova-pro-v1:0",
    "arn:aws:bedrock:eu-central-1:123456789012:application-inference-profile/a1b2c3",
    "odd model+with=every&thing?é%3A~",
])
@pytest.mark.parametrize("token", [None, "IQoJb3JpZ2luX2VjEJr//////////wEaDGV1+/=="])
def test_signature_is_the_one_that_botocore_makes(client, api, recorder, model, token):
    provider = add(api, "bedrock", recorder.url, credential=CREDENTIAL + (f":{token}" if token else ""))
    client.chat.completions.create(
        model=api.deploy_model(provider, model), messages=[{"role": "user", "content": "äöü ?"}])
    [(path, headers, body)] = recorder.requests
    assert path == f"/model/{urllib.parse.quote(model, safe='-._~')}/converse"
    signed = headers["authorization"].split("SignedHeaders=")[1].split(",")[0].split(";")
    assert {"host", "content-type", "x-amz-date"} <= set(signed)
    request = botocore.awsrequest.AWSRequest(
        "POST", recorder.url + path, headers={name: headers[name] for name in signed if name != "x-amz-date"}, data=body)
    request.context["timestamp"] = headers["x-amz-date"]
    auth = botocore.auth.SigV4Auth(
        botocore.credentials.Credentials(ACCESS_KEY_ID, SECRET, token), "bedrock", REGION)
    canonical = request.headers
    canonical["X-Amz-Date"] = headers["x-amz-date"]
    signature = auth.signature(auth.string_to_sign(request, auth.canonical_request(request)), request)
    assert headers["authorization"].endswith(f"Signature={signature}")
    assert headers.get("x-amz-security-token") == token


def decoded(shape, value):
    """A body as botocore takes parameters: blobs are bytes, documents are left alone."""
    if shape.type_name == "structure" and not getattr(shape, "is_document_type", False):
        return {name: decoded(shape.members[name], item) if name in shape.members else item
                for name, item in value.items()}
    if shape.type_name == "list":
        return [decoded(shape.member, item) for item in value]
    return base64.b64decode(value, validate=True) if shape.type_name == "blob" else value


def limits(shape, value, path=""):
    """What botocore itself does not look at: patterns, lengths and enumerations of the service's model."""
    found = []
    if shape.type_name == "structure" and not getattr(shape, "is_document_type", False):
        for name, item in value.items():
            found += limits(shape.members[name], item, f"{path}.{name}")
    elif shape.type_name == "list":
        for index, item in enumerate(value):
            found += limits(shape.member, item, f"{path}[{index}]")
    if shape.type_name in ("string", "list"):
        if not shape.metadata.get("min", 0) <= len(value) <= shape.metadata.get("max", len(value)):
            found.append(f"{path}: {len(value)} long")
    if shape.type_name == "string":
        if getattr(shape, "enum", None) and value not in shape.enum:
            found.append(f"{path}: {value} is none of {shape.enum}")
        pattern = shape.metadata.get("pattern")
        if pattern and not re.fullmatch(pattern, value):
            found.append(f"{path}: {value} is not {pattern}")
    return found


def test_requests_are_such_as_the_services_own_model_takes(client, api, recorder):
    provider = add(api, "bedrock", recorder.url)
    bot = api.deploy_model(provider, "eu.anthropic.claude-sonnet-4-5-20250929-v1:0")
    ids = ["call_1", "functions.weather:0", "call_65OReGAIB0M4612fiyF6YMbI|fc_0feebbbc39e113d4016969ff3539208191914ede46"]
    pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
    client.chat.completions.create(
        model=bot, temperature=0.5, top_p=0.9, max_completion_tokens=99, stop=["END"], reasoning_effort="high",
        service_tier="flex", tools=[WEATHER], tool_choice={"type": "function", "function": {"name": "weather"}},
        response_format={"type": "json_schema", "json_schema": {"name": "n", "schema": {"type": "object"}}},
        messages=[
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": [
                {"type": "text", "text": "See", "cache_control": {"type": "ephemeral"}},
                {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{pixel}"}},
                {"type": "file", "file": {"filename": "Q3__report.pdf", "file_data": "data:application/pdf;base64,JVBERi0="}},
            ]},
            {"role": "assistant", "tool_calls": [
                {"id": id, "type": "function", "function": {"name": "weather", "arguments": '{"city":"Rome"}'}}
                for id in ids]},
            *({"role": "tool", "tool_call_id": id, "content": "rain"} for id in ids),
            {"role": "user", "content": [
                {"type": "text", "text": "And?"},
                {"type": "file", "file": {"filename": "Q3 report.pdf", "file_data": "data:application/pdf;base64,JVBERi0="}},
            ]},
        ])
    [(_, _, body)] = recorder.requests
    model = botocore.session.get_session().get_service_model("bedrock-runtime").operation_model("Converse").input_shape
    parameters = decoded(model, json.loads(body)) | {"modelId": "m"}
    report = botocore.validate.ParamValidator().validate(parameters, model)
    assert not report.has_errors(), report.generate_report()
    assert limits(model, parameters) == []
    calls, results = json.loads(body)["messages"][1:]
    sent = [block["toolUse"]["toolUseId"] for block in calls["content"]]
    assert sent == [block["toolResult"]["toolUseId"] for block in results["content"] if "toolResult" in block]
    assert len(set(sent)) == 3


@pytest.fixture(scope="module")
def boto(vendors):
    session = botocore.session.get_session()
    session.set_credentials(ACCESS_KEY_ID, SECRET)
    return session.create_client(
        "bedrock-runtime", region_name=REGION, endpoint_url=vendors.url,
        config=botocore.config.Config(retries={"max_attempts": 0}))


def test_simulator_is_a_bedrock_to_botocore(boto):
    messages = [{"role": "user", "content": [{"text": "What is 6 times 7?"}]}]
    for model in ["anthropic.claude-v2:1", "arn:aws:bedrock:eu-central-1:123456789012:inference-profile/eu.x"]:
        plain = boto.converse(modelId=model, messages=messages)
        assert plain["output"]["message"]["content"] == [{"text": "42"}]
        events = list(boto.converse_stream(modelId=model, messages=messages)["stream"])
        assert "".join(e["contentBlockDelta"]["delta"]["text"] for e in events if "contentBlockDelta" in e) == "42"
        assert events[-1]["metadata"]["usage"] == plain["usage"]
    with pytest.raises(boto.exceptions.ThrottlingException):
        boto.converse(modelId="fault-429", messages=messages)
    with pytest.raises(botocore.exceptions.EventStreamError) as caught:
        list(boto.converse_stream(modelId="fault-stream-error", messages=messages)["stream"])
    assert "serviceUnavailableException" in str(caught.value)


def test_simulator_is_a_gemini_to_googles_client(vendors):
    client = genai.Client(api_key=CREDENTIAL, http_options=types.HttpOptions(base_url=vendors.url))
    plain = client.models.generate_content(model="gemini-2.5-flash", contents="What is 6 times 7?")
    assert plain.text == "42"
    assert plain.candidates[0].finish_reason == types.FinishReason.STOP
    chunks = list(client.models.generate_content_stream(model="gemini-2.5-flash", contents="Where is my parcel?"))
    assert "".join(chunk.text or "" for chunk in chunks)
    assert chunks[-1].usage_metadata.candidates_token_count > 0
    with pytest.raises(genai.errors.ClientError) as caught:
        client.models.generate_content(model="fault-429", contents="?")
    assert caught.value.code == 429
    vectors = client.models.embed_content(model="e", contents=["a", "b"])
    assert len(vectors.embeddings) == 2
