"""No-regret and gradient dynamics: one class each, one `step` that every carrier runs."""

from minmax.dynamics.bandit import Exp3, Exp3IX
from minmax.dynamics.gradient import (
    GDA,
    OMWU,
    AlternatingGDA,
    ExtraGradient,
    MirrorDescent,
    MirrorProx,
    OptimisticGDA,
    PastExtraGradient,
)
from minmax.dynamics.leader import (
    FTPL,
    FTRL,
    MWU,
    BestResponse,
    EuclideanFTRL,
    ExponentialFTPL,
    FictitiousPlay,
    LogBarrierFTRL,
    OptimisticFTRL,
)
from minmax.dynamics.primal_dual import PDHG, HalpernPDHG
from minmax.dynamics.regret import (
    DiscountedRegretMatching,
    LinearRegretMatching,
    PredictiveRegretMatchingPlus,
    RegretMatching,
    RegretMatchingPlus,
)
from minmax.dynamics.rule import Dynamics, Scale

__all__ = [
    "FTPL",
    "FTRL",
    "GDA",
    "MWU",
    "OMWU",
    "PDHG",
    "AlternatingGDA",
    "BestResponse",
    "DiscountedRegretMatching",
    "Dynamics",
    "EuclideanFTRL",
    "Exp3",
    "Exp3IX",
    "ExponentialFTPL",
    "ExtraGradient",
    "FictitiousPlay",
    "HalpernPDHG",
    "LinearRegretMatching",
    "LogBarrierFTRL",
    "MirrorDescent",
    "MirrorProx",
    "OptimisticFTRL",
    "OptimisticGDA",
    "PastExtraGradient",
    "PredictiveRegretMatchingPlus",
    "RegretMatching",
    "RegretMatchingPlus",
    "Scale",
]
