"""Every error of this package, one family.

    QcaasError
    ├── SdkNotOpen               the SDK is not open (or is closed again)
    ├── WrongEventLoop           called from another loop or thread than it was opened in (also RuntimeError)
    ├── MissingExtra             an optional part is not installed          (also ImportError)
    ├── InvalidArgument          an argument of a call is of a wrong kind or out of range (also ValueError, TypeError)
    ├── InvalidProgram           the program cannot be sent at all          (also ValueError)
    │   ├── MalformedProgram     it is no OpenQASM, found before anything was sent
    │   └── UnsupportedProgram   it is of a kind that is not known here    (also TypeError)
    ├── TooManyShots             more than the QPU says it takes            (also ValueError)
    ├── ContradictoryConfig      a short form says one thing, config another (also ValueError)
    ├── UnknownQpu               no such QPU for this account               (also LookupError)
    │   └── InactiveQpu          it is known, but switched off
    ├── AuthenticationError      the credential was refused
    ├── RequestRefused           the server understood the request and refused it, for certain
    │   ├── RequestTooLarge      over the server's size limit, found before anything was sent
    │   └── UntrustedHost        the credential would have gone to a host that nobody named
    ├── TransportError           no usable answer; what the server did may be unknown
    │   ├── ServerUnreachable    no connection: the server has not seen the request
    │   ├── ServerUnavailable    5xx, or a timeout on the way
    │   ├── RateLimited          429 for longer than we may wait
    │   └── BadAnswer            an answer that is not the QCaaS contract's
    ├── SubmissionInDoubt        it may have been submitted, and is not sent again by itself
    ├── TaskLost                 the service no longer knows the task, or says for long that nothing was submitted
    ├── JobFailed                the run ended in FAILED (or CANCELLED) and a result was demanded
    ├── NoResult                 what was asked of results is not in them      (also ValueError, IndexError)
    ├── UnknownRegister          the result has no such register            (also KeyError)
    ├── JobTimeout               the deadline passed; the job goes on      (also TimeoutError; stands beside the job)
    ├── IllegalTransition        the statechart knows no such move from this state
    ├── JournalError             the journal cannot be read or written
    │   ├── JournalInUse         another SDK has it open
    │   └── BadJournal           it is damaged, or no journal at all       (also ValueError)
    ├── BadSnapshot              a saved job is damaged, or none at all    (also ValueError)
    └── BadStatechart            a chart file is wrong                     (also ValueError)

No message holds a secret. Each says what happened, to which job where there is one, and what to do next.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from qcaas_sdk._base.text import one_line


class QcaasError(Exception):
    """The root of the family: `except QcaasError` catches all that this package raises on purpose.

    `str(error)` is one line of printable text, whatever a service has said; `args` and attributes hold what it was.
    It can be pickled and copied, as a process pool does; the copy's `job` is None.
    """

    def __str__(self) -> str:
        return one_line(super().__str__())

    def __reduce__(self) -> tuple[Any, ...]:
        # Not by calling the class again: most take more than the message.
        state = {name: None if name == "job" else value for name, value in vars(self).items()}
        return _copied, (type(self), self.args), state


def _copied(kind: type[QcaasError], args: tuple[Any, ...]) -> QcaasError:
    error = kind.__new__(kind, *args)
    error.args = args  # OSError leaves that to its own __init__
    return error


class SdkNotOpen(QcaasError):
    """The SDK was used before `open()` or after `close()`."""


class WrongEventLoop(QcaasError, RuntimeError):
    """The SDK was used in another event loop or thread than the one in which it was opened; nothing was done."""


class MissingExtra(QcaasError, ImportError):
    """An optional part of the package is not installed.

    Attributes:
        extra: The name to put into `pip install "qcaas-sdk[extra]"`; empty if a plain dependency is too old.
    """

    def __init__(self, what: str, extra: str, *, install: str | None = None) -> None:
        self.extra = extra
        install = f'pip install "qcaas-sdk[{extra}]"' if install is None else install
        super().__init__(f"{what} needs packages that are not installed: {install}")


class InvalidArgument(QcaasError, ValueError, TypeError):
    """An argument of a call is of a wrong kind, or out of its range; nothing was done.

    Attributes:
        argument: The name of the argument, as `timeout_s`.
    """

    def __init__(self, message: str, *, argument: str) -> None:
        super().__init__(message)
        self.argument = argument


class InvalidProgram(QcaasError, ValueError):
    """The program cannot be submitted as it is: it is empty, or a circuit that cannot be written as OpenQASM."""


class MalformedProgram(InvalidProgram):
    """The program says that it is OpenQASM, and is none, or uses a register that it does not declare.

    Attributes:
        line: Counted from 1; None where the place is not known.
        column: Counted from 1; None where the place is not known.
        reason: What is wrong there.
    """

    def __init__(self, reason: str, *, language: str, line: int | None, column: int | None) -> None:
        where = f"line {line}, column {column}: " if line is not None else ""
        super().__init__(
            f"the program is no {language}: {where}{reason}; create_job(check=False) sends it all the same"
        )
        self.line = line
        self.column = column
        self.reason = reason


class UnsupportedProgram(InvalidProgram, TypeError):
    """The program is neither text, nor a path, nor a circuit of a package that is known here."""


class TooManyShots(QcaasError, ValueError):
    """A job asks for more shots than its QPU says it takes.

    Attributes:
        shots: What it asks for.
        limit: What the QPU takes.
    """

    def __init__(self, message: str, *, shots: int, limit: int) -> None:
        super().__init__(message)
        self.shots = shots
        self.limit = limit


class ContradictoryConfig(QcaasError, ValueError):
    """A setting was given twice, and differently.

    Attributes:
        argument: The argument of the short form, as `shots`.
        given: What it says.
        configured: What the configuration says.
    """

    def __init__(self, argument: str, given: str, configured: str) -> None:
        super().__init__(
            f"{argument}={given} was given, and a config with {configured}: leave one out, or let them agree"
        )
        self.argument = argument
        self.given = given
        self.configured = configured


class UnknownQpu(QcaasError, LookupError):
    """No QPU of that id is visible to this account."""

    def __str__(self) -> str:  # not as another parent may write it
        return one_line(str(self.args[0])) if self.args else ""


class InactiveQpu(UnknownQpu):
    """The QPU is known to the service, but it is not active now."""


class AuthenticationError(QcaasError):
    """The server refused the credential.

    Attributes:
        status: 401 for a credential that is wrong or expired, 403 for one that may not do this; None when the
            service said it in another way.
    """

    def __init__(self, message: str, *, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class RequestRefused(QcaasError):
    """The server refused the request, for certain: nothing of it was done.

    Attributes:
        status: The HTTP status, or None when we refused it before it was sent.
        messages: What the server said, one string an error; empty when the answer was a page or plain text.
        in_the_services_form: Whether the answer has the form of the service's own errors
            (`{"response": {"errors": …}}`): a proxy in front of it does not answer like that.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        messages: Sequence[str] = (),
        in_the_services_form: bool = False,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.messages = tuple(messages)
        self.in_the_services_form = in_the_services_form

    @property
    def speaks_of_the_content(self) -> bool:
        """Whether what was sent is to blame, and not the account or the address (401, 403, 404, 405 …)."""
        return self.status in {400, 409, 413, 422}

    @property
    def says_unknown(self) -> bool:
        """Whether the server says, in words of its own, that what the request names is not there (404, 410)."""
        return self.status in {404, 410} and bool(self.messages)


class RequestTooLarge(RequestRefused):
    """The request is over the server's size limit; it was not sent."""

    speaks_of_the_content = True


class UntrustedHost(RequestRefused):
    """The credential was about to go to a host that the user did not name; nothing was sent."""


class TransportError(QcaasError):
    """No usable answer came.

    Attributes:
        may_have_arrived: True when the server may have acted on the request although we have no answer;
            False when it is certain that it has not.
        status: The HTTP status of the last answer, if there was one.
        retry_after_s: Seconds that the server asked us to wait, if it did.
        temporary: False if another attempt cannot help before something is changed: a certificate that does not
            verify, a proxy that refuses.
    """

    def __init__(
        self,
        message: str,
        *,
        may_have_arrived: bool,
        status: int | None = None,
        retry_after_s: float | None = None,
        temporary: bool = True,
    ) -> None:
        super().__init__(message)
        self.temporary = temporary
        self.may_have_arrived = may_have_arrived
        self.status = status
        self.retry_after_s = retry_after_s


class ServerUnreachable(TransportError):
    """No connection could be made: the server has not seen the last attempt (see `may_have_arrived` for all)."""

    def __init__(self, message: str, *, temporary: bool = True) -> None:
        super().__init__(message, may_have_arrived=False, temporary=temporary)


class ServerUnavailable(TransportError):
    """The server answered 408 or 5xx, or the answer did not come in time or broke off."""


class RateLimited(TransportError):
    """The server answers 429 and asks for more patience than this request has; the last attempt did nothing."""

    def __init__(self, message: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(message, may_have_arrived=False, status=429, retry_after_s=retry_after_s)


class BadAnswer(TransportError):
    """The answer is not what the QCaaS contract promises (HTML, truncated, a missing field, absurd size)."""


class SubmissionInDoubt(QcaasError):
    """The program may have been submitted, and the job does not send it again by itself.

    Either the service reserves no task ids, so it cannot be asked about the submission: sending it again could run
    it, and bill it, twice. Or you have cancelled the job, and the cancellation waits until the submission cannot
    arrive any more. `await job.abandon()` gives the run up.
    """


class JobFailed(QcaasError):
    """A result was demanded of a run that has none.

    Attributes:
        task_id: The server's id of the run, if one was reserved.
        qpu_id: The QPU it was meant for.
        code: The server's error code, if it gave one.
        details: What the server said.
    """

    def __init__(self, message: str, *, task_id: str | None, qpu_id: str, code: int | None, details: str) -> None:
        super().__init__(message)
        self.task_id = task_id
        self.qpu_id = qpu_id
        self.code = code
        self.details = details


class NoResult(QcaasError, ValueError, IndexError):
    """What was asked of results is not in them: another format, no shot, no output, or more than one."""


class UnknownRegister(QcaasError, KeyError):
    """The result has no such register, or several and none was named."""

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""


class IllegalTransition(QcaasError):
    """The statechart knows no such move from this state; nothing was sent and nothing has changed.

    Attributes:
        state: The state the model was in.
        trigger: What was asked of it.
        legal: The triggers that its state knows.
    """

    def __init__(self, message: str, *, state: str, trigger: str, legal: Sequence[str]) -> None:
        super().__init__(message)
        self.state = state
        self.trigger = trigger
        self.legal = tuple(legal)


class JournalError(QcaasError):
    """The journal cannot be used; nothing that depends on it was sent.

    Attributes:
        file: Its path.
    """

    def __init__(self, message: str, *, file: str) -> None:
        super().__init__(f"the journal {file}: {message}")
        self.file = file


class JournalInUse(JournalError):
    """Another SDK, in this process or another, has the journal open."""


class BadJournal(JournalError, ValueError):
    """The journal is damaged, or no journal at all.

    Attributes:
        readable: Snapshots of the jobs and composites that could still be read, as far as their entries went. They
            may lag behind what had happened: ask the service about their tasks before anything is submitted again.
    """

    def __init__(self, message: str, *, file: str, readable: Sequence[Mapping[str, Any]] = ()) -> None:
        super().__init__(message, file=file)
        self.readable = tuple(readable)


class BadSnapshot(QcaasError, ValueError):
    """A snapshot is damaged, contradicts itself, is none at all, or comes from a newer version; nothing was loaded.

    Attributes:
        file: The path of the file, or a name for a snapshot that came as a dict.
        where: The place in it, as `jobs[3].state` or `line 2, column 7`; empty when the snapshot as a whole is meant.
        reason: What is wrong there.
    """

    def __init__(self, reason: str, *, file: str, where: str = "") -> None:
        super().__init__(f"{file}: {where}: {reason}" if where else f"{file}: {reason}")
        self.file = file
        self.where = where
        self.reason = reason


class BadStatechart(QcaasError, ValueError):
    """A chart file is wrong.

    Attributes:
        file: The path of the chart, or a name for a chart that came as text.
        line: The line, counted from 1, or None when the file as a whole is meant.
    """

    def __init__(self, message: str, *, file: str, line: int | None = None) -> None:
        where = file if line is None else f"{file}:{line}"
        super().__init__(f"{where}: {message}")
        self.file = file
        self.line = line


class ServerWarning(UserWarning):
    """A warning that the server sent along with an answer. `str(warning)` is one line of printable text."""

    def __str__(self) -> str:
        return one_line(super().__str__())
