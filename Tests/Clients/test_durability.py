"""`kill -9` at any moment loses no acknowledged control write, and does no deed twice."""

import http.client
import json
import os
import random
import sqlite3
import threading
import time

from processes import free_port

# `make soak-kills` asks for 500. The seed makes a run repeat its choices, another one makes others.
KILLS = int(os.environ.get("SIGNALBOX_KILLS", "50"))
WRITERS = 4
SEED = int(os.environ.get("SIGNALBOX_KILLS_SEED", "20261121"))


class Writer(threading.Thread):
    """Writes until told to stop. A deed whose answer was lost is sent again, with its key, after the restart."""

    def __init__(self, api, number, ledger):
        super().__init__()
        self.api = api
        self.number = number
        self.ledger = ledger
        self.count = 0
        self.unanswered = None
        self.running = threading.Event()
        self.ended = threading.Event()
        self.faults = []

    def run(self):
        while not self.ended.is_set():
            if not self.running.wait(0.1):
                continue
            deed = self.unanswered or self.next_deed()
            self.unanswered = deed
            try:
                answer = self.api.request("POST", deed["path"], deed["body"], {"Idempotency-Key": deed["key"]})
            except (OSError, http.client.HTTPException):
                # The process was killed: nobody knows whether it was done.
                time.sleep(0.002)
                continue
            if answer.status == 503:
                time.sleep(0.002)
                continue
            if answer.status != 201:
                self.faults.append((deed, answer))
                self.unanswered = None
                continue
            self.ledger.append((deed, answer.json))
            self.unanswered = None

    def next_deed(self):
        self.count += 1
        key = f"deed-{self.number}-{self.count}"
        if self.count % 3 == 0:
            return {"key": key, "path": "/api/v1/models", "body": {"name": key}}
        if self.count % 3 == 1:
            items = [{"input": {"variables": {"deed": key}}, "expected": key}]
            return {"key": key, "path": "/api/v1/datasets/ledger/examples", "body": {"items": items}}
        return {
            "key": key, "path": "/api/v1/prompts/ledger/versions",
            "body": {"type": "text", "text": key, "commit_message": key},
        }


def test_kills_lose_nothing_and_double_nothing(spawn):
    chance = random.Random(SEED)
    port = free_port()
    server = spawn(port=port).ready()
    server.api.post("/api/v1/datasets", {"name": "ledger"})
    server.api.post("/api/v1/prompts", {"name": "ledger"})
    ledgers = [[] for _ in range(WRITERS)]
    writers = [Writer(server.api, number, ledgers[number]) for number in range(WRITERS)]
    for writer in writers:
        writer.start()
    try:
        for kill in range(KILLS):
            before = sum(len(ledger) for ledger in ledgers)
            for writer in writers:
                writer.running.set()
            await_progress(ledgers, before + chance.randrange(1, 40), server)
            server.kill()
            for writer in writers:
                writer.running.clear()
            if kill % 10 == 0:
                assert check_integrity(server) == ["ok"]
            server = spawn(port=port).ready()
        for writer in writers:
            writer.running.set()
        await_answers(writers)
    finally:
        for writer in writers:
            writer.ended.set()
        for writer in writers:
            writer.join(60)
    assert [fault for writer in writers for fault in writer.faults] == []
    compare(server.api, [entry for ledger in ledgers for entry in ledger], writers)
    assert server.stop() == 0
    assert check_integrity(server) == ["ok"]


def await_progress(ledgers, count, server, deadline_s=30):
    deadline = time.monotonic() + deadline_s
    while sum(len(ledger) for ledger in ledgers) < count:
        server.check_alive()
        assert time.monotonic() < deadline, "no write is acknowledged any more"
        time.sleep(0.0005)


def await_answers(writers, deadline_s=30):
    """Each writer has had at least one more answer, so what was unanswered has been sent again."""
    goals = [len(writer.ledger) + 2 for writer in writers]
    deadline = time.monotonic() + deadline_s
    while any(len(writer.ledger) < goal for writer, goal in zip(writers, goals)):
        assert time.monotonic() < deadline
        time.sleep(0.005)


def compare(api, ledger, writers):
    assert len(ledger) >= KILLS
    acknowledged = {"models": set(), "examples": set(), "versions": {}}
    for deed, answer in ledger:
        if deed["path"] == "/api/v1/models":
            acknowledged["models"].add(answer["name"])
        elif "datasets" in deed["path"]:
            acknowledged["examples"].add(deed["key"])
        else:
            acknowledged["versions"][answer["version"]] = deed["key"]
    # A deed that was on its way when its writer stopped may be there or not.
    open_deeds = {writer.unanswered["key"] for writer in writers if writer.unanswered}

    models = [model["name"] for model in api.items("/api/v1/models")]
    examples = [example["expected"] for example in api.items("/api/v1/datasets/ledger/examples")]
    versions = api.items("/api/v1/prompts/ledger/versions")
    texts = [version["text"] for version in versions]
    for found, expected in ((models, acknowledged["models"]), (examples, acknowledged["examples"]),
                            (texts, set(acknowledged["versions"].values()))):
        assert len(found) == len(set(found)), "a deed was done twice"
        assert expected <= set(found), "an acknowledged write is lost"
        assert set(found) - expected <= open_deeds, "a deed was done that nobody was told of"
    assert sorted(version["version"] for version in versions) == list(range(1, len(versions) + 1))
    numbered = {version["version"]: version["text"] for version in versions}
    assert all(numbered[number] == key for number, key in acknowledged["versions"].items())


def check_integrity(server):
    found = []
    for name in ("control.sqlite", "telemetry.sqlite"):
        connection = sqlite3.connect(server.data / name)
        try:
            found += [row[0] for row in connection.execute("PRAGMA integrity_check")]
            assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        finally:
            connection.close()
    return sorted(set(found))


def test_answer_of_a_replayed_deed_is_the_first_one_after_a_kill(spawn):
    server = spawn().ready()
    body, headers = {"name": "replayed"}, {"Idempotency-Key": "the-same"}
    first = server.api.request("POST", "/api/v1/models", body, headers)
    assert first.status == 201
    server.kill()
    again = spawn().ready().api.request("POST", "/api/v1/models", body, headers)
    assert (again.status, again.headers["idempotency-replayed"]) == (201, "true")
    assert json.loads(again.body) == json.loads(first.body)
