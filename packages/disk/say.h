/* What the program says goes to the log of its step; it says what was done, and why it ends. */
#ifndef DISK_SAY_H
#define DISK_SAY_H

void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* With what errno says. Gives -1. */
int fail_errno(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Gives -1. */
int fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
