"""Where a fuzzer starts: the corpora, where they are there, and a few inputs of our own for what they do not hold."""

import os
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# What FuzzInput reads at the end of an input: two cuts and the limits.
TAILS = [bytes([0, 0, 0, 0, 1]), bytes([0, 9, 0, 31, 0]), bytes([0, 5, 0, 60, 3]), bytes([0, 1, 0, 2, 5])]
ESCAPE = re.compile(rb"\\(x[0-9a-fA-F]{2}|[rntf0])")
NAMED = {b"r": b"\r", b"n": b"\n", b"t": b"\t", b"f": b"\f", b"0": b"\0"}

RESPONSES = [
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}HTTP/1.1 204 \r\n\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;a=\"b\"\r\nhello\r\n0\r\nX: y\r\n\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: a\r\n\r\nHTTP/1.0 502\r\nRetry-After: 3\r\n\r\nuntil",
    b"HTTP/1.1 304 Not Modified\nContent-Length: 7\nConnection: close\n\n",
]
STREAMS = [
    b"\xef\xbb\xbf: hello\r\n\r\nevent: delta\r\ndata: {\"a\":1}\r\ndata: b\r\nid: 7\r\nretry: 250\r\n\r\n",
    b"data: a\rdata\rid\r\r\rdata:b\n\ndata: [DONE]\n\n", b"retry: 99999999999999999999\ndata\n\nid: \0\ndata: x\n\n",
]
TARGETS = [
    b"api/v1/models/gpt%2D4/versions/3?limit=10&slice.language=zh%2FTW&q=a+b%2Bc&flag&=x&&a=b=c",
    b"prompts/team%2Fgreeting/..%2f%2e%2e/%c0%af/%ed%a0%80/%E4%B8%AD?%ff", b"a;b=c,d/~%7e/%00#x?y",
]
DOCUMENTS = [
    b'{"model":"support-bot","messages":[{"role":"user","content":"\\ud83d\\ude00"}],"a":[1,2.5e-3,null,true]}',
    b'{"mod\\u0065l":{"a":{"b":[[]]}},"a":9223372036854775808,"messages":"x"}',
]


FORMS = [
    b'--xYz\r\nContent-Disposition: form-data; name="model"\r\n\r\nbot\r\n--xYz\r\n'
    b'content-disposition:form-data;name=file;filename="a.wav"\r\nContent-Type: audio/wav\r\n\r\n'
    b'RIFF\r\n--xY\r--xYz-\r\n\r\n--xYz--\r\n',
    b'\r\n--xYz\r\nX: y\r\nContent-Disposition: form-data; name="a%22[]"; filename*=UTF-8\'\'b\r\n\r\n\r\n--xYz--',
]


def corpora():
    path = Path(os.environ.get("SIGNALBOX_CORPORA", ROOT.parent / "shared" / "corpora"))
    return path if path.is_dir() else None


def expanded(data):
    return ESCAPE.sub(
        lambda match: NAMED.get(match.group(1)) or bytes([int(match.group(1)[1:], 16)]), data)


def requests(root):
    for path in sorted((root / "gunicorn-http").glob("*/*.http")):
        yield expanded(path.read_bytes().replace(b"\n", b""))
    for path in sorted((root / "llhttp").glob("*.md")):
        for block in re.findall(rb"```http\n(.*?)\n```", path.read_bytes(), re.DOTALL):
            yield expanded(block.replace(b"\\\n", b"").replace(b"\n", b"\r\n"))


def with_tails(inputs):
    return [data + TAILS[index % len(TAILS)] for index, data in enumerate(inputs)]


def of(target):
    """Names and bytes."""
    root = corpora()
    if target == "RequestParser":
        inputs = with_tails(requests(root) if root else [])
    elif target == "ResponseParser":
        inputs = with_tails(RESPONSES)
    elif target == "EventStream":
        inputs = with_tails(STREAMS)
    elif target == "FormParser":
        inputs = with_tails(FORMS)
    elif target == "RequestTarget":
        inputs = TARGETS
    else:
        cases = sorted((root / "JSONTestSuite" / "test_parsing").glob("*.json")) if root else []
        inputs = DOCUMENTS + [path.read_bytes() for path in cases]
    # Longer ones would only slow the mutations down.
    return [(f"seed-{index:03}", data) for index, data in enumerate(inputs) if len(data) <= 4_096]
