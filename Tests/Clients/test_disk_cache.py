"""Answers on the disk, through the OpenAI SDK: they outlive memory and process, and a purge, a restore and damage do not."""

import concurrent.futures
import contextlib
import os
import stat
import time

import openai
import pytest

from control import unique
from processes import BOOTSTRAP_KEY
from test_backup import command
from test_cache import ask

ON = {"SIGNALBOX_GATEWAY_CACHE_DISK_BYTES_MAX": str(8 << 20)}
RESULTS = ("hit", "miss", "late", "failed")


@contextlib.contextmanager
def sdk(server):
    url = f"{server.url}/v1"
    with openai.OpenAI(api_key=BOOTSTRAP_KEY, base_url=url, max_retries=0, timeout=60) as client:
        yield client


def told(server, bot, **fields):
    """What the header says of one call, and its text."""
    with sdk(server) as client:
        headers, text, _ = ask(client, bot, **fields)
    tier = headers.get("x-signalbox-cache-tier")
    return headers["x-signalbox-cache"] + (f" {tier}" if tier else ""), text


def lookups(server):
    return [server.api.metric("signalbox_cache_disk_lookups", result=result) for result in RESULTS]


def written(server, count):
    """Waits until so many answers are in the file."""
    deadline = time.monotonic() + 20
    while server.api.metric("signalbox_cache_disk_writes", result="written") < count:
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.fixture
def kept(spawn, simulator):
    """A server with a deployment whose answers go to the disk; what it was told, plain and streamed; both are written."""
    server = spawn(environment=ON).ready()
    model = server.api.add_model(server.api.add_provider(simulator.base_url), "small")
    bot = server.api.deploy(
        [{"name": "control", "model": model, "weight": 100}], cache={"ttl_s": 600, "disk": True})
    plain, streamed = told(server, bot), told(server, bot, stream=True)
    assert plain[0] == streamed[0] == "miss"
    written(server, 2)
    return server, bot, plain[1], streamed[1]


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_answers_outlive_the_process(spawn, simulator, kept, end):
    server, bot, plain, streamed = kept
    disk = server.api.read("/api/v1/cache", deployment=bot)["disk"]
    assert disk["entries"] == 2 and disk["bytes"] > 0
    path = server.data / "cache.sqlite"
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    getattr(server, end)()
    before = simulator.asked()
    server = spawn(environment=ON).ready()
    assert server.api.read("/api/v1/cache", deployment=bot)["disk"] == disk
    assert told(server, bot) == ("hit disk", plain)
    assert told(server, bot) == ("hit", plain)
    assert told(server, bot, stream=True) == ("hit disk", streamed)
    assert told(server, bot, stream=True, stream_options={"include_usage": True}) == ("hit", streamed)
    assert simulator.asked() == before
    tally = server.api.read("/api/v1/cache", deployment=bot)
    assert (tally["hits"], tally["disk_hits"], tally["misses"]) == (4, 2, 0)
    assert lookups(server) == [2, 0, 0, 0]
    assert server.api.metric("signalbox_cache_disk_entries") == 2
    assert server.api.metric("signalbox_cache_disk_open") == 1
    hit = server.api.items("/api/v1/outcomes", deployment=bot, cache="hit")
    assert len(hit) == 4 and all(one["cost_micro_usd"] == 0 and one["tokens"]["output"] > 0 for one in hit)


def test_identical_calls_after_a_restart_read_the_file_once(spawn, simulator, kept):
    server, bot, plain, streamed = kept
    server.stop()
    before = simulator.asked()
    server = spawn(environment=ON).ready()
    with concurrent.futures.ThreadPoolExecutor(32) as pool:
        for stream, text in ((False, plain), (True, streamed)):
            said = list(pool.map(lambda _, stream=stream: told(server, bot, stream=stream), range(32)))
            assert {one for _, one in said} == {text}
            assert [header for header, _ in said].count("hit disk") == 1
            assert all(header.startswith("hit") for header, _ in said)
    assert simulator.asked() == before and lookups(server) == [2, 0, 0, 0]


def test_what_its_caller_and_its_deployment_say_holds(spawn, kept):
    server, bot, plain, _ = kept
    server.stop()
    server = spawn(environment=ON).ready()
    assert told(server, bot, headers={"Cache-Control": "no-store"})[0] == "bypass"
    assert told(server, bot, headers={"Cache-Control": "no-cache"})[0] == "miss"
    assert lookups(server) == [0, 0, 0, 0]
    # A revision of its own, which has none.
    server.api.request("PATCH", f"/api/v1/deployments/{bot}", {"store_bodies": True})
    assert told(server, bot)[0] == "miss" and lookups(server) == [0, 1, 0, 0]
    assert told(server, f"{bot}@1") == ("hit", plain)
    changed = server.api.request("PATCH", f"/api/v1/deployments/{bot}", {"cache": {"disk": False}})
    assert changed.json["cache"] == {"ttl_s": 600, "scope": "deployment"}
    assert told(server, bot)[0] == "miss" and lookups(server) == [0, 1, 0, 0]


def test_a_purge_empties_the_file_for_good(spawn, kept):
    server, bot, _, _ = kept
    gone = server.api.request("DELETE", f"/api/v1/cache?deployment={bot}")
    assert gone.status == 200 and gone.json["entries"] == 2 and gone.json["disk"]["entries"] == 2
    assert server.api.read("/api/v1/cache")["disk"] == {"entries": 0, "bytes": 0}
    assert told(server, bot)[0] == "miss"
    written(server, 3)
    server.kill()
    server = spawn(environment=ON).ready()
    assert told(server, bot)[0] == "hit disk"
    assert told(server, bot, stream=True)[0] == "miss"
    # And of what nobody has asked for since the start.
    server.stop()
    server = spawn(environment=ON).ready()
    assert server.api.request("DELETE", "/api/v1/cache").json["disk"]["entries"] == 2
    assert told(server, bot)[0] == "miss"


@pytest.mark.parametrize("damage", ["noise", "short", "foreign"])
def test_a_file_of_no_use_costs_no_request(spawn, kept, damage):
    server, bot, plain, _ = kept
    server.stop()
    path = server.data / "cache.sqlite"
    content = bytearray(path.read_bytes())
    if damage == "noise":
        # All pages but the first, which says whose it is.
        content[4096:] = os.urandom(len(content) - 4096)
    elif damage == "short":
        del content[5000:]
    else:
        content[:] = b"nothing that SQLite would know of" * 1000
    path.write_bytes(content)
    server = spawn(environment=ON).ready()
    assert told(server, bot) == ("miss", plain)
    assert told(server, bot) == ("hit", plain)
    assert server.api.metric("signalbox_cache_disk_discarded") == 1
    assert "the file of cached answers" in server.said()
    assert (server.data / "cache.sqlite.aside").exists() == (damage == "foreign")


def test_it_is_off_unless_it_is_asked_for_and_leaves_nothing_behind(spawn, kept):
    server, bot, plain, _ = kept
    server.stop()
    server = spawn().ready()
    assert not (server.data / "cache.sqlite").exists(), "a purge would not have reached it"
    assert told(server, bot) == ("miss", plain)
    assert "disk" not in server.api.read("/api/v1/cache")
    server.stop()
    assert not list(server.data.glob("cache.sqlite*"))


def test_a_restore_leaves_no_answers_of_revisions_that_are_not_those_any_more(spawn, kept, tmp_path):
    server, bot, plain, _ = kept
    made = command(server.data, "backup", str(tmp_path / "backup"))
    assert made.returncode == 0, made.stderr
    assert not (tmp_path / "backup" / "cache.sqlite").exists()
    name = unique("prompt")
    server.api.request("PATCH", f"/api/v1/deployments/{bot}", {"store_bodies": True, "reason": name})
    assert told(server, bot)[0] == "miss"
    server.stop()
    back = command(server.data, "restore", "--force", str(tmp_path / "backup"))
    assert back.returncode == 0, back.stderr
    server = spawn(environment=ON).ready()
    # The revision 2 of now is another than that of then.
    server.api.request("PATCH", f"/api/v1/deployments/{bot}", {"store_bodies": True})
    assert told(server, bot) == ("miss", plain)
    assert command(server.data, "doctor").returncode in (0, 1)
