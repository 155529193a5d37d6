"""Saved views: what somebody looks at again and again in a list of the office, under a name of their own."""

from largesse.domain.saved_views.actions import save_view
from largesse.domain.saved_views.model import NAME_MAX, VIEWS_MAX, SavedView, SavedViewInvalid
from largesse.domain.saved_views.store import drop_view, views_of
