/* Attributes that turn conventions into compile errors. */
#ifndef BASE_ATTR_H
#define BASE_ATTR_H

/* Returns 0, or -1 with an error recorded in the last argument; the result must be looked at. */
#define CHECK		  __attribute__((warn_unused_result))
#define PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define NORETURN	  __attribute__((noreturn))

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

#endif
