#!/usr/bin/env bash
# Writes the files of this folder with the paths of this checkout: bash tools/schedule/fill-in.sh FOLDER
set -euo pipefail
cd "$(dirname "$0")"

if [ $# -ne 1 ] || [ ! -d "$1" ]; then
    printf 'usage: bash tools/schedule/fill-in.sh FOLDER (one that exists)\n' >&2
    exit 2
fi
checkout=$(cd ../.. && pwd -P)
# systemd and cron each have signs of their own; a folder with one of them would be read as something else.
case $checkout in
    *[!A-Za-z0-9/._-]*)
        printf 'fill-in: %s: expected a path of letters, digits, ".", "_" and "-" only\n' "$checkout" >&2
        exit 2
        ;;
esac
for name in cadre-research-report.service cadre-research-report.timer cadre-research.cron; do
    sed -e "s|@CHECKOUT@|$checkout|g" -e "s|@USER@|$(id -un)|g" "$name" >"$1/$name"
done
