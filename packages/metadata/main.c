/*
 * metadata [-v] [--output FOLDER] [--devices FOLDER] [--dmi FOLDER] [--firmware FOLDER]
 * [--address A.B.C.D:PORT] [PROVIDER…] Without a provider those are asked that the firmware names,
 * then what QEMU and the firmware hand over, and then the disks: no machine waits for a service of
 * a cloud that it is not in.
 */
#include "packages/metadata/output.h"
#include "packages/metadata/providers.h"
#include "packages/metadata/text.h"

#include <errno.h>

enum { EXIT_USAGE = 2 };

static struct metadata found;

static const struct provider *provider_named(const char *name)
{
	for (const struct provider *p = providers; p->name != NULL; p++) {
		if (strcmp(p->name, name) == 0)
			return p;
	}
	return NULL;
}

static int finish(const struct settings *s, const char *provider)
{
	static const char cloud_config[] = "#cloud-config";
	const struct text *u = &found.user_data;

	if (u->len > strlen(cloud_config) && memcmp(u->at, cloud_config, strlen(cloud_config)) == 0)
		read_yaml(&found, u->at, u->len);
	say("%s: %s%s, %zu bytes of keys, %zu bytes of user data", provider,
		found.hostname[0] ? "this is " : "no name", found.hostname, found.keys_len,
		found.user_data.len);
	int rc = write_config(s->output, provider, &found);
	/* With --output it is a look, not the machine's own. */
	if (found.hostname[0] != '\0' && strcmp(s->output, "/run/config") == 0 &&
		sethostname(found.hostname, strlen(found.hostname)) < 0)
		rc = fail("the host name is not set: %s", strerror(errno));
	return rc < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* 1: found, 0: not there, -1 failed; PROVIDER may be folder=PATH. */
static int ask(const struct settings *s, const char *name)
{
	const struct provider *p = provider_named(name);

	if (strncmp(name, "folder=", 7) == 0)
		return read_folder(name + 7, &found);
	if (p == NULL)
		return fail("metadata: there is no provider %s", name);
	return p->read(s, &found);
}

static int usage(void)
{
	fputs("metadata [-v] [--output FOLDER] [--devices FOLDER] [--dmi FOLDER] "
	      "[--firmware FOLDER] [--address A.B.C.D:PORT] [PROVIDER…]\nPROVIDER:",
		stderr);
	for (const struct provider *p = providers; p->name != NULL; p++)
		fprintf(stderr, " %s", p->name);
	fputs(" folder=PATH\n", stderr);
	return EXIT_USAGE;
}

int main(int argc, char **argv)
{
	struct settings s = { .output = "/run/config",
		.devices = "/dev",
		.dmi = "/sys/class/dmi/id",
		.firmware = "/host/firmware" };
	int i = 1;
	bool failed = false;

	for (; i < argc && argv[i][0] == '-'; i++) {
		const char **value = strcmp(argv[i], "--output") == 0	  ? &s.output
				     : strcmp(argv[i], "--devices") == 0  ? &s.devices
				     : strcmp(argv[i], "--dmi") == 0	  ? &s.dmi
				     : strcmp(argv[i], "--firmware") == 0 ? &s.firmware
				     : strcmp(argv[i], "--address") == 0  ? &s.address
									  : NULL;
		if (strcmp(argv[i], "-v") == 0)
			s.verbose = true;
		else if (value == NULL || i + 1 >= argc)
			return usage();
		else
			*value = argv[++i];
	}
	if (i < argc) {
		for (; i < argc; i++) {
			int rc = ask(&s, argv[i]);
			if (rc > 0)
				return finish(&s, argv[i]);
			failed |= rc < 0;
		}
	} else {
		for (const struct provider *p = providers; p->name != NULL; p++) {
			bool here = provider_is_here(&s, p);
			if (s.verbose)
				say("%s: %s", p->name, here ? "asked" : "not this machine's cloud");
			int rc = here ? p->read(&s, &found) : 0;
			if (rc > 0)
				return finish(&s, p->name);
			failed |= rc < 0;
		}
	}
	say("no metadata was found");
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
