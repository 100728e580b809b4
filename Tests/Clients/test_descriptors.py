"""Too few descriptors: the limit is raised as far as it goes, nothing spins, and what can be answered is."""

import contextlib
import json
import os
import resource
import socket
import time

from control import sample
from idle import IdleClients
from processes import BOOTSTRAP_KEY
from test_doctor import doctor

HEALTH = b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"
KEYED = f"Authorization: Bearer {BOOTSTRAP_KEY}\r\n"
ASK = [{"role": "user", "content": "Where is my parcel?"}]
LOOPS = 2
# How often a listener without descriptors tries again, and for how long the tests watch it do so.
TRIES_PER_S = 10
WATCHED_S = 3


def limited(spawn, soft, hard, **environment):
    return spawn(prefix=("prlimit", f"--nofile={soft}:{hard}"), environment={
        "SIGNALBOX_LOOPS": str(LOOPS), "SIGNALBOX_SERVER_HEADER_TIMEOUT_MS": "600000", **environment}).ready()


def said(server, words):
    """The log lines of the server that have these words."""
    lines = (json.loads(line) for line in server.said().splitlines() if line.startswith("{"))
    return [line for line in lines if words in json.dumps(line)]


def limits_of(server):
    return resource.prlimit(server.pid, resource.RLIMIT_NOFILE)


def lowest_free(server):
    taken = {int(name) for name in os.listdir(f"/proc/{server.pid}/fd")}
    return next(number for number in range(len(taken) + 1) if number not in taken)


class Restless:
    """A connection that always has the next request half sent, so that it never idles."""

    def __init__(self, port):
        self.connection = socket.create_connection(("127.0.0.1", port), timeout=30)
        self.connection.sendall(b"G")
        self.received = b""

    def close(self):
        self.connection.close()

    def ask(self, path="/metrics"):
        return self.exchange(f"ET {path} HTTP/1.1\r\nHost: a\r\n{KEYED}\r\nG".encode())

    def post(self, path, body):
        """The letter that is on its way already begins another method: a health check goes before this request."""
        data = json.dumps(body).encode()
        head = (
            f"ET /healthz HTTP/1.1\r\nHost: a\r\n\r\nPOST {path} HTTP/1.1\r\nHost: a\r\n{KEYED}"
            f"Content-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n")
        self.exchange(head.encode() + data + b"G")
        return self.answer()

    def exchange(self, data):
        self.connection.sendall(data)
        return self.answer()

    def answer(self):
        """The status, the head and the body of the next answer."""
        while True:
            head, end, rest = self.received.partition(b"\r\n\r\n")
            if end:
                fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
                length = int(fields[b"content-length"])
                if len(rest) >= length:
                    self.received = rest[length:]
                    return int(head.split(b" ")[1]), fields, rest[:length]
            piece = self.connection.recv(65_536)
            assert piece, f"closed after {self.received!r}"
            self.received += piece


def test_soft_limit_is_raised_to_the_hard_one(spawn):
    server = limited(spawn, 256, 4096, SIGNALBOX_SERVER_CONNECTIONS_MAX="3000")
    assert limits_of(server) == (4096, 4096)
    assert server.api.metric("process_max_fds") == 4096
    assert len(said(server, '"descriptors"')) == 1 and said(server, "4096")
    assert said(server, "for want of descriptors") == []
    finding, = doctor(server.data, SIGNALBOX_SERVER_CONNECTIONS_MAX="3000")[0]["descriptors"]
    assert finding["status"] == "ok" and "may open 4096 files" in finding["detail"]


def test_connections_leave_descriptors_for_the_rest_and_the_longest_idle_make_room(spawn, simulator):
    """As many connections as the limit has descriptors, all held open; whoever comes is answered nonetheless."""
    server = limited(spawn, 200, 200)
    assert said(server, "for want of descriptors")
    assert doctor(server.data)[0]["descriptors"][0]["status"] == "warning"
    bot = server.api.deploy_model(server.api.add_provider(simulator.base_url), "small")
    clients = IdleClients(server.port, 250, HEALTH)
    try:
        assert server.api.get("/healthz").status == 200
        exposition = server.api.get("/metrics").body
        assert sample(exposition, "signalbox_http_connections_open") <= 100
        assert sample(exposition, "signalbox_http_limits_reached", limit="idle_evicted") > 0
        assert sample(exposition, "signalbox_http_limits_reached", limit="descriptors") == 0
        server.api.post("/v1/chat/completions", {"model": bot, "messages": ASK}, expect=200)
        server.api.post("/api/v1/models", {"name": "beside-many"})
    finally:
        clients.close()


def test_listener_without_descriptors_rests_and_goes_on_when_there_are_some(spawn, simulator):
    server = limited(spawn, 1024, 1024)
    bot = server.api.deploy_model(server.api.add_provider(simulator.base_url), "small")
    ask = {"model": bot, "messages": ASK}
    with contextlib.ExitStack() as stack:
        operator = stack.enter_context(contextlib.closing(Restless(server.port)))
        assert operator.ask()[0] == 200
        resource.prlimit(server.pid, resource.RLIMIT_NOFILE, (lowest_free(server), 1024))
        waiting = []
        for _ in range(60):
            client = stack.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=30))
            client.sendall(HEALTH)
            waiting.append(client)

        began, computed = time.monotonic(), server.cpu_seconds()
        pauses = 0
        while time.monotonic() < began + WATCHED_S or pauses == 0:
            assert time.monotonic() < began + 60, "the metric never counts"
            status, _, body = operator.ask()
            assert status == 200 and operator.ask("/healthz")[0] == 200
            pauses = sample(body, "signalbox_http_limits_reached", limit="descriptors")
            time.sleep(0.05)
        elapsed, computed = time.monotonic() - began, server.cpu_seconds() - computed
        assert pauses <= LOOPS * (elapsed * TRIES_PER_S + 2)
        assert computed < elapsed / 4, "it spins"

        # What needs no descriptor goes on; what does is refused for what it is.
        assert operator.post("/api/v1/models", {"name": "without-descriptors"})[0] == 201
        status, fields, body = operator.post("/v1/chat/completions", ask)
        assert (status, fields[b"retry-after"]) == (503, b"1"), body
        assert json.loads(body)["error"]["code"] == "overloaded"

        resource.prlimit(server.pid, resource.RLIMIT_NOFILE, (1024, 1024))
        for client in waiting:
            assert client.recv(65_536).startswith(b"HTTP/1.1 200 ")
        assert operator.post("/v1/chat/completions", ask)[0] == 200
    assert server.api.get("/healthz").status == 200
    errors = {outcome["error"] for outcome in server.api.items("/api/v1/outcomes", deployment=bot)}
    assert "no_descriptor" in errors
    assert server.stop() == 0


def test_idle_connections_give_their_descriptors_to_new_ones(spawn):
    """Exhausted by other things than connections: those that idle are closed before anybody is kept waiting."""
    server = limited(spawn, 1024, 1024)
    clients = IdleClients(server.port, 64, HEALTH)
    try:
        resource.prlimit(server.pid, resource.RLIMIT_NOFILE, (lowest_free(server), 1024))
        for _ in range(20):
            assert server.api.get("/healthz").status == 200
        resource.prlimit(server.pid, resource.RLIMIT_NOFILE, (1024, 1024))
        assert server.api.metric("signalbox_http_limits_reached", limit="idle_evicted") > 0
    finally:
        clients.close()
