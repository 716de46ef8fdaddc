#!/usr/bin/env bash
# Make sure the tools of others are there that prove what we write: dcmtk, dicom3tools, biosig; apt's when root.
set -euo pipefail
missing=()
command -v storescp >/dev/null || missing+=(dcmtk)
command -v dciodvfy >/dev/null || missing+=(dicom3tools)
command -v save2gdf >/dev/null || missing+=(biosig-tools)
[ ${#missing[@]} = 0 ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "installing ${missing[*]} for the tests of formats"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
  exit 0
fi
echo "the tests of formats need ${missing[*]}: install your system's packages of that name" >&2
exit 2
