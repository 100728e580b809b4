"""The one story, to its fourth step: two pairs of model and prompt share a deployment's traffic, and both are watched."""

import time

import openai
import pytest

from control import unique
from processes import BOOTSTRAP_KEY

CALLS = 120
QUESTIONS = [(f"What is {n} plus {n}?", str(n + n)) for n in range(1, 21)]


@pytest.fixture(scope="module")
def story(signalbox, api, provider):
    """Steps 1 to 3: versions are registered, the deployment splits its traffic, callers are served."""
    model, prompt = unique("support-model"), unique("support-prompt")
    api.post("/api/v1/models", {"name": model, "description": "answers customers"})
    for provider_model in ("large", "small"):
        api.post(
            f"/api/v1/models/{model}/versions",
            {"provider": provider, "provider_model": provider_model,
             "price": {"input_micro_usd_per_mtok": 3_000_000, "output_micro_usd_per_mtok": 15_000_000}})
    api.post("/api/v1/prompts", {"name": prompt})
    for text in ("Answer briefly.", "Answer briefly, {{tone}}."):
        api.post(
            f"/api/v1/prompts/{prompt}/versions", {"type": "chat", "messages": [{"role": "system", "content": text}]})
    bot = api.deploy(
        [
            {"name": "control", "model": f"{model}@1", "prompt": f"{prompt}@1", "weight": 50},
            {"name": "candidate", "model": f"{model}@2", "prompt": f"{prompt}@2", "weight": 50},
        ], name=unique("support-bot"))
    by_variant = {"control": [], "candidate": []}
    with openai.OpenAI(api_key=BOOTSTRAP_KEY, base_url=f"{signalbox.url}/v1", max_retries=0, timeout=60) as client:
        for call in range(CALLS):
            raw = client.chat.completions.with_raw_response.create(
                model=bot, messages=[{"role": "user", "content": QUESTIONS[call % len(QUESTIONS)][0]}],
                extra_headers={"X-Signalbox-Unit": f"customer-{call % 40}"},
                extra_body={"signalbox": {"variables": {"tone": "kindly"}}})
            by_variant[raw.headers["x-signalbox-variant"]].append(raw.headers["x-signalbox-outcome"])
    return {"bot": bot, "model": model, "prompt": prompt, "outcomes": by_variant}


def groups(api, bot):
    summary = api.read("/api/v1/metrics/summary", deployment=bot, window="1h", group_by="variant")
    return {group["variant"]: group for group in summary["groups"]}


def test_every_call_left_one_outcome_on_its_side(api, story):
    for variant, expected in story["outcomes"].items():
        found = api.items("/api/v1/outcomes", deployment=story["bot"], variant=variant)
        assert sorted(outcome["id"] for outcome in found) == sorted(expected)
        assert {outcome["probability"] for outcome in found} == {0.5}
    assert all(len(outcomes) >= 3 for outcomes in story["outcomes"].values())


def test_summary_is_readable_at_once_and_adds_up(api, story):
    summary = groups(api, story["bot"])
    for variant, outcomes in story["outcomes"].items():
        group = summary[variant]
        assert group["requests"] == len(outcomes)
        assert group["errors"] == 0
        assert 0 < group["latency_ms"]["p50"] <= group["latency_ms"]["p99"] <= group["latency_ms"]["max"] * 1.02
        recorded = [api.outcome(outcome) for outcome in outcomes]
        assert group["tokens"]["input"] == sum(outcome["tokens"]["input"] for outcome in recorded)
        assert group["cost_micro_usd"] == sum(outcome["cost_micro_usd"] for outcome in recorded)


def test_series_counts_what_the_summary_counts(api, story):
    series = api.read(
        "/api/v1/metrics/series", deployment=story["bot"], metric="requests", stat="sum", step="60s",
        group_by="variant")
    counted = {
        group["variant"]: sum(value or 0 for _, value in group["points"]) for group in series["groups"]}
    assert counted == {variant: len(outcomes) for variant, outcomes in story["outcomes"].items()}


def test_probe_gives_both_sides_an_accuracy_with_its_interval(api, story):
    bot = story["bot"]
    dataset, probe = unique("golden"), unique("arithmetic")
    api.post("/api/v1/datasets", {"name": dataset})
    items = [
        {"input": {"messages": [{"role": "user", "content": question}]}, "expected": answer}
        for question, answer in QUESTIONS
    ]
    # The candidate's prompt needs a variable, which messages alone do not bring: probes of it take variables.
    api.post(f"/api/v1/datasets/{dataset}/examples", {"items": items})
    patched = api.request("PATCH", f"/api/v1/deployments/{bot}", {"variants": [
        {"name": "control", "model": f"{story['model']}@1", "weight": 50},
        {"name": "candidate", "model": f"{story['model']}@2", "weight": 50}]})
    assert patched.status == 200, patched
    before = groups(api, bot)
    api.post(
        "/api/v1/probes",
        {"name": probe, "deployment": bot, "dataset": dataset, "scorer": {"kind": "contains", "ignore_case": True},
         "interval_s": 0})
    started = api.request("POST", f"/api/v1/probes/{probe}/runs", {})
    assert started.status == 202, started
    run = wait_for_run(api, started.headers["location"])
    assert run["state"] == "done", run
    after = groups(api, bot)
    for variant in ("control", "candidate"):
        accuracy = after[variant]["accuracy"]
        assert accuracy["n"] == len(QUESTIONS)
        assert accuracy["source"] == "probe"
        assert 0 <= accuracy["low"] <= accuracy["value"] <= accuracy["high"] <= 1
        assert accuracy["low"] < accuracy["high"]
        assert after[variant]["requests"] == before[variant]["requests"], "probes are no traffic"
    probed = api.items("/api/v1/outcomes", deployment=bot, origin="probe")
    assert len(probed) == 2 * len(QUESTIONS)


def wait_for_run(api, location, deadline_s=60):
    deadline = time.monotonic() + deadline_s
    while True:
        run = api.read(location)
        if run["state"] in ("done", "failed", "cancelled") or time.monotonic() > deadline:
            return run
        time.sleep(0.05)


def test_feedback_stands_beside_the_accuracy(api, story):
    outcomes = story["outcomes"]["control"]
    for index, outcome in enumerate(outcomes[:10]):
        made = api.post(
            "/api/v1/feedback",
            {"outcome_id": outcome, "name": "helpful", "value": index < 7, "source": "human"})
        assert api.read(f"/api/v1/feedback/{made['id']}")["outcome_id"] == outcome
    count = min(10, len(outcomes))
    helpful = groups(api, story["bot"])["control"]["feedback"]["helpful"]
    assert helpful["n"] == count
    assert helpful["mean"] == pytest.approx(min(7, count) / count, abs=1e-6)
    refused = api.request(
        "POST", "/api/v1/feedback", {"outcome_id": "no-such", "name": "helpful", "value": 1, "source": "human"})
    assert refused.status == 422
    assert refused.json["errors"][0]["pointer"] == "/outcome_id"


def test_rolled_back_deployment_serves_the_earlier_revision_and_keeps_the_history(api, client, provider):
    model = unique("story-model")
    api.post("/api/v1/models", {"name": model})
    for provider_model in ("large", "small"):
        api.post(f"/api/v1/models/{model}/versions", {"provider": provider, "provider_model": provider_model})
    bot = api.deploy([{"name": "control", "model": f"{model}@1", "weight": 100}], name=unique("story-bot"))
    etag = api.get(f"/api/v1/deployments/{bot}").headers["etag"]
    change = {"variants": [{"name": "control", "model": f"{model}@2", "weight": 100}], "reason": "version 2"}
    path = f"/api/v1/deployments/{bot}"
    assert api.request("PATCH", path, change, {"If-Match": '"stale"'}).status == 412
    assert api.request("PATCH", path, change, {"If-Match": etag}).status == 200
    back = api.post(f"{path}/rollback", {"revision": 1, "reason": "version 2 is less accurate"})
    assert back["revision"] == 3
    raw = client.chat.completions.with_raw_response.create(
        model=bot, messages=[{"role": "user", "content": "hello"}])
    assert raw.headers["x-signalbox-revision"] == "3"
    assert api.outcome(raw.headers["x-signalbox-outcome"])["model"] == f"{model}@1"
    history = api.items(f"{path}/revisions")
    assert [revision["revision"] for revision in history] == [3, 2, 1]
    assert history[0]["reason"] == "version 2 is less accurate"
    assert history[0]["active_to"] is None
    # What was live at every moment: no gap and no overlap.
    assert history[0]["active_from"] == history[1]["active_to"]
    assert history[1]["active_from"] == history[2]["active_to"]
    audited = [entry["action"] for entry in api.items("/api/v1/audit") if f"/{bot}/" in entry["resource"]]
    assert sorted(audited) == ["deployment.create", "deployment.rollback", "deployment.update"]


def test_label_that_a_deployment_follows_moves_its_traffic(api, client, provider):
    prompt = unique("followed-prompt")
    api.post("/api/v1/prompts", {"name": prompt})
    for text in ("First.", "Second."):
        api.post(
            f"/api/v1/prompts/{prompt}/versions", {"type": "chat", "messages": [{"role": "system", "content": text}]})
    assert api.request("PUT", f"/api/v1/prompts/{prompt}/labels/live", {"version": 1}).status in (200, 201)
    model = api.add_model(provider, "echo")
    bot = api.deploy(
        [{"name": "control", "model": model, "prompt": f"{prompt}@live", "weight": 100}], follow=True)

    def rendered():
        completion = client.chat.completions.create(model=bot, messages=[{"role": "user", "content": "hello"}])
        return completion.choices[0].message.content

    assert "First." in rendered()
    assert api.request("PUT", f"/api/v1/prompts/{prompt}/labels/live", {"version": 2}).status == 200
    assert "Second." in rendered()
    assert len(api.items(f"/api/v1/deployments/{bot}/revisions")) == 2


def test_same_idempotency_key_does_the_deed_once(api):
    body = {"name": unique("once")}
    headers = {"Idempotency-Key": unique("key")}
    first = api.request("POST", "/api/v1/models", body, headers)
    second = api.request("POST", "/api/v1/models", body, headers)
    assert first.status == second.status == 201
    assert first.json == second.json
    assert second.headers["idempotency-replayed"] == "true"
    assert second.headers["location"] == first.headers["location"]
    assert api.request("POST", "/api/v1/models", {"name": unique("other")}, headers).status == 422
    assert api.request("POST", "/api/v1/models", body).status == 409


def test_every_fault_of_a_body_is_named_at_once(api):
    answer = api.request("POST", "/api/v1/deployments", {
        "name": "Bad Name", "weigth": 1,
        "variants": [{"name": "control", "model": "no-such@1", "weight": 101}]})
    assert answer.status == 422
    assert answer.headers["content-type"].startswith("application/problem+json")
    named = {error["pointer"] for error in answer.json["errors"]}
    assert {"/name", "/weigth", "/variants/0/weight"} <= named
    assert answer.json["request_id"] == answer.headers["x-request-id"]


def test_document_of_the_api_names_the_routes_of_the_story(api):
    document = api.read("/openapi.json")
    assert document["openapi"].startswith("3.1")
    for path in ("/api/v1/providers", "/api/v1/deployments/{deployment}/rollback", "/api/v1/feedback",
                 "/api/v1/metrics/summary", "/v1/chat/completions"):
        assert path in document["paths"], path


def test_prometheus_counts_requests_of_the_variants(api, story):
    answer = api.get("/metrics")
    assert answer.status == 200
    text = answer.body.decode()
    assert story["bot"] in text
    dropped = [line for line in text.splitlines() if line.startswith("signalbox_outcomes_dropped")]
    assert dropped and all(float(line.split()[-1]) == 0 for line in dropped)
