"""What is both owners': done at once where there is one, else asked of another one, as the page says before."""

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from largesse.domain.approvals import OwnerChange
from largesse.domain.staff import AuditReason
from largesse.interfaces.admin.office.acts import WAITS, ActPlan, ActShown, Setting
from largesse.services.certificates import Request
from largesse.services.owners import OwnersAsking, ask_owner, needs_other_owner


async def owners_plan(
    setting: Setting,
    change: OwnerChange,
    effects: Sequence[str],
    *,
    section: str,
    secret: str = "",
    kept: Mapping[str, str] | None = None,
) -> ActPlan:
    """Return what would come of a change, and whether it waits for another owner; `section` is where that is said."""
    deps, merchant, by, voice = setting.front.deps, setting.merchant, setting.caller.manager, setting.voice
    async with deps.database.connection() as connection:
        waits = await needs_other_owner(connection, merchant, by)

    async def run(request: Request) -> str | ActShown:
        code = setting.acting(request).code or AuditReason.OTHER
        asking = OwnersAsking(
            request_id=request.operation_id,
            change=replace(change, to={**change.to, "code": code.value}),
            reason=request.memo or change.act.value,
            secret=secret,
        )
        came = await ask_owner(deps, merchant, asking, by=by, now=setting.now)
        return f"/admin/{merchant.slug}{section}?done={WAITS}" if came.waits else ""

    said = [voice.t("Another owner is asked by mail; nothing changes until they agree.")] if waits else []
    return ActPlan(effects=[*effects, *said], run=run, kept=kept or {})
