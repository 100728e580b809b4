"""Callers that ask again as soon as they are answered, against one limited key: `make hammer` tells what they got."""

import argparse
import collections
import http.client
import json
import threading
import time


def most_in_a_minute(times):
    """The greatest count within any sixty seconds."""
    window, most = collections.deque(), 0
    for moment in sorted(times):
        window.append(moment)
        while window[0] <= moment - 60:
            window.popleft()
        most = max(most, len(window))
    return most


class Hammer:
    def __init__(self, port, key, model, callers, pause_s=0.005):
        self.port, self.callers, self.pause_s = port, callers, pause_s
        self.body = json.dumps({"model": model, "max_tokens": 1, "messages": [{"role": "user", "content": "?"}]})
        self.headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        # When each answer came, of a clock that all callers share.
        self.answered, self.refused, self.other = [], 0, 0
        self.lock = threading.Lock()

    def run(self, seconds):
        end = time.monotonic() + seconds
        threads = [threading.Thread(target=self.call, args=(end,)) for _ in range(self.callers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return self

    def call(self, end):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        answered, refused, other = [], 0, 0
        while time.monotonic() < end:
            connection.request("POST", "/v1/chat/completions", self.body, self.headers)
            answer = connection.getresponse()
            answer.read()
            if answer.status == 200:
                answered.append(time.monotonic())
            elif answer.status == 429:
                refused += 1
                time.sleep(self.pause_s)
            else:
                other += 1
        connection.close()
        with self.lock:
            self.answered += answered
            self.refused += refused
            self.other += other


def main():
    import pathlib
    import tempfile

    from processes import Signalbox, Simulator

    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seconds", type=int, default=180)
    arguments.add_argument("--limit", type=int, default=100)
    arguments.add_argument("--callers", type=int, default=64)
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        simulator, server = Simulator(pathlib.Path(folder)), Signalbox(pathlib.Path(folder))
        try:
            api = server.ready().api
            bot = api.deploy_model(api.add_provider(simulator.ready().base_url), "small")
            made = api.post("/api/v1/keys", {
                "name": "hammered", "role": "caller", "limits": {"requests_per_minute": given.limit}})
            run = Hammer(server.port, made["key"], bot, given.callers).run(given.seconds)
            may = given.limit * given.seconds / 60
            print(
                f"{given.callers} callers for {given.seconds} s against {given.limit} requests a minute: "
                f"{len(run.answered)} answered ({len(run.answered) / may:.1%} of {may:.0f}), {run.refused} refused, "
                f"{run.other} else; the most in any 60 s: {most_in_a_minute(run.answered)}")
            assert run.other == 0 and len(run.answered) <= may
            assert len(run.answered) >= 0.98 * may
            assert most_in_a_minute(run.answered) <= given.limit
        finally:
            server.kill()
            simulator.kill()


if __name__ == "__main__":
    main()
