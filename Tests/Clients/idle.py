"""Connections that have had an answer and then say nothing more."""

import socket
from pathlib import Path

# So many from one source address: the ephemeral ports of one are some 28,000, and others use them too.
PER_SOURCE = 5_000
# So many requests are on their way at once: what a burst of inferences takes is no matter of connections that idle.
BURST = 32
DEADLINE_S = 30


class IdleClients:
    """`count` keep-alive connections to `port`, each with one request answered; open until `close`."""

    def __init__(self, port, count, request):
        self.connections = []
        try:
            for first in range(0, count, BURST):
                burst = [connect(port, number) for number in range(first, min(first + BURST, count))]
                self.connections += burst
                for connection in burst:
                    connection.sendall(request)
                for connection in burst:
                    read_answer(connection)
        except BaseException:
            self.close()
            raise

    def close(self):
        for connection in self.connections:
            connection.close()


def connect(port, number):
    source = (f"127.0.0.{2 + number // PER_SOURCE}", 0)
    return socket.create_connection(("127.0.0.1", port), timeout=DEADLINE_S, source_address=source)


def read_answer(connection):
    """An answer with a length, which must be a 200."""
    received = b""
    while True:
        piece = connection.recv(65_536)
        if not piece:
            raise RuntimeError(f"the connection was closed after {received!r}")
        received += piece
        head, end, body = received.partition(b"\r\n\r\n")
        if end and len(body) >= length_of(head):
            break
    if not head.startswith(b"HTTP/1.1 200 "):
        raise RuntimeError(f"not answered: {received[:600]!r}")


def length_of(head):
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    raise RuntimeError(f"no length: {head!r}")


def memory(pid):
    """Bytes by kind: what of the process lies in memory (proc(5), smaps_rollup)."""
    kinds = {}
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]:
        name, _, value = line.partition(":")
        kinds[name] = int(value.split()[0]) * 1024
    return kinds
