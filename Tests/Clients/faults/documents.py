"""Surfaces whose answers come whole, and speech, which comes as bytes: what is asked, what a sound provider says."""

from faults.kinds import DOCUMENT, MEDIA, Answer, Surface, document

ASK = [{"role": "user", "content": "Where is my parcel?"}]
COMPLETION = document({
    "id": "chatcmpl-1", "object": "chat.completion", "created": 0, "model": "sim",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "On its way."}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 7, "completion_tokens": 4, "total_tokens": 11}})
TRANSCRIPT = document({
    "text": "On its way.", "usage": {"type": "tokens", "input_tokens": 8, "output_tokens": 3, "total_tokens": 11}})

DOCUMENTS = [
    Surface(
        "chat", "/v1/chat/completions", {"messages": ASK}, DOCUMENT, COMPLETION, tokens=(7, 4), finish="stop"),
    Surface(
        "completions", "/v1/completions", {"prompt": "Once"}, DOCUMENT,
        document({
            "id": "cmpl-1", "object": "text_completion", "created": 0, "model": "sim",
            "choices": [{"index": 0, "text": " upon a time", "logprobs": None, "finish_reason": "length"}],
            "usage": {"prompt_tokens": 1, "completion_tokens": 3, "total_tokens": 4}}),
        tokens=(1, 3), finish="length"),
    Surface(
        "responses", "/v1/responses", {"input": "Where is my parcel?"}, DOCUMENT,
        document({
            "id": "resp_1", "object": "response", "status": "completed", "model": "sim",
            "output": [{
                "type": "message", "id": "msg_1", "role": "assistant", "status": "completed",
                "content": [{"type": "output_text", "text": "On its way.", "annotations": []}]}],
            "usage": {"input_tokens": 7, "output_tokens": 4, "total_tokens": 11}}),
        tokens=(7, 4), finish="completed"),
    Surface(
        "embeddings", "/v1/embeddings", {"input": "a parcel"}, DOCUMENT,
        document({
            "object": "list", "data": [{"object": "embedding", "index": 0, "embedding": [0.5, -0.5]}], "model": "sim",
            "usage": {"prompt_tokens": 2, "total_tokens": 2}}),
        tokens=(2, 0)),
    Surface(
        "moderations", "/v1/moderations", {"input": "a parcel"}, DOCUMENT,
        document({"id": "modr-1", "model": "sim", "results": [{"flagged": False}]})),
    Surface(
        "rerank", "/v1/rerank", {"query": "boats", "documents": ["roofs", "boats"]}, DOCUMENT,
        document({"results": [{"index": 1, "relevance_score": 0.9}], "usage": {"total_tokens": 6}}),
        tokens=(6, 0)),
    Surface(
        "images", "/v1/images/generations", {"prompt": "an otter"}, DOCUMENT,
        document({
            "created": 0, "data": [{"b64_json": "AAAA"}],
            "usage": {"input_tokens": 3, "output_tokens": 9, "total_tokens": 12}}),
        tokens=(3, 9), is_cheap=False),
    Surface(
        "speech", "/v1/audio/speech", {"input": "Good evening", "voice": "alloy"}, MEDIA,
        Answer("audio/mpeg", bytes(range(256)) * 4, bytes(range(255, -1, -1)) * 4), is_cheap=False),
    Surface(
        "transcriptions", "/v1/audio/transcriptions", {"language": "uk"}, DOCUMENT, TRANSCRIPT, is_form=True,
        is_cheap=False, tokens=(8, 3)),
    Surface(
        "transcriptions as text", "/v1/audio/transcriptions", {"response_format": "text"}, MEDIA,
        Answer("text/plain; charset=utf-8", b"On its ", b"way.\n"), is_form=True, is_cheap=False),
    Surface(
        "translations", "/v1/audio/translations", {"temperature": "0"}, DOCUMENT, TRANSCRIPT, is_form=True,
        is_cheap=False, tokens=(8, 3)),
]
