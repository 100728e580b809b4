"""What killing a process cannot show: every acknowledged control write was synced before its answer was sent, and one
thread alone writes to the files. Seen from the kernel's side, by strace."""

import re
import threading

import pytest

WRITES = 25
CALLS = "fdatasync,fsync,sendto,sendmsg,write,writev,pwrite64,ftruncate"
# `123 fdatasync(7</data/control.sqlite-wal>) = 0`, whole or cut in two by another thread's call.
CALL = re.compile(r"^(\d+)\s+(\w+)\((\d+)<([^>]*)>(.*)$")
RESUMED = re.compile(r"^(\d+)\s+<\.\.\. (\w+) resumed>(.*)$")


class Event:
    def __init__(self, thread, call, path, rest):
        self.thread, self.call, self.path, self.rest = thread, call, path, rest
        self.began = self.ended = None

    @property
    def succeeded(self):
        return re.search(r"= (\d+)", self.rest) is not None


def events_of(text):
    """In the order in which the kernel saw them begin; `began` and `ended` are line numbers."""
    events, open_calls = [], {}
    for number, line in enumerate(text.splitlines()):
        if match := CALL.match(line):
            thread, call, _, path, rest = match.groups()
            event = Event(thread, call, path, rest)
            event.began = number
            events.append(event)
            if rest.endswith("<unfinished ...>"):
                open_calls[thread] = event
            else:
                event.ended = number
        elif match := RESUMED.match(line):
            thread, call, rest = match.groups()
            event = open_calls.pop(thread, None)
            if event is not None and event.call == call:
                event.ended = number
                event.rest += rest
    return events


@pytest.fixture
def trace(spawn, strace, tmp_path):
    """Starts a server under strace; gives it and what reads the trace after it has stopped."""
    log = tmp_path / "trace"
    # -D: the server is our child and the tracer its grandchild. -y: paths beside descriptors.
    server = spawn(prefix=(strace, "-D", "-f", "-y", "-s", "48", "-e", f"trace={CALLS}", "-o", str(log))).ready()

    def read():
        assert server.stop() == 0
        return events_of(log.read_text(errors="replace"))

    return server, read


def test_every_acknowledged_write_is_synced_before_its_answer_is_sent(trace):
    server, read = trace
    for number in range(WRITES):
        server.api.post(
            "/api/v1/models", {"name": f"synced-{number}"}, headers={"Idempotency-Key": f"synced-{number}"})
    events = read()
    answers = [event for event in events if '"HTTP/1.1 201' in event.rest and event.call != "pwrite64"]
    assert len(answers) == WRITES
    since = 0
    for answer in answers:
        log = [event for event in events if event.path.endswith("/control.sqlite-wal")]
        mine = [event for event in log if since <= event.began < answer.began]
        writes = [event for event in mine if event.call == "pwrite64"]
        assert writes, "acknowledged without a write to the log"
        last = max(event.ended for event in writes)
        syncs = [
            event for event in mine
            if event.call in ("fdatasync", "fsync") and event.succeeded and event.began > last
            and event.ended < answer.began]
        assert syncs, f"the answer at line {answer.began} was sent before the log was synced"
        since = answer.ended


def test_one_thread_does_all_writes_and_checkpoints_of_a_file(trace, simulator):
    """SQLite before 3.51.3 can corrupt a log that two connections write or reset at the same instant."""
    server, read = trace
    api = server.api
    bot = api.deploy_model(api.add_provider(simulator.base_url), "small")

    def work(worker):
        for number in range(40):
            # Large enough for a log of a thousand pages to be reset under way.
            api.post("/api/v1/models", {"name": f"w{worker}-{number}", "description": "x" * 1_900})
            api.get("/api/v1/models")
            api.request("POST", "/v1/chat/completions", {"model": bot, "messages": [{"role": "user", "content": "?"}]})

    workers = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    events = read()
    for name in ("control.sqlite", "telemetry.sqlite"):
        changes = [
            event for event in events
            if event.call in ("pwrite64", "write", "ftruncate", "fdatasync", "fsync")
            and event.path.endswith((f"/{name}", f"/{name}-wal"))]
        assert {event.path.rpartition("/")[2] for event in changes} == {name, f"{name}-wal"}, "no checkpoint was made"
        # The file is opened and migrated by the thread that starts the process; from then on the writer's alone.
        threads = list(dict.fromkeys(event.thread for event in changes))
        assert len(threads) <= 2, threads
        opener = [event.began for event in changes if event.thread == threads[0]]
        writer = [event.began for event in changes if event.thread == threads[-1]]
        assert len(threads) == 1 or max(opener) < min(writer), "two threads write at once"
