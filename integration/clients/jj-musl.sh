#!/bin/bash
# SPDX-License-Identifier: MIT
# Prints the path of a jj as the released binaries are: static, with musl, and with its own OpenSSL.
# jj.sh builds it once, like the dynamic one. Takes --cached too. Exits with 3, and prints the reason,
# if it cannot be built.
exec "$(dirname "${BASH_SOURCE[0]}")/jj.sh" --musl "$@"
