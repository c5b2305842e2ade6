"""Tells the story of an action in plain words, one heading for each thing that happened to it."""

from collections.abc import Iterator, Mapping
from typing import Any

from governance.arithmetic import write_arithmetic
from governance.exchange import BATCH_EXPORTED, LINE_ANSWERED, LINE_RECALLED
from governance.people import ACCESS_DENIED
from governance.plan_events import (
    MODEL_CHOSEN,
    PLAN_MADE,
    POLICY_CHANGED,
)
from governance.store import DECISION_RECORDED, DECISION_SIGNED
from governance.story.story import Story
from governance.wording import describe_action, describe_reasons, describe_route, write_headline

_ANSWERS = ("acknowledgements", "purchase_orders", "transfers")
"""What the ERP answers a line by."""
_SHORT = 12
_LISTED = 2
Told = tuple[str, list[str]]


def write_story(story: Story) -> list[Told]:
    """Tell the story of an action: headings in order, each with its sentences."""
    return [
        ("Proposed", list(_tell_proposal(story))),
        ("What it rests on", list(_tell_inputs(story))),
        ("Plan", list(_tell_plan(story))),
        ("Policy", list(_tell_policy(story))),
        ("Decided", list(_tell_decisions(story))),
        ("Left", list(_tell_export(story))),
        ("Answered", list(_tell_answers(story))),
        ("Outcome", list(_tell_outcome(story))),
    ]


def _tell_proposal(story: Story) -> Iterator[str]:
    yield f"{story.action['action_id']} of {story.action['business_date']}"
    if story.action["reason_codes"] is None:
        yield f"{write_headline(story.action)}."
        yield "It left with an earlier version of the plan: why it was proposed is not kept."
        return
    yield describe_action(story.action)
    yield describe_reasons(story.action["reason_codes"])
    steps = dict(story.steps.select("name", "value").iter_rows())
    if arithmetic := write_arithmetic(steps):
        yield f"Why this quantity: {arithmetic}."


def _tell_inputs(story: Story) -> Iterator[str]:
    by_file = story.inputs.group_by("source", "file_name", "sha256", maintain_order=True).agg("row")
    for (source,), files in by_file.group_by(["source"], maintain_order=True):
        rows = sum(map(len, files["row"]))
        named = [
            f"{name}, {_say_rows(numbers)} (sha256 {sha256[:_SHORT]})"
            for name, sha256, numbers in files.select("file_name", "sha256", "row")
            .tail(_LISTED)
            .iter_rows()
        ]
        before = "" if len(files) <= _LISTED else f"{len(files)} files, the last of them "
        yield f"{source}: {_count(rows, 'row')} of {before}{'; '.join(named)}"
    if story.inputs.is_empty():
        yield "No landed row of its item and nodes is known."


def _say_rows(numbers: list[int]) -> str:
    shown = ", ".join(map(str, numbers[:_LISTED]))
    more = len(numbers) - _LISTED
    return f"row {shown}" + (f" and {more} more" if more > 0 else "")


def _tell_plan(story: Story) -> Iterator[str]:
    plan = story.plan
    yield (
        f"Version {plan['plan_version']} of {plan['business_date']}, of input "
        f"{plan['input_hash'][:_SHORT]}, policies {plan['policy_hash'][:_SHORT]} and code "
        f"{plan['code_version'][:_SHORT]}{_in_chain(story, PLAN_MADE)}"
    )
    model, by = story.model, story.action["model_version"] or plan["model_version"]
    if model is None:
        yield f"Demand is by the baseline forecast ({by})."
        return
    yield (
        f"Demand is by model {model['version']} ({model['model']}), trained on "
        f"{model['trained_on']}, WAPE {model['wape']:.3f}{_in_chain(story, MODEL_CHOSEN)}"
    )


def _tell_policy(story: Story) -> Iterator[str]:
    route, rule = story.route, story.rule
    if route is None:
        said = _in_chain(story, POLICY_CHANGED)
        yield f"Policies {story.policy_hash[:_SHORT]} let it go; by which rule is not kept{said}."
        return
    sent = "would send it now" if _is_routed_since(story) else "sent it"
    yield (
        f"Rule {route['rule']} {sent} to {route['route']}"
        f"{_say_roles(route['roles'])}{_in_chain(story, POLICY_CHANGED)}"
    )
    if rule is None:
        yield f"Policies {story.policy_hash[:_SHORT]}, by which it is so, are not in the chain."
    elif rule["when"]:
        said = "; ".join(f"{name} {_say_value(value)}" for name, value in rule["when"].items())
        yield f"It is for: {said}."


def _say_roles(roles: str) -> str:
    return f", for {roles.replace(';', ' and ')}" if roles else ""


def _say_value(value: object) -> str:
    return " or ".join(map(str, value)) if isinstance(value, tuple | list) else str(value)


def _tell_decisions(story: Story) -> Iterator[str]:
    for row in story.decisions.iter_rows(named=True):
        units = "" if row["quantity"] is None else f" of {row['quantity']:,} units"
        sender = row["origin"] or row["supplier"]
        units += f" from {sender}" if sender else ""
        units += "" if row["price"] is None else f" at a price of {row['price']:,.2f}"
        units += f" for {row['due_on']}" if row["due_on"] else ""
        units += f" until {row['until']}" if row["until"] else ""
        units += f" ({row['reason_code']})" if row["reason_code"] else ""
        chain = _in_chain(story, DECISION_RECORDED, row["decision_id"])
        yield (
            f"{row['author']} as {row['role']} at {row['decided_at']}: {row['decision']}{units}, "
            f'"{row["reason"]}"{chain}{_say_signature(story, row["decision_id"])}'
        )
    for said in story.list_said(ACCESS_DENIED):
        yield (
            f"Denied to {said['who']} at {said['at']}: {said['what']} by {said['author']} as "
            f'{said["role"]}, "{said["why"]}" (event {said["event"]} of the audit chain)'
        )
    if story.route is None:
        yield "It stands: it has left."
    elif _is_routed_since(story):
        yield f"It has left; routed anew since then it would be {describe_route(story.route)}."
    else:
        yield f"It stands: {describe_route(story.route)}."


def _is_routed_since(story: Story) -> bool:
    """Whether it was routed otherwise after it had left, which calls nothing back."""
    gone, route = story.line is not None, story.route
    return gone and route is not None and route["status"] != "approved"


def _say_signature(story: Story, decision_id: str) -> str:
    """By whose token a decision was made, where that is known."""
    for said in story.list_said(DECISION_SIGNED):
        if said["decision_id"] == decision_id:
            away = f" in place of {said['in_place_of']}" if said["in_place_of"] else ""
            event = f"(event {said['event']} of the audit chain)"
            return f", by the token of {said['name']}, {said['sort']}{away} {event}"
    return ""


def _tell_export(story: Story) -> Iterator[str]:
    line = story.line
    if line is None:
        yield "It has not left."
        return
    folder = f"{line['business_date']}/{line['batch']}"
    yield (
        f"Batch {folder}: {line['quantity']:,} units worth {line['value']:,.2f} "
        f"{line['currency']} under key {line['idempotency_key']}"
        f"{_in_chain(story, BATCH_EXPORTED, folder)}"
    )
    yield from _tell_recall(story)


def _tell_recall(story: Story) -> Iterator[str]:
    # Of two at once the first counts.
    for said in story.list_said(LINE_RECALLED)[:1]:
        yield (
            f"{said['author']} ({said['role']}) called it back at {said['recalled_at']}: "
            f'"{said["reason"]}" (event {said["event"]} of the audit chain)'
        )
        if story.cancel is None and story.list_answers(*_ANSWERS):
            yield "The ERP has answered the line before that left: nothing is cancelled."
        elif story.cancel is None:
            yield "The next export hands that over."
    if story.cancel is not None:
        cancel = story.cancel
        yield (
            f"Batch {cancel['business_date']}/{cancel['batch']} calls it back under key "
            f"{cancel['idempotency_key']}"
        )


def _tell_answers(story: Story) -> Iterator[str]:
    called = None if story.cancel is None else story.cancel["idempotency_key"]
    for row in story.list_answers("acknowledgements"):
        about = "the cancel line is " if row["idempotency_key"] == called else ""
        units = "" if row["quantity"] is None else f", {row['quantity']:,} units"
        document = f" as {row['erp_document']}" if row["erp_document"] else ""
        said = f': "{row["message"]}"' if row["message"] else ""
        yield (
            f"{about}{row['status']}{document}{units} on {row['acknowledged_on']}{said} "
            f"{_place(row)}{_name_event(story, row)}"
        )
    for row in story.list_answers("order_acknowledgements"):
        yield (
            f"{row['supplier']} on {row['acknowledged_on']}: {row['answer']} line {row['po_line']} "
            f"of {row['po']} {_place(row)}"
        )
    if story.line is not None and not story.list_answers("acknowledgements"):
        yield "No answer has landed."
    if story.line is None:
        yield "Nothing was sent."


def _name_event(story: Story, answer: Mapping[str, Any]) -> str:
    """Where the chain tells of an answer; nothing where no export has met it yet."""
    for said in reversed(story.list_said(LINE_ANSWERED)):
        if all(said[name] == answer[name] for name in ("idempotency_key", "status", "quantity")):
            return f" (event {said['event']} of the audit chain)"
    return ""


def _tell_outcome(story: Story) -> Iterator[str]:
    told = [*_tell_orders(story), *_tell_moves(story), *_tell_other_outcomes(story)]
    yield from told
    if not told:
        yield "No document that came of it has landed."


def _tell_orders(story: Story) -> Iterator[str]:
    for row in story.list_answers("purchase_orders"):
        yield (
            f"Order {row['po']} line {row['line']}: {row['delivered_quantity']:,} of "
            f"{row['ordered_quantity']:,} units delivered, {row['status']} {_place(row)}"
        )
    for row in story.list_answers("in_transit"):
        yield (
            f"Shipment {row['shipment_id']}: {row['quantity']:,} units, expected on "
            f"{row['expected_on']}, {row['status']} {_place(row)}"
        )
    receipts = story.list_answers("receipts")
    for row in receipts:
        refused = f", {row['rejected']:,} refused" if row["rejected"] else ""
        yield (
            f"Receipt {row['receipt_id']} at {row['location']} on {row['timestamp']}: "
            f"{row['received']:,} units{refused} {_place(row)}"
        )
    if receipts:
        yield _compare(story, sum(row["received"] for row in receipts))


def _tell_moves(story: Story) -> Iterator[str]:
    moves = story.list_answers("transfers")
    for row in moves:
        came = row["received_quantity"]
        arrived = "on the way" if came is None else f"{came:,} arrived on {row['received_on']}"
        yield (
            f"Transfer {row['transfer_id']}: {row['shipped_quantity']:,} units left "
            f"{row['origin']} on {row['shipped_on']}, {arrived} {_place(row)}"
        )
    if any(row["received_quantity"] is not None for row in moves):
        yield _compare(story, sum(row["received_quantity"] or 0 for row in moves))


def _tell_other_outcomes(story: Story) -> Iterator[str]:
    for row in story.list_answers("online_orders"):
        yield f"Order {row['order_id']} line {row['line']}: {row['status']} {_place(row)}"
    for row in story.list_answers("substitution_outcomes"):
        yield f"The customer {row['outcome']} {row['substitute']} {_place(row)}"
    for row in story.list_answers("stock_counts"):
        yield f"Counted on {row['timestamp']}: {row['counted']:,} units {_place(row)}"
    for row in story.prices.tail(1).iter_rows(named=True):
        paid = row["paid_price"]
        said = "nothing sold" if paid is None else f"customers paid {paid:,.2f}"
        yield f"Asked {row['asked_price']:,.2f} until {row['last_day']}: {said}"


def _compare(story: Story, came: int) -> str:
    """What came beside what was asked for, and by when it should have."""
    line = story.line or story.action
    return f"In all {came:,} of {line['quantity']:,} units came; they were due on {line['due_on']}."


def _in_chain(story: Story, kind: str, holding: str = "") -> str:
    event = story.find_event(kind, holding)
    return "" if event is None else f" (event {event.sequence} of the audit chain)"


def _place(row: Mapping[str, Any]) -> str:
    return f"({row['file_name']}, row {row['row']})"


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"
