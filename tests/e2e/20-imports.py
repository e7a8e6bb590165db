#!/usr/bin/env python3
"""Imports files that are too much for a server, and looks what is left.

    tests/e2e/20-imports.py PROGRAM MEGABYTES
"""

import http.client
import json
import pathlib
import resource
import signal
import subprocess
import sys
import tempfile
import time

CODES = 60_000
SHOP = """
kind: shop
id: studio
currency: USD
---
kind: promotion
id: thanks
pool_codes: true
benefits: [{percent_off: {percent: 10}}]
---
kind: pool
id: thank-you
promotion: thanks
"""
IMPORTS = "/v1/pools/thank-you/imports"


class Shop:
    """A folder of data, and the server that runs on it."""

    def __init__(self, program, folder):
        folder.mkdir()
        self.program, self.data = program, str(folder / "data")
        (folder / "shop.yaml").write_text(SHOP)
        self.run("apply", "-f", str(folder / "shop.yaml"))
        self.key = self.run("key", "create", "--name", "test").strip()

    def run(self, *arguments):
        command = [self.program, *arguments, "--data", self.data]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def start(self, file_bytes_max=None):
        """Starts the server; with a bound, no file that it writes may grow beyond."""

        def bounded():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes_max, file_bytes_max))

        self.server = subprocess.Popen(
            [self.program, "serve", "--listen", "127.0.0.1:0", "--data", self.data],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            restore_signals=file_bytes_max is None,
            preexec_fn=bounded if file_bytes_max else None,
        )
        self.address = self.server.stdout.readline().split("http://")[1].split()[0]

    def kill(self):
        self.server.kill()
        self.server.wait()
        self.server.stdout.close()

    def send(self, method, path, body=None, media="application/json"):
        connection = http.client.HTTPConnection(self.address, timeout=120)
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": media}
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        found = answer.status, json.loads(answer.read() or "null")
        connection.close()
        return found

    def upload(self, file, query=""):
        return self.send("POST", f"{IMPORTS}?name=codes.csv{query}", file, "text/csv")

    def expect(self, wanted, method, path, body=None):
        status, answer = self.send(method, path, body)
        assert status == wanted, (method, path, status, answer)
        return answer

    def ended(self, number):
        while True:
            imported = self.expect(200, "GET", f"{IMPORTS}/{number}?wait_s=20")
            if imported["state"] in ("published", "failed", "undone"):
                return imported

    def remaining(self):
        return self.expect(200, "GET", "/v1/pools/thank-you/counts")["remaining"]


def codes(count):
    return ("code\n" + "".join(f"{n * 0x9E3779B1 % 2**32:08X}-{n}\n" for n in range(count))).encode()


def an_endless_line(shop, megabytes):
    """A row that is too long is a fault of its row; as a header it is refused."""
    shop.start()
    part = b"x" * 1_000_000

    def line(head):
        yield head
        for _ in range(megabytes):
            yield part
        yield b"\nB2\n"

    status, begun = shop.upload(line(b"code\nA1\n"))
    assert status == 202, begun
    imported = shop.ended(begun["number"])
    assert (imported["rows"]["added"], imported["rows"]["faulty"]) == (2, 1), imported
    status, refused = shop.upload(line(b""))
    assert (status, refused["code"]) == (422, "invalid_file"), refused
    assert shop.remaining() == 2
    shop.kill()


def a_kill_in_the_middle(shop):
    """Killed while it imports, the server goes on at its next start, and nothing could be drawn in between."""
    shop.start()
    status, begun = shop.upload(codes(CODES))
    assert status == 202, begun
    path = f"{IMPORTS}/{begun['number']}"
    while (seen := shop.expect(200, "GET", path))["rows"]["read"] < CODES // 10:
        assert seen["state"] == "staging", seen
    shop.kill()
    assert seen["state"] == "staging", f"it was over too soon to be killed: {seen}"
    shop.start()
    # Either all of them are there, or none.
    assert shop.remaining() in (0, CODES)
    imported = shop.ended(begun["number"])
    assert (imported["state"], imported["rows"]["added"]) == ("published", CODES), imported
    assert shop.remaining() == CODES
    left = [file.name for file in (pathlib.Path(shop.data) / "uploads").iterdir()]
    assert left == ["id"], left
    shop.kill()


def a_disk_that_takes_no_more(shop):
    """What does not fit is not taken; what fits as a file but not as codes waits for room, and nothing is half there."""
    shop.start(2_000_000)
    status, refused = shop.upload(codes(4 * CODES))
    assert (status, refused["code"]) == (507, "no_space"), (status, refused)
    file = codes(CODES)
    assert len(file) < 2_000_000
    status, begun = shop.upload(file)
    assert status == 202, begun
    path = f"{IMPORTS}/{begun['number']}"
    deadline = time.monotonic() + 60
    while (seen := shop.expect(200, "GET", f"{path}?wait_s=1")).get("error") is None:
        assert seen["state"] == "staging" and time.monotonic() < deadline, seen
    assert seen["error"] == "the disk is full" and seen["state"] in ("dropping", "failed"), seen
    assert shop.remaining() == 0
    assert shop.send("GET", "/v1/shop")[0] == 200
    shop.kill()
    # With room again, what is left of it goes, and the same file is taken.
    shop.start()
    assert shop.ended(begun["number"])["state"] == "failed"
    assert shop.remaining() == 0
    status, begun = shop.upload(file)
    assert shop.ended(begun["number"])["rows"]["added"] == CODES
    shop.kill()


def main():
    program, megabytes = sys.argv[1], int(sys.argv[2])
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        an_endless_line(Shop(program, folder / "line"), megabytes)
        a_kill_in_the_middle(Shop(program, folder / "kill"))
        a_disk_that_takes_no_more(Shop(program, folder / "full"))
    print("an endless line, a kill and a full disk left nothing half imported")


if __name__ == "__main__":
    main()
