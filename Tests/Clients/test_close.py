"""No descriptor is closed twice. By the second time its number may be another file's: what then fails, or is read from
the wrong place, is some other part of the process, once in a thousand runs."""

import re
import socket
import subprocess

from processes import binary

ASK = [{"role": "user", "content": "Where is my parcel?"}]
# `123 close(7) = -1 EBADF (Bad file descriptor)`, whole or the second half of a call cut in two.
TWICE = re.compile(r"^.*(?:close\(|<\.\.\. close resumed>).*EBADF.*$", re.MULTILINE)


def traced(strace, log):
    # -D: the process is our child and the tracer its grandchild.
    return (strace, "-D", "-f", "-e", "trace=close", "-o", str(log))


def closed_twice(log):
    text = log.read_text(errors="replace")
    assert "close(" in text, "nothing was traced"
    return TWICE.findall(text)


def test_server_closes_each_descriptor_once(spawn, strace, simulator, tmp_path):
    log = tmp_path / "trace"
    server = spawn(prefix=traced(strace, log)).ready()
    bot = server.api.deploy_model(server.api.add_provider(simulator.base_url), "small")
    gone = server.api.deploy_model(server.api.add_provider("http://127.0.0.1:1/v1", name="gone"), "other")
    for _ in range(3):
        server.api.post("/v1/chat/completions", {"model": bot, "messages": ASK}, expect=200)
        streamed = server.api.request(
            "POST", "/v1/chat/completions", {"model": bot, "messages": ASK, "stream": True})
        assert b"[DONE]" in streamed.body
        server.api.post("/v1/chat/completions", {"model": gone, "messages": ASK}, expect=502)
        with socket.create_connection(("127.0.0.1", server.port)) as nonsense:
            nonsense.sendall(b"\x16\x03\x01 what?\r\n\r\n")
            nonsense.recv(4096)
    assert server.stop() == 0
    assert closed_twice(log) == []


def test_command_that_finds_the_directory_held_closes_each_descriptor_once(spawn, strace, tmp_path):
    server, log = spawn().ready(), tmp_path / "trace"
    held = subprocess.run(
        [*traced(strace, log), binary(), "key", "create", "--role", "admin"], capture_output=True, text=True,
        env={"SIGNALBOX_DATA_DIR": str(server.data)})
    assert held.returncode == 1, held.stderr
    assert str(server.pid) in held.stderr
    assert closed_twice(log) == []
