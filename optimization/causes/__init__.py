"""Why item-locations have less or more than an earlier plan expected.

Which stocks are looked at is found by `list_upstream` and `name_stocks`, why each is what it is
by `explain_stocks`, and why an exception came about by `explain_exceptions`.
"""

from optimization.causes.checks import find_wrong_shares, find_wrong_sums
from optimization.causes.exceptions import explain_exceptions
from optimization.causes.stocks import explain_stocks
from optimization.causes.windows import list_upstream, name_stocks

__all__ = [
    "explain_exceptions",
    "explain_stocks",
    "find_wrong_shares",
    "find_wrong_sums",
    "list_upstream",
    "name_stocks",
]
