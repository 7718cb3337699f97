"""Every error of this package, one family.

    QcaasError
    ├── SdkNotOpen               the SDK is not open (or is closed again)
    ├── WrongEventLoop           called from another loop or thread than it was opened in (also RuntimeError)
    ├── WrongProcess             the SDK was opened before a fork, in the parent (also RuntimeError)
    ├── MissingExtra             an optional part is not installed          (also ImportError)
    ├── InvalidArgument          an argument has the wrong type or is out of range (also ValueError, TypeError)
    ├── InvalidProgram           the program cannot be sent at all          (also ValueError)
    │   ├── MalformedProgram     it is not valid OpenQASM, found before anything was sent
    │   └── UnsupportedProgram   its type is not supported                  (also TypeError)
    ├── TooManyShots             more shots than the QPU allows             (also ValueError)
    ├── TooManyQubits            more qubits than the QPU has               (also ValueError)
    ├── NotConnected             a gate on qubits that are not connected, without routing (also ValueError)
    ├── ContradictoryConfig      an argument and `config` disagree          (also ValueError)
    ├── CannotBeCopied           a job or an SDK was copied or pickled      (also TypeError)
    ├── UnknownQpu               no such QPU for this account               (also LookupError)
    │   └── InactiveQpu          it is known, but not active
    ├── NotInThisApi             the service's version of the API does not have this call
    ├── AuthenticationError      the credential was refused
    │   ├── SignInRequired       nobody is signed in, or the sign-in has ended: sign in (again)
    │   └── SignInFailed         the provider of sign-ins refused
    ├── TokenCacheError          tokens cannot be kept on this machine
    ├── RequestRefused           the server understood the request and refused it
    │   ├── RequestTooLarge      over the server's size limit, found before anything was sent
    │   └── UntrustedHost        the credential may not be sent to this host
    ├── TransportError           no usable answer; what the server did may be unknown
    │   ├── ServerUnreachable    no connection: the server has not seen the request
    │   ├── ServerUnavailable    5xx, or a timeout on the way
    │   ├── RateLimited          429 for longer than the request may wait
    │   └── BadAnswer            an answer that breaks the QCaaS contract
    ├── UnknownTask              the service has no such task for this account (also LookupError)
    ├── UnknownJob               no job or composite has that name          (also LookupError)
    ├── NameTaken                another job or composite has that name     (also ValueError)
    ├── UnknownProgram           the program of an attached task is not known, so it cannot be sent
    ├── SubmissionInDoubt        it may have been submitted; the SDK does not send it again
    ├── TaskLost                 the service does not know the task, or keeps saying that nothing was submitted
    ├── BudgetExceeded           a run would exceed a budget; nothing was sent
    ├── NoPlace                  no place at the QPU can become free for the job
    ├── JobFailed                you asked for the result of a run that failed
    ├── NoResult                 the results do not contain what you asked for (also ValueError, IndexError)
    ├── UnknownRegister          the result has no such register            (also KeyError)
    ├── JobTimeout               the deadline passed; the job goes on       (also TimeoutError)
    ├── IllegalTransition        the job's state does not allow this call
    ├── JournalError             the journal cannot be read or written
    │   ├── JournalInUse         another SDK has it open
    │   └── BadJournal           it is damaged or not a journal             (also ValueError)
    ├── BadSnapshot              it is damaged or not a snapshot            (also ValueError)
    ├── ChartMismatch            a saved job runs on a chart that the SDK does not have
    └── BadStatechart            a chart file is wrong                      (also ValueError)

No message contains a secret. Each says what happened, to which job if there is one, and what to do next.
"""

from qcaas_sdk.errors.arguments import (
    CannotBeCopied,
    ContradictoryConfig,
    InactiveQpu,
    InvalidArgument,
    InvalidProgram,
    MalformedProgram,
    NotConnected,
    TooManyQubits,
    TooManyShots,
    UnknownQpu,
    UnsupportedProgram,
)
from qcaas_sdk.errors.base import MissingExtra, QcaasError, SdkNotOpen, ServerWarning, WrongEventLoop, WrongProcess
from qcaas_sdk.errors.files import BadJournal, BadSnapshot, BadStatechart, JournalError, JournalInUse
from qcaas_sdk.errors.runs import (
    ChartMismatch,
    IllegalTransition,
    JobFailed,
    NameTaken,
    NoResult,
    SubmissionInDoubt,
    UnknownJob,
    UnknownProgram,
    UnknownRegister,
    UnknownTask,
)
from qcaas_sdk.errors.service import (
    AuthenticationError,
    BadAnswer,
    NotInThisApi,
    RateLimited,
    RequestRefused,
    RequestTooLarge,
    ServerUnavailable,
    ServerUnreachable,
    SignInFailed,
    SignInRequired,
    TokenCacheError,
    TransportError,
    UntrustedHost,
)

__all__ = [
    "AuthenticationError",
    "BadAnswer",
    "BadJournal",
    "BadSnapshot",
    "BadStatechart",
    "CannotBeCopied",
    "ChartMismatch",
    "ContradictoryConfig",
    "IllegalTransition",
    "InactiveQpu",
    "InvalidArgument",
    "InvalidProgram",
    "JobFailed",
    "JournalError",
    "JournalInUse",
    "MalformedProgram",
    "MissingExtra",
    "NameTaken",
    "NoResult",
    "NotConnected",
    "NotInThisApi",
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
    "TokenCacheError",
    "TooManyQubits",
    "TooManyShots",
    "TransportError",
    "UnknownJob",
    "UnknownProgram",
    "UnknownQpu",
    "UnknownRegister",
    "UnknownTask",
    "UnsupportedProgram",
    "UntrustedHost",
    "WrongEventLoop",
    "WrongProcess",
]

for _name in __all__:  # a traceback names the module that you import an error from
    globals()[_name].__module__ = __name__
