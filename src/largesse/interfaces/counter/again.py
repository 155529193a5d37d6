"""A form that was kept is sent again by ourselves: once it was approved from afar, or for who comes back to a device.

The form was checked when it was sent, and is sealed for its person and device. What is done is done under the operation
that it carries, so that however often somebody comes here it happens once.
"""

from typing import Final, cast

import msgspec
from litestar import Request
from litestar.types import HTTPScope

from largesse.domain.staff import SignedOut
from largesse.interfaces.counter.caller import CounterVisitor
from largesse.interfaces.counter.front import CounterAnswer, CounterFront, counter_path
from largesse.services.tills import KeptForm
from largesse.web.request import AnyRequest
from largesse.web.responses import see_other

LOOKING: Final = "looking"
"""The field of a form that is only looked at: nothing is done of it."""
_ACTS: Final = frozenset({"tender", "act", "take", "sure", "drop", "move", "paper"})
"""Fields that say what a form does; without them it is shown."""


async def sent_again(front: CounterFront, visitor: CounterVisitor, form: KeptForm) -> CounterAnswer:
    """Do what a kept form asked for, for who sent it."""
    page = front.posted[form.template]
    return await front.served(_sender(visitor, form), page.rule, page.work)


async def looked_at(front: CounterFront, visitor: CounterVisitor, form: KeptForm) -> CounterAnswer:
    """Show what was typed on a kept form as it was typed, and do nothing."""
    page = front.posted.get(form.template)
    if page is None or not page.rule.looks:
        return see_other(counter_path(visitor.merchant.slug))
    looks = front.posted[page.rule.looks]
    fields = {name: value for name, value in form.fields.items() if name not in _ACTS} | {LOOKING: "yes"}
    path = page.rule.looks
    for name, value in form.params.items():
        path = path.replace(f"{{{name}:str}}", value)
    shown = msgspec.structs.replace(form, path=path, template=page.rule.looks, fields=fields)
    return await front.served(_sender(visitor, shown), looks.rule, looks.work)


def _sender(visitor: CounterVisitor, form: KeptForm) -> CounterVisitor:
    """Return who sent a form, as they came with it.

    Raises:
        SignedOut: the form is of another counter.
    """
    if form.params.get("slug") != visitor.request.path_params["slug"]:
        raise SignedOut
    scope = {**visitor.request.scope, "method": "POST", "path": form.path, "path_params": dict(form.params)}
    request: AnyRequest = Request(cast("HTTPScope", scope))
    return msgspec.structs.replace(visitor, request=request, template=form.template, fields=form.fields)
