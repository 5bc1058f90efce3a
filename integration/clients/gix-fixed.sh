#!/bin/bash
# SPDX-License-Identifier: MIT
# Prints the path of gix 0.35.0, the first release that maps privately by itself. gix.sh builds it
# the first time. Takes --cached (lib/cache.sh).
exec "$(dirname "${BASH_SOURCE[0]}")/gix.sh" --fixed "$@"
