/*
 * Faults of disk and clock for the real executable, which loads this library first (LD_PRELOAD).
 *
 * Every system call that changes files is trapped by the kernel, whoever makes it: SQLite, Rust's library, or code that
 * goes past the C library. What concerns FAULTS_FOLDER, an absolute path, may fail as the orders say, and is written
 * down; everything else goes through. FAULTS_ORDERS names a file of these numbers, which all processes share and the
 * test changes whenever it likes; FAULTS_LOG one to write down in what was done, in order, so that a test can tell what
 * a disk may hold after a power cut (tests/it/disk.rs). It is compiled by tests/it/faults.rs, on Linux.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

struct orders {
    int64_t room;   /* so many bytes may files still grow by; then the disk is full */
    uint64_t share; /* so many of a million writes and syncs fail */
    uint64_t dice;  /* where the dice stand: the seed */
    uint64_t done;  /* how many faults there were */
    int64_t clock;  /* so many seconds the clock is ahead */
    int64_t gives;  /* whether a file that is removed gives its room back */
};

/* A line of the log; then its name (of a rename: both, a zero byte between) and its bytes. */
struct entry {
    uint64_t kind, file, at, name_length, length;
};
enum kind { WRITE = 1, TRUNCATE, SYNC, CREATE, FOLDER, RENAME, REMOVE };

/* A call of ours says so in its sixth argument, which none of those that are trapped has, and goes through. */
#define OURS 0x5EA50FA11ULL
#define ROOM_FOR_PATH 2048

static struct orders *orders;
static int log_file = -1;
static char folder[1024];
static size_t folder_length;
static __thread char one[ROOM_FOR_PATH], other[ROOM_FOR_PATH * 2];

static long through(long call, long a, long b, long c, long d, long e)
{
    long answer = syscall(call, a, b, c, d, e, OURS);
    return answer < 0 ? -errno : answer;
}

/* --- What is concerned --- */

static int is_inside(const char *path)
{
    return strncmp(path, folder, folder_length) == 0 && (path[folder_length] == '/' || path[folder_length] == 0);
}

static int path_of(int file, char *to)
{
    char link[40];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, to, ROOM_FOR_PATH - 1);
    to[length < 0 ? 0 : length] = 0;
    return length > 0;
}

/* Whether it is a file or folder that is concerned; then its path is in `one`. */
static int concerns(int file, struct stat *about)
{
    if (fstat(file, about) != 0 || !(S_ISREG(about->st_mode) || S_ISDIR(about->st_mode)))
        return 0;
    return path_of(file, one) && is_inside(one);
}

/* The whole path of what is named beside an open folder. */
static int named(int beside, const char *name, char *to)
{
    size_t length = 0;
    to[0] = 0;
    if (name[0] != '/') {
        if (beside == AT_FDCWD ? getcwd(to, ROOM_FOR_PATH) == NULL : !path_of(beside, to))
            return 0;
        length = strlen(to);
        to[length++] = '/';
    }
    if (length + strlen(name) >= ROOM_FOR_PATH)
        return 0;
    strcpy(to + length, name);
    return is_inside(to);
}

/* --- What goes wrong --- */

static uint64_t throw_dice(void)
{
    uint64_t z = __atomic_add_fetch(&orders->dice, 0x9E3779B97F4A7C15ULL, __ATOMIC_RELAXED);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31);
}

static int strikes(void)
{
    if (orders->share == 0 || throw_dice() % 1000000 >= orders->share)
        return 0;
    __atomic_add_fetch(&orders->done, 1, __ATOMIC_RELAXED);
    return 1;
}

/* Takes room on the disk; gives how much of it there was. */
static uint64_t take_room(uint64_t wanted)
{
    int64_t left = __atomic_load_n(&orders->room, __ATOMIC_RELAXED);
    int64_t got;
    do
        got = left < 0 ? 0 : left < (int64_t)wanted ? left : (int64_t)wanted;
    while (!__atomic_compare_exchange_n(&orders->room, &left, left - got, 0, __ATOMIC_RELAXED, __ATOMIC_RELAXED));
    if (got < (int64_t)wanted)
        __atomic_add_fetch(&orders->done, 1, __ATOMIC_RELAXED);
    return (uint64_t)got;
}

/* --- What is written down --- */

static void note(enum kind kind, uint64_t file, uint64_t at, const char *name, size_t name_length,
                 const struct iovec *bytes, int count, uint64_t length)
{
    if (log_file < 0)
        return;
    struct entry entry = { kind, file, at, name_length, length };
    struct iovec all[12] = { { &entry, sizeof entry }, { (void *)name, name_length } };
    uint64_t left = length;
    int pieces = 2;
    for (int i = 0; i < count && left > 0 && pieces < 12; i++) {
        uint64_t some = bytes[i].iov_len < left ? bytes[i].iov_len : left;
        all[pieces++] = (struct iovec){ bytes[i].iov_base, some };
        left -= some;
    }
    if (left > 0 || through(SYS_writev, log_file, (long)all, pieces, 0, 0) < (long)sizeof entry)
        _exit(99);
}

static void note_name(enum kind kind, uint64_t file, const char *name)
{
    note(kind, file, 0, name, strlen(name), NULL, 0, 0);
}

/* --- The calls --- */

static long write_some(int file, const struct iovec *bytes, int count, int64_t at)
{
    struct stat about;
    uint64_t length = 0;
    for (int i = 0; i < count; i++)
        length += bytes[i].iov_len;
    if (!concerns(file, &about) || length == 0)
        return at < 0 ? through(SYS_writev, file, (long)bytes, count, 0, 0)
                      : through(SYS_pwritev, file, (long)bytes, count, at, 0);
    uint64_t most = length;
    if (strikes()) {
        if (length == 1 || throw_dice() % 2)
            return -EIO;
        most = 1 + throw_dice() % (length - 1);
    }
    if (at < 0)
        at = fcntl(file, F_GETFL) & O_APPEND ? about.st_size : lseek(file, 0, SEEK_CUR);
    int64_t growth = at + (int64_t)most - about.st_size;
    if (growth > 0) {
        most -= growth - take_room(growth);
        if (most == 0 || most > length)
            return -ENOSPC;
    }
    /* As few pieces as are needed for so many bytes. */
    struct iovec some[8];
    int pieces = 0;
    for (uint64_t left = most; left > 0; pieces++) {
        if (pieces == 8)
            _exit(98);
        some[pieces] = bytes[pieces];
        if (some[pieces].iov_len > left)
            some[pieces].iov_len = left;
        left -= some[pieces].iov_len;
    }
    note(WRITE, about.st_ino, at, NULL, 0, some, pieces, most);
    long answer = through(SYS_pwritev, file, (long)some, pieces, at, 0);
    return answer;
}

/* What writes where the file stands moves on. */
static long write_on(int file, const struct iovec *bytes, int count)
{
    struct stat about;
    long written = write_some(file, bytes, count, -1);
    if (written > 0 && concerns(file, &about)) {
        int appends = fcntl(file, F_GETFL) & O_APPEND;
        lseek(file, appends ? 0 : written, appends ? SEEK_END : SEEK_CUR);
    }
    return written;
}

static long cut_off(long call, int file, long a, long b, long c)
{
    struct stat about;
    if (!concerns(file, &about))
        return through(call, file, a, b, c, 0);
    if (strikes())
        return -EIO;
    int64_t length = call == SYS_ftruncate ? a : b + c;
    int64_t growth = length - about.st_size;
    if (call != SYS_ftruncate && growth > 0 && take_room(growth) < (uint64_t)growth)
        return -ENOSPC;
    if (call == SYS_ftruncate || (a == 0 && growth > 0))
        note(TRUNCATE, about.st_ino, length, NULL, 0, NULL, 0, 0);
    return through(call, file, a, b, c, 0);
}

static long sync_now(long call, int file)
{
    struct stat about;
    if (!concerns(file, &about))
        return through(call, file, 0, 0, 0, 0);
    if (strikes())
        return -EIO;
    /* What is written while this goes on may not be among it. */
    off_t since = log_file < 0 ? 0 : lseek(log_file, 0, SEEK_END);
    long answer = through(call, file, 0, 0, 0, 0);
    if (answer == 0)
        note(SYNC, about.st_ino, since, S_ISDIR(about.st_mode) ? one : NULL, S_ISDIR(about.st_mode) ? strlen(one) : 0,
             NULL, 0, 0);
    return answer;
}

static long open_one(int beside, const char *name, long how, long mode)
{
    struct stat about;
    if (!(how & (O_CREAT | O_TRUNC)) || (how & O_DIRECTORY) || !named(beside, name, one))
        return through(SYS_openat, beside, (long)name, how, mode, 0);
    int was_there = stat(one, &about) == 0;
    if (!was_there && (how & O_CREAT) && take_room(1) == 0)
        return -ENOSPC;
    long file = through(SYS_openat, beside, (long)name, how, mode, 0);
    if (file >= 0 && fstat((int)file, &about) == 0) {
        if (!was_there)
            note_name(CREATE, about.st_ino, one);
        else if (how & O_TRUNC)
            note(TRUNCATE, about.st_ino, 0, NULL, 0, NULL, 0, 0);
    }
    return file;
}

static long make_folder(int beside, const char *name, long mode)
{
    struct stat about;
    int inside = named(beside, name, one);
    if (inside && take_room(1) == 0)
        return -ENOSPC;
    long answer = through(SYS_mkdirat, beside, (long)name, mode, 0, 0);
    if (answer == 0 && inside && stat(one, &about) == 0)
        note_name(FOLDER, about.st_ino, one);
    return answer;
}

static long rename_one(int from_beside, const char *from, int to_beside, const char *to, long how)
{
    int inside = named(from_beside, from, one);
    size_t length = strlen(one);
    memcpy(other, one, length + 1);
    inside = named(to_beside, to, one) && inside;
    if (inside && strikes())
        return -EIO;
    long answer = through(SYS_renameat2, from_beside, (long)from, to_beside, (long)to, how);
    if (answer == 0 && inside) {
        strcpy(other + length + 1, one);
        note(RENAME, 0, 0, other, length + 1 + strlen(one), NULL, 0, 0);
    }
    return answer;
}

static long remove_one(int beside, const char *name, long how)
{
    struct stat about;
    int inside = named(beside, name, one);
    int64_t size = inside && orders->gives && stat(one, &about) == 0 ? about.st_size : 0;
    long answer = through(SYS_unlinkat, beside, (long)name, how, 0, 0);
    if (answer == 0 && inside) {
        __atomic_add_fetch(&orders->room, size, __ATOMIC_RELAXED);
        note_name(REMOVE, 0, one);
    }
    return answer;
}

static long answer_to(long call, long a, long b, long c, long d, long e)
{
    struct iovec whole = { (void *)b, (size_t)c };
    switch (call) {
    case SYS_write: return write_on((int)a, &whole, 1);
    case SYS_writev: return write_on((int)a, (struct iovec *)b, (int)c);
    case SYS_pwrite64: return write_some((int)a, &whole, 1, d);
    case SYS_pwritev: return write_some((int)a, (struct iovec *)b, (int)c, d);
    case SYS_ftruncate: case SYS_fallocate: return cut_off(call, (int)a, b, c, d);
    case SYS_fsync: case SYS_fdatasync: return sync_now(call, (int)a);
    case SYS_openat: return open_one((int)a, (char *)b, c, d);
    case SYS_mkdirat: return make_folder((int)a, (char *)b, c);
    case SYS_unlinkat: return remove_one((int)a, (char *)b, c);
    case SYS_renameat2: return rename_one((int)a, (char *)b, (int)c, (char *)d, e);
#ifdef SYS_renameat
    case SYS_renameat: return rename_one((int)a, (char *)b, (int)c, (char *)d, 0);
#endif
#ifdef SYS_open
    case SYS_open: return open_one(AT_FDCWD, (char *)a, b, c);
    case SYS_creat: return open_one(AT_FDCWD, (char *)a, O_CREAT | O_WRONLY | O_TRUNC, b);
    case SYS_mkdir: return make_folder(AT_FDCWD, (char *)a, b);
    case SYS_unlink: return remove_one(AT_FDCWD, (char *)a, 0);
    case SYS_rmdir: return remove_one(AT_FDCWD, (char *)a, AT_REMOVEDIR);
    case SYS_rename: return rename_one(AT_FDCWD, (char *)a, AT_FDCWD, (char *)b, 0);
#endif
    /* Whoever copies by these can do it by writing. */
    case SYS_sendfile: return -EINVAL;
    default: return -ENOSYS;
    }
}

static const int TRAPPED[] = {
    SYS_write, SYS_writev, SYS_pwrite64, SYS_pwritev, SYS_ftruncate, SYS_fallocate, SYS_fsync, SYS_fdatasync,
    SYS_openat, SYS_mkdirat, SYS_unlinkat, SYS_renameat2, SYS_linkat, SYS_sendfile, SYS_copy_file_range, SYS_pwritev2,
    SYS_sync_file_range,
#ifdef SYS_renameat
    SYS_renameat,
#endif
#ifdef SYS_open
    SYS_open, SYS_creat, SYS_mkdir, SYS_unlink, SYS_rmdir, SYS_rename, SYS_link,
#endif
};
#define COUNT (sizeof TRAPPED / sizeof *TRAPPED)

static void trapped(int signal, siginfo_t *info, void *context)
{
    (void)signal;
    int before = errno;
    mcontext_t *cpu = &((ucontext_t *)context)->uc_mcontext;
#if defined(__x86_64__)
    greg_t *r = cpu->gregs;
    r[REG_RAX] = answer_to(info->si_syscall, r[REG_RDI], r[REG_RSI], r[REG_RDX], r[REG_R10], r[REG_R8]);
#elif defined(__aarch64__)
    unsigned long long *r = cpu->regs;
    r[0] = answer_to(info->si_syscall, r[0], r[1], r[2], r[3], r[4]);
#else
#error "say where this machine keeps the arguments of a system call"
#endif
    errno = before;
}

static void set_trap(void)
{
    struct sigaction action = { .sa_sigaction = trapped, .sa_flags = SA_SIGINFO | SA_NODEFER };
    struct sock_filter filter[COUNT + 8];
    unsigned n = 0;
    filter[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
    for (unsigned i = 0; i < COUNT; i++)
        filter[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, TRAPPED[i], COUNT - i, 0);
    filter[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    filter[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[5]));
    filter[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)OURS, 0, 1);
    filter[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    filter[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP);
    struct sock_fprog program = { n, filter };
    if (sigaction(SIGSYS, &action, NULL) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0
        || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
        _exit(97);
}

__attribute__((constructor)) static void begin(void)
{
    const char *ordered = getenv("FAULTS_ORDERS"), *log = getenv("FAULTS_LOG"), *where = getenv("FAULTS_FOLDER");
    if (ordered == NULL || where == NULL || strlen(where) >= sizeof folder)
        _exit(96);
    folder_length = strlen(strcpy(folder, where));
    int file = open(ordered, O_RDWR | O_CLOEXEC);
    void *at = mmap(NULL, sizeof *orders, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (file < 0 || at == MAP_FAILED)
        _exit(95);
    close(file);
    orders = at;
    if (log != NULL && (log_file = open(log, O_WRONLY | O_APPEND | O_CLOEXEC)) < 0)
        _exit(94);
    set_trap();
}

/* The time of day, as far ahead as the orders say. How long something takes is measured by another clock. */
int clock_gettime(clockid_t clock, struct timespec *time)
{
    long answer = syscall(SYS_clock_gettime, clock, time);
    if (answer == 0 && orders != NULL && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        time->tv_sec += orders->clock;
    return (int)answer;
}
