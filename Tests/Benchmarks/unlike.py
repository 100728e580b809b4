"""Requests for wrk of which no two are alike, all of one length: a number of nine digits stands in each body."""

import bench

UNLIKE = """
local n = %(start)d
local head = 'POST /v1/chat/completions HTTP/1.1\\r\\nHost: bench\\r\\nAuthorization: Bearer %(key)s\\r\\n' ..
    'Content-Type: application/json\\r\\nX-Signalbox-Unit: user-1\\r\\nContent-Length: %(length)d\\r\\n\\r\\n'
request = function()
    n = n + 1
    return head .. string.format('%(body)s', n)
end
"""
# Five hundred, again and again.
REPEATED = UNLIKE.replace("n = n + 1", "n = %(start)d + (n + 1) %% 500")


def script(directory, name, body, key, start, text=UNLIKE):
    """A program for wrk; `body` has `%09d` where the number goes."""
    path = directory / f"{name}.lua"
    path.write_text(text % {"key": key, "start": start, "length": len(body % 1), "body": body} + bench.DONE)
    return path
