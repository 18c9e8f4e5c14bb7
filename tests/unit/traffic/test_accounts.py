from __future__ import annotations

import csv
import io
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preseason.astral_field.seeding.rows import emails
from preseason.astral_field.seeding.world import PASSWORD
from preseason.errors import BadInputError
from preseason.traffic.accounts import Account, Deck, parse_accounts, reference_accounts

ACCOUNTS = tuple(Account(f"user{number}@example.org", "secret") for number in range(7))
FIELD = st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(str.strip)


def places_and_causes(data: bytes) -> list[tuple[str, str]]:
    with pytest.raises(BadInputError) as raised:
        parse_accounts(data, "users.csv")
    return [(problem.place, problem.cause) for problem in raised.value.problems]


def test_the_reference_accounts_are_those_that_the_reference_platform_seeds() -> None:
    seeded = [(email, PASSWORD) for email in emails(leagues=20)]
    assert [(account.email, account.password) for account in reference_accounts()] == seeded


def test_an_account_knows_its_line_in_the_file() -> None:
    first, second = parse_accounts(b"email,password\na@x.org,one\n\nb@x.org,two\n", "users.csv")
    assert (first.email, first.password, first.place) == ("a@x.org", "one", "users.csv:2")
    assert (second.email, second.password, second.place) == ("b@x.org", "two", "users.csv:4")


def test_a_file_as_excel_writes_it_is_read() -> None:
    data = "\N{ZERO WIDTH NO-BREAK SPACE}Email,Password\r\na@x.org,one\r\n".encode()
    assert [account.email for account in parse_accounts(data, "users.csv")] == ["a@x.org"]


@given(st.lists(st.tuples(FIELD, FIELD), min_size=1, unique_by=lambda row: row[0].strip().casefold()))
def test_whatever_a_csv_writer_writes_is_read_back(rows: list[tuple[str, str]]) -> None:
    text = io.StringIO()
    csv.writer(text).writerows([("email", "password"), *rows])
    read = parse_accounts(text.getvalue().encode(), "users.csv")
    assert [(account.email, account.password) for account in read] == [(e.strip(), p) for e, p in rows]


def test_everything_that_is_wrong_is_said_at_once_and_no_field_is_quoted() -> None:
    lines = [
        "mail,password",
        "a@x.org,hunter2",
        ",hunter3",
        "b@x.org,",
        "A@X.org,hunter4",
        "c@x.org,hunter5,x",
    ]
    data = "\n".join(lines).encode()
    assert places_and_causes(data) == [
        ("users.csv:1", "the header is missing"),
        ("users.csv:3", "the email is empty"),
        ("users.csv:4", "the password is empty"),
        ("users.csv:5", "the email of line 2 again"),
        ("users.csv:6", "two fields are expected, not 3"),
    ]


@pytest.mark.parametrize(
    ("data", "place", "cause"),
    [
        (b"", "users.csv:1", "the header is missing"),
        (b"email,password\n", "users.csv", "there is no account in it"),
        (b"email,password\na@x.org,\xff\n", "users.csv:2", "this is not UTF-8"),
        (b'email,password\na@x.org,"open\n', "users.csv:2", "this is no CSV: unexpected end of data"),
    ],
)
def test_a_file_without_accounts_is_refused(data: bytes, place: str, cause: str) -> None:
    assert places_and_causes(data) == [(place, cause)]


def test_a_password_is_not_shown_with_its_account() -> None:
    assert "secret" not in repr(ACCOUNTS[0])


@pytest.mark.parametrize("processes", [1, 2, 3, 7])
def test_no_two_users_share_an_account_or_a_number_while_there_are_enough(processes: int) -> None:
    decks = [Deck(ACCOUNTS, index, processes) for index in range(processes)]
    dealt = [
        deck.deal()
        for index, deck in enumerate(decks)
        for _ in range(len(range(index, len(ACCOUNTS), processes)))
    ]
    assert {account for _, account in dealt} == set(ACCOUNTS)
    assert sorted(number for number, _ in dealt) == list(range(len(ACCOUNTS)))


def test_users_share_accounts_when_these_run_out_and_that_is_said_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    deck = Deck(ACCOUNTS[:2])
    with caplog.at_level(logging.WARNING):
        dealt = [deck.deal() for _ in range(7)]
    assert [account for _, account in dealt] == [*ACCOUNTS[:2] * 3, ACCOUNTS[0]]
    assert len({number for number, _ in dealt}) == 7
    assert [record.message for record in caplog.records] == [
        "there are more users than accounts: from here on users share them"
    ]


def test_more_processes_than_accounts_still_deal() -> None:
    assert Deck(ACCOUNTS[:2], index=4, of=5).deal() == (4, ACCOUNTS[0])
