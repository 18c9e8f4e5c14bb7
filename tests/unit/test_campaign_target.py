"""Which addresses may be loaded; what is refused here is refused before anything is asked."""

from __future__ import annotations

import pytest

from preseason.campaign.target import check_remote
from preseason.errors import BadInputError


@pytest.mark.parametrize(
    ("url", "causes"),
    [
        ("127.0.0.1:8000", ["no http or https"]),
        ("http://127.0.0.1:99999", ["no address: Port out of range"]),
        ("http://ann:sekret@127.0.0.1:1", ["a user or a password"]),
        ("http://127.0.0.1:1/base?token=sekret", ["a query or a fragment"]),
        ("http://127.0.0.1:1/#sekret", ["a query or a fragment"]),
        ("http://ann:sekret@h.example/?token=sekret", ["a user", "a query", "h.example is not this machine"]),
        ("ftp://ann:sekret@127.0.0.1", ["no http or https"]),
        ("http://ann:sekret@127.0.0.1:port", ["no address"]),
        ("ann:sekret@127.0.0.1:8000", ["an @ stands where none can be"]),
        ("http://ann:sek/ret@127.0.0.1:8000", ["an @ stands where none can be"]),
    ],
)
def test_what_requests_could_not_carry_is_refused_and_no_secret_is_shown(url: str, causes: list[str]) -> None:
    with pytest.raises(BadInputError) as refused:
        check_remote(url, ())
    assert len(refused.value.problems) == len(causes)
    for problem, cause in zip(refused.value.problems, causes, strict=True):
        assert cause in problem.cause
        assert problem.place.startswith("--target")
    assert "sek" not in str(refused.value)
