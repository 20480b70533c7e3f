"""No-regret and gradient dynamics: one class each, one `step` that every carrier runs."""

from minmax.dynamics.anchored import EAGC, EAGV, FEG, Halpern
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
from minmax.dynamics.mixing import AcceleratedGradient, ExcessiveGap, FrankWolfe, SmoothedResponse
from minmax.dynamics.monotone import (
    AdaptiveExtraGradient,
    AdaptiveGoldenRatio,
    DualExtrapolation,
    ForwardBackwardForward,
    GoldenRatio,
    NegativeMomentum,
    ProximalPoint,
    ReflectedGradient,
)
from minmax.dynamics.primal_dual import PDHG, HalpernPDHG, LineSearchPDHG, MirrorPDHG
from minmax.dynamics.regret import (
    DiscountedRegretMatching,
    LinearRegretMatching,
    PredictiveRegretMatchingPlus,
    RegretMatching,
    RegretMatchingPlus,
)
from minmax.dynamics.rule import Dynamics, Scale
from minmax.dynamics.stochastic import DoubleStepExtraGradient, VarianceReducedExtraGradient

__all__ = [
    "EAGC",
    "EAGV",
    "FEG",
    "FTPL",
    "FTRL",
    "GDA",
    "MWU",
    "OMWU",
    "PDHG",
    "AcceleratedGradient",
    "AdaptiveExtraGradient",
    "AdaptiveGoldenRatio",
    "AlternatingGDA",
    "BestResponse",
    "DiscountedRegretMatching",
    "DoubleStepExtraGradient",
    "DualExtrapolation",
    "Dynamics",
    "EuclideanFTRL",
    "ExcessiveGap",
    "Exp3",
    "Exp3IX",
    "ExponentialFTPL",
    "ExtraGradient",
    "FictitiousPlay",
    "ForwardBackwardForward",
    "FrankWolfe",
    "GoldenRatio",
    "Halpern",
    "HalpernPDHG",
    "LineSearchPDHG",
    "LinearRegretMatching",
    "LogBarrierFTRL",
    "MirrorDescent",
    "MirrorPDHG",
    "MirrorProx",
    "NegativeMomentum",
    "OptimisticFTRL",
    "OptimisticGDA",
    "PastExtraGradient",
    "PredictiveRegretMatchingPlus",
    "ProximalPoint",
    "ReflectedGradient",
    "RegretMatching",
    "RegretMatchingPlus",
    "Scale",
    "SmoothedResponse",
    "VarianceReducedExtraGradient",
]
