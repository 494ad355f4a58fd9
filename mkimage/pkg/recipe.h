/*
 * A package's recipe, build.yml: typed, every value with its place, read through the same field
 * tables as the image config (yaml/fields.h), and checked as far as the text alone can be.
 * docs/recipes.md explains the keys.
 */
#ifndef PKG_RECIPE_H
#define PKG_RECIPE_H

#include "yaml/config.h"
#include "yaml/node.h"

/* Debian's binary packages, unpacked without running anything of theirs. */
struct recipe_debian {
	struct y_str suite;
	struct y_list components; /* of the archive; not set: main */
	struct y_list packages;	  /* "{arch}" stands for Debian's name of the architecture */
	struct y_list only;	  /* globs: of all that apt resolves, what is looked at */
	struct y_list files;	  /* globs of what is taken, with what it needs; not set: all */
	struct y_list drop;	  /* globs of what is left out of all that */
	bool set;
	struct pos at;
};

/* A program from Debian's source, built for musl by kbuild: all off but what config turns on. */
struct recipe_source {
	struct y_str suite, package;
	struct y_str config;  /* a file of the folder: CONFIG_X=y lines */
	struct y_str program; /* what make leaves in its folder */
	struct y_str path;    /* where it goes */
	struct y_str applets; /* what make leaves, too: a path a line, to become links; or absent */
	bool set;
	struct pos at;
};

/* A program out of C files of the folder. */
struct recipe_compiled {
	struct y_str path, mode;
	struct y_list sources; /* *.c, which are compiled, and what they include */
	struct y_list defines; /* NAME or NAME=VALUE */
	struct pos at;
};
struct recipe_compile {
	struct y_str suite; /* of musl */
	struct {
		struct recipe_compiled *items;
		size_t len;
	} programs;
	bool set;
	struct pos at;
};

/* A kernel out of Debian's package of its source: all off but what the fragments turn on. */
struct recipe_linux {
	struct y_str suite, package;
	struct y_str fragments; /* the folder beside this one with files NAME.config */
	struct y_list
		config;	    /* their names; "{arch}" stands for Debian's name of the architecture */
	struct y_str image; /* "vmlinux": the ELF file; or absent */
	struct y_str trust; /* a file of the folder: certificates in PEM; or absent */
	bool set;
	struct pos at;
};

/* A kernel package's tree (boot/, usr/lib/modules) as LinuxKit's kernel image. */
struct recipe_kernel {
	struct y_str modules_boot, modules_default; /* files of the folder: a module a line */
	struct y_str cmdline; /* options that a Slipway file's own come after */
	struct y_list board;  /* globs of what a board's firmware reads */
	bool set;
	struct pos at;
};

/* Modules from outside of the kernel's source, for a kernel with a section "linux". */
struct recipe_modules {
	struct y_str kernel;   /* the package folder beside this one */
	struct y_list sources; /* kbuild's Kbuild or Makefile, and what it names */
	struct y_str path;     /* the folder for the .ko files */
	struct sign_item sign; /* by whom the kernel trusts; not set: nobody */
	bool set;
	struct pos at;
};

/* A program of ours: built by make, named by its file in the folder of programs. */
struct recipe_program {
	struct y_str program, path, mode;
	struct y_list links; /* symbolic links to it */
	struct pos at;
};
struct recipe_programs {
	struct recipe_program *items;
	size_t len;
};

struct recipe_file {
	struct y_str path, contents, source, symlink, mode;
	struct y_list join; /* globs: files of the image so far, which become this one */
	struct y_bool directory;
	struct y_int uid, gid;
	struct pos at;
};
struct recipe_files {
	struct recipe_file *items;
	size_t len;
};

struct recipe_user {
	struct y_str name, home, shell;
	struct y_int uid, gid;
	struct pos at;
};
struct recipe_users {
	struct recipe_user *items;
	size_t len;
};

struct recipe {
	const char *dir, *file; /* the folder, and its build.yml */
	struct y_str image, base;
	struct recipe_debian debian;
	struct recipe_source source;
	struct recipe_compile compile;
	struct recipe_linux linux_source;
	struct recipe_kernel kernel;
	struct recipe_modules modules;
	struct recipe_programs programs;
	struct recipe_files files;
	struct recipe_users users;
	struct y_resources config; /* LinuxKit's label org.mobyproject.config, as checked nodes */
	struct y_map labels;
	struct y_list entrypoint, cmd, env;
	struct y_str workdir, user;
	struct pos at;
};

/* Errors have positions in the recipe. */
CHECK int recipe_load(struct arena *a, const char *dir, struct recipe *out, struct diags *d);

/* A checked mode's permission bits; absent: otherwise. */
uint32_t recipe_mode(const struct y_str *mode, uint32_t otherwise);

#endif
