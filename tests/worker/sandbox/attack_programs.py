"""Programs that try to get out of the sandbox, to stay, or to eat the machine.

Each is a function: `python3 -I attack_programs.py NAME MARK WORLD` runs one inside, and the test reads
what is expected of it from the decorator. WORLD (JSON) is what an attacker could know of the host.
What an attack should not have got is printed as a line "ESCAPED ...". MARK is in the command line of all
that an attack starts, so that the test finds survivors.
"""

import ctypes
import fcntl
import json
import mmap
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
import time

MB = 1 << 20
ATTACKS = {}
WORLD = {}
MARK = ""
libc = ctypes.CDLL(None, use_errno=True)


def attack(*endings, status=None, **limits):
    """Registers an attack with the endings that contain it and limits that differ from the usual."""
    def register(function):
        ATTACKS[function.__name__] = {"endings": endings or ("exited",), "status": status,
                                      "limits": limits, "run": function}
        return function
    return register


def escaped(what):
    print("ESCAPED", what, flush=True)


def refused(what, function, *arguments):
    """An attempt that must raise OSError; returns the errno."""
    try:
        function(*arguments)
    except OSError as error:
        return error.errno
    escaped(what)
    return 0


def syscall(number, *arguments):
    """By x86-64's numbers: elsewhere there is nothing to try."""
    if os.uname().machine != "x86_64":
        raise OSError(38, "other architecture")
    result = libc.syscall(number, *(ctypes.c_long(a) if isinstance(a, int) else a for a in arguments))
    if result < 0:
        raise OSError(ctypes.get_errno(), f"syscall {number}")
    return result


def children(count, body):
    for _ in range(count):
        if os.fork() == 0:
            body()
            os._exit(0)


def spin(*_):
    while True:
        pass


def eat_memory(megabytes=1 << 20, hold=True):
    held = []
    for _ in range(megabytes):
        held.append(b"x" * MB)
    if hold:
        time.sleep(60)


# ---- processes ----

@attack("process_limit")
def fork_bomb():
    while True:
        try:
            os.fork()
        except OSError:
            pass


@attack("process_limit")
def thread_bomb():
    while True:
        try:
            threading.Thread(target=time.sleep, args=(60,)).start()
        except RuntimeError:
            time.sleep(0.01)


@attack("process_limit", cpu=40_000, wall=60_000)  # more than 24 interpreters have to start
def exec_bomb():
    line = [sys.executable, "-I", "-c", "import subprocess,sys,time\n"
            "for i in range(3): subprocess.Popen(sys.orig_argv)\ntime.sleep(60)", MARK]
    for _ in range(8):
        subprocess.Popen(line)
    time.sleep(60)


@attack("process_limit")
def zombie_bomb():
    while True:
        try:
            if os.fork() == 0:
                os._exit(0)
        except OSError:
            time.sleep(0.01)


@attack("wall_limit", wall=1000)
def ignores_signals():
    for number in range(1, 65):
        try:
            signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError):
            pass
    while True:
        time.sleep(60)


@attack("wall_limit", wall=500)
def sleeps():
    time.sleep(600)


@attack("wall_limit", wall=500)
def stops_itself():
    os.kill(os.getpid(), signal.SIGSTOP)


@attack(status=0)
def daemon_that_holds_the_pipes():
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            time.sleep(600)
        os._exit(0)
    os.wait()


@attack(status=0)
def daemon_without_pipes():
    if os.fork() == 0:
        os.setsid()
        os.closerange(0, 64)
        subprocess.Popen([sys.executable, "-I", "-c", "import time;time.sleep(600)", MARK])
        time.sleep(600)


@attack(status=0)
def process_that_hops():
    """Forks and ends, for ever: each has another pid."""
    if os.fork() == 0:
        while True:
            try:
                if os.fork() != 0:
                    os._exit(0)
            except OSError:
                pass
    time.sleep(0.2)


@attack("cpu_limit", cpu=500)
def spins():
    spin()


@attack("cpu_limit", cpu=500)
def spins_twenty_times():
    children(20, spin)
    time.sleep(600)


@attack("cpu_limit", "wall_limit", cpu=500, wall=2000)
def spins_in_short_children():
    while True:
        if os.fork() == 0:
            end = time.process_time() + 0.01
            while time.process_time() < end:
                pass
            os._exit(0)
        os.wait()


@attack("cpu_limit", cpu=500)
def spins_behind_closed_pipes():
    os.closerange(0, 64)
    spin()


@attack(status=0)
def kills_its_parent():
    for number in (signal.SIGKILL, signal.SIGTERM, signal.SIGSTOP, signal.SIGSEGV, signal.SIGCHLD):
        os.kill(os.getppid(), number)


@attack(status=0)
def kills_everything():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.kill(-1, number)
        except ProcessLookupError:
            pass


@attack("signalled", status=signal.SIGKILL)
def kills_itself():
    os.kill(os.getpid(), signal.SIGKILL)


@attack(status=0)
def kills_the_host():
    for pid in WORLD["pids"]:
        refused(f"signal to {pid}", os.kill, pid, signal.SIGKILL)
        refused(f"pidfd of {pid}", os.pidfd_open, pid)


@attack(status=0)
def strangles_the_guard():
    refused("limits of the guard", resource.prlimit, 1, resource.RLIMIT_CPU, (0, 0))
    refused("limits of the guard", resource.prlimit, 1, resource.RLIMIT_NOFILE, (0, 0))
    refused("priority of the guard", os.setpriority, os.PRIO_PROCESS, 1, 19)
    refused("priority of the user", os.setpriority, os.PRIO_USER, os.getuid(), 19)
    refused("scheduler of the guard", os.sched_setscheduler, 1, os.SCHED_IDLE, os.sched_param(0))
    refused("processors of the guard", os.sched_setaffinity, 1, {0})


@attack(status=0)
def traces():
    attach, seize, traceme = 16, 0x4206, 0
    for request, pid in ((attach, os.getppid()), (seize, os.getppid()), (traceme, 0)):
        refused(f"ptrace {request}", syscall, 101, request, pid, 0, 0)
    buffer = ctypes.create_string_buffer(64)
    vector = (ctypes.c_ulong * 2)(ctypes.addressof(buffer), 64)
    refused("process_vm_readv", syscall, 310, os.getppid(), vector, 1, vector, 1, 0)


@attack(status=0)
def reads_the_guard():
    for name in ("mem", "environ", "maps", "fd/0", "fd/3", "exe", "cwd", "root/tmp", "stack"):
        path = f"/proc/1/{name}"
        refused(path, lambda: os.close(os.open(path, os.O_RDONLY)))
    refused("/proc/1/mem for writing", os.open, "/proc/1/mem", os.O_RDWR)
    refused("/proc/1/fd", os.listdir, "/proc/1/fd")


# ---- memory ----

@attack("memory_limit")
def eats_memory():
    eat_memory()


@attack("memory_limit")
def eats_memory_twenty_times():
    children(20, lambda: eat_memory(64))
    time.sleep(600)


@attack("memory_limit")
def eats_memory_behind_a_main_thread_that_ended():
    threading.Thread(target=eat_memory).start()
    libc.pthread_exit(None)


@attack("memory_limit", "exited")
def eats_shared_memory():
    try:
        held = mmap.mmap(-1, 1024 * MB)
    except OSError:
        return
    for at in range(0, len(held), MB):
        held[at:at + MB] = b"x" * MB
        held.madvise(mmap.MADV_DONTNEED, at, MB)
    escaped("1 GiB of shared memory")


@attack("memory_limit", "exited")
def eats_zero_pages():
    try:
        held = mmap.mmap(os.open("/dev/zero", os.O_RDWR), 1024 * MB)
    except OSError:
        return
    for at in range(0, len(held), MB):
        held[at:at + MB] = b"x" * MB
        held.madvise(mmap.MADV_DONTNEED, at, MB)
    escaped("1 GiB of /dev/zero")


@attack("memory_limit", "exited")
def eats_memory_files():
    total = 0
    try:
        while total < 1024:
            fd = os.memfd_create("x")
            for _ in range(16):
                os.write(fd, b"x" * MB)
                total += 1
    except OSError:
        return
    escaped("1 GiB of memory files")


@attack(status=0)
def eats_sysv_memory():
    get = libc.shmget(0, ctypes.c_size_t(64 * MB), 0o1600)
    if get >= 0:
        escaped("System V shared memory")
    if libc.msgget(0, 0o1600) >= 0 or libc.semget(0, 1, 0o1600) >= 0:
        escaped("System V messages or semaphores")


@attack("memory_limit", "exited", "signalled")
def eats_mapped_scratch():
    fd = os.open("/tmp/map", os.O_RDWR | os.O_CREAT)
    try:
        os.ftruncate(fd, 1024 * MB)
        held = mmap.mmap(fd, 1024 * MB)
    except OSError:
        return
    for at in range(0, len(held), MB):
        held[at:at + MB] = b"x" * MB
    escaped("1 GiB of mapped scratch")


@attack("memory_limit", "exited")
def eats_kernel_buffers():
    """Sockets and pipes: bounded by the number of descriptors."""
    held, total = [], 0
    try:
        while True:
            a, b = socket.socketpair()
            a.setblocking(False)
            held += [a, b]
            try:
                while True:
                    total += a.send(b"x" * 65536)
            except BlockingIOError:
                pass
    except OSError:
        pass
    if total > 256 * MB:
        escaped(f"{total} bytes of socket buffers")


@attack("signalled", "exited", "memory_limit")
def recurses():
    sys.setrecursionlimit(1 << 30)

    def deeper(n):
        return deeper(n + 1) + 1
    deeper(0)


# ---- files ----

def fill(folder, limit=512):
    """MB that could be written into a folder."""
    done = 0
    for number in range(limit):
        try:
            with open(f"{folder}/fill{number}", "wb", buffering=0) as file:
                while file.write(b"x" * MB) == MB:
                    done += 1
                    if done >= limit:
                        return done
        except OSError:
            if number > 40:
                return done
    return done


@attack(status=0)
def fills_the_scratch():
    written = fill("/tmp")
    if written > 16:
        escaped(f"{written} MB in /tmp")


@attack(status=0, wall=10000, cpu=8000)
def fills_whatever_is_writable():
    written = 0
    for folder, names, _ in os.walk("/"):
        if folder == "/":
            names[:] = [n for n in names if n not in ("proc", "usr")]
        written += fill(folder, 128) if os.access(folder, os.W_OK) else 0
    if written > 32:
        escaped(f"{written} MB in all")


def make_endless_files(folder):
    number = 0
    while True:
        number += 1
        os.close(os.open(f"{folder}/{number}", os.O_CREAT | os.O_WRONLY))


@attack("memory_limit", wall=10000, cpu=8000)
def makes_endless_files():
    make_endless_files("/tmp")


@attack("memory_limit", wall=10000, cpu=8000)
def makes_endless_files_in_shared_memory():
    make_endless_files("/dev/shm")


@attack(status=0)
def makes_a_huge_file():
    fd = os.open("/tmp/huge", os.O_CREAT | os.O_RDWR)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    refused("a sparse file of 1 TB", os.ftruncate, fd, 1 << 40)


@attack(status=0)
def leaves_what_cannot_be_removed():
    for depth in range(200):
        os.mkdir("d")
        os.chdir("d")
    os.chdir("/tmp")
    os.mkdir("locked")
    open("locked/file", "w").close()
    os.chmod("locked", 0)
    os.chmod("d", 0)


@attack(status=0)
def plants_links():
    for target in WORLD["secrets"] + ["/etc/shadow", "/proc/1/root/etc/shadow"]:
        link = "/tmp/link"
        os.symlink(target, link)
        refused(f"{target} through a link", lambda: open(link, "rb").read())
        os.unlink(link)
        refused(f"hard link to {target}", os.link, target, link)
    refused("hard link into /usr", os.link, "/usr/bin/env", "/tmp/env")


@attack(status=0)
def writes_outside():
    for folder in ["/", "/usr", "/usr/bin", "/usr/lib", "/usr/local", "/bin", "/etc", "/tally", "/dev",
                   "/proc", "/proc/sys", "/home", "/root", "/run", "/var/tmp", "/sys/fs/cgroup"]:
        refused(folder, lambda: open(f"{folder}/{MARK}", "w"))
        refused(f"mkdir in {folder}", os.mkdir, f"{folder}/{MARK}-d")
    for path in ["/usr/bin/env", "/proc/sysrq-trigger", "/proc/sys/vm/drop_caches",
                 "/proc/sys/kernel/core_pattern", "/etc/ld.so.cache"]:
        refused(path, lambda: open(path, "r+b"))
        refused(f"remove {path}", os.unlink, path)


@attack(status=0)
def writes_to_the_world():
    for path in WORLD["writable"]:
        refused(f"new file beside {path}", lambda: open(f"{os.path.dirname(path)}/{MARK}", "w"))
        refused(path, lambda: open(path, "r+b"))
        refused(f"remove {path}", os.unlink, path)


@attack(status=0)
def changes_its_own_test():
    me = os.path.abspath(__file__)
    refused("write", lambda: open(me, "r+b"))
    refused("remove", os.unlink, me)
    refused("rename", os.rename, me, "/tmp/other")
    refused("chmod", os.chmod, me, 0o777)
    refused("new file beside it", lambda: open(os.path.dirname(me) + "/json.py", "w"))


@attack(status=0)
def mounts():
    for source, target, kind, flags in ((b"tmpfs", b"/tmp", b"tmpfs", 0), (b"proc", b"/tmp", b"proc", 0),
                                        (b"/usr", b"/tmp", b"", 4096), (b"", b"/", b"", 32 | 4096),
                                        (b"", b"/usr", b"", 32)):
        if libc.mount(source, target, kind, ctypes.c_ulong(flags), None) == 0:
            escaped(f"mount {kind} {target}")
    if libc.umount2(b"/tally", 2) == 0 or libc.umount2(b"/proc", 2) == 0:
        escaped("umount")
    for number in (428, 429, 430, 432, 442):  # open_tree, move_mount, fsopen, fsmount, mount_setattr
        refused(f"mount call {number}", syscall, number, 0, 0, 0, 0, 0)


@attack(status=0)
def changes_root():
    os.mkdir("/tmp/root")
    refused("chroot", os.chroot, "/tmp/root")
    refused("pivot_root", syscall, 155, b"/tmp/root", b"/tmp/root")
    for _ in range(64):
        os.chdir("..")
    if os.path.exists("home") or os.path.exists("root"):
        escaped("the host's root")


@attack(status=0)
def becomes_root():
    for function in (os.setuid, os.setgid, os.seteuid):
        if os.getuid() != 0:
            refused(function.__name__, function, 0)
    refused("setgroups", os.setgroups, [0])
    with open("/proc/self/status", encoding="utf-8") as status:
        lines = status.read()
    for line in ("CapEff:\t0000000000000000", "CapBnd:\t0000000000000000", "NoNewPrivs:\t1", "Seccomp:\t2"):
        if line not in lines:
            escaped(f"not {line}")
    for tool in ("su", "mount", "newgrp", "passwd"):
        path = f"/usr/bin/{tool}"
        if os.path.exists(path):
            done = subprocess.run(["/bin/sh", "-c", f"cp {path} /tmp/s && chmod 4755 /tmp/s; {path} --version;"
                                   "cat /proc/self/status"], capture_output=True, check=False)
            if b"Uid:\t0" in done.stdout:
                escaped(f"root by {tool}")


@attack(status=0)
def makes_devices():
    for kind, major, minor in ((0o060000, 254, 0), (0o020000, 1, 1), (0o020000, 1, 5)):
        refused("mknod", os.mknod, f"/tmp/dev{kind}{minor}", 0o600 | kind, os.makedev(major, minor))
    for path in ("/dev/mem", "/dev/kmsg", "/dev/vda", "/dev/sda", "/dev/tty", "/dev/ptmx", "/dev/fuse",
                 "/dev/kvm", "/dev/net/tun", "/dev/zero"):
        refused(path, os.open, path, os.O_RDWR)


# ---- output ----

@attack("output_limit")
def floods_stdout():
    while True:
        os.write(1, b"x" * 65536)


@attack("output_limit")
def floods_stderr():
    while True:
        os.write(2, b"x" * 65536)


@attack("output_limit")
def floods_through_children():
    children(8, lambda: [os.write(1, b"y" * 4096) for _ in range(1 << 20)])
    time.sleep(600)


@attack(status=0)
def prints_any_bytes():
    os.write(1, bytes(range(256)) + b"\x00\x1b[2J\x1b]0;title\x07\xff\xfe")


@attack(status=0)
def pushes_into_the_terminal():
    for fd in (0, 1, 2):
        for character in b"touch /tmp/pushed\n":
            refused("TIOCSTI", fcntl.ioctl, fd, 0x5412, bytes([character]))


# ---- network ----

@attack(status=0)
def connects_to_loopback():
    for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET, WORLD["address"]),
                         (socket.AF_INET6, "::1")):
        with socket.socket(family, socket.SOCK_STREAM) as tcp:
            tcp.settimeout(0.3)
            refused(f"TCP to {host}", tcp.connect, (host, WORLD["tcp"]))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        try:
            udp.sendto(b"escaped", ("127.0.0.1", WORLD["udp"]))
        except OSError:
            pass


@attack(status=0)
def connects_to_the_world():
    for host in ("1.1.1.1", "8.8.8.8", "169.254.169.254", "10.0.0.1"):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp:
            tcp.settimeout(0.3)
            refused(f"TCP to {host}", tcp.connect, (host, 53))
    refused("a name", socket.getaddrinfo, "example.com", 80)


@attack(status=0)
def connects_to_abstract_sockets():
    with socket.socket(socket.AF_UNIX) as unix:
        refused("abstract socket", unix.connect, "\0" + WORLD["abstract"])


@attack(status=0)
def connects_to_socket_files():
    for path in (WORLD["socket"], "/run/docker.sock", "/var/run/docker.sock", "/run/munge/munge.socket.2",
                 "/run/dbus/system_bus_socket"):
        with socket.socket(socket.AF_UNIX) as unix:
            refused(path, unix.connect, path)


@attack(status=0)
def opens_odd_sockets():
    for family in (socket.AF_PACKET, socket.AF_NETLINK, 38, 29, 40, 21, 17):  # ALG, CAN, VSOCK, RDS
        for kind in (socket.SOCK_RAW, socket.SOCK_DGRAM, socket.SOCK_STREAM):
            refused(f"socket family {family}", lambda: socket.socket(family, kind).close())
    refused("raw IP", lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1).close())


# ---- secrets ----

@attack(status=0)
def reads_environments():
    for pid in (name for name in os.listdir("/proc") if name.isdigit()):
        try:
            with open(f"/proc/{pid}/environ", "rb") as file:
                if WORLD["token"].encode() in file.read():
                    escaped(f"the token in the environment of {pid}")
        except OSError:
            pass
    if WORLD["token"] in str(os.environ):
        escaped("the token")


@attack(status=0)
def reads_host_files():
    for path in WORLD["secrets"] + ["/etc/passwd", "/etc/shadow", "/root", "/home", "/var", "/run", "/sys",
                                    "/opt", "/mnt", "/boot", "/etc/hostname", "/etc/ssh"]:
        if os.path.lexists(path):
            escaped(path)
    here = sorted(os.listdir("/"))
    if set(here) - {"bin", "dev", "etc", "lib", "lib32", "lib64", "libx32", "proc", "sbin", "tally", "tmp", "usr"}:
        escaped(f"/ holds {here}")
    if socket.gethostname() != "sandbox":
        escaped("the host's name")


@attack(status=0)
def lists_processes():
    pids = sorted(int(name) for name in os.listdir("/proc") if name.isdigit())
    if pids != [1, os.getpid()]:
        escaped(f"processes {pids}")


@attack(status=0)
def probes_descriptors():
    for fd in range(3, 4096):
        refused(f"descriptor {fd}", os.fstat, fd)
    for fd in (0, 1, 2):
        for path in (f"/proc/self/fd/{fd}/..", f"/proc/self/fd/{fd}/../.."):
            refused(path, os.listdir, path)
        refused(f"chdir by descriptor {fd}", os.fchdir, fd)
    refused("read from stdout", os.read, 1, 1)
    for name in os.listdir("/proc/self/task"):
        if name != str(os.getpid()):
            escaped(f"thread {name}")


@attack(status=0)
def takes_descriptors():
    refused("pidfd_getfd", syscall, 438, os.pidfd_open(1), 0, 0)


# ---- kernel ----

@attack(status=0)
def makes_namespaces():
    for flag in (0x10000000, 0x00020000, 0x40000000, 0x20000000, 0x08000000, 0x04000000, 0x02000000):
        refused(f"unshare {flag:#x}", syscall, 272, flag)
        refused(f"clone {flag:#x}", syscall, 56, flag | signal.SIGCHLD, 0, 0, 0, 0)
    refused("clone3", syscall, 435, ctypes.create_string_buffer(88), 88)
    refused("setns", syscall, 308, os.open("/proc/self/ns/net", os.O_RDONLY), 0)


@attack(status=0)
def calls_exotic_doors():
    for name, number in {"bpf": 321, "userfaultfd": 323, "perf_event_open": 298, "keyctl": 250,
                         "add_key": 248, "io_uring_setup": 425, "kexec_load": 246, "init_module": 175,
                         "finit_module": 313, "reboot": 169, "swapon": 167, "acct": 163,
                         "open_by_handle_at": 304, "name_to_handle_at": 303, "quotactl": 179,
                         "settimeofday": 164, "clock_settime": 227, "sethostname": 170, "syslog": 103,
                         "iopl": 172, "personality": 135, "memfd_secret": 447, "kcmp": 312,
                         "fanotify_init": 300, "vhangup": 153, "modify_ldt": 154,
                         "process_madvise": 440}.items():
        refused(name, syscall, number, 0, 0, 0, 0, 0)


@attack("signalled", "exited")
def calls_by_another_architecture():
    """int 0x80: 32-bit getpid, past a filter that knows 64-bit numbers only."""
    libc.mmap.restype = ctypes.c_void_p
    at = libc.mmap(None, ctypes.c_size_t(4096), 7, 0x22, -1, ctypes.c_long(0))
    text = bytes.fromhex("b814000000cd80c3")  # mov eax, 20; int 0x80; ret
    ctypes.memmove(at, text, len(text))
    if ctypes.CFUNCTYPE(ctypes.c_int)(at)() == os.getpid():
        escaped("a 32-bit system call")


@attack(status=0)
def asks_for_real_time():
    refused("SCHED_FIFO", os.sched_setscheduler, 0, os.SCHED_FIFO, os.sched_param(1))
    refused("nice -10", os.setpriority, os.PRIO_PROCESS, 0, -10)
    for limit in (resource.RLIMIT_NPROC, resource.RLIMIT_NOFILE, resource.RLIMIT_CORE, resource.RLIMIT_FSIZE):
        try:
            resource.setrlimit(limit, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
            escaped(f"limit {limit}")
        except (OSError, ValueError):
            pass


@attack("signalled", status=signal.SIGSEGV)
def dumps_core():
    os.kill(os.getpid(), signal.SIGSEGV)


@attack(status=0)
def listens_for_the_host():
    """A listener inside must not be one outside: the test tries to reach it from there."""
    server = socket.create_server(("0.0.0.0", WORLD["inner"]))
    server.settimeout(0.3)
    try:
        server.accept()
        escaped("somebody came in")
    except TimeoutError:
        pass
    with socket.create_connection(("127.0.0.1", WORLD["inner"]), 1):
        pass  # the sandbox's own loopback works


def main():
    global MARK, WORLD
    name, MARK, WORLD = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
    ATTACKS[name]["run"]()


if __name__ == "__main__":
    main()
