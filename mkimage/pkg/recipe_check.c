/* What makes a recipe wrong although each of its values has the right type. */
#include "mkimage/pkg/recipe_impl.h"

#include <string.h>

int recipe_path_check(const struct y_str *s, struct diags *d)
{
	const char *p = s->v;
	while (*p == '/')
		p++;
	if (!*p)
		return fail_at(d, s->at, NULL, "the path \"%s\" names nothing", s->v);
	for (;;) {
		size_t len = strcspn(p, "/");
		if (len == 2 && p[0] == '.' && p[1] == '.')
			return fail_at(d, s->at, "name the place from its top, without \"..\"",
				"the path \"%s\" leads outside", s->v);
		if (!p[len])
			return 0;
		p += len + 1;
	}
}

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool name_ok(const char *s, const char *more)
{
	if (!*s)
		return false;
	for (; *s; s++)
		if (!is_word(*s) && !strchr(more, *s))
			return false;
	return true;
}

/* Debian policy, section 5.6.1; a name may not look like an option of apt, nor carry a version. */
static int packages_check(const struct y_list *names, struct diags *d)
{
	for (size_t i = 0; i < names->len; i++) {
		const char *v = names->items[i].v;
		if (!name_ok(v, "+-.{}") || !is_word(v[0]) || v[strlen(v) - 1] == '-')
			return fail_at(d, names->items[i].at, NULL,
				"\"%s\" is no name of a Debian package", v);
	}
	return 0;
}

static int debian_check(const struct recipe_debian *b, struct diags *d)
{
	if (!b->set)
		return 0;
	if (!name_ok(b->suite.v, "-"))
		return fail_at(
			d, b->suite.at, NULL, "\"%s\" is no name of a Debian suite", b->suite.v);
	if (!b->packages.len)
		return fail_at(d, b->packages.at, NULL, "no package is named");
	if (packages_check(&b->packages, d) < 0)
		return -1;
	for (size_t i = 0; i < b->files.len; i++)
		if (recipe_path_check(&b->files.items[i], d) < 0)
			return -1;
	return 0;
}

static int source_check(const struct recipe_source *s, struct diags *d)
{
	if (!s->set)
		return 0;
	const struct y_list one = { .items = (struct y_str[]){ s->package }, .len = 1 };
	if (!name_ok(s->suite.v, "-"))
		return fail_at(
			d, s->suite.at, NULL, "\"%s\" is no name of a Debian suite", s->suite.v);
	if (packages_check(&one, d) < 0 || recipe_path_check(&s->config, d) < 0 ||
		recipe_path_check(&s->program, d) < 0 || recipe_path_check(&s->path, d) < 0)
		return -1;
	return s->applets.v ? recipe_path_check(&s->applets, d) : 0;
}

static int linux_check(const struct recipe *r, struct diags *d)
{
	const struct recipe_linux *x = &r->linux_source;
	if (!x->set)
		return 0;
	const struct y_list one = { .items = (struct y_str[]){ x->package }, .len = 1 };
	if (!name_ok(x->suite.v, "-"))
		return fail_at(
			d, x->suite.at, NULL, "\"%s\" is no name of a Debian suite", x->suite.v);
	if (packages_check(&one, d) < 0)
		return -1;
	if (!name_ok(x->fragments.v, "-"))
		return fail_at(d, x->fragments.at, "name a folder that stands beside this one",
			"\"%s\" is no folder of fragments", x->fragments.v);
	for (size_t i = 0; i < x->config.len; i++)
		if (!name_ok(x->config.items[i].v, "-{}"))
			return fail_at(d, x->config.items[i].at, "`base` is the file base.config",
				"\"%s\" is no name of a fragment", x->config.items[i].v);
	if (!x->config.len)
		return fail_at(d, x->config.at, NULL, "no fragment is named");
	if (x->trust.v && recipe_path_check(&x->trust, d) < 0)
		return -1;
	if (!r->kernel.set)
		return fail_at(d, x->at, "it says which modules a machine gets",
			"a section \"linux\" wants a section \"kernel\" as well");
	return 0;
}

static int modules_check(const struct recipe_modules *m, struct diags *d)
{
	if (!m->set)
		return 0;
	if (!name_ok(m->kernel.v, "-"))
		return fail_at(d, m->kernel.at, "name a package folder that stands beside this one",
			"\"%s\" is no package", m->kernel.v);
	if (!m->sources.len)
		return fail_at(d, m->sources.at, NULL, "no source is named");
	for (size_t i = 0; i < m->sources.len; i++)
		if (recipe_path_check(&m->sources.items[i], d) < 0)
			return -1;
	return recipe_path_check(&m->path, d);
}

/* Becomes a word -DNAME=VALUE of the compiler's. */
static bool define_ok(const char *s)
{
	size_t len = strcspn(s, "=");
	for (size_t i = 0; i < len; i++)
		if (!is_word(s[i]) && s[i] != '_' && !(s[i] >= 'A' && s[i] <= 'Z'))
			return false;
	return len && !(s[0] >= '0' && s[0] <= '9') && !strpbrk(s, "\n\r");
}

static int compiled_check(const struct recipe_compiled *p, struct diags *d)
{
	bool any = false;
	for (size_t i = 0; i < p->sources.len; i++) {
		const char *v = p->sources.items[i].v;
		size_t len = strlen(v);
		if (recipe_path_check(&p->sources.items[i], d) < 0)
			return -1;
		any |= len > 2 && strcmp(v + len - 2, ".c") == 0;
	}
	if (!any)
		return fail_at(
			d, p->sources.at, NULL, "no source ends in \".c\": nothing is compiled");
	for (size_t i = 0; i < p->defines.len; i++)
		if (!define_ok(p->defines.items[i].v))
			return fail_at(d, p->defines.items[i].at, "write NAME or NAME=VALUE",
				"\"%s\" is no macro", p->defines.items[i].v);
	return recipe_path_check(&p->path, d);
}

static int compile_check(const struct recipe_compile *c, struct diags *d)
{
	if (!c->set)
		return 0;
	if (!name_ok(c->suite.v, "-"))
		return fail_at(
			d, c->suite.at, NULL, "\"%s\" is no name of a Debian suite", c->suite.v);
	for (size_t i = 0; i < c->programs.len; i++)
		if (compiled_check(&c->programs.items[i], d) < 0)
			return -1;
	return 0;
}

static int file_check(const struct recipe_file *f, struct diags *d)
{
	unsigned kinds = !!f->contents.v + !!f->source.v + !!f->symlink.v + f->join.set +
			 f->directory.v;
	if (recipe_path_check(&f->path, d) < 0)
		return -1;
	if (kinds != 1)
		return fail_at(d, f->at, NULL,
			"the file \"%s\" wants one of contents, source, join, symlink, directory: true",
			f->path.v);
	for (size_t i = 0; i < f->join.len; i++)
		if (recipe_path_check(&f->join.items[i], d) < 0)
			return -1;
	return f->source.v ? recipe_path_check(&f->source, d) : 0;
}

static int users_check(const struct recipe *r, struct diags *d)
{
	const struct recipe_user *u = r->users.items;
	for (size_t i = 0; i < r->users.len; i++) {
		if (!name_ok(u[i].name.v, "_-"))
			return fail_at(
				d, u[i].name.at, NULL, "\"%s\" is no user name", u[i].name.v);
		if ((u[i].home.v && strpbrk(u[i].home.v, ":\n")) ||
			(u[i].shell.v && strpbrk(u[i].shell.v, ":\n")))
			return fail_at(
				d, u[i].at, NULL, "a colon cannot stand in a line of passwd");
		for (size_t k = 0; k < i; k++)
			if (strcmp(u[i].name.v, u[k].name.v) == 0)
				return fail_at(d, u[i].name.at, NULL,
					"the user \"%s\" is there twice", u[i].name.v);
	}
	return 0;
}

static int programs_check(const struct recipe *r, struct diags *d)
{
	const struct recipe_program *p = r->programs.items;
	for (size_t i = 0; i < r->programs.len; i++) {
		if (!name_ok(p[i].program.v, "-"))
			return fail_at(d, p[i].program.at, NULL, "\"%s\" is no name of a program",
				p[i].program.v);
		if (recipe_path_check(&p[i].path, d) < 0)
			return -1;
		for (size_t k = 0; k < p[i].links.len; k++)
			if (recipe_path_check(&p[i].links.items[k], d) < 0)
				return -1;
	}
	return 0;
}

int recipe_check(const struct recipe *r, struct diags *d)
{
	size_t len = strlen(r->image.v);
	if (!name_ok(r->image.v, "-") || !is_word(r->image.v[0]) || !is_word(r->image.v[len - 1]))
		return fail_at(d, r->image.at, "it becomes slipway/NAME", "\"%s\" is no image name",
			r->image.v);
	if (r->base.v && !name_ok(r->base.v, "-"))
		return fail_at(d, r->base.at, "name a package folder that stands beside this one",
			"\"%s\" is no package", r->base.v);
	if (r->kernel.set && r->debian.set == r->linux_source.set)
		return fail_at(d, r->kernel.at, NULL,
			"a kernel wants either a section \"debian\" or \"linux\" as well");
	if (r->kernel.set && (recipe_path_check(&r->kernel.modules_boot, d) < 0 ||
				     recipe_path_check(&r->kernel.modules_default, d) < 0))
		return -1;
	if (debian_check(&r->debian, d) < 0 || linux_check(r, d) < 0 ||
		source_check(&r->source, d) < 0 || compile_check(&r->compile, d) < 0 ||
		modules_check(&r->modules, d) < 0 || users_check(r, d) < 0 ||
		programs_check(r, d) < 0)
		return -1;
	const struct recipe_file *f = r->files.items;
	for (size_t i = 0; i < r->files.len; i++)
		if (file_check(&f[i], d) < 0)
			return -1;
	return 0;
}
