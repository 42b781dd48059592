/* A disk whose commits take longer: every fdatasync waits 2 ms first, while the file named by SLOW_DISK_WHILE is there.
   Loaded into the server under test alone (LD_PRELOAD); compiled when the bench runs. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>

int fdatasync(int fd)
{
    static int (*real)(int);
    static const char *while_there;

    if (!real) {
        while_there = getenv("SLOW_DISK_WHILE");
        real = (int (*)(int)) dlsym(RTLD_NEXT, "fdatasync");
    }
    if (while_there && access(while_there, F_OK) == 0)
        usleep(2000);
    return real(fd);
}
