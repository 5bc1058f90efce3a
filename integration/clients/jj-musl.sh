#!/bin/bash
# SPDX-License-Identifier: MIT
# Prints the path of a jj as the released binaries are: static, with musl, and with an OpenSSL of its
# own. Built once, as jj.sh builds the dynamic one; takes --cached too. Exit status 3: there is none,
# and why is printed.
exec "$(dirname "${BASH_SOURCE[0]}")/jj.sh" --musl "$@"
