"""When clusters and map are made by themselves: the queue has run dry, and the library is another than they know."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from reprise.web.library.jobs import start_groups
from reprise.web.library.models import Job, Setting, Track
from reprise.web.library.queueing import Priority

__all__ = ["FEWEST_NEW", "NEW_SHARE", "start_groups_if_due"]

FEWEST_NEW = 20
"""So many tracks must have been analysed since the last making…"""

NEW_SHARE = 0.1
"""… and so great a part of all."""

_ASKED = "groups_asked"


def start_groups_if_due() -> Job | None:
    """Begin to make clusters and map, if nothing else is to be done and enough tracks are new to them.

    Several workers may ask at once: one job comes of it. A making that fails is not begun again before as many further
    tracks have come.

    Returns
    -------
    Job or None
        ``None`` if it is not due.
    """
    if not _is_due():  # without a lock: it is asked whenever a queue has run dry
        return None
    with transaction.atomic():
        Setting.objects.get_or_create(name=_ASKED, defaults={"value": {}})
        row = Setting.objects.select_for_update().get(name=_ASKED)
        if not _is_due():
            return None  # another worker was faster
        row.value = {"at": timezone.now().isoformat()}
        row.save()
        return start_groups(None, priority=Priority.UNASKED)


def _is_due() -> bool:
    open_ones = (TaskResultStatus.READY, TaskResultStatus.RUNNING)
    if DBTaskResult.objects.filter(status__in=open_ones).exists():
        return False
    analysed = Track.objects.filter(status=Track.Status.ANALYSED, missing_since=None)
    since = _last()
    new = (analysed.filter(analysed_at__gt=since) if since else analysed).count()
    return new >= FEWEST_NEW and new >= NEW_SHARE * analysed.count()


def _last() -> datetime | None:
    """Return when they were made last, or were to be."""
    values = dict(Setting.objects.filter(name__in=("groups", _ASKED)).values_list("name", "value"))
    told = [values.get("groups", {}).get("made_at"), values.get(_ASKED, {}).get("at")]
    return max((datetime.fromisoformat(each) for each in told if each), default=None)
