from __future__ import annotations

import pytest

from preseason.campaign.elsewhere import Elsewhere, check_elsewhere
from preseason.campaign.options import Addresses
from preseason.campaign.target import ReadyTarget
from preseason.errors import BadInputError
from preseason.slo.model import Queries


def refused(*hosts: str, prometheus: str | None = None) -> BadInputError:
    with pytest.raises(BadInputError) as error:
        check_elsewhere(Addresses(host_metrics=hosts, prometheus=prometheus), Queries())
    return error.value


def test_without_anything_named_nothing_is_asked() -> None:
    assert check_elsewhere(Addresses(), Queries()) == Elsewhere()


def test_everything_that_is_wrong_is_told_at_once_and_no_address_is_shown() -> None:
    error = refused(
        "http://u:sekret@h:9100",
        "db=",
        "generator=http://h:1",
        "db=http://h:1",
        "db=http://h:2",
        "a b=http://h",
        prometheus="http://h:9090",
    )

    causes = [problem.cause for problem in error.problems]
    assert causes.count("this is no NAME=URL") == 3
    assert "generator is the machine that makes the load" in causes
    assert causes.count("this name stands twice") == 2
    assert "there is nothing to ask it" in causes
    assert "sekret" not in str(error)


@pytest.mark.parametrize(
    ("url", "here"),
    [
        ("http://127.0.0.1:8000", True),
        ("http://localhost:8000", True),
        ("http://[::1]:8000", True),
        ("https://staging.example.org", False),
        ("http://10.0.0.7", False),
    ],
)
def test_a_target_is_here_where_its_address_is_this_machines(url: str, *, here: bool) -> None:
    assert ReadyTarget(url=url, kind="remote").is_here is here
