"""Playbooks: which exceptions open a case, who answers for it, and what may answer it.

Playbooks are tried in order and the first whose conditions an exception meets is its playbook; an
exception that meets none opens no case.
"""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from governance.kinds import find_kind
from governance.policy import KindName, Kinds, Name, RoleName, Words, list_words
from governance.policy_files import parse_model, read_policy
from quality_checks.contracts import EXCEPTION_KINDS, PolicyModel, require_known_word

ExceptionKind = Annotated[
    str,
    BeforeValidator(
        lambda word: require_known_word(word, frozenset(EXCEPTION_KINDS), "a kind of exception")
    ),
]


class Trigger(PolicyModel):
    """Conditions on an exception; all that are given must hold, and a missing value meets none.

    Attributes:
        kind: what is wrong.
        region: of the exception; an exception of several regions has none. So with the others.
        department: of its items.
        category: of its items.
        location: node that it is about.
        channel: channel that it is about.
        supplier: supplier that it is about.
        money_above: money at risk, in the currency of the items, the bound excluded.
    """

    kind: Annotated[tuple[ExceptionKind, ...], BeforeValidator(list_words), Field(min_length=1)]
    region: Words | None = None
    department: Words | None = None
    category: Words | None = None
    location: Words | None = None
    channel: Words | None = None
    supplier: Words | None = None
    money_above: float | None = Field(default=None, ge=0)


class Answer(PolicyModel):
    """A kind of action that belongs to the case where it touches its item-locations.

    Attributes:
        kind: of action.
        at: side of the exception that it must touch: item-locations that have too little, those
            that have too much, or any. Those that are neither count with any only.
        form: forms of the kind, such as pull_in of a purchase_change; all where none is named.
        reason: reason codes of the kind of which the action must give one, such as due_too_late
            of a split; any where none is named.
        part: answer, or supporting where it helps to find the answer, as a count does.
    """

    kind: KindName
    at: Literal["short", "over", "any"] = "any"
    form: Words | None = None
    reason: Words | None = None
    part: Literal["answer", "supporting"] = "answer"

    @property
    def forms(self) -> tuple[str, ...]:
        """Forms of its kind that belong to the case."""
        return self.form or tuple(find_kind(self.kind).forms)

    @model_validator(mode="after")
    def _forms_exist(self) -> Self:
        known = find_kind(self.kind).forms.keys() - {""}
        unknown = sorted({*(self.form or ())} - known)
        if unknown:
            forms = f"forms are {', '.join(sorted(known))}" if known else "it has no forms"
            raise ValueError(f"{', '.join(unknown)} is no form of {self.kind}: {forms}")
        return self

    @model_validator(mode="after")
    def _reasons_exist(self) -> Self:
        known = find_kind(self.kind).reasons.keys()
        unknown = sorted({*(self.reason or ())} - known)
        if unknown:
            codes = f"its reasons are {', '.join(sorted(known))}"
            raise ValueError(f"{', '.join(unknown)} is no reason of {self.kind}: {codes}")
        return self


class Alert(PolicyModel):
    """What a role is told when a case opens.

    Attributes:
        role: whom.
        words: what it should know or do, as a sentence; the figures of the case follow.
    """

    role: RoleName
    words: str = Field(pattern=r"\S")


class Escalation(PolicyModel):
    """Who is in charge once nobody acts.

    Attributes:
        after_days: days from the opening.
        to: role.
    """

    after_days: int = Field(ge=1)
    to: RoleName


class Playbook(PolicyModel):
    """What is done about exceptions of a sort.

    Attributes:
        name: by which cases name it.
        when: exceptions that it is for.
        owner: role that answers for the case.
        due_days: days from the opening by which it should be decided.
        escalation: who is in charge once nobody acts.
        measure_after_days: days from the end of the exception after which the outcome is measured.
        answers: kinds of action that belong to the case.
        alternatives: options, each of one kind of action or several, of which an item takes one;
            none where all answers may go together.
        alerts: who is told when a case opens.
    """

    name: Name
    when: Trigger
    owner: RoleName
    due_days: int = Field(ge=0)
    escalation: Escalation
    measure_after_days: int = Field(ge=1)
    answers: Annotated[tuple[Answer, ...], BeforeValidator(list_words)] = ()
    alternatives: Annotated[tuple[Kinds, ...], BeforeValidator(list_words)] = ()
    alerts: Annotated[tuple[Alert, ...], BeforeValidator(list_words)] = ()

    @model_validator(mode="after")
    def _can_be_worked(self) -> Self:
        if self.escalation.after_days < self.due_days:
            raise ValueError(
                f"escalates after {self.escalation.after_days} days, before it is due after "
                f"{self.due_days}"
            )
        if not self.answers and not self.alerts:
            raise ValueError("it has neither answers nor alerts: nobody would hear of its cases")
        named = [(answer.kind, form) for answer in self.answers for form in answer.forms]
        twice = _repeated([" ".join(filter(None, pair)) for pair in named])
        if twice:
            raise ValueError(f"answers: {', '.join(twice)} is given twice")
        twice = _repeated([alert.role for alert in self.alerts])
        if twice:
            raise ValueError(f"alerts: {', '.join(twice)} is told twice")
        return self

    @model_validator(mode="after")
    def _alternatives_are_answers(self) -> Self:
        named = [kind for option in self.alternatives for kind in option]
        answers = {answer.kind for answer in self.answers if answer.part == "answer"}
        strange = sorted({*named} - answers)
        if strange:
            raise ValueError(f"alternatives: {', '.join(strange)} is not among the answers")
        if _repeated(named):
            raise ValueError(f"alternatives: {', '.join(_repeated(named))} is in two options")
        if len(self.alternatives) == 1:
            raise ValueError("alternatives: one option is no choice")
        return self


class Playbooks(PolicyModel):
    """All playbooks, in the order in which they are tried.

    Attributes:
        playbooks: of which the first that an exception meets is taken.
    """

    playbooks: Annotated[tuple[Playbook, ...], BeforeValidator(list_words)]

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        twice = _repeated([playbook.name for playbook in self.playbooks])
        if twice:
            raise ValueError(f"playbooks: two are named {', '.join(twice)}")
        return self

    def find(self, name: str) -> Playbook:
        """The playbook of a name.

        Raises:
            LookupError: there is none.
        """
        for playbook in self.playbooks:
            if playbook.name == name:
                return playbook
        raise LookupError(f"there is no playbook {name!r}")


def load_playbooks(path: Path) -> Playbooks:
    """The playbooks in the YAML file `path`.

    Raises:
        PolicyError: the file is missing or breaks the grammar; names file, line, playbook, field.
    """
    return parse_playbooks(read_policy(path), str(path))


def parse_playbooks(text: str, name: str = "playbooks.yaml") -> Playbooks:
    """The playbooks that a text states.

    Raises:
        PolicyError: it breaks the grammar; names line, playbook and field.
    """
    return parse_model(text, name, Playbooks)


def _repeated(names: list[str]) -> list[str]:
    return sorted({name for name in names if names.count(name) > 1})
