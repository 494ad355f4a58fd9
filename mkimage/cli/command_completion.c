/*
 * Completion in shells. Their scripts ask `slipway completion words -- WORD...`, which answers from
 * the tables of commands and options: one candidate a line, a tab, what it means; ":files": a file.
 * The last WORD is the one that is being written.
 */
#include "mkimage/cli/cli.h"

#include "base/near.h"
#include "mkimage/build/build.h"

#include <string.h>

/* bash(1) "Programmable Completion"; without an answer it offers files. */
static const char bash_script[] =
	"_slipway() {\n"
	"	local line\n"
	"	COMPREPLY=()\n"
	"	while IFS= read -r line; do\n"
	"		[[ $line == :files ]] || COMPREPLY+=(\"${line%%$'\\t'*}\")\n"
	"	done < <(\"${COMP_WORDS[0]}\" completion words -- \"${COMP_WORDS[@]:1:COMP_CWORD}\" 2>/dev/null)\n"
	"}\n"
	"complete -o default -F _slipway slipway\n";

/* zshcompsys(1) */
static const char zsh_script[] =
	"#compdef slipway\n"
	"_slipway() {\n"
	"	local line\n"
	"	local -a found\n"
	"	while IFS= read -r line; do\n"
	"		if [[ $line == :files ]]; then\n"
	"			_files\n"
	"		else\n"
	"			found+=(\"${${line%%$'\\t'*}//:/\\\\:}:${line#*$'\\t'}\")\n"
	"		fi\n"
	"	done < <(slipway completion words -- \"${(@)words[2,CURRENT]}\" 2>/dev/null)\n"
	"	(( ! $#found )) || _describe slipway found\n"
	"}\n"
	"compdef _slipway slipway\n";

/* complete(1) of fish */
static const char fish_script[] =
	"function __slipway_complete\n"
	"	set -l words (commandline -opc) (commandline -ct)\n"
	"	for line in (slipway completion words -- $words[2..-1] 2>/dev/null)\n"
	"		if test \"$line\" = :files\n"
	"			__fish_complete_path (commandline -ct)\n"
	"		else\n"
	"			echo $line\n"
	"		end\n"
	"	end\n"
	"end\n"
	"complete -c slipway -f -a '(__slipway_complete)'\n";

struct asked {
	struct cli *c;
	const char *lead; /* what stands before the part that is written: "--format=" */
	const char *part;
};

static void offer(const struct asked *q, const char *word, const char *help)
{
	if (strncmp(word, q->part, strlen(q->part)) == 0)
		printf("%s%s\t%s\n", q->lead, word, help);
}

static void offer_words(const struct asked *q, const char *const *words)
{
	for (; *words; words++)
		offer(q, *words, "");
}

/* What help calls a value says what may stand there. */
static void offer_values(const struct asked *q, const char *value)
{
	static const char *const files[] = { "FILE", "FOLDER", "LAYOUT", "TO", NULL };
	if (strncmp(value, "FORMAT", 6) == 0)
		for (size_t i = 0; i < formats_len; i++)
			offer(q, formats[i].name, formats[i].about);
	else if (strncmp(value, "ARCH", 4) == 0)
		offer_words(q, (const char *const[]){ "amd64", "arm64", NULL });
	else if (strcmp(value, "PLATFORM") == 0)
		offer_words(q, (const char *const[]){ "amd64", "arm64", "all", NULL });
	else if (strcmp(value, "SHELL") == 0)
		offer_words(q, (const char *const[]){ "bash", "zsh", "fish", NULL });
	for (const char *const *f = files; *f; f++) {
		if (strstr(value, *f)) {
			printf(":files\n");
			return;
		}
	}
}

static const struct option *option_at(const struct command *k, size_t i)
{
	if (i < k->options_len)
		return &k->options[i];
	i -= k->options_len;
	return i < common_options_len ? &common_options[i] : NULL;
}

/* "--name", "--name=…", "-n" */
static const struct option *option_named(const struct command *k, const char *word)
{
	const struct option *o;
	for (size_t i = 0; (o = option_at(k, i)) != NULL; i++) {
		size_t len = strlen(o->name);
		if (strncmp(word, "--", 2) == 0 && strncmp(word + 2, o->name, len) == 0 &&
			(!word[2 + len] || word[2 + len] == '='))
			return o;
		if (o->letter && word[0] == '-' && word[1] == o->letter && !word[2])
			return o;
	}
	return NULL;
}

static void offer_options(const struct asked *q, const struct command *k)
{
	const struct option *o;
	for (size_t i = 0; (o = option_at(k, i)) != NULL; i++)
		offer(q, arena_fmt(q->c->mem, "--%s", o->name), o->help);
}

/* The commands' next words: after "image" those of its group; at the start each word once. */
static void offer_commands(const struct asked *q, const char *group)
{
	size_t len = strlen(group);
	struct strings seen = { 0 };
	for (size_t i = 0; i < commands_len; i++) {
		const char *name = commands[i].name, *rest = name + len;
		if (strncmp(name, group, len) != 0 || (len && *rest != ' '))
			continue;
		rest += len != 0;
		const char *word = arena_strn(q->c->mem, rest, strcspn(rest, " "));
		bool again = false;
		vec_each (const char *, s, &seen)
			again |= strcmp(*s, word) == 0;
		if (again)
			continue;
		vec_push(q->c->mem, &seen, word);
		offer(q, word, rest[strlen(word)] ? "" : commands[i].help);
	}
}

static const struct command *find(struct arena *a, const struct strings *words, size_t *used)
{
	for (size_t len = 2; len > 0; len--) {
		const char *name = words->items[0];
		if (words->len <= len)
			continue;
		if (len == 2)
			name = arena_fmt(a, "%s %s", name, words->items[1]);
		for (size_t i = 0; i < commands_len; i++) {
			if (strcmp(commands[i].name, name) == 0) {
				*used = len;
				return &commands[i];
			}
		}
	}
	return NULL;
}

static void offer_for(struct asked *q, const struct command *k, const char *before)
{
	const struct option *o = option_named(k, q->part);
	const char *equals = strchr(q->part, '=');
	if (o && o->value && equals) {
		q->lead = arena_strn(q->c->mem, q->part, (size_t)(equals + 1 - q->part));
		q->part = equals + 1;
		offer_values(q, o->value);
		return;
	}
	o = option_named(k, before);
	if (o && o->value && !strchr(before, '='))
		offer_values(q, o->value);
	else if (q->part[0] == '-')
		offer_options(q, k);
	else
		offer_values(q, k->words);
}

/* bash breaks words at "=", which is then a word of its own. */
static void unbroken(struct arena *a, const struct strings *words, struct strings *out)
{
	for (size_t i = 0; i < words->len; i++) {
		if (strcmp(words->items[i], "=") != 0)
			vec_push(a, out, words->items[i]);
		else if (i + 1 == words->len)
			vec_push(a, out, "");
	}
	if (!out->len)
		vec_push(a, out, "");
}

static void answer(struct cli *c)
{
	static const char empty[] = "";
	struct strings all = { 0 };
	const struct strings *words = &all;
	size_t used = 0;
	unbroken(c->mem, &c->rest, &all);
	struct asked q = { .c = c, .lead = empty, .part = all.items[all.len - 1] };
	const struct command *k = find(c->mem, words, &used);
	if (words->len == 1)
		offer_commands(&q, empty);
	else if (words->len == 2 && q.part[0] != '-')
		offer_commands(&q, words->items[0]);
	if (k)
		offer_for(&q, k, words->len - 1 > used ? words->items[words->len - 2] : empty);
}

int command_completion(struct cli *c)
{
	static const struct {
		const char *name, *script;
	} shells[] = { { "bash", bash_script }, { "zsh", zsh_script }, { "fish", fish_script } };
	const char *name = c->words.items[0];
	struct strings names = { 0 };
	if (strcmp(name, "words") == 0) {
		answer(c);
		return 0;
	}
	for (size_t i = 0; i < ARRAY_LEN(shells); i++) {
		if (strcmp(shells[i].name, name) == 0) {
			fputs(shells[i].script, stdout);
			return 0;
		}
		vec_push(c->mem, &names, shells[i].name);
	}
	return fail(&c->d, KIND_USAGE, near_hint(c->mem, name, &names, "bash, zsh and fish are"),
		"\"%s\" is no shell that completion is made for", name);
}
