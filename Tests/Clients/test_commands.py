"""The other commands of the binary, as somebody at a shell meets them."""

import os
import re
import subprocess
from pathlib import Path

from control import API
from processes import binary

SHIPPED = Path(__file__).resolve().parents[2] / "config" / "signalbox.yaml"


def run(*arguments, environment=None, timeout_s=60):
    clean = {name: value for name, value in os.environ.items() if not name.startswith("SIGNALBOX_")}
    return subprocess.run(
        [binary(), *arguments], env={**clean, **(environment or {})}, stdin=subprocess.DEVNULL, capture_output=True,
        text=True, timeout=timeout_s)


def test_version_is_printed():
    ran = run("version")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert re.fullmatch(r"signalbox \d+\.\d+\.\d+\n", ran.stdout)


def test_shipped_configuration_shows_every_setting_with_its_default():
    ran = run("check-config", "--config", str(SHIPPED))
    assert ran.returncode == 0, ran.stderr
    text = SHIPPED.read_text()
    printed = dict(re.findall(r"^([a-z_.]+): (.*)$", ran.stdout, re.MULTILINE))
    assert len(printed) > 20
    for path, value in printed.items():
        assert value.endswith("# default"), (path, value)
        assert re.search(rf"^\W*{path.split('.')[1]}:", text, re.MULTILINE), f"{path} is not in {SHIPPED.name}"


def test_environment_wins_over_the_file_and_the_file_over_the_default(tmp_path):
    config = tmp_path / "signalbox.yaml"
    config.write_text("server:\n  loops: 3\n  header_count_max: 50\n")
    ran = run("check-config", "--config", str(config), environment={"SIGNALBOX_LOOPS": "1"})
    assert "server.loops: 1  # SIGNALBOX_LOOPS" in ran.stdout
    assert f"server.header_count_max: 50  # {config}" in ran.stdout
    assert "log.level: info  # default" in ran.stdout


def test_key_made_on_the_command_line_opens_the_door(spawn, tmp_path):
    environment = {"SIGNALBOX_DATA_DIR": str(tmp_path / "data")}
    assert run("migrate", environment=environment).returncode == 0
    made = run("key", "create", "--role", "admin", "--name", "from-the-shell", environment=environment)
    assert made.returncode == 0, made.stderr
    key = made.stdout.strip()
    assert re.fullmatch(r"sbx_[^_]+_[0-9A-Za-z]{43}", key)
    assert run("key", "create", "--role", "emperor", environment=environment).returncode == 2
    server = spawn().ready()
    assert API(server.port, key).get("/api/v1/models").status == 200
    assert API(server.port, key + "x").get("/api/v1/models").status == 401
    held = run("key", "create", "--role", "admin", environment=environment)
    assert held.returncode == 1
    assert str(server.pid) in held.stderr
    assert key.encode() not in b"".join(file.read_bytes() for file in server.data.iterdir()), "keys are stored hashed"


def test_first_key_is_printed_once(spawn):
    first = spawn(environment={"SIGNALBOX_BOOTSTRAP_KEY": None}).ready()
    keys = re.findall(r"sbx_[^_\s]+_[0-9A-Za-z]{43}", first.said())
    assert len(keys) == 1
    assert API(first.port, keys[0]).get("/api/v1/models").status == 200
    assert first.stop() == 0
    second = spawn(environment={"SIGNALBOX_BOOTSTRAP_KEY": None}).ready()
    assert len(re.findall(r"sbx_[^_\s]+_[0-9A-Za-z]{43}", second.said())) == 1, "the log of both starts has one"
    assert API(second.port, keys[0]).get("/api/v1/models").status == 200


def test_demo_tells_its_story_in_a_pipe_and_ends(tmp_path):
    ran = run("demo", "--requests", "300", environment={"TMPDIR": str(tmp_path)}, timeout_s=120)
    assert ran.returncode == 0, ran.stderr
    assert "300 answered, 0 failed" in ran.stdout
    assert re.search(r"^control\s", ran.stdout, re.MULTILINE), ran.stdout
    assert "accuracy" in ran.stdout
    assert "\r" not in ran.stdout and "\x1b" not in ran.stdout
    assert not list(tmp_path.iterdir()), "nothing is left behind"
