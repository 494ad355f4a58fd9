/* Words -> values, by the command's table of options. */
#include "mkimage/cli/cli.h"

#include "base/near.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const struct option *option_at(const struct cli *c, size_t i)
{
	size_t own = c->command->options_len;
	if (i < own)
		return &c->command->options[i];
	return i - own < common_options_len ? &common_options[i - own] : NULL;
}

const struct option_value *cli_option(const struct cli *c, const char *name)
{
	const struct option *o;
	for (size_t i = 0; (o = option_at(c, i)); i++) {
		if (strcmp(o->name, name) == 0)
			return &c->values[i];
	}
	abort();
}

bool cli_flag(const struct cli *c, const char *name)
{
	return cli_option(c, name)->set;
}

static const char *help_hint(struct cli *c)
{
	return arena_fmt(c->mem, "`slipway %s --help` lists what there is", c->command->name);
}

static int unknown_option(struct cli *c, const char *name)
{
	struct strings names = { 0 };
	const struct option *o;
	for (size_t i = 0; (o = option_at(c, i)); i++)
		vec_push(c->mem, &names, arena_fmt(c->mem, "--%s", o->name));
	return fail(&c->d, KIND_USAGE, near_hint(c->mem, name, &names, help_hint(c)),
		"`slipway %s` has no option \"%s\"", c->command->name, name);
}

static int number(struct cli *c, const struct option *o, const char *text, unsigned *out)
{
	char *end;
	errno = 0;
	unsigned long v = strtoul(text, &end, 10);
	if (*text < '1' || *text > '9' || *end || errno || v > 1u << 30)
		return fail(&c->d, KIND_USAGE, NULL, "--%s takes a number from 1 up, not \"%s\"",
			o->name, text);
	*out = (unsigned)v;
	return 0;
}

static int take(struct cli *c, const struct option *o, size_t i, const char *text)
{
	struct option_value *v = &c->values[i];
	bool again = o->type == OPTION_WORDS || o->type == OPTION_REPEAT;
	if (v->set && o->type != OPTION_FLAG && !again)
		return fail(&c->d, KIND_USAGE, NULL, "--%s is given twice", o->name);
	v->set = true;
	switch (o->type) {
	case OPTION_FLAG:
		return 0;
	case OPTION_TEXT:
		v->text = text;
		return 0;
	case OPTION_REPEAT:
		vec_push(c->mem, &v->list, text);
		return 0;
	case OPTION_NUMBER:
		return number(c, o, text, &v->number);
	case OPTION_WORDS:
		break;
	}
	while (*text) {
		size_t len = strcspn(text, ",");
		if (len)
			vec_push(c->mem, &v->list, arena_strn(c->mem, text, len));
		text += len + (text[len] == ',');
	}
	if (!v->list.len)
		return fail(&c->d, KIND_USAGE, NULL, "--%s needs a value: %s", o->name, o->value);
	return 0;
}

/* One option and, unless it stands in the same word, its value. *at moves to the last word used. */
static int option(struct cli *c, int argc, char **argv, int *at)
{
	const char *word = argv[*at], *value = NULL;
	bool is_long = word[1] == '-';
	size_t len = is_long ? strcspn(word + 2, "=") : 1;
	const char *name = arena_strn(c->mem, is_long ? word + 2 : word + 1, len);
	const struct option *o;
	size_t i = 0;
	for (; (o = option_at(c, i)); i++) {
		if (is_long ? strcmp(o->name, name) == 0 : o->letter == name[0])
			break;
	}
	if (!o)
		return unknown_option(c, arena_fmt(c->mem, "%s%s", is_long ? "--" : "-", name));
	if (is_long && word[2 + len] == '=')
		value = word + 2 + len + 1;
	else if (!is_long && word[2])
		value = word + 2;
	if (o->type == OPTION_FLAG) {
		if (value)
			return fail(&c->d, KIND_USAGE, NULL, "--%s takes no value", o->name);
		return take(c, o, i, NULL);
	}
	if (!value) {
		if (*at + 1 >= argc)
			return fail(&c->d, KIND_USAGE, NULL, "--%s needs a value: %s", o->name,
				o->value);
		value = argv[++*at];
	}
	return take(c, o, i, value);
}

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < commands_len; i++) {
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	}
	return NULL;
}

static int unknown_command(struct cli *c, const char *name)
{
	struct strings names = { 0 };
	size_t len = strlen(name);
	const char *group = NULL;
	if (name[0] == '-')
		return fail(&c->d, KIND_USAGE, "options follow the command: slipway COMMAND OPTION",
			"there is no command before the option \"%s\"", name);
	for (size_t i = 0; i < commands_len; i++) {
		const char *n = commands[i].name;
		vec_push(c->mem, &names, n);
		if (strncmp(n, name, len) == 0 && n[len] == ' ')
			group = arena_fmt(
				c->mem, "%s%s%s", group ? group : "", group ? ", " : "", n);
	}
	if (group)
		return fail(&c->d, KIND_USAGE, arena_fmt(c->mem, "there are: %s", group),
			"`slipway %s` needs to know what to do", name);
	return fail(&c->d, KIND_USAGE,
		near_hint(c->mem, name, &names, "`slipway --help` lists them"),
		"there is no command \"%s\"", name);
}

/* The command's one or two words; how many they are, or -1. */
static int command_words(struct cli *c, int argc, char **argv)
{
	if (argc > 1 && argv[1][0] != '-') {
		const char *two = arena_fmt(c->mem, "%s %s", argv[0], argv[1]);
		c->command = find_command(two);
		if (c->command)
			return 2;
	}
	c->command = find_command(argv[0]);
	if (c->command)
		return 1;
	bool group = false;
	size_t len = strlen(argv[0]);
	for (size_t i = 0; i < commands_len; i++)
		group |= strncmp(commands[i].name, argv[0], len) == 0 &&
			 commands[i].name[len] == ' ';
	const char *name = group && argc > 1 && argv[1][0] != '-'
				   ? arena_fmt(c->mem, "%s %s", argv[0], argv[1])
				   : argv[0];
	return unknown_command(c, name);
}

static int count_words(struct cli *c)
{
	const struct command *k = c->command;
	if (c->words.len < k->min)
		return fail(&c->d, KIND_USAGE,
			arena_fmt(c->mem, "slipway %s %s", k->name, k->words),
			"`slipway %s` needs %s", k->name, k->words);
	if (c->words.len > k->max)
		return fail(&c->d, KIND_USAGE,
			arena_fmt(
				c->mem, "slipway %s%s%s", k->name, *k->words ? " " : "", k->words),
			"`slipway %s` does not take \"%s\"", k->name, c->words.items[k->max]);
	return 0;
}

int cli_parse(struct cli *c, int argc, char **argv, bool *help)
{
	*help = argc == 0 || strcmp(argv[0], "--help") == 0 || strcmp(argv[0], "-h") == 0 ||
		strcmp(argv[0], "help") == 0;
	if (*help)
		return 0;
	/* As other programs have it; the rest of the line means nothing then. */
	static char version[] = "version", *version_argv[] = { version };
	if (strcmp(argv[0], "--version") == 0) {
		argv = version_argv;
		argc = 1;
	}
	int at = command_words(c, argc, argv);
	if (at < 0 || !c->command)
		return -1;
	size_t options = c->command->options_len + common_options_len;
	c->values = arena_array(c->mem, options, sizeof(*c->values));
	for (; at < argc; at++) {
		const char *word = argv[at];
		if (strcmp(word, "--") == 0) {
			struct strings *to = c->command->rest ? &c->rest : &c->words;
			while (++at < argc)
				vec_push(c->mem, to, argv[at]);
		} else if (word[0] == '-' && word[1]) {
			if (option(c, argc, argv, &at) < 0)
				return -1;
		} else {
			vec_push(c->mem, &c->words, word);
		}
	}
	*help = cli_flag(c, "help");
	return *help ? 0 : count_words(c);
}
