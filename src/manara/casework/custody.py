"""The custody record as CASE/UCO JSON-LD, which forensic tools of many houses read.

Classes and properties are of the ontologies CASE and UCO 1.4 (caseontology.org): an
InvestigativeAction says who did what, when, with what result; a ProvenanceRecord names the exhibit.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from manara.casework.case import Case, Said

_CONTEXT = {
    "kb": "urn:manara:",
    "case-investigation": "https://ontology.caseontology.org/case/investigation/",
    "uco-action": "https://ontology.unifiedcyberontology.org/uco/action/",
    "uco-core": "https://ontology.unifiedcyberontology.org/uco/core/",
    "uco-identity": "https://ontology.unifiedcyberontology.org/uco/identity/",
    "uco-observable": "https://ontology.unifiedcyberontology.org/uco/observable/",
    "uco-types": "https://ontology.unifiedcyberontology.org/uco/types/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
#: Names of ids are made from what they stand for, so that the same case gives the same record.
_NAMES = uuid.UUID("6d6c9c0e-8f0e-5a2d-9a55-0a6f2b4a7c11")


def custody_record(case: Case, items: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the custody of the evidence of a case as a JSON-LD graph.

    Args:
        case: the case; entries whose content may not be shown left out.
        items: the evidence that goes with it; only what is done with these is told.
    """
    shown = {str(item["key"]): item for item in items}
    graph = [_file(case, item) for item in shown.values()]
    steps = [one for one in case.custody if one.values["item"] in shown]
    people = sorted({name for one in steps for name in _people(one)})
    graph += [_person(case, name) for name in people]
    last: dict[str, str] = {}
    for one in steps:
        graph += _action(case, one, last)
    members = [{"@id": node["@id"]} for node in graph]
    root = {
        "@id": _id(case, "Investigation", case.id),
        "@type": "case-investigation:Investigation",
        "uco-core:name": case.id,
        "uco-core:description": case.title,
        "uco-core:object": members,
    }
    return {"@context": _CONTEXT, "@graph": [root, *graph]}


def _file(case: Case, item: Mapping[str, Any]) -> dict[str, Any]:
    name = str(item.get("name") or item.get("title") or item.get("id"))
    node: dict[str, Any] = {
        "@id": _id(case, "Item", str(item["key"])),
        "@type": "uco-observable:ObservableObject",
        "uco-core:name": name,
        "uco-core:tag": [str(item["key"]), str(item["kind"])],
    }
    if "sha256" in item:
        node["@type"] = "uco-observable:File"
        node["uco-core:hasFacet"] = [
            {
                "@id": _id(case, "FileFacet", str(item["key"])),
                "@type": "uco-observable:FileFacet",
                "uco-observable:fileName": name,
                "uco-observable:sizeInBytes": _typed("integer", str(item["size"])),
            },
            {
                "@id": _id(case, "ContentDataFacet", str(item["key"])),
                "@type": "uco-observable:ContentDataFacet",
                "uco-observable:hash": [_hash(case, item)],
            },
        ]
    return node


def _hash(case: Case, item: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "@id": _id(case, "Hash", str(item["key"])),
        "@type": "uco-types:Hash",
        "uco-types:hashMethod": "SHA256",
        "uco-types:hashValue": _typed("hexBinary", str(item["sha256"])),
    }


def _person(case: Case, name: str) -> dict[str, Any]:
    return {
        "@id": _id(case, "Person", name),
        "@type": "uco-identity:Person",
        "uco-core:name": name,
    }


def _action(case: Case, one: Said, last: dict[str, str]) -> list[dict[str, Any]]:
    """Return a step of custody and the record of the exhibit that it results in."""
    said, key = one.values, str(one.values["item"])
    item = {"@id": _id(case, "Item", key)}
    record = _id(case, "ProvenanceRecord", str(one.entry))
    told = [said["how"], said["result"], f"held by {said['to']}" if said["to"] else ""]
    if said["intact"] is not None:
        told.append(f"SHA-256 {'as received' if said['intact'] else 'NOT as received'}")
    when = _typed("dateTime", said["when"])
    action: dict[str, Any] = {
        "@id": _id(case, "Action", str(one.entry)),
        "@type": "case-investigation:InvestigativeAction",
        "uco-core:name": said["what"],
        "uco-core:description": "; ".join(text for text in told if text),
        "uco-action:performer": {"@id": _id(case, "Person", said["who"])},
        "uco-action:startTime": when,
        "uco-action:endTime": when,
        "uco-action:object": [item],
        "uco-action:result": [{"@id": record}],
    }
    if key in last:
        action["case-investigation:wasInformedBy"] = {"@id": last[key]}
    if said["to"]:
        action["uco-action:participant"] = {"@id": _id(case, "Person", said["to"])}
    last[key] = str(action["@id"])
    exhibit = {
        "@id": record,
        "@type": "case-investigation:ProvenanceRecord",
        "uco-core:objectCreatedTime": _typed("dateTime", one.at.isoformat(timespec="seconds")),
        "uco-core:description": f"recorded by {one.by} as entry {one.entry} of the journal",
        "case-investigation:exhibitNumber": f"{case.id}/{key}",
        "uco-core:object": [item],
    }
    return [action, exhibit]


def _people(one: Said) -> list[str]:
    return [name for name in (one.values["who"], one.values["to"]) if name]


def _typed(kind: str, value: str) -> dict[str, str]:
    return {"@type": f"xsd:{kind}", "@value": value}


def _id(case: Case, kind: str, name: str) -> str:
    return f"kb:{kind}-{uuid.uuid5(_NAMES, f'{case.id} {kind} {name}')}"
