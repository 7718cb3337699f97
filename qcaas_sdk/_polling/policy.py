"""Which jobs of one QPU to ask about now, and how long to pause. No I/O and no clock: `step` is given the time.

A QPU serves its queue in order, nearly always. So the policy checks the head of the queue, learns how long a task
takes, and pauses until the next end is due. When the head has ended it asks about as many of the next ones as should
have ended too. Questions where nothing should have ended yet find out whether tasks have become shorter or order is
not kept: few while they find nothing, many while they find something.
"""

from collections import deque
from collections.abc import Callable, Iterable
from typing import Generic

from qcaas_sdk._polling.checks import HeadCheck, Probe, Suspicion
from qcaas_sdk._polling.decisions import (
    Ask,
    Decision,
    Forecasted,
    GetForecast,
    Idle,
    J,
    Joined,
    Left,
    Observation,
    Sleep,
)
from qcaas_sdk._polling.estimator import CompletionEstimator
from qcaas_sdk._polling.sample import Sample
from qcaas_sdk._polling.submission_order import SubmissionOrder

MIN_ROUND_TRIP_S = 0.001
"""No answer comes faster over a network; it also bounds what an embedded QPU is asked."""
REMEMBERED_ROUND_TRIPS = 8
"""The fastest of them counts: the others may have waited for a retry or for a rate limit."""
TOLERATED_LAG_S = 0.3
"""How late an end may be noticed where one question can find many ends."""
MAX_FIRST_PAUSE_S = 0.1
"""The first pause after a task is late is a twentieth of its length, up to this."""
SHORT_PAUSE_S = 0.01
"""Pauses double; shorter ones, which only a service on the same machine makes possible, grow twice as fast."""
MAX_BLIND_PAUSE_S = 1.0
"""While the length of a task is unknown; a twentieth of the time waited so far, once that is more."""
BLIND_SHARE = 0.05
MAX_PAUSE_S = 60.0
"""A result is at most a minute old when it is noticed."""
MAX_CLOSED_PAUSE_S = 600.0
"""While the service says that no access window is open."""
MAX_PARALLEL = 8
"""Questions under way at once for one QPU: as many as the HTTP client has connections."""
MAX_TRUSTED_PAUSE_S = 30.0
"""An end that is expected later is approached in steps of `APPROACH`, in case it comes early."""
APPROACH = 2 / 3
JITTER = 0.05
"""Share of a pause that is random, so that many clients do not ask in step."""
MANY = 4
"""Ends expected at one check, from which on one more question is cheap."""
DISORDER_LASTS = 3.0
"""Lengths of a task for which order is taken to be broken after that was last seen."""
HEAD_CHECKS_IN_DISORDER = 0.25
"""Share of checks that begin with the head while it is just one among many."""
MAX_PROBES = 64
"""Jobs behind the head that one check asks about, however many of them have ended."""
VAIN_PER_S = 20.0
"""The budget: questions a second, for one QPU and on average, that find nothing ended."""
VAIN_BURST = 4.0
"""Such questions that may be asked at once. Each end that is found allows one more."""
LAST_CHECK_S = 0.25
"""How long before a deadline the last check begins."""
LONG_WAIT_S = 30.0
"""Seconds without any end after which the service is asked for its forecast."""

Draws = Callable[[], float]
"""Random numbers from 0 to 1."""


class PollingPolicy(Generic[J]):
    """Decides for one QPU. A step costs O(1) beyond the jobs that it names.

    Attributes:
        deadline_at: The earliest deadline of those who wait; None for none. Set it at any time.
    """

    def __init__(self, *, has_forecasts: bool = True) -> None:
        """Start without jobs.

        Args:
            has_forecasts: Whether the service can be asked for one.
        """
        self.deadline_at: float | None = None
        self._has_forecasts = has_forecasts
        self._order = SubmissionOrder[J]()
        self._estimator = CompletionEstimator()
        self._sample = Sample(self._order)
        self._asked: tuple[J, ...] = ()
        self._asked_at = 0.0
        self._round_trips_s = deque[float](maxlen=REMEMBERED_ROUND_TRIPS)
        self._head: HeadCheck | None = None
        self._probe: Probe[J] | None = None
        self._is_checked = False
        self._early_check_at = 0.0
        self._head_is_late = False
        self._disorder_until = 0.0
        self._shorter = Suspicion()
        self._out_of_order = Suspicion()
        self._probe_width = 1
        self._alarmed = False
        self._probed_near_the_head = False
        self._spare = VAIN_BURST
        self._spare_at = 0.0
        self._blind_pause_s = 0.0
        self._progress_at = 0.0
        self._forecast_at = 0.0
        self._closed_until = 0.0
        self._served_at = 0.0

    def step(self, observations: Iterable[Observation[J]], now: float, draws: Draws) -> Decision[J]:
        """Take in what has happened and decide what to do next.

        Args:
            observations: What happened since the last step. Jobs that were asked about and have not left since have
                not ended.
            now: Seconds of a clock that never goes back.
            draws: Random numbers from 0 to 1, for jitter and samples.
        """
        self.note(observations, now)
        self._count_answers(now)
        if not self._is_checked:
            self._asked, self._asked_at = self._next_questions(now, draws), now
            if self._asked:
                return Ask(self._asked)
            self._is_checked = True
        if not self._order:
            return Idle()
        if self._needs_forecast(now):
            self._forecast_at = now
            return GetForecast()
        self._is_checked = False
        return Sleep(self._pause(now, draws))

    # What has happened.

    def note(self, observations: Iterable[Observation[J]], now: float) -> None:
        """Take in what has happened, if nothing is to be decided. Nothing is kept of jobs that have left.

        Args:
            observations: What happened since the last step.
            now: Seconds of a clock that never goes back.
        """
        for observation in observations:
            self._apply(observation, now)

    def _apply(self, observation: Observation[J], now: float) -> None:
        match observation:
            case Joined():
                if not self._order:
                    self._start_over(observation.submitted_at, now)
                self._order.add(observation.job, observation.place)
                self._sample.add(observation.job)
            case Left():
                self._order.discard(observation.job)
                self._sample.discard(observation.job)
            case Forecasted():
                self._served_at = now + observation.free_in_s
                if observation.opens_in_s > 0.0:
                    self._closed_until = self._progress_at = now + observation.opens_in_s
                    self._estimator.begin(self._closed_until)
                    self._blind_pause_s = 0.0

    def _start_over(self, submitted_at: float | None, now: float) -> None:
        """The first job after a time without any."""
        self._count_answers(now)
        if self._head is not None:
            self._end_head_check(self._head, now)
        self._estimator.begin(now if submitted_at is None else min(submitted_at, now))
        self._probe = None
        self._progress_at = self._forecast_at = now
        self._blind_pause_s = self._closed_until = self._served_at = self._early_check_at = 0.0
        if submitted_at is not None and self._estimator.length:
            self._plan_early_check(now)
        self._is_checked = now < self._early_check_at

    def _plan_early_check(self, now: float) -> None:
        """Before its expected end, a first task is asked about, in case tasks have become shorter."""
        round_trip_s = self._round_trip_s
        planned = self._estimator.early_check(now, round_trip_s)
        self._early_check_at = 0.0 if planned is None else planned - round_trip_s

    def _count_answers(self, now: float) -> None:
        if not self._asked:
            return
        self._round_trips_s.append(max(now - self._asked_at, MIN_ROUND_TRIP_S))
        found = sum(job not in self._order for job in self._asked)
        earned = VAIN_PER_S * (now - self._spare_at) + found
        self._spare = min(self._spare + earned, VAIN_BURST) - (len(self._asked) - found)
        self._spare_at = now
        if (head := self._head) is not None:
            if head.found_all_expected:
                self._shorter.checked(head.begun_at, found)
            head.ended += found
            head.another_runs = found < len(self._asked)
            if head.ended > head.expected:
                head.extra *= 2
        elif (probe := self._probe) is not None:
            probe.ended += found
            probe.asked += probe.width
            probe.found_none = not found
            probe.width = min(2 * probe.width, MAX_PARALLEL)
        self._asked = ()

    @property
    def _round_trip_s(self) -> float:
        return min(self._round_trips_s, default=MIN_ROUND_TRIP_S)

    # Whom to ask.

    def _next_questions(self, now: float, draws: Draws) -> tuple[J, ...]:
        """The next questions of this check; none when it is complete."""
        if self._head is None and self._probe is None:
            in_disorder = self._head_is_late and now < self._disorder_until
            if in_disorder and draws() > HEAD_CHECKS_IN_DISORDER:
                self._begin_probe(0, now)
            else:
                expected = 1 if self._head_is_late else self._estimator.expected(now)
                self._head = HeadCheck(begun_at=now, expected=expected)
        if (head := self._head) is not None:
            if jobs := self._questions_at_the_head(head):
                return jobs
            self._end_head_check(head, now)
            self._begin_probe(head.ended, now)
        if self._probe is not None:
            if jobs := self._questions_behind_the_head(self._probe, draws):
                return jobs
            self._end_probe(self._probe, now)
        return ()

    def _questions_at_the_head(self, head: HeadCheck) -> tuple[J, ...]:
        if head.another_runs:
            return ()
        if not head.found_all_expected:
            width = head.expected - head.ended
        elif self._is_curious(head):
            width = head.extra
        else:
            return ()
        return tuple(self._order.first(min(width, MAX_PARALLEL)))

    def _end_head_check(self, head: HeadCheck, now: float) -> None:
        self._head = None
        self._estimator.checked(now, head.ended, another_runs=head.another_runs)

    def _is_curious(self, head: HeadCheck) -> bool:
        """Whether to look for more ends than expected; among many it costs little."""
        return self._estimator.length is None or head.expected >= MANY or self._shorter.is_due(head.begun_at)

    def _begin_probe(self, ended_at_the_head: int, now: float) -> None:
        """Begin to ask about jobs whose turn should not have come, if it is time for that."""
        late, self._head_is_late = self._head_is_late and not ended_at_the_head, not ended_at_the_head
        if ended_at_the_head:
            self._note_progress(now)
        # A first task of unknown length is not late before pauses are long.
        late = late and (self._estimator.length is not None or self._blind_pause_s >= MAX_BLIND_PAUSE_S)
        if len(self._order) < 2 or not (late or self._out_of_order.is_due(now)):
            return
        overdue = late and self._estimator.expected(now) >= MANY
        if overdue and not self._alarmed:
            self._probe_width = MAX_PARALLEL
        self._alarmed = overdue
        # If the head will never end, the next ones are just behind it; in any other disorder they may be anywhere.
        self._probed_near_the_head = late and not self._probed_near_the_head and now >= self._disorder_until
        near = self._order.first(1 + MAX_PROBES)[1:] if self._probed_near_the_head else None
        self._probe = Probe(self._probe_width, near)
        if near is None:
            self._sample.begin_round()

    def _questions_behind_the_head(self, probe: Probe[J], draws: Draws) -> tuple[J, ...]:
        if probe.found_none or probe.asked >= MAX_PROBES:
            return ()
        if probe.near_the_head is None:
            return tuple(self._sample.draw(probe.width, draws))
        jobs, probe.near_the_head = probe.near_the_head[: probe.width], probe.near_the_head[probe.width :]
        return tuple(job for job in jobs if job in self._order)

    def _end_probe(self, probe: Probe[J], now: float) -> None:
        self._probe = None
        self._probe_width = min(2 * self._probe_width, MAX_PARALLEL) if probe.ended else max(self._probe_width - 1, 1)
        self._out_of_order.checked(now, probe.ended)
        if probe.ended:
            self._note_progress(now)
            self._disorder_until = now + DISORDER_LASTS * (self._estimator.length or TOLERATED_LAG_S)

    def _note_progress(self, now: float) -> None:
        self._progress_at = now
        self._early_check_at = 0.0
        self._blind_pause_s = self._closed_until = 0.0

    # How long to pause.

    def _needs_forecast(self, now: float) -> bool:
        quiet_s = now - max(self._progress_at, self._forecast_at)
        return self._has_forecasts and quiet_s >= LONG_WAIT_S and now >= self._closed_until

    def _pause(self, now: float, draws: Draws) -> float:
        pause = max(self._wanted_pause(now, draws), -self._spare / VAIN_PER_S)
        if self.deadline_at is None:
            return pause
        last_check_s = self.deadline_at - LAST_CHECK_S - now
        return last_check_s if 0 < last_check_s < pause else pause

    def _wanted_pause(self, now: float, draws: Draws) -> float:
        if self._early_check_at:
            if now >= self._early_check_at:
                self._plan_early_check(now)
            if now < self._early_check_at:
                return self._early_check_at - now
        if (closed_s := self._closed_until - now) > 0:
            return (
                _jittered(MAX_CLOSED_PAUSE_S, draws) if closed_s > MAX_CLOSED_PAUSE_S else closed_s + JITTER * draws()
            )
        length, margin = self._estimator.length or 0.0, self._estimator.margin
        if now < self._disorder_until:
            return _jittered(min(TOLERATED_LAG_S, max(length, self._round_trip_s)), draws)
        due_s = self._estimator.end - now + max(length + margin, min(TOLERATED_LAG_S, length * len(self._order) / 4))
        if due_s > MAX_TRUSTED_PAUSE_S:
            return _jittered(APPROACH * due_s, draws)
        if due_s > 0:
            return max(self._round_trip_s, due_s + draws() * min(JITTER * due_s, margin))
        return _jittered(self._next_blind_pause(now, length), draws)

    def _next_blind_pause(self, now: float, length: float) -> float:
        """The end is overdue or was never known: longer each time."""
        waited_s = max(now - self._progress_at, self._served_at - now)
        ceiling_s = min(max(MAX_BLIND_PAUSE_S, BLIND_SHARE * waited_s), MAX_PAUSE_S)
        first_s = max(self._round_trip_s, min(BLIND_SHARE * length, MAX_FIRST_PAUSE_S))
        growth = 2 if self._blind_pause_s >= SHORT_PAUSE_S else 4
        self._blind_pause_s = min(max(first_s, growth * self._blind_pause_s), ceiling_s)
        return self._blind_pause_s


def _jittered(pause: float, draws: Draws) -> float:
    return pause * (1 - JITTER + 2 * JITTER * draws())
