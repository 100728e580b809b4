#!/usr/bin/env python3
"""Signalbox beside nginx on this machine: `make bench` prints the table.

The contenders alternate within one run and every figure is the median of the rounds. Each contender has one worker on
one core; the load generator and the provider behind the proxies share another. CPU is that of the contender's processes
(user and system) over the requests that were answered.
"""

import argparse
import json
import os
import platform
import re
import shutil
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Clients"))

from control import API  # noqa: E402
from processes import free_port  # noqa: E402

KEY = "benchmark-key-0123456789-0123456789-abcdef"
SERVER_CORE, LOAD_CORE = "0", "1"
GROWTH_REQUESTS = 200_000
ANSWER = json.dumps({
    "id": "chatcmpl-bench", "object": "chat.completion", "created": 1_750_000_000, "model": "bench",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "Your parcel is on its way."},
                 "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 12, "completion_tokens": 7, "total_tokens": 19},
}, separators=(",", ":"))

NGINX = """
daemon off;
worker_processes 1;
pid {directory}/nginx.pid;
error_log {directory}/error.log warn;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    keepalive_requests 100000000;
    keepalive_timeout 600s;
    client_body_temp_path {directory}/body;
    proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;
    {upstream}
    server {{
        listen 127.0.0.1:{port};
        default_type application/json;
        location / {{ {location} }}
    }}
}}
"""

LUA = """
local requests, turn = {}, 0
init = function(args)
    for unit = 1, 1000 do
        wrk.headers["Authorization"] = "Bearer %(key)s"
        wrk.headers["Content-Type"] = "application/json"
        wrk.headers["X-Signalbox-Unit"] = "user-" .. unit
        requests[unit] = wrk.format("POST", "/v1/chat/completions", nil, '%(body)s')
    end
end
request = function()
    turn = turn %% 1000 + 1
    return requests[turn]
end
"""

DONE = """
done = function(summary, latency, _)
    local errors = summary.errors
    io.write(string.format(
        'RESULT {"requests":%d,"us":%d,"p50":%d,"p99":%d,"errors":%d}\\n', summary.requests, summary.duration,
        latency:percentile(50), latency:percentile(99),
        errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
"""


class Contender:
    def __init__(self, name, command, port, environment=None, core=SERVER_CORE):
        self.name = name
        self.port = port
        self.child = subprocess.Popen(
            ["taskset", "-c", core, *command], env={**os.environ, **(environment or {})}, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def pids(self):
        """The process itself and its workers."""
        own = self.child.pid
        children = Path(f"/proc/{own}/task/{own}/children").read_text().split()
        return [own, *map(int, children)]

    def cpu_seconds(self):
        ticks = 0
        for pid in self.pids():
            fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def resident_mib(self):
        status = Path(f"/proc/{self.child.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024

    def await_port(self, deadline_s=20):
        """Waits until the port is open, and is this process's own."""
        deadline = time.monotonic() + deadline_s
        while time.monotonic() < deadline:
            if self.child.poll() is not None:
                raise SystemExit(f"{self.name} ended with {self.child.returncode}")
            if self.owns_port():
                return self
            time.sleep(0.005)
        raise SystemExit(f"{self.name} does not listen on {self.port}")

    def owns_port(self):
        wanted = f"0100007F:{self.port:04X}"
        rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
        sockets = {f"socket:[{row[9]}]" for row in rows if row[1] == wanted and row[3] == "0A"}
        if not sockets:
            return False
        held = set()
        for pid in self.pids():
            for descriptor in Path(f"/proc/{pid}/fd").iterdir():
                try:
                    held.add(os.readlink(descriptor))
                except OSError:
                    continue
        if not sockets <= held:
            raise SystemExit(f"port {self.port} is not {self.name}'s own")
        return True

    def stop(self):
        if self.child.poll() is None:
            self.child.send_signal(signal.SIGTERM)
            try:
                self.child.wait(30)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait()


def nginx(directory, name, location, upstream="", core=SERVER_CORE):
    port = free_port()
    home = directory / name.replace(" ", "-")
    home.mkdir()
    config = home / "nginx.conf"
    config.write_text(NGINX.format(directory=home, port=port, location=location, upstream=upstream))
    return Contender(name, ["nginx", "-p", str(home), "-c", str(config)], port, core=core).await_port()


def signalbox(binary, data, port=None):
    port = port or free_port()
    return Contender("signalbox", [binary, "serve"], port, {
        "SIGNALBOX_LISTEN": f"127.0.0.1:{port}", "SIGNALBOX_DATA_DIR": str(data), "SIGNALBOX_LOOPS": "1",
        "SIGNALBOX_BOOTSTRAP_KEY": KEY, "SIGNALBOX_LOG": "warning"})


def load(contender, script, path, connections, seconds):
    before = contender.cpu_seconds()
    ran = subprocess.run(
        ["taskset", "-c", LOAD_CORE, "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", str(script),
         f"http://127.0.0.1:{contender.port}{path}"], capture_output=True, text=True)
    found = re.search(r"RESULT (\{.*\})", ran.stdout)
    if not found:
        raise SystemExit(f"wrk said nothing of use: {ran.stdout}{ran.stderr}")
    result = json.loads(found[1])
    if result["errors"]:
        raise SystemExit(f"{contender.name} {path}: {result['errors']} of {result['requests']} requests failed")
    result["rate"] = result["requests"] / result["us"] * 1e6
    result["cpu_us"] = (contender.cpu_seconds() - before) / result["requests"] * 1e6
    return result


def alternate(contenders, script, path, connections, options):
    """Results by contender: a round of each, in turn."""
    results = {contender.name: [] for contender in contenders}
    warm = {contender.name: load(contender, script, path, connections, 1)["requests"] for contender in contenders}
    for round_number in range(options.rounds):
        for contender in contenders if round_number % 2 == 0 else reversed(contenders):
            results[contender.name].append(load(contender, script, path, connections, options.seconds))
    return {name: {key: statistics.median(one[key] for one in rounds) for key in rounds[0]}
            for name, rounds in results.items()}, sum(
                (one["requests"] for one in results["signalbox"]), warm["signalbox"])


def deploy(api, port):
    """Two variants, nine to one, on the provider at the port."""
    provider = api.add_provider(f"http://127.0.0.1:{port}/v1", "bench")
    models = [api.add_model(provider, "bench") for _ in range(2)]
    return api.deploy([
        {"name": "control", "model": models[0], "weight": 90}, {"name": "candidate", "model": models[1], "weight": 10}])


def await_ready(api, deadline_s=20):
    deadline = time.monotonic() + deadline_s
    while time.monotonic() < deadline:
        try:
            if api.get("/readyz").status == 200:
                return
        except OSError:
            pass
        time.sleep(0.001)
    raise SystemExit("signalbox is not ready")


def cold_start_ms(binary, directory, rounds, is_fresh):
    """From the start of the process to its first answer that is ready."""
    times = []
    for number in range(rounds):
        data = directory / (f"cold-{number}" if is_fresh else "cold-0")
        port = free_port()
        begin = time.monotonic()
        process = signalbox(binary, data, port)
        try:
            await_ready(API(port, KEY))
            times.append((time.monotonic() - begin) * 1e3)
        finally:
            process.stop()
    return statistics.median(times)


def machine():
    model = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text())
    return (f"{model[1] if model else platform.machine()}, {os.cpu_count()} cores, "
            f"Linux {platform.release()}, {time.strftime('%Y-%m-%d', time.gmtime())}")


def row(what, first, second, relation, goal, holds):
    print(f"| {what} | {first} | {second} | {relation} | {goal} | {'yes' if holds else 'no'} |")
    return holds


def measure(options, directory):
    binary = os.path.abspath(options.binary)
    get, post = directory / "get.lua", directory / "post.lua"
    get.write_text(DONE)
    upstream = nginx(directory, "provider", f"return 200 '{ANSWER}';", core=LOAD_CORE)
    running = [upstream]
    try:
        plain = nginx(directory, "nginx return", "return 200 '{\"status\":\"ok\"}';")
        running.append(plain)
        proxy = nginx(
            directory, "nginx proxy_pass",
            "proxy_pass http://provider; proxy_http_version 1.1; proxy_set_header Connection \"\";",
            f"upstream provider {{ server 127.0.0.1:{upstream.port}; keepalive 128; "
            "keepalive_requests 100000000; keepalive_timeout 600s; }")
        running.append(proxy)
        data = directory / "data"
        ours = signalbox(binary, data)
        running.append(ours)
        api = API(ours.port, KEY)
        ours.await_port()
        await_ready(api)
        time.sleep(2)
        idle = ours.resident_mib()
        bot = deploy(api, upstream.port)
        body = json.dumps({"model": bot, "messages": [{"role": "user", "content": "Where is my parcel?"}]})
        post.write_text(LUA % {"key": KEY, "body": body} + DONE)

        health, _ = alternate([plain, ours], get, "/healthz", 64, options)
        warm = load(ours, post, "/", 32, 2)["requests"]
        chat, answered = alternate([proxy, ours], post, "/", 32, options)
        single, answered_single = alternate([proxy, ours], post, "/", 1, options)
        answered += answered_single + warm
        # One connection needs less than many: growth is what comes on top of a load of the same kind.
        answered += load(ours, post, "/", 32, 5)["requests"]
        before, grown = ours.resident_mib(), 0
        while grown < GROWTH_REQUESTS:
            grown += load(ours, post, "/", 32, 5)["requests"]
        answered += grown
        after = ours.resident_mib()
    finally:
        for process in reversed(running):
            process.stop()
    rows = sqlite3.connect(data / "telemetry.sqlite").execute(
        "SELECT count(*) FROM outcomes o JOIN profiles p ON p.id = o.profile_id WHERE p.status = 'ok'").fetchone()[0]
    starts = [cold_start_ms(binary, directory, options.rounds, is_fresh) for is_fresh in (True, False)]
    return health, chat, single, idle, before, after, grown, rows, answered, starts


def report(found):
    health, chat, single, idle, before, after, grown, rows, answered, starts = found
    print(f"\n{machine()}; one worker each on core {SERVER_CORE}, load and provider on core {LOAD_CORE}; "
          "medians, alternating.\n")
    print("| measurement | nginx | Signalbox | relation | goal | reached |")
    print("| --- | ---: | ---: | ---: | ---: | --- |")
    held = []
    for what, results, contender, goal in (
        ("`GET /healthz` against `return 200`, 64 connections", health, "nginx return", 0.90),
        ("`POST /v1/chat/completions` against `proxy_pass`, 32 connections", chat, "nginx proxy_pass", 0.55),
    ):
        theirs, ours = results[contender], results["signalbox"]
        share = ours["rate"] / theirs["rate"]
        held.append(row(f"{what}: requests/s", f"{theirs['rate']:,.0f}", f"{ours['rate']:,.0f}", f"{share:.2f}",
                        f"≥ {goal:.2f}", share >= goal))
        print(f"| … CPU µs per request | {theirs['cpu_us']:.1f} | {ours['cpu_us']:.1f} | "
              f"{ours['cpu_us'] / theirs['cpu_us']:.2f} | | |")
        print(f"| … p50, p99 ms | {theirs['p50'] / 1e3:.2f}, {theirs['p99'] / 1e3:.2f} | "
              f"{ours['p50'] / 1e3:.2f}, {ours['p99'] / 1e3:.2f} | | | |")
    theirs, ours = single["nginx proxy_pass"], single["signalbox"]
    added = ours["p99"] - theirs["p99"]
    held.append(row("p99 at one connection, µs", f"{theirs['p99']:.0f}", f"{ours['p99']:.0f}", f"{added:+.0f}", "≤ +150",
                    added <= 150))
    print(f"| … p50 at one connection, µs | {theirs['p50']:.0f} | {ours['p50']:.0f} | "
          f"{ours['p50'] - theirs['p50']:+.0f} | | |")
    held.append(row("start to first answer, new database, ms", "", f"{starts[0]:.0f}", "", "< 150", starts[0] < 150))
    held.append(row("start to first answer, database of before, ms", "", f"{starts[1]:.0f}", "", "< 150",
                    starts[1] < 150))
    held.append(row("resident when idle, MiB", "", f"{idle:.1f}", "", "< 40", idle < 40))
    held.append(row(f"resident over {grown:,} requests, MiB", "", f"{before:.1f} → {after:.1f}",
                    f"{after - before:+.1f}", "no growth", after - before < 4))
    # wrk leaves what is on its way when its time is over: answered and stored, and not in its count.
    held.append(row("outcomes stored for requests counted by wrk", "", f"{rows:,} for {answered:,}", "", "all",
                    rows >= answered))
    return all(held)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", default=".build/release/signalbox")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=5)
    options = parser.parse_args()
    if os.cpu_count() < 2:
        raise SystemExit("two cores are needed: one for the server, one for the load")
    directory = Path(tempfile.mkdtemp(prefix="signalbox-bench-"))
    directory.chmod(0o755)
    try:
        report(measure(options, directory))
    finally:
        shutil.rmtree(directory, ignore_errors=True)


main()
