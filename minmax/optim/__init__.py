"""PyTorch optimizers for players of a game, and the step that several of them take together."""

try:
    import torch  # noqa: F401
except ImportError:
    raise ImportError('`minmax.optim` trains torch parameters: pip install "minmax[torch]".') from None

from minmax.optim.adaptive import (
    ExtraAdam,
    ExtraAdamW,
    OptimisticAdam,
    OptimisticAdamW,
    PastExtraAdam,
    PastExtraAdamW,
)
from minmax.optim.averages import EMA, Uniform
from minmax.optim.curvature import CGD, LEAD, SGA, Consensus, FollowTheRidge
from minmax.optim.descent import (
    AnchoredSGD,
    ExtraSGD,
    HalpernSGD,
    NegativeMomentumSGD,
    OptimisticSGD,
    PastExtraSGD,
)
from minmax.optim.optimizer import GameOptimizer
from minmax.optim.orders import (
    Alternating,
    Anchored,
    Dynamics,
    ExtraGradient,
    Lookahead,
    Optimistic,
    Simultaneous,
    Unrolled,
)
from minmax.optim.penalties import dragan, r1, r2, spectrally_normalised, wgan_gp
from minmax.optim.players import Players
from minmax.optim.refusals import NonFiniteLoss, OutOfBatches
from minmax.optim.schedules import Constant, Cosine, Linear, Schedule

__all__ = [
    "CGD",
    "EMA",
    "LEAD",
    "SGA",
    "Alternating",
    "Anchored",
    "AnchoredSGD",
    "Consensus",
    "Constant",
    "Cosine",
    "Dynamics",
    "ExtraAdam",
    "ExtraAdamW",
    "ExtraGradient",
    "ExtraSGD",
    "FollowTheRidge",
    "GameOptimizer",
    "HalpernSGD",
    "Linear",
    "Lookahead",
    "NegativeMomentumSGD",
    "NonFiniteLoss",
    "Optimistic",
    "OptimisticAdam",
    "OptimisticAdamW",
    "OptimisticSGD",
    "OutOfBatches",
    "PastExtraAdam",
    "PastExtraAdamW",
    "PastExtraSGD",
    "Players",
    "Schedule",
    "Simultaneous",
    "Uniform",
    "Unrolled",
    "dragan",
    "r1",
    "r2",
    "spectrally_normalised",
    "wgan_gp",
]
