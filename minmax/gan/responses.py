"""Networks trained against others that stay as they are, and the scores that networks give."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from minmax import _check
from minmax.gan.losses import scores_of
from minmax.gan.recipes import clip
from minmax.gan.traces import chance_of, evaluating
from minmax.optim import Cosine
from minmax.optim.averages import copied

__all__ = ["anew", "frozen", "response", "scored"]

TAIL = 0.01  # part of the learning rate that is left at the end
AT_ONCE = 1000  # samples scored together


def frozen(module: Any) -> Any:
    """Return a copy that is not trained, in the mode of evaluation."""
    return copied(module).requires_grad_(False).eval()


def anew(module: Any) -> Any:
    """Return a copy with fresh weights, to be trained; what is frozen stays so, and as it is."""
    fresh = copied(module).train()
    for part in fresh.modules():
        own = list(part.parameters(recurse=False))
        if own and all(p.requires_grad for p in own) and hasattr(part, "reset_parameters") and plain(part):
            part.reset_parameters()
    return fresh


def plain(part: Any) -> bool:
    """Return whether a layer's weights are parameters, rather than computed from others before each pass."""
    return not part._forward_pre_hooks and not hasattr(part, "parametrizations")


def response(module: Any, loss_of: Callable[[Any], Any], steps: int, lr: float, most: float | None) -> Any:
    """Train a module on its loss by Adam, the learning rate falling, and return it for evaluation."""
    params = [p for p in module.parameters() if p.requires_grad]
    rate = Cosine(_check.positive("lr", lr), TAIL * lr, steps)
    optimizer = torch.optim.Adam(params, lr=lr, betas=(0.5, 0.99))
    for t in range(steps):
        optimizer.param_groups[0]["lr"] = rate(t)
        optimizer.zero_grad()
        loss_of(module).backward()
        optimizer.step()
        if most is not None:
            clip(params, most)
    return module.eval()


def scored(critic: Any, samples: Any) -> np.ndarray:
    """Return the scores of samples, in the mode of evaluation."""
    like = next(iter(critic.parameters()), samples) if hasattr(critic, "parameters") else samples
    with torch.no_grad(), evaluating(critic), chance_of(0, like.device):
        parts = [samples[k : k + AT_ONCE].to(like.device, like.dtype) for k in range(0, len(samples), AT_ONCE)]
        found = torch.cat([scores_of(critic(part), len(part)) for part in parts])
    scores: np.ndarray = found.double().cpu().numpy()
    return scores
