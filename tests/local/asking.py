"""Asks a simulator process without a service, and waits for the answer."""

import asyncio
from itertools import count

from qcaas_sdk.local.simulator.process import Message, SimulatorProcess
from qcaas_sdk.local.simulator.simulation import (
    Simulation,
    SimulationFailure,
    SimulationRequest,
    response_as_outcome,
)

_numbers = count(1_000_000)


def exchange(process: SimulatorProcess, request: SimulationRequest) -> Simulation | SimulationFailure:
    """The outcome of one program, which runs alone."""
    return asyncio.run(_exchange(process, request))


async def _exchange(process: SimulatorProcess, request: SimulationRequest) -> Simulation | SimulationFailure:
    number = next(_numbers)
    answer: asyncio.Future[Message] = asyncio.get_running_loop().create_future()

    def hear(messages: list[Message]) -> None:
        for message in messages:
            if "end" in message:
                answer.set_exception(AssertionError(f"the process ended: {message}"))
            elif message.get("number") == number:
                answer.set_result(message["response"])

    process.listen(hear)
    process.run([(number, True, request)], it_waits=False)
    try:
        return response_as_outcome(await answer)
    finally:
        process.ignore()
