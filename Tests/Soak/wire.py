"""HTTP/1.1 over asyncio for the soak: keep-alive lines, streams read piece by piece, and lines that end rudely."""

import asyncio
import json
import socket
import struct

# For one answer; the slowest of them drips for ten seconds.
ANSWER_DEADLINE_S = 60
BUFFER_BYTES = 1 << 20


class Answer:
    def __init__(self, status, fields):
        self.status = status
        self.fields = fields
        self.body = b""

    @property
    def outcome(self):
        return self.fields.get("x-signalbox-outcome")

    @property
    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"{self.status} {self.body[:300]!r}"


class Line:
    """One connection, opened when first needed and again after its end."""

    def __init__(self, port, key):
        self.port = port
        self.key = key
        self.reader = None
        self.writer = None

    async def open(self, receive_bytes=None):
        """`receive_bytes`: little for one that reads slowly, so that what it has not read waits at the server."""
        plug = socket.socket()
        plug.setblocking(False)
        plug.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if receive_bytes:
            plug.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        try:
            await asyncio.get_running_loop().sock_connect(plug, ("127.0.0.1", self.port))
            self.reader, self.writer = await asyncio.open_connection(
                sock=plug, limit=receive_bytes or BUFFER_BYTES)
        except BaseException:
            plug.close()
            raise
        return self

    def close(self, is_rude=False):
        """Rudely: with RST, whatever is on its way."""
        if self.writer is None:
            return
        if is_rude:
            plug = self.writer.get_extra_info("socket")
            if plug is not None:
                plug.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.writer.transport.abort()
        else:
            self.writer.close()
        self.reader = self.writer = None

    async def send(self, method, path, body=None, fields=None):
        if self.writer is None:
            await self.open()
        lines = [f"{method} {path} HTTP/1.1", "Host: signalbox"]
        sent = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        data = b""
        if body is not None:
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            sent["Content-Type"] = "application/json"
        if body is not None or method != "GET":
            sent["Content-Length"] = str(len(data))
        sent.update(fields or {})
        lines += [f"{name}: {value}" for name, value in sent.items()]
        self.writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + data)
        await self.writer.drain()

    async def head(self):
        raw = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *rest = raw[:-4].split("\r\n")
        fields = {}
        for line in rest:
            name, _, value = line.partition(":")
            fields[name.lower()] = value.strip()
        return Answer(int(first.split(" ")[1]), fields)

    async def pieces(self, answer):
        """The body as it comes: chunks, or all of it."""
        if answer.fields.get("transfer-encoding") == "chunked":
            while True:
                size = int((await self.reader.readuntil(b"\r\n")).split(b";")[0], 16)
                piece = await self.reader.readexactly(size + 2)
                if size == 0:
                    return
                yield piece[:-2]
        elif "content-length" in answer.fields:
            yield await self.reader.readexactly(int(answer.fields["content-length"]))

    async def ask(self, method, path, body=None, fields=None):
        """A whole answer. A kept line may have been closed since its last answer: then once more, on a new one."""
        is_kept = self.writer is not None
        try:
            return await self._ask(method, path, body, fields)
        except (OSError, asyncio.IncompleteReadError) as error:
            self.close()
            is_unheard = isinstance(error, OSError) or not error.partial
            if not (is_kept and is_unheard):
                raise
        return await self._ask(method, path, body, fields)

    async def _ask(self, method, path, body, fields):
        async with asyncio.timeout(ANSWER_DEADLINE_S):
            await self.send(method, path, body, fields)
            answer = await self.head()
            if method != "HEAD" and answer.status not in (204, 304):
                answer.body = b"".join([piece async for piece in self.pieces(answer)])
        if answer.fields.get("connection", "").lower() == "close":
            self.close()
        return answer
