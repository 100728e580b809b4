"""The rules of 20-api.md that the table of faults is written in, each once."""

from faults.kinds import DOCUMENT, EVENTS, MEDIA, Rule

# `x-should-retry: false` on a 5xx once our own retries and fallbacks are spent.
FINAL = (("x-should-retry", "false"),)


def failed(error, upstream=None, code="upstream_error", again="never"):
    """The provider gave nothing that the caller may have: 502 in our words."""
    return Rule(
        "ours", 502, "upstream_error", error, upstream, "server_error", code, falls_back=True, again=again,
        fields=FINAL)


def late(error, upstream=None):
    """The same by the clock: 504. Nobody is asked again, since the provider may still be at work."""
    return Rule(
        "ours", 504, "upstream_timeout", error, upstream, "timeout_error", "upstream_timeout", falls_back=True,
        fields=FINAL)


def refused(status, outcome, falls_back=False, again="never", fields=(), is_silenced=False):
    """An answer that is the caller's to see, in the provider's own words; whether to come again is the caller's."""
    return Rule(
        "theirs", status, outcome, f"http_{status}", status, falls_back=falls_back, again=again, fields=fields,
        is_silenced=is_silenced)


def answered():
    return Rule("answer", 200, "ok", upstream=200)


def broken(error, is_late=False, is_reported=False, reach="begun"):
    """Something has reached the caller: an honest end, no mark of a whole stream, and nobody else is asked."""
    return Rule(
        "broken", 200, "broken_stream", error, 200, "timeout_error" if is_late else "server_error",
        "upstream_timeout" if is_late else "upstream_error", is_reported=is_reported, reach=reach)


def cut(error):
    """Bytes of any other type can hold no error: the connection ends without the end of the body."""
    return Rule("cut", 200, "broken_stream", error, 200)


def any_shape(rule):
    """Nothing has reached the caller, whatever it waits for."""
    return {DOCUMENT: rule, EVENTS: rule, MEDIA: rule}


def midway(error, is_late=False, again="never"):
    """In the midst of an answer, of which documents alone are held back until they are whole."""
    held = late(error, 200) if is_late else failed(error, 200, again=again)
    return {DOCUMENT: held, EVENTS: broken(error, is_late), MEDIA: cut(error)}
