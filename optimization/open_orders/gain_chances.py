"""How likely it is that what is asked of a supplier gains: on how many paths of demand it does."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from optimization.open_orders.alternatives import CUT, NEVER, SPLIT, TAKEN_OFF, Alternative
from optimization.open_orders.lines import OpenLines
from optimization.open_orders.splits import cost_parts_on_paths
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
    """The same of few lines; those that are moved whole are costed on their paths once."""
    moved = [one.weights for one in alternatives if one.form not in (*TAKEN_OFF, SPLIT)]
    whole = _Courses.of_lines(lines, some, lines.units, [lines.now, *moved])
    as_is = whole.expect(lines.now)
    found = np.zeros((len(some), len(alternatives)))
    for number, one in enumerate(alternatives):
        may = np.flatnonzero(one.gain[some] > NEVER)
        asked = some[may]
        if one.parts is not None:
            then = cost_parts_on_paths(lines, asked, one.parts.joint[asked], one.parts.moved[asked])
        elif one.form not in TAKEN_OFF:
            then = whole.expect(one.weights)[may]
        elif one.form == CUT:
            then = _Courses.of_lines(lines, asked, one.units, [one.weights]).expect(one.weights)
        else:
            then = whole.never[may]
        saved = as_is[may] - then
        if one.form in TAKEN_OFF:
            # What a benefit does not count, a gain does not either.
            saved[:, :, KEEPING] = 0.0
        gains = saved.sum(axis=2) > one.fee[asked][:, None]
        found[may, number] = (1.0 - lines.refused[asked]) * gains.mean(axis=1)
    return found


@dataclass(frozen=True)
class _Courses:
    """What lines cost by path, in the stretches in which they may come, and without them.

    Attributes:
        some: which lines, [some].
        chance: that each comes at all, likewise.
        at: position in `some` of each course, ascending, [course].
        stretch: in which the line comes, likewise.
        costs: [course, path, part].
        never: [some, path, part].
    """

    some: IntArray
    chance: FloatArray
    at: IntArray
    stretch: IntArray
    costs: FloatArray
    never: FloatArray

    @classmethod
    def of_lines(
        cls, lines: OpenLines, some: IntArray, units: FloatArray, weights: list[FloatArray]
    ) -> Self:
        """Cost lines that bring so many units in the stretches that any of the weights has."""
        at, stretch = np.nonzero(np.any([weight[some] > 0 for weight in weights], axis=0))
        costs = lines.cost_in_stretches(some[at], stretch, units[some[at]])
        never = lines.cost_without_on_paths(some)
        return cls(some, lines.chance[some], at, stretch, costs, never)

    def expect(self, weights: FloatArray) -> FloatArray:
        """Expected cost of lines that come by stretch as weighed, or never, [some, path, part].

        Args:
            weights: of all lines, [line, stretch + 1], above 0 where a course is.
        """
        shares = weights[self.some[self.at], self.stretch][:, None, None]
        come = np.zeros_like(self.never)
        np.add.at(come, self.at, shares * self.costs)
        chance = self.chance[:, None, None]
        return np.asarray(chance * come + (1.0 - chance) * self.never)
