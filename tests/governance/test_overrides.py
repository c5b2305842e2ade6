"""Which overrides stand."""

from datetime import date

from governance.overrides import find_overrides


def override(quantity, **more):
    return {
        "decision": "override",
        "quantity": quantity,
        "expires_on": date(2026, 3, 31),
        **more,
    }


def test_the_latest_that_counts_is_kept_with_what_was_proposed(proposals, decisions):
    votes = decisions(
        override(4),
        override(7, author="pat", reason="heat"),
        override(1, author="eve", expires_on=date(2026, 3, 2)),
    )
    found = find_overrides(proposals({}), votes).row(0, named=True)
    assert (found["proposed"], found["overridden"]) == (10, 7)
    assert (found["author"], found["reason"]) == ("pat", "heat")
    assert (found["sku"], found["destination"], found["due_on"]) == ("SKU1", "S2", date(2026, 3, 5))


def test_approvals_rejections_and_the_same_quantity_are_no_overrides(proposals, decisions):
    assert find_overrides(proposals({}), decisions({})).is_empty()
    assert find_overrides(proposals({}), decisions({"decision": "reject"})).is_empty()
    assert find_overrides(proposals({}), decisions(override(10))).is_empty()
