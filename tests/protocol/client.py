"""The client in the model: the chart as it is loaded, and each effect as steps from one request to the next.

A hand-written picture of `qcaas_sdk/_callbacks/job.py`: what it sends, what it does with the answer, what it notes
and when. States, guards' order, targets and actions are the chart's own.
"""

from qcaas_sdk.statechart import Chart, TransitionRule
from tests.protocol.world import OVER, Call, Disk, Request, World

CREATED = "created"
"""The service says that nothing was submitted under the id."""

NO_CONNECTION = "no connection"
"""The request certainly does not arrive."""

NO_ANSWER = "no answer"
"""Nobody knows whether the request has arrived."""

ERRORS = frozenset({NO_CONNECTION, NO_ANSWER})
OUTPUTS = {"completed": "result", "failed": "error"}


class Client:
    """What the process does on the chart."""

    def __init__(self, chart: Chart) -> None:
        self.initial = chart.initial
        self.ends = frozenset(state.name for state in chart.states if state.final)
        self._rules = {(rule.trigger, source): rule for rule in chart.transitions for source in rule.sources}
        self.reset = chart.reset or ""

    def triggers(self, world: World, runs: int) -> list[str]:
        """What a user can call now."""
        here = [trigger for trigger, source in self._rules if source == world.known.state]
        return [trigger for trigger in here if trigger != self.reset or world.known.run < runs]

    def fired(self, world: World, trigger: str) -> World:
        """The transition begins, and its first request leaves."""
        rule = self._rule(world, trigger)
        if trigger == "cancel":
            world = world._replace(cancelled=world.cancelled | {world.known.run})
        if rule.effect is None:
            return self._end(world, trigger, None)
        world = world._replace(call=Call(trigger, rule.effect, "begin"))
        known = world.known
        match rule.effect:
            case "submit_task" if known.in_doubt and known.cancel_asked:
                return self._end(world, trigger, None)
            case "submit_task" if known.task == 0:
                return _send(world, "reserve", "reserve")
            case "submit_task":
                return self._sent(world)
            case "ask_status" | "cancel_task" if known.task == 0:
                return world._replace(call=None)
            case "ask_status":
                return _send(world, "status", "status")
            case "cancel_task":
                return _send(world, "cancel", "cancel")
            case "cancel_if_sent" if not known.in_doubt:
                return self._end(world, trigger, "never")
            case "cancel_if_sent":
                return self._landed(world)
            case "cancel_if_arrived" if not (known.in_doubt and known.cancel_asked):
                return self._end(world, trigger, None)
            case "cancel_if_arrived":
                return self._landed(world)
        raise AssertionError(f"the model does not know the effect {rule.effect}")

    def gone_on(self, world: World) -> World:
        """The id is in the journal, or the batch has landed."""
        if world.call is not None and world.call.step == "landing":
            return self._landed(world._replace(delivery_over=False))
        return self._sent(world)

    def _landed(self, world: World) -> World:
        """Wait for a batch that still sends the submission; then cancel it, or ask whether it has arrived."""
        call = world.call
        assert call is not None
        if world.is_held(world.known.task):
            return world._replace(call=call._replace(step="landing"))
        call = call._replace(is_over=world.delivery_over)
        if call.effect == "cancel_if_arrived":
            return _send(world._replace(call=call), "asked", "status")
        world = world.knowing(cancel_asked=True)
        return _send(world._replace(call=call, disk=world.disk._replace(cancel_asked=True)), "cancel", "cancel")

    def _sent(self, world: World) -> World:
        """Ask how it stands if there is a doubt, else submit."""
        return _send(world, "found", "status") if world.known.in_doubt else _submit(world, doubted=False)

    def told(self, world: World, reply: str) -> World:  # one case for each step
        """An answer has come, or the client has given up waiting for it."""
        call = world.call
        assert call is not None
        if reply in ERRORS and call.step != "submit":
            return world._replace(call=None)
        match call.step:
            case "reserve":
                number = int(reply)
                disk = world.disk._replace(task=number, in_doubt=True, cancel_asked=False)
                waiting = call._replace(step="written", request=None, answer=None)
                return world.knowing(task=number)._replace(disk=disk, durable=disk, call=waiting)
            case "found" if reply == CREATED:
                return _submit(world, doubted=True)
            case "submit" if reply in ERRORS:
                doubt = call.doubted or reply == NO_ANSWER
                world = world.knowing(in_doubt=doubt)._replace(delivery_over=False)
                return self._sent(world) if doubt else world._replace(call=None)
            case "submit" if reply == "refused":
                return _send(world.knowing(in_doubt=call.doubted), "refused", "status")
            case "submit":
                return self._end(world.knowing(in_doubt=False), call.trigger, "submitted")
            case "refused":
                said = "rejected" if reply == CREATED else reply
                return self._end(world.knowing(in_doubt=False), call.trigger, said)
            case "found":
                return self._end(world.knowing(in_doubt=False), call.trigger, reply)
            case "status":
                return self._end(world, call.trigger, reply)
            case "asked" if reply != CREATED and reply not in OVER:
                return _send(world, "cancel", "cancel")
            case "cancel" if reply == "refused":
                return _send(world._replace(call=call._replace(refused=True)), "cancelled", "status")
            case "cancel":
                return _send(world.knowing(cancel_asked=True), "cancelled", "status")
            case "cancelled" if (
                call.refused and reply not in OVER and not (reply == CREATED and world.known.in_doubt)
            ):
                return world._replace(call=None)
            case "cancelled" if call.effect == "cancel_task":
                return self._end(world, call.trigger, reply)
            case "asked" | "cancelled":
                return self._settled(world, call, reply)
        raise AssertionError(f"the model does not know the step {call.step}")

    def recovered(self, world: World) -> World:
        """Another process reads the journal."""
        output = OUTPUTS.get(world.disk.state, "")
        abandoned = world.abandoned if world.disk.state in self.ends else world.abandoned - {world.disk.run}
        return world._replace(alive=True, known=world.disk, delivery_over=False, output=output, abandoned=abandoned)

    def _settled(self, world: World, call: Call, reply: str) -> World:
        if reply != CREATED:
            return self._end(world.knowing(in_doubt=False), call.trigger, reply)
        if not call.is_over:
            return self._end(world, call.trigger, CREATED)
        return self._end(world.knowing(in_doubt=False), call.trigger, "never")

    def _end(self, world: World, trigger: str, answer: str | None) -> World:
        """The first choice of the chart whose guard holds is taken."""
        world = world._replace(call=None)
        for choice in self._rule(world, trigger).choices:
            if choice.guard is None or _holds(choice.guard, world, answer):
                break
        else:
            return world
        for action in choice.actions:
            match action:
                case "keep_result" if answer != "completed":
                    return world  # it raises, and the state stays
                case "keep_error" if answer is None or answer == "never":
                    return world
                case "keep_result" | "keep_error":
                    world = world._replace(output="result" if action == "keep_result" else "error")
                case "begin_new_run":
                    begun = Disk(world.known.state, world.known.run + 1)
                    world = world._replace(known=begun, output="", delivery_over=False)
        if choice.target is None:
            return world
        world = world.knowing(state=choice.target)
        known = world.known
        return world._replace(
            disk=Disk(known.state, known.run, known.task),
            abandoned=world.abandoned | {known.run} if trigger == "abandon" else world.abandoned,
        )

    def _rule(self, world: World, trigger: str) -> TransitionRule:
        return self._rules[trigger, world.known.state]


def _send(world: World, step: str, kind: str) -> World:
    assert world.call is not None
    task = 0 if kind == "reserve" else world.known.task
    request = Request(kind, task)  # type: ignore[arg-type]
    return world._replace(call=world.call._replace(step=step, request=request, answer=None))


def _submit(world: World, *, doubted: bool) -> World:
    assert world.call is not None
    world = world.knowing(in_doubt=True)._replace(delivery_over=False, call=world.call._replace(doubted=doubted))
    return _send(world, "submit", "submit")


def _holds(guard: str, world: World, answer: str | None) -> bool:
    known = world.known
    match guard:
        case "cancellation_waits":
            return known.in_doubt and known.cancel_asked
        case "may_be_abandoned":
            return known.in_doubt
        case "submission_refused":
            return answer == "rejected"
        case "never_arrives":
            return answer == "never"
        case "task_active":
            return answer in {"submitted", "running"}
        case "task_completed" | "task_failed" | "task_cancelled" | "task_running":
            return answer == guard.removeprefix("task_")
    raise AssertionError(f"the model does not know the guard {guard}")
