/* Ends the process that it is loaded into at a chosen record of its journal, or sets its clock there.
 *
 * KILL_AT is the record's number, from 1; KILL_WHEN says when: "before" it is written, "torn" when half of it is, or
 * "after" the disk has it. Where CLOCK_STEP is set, the wall clock moves by so many seconds instead; the clock that only
 * goes on goes on. Whatever else the process does goes its way. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static atomic_long written;
static atomic_long kept;
static atomic_long moved;

static int is_journal(int fd)
{
    static const char name[] = "/journal.jsonl";
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path);
    size_t tail = sizeof name - 1;
    return length >= (ssize_t)tail && memcmp(path + length - tail, name, tail) == 0;
}

static int is_due(const char *when, long number)
{
    const char *at = getenv("KILL_AT"), *wanted = getenv("KILL_WHEN");
    return at && wanted && strcmp(when, wanted) == 0 && atol(at) == number;
}

static void die(void)
{
    kill(getpid(), SIGKILL);
    for (;;)
        pause();
}

static void strike(void)
{
    const char *step = getenv("CLOCK_STEP");
    if (step)
        atomic_store(&moved, atol(step));
    else
        die();
}

int clock_gettime(clockid_t which, struct timespec *now)
{
    int done = (int)syscall(SYS_clock_gettime, which, now);
    if (done == 0 && which == CLOCK_REALTIME)
        now->tv_sec += atomic_load(&moved);
    return done;
}

ssize_t write(int fd, const void *bytes, size_t count)
{
    ssize_t (*real)(int, const void *, size_t) = dlsym(RTLD_NEXT, "write");
    if (is_journal(fd)) {
        long number = atomic_fetch_add(&written, 1) + 1;
        if (is_due("before", number))
            strike();
        if (is_due("torn", number)) {
            real(fd, bytes, count / 2);
            die();
        }
    }
    return real(fd, bytes, count);
}

int fdatasync(int fd)
{
    int (*real)(int) = dlsym(RTLD_NEXT, "fdatasync");
    /* Records that were written side by side come onto the disk together. */
    long until = atomic_load(&written);
    int done = real(fd);
    if (is_journal(fd))
        for (long number = atomic_exchange(&kept, until) + 1; number <= until; number++)
            if (is_due("after", number))
                strike();
    return done;
}
