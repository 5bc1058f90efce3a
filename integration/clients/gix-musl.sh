#!/bin/bash
# SPDX-License-Identifier: MIT
# Prints the path of a gix that is built like the released binaries: static, with musl. gix.sh
# builds it the first time. Takes --cached (lib/cache.sh). Exits with 3, and prints the reason, if
# it cannot build it here.
exec "$(dirname "${BASH_SOURCE[0]}")/gix.sh" --musl "$@"
