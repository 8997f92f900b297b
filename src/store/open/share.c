/* Makes the file systems behave as network shares do: no shared memory maps if NO_SHARED_MAPS is set, and locks that
   fail with the error number in LOCKS_FAIL. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

void *mmap64(void *at, size_t length, int protection, int flags, int file, off64_t offset) {
    if ((flags & MAP_SHARED) && file >= 0 && getenv("NO_SHARED_MAPS")) {
        errno = ENODEV;
        return MAP_FAILED;
    }
    return (void *)syscall(SYS_mmap, at, length, protection, flags, file, offset);
}

void *mmap(void *at, size_t length, int protection, int flags, int file, off_t offset) {
    return mmap64(at, length, protection, flags, file, offset);
}

static int control(int file, int command, void *argument) {
    const char *fails = getenv("LOCKS_FAIL");
    if (fails && (command == F_SETLK || command == F_SETLKW || command == F_GETLK)) {
        errno = atoi(fails);
        return -1;
    }
    return (int)syscall(SYS_fcntl, file, command, argument);
}

int fcntl(int file, int command, ...) {
    va_list list;
    va_start(list, command);
    void *argument = va_arg(list, void *);
    va_end(list);
    return control(file, command, argument);
}

int fcntl64(int file, int command, ...) {
    va_list list;
    va_start(list, command);
    void *argument = va_arg(list, void *);
    va_end(list);
    return control(file, command, argument);
}
