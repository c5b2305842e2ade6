"""Reads policy files: strict YAML into pydantic models, with errors that name file, rule and field.

What YAML would take in silence is an error here: a key given twice, a field nobody knows, a word
where a number belongs.
"""

import hashlib
import json
from collections.abc import Hashable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import yaml
from pydantic import ValidationError

if TYPE_CHECKING:
    from quality_checks.contracts import PolicyModel

Model = TypeVar("Model", bound="PolicyModel")
Location = tuple[int | str, ...]


class PolicyError(ValueError):
    """A policy file that cannot be used; the message names file, rule, field and fault."""


class _UniqueKeyLoader(yaml.SafeLoader):
    """Refuses a mapping that gives a key twice, where YAML would take the last."""

    def construct_mapping(
        self,
        node: yaml.MappingNode,
        deep: bool = False,  # noqa: FBT001, FBT002  # yaml's signature
    ) -> dict[Hashable, object]:
        seen: set[object] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, Hashable):
                continue  # the loader refuses it below, with its place
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"key {key!r} is given twice", key_node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep)


def load_model(path: Path, model: type[Model]) -> Model:
    """The policy in the YAML file `path`.

    Raises:
        PolicyError: the file is missing, is not YAML, or does not fit `model`; every fault is
            listed with its rule and field.
    """
    content = _read(path)
    try:
        return model.model_validate(content)
    except ValidationError as error:
        faults = [
            f"{path}: {_place(fault['loc'], content)}{fault['msg']}" for fault in error.errors()
        ]
        raise PolicyError("\n".join(faults)) from error


def hash_policies(paths: Iterable[Path]) -> str:
    """Hash what the policy files say: SHA-256, in hex.

    The hash covers each file's name and its content as canonical JSON, in order of name: comments,
    layout and the order of keys do not change it, a changed value or order of rules does.

    Raises:
        PolicyError: a file is missing or is not YAML.
    """
    contents = {path.name: _read(path) for path in paths}
    canonical = json.dumps(contents, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _read(path: Path) -> object:
    try:
        # The loader is a SafeLoader: it builds plain values only.
        return yaml.load(path.read_text(encoding="utf-8"), Loader=_UniqueKeyLoader)  # noqa: S506
    except OSError as error:
        raise PolicyError(f"{path}: cannot be read: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise PolicyError(f"{path}: is not YAML: {error}") from error


def _place(location: Location, content: object) -> str:
    """Where a fault is, with the rule's name in place of its number."""
    if location[:1] == ("rules",) and len(location) > 1 and isinstance(content, dict):
        rule = content["rules"][location[1]]
        name = rule.get("name") if isinstance(rule, dict) else None
        shown = f"rule {name!r}" if name else f"rule number {int(location[1]) + 1}"
        field = ".".join(map(str, location[2:]))
        return f"{shown}, field {field}: " if field else f"{shown}: "
    return f"field {'.'.join(map(str, location))}: " if location else ""
