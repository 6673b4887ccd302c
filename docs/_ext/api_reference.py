"""The directive `runyard-api`: every route of the REST API, from the OpenAPI document."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from runyard.api.app import operations
from runyard.api.openapi import document


def reference() -> str:
    """The reference as Markdown, with a level 2 heading for each subject."""
    made = document(tuple(operations()))
    by_tag: dict[str, list[str]] = {tag["name"]: [] for tag in made["tags"]}
    for path, methods in made["paths"].items():
        for method, operation in methods.items():
            by_tag[operation["tags"][0]] += _route(f"{method.upper()} {path}", operation, made)
    about = {tag["name"]: tag["description"] for tag in made["tags"]}
    routes = [
        line
        for tag, lines in by_tag.items()
        for line in (f"## {tag.capitalize()}", "", f"{about[tag]}.", "", *lines)
    ]
    return "\n".join([*routes, "## Objects", "", *_objects(made)])


def _objects(made: dict[str, Any]) -> Iterator[str]:
    """The fields of what is answered."""
    for name, schema in made["components"]["schemas"].items():
        fields = schema.get("properties", {})
        if not name.endswith(("Answer", "Item", "Content")) or not fields:
            continue
        yield from (f"### {name.removesuffix('Answer')}", "", schema.get("description", ""), "")
        yield from ("| field | type | |", "| --- | --- | --- |")
        for field, said in fields.items():
            yield f"| `{field}` | {_type(said, made)} | {said.get('description', '')} |"
        yield ""


def _route(title: str, operation: dict[str, Any], made: dict[str, Any]) -> Iterator[str]:
    yield from (f"### {title}", "", f"{operation['summary']}.", "")
    said = operation.get("description", "")
    if said.rstrip(".") != operation["summary"]:
        yield from (said, "")
    rows = [_parameter(one, made) for one in operation.get("parameters", ())]
    rows += list(_body(operation, made))
    if rows:
        yield from ("| field | where | type | |", "| --- | --- | --- | --- |", *rows, "")
    yield from (_answers(operation), "")


def _parameter(one: dict[str, Any], made: dict[str, Any]) -> str:
    return _row(one["name"], one["in"], one["schema"], made, said=one.get("description", ""))


def _body(operation: dict[str, Any], made: dict[str, Any]) -> Iterator[str]:
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if content is None:
        return
    for schema in _parts(content["schema"], made):
        for name, field in schema.get("properties", {}).items():
            yield _row(name, "body", field, made, said=field.get("description", ""))


def _row(name: str, place: str, schema: dict[str, Any], made: dict[str, Any], *, said: str) -> str:
    return f"| `{name}` | {place} | {_type(schema, made)} | {said} |"


def _parts(schema: dict[str, Any], made: dict[str, Any]) -> list[dict[str, Any]]:
    """A schema with its references followed, one for each alternative."""
    if "$ref" in schema:
        return [made["components"]["schemas"][schema["$ref"].rpartition("/")[2]]]
    if "anyOf" in schema:
        return [part for one in schema["anyOf"] for part in _parts(one, made)]
    return [schema]


def _type(schema: dict[str, Any], made: dict[str, Any]) -> str:
    words = []
    for part in _parts(schema, made):
        if "enum" in part or "const" in part:
            words.append(" or ".join(f"`{one}`" for one in part.get("enum", [part.get("const")])))
        elif part.get("type") == "array":
            words.append(f"list of {_type(part.get('items', {}), made)}")
        else:
            words.append(part.get("format") or part.get("type") or "any JSON")
    return " or ".join(dict.fromkeys(words))


def _answers(operation: dict[str, Any]) -> str:
    codes = sorted(operation["responses"])
    good = next(
        (operation["responses"][code].get("content", {}) for code in codes if code < "300"), {}
    )
    schema = good.get("application/json", {}).get("schema", {})
    named = schema.get("$ref", "").rpartition("/")[2].removesuffix("Answer")
    what = f" The answer is a {named}." if named else ""
    return f"Statuses: {', '.join(codes)}.{what}"


class ApiReference(SphinxDirective):
    def run(self) -> list[nodes.Node]:
        return self.parse_text_to_nodes(reference(), allow_section_headings=True)


def setup(sphinx: Sphinx) -> dict[str, Any]:
    sphinx.add_directive("runyard-api", ApiReference)
    return {"parallel_read_safe": True}
