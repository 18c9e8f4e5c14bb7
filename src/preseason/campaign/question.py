"""Everything a gate is asked, read and checked before anything is loaded: all that is wrong, at once."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from preseason.campaign.elsewhere import Elsewhere, check_elsewhere
from preseason.campaign.shipped import find_slo
from preseason.campaign.speakers import Speaker
from preseason.campaign.target import check_reference, check_remote, gather
from preseason.errors import BadInputError, PreseasonError, Problem, UnreachableError
from preseason.run.manifest import VERSION
from preseason.slo.lengths import lasting, need_constant_end
from preseason.slo.model import Queries
from preseason.slo.quantities import MistakeError
from preseason.slo.reading import read_slo
from preseason.traffic.preflight_model import MIX, PreflightAnswer, PreflightQuestion

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path
    from typing import TypeVar

    from preseason.campaign.options import Addresses, GateOptions
    from preseason.lifeline import Lifeline
    from preseason.run.manifest import Source
    from preseason.slo.model import Slo

    Found = TypeVar("Found")

_PREFLIGHT_S = 30.0
#: A token of RFC 9110, 5.6.2.
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


@dataclass(frozen=True, slots=True)
class Question:
    """A gate whose every part has been read: the objectives, who makes the traffic, what is there."""

    slo: Slo
    traffic: PreflightAnswer
    target_url: str | None
    sources: tuple[Source, ...]
    elsewhere: Elsewhere = field(default_factory=Elsewhere)


class _Collected:
    """Runs checks one after the other and keeps what each found wrong."""

    def __init__(self) -> None:
        self.errors: list[PreseasonError] = []

    def attempt(self, check: Callable[[], Found]) -> Found | None:
        try:
            return check()
        except PreseasonError as error:
            self.errors.append(error)
            return None


def read_question(options: GateOptions, lifeline: Lifeline, log_folder: Path) -> Question:
    """Check every file, option and address.

    Raises one error that carries every problem found: BadInputError if anything is wrong, else
    UnreachableError if something does not answer.
    """
    collected = _Collected()
    today = datetime.now(UTC).date()
    slo = collected.attempt(lambda: _of_length(read_slo(find_slo(options.slo), today=today), options))
    target = options.target
    url = None if target is None else collected.attempt(lambda: check_remote(target, options.allow))
    found = (_source(options.addresses, collected, name) for name in _CHECKS)
    sources = tuple(source for source in found if source)
    # What a file that cannot be read would ask a Prometheus is not known.
    asked = options.addresses if slo else replace(options.addresses, prometheus=None)
    queries = slo.queries if slo else Queries()
    elsewhere = collected.attempt(lambda: check_elsewhere(asked, queries))
    traffic = collected.attempt(
        lambda: _preflight(
            PreflightQuestion(
                locustfiles=options.locustfiles,
                mix=dict(slo.load.mix or {}) if slo else {},
                host=url,
                users_file=options.users,
                check_login=url is not None,
            ),
            lifeline,
            log_folder,
            places={f"{MIX}{key}": place for key, place in slo.mix_places.items()} if slo else {},
        )
    )
    if target is not None and traffic is not None:
        collected.attempt(lambda: _need_accounts(options, traffic))
    if target is None:
        collected.attempt(lambda: check_reference(options, lifeline, log_folder))
    collected.attempt(lambda: _refuse_faults_elsewhere(options))
    collected.attempt(lambda: _need_header_name(options.cache_header))
    collected.attempt(lambda: _need_plain_names(options))
    gather(*collected.errors)
    if slo is None or traffic is None or elsewhere is None:
        raise RuntimeError("a check failed without saying why")
    return Question(slo, traffic, url, (*sources, *elsewhere.sources), elsewhere)


def _of_length(slo: Slo, options: GateOptions) -> Slo:
    """The question, with the longest time that was asked for."""
    if not options.until_decided:
        if options.at_most_s is not None:
            remedy = "add --until decided; how long a load lasts otherwise, its file says"
            raise BadInputError(Problem("a longest time of what?", "--at-most", remedy))
        return slo
    try:
        need_constant_end(slo)
        return slo if options.at_most_s is None else lasting(slo, options.at_most_s)
    except MistakeError as mistake:
        raise BadInputError(Problem(mistake.cause, str(options.slo), mistake.remedy)) from None


def _source(addresses: Addresses, collected: _Collected, name: str) -> Source | None:
    address = getattr(addresses, name)
    return None if address is None else collected.attempt(lambda: _CHECKS[name](address))


def _check_postgres(dsn: str) -> Source:
    from preseason.collectors.preflight import check_postgres  # noqa: PLC0415 - only when there is one

    return check_postgres(dsn)


def _check_redis(url: str) -> Source:
    from preseason.collectors.preflight import check_redis  # noqa: PLC0415 - only when there is one

    return check_redis(url)


def _check_pgbouncer(dsn: str) -> Source:
    from preseason.collectors.preflight import check_pgbouncer  # noqa: PLC0415 - only when there is one

    return check_pgbouncer(dsn)


_CHECKS = {"postgres": _check_postgres, "redis": _check_redis, "pgbouncer": _check_pgbouncer}


def _preflight(
    question: PreflightQuestion, lifeline: Lifeline, log_folder: Path, places: Mapping[str, str]
) -> PreflightAnswer:
    """Ask the traffic package, in a process of its own, because it alone may import Locust.

    ``places`` says where in the SLO file stands what its problems name.
    """
    log = log_folder / "preflight.log"
    speaker = Speaker.start(
        lifeline,
        "preseason.traffic.preflight",
        name="preflight",
        log=log,
        document=question.model_dump_json(),
    )
    speaker.close_input()
    said = speaker.next(_PREFLIGHT_S)
    speaker.finish(timeout_s=5.0)
    if said is None:
        last_words = " | ".join(log.read_text(errors="replace").strip().splitlines()[-3:]) or "nothing"
        raise BadInputError(Problem(f"could not be loaded; Python said: {last_words}", _named(question)))
    answer = PreflightAnswer.model_validate_json(json.dumps(said))
    _raise_problems(answer, places)
    return answer


def _raise_problems(answer: PreflightAnswer, places: Mapping[str, str]) -> None:
    found = [
        (told.kind, replace(told.as_problem(), place=places.get(told.place, told.place)))
        for told in answer.problems
    ]
    wrong = [problem for kind, problem in found if kind != "unreachable"]
    away = [problem for kind, problem in found if kind == "unreachable"]
    gather(BadInputError(wrong) if wrong else None, UnreachableError(away) if away else None)


def _named(question: PreflightQuestion) -> str:
    return ", ".join(str(path) for path in question.locustfiles)


def _need_accounts(options: GateOptions, traffic: PreflightAnswer) -> None:
    if options.users is None and any(user_class.needs_accounts for user_class in traffic.classes):
        cause = "these scenarios log in, and the accounts of this target are not known"
        raise BadInputError(Problem(cause, "--users", "name a CSV file with the header email,password"))


def _need_header_name(name: str) -> None:
    if not _HEADER_NAME.fullmatch(name):
        remedy = "write its name alone, like X-Cache or CF-Cache-Status"
        raise BadInputError(Problem(f"{name!r} is no name of a header", "--cache-header", remedy))


def _need_plain_names(options: GateOptions) -> None:
    given = {"--commit": options.commit, "--platform-version": options.platform_version}
    problems = [
        Problem(f"{name!r:.80} is no name of a version", option, "write it like 3f9c2ab or 2.1.0-rc.1")
        for option, name in given.items()
        if name is not None and not VERSION.fullmatch(name)
    ]
    if problems:
        raise BadInputError(problems)


def _refuse_faults_elsewhere(options: GateOptions) -> None:
    if options.faults and options.target is not None:
        cause = "faults are injected into the reference platform only, not into a target of yours"
        raise BadInputError(Problem(cause, "--fault", "leave out --target, or --fault"))
