"""The report of a court bundle: one page that a judge can read without any program."""

from __future__ import annotations

from typing import Any, NoReturn

from jinja2 import Environment, PackageLoader, StrictUndefined

from manara.casework.selection import Contents
from manara.pipeline.releasing import Release

#: Columns of the store that a reader needs no second time.
_PLAIN = frozenset({"key", "kind", "table", "handling", "handling_id", "id", "dataset", "source_id",
                    "locator", "entity_id", "schema", "prop", "value", "original_value", "lang",
                    "first_seen", "time", "sign"})  # fmt: skip


def report_html(chosen: Contents, release: Release, made: str, node: str) -> str:
    """Return the report as one HTML page that needs nothing else.

    Args:
        chosen: what goes, and what stays.
        release: to whom and for what.
        made: when it is made, ISO 8601.
        node: id of the node, ``""`` if it has none.
    """
    environment = Environment(
        loader=PackageLoader("manara.casework"), autoescape=True, undefined=StrictUndefined
    )
    return environment.get_template("bundle.html").render(
        case=chosen.case,
        held=chosen.held,
        recipients=[one.id for one in release.recipients],
        purpose=release.purpose,
        made=made,
        node=node,
        items=chosen.items,
        others={item["id"]: _others(item) for item in chosen.items if item["kind"] == "event"},
        sources=sorted({**chosen.named, **chosen.sources}.values(), key=lambda each: each.id),
        sent=chosen.sources,
        journal=[each for each in chosen.journal if each.number in chosen.shown],
        entries=len(chosen.journal),
    )


def report_pdf(page: str) -> bytes:
    """Return the page as PDF, the same byte for byte for the same page."""
    from weasyprint import HTML

    def refuse(url: str, *rest: Any, **more: Any) -> NoReturn:
        raise ValueError(f"a report fetches nothing: {url}")

    done: bytes = HTML(string=page, url_fetcher=refuse).write_pdf(pdf_identifier=b"manara")
    return done


def _others(item: dict[str, Any]) -> str:
    told = (f"{name.replace('_', ' ')} {value}" for name, value in item.items()
            if name not in _PLAIN and value)  # fmt: skip
    return "; ".join(told)
