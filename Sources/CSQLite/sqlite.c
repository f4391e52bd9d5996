#include "CSQLite.h"

#include <sys/statfs.h>

int csqlite_configure(void) { return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); }

int csqlite_bind_blob_copy(sqlite3_stmt *statement, int index, const void *bytes, long count) {
  if (count == 0) return sqlite3_bind_zeroblob(statement, index, 0);
  return sqlite3_bind_blob64(statement, index, bytes, (sqlite3_uint64)count, SQLITE_TRANSIENT);
}

int csqlite_bind_blob_borrow(sqlite3_stmt *statement, int index, const void *bytes, long count) {
  if (count == 0) return sqlite3_bind_zeroblob(statement, index, 0);
  return sqlite3_bind_blob64(statement, index, bytes, (sqlite3_uint64)count, SQLITE_STATIC);
}

int csqlite_bind_text_copy(sqlite3_stmt *statement, int index, const char *bytes, long count) {
  return sqlite3_bind_text64(
      statement, index, count == 0 ? "" : bytes, (sqlite3_uint64)count, SQLITE_TRANSIENT,
      SQLITE_UTF8);
}

unsigned long csqlite_file_system_type(const char *path) {
  struct statfs status;
  return statfs(path, &status) == 0 ? (unsigned long)status.f_type : 0;
}
