"""Runs the cells of the matrix against one server."""

import concurrent.futures
import socket

from control import unique
from faults import caller
from faults.cells import FALLBACK, RETRY
from faults.expected import INPUT_PRICE, OUTPUT_PRICE
from faults.provider import CREDENTIAL, SOUND, Call

# Cells that compute, at one time; and those that wait for deadlines, which cost nothing meanwhile.
BUSY, PATIENT = 8, 96
PRICE = {
    "input_micro_usd_per_mtok": INPUT_PRICE * 1_000_000, "output_micro_usd_per_mtok": OUTPUT_PRICE * 1_000_000}
# A label has 63 octets at most (RFC 1035 §2.3.4): no resolver asks anybody for this one.
NO_NAME = "a" * 64 + ".invalid"
# Of providers, and what their base URLs end with.
KINDS = {"openai-compatible": "/v1", "anthropic": ""}


class Run:
    """What became of one cell."""

    def __init__(self, cell):
        # The caller's name, and that of its request.
        self.user = f"cell-{cell.number}-"
        self.deployment = None
        self.seen = None
        self.outcome = None
        # Why it could not be run at all.
        self.trouble = None
        # Lengths of the bodies that the provider got from the variant that fails.
        self.bodies = []


class Deployment:
    """References to what a cell is deployed with."""

    def __init__(self, name, model, spare, faulty, sound):
        self.name = name
        self.model, self.spare = model, spare
        # The names of their providers.
        self.faulty, self.sound = faulty, sound


class Matrix:
    def __init__(self, signalbox, provider, cells):
        self.api = signalbox.api
        self.port = signalbox.port
        self.provider = provider
        self.cells = cells
        self.runs = {cell.number: Run(cell) for cell in cells}
        self.providers, self.spares, self.deployments = {}, {}, {}
        # Bound and not listened on, so that nobody else gets it.
        self.closed = socket.socket()
        self.closed.bind(("127.0.0.1", 0))

    def close(self):
        self.closed.close()

    def run(self):
        for kind, base in KINDS.items():
            self._prepare(kind, base)
        for cell in self.cells:
            self.runs[cell.number].deployment = self._deployed(cell)
        busy = [cell for cell in self.cells if not cell.fault.is_patient]
        patient = [cell for cell in self.cells if cell.fault.is_patient]
        with concurrent.futures.ThreadPoolExecutor(PATIENT) as patiently:
            waiting = [patiently.submit(self._take, cell) for cell in patient]
            with concurrent.futures.ThreadPoolExecutor(BUSY) as at_once:
                list(at_once.map(self._take, busy))
                concurrent.futures.wait(waiting)
                # Outcomes are written a moment after the answer: when all are done none has to be waited for.
                list(at_once.map(self._read, self.cells))
        return self

    def _prepare(self, kind, base):
        scripted = f"http://{self.provider.address}{base}"
        places = {
            "scripted": scripted, "private address": scripted, "switched off": scripted,
            "closed port": f"http://127.0.0.1:{self.closed.getsockname()[1]}{base}",
            "unknown name": f"http://{NO_NAME}{base}", "plain text": scripted.replace("http:", "https:")}
        for place, url in places.items():
            name = self.providers[kind, place] = unique("provider")
            self.api.post("/api/v1/providers", {
                "name": name, "kind": kind, "base_url": url, "credential": CREDENTIAL,
                "allow_private": place != "private address"})
        off = self.providers[kind, "switched off"]
        answer = self.api.request("PUT", f"/api/v1/upstreams/{off}/breaker", {"state": "forced_open"})
        assert answer.status == 200, answer
        self.spares[kind] = self.api.add_model(self.providers[kind, "scripted"], SOUND, price=PRICE)

    def _deployed(self, cell):
        """What cells of the same fault and policy share, since nothing of it outlives a request; but a model that
        answered 429 is spared for a while, so that each of those has one of its own."""
        fault, kind, policy = cell.fault, cell.surface.kind, cell.policy
        key = (fault.name, kind, policy, cell.number if fault.is_limit else None)
        if key not in self.deployments:
            faulty = self.providers[kind, fault.place]
            model = self.api.add_model(faulty, unique("model"), price=PRICE)
            variants = [{"name": "control", "model": model, "weight": 100}]
            if policy == FALLBACK:
                variants.append({"name": "spare", "model": self.spares[kind], "weight": 0})
            name = self.api.deploy(
                variants, fallbacks=["spare"] if policy == FALLBACK else [],
                **({"retries": {"max": 1, "backoff_ms": 1}} if policy == RETRY else {}), **fault.deployment)
            self.deployments[key] = Deployment(
                name, model, self.spares[kind], faulty, self.providers[kind, "scripted"])
        return self.deployments[key]

    def _take(self, cell):
        run = self.runs[cell.number]
        try:
            call = self.provider.calls[cell.number] = Call(cell.surface, cell.fault.steps)
            run.seen = caller.ask(
                self.port, self.api.key, cell.surface, run.deployment.name, run.user, call.seen)
            run.bodies = call.bodies
        except Exception as error:
            run.trouble = error

    def _read(self, cell):
        run = self.runs[cell.number]
        if run.trouble is not None:
            return
        try:
            run.outcome = self.api.outcome(run.seen.headers["x-signalbox-outcome"])
        except Exception as error:
            run.trouble = error
