"""Good traffic: requests at a fixed rate, whatever becomes of those before them, and how long each one took."""

import asyncio
import math
import time

from idle import length_of

ANSWER_DEADLINE_S = 20


class Steady:
    """Sends `requests` in turn, `rate` a second for `seconds`, each on a connection that is free then."""

    def __init__(self, port, requests, rate):
        self.port = port
        self.requests = requests
        self.rate = rate
        self.milliseconds = [[] for _ in requests]
        self.faults = []
        self.free = []

    def run(self, seconds):
        asyncio.run(self._run(seconds))
        return self

    async def _run(self, seconds):
        loop = asyncio.get_running_loop()
        began = loop.time()
        sent, waiting = 0, []
        while loop.time() < began + seconds:
            # What the clock of this process overslept is made up for at once.
            while sent < (loop.time() - began) * self.rate:
                waiting.append(loop.create_task(self._ask(loop, sent % len(self.requests))))
                sent += 1
            await asyncio.sleep(1 / self.rate)
        await asyncio.wait(waiting, timeout=ANSWER_DEADLINE_S)
        self.faults += ["no answer" for task in waiting if not task.done()]
        for task in waiting:
            if task.done() and task.exception() is not None:
                self.faults.append(repr(task.exception()))
        for lane in self.free:
            lane.transport.close()

    async def _ask(self, loop, kind):
        lane = self.free.pop() if self.free else None
        if lane is None or lane.transport.is_closing():
            _, lane = await loop.create_connection(Lane, "127.0.0.1", self.port)
        answered = lane.answered = loop.create_future()
        began = time.perf_counter()
        lane.transport.write(self.requests[kind])
        status, ended = await answered
        self.milliseconds[kind].append((ended - began) * 1_000)
        self.free.append(lane)
        if status != 200:
            self.faults.append(f"status {status}")

    def percentile(self, kind, share):
        ordered = sorted(self.milliseconds[kind])
        return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


class Lane(asyncio.Protocol):
    """One connection; the answer to what was sent comes with the moment at which it was whole."""

    def __init__(self):
        self.buffer = bytearray()
        self.answered = None

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.buffer += data
        end = self.buffer.find(b"\r\n\r\n")
        if end < 0 or len(self.buffer) < end + 4 + length_of(bytes(self.buffer[:end])):
            return
        status = int(self.buffer[9:12])
        self.buffer.clear()
        if self.answered and not self.answered.done():
            self.answered.set_result((status, time.perf_counter()))

    def connection_lost(self, error):
        if self.answered and not self.answered.done():
            self.answered.set_exception(error or ConnectionError("closed instead of an answer"))


def health():
    return b"GET /healthz HTTP/1.1\r\nHost: signalbox\r\n\r\n"


def inference(key, deployment):
    body = b'{"model":"%s","messages":[{"role":"user","content":"Where is my parcel?"}]}' % deployment.encode()
    return (
        b"POST /v1/chat/completions HTTP/1.1\r\nHost: signalbox\r\nAuthorization: Bearer %s\r\n"
        b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % (key.encode(), len(body))) + body
