"""Whatever a raw file or a mapping holds, it is used, set aside or refused; nothing else stops."""

import random

import pytest
from raw_files import DAY, POS, POS_HEAD, POS_NAMES

from quality_checks.contracts import CONTRACTS
from quality_checks.intake import examine_files, find_landed

LINES = [f"007;12;{n};30.09.2025;14:05;123;Hemd;{n};ST;1.2{n}3,80" for n in range(1, 8)]
SCRAPS = (
    *(
        b";",
        b",",
        b'"',
        b"\n",
        b"\r\n",
        b"\x00",
        b"\xff\xfe",
        b"'",
        b"\t",
        b"{",
        b": ",
        b"- ",
        b"%",
    ),
    *(b"1.234,5", b"-", b"nan", b"inf", b"9" * 400, b"\xe2\x80\xae", b"&a", b"*a", b"!!python"),
)


def mutate(content, chance):
    """The content with one to four accidents."""
    found = bytearray(content)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(found) + 1)
        match chance.randrange(5):
            case 0:
                found[at : at + 1] = bytes([chance.randrange(256)])
            case 1:
                del found[at:]
            case 2:
                del found[at : at + chance.randint(1, 30)]
            case 3:
                found[at:at] = chance.choice(SCRAPS)
            case 4:
                lines = bytes(found).split(b"\n")
                chance.shuffle(lines)
                found = bytearray(b"\n".join(lines))
    return bytes(found)


@pytest.mark.parametrize("seed", range(3))
def test_mutants_of_raw_files_and_mappings(till, seed):
    chance = random.Random(seed)  # noqa: S311  # seeded accidents
    mapping = till.root / "mappings" / "pos_sales.yaml"
    outcomes = set()
    for number in range(40):
        whole = (POS_HEAD + POS_NAMES + "\r\n".join([*LINES, ""])).encode("windows-1252")
        path = till.sell(DAY)
        path.write_bytes(mutate(whole, chance))
        mapping.write_bytes(mutate(POS.encode(), chance) if number % 2 else POS.encode())
        made = till.make("pos_sales")
        files, misnamed = find_landed(till.root / "landing", "pos_sales")
        examined = examine_files(files, CONTRACTS["pos_sales"])
        assert misnamed == []
        assert examined.refused == []
        assert all(str(path.name) in told or str(mapping) in told for told in made.refused)
        outcomes |= {bool(made.refused), "faults" if examined.faults.height else "rows"}
    assert outcomes == {True, False, "faults", "rows"}
