"""A provider that does what the table of faults says, step by step, over raw sockets."""

import re
import socket
import struct
import threading
import time

from faults import steps
from faults.vendors import error_body

PATIENCE_S = 20
CREDENTIAL = "sk-canary-of-the-fault-matrix"
# Whom a request is for, wherever in its body that stands, and the model that all is well with.
CELL = re.compile(rb"cell-([0-9]+)-")
SOUND = "the-sound-model"
TLS_HANDSHAKE = b"\x16"


class Call:
    """One cell's view of the provider."""

    def __init__(self, surface, script):
        self.surface = surface
        self.script = script
        # The caller has what was sent so far.
        self.seen = threading.Event()
        # Lengths of the bodies that came for it.
        self.bodies = []


class Provider:
    """Answers each request on a connection of its own, so that none is met by what another has left behind."""

    def __init__(self):
        # By the numbers of cells.
        self.calls = {}
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=1_024)
        self.port = self.listener.getsockname()[1]
        self.address = f"127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def close(self):
        # An accept that waits is not ended by `close`.
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self._thread.join(PATIENCE_S)

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with connection:
            connection.settimeout(PATIENCE_S)
            try:
                request = Request(connection)
                if request.is_whole:
                    self._answer(connection, request)
            except OSError:
                # The gateway has left, as it may.
                pass

    def _answer(self, connection, request):
        call = self.calls[int(CELL.search(request.body)[1])]
        script = Script(connection, call.surface, call.seen)
        if SOUND.encode() in request.body:
            return script.take(steps.WHOLE)
        call.bodies.append(len(request.body))
        for step in call.script:
            script.take(step)


class Request:
    def __init__(self, connection):
        received = b""
        self.is_whole = False
        while b"\r\n\r\n" not in received:
            piece = connection.recv(65_536)
            if not piece:
                return
            received += piece
            if received.startswith(TLS_HANDSHAKE):
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
                return
        self.head, _, self.body = received.partition(b"\r\n\r\n")
        length = int(re.search(rb"(?i)content-length: *([0-9]+)", self.head)[1])
        while len(self.body) < length:
            piece = connection.recv(65_536)
            if not piece:
                return
            self.body += piece
        self.is_whole = True


class Script:
    """The steps of one answer."""

    def __init__(self, connection, surface, seen):
        self.connection = connection
        self.surface = surface
        self.answer = surface.good
        self.seen = seen
        # Whether bytes go out in chunks, and whether the body has a length that the bytes themselves fill.
        self.is_chunked = surface.shape == "events"

    def take(self, step):
        if isinstance(step, steps.Text):
            return self.connection.sendall(step.bytes)
        if isinstance(step, steps.Pause):
            return time.sleep(step.seconds)
        if isinstance(step, steps.Event):
            return self.send(b"data: " + step.data.encode() + b"\n\n")
        if isinstance(step, steps.Body):
            return self.whole(step.status, step.type or self.answer.type, step.bytes)
        if isinstance(step, steps.Refusal):
            return self.refuse(step)
        return self.ACTIONS[step](self)

    def head(self):
        length = b"Content-Length: %d\r\n" % len(self.answer.whole)
        self.connection.sendall(
            b"HTTP/1.1 200 OK\r\nContent-Type: " + self.answer.type.encode() + b"\r\nConnection: close\r\n"
            + (b"Transfer-Encoding: chunked\r\n" if self.is_chunked else length) + b"\r\n")

    def send(self, data):
        if self.is_chunked:
            data = b"%x\r\n%s\r\n" % (len(data), data)
        self.connection.sendall(data)

    def begin(self):
        self.head()
        self.send(self.answer.first)

    def begin_in_chunks(self):
        self.is_chunked = True
        self.begin()

    def half(self):
        self.head()
        event = self.answer.first.partition(b"\n\n")[0]
        self.send(event[:len(event) // 2])

    def end(self):
        if self.is_chunked:
            self.connection.sendall(b"0\r\n\r\n")

    def all(self):
        self.begin()
        self.rest()
        self.mark()
        self.end()

    def rest(self):
        if self.answer.rest:
            self.send(self.answer.rest)

    def mark(self):
        if self.answer.mark:
            self.send(self.answer.mark)

    def await_caller(self):
        # What is held back until it is whole is never seen.
        if self.surface.shape != "document":
            self.seen.wait(PATIENCE_S)

    def silence(self):
        while self.connection.recv(65_536):
            pass

    def reset(self):
        # RFC 9293 §3.10.4 has no word for it; Linux sends RST where nothing may linger (socket(7)).
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def trouble(self):
        self.send(self.surface.trouble)

    def trouble_with_key(self):
        message = b'"message":"Incorrect API key: %s"' % CREDENTIAL.encode()
        self.send(re.sub(rb'"message":"[^"]*"', message, self.surface.trouble))

    def refuse(self, refusal):
        message = f"Incorrect API key provided: {CREDENTIAL}" if refusal.quotes else None
        body = error_body(self.surface.speech, refusal.status, *([message] if message else []))
        self.whole(f"{refusal.status} Refused", "application/json", body, refusal.fields)

    def whole(self, status, type_, body, fields=""):
        # RFC 9110 §8.6: 204 has no length.
        length = "" if status.startswith("204") else f"Content-Type: {type_}\r\nContent-Length: {len(body)}\r\n"
        head = f"HTTP/1.1 {status}\r\n{length}Connection: close\r\n{fields}\r\n"
        self.connection.sendall(head.encode() + body)

    ACTIONS = {
        steps.HEAD: head, steps.BEGIN: begin, steps.BEGIN_IN_CHUNKS: begin_in_chunks, steps.HALF_BEGUN: half,
        steps.REST: rest, steps.MARK: mark, steps.WHOLE: all, steps.SEEN: await_caller, steps.END: end,
        steps.SILENCE: silence, steps.RESET: reset, steps.CLOSE: lambda script: script.connection.close(),
        steps.TROUBLE: trouble, steps.TROUBLE_WITH_KEY: trouble_with_key,
    }
