"""What pairs want next at given prices.

A line is bought in segments: the first is as many packs as make the best average worth of a line
that bears its fixed cost and its least size, each further one is a pack. The segments of a pair
fall in worth a unit: they are the upper concave envelope of its value. Taking them in the order of
worth is therefore optimal for the relaxation in which the last segment of a group may be cut.
"""

from compilation import compiled
from optimization.allocation.kernels.market import AllocationMarket, Ask, FloatArray


@compiled
def price_pair(
    market: AllocationMarket, price: FloatArray, group: int, pair: int
) -> tuple[float, float]:
    """Price of a unit and of a line on the shared limits of a pair."""
    unit, line = 0.0, 0.0
    for kind in range(market.limit.shape[1]):
        limit = market.limit[pair, kind]
        if limit >= 0:
            unit += price[limit] * market.use[group, kind]
            line += price[limit] * market.by_line[kind]
    return unit, line


@compiled
def next_segment(
    market: AllocationMarket, ask: Ask, pair: int, sent: int, line_price: float
) -> tuple[float, int]:
    """Worth of a pair's next segment before unit prices, currency, and its packs, 0 for none."""
    base, pack, most = market.ladder_start[pair], market.pack[pair], ask.most[pair]
    count = market.first[pair]
    if sent >= most or (sent == 0 and most < count):
        return 0.0, 0
    if sent > 0:
        return market.ladder[base + sent] + ask.bonus * pack, 1
    total = -line_price - market.line_cost[pair]
    for n in range(count):
        total += market.ladder[base + n] + ask.bonus * pack
    while count < most:
        further = market.ladder[base + count] + ask.bonus * pack
        # What loses makes a line that loses no better, however much its price is spread.
        if further <= 0.0 or further * count <= total:
            break
        total += further
        count += 1
    return total, count
