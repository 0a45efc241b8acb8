"""How much memory another process has in use, from what Linux tells of it; 0 where nobody tells.

Not from `os.wait4`: there a child's peak begins with that of whoever started it.
"""

from pathlib import Path


def own_bytes(pid: int) -> int:
    """Anonymous memory: what the system cannot take back, as it can mapped files."""
    return _told(pid, "RssAnon:")


def peak_bytes(pid: int) -> int:
    """The most that was in memory so far, mapped files included."""
    return _told(pid, "VmHWM:")


def _told(pid: int, name: str) -> int:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(name)), 0)
