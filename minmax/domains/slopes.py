"""Slopes of convex functions of a weight that is shared on a tree: increasing, piecewise linear, added and inverted."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

__all__ = ["Slope", "price_at", "shared", "slope_of", "weight_at"]


class Slope(NamedTuple):
    """An increasing piecewise linear function on weights from zero on: its corners, and its slope after the last."""

    weights: np.ndarray
    prices: np.ndarray
    last: float


def price_at(slope: Slope, weights: Any) -> Any:
    """Return the function's values."""
    beyond = np.maximum(weights - slope.weights[-1], 0.0) * slope.last
    return np.interp(weights, slope.weights, slope.prices) + beyond


def weight_at(slope: Slope, prices: Any) -> Any:
    """Return the inverse function's values, zero below all values."""
    beyond = np.maximum(prices - slope.prices[-1], 0.0) / slope.last
    return np.interp(prices, slope.prices, slope.weights, left=0.0) + beyond


def slope_of(z: float, below: list[Slope]) -> Slope:
    """Return the slope of the distance in a sequence's own weight: `x - z` and those of the sets right after it."""
    if not below:
        return Slope(np.zeros(1), np.array([-z]), 1.0)
    weights = np.unique(np.concatenate([part.weights for part in below]))
    prices = weights - z + sum(price_at(part, weights) for part in below)
    return Slope(weights, prices, 1.0 + sum(part.last for part in below))


def shared(own: list[Slope]) -> Slope:
    """Return the slope of the distance in a set's weight, which its actions share at one price."""
    prices = np.unique(np.concatenate([part.prices for part in own]))
    weights = sum(weight_at(part, prices) for part in own)
    return Slope(weights, prices, 1.0 / sum(1.0 / part.last for part in own))
