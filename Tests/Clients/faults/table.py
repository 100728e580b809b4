"""The table of faults: what a provider does, and the rule for it (rules.py); at its end, where a surface's rule is
another one, and why."""

import dataclasses

from faults.kinds import DOCUMENT, EVENTS, MEDIA, Deviation, Fault
from faults.rules import FINAL, answered, any_shape, broken, failed, late, midway, refused
from faults.steps import (
    BEGIN, BEGIN_IN_CHUNKS, CLOSE, END, HALF_BEGUN, HEAD, MARK, RESET, REST, SEEN, SILENCE, TROUBLE, TROUBLE_WITH_KEY,
    WHOLE, Body, Event, Pause, Refusal, Text)

# What one try of a deployment, or all of its tries, may take here.
TRY_MS = 1_500
GARBAGE = b'{"choices":['
PAGE = b"<html><body>502</body></html>"
ERROR = b'{"error":{"message":"no","code":502}}'


def status(number, rule, fields="", name=None, **options):
    return Fault(name or f"status {number}", (Refusal(number, fields, **options),), any_shape(rule))


# Providers that answer with a status.
REFUSALS = [
    # A server error is 502 in our words: the provider's may quote what is ours. Whether it did the work is not known,
    # so that only cheap surfaces are asked again, but for 529 (Anthropic's "overloaded"), which says that it did not.
    status(500, failed("http_500", 500, again="cheap")),
    status(502, failed("http_502", 502, again="cheap")),
    status(503, failed("http_503", 503, again="cheap"), "retry-after-ms: 20\r\n"),
    status(529, failed("http_529", 529, again="always")),
    # The provider's own deadline is a timeout: not tried again, since what was slow is not helped by more of it.
    status(504, failed("http_504", 504)),
    status(501, failed("http_501", 501)),
    status(307, failed("http_307", 307), "Location: /elsewhere\r\n"),
    # About our credential and our account, and nothing that the caller could mend.
    status(401, failed("http_401", 401, code="provider_misconfigured")),
    status(401, failed("http_401", 401, code="provider_misconfigured"), name="status 401 that quotes the key",
           quotes=True),
    status(402, failed("http_402", 402, code="provider_misconfigured")),
    status(403, failed("http_403", 403, code="provider_misconfigured")),
    # About what the caller sent: every provider would say it, so nobody else is asked.
    status(400, refused(400, "invalid_request")),
    status(400, refused(400, "invalid_request", is_silenced=True), name="status 400 that quotes the key", quotes=True),
    status(409, refused(409, "invalid_request", again="always")),
    status(413, refused(413, "invalid_request")),
    status(422, refused(422, "invalid_request")),
    # The variant's model or path is not there: no fault of the caller's, and a fallback may have it.
    status(404, refused(404, "upstream_error", falls_back=True)),
    status(405, refused(405, "upstream_error", falls_back=True)),
    # Says nothing about the request, so a fallback may do better. By the clock, as 504 is.
    status(408, refused(408, "upstream_timeout", falls_back=True)),
    # When to come again is the provider's to say, and passes; whether, the caller's: never `x-should-retry`. Where the
    # provider does not say when, nobody knows, and nothing is made up.
    status(429, refused(429, "rate_limited", falls_back=True, again="always")),
    status(429, refused(
        429, "rate_limited", falls_back=True, again="always",
        fields=(("retry-after", "1"), ("retry-after-ms", "20"))),
        "Retry-After: 1\r\nretry-after-ms: 20\r\n", "status 429 with Retry-After"),
    # Longer than a try may wait (`gateway.retry_after_max_ms`).
    status(429, refused(429, "rate_limited", falls_back=True, fields=(("retry-after", "3600"),)),
           "Retry-After: 3600\r\n", "status 429 for an hour"),
]

# Providers that cannot be reached, or that say nothing one can read.
CONNECTIONS = [
    # Nothing arrived there, so that asking again costs nothing.
    Fault("nobody listens", (), any_shape(failed("connect_failed", again="always")), place="closed port"),
    Fault("the name does not exist", (), any_shape(failed("name_not_resolved", again="always")), place="unknown name"),
    # Somebody has to mend these first.
    Fault("no TLS behind https", (), any_shape(failed("tls_failed")), place="plain text"),
    Fault(
        "an address that is not allowed", (),
        any_shape(failed("address_not_allowed", code="address_not_allowed")), place="private address"),
    # Left alone by an operator's word; for how long is not known, and a breaker's time is what a caller is told.
    Fault(
        "switched off", (),
        any_shape(dataclasses.replace(
            failed("circuit_open", code="circuit_open"), status=503,
            fields=(*FINAL, ("retry-after", range(4, 6)), ("retry-after-ms", range(4_000, 5_001))))),
        place="switched off"),
    # A connection of its own, so that no idle one is to blame.
    Fault("closed before the head", (CLOSE,), any_shape(failed("connection_lost", again="cheap"))),
    Fault("reset before the head", (RESET,), any_shape(failed("connection_lost", again="cheap"))),
    Fault(
        "closed inside of the head", (Text(b"HTTP/1.1 200 OK\r\nContent-Ty"), CLOSE),
        any_shape(failed("connection_lost", again="cheap"))),
    # What is there is there: it would come again.
    Fault("another protocol", (Text(b"SSH-2.0-OpenSSH_9.2\r\n"), SILENCE), any_shape(failed("malformed_answer"))),
    Fault(
        "a huge head", (Text(b"HTTP/1.1 200 OK\r\nX-Flood: " + b"y" * 100_000), SILENCE),
        any_shape(failed("head_too_large"))),
    # Deadlines: the deployment's for one try and for all of them, the process's for the first byte.
    Fault(
        "silence for a try's time", (SILENCE,), any_shape(late("timeout_try")),
        deployment={"timeouts": {"try_ms": TRY_MS}}, is_patient=True),
    Fault(
        "silence for the time of all tries", (SILENCE,),
        any_shape(dataclasses.replace(late("timeout_total"), falls_back=False)),
        deployment={"timeouts": {"total_ms": TRY_MS}}, is_patient=True),
    Fault("silence", (SILENCE,), any_shape(late("timeout_first_byte")), is_patient=True),
]

# Answers that begin and are not what they should be.
BREAKS = [
    # Slow is not broken.
    Fault("slow", (Pause(0.3), BEGIN, Pause(0.1), REST, Pause(0.1), MARK, END), any_shape(answered()), is_patient=True),
    Fault("more than was announced", (WHOLE, Text(b"HTTP/1.1 200 OK\r\n\r\n")), any_shape(answered())),

    # The head is here, and no answer.
    Fault("closed behind the head", (HEAD, CLOSE), any_shape(failed("truncated", 200, again="cheap"))),
    Fault("reset behind the head", (HEAD, RESET), any_shape(failed("truncated", 200, again="cheap"))),
    Fault("silence behind the head", (HEAD, SILENCE), any_shape(late("timeout_idle", 200)), is_patient=True),

    # Something is here.
    Fault("closed midway", (BEGIN, SEEN, CLOSE), midway("truncated", again="cheap")),
    Fault("reset midway", (BEGIN, SEEN, RESET), midway("truncated", again="cheap")),
    Fault("silence midway", (BEGIN, SEEN, SILENCE), midway("timeout_idle", is_late=True), is_patient=True),
    Fault("a chunk without a size", (BEGIN_IN_CHUNKS, SEEN, Text(b"zz\r\n"), SILENCE), midway("malformed_answer")),

    # Well framed, and no answer. (Where events are waited for, none came before the end.)
    Fault("garbage", (Body(GARBAGE, type="application/json"),), {
        DOCUMENT: failed("malformed_answer", 200), EVENTS: failed("truncated", 200, again="cheap"),
        MEDIA: failed("malformed_answer", 200)}),
    Fault("an error page", (Body(PAGE, type="text/html"),), {
        DOCUMENT: failed("malformed_answer", 200), EVENTS: failed("truncated", 200, again="cheap"),
        MEDIA: failed("malformed_answer", 200)}),
    Fault("nothing", (Body(b""),), {
        DOCUMENT: failed("malformed_answer", 200), EVENTS: failed("truncated", 200, again="cheap"),
        MEDIA: failed("malformed_answer", 200)}),
    Fault("204", (Body(b"", "204 No Content"),), {
        DOCUMENT: failed("malformed_answer", 204), EVENTS: failed("truncated", 204, again="cheap"),
        MEDIA: failed("malformed_answer", 204)}),

    # As good as a status: some vendors answer so. (Where events are waited for, it is none.)
    Fault("an error with status 200", (Body(ERROR, type="application/json"),), {
        DOCUMENT: failed("error_event", 200), EVENTS: failed("truncated", 200, again="cheap"),
        MEDIA: failed("error_event", 200)}),

    # Of streams alone. As long as no event came, another may answer.
    Fault("closed inside of the first event", (HALF_BEGUN, CLOSE), {EVENTS: failed("truncated", 200, again="cheap")}),
    Fault("garbage as the first event", (HEAD, Event("{not"), SILENCE), {EVENTS: failed("malformed_answer", 200)}),
    Fault("an error as the first event", (HEAD, TROUBLE, END), {EVENTS: failed("error_event", 200)}),
    Fault("garbage midway", (BEGIN, SEEN, Event("{not"), SILENCE), {EVENTS: broken("malformed_answer")}),
    # The provider's own words, in the caller's shape.
    Fault("an error midway", (BEGIN, SEEN, TROUBLE, END), {EVENTS: broken("error_event", is_reported=True)}),
    # But none that hold our key.
    Fault("an error midway that quotes the key", (BEGIN, SEEN, TROUBLE_WITH_KEY, END), {
        EVENTS: broken("error_event")}),
    Fault("no mark of the end", (BEGIN, SEEN, REST, END), {EVENTS: broken("truncated", reach="unmarked")}),
    Fault("closed before the mark of the end", (BEGIN, SEEN, REST, CLOSE), {
        EVENTS: broken("truncated", reach="unmarked")}),
    # What comes behind the mark is nobody's concern.
    Fault("reset behind the mark of the end", (BEGIN, SEEN, REST, MARK, RESET), {EVENTS: answered()}),
]

FAULTS = REFUSALS + CONNECTIONS + BREAKS

MEDIA_STREAMS = ("speech, streamed", "transcriptions, streamed")
FORMS = ("transcriptions", "transcriptions as text", "translations", "transcriptions, streamed")

DEVIATIONS = [
    Deviation(
        "nothing", ("transcriptions as text",),
        {"sees": "nothing", "status": 200, "outcome": "ok", "error": None, "falls_back": False, "fields": ()},
        "silence, written down, is a text of no letters; spoken it would be something"),
    Deviation(
        "silence for a try's time", FORMS, {"error": "timeout_first_byte"},
        "how long a form takes to send is its caller's doing, so that a try's time does not hold; the provider's time "
        "to its first byte begins when it has the form"),
    Deviation(
        "an error as the first event", ("messages, streamed", "chat from Anthropic, streamed"),
        {"error": "http_529", "upstream": 529, "again": "always"},
        "the vendor's word for it, overloaded_error, is that of a status, whose path it takes as long as nobody has "
        "seen anything"),
    Deviation(
        "an error as the first event", ("messages from OpenAI, streamed",),
        {"error": "http_500", "upstream": 500, "again": "cheap"},
        "the same: what another vendor's words make of it is a failure of the server's"),
    Deviation(
        "garbage", MEDIA_STREAMS, {"error": "malformed_answer", "again": "never"},
        "the media type of the answer tells what it is, since the request does not: JSON is read as a document"),
    Deviation(
        "an error with status 200", MEDIA_STREAMS, {"error": "error_event", "again": "never"},
        "as for garbage: JSON is read as a document"),
    Deviation(
        "an error with status 200", ("chat from Anthropic", "messages from OpenAI"), {"error": "malformed_answer"},
        "put into the other vendor's words it is no answer at all"),
    Deviation(
        "an error page", MEDIA_STREAMS,
        {"error": "malformed_answer", "again": "never"},
        "no surface of media answers with a page, so that its type says enough"),
    Deviation(
        "204", MEDIA_STREAMS, {"error": "malformed_answer", "again": "never"},
        "without a media type it is no stream"),
]
