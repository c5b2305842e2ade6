"""What given prices of limits make of each document: its best choice, and whether it leaves."""

import numpy as np

from optimization.purchasing.joint.documents import Options, fill_document
from optimization.purchasing.joint.market import ROUNDING, WAITS, Flags, OrderMarket
from optimization.purchasing.joint.prices import PricedDocuments
from optimization.value import FloatArray, IntArray


def choose_options(
    market: OrderMarket, priced: PricedDocuments, limit_price: FloatArray
) -> tuple[Flags, IntArray]:
    """Choose whether each document leaves, and the options of all items as if it did.

    Args:
        market: what may be ordered.
        priced: what the prices of limits make of documents.
        limit_price: of each limit.

    Returns:
        Flags of documents, and options of items; `WAITS` where a document cannot leave.
    """
    net = market.net_benefit(limit_price)
    known = np.where(np.isfinite(priced.price), priced.price, 0.0)
    option = market.find_best(net, known[market.document])
    reached = market.sum_documents(option, market.money) >= market.least_value - ROUNDING
    # One that cannot pay is filled only where limits may have room for it after all.
    tried = (priced.worth > 0) | bool(len(market.room)) | ~market.may_wait
    for document in np.flatnonzero(~(reached & (known == 0.0)) & tried):
        of = np.flatnonzero(market.document == document)
        items = [_list_options(market, int(item), net, known[document]) for item in of]
        filled = fill_document(items, market.least_value[document], known[document])
        option[of] = WAITS if filled is None else filled
        reached[document] = filled is not None
    option[~reached[market.document]] = WAITS
    gains = market.sum_documents(option, net) > ROUNDING
    return reached & (gains | ~market.may_wait), option


def _list_options(market: OrderMarket, item: int, net: FloatArray, price: float) -> Options:
    """The options of an item, with what each loses at the price of its document."""
    option = np.arange(market.start[item], market.start[item + 1])
    money = market.money[option]
    worth = net[option] + price * money
    return Options(option, money, worth.max() - worth)
