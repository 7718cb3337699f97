"""Variables and options that are wrong, or contradict each other: the message names them, and what they take."""

from pathlib import Path

import pytest

from qcaas_sdk import InvalidArgument, OqcSdk
from qcaas_sdk.cli.completing import campaigns_and_jobs
from tests.cli.test_check import folder  # noqa: F401  # a fixture
from tests.cli.test_commands import qcaas

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("folder")]

HOST = "https://cloud.example.org"
COMMANDS = ["run bell.qasm", "check bell.qasm", "qpus", "attach 7a6b0c3e-0000-4000-8000-000000000001"]


class TestVersionOfTheApi:
    @pytest.fixture(autouse=True)
    def service(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("OQC_QCAAS_V4", "OQC_ENTRA_ENABLED"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("OQC_URL", HOST)
        monkeypatch.setenv("OQC_AUTHENTICATION_TOKEN", "t0ken")

    @pytest.mark.parametrize("name", ["OQC_QCAAS_V4", "OQC_ENTRA_ENABLED"])
    @pytest.mark.parametrize("command", COMMANDS)
    def test_an_unknown_value_is_refused_with_those_that_are_known(self, name: str, command: str) -> None:
        code, out, err = qcaas(*command.split(), **{name: "v4"})
        assert (code, out) == (2, "")
        assert err == f"qcaas: {name} must be 1, true, yes or on; or 0, false, no or off; or empty; not 'v4'\n"

    def test_in_python_too(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("OQC_QCAAS_V4", "2")
        with pytest.raises(InvalidArgument, match="OQC_QCAAS_V4 must be 1, true, yes or on"):
            OqcSdk.from_env()
        monkeypatch.setenv("OQC_QCAAS_V4", "")
        monkeypatch.setenv("OQC_ENTRA_ENABLED", "maybe")
        with pytest.raises(InvalidArgument, match="OQC_ENTRA_ENABLED must be"):
            OqcSdk.from_env()


class TestUrl:
    @pytest.mark.parametrize("command", COMMANDS)
    def test_the_message_names_the_variable_and_its_value(self, command: str) -> None:
        code, out, err = qcaas(*command.split(), OQC_URL="nonsense")
        assert (code, out) == (2, "")
        assert err.startswith("qcaas: OQC_URL: the URL must look like ") and "not 'nonsense'" in err

    def test_the_message_names_the_option(self) -> None:
        code, _, err = qcaas("qpus", "--url", "nonsense", OQC_URL=HOST, OQC_AUTHENTICATION_TOKEN="t0ken")
        assert code == 2
        assert err.startswith("qcaas: --url: the URL must look like ") and "not 'nonsense'" in err

    def test_in_python_it_names_the_variable(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("OQC_URL", "nonsense")
        monkeypatch.setenv("OQC_AUTHENTICATION_TOKEN", "t0ken")
        with pytest.raises(InvalidArgument, match=r"OQC_URL: the URL must look like .*, not 'nonsense'"):
            OqcSdk.from_env()

    @pytest.mark.parametrize(
        "url",
        [
            "https://me:hunter2@cloud.example.org",
            "me:hunter2@cloud.example.org",
            "https://me:hun/hunter2@cloud.example.org",
            "https://me:hun?hunter2@cloud.example.org",
            "https://me:hunter2",
            "https://cloud.example.org:hunter2/",
            "https:/me:hunter2",
            "nonsense?token=hunter2",
            "https://cloud.example.org#hunter2",
            "https://cloud.example.org?at=@hunter2",
        ],
    )
    @pytest.mark.parametrize("more", ["", "--noise toshiko"])
    def test_no_password_is_shown_even_without_a_credential(self, url: str, more: str) -> None:
        code, out, err = qcaas("run", "bell.qasm", *more.split(), OQC_URL=url)
        assert (code, out) == (2, "")
        assert "hunter2" not in err


@pytest.mark.parametrize("command", ["run", "check"])
def test_the_embedded_qpu_and_a_service_together_are_refused(command: str, campaigns_folder: Path) -> None:
    code, out, err = qcaas(command, "bell.qasm", "--local", "--url", HOST)
    assert (code, out) == (2, "")
    told = "leave out --url for the embedded QPU, or --local for the service"
    assert err == f"qcaas: --local and --url contradict each other: {told}\n"
    assert not campaigns_folder.exists()
    assert qcaas(command, "bell.qasm", "--local", OQC_URL=HOST)[0] == 0, "a variable is not a contradiction"


class TestFolderOfCampaigns:
    """`QCAAS_CAMPAIGNS` is a file."""

    @pytest.fixture(autouse=True)
    def file(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
        (tmp_path / "a file").touch()
        monkeypatch.setenv("QCAAS_CAMPAIGNS", str(tmp_path / "a file"))
        return str(tmp_path / "a file")

    @pytest.mark.parametrize("command", ["run bell.qasm", "attach 7a6b0c3e-0000-4000-8000-000000000001 --url X"])
    def test_a_run_that_cannot_be_kept_is_wrong_usage(self, command: str, file: str) -> None:
        code, out, err = qcaas(*command.replace("X", HOST).split(), OQC_AUTHENTICATION_TOKEN="t0ken")
        assert (code, out) == (2, "")
        assert file in err and "QCAAS_CAMPAIGNS" in err

    @pytest.mark.parametrize(
        "command",
        [
            "jobs",
            "jobs night",
            "jobs --state failed",
            "jobs --json",
            "usage",
            "clean --older-than 1d",
            "resume",
            "watch",
            "show night/0",
            "cancel night",
            "resume night",
            "diagram --sequence night/0",
        ],
    )
    def test_a_search_says_that_it_is_not_a_folder(self, command: str, file: str) -> None:
        code, out, err = qcaas(*command.split())
        assert (code, out) == (2, "")
        told = "which is not a folder: set it to the folder of your campaigns"
        assert err == f"qcaas: QCAAS_CAMPAIGNS is {file}, {told}\n"

    def test_a_shell_completes_nothing(self) -> None:
        assert campaigns_and_jobs("n") == []

    def test_a_folder_that_does_not_exist_has_no_campaigns(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("QCAAS_CAMPAIGNS", "not there")
        code, _, err = qcaas("jobs")
        assert (code, "no campaigns in not there" in err) == (0, True)
