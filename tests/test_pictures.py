"""Pictures of diagnoses: what is drawn is what was measured, and the verdict is written on it."""

from __future__ import annotations

from typing import Any

import matplotlib
import numpy as np
import pytest
from matplotlib.colors import to_hex

import minmax as mm
from minmax import plots
from minmax.plots.canvas import blank_figure, color_of

matplotlib.use("Agg")
SCALAR = mm.BilinearGame([[1.0]])


def axes() -> Any:
    return blank_figure(6.0, 5.0).subplots()


def spiral() -> np.ndarray:
    path = (0.99 * np.exp(0.1j)) ** np.arange(600)
    return np.column_stack([path.real, path.imag])


def curves(ax: Any) -> dict[str, np.ndarray]:
    """Lines by the label tied to them."""
    notes = {text.get_gid(): text.get_text() for text in ax.texts}
    return {notes[line.get_gid()]: line.get_xydata() for line in ax.lines if line.get_gid() in notes}


def test_the_phase_portrait_has_field_orbit_star_and_verdict() -> None:
    ax = plots.plot_phase(SCALAR, mm.ExtraGradient(0.3), (1.0, 0.0), rounds=200, saddle=(0.0, 0.0), ax=axes())
    path = curves(ax)["ExtraGradient"]
    assert len(path) == 101
    assert np.linalg.norm(path[1:], axis=1) / np.linalg.norm(path[:-1], axis=1) == pytest.approx(
        (1 - 0.3**2 + 0.3**4) ** 0.5
    )
    (field,) = [c for c in ax.collections if hasattr(c, "U")]
    # Steps follow (-y, x), of length one.
    points, way = field.get_offsets(), np.column_stack([field.U, field.V])
    assert (way * points).sum(1) == pytest.approx(0.0, abs=1e-12)
    assert (points[:, 0] * way[:, 1] - points[:, 1] * way[:, 0]).min() >= 0.0
    assert [line.get_xydata()[0].tolist() for line in ax.lines if line.get_marker() == "*"] == [[0.0, 0.0]]
    assert ax.get_title(loc="left").splitlines()[-1].startswith("conver")
    assert ax.get_aspect() == 1.0


def test_eigenvalues_are_dots_and_regions_end_where_dynamics_do() -> None:
    """On the imaginary axis extra-gradient with step 1/2 is stable up to 2, optimistic play up to 2 / sqrt 3."""
    game = mm.QuadraticGame(P=0.2, A=[[1.0]], Q=0.2)
    ax = plots.plot_eigenvalues(game, [mm.ExtraGradient(0.5), mm.OptimisticGDA(0.5)], ax=axes())
    dots = next(line for line in ax.lines if line.get_marker() == "o").get_xydata()
    assert sorted(dots.tolist()) == [pytest.approx([0.2, -1.0]), pytest.approx([0.2, 1.0])]
    for label, edge in curves(ax).items():
        name = label.split(",")[0]
        limit = {"ExtraGradient": 2.0, "OptimisticGDA": 2.0 / 3**0.5}[name]
        axis = edge[abs(edge[:, 0]) < 0.03]
        assert axis[:, 1].max() == pytest.approx(limit, abs=0.05)  # the grid is .03 wide
    colors = {to_hex(line.get_color()) for line in ax.lines}
    assert {to_hex(color_of("ExtraGradient")), to_hex(color_of("OptimisticGDA"))} <= colors
    with pytest.raises(ValueError, match="number for `eta`"):
        plots.plot_eigenvalues(game, mm.MWU(), ax=axes())


def test_the_path_angle_is_drawn_as_it_is() -> None:
    path = mm.path_angle(mm.QuadraticGame(P=0.1, A=[[1.0]], Q=0.1), ([0.0], [0.0]), ([1.0], [2.0]))
    ax = plots.plot_path_angle(path, ax=axes())
    assert (ax.lines[-1].get_ydata() == path.angle).all()
    assert "steps lead back" in ax.get_title(loc="left")
    (side,) = [other for other in ax.figure.axes if other is not ax]
    assert (side.lines[0].get_ydata() == path.norm).all()


def test_rates_are_fitted_and_promised_slopes_have_their_power() -> None:
    t = np.arange(1.0, 800.0)
    ax = plots.plot_rate(t, 3.0 / t, promised=0.5, label="gap", ax=axes())
    drawn = curves(ax)
    assert set(drawn) == {"gap", "T^-1.00 (1.00 to 1.00)", "promised 1/√T"}
    for label, power in (("T^-1.00 (1.00 to 1.00)", 1.0), ("promised 1/√T", 0.5)):
        slope = np.polyfit(*np.log(drawn[label]).T, 1)[0]
        assert slope == pytest.approx(-power, abs=1e-6)
    linear = plots.plot_rate(t, 0.9**t, ax=axes())
    assert linear.get_xscale() == "linear"
    assert any("a factor 0.9 a step" in text.get_text() for text in linear.texts)
    with pytest.raises(ValueError, match="two positive entries"):
        plots.plot_rate(t, 0.0 * t, ax=axes())


def test_regrets_are_drawn_with_their_bounds() -> None:
    game, play = mm.MatrixGame([[2.0, -1.0, 0.0], [-1.0, 1.0, 0.5]]), mm.Trajectory()
    run = mm.solve(game, mm.MWU(0.1), rounds=200, tol=None, every=1, watch=play)
    found = mm.regret_of_play(game, play.x[:-1], play.y[:-1], method=mm.MWU(0.1))
    assert (found.bound_x, found.bound_y) == pytest.approx((run.regret.bound_x, run.regret.bound_y))
    drawn = curves(plots.plot_regret(found, ax=axes()))
    assert (drawn["regret of x"][:, 1] == found.x.course).all()
    assert drawn["regret of y"][-1, 1] <= drawn["bound of y"][-1, 1] == found.bound_y


def test_a_diagnosis_draws_its_orbit_its_verdict_and_its_size() -> None:
    found = mm.diagnose(spiral())
    ax = found.plot(axes())
    assert "converging" in ax.get_title(loc="left")
    assert ax.collections[0].get_offsets().shape[1] == 2
    sizes = plots.plot_sizes(found, ax=axes())
    assert sizes.get_yscale() == "log"
    wide = np.hstack([spiral(), np.outer(np.arange(600) * 1e-3, np.ones(3))])
    assert "of the motion in this plane" in mm.diagnose(wide).plot(axes()).get_title(loc="left")


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: plots.plot_diagnosis(spiral()), "what diagnose returns"),
        (lambda: plots.plot_regret(3.0), "what regret_of_play returns"),
        (lambda: plots.plot_path_angle(None), "what path_angle returns"),
        (lambda: plots.plot_phase(mm.BilinearGame(np.eye(2)), mm.GDA(0.1), (1.0, 0.0)), "one coordinate each"),
        (lambda: mm.diagnose(spiral()).report("page.pdf"), "an .html file"),
        (lambda: mm.diagnose(spiral()).report("/nowhere/page.html"), "no folder"),
        (lambda: mm.diagnose(SCALAR, ([0.0], [0.0]), method=mm.GDA(0.1, "constant")).plot(), "no orbit to draw"),
    ],
)
def test_other_things_are_refused(call: Any, sentence: str) -> None:
    with pytest.raises((TypeError, ValueError, FileNotFoundError), match=sentence):
        call()
