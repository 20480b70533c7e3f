"""Games with convex terms of each player's own: the same games, on domains that charge them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from minmax.domains import Domain, Free
from minmax.domains.terms import Penalised
from minmax.games.matrix import MatrixGame
from minmax.games.quadratic import BilinearGame

__all__ = ["CompositeGame"]


def CompositeGame(game: Any, *, g: Any = None, h: Any = None) -> Any:
    """Return the game `min over x, max over y, f(x, y) + g(x) - h(y)` of a game f and proximable terms g and h.

    The result is a game of f's own kind on domains that charge the terms: gradients are f's, dynamics take proximal
    steps, and the certificate uses the conjugates of the terms.

    Parameters
    ----------
    game : MatrixGame, BilinearGame, QuadraticGame or SmoothGame.
    g, h : terms of x and of y: `L1(weight)`, `Entropy(weight)`, `SquaredNorm(weight)`, or a domain, whose indicator it
        is where the player is free; None for none.

    Examples
    --------
    A matrix game with entropy, whose saddle is the logit equilibrium:

    >>> from minmax import Entropy, MatrixGame, MirrorProx, solve
    >>> logit = CompositeGame(MatrixGame.from_payoffs([[2.0, -1.0], [-1.0, 1.0]]), g=Entropy(1.0), h=Entropy(1.0))
    >>> solution = solve(logit, MirrorProx(), tol=1e-13)
    >>> solution.x.round(6), solution.y.round(6), solution.merit
    (array([0.488674, 0.511326]), array([0.390938, 0.609062]), 'duality gap')
    """
    if isinstance(game, MatrixGame):
        A = game.entries()
        game = BilinearGame(A if game.loss else -A, *game.domains, name=game.name)
    if not hasattr(game, "gradients"):
        raise TypeError(f"`game` must be a game on two domains, such as BilinearGame(A); got {type(game).__name__}.")
    return replace(game, X=with_term("g", game.X, g), Y=with_term("h", game.Y, h))


def with_term(name: str, domain: Any, term: Any) -> Any:
    """Return the domain with a term; a domain given as the term takes the place of free space."""
    if term is None:
        return domain
    if isinstance(term, Domain):
        if not isinstance(domain, Free):
            raise ValueError(
                f"`{name}` is the indicator of {type(term).__name__}, but its player is in {type(domain).__name__} "
                "already: only free players can be given a domain so."
            )
        return term
    return Penalised(domain, term)
