"""Is it cycling, diverging or converging: verdicts on runs, rates, regrets, spectra, local saddles, decompositions."""

from minmax.diagnostics.cycles import (
    Section,
    Spiral,
    average_against_last,
    best_response_cycle,
    drift,
    hamiltonian_trend,
    limit_cycle,
    path_efficiency,
    poincare_section,
    recurrence,
    spiral,
    winding_number,
)
from minmax.diagnostics.decision import VERDICTS
from minmax.diagnostics.decompositions import Decomposition, Ratings, decompose, elo_ratings, hodge_ratings
from minmax.diagnostics.diagnose import diagnose
from minmax.diagnostics.evidence import Evidence
from minmax.diagnostics.jacobian import GameJacobian, game_jacobian
from minmax.diagnostics.local import LocalPoint, classify
from minmax.diagnostics.monitor import Monitor
from minmax.diagnostics.paths import PathAngle, path_angle
from minmax.diagnostics.planes import leading_plane, singular_planes, turning
from minmax.diagnostics.rates import (
    Rate,
    RunRates,
    compared_rate,
    envelope,
    fit_rate,
    promised_rate,
    rates_of_run,
)
from minmax.diagnostics.regrets import PlayerRegret, PlayRegret, regret_of_play
from minmax.diagnostics.stability import Stability, stability, stable_step, step_factors
from minmax.diagnostics.torch_pair import TorchPair
from minmax.diagnostics.verdict import Diagnosis

__all__ = [
    "VERDICTS",
    "Decomposition",
    "Diagnosis",
    "Evidence",
    "GameJacobian",
    "LocalPoint",
    "Monitor",
    "PathAngle",
    "PlayRegret",
    "PlayerRegret",
    "Rate",
    "Ratings",
    "RunRates",
    "Section",
    "Spiral",
    "Stability",
    "TorchPair",
    "average_against_last",
    "best_response_cycle",
    "classify",
    "compared_rate",
    "decompose",
    "diagnose",
    "drift",
    "elo_ratings",
    "envelope",
    "fit_rate",
    "game_jacobian",
    "hamiltonian_trend",
    "hodge_ratings",
    "leading_plane",
    "limit_cycle",
    "path_angle",
    "path_efficiency",
    "poincare_section",
    "promised_rate",
    "rates_of_run",
    "recurrence",
    "regret_of_play",
    "singular_planes",
    "spiral",
    "stability",
    "stable_step",
    "step_factors",
    "turning",
    "winding_number",
]
