"""One request of a caller's, and all that is seen of its answer."""

import http.client
import re

from faults.kinds import compact

DEADLINE_S = 60
BOUNDARY = "matrix7MA4YWxkTrZu0gW"
RECORDING = b"RIFF" + bytes(range(256))
# What is the gateway's own to say, where it writes the answer: when it was made, and as long as nobody has counted, how
# many tokens the request may have.
CREATED = re.compile(rb'"created":[0-9]+')
ESTIMATED = re.compile(rb'"input_tokens":[0-9]+,"output_tokens":0')


class Seen:
    """An answer as its caller has it."""

    def __init__(self, status, headers, body, is_whole):
        self.status = status
        self.headers = {name.lower(): value for name, value in headers}
        self.body = ESTIMATED.sub(b'"input_tokens":0,"output_tokens":0', CREATED.sub(b'"created":0', body))
        # Whether it ended as it was framed, and not with its connection.
        self.is_whole = is_whole

    def __repr__(self):
        return f"{self.status} {self.headers} {self.body[:800]!r}{'' if self.is_whole else ' …cut'}"


def ask(port, key, surface, model, user, seen):
    """`user` passes to the provider, and so tells whose request it is; `seen` is told when something has come."""
    type_, body = form(surface, model, user) if surface.is_form else document(surface, model, user)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=DEADLINE_S)
    try:
        connection.request("POST", surface.path, body, {
            "Authorization": f"Bearer {key}", "Content-Type": type_, "X-Request-Id": user,
            "anthropic-version": "2023-06-01"})
        answer = connection.getresponse()
        body, is_whole = read(answer, seen)
        return Seen(answer.status, answer.getheaders(), body, is_whole)
    finally:
        connection.close()


def read(answer, seen):
    body = b""
    try:
        while piece := answer.read1(65_536):
            body += piece
            seen.set()
    except (http.client.IncompleteRead, ConnectionResetError) as error:
        return body + getattr(error, "partial", b""), False
    return body, True


def document(surface, model, user):
    # As each vendor calls it.
    named = {"metadata": {"user_id": user}} if surface.style == "anthropic" else {"user": user}
    return "application/json", compact({"model": model, **surface.request, **named})


def form(surface, model, user):
    fields = {"model": model, "user": user, **surface.request}
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()]
    file = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n'.encode()
    body = b"".join(parts) + file + RECORDING + f"\r\n--{BOUNDARY}--\r\n".encode()
    return f"multipart/form-data; boundary={BOUNDARY}", body
