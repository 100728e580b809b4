"""Surfaces whose answers come event by event: what is asked, and what a sound provider says."""

from faults.documents import ASK
from faults.events import chunk, stream, text, typed, usage
from faults.kinds import EVENTS, Heard, Surface, event

DONE = event("[DONE]")
TROUBLE = event({"error": {
    "message": "The engine is overloaded.", "type": "server_error", "param": None, "code": "overloaded"}})

CHAT_FIRST = [chunk("chatcmpl-1", {"role": "assistant", "content": "On its"})]
CHAT_REST = [chunk("chatcmpl-1", {"content": " way."}), chunk("chatcmpl-1", {}, "stop")]
CHAT = stream(CHAT_FIRST, [*CHAT_REST, usage("chat.completion.chunk", (7, 4))], [DONE])

RESPONSE = {"id": "resp_1", "object": "response", "model": "sim", "output": []}


def response_delta(number, piece):
    return typed({"type": "response.output_text.delta", "sequence_number": number, "delta": piece})


STREAMS = [
    Surface(
        "chat, streamed", "/v1/chat/completions", {"messages": ASK, "stream": True}, EVENTS,
        CHAT, stream(CHAT_FIRST, CHAT_REST, [DONE]), tokens=(7, 4), finish="stop", begun=Heard(said=len("On its")),
        unmarked=Heard((7, 4), "stop"), trouble=TROUBLE),
    Surface(
        "completions, streamed", "/v1/completions", {"prompt": "Once", "stream": True}, EVENTS,
        stream([text(" upon")], [text(" a time", "length"), usage("text_completion", (1, 3))], [DONE]),
        stream([text(" upon")], [text(" a time", "length")], [DONE]),
        tokens=(1, 3), finish="length", begun=Heard(said=len(" upon")), unmarked=Heard((1, 3), "length"),
        trouble=TROUBLE),
    Surface(
        "responses, streamed", "/v1/responses", {"input": "Where is my parcel?", "stream": True}, EVENTS,
        stream(
            [typed({"type": "response.created", "sequence_number": 0, "response": RESPONSE}),
             response_delta(1, "On its")],
            [response_delta(2, " way.")],
            [typed({"type": "response.completed", "sequence_number": 3, "response": {
                **RESPONSE, "status": "completed",
                "usage": {"input_tokens": 7, "output_tokens": 4, "total_tokens": 11}}})]),
        # The last event alone tells the usage.
        tokens=(7, 4), finish="completed", begun=Heard(said=len("On its")), unmarked=Heard(said=len("On its way.")),
        trouble=typed({"type": "response.failed", "sequence_number": 2, "response": {
            **RESPONSE, "status": "failed", "error": {"code": "server_error", "message": "The engine is overloaded."},
            "usage": None}})),
    # A part of what is paid for by the second has no price in tokens.
    Surface(
        "speech, streamed", "/v1/audio/speech", {"input": "Good evening", "voice": "alloy", "stream_format": "sse"},
        EVENTS,
        stream(
            [typed({"type": "speech.audio.delta", "audio": "AAAA"})],
            [typed({"type": "speech.audio.delta", "audio": "BBBB"})],
            [typed({"type": "speech.audio.done", "usage": {
                "input_tokens": 3, "output_tokens": 12, "total_tokens": 15}})]),
        tokens=(3, 12), is_cheap=False, trouble=TROUBLE),
    Surface(
        "transcriptions, streamed", "/v1/audio/transcriptions", {"stream": "true"}, EVENTS,
        stream(
            [typed({"type": "transcript.text.delta", "delta": "On its"})],
            [typed({"type": "transcript.text.delta", "delta": " way."})],
            [typed({"type": "transcript.text.done", "text": "On its way.", "usage": {
                "type": "tokens", "input_tokens": 8, "output_tokens": 3, "total_tokens": 11}})]),
        tokens=(8, 3), is_form=True, is_cheap=False, trouble=TROUBLE),
]
