"""A server that needs 1 ms a request, one at a time, and stands still for 1 s every 10 s.

Run as ``python stalling_server.py LOG``; prints its port, and logs each stall as ``begin end`` (epoch s).
"""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path

SERVICE_S, STALL_S, EVERY_S = 0.001, 1.0, 10.0
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while await reader.readuntil(b"\r\n\r\n"):
            time.sleep(SERVICE_S)  # noqa: ASYNC251 - one request at a time is the point
            writer.write(ANSWER)
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def main(log: Path) -> None:
    server = await asyncio.start_server(answer, "127.0.0.1", 0, backlog=2048)
    print(server.sockets[0].getsockname()[1], flush=True)
    while True:
        await asyncio.sleep(EVERY_S - STALL_S)
        began_s = time.time()
        time.sleep(STALL_S)  # noqa: ASYNC251 - so is this
        with log.open("a") as lines:
            lines.write(f"{began_s} {time.time()}\n")


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
