# Runs pip, and ends the process at the moment pip would start a program of its own.
#
# `pip download` of a source distribution goes on, after it has downloaded the file and checked its digest,
# to run the package's build back end for its metadata: the vendor's code, outside the sandbox. pip does that
# in a child process, always. An audit hook (PEP 578) cannot be taken out again and is called before any
# child is made, so nothing of the package runs.
#
# Arguments: the file to write the names of opened archives to (an index may be a local folder), then pip's.
import os
import runpy
import sys

STOPPED = 97
report, sys.argv[1:] = sys.argv[1], sys.argv[2:]
opened = []


def hook(event, arguments):
    if event == "open":
        name = arguments[0]
        if isinstance(name, str) and name.endswith((".tar.gz", ".tar.bz2", ".tar.xz", ".tgz", ".zip")):
            if name not in opened:
                opened.append(name)
    elif event in ("os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.system", "pty.spawn"):
        raise OSError("pellucid: pip may not start a program")
    elif event == "subprocess.Popen":
        if os.path.realpath(str(arguments[0])) == os.path.realpath(sys.executable):
            with open(report, "wb") as file:
                file.write(b"\0".join(map(os.fsencode, map(os.path.abspath, opened))))
            os._exit(STOPPED)
        # pip asks `rustc`, `lsb_release` and `uname` about the machine and goes on without an answer.
        raise OSError("pellucid: pip may not start a program")


sys.path[:] = [place for place in sys.path if place]  # not the current folder
sys.argv[0] = "pip"
sys.addaudithook(hook)
runpy.run_module("pip", run_name="__main__", alter_sys=True)
