/*
 * Replays corpora without any fuzzer installed: replay FOLDER runs every file of FOLDER/NAME
 * through feeder NAME. A feeder without a corpus is a failure: seeds are part of a feeder.
 */
#include "tests/fuzz/fuzz.h"

#include <dirent.h>
#include <stdbool.h>

#define FEEDER(name) feeder feed_##name;
#include "tests/fuzz/feeders.h"
#undef FEEDER

static const struct {
	const char *name;
	feeder *feed;
} feeders[] = {
#define FEEDER(name) { #name, feed_##name },
#include "tests/fuzz/feeders.h"
#undef FEEDER
};

static bool replay_file(feeder *feed, const char *path)
{
	FILE *f = fopen(path, "rb");
	if (!f)
		return false;
	fseek(f, 0, SEEK_END);
	long size = ftell(f);
	rewind(f);
	/* An exact allocation, so that the sanitizer sees one byte too far. */
	uint8_t *bytes = malloc(size > 0 ? (size_t)size : 1);
	bool ok = bytes && fread(bytes, 1, (size_t)size, f) == (size_t)size;
	fclose(f);
	if (ok) {
		fprintf(stderr, "%s\n", path);
		feed(bytes, (size_t)size);
	}
	free(bytes);
	return ok;
}

static unsigned replay_folder(feeder *feed, const char *folder)
{
	struct dirent **list;
	int n = scandir(folder, &list, NULL, alphasort);
	unsigned fed = 0;
	for (int i = 0; i < n; i++) {
		char path[4096];
		snprintf(path, sizeof(path), "%s/%s", folder, list[i]->d_name);
		if (list[i]->d_name[0] != '.' && replay_file(feed, path))
			fed++;
		free(list[i]);
	}
	if (n >= 0)
		free(list);
	return fed;
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fputs("usage: replay CORPUS\n", stderr);
		return 2;
	}
	unsigned bad = 0;
	for (size_t i = 0; i < sizeof(feeders) / sizeof(feeders[0]); i++) {
		char folder[4096];
		snprintf(folder, sizeof(folder), "%s/%s", argv[1], feeders[i].name);
		unsigned n = replay_folder(feeders[i].feed, folder);
		printf("%s %zu - %s: %u inputs\n", n ? "ok" : "not ok", i + 1, feeders[i].name, n);
		bad += n == 0;
	}
	return bad ? 1 : 0;
}
