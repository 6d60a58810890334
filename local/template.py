"""The template as data: what is deployed is read from where it is declared, and not written down twice."""

from functools import cache
from typing import Any

import yaml

from local.processes import REPOSITORY

PATH = REPOSITORY / "infra" / "template.yaml"


class _Loader(yaml.SafeLoader):
    """Reads `!Ref X` as {"Ref": "X"}, `!GetAtt X.Arn` as {"GetAtt": "X.Arn"}, and so on."""


def _short_form(loader: _Loader, tag: str, node: yaml.Node) -> dict[str, Any]:
    match node:
        case yaml.ScalarNode():
            return {tag: loader.construct_scalar(node)}
        case yaml.SequenceNode():
            return {tag: loader.construct_sequence(node, deep=True)}
    raise ValueError(f"unexpected form of !{tag}")


_Loader.add_multi_constructor("!", _short_form)


@cache
def whole() -> dict[str, Any]:
    """The template, functions such as `!Ref` in their long form."""
    read: dict[str, Any] = yaml.load(PATH.read_text(), _Loader)
    return read


def resources() -> dict[str, dict[str, Any]]:
    """Its resources by their logical ids."""
    found: dict[str, dict[str, Any]] = whole()["Resources"]
    return found


def properties(resource: str) -> dict[str, Any]:
    """The properties of one resource."""
    found: dict[str, Any] = resources()[resource]["Properties"]
    return found
