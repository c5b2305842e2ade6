"""The contract of the planning policy, `planning.yaml`: every option that plans read, stated once.

`governance` reads the file into these classes; forecasts, plans and the replay are given them as
they are. A part that a test or a benchmark makes by hand may leave out what has a default; a policy
file may not: what it does not say would be decided by nobody.
"""

import math
from collections.abc import Mapping
from typing import Annotated, Literal, Self, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from quality_checks.contracts.base import EVERYWHERE, list_landing_sources
from quality_checks.contracts.landing import (
    LEAST_FACTOR,
    MOST_FACTOR,
    MOST_PAYMENT_DAYS,
    SYSTEMS,
)
from quality_checks.contracts.substitution import CLOSENESS
from quality_checks.contracts.vocabulary import KIND_NAMES

DAYS_PER_YEAR = 365.0

ServiceClass = Literal["A", "B", "C"]
LocationKind = Literal["store", "dc", "ecom", "marketplace"]
Share = Annotated[float, Field(ge=0, le=1)]
Days = Annotated[int, Field(ge=0)]
Hour = Annotated[int, Field(ge=0, lt=24)]
Month = Annotated[str, Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")]


class PolicyModel(BaseModel):
    """Base of every part of a policy: frozen, strict in types, no unknown fields."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)

    def unsaid(self) -> list[str]:
        """Fields that took their default."""
        return sorted(type(self).model_fields.keys() - self.model_fields_set)


def require_known_word(word: str, known: frozenset[str], what: str) -> str:
    """The word, if it is one of a closed list.

    Raises:
        ValueError: it is not; the message lists the known ones.
    """
    if not isinstance(word, str) or word not in known:
        raise ValueError(f"{word!r} is not {what}; known: {', '.join(sorted(known))}")
    return word


SourceName = Annotated[
    str,
    BeforeValidator(
        lambda word: require_known_word(word, frozenset(list_landing_sources()), "a landing source")
    ),
]


SystemName = Annotated[
    str, BeforeValidator(lambda word: require_known_word(word, frozenset(SYSTEMS), "a system"))
]
KindName = Annotated[
    str,
    BeforeValidator(
        lambda word: require_known_word(word, frozenset(KIND_NAMES.words), "a kind of action")
    ),
]


class ServiceFloor(PolicyModel):
    """The least service of a class.

    Attributes:
        kind: fill_rate (share of demand served from stock) or cycle_service (probability of no
            stock-out until the next delivery).
        at_least: the floor, below 1.
    """

    kind: Literal["fill_rate", "cycle_service"]
    at_least: float = Field(ge=0)

    @field_validator("at_least")
    @classmethod
    def _within_reach(cls, value: float) -> float:
        if value >= 1:
            raise ValueError(f"must be below 1, not {value:g}: no finite stock serves all demand")
        return value


class Economics(PolicyModel):
    """What stock costs, and how well each class must be served.

    Attributes:
        holding_rate_per_year: storage, insurance and shrink, as a share of unit cost a year.
        capital_rate_per_year: cost of capital, as a share of unit cost a year.
        markdown_loss_share: loss expected on a unit that is kept for holding_horizon_days, as a
            share of unit cost; one kept for less loses its part of it.
        exit_loss_share: loss on a unit left when its item leaves the range, as a share of unit
            cost.
        backorder_cost_share: what a unit that a customer waits for costs, as a share of its price:
            goodwill, split parcels, orders called off.
        return_handling_cost: what taking back a unit that a customer returns costs, in the
            currency of the items: transport, inspection, repacking.
        service_ceiling: highest probability of no stock-out that value alone asks for. It keeps
            levels finite where a unit left over costs nothing.
        holding_horizon_days: a unit is kept at most this long before it is written off.
        unmet_demand: kind of location -> whether demand that finds no stock is lost or waits; it
            is lost where nothing is said.
        service_floor: service class -> least service.
    """

    holding_rate_per_year: float = Field(ge=0)
    capital_rate_per_year: float = Field(default=0.0, ge=0)
    markdown_loss_share: Share
    exit_loss_share: Share = 0.0
    backorder_cost_share: Share = 0.0
    return_handling_cost: float = Field(default=0.0, ge=0)
    service_ceiling: float = Field(gt=0, lt=1)
    holding_horizon_days: int = Field(ge=1)
    unmet_demand: dict[LocationKind, Literal["lost", "waits"]] = {}
    service_floor: dict[str, ServiceFloor]

    @property
    def carrying_rate_per_year(self) -> float:
        """Holding and capital of a unit kept for a year, as a share of its cost."""
        return self.holding_rate_per_year + self.capital_rate_per_year

    @property
    def keeping_rate_per_day(self) -> float:
        """Carrying, and the markdown to come pro rata, of a unit kept for a day: share of cost."""
        carrying = self.carrying_rate_per_year / DAYS_PER_YEAR
        return carrying + self.markdown_loss_share / self.holding_horizon_days

    @property
    def backorder_kinds(self) -> frozenset[str]:
        """Kinds of location whose customers wait for what is out of stock."""
        return frozenset(kind for kind, unmet in self.unmet_demand.items() if unmet == "waits")


SECONDS_PER_HOUR = 3600.0


class LineRules(PolicyModel):
    """What a line takes in hands, whatever its size, and what makes it worth them.

    What a unit takes besides, transport and handling, is the unit cost of its lane.

    Attributes:
        labour_cost_per_hour: of those who pick, receive and shelve, in the currency of the items.
        dc_pick_seconds: to find and pick a line at a DC.
        store_pick_seconds: to find, check out and pack a line at any other location.
        shelve_seconds: to check in a line where it arrives, and to bring it to its shelf.
        least_allocation_gain: what a line from a DC must gain beyond its costs, in the currency of
            the items; customers' orders, presentation minimums and service floors go without.
        least_transfer_gain: likewise of a line that moves sideways; one without which its trip
            would be too small goes without.
        most_cover_days: days of demand up to which a line may fill a location without a reason;
            never less than its protection interval.
    """

    labour_cost_per_hour: float = Field(default=0.0, ge=0)
    dc_pick_seconds: float = Field(default=0.0, ge=0)
    store_pick_seconds: float = Field(default=0.0, ge=0)
    shelve_seconds: float = Field(default=0.0, ge=0)
    least_allocation_gain: float = Field(default=0.0, ge=0)
    least_transfer_gain: float = Field(default=0.0, ge=0)
    most_cover_days: float = Field(default=math.inf, gt=0)

    @property
    def allocation_line_cost(self) -> float:
        """Cost of a line from a DC: picked there, received and shelved where it goes."""
        return self.cost_hands(self.dc_pick_seconds + self.shelve_seconds)

    @property
    def dc_pick_cost(self) -> float:
        """Cost of a line that a DC picks for a customer."""
        return self.cost_hands(self.dc_pick_seconds)

    @property
    def store_pick_cost(self) -> float:
        """Cost of a line that any other location picks for a customer."""
        return self.cost_hands(self.store_pick_seconds)

    def cost_hands(self, seconds: float) -> float:
        """Cost of so many seconds of labour."""
        return self.labour_cost_per_hour * seconds / SECONDS_PER_HOUR

    @property
    def transfer_line_cost(self) -> float:
        """Cost of a line between other locations: picked at one, received and shelved at one."""
        return self.cost_hands(self.store_pick_seconds + self.shelve_seconds)


class AllocationRules(PolicyModel):
    """What a DC's lines and shipments must reach, and what is set aside.

    Attributes:
        least_line_units: fewest units of a line, filled up to whole packs.
        least_shipment_units: fewest units for which a DC ships to a location.
        scheduled_shipments: trucks run on the order days of a lane whatever they carry, so that
            the lane's fixed cost is no cost of a line. Else a shipment opens only if its lines
            gain that cost, and they bear it.
        priority_weight: priority of a location -> factor on the worth of its stock; those not
            named count 1, so that priority only decides between equals.
        ring_fence: kind of location -> share of a DC's units of an item that is kept for each
            location of the kind.
        department_budget: department -> most value sent in a night, in the currency of the items.
        outbound_lines: DC -> most lines it picks a day.
    """

    least_line_units: int = Field(default=1, ge=1)
    least_shipment_units: int = Field(default=0, ge=0)
    scheduled_shipments: bool = True
    priority_weight: dict[int, Annotated[float, Field(gt=0)]] = {}
    ring_fence: dict[Literal["ecom", "marketplace"], Share] = {}
    department_budget: dict[str, Annotated[float, Field(ge=0)]] = {}
    outbound_lines: dict[str, Annotated[int, Field(ge=0)]] = {}


class TransferRules(PolicyModel):
    """What sideways moves must reach, and what is left in peace.

    Attributes:
        least_units: fewest units of a trip.
        handling_units: kind of location -> most units that one handles for transfers in a day,
            sent and received; no limit where none is named.
        keep_size_runs: a location that has every size of a style and colour keeps one of each.
        launch_protected_days: days from its launch during which an item is not sent on.
        recently_moved_days: days after a sideways move during which an item is not sent on.
    """

    least_units: int = Field(default=1, ge=1)
    handling_units: dict[LocationKind, Annotated[int, Field(ge=0)]] = {}
    keep_size_runs: bool = True
    launch_protected_days: Days = 0
    recently_moved_days: Days = 0


class BulkSales(PolicyModel):
    """Which sales are no demand of the shelf.

    Attributes:
        least_units: fewest units of an item on a receipt for it to be looked at.
        times: a receipt of more than this many times what its item-location ever sold on a day,
            a week of it left out, and what a line of its item takes, is a bulk sale: it counts as
            one usual sale.
        wholesale_receipts: patterns of receipts, such as WH-*, of which nothing counts.
    """

    least_units: int = Field(default=10, ge=2)
    times: float = Field(default=3.0, gt=1)
    wholesale_receipts: list[Annotated[str, Field(min_length=1)]] = []


class OpenOrderRules(PolicyModel):
    """What may be changed of orders that suppliers have, and what a change must gain.

    Attributes:
        frozen_days: a line that is due within so many days is left alone, and none is asked for
            sooner than after them.
        most_pull_in_days: days by which a supplier is asked to deliver sooner.
        most_push_out_days: days by which one is asked to deliver later.
        settled_days: days after a change or an expedite in which its line is left alone: until then
            the order shows what the supplier agreed to, unless the action was rejected.
        change_fee: what asking for a change costs, theirs and ours, in the currency of the items.
        refusal_chance: how often suppliers refuse a change or an expedite, as far as nothing is
            known of it: their answers to what was asked are weighed with five of these.
        least_change_gain: what a change or an expedite must gain beyond its fee; a plan that
            changes its mind each night is worth less than one that stands.
    """

    frozen_days: Days = 7
    most_pull_in_days: Days = 14
    most_push_out_days: Days = 28
    settled_days: Days = 14
    change_fee: float = Field(default=0.0, ge=0)
    refusal_chance: float = Field(default=0.0, ge=0, lt=1)
    least_change_gain: float = Field(default=0.0, ge=0)


class OnlineBufferRules(PolicyModel):
    """How stock that is sold online is kept from being sold twice.

    Attributes:
        count_adjustments: patterns of reasons, such as count*, of adjustments that a count causes:
            they say how far the record was off.
        update_minutes: minutes between two reports of a location's stock to the online channels,
            in which customers at the shelf take units that are still offered.
        files: online channels that get their buffers as a file, for the system that takes orders.
    """

    count_adjustments: list[Annotated[str, Field(min_length=1)]] = ["count*"]
    update_minutes: int = Field(default=60, ge=0, le=1440)
    files: list[Literal["ecom", "marketplace", "click_and_collect"]] = Field(default_factory=list)


class CountingRules(PolicyModel):
    """Which stock records are worth a count.

    Attributes:
        count_seconds: to find an item on the shelf and in the store room, and to count it.
        horizon_days: days for which what a wrong record costs is charged at most; before them it is
            likely to be found by other means, or the plan is another.
        most_counts: most counts that a location is asked for on a business date.
        least_gain: what a count must gain beyond its cost, in the currency of the items.
        asked_days: days after a count was asked for in which the item-location is not asked again.
    """

    count_seconds: float = Field(default=0.0, ge=0)
    horizon_days: int = Field(default=28, ge=1)
    most_counts: int = Field(default=10, ge=0)
    least_gain: float = Field(default=0.0, ge=0)
    asked_days: Days = 7


class ExceptionRules(PolicyModel):
    """When something is an exception, and until when.

    Attributes:
        false_alarms_per_week: exceptions that chance alone may open in a week, by 1,000
            item-locations; every kind that a statistic decides may open an equal part of them.
        past_days: days of the past by which a day is judged.
        close_share: share of the threshold of its kind below which an exception closes.
        quiet_days: days without reaching the threshold after which it closes likewise.
        unread_days: days since an exception was seen last after which it closes though nothing is
            read of its subject: that is no longer watched.
    """

    false_alarms_per_week: float = Field(default=1.0, gt=0)
    past_days: int = Field(default=56, ge=7)
    close_share: Share = 0.5
    quiet_days: int = Field(default=4, ge=1)
    unread_days: int = Field(default=14, ge=1)


class PurchasingRules(PolicyModel):
    """What limits orders to suppliers beside their terms.

    Attributes:
        department_budget: department -> month, such as 2026-11 -> most value ordered in it, in the
            currency of the items; no limit where none is named.
        least_supplier_gain: what ordering from another supplier than the preferred one, in whole or
            in part, must gain, in the currency of the items.
    """

    department_budget: dict[str, dict[Month, Annotated[float, Field(ge=0)]]] = {}
    least_supplier_gain: float = Field(default=0.0, ge=0)


class SourcingRules(PolicyModel):
    """What the sourcing of customers' orders weighs beside rates, hands and the value of units.

    Attributes:
        split_penalty: what each further parcel of an order to one place costs beside its price, in
            the currency of the items: the second doorbell, the question where the rest is.
        late_cost: what a line costs that comes after its promise: goodwill, service, a refund.
        unserved_cost: what a line costs that is never shipped, beyond its margin.
        least_resourcing_gain: what a line must gain that is taken from the node it is allocated
            to: that node may be on its way to the shelf.
    """

    split_penalty: float = Field(default=0.0, ge=0)
    late_cost: float = Field(default=0.0, ge=0)
    unserved_cost: float = Field(default=0.0, ge=0)
    least_resourcing_gain: float = Field(default=0.0, ge=0)


class SubstitutionRules(PolicyModel):
    """What may be sent in place of an item that no node has in time, and what that is weighed by.

    Attributes:
        customer_pays: `lower` of the two prices for a substitute, or that of the `substitute`.
        send_from_chance: from this chance that a customer takes it on it is sent unasked; at 1
            every customer is asked first.
        prior_acceptance: by closeness, the chance that a customer takes a substitute where no
            answer tells: to be set low.
        prior_answers: answers that this chance counts for.
        prior_price_slope: fall of the log-odds of it by the log of what the customer pays over the
            price of the item ordered, where that is more, until answers tell.
        prior_price_deviation: standard deviation of that, by which answers count against it.
        price_band: largest difference to the price of the item that was ordered, as a share of it,
            of substitutes that no master names.
        most_substitutes: most substitutes weighed for an item; those that a node has come first.
        declined_cost: what a customer costs who declines an offer; who sends back what he was sent
            costs the handling of a return.
        least_gain: what a substitute must gain, in the currency of the items.
    """

    customer_pays: Literal["lower", "substitute"] = "lower"
    send_from_chance: float = Field(default=1.0, gt=0, le=1)
    prior_acceptance: dict[str, Share] = dict.fromkeys(CLOSENESS, 0.1)
    prior_answers: float = Field(default=20.0, gt=0)
    prior_price_slope: float = Field(default=2.6, ge=0)
    prior_price_deviation: float = Field(default=1.5, gt=0)
    price_band: Share = 0.3
    most_substitutes: int = Field(default=8, ge=1)
    declined_cost: float = Field(default=0.0, ge=0)
    least_gain: float = Field(default=0.0, ge=0)

    @field_validator("prior_acceptance")
    @classmethod
    def _every_closeness(cls, value: dict[str, float]) -> dict[str, float]:
        if wrong := sorted({*CLOSENESS} ^ value.keys()):
            raise ValueError(
                f"prior_acceptance: {', '.join(wrong)} is missing or not one of "
                f"{', '.join(CLOSENESS)}"
            )
        return value


class PriorPriceRules(PolicyModel):
    """From which price a reduction that is announced is counted, and how far it may go from there.

    In the European Union that is the lowest price of the 30 days before it (directive 98/6/EC,
    Art. 6a); states may have the steps of one campaign counted from the price before the first.

    Attributes:
        days: before the reduction of which the lowest price counts; fewer since the item's launch.
        most_off: largest share that may be taken off that price.
        steps_within_days: a fall within so many days of the one before it is a step of the same
            campaign, unless the price rose between; 0 where each is counted by itself.
        unknown: what holds where the price of one of the days is not known: `hold` the price, or
            count from the `price_in_force`.
    """

    days: int = Field(default=30, ge=1, le=180)
    most_off: Share = 1.0
    steps_within_days: int = Field(default=0, ge=0, le=180)
    unknown: Literal["hold", "price_in_force"] = "hold"


class MarkdownRules(PolicyModel):
    """How far, how often and where prices may fall.

    Attributes:
        price_zones: where an item has one price: everywhere, in a region, in a price zone of the
            masters, or at a location.
        priced_together: what has one price: the sizes of a style in a colour, all of a style, or
            each item by itself.
        ladder: shares taken off the list price to which prices may fall.
        least_days_between_steps: days after a fall of the price before the next.
        least_price_of_cost: lowest price as a share of unit cost, such as 1.0 where the law
            forbids to sell below cost.
        brand_limits: brand -> largest share that may be taken off its list price; 0 for never.
        prior_prices: region, or * for all others -> from which price reductions are counted there;
            no such limit where none is named.
        season_days: an item that leaves the range within so many days is weighed each night.
        surplus_cover_days: an item that stays is weighed where its stock lasts for longer.
        least_gain: what a markdown, or putting one off, must gain, in the currency of the items.
        told_in_a_week: chance by which a week is taken to tell how demand answers to prices: the
            higher, the more a price that falls must gain beside one that waits.
        department_budget: department -> month, such as 2026-11 -> most that markdowns of the month
            may take off prices, times the stock that they are for; no limit where none is named.
    """

    price_zones: Literal["everywhere", "region", "zone", "location"] = "everywhere"
    priced_together: Literal["colour", "style", "item"] = "colour"
    ladder: list[Annotated[float, Field(gt=0, lt=1)]] = [0.2, 0.3, 0.5, 0.7]
    least_days_between_steps: Days = 14
    least_price_of_cost: float = Field(default=0.0, ge=0)
    brand_limits: dict[str, Share] = {}
    prior_prices: dict[str, PriorPriceRules] = {}
    season_days: int = Field(default=119, ge=7)
    surplus_cover_days: int = Field(default=182, ge=7)
    least_gain: float = Field(default=0.0, ge=0)
    told_in_a_week: Share = 0.5
    department_budget: dict[str, dict[Month, Annotated[float, Field(ge=0)]]] = {}


class ScorecardRules(PolicyModel):
    """When a supplier's delivery is in time, and how many lines a comparison needs.

    Attributes:
        days_early: days before the day asked for on which a delivery is still in time.
        days_late: days after it.
        trend_weeks: weeks of the newest lines, which are held against as many weeks before.
        least_lines: fewest order lines behind a figure that is compared with its own past or with
            peers.
        least_orders: fewest orders that these lines are of.
        return_days: days after its last delivery in which what goes back counts against a line.
    """

    days_early: Days = 0
    days_late: Days = 0
    trend_weeks: int = Field(default=13, ge=1)
    least_lines: int = Field(default=20, ge=2)
    least_orders: int = Field(default=8, ge=2)
    return_days: Days = 28

    @property
    def trend_days(self) -> int:
        """Days of the newest lines."""
        return 7 * self.trend_weeks


SupplierFolder = Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$")]
"""Key of a supplier that can name a folder."""


class SupplierExchange(PolicyModel):
    """What suppliers get as files besides what the ERP gets.

    Attributes:
        sender: our code in envelopes of X12.
        files: supplier -> form of its orders and changes of orders.
        forecasts: suppliers that are told the demand expected of their items by week.
    """

    sender: Annotated[str, Field(pattern=r"^[A-Z0-9]{2,15}$")] = "PLENISH"
    files: dict[SupplierFolder, Literal["csv", "x12"]] = Field(default_factory=dict)
    forecasts: list[SupplierFolder] = Field(default_factory=list)


_LONGEST_IDOC_UNIT = 3
"""Characters of the field MENEE of an IDoc."""


class KeyNames(PolicyModel):
    """What another system calls keys of ours.

    Attributes:
        form: what it makes of a key, which stands where the braces are.
        own: key -> its name there, where that is another.
    """

    form: Annotated[str, Field(pattern=r"^[^{}]*\{\}[^{}]*$")] = "{}"
    own: dict[str, Annotated[str, Field(min_length=1)]] = Field(default_factory=dict)


class IdocEnds(PolicyModel):
    """Between which systems IDocs travel, as the control record of one names them.

    Attributes:
        sender: logical system that sends them.
        sender_port: its port.
        receiver: logical system that reads them.
        receiver_port: its port.
    """

    sender: Annotated[str, Field(max_length=10)] = "PLENISH"
    sender_port: Annotated[str, Field(max_length=10)] = "PLENISH"
    receiver: Annotated[str, Field(max_length=10)] = ""
    receiver_port: Annotated[str, Field(max_length=10)] = ""


class ErpExchange(PolicyModel):
    """In which layout an ERP gets documents besides the batches, and what it calls things.

    Attributes:
        layout: none; flat files of documents; or these with files that ERPNext or Odoo load, or
            with IDocs.
        company: of the documents, as ERPNext knows it.
        unit: what ERPNext or SAP calls the unit in which items are stocked.
        erpnext_trips: whether trips are stock entries, or requests that people make these from.
        idoc: between which systems IDocs travel.
        odoo_version: whose names of fields are written.
        items: names of items; of Odoo their External IDs, as of all others.
        nodes: names of nodes: warehouses of ERPNext, locations of Odoo.
        suppliers: names of suppliers.
        receipts: Odoo's operation types by which nodes receive.
        shipments: Odoo's operation types by which nodes send to others.
        addressees: kind of action -> system that acts on it instead of the one that the kind names.
        answer_days: days in which an exported line is answered or shows in a document; nobody is
            told of later ones without it.
    """

    layout: Literal["none", "flat", "erpnext", "odoo", "idoc"] = "none"
    company: str = ""
    unit: Annotated[str, Field(min_length=1)] = "Nos"
    erpnext_trips: Literal["entry", "request"] = "entry"
    idoc: IdocEnds = IdocEnds()
    odoo_version: Literal[17, 18, 19] = 18
    items: KeyNames = KeyNames()
    nodes: KeyNames = KeyNames()
    suppliers: KeyNames = KeyNames()
    receipts: KeyNames = KeyNames()
    shipments: KeyNames = KeyNames()
    addressees: dict[KindName, SystemName] = Field(default_factory=dict)
    answer_days: Days | None = None

    @model_validator(mode="after")
    def _names_are_complete(self) -> Self:
        if self.layout == "erpnext" and not self.company.strip():
            raise ValueError("layout erpnext needs the company of the documents")
        if self.layout == "idoc" and not (self.idoc.receiver and self.idoc.receiver_port):
            raise ValueError("layout idoc needs the receiver of the IDocs and its port")
        if self.layout == "idoc" and len(self.unit) > _LONGEST_IDOC_UNIT:
            raise ValueError(f"layout idoc needs a unit of {_LONGEST_IDOC_UNIT} characters at most")
        keys = ("items", "nodes", "suppliers", "receipts", "shipments")
        plain = [name for name in keys if "." not in getattr(self, name).form]
        if self.layout == "odoo" and plain:
            raise ValueError(
                f"layout odoo needs External IDs, as module.{{}}: {', '.join(plain)} has none"
            )
        return self


class DemandFactor(PolicyModel):
    """What people expect of demand beyond what any record tells.

    Attributes:
        factor: on the demand of each day ahead; several that touch a pair multiply.
        category: of the items; * for all.
        region: of the locations; * for all.
    """

    factor: float = Field(ge=LEAST_FACTOR, le=MOST_FACTOR)
    category: str = EVERYWHERE
    region: str = EVERYWHERE


class Expectations(PolicyModel):
    """What people know of the days ahead and no record tells yet.

    Attributes:
        demand: factors on the forecast.
        supplier_days: supplier -> days that what is ordered from now on takes longer than its
            record says.
    """

    demand: tuple[DemandFactor, ...] = Field(default=(), strict=False)
    supplier_days: dict[str, Annotated[int, Field(ge=0, le=364)]] = {}


class PlanningPolicy(PolicyModel):
    """What planners set once and every plan uses.

    Attributes:
        horizon_days: days that forecasts and plans look ahead.
        history_days: days of history that demand is estimated from.
        history_kept_days: days of history that are built by day.
        economics: what stock costs, and how well each class must be served.
        bulk_sales: which sales are no demand of the shelf.
        lines: what a line takes in hands, and what makes it worth them.
        allocation: what lines and shipments of DCs must reach, and what is set aside.
        supplier_review_days: days between two orders to a supplier.
        payment_days: days from delivery to payment with a supplier that states none; below 0 where
            orders are paid before.
        min_transfer_gain: what a trip must gain beyond its costs, in the currency of the items.
        transfers: what sideways moves must reach, and what is left in peace.
        purchasing: what limits orders to suppliers beside their terms.
        open_orders: what may be changed of orders that suppliers have.
        online_buffers: how stock that is sold online is kept from being sold twice.
        counting: which stock records are worth a count.
        exceptions: when something is an exception, and until when.
        sourcing: what the sourcing of customers' orders weighs.
        substitution: what may be sent in place of an item that no node has in time.
        markdown: how far, how often and where prices may fall.
        supplier_exchange: which suppliers get files of their own.
        erp_exchange: in which layout an ERP gets documents.
        scorecard_window_days: days of order history in the supplier scorecard.
        scorecard: when a delivery is in time, and how many lines a comparison needs.
        late_after_days: source -> days after which the actions that depend on it lose confidence.
        stop_after_days: source -> days after which what depends on it is not planned.
        due_hours: source -> hour of a business date that is still open from which on its file is
            due; of other sources it is due at the close.
        expectations: what people know of the days ahead and no record tells yet.
    """

    horizon_days: int = Field(ge=1)
    history_days: int = Field(ge=7)
    history_kept_days: int = Field(ge=7)
    economics: Economics
    bulk_sales: BulkSales
    lines: LineRules
    allocation: AllocationRules
    supplier_review_days: int = Field(ge=1)
    payment_days: int = Field(ge=-MOST_PAYMENT_DAYS, le=MOST_PAYMENT_DAYS)
    min_transfer_gain: float = Field(ge=0)
    transfers: TransferRules
    purchasing: PurchasingRules
    open_orders: OpenOrderRules
    online_buffers: OnlineBufferRules
    counting: CountingRules
    exceptions: ExceptionRules
    sourcing: SourcingRules
    substitution: SubstitutionRules
    markdown: MarkdownRules
    supplier_exchange: SupplierExchange
    erp_exchange: ErpExchange = ErpExchange()
    scorecard_window_days: int = Field(ge=1)
    scorecard: ScorecardRules
    late_after_days: dict[SourceName, Days]
    stop_after_days: dict[SourceName, Days]
    due_hours: dict[SourceName, Hour] = Field(default_factory=dict)
    expectations: Expectations = Expectations()

    @field_validator(
        "economics",
        "bulk_sales",
        "lines",
        "allocation",
        "transfers",
        "purchasing",
        "open_orders",
        "online_buffers",
        "counting",
        "exceptions",
        "sourcing",
        "substitution",
        "markdown",
        "supplier_exchange",
        "scorecard",
    )
    @classmethod
    def _everything_said(cls, value: PolicyModel) -> PolicyModel:
        if unsaid := value.unsaid():
            raise ValueError(f"nothing said of {', '.join(unsaid)}")
        return value

    @model_validator(mode="after")
    def _every_class_and_kind(self) -> Self:
        floors, classes = self.economics.service_floor, {*get_args(ServiceClass)}
        if missing := sorted(classes - floors.keys()):
            raise ValueError(f"service_floor: no floor for class {', '.join(missing)}")
        if unknown := sorted(floors.keys() - classes):
            raise ValueError(f"service_floor: {', '.join(unknown)} is no class")
        if unsaid := sorted({*get_args(LocationKind)} - self.economics.unmet_demand.keys()):
            raise ValueError(f"unmet_demand: nothing said for {', '.join(unsaid)}")
        return self

    @model_validator(mode="after")
    def _trend_within_window(self) -> Self:
        days = 2 * self.scorecard.trend_days
        if days > self.scorecard_window_days:
            raise ValueError(
                f"scorecard.trend_weeks: twice {self.scorecard.trend_weeks} weeks are {days} days, "
                f"more than the {self.scorecard_window_days} of scorecard_window_days"
            )
        return self

    @model_validator(mode="after")
    def _late_before_stop(self) -> Self:
        if "stock" not in self.late_after_days:
            raise ValueError("late_after_days: stock is missing")
        for source, stop in self.stop_after_days.items():
            late = self.late_after_days.get(source)
            if late is not None and stop < late:
                raise ValueError(f"stop_after_days: {source} stops at {stop} days, late at {late}")
        return self

    def is_awaited(self, source: str, hour: int | None) -> bool:
        """Whether the file of a source is not due yet.

        Args:
            source: any.
            hour: until which the business date has told of itself; None where it has closed.
        """
        due_at = self.due_hours.get(source)
        return hour is not None and (due_at is None or hour < due_at)

    def list_awaited(self, hour: int | None) -> list[str]:
        """List the landing sources whose files of the business date are not due yet.

        Args:
            hour: until which the business date has told of itself; None where it has closed.
        """
        return [source for source in list_landing_sources() if self.is_awaited(source, hour)]

    def allow_days(self, source: str, hour: int | None) -> int:
        """Days that a source may be late: one more while its file of the date is not due.

        Args:
            source: one of `late_after_days`.
            hour: until which the business date has told of itself; None where it has closed.
        """
        return self.late_after_days[source] + self.is_awaited(source, hour)

    def late(self, days_late: Mapping[str, int], hour: int | None) -> dict[str, int]:
        """Of the sources and their days late, those later than policy tolerates.

        Args:
            days_late: source -> days.
            hour: until which the business date has told of itself; None where it has closed.
        """
        return {
            source: days
            for source, days in sorted(days_late.items())
            if source in self.late_after_days and days > self.allow_days(source, hour)
        }
