/* The keys of build.yml. */
#include "mkimage/pkg/recipe_impl.h"
#include "yaml/fields.h"

#include <stddef.h>

enum { ID_MAX = 0x7ffffffe };

#define SUITE(where)                                                                          \
	FIELD(STR, "suite", where, "The release of Debian, by its codename, as in `trixie`.", \
		.flags = FIELD_REQUIRED)

#define DEBIAN(m) offsetof(struct recipe_debian, m)
static const char *const debian_components[] = { "main", "contrib", "non-free", "non-free-firmware",
	NULL };
static const struct form form_component = { .words = debian_components };
static const struct field debian_fields[] = {
	SUITE(DEBIAN(suite)),
	FIELD(STRS, "components", DEBIAN(components),
		"Areas of the archive that packages may come from.", .absent = "`main`",
		.form = &form_component),
	FIELD(STRS, "packages", DEBIAN(packages),
		"Packages; what they depend on comes along. `{arch}` stands for the architecture.",
		.flags = FIELD_REQUIRED),
	FIELD(STRS, "only", DEBIAN(only),
		"Globs of package names: of all that apt resolves, only these are looked at.",
		.absent = "all"),
	FIELD(STRS, "files", DEBIAN(files),
		"Globs of files and folders: only these are taken, and the libraries that they need.",
		.absent = "all but documentation and translations"),
	FIELD(STRS, "drop", DEBIAN(drop), "Globs of files and folders that are left out."),
};
static const struct table debian_table = {
	.name = "section \"debian\"",
	.called = "the section \"debian\"",
	.doc = "Files out of Debian's binary packages. None of their scripts runs.",
	FIELDS(debian_fields),
	.size = sizeof(struct recipe_debian),
	.pos_at = DEBIAN(at),
	.set_at = DEBIAN(set),
};

#define SOURCE(m) offsetof(struct recipe_source, m)
static const struct field source_fields[] = {
	SUITE(SOURCE(suite)),
	FIELD(STR, "package", SOURCE(package), "The source package.", .flags = FIELD_REQUIRED),
	FIELD(STR, "config", SOURCE(config),
		"A file of the folder with the options that are on; all others are off.",
		.flags = FIELD_REQUIRED),
	FIELD(STR, "program", SOURCE(program), "What make builds, and the file that it leaves.",
		.flags = FIELD_REQUIRED),
	FIELD(STR, "path", SOURCE(path), "Where the program goes.", .flags = FIELD_REQUIRED),
	FIELD(STR, "applets", SOURCE(applets),
		"What make builds as well: a list of paths, which become links to the program."),
};
static const struct table source_table = {
	.name = "section \"source\"",
	.called = "the section \"source\"",
	.doc = "A static program, built for musl out of a Debian source package that uses kbuild.",
	FIELDS(source_fields),
	.size = sizeof(struct recipe_source),
	.pos_at = SOURCE(at),
	.set_at = SOURCE(set),
};

#define COMPILED(m) offsetof(struct recipe_compiled, m)
static const struct field compiled_fields[] = {
	FIELD(STR, "path", COMPILED(path), "Where it goes.", .flags = FIELD_REQUIRED),
	FIELD(STRS, "sources", COMPILED(sources),
		"Files of the folder: `.c` files are compiled, others are there to be included.",
		.flags = FIELD_REQUIRED),
	FIELD(STRS, "defines", COMPILED(defines), "Macros: `NAME` or `NAME=VALUE`."),
	FIELD(STR, "mode", COMPILED(mode), "Permissions: an octal number in quotes.",
		.absent = "`\"0755\"`", .form = &form_mode),
};
static const struct table compiled_table = {
	.name = "program",
	.called = "a program to compile",
	.doc = "A static program.",
	FIELDS(compiled_fields),
	.size = sizeof(struct recipe_compiled),
	.pos_at = COMPILED(at),
	.set_at = NOWHERE,
};
#define COMPILE(m) offsetof(struct recipe_compile, m)
static const struct field compile_fields[] = {
	FIELD(STR, "suite", COMPILE(suite), "The release of Debian that musl is taken from.",
		.flags = FIELD_REQUIRED),
	FIELD(TABLES, "programs", COMPILE(programs), "The programs.", .of = &compiled_table,
		.flags = FIELD_REQUIRED),
};
static const struct table compile_table = {
	.name = "section \"compile\"",
	.called = "the section \"compile\"",
	.doc = "Programs out of C files of the folder, static on musl.",
	FIELDS(compile_fields),
	.size = sizeof(struct recipe_compile),
	.pos_at = COMPILE(at),
	.set_at = COMPILE(set),
};

#define LINUX(m) offsetof(struct recipe_linux, m)
static const char *const linux_images[] = { "boot", "vmlinux", NULL };
static const struct form form_linux_image = { .words = linux_images };
static const struct field linux_fields[] = {
	SUITE(LINUX(suite)),
	FIELD(STR, "package", LINUX(package),
		"Debian's package of the source, as in `linux-source-6.12`.",
		.flags = FIELD_REQUIRED),
	FIELD(STR, "fragments", LINUX(fragments),
		"The folder beside this one that holds the fragments, files `NAME.config`.",
		.flags = FIELD_REQUIRED),
	FIELD(STRS, "config", LINUX(config),
		"Names of fragments; `{arch}` stands for the architecture. What none names is off.",
		.flags = FIELD_REQUIRED),
	FIELD(STR, "image", LINUX(image),
		"`boot`: what boot loaders start; `vmlinux`: the ELF file, not compressed.",
		.absent = "`boot`", .form = &form_linux_image),
	FIELD(STR, "trust", LINUX(trust),
		"A file of the folder: certificates in PEM. By their keys the kernel takes modules and root hashes.",
		.absent = "nobody"),
};
static const struct table linux_table = {
	.name = "section \"linux\"",
	.called = "the section \"linux\"",
	.doc = "A kernel out of Debian's source, with every option of the fragments obeyed.",
	FIELDS(linux_fields),
	.size = sizeof(struct recipe_linux),
	.pos_at = LINUX(at),
	.set_at = LINUX(set),
};

#define KERNEL(m) offsetof(struct recipe_kernel, m)
static const struct field kernel_fields[] = {
	FIELD(STR, "modulesBoot", KERNEL(modules_boot),
		"A file of the folder: the modules that the initrd needs, one a line.",
		.flags = FIELD_REQUIRED),
	FIELD(STR, "modulesDefault", KERNEL(modules_default),
		"A file of the folder: the modules that a machine gets without asking.",
		.flags = FIELD_REQUIRED),
	FIELD(STR, "cmdline", KERNEL(cmdline),
		"Kernel options for every machine, before those of its config.",
		.form = &form_cmdline),
	FIELD(STRS, "board", KERNEL(board),
		"Globs of files that a board's firmware reads from the boot partition: they go to `/board`."),
};
static const struct table kernel_table_of_recipe = {
	.name = "section \"kernel\"",
	.called = "the section \"kernel\"",
	.doc = "Makes a kernel image out of the linux-image that the section `debian` names, or of `linux`.",
	FIELDS(kernel_fields),
	.size = sizeof(struct recipe_kernel),
	.pos_at = KERNEL(at),
	.set_at = KERNEL(set),
};

#define MODULES(m) offsetof(struct recipe_modules, m)
static const struct field modules_fields[] = {
	FIELD(STR, "kernel", MODULES(kernel),
		"The package folder beside this one of a kernel from source that takes modules.",
		.flags = FIELD_REQUIRED),
	FIELD(STRS, "sources", MODULES(sources),
		"Files of the folder: a `Kbuild` as Linux has it, and what it names.",
		.flags = FIELD_REQUIRED),
	FIELD(STR, "path", MODULES(path), "The folder that the modules `NAME.ko` go to.",
		.flags = FIELD_REQUIRED),
	FIELD(TABLE, "sign", MODULES(sign),
		"By whose key they are signed, as in a config; paths are from the folder of the recipe.",
		.absent = "not", .of = &sign_table),
};
static const struct table modules_table = {
	.name = "section \"modules\"",
	.called = "the section \"modules\"",
	.doc = "Modules built outside of the kernel's source.",
	FIELDS(modules_fields),
	.size = sizeof(struct recipe_modules),
	.pos_at = MODULES(at),
	.set_at = MODULES(set),
};

#define PROGRAM(m) offsetof(struct recipe_program, m)
static const struct field program_fields[] = {
	FIELD(STR, "program", PROGRAM(program), "Its name in the folder of programs.",
		.flags = FIELD_REQUIRED),
	FIELD(STR, "path", PROGRAM(path), "Where it goes.", .flags = FIELD_REQUIRED),
	FIELD(STRS, "links", PROGRAM(links), "Symbolic links to it."),
	FIELD(STR, "mode", PROGRAM(mode), "Permissions: an octal number in quotes.",
		.absent = "`\"0755\"`", .form = &form_mode),
};
static const struct table program_table = {
	.name = "program",
	.called = "a program",
	.doc = "A program of Slipway's own for the target, which make built.",
	FIELDS(program_fields),
	.size = sizeof(struct recipe_program),
	.pos_at = PROGRAM(at),
	.set_at = NOWHERE,
};

#define FILE_AT(m) offsetof(struct recipe_file, m)
static const struct field file_fields[] = {
	FIELD(STR, "path", FILE_AT(path), "Where it is.", .flags = FIELD_REQUIRED),
	FIELD(STR, "contents", FILE_AT(contents), "A file that contains this text."),
	FIELD(STR, "source", FILE_AT(source), "A file with the bytes of this one of the folder."),
	FIELD(STRS, "join", FILE_AT(join),
		"Globs: files that sections before have put into the image become this one, in the order of their paths."),
	FIELD(STR, "symlink", FILE_AT(symlink), "A symbolic link to this."),
	FIELD(BOOL, "directory", FILE_AT(directory), "A folder.", .absent = "`false`"),
	FIELD(STR, "mode", FILE_AT(mode), "Permissions: an octal number in quotes.",
		.absent = "`\"0644\"`, folders `\"0755\"`", .form = &form_mode),
	FIELD(INT, "uid", FILE_AT(uid), "The owner.", .absent = "0", .max = ID_MAX),
	FIELD(INT, "gid", FILE_AT(gid), "The group.", .absent = "0", .max = ID_MAX),
};
static const struct table file_table_of_recipe = {
	.name = "file",
	.called = "a file",
	.doc = "Exactly one of `contents`, `source`, `join`, `symlink` and `directory: true`.",
	FIELDS(file_fields),
	.size = sizeof(struct recipe_file),
	.pos_at = FILE_AT(at),
	.set_at = NOWHERE,
};

#define USER(m) offsetof(struct recipe_user, m)
static const struct field user_fields[] = {
	FIELD(STR, "name", USER(name), "The name.", .flags = FIELD_REQUIRED),
	FIELD(INT, "uid", USER(uid), "The user's number.", .flags = FIELD_REQUIRED, .max = ID_MAX),
	FIELD(INT, "gid", USER(gid), "The group's number; the group has the user's name.",
		.flags = FIELD_REQUIRED, .max = ID_MAX),
	FIELD(STR, "home", USER(home), "The home folder.", .absent = "`/nonexistent`"),
	FIELD(STR, "shell", USER(shell), "The shell.", .absent = "`/usr/sbin/nologin`"),
};
static const struct table user_table = {
	.name = "user",
	.called = "a user",
	.doc = "A line of /etc/passwd and of /etc/group. There are no passwords.",
	FIELDS(user_fields),
	.size = sizeof(struct recipe_user),
	.pos_at = USER(at),
	.set_at = NOWHERE,
};

#define RECIPE(m) offsetof(struct recipe, m)
static const struct field recipe_fields[] = {
	FIELD(STR, "image", RECIPE(image), "The image's name: `slipway/` and this.",
		.flags = FIELD_REQUIRED),
	FIELD(STR, "base", RECIPE(base),
		"The package folder beside this one that it stands on; its layers come first."),
	FIELD(TABLE, "debian", RECIPE(debian), "Files from Debian.", .of = &debian_table),
	FIELD(TABLE, "source", RECIPE(source), "A program from source.", .of = &source_table),
	FIELD(TABLE, "compile", RECIPE(compile), "Programs out of C files.", .of = &compile_table),
	FIELD(TABLE, "linux", RECIPE(linux_source), "A kernel from source.", .of = &linux_table),
	FIELD(TABLE, "kernel", RECIPE(kernel), "A kernel.", .of = &kernel_table_of_recipe),
	FIELD(TABLE, "modules", RECIPE(modules), "Modules.", .of = &modules_table),
	FIELD(TABLES, "programs", RECIPE(programs), "Programs of ours.", .of = &program_table),
	FIELD(TABLES, "files", RECIPE(files), "Files.", .of = &file_table_of_recipe),
	FIELD(TABLES, "users", RECIPE(users), "Users and groups.", .of = &user_table),
	FIELD(TABLE, "config", RECIPE(config),
		"What the image asks of a machine: the keys of a container in an image config.",
		.flags = FIELD_NODE, .of = &options_table),
	FIELD(MAP, "labels", RECIPE(labels), "More labels of the image."),
	FIELD(STRS, "entrypoint", RECIPE(entrypoint), "The image's Entrypoint."),
	FIELD(STRS, "cmd", RECIPE(cmd), "The image's Cmd."),
	FIELD(STRS, "env", RECIPE(env), "The image's Env.", .form = &form_env),
	FIELD(STR, "workdir", RECIPE(workdir), "The image's WorkingDir."),
	FIELD(STR, "user", RECIPE(user), "The image's User."),
};
const struct table recipe_table = {
	.name = "recipe",
	.called = "a recipe",
	.doc = "A package folder's build.yml.",
	FIELDS(recipe_fields),
	.size = sizeof(struct recipe),
	.pos_at = RECIPE(at),
	.set_at = NOWHERE,
};
