#pragma once
#include <spawn.h>
#include <sys/resource.h>

// Functions of glibc 2.34 and later that Swift's Glibc module leaves out, because it is built without _GNU_SOURCE.
int pipe2(int descriptors[_Nonnull 2], int flags);
int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *_Nonnull actions, int from);
int posix_spawn_file_actions_addchdir_np(posix_spawn_file_actions_t *_Nonnull actions, const char *_Nonnull path);
int prlimit(pid_t process, int resource, const struct rlimit *_Nullable limit, struct rlimit *_Nullable old);
