#!/usr/bin/env python3
"""Ten thousand streams at once, held by one gateway: `make test-held` prints what they cost, and fails where one of
them is not whole or the gateway takes a GiB.

Callers, gateway and provider share the machine. The streams begin one after another and last until all are there and
a while longer; the gateway's memory is read when the last has had its first event, and at its highest.
"""

import argparse
import collections
import os
import platform
import re
import resource
import selectors
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Clients"))

from idle import connect, memory  # noqa: E402
from processes import BOOTSTRAP_KEY, Signalbox, Simulator  # noqa: E402

STREAMS = 10_000
PER_SECOND = 500
EVENTS = 24
PAUSE_MS = 2_000
RESIDENT_MAX = 1 << 30
DEADLINE_S = 240
# All callers are on one machine.
ENVIRONMENT = {
    "SIGNALBOX_SERVER_CONNECTIONS_MAX": str(STREAMS + 1_000),
    "SIGNALBOX_SERVER_CONNECTIONS_PER_ADDRESS_MAX": str(STREAMS + 1_000),
    "SIGNALBOX_SERVER_INFERENCES_MAX": str(STREAMS + 1_000)}


def question(deployment):
    body = b'{"model":"%s","stream":true,"messages":[{"role":"user","content":"Where is my parcel?"}]}' % (
        deployment.encode())
    return (
        b"POST /v1/chat/completions HTTP/1.1\r\nHost: signalbox\r\nAuthorization: Bearer %s\r\n"
        b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % (BOOTSTRAP_KEY.encode(), len(body))) + body


class Streams:
    """Callers on one thread; what each has received."""

    def __init__(self, server, request, count):
        self.server = server
        self.request = request
        self.count = count
        self.selector = selectors.DefaultSelector()
        self.received = []
        self.whole = 0
        # Why the others are not, and how many of them.
        self.faults = collections.Counter()
        self.begun = 0
        self.ended = 0

    def run(self):
        """Resident bytes of the gateway: before, with all streams there, at the highest."""
        before = at_all = highest = memory(self.server.pid)["Rss"]
        began = time.monotonic()
        looked = began
        while self.ended < self.count:
            now = time.monotonic()
            if now - began > DEADLINE_S:
                raise SystemExit(f"{self.begun} streams began and {self.ended} ended within {DEADLINE_S} s")
            while len(self.received) < min(self.count, (now - began) * PER_SECOND):
                self.ask()
            waits = 0.002 if len(self.received) < self.count else 0.1
            for key, _ in self.selector.select(waits):
                self.read(key)
            if now - looked > 0.5:
                looked = now
                highest = max(highest, memory(self.server.pid)["Rss"])
                if self.begun == self.count and at_all == before:
                    at_all = highest
        return before, at_all, highest

    def ask(self):
        number = len(self.received)
        socket = connect(self.server.port, number)
        socket.sendall(self.request)
        socket.setblocking(False)
        self.received.append(bytearray())
        self.selector.register(socket, selectors.EVENT_READ, number)

    def read(self, key):
        received = self.received[key.data]
        try:
            piece = key.fileobj.recv(65_536)
        except ConnectionResetError:
            piece = b""
        if not received and piece:
            self.begun += 1
        received += piece
        if piece and not received.endswith(b"0\r\n\r\n"):
            return
        self.ended += 1
        if is_whole(received):
            self.whole += 1
        else:
            self.faults[told(received)] += 1
        self.selector.unregister(key.fileobj)
        key.fileobj.close()


def is_whole(received):
    """A 200 with every word, one event each, and the mark of the end."""
    return (received.startswith(b"HTTP/1.1 200 ") and received.count(b'"delta":{"content":') == EVENTS
            and received.count(b"data: [DONE]\n\n") == 1)


def told(received):
    """What a stream that is not whole ended with, without what differs from one to the other."""
    head, _, rest = bytes(received).partition(b"\r\n\r\n")
    status = head.split(b"\r\n")[0].decode("latin-1") or "nothing"
    error = re.search(rb'"message":\s*"([^"]*)"', rest)
    said = error.group(1).decode("latin-1") if error else "no error"
    return f"{status}, {rest.count(b'data: ')} events, {said}"


def possible():
    """How many of them the limit of descriptors leaves room for: each has one to its caller and one to its provider."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return min(STREAMS, (hard - 200) // 2)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", required=True)
    os.environ["SIGNALBOX_BINARY"] = parser.parse_args().binary
    count = possible()
    if count < STREAMS:
        print(f"{STREAMS:,} streams need {2 * STREAMS + 200:,} descriptors; the hard limit (ulimit -Hn) allows {count:,}\n")
    print(f"{os.cpu_count()} cores, Linux {platform.release()}, {time.strftime('%Y-%m-%d')}; {count:,} streams of "
          f"{EVENTS} events {PAUSE_MS / 1000:g} s apart, {PER_SECOND} begun a second\n", flush=True)
    with tempfile.TemporaryDirectory() as directory:
        simulator = Simulator(directory, ["--token-interval-ms", str(PAUSE_MS), "--answer-tokens", str(EVENTS)])
        server = Signalbox(directory, ENVIRONMENT)
        try:
            simulator.ready()
            api = server.ready().api
            deployment = api.deploy_model(api.add_provider(simulator.base_url), "small")
            streams = Streams(server, question(deployment), count)
            before, at_all, highest = streams.run()
        finally:
            server.kill()
            simulator.kill()
    for fault, number in streams.faults.most_common(10):
        print(f"{number} not whole: {fault}")
    holds = streams.whole == count and highest < RESIDENT_MAX and at_all > before
    print("| streams at once | whole | resident before, MiB | with all of them | highest | bytes each | goal | reached |")
    print("| ---: | ---: | ---: | ---: | ---: | ---: | --- | --- |")
    print(f"| {count:,} | {streams.whole:,} | {before / 2**20:.0f} | {at_all / 2**20:.0f} | {highest / 2**20:.0f} "
          f"| {(highest - before) / count:,.0f} | all whole, < 1,024 MiB | {'yes' if holds else 'no'} |")
    if not holds:
        raise SystemExit("the goal is not reached")


if __name__ == "__main__":
    main()
