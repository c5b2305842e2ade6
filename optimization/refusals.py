"""One way to refuse an array with a value out of bounds."""

from typing import Any

import numpy as np
import numpy.typing as npt


def refuse_values(
    bad: npt.NDArray[np.bool_], name: str, values: npt.NDArray[Any], rule: str
) -> None:
    """Refuse `values` where any is `bad`.

    Args:
        bad: whether each value breaks the rule, of the shape of `values`.
        name: of the array, for the message.
        values: what was given.
        rule: what a value must be, such as "must lie in [0, 1)".

    Raises:
        ValueError: names the array, the position and the value of the first.
    """
    if bad.any():
        at = tuple(int(i) for i in np.argwhere(bad)[0])
        raise ValueError(f"{name}{list(at)} is {values[at]}; it {rule}")
