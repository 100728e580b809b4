"""What a deployment that says `store_bodies` keeps of its calls: all but personal data and secrets, and of others nothing."""

import sqlite3
import zlib

import openai
import pytest

from processes import BOOTSTRAP_KEY

EMAIL = "ada.lovelace@planted.example"
SECRET = "sk-planted0123456789abcdefABCDEF"
CARD = "4111 1111 1111 1111"
PHONE = "+49 151 23456789"
PLANTED = (EMAIL, SECRET, CARD, PHONE)
TEXT = f"I am {EMAIL}, my key is {SECRET}, my card {CARD}, call {PHONE}. Where is parcel 4711?"
CLEAN = "I am [email], my key is [secret], my card [card], call [phone]. Where is parcel 4711?"


@pytest.fixture
def box(spawn, simulator):
    process = spawn().ready()
    process.provider = process.api.add_provider(simulator.base_url)
    return process


def call(box, bot, stream):
    with openai.OpenAI(api_key=BOOTSTRAP_KEY, base_url=f"{box.url}/v1", max_retries=0, timeout=60) as client:
        raw = client.chat.completions.with_raw_response.create(
            model=bot, messages=[{"role": "user", "content": TEXT}], user="customer-1", stream=stream)
        answer = raw.parse()
        if stream:
            said = "".join(chunk.choices[0].delta.content or "" for chunk in answer if chunk.choices)
        else:
            said = answer.choices[0].message.content
    return raw.headers["x-signalbox-outcome"], said


def bodies(box, outcome):
    return box.api.get(f"/api/v1/outcomes/{outcome}/bodies")


def test_nothing_is_stored_unless_the_deployment_says_so(box):
    bot = box.api.deploy_model(box.provider, "echo")
    outcome, _ = call(box, bot, stream=False)
    assert box.api.outcome(outcome)["status"] == "ok"
    assert bodies(box, outcome).status == 404
    assert box.api.metric("signalbox_outcome_bodies_stored") == 0


@pytest.mark.parametrize("stream", [False, True], ids=["plain", "streamed"])
def test_bodies_come_back_without_what_was_planted(box, stream):
    # The echo's answer is the body that it was sent: JSON in a JSON string, and in shreds when it is streamed.
    bot = box.api.deploy_model(box.provider, "echo", store_bodies=True)
    assert box.api.read(f"/api/v1/deployments/{bot}")["store_bodies"] is True
    outcome, said = call(box, bot, stream)
    assert EMAIL in said, "the caller gets the whole answer"
    recorded = box.api.outcome(outcome)
    assert recorded["stream"] is stream
    stored = bodies(box, outcome).json
    request, answer = stored["request"], stored["answer"]
    assert request["json"]["model"] == bot
    assert request["json"]["messages"] == [{"role": "user", "content": CLEAN}]
    assert request["redacted"] == {"email": 1, "phone": 1, "card": 1, "secret": 1}
    assert request["truncated"] is False
    assert request["bytes"] > len(TEXT)
    content = answer["json"]["choices"][0]["message"]["content"]
    assert CLEAN in content
    for planted in PLANTED:
        assert planted not in bodies(box, outcome).body.decode()
    assert box.api.metric("signalbox_outcome_bodies_stored") == 1
    assert box.api.metric("signalbox_outcome_bodies_bytes") > 0
    for reason in ("memory", "outcome", "refused"):
        assert box.api.metric("signalbox_outcome_bodies_dropped", reason=reason) == 0


def test_what_was_planted_is_nowhere_on_the_disk(box):
    bot = box.api.deploy_model(box.provider, "echo", store_bodies=True)
    outcomes = [call(box, bot, stream)[0] for stream in (False, True) * 10]
    for outcome in outcomes:
        assert bodies(box, outcome).status == 200
    # Neither while it runs, with its write-ahead log, nor when it has stopped.
    assert_absent(box)
    assert box.stop() == 0
    assert_absent(box)
    assert unpacked(box.data / "telemetry.sqlite", CLEAN) == 2 * len(outcomes)


def assert_absent(box):
    for file in box.data.iterdir():
        content = file.read_bytes()
        for planted in PLANTED:
            for form in (planted, planted.replace("@", "\\u0040"), planted.replace(" ", "")):
                assert form.encode() not in content, (file.name, form)
                assert form.encode("utf-16-le") not in content, (file.name, form)
    log = box.said()
    assert not any(planted in log for planted in PLANTED)


def unpacked(path, expected):
    """How many bodies say `expected`; none of them anything that was planted."""
    found = 0
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        for row in connection.execute("SELECT request, answer FROM bodies"):
            for stored in row:
                text = (zlib.decompress(stored[1:]) if stored[0] == 1 else stored[1:]).decode()
                assert not any(planted in text for planted in PLANTED), text
                found += expected in text
    finally:
        connection.close()
    return found


def test_a_long_body_is_cut_and_the_caller_gets_all_of_it(spawn, simulator):
    box = spawn(environment={"SIGNALBOX_TELEMETRY_STORED_BODY_BYTES_MAX": "2048"}).ready()
    provider = box.api.add_provider(simulator.base_url)
    bot = box.api.deploy_model(provider, "echo", store_bodies=True)
    with openai.OpenAI(api_key=BOOTSTRAP_KEY, base_url=f"{box.url}/v1", max_retries=0, timeout=60) as client:
        raw = client.chat.completions.with_raw_response.create(
            model=bot, messages=[{"role": "user", "content": "é" * 20_000}])
        assert "é" * 20_000 in raw.parse().choices[0].message.content
    stored = bodies(box, raw.headers["x-signalbox-outcome"]).json
    for side in ("request", "answer"):
        assert stored[side]["truncated"] is True
        assert stored[side]["bytes"] > 40_000
        assert 2_000 < len(stored[side]["text"].encode()) <= 2_048


def test_who_may_read_outcomes_may_not_read_bodies(box):
    bot = box.api.deploy_model(box.provider, "small", store_bodies=True)
    outcome, _ = call(box, bot, stream=False)
    assert bodies(box, outcome).status == 200
    path = f"/api/v1/outcomes/{outcome}"
    for role, expected in (("viewer", 403), ("auditor", 403), ("operator", 200)):
        key = box.api.post("/api/v1/keys", {"name": role, "role": role})["key"]
        headers = {"Authorization": f"Bearer {key}"}
        assert box.api.request("GET", path, headers=headers).status == 200
        assert box.api.request("GET", f"{path}/bodies", headers=headers).status == expected
    document = box.api.read("/openapi.json")
    assert "/api/v1/outcomes/{outcome}/bodies" in document["paths"]
