"""Numbers and text as the text formats write them."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from pathlib import Path

# Python refuses to read integers of more than 4300 digits, because that takes quadratic time.
_DECIMAL = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_RATIO = re.compile(r"([+-]?[0-9]{1,4000})/([0-9]{1,4000})")
_NOT_FINITE = re.compile(r"[+-]?(?:nan|inf|infinity)", re.IGNORECASE)
_PLAIN = re.compile(r"[0-9eE.+\- ]*")


def number(word: str) -> float | None:
    """Return the float nearest to an integer, a decimal or a ratio; None where it is no number.

    Examples
    --------
    >>> number("-1.5e3"), number("1/3") == 1 / 3, number("rock")
    (-1500.0, True, None)
    """
    word = word.strip()
    if _DECIMAL.fullmatch(word):
        return float(word)
    if ratio := _RATIO.fullmatch(word):
        return quotient(int(ratio[1]), int(ratio[2]))
    return math.nan if _NOT_FINITE.fullmatch(word) else None


def quotient(p: int, q: int) -> float:
    """Return p / q rounded once, NaN where it is not finite."""
    try:
        return p / q  # Python divides integers of any length exactly and rounds once
    except (ZeroDivisionError, OverflowError):
        return math.nan


def numbers(words: Sequence[str]) -> list[float] | None:
    """Return all words as finite floats in one sweep; None where one of them needs a closer look.

    Examples
    --------
    >>> numbers(["1", "2.5"]), numbers(["1", "2/5"])
    ([1.0, 2.5], None)
    """
    # `float` alone would take 1_000 and digits of other scripts; on these characters it agrees with `number`.
    if not _PLAIN.fullmatch(" ".join(words)):
        return None
    try:
        values = list(map(float, words))
    except ValueError:
        return None
    return values if math.isfinite(sum(values)) else None


def finite(word: str) -> float:
    """Return a word as a finite float; the error says what was expected, the caller where."""
    value = number(word)
    if value is None:
        raise ValueError(f"expected a number such as 2, -0.5 or 1/3, found {quoted(word)}")
    if not math.isfinite(value):
        raise ValueError(f"expected a finite number, found {quoted(word)}")
    return value


def quoted(found: str) -> str:
    """Return found text for a message: in quotes, on one line, not too long."""
    if not found.strip():
        return "nothing"
    return repr(found if len(found) <= 40 else found[:37] + "...")


def written(value: float) -> str:
    """Return the shortest text that reads back as the same float.

    Examples
    --------
    >>> written(0.1), written(-2.0), written(1e300)
    ('0.1', '-2', '1e+300')
    """
    return repr(float(value)).removesuffix(".0")


def read_text(path: Path) -> str:
    """Return the text of a UTF-8 file."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        byte = error.object[error.start]
        raise ValueError(f"{path}: expected text in UTF-8, found the byte {byte:#04x}.") from None


def write_text(path: Path, text: str) -> None:
    """Write a UTF-8 file with its line ends as they are."""
    try:
        data = text.encode("utf-8")
    except UnicodeEncodeError:
        raise ValueError(f"{path}: a label, player or name has a character that UTF-8 cannot write.") from None
    path.write_bytes(data)
