"""The writers of a model's state: for the engine, and for a model that is made in a state."""

from qcaas_sdk.errors import IllegalTransition
from qcaas_sdk.statechart.model import Model


def place(model: Model, state: str) -> None:
    """Set the state of a model, without callbacks and notifications.

    Raises:
        IllegalTransition: A transition of the model runs.
    """
    if model.lock is not None:
        reason = f"{model!r} cannot be placed in {state!r} while a transition runs; await that first"
        raise IllegalTransition(reason, state=model.state, trigger="place", legal=())
    write(model, state)


def write(model: Model, state: str) -> None:
    """Set the state; only the engine and `place` do that."""
    model.state = state  # type: ignore[misc]  # this and the engine are the only writers
