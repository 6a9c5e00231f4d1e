"""The least a durable call can be, as a process: `python -m tests.support.bare_call DSN PORT`."""

from __future__ import annotations

import asyncio
import signal
import sys
from typing import Any

import asyncpg
import grpc.aio
import uvloop
from amends.resolution.v1 import service_pb2 as pb

from services.chassis.service import calm_collector

NAME = "amends.bench.Bare"
INSERT = f"/{NAME}/Insert"
_CONNECTIONS = 8  # as many as resolution has


async def serve(dsn: str, port: int) -> None:
    """Until it is told to stop: each call inserts one row, commits, and answers."""
    async with asyncpg.create_pool(dsn, min_size=1, max_size=_CONNECTIONS) as pool:
        await pool.execute("create table bare_call (case_id text not null, cause text not null)")

        async def insert(request: pb.RecordCauseRequest, context: Any) -> pb.GetCaseRequest:
            await pool.execute("insert into bare_call values ($1, $2)", request.case_id, request.cause)
            return pb.GetCaseRequest(case_id=request.case_id)

        handler = grpc.unary_unary_rpc_method_handler(
            insert, pb.RecordCauseRequest.FromString, pb.GetCaseRequest.SerializeToString
        )
        server = grpc.aio.server()
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(NAME, {"Insert": handler}),))
        server.add_insecure_port(f"127.0.0.1:{port}")
        await server.start()
        stop = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
        await stop.wait()
        await server.stop(1)


if __name__ == "__main__":
    uvloop.install()
    calm_collector()
    asyncio.run(serve(sys.argv[1], int(sys.argv[2])))
