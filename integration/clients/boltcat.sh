#!/bin/bash
# SPDX-License-Identifier: MIT
# Prints the path of boltcat: see gostatic.sh.
exec "$(dirname "${BASH_SOURCE[0]}")/gostatic.sh" boltcat "$@"
