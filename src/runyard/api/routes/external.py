"""Reports of work that is done elsewhere: sign of life, progress, outcome."""

from starlette.requests import Request
from starlette.responses import Response

from runyard.api.answers import RunAnswer
from runyard.api.calls import caller_of, service_of
from runyard.api.models import FinishBody, ProgressBody
from runyard.api.operations import Operations
from runyard.api.routes.runs import run_answer
from runyard.domain.runs import RunError
from runyard.domain.states import RunStatus

external = Operations("external work")


@external.on("POST", "/runs/{run_id}/heartbeat", answers=RunAnswer, errors=(404, 409))
async def heartbeat_run(request: Request, run_id: str) -> Response:
    """Say that the work still goes on; without a sign of life in time the run ends."""
    service = service_of(request)
    return await run_answer(request, await service.heartbeat(run_id))


@external.on("POST", "/runs/{run_id}/progress", answers=RunAnswer, errors=(404, 409))
async def report_progress(request: Request, run_id: str, body: ProgressBody) -> Response:
    """Tell how far the work is; also a sign of life."""
    service = service_of(request)
    run = await service.report_progress(
        run_id, progress=body.progress, message=body.message, detail=body.detail
    )
    return await run_answer(request, run)


@external.on("POST", "/runs/{run_id}/finish", answers=RunAnswer, errors=(404, 409))
async def report_finish(request: Request, run_id: str, body: FinishBody) -> Response:
    """Tell how the work ended."""
    service = service_of(request)
    run = await service.report_finish(
        run_id,
        status=RunStatus(body.status),
        result=body.result,
        error=None if body.error is None else RunError(**body.error.model_dump()),
        by=caller_of(request),
    )
    return await run_answer(request, run)
