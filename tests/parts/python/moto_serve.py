"""Serves moto on a free loopback port until its standard input ends.

Not moto's own command: that one takes a port chosen beforehand (another process may take it in between), logs every
request, and outlives a test that was killed. Here the system chooses the port, which is printed once the server
listens, and the end of standard input, which comes however the parent ends, ends the server.
"""

import os
import sys
import threading

from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from werkzeug.serving import make_server


class Handler(MotoRequestHandler):
    # Without this, each answer on a kept connection waits 40 ms for the client's delayed acknowledgement.
    disable_nagle_algorithm = True

    def log_request(self, *args, **kwargs):
        pass


def exit_with_parent():
    sys.stdin.buffer.read()
    os._exit(0)


threading.Thread(target=exit_with_parent, daemon=True).start()
server = make_server("127.0.0.1", 0, DomainDispatcherApplication(create_backend_app), threaded=True, request_handler=Handler)
os.environ["MOTO_PORT"] = str(server.port)
print(server.port, flush=True)
server.serve_forever()
