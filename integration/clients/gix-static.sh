#!/bin/bash
# SPDX-License-Identifier: MIT
# Prints the path of a gix that no preload library can reach: static-pie, like the released binaries
# (musl). gix.sh builds it the first time. Takes --cached (lib/cache.sh).
exec "$(dirname "${BASH_SOURCE[0]}")/gix.sh" --static "$@"
