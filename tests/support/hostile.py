"""A service whose every text is somebody else's, and jobs that have met it."""

import json
import logging
import warnings
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import httpx
from hypothesis import HealthCheck, example, settings
from hypothesis import strategies as st

from qcaas_sdk import CompositeJob, Job, JobFailed, OqcSdk, QcaasError
from qcaas_sdk.testing import VirtualClock, run_virtual
from tests.support.programs import BELL

Test = TypeVar("Test", bound=Callable[..., None])

NASTY = (
    "\x1b]0;title\x07",
    "\x1b[2J\x1b[31m",
    "\x9b31m",
    "\r\nqcaas: all is well",
    '\n    click created href "javascript:alert(1)"\n',
    "\n%%{init: {'securityLevel': 'loose'}}%%\n",
    "\nend note\n",
    "</title></svg><script>alert(1)</script>",
    "]]><!-- -->",
    "--",
    '"]; evil -> node; x [label="',
    "&lt;&bogus;&#0;&#x1b;&#34;#34;#lt;",
    "\\N\\G\\l\\",
    "[bold red]markup[/] [link=http://x]l[/link] :smile:",
    "$x^{2}$ \\$",
    "\u202e\u2066\u200f",
    "\u2028\u2029\x85\x0b\x0c\x1c",
    "\u200b\u200d\ufeff\u2060\u00ad\u3164\u034f\U000e0101",
    "\udfff\ud800",
    "\ue000\uffff\U0010ffff\U000e0001",
    "日本語のジョブ",
    "\x00\x01\x7f",
)

TEXT = (
    st.lists(
        st.sampled_from(NASTY) | st.text(st.characters(exclude_categories=()), max_size=8), min_size=1, max_size=4
    )
    .map("".join)
    .filter(bool)
)
"""Text of all of Unicode, halves of surrogate pairs too."""


STATUSES = st.sampled_from(["FAILED", "COMPLETED", "REFUSED"])
"""What becomes of the jobs."""

slow = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])


def each_nasty(**others: object) -> Callable[[Test], Test]:
    """All of `NASTY` as examples for the argument `text`."""

    def with_examples(test: Test) -> Test:
        for text in NASTY:
            test = example(text=text, **others)(test)
        return test

    return with_examples


def check_line(text: str) -> None:
    """It is one line in which every character can be seen."""
    assert text.isprintable(), f"{[char for char in text if not char.isprintable()]} in {text!r}"


def check_lines(text: str) -> None:
    """So is each of its lines."""
    for line in text.split("\n"):
        check_line(line)


def without_halves(text: str) -> str:
    """What may be passed to the SDK, which takes no halves of characters."""
    return text.encode("utf-8", "replace").decode()


class HostileService(httpx.MockTransport):
    """Answers as the contract says; wherever text may stand, there is this one."""

    def __init__(self, text: str, status: str = "FAILED", *, qpu_id: str = "q1") -> None:
        super().__init__(self.answer)
        self.text, self.status, self.qpu_id = text, status, qpu_id
        self._ids = 0

    def answer(self, request: httpx.Request) -> httpx.Response:
        path, text = request.url.path, self.text
        answer: Any = {}
        if path.endswith("/version"):
            answer = {"version": "3.0", "message": f"Warning: {text}", "messages": [f"Warning: {text}"]}
        elif path == "/admin/qpu":
            qpu = {"id": self.qpu_id, "name": text, "url": "http://localhost", "active": True, "status": text}
            answer = {"items": [qpu]}
        elif path.endswith("/tasks") and request.method == "POST":
            answer = [self._id() for _ in range(json.loads(request.content)["task_count"])]
        elif path.endswith("/submit"):
            if self.status == "REFUSED":
                return self._json(400, {"response": {"errors": [text]}})
            answer = [{"task_id": task["task_id"]} for task in json.loads(request.content)["tasks"]]
        elif path.endswith(("/all_info", "/status")):
            answer = {"status": self.status if self.status != "REFUSED" else "CREATED"}
            if self.status == "FAILED":
                answer["task_error"] = {"error_code": 3, "error_message": text}
            elif self.status == "COMPLETED":
                answer["results"] = {text: {"00": 3, "11": 5}}
        return self._json(200, answer)

    def _id(self) -> str:
        self._ids += 1
        return f"task-{self._ids}"

    @staticmethod
    def _json(status: int, answer: Any) -> httpx.Response:
        return httpx.Response(status, content=json.dumps(answer), headers={"content-type": "application/json"})


class StoppedClock:
    """Virtual time, which stands still when its loop has ended."""

    def __init__(self) -> None:
        self._last_s = 0.0

    def monotonic(self) -> float:
        with suppress(RuntimeError):  # there is no loop any more
            self._last_s = VirtualClock().monotonic()
        return self._last_s

    def wall(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=self.monotonic())

    async def sleep(self, seconds: float) -> None:
        await VirtualClock().sleep(seconds)


class Met:
    """What there is after a job and a composite have met such a service.

    Attributes:
        job: The job.
        composite: A composite of two.
        sdk: The SDK, closed.
        said: What was said meanwhile: warnings, and records of the logs.
        errors: What was raised.
    """

    job: Job
    composite: CompositeJob
    sdk: OqcSdk

    def __init__(self, text: str, status: str) -> None:
        self.said: list[str] = []
        self.errors: list[QcaasError] = []
        log, handler = logging.getLogger("qcaas_sdk"), _Listener(self.said)
        log.addHandler(handler)
        level, log.level = log.level, logging.DEBUG
        try:
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                run_virtual(self._meet(text, HostileService(text, status)))
            self.said += [str(one.message) for one in caught]
        finally:
            log.removeHandler(handler)
            log.level = level

    async def _meet(self, text: str, service: HostileService) -> None:
        self.sdk = OqcSdk(
            "http://localhost", "t0ken", http_transport=service, default_qpu_id="q1", clock=StoppedClock()
        )
        async with self.sdk as sdk:
            tag = without_halves(text)
            self.job, self.composite = (
                sdk.create_job(program=BELL, tag=tag),
                sdk.create_job(program=[BELL] * 2, tag=tag),
            )
            for one in (self.job, self.composite):
                await one.execute()
            try:
                self.job.outputs.raise_for_error()
            except JobFailed as error:
                self.errors.append(error)
            try:
                sdk.create_job(program=BELL, qpu_id=tag + "?")
                await sdk.create_job(program=BELL, qpu_id=tag + "?").submit()
            except QcaasError as error:
                self.errors.append(error)


class _Listener(logging.Handler):
    def __init__(self, said: list[str]) -> None:
        super().__init__()
        self._said = said

    def emit(self, record: logging.LogRecord) -> None:
        self._said.append(record.getMessage())
