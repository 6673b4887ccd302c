"""PixivTailor's files, results and configurations."""

from __future__ import annotations

import asyncio
import secrets
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response

from runyard.dialects.pixivtailor.envelope import (
    DIALECT,
    body_of,
    number_of,
    object_of,
    success,
    text_of,
    texts_of,
)
from runyard.dialects.pixivtailor.files import IMAGES
from runyard.dialects.pixivtailor.words import is_task_id
from runyard.dialects.pixivtailor.yard import tailor_of
from runyard.domain.errors import Invalid, NotFound

_MOST_DELETED = 1_000
_ANALYZERS = ("wd14tagger", "deepdanbooru", "deepbooru")


@DIALECT.on("GET", "/api/tasks/{task_id}/images/{number}")
async def image_of_task(request: Request) -> Response:
    task_id, number = request.path_params["task_id"], request.path_params["number"]
    if not is_task_id(task_id) or not (number.isascii() and number.isdigit() and len(number) < 7):
        raise NotFound("Image not found")
    images = tailor_of(request).images
    path = await asyncio.to_thread(images.image_of_task, task_id, int(number))
    return _file(path, {"cache-control": "public, max-age=3600"})


@DIALECT.on("GET", "/api/images/{path:path}")
async def image(request: Request) -> Response:
    try:
        path = await asyncio.to_thread(tailor_of(request).images.file, request.path_params["path"])
    except NotFound:
        return PlainTextResponse("404 page not found", status_code=404)
    return _file(path, {})


def _file(path: Path, headers: dict[str, str]) -> Response:
    """Only images are shown; whatever else lies there is for saving, not for running."""
    shown = path.suffix.lower() in IMAGES
    return FileResponse(
        path,
        headers={"x-content-type-options": "nosniff", **headers},
        filename=None if shown else path.name,
        media_type=None if shown else "application/octet-stream",
    )


@DIALECT.on("POST", "/api/filetree")
async def file_tree(request: Request) -> Response:
    return success({"fileTree": await asyncio.to_thread(tailor_of(request).images.tree)})


@DIALECT.on("POST", "/api/files/delete")
async def delete_files(request: Request) -> Response:
    names = texts_of(await body_of(request), "file_paths")
    if not names:
        raise Invalid("File paths are required")
    if len(names) > _MOST_DELETED:
        raise Invalid("Invalid request body", details=f"at most {_MOST_DELETED} files at once")
    deleted = await asyncio.to_thread(tailor_of(request).images.delete, names)
    data: dict[str, Any] = {
        "deleted_count": deleted.count,
        "failed_count": len(deleted.failed),
        "failed_items": deleted.failed,
        "message": f"成功删除 {deleted.count} 个文件",
    }
    if deleted.failed:
        data["warning"] = f"{len(deleted.failed)} 个文件删除失败"
    return success(data)


@DIALECT.on("POST", "/api/crawl/results")
async def crawl_results(request: Request) -> Response:
    return await _images_page(request, type_="crawl", name="results")


@DIALECT.on("POST", "/api/generated/images")
async def generated_images(request: Request) -> Response:
    return await _images_page(request, type_="generate", name="images")


async def _images_page(request: Request, *, type_: str, name: str) -> Response:
    body = await body_of(request)
    pagination = {**body, **object_of(body, "pagination")}
    page = max(1, number_of(pagination, "page", 1))
    size = number_of(pagination, "page_size", 20)
    size = 20 if size <= 0 else min(size, 100)
    found = await asyncio.to_thread(tailor_of(request).images.images, type_)
    start = (page - 1) * size
    return success(
        {
            name: found[start : start + size],
            "pagination": {"page": page, "page_size": size, "total": len(found)},
        }
    )


@DIALECT.on("GET", "/api/tag/analyzers")
@DIALECT.on("POST", "/api/tag/analyzers")
async def analyzers(request: Request) -> Response:
    del request
    return success({"analyzers": list(_ANALYZERS)})


# Configurations


@DIALECT.on("GET", "/api/configs")
async def configs(request: Request) -> Response:
    asked = request.query_params
    page = max(1, number_of({"page": asked.get("page")}, "page", 1))
    size = number_of({"pageSize": asked.get("pageSize")}, "pageSize", 20)
    size = 20 if size <= 0 else min(size, 100)
    every = await asyncio.to_thread(tailor_of(request).configs.all)
    category, name = asked.get("category", ""), asked.get("name", "").lower()
    fits = [
        config
        for config in every
        if (not category or config.get("category") == category)
        and name in str(config.get("name", config["id"])).lower()
    ]
    start = (page - 1) * size
    return success(
        {
            "configs": fits[start : start + size],
            "total": len(fits),
            "page": page,
            "page_size": size,
            "categories": _categories(every),
        }
    )


@DIALECT.on("GET", "/api/configs/categories")
async def categories(request: Request) -> Response:
    every = await asyncio.to_thread(tailor_of(request).configs.all)
    return success({"categories": _categories(every)})


@DIALECT.on("GET", "/api/configs/{config_id}")
async def config(request: Request) -> Response:
    found = await asyncio.to_thread(tailor_of(request).configs.get, _config_id(request))
    return success(found)


@DIALECT.on("POST", "/api/configs/file/create")
async def create_config(request: Request) -> Response:
    body = await body_of(request)
    config_id = text_of(body, "id") or text_of(body, "config_id") or secrets.token_hex(4)
    kept = {name: value for name, value in body.items() if name not in {"id", "config_id"}}
    return success(await asyncio.to_thread(tailor_of(request).configs.save, config_id, kept))


@DIALECT.on("PUT", "/api/configs/{config_id}")
@DIALECT.on("POST", "/api/configs/file/{config_id}/update")
async def update_config(request: Request) -> Response:
    config_id, body = _config_id(request), await body_of(request)
    stored = tailor_of(request).configs
    before = await asyncio.to_thread(stored.get, config_id)
    kept = {name: value for name, value in {**before, **body}.items() if name != "id"}
    return success(await asyncio.to_thread(stored.save, config_id, kept))


@DIALECT.on("DELETE", "/api/configs/{config_id}")
@DIALECT.on("POST", "/api/configs/file/{config_id}/delete")
async def delete_config(request: Request) -> Response:
    await asyncio.to_thread(tailor_of(request).configs.delete, _config_id(request))
    return success({"message": "Config deleted successfully"})


def _config_id(request: Request) -> str:
    config_id: str = request.path_params["config_id"]
    return config_id


def _categories(every: list[dict[str, Any]]) -> list[str]:
    named = {str(one["category"]) for one in every if one.get("category")}
    return sorted(named)
