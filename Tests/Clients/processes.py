"""Processes under test: started on free ports with data of their own, awaited by polling, always ended."""

import http.client
import json
import os
import random
import signal
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

from control import API

BOOTSTRAP_KEY = "bootstrap-key-of-the-client-suites-0123456789"
# Generous: the machine may be building something else at the same time.
# Under a sanitizer everything is several times slower.
PATIENCE = int(os.environ.get("SIGNALBOX_TEST_PATIENCE", "1"))
START_DEADLINE_S = 30 * PATIENCE
STOP_DEADLINE_S = 40 * PATIENCE


def binary():
    path = os.environ.get("SIGNALBOX_BINARY")
    if path is None:
        path = str(Path(__file__).resolve().parents[2] / ".build" / "release" / "signalbox")
    if not os.access(path, os.X_OK):
        raise RuntimeError(f"no binary at {path}: `make build` makes it, SIGNALBOX_BINARY names another")
    return path


def free_port():
    """Below the ephemeral range, so that no outgoing connection takes it between here and the bind."""
    for _ in range(200):
        port = random.SystemRandom().randrange(20_000, 30_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError("no free port")


class Process:
    """A child with its standard error in a file; `stop` asks, `kill` does not."""

    def __init__(self, arguments, environment, errors, prefix=()):
        self.errors = Path(errors)
        clean = {name: value for name, value in os.environ.items() if not name.startswith("SIGNALBOX_")}
        given = {name: value for name, value in environment.items() if value is not None}
        with open(self.errors, "ab") as sink:
            self.child = subprocess.Popen(
                [*prefix, binary(), *arguments], env={**clean, **given}, stdin=subprocess.DEVNULL, stdout=sink,
                stderr=sink)

    @property
    def pid(self):
        return self.child.pid

    def said(self):
        return self.errors.read_text(errors="replace")

    def check_alive(self):
        if self.child.poll() is not None:
            raise RuntimeError(f"the process ended with {self.child.returncode}: {self.said()[-2000:]}")

    def stop(self):
        """SIGTERM; returns the exit code."""
        if self.child.poll() is None:
            self.child.send_signal(signal.SIGTERM)
        return self.wait()

    def wait(self, deadline_s=STOP_DEADLINE_S):
        try:
            return self.child.wait(deadline_s)
        except subprocess.TimeoutExpired:
            self.kill()
            raise

    def kill(self):
        if self.child.poll() is None:
            self.child.kill()
        self.child.wait()

    def resident_bytes(self):
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        raise RuntimeError("no VmRSS")

    def cpu_seconds(self):
        """What it has computed so far, user and system (proc(5), stat)."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Signalbox(Process):
    def __init__(self, directory, environment=None, port=None, arguments=("serve",), data=None, prefix=()):
        self.directory = Path(directory)
        self.data = Path(data) if data else self.directory / "data"
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        super().__init__(
            list(arguments),
            {
                "SIGNALBOX_LISTEN": f"127.0.0.1:{self.port}",
                "SIGNALBOX_DATA_DIR": str(self.data),
                "SIGNALBOX_BOOTSTRAP_KEY": BOOTSTRAP_KEY,
                **(environment or {}),
            },
            self.directory / "signalbox.log", prefix)
        self.api = API(self.port, BOOTSTRAP_KEY)

    def ready(self):
        deadline = time.monotonic() + START_DEADLINE_S
        while time.monotonic() < deadline:
            self.check_alive()
            try:
                if self.api.get("/readyz").status == 200:
                    return self
            except (OSError, http.client.HTTPException):
                pass
            time.sleep(0.005)
        raise RuntimeError(f"not ready within {START_DEADLINE_S} s: {self.said()[-2000:]}")


class Simulator(Process):
    """`signalbox simulate-provider`: an upstream that speaks the OpenAI chat format."""

    def __init__(self, directory, arguments=(), port=None):
        self.port = port or free_port()
        self.base_url = f"http://127.0.0.1:{self.port}/v1"
        super().__init__(
            ["simulate-provider", "--listen", f"127.0.0.1:{self.port}", *arguments], {},
            Path(directory) / "simulator.log")

    def ready(self):
        deadline = time.monotonic() + START_DEADLINE_S
        while time.monotonic() < deadline:
            self.check_alive()
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return self
            except OSError:
                time.sleep(0.005)
        raise RuntimeError(f"the simulator did not listen within {START_DEADLINE_S} s")

    def asked(self):
        """How often it was asked so far."""
        settings = self.base_url.removesuffix("/v1") + "/simulator/settings"
        with urllib.request.urlopen(settings, timeout=10) as answer:
            return json.load(answer)["requests"]["total"]
