"""A file system in user space that shows one flat folder, read-only: `mirror-fs.py FOLDER MOUNT_POINT`.

Stopped by SIGSTOP it answers nothing, as a hard NFS mount whose server is away; SIGCONT brings it back. It speaks the
kernel's protocol (include/uapi/linux/fuse.h) by itself, and prints "mounted". Killed, the mount fails and is let go lazily.
"""

import ctypes
import errno
import os
import stat
import struct
import sys

source, target = sys.argv[1:]
libc = ctypes.CDLL(None, use_errno=True)
device = os.open("/dev/fuse", os.O_RDWR)
options = f"fd={device},rootmode=40000,user_id={os.getuid()},group_id={os.getgid()}".encode()
if libc.mount(b"mirror", target.encode(), b"fuse", 1 | 2 | 4, options) != 0:
    sys.exit(os.strerror(ctypes.get_errno()))
print("mounted", flush=True)

names = {1: ""}
numbers = {"": 1}


def number(name):
    numbers.setdefault(name, len(numbers) + 1)
    names[numbers[name]] = name
    return numbers[name]


def attributes(node):
    found = os.lstat(os.path.join(source, names[node]))
    seconds, nanoseconds = divmod(found.st_mtime_ns, 10**9)
    return struct.pack("<QQQQQQIIIIIIIIII", node, found.st_size, found.st_blocks, seconds, seconds, seconds, nanoseconds,
                       nanoseconds, nanoseconds, found.st_mode, 1, found.st_uid, found.st_gid, 0, 4096, 0)


def entries():
    listed = [".", "..", *sorted(os.listdir(source))]
    out = b""
    for index, name in enumerate(listed):
        raw = name.encode()
        head = struct.pack("<QQII", number(name) if index > 1 else 1, index + 1, len(raw), 0)
        out += head + raw + b"\0" * (-len(raw) % 8)
    return out


def answer(operation, node, body):
    if operation == 26:  # INIT
        return struct.pack("<IIIIHHIIHHI", 7, 31, 65536, 0, 12, 10, 65536, 1, 16, 0, 0) + b"\0" * 28
    if operation == 1:  # LOOKUP; nothing is cached, so that every call asks again
        child = number(body.rstrip(b"\0").decode())
        return struct.pack("<QQQQII", child, 0, 0, 0, 0, 0) + attributes(child)
    if operation == 3:  # GETATTR
        return struct.pack("<QII", 0, 0, 0) + attributes(node)
    if operation in (14, 27):  # OPEN, OPENDIR
        return struct.pack("<QII", 0, 1, 0)
    if operation == 15:  # READ
        _, offset, size = struct.unpack("<QQI", body[:20])
        with open(os.path.join(source, names[node]), "rb") as file:
            file.seek(offset)
            return file.read(size)
    if operation == 28:  # READDIR: a listing of at most one buffer
        _, offset, size = struct.unpack("<QQI", body[:20])
        return b"" if offset > 0 else entries()[:size]
    if operation in (18, 25, 29, 34):  # RELEASE, FLUSH, RELEASEDIR, ACCESS
        return b""
    raise OSError(errno.ENOSYS, "")


while True:
    try:
        request = os.read(device, 1 << 20)
    except OSError as error:
        if error.errno == errno.ENODEV:
            break
        continue
    _, operation, unique, node = struct.unpack("<IIQQ", request[:24])
    if operation in (2, 36, 42):  # FORGET, INTERRUPT, BATCH_FORGET have no answer
        continue
    try:
        status, body = 0, answer(operation, node, request[40:])
    except OSError as error:
        status, body = -(error.errno or errno.EIO), b""
    try:
        os.write(device, struct.pack("<IiQ", 16 + len(body), status, unique) + body)
    except OSError:
        pass  # whoever asked is gone
