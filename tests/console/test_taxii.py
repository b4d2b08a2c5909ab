"""TAXII as a part of the service that screens."""

from __future__ import annotations

import httpx

from tests.console.conftest import Served
from tests.exchange.taxii.conftest import TOKENS, identity

MEDIA = "application/taxii+json;version=2.1"


def test_the_service_speaks_taxii_beside_screening(served: Served) -> None:
    headers = {"Authorization": f"Bearer {TOKENS['both']}", "Content-Type": MEDIA}
    with httpx.Client(base_url=f"{served.address}/taxii2", headers=headers, timeout=60) as client:
        assert client.get("/").json()["api_roots"] == [f"{served.address}/taxii2/api/"]
        objects = "/api/collections/inbox/objects/"
        assert client.post(objects, json={"objects": [identity(1)]}).status_code == 202
        assert client.get(objects).json() == {"more": False, "objects": [identity(1)]}
    assert "/taxii2/api/collections/inbox/objects/ 202" in served.log.read_text()


def test_it_asks_for_a_token_where_screening_asks_for_none(served: Served) -> None:
    assert served.client.get("/taxii2/").status_code == 401
    assert served.client.get("/catalog").status_code == 200
