"""`qcaas watch --web`: the live page of a campaign of another process."""

import asyncio
import json
import os
import signal
import subprocess
import urllib.request
from pathlib import Path

import pytest

from qcaas_sdk import OqcSdk
from tests.cli.test_campaigns import QCAAS
from tests.cli.test_commands import qcaas
from tests.support.programs import BELL
from tests.web.campaign import Campaign

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_a_page_until_it_is_ended(tmp_path: Path, number: signal.Signals) -> None:
    with Campaign(tmp_path / "c.db") as campaign:
        campaign.made([1], tag="mine")
    command = [*QCAAS, "watch", "--web", str(tmp_path / "c.db")]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert running.stdout is not None
    url = running.stdout.readline().strip()
    assert url.startswith("http://127.0.0.1:")
    with urllib.request.urlopen(f"{url}api/about") as answer:
        about = json.load(answer)
    assert (about["title"], about["control"], about["can_control"]) == (str(tmp_path / "c.db"), False, False)
    running.send_signal(number)
    out, err = running.communicate(timeout=30)
    assert out == ""
    assert err == f"the page shows {tmp_path}/c.db; press Ctrl-C to stop\n"
    assert running.returncode == (0 if number is signal.SIGINT else -number)


def test_control_prints_a_link_with_a_token(tmp_path: Path) -> None:
    with Campaign(tmp_path / "c.db") as campaign:
        campaign.made([1])
    environment = {**os.environ, "OQC_AUTHENTICATION_TOKEN": "secret"}
    command = [*QCAAS, "watch", "--web", "--control", "--timeout", "0.5", str(tmp_path / "c.db")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0
    assert "?token=" in done.stdout
    assert "works once" in done.stderr
    assert "secret" not in done.stdout + done.stderr


def test_what_it_refuses(tmp_path: Path) -> None:
    code, _, err = qcaas("watch", "--control", str(tmp_path / "c.db"))
    assert (code, err) == (2, "qcaas: --control changes jobs from the live page: pass --web too\n")

    async def begun() -> None:
        async with OqcSdk.local(journal=tmp_path / "embedded.db") as sdk:
            sdk.create_job(program=BELL)

    asyncio.run(begun())
    code, _, err = qcaas("watch", "--web", "--control", str(tmp_path / "embedded.db"))
    assert code == 2
    assert "only that process can change its jobs" in err
    with Campaign(tmp_path / "c.db") as campaign:
        campaign.made([1])
    code, _, err = qcaas("watch", "--web", "--control", str(tmp_path / "c.db"))
    assert code == 2
    assert "needs a credential" in err
