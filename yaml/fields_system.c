/* Slipway's own keys at the top of the file, for the whole system. */
#include "yaml/check.h"
#include "yaml/fields.h"

#include <stddef.h>

#define DATA(m) offsetof(struct disk_data, m)
static const struct field data_fields[] = {
	FIELD(SIZE, "size", DATA(size), "Its size; with `grow` the least.",
		.absent = "the rest of the disk", .flags = FIELD_OWN, .min = 1 << 20,
		.max = INT64_MAX),
	FIELD(BOOL, "grow", DATA(grow),
		"It takes the rest of the disk, and at boot that of a larger one.",
		.absent = "`true` without `size`", .flags = FIELD_OWN),
	FIELD(STR, "label", DATA(label), "The filesystem's label.", .absent = "`data`",
		.flags = FIELD_OWN, .form = &form_disk_label),
	FIELD(STR, "filesystem", DATA(filesystem), "`ext4`, `xfs` or `btrfs`.", .absent = "`ext4`",
		.flags = FIELD_OWN, .form = &form_filesystem),
	FIELD(STR, "mount", DATA(mount), "Where it is mounted, below `/var`.",
		.absent = "`/var/data`", .flags = FIELD_OWN, .form = &form_below_var),
};
const struct table data_table = {
	.name = "data",
	.called = "\"data\"",
	.doc = "The partition for what a machine keeps. The first boot makes it, in a step of `onboot` with the image `slipway/disk`.",
	FIELDS(data_fields),
	.size = sizeof(struct disk_data),
	.pos_at = DATA(at),
	.set_at = DATA(set),
};

#define DISK(m) offsetof(struct disk_item, m)
static const struct field disk_fields[] = {
	FIELD(SIZE, "esp", DISK(esp), "The partition that the firmware boots from.",
		.absent = "as two kernels need, at least 144 MiB", .flags = FIELD_OWN,
		.min = 1 << 20, .max = INT64_C(1) << 40),
	FIELD(INT, "slots", DISK(slots),
		"Places for a system: with 2, updates write the one that does not run.",
		.absent = "2", .flags = FIELD_OWN, .min = 1, .max = 2),
	FIELD(SIZE, "slot", DISK(slot), "The size of a slot, with room for larger systems.",
		.absent = "twice the root's", .flags = FIELD_OWN, .min = 1 << 20,
		.max = INT64_C(1) << 40),
	FIELD(BOOL, "verity", DISK(verity),
		"A root on a partition is verified block by block when it is read. See [verified boot](../verified-boot.md).",
		.absent = "`true`", .flags = FIELD_OWN),
	FIELD(TABLE, "data", DISK(data), "The partition for data.", .absent = "none",
		.flags = FIELD_OWN, .of = &data_table),
};
const struct table disk_table = {
	.name = "disk",
	.called = "\"disk\"",
	.doc = "The partitions of disk images and ISOs.",
	FIELDS(disk_fields),
	.size = sizeof(struct disk_item),
	.pos_at = DISK(at),
	.set_at = DISK(set),
};

#define VERIFY(m) offsetof(struct verify_item, m)
static const struct field verify_fields[] = {
	FIELD(STRS, "images", VERIFY(images),
		"Names of images, in full, with or without a tag; `*` is any part of one, as in `docker.io/library/*`.",
		.flags = FIELD_OWN | FIELD_REQUIRED, .form = &form_image_pattern),
	FIELD(STR, "key", VERIFY(key),
		"The public key, as cosign writes it: a PEM file, from the folder of this file. See [signatures](../signatures.md).",
		.flags = FIELD_OWN | FIELD_REQUIRED),
};
const struct table verify_table = {
	.name = "verify rule",
	.called = "a verify rule",
	.doc = "Whose signature images must have: at most one rule for each.",
	FIELDS(verify_fields),
	.size = sizeof(struct verify_item),
	.pos_at = VERIFY(at),
	.set_at = NOWHERE,
	.check = check_verify,
};

#define SIGN(m) offsetof(struct sign_item, m)
static const struct field sign_fields[] = {
	FIELD(STR, "certificate", SIGN(certificate),
		"The certificate that goes into signatures, with an RSA key: a PEM file, from the folder of this file. `slipway keys` makes one.",
		.flags = FIELD_OWN | FIELD_REQUIRED),
	FIELD(STR, "key", SIGN(key),
		"Its private key: a PEM file without a passphrase, or a `pkcs11:` URI (RFC 7512).",
		.flags = FIELD_OWN),
	FIELD(STRS, "command", SIGN(command),
		"Instead of a key: a program that gets a SHA-256 in hex on its standard input, and prints the signature (RSA, PKCS #1 v1.5) in base64.",
		.flags = FIELD_OWN),
};
const struct table sign_table = {
	.name = "sign",
	.called = "\"sign\"",
	.doc = "What the build signs: UKIs for Secure Boot, the root hash, and every output. See [verified boot](../verified-boot.md).",
	FIELDS(sign_fields),
	.size = sizeof(struct sign_item),
	.pos_at = SIGN(at),
	.set_at = SIGN(set),
	.check = check_sign,
};

const struct table defaults_table = {
	.name = "defaults",
	.called = "\"defaults\"",
	.doc = "What holds for every service that does not say otherwise, and whose image's label does not: the keys of a container, but for `after`, `requires`, `timeout`, `on_failure` and those with `.add`. A value of the service or of the label replaces it, whole.",
	.size = sizeof(struct image_options),
	.pos_at = NOWHERE,
	.set_at = NOWHERE,
	.base = &options_table,
	.base_at = 0,
};
