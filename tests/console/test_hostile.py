"""What nobody should send, and what nobody should read."""

from __future__ import annotations

import json

import pytest

from tests.console.conftest import Served, examples, matched, refusal

HOSTILE_NAMES = {
    "bidi": "\u202egnp.exe",
    "control": "\x00\x01\x02\x7f",
    "homoglyphs": "Vlаdimir Реtrоv",
    "empty": "",
    "blank": " \t\n",
    "marks": "a" + "\u0301" * 500,
    "many words": "a " * 256,
    "emoji": "👩‍👩‍👧‍👦" * 40,
    "unassigned": "\U0010ffff\u0378",
}


@pytest.mark.parametrize("name", HOSTILE_NAMES.values(), ids=HOSTILE_NAMES)
def test_a_hostile_name_is_answered(served: Served, name: str) -> None:
    assert isinstance(served.post("/screen", {"name": name}).json()["hits"], list)
    assert isinstance(matched(served, "default", examples(name=[name])), list)


HOSTILE_BODIES: dict[str, tuple[bytes, int]] = {
    "ten megabytes": (b'{"name":"' + b"x" * 10_000_000 + b'"}', 413),
    "long name": (b'{"name":"' + b"x" * 3_000_000 + b'"}', 400),
    "nothing": (b"", 400),
    "no JSON": (b"name=X", 400),
    "cut off": (b'{"name":"X', 400),
    "null": (b"null", 400),
    "null name": (b'{"name":null}', 400),
    "number": (b'{"name":7}', 400),
    "list": (b'[{"name":"X"}]', 400),
    "unknown field": (b'{"name":"X","nom":"Y"}', 400),
    "deep": (b'{"name":' + b"[" * 100_000 + b"]" * 100_000 + b"}", 400),
    "Latin-1": ('{"name":"Zoé"}'.encode("latin-1"), 400),
    "half a surrogate pair": (b'{"name":"\\ud800"}', 400),
    "half a surrogate pair as key": (b'{"name":"X","\\ud800":1}', 400),
    "huge number": (b'{"name":' + b"9" * 100_000 + b"}", 400),
    "bad date": (b'{"name":"X","birth_date":"1980-13-01"}', 400),
    "many": (b'{"name":"X","documents":[' + b'"1",' * 500_000 + b'"1"]}', 400),
}


@pytest.mark.parametrize(("body", "status"), HOSTILE_BODIES.values(), ids=HOSTILE_BODIES)
def test_a_hostile_body_is_refused(served: Served, body: bytes, status: int) -> None:
    headers = {"Content-Type": "application/json"}
    response = served.client.post("/screen", content=body, headers=headers)
    assert refusal(response)[0] == status
    assert len(response.content) < 1000


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/screen/batch", b'{"queries":[' + b"0," * 1_000_000 + b"0]}"),
        ("/screen/batch", b'{"queries":[' + b'{"name":"X"},' * 1000 + b'{"name":"X"}]}'),
        ("/match/default", b'{"queries":' + b'{"a":' * 50_000 + b"1" + b"}" * 50_001),
        ("/match/default", b'{"queries":{"\\ud800":{"schema":"Person"}}}'),
        ("/match/default", json.dumps(examples(name=["x"] * 10 + ["y" * 600])).encode()),
        (
            "/match/default",
            json.dumps({"queries": dict.fromkeys(map(str, range(101)))}).encode(),
        ),
    ],
)
def test_too_much_or_too_odd_is_refused(served: Served, path: str, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    assert refusal(served.client.post(path, content=body, headers=headers)) == (400, "usage")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("GET", "/docs", 404),
        ("GET", "/screen", 405),
        ("GET", "/entities/%00%0a../../etc/passwd", 404),
        ("GET", "/entities/" + "x" * 5000, 404),
        ("POST", "/screen?limit=0", 400),
        ("POST", "/screen?limit=101", 400),
        ("POST", "/screen?threshold=nan", 400),
        ("POST", "/match/default?limit=501", 400),
        ("POST", "/match/default?exclude_schema=Nonsense", 400),
        ("POST", "/match/default?changed_since=yesterday", 400),
    ],
)
def test_a_wrong_address_is_refused(served: Served, method: str, path: str, status: int) -> None:
    body = json.dumps({"name": "X"} if "screen" in path else examples(name=["X"]))
    headers = {"Content-Type": "application/json"}
    content = body if method == "POST" else None
    response = served.client.request(method, path, content=content, headers=headers)
    assert refusal(response)[0] == status


def test_what_was_asked_is_in_no_log(served: Served) -> None:
    name = "Zzyzxandra Unloggedova"
    assert served.post("/screen", {"name": name}).status_code == 200
    assert served.post("/match/default", examples(name=[name], nome=[name])).status_code == 400
    assert served.post("/screen", {"name": name, "gender": name}).status_code == 400
    served.client.get("/healthz?name=Zzyzxandra%0D%0Aforged")
    log = served.log.read_text()
    assert "POST /screen 200" in log
    assert "Zzyzx" not in log and "forged" not in log
