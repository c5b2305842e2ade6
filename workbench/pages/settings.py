"""Settings to read: people, switches and policies in force; and a dry run of a changed policy."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import APIRouter, Form
from starlette.responses import Response

from governance import Policies, PolicyError, PolicyRehearsal, parse_actions, recall_policies
from governance.people import read_register
from workbench.visits import OwnForm, Signed, Visit

router = APIRouter()

_ACTIONS: Final = "actions.yaml"
_DAYS: Final = 7
_LONGEST: Final = 200_000
"""Characters of a policy that is tried."""


@dataclass(frozen=True)
class _Trial:
    """A changed action policy and what came of trying it.

    Attributes:
        text: of `actions.yaml`.
        days: business dates back for which it was tried.
        fault: what is wrong with it; empty where nothing is.
        found: where it would have sent actions; missing where it was not tried.
        currency: of the amounts.
    """

    text: str
    days: int = _DAYS
    fault: str = ""
    found: PolicyRehearsal | None = None
    currency: str = ""


@router.get("/settings")
def show_settings(visit: Signed) -> Response:
    """Show who may decide what, what is switched off, and the policies in force."""
    policies = _find_policies(visit)
    return _show(visit, policies, _Trial(policies.texts[_ACTIONS]))


@router.post("/settings/dry-run")
def try_policy(
    visit: OwnForm,
    text: Annotated[str, Form(max_length=_LONGEST)],
    days: Annotated[int, Form(ge=1, le=28)] = _DAYS,
) -> Response:
    """Show where a changed action policy would have sent the actions of the last days.

    Nothing is changed by it: a policy is put in force by its file.
    """
    plan, policies = visit.take_plan(), _find_policies(visit)
    try:
        policy = parse_actions({**_select_actions(policies.texts), _ACTIONS: text})
    except PolicyError as error:
        return _show(visit, policies, _Trial(text, days, str(error)))
    rehearse = visit.bench.office.tellers.rehearse
    found = plan.use(lambda warehouse: rehearse(warehouse, policy, days))
    trial = _Trial(text, days, found=found, currency=plan.currency)
    return _show(visit, policies, trial)


def _show(visit: Visit, policies: Policies, trial: _Trial) -> Response:
    office = visit.bench.office
    context: dict[str, Any] = {
        "title": "Settings",
        "people": _list_people(visit),
        "stand_ins": read_register(office.store).stand_ins,
        "stopped": [scope.words for scope in office.store.stopped()],
        "texts": policies.texts,
        "digest": policies.digest,
        "faults": policies.faults,
        "automation": policies.actions.automation,
        "codes": policies.actions.reason_codes,
        "trial": trial,
        "routes": trial.found.routes.to_dicts() if trial.found else None,
        "workload": trial.found.workload.to_dicts() if trial.found else (),
    }
    return visit.show("settings.html", context, status=400 if trial.fault else 200)


def _select_actions(texts: Mapping[str, str]) -> dict[str, str]:
    """The files of the action policy: that of all regions and those of each."""
    return {
        name: text
        for name, text in texts.items()
        if name == _ACTIONS or name.startswith("regions/")
    }


def _find_policies(visit: Visit) -> Policies:
    office = visit.bench.office
    return Policies(office.policies_folder, lambda: recall_policies(office.store))


def _list_people(visit: Visit) -> list[dict[str, Any]]:
    """Who is entered, with what each is in charge of and until when his token is good."""
    register = read_register(visit.bench.office.store)
    return [
        {
            "name": identity.name,
            "sort": identity.sort,
            "charges": [charge.describe() for charge in identity.charges],
            "until": register.find_last_day(identity.name),
        }
        for _, identity in sorted(register.identities.items())
    ]
