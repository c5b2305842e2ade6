import polars as pl

from governance.money import round_to_cents


def test_every_cent_is_the_nearest_float():
    texts = [f"{euros}.{cent:02}" for euros in range(0, 5000, 7) for cent in range(100)]
    noisy = pl.DataFrame({"amount": [float(text) + 1e-4 for text in texts]})
    assert noisy.select(round_to_cents(pl.col("amount")))["amount"].to_list() == [
        float(t) for t in texts
    ]


def test_half_away_from_zero_without_negative_zero():
    frame = pl.DataFrame({"amount": [0.125, -0.125, -0.004, None]})
    found = frame.select(round_to_cents(pl.col("amount")))["amount"].to_list()
    assert found == [0.13, -0.13, 0.0, None]
    assert str(found[2]) == "0.0"
