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
TABLES = f"""
    CREATE SCHEMA auction;
    CREATE TABLE auction.lots (id int PRIMARY KEY, highest int NOT NULL DEFAULT 0);
    CREATE TABLE auction.bids (
      id int PRIMARY KEY, lot int NOT NULL, bidder int NOT NULL, amount int NOT NULL, remark text NOT NULL);
    INSERT INTO auction.lots SELECT generate_series(1, {LOTS});
    INSERT INTO auction.bids
      SELECT n, n % 20011, n % 12500, n % 997, repeat('to be hammered down ', 5)
        FROM generate_series(1, 300000) AS n;
    CREATE INDEX bids_bidder ON auction.bids (bidder);
    CREATE INDEX bids_lot ON auction.bids (lot);
    ANALYZE auction.bids;
"""
#: Planned as a look at the rivals of each bid, whatever indexes there are: without one it takes 24 scans of
#: the table, which is long on any machine.
OUTBID = """
    SELECT count(*) FROM auction.bids AS mine WHERE mine.bidder = %s AND mine.amount <
      (SELECT max(rival.amount) FROM auction.bids AS rival WHERE rival.lot = mine.lot)
"""
#: One process for one query, so that how long it takes depends on the machine no more than it must.
ALONE = "-c max_parallel_workers_per_gather=0"


class Visit(BaseHTTPRequestHandler):
    """One connection of one client."""

    protocol_version = "HTTP/1.1"
    server: AuctionHouse

    def do_GET(self) -> None:
        """``/bids/{bidder}``: how often somebody was outbid; in the cache stands only who asked last."""
        kind, _, bidder = self.path.rpartition("/")
        if kind != "/bids":
            self._answer("no such page", status=404)
            return
        self.server.cache.set("auction:asked", bidder)
        with self.server.database.connection() as connection:
            bids = connection.execute(OUTBID, (int(bidder),)).fetchone()
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
        self.database = ConnectionPool(dsn, min_size=10, max_size=60, open=True, kwargs={"options": ALONE})
        self.cache = redis.Redis.from_url(redis_url)
        super().__init__(("127.0.0.1", 0), Visit)


if __name__ == "__main__":
    with AuctionHouse(*sys.argv[1:]) as house:
        threading.Thread(target=house.serve_forever, daemon=True).start()
        sys.stdout.write(f"{house.server_address[1]}\n")
        sys.stdout.flush()
        sys.stdin.read()
