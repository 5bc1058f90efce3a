#!/bin/bash
# SPDX-License-Identifier: MIT
# Prints the path of gix 0.35.0, the first release that maps privately by itself. Built once, as
# gix.sh builds the affected one; takes --cached too.
exec "$(dirname "${BASH_SOURCE[0]}")/gix.sh" --fixed "$@"
