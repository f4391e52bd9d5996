/* SQLite as Swift sees it: its own header, and what Swift cannot call by itself (functions that take
   the destructor macros). The header includes nothing of the system but <stdarg.h>. */
#ifndef CSQLITE_H
#define CSQLITE_H

#include <sqlite3.h>

/* The code of an insert that a unique index refused. Swift cannot read the macro. */
enum { csqlite_constraint_unique = SQLITE_CONSTRAINT_UNIQUE };

/* Turns off SQLite's count of the memory it has allocated: it takes a global mutex at each malloc and
   free, a sixth of the time of an insert, and nobody asks for it. Call it once, before anything else
   of SQLite; answers SQLITE_OK or SQLITE_MISUSE. */
int csqlite_configure(void);

/* sqlite3_bind_blob64 and sqlite3_bind_text64 with SQLITE_TRANSIENT (the bytes are copied before the
   call returns) and with SQLITE_STATIC (the bytes stay the caller's until the next reset). A count of
   0 binds an empty value, never NULL. */
int csqlite_bind_blob_copy(sqlite3_stmt *statement, int index, const void *bytes, long count);
int csqlite_bind_blob_borrow(sqlite3_stmt *statement, int index, const void *bytes, long count);
int csqlite_bind_text_copy(sqlite3_stmt *statement, int index, const char *bytes, long count);

/* The f_type of statfs(2) for the file system `path` is on; 0 when the system does not say. Swift's
   Glibc module leaves <sys/statfs.h> out. SQLite cares: its log does not work over a network. */
unsigned long csqlite_file_system_type(const char *path);

#endif
