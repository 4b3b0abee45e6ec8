"""From the bytes of a request to the struct that its endpoint declares."""

import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, QueryDict

from apps.api.contract import ANYTHING, FORMS, LD_JSON, Endpoint
from apps.api.errors import (
    INVALID_BODY,
    MISSING_BODY,
    UNPARSABLE_BODY,
    ApiError,
    Violation,
    invalid_fields,
    invalid_request,
)
from apps.api.json_body import json_body, reading_body
from apps.api.strict_json import JsonRefused, strict_loads

_AT_FIELD: Final = re.compile(r" - at `\$\.?(?P<field>[^`]*)`$")
_MISSING: Final = re.compile(r"Object missing required field `(?P<field>[^`]*)`")
_UNKNOWN: Final = re.compile(r"Object contains unknown field `(?P<field>[^`]*)`")
_WORDS: Final = {
    "`object`": "an object",
    "`array`": "a list",
    "`str`": "a text",
    "`int`": "a whole number",
    "`float`": "a number",
    "`bool`": "true or false",
    "`null`": "null",
}


def decode_query(request: HttpRequest, query: type[msgspec.Struct] | None) -> Any:
    """The query as the endpoint's type; a parameter that is an object or a list holds it as JSON.

    Raises:
        ApiError: 400 for a parameter that is missing, given twice or wrong.
    """
    if query is None:
        return None
    try:
        given = request.GET
    except SuspiciousOperation:
        raise invalid_request("The query has too many parameters.", problem=INVALID_BODY) from None
    return _convert(_structured(_flat(given, "query parameter"), query), query, strict=False)


def decode_body(request: HttpRequest, endpoint: Endpoint) -> Any:
    """The body as the endpoint's type.

    Raises:
        ApiError: 400 for a body that is missing or wrong, 413 for one that is too large, 415 for another
            content type.
    """
    if endpoint.body is None:
        return None
    if endpoint.body is str:
        return _text(request)
    content_type = (request.content_type or "").lower()
    takes_anything = ANYTHING in endpoint.takes
    with reading_body():
        if takes_anything and not request.body.strip():
            return _without_fields(endpoint.body)
        is_form = content_type in endpoint.takes and content_type in FORMS
        if is_form and not (takes_anything and _looks_like_json(request.body)):
            return _convert(_form(request.POST, endpoint.body), endpoint.body, strict=False)
        if not content_type or takes_anything or content_type in endpoint.takes:
            given = json_body(request)
            return _convert(_without_keywords(given) if content_type == LD_JSON else given, endpoint.body, strict=True)
    taken = [name for name in endpoint.takes if name not in FORMS]
    expected = " or ".join(taken + ["a form"] * (len(taken) < len(endpoint.takes)))
    raise ApiError(415, "unsupported_media_type", f"Send the body as {expected}, not as {content_type[:60]}.")


def _text(request: HttpRequest) -> str:
    """The body as the text that it is, whatever it is called.

    Raises:
        ApiError: 400 for one that is no UTF-8 or cannot be read, 413 for one that is too large.
    """
    try:
        with reading_body():
            return request.body.decode()
    except UnicodeDecodeError:
        raise invalid_request("The body is no text.", problem=UNPARSABLE_BODY) from None


def _without_fields(wanted: type[msgspec.Struct]) -> msgspec.Struct:
    """What an empty body says: nothing, which is enough where no field is needed."""
    if not needs_nothing(wanted):
        raise invalid_request("The body is empty. Send a JSON object.", problem=MISSING_BODY)
    return wanted()


def needs_nothing(body: type[msgspec.Struct]) -> bool:
    """Whether every field of a body may be left out."""
    return not any(field.required for field in msgspec.structs.fields(body))


def _looks_like_json(body: bytes) -> bool:
    """Whether a body that is called a form is a JSON object or list: curl calls it so when nobody says otherwise."""
    return body.lstrip()[:1] in {b"{", b"["}


def _form(values: QueryDict, wanted: type[msgspec.Struct]) -> dict[str, Any]:
    """A form's fields; one that is an object or a list holds it as JSON."""
    return _structured(_flat(values, "field"), wanted)


def _structured(texts: Mapping[str, str], wanted: type[msgspec.Struct]) -> dict[str, Any]:
    """The fields, with those read as JSON that are objects or lists."""
    found: dict[str, Any] = dict(texts)
    for field in msgspec.structs.fields(wanted):
        name = field.encode_name
        if name in found and _is_structured(msgspec.inspect.type_info(field.type)):
            try:
                found[name] = strict_loads(texts[name].encode())
            except JsonRefused as refused:
                problem = str(refused).replace("The body", f"The field {name}")
                raise invalid_fields([Violation(name, problem, "type")]) from None
    return found


def _is_structured(kind: msgspec.inspect.Type) -> bool:
    if isinstance(kind, msgspec.inspect.UnionType):
        return any(_is_structured(option) for option in kind.types)
    if isinstance(kind, msgspec.inspect.Metadata):
        return _is_structured(kind.type)
    return isinstance(kind, msgspec.inspect.StructType | msgspec.inspect.DictType | msgspec.inspect.ListType)


def _without_keywords(given: Any) -> Any:
    """The object without `@context`, `@id` and the like, which are JSON-LD's and nobody's fields."""
    return {name: value for name, value in given.items() if name[:1] != "@"} if isinstance(given, dict) else given


def _flat(values: QueryDict, what: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, given in values.lists():
        if len(given) != 1:
            raise invalid_request(f"The {what} {name[:40]} is given {len(given)} times.", problem=INVALID_BODY)
        if "\0" in name or "\0" in given[0]:
            raise invalid_request(f"A {what} holds a NUL character.", problem=INVALID_BODY)
        found[name] = given[0]
    return found


def _convert(value: Mapping[str, Any] | Any, wanted: type[msgspec.Struct], *, strict: bool) -> Any:
    try:
        return msgspec.convert(value, wanted, strict=strict)
    except msgspec.ValidationError as error:
        violation = _violation(str(error))
        raise (
            invalid_fields([violation]) if violation.field else invalid_request(violation.message, problem=INVALID_BODY)
        ) from None


def _violation(text: str) -> Violation:
    """Msgspec's sentence in the words of the contract: which field, what is wrong; no field for the whole body."""
    at = _AT_FIELD.search(text)
    prefix = at["field"] if at else ""
    text = _AT_FIELD.sub("", text)
    if match := _MISSING.match(text):
        field = _path(prefix, match["field"])
        return Violation(field, f"{field} is missing.", "missing")
    if match := _UNKNOWN.match(text):
        field = _path(prefix, match["field"])
        return Violation(field, f"{field} is not a field of this endpoint.", "unknown")
    for word, plain in _WORDS.items():
        text = text.replace(word, plain)
    text = text.replace("Invalid UUID", "expected a UUID")
    text = text[:1].lower() + text[1:]
    return Violation(prefix, f"{prefix or 'The body'}: {text}.", "type")


def _path(prefix: str, name: str) -> str:
    return f"{prefix}.{name}" if prefix else name
