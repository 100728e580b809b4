"""The clients of the soak that infer: good ones, and those that leave, dawdle, know no key or speak nonsense."""

import asyncio
import json
import random

from wire import Line

QUESTION = "What is {} plus {}?"
SHED = 503


class Traffic:
    """What all clients share: where, with what key, until when, and the ledger."""

    def __init__(self, port, key, ledger, seed, bots):
        self.port = port
        self.key = key
        self.ledger = ledger
        self.seed = seed
        self.bots = bots
        self.ended = asyncio.Event()
        self.recent = []
        self.lines = []

    def chance(self, name):
        return random.Random(f"{self.seed}/{name}")

    def line(self, key=""):
        return Line(self.port, self.key if key == "" else key)

    def kept_line(self):
        """One that its client keeps until the end, and `close` closes."""
        line = self.line()
        self.lines.append(line)
        return line

    def close(self):
        for line in self.lines:
            line.close()

    async def pause(self, seconds):
        """True when the soak is over."""
        try:
            await asyncio.wait_for(self.ended.wait(), seconds)
        except TimeoutError:
            return False
        return True

    async def repeat(self, name, per_second, deed):
        """Does `deed` so often on average, by exponential pauses, until the end. One that fails is a fault."""
        chance = self.chance(name)
        due = asyncio.get_running_loop().time()
        while True:
            due += chance.expovariate(per_second)
            now = asyncio.get_running_loop().time()
            # Behind by more than this, the rate has been too much for the machine: it is not made up for.
            due = max(due, now - 1)
            if await self.pause(max(0, due - now)):
                return
            try:
                await deed(chance)
            except (OSError, asyncio.IncompleteReadError, TimeoutError) as error:
                self.ledger.fault(name, repr(error))

    def check(self, who, answer, expected):
        self.ledger.count(who)
        if answer.status in expected:
            return True
        if answer.status == SHED and "retry-after" in answer.fields:
            self.ledger.count(f"{who}: shed")
        else:
            self.ledger.fault(who, answer)
        return False


def ask(chance, bot, is_streamed, words=None):
    """Request body and fields of an inference."""
    question = QUESTION.format(chance.randrange(1, 60), chance.randrange(1, 60))
    padding = " ".join(["please"] * (words if words is not None else int(chance.paretovariate(0.9)) % 2_000))
    body = {"model": bot, "messages": [{"role": "user", "content": f"{question} {padding}"}], "max_tokens": 512}
    if is_streamed:
        body["stream"] = True
        if chance.random() < 0.5:
            body["stream_options"] = {"include_usage": True}
    if bot == "prompted" or bot == "following":
        body["signalbox"] = {"variables": {"customer": f"Customer {chance.randrange(100)}"}}
    language = chance.choice(("en", "de", "zh", "sv"))
    return body, {
        "X-Signalbox-Unit": f"user-{chance.randrange(5_000)}",
        "X-Signalbox-Slice": f"language={language},domain={chance.choice(('billing', 'parcel'))}",
    }


class Caller:
    """A well-behaved client on a line that it keeps, now and then on a new one."""

    def __init__(self, traffic):
        self.traffic = traffic
        self.line = traffic.kept_line()

    async def __call__(self, chance):
        traffic = self.traffic
        bot = chance.choices(traffic.bots["good"], weights=(5, 3, 1, 3))[0]
        is_faulty = chance.random() < 0.04
        if is_faulty:
            bot = traffic.bots["faulty"]
        is_streamed = chance.random() < 0.25
        body, fields = ask(chance, bot, is_streamed)
        if chance.random() < 0.01:
            self.line.close(is_rude=chance.random() < 0.5)
        answer = await self.line.ask("POST", "/v1/chat/completions", body, fields)
        who = "streamed" if is_streamed else "plain"
        if is_faulty:
            traffic.ledger.heard(answer)
            traffic.check(f"faulty, {who}", answer, (200, 400, 401, 429, 502, 504))
            return
        is_whole = answer.status == 200 and (not is_streamed or answer.body.endswith(b"data: [DONE]\n\n"))
        traffic.ledger.heard(answer, "ok" if is_whole else None)
        if traffic.check(who, answer, (200,)) and not is_whole:
            traffic.ledger.fault(who, answer.body[-300:])
        if is_whole and chance.random() < 0.05:
            traffic.recent.append(answer.outcome)
            del traffic.recent[:-200]


async def leave(traffic, chance):
    """Hangs up in the middle of a stream, or before its first event."""
    line = traffic.line()
    try:
        body, fields = ask(chance, traffic.bots["dripping"], True, words=3)
        await line.send("POST", "/v1/chat/completions", body, fields)
        traffic.ledger.count("left half-way")
        if chance.random() < 0.2:
            await traffic.pause(chance.random() * 0.02)
            return
        async with asyncio.timeout(30):
            answer = await line.head()
            traffic.ledger.heard(answer)
            events = chance.randrange(1, 30)
            async for _ in line.pieces(answer):
                events -= 1
                if events <= 0:
                    return
    finally:
        line.close(is_rude=chance.random() < 0.5)


async def dawdle(traffic, chance):
    """Takes a long stream in sips, slower than it is written."""
    line = traffic.line()
    await line.open(receive_bytes=16_384)
    try:
        body, fields = ask(chance, traffic.bots["long"], True, words=3)
        await line.send("POST", "/v1/chat/completions", body, fields)
        tail, pieces = b"", 0
        async with asyncio.timeout(120):
            answer = await line.head()
            traffic.ledger.heard(answer)
            async for piece in line.pieces(answer):
                tail = (tail + piece)[-64:]
                pieces += 1
                if pieces % 8 == 0:
                    await asyncio.sleep(0.02)
        if traffic.check("slow reader", answer, (200,)):
            if tail.endswith(b"data: [DONE]\n\n"):
                traffic.ledger.expect(answer.outcome, "ok")
            else:
                traffic.ledger.fault("slow reader", tail)
    finally:
        line.close()


async def use_wrong_key(traffic, chance):
    key = chance.choice((None, "wrong", "sbx_0123_" + "a" * 43, "é" * 10, "x" * 5_000))
    line = traffic.line(key)
    try:
        path, method = chance.choice((("/v1/chat/completions", "POST"), ("/api/v1/models", "GET")))
        body, _ = ask(chance, traffic.bots["good"][0], False, words=3)
        answer = await line.ask(method, path, body if method == "POST" else None)
        traffic.check("wrong key", answer, (400, 401))
    finally:
        line.close()


async def ask_nonsense(traffic, chance):
    """Sound HTTP that asks for what cannot be: each has its answer, none an outcome of its own making."""
    chat = "/v1/chat/completions"
    method, path, body, expected = chance.choice((
        ("POST", chat, b"{", (400,)), ("POST", chat, b"\xff\xfe", (400,)), ("POST", chat, b"[" * 5_000, (400,)),
        ("POST", chat, json.dumps({"model": "nobody", "messages": []}).encode(), (400, 404)),
        ("POST", "/api/v1/models", {"nam": "x"}, (422,)), ("POST", "/api/v1/models", b"nonsense", (400,)),
        ("GET", "/api/v1/models/nobody", None, (404,)), ("DELETE", "/healthz", None, (405,)),
        ("GET", "/api/v1/outcomes?limit=9999", None, (400, 422)),
        ("GET", "/api/v1/outcomes?cursor=zzz", None, (400, 422)),
        ("GET", "/%00", None, (400, 404)), ("POST", "/api/v1/models", b"x" * 200_000, (400,)),
    ))
    line = traffic.line()
    try:
        answer = await line.ask(method, path, body)
        traffic.ledger.heard(answer)
        traffic.check("nonsense", answer, expected)
    finally:
        line.close()


MALFORMED = (
    b"GARBAGE\r\n\r\n",
    b"GET / HTTP/1.1\r\n\r\n",
    b"GET / HTTP/9.9\r\nHost: a\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"GET /" + b"a" * 10_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"b" * 40_000 + b"\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: y\r\n" * 200 + b"\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nX: \x00\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
    b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    # Never whole: these leave before the header's deadline.
    b"GET / HTTP/1.1\r\nHost:",
    b"POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nabc",
)


async def send_malformed(traffic, chance):
    line = await traffic.line().open()
    try:
        sent = chance.choice(MALFORMED) if chance.random() < 0.8 else chance.randbytes(chance.randrange(1, 2_000))
        traffic.ledger.count("malformed")
        try:
            line.writer.write(sent)
            async with asyncio.timeout(0.5):
                answer = await line.head()
            if answer.status < 400 or answer.status == 500:
                traffic.ledger.fault("malformed", (sent[:100], answer))
        except (TimeoutError, OSError, asyncio.IncompleteReadError):
            # It waits for more, or has closed.
            pass
    finally:
        line.close(is_rude=chance.random() < 0.3)


async def idle(traffic, name):
    """A line that does next to nothing, ends and comes again."""
    chance = traffic.chance(name)
    while not await traffic.pause(chance.random()):
        line = traffic.line()
        try:
            if chance.random() < 0.7:
                answer = await line.ask("GET", "/healthz")
                traffic.check("idle", answer, (200,))
            else:
                await line.open()
            if await traffic.pause(chance.uniform(2, 40)):
                return
        except (OSError, asyncio.IncompleteReadError, TimeoutError) as error:
            traffic.ledger.fault(name, repr(error))
        finally:
            line.close(is_rude=chance.random() < 0.2)
