"""`PolicyDraft`: what a policy file would say, in place of what, and who asks for it."""

import difflib
import hashlib
from datetime import datetime
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict

from governance.names import fold_name
from governance.policy_files import read_policy

_DIGITS: Final = 32


class PolicyDraft(BaseModel):
    """A changed policy file that is not in force.

    Attributes:
        file: its name.
        text: what it would say.
        replaces: hash of what it says as this is drafted.
        reason: why it should be changed.
        name: who drafted it.
        sort: person, service or agent.
        expires_at: until when somebody can put it in force, local wall-clock time.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: str
    text: str
    replaces: str
    reason: str
    name: str
    sort: Literal["person", "service", "agent"]
    expires_at: datetime

    @property
    def fingerprint(self) -> str:
        """Digits that no other draft has: of every word of it."""
        said = self.model_dump_json()
        return hashlib.sha256(said.encode()).hexdigest()[:_DIGITS]

    def is_by(self, name: str) -> bool:
        """Whether somebody of this name has drafted it."""
        return fold_name(self.name) == fold_name(name)


def hash_text(text: str) -> str:
    """Hash what a policy file says."""
    return hashlib.sha256(text.encode()).hexdigest()


def describe_policy_draft(draft: PolicyDraft, folder: Path) -> list[str]:
    """Say which lines of a policy file a draft takes out (`-`) and puts in (`+`).

    Args:
        draft: of the file.
        folder: of the policies in force.

    Raises:
        PolicyError: the file cannot be read.
    """
    both = read_policy(folder / draft.file).splitlines(), draft.text.splitlines()
    lines = difflib.unified_diff(*both, lineterm="", n=0)
    # The first two are names of files, and those with places tell a reader nothing.
    return [line for line in list(lines)[2:] if not line.startswith("@@")]
