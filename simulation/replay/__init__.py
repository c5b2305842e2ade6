"""Policies played day by day against demand that they cannot see.

`contest.compete` plays several and measures them, `roi.roi_table` says what one is worth against
another. `demo` makes the built-in retailer a `scenario`, `history` a city of real data; `world`
plays it, one day after the other, and carries out what a policy of `rules` or `pipeline` decides by
what it has `Seen`.
"""
