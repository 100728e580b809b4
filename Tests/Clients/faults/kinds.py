"""What the tables of the fault matrix are made of: surfaces with their good answers, faults, and rules."""

import dataclasses
import json

from faults.steps import GOOD_HEADS, Body

# How an answer comes: whole or not at all, event by event, or as bytes that are passed on as they come.
DOCUMENT, EVENTS, MEDIA = "document", "events", "media"


def compact(value):
    return json.dumps(value, separators=(",", ":")).encode()


def event(value, name=None):
    """One server-sent event."""
    data = value.encode() if isinstance(value, str) else compact(value)
    return (f"event: {name}\n".encode() if name else b"") + b"data: " + data + b"\n\n"


@dataclasses.dataclass(frozen=True)
class Answer:
    """An answer in the pieces that a fault can come between; a document's halves are its pieces."""

    type: str
    first: bytes
    rest: bytes = b""
    # What tells that a stream is whole.
    mark: bytes = b""

    @property
    def whole(self):
        return self.first + self.rest + self.mark


def document(value):
    body = compact(value)
    return Answer("application/json", body[:len(body) // 2], body[len(body) // 2:])


@dataclasses.dataclass(frozen=True)
class Heard:
    """What is known of an answer that broke off."""

    # Input and output, as the provider told them; None for what it has not told.
    tokens: tuple = (None, None)
    finish: str = None
    # The bytes that it said, by which tokens are estimated; None where no text is paid for.
    said: int = None


@dataclasses.dataclass(frozen=True)
class Surface:
    """A surface, plain or streamed, in front of a provider of one kind."""

    name: str
    path: str
    # All that its callers send beside the model.
    request: dict
    shape: str
    # What a sound provider says, and what the caller gets of it: the same where nothing is said.
    good: Answer
    told: Answer = None
    kind: str = "openai-compatible"
    # Whose errors its callers read, and whose the provider writes.
    style: str = "openai"
    speech: str = "openai"
    is_form: bool = False
    # Whether a try that may have been answered is made again: text is cheap, images and audio are not.
    is_cheap: bool = True
    # As the good answer tells them: input, output. None where it tells none.
    tokens: tuple = None
    finish: str = None
    # After the first piece of a stream, and before its mark.
    begun: Heard = Heard()
    unmarked: Heard = Heard()
    # An error in the midst of a stream, as the provider writes it and as the caller reads it.
    trouble: bytes = None
    told_trouble: bytes = None

    @property
    def delivered(self):
        return self.told or self.good

    @property
    def surface(self):
        """As outcomes name it."""
        return self.path.removeprefix("/v1/")


@dataclasses.dataclass(frozen=True)
class Rule:
    """What becomes of a request: what its caller sees, what is recorded, who is asked next."""

    # answer: the good one. nothing: an answer of no bytes. ours: an error in our words. theirs: the provider's refusal.
    # broken: a part of a stream and an error event. cut: a part of other bytes, and the connection's end.
    sees: str
    status: int
    outcome: str
    # Of the outcome and of the attempt.
    error: str = None
    # The status that the provider answered with; None where no whole head came.
    upstream: int = None
    type: str = None
    code: str = None
    falls_back: bool = False
    # Whether the same provider is asked again where retries are on: never, cheap (only where the surface is), always.
    again: str = "never"
    # Of retry-after, retry-after-ms and x-should-retry, those that the caller must see, and no others. A range is for
    # a time that has begun to run.
    fields: tuple = ()
    # Whether the words that the caller reads are not the provider's, though the refusal is.
    is_silenced: bool = False
    # Whether the provider's own error event is what ends the stream.
    is_reported: bool = False
    # How much of a stream came: begun, or unmarked (all but the mark of its end).
    reach: str = "begun"


@dataclasses.dataclass(frozen=True)
class Fault:
    name: str
    # What the provider does, step by step.
    steps: tuple
    # By the shape of the answer; a shape that is not there cannot have the fault.
    rules: dict
    # Where the provider is said to be.
    place: str = "scripted"
    # Members of the deployment.
    deployment: dict = dataclasses.field(default_factory=dict)
    # Waits for a deadline, and costs no time of the processor's.
    is_patient: bool = False

    @property
    def is_limit(self):
        return any(rule.status == 429 for rule in self.rules.values())

    @property
    def has_good_head(self):
        """Whether the answer says of itself that it is what was asked for."""
        return any(step in GOOD_HEADS or isinstance(step, Body) and step.type is None and step.status == "200 OK"
                   for step in self.steps)


@dataclasses.dataclass(frozen=True)
class Deviation:
    """A rule that is another one for some surfaces, and why."""

    fault: str
    # Names of surfaces; a shape stands for all of that shape.
    surfaces: tuple
    changes: dict
    reason: str
