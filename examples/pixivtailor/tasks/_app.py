"""Executors for PixivTailor's task types, one of them new.

Start the server with `runyard serve --tasks tasks --app tasks/_app.py`, then run `client.py`.
"""

from pathlib import Path
from typing import Any

from runyard.compat.pixivtailor import TaskContext, register_executor


@register_executor("crawl")
def crawl(ctx: TaskContext, task_id: str, config: dict[str, Any]) -> dict[str, Any]:
    """Write a few empty pictures where a real crawler would save what it finds."""
    folder = ctx.output_dir or Path(task_id)
    folder.mkdir(parents=True, exist_ok=True)
    wanted = min(int(config["limit"]), 5)
    ctx.update_images_found(wanted)
    for number in range(wanted):
        if ctx.cancelled():
            break
        (folder / f"artworks_{number}_p00.png").touch()
        ctx.update_images_downloaded(number + 1)
        ctx.update_progress(50 + 45 * (number + 1) / wanted)
    ctx.log("info", f"{wanted} images for {config['query']!r}")
    return {"expected_images": wanted, "has_limit": True}


def upscale(ctx: TaskContext, task_id: str, config: dict[str, Any]) -> dict[str, Any]:
    """A type of our own; it has a queue of its own, too."""
    ctx.update_progress(50, f"task {task_id} is half done")
    return {"size": config["size"] * config.get("factor", 2)}


register_executor("upscale", upscale)
