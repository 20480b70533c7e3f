"""Recipes of GAN training as data: loss, order of moves, optimizer, penalties, averages and schedules."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

from minmax import _check
from minmax.gan.losses import LOSSES
from minmax.optim import (
    EMA,
    SGA,
    Alternating,
    Consensus,
    Constant,
    Cosine,
    Dynamics,
    ExtraAdam,
    ExtraGradient,
    OptimisticAdam,
    Schedule,
    Simultaneous,
)

__all__ = ["RECIPES", "Recipe", "recipe_named"]

DYNAMICS: dict[str, Callable[[Recipe], Dynamics]] = {
    "alternating": lambda recipe: Alternating(n_d=recipe.n_d),
    "simultaneous": lambda recipe: Simultaneous(),
    "extra-gradient": lambda recipe: ExtraGradient(),
    "sga": lambda recipe: SGA(lam=recipe.adjustment),
    "consensus": lambda recipe: Consensus(gamma=recipe.adjustment),
}
OPTIMIZERS: dict[str, Any] = {
    "adam": torch.optim.Adam,
    "optimistic-adam": OptimisticAdam,
    "extra-adam": ExtraAdam,
    "rmsprop": torch.optim.RMSprop,
}


def clip(params: list[Any], most: float) -> None:
    """Move all numbers of parameters that are beyond a bound to it."""
    with torch.no_grad():
        torch._foreach_clamp_min_(params, -most)
        torch._foreach_clamp_max_(params, most)


def clipped(kind: Any, most: float) -> Any:
    """Return a kind of optimizer that keeps all weights within a bound: from the start, and after each of its steps."""

    class Clipped(kind):
        """An optimizer whose weights stay within the bound."""

        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **options)
            self.bound()

        def step(self, *args: Any, **options: Any) -> Any:
            found = super().step(*args, **options)
            self.bound()
            return found

        def bound(self) -> None:
            """Move weights that are beyond the bound to it."""
            for group in self.param_groups:
                clip(group["params"], most)

    return Clipped


@dataclass(frozen=True)
class Recipe:
    """How a GAN is trained; `Trainer(G, D, recipe, lr=...)` changes any of it by name.

    Parameters
    ----------
    name : what it is called.
    loss : a name in `LOSSES`.
    dynamics : "alternating" (the discriminator last), "simultaneous", "extra-gradient", "sga" or "consensus".
    adjustment : weight of the second derivatives in "sga" and "consensus".
    n_d : moves of the discriminator a step, where they alternate.
    optimizer : "adam", "optimistic-adam", "extra-adam" or "rmsprop".
    lr, lr_end : learning rate, and what half a cosine brings it to by the end of the run; constant where None.
    betas : decays of the moments; the second is that of RMSprop.
    r1, r2 : weights of the zero-centred penalties on real and generated samples.
    penalty_end : part of them that is left at the end of the run, by half a cosine.
    gradient_penalty : weight of the penalty of WGAN-GP.
    clip : largest weight of the discriminator, as published for the first Wasserstein GAN.
    half_life : of the average of the generator, in steps; no average where 0.
    source : the paper.
    """

    name: str
    loss: str = "non-saturating"
    dynamics: str = "alternating"
    adjustment: float = 1.0
    n_d: int = 1
    optimizer: str = "adam"
    lr: float = 1e-3
    lr_end: float | None = None
    betas: tuple[float, float] = (0.0, 0.99)
    r1: float = 0.0
    r2: float = 0.0
    penalty_end: float = 1.0
    gradient_penalty: float = 0.0
    clip: float | None = None
    half_life: float = 500.0
    source: str = ""

    def __post_init__(self) -> None:
        _check.choice("loss", self.loss, LOSSES)
        _check.choice("dynamics", self.dynamics, DYNAMICS)
        _check.choice("optimizer", self.optimizer, OPTIMIZERS)
        _check.whole("n_d", self.n_d, 1)
        _check.positive("lr", self.lr)
        for name in ("adjustment", "r1", "r2", "gradient_penalty", "half_life", "penalty_end"):
            _check.not_negative(name, getattr(self, name))
        for name in ("lr_end", "clip"):
            if getattr(self, name) is not None:
                _check.positive(name, getattr(self, name))
        betas = self.betas
        if not (
            isinstance(betas, (tuple, list))
            and len(betas) == 2
            and all(isinstance(b, (int, float)) and 0 <= b < 1 for b in betas)
        ):
            raise ValueError(f"`betas` must be two numbers from 0 to 1; got {betas!r}.")
        object.__setattr__(self, "betas", tuple(betas))
        if self.n_d > 1 and self.dynamics != "alternating":
            raise ValueError(f'`n_d` moves need dynamics="alternating"; got {self.dynamics!r}.')
        if (self.optimizer == "extra-adam") != (self.dynamics == "extra-gradient"):
            raise ValueError(
                f'"extra-adam" and "extra-gradient" go together; got {self.optimizer!r}, {self.dynamics!r}.'
            )

    def changed(self, **changes: Any) -> Recipe:
        """Return the recipe with some of it changed."""
        strange = changes.keys() - {field.name for field in dataclasses.fields(self)}
        if strange:
            known = ", ".join(field.name for field in dataclasses.fields(self))
            raise TypeError(f"A recipe has no `{min(strange)}`; it has {known}.")
        return dataclasses.replace(self, **changes)

    @property
    def alternates(self) -> bool:
        """Whether the players move in turns, each on samples of its own."""
        return self.dynamics == "alternating"

    @property
    def curved(self) -> bool:
        """Whether steps take products with the Jacobian of the game."""
        return self.dynamics in ("sga", "consensus")

    def played(self) -> Dynamics:
        """Return who sees what and moves when."""
        return DYNAMICS[self.dynamics](self)

    def optimizer_of(self, params: Any, clip: float | None = None) -> Any:
        """Return an optimizer of parameters, which keeps weights within a bound where there is one."""
        kind = OPTIMIZERS[self.optimizer]
        moments = {"alpha": self.betas[1]} if self.optimizer == "rmsprop" else {"betas": tuple(self.betas)}
        return (kind if clip is None else clipped(kind, clip))(params, lr=self.lr, **moments)

    def schedules(self, steps: int) -> dict[str, Schedule]:
        """Return the learning rate and the share of the penalties over a run of so many steps."""
        end = self.lr if self.lr_end is None else self.lr_end
        rate = Constant(self.lr) if end == self.lr else Cosine(self.lr, end, steps)
        share = Constant(1.0) if self.penalty_end == 1.0 else Cosine(1.0, self.penalty_end, steps)
        return {"lr": rate, "penalty": share}

    def averages(self) -> dict[str, EMA]:
        """Return the average of the generator, if there is one."""
        return {"G": EMA(self.half_life, warm=True)} if self.half_life > 0.0 else {}


RECIPES = {
    recipe.name: recipe
    for recipe in (
        Recipe(
            "classic",
            lr=2e-4,
            betas=(0.5, 0.999),
            half_life=0.0,
            source="I. Goodfellow et al., 2014, arXiv 1406.2661; with the optimizer of A. Radford, L. Metz and S. "
            "Chintala, 2016, arXiv 1511.06434",
        ),
        Recipe(
            "wgan",
            loss="wasserstein",
            optimizer="rmsprop",
            n_d=5,
            lr=5e-5,
            clip=0.01,
            half_life=0.0,
            source="M. Arjovsky, S. Chintala and L. Bottou, 2017, arXiv 1701.07875, algorithm 1",
        ),
        Recipe(
            "wgan-gp",
            loss="wasserstein",
            n_d=5,
            lr=1e-4,
            betas=(0.0, 0.9),
            gradient_penalty=10.0,
            half_life=0.0,
            source="I. Gulrajani et al., 2017, arXiv 1704.00028, algorithm 1",
        ),
        Recipe(
            "optimistic",
            optimizer="optimistic-adam",
            dynamics="simultaneous",
            r1=0.1,
            lr_end=1e-5,
            source="C. Daskalakis et al., 2018, arXiv 1711.00141; R1 of L. Mescheder et al., 2018, arXiv 1801.04406",
        ),
        Recipe(
            "extra-gradient",
            optimizer="extra-adam",
            dynamics="extra-gradient",
            r1=0.1,
            lr_end=1e-5,
            source="G. Gidel et al., 2019, arXiv 1802.10551; R1 of L. Mescheder et al., 2018, arXiv 1801.04406",
        ),
        Recipe(
            "sga",
            dynamics="sga",
            optimizer="rmsprop",
            lr=1e-4,
            half_life=0.0,
            source="D. Balduzzi et al., 2018, arXiv 1802.05642, section 4.2",
        ),
        Recipe(
            "consensus",
            dynamics="consensus",
            adjustment=10.0,
            optimizer="rmsprop",
            lr=1e-4,
            half_life=0.0,
            source="L. Mescheder, S. Nowozin and A. Geiger, 2017, arXiv 1705.10461",
        ),
        Recipe(
            "r3gan",
            loss="relativistic",
            lr=2e-3,
            r1=0.1,
            r2=0.1,
            penalty_end=0.01,
            lr_end=1e-6,
            source="N. Huang, A. Gokaslan, V. Kuleshov and J. Tompkin, 2025, arXiv 2501.05441",
        ),
    )
}


def recipe_named(recipe: Any, changes: dict[str, Any]) -> Recipe:
    """Return a recipe by its name, or as it is, with some of it changed."""
    found = recipe if isinstance(recipe, Recipe) else RECIPES[_check.choice("recipe", recipe, RECIPES)]
    return found.changed(**changes) if changes else found
