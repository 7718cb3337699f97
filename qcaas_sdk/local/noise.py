"""What `LocalQpu(noise=...)` accepts, and the text in which noise travels to the simulator process."""

import base64
import pickle
from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import Any, TypeAlias

from attrs import frozen

from qcaas_sdk._guards import arguments
from qcaas_sdk.errors import InvalidArgument
from qcaas_sdk.local.calibration import Calibration

PRESETS = {"toshiko": Calibration.toshiko}


@frozen
class AerNoise:
    """A `NoiseModel` of Qiskit Aer.

    Attributes:
        pickled: The model, pickled and in base 64.
    """

    pickled: str

    def to_text(self) -> str:
        """The text, for the simulator process."""
        return self.pickled


Noise = Calibration | AerNoise
"""The noise of a QPU."""
NoiseArgument: TypeAlias = "Calibration | str | PathLike[str] | Mapping[str, Any] | Any | None"
"""What is read as noise; `Any` stands for a `NoiseModel` of Aer, which has no types."""


def read_noise(noise: NoiseArgument) -> Noise | None:
    """The noise of an argument.

    Args:
        noise: A `Calibration`, the name of a preset, the path of a file, the content of such a file, or an Aer
            `NoiseModel`; None for no noise.

    Raises:
        InvalidArgument: It is something else.
    """
    if noise is None or isinstance(noise, Noise):
        return noise
    if isinstance(noise, str):
        if noise not in PRESETS:
            raise InvalidArgument(
                f"there is no preset {arguments.told(noise)} for noise; use one of: {', '.join(PRESETS)}; or pass a "
                "file as pathlib.Path(...)",
                argument="noise",
            )
        return PRESETS[noise]()
    if isinstance(noise, PathLike):
        try:
            file = Path(noise)
        except Exception:  # a value of the user's own may do anything
            raise arguments.wrong("noise", "the path of a calibration file", noise) from None
        return Calibration.read(file)
    if isinstance(noise, Mapping):
        return Calibration.of(noise)
    if type(noise).__name__ == "NoiseModel" and type(noise).__module__.startswith("qiskit_aer."):
        # Aer's own way through JSON loses complex matrices.
        return AerNoise(base64.b64encode(pickle.dumps(noise)).decode())
    raise arguments.wrong(
        "noise", "a Calibration, the name of a preset, a path, a mapping, an Aer NoiseModel or None", noise
    )
