"""How events of streams are written down in the tables."""

from faults.kinds import Answer, event

STREAM_TYPE = "text/event-stream; charset=utf-8"


def stream(first, rest, mark):
    return Answer(STREAM_TYPE, b"".join(first), b"".join(rest), b"".join(mark))


def typed(value):
    """An event that is named as its type is."""
    return event(value, value["type"])


def chunk(identifier, delta, finish=None, **members):
    """Of a chat in OpenAI's words."""
    return event({
        "id": identifier, "object": "chat.completion.chunk", "created": 0, "model": "sim",
        "choices": [{"index": 0, "delta": delta, **members, "finish_reason": finish}]})


def text(piece, finish=None):
    """Of a completion."""
    return event({
        "id": "cmpl-1", "object": "text_completion", "created": 0, "model": "sim",
        "choices": [{"index": 0, "text": piece, "logprobs": None, "finish_reason": finish}]})


def usage(kind, tokens):
    """The chunk that tells the usage: asked for by the gateway, so that it is metered, and taken out again."""
    sent, said = tokens
    return event({
        "id": "c-1", "object": kind, "created": 0, "model": "sim", "choices": [],
        "usage": {"prompt_tokens": sent, "completion_tokens": said, "total_tokens": sent + said}})


def message_start(identifier, tokens):
    return typed({"type": "message_start", "message": {
        "id": identifier, "type": "message", "role": "assistant", "model": "sim", "content": [], "stop_reason": None,
        "stop_sequence": None, "usage": tokens}})


def block_start():
    return typed({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}})


def block_delta(piece):
    return typed({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": piece}})


def block_stop():
    return typed({"type": "content_block_stop", "index": 0})


def message_delta(tokens):
    return typed({
        "type": "message_delta", "delta": {"stop_reason": "end_turn", "stop_sequence": None}, "usage": tokens})


def message_stop():
    return typed({"type": "message_stop"})
