"""What the API answers when it does not do what it was asked."""

from typing import ClassVar


class ApiError(Exception):
    """A refusal with its HTTP status, its code and the message the client reads."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "INTERNAL_ERROR"

    def __init__(self, message: str, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.error_code = code or self.code

    def body(self) -> dict[str, object]:
        """Return the JSON body of the refusal."""
        return {"error": {"code": self.error_code, "message": self.message}}


class BadRequest(ApiError):
    """The request is understood and refused."""

    status = 400
    code = "HTTP_BAD_REQUEST"


class Invalid(ApiError):
    """The request does not have the form it must have."""

    status = 400
    code = "VALIDATION_ERROR"


class Unauthorized(ApiError):
    """The caller is not known."""

    status = 401
    code = "HTTP_UNAUTHORIZED"


class Forbidden(ApiError):
    """The caller's token does not reach that far."""

    status = 403
    code = "HTTP_FORBIDDEN"


class NotFound(ApiError):
    """There is no such thing, or it is somebody else's."""

    status = 404
    code = "HTTP_NOT_FOUND"


class ServerError(ApiError):
    """The server failed and says so."""

    status = 500
    code = "HTTP_INTERNAL_SERVER_ERROR"


class InternalError(ApiError):
    """Something unforeseen; malformed JSON is among it, as on the servers this one plays."""

    def __init__(self) -> None:
        super().__init__("An unexpected error occurred")
