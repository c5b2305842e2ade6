"""Reads policy files: strict YAML into pydantic models, with errors that name file, rule and field.

What YAML would take in silence is an error here: a key given twice, a field nobody knows, a word
where a number belongs.
"""

import hashlib
import json
from collections.abc import Hashable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import yaml
from pydantic import ValidationError

if TYPE_CHECKING:
    from quality_checks.contracts import PolicyModel

Model = TypeVar("Model", bound="PolicyModel")
Location = tuple[int | str, ...]

_MOST_VALUES = 100_000
_NAMED = {"rules": "rule", "playbooks": "playbook"}
"""Lists whose members have a name -> what a member is."""


class PolicyError(ValueError):
    """A policy file that cannot be used; the message names file, rule, field and fault."""


class _TooLargeError(ValueError):
    """A document that is small on disk and vast when read."""


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
            if isinstance(key, Hashable) and not isinstance(key, str | int):
                raise yaml.constructor.ConstructorError(
                    None, None, f"key {key} is no word and no whole number", key_node.start_mark
                )
            if not isinstance(key, Hashable):
                continue  # the loader refuses it below, with its place
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"key {key!r} is given twice", key_node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep)


def _construct_number(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> int:
    """A whole number as it stands: YAML reads 0012 by eights, and 22:00 by sixties."""
    by_eights = node.value.lstrip("+-").startswith("0") and node.value.isdigit()
    if node.value != "0" and (by_eights or ":" in node.value):
        raise yaml.constructor.ConstructorError(
            None, None, f"{node.value} is read as another number: quote it", node.start_mark
        )
    return int(yaml.SafeLoader.construct_yaml_int(loader, node))


_UniqueKeyLoader.add_constructor("tag:yaml.org,2002:int", _construct_number)


def load_model(path: Path, model: type[Model]) -> Model:
    """The policy in the YAML file `path`.

    Raises:
        PolicyError: the file is missing, is not YAML, or does not fit `model`; every fault is
            listed with its line, rule and field.
    """
    return parse_model(read_policy(path), str(path), model)


def parse_model(text: str, name: str, model: type[Model]) -> Model:
    """The policy that the text of the file `name` states.

    Raises:
        PolicyError: as for `load_model`.
    """
    content = parse_policy(text, name)
    try:
        return model.model_validate(content)
    except ValidationError as error:
        root = _compose(text)
        faults = [
            f"{name}, line {_find_line(root, fault['loc'])}: "
            f"{_place(fault['loc'], content)}{fault['msg']}"
            for fault in error.errors()
        ]
        raise PolicyError("\n".join(faults)) from error


def read_policy(path: Path) -> str:
    """The text of a policy file.

    Raises:
        PolicyError: it cannot be read, or is no text; names the file.
    """
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise PolicyError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise PolicyError(f"{path}: is not YAML: {error}") from error


def hash_policies(texts: Mapping[str, str]) -> str:
    """Hash what policy files say: SHA-256, in hex.

    The hash covers each file's name and its content as canonical JSON, in order of name: comments,
    layout and the order of keys do not change it, a changed value or order of rules does.

    Args:
        texts: name of each file -> what it says.

    Raises:
        PolicyError: a text is not YAML.
    """
    contents = {name: parse_policy(text, name) for name, text in texts.items()}
    canonical = json.dumps(_as_lists(contents), separators=(",", ":"), default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()


def parse_policy(text: str, name: str) -> object:
    """What the text of a policy file says, as plain values; nobody may change them.

    Raises:
        PolicyError: it is not YAML, or vast when read; names `name`.
    """
    try:
        return _parse(text)
    except RecursionError as error:
        raise PolicyError(f"{name}: is nested too deeply") from error
    except _TooLargeError as error:
        raise PolicyError(f"{name}: {error}") from error
    except yaml.YAMLError as error:
        raise PolicyError(f"{name}: is not YAML: {error}") from error
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        # What yaml raises for a date, a number or a tag that there is not depends on which it is.
        raise PolicyError(f"{name}: holds a value that there is not: {error}") from error


@lru_cache(maxsize=16)
def _parse(text: str) -> object:
    """What a file says, parsed once; whoever asks may not change it.

    A night reads the same two files often, and parsing takes longer than what they are asked for.
    """
    # A SafeLoader: it builds plain values only.
    loader = _UniqueKeyLoader(text)
    try:
        root = loader.get_single_node()
        _refuse_explosion(root)
        return None if root is None else loader.construct_document(root)
    finally:
        loader.dispose()


def _compose(text: str) -> yaml.Node | None:
    """The nodes of a text, which know their lines."""
    loader = _UniqueKeyLoader(text)
    try:
        return loader.get_single_node()
    finally:
        loader.dispose()


def _find_line(root: yaml.Node | None, location: Location) -> int:
    """The line of what a fault is in: of its field, or of the part that lacks it."""
    line, node = 1, root
    for step in location:
        key = node
        if isinstance(node, yaml.MappingNode):
            named = [pair for pair in node.value if pair[0].value == str(step)]
            key, node = named[0] if named else (None, None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int):
            key = node = node.value[step] if step < len(node.value) else None
        else:
            key = node = None
        if key is None:
            break
        line = key.start_mark.line + 1
    return line


def _refuse_explosion(root: yaml.Node | None) -> None:
    """Refuse a document whose aliases hold more than a policy ever says, or hold themselves.

    Raises:
        _TooLargeError: says on which line.
    """
    sizes: dict[int, int] = {}

    def measure(node: yaml.Node, above: frozenset[int]) -> int:
        line = f"line {node.start_mark.line + 1}"
        if id(node) in above:
            raise _TooLargeError(f"{line} holds itself by an alias")
        if id(node) not in sizes:
            parts = [] if isinstance(node, yaml.ScalarNode) else node.value
            inner = [part for pair in parts for part in (pair if type(pair) is tuple else [pair])]
            sizes[id(node)] = 1 + sum(measure(part, above | {id(node)}) for part in inner)
        if sizes[id(node)] > _MOST_VALUES:
            raise _TooLargeError(f"{line} holds more than {_MOST_VALUES:,} values by its aliases")
        return sizes[id(node)]

    if root is not None:
        measure(root, frozenset())


def _as_lists(content: object) -> object:
    """Mappings as lists in order of their keys, whatever types these have."""
    if isinstance(content, dict):
        pairs = sorted(content.items(), key=lambda pair: (type(pair[0]).__name__, pair[0]))
        return {"mapping": [[key, _as_lists(value)] for key, value in pairs]}
    if isinstance(content, list):
        return [_as_lists(value) for value in content]
    return content


def _find_listed(location: Location, content: object) -> object:
    """The rule or the playbook that a fault is in; missing where it is in none."""
    if len(location) < 2 or location[0] not in _NAMED or not isinstance(content, dict):  # noqa: PLR2004  # list and place
        return None
    members, place = content[location[0]], location[1]
    there = isinstance(members, list) and isinstance(place, int) and place < len(members)
    return members[place] if there else None


def _place(location: Location, content: object) -> str:
    """Where a fault is, with the name of a rule or a playbook in place of its number."""
    listed = _find_listed(location, content)
    if listed is not None:
        what = _NAMED[str(location[0])]
        name = listed.get("name") if isinstance(listed, dict) else None
        shown = f"{what} {name!r}" if name else f"{what} number {int(location[1]) + 1}"
        field = ".".join(map(str, location[2:]))
        return f"{shown}, field {field}: " if field else f"{shown}: "
    return f"field {'.'.join(map(str, location))}: " if location else ""
