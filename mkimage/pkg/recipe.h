/* A package's recipe, build.yml: typed, every value with its place, and checked as far as the text
 * alone can be. */
#ifndef PKG_RECIPE_H
#define PKG_RECIPE_H

#include "mkimage/pkg/recipe_fields.h"

/* Debian's binary packages, unpacked without running anything of theirs. */
struct recipe_debian {
	struct pos at; /* line 0: the section is absent */
	struct r_str suite;
	struct r_list packages; /* "{arch}" stands for Debian's name of the architecture */
	struct r_list only;  /* globs: of all that apt resolves, the packages that are looked at */
	struct r_list files; /* globs of what is taken, with the libraries it needs; absent: all */
	struct r_list drop;  /* globs of what is left out of all that */
};

/* A program from Debian's source, built for musl by kbuild: all off but what config turns on. */
struct recipe_source {
	struct pos at;
	struct r_str suite, package;
	struct r_str config;  /* a file of the folder: CONFIG_X=y lines */
	struct r_str program; /* what make leaves in its folder */
	struct r_str path;    /* where it goes */
	struct r_str applets; /* of the same: a list of paths that become links to it; or absent */
};

/* A kernel package's tree (boot/, usr/lib/modules) as LinuxKit's kernel image. */
struct recipe_kernel {
	struct pos at;
	struct r_str modules_boot,
		modules_default; /* files of the folder: a module a line, # comments */
};

/* A program of ours: built by make, named by its file in the folder of programs. */
struct recipe_program {
	struct pos at;
	struct r_str program, path;
	struct r_list links; /* symbolic links to it */
	struct r_num mode;
};

struct recipe_file {
	struct pos at;
	struct r_str path, contents, source, symlink;
	struct r_num directory, mode, uid, gid;
};

struct recipe_user {
	struct pos at;
	struct r_str name, home, shell;
	struct r_num uid, gid;
};

struct recipe {
	struct pos at;
	const char *dir, *file; /* the folder, and its build.yml */
	struct r_str image, base;
	struct recipe_debian debian;
	struct recipe_source source;
	struct recipe_kernel kernel;
	struct r_items programs, files, users;
	struct yaml_node *config; /* LinuxKit's label org.mobyproject.config */
	struct yaml_node *labels;
	struct r_list entrypoint, cmd, env;
	struct r_str workdir, user;
};

/* Errors have positions in the recipe. */
CHECK int recipe_load(struct arena *a, const char *dir, struct recipe *out, struct diags *d);

#endif
