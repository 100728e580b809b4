"""The surfaces of Anthropic's wire, and chats and messages that are put into the other vendor's words."""

from faults.documents import ASK, COMPLETION
from faults.events import block_delta, block_start, block_stop, chunk, message_delta, message_start, message_stop
from faults.events import stream, typed
from faults.kinds import DOCUMENT, EVENTS, Heard, Surface, document, event
from faults.streams import CHAT, DONE, TROUBLE

VENDOR = {"kind": "anthropic", "style": "anthropic", "speech": "anthropic"}
CALLER = {"style": "anthropic"}
PROVIDER = {"kind": "anthropic", "speech": "anthropic"}
MESSAGES = {"max_tokens": 64, "messages": ASK}
MESSAGE = document({
    "id": "msg_1", "type": "message", "role": "assistant", "model": "sim",
    "content": [{"type": "text", "text": "On its way."}], "stop_reason": "end_turn", "stop_sequence": None,
    "usage": {"input_tokens": 7, "output_tokens": 4}})
TOLD = {
    "input_tokens": 7, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0, "output_tokens": 4}

ANTHROPIC_DOCUMENTS = [
    Surface("messages", "/v1/messages", MESSAGES, DOCUMENT, MESSAGE, tokens=(7, 4), finish="end_turn", **VENDOR),
    Surface(
        "count_tokens", "/v1/messages/count_tokens", {"messages": ASK}, DOCUMENT, document({"input_tokens": 7}),
        **VENDOR),
    Surface(
        "chat from Anthropic", "/v1/chat/completions", {"messages": ASK}, DOCUMENT, MESSAGE,
        document({
            "id": "msg_1", "object": "chat.completion", "created": 0, "model": "sim",
            "choices": [{
                "index": 0, "message": {"role": "assistant", "content": "On its way.", "refusal": None},
                "logprobs": None, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 7, "completion_tokens": 4, "total_tokens": 11}}),
        tokens=(7, 4), finish="stop", **PROVIDER),
    Surface(
        "messages from OpenAI", "/v1/messages", MESSAGES, DOCUMENT, COMPLETION,
        document({
            "id": "chatcmpl-1", "type": "message", "role": "assistant", "model": "sim",
            "content": [{"type": "text", "text": "On its way."}], "stop_reason": "end_turn", "stop_sequence": None,
            "usage": TOLD}),
        tokens=(7, 4), finish="end_turn", **CALLER),
]

# What the vendor calls an output of 1 here is where its counting begins: the last event's number is the answer's.
STREAM = stream(
    [message_start("msg_1", {"input_tokens": 7, "output_tokens": 1}), block_start(), block_delta("On its")],
    [block_delta(" way."), block_stop(), message_delta({"output_tokens": 4})], [message_stop()])
ANTHROPIC_TROUBLE = typed({
    "type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}, "request_id": "req_1"})

ANTHROPIC_STREAMS = [
    Surface(
        "messages, streamed", "/v1/messages", {**MESSAGES, "stream": True}, EVENTS, STREAM, tokens=(7, 4),
        finish="end_turn", begun=Heard((7, None), said=len("On its")), unmarked=Heard((7, 4), "end_turn"),
        trouble=ANTHROPIC_TROUBLE, **VENDOR),
    Surface(
        "chat from Anthropic, streamed", "/v1/chat/completions", {"messages": ASK, "stream": True}, EVENTS, STREAM,
        stream(
            [chunk("msg_1", {"role": "assistant", "content": "", "refusal": None}, logprobs=None),
             chunk("msg_1", {"content": "On its"}, logprobs=None)],
            [chunk("msg_1", {"content": " way."}, logprobs=None), chunk("msg_1", {}, "stop", logprobs=None)], [DONE]),
        tokens=(7, 4), finish="stop", begun=Heard((7, None), said=len("On its")), unmarked=Heard((7, 4), "stop"),
        trouble=ANTHROPIC_TROUBLE,
        told_trouble=event({"error": {
            "message": "Overloaded", "type": "server_error", "param": None, "code": "overloaded_error"}}),
        **PROVIDER),
    # The reason of the end goes out with the usage, when the answer is whole.
    Surface(
        "messages from OpenAI, streamed", "/v1/messages", {**MESSAGES, "stream": True}, EVENTS, CHAT,
        stream(
            [message_start("chatcmpl-1", {"input_tokens": 0, "output_tokens": 0}), block_start(),
             block_delta("On its")],
            [block_delta(" way."), block_stop()], [message_delta(TOLD), message_stop()]),
        tokens=(7, 4), finish="end_turn", begun=Heard(said=len("On its")), unmarked=Heard((7, 4), "end_turn"),
        trouble=TROUBLE,
        told_trouble=typed({
            "type": "error", "error": {"type": "api_error", "message": "The engine is overloaded."}}),
        **CALLER),
]
