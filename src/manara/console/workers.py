"""Sees to it that jobs are done: one after the other, each in a process of its own."""

from __future__ import annotations

import fcntl
import logging
import subprocess
import sys
import threading
from pathlib import Path

from manara.casework.jobs import Job, Jobs, Status
from manara.model import ManaraError

#: How long to wait before looking for a job again, in seconds.
PAUSE = 2.0

_LOG = logging.getLogger("manara.console")


class Workers:
    """The thread that begins jobs.

    It holds a lock on a file of the workspace, which the process that does a job inherits. So of
    several servers over one workspace one does its jobs, and a server that takes the place of a
    killed one waits until the process that was left behind has ended.

    Args:
        root: the workspace's folder.
        jobs: its jobs.
    """

    def __init__(self, root: Path, jobs: Jobs) -> None:
        self._root, self._jobs = root, jobs
        self._wake, self._over = threading.Event(), False
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._run, name="manara-jobs", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def wake(self) -> None:
        """Look for a job now."""
        self._wake.set()

    def stop(self) -> None:
        """End; a job under way is begun again at the next start."""
        self._over = True
        self._wake.set()
        if self._process and self._process.poll() is None:
            self._process.terminate()
        self._thread.join(10)

    def _run(self) -> None:
        with (self._root / "jobs.lock").open("a") as lock:
            while not self._over:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    job = self._jobs.begin()
                except BlockingIOError:
                    job = None
                except ManaraError as error:
                    _LOG.error("jobs: %s", error)
                    job = None
                if job:
                    self._do(job, lock.fileno())
                    continue
                self._wake.wait(PAUSE)
                self._wake.clear()

    def _do(self, job: Job, lock: int) -> None:
        _LOG.info("%s: %s begins, attempt %d", job.id, job.kind, job.attempts)
        command = [sys.executable, "-m", "manara.console.worker", str(self._root), job.id]
        # Its words are our own: the interpreter, our module, our folder, an id that we made.
        self._process = subprocess.Popen(command, pass_fds=[lock], stdin=subprocess.DEVNULL)  # noqa: S603
        status = self._process.wait()
        if self._over and status < 0:
            self._jobs.put_back(job)
        if status > 0 and not self._jobs.get(job.id).ended:
            # It could not even say why; another attempt would come to the same.
            failed = {"error": {"code": "internal", "message": f"ended with status {status}"}}
            self._jobs.end(job, Status.FAILED, failed)
        _LOG.info("%s: ended with status %d", job.id, status)
