#!/bin/bash
# SPDX-License-Identifier: MIT
# Prints the path of a gix that no preload library can reach: static-pie, as the released binaries
# (musl) are. Built once, as gix.sh builds the dynamic one; takes --cached too.
exec "$(dirname "${BASH_SOURCE[0]}")/gix.sh" --static "$@"
