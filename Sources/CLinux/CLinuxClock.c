#define _GNU_SOURCE
#include "CLinux.h"

#include <sys/timex.h>

int clinux_is_clock_synchronised(void) {
    struct timex state = {0};
    return adjtimex(&state) != -1 && (state.status & STA_UNSYNC) == 0;
}
