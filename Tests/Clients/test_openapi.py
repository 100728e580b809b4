"""Every route is documented: what it takes, what it answers, how it fails and who may call it."""
import re

import pytest

METHODS = {"get", "post", "put", "patch", "delete"}
# Actions that take nothing but their address.
WITHOUT_BODY = {
    ("post", "/api/v1/probes/{probe}/runs"), ("post", "/v1/batches/{batch}/cancel"),
    ("post", "/v1/batches/{batch}/resume"),
}


@pytest.fixture(scope="module")
def document(api):
    return api.read("/openapi.json")


@pytest.fixture(scope="module")
def operations(document):
    return [(method, path, operation) for path, item in document["paths"].items() for method, operation in item.items()]


def test_the_document_holds_every_route_that_serves(document, operations):
    assert document["openapi"] == "3.1.0"
    assert {method for method, _, _ in operations} <= METHODS
    assert len(operations) >= 73
    assert "/openapi.json" in document["paths"]
    assert len({operation["operationId"] for _, _, operation in operations}) == len(operations)


def test_every_operation_says_what_it_is_and_who_may_call_it(operations):
    for method, path, operation in operations:
        where = f"{method} {path}"
        assert operation["summary"] and operation["tags"], where
        if operation["security"]:
            assert operation["security"] == [{"key": []}], where
            assert re.fullmatch(r"[a-z_]+\.[a-z_]+", operation["x-permission"]), where
            assert {"401", "403"} <= set(operation["responses"]), where
        else:
            assert path in ("/metrics", "/openapi.json"), where


def test_every_parameter_and_body_is_described(operations):
    for method, path, operation in operations:
        where = f"{method} {path}"
        named = {p["name"] for p in operation.get("parameters", []) if p["in"] == "path"}
        assert named == set(re.findall(r"{([^}]+)}", path)), where
        assert all("schema" in p for p in operation.get("parameters", [])), where
        if method in ("post", "put", "patch"):
            assert ("requestBody" in operation) != ((method, path) in WITHOUT_BODY), where
            for content in operation.get("requestBody", {"content": {}})["content"].values():
                assert content["schema"], where


def test_every_answer_and_error_has_its_shape(document, operations):
    for method, path, operation in operations:
        where = f"{method} {path}"
        style = "OpenAIError" if path.startswith("/v1/") else "Problem"
        if path.startswith("/v1/messages"):
            style = "AnthropicError"
        assert any(status.startswith("2") for status in operation["responses"]), where
        for status, answer in operation["responses"].items():
            assert answer["description"], where
            if status in ("204", "304"):
                continue
            schemas = [content["schema"] for content in answer["content"].values()]
            assert schemas and all(schemas), f"{where} {status}"
            if int(status) >= 400:
                assert schemas == [{"$ref": f"#/components/schemas/{style}"}], f"{where} {status}"
                assert style in document["components"]["schemas"]


def test_the_errors_of_the_wire_are_those_of_the_document(api, document):
    """One of each style, off the wire, with exactly the members that the document demands."""
    problem = api.get("/api/v1/models/no-such-model")
    assert problem.status == 404
    wanted = document["components"]["schemas"]["Problem"]
    assert set(wanted["required"]) <= set(problem.json) <= set(wanted["properties"])
    refused = api.request("POST", "/v1/chat/completions", {"model": "no-such-model", "messages": []})
    assert refused.status == 404
    inner = document["components"]["schemas"]["OpenAIError"]["properties"]["error"]
    assert set(refused.json["error"]) == set(inner["required"])
    refused = api.request("POST", "/v1/messages", {"model": "no-such-model", "messages": []})
    assert refused.status == 404
    wanted = document["components"]["schemas"]["AnthropicError"]
    assert set(wanted["required"]) <= set(refused.json) <= set(wanted["properties"])
    assert set(refused.json["error"]) == set(wanted["properties"]["error"]["required"])
