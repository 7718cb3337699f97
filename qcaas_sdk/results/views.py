"""What a result, and a sequence of outputs, offer to look at counts with."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from qcaas_sdk.results import counts
from qcaas_sdk.results.bitstrings import Endianness, shown
from qcaas_sdk.results.counts import Counts
from qcaas_sdk.results.rows import OnLengthMismatch, PlotKind, Row

if TYPE_CHECKING:
    import pandas
    import scipp
    import xarray
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BIG = Endianness.BIG


class Tabular:
    """Tables, arrays and plots of one result or several."""

    __slots__ = ()

    def _rows(self) -> Sequence[Row]:
        """The results.

        Raises:
            NoResult: One holds no counts.
        """
        raise NotImplementedError

    def to_dataframe(self, creg: str | None = None, *, endianness: Endianness = BIG) -> "pandas.DataFrame":
        """The counts as a table: one line for each bitstring of each register of each result.

        Args:
            creg: Only this register; all by default.
            endianness: How bitstrings are written.

        Returns:
            Columns `result` (the place in the sequence), `task_id`, `qpu_id`, `tag`, `register`, `bitstring`,
            `count`, and `probability`, the share of the shots of that register in that result. After `tag` come
            `name` and one column `user_metadata.KEY` for each key, if a job has any.

        Raises:
            UnknownRegister: There is no such register.
            NoResult: A result holds no counts.
            MissingExtra: pandas is not installed.
        """
        from qcaas_sdk.results import tables  # noqa: PLC0415  # its package is slow to import

        return tables.to_dataframe(self._rows(), creg, endianness)

    def to_xarray(self, creg: str | None = None, *, endianness: Endianness = BIG) -> "xarray.DataArray":
        """The counts of one register as an array of integers with the dimensions `result` and `bitstring`.

        Args:
            creg: The register; may be left out where there is only one.
            endianness: How bitstrings are written.

        Returns:
            An array named as the register; the coordinates are `result` (the place in the sequence), `bitstring`
            (those that occur in any result) and `task_id` (along `result`).

        Raises:
            UnknownRegister: There is no such register, or there are several and you named none.
            NoResult: There is no result, or one holds no counts.
            MissingExtra: xarray is not installed.
        """
        from qcaas_sdk.results import arrays  # noqa: PLC0415  # its package is slow to import

        return arrays.to_xarray(self._rows(), creg, endianness)

    def to_counts_dataarray(
        self,
        creg: str | None = None,
        endianness: Endianness = BIG,
        on_length_mismatch: OnLengthMismatch = "raise",
    ) -> "scipp.DataArray":
        """The counts of one register as a scipp array, shaped as in OQC's published SDK.

        Args:
            creg: The register; may be left out where there is only one.
            endianness: How the labels are written.
            on_length_mismatch: What to do with bitstrings of different lengths: "raise" an error, or "pad" the
                shorter ones with zeros to their left.

        Returns:
            Integers without a unit, with the dimensions `result` and `bit`; the coordinates are `result` (counted
            from 0 over the results), `bit` (the number that a bitstring stands for, see `bits`) and `bitstring`.

        Raises:
            UnknownRegister: There is no such register, or there are several and you named none.
            NoResult: There is no result, one holds no counts, or lengths differ and may not be padded.
            MissingExtra: scipp is not installed.
        """
        from qcaas_sdk.results import arrays  # noqa: PLC0415  # its package is slow to import

        return arrays.to_scipp(self._rows(), creg, endianness, on_length_mismatch)

    def like(
        self,
        pattern: str,
        creg: str | None = None,
        endianness: Endianness = BIG,
        on_length_mismatch: OnLengthMismatch = "raise",
    ) -> "scipp.DataArray":
        """As `to_counts_dataarray`, but only the bitstrings that match a pattern.

        Args:
            pattern: 0, 1 or * (either) for each bit, in the order that `endianness` names.
            creg: The register; may be left out where there is only one.
            endianness: How pattern and labels are written.
            on_length_mismatch: As for `to_counts_dataarray`; the pattern is as long as the padded bitstrings.

        Raises:
            InvalidArgument: The pattern is not valid, or not as long as the bitstrings.
            NoResult: As `to_counts_dataarray`.
            UnknownRegister: As `to_counts_dataarray`.
            MissingExtra: scipp is not installed.
        """
        from qcaas_sdk.results import arrays  # noqa: PLC0415  # its package is slow to import

        return arrays.like(self._rows(), pattern, creg, endianness, on_length_mismatch)

    def plot(
        self,
        creg: str | None = None,
        *,
        kind: PlotKind = "auto",
        most: int = 32,
        endianness: Endianness = BIG,
        ax: "Axes | None" = None,
    ) -> "Figure":
        """Draw the share that each bitstring has of the shots of one register.

        Args:
            creg: The register; may be left out where there is only one.
            kind: "bars" for each result, a "heatmap" of results and bitstrings, or "auto": bars for up to twelve.
            most: Bitstrings to show at most, the most frequent over all results; the others become one bar.
            endianness: How bitstrings are written.
            ax: Where to draw; a figure of its own by default.

        Returns:
            The figure; `figure.savefig(path)` keeps it.

        Raises:
            UnknownRegister: There is no such register, or there are several and you named none.
            NoResult: There is no result or no shot, or one holds no counts.
            InvalidArgument: `ax` is given for the bars of several results, or another argument is not valid.
            MissingExtra: matplotlib is not installed.
        """
        from qcaas_sdk.results import plots  # noqa: PLC0415  # its package is slow to import

        return plots.plot(self._rows(), creg, endianness, kind=kind, most=most, ax=ax)


class Counted(Tabular):
    """The counts of one result. By default the leftmost character of a bitstring is bit 0 of its register."""

    __slots__ = ()

    def counts(self, creg: str | None = None, *, endianness: Endianness = BIG) -> Counts:
        """The counts of one classical register.

        Args:
            creg: The register's name; may be left out where there is only one.
            endianness: How bitstrings are written.

        Returns:
            bitstring → number of shots.

        Raises:
            UnknownRegister: There is no such register, or there are several and you named none.
            NoResult: The result has no counts, but another result format.
        """
        return counts.written(self._counted(creg)[0], endianness)

    def probabilities(self, creg: str | None = None, *, endianness: Endianness = BIG) -> dict[str, float]:
        """The share of the shots of one register that each bitstring has; the shares add up to 1.

        Raises:
            UnknownRegister: As `counts`.
            NoResult: As `counts`, or no shot is counted.
        """
        found, whose = self._counted(creg)
        return counts.probabilities(counts.written(found, endianness), whose)

    def most_frequent(self, creg: str | None = None, *, endianness: Endianness = BIG) -> str:
        """The most frequent bitstring; if several are equally frequent, the first in OQC's order.

        Raises:
            UnknownRegister: As `counts`.
            NoResult: As `counts`, or no shot is counted.
        """
        return shown(counts.most_frequent(*self._counted(creg)), endianness)

    def marginal(self, bits: Sequence[int], creg: str | None = None, *, endianness: Endianness = BIG) -> Counts:
        """The counts of some bits of one register, whatever the others are.

        Args:
            bits: Numbers of bits, from 0; the first becomes bit 0 of what is returned.
            creg: The register's name; may be left out where there is only one.
            endianness: How bitstrings are written.

        Raises:
            UnknownRegister: As `counts`.
            NoResult: As `counts`.
            InvalidArgument: The list of bits is empty, has a bit twice, or has a bit that does not exist.
        """
        found, whose = self._counted(creg)
        return counts.written(counts.marginal(found, bits, whose), endianness)

    def expectation(
        self, pauli: str | None = None, creg: str | None = None, *, endianness: Endianness = BIG
    ) -> float:
        """The expectation value of a product of Pauli Z: each measured 0 counts as +1, each 1 as -1.

        Args:
            pauli: Z or I for each bit, as `"ZIZ"`; the first stands for bit 0. Z everywhere by default.
            creg: The register's name; may be left out where there is only one.
            endianness: How `pauli` is written, as a bitstring would be.

        Returns:
            Between -1 and 1; see `standard_error` for how well it is known.

        Raises:
            UnknownRegister: As `counts`.
            NoResult: As `counts`, or no shot is counted.
            InvalidArgument: `pauli` does not fit the register.
        """
        found, whose = self._counted(creg)
        return counts.expectation(found, _in_big(pauli, found, whose, endianness), whose)

    def standard_error(
        self, pauli: str | None = None, creg: str | None = None, *, endianness: Endianness = BIG
    ) -> float:
        """The standard error of `expectation` from the number of shots alone: √((1 - e²) / shots).

        Raises:
            UnknownRegister: As `expectation`.
            NoResult: As `expectation`.
            InvalidArgument: As `expectation`.
        """
        found, whose = self._counted(creg)
        return counts.standard_error(found, _in_big(pauli, found, whose, endianness), whose)

    def _counted(self, creg: str | None) -> tuple[Counts, str]:
        (row,) = self._rows()
        name, found = counts.of_register(row.registers, creg, row.whose)
        return found, f"register {name!r} of {row.whose}"


def _in_big(pauli: str | None, found: Counts, whose: str, endianness: Endianness) -> str:
    return "Z" * counts.width(found, whose) if pauli is None else shown(pauli, endianness)
