"""Tokens: made once, kept as hashes, for the sources that they are for."""

import pytest

from receiving import TokenError, drop_token, make_token
from receiving.tokens import find_sender


def test_a_token_finds_its_sender_and_no_other_does(tmp_path):
    north = make_token(tmp_path, "tills north", ["pos_sales", "returns"])
    south = make_token(tmp_path, "tills south", [])
    assert find_sender(tmp_path, north) == ("tills north", frozenset({"pos_sales", "returns"}))
    assert "stock" in find_sender(tmp_path, south)[1]
    assert "decisions" not in find_sender(tmp_path, south)[1]
    for wrong in ("", north[:-1], north + south, north.swapcase()):
        assert find_sender(tmp_path, wrong) is None
    drop_token(tmp_path, "tills north")
    assert find_sender(tmp_path, north) is None
    assert find_sender(tmp_path, south) is not None


@pytest.mark.parametrize("source", ["decisions", "assumptions", "../products"])
def test_no_token_is_for_what_no_event_brings(tmp_path, source):
    with pytest.raises(TokenError, match=f"no event brings {source}"):
        make_token(tmp_path, "x", [source])


def test_a_name_has_one_token_and_a_damaged_file_is_told(tmp_path):
    make_token(tmp_path, "x", [])
    with pytest.raises(TokenError, match="x has a token"):
        make_token(tmp_path, "x", [])
    with pytest.raises(TokenError, match="y has no token; x has"):
        drop_token(tmp_path, "y")
    with pytest.raises(TokenError, match="can be seen"):
        make_token(tmp_path, "\n", [])
    (tmp_path / "events" / "tokens.json").write_text('{"x": {}}')
    with pytest.raises(TokenError, match="damaged"):
        find_sender(tmp_path, "x")
