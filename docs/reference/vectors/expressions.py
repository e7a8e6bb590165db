"""The expressions of `../expressions.md`, for check.py: a part of CEL, evaluated plainly."""

import re

TOKENS = re.compile(
    r"""(?P<skip>\s+|//[^\n]*)
      | (?P<number>0[xX][0-9a-fA-F]+|[0-9]+)
      | (?P<text>'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")
      | (?P<name>[A-Za-z_][A-Za-z_0-9]*)
      | (?P<sign>\|\||&&|[=!<>]=|[-+*/%<>!?:.,()\[\]])""",
    re.VERBOSE | re.DOTALL,
)
LEVELS = [["||"], ["&&"], ["==", "!=", "<", "<=", ">", ">=", "in"], ["+", "-"], ["*", "/", "%"]]
ESCAPES = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
LOOPS = ("exists", "all", "exists_one", "filter", "map")


class NoAnswer(Exception):
    """Something is not there, is of another type, or cannot be reckoned."""


# --- Reading: an expression becomes tuples, the first of each says what it is --------------------------------------


class Reader:
    def __init__(self, text):
        self.tokens, at = [], 0
        while at < len(text):
            match = TOKENS.match(text, at)
            if not match:
                raise ValueError(f"at {at}: {text}")
            if match.lastgroup != "skip":
                self.tokens.append((match.lastgroup, match.group()))
            at = match.end()
        self.tokens.append(("end", ""))

    def next_is(self, *signs):
        kind, text = self.tokens[0]
        return kind in ("sign", "name") and text in signs

    def take(self):
        return self.tokens.pop(0)[1]

    def expect(self, sign):
        if self.take() != sign:
            raise ValueError(f"{sign} is missing")

    def whole(self):
        condition = self.level(0)
        if not self.next_is("?"):
            return condition
        self.take()
        one = self.whole()
        self.expect(":")
        return ("choose", condition, one, self.whole())

    def level(self, level):
        if level == len(LEVELS):
            return self.unary()
        left = self.level(level + 1)
        while self.next_is(*LEVELS[level]):
            left = (self.take(), left, self.level(level + 1))
        return left

    def unary(self):
        if self.next_is("!", "-"):
            sign = self.take()
            return ("not" if sign == "!" else "minus", self.unary())
        return self.member()

    def member(self):
        value = self.primary()
        while self.next_is(".", "["):
            if self.take() == "[":
                value = ("field", value, self.whole())
                self.expect("]")
                continue
            name = self.take()
            value = ("call", name, value, *self.several(")")) if self.opens() else ("field", value, ("is", name))
        return value

    def opens(self):
        if self.next_is("("):
            self.take()
            return True
        return False

    def several(self, end):
        parts = []
        while not self.next_is(end):
            parts.append(self.whole())
            if not self.next_is(end):
                self.expect(",")
        self.take()
        return parts

    def primary(self):
        kind, text = self.tokens[0]
        self.take()
        if kind == "number":
            return ("is", int(text, 0) if text[:2] in ("0x", "0X") else int(text))
        if kind == "text":
            return ("is", unescape(text[1:-1]))
        if text == "(":
            inner = self.whole()
            self.expect(")")
            return inner
        if text == "[":
            return ("list", *self.several("]"))
        if text in ("true", "false"):
            return ("is", text == "true")
        return ("call", text, None, *self.several(")")) if self.opens() else ("name", text)


def unescape(text):
    codes = r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-3][0-7]{2})|(.))"

    def one(match):
        hexadecimal = match.group(1) or match.group(2) or match.group(3)
        if hexadecimal:
            return chr(int(hexadecimal, 16))
        if match.group(4):
            return chr(int(match.group(4), 8))
        return ESCAPES.get(match.group(5), match.group(5))

    return re.sub(codes, one, text)


# --- Answering -----------------------------------------------------------------------------------------------------


def need(value, kind):
    if type(value) is not kind:
        raise NoAnswer(f"{value} is no {kind.__name__}")
    return value


def whole(number):
    if not -(2**63) <= number < 2**63:
        raise NoAnswer("beyond 63 bits")
    return number


def same(one, other):
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return type(one) is type(other) and one == other


def answer(tree, names):
    kind, *parts = tree
    if kind == "is":
        return parts[0]
    if kind == "name":
        if parts[0] not in names:
            raise NoAnswer(parts[0])
        return names[parts[0]]
    if kind == "list":
        return [answer(part, names) for part in parts]
    if kind == "field":
        return field(answer(parts[0], names), answer(parts[1], names))
    if kind == "choose":
        return answer(parts[1 if need(answer(parts[0], names), bool) else 2], names)
    if kind == "not":
        return not need(answer(parts[0], names), bool)
    if kind == "minus":
        return whole(-need(answer(parts[0], names), int))
    if kind in ("||", "&&"):
        return decided((lambda part=part: need(answer(part, names), bool) for part in parts), kind == "||")
    if kind == "call":
        return call(parts[0], parts[1], parts[2:], names)
    return reckon(kind, answer(parts[0], names), answer(parts[1], names))


def decided(asks, by):
    """Whether one of several is `by`; what has no answer does no harm where another decides."""
    lacking = None
    for ask in asks:
        try:
            if ask() is by:
                return by
        except NoAnswer as none:
            lacking = none
    if lacking:
        raise lacking
    return not by


def field(value, name):
    if isinstance(value, dict) and isinstance(name, str) and name in value:
        return value[name]
    if isinstance(value, list) and type(name) is int and 0 <= name < len(value):
        return value[name]
    raise NoAnswer(f"there is no {name}")


def reckon(sign, left, right):
    if sign in ("==", "!="):
        return same(left, right) == (sign == "==")
    if sign == "in":
        if not isinstance(right, (list, dict)):
            raise NoAnswer("nothing to look in")
        return any(same(left, item) for item in right)
    if sign in ("<", "<=", ">", ">="):
        if type(left) is not type(right) or type(left) not in (int, str):
            raise NoAnswer("not to be compared")
        order = (left > right) - (left < right)
        return {"<": order < 0, "<=": order <= 0, ">": order > 0, ">=": order >= 0}[sign]
    need(left, int), need(right, int)
    if sign in "+-*":
        return whole({"+": left + right, "-": left - right, "*": left * right}[sign])
    if right == 0:
        raise NoAnswer("a division by 0")
    cut = abs(left) // abs(right)
    quotient = cut if (left < 0) == (right < 0) else -cut
    return whole(quotient if sign == "/" else left - right * quotient)


def call(name, subject, parts, names):
    if name == "has":
        of, wanted = parts[0][1], parts[0][2][1]
        holder = answer(of, names)
        return isinstance(holder, dict) and wanted in holder and not same(holder[wanted], "")
    if name in LOOPS:
        return loop(name, need(answer(subject, names), list), parts, names)
    values = [answer(part, names) for part in ([subject] if subject else []) + list(parts)]
    if name == "size":
        if not isinstance(values[0], (str, list, dict)):
            raise NoAnswer("without a size")
        return len(values[0])
    if name in ("startsWith", "endsWith", "contains"):
        text, part = need(values[0], str), need(values[1], str)
        return {"startsWith": text.startswith, "endsWith": text.endswith, "contains": text.__contains__}[name](part)
    if name in ("sum", "min", "max"):
        numbers = [need(value, int) for value in need(values[0], list)]
        if name == "sum":
            return whole(sum(numbers))
        if not numbers:
            raise NoAnswer(f"the {name} of no numbers")
        return min(numbers) if name == "min" else max(numbers)
    raise ValueError(name)


def loop(name, items, parts, names):
    (_, variable), *parts = parts
    turn = lambda part, item: answer(part, {**names, variable: item})
    fits = lambda item: need(turn(parts[0], item), bool)
    if name in ("exists", "all"):
        return decided((lambda item=item: fits(item) for item in items), name == "exists")
    if name == "exists_one":
        return sum(map(fits, items)) == 1
    if name == "filter":
        return list(filter(fits, items))
    chosen = [item for item in items if fits(item)] if len(parts) == 2 else items
    return [turn(parts[-1], item) for item in chosen]


def is_true(expression, names):
    """Whether an expression is true; without an answer it is not."""
    try:
        return answer(Reader(expression).whole(), names) is True
    except NoAnswer:
        return False
