/* slipway keys: keys for Secure Boot, and what firmware takes to enrol them. */
#include "mkimage/cli/cli.h"

#include "base/clock.h"
#include "base/fd.h"
#include "mkimage/out/out.h"
#include "mkimage/sign/keys.h"

#include <string.h>

/* Each is signed by the one before it, and PK by itself. */
static const struct {
	const char *name;
	enum efi_variable variable;
} all[] = { { "PK", EFI_PK }, { "KEK", EFI_KEK }, { "db", EFI_DB } };

static const char *path_of(struct cli *c, size_t i, const char *suffix)
{
	return arena_fmt(c->mem, "%s/%s.%s", c->words.items[0], all[i].name, suffix);
}

static int write_file(struct cli *c, const char *path, unsigned mode, struct bytes b)
{
	AUTO_OUT to = NULL;
	if (out_create(path, mode, &to, &c->d) < 0 || out_write(to, b.at, b.len, &c->d) < 0)
		return -1;
	return out_commit(&to, &c->d);
}

/* Keys that are there stay: only what is derived from them is written again. */
static int make_missing(struct cli *c, size_t i, const char *key, const char *certificate)
{
	const struct option_value *name = cli_option(c, "name");
	bool has_key = access(key, F_OK) == 0, has_certificate = access(certificate, F_OK) == 0;
	struct bytes k, x;
	if (has_key != has_certificate)
		return fail(&c->d, KIND_INPUT, "bring it back, or remove both",
			"\"%s\" is there and \"%s\" is not", has_key ? key : certificate,
			has_key ? certificate : key);
	if (has_key)
		return 0;
	const char *subject = arena_fmt(
		c->mem, "%s %s", name->set ? name->text : "Slipway", all[i].name);
	if (key_make(c->mem, subject, &k, &x, &c->d) < 0 || write_file(c, key, 0600, k) < 0 ||
		write_file(c, certificate, 0644, x) < 0)
		return -1;
	cli_say(c, arena_fmt(c->mem, "%s: a new key, \"%s\"", key, subject));
	return 0;
}

static int enrolment(struct cli *c, size_t i, const struct signer *own, const struct signer *by,
	const struct digest *owner, int64_t when)
{
	struct bytes der, update;
	signer_certificate(own, &der.at, &der.len);
	struct bytes list = efi_list(c->mem, der, owner);
	if (efi_update(c->mem, all[i].variable, by, when, list, &update, &c->d) < 0 ||
		write_file(c, path_of(c, i, "cer"), 0644, der) < 0 ||
		write_file(c, path_of(c, i, "esl"), 0644, list) < 0)
		return -1;
	return write_file(c, path_of(c, i, "auth"), 0644, update);
}

int command_keys(struct cli *c)
{
	struct signer *signers[ARRAY_LEN(all)] = { NULL };
	struct digest owner = { .alg = DIGEST_SHA256 };
	int64_t when;
	int rc = clock_epoch(CLOCK_DEFAULT_EPOCH, &when, &c->d);
	if (rc == 0)
		rc = dir_make(c->words.items[0], 0755, &c->d);
	for (size_t i = 0; i < ARRAY_LEN(all) && rc == 0; i++) {
		const struct sign_key key = { .file = path_of(c, i, "key") };
		const char *certificate = path_of(c, i, "crt");
		rc = make_missing(c, i, key.file, certificate);
		if (rc == 0)
			rc = signer_new(c->mem, certificate, &signers[i], &c->d);
		if (rc == 0)
			rc = signer_use(c->mem, signers[i], &key, &c->d);
		/* Who owns these entries of firmware's lists: whoever has this PK. */
		if (rc == 0 && i == 0) {
			struct bytes der;
			signer_certificate(signers[0], &der.at, &der.len);
			digest_of(DIGEST_SHA256, der.at, der.len, &owner);
		}
		if (rc == 0)
			rc = enrolment(c, i, signers[i], signers[i ? i - 1 : 0], &owner, when);
	}
	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		signer_drop(&signers[i]);
	if (rc == 0)
		cli_say(c, arena_fmt(c->mem,
				   "%s: enrol db.auth, KEK.auth and then PK.auth; sign with db.key",
				   c->words.items[0]));
	return rc;
}
