"""Words for what a provider does; `provider.py` does it."""

import dataclasses

# The head of a good answer. (A document's with its length, a stream's in chunks.)
HEAD = "the head"
# The first piece of a good answer behind it.
BEGIN = "the head and the first piece"
# The same in chunks, whatever the answer is.
BEGIN_IN_CHUNKS = "the head and the first piece in chunks"
HALF_BEGUN = "the head and half of the first event"
REST = "all between the first piece and the mark"
MARK = "the mark of a whole stream"
WHOLE = "the whole answer in due form"
# Until the caller has what was sent; a document's caller never has.
SEEN = "wait until the caller has it"
END = "the end of the body in due form"
SILENCE = "say nothing until the gateway leaves"
RESET = "reset the connection"
CLOSE = "close the connection"
TROUBLE = "the surface's own error event"
TROUBLE_WITH_KEY = "the same, with the credential that it was asked with in its words"

GOOD_HEADS = (HEAD, BEGIN, BEGIN_IN_CHUNKS, HALF_BEGUN, WHOLE)


@dataclasses.dataclass(frozen=True)
class Text:
    """These bytes, as they are on the connection."""

    bytes: bytes


@dataclasses.dataclass(frozen=True)
class Body:
    """A whole answer with this body."""

    bytes: bytes
    status: str = "200 OK"
    # None: the surface's own.
    type: str = None


@dataclasses.dataclass(frozen=True)
class Refusal:
    """A status with an error in the words of the provider's vendor."""

    status: int
    fields: str = ""
    # Whether its words quote the credential that it was asked with.
    quotes: bool = False


@dataclasses.dataclass(frozen=True)
class Pause:
    seconds: float


@dataclasses.dataclass(frozen=True)
class Event:
    """An event of a stream with this data."""

    data: str
