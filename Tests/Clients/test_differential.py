"""Our parser of requests against h11's: where both read a message, they read the same one, and no bytes that one takes
for a request are a body to the other. Where only one reads it, the reason is one of those below."""

import json
import os
import re
import subprocess
from pathlib import Path

import h11
import pytest

from wire_cases import WireCases

ROOT = Path(__file__).resolve().parents[2]
CASES = int(os.environ.get("SIGNALBOX_DIFFERENTIAL_CASES", "20000"))
SEEDS = [1, 2]

# What h11 reads and we refuse: our own words for it, and why.
STRICTER = {
    r"the method is not known here": "RFC 9110 §9.1: 501; h11 leaves methods to the application",
    r"only HTTP/1\.0 and HTTP/1\.1": "RFC 9110 §2.5: 505; h11 reads any number",
    r"a line ends with LF without CR": "RFC 9112 §2.2 lets a recipient take a bare LF; smuggling lives on it",
    r"white space|folded|a header field has no name": "RFC 9112 §5.2: a server may refuse obs-fold",
    r"holds a control character": "RFC 9110 §5.5: h11 lets all but NUL and white space through",
    r"the field Host is missing": "RFC 9110 §2.5: a later minor version is read as 1.1; h11 asks 1.1 alone for Host",
    r"the field Host is not a host": "RFC 9112 §3.2: an invalid value is a 400",
    r"the request target must start with /": "RFC 9112 §3.2: h11 takes any visible characters",
    r"the target \* is only for OPTIONS": "RFC 9112 §3.2.4",
    r"the target of CONNECT must be host:port": "RFC 9112 §3.2.3",
    r"the authority of the request target": "RFC 9112 §3.2.2",
    r"the field Content-Length is given twice": "RFC 9110 §8.6 lets equal ones be repaired; who sends them?",
    r"the field Content-Length is not a number": "RFC 9110 §8.6: h11 repairs a list of equal numbers",
    r"the field (Content-Type|Authorization) is given twice": "RFC 9110 §5.3: neither is a list",
    r"Content-Length and Transfer-Encoding must not both": "RFC 9112 §6.1 lets a server refuse it: smuggling",
    r"HTTP/1\.0 has no Transfer-Encoding": "RFC 9112 §6.1: the framing is faulty",
    r"two header fields differ only by _ and -": "whoever reads X_A as X-A sees another request (RFC 3875 §4.1.18)",
    r"a chunk size holds a byte that is no hex": "RFC 9112 §7.1: h11 takes white space behind the size",
    r"a chunk size is too large": "RFC 9112 §7.1: more than fifteen digits, zeros in front among them",
    r"a chunk extension": "RFC 9112 §7.1.1: h11 takes anything there",
    r"must not stand in a trailer": "RFC 9110 §6.5.1: it would frame, route or authorise",
}
# What we read and h11 refuses: its words, and why.
LAXER = {
    r"no request line received": "RFC 9112 §2.2: an empty line before the request line is skipped",
    r"Only Transfer-Encoding: chunked is supported": "RFC 9110 §5.6.1: empty elements of a list are passed over",
    r"bad Content-Length": "RFC 9110 §8.6: 1*DIGIT, zeros in front among them; h11 counts at most twenty",
}


def probe():
    path = Path(os.environ.get("SIGNALBOX_PROBE", ROOT / ".build" / "debug" / "ParserProbe"))
    assert os.access(path, os.X_OK), f"no program at {path}: `swift build --build-tests` makes it"
    return path


def read_by_us(cases):
    given = b"".join(len(case).to_bytes(4, "big") + case for case in cases)
    done = subprocess.run([probe()], input=given, capture_output=True, timeout=300, check=True)
    lines = done.stdout.decode("ascii").splitlines()
    assert len(lines) == len(cases)
    return [decoded(json.loads(line)) for line in lines]


def decoded(reading):
    for message in reading["messages"]:
        message["method"] = message["method"].encode()
        for name in ("target", "body"):
            message[name] = bytes.fromhex(message[name])
        message["fields"] = [tuple(bytes.fromhex(part) for part in field) for field in message["fields"]]
    return reading


def read_by_h11(data):
    """The same shape. A reading ends with a message after which h11 closes: what follows is not looked at."""
    connection = h11.Connection(h11.SERVER)
    messages, error, closes = [], None, False
    if data:
        # Nothing would mean that the client has closed.
        connection.receive_data(data)
    try:
        while True:
            event = connection.next_event()
            if event is h11.NEED_DATA:
                break
            if isinstance(event, h11.Request):
                messages.append({
                    "method": event.method, "target": event.target, "minor": int(event.http_version[2:]),
                    "major": int(event.http_version[:1]), "fields": event.headers.raw_items(), "body": b"",
                    "complete": False})
            elif isinstance(event, h11.Data):
                messages[-1]["body"] += bytes(event.data)
            elif isinstance(event, h11.EndOfMessage):
                messages[-1]["complete"] = True
            if event is h11.PAUSED or isinstance(event, h11.EndOfMessage):
                # 404 answers CONNECT and Upgrade too: nothing but HTTP follows.
                connection.send(h11.Response(status_code=404, headers=[("Content-Length", "0")]))
                connection.send(h11.EndOfMessage())
                if connection.our_state is not h11.DONE:
                    closes = True
                    break
                connection.start_next_cycle()
    except h11.RemoteProtocolError as fault:
        error = str(fault)
    return {"messages": messages, "error": error, "closes": closes}


def comparable(message):
    """Method, target, version and fields. Two things that are done on purpose are left out: we put the authority of an
    absolute target or of CONNECT in the place of Host (RFC 9112 §3.2.2), and h11 spells `chunked` in lower case."""
    has_authority = message["method"] == b"CONNECT" or re.match(rb"https?://", message["target"], re.IGNORECASE)
    fields = []
    for name, value in message["fields"]:
        if name.lower() == b"transfer-encoding":
            value = value.lower()
        if name.lower() == b"host" and has_authority:
            value = b""
        fields.append((name, value))
    return message["method"], message["target"], min(message["minor"], 1), fields


def reason(words, reasons):
    return next((pattern for pattern in reasons if re.search(pattern, words)), None)


def disagreement(ours, theirs, used):
    """What is wrong, or None. Reasons that were needed go into `used`."""
    for index in range(max(len(ours["messages"]), len(theirs["messages"]))):
        one = ours["messages"][index] if index < len(ours["messages"]) else None
        other = theirs["messages"][index] if index < len(theirs["messages"]) else None
        if theirs["closes"] and other is None:
            return None
        if one and other and comparable(one) != comparable(other):
            return f"message {index}: {comparable(one)} here, {comparable(other)} there"
        done, also = bool(one and one["complete"]), bool(other and other["complete"])
        if done and also:
            if one["body"] != other["body"]:
                return f"message {index}: body {one['body']} here, {other['body']} there"
            continue
        if also:
            # h11 has read what we have not.
            if ours["error"] is None:
                return f"message {index} is complete there, not here"
            used.append(reason(ours["error"]["detail"], STRICTER))
            return None if used[-1] else f"refused here without a reason: {ours['error']}"
        if done:
            if theirs["error"] is None:
                return f"message {index} is complete here, not there"
            used.append(reason(theirs["error"], LAXER))
            return None if used[-1] else f"refused there without a reason: {theirs['error']}"
        if one and other and not (one["body"].startswith(other["body"]) or other["body"].startswith(one["body"])):
            return f"message {index}: body {one['body']} here, {other['body']} there, so far"
        return None
    return None


@pytest.mark.parametrize("seed", SEEDS)
def test_no_request_is_framed_otherwise_than_by_h11(seed):
    generator = WireCases(seed)
    cases = [generator.one() for _ in range(CASES // len(SEEDS))]
    readings = read_by_us(cases)
    both, used, faults = 0, [], []
    for case, ours in zip(cases, readings):
        theirs = read_by_h11(case)
        fault = disagreement(ours, theirs, used)
        if fault:
            faults.append(f"{case!r}: {fault}")
        both += any(message["complete"] for message in ours["messages"]) and any(
            message["complete"] for message in theirs["messages"])
    assert not faults, f"{len(faults)} of {len(cases)}:\n" + "\n".join(faults[:10])
    # Else the generator shows nothing.
    assert both > len(cases) // 4 and len(set(used)) > 10, (both, set(used))


def test_every_reason_is_still_needed():
    """A reason that no case needs any more would hide a disagreement that is new."""
    generator = WireCases(3)
    cases = [generator.one() for _ in range(CASES)]
    used = []
    for case, ours in zip(cases, read_by_us(cases)):
        disagreement(ours, read_by_h11(case), used)
    assert set(used) >= set(STRICTER) | set(LAXER), (set(STRICTER) | set(LAXER)) - set(used)
