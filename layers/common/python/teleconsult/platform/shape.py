"""Faults of a document's shape, found by pydantic, as field errors in Russian.

It takes pydantic's plain list of errors, so that nobody pays for importing pydantic here.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from teleconsult.platform.errors import FieldError

_MESSAGES = {
    "missing": "Обязательное поле",
    "extra_forbidden": "Такого поля нет",
    "string_type": "Нужна строка",
    "string_unicode": "Знак, которого нет в Юникоде",
    "int_type": "Нужно целое число",
    "int_from_float": "Нужно целое число",
    "int_parsing": "Нужно целое число",
    "bool_type": "Нужно true или false",
    "list_type": "Нужен список",
    "tuple_type": "Нужен список",
    "dict_type": "Нужен объект",
    "model_type": "Нужен объект",
    "model_attributes_type": "Нужен объект",
    "string_too_short": "Не короче {min_length} знаков",
    "string_too_long": "Не длиннее {max_length} знаков",
    "string_pattern_mismatch": "Неверный вид значения",
    "too_short": "Не меньше {min_length} элементов",
    "too_long": "Не больше {max_length} элементов",
    "greater_than": "Нужно больше {gt}",
    "greater_than_equal": "Нужно не меньше {ge}",
    "less_than": "Нужно меньше {lt}",
    "less_than_equal": "Нужно не больше {le}",
    "literal_error": "Такого значения здесь нет",
    "enum": "Такого значения здесь нет",
    "json_invalid": "Это не JSON",
}


def shape_faults(errors: Iterable[Mapping[str, Any]]) -> tuple[FieldError, ...]:
    """One field error for each of pydantic's, the path with dots: `doctors.0.offers.first.price`."""
    return tuple(
        FieldError(".".join(map(str, error["loc"])), error["type"], _message(error)) for error in errors
    )


def _message(error: Mapping[str, Any]) -> str:
    context = error.get("ctx") or {}
    # A rule called from a model brings its own message along.
    return str(
        context.get("message") or _MESSAGES.get(error["type"], "Неверное значение").format_map(context)
    )
