"""Where our own scenarios and SLO files are: the working copies in a clone, else those in the wheel."""

from __future__ import annotations

from pathlib import Path

from preseason.errors import BadInputError, Problem

_PACKAGE = Path(__file__).resolve().parent.parent
_CLONE = _PACKAGE.parent.parent
DEFAULT_SLO = "release"
#: The files among ours that hold no objectives.
ALERTS = "alerts"
SCALING = "scaling"
AUTOSCALING = "autoscaling"


def _folder(name: str) -> Path:
    working_copy = _CLONE / name
    in_clone = _PACKAGE.parent.name == "src" and working_copy.is_dir()
    return working_copy if in_clone else _PACKAGE / "shipped" / name


def scenarios() -> Path:
    """The folder of our Locust files."""
    return _folder("locustfiles")


def slo_file(name: str) -> Path:
    """One of our SLO files, such as ``release``."""
    return _folder("slo") / f"{name}.yaml"


def alert_policy() -> Path:
    """The alerts of the operations manual."""
    return slo_file(ALERTS)


def scaling_triggers() -> Path:
    """The scaling triggers of the operations manual."""
    return slo_file(SCALING)


def autoscaling() -> Path:
    """An autoscaled platform to be simulated: what to copy."""
    return slo_file(AUTOSCALING)


def find_alerts(given: Path) -> Path | None:
    """Our alert policy, where its bare name is what is meant."""
    return alert_policy() if given == Path(ALERTS) and not given.is_file() else None


def likely_slo(given: Path | None) -> Path:
    """The SLO file that is meant: a path, or the bare name of one of ours, by default ``release``.

    A bare name that is neither a file nor one of ours stays as it is: :func:`find_slo` refuses it.
    """
    given = given or Path(DEFAULT_SLO)
    ours = slo_file(given.name)
    is_path = given.is_file() or given.suffix or len(given.parts) != 1
    return ours if not is_path and ours.is_file() else given


def find_slo(given: Path | None) -> Path:
    """As :func:`likely_slo`.

    BadInputError, with the names there are, for a bare name that is neither a file nor one of ours.
    """
    found = likely_slo(given)
    if not found.is_file() and not found.suffix and len(found.parts) == 1:
        ours = {path.stem for path in slo_file(DEFAULT_SLO).parent.glob("*.yaml")}
        names = ", ".join(sorted(ours - {ALERTS, SCALING, AUTOSCALING}))
        raise BadInputError(Problem("there is no such SLO file", str(found), f"ours are: {names}"))
    return found
