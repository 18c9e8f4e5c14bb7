from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preseason.campaign.target import check_remote
from preseason.collectors.addresses import UNREADABLE, redact, scrub
from preseason.collectors.preflight import check_postgres, check_redis
from preseason.collectors.settings import CollectorSettings
from preseason.errors import BadInputError

MALFORMED_POSTGRES = [
    "sekret",
    "postgresql://user:se/kret@host/base",
    "postgresql://user:se@kret@host/base",
    "postgresql://user:sek ret@host/base",
    "postgresql://user:%sekret@host/base",
    "postgresql://user:sekret@host:port/base",
    "postgresql://user:sekret@host:99999/base",
    "postgresql://user:sekret@host/base?schema=public",
    "mysql://user:sekret@host/base",
    "password=sekret host",
]
MALFORMED_REDIS = [
    "sekret",
    "http://:sekret@host",
    "redis://:sekret@host:port/0",
    "redis://:se/kret@host/0",
    "redis://:sekret@host/zero",
    "redis://:sekret@host:99999/0",
]


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("postgresql://user:sekret@host:5433/base?sslmode=require", "postgresql://host:5433/base"),
        ("postgresql:///base?host=/run/postgresql&password=sekret", "postgresql:///base"),
        ("host=db port=6432 user=me password='sek ret' dbname=base", "postgresql://db:6432/base"),
        ("host=db user=me password=sekret", "postgresql://db:5432/me"),
        ("redis://:sekret@host:6379/0", "redis://host:6379/0"),
        ("unix:///run/redis.sock?password=sekret", "unix:///run/redis.sock"),
        ("https://me:sekret@host/path?token=sekret", "https://host/path"),
        ("postgresql://user:se@kret@host/base", UNREADABLE),
        ("password = 'sekret", UNREADABLE),
    ],
)
def test_an_address_is_shown_without_credentials_and_parameters(address: str, shown: str) -> None:
    assert redact(address) == shown


@given(st.text(alphabet=st.characters(min_codepoint=33, max_codepoint=126), min_size=6))
def test_no_password_survives_whatever_it_is_made_of(password: str) -> None:
    marked = f"sekret{password}"
    assert "sekret" not in redact(f"postgresql://user:{marked}@host/base")
    assert "sekret" not in redact(f"redis://:{marked}@host/0")


@pytest.mark.parametrize(
    ("address", "secret"),
    [
        ("postgresql://user:sekret@host/base", "sekret"),
        ("postgresql://user:s%40kret@host/base", "s@kret"),
        ("host=db password=sekret", "sekret"),
        ("redis://host/0?password=sekret", "sekret"),
    ],
)
def test_a_secret_is_taken_out_of_a_message_in_every_spelling(address: str, secret: str) -> None:
    assert secret not in scrub(f"cannot log in with {secret} at {address}", address)


@pytest.mark.parametrize("dsn", MALFORMED_POSTGRES)
def test_a_malformed_dsn_is_bad_input_and_none_of_it_is_shown(dsn: str) -> None:
    with pytest.raises(BadInputError) as error:
        check_postgres(dsn)
    assert "kret" not in str(error.value)
    assert {problem.place for problem in error.value.problems} == {"--postgres"}
    assert all(problem.remedy for problem in error.value.problems)


@pytest.mark.parametrize("url", MALFORMED_REDIS)
def test_a_malformed_redis_url_is_bad_input_and_none_of_it_is_shown(url: str) -> None:
    with pytest.raises(BadInputError) as error:
        check_redis(url)
    assert "kret" not in str(error.value)
    assert {problem.place for problem in error.value.problems} == {"--redis"}


@pytest.mark.parametrize(
    "url",
    [
        "http://user:sekret@platform.example",
        "http://user:sekret@127.0.0.1:port",
        "http://user:se/kret@platform.example",
        "http://user:s@kret@platform.example",
        "ftp://user:sekret@127.0.0.1",
        "user:sekret@127.0.0.1",
    ],
)
def test_a_target_that_is_refused_is_named_without_its_password(url: str) -> None:
    with pytest.raises(BadInputError) as error:
        check_remote(url, ())
    assert "kret" not in str(error.value)
    assert all(problem.remedy for problem in error.value.problems)


def test_settings_do_not_show_their_addresses() -> None:
    settings = CollectorSettings.model_validate(
        {"run_folder": "/tmp", "postgres_dsn": "sekret", "redis_url": "sekret", "target_url": "sekret"}
    )
    assert "sekret" not in repr(settings)
