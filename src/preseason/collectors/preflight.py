"""Whether Postgres, PgBouncer and Redis can be sampled: one short connection each, before all else.

What the user wrote wrongly (an address, a name, a password) is told from what does not answer: the first can
only be mended on the command line, the second may be there in a minute. No password is ever shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn
from urllib.parse import urlsplit

import psycopg
import redis
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.pq import PGconn, Ping

from preseason.collectors import redis as redis_source
from preseason.collectors.addresses import first_line, has_misplaced_at, redact, scrub
from preseason.collectors.deadline import CONNECT_S
from preseason.collectors.pgbouncer import console
from preseason.collectors.postgres import session
from preseason.collectors.redis.limits import sentinel
from preseason.errors import BadInputError, Problem, UnreachableError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from preseason.run.manifest import Source

POSTGRES, REDIS, PGBOUNCER = "--postgres", "--redis", "--pgbouncer"
_POSTGRES_FORM = "write postgresql://USER:PASSWORD@HOST:PORT/DATABASE"
_REDIS_FORM = "write redis://USER:PASSWORD@HOST:PORT/NUMBER, rediss:// with TLS, or unix:///PATH"
_ENCODE = "@ : / ? # % and spaces within a user name or password are written percent-encoded (@ is %40)"
_POSTGRES_ACCOUNT = "check the user, the password and the name of the database"
_DIRECT = "name the server itself, not the pooler before it"
_NO_CONSOLE = "name the address that PgBouncer listens on (port 6432 by default)"
_ENOUGH_SLOTS = "end some sessions or raise max_connections; one connection of ours is enough"
_REDIS_ACCOUNT = "check the user and the password"
_REDIS_TLS = (
    "check the port, and ?ssl_ca_certs=FILE where its authority is your own; without TLS, write redis://"
)
_REDIS_RIGHTS = "ACL SETUSER … +info +ping for our user"
_NO_REDIS_URL = Problem("this is no address of a Redis", REDIS, f"{_REDIS_FORM}; {_ENCODE}")
_MAX_PORT = 65535
_PING_S = 2


def check_postgres(dsn: str) -> Source:
    """What answers at ``dsn``.

    Raises BadInputError for a malformed address, refused credentials or an unknown database, and
    UnreachableError where no Postgres answers within five seconds.
    """
    if problems := list(_dsn_mistakes(dsn, POSTGRES)):
        raise BadInputError(problems)
    try:
        with session.connect(dsn) as connection:
            connection.execute("SELECT 1")
            return session.source(connection.info)
    except psycopg.Error as error:
        _refuse_postgres(dsn, error)


def _dsn_mistakes(dsn: str, option: str) -> Iterator[Problem]:
    if has_misplaced_at(dsn):
        yield Problem("an @ stands where none can be", option, _ENCODE)
        return
    try:
        known = conninfo_to_dict(dsn)
    except psycopg.ProgrammingError as error:
        yield Problem(_unquoted(str(error)), option, f"{_POSTGRES_FORM}; {_ENCODE}")
        return
    for port in str(known.get("port") or "5432").split(","):
        if not (port.isdecimal() and 0 < int(port) <= _MAX_PORT):
            yield Problem("the port is no number from 1 to 65535", option, f"{_POSTGRES_FORM}; {_ENCODE}")


def _unquoted(message: str) -> str:
    """What libpq says of a malformed address, without the piece it quotes: that may be part of a password.

    An option it does not know is quoted by name alone, which helps: Prisma's ``schema``, say.
    """
    reason = first_line(message)
    if reason.startswith('missing "="'):
        return "this is neither a postgresql:// URL nor a list of KEY=VALUE"
    if reason.startswith(("invalid URI query parameter", "invalid connection option")):
        return reason
    before, quote, rest = reason.partition('"')
    return f"{before}…{rest.rpartition(quote)[2]}" if quote else reason


def _refuse_postgres(dsn: str, error: psycopg.Error) -> NoReturn:
    address = redact(dsn).removeprefix("postgresql://").partition("/")[0]
    nowhere = f"{POSTGRES} {address}"
    reason = _reason(error, dsn)
    if isinstance(error, psycopg.errors.ConnectionTimeout):
        silent = f"nothing answered within {CONNECT_S} s"
        raise UnreachableError(Problem(silent, nowhere, "is it a Postgres, and may we reach it?")) from error
    if "unsupported startup parameter" in reason:
        raise BadInputError(Problem(reason, POSTGRES, _DIRECT)) from error
    if "SSL" in reason or "certificate" in reason:
        raise BadInputError(Problem(reason, POSTGRES, "check sslmode and its companions")) from error
    if "too many" in reason or "remaining connection slots" in reason:
        raise UnreachableError(Problem(reason, nowhere, _ENOUGH_SLOTS)) from error
    # libpq keeps the server's error code to itself, but its ping judges by it: OK is "alive, but not for us".
    # Texts would not do, servers speak many languages.
    if PGconn.ping(make_conninfo(dsn, connect_timeout=_PING_S).encode()) == Ping.OK:
        raise BadInputError(Problem(reason, POSTGRES, _POSTGRES_ACCOUNT)) from error
    raise UnreachableError(Problem(reason, nowhere, "is it running, and may we reach it?")) from error


def check_pgbouncer(dsn: str) -> Source:
    """What answers at ``dsn``; raises as :func:`check_postgres` does."""
    if problems := list(_dsn_mistakes(dsn, PGBOUNCER)):
        raise BadInputError(problems)
    try:
        with console.connect(dsn) as connection:
            if not console.is_console(connection.info):
                raise BadInputError(
                    Problem("a Postgres answers here, not a PgBouncer", PGBOUNCER, _NO_CONSOLE)
                )
            return console.source(connection.info)
    except psycopg.Error as error:
        reason = _reason(error, dsn)
        if console.is_refusal(reason):
            raise BadInputError(Problem(reason, PGBOUNCER, console.CURE)) from error
        if 'database "pgbouncer" does not exist' in reason:
            raise BadInputError(Problem(reason, PGBOUNCER, _NO_CONSOLE)) from error
        nowhere = f"{PGBOUNCER} {redact(dsn).removeprefix('postgresql://').partition('/')[0]}"
        remedy = "is it running, is it a PgBouncer, and may we reach it?"
        raise UnreachableError(Problem(reason, nowhere, remedy)) from error


def check_redis(url: str) -> Source:
    """What answers at ``url``; raises as :func:`check_postgres` does."""
    client = _redis_client(url)
    parts = urlsplit(url)
    nowhere = f"{REDIS} {parts.netloc.rpartition('@')[2] or parts.path}"
    try:
        with client:
            info = client.info()
        if info.get("redis_mode") == "sentinel":
            raise BadInputError(Problem(sentinel(info), REDIS, _REDIS_FORM))
        return redis_source.source(url, info)
    except redis.AuthenticationError as error:
        raise BadInputError(Problem(_reason(error, url), REDIS, _REDIS_ACCOUNT)) from error
    except redis.exceptions.NoPermissionError as error:
        raise BadInputError(Problem(_reason(error, url), REDIS, _REDIS_RIGHTS)) from error
    except redis.ResponseError as error:
        raise BadInputError(Problem(_reason(error, url), REDIS, _REDIS_FORM)) from error
    except TypeError:  # a parameter it does not know
        raise BadInputError(_NO_REDIS_URL) from None
    except (redis.RedisError, OSError) as error:
        if reason := _tls_mistake(error, url):
            raise BadInputError(Problem(reason, REDIS, _REDIS_TLS)) from error
        kind = "a Redis that speaks TLS there" if url.startswith("rediss:") else "a Redis"
        remedy = f"is it running, is it {kind}, and may we reach it?"
        raise UnreachableError(Problem(_reason(error, url), nowhere, remedy)) from error


def _tls_mistake(error: Exception, url: str) -> str:
    """What is wrong with certificates or the encryption as such; empty where it is something else."""
    reason = _reason(error, url)
    mistaken = any(word in reason for word in ("SSL", "certificate", "No such file"))
    return reason if url.startswith("rediss:") and mistaken else ""


def _redis_client(url: str) -> redis.Redis:
    if has_misplaced_at(url):
        raise BadInputError(Problem("an @ stands where none can be", REDIS, _ENCODE))
    try:
        client = redis_source.connect(url)
    except ValueError:  # its text quotes what it stumbled over: maybe a piece of a password
        raise BadInputError(_NO_REDIS_URL) from None
    database = urlsplit(url).path.strip("/")
    if not url.startswith("unix:") and database and not database.isdecimal():
        raise BadInputError(_NO_REDIS_URL)
    return client


def _reason(error: Exception, address: str) -> str:
    return first_line(scrub(str(error), address)).removeprefix("connection failed: ")
