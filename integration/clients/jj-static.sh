#!/bin/bash
# SPDX-License-Identifier: MIT
# Prints the path of a jj that no preload library can reach: static-pie. Built once, like the
# dynamic one in jj.sh; takes --cached, too.
exec "$(dirname "${BASH_SOURCE[0]}")/jj.sh" --static "$@"
