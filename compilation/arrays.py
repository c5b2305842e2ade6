"""The kind of array that kernels are given."""

from typing import Any

import numpy as np
import numpy.typing as npt


def copy_array(values: npt.ArrayLike, dtype: npt.DTypeLike | None = None) -> npt.NDArray[Any]:
    """Copy values into an array as kernels want it: row after row, and free to be written to.

    A column that polars hands over may not be written to where it lies in one piece and lacks
    nothing, and may elsewhere. A kernel is compiled for each of the two, which takes seconds in the
    night in which one item or parcel makes the difference.

    Args:
        values: an array, a column or a list.
        dtype: of the copy; that of the values where it is left out.
    """
    return np.array(values, dtype=dtype, order="C")
