#!/usr/bin/env bash
# Makes .venv and installs Yingfeng into it: tools/venv.sh [EXTRA[,EXTRA...]]
# Works without python3-venv: then pip comes from Debian's python3-pip-whl, unpacked beside the environment.
set -euo pipefail
cd "$(dirname "$0")/.."
extra="${1:-}"
python="${PYTHON:-python3}"
venv=.venv

if ! command -v "$python" >/dev/null; then
  echo "Python is missing. As an administrator: apt-get install -y python3 python3-venv" >&2
  exit 3
fi
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
  echo "Yingfeng needs Python 3.11 or newer; this is $("$python" --version)" >&2
  exit 3
fi

pip_from_debian() {
  local wheels=.venv/pip-wheel
  mkdir -p "$wheels"
  (cd "$wheels" && apt-get download -q python3-pip-whl >/dev/null && dpkg-deb -x python3-pip-whl_*.deb .) || return 1
  find "$PWD/$wheels" -name 'pip-*.whl' | head -n 1
}

if [ ! -x "$venv/bin/python" ]; then
  echo "Making the virtual environment .venv"
  if ! "$python" -m venv "$venv" >/dev/null 2>&1; then
    rm -rf "$venv"
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
      apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3-venv >/dev/null
      "$python" -m venv "$venv"
    else
      "$python" -m venv --without-pip "$venv"
      wheel=$(pip_from_debian || true)
      if [ -z "$wheel" ]; then
        rm -rf "$venv"
        echo "python3-venv is missing. As an administrator: apt-get install -y python3-venv" >&2
        exit 3
      fi
      "$venv/bin/python" "$wheel/pip" install -q --no-index "$wheel"
    fi
  fi
fi

echo "Installing Yingfeng and what it needs (a few minutes the first time)"
"$venv/bin/python" -m pip install -q --disable-pip-version-check -c constraints.txt -e ".${extra:+[$extra]}"
if [[ ",$extra," == *,test,* ]]; then
  # Only its data file is read (measured load shapes); its dependencies would be heavy and unused.
  "$venv/bin/python" -m pip install -q --disable-pip-version-check --no-deps -c constraints.txt simbench
fi
