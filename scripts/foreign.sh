#!/usr/bin/env bash
# Make sure the tools of others are there that prove what we write and take: dcmtk, dicom3tools, biosig; sipp,
# baresip and sox, which call us; apt's when root.
# Beside them healthchain, in an environment of its own.
set -euo pipefail
bash "$(dirname "$0")/healthchain.sh"
missing=()
command -v storescp >/dev/null || missing+=(dcmtk)
command -v dciodvfy >/dev/null || missing+=(dicom3tools)
command -v save2gdf >/dev/null || missing+=(biosig-tools)
command -v sipp >/dev/null || missing+=(sip-tester)
command -v baresip >/dev/null || missing+=(baresip-core)
command -v sox >/dev/null || missing+=(sox)
[ ${#missing[@]} = 0 ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "installing ${missing[*]} for the tests with others' tools"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
  exit 0
fi
echo "the tests with others' tools need ${missing[*]}: install your system's packages of that name" >&2
exit 2
