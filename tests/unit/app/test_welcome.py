"""What the operator is greeted with: where to go, and of people nothing but their address."""

import json
from pathlib import Path

from largesse.app.settings import from_environment
from largesse.app.welcome import greet


def test_no_screen_shows_what_people_sign_in_with(tmp_path: Path) -> None:
    secret = {"password": "open sesame", "totp_secret": "JBSWY3DPEHPK3PXP", "pin": "4711"}
    content = {
        "base_url": "http://127.0.0.1:8000",
        "merchant": {"slug": "demo", "number": "DEMO-1"},
        "partner": {
            "email": "partner@demo.example",
            "people": [{"role": "orderer", "email": "o@demo.example", **secret}],
        },
        "staff": [{"role": "owner", "email": "owner@demo.example", **secret}],
        "till": ["CODE-1"],
    }
    (tmp_path / "demo.json").write_text(json.dumps(content))
    said = list[str]()
    greet(from_environment({"LARGESSE_HOME": str(tmp_path), "LARGESSE_ENV": "demo"}), say=said.append)
    told = "\n".join(said)
    assert [one for one in (*secret.values(), "CODE-1") if one in told] == []
    assert "http://localhost:8000/partner  as o@demo.example" in told
    assert "http://localhost:8000/staff/sign-in  as owner@demo.example" in told
