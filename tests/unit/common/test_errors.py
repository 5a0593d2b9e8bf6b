"""The tree of errors."""

import inspect
import re
from collections.abc import Iterator

import pytest

from barbican_like.common import errors
from barbican_like.common.errors import BarbicanError, ClientError, ServerError


def classes(root: type[BarbicanError] = BarbicanError) -> Iterator[type[BarbicanError]]:
    """Every class of errors.py below the root, the root included."""
    yield root
    for below in root.__subclasses__():
        if below.__module__ == errors.__name__:
            yield from classes(below)


def drawn() -> dict[str, str | None]:
    """The tree of the module's docstring: each name with the one above it."""
    above: list[tuple[int, str]] = []
    found: dict[str, str | None] = {}
    for indent, name in re.findall(r"^( {4,})([A-Z]\w+)", inspect.getdoc(errors) or "", re.MULTILINE):
        above = [(depth, other) for depth, other in above if depth < len(indent)]
        found[name] = above[-1][1] if above else None
        above.append((len(indent), name))
    return found


def test_the_tree_in_the_docstring_is_the_tree_of_classes() -> None:
    """Each class is drawn below its base, and nothing is drawn that does not exist."""
    real = {c.__name__: None if c is BarbicanError else c.__bases__[0].__name__ for c in classes()}
    assert drawn() == real


def test_every_error_is_the_callers_or_ours_or_the_operators() -> None:
    """Below the root there are three branches, and every class is on one of them."""
    branches = (errors.ClientError, errors.ServerError, errors.ConfigurationError)
    assert all(issubclass(c, branches) for c in classes() if c is not BarbicanError)
    assert not issubclass(ClientError, ServerError)


def test_an_error_without_a_text_has_its_classes_text() -> None:
    """``message`` is the whole text, and what str() gives."""
    assert errors.IntegrityFailure().message == errors.IntegrityFailure.default
    assert (
        str(errors.NotFound("Not Found. X.")) == errors.NotFound("Not Found. X.").message == "Not Found. X."
    )


def test_a_field_of_a_body_is_named() -> None:
    """The sentence that clients' tests compare."""
    error = errors.SchemaMismatch("Secret' within 'Order", "it is wrong", "bit_length")
    assert error.field == "bit_length"
    assert error.message == (
        "Provided object does not match schema 'Secret' within 'Order': it is wrong. "
        "Invalid property: 'bit_length'"
    )


def test_the_policy_refuses_in_the_words_that_clients_know() -> None:
    """The operation's name opens the sentence."""
    assert errors.PolicyDenied("Secret creation").message == (
        "Secret creation attempt not allowed - please review your user/project privileges"
    )


def test_the_expected_content_types_are_listed() -> None:
    """As Python lists them, which clients compare."""
    assert errors.UnsupportedMediaType(["application/json"]).message == (
        "Unexpected content type. Expected content types are: ['application/json']"
    )


@pytest.mark.parametrize("name", ["altered", "moved", "key"])
def test_a_broken_seal_has_one_text_for_every_cause(name: str) -> None:
    """It names all of the causes and thereby tells none."""
    assert name in errors.IntegrityFailure().message
