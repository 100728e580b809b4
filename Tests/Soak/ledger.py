"""What the server acknowledged to its clients, and whether its files hold it: each thing once."""

import collections
import sqlite3

DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
FAULTS_SHOWN = 20


class Ledger:
    def __init__(self):
        # By outcome: the status that the client's view of it demands, or None where it could not know.
        self.outcomes = {}
        self.twice = 0
        self.feedback = set()
        self.versions = collections.defaultdict(set)
        self.counts = collections.Counter()
        self.fault_count = 0
        self.faults = []

    def heard(self, answer, status=None):
        """An inference whose head has arrived."""
        outcome = answer.outcome
        if outcome is None:
            return
        if outcome in self.outcomes:
            self.twice += 1
        self.outcomes[outcome] = status

    def expect(self, outcome, status):
        if outcome is not None:
            self.outcomes[outcome] = status

    def count(self, what):
        self.counts[what] += 1

    def fault(self, who, what):
        """An answer that nobody should have had."""
        self.fault_count += 1
        if len(self.faults) < FAULTS_SHOWN:
            self.faults.append(f"{who}: {what}")

    def compare(self, data):
        """Lines of what does not agree with the files in `data`."""
        wrong = []
        telemetry = sqlite3.connect(f"file:{data / 'telemetry.sqlite'}?mode=ro", uri=True)
        control = sqlite3.connect(f"file:{data / 'control.sqlite'}?mode=ro", uri=True)
        try:
            for name, file in (("telemetry", telemetry), ("control", control)):
                found = [row[0] for row in file.execute("PRAGMA integrity_check")]
                if found != ["ok"]:
                    wrong.append(f"{name}.sqlite: {found[:3]}")
            wrong += self._compare_outcomes(telemetry)
            kept = {row[0] for row in telemetry.execute("SELECT id FROM feedback")}
            if self.feedback - kept:
                wrong.append(f"{len(self.feedback - kept)} of {len(self.feedback)} feedbacks are lost")
        finally:
            telemetry.close()
            control.close()
        return wrong

    def _compare_outcomes(self, telemetry):
        stored, doubled = {}, 0
        for key, status, origin in telemetry.execute(
                "SELECT o.id, p.status, p.origin FROM outcomes o JOIN profiles p ON p.id = o.profile_id"):
            identifier = ulid(key)
            doubled += identifier in stored
            stored[identifier] = (status, origin)
        traffic = sum(1 for _, origin in stored.values() if origin == "traffic")
        lost = [outcome for outcome in self.outcomes if outcome not in stored]
        other = [
            (outcome, status, stored[outcome][0]) for outcome, status in self.outcomes.items()
            if status is not None and outcome in stored and stored[outcome][0] != status]
        self.counts["outcomes of traffic stored"] = traffic
        self.counts["outcomes of probes stored"] = len(stored) - traffic
        self.counts["outcomes stored that no client heard of"] = traffic - (len(self.outcomes) - len(lost))
        wrong = []
        if lost:
            wrong.append(f"{len(lost)} of {len(self.outcomes)} acknowledged outcomes are lost: {lost[:3]}")
        if doubled or self.twice:
            wrong.append(f"{doubled} outcomes are stored twice, {self.twice} were told to two callers")
        if other:
            wrong.append(f"{len(other)} outcomes are stored as something else: {other[:3]}")
        return wrong


def ulid(key):
    """The 26 characters of Crockford's base 32 that 16 bytes stand for."""
    bits = int.from_bytes(key, "big")
    return "".join(DIGITS[bits >> 5 * place & 31] for place in range(25, -1, -1))
