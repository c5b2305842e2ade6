"""Days of the past from which a backtest forecasts."""

from datetime import date, timedelta

from forecasting.night import list_past_origins

LAST = date(2026, 6, 30)


def test_forecasts_of_a_step_fill_the_time():
    first = LAST - timedelta(days=800)
    origins = list_past_origins(first, LAST, days=364, step=28, least=28)
    assert len(origins) == 13
    assert (origins[0], origins[-1]) == (LAST - timedelta(days=364), LAST - timedelta(days=28))
    forecast = {origin + timedelta(days=ahead) for origin in origins for ahead in range(1, 29)}
    assert forecast == {LAST - timedelta(days=back) for back in range(364)}


def test_an_origin_has_the_history_that_is_asked_for():
    first = LAST - timedelta(days=28 + 28 - 1)
    one = list_past_origins(first, LAST, days=364, step=28, least=28)
    assert one == [LAST - timedelta(days=28)]
    later = first + timedelta(days=1)
    assert list_past_origins(later, LAST, days=364, step=28, least=28) == []
