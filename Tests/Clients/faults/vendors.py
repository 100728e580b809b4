"""How vendors write errors, by status, and how each is told in the other's words."""

from faults.kinds import compact

SAID = "Said by the provider."

# docs.anthropic.com/en/api/errors; what has no word of its own is a request that is not right.
ANTHROPIC_TYPES = {
    400: "invalid_request_error", 404: "not_found_error", 405: "invalid_request_error", 408: "timeout_error",
    409: "invalid_request_error", 413: "request_too_large", 422: "invalid_request_error", 429: "rate_limit_error",
    502: "api_error", 503: "overloaded_error", 504: "timeout_error",
}
# platform.openai.com/docs/guides/error-codes
OPENAI_TYPES = {
    400: "invalid_request_error", 404: "invalid_request_error", 405: "invalid_request_error", 408: "timeout_error",
    409: "invalid_request_error", 413: "invalid_request_error", 422: "invalid_request_error", 429: "rate_limit_error",
}


def error_body(vendor, status, message=SAID):
    """What a provider of that vendor's says with that status."""
    if vendor == "anthropic":
        kind = ANTHROPIC_TYPES.get(status, "api_error")
        return compact({"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_1"})
    kind = OPENAI_TYPES.get(status, "server_error")
    return compact({"error": {"message": message, "type": kind, "param": "seed", "code": "as_the_provider_says"}})


def told(vendor, style, status):
    """The members of that error as callers of that style read them."""
    if style == "anthropic":
        return {"type": ANTHROPIC_TYPES[status], "message": SAID}
    if vendor == "anthropic":
        # The wire has neither a field at fault nor a code.
        return {
            "message": SAID, "type": OPENAI_TYPES[status], "param": None, "code": ANTHROPIC_TYPES[status]}
    return {"message": SAID, "type": OPENAI_TYPES[status], "param": "seed", "code": "as_the_provider_says"}
