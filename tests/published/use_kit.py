"""The published oqc-qcaas-sdk, unchanged, under the kit: what becomes of paid runs. Prints JSON.

Run by an environment that has both packages. The user's code is the same for both; only the import differs. What
happened is read from the ledger of the simulated cloud, which knows neither.
"""

import asyncio
import json
import logging
import sys
import time
import types
import warnings
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import oqc_qcaas_sdk
import tenacity
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st

from qcaas_sdk.testing import (
    Constant,
    Dropped,
    Fault,
    Hang,
    MissingField,
    RequestKind,
    SimulatedCloud,
    SimulatedQpu,
    Slow,
    Status,
    Truncated,
    fault_schedules,
    given_up,
    run_virtual,
    sdk_on,
)

Use = Callable[[Any, SimulatedCloud], Awaitable[None]]

PATIENCE_S = 60.0
ATTEMPTS = 4


# What users do.


async def persist(job: Any, cloud: SimulatedCloud) -> None:
    """Execute; after an error wait a little and execute again. The faults end."""
    for attempt in range(ATTEMPTS):
        try:
            await job.execute(timeout_s=PATIENCE_S)
        except Exception:
            await asyncio.sleep(5.0)
            if attempt == ATTEMPTS - 2:
                cloud.clear_up()
        else:
            return


async def two_at_once(job: Any, cloud: SimulatedCloud) -> None:
    """Two coroutines want the result of one job."""
    await asyncio.gather(persist(job, cloud), persist(job, cloud))


async def change_of_mind(job: Any, cloud: SimulatedCloud) -> None:
    """Give an await up while its first requests are on their way, twice; then want the result after all."""
    for seconds in (0.006, 0.016):
        try:
            await given_up(job.execute(timeout_s=PATIENCE_S), seconds=seconds)
        except Exception:
            await asyncio.sleep(5.0)
    await persist(job, cloud)


async def ask_again(job: Any, cloud: SimulatedCloud) -> None:
    """Look at an ended job once more."""
    await persist(job, cloud)
    if job.task_id is not None:
        await job.refresh()


# Where they do it.


def on(kind: RequestKind, *whats: Any) -> st.SearchStrategy[list[Fault]]:
    return st.sampled_from([[Fault(what, on=kind, nth=0)] for what in whats])


calm = st.just([])
lost_answers = on(RequestKind.SUBMIT, Dropped(after_acting=True), Hang(after_acting=True), Slow(45.0, acts_late=True))
errors_after_acting = on(RequestKind.SUBMIT, Status(503, after_acting=True), Status(500, after_acting=True))
damaged_receipts = on(RequestKind.SUBMIT, Truncated(), MissingField())
lost_news = on(RequestKind.INFO, Dropped(), Truncated(), Status(503), MissingField(), Hang())

SITUATIONS: dict[str, tuple[st.SearchStrategy[list[Fault]], Use]] = {
    "nothing goes wrong": (calm, persist),
    "the answer to a submission is lost": (lost_answers, persist),
    "a submission is taken, and answered 5xx": (errors_after_acting, persist),
    "the receipt of a submission is damaged": (damaged_receipts, persist),
    "the first news of a task is lost or damaged": (lost_news, persist),
    "an await is given up, then the job is executed again": (calm, change_of_mind),
    "two coroutines execute one job": (calm, two_at_once),
    "an ended job is looked at once more": (calm, ask_again),
    "any faults": (fault_schedules(), persist),
}


# What became of it.


def became(side: str, cloud: SimulatedCloud, use: Use) -> list[str]:
    """The findings of one example: what was paid for and went wrong."""

    async def example() -> list[str]:
        async with opened(side, cloud) as sdk:
            job = sdk.create_job(program="OPENQASM 2.0;", qpu_id=cloud.qpu_ids[0])
            try:
                await asyncio.wait_for(use(job, cloud), timeout=3600.0)
            except TimeoutError:
                return ["did not come to an end within an hour"]
            except Exception as error:
                return [f"raised {type(error).__name__}"]
            await asyncio.sleep(300.0)  # what is on its way arrives
            return findings(job, cloud)

    return run_virtual(example())


def findings(job: Any, cloud: SimulatedCloud) -> list[str]:
    found = []
    runs = cloud.ledger.executions
    if len(runs) > 1:
        found.append("ran twice")
    held = Counter(str(output.task_id) for output in job.history.all() if output.ok)
    if any(run.task_id not in held for run in runs):
        found.append("a paid result is lost")
    if any(times > 1 for times in held.values()):
        found.append("one result twice in history")
    if str(job.state.value) == "FAILED" and runs:
        found.append("called FAILED, and ran")
    return found


class opened:  # noqa: N801  # read as a word
    """An open SDK of either side on a simulated cloud; what goes wrong begins once it is open."""

    def __init__(self, side: str, cloud: SimulatedCloud) -> None:
        self.cloud = cloud
        if side == "published":
            self.sdk: Any = oqc_qcaas_sdk.OqcSdk(url=cloud.url, authentication_token=cloud.token)
            self.patches = {
                (httpx, "AsyncHTTPTransport"): lambda **_: cloud.transport,
                # Its retries stop by a clock of their own: it becomes the loop's.
                (tenacity, "time"): types.SimpleNamespace(monotonic=lambda: asyncio.get_running_loop().time()),
            }
        else:
            self.sdk = sdk_on(cloud)
            self.patches = {}

    async def __aenter__(self) -> Any:
        self.kept = {(owner, name): getattr(owner, name) for owner, name in self.patches}
        for (owner, name), value in self.patches.items():
            setattr(owner, name, value)
        with self.cloud.calm():
            return await self.sdk.__aenter__()

    async def __aexit__(self, *error: Any) -> None:
        try:
            await self.sdk.__aexit__(*error)
        finally:
            for (owner, name), value in self.kept.items():
                setattr(owner, name, value)


def clouds(schedules: st.SearchStrategy[list[Fault]], side: str) -> st.SearchStrategy[SimulatedCloud]:
    return st.builds(
        SimulatedCloud,
        seed=st.integers(0, 1000),
        qpus=st.sampled_from([0.2, 1.0, 3.0]).map(lambda s: [SimulatedQpu(service_time=Constant(s))]),
        faults=schedules,
        second_submission=st.sampled_from(["ignored", "conflict", "bad_request"]),
        latency_s=st.just(0.01),
        require_transition=st.just(side == "ours"),
    )


def count(side: str, situation: str, examples: int) -> Counter[str]:
    """How often each finding is made."""
    schedules, use = SITUATIONS[situation]
    found: Counter[str] = Counter()

    @settings(
        max_examples=examples,
        phases=[Phase.generate],
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(clouds(schedules, side))
    def each(cloud: SimulatedCloud) -> None:
        found["examples"] += 1
        found.update(became(side, cloud, use))

    each()
    return found


def simplest(finding: str) -> str:
    """The simplest faults with which the published SDK shows a finding."""

    def shows(faults: list[Fault]) -> bool:
        cloud = SimulatedCloud(faults=faults, latency_s=0.01, require_transition=False)
        return finding in became("published", cloud, persist)

    quick = settings(max_examples=500, derandomize=True, deadline=None, database=None)
    return repr(find(fault_schedules([RequestKind.SUBMIT]), shows, settings=quick))


def main(examples: int) -> dict[str, Any]:
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    begin = time.monotonic()
    return {
        "counts": {
            situation: {side: count(side, situation, examples) for side in ("published", "ours")}
            for situation in SITUATIONS
        },
        "simplest": {finding: simplest(finding) for finding in ("ran twice", "a paid result is lost")},
        "seconds": time.monotonic() - begin,
    }


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]))))
