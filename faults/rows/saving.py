"""Rows 50 to 56: token files, and what kills, disks and people do to them."""

import asyncio
import ctypes
import json
import resource
import sys
from pathlib import Path

from faults.checks import check, refused, success
from faults.rig import secrets
from faults.rig.caller import Reply
from faults.rig.product import Product
from faults.rig.wire import good
from faults.rows.refreshing import crowd
from faults.stage import Row, Stage

ROOT = Path(__file__).parents[2]


def _stored(path: Path) -> dict[str, object]:
    parsed: dict[str, object] = json.loads(path.read_text())
    return parsed


def _used_token(stage: Stage) -> str:
    return stage.lane.calls[-1].headers["authorization"].removeprefix("Bearer ")


async def killed_after_the_answer(stage: Stage) -> str:
    """SIGKILL in the moment of the answer that a fresh token made possible."""
    for _ in range(3):
        async with stage.own(home=stage.new_home()) as product:
            stage.sign_in(product, life=-60)
            await asyncio.sleep(0.05)
            success(await stage.ask(product=product), "hi")
            product.process.kill()
            await product.ended()
        path = stage.file(product)
        stored = _stored(path)
        check(stored["access_token"] == _used_token(stage), "an older token is on disk")
        check(stored["refresh_token"] not in stage.lane.spent, "a spent refresh token is on disk")
        check(path.stat().st_mode & 0o777 == 0o600, f"mode {path.stat().st_mode:o}")
    return "3 kills: the newest token is on disk, 0600"


async def killed_while_saving(stage: Stage) -> str:
    """SIGKILL during saves, again and again (scripts/kill_saves.py)."""
    script = ROOT / "scripts" / "kill_saves.py"
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, str(script), "--cycles", "15", "--seed", str(stage.number)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await child.communicate()
    check(child.returncode == 0, err.decode()[-300:])
    return out.decode().strip()


async def two_processes(stage: Stage) -> str:
    """Two servers on one home; both need a fresh token at once."""
    stage.lane.delay = 0.5
    home = stage.new_home()
    async with stage.own(home=home) as one, stage.own(home=home) as other:
        for expected in (1, 2):
            stage.sign_in(one, life=-60)
            await asyncio.sleep(0.05)
            halves = await asyncio.gather(crowd(stage, one, 100), crowd(stage, other, 100))
            for reply in (*halves[0], *halves[1]):
                success(reply, "hi")
            count = len(stage.lane.refreshes)
            check(count == expected, f"{count} refreshes for {expected} expiries")
    check(len(set(stage.lane.refreshes)) == 2, "a token was spent twice")
    return "200 requests on two servers: 1 refresh; again after the next expiry"


async def disk_full(stage: Stage) -> str:
    """No file can grow any more, while a token is refreshed."""
    async with stage.own() as product:
        path = stage.file(product)
        stage.sign_in(product, life=-60)
        before = path.read_bytes()
        await asyncio.sleep(0.05)
        resource.prlimit(product.pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
        await _goes_on_in_memory(stage, product, path, before)
        infinity = resource.RLIM_INFINITY
        resource.prlimit(product.pid, resource.RLIMIT_FSIZE, (infinity, infinity))
        saved = await _saved_at_last(stage, product, path)
        check(b"tokens.unsaved" in product.logs(), "no warning")
    return f"served from memory, 1 refresh, the old file whole, a warning; {saved}"


async def _goes_on_in_memory(stage: Stage, product: Product, path: Path, before: bytes) -> None:
    for _ in range(5):
        success(await stage.ask(product=product), "hi")
    count = len(stage.lane.refreshes)
    check(count == 1, f"{count} refreshes")
    check(path.read_bytes() == before, "the old file was changed")
    leftovers = [found.name for found in path.parent.glob(".tokens*.tmp")]
    check(len(leftovers) <= 1, f"left behind: {leftovers}")


async def _saved_at_last(stage: Stage, product: Product, path: Path) -> str:
    for _ in range(45):  # it is tried again every 30 seconds
        success(await stage.ask(product=product), "hi")
        if _stored(path)["refresh_token"] not in stage.lane.spent:
            return "saved when there was room again"
        await asyncio.sleep(1)
    check(False, "the new token is not saved although there is room again")
    return ""


async def corrupted(stage: Stage) -> str:
    """Half of a token file, beside a good one and as the only one."""
    others = stage.file()
    others.write_text(others.read_text()[:40])
    damaged = others.read_bytes()
    error = refused(await _noticed(stage), 400, 401, 500, 503)
    check(others.read_bytes() == damaged, "the damaged file was changed")
    home = stage.new_home()
    secrets.sign_in(home, stage.account_id).write_text('{"access_token": "ey')
    async with stage.own(home=home) as product:
        alone = refused(await stage.ask(product=product), 401, 500, 503)
        check("tokens.json" in alone["message"], alone["message"])
        check(stage.file(product).read_text() == '{"access_token": "ey', "the file was changed")
        check(b"Traceback" not in product.logs(), "a traceback in the log")
        stage.sign_in(product)
        await asyncio.sleep(0.05)
        success(await stage.ask(product=product), "hi")
    return f"{error['code']}; alone: {alone['message']}; mended without a restart"


async def _noticed(stage: Stage) -> Reply:
    """The first answer that is none; among many files a change may be seen some looks later."""
    for _ in range(100):
        reply = await stage.ask()
        if reply.status != 200:
            break
        await asyncio.sleep(0.05)
    return reply


async def loose_permissions(stage: Stage) -> str:
    """0644, an open folder, a symbolic link."""
    home = stage.new_home()
    path = secrets.sign_in(home, stage.account_id)
    path.chmod(0o644)
    path.parent.chmod(0o755)
    async with stage.own(home=home) as product:
        success(await stage.ask(product=product), "hi")
        mode, folder = path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777
        check(mode == 0o600, f"mode of the file {mode:o}")
        check(folder == 0o700, f"mode of the folder {folder:o}")
    linked = stage.new_home()
    target = linked / "elsewhere.json"
    secrets.sign_in(linked, stage.account_id).rename(target)
    target.chmod(0o644)
    (linked / "data" / "tokens.json").symlink_to(target)
    async with stage.own(home=linked) as product:
        stage.lane.play(good())
        reply = await stage.ask(product=product)
        mode = target.stat().st_mode & 0o777
        check(reply.status != 200 or mode == 0o600, f"used, and mode {mode:o}")
    return f"tightened to 0600 and 0700; behind a link: {reply.status}, mode {mode:o}"


async def read_only_folder(stage: Stage) -> str:
    """The data folder cannot be written to, not even by root."""
    home = stage.new_home()
    path = secrets.sign_in(home, stage.account_id, life=-60)
    secrets.write_private(home / "data" / "local.key", secrets.LOCAL_KEY + "\n")
    (home / "logs").mkdir()
    before = path.read_bytes()
    path.parent.chmod(0o500)
    try:
        async with stage.own(home=home, before=_no_override) as product:
            await _goes_on_in_memory(stage, product, path, before)
            check(product.process.returncode is None, "it ended")
    finally:
        path.parent.chmod(0o700)
    return "served from memory, 1 refresh, the old file whole"


def _no_override() -> None:
    """Root without its right to pass over permissions; for others it changes nothing."""
    drop_from_bounding_set, dac_override = 24, 1
    ctypes.CDLL(None).prctl(drop_from_bounding_set, dac_override, 0, 0, 0)


ROWS = (
    Row(
        50,
        "SIGKILL just after the answer",
        "the newest token is on disk",
        killed_after_the_answer,
        slow=True,
    ),
    Row(
        51, "SIGKILL during saves", "the old or the new file, whole", killed_while_saving, slow=True
    ),
    Row(52, "two processes, one file", "1 refresh, both serve", two_processes, alone=True),
    Row(53, "disk full on save", "service from memory, a warning", disk_full, slow=True, limit=90),
    Row(54, "corrupted file", "a message that names it; it is kept", corrupted),
    Row(55, "0644, symbolic link", "tightened", loose_permissions, slow=True),
    Row(56, "read-only folder", "service from memory", read_only_folder),
)
