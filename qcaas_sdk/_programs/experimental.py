"""Configurations for backends that take more than the compiler does: noise, and the size of tensor networks."""

import json
from collections.abc import Mapping
from inspect import signature
from typing import TYPE_CHECKING, Any, Self

from attrs import frozen

from qcaas_sdk._guards import arguments
from qcaas_sdk.errors import InvalidArgument

if TYPE_CHECKING:
    from compiler_config.config import CompilerConfig

KIND = "<class 'oqc_qcaas_sdk.experimental_config.ExperimentalConfig'>"
"""What OQC's published SDK writes into its files, so that each can read the other's."""
EXTERNAL = "$external"


@frozen(init=False, eq=False)
class ExperimentalConfig:
    """A `CompilerConfig`, and what the service passes on to an experimental backend.

    Attributes:
        base_config: The compiler's part.
        noise: Whether noise is simulated.
        bond_dimension: The size of a tensor network; None leaves it to the backend.
        noise_model: The noise, as a JSON object in the backend's own words; None for its own.
    """

    base_config: "CompilerConfig"
    noise: bool
    bond_dimension: int | None
    noise_model: Mapping[str, Any] | None

    def __init__(
        self,
        *,
        noise: bool = False,
        bond_dimension: int | None = None,
        noise_model: Mapping[str, Any] | None = None,
        base_config: "CompilerConfig | None" = None,
        **compiler: Any,
    ) -> None:
        """Set up a configuration.

        Args:
            noise: Whether to simulate noise.
            bond_dimension: The size of a tensor network.
            noise_model: The noise, as a JSON object.
            base_config: The compiler's part.
            compiler: Instead of it, what a `CompilerConfig` is made of: `repeats`, `results_format`, …

        Raises:
            InvalidArgument: The bond dimension is below 1, the noise model is not a JSON object, the compiler's part
                is given in both ways, or `CompilerConfig` has no such setting.
        """
        noise = arguments.flag(noise, "noise")
        if bond_dimension is not None:
            bond_dimension = arguments.whole(bond_dimension, "bond_dimension", least=1)
        if noise_model is not None and not isinstance(noise_model, Mapping):
            raise arguments.wrong("noise_model", "a JSON object, as a dict", noise_model)
        if base_config is not None and compiler:
            raise InvalidArgument(
                f"you passed base_config and also {', '.join(compiler)}: set them in base_config",
                argument="base_config",
            )
        if base_config is not None:
            arguments.with_methods(base_config, "base_config", "a CompilerConfig", "to_json")
        if base_config is None:
            from compiler_config.config import CompilerConfig  # noqa: PLC0415  # slow to import

            known = signature(CompilerConfig).parameters
            if unknown := [name for name in compiler if name not in known]:
                raise InvalidArgument(
                    f"CompilerConfig has no such setting: {', '.join(unknown)}; it has {', '.join(known)}",
                    argument=unknown[0],
                )
            base_config = CompilerConfig(**compiler)
        self.__attrs_init__(base_config, noise, bond_dimension, noise_model)

    @property
    def external_config(self) -> dict[str, Any]:
        """What the service passes on (`external_config` in a submission); empty if there is nothing."""
        external: dict[str, Any] = {}
        if self.noise:
            external["noise_enabled"] = True
        if self.bond_dimension is not None:
            external["bond_dimension"] = self.bond_dimension
        if self.noise_model is not None:
            external["noise_model"] = dict(self.noise_model)
        return external

    def with_base(self, base_config: "CompilerConfig") -> Self:
        """The same with another compiler's part."""
        return type(self)(
            noise=self.noise,
            bond_dimension=self.bond_dimension,
            noise_model=self.noise_model,
            base_config=base_config,
        )

    def to_json(self) -> str:
        """The whole as one JSON object, as a snapshot keeps it; a submission carries the two parts separately."""
        whole = json.loads(self.base_config.to_json()) | {"$type": KIND}
        return json.dumps(whole | ({EXTERNAL: self.external_config} if self.external_config else {}))

    @classmethod
    def create_from_json(cls, serialized: str) -> Self:
        """As `from_json`; `CompilerConfig` calls it so.

        Raises:
            InvalidArgument: As `from_json`.
        """
        return cls.from_json(serialized)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` wrote, here or in OQC's published SDK.

        Raises:
            InvalidArgument: It is not such a text.
        """
        from compiler_config.config import CompilerConfig  # noqa: PLC0415  # slow to import

        try:
            whole = json.loads(text)
        except (TypeError, ValueError, RecursionError):
            whole = None
        if not isinstance(whole, dict) or not isinstance(whole.get(EXTERNAL, {}), dict):
            raise arguments.wrong("text", "the JSON of an ExperimentalConfig", text)
        external = whole.pop(EXTERNAL, {})
        base = CompilerConfig.create_from_json(json.dumps(whole | {"$type": str(CompilerConfig)}))
        return cls(
            noise=external.get("noise_enabled", False),
            bond_dimension=external.get("bond_dimension"),
            noise_model=external.get("noise_model"),
            base_config=base,
        )
