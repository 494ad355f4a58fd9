/* strstr(3) for the target, in place of libc's, whose tables are for longer texts than there are.
 */
#include <string.h>

char *strstr(const char *text, const char *word)
{
	const size_t n = strlen(word);
	union {
		const char *in;
		char *out;
	} at = { text }; /* as the standard has it */

	while (strncmp(at.in, word, n) != 0) {
		if (*at.in == '\0')
			return NULL;
		at.in++;
	}
	return at.out;
}
