"""A target that logs when each request came, and can stall.

Run as ``python logged_target.py PORT LOG STALL_EVERY_S STALL_S [HOST]``; it prints the port it took.
"""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Cache: HIT\r\nContent-Length: 2\r\n\r\n{}"
MISSING = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, log: Path) -> None:
    with log.open("a", buffering=1) as lines:
        while head := await reader.readuntil(b"\r\n\r\n"):
            path = head.split(b" ", 2)[1].decode()
            lines.write(f"{time.time()} {path}\n")
            writer.write(MISSING if path.startswith("/missing") else ANSWER)
            await writer.drain()


async def serve(port: int, log: Path, every_s: float, stall_s: float, host: str) -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await answer(reader, writer, log)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(handle, host, port, backlog=1024)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    while True:
        await asyncio.sleep(every_s)
        time.sleep(stall_s)  # noqa: ASYNC251 - a stall is what this is for


if __name__ == "__main__":
    asked_host = sys.argv[5] if len(sys.argv) > 5 else "127.0.0.1"
    asyncio.run(
        serve(int(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3]), float(sys.argv[4]), asked_host)
    )
