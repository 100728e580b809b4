"""The clients of the soak that read and write the control plane: CI, people who score, consoles, a scraper."""

import itertools

WINDOWS = ("5m", "15m", "1h")
SERIES = (
    ("latency_ms", "p95"), ("ttft_ms", "p50"), ("requests", "rate"), ("errors", "sum"), ("tokens", "sum"),
    ("cost", "sum"), ("accuracy", "mean"))


class Writer:
    """What CI and an operator write: versions, labels, aliases, weights, keys."""

    def __init__(self, traffic):
        self.traffic = traffic
        self.line = traffic.kept_line()
        self.serial = itertools.count(1)
        self.deeds = (
            self.write_prompt, self.write_model, self.move_label, self.move_weights, self.roll_back, self.make_key,
            self.add_example, self.render)
        self.weights = (8, 6, 2, 1, 0.5, 3, 3, 6)

    async def __call__(self, chance):
        deed = chance.choices(self.deeds, self.weights)[0]
        await deed(chance)

    async def write(self, what, method, path, body, expected, is_keyed=False):
        fields = {"Idempotency-Key": f"soak-{what}-{next(self.serial)}"} if is_keyed else None
        answer = await self.line.ask(method, path, body, fields)
        return answer if self.traffic.check(what, answer, expected) else None

    async def write_prompt(self, chance):
        text = f"You help {{{{customer}}}}, kindly. {'Be brief. ' * chance.randrange(1, 40)}"
        answer = await self.write(
            "prompt version", "POST", "/api/v1/prompts/helper/versions",
            {"type": "chat", "messages": [{"role": "system", "content": text}]}, (201,), is_keyed=True)
        if answer:
            self.traffic.ledger.versions["prompts/helper"].add(answer.json["version"])

    async def write_model(self, chance):
        model = chance.choice(("model-a", "model-b"))
        answer = await self.write(
            "model version", "POST", f"/api/v1/models/{model}/versions",
            {"provider": "steady", "provider_model": chance.choice(("sim-large", "sim-small")),
             "price": {"input_micro_usd_per_mtok": 150_000, "output_micro_usd_per_mtok": 600_000}}, (201,),
            is_keyed=chance.random() < 0.5)
        if answer:
            self.traffic.ledger.versions[f"models/{model}"].add(answer.json["version"])

    async def move_label(self, chance):
        """A deployment follows it: a new revision each time that the version is another one."""
        newest = max(self.traffic.ledger.versions["prompts/helper"], default=1)
        await self.write(
            "label", "PUT", "/api/v1/prompts/helper/labels/live", {"version": chance.randint(1, newest)}, (200, 201))

    async def move_weights(self, chance):
        share = chance.randrange(5, 50)
        await self.write(
            "weights", "PATCH", "/api/v1/deployments/split",
            {"variants": [{"name": "control", "model": "model-a@1", "weight": 100 - share},
                          {"name": "candidate", "model": "model-b@1", "weight": share}], "reason": "soak"}, (200,))

    async def roll_back(self, chance):
        await self.write(
            "roll back", "POST", "/api/v1/deployments/split/rollback", {"revision": 1, "reason": "soak"},
            (201, 409, 422))

    async def make_key(self, chance):
        made = await self.write("key", "POST", "/api/v1/keys", {"name": "passing", "role": "caller"}, (201,))
        if made:
            await self.write("key", "DELETE", f"/api/v1/keys/{made.json['id']}", None, (204,))

    async def add_example(self, chance):
        """And takes it out again: the probe's runs stay the same length."""
        made = await self.write(
            "example", "POST", "/api/v1/datasets/extras/examples",
            {"items": [{"input": {"variables": {"customer": "Ada"}}, "expected": "x"}]}, (201,), is_keyed=True)
        if made and made.json.get("items"):
            await self.write(
                "example", "DELETE", f"/api/v1/datasets/extras/examples/{made.json['items'][0]['id']}", None, (204,))

    async def render(self, chance):
        await self.write(
            "render", "POST", "/api/v1/prompts/helper/render", {"version": 1, "variables": {"customer": "Ada"}}, (200,))


async def score(traffic, line, chance):
    """Feedback on a recent answer; some of it sent twice with one key, which makes one."""
    if not traffic.recent:
        return
    outcome = chance.choice(traffic.recent)
    body = {"outcome_id": outcome, "name": chance.choice(("helpful", "polite")), "value": chance.random() < 0.8,
            "source": chance.choice(("human", "code", "judge"))}
    key = {"Idempotency-Key": f"score-{chance.getrandbits(64):x}"}
    made = await line.ask("POST", "/api/v1/feedback", body, key)
    if not traffic.check("feedback", made, (201,)):
        return
    identifier = made.json["id"]
    traffic.ledger.feedback.add(identifier)
    if chance.random() < 0.1:
        again = await line.ask("POST", "/api/v1/feedback", body, key)
        if traffic.check("feedback", again, (201,)) and again.json["id"] != identifier:
            traffic.ledger.fault("feedback", "one key made two")


class Reader:
    """What people and scripts look up; half of it compressed, some of it by ETag."""

    def __init__(self, traffic):
        self.traffic = traffic
        self.line = traffic.kept_line()
        self.tags = {}

    async def __call__(self, chance):
        path = self.path(chance)
        fields = {"Accept-Encoding": "gzip"} if chance.random() < 0.5 else {}
        if path in self.tags and chance.random() < 0.5:
            fields["If-None-Match"] = self.tags[path]
        answer = await self.line.ask("GET", path, None, fields)
        if self.traffic.check("read", answer, (200, 304)) and "etag" in answer.fields:
            self.tags[path] = answer.fields["etag"]

    def path(self, chance):
        bot = chance.choice(self.traffic.bots["good"])
        recent = self.traffic.recent
        if recent and chance.random() < 0.1:
            return f"/api/v1/outcomes/{chance.choice(recent)}"
        return chance.choice((
            f"/api/v1/outcomes?deployment={bot}&limit={chance.choice((10, 50, 500))}",
            f"/api/v1/outcomes?deployment={bot}&status=upstream_error", "/api/v1/outcomes?slice.language=sv&limit=20",
            f"/api/v1/outcomes?deployment={bot}&unit=user-{chance.randrange(5_000)}",
            f"/api/v1/metrics/summary?deployment={bot}&window={chance.choice(WINDOWS)}&group_by=variant",
            "/api/v1/deployments", f"/api/v1/deployments/{bot}", f"/api/v1/deployments/{bot}/revisions?limit=20",
            "/api/v1/prompts/helper/versions?limit=20", "/api/v1/models/model-a", "/api/v1/audit?limit=50",
            "/api/v1/keys", "/api/v1/providers", "/api/v1/feedback?limit=20", "/api/v1/probes/sums/runs?limit=5",
            "/v1/models", "/healthz", "/readyz", "/openapi.json"))


async def watch(traffic, name):
    """A console that somebody left open: every two seconds the same questions, on one line."""
    chance, line = traffic.chance(name), traffic.kept_line()
    while not await traffic.pause(2):
        for bot in traffic.bots["good"][:2]:
            metric, stat = chance.choice(SERIES)
            for path in (
                    f"/api/v1/metrics/summary?deployment={bot}&window=15m&group_by=variant",
                    f"/api/v1/metrics/series?deployment={bot}&metric={metric}&stat={stat}&step=60s&group_by=variant"
                    "&window=1h",
                    f"/api/v1/outcomes?deployment={bot}&limit=50"):
                try:
                    answer = await line.ask("GET", path)
                    traffic.check("console", answer, (200,))
                except (OSError, TimeoutError, EOFError) as error:
                    traffic.ledger.fault(name, repr(error))
                    line.close()
    line.close()
