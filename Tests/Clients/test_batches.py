"""Files and batches through the OpenAI SDK: every line is answered once, whatever happens meanwhile."""

import collections
import concurrent.futures
import io
import json
import os
import time

import openai
import pytest

from control import unique
from processes import BOOTSTRAP_KEY, PATIENCE, Simulator

DEADLINE_S = 60 * PATIENCE
CHAT = "/v1/chat/completions"
ENDED = {"completed", "failed", "expired", "cancelled"}


def sdk(server, key=BOOTSTRAP_KEY, **options):
    return openai.OpenAI(api_key=key, base_url=f"{server.url}/v1", timeout=60, **{"max_retries": 0, **options})


def line(custom_id, model, url=CHAT, **body):
    if url == CHAT:
        body.setdefault("messages", [{"role": "user", "content": f"of {custom_id}"}])
    return {"custom_id": custom_id, "method": "POST", "url": url, "body": {"model": model, **body}}


def jsonl(lines):
    return "".join(json.dumps(entry) + "\n" for entry in lines).encode()


def upload(client, content, name="requests.jsonl"):
    return client.files.create(file=(name, io.BytesIO(content)), purpose="batch")


def start(client, lines, endpoint=CHAT, **options):
    content = lines if isinstance(lines, bytes) else jsonl(lines)
    return client.batches.create(
        input_file_id=upload(client, content).id, endpoint=endpoint, completion_window="24h", **options)


def wait(client, batch, until=ENDED, where=lambda batch: True):
    """The batch in one of these states; on the way there its counts only grow and never exceed their total."""
    deadline = time.monotonic() + DEADLINE_S
    done = 0
    while time.monotonic() < deadline:
        batch = client.batches.retrieve(batch.id)
        counts = batch.request_counts
        assert done <= counts.completed + counts.failed <= counts.total, batch
        done = counts.completed + counts.failed
        if batch.status in until and where(batch):
            return batch
        time.sleep(0.02)
    raise AssertionError(f"not {until} in time: {batch}")


def read(client, file_id):
    return [json.loads(entry) for entry in client.files.content(file_id).text.split("\n") if entry]


def answers(client, batch):
    """All lines of both files by their identity, each of which is there once."""
    found = []
    for file_id, count in (
        (batch.output_file_id, batch.request_counts.completed), (batch.error_file_id, batch.request_counts.failed),
    ):
        lines = read(client, file_id) if file_id else []
        assert len(lines) == count, batch
        found += lines
    assert len(found) == batch.request_counts.total
    by_id = {entry["custom_id"]: entry for entry in found}
    assert len(by_id) == len(found)
    return by_id


@pytest.fixture(scope="module")
def slow(tmp_path_factory):
    """A provider that takes its time: 250 ms an answer."""
    process = Simulator(tmp_path_factory.mktemp("slow"), ["--latency-ms", "250"])
    try:
        yield process.ready()
    finally:
        process.kill()


def test_files_are_stored_listed_read_and_deleted(client):
    content = b"anything at all\n" * 1000
    before = client.files.create(file=("a.jsonl", b"first"), purpose="batch")
    file = upload(client, content, "folder/b.jsonl")
    assert file.id.startswith("file-") and file.object == "file" and file.status == "processed"
    assert (file.bytes, file.filename, file.purpose) == (len(content), "b.jsonl", "batch")
    assert client.files.retrieve(file.id) == file
    assert client.files.content(file.id).content == content
    # The SDK follows the pages by itself.
    listed = [item.id for item in client.files.list(limit=1, purpose="batch")]
    assert listed[:2] == [file.id, before.id] and len(set(listed)) == len(listed)
    deleted = client.files.delete(file.id)
    assert deleted.deleted and deleted.id == file.id
    for call in (client.files.retrieve, client.files.content, client.files.delete):
        with pytest.raises(openai.NotFoundError):
            call(file.id)
    assert file.id not in [item.id for item in client.files.list()]


def test_refusals_are_the_sdks_own_exceptions_and_name_the_field(client):
    with pytest.raises(openai.BadRequestError) as caught:
        client.files.create(file=("a.jsonl", b"x"), purpose="fine-tune")
    assert caught.value.param == "purpose"
    with pytest.raises(openai.BadRequestError) as caught:
        client.files.create(file=("a.jsonl", b""), purpose="batch")
    assert caught.value.param == "file"
    file = upload(client, b"{}")
    with pytest.raises(openai.BadRequestError) as caught:
        client.batches.create(input_file_id=file.id, endpoint="/v1/images/generations", completion_window="24h")
    assert caught.value.param == "endpoint"
    with pytest.raises(openai.NotFoundError) as caught:
        client.batches.create(input_file_id="file-none", endpoint=CHAT, completion_window="24h")
    assert caught.value.param == "input_file_id"
    with pytest.raises(openai.NotFoundError):
        client.batches.retrieve("batch_none")


def test_every_line_is_answered_once_under_its_identity(client, api, echo, bot):
    lines = [line(f"echo-{number}", echo, user=f"u{number}", seed=number) for number in range(60)]
    lines += [line(f"bot-{number}", bot) for number in range(30)]
    lines += [line("ä \"quoted\" \u2028", bot), line("no messages", bot)]
    del lines[-1]["body"]["messages"]
    lines[-1]["body"]["temperature"] = "hot"
    made = start(client, lines, metadata={"why": "nightly"})
    assert made.id.startswith("batch_") and made.object == "batch" and made.endpoint == CHAT
    assert made.status in ("validating", "in_progress", "completed") and made.completion_window == "24h"
    assert made.expires_at - made.created_at == 24 * 3600
    assert made.metadata == {"why": "nightly"}
    batch = wait(client, made)
    assert batch.status == "completed" and batch.errors is None
    assert batch.created_at <= batch.in_progress_at <= batch.finalizing_at <= batch.completed_at
    found = answers(client, batch)
    assert list(found) and set(found) == {entry["custom_id"] for entry in lines}
    for number in range(60):
        answer = found[f"echo-{number}"]
        assert answer["error"] is None and answer["response"]["status_code"] == 200
        assert answer["response"]["request_id"] == f"{batch.id}-{number + 1}"
        sent = json.loads(answer["response"]["body"]["choices"][0]["message"]["content"])
        assert sent == {**lines[number]["body"], "model": "echo"}
    output = client.files.retrieve(batch.output_file_id)
    assert output.purpose == "batch_output" and output.filename == f"{batch.id}_output.jsonl"
    assert output.bytes == len(client.files.content(output.id).content)
    # What batches asked is told apart from what callers asked, and found by its deployment.
    outcomes = api.items("/api/v1/outcomes", origin="batch", deployment=bot)
    assert len(outcomes) >= 31 and all(outcome["request_id"].startswith("batch_") for outcome in outcomes)
    assert not [o for o in api.items("/api/v1/outcomes", deployment=echo) if o["request_id"].startswith(batch.id)]
    assert api.metric("signalbox_batch_lines", file="output") >= batch.request_counts.completed


@pytest.mark.parametrize("endpoint, body, shape", [
    ("/v1/embeddings", {"input": "text"}, "list"),
    ("/v1/completions", {"prompt": "Once"}, "text_completion"),
    ("/v1/responses", {"input": "Hello"}, "response"),
    ("/v1/moderations", {"input": "text"}, None),
])
def test_every_surface_of_a_batch_is_answered(client, bot, endpoint, body, shape):
    batch = wait(client, start(
        client, [line(f"{number}", bot, endpoint, **body) for number in range(5)], endpoint))
    assert batch.status == "completed", batch
    for answer in answers(client, batch).values():
        assert answer["response"]["status_code"] == 200, answer
        assert shape is None or answer["response"]["body"]["object"] == shape


def test_a_file_as_windows_writes_it_is_read(client, bot):
    content = b"\xef\xbb\xbf" + jsonl([line("a", bot), line("b", bot)]).replace(b"\n", b"\r\n") + b"\r\n"
    content += json.dumps(line("c", bot)).encode()
    batch = wait(client, start(client, content))
    assert set(answers(client, batch)) == {"a", "b", "c"}


def test_what_is_wrong_with_a_file_is_named_by_its_line(client, bot):
    good = json.dumps(line("good", bot)).encode()
    cases = [
        (b"{", "invalid_json_line", None), (b"\xff\xfe", "invalid_json_line", None),
        (good, "duplicate_custom_id", "custom_id"),
        (json.dumps(line("1", bot, "/v1/embeddings")).encode(), "url_mismatch", "url"),
        (json.dumps({**line("2", bot), "method": "GET"}).encode(), "invalid_method", "method"),
        (json.dumps({**line("3", bot), "body": "text"}).encode(), "invalid_body", "body"),
        (json.dumps(line("4", bot, stream=True)).encode(), "unsupported_stream", "body.stream"),
        (json.dumps({**line("5", bot), "custom_id": 7}).encode(), "invalid_type", "custom_id"),
        (json.dumps(line("6", "no-such-deployment")).encode(), "model_not_found", "body.model"),
    ]
    batch = wait(client, start(client, b"\n".join([good, b""] + [entry for entry, _, _ in cases])))
    assert batch.status == "failed" and batch.failed_at and batch.output_file_id is None
    assert batch.errors.object == "list"
    wanted = [(code, param, number) for number, (_, code, param) in enumerate(cases, start=3)]
    assert [(error.code, error.param, error.line) for error in batch.errors.data] == wanted
    assert batch.request_counts.total == 0


def test_a_large_file_passes_and_is_bounded(spawn):
    server = spawn(environment={"SIGNALBOX_BATCH_FILE_BYTES_MAX": str(20 << 20)}).ready()
    with sdk(server) as client:
        content = os.urandom(1 << 20) * 20
        file = upload(client, content)
        assert client.files.content(file.id).content == content
        with pytest.raises(openai.APIStatusError) as caught:
            upload(client, content + b"x")
        assert caught.value.status_code == 413


def test_answers_stop_at_the_bound_of_their_project_and_what_was_answered_stays(spawn, simulator):
    server = spawn(environment={"SIGNALBOX_BATCH_PROJECT_BYTES_MAX": "95000"}).ready()
    bot = server.api.deploy_model(server.api.add_provider(simulator.base_url), "small")
    with sdk(server) as client:
        batch = wait(client, start(client, [line(f"{number}", bot) for number in range(200)]))
        assert batch.status == "completed" and 0 < batch.request_counts.completed < 200, batch
        assert [error.code for error in batch.errors.data] == ["storage_limit_reached"]
        assert "batch.project_bytes_max" in batch.errors.data[0].message
        found = answers(client, batch)
        assert len(found) == 200
        refused = [entry["error"]["code"] for entry in found.values() if entry["error"]]
        assert refused == ["storage_limit_reached"] * batch.request_counts.failed
        with pytest.raises(openai.APIStatusError) as caught:
            client.batches.create(input_file_id=batch.input_file_id, endpoint=CHAT, completion_window="24h")
        assert caught.value.status_code == 413 and "batch.project_bytes_max" in str(caught.value)
    assert server.api.metric("signalbox_batch_lines_without_room") == batch.request_counts.failed
    assert server.api.metric("signalbox_batch_storage_refused", bound="project") == 1
    assert server.api.metric("signalbox_batch_disk_free_bytes") > 0
    # Only what was answered was asked.
    assert len(server.api.items("/api/v1/outcomes", origin="batch")) == batch.request_counts.completed


def test_cancelling_stops_soon_and_keeps_what_is_done(client, api, slow):
    bot = api.deploy_model(api.add_provider(slow.base_url), "small")
    made = start(client, [line(f"{number}", bot) for number in range(200)])
    wait(client, made, {"in_progress"}, lambda batch: batch.request_counts.completed > 0)
    started = time.monotonic()
    cancelled = client.batches.cancel(made.id)
    assert cancelled.status in ("cancelling", "cancelled") and cancelled.cancelling_at
    batch = wait(client, made)
    assert time.monotonic() - started < 5 * PATIENCE
    assert batch.status == "cancelled" and batch.cancelled_at
    assert 0 < batch.request_counts.completed < 200
    found = answers(client, batch)
    assert len(found) == 200
    unasked = [entry for entry in found.values() if entry["error"]]
    assert len(unasked) == batch.request_counts.failed
    assert all(entry["error"]["code"] == "batch_cancelled" and entry["response"] is None for entry in unasked)
    with pytest.raises(openai.ConflictError):
        client.batches.cancel(made.id)


def test_kills_in_the_midst_lose_no_line_and_double_none(spawn, slow):
    server = spawn(environment={"SIGNALBOX_BATCH_CONCURRENCY": "16"}).ready()
    bot = server.api.deploy_model(server.api.add_provider(slow.base_url), "small")
    with sdk(server) as client:
        batch = start(client, [line(f"line-{number}", bot) for number in range(150)])
        goals = [1, 30, 70]
        for goal in goals:
            seen = wait(
                client, batch, {"in_progress"}, lambda b: b.request_counts.completed >= goal).request_counts.completed
            server.kill()
            server = spawn(port=server.port, environment={"SIGNALBOX_BATCH_CONCURRENCY": "16"}).ready()
            # What was counted is in the file.
            assert client.batches.retrieve(batch.id).request_counts.completed >= seen
        batch = wait(client, batch)
        assert batch.status == "completed"
        assert (batch.request_counts.total, batch.request_counts.completed) == (150, 150)
        assert set(answers(client, batch)) == {f"line-{number}" for number in range(150)}
    # A line that was being asked when the process was killed may be asked again, and no other: each by its own name.
    asked = collections.Counter(
        outcome["request_id"] for outcome in server.api.items("/api/v1/outcomes", origin="batch"))
    assert set(asked) <= {f"{batch.id}-{number}" for number in range(1, 151)}


def test_a_stopped_server_finishes_the_lines_under_way_and_goes_on(spawn, slow):
    server = spawn().ready()
    bot = server.api.deploy_model(server.api.add_provider(slow.base_url), "small")
    with sdk(server) as client:
        batch = start(client, [line(f"line-{number}", bot) for number in range(60)])
        wait(client, batch, {"in_progress"}, lambda b: b.request_counts.completed >= 5)
        assert server.stop() == 0
        server = spawn(port=server.port).ready()
        assert len(answers(client, wait(client, batch))) == 60
    outcomes = server.api.items("/api/v1/outcomes", origin="batch")
    # None was cut short, and so none was paid for twice.
    assert len(outcomes) == 60 and {outcome["status"] for outcome in outcomes} == {"ok"}


def test_limits_of_the_key_make_lines_wait_and_not_fail(signalbox, api, bot):
    key = api.post(
        "/api/v1/keys", {"name": unique("key"), "role": "caller", "limits": {"requests_per_minute": 600}})
    with sdk(signalbox, key["key"]) as client:
        started = time.monotonic()
        batch = wait(client, start(client, [line(f"{number}", bot) for number in range(40)]))
        # Some at once, then ten a second.
        assert time.monotonic() - started > 1.5
        assert (batch.request_counts.completed, batch.request_counts.failed) == (40, 0)
    assert api.metric("signalbox_batch_lines_put_off") > 0


def test_what_a_limit_never_lets_through_fails_at_once(signalbox, api, bot):
    key = api.post(
        "/api/v1/keys", {"name": unique("key"), "role": "caller", "limits": {"tokens_per_minute": 100}})
    with sdk(signalbox, key["key"]) as client:
        batch = wait(client, start(client, [line("large", bot, max_tokens=1_000_000)]))
        answer = answers(client, batch)["large"]["response"]
        assert answer["status_code"] == 400 and answer["body"]["error"]["param"] == "key.tokens_per_minute"


def test_a_revoked_key_ends_its_batch_line_by_line(signalbox, api, client, slow):
    bot = api.deploy_model(api.add_provider(slow.base_url), "small")
    key = api.post("/api/v1/keys", {"name": unique("key"), "role": "caller"})
    with sdk(signalbox, key["key"]) as own:
        made = start(own, [line(f"{number}", bot) for number in range(100)])
        wait(own, made, {"in_progress"}, lambda batch: batch.request_counts.completed > 0)
    assert api.request("DELETE", f"/api/v1/keys/{key['id']}").status == 204
    batch = wait(client, made)
    assert batch.status == "completed" and batch.request_counts.failed > 0
    errors = [entry["response"]["body"]["error"]["code"] for entry in read(client, batch.error_file_id)]
    assert set(errors) == {"invalid_api_key"}


def test_files_and_batches_belong_to_their_project(signalbox, api, client, bot):
    project = unique("project")
    api.post("/api/v1/projects", {"name": project})
    key = api.post("/api/v1/keys", {"name": unique("key"), "role": "admin", "project": project})
    made = start(client, [line("a", bot)])
    with sdk(signalbox, key["key"]) as other:
        assert other.files.list().data == [] and other.batches.list().data == []
        for call in (other.files.retrieve, other.files.content, other.files.delete):
            with pytest.raises(openai.NotFoundError):
                call(made.input_file_id)
        for call in (other.batches.retrieve, other.batches.cancel):
            with pytest.raises(openai.NotFoundError):
                call(made.id)
        with pytest.raises(openai.NotFoundError):
            other.batches.create(input_file_id=made.input_file_id, endpoint=CHAT, completion_window="24h")
    batch = wait(client, made)
    assert batch.status == "completed"
    assert batch.id in [entry.id for entry in client.batches.list(limit=1)]


def test_a_provider_that_limits_is_waited_for(client, api, simulator):
    """Its 429 carries a Retry-After; a deployment elsewhere is not held up."""
    provider = api.add_provider(simulator.base_url)
    limited = api.deploy_model(provider, "fault-429")
    free = api.deploy_model(api.add_provider(simulator.base_url), "small")
    made = start(client, [line("limited", limited)] + [line(f"{number}", free) for number in range(20)])
    batch = wait(client, made, {"in_progress"}, lambda batch: batch.request_counts.completed == 20)
    assert batch.request_counts.failed == 0
    client.batches.cancel(made.id)
    found = answers(client, wait(client, made))
    assert found["limited"]["error"]["code"] == "batch_cancelled"


def test_a_wrong_credential_burns_no_line_and_is_seen(client, api, simulator):
    """A batch waits for its provider, says what for, and goes on when it is mended."""
    provider = api.add_provider(simulator.base_url)
    bot = api.deploy_model(provider, "fault-401")
    made = start(client, [line(f"{number}", bot) for number in range(300)])
    batch = wait(
        client, made, {"in_progress"}, lambda batch: (getattr(batch, "signalbox", None) or {}).get("held"))
    hold, = batch.signalbox["held"]
    assert (hold["model"], hold["reason"], hold["code"]) == (bot, "provider", "provider_misconfigured")
    assert batch.request_counts.failed == batch.request_counts.completed == 0
    assert api.metric("signalbox_batch_lanes_held", reason="provider") >= 1
    variants = [{"name": "control", "model": api.add_model(provider, "small"), "weight": 100}]
    assert api.request("PATCH", f"/api/v1/deployments/{bot}", {"variants": variants}).status == 200
    batch = wait(client, made)
    assert (batch.status, batch.request_counts.completed) == ("completed", 300)


def test_callers_go_first(spawn, simulator):
    """While as many of them are being answered as the setting says, no line begins."""
    server = spawn(environment={"SIGNALBOX_BATCH_LIVE_INFERENCES_MAX": "1"}).ready()
    provider = server.api.add_provider(simulator.base_url)
    bot, late = server.api.deploy_model(provider, "small"), server.api.deploy_model(provider, "fault-slow")
    with sdk(server) as client, concurrent.futures.ThreadPoolExecutor(1) as pool:
        ask = {"model": late, "messages": [{"role": "user", "content": "?"}]}
        call = pool.submit(client.chat.completions.create, **ask)
        deadline = time.monotonic() + DEADLINE_S
        while server.api.metric("signalbox_inferences_running") == 0 and time.monotonic() < deadline:
            assert not call.done()
        made = start(client, [line(f"{number}", bot) for number in range(10)])
        wait(client, made, {"in_progress"})
        while not call.done():
            seen = client.batches.retrieve(made.id).request_counts
            # Unless it has just ended, which it does a second after it began.
            assert seen.completed == 0 or call.result(timeout=0.5)
        assert call.result().choices
        assert wait(client, made).request_counts.completed == 10


def test_any_provider_answers_a_batch(client, api, simulator):
    """A line of OpenAI's format reaches a model that speaks another."""
    provider = unique("anthropic")
    api.post("/api/v1/providers", {
        "name": provider, "kind": "anthropic", "base_url": simulator.base_url.removesuffix("/v1"),
        "allow_private": True, "credential": "sk-simulated-credential"})
    bot = api.deploy_model(provider, "small")
    batch = wait(client, start(client, [line(f"{number}", bot, max_tokens=50) for number in range(5)]))
    for answer in answers(client, batch).values():
        assert answer["response"]["status_code"] == 200, answer
        assert answer["response"]["body"]["object"] == "chat.completion"


def test_a_large_upload_is_not_held_in_memory(spawn):
    server = spawn().ready()
    with sdk(server) as client:
        upload(client, b"x" * (4 << 20))
        before = server.resident_bytes()
        piece = os.urandom(1 << 20)
        file = upload(client, piece * 150)
        with client.files.with_streaming_response.content(file.id) as answer:
            assert sum(len(data) for data in answer.iter_bytes()) == file.bytes == 150 << 20
        assert server.resident_bytes() - before < 32 << 20


def test_the_same_idempotency_key_makes_one_batch(client, bot):
    file = upload(client, jsonl([line("a", bot)]))
    fields = {"input_file_id": file.id, "endpoint": CHAT, "completion_window": "24h"}
    header = {"Idempotency-Key": unique("once")}
    first = client.batches.create(**fields, extra_headers=header)
    assert client.batches.create(**fields, extra_headers=header).id == first.id
    assert client.batches.create(**fields).id != first.id
