"""How every LightGBM model here is trained: the same data gives the same trees, on any machine."""

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from lightgbm import Booster

# LightGBM is imported where trees are grown or read: it brings scikit-learn, which takes longer to
# import than a command may, and most nights and commands have no trees.

REPEATABLE: dict[str, object] = {
    # Two threads are slower than one where they have to wait for a busy core.
    "num_threads": 1,
    "deterministic": True,
    "force_row_wise": True,
    "verbosity": -1,
}


def grow_trees(
    parameters: dict[str, Any],
    rounds: int,
    values: npt.NDArray[np.floating],
    label: npt.NDArray[np.floating],
    **described: Any,  # noqa: ANN401  # as LightGBM types them
) -> "Booster":
    """Train a model on rows of features.

    Args:
        parameters: of LightGBM; `REPEATABLE` among them.
        rounds: trees.
        values: [row, feature].
        label: what is learnt, of each row.
        described: further arguments of LightGBM's `Dataset`, as weights and names.
    """
    import lightgbm as lgb  # noqa: PLC0415

    return lgb.train(parameters, lgb.Dataset(values, label, **described), num_boost_round=rounds)


def read_trees(text: str) -> "Booster":
    """Read back a model from the text that LightGBM made of it."""
    from lightgbm import Booster  # noqa: PLC0415

    return Booster(model_str=text)
