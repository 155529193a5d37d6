"""What can be done with saved views."""

import re
from datetime import datetime
from typing import Final
from uuid import UUID

from largesse.db import Connection
from largesse.domain.saved_views import store
from largesse.domain.saved_views.model import NAME_MAX, QUERY_MAX, VIEWS_MAX, SavedView, SavedViewInvalid
from largesse.kernel import free_text
from largesse.kernel.errors import FieldError
from largesse.kernel.ids import new_id

_LIST: Final = re.compile(r"[a-z]+(?:[-/][a-z]+){0,4}")


async def save_view(
    connection: Connection, merchant_id: UUID, person_id: UUID, *, of: str, name: str, query: str, now: datetime
) -> SavedView:
    """Keep what somebody sees in the list `of`; under a name that is theirs already it takes the other's place.

    Raises:
        SavedViewInvalid: it has no name that can stand, or is one too many.
    """
    name = free_text.one_line(name)
    wrong = not 1 <= len(name) <= NAME_MAX or free_text.holds_unseen(name)
    if wrong or len(query) > QUERY_MAX or not _LIST.fullmatch(of):
        raise SavedViewInvalid(fields=[FieldError("name", SavedViewInvalid.code, SavedViewInvalid.message)])
    known = await store.views_of(connection, merchant_id, person_id, of)
    if len(known) >= VIEWS_MAX and name.lower() not in {one.name.lower() for one in known}:
        raise SavedViewInvalid(fields=[FieldError("name", SavedViewInvalid.code, SavedViewInvalid.message)])
    view = SavedView(
        merchant_id=merchant_id,
        view_id=new_id(now),
        person_id=person_id,
        list=of,
        name=name,
        query=query,
        saved_at=now,
    )
    await store.put_view(connection, view)
    return view
