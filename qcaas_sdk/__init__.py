"""Run quantum programs on Oxford Quantum Circuits' cloud; every job is an explicit state machine.

async with OqcSdk.local() as sdk:
    job = sdk.create_job(program=qasm)
    outputs = await job.execute()
"""

from typing import TYPE_CHECKING, Any

from qcaas_sdk._base.lazy import lazy
from qcaas_sdk._base.wait_estimate import WaitEstimate
from qcaas_sdk._children import ChildTransition
from qcaas_sdk._handles.errors import BudgetExceeded, JobTimeout, NoPlace, TaskLost
from qcaas_sdk._handles.outputs import JobError, JobLike, JobOutput, JobOutputProxy, JobResult, NoOutput
from qcaas_sdk._http import Credential, PasswordCredential, TokenCredential
from qcaas_sdk._programs import erado
from qcaas_sdk._record import Budget, JobState, Usage
from qcaas_sdk._snapshot import CompositeJobSnapshot, JobSnapshot
from qcaas_sdk._version import __version__
from qcaas_sdk.composite import CompositeJob
from qcaas_sdk.errors import (
    AuthenticationError,
    BadAnswer,
    BadJournal,
    BadSnapshot,
    BadStatechart,
    CannotBeCopied,
    ChartMismatch,
    ContradictoryConfig,
    IllegalTransition,
    InactiveQpu,
    InvalidArgument,
    InvalidProgram,
    JobFailed,
    JournalError,
    JournalInUse,
    MalformedProgram,
    MissingExtra,
    NameTaken,
    NoResult,
    NotConnected,
    NotInThisApi,
    QcaasError,
    RateLimited,
    RequestRefused,
    RequestTooLarge,
    SdkNotOpen,
    ServerUnavailable,
    ServerUnreachable,
    ServerWarning,
    SignInFailed,
    SignInRequired,
    SubmissionInDoubt,
    TokenCacheError,
    TooManyQubits,
    TooManyShots,
    TransportError,
    UnknownJob,
    UnknownProgram,
    UnknownQpu,
    UnknownRegister,
    UnknownTask,
    UnsupportedProgram,
    UntrustedHost,
    WrongEventLoop,
    WrongProcess,
)
from qcaas_sdk.job import Job
from qcaas_sdk.oqc_sdk import OqcSdk
from qcaas_sdk.results import Endianness, bits
from qcaas_sdk.results.usage import UsageRow, UsageTable
from qcaas_sdk.statechart import Chart, Transition, load_chart

if TYPE_CHECKING:
    from compiler_config.experimental.erado.config import EradoConfig, ErasureModel, IdlingErrorConfig

    from qcaas_sdk._callbacks import JobCallbacks, JobView
    from qcaas_sdk._oidc import DeviceCode, EntraCredential, Identity, KeycloakCredential, OidcCredential
    from qcaas_sdk._programs import ExperimentalConfig

__all__ = [
    "AuthenticationError",
    "BadAnswer",
    "BadJournal",
    "BadSnapshot",
    "BadStatechart",
    "Budget",
    "BudgetExceeded",
    "CannotBeCopied",
    "Chart",
    "ChartMismatch",
    "ChildTransition",
    "CompositeJob",
    "CompositeJobSnapshot",
    "ContradictoryConfig",
    "Credential",
    "DeviceCode",
    "Endianness",
    "EntraCredential",
    "EradoConfig",
    "ErasureModel",
    "ExperimentalConfig",
    "Identity",
    "IdlingErrorConfig",
    "IllegalTransition",
    "InactiveQpu",
    "InvalidArgument",
    "InvalidProgram",
    "Job",
    "JobCallbacks",
    "JobError",
    "JobFailed",
    "JobLike",
    "JobOutput",
    "JobOutputProxy",
    "JobResult",
    "JobSnapshot",
    "JobState",
    "JobTimeout",
    "JobView",
    "JournalError",
    "JournalInUse",
    "KeycloakCredential",
    "MalformedProgram",
    "MissingExtra",
    "NameTaken",
    "NoOutput",
    "NoPlace",
    "NoResult",
    "NotConnected",
    "NotInThisApi",
    "OidcCredential",
    "OqcSdk",
    "PasswordCredential",
    "QcaasError",
    "RateLimited",
    "RequestRefused",
    "RequestTooLarge",
    "SdkNotOpen",
    "ServerUnavailable",
    "ServerUnreachable",
    "ServerWarning",
    "SignInFailed",
    "SignInRequired",
    "SubmissionInDoubt",
    "TaskLost",
    "TokenCacheError",
    "TokenCredential",
    "TooManyQubits",
    "TooManyShots",
    "Transition",
    "TransportError",
    "UnknownJob",
    "UnknownProgram",
    "UnknownQpu",
    "UnknownRegister",
    "UnknownTask",
    "UnsupportedProgram",
    "UntrustedHost",
    "Usage",
    "UsageRow",
    "UsageTable",
    "WaitEstimate",
    "WrongEventLoop",
    "WrongProcess",
    "__version__",
    "bits",
    "load_chart",
]


_found = lazy(
    __name__,
    {
        "DeviceCode": "_oidc",
        "EntraCredential": "_oidc",
        "ExperimentalConfig": "_programs",
        "Identity": "_oidc",
        "JobCallbacks": "_callbacks",
        "JobView": "_callbacks",
        "KeycloakCredential": "_oidc",
        "OidcCredential": "_oidc",
    },
)


def __getattr__(name: str) -> Any:
    return erado.named(name) if name in erado.NAMES else _found(name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
