"""Tests of Largesse."""

import os

from largesse.db import Database

# Behind a pooler that follows no prepared statements, tests and their processes open databases as the settings say.
if os.environ.get("LARGESSE_PREPARED_STATEMENTS") == "no":
    vars(Database)["open"].__func__.__kwdefaults__["prepared"] = False
