"""The client: leads, entities, cases, jobs and screening of a node, as Python calls."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from pathlib import Path as File
from typing import Literal

import httpx
import msgspec

from manara.client.errors import AnswerError, error_of
from manara.client.requests import PAUSE, Sender, part, read
from manara.client.shapes import (
    Case,
    CaseLine,
    Decision,
    Entity,
    EntityFound,
    Job,
    Lead,
    LeadLine,
    Me,
    Path,
    Screened,
    ScreenedAll,
    ScreenQuery,
    Tie,
)

Outcome = Literal["confirmed", "dismissed", "escalated"]
State = Literal["open", "escalated", "confirmed", "dismissed", "ended", "all"]

#: The step of a job that is followed: told each time it has come on.
Progress = Callable[[Job], None]


class Client(Sender):
    """A node, as an account with a token sees it; use it in a ``with`` block, or close it.

    Every call raises `AnswerError` where the node refuses or does not answer. What the account may
    not see is not there.
    """

    def me(self) -> Me:
        """Return who asks, with which rights and for which purpose."""
        return self.get("/me", Me)

    # Leads

    def leads(
        self, *, state: State = "open", kind: str = "", severity: int = 0
    ) -> Iterator[LeadLine]:
        """Yield leads, the gravest and most probable first, fetched page by page.

        Args:
            state: what became of them.
            kind: only of this kind; ``""`` for all.
            severity: the least severity, 1 for low to 4 for critical; 0 for all.
        """
        return self.pages("/leads", LeadLine, state=state, kind=kind, severity=severity)

    def leads_csv(self, *, state: State = "open", kind: str = "") -> str:
        """Return leads as a table for a spreadsheet."""
        params = {"state": state, "kind": kind}
        return self.send("GET", "/api/v1/leads.csv", params=params).text

    def lead(self, lead_id: str) -> Lead:
        """Return a lead with its explanation and evidence."""
        response = self.send("GET", f"/api/v1/leads/{part(lead_id)}")
        found = read(response, Lead)
        return msgspec.structs.replace(found, etag=response.headers.get("etag", ""))

    def decide(
        self, lead: Lead | str, outcome: Outcome, ground: str, *, legal_basis: str = ""
    ) -> Decision:
        """Record a decision about a lead, and return it.

        Args:
            lead: the lead as it was looked at, which is refused (412) if it has changed since; or
                its id, for whatever it is now.
            outcome: what is decided.
            ground: the reason, in a person's own words.
            legal_basis: the provision relied on.
        """
        seen = {"If-Match": lead.etag} if isinstance(lead, Lead) and lead.etag else {}
        lead_id = lead.id if isinstance(lead, Lead) else lead
        body = {"outcome": outcome, "ground": ground, "legal_basis": legal_basis}
        return self.post(f"/leads/{part(lead_id)}/decisions", Decision, body, **seen)

    # Entities

    def search(self, text: str, *, limit: int = 25) -> list[EntityFound]:
        """Return whom a text can mean: names in any script, documents, accounts, plates, phones."""
        return list(self.pages("/entities", EntityFound, q=text, limit=limit))

    def entity(self, entity_id: str, *, past: bool = False) -> Entity:
        """Return an entity: facts with source and handling, why its records are one, its links.

        Args:
            entity_id: its id, or that of one of its records.
            past: with facts that are stated no longer.
        """
        return self.get(f"/entities/{part(entity_id)}", Entity, past=past)

    def network(self, entity_id: str) -> list[Tie]:
        """Return the ties around an entity, the surest first."""
        return list(self.pages("/network", Tie, entity=entity_id))

    def paths(self, a: str, b: str, *, limit: int = 5) -> list[Path]:
        """Return the most probable chains of ties between two entities."""
        return list(self.pages("/paths", Path, a=a, b=b, limit=limit))

    # Cases

    def cases(self, *, closed: bool = False) -> Iterator[CaseLine]:
        """Yield open cases by id, fetched page by page; with ``closed`` all of them."""
        return self.pages("/cases", CaseLine, state="all" if closed else "open")

    def case(self, case_id: str) -> Case:
        """Return a case with all of it that may be seen."""
        return self.get(f"/cases/{part(case_id)}", Case)

    def open_case(
        self,
        title: str,
        *,
        legal_basis: str,
        purpose: str,
        tlp: str | None = None,
        releasable_to: Sequence[str] = (),
    ) -> Case:
        """Open a case, and return it.

        Args:
            title: what it is called.
            legal_basis: the provision relied on.
            purpose: for what; one of the account's.
            tlp: its level without ``TLP:``, such as ``AMBER``; None for the node's own.
            releasable_to: who may have it.
        """
        body = {"title": title, "legal_basis": legal_basis, "purpose": purpose, "tlp": tlp}
        return self.post("/cases", Case, body | {"releasable_to": list(releasable_to)})

    def add_note(self, case_id: str, text: str) -> Case:
        """Add a note to a case, and return the case."""
        return self.post(f"/cases/{part(case_id)}/notes", Case, {"text": text})

    def add_task(
        self, case_id: str, title: str, *, owner: str = "", due: date | None = None
    ) -> Case:
        """Add a task to a case, one's own unless it has another owner, and return the case."""
        body = {"title": title, "owner": owner, "due": due}
        return self.post(f"/cases/{part(case_id)}/tasks", Case, body)

    def add_evidence(self, case_id: str, ref: str) -> Case:
        """Make a fact, an event or a lead evidence in a case, by its id, and return the case."""
        return self.post(f"/cases/{part(case_id)}/evidence", Case, {"ref": ref})

    def add_custody(
        self,
        case_id: str,
        item: str,
        what: str,
        *,
        how: str,
        who: str = "",
        when: datetime | None = None,
        result: str = "",
        to: str = "",
    ) -> Case:
        """Record what was done with an evidence item of a case, and return the case.

        Args:
            case_id: the case.
            item: the item, such as ``E2``.
            what: such as ``examined`` or ``transferred``.
            how: by what means.
            who: by whom; ``""`` for the account.
            when: with its zone; None for now.
            result: what came of it.
            to: who holds it now, where it was handed over.
        """
        body = {"item": item, "what": what, "how": how, "who": who, "when": when}
        return self.post(
            f"/cases/{part(case_id)}/custody", Case, body | {"result": result, "to": to}
        )

    def ask(self, case_id: str, action: Literal["close", "seal", "erase"], reason: str) -> Case:
        """Ask for what takes a second account, and return the case."""
        return self.post(
            f"/cases/{part(case_id)}/requests", Case, {"action": action, "reason": reason}
        )

    def answer(
        self, case_id: str, number: int, outcome: Literal["confirm", "refuse"], reason: str = ""
    ) -> Case:
        """Confirm or refuse what another account has asked for, and return the case."""
        body = {"outcome": outcome, "reason": reason}
        return self.post(f"/cases/{part(case_id)}/requests/{number}", Case, body)

    # Jobs

    def jobs(self) -> Iterator[Job]:
        """Yield jobs, the newest first, fetched page by page."""
        return self.pages("/jobs", Job)

    def job(self, job_id: str) -> Job:
        """Return a job and how far it has come."""
        return self.get(f"/jobs/{part(job_id)}", Job)

    def start(
        self, kind: Literal["resolve", "detect", "measure"], *, detectors: Sequence[str] = ()
    ) -> Job:
        """Ask for long work, and return the job; `wait` waits for it.

        Args:
            kind: what to do.
            detectors: for ``detect``: which; none for all.
        """
        return self.post("/jobs", Job, {"kind": kind, "detectors": list(detectors)})

    def take_in(self, file: File | str, *, dataset: str = "", tlp: str = "") -> Job:
        """Send a file to be taken in, and return the job.

        Args:
            file: the file; its name says what it is.
            dataset: the dataset that it is an edition of; ``""`` for what the file says.
            tlp: its level, such as ``TLP:AMBER``; ``""`` for the dataset's.
        """
        path = File(file)
        with path.open("rb") as content:
            sent = {"file": (path.name, content)}
            form = {"dataset": dataset, "tlp": tlp}
            return read(self.send("POST", "/api/v1/jobs/take-in", files=sent, data=form), Job)

    def wait(
        self,
        job: Job | str,
        *,
        progress: Progress = lambda job: None,
        timeout: float | None = None,
    ) -> Job:
        """Return a job once it has ended, with its result.

        It is followed by server-sent events; where the connection breaks, it is taken up again.

        Args:
            job: the job, or its id.
            progress: told each time it has come on.
            timeout: how long to wait at most, in seconds; None for ever.

        Raises:
            AnswerError: the job has failed, with its error, or not ended in time.
        """
        job_id = job.id if isinstance(job, Job) else job
        end = None if timeout is None else time.monotonic() + timeout
        while True:
            for state in self._events(job_id):
                progress(state)
                if state.ended:
                    return _done(state)
                if end is not None and time.monotonic() > end:
                    raise AnswerError("has not ended in time", where=job_id, remedy="wait longer")
            if end is not None and time.monotonic() > end:
                raise AnswerError("has not ended in time", where=job_id, remedy="wait longer")
            time.sleep(PAUSE)

    def _events(self, job_id: str) -> Iterator[Job]:
        """Yield a job each time it comes on, until the connection ends."""
        path, kind = f"/api/v1/jobs/{part(job_id)}/events", {"Accept": "text/event-stream"}
        try:
            with self.http.stream("GET", path, headers=kind) as response:
                if not response.is_success:
                    response.read()
                    raise error_of(response)
                for line in response.iter_lines():
                    if line.startswith("data:"):
                        yield msgspec.json.decode(line.removeprefix("data:"), type=Job)
        except httpx.TransportError:
            # The node was restarted, or nothing was told for long: look again.
            return

    # Screening

    def screen(
        self, query: ScreenQuery | str, *, limit: int = 10, threshold: float | None = None
    ) -> Screened:
        """Return who on the lists can be meant by a name.

        The screening service has tokens of its own where it has any (``--token-file``).

        Args:
            query: who is asked for, or a name alone.
            limit: at most so many hits.
            threshold: least probability of a hit, 0..1; None for what the office has settled.
        """
        params = {"limit": limit, "threshold": threshold}
        response = self.send("POST", "/screen", params=params, json=_asked(query))
        return read(response, Screened)

    def screen_all(
        self,
        queries: Sequence[ScreenQuery | str],
        *,
        limit: int = 10,
        threshold: float | None = None,
    ) -> ScreenedAll:
        """Return the same for up to 1,000 queries, all answered from the same editions."""
        params = {"limit": limit, "threshold": threshold}
        body = {"queries": [_asked(one) for one in queries]}
        return read(self.send("POST", "/screen/batch", params=params, json=body), ScreenedAll)


def _asked(query: ScreenQuery | str) -> object:
    return msgspec.to_builtins(ScreenQuery(name=query) if isinstance(query, str) else query)


def _done(job: Job) -> Job:
    """Return a job that is done.

    Raises:
        AnswerError: it has failed.
    """
    if job.status == "done":
        return job
    told = job.result.get("error", {}) if isinstance(job.result, dict) else {}
    raise AnswerError(
        f"failed: {told.get('message', 'without a reason')}",
        problem=str(told.get("code", "")),
        where=str(told.get("where", "")) or job.id,
        remedy=str(told.get("remedy", "")),
    )
