// Tells ThreadSanitizer what a contended Synchronization.Mutex does.
//
// The uncontended way of a Mutex is inlined where it is used, so its atomics are instrumented and seen. A contended one
// is taken and given back by the kernel (FUTEX_LOCK_PI, FUTEX_UNLOCK_PI) inside libswiftSynchronization, which is built
// without the sanitizer: what happened before the unlock is then unknown to the next holder, and every value behind
// such a mutex is reported as a race. These three functions stand before the library's, call it, and say what it did.
// They are linked into sanitized test builds only.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

void __tsan_acquire(void *address);
void __tsan_release(void *address);

// Synchronization._MutexHandle, as stdlib/public/Synchronization/Mutex/LinuxImpl.swift declares it.
#define LOCK "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define TRY_LOCK "$s15Synchronization12_MutexHandleV12_tryLockSlowSbyF"
#define UNLOCK "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"
#define SWIFT __attribute__((swiftcall))
#define SELF __attribute__((swift_context)) void *self

static SWIFT void (*lockOfLibrary)(uint32_t thread, SELF);
static SWIFT bool (*tryLockOfLibrary)(SELF);
static SWIFT void (*unlockOfLibrary)(SELF);

static void *ofLibrary(const char *name) {
    void *found = dlsym(RTLD_NEXT, name);
    if (found == NULL) {
        fprintf(stderr, "Tests/Sanitizers/mutex.c: this Swift's Mutex has no %s\n", name);
        abort();
    }
    return found;
}

__attribute__((constructor)) static void findLibrary(void) {
    lockOfLibrary = (SWIFT void (*)(uint32_t, SELF))ofLibrary(LOCK);
    tryLockOfLibrary = (SWIFT bool (*)(SELF))ofLibrary(TRY_LOCK);
    unlockOfLibrary = (SWIFT void (*)(SELF))ofLibrary(UNLOCK);
}

SWIFT void lockSlow(uint32_t thread, SELF) __asm__(LOCK);
SWIFT void lockSlow(uint32_t thread, SELF) {
    lockOfLibrary(thread, self);
    __tsan_acquire(self);
}

SWIFT bool tryLockSlow(SELF) __asm__(TRY_LOCK);
SWIFT bool tryLockSlow(SELF) {
    bool held = tryLockOfLibrary(self);
    if (held) __tsan_acquire(self);
    return held;
}

SWIFT void unlockSlow(SELF) __asm__(UNLOCK);
SWIFT void unlockSlow(SELF) {
    __tsan_release(self);
    unlockOfLibrary(self);
}
