"""What a dynamics' `step` does to its tensors, read off the `step` itself: linear forms and the order to apply them in.

The rules of gradient play are linear in the dual point, the utility and the memory.  Run on symbols instead of numbers,
the same `step` that loops and rows play gives the coefficients of a round, and from those follow the few in-place
operations of a torch optimizer, on single tensors, on lists of them and in blocks of a compiled loop.
"""

from __future__ import annotations

from typing import Any, NamedTuple

__all__ = ["Form", "Number", "Operation", "Outcome", "ordered"]


class Form:
    """A linear form: coefficients, numbers or tensors without dimensions, of named tensors.

    Examples
    --------
    >>> from minmax import OptimisticGDA
    >>> rule = OptimisticGDA(eta=0.5, schedule=0.0)
    >>> theta, a, _ = rule.step(Form(theta=1.0), Form(d=-1.0), 0.0, Form(a=1.0), Form(b=1.0), 1)
    >>> theta, a
    (Form(theta=1.0, d=-1.0, a=-0.5), Form(d=-1.0))
    """

    __slots__ = ("terms",)

    def __init__(self, **terms: Any) -> None:
        self.terms = {name: c for name, c in terms.items() if not (isinstance(c, float) and c == 0.0)}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Form) and self.terms == other.terms

    def __hash__(self) -> int:
        return hash(tuple(self.terms.items()))

    def __add__(self, other: Form) -> Form:
        terms = dict(self.terms)
        for name, c in other.terms.items():
            terms[name] = terms[name] + c if name in terms else c
        return Form(**terms)

    def __neg__(self) -> Form:
        return self * -1.0

    def __sub__(self, other: Form) -> Form:
        return self + other * -1.0

    def __mul__(self, factor: Any) -> Form:
        if isinstance(factor, float) and factor == 0.0:
            return Form()
        return Form(**{name: c * plain(factor) for name, c in self.terms.items()})

    __rmul__ = __mul__

    def __truediv__(self, factor: Any) -> Form:
        return Form(**{name: c / plain(factor) for name, c in self.terms.items()})

    def __repr__(self) -> str:
        return f"Form({', '.join(f'{name}={c}' for name, c in self.terms.items())})"


class Number:
    """A number that is a tensor without dimensions, such as a count or a learning rate on a device.

    It is never looked at: a rule that asks whether its phase is odd is answered by what is known of it.

    Parameters
    ----------
    value : the tensor.
    odd : whether it is an odd whole number, where that is known.
    """

    __slots__ = ("odd", "value")

    def __init__(self, value: Any, odd: bool = False) -> None:
        self.value, self.odd = value, odd

    def __mod__(self, two: float) -> float:
        return float(self.odd)

    def __add__(self, other: Any) -> Number:
        return Number(self.value + plain(other))

    __radd__ = __add__

    def __sub__(self, other: Any) -> Number:
        return Number(self.value - plain(other))

    def __rsub__(self, other: Any) -> Number:
        return Number(other - self.value)

    def __mul__(self, other: Any) -> Any:
        return NotImplemented if isinstance(other, Form) else Number(self.value * plain(other))

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Number:
        return Number(self.value / plain(other))

    def __rtruediv__(self, other: Any) -> Number:
        return Number(other / self.value)

    def __pow__(self, power: float) -> Any:
        return 1.0 if power == 0.0 else Number(self.value**power)


def plain(number: Any) -> Any:
    """Return a number as it is, a `Number` as its tensor."""
    return number.value if isinstance(number, Number) else number


class Operation(NamedTuple):
    """One operation in place: `copy` puts source in target, `scale` multiplies the target by c, `add` adds c source."""

    verb: str
    target: str
    source: str
    c: Any = 1.0


Outcome = tuple[tuple[str, Form], ...]  # the new value of each tensor, as a form in the old ones


def ordered(outcome: Outcome) -> list[Operation]:
    """Return the operations that give every named tensor its new value, all taken from the old ones.

    Parameters
    ----------
    outcome : the new values.

    Examples
    --------
    >>> from minmax.optim.forms import Form, ordered
    >>> ahead = (("theta", Form(theta=1.0, d=-0.1)), ("a", Form(theta=1.0)))  # extra-gradient
    >>> for operation in ordered(ahead):
    ...     print(*operation)
    copy a theta 1.0
    add theta d -0.1
    """
    waiting = {name: form for name, form in outcome if form.terms != {name: 1.0}}
    done: list[Operation] = []
    while waiting:
        free = [n for n in waiting if not any(n in form.terms for other, form in waiting.items() if other != n)]
        if not free:  # each is read by another: the first is put aside
            name = next(iter(waiting))
            done.append(Operation("copy", "aside", name))
            for other, form in waiting.items():
                if other != name and name in form.terms:
                    waiting[other] = Form(**{"aside" if n == name else n: c for n, c in form.terms.items()})
            free = [name]
        done += assigned(free[0], waiting.pop(free[0]).terms)
    return done


def assigned(target: str, terms: dict[str, Any]) -> list[Operation]:
    """Return the operations that make one tensor a combination of others and itself."""
    others = [(name, c) for name, c in terms.items() if name != target]
    own = terms.get(target)
    done = []
    if own is None:
        if not others:
            return [Operation("scale", target, target, 0.0)]
        (name, own), *others = others
        done.append(Operation("copy", target, name))
    if not (isinstance(own, float) and own == 1.0):
        done.append(Operation("scale", target, target, own))
    return done + [Operation("add", target, name, c) for name, c in others]
