/* What Debian calls a licence, and what SPDX does (spdx.org/licenses, 3.20). */
#include "mkimage/sbom/licence.h"

#include <string.h>
#include <strings.h>

/* The same name on both sides. */
static const char *const same[] = { "0BSD", "AFL-2.1", "Apache-1.0", "Apache-1.1", "Apache-2.0",
	"Artistic-1.0", "Artistic-1.0-Perl", "Artistic-2.0", "Beerware", "BSD-1-Clause",
	"BSD-2-Clause", "BSD-3-Clause", "BSD-4-Clause", "BSD-4-Clause-UC", "BSL-1.0", "bzip2-1.0.6",
	"CC-BY-3.0", "CC-BY-4.0", "CC-BY-SA-3.0", "CC-BY-SA-4.0", "CC0-1.0", "CDDL-1.0", "curl",
	"EPL-1.0", "EPL-2.0", "FSFAP", "FSFUL", "FSFULLR", "FTL", "HPND", "ICU", "IJG", "ISC",
	"Libpng", "MIT", "MIT-0", "MPL-1.1", "MPL-2.0", "NCSA", "NTP", "OFL-1.1", "OLDAP-2.8",
	"OpenSSL", "PostgreSQL", "PSF-2.0", "Python-2.0", "Ruby", "SMLNJ", "TCL",
	"Unicode-DFS-2016", "Unlicense", "Vim", "W3C", "WTFPL", "X11", "Zlib", "ZPL-2.1" };
static const struct {
	const char *debian, *spdx;
} others[] = { { "Expat", "MIT" }, { "Artistic", "Artistic-1.0-Perl" },
	{ "Apache-2", "Apache-2.0" }, { "BSD-2", "BSD-2-Clause" }, { "BSD-3", "BSD-3-Clause" },
	{ "BSD-4", "BSD-4-Clause" }, { "Boost-1.0", "BSL-1.0" }, { "CC0", "CC0-1.0" },
	{ "MPL-2", "MPL-2.0" }, { "PSF-2", "PSF-2.0" }, { "WTFPL-2", "WTFPL" } };
static const struct {
	const char *words, *spdx;
} exceptions[] = { { "gcc", "GCC-exception-3.1" }, { "classpath", "Classpath-exception-2.0" },
	{ "bison", "Bison-exception-2.2" }, { "libtool", "Libtool-exception" },
	{ "font", "Font-exception-2.0" }, { "linux-syscall-note", "Linux-syscall-note" } };

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* "GPL-2+" -> "GPL-2.0-or-later", and its kin; NULL: it is none of them. */
static const char *gnu(struct arena *a, const char *name)
{
	static const char *const families[] = { "AGPL", "LGPL", "GPL", "GFDL" };
	for (size_t i = 0; i < ARRAY_LEN(families); i++) {
		size_t len = strlen(families[i]);
		const char *p = name + len;
		if (strncasecmp(name, families[i], len) != 0 || *p++ != '-' || !is_digit(*p))
			continue;
		char major = *p++, minor = '0';
		if (*p == '.' && is_digit(p[1])) {
			minor = p[1];
			p += 2;
		}
		bool later = strcmp(p, "+") == 0 || strcasecmp(p, "-or-later") == 0;
		if (!later && *p && strcasecmp(p, "-only") != 0)
			return NULL;
		/* Such as there are. */
		static const char *const versions[] = { "AGPL-1.0", "AGPL-3.0", "LGPL-2.0",
			"LGPL-2.1", "LGPL-3.0", "GPL-1.0", "GPL-2.0", "GPL-3.0", "GFDL-1.1",
			"GFDL-1.2", "GFDL-1.3" };
		const char *full = arena_fmt(a, "%s-%c.%c", families[i], major, minor);
		for (size_t k = 0; k < ARRAY_LEN(versions); k++)
			if (strcmp(versions[k], full) == 0)
				return arena_fmt(a, "%s-%s", full, later ? "or-later" : "only");
	}
	return NULL;
}

const char *licence_known(struct arena *a, const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(same); i++)
		if (strcasecmp(same[i], name) == 0)
			return same[i];
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		if (strcasecmp(others[i].debian, name) == 0)
			return others[i].spdx;
	return gnu(a, name);
}

/* "GCC Runtime Library exception", "Classpath-exception-2.0" … */
const char *licence_exception(const char *words)
{
	for (size_t i = 0; i < ARRAY_LEN(exceptions); i++)
		if (strncasecmp(words, exceptions[i].words, strlen(exceptions[i].words)) == 0)
			return exceptions[i].spdx;
	return NULL;
}
