#!/bin/bash
# SPDX-License-Identifier: MIT
# Linux 6.17 and later: mremap(2) with MREMAP_MAYMOVE|MREMAP_FIXED moves several mappings by one call.
# If a later one cannot be moved, the call fails and the ones before it have moved all the same.
#
# Seen on Linux 6.18 with two mappings of one page each, the second one sealed by mseal(2):
#     mremap of both fails with EPERM; the first page is found at the new address, and no longer at
#     the old one; the second page stays where it was.
# A program that takes the failure for "nothing has happened" goes on to use an address where
# nothing is mapped any more.
#
# Needs python3 and Linux 6.17 on x86_64 or aarch64; on an older kernel there is nothing to see: such
# a call fails with EFAULT and moves nothing. Exits with 1 if this has changed.
set -euo pipefail

python3 - <<'END'
import ctypes, errno, os, sys

libc = ctypes.CDLL(None, use_errno=True)
release = os.uname().release
version = tuple(int(part) for part in release.split('-')[0].split('.')[:2])
PAGE = os.sysconf('SC_PAGE_SIZE')
MSEAL = 462
READ, WRITE, PRIVATE, ANONYMOUS, FIXED = 1, 2, 2, 0x20, 0x10
MAYMOVE, MOVE_FIXED = 1, 2
libc.mmap.restype = libc.mremap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t] + [ctypes.c_int] * 3 + [ctypes.c_long]
libc.mremap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_size_t, ctypes.c_int, ctypes.c_void_p]
libc.munmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
libc.syscall.argtypes = [ctypes.c_long, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_ulong]

def is_mapped(address):
    with open('/proc/self/maps') as maps:
        for line in maps:
            start, end = (int(part, 16) for part in line.split()[0].split('-'))
            if start <= address < end:
                return True
    return False

room = libc.mmap(None, 8 * PAGE, READ, PRIVATE | ANONYMOUS, -1, 0)
old, new = room, room + 4 * PAGE
libc.munmap(new, 2 * PAGE)
# Of different protection, so that the two are not one mapping.
libc.mmap(old, PAGE, READ | WRITE, PRIVATE | ANONYMOUS | FIXED, -1, 0)
libc.mmap(old + PAGE, PAGE, READ, PRIVATE | ANONYMOUS | FIXED, -1, 0)
ctypes.memset(old, 0x61, 1)
if libc.syscall(MSEAL, old + PAGE, PAGE, 0):
    sys.exit('mseal: ' + os.strerror(ctypes.get_errno()))

failed = libc.mremap(old, 2 * PAGE, 2 * PAGE, MAYMOVE | MOVE_FIXED, new) == ctypes.c_void_p(-1).value
error = errno.errorcode.get(ctypes.get_errno()) if failed else 'none'
moved = is_mapped(new) and not is_mapped(old) and ctypes.string_at(new, 1) == b'a'
stayed = is_mapped(old + PAGE)
print(f'Linux {release}: error {error}; the first page {"has moved" if moved else "has not moved"}, '
      f'the second {"stayed" if stayed else "is gone"}')
wanted = (True, 'EPERM', True, True) if version >= (6, 17) else (True, 'EFAULT', False, True)
sys.exit((failed, error, moved, stayed) != wanted)
END
