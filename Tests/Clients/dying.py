"""A provider dies under load, with another behind it: what its callers see. `python dying.py` prints a table."""

import asyncio
import datetime
import json
import os
import signal
import sys
import tempfile
import time

from load import AnswerReader, field
from processes import BOOTSTRAP_KEY, Signalbox, Simulator

RATE = 2_000
CONNECTIONS = 64
# All of a run: the provider dies after the first of these seconds.
HEALTHY_S = 3
DEAD_S = 6


class Dying:
    """`RATE` inferences a second, the tenth of them streamed; the first of two providers ends by `signal`: SIGKILL
    closes its connections, with SIGSTOP it takes requests and says nothing more."""

    def __init__(self, directory, how, environment=None):
        self.how = how
        self.sent = 0
        # When an answer was whole, whether it was good, and who gave it.
        self.answers = []
        self.latencies = []
        self.samples = []
        for name in "ab":
            os.mkdir(os.path.join(directory, name))
        self.providers = [Simulator(os.path.join(directory, name)) for name in "ab"]
        self.box = Signalbox(
            directory, {"SIGNALBOX_LOG": "notice", "SIGNALBOX_LOG_FORMAT": "json", **(environment or {})})

    def run(self):
        try:
            for process in [*self.providers, self.box]:
                process.ready()
            api = self.box.api
            variants = [
                {"name": name, "model": api.add_model(api.add_provider(provider.base_url), "small"), "weight": weight}
                for name, provider, weight in zip("ab", self.providers, [100, 0])]
            self.model = api.deploy(variants, fallbacks=["b"], timeouts={"try_ms": 300})
            asyncio.run(self._load())
            self.opened = self._opened()
        finally:
            # What is stopped does not end when it is asked to.
            for process in [self.box, *self.providers]:
                process.kill()
        return self

    def _opened(self):
        """When the breaker opened first, by the wall clock; None when it did not."""
        for line in self.box.said().splitlines():
            if '"circuit breaker"' in line and json.loads(line).get("state", "") == "open":
                return datetime.datetime.fromisoformat(json.loads(line)["at"].replace("Z", "+00:00")).timestamp()
        return None

    async def _load(self):
        loop = asyncio.get_running_loop()
        self.begin = loop.time() + 0.1
        self.end = self.begin + HEALTHY_S + DEAD_S
        lanes = []
        for _ in range(CONNECTIONS):
            _, lane = await loop.create_connection(lambda: Lane(self, loop), "127.0.0.1", self.box.port)
            lanes.append(lane)
        loop.call_at(self.begin + HEALTHY_S, self._die)
        await asyncio.wait([lane.ended for lane in lanes], timeout=HEALTHY_S + DEAD_S + 30)
        for lane in lanes:
            if not lane.ended.done():
                self.note(False, b"no answer", None)

    def _die(self):
        self.died = time.time()
        self.providers[0].child.send_signal(self.how)

    def note(self, is_good, what, served):
        self.answers.append((time.time(), is_good, served))
        if not is_good and len(self.samples) < 5:
            self.samples.append(bytes(what[:300]))

    def report(self):
        dead = [answer for answer in self.answers if answer[0] >= self.died]
        opened = self.opened or float("inf")
        before = [answer for answer in dead if answer[0] < opened]
        after = [answer for answer in dead if answer[0] >= opened]
        healthy = [answer for answer in self.answers if answer[0] < self.died]
        latencies = sorted(latency for at, latency in self.latencies if at >= opened)
        return {
            "rate": len(healthy) / HEALTHY_S,
            "healthy": len(healthy), "healthy_failed": failed(healthy),
            "opened_after_ms": (opened - self.died) * 1_000,
            "before": len(before), "before_failed": failed(before),
            "after": len(after), "after_failed": failed(after),
            "after_p50_ms": latencies[len(latencies) // 2] * 1_000 if latencies else None,
            "after_p99_ms": latencies[len(latencies) * 99 // 100] * 1_000 if latencies else None,
            "samples": self.samples,
        }


def failed(answers):
    return sum(not is_good for _, is_good, _ in answers)


class Lane(AnswerReader):
    """One connection: a request goes out at its moment, or when the answer before it is whole."""

    def __init__(self, run, loop):
        super().__init__(loop)
        self.run = run
        self.loop = loop

    def next(self):
        self.due = self.run.begin + self.run.sent / RATE
        self.is_stream = self.run.sent % 10 == 0
        if self.due >= self.run.end:
            self.number = None
            self.transport.close()
            return self.finish()
        self.number = self.run.sent
        self.run.sent += 1
        self.loop.call_at(self.due, self.send)

    def send(self):
        body = b'{"model":"%s","messages":[{"role":"user","content":"ping %d"}]%s}' % (
            self.run.model.encode(), self.number, b',"stream":true' if self.is_stream else b"")
        self.sent_at = time.time()
        self.transport.write(
            b"POST /v1/chat/completions HTTP/1.1\r\nHost: signalbox\r\nAuthorization: Bearer %s\r\n"
            b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % (BOOTSTRAP_KEY.encode(), len(body))
            + body)

    def answered(self, head, body):
        is_good = head.startswith(b"HTTP/1.1 200") and (not self.is_stream or b"data: [DONE]" in body)
        self.run.note(is_good, body, field(head, b"x-signalbox-served-by"))
        self.run.latencies.append((time.time(), time.time() - self.sent_at))

    def connection_lost(self, error):
        if self.number is not None and not self.ended.done():
            self.run.note(False, f"the connection was lost: {error}".encode(), None)
        self.finish()


def main():
    print("| the provider | requests/s | opens after | failed before | failed after | p50, p99 after |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    for how, name in [(signal.SIGKILL, "is killed"), (signal.SIGSTOP, "hangs (`try_ms` 300)")]:
        with tempfile.TemporaryDirectory() as directory:
            found = Dying(directory, how).run().report()
        print(
            f"| {name} | {found['rate']:,.0f} | {found['opened_after_ms']:.0f} ms "
            f"| {found['before_failed']} of {found['before']:,} | {found['after_failed']} of {found['after']:,} "
            f"| {found['after_p50_ms']:.1f}, {found['after_p99_ms']:.1f} ms |")
        for sample in found["samples"]:
            print(sample, file=sys.stderr)


if __name__ == "__main__":
    main()
