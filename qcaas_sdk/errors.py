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
    ├── SubmissionInDoubt        it may have been submitted; the SDK does not send it again
    ├── TaskLost                 the service does not know the task, or keeps saying that nothing was submitted
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

from collections.abc import Mapping, Sequence
from typing import Any

from qcaas_sdk._base.text import message, one_line


class QcaasError(Exception):
    """The base class: `except QcaasError` catches every error that this package raises on purpose.

    `str(error)` is one line of printable text. A very long one is cut in the middle. `args` and attributes hold the
    original text. Errors can be pickled and copied, as a process pool does; the `job` of a copy is None.
    """

    def __str__(self) -> str:  # another base class may write it otherwise: `KeyError` shows the `repr`
        return message(Exception.__str__(self))

    def __reduce__(self) -> tuple[Any, ...]:
        # Calling the class again does not work: most take more arguments than the message.
        state = {name: None if name == "job" else value for name, value in vars(self).items()}
        return _copied, (type(self), self.args), state


def _copied(kind: type[QcaasError], args: tuple[Any, ...]) -> QcaasError:
    error = kind.__new__(kind, *args)
    error.args = args  # OSError sets it in its own __init__
    return error


class SdkNotOpen(QcaasError):
    """The SDK was used before `open()` or after `close()`."""


class WrongEventLoop(QcaasError, RuntimeError):
    """The SDK was used in another event loop or thread than the one that opened it; nothing was done."""


class WrongProcess(QcaasError, RuntimeError):
    """The SDK was opened in another process, and this one is a fork of it; nothing was done."""


class MissingExtra(QcaasError, ImportError):
    """An optional part of the package is not installed.

    Attributes:
        extra: The name to put into `pip install "qcaas-sdk[extra]"`; empty if a plain dependency is too old.
    """

    def __init__(self, what: str, extra: str, *, install: str | None = None) -> None:
        self.extra = extra
        install = f'pip install "qcaas-sdk[{extra}]"' if install is None else install
        super().__init__(f"{what} needs packages that are not installed. Run: {install}")


class InvalidArgument(QcaasError, ValueError, TypeError):
    """An argument has the wrong type or is out of range; nothing was done.

    Attributes:
        argument: The name of the argument, for example `timeout_s`.
    """

    def __init__(self, message: str, *, argument: str) -> None:
        super().__init__(message)
        self.argument = argument


class InvalidProgram(QcaasError, ValueError):
    """The program cannot be submitted: it is empty, or a circuit that cannot be converted to OpenQASM."""


class MalformedProgram(InvalidProgram):
    """The program is not valid OpenQASM, or uses a register that it does not declare.

    Attributes:
        line: The line, counted from 1; None if it is not known.
        column: The column, counted from 1; None if it is not known.
        reason: What is wrong there.
    """

    def __init__(self, reason: str, *, language: str, line: int | None, column: int | None) -> None:
        where = f"line {line}, column {column}: " if line is not None else ""
        super().__init__(
            f"the program is not valid {language}: {where}{reason}. To send it anyway, use create_job(check=False)"
        )
        self.line = line
        self.column = column
        self.reason = reason


class UnsupportedProgram(InvalidProgram, TypeError):
    """The program is not text, a path or a circuit of a supported package."""


class TooManyShots(QcaasError, ValueError):
    """A job has more shots than its QPU allows.

    Attributes:
        shots: The shots of the job.
        limit: The most that the QPU allows.
    """

    def __init__(self, message: str, *, shots: int, limit: int) -> None:
        super().__init__(message)
        self.shots = shots
        self.limit = limit


class TooManyQubits(QcaasError, ValueError):
    """A program uses more qubits than its QPU has.

    Attributes:
        qubits: How many it uses, at least.
        limit: How many the QPU has.
    """

    def __init__(self, message: str, *, qubits: int, limit: int) -> None:
        super().__init__(message)
        self.qubits = qubits
        self.limit = limit


class NotConnected(QcaasError, ValueError):
    """A gate couples two qubits that are not connected on the QPU, and the configuration switches routing off.

    Attributes:
        pair: The two qubits, numbered in the order in which the program declares them.
    """

    def __init__(self, message: str, *, pair: tuple[int, int]) -> None:
        super().__init__(message)
        self.pair = pair


class ContradictoryConfig(QcaasError, ValueError):
    """An argument of `create_job` and `config` set the same thing to different values.

    Attributes:
        argument: The name of the argument, for example `shots`.
        given: Its value.
        configured: The value in the configuration.
    """

    def __init__(self, argument: str, given: str, configured: str) -> None:
        super().__init__(
            f"you passed {argument}={given} and a config with {configured}: leave one out, or make them equal"
        )
        self.argument = argument
        self.given = given
        self.configured = configured


class CannotBeCopied(QcaasError, TypeError):
    """A job, a composite or an SDK was copied or pickled; each of them stands for something that exists once."""


class UnknownQpu(QcaasError, LookupError):
    """This account has no QPU with that id."""


class InactiveQpu(UnknownQpu):
    """The QPU is known to the service, but it is not active now."""


class NotInThisApi(QcaasError):
    """The service's version of the API does not have this call; the message says what to use instead.

    Attributes:
        api: The version, for example "v4".
    """

    def __init__(self, message: str, *, api: str) -> None:
        super().__init__(message)
        self.api = api


class AuthenticationError(QcaasError):
    """The server refused the credential.

    Attributes:
        status: 401 if the credential is wrong or expired, 403 if it is not allowed to do this; None if the service
            gave no HTTP status.
    """

    def __init__(self, message: str, *, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class SignInRequired(AuthenticationError):
    """Nobody is signed in, or the sign-in has ended. Run `qcaas login`, or call `await sdk.sign_in()`."""


class SignInFailed(AuthenticationError):
    """The provider refused to give a token.

    Attributes:
        code: The provider's error code, for example `invalid_client` or `access_denied`; empty if there is none.
    """

    def __init__(self, message: str, *, code: str = "", status: int | None = None) -> None:
        super().__init__(message, status=status)
        self.code = code


class TokenCacheError(QcaasError):
    """Tokens cannot be read from or written to this machine; nothing was requested with them.

    Attributes:
        file: The path of the file or folder, or "keyring".
    """

    def __init__(self, message: str, *, file: str) -> None:
        super().__init__(f"the token cache {file}: {message}")
        self.file = file


class RequestRefused(QcaasError):
    """The server refused the request and did nothing.

    Attributes:
        status: The HTTP status; None if the SDK refused the request before sending it.
        messages: The server's messages, one string per error; empty if the answer was a web page or plain text.
        in_the_services_form: Whether the answer has the format of the service's own errors
            (`{"response": {"errors": …}}`). A proxy does not answer in this format.
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
        """Whether the content of the request is wrong, and not the account or the URL (401, 403, 404, 405 …)."""
        return self.status in {400, 409, 413, 422}

    @property
    def says_unknown(self) -> bool:
        """Whether the server says, in its own message, that it does not know what the request names (404, 410)."""
        return self.status in {404, 410} and bool(self.messages)


class RequestTooLarge(RequestRefused):
    """The request is over the server's size limit; it was not sent."""

    speaks_of_the_content = True


class UntrustedHost(RequestRefused):
    """The credential may not be sent to this host, because you have not allowed it; nothing was sent."""


class TransportError(QcaasError):
    """There was no usable answer.

    Attributes:
        may_have_arrived: True if the server may have acted on the request; False if it certainly has not.
        status: The HTTP status of the last answer, if there was one.
        retry_after_s: Seconds that the server asked to wait, if it did.
        temporary: False if you must change something before another attempt can succeed, for example because a
            certificate does not verify or a proxy refuses.
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
    """There was no connection. The server has not seen the last attempt; see `may_have_arrived` for all attempts."""

    def __init__(self, message: str, *, temporary: bool = True) -> None:
        super().__init__(message, may_have_arrived=False, temporary=temporary)


class ServerUnavailable(TransportError):
    """The server answered 408 or 5xx, or its answer was late or incomplete."""


class RateLimited(TransportError):
    """The server answered 429 for longer than this request may wait. The last attempt had no effect."""

    def __init__(self, message: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(message, may_have_arrived=False, status=429, retry_after_s=retry_after_s)


class BadAnswer(TransportError):
    """The answer breaks the QCaaS contract: it is HTML, truncated or too large, or a field is missing."""


class SubmissionInDoubt(QcaasError):
    """The program may have been submitted, and the SDK does not send it again.

    There are two cases. The service reserves no task ids, so the SDK cannot ask about the submission; if it sent the
    program again, you could pay twice. Or you have cancelled the job, and the cancellation waits until the submission
    cannot arrive any more. `await job.abandon()` gives up the run.
    """


class JobFailed(QcaasError):
    """The run failed and has no result.

    Attributes:
        task_id: The server's id of the run, if one was reserved.
        qpu_id: The QPU of the run.
        code: The server's error code, if it gave one.
        details: The server's error message.
    """

    def __init__(self, message: str, *, task_id: str | None, qpu_id: str, code: int | None, details: str) -> None:
        super().__init__(message)
        self.task_id = task_id
        self.qpu_id = qpu_id
        self.code = code
        self.details = details


class NoResult(QcaasError, ValueError, IndexError):
    """The results do not contain what you asked for: another format, no shots, no output, or more than one."""


class UnknownRegister(QcaasError, KeyError):
    """The result has no such register, or has several and you named none."""


class IllegalTransition(QcaasError):
    """The state does not allow this call; nothing was sent and nothing has changed.

    Attributes:
        state: The current state.
        trigger: The trigger that is not legal in this state.
        legal: The triggers of the chart that are.
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
    """The journal is damaged, or is not a journal.

    Attributes:
        readable: Snapshots of the jobs and composites that could still be read, up to the damage. They may be out of
            date: ask the service about their tasks before you submit anything again.
    """

    def __init__(self, message: str, *, file: str, readable: Sequence[Mapping[str, Any]] = ()) -> None:
        super().__init__(message, file=file)
        self.readable = tuple(readable)


class BadSnapshot(QcaasError, ValueError):
    """The snapshot is damaged, inconsistent, not a snapshot, or written by a newer version; nothing was loaded.

    Attributes:
        file: The path of the file, or a name for a snapshot that was passed as a dict.
        where: The place in it, for example `jobs[3].state` or `line 2, column 7`; empty for the whole snapshot.
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
        file: The path of the chart, or a name for a chart that was passed as text.
        line: The line, counted from 1; None for the whole file.
        column: The column, counted from 1; None for the whole line.
    """

    def __init__(self, message: str, *, file: str, line: int | None = None, column: int | None = None) -> None:
        where = ":".join(str(part) for part in (file, line, column) if part is not None)
        super().__init__(f"{where}: {message}")
        self.file = file
        self.line = line
        self.column = column
        self._problems: tuple[BadStatechart, ...] = ()

    @property
    def problems(self) -> "tuple[BadStatechart, ...]":
        """Everything that is wrong in the file, in its order; this error is the first."""
        return self._problems or (self,)

    @classmethod
    def of(cls, problems: "Sequence[BadStatechart]") -> "BadStatechart":
        """The first of several errors in one file, with all of them."""
        first = problems[0]
        more = len(problems) - 1
        error = cls("", file=first.file, line=first.line, column=first.column)
        error.args = (first.args[0] + (f" (and {more} more in this file)" if more else ""),)
        error._problems = tuple(problems)
        return error


class ChartMismatch(QcaasError):
    """A saved job runs on a chart that this SDK does not have, or that does not know its state. Nothing was lost.

    Attributes:
        chart: The name of the chart.
        place: The state of the job in it.
    """

    def __init__(self, message: str, *, chart: str, place: str) -> None:
        super().__init__(message)
        self.chart = chart
        self.place = place


class ServerWarning(UserWarning):
    """The server sent a warning, or something unexpected. `str(warning)` is one line of printable text."""

    def __str__(self) -> str:
        return one_line(super().__str__())
