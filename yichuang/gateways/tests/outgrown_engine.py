"""An engine that is too large after every answer, for tests: it tells its process."""

import os
import socket
import sys

from yichuang.gateways.engine_serving import serve

if __name__ == "__main__":
    serve(
        socket.socket(fileno=int(sys.argv[1])), lambda _: b"+%d" % os.getpid(), idle=10, limit=10, most=1,
    )  # fmt: skip
