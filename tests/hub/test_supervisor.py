"""The supervisor leaves nothing behind, however it ends. Its servers here are small ones of Python's own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from hub.failures import HubError
from hub.processes import MARKER_VARIABLE, marked
from hub.servers import answers
from hub.services import Server, Supervisor, child_environment, supervised
from hub.settings import PROJECT, Settings
from tests.hub.program import free_port

pytestmark = pytest.mark.skipif(not Path("/proc").is_dir(), reason="survivors are looked for in /proc")

STUBBORN = (
    "import os, signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); os.setsid(); time.sleep(300)"
)


def web_server(port: int, *, also: str = "") -> Server:
    """A server with a page; `also` runs in it first."""
    program = (
        f"{also}\nimport http.server as h; h.test(h.SimpleHTTPRequestHandler, port={port}, bind='127.0.0.1')"
    )
    url = f"http://127.0.0.1:{port}"
    return Server("web", "The page", [sys.executable, "-c", program], lambda: answers(url), url)


def with_stubborn_grandchild(port: int) -> Server:
    """A server that starts a process in a session of its own which will not hear of SIGTERM."""
    return web_server(
        port, also=f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {STUBBORN!r}])"
    )


def survivors(marker: str, within_seconds: float) -> list[int]:
    """Those that still run after at most that time."""
    deadline = time.monotonic() + within_seconds
    while (left := marked(marker)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return left


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path)


def test_servers_are_ready_when_they_answer_and_are_gone_after_the_block(settings: Settings) -> None:
    server, ready = web_server(free_port()), []
    with supervised(settings) as supervisor:
        supervisor.start([server])
        supervisor.wait_until_ready([server], ready.append)
        assert ready == [server]
        assert len(marked(supervisor.marker)) == 1
    assert not server.is_ready()
    assert marked(supervisor.marker) == []


def test_grandchildren_in_sessions_of_their_own_end_too_even_if_they_ignore_being_asked(
    settings: Settings,
) -> None:
    server = with_stubborn_grandchild(free_port())
    began = time.monotonic()
    with supervised(settings) as supervisor:
        supervisor.start([server])
        supervisor.wait_until_ready([server], lambda _: None)
        assert len(marked(supervisor.marker)) == 2
    assert marked(supervisor.marker) == []
    assert time.monotonic() - began < 15


def test_a_server_that_dies_is_reported_with_the_end_of_its_log(settings: Settings) -> None:
    dying = Server(
        "web", "The page", [sys.executable, "-c", "print('no more ink'); raise SystemExit(3)"], lambda: False
    )
    with (
        pytest.raises(HubError, match=r"(?s)web ended with exit code 3.*no more ink"),
        supervised(settings) as supervisor,
    ):
        supervisor.start([dying])
        supervisor.wait_until_ready([dying], lambda _: None)


def test_the_log_of_the_time_before_is_kept(settings: Settings) -> None:
    for word in ("first", "second"):
        supervisor = Supervisor(settings.service_logs, child_environment(settings))
        supervisor.start(
            [Server("web", "The page", [sys.executable, "-c", f"print('{word}')"], lambda: False)]
        )
        while not supervisor.log_of("web").read_text():
            time.sleep(0.02)
        supervisor.stop()
    assert (settings.service_logs / "web.log").read_text() == "second\n"
    assert (settings.service_logs / "web.old.log").read_text() == "first\n"


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_whatever_ends_the_supervisor_ends_all_it_started(tmp_path: Path, end: signal.Signals) -> None:
    port = free_port()
    program = tmp_path / "supervise.py"
    program.write_text(
        textwrap.dedent(f"""
        import signal, sys, time
        sys.path.insert(0, {str(Path(__file__).parents[2])!r})
        from hub.cli import _stop_as_by_ctrl_c
        from hub.services import supervised
        from hub.settings import Settings
        from tests.hub.test_supervisor import with_stubborn_grandchild
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):  # a background shell hands on an ignored SIGINT
            signal.signal(getattr(signal, name), _stop_as_by_ctrl_c)
        server = with_stubborn_grandchild({port})
        with supervised(Settings(home={str(tmp_path)!r})) as supervisor:
            supervisor.start([server])
            supervisor.wait_until_ready([server], lambda _: print(supervisor.marker, flush=True))
            time.sleep(300)
        """)
    )
    process = subprocess.Popen(
        [sys.executable, str(program)], cwd=PROJECT, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert process.stdout
    marker = process.stdout.readline().strip()
    assert len(marked(marker)) == 2
    process.send_signal(end)
    process.wait(20)
    assert survivors(marker, within_seconds=10) == []


def test_a_process_of_somebody_else_is_not_taken_for_ours() -> None:
    other = subprocess.Popen(
        [sys.executable, "-c", "import time; time.sleep(60)"],
        env=dict(os.environ) | {MARKER_VARIABLE: "abcdef"},
    )
    try:
        time.sleep(0.2)
        assert marked("abc") == []
        assert marked("abcdef") == [other.pid]
    finally:
        other.kill()
        other.wait()
