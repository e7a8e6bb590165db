#!/usr/bin/env python3
"""Kills a server under load, again and again, and looks what is left of the orders that it took.

    tests/e2e/15-kill.py PROGRAM KILLS

Each order draws a few cents of one balance that all share and counts against one limit, some by way of a hold; some
are cancelled or refunded again. After a kill, what is left of the balance and of the limit must be what the orders that are
there say, to the cent; an order that was answered is there, and one that was not is there as a whole or not at all. `tearline doctor` finds
nothing, but what is damaged on purpose in the end.
"""

import http.client
import json
import pathlib
import random
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

CLIENTS = 16
BALANCE = 100_000_000
SHOP = """
kind: shop
id: studio
currency: USD
---
kind: promotion
id: credit
codes: [CREDIT]
benefits: [{credit: {amount: 1000000.00 USD, shared: true}}]
---
kind: promotion
id: counted
codes: [COUNTED]
combines_with_codes: true
limits: {total: 1000000}
benefits: [{free_shipping: {}}]
"""


def cart(price):
    line = {"id": "a", "quantity": 1, "unit_price": price}
    shipping = {"options": [{"id": "post", "price": 1}], "chosen": "post"}
    return {"currency": "USD", "codes": ["CREDIT", "COUNTED"], "lines": [line], "shipping": shipping}


class Client:
    """A connection to the server, which may break off at any time."""

    def __init__(self, address, key):
        self.connection = http.client.HTTPConnection(address, timeout=60)
        self.headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}

    def send(self, method, path, body=None):
        """Answers with status and body; raises an OSError or an HTTPException where no answer comes."""
        text = None if body is None else json.dumps(body)
        self.connection.request(method, path, text, self.headers)
        answer = self.connection.getresponse()
        return answer.status, json.loads(answer.read() or "null")

    def expect(self, wanted, method, path, body=None):
        status, answer = self.send(method, path, body)
        assert status in wanted, (method, path, status, answer)
        return answer


class Shop:
    """A folder of data, and the server that runs on it."""

    def __init__(self, program, folder):
        self.program, self.data = program, str(folder / "data")
        (folder / "shop.yaml").write_text(SHOP)
        self.run("apply", "-f", str(folder / "shop.yaml"))
        self.key = self.run("key", "create", "--name", "test").strip()

    def run(self, *arguments):
        command = [self.program, *arguments, "--data", self.data]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def start(self):
        command = [self.program, "serve", "--listen", "127.0.0.1:0", "--data", self.data]
        self.server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.address = self.server.stdout.readline().split("http://")[1].split()[0]

    def kill(self):
        self.server.kill()
        self.server.wait()
        self.server.stdout.close()

    def client(self):
        return Client(self.address, self.key)


class Buyer(threading.Thread):
    """Places orders until nobody answers any more, and knows what was answered."""

    def __init__(self, shop, name, seed):
        super().__init__()
        self.client, self.name, self.random = shop.client(), name, random.Random(seed)
        self.answered = {}  # by order: `placed`, `cancelled` or `refunded`
        self.unknown = {}  # by order: what was under way when the server was killed
        self.fault = None

    def run(self):
        for number in range(1_000_000):
            try:
                self.buy(f"{self.name}-{number}")
            except (OSError, http.client.HTTPException):
                return
            except AssertionError as fault:
                self.fault = fault
                return

    def buy(self, order):
        request = {"order_id": order, "cart": cart(self.random.randint(1, 99)), "expected": {"due": 0}}
        if self.random.random() < 0.3:
            request["cart_id"] = f"cart-{order}"
            held = {"cart_id": request["cart_id"], "cart": request["cart"], "ttl_s": 1}
            self.client.expect([200], "POST", "/v1/holds", held)
        self.unknown = {order: request}
        self.client.expect([201], "POST", "/v1/orders", request)
        self.answered[order] = "placed"
        if self.random.random() < 0.2:
            self.unknown = {order: None}
            del self.answered[order]
            self.client.expect([200], "POST", f"/v1/orders/{order}/cancel", {})
            self.answered[order] = "cancelled"
        elif self.random.random() < 0.2:
            self.unknown = {order: None}
            del self.answered[order]
            unit = {"units": [{"line": "a", "quantity": 1}]}
            self.client.expect([201], "POST", f"/v1/orders/{order}/refunds", unit)
            self.answered[order] = "refunded"
        self.unknown = {}


def check(shop, buyers, all_drawn):
    """Looks at every order that was asked for; answers how many were answered, and how many were not but are there."""
    client, found = shop.client(), 0
    for buyer in buyers:
        for order, state in buyer.answered.items():
            answer = client.expect([200], "GET", f"/v1/orders/{order}")
            found_state = "refunded" if "statements" in answer else answer["order"]["state"]
            assert found_state == state, (order, state, answer["order"])
            all_drawn[order] = drawn(client, answer)
        for order, request in buyer.unknown.items():
            status, answer = client.send("GET", f"/v1/orders/{order}")
            # One whose cancelling or refund was not answered was placed.
            assert status == 200 or (status == 404 and request), (order, status, answer)
            if status == 200:
                found += 1
                all_drawn[order] = drawn(client, answer)
                again = request and client.expect([200], "POST", "/v1/orders", request)
                assert again in (None, answer), (order, answer, again)
    return sum(len(buyer.answered) for buyer in buyers), found


def drawn(client, answer):
    """What an order takes of the balance, if it is placed; what has happened to it must say the same."""
    order, took = answer["order"], answer["quote"]["totals"]["credit_applied"]
    told = client.expect([200], "GET", f"/v1/orders/{order['order_id']}/activities")["data"]
    is_placed, statements = order["state"] == "placed", answer.get("statements", [])
    wanted = ["order_placed"] + ["order_refunded"] * len(statements) + ([] if is_placed else ["order_cancelled"])
    assert [activity["activity"] for activity in told] == wanted, (order, told)
    back = sum(credit["minor"] for made in statements for credit in made["statement"].get("credits", []))
    return took - back if is_placed else None


def check_sums(shop, all_drawn):
    """The balance and the limit are what the orders say, and nothing else."""
    client = shop.client()
    placed = [took for took in all_drawn.values() if took is not None]
    quote = client.expect([200], "POST", "/v1/quotes", cart(2 * BALANCE))
    left = quote["totals"]["credit_applied"]
    assert left == BALANCE - sum(placed), (left, BALANCE - sum(placed))
    # One more than there are lets one through, and not one less.
    for limit, status in [(len(placed) + 1, "applied"), (len(placed), "refused")]:
        client.expect([200], "PATCH", "/v1/promotions/counted", {"limits": {"total": limit}})
        quote = client.expect([200], "POST", "/v1/quotes", cart(1))
        code = next(code for code in quote["codes"] if code["code"] == "COUNTED")
        assert code["status"] == status, (limit, code)
    client.expect([200], "PATCH", "/v1/promotions/counted", {"limits": {"total": 1_000_000}})


def check_doctor(shop):
    """Everything agrees, until somebody else writes to the file."""
    assert "everything agrees" in shop.run("doctor")
    with sqlite3.connect(f"{shop.data}/tearline.db") as database:
        database.execute("UPDATE limits SET used = used + 1 WHERE promotion = 'counted'")
    told = subprocess.run([shop.program, "doctor", "--data", shop.data], capture_output=True, text=True)
    assert told.returncode == 1, told
    assert "`counted`, total" in told.stdout and "1 thing does not agree" in told.stderr, told


def main(program, kills):
    with tempfile.TemporaryDirectory() as folder:
        shop, all_drawn, seeds = Shop(program, pathlib.Path(folder)), {}, random.Random(1)
        for round_ in range(kills):
            shop.start()
            buyers = [Buyer(shop, f"{round_}-{number}", seeds.random()) for number in range(CLIENTS)]
            for buyer in buyers:
                buyer.start()
            deadline = time.monotonic() + 60
            while not any(buyer.answered for buyer in buyers) and time.monotonic() < deadline:
                time.sleep(0.01)
            time.sleep(0.3 + seeds.random())
            shop.kill()
            for buyer in buyers:
                buyer.join()
                if buyer.fault:
                    raise buyer.fault
            assert "everything agrees" in shop.run("doctor")
            shop.start()
            answered, found = check(shop, buyers, all_drawn)
            assert answered > 0, "nothing was under way"
            # The holds that were under way end within a second.
            time.sleep(1.1)
            check_sums(shop, all_drawn)
            shop.kill()
            print(f"killed: {answered} orders were answered and are there, {found} more are there as a whole")
        check_doctor(shop)
        print(f"{kills} passed, 0 failed")


main(sys.argv[1], int(sys.argv[2]))
