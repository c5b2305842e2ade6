"""What transfers are planned from: pairs net of what DCs do, and rooms of places."""

from quality_checks.contracts.base import Table, column, column_of
from quality_checks.contracts.frames.allocation import PositionedPair
from quality_checks.contracts.frames.contract import frame
from quality_checks.contracts.plans import PlanningPairs, TransfersPlan


@frame("movers", "optimization.transfers", key=("sku", "location"))
class Movers(PositionedPair):
    """Pairs that may send or take units sideways, with tonight's allocation on its way.

    Levels are the pair's own, never an echelon's. A column may be missing if a retailer may have
    nothing of the kind.
    """

    available: int = column(
        "Units that can leave now; missing where unknown.", unit="units", nullable=True
    )
    recently_moved: bool = column(
        "The pair may not send: goods just came, or are about to by tonight's allocation."
    )
    supply_location: str = column(
        "DC that supplies it, and sends nothing here; missing for none.", omissible=True
    )
    style: str = column_of(PlanningPairs, "style", omissible=True)
    colour: str = column_of(PlanningPairs, "colour", omissible=True)
    size: str = column_of(PlanningPairs, "size", omissible=True)
    volume: float = column("Volume of a unit.", unit="litres", omissible=True, ge=0)
    just_launched: bool = column(
        "The item is new here and may not be sent on.", omissible=True, absent=False
    )
    clearance: bool = column("The item leaves the range.", omissible=True, absent=False)
    closing: bool = column(
        "The location closes before goods would be there.", omissible=True, absent=False
    )


@frame("places", "optimization.transfers", key=("location",))
class Places(Table):
    """What each location can still handle today; missing where it has no such limit."""

    location: str = column("Node.")
    outbound_room: int = column("Units it can send.", unit="units", nullable=True, ge=0)
    handling_room: int = column(
        "Units it can send and receive in all.", unit="units", nullable=True, ge=0
    )
    receiving_litres: float = column("Litres it can receive.", unit="litres", nullable=True, ge=0)


@frame("moved_units", "optimization.night", key=("sku", "origin", "destination"), unique=False)
class MovedUnits(Table):
    """Units that a plan of tonight sends from one node to another."""

    origin: str = column_of(TransfersPlan, "origin")
    destination: str = column_of(TransfersPlan, "destination")
    sku: str = column("Item.")
    quantity: int = column("Units.", unit="units", ge=1)


@frame(
    "trip_limits", "optimization.transfers", key=("limit", "origin", "destination"), unique=False
)
class TripLimits(Table):
    """What trips draw on together tonight, and how much of it they use."""

    limit: str = column("What limits: a name that `binding` of a line may have.")
    origin: str = column("Node that sends; missing where the limit is of the other.", nullable=True)
    destination: str = column(
        "Node that receives; missing where the limit is of the other.", nullable=True
    )
    capacity: float = column("Units, or litres, that there is room for.", ge=0)
    used: float = column("Of these, taken by the trips that were chosen.", ge=0)
