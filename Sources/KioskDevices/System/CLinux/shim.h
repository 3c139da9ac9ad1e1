#pragma once

// Functions of glibc 2.34 and later that Swift's Glibc module leaves out, because it is built without _GNU_SOURCE. Their
// types stay Glibc's: a header included here would make this module the owner of `timespec` and its like.
int pipe2(int descriptors[_Nonnull 2], int flags);
// `actions` is a posix_spawn_file_actions_t.
int posix_spawn_file_actions_addclosefrom_np(void *_Nonnull actions, int from);
int posix_spawn_file_actions_addchdir_np(void *_Nonnull actions, const char *_Nonnull path);
// `process` is a pid_t, `limit` and `old` are struct rlimit.
int prlimit(int process, int resource, const void *_Nullable limit, void *_Nullable old);
