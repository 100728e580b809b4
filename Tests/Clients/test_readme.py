"""The gateway chapter of README: every fragment is sent as it stands, in its order, and what it says of the answer holds."""

import json
import re
from pathlib import Path

import pytest

README = Path(__file__).resolve().parents[2] / "README.md"
# ```http, a request line, a body, and after an arrow what the answer has, among other things.
FRAGMENT = re.compile(r"```http\n(?P<method>[A-Z]+) (?P<path>\S+)\n(?P<rest>.*?)```", re.DOTALL)


def fragments():
    text = README.read_text()
    chapter = re.search(r"^## The gateway\n(.*?)^## ", text, re.DOTALL | re.MULTILINE)
    assert chapter, "README has no chapter on the gateway"
    found = []
    for match in FRAGMENT.finditer(chapter[1]):
        body, _, expected = match["rest"].partition("→")
        status, _, shape = expected.strip().partition(" ") if expected else ("", "", "")
        found.append((
            match["method"], match["path"], json.loads(body) if body.strip() else None,
            int(status) if status else None, json.loads(shape) if shape.strip() else {}))
    assert len(found) >= chapter[1].count("```http") > 0, "a fragment is not in the form that this reads"
    return found


def holds(expected, found):
    """Whether all that is expected is there: objects may have more members, everything else is equal."""
    if isinstance(expected, dict):
        return isinstance(found, dict) and all(name in found and holds(expected[name], found[name]) for name in expected)
    if isinstance(expected, list):
        return isinstance(found, list) and len(expected) == len(found) and all(map(holds, expected, found))
    return expected == found


@pytest.fixture
def api(spawn, simulator):
    """What the chapter begins with: two providers, a model on each, a deployment."""
    api = spawn().ready().api
    for name, region in (("main", "eu-west"), ("spare", "us-east")):
        api.post("/api/v1/providers", {
            "name": name, "kind": "openai", "base_url": simulator.base_url, "credential": "sk-simulated-credential",
            "region": region, "allow_private": True})
    api.add_model("main", "large", "support-model")
    api.add_model("spare", "small", "qwen")
    api.post("/api/v1/deployments", {"name": "support-bot", "fallbacks": ["qwen"], "variants": [
        {"name": "control", "model": "support-model@1", "weight": 100},
        {"name": "qwen", "model": "qwen@1", "weight": 0}]})
    return api


def test_every_fragment_of_the_gateway_chapter_does_what_it_says(api):
    for method, path, body, status, expected in fragments():
        answer = api.request(method, path, body)
        assert answer.status == status if status else 200 <= answer.status < 300, (method, path, answer)
        assert holds(expected, answer.json if answer.body else {}), (method, path, expected, answer.json)
