#!/bin/bash
# SPDX-License-Identifier: MIT
# Prints the path of a static gix for aarch64; a dynamic one is built with it, and gix.sh --aarch64
# prints that. Built once, as gix.sh builds those for this machine; takes --cached too.
exec "$(dirname "${BASH_SOURCE[0]}")/gix.sh" --aarch64 --static "$@"
