"""What jobs have used: per QPU, tag, day and campaign, from a journal, without a connection."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from qcaas_sdk import InvalidArgument, NoResult, QcaasError, Usage, UsageTable
from qcaas_sdk.testing import Constant, SimulatedCloud, SimulatedQpu, sdk_on

PROGRAM = "OPENQASM 2.0;"
QPUS = ("qpu:sim:1", "qpu:sim:2")
DAY = timedelta(days=1)


async def campaign(path: Path) -> SimulatedCloud:
    """Three runs on one QPU, one of which is tagged, and two of another job on the other; one is refused."""
    cloud = SimulatedCloud(qpus=[SimulatedQpu(id_, service_time=Constant(2.0)) for id_ in QPUS])
    async with sdk_on(cloud, journal=path) as sdk:
        await sdk.create_job(program=[PROGRAM] * 2, shots=10).execute()
        await sdk.create_job(program=PROGRAM, tag="vqe", shots=100).execute()
        twice = sdk.create_job(program=PROGRAM, qpu_id=QPUS[1])
        await twice.execute()
        await twice.execute()
        await sdk.create_job(program=f"{PROGRAM} // simulated: refused").wait()
        sdk.create_job(program=PROGRAM)  # never submitted
        assert sdk.usage().total == Usage(5, 2120, pytest.approx(10.0), 5)  # type: ignore[arg-type]
    return cloud


def rows(table: UsageTable) -> dict[tuple[str, ...], tuple[int, int]]:
    return {row.key: (row.usage.runs, row.usage.shots) for row in table.rows}


@pytest.mark.virtual_time
async def test_it_is_added_up_by_what_you_ask_for(tmp_path: Path) -> None:
    cloud = await campaign(tmp_path / "night.db")
    sdk = sdk_on(cloud, journal=tmp_path / "night.db")  # not open
    assert rows(sdk.usage()) == {(QPUS[0],): (3, 120), (QPUS[1],): (2, 2000)}
    assert rows(sdk.usage(by="tag")) == {("",): (4, 2020), ("vqe",): (1, 100)}
    assert rows(sdk.usage(by=("campaign", "tag"), tag="vqe")) == {("night", "vqe"): (1, 100)}
    assert len(sdk.usage(by="day").rows) == 1
    assert sdk.usage(qpu_id=QPUS[1]).total.timed_runs == 2
    assert sdk.usage(since=DAY).total.runs == 5
    assert sdk.usage(until=DAY).total.runs == 0
    assert sdk.usage(qpu_id="another").rows == ()


@pytest.mark.virtual_time
async def test_a_table_can_be_read_priced_and_drawn(tmp_path: Path) -> None:
    cloud = await campaign(tmp_path / "night.db")
    table = sdk_on(cloud, journal=tmp_path / "night.db").usage()
    assert str(table).splitlines() == [
        "qpu_id     runs  shots  QPU seconds",
        "qpu:sim:1     3    120          6.0",
        "qpu:sim:2     2  2,000          4.0",
        "total         5  2,120         10.0",
    ]
    assert table.total.cost(per_run=1.0, per_shot=0.01) == pytest.approx(26.2)
    pytest.importorskip("pandas")
    assert list(table.to_dataframe()["shots"]) == [120, 2000]
    pytest.importorskip("matplotlib")
    axes = table.plot("runs").axes[0]
    assert [bar.get_width() for bar in axes.patches] == [3, 2]  # type: ignore[attr-defined]


@pytest.mark.virtual_time
async def test_what_cannot_be_added_up_is_refused(tmp_path: Path) -> None:
    cloud = SimulatedCloud()
    with pytest.raises(QcaasError, match="journal"):
        sdk_on(cloud).usage()
    async with sdk_on(cloud, journal=tmp_path / "j.db") as sdk:
        wrong: Any = "colour"
        with pytest.raises(InvalidArgument, match="by"):
            sdk.usage(by=wrong)
        with pytest.raises(InvalidArgument):
            sdk.usage(by=[])
        with pytest.raises(NoResult):
            sdk.usage().plot()
        assert str(sdk.usage(by=["tag", "day"])).splitlines()[-1].split() == ["total", "0", "0", "-"]
