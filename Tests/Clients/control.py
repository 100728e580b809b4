"""The control plane by plain HTTP, as a script would use it."""

import http.client
import itertools
import json
import time
import urllib.parse

_serial = itertools.count(1)


def unique(stem):
    return f"{stem}-{next(_serial)}"


class Answer:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = {name.lower(): value for name, value in headers}
        self.body = body

    @property
    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"{self.status} {self.body[:600]!r}"


def sample(exposition, name, **labels):
    """The value of a metric in what /metrics answered; a counter's name may be given without its `_total`."""
    wanted = {f'{label}="{value}"' for label, value in labels.items()}
    for line in exposition.decode().splitlines():
        series, _, value = line.partition(" ") if "{" not in line else line.rpartition(" ")
        found, _, rest = series.partition("{")
        if found.removesuffix("_total") == name and set(filter(None, rest.rstrip("}").split(","))) == wanted:
            return float(value)
    raise AssertionError(f"no sample of {name} {labels}")


class API:
    """One connection per call, so that no answer depends on the one before it."""

    def __init__(self, port, key, timeout_s=30):
        self.port = port
        self.key = key
        self.timeout_s = timeout_s

    def request(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=self.timeout_s)
        sent = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        data = None
        if body is not None:
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            sent["Content-Type"] = "application/json"
        sent.update(headers or {})
        try:
            connection.request(method, path, data, sent)
            answer = connection.getresponse()
            return Answer(answer.status, answer.getheaders(), answer.read())
        finally:
            connection.close()

    def get(self, path, **query):
        if query:
            path += "?" + urllib.parse.urlencode({name.rstrip("_"): value for name, value in query.items()})
        return self.request("GET", path)

    def read(self, path, **query):
        answer = self.get(path, **query)
        assert answer.status == 200, (path, answer)
        return answer.json

    def post(self, path, body, expect=201, headers=None):
        answer = self.request("POST", path, body, headers)
        assert answer.status == expect, (path, answer)
        return answer.json

    def metric(self, name, **labels):
        """One sample of /metrics."""
        answer = self.get("/metrics")
        assert answer.status == 200, answer
        return sample(answer.body, name, **labels)

    def items(self, path, **query):
        """Every item of a list, page by page."""
        cursor, found = None, []
        for _ in range(10_000):
            page = self.read(path, limit=500, **query, **({"cursor": cursor} if cursor else {}))
            found += page["items"]
            cursor = page.get("next_cursor")
            if cursor is None:
                return found
        raise AssertionError(f"{path} never ends")

    def outcome(self, identifier, deadline_s=10):
        """An outcome is recorded when its call has ended, which for a client that left is a moment later."""
        deadline = time.monotonic() + deadline_s
        while True:
            answer = self.get(f"/api/v1/outcomes/{identifier}")
            if answer.status == 200 or time.monotonic() > deadline:
                assert answer.status == 200, answer
                return answer.json
            time.sleep(0.01)

    # What most tests begin with.

    def add_provider(self, base_url, name=None):
        name = name or unique("provider")
        self.post(
            "/api/v1/providers",
            {"name": name, "kind": "openai", "base_url": base_url, "credential": "sk-simulated-credential",
             "allow_private": True})
        return name

    def add_model(self, provider, provider_model, name=None, **fields):
        """A model with one version; returns the reference to it."""
        name = name or unique("model")
        self.post("/api/v1/models", {"name": name})
        made = self.post(
            f"/api/v1/models/{name}/versions", {"provider": provider, "provider_model": provider_model, **fields})
        return f"{name}@{made['version']}"

    def add_prompt(self, messages, name=None):
        name = name or unique("prompt")
        self.post("/api/v1/prompts", {"name": name})
        made = self.post(f"/api/v1/prompts/{name}/versions", {"type": "chat", "messages": messages})
        return f"{name}@{made['version']}"

    def deploy(self, variants, name=None, **fields):
        name = name or unique("bot")
        self.post("/api/v1/deployments", {"name": name, "variants": variants, **fields})
        return name

    def deploy_model(self, provider, provider_model, **fields):
        """A deployment with a single variant that runs the provider's model."""
        model = self.add_model(provider, provider_model)
        return self.deploy([{"name": "control", "model": model, "weight": 100}], **fields)
