#ifndef SIGNALBOX_CALLOCATOR_H
#define SIGNALBOX_CALLOCATOR_H

// An allocator in front of SQLite's that fails when it is told to. Its counts are those of the whole process.

// Puts it in place, without the pool of small blocks that would hide most allocations from it. Before the first use of
// SQLite in the process; 0 is success.
int callocator_install(void);
// Counts from zero, and fails the allocation of this number, or all from it on; 0 is none.
void callocator_fail(long number, int lasting);
// Everything works again. The counts stay.
void callocator_heal(void);
long callocator_count(void);
long callocator_failures(void);

#endif
