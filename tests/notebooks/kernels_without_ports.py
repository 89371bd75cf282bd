"""A plugin for pytest: nbval's kernels talk over sockets in files.

jupyter_client chooses five free ports, which the kernel takes a moment later. Chapters make so many connections, each
with a port of its own, that now and then one of these is gone by then: such a kernel never starts.
"""

import atexit
import os
import shutil
import tempfile

import jupyter_client.manager
import nbval.kernel


class KernelManager(jupyter_client.manager.KernelManager):
    def __init__(self, **traits):
        folder = tempfile.mkdtemp(prefix="wpslab-")
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        super().__init__(transport="ipc", ip=os.path.join(folder, "kernel"), **traits)


if os.name == "posix":
    nbval.kernel.KernelManager = KernelManager
