#!/bin/bash
# SPDX-License-Identifier: MIT
# Prints the path of a gix as the released binaries are: static, with musl. Built once, as gix.sh
# builds the dynamic one; takes --cached too. Exit status 3: there is none, and why is printed.
exec "$(dirname "${BASH_SOURCE[0]}")/gix.sh" --musl "$@"
