# SPDX-License-Identifier: MIT
"""bundle.py BUNDLE DIRECTORY... -- COMMAND [ARG...]: writes BUNDLE/config.json (the OCI's
runtime-spec), which runs COMMAND as root, in this directory and with this environment. The root
directory is the host's, and read-only except each DIRECTORY."""

import json
import os
import sys

end = sys.argv.index("--")
bundle, directories, command = sys.argv[1], sys.argv[2:end], sys.argv[end + 1 :]
capabilities = ["CAP_" + name for name in (
    "CHOWN", "DAC_OVERRIDE", "FOWNER", "IPC_LOCK", "KILL", "MKNOD", "SETGID", "SETPCAP", "SETUID",
    "SYS_ADMIN", "SYS_CHROOT", "SYS_PTRACE")]
config = {
    "ociVersion": "1.0.0",
    "process": {
        "user": {"uid": 0, "gid": 0},
        "args": command,
        "env": ["%s=%s" % pair for pair in os.environ.items()],
        "cwd": os.getcwd(),
        "capabilities": {kind: capabilities for kind in ("bounding", "effective", "permitted")},
    },
    "root": {"path": "/", "readonly": True},
    "mounts": [{"destination": "/proc", "type": "proc", "source": "proc"},
               {"destination": "/dev", "type": "tmpfs", "source": "tmpfs"}]
              + [{"destination": directory, "type": "bind", "source": directory,
                  "options": ["rbind", "rw"]} for directory in directories],
    "linux": {"namespaces": [{"type": kind} for kind in ("pid", "network", "ipc", "uts", "mount")]},
}
with open(os.path.join(bundle, "config.json"), "w") as file:
    json.dump(config, file)
