"""The matrix: every fault × every surface that can have it × what the deployment does about it."""

import dataclasses
import re

from faults.anthropic import ANTHROPIC_DOCUMENTS, ANTHROPIC_STREAMS
from faults.documents import DOCUMENTS
from faults.streams import STREAMS
from faults.table import DEVIATIONS, FAULTS

SURFACES = DOCUMENTS + STREAMS + ANTHROPIC_DOCUMENTS + ANTHROPIC_STREAMS
# What a deployment does when its variant fails: nothing; ask a sound variant; ask the same provider once more.
ALONE, FALLBACK, RETRY = "alone", "fallback", "retry"
POLICIES = (ALONE, FALLBACK, RETRY)


@dataclasses.dataclass(frozen=True)
class Cell:
    number: int
    fault: object
    surface: object
    policy: str
    # The fault's, as it is for the surface.
    rule: object

    @property
    def id(self):
        return "-".join(
            re.sub("[^A-Za-z0-9]+", "_", part).strip("_") for part in (self.fault.name, self.surface.name, self.policy))

    @property
    def is_saved(self):
        """Whether a fallback answers in the end."""
        return self.policy == FALLBACK and self.rule.falls_back

    @property
    def tries(self):
        """How often the provider that fails is asked."""
        is_again = self.rule.again == "always" or self.rule.again == "cheap" and self.surface.is_cheap
        return 2 if self.policy == RETRY and is_again else 1


def cells():
    made = []
    for fault in FAULTS:
        for surface in SURFACES:
            rule = fault.rules.get(surface.shape)
            if rule is None:
                continue
            for deviation in DEVIATIONS:
                if deviation.fault == fault.name and surface.name in deviation.surfaces:
                    rule = dataclasses.replace(rule, **deviation.changes)
            made += [
                Cell(len(made) + number, fault, surface, policy, rule) for number, policy in enumerate(POLICIES)]
    return made


CELLS = cells()
