"""Behind the proxy that most installations have: whom the request is for, as nginx says it in each of its ways."""

import base64
import contextlib
import getpass
import http.client
import json
import os
import shutil
import socket
import subprocess
import time

import openai
import pytest

from control import API, unique
from processes import BOOTSTRAP_KEY, START_DEADLINE_S, free_port

ASK = [{"role": "user", "content": "Where is my parcel?"}]
STREAM_MODULE = "/usr/lib/nginx/modules/ngx_stream_module.so"
# Whoever believes proxies is open to the world, and needs a key of its own.
BEHIND = {
    "SIGNALBOX_LOG": "debug", "SIGNALBOX_MASTER_KEY": base64.b64encode(bytes(range(32))).decode(),
    "SIGNALBOX_SERVER_TRUSTED_PROXIES": "127.0.0.1,unix"}
COMMON = """
# Else its workers would be nobody, who may not reach the directories of a test.
user {user};
daemon off;
worker_processes 1;
pid {directory}/nginx.pid;
error_log {directory}/error.log warn;
events {{ worker_connections 256; }}
"""
HTTP = COMMON + """
http {{
    access_log off;
    client_body_temp_path {directory}/body;
    proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;
    upstream signalbox {{ server {target}; keepalive 4; }}
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_buffering off;
            {fields}
            proxy_pass http://signalbox;
        }}
    }}
}}
"""
STREAM = "load_module " + STREAM_MODULE + ";" + COMMON + """
stream {{ server {{ listen 127.0.0.1:{port}; proxy_pass {target}; proxy_protocol on; }} }}
"""
X_FORWARDED_FOR = "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;"
FORWARDED = 'proxy_set_header Forwarded "$http_forwarded, for=$remote_addr;proto=$scheme";'


@pytest.fixture
def nginx(tmp_path):
    """Starts an nginx with the given configuration; gives its port."""
    binary = shutil.which("nginx") or "/usr/sbin/nginx"
    if not (os.access(binary, os.X_OK) and os.access(STREAM_MODULE, os.R_OK)):
        pytest.fail("nginx or its stream module is missing: `make test` installs them")
    with contextlib.ExitStack() as stack:
        def start(text, target, fields=""):
            directory = tmp_path / unique("nginx")
            directory.mkdir()
            port = free_port()
            file = directory / "nginx.conf"
            file.write_text(text.format(
                directory=directory, port=port, target=target, fields=fields, user=getpass.getuser()))
            child = subprocess.Popen(
                [binary, "-c", str(file), "-p", str(directory), "-e", str(directory / "error.log")],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            stack.callback(child.wait)
            # SIGTERM: its workers end with it.
            stack.callback(child.terminate)
            deadline = time.monotonic() + START_DEADLINE_S
            while True:
                assert child.poll() is None and time.monotonic() < deadline, (directory / "error.log").read_text()
                with contextlib.suppress(OSError):
                    socket.create_connection(("127.0.0.1", port), timeout=1).close()
                    return port
                time.sleep(0.005)

        yield start


def client_seen(server, port, headers=None, source="127.0.0.7"):
    """Whom the server takes the client to be: its log names a request by its id."""
    identity = unique("request-behind-nginx")
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30, source_address=(source, 0))
    with contextlib.closing(connection):
        connection.request("GET", "/healthz", headers={"X-Request-Id": identity, **(headers or {})})
        answer = connection.getresponse()
        assert (answer.status, answer.headers["x-request-id"]) == (200, identity)
    deadline = time.monotonic() + 20
    while True:
        for line in server.said().splitlines():
            if identity in line:
                return json.loads(line)["client"]
        assert time.monotonic() < deadline, "the request is not in the log"
        time.sleep(0.01)


def streams(port, bot):
    with openai.OpenAI(api_key=BOOTSTRAP_KEY, base_url=f"http://127.0.0.1:{port}/v1", max_retries=0) as client:
        chunks = list(client.chat.completions.create(model=bot, messages=ASK, stream=True))
    assert chunks[-1].choices[0].finish_reason == "stop"
    return "".join(chunk.choices[0].delta.content or "" for chunk in chunks)


@pytest.mark.parametrize("listener", ["tcp", "unix"])
def test_client_is_the_one_that_nginx_saw(spawn, nginx, simulator, tmp_path, listener):
    path = tmp_path / "signalbox.sock"
    server = spawn(environment={**BEHIND, "SIGNALBOX_SERVER_UNIX_SOCKET": str(path)}).ready()
    port = nginx(HTTP, f"127.0.0.1:{server.port}" if listener == "tcp" else f"unix:{path}", X_FORWARDED_FOR)
    assert client_seen(server, port) == "127.0.0.7"
    # What the client made up stands before what nginx appends, and is nobody's word.
    assert client_seen(server, port, {"X-Forwarded-For": "198.51.100.7, 192.0.2.1"}) == "127.0.0.7"
    # The other field nginx passes through as the client wrote it.
    assert client_seen(server, port, {"Forwarded": "for=198.51.100.7"}) == "127.0.0.7"
    bot = server.api.deploy_model(server.api.add_provider(simulator.base_url), "small")
    assert streams(port, bot)
    assert API(port, BOOTSTRAP_KEY).read(f"/api/v1/deployments/{bot}")["revision"] == 1


def test_forwarded_field_is_read_where_it_is_the_one_that_counts(spawn, nginx):
    server = spawn(environment={**BEHIND, "SIGNALBOX_SERVER_FORWARDED_FIELD": "forwarded"}).ready()
    port = nginx(HTTP, f"127.0.0.1:{server.port}", FORWARDED)
    assert client_seen(server, port) == "127.0.0.7"
    made_up = {"Forwarded": 'for="[2001:db8::5]:443"', "X-Forwarded-For": "198.51.100.7"}
    assert client_seen(server, port, made_up) == "127.0.0.7"


def test_nobody_is_believed_where_no_proxy_is_named(spawn, nginx):
    server = spawn(environment={"SIGNALBOX_LOG": "debug"}).ready()
    port = nginx(HTTP, f"127.0.0.1:{server.port}", X_FORWARDED_FOR + FORWARDED)
    assert client_seen(server, port) == "127.0.0.1"


def test_proxy_header_of_nginx_is_read_and_demanded(spawn, nginx, simulator):
    server = spawn(environment={**BEHIND, "SIGNALBOX_SERVER_PROXY_PROTOCOL": "required"})
    port = nginx(STREAM, f"127.0.0.1:{server.port}")
    direct, server.api = server.api, API(port, BOOTSTRAP_KEY)
    server.ready()
    assert client_seen(server, port) == "127.0.0.7"
    assert client_seen(server, port, source="127.0.0.9") == "127.0.0.9"
    assert streams(port, server.api.deploy_model(server.api.add_provider(simulator.base_url), "small"))
    # Who does not begin with a PROXY header is not answered as if it had.
    with contextlib.suppress(OSError, http.client.HTTPException):
        assert direct.get("/healthz").status >= 400
    assert server.api.get("/healthz").status == 200
