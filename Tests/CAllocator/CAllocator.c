#include "CAllocator.h"

#include <sqlite3.h>
#include <stdatomic.h>
#include <stddef.h>

static sqlite3_mem_methods system_methods;
static _Atomic long count;
static _Atomic long failures;
static _Atomic long failing;
static _Atomic int is_lasting;

static int fails(void) {
    long number = atomic_fetch_add(&count, 1) + 1;
    long first = atomic_load(&failing);
    if (first == 0 || number < first || (number > first && !atomic_load(&is_lasting))) return 0;
    atomic_fetch_add(&failures, 1);
    return 1;
}

static void *allocate(int size) {
    return fails() ? NULL : system_methods.xMalloc(size);
}

static void *reallocate(void *block, int size) {
    return fails() ? NULL : system_methods.xRealloc(block, size);
}

int callocator_install(void) {
    int code = sqlite3_config(SQLITE_CONFIG_GETMALLOC, &system_methods);
    if (code != SQLITE_OK) return code;
    sqlite3_mem_methods methods = system_methods;
    methods.xMalloc = allocate;
    methods.xRealloc = reallocate;
    code = sqlite3_config(SQLITE_CONFIG_MALLOC, &methods);
    if (code != SQLITE_OK) return code;
    return sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0);
}

void callocator_fail(long number, int lasting) {
    atomic_store(&failing, 0);
    atomic_store(&count, 0);
    atomic_store(&failures, 0);
    atomic_store(&is_lasting, lasting);
    atomic_store(&failing, number);
}

void callocator_heal(void) {
    atomic_store(&failing, 0);
}

long callocator_count(void) {
    return atomic_load(&count);
}

long callocator_failures(void) {
    return atomic_load(&failures);
}
