"""X12 of suppliers becomes landing rows through the same door as any other export."""

from datetime import date

import pytest
from raw_files import DAY, STORE

ANSWER_MAPPING = """
files: "855_{date:%Y%m%d}_*.edi"
folder: edi
read: {x12: "855"}
"""
NOTICE_MAPPING = """
files: "856_{date:%Y%m%d}_*.edi"
folder: edi
read: {x12: "856"}
"""
ORDER = {
    "po": "P1", "supplier": "V", "sku": "00123", "destination": "007",
    "ordered_on": date(2025, 9, 1), "requested_on": date(2025, 10, 20), "ordered_quantity": 100,
    "delivered_quantity": 0, "unit_price": 8.0, "status": "open",
}  # fmt: skip


def wrap(transaction, *segments, group="PR", counted=None, sets=1):
    """An interchange of one document."""
    isa = (
        f"ISA*00*{'':10}*00*{'':10}*ZZ*{'V':15}*ZZ*{'SHOP':15}*250930*1200*U*00401*000000042*0*P*>"
    )
    inside = [f"ST*{transaction}*0001", *segments]
    counted = counted if counted is not None else len(inside) + 1
    return "".join(
        f"{segment}~\n"
        for segment in (
            isa,
            f"GS*{group}*V*SHOP*20250930*1200*7*X*004010",
            *inside,
            f"SE*{counted}*0001",
            f"GE*{sets}*7",
            "IEA*1*000000042",
        )
    )


BAK = "BAK*00*AC*P1*20250901****A-77*20250929"


def answers(*lines, head=BAK):
    return wrap("855", head, *lines, "CTT*1")


@pytest.fixture
def edi(till):
    till.map("order_acknowledgements", ANSWER_MAPPING)
    till.map("in_transit", NOTICE_MAPPING)
    till.land_masters()
    lines = [{**ORDER, "line": line} for line in range(1, 7)]
    till.land("purchase_orders", DAY, *lines)
    return till


def drop(edi, text, name="855_20250930_1.edi"):
    return edi.drop(f"edi/{name}", text, "ascii")


def load(edi, source):
    """Load a source and what it refers to."""
    masters = ("suppliers", "products", "locations", "purchase_orders")
    return edi.load(sources=(*masters, source))


def known(edi, source, *columns):
    return load(edi, source).known(source, DAY).select(columns).rows()


def test_answers_to_order_lines(edi):
    drop(
        edi,
        answers(
            "PO1*1*100*EA*8**SK*00123",
            "ACK*IA*100*EA",
            "PO1*2*100*EA*8**SK*00123",
            "ACK*IQ*60*EA*067*20251101",
            "ACK*IR*40*EA",
            "PO1*3*100*EA*8**SK*00123",
            "ACK*IR*100*EA",
            "PO1*4*100*EA*8**SK*00123",
            "ACK*DR*50*EA*017*20251015",
            "ACK*DR*50*EA*017*20251022",
        ),
    )
    columns = ("acknowledgement", "supplier", "po", "po_line", "acknowledged_on")
    rows = load(edi, "order_acknowledgements").known("order_acknowledgements", DAY)
    assert rows.select(columns).row(0) == ("A-77", "V", "P1", 1, date(2025, 9, 29))
    told = rows.select("po_line", "answer", "quantity", "promised_on", "reason").rows()
    assert told == [
        (1, "accepted", 100, None, None),
        (2, "changed", 60, date(2025, 11, 1), "quantity changed, item rejected"),
        (3, "refused", None, None, "item rejected"),
        (4, "changed", 100, date(2025, 10, 22), "date rescheduled"),
    ]


def test_a_line_without_an_answer_has_that_of_its_order(edi):
    drop(edi, answers("PO1*5*100*EA", head=BAK.replace("*AC*", "*AD*")))
    drop(edi, answers("PO1*6*1*EA", head=BAK.replace("*AC*", "*RD*")), "855_20250930_2.edi")
    assert known(edi, "order_acknowledgements", "po_line", "answer") == [
        (5, "accepted"),
        (6, "refused"),
    ]


def test_what_is_not_understood_waits_with_file_segment_and_element(edi):
    drop(
        edi,
        answers(
            "PO1*1*100*EA",
            "ACK*IH*100*EA",
            "PO1*2*100*EA",
            "ACK*IA*9*CA",
            "PO1*3*100*EA",
            "ACK*IA*9x*EA*067*2025133",
            "PO1*4*100*EA",
            "ACK*IA*70*EA",
        ),
    )
    drop(edi, answers(head=BAK.replace("*AC*", "*RJ*")), "855_20250930_2.edi")
    warehouse = load(edi, "order_acknowledgements")
    assert warehouse.known("order_acknowledgements", DAY)["po_line"].to_list() == [4]
    messages = sorted(warehouse.waiting("order_acknowledgements", DAY)["message"])
    assert len(messages) == 4
    for message, words in zip(
        messages,
        [
            "segment 10, element ACK02: '9x' is no whole number of units; segment 10",
            "segment 4, element BAK02: 'RJ' answers the order and none of its lines",
            "segment 6, element ACK01: 'IH' is no answer that is understood here",
            "segment 8, element ACK03: 'CA' is no unit that is counted here",
        ],
        strict=True,
    ):
        assert message.startswith(words)
        assert "(raw/edi/855_20250930_" in message


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (wrap("855", BAK, counted=7), "segment 5: SE count of 7 for SE02=0001 is wrong"),
        (wrap("855", BAK, sets=2), "segment 6: GE count of 2 for GE02=7 is wrong"),
        (answers().replace("IEA*1*000000042~\n", ""), "Interchange Control Trailer"),
        (answers().replace("IEA*1*000000042", "IEA*1*000000043"), "does not match ISA id"),
        (answers()[:-40], "missing"),
        (wrap("850", BAK), "segment 3, element ST01: '850' is not 855"),
        ("po,line\nP1,1\n" * 20, "does not begin with 'ISA'"),
        ("", "empty|does not begin"),
        (answers("PO1*1*1*EA*Grün"), "it is no X12"),
    ],
)
def test_a_file_whose_envelope_does_not_hold_is_refused_whole(edi, text, words):
    path = edi.root / "raw" / "edi" / "855_20250930_1.edi"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())
    (refused,) = edi.make("order_acknowledgements").refused
    assert refused.startswith("raw/edi/855_20250930_1.edi: ")
    assert any(word in refused for word in words.split("|")), refused


def test_a_document_without_its_segments_is_named_and_not_lost(edi):
    drop(edi, wrap("855", "CTT*0"))
    drop(edi, wrap("856", "BSN*00*SH9*20250930*1200", "HL*1**S", group="SH"), "856_20250930_1.edi")
    answered, shipped = (
        load(edi, source).waiting(source, DAY)["message"].item()
        for source in ("order_acknowledgements", "in_transit")
    )
    assert answered.startswith("the document has no segment BAK")
    assert shipped.startswith("the document ships no item")


def test_ship_notices(edi):
    assert STORE["location"] == "007"
    drop(
        edi,
        wrap(
            "856",
            "BSN*00*SH9*20250930*1200*0001",
            "HL*1**S",
            "DTM*011*20250928",
            "DTM*017*20251003",
            "N1*ST*Store*92*007",
            "N1*VN*Vendor*92*V",
            "HL*2*1*O",
            "PRF*P1",
            "HL*3*2*I",
            "LIN*1*SK*00123",
            "SN1**40*EA",
            "HL*4*2*I",
            "LIN*2*SK*00123",
            "SN1**x*EA",
            "CTT*4",
            group="SH",
        ),
        "856_20250930_1.edi",
    )
    warehouse = load(edi, "in_transit")
    columns = ["shipment_id", "line", "sku", "supplier", "destination", "po", "po_line"]
    (row,) = warehouse.known("in_transit", DAY).to_dicts()
    assert [row[name] for name in columns] == ["SH9", 1, "00123", "V", "007", "P1", 1]
    assert (row["quantity"], row["shipped_on"], row["expected_on"]) == (
        40, date(2025, 9, 28), date(2025, 10, 3),
    )  # fmt: skip
    (message,) = warehouse.waiting("in_transit", DAY)["message"]
    assert message.startswith("segment 17, element SN102: 'x' is no whole number of units")
