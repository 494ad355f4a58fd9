#include "system-runtime/cli/cli.h"

static const struct option_spec *find(
	const struct option_spec *t, size_t n, const char *name, size_t len, char letter)
{
	for (size_t i = 0; i < n; i++) {
		if (letter ? t[i].letter == letter
			   : strlen(t[i].name) == len && strncmp(t[i].name, name, len) == 0)
			return &t[i];
	}
	return NULL;
}

static int set(const struct option_spec *o, void *into, const char *value, struct rt_error *e)
{
	char *at = (char *)into + o->offset, *end;
	struct option_list *list;
	unsigned long u;

	switch (o->kind) {
	case OPTION_FLAG:
		*(bool *)at = value == NULL || strcmp(value, "false") != 0;
		return 0;
	case OPTION_TEXT:
		memcpy(at, &value, sizeof(value));
		return 0;
	case OPTION_NUMBER:
		u = strtoul(value, &end, 10);
		if (*value < '0' || *value > '9' || *end != '\0' || u > 1 << 30)
			return rt_fail(e, 0, "--%s: \"%s\" is not a number", o->name, value);
		*(unsigned *)(void *)at = (unsigned)u;
		return 0;
	case OPTION_LIST:
		list = (struct option_list *)(void *)at;
		if (list->n == ARRAY_LEN(list->v))
			return rt_fail(e, 0, "--%s: given more than %zu times", o->name, list->n);
		list->v[list->n++] = value;
		return 0;
	}
	return rt_fail(e, 0, "--%s", o->name);
}

/* One word that starts with a dash; takes the next one as its value when it needs one. */
static int parse_word(const struct option_spec *t, size_t n, void *into, int *argc, char ***argv,
	struct rt_error *e)
{
	const char *word = *(*argv)++;
	const struct option_spec *o;
	const char *value = NULL;

	(*argc)--;
	if (word[1] == '-') {
		size_t len = strcspn(word + 2, "=");
		o = find(t, n, word + 2, len, 0);
		value = word[2 + len] == '=' ? word + 2 + len + 1 : NULL;
	} else {
		o = find(t, n, NULL, 0, word[1]);
		/* Several flags in one word: -it */
		for (const char *c = word + 1; o != NULL && o->kind == OPTION_FLAG && c[1] != '\0';
			c++) {
			if (set(o, into, NULL, e) != 0)
				return -1;
			o = find(t, n, NULL, 0, c[1]);
			word = c;
		}
		if (o != NULL && o->kind != OPTION_FLAG && word[2] != '\0')
			value = word + 2;
	}
	if (o == NULL)
		return rt_fail(e, 0, "unknown option \"%s\"", word);
	if (o->kind != OPTION_FLAG && value == NULL) {
		if (*argc == 0)
			return rt_fail(e, 0, "--%s needs a value", o->name);
		value = *(*argv)++;
		(*argc)--;
	}
	return set(o, into, value, e);
}

int options_parse(const struct option_spec *t, size_t n, void *into, int *argc, char ***argv,
	bool stop_at_argument, struct rt_error *e)
{
	char **kept = *argv;
	int n_kept = 0;

	while (*argc > 0) {
		const char *word = **argv;
		if (strcmp(word, "--") == 0) {
			(*argv)++;
			(*argc)--;
			break;
		}
		if (word[0] == '-' && word[1] != '\0') {
			if (parse_word(t, n, into, argc, argv, e) != 0)
				return -1;
			continue;
		}
		if (stop_at_argument)
			break;
		kept[n_kept++] = *(*argv)++;
		(*argc)--;
	}
	while (*argc > 0) {
		kept[n_kept++] = *(*argv)++;
		(*argc)--;
	}
	kept[n_kept] = NULL;
	*argv = kept;
	*argc = n_kept;
	return 0;
}

void options_print(const struct option_spec *t, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char name[48];
		snprintf(name, sizeof(name), "%s%c%s--%s%s", t[i].letter ? "-" : "  ",
			t[i].letter ? t[i].letter : ' ', t[i].letter ? ", " : "", t[i].name,
			t[i].kind == OPTION_FLAG ? "" : " X");
		printf("  %-26s %s\n", name, t[i].help);
	}
}
