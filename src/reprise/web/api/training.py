"""Models, training runs with their curves as they grow, and the comparison of all models."""

from __future__ import annotations

from typing import Any

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from ninja import Query, Router

from reprise.web.api.schemas import Page
from reprise.web.api.schemas_training import Comparison, Curve, ModelOut, RunOut
from reprise.web.api.streams import changes, event_stream
from reprise.web.library import training_runs

router = Router(tags=["models"])


@router.get("/models", response=list[ModelOut])
def list_models(request: HttpRequest) -> Any:
    """List the models of this installation."""
    return training_runs.all_models()


@router.get("/runs", response=Page[RunOut])
def list_runs(
    request: HttpRequest, limit: int = Query(50, ge=1, le=100), offset: int = Query(0, ge=0, le=10_000_000)
) -> Any:
    """List training runs, those that run now first."""
    rows = training_runs.runs()
    return {"items": rows[offset : offset + limit], "total": len(rows), "limit": limit, "offset": offset}


@router.get("/runs/{name}", response=RunOut)
def show_run(request: HttpRequest, name: str) -> Any:
    """Show one run."""
    return training_runs.run(name)


@router.get("/runs/{name}/curves", response=list[Curve])
def run_curves(request: HttpRequest, name: str) -> Any:
    """Give the curves of a run, epoch by epoch."""
    return training_runs.curves(name)


@router.get("/runs/{name}/events")
def run_events(request: HttpRequest, name: str) -> StreamingHttpResponse:
    """Send the curves whenever they have grown, until the run ends; each event ``curves`` has a list of curves."""
    training_runs.run(name)

    def look() -> tuple[Any, bool]:
        return training_runs.curves(name), training_runs.run(name)["status"] != "running"

    return event_stream(changes("curves", sync_to_async(look), every_s=1.0))


@router.get("/comparison", response=Comparison)
def compare_models(request: HttpRequest) -> Any:
    """Compare all models, published and trained here."""
    return training_runs.comparison()


@router.get("/comparison/pictures/{name}")
def comparison_picture(request: HttpRequest, name: str) -> HttpResponse:
    """Send a picture of the comparison."""
    png = training_runs.published_picture(name)
    return HttpResponse(png, content_type="image/png", headers={"Cache-Control": "max-age=86400"})
