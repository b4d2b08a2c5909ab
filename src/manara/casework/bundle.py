"""The court bundle: one zip with what a case may show, and all that proves that it is whole."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from manara.casework import verifier
from manara.casework.case import Asked, case_of
from manara.casework.cases import Cases
from manara.casework.custody import custody_record
from manara.casework.entries import adding
from manara.casework.report import report_html, report_pdf
from manara.casework.selection import Contents, contents
from manara.casework.stamping import stamp
from manara.model import UsageError, WorkspaceError
from manara.pipeline.releasing import Release
from manara.store import AuditLog, Workspace
from manara.store.files import replacing
from manara.store.signing import canonical, sign

KIND = "manara-case-bundle"

#: What every line of the audit log about an entry of a case has.
_OF_CASES = b'"action":"case.'


@dataclass(frozen=True, slots=True)
class Made:
    """A bundle that was written.

    Attributes:
        sha256: of the file.
        files: how many are in it.
        held: how many things stayed.
        signed: whether the node has signed it.
        time_stamped: whether it bears an independent time.
    """

    sha256: str
    files: int
    held: int
    signed: bool
    time_stamped: bool


def ask_release(
    cases: Cases, case_id: str, release: Release, reason: str, *, sources: bool = True
) -> int:
    """Ask for the release of a bundle, and return the number that a second account confirms.

    Raises:
        RefusedError: handling does not let the case itself go.
        UsageError: the same waits already.
    """
    chosen = contents(cases, case_id, release, sources=sources)
    particulars = _particulars(release, sources) | {"digest": chosen.digest}
    return cases.ask(case_id, "release", reason, **particulars)


def write_bundle(
    cases: Cases,
    case_id: str,
    path: Path,
    release: Release,
    *,
    sources: bool = True,
    made: datetime | None = None,
) -> Made:
    """Write the bundle that a second account has released.

    Args:
        cases: the cases as the account sees them.
        case_id: the case.
        path: where to; a former file is replaced in one step.
        release: to whom and for what.
        sources: with the source files of facts and events.
        made: when it is made, UTC; None for now.

    Raises:
        UsageError: nobody released this, or the case has changed since.
        RefusedError: handling does not let the case itself go.
        FetchError: the time-stamping service of the workspace does not answer.
    """
    chosen = contents(cases, case_id, release, sources=sources)
    _require_release(chosen, _particulars(release, sources) | {"digest": chosen.digest})
    files = _Packing(cases, chosen, release, made or datetime.now(UTC)).files()
    named = [one.id for one in release.recipients]
    with replacing(path) as part:
        with part.open("wb") as out:
            verifier.pack(files, out)
        done = Made(verifier.hashed(part).sha256, len(files), len(chosen.held),
                    verifier.SIGNATURE in files, verifier.STAMP in files)  # fmt: skip
        body = {"sha256": done.sha256, "recipients": named, "purpose": release.purpose,
                "held": done.held, "signed": done.signed, "time_stamped": done.time_stamped,
                "handling": chosen.case.own.to_dict()}  # fmt: skip
        # Recorded before it is there: nothing leaves of which nothing is known.
        with adding(cases.journal, case_id) as journal:
            journal.add("bundle", body, by=cases.by, purpose=release.purpose)
    return done


def released(chosen: Contents, release: Release, *, sources: bool = True) -> Asked | None:
    """Return the last request for this very release, answered or not; None if there is none."""
    wanted = _particulars(release, sources) | {"digest": chosen.digest}
    return _request(chosen, wanted)


def _require_release(chosen: Contents, wanted: Mapping[str, Any]) -> None:
    asked = _request(chosen, wanted)
    if asked is None or asked.outcome != "confirmed":
        state = f"request {asked.number} waits" if asked and not asked.outcome else "none is asked"
        raise UsageError(
            f"no second account has released what would go now; {state}", where=chosen.case.id,
            remedy="ask for the release, and have it confirmed",
        )  # fmt: skip


def _request(chosen: Contents, wanted: Mapping[str, Any]) -> Asked | None:
    # What the recipient may not know counts as well when it is asked who released it.
    asked = [one for one in case_of(chosen.journal).asked if one.action == "release"]
    same = [one for one in asked if wanted.items() <= dict(one.detail).items()]
    return same[-1] if same else None


def _particulars(release: Release, sources: bool) -> dict[str, Any]:
    to = [f"{one.id} of {one.organisation or '-'}, {one.relation.name.lower()}, "
          f"{' '.join(sorted(one.groups))}".rstrip(", ") for one in release.recipients]  # fmt: skip
    return {"recipients": to, "purpose": release.purpose, "consents": sorted(release.consents),
            "sources": sources}  # fmt: skip


class _Packing:
    def __init__(self, cases: Cases, chosen: Contents, release: Release, made: datetime) -> None:
        self._cases = cases
        self._chosen = chosen
        self._release = release
        self._made = made.astimezone(UTC).isoformat(timespec="seconds")
        self._card, self._key = identity(cases.workspace)
        self._node = str(json.loads(self._card)["id"]) if self._card else ""

    def files(self) -> dict[str, bytes | Path]:
        """Return what goes into it; source files by where they are."""
        chosen, case = self._chosen, self._chosen.case
        page = report_html(chosen, self._release, self._made, self._node)
        files: dict[str, bytes | Path] = {
            "report.html": page.encode(),
            "evidence.json": _json(chosen.items),
            "custody.jsonld": _json(custody_record(case, chosen.items)),
            "held.json": _json([one._asdict() for one in chosen.held]),
            "sources.json": _json(self._sources()),
            "verify.py": Path(verifier.__file__).read_bytes(),
            verifier.CHAIN: _json([each.to_dict(silent=each.number not in chosen.shown)
                                   for each in chosen.journal]),
            verifier.LOG: _json(self._log()),
        }  # fmt: skip
        if find_spec("weasyprint"):
            files["report.pdf"] = report_pdf(page)
        for source_id in chosen.sources:
            path = self._cases.workspace.source_path(source_id)
            files[f"{verifier.SOURCES}{source_id}"] = path
        if self._card:
            files[verifier.CARD] = self._card
        self._seal(files)
        return files

    def _seal(self, files: dict[str, bytes | Path]) -> None:
        """Add the manifest, what shows who made it and when, and the list of hashes."""
        service = self._cases.workspace.settings.time_stamp
        last = self._chosen.journal[-1]
        hashes = {name: verifier.hashed(files[name]) for name in sorted(files)}
        manifest = {
            "type": KIND,
            "version": 1,
            "case": self._chosen.case.id,
            "made": self._made,
            "by": self._cases.by,
            "node": self._node,
            "organisation": self._cases.workspace.settings.organisation,
            "recipients": [one.id for one in self._release.recipients],
            "purpose": self._release.purpose,
            "legal_basis": self._chosen.case.legal_basis,
            "chain": {"entries": last.number, "head": last.hash},
            "signed": self._key is not None,
            "time_stamped": bool(service),
            "held": len(self._chosen.held),
            "files": [{"path": name, "sha256": one.sha256, "size": one.size}
                      for name, one in hashes.items()],
        }  # fmt: skip
        proof = canonical(manifest)
        made = {verifier.MANIFEST: proof}
        if self._key is not None:
            proof = made[verifier.SIGNATURE] = sign(proof, self._key).encode()
        if service:
            made[verifier.STAMP] = stamp(service, proof)
        hashes |= {name: verifier.hashed(content) for name, content in made.items()}
        files |= made | {verifier.SUMS: verifier.sums(hashes)}

    def _sources(self) -> list[dict[str, Any]]:
        known = {**self._chosen.named, **self._chosen.sources}
        return [
            {"sha256": source.id, "name": source.name, "url": source.url, "size": source.size,
             "fetched_at": source.fetched_at.isoformat(),
             "file": f"sources/{source.id}" if source.id in self._chosen.sources else ""}
            for source in sorted(known.values(), key=lambda source: source.id)
        ]  # fmt: skip

    def _log(self) -> dict[str, Any]:
        """Return the lines of the audit log that state the journal, each with its proof."""
        log = AuditLog(self._cases.workspace.root / "log")
        tree = log.tree
        head: dict[str, Any] = {"type": "manara-head", "node": self._node, "size": tree.size,
                                "root": tree.root().hex(), "at": self._made}  # fmt: skip
        if self._key is not None:
            head["signature"] = sign(canonical(head), self._key)
        wanted = {each.hash: each.number for each in self._chosen.journal}
        rows = []
        for place, line in enumerate(log.lines(0, tree.size)):
            number = wanted.pop(_entry_hash(line), None) if _OF_CASES in line else None
            if number is not None:
                hashes = [each.hex() for each in tree.inclusion(place)]
                rows.append({"number": number, "line": line.decode(), "index": place,
                             "hashes": hashes})  # fmt: skip
        return {"head": head, "entries": rows}


def identity(workspace: Workspace) -> tuple[bytes, OKPKey | None]:
    """Return the card of the node and the key it signs with; empty and None if it has none.

    Raises:
        WorkspaceError: they are damaged.
    """
    folder = workspace.root / "keys"
    if not folder.is_dir():
        return b"", None
    try:
        card = (folder / "card.json").read_bytes()
        key = OKPKey.import_key((folder / "signing.pem").read_bytes())
        if json.loads(card)["signing"] != key.as_dict(private=False)["x"]:
            raise ValueError("the card is of another key")
    except (OSError, ValueError, KeyError, JoseError) as error:
        raise WorkspaceError(f"cannot be used: {error}", where=str(folder)) from error
    return card, key


def _entry_hash(line: bytes) -> str:
    return str(json.loads(line)["detail"].get("entry", ""))


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1).encode() + b"\n"
