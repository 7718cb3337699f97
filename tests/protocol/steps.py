"""What can happen next: every step of user, network, service and process from a state of the model."""

from collections.abc import Iterator
from typing import NamedTuple

from tests.protocol.client import CREATED, NO_ANSWER, NO_CONNECTION, Client
from tests.protocol.world import Bounds, Request, Task, World

CALM = frozenset({"call", "go on", "arrive", "answer", "stray", "vanish", "start", "end", "time", "write", "recover"})
"""Steps that happen without a fault."""

OTHERS_STAY = "a batch of others"
"""The batch with the submission goes on without its caller, because other callers wait for it."""


class Step(NamedTuple):
    """One step, as plain data: it prints, and the same steps can be taken on the real code.

    Attributes:
        kind: What happens.
        what: The trigger, the answer, the kind of a stray request, how a task ends, or `OTHERS_STAY`.
        task: The number of the task, if the step is about one.
    """

    kind: str
    what: str = ""
    task: int = 0

    def __str__(self) -> str:
        about = f" (task {self.task})" if self.task else ""
        return f"{self.kind} {self.what}".strip() + about


def steps(world: World, client: Client, bounds: Bounds) -> Iterator[tuple[Step, World]]:
    """Every next step, and what it leads to."""
    for step, after in _steps(world, client, bounds):
        if not after.crashes and after.durable != after.disk:
            after = after._replace(durable=after.disk)  # noqa: PLW2901  # nobody reads it any more
        yield step, after


def _steps(world: World, client: Client, bounds: Bounds) -> Iterator[tuple[Step, World]]:
    if not world.alive:
        yield Step("recover"), client.recovered(world)
    elif world.call is None:
        for trigger in client.triggers(world, bounds.runs):
            yield Step("call", trigger), client.fired(world, trigger)
    elif world.call.request is None:
        if not (world.call.step == "landing" and world.is_held(world.known.task)):
            yield Step("go on"), client.gone_on(world)
        elif world.leaves:
            yield Step("leave"), world._replace(call=None, leaves=world.leaves - 1)
    else:
        yield from _carried(world, client, world.call.request, world.call.answer)
    if world.alive and world.crashes:
        gone = tuple(sorted(request._replace(held=False) for request in _alone(world).stray))
        left = world._replace(alive=False, call=None, disk=world.durable, stray=gone)
        yield Step("crash"), left._replace(crashes=world.crashes - 1)
    if world.disk != world.durable:
        yield Step("write"), world._replace(durable=world.disk)
    yield from _strays(world)
    yield from _service(world)
    if world.alive and world.call is None and _waits_for_time(world):
        yield Step("time"), world._replace(delivery_over=True)


def _carried(world: World, client: Client, request: Request, answer: str | None) -> Iterator[tuple[Step, World]]:
    """What becomes of the request that the client waits for."""
    call = world.call
    assert call is not None
    if answer is not None:
        yield Step("answer", answer), client.told(world, answer)
    else:
        for said, after in _served(world, request):
            yield Step("arrive", said, request.task), after._replace(call=call._replace(answer=said))
    if world.leaves:
        fewer = world._replace(leaves=world.leaves - 1)
        yield Step("leave"), _alone(fewer)
        if request.kind == "submit" and answer is None:
            yield Step("leave", OTHERS_STAY), _alone(fewer, held=True)
    if world.faults:
        fewer = world._replace(faults=world.faults - 1)
        if answer is None:
            yield Step("no connection"), client.told(fewer, NO_CONNECTION)
            yield Step("no answer"), client.told(_astray(fewer, request), NO_ANSWER)
        else:
            yield Step("lost answer"), client.told(fewer, NO_ANSWER)


def _served(world: World, request: Request) -> Iterator[tuple[str, World]]:
    """What the service may say to a request that arrives, and what it does."""
    if request.kind == "reserve":
        yield str(len(world.tasks) + 1), world._replace(tasks=(*world.tasks, Task(world.known.run)))
        return
    task = world.task(request.task)
    if request.kind == "status":
        words = {"reserved": CREATED, "queued": "submitted"}
        yield words.get(task.status, task.status), world
    elif request.kind == "submit":
        if task.status == "reserved" and world.good:
            yield "ok", world.with_task(request.task, status="queued")
            return
        yield "refused", world
        if world.good and task.executions + (task.status == "queued"):
            yield "ok", world  # a second submission may be ignored
    elif task.status in {"queued", "running"}:
        yield "ok", world.with_task(request.task, status="cancelled")
        yield "ok, later", world
        yield "refused", world
    elif task.status == "reserved" and world.reserved_can_be_cancelled:
        yield "ok", world.with_task(request.task, status="cancelled")
    else:
        yield "ok", world
        yield "refused", world


def _strays(world: World) -> Iterator[tuple[Step, World]]:
    """A request that nobody waits for arrives, or does not."""
    for request in sorted(set(world.stray)):
        rest = list(world.stray)
        rest.remove(request)
        alone = world._replace(stray=tuple(rest))
        yield Step("vanish", request.kind, request.task), alone
        for _, after in _served(alone, request):
            if after.tasks != world.tasks:
                yield Step("stray", request.kind, request.task), after


def _service(world: World) -> Iterator[tuple[Step, World]]:
    for number, task in enumerate(world.tasks, 1):
        if task.status == "queued":
            yield (
                Step("start", task=number),
                world.with_task(number, status="running", executions=task.executions + 1),
            )
        elif task.status == "running":
            yield Step("end", "completed", number), world.with_task(number, status="completed")
            yield Step("end", "failed", number), world.with_task(number, status="failed")


def _alone(world: World, *, held: bool = False) -> World:
    """No transition waits any longer for what is on its way."""
    call = world.call
    if call is not None and call.request is not None and call.answer is None:
        world = _astray(world, call.request, held=held and call.request.kind == "submit")
    return world._replace(call=None)


def _astray(world: World, request: Request, *, held: bool = False) -> World:
    if request.kind not in {"submit", "cancel"}:
        return world
    return world._replace(stray=tuple(sorted((*world.stray, request._replace(held=held)))))


def _waits_for_time(world: World) -> bool:
    """Whether the longest delivery time can pass, and matters: nothing may be on its way any more."""
    under_way = any(world.can_still_submit(number) for number in range(1, len(world.tasks) + 1))
    return world.known.in_doubt and not world.delivery_over and not under_way
