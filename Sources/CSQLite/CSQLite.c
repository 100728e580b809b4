#define _GNU_SOURCE
#include "CSQLite.h"

#include <pthread.h>
#include <stddef.h>

sqlite3_destructor_type csqlite_transient(void) {
    return SQLITE_TRANSIENT;
}

sqlite3_destructor_type csqlite_static(void) {
    return SQLITE_STATIC;
}

int csqlite_db_config_flag(sqlite3 *connection, int option, int value) {
    return sqlite3_db_config(connection, option, value, NULL);
}

int csqlite_config_int(int option, int value) {
    return sqlite3_config(option, value);
}

void csqlite_name_thread(const char *name) {
    pthread_setname_np(pthread_self(), name);
}
