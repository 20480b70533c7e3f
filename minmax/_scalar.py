"""The exponential and the random numbers of the strict kernels: the same bits interpreted and compiled."""

from __future__ import annotations

import struct
from typing import Any

__all__ = [
    "dot",
    "double_from_bits",
    "exp",
    "mix",
    "replaced",
    "uniform",
    "word",
]

LOG2_E = 1.4426950408889634
LN2_HIGH = 6.93147180369123816490e-01  # the first 33 bits of log 2: k times it is exact
LN2_LOW = 1.90821492927058770002e-10
ROUND = 6755399441055744.0  # 1.5 * 2**52: adding and subtracting it rounds to an integer
MASK = 0xFFFFFFFFFFFFFFFF
GOLDEN = 0x9E3779B97F4A7C15
MULTIPLIER_1 = 0xBF58476D1CE4E5B9
MULTIPLIER_2 = 0x94D049BB133111EB
TWO_TO_MINUS_52 = 2.0**-52


def double_from_bits(bits: int) -> float:
    """Return the double whose 64 bits are those of the integer; an intrinsic when compiled."""
    return float(struct.unpack("<d", struct.pack("<q", bits))[0])


def exp(x: float) -> float:
    """Exponential of a number in [-708, 709] by argument reduction and a polynomial; clamps below.

    Branch-free, so a loop over it vectorises; only sums, products and one change of bits, so the
    interpreter and the compiled code agree bit for bit.  Relative error below 4e-16 of the result's
    scale (measured in the tests).

    Examples
    --------
    >>> exp(0.0), round(exp(1.0), 12)
    (1.0, 2.718281828459)
    """
    x = max(x, -708.0)
    k = (x * LOG2_E + ROUND) - ROUND
    r = (x - k * LN2_HIGH) - k * LN2_LOW
    # Taylor's series of degree 13 on |r| <= log(2) / 2: its remainder is below 5e-18.
    p = 1.6059043836821613e-10
    p = p * r + 2.08767569878681e-09
    p = p * r + 2.505210838544172e-08
    p = p * r + 2.755731922398589e-07
    p = p * r + 2.7557319223985893e-06
    p = p * r + 2.48015873015873e-05
    p = p * r + 0.0001984126984126984
    p = p * r + 0.001388888888888889
    p = p * r + 0.008333333333333333
    p = p * r + 0.041666666666666664
    p = p * r + 0.16666666666666666
    p = p * r + 0.5
    p = p * r + 1.0
    p = p * r + 1.0
    return p * double_from_bits((int(k) + 1023) << 52)


def dot(x: Any, u: Any) -> float:
    """Inner product in four running sums: a quarter of the wait of one, and the same bits compiled or not."""
    s0 = s1 = s2 = s3 = 0.0
    four = x.size - x.size % 4
    for i in range(0, four, 4):
        s0 += x[i] * u[i]
        s1 += x[i + 1] * u[i + 1]
        s2 += x[i + 2] * u[i + 2]
        s3 += x[i + 3] * u[i + 3]
    for i in range(four, x.size):
        s0 += x[i] * u[i]
    return (s0 + s1) + (s2 + s3)


def replaced(old: Any, new: Any) -> float:
    """Squared distance of two vectors, of which the new one is copied over the old one, in four running sums."""
    s0 = s1 = s2 = s3 = 0.0
    four = old.size - old.size % 4
    for i in range(0, four, 4):
        d0, d1, d2, d3 = new[i] - old[i], new[i + 1] - old[i + 1], new[i + 2] - old[i + 2], new[i + 3] - old[i + 3]
        old[i], old[i + 1], old[i + 2], old[i + 3] = new[i], new[i + 1], new[i + 2], new[i + 3]
        s0 += d0 * d0
        s1 += d1 * d1
        s2 += d2 * d2
        s3 += d3 * d3
    for i in range(four, old.size):
        d0 = new[i] - old[i]
        old[i] = new[i]
        s0 += d0 * d0
    return (s0 + s1) + (s2 + s3)


def word(k: int) -> int:
    """Return the integer as an unsigned 64-bit word; a cast when compiled."""
    return int(k) & MASK


def mix(z: int) -> int:
    """One SplitMix64 step on a word."""
    z = word(z + GOLDEN)
    z = word((z ^ (z >> word(30))) * MULTIPLIER_1)
    z = word((z ^ (z >> word(27))) * MULTIPLIER_2)
    return z ^ (z >> word(31))


def uniform(seed: int, player: int, t: int, i: int) -> float:
    """Uniform number in (0, 1) that depends on its four arguments alone (a counter, not a stream).

    Each argument is folded in by one round of SplitMix64, so the draws of any round can be made again
    without those before it.

    Source
    ------
    G. Steele, D. Lea and C. Flood, Fast splittable pseudorandom number generators, 2014.
    """
    z = mix(word(seed))
    z = mix(z ^ word(player))
    z = mix(z ^ word(t))
    z = mix(z ^ word(i))
    # 52 bits and a half: with 53 the largest would round to one.
    return (float(z >> word(12)) + 0.5) * TWO_TO_MINUS_52
