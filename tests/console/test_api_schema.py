"""The API does as its description says, whatever it is sent."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.strategies import SearchStrategy, one_of
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from manara.console.api import description
from tests.conftest import ROOT
from tests.console.office import Office, make_office, opened

#: How often each operation is tried; more by hand than with every change.
EXAMPLES = int(os.environ.get("MANARA_TEST_EXAMPLES", "8"))

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    root = tmp_path_factory.mktemp("schema") / "office"
    make_office(root)
    with opened(root) as office:
        # Two administrators, so that what is sent may do without one.
        office.add("spare", ["administrator"], purposes=[])
        office.add("all", ["supervisor", "administrator", "auditor"])
        yield office


def operations() -> list[str]:
    """Return the operations that the API describes, by method and path."""
    described = description()["paths"]
    return [f"{method.upper()} {path}" for path, own in described.items() for method in own]


def _either(operation: Any) -> SearchStrategy[Case]:
    """Return requests as the description has them, and others."""
    return one_of(*(operation.as_strategy(generation_mode=mode) for mode in GenerationMode))


def _without_end(office: Office) -> Any:
    """Return the application without its beginning and end, which each request would bring."""

    async def asked(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            while (message := await receive())["type"] == "lifespan.startup":
                await send({"type": f"{message['type']}.complete"})
            await send({"type": "lifespan.shutdown.complete"})
        else:
            await office.guarded(scope, receive, send)

    return asked


@pytest.mark.parametrize("name", operations())
def test_no_request_is_answered_with_a_fault_of_ours(office: Office, name: str) -> None:
    method, path = name.split(" ")
    described = schemathesis.openapi.from_asgi("/api/v1/openapi.json", _without_end(office))
    headers = {"Authorization": f"Bearer {office.token('all')}", "Host": "testserver"}

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(_either(described[path][method]))
    def check(case: Case) -> None:
        case.call_and_validate(headers=headers, checks=CHECKS)

    check()


def test_the_reference_names_each_operation() -> None:
    text = (ROOT / "docs/reference/http.md").read_text("utf-8")
    named = re.findall(r"^\| `([A-Z]+ /api/v1/\S+)` \|", text, re.MULTILINE)
    assert named == operations()
