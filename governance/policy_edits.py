"""Changes values of a policy file and leaves all else in it, comments too, as people wrote it."""

import re
from collections.abc import Mapping
from copy import deepcopy
from typing import Any, Final

import yaml

from governance.policy_files import PolicyError, parse_policy

Path = tuple[str, ...]

_COMMENT: Final = re.compile(r"(?:^|\s)#", re.MULTILINE)
"""What a comment begins with; a text that holds it is taken for one, too, as nothing is lost so."""

_END: Final = "\n...\n"
"""What YAML writes after a value that stands alone."""


def set_policy_values(text: str, name: str, values: Mapping[Path, object]) -> str:
    """Set values of a policy file, each by the fields that lead to it.

    Args:
        text: of the file.
        name: of the file, for what is said of it.
        values: fields from the outermost on -> value; what is not there yet is added.

    Raises:
        PolicyError: the text is no mapping, a field leads through what is none, the text is
            written in a way that cannot be changed in place, or a comment would be lost.
    """
    wanted = deepcopy(_read_mapping(text, name))
    for path, value in values.items():
        _put(wanted, path, value, name)
        try:
            text = _write(text, path, value)
        except _CommentError as error:
            fields = ".".join(path)
            raise PolicyError(
                f"{name}: a comment within {fields} would be lost: {error}; change it by hand"
            ) from error
    if _read_mapping(text, name) != wanted:
        raise PolicyError(f"{name}: is written so that only people can change it in place")
    return text


def _read_mapping(text: str, name: str) -> dict[str, Any]:
    content = parse_policy(text, name)
    if not isinstance(content, dict):
        raise PolicyError(f"{name}: is no mapping of fields")
    return content


def _put(within: dict[str, Any], path: Path, value: object, name: str) -> None:
    """Set a value in what a file says."""
    for field in path[:-1]:
        within = within.setdefault(field, {})
        if not isinstance(within, dict):
            raise PolicyError(f"{name}: {'.'.join(path)} leads through a value")
    within[path[-1]] = value


def _write(text: str, path: Path, value: object) -> str:
    """The text with a value in place of the one that the fields lead to, or added to it."""
    node = _compose(text)
    for place, field in enumerate(path):
        inner = _find_field(node, field)
        if inner is None:
            return _add(text, node, field, _nest(path[place + 1 :], value))
        node = inner
    return _replace(text, node, value)


class _CommentError(ValueError):
    """A value holds a comment, which is the message."""


def _replace(text: str, node: yaml.Node, value: object) -> str:
    begin, end = _find_span(text, node)
    comments = [line for line in text[begin:end].splitlines() if _COMMENT.search(line)]
    if comments:
        raise _CommentError(comments[0].strip())
    return text[:begin] + _dump(value) + text[end:]


def _compose(text: str) -> yaml.Node:
    """What a text that is a mapping is made of, with places."""
    node = yaml.compose(text, Loader=yaml.SafeLoader)
    if node is None:
        raise PolicyError("a policy is no mapping of fields")
    return node


def _add(text: str, node: yaml.Node, field: str, value: object) -> str:
    """The text with a field more in a mapping: on a line of its own before the first of a block."""
    if isinstance(node, yaml.CollectionNode) and node.flow_style:
        begin, end = _find_span(text, node)
        held = yaml.safe_load(text[begin:end])
        return _replace(text, node, {**held, field: value})
    if node.start_mark.column == 0:
        return f"{text.rstrip()}\n\n{field}: {_dump(value)}\n"
    begin = node.start_mark.index
    return f"{text[:begin]}{field}: {_dump(value)}\n{' ' * node.start_mark.column}{text[begin:]}"


def _find_field(node: yaml.Node, field: str) -> yaml.Node | None:
    if not isinstance(node, yaml.MappingNode):
        return None
    found = (inner for key, inner in node.value if key.value == field)
    return next(found, None)


def _nest(path: Path, value: object) -> object:
    for field in reversed(path):
        value = {field: value}
    return value


def _find_span(text: str, node: yaml.Node) -> tuple[int, int]:
    """Where a value begins and ends; a block reads on to what follows it, which is not of it."""
    begin, end = node.start_mark.index, node.end_mark.index
    lines = text[begin:end].splitlines(keepends=True)
    while lines and (not lines[-1].strip() or lines[-1].lstrip().startswith("#")):
        lines.pop()
    return begin, begin + len("".join(lines).rstrip())


def _dump(value: object) -> str:
    """A value as YAML on one line."""
    width = float("inf")
    written: str = yaml.safe_dump(value, default_flow_style=True, sort_keys=False, width=width)
    return written.removesuffix(_END).strip()
