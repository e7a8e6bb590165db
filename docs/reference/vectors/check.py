#!/usr/bin/env python3
"""A second implementation of `arithmetic: 1`, held to the test vectors beside it.

    python3 docs/reference/vectors/check.py
    cargo run -p tearline-pricing --example random-carts -- 2000 | python3 docs/reference/vectors/check.py --carts

It was written from ../arithmetic.md, shares nothing with Tearline, and needs Python 3.9 and nothing else. It is
plain and slow: every combination is tried, every sum is made where it is needed. What it has not learned it says
so, by name, instead of guessing: such an order is counted as not checked.
"""

import datetime
import itertools
import json
import pathlib
import re
import sys
import unicodedata
import zoneinfo

import expressions

HERE = pathlib.Path(__file__).resolve().parent
MILLION = 1_000_000
STAGES = ["items", "order", "shipping", "credit_before_tax", "credit_after_tax"]
SET_PRICE, PERCENTAGE, AMOUNT = range(3)
REASONS = [
    "unknown", "preview", "void", "not_started", "ended", "used_up", "held", "per_customer_limit", "identify_first",
    "wrong_event", "not_a_recipient", "currency_not_offered", "minimum_not_met", "condition_not_met",
    "no_matching_product", "no_shipping_method", "nothing_left_to_discount", "not_combinable", "budget_exhausted",
    "cost_unknown",
]
PARKING = {"minimum_not_met", "condition_not_met", "no_matching_product", "no_shipping_method"}


class Beyond(Exception):
    """Something that this checker has not learned."""


def only(fields, known, what):
    """Complains of a field that would be overlooked."""
    for name in fields:
        if name not in known.split():
            raise Beyond(f"{what}.{name}")
    return fields


# --- Numbers ----------------------------------------------------------------------------------------------------

CURRENCIES = json.loads((HERE / "sums/currencies.json").read_text("utf-8"))["vectors"]
EXPONENTS = {row["currency"]: row["digits"] for row in CURRENCIES}


def decimal(text, digits):
    """A decimal number as a whole number of its last digit, or None."""
    match = re.fullmatch(r"([0-9]+)(?:\.([0-9]+))?", text)
    fraction = (match.group(2) or "").rstrip("0") if match else ""
    if not match or len(fraction) > digits:
        return None
    return int(match.group(1) + fraction.ljust(digits, "0"))


def amount(text):
    """The minor units and the currency of `15.00 USD`, or None."""
    number, _, currency = text.strip().rpartition(" ")
    minor = decimal(number.strip(), EXPONENTS[currency]) if currency in EXPONENTS else None
    return (minor, currency) if minor is not None and minor <= 10**12 else None


def amounts(value):
    """Minor units by currency: of one amount, or of a list."""
    values = value if isinstance(value, list) else [value]
    read = [amount(it) if isinstance(it, str) else (it["amount"], it["currency"]) for it in values]
    return {currency: minor for minor, currency in read}


def percentage(value):
    """Parts per million, or None."""
    ppm = decimal(str(value).strip().rstrip("%").rstrip(), 4)
    return ppm if ppm is not None and ppm <= MILLION else None


def divide(dividend, divisor, rounding):
    quotient, rest = divmod(dividend, divisor)
    if rounding == "down":
        return quotient
    up = 2 * rest > divisor or 2 * rest == divisor and (rounding == "half_up" or quotient % 2 == 1)
    return quotient + up


def share(ppm, minor, rounding):
    return divide(minor * ppm, MILLION, rounding)


def write_down(total, weights, rooms=None):
    whole = sum(weights)
    if whole == 0:
        return [0] * len(weights)
    parts = [total * weight // whole for weight in weights]
    order = sorted(range(len(weights)), key=lambda part: (-(total * weights[part] % whole), part))
    missing = total - sum(parts)
    for part in itertools.cycle(order):
        if missing == 0:
            return parts
        if rooms is None or parts[part] < rooms[part]:
            parts[part] += 1
            missing -= 1


def write_again(total, weights, rooms):
    """Where a share may be far above its room: full parts get their room, the others share the rest anew."""
    parts, open_parts = [0] * len(weights), list(range(len(weights)))
    while True:
        whole = sum(weights[part] for part in open_parts)
        full = [part for part in open_parts if total * weights[part] > rooms[part] * whole]
        if not full:
            break
        for part in full:
            parts[part] = rooms[part]
        total -= sum(rooms[part] for part in full)
        open_parts = [part for part in open_parts if part not in full]
    shares = write_down(total, [weights[part] for part in open_parts], [rooms[part] for part in open_parts])
    for part, share in zip(open_parts, shares):
        parts[part] = share
    return parts


def code_key(code):
    for _ in range(8):
        folded = unicodedata.normalize("NFKC", code).casefold()
        folded = unicodedata.normalize("NFKC", folded)
        folded = "".join(it for it in folded if not it.isspace() and not is_dash(it))
        if folded == code:
            break
        code = folded
    return code


def is_dash(it):
    return it == "-" or it in "\u2212\ufe58\ufe63\uff0d\u00ad\u2060\ufeff" or "\u2010" <= it <= "\u2015" or "\u200b" <= it <= "\u200d"


# --- The cart, filled in ----------------------------------------------------------------------------------------


class Shop:
    def __init__(self, documents):
        self.settings = {}
        self.lists, self.events, self.promotions = {}, {}, {}
        shelves = {"price_list": self.lists, "event": self.events, "promotion": self.promotions}
        for document in documents:
            if document["kind"] == "shop":
                self.settings = document
            else:
                shelves[document["kind"]][document["id"]] = document
        tax = self.settings.get("tax", {})
        only(self.settings, "kind id name language texts currency time_zone rounding rounding_level tax groups", "shop")
        only(tax, "basis prices rounded", "shop.tax")
        self.rounding = self.settings.get("rounding", "half_up")
        self.by_line = self.settings.get("rounding_level", "unit") == "line"
        self.groups = self.settings.get("groups", "best_for_customer")
        self.zone = self.settings.get("time_zone", "UTC")
        self.before_discount = tax.get("basis") == "before_discount"
        self.inclusive = tax.get("prices") == "inclusive"
        self.per_line = tax.get("rounded") == "per_line"

    def prices(self, event):
        """The price list of an event."""
        return self.lists.get(self.events.get(event, {}).get("price_list"), {})

    def listed(self, event, product):
        """What the price list of an event has on a product."""
        return next((it for it in self.prices(event).get("products", []) if it["id"] == product), {})

    def instant(self, text, is_end):
        """The instant of a day of the shop, a time of the shop or an instant; a day ends when the next begins."""
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            day = datetime.datetime.fromisoformat(text) + datetime.timedelta(days=1 if is_end else 0)
            return day.replace(tzinfo=zoneinfo.ZoneInfo(self.zone))
        read = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
        return read if read.tzinfo else read.replace(tzinfo=zoneinfo.ZoneInfo(self.zone))


class Line:
    """A line with everything known about it. Its units are numbers, counted over all lines of the cart."""

    def __init__(self, shop, cart, line, units):
        only(line, "id quantity product unit_price cost categories event subject gallery adds tax_category discountable attributes "
                   "reduced_from floor gift_of", "line")
        self.id, self.units, self.source = line["id"], units, line
        self.product = line.get("product")
        self.event = line.get("event", cart.get("event"))
        event = shop.events.get(self.event, {})
        prices, listed = shop.prices(self.event), shop.listed(self.event, self.product)
        in_currency = lambda field: amounts(listed[field]).get(cart["currency"]) if field in listed else None
        self.unit_price = line.get("unit_price", in_currency("price"))
        self.cost = line.get("cost", in_currency("cost"))
        galleries = {it["id"]: it.get("subject") for it in event.get("galleries", [])}
        self.subject = line.get("subject", galleries.get(line.get("gallery")))
        self.discountable = line.get("discountable", True)
        category = line.get("tax_category", listed.get("tax_category"))
        rates = {it.get("category", "standard"): percentage(it["percent"]) for it in cart.get("tax_rates", [])}
        self.rate = (category or "standard") if (category or "standard") in rates else None
        self.ppm = rates.get(self.rate)
        self.currency, self.attributes = cart["currency"], line.get("attributes", {})
        self.is_reduced = line.get("reduced_from", 0) > self.unit_price
        only(listed, "id name categories price cost tax_category bulk min_price margin", "product")
        floors = [in_currency("min_price")]
        if "margin" in listed and self.cost is not None:
            net = self.cost + share(percentage(listed["margin"]), self.cost, shop.rounding)
            floors.append(self.as_priced(shop, net))
        self.floor = line.get("floor", max((it for it in floors if it is not None), default=0))
        self.stand(prices, listed, line.get("categories", listed.get("categories", [])))

    def as_priced(self, shop, net):
        """A net amount, with its tax where prices contain theirs."""
        return net + (share(self.ppm, net, shop.rounding) if shop.inclusive and self.ppm else 0)

    def stand(self, prices, listed, categories):
        """Finds all its categories, the rule that prices it, and every rule that counts it."""
        known = {it["id"]: it for it in prices.get("categories", [])}
        self.categories, near = set(categories), []
        for category in categories:
            distance = 0
            while category in known:
                self.categories.add(category)
                if "bulk" in known[category]:
                    near.append((distance, category.encode()))
                category, distance = known[category].get("parent"), distance + 1
        rules = {("category", it): known[it]["bulk"] for it in self.categories if "bulk" in known.get(it, {})}
        if "bulk" in listed:
            rules["product", self.product] = listed["bulk"]
            self.rule = ("product", self.product)
        else:
            self.rule = ("category", min(near)[1].decode()) if near else None
        self.rules = rules if self.discountable else {}

    def bucket(self, rule):
        each = self.rules[rule].get("subjects") == "each"
        return (self.event, rule, self.subject if each else None)


class Cart:
    def __init__(self, shop, cart):
        only(cart, "currency at event channel language attributes customer lines shipping tax_rates codes", "cart")
        self.source, self.currency = cart, cart["currency"]
        self.customer = cart.get("customer", {}).get("id")
        only(cart.get("customer", {}), "id attributes", "cart.customer")
        self.lines, first = [], 0
        for line in cart["lines"]:
            self.lines.append(Line(shop, cart, line, range(first, first + line["quantity"])))
            first += line["quantity"]
        self.by_id = sorted(self.lines, key=lambda line: line.id.encode())
        self.line_of = {unit: line for line in self.lines for unit in line.units}
        self.position = {unit: position for position, unit in enumerate(self.in_order())}
        self.list_prices = [self.line_of[unit].unit_price for unit in range(first)]
        shipping = cart.get("shipping", {})
        self.shipping = next((it for it in shipping.get("options", []) if it["id"] == shipping.get("chosen")), None)

    def in_order(self):
        """The units in the order of adding."""
        moments = []
        for place, line in enumerate(self.lines):
            adds = sorted(line.source.get("adds", []), key=lambda add: add["seq"])
            times = [(0, add["seq"]) for add in adds for _ in range(add["units"])]
            for unit, time in zip(line.units, times or [(1, place)] * len(line.units)):
                moments.append((time, line.id.encode(), unit))
        return [unit for _, _, unit in sorted(moments)]


def after_bulk(shop, cart):
    """Each unit's price after stage 1."""
    counts, passed, prices = {}, {}, list(cart.list_prices)
    for line in cart.lines:
        for rule in line.rules:
            bucket = line.bucket(rule)
            counts[bucket] = counts.get(bucket, 0) + len(line.units)
    for unit in cart.in_order():
        line = cart.line_of[unit]
        for rule in line.rules:
            passed[line.bucket(rule)] = passed.get(line.bucket(rule), 0) + 1
        if line.rule in line.rules:
            bucket, bulk = line.bucket(line.rule), line.rules[line.rule]
            steps = bulk["steps"]
            graduated = bulk.get("mode", "graduated" if len(steps) > 1 else "volume") == "graduated"
            reached = passed[bucket] if graduated else counts[bucket]
            saving = bulk_saving(shop, cart, [it for it in steps if it["from"] <= reached], prices[unit])
            prices[unit] -= min(saving, max(prices[unit] - line.floor, 0))
    return prices


def bulk_saving(shop, cart, reached, price):
    if not reached:
        return 0
    if "percent" in reached[-1]:
        return share(percentage(reached[-1]["percent"]), price, shop.rounding)
    return min(amounts(reached[-1]["amount"]).get(cart.currency, 0), price)


# --- Which promotions apply -------------------------------------------------------------------------------------


class Refused(Exception):
    def __init__(self, reason, **figures):
        super().__init__(reason)
        self.told = {"reason": reason, **figures}


class Promotion:
    def __init__(self, name, document, code=None, group=None):
        only(document, "kind id name note texts paused codes pool_codes events customers starts_at expires_at conditions "
                       "benefits limits stacking combines_with_codes exclusive group priority ignore_floor funded_by", "promotion")
        only(document.get("limits", {}), "total per_customer per_code per_day per_week per_month per_event budget", "limits")
        only(document.get("limits", {}).get("budget", {}), "amount clip", "budget")
        self.limits, self.code_key, self.row, self.closed = document.get("limits", {}), None, None, set()
        self.name, self.document, self.code = name, document, code
        self.group = (document["group"], "named") if "group" in document else group
        self.events = document.get("events", [])
        self.benefits = [next(iter(benefit.items())) for benefit in document["benefits"]]
        self.is_credit = all(kind == "credit" for kind, _ in self.benefits)
        self.stands_outside = all(kind == "credit" and fields.get("beside_codes", True) for kind, fields in self.benefits)
        self.competes = code is not None and not self.stands_outside
        self.mode = document.get("stacking", "chain") if code else "chain"
        self.key = (name, code or "")

    def sees(self, line):
        return (not self.events or line.event in self.events) and line.event not in self.closed


def event_promotions(event, customer):
    """An event's own discounts, or those of a known customer in their place."""
    own, prefix = event, f"event:{event['id']}"
    for known in event.get("known_customers", []):
        if known["customer"] == customer and not known.get("use_event_discounts", True):
            own, prefix = known, f"{prefix}:known:{customer}"
    for kind in ["order", "product"]:
        for number, discount in enumerate(own.get(f"{kind}_discounts", []), 1):
            off = {name: discount[name] for name in ["percent", "amount"] if name in discount}
            if kind == "product":
                off |= {"items": {"products": discount["products"]}, "units": discount.get("units", 1)}
            document = {
                "events": [event["id"]],
                "conditions": [{"minimum": {"amount": discount["minimum"]}}] if "minimum" in discount else [],
                "benefits": [{"percent_off" if "percent" in discount else "amount_off": off}],
            }
            if "expires_at" in discount:
                document["expires_at"] = discount["expires_at"]
            group = (prefix, "of an event") if kind == "order" else None
            yield Promotion(f"{prefix}:{kind}:{number}", document, group=group)


class Quote:
    """A cart and everything that its price depends on."""

    def __init__(self, shop, cart, facts, at):
        only(facts, "uses balances budgets codes segments orders last_order_at recipient_of", "facts")
        self.shop, self.cart, self.facts = shop, Cart(shop, cart), facts
        self.at = datetime.datetime.fromisoformat(at.replace("Z", "+00:00"))
        self.bulk = after_bulk(shop, self.cart)
        self.gather()

    def rule_of(self, group):
        """By which rule a group is settled, if that is not left to the customer's advantage."""
        rule = self.shop.groups if group is not None and group[1] == "named" else "best_for_customer"
        return None if rule == "best_for_customer" else rule

    def gather(self):
        """Finds the promotions to consider, and what each code leads to."""
        shop, cart = self.shop, self.cart
        events = {line.event for line in cart.lines}
        waits = lambda it: it.get("codes") or it.get("pool_codes")
        automatic = [Promotion(name, it) for name, it in shop.promotions.items() if not waits(it)]
        self.promotions = [it for it in automatic if not it.events or events & set(it.events)]
        for name in events & set(shop.events):
            self.promotions += event_promotions(shop.events[name], cart.customer)
        self.refusals = [self.refusal(promotion) for promotion in self.promotions]
        self.codes = []
        for code in cart.source.get("codes", []):
            try:
                self.codes.append((code, *self.unlock(code)))
            except Refused as refused:
                self.codes.append((code, None, refused.told))

    def unlock(self, code):
        """The place of the promotion that a code unlocks; and if one of its other codes counts, that refusal."""
        promotion = self.look_up(code)
        refusal = self.refusal(promotion)
        if refusal is None or refusal["reason"] in PARKING:
            for index, other in enumerate(self.promotions):
                refused = self.refusals[index] and self.refusals[index]["reason"] not in PARKING
                if other.name == promotion.name and not refused:
                    return index, {"reason": "not_combinable", "with": [other.name]}
        self.promotions.append(promotion)
        self.refusals.append(refusal)
        return len(self.promotions) - 1, None

    def look_up(self, code):
        """Among the coupons, then among the codes of pools: by its text, then by its key."""
        key, rows = code_key(code), self.facts.get("codes", {})
        for name, document in self.shop.promotions.items():
            if key in map(code_key, document.get("codes", [])):
                promotion = Promotion(name, document, code)
                promotion.code_key = key
                return promotion
        key = code.strip() if code.strip() in rows else key
        if key not in rows or rows[key].get("exact") and key != code.strip():
            raise Refused("unknown")
        row = only(rows[key], "promotion state exact starts_at expires_at customer uses uses_max", "code")
        if "customer" in row and self.cart.customer is None:
            raise Refused("unknown")
        document = self.shop.promotions.get(row["promotion"], {})
        if not document.get("pool_codes"):
            raise Refused("preview" if row.get("state") == "preview" else "void")
        promotion = Promotion(row["promotion"], document, code)
        promotion.code_key, promotion.row = key, row
        return promotion

    def first_days(self):
        """The first day of the quote's day, week and month, by the shop's calendar."""
        today = self.at.astimezone(zoneinfo.ZoneInfo(self.shop.zone)).date()
        monday = today - datetime.timedelta(days=today.weekday())
        return {"per_day": today, "per_week": monday, "per_month": today.replace(day=1)}

    def is_used_up(self, promotion, uses):
        limits, row = promotion.limits, promotion.row
        counts = [("total", uses.get("total", 0)), ("per_day", uses.get("day", 0)), ("per_week", uses.get("week", 0)), ("per_month", uses.get("month", 0))]
        if row is not None:
            most = row.get("uses_max", limits.get("per_code", 1))
            if row.get("state") == "redeemed" or row.get("uses", 0) >= most:
                return True
        elif promotion.code:
            counts.append(("per_code", uses.get("codes", {}).get(promotion.code_key, 0)))
        if any(used >= limits.get(limit, float("inf")) for limit, used in counts):
            return True
        if promotion.is_credit and self.facts.get("balances", {}).get(promotion.name) == 0:
            return True
        within = [it for it in self.cart.lines if not promotion.events or it.event in promotion.events]
        return bool(within) and not any(map(promotion.sees, within))

    def refusal(self, promotion):
        """Why a promotion cannot apply, or None."""
        document, customer, row = promotion.document, self.cart.customer, promotion.row or {}
        limits, state = promotion.limits, row.get("state")
        uses = only(self.facts.get("uses", {}).get(promotion.name, {}), "total customer day week month events codes", "uses")
        used_up = {event for event, used in uses.get("events", {}).items() if used >= limits.get("per_event", float("inf"))}
        promotion.closed = used_up
        if state == "preview":
            return {"reason": "preview"}
        if document.get("paused") or state == "void":
            return {"reason": "void"}
        if any("starts_at" in it and self.at < self.shop.instant(it["starts_at"], False) for it in (document, row)):
            return {"reason": "not_started"}
        if any("expires_at" in it and self.at >= self.shop.instant(it["expires_at"], True) for it in (document, row)):
            return {"reason": "ended"}
        if self.is_used_up(promotion, uses):
            return {"reason": "used_up"}
        held = state.get("held") if isinstance(state, dict) else None
        if held and not held.get("by_this_buyer") and self.at < self.shop.instant(held["until"], False):
            return {"reason": "held"}
        if uses.get("customer", 0) >= limits.get("per_customer", float("inf")):
            return {"reason": "per_customer_limit", "uses_max": limits["per_customer"]}
        own = any(kind == "credit" and not fields.get("shared") for kind, fields in promotion.benefits)
        if customer is None and (document.get("customers") or "per_customer" in limits or own):
            return {"reason": "identify_first"}
        if not any(promotion.sees(line) for line in self.cart.lines) and promotion.events:
            return {"reason": "wrong_event", "events": promotion.events}
        if document.get("customers") and customer not in document["customers"] or row.get("customer", customer) != customer:
            return {"reason": "not_a_recipient"}
        named = list(every_amounts(document)) + [amounts(it["amount"]) for it in [limits.get("budget")] if it]
        if any(self.cart.currency not in it for it in named):
            return {"reason": "currency_not_offered", "offered": sorted(set.intersection(*map(set, named)))}
        asking = Asking(self, promotion, self.bulk, set())
        told = asking.all(it for it in document.get("conditions", []) if not is_late(it))
        exhausted = {"reason": "budget_exhausted", "left": 0} if self.left_of_budget(promotion) == 0 else None
        return first_reason([told, exhausted])

    def left_of_budget(self, promotion):
        """What is left of a promotion's budget, or None if it has none."""
        budget = promotion.limits.get("budget")
        return budget and self.facts.get("budgets", {}).get(promotion.name, amounts(budget["amount"])[self.cart.currency])


class Asking:
    """Asks conditions about the cart: at first, or late, when the promotion's turn comes."""

    def __init__(self, quote, promotion, prices, spent):
        self.quote, self.promotion, self.prices, self.spent = quote, promotion, prices, set(spent)

    def all(self, conditions):
        return first_reason([self.ask(it) for it in conditions])

    def ask(self, condition):
        """Why a condition is not met, or None. What is met may spend units; what is not spends none."""
        kind, part = next(iter(condition.items()))
        if kind == "all":
            return self.all(part)
        if kind == "any":
            met = any(self.tried(it) is None for it in part)
            return None if met else {"reason": "condition_not_met"}
        if kind == "not":
            before = self.spent
            self.spent = set(before)
            told = self.ask(part)
            self.spent = before
            return None if told else {"reason": "condition_not_met"}
        if kind not in CONDITIONS:
            raise Beyond(kind)
        return CONDITIONS[kind](self, part)

    def tried(self, condition):
        before = set(self.spent)
        told = self.ask(condition)
        if told:
            self.spent = before
        return told

    def lines(self, fields):
        lines = self.quote.cart.by_id
        return [it for it in lines if self.promotion.sees(it) and means(fields.get("items"), it)]

    def seen_lines(self):
        return self.lines({})

    def sub_total(self, fields):
        cart = self.quote.cart
        prices = {"list": cart.list_prices, "current": self.prices}.get(fields.get("basis"), self.quote.bulk)
        return sum(prices[unit] for line in self.lines(fields) for unit in line.units)

    def minimum(self, fields):
        only(fields, "amount basis items", "minimum")
        found, wanted = self.sub_total(fields), amounts(fields["amount"])[self.quote.cart.currency]
        if found >= wanted:
            return None
        return {"reason": "minimum_not_met", "missing": wanted - found, "minimum": wanted, "sub_total": found}

    def maximum(self, fields):
        only(fields, "amount basis items", "maximum")
        return unless(self.sub_total(fields) <= amounts(fields["amount"])[self.quote.cart.currency])

    def quantity(self, fields):
        only(fields, "min max items per_line spend", "quantity")
        spends = fields.get("spend", False)
        counted = [[it for it in line.units if not spends or it not in self.spent] for line in self.lines(fields)]
        counts = [len(units) for units in counted]
        if not any(within(fields, it) for it in (counts if fields.get("per_line") else [sum(counts)])):
            return {"reason": "condition_not_met"}
        if spends:
            position = self.quote.cart.position
            dearest = sorted(sum(counted, []), key=lambda unit: (-self.quote.bulk[unit], position[unit]))
            self.spent |= set(dearest[: fields["min"]])
        return None

    def expression(self, fields):
        fields = fields if isinstance(fields, dict) else {"when": fields}
        only(fields, "when says", "expression")
        return None if expressions.is_true(fields["when"], self.names()) else {"reason": "condition_not_met"}

    def names(self):
        """Everything that an expression can ask for."""
        cart, source = self.quote.cart, self.quote.cart.source
        lines = [self.names_of(line) for line in self.lines({})]
        customer, shipping = source.get("customer", {}), source.get("shipping", {})
        total = lambda field: sum(line[field] for line in lines)
        at = self.quote.at.astimezone(zoneinfo.ZoneInfo(self.quote.shop.zone))
        texts = {name: source.get(name, "") for name in ("channel", "language", "event")}
        return {
            "cart": texts | {
                "currency": cart.currency, "country": shipping.get("country", ""), "method": shipping.get("chosen", ""),
                "units": total("quantity"), "list": total("list"), "sub_total": total("sub_total"), "lines": lines,
                "attributes": source.get("attributes", {}),
            },
            "customer": {
                "id": customer.get("id", ""), "signed_in": bool(customer), "attributes": customer.get("attributes", {}),
                "segments": self.quote.facts.get("segments", []), "orders": self.quote.facts.get("orders", 0),
            },
            "at": {
                "weekday": at.strftime("%A").lower(), "date": at.strftime("%Y-%m-%d"), "hour": at.hour, "minute": at.minute,
            },
        }

    def names_of(self, line):
        return {
            "id": line.id, "product": line.product or "", "categories": sorted(line.categories),
            "event": line.event or "", "subject": line.subject or "", "gallery": line.source.get("gallery", ""),
            "quantity": len(line.units), "unit_price": line.unit_price,
            "reduced_from": line.source.get("reduced_from", 0), "list": line.unit_price * len(line.units),
            "sub_total": sum(self.quote.bulk[unit] for unit in line.units), "discountable": line.discountable,
            "attributes": line.attributes,
        }

    def distinct(self, fields):
        only(fields, "min max items", "distinct")
        return unless(within(fields, len({it.product for it in self.lines(fields)} - {None})))

    def contains(self, fields):
        only(fields, "items how", "contains")
        found, items = self.lines(fields), fields["items"]
        each = [any(it.product == name for it in found) for name in items.get("products", [])]
        each += [any(name in it.categories for it in found) for name in items.get("categories", [])]
        is_met = {"any": bool(found), "all": all(each), "none": not found, "only": found and len(found) == len(self.seen_lines())}
        return unless(is_met[fields.get("how", "any")])

    def event(self, fields):
        is_there = any(it.event in only(fields, "events", "event")["events"] for it in self.seen_lines())
        return unless(is_there, "wrong_event", events=fields["events"])

    def person(self, is_one, reason="not_a_recipient"):
        return unless(is_one(self.quote.cart.customer), reason) if self.quote.cart.customer else {"reason": "identify_first"}

    def signed_in(self, fields):
        return self.person(lambda _: not only(fields, "", "signed_in"))

    def customer(self, fields):
        return self.person(lambda who: who in only(fields, "customers", "customer")["customers"])

    def known_customer(self, fields):
        only(fields, "", "known_customer")
        events = [self.quote.shop.events.get(line.event, {}) for line in self.seen_lines()]
        known = {it["customer"] for event in events for it in event.get("known_customers", [])}
        return self.person(lambda who: who in known)

    def recipient(self, fields):
        only(fields, "", "recipient")
        return self.person(lambda _: self.promotion.name in self.quote.facts.get("recipient_of", []))

    def segment(self, fields):
        segments = set(only(fields, "segments", "segment")["segments"])
        return self.person(lambda _: segments & set(self.quote.facts.get("segments", [])))

    def order_number(self, fields):
        only(fields, "from to every", "order_number")
        number = self.quote.facts.get("orders", 0) + 1
        is_met = fields.get("from", 1) <= number <= fields.get("to", number) and number % fields.get("every", 1) == 0
        return self.person(lambda _: is_met, "condition_not_met")

    def days_since_order(self, fields):
        only(fields, "min max", "days_since_order")
        zone, last = zoneinfo.ZoneInfo(self.quote.shop.zone), self.quote.facts.get("last_order_at")
        if not last:
            return self.person(lambda _: False, "condition_not_met")
        days = (self.quote.at.astimezone(zone).date() - self.quote.shop.instant(last, False).astimezone(zone).date()).days
        return self.person(lambda _: within(fields, max(days, 0)), "condition_not_met")

    def currency(self, fields):
        offered = only(fields, "currencies", "currency")["currencies"]
        return unless(self.quote.cart.currency in offered, "currency_not_offered", offered=offered)

    def channel(self, fields):
        return unless(self.quote.cart.source.get("channel") in only(fields, "channels", "channel")["channels"])

    def shipping(self, fields):
        only(fields, "countries methods", "shipping")
        country = self.quote.cart.source.get("shipping", {}).get("country")
        chosen = self.quote.cart.shipping
        is_there = not fields.get("countries") or country in fields["countries"]
        return unless(is_there and (not fields.get("methods") or chosen and chosen["id"] in fields["methods"]))

    def dates(self, fields):
        only(fields, "from until", "dates")
        at, shop = self.quote.at, self.quote.shop
        if "from" in fields and at < shop.instant(fields["from"], False):
            return {"reason": "not_started"}
        return unless("until" not in fields or at < shop.instant(fields["until"], True), "ended")

    def weekly(self, fields):
        only(fields, "days from until", "weekly")
        if self.clock_shows(fields, self.quote.at):
            return None
        quarter = datetime.timedelta(minutes=15)
        epoch = datetime.datetime.fromtimestamp(0, datetime.timezone.utc)
        first = epoch + ((self.quote.at - epoch) // quarter + 1) * quarter
        steps = (first + step * quarter for step in range(15 * 24 * 4))
        next_at = next((at for at in steps if self.clock_shows(fields, at)), None)
        expires = self.promotion.document.get("expires_at")
        opens = next_at and not (expires and next_at >= self.quote.shop.instant(expires, True))
        return {"reason": "not_started" if opens else "condition_not_met"}

    def clock_shows(self, fields, at):
        """Whether the shop's clock shows one of the hours, each counted from the midnight of the day it belongs to."""
        clock = at.astimezone(zoneinfo.ZoneInfo(self.quote.shop.zone))
        minutes = lambda name, left_out: sum(int(part) * unit for part, unit in zip(fields[name].split(":"), (60, 1))) if name in fields else left_out
        start, end = minutes("from", 0), minutes("until", 1440)
        end += 1440 if end <= start else 0
        days = [DAYS.index(day) for day in fields.get("days", DAYS)]
        return any(start <= (clock.weekday() - day) % 7 * 1440 + clock.hour * 60 + clock.minute < end for day in days)

    def attribute(self, fields):
        only(fields, "of name is is_not in at_least at_most above below has exists", "attribute")
        owners = {
            "cart": [self.quote.cart.source],
            "line": [line.source for line in self.seen_lines()],
            "customer": [self.quote.cart.source.get("customer", {})],
        }[fields["of"]]
        is_met = any(compares(fields, owner.get("attributes", {}).get(fields["name"])) for owner in owners)
        if fields["of"] == "customer":
            return self.person(lambda _: is_met, "condition_not_met")
        return unless(is_met)


DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


def unless(is_met, reason="condition_not_met", **figures):
    return None if is_met else {"reason": reason, **figures}


def within(fields, count):
    return fields.get("min", 0) <= count <= fields.get("max", count)


def compares(fields, value):
    """Whether an attribute, or its absence, is what a condition asks for."""
    if value is None or fields.get("exists") is False:
        return value is None and fields.get("exists") is False
    same = lambda other: type(value) is type(other) and value == other
    number = value if type(value) is int else None
    return all([
        "is" not in fields or same(fields["is"]),
        "is_not" not in fields or type(value) is type(fields["is_not"]) and not same(fields["is_not"]),
        "in" not in fields or any(map(same, fields["in"])),
        "at_least" not in fields or number is not None and number >= fields["at_least"],
        "at_most" not in fields or number is not None and number <= fields["at_most"],
        "above" not in fields or number is not None and number > fields["above"],
        "below" not in fields or number is not None and number < fields["below"],
        "has" not in fields or isinstance(value, list) and fields["has"] in value,
    ])


CONDITIONS = {
    name: getattr(Asking, name)
    for name in "minimum maximum quantity distinct contains event signed_in customer known_customer recipient segment "
                "order_number days_since_order currency channel "
                "shipping dates weekly attribute expression".split()
}


def is_late(condition):
    """Whether a condition, or a part of it, reads what is left or spends what it counts."""
    kind, part = next(iter(condition.items()))
    if kind in ("all", "any"):
        return any(map(is_late, part))
    if kind == "not":
        return is_late(part)
    return isinstance(part, dict) and (part.get("basis") == "current" or part.get("spend", False))


def every_amounts(value):
    """Every amount in benefits and conditions."""
    if isinstance(value, dict):
        for name, field in value.items():
            if name in ("amount", "further", "price", "at_most", "price_from", "price_to", "from_spend"):
                yield amounts(field)
            elif name not in ("limits", "attribute", "attributes", "texts"):
                yield from every_amounts(field)
    elif isinstance(value, list):
        for item in value:
            yield from every_amounts(item)


def first_reason(told):
    """The first in the order of precedence, of equals the first."""
    return min((it for it in told if it), key=lambda it: REASONS.index(it["reason"]), default=None)


def means(items, line):
    """Whether a selector means a line."""
    items = only(items or {}, "products categories except_products except_categories price_from price_to attributes "
                              "skip_reduced", "items")
    within = lambda name: amounts(items[name])[line.currency] if name in items else line.unit_price
    if not within("price_from") <= line.unit_price <= within("price_to"):
        return False
    if items.get("skip_reduced") and line.is_reduced:
        return False
    if not all(has(line.attributes.get(name), value) for name, value in items.get("attributes", {}).items()):
        return False
    named = line.product in items.get("products", []) or line.categories & set(items.get("categories", []))
    is_all = not items.get("products") and not items.get("categories")
    but = line.product in items.get("except_products", []) or line.categories & set(items.get("except_categories", []))
    return bool((is_all or named) and not but)


def has(own, value):
    """Whether an attribute is a value, or a list with it."""
    return value in own if isinstance(own, list) and isinstance(value, str) else own == value and type(own) is type(value)


# --- What each benefit takes ------------------------------------------------------------------------------------


class View:
    """The units of a cart when a benefit acts.

    `base` is what it is reckoned on, `left` what is left of each price, `room` what is left above the floor.
    """

    def __init__(self, quote, promotion, base, left, spent=()):
        self.quote, self.promotion, self.base, self.left, self.spent = quote, promotion, base, left, spent
        self.cart, self.rounding = quote.cart, quote.shop.rounding
        self.room = list(left)

    def above_floors(self):
        if not self.promotion.document.get("ignore_floor"):
            self.room = [max(price - self.cart.line_of[unit].floor, 0) for unit, price in enumerate(self.left)]
        return self

    def meant(self, items):
        """Discountable units, by line id."""
        lines = [it for it in self.cart.by_id if it.discountable and self.promotion.sees(it) and means(items, it)]
        return [unit for line in lines for unit in line.units if unit not in self.spent]

    def covered(self, items):
        units = self.meant(items)
        if not units:
            raise Refused("no_matching_product")
        if all(self.room[unit] == 0 for unit in units):
            raise Refused("nothing_left_to_discount")
        return units

    def first(self, units, choose="cheapest"):
        """Units so that those to choose come first."""
        price = {"cheapest": lambda unit: self.base[unit], "dearest": lambda unit: -self.base[unit], "cart_order": lambda unit: 0}
        return sorted(units, key=lambda unit: (price[choose](unit), self.cart.position[unit]))

    def chosen(self, fields, units):
        """What a benefit reaches of the units that it covers."""
        choose = fields.get("choose", "cheapest")
        if "units_per_line" in fields:
            most = fields["units_per_line"]
            units = [unit for line in self.lines(units) for unit in self.first(line, choose)[:most]]
        most = min(fields.get("units", len(units)), len(units))
        most -= most % fields.get("groups_of", 1)
        if most == 0:
            raise Refused("no_matching_product")
        return self.in_lines(self.first(units, choose)[:most])

    def in_lines(self, units):
        return [unit for line in self.cart.by_id for unit in line.units if unit in set(units)]

    def lines(self, units):
        groups = itertools.groupby(units, key=lambda unit: self.cart.line_of[unit].id)
        return [list(group) for _, group in groups]

    def write_down(self, total, units, weight, room, how=write_down):
        """To lines, then to the units of each."""
        lines = self.lines(units)
        add = lambda of: [sum(of[unit] for unit in line) for line in lines]
        takes = {}
        for line, part in zip(lines, how(total, add(weight), add(room))):
            takes.update(zip(line, how(part, [weight[unit] for unit in line], [room[unit] for unit in line])))
        return takes

    def cap(self, takes, most):
        """At most so much of what a benefit took, each in proportion."""
        if sum(takes.values()) <= most:
            return takes
        return self.write_down(most, self.in_lines(takes), takes, takes)

    def percent_once(self, units, ppm):
        exact = {unit: min(self.base[unit] * ppm, self.room[unit] * MILLION) for unit in units}
        total = divide(sum(exact.values()), MILLION, self.rounding)
        return self.write_down(total, units, exact, self.room)

    def percent_each(self, units, ppm):
        if self.quote.shop.by_line:
            return {unit: take for line in self.lines(units) for unit, take in self.percent_once(line, ppm).items()}
        return {unit: min(share(ppm, self.base[unit], self.rounding), self.room[unit]) for unit in units}

    def money(self, value):
        return amounts(value)[self.cart.currency]

    def down_to(self, units, price):
        return {unit: min(max(self.base[unit] - price, 0), self.room[unit]) for unit in units}

    def amount_per(self, fields, units, minor):
        per = fields.get("per", "unit")
        if per == "unit":
            return {unit: min(minor, self.room[unit]) for unit in units}
        parts = [units] if per == "cart" else self.lines(units)
        return {unit: take for part in parts for unit, take in self.amount_once(part, minor).items()}

    def amount_once(self, units, minor):
        minor = min(minor, sum(self.room[unit] for unit in units))
        return self.write_down(minor, units, self.left, self.room, write_again)


REACH = "units units_per_line groups_of choose at_most"


def percent_off(view, fields):
    only(fields, "percent items " + REACH, "percent_off")
    units, ppm = view.covered(fields.get("items")), percentage(fields["percent"])
    if "items" not in fields:
        return view.percent_once(units, ppm)
    return view.percent_each(view.chosen(fields, units), ppm)


def amount_off(view, fields):
    only(fields, "amount items per further " + REACH, "amount_off")
    units, minor = view.covered(fields.get("items")), view.money(fields["amount"])
    if "items" not in fields:
        return view.amount_once(units, minor)
    units = view.chosen(fields, units)
    if "further" not in fields:
        return view.amount_per(fields, units, minor)
    first = view.first(units, fields.get("choose", "cheapest"))[0]
    return {unit: min(minor if unit == first else view.money(fields["further"]), view.room[unit]) for unit in units}


def free_product(view, fields):
    only(fields, "items units choose", "free_product")
    units = view.chosen({"units": 1, **fields}, view.covered(fields["items"]))
    return {unit: view.room[unit] for unit in units}


def buy_x_get_y(view, fields):
    only(fields, "buy get percent same_product sets_max at_most", "buy_x_get_y")
    buy, get = only(fields["buy"], "units items", "buy"), only(fields["get"], "units items", "get")
    bought = view.meant(buy.get("items"))
    rewardable = view.meant(get.get("items", buy.get("items")))
    rewarded = []
    if fields.get("same_product"):
        product = lambda unit: view.cart.line_of[unit].product
        for each in {product(unit) for unit in rewardable} - {None}:
            of_it = lambda units: [unit for unit in units if product(unit) == each]
            rewarded += sets_of(view, fields, of_it(bought), of_it(rewardable))
    else:
        rewarded = sets_of(view, fields, bought, rewardable)
    if not rewarded:
        raise Refused("no_matching_product")
    rewarded = view.in_lines(rewarded)
    if all(view.room[unit] == 0 for unit in rewarded):
        raise Refused("nothing_left_to_discount")
    return view.percent_each(rewarded, percentage(fields.get("percent", 100)))


def sets_of(view, fields, bought, rewardable):
    """The units that are rewarded for those bought."""
    buy, get = fields["buy"], fields["get"]
    either = set(bought) | set(rewardable)
    sets = min(
        len(bought) // buy["units"], len(rewardable) // get["units"], len(either) // (buy["units"] + get["units"]),
        fields.get("sets_max", len(either)),
    )
    spare, rewarded = len(bought) - sets * buy["units"], []
    for unit in view.first(rewardable):
        if unit in bought and spare == 0:
            continue
        spare -= unit in bought
        rewarded.append(unit)
    return rewarded[: sets * get["units"]]


def at_cost(view, fields):
    only(fields, "items " + REACH, "at_cost")
    takes = {}
    for unit in view.chosen(fields, view.covered(fields.get("items"))):
        line = view.cart.line_of[unit]
        if line.cost is not None:
            cost = line.as_priced(view.quote.shop, line.cost)
            takes[unit] = min(max(view.base[unit] - cost, 0), view.room[unit])
    if not takes:
        raise Refused("cost_unknown")
    return takes


def fixed_price(view, fields):
    only(fields, "price items " + REACH, "fixed_price")
    return view.down_to(view.chosen(fields, view.covered(fields.get("items"))), view.money(fields["price"]))


def every_nth(view, fields):
    only(fields, "every percent items which units at_most", "every_nth")
    units, every = view.covered(fields.get("items")), fields["every"]
    if len(units) < every:
        raise Refused("no_matching_product")
    which = fields.get("which", "cheapest")
    rewarded = view.first(units, "dearest" if which == "price_order" else which)
    if which in ("cart_order", "price_order"):
        rewarded = rewarded[every - 1 :: every]
    most = min(fields.get("units", len(units)), len(units) // every)
    return view.percent_each(view.in_lines(rewarded[:most]), percentage(fields.get("percent", 100)))


def bundle(view, fields):
    only(fields, "parts price sets_max at_most", "bundle")
    for part in fields["parts"]:
        only(part, "units items", "part")
    units = view.first(view.meant(None), "dearest")
    price = view.money(fields["price"])
    sets, best = 1, None
    while sets <= fields.get("sets_max", sets) and (filled := fill(view, fields, units, sets)):
        saves = sum(view.base[unit] for unit in filled) - sets * price
        if best is None or saves > best[0]:
            best = (saves, filled)
        sets += 1
    if best is None:
        raise Refused("no_matching_product")
    if best[0] <= 0:
        raise Refused("nothing_left_to_discount")
    return view.amount_once(view.in_lines(best[1]), best[0])


def fill(view, fields, units, sets):
    """The dearest units that fill all places of so many sets, none filling two; nothing if they cannot."""
    places = [part.get("items") for part in fields["parts"] for _ in range(part.get("units", 1) * sets)]
    filled = {}

    def find_place(unit, tried):
        for place, items in enumerate(places):
            if place not in tried and means(items, view.cart.line_of[unit]):
                tried.add(place)
                if place not in filled or find_place(filled[place], tried):
                    filled[place] = unit
                    return True
        return False

    chosen = [unit for unit in units if find_place(unit, set())]
    return chosen if len(chosen) == len(places) else None


def tiers(view, fields):
    only(fields, "mode items per steps at_most", "tiers")
    units, steps = view.covered(fields.get("items")), fields["steps"]
    for step in steps:
        only(step, "from_units from_spend percent amount price", "step")
    by_spend = "from_spend" in steps[0]
    starts = [view.money(step["from_spend"]) if by_spend else step["from_units"] for step in steps]
    reached = sum(view.quote.bulk[unit] for unit in units) if by_spend else len(units)
    if reached < starts[0]:
        if by_spend:
            raise Refused("minimum_not_met", missing=starts[0] - reached, minimum=starts[0], sub_total=reached)
        raise Refused("no_matching_product")
    place = lambda count: sum(start <= count for start in starts) - 1
    if fields.get("mode", "volume") == "volume":
        return take_step(view, fields, steps[place(reached)], units)
    if by_spend:
        ends = starts[1:] + [reached]
        spent = [max(min(reached, end) - start, 0) for start, end in zip(starts, ends)]
        exact = sum(part * percentage(step["percent"]) for part, step in zip(spent, steps))
        return view.amount_once(units, divide(exact, MILLION, view.rounding))
    position = {unit: place(count) for count, unit in enumerate(view.first(units, "cart_order"), 1)}
    takes = {unit: 0 for unit in units}
    for (_, at), run in itertools.groupby(units, key=lambda unit: (view.cart.line_of[unit].id, position[unit])):
        if at >= 0:
            takes |= take_step(view, fields, steps[at], list(run))
    return takes


def take_step(view, fields, step, units):
    """What a step takes from all these units."""
    if "percent" in step:
        how = view.percent_each if "items" in fields else view.percent_once
        return how(units, percentage(step["percent"]))
    if "price" in step:
        return view.down_to(units, view.money(step["price"]))
    minor = view.money(step["amount"])
    return view.amount_per(fields, units, minor) if "items" in fields else view.amount_once(units, minor)


def gift(view, fields):
    only(fields, "items units", "gift")
    lines = view.cart.line_of
    given = [it for it in view.meant(fields["items"]) if lines[it].source.get("gift_of") == view.promotion.name]
    if not given:
        raise Refused("no_matching_product")
    given = view.first(given, "dearest")[: fields.get("units", 1)]
    return {unit: view.room[unit] for unit in given}


def shipping_rank(fields):
    return SET_PRICE if "price" in fields else AMOUNT if "amount" in fields else PERCENTAGE


def tiers_rank(fields):
    return shipping_rank(fields["steps"][0])


def off_items(fields):
    return "items" if "items" in fields else "order"


items_stage = lambda _: "items"
shipping_stage = lambda _: "shipping"

# For each benefit: its stage, its rank, what it takes from units.
BENEFITS = {
    "percent_off": (off_items, PERCENTAGE, percent_off),
    "amount_off": (off_items, AMOUNT, amount_off),
    "fixed_price": (items_stage, SET_PRICE, fixed_price),
    "at_cost": (items_stage, SET_PRICE, at_cost),
    "free_product": (items_stage, PERCENTAGE, free_product),
    "buy_x_get_y": (items_stage, PERCENTAGE, buy_x_get_y),
    "every_nth": (items_stage, PERCENTAGE, every_nth),
    "bundle": (items_stage, SET_PRICE, bundle),
    "tiers": (off_items, tiers_rank, tiers),
    "gift": (items_stage, PERCENTAGE, gift),
    "free_shipping": (shipping_stage, PERCENTAGE, None),
    "shipping_off": (shipping_stage, shipping_rank, None),
    "credit": (lambda fields: "credit_" + fields.get("acts", "before_tax"), AMOUNT, None),
}


class Step:
    """A benefit's turn."""

    def __init__(self, index, promotion, place):
        self.index, self.promotion = index, promotion
        self.kind, self.fields = promotion.benefits[place]
        if self.kind not in BENEFITS:
            raise Beyond(self.kind)
        stage, rank, self.take = BENEFITS[self.kind]
        self.stage = STAGES.index(stage(self.fields))
        rank = rank(self.fields) if callable(rank) else rank
        turn = self.stage if promotion.mode == "chain" else max(self.stage, STAGES.index("order"))
        priority = promotion.document.get("priority", 0)
        self.key = (turn, promotion.code is not None, -priority, rank, promotion.name.encode(), place)


class Run:
    """One combination of promotions, priced to the end; again without each that would give more than its budget."""

    def __init__(self, quote, active):
        self.quote, self.active, self.cart, out = quote, active, quote.cart, {}
        while (over := self.price(active - set(out))) is not None:
            out[over] = {"reason": "budget_exhausted", "left": quote.left_of_budget(quote.promotions[over])}
        for index, told in out.items():
            self.told[index] = [told]

    def price(self, active):
        """Prices these; the first of them that gives more than is left of its budget, or None."""
        quote = self.quote
        self.prices, self.entries = list(quote.bulk), []
        self.told = [[] for _ in quote.promotions]
        self.shipping = self.cart.shipping["price"] if self.cart.shipping else 0
        self.compared, self.grants = set(), []
        self.late, self.spent = {}, set()
        steps = [it for it in quote.steps if it.index in active]
        for step in steps:
            self.turn(step, steps)
        self.tax()
        self.pay(steps)
        self.gave = [0] * len(quote.promotions)
        for index, _, _, minor in self.entries + self.grants:
            self.gave[index] += minor
        self.credit = sum(it[3] for it in self.entries + self.grants if STAGES[it[1]].startswith("credit"))
        paid = sum(it[3] for it in self.grants if STAGES[it[1]] == "credit_after_tax")
        self.due = sum(self.prices) + self.shipping + (0 if quote.shop.inclusive else self.tax_total) - paid
        return next((step.index for step in steps if self.is_over(step.index)), None)

    def of_budget(self, index):
        """What a promotion gave, but for its credit."""
        return sum(it[3] for it in self.entries + self.grants if it[0] == index and not STAGES[it[1]].startswith("credit"))

    def is_over(self, index):
        left = self.quote.left_of_budget(self.quote.promotions[index])
        return left is not None and self.of_budget(index) > left

    def left_to_clip(self, step):
        """What a promotion may still give, where that is clipped."""
        clips = step.promotion.limits.get("budget", {}).get("clip")
        return self.quote.left_of_budget(step.promotion) - self.of_budget(step.index) if clips else float("inf")

    def meets_late(self, step):
        """Asks the conditions that wait for the promotion's first turn; answers with the units that they spent."""
        late = [it for it in step.promotion.document.get("conditions", []) if is_late(it)]
        if step.index not in self.late:
            asking = Asking(self.quote, step.promotion, list(self.prices), self.spent)
            told = asking.all(late)
            self.late[step.index] = None if told else asking.spent - self.spent
            if told:
                self.told[step.index].append(told)
            else:
                self.spent = asking.spent
        return self.late[step.index] is not None

    def turn(self, step, steps):
        if STAGES[step.stage] == "credit_after_tax" or not self.meets_late(step):
            return
        try:
            if STAGES[step.stage] == "shipping":
                self.off_shipping(step)
            elif step.kind == "credit":
                self.credit_before_tax(step)
            elif step.promotion.mode == "best":
                self.compare(step, steps)
            else:
                base = self.without_automatic() if step.promotion.mode == "add" else self.prices
                self.commit(step, self.takes(step, base, self.prices))
        except Refused as refused:
            self.told[step.index].append(refused.told)

    def takes(self, step, base, left, besides=0):
        """What a benefit takes; `besides` is what others of its promotion take that is not committed yet."""
        view = View(self.quote, step.promotion, base, left, self.late[step.index]).above_floors()
        takes = step.take(view, step.fields)
        if "at_most" in step.fields:
            takes = view.cap(takes, amounts(step.fields["at_most"])[self.cart.currency])
        takes = view.cap(takes, self.left_to_clip(step) - besides)
        if not any(takes.values()):
            self.told[step.index].append({"reason": "nothing_left_to_discount"})
        return takes

    def commit(self, step, takes):
        for unit, minor in takes.items():
            if minor:
                self.prices[unit] -= minor
                self.entries.append((step.index, step.stage, unit, minor))

    def is_automatic(self, entry):
        return self.quote.promotions[entry[0]].code is None

    def without_automatic(self):
        prices = list(self.prices)
        for entry in filter(self.is_automatic, self.entries):
            prices[entry[2]] += entry[3]
        return prices

    def compare(self, step, steps):
        """A code in mode `best`: all its discounts against what the automatic ones took where it acts."""
        if step.index in self.compared:
            return
        self.compared.add(step.index)
        left, won, covered = self.without_automatic(), [], set()
        base = list(left)
        for own in steps:
            if own.index == step.index and STAGES[own.stage] in ("items", "order"):
                try:
                    takes = self.takes(own, left, left, sum(minor for _, takes in won for minor in takes.values()))
                except Refused as refused:
                    self.told[step.index].append(refused.told)
                    continue
                left = [price - takes.get(unit, 0) for unit, price in enumerate(left)]
                covered |= set(takes)
                won.append((own, takes))
        gain = sum(minor for _, takes in won for minor in takes.values())
        others = [entry for entry in self.entries if self.is_automatic(entry) and entry[2] in covered]
        if gain > sum(entry[3] for entry in others):
            self.entries = [entry for entry in self.entries if entry not in others]
            for unit in covered:
                self.prices[unit] = base[unit]
            for own, takes in won:
                self.commit(own, takes)
        elif gain > 0:
            names = sorted({self.quote.promotions[entry[0]].name for entry in others})
            self.told[step.index] = [{"reason": "not_combinable", "with": names}]

    def off_shipping(self, step):
        fields, chosen, left = step.fields, self.cart.shipping, self.shipping
        only(fields, "methods percent amount price at_most", step.kind)
        if not chosen or fields.get("methods") and chosen["id"] not in fields["methods"]:
            raise Refused("no_shipping_method")
        money = lambda name: amounts(fields[name])[self.cart.currency]
        off = left
        if "percent" in fields:
            off = share(percentage(fields["percent"]), left, self.quote.shop.rounding)
        elif "amount" in fields:
            off = money("amount")
        elif "price" in fields:
            off = left - money("price")
        off = max(min(off, left, money("at_most") if "at_most" in fields else left, self.left_to_clip(step)), 0)
        if off == 0:
            raise Refused("nothing_left_to_discount")
        self.grants.append((step.index, step.stage, None, off))
        self.shipping -= off

    def balance(self, step):
        only(step.fields, "amount shared acts covers_shipping beside_codes", "credit")
        whole = amounts(step.fields["amount"])[self.cart.currency]
        return self.quote.facts.get("balances", {}).get(step.promotion.name, whole)

    def credit_before_tax(self, step):
        balance = self.balance(step)
        if balance == 0:
            raise Refused("used_up")
        view = View(self.quote, step.promotion, self.prices, self.prices)
        self.commit(step, view.amount_once(view.covered(None), balance))

    def tax(self):
        shop, cart = self.quote.shop, self.cart
        prices, shipping = list(self.prices), self.shipping
        for index, _, unit, minor in self.entries + self.grants:
            if self.quote.promotions[index].document.get("funded_by") == "third_party":
                shipping += minor if unit is None else 0
                if unit is not None:
                    prices[unit] += minor
        if shop.before_discount:
            prices, shipping = cart.list_prices, cart.shipping["price"] if cart.shipping else 0
        base = {line.id: sum(prices[unit] for unit in line.units) for line in cart.lines}
        self.taxes, self.shipping_tax = {line.id: 0 for line in cart.lines}, 0
        for rate in cart.source.get("tax_rates", []):
            category, ppm = rate.get("category", "standard"), percentage(rate["percent"])
            ids = [line.id for line in cart.by_id if line.rate == category]
            with_shipping = bool(cart.shipping) and cart.shipping.get("tax_category") == category
            bases = [base[it] for it in ids] + [shipping] * with_shipping
            divisor = MILLION + ppm if shop.inclusive else MILLION
            if shop.per_line:
                parts = [divide(it * ppm, divisor, shop.rounding) for it in bases]
            else:
                parts = write_down(divide(sum(bases) * ppm, divisor, shop.rounding), bases)
            self.taxes.update(zip(ids, parts))
            if with_shipping:
                self.shipping_tax = parts[-1]
        self.tax_total = sum(self.taxes.values()) + self.shipping_tax

    def pay(self, steps):
        """Credits after tax."""
        on_top = 0 if self.quote.shop.inclusive else 1
        bill = {it.id: sum(self.prices[unit] for unit in it.units) + on_top * self.taxes[it.id] for it in self.cart.lines}
        bill[None] = self.shipping + on_top * self.shipping_tax
        for step in steps:
            if STAGES[step.stage] != "credit_after_tax" or not self.meets_late(step):
                continue
            left = balance = self.balance(step)
            open_ids = [line.id for line in self.cart.by_id if step.promotion.sees(line)]
            for part in open_ids + [None] * bool(step.fields.get("covers_shipping")):
                paid = min(left, bill[part])
                bill[part] -= paid
                left -= paid
            if balance == left:
                reason = "nothing_left_to_discount" if balance else "used_up"
                self.told[step.index].append({"reason": reason})
            else:
                self.grants.append((step.index, step.stage, None, balance - left))


# --- Which of them together -------------------------------------------------------------------------------------


class Chosen:
    """The best of all admissible combinations."""

    def __init__(self, quote):
        self.quote = quote
        promotions = quote.promotions
        able = [index for index, refusal in enumerate(quote.refusals) if refusal is None]
        quote.steps = sorted(
            (Step(index, promotions[index], place) for index in able for place in range(len(promotions[index].benefits))),
            key=lambda step: step.key,
        )
        self.exclusive = self.first(index for index in able if promotions[index].document.get("exclusive") and self.alone(index))
        if self.exclusive is not None:
            able = [index for index in able if index == self.exclusive or not self.is_shut_out(index)]
        able, settled = self.settle_groups(able)
        combinations = list(self.combinations(able, settled))
        if len(combinations) > 4096:
            raise Beyond("more than 4,096 combinations")
        self.run = min((Run(quote, active) for active in combinations), key=self.rank)
        self.instead = {}

    def alone(self, index):
        return Run(self.quote, {index}).gave[index]

    def by_turn(self, indices):
        turn = lambda index: min(step.key for step in self.quote.steps if step.index == index)
        return sorted(indices, key=turn)

    def first(self, indices):
        return next(iter(self.by_turn(indices)), None)

    def least(self, indices):
        return min(self.by_turn(indices), key=self.alone, default=None)

    def is_shut_out(self, index):
        return not self.quote.promotions[index].stands_outside or self.share_group(index, self.exclusive)

    def share_group(self, one, other):
        group = self.quote.promotions[one].group
        return group is not None and group == self.quote.promotions[other].group

    def settle_groups(self, able):
        """Leaves out of groups who gives nothing, and on whom the shop's rule does not settle; tells the codes on which it does."""
        promotions, settled = self.quote.promotions, []
        able = [index for index in able if promotions[index].group is None or self.alone(index)]
        for group in {promotions[index].group for index in able if self.quote.rule_of(promotions[index].group)}:
            settle = {"first": self.first, "best_for_shop": self.least}[self.quote.rule_of(group)]
            members = [index for index in able if promotions[index].group == group]
            stay = {settle(members)}
            if promotions[settle(members)].competes:
                settled.append(settle(members))
                stay.add(settle(index for index in members if not promotions[index].competes))
            able = [index for index in able if promotions[index].group != group or index in stay]
        return able, settled

    def combinations(self, able, settled):
        promotions = self.quote.promotions
        codes = [index for index in able if promotions[index].competes]
        others = [index for index in able if not promotions[index].competes]
        has_stand_in = lambda code: code not in settled and any(self.share_group(code, other) for other in others)
        for size in range(len(codes) + 1):
            for held in map(set, itertools.combinations(codes, size)):
                missing = [code for code in settled if code not in held]
                if (held or all(map(has_stand_in, codes))) and self.go_together(held) and not any(self.go_together(held | {code}) for code in missing):
                    groups = {}
                    for index in others:
                        if promotions[index].group and not any(self.share_group(index, code) for code in held):
                            groups.setdefault(promotions[index].group, []).append(index)
                    free = held | {index for index in others if not promotions[index].group}
                    for picks in itertools.product(*groups.values()):
                        yield free.union(picks)

    def go_together(self, codes):
        allow_it = all(self.quote.promotions[code].document.get("combines_with_codes") for code in codes)
        no_group_twice = not any(self.share_group(*pair) for pair in itertools.combinations(codes, 2))
        return (len(codes) < 2 or allow_it) and no_group_twice

    def rank(self, run):
        names = lambda indices: sorted((self.quote.promotions[it].name.encode(), (self.quote.promotions[it].code or "").encode()) for it in indices)
        gave = names(index for index, minor in enumerate(run.gave) if minor)
        admitted = names(run.active)
        return (run.due + run.credit, run.due, len(gave), gave, -len(admitted), admitted)

    def rivals(self, index):
        """Those that keep one out that is left out."""
        promotions, active = self.quote.promotions, self.run.active
        if self.exclusive is not None and self.is_shut_out(index):
            return {self.exclusive}
        both_codes = lambda other: promotions[index].competes and promotions[other].competes
        in_its_way = lambda other: self.share_group(index, other) or both_codes(other) and not self.go_together({index, other})
        return set(filter(in_its_way, active)) or set(filter(both_codes, active))

    def run_instead(self, index):
        """The run that tells what one that is left out hears: with it in place of its rivals."""
        if index in self.run.active:
            return self.run
        if index not in self.instead:
            rivals = self.rivals(index)
            self.instead[index] = Run(self.quote, (self.run.active - rivals if rivals else set()) | {index})
        return self.instead[index]

    def refusal(self, index):
        if self.run.gave[index]:
            return None
        if self.quote.refusals[index]:
            return self.quote.refusals[index]
        run = self.run_instead(index)
        if run.gave[index]:
            return {"reason": "not_combinable", "with": sorted(self.quote.promotions[it].name for it in self.rivals(index))}
        return first_reason(run.told[index]) or {"reason": "nothing_left_to_discount"}

    def code(self, code, index, told):
        if index is None:
            return {"code": code, "status": "refused", "because": told}
        name = self.quote.promotions[index].name
        refusal = told or self.refusal(index)
        answer = {"code": code, "promotion": name, "status": "applied"}
        if refusal:
            reason = refusal["reason"]
            lost = reason == "not_combinable" and not told and not self.run_instead(index).gave[index]
            answer |= {"status": "parked" if reason in PARKING or lost else "refused", "because": refusal}
        return answer


def result(documents, cart, facts, at):
    """What a quote's `result` should be."""
    quote = Quote(Shop(documents), cart, facts, at)
    chosen = Chosen(quote)
    run, cart = chosen.run, quote.cart
    taken = {stage: [0] * len(quote.bulk) for stage in STAGES}
    for _, stage, unit, minor in run.entries:
        taken[STAGES[stage]][unit] += minor
    after = {"list": cart.list_prices, "after_bulk": quote.bulk}
    for name, before, stage in [("after_items", "after_bulk", "items"), ("after_order", "after_items", "order"), ("after_credit", "after_order", "credit_before_tax")]:
        after[name] = [price - take for price, take in zip(after[before], taken[stage])]
    shipping = cart.shipping["price"] if cart.shipping else 0
    told = {
        "totals": {
            "list": sum(after["list"]),
            "bulk_discount": sum(after["list"]) - sum(after["after_bulk"]),
            "sub_total": sum(after["after_bulk"]),
            "item_discount": sum(taken["items"]),
            "order_discount": sum(taken["order"]),
            "shipping": shipping,
            "shipping_discount": shipping - run.shipping,
            "tax": run.tax_total,
            "credit_applied": run.credit,
            "due": run.due,
            "due_before_credit": run.due + run.credit,
        },
        "lines": [
            {"id": line.id, "quantity": len(line.units)}
            | {name: sum(prices[unit] for unit in line.units) for name, prices in after.items()}
            | {"tax": run.taxes[line.id]}
            | {"units": [{name: prices[unit] for name, prices in after.items()} for unit in line.units]}
            for line in cart.lines
        ],
        "promotions": promotions(quote, run),
        "codes": [chosen.code(*code) for code in quote.codes],
        "claims": claims(quote, run),
        "proposals": proposals(quote, chosen),
        "proven": True,
    }
    if cart.shipping:
        told["shipping"] = {"id": cart.shipping["id"], "list": shipping, "after_discount": run.shipping, "tax": run.shipping_tax}
    return told


def promotions(quote, run):
    """Those that gave something, in the order in which they acted, with what each gave to which line."""
    turns = {}
    for step in quote.steps:
        turns.setdefault(step.index, len(turns))
    told = []
    for index in sorted((it for it in turns if run.gave[it]), key=turns.get):
        gifts = {}
        for _, stage, unit, minor in (it for it in run.entries + run.grants if it[0] == index):
            gift = gifts.setdefault(stage, {"stage": STAGES[stage], "gave": 0})
            gift["gave"] += minor
            if unit is not None:
                lines, line = gift.setdefault("lines", {}), quote.cart.line_of[unit].id
                lines[line] = lines.get(line, 0) + minor
        promotion = quote.promotions[index]
        answer = {"id": promotion.name, "gave": run.gave[index], "gifts": [gifts[stage] for stage in sorted(gifts)]}
        told.append(answer | ({"code": promotion.code} if promotion.code else {}))
    return told


def claims(quote, run):
    told = []
    for index, promotion in enumerate(quote.promotions):
        if not run.gave[index]:
            continue
        told += [{"promotion": promotion.name, "limit": limit, "take": 1, **of} for limit, of in taken(quote, run, index)]
        if "budget" in promotion.limits and run.of_budget(index):
            told.append({"promotion": promotion.name, "limit": "budget", "take": run.of_budget(index)})
        credits = [fields for kind, fields in promotion.benefits if kind == "credit"]
        drawn = sum(it[3] for it in run.entries + run.grants if it[0] == index and STAGES[it[1]].startswith("credit"))
        if drawn:
            limit = "shared_balance" if credits[0].get("shared") else "own_balance"
            told.append({"promotion": promotion.name, "limit": limit, "take": drawn})
    return told


def proposals(quote, chosen):
    """The gifts of the promotions that apply, as far as they are not in the cart."""
    told = []
    for index in sorted(chosen.run.active):
        promotion, refusal = quote.promotions[index], chosen.refusal(index)
        if refusal and refusal["reason"] != "no_matching_product":
            continue
        for fields in (fields for kind, fields in promotion.benefits if kind == "gift"):
            lines = [it for it in quote.cart.lines if it.source.get("gift_of") == promotion.name]
            missing = fields.get("units", 1) - sum(len(it.units) for it in lines if means(fields["items"], it))
            if missing > 0:
                products = [it for it in fields["items"]["products"] if not is_over_budget(quote, promotion, it, missing)]
                told += [{"gift_of": promotion.name, "products": products, "units": missing}] if products else []
    return told


def is_over_budget(quote, promotion, product, units):
    """Whether these units, added as a promotion's gift, would make it give more than is left of its budget."""
    budget, cart = promotion.limits.get("budget"), quote.cart.source
    price = quote.shop.listed(cart.get("event"), product).get("price")
    if not budget or budget.get("clip") or price is None or quote.cart.currency not in amounts(price):
        return False
    name = "reward" + "+" * len(cart["lines"])
    while any(line["id"] == name for line in cart["lines"]):
        name = name.removesuffix("+")
    line = {"id": name, "product": product, "quantity": units, "gift_of": promotion.name}
    added = Quote(quote.shop, cart | {"lines": cart["lines"] + [line]}, quote.facts, quote.at.isoformat())
    run = Chosen(added).run
    told = [run.told[index] for index, it in enumerate(added.promotions) if it.name == promotion.name]
    return any(refusal["reason"] == "budget_exhausted" for refusals in told for refusal in refusals)


def taken(quote, run, index):
    """Each limit of which the order takes one, and which one it is."""
    promotion, first_days = quote.promotions[index], quote.first_days()
    for limit in promotion.limits:
        if limit in ("total", "per_customer"):
            yield limit, {}
        elif limit in first_days:
            yield limit, {"period": first_days[limit].isoformat()}
        elif limit == "per_event":
            for event in sorted(events_given(quote, run, index)):
                yield limit, {"event": event}
    if promotion.row is not None or promotion.code and "per_code" in promotion.limits:
        yield "per_code", {"code": promotion.code_key}


def events_given(quote, run, index):
    """The events of the lines to which it gave something; where it gave to no line, of all that it sees."""
    if any(it[0] == index for it in run.grants):
        lines = [line for line in quote.cart.lines if quote.promotions[index].sees(line)]
    else:
        lines = [quote.cart.line_of[it[2]] for it in run.entries if it[0] == index]
    return {line.event for line in lines} - {None}


# --- The vectors ------------------------------------------------------------------------------------------------


def check_written_down(it):
    kind = "amount_off" if "amount" in it["off"] else "percent_off"
    documents = [{"kind": "promotion", "id": "off", "benefits": [{kind: it["off"]}]}]
    told = result(documents, {"currency": "USD", "lines": it["lines"]}, {}, "2026-06-15T12:00:00Z")
    return [[unit["after_order"] for unit in line["units"]] for line in told["lines"]] == it["units"]


def check_bulk(it):
    bulk = {"mode": it["mode"], "steps": it["steps"]}
    shop = Shop([
        {"kind": "shop", "rounding": it["rounding"]},
        {"kind": "price_list", "id": "list", "categories": [{"id": "goods", "bulk": bulk}]},
        {"kind": "event", "id": "event", "price_list": "list"},
    ])
    lines = [
        {"id": str(place), "quantity": 1, "unit_price": price, "categories": ["goods"]}
        for place, price in enumerate(it["units"])
    ]
    return after_bulk(shop, Cart(shop, {"currency": "USD", "event": "event", "lines": lines})) == it["after_bulk"]


def check_tax(it):
    shop = {"kind": "shop", "rounding": it["rounding"], "tax": {"prices": it["prices"], "rounded": it["rounded"]}}
    shipping = {"options": [it["shipping"]], "chosen": it["shipping"]["id"]}
    cart = {"currency": "USD", "lines": it["lines"], "tax_rates": it["tax_rates"], "shipping": shipping}
    told = result([shop], cart, {}, "2026-06-15T12:00:00Z")
    found = ([line["tax"] for line in told["lines"]], told["shipping"]["tax"], told["totals"]["tax"], told["totals"]["due"])
    return found == (it["line_taxes"], it["shipping_tax"], it["tax"], it["due"])


SUMS = {
    "amounts": lambda it: it["minor"] == (amount(it["text"]) or [None])[0],
    "percentages": lambda it: it["ppm"] == percentage(it["text"]),
    "codes": lambda it: it["key"] == code_key(it["code"]),
    "currencies": lambda it: re.fullmatch("[A-Z]{3}", it["currency"]) and 0 <= it["digits"] <= 4,
    "rounding": lambda it: all(it[how] == share(percentage(it["percent"]), it["minor"], how) for how in ("half_up", "half_even", "down")),
    "shares": lambda it: it["parts"] == write_down(it["total"], it["weights"]),
    "capped-shares": lambda it: it["parts"] == write_down(it["total"], it["weights"], it["room"]),
    "written-down": check_written_down,
    "bulk": check_bulk,
    "tax": check_tax,
}


def differences(expected, found, at=""):
    if isinstance(expected, dict) and isinstance(found, dict):
        for name in expected.keys() | found.keys():
            yield from differences(expected.get(name), found.get(name), f"{at}/{name}")
    elif isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        for place, (one, other) in enumerate(zip(expected, found)):
            yield from differences(one, other, f"{at}/{place}")
    elif expected != found or type(expected) is not type(found):
        yield f"{at}: expected {json.dumps(expected)}, got {json.dumps(found)}"


def read(path):
    vectors = json.loads(path.read_text("utf-8"))
    assert vectors["arithmetic"] == 1, f"{path}: this is arithmetic 1"
    return vectors


class Count:
    """How many agreed, and what the others differ in."""

    def __init__(self):
        self.passed, self.failed, self.beyond = 0, 0, {}

    def told(self, name, told):
        self.passed, self.failed = self.passed + (not told), self.failed + bool(told)
        if told:
            print(f"{name}\n  " + "\n  ".join(told))

    def order(self, name, order, documents):
        """Prices an order, and compares."""
        try:
            found = result(documents, order["cart"], order["facts"], order["at"])
        except Beyond as unknown:
            self.beyond.setdefault(str(unknown), []).append(name)
            return
        for told in (order["result"], found):
            for unsorted in ("claims", "proposals"):
                told[unsorted].sort(key=lambda it: json.dumps(it, sort_keys=True))
        self.told(name, sorted(differences(order["result"], found)))

    def close(self):
        for what, names in sorted(self.beyond.items()):
            print(f"not checked, for {what}: {len(names)} orders, such as {names[0]}")
        print(f"{self.passed} passed, {self.failed} failed")
        return 1 if self.failed or not self.passed else 0


def check_files(count):
    for path in sorted((HERE / "sums").glob("*.json")):
        for place, vector in enumerate(read(path)["vectors"]):
            count.told(f"{path.name} {place}", [] if SUMS[path.stem](vector) else [json.dumps(vector)])
    for path in sorted((HERE / "orders").glob("**/*.json")):
        vectors = read(path)
        for order in vectors["orders"]:
            name = f"{vectors['case']}: {order.get('title', vectors['title'])}"
            count.order(name, order, vectors["documents"])


def check_carts(count, lines):
    """Carts with their whole quotes, one a line."""
    for number, line in enumerate(lines, 1):
        order = without_nulls(json.loads(line))
        order["result"] = result_of(order["quote"])
        count.order(f"cart {number}", order, order["documents"])


def without_nulls(value):
    if isinstance(value, dict):
        return {name: without_nulls(field) for name, field in value.items() if field is not None}
    return [without_nulls(item) for item in value] if isinstance(value, list) else value


def result_of(quote):
    """The part of a quote that follows from the arithmetic."""
    part = lambda it, names: {name: it[name] for name in names.split() if name in it}
    told = part(quote, "totals shipping proven")
    told["lines"] = [{name: field for name, field in line.items() if name != "road"} for line in quote["lines"]]
    told["promotions"] = [part(it, "id code gave gifts") for it in quote["promotions"]]
    told |= {name: quote.get(name, []) for name in ("claims", "proposals")}
    told["codes"] = [part(it, "code promotion status because") for it in quote.get("codes", [])]
    for reason in (code["because"] for code in told["codes"] if "because" in code):
        for name in [name for name, field in reason.items() if name != "reason" and isinstance(field, str)]:
            del reason[name]
    return told


def main():
    count = Count()
    if sys.argv[1:] == ["--carts"]:
        check_carts(count, sys.stdin)
    else:
        check_files(count)
    return count.close()


if __name__ == "__main__":
    sys.exit(main())
