"""`SimulatedCloud`: a whole QCaaS service in this process, in virtual time, with no socket."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from math import inf
from typing import Literal, get_args

import httpx

from qcaas_sdk._base.transition_scope import OutsideTransition, current_transition, require_transition
from qcaas_sdk._guards import arguments
from qcaas_sdk.testing.cloud.access import Access, Unauthorized
from qcaas_sdk.testing.cloud.calls import ABOUT_TASKS, Call, RefusedRequest, call_of, ids_in
from qcaas_sdk.testing.cloud.faults import (
    DecidedFaults,
    Fault,
    FaultSchedule,
    Forgets,
    RequestKind,
    Strike,
    TokenExpired,
    TokenRevoked,
    Unreachable,
)
from qcaas_sdk.testing.cloud.ledger import Ledger, LedgerView, RequestRecord, Violation
from qcaas_sdk.testing.cloud.network import Arrival, Wire, carry
from qcaas_sdk.testing.cloud.outcomes import Outcome, outcome_by_text
from qcaas_sdk.testing.cloud.qpus import SimulatedQpu, host_only
from qcaas_sdk.testing.cloud.responses import (
    Response,
    acts,
    as_errors,
    as_json,
    as_received,
    http_date,
    rate_limited,
)
from qcaas_sdk.testing.cloud.service import CancelOfReserved, SecondSubmission, Service
from qcaas_sdk.testing.time import VirtualTimeLoop

URL = "https://hub.example.com"
AS_EVER: dict[str, object] = {
    "qpus": [SimulatedQpu()],
    "faults": [],
    "second_submission": "ignored",
    "cancel_of_reserved": "cancelled",
    "latency_s": 0.0,
    "rate_limit": None,
    "token_life_s": None,
    "api": "v3",
}
"""What a cloud is made with unless told otherwise; its repr leaves that out."""


class SimulatedCloud:
    """A QCaaS service in virtual time. Every run is the same.

    Its answers depend only on its arguments and on the requests that it gets. Its time is that of the running loop;
    under `asyncio.run` it works too, in real time that begins with the first request.

    Attributes:
        url: Its address.
        api: The version of its API, "v3" or "v4".
        token: The token of its account.
        email: The email of its account.
        password: The password of its account.
        transport: Sends requests to it, for httpx; `sdk_on(cloud)` passes it to an SDK.
        ledger: Everything that has happened.
    """

    def __init__(
        self,
        *,
        seed: int = 0,
        qpus: Sequence[SimulatedQpu] = (SimulatedQpu("qpu:sim:1"),),
        faults: Sequence[Fault] = (),
        rate_limit: int | None = None,
        second_submission: SecondSubmission = "ignored",
        cancel_of_reserved: CancelOfReserved = "cancelled",
        require_transition: bool = True,
        latency_s: float = 0.0,
        outcome: Callable[[str], Outcome] | None = None,
        url: str = URL,
        email: str = "user@example.com",
        password: str = "simulated password",  # noqa: S107  # nobody's
        token_life_s: float | None = None,
        api: Literal["v3", "v4"] = "v3",
    ) -> None:
        """Set up a service; its time begins with virtual second 0.

        Args:
            seed: Seed of all its random numbers.
            qpus: Its QPUs.
            faults: What goes wrong; for each request the first fault of the list that strikes it.
            rate_limit: Requests that it takes within any second; the others are answered 429 with `Retry-After`.
            second_submission: What it says when a program arrives for a task that was submitted before.
            cancel_of_reserved: What the cancellation of an id does under which nothing was submitted yet.
            require_transition: Whether it refuses requests about tasks that leave outside a running transition.
            latency_s: Virtual seconds that a request and its answer are on their way, together.
            outcome: What becomes of a program; by default `outcome_by_text` with this seed.
            url: Its address.
            email: Its account's email.
            password: Its account's password.
            token_life_s: Virtual seconds until a token expires, the account's own counted from second 0; None for
                never.
            api: The version of its API. In v4 all QPUs are at its own address, tokens are bearer tokens, and there is
                no login: `issue_token` gives them.

        Raises:
            InvalidArgument: An argument is not what it must be; the message says what is expected.
            ValueError: Two QPUs have one id, or an address has a path.
        """
        qpus = arguments.each(qpus, "qpus", SimulatedQpu)
        faults = arguments.each(faults, "faults", Fault)
        if rate_limit is not None:
            rate_limit = arguments.whole(rate_limit, "rate_limit", least=1)
        latency_s = arguments.seconds(latency_s, "latency_s")
        token_life_s = arguments.seconds_or_none(token_life_s, "token_life_s")
        for name, value, choices in (
            ("second_submission", second_submission, get_args(SecondSubmission)),
            ("cancel_of_reserved", cancel_of_reserved, get_args(CancelOfReserved)),
            ("api", api, ("v3", "v4")),
        ):
            arguments.one_of(value, name, choices)
        if outcome is not None:
            arguments.function(outcome, "outcome", "a function of a program that returns an Outcome")
        if len({qpu.id for qpu in qpus}) != len(qpus):
            raise ValueError(f"each QPU needs an id of its own: {', '.join(qpu.id for qpu in qpus)}")
        self.url = host_only(url) or URL
        self.api = api
        self.token = f"simulated-token-{seed}"
        self.email = email
        self.password = password
        self._ledger = Ledger()
        self._access = Access(self.token, email, password, token_life_s, api)
        self._service = Service(
            url=self.url,
            qpus=qpus,
            access=self._access,
            outcome=outcome or partial(outcome_by_text, seed=seed),
            second_submission=second_submission,
            cancel_of_reserved=cancel_of_reserved,
            seed=seed,
            ledger=self._ledger,
        )
        self._faults: FaultSchedule | DecidedFaults = FaultSchedule(faults, seed)
        self._made_with: dict[str, object] = {  # what its repr tells
            "seed": seed,
            "qpus": [*qpus],
            "faults": [*faults],
            "rate_limit": rate_limit,
            "second_submission": second_submission,
            "cancel_of_reserved": cancel_of_reserved,
            "latency_s": latency_s,
            "token_life_s": token_life_s,
            "api": api,
        }
        self._recent: deque[float] = deque(maxlen=rate_limit)
        self._rate_limit = rate_limit
        self._require_transition = require_transition
        self._latency_s = latency_s
        self._loop: asyncio.AbstractEventLoop | None = None
        self._begin = 0.0
        self._date = (-1, "")  # the second, and its header
        self.ledger = LedgerView(self._ledger, self._service.tasks, lambda: self._service.settle(self.now))
        self.transport: httpx.AsyncBaseTransport = Wire(self.handle)

    def __repr__(self) -> str:
        told = (f"{name}={value!r}" for name, value in self._made_with.items() if value != AS_EVER.get(name))
        return f"SimulatedCloud({', '.join(told)})"

    def decide_faults(self, strike: Strike) -> None:
        """Let a function choose the fault of each request, instead of `faults`."""
        self._faults = DecidedFaults(strike)

    def clear_up(self) -> None:
        """Stop all faults from now on."""
        self._faults = FaultSchedule((), 0)

    def forget(self, *task_ids: str) -> None:
        """Answer 404 about these tasks from now on, as if they did not exist. Those that are queued still run."""
        self._service.forget(task_ids)

    def issue_token(self) -> str:
        """A new token of the account, as a sign-in provider issues it."""
        return self._access.issue(self.now)

    def revoke_tokens(self) -> None:
        """Refuse all tokens, also the account's own. A new login or `issue_token` gives a new one."""
        self._access.revoke()

    def list_qpu(self, qpu_id: str, *, listed: bool) -> None:
        """Leave a QPU out of the list of QPUs, or list it again. Its tasks stay reachable.

        Raises:
            KeyError: There is no such QPU.
        """
        self._service.list_qpu(qpu_id, listed=listed)

    @contextmanager
    def calm(self) -> Iterator[None]:
        """Inside this block there are no faults, and the requests do not count for `nth`."""
        faults, self._faults = self._faults, FaultSchedule((), 0)
        try:
            yield
        finally:
            self._faults = faults

    @property
    def qpu_ids(self) -> list[str]:
        """The ids of its QPUs."""
        return list(self._service.queues)

    def result_of(self, task_id: str) -> object:
        """The results that the service has for a task; None if it has none.

        Raises:
            KeyError: There is no such task.
        """
        self._service.settle(self.now)
        return self._service.tasks[task_id].results

    @property
    def now(self) -> float:
        """Virtual seconds since it began. After a loop, the time of its end; a new loop goes on from there."""
        loop: asyncio.AbstractEventLoop | None
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            loop = self._loop
        if loop is None:
            return 0.0
        if loop is not self._loop:
            before = 0.0 if self._loop is None else self._loop.time() - self._begin
            self._loop, self._begin = loop, (0.0 if isinstance(loop, VirtualTimeLoop) else loop.time()) - before
        return loop.time() - self._begin

    async def handle(self, request: httpx.Request) -> httpx.Response:
        """Answer a request of httpx, or fail as the network would.

        Raises:
            OutsideTransition: The request is about a task, and no transition runs.
        """
        call = call_of(request, await request.aread(), self.now, self.api)
        if call.base not in self._service.hosts:
            raise httpx.ConnectError(f"there is no {call.base} in this simulation", request=request)
        arrival = self._admit(call)
        try:
            return await self._answered(request, call, arrival)
        finally:
            arrival.record.done_at = self.now

    async def _answered(self, request: httpx.Request, call: Call, arrival: Arrival) -> httpx.Response:
        what = arrival.fault.what if arrival.fault else None
        if isinstance(what, Unreachable):
            await asyncio.sleep(0)
            raise httpx.ConnectError("no connection: a fault of the simulation", request=request)
        read_timeout = request.extensions.get("timeout", {}).get("read")
        timeout_s = inf if read_timeout is None else read_timeout
        if not await carry(arrival, self._act, latency_s=self._latency_s, timeout_s=timeout_s):
            raise httpx.ReadTimeout("no answer: a fault of the simulation", request=request)
        server_time = self.now + self._service.hosts[call.base]
        response = arrival.response if what is None else as_received(what, arrival.response, server_time)
        if response is None:
            raise httpx.ReadError("the connection broke: a fault of the simulation", request=request)
        arrival.record.status = response.status
        headers = [("Content-Type", response.content_type), ("Date", self._date_header(int(server_time)))]
        if response.retry_after is not None:
            headers.append(("Retry-After", response.retry_after))
        return httpx.Response(response.status, headers=headers, stream=httpx.ByteStream(response.body))

    def _admit(self, call: Call) -> Arrival:
        """Write a request down, and see what is to go wrong with it."""
        now = self.now
        line = f"{call.method} {call.path}"
        qpu_id, task_ids = call.speaks_of()
        if qpu_id is None and task_ids and (task := self._service.tasks.get(task_ids[0])) is not None:
            qpu_id = task.qpu_id
        record = RequestRecord(now, call.kind, line, qpu_id, task_ids, current_transition())
        self._ledger.requests.append(record)
        if self._require_transition and call.kind in ABOUT_TASKS:
            try:
                require_transition(line)
            except OutsideTransition:
                self._ledger.violations.append(Violation(now, line, "no transition was running"))
                raise
        record.fault = self._faults.strike(call.kind, qpu_id, now)
        return Arrival(call, record, record.fault)

    def _act(self, arrival: Arrival) -> Response | None:
        """What the server does with a request that arrives now, and says; None when a fault keeps it from acting."""
        if not acts(arrival.fault.what if arrival.fault else None):
            return None
        now = self.now
        if (wait_s := self._wait_for_rate(now)) > 0:
            return rate_limited(wait_s)
        call, record = arrival.call, arrival.record
        if arrival.fault is not None and call.token is not None:
            self._end_token(call.token, arrival.fault)
        try:
            said = self._service.answer(call, now)
        except Unauthorized as refusal:
            return as_json(401, refusal.body)
        except RefusedRequest as refusal:
            if refusal.breach:
                self._ledger.violations.append(Violation(now, record.line, str(refusal)))
            return as_errors(refusal.status, str(refusal))
        record.acted = True
        if call.kind in {RequestKind.RESERVE, RequestKind.SUBMIT} and (ids := ids_in(said)):
            record.task_ids = ids
        if arrival.fault is not None and isinstance(arrival.fault.what, Forgets):
            self.forget(*(record.task_ids if arrival.fault.what.all else record.task_ids[-1:]))
        return as_json(200, said)

    def _end_token(self, token: str, fault: Fault) -> None:
        if isinstance(fault.what, TokenExpired):
            self._access.expire(token)
        elif isinstance(fault.what, TokenRevoked):
            self._access.revoke(token)

    def _wait_for_rate(self, now: float) -> float:
        """Seconds until a request would be taken; 0 if it is taken now."""
        if self._rate_limit is None:
            return 0.0
        if len(self._recent) == self._rate_limit and (wait_s := self._recent[0] + 1.0 - now) > 0:
            return wait_s
        self._recent.append(now)
        return 0.0

    def _date_header(self, second: int) -> str:
        if self._date[0] != second:
            self._date = (second, http_date(second))
        return self._date[1]
