import shutil
import subprocess

import openai
import pytest

from processes import BOOTSTRAP_KEY, Signalbox, Simulator
from upstream import ScriptedUpstream


@pytest.fixture(scope="session")
def simulator(tmp_path_factory):
    process = Simulator(tmp_path_factory.mktemp("simulator"))
    try:
        yield process.ready()
    finally:
        process.kill()


@pytest.fixture(scope="session")
def signalbox(tmp_path_factory):
    """One server for all tests that only add to it."""
    process = Signalbox(
        tmp_path_factory.mktemp("signalbox"),
        # Some of them let the provider fail that all of them share.
        {"SIGNALBOX_GATEWAY_FIRST_BYTE_TIMEOUT_MS": "4000", "SIGNALBOX_GATEWAY_BREAKER": "off"})
    try:
        yield process.ready()
    finally:
        process.kill()


@pytest.fixture(scope="session")
def api(signalbox):
    return signalbox.api


@pytest.fixture(scope="session")
def provider(api, simulator):
    return api.add_provider(simulator.base_url)


@pytest.fixture(scope="session")
def echo(api, provider):
    """A deployment whose answer is the body that the provider received."""
    return api.deploy_model(provider, "echo")


@pytest.fixture(scope="session")
def bot(api, provider):
    return api.deploy_model(provider, "small")


@pytest.fixture(scope="session")
def client(signalbox):
    with openai.OpenAI(api_key=BOOTSTRAP_KEY, base_url=f"{signalbox.url}/v1", max_retries=0, timeout=60) as client:
        yield client


@pytest.fixture
def scripted():
    upstream = ScriptedUpstream()
    try:
        yield upstream
    finally:
        upstream.close()


@pytest.fixture
def breaking():
    upstream = ScriptedUpstream(breaks=True)
    try:
        yield upstream
    finally:
        upstream.close()


@pytest.fixture
def spawn(tmp_path):
    """Starts servers that the test may stop or kill; ends what is left."""
    started = []

    def start(**options):
        process = Signalbox(tmp_path, **options)
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()


@pytest.fixture
def strace():
    """The tracer of system calls, where the kernel lets us trace."""
    program = shutil.which("strace")
    if program is None:
        pytest.fail("strace is missing: `make test` installs it")
    probe = subprocess.run([program, "-f", "-e", "trace=none", "true"], capture_output=True, text=True)
    if probe.returncode != 0:
        pytest.skip(
            "tracing is not permitted here: what is synced before an acknowledgement is shown by the fault layer alone "
            f"(MutationFaultTests): {probe.stderr.strip()[-200:]}")
    return program
