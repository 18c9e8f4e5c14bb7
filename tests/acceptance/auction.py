"""Somebody else's platform: an auction house of two endpoints, with tables and a cache of its own.

``python auction.py DSN REDIS_URL`` makes its tables, says its port and serves until standard input ends.
"""

from __future__ import annotations

import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import psycopg
import redis
from psycopg_pool import ConnectionPool

LOTS = 20
BIDDERS = 100
TABLES = f"""
    CREATE SCHEMA auction;
    CREATE TABLE auction.lots (id int PRIMARY KEY, highest int NOT NULL DEFAULT 0);
    CREATE TABLE auction.bids (
      id int PRIMARY KEY, bidder int NOT NULL, amount int NOT NULL, remark text NOT NULL);
    CREATE FUNCTION auction.is_valid(amount int) RETURNS boolean LANGUAGE plpgsql VOLATILE COST 0.1
      AS $$ BEGIN PERFORM pg_sleep(0.003); RETURN amount > 0; END $$;
    INSERT INTO auction.lots SELECT generate_series(1, {LOTS});
    INSERT INTO auction.bids
      SELECT n, n % {BIDDERS}, n, repeat(md5(n::text), 50) FROM generate_series(1, 2 * {BIDDERS}) AS n;
    CREATE INDEX bids_bidder ON auction.bids (bidder);
    ANALYZE auction.bids;
"""
#: Each bid that is looked at takes three milliseconds, and without an index all are looked at: how long that
#: takes is a matter of the clock, and hardly of the machine. The remarks make the table worth an index.
BIDS_OF = "SELECT count(*) FROM auction.bids AS mine WHERE auction.is_valid(mine.amount) AND mine.bidder = %s"


class Visit(BaseHTTPRequestHandler):
    """One connection of one client."""

    protocol_version = "HTTP/1.1"
    server: AuctionHouse

    def do_GET(self) -> None:
        """``/bids/{bidder}``: how often somebody has bid; in the cache stands only who asked last."""
        kind, _, bidder = self.path.rpartition("/")
        if kind != "/bids":
            self._answer("no such page", status=404)
            return
        self.server.cache.set("auction:asked", bidder)
        with self.server.database.connection() as connection:
            bids = connection.execute(BIDS_OF, (int(bidder),)).fetchone()
        self._answer(str(bids))

    def do_POST(self) -> None:
        """``/lots/{lot}``: one bid more."""
        lot = int(self.path.rpartition("/")[2])
        raised = "UPDATE auction.lots SET highest = highest + 1 WHERE id = %s"
        with self.server.database.connection() as connection:
            connection.execute(raised, (lot,))
        self._answer("done")

    def log_message(self, *_: object) -> None:
        """Nothing is said."""

    def _answer(self, text: str, status: int = 200) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class AuctionHouse(ThreadingHTTPServer):
    """The platform, ready to serve."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, dsn: str, redis_url: str) -> None:
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute(TABLES.encode())
        self.database = ConnectionPool(dsn, min_size=10, max_size=60, open=True)
        self.cache = redis.Redis.from_url(redis_url)
        super().__init__(("127.0.0.1", 0), Visit)


if __name__ == "__main__":
    with AuctionHouse(*sys.argv[1:]) as house:
        threading.Thread(target=house.serve_forever, daemon=True).start()
        sys.stdout.write(f"{house.server_address[1]}\n")
        sys.stdout.flush()
        sys.stdin.read()
