"""Both engines of the embedded QPU and the exact reference, on 500 random programs, without noise.

`python -m tests.soak.engines [FIRST [LAST]]` runs other seeds. What only one engine runs is counted by its message.
"""

import re
import sys
from collections import Counter
from collections.abc import Callable

from qcaas_sdk.local.simulator.process import SimulatorProcess
from qcaas_sdk.local.simulator.simulation import Simulation, SimulationFailure, SimulationRequest
from qcaas_sdk.local.simulator.task_error import TaskError
from tests.local.asking import exchange
from tests.local.qat import qat_process
from tests.local.reference.compare import difference
from tests.local.reference.programs import RandomProgram
from tests.local.reference.straight import straight_program

QUOTED = re.compile(r"'[^']*'|\d+(?:\.\d+)?")


def wrong(program: RandomProgram, seed: int, engine: str, *more: Callable[[SimulationRequest], Simulation]) -> bool:
    """Whether the counts of an engine are not those of the reference; it prints them."""
    distance, allowed = difference(program, seed, *more)
    if distance > allowed:
        print(f"seed {seed}, {engine}: off by {distance:.3f}, where sampling allows {allowed:.3f}\n{program.text}")
    return distance > allowed


def with_qat(process: SimulatorProcess) -> Callable[[SimulationRequest], Simulation]:
    """Simulate with QAT."""

    def simulate(request: SimulationRequest) -> Simulation:
        outcome = exchange(process, request)
        if isinstance(outcome, SimulationFailure):
            raise TaskError(outcome.code, outcome.message)
        return outcome

    return simulate


def main() -> None:
    first = int(sys.argv[1]) if len(sys.argv) > 1 else 0
    last = int(sys.argv[2]) if len(sys.argv) > 2 else first + 500
    programs = {seed: straight_program(seed) for seed in range(first, last)}
    failed = sum(wrong(program, seed, "aer") for seed, program in programs.items())
    print(f"aer: {len(programs)} programs, {failed} wrong", flush=True)
    if sys.version_info >= (3, 13):
        print("qat: there is no QAT for this Python; run this with Python 3.11 or 3.12 to compare it too")
        sys.exit(1 if failed else 0)
    process = qat_process()
    compared = 0
    refused = Counter[str]()
    try:
        for seed, program in programs.items():
            try:
                failed += wrong(program, seed, "qat", with_qat(process))
                compared += 1
            except TaskError as error:
                refused[QUOTED.sub("…", str(error))[:110]] += 1
    finally:
        process.kill()
        process.join()
    print(f"qat: {compared} of them, {refused.total()} refused; wrong on both engines together: {failed}")
    for message, times in refused.most_common():
        print(f"{times:5} {message}")
    sys.exit(1 if failed or compared < len(programs) // 4 else 0)


if __name__ == "__main__":
    main()
