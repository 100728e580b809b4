"""Requests as clients send them, and as attackers do: from a seeded generator, most of them nearly right."""

import random

METHODS = ["GET", "GET", "GET", "POST", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "TRACE", "CONNECT",
    "get", "PURGE", "G(T", ""]
TARGETS = ["/", "/", "/a/b?c=d", "/a/b?c=d", "/%2e%2e/x", "*", "http://a.b/c?d", "HTTP://a.b:81", "http://u@a/",
    "a:443", "/a#b", "//x", "/?", "http:///", "ftp://a/", "/é", "/\t", "", "/\"<>^`{|}"]
VERSIONS = ["HTTP/1.1"] * 12 + ["HTTP/1.0"] * 3 + ["HTTP/1.2", "HTTP/2.0", "HTTP/0.9", "http/1.1", "HTTP/1",
    "HTTP/1.10"]
ENDS = ["\r\n"] * 30 + ["\n", "\r", "\r\r\n", " \r\n"]
HOSTS = ["Host: a", "Host: a", "Host: a.b:80", "host:a", "HOST: \t a \t", "Host: [::1]:1", "Host: a\r\nHost: b", "",
    "Host:", "Host: a b", "Host: a,b", "Host: a@b", "Host: a/b", "Host : a", "Host: é"]
FIELDS = ["Accept: */*", "X-Empty:", "X-Space: \t a  b \t", "X-A: 1\r\nX-A: 2", "X_A: 1\r\nX-A: 2",
    "X-Latin: \xe9", "X-Tab:\ta", "Connection: keep-alive", "Connection: close", "Connection: close, x",
    "Connection: Keep-Alive, Upgrade", "Upgrade: websocket", "Expect: 100-continue", "Expect: tea",
    "Content-Type: a/b", "Content-Type: a\r\nContent-Type: b", "Authorization: Bearer x",
    "Authorization: a\r\nAuthorization: b", "A:b", "A: b\r\n c", " A: b", "A : b", "A", ": b", "A: b\x00c",
    "A: b\x01", "A: b\x7f", "A: b\x0bc", "A: b\rc", "A: b\nc", "A(: b", "é: b", "!#$%&'*+-.^_`|~: c"]
LENGTHS = ["{}", "{}", "{}", "00{}", "+{}", "-{}", "{} ", "{}, {}", "0x{}", "{}\r\nContent-Length: {}",
    "{}\r\nContent-Length: 1{}", "1{}", "", "{}.0", "{}_0", "000000000000000000000000{}", "99999999999999999999"]
CODINGS = ["chunked"] * 6 + ["Chunked", " chunked ", "chunked,", ",chunked", "gzip, chunked", "chunked, gzip",
    "identity", "xchunked", "chunked\r\nTransfer-Encoding: chunked", "\x0bchunked", "chunked;q=1", "",
    "chunked\r\nContent-Length: 3"]
SIZES = ["{:x}"] * 16 + ["{:X}", "0{:x}", "0000000000000{:x}", "000000000000000000{:x}", "0x{:x}", "+{:x}", "{:x} ",
    " {:x}", "{:x}\t", "1{:x}", "{:x}_", "", "10000000000000000{:x}", "-{:x}"]
EXTENSIONS = [""] * 16 + [";a", ";a=b", ";a=\"b;\\\"c\"", "; a=b", ";a;b=c", ";", ";a=\r", ";a=\n", ";a=\"b", ";é",
    " ;a"]
TRAILERS = [""] * 10 + ["X: y\r\n", "X: y\r\nZ: \r\n", "Host: b\r\n", "Content-Length: 1\r\n", "X\r\n", " X: y\r\n",
    "X: y\n", "Transfer-Encoding: chunked\r\n", "X: y\r\n z\r\n", "X: \x00\r\n"]
TELLING = b"\r\n\t :;,=\"\\0x1fF-+_%*/?#[]@.\x00\x7f\x80\xffHT"


class WireCases:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def one(self):
        """One to three requests on a connection, a third of them damaged once more."""
        chance = self.random
        data = b"".join(self.request() for _ in range(chance.choice([1, 1, 1, 2, 2, 3])))
        if chance.random() < 0.05:
            data = chance.choice([b"\r\n", b"\r\n\r\n", b"\n", b"\r"]) + data
        if chance.random() < 0.3:
            for _ in range(chance.randint(1, 3)):
                data = self.damaged(data)
        return data if chance.random() < 0.95 else data[:chance.randrange(len(data) + 1)]

    def odd(self, choices, share=0.1):
        """The first, unless chance wants another."""
        return self.random.choice(choices) if self.random.random() < share else choices[0]

    def request(self):
        chance = self.random
        end = self.odd(ENDS, 0.05)
        method = chance.choice(METHODS[:10]) if chance.random() < 0.9 else chance.choice(METHODS)
        line = f"{method} {self.odd(TARGETS, 0.4)} {self.odd(VERSIONS, 0.3)}{end}"
        fields = [self.odd(HOSTS, 0.3)]
        for _ in range(chance.choice([0, 0, 1, 2, 3])):
            fields.append(chance.choice(FIELDS[:16]) if chance.random() < 0.85 else chance.choice(FIELDS))
        body, framing = self.body(method)
        fields += framing
        chance.shuffle(fields)
        section = "".join(field + self.odd(ENDS, 0.01) for field in fields if field)
        return (line + section + self.odd(["\r\n", "\n", "\r"], 0.02)).encode("latin-1") + body

    def body(self, method):
        chance = self.random
        if method not in ("POST", "PUT", "PATCH") and chance.random() < 0.9:
            return b"", []
        text = bytes(chance.choice(b"ab\r\n0:G \x00\xff") for _ in range(chance.choice([0, 1, 3, 5, 20])))
        if chance.random() < 0.5:
            length = self.odd(LENGTHS, 0.3)
            return text, ["Content-Length: " + length.format(*[len(text)] * length.count("{}"))]
        return self.chunks(text), ["Transfer-Encoding: " + self.odd(CODINGS, 0.3)]

    def chunks(self, text):
        chance = self.random
        pieces = []
        while text:
            count = chance.randint(1, len(text))
            pieces.append(self.chunk(text[:count]))
            text = text[count:]
        pieces.append((self.odd(["0", "00", "0;a", "0 ", ""], 0.1) + self.odd(["\r\n", "\n"], 0.02)).encode())
        pieces.append(self.odd(TRAILERS, 0.3).encode("latin-1"))
        pieces.append(self.odd(["\r\n", "\n", ""], 0.03).encode())
        return b"".join(pieces)

    def chunk(self, data):
        head = self.odd(SIZES, 0.15).format(len(data)) + self.odd(EXTENSIONS, 0.15) + self.odd(ENDS, 0.03)
        return head.encode("latin-1") + data + self.odd(["\r\n", "\n", "", "x\r\n"], 0.03).encode()

    def damaged(self, data):
        chance = self.random
        if not data:
            return data
        at = chance.randrange(len(data))
        byte = bytes([chance.choice(TELLING)])
        kind = chance.randrange(5)
        if kind == 0:
            return data[:at] + byte + data[at + 1:]
        if kind == 1:
            return data[:at] + byte + data[at:]
        if kind == 2:
            return data[:at] + data[at + 1:]
        if kind == 3:
            piece = data[at:at + chance.randint(1, 12)]
            to = chance.randrange(len(data) + 1)
            return data[:to] + piece + data[to:]
        return data[:at] + bytes([chance.randrange(256)]) + data[at + 1:]
