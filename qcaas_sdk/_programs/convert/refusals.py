"""The errors for circuits that cannot be sent."""

from collections.abc import Iterable

from qcaas_sdk.errors import InvalidProgram


def unbound(package: str, parameters: Iterable[object], remedy: str) -> InvalidProgram:
    """For a circuit whose parameters have no value."""
    names = ", ".join(sorted(map(str, parameters)))
    return InvalidProgram(
        f"the {package} circuit has parameters without a value: {names}; {remedy}, or pass parameters={{…}} to "
        "create_job"
    )


def measures_nothing(package: str, remedy: str) -> InvalidProgram:
    """For a circuit that would give no result."""
    return InvalidProgram(f"the {package} circuit measures nothing, so it gives no counts; {remedy}")


def not_writable(package: str, reason: object) -> InvalidProgram:
    """For a circuit that its own package cannot write."""
    return InvalidProgram(f"{package} cannot write this circuit as OpenQASM: {reason}")
