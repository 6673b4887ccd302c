"""Creates tasks, listens to the WebSocket, and cleans up: `python client.py http://127.0.0.1:5000`.

Nothing here is special to Runyard but the address: it is what PixivTailor's own page sends.
"""

import json
import sys
import time

import httpx2
from websockets.sync.client import connect

from runyard.compat.pixivtailor import TaskService

url = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:5000"


def main() -> None:
    with connect(url.replace("http", "ws", 1) + "/ws") as socket:
        print(json.loads(socket.recv())["message"])
        created = httpx2.post(
            f"{url}/api/crawl/create",
            json={"crawl_type": "tag", "query": "cats", "limit": 3},
            trust_env=False,
        ).json()["data"]
        print(f"created a {created['type']} task: {created['status']}")
        status = ""
        while status not in {"completed", "failed", "cancelled"}:
            message = json.loads(socket.recv())
            if message["type"] == "task_log":
                print(f"log: {message['message']}")
            if message["type"] == "task_status" and message["task_id"] == created["id"]:
                if message["status"] != status:
                    print(f"status: {message['status']}")
                status = message["status"]

    service = TaskService(url)
    task = service.create_task("upscale", {"size": 512})
    while (now := service.get_task(task["id"]))["completed_at"] is None:
        time.sleep(0.1)
    (listed,), _ = service.list_tasks(type_="upscale")
    print(f"upscale {now['status']}: {listed['result']}")
    print(f"removed {service.cleanup_tasks('completed')} tasks")
    service.close()


if __name__ == "__main__":
    main()
