"""A web service whose long work is done by Runyard, with a page that shows a progress bar.

    runyard serve --tasks examples/progress_service/tasks
    python examples/progress_service/service.py 8000

Then open http://127.0.0.1:8000. The address of Runyard is RUNYARD_URL, or this machine's port 5000.
"""

from __future__ import annotations

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from runyard import Client, ClientError

PAGE = Path(__file__).with_name("page.html")


class Service(BaseHTTPRequestHandler):
    """`POST /reports` starts a report, `GET /reports/<id>` says how far it is."""

    yard: Client

    def do_POST(self) -> None:
        size = int(self.headers.get("Content-Length") or 0)
        try:
            asked = json.loads(self.rfile.read(size) or b"{}")
            run = self.yard.submit("report", asked, labels=["web"])
        except ValueError:
            self.answer(400, {"error": "this is not JSON"})
        except ClientError as error:
            self.answer(error.status or 503, {"error": error.message})
        else:
            self.answer(202, {"id": run.id})

    def do_GET(self) -> None:
        folder, _, run_id = self.path.strip("/").rpartition("/")
        if folder != "reports":
            self.send(200, "text/html; charset=utf-8", PAGE.read_bytes())
            return
        try:
            run = self.yard.runs.get(run_id)
        except ClientError as error:
            self.answer(error.status or 503, {"error": error.message})
            return
        self.answer(
            200,
            {
                "status": run.status,
                "is_over": run.is_final,
                "progress": run.progress or 0,
                "message": run.message or "",
                "result": run.result,
            },
        )

    def answer(self, status: int, document: dict[str, Any]) -> None:
        self.send(status, "application/json", json.dumps(document).encode())

    def send(self, status: int, media_type: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def main() -> None:
    with Client() as yard:
        Service.yard = yard
        port = int(sys.argv[1]) if len(sys.argv) > 1 else 8000
        server = ThreadingHTTPServer(("127.0.0.1", port), Service)
        print(f"http://127.0.0.1:{server.server_port}", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
