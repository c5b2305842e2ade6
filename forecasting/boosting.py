"""How every LightGBM model here is trained: the same data gives the same trees, on any machine."""

REPEATABLE: dict[str, object] = {
    # Two threads are slower than one where they have to wait for a busy core.
    "num_threads": 1,
    "deterministic": True,
    "force_row_wise": True,
    "verbosity": -1,
}
