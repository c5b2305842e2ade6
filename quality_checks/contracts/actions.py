"""The one grammar of every recommendation, how it is routed, and what was handed to the ERP."""

import polars as pl

from quality_checks.contracts.base import Table, Timestamp, column, column_of, result
from quality_checks.contracts.landing import CHANNELS
from quality_checks.contracts.signals import Exceptions
from quality_checks.contracts.vocabulary import KIND_NAMES

WORTH_OF_REJECTED = r"(-?[\d.]+)$"
"""Where the words for a rejected alternative say what the benefit would be with it."""

ROUTES = ["auto", "review", "blocked"]
NEEDS = ["all", "any", "in_order"]
"""Which of the roles of an action must approve it."""
ACTION_STATES = ["approved", "waiting", "rejected", "blocked", "withdrawn"]
"""Where an action stands; one is withdrawn while an alternative to it goes ahead."""


@result("proposals", "actions", key=("action_id",))
class Proposals(Table):
    """Every recommendation of the night, of every kind, before policy."""

    action_id: str = column("Hash of business date, kind and keys.", str_length={"min_value": 16})
    business_date: pl.Date = column("Business date.")
    plan_version: int = column("Version of the plan.", ge=1)
    kind: str = column("Kind of action.", in_vocabulary=KIND_NAMES)
    region: str = column("Region it is for.")
    category: str = column("Category of the item.")
    sku: str = column("Item.")
    origin: str = column("Node that ships; missing where none does.", nullable=True)
    destination: str = column("Node that receives, or that it is about.")
    supplier: str = column("Supplier; missing where none is part of it.", nullable=True)
    due_on: pl.Date = column("Day it should be there.")
    quantity: int = column("Base units.", unit="units", ge=1)
    packs: int = column("The same in packs.", ge=1)
    unit_value: float = column("Cost or price of a unit.", unit="currency", ge=0)
    value: float = column("quantity x unit_value.", unit="currency", ge=0)
    currency: str = column("ISO 4217 code.")
    margin_kept: float = column("Benefit: expected margin kept.", unit="currency")
    margin_given_up: float = column("Cost: expected margin given up elsewhere.", unit="currency")
    holding_cost: float = column(
        "Cost: expected holding and capital; below 0 where it saves some.", unit="currency"
    )
    moving_cost: float = column("Cost: transport and handling.", unit="currency", ge=0)
    benefit: float = column("Margin kept less every cost.", unit="currency")
    forced_cost: float = column(
        "What it costs that a floor, a presentation minimum, a shelf or a supplier's minimum "
        "forces another quantity than the one worth most.",
        unit="currency",
        ge=0,
    )
    confidence: float = column(
        "Probability that it gains, given demand and the state of the data.", ge=0, le=1
    )
    urgency_days: float = column("Days to stock-out without it.", unit="days", nullable=True, ge=0)
    reason_codes: str = column("Reason codes, joined by a semicolon.")
    binding: str = column("Binding constraint.")
    rejected: str = column(
        "Best rejected alternative, and what the benefit would be with it; of prices with it for "
        "all that are priced together."
    )
    late_inputs: str = column("Sources that were late, joined by a semicolon.")
    assumed_inputs: str = column("Sources with assumed fields, joined by a semicolon.")
    unsure_inputs: str = column(
        "Sources of which a row that the action rests on, by its key or by item and location, "
        "stands although a newer one waits in quarantine, joined by a semicolon."
    )
    model_version: str = column("Model behind the demand.")
    policy_version: str = column("Hash of the policy.")
    input_version: str = column("Hash of the landed files.")
    details: str = column(
        "Columns that only this kind has, as a JSON object; missing where it has none.",
        nullable=True,
    )
    parts_before: str = column(
        "Actions as which parts of it left earlier on the business date, joined by a semicolon; "
        "empty for the first part."
    )
    left_before: int = column("Units that left as these.", unit="units", ge=0)


EXPLANATION_PARTS = [
    "demand",
    "level",
    "position",
    "need",
    "sender",
    "limits",
    "quantity",
    "benefit",
    "alternative",
]
"""Parts of an explanation, in the order in which it is told."""


@result("explanations", "actions", key=("action_id", "step"), retain=15)
class Explanations(Table):
    """Why each action is what it is: the numbers of its arithmetic in order, one per row.

    A number is read from a table (source_table, source_key, source_column), is made of earlier
    steps of the action (formula), or both, in which case the two agree. What no formula says is
    named by the function that computes it.
    """

    business_date: pl.Date = column("Business date.")
    action_id: str = column("Action.")
    step: int = column("Place in the explanation; the same step of a kind has the same.", ge=1)
    part: str = column("What the number is about.", isin=EXPLANATION_PARTS)
    name: str = column("Name of the number, by which formulas call it.")
    value: float = column("The number.")
    unit: str = column(
        "Its unit.",
        isin=[
            "units",
            "packs",
            "lines",
            "days",
            "seconds",
            "currency",
            "share",
            "factor",
            "litres",
            "answers",
            "reviews",
            "nodes",
        ],
    )
    words: str = column("What it is, in plain words.")
    source_table: str = column("Table, or policy file, that it was read from.", nullable=True)
    source_key: str = column(
        "Row that it was read from, as `name=value` joined by semicolons, `<>` for all but that "
        "value, `name|other=value` for rows of which either has it; of several rows the values are "
        "summed. In a policy file the options above it, joined by dots.",
        nullable=True,
    )
    source_column: str = column(
        "Column, or option of policy, that it was read from; a date counts as days from the "
        "business date.",
        nullable=True,
    )
    formula: str = column(
        "How it follows from earlier steps, as an SQL expression; a step that an action does not "
        "have is missing, and LEAST and GREATEST pass over it.",
        nullable=True,
    )
    function: str = column("Public function that computed it.", nullable=True)
    terms: str = column(
        "Earlier steps from which the function computed it, joined by semicolons; missing where a "
        "source or a formula says where it comes from.",
        nullable=True,
    )


@result("routed", "actions", key=("action_id",))
class Routed(Table):
    """What policy and people made of each proposal."""

    action_id: str = column("Action.")
    business_date: pl.Date = column("Business date.")
    plan_version: int = column("Version of the plan.", ge=1)
    route: str = column("Where policy sent it.", isin=ROUTES)
    rule: str = column("Rule of the policy that matched.")
    roles: str = column("Roles that approve, joined by a semicolon; empty for auto and blocked.")
    needs: str = column(
        "Whether all of the roles must approve, any of them, or all in their order.", isin=NEEDS
    )
    least_people: int = column("How many people must approve.", ge=1)
    status: str = column("Where it stands.", isin=ACTION_STATES)
    approved_quantity: int = column(
        "Units to export; missing unless approved.", unit="units", nullable=True, ge=0
    )
    decided_by: str = column(
        "Who decided, so far where it waits; policy for auto; of a withdrawn one who decided the "
        "other, missing where that has left with an earlier plan.",
        nullable=True,
    )
    missing_roles: str = column(
        "Roles of which an approval of the quantity in force counts next, joined by a semicolon; "
        "empty unless it waits."
    )
    overridden: int = column(
        "Units that people put in place of those proposed; missing where they did not.",
        unit="units",
        nullable=True,
        ge=0,
    )
    overridden_due_on: pl.Date = column(
        "Day that people put in place of the one proposed; missing where they did not.",
        nullable=True,
    )
    overridden_origin: str = column(
        "Node that ships in place of the one proposed; missing where people left it.",
        nullable=True,
    )
    overridden_supplier: str = column(
        "Supplier that is asked in place of the one proposed; missing where people left it.",
        nullable=True,
    )
    overridden_price: float = column(
        "Price to customers in place of the one proposed; missing where people left it.",
        unit="currency",
        nullable=True,
        gt=0,
    )
    overridden_unit_value: float = column(
        "`unit_value` by that supplier's terms, or by that price; missing without either.",
        unit="currency",
        nullable=True,
        ge=0,
    )
    overridden_details: str = column(
        "`details` by that supplier's terms, or by that price; missing without either.",
        nullable=True,
    )
    override_code: str = column(
        "Reason code of the override in force; missing without one.", nullable=True
    )
    deferred_until: Timestamp = column(
        "Until when people have put off deciding it; missing unless it waits and they did.",
        nullable=True,
    )
    lapsed: str = column(
        "Whose approval has lapsed, since the plan has moved, joined by a semicolon; missing where "
        "nobody's has.",
        nullable=True,
    )
    withdrawn_for: str = column(
        "Action that goes ahead in its place; missing unless it is withdrawn.", nullable=True
    )


CASE_PARTS = ["answer", "alternative", "supporting"]
"""What an action is to a case: its answer, one answer of several, or what helps to find one."""


@result("case_actions", "actions", key=("case_id", "action_id"), retain=400)
class CaseActions(Table):
    """Tonight's actions by the case that they belong to, and which of them exclude each other.

    A case has the actions of the kinds that its playbook names, of the item-locations that its
    exception touches. Alternatives of one choice are options of an item: once something of an
    option is approved, the other options of the choice are withdrawn. What has left with a lower
    version of the plan, or on an earlier date of an open case, stays, as it counts for its option.
    """

    business_date: pl.Date = column("Business date.")
    case_id: str = column("Case, the same for as long as its exception is open.")
    exception_id: str = column_of(Exceptions, "exception_id")
    exception: str = column_of(Exceptions, "kind")
    playbook: str = column("Playbook that opened the case.")
    action_id: str = column("Action.")
    sku: str = column("Item.")
    kind: str = column("Kind of action.", in_vocabulary=KIND_NAMES)
    benefit: float = column("What it is stated to gain.", unit="currency")
    part: str = column("What it is to the case.", isin=CASE_PARTS)
    choice: str = column(
        "Item of which one option is taken; missing unless it is an alternative.", nullable=True
    )
    option: str = column(
        "Kinds of action of the option, joined by a plus; missing unless it is an alternative.",
        nullable=True,
    )
    option_rank: int = column(
        "Place of the option among those of the choice, the one that gains most first.",
        nullable=True,
        ge=1,
    )
    option_benefit: float = column(
        "What all actions of the option gain.", unit="currency", nullable=True
    )
    left_on: pl.Date = column(
        "Business date of the earlier plan with which it has left; missing of what is proposed "
        "tonight.",
        nullable=True,
    )


@result("export_lines", "exports", key=("idempotency_key",))
class ExportLines(Table):
    """Approved lines handed to the ERP, each once."""

    business_date: pl.Date = column("Business date.")
    batch: int = column("Batch of the business date, from 1.", ge=1)
    idempotency_key: str = column("Key under which the ERP loads the line once.")
    action_id: str = column("Action.")
    plan_version: int = column("Version of the plan.", ge=1)
    kind: str = column("Kind of action.", in_vocabulary=KIND_NAMES)
    sku: str = column("Item.")
    origin: str = column("Node that ships.", nullable=True)
    destination: str = column("Node that receives, or that it is about.")
    supplier: str = column("Supplier.", nullable=True)
    due_on: pl.Date = column("Day it should be there.")
    quantity: int = column("Base units.", unit="units", ge=1)
    unit_value: float = column("Cost or price of a unit.", unit="currency", ge=0)
    value: float = column("quantity x unit_value.", unit="currency", ge=0)
    currency: str = column("ISO 4217 code.")
    override_code: str = column(
        "Reason code of the override that it left with; missing where it left as proposed.",
        nullable=True,
    )
    details: str = column(
        "Columns that only this kind has, as a JSON object; missing where it has none.",
        nullable=True,
    )


@result("cancel_lines", "exports", key=("idempotency_key",))
class CancelLines(Table):
    """Lines handed to the ERP that call back one that it has, each once."""

    business_date: pl.Date = column("Business date of the batch.")
    batch: int = column_of(ExportLines, "batch")
    idempotency_key: str = column("Key under which the ERP cancels once, and answers.")
    cancels: str = column("Key of the line that is called back.")
    cancelled_date: pl.Date = column("Business date of that line.")
    cancelled_batch: int = column("Batch of that line.", ge=1)
    action_id: str = column_of(ExportLines, "action_id")
    plan_version: int = column("Version of the plan that stood when it was handed over.", ge=1)
    kind: str = column_of(ExportLines, "kind")
    sku: str = column_of(ExportLines, "sku")
    origin: str = column_of(ExportLines, "origin")
    destination: str = column_of(ExportLines, "destination")
    supplier: str = column_of(ExportLines, "supplier")
    due_on: pl.Date = column("Day that the line was due.")
    quantity: int = column("Base units of the line.", unit="units", ge=1)
    value: float = column("Value of the line.", unit="currency", ge=0)
    currency: str = column_of(ExportLines, "currency")
    author: str = column("Who called it back.")
    role: str = column("In which role.")
    reason: str = column("Why.")
    recalled_at: Timestamp = column("When.")


@result("supplier_files", "exports", key=("supplier", "file"))
class SupplierFiles(Table):
    """Files that lie ready for suppliers: orders and changes of orders, and expected demand."""

    business_date: pl.Date = column("Business date.")
    supplier: str = column("Supplier.")
    file: str = column("Name of the file in the supplier's folder.")
    form: str = column("How it is written.", isin=["csv", "x12", "forecast"])
    lines: int = column("Lines in it.", ge=1)
    units: float = column("Units in them.", unit="units", ge=0)
    sha256: str = column("Hash of its bytes, in hex.")


@result("erp_files", "exports", key=("batch",))
class ErpFiles(Table):
    """Folders that lie ready for an ERP in its own layout: what batches order, move and cancel.

    A batch that left while policy named no layout has none, and gets none later.
    """

    business_date: pl.Date = column("Business date.")
    batch: int = column_of(ExportLines, "batch")
    layout: str = column(
        "How they are written; none where policy named no layout when the batch left.",
        isin=["none", "flat", "erpnext", "odoo", "idoc"],
    )
    orders: int = column("Purchase orders, each a document.", ge=0)
    trips: int = column("Trips, each a document.", ge=0)
    lines: int = column("Lines of them.", ge=0)
    units: int = column("Units of these.", unit="units", ge=0)
    value: float = column("Their value.", unit="currency", ge=0)
    cancelled_lines: int = column("Lines of earlier documents that are called back.", ge=0)
    sha256: str = column(
        "Hash of the manifest, in hex; missing where there is no folder.", nullable=True
    )


@result("channel_files", "exports", key=("channel", "file"))
class ChannelFiles(Table):
    """Files that lie ready for online channels: how much of each node's stock they may sell."""

    business_date: pl.Date = column("Business date.")
    channel: str = column("Online channel.", isin=CHANNELS[1:])
    file: str = column("Name of the file in the channel's folder.")
    lines: int = column("Item-locations in it.", ge=0)
    kept_back: int = column("Units of them that are kept back.", unit="units", ge=0)
    offered: int = column("Units of them that the channel may sell.", unit="units", ge=0)
    sha256: str = column("Hash of its bytes, in hex.")
