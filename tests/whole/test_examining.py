"""The doctor inside the server finds what the command finds."""

from pathlib import Path

from codex2api.api.desk import Desk
from codex2api.app.examining import examining
from codex2api.app.lasting import build_lasting
from codex2api.doctor import Verdict
from codex2api.settings import load_settings
from codex2api.simulator.runner import running_simulator
from tests.doctor.examined import findings, told
from tests.served import sign_in


async def test_it_examines_with_what_the_server_has(tmp_path: Path) -> None:
    async with running_simulator() as simulator:
        sign_in(tmp_path, simulator)
        given = {
            "oauth.issuer": simulator.issuer_url,
            "backend.url": simulator.backend_url,
            "oauth.localServerPort": 0,
        }
        settings = load_settings(given, {"CODEX2API_HOME": str(tmp_path)})
        lasting = build_lasting(settings, Desk())
        async with lasting.lifespan():
            found = {each.check: each for each in await examining(settings, lasting)()}
        by_command = await findings(tmp_path, simulator)

    assert found.keys() == by_command.keys()
    assert found["access"].verdict is found["limits"].verdict is Verdict.OK
    assert told(found["server"]) == "ok: The server runs at http://127.0.0.1:3000."
