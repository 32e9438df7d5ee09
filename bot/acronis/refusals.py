"""What an answer that is no success means: one of our errors, in words fit for a person (reference §13).

Owns the five shapes of error bodies. No HTML of an answer and no address gets into the words.
"""

import ssl
from math import ceil

import httpx
from pydantic import ValidationError

from bot import errors
from bot.acronis.auth import TOKEN_PATH
from bot.acronis.fields import Raw, Text, inside, retry_after
from bot.acronis.transport import TooLarge
from bot.errorbook.explain import clean

_MOST_READ = 100_000  # bytes of an error body; a longer one is a page made for browsers
_REFUSED_CLIENT = frozenset({"invalid_client", "invalid_grant", "unauthorized_client", "access_denied"})

ANOTHER_PLACE = (
    "Acronis answers from another address than ACRONIS_URL. "
    "Set it to the data centre in which the API client was created."
)
_NO_DATA_CENTRE = (
    "There is no Acronis API at ACRONIS_URL. Set it to the data centre in which the API client was created, "
    "as the console showed it then."
)
_PAGE_FOR_BROWSERS = (
    "Acronis gave a page for browsers in place of a token. It may work again in a few minutes; "
    "where it does not, check that ACRONIS_URL is the data centre in which the API client was created."
)
_WRONG_CREDENTIALS = (
    "Acronis does not accept the API client's id and secret. Check ACRONIS_CLIENT_ID and ACRONIS_CLIENT_SECRET, "
    "and that ACRONIS_URL is the data centre in which the client was created."
)
_MISSING_ROLE = (
    "Acronis does not let this API client read tasks: it lacks the role. "
    "Create the client while logged in as a read-only administrator."
)


class _Body(Raw):
    """Every documented error body at once; where `error` is a word, it is the token endpoint's shape."""

    code: Text = ""
    message: Text = ""
    debug_message: Text = inside("debug", "msg")
    error: Text = ""
    error_code: Text = inside("error", "code")
    error_message: Text = inside("error", "message")
    error_description: Text = inside("error_description")

    @property
    def words(self) -> str:
        """What the server says for a human, else its code; "" where it says neither."""
        texts = (self.debug_message, self.message, self.error_message, self.error_description)
        return next((text for text in texts if text), self.code or self.error_code)


def judge(response: httpx.Response, what: str) -> errors.AcronisError:
    """The error that `response`, which is no 200, stands for. `what` names the one thing asked for, "" for a list."""
    if response.request.url.path.endswith(TOKEN_PATH):
        return _judge_token(response)
    status = response.status_code
    if status == httpx.codes.UNAUTHORIZED:
        return errors.WrongCredentials(_WRONG_CREDENTIALS)
    if status == httpx.codes.FORBIDDEN:
        return errors.MissingRole(_MISSING_ROLE)
    if status == httpx.codes.NOT_FOUND:
        return not_found(what) if what else errors.WrongDataCentre(_NO_DATA_CENTRE)
    return _judge_rest(response)


def no_connection(error: httpx.RequestError) -> errors.AcronisUnavailable:
    if isinstance(error, httpx.PoolTimeout):
        return errors.AcronisUnavailable("Too many questions wait for Acronis at once. Ask again in a minute.")
    host = error.request.url.host
    if certificate := certificate_fault(error):
        told = errors.UNTRUSTED.format(whom=f"Acronis ({host})", reason=clean(certificate))
        return errors.AcronisUnavailable(told)
    if isinstance(error, TooLarge):
        return errors.AcronisUnavailable(f"Acronis ({host}) gave an answer that is too large to be read.")
    if isinstance(error, httpx.DecodingError):
        return unreadable()
    is_slow = isinstance(error, httpx.ReadTimeout | httpx.WriteTimeout)
    what = f"Acronis ({host}) {'took too long to answer' if is_slow else 'cannot be reached'}"
    return errors.AcronisUnavailable(f"{what}. It may work again in a few minutes.")


def left_alone(seconds: float) -> errors.AcronisUnavailable:
    told = f"Acronis asks to be left alone for {ceil(seconds / 60)} more minutes. It is tried again then."
    return errors.AcronisUnavailable(told, retry_after=seconds)


def certificate_fault(error: BaseException) -> str:
    """What is wrong with the server's certificate; "" where that is not what is wrong."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return cause.verify_message
        cause = cause.__cause__ or cause.__context__
    return ""


def not_found(what: str) -> errors.NotFound:
    return errors.NotFound(f"Acronis has no {what}. It keeps tasks and activities for 90 days.")


def unreadable() -> errors.AcronisUnavailable:
    return errors.AcronisUnavailable("Acronis gave an answer that cannot be read. It may work again in a few minutes.")


def _judge_token(response: httpx.Response) -> errors.AcronisError:
    status, body = response.status_code, _body(response)
    if status == httpx.codes.UNAUTHORIZED or (body and body.error in _REFUSED_CLIENT):
        return errors.WrongCredentials(_WRONG_CREDENTIALS)
    if status in (httpx.codes.BAD_REQUEST, httpx.codes.FORBIDDEN) and body and body.words:
        return errors.WrongCredentials(f"{_WRONG_CREDENTIALS} Acronis says: {clean(body.words)}")
    if is_out_of_order(status):
        return _judge_rest(response)
    if response.content.lstrip().startswith(b"<"):
        return errors.AcronisUnavailable(_PAGE_FOR_BROWSERS)
    if response.is_success and not response.content.strip():
        return unreadable()
    return errors.WrongDataCentre(_NO_DATA_CENTRE)


def _judge_rest(response: httpx.Response) -> errors.AcronisError:
    status = response.status_code
    if is_out_of_order(status):
        is_busy = status == httpx.codes.TOO_MANY_REQUESTS
        words = "asks for fewer questions" if is_busy else "is out of order"
        told = f"Acronis {words} at the moment (HTTP {status}). It may work again in a few minutes."
        return errors.AcronisUnavailable(told, retry_after=retry_after(response), is_busy=is_busy)
    if response.is_success or response.is_redirect:
        return unreadable()
    body = _body(response)
    said = clean(body.words) if body else ""
    return errors.AcronisRejected(f"Acronis did not take this question (HTTP {status}){': ' + said if said else ''}.")


def is_out_of_order(status: int) -> bool:
    return status == httpx.codes.TOO_MANY_REQUESTS or status >= httpx.codes.INTERNAL_SERVER_ERROR


def _body(response: httpx.Response) -> _Body | None:
    """None for HTML, plain text and whatever else is none of the documented shapes."""
    try:
        return _Body.model_validate_json(response.content[:_MOST_READ])
    except ValidationError:
        return None
