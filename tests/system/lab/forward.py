"""Carry connections from an inherited listening socket to one address.

Run as `nsenter --net=NAMESPACE python3 forward.py FD ADDRESS PORT`: a socket stays in the network
namespace it was made in, so the listener is this machine's and the connections are the lab's.
"""

import asyncio
import socket
import sys
from contextlib import suppress

CHUNK = 65536


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Copy one direction to its end, and pass the end on."""
    with suppress(ConnectionError):
        while data := await reader.read(CHUNK):
            writer.write(data)
            await writer.drain()
    with suppress(ConnectionError, OSError, RuntimeError):
        writer.write_eof()


async def main(descriptor: int, address: str, port: int) -> None:
    """Serve until killed."""

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there_reader, there_writer = await asyncio.open_connection(address, port)
        except OSError:
            writer.transport.abort()
            return
        await asyncio.gather(pump(reader, there_writer), pump(there_reader, writer))
        there_writer.close()
        writer.close()

    server = await asyncio.start_server(carry, sock=socket.socket(fileno=descriptor))
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
