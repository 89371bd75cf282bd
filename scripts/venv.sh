#!/bin/sh
# Virtual environments: find a Python that can make one, make it, and install the project into it.
#
#   sh scripts/venv.sh find [3.X]           print the path of the best Python there is, or of that very version
#   sh scripts/venv.sh make FOLDER [PYTHON] make or mend the virtual environment in FOLDER, with PYTHON if given
#
# Plain POSIX sh. A name on the PATH proves nothing (pyenv puts stand-ins there), so each candidate is run.
set -u

SUPPORTED="3.13 3.12 3.11"

say() { printf '%s\n' "$*" >&2; }

# Run a candidate; print its real path if it is new enough and, when a version is named, exactly that one.
probe() {
    "$1" -c '
import sys
wanted = sys.argv[1]
if sys.version_info < (3, 11) or (wanted and "%d.%d" % sys.version_info[:2] != wanted):
    sys.exit(1)
import ensurepip, venv
print(sys.executable)
' "$2" 2>/dev/null
}

find_version() {
    for candidate in "python$1" python3 python "${PYENV_ROOT:-$HOME/.pyenv}"/versions/"$1".*/bin/python; do
        probe "$candidate" "$1" && return 0
    done
    return 1
}

find_best() {
    for version in $SUPPORTED; do
        for candidate in "python$version" python3 python; do
            probe "$candidate" "$version" && return 0
        done
    done
    for version in $SUPPORTED; do
        find_version "$version" && return 0
    done
    probe python3 "" || probe python ""
}

explain_no_python() {
    say ""
    say "No Python was found that can make the virtual environment."
    if command -v python3 >/dev/null 2>&1; then
        say "  python3 here is: $(python3 --version 2>&1 | head -n 1)"
        if python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            say "  It is new enough, but its module venv or ensurepip is missing."
            say "  Debian and Ubuntu: sudo apt-get install python3-venv"
            return
        fi
    fi
    say "  wpslab needs Python 3.11 or newer."
    say "  Debian 12, Ubuntu 24.04 and later: sudo apt-get install python3 python3-venv"
    say "  macOS: brew install python@3.13        Elsewhere: https://www.python.org/downloads/"
    say "  If it is installed under another name: make lab PYTHON=/path/to/python3.12"
}

choose() {
    if [ -n "$1" ]; then
        probe "$1" "" && return 0
        say ""
        say "PYTHON=$1 cannot be used: it does not run, is older than 3.11, or its module venv is missing"
        say "(Debian and Ubuntu: sudo apt-get install python3-venv)."
        return 1
    fi
    find_best && return 0
    explain_no_python
    return 1
}

# An environment from an earlier call is kept when its Python still runs and nobody asked for another one.
usable() {
    [ -x "$1/bin/python" ] && "$1/bin/python" -m pip --version >/dev/null 2>&1 || return 1
    [ -z "$2" ] && return 0
    [ "$("$1/bin/python" -c "$version_of" 2>/dev/null)" = "$("$2" -c "$version_of" 2>/dev/null)" ]
}
version_of='import sys; print(sys.version)'

# At its first start JupyterLab asks, over the first notebook, whether to fetch news from the internet: no.
quiet_news() {
    mkdir -p "$1/share/jupyter/lab/settings"
    printf '{"@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": false}}\n' \
        >"$1/share/jupyter/lab/settings/overrides.json"
}

make_venv() {
    folder=$1 wanted=$2
    if ! usable "$folder" "$wanted"; then
        python=$(choose "$wanted") || exit 1
        say "Making $folder with $("$python" --version)"
        if ! "$python" -m venv --clear "$folder"; then
            say ""
            say "The virtual environment could not be made. Debian and Ubuntu: sudo apt-get install python3-venv"
            exit 1
        fi
    fi
    say "Installing wpslab with the packages of the course into $folder (a minute or two, the first time)"
    if ! "$folder/bin/python" -m pip install --quiet --disable-pip-version-check -e ".[course,test]"; then
        say ""
        say "pip could not install the packages; its own message stands above."
        say "  Is there a network? Behind a proxy, set HTTPS_PROXY and run the same command again."
        say "  Without internet: see docs/for_teachers.md, \"A room without internet\"."
        say "  To start from nothing: make clean, then the same command again."
        exit 1
    fi
    quiet_news "$folder"
    touch "$folder/.installed"
}

case "${1:-}" in
    find) if [ -n "${2:-}" ]; then find_version "$2"; else find_best; fi ;;
    make) make_venv "${2:?a folder}" "${3:-}" ;;
    *) sed -n '2,7p' "$0" >&2; exit 2 ;;
esac
