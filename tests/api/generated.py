"""Requests that nobody would write: values that a schema allows, and others that it does not."""

import json
from copy import deepcopy
from typing import Any
from urllib.parse import quote

from hypothesis import strategies as st

from tests.api.document import DOCUMENT

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=200),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=6,
)
TEXT = st.text(max_size=150) | st.sampled_from(
    ["https://a.example", "http://localhost", "a.example", "*", "x" * 130, "x" * 300]
)


def valid(schema: dict[str, Any], known: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Values that the schema allows; a field whose real value is known has it half of the time."""
    if "$ref" in schema:
        return valid(DOCUMENT["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]], known)
    if "anyOf" in schema:
        return st.one_of([valid(one, known) for one in schema["anyOf"]])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    match schema.get("type"):
        case "object":
            return _objects(schema, known)
        case "array":
            return st.lists(valid(schema["items"], known) | st.just("https://app.example.com"), max_size=4)
        case "boolean":
            return st.booleans()
        case "integer":
            return st.integers(schema.get("minimum"), schema.get("maximum"))
        case "null":
            return st.none()
    return st.uuids().map(str) if schema.get("format") == "uuid" else TEXT


def _objects(schema: dict[str, Any], known: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    if "properties" not in schema:
        return st.dictionaries(st.text(max_size=10), valid(schema["additionalProperties"], known), max_size=3)
    fields = {
        name: st.just(known[name]) | valid(field, known) if name in known else valid(field, known)
        for name, field in schema["properties"].items()
    }
    required = set(schema.get("required", []))
    return st.fixed_dictionaries(
        {name: field for name, field in fields.items() if name in required},
        optional={name: field for name, field in fields.items() if name not in required},
    )


@st.composite
def bodies(draw: st.DrawFn, schema: dict[str, Any], known: dict[str, Any]) -> bytes:
    """A body that the schema allows, or one with a field too few, too many, or of any value; or any bytes."""
    if draw(st.integers(0, 19)) == 0:
        return draw(st.binary(max_size=100))
    good = st.builds(deepcopy, st.just(known["whole"])) if "whole" in known else st.nothing()
    whole = draw(good | valid(schema, known))
    listed = isinstance(whole, list) and whole and isinstance(whole[-1], dict)
    body = whole[-1] if listed else whole  # of a list, its last item is changed
    change = draw(st.sampled_from(["none", "none", "drop", "add", "replace", "all"]))
    change = change if isinstance(body, dict) or change == "all" else "none"
    if change == "drop" and body:
        del body[draw(st.sampled_from(sorted(body)))]
    if change == "add":
        body[draw(st.text(max_size=20))] = draw(ANYTHING)
    if change == "replace" and body:
        body[draw(st.sampled_from(sorted(body)))] = draw(ANYTHING)
    if change == "all":
        whole = draw(ANYTHING)
    is_text = schema.get("type") == "string" and isinstance(whole, str)
    return whole.encode() if is_text else json.dumps(whole).encode()


def parameter(name: str, known: dict[str, Any]) -> st.SearchStrategy[str]:
    """A value for a path's or a query's parameter: often the real one, often a strange one."""
    strange = st.text(min_size=1, max_size=60).map(lambda text: quote(text.encode("utf-8", "surrogatepass"), safe=""))
    other = strange | st.uuids(version=4).map(str) | st.integers(-3, 40).map(str)
    return st.just(str(known[name])) | other if name in known else other
