"""What an event must look like: a CloudEvent in JSON whose data is one row of a landing source."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

SINGLE = "application/cloudevents+json"
"""Media type of one event."""

BATCH = "application/cloudevents-batch+json"
"""Media type of a list of events."""

TYPE_PREFIX = "plenish."
"""What stands before the landing source in the type of an event."""

_JSON: TypeAdapter[Any] = TypeAdapter(Any)


def _check_printable(text: str) -> str:
    """What names an event is told in messages: nothing in it may steer a screen."""
    if not text.isprintable():
        raise ValueError("has characters that cannot be shown")
    return text


class Envelope(BaseModel):
    """A CloudEvent 1.0; extension attributes are allowed and not read.

    Source: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md

    Attributes:
        id: which event of its source; the same id of the same source is the same event.
        source: who sends it, such as `tills/0417`.
        type: `plenish.<landing source>`.
        data: the row, column -> value.
    """

    model_config = ConfigDict(strict=True, frozen=True)

    specversion: Literal["1.0"]
    id: Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_check_printable)]
    source: Annotated[str, Field(min_length=1, max_length=500), AfterValidator(_check_printable)]
    type: Annotated[str, Field(max_length=100)]
    datacontenttype: Literal["application/json"] | None = None
    data_base64: None = None
    data: dict[str, Any]


def read_body(body: bytes, media_type: str) -> list[Any]:
    """Events of a request as they came, not yet looked at.

    Args:
        body: JSON in UTF-8.
        media_type: `SINGLE` or `BATCH`.

    Raises:
        ValueError: it is no JSON, nested deeper than 200 levels, or not what the type says.
    """
    try:
        found = _JSON.validate_json(body)
    except ValidationError as error:
        raise ValueError(error.errors()[0]["msg"]) from error
    if media_type == BATCH and not isinstance(found, list):
        raise ValueError(f"the body of {BATCH} is a list of events")
    return found if media_type == BATCH else [found]


def read_envelope(event: object) -> Envelope:
    """The envelope of an event.

    Raises:
        ValueError: says of each attribute at fault what is wrong.
    """
    if not isinstance(event, dict):
        raise ValueError("an event is an object")  # noqa: TRY004  # one kind of refusal
    try:
        return Envelope.model_validate(event)
    except ValidationError as error:
        raise ValueError(_describe_faults(error.errors())) from error


def _describe_faults(faults: Sequence[Any]) -> str:
    return "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in faults)
