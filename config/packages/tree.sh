#!/bin/bash
# SPDX-License-Identifier: MIT
# tree.sh DIRECTORY [NAME]: a source tree for packagers' tools, with config/packages/NAME at its top.
set -eu
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
rm -rf "$1"
mkdir -p "$1"
cp -a Makefile LICENSE ./*.md shim config tests integration "$1"
[ $# -lt 2 ] || cp -a "config/packages/$2" "$1"
