"""A campaign as another process writes it: entries of a journal, at times of the test's choice."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from qcaas_sdk._journal.file import Entry, JournalFile, digest_of

BELL = 'OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[2];\ncreg c[2];\nh q[0];\ncx q[0], q[1];\nmeasure q -> c;\n'
BEGIN = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)


class Campaign:
    """A journal that is written here and watched by the page."""

    def __init__(self, path: Path, begin: datetime = BEGIN) -> None:
        self.path = path
        self.begin = begin
        self._file = JournalFile(path)
        self._entries: list[Entry] = [Entry(0, "service", {"url": "https://cloud.example.org"})]
        self._texts: dict[bytes, str] = {}
        self._states: dict[int, str] = {}

    def __enter__(self) -> "Campaign":
        return self

    def __exit__(self, *_: object) -> None:
        self.write()
        self._file.close()

    def write(self) -> None:
        """Commit what was said so far."""
        entries, self._entries = self._entries, []
        self._file.append(entries, self._texts)

    def made(
        self, numbers: Iterable[int], *, tag: str | None = None, label: str = "", qpu: str = "qpu:uk:2:lucy",
        program: str = BELL,
    ) -> None:  # fmt: skip
        for number in numbers:
            self._texts[digest_of(program)] = program
            text = {"text": digest_of(program).hex()}
            body = {"program": text, "qpu_id": qpu, "config_json": None, "config_type": None, "tag": tag}
            self._say(number, "job", {**body, "hybrid_marker": None, "fetch_diagnostics": False})
            self._states[number] = "CREATED"
            if label:
                self._say(number, "label", {"label": label})

    def composed(self, number: int, children: Iterable[int], name: str | None = None) -> None:
        self._say(number, "composite", {} if name is None else {"name": name})
        self._say(number, "added", {"children": [child + 1 for child in children]})

    def submitted(self, numbers: Iterable[int], at_s: float = 0.0) -> None:
        for number in numbers:
            self._say(number, "reserved", {"task_id": self.task(number), "qpu_url": None})
            self._moved(number, "submit", "SUBMITTED", "The server has it.", at_s, server_status="SUBMITTED")

    def running(self, numbers: Iterable[int], at_s: float = 1.0) -> None:
        for number in numbers:
            self._moved(number, "poll", "RUNNING", "The QPU has started it.", at_s, server_status="RUNNING")

    def completed(
        self, numbers: Iterable[int], at_s: float = 2.0, data: Any = None, *, run_s: float = 0.8, wait_s: float = 1.0
    ) -> None:
        for number in numbers:
            at = self.at(at_s)
            timings = {
                "submitted": (at - timedelta(seconds=run_s + wait_s + 0.2)).isoformat(),
                "running": (at - timedelta(seconds=run_s + 0.2)).isoformat(),
                "completed": (at - timedelta(seconds=0.2)).isoformat(),
            }
            output = {"kind": "result", "received": at.isoformat(), "timings": timings, "metrics": None}
            output |= {"metadata": None, "data": data or {"c": {"00": 489, "11": 511}}}
            self._moved(
                number,
                "poll",
                "COMPLETED",
                "The server has a result.",
                at_s,
                server_status="COMPLETED",
                output=output,
            )

    def failed(self, numbers: Iterable[int], message: str, at_s: float = 2.0, code: int | None = 400) -> None:
        for number in numbers:
            output = {"kind": "error", "received": self.at(at_s).isoformat(), "timings": None, "metrics": None}
            output |= {"metadata": None, "error_code": code, "error_message": message}
            why = "The server says that it failed or expired."
            self._moved(number, "poll", "FAILED", why, at_s, server_status="FAILED", output=output)

    def cancelled(self, numbers: Iterable[int], at_s: float = 2.0) -> None:
        for number in numbers:
            why = "The server says that it was cancelled."
            self._moved(number, "cancel", "CANCELLED", why, at_s, server_status="CANCELLED")

    def at(self, at_s: float) -> datetime:
        return self.begin + timedelta(seconds=at_s)

    @staticmethod
    def task(number: int) -> str:
        return f"00000000-0000-4000-8000-{number:012d}"

    def _moved(self, number: int, trigger: str, target: str, why: str, at_s: float, **more: Any) -> None:
        moved = {"trigger": trigger, "source": self._states[number], "target": target, "why": why}
        self._say(number, "moved", {**moved, "at": self.at(at_s).isoformat(), "task_id": self.task(number), **more})
        self._states[number] = target

    def _say(self, number: int, kind: str, body: dict[str, Any]) -> None:
        self._entries.append(Entry(number + 1, kind, body))  # people count from 0


def busy(path: Path, jobs: int = 10_000, begin: datetime = BEGIN) -> Campaign:
    """A campaign of two QPUs under way: most have ended, some have failed, some wait."""
    campaign = Campaign(path, begin)
    scan, bell = range(jobs * 3 // 5), range(jobs * 3 // 5, jobs)
    campaign.made(scan, tag="scan of the detuning", label="rabi.qasm")
    campaign.made(bell, tag="bell", label="bell.qasm", qpu="qpu:jp:3:toshiko")
    for number in range(jobs):
        campaign.submitted([number], number * 12.0 / jobs)
    for number in range(jobs):
        at_s = 15.0 + 150.0 * number / jobs
        if number >= jobs * 0.8:
            if number < jobs * 0.8 + 3:
                campaign.running([number], 15.0 + 150.0 * 0.8)
        elif number % 97 == 5:
            campaign.failed([number], "the program uses a gate that this QPU does not have: ccx", at_s)
        elif number % 313 == 7:
            campaign.cancelled([number], at_s)
        else:
            campaign.completed([number], at_s, run_s=0.4 + (number % 7) / 10, wait_s=at_s - 12.0 * number / jobs)
    return campaign
