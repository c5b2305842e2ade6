"""A policy file is changed in place: what people wrote beside values stays, or nothing changes."""

import pytest

from governance import PolicyError
from governance.policy_edits import set_policy_values


def test_a_value_changes_and_comments_beside_it_stay():
    text = "# Of the night.\nrate: 5 # euro\nrules:\n  # In days.\n  days: 3\n"
    changed = set_policy_values(text, "planning.yaml", {("rate",): 6, ("rules", "days"): 4})
    assert changed == "# Of the night.\nrate: 6 # euro\nrules:\n  # In days.\n  days: 4\n"


@pytest.mark.parametrize(
    ("text", "path", "value"),
    [
        (
            "demand:\n  - {factor: 1.1} # launch of the autumn line\n",
            ("demand",),
            [{"factor": 1.1}, {"factor": 1.2}],
        ),
        ("rules: {\n  a: 1, # why\n  b: 2}\n", ("rules", "c"), 3),
    ],
)
def test_what_would_lose_a_comment_is_refused(text, path, value):
    with pytest.raises(PolicyError, match=r"planning.yaml: a comment within .* would be lost: "):
        set_policy_values(text, "planning.yaml", {path: value})


def test_a_list_without_comments_is_replaced():
    text = "demand:\n  - {factor: 1.1}\n# Of the next field.\nrate: 5\n"
    changed = set_policy_values(text, "planning.yaml", {("demand",): [{"factor": 1.2}]})
    assert changed == "demand:\n  [{factor: 1.2}]\n# Of the next field.\nrate: 5\n"
