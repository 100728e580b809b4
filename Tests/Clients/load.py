"""A load of chat completions over raw sockets: fast enough that the server, not Python, is what is tested."""

import asyncio

END_OF_CHUNKS = b"0\r\n\r\n"
# For all of them; a server that stops to answer is a failed test, not one that hangs.
DEADLINE_S = 900


class Load:
    """`count` inferences over `connections` keep-alive connections, the tenth of them streamed."""

    def __init__(self, port, key, model, units, connections=32):
        self.port = port
        self.key = key
        self.model = model
        self.units = units
        self.connections = connections
        self.outcomes = set()
        self.variants = {}
        self.doubled = []
        self.streamed = 0
        self.faults = []

    def request(self, number):
        body = (
            b'{"model":"%s","messages":[{"role":"user","content":"ping %d"}]%s}'
            % (self.model.encode(), number, b',"stream":true' if number % 10 == 0 else b""))
        return (
            b"POST /v1/chat/completions HTTP/1.1\r\nHost: signalbox\r\nAuthorization: Bearer %s\r\n"
            b"Content-Type: application/json\r\nX-Signalbox-Unit: user-%d\r\nContent-Length: %d\r\n\r\n"
            % (self.key.encode(), number % self.units, len(body))) + body

    def run(self, first, count):
        asyncio.run(self._run(iter(range(first, first + count))))

    async def _run(self, numbers):
        loop = asyncio.get_running_loop()
        lanes = []
        for _ in range(self.connections):
            _, lane = await loop.create_connection(lambda: Lane(self, numbers, loop), "127.0.0.1", self.port)
            lanes.append(lane)
        _, open_lanes = await asyncio.wait([lane.ended for lane in lanes], timeout=DEADLINE_S)
        for lane in lanes:
            if lane.ended in open_lanes:
                self.fault(lane.number, b"no answer: " + bytes(lane.buffer))

    def answered(self, number, head, body):
        if not head.startswith(b"HTTP/1.1 200"):
            self.fault(number, head + body)
            return
        if number % 10 == 0:
            self.streamed += 1
            if b"data: [DONE]\n\n" not in body.replace(b"\r\n", b""):
                self.fault(number, body[-300:])
                return
        outcome, variant = field(head, b"x-signalbox-outcome"), field(head, b"x-signalbox-variant")
        self.outcomes.add(outcome)
        unit = number % self.units
        if self.variants.setdefault(unit, variant) != variant:
            self.doubled.append(unit)

    def fault(self, number, what):
        if len(self.faults) < 20:
            self.faults.append((number, bytes(what[:600])))


class AnswerReader(asyncio.Protocol):
    """One connection with one request under way: finds where its answer ends. `answered` is told of each, then `next`."""

    def __init__(self, loop):
        self.ended = loop.create_future()
        self.buffer = bytearray()
        self.number = None

    def connection_made(self, transport):
        self.transport = transport
        self.next()

    def finish(self):
        if not self.ended.done():
            self.ended.set_result(None)

    def data_received(self, data):
        buffer = self.buffer
        buffer += data
        end = buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        head = bytes(buffer[:end])
        length = field(head, b"content-length")
        if length is None:
            if not buffer.endswith(END_OF_CHUNKS):
                return
        elif len(buffer) < end + 4 + int(length):
            return
        self.answered(head, bytes(buffer[end + 4:]))
        buffer.clear()
        self.next()


class Lane(AnswerReader):
    """One connection: a request goes out when the answer before it is whole."""

    def __init__(self, load, numbers, loop):
        super().__init__(loop)
        self.load = load
        self.numbers = numbers

    def next(self):
        self.number = next(self.numbers, None)
        if self.number is None:
            self.transport.close()
            self.finish()
        else:
            self.transport.write(self.load.request(self.number))

    def answered(self, head, body):
        self.load.answered(self.number, head, body)

    def connection_lost(self, error):
        if self.number is not None and not self.ended.done():
            self.load.fault(self.number, f"the connection was lost: {error}".encode())
        self.finish()


def field(head, name):
    """The value of a header field, whatever the case of its name."""
    lowered = head.lower()
    start = lowered.find(b"\r\n" + name + b":")
    if start < 0:
        return None
    start += len(name) + 3
    end = head.find(b"\r\n", start)
    return head[start:end if end >= 0 else len(head)].strip()
