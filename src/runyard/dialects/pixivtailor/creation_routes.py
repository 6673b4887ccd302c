"""PixivTailor's creations: generate with a configuration, crawl, tag, and any registered type."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from runyard.dialects.pixivtailor import webui
from runyard.dialects.pixivtailor.configs import overridden
from runyard.dialects.pixivtailor.envelope import (
    DIALECT,
    body_of,
    failure,
    number_of,
    object_of,
    success,
    text_of,
    texts_of,
)
from runyard.dialects.pixivtailor.words import TaskView, record_fields
from runyard.dialects.pixivtailor.yard import tailor_of
from runyard.domain.errors import Invalid

_CRAWL_NEEDS = {
    "tag": ("query", "Query is required for tag crawling"),
    "user": ("user_id", "UserID is required for user crawling"),
    "illust": ("illust_id", "IllustID is required for illust crawling"),
}


@DIALECT.on("POST", "/api/generate-with-config")
async def generate(request: Request) -> Response:
    body = await body_of(request)
    if not await webui.is_running():
        return failure(503, "WebUI is not running", "请先启动 WebUI")
    tailor = tailor_of(request)
    config_id = text_of(body, "config_id")
    if not config_id:
        raise Invalid("Config ID is required")
    config = await asyncio.to_thread(tailor.configs.get, config_id)
    full = overridden(config, object_of(body, "override"))
    view = await tailor.tasks.create("generate", {**full, "config_id": config_id})
    return success({"task_id": view.record.id, "message": "AI生成任务已创建", "status": "pending"})


@DIALECT.on("POST", "/api/generate")
async def generate_the_old_way(request: Request) -> Response:
    del request
    return failure(501, "deprecated, use generate-with-config")


@DIALECT.on("POST", "/api/crawl/create")
async def crawl(request: Request) -> Response:
    config = _crawl_config(await body_of(request))
    return _created(await tailor_of(request).tasks.create("crawl", config), "爬虫任务已创建")


@DIALECT.on("POST", "/api/tag/create")
async def tag(request: Request) -> Response:
    config = _tag_config(await body_of(request))
    return _created(await tailor_of(request).tasks.create("tag", config), "标签任务已创建")


@DIALECT.on("POST", "/api/task/create")
async def any_type(request: Request) -> Response:
    """For types that are registered: the original has no route to them."""
    body = await body_of(request)
    type_ = text_of(body, "type")
    if not type_:
        raise Invalid("Type is required")
    view = await tailor_of(request).tasks.create(type_, object_of(body, "config"))
    return _created(view, "任务已创建")


def _created(view: TaskView, message: str) -> Response:
    """The whole record; a task that starts at once is shown as it was created: waiting."""
    fields = {**record_fields(view), "status": "pending", "error_message": ""}
    return success({**fields, "task_id": view.record.id, "message": message})


def _crawl_config(body: dict[str, Any]) -> dict[str, Any]:
    kind = text_of(body, "crawl_type") or text_of(body, "type")
    if not kind:
        raise Invalid("Type is required")
    if kind not in _CRAWL_NEEDS:
        raise Invalid("Invalid crawl type", details="crawl_type must be tag, user or illust")
    config = {
        **body,
        "crawl_type": kind,
        "type": kind,
        "query": text_of(body, "query"),
        "user_id": number_of(body, "user_id", 0),
        "illust_id": number_of(body, "illust_id", 0),
        "order": text_of(body, "order", "date_d"),
        "mode": text_of(body, "mode", "all"),
        "limit": _positive(body, "limit", 100),
        "max_images": max(0, number_of(body, "max_images", 0)),
        "delay": _positive(body, "delay", 1),
        "cookie": text_of(body, "cookie", "default"),
    }
    needed, complaint = _CRAWL_NEEDS[kind]
    if not config[needed]:
        raise Invalid(complaint)
    return config


def _tag_config(body: dict[str, Any]) -> dict[str, Any]:
    several = isinstance(body.get("input_dir"), list)
    given = texts_of(body, "input_dir") if several else [text_of(body, "input_dir")]
    folders = [folder for folder in given if folder.strip()]
    if not folders:
        raise Invalid("输入目录不能为空")
    if not all(map(_stays_below, (*folders, text_of(body, "output_dir")))):
        raise Invalid("Invalid request body", details="a folder must stay below the data")
    save_type = text_of(body, "save_type", "txt")
    if save_type not in {"txt", "json", "csv"}:
        raise Invalid("Invalid request body", details="save_type must be txt, json or csv")
    return {
        **body,
        "input_dir": folders,
        "output_dir": text_of(body, "output_dir"),
        "analyzer": text_of(body, "analyzer", "wd14tagger"),
        "skip_tags": texts_of(body, "skip_tags"),
        "extend_tags": texts_of(body, "extend_tags"),
        "tag_order": text_of(body, "tag_order", "score"),
        "save_type": save_type,
        "limit": _positive(body, "limit", 100),
    }


def _stays_below(folder: str) -> bool:
    parts = folder.replace("\\", "/").split("/")
    return ".." not in parts and not (folder and parts[0] == "")


def _positive(body: dict[str, Any], name: str, default: int) -> int:
    number = number_of(body, name, default)
    return number if number > 0 else default
