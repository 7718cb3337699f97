"""The calibration of a QPU: what its noise is, in figures.

A file, in JSON or YAML, has the shape in which Amazon Braket published the calibrations of OQC's machines:
`one_qubit` and `two_qubit`, with `T1` and `T2` in microseconds and fidelities as fractions. The shape in which OQC's
own service sends calibrations is not published.
"""

import json
import math
import re
from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any, Self

import yaml
from attrs import asdict, field, frozen

from qcaas_sdk._guards import arguments
from qcaas_sdk.errors import InvalidArgument

ONE_QUBIT_GATE_NS = 50.0
"""How long a gate on one qubit takes if a file does not say it: Braket's page on OQC says about 50 ns."""
TWO_QUBIT_GATE_NS = 500.0
"""How long a gate on two qubits takes if a file does not say it: a typical time of a cross-resonance gate."""

_ONE_QUBIT = ("T1", "T2", "fRO", "fRO_0", "fRO_1", "fRB")
_TWO_QUBIT_FIDELITIES = ("ECR_f", "fCX", "CLf")
_PAIR = re.compile(r"(\d+)-(\d+)")


def _error(value: Any, name: str) -> float:
    """A probability of an error; at most one half, beyond which a figure is not that of an error."""
    return _number(value, name, most=0.5)


def _time_or_none(value: Any, name: str) -> float | None:
    return None if value is None else _number(value, name, least=1e-9)


def _number(value: Any, name: str, *, least: float = 0.0, most: float = math.inf) -> float:
    wanted = f"a number from {least:g} to {most:g}" if most < math.inf else f"a number above {least:g}"
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < math.inf:
        raise arguments.wrong(name, wanted, value)
    if not least <= value <= most:
        hint = "write fidelities as fractions, 0.95 instead of 95" if "fidelity" in name and value > 1 else ""
        raise arguments.wrong(name, wanted, value, hint)
    try:
        return float(value)
    except OverflowError:
        raise arguments.wrong(name, wanted, value) from None


@frozen
class QubitCalibration:
    """The figures of one qubit.

    Attributes:
        reads_1_for_0: The probability that a qubit in state 0 reads as 1.
        reads_0_for_1: The probability that a qubit in state 1 reads as 0.
        gate_error: The average error of a gate on this qubit: 1 minus its average fidelity.
        t1_us: The relaxation time, in microseconds; None for no relaxation.
        t2_us: The dephasing time, in microseconds, at most twice `t1_us`; None for no dephasing of its own.
    """

    reads_1_for_0: float = 0.0
    reads_0_for_1: float = 0.0
    gate_error: float = 0.0
    t1_us: float | None = None
    t2_us: float | None = None

    def __attrs_post_init__(self) -> None:
        for name in ("reads_1_for_0", "reads_0_for_1", "gate_error"):
            _error(getattr(self, name), name)
        for name in ("t1_us", "t2_us"):
            _time_or_none(getattr(self, name), name)
        if self.t1_us is not None and self.t2_us is not None and self.t2_us > 2 * self.t1_us:
            raise InvalidArgument(
                f"T2 ({self.t2_us:g} µs) can be at most twice T1 ({self.t1_us:g} µs): check the two figures",
                argument="t2_us",
            )


def _qubits(qubits: Any) -> tuple[QubitCalibration, ...]:
    figures = arguments.each(qubits, "qubits", QubitCalibration)
    if not figures:
        raise InvalidArgument("a calibration has at least one qubit", argument="qubits")
    return figures


def _pairs(pairs: Any) -> dict[tuple[int, int], float]:
    if not isinstance(pairs, Mapping):
        raise arguments.wrong("pairs", "a mapping of pairs of qubits to errors", pairs)
    return {_pair(pair): _error(error, f"the error of the pair {pair}") for pair, error in pairs.items()}


def _pair(pair: Any) -> tuple[int, int]:
    if not isinstance(pair, tuple) or len(pair) != 2:
        raise arguments.wrong("pairs", "a mapping of pairs of qubits, such as (0, 1), to errors", pair)
    one, other = (arguments.whole(qubit, "pairs", least=0) for qubit in pair)
    return (one, other) if one < other else (other, one)


@frozen
class Calibration:
    """The calibration of a QPU, for `LocalQpu(noise=...)`.

    Attributes:
        qubits: The figures of each qubit, from qubit 0.
        pairs: The qubits that a gate can couple, with the average error of that gate: 1 minus its average fidelity.
        one_qubit_gate_ns: How long a gate on one qubit takes, in nanoseconds.
        two_qubit_gate_ns: How long a gate on two qubits takes, in nanoseconds.
    """

    qubits: tuple[QubitCalibration, ...] = field(converter=_qubits)
    pairs: Mapping[tuple[int, int], float] = field(converter=_pairs, hash=False)
    one_qubit_gate_ns: float = ONE_QUBIT_GATE_NS
    two_qubit_gate_ns: float = TWO_QUBIT_GATE_NS

    def __attrs_post_init__(self) -> None:
        for name in ("one_qubit_gate_ns", "two_qubit_gate_ns"):
            _number(getattr(self, name), name)
        for number, qubit in enumerate(self.qubits):
            for name, time_us in (("T1", qubit.t1_us), ("T2", qubit.t2_us)):
                if time_us is not None and 1000 * time_us < self.one_qubit_gate_ns:
                    raise InvalidArgument(
                        f"{name} of qubit {number} is {time_us:g} µs, which is shorter than a gate of "
                        f"{self.one_qubit_gate_ns:g} ns: write T1 and T2 in microseconds, durations in nanoseconds",
                        argument="noise",
                    )
        for one, other in self.pairs:
            if one == other or other >= len(self.qubits):
                raise InvalidArgument(
                    f"the pair {one}-{other} is not a pair of qubits 0 to {len(self.qubits) - 1}", argument="pairs"
                )

    @classmethod
    def read(cls, file: str | PathLike[str]) -> Self:
        """Read a file, in JSON or YAML.

        Raises:
            InvalidArgument: It cannot be read, or is not a calibration; the message names the file and the figure.
        """
        path = Path(file)
        try:
            found = _json_or_yaml(path.read_text(encoding="utf-8"))
        except (OSError, ValueError, yaml.YAMLError, RecursionError) as error:
            raise InvalidArgument(
                f"{path} cannot be read as a calibration in JSON or YAML: {error}", argument="noise"
            ) from error
        try:
            return cls.of(found)
        except InvalidArgument as error:
            raise InvalidArgument(f"{path} is not a calibration: {error}", argument="noise") from error

    @classmethod
    def of(cls, found: object) -> Self:
        """From the content of such a file; also from all properties of a device, as Braket published them.

        Raises:
            InvalidArgument: It is not a calibration.
        """
        for name in ("provider", "properties"):
            if isinstance(found, Mapping) and isinstance(found.get(name), Mapping):
                found = found[name]
        if not isinstance(found, Mapping) or not isinstance(found.get("one_qubit"), Mapping):
            raise InvalidArgument(
                "'one_qubit' is missing: a mapping of each qubit to its figures (T1, T2, fRO, fRB)", argument="noise"
            )
        _check_spelling(found, ("one_qubit", "two_qubit", "durations_ns"), "the calibration")
        one, two = found["one_qubit"], found.get("two_qubit") or {}
        if {str(key) for key in one} != {str(qubit) for qubit in range(len(one))}:
            raise InvalidArgument(
                f"the keys of 'one_qubit' must be the numbers 0 to {len(one) - 1}, not {arguments.told(list(one))}",
                argument="noise",
            )
        if not isinstance(two, Mapping):
            raise arguments.wrong("two_qubit", "a mapping of pairs, such as '0-1', to figures", two)
        ordered = sorted(one.items(), key=lambda entry: int(entry[0]))
        durations = found.get("durations_ns") or {}
        if not isinstance(durations, Mapping) or not set(durations) <= {"one_qubit", "two_qubit"}:
            raise arguments.wrong("durations_ns", "a mapping with one_qubit and two_qubit", durations)
        return cls(
            tuple(_qubit(f"qubit {key}", figures) for key, figures in ordered),
            dict(_coupled(str(key), figures) for key, figures in two.items()),
            durations.get("one_qubit", ONE_QUBIT_GATE_NS),
            durations.get("two_qubit", TWO_QUBIT_GATE_NS),
        )

    @classmethod
    def toshiko(cls) -> Self:
        """32 qubits with noise of the magnitude that OQC published for Toshiko gen-1; not measured on one machine.

        Published (arXiv:2601.20458): T1 69 µs and T2 103 µs (medians), and an error of a two-qubit gate of 1.2 %
        (median of a chain of 16 qubits, with error suppression). Assumed: all qubits are alike, their neighbours are
        those of a grid of 4 × 8, errors of 0.1 % for a gate on one qubit and of 3 % for a readout.
        """
        rows, columns = 4, 8
        qubit = QubitCalibration(reads_1_for_0=0.03, reads_0_for_1=0.03, gate_error=0.001, t1_us=69.0, t2_us=103.0)
        right = {(at, at + 1): 0.012 for at in range(rows * columns) if at % columns < columns - 1}
        down = {(at, at + columns): 0.012 for at in range((rows - 1) * columns)}
        return cls((qubit,) * (rows * columns), right | down)

    def first(self, count: int) -> Self:
        """The calibration of the first qubits only."""
        pairs = {pair: error for pair, error in self.pairs.items() if max(pair) < count}
        return type(self)(self.qubits[:count], pairs, self.one_qubit_gate_ns, self.two_qubit_gate_ns)

    def to_text(self) -> str:
        """JSON text, for the simulator process."""
        return json.dumps(asdict(self) | {"pairs": [[*pair, error] for pair, error in self.pairs.items()]})

    @classmethod
    def from_text(cls, text: str) -> Self:
        """From the text of `to_text`."""
        found = json.loads(text)
        return cls(
            tuple(QubitCalibration(**figures) for figures in found["qubits"]),
            {(one, other): error for one, other, error in found["pairs"]},
            found["one_qubit_gate_ns"],
            found["two_qubit_gate_ns"],
        )

    def published(self) -> dict[str, Any]:
        """The figures in the shape of the file."""
        one = {
            str(number): {
                "T1": qubit.t1_us,
                "T2": qubit.t2_us,
                "fRO": 1 - (qubit.reads_1_for_0 + qubit.reads_0_for_1) / 2,
                "fRO_0": 1 - qubit.reads_1_for_0,
                "fRO_1": 1 - qubit.reads_0_for_1,
                "fRB": 1 - qubit.gate_error,
            }
            for number, qubit in enumerate(self.qubits)
        }
        two = {
            f"{first}-{second}": {
                "coupling": {"control_qubit": first, "target_qubit": second},
                "ECR_f": 1 - error,
            }
            for (first, second), error in self.pairs.items()
        }
        durations = {"one_qubit": self.one_qubit_gate_ns, "two_qubit": self.two_qubit_gate_ns}
        return {"one_qubit": one, "two_qubit": two, "durations_ns": durations}


def _qubit(whose: str, figures: object) -> QubitCalibration:
    if not isinstance(figures, Mapping):
        raise arguments.wrong(whose, "a mapping with T1, T2, fRO and fRB", figures)
    _check_spelling(figures, _ONE_QUBIT, whose)
    readout = figures.get("fRO", 1.0)
    t1, t2 = (_time_or_none(figures.get(name), f"{name} of {whose}") for name in ("T1", "T2"))
    return QubitCalibration(
        reads_1_for_0=_infidelity(figures.get("fRO_0", readout), f"the readout fidelity of {whose}"),
        reads_0_for_1=_infidelity(figures.get("fRO_1", readout), f"the readout fidelity of {whose}"),
        gate_error=_infidelity(figures.get("fRB", 1.0), f"the gate fidelity (fRB) of {whose}"),
        t1_us=t1,
        t2_us=t2,
    )


def _coupled(key: str, figures: object) -> tuple[tuple[int, int], float]:
    pair = _PAIR.fullmatch(key)
    if pair is None or not isinstance(figures, Mapping):
        raise arguments.wrong("two_qubit", "a mapping of pairs, such as '0-1', to figures", {key: figures})
    _check_spelling(figures, _TWO_QUBIT_FIDELITIES, f"the pair {key}")
    name = next((name for name in _TWO_QUBIT_FIDELITIES if name in figures), None)
    if name is None:
        raise InvalidArgument(
            f"the pair {key} has no gate fidelity: one of {', '.join(_TWO_QUBIT_FIDELITIES)}", argument="noise"
        )
    return (int(pair[1]), int(pair[2])), _infidelity(figures[name], f"the gate fidelity ({name}) of the pair {key}")


def _json_or_yaml(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return yaml.safe_load(text)  # it reads most of JSON, but 5e-05 as text


def _check_spelling(found: Mapping[Any, Any], known: Sequence[str], whose: str) -> None:
    """Refuse a name that is nearly that of a figure, because a figure that is missing counts as perfect.

    Files have other names too, which are ignored.
    """
    plain = {_plain(name): name for name in known}
    for name in found:
        if isinstance(name, str) and name not in known and (meant := plain.get(_plain(name))) is not None:
            raise InvalidArgument(f"{whose} has {name!r}: write {meant!r}", argument="noise")


def _plain(name: str) -> str:
    """A name without what is easily confused in it."""
    return re.sub(r"[^a-z0-9]", "", name.lower()).replace("0", "o").removesuffix("s")


def _infidelity(value: Any, name: str) -> float:
    return round(1.0 - _number(value, name, least=0.5, most=1.0), 12)
