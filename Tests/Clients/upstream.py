"""A provider whose stream goes on only when the test says so, and which tells when its caller went away."""

import json
import socket
import threading

DEADLINE_S = 30


class ScriptedUpstream:
    """Takes one connection at a time; answers every request with one event, then waits for `finish`. With `breaks` the
    connection is closed then, where the rest should come."""

    def __init__(self, breaks=False):
        self.breaks = breaks
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(0.05)
        self.base_url = f"http://127.0.0.1:{self.listener.getsockname()[1]}/v1"
        self.began = threading.Event()
        self.finish = threading.Event()
        self.departed = threading.Event()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._accept)
        self._thread.start()

    def close(self):
        self._ended.set()
        self.finish.set()
        self._thread.join(DEADLINE_S)
        self.listener.close()

    def _accept(self):
        while not self._ended.is_set():
            try:
                connection, _ = self.listener.accept()
            except TimeoutError:
                continue
            with connection:
                connection.settimeout(0.05)
                try:
                    self._serve(connection)
                except OSError:
                    self.departed.set()

    def _serve(self, connection):
        if not self._read_request(connection):
            return
        connection.sendall(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
        self._send(connection, _chunk({"role": "assistant", "content": "one "}))
        self.began.set()
        while not self.finish.is_set():
            try:
                if connection.recv(1) == b"":
                    self.departed.set()
                    return
            except TimeoutError:
                continue
        if self.breaks:
            return
        self._send(connection, _chunk({"content": "two"}))
        self._send(connection, _chunk({}, "stop"))
        self._send(connection, b"data: [DONE]\n\n")
        connection.sendall(b"0\r\n\r\n")

    def _read_request(self, connection):
        received = b""
        while not self._ended.is_set():
            try:
                piece = connection.recv(65_536)
            except TimeoutError:
                continue
            if piece == b"":
                return False
            received += piece
            head, separator, body = received.partition(b"\r\n\r\n")
            if not separator:
                continue
            lengths = [
                int(line.split(b":")[1]) for line in head.split(b"\r\n")
                if line.lower().startswith(b"content-length:")
            ]
            if len(body) >= (lengths[0] if lengths else 0):
                return True
        return False

    def _send(self, connection, event):
        connection.sendall(b"%x\r\n%s\r\n" % (len(event), event))


def _chunk(delta, finish_reason=None):
    return b"data: " + json.dumps({
        "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "scripted",
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish_reason}],
    }).encode() + b"\n\n"
