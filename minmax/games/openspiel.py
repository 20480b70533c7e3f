"""Games of OpenSpiel on trees, by its own rules; the package is needed for nothing else."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import Any

from minmax.games.extensive import ExtensiveFormGame
from minmax.games.rules import CHANCE, OVER

__all__ = ["from_openspiel"]


class Spiel:
    """The rules of an OpenSpiel game; states are its own."""

    def __init__(self, game: Any) -> None:
        self.game = game

    def start(self) -> Any:
        return self.game.new_initial_state()

    def turn(self, state: Any) -> str:
        if state.is_terminal():
            return OVER
        return CHANCE if state.is_chance_node() else "xy"[state.current_player()]

    def actions(self, state: Any) -> Sequence[Hashable]:
        return list(self.named(state))

    def named(self, state: Any) -> dict[str, int]:
        """Return the numbers of what can be done by its names, with the number where a name is there twice."""
        player, numbers = state.current_player(), state.legal_actions()
        names = [state.action_to_string(player, number) for number in numbers]
        return {
            name if names.count(name) == 1 else f"{name} ({number})": number for name, number in zip(names, numbers)
        }

    def chances(self, state: Any) -> Iterable[tuple[Hashable, float]]:
        return state.chance_outcomes()

    def after(self, state: Any, action: Any) -> Any:
        return state.child(action if state.is_chance_node() else self.named(state)[action])

    def payoff(self, state: Any) -> float:
        return float(state.returns()[0])

    def information(self, state: Any) -> Hashable:
        return state.information_state_string(state.current_player())


def from_openspiel(game: Any) -> ExtensiveFormGame:
    """Return a game of OpenSpiel as an `ExtensiveFormGame`; games in which both move at once are taken in turns.

    Parameters
    ----------
    game : a name with parameters as `pyspiel.load_game` reads it, such as "leduc_poker" or
        "liars_dice(numdice=1,dice_sides=4)", or a game that it returned.

    Raises
    ------
    ImportError
        Where a name is given and pyspiel is missing: `pip install open_spiel`.
    ValueError
        Where there is no such game, or it is not one of two players and constant sum.

    Source
    ------
    M. Lanctot et al., OpenSpiel: a framework for reinforcement learning in games, 2019, arXiv 1908.09453.
    """
    if isinstance(game, str):
        game = loaded(game)
    if not hasattr(game, "get_type"):
        raise TypeError(f"`game` must be a name or a game of OpenSpiel; got {type(game).__name__}.")
    kind = game.get_type()
    count, utility = game.num_players(), kind.utility.name.lower().replace("_", " ")
    if count != 2 or utility not in ("zero sum", "constant sum"):
        raise ValueError(
            f"`game` must be one of two players and constant sum; {kind.short_name} has {count} players and is "
            f"{utility}."
        )
    if kind.dynamics.name == "SIMULTANEOUS":
        import pyspiel

        game = pyspiel.convert_to_turn_based(game)
    elif kind.dynamics.name != "SEQUENTIAL":
        raise ValueError(
            f"`game` must be played in turns or at once; {kind.short_name} is {kind.dynamics.name.lower()}."
        )
    if not game.get_type().provides_information_state_string:
        raise ValueError(f"`game` must tell what players know; {kind.short_name} has no information states.")
    total = float(game.utility_sum() or 0.0)
    return ExtensiveFormGame.from_rules(Spiel(game), name=kind.short_name, total=total)


def loaded(name: str) -> Any:
    """Return the game that a text names."""
    try:
        import pyspiel
    except ImportError:
        raise ImportError("`from_openspiel` needs pyspiel, which is missing: pip install open_spiel.") from None
    if name.partition("(")[0] not in pyspiel.registered_names():
        raise ValueError(f"`game` must be one that OpenSpiel has; got {name!r}.")
    try:
        return pyspiel.load_game(name)
    except (pyspiel.SpielError, RuntimeError) as error:
        raise ValueError(f"`game` must be one that OpenSpiel loads; {name!r}: {str(error).splitlines()[0]}.") from None
