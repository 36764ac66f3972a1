#!/usr/bin/env bash
# Installs the real servers the tests use (Debian packages); "long": those of the long tests too. Nothing is started or enabled.
set -euo pipefail

declare -A packages=(
  [mosquitto]=mosquitto [influxd]=influxdb [victoria-metrics]=victoria-metrics [chromium]=chromium
)
PATH="$PATH:/usr/sbin:/usr/local/sbin:/sbin"
missing=()
for binary in "${!packages[@]}"; do
  command -v "$binary" >/dev/null || missing+=("${packages[$binary]}")
done
# Only the long tests open papers in a real office program.
if [ "${1:-}" = long ]; then
  command -v soffice >/dev/null || missing+=(libreoffice-writer-nogui libreoffice-calc-nogui)
  command -v pdftotext >/dev/null || missing+=(poppler-utils)
fi
compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null || missing+=(postgresql)
compgen -G '/usr/share/fonts/*/*/*[Cc][Jj][Kk]*' >/dev/null || compgen -G '/usr/share/fonts/truetype/wqy/*' >/dev/null \
  || missing+=(fonts-wqy-microhei)
# The tests start servers as their own users and read time zones from tzdata's wheel; only git and openssl are asked of the machine.
command -v git >/dev/null || missing+=(git)
command -v openssl >/dev/null || missing+=(openssl)
# Playwright's driver is linked against it and does not bring it.
ldconfig -p | grep -q libatomic.so.1 || missing+=(libatomic1)

if [ ${#missing[@]} -eq 0 ]; then
  exit 0
fi
if [ "$(id -u)" != 0 ]; then
  echo "The tests use real servers that are not installed here: ${missing[*]}" >&2
  echo "As an administrator: apt-get update && apt-get install -y --no-install-recommends ${missing[*]}" >&2
  exit 3
fi
echo "Installing the servers the tests use: ${missing[*]}"
# A package must not start its server: the usual ports may be taken, and the tests bring their own.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' > "$policy"
  chmod +x "$policy"
  trap 'rm -f "$policy"' EXIT
fi
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
