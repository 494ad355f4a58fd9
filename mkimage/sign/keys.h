/*
 * Keys for Secure Boot: made here, and as what firmware and its tools take (UEFI
 * specification 2.10, 8.2.2 and 32.4.1: signature lists, authenticated variables).
 */
#ifndef SIGN_KEYS_H
#define SIGN_KEYS_H

#include "mkimage/sign/sign.h"

/* An RSA key of 2048 bits in PEM and its own certificate, which never ends: firmware has no clock
 * that it trusts. */
CHECK int key_make(struct arena *a, const char *name, struct bytes *key, struct bytes *certificate,
	struct diags *d);

enum efi_variable { EFI_PK, EFI_KEK, EFI_DB };

/* An EFI_SIGNATURE_LIST of one certificate. */
struct bytes efi_list(struct arena *a, struct bytes certificate, const struct digest *owner);
/* A list with an EFI_VARIABLE_AUTHENTICATION_2 in front, to be written to the variable. */
CHECK int efi_update(struct arena *a, enum efi_variable v, const struct signer *by, int64_t when,
	struct bytes list, struct bytes *out, struct diags *d);

#endif
