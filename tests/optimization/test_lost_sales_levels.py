import numpy as np
import pytest
from scipy import stats

from optimization.levels import find_arrival_service
from optimization.reference import find_level_service, set_capped_levels

RATIOS = np.array([0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.995])


def distribution(mean, variance):
    if variance == mean:
        return stats.poisson(mean)
    return stats.nbinom(mean**2 / (variance - mean), mean / variance)


def cost_of_a_level(demand, penalty, level):
    """Exact mean cost with a lead time of one period: stock is a chain of its own.

    With x units after a receipt the pipeline is level - x, so that next period starts with
    max(x - demand, 0) + level - x. Holding cost 1.
    """
    stocks = np.arange(level + 1)
    moves = np.zeros((level + 1, level + 1))
    for x in stocks:
        sold = demand.pmf(np.arange(x + 1))
        sold[x] = demand.sf(x - 1)
        moves[x, level - np.arange(x + 1)] += sold
    system = np.vstack([moves.T - np.eye(level + 1), np.ones(level + 1)])
    shares = np.linalg.lstsq(system, np.append(np.zeros(level + 1), 1.0), rcond=None)[0]
    left = np.concatenate([[0], np.cumsum(demand.cdf(stocks[:-1]))])
    return float(shares @ (left + penalty * (demand.mean() - stocks + left)))


@pytest.mark.parametrize(("mean", "variance"), [(2, 2), (8, 8), (3, 12), (8, 40)])
def test_levels_cost_little_more_than_the_best_level(mean, variance):
    demand = distribution(mean, variance)
    window = distribution(2 * mean, 2 * variance)
    for ratio in RATIOS:
        penalty = ratio / (1 - ratio)
        top = int(window.ppf(ratio)) + 2
        costs = [cost_of_a_level(demand, penalty, level) for level in range(top + 1)]
        service = float(find_level_service(ratio, 1, 2 * mean, 2 * variance))
        assert costs[int(window.ppf(service))] < 1.015 * min(costs)


def test_the_level_where_demand_waits_costs_more():
    # What the closed form is for: the newsvendor's level of the same window.
    demand, window = distribution(8, 40), distribution(16, 80)
    plain = cost_of_a_level(demand, 4, int(window.ppf(0.8)))
    ours = cost_of_a_level(demand, 4, int(window.ppf(find_level_service(0.8, 1, 16, 80))))
    assert plain > 1.03 * ours


def played_cost(level, demand, lead, share, penalty):
    """Mean cost where every order has a lead time and a delivered share of its own.

    Demand, lead and share are [period, run]; orders may overtake each other.
    """
    runs = np.arange(demand.shape[1])
    due = np.zeros((demand.shape[0] + lead.max() + 1, len(runs)))
    stock, total = np.full(len(runs), float(level)), 0.0
    for t, asked in enumerate(demand):
        stock += due[t]
        due[t] = 0
        order = np.maximum(level - stock - due.sum(axis=0), 0)
        due[t + lead[t], runs] += np.round(order * share[t])
        left = stock - asked
        if t >= 50:
            total += np.where(left > 0, left, -penalty * left).mean()
        stock = np.maximum(left, 0)
    return total / (len(demand) - 50)


@pytest.mark.parametrize("penalty", [4, 19])
@pytest.mark.parametrize(("mean", "size"), [(5, np.inf), (20, 5)])
def test_random_lead_times_and_shares_enter_by_the_window(penalty, mean, size):
    rng = np.random.default_rng(7)
    shape = (250, 1_000)
    level_of_demand = mean if np.isinf(size) else rng.gamma(size, mean / size, shape)
    demand = rng.poisson(level_of_demand, shape)
    lead, share = rng.integers(1, 4, shape), rng.choice([0.8, 1.2], shape)
    variance = mean if np.isinf(size) else mean + mean**2 / size
    # Two periods of lead on average, of variance 2/3; what is short of two orders varies, too.
    window = 3 * mean, 3 * variance + mean**2 * 2 / 3 + 2 * (0.2 * mean) ** 2
    service = find_level_service(penalty / (penalty + 1), 2, *window)
    ours = int(distribution(*window).ppf(service))
    steps = [round(ours * part) for part in (0.85, 0.92, 1, 1.08, 1.15)]
    costs = [played_cost(level, demand, lead, share, penalty) for level in steps]
    assert costs[2] < 1.02 * min(costs)
    newsvendor = int(distribution(*window).ppf(penalty / (penalty + 1)))
    assert costs[2] < 0.97 * played_cost(newsvendor, demand, lead, share, penalty)


def test_without_a_lead_time_the_ratio_is_the_service():
    assert np.allclose(find_arrival_service(RATIOS, 0), RATIOS)
    assert np.allclose(find_level_service(RATIOS, 0, 10, 20), RATIOS)
    levels = set_capped_levels(RATIOS, 0, 10, 20)
    assert (levels.order_up_to == distribution(10, 20).ppf(RATIOS)).all()
    assert (levels.cap == levels.order_up_to).all()


def test_services_fall_with_the_lead_time_and_rise_with_the_ratio():
    leads = np.array([0, 0.25, 0.5, 1, 2, 4, 8])
    for services in (
        find_arrival_service(RATIOS[:, None], leads),
        find_level_service(RATIOS[:, None], leads, 10 * (leads + 1), 20 * (leads + 1)),
    ):
        assert (np.diff(services, axis=1) < 0).all()
        assert (np.diff(services, axis=0) > 0).all()
        assert ((services > 0) & (services <= RATIOS[:, None])).all()


def test_caps_hold_a_period_of_demand_or_so():
    levels = set_capped_levels(RATIOS, 3, 40, 80)
    assert (np.diff(levels.cap) >= 0).all()
    assert levels.cap[0] >= 1
    assert (levels.cap < 25).all()
    assert (levels.order_up_to > levels.cap).all()


def test_nothing_to_earn_and_nothing_demanded():
    assert find_arrival_service(0.0, 2) == 0
    assert find_level_service(0.0, 2, 10, 10) == 0
    assert find_level_service(0.9, 2, 0, 0) == pytest.approx(0.9)
    assert set_capped_levels(0.9, 2, 0, 0).order_up_to == 0


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: find_arrival_service(1.0, 1), r"ratio\[\] is 1.0; it must lie in \[0, 1\)"),
        (lambda: find_arrival_service(0.5, [1, -1]), r"lead\[1\] is -1.0"),
        (lambda: find_level_service(0.5, 1, [np.nan], 1), r"window_mean\[0\] is nan"),
        (lambda: set_capped_levels(0.5, 1, 1, [-1.0]), r"window_variance\[0\] is -1.0"),
    ],
)
def test_bad_input_is_named(call, words):
    with pytest.raises(ValueError, match=words):
        call()
