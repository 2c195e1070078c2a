"""The PostgreSQL in the data folder: started, found again, and none the worse for a kill -9."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from helpline import embedded_postgres

NOBODY = 65534


@pytest.fixture
def data_dir() -> Iterator[Path]:
    # Not tmp_path: its path may be too long for a socket, which one test is about.
    folder = Path(tempfile.mkdtemp(prefix="helpline-pg-"))
    yield folder / "data"
    embedded_postgres.stop(folder / "data")
    shutil.rmtree(folder)


def start(data_dir: Path) -> str:
    return embedded_postgres.start(data_dir, durable=False)


def connect(url: str) -> psycopg.Connection:
    return psycopg.connect(url.replace("+psycopg", ""), autocommit=True)


def ask(url: str, question: str) -> object:
    with connect(url) as connection:
        return connection.execute(question).fetchone()[0]


def server_pid(data_dir: Path) -> int:
    return int((data_dir / "postgres/cluster/postmaster.pid").read_text("ascii").splitlines()[0])


def test_what_was_written_is_there_after_a_stop_and_a_start(data_dir: Path):
    with connect(start(data_dir)) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 'Sam' AS name")
    embedded_postgres.stop(data_dir)
    assert not embedded_postgres.is_running(data_dir)
    assert ask(start(data_dir), "SELECT name FROM kept") == "Sam"


def test_a_running_server_is_used_as_it_is(data_dir: Path):
    url = start(data_dir)
    pid = server_pid(data_dir)
    assert start(data_dir) == url
    assert server_pid(data_dir) == pid


def test_it_listens_on_no_network_address_and_lets_no_one_else_in(data_dir: Path):
    url = start(data_dir)
    assert ask(url, "SHOW listen_addresses") == ""
    assert stat.S_IMODE((data_dir / "postgres").stat().st_mode) == 0o700
    assert stat.S_IMODE((data_dir / "postgres/socket").stat().st_mode) == 0o700


def test_it_keeps_time_in_utc_and_sorts_the_same_everywhere(data_dir: Path):
    url = start(data_dir)
    assert ask(url, "SHOW timezone") == "UTC"
    assert ask(url, "SHOW server_encoding") == "UTF8"
    assert ask(url, "SELECT lower('ŴYN')") == "ŵyn"


def test_data_are_safe_against_a_power_cut_unless_a_test_asks_for_speed(data_dir: Path):
    assert ask(embedded_postgres.start(data_dir), "SHOW fsync") == "on"
    embedded_postgres.stop(data_dir)
    assert ask(start(data_dir), "SHOW fsync") == "off"


def test_it_starts_again_after_a_kill_with_a_caller_still_connected(data_dir: Path):
    with connect(start(data_dir)) as busy:
        busy.execute("CREATE TABLE kept AS SELECT 1 AS one")
        os.kill(server_pid(data_dir), signal.SIGKILL)
        assert ask(start(data_dir), "SELECT one FROM kept") == 1


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs /proc to tell programs apart")
def test_a_stranger_with_the_dead_servers_number_is_not_taken_for_it(data_dir: Path):
    start(data_dir)
    pid_file = data_dir / "postgres/cluster/postmaster.pid"
    lines = pid_file.read_text("ascii").splitlines()
    embedded_postgres.stop(data_dir)
    # Of the same user, or PostgreSQL would see by itself that it is none of its own.
    uid = (data_dir / "postgres").stat().st_uid
    as_whom = {"user": uid} if os.geteuid() == 0 else {}
    with subprocess.Popen(["sleep", "60"], cwd="/", **as_whom) as stranger:
        pid_file.write_text("\n".join([str(stranger.pid), *lines[1:]]) + "\n", "ascii")
        os.chown(pid_file, uid, -1)
        assert not embedded_postgres.is_running(data_dir)
        pid_file.write_text("\n".join([str(stranger.pid), *lines[1:]]) + "\n", "ascii")
        os.chown(pid_file, uid, -1)
        try:
            assert ask(start(data_dir), "SELECT 1") == 1
            assert stranger.poll() is None
        finally:
            stranger.kill()


def test_starts_at_the_same_moment_share_one_server(data_dir: Path):
    urls: list[str] = []
    starts = [threading.Thread(target=lambda: urls.append(start(data_dir))) for _ in range(3)]
    for each in starts:
        each.start()
    for each in starts:
        each.join()
    assert len(urls) == 3
    assert len(set(urls)) == 1


def test_a_path_too_long_for_a_socket_still_works(data_dir: Path):
    deep = data_dir / ("deep" * 25)
    try:
        url = start(deep)
        assert str(deep) not in url
        assert ask(url, "SELECT 1") == 1
    finally:
        embedded_postgres.stop(deep)
        shutil.rmtree(embedded_postgres.Cluster(deep).socket_folder)


def test_half_made_data_are_made_anew(data_dir: Path):
    left_over = data_dir / "postgres/cluster.new/base"
    left_over.mkdir(parents=True)
    assert ask(start(data_dir), "SELECT 1") == 1


def test_a_failing_statement_leaves_nothing_of_itself_in_the_log(data_dir: Path):
    with connect(start(data_dir)) as connection:
        connection.execute("CREATE TABLE texts (body text PRIMARY KEY)")
        connection.execute("INSERT INTO texts VALUES ('meet me at the pier')")
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("INSERT INTO texts VALUES ('meet me at the pier')")
    log = (data_dir / "postgres/server.log").read_text("utf-8")
    assert "duplicate key" in log
    assert "pier" not in log


def test_stopping_what_does_not_run_does_nothing(data_dir: Path):
    embedded_postgres.stop(data_dir)
    assert not data_dir.exists()


def test_a_folder_of_somebody_else_is_refused(data_dir: Path):
    elsewhere = data_dir.parent / "elsewhere"
    elsewhere.mkdir()
    data_dir.mkdir()
    (data_dir / "postgres").symlink_to(elsewhere)
    with pytest.raises(embedded_postgres.EmbeddedPostgresError, match="somebody else"):
        start(data_dir)
    (data_dir / "postgres").unlink()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_an_ordinary_user_can_do_all_this_too(data_dir: Path):
    data_dir.parent.chmod(0o711)
    data_dir.mkdir()
    os.chown(data_dir, NOBODY, NOBODY)
    source = (
        "import sys; from pathlib import Path; from helpline import embedded_postgres as e\n"
        "where = Path(sys.argv[1]); print(e.start(where, durable=False)); e.stop(where)"
    )
    python = shutil.which(f"python3.{sys.version_info.minor}", path="/usr/bin:/usr/local/bin")
    if python is None:
        pytest.skip("there is no Python here that an ordinary user may start")
    root = Path(embedded_postgres.__file__).parent.parent
    done = subprocess.run(
        [python, "-c", source, str(data_dir)],
        env={"PYTHONPATH": os.pathsep.join([str(root), *sys.path])},
        cwd=root,
        user=NOBODY,
        group=NOBODY,
        extra_groups=[],
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    assert b"postgresql+psycopg://" in done.stdout
    assert (data_dir / "postgres/cluster").stat().st_uid == NOBODY


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_for_root_the_folders_above_are_opened_for_passing_through_only(data_dir: Path):
    closed = data_dir.parent
    closed.chmod(0o700)
    assert ask(start(data_dir), "SELECT 1") == 1
    assert stat.S_IMODE(closed.stat().st_mode) == 0o701
