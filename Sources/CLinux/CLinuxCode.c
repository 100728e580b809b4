#define _GNU_SOURCE
#include "CLinux.h"

#include <link.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

static int let_go(struct dl_phdr_info *object, size_t size, void *unused) {
    (void)size, (void)unused;
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    for (int i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
        // Data that relocation has written to would come back as it is in the file.
        if (segment->p_type != PT_LOAD || (segment->p_flags & (PF_R | PF_W | PF_X)) != (PF_R | PF_X)) continue;
        uintptr_t start = object->dlpi_addr + segment->p_vaddr;
        uintptr_t first = (start + page - 1) / page * page;
        uintptr_t last = (start + segment->p_memsz) / page * page;
        // Where it cannot be had all stays as it is.
        if (last > first) (void)madvise((void *)first, last - first, MADV_DONTNEED);
    }
    return 0;
}

void clinux_let_go_of_code(void) { dl_iterate_phdr(let_go, NULL); }
