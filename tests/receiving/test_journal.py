"""The journal: a process may die at any byte, and a damaged disk is not taken for a death."""

import pytest

from receiving.journal import Accepted, Segment, name_segment, read_segment

BLOCKS = [
    [Accepted("tills/1", "e1", "pos_sales", "2025-09-30", {"receipt": "R1\n# é", "line": 1})],
    [Accepted("tills/1", f"e{n}", "stock", "2025-09-30", {"on_hand": n}) for n in (2, 3)],
    [Accepted("#", "e4", "stock", "2025-09-30", {"on_hand": None})],
]


@pytest.fixture
def written(tmp_path):
    segment = Segment(tmp_path, 1)
    for block in BLOCKS:
        segment.append(block)
    segment.close()
    assert segment.events == 4
    return name_segment(tmp_path, 1)


def test_what_is_appended_is_read(written):
    assert list(read_segment(written)) == BLOCKS


def test_cut_at_any_byte_it_holds_the_blocks_before(written):
    whole = written.read_bytes()
    ends = [at + 1 for at in range(len(whole)) if whole[: at + 1].count(b"\n#")]
    closed = [n for n in ends if whole[n - 1 : n] == b"\n" and b"\n#" in whole[max(0, n - 16) : n]]
    for cut in range(len(whole) + 1):
        written.write_bytes(whole[:cut])
        found = list(read_segment(written))
        assert found == BLOCKS[: len(found)]
        assert len(found) == sum(end <= cut for end in closed)


def test_a_block_of_noise_at_the_end_is_left_out(written):
    with written.open("ab") as stream:
        stream.write(b"\0" * 40 + b'\n["tills/1","e5"\n# 3 0\n')
    assert list(read_segment(written)) == BLOCKS


def test_damage_before_the_last_block_is_told(written):
    whole = written.read_bytes()
    for at in range(whole.index(b"\n#")):
        changed = bytes([whole[at] ^ 1])
        written.write_bytes(whole[:at] + changed + whole[at + 1 :])
        with pytest.raises(ValueError, match=r"00000001\.journal is damaged"):
            list(read_segment(written))
