"""`signalbox doctor`: says what is wrong with an installation and what to do, and touches nothing."""

import http.server
import json
import os
import shutil
import threading

import pytest

from processes import free_port
from test_commands import run


def doctor(data, *arguments, **environment):
    ran = run("doctor", "--json", *arguments, environment={"SIGNALBOX_DATA_DIR": str(data), **environment})
    assert ran.stderr == "", ran.stderr
    report = json.loads(ran.stdout)
    findings = {}
    for finding in report["findings"]:
        assert set(finding) == {"check", "status", "detail", "action"}
        assert (finding["action"] is None) == (finding["status"] == "ok"), "whatever is wrong has its remedy"
        findings.setdefault(finding["check"], []).append(finding)
    problems = [finding for finding in report["findings"] if finding["status"] == "problem"]
    assert report["ok"] == (not problems)
    assert ran.returncode == (1 if problems else 0)
    return findings, problems


def test_running_and_stopped_installations_are_sound(spawn, simulator):
    server = spawn().ready()
    server.api.add_provider(simulator.base_url, name="reachable")
    before = {file.name: file.read_bytes() for file in server.data.iterdir() if not file.name.endswith("-shm")}
    findings, problems = doctor(server.data)
    assert problems == []
    assert str(server.pid) in findings["server"][0]["detail"]
    assert str(server.pid) in findings["descriptors"][0]["detail"], "the limits of the server, not of the command"
    for check in ("control.sqlite integrity", "telemetry.sqlite integrity", "control.sqlite log", "master key",
                  "credentials", "provider reachable", "permissions", "free space", "clock", "configuration"):
        assert check in findings, check
    assert {file.name: file.read_bytes() for file in server.data.iterdir()
            if not file.name.endswith("-shm")} == before, "it only looks"
    assert server.stop() == 0
    findings, problems = doctor(server.data)
    assert problems == []
    assert "no process" in findings["server"][0]["detail"]


def test_people_get_lines_with_what_to_do(spawn):
    server = spawn().ready()
    assert server.stop() == 0
    os.chmod(server.data / "control.sqlite", 0o644)
    ran = run("doctor", environment={"SIGNALBOX_DATA_DIR": str(server.data)})
    assert ran.returncode == 1
    assert f"chmod 600 {server.data / 'control.sqlite'}" in ran.stdout
    assert ran.stdout.splitlines()[-1].startswith("1 problems")


@pytest.fixture
def stopped(spawn):
    server = spawn().ready()
    server.api.post(
        "/api/v1/providers",
        {"name": "closed", "kind": "openai", "base_url": f"http://127.0.0.1:{free_port()}/v1", "credential": "sk-x",
         "allow_private": True})
    server.api.post(
        "/api/v1/providers",
        {"name": "strict", "kind": "openai", "base_url": "http://127.0.0.1:1/v1", "credential": "sk-x"})
    assert server.stop() == 0
    return server.data


def test_unreachable_providers_are_named_within_the_timeout(stopped):
    findings, problems = doctor(stopped, "--provider-timeout-ms", "1500")
    assert {problem["check"] for problem in problems} == {"provider closed", "provider strict"}
    assert "allow_private" in findings["provider strict"][0]["action"]
    findings, problems = doctor(stopped, "--provider-timeout-ms", "0")
    assert problems == []


def test_provider_that_takes_the_connection_and_says_nothing_is_reachable(spawn):
    """Nothing is sent: a provider's answer costs money, and its credential is not for a look."""
    sent = []

    class Silent(http.server.BaseHTTPRequestHandler):
        def handle_one_request(self):
            sent.append(self.rfile.read(1))

    listener = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Silent)
    threading.Thread(target=listener.serve_forever, daemon=True).start()
    try:
        server = spawn().ready()
        server.api.add_provider(f"http://127.0.0.1:{listener.server_port}/v1", name="silent")
        findings, problems = doctor(server.data)
        assert problems == [] and findings["provider silent"][0]["status"] == "ok"
    finally:
        listener.shutdown()
        listener.server_close()
    assert set(sent) <= {b""}


def test_other_master_key_shows_before_a_provider_is_called(stopped):
    other = "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE="
    _, problems = doctor(stopped, "--provider-timeout-ms", "0", SIGNALBOX_MASTER_KEY=other)
    assert [problem["check"] for problem in problems] == ["credentials"]
    assert "closed" in problems[0]["detail"]
    _, problems = doctor(stopped, "--provider-timeout-ms", "0", SIGNALBOX_MASTER_KEY="short")
    assert [problem["check"] for problem in problems] == ["master key"]


def test_damage_is_found_and_the_way_out_is_named(stopped):
    path = stopped / "control.sqlite"
    with open(path, "r+b") as file:
        file.seek(4096 * 2)
        file.write(b"\xee" * 4096)
    _, problems = doctor(stopped, "--provider-timeout-ms", "0")
    damaged = [problem for problem in problems if problem["check"] == "control.sqlite integrity"]
    assert damaged and "restore" in damaged[0]["action"]


def test_newer_and_foreign_and_missing_files_are_told_apart(stopped, tmp_path):
    missing, problems = doctor(tmp_path / "nowhere")
    assert [problem["check"] for problem in problems] == ["data directory"]
    (stopped / "telemetry.sqlite").write_bytes(b"no database" * 1000)
    _, problems = doctor(stopped, "--provider-timeout-ms", "0")
    assert any(problem["check"].startswith("telemetry.sqlite") for problem in problems)


def test_wrong_configuration_is_a_finding_with_its_line(stopped, tmp_path):
    config = tmp_path / "signalbox.yaml"
    config.write_text("server:\n  lops: 3\n")
    _, problems = doctor(stopped, "--config", str(config))
    assert [problem["check"] for problem in problems] == ["configuration"]
    assert f"{config}:2" in problems[0]["detail"]


def test_clock_that_has_gone_back_shows(stopped):
    ahead = (stopped / "control.sqlite").stat().st_mtime + 7200
    os.utime(stopped / "control.sqlite", (ahead, ahead))
    _, problems = doctor(stopped, "--provider-timeout-ms", "0")
    assert [problem["check"] for problem in problems] == ["clock"]


def test_listener_beyond_loopback_wants_a_key_of_its_own(stopped):
    _, problems = doctor(stopped, "--provider-timeout-ms", "0", SIGNALBOX_LISTEN="0.0.0.0:8484")
    assert [problem["check"] for problem in problems] == ["master key"]


def test_cut_short_restore_is_a_finding(stopped):
    shutil.copytree(stopped, stopped / "restore.due", ignore=lambda *_: ["restore.due"])
    _, problems = doctor(stopped, "--provider-timeout-ms", "0")
    assert "restore" in {problem["check"] for problem in problems}
