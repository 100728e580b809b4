"""What a caller gets when something is wrong: the SDK's typed exceptions, and outcomes that tell the truth."""

import http.client
import json
import time

import openai
import pytest

from control import API
from processes import BOOTSTRAP_KEY

ASK = [{"role": "user", "content": "Where is my parcel?"}]


def fails(client, expected, model, **fields):
    with pytest.raises(expected) as caught:
        client.chat.completions.create(model=model, messages=ASK, **fields)
    return caught.value


def last_outcome(api, deployment):
    return api.items("/api/v1/outcomes", deployment=deployment)[0]


def test_wrong_key_is_an_authentication_error(signalbox, bot):
    with openai.OpenAI(api_key="sbx_wrong", base_url=f"{signalbox.url}/v1", max_retries=0) as client:
        error = fails(client, openai.AuthenticationError, bot)
    assert error.body["type"] and error.body["message"]
    assert "www-authenticate" in error.response.headers


def test_key_without_the_permission_is_refused(signalbox, api, bot):
    made = api.post("/api/v1/keys", {"name": "for-callers", "role": "caller"})
    with openai.OpenAI(api_key=made["key"], base_url=f"{signalbox.url}/v1", max_retries=0) as client:
        assert client.chat.completions.create(model=bot, messages=ASK).choices
    refused = API(signalbox.port, made["key"]).request("POST", "/api/v1/models", {"name": "not-for-callers"})
    assert refused.status == 403
    assert "models" in refused.json["detail"]
    revoked = api.request("DELETE", f"/api/v1/keys/{made['id']}")
    assert revoked.status == 204, revoked
    with openai.OpenAI(api_key=made["key"], base_url=f"{signalbox.url}/v1", max_retries=0) as client:
        fails(client, openai.AuthenticationError, bot)


def test_unknown_model_is_not_found(client):
    error = fails(client, openai.NotFoundError, "nobody-deployed-this")
    assert error.code == "model_not_found"
    assert "nobody-deployed-this" in error.message


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"model":7,"messages":[]}', b'{"messages":[]}', b"\xff\xfe"])
def test_malformed_body_is_a_bad_request_in_the_shape_of_the_vendor(api, body):
    answer = api.request("POST", "/v1/chat/completions", body)
    assert answer.status == 400, answer
    assert set(answer.json["error"]) == {"message", "type", "param", "code"}


def test_model_named_twice_is_refused(api, bot):
    answer = api.request(
        "POST", "/v1/chat/completions", f'{{"model":"{bot}","\\u006dodel":"other","messages":[]}}'.encode())
    assert answer.status == 400, answer


@pytest.mark.parametrize("model", ["fault-500", "fault-503"])
def test_broken_provider_is_a_server_error_that_need_not_be_retried(client, api, provider, model):
    bot = api.deploy_model(provider, model)
    error = fails(client, openai.InternalServerError, bot)
    assert error.status_code == 502
    assert error.response.headers["x-should-retry"] == "false"
    outcome = last_outcome(api, bot)
    assert outcome["status"] == "upstream_error"
    assert outcome["id"] == error.response.headers["x-signalbox-outcome"]
    assert outcome["attempts"][-1]["status"] == int(model.removeprefix("fault-"))


def test_rate_limit_of_the_provider_may_be_retried(client, api, provider):
    bot = api.deploy_model(provider, "fault-429")
    error = fails(client, openai.RateLimitError, bot)
    assert error.response.headers.get("x-should-retry") != "false"
    assert last_outcome(api, bot)["status"] == "rate_limited"


def test_credential_that_the_provider_refuses_is_our_fault_and_never_shown(client, api, provider):
    bot = api.deploy_model(provider, "fault-401")
    error = fails(client, openai.InternalServerError, bot)
    assert "sk-simulated-credential" not in error.response.text
    assert last_outcome(api, bot)["status"] == "upstream_error"


def test_silent_provider_is_a_timeout(client, api, provider):
    bot = api.deploy_model(provider, "fault-timeout")
    error = fails(client, openai.InternalServerError, bot)
    assert error.status_code == 504
    assert last_outcome(api, bot)["status"] == "upstream_timeout"


def test_truncated_answer_is_no_answer(client, api, provider):
    bot = api.deploy_model(provider, "fault-truncate")
    error = fails(client, openai.InternalServerError, bot)
    assert error.status_code == 502
    assert last_outcome(api, bot)["status"] == "upstream_error"


def test_unreachable_provider_is_said_to_be_so(client, api):
    # Port 1 of the loopback: nothing listens there.
    bot = api.deploy_model(api.add_provider("http://127.0.0.1:1/v1"), "small")
    error = fails(client, openai.InternalServerError, bot)
    assert error.status_code == 502
    assert last_outcome(api, bot)["status"] == "upstream_error"


def test_broken_stream_raises_and_is_never_finished(client, api, breaking):
    bot = api.deploy_model(api.add_provider(breaking.base_url), "breaking")
    stream = iter(client.chat.completions.create(model=bot, messages=ASK, stream=True))
    chunks = [next(stream)]
    breaking.finish.set()
    with pytest.raises(openai.APIError):
        chunks += stream
    assert chunks[0].choices[0].delta.content == "one "
    assert all(chunk.choices[0].finish_reason is None for chunk in chunks)
    assert last_outcome(api, bot)["status"] == "broken_stream"


def test_broken_stream_ends_with_an_error_and_without_the_end_mark(api, breaking, signalbox):
    bot = api.deploy_model(api.add_provider(breaking.base_url), "breaking")
    connection = http.client.HTTPConnection("127.0.0.1", signalbox.port, timeout=30)
    connection.request(
        "POST", "/v1/chat/completions", json.dumps({"model": bot, "messages": ASK, "stream": True}),
        {"Authorization": f"Bearer {api.key}", "Content-Type": "application/json"})
    answer = connection.getresponse()
    assert answer.status == 200
    body = answer.readline()
    breaking.finish.set()
    body += answer.read()
    connection.close()
    events = [event for event in body.decode().split("\n\n") if event.startswith("data: ")]
    assert set(json.loads(events[-1].removeprefix("data: "))) == {"error"}
    assert b"[DONE]" not in body


def test_stream_of_the_simulator_that_breaks_is_no_success(client, api, provider):
    """It may break before anything went to the caller, which is then an error without a stream."""
    bot = api.deploy_model(provider, "fault-broken-stream")
    with pytest.raises(openai.APIError):
        list(client.chat.completions.create(model=bot, messages=ASK, stream=True))
    assert last_outcome(api, bot)["status"] in ("broken_stream", "upstream_error")


def test_fallback_answers_before_the_first_byte(client, api, provider):
    broken, sound = api.add_model(provider, "fault-500"), api.add_model(provider, "small")
    bot = api.deploy(
        [{"name": "control", "model": broken, "weight": 100}, {"name": "spare", "model": sound, "weight": 0}],
        fallbacks=["spare"])
    for stream in (False, True):
        raw = client.chat.completions.with_raw_response.create(model=bot, messages=ASK, stream=stream)
        if stream:
            assert list(raw.parse())
        outcome = api.outcome(raw.headers["x-signalbox-outcome"])
        assert (outcome["variant"], outcome["served_by"], outcome["status"]) == ("control", "spare", "ok")
        assert [attempt["variant"] for attempt in outcome["attempts"]] == ["control", "spare"]


def test_client_that_leaves_cancels_the_upstream_and_is_recorded(client, api, scripted):
    bot = api.deploy_model(api.add_provider(scripted.base_url), "scripted")
    with client.chat.completions.with_streaming_response.create(model=bot, messages=ASK, stream=True) as raw:
        outcome = raw.headers["x-signalbox-outcome"]
        next(iter(raw.parse()))
    assert scripted.departed.wait(10), "the upstream call goes on without a reader"
    recorded = api.outcome(outcome)
    assert recorded["status"] == "client_closed"
    summary = api.read("/api/v1/metrics/summary", deployment=bot, window="15m")["groups"][0]
    assert (summary["requests"], summary["errors"]) == (1, 0), "a departure is no error of the variant"


def test_client_that_gives_up_waiting_is_recorded(signalbox, api, provider):
    bot = api.deploy_model(provider, "fault-timeout")
    with openai.OpenAI(
        api_key=BOOTSTRAP_KEY, base_url=f"{signalbox.url}/v1", max_retries=0, timeout=0.5
    ) as client:
        with pytest.raises((openai.APITimeoutError, openai.InternalServerError)):
            client.chat.completions.create(model=bot, messages=ASK)
    outcomes = await_outcomes(api, bot)
    # Told of the caller's patience the gateway may answer 504 just before it ends; else the caller has left.
    assert [outcome["status"] for outcome in outcomes] in (["client_closed"], ["upstream_timeout"])


def await_outcomes(api, deployment, deadline_s=10):
    """A departure is seen a moment after it."""
    deadline = time.monotonic() + deadline_s
    while True:
        outcomes = api.items("/api/v1/outcomes", deployment=deployment)
        if outcomes or time.monotonic() > deadline:
            return outcomes
        time.sleep(0.01)


def test_unknown_path_and_method_keep_the_shape_of_the_vendor(api):
    answer = api.request("GET", "/v1/chat/completions")
    assert answer.status == 405
    assert "POST" in answer.headers["allow"]
    assert answer.json["error"]["message"]
    assert "error" in api.request("GET", "/v1/nothing-here").json
