from benchmarks.lost_sales import instances, lowest


def test_the_search_ends_at_the_least_cost():
    assert lowest((3,), lambda at: (at[0] - 17) ** 2) == (17,)
    # A valley that only steps in both numbers follow.
    assert lowest((2, 2), lambda at: 10 * abs(at[0] - at[1]) + abs(at[0] - 9)) == (9, 9)


def test_numbers_stay_whole_units_from_one():
    assert lowest((4, 4), sum) == (1, 1)


def test_there_are_32_instances_and_costs_rise_with_lead_time_and_penalty():
    found = {(i.demand, i.lead_time, i.penalty): i.optimum for i in instances()}
    assert len(found) == 32
    for (demand, lead_time, penalty), optimum in found.items():
        later = found.get((demand, lead_time + 1, penalty), float("inf"))
        dearer = min(
            (c for (d, t, p), c in found.items() if (d, t) == (demand, lead_time) and p > penalty),
            default=float("inf"),
        )
        assert optimum < min(later, dearer)
