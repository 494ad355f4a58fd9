/* The table of commands and their options. */
#include "mkimage/cli/cli.h"

#define OPTIONS(list) .options = list, .options_len = ARRAY_LEN(list)

const struct option common_options[] = {
	{ 'h', "help", OPTION_FLAG, NULL, "print this" },
	{ 'q', "quiet", OPTION_FLAG, NULL, "say nothing but errors" },
	{ 0, "store", OPTION_TEXT, "FOLDER", "the store, instead of SLIPWAY_STORE" },
};
const size_t common_options_len = ARRAY_LEN(common_options);

#define ARCH                                                                        \
	{                                                                           \
		'a', "arch", OPTION_TEXT, "ARCH",                                   \
			"amd64 or arm64 (default: the file's, else this machine's)" \
	}
#define VARIABLES                                                                           \
	{ 0, "set", OPTION_REPEAT, "NAME=VALUE", "a value for ${NAME} in a Slipway file" }, \
	{                                                                                   \
		0, "env-file", OPTION_REPEAT, "FILE", "NAME=VALUE lines for variables"      \
	}
#define ARCHS                                                                            \
	{                                                                                \
		'a', "arch", OPTION_WORDS, "ARCH,...",                                   \
			"amd64, arm64 or both, under one name (default: this machine's)" \
	}
#define JSON                                               \
	{                                                  \
		0, "json", OPTION_FLAG, NULL, "print JSON" \
	}

#define LOCK                                                                                    \
	{                                                                                       \
		0, "lock", OPTION_TEXT, "FILE", "the lock (default: FILE.lock beside FILE.yml)" \
	}
#define LOCKED                                                                            \
	{                                                                                 \
		0, "locked", OPTION_FLAG, NULL, "only by a lock, and only as that has it" \
	}

#define OFFLINE                                                                                 \
	{                                                                                       \
		0, "offline", OPTION_FLAG, NULL, "take images from the store alone, never pull" \
	}

static const struct option build_options[] = {
	{ 'f', "format", OPTION_WORDS, "FORMAT,...", "what to make (default: kernel+initrd)" },
	{ 'o', "output", OPTION_TEXT, "FOLDER", "where to (default: here)" },
	{ 'n', "name", OPTION_TEXT, "NAME", "what outputs are called (default: as the last file)" },
	ARCH,
	VARIABLES,
	LOCK,
	LOCKED,
	OFFLINE,
	{ 0, "json", OPTION_FLAG, NULL, "print the outputs as JSON" },
	{ 0, "pcrs", OPTION_TEXT, "KEYS",
		"beside each image for UEFI, what a TPM will measure with Secure Boot by these keys" },
	{ 0, "no-sbom", OPTION_FLAG, NULL, "leave the bill of materials out of the image" },
};
static const struct option run_options[] = {
	{ 'f', "format", OPTION_TEXT, "FORMAT",
		"what to build of a FILE.yml, of `slipway formats` (default: kernel+initrd)" },
	{ 'p', "publish", OPTION_REPEAT, "HOST:GUEST",
		"forward a port; [ADDRESS:]HOST:GUEST[/udp]" },
	{ 'm', "memory", OPTION_NUMBER, "MIB", "memory (default: 1024)" },
	{ 0, "cpus", OPTION_NUMBER, "N", "processors (default: 2; 1 when emulated)" },
	{ 0, "disk", OPTION_REPEAT, "FILE[,size=N]",
		"a disk; made when it is not there and has a size" },
	{ 0, "data", OPTION_TEXT, "PATH",
		"a volume CIDATA (NoCloud): a folder's files, or a file as its user-data" },
	{ 0, "share", OPTION_REPEAT, "FOLDER[:TAG]",
		"a folder that the guest can mount by its tag (virtiofs)" },
	{ 0, "exit-on", OPTION_TEXT, "NAME",
		"end with this container of onboot or services, and with its exit status" },
	{ 'd', "detach", OPTION_FLAG, NULL,
		"run on without the terminal; print where its files are" },
	{ 0, "screenshot", OPTION_TEXT, "FILE",
		"keep what its screen shows, as PNG or .ppm; renewed each second" },
	{ 0, "tpm", OPTION_FLAG, NULL, "a TPM 2.0, new each time (swtpm)" },
	{ 0, "vsock", OPTION_NUMBER, "CID", "a vsock with this address, from 3 up" },
	{ 0, "uefi", OPTION_FLAG, NULL, "boot an image under UEFI" },
	{ 0, "secure-boot", OPTION_TEXT, "KEYS",
		"boot an image under UEFI that starts only what these keys signed (slipway keys)" },
	{ 0, "bios", OPTION_FLAG, NULL, "boot an image under BIOS (default on amd64)" },
	{ 0, "as-disk", OPTION_FLAG, NULL, "attach an image as a disk, not as a CD" },
	{ 0, "accel", OPTION_TEXT, "NAME", "kvm or tcg (default: kvm where it works)" },
	ARCH,
	VARIABLES,
	LOCKED,
	OFFLINE,
};
static const struct option tree_options[] = {
	{ 0, "treemap", OPTION_TEXT, "FILE.svg",
		"draw what takes the space: by container, layer, file" },
	ARCH,
	VARIABLES,
	JSON,
};
static const struct option show_options[] = {
	{ 'b', "bundles", OPTION_FLAG, NULL,
		"print every container's config.json and runtime.json" },
	{ 'p', "plan", OPTION_FLAG, NULL, "print in short what the image will hold" },
	ARCH,
	VARIABLES,
	JSON,
};
static const struct option lock_options[] = {
	{ 'u', "update", OPTION_FLAG, NULL, "renew it, and show what changed" },
	LOCK,
	ARCH,
	VARIABLES,
	OFFLINE,
	{ 0, "json", OPTION_FLAG, NULL, "print the changes as JSON" },
};
static const struct option bundle_options[] = {
	{ 'o', "output", OPTION_TEXT, "FILE.tar", "where to (default: NAME.bundle.tar here)" },
	LOCK,
	ARCH,
	VARIABLES,
};
static const struct option bundle_import_options[] = {
	{ 'o', "output", OPTION_TEXT, "FOLDER", "where the config goes (default: here)" },
};
static const struct option check_options[] = {
	{ 0, "linuxkit", OPTION_FLAG, NULL,
		"say what a LinuxKit file means here, and what to change" },
	ARCH,
	VARIABLES,
	JSON,
};
static const struct option json_only[] = { JSON };
static const struct option schema[] = {
	{ 0, "markdown", OPTION_FLAG, NULL, "print the reference page instead" },
};
static const struct option import_options[] = {
	{ 'n', "name", OPTION_TEXT, "NAME", "what to call it (default: what its annotations say)" },
	JSON,
};
static const struct option pull_options[] = {
	{ 'a', "arch", OPTION_TEXT, "PLATFORM",
		"which part of an index: arm64, linux/arm/v7, all (default: this machine's)" },
	{ 0, "referrers", OPTION_FLAG, NULL, "bring signatures and SBOMs, too" },
	{ 0, "plain-http", OPTION_FLAG, NULL, "speak to the registry without TLS" },
	JSON,
};
static const struct option referrers_options[] = {
	{ 0, "plain-http", OPTION_FLAG, NULL, "speak to the registry without TLS" },
	JSON,
};
static const struct option push_options[] = {
	{ 'a', "arch", OPTION_TEXT, "PLATFORM", "one part of an index (default: all of it)" },
	{ 0, "plain-http", OPTION_FLAG, NULL, "speak to the registry without TLS" },
	JSON,
};
static const struct option gc_options[] = {
	{ 'n', "dry-run", OPTION_FLAG, NULL, "say what would go, and leave it" },
	JSON,
};
static const struct option inspect_options[] = { ARCH, JSON };
static const struct option image_file_options[] = {
	JSON,
	{ 0, "treemap", OPTION_TEXT, "FILE.svg", "draw what takes the space" },
	{ 0, "pcrs", OPTION_FLAG, NULL, "print what a TPM will measure of a boot, as JSON" },
	{ 0, "secure-boot", OPTION_TEXT, "KEYS",
		"with --pcrs: Secure Boot is on with these keys (slipway keys)" },
};
static const struct option verify_options[] = {
	{ 'f', "format", OPTION_TEXT, "FORMAT", "what it is (default: as its name ends)" },
	{ 'n', "name", OPTION_TEXT, "NAME", "what it was called (default: as it is called)" },
	ARCH,
	VARIABLES,
	LOCK,
	OFFLINE,
	{ 0, "no-sbom", OPTION_FLAG, NULL, "it was built without a bill of materials" },
	JSON,
};
static const struct option ls_options[] = {
	{ 'R', "recursive", OPTION_FLAG, NULL, "list what is in folders, too" },
	JSON,
};
static const struct option pkg_options[] = {
	ARCHS,
	{ 0, "programs", OPTION_TEXT, "FOLDER",
		"init, system-runtime, svc, and ARCH/init … (default: beside slipway)" },
	{ 0, "force", OPTION_FLAG, NULL, "build even what the store has" },
};
static const struct option pkg_push_options[] = {
	ARCHS,
	{ 0, "programs", OPTION_TEXT, "FOLDER",
		"init, system-runtime, svc, and ARCH/init … (default: beside slipway)" },
	{ 0, "to", OPTION_TEXT, "PREFIX",
		"as in registry.example/team: NAME:TAG becomes PREFIX/NAME:TAG" },
	{ 0, "plain-http", OPTION_FLAG, NULL, "speak to the registry without TLS" },
};
static const struct option tag_options[] = {
	ARCHS,
	{ 0, "programs", OPTION_TEXT, "FOLDER",
		"init, system-runtime, svc, and ARCH/init … (default: beside slipway)" },
};

static const struct option keys_options[] = {
	{ 'n', "name", OPTION_TEXT, "NAME", "whose keys they are (default: Slipway)" },
};

enum { FILES = 64 };

const struct command commands[] = {
	{ "build", "FILE.yml...", "make a bootable image of a config", 1, FILES, false,
		OPTIONS(build_options), command_build },
	{ "run", "FILE.yml...|IMAGE", "boot it in QEMU on this terminal; Ctrl-a x ends it", 1,
		FILES, true, OPTIONS(run_options), command_run },
	{ "check", "FILE.yml...", "say what is wrong with a config", 1, FILES, false,
		OPTIONS(check_options), command_check },
	{ "show", "FILE.yml...", "print the config, merged, and where each value is from", 1, FILES,
		false, OPTIONS(show_options), command_show },
	{ "lock", "FILE.yml... [NAME...]", "write down what a config is made of, by digest", 1,
		1000, false, OPTIONS(lock_options), command_lock },
	{ "bundle", "FILE.yml...", "pack a config and all that its lock names into one archive", 1,
		FILES, false, OPTIONS(bundle_options), command_bundle },
	{ "bundle import", "BUNDLE.tar", "take in a bundle, to build it without a network", 1, 1,
		false, OPTIONS(bundle_import_options), command_bundle_import },
	{ "tree", "FILE.yml...", "list the root filesystem", 1, FILES, false, OPTIONS(tree_options),
		command_tree },
	{ "inspect", "IMAGE", "print what a finished image is made of", 1, 1, false,
		OPTIONS(image_file_options), command_inspect },
	{ "ls", "IMAGE [PATH]", "list the files in a finished image; PART:PATH for other parts", 1,
		2, false, OPTIONS(ls_options), command_ls },
	{ "cat", "IMAGE PATH", "print a file of a finished image", 2, 2, false, NULL, 0,
		command_cat },
	{ "extract", "IMAGE PATH TO", "copy a file or folder out of a finished image", 3, 3, false,
		NULL, 0, command_extract },
	{ "diff", "IMAGE IMAGE", "print what differs between two finished images", 2, 2, false,
		OPTIONS(json_only), command_diff },
	{ "verify", "IMAGE FILE.yml...", "build it again by its lock: is it the same, to the byte?",
		2, FILES, false, OPTIONS(verify_options), command_verify },
	{ "image ls", "", "list the images in the store", 0, 0, false, OPTIONS(json_only),
		command_image_ls },
	{ "image pull", "NAME...", "get images from their registries", 1, 1000, false,
		OPTIONS(pull_options), command_image_pull },
	{ "image push", "NAME [TO]", "bring an image to a registry, under its name or another", 1,
		2, false, OPTIONS(push_options), command_image_push },
	{ "image referrers", "NAME",
		"list the signatures and SBOMs that a registry has about an image", 1, 1, false,
		OPTIONS(referrers_options), command_image_referrers },
	{ "image import", "LAYOUT", "take in an OCI layout, a folder or a tar", 1, 1, false,
		OPTIONS(import_options), command_image_import },
	{ "image export", "NAME TO", "write an image as an OCI layout: a folder, or TO.tar", 2, 2,
		false, NULL, 0, command_image_export },
	{ "image inspect", "NAME", "print an image's parts", 1, 1, false, OPTIONS(inspect_options),
		command_image_inspect },
	{ "image rm", "NAME...", "forget names; gc removes what nothing else needs", 1, 1000, false,
		NULL, 0, command_image_rm },
	{ "image gc", "", "remove what no image and no running command needs", 0, 0, false,
		OPTIONS(gc_options), command_image_gc },
	{ "image verify", "", "check every byte of the store", 0, 0, false, OPTIONS(json_only),
		command_image_verify },
	{ "pkg build", "FOLDER...", "build packages into the store", 1, 1000, false,
		OPTIONS(pkg_options), command_pkg_build },
	{ "pkg push", "FOLDER...", "bring packages to a registry, built first when they are not", 1,
		1000, false, OPTIONS(pkg_push_options), command_pkg_push },
	{ "pkg show-tag", "FOLDER...", "print what packages would be called", 1, 1000, false,
		OPTIONS(tag_options), command_pkg_show_tag },
	{ "keys", "FOLDER", "make keys for Secure Boot, and what firmware takes to enrol them", 1,
		1, false, OPTIONS(keys_options), command_keys },
	{ "formats", "", "list the formats that build makes", 0, 0, false, OPTIONS(json_only),
		command_formats },
	{ "schema", "", "print the JSON Schema of a config, for editors", 0, 0, false,
		OPTIONS(schema), command_schema },
	{ "completion", "SHELL", "print a script that completes words in bash, zsh or fish", 1, 1,
		true, NULL, 0, command_completion },
	{ "version", "", "print the version", 0, 0, false, OPTIONS(json_only), command_version },
};
const size_t commands_len = ARRAY_LEN(commands);
