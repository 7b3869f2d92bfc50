"""The two refusals that every route of OpenAI's API knows; both name the parameter."""

from codex2api.errors import ApiError, Kind


def missing(param: str) -> ApiError:
    """The error for a field that has to be there."""
    return ApiError(
        Kind.BAD_REQUEST,
        f"Missing required parameter: '{param}'.",
        param=param,
        code="missing_required_parameter",
    )


def invalid(param: str, problem: str, code: str = "invalid_value") -> ApiError:
    """The error for a field that cannot be as it is; ``problem`` is a sentence without its stop."""
    return ApiError(
        Kind.BAD_REQUEST, f"Invalid value for '{param}': {problem}.", param=param, code=code
    )
