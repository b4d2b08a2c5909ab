"""The partners of an exercise that is played: the nodes of the other states, which answer trainees.

Each lives through the same days by its own files in ``play/partners/STATE``, knows nothing of the
answers, and tells what the rules of its files allow, as in a run.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from manara.exchange import Node, take, take_receipt
from manara.exchange.blind import Answerer, make_table, take_table
from manara.exchange.delivery import Delivered
from manara.exchange.letters import MESSAGE, REFUSAL, REQUEST, Letter, letters, write_letter
from manara.exchange.node import today
from manara.exchange.outbox import Outbox
from manara.exercise.manifest import arriving, read_manifest
from manara.exercise.playing.play import Play
from manara.exercise.running.cooperate import Talk
from manara.exercise.running.known import Known
from manara.exercise.running.nodes import OFFICER, PURPOSE, Site, node_id
from manara.pipeline.ingest import Progress
from manara.store import Workspace
from manara.store.settings import FILE

_UNKNOWN = "Nobody is known here by what you may tell us of whom you ask about."
_REFUSED = "What is known here of whom you ask about may not go to you."


class Partners:
    """The nodes of the other states.

    Args:
        play: the exercise.
    """

    def __init__(self, play: Play) -> None:
        self._play = play
        self._states = {
            node_id(state): (state, name)
            for state, name in play.exercise.states.items()
            if state != play.state
        }
        self._own = Site(play.folder / "nodes" / play.state, play.workspace, play.state, play.name)

    def meet(self) -> None:
        """Let the node that is played and each of the others deal with each other."""
        for name in self._states:
            with self._site(name, new=True) as site:
                site.deal(self._own.node.keys.card)
                self._own.deal(site.node.keys.card)

    def live(self, day: date, told: Progress = lambda what, done: None) -> None:
        """Let each live to a day as the node that is played has, and hand over its table.

        Args:
            day: the present day of the exercise.
            told: told how far it has come.
        """
        last = max((one for _, one in self._play.diary.days if one < day), default=date.min)
        for name in self._present():
            with self._site(name) as site:
                files = arriving(read_manifest(self._play.folder, site.state), last, day)
                told(f"partner {site.state}", len(files))
                site.take_in(files)
                site.resolve()
                site.look(day, [name])
                table = make_table(site.node, self._own.id, PURPOSE, today(), by=OFFICER)
                take_table(self._own.node, table, by=OFFICER)

    def deliver(self, *, by: str) -> list[Delivered]:
        """Hand over what waits, and take in what the partners answer; return what became of each.

        Args:
            by: who wrote it.
        """
        outbox, done = Outbox(self._play.workspace), list[Delivered]()
        present = self._present()
        for message in list(outbox.waiting()):
            if message.to not in present:
                done.append(Delivered(message.to, message.name, "waiting", "plays no part"))
                continue
            with self._site(message.to) as site:
                known = {letter.id for letter in letters(site.node)}
                _, receipt = take(site.node, message.path.read_bytes(), by=OFFICER)
                take_receipt(self._own.node, receipt, by=by)
                outbox.done(message)
                for letter in letters(site.node):
                    if letter.kind == REQUEST and letter.id not in known and letter.subjects:
                        self._answer(site, letter)
            done.append(Delivered(message.to, message.name, "delivered", ""))
        return done

    def ask(self, node: Node, partner: str, question: bytes) -> bytes:
        """Return a partner's answer to a blind question."""
        with self._site(partner) as site:
            return Answerer(site.node).answer(question)

    def _answer(self, site: Site, letter: Letter) -> None:
        """Let a partner answer a request, and the node that is played look at what it was told."""
        day = self._play.diary.day or self._play.days[0]
        talk = Talk(Known(self._own), Known(site), day, defaultdict(dict))
        outcome, held = talk.answer(letter)
        if outcome == "answered":
            self._own.resolve()
            self._own.look(day, [self._own.id, *self._states])
            return
        refused = outcome == "refused"
        content = {"rule": held[0]} if refused else {"purpose": letter.purpose}
        write_letter(
            site.node, self._own.id, REFUSAL if refused else MESSAGE, by=OFFICER, about=letter.id,
            text=_REFUSED if refused else _UNKNOWN, **content,
        )  # fmt: skip
        for message in list(Outbox(site.workspace).waiting()):
            _, receipt = take(self._own.node, message.path.read_bytes(), by=OFFICER)
            take_receipt(site.node, receipt, by=OFFICER)
            Outbox(site.workspace).done(message)

    def _present(self) -> list[str]:
        return [
            name for name, (state, _) in self._states.items() if (self._root(state) / FILE).exists()
        ]

    def _root(self, state: str) -> Path:
        return self._play.folder / "play" / "partners" / state

    @contextmanager
    def _site(self, name: str, *, new: bool = False) -> Iterator[Site]:
        state, organisation = self._states[name]
        root = self._root(state)
        begun = (root / FILE).exists()
        make = new and not begun
        with (
            Workspace.create(root, organisation=organisation) if make else Workspace.open(root)
        ) as workspace:
            yield Site(self._play.folder / "nodes" / state, workspace, state, organisation)
