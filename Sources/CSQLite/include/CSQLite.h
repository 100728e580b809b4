#ifndef SIGNALBOX_CSQLITE_H
#define SIGNALBOX_CSQLITE_H

#include <sqlite3.h>

// SQLITE_TRANSIENT and SQLITE_STATIC are casts of integers to function pointers, which Swift cannot import.
sqlite3_destructor_type csqlite_transient(void);
sqlite3_destructor_type csqlite_static(void);

// sqlite3_db_config and sqlite3_config are variadic in C, which Swift cannot call.
int csqlite_db_config_flag(sqlite3 *connection, int option, int value);
int csqlite_config_int(int option, int value);

// Names the calling thread (at most 15 bytes), for top(1) and debuggers; Swift's Glibc lacks the GNU extension.
void csqlite_name_thread(const char *name);

#endif
