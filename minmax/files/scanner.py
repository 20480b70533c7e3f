"""The tokens of Gambit's files, normal and extensive form alike."""

from __future__ import annotations

import re
from itertools import islice
from pathlib import Path
from typing import NoReturn

from minmax.files.text import finite, quoted

# A quoted string, a brace, a word, or the quote that opens a string without an end. No part of a string can
# match in two ways, so a scan takes linear time whatever the file holds.
_TOKEN = re.compile(r'[\s,]*("[^"\\]*(?:\\.[^"\\]*)*"|[{}]|[^\s,{}"]+|")?', re.DOTALL)
_WORD = re.compile(r"[^\s,]+")
_ESCAPE = re.compile(r'\\([\\"])')
WHOLE = re.compile(r"[0-9]{1,18}")


class Scanner:
    """The tokens of a file, one at a time; `token` is the one to look at, empty at the end."""

    def __init__(self, path: Path, text: str) -> None:
        self.path, self.text = path, text
        self.token, self.start, self.end = "", 0, 0
        self.advance()

    def advance(self) -> None:
        """Go to the next token."""
        match = _TOKEN.match(self.text, self.end)
        # The pattern matches the empty text too, so there is always a match.
        if match is None or match[1] is None:
            self.token, self.start, self.end = "", len(self.text), len(self.text)
            return
        self.token, self.start, self.end = match[1], match.start(1), match.end(1)
        if self.token == '"':
            self.fail("expected the quote that ends a string, found the end of the file")

    def take(self, *allowed: str, what: str = "") -> str:
        """Return the token where it is one of `allowed` and go on."""
        token = self.token
        if token not in allowed:
            self.expected(what or " or ".join(allowed))
        self.advance()
        return token

    def string(self, what: str) -> str:
        """Return the text of a string token, or of a bare word, and go on."""
        token = self.token
        if token in ("", "{", "}"):
            self.expected(what)
        self.advance()
        return _ESCAPE.sub(r"\1", token[1:-1]) if token.startswith('"') else token

    def strings(self, what: str) -> tuple[str, ...]:
        """Return the strings between braces."""
        found = []
        self.take("{", what="{ before " + what)
        while self.token != "}":
            found.append(self.string(what + " up to a }"))
        self.advance()
        return tuple(found)

    def heading(self, kind: str, version: str, what: str) -> tuple[str, tuple[str, ...]]:
        """Read the first words of a file, the title and the names of both players.

        Parameters
        ----------
        kind, version : words that the file must begin with.
        what : what such a file is called.
        """
        self.take(kind, what=f"a Gambit {what} form, which begins with {kind}")
        self.take(version, what=f"version {version} of the format")
        self.take("R", "D")
        title, players = self.string("the title in quotes"), self.strings("the names of the players")
        if len(players) != 2:
            self.fail(
                f"expected a two-player constant-sum game, found {len(players)} players: others are not supported"
            )
        return title, players

    def comment(self) -> None:
        """Go past a comment, where there is one."""
        if self.token.startswith('"'):
            self.advance()

    def words(self) -> list[str]:
        """Return all that is left, cut at blanks and commas."""
        return self.text[self.start :].replace(",", " ").split()

    def expected(self, what: str) -> NoReturn:
        """Refuse the token."""
        self.fail(f"expected {what}, found {quoted(self.token) if self.token else 'the end of the file'}")

    def fail(self, message: str, *, word: int = 0) -> NoReturn:
        """Refuse the file at the token, or at the given word after it."""
        match = next(islice(_WORD.finditer(self.text, self.start), word, None), None)
        line = self.text.count("\n", 0, match.start() if match else len(self.text)) + 1
        raise ValueError(f"{self.path}, line {line}: {message}.")

    def number(self, what: str) -> float:
        """Return a finite number and go on."""
        if self.token in ("", "{", "}") or self.token.startswith('"'):
            self.expected(what)
        value = self.value(self.token)
        self.advance()
        return value

    def value(self, word: str, place: int = 0) -> float:
        """Return the number that stands `place` words after the token."""
        try:
            return finite(word)
        except ValueError as error:
            self.fail(str(error), word=place)

    def whole(self, what: str, least: int = 0) -> int:
        """Return a whole number and go on."""
        if not WHOLE.fullmatch(self.token) or int(self.token) < least:
            self.expected(what)
        return int(self.take(self.token))


def in_quotes(text: str) -> str:
    """Return a string token."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
