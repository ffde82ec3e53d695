#!/bin/sh
# Usage: tools/setup.sh lab|test. Makes .venv, or brings it up to date; returns at once when nothing changed.
# PYTHON names the interpreter to use; VENV another folder than .venv.
set -eu
cd "$(dirname "$0")/.."
venv=${VENV:-.venv}
pins="requirements.txt"
if [ "$1" = test ]; then pins="requirements.txt requirements-dev.txt"; fi

stop() {
    echo "alsteach: $1" >&2
    exit 1
}

version_of() {
    "$1" -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])' 2>/dev/null
}

# Some pinned packages have no ready build for later ones.
supported() {
    case $1 in 3.11.* | 3.12.* | 3.13.* | 3.14.*) return 0 ;; *) return 1 ;; esac
}

# The same pins, package settings and place mean that there is nothing to do.
wanted="$(pwd) $(cat pyproject.toml $pins | cksum)"
stamp="$venv/.alsteach-$1"
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ] && version_of "$venv/bin/python" >/dev/null; then
    exit 0
fi

python="" seen="" bare=""
for candidate in ${PYTHON:-python3.13 python3.12 python3.14 python3.11 python3 python}; do
    version=$(version_of "$candidate") || continue
    if ! supported "$version"; then
        seen="$seen $candidate is $version;"
    elif "$candidate" -c 'import ensurepip, venv' >/dev/null 2>&1; then
        python=$(command -v "$candidate")
        break
    else
        bare="${bare:-$candidate ($version)}"
    fi
done
if [ -z "$python" ] && [ -n "$bare" ]; then
    stop "$bare lacks its venv module. On Debian or Ubuntu: sudo apt-get install -y python3-venv; then run this again."
elif [ -z "$python" ]; then
    stop "Python 3.11, 3.12, 3.13 or 3.14 is needed, and none was found (${seen:- no Python at all;} looked for ${PYTHON:-python3.13 and the others}). Install one, or name it: make lab PYTHON=/path/to/python3.13"
fi

started=$(date +%s)
here="$venv/.alsteach-here"
if ! [ -f "$here" ] || [ "$(cat "$here")" != "$(pwd)" ] || ! version_of "$venv/bin/python" >/dev/null; then
    echo "alsteach: making $venv with $python ($version)"
    "$python" -m venv --clear "$venv"
    pwd >"$here"
fi
echo "alsteach: installing into $venv what $pins list; the first time takes a few minutes"
rm -f "$venv"/.alsteach-lab "$venv"/.alsteach-test
for list in $pins; do set -- "$@" -r "$list"; done
purpose=$1
shift
# Of these modules few are ever loaded, and Python keeps what it compiles then. Where it may not, pip compiles them all
# now; the tests see to it that it may.
compile=--no-compile
if [ "$purpose" = lab ] && [ -n "${PYTHONDONTWRITEBYTECODE:-}" ]; then compile=--compile; fi
set -- "$compile" "$@"
"$venv/bin/python" -m pip install --disable-pip-version-check --no-input --quiet "$@"
"$venv/bin/python" -m pip install --disable-pip-version-check --no-input --quiet --no-deps -e .
# No news pop-up and no look for updates: no request leaves the machine, and nothing covers a panel.
settings="$venv/share/jupyter/lab/settings/overrides.d"
mkdir -p "$settings"
cp tools/jupyterlab_overrides.json "$settings/alsteach.json"
echo "$wanted" >"$venv/.alsteach-$purpose"
if [ "$purpose" = test ]; then
    echo "$(pwd) $(cat pyproject.toml requirements.txt | cksum)" >"$venv/.alsteach-lab"
fi
echo "alsteach: set-up took $((($(date +%s) - started + 30) / 60)) min ($(($(date +%s) - started)) s)"
