"""Who is measured: processes on a core of their own, each on a port that is proven to be its own."""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from control import API
from processes import free_port

KEY = "benchmark-key-0123456789-0123456789-abcdef"
SERVER_CORE, LOAD_CORE = "0", "1"

NGINX = """
daemon off;
worker_processes 1;
pid {directory}/nginx.pid;
error_log {directory}/error.log warn;
events {{ worker_connections 4096; }}
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


@contextlib.contextmanager
def before_a_provider(binary, answer):
    """A server of its own before a provider that says the same to everybody: their directory, the server, its API, the
    provider's port."""
    directory = Path(tempfile.mkdtemp(prefix="signalbox-bench-"))
    directory.chmod(0o755)
    running = []
    try:
        upstream = nginx(directory, "provider", f"return 200 '{answer}';", core=LOAD_CORE)
        running.append(upstream)
        ours = signalbox(os.path.abspath(binary), directory / "data")
        running.append(ours)
        api = API(ours.port, KEY)
        ours.await_port()
        await_ready(api)
        yield directory, ours, api, upstream.port
    finally:
        for process in reversed(running):
            process.stop()
        shutil.rmtree(directory, ignore_errors=True)


def row(what, first, second, relation, goal, holds):
    print(f"| {what} | {first} | {second} | {relation} | {goal} | {'yes' if holds else 'no'} |")
    return holds
