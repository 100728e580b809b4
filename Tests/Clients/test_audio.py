"""Speech, transcriptions and translations, through the OpenAI SDK: sound and forms pass as streams."""

import json
import random
import socket
import time

import openai
import pytest

from control import unique
from processes import BOOTSTRAP_KEY


def recorded(api, raw, **expected):
    outcome = api.outcome(raw.headers["x-signalbox-outcome"])
    assert {key: outcome[key] for key in expected} == expected, outcome
    return outcome


def summed(data):
    total = 0
    for byte in data:
        total = (total * 31 + byte) & 0xFFFFFFFF
    return total


@pytest.fixture(scope="module")
def recording():
    """A megabyte and a half, in which boundaries, line ends and all bytes occur."""
    noise = random.Random(7).randbytes(1_500_000)
    return noise + b"\r\n--boundary\r\n\r\n--\r\n" + bytes(range(256))


def test_speech_is_the_providers_sound_under_its_own_type(client, api, bot):
    with client.audio.speech.with_streaming_response.create(
        model=bot, voice="alloy", input="Good evening", response_format="wav"
    ) as answer:
        assert answer.headers["content-type"] == "audio/wav"
        pieces = list(answer.iter_bytes(1_000))
    sound = b"".join(pieces)
    assert sound[:4] == b"RIFF" and sound[8:12] == b"WAVE"
    assert len(sound) == 44 + 960 * len("Good evening")
    outcome = recorded(api, answer, status="ok", surface="audio/speech", deployment=bot, stream=False)
    assert outcome["ttft_ms"] <= outcome["latency_ms"]
    whole = client.audio.speech.create(model=bot, voice="alloy", input="Good evening", response_format="wav")
    assert whole.content == sound


def test_speech_reaches_the_provider_untouched_but_for_the_model(client, echo):
    sent = client.audio.speech.create(
        model=echo, voice="alloy", input="Good evening", speed=1.25, extra_body={"field_of_tomorrow": [1, 2.50]})
    assert json.loads(sent.content) == {
        "model": "echo", "voice": "alloy", "input": "Good evening", "speed": 1.25, "field_of_tomorrow": [1, 2.5]}


def test_speech_as_events_ends_with_its_usage(client, api, bot):
    with client.audio.speech.with_streaming_response.create(
        model=bot, voice="alloy", input="Good evening", stream_format="sse"
    ) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        events = [json.loads(line[6:]) for line in answer.iter_lines() if line]
    assert {event["type"] for event in events[:-1]} == {"speech.audio.delta"}
    assert events[-1]["type"] == "speech.audio.done"
    outcome = recorded(api, answer, status="ok", stream=True)
    assert outcome["tokens"]["output"] == events[-1]["usage"]["output_tokens"]


def test_speech_that_fails_is_a_typed_error_and_one_that_breaks_off_is_no_whole_sound(client, api, provider):
    failing = api.deploy_model(provider, "fault-500")
    with pytest.raises(openai.InternalServerError):
        client.audio.speech.create(model=failing, voice="alloy", input="x")
    with pytest.raises(openai.BadRequestError) as refused:
        client.audio.speech.create(model=failing, voice="alloy", input="x", response_format="cassette")
    assert refused.value.body["param"] == "response_format"
    cut = api.deploy_model(provider, "fault-truncate")
    with pytest.raises(Exception) as broken:
        with client.audio.speech.with_streaming_response.create(
            model=cut, voice="alloy", input="a long text " * 40, response_format="pcm"
        ) as answer:
            for _ in answer.iter_bytes():
                pass
    assert type(broken.value).__name__ == "RemoteProtocolError", broken.value
    assert api.items("/api/v1/outcomes", deployment=cut)[0]["status"] == "broken_stream"


def test_a_transcription_comes_from_a_file_handle(client, api, bot, recording, tmp_path):
    path = tmp_path / "call.wav"
    path.write_bytes(recording)
    with path.open("rb") as file:
        raw = client.audio.transcriptions.with_raw_response.create(model=bot, file=file)
    transcription = raw.parse()
    assert transcription.text
    outcome = recorded(api, raw, status="ok", surface="audio/transcriptions", deployment=bot)
    assert outcome["tokens"]["output"] == transcription.usage.output_tokens
    with path.open("rb") as file:
        again = client.audio.translations.create(model=bot, file=file)
    assert again.text == transcription.text


def test_a_form_reaches_the_provider_untouched_but_for_the_model(client, echo, recording):
    answer = client.audio.transcriptions.create(
        model=echo, file=("a b\u00e9.wav", recording), language="uk", temperature=0.25,
        timestamp_granularities=["word", "segment"], prompt="Kyiv\r\nДніпро", extra_body={"field_of_tomorrow": "x"})
    fields = json.loads(answer.text)
    assert dict(map(tuple, fields))["model"] == "echo"
    assert ["file", f"{len(recording)} bytes, {summed(recording)}"] in fields
    for field in (
        ["language", "uk"], ["temperature", "0.25"], ["prompt", "Kyiv\r\nДніпро"], ["field_of_tomorrow", "x"],
        ["timestamp_granularities[]", "word"], ["timestamp_granularities[]", "segment"],
    ):
        assert field in fields


def test_a_variants_parameters_win_in_forms_too(client, api, provider, recording):
    deployed = api.deploy([{
        "name": "control", "model": api.add_model(provider, "echo"), "weight": 100,
        "parameters": {"language": "en", "temperature": 0}}])
    answer = client.audio.transcriptions.create(
        model=deployed, file=("a.wav", recording[:1_000]), language="uk", temperature=0.25)
    fields = json.loads(answer.text)
    assert [field for field in fields if field[0] in ("language", "temperature")] == [
        ["language", "en"], ["temperature", "0"]]


@pytest.mark.parametrize("written", ["text", "srt", "vtt"])
def test_text_formats_pass_as_text(client, bot, recording, written):
    answer = client.audio.transcriptions.with_raw_response.create(
        model=bot, file=("a.wav", recording[:10_000]), response_format=written)
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.http_response.text.strip()


def test_a_streamed_transcription_says_what_a_plain_one_says(client, api, bot, recording):
    plain = client.audio.transcriptions.create(model=bot, file=("a.wav", recording))
    events = list(client.audio.transcriptions.create(model=bot, file=("a.wav", recording), stream=True))
    assert events[-1].type == "transcript.text.done"
    assert "".join(event.delta for event in events[:-1]) == events[-1].text == plain.text
    outcome = api.items("/api/v1/outcomes", deployment=bot)[0]
    assert (outcome["status"], outcome["stream"]) == ("ok", True)
    assert outcome["tokens"]["output"] == events[-1].usage.output_tokens


def test_a_streamed_transcription_that_breaks_off_is_an_error(client, api, provider, recording):
    broken = api.deploy_model(provider, "fault-broken-stream")
    with pytest.raises(openai.APIError):
        list(client.audio.transcriptions.create(model=broken, file=("a.wav", recording), stream=True))
    assert api.items("/api/v1/outcomes", deployment=broken)[0]["status"] == "broken_stream"


def test_what_is_wrong_with_a_form_is_a_typed_error(client, api, bot, recording):
    with pytest.raises(openai.NotFoundError):
        client.audio.transcriptions.create(model=unique("nobody"), file=("a.wav", recording))
    with pytest.raises(openai.BadRequestError) as refused:
        client.audio.transcriptions.create(model=bot, file=("a.wav", b""))
    assert refused.value.body["param"] == "file", "the provider's own word"
    with pytest.raises(openai.BadRequestError) as twice:
        client.audio.transcriptions.create(
            model=bot, file=("a.wav", recording), extra_body={"signalbox": "x"})
    assert twice.value.body["param"] == "signalbox"


def test_a_file_may_come_before_its_model(signalbox, echo, recording):
    """As Node's SDK and curl write it."""
    boundary = "----7MA4YWxkTrZu0gW"
    body = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n'.encode() + recording
        + f'\r\n--{boundary}\r\nContent-Disposition: form-data; name="model"\r\n\r\n{echo}\r\n--{boundary}--'.encode())
    request = openai.DefaultHttpxClient().build_request(
        "POST", f"{signalbox.url}/v1/audio/transcriptions", content=body, headers={
            "authorization": f"Bearer {BOOTSTRAP_KEY}", "content-type": f"multipart/form-data; boundary={boundary}"})
    answer = openai.DefaultHttpxClient().send(request)
    assert answer.status_code == 200, answer.text
    assert json.loads(answer.json()["text"]) == [
        ["file", f"{len(recording)} bytes, {summed(recording)}"], ["model", "echo"]]


def test_an_upload_in_chunks_passes(signalbox, echo, recording):
    def pieces():
        yield b'--x7\r\nContent-Disposition: form-data; name="model"\r\n\r\n' + echo.encode()
        yield b'\r\n--x7\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n'
        for start in range(0, len(recording), 70_001):
            yield recording[start:start + 70_001]
        yield b"\r\n--x7--\r\n"

    answer = openai.DefaultHttpxClient().post(
        f"{signalbox.url}/v1/audio/transcriptions", content=pieces(), headers={
            "authorization": f"Bearer {BOOTSTRAP_KEY}", "content-type": "multipart/form-data; boundary=x7"})
    assert answer.status_code == 200, answer.text
    assert ["file", f"{len(recording)} bytes, {summed(recording)}"] in json.loads(answer.json()["text"])


def test_a_caller_who_leaves_in_the_middle_is_recorded_as_gone(signalbox, api, bot):
    host, port = signalbox.url.removeprefix("http://").split(":")
    before = api.items("/api/v1/outcomes", deployment=bot)
    with socket.create_connection((host, int(port))) as caller:
        caller.sendall(
            f"POST /v1/audio/transcriptions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {BOOTSTRAP_KEY}\r\n"
            "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 1000000\r\n\r\n"
            f'--b\r\nContent-Disposition: form-data; name="model"\r\n\r\n{bot}\r\n'
            '--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nRIFF'.encode())
    deadline = time.monotonic() + 10
    while len(items := api.items("/api/v1/outcomes", deployment=bot)) == len(before):
        assert time.monotonic() < deadline, "never recorded"
    assert items[0]["status"] == "client_closed"
