// A clock that tests move, loaded with LD_PRELOAD: the time of day is ahead by the whole seconds in the file that
// MOVED_CLOCK names, which is read each time. What measures how long something takes stays true.
//
// libfaketime does this too, and makes each wait of a thread with a limit a busy loop (0.9.10: it answers EAGAIN where
// another thread waits at the same moment): CPython's threads wait so for each other.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static time_t ahead(void) {
    char text[32] = "";
    const char *path = getenv("MOVED_CLOCK");
    int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (file < 0 || read(file, text, sizeof text - 1) <= 0) abort();
    close(file);
    return strtol(text, NULL, 10);
}

static int (*in_libc)(clockid_t, struct timespec *);

__attribute__((constructor)) static void find_in_libc(void) {
    *(void **)&in_libc = dlsym(RTLD_NEXT, "clock_gettime");
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    if (!in_libc) find_in_libc();
    int failed = in_libc(clock, now);
    if (!failed && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec += ahead();
    return failed;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    struct timespec precise;
    (void)zone;
    if (clock_gettime(CLOCK_REALTIME, &precise)) return -1;
    *now = (struct timeval){precise.tv_sec, precise.tv_nsec / 1000};
    return 0;
}

time_t time(time_t *into) {
    struct timespec precise;
    if (clock_gettime(CLOCK_REALTIME, &precise)) return -1;
    if (into) *into = precise.tv_sec;
    return precise.tv_sec;
}
