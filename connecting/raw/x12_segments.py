"""Read an X12 interchange into its documents; its envelopes and control totals must hold."""

import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pyx12.errors import X12Error
from pyx12.segment import Segment
from pyx12.x12file import X12Reader

from quality_checks.intake import FileRefusedError, open_stream


@dataclass(frozen=True)
class PlacedSegment:
    """A segment and its place in the file, from 1."""

    number: int
    segment: Segment

    @property
    def name(self) -> str:
        """Its identifier, such as PO1."""
        return str(self.segment.get_seg_id())

    def get(self, element: str) -> str | None:
        """The value of an element, such as PO102; None where it is missing."""
        value = self.segment.get_value(element)
        return value.strip() or None if value else None

    def tell(self, element: str, fault: str) -> str:
        """What is wrong with an element, with its place."""
        return f"segment {self.number}, element {element}: {self.get(element)!r} {fault}"


@dataclass(frozen=True)
class TransactionSet:
    """One document of an interchange.

    Attributes:
        sender: who sends it, by the envelope.
        sent_on: day of its group, as CCYYMMDD.
        control: control numbers of interchange and document, which tell it apart.
        segments: those between its header and its trailer.
    """

    sender: str
    sent_on: str
    control: str
    segments: list[PlacedSegment]


def read_transaction_sets(path: Path, transaction: str) -> list[TransactionSet]:
    """Read the documents of an interchange.

    Args:
        path: the file, `.gz` or not.
        transaction: the set that all of them must be, such as 855.

    Raises:
        FileRefusedError: it is no X12, is cut, holds another set, or counts and control numbers of
            its envelopes are not what they say; names the segment.
    """
    try:
        with open_stream(path) as stream:
            text = stream.read().decode("ascii")
    except UnicodeDecodeError as error:
        raise FileRefusedError(f"it is no X12: {error}") from error
    except (OSError, EOFError, zlib.error) as error:
        raise FileRefusedError(f"the file is damaged or cannot be read: {error}") from error
    found: list[TransactionSet] = []
    interchange = sender = sent_on = ""
    for placed in _read_segments(text):
        if placed.name == "ISA":
            interchange, sender = placed.get("ISA13") or "", placed.get("ISA06") or ""
        elif placed.name == "GS":
            sent_on = placed.get("GS04") or ""
        elif placed.name == "ST":
            if placed.get("ST01") != transaction:
                told = placed.tell("ST01", f"is not {transaction}, which the mapping reads")
                raise FileRefusedError(told)
            control = f"{interchange}-{placed.get('ST02')}"
            found.append(TransactionSet(sender, sent_on, control, []))
        elif placed.name not in {"SE", "GE", "IEA"}:
            found[-1].segments.append(placed)
    return found


def _read_segments(text: str) -> Iterator[PlacedSegment]:
    number = 0
    try:
        reader = X12Reader(io.StringIO(text))
        for number, segment in enumerate(reader, start=1):  # told where it ends
            _refuse_errors(reader, number)
            yield PlacedSegment(number, segment)
        reader.cleanup()
        _refuse_errors(reader, number)
    except X12Error as error:
        raise FileRefusedError(f"segment {number + 1}: {error}") from error
    except IndexError as error:  # a trailer, or a line, outside of any envelope
        raise FileRefusedError(f"segment {number + 1} stands outside of its envelope") from error


def _refuse_errors(reader: X12Reader, number: int) -> None:
    for _, _, message, _, _ in reader.pop_errors():
        raise FileRefusedError(f"segment {number}: {message}")
