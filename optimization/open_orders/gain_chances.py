"""How likely it is that what is asked of a supplier gains: on how many paths of demand it does."""

import numpy as np

from optimization.open_orders.alternatives import CUT, NEVER, TAKEN_OFF, Alternative
from optimization.open_orders.lines import OpenLines
from optimization.paths import KEEPING
from optimization.value import FloatArray, IntArray

_AT_ONCE = 128
"""Lines of which the costs of all paths are held at once."""


def find_gain_chances(
    lines: OpenLines, alternatives: list[Alternative], some: IntArray
) -> FloatArray:
    """Find the chance that the supplier agrees to each alternative, and that it gains then.

    That it gains is the share of the paths of demand on which it saves more than its fee, by the
    expected arrival.

    Args:
        lines: open lines.
        alternatives: what can be asked of each.
        some: which lines.

    Returns:
        [some, alternative]; of what cannot be asked it says nothing.
    """
    parts = [
        _weigh_paths(lines, alternatives, some[at : at + _AT_ONCE])
        for at in range(0, len(some), _AT_ONCE)
    ]
    return np.concatenate(parts or [np.zeros((0, len(alternatives)))])


def _weigh_paths(lines: OpenLines, alternatives: list[Alternative], some: IntArray) -> FloatArray:
    """The same of few lines; each is costed on its paths once for all that moves it whole."""
    whole = lines.cost_on_paths(some, lines.units[some])
    # What does not come costs the same by every stretch.
    never = lines.cost_without_on_paths(some)
    chance = lines.chance[some][:, None, None]

    def expect(at: IntArray, costs: FloatArray, weights: FloatArray) -> FloatArray:
        come = np.einsum("ls,lspt->lpt", weights[some[at]], costs)
        return np.asarray(chance[at] * come + (1.0 - chance[at]) * never[at])

    as_is = expect(np.arange(len(some)), whole, lines.now)
    found = np.zeros((len(some), len(alternatives)))
    for number, one in enumerate(alternatives):
        may = np.flatnonzero(one.gain[some] > NEVER)
        asked = some[may]
        if one.form not in TAKEN_OFF:
            then = expect(may, whole[may], one.weights)
        elif one.form == CUT:
            then = expect(may, lines.cost_on_paths(asked, one.units[asked]), one.weights)
        else:
            then = never[may]
        saved = as_is[may] - then
        if one.form in TAKEN_OFF:
            # What a benefit does not count, a gain does not either.
            saved[:, :, KEEPING] = 0.0
        gains = saved.sum(axis=2) > one.fee[asked][:, None]
        found[may, number] = (1.0 - lines.refused[asked]) * gains.mean(axis=1)
    return found
