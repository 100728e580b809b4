"""The process from outside: how it starts, refuses to start, drains, and lives on with a full disk."""

import os
import socket
import subprocess
import threading
import time

import openai
import pytest

from processes import BOOTSTRAP_KEY, free_port

ASK = [{"role": "user", "content": "hello"}]


def test_termination_finishes_what_runs_and_exits_cleanly(spawn, scripted):
    server = spawn(environment={"SIGNALBOX_SERVER_DRAIN_DELAY_MS": "3000"}).ready()
    bot = server.api.deploy_model(server.api.add_provider(scripted.base_url), "scripted")
    with openai.OpenAI(api_key=BOOTSTRAP_KEY, base_url=f"{server.url}/v1", max_retries=0, timeout=60) as client:
        stream = iter(client.chat.completions.create(model=bot, messages=ASK, stream=True))
        text = [next(stream).choices[0].delta.content]
        server.child.terminate()
        # The listener stays for the delay, so that who balances the load can see it coming.
        answer = await_unready(server.api)
        assert answer.headers["connection"] == "close"
        assert b"draining" in answer.body
        assert server.api.get("/healthz").status == 200
        await_refusal(server.port)
        scripted.finish.set()
        text += [chunk.choices[0].delta.content or "" for chunk in stream]
    assert "".join(text) == "one two"
    assert server.wait() == 0


def await_unready(api, deadline_s=20):
    deadline = time.monotonic() + deadline_s
    while time.monotonic() < deadline:
        answer = api.get("/readyz")
        if answer.status == 503:
            return answer
        time.sleep(0.005)
    raise AssertionError("it stays ready")


def await_refusal(port, deadline_s=20):
    deadline = time.monotonic() + deadline_s
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except ConnectionRefusedError:
            return
        except OSError:
            pass
        time.sleep(0.005)
    raise AssertionError("it still listens")


def test_second_termination_ends_it_at_once(spawn, scripted):
    server = spawn().ready()
    bot = server.api.deploy_model(server.api.add_provider(scripted.base_url), "scripted")
    with openai.OpenAI(api_key=BOOTSTRAP_KEY, base_url=f"{server.url}/v1", max_retries=0, timeout=60) as client:
        stream = client.chat.completions.create(model=bot, messages=ASK, stream=True)
        next(iter(stream))
        server.child.terminate()
        await_refusal(server.port)
        server.child.terminate()
        server.wait(deadline_s=5)


def test_what_the_end_of_the_drain_cuts_off_is_recorded_too(spawn, scripted):
    first = spawn(environment={"SIGNALBOX_SERVER_DRAIN_TIMEOUT_MS": "200"}).ready()
    bot = first.api.deploy_model(first.api.add_provider(scripted.base_url), "scripted")
    with openai.OpenAI(api_key=BOOTSTRAP_KEY, base_url=f"{first.url}/v1", max_retries=0, timeout=60) as client:
        stream = client.chat.completions.create(model=bot, messages=ASK, stream=True)
        next(iter(stream))
        first.child.terminate()
        first.wait()
    outcomes = spawn().ready().api.items("/api/v1/outcomes", deployment=bot)
    assert [outcome["status"] for outcome in outcomes] == ["client_closed"]


def test_what_was_acknowledged_is_there_after_a_restart(spawn, simulator):
    first = spawn().ready()
    bot = first.api.deploy_model(first.api.add_provider(simulator.base_url), "small")
    answer = first.api.post("/v1/chat/completions", {"model": bot, "messages": ASK}, expect=200)
    assert answer["choices"]
    assert first.stop() == 0
    second = spawn().ready()
    assert second.api.read(f"/api/v1/deployments/{bot}")["revision"] == 1
    assert len(second.api.items("/api/v1/outcomes", deployment=bot)) == 1
    # The provider's credential was sealed with a key that is still there.
    second.api.post("/v1/chat/completions", {"model": bot, "messages": ASK}, expect=200)


def fails_to_start(server, code):
    assert server.wait() == code, server.said()
    return server.said()


def test_second_process_on_the_data_is_told_who_holds_it(spawn):
    holder = spawn().ready()
    said = fails_to_start(spawn(), 1)
    assert str(holder.pid) in said.splitlines()[-1]
    assert holder.api.get("/readyz").status == 200


def test_port_that_is_taken_is_a_failed_start(spawn):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert str(port) in fails_to_start(spawn(port=port), 1)


def test_data_directory_that_cannot_be_made_is_a_failed_start(spawn, tmp_path):
    (tmp_path / "file").write_text("not a directory")
    assert "file" in fails_to_start(spawn(data=tmp_path / "file" / "data"), 1)


@pytest.mark.parametrize("text, line, words", [
    ("server:\n  loops: many\n", 2, "server.loops"),
    ("server:\n  loops: 1\n\nlog:\n  levle: info\n", 5, "log.level"),
    ("servers:\n  loops: 1\n", 1, "server"),
])
def test_wrong_configuration_is_named_with_its_line(spawn, tmp_path, text, line, words):
    config = tmp_path / "wrong.yaml"
    config.write_text(text)
    said = fails_to_start(spawn(arguments=("serve", "--config", str(config))), 2)
    assert f"{config}:{line}" in said
    assert words in said


def test_wrong_environment_and_command_line_exit_with_two(spawn):
    assert "SIGNALBOX_LOOPS" in fails_to_start(spawn(environment={"SIGNALBOX_LOOPS": "several"}), 2)
    fails_to_start(spawn(arguments=("serve", "--no-such-option")), 2)


def test_development_key_is_refused_away_from_loopback(spawn):
    said = fails_to_start(spawn(environment={"SIGNALBOX_LISTEN": f"0.0.0.0:{free_port()}"}), 1)
    assert "SIGNALBOX_MASTER_KEY" in said


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 8 MiB."""
    if os.geteuid() != 0:
        pytest.skip("mounting a small file system needs root")
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(disk)], capture_output=True, text=True)
    if mounted.returncode != 0:
        pytest.skip(f"mounting is not permitted here: {mounted.stderr.strip()}")
    try:
        yield disk
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)


def fill(path):
    with open(path, "wb", buffering=0) as file:
        for block in (1 << 16, 1 << 12):
            try:
                while True:
                    file.write(bytes(block))
            except OSError:
                pass


def test_full_disk_refuses_control_writes_and_nothing_else(spawn, small_disk, simulator):
    server = spawn(data=small_disk / "data").ready()
    api = server.api
    bot = api.deploy_model(api.add_provider(simulator.base_url), "small")
    ballast = small_disk / "ballast"
    fill(ballast)
    # The log that is there already may still have room for some.
    for number in range(2_000):
        refused = api.request("POST", "/api/v1/models", {"name": f"filler-{number}", "description": "x" * 1_000})
        if refused.status != 201:
            break
    assert refused.status == 507, refused
    assert refused.headers["content-type"].startswith("application/problem+json")
    assert api.get("/healthz").status == 200
    assert api.read(f"/api/v1/deployments/{bot}")["revision"] == 1
    assert api.get(f"/api/v1/models/filler-{number}").status == 404, "refused, so not done"
    for _ in range(50):
        api.post("/v1/chat/completions", {"model": bot, "messages": ASK}, expect=200)
    assert api.get("/api/v1/outcomes", deployment=bot).status == 200
    wanted, keyed = write_until_refused(api, "wanted")
    ballast.unlink()
    api.post("/api/v1/models", {"name": "there-is-room-again"})
    assert await_outcomes(api, bot, 50) == 50, "what was answered meanwhile is recorded now"
    # The refusal was not remembered: the same request under the same key is done now, once.
    done = api.request("POST", "/api/v1/models", wanted, keyed)
    assert (done.status, "idempotency-replayed" in done.headers) == (201, False)
    assert api.request("POST", "/api/v1/models", wanted, keyed).headers["idempotency-replayed"] == "true"
    # And again, in the same process: it was no recovery of one time only.
    fill(ballast)
    second, _ = write_until_refused(api, "second")
    assert api.get(f"/api/v1/models/{wanted['name']}").status == 200
    ballast.unlink()
    api.post("/api/v1/models", second)
    assert server.stop() == 0
    names = {model["name"] for model in spawn(data=small_disk / "data").ready().api.items("/api/v1/models")}
    assert {wanted["name"], "there-is-room-again", second["name"]} <= names


def write_until_refused(api, stem):
    """What the log still has room for is taken; gives the body and the headers of what was refused."""
    for number in range(2_000):
        body = {"name": f"{stem}-{number}", "description": "x" * 4_000}
        headers = {"Idempotency-Key": f"{stem}-{number}"}
        refused = api.request("POST", "/api/v1/models", body, headers)
        if refused.status != 201:
            assert refused.status == 507, refused
            return body, headers
    raise AssertionError("the disk never filled")


def await_outcomes(api, bot, count, deadline_s=20):
    deadline = time.monotonic() + deadline_s
    while True:
        found = len(api.items("/api/v1/outcomes", deployment=bot))
        if found >= count or time.monotonic() > deadline:
            return found
        time.sleep(0.05)


def test_reload_changes_what_can_be_changed_and_keeps_serving(spawn, tmp_path):
    config = tmp_path / "signalbox.yaml"
    config.write_text("log:\n  level: info\n")
    server = spawn(arguments=("serve", "--config", str(config))).ready()
    config.write_text("log:\n  level: nonsense\n")
    server.child.send_signal(1)
    await_words(server, "expected")
    config.write_text("log:\n  level: debug\n")
    server.child.send_signal(1)
    await_words(server, "debug")
    assert server.api.get("/readyz").status == 200


def await_words(server, words, deadline_s=20):
    deadline = time.monotonic() + deadline_s
    while words not in server.said():
        server.check_alive()
        assert time.monotonic() < deadline, server.said()
        time.sleep(0.01)


def test_control_writes_are_not_slowed_by_inferences(spawn, simulator):
    """Control data and outcomes are two files with two writers: logging never delays a rollout."""
    server = spawn().ready()
    bot = server.api.deploy_model(server.api.add_provider(simulator.base_url), "small")
    ended = threading.Event()
    failures = []

    def load():
        while not ended.is_set():
            answer = server.api.request("POST", "/v1/chat/completions", {"model": bot, "messages": ASK})
            if answer.status != 200:
                failures.append(answer)

    threads = [threading.Thread(target=load) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        for number in range(50):
            server.api.post("/api/v1/models", {"name": f"beside-traffic-{number}"})
    finally:
        ended.set()
        for thread in threads:
            thread.join()
    assert failures == []
