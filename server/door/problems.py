"""How a request is told no: a problem document (RFC 9457) with the same code as on the live connection."""

from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType

import msgspec
from starlette.responses import Response

from rooms.contract import Code, Refused
from server import api

_NOT_LET_IN = frozenset({Code.PROVIDER_REFUSED, Code.PROVIDER_WRONG, Code.NOT_IN_GROUP, Code.REMOVED_HERE})
_BY_STATUS: Mapping[HTTPStatus, frozenset[Code]] = MappingProxyType(
    {
        HTTPStatus.UNAUTHORIZED: frozenset({Code.SIGNED_OUT}),
        HTTPStatus.FORBIDDEN: frozenset(
            {Code.NOT_ALLOWED, Code.VALUES_FIRST, Code.MUTED, Code.WRONG_ORIGIN, *_NOT_LET_IN}
        ),
        # Unknown and forbidden look the same.
        HTTPStatus.NOT_FOUND: frozenset(
            {
                Code.NOT_FOUND,
                Code.INVITATION_UNKNOWN,
                Code.WAY_BACK_UNKNOWN,
                Code.PASSKEY_UNKNOWN,
                Code.MAIL_LINK_UNKNOWN,
            }
        ),
        HTTPStatus.CONFLICT: frozenset(
            {
                Code.CONFLICT,
                Code.MAIL_OFF,
                Code.NAME_TAKEN,
                Code.SLUG_TAKEN,
                Code.LAST_KEEPER,
                Code.SHARED_DEVICE,
                Code.ROOM_CLOSED,
                Code.ALREADY_REMOVED,
                Code.IDENTITY_TAKEN,
                Code.IDENTITY_OTHER,
                Code.CONNECT_FIRST,
                Code.PASSKEYS_FULL,
            }
        ),
        HTTPStatus.GONE: frozenset(
            {
                Code.INVITATION_EXPIRED,
                Code.INVITATION_USED_UP,
                Code.INVITATION_REVOKED,
                Code.ALREADY_CLAIMED,
                Code.LINK_USED,
                Code.WAY_BACK_USED,
                Code.SIGN_IN_AGAIN,
                Code.PASSKEY_LATE,
                Code.ERASED,
            }
        ),
        HTTPStatus.UNPROCESSABLE_ENTITY: frozenset(
            {
                Code.MALFORMED,
                Code.ADDRESS_BAD,
                Code.EMPTY,
                Code.TOO_LONG,
                Code.CONTROL_CHARACTERS,
                Code.TOO_MANY_MARKS,
                Code.WORDS_UNKNOWN,
                Code.PASSKEY_REFUSED,
                Code.NAME_BAD,
                Code.NAME_RESERVED,
                Code.TEAM_INVITATION,
                Code.CODE_NEEDS_ROOM,
                Code.NAME_LOOKS_FULL,
                Code.STANDING_UNKNOWN,
                Code.LEAD_NEEDED,
                Code.YOUNG_NOT_YET,
                Code.KEPT_OUT_OF_RANGE,
                Code.REPLY_TO_REPLY,
                Code.NAMES_ARE_SHOWN,
                Code.TOO_MANY_MENTIONS,
            }
        ),
        HTTPStatus.TOO_MANY_REQUESTS: frozenset({Code.TOO_FAST}),
        HTTPStatus.INTERNAL_SERVER_ERROR: frozenset({Code.INTERNAL}),
        HTTPStatus.SERVICE_UNAVAILABLE: frozenset({Code.BUSY, Code.UNAVAILABLE, Code.UNKNOWN, Code.PROVIDER_AWAY}),
    }
)
STATUS: Mapping[Code, HTTPStatus] = MappingProxyType(
    {code: status for status, codes in _BY_STATUS.items() for code in codes}
)

# What HTTP refuses by itself, in our words.
_BY_HTTP: Mapping[int, Code] = MappingProxyType({404: Code.NOT_FOUND, 405: Code.MALFORMED, 413: Code.TOO_LONG})

PROBLEM_JSON = "application/problem+json"
# How long to wait when nobody said.
RETRY_MS = 2_000


class Problem(Exception):  # noqa: N818 - an answer, like a refusal
    """A refusal that HTTP has a status of its own for."""

    def __init__(
        self, status: HTTPStatus, code: Code, detail: str = "", *, params: Mapping[str, str | int] | None = None
    ) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.detail = detail
        self.params = dict(params or {})


def of_refusal(refused: Refused) -> Problem:
    """A rule's refusal as HTTP says it."""
    return Problem(STATUS[refused.code], refused.code, params=refused.params)


def of_status(status: int) -> Problem:
    """What the framework refuses by itself, such as an unknown address."""
    return Problem(HTTPStatus(status), _BY_HTTP.get(status, Code.MALFORMED))


def body_of(problem: Problem) -> api.Problem:
    """The document that is sent."""
    params = dict(problem.params)
    retry = params.pop("retry_ms", None)
    retry_ms = retry if isinstance(retry, int) else None
    if retry_ms is None and problem.status in {HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS}:
        retry_ms = RETRY_MS
    return api.Problem(
        type=f"urn:hearth:{problem.code}",
        title=problem.status.phrase,
        status=problem.status,
        code=problem.code,
        params=params,
        detail=problem.detail,
        retry_ms=retry_ms,
    )


def answer(problem: Problem) -> Response:
    """The response that says no."""
    body = body_of(problem)
    response = Response(msgspec.json.encode(body), status_code=body.status, media_type=PROBLEM_JSON)
    if body.retry_ms is not None:
        # Whole seconds, rounded up: earlier would be too early.
        response.headers["Retry-After"] = str(-(-body.retry_ms // 1000))
    return response
