"""What a caller must see, and what must be recorded: the rule of a cell, held against both."""

import json
import math

from faults.kinds import EVENTS
from faults.provider import CREDENTIAL
from faults.vendors import ANTHROPIC_TYPES, SAID, told

# Micro-USD for a token; a version's price is that of a million.
INPUT_PRICE, OUTPUT_PRICE = 1, 2
BYTES_PER_TOKEN = 4
# All that tells a caller whether and when to come again.
RETRY_FIELDS = ("x-should-retry", "retry-after", "retry-after-ms")


def check_seen(cell, seen):
    surface, rule = cell.surface, cell.rule
    assert CREDENTIAL.encode() not in seen.body, "the provider's credential is shown"
    assert seen.headers["x-signalbox-variant"] == "control"
    # Who refused has served: its words are what the caller reads.
    assert seen.headers.get("x-signalbox-served-by") == ("spare" if cell.is_saved else None)
    if cell.is_saved or rule.sees in ("answer", "nothing"):
        assert (seen.status, seen.is_whole) == (200, True)
        check_fields(seen, {})
        assert seen.headers["content-type"] == surface.delivered.type
        assert seen.body == (b"" if rule.sees == "nothing" else surface.delivered.whole)
    elif rule.sees in ("ours", "theirs"):
        assert (seen.status, seen.is_whole) == (rule.status, True)
        check_fields(seen, dict(rule.fields))
        assert seen.headers["content-type"] == "application/json"
        check_error(cell, json.loads(seen.body))
    else:
        check_break(cell, seen)


def check_fields(seen, wanted):
    found = {name: seen.headers[name] for name in RETRY_FIELDS if name in seen.headers}
    for name, value in wanted.items():
        if isinstance(value, range) and int(found.get(name, -1)) in value:
            found[name] = value
    assert found == wanted


def check_break(cell, seen):
    told_so_far = cell.surface.delivered.first
    if cell.rule.reach == "unmarked":
        told_so_far += cell.surface.delivered.rest
    assert (seen.status, seen.is_whole) == (200, cell.rule.sees == "broken")
    check_fields(seen, {})
    assert seen.headers["content-type"] == cell.surface.delivered.type
    assert seen.body[:len(told_so_far)] == told_so_far
    end = seen.body[len(told_so_far):]
    if cell.rule.sees == "cut":
        assert end == b""
    elif cell.rule.is_reported:
        assert end == (cell.surface.told_trouble or cell.surface.trouble)
    else:
        # One event, the last, and no mark of a whole stream.
        lines = end.decode().split("\n")
        named = ["event: error"] if cell.surface.style == "anthropic" else []
        assert lines[:-3] == named and lines[-2:] == ["", ""], end
        check_error(cell, json.loads(lines[-3].removeprefix("data: ")))


def check_error(cell, body):
    """The whole object, in the shape that the caller's SDK reads."""
    style, rule = cell.surface.style, cell.rule
    error = body["error"]
    message = error["message"]
    if rule.sees == "theirs" and not rule.is_silenced:
        wanted = told(cell.surface.speech, style, rule.status)
    elif style == "anthropic":
        status = {"upstream_timeout": 504}.get(rule.code, 502) if rule.sees == "broken" else rule.status
        wanted = {"type": ANTHROPIC_TYPES[status], "message": message}
    else:
        wanted = {
            "message": message, "type": rule.type or "invalid_request_error", "param": None, "code": rule.code}
    assert error == wanted
    assert message and (rule.sees == "theirs" or SAID not in message)
    if style == "openai":
        assert set(body) == {"error"}
    else:
        assert set(body) == {"type", "error", "request_id"} and body["type"] == "error" and body["request_id"]


def check_outcome(cell, outcome, run):
    surface, rule = cell.surface, cell.rule
    ends_well = cell.is_saved or rule.sees in ("answer", "nothing")
    expected = {
        "status": "ok" if cell.is_saved else rule.outcome, "error": None if cell.is_saved else rule.error,
        "variant": "control", "served_by": served_by(cell), "surface": surface.surface, "origin": "traffic",
        "deployment": run.deployment.name, "request_id": run.user, "unit": run.user, "stream": is_stream(cell),
        "model": run.deployment.spare if cell.is_saved else run.deployment.model,
        "attempts": attempts(cell, run), **usage(cell, run, ends_well)}
    found = {name: outcome[name] for name in expected}
    found["tokens"] = found["tokens"] and (found["tokens"]["input"], found["tokens"]["output"])
    found["attempts"] = [
        tuple(attempt[name] for name in ("variant", "provider", "status", "error")) for attempt in outcome["attempts"]]
    differing = {name: (found[name], value) for name, value in expected.items() if found[name] != value}
    assert not differing, f"recorded, expected: {differing}"
    assert all(attempt["latency_ms"] >= 0 for attempt in outcome["attempts"])


def served_by(cell):
    if cell.is_saved:
        return "spare"
    return None if cell.rule.sees == "ours" else "control"


def is_stream(cell):
    """Whether it was asked for; a request for media does not say, and is known by its answer's type alone."""
    if cell.surface.shape != EVENTS:
        return False
    says = "stream" in cell.surface.request and not cell.surface.is_form
    return says or cell.is_saved or cell.fault.has_good_head


def attempts(cell, run):
    last = [("spare", run.deployment.sound, 200, None)] if cell.is_saved else []
    return [("control", run.deployment.faulty, cell.rule.upstream, cell.rule.error)] * cell.tries + last


def usage(cell, run, ends_well):
    """Tokens, how they are known, and the cost: null where nobody knows them, never 0."""
    surface = cell.surface
    if ends_well and surface.tokens:
        return known(*surface.tokens, surface.finish)
    if cell.rule.sees == "broken":
        heard = getattr(surface, cell.rule.reach)
        if None not in heard.tokens:
            return known(*heard.tokens, heard.finish)
        if heard.said is not None:
            sent = heard.tokens[0] or estimate(run.bodies[-1])
            return {**known(sent, estimate(heard.said), heard.finish), "tokens_estimated": True}
    return {"tokens": None, "tokens_estimated": False, "cost_micro_usd": None,
            "finish_reason": surface.finish if ends_well else None}


def known(sent, said, finish):
    return {
        "tokens": (sent, said), "tokens_estimated": False, "finish_reason": finish,
        "cost_micro_usd": sent * INPUT_PRICE + said * OUTPUT_PRICE}


def estimate(byte_count):
    return math.ceil(byte_count / BYTES_PER_TOKEN)
