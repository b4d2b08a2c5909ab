"""What is known as MISP events, as far as handling allows it to go to somebody for something."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from manara.formats import write_misp
from manara.formats.stix_write import LeftOut, Tell
from manara.model import Fact
from manara.pipeline.releasing import Chosen, Release, Selection
from manara.store import View

_NO_PLACE = "MISP's objects have no place for it; send it by STIX or as a package"


def export_misp(
    view: View,
    selection: Selection,
    release: Release | None,
    organisation: str,
    tell: Tell = lambda left_out: None,
) -> Iterator[bytes]:
    """Yield a document of MISP events, one for each handling rule; see `write_misp`.

    Events and leads are left out, which is told.

    Args:
        view: what is known.
        selection: what of it.
        release: to whom and for what; None for a copy that stays in the house.
        organisation: who exports.
        tell: is told, item by item, what is left out and why.

    Raises:
        NotFoundError: there is no such entity or lead.
    """
    chosen = Chosen(view, selection, release, tell)
    made = view.as_of or datetime.now(UTC)
    yield from write_misp(
        _current(chosen, tell), view.handlings(), publisher=organisation, made=made
    )
    for table, row, _ in chosen.events():
        tell(LeftOut(row["id"], table, "", "format", _NO_PLACE))
    for lead in chosen.leads():
        tell(LeftOut(lead.id, "leads", "", "format", _NO_PLACE))


def _current(chosen: Chosen, tell: Tell) -> Iterator[tuple[str, list[Fact]]]:
    for facts in chosen.entities(tell):
        if current := [fact for fact in facts if fact.last_seen is None]:
            yield current[0].entity_id, current
