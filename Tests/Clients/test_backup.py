"""`signalbox backup` and `restore`: beside a server under load, and when things are not as they should be."""

import json
import os
import shutil
import sqlite3
import threading

import pytest

from test_batches import answers, line, sdk, slow, start, wait  # noqa: F401 (a fixture too)
from test_commands import run

FILES = ("control.sqlite", "telemetry.sqlite", "batch.sqlite")
ASK = [{"role": "user", "content": "?"}]


def command(data, *arguments, **environment):
    return run(*arguments, environment={"SIGNALBOX_DATA_DIR": str(data), **environment})


def integrity(path):
    connection = sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)
    try:
        return [row[0] for row in connection.execute("PRAGMA integrity_check")]
    finally:
        connection.close()


@pytest.fixture
def backed_up(spawn, tmp_path):
    """A stopped installation with one model, and a backup of it."""
    server = spawn().ready()
    server.api.post("/api/v1/models", {"name": "kept"})
    assert server.stop() == 0
    made = command(server.data, "backup", str(tmp_path / "backup"))
    assert made.returncode == 0, made.stderr
    return server.data, tmp_path / "backup"


def test_backup_of_a_busy_server_is_one_moment_and_brings_it_back(spawn, simulator, tmp_path):
    server = spawn().ready()
    api = server.api
    bot = api.deploy_model(api.add_provider(simulator.base_url, name="upstream"), "small")
    ended, acknowledged, failures = threading.Event(), [], []

    def work(worker):
        number = 0
        while not ended.is_set():
            number += 1
            name = f"w{worker}-{number}"
            answer = api.request("POST", "/api/v1/models", {"name": name})
            call = api.request("POST", "/v1/chat/completions", {"model": bot, "messages": ASK})
            (acknowledged if answer.status == 201 else failures).append(name)
            if call.status != 200:
                failures.append(call)

    workers = [threading.Thread(target=work, args=(number,)) for number in range(3)]
    for worker in workers:
        worker.start()
    try:
        backups = []
        for number in range(3):
            goal = len(acknowledged) + 20
            while len(acknowledged) < goal:
                server.check_alive()
            before = set(acknowledged)
            made = command(server.data, "backup", str(tmp_path / f"backup-{number}"))
            assert made.returncode == 0, made.stderr
            assert "development.key" in made.stdout and "Keep apart" in made.stdout
            backups.append((tmp_path / f"backup-{number}", before))
    finally:
        ended.set()
        for worker in workers:
            worker.join()
    assert failures == []
    assert server.stop() == 0
    everything = set(acknowledged)
    key = server.data / "development.key"

    for backup, before in backups:
        assert sorted(file.name for file in backup.iterdir()) == sorted([*FILES, "manifest.json"])
        for name in FILES:
            assert integrity(backup / name) == ["ok"]
            assert (backup / name).stat().st_mode & 0o077 == 0
        sealed = b"".join(file.read_bytes() for file in backup.iterdir())
        assert key.read_bytes().strip() not in sealed and b"sk-simulated-credential" not in sealed
        data = tmp_path / f"restored-from-{backup.name}"
        data.mkdir(mode=0o700)
        shutil.copy2(key, data)
        brought = command(data, "restore", str(backup))
        assert brought.returncode == 0, brought.stderr
        again = spawn(data=data).ready()
        names = {model["name"] for model in again.api.items("/api/v1/models")}
        assert before <= names, "acknowledged before the backup began"
        assert {name for name in names if name.startswith("w")} <= everything
        # The credential opens, so the provider answers.
        answer = again.api.request("POST", "/v1/chat/completions", {"model": bot, "messages": ASK})
        assert answer.status == 200, answer
        # What telemetry names is in the control file.
        for outcome in again.api.items("/api/v1/outcomes"):
            assert outcome["deployment"] == bot
        assert again.stop() == 0


def test_restore_refuses_a_held_directory_and_data_that_is_there(backed_up, spawn):
    data, backup = backed_up
    there = command(data, "restore", str(backup))
    assert there.returncode == 1
    assert "--force" in there.stderr
    server = spawn(data=data).ready()
    held = command(data, "restore", str(backup), "--force")
    assert held.returncode == 1
    assert str(server.pid) in held.stderr
    server.api.post("/api/v1/models", {"name": "after-the-backup"})
    server.kill()
    # The log of the killed server must not be replayed over what is restored.
    assert (data / "control.sqlite-wal").stat().st_size > 0
    brought = command(data, "restore", str(backup), "--force")
    assert brought.returncode == 0, brought.stderr
    names = [model["name"] for model in spawn(data=data).ready().api.items("/api/v1/models")]
    assert names == ["kept"]


def test_restore_that_was_cut_short_is_finished_by_the_next_command(backed_up, spawn):
    data, backup = backed_up
    due = data / "restore.due"
    due.mkdir()
    shutil.copy2(backup / "telemetry.sqlite", due)
    shutil.copy2(backup / "control.sqlite", due)
    refused = command(data, "backup", str(data.parent / "another"))
    assert refused.returncode == 1 and "migrate" in refused.stderr
    assert command(data, "migrate").returncode == 0
    assert not due.exists()
    assert [model["name"] for model in spawn(data=data).ready().api.items("/api/v1/models")] == ["kept"]


def damage(path, offset):
    with open(path, "r+b") as file:
        file.seek(offset)
        byte = file.read(1)
        file.seek(offset)
        file.write(bytes([byte[0] ^ 0xFF]))


def test_backup_that_was_changed_is_refused_and_the_data_stays(backed_up):
    data, backup = backed_up
    before = [(data / name).read_bytes() for name in FILES]
    manifest = json.loads((backup / "manifest.json").read_text())
    cases = []

    def case(words, change):
        copy = backup.parent / f"damaged-{len(cases)}"
        shutil.copytree(backup, copy)
        change(copy)
        cases.append((copy, words))

    def rewrite(copy, **fields):
        (copy / "manifest.json").write_text(json.dumps({**manifest, **fields}))

    case("SHA-256", lambda copy: damage(copy / "control.sqlite", 5000))
    case("bytes", lambda copy: os.truncate(copy / "telemetry.sqlite", 4096))
    case("bytes", lambda copy: (copy / "control.sqlite").unlink())
    case("no finished backup", lambda copy: (copy / "manifest.json").unlink())
    case("format", lambda copy: rewrite(copy, format=2))
    case("files/0/name", lambda copy: rewrite(copy, files=[{**manifest["files"][0], "name": "../x"}, {}]))
    case("at byte", lambda copy: (copy / "manifest.json").write_text("{"))
    for copy, words in cases:
        refused = command(data, "restore", str(copy), "--force")
        assert refused.returncode == 1, copy
        assert words in refused.stderr, refused.stderr
        assert refused.stderr.count("\n") == 1, refused.stderr
    assert [(data / name).read_bytes() for name in FILES] == before
    assert not (data / "restore.partial").exists() and not (data / "restore.due").exists()


def test_backup_under_another_master_key_is_refused_unless_forced(backed_up, tmp_path):
    _, backup = backed_up
    other = {"SIGNALBOX_MASTER_KEY": "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE="}
    refused = command(tmp_path / "elsewhere", "restore", str(backup), **other)
    assert refused.returncode == 1 and "not the master key" in refused.stderr
    forced = command(tmp_path / "elsewhere", "restore", str(backup), "--force", **other)
    assert forced.returncode == 0, forced.stderr


def test_backup_refuses_what_is_there_and_leaves_nothing_of_a_failure(backed_up, tmp_path):
    data, backup = backed_up
    again = command(data, "backup", str(backup))
    assert again.returncode == 1 and "not empty" in again.stderr
    assert command(tmp_path / "nothing-here", "backup", str(tmp_path / "x")).returncode == 1
    assert not (tmp_path / "nothing-here").exists(), "a backup makes no installation"
    damage(data / "control.sqlite", 100 + 3)
    with open(data / "control.sqlite", "r+b") as file:
        file.seek(4096 * 3)
        file.write(b"\xee" * 4096)
    broken = command(data, "backup", str(tmp_path / "of-a-broken-file"))
    assert broken.returncode == 1 and "control.sqlite" in broken.stderr
    assert [entry.name for entry in tmp_path.iterdir() if "broken" in entry.name] == []


def test_master_key_in_a_file_is_named(backed_up, tmp_path):
    data, _ = backed_up
    key = tmp_path / "master"
    shutil.copy2(data / "development.key", key)
    made = command(data, "backup", str(tmp_path / "second"), SIGNALBOX_MASTER_KEY_FILE=str(key))
    assert made.returncode == 0 and str(key) in made.stdout
    first = json.loads((tmp_path / "backup" / "manifest.json").read_text())
    second = json.loads((tmp_path / "second" / "manifest.json").read_text())
    assert first["master_key_mark"] == second["master_key_mark"], "the same key, wherever it stands"


def test_an_installation_from_before_batches_is_backed_up_and_brought_back(spawn, tmp_path):
    server = spawn().ready()
    server.api.post("/api/v1/models", {"name": "kept"})
    assert server.stop() == 0
    (server.data / "batch.sqlite").unlink()
    made = command(server.data, "backup", str(tmp_path / "backup"))
    assert made.returncode == 0, made.stderr
    manifest = json.loads((tmp_path / "backup" / "manifest.json").read_text())
    assert [file["name"] for file in manifest["files"]] == list(FILES[:2])
    restored = tmp_path / "restored"
    shutil.copytree(server.data, restored, ignore=shutil.ignore_patterns("*.sqlite*"))
    assert command(restored, "restore", str(tmp_path / "backup")).returncode == 0
    assert spawn(data=restored).ready().api.get("/api/v1/models/kept").status == 200


@pytest.fixture
def interrupted(spawn, slow, tmp_path):
    """A server that was backed up in the midst of a batch, finished it, and was stopped; what it asked is told."""
    server = spawn().ready()
    bot = server.api.deploy_model(server.api.add_provider(slow.base_url), "small")
    with sdk(server) as client:
        batch = start(client, [line(f"{number}", bot) for number in range(80)])
        wait(client, batch, {"in_progress"}, lambda seen: seen.request_counts.completed >= 10)
        made = command(server.data, "backup", str(tmp_path / "backup"))
        assert made.returncode == 0, made.stderr
        assert wait(client, batch).status == "completed"
    assert server.stop() == 0
    return server.data, tmp_path / "backup", batch.id


def asked(server, batch):
    return [outcome for outcome in server.api.items("/api/v1/outcomes", origin="batch")
            if outcome["request_id"].startswith(batch)]


def test_a_restored_batch_is_held_and_said_so_and_asks_nothing_until_it_is_resumed(interrupted, spawn):
    data, backup, batch = interrupted
    brought = command(data, "restore", str(backup), "--force")
    assert brought.returncode == 0, brought.stderr
    assert "paid for" in brought.stdout and batch in brought.stdout and "/resume" in brought.stdout
    told = command(data, "doctor", "--provider-timeout-ms", "0")
    assert "held from the next start on" in told.stdout
    server = spawn(data=data).ready()
    assert not (data / "batch.sqlite.hold").exists()
    with sdk(server) as client:
        before = len(asked(server, batch))
        held = client.batches.retrieve(batch)
        assert held.status == "in_progress" and held.held_at and 10 <= held.request_counts.completed < 80
        # Another one goes its way meanwhile: so the runner has looked, and passed it over.
        model = json.loads(client.files.content(held.input_file_id).text.split("\n")[0])["body"]["model"]
        wait(client, start(client, [line("other", model)]))
        assert client.batches.retrieve(batch).request_counts == held.request_counts
        assert len(asked(server, batch)) == before
        told = command(data, "doctor", "--provider-timeout-ms", "0")
        assert batch in told.stdout and "/resume" in told.stdout
        resumed = client.post(f"/batches/{batch}/resume", cast_to=object)
        assert resumed["held_at"] is None
        done = wait(client, held)
        assert done.status == "completed" and done.request_counts.completed == 80
        assert len(answers(client, done)) == 80
    assert server.stop() == 0
    told = command(data, "doctor", "--provider-timeout-ms", "0")
    assert "none is held" in told.stdout


def test_a_restored_batch_goes_on_where_the_operator_says_so(interrupted, spawn):
    data, backup, batch = interrupted
    brought = command(data, "restore", str(backup), "--force", "--resume-batches")
    assert brought.returncode == 0, brought.stderr
    assert "go on at the next start" in brought.stdout
    server = spawn(data=data).ready()
    with sdk(server) as client:
        done = wait(client, client.batches.retrieve(batch))
        assert done.status == "completed" and done.request_counts.completed == 80


def test_all_go_on_where_the_operator_says_so_also_what_an_earlier_restore_held(interrupted, spawn, tmp_path):
    data, backup, batch = interrupted
    assert command(data, "restore", str(backup), "--force", "--resume-batches").returncode == 0
    # The last word counts: the next start holds them.
    assert command(data, "restore", str(backup), "--force").returncode == 0
    server = spawn(data=data).ready()
    with sdk(server) as client:
        assert client.batches.retrieve(batch).held_at
    assert server.stop() == 0
    second = tmp_path / "second"
    assert command(data, "backup", str(second)).returncode == 0
    brought = command(data, "restore", str(second), "--force", "--resume-batches")
    assert brought.returncode == 0 and batch in brought.stdout and "go on at the next start" in brought.stdout
    told = command(data, "doctor", "--provider-timeout-ms", "0")
    assert "go on at the next start" in told.stdout and "/resume" not in told.stdout
    server = spawn(data=data).ready()
    with sdk(server) as client:
        done = wait(client, client.batches.retrieve(batch))
        assert done.status == "completed" and done.request_counts.completed == 80 and done.held_at is None
    assert not (data / "batch.sqlite.hold").exists()


def test_a_backup_without_batches_leaves_those_that_are_there_and_holds_them(spawn, slow, tmp_path):
    server = spawn().ready()
    bot = server.api.deploy_model(server.api.add_provider(slow.base_url), "small")
    made = command(server.data, "backup", str(tmp_path / "backup"))
    assert made.returncode == 0, made.stderr
    # As a version before batches makes it.
    (tmp_path / "backup" / "batch.sqlite").unlink()
    manifest = json.loads((tmp_path / "backup" / "manifest.json").read_text())
    manifest["files"] = manifest["files"][:2]
    (tmp_path / "backup" / "manifest.json").write_text(json.dumps(manifest))
    with sdk(server) as client:
        batch = start(client, [line(f"{number}", bot) for number in range(80)])
        wait(client, batch, {"in_progress"}, lambda seen: seen.request_counts.completed >= 10)
        server.kill()
    brought = command(server.data, "restore", str(tmp_path / "backup"), "--force")
    assert brought.returncode == 0, brought.stderr
    assert "batch.sqlite stays as it was" in brought.stdout and batch.id in brought.stdout
    again = spawn(data=server.data).ready()
    with sdk(again) as client:
        held = client.batches.retrieve(batch.id)
        assert held.held_at and held.request_counts.completed >= 10
        assert client.batches.cancel(batch.id).status in ("cancelling", "cancelled")
        ended = wait(client, held)
        assert ended.status == "cancelled" and len(answers(client, ended)) == 80
