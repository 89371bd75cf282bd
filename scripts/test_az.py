"""Test the https port with the real Azure CLI, from an environment of its own: `.venv-az`, made at the first run.

python scripts/test_az.py                 all of it
python scripts/test_az.py -k identity     what pytest is told

WPSLAB_AZ names another az, for instance the one of this machine; then nothing is installed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = ROOT / ".venv-az"
SCRIPTS = ENVIRONMENT / ("Scripts" if os.name == "nt" else "bin")
AZ = SCRIPTS / ("az.bat" if os.name == "nt" else "az")


def install() -> None:
    """Make the environment, unless there is a whole one."""
    if AZ.exists():
        return
    print(f"Installing azure-cli in {ENVIRONMENT.name}; it is large and takes minutes, once.", flush=True)
    venv.create(ENVIRONMENT, with_pip=True, clear=True)
    subprocess.run([SCRIPTS / "python", "-m", "pip", "install", "--quiet", "azure-cli"], check=True)


def main(arguments: list[str]) -> int:
    """Install, say which az it is, and run the tests."""
    try:
        if "WPSLAB_AZ" not in os.environ:
            install()
    except subprocess.CalledProcessError as error:
        print(f"azure-cli could not be installed (pip ended with {error.returncode}).")
        return 1
    az = os.environ.get("WPSLAB_AZ", str(AZ))
    print(f"The Azure CLI is {az}.", flush=True)
    tests = [sys.executable, "-m", "pytest", "-p", "no:nbval", "tests/az", "--real-az", *arguments]
    return subprocess.run(tests, cwd=ROOT, env={**os.environ, "WPSLAB_AZ": az}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
