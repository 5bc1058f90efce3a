#!/bin/bash
# SPDX-License-Identifier: MIT
# Prints the path of a static gix for aarch64. gix.sh builds it the first time, together with a
# dynamic one, whose path gix.sh --aarch64 prints. Takes --cached (lib/cache.sh).
exec "$(dirname "${BASH_SOURCE[0]}")/gix.sh" --aarch64 --static "$@"
