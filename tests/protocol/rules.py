"""What must be true in every state of the model."""

from collections.abc import Iterator

from tests.protocol.world import World

AT_MOST_ONCE = "a run executes at most once"
NOTHING_LOST = "a task that the service has is known to the process and to the journal"
ENDS_ARE_TRUE = "an end is what the service says, and nothing executes after it"
STATES_ARE_TRUE = "a state that has not ended is what the service says"
CAN_BE_CANCELLED = "a job that has not ended can be cancelled"
CAN_END = "every run can still end, without being cancelled"
CAN_RUN_AGAIN = "a job that has ended can run again"

AT_THE_SERVICE = frozenset({"queued", "running", "completed", "failed"})


def broken(world: World) -> Iterator[str]:
    """The rules that are broken in one state."""
    run, known = world.known.run, world.known
    own = {number: task for number, task in enumerate(world.tasks, 1) if task.run == run}
    executions = dict.fromkeys((task.run for task in world.tasks), 0)
    for task in world.tasks:
        executions[task.run] += task.executions
    if any(count > 1 for count in executions.values()):
        yield AT_MOST_ONCE
    if not world.given_up:
        there = [number for number, task in own.items() if task.status in AT_THE_SERVICE]
        if any(number != world.disk.task or (world.alive and number != known.task) for number in there):
            yield NOTHING_LOST
    if not world.alive or world.call is not None:
        return
    may_execute = world.good and any(
        task.status in {"queued", "running"} or (task.status == "reserved" and world.can_still_submit(number))
        for number, task in own.items()
    )
    status = world.task(known.task).status if known.task else "reserved"
    match known.state:
        case "completed":
            true = status == "completed" and world.output == "result"
        case "failed":
            refused = not world.good and not executions.get(run)
            true = (status == "failed" or refused) and world.output == "error"
        case "cancelled" if world.given_up:
            return
        case "cancelled":
            true = (
                run in world.cancelled
                and not may_execute
                and status in {"reserved", "cancelled"}
                and not world.output
            )
        case _:
            if not _not_ended_is_true(world, status, may_execute=may_execute):
                yield STATES_ARE_TRUE
            return
    if not true or may_execute:
        yield ENDS_ARE_TRUE


def _not_ended_is_true(world: World, status: str, *, may_execute: bool) -> bool:
    match world.known.state:
        case "created":
            return world.known.in_doubt or (status not in AT_THE_SERVICE and not may_execute)
        case "submitted":
            return status != "reserved"
        case "running":
            return status not in {"reserved", "queued"}
    return True
