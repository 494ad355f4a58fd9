#include "init/unmount.h"

static bool octal(char c)
{
	return c >= '0' && c <= '7';
}

bool mountinfo_target(struct span line, char *out, size_t size)
{
	struct span field = { 0 };
	size_t len = 0;

	for (unsigned i = 0; i < 5; i++)
		if (!span_word(&line, &field))
			return false;
	/* Blank, tab, newline and backslash are written \NNN. */
	for (size_t i = 0; i < field.len;) {
		char c = field.at[i++];

		if (c == '\\' && field.len - i >= 3 && octal(field.at[i]) &&
			octal(field.at[i + 1]) && octal(field.at[i + 2])) {
			c = (char)((field.at[i] - '0') << 6 | (field.at[i + 1] - '0') << 3 |
				   (field.at[i + 2] - '0'));
			i += 3;
		}
		if (c == 0 || len + 1 >= size)
			return false;
		out[len++] = c;
	}
	out[len] = 0;
	return len > 0;
}
